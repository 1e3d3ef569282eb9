"""
Where log text comes from: files, plain or compressed, and pipes, as blocks of whole lines and as lines.

Imports what unpacks. Bounded memory, whatever the size of the file or of its longest line. What goes wrong while
reading is noted beside the data, not raised in its midst: what could be read is read.
"""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from connlog._unpack import HEAD, MissingLibraryError, packing_of, unpacked

__all__ = [
    "LONGEST_LINE",
    "Block",
    "Line",
    "Problem",
    "Source",
    "SourceError",
    "blocks",
    "lines_of",
    "open_source",
    "physical_lines",
]

LONGEST_LINE = 1 << 16
"""Bytes of a line that are looked at in one piece; a longer line is cut into pieces that overlap."""

OVERLAP = 1 << 13
"""Bytes that two pieces of a long line share, so that what stands at the cut stands whole in one of them."""

_BLOCK = 1 << 18
"""Bytes that are read at a time."""

_SHORT = 3
"""At most so many bytes at the end of a piece are the beginning of one character in UTF-8."""

_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
"""What PowerShell writes when output is redirected into a file, by the bytes that it begins with."""


class SourceError(Exception):
    """
    A source can't be read at all; the message names it.
    """


class Problem(NamedTuple):
    """
    What was wrong with a source that could be opened.

    Attributes:
        name: The source, as the person named it.
        text: What is wrong.
        lost: Something could not be read; ``False``: all was read, but perhaps not as it was meant.
    """

    name: str
    text: str
    lost: bool


class Line(NamedTuple):
    """
    One physical line, or one piece of a line that is longer than :data:`LONGEST_LINE`.

    Attributes:
        number: From 1; the pieces of a long line have the same.
        start: Offset of its first byte in the decompressed source.
        end: Offset behind its newline.
        text: What it says, without newline.
    """

    number: int
    start: int
    end: int
    text: str


class Block(NamedTuple):
    """
    Bytes of a source: whole lines, or one piece of a long line.

    Attributes:
        number: Number of the first line.
        start: Offset of the first byte.
        data: The bytes, at most some hundred KiB.
    """

    number: int
    start: int
    data: bytes


class Source(io.RawIOBase):
    """
    The decompressed bytes of a file or pipe, in UTF-8 if they are text at all.

    Attributes:
        name: The source, as the person named it.
        problems: What was wrong so far.
        consumed: How many bytes of the file itself have been read.
    """

    def __init__(self, raw: BinaryIO, name: str) -> None:
        """
        Read what *raw* holds, plain or compressed: its first bytes tell.
        """
        self.name = name
        self.problems: list[Problem] = []
        self.consumed = 0
        self._raw = raw
        self._pieces = self._checked(self._opened())
        self._rest = b""

    def readable(self) -> bool:
        """
        Say yes.
        """
        return True

    def read(self, size: int = -1, /) -> bytes:
        """
        Return some bytes, at most *size*, as soon as there are any; none at the end.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK), b""))
        data = self._rest or next(self._pieces, b"")
        self._rest = data[size:]
        return data[:size] if self._rest else data

    def readinto(self, buffer: Any, /) -> int:
        """
        Read into a buffer; return how many bytes.
        """
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _complain(self, text: str, *, lost: bool = True) -> None:
        problem = Problem(self.name, text, lost)
        if problem not in self.problems:
            self.problems.append(problem)

    def _take(self) -> bytes:
        try:
            data = self._raw.read(_BLOCK) or b""
        except OSError as exc:
            self._complain(f"can't be read any further: {exc.strerror or exc}")
            return b""
        self.consumed += len(data)
        return data

    def _opened(self) -> Iterator[bytes]:
        """
        Read the first bytes, and then on as they say.
        """
        head = self._take()
        while head and len(head) < HEAD and packing_of(head, so_far=True) and (more := self._take()):
            head += more
        packing = packing_of(head)
        pieces = _after(head, self._take)
        if packing is not None:
            try:
                yield from unpacked(packing, lambda: next(pieces, b""), self._complain)
            except MissingLibraryError as exc:
                self._complain(str(exc))
        elif head[:2] in _WIDE:
            yield from _narrowed(_WIDE[head[:2]], pieces)
        else:
            yield from pieces

    def _checked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """
        Note where it is no text in UTF-8.
        """
        offset, tail = 0, b""
        clean = True
        for piece in pieces:
            if clean and (tail or not piece.isascii() or b"\0" in piece):
                tail, wrong = _first_wrong(tail + piece, offset - len(tail))
                if wrong is not None:
                    self._complain(wrong, lost=False)
                    clean = False
            offset += len(piece)
            yield piece


def _first_wrong(data: bytes, offset: int) -> tuple[bytes, str | None]:
    """
    Find the first byte that no text in UTF-8 has; return the beginning of a character at the end, and what is wrong.
    """
    zero = data.find(b"\0")
    if zero >= 0:
        return b"", f"is binary (byte {offset + zero} is zero); it was searched as if it were text"
    try:
        done = codecs.utf_8_decode(data, "strict", False)[1]  # noqa: FBT003 -- it takes no keyword
    except UnicodeDecodeError as exc:
        return b"", f"is not UTF-8 (byte {offset + exc.start}); such characters were read as \N{REPLACEMENT CHARACTER}"
    return data[done:], None


def _after(head: bytes, take: Callable[[], bytes]) -> Iterator[bytes]:
    while head:
        yield head
        head = take()


def _narrowed(encoding: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield decoder.decode(piece).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").encode("utf-8", "replace")


@contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """
    Open a file or pipe for reading, whatever it is compressed with; ``-`` is a file of this name.

    Raises:
        SourceError: It can't be opened.
    """
    name = os.fspath(path)
    try:
        raw = Path(path).open("rb", buffering=0)  # noqa: SIM115 -- closed below; what is wrong with it is said here
    except (OSError, ValueError) as exc:
        raise SourceError(f"{name}: {getattr(exc, 'strerror', None) or exc}") from exc
    with raw:
        yield Source(raw, name)


def blocks(reader: Any) -> Iterator[Block]:
    """
    Cut what a binary reader gives into blocks of whole lines, as soon as they are there.

    A line that is longer than :data:`LONGEST_LINE` comes in pieces, each a block of its own, which overlap.
    """
    number, start, rest = 1, 0, b""
    while piece := reader.read(_BLOCK):
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        if cut:
            yield Block(number, start, data[:cut])
            number += data.count(b"\n", 0, cut)
            start, rest = start + cut, data[cut:]
        else:
            rest = data
        while len(rest) > LONGEST_LINE:
            yield Block(number, start, rest[:LONGEST_LINE])
            start, rest = start + LONGEST_LINE - OVERLAP, rest[LONGEST_LINE - OVERLAP :]
    if rest:
        yield Block(number, start, rest)


def lines_of(block: Block) -> Iterator[Line]:
    """
    Cut a block into its lines.
    """
    number, start = block.number, block.start
    lines = block.data.split(b"\n")
    last = lines.pop()
    for raw in lines:
        end = start + len(raw) + 1
        yield from _pieces(number, start, end, raw)
        number, start = number + 1, end
    if last:
        yield from _pieces(number, start, start + len(last), last)


def _pieces(number: int, start: int, end: int, raw: bytes) -> Iterator[Line]:
    """
    Read a line; a long one in pieces.
    """
    while len(raw) > LONGEST_LINE:
        yield Line(number, start, start + LONGEST_LINE, _text(raw[:LONGEST_LINE]))
        start, raw = start + LONGEST_LINE - OVERLAP, raw[LONGEST_LINE - OVERLAP :]
    yield Line(number, start, end, _text(raw.removesuffix(b"\r")))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def physical_lines(reader: Any) -> Iterator[Line]:
    """
    Cut what a binary reader gives into its lines, as soon as they are there.
    """
    for block in blocks(reader):
        yield from lines_of(block)
