"""
A program that uses all of connlog's public interface: read by the type checkers, never run.
"""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator

import structlog

import connlog
from connlog.render import console_formatter


def configure() -> None:
    """
    Every door can be set up with every option.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            connlog.ConnectionErrorEnricher(),
            connlog.ConnectionErrorEnricher(
                fields="otel",
                key="failure",
                docs_url="https://docs.example/connlog/",
                runbook="runbook.toml",
                text=False,
            ),
            structlog.dev.ConsoleRenderer(exception_formatter=console_formatter()),
        ]
    )
    handler = logging.StreamHandler()
    handler.addFilter(connlog.ConnectionErrorFilter(fields="ecs"))


def installed() -> None:
    """
    install() returns what takes it away again, and is a context manager.
    """
    installation: connlog.Installation = connlog.install(
        logger=structlog.get_logger(),
        call_previous=False,
        threads=False,
        unraisable=False,
        always_run=True,
        runbook=None,
        docs_url=None,
        fields="nested",
    )
    installation.uninstall()
    with connlog.install() as inner:
        inner.uninstall()


def decide(url: str) -> str | None:
    """
    A diagnosis is read by its attributes, each of a known type.
    """
    try:
        urllib.request.urlopen(url, timeout=1)  # noqa: S310 -- never run
    except OSError as exc:
        found: connlog.Diagnosis | None = connlog.diagnose(exc, catalog=connlog.CATALOG)
        retry: bool = connlog.is_retryable(exc, idempotent=True)
        if found is None or retry:
            return None
        port: int | None = found.server_port
        hints: tuple[str, ...] = found.hints
        place: str = f"{found.location.file}:{found.location.line}" if found.location else ""
        return f"{found.code} {found.errno_name} {port} {hints[0]} {place}"
    return None


def look_up(catalog: connlog.Catalog) -> Iterator[connlog.Entry]:
    """
    The catalog is a collection of entries, and can be extended with a team's own hints.
    """
    entry: connlog.Entry = catalog["connection-refused"]
    known: connlog.Entry | None = catalog.by_errno("ECONNREFUSED")
    if known is entry and "timeout" in catalog and len(catalog) > len(catalog.codes[1:]):
        catalog = catalog.extended([connlog.Hint(text="Call the database team.", when=("service=PostgreSQL",))])
    yield from catalog
