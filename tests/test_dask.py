"""
The scan by Dask: in one process, in local processes, and with a real scheduler and two workers on loopback.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import logging
import lzma
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest
from distributed import Client, wait

import connlog
from connlog import cli, dask
from connlog._inputs import Input
from connlog._model import Finding
from connlog._reading import Order
from connlog._urls import gather
from connlog.dask import Row, scan, summary

FILES = 44
BLOCK = 50_000
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".log": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}

REFUSED = """\
2026-11-24T10:{minute:02}:07Z ERROR orders not loaded
Traceback (most recent call last):
  File "/srv/shop/orders.py", line {line}, in load
    connect(("orders.internal", {port}))
  File "/usr/lib/python3.11/socket.py", line 836, in create_connection
    sock.connect(sa)
ConnectionRefusedError: [Errno 111] Connect call failed ('10.0.0.7', {port})

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/main.py", line {line}, in main
    load()
shop.OrdersError: no orders
"""
BARE = "2026-11-24T10:{minute:02}:09Z WARNING cache: Error 111 connecting to cache:{port}. Connection refused.\n"


def written(seed: int, failures: int) -> bytes:
    """Write a log."""
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    parts = []
    for number in range(failures):
        told = {"minute": number % 60, "line": chance.randint(1, 999), "port": chance.randint(6000, 6003)}
        parts.append(chance.choice((REFUSED, BARE)).format(**told))
        parts.extend(
            f"2026-11-24T10:{number % 60:02}:10Z INFO order {order} is placed\n"
            for order in range(chance.randint(0, 9))
        )
    return "".join(parts).encode()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write many logs, plain and compressed, a few of them large."""
    folder = tmp_path_factory.mktemp("logs")
    kinds = list(PACKERS.items())
    for number in range(FILES):
        suffix, pack = kinds[number % len(kinds)]
        data = written(number, failures=600 if number % 16 == 0 else 30)
        (folder / f"{number:02}{suffix}").write_bytes(pack(data))
    return folder


@pytest.fixture(scope="module")
def alone(logs: Path) -> list[Finding]:
    """Scan the same logs in one process, one after the other."""
    return [finding for path in sorted(logs.iterdir()) for finding in connlog.scan(path)]


def program(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a program of Dask, which says nothing."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def worker(file: Path, name: str) -> subprocess.Popen[bytes]:
    """Start a worker of one thread that nobody starts again."""
    where = ("--scheduler-file", str(file), "--host", "127.0.0.1", "--name", name)
    return program("distributed.cli.dask_worker", *where, "--nthreads", "1", "--no-nanny", "--no-dashboard")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Client, dict[str, subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers, each a process of its own."""
    file = tmp_path / "scheduler.json"
    where = ("--host", "tcp://127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    scheduler = program("distributed.cli.dask_scheduler", *where, "--no-dashboard")
    workers = {name: worker(file, name) for name in ("one", "two")}
    try:
        with Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            yield client, workers
    finally:
        for process in (*workers.values(), scheduler):
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def test_ranges_are_the_whole(logs: Path, alone: list[Finding]) -> None:
    """However large files are cut, each finding must come once, with its lines and offsets."""
    large = [path for path in sorted(logs.glob("*.log")) if path.stat().st_size > BLOCK]
    assert large
    assert any(found.start // BLOCK != found.end // BLOCK for path in large for found in connlog.scan(path))
    for size in (BLOCK, 77_777, 1 << 30):
        assert scan(str(logs / "*"), blocksize=size).compute(scheduler="synchronous") == alone


def test_range_far_into_a_file(tmp_path: Path) -> None:
    """A range far behind the beginning must be read with what stands around it alone, and count the lines before it."""
    file = tmp_path / "long.log"
    quiet = b"2026-11-24T10:00:00Z INFO nothing of interest happens here for a long, long time\n" * 20_000
    file.write_bytes((quiet + written(1, failures=5)) * 3)
    assert file.stat().st_size > 4 * dask.OVERLAP
    assert scan(file, blocksize=1_000_000).compute(scheduler="synchronous") == list(connlog.scan(file))


def test_local_processes(logs: Path, alone: list[Finding]) -> None:
    """Without a scheduler, processes of this machine must find the same."""
    assert scan(logs, blocksize=BLOCK).compute(scheduler="processes", num_workers=2) == alone


def test_scheduler_with_two_workers(
    logs: Path, alone: list[Finding], cluster: tuple[Client, dict[str, subprocess.Popen[bytes]]]
) -> None:
    """A real scheduler with two workers must find the same, to the last finding."""
    client, _ = cluster
    tasks = client.compute(scan(logs, blocksize=BLOCK).to_delayed())
    wait(tasks)
    assert {address for holders in client.who_has(tasks).values() for address in holders} == set(
        client.scheduler_info()["workers"]
    )
    assert [finding for part in client.gather(tasks) for finding in part] == alone
    assert len(list(logs.iterdir())) == FILES


def test_worker_that_dies(
    logs: Path, alone: list[Finding], cluster: tuple[Client, dict[str, subprocess.Popen[bytes]]]
) -> None:
    """With one of the workers killed in the middle of the work, nothing must be lost and nothing be counted twice."""
    client, workers = cluster
    tasks = client.compute(scan(logs, blocksize=BLOCK).to_delayed())
    wait(tasks[:4])
    address = next(key for key, known in client.scheduler_info()["workers"].items() if known["name"] == "two")
    assert client.processing()[address]
    workers["two"].kill()
    assert [finding for part in client.gather(tasks) for finding in part] == alone
    assert set(client.scheduler_info()["workers"]) == {
        key for key, known in client.scheduler_info()["workers"].items() if known["name"] == "one"
    }


def command(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run connlog scan."""
    status = cli.main(["scan", *arguments])
    out, err = capfd.readouterr()
    return status, out, err


@pytest.mark.parametrize("shown", ["json", "jsonl"])
def test_command_with_a_scheduler(
    logs: Path,
    cluster: tuple[Client, dict[str, subprocess.Popen[bytes]]],
    capfd: pytest.CaptureFixture[str],
    shown: str,
) -> None:
    """With --scheduler the command must print what it prints without."""
    client, _ = cluster
    here = command(capfd, str(logs), "--format", shown, "--jobs", "1")
    there = command(capfd, str(logs), "--format", shown, "--scheduler", client.scheduler.address)
    assert there == here
    assert here[0] == 1


def test_command_with_a_url(logs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A URL must be read by local processes, and what can't be read be named while the rest is."""
    good = f"file://{logs}/0*.log"
    status, out, err = command(capfd, good, "file:///nowhere/*.log", "nowhere://x", "--format", "json", "--jobs", "2")
    assert status == 2
    assert json.loads(out)["files"] == len(list(logs.glob("0*.log")))
    assert "connlog scan: file:///nowhere/*.log: no file fits this pattern\n" in err
    assert "connlog scan: nowhere://x: can't be read: ValueError: Protocol not known: nowhere" in err


def test_scheduler_that_does_not_answer(
    logs: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no scheduler answers, the command must say so."""
    monkeypatch.setattr(dask, "_PATIENCE", 1)
    status, out, err = command(capfd, str(logs), "--scheduler", "tcp://127.0.0.1:9")
    assert (status, out) == (2, "")
    assert err.startswith("connlog scan: no scheduler answers at tcp://127.0.0.1:9: ")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-", "--scheduler", "tcp://127.0.0.1:9"], "is no file that another process can read"),
        (["s3://logs/*", "--annotate"], "--annotate reads the logs of this machine"),
    ],
)
def test_what_can_not_be_sent(capfd: pytest.CaptureFixture[str], arguments: list[str], problem: str) -> None:
    """What only this process can read must be refused."""
    status, _, err = command(capfd, *arguments)
    assert status == 2
    assert problem in err


def test_command_without_dask(logs: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Dask is missing, the command must say what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    status, _, err = command(capfd, str(logs), "--scheduler", "tcp://127.0.0.1:9")
    assert (status, err) == (
        2,
        "connlog scan: URLs and --scheduler need Dask: python -m pip install 'connlog[dask]'\n",
    )


def test_store(alone: list[Finding], logs: Path) -> None:
    """Whatever fsspec can open must do, files and directories, and other hints come from the runbook's."""
    store = fsspec.filesystem("memory")
    store.put(str(logs), "/logs", recursive=True)
    try:
        assert scan("memory://logs", blocksize=BLOCK).compute(scheduler="synchronous") == alone
        assert scan(["memory://logs/*.log", "memory://logs/*"], storage_options={}).count().compute(
            scheduler="synchronous"
        ) == len(alone)
    finally:
        store.rm("/logs", recursive=True)


def test_files_that_can_not_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that vanishes or is cut must be named in the log, and the rest be scanned."""
    for name in ("a.log", "b.log", "c.log"):
        (tmp_path / name).write_bytes(written(1, failures=400))
    (tmp_path / "d.gz").write_bytes(gzip.compress(written(2, failures=3))[:-20])
    (tmp_path / "e.log").write_bytes("\ufefflost: [Errno 111] Connection refused\r\n".encode("utf-16-le") * 400)
    bag = scan([tmp_path, tmp_path / "nothing.log"], blocksize=20_000)
    (tmp_path / "a.log").unlink()
    with caplog.at_level(logging.WARNING, "connlog.dask"):
        found = bag.compute(scheduler="synchronous")
    wanted = [each for name in "bcde" for path in tmp_path.glob(f"{name}.*") for each in connlog.scan(path)]
    assert found == wanted
    told = {str(record.args[0]) for record in caplog.records if isinstance(record.args, tuple)}
    assert {Path(name).name for name in told} >= {"a.log", "d.gz"}


def test_nothing_to_read(tmp_path: Path) -> None:
    """Where nothing is to be read at all, it must be said at once."""
    with pytest.raises(FileNotFoundError, match=r"\*\.log: no file fits this pattern"):
        scan(tmp_path / "*.log")
    with pytest.raises(FileNotFoundError, match="no file"):
        scan([])


def test_summary(tmp_path: Path) -> None:
    """The table must count by minute, code and endpoint, the earliest first."""
    file = tmp_path / "app.log"
    line = "{when}cache: Error 111 connecting to cache:{port}. Connection refused.\n"
    moments = ("2026-11-24T10:01:59Z ", "2026-11-24T11:01:01+01:00 ", "2026-11-24T10:00:00Z ", "")
    file.write_text("".join(line.format(when=when, port=6379) for when in moments), encoding="utf-8")
    table = [
        (datetime(2026, 11, 24, 10, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 24, 10, 1, tzinfo=UTC), 2),
        (None, 1),
    ]
    from dask import config  # noqa: PLC0415 -- ours has the same name

    with config.set(scheduler="synchronous"):
        found = summary(scan(file))
    assert found == [
        Row(minute=minute, code="connection-refused", endpoint="cache:6379", count=count) for minute, count in table
    ]


def test_team_and_progress(logs: Path) -> None:
    """A team's hints must travel with the work, and whoever watches be told how far it is."""
    told: list[int] = []
    lines = io.StringIO()
    inputs, problems = gather([str(logs / "0*")])
    order = Order(hints=(connlog.Hint(text="Ask Ann."),))
    parts = list(dask.read_all(inputs, order, scheduler=None, jobs=1, blocksize=BLOCK, watch=told.append, lines=lines))
    assert problems == []
    assert told == sorted(told)
    assert told[-1] == sum(path.stat().st_size for path in logs.glob("0*"))
    hints: list[Any] = [json.loads(line)["hint"] for line in lines.getvalue().splitlines()]
    assert set(hints) == {"Ask Ann."}
    assert len(hints) == sum(part.summary.count for part in parts)


def test_import_loads_no_dask() -> None:
    """Importing connlog.dask must load neither Dask nor what it brings."""
    code = (
        "import sys, connlog.dask, connlog.cli\n"
        "sys.exit(bool({name.partition('.')[0] for name in sys.modules} & {'dask', 'distributed', 'fsspec'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_file_that_vanishes_before_it_is_cut(tmp_path: Path) -> None:
    """A large file that can't be opened must be left to its reader, who names it."""
    gone = Input("gone.log", str(tmp_path / "gone.log"), size=2 * BLOCK)
    (part,) = dask.read_all([gone], Order(), scheduler=None, jobs=1, blocksize=BLOCK, watch=lambda _: None)
    assert [(problem.name, problem.lost) for problem in part.problems] == [("gone.log", True)]
