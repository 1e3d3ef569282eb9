"""
Blocks of bytes -> segments, looking only at the lines that can matter.

Imports the blocks, the lines and what cuts them. Most bytes of a log are looked at by a handful of searches that run at
the speed of memory, each for one capital letter or one literal; what they mark is read line by line.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain

from connlog._renderings import raised
from connlog._segment import Segment
from connlog._segments import Cutter
from connlog._source import LONGEST_LINE, Block, Line, lines_of

__all__ = ["MARKS", "WORDS", "Reader", "marks", "segments_in"]

MARKS: tuple[bytes, ...] = (
    rb"E(?:rrno|rror\b|xceptionGroup: |RROR\b|OF[ _E]|R(?:SION_|TIFICATE_|T_)|XPECTED_|_FAIL|D_PROTO)",
    rb"C(?:onnect|annot |an't connect|ould not |ertificate did|RITICAL\b)",
    rb"N(?:ING\b|ame (?:or|does)|o (?:route|such (?:host|file))|oBrokers|S (?:resolution|lookup))",
)
"""
What a line holds that can tell of a failure, each beginning with another capital letter: these are rare in a log, and a
search that begins with one fixed character is the fastest there is. Whole levels pass: ``ERROR``, ``WARNING``,
``CRITICAL``.
"""

WORDS: tuple[bytes, ...] = (
    b"raceback (most recent call last)",
    b"onnection to ",
    b"server has gone away",
    b"peration timed out",
    b"\nE   ",  # pytest's, whatever it says
    b'"exc_type":',  # structlog's, whatever the words
)
"""Likewise where no capital letter stands; the longer they are, the faster are they searched for."""

_TRACEBACK = b"Traceback (most recent call last):\n"
_PART = rb'Traceback \(most recent call last\):\n(?:(?:  File "[^"\n]|    )[^\n]*+\n)++[A-Za-z_][^\n]*+\n'
_PLAIN = rb"%b(?:\n(?:The above exception was|During handling of the above)[^\n]*+\n\n%b)*+" % (_PART, _PART)
_CLOSING = rb"Traceback \(most|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\n{1,3}(?!The above|During|While)[\w\[<{]"
_NEWLINE = 10
_NEAR = 1024
_REPORT = 1 << 14
_RULER = b"________ "
_INSIDE = rb'File "|    |\xe2\x94[\x80\x82]|\.{8}|\(\.\.\.\)|---- \(| \n\Z'
"""What a line within a traceback holds: a frame, source behind a prefix, a border, or nothing behind a prefix."""

_TAIL = 1 << 13
_LARGEST = 1 << 16


@cache
def _patterns() -> tuple[re.Pattern[bytes], ...]:
    return tuple(re.compile(mark) for mark in MARKS)


@cache
def _pattern(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def marks(data: bytes) -> list[int]:
    """
    List the offsets at which something stands that can tell of a failure.
    """
    found = [match.start() for pattern in _patterns() for match in pattern.finditer(data)]
    for word in WORDS:
        at = data.find(word)
        while at >= 0:
            found.append(at)
            at = data.find(word, at + 1)
    found.sort()
    return found


class Reader:
    """
    Reads the blocks of one source.
    """

    def __init__(self) -> None:
        """
        Begin.
        """
        self._cutter = Cutter()
        self._tail = b""
        self._end = 0
        self._number = 1

    def pending(self) -> int | None:
        """
        Tell where the oldest line stands that may still become part of a segment.
        """
        return self._cutter.pending()

    def flush(self) -> list[Segment]:
        """
        Give what is left at the end.
        """
        return self._cutter.flush()

    def feed(self, block: Block) -> Iterator[Segment]:
        """
        Read a block; one without bytes says that nothing comes for a while.
        """
        if not block.data:
            yield from self._cutter.quiet()
            return
        tail = self._tail if block.start == self._end else b""  # the pieces of a long line overlap
        data = block.data
        found = marks(data)
        self._end = block.start + len(data)
        self._tail = b""
        if found and tail and found[0] < _TAIL:
            data, found = tail + data, [mark + len(tail) for mark in found]
        else:
            tail = b""
        base, at, index, number = block.start - len(tail), 0, 0, self._number - tail.count(b"\n")
        cutter = self._cutter
        while at < len(data):
            if cutter.ends_at_header and data.startswith(_TRACEBACK, at):
                yield from cutter.flush()
            if cutter.idle:
                index = bisect_left(found, at, index)
                if index == len(found):
                    break
                begin = _context(data, at, found[index])
                number += data.count(b"\n", at, begin)
                at = begin
                if data.startswith(_TRACEBACK, at) and (match := _pattern(_PLAIN).match(data, at)):
                    segment = self._whole(match, data, number, base)
                    if segment is not None:
                        yield segment
                        number += data.count(b"\n", at, match.end())
                        at = match.end()
                        continue
            end = data.find(b"\n", at) + 1 or len(data)
            if end - at <= LONGEST_LINE:
                text = data[at:end].decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
                yield from cutter.feed(Line(number, base + at, base + end, text))
            else:
                yield from chain.from_iterable(map(cutter.feed, lines_of(Block(number, base + at, data[at:end]))))
            number, at = number + (data[end - 1] == _NEWLINE), end
        self._number = number + data.count(b"\n", at)
        cut = max(data.find(b"\n", max(len(data) - _TAIL, at)) + 1, at)
        self._tail = data[cut:] if data.endswith(b"\n") else b""

    def _whole(self, match: re.Match[bytes], data: bytes, number: int, base: int) -> Segment | None:
        """
        Cut a traceback that the interpreter has printed and nobody has touched: it is canonical already.
        """
        raw = match[0]
        if len(raw) > _LARGEST or not _pattern(_CLOSING).match(data, match.end()):
            return None
        body = tuple(raw.decode("utf-8", "replace").rstrip("\n").split("\n"))
        said = raised(body[-1])
        if said is None or not said.strong:
            return None
        stamp, prefix = self._cutter.recorded(number)
        start = base + match.start()
        end = start + len(raw)
        return Segment(number, number + len(body) - 1, start, end, stamp, prefix, "traceback", body)


def _context(data: bytes, low: int, mark: int) -> int:
    """
    Find where to begin to read before a mark: the frames above it, and the record that it belongs to.
    """
    begin = max(data.rfind(b"\n", low, mark) + 1, low)
    ruler = data.rfind(_RULER, max(low, begin - _REPORT), begin)
    if ruler >= 0:
        return max(data.rfind(b"\n", low, ruler) + 1, low)
    for _ in range(_NEAR):
        if begin <= low:
            break
        before = max(data.rfind(b"\n", low, begin - 1) + 1, low)
        line = data[before:begin]
        begin = before
        if line[:1] not in b" \t\n" and not _pattern(_INSIDE).search(line):
            break
    return begin


def segments_in(blocks: Iterable[Block]) -> Iterator[Segment]:
    """
    Cut the segments out of blocks, in the order in which they end.
    """
    reader = Reader()
    for block in blocks:
        yield from reader.feed(block)
    yield from reader.flush()
