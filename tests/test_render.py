"""
The block that people read, as it stands in the terminal.
"""

from __future__ import annotations

import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import pytest
import structlog

from connlog import render
from connlog._model import Location
from connlog.catalog import words
from tests.edges import BARE, FULL, refused

LOCAL = replace(
    FULL,
    cause="Nothing accepts connections on localhost:9999: the refusal came at once, so the machine is up.",
    hint="Start the server, or correct the port in the configuration of this program.",
    server_address="localhost",
    server_port=9999,
    peer_address=None,
    peer_port=None,
    location=Location(file="main.py", line=3, function="<module>"),
    docs_url=None,
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the terminal of the person who runs the tests is like."""
    for name in ("COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """Open a terminal of 60 columns."""
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        yield stream
    os.close(leader)


def test_wide() -> None:
    """At full width the block must have the shape that the manual shows."""
    assert render.block(LOCAL) == (
        "connection-refused  ECONNREFUSED (errno 111)  localhost:9999                   main.py:3 in <module>\n"
        "  cause   Nothing accepts connections on localhost:9999: the refusal came at once, so the machine is\n"
        "          up.\n"
        "  hint    Start the server, or correct the port in the configuration of this program.\n"
        "  retry   safe: nothing reached the peer\n"
        "  more    connlog explain connection-refused\n"
    )


def test_narrow() -> None:
    """In a narrow terminal the parts of the head must wrap, and no line may be wider than the terminal."""
    shown = render.block(LOCAL, width=50)
    assert shown == (
        "connection-refused  ECONNREFUSED (errno 111)\n"
        "  localhost:9999             main.py:3 in <module>\n"
        "  cause   Nothing accepts connections on\n"
        "          localhost:9999: the refusal came at\n"
        "          once, so the machine is up.\n"
        "  hint    Start the server, or correct the port in\n"
        "          the configuration of this program.\n"
        "  retry   safe: nothing reached the peer\n"
        "  more    connlog explain connection-refused\n"
    )
    assert max(map(len, shown.splitlines())) <= 50


@pytest.mark.parametrize(("asked", "least", "most"), [(1, 30, 44), (10_000, 100, 120)])
def test_width_has_bounds(asked: int, least: int, most: int) -> None:
    """No terminal is so narrow or so wide that the block becomes unreadable."""
    assert least <= max(map(len, render.block(LOCAL, width=asked).splitlines())) <= most


def test_place_goes_to_its_own_line() -> None:
    """A place in the code that doesn't fit behind the head must begin the next line."""
    lines = render.block(LOCAL, width=70).splitlines()
    assert lines[0] == "connection-refused  ECONNREFUSED (errno 111)  localhost:9999"
    assert lines[1] == "  main.py:3 in <module>"


def test_colour() -> None:
    """In colour, the same words must stand at the same places."""
    shown = render.block(LOCAL, colour=True)
    assert shown.startswith("\x1b[1;31mconnection-refused\x1b[0m  \x1b[33mECONNREFUSED (errno 111)\x1b[0m  ")
    assert "\n  \x1b[36mretry   \x1b[0m\x1b[32msafe: nothing reached the peer\x1b[0m\n" in shown
    plain = shown
    for style in {*render._STYLES.values(), "0"}:
        plain = plain.replace(f"\x1b[{style}m", "")
    assert plain == render.block(LOCAL)


def test_bare() -> None:
    """What is not known must leave no gap."""
    assert render.block(BARE) == (
        "timeout\n"
        "  cause   A time-out ran out.\n"
        "  hint    Look.\n"
        "  retry   unknown: too little is known about what reached the peer\n"
        "  more    connlog explain timeout\n"
    )


def test_everything() -> None:
    """A failure that was only around, the other members of a group and the page must be told."""
    others = (BARE, *[replace(FULL, server_address=f"db{number}", peer_address=None) for number in range(3)])
    shown = render.block(replace(FULL, relation="while-handling", count=5, others=others), width=120)
    assert shown == (
        "connection-refused  ECONNREFUSED (errno 111)  db.example:5432 (10.0.0.5:5432)"
        "                /srv/shop/main.py:3 in load\n"
        "  while   requests.exceptions.ConnectionError was raised while this failure was being handled\n"
        "  cause   Nothing accepts connections on db.example:5432.\n"
        "  hint    Start the server.\n"
        "  retry   safe: nothing reached the peer\n"
        "  also    4 more in this group: timeout, connection-refused db0:5432, connection-refused db1:5432, …\n"
        "  more    https://docs.example/connection-refused\n"
    )


@pytest.mark.parametrize(("errno", "name", "head"), [(None, "EOF", "EOF"), (5, None, "errno 5"), (None, None, "")])
def test_errno(errno: int | None, name: str | None, head: str) -> None:
    """Of name and number, what is known must be shown."""
    shown = render.block(replace(BARE, errno=errno, errno_name=name)).splitlines()[0]
    assert shown == f"timeout  {head}".rstrip()


@pytest.mark.parametrize(
    ("address", "port", "peer", "peer_port", "expected"),
    [
        ("localhost", 1, None, None, "localhost:1"),
        ("localhost", None, None, None, "localhost"),
        ("::1", 443, "::1", 443, "[::1]:443"),
        ("/run/app.sock", None, None, None, "/run/app.sock"),
        ("db", 5432, "10.0.0.5", 5432, "db:5432 (10.0.0.5:5432)"),
        (None, None, "10.0.0.5", 5432, "10.0.0.5:5432"),
        (None, 5432, None, None, "port 5432"),
        (None, None, None, None, None),
    ],
)
def test_endpoint(
    address: str | None, port: int | None, peer: str | None, peer_port: int | None, expected: str | None
) -> None:
    """The target must be written as people type it."""
    diagnosis = replace(BARE, server_address=address, server_port=port, peer_address=peer, peer_port=peer_port)
    assert render.endpoint(diagnosis) == expected


@pytest.mark.parametrize("verdict", ["safe", "if-idempotent", "after-fix", "unknown"])
def test_every_verdict_has_words(verdict: Any) -> None:
    """Each retry verdict must be explained."""
    assert f"  retry   {': '.join(words.RETRIES[verdict])}\n" in render.block(replace(BARE, retry=verdict))


def test_control_and_bidi_characters_are_escaped() -> None:
    """A host name must not colour, clear or turn around the terminal, nor begin a line."""
    nasty = "a\x1b[2Jb\u202ec\nd\x00\ud800"
    shown = render.block(replace(BARE, cause=nasty, server_address=nasty))
    assert shown.splitlines()[0] == "timeout  a\\x1b[2Jb\\u202ec d\\x00\\ud800"
    assert shown.splitlines()[1] == "  cause   a\\x1b[2Jb\\u202ec d\\x00\\ud800"


@pytest.mark.parametrize("encoding", ["ascii", "no-such-encoding"])
def test_ascii_fallback(encoding: str) -> None:
    """Where the encoding has few characters, good typesetting must become plain and the rest escaped."""
    typeset = "caf\u00e9 \u2192 \u201cx\u201d \u2026"
    shown = render.block(replace(BARE, cause=typeset), encoding=encoding)
    assert '  cause   caf\\xe9 -> "x" ...\n' in shown
    assert shown.isascii()


def test_place_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file below the working directory must be named from there, also once that directory is gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    inside = replace(BARE, location=Location(file=str(gone / "app" / "main.py"), line=1, function="f"))
    assert render.block(inside).splitlines()[0].endswith(" app/main.py:1 in f")
    gone.rmdir()
    assert f"{gone}/app/main.py:1 in f" in render.block(inside)


def test_terminal_gets_colour_and_its_width(terminal: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal must get colour and be filled, unless the person says otherwise."""
    assert render.columns(terminal) == 60
    assert render.colourful(terminal)
    monkeypatch.setenv("NO_COLOR", "")
    assert render.colourful(terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not render.colourful(terminal)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not render.colourful(terminal)
    monkeypatch.setenv("COLUMNS", "77")
    assert render.columns(terminal) == 77
    monkeypatch.setenv("COLUMNS", "0")
    assert render.columns(terminal) == 60


def test_no_terminal() -> None:
    """A buffer, a closed stream and a stream that is gone must get no colour and the usual width."""
    closed = io.StringIO()
    closed.close()
    for stream in (io.StringIO(), closed, None):
        assert (render.columns(stream), render.colourful(stream)) == (100, False)


def test_write() -> None:
    """The block must be written the way the stream can show it."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert render.write(replace(BARE, cause="\u2026"), stream)
    assert raw.getvalue().decode("ascii") == render.block(replace(BARE, cause="..."))


def test_write_to_what_is_hardly_a_stream() -> None:
    """Programs put objects in the place of standard error that can do no more than write."""

    class Writer:
        def __init__(self) -> None:
            self.write = written.append

    written: list[str] = []
    stream: Any = Writer()
    assert render.write(BARE, stream)
    assert written == [render.block(BARE)]


def test_write_without_a_reader() -> None:
    """A stream that is None, closed or full must be no error."""
    closed = io.StringIO()
    closed.close()
    assert not render.write(BARE, None)
    assert not render.write(BARE, closed)
    full = open("/dev/full", "w", encoding="utf-8")  # noqa: PTH123, SIM115 -- closing it fails too
    assert not render.write(BARE, full)
    with pytest.raises(OSError, match="No space left"):
        full.close()


def console(out: TextIO, formatter: Callable[..., None]) -> structlog.typing.FilteringBoundLogger:
    """Make a logger that prints to a stream by structlog's own renderer."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=formatter)
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(out), processors=[renderer]
    )
    return logger


def test_console_formatter_shows_the_block_under_the_traceback() -> None:
    """In development, the block must stand under structlog's own traceback."""
    exc, port = refused()
    out = io.StringIO()
    console(out, render.console_formatter(structlog.dev.plain_traceback)).error("sync failed", exc_info=exc)
    lines = out.getvalue().splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("connection-refused"))
    assert lines[head].startswith(f"connection-refused  ECONNREFUSED (errno 111)  127.0.0.1:{port} ")
    assert lines[head - 1] == "ConnectionRefusedError: [Errno 111] Connection refused"
    assert lines[-1] == "  more    connlog explain connection-refused"


def test_console_formatter_leaves_other_exceptions_alone() -> None:
    """An exception that is no connection failure must look as without connlog."""
    shown = []
    for formatter in (structlog.dev.plain_traceback, render.console_formatter(structlog.dev.plain_traceback)):
        out = io.StringIO()
        console(out, formatter).error("sync failed", exc_info=ValueError("connection refused"))
        shown.append(out.getvalue())
    assert shown[0] == shown[1]


def test_console_formatter_has_structlogs_default() -> None:
    """Without an inner formatter, structlog's default must format the traceback."""
    exc, _ = refused()
    out = io.StringIO()
    console(out, render.console_formatter()).error("sync failed", exc_info=exc)
    assert "Connection refused" in out.getvalue()
    assert "  more    connlog explain connection-refused" in out.getvalue()


def test_console_formatter_without_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program without standard output must not lose the event."""
    monkeypatch.setattr(sys, "stdout", None)
    exc, _ = refused()
    out = io.StringIO()
    console(out, render.console_formatter(structlog.dev.plain_traceback)).error("sync failed", exc_info=exc)
    assert "connection-refused" in out.getvalue()
