"""
``connlog scan``: what a person types, what it prints and writes, and how it ends.
"""

from __future__ import annotations

import argparse
import bz2
import fcntl
import gzip
import io
import json
import lzma
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

import connlog
from connlog import _annotate, _reading, _scanning, _summary
from connlog._inputs import gather
from connlog._page import page
from connlog._report import Paper, counted, describe, size
from connlog._source import Source
from connlog._summary import Group, Histogram, Place, Summary, sparkline
from connlog.cli import main

REFUSED = """\
{time} ERROR shop order not stored
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 41, in store
    connection = pool.connect()
  File "/usr/lib/python3.12/site-packages/redis/connection.py", line 363, in connect
    raise ConnectionError(self._error_message(e))
redis.exceptions.ConnectionError: Error 111 connecting to cache.internal:6379. Connection refused.
"""
RESET = """\
{time} ERROR shop order not sent
Traceback (most recent call last):
  File "/srv/shop/mail.py", line 7, in send
    sock.sendall(text)
ConnectionResetError: [Errno 104] Connection reset by peer
"""
INFO = "{time} INFO shop GET /orders 200\n"
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
EVENT = json.dumps({"event": "order not stored", "exception": REFUSED.partition("\n")[2].strip()}) + "\n"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def log(*shapes: str, start: datetime = START) -> str:
    """
    Write records, a minute apart.
    """
    return "".join(
        shape.format(time=f"{start + number * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}")
        for number, shape in enumerate(shapes)
    )


LOG = log(INFO, REFUSED, INFO, REFUSED, RESET, REFUSED)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    Work in a directory of one's own, with a log in it, on a terminal that is 100 columns wide.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "app.log").write_text(LOG)
    return tmp_path


class Ran:
    """
    What a command printed, and how it ended.
    """

    def __init__(self, capfd: pytest.CaptureFixture[str], *arguments: str) -> None:
        """
        Run ``connlog scan``.
        """
        self.status = main(["scan", *arguments])
        self.out, self.err = capfd.readouterr()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """
        Read each line as JSON.
        """
        return [json.loads(line) for line in self.out.splitlines()]


def start(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """
    Start ``connlog scan`` as a process of its own.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "connlog", "scan", *arguments],
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


def until(stream: Any, words: bytes, *, patience: float = 30) -> bytes:
    """
    Read from a pipe until certain words have come.
    """
    seen = b""
    while words not in seen and select.select([stream], [], [], patience)[0]:
        more = os.read(stream.fileno() if hasattr(stream, "fileno") else stream, 1 << 16)
        if not more:
            break
        seen += more
    assert words in seen
    return seen


# What is read


def test_every_packing(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    Plain and compressed files say the same, whatever they are called.
    """
    pack = {"a": bytes, "b": gzip.compress, "c": bz2.compress, "d": lzma.compress, "e": zstd.compress}
    for name, packed in pack.items():
        (here / name).write_bytes(packed(LOG.encode()))
    ran = Ran(capfd, *pack, "--format", "jsonl")
    assert (ran.status, ran.err) == (1, "")
    without = [{key: value for key, value in line.items() if key != "file"} for line in ran.lines]
    assert [line["file"] for line in ran.lines] == [name for name in pack for _ in range(4)]
    assert without == without[:4] * 5


def test_directories_and_patterns(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    A directory stands for all files below it, a pattern for those that fit, and each is read once.
    """
    (here / "logs" / "old").mkdir(parents=True)
    for name in ("logs/b.log", "logs/old/a.log", "logs/[1].log"):
        (here / name).write_text(LOG)
    os.mkfifo(here / "logs" / "pipe")
    (here / "logs" / "gone").symlink_to(here / "nowhere")
    names = [entry.name for entry in gather(["logs", "logs/b.log", "lo*", "logs/**/*.log", "logs/[1].log"])[0]]
    assert names == ["logs/[1].log", "logs/b.log", "logs/old/a.log"]
    ran = Ran(capfd, "logs", "--format", "json")
    assert (ran.status, json.loads(ran.out)["files"], json.loads(ran.out)["count"]) == (2, 3, 12)
    assert ran.err == "connlog scan: logs/gone: can't be read: No such file or directory\n"


def test_bad_input_is_named_and_the_rest_is_scanned(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    What can't be read is said with its name, the rest is scanned, and the exit status is 2.
    """
    (here / "cut.gz").write_bytes(gzip.compress(LOG.encode() * 50)[:-30])
    ran = Ran(capfd, "none.log", "a\0b", "*.zip", "cut.gz", "app.log", "--format", "json")
    told = json.loads(ran.out)
    assert (ran.status, told["files"]) == (2, 2)
    assert told["count"] > 190
    assert ran.err.splitlines() == [
        "connlog scan: none.log: can't be read: No such file or directory",
        "connlog scan: a\\x00b: can't be read: embedded null byte",
        "connlog scan: *.zip: no file fits this pattern",
        "connlog scan: cut.gz: ends in the middle of its gzip data; read up to there",
    ]


def test_a_directory_that_nobody_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A directory that can't be listed is named.
    """
    Path("secret").mkdir()

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError(13, "Permission denied", path)

    # The tests may run as root, who may read everything.
    monkeypatch.setattr(os, "scandir", refuse)
    assert [tuple(problem) for problem in gather(["secret"])[1]] == [
        ("secret", "can't be read: Permission denied", True)
    ]


def test_bytes_that_are_no_text_are_searched(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    Other encodings and zero bytes are searched all the same; it is said, and it is no failure.
    """
    (here / "latin").write_bytes("café\n".encode("latin-1") + LOG.encode())
    (here / "zero").write_bytes(bytes(4096) + b"\n" + LOG.encode())
    ran = Ran(capfd, "latin", "zero", "--format", "jsonl")
    assert (ran.status, len(ran.lines)) == (1, 8)
    assert re.findall(r": (\w+: is (?:not UTF-8|binary)) ", ran.err) == ["latin: is not UTF-8", "zero: is binary"]


def test_a_file_that_vanishes(here: Path) -> None:
    """
    A file that is gone when its turn comes is named, in each way of printing.
    """
    inputs, _ = gather(["app.log"])
    (here / "app.log").unlink()
    for part in (
        _reading.read_part(inputs[0], _reading.Order(), watch=lambda _: None),
        _annotate.annotate(inputs[0], _reading.Order(), io.BytesIO(), Paper(80, colour=False, encoding="utf-8")),
    ):
        assert [tuple(problem) for problem in part.problems] == [("app.log", "No such file or directory", True)]


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(arguments: Sequence[str]) -> None:
    """
    Standard input is read where it is asked for or nothing is named: a pipe, a file, compressed or not.
    """
    for data in (LOG.encode(), gzip.compress(LOG.encode())):
        with start(*arguments, "--format", "jsonl") as ran:
            out, err = ran.communicate(data)
        assert (ran.returncode, err, len(out.splitlines())) == (1, b"", 4)
        assert json.loads(out.splitlines()[0])["file"] == "standard input"
    with Path("app.log").open("rb") as file, start(*arguments, "--format", "json", stdin=file) as ran:
        assert json.loads(ran.communicate()[0])["bytes"] == len(LOG)


def test_standard_input_that_is_closed(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a standard input it is said that it is closed.
    """
    monkeypatch.setattr(sys, "stdin", None)
    for shown in ("text", "json"):
        ran = Ran(capfd, "--format", shown)
        assert (ran.status, ran.err) == (2, "connlog scan: standard input: is closed\n")


# What is printed


def test_people_get_a_block_for_each_failure(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Each distinct failure has its block once, with how often, when and where it was seen, and a total at the end.
    """
    ran = Ran(capfd, "app.log")
    assert ran.status == 1
    assert re.findall(r"^(\S+)  (?:\w+ \(errno \d+\)  )?(\S*)", ran.out, re.MULTILINE)[0][0] == "connection-refused"
    assert "  seen    3 times from 2026-11-24 10:01:00 to 10:05:00; first in app.log:3\n" in ran.out
    assert "  seen    once at 2026-11-24 10:04:00, in app.log:18\n" in ran.out
    assert ran.out.splitlines()[-1] == f"4 connection failures of 2 kinds (1 file, {len(LOG) / 1024:.1f} KB)"


def test_nothing_found(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    Where nothing is found it is said, in each form, and the exit status is 0.
    """
    (here / "fine.log").write_text(log(INFO, INFO))
    assert Ran(capfd, "fine.log").out == "no connection failure found (1 file, 94 bytes)\n"
    assert Ran(capfd, "fine.log", "--summary").out == "no connection failure found (1 file, 94 bytes)\n"
    assert json.loads(Ran(capfd, "fine.log", "--format", "json").out)["failures"] == []
    ran = Ran(capfd, "fine.log", "--format", "jsonl", "--html", "page.html")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert "No connection failure found" in (here / "page.html").read_text()


def test_any_stream_is_printed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Standard output may be any stream.
    """
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    (Path("bare.log")).write_text("x: [Errno 111] Connection refused\n")
    assert main(["scan", "bare.log", "--format", "json"]) == 1
    assert "first" not in json.loads(out.getvalue())["failures"][0]


def test_lines_of_json(capfd: pytest.CaptureFixture[str]) -> None:
    """
    With jsonl each finding is one line: the fields, the file, the place and the time.
    """
    first = Ran(capfd, "app.log", "--format", "jsonl").lines[0]
    expected = {
        "file": "app.log",
        "time": "2026-11-24T10:01:00+00:00",
        "code": "connection-refused",
        "errno_name": "ECONNREFUSED",
        "server_address": "cache.internal",
        "server_port": 6379,
        "first": 3,
        "format": "traceback",
    }
    assert {key: first[key] for key in expected} == expected
    assert LOG[first["start"] : first["end"]] == REFUSED.partition("\n")[2]


def test_summary_in_json(capfd: pytest.CaptureFixture[str]) -> None:
    """
    With json the distinct failures come with their counts and times, the most frequent first.
    """
    told = json.loads(Ran(capfd, "app.log", "--format", "json").out)
    assert (told["count"], told["files"], told["bytes"]) == (4, 1, len(LOG))
    refused, reset = told["failures"]
    assert (refused["code"], refused["count"], reset["code"], reset["count"]) == (
        "connection-refused",
        3,
        "connection-reset",
        1,
    )
    assert (refused["first"], refused["last"]) == ("2026-11-24T10:01:00+00:00", "2026-11-24T10:05:00+00:00")
    assert refused["files"] == {"app.log": 3}
    assert sum(count for _, count in refused["times"]["counts"]) == 3


@pytest.mark.parametrize(("width", "head"), [("60", "failure on 2026-11-24"), ("200", "endpoint")])
def test_table(
    width: str, head: str, here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The table fits the terminal, and has code, endpoint, count, first, last and how it went.
    """
    monkeypatch.setenv("COLUMNS", width)
    ran = Ran(capfd, "app.log", "--summary")
    assert max(map(len, ran.out.splitlines())) <= int(width)
    for words in (head, "connection-refused", "cache.internal:6379", "10:01:00", "10:05:00", "█", "mail.py:7 in send"):
        assert words in ran.out
    (here / "year.log").write_text(log(REFUSED, start=START.replace(year=2025)))
    assert "2025-11-24 10:00" in Ran(capfd, "app.log", "year.log", "--summary").out
    (here / "week.log").write_text(log(REFUSED, start=START.replace(day=20)))
    assert "11-20 10:00" in Ran(capfd, "app.log", "week.log", "--summary").out
    (here / "none.log").write_text("redis: Error 111 connecting to cache:6379. Connection refused.\n")
    assert "no times" in Ran(capfd, "none.log", "--summary").out
    (here / "one.log").write_text(log(REFUSED))
    assert "10:00:00" in Ran(capfd, "one.log", "--summary").out


def test_table_in_ascii(here: Path) -> None:
    """
    A terminal without the characters gets others, and a message can't move its cursor.
    """
    (here / "app.log").write_text(LOG + "x: Error 111 connecting to \x1b[2Jcache:6379. Connection refused.\n")
    with start("app.log", "--summary", env={**os.environ, "PYTHONIOENCODING": "ascii"}) as ran:
        out = ran.communicate()[0]
    assert out.isascii()
    assert b"\x1b" not in out
    assert b"10:01:00 - 10:05:00" in out


def test_table_needs_rich(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without rich the extra that brings it is named.
    """
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    ran = Ran(capfd, "app.log", "--summary")
    assert (ran.status, "python -m pip install 'connlog[cli]'" in ran.err) == (2, True)


# annotate


def test_annotated_text(capfd: pytest.CaptureFixture[str]) -> None:
    """
    The log passes unchanged, and each failure is followed by its block.
    """
    out = Ran(capfd, "app.log", "--annotate").out
    rest = re.sub(
        r"^(?:connection-\w+  .*|  +(?:cause|hint|retry|more)  .*|          .*)\n", "", out, flags=re.MULTILINE
    )
    assert rest == LOG
    assert out.count("more    connlog explain") == 4
    assert "Connection refused.\nconnection-refused  ECONNREFUSED" in out


def test_annotated_events(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    An event in JSON gets the fields, and its line is otherwise what it was; one that has them stays.
    """
    prefixed = "app-1  | " + EVENT
    (here / "events").write_text(EVENT + '{"event": "fine"}\n' + prefixed + EVENT.rstrip())
    out = Ran(capfd, "events", "--annotate").out
    lines = out.splitlines()
    event = json.loads(lines[0])
    assert event.pop("connection_error")["code"] == "connection-refused"
    assert event == json.loads(EVENT)
    assert lines[0].startswith(EVENT.strip()[:-1])
    assert lines[1] == '{"event": "fine"}'
    assert lines[2] == "app-1  | " + lines[0] == "app-1  | " + lines[3]
    (here / "events").write_text(out)
    assert Ran(capfd, "events", "--annotate").out == out


@pytest.mark.parametrize("line", [b"no {json}", b"[1]", b"{} and more", b"plain"])
def test_what_is_no_event_gets_no_fields(line: bytes) -> None:
    """
    A line that holds no event in JSON is text.
    """
    (found,) = connlog.scan("x: [Errno 111] Connection refused")
    assert _annotate.with_fields(line, found) is None
    assert (_annotate.with_fields(b"{}", found) or b"").startswith(
        b'{"connection_error": {"code": "connection-refused"'
    )


def test_an_event_gets_its_fields_once() -> None:
    """
    A second failure in the same line changes nothing any more.
    """
    out = io.BytesIO()
    noted = _annotate._Log(Source(io.BytesIO(EVENT.encode()), "-"), out, Paper(80, colour=False, encoding="utf-8"))
    noted.read()
    (found,) = connlog.scan(EVENT)
    noted.put(found)
    once = out.getvalue()
    noted.put(found)
    noted.end()
    assert out.getvalue() == once


def test_an_annotated_line_without_its_end(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    A log that ends in the midst of a line is followed by the block on a line of its own.
    """
    (here / "cut.log").write_text("x: [Errno 111] Connection refused")
    assert Ran(capfd, "cut.log", "--annotate").out.startswith("x: [Errno 111] Connection refused\nconnection-refused  ")


def test_a_large_log_is_annotated_in_bounded_memory(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """
    Of a large log only the end is held back; no byte is lost, also where it has no lines.
    """
    monkeypatch.setattr(_annotate, "_HELD", 1 << 16)
    for data in (LOG.encode() * 2000, b"x" * 2_000_000):
        (here / "large").write_bytes(data)
        out = io.BytesIO()
        _annotate.annotate(gather(["large"])[0][0], _reading.Order(), out, Paper(80, colour=False, encoding="utf-8"))
        rest = re.sub(
            rb"^(?:connection-\w+  .*|  +\w+  .*|  \S*\.py:.*|          .*)\n", b"", out.getvalue(), flags=re.MULTILINE
        )
        assert len(out.getvalue()) >= len(data)
        assert rest.count(b"Traceback") == data.count(b"Traceback")


# Pipes


def test_a_pipe_prints_as_lines_come() -> None:
    """
    A failure is printed while the pipe stays open, also the last one; what comes again is counted in a line.
    """
    with start() as ran:
        assert ran.stdin is not None
        ran.stdin.write(log(REFUSED).encode())
        ran.stdin.flush()
        seen = until(ran.stdout, b"connlog explain connection-refused")
        assert b"seen    once at 2026-11-24 10:00:00, in standard input:2\n" in seen
        ran.stdin.write(log(REFUSED, REFUSED).encode())
        ran.stdin.flush()
        seen = until(ran.stdout, b"in all\n")
        assert seen.splitlines()[-1].endswith(b"cache.internal:6379  2 times more, 3 in all")
        ran.stdin.close()
        rest = until(ran.stdout, b"(1 file")
        ran.wait()
    assert b"3 x connection-refused  ECONNREFUSED  cache.internal:6379" in rest


def test_a_pipe_prints_lines_of_json_as_they_come() -> None:
    """
    With jsonl a finding is out before the pipe closes.
    """
    with start("--format", "jsonl") as ran:
        assert ran.stdin is not None
        ran.stdin.write(log(REFUSED).encode())
        ran.stdin.flush()
        assert json.loads(until(ran.stdout, b"\n"))["code"] == "connection-refused"
        ran.stdin.close()
        assert ran.wait() == 1


def test_a_pipe_is_annotated_as_lines_come() -> None:
    """
    In a silence the log and the block are out, all of them.
    """
    with start("--annotate") as ran:
        assert ran.stdin is not None
        ran.stdin.write(log(REFUSED, INFO).encode())
        ran.stdin.flush()
        assert b"connlog explain connection-refused\n2026" in until(ran.stdout, b"GET /orders 200\n")
        ran.stdin.close()
        assert ran.wait() == 1


def test_a_busy_pipe_tells_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where a pipe never falls silent, what has come again is told after a while.
    """
    monkeypatch.setattr(_scanning, "_EVERY", 0)
    follower = _scanning._Follower(sys.stdout)
    summary = Summary()
    source = Source(io.BytesIO(log(REFUSED, RESET, REFUSED).encode()), "-")
    for found in _reading.seen(source, gather(["app.log"])[0][0], _reading.Order(), summary):
        follower.take(found)
    assert "again" not in capsys.readouterr().out
    follower.before(quiet=False)
    assert capsys.readouterr().out.endswith("cache.internal:6379  again, 2 in all\n")


def test_ctrl_c_tells_what_was_seen() -> None:
    """
    Ctrl-C ends a pipe with the total, and with the exit status that shells expect.
    """
    with start() as ran:
        assert ran.stdin is not None
        ran.stdin.write(log(REFUSED).encode())
        ran.stdin.flush()
        until(ran.stdout, b"connlog explain")
        ran.send_signal(signal.SIGINT)
        assert b"1 connection failure (1 file" in until(ran.stdout, b"(1 file")
        assert ran.wait() == 130


def test_a_reader_that_has_seen_enough(here: Path) -> None:
    """
    ``connlog scan app.log | head`` ends without a word.
    """
    (here / "long.log").write_text(LOG * 2000)
    with start("long.log", "--format", "jsonl") as ran:
        assert ran.stdout is not None
        ran.stdout.readline()
        ran.stdout.close()
        assert (ran.wait(), ran.stderr and ran.stderr.read()) == (1, b"")


# Which failures


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--code", "connection-reset"], 1),
        (["--code", "connection-reset,CONNECTION-REFUSED"], 4),
        (["--code", "broken-pipe"], 0),
        (["--host", "cache.internal"], 3),
        (["--host", "*.Internal"], 3),
        (["--host", "*:6379,other"], 3),
        (["--host", "other", "--host", "db"], 0),
        (["--since", "2026-11-24T10:04Z"], 2),
        (["--until", "2026-11-24T10:03Z"], 2),
        (["--since", "2026-11-24T10:03Z", "--until", "2026-11-24T10:04Z"], 2),
        (["--since", "2026-11-25"], 0),
    ],
)
def test_filters(arguments: list[str], count: int, capfd: pytest.CaptureFixture[str]) -> None:
    """
    Failures are chosen by code, host and time.
    """
    ran = Ran(capfd, "app.log", "--format", "jsonl", *arguments)
    assert (ran.status, len(ran.lines), ran.err) == (int(count > 0), count, "")


def test_failures_without_a_time(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    Where a time is asked for, failures that bear none are left out, and that is said.
    """
    (here / "bare.log").write_text("x: [Errno 111] Connection refused\n")
    ran = Ran(capfd, "bare.log", "--since", "1h")
    assert (ran.status, ran.err) == (0, "connlog scan: 1 failure without a time was left out\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--code", "conection-refused"],
            "--code conection-refused: there is no such code. Nearest: connection-refused",
        ),
        (["--fail-on", "zzzzzzzz"], "--fail-on zzzzzzzz: there is no such code. `connlog catalog` lists them."),
        (["--since", "soon"], "--since soon: no time. Allowed: "),
        (["--docs-url", "docs"], "--docs-url docs: the pages are at an address with https:// or http://"),
        (["--jobs", "0"], "--jobs 0: at least one process has to work"),
        (["--runbook", "none.toml"], "none.toml: the runbook can't be read: No such file or directory"),
    ],
)
def test_wrong_command_lines(arguments: list[str], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    """
    A wrong option is refused before anything is read, with what is allowed.
    """
    ran = Ran(capfd, "app.log", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"connlog scan: {words}")


@pytest.mark.parametrize(("codes", "status"), [("connection-reset", 1), ("broken-pipe,connect-timeout", 0)])
def test_fail_on(codes: str, status: int, capfd: pytest.CaptureFixture[str]) -> None:
    """
    With --fail-on only these codes make the command fail; the others are printed all the same.
    """
    ran = Ran(capfd, "app.log", "--fail-on", codes)
    assert (ran.status, "connection-refused" in ran.out) == (status, True)


def test_runbook_and_docs(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    A team's hints come first, and the pages of the codes are linked.
    """
    (here / "team.toml").write_text('[[hints]]\ntext = "Ask the cache team."\ncode = "connection-refused"\n')
    out = Ran(capfd, "app.log", "--runbook", "team.toml", "--docs-url", "https://docs.example.org/errors").out
    assert "  hint    Ask the cache team.\n" in out
    assert "  more    https://docs.example.org/errors/connection-refused\n" in out
    out = Ran(capfd, "app.log", "--docs-url", "https://docs.example.org/?q=").out
    assert "  more    https://docs.example.org/?q=connection-refused\n" in out


# Several processes


@pytest.mark.parametrize("shown", ["text", "json", "jsonl"])
def test_several_processes_say_the_same(shown: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    Several processes find what one finds, in the same order.
    """
    for number in range(5):
        (here / f"{number}.log").write_text(LOG * (number + 1))
    alone = Ran(capfd, ".", "--format", shown, "--jobs", "1")
    together = Ran(capfd, ".", "--format", shown, "--jobs", "2")
    assert (together.status, together.out, together.err) == (1, alone.out, "")


def test_several_processes_of_the_command() -> None:
    """
    The command itself, too, can start several processes.
    """
    Path("more.log").write_text(LOG)
    with start(".", "--format", "jsonl", "--jobs", "2") as ran:
        out, err = ran.communicate()
    assert (ran.returncode, err, len(out.splitlines())) == (1, b"", 8)


def test_large_files_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One process a core works where it is worth it; pipes, and small files, are read by this one.
    """
    Path("large").touch()
    os.truncate("large", 1 << 24)
    wish = _wish("large")
    assert _scanning._processes(gather(["app.log", "large"])[0], wish) == _scanning._cores()
    assert _scanning._processes(gather(["app.log"])[0], wish) == 1
    assert _scanning._processes(gather(["app.log", "-"])[0], wish) == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    assert _scanning._cores() >= 1


def _wish(*arguments: str) -> _scanning.Wish:
    parser = argparse.ArgumentParser()
    _scanning.add_to(parser)
    return _scanning.understood(parser.parse_args(arguments))


def test_a_process_that_dies_takes_nothing_with_it() -> None:
    """
    What a process that was killed had to read is read here.
    """
    (entry,), _ = gather(["app.log"])
    for lines in (None, io.StringIO()):
        dead: Future[_reading.Part] = Future()
        dead.set_exception(BrokenProcessPool("killed"))
        part = _reading._result(dead, entry, _reading.Order(), watch=lambda: None, lines=lines)
        assert part.summary.count == 4
        assert lines is None or len(lines.getvalue().splitlines()) == 4


def test_waiting_for_a_process_is_watched() -> None:
    """
    While another process works, this one looks how far it is.
    """
    (entry,), _ = gather(["app.log"])
    future: Future[_reading.Part] = Future()
    looks: list[int] = []

    def watch() -> None:
        looks.append(1)
        if len(looks) == 2:
            future.set_result(_reading.Part(Summary(count=7), []))

    assert _reading._result(future, entry, _reading.Order(), watch=watch, lines=None).summary.count == 7
    assert len(looks) == 3


# Terminals


def on_terminal(*arguments: str, typed: bytes = b"", columns: int = 80) -> tuple[int, str]:
    """
    Run ``connlog scan`` on a terminal; return its exit status and what it showed.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "TERM"}}
    with start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs, env={**environment, "TERM": "xterm"}) as ran:
        os.close(theirs)
        if typed:
            until(ours, b"Ctrl-D")
            os.write(ours, typed)
        shown = b""
        try:
            while more := os.read(ours, 1 << 16):
                shown += more
        except OSError:
            # So Linux says that the other side of a terminal is closed.
            os.close(ours)
    return ran.wait(), shown.decode()


def test_a_terminal_gets_colours_and_its_width() -> None:
    """
    On a terminal the table is coloured and as wide as the terminal.
    """
    status, shown = on_terminal("app.log", "--summary", columns=80)
    assert status == 1
    assert "\x1b[1;31mconnection-refused" in shown
    assert max(len(line) for line in CONTROL.sub("", shown).splitlines()) in {79, 80}


def test_a_log_may_be_pasted() -> None:
    """
    On a terminal a person is told to paste the log and how to end.
    """
    status, shown = on_terminal(typed=log(REFUSED).encode() + b"\x04")
    assert status == 1
    assert "connection-refused" in shown
    status, shown = on_terminal(typed=log(REFUSED, REFUSED).encode() + b"\x04")
    assert "again, 2 in all" in shown or "2 x connection-refused" in shown


def test_long_work_shows_a_bar(here: Path) -> None:
    """
    Long work shows a bar on a terminal, which is gone at the end; asked not to, or printing findings, it shows none.
    """
    (here / "long.log").write_bytes(LOG.encode())
    os.truncate(here / "long.log", 1 << 26)
    status, shown = on_terminal("long.log", "--summary")
    assert (status, "scanning" in shown) == (1, True)
    for arguments in (["--summary", "--no-progress"], ["--format", "jsonl"]):
        assert "scanning" not in on_terminal("long.log", *arguments)[1]


# The page


def test_page_stands_alone(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    The page holds plot, table and advice, and asks for nothing else but what a reader clicks on.
    """
    ran = Ran(capfd, "app.log", "--html", "page.html", "--docs-url", "https://docs.example.org/")
    assert ran.status == 1
    text = (here / "page.html").read_text()
    assert re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', text) == [
        "https://docs.example.org/connection-refused",
        "https://docs.example.org/connection-reset",
    ]
    assert "url(" not in text
    for words in (
        "4 connection failures",
        "cache.internal:6379",
        "Nothing accepts connections",
        ": 1 connection-refused",
    ):
        assert words in text


def test_page_that_can_not_be_written(capfd: pytest.CaptureFixture[str]) -> None:
    """
    A page that can't be written is named, and the exit status is 2.
    """
    ran = Ran(capfd, "app.log", "--html", "none/page.html")
    assert (ran.status, ran.err) == (2, "connlog scan: none/page.html: can't be written: No such file or directory\n")


def found(code: str, count: int, *, step: int, host: str = "db") -> Group:
    """
    Make a failure that was seen so often, with so many seconds between.
    """
    (finding,) = connlog.scan("x: [Errno 111] Connection refused")
    diagnosis = replace(finding.diagnosis, code=code, server_address=host, server_port=1)
    group = Group(diagnosis, Place("<a>.log", 1))
    for number in range(count):
        group.add(Place("<a>.log", 1, START + timedelta(seconds=number * step)))
    return group


@pytest.mark.parametrize(
    ("step", "words"),
    [(0, "1 second"), (1, "1 second"), (100, "5 minutes"), (3600, "1 hour"), (90_000, "1 day"), (900_000, "28 days")],
)
def test_page_of_any_span(step: int, words: str) -> None:
    """
    The columns of the plot are as long as the span asks for.
    """
    group = found("connection-refused", 100, step=step)
    text = page(Summary({(1,): group}, 100, 0, 1, 1), START)
    assert f"Each column is {words}." in text
    assert text.count('class="bar"') <= 120
    assert "&lt;a&gt;.log" in text
    assert "<a>" not in text


def test_page_of_many_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Codes that are too many for colours share one, failures that are too many for readers are counted.
    """
    codes = connlog.CATALOG.codes[:9]
    groups: dict[Any, Group] = {(code,): found(code, 2, step=60) for code in codes}
    text = page(Summary(groups, 18, 0, 1, 1), START)
    assert "3 other codes" in text
    assert "more.</p>" not in text
    monkeypatch.setattr("connlog._page._MOST", 4)
    text = page(Summary(groups, 18, 0, 1, 1), START)
    assert "<p>And 5 kinds more.</p>" in text


def test_page_without_times() -> None:
    """
    Without times there is no plot, and the rest is there.
    """
    (finding,) = connlog.scan("x: [Errno 111] Connection refused")
    summary = Summary(files=1)
    summary.add(finding, Place("a.log", 1))
    text = page(summary, START)
    assert "<figure>" not in text
    assert "no time" in text


# The sums


def test_a_summary_is_the_sum_of_its_parts() -> None:
    """
    Summaries of parts add up to the summary of the whole.
    """
    found_ = list(connlog.scan(LOG))
    whole, parts = Summary(files=2), [Summary(files=1), Summary(files=1)]
    for number, finding in enumerate(found_):
        place = Place(f"{number}.log", finding.first, START + timedelta(days=number * 400))
        whole.add(finding, place)
        parts[number % 2].add(finding, place)
    total = Summary()
    for part in parts:
        total.merge(part)
    assert _summary.as_dict(total)["count"] == 4
    assert {group.where: group.count for group in total.groups.values()} == {
        group.where: group.count for group in whole.groups.values()
    }
    assert total.span() == whole.span()
    assert total.codes() == {"connection-refused", "connection-reset"}


def test_kinds_and_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    However many endpoints and files there are, a summary stays small, and counts all.
    """
    monkeypatch.setattr(_summary, "KINDS", 3)
    monkeypatch.setattr(_summary, "_FILES", 2)
    summary, other = Summary(), Summary()
    for number in range(9):
        (finding,) = connlog.scan(f"x: Error 111 connecting to cache-{number}:6379. Connection refused.")
        summary.add(finding, Place(f"{number}.log", 1))
        other.add(finding, Place(f"{number}.log", 1))
    summary.merge(other)
    assert (summary.count, len(summary.groups)) == (18, 4)
    assert sum(group.count for group in summary.groups.values()) == 18
    assert max(len(group.files) for group in summary.groups.values()) == 2


def test_histograms_stay_small() -> None:
    """
    A histogram counts all events in a bounded number of steps, and merges with a finer or coarser one.
    """
    fine, coarse = Histogram(), Histogram()
    fine.add(5)
    for number in range(5000):
        coarse.add(number * 7)
    assert len(coarse.counts) <= 512
    coarse.merge(fine)
    fine.merge(coarse)
    assert sum(fine.counts.values()) == 5002
    assert sum(fine.columns(0, 35_000, 10)) == 5002
    assert fine.columns(0, 0, 1) == [5002]
    for number in range(600):
        coarse.add(number * 400 * 86_400)
    assert sum(coarse.counts.values()) == 5601
    coarse.shorten(1)
    assert coarse.step == 364 * 24 * 3600


@pytest.mark.parametrize(
    ("encoding", "drawn"), [("utf-8", " ▁▄█"), ("ascii", " .=@"), ("latin-1", " .=@"), ("none", " .=@")]
)
def test_sparkline(encoding: str, drawn: str) -> None:
    """
    Nothing is a blank, something is seen, the most is the highest.
    """
    assert sparkline([0, 1, 50, 100], most=100, encoding=encoding) == drawn


def test_words() -> None:
    """
    Numbers and sizes are written as people write them.
    """
    assert [counted(1, "file"), counted(2000, "file"), counted(0, "entry", "entries")] == [
        "1 file",
        "2,000 files",
        "0 entries",
    ]
    assert [size(number) for number in (1, 1023, 1024, 20_000, 5 << 20, 3 << 30, 2 << 40)] == [
        "1 byte",
        "1,023 bytes",
        "1.0 KB",
        "20 KB",
        "5.0 MB",
        "3.0 GB",
        "2.0 TB",
    ]
    group = found("connection-refused", 2, step=100_000)
    assert describe(group) == "2 times from 2026-11-24 10:00:00 to 2026-11-25 13:46:40; first in <a>.log:1"
    for number in range(2, 5):
        group.add(Place(f"{number}.log", 1))
    assert describe(group).endswith("first in <a>.log:1, also in 3 other files")
