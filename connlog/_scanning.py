"""
``connlog scan``: reads what is asked for, and prints it.

Imports the wishes, the readings, the reports and the page.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from connlog import _page, _report, _urls, dask
from connlog._annotate import annotate
from connlog._inputs import Input, gather, opened
from connlog._reading import Part, Seen, Tap, read_all, refused, seen, spelled
from connlog._report import Paper
from connlog._source import Problem, SourceError
from connlog._summary import Summary, as_dict
from connlog._wishes import UsageError, Wish, add_to, has_rich, understood
from connlog.render import clean, colourful

__all__ = ["UsageError", "add_to", "carry_out"]

_FOUND = 1
_BAD_INPUT = 2
_INTERRUPTED = 130

_LONG = 1 << 25
"""From so many bytes on a person is told how far the work is."""

_WORTH_POOL = 1 << 23
"""From so many bytes on several processes are faster than one."""

_EVERY = 10.0
"""So many seconds after they were told, repeated failures are told again while a log keeps coming."""


def carry_out(options: argparse.Namespace) -> int:
    """
    Scan, and return the exit status.

    Raises:
        UsageError: The command line is wrong.
    """
    wish = understood(options)
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal without the character is no reason to fail.
        sys.stdout.reconfigure(errors="replace")
    total = Summary()
    try:
        return _scanned(options.files or ["-"], wish, total)
    except BrokenPipeError:
        # The reader has seen enough (`connlog scan app.log | head`). The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FOUND


def _scanned(words: Sequence[str], wish: Wish, total: Summary) -> int:
    inputs, problems = _urls.gather(words) if wish.far else gather(words)
    _tell(problems)
    if any(entry.path is None for entry in inputs) and _is_terminal(sys.stdin):
        print("connlog scan: paste the log, then press Ctrl-D", file=sys.stderr)
    interrupted = False
    try:
        for part in _parts(inputs, wish, total):
            total.merge(part.summary)
            problems += part.problems
            _tell(part.problems)
    except KeyboardInterrupt:
        interrupted = True
    _close(total, wish, live=_is_live(inputs))
    if wish.html is not None:
        problems += _written(_page.page(total, datetime.now().astimezone()), wish.html)
    if interrupted:
        return _INTERRUPTED
    if any(problem.lost for problem in problems):
        return _BAD_INPUT
    wanted = total.codes() & wish.fail_on if wish.fail_on else total.count
    return _FOUND if wanted else 0


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _parts(inputs: Sequence[Input], wish: Wish, total: Summary) -> Iterator[Part]:
    """
    Read all inputs, and print what is printed while they are read.
    """
    if wish.format == "log":
        for entry in inputs:
            yield annotate(entry, wish.order, sys.stdout.buffer, Paper.of(sys.stdout))
    elif _is_live(inputs) and wish.format in {"text", "jsonl"}:
        for entry in inputs:
            yield _followed(entry, wish, total)
    else:
        lines = sys.stdout if wish.format == "jsonl" else None
        with _progress(inputs, wish) as watch:
            if wish.far:
                yield from _far(inputs, wish, watch, lines)
                return
            yield from read_all(inputs, wish.order, jobs=_processes(inputs, wish), watch=watch, lines=lines)


def _far(inputs: Sequence[Input], wish: Wish, watch: Callable[[int], None], lines: TextIO | None) -> Iterator[Part]:
    try:
        yield from dask.read_all(inputs, wish.order, scheduler=wish.scheduler, jobs=wish.jobs, watch=watch, lines=lines)
    except dask.SchedulerError as exc:
        raise UsageError(str(exc)) from exc


def _is_live(inputs: Sequence[Input]) -> bool:
    return any(entry.size is None for entry in inputs)


def _size(inputs: Sequence[Input]) -> int:
    return sum(entry.size or 0 for entry in inputs)


def _processes(inputs: Sequence[Input], wish: Wish) -> int:
    """
    Tell how many processes are worth it; pipes can be read in this one alone.
    """
    if any(entry.size is None or entry.path is None for entry in inputs):
        return 1
    return wish.jobs or (_cores() if _size(inputs) >= _WORTH_POOL else 1)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        # Only Linux tells what this process may use.
        return os.cpu_count() or 1


def _followed(entry: Input, wish: Wish, total: Summary) -> Part:
    """
    Read a pipe, and print what is found as soon as it is found.
    """
    summary = Summary(files=1)
    follower = _Follower(sys.stdout)
    try:
        with opened(entry) as source:
            for found in seen(Tap(source, follower.before), entry, wish.order, summary):
                if wish.format == "jsonl":
                    print(spelled(found), flush=True)
                else:
                    follower.take(found)
            summary.size = source.consumed
    except SourceError as exc:
        return refused(entry, exc)
    except KeyboardInterrupt:
        summary.size = source.consumed
        total.merge(summary)
        raise
    return Part(summary, source.problems)


class _Follower:
    """
    Prints each failure when it comes for the first time, and now and then what has come again.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._paper = Paper.of(stream)
        self._again: dict[int, tuple[Seen, int]] = {}
        self._told = time.monotonic()

    def take(self, found: Seen) -> None:
        """
        Print a failure that is new, and keep one that is not.
        """
        if found.group.count > 1:
            number = self._again.get(id(found.group), (found, 0))[1]
            self._again[id(found.group)] = (found, number + 1)
            return
        self.tell()
        print(*_report.blocks([found.group], self._paper), file=self._stream, flush=True)

    def before(self, *, quiet: bool) -> None:
        """
        Print what has come again, in a silence or after a while.
        """
        if quiet or time.monotonic() - self._told >= _EVERY:
            self.tell()

    def tell(self) -> None:
        """
        Print what has come again.
        """
        for found, number in self._again.values():
            print(_report.again(found.group, number, found.place, self._paper), file=self._stream)
        self._stream.flush()
        self._again.clear()
        self._told = time.monotonic()


@contextmanager
def _progress(inputs: Sequence[Input], wish: Wish) -> Iterator[Callable[[int], None]]:
    """
    Show how far the work is, to a person and for long work alone.
    """
    # In the end a terminal shows one thing: the findings or the bar.
    free = wish.format != "jsonl" or not sys.stdout.isatty()
    if wish.progress and free and _size(inputs) >= _LONG and colourful(sys.stderr) and has_rich():
        with _report.progress(_size(inputs)) as watch:
            yield watch
    else:
        yield _watch_nothing


def _watch_nothing(consumed: int) -> None:
    del consumed


def _tell(problems: Sequence[Problem]) -> None:
    for problem in problems:
        text = clean(f"{problem.name}: {problem.text}", getattr(sys.stderr, "encoding", None) or "ascii")
        print(f"connlog scan: {text}", file=sys.stderr)


def _close(total: Summary, wish: Wish, *, live: bool) -> None:
    """
    Print what is printed once all is read.
    """
    paper = Paper.of(sys.stdout)
    if total.timeless:
        left_out = _report.counted(total.timeless, "failure without a time was", "failures without a time were")
        print(f"connlog scan: {left_out} left out", file=sys.stderr)
    if wish.format == "json":
        print(json.dumps(as_dict(total), indent=2, ensure_ascii=False))
    elif wish.format == "table":
        print(_report.total(total))
        if total.count:
            _report.table(total, sys.stdout, paper)
    elif wish.format == "text":
        if live:
            sys.stdout.writelines(_report.tally(total, paper))
        else:
            for shown in _report.blocks(total.groups.values(), paper):
                print(shown)
        print(_report.total(total))
    sys.stdout.flush()


def _written(page: str, path: str) -> list[Problem]:
    try:
        Path(path).write_text(page, encoding="utf-8", errors="replace")
    except OSError as exc:
        problems = [Problem(path, f"can't be written: {exc.strerror or exc}", lost=True)]
        _tell(problems)
        return problems
    return []
