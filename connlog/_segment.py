"""
The text of one failure, cut out of a log.

Imports the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from connlog._source import Line


class Segment(NamedTuple):
    """
    The text of one failure.

    Attributes:
        first: Its first line.
        last: Its last line.
        start: Offset of its first byte.
        end: Offset behind its last.
        timestamp: When it was logged, as written.
        prefix: What stands before its lines.
        format: How it was rendered.
        body: What the interpreter would have printed; or one line or sentence without a traceback.
        frames: The list that ``dict_tracebacks`` makes, if that is what it was.
        lead: What to ask where the body tells of no failure.
    """

    first: int
    last: int
    start: int
    end: int
    timestamp: str | None
    prefix: str | None
    format: str
    body: tuple[str, ...]
    frames: Sequence[Mapping[str, Any]] | None = None
    lead: Segment | None = None


def moved(found: Iterable[Segment], first: Line, last: Line) -> list[Segment]:
    """
    Say of segments that they stand in other lines: those that held theirs.
    """
    return [each._replace(first=first.number, last=last.number, start=first.start, end=last.end) for each in found]
