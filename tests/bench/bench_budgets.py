"""
Prints connlog's budgets as ratios measured in one run: ``python -m tests.bench.bench_budgets``.

A ratio within one run says more than milliseconds: it is the same on a fast and on a slow machine. Exits with 1 if a
budget is exceeded.
"""

from __future__ import annotations

import argparse
import functools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable
from dataclasses import dataclass

import requests
import structlog

import connlog

REPEATS = 25
"""Rounds; in each both sides are measured in turn, so that a busy machine slows both."""

FRESH = 9
"""Fresh interpreters for each way to import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One budget.

    Attributes:
        what: What is measured.
        ours: Seconds that it takes.
        theirs: Seconds of what it is compared with, or the allowance itself.
        budget: The allowed ratio.
        against: What it is compared with.
    """

    what: str
    ours: float
    theirs: float
    budget: float
    against: str

    @property
    def ratio(self) -> float:
        """
        Our share of theirs.
        """
        return self.ours / self.theirs

    def __str__(self) -> str:
        verdict = "ok" if self.ratio <= self.budget else "EXCEEDED"
        return (
            f"{self.what:<44} {self.ratio:7.3f} x  of {self.against:<32} budget {self.budget:5.2f}  {verdict:<8} "
            f"({_human(self.ours)} : {_human(self.theirs)})"
        )


def _human(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.2f} us"


def versus(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """
    Measure two functions in turn, and return the best time of each for one call.
    """
    count = max(1, timeit.Timer(theirs).autorange()[0] // 10)
    pairs = [(timeit.timeit(ours, number=count), timeit.timeit(theirs, number=count)) for _ in range(REPEATS)]
    return min(pair[0] for pair in pairs) / count, min(pair[1] for pair in pairs) / count


def fresh(before: str, code: str) -> float:
    """
    Run code in fresh interpreters after something else was imported, and return its median seconds.

    Bytecode is cached, in a folder of its own, as it is for every installed package.
    """
    program = f"import time\n{before}\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory(prefix="connlog-bytecode-") as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder

        def once() -> float:
            command = [sys.executable, "-c", program]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            return float(done.stdout)

        once()  # compiles
        return statistics.median(once() for _ in range(FRESH))


def _refused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def refused_socket() -> BaseException:
    """
    Return what a bare socket raises.
    """
    port = _refused_port()
    try:
        with socket.socket() as client:
            client.connect(("127.0.0.1", port))
    except OSError as error:
        return error
    raise AssertionError("something listens there")


def refused_requests() -> BaseException:
    """
    Return what requests raises.
    """
    try:
        requests.get(f"http://127.0.0.1:{_refused_port()}/", timeout=1)
    except requests.ConnectionError as error:
        return error
    raise AssertionError("something listens there")


class Idle:
    """
    A processor that only returns the event.
    """

    __slots__ = ()

    def __call__(self, logger: object, name: str, event_dict: dict[str, object]) -> dict[str, object]:  # noqa: ARG002
        """
        Return the event.
        """
        return event_dict


def processor_row() -> Row:
    """
    Measure the processor on an event without an exception.
    """
    event: dict[str, object] = {"event": "order placed", "level": "info", "order": 42, "customer": "c-1"}
    logger = object()  # structlog always passes one; None is what ProcessorFormatter passes for foreign records
    ours, theirs = versus(
        functools.partial(connlog.ConnectionErrorEnricher(), logger, "info", event),
        functools.partial(Idle(), logger, "info", event),
    )
    return Row(what="processor, no exception", ours=ours, theirs=theirs, budget=1.5, against="a processor that returns")


def diagnose_row(name: str, exc: BaseException) -> Row:
    """
    Measure a diagnosis against the formatting of the same traceback.
    """
    form = structlog.processors.format_exc_info
    ours, theirs = versus(lambda: connlog.diagnose(exc), lambda: form(None, "error", {"exc_info": exc}))
    return Row(what=f"diagnose, refused {name}", ours=ours, theirs=theirs, budget=0.10, against="format_exc_info")


def import_rows() -> tuple[Row, ...]:
    """
    Measure ``import connlog; connlog.install()``.
    """
    code = "import connlog\nconnlog.install()"
    over = fresh("import structlog", code)
    bare, rich = fresh("", code), fresh("", "import rich.traceback")
    return (
        Row(what="import and install, after structlog", ours=over, theirs=0.010, budget=1.0, against="10 ms"),
        Row(what="import and install, bare interpreter", ours=bare, theirs=rich, budget=0.5, against="rich.traceback"),
    )


def torture_rows() -> tuple[Row, ...]:
    """
    Measure exceptions that are much larger than any real one.
    """
    deep: BaseException = ConnectionRefusedError(111, "Connection refused")
    for number in range(3_000):
        outer = RuntimeError(number)
        outer.__cause__ = deep
        deep = outer
    wide = ExceptionGroup("group", [ConnectionRefusedError(111, "Connection refused") for _ in range(5_000)])
    long = requests.ConnectionError("Connection refused " * 5_000_000)
    return tuple(
        Row(
            what=f"diagnose, {name}",
            ours=min(timeit.repeat(lambda exc=exc: connlog.diagnose(exc), number=1, repeat=5)),  # type: ignore[misc]
            theirs=0.050,
            budget=1.0,
            against="50 ms",
        )
        for name, exc in (("3,000-deep chain", deep), ("5,000-wide group", wide), ("100 MB message", long))
    )


def main() -> int:
    """
    Measure every budget, print the rows, and return the exit status.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    rows = [
        processor_row(),
        diagnose_row("socket", refused_socket()),
        diagnose_row("requests call", refused_requests()),
        *import_rows(),
        *torture_rows(),
    ]
    for row in rows:
        print(row)  # noqa: T201 - its output
    return int(any(row.ratio > row.budget for row in rows))


if __name__ == "__main__":
    sys.exit(main())
