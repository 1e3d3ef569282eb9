"""
Sources give every byte that can be read, say what could not be, and keep to bounded memory.
"""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from backports import zstd

from connlog import _unpack
from connlog._source import (
    IDLE,
    LONGEST_LINE,
    OVERLAP,
    Problem,
    Source,
    SourceError,
    blocks,
    open_pipe,
    open_source,
    physical_lines,
)

RANDOM = Random(5)  # noqa: S311 -- no secret
TEXT = b"".join(b"%d %s\n" % (number, RANDOM.randbytes(20).hex().encode()) for number in range(20_000))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


class Drops(io.BytesIO):
    """
    Gives no more than so many bytes at a time.
    """

    def __init__(self, data: bytes, most: int) -> None:
        """
        Give *data* in drops.
        """
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1, /) -> bytes:
        """
        Give a drop.
        """
        return super().read(min(size or self.most, self.most))


def read(data: bytes, most: int = 1 << 20) -> tuple[bytes, list[Problem]]:
    """
    Read a source to its end.
    """
    source = Source(Drops(data, most), "app.log")
    return source.read() or b"", source.problems


def words(problems: list[Problem]) -> str:
    """
    Join what is wrong.
    """
    return "; ".join(problem.text for problem in problems)


@pytest.mark.parametrize("most", [1, 1000, 1 << 20])
def test_plain_bytes_pass(most: int) -> None:
    """
    What is not compressed comes as it is.
    """
    data = TEXT[:5000]
    assert read(data, most) == (data, [])
    assert read(b"", most) == (b"", [])
    assert read(b"\x1f", most) == (b"\x1f", [])


@pytest.mark.parametrize("most", [100, 1 << 20])
@pytest.mark.parametrize("packing", PACKERS)
def test_compressed_bytes_are_unpacked(packing: str, most: int) -> None:
    """
    The first bytes tell how a file is compressed; several parts, also padded ones, are one text.
    """
    packed = PACKERS[packing](TEXT)
    assert read(packed, most) == (TEXT, [])
    assert read(packed + packed, most) == (TEXT * 2, [])
    assert read(packed + bytes(512) + packed + bytes(7), most) == (TEXT * 2, [])
    assert read(PACKERS[packing](b""), most) == (b"", [])


@pytest.mark.parametrize("packing", PACKERS)
def test_a_cut_file_is_read_up_to_the_cut(packing: str) -> None:
    """
    A file that ends too early gives what it has, and says so.
    """
    packed = PACKERS[packing](TEXT)
    data, problems = read(packed[: len(packed) // 2])
    assert TEXT.startswith(data)
    assert packing == "bzip2" or len(data) > len(TEXT) // 3  # bzip2 has blocks of 900 KB
    assert problems == [Problem("app.log", f"ends in the middle of its {packing} data; read up to there", lost=True)]


@pytest.mark.parametrize("packing", PACKERS)
def test_behind_a_damage_reading_goes_on(packing: str) -> None:
    """
    A part that was cut, or whose bytes were changed, costs none of the parts behind it.
    """
    packed = PACKERS[packing](TEXT)
    for broken in (packed[: len(packed) // 2], packed[:-40] + b"?" * 40):
        data, problems = read(broken + packed)
        assert data.endswith(TEXT)
        assert "damaged" in words(problems)


def test_gzip_is_read_up_to_the_damaged_byte() -> None:
    """
    Of a damaged gzip file no byte before the damage is lost.
    """
    packed = bytearray(gzip.compress(TEXT))
    packed[-8:-4] = b"1234"  # the checksum
    data, problems = read(bytes(packed))
    assert data == TEXT
    assert [problem.lost for problem in problems] == [True]
    packed[len(packed) // 2] ^= 255
    data = read(bytes(packed))[0]
    same = next(number for number, pair in enumerate(zip(data, TEXT, strict=False)) if pair[0] != pair[1])
    assert same > len(TEXT) // 3


def test_what_stands_behind_is_named() -> None:
    """
    Bytes behind the compressed ones that are none themselves are left out, and that is said.
    """
    data, problems = read(gzip.compress(TEXT) + b"junk" * 50)
    assert data == TEXT
    assert "behind the compressed ones" in words(problems)
    data, problems = read(gzip.compress(TEXT) + b"junk" * 50 + gzip.compress(TEXT), 100)
    assert data == TEXT * 2


def test_damages_are_not_skipped_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file of nothing but beginnings is given up at some time.
    """
    monkeypatch.setattr(_unpack, "_DAMAGES", 10)
    data, problems = read(b"\x1f\x8b\x08\x00\xff\xff\xff" * 1000)
    assert data == b""
    assert "damaged" in words(problems)


def test_a_bomb_is_unpacked_piece_by_piece() -> None:
    """
    However much a file holds, one read gives a bounded part of it.
    """
    source = Source(io.BytesIO(gzip.compress(bytes(20_000_000))), "bomb.gz")
    pieces = list(iter(lambda: len(source.read(1 << 20) or b""), 0))
    assert (sum(pieces), max(pieces) <= 1 << 18) == (20_000_000, True)


def test_zstd_needs_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a library for zstd, the file and the extra that brings one are named.
    """
    packed = zstd.compress(TEXT)
    for name in ("compression", "backports"):
        monkeypatch.setitem(sys.modules, name, None)
    data, problems = read(packed)
    assert data == b""
    assert words(problems) == "needs a library for zstd: python -m pip install 'connlog[cli]'"


def test_wide_characters_become_utf_8() -> None:
    """
    What PowerShell redirects into a file is read, whichever byte order it has.
    """
    for encoding in ("utf-16-le", "utf-16-be"):
        data = "\N{ZERO WIDTH NO-BREAK SPACE}[Errno 111] refusé\r\n".encode(encoding)
        for most in (1, 1000):
            assert read(data, most) == ("[Errno 111] refusé\r\n".encode(), [])


def test_what_is_no_text_is_said() -> None:
    """
    Bytes that are no UTF-8, and zero bytes, are searched all the same; their first place is said once.
    """
    data, problems = read(b"caf\xe9 caf\xe9\n" * 3)
    assert data == b"caf\xe9 caf\xe9\n" * 3
    assert [(problem.text.partition(";")[0], problem.lost) for problem in problems] == [
        ("is not UTF-8 (byte 3)", False)
    ]
    assert "is binary (byte 2 is zero)" in words(read(b"ab\0\n" * 9)[1])
    assert read("naïve café\n".encode(), 1)[1] == []


def test_an_error_while_reading_is_noted() -> None:
    """
    A disk that fails in the midst ends the source; what was read stays.
    """

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    source = Source(Failing(b"a\nb\n"), "app.log")
    assert (source.read(), words(source.problems)) == (b"a\nb\n", "can't be read any further: Input/output error")


def test_a_source_is_a_reader() -> None:
    """
    A source may be read through a buffer of the standard library.
    """
    source = Source(io.BytesIO(TEXT), "app.log")
    assert source.readable()
    assert io.BufferedReader(source).read() == TEXT
    assert source.consumed == len(TEXT)


def test_lines_know_where_they_stand() -> None:
    """
    Number and offsets of a line lead to its bytes, at any size of the pieces that come.
    """
    data = b"one\r\n\n\xc3\xa9t\xc3\xa9\nlast"
    for most in (1, 2, 100):
        lines = list(physical_lines(Drops(data, most)))
        assert [(line.number, line.text) for line in lines] == [(1, "one"), (2, ""), (3, "été"), (4, "last")]
        assert b"".join(data[line.start : line.end] for line in lines) == data


@pytest.mark.parametrize("most", [1000, 1 << 20])
def test_a_long_line_comes_in_pieces(most: int) -> None:
    """
    The pieces of a long line overlap, share its number, and none is longer than the limit.
    """
    data = b"a\n" + b"x" * 300_000 + b"\nb\n" + b"y" * 70_000
    lines = list(physical_lines(Drops(data, most)))
    assert {line.number for line in lines} == {1, 2, 3, 4}
    assert max(len(line.text) for line in lines) == LONGEST_LINE
    pieces = [line for line in lines if line.number == 2]
    assert [later.start - earlier.end for earlier, later in itertools.pairwise(pieces)] == [-OVERLAP] * 5
    assert all(data[line.start : line.end].rstrip(b"\n").decode() == line.text for line in lines)


def test_blocks_hold_all_bytes() -> None:
    """
    Blocks of whole lines follow each other without a gap.
    """
    parts = list(blocks(Drops(TEXT, 10_000)))
    assert b"".join(part.data for part in parts) == TEXT
    assert [part.number for part in parts] == [TEXT.count(b"\n", 0, part.start) + 1 for part in parts]


def test_a_silent_pipe_says_so() -> None:
    """
    A pipe that falls silent is told once, before the next line comes; its descriptor stays open.
    """
    reading, writing = os.pipe()
    lines = physical_lines(open_pipe(reading, "pipe", patience=0.05))
    os.write(writing, b"one\nha")
    assert [next(lines).text, next(lines)] == ["one", IDLE]
    threading.Timer(0.2, lambda: (os.write(writing, b"lf\n"), os.close(writing))).start()
    assert [line.text for line in lines if line is not IDLE] == ["half"]
    os.close(reading)


def test_a_silent_pipe_of_compressed_bytes_is_waited_for() -> None:
    """
    A pipe of compressed bytes may fall silent anywhere.
    """
    packed = gzip.compress(b"one\ntwo\n")
    for cut in (2, 9):
        reading, writing = os.pipe()
        os.write(writing, packed[:cut])

        def rest(writing: int = writing, cut: int = cut) -> None:
            os.write(writing, packed[cut:])
            os.close(writing)

        threading.Timer(0.2, rest).start()
        assert open_pipe(reading, "pipe", patience=0.05).read() == b"one\ntwo\n"
        os.close(reading)


def test_a_silent_pipe_has_nothing_for_a_buffer() -> None:
    """
    A silence is ``None`` to whoever reads into a buffer, as for any raw reader.
    """
    reading, writing = os.pipe()
    source = open_pipe(reading, "pipe", patience=0.05)
    os.write(writing, b"one\n")
    assert [source.readinto(bytearray(2)), source.readinto(bytearray(2)), source.readinto(bytearray(2))] == [2, 2, None]
    os.close(writing)
    assert source.readinto(bytearray(2)) == 0
    os.close(reading)


def test_what_can_not_be_waited_for_is_read() -> None:
    """
    Where the system tells nothing about a descriptor, it is simply read.
    """
    reading, writing = os.pipe()
    source = open_pipe(reading, "gone")
    os.write(writing, b"one\n")
    assert source.read(9) == b"one\n"
    os.close(reading)
    os.close(writing)
    assert source.read() == b""
    assert words(source.problems) == "can't be read any further: Bad file descriptor"


def test_files_are_opened(tmp_path: Path) -> None:
    """
    A file is read, a named pipe too; what can't be opened is named.
    """
    path = tmp_path / "app.log"
    path.write_bytes(b"one\n")
    with open_source(path) as source:
        assert source.read() == b"one\n"
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["sh", "-c", 'echo two > "$0"', str(fifo)]), open_source(fifo) as source:
        assert source.read() == b"two\n"
    wrong: tuple[Any, ...] = (tmp_path / "none", tmp_path, "a\0b")
    for name in wrong:
        with pytest.raises(SourceError, match=str(name).replace("\0", ".")), open_source(name):
            pass


def test_zlib_finds_each_damage() -> None:
    """
    Wherever a byte is changed, the text before it comes, and nothing is raised.
    """
    packed = gzip.compress(TEXT[:3000])
    for position in range(12, len(packed), 97):
        changed = bytearray(packed)
        changed[position] ^= 0x55
        data, problems = read(bytes(changed))
        assert problems
        assert zlib.crc32(data) != zlib.crc32(TEXT[:3000]) or position > len(packed) - 9
