"""
The demo: a failure for real, on this machine alone, and everything that connlog makes of it.

Imports the diagnosis, the block and structlog's edge.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import tempfile
import textwrap
import traceback
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from connlog._diagnose import diagnose
from connlog.processor import ConnectionErrorEnricher
from connlog.render import block

__all__ = ["show"]

_PROGRAM = """\
import socket
s = socket.socket()
s.connect(("localhost", {port}))  # nothing listening
"""

_SIDE_BY_SIDE = 150
"""Columns from which on the event stands beside the traceback."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def show(columns: int, *, colour: bool = False) -> str:
    """
    Fail to connect, and lay out the traceback, the block and the event.

    Args:
        columns: The width of the terminal; from 150 on they stand side by side.
        colour: Colour the block.
    """
    wide = columns >= _SIDE_BY_SIDE
    width = columns // 2 - 2 if wide else columns
    # A port that is taken and not listened on refuses for as long as it is held, whoever else looks for a port.
    with socket.socket() as held, tempfile.TemporaryDirectory(prefix="connlog-demo-") as folder:
        held.bind(("127.0.0.1", 0))
        file = Path(folder, "main.py")
        file.write_text(_PROGRAM.format(port=held.getsockname()[1]))
        error = _failure(file)
        printed = "".join(traceback.format_exception(error)).rstrip()
        diagnosis = diagnose(error)
        event = _event(error)
        # There the block names the file without its folder.
        with contextlib.chdir(folder):
            shown = block(diagnosis, width=width, colour=colour).rstrip() if diagnosis else ""
    terminal = ["THE TERMINAL: what Python prints ...", "", *_fit(printed, width)]
    terminal += ["", "... and what connlog adds below", "", *shown.splitlines()]
    log = ["THE LOG: the same failure as an event, with the traceback left out", ""]
    log += _fit(event, width) if wide else event.splitlines()
    rows = _beside(terminal, log, width) if wide else [*terminal, "", "", *log]
    return "\n".join([*rows, "", "", "Next: connlog explain connection-refused"])


def _failure(file: Path) -> BaseException:
    error: BaseException = RuntimeError(f"{file} ends well although nothing listens")
    try:
        exec(compile(file.read_bytes(), file, "exec"), {"__name__": "__main__"})  # noqa: S102 -- our own three lines
    except OSError as exc:
        traceback_ = exc.__traceback__
        error = exc.with_traceback(traceback_.tb_next if traceback_ else None)
    return error


def _event(error: BaseException) -> str:
    """
    Log an exception through structlog as the README sets it up, and return the event.
    """
    # Only the demo needs structlog: `connlog explain` is not to wait for it.
    import structlog  # noqa: PLC0415

    stream = io.StringIO()
    log = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            ConnectionErrorEnricher(),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
    )
    log.error("order not stored", exc_info=error)
    event = json.loads(stream.getvalue())
    event["exception"] = "..."
    return json.dumps(event, indent=2, ensure_ascii=False)


def _fit(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        yield from textwrap.wrap(line, width, subsequent_indent=indent) or [""]


def _beside(left: list[str], right: list[str], width: int) -> list[str]:
    rows = []
    for one, other in zip_longest(left, right, fillvalue=""):
        gap = " " * (width - len(_COLOUR.sub("", one)))
        rows.append(f"{one}{gap}  | {other}".rstrip())
    return rows
