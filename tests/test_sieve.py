"""
The sieve lets through what can tell of a failure, and cuts untouched tracebacks out whole.
"""

from __future__ import annotations

import io

import pytest

from connlog._segment import Segment
from connlog._segments import segments
from connlog._sieve import marks, segments_in
from connlog._source import Block, physical_lines

REFUSED = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 41, in send
    sock.connect((host, port))
ConnectionRefusedError: [Errno 111] Connection refused
"""
RECORD = "2026-03-09 06:41:08,120 ERROR shop order not sent\n"


def sieved(text: str) -> list[Segment]:
    """
    Cut the segments out of one block.
    """
    return list(segments_in([Block(1, 0, text.encode())]))


def read(text: str) -> list[Segment]:
    """
    Cut the segments out of all lines.
    """
    return list(segments(physical_lines(io.BytesIO(text.encode()))))


def test_most_lines_hold_no_mark() -> None:
    """
    A log of what went well is passed over; a level, a number and a header are seen.
    """
    assert marks(b"2026-03-09 06:41:08 INFO shop order placed\n" * 9) == []
    assert marks(b"ERROR a\nx [Errno 111] y\nTraceback (most recent call last):\n") == [0, 11, 25]


@pytest.mark.parametrize(
    "text",
    [
        REFUSED,
        REFUSED + REFUSED,
        RECORD + REFUSED + RECORD + REFUSED + "ok\n",
        f"{REFUSED}\n\nok\n",
        f"{REFUSED}\nDuring handling of the above exception, another exception occurred:\n\n{REFUSED}{RECORD}",
        f"{REFUSED}  its message goes on\n{RECORD}",
        f"{REFUSED}  its message goes on\n{REFUSED}{RECORD}",
        REFUSED.replace("ConnectionRefusedError: [Errno 111] Connection refused", "refused: 111") + RECORD,
        REFUSED.replace("    sock.connect((host, port))\n", "    x()\n" * 9_000) + RECORD,
        REFUSED.replace("\n", "\r\n") + RECORD,
        REFUSED.rstrip("\n"),
    ],
    ids=["alone", "twice", "records", "blank", "chain", "message", "next", "weak", "long", "carriage", "cut"],
)
def test_whole_tracebacks_are_those_of_the_lines(text: str) -> None:
    """
    What is cut out whole, and what is not because more may follow, is what reading line by line gives.
    """
    assert sieved(text) == read(text)


def test_frames_above_a_mark_belong_to_it() -> None:
    """
    Where the header is missing, frames in the lines before the exception are read too.
    """
    headless = "ok\n" * 50 + REFUSED.split("\n", 1)[1]
    assert sieved(headless) == read(headless)
    assert sieved(headless)[0].first == 51


def test_of_endless_source_the_last_lines_are_read() -> None:
    """
    Where thousands of indented lines stand above a mark, what it marks is found all the same.
    """
    text = "ok\n" + "    x()\n" * 3_000 + "ConnectionRefusedError: [Errno 111] Connection refused\n"
    (segment,) = sieved(text)
    assert (segment.first, segment.format, segment.end) == (3_002, "bare", len(text))


def test_frames_in_the_block_before_a_mark() -> None:
    """
    Where a block ends within a traceback that has no header, its frames are read with what marks it.
    """
    head, frames = "ok\n" * 9, REFUSED.split("\n", 1)[1]
    data = (head + frames).encode()
    at = data.index(b"Connection")
    found = list(segments_in([Block(1, 0, data[:at]), Block(12, at, data[at:])]))
    assert found == read(head + frames)
