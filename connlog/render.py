"""
The block: what a person reads about a connection failure, in a terminal or under a traceback.

Imports the diagnosis, the guard and what lies below them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, TextIO

from connlog._diagnose import diagnose
from connlog._guard import GUARD
from connlog._model import Diagnosis
from connlog.catalog import CATALOG, Catalog
from connlog.catalog.words import RETRIES

__all__ = ["block", "clean", "colourful", "columns", "console_formatter", "endpoint", "write"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
ExceptionFormatter = Callable[[TextIO, ExcInfo], None]

_WIDTH = 100
"""Columns where there is no terminal to ask."""

_WIDTHS = range(40, 121)
"""A narrower block is unreadable, and so is a longer line."""

_INDENT = " " * 10
"""Under the words that follow a label."""

_STYLES: Mapping[str, str] = {
    "code": "1;31",
    "errno": "33",
    "endpoint": "1",
    "location": "2",
    "label": "36",
    "safe": "32",
    "if-idempotent": "33",
    "after-fix": "31",
    "unknown": "2",
}
"""Select Graphic Rendition (ECMA-48) by what is shown."""

_ASCII = str.maketrans(
    {
        "…": "...",
        "→": "->",
        "≤": "<=",
        "≥": ">=",
        "«": '"',
        "»": '"',
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{NO-BREAK SPACE}": " ",
    }
)
"""What stands for the characters of a good typesetter where the encoding has none of them."""


def block(
    diagnosis: Diagnosis,
    *,
    width: int = _WIDTH,
    colour: bool = False,
    encoding: str = "utf-8",
    seen: str | None = None,
) -> str:
    """
    Draw the block of a diagnosis, with a newline at its end.

    Args:
        diagnosis: What was found.
        width: Columns; words that are longer stand alone on their line.
        colour: Colour it (ECMA-48).
        encoding: What the text must be writable in; other characters are replaced or escaped.
        seen: How often, when and where a log has it.
    """
    width = max(_WIDTHS[0], min(width, _WIDTHS[-1]))
    lines = [*_head(diagnosis, width, encoding, colour=colour)]
    for label, text, style in _rows(diagnosis, seen):
        for number, line in enumerate(_wrapped(clean(text, encoding), width - len(_INDENT))):
            start = _INDENT if number else "  " + _styled(label.ljust(8), "label", colour=colour)
            lines.append(start + _styled(line, style, colour=colour))
    return "\n".join(lines) + "\n"


def write(diagnosis: Diagnosis, stream: TextIO | None) -> bool:
    """
    Write the block to a stream, the way the stream can show it.

    Returns:
        Whether it was written. A stream that is closed, full or gone is no error: there is nobody to read it.
    """
    if stream is None:
        return False
    try:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(block(diagnosis, width=columns(stream), colour=colourful(stream), encoding=encoding))
        flush = getattr(stream, "flush", None)
        if flush is not None:
            flush()
    except (OSError, ValueError):
        return False
    return True


def console_formatter(inner: ExceptionFormatter | None = None, *, catalog: Catalog = CATALOG) -> ExceptionFormatter:
    """
    Show the block under the traceback of structlog's ``ConsoleRenderer(exception_formatter=...)``.

    Args:
        inner: What formats the traceback; structlog's own default unless given.
        catalog: The catalog, perhaps with a team's hints.

    .. versionadded:: 0.1.0
    """
    if inner is None:
        from structlog.dev import default_exception_formatter  # noqa: PLC0415 -- optional third party

        return _Console(default_exception_formatter, catalog)
    return _Console(inner, catalog)


class _Console:
    """
    A formatter of structlog's console, and the block under what it writes.
    """

    __slots__ = ("_catalog", "_inner")

    def __init__(self, inner: ExceptionFormatter, catalog: Catalog) -> None:
        self._inner = inner
        self._catalog = catalog

    def __call__(self, sio: TextIO, exc_info: ExcInfo) -> None:
        self._inner(sio, exc_info)
        with GUARD:
            diagnosis = diagnose(exc_info[1], catalog=self._catalog)
            if diagnosis is not None:
                # The text goes into a buffer first; structlog prints it to standard output.
                out = sys.stdout
                encoding = getattr(out, "encoding", None) or "ascii"
                shown = block(diagnosis, width=columns(out), colour=colourful(out), encoding=encoding)
                sio.write(f"\n{shown.rstrip()}")


def endpoint(diagnosis: Diagnosis) -> str | None:
    """
    Write the target as people type it: ``localhost:9999``, ``[::1]:443``, ``/run/app.sock``.
    """
    target = _address(diagnosis.server_address, diagnosis.server_port)
    if diagnosis.peer_address in {None, diagnosis.server_address}:
        return target
    peer = _address(diagnosis.peer_address, diagnosis.peer_port)
    return f"{target} ({peer})" if target else peer


def _address(host: str | None, port: int | None) -> str | None:
    if host is None:
        return None if port is None else f"port {port}"
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _head(diagnosis: Diagnosis, width: int, encoding: str, *, colour: bool) -> Iterator[str]:
    """
    Draw the first line: what and where, the place in the code at the right; over several lines if it must be.
    """
    parts = [("code", diagnosis.code), ("errno", _errno(diagnosis)), ("endpoint", endpoint(diagnosis))]
    shown = [(style, clean(text, encoding)) for style, text in parts if text]
    place = clean(_location(diagnosis), encoding)
    line, used, gap = "", 0, ""
    for style, text in shown:
        if gap and used + len(gap) + len(text) > width:
            yield line
            line, used, gap = "  ", 2, ""
        line += gap + _styled(text, style, colour=colour)
        used += len(gap) + len(text)
        gap = "  "
    if not place:
        yield line
        return
    room = width - used - len(place)
    if room < len(gap):
        yield line
        line, room = "", len(gap)
    yield line + " " * room + _styled(place, "location", colour=colour)


def _rows(diagnosis: Diagnosis, seen: str | None) -> Iterator[tuple[str, str, str]]:
    if seen is not None:
        yield "seen", seen, ""
    if diagnosis.relation == "while-handling":
        yield "while", f"{diagnosis.surface_type} was raised while this failure was being handled", ""
    yield "cause", diagnosis.cause, ""
    yield "hint", diagnosis.hint, ""
    yield "retry", ": ".join(RETRIES[diagnosis.retry]), diagnosis.retry
    if diagnosis.others:
        yield "also", f"{len(diagnosis.others)} more in this group: {_others(diagnosis)}", ""
    yield "more", diagnosis.docs_url or f"connlog explain {diagnosis.code}", ""


def _others(diagnosis: Diagnosis) -> str:
    shown = [" ".join(filter(None, (other.code, endpoint(other)))) for other in diagnosis.others[:3]]
    return ", ".join(shown if len(diagnosis.others) == len(shown) else [*shown, "…"])


def _errno(diagnosis: Diagnosis) -> str | None:
    if diagnosis.errno is None:
        return diagnosis.errno_name
    return f"{diagnosis.errno_name} (errno {diagnosis.errno})" if diagnosis.errno_name else f"errno {diagnosis.errno}"


def _location(diagnosis: Diagnosis) -> str:
    where = diagnosis.location
    if where is None:
        return ""
    return f"{_relative(where.file)}:{where.line} in {where.function}"


def _relative(file: str) -> str:
    try:
        return file.removeprefix(os.getcwd() + os.sep)  # noqa: PTH109 -- a string is wanted
    except OSError:
        # The directory has been removed under the program.
        return file


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def clean(text: str, encoding: str) -> str:
    """
    Make a text harmless and writable: a message may hold escape sequences, or turn its line around.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
    return text


def _escaped(char: str) -> str:
    return " " if char.isspace() else char.encode("unicode_escape").decode("ascii")


def _styled(text: str, style: str, *, colour: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if colour and style else text


def columns(stream: Any) -> int:
    """
    Ask the terminal for its width, unless ``COLUMNS`` says it.
    """
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    except (AttributeError, OSError, ValueError):
        return _WIDTH


def colourful(stream: Any) -> bool:
    """
    Colour a terminal's block, unless the person (https://no-color.org) or the terminal says no.
    """
    # The old console of Windows shows the sequences themselves.
    old_console = sys.platform == "win32" and "WT_SESSION" not in os.environ
    if old_console or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
