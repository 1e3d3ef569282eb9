"""
What one line holds that has been written into it: JSON, a string with its newlines escaped.

Imports the patterns only. Bounded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connlog._patterns import compiled

_STAMPS = ("timestamp", "@timestamp", "time", "ts", "asctime", "date", "datetime", "eventTime")
_LINES = ("log", "MESSAGE", "line")
_STACKS = ("exception", "exc_info", "exc", "error", "traceback", "err")
_ESCAPE = r"\\(?:\\|n|r|t|\"|'|/|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})"
_ESCAPES = {"n": "\n", "r": "", "t": "\t"}
_ELEMENT = r'\s*"(?P<text>(?:[^"\\]|\\.)*)",?\s*\Z'
_MOST = 256


class Record(NamedTuple):
    """
    A JSON object.

    Attributes:
        timestamp: Its timestamp, as written.
        line: The one line of a log that it holds and nothing else.
        stacks: What ``dict_tracebacks`` made of an exception.
        strings: All its strings, the nearest first.
        values: Those of them that are no items of a list.
    """

    timestamp: str | None
    line: str | None
    stacks: Sequence[Mapping[str, Any]] | None
    strings: tuple[str, ...]
    values: tuple[str, ...]


def read(text: str) -> Record | None:
    """
    Read a JSON object, which begins with a brace; ``None`` where a text is none.
    """
    try:
        record: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        return None
    stamp = next((str(record[key]) for key in _STAMPS if isinstance(record.get(key), str | int | float)), None)
    values, items = _strings(record)
    line = next((record[key] for key in _LINES if isinstance(record.get(key), str)), None)
    if line is not None and "\n" in line.rstrip("\n"):
        line = None
    return Record(
        stamp, None if line is None else line.rstrip("\n"), next(_stacks(record), None), (*values, *items), values
    )


def _stacks(record: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for key in _STACKS:
        stacks = record.get(key)
        if isinstance(stacks, list) and stacks and isinstance(stacks[0], dict) and "exc_type" in stacks[0]:
            yield stacks


def _strings(record: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    List the strings in a JSON object, nearest first: its values, and the items of its lists.
    """
    queue: list[tuple[Any, bool]] = [(record, False)]
    found: tuple[list[str], list[str]] = ([], [])
    for value, is_item in queue:
        if isinstance(value, str):
            found[is_item].append(value)
        elif isinstance(value, dict | list) and len(queue) < _MOST:
            inner = value if isinstance(value, list) else value.values()
            queue.extend((each, is_item or isinstance(value, list)) for each in list(inner)[:_MOST])
    return tuple(found[0]), tuple(found[1])


def unescaped(text: str) -> str:
    """
    Read the escapes in a string as another program has written them.
    """
    return compiled(_ESCAPE).sub(lambda match: _character(match[0][1:]), text)


def _character(escape: str) -> str:
    if len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}"  # noqa: PLR2004 -- surrogates
    return _ESCAPES.get(escape, escape)


def element(text: str) -> str | None:
    """
    Read a line that is one string of a list, as notebooks are stored.
    """
    match = compiled(_ELEMENT).match(text)
    return None if match is None else unescaped(match["text"]).rstrip("\n")
