"""
Log text -> findings: one for each connection failure that it shows.

Imports everything below.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from connlog._diagnose import diagnose_lines, diagnose_segment
from connlog._model import Diagnosis, Finding
from connlog._segment import Segment
from connlog._segments import segments
from connlog._shapes import filled, shape_of
from connlog._sieve import segments_in
from connlog._source import Block, Line, blocks, open_source
from connlog.catalog import CATALOG, Catalog
from connlog.fields import spell, table

__all__ = ["as_json", "judge", "scan", "scan_blocks", "scan_lines"]

_LONGEST = 256
_WIDEST = 1 << 12


def scan(source: str | Path | IO[Any] | Iterable[str], *, catalog: Catalog = CATALOG) -> Iterator[Finding]:
    """
    Find the connection failures in the text of a log.

    Args:
        source: A string is text, a path a file (plain, gzip, bzip2, xz or zstd); or a file object, or lines.
        catalog: What can be said; with a team's runbook: :meth:`Catalog.extended`.

    Returns:
        The findings in the order in which they end, as soon as they are known.

    Raises:
        SourceError: The file can't be read at all. What can't be read of it, as behind the end of a cut gzip, is a
            warning.

    Example:
        >>> [found.diagnosis.code for found in scan("ERROR:app:no luck: [Errno 111] Connection refused")]
        ['connection-refused']

    .. versionadded:: 0.1.0
    """
    if isinstance(source, os.PathLike):
        with open_source(source) as reader:
            yield from scan_blocks(blocks(reader, numbered=False), catalog=catalog)
        for problem in reader.problems:
            if problem.lost:
                warnings.warn(f"{problem.name}: {problem.text}", stacklevel=2)
    elif isinstance(source, str):
        yield from scan_blocks(blocks(io.BytesIO(source.encode("utf-8", "replace")), numbered=False), catalog=catalog)
    elif isinstance(source, io.RawIOBase | io.BufferedIOBase):
        yield from scan_blocks(blocks(source, numbered=False), catalog=catalog)
    else:
        yield from scan_lines(_numbered(source), catalog=catalog)


def scan_blocks(parts: Iterable[Block], *, catalog: Catalog = CATALOG) -> Iterator[Finding]:
    """
    Find the connection failures in blocks of bytes.
    """
    return _judge_all(segments_in(parts), catalog)


def scan_lines(lines: Iterable[Line], *, catalog: Catalog = CATALOG) -> Iterator[Finding]:
    """
    Find the connection failures in lines that know where they stand.
    """
    return _judge_all(segments(lines), catalog)


def _judge_all(parts: Iterable[Segment], catalog: Catalog) -> Iterator[Finding]:
    """
    Judge segments; the pieces of one long line overlap, and what stands in two of them counts once.
    """
    before: tuple[int, int, tuple[str, ...]] = (-1, -1, ())
    for segment in parts:
        first, end, body = before
        before = segment.first, segment.end, segment.body
        if segment.first == first and segment.start < end and segment.body == body and segment.start != segment.end:
            continue
        found = judge(segment, catalog)
        if found is not None:
            yield found


def judge(segment: Segment, catalog: Catalog = CATALOG) -> Finding | None:
    """
    Say what failed in a segment, if it was a connection.
    """
    diagnosis = diagnose_segment(segment, catalog, _judged)
    if diagnosis is None:
        return None
    return Finding(
        diagnosis=diagnosis,
        first=segment.first,
        last=segment.last,
        start=segment.start,
        end=segment.end,
        timestamp=segment.timestamp,
        prefix=segment.prefix,
        format=segment.format,
    )


def _judged(body: tuple[str, ...], catalog: Catalog) -> Diagnosis | None:
    if len(body) > _LONGEST or max(map(len, body), default=0) > _WIDEST:
        return diagnose_lines(body, catalog)
    shape = shape_of(body, catalog)
    diagnosis = _known(shape.text, catalog)
    return diagnosis if diagnosis is None else filled(diagnosis, shape)


@lru_cache(maxsize=256)  # an outage says the same a thousand times
def _known(text: str, catalog: Catalog) -> Diagnosis | None:
    return diagnose_lines(text.split("\n"), catalog)


def _numbered(lines: Iterable[Any]) -> Iterator[Line]:
    """
    Number lines; those that are numbered already stay as they are.
    """
    start = 0
    for number, line in enumerate(lines, 1):
        if isinstance(line, Line):
            yield line
            continue
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else str(line)
        end = start + len(text.encode("utf-8", "replace"))
        yield Line(number, start, end, text.removesuffix("\n"))
        start = end


def as_json(finding: Finding) -> dict[str, Any]:
    """
    Spell a finding in JSON types: the nested fields of its diagnosis, and where it stands.
    """
    places = {
        "first": finding.first,
        "last": finding.last,
        "start": finding.start,
        "end": finding.end,
        "timestamp": finding.timestamp,
        "prefix": finding.prefix,
        "format": finding.format,
    }
    fields: dict[str, Any] = spell(finding.diagnosis, table("nested"), "found")["found"]
    return {**fields, **{name: value for name, value in places.items() if value is not None}}
