"""
Compressed bytes -> bytes, part after part, as far as they can be read.

Imports nothing of connlog, and a decompressor once it is needed. Bounded memory. A file of several parts (made by
``cat a.gz b.gz``) is read to its end; behind a damage reading goes on with the next part that begins there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

__all__ = ["HEAD", "MissingLibraryError", "Packing", "packing_of", "unpacked"]

HEAD = 6
"""So many bytes tell how a file is compressed."""

_OUTPUT = 1 << 18
"""Bytes that are decompressed at a time."""

_DAMAGES = 1000
"""So many damages are skipped; a file with more of them is not what it says."""


class MissingLibraryError(Exception):
    """
    A library that is needed is not installed.
    """


class Decompressor(Protocol):
    """
    What the decompressors of bz2, lzma and zstd share.
    """

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """
    zlib's decompressor in the manner of the others; of damaged data it gives all that stands before the damage.
    """

    def __init__(self) -> None:
        import zlib  # noqa: PLC0415 -- most logs are plain

        self._inflate = zlib.decompressobj(wbits=31)
        self._error = zlib.error
        self._full = False
        self._broken: Exception | None = None

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    @property
    def needs_input(self) -> bool:
        return not (self._broken or self._full or self._inflate.unconsumed_tail)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._broken is not None:
            raise self._broken
        data = self._inflate.unconsumed_tail + data
        before = self._inflate.copy()
        try:
            out = self._inflate.decompress(data, max_length)
        except self._error as exc:
            self._broken = exc
            return b"".join(self._up_to_damage(before, data))
        self._full = len(out) == max_length
        return out

    def _up_to_damage(self, inflate: Any, data: bytes) -> Iterator[bytes]:
        with suppress(self._error):
            yield from map(inflate.decompress, _bytes(data))


def _bytes(data: bytes) -> Iterator[bytes]:
    return map(bytes, zip(data, strict=True))


def _bzip2() -> Decompressor:
    import bz2  # noqa: PLC0415 -- most logs are plain

    return bz2.BZ2Decompressor()


def _xz() -> Decompressor:
    import lzma  # noqa: PLC0415 -- most logs are plain

    return lzma.LZMADecompressor()


def _zstd() -> Decompressor:
    """
    Make a decompressor of the standard library's zstd, which Python has from 3.14 on, or of its backport.
    """
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 -- see above
    except ImportError:
        try:
            from backports import zstd  # type: ignore[no-redef,unused-ignore]  # noqa: PLC0415 -- optional third party
        except ImportError:
            raise MissingLibraryError("needs a library for zstd: python -m pip install 'connlog[cli]'") from None
    made: Decompressor = zstd.ZstdDecompressor()
    return made


class Packing(NamedTuple):
    """
    One way to compress.

    Attributes:
        name: What people call it.
        magic: The bytes that begin a file, and each of its parts.
        make: Makes a decompressor for one part.
    """

    name: str
    magic: bytes
    make: Callable[[], Decompressor]


_PACKINGS = (
    Packing("gzip", b"\x1f\x8b\x08", _Gzip),
    Packing("bzip2", b"BZh", _bzip2),
    Packing("xz", b"\xfd7zXZ\x00", _xz),
    Packing("zstd", b"\x28\xb5\x2f\xfd", _zstd),
)


def packing_of(head: bytes, *, so_far: bool = False) -> Packing | None:
    """
    Tell by its first bytes how a file is compressed.

    Args:
        head: The first bytes.
        so_far: It may be compressed so, if the bytes that are still to come fit.
    """
    for packing in _PACKINGS:
        if head.startswith(packing.magic) or (so_far and packing.magic.startswith(head)):
            return packing
    return None


class _Feed:
    """
    The input of a decompressor: it can be given back, and the end of it is kept, because damage shows late.
    """

    def __init__(self, take: Callable[[], bytes]) -> None:
        self._take = take
        self._given_back = b""
        self._last = b""
        self.kept = b""

    def next(self) -> bytes:
        """
        Return some input; none at the end.
        """
        data, self._given_back = self._given_back or self._take(), b""
        self.kept = self._last + data
        self._last = data
        return data

    def start(self, data: bytes) -> None:
        """
        Begin a part with these bytes, and then all that follows.
        """
        self._given_back, self._last, self.kept = data, b"", b""

    def head(self, magic: bytes) -> tuple[int, bytes]:
        """
        Find where the next part begins: return how many bytes stand before it, and its first ones; none at the end.
        """
        skipped, data = 0, self.next()
        while data:
            found = data.find(magic)
            if found >= 0:
                return skipped + len(data[:found].lstrip(b"\0")), data[found:]
            keep = len(magic) - 1
            skipped += len(data[:-keep].lstrip(b"\0"))
            more = self.next()
            data = data[-keep:] + more if more else b""
        return skipped, b""


def unpacked(packing: Packing, take: Callable[[], bytes], complain: Callable[[str], None]) -> Iterator[bytes]:
    """
    Decompress all that can be.

    Args:
        packing: How it is compressed.
        take: Returns some input; none at the end.
        complain: Is told what could not be read, and why.

    Raises:
        MissingLibraryError: This can't be unpacked here.
    """
    feed = _Feed(take)
    for damages in range(_DAMAGES):
        try:
            yield from _parts(packing, feed, complain, skip=damages > 0)
        except EOFError:
            complain(f"ends in the middle of its {packing.name} data; read up to there")
            return
        except ValueError as exc:
            complain(f"holds damaged {packing.name} data, the rest of it was read ({exc})")
            feed.start(feed.kept[1:])
        else:
            return


def _parts(packing: Packing, feed: _Feed, complain: Callable[[str], None], *, skip: bool) -> Iterator[bytes]:
    while True:
        between, head = feed.head(packing.magic)
        if between and not skip:
            complain(f"holds bytes that are no {packing.name} data behind the compressed ones; they were left out")
        if not head:
            return
        skip = False
        feed.start(head)
        part = packing.make()
        while not part.eof:
            data = b""
            if part.needs_input:
                data = feed.next()
                if not data:
                    raise EOFError
            try:
                out = part.decompress(data, _OUTPUT)
            except Exception as exc:
                # Each library has its own class for damaged data, and zstd's is known once it is installed.
                raise ValueError(str(exc)) from exc
            if out:
                yield out
        feed.start(part.unused_data)
