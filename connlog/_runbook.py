"""
A team's own hints: a TOML file becomes hints that rank above the catalog's.

Imports the nouns and the catalog. Read once, by :func:`connlog.install` and its like, never after a failure.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from string import Formatter
from typing import Any, NoReturn

from connlog._model import Hint
from connlog.catalog import CATALOG, numbers

__all__ = ["adopt", "load", "problem"]

_CONDITIONS = ("code", "host", "port", "service")
_KEYS = ("text", *_CONDITIONS, "link")
_PLACEHOLDERS = ("endpoint", "host", "port", "peer", "service")
_SERVICES = frozenset(numbers.PORTS.values()) | {service for service, _ in numbers.SCHEMES.values()}

_HEADER = re.compile(r"\s*\[\[\s*(?:hints|\"hints\"|'hints')\s*\]\]")
_FENCE = re.compile(r"\"\"\"|'''")
_GLUED = re.compile(r"://|@|\s|\A[^:/]+:\d*\Z|\A\[[^\]]*:[^\]]*\]:")
"""A URL, credentials, or a port in what should be a host."""

_BRACKETED = re.compile(r"\[[\da-fA-F:.*?]*:[\da-fA-F:.*?%\w]*\]")


def adopt(path: str | os.PathLike[str]) -> tuple[Hint, ...]:
    """
    Read the hints of a runbook for a program that must go on without them if need be.

    Returns:
        Nothing where the file is no runbook; a warning has told so then, once for each mistake.
    """
    try:
        return load(path)
    except (OSError, ValueError) as exc:
        _report(problem(path, exc))
        return ()


@lru_cache(maxsize=64)  # the same file in three edges is one mistake
def _report(said: str) -> None:
    with suppress(OSError, ValueError):  # standard error is closed: there is nobody to tell
        warnings.warn(f"connlog: {said}; this runbook is left out", stacklevel=5)  # where the program names the file


def problem(path: str | os.PathLike[str], exc: Exception) -> str:
    """
    Word what :func:`load` has raised in one line: the file, the line, what is wrong, what is allowed.
    """
    if isinstance(exc, OSError):
        return f"{os.fspath(path)}: the runbook can't be read: {exc.strerror or exc}"
    return str(exc)


def load(path: str | os.PathLike[str]) -> tuple[Hint, ...]:
    """
    Read the hints of a runbook.

    Raises:
        OSError: The file can't be read.
        ValueError: The file holds something else than a runbook does; says the file, the line and what is allowed.
    """
    import tomllib  # noqa: PLC0415 -- 6 ms that a program without a runbook need not pay

    file = os.fspath(path)
    with open(file, "rb") as opened:  # noqa: PTH123 -- pathlib takes long to import
        source = opened.read()
    try:
        text = source.decode("utf-8")
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"{file}: this is no TOML: {exc}") from exc
    return tuple(_Reader(file, text).hints(document))


class _Reader:
    """
    The checks over one runbook, and the lines that its errors name.
    """

    __slots__ = ("_file", "_lines")

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = text.splitlines()

    def hints(self, document: Mapping[str, Any]) -> Iterator[Hint]:
        for key in document:
            if key != "hints":
                self._fail(self._line_of(key, 0, len(self._lines)), f"unknown key {key!r}; allowed is [[hints]]")
        rows = document.get("hints")
        if not isinstance(rows, list) or not rows:
            self._fail(1, "there is no [[hints]] table; a runbook holds at least one")
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                self._fail(self._span(number)[0] + 1, "`hints` holds something else than tables; write [[hints]]")
            yield self._hint(number, row)

    def _hint(self, number: int, row: Mapping[str, Any]) -> Hint:
        for key, value in row.items():
            problem = _problem(key, value)
            if problem:
                self._fail(self._line_of(key, *self._span(number)), problem)
        if "text" not in row:
            self._fail(self._span(number)[0] + 1, "this hint has no `text`")
        when = tuple(f"{key}={_condition(row[key])}" for key in _CONDITIONS if key in row)
        if not when:
            self._fail(self._span(number)[0] + 1, f"this hint says not where it applies; give {_listed(_CONDITIONS)}")
        return Hint(text=row["text"], when=when, link=row.get("link"))

    def _span(self, number: int) -> tuple[int, int]:
        """
        Find the lines of the hint with this number: from its header up to the next table's.
        """
        starts = list(self._headers())
        if number >= len(starts):
            # Written as `hints = [{...}, ...]`: no headers to count.
            return self._line_of("hints", 0, len(self._lines)) - 1, len(self._lines)
        return starts[number], (*starts, len(self._lines))[number + 1]

    def _headers(self) -> Iterator[int]:
        quoted = False
        for index, line in enumerate(self._lines):
            if not quoted and _HEADER.match(line):
                yield index
            # A header inside a multi-line string is text.
            quoted ^= len(_FENCE.findall(line)) % 2 == 1

    def _line_of(self, key: str, start: int, stop: int) -> int:
        """
        Find the line, from 1, on which a key is written; the first of the span if it is spelled in another way.
        """
        name = re.escape(key)
        spelled = re.compile(rf"(?:^|[\[{{,.])\s*(?:{name}|\"{name}\"|'{name}')\s*[\]=.]")
        return next((index + 1 for index in range(start, stop) if spelled.search(self._lines[index])), start + 1)

    def _fail(self, line: int, problem: str) -> NoReturn:
        raise ValueError(f"{self._file}:{line}: {problem}")


def _problem(key: str, value: object) -> str | None:  # noqa: PLR0911 -- flat, from the general to the specific
    """
    Say what is wrong with one key of a hint, ``None`` if nothing is.
    """
    if key not in _KEYS:
        return f"unknown key {key!r}; allowed are {_listed(_KEYS)}"
    if key == "port":
        return None if _is_port(value) else f"`port` is a number from 1 to 65535, not {value!r}"
    if not isinstance(value, str) or not value.strip():
        return f"`{key}` is a string with at least one character, not {value!r}"
    if key == "text":
        return _text_problem(value)
    if key == "host" and _GLUED.search(value):
        return f'`host` is a name, an address, or a glob like "*.internal", and `port` stands apart; not {value!r}'
    if key == "code" and value not in CATALOG:
        return f"`code` {value!r} is unknown; did you mean {_listed(CATALOG.nearest(value) or CATALOG.codes)}?"
    if key == "service" and value not in _SERVICES:
        return f"`service` {value!r} is unknown; allowed are {_listed(sorted(_SERVICES))}"
    if key == "link" and not value.startswith(("https://", "http://")):
        return f"`link` starts with https:// or http://, unlike {value!r}"
    return None


def _text_problem(text: str) -> str | None:
    try:
        fields = [field[1:] for field in Formatter().parse(text) if field[1] is not None]
    except ValueError as exc:
        return f"`text` has a stray brace ({exc}); a literal brace is written twice"
    for name, layout, conversion in fields:
        if name not in _PLACEHOLDERS or layout or conversion:
            written = f"{{{name}{'!' if conversion else ''}{conversion or ''}{':' if layout else ''}{layout}}}"
            return f"`text` names {written}; allowed are {_listed(f'{{{known}}}' for known in _PLACEHOLDERS)}"
    return None


def _condition(value: Any) -> Any:
    """
    Write a host as events have it: an IPv6 address without its brackets.
    """
    return value.strip()[1:-1] if isinstance(value, str) and _BRACKETED.fullmatch(value.strip()) else value


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535  # noqa: PLR2004 -- RFC 6335


def _listed(names: Any) -> str:
    return ", ".join(names)
