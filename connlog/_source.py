"""
Where log text comes from: files, plain or compressed, and pipes, as blocks of whole lines and as lines.

Imports what unpacks. Bounded memory, whatever the size of the file or of its longest line. What goes wrong while
reading is noted beside the data, not raised in its midst: what could be read is read.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from connlog._unpack import HEAD, MissingLibraryError, packing_of, unpacked

__all__ = [
    "IDLE",
    "LONGEST_LINE",
    "Block",
    "Line",
    "Problem",
    "Source",
    "SourceError",
    "blocks",
    "lines_of",
    "open_pipe",
    "open_source",
    "physical_lines",
]

LONGEST_LINE = 1 << 16
"""Bytes of a line that are looked at in one piece; a longer line is cut into pieces that overlap."""

OVERLAP = 1 << 13
"""Bytes that two pieces of a long line share, so that what stands at the cut stands whole in one of them."""

_BLOCK = 1 << 18
"""Bytes that are read at a time."""

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


IDLE = Line(0, 0, 0, "")
"""No line: nothing has come for a while, and nobody knows when more will."""


class Block(NamedTuple):
    """
    Bytes of a source: whole lines, or one piece of a long line; no bytes stand for :data:`IDLE`.

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

    def __init__(self, raw: Any, name: str) -> None:
        """
        Read what a binary reader holds, plain or compressed: its first bytes tell.
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

    def read(self, size: int = -1, /) -> bytes | None:
        """
        Return some bytes, at most *size*, as soon as there are any; none at the end, ``None`` while nothing comes.
        """
        if size < 0:
            return b"".join(piece for piece in iter(lambda: self.read(_BLOCK), b"") if piece is not None)
        data = self._rest or next(self._pieces, b"")
        if data is None or len(data) <= size:
            self._rest = b""
            return data
        self._rest = data[size:]
        return data[:size]

    def readinto(self, buffer: Any, /) -> int | None:
        """
        Read into a buffer; return how many bytes.
        """
        data = self.read(len(buffer))
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    def _complain(self, text: str, *, lost: bool = True) -> None:
        problem = Problem(self.name, text, lost)
        if problem not in self.problems:
            self.problems.append(problem)

    def _take(self) -> bytes | None:
        try:
            data: bytes | None = self._raw.read(_BLOCK)
        except OSError as exc:
            self._complain(f"can't be read any further: {exc.strerror or exc}")
            return b""
        self.consumed += len(data or b"")
        return data

    def _opened(self) -> Iterator[bytes | None]:
        """
        Read the first bytes, and then on as they say.
        """
        head = _some(self._take)
        while _tells_nothing(head) and (more := _some(self._take)):
            head += more
        packing = packing_of(head)
        pieces = _after(head, self._take)
        if packing is not None:
            try:
                yield from unpacked(packing, lambda: _some(lambda: next(pieces, b"")), self._complain)
            except MissingLibraryError as exc:
                self._complain(str(exc))
        elif head[:2] in _WIDE:
            yield from _narrowed(_WIDE[head[:2]], pieces)
        else:
            yield from pieces

    def _checked(self, pieces: Iterator[bytes | None]) -> Iterator[bytes | None]:
        """
        Note where it is no text in UTF-8.
        """
        offset, tail = 0, b""
        clean = True
        for piece in pieces:
            if piece and clean and (tail or not piece.isascii() or b"\0" in piece):
                tail, wrong = _first_wrong(tail + piece, offset - len(tail))
                if wrong is not None:
                    self._complain(wrong, lost=False)
                    clean = False
            offset += len(piece or b"")
            yield piece


class _Patient:
    """
    A pipe or terminal that says when nothing has come for a while, once, and then waits for as long as it takes.
    """

    def __init__(self, number: int, patience: float) -> None:
        self._number = number
        self._patience = patience
        self._said = True

    def read(self, size: int) -> bytes | None:
        """
        Return what is there; ``None`` when nothing has come for a while.
        """
        if not self._said and not self._ready():
            self._said = True
            return None
        self._said = False
        return os.read(self._number, size)

    def _ready(self) -> bool:
        try:
            return bool(select.select([self._number], [], [], self._patience)[0])
        except (OSError, ValueError):
            # Windows asks this of sockets alone.
            return True


def _tells_nothing(head: bytes) -> bool:
    """
    Tell whether more bytes are needed to know how a source is written.
    """
    if head in {mark[:1] for mark in _WIDE}:
        return True
    return 0 < len(head) < HEAD and packing_of(head, so_far=True) is not None


def _some(take: Callable[[], bytes | None]) -> bytes:
    """
    Take, however long it lasts.
    """
    while (data := take()) is None:
        pass
    return data


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


def _after(head: bytes, take: Callable[[], bytes | None]) -> Iterator[bytes | None]:
    piece: bytes | None = head
    while piece != b"":
        yield piece
        piece = take()


def _narrowed(encoding: str, pieces: Iterator[bytes | None]) -> Iterator[bytes | None]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        text = decoder.decode(piece or b"").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        yield text.encode("utf-8", "replace") or None


@contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """
    Open a file or pipe for reading, whatever it is compressed with; ``-`` is a file of this name.

    Raises:
        SourceError: It can't be opened.
    """
    name = os.fspath(path)
    try:
        raw = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 -- pathlib takes long to import; closed below
    except (OSError, ValueError) as exc:
        raise SourceError(f"{name}: {getattr(exc, 'strerror', None) or exc}") from exc
    with raw:
        is_file = stat.S_ISREG(os.fstat(raw.fileno()).st_mode)
        yield Source(raw, name) if is_file else open_pipe(raw.fileno(), name)


def open_pipe(number: int, name: str, *, patience: float = 0.3) -> Source:
    """
    Read an open descriptor, which stays open; blocks and lines tell when nothing has come for some seconds.
    """
    return Source(_Patient(number, patience), name)


def blocks(reader: Any, *, numbered: bool = True) -> Iterator[Block]:
    """
    Cut what a binary reader gives into blocks of whole lines, as soon as they are there.

    A line that is longer than :data:`LONGEST_LINE` comes in pieces, each a block of its own, which overlap.

    Args:
        reader: Gives bytes; none at the end, ``None`` where nothing has come for a while.
        numbered: Count the lines; otherwise each block says that its first line is the first.
    """
    number, start, rest = 1, 0, b""
    while (piece := reader.read(_BLOCK)) != b"":
        if piece is None:
            yield Block(0, start, b"")
            continue
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        if cut:
            yield Block(number, start, data[:cut])
            number += data.count(b"\n", 0, cut) if numbered else 0
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
        if not block.data:
            yield IDLE
        yield from lines_of(block)
