"""
Files -> what was found in them, in this process or in several.

Imports the scan, the inputs and the summary.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from connlog._inputs import Input, opened
from connlog._model import Diagnosis, Finding, Hint
from connlog._source import Problem, SourceError
from connlog._summary import Group, Place, Sieve, Summary
from connlog._times import moment
from connlog.catalog import CATALOG
from connlog.scan import as_json, scan

__all__ = ["Order", "Part", "Seen", "Tap", "counted", "read_all", "read_part", "refused", "seen", "spelled"]

_GLANCE = 0.1
"""Seconds between two looks at how far the other processes are."""


class Order(NamedTuple):
    """
    What a person wants to know.

    Attributes:
        sieve: Which failures.
        hints: A team's own hints.
        docs_url: Where the pages of the codes are.
    """

    sieve: Sieve = Sieve()
    hints: tuple[Hint, ...] = ()
    docs_url: str | None = None


class Seen(NamedTuple):
    """
    A finding, where it stands and what it is one more case of.
    """

    finding: Finding
    place: Place
    group: Group


class Part(NamedTuple):
    """
    What was found in one input.

    Attributes:
        summary: The failures.
        problems: What was wrong with it.
        lines: A file with one finding in a line, if that was asked for.
    """

    summary: Summary
    problems: list[Problem]
    lines: Path | None = None


class Tap(io.RawIOBase):
    """
    A source that tells, before more is read from it, that all that was read before has been looked at.
    """

    def __init__(self, source: Any, before: Callable[..., None]) -> None:
        """
        Call *before* with ``quiet``: whether nothing had come for a while.
        """
        self._source = source
        self._before = before
        self._quiet = False

    def read(self, size: int = -1, /) -> bytes | None:
        """
        Return some bytes, as the source does.
        """
        self._before(quiet=self._quiet)
        data: bytes | None = self._source.read(size)
        self._quiet = data is None
        return data


def seen(source: Any, entry: Input, order: Order, summary: Summary) -> Iterator[Seen]:
    """
    Find the failures in a source, and count them.
    """
    catalog = CATALOG.extended(order.hints) if order.hints else CATALOG
    return counted(scan(source, catalog=catalog), entry, order, summary)


def counted(findings: Iterable[Finding], entry: Input, order: Order, summary: Summary) -> Iterator[Seen]:
    """
    Count the findings that are wanted.
    """
    reference = entry.reference
    for finding in findings:
        when = moment(finding.timestamp, reference) if finding.timestamp else None
        if not order.sieve.takes(finding.diagnosis, when):
            if when is None and order.sieve.timed:
                summary.timeless += 1
            continue
        if order.docs_url is not None:
            finding = replace(finding, diagnosis=_linked(finding.diagnosis, order.docs_url))  # noqa: PLW2901
        place = Place(entry.name, finding.first, when)
        yield Seen(finding, place, summary.add(finding, place))


@lru_cache(maxsize=512)
def _linked(diagnosis: Diagnosis, docs_url: str) -> Diagnosis:
    base = f"{docs_url}/" if docs_url[-1].isalnum() else docs_url
    return replace(diagnosis, docs_url=f"{base}{diagnosis.code}")


def spelled(found: Seen) -> str:
    """
    Spell a finding in one line of JSON.
    """
    when = found.place.moment
    time = {} if when is None else {"time": when.isoformat()}
    return json.dumps({"file": found.place.name, **time, **as_json(found.finding)}, ensure_ascii=False)


def read_part(entry: Input, order: Order, *, watch: Callable[[int], None], lines: TextIO | None = None) -> Part:
    """
    Read one input to its end.

    Args:
        entry: What to read.
        order: What is wanted.
        watch: Is told how many bytes of the file have been read.
        lines: Where to write each finding in a line.
    """
    summary = Summary(files=1)
    try:
        with opened(entry) as source:
            for found in seen(Tap(source, lambda **_: watch(source.consumed)), entry, order, summary):
                if lines is not None:
                    print(spelled(found), file=lines)
            summary.size = source.consumed
    except SourceError as exc:
        return refused(entry, exc)
    return Part(summary, source.problems)


def refused(entry: Input, error: SourceError) -> Part:
    """
    Say that an input could not be opened.
    """
    return Part(Summary(), [Problem(entry.name, str(error).removeprefix(f"{entry.name}: "), lost=True)])


_far: Any = None
"""In a process of the pool: how far each input has been read."""


def _enter(far: Any) -> None:
    global _far  # noqa: PLW0603 -- shared memory comes into another process this way only
    _far = far


def _elsewhere(number: int, entry: Input, order: Order, folder: str | None) -> Part:
    """
    Read one input in a process of the pool.
    """

    def watch(consumed: int) -> None:
        _far[number] = consumed

    if folder is None:
        return read_part(entry, order, watch=watch)
    path = Path(folder, f"{number}.jsonl")
    with path.open("w", encoding="utf-8", errors="backslashreplace") as lines:
        return read_part(entry, order, watch=watch, lines=lines)._replace(lines=path)


def read_all(
    inputs: Sequence[Input], order: Order, *, jobs: int, watch: Callable[[int], None], lines: TextIO | None = None
) -> Iterator[Part]:
    """
    Read all inputs, and return what was found in them in their order.

    Args:
        inputs: What to read.
        order: What is wanted.
        jobs: How many processes may work on it.
        watch: Is told how many bytes of the files have been read.
        lines: Where to write each finding in a line.
    """
    if jobs > 1 and len(inputs) > 1:
        yield from _read_in_pool(inputs, order, jobs=min(jobs, len(inputs)), watch=watch, lines=lines)
        return
    before = 0
    for entry in inputs:
        yield read_part(entry, order, watch=lambda consumed: watch(before + consumed), lines=lines)  # noqa: B023
        before += entry.size or 0


def _read_in_pool(
    inputs: Sequence[Input], order: Order, *, jobs: int, watch: Callable[[int], None], lines: TextIO | None
) -> Iterator[Part]:
    # A process that is started anew inherits neither threads nor locks of the progress bar.
    context = multiprocessing.get_context("spawn")
    far = context.RawArray("Q", len(inputs))
    with tempfile.TemporaryDirectory(prefix="connlog-") as folder:
        pool = ProcessPoolExecutor(jobs, context, initializer=_enter, initargs=(far,))
        try:
            kept = None if lines is None else folder
            futures = [pool.submit(_elsewhere, number, entry, order, kept) for number, entry in enumerate(inputs)]
            for entry, future in zip(inputs, futures, strict=True):
                yield _result(future, entry, order, watch=lambda: watch(sum(far)), lines=lines)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _result(
    future: Future[Part], entry: Input, order: Order, *, watch: Callable[[], None], lines: TextIO | None
) -> Part:
    """
    Wait for a part; where its process has died, read it here.
    """
    while not wait([future], timeout=_GLANCE).done:
        watch()
    watch()
    try:
        part = future.result()
    except BrokenProcessPool:
        return read_part(entry, order, watch=lambda _: watch(), lines=lines)
    if part.lines is not None and lines is not None:
        with part.lines.open(encoding="utf-8") as written:
            for line in written:
                lines.write(line)
        part.lines.unlink()
    return part
