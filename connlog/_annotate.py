"""
A log and its findings -> the log as it is, and what connlog says about it in its place.

Imports the readings, the fields and the block. Bounded memory: of the log some MiB are held back at most.
"""

from __future__ import annotations

import json
from typing import BinaryIO

from connlog._inputs import Input, opened
from connlog._model import Finding
from connlog._reading import Order, Part, Tap, refused, seen
from connlog._report import Paper
from connlog._source import Source, SourceError
from connlog._summary import Summary
from connlog.fields import NESTED, spell
from connlog.render import block

__all__ = ["annotate", "with_fields"]

_KEY = "connection_error"

_HELD = 1 << 22
"""So many bytes are held back while a failure may still begin in them."""


class _Log:
    """
    The bytes of a log between reading and writing.
    """

    def __init__(self, source: Source, out: BinaryIO, paper: Paper) -> None:
        self._source = source
        self._out = out
        self._paper = paper
        self._held = bytearray()
        self._start = 0
        self._enriched = 0

    def read(self, size: int = -1, /) -> bytes | None:
        """
        Read on, and hold the bytes until they are passed.
        """
        data = self._source.read(size)
        self._held += data or b""
        return data

    def before(self, *, quiet: bool) -> None:
        """
        Pass what has been looked at; in a silence that is all.
        """
        if quiet:
            self.write(len(self._held))
            self._out.flush()
        elif len(self._held) > _HELD:
            # Whole lines; the rest of a longer line follows.
            size = len(self._held) - _HELD // 2
            self.write(self._held.rfind(b"\n", 0, size) + 1 or size)

    def end(self) -> None:
        """
        Pass the rest.
        """
        self.write(len(self._held))
        self._out.flush()

    def write(self, size: int) -> None:
        """
        Pass so many bytes as they are.
        """
        self._out.write(self._held[:size])
        self._drop(size)

    def put(self, finding: Finding) -> None:
        """
        Pass the log up to the end of a failure, with what is to be said about it.
        """
        size = self._line_end(finding.end - self._start)
        if finding.first == finding.last == self._enriched:
            return
        begin = self._held.rfind(b"\n", 0, max(0, finding.start - self._start)) + 1
        line = with_fields(bytes(self._held[begin:size]), finding) if begin < size else None
        if line is not None:
            self._enriched = finding.first
            self.write(begin)
            self._out.write(line)
            self._drop(size - begin)
            return
        broken = size > 0 and not self._held.endswith(b"\n", 0, size)
        self.write(size)
        shown = block(
            finding.diagnosis, width=self._paper.width, colour=self._paper.colour, encoding=self._paper.encoding
        )
        self._out.write((b"\n" if broken else b"") + shown.encode(self._paper.encoding, "replace"))

    def _drop(self, size: int) -> None:
        del self._held[:size]
        self._start += size

    def _line_end(self, size: int) -> int:
        """
        Stretch a length to the end of its line.
        """
        if size <= 0 or self._held.endswith(b"\n", 0, size):
            return max(0, size)
        return self._held.find(b"\n", size) + 1 or len(self._held)


def with_fields(line: bytes, finding: Finding) -> bytes | None:
    """
    Add the fields to an event in JSON and leave the rest of the line as it is; ``None`` where the line is none.
    """
    first, last = line.find(b"{"), line.rfind(b"}")
    if first < 0 or line[last + 1 :].strip():
        return None
    try:
        event = json.loads(line[first : last + 1])
    except ValueError:
        return None
    if _KEY in event:
        return line
    fields = json.dumps(spell(finding.diagnosis, NESTED, _KEY), ensure_ascii=False)[1:]
    return line[:last] + (b", " if event else b"") + fields.encode("utf-8", "replace") + line[last + 1 :]


def annotate(entry: Input, order: Order, out: BinaryIO, paper: Paper) -> Part:
    """
    Copy a log, and say in its place what failed.

    Args:
        entry: What to read.
        order: Which failures are explained.
        out: Where to write.
        paper: How wide and how coloured the blocks are.
    """
    summary = Summary(files=1)
    try:
        with opened(entry) as source:
            log = _Log(source, out, paper)
            for found in seen(Tap(log, log.before), entry, order, summary):
                log.put(found.finding)
            log.end()
            summary.size = source.consumed
    except SourceError as exc:
        return refused(entry, exc)
    return Part(summary, source.problems)
