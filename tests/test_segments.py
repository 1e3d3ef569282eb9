"""
Lines become segments: each the text of one failure, as the interpreter would have printed it.
"""

from __future__ import annotations

import io
import json

import pytest

import connlog
from connlog._segment import Segment
from connlog._segments import segments
from connlog._source import physical_lines

SAID = "ConnectionRefusedError: [Errno 111] Connection refused"
REFUSED = f"""\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 41, in send
    sock.connect((host, port))
{SAID}
"""
LOST = """\
Traceback (most recent call last):
  File "/srv/shop/web.py", line 7, in order
    send()
shop.OrderError: not sent
"""
HANDLING = "\nDuring handling of the above exception, another exception occurred:\n\n"
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"


def cut(text: str) -> list[Segment]:
    """
    Cut a text into its segments, line by line.
    """
    return list(segments(physical_lines(io.BytesIO(text.encode()))))


def canonical(segment: Segment) -> str:
    """
    Give the text of a segment.
    """
    return "".join(f"{line}\n" for line in segment.body)


def codes(text: str) -> list[str]:
    """
    List what is found in a text.
    """
    return [found.diagnosis.code for found in connlog.scan(io.StringIO(text))]


def test_a_plain_traceback_stays_as_it_is() -> None:
    """
    What the interpreter has printed is canonical, and knows its record.
    """
    (segment,) = cut(f"2026-03-09 06:41:08 ERROR shop order not sent\n{REFUSED}2026-03-09 06:41:09 INFO ok\n")
    assert canonical(segment) == REFUSED
    assert (segment.first, segment.last, segment.format) == (2, 5, "traceback")
    assert segment.timestamp == "2026-03-09 06:41:08"


def test_a_chain_is_one_segment() -> None:
    """
    What a sentence of the interpreter joins hangs together.
    """
    (segment,) = cut(REFUSED + HANDLING + LOST)
    assert canonical(segment) == REFUSED + HANDLING + LOST


def test_a_chain_with_its_newest_line_first() -> None:
    """
    A log that a viewer has turned round is turned back: the blank lines and the sentence between two exceptions too.
    """
    lines = (REFUSED + HANDLING + LOST).splitlines()[::-1]
    (segment,) = cut("".join(f"{line}\n" for line in ["2026-03-09 06:41:09 INFO ok", *lines, "", "stopped"]))
    assert canonical(segment) == REFUSED + HANDLING + LOST
    assert (segment.first, segment.last) == (2, 13)


def test_the_same_in_two_formats_counts_once() -> None:
    """
    Two handlers write one failure, one of them with a prefix, and their lines mix: it is one.
    """
    both = "".join(f"web-1  | {line}\n{line}\n" for line in REFUSED.splitlines())
    assert [canonical(segment) for segment in cut(both)] == [REFUSED]


def test_two_services_at_once() -> None:
    """
    Two services write the same failure at the same time, and their lines mix: it is two.
    """
    both = "".join(f"web-1  | {line}\nweb-2  | {line}\n" for line in REFUSED.splitlines())
    found = cut(both)
    assert [canonical(segment) for segment in found] == [REFUSED, REFUSED]
    assert [segment.prefix for segment in found] == ["web-1  |", "web-2  |"]


def test_strings_within_strings() -> None:
    """
    JSON in JSON is read as deep as log systems wrap it, and no deeper.
    """
    text = REFUSED
    for _ in range(3):
        text = json.dumps({"message": text})
        (segment,) = cut(f"{text}\n")
        assert (canonical(segment), segment.format) == (REFUSED, "json")
    assert cut(json.dumps({"message": text}) + "\n") == []


def test_a_record_whose_line_is_a_whole_traceback() -> None:
    """
    A collector that joins lines puts them into the field that else holds one.
    """
    (segment,) = cut(json.dumps({"log": REFUSED, "stream": "stderr"}) + "\n")
    assert (canonical(segment), segment.format) == (REFUSED, "json")


def test_a_line_that_only_looks_like_json() -> None:
    """
    Braces that are no JSON are the words of a line.
    """
    (segment,) = cut('{"log": broken} x: [Errno 111] Connection refused\n')
    assert segment.format == "bare"


def test_a_traceback_from_another_process() -> None:
    """
    What concurrent.futures quotes of a worker's traceback is the cause of what the parent raises.
    """
    worker = f'concurrent.futures.process._RemoteTraceback: \n"""\n{REFUSED}"""\n'
    (segment,) = cut(worker + CAUSE + LOST)
    assert canonical(segment) == REFUSED + CAUSE + LOST


def test_a_cause_that_nobody_has_raised() -> None:
    """
    A cause without a traceback has its message of several lines, and is joined to its effect.
    """
    cause = (
        'psycopg2.OperationalError: connection to server at "127.0.0.1", port 5432 failed: Connection refused\n'
        "\tIs the server running on that host and accepting TCP/IP connections?\n"
    )
    (found,) = connlog.scan(io.StringIO(cause + CAUSE + LOST))
    assert (found.diagnosis.code, found.diagnosis.server_address, found.diagnosis.server_port) == (
        "connection-refused",
        "127.0.0.1",
        5432,
    )
    assert (found.first, found.last) == (1, 9)
    assert found.diagnosis.chain == ("shop.OrderError", "psycopg2.OperationalError")


def test_the_middle_of_a_deep_traceback_is_left_out() -> None:
    """
    Of a traceback of many thousand frames the first and the last are kept, the exception and its message with them.
    """
    frames = "".join(f'  File "/srv/shop/step_{depth}.py", line {depth}, in step\n    go()\n' for depth in range(9_000))
    header, rest = REFUSED.split("\n", 1)
    (segment,) = cut(f"{header}\n{frames}{rest}Is the shop's port open?\n")
    assert segment.body[:2] == (header, '  File "/srv/shop/step_0.py", line 0, in step')
    assert segment.body[-1] == SAID
    assert sum(map(len, segment.body)) < 300_000
    (group,) = cut(f"{header}\n{frames}    x()\nExceptionGroup: two (1 sub-exception)\n  and more\n")
    assert group.body[-2:] == ("ExceptionGroup: two (1 sub-exception)", "  and more")


def test_timestamps_on_lines_of_their_own() -> None:
    """
    A log service writes the time above each line: the times are no part of the traceback.
    """
    lines = (*REFUSED.splitlines(), "  is it up?")
    stamped = "".join(f"2026-03-09T06:41:08.12{at}Z\n{line}\n" for at, line in enumerate(lines))
    (segment,) = cut(stamped)
    assert canonical(segment) == f"{REFUSED}  is it up?\n"


def test_a_box_with_blank_lines() -> None:
    """
    A terminal that doubles newlines takes nothing away from rich's box.
    """
    box = (
        "\u256d\u2500\u2500\u2500\u2500 Traceback (most recent call last) \u2500\u2500\u2500\u2500\u256e",
        "\u2502 /srv/shop/orders.py:41 in send         \u2502",
        "\u2502                                        \u2502",
        "\u2502 \u2771 41     sock.connect((host, port))   \u2502",
        "\u2570" + "\u2500" * 40 + "\u256f",
        SAID,
    )
    (segment,) = cut("".join(f"{line}\n\n" for line in box))
    assert (segment.format, canonical(segment)) == ("rich", REFUSED)


def test_what_holds_no_failure() -> None:
    """
    A traceback without an exception line is none, and source that names a failure tells of none.
    """
    header = REFUSED.split("\n", 1)[0]
    assert cut(f"{header}\n2026-03-09 06:41:09 INFO ok\n") == []
    assert codes('    raise ConnectionRefusedError("[Errno 111] Connection refused")\n') == []
    assert codes("ValueError: no such order\n") == []


def test_another_line_within_a_traceback() -> None:
    """
    What another thread says between two frames is no exception, for frames follow.
    """
    header, rest = REFUSED.split("\n", 1)
    frame = '  File "/srv/shop/main.py", line 3, in main\n    send()\n'
    (segment,) = cut(f"{header}\n{frame}heartbeat: ok\n{rest}")
    assert canonical(segment) == f"{header}\n{frame}{rest}"


def test_escaped_characters() -> None:
    """
    A traceback on one line, its newlines and letters escaped, is read as what it was.
    """
    escaped = REFUSED.replace("orders", r"caf\u00e9\ud83d").replace('"', r"\x22").replace("\n", r"\n")
    (segment,) = cut(f"ERROR shop '{escaped}'\n")
    assert canonical(segment).startswith(REFUSED.replace("orders", "caf\u00e9\N{REPLACEMENT CHARACTER}").rstrip())
    assert segment.format == "escaped"


def test_escaped_lines_without_a_traceback() -> None:
    """
    A message of several lines, written on one, may tell of a failure in any of them.
    """
    (segment,) = cut(rf"ERROR shop 'order not sent:\n{SAID}\n'" + "\n")
    assert (segment.body, segment.format) == ((SAID,), "escaped")


def test_a_chain_that_another_line_parts() -> None:
    """
    A line of another thread between the sentence and the second header does not part what it joins.
    """
    (segment,) = cut(f"{REFUSED}{HANDLING}2026-03-09 06:41:09 INFO ok\n{LOST}")
    assert canonical(segment) == REFUSED + HANDLING + LOST


def test_headers_without_a_traceback() -> None:
    """
    A header that another one follows, or a sentence, or nothing of its own, loses nothing of what comes then.
    """
    header = REFUSED.split("\n", 1)[0]
    group = "  + Exception Group Traceback (most recent call last):\n"
    for before in (group, f"{header}\n{HANDLING}", f"{group}odd\n"):
        assert codes(before + REFUSED) == ["connection-refused"]


def test_a_group_whose_last_border_is_lost() -> None:
    """
    A group ends with the next record, if not with a border.
    """
    rows = (
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "/srv/shop/all.py", line 70, in main',
        "  |     group()",
        "  | ExceptionGroup: one (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        *(f"    | {line}" for line in REFUSED.splitlines()),
    )
    text = "".join(f"{row}\n" for row in rows)
    (segment,) = cut(f"{text}2026-03-09 06:41:09 INFO ok\n")
    assert segment.body == rows
    assert codes(text) == codes(f"{text}\n2026-03-09 06:41:09 INFO ok\n") == ["connection-refused"]


def test_a_failed_test() -> None:
    """
    Of pytest's report of a chain, what was raised is taken, and what is only marked is not.
    """
    report = f"""\
____________ test_order ____________

    def test_order():
>       send()
E       assert 1 == 2

shop.py:9:
    def send():
>       sock.connect((host, port))
E       {SAID}

shop.py:41: ConnectionRefusedError

During handling of the above exception, another exception occurred:

    def test_order():
>       send()
E       shop.OrderError: not sent

test_shop.py:7: OrderError
other words
"""
    (segment,) = cut(report)
    assert segment.format == "pytest"
    assert SAID in segment.body
    assert segment.body[-1] == "shop.OrderError: not sent"
    assert codes(report) == ["connection-refused"]


def test_a_failed_test_whose_first_exception_is_not_named() -> None:
    """
    An assertion that pytest shows without its class is passed over, and what was raised while handling it is found.
    """
    report = f"""\
____________ test_order ____________

>       assert send() == 2
E       assert 1 == 2

During handling of the above exception, another exception occurred:

>       sock.connect((host, port))
E       {SAID}

test_shop.py:7: ConnectionRefusedError
"""
    assert codes(report) == ["connection-refused"]


def test_what_follows_a_group_at_once() -> None:
    """
    A group without its last border ends where another traceback begins.
    """
    rows = (
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "/srv/shop/all.py", line 70, in main',
        "  | ExceptionGroup: one (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        *(f"    | {line}" for line in REFUSED.splitlines()),
    )
    assert codes("".join(f"{row}\n" for row in rows) + REFUSED) == ["connection-refused"] * 2


def test_a_header_in_a_chain_with_nothing_below() -> None:
    """
    A chain in which one traceback has been cut to its header is still one.
    """
    header = REFUSED.split("\n", 1)[0]
    assert codes(f"{REFUSED}{HANDLING}{header}\n{HANDLING}{LOST}") == ["connection-refused"]


UNRAISED = f"""\
  | ExceptionGroup: all attempts failed (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | {SAID}
    +---------------- 2 ----------------
    | {SAID}
    +------------------------------------
"""


@pytest.mark.parametrize("prefix", ["", "web-1  | "])
def test_a_group_that_nobody_raised_has_no_header(prefix: str) -> None:
    """
    It gets the header that it lacks, and is one failure with what it has caused.
    """
    text = "".join(f"{prefix}{line}" for line in f"{UNRAISED}{CAUSE}{LOST}".splitlines(keepends=True))
    (segment,) = cut(text)
    assert canonical(segment) == f"  + Exception Group Traceback (most recent call last):\n{UNRAISED}{CAUSE}{LOST}"
    assert codes(text) == ["connection-refused"]
    assert [found.first for found in connlog.scan(text)] == [1]


def test_what_only_counts_exceptions_is_no_group() -> None:
    """
    Prose about sub-exceptions begins nothing.
    """
    assert cut("INFO wrapped 2 sub-exceptions into one\n") == []
