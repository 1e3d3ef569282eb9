"""
Prints how fast a log is scanned, beside ``rg -c Traceback`` and ``wc -l`` on the same file in the same run:
``python -m tests.bench.bench_scan [--size MEGABYTES] [--folder FOLDER]``.

Exits with 1 if a budget is exceeded: at least 5 % of ripgrep's speed on a log with one traceback in 500 lines, at least
20 MB/s on a file of nothing but tracebacks, at most 64 MB of memory, whatever the file.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROUNDS = 5
MEGA = 1_000_000
RIPGREP, SPEED, MEMORY = 0.05, 20 * MEGA, 64 * MEGA
WORDS = [
    "order",
    "placed",
    "customer",
    "invoice",
    "shipped",
    "cache",
    "warm",
    "request",
    "GET",
    "/api/v1/items",
    "status=200",
    "started",
    "job",
    "queue",
]
SHORT = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line {line}, in send
    sock.connect((host, port))
ConnectionRefusedError: [Errno 111] Connection refused
"""
CHAINED = Path(__file__).parents[1] / "corpus" / "rendered" / "refused-requests.plain.txt"
SCAN = """\
import resource, sys, time
from pathlib import Path
from connlog import scan
start = time.perf_counter()
count = sum(1 for _ in scan(Path(sys.argv[1])))
print(time.perf_counter() - start, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def mixed() -> Iterator[str]:
    """
    Write a log with one traceback in 500 lines, for ever.
    """
    random_ = random.Random(1)  # noqa: S311 -- the same each time is the point
    number = 0
    while True:
        for _ in range(494):
            number += 1
            stamp = f"2026-03-09 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02},{number % 1000:03}"
            yield f"{stamp} INFO shop.{random_.choice(WORDS)}: {' '.join(random_.choices(WORDS, k=8))}\n"
        yield f"{stamp} ERROR shop.orders: order {number} not sent\n"
        yield SHORT.format(line=number % 300)


def repeated() -> Iterator[str]:
    """
    Write nothing but tracebacks, as an outage does: the same ones again and again.
    """
    chained = CHAINED.read_text(encoding="utf-8")
    while True:
        yield SHORT.format(line=41)
        yield chained


def varied() -> Iterator[str]:
    """
    Write nothing but tracebacks, of which no two are the same: other line numbers, other ports.
    """
    chained = CHAINED.read_text(encoding="utf-8")
    for number in range(10**9):
        yield SHORT.format(line=number)
        yield chained.replace("40404", str(10_000 + number % 50_000)).replace("line 68", f"line {number}")


def unlike() -> Iterator[str]:
    """
    Write nothing but tracebacks that differ in what counts too: every one has another host and another function.
    """
    for number, part in enumerate(varied()):
        named = part.replace("'127.0.0.1'", f"'shop-{number}.example'")
        yield named.replace("in fetch_stock", f"in fetch_{number}").replace("/orders.py", f"/orders_{number}.py")


def prefixed() -> Iterator[str]:
    """
    Write tracebacks of which no two are the same, each line behind a prefix.
    """
    for part in varied():
        yield from (f"web-1  | {line}\n" for line in part.splitlines())


def one_line() -> Iterator[str]:
    """
    Write one line without end.
    """
    while True:
        yield '{"event": "order not sent", "answer": 42} ' * 100


def write(path: Path, parts: Iterator[str], size: int) -> None:
    """
    Write parts to a file until it is large enough.
    """
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for part in parts:
            written += file.write(part)
            if written >= size:
                return


def seconds(command: list[str]) -> float:
    """
    Time a command.
    """
    start = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    return time.perf_counter() - start


def measure(path: Path) -> tuple[float, float, float, int, int]:
    """
    Return the best times of ripgrep, wc and the scan, taken in turn; the findings; and the memory of the scan.
    """
    times: list[tuple[float, float, float]] = []
    memory = count = 0
    for _ in range(ROUNDS):
        theirs = seconds(["rg", "-c", "Traceback", str(path)]) if shutil.which("rg") else 0.0
        lines = seconds(["wc", "-l", str(path)])
        done = subprocess.run([sys.executable, "-c", SCAN, str(path)], check=True, capture_output=True, text=True)
        ours, found, peak = done.stdout.split()
        times.append((theirs, lines, float(ours)))
        memory, count = max(memory, int(peak)), int(found)
    best = [min(row[column] for row in times) for column in range(3)]
    return best[0], best[1], best[2], count, memory


FILES: dict[str, tuple[Callable[[], Iterator[str]], float]] = {
    "one traceback in 500 lines": (mixed, 1.0),
    "the same tracebacks": (repeated, 0.1),
    "other lines and ports": (varied, 0.1),
    "other hosts, other functions": (unlike, 0.02),
    "other lines, behind prefixes": (prefixed, 0.02),
    "one line": (one_line, 0.5),
}


def main() -> int:
    """
    Measure every file, print the rows, and return the exit status.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="megabytes of the largest file")
    parser.add_argument("--folder", type=Path, help="where to write; default: a temporary folder")
    options = parser.parse_args()
    exceeded = False
    with tempfile.TemporaryDirectory(prefix="connlog-scan-", dir=options.folder) as folder:
        for name, (parts, share) in FILES.items():
            path = Path(folder) / "app.log"
            write(path, parts(), int(options.size * MEGA * share))
            size = path.stat().st_size
            theirs, lines, ours, count, memory = measure(path)
            ratio = theirs / ours
            wrong = memory > MEMORY
            wrong |= parts is mixed and 0 < ratio < RIPGREP
            wrong |= parts is repeated and size / ours < SPEED
            exceeded |= wrong
            print(  # noqa: T201 -- its output
                f"{name:<29} {size / MEGA:7.0f} MB  {count:7} found  {size / ours / MEGA:7.1f} MB/s"
                f"  {ratio:6.1%} of rg  {lines / ours:6.1%} of wc  {memory / MEGA:5.1f} MB"
                f"  {'EXCEEDED' if wrong else 'ok'}"
            )
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
