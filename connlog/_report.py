"""
What a person reads about the failures of a log: blocks, the table, the line at the end.

Imports the summary and the block. The table is drawn by rich, which is the extra ``cli``.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple, TextIO

from connlog._summary import Group, Place, Summary, sparkline
from connlog.render import block, clean, colourful, columns

__all__ = [
    "Clock",
    "Paper",
    "again",
    "blocks",
    "clock_of",
    "counted",
    "describe",
    "progress",
    "size",
    "table",
    "tally",
    "total",
]

_WIDE = 110
"""Columns from which on each part of a failure has a column of its own."""

_ENDPOINT, _CODE, _TIME = len("endpoint"), len("code"), len("first")
"""Columns of the narrowest table's parts: their headings."""

_FRAME = 2 + 5 * 3
_NARROW_FRAME = 2 + 2 * 3
"""Columns between the parts."""

_LEAST = 24
"""So many columns show how a number goes."""

_MANY_FILES = 2
"""So many further files are named."""

_KILO = 1024
_UNITS = ("KB", "MB", "GB", "TB")
_TWO_DIGITS = 10


class Paper(NamedTuple):
    """
    What is written on.

    Attributes:
        width: Columns.
        colour: Whether it shows colours.
        encoding: What a text must be writable in.
    """

    width: int
    colour: bool
    encoding: str

    @classmethod
    def of(cls, stream: TextIO) -> Paper:
        """
        Ask a stream.
        """
        return cls(columns(stream), colourful(stream), getattr(stream, "encoding", None) or "ascii")


class Clock(NamedTuple):
    """
    How times are written so that they are short and yet tell each other apart.

    Attributes:
        shape: What :meth:`datetime.strftime` takes.
        day: What all of them have in common and is said once.
    """

    shape: str
    day: str

    def read(self, moment: datetime | None) -> str:
        """
        Write a time; a dash for none.
        """
        return "-" if moment is None else moment.strftime(self.shape)


def clock_of(summary: Summary) -> Clock:
    """
    Choose how the times of a summary are written.
    """
    span = summary.span()
    if span is None:
        return Clock("%H:%M:%S", "")
    first, last = span
    if first.date() == last.date():
        return Clock("%H:%M:%S", f"{first:%Y-%m-%d}")
    if first.year == last.year:
        return Clock("%m-%d %H:%M", f"{first:%Y}")
    return Clock("%Y-%m-%d %H:%M", "")


def counted(number: int, one: str, many: str | None = None) -> str:
    """
    Write a number and what it counts: ``1 file``, ``2,000 files``.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: float) -> str:
    """
    Write a number of bytes.
    """
    if number < _KILO:
        return counted(int(number), "byte")
    unit = min(int(math.log(number, _KILO)), len(_UNITS))
    number /= _KILO**unit
    return f"{number:.{0 if number >= _TWO_DIGITS else 1}f} {_UNITS[unit - 1]}"


def total(summary: Summary) -> str:
    """
    Say in one line what was found.
    """
    where = f"{counted(summary.files, 'file')}, {size(summary.size)}"
    if not summary.count:
        return f"no connection failure found ({where})"
    kinds = f" of {len(summary.groups):,} kinds" if len(summary.groups) > 1 else ""
    return f"{counted(summary.count, 'connection failure')}{kinds} ({where})"


def describe(group: Group) -> str:
    """
    Say how often a failure was seen, when and where.
    """
    parts = ["once" if group.count == 1 else counted(group.count, "time")]
    if group.first is not None and group.last is not None:
        parts.append(_between(group.first, group.last))
    where = f"in {group.place.name}:{group.place.line}"
    if group.count > 1:
        where = f"first {where}"
    others = [name for name in group.files if name != group.place.name]
    if others:
        named = others if len(others) <= _MANY_FILES else [counted(len(others), "other file")]
        where += f", also in {' and '.join(named)}"
    gap = "; " if group.count > 1 and len(parts) > 1 else ", "
    return f"{' '.join(parts)}{gap}{where}"


def _between(first: datetime, last: datetime) -> str:
    if first == last:
        return f"at {first:%Y-%m-%d %H:%M:%S}"
    end = f"{last:%H:%M:%S}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M:%S}"
    return f"from {first:%Y-%m-%d %H:%M:%S} to {end}"


def blocks(groups: Iterable[Group], paper: Paper) -> Iterator[str]:
    """
    Draw the block of each failure, with how often it was seen.
    """
    for group in groups:
        yield block(
            group.diagnosis, width=paper.width, colour=paper.colour, encoding=paper.encoding, seen=describe(group)
        )


def again(group: Group, more: int, place: Place, paper: Paper) -> str:
    """
    Say in one line that a failure whose block was drawn has come again.
    """
    when = f"{place.moment:%H:%M:%S}  " if place.moment is not None else ""
    what = "  ".join(filter(None, (group.diagnosis.code, group.diagnosis.errno_name, group.where)))
    count = "again" if more == 1 else f"{more:,} times more"
    line = clean(f"{when}{what}  {count}, {group.count:,} in all", paper.encoding)
    return f"\x1b[2m{line}\x1b[0m" if paper.colour else line


def tally(summary: Summary, paper: Paper) -> Iterator[str]:
    """
    Say in a line for each failure how often it was seen.
    """
    groups = [group for group in summary.by_count() if group.count > 1]
    room = len(f"{groups[0].count:,}") if groups else 0
    for group in groups:
        what = "  ".join(filter(None, (group.diagnosis.code, group.diagnosis.errno_name, group.where)))
        when = "" if group.first is None or group.last is None else f"  {_between(group.first, group.last)}"
        count = f"{group.count:,}".rjust(room)
        yield clean(f"{count} x {what}{when}", paper.encoding) + "\n"


@contextmanager
def progress(size: int) -> Iterator[Callable[[int], None]]:
    """
    Show on standard error how far the work is, until it is done.

    Args:
        size: Bytes of all of it.
    """
    from rich.console import Console  # noqa: PLC0415 -- optional third party
    from rich.progress import (  # noqa: PLC0415 -- likewise
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    parts = (TextColumn("scanning"), BarColumn(bar_width=None), TaskProgressColumn(), DownloadColumn(binary_units=True))
    with Progress(
        *parts, TransferSpeedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True, expand=True
    ) as shown:
        task = shown.add_task("", total=size)
        yield lambda consumed: shown.update(task, completed=consumed)


def table(summary: Summary, stream: TextIO, paper: Paper) -> None:
    """
    Draw the table of failures: how often, from when to when, and how it went.

    Raises:
        ImportError: rich is not installed.
    """
    from rich.console import Console  # noqa: PLC0415 -- optional third party

    drawn = io.StringIO()
    console = Console(
        file=drawn,
        width=paper.width,
        force_terminal=paper.colour,
        no_color=not paper.colour,
        color_system="standard" if paper.colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(_wide(summary, paper) if paper.width >= _WIDE else _narrow(summary, paper))
    stream.writelines(line.rstrip() + "\n" for line in drawn.getvalue().splitlines())


def _grid(paper: Paper, **options: Any) -> Any:
    from rich import box  # noqa: PLC0415 -- optional third party
    from rich.table import Table  # noqa: PLC0415 -- optional third party

    ascii_only = not paper.encoding.lower().startswith("utf")
    lines = box.SIMPLE_HEAD if not ascii_only else box.ASCII2
    return Table(box=lines, pad_edge=False, header_style="dim", border_style="dim", expand=True, **options)


def _wide(summary: Summary, paper: Paper) -> Any:
    clock = clock_of(summary)
    grid = _grid(paper)
    grid.add_column("count", justify="right", no_wrap=True)
    grid.add_column("code", no_wrap=True)
    grid.add_column("endpoint", overflow="fold", max_width=paper.width // 4)
    grid.add_column("first", no_wrap=True)
    grid.add_column("last", no_wrap=True)
    groups = summary.by_count()
    endpoints = min(paper.width // 4, max(_ENDPOINT, _longest(_shown_endpoint(group, paper) for group in groups)))
    codes = max(_CODE, _longest(group.diagnosis.code for group in groups))
    room = max(
        _LEAST,
        paper.width - _FRAME - _counts(groups) - codes - endpoints - 2 * max(_TIME, len(clock.read(_first(summary)))),
    )
    grid.add_column(_axis(summary, clock, room, paper), no_wrap=True, ratio=1)
    for group, line in zip(groups, _lines(summary, groups, room, paper), strict=True):
        grid.add_row(
            _styled(f"{group.count:,}", "bold"),
            _styled(group.diagnosis.code, "bold red"),
            _shown_endpoint(group, paper),
            clock.read(group.first),
            clock.read(group.last),
            _styled(line, "cyan"),
        )
    return grid


def _narrow(summary: Summary, paper: Paper) -> Any:
    """
    Lay the parts of a failure in two lines.
    """
    from rich.text import Text  # noqa: PLC0415 -- optional third party

    clock = clock_of(summary)
    groups = summary.by_count()
    names = _longest(name for group in groups for name in (group.diagnosis.code, _shown_endpoint(group, paper)))
    room = max(
        _LEAST,
        paper.width
        - _NARROW_FRAME
        - _counts(groups)
        - max(len(f"failure on {clock.day}"), min(names, paper.width // 2)),
    )
    grid = _grid(paper)
    grid.add_column("count", justify="right", no_wrap=True)
    day = f" {'in' if clock.day.isdecimal() else 'on'} {clock.day}" if clock.day else ""
    grid.add_column(f"failure{day}", overflow="fold", ratio=1)
    grid.add_column(_axis(summary, clock._replace(day=""), room, paper), no_wrap=True, width=room)
    for group, line in zip(groups, _lines(summary, groups, room, paper), strict=True):
        what = Text(group.diagnosis.code, style="bold red")
        what.append(f"\n{_shown_endpoint(group, paper)}", style="not bold default")
        when = Text(line, style="cyan")
        dash = clean(" \N{EN DASH} ", paper.encoding)
        span = dash.join(dict.fromkeys((clock.read(group.first), clock.read(group.last))))
        when.append(f"\n{span}", style="not bold default")
        grid.add_row(_styled(f"{group.count:,}", "bold"), what, when)
    return grid


def _styled(text: str, style: str) -> Any:
    from rich.text import Text  # noqa: PLC0415 -- optional third party

    return Text(text, style=style)


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _counts(groups: Sequence[Group]) -> int:
    return max(len("count"), _longest(f"{group.count:,}" for group in groups))


def _shown_endpoint(group: Group, paper: Paper) -> str:
    return clean(group.where or "-", paper.encoding)


def _first(summary: Summary) -> datetime | None:
    span = summary.span()
    return None if span is None else span[0]


def _axis(summary: Summary, clock: Clock, room: int, paper: Paper) -> str:
    """
    Write the ends of the time that the lines below span.
    """
    span = summary.span()
    if span is None:
        return clean("no times", paper.encoding)
    first, last = map(clock.read, span)
    if first == last:
        return f"{clock.day} {first}".strip()
    if len(first) + len(clock.day) + len(last) + 5 <= room:
        first = f"{clock.day} {first}".strip()
    return first + last.rjust(room - len(first))


def _lines(summary: Summary, groups: Sequence[Group], room: int, paper: Paper) -> list[str]:
    span = summary.span()
    if span is None:
        return [""] * len(groups)
    first, last = (moment.timestamp() for moment in span)
    spread = [group.times.columns(first, last, room) for group in groups]
    return [sparkline(counts, most=max(1, *counts), encoding=paper.encoding) for counts in spread]
