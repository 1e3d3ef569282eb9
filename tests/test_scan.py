"""
Scanning finds each failure once, says where it stands, and does a bounded amount of work.
"""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import connlog
from connlog._sieve import Reader, segments_in
from connlog._source import IDLE, Block, Line, blocks, open_source, physical_lines
from connlog.scan import as_json, judge, scan_blocks, scan_lines

CORPUS = Path(__file__).parent / "corpus"
REFUSED = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 41, in send
    sock.connect((host, port))
ConnectionRefusedError: [Errno 111] Connection refused
"""
LOG = f"2026-03-09 06:41:07,120 INFO shop started\n2026-03-09 06:41:08,120 ERROR shop order not sent\n{REFUSED}"


def codes(findings: Iterable[connlog.Finding]) -> list[str]:
    """
    List the codes of findings.
    """
    return [found.diagnosis.code for found in findings]


def test_every_kind_of_source() -> None:
    """
    A string, a binary file, a text file, lines and bytes of lines give the same findings.
    """
    expected = list(connlog.scan(LOG))
    assert codes(expected) == ["connection-refused"]
    lines = LOG.splitlines(keepends=True)
    sources: list[Any] = [io.BytesIO(LOG.encode()), io.StringIO(LOG), lines, [line.encode() for line in lines]]
    for source in sources:
        assert list(connlog.scan(source)) == expected


def test_files_plain_and_compressed(tmp_path: Path) -> None:
    """
    A path is a file, whatever it is compressed with; as a string it would be text.
    """
    plain, packed = tmp_path / "app.log", tmp_path / "app.log.gz"
    plain.write_text(LOG, encoding="utf-8")
    packed.write_bytes(gzip.compress(LOG.encode()))
    assert list(connlog.scan(plain)) == list(connlog.scan(packed)) == list(connlog.scan(LOG))
    assert list(connlog.scan(str(plain))) == []


def test_what_can_not_be_read_is_a_warning(tmp_path: Path) -> None:
    """
    Of a file that is cut everything that is left is found, and the loss is said; no text at all is only noted.
    """
    packed, binary = tmp_path / "app.log.gz", tmp_path / "app.bin"
    packed.write_bytes(gzip.compress(LOG.encode())[:-6])
    binary.write_bytes(b"\xff\xfe\x00" + LOG.encode())
    with pytest.warns(UserWarning, match=r"app\.log\.gz: ") as caught:
        assert list(connlog.scan(packed)) == list(connlog.scan(LOG))
    assert len(caught) == 1
    list(connlog.scan(binary))


def test_where_it_stands() -> None:
    """
    A finding says its lines, bytes, timestamp, prefix and format; the bytes are those of the traceback.
    """
    (found,) = connlog.scan(LOG)
    assert (found.first, found.last, found.timestamp, found.format) == (3, 6, "2026-03-09 06:41:08,120", "traceback")
    assert LOG.encode()[found.start : found.end].decode() == REFUSED
    assert found.prefix is not None
    assert "ERROR" in found.prefix


def test_a_finding_as_json() -> None:
    """
    A finding becomes one flat object of JSON types, without what is not known.
    """
    (found,) = connlog.scan(REFUSED)
    record = as_json(found)
    assert record["code"] == "connection-refused"
    assert (record["first"], record["last"], record["start"], record["end"]) == (1, 4, 0, len(REFUSED))
    assert "timestamp" not in record
    assert "prefix" not in record


def test_hints_are_those_for_another_machine() -> None:
    """
    A catalog with a team's hints is asked, and nothing is said of the machine that scans.
    """
    catalog = connlog.CATALOG.extended((connlog.Hint(text="Ask the shop's team."),))
    (found,) = connlog.scan(REFUSED, catalog=catalog)
    assert found.diagnosis.hint == "Ask the shop's team."


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: path.name)
def test_skipping_loses_nothing(path: Path) -> None:
    """
    Reading only the lines that can matter gives the same diagnoses as reading all.
    """
    if not path.is_file():
        pytest.skip("no text")
    with open_source(path) as reader:
        all_lines = list(scan_lines(physical_lines(reader)))
    assert codes(connlog.scan(path)) == codes(all_lines)


def _pieces(text: bytes, size: int) -> Iterator[Block]:
    """
    Cut a text into blocks of whole lines, each at least *size* long.
    """
    number, start, block = 1, 0, b""
    for line in text.splitlines(keepends=True):
        block += line
        if len(block) >= size:
            yield Block(number, start, block)
            number, start, block = number + block.count(b"\n"), start + len(block), b""
    if block:
        yield Block(number, start, block)


@pytest.mark.parametrize("size", [1, 50, 100, 170, 1_000])
def test_blocks_may_end_anywhere(size: int) -> None:
    """
    Where a block ends changes nothing: neither what is found nor where it is said to stand.
    """
    text = (LOG + LOG.replace("111", "113").replace("Connection refused", "No route to host") + "ok\n") * 7
    whole = list(scan_blocks([Block(1, 0, text.encode())]))
    assert len(whole) == 14
    assert list(scan_blocks(_pieces(text.encode(), size))) == whole


def test_a_quiet_pipe_gives_what_is_complete() -> None:
    """
    When nothing comes for a while, a traceback whose exception has been said is given out; a half one waits.
    """
    lines = list(physical_lines(io.BytesIO(REFUSED.encode())))
    assert codes(scan_lines([*lines, IDLE])) == ["connection-refused"]
    reader = Reader()
    data = REFUSED.encode()
    half = data.index(b"Connection")
    assert list(reader.feed(Block(1, 0, data[:half]))) == []
    assert reader.pending() == 0
    assert list(reader.feed(Block(0, half, b""))) == []
    (segment,) = [*reader.feed(Block(4, half, data[half:])), *reader.feed(Block(0, len(data), b""))]
    assert judge(segment) is not None
    assert reader.pending() is None
    assert reader.flush() == []


def test_what_two_pieces_of_a_long_line_show_counts_once() -> None:
    """
    The pieces of a line that is longer than any window overlap; a failure where they do is one finding.
    """
    escaped = REFUSED.replace("\n", "\\n")
    words = "x" * 60_000 + f' "{escaped}" ' + "y" * 100_000
    (found,) = connlog.scan(f"first\n{words}\n")
    assert (found.first, found.last) == (2, 2)
    assert codes(connlog.scan(f"{words}\n{REFUSED}")) == ["connection-refused", "connection-refused"]


def test_lines_longer_than_a_window_in_one_block() -> None:
    """
    A block may hold a line that is longer than the window, among others.
    """
    data = b"ok\nError: " + b"z" * 200_000 + b"\n" + REFUSED.encode()
    found = [judge(segment) for segment in segments_in([Block(1, 0, data)])]
    assert [each.first for each in found if each is not None][-1] == 3


class Endless(io.RawIOBase):
    """
    So many bytes of one text again and again, never in memory at once.
    """

    def __init__(self, unit: bytes, size: int) -> None:
        """
        Give *size* bytes of *unit*.
        """
        self._unit = unit * max(1, (1 << 16) // len(unit))
        self._left = size

    def readable(self) -> bool:
        """
        Say yes.
        """
        return True

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 -- it gives as much as it likes
        """
        Give the next part.
        """
        if self._left <= 0:
            return b""
        self._left -= len(self._unit)
        return self._unit


HOSTILE: dict[str, bytes] = {
    "one line": b"x",
    "one line of errnos": b"[Errno 111] Connection refused ",
    "headers": b"Traceback (most recent call last):\n",
    "handling": b"During handling of the above exception, another exception occurred:\n\n",
    "one chain": REFUSED.encode() + b"\nDuring handling of the above exception, another exception occurred:\n\n",
    "half errnos": b"[Errno \n",
    "frames": b'  File "x.py", line 1, in f\n    g()\n',
    "escapes": b'{"a": "Error Traceback (most recent call last): \\n',
    "brackets": b'{"log": [[[[[[[[Error: ',
    "groups": b'  + Exception Group Traceback (most recent call last):\n  |   File "x", line 1, in f\n  +-+--- 1 ---\n',
    "pytest": b"E   ConnectionRefusedError: [Errno 111] Connection refused\n",
    "rulers": b"________ test_x ________\n    Error:\n",
    "newest first": b'ConnectionRefusedError: [Errno 111] Connection refused\n    x()\n  File "x.py", line 1, in f\n',
    "prefixes": b"".join(b'p%d| File "x", line 1, in f\nError: Connect\n' % (each * 7919) for each in range(1_000)),
    "steps": b"a: b: c: d: e: f: Connect [x] " * 100 + b"\n",
    "entities": b"&amp;quot;" * 300 + b"Error: \n",
    "progress": b"Connect 50%\r",
    "empty": b"\n",
}


def _work(unit: bytes, size: int) -> int:
    """
    Count the calls, of Python and of C, that a scan takes.
    """
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        for _ in connlog.scan(Endless(unit, size)):
            pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("name", HOSTILE)
def test_work_is_linear(name: str) -> None:
    """
    Four times as much of any text takes at most about four times the calls.
    """
    unit = HOSTILE[name]
    _work(unit, 1 << 16)  # patterns are compiled, tables are loaded
    small, large = _work(unit, 1 << 16), _work(unit, 1 << 18)
    assert large <= 6 * small + 10_000


def _alive(unit: bytes, size: int, measure: Callable[[], int]) -> int:
    """
    Scan, and return by how many blocks of memory this process has grown.
    """
    before = measure()
    for _ in connlog.scan(Endless(unit, size)):
        pass
    return measure() - before


@pytest.mark.parametrize("name", ["one line", "one chain", "groups", "pytest", "newest first"])
def test_memory_is_bounded(name: str) -> None:
    """
    However much there is of it, what a scan keeps does not grow.
    """
    _alive(HOSTILE[name], 1 << 18, sys.getallocatedblocks)
    assert _alive(HOSTILE[name], 1 << 20, sys.getallocatedblocks) < 20_000


def test_lines_know_their_bytes() -> None:
    """
    Lines that are numbered already are taken as they are.
    """
    lines = [Line(7, 700, 720, "x: [Errno 111] Connection refused")]
    (found,) = connlog.scan(lines)  # type: ignore[arg-type]  # what the command line gives
    assert (found.first, found.start, found.end) == (7, 700, 720)


def test_blocks_count_lines_if_they_are_asked_to() -> None:
    """
    A block says the number of its first line, or always 1.
    """
    text = b"a\n" * 300_000
    assert [each.number for each in blocks(io.BytesIO(text))][1] > 1
    assert {each.number for each in blocks(io.BytesIO(text), numbered=False)} == {1}
