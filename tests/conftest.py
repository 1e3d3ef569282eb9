"""What all tests share: what the tests see of real failures, which the pages show."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from connlog._guard import GUARD

_SEEN: pytest.StashKey[dict[str, dict[str, Any]]] = pytest.StashKey()
_CAPTURED: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Add ``--write-clients`` and ``--write-captured``.
    """
    parser.addoption(
        "--write-clients", action="store_true", help="write sphinxext/data/clients.json from what the tests saw"
    )
    parser.addoption(
        "--write-captured", action="store_true", help="write sphinxext/data/captured.json from what the examples do"
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Start with nothing seen, and with Ctrl-C as people have it: what runs in the background is born deaf to it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[_SEEN] = {}
    config.stash[_CAPTURED] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """
    Write what was seen, if that was asked for; in CI a test that was skipped is a failure.
    """
    if session.exitstatus == 0 and skipped_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.config.getoption("--write-clients"):
        from tests.clients.cases import write_table  # noqa: PLC0415 - needs the clients, which few sessions do

        write_table(session.config.stash[_SEEN])
    if session.config.getoption("--write-captured"):
        from tests.test_captured import write_captured  # noqa: PLC0415 - likewise

        write_captured(session.config.stash[_CAPTURED])


def skipped_in_ci(config: pytest.Config) -> bool:
    """
    Tell whether this is CI and a test was skipped.
    """
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return os.environ.get("CI") == "true" and reporter is not None and "skipped" in reporter.stats


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """
    Say why a run without a failed test has failed.
    """
    if skipped_in_ci(config):
        terminalreporter.write_line("ERROR: tests were skipped, and in CI none may be", red=True)


@pytest.fixture
def clients_seen(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]] | None:
    """
    Return the table that the client tests fill: client -> fault -> cell; ``None`` unless it is to be written.
    """
    return request.config.stash[_SEEN] if request.config.getoption("--write-clients") else None


@pytest.fixture
def captured_seen(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """
    Return what the session's captures fill: code -> what the page shows; ``None`` unless they are to be written.
    """
    return request.config.stash[_CAPTURED] if request.config.getoption("--write-captured") else None


@pytest.fixture(autouse=True)
def strict_guard() -> Iterator[None]:
    """
    Let connlog's own errors through: what users never see must fail a test.
    """
    GUARD.strict = True
    yield
    GUARD.strict = False
