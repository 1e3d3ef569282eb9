"""
Findings -> how often each failure was seen, where and when; the sum of several parts is the sum of the whole.

Imports the nouns and what names an endpoint. Bounded memory: times are counted in steps that grow with what they span.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from connlog._model import Diagnosis, Finding
from connlog.render import endpoint

__all__ = ["Group", "Histogram", "Place", "Sieve", "Summary", "as_dict", "sparkline"]

KINDS = 10_000
"""So many failures are told apart; what differs from all of them only by its endpoint is counted together."""

_FILES = 100
"""So many files are named for one failure."""

_STEPS = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600, 28 * 24 * 3600, 364 * 24 * 3600)
"""Seconds of one step of a histogram: each is a multiple of those before it."""

_MOST_STEPS = 512
_FEW_STEPS = 60

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = ".:-=+*#@"


class Place(NamedTuple):
    """
    Where a failure stands.

    Attributes:
        name: The file.
        line: Its first line there.
        moment: When it happened, if the log says so.
    """

    name: str
    line: int
    moment: datetime | None = None


class Sieve(NamedTuple):
    """
    Which failures a person wants to see; an empty condition holds for all.

    Attributes:
        since: Not earlier than this.
        until: Not later than this.
        codes: One of these codes.
        hosts: Patterns for a host, or for host and port, in small letters.
    """

    since: datetime | None = None
    until: datetime | None = None
    codes: frozenset[str] = frozenset()
    hosts: tuple[str, ...] = ()

    def takes(self, diagnosis: Diagnosis, moment: datetime | None) -> bool:
        """
        Tell whether a failure is wanted; one without a time is not where a time is asked for.
        """
        if self.codes and not any(one.code in self.codes for one in (diagnosis, *diagnosis.others)):
            return False
        if self.hosts and not any(map(self._is_host, (diagnosis, *diagnosis.others))):
            return False
        if moment is None:
            return not self.timed
        return (self.since is None or self.since <= moment) and (self.until is None or moment <= self.until)

    @property
    def timed(self) -> bool:
        """
        Tell whether a time is asked for.
        """
        return self.since is not None or self.until is not None

    def _is_host(self, diagnosis: Diagnosis) -> bool:
        names = set()
        for host, port in (
            (diagnosis.server_address, diagnosis.server_port),
            (diagnosis.peer_address, diagnosis.peer_port),
        ):
            if host is not None:
                names |= {host.lower(), f"{host}:{port}".lower(), f"[{host}]:{port}".lower()}
        return any(fnmatchcase(name, pattern) for name in names for pattern in self.hosts)


@dataclass(slots=True)
class Histogram:
    """
    How many events fall into each step of time.

    Attributes:
        step: Seconds of a step.
        counts: Number of a step since the epoch -> number of events.
    """

    step: int = _STEPS[0]
    counts: dict[int, int] = field(default_factory=dict)

    def add(self, second: float, count: int = 1) -> None:
        """
        Count events at a time.
        """
        index = math.floor(second / self.step)
        self.counts[index] = self.counts.get(index, 0) + count
        while len(self.counts) > _MOST_STEPS and self.step < _STEPS[-1]:
            self.grow()

    def merge(self, other: Histogram) -> None:
        """
        Count what another one has counted.
        """
        while other.step > self.step:
            self.grow()
        for index, count in other.counts.items():
            self.add(index * other.step, count)

    def columns(self, first: float, last: float, number: int) -> list[int]:
        """
        Spread the events over so many columns of equal width.
        """
        spread = [0] * number
        width = (last - first) / number or 1.0
        for index, count in self.counts.items():
            column = int((index * self.step - first) / width)
            spread[max(0, min(column, number - 1))] += count
        return spread

    def shorten(self, most: int) -> None:
        """
        Count in steps so long that their whole span has at most so many.
        """
        while self.counts and max(self.counts) - min(self.counts) >= most and self.step < _STEPS[-1]:
            self.grow()

    def grow(self) -> None:
        """
        Count in the next longer step.
        """
        step = _STEPS[_STEPS.index(self.step) + 1]
        old, self.counts = self.counts, {}
        for index, count in old.items():
            grown = index * self.step // step
            self.counts[grown] = self.counts.get(grown, 0) + count
        self.step = step


@dataclass(slots=True)
class Group:
    """
    One failure, however often it was seen.

    Attributes:
        diagnosis: How it was seen first.
        place: Where it was seen first.
        count: How often.
        first: The earliest time.
        last: The latest time.
        files: Name of a file -> how often there.
        times: When.
    """

    diagnosis: Diagnosis
    place: Place
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    files: dict[str, int] = field(default_factory=dict)
    times: Histogram = field(default_factory=Histogram)

    @property
    def endpoint(self) -> str | None:
        """
        The target as people type it.
        """
        return endpoint(self.diagnosis)

    @property
    def where(self) -> str | None:
        """
        The target; where nobody knows it, the place in the code.
        """
        location = self.diagnosis.location
        if self.endpoint is not None or location is None:
            return self.endpoint
        file = location.file.replace("\\", "/").rpartition("/")[2]
        return f"{file}:{location.line} in {location.function}"

    def add(self, place: Place) -> None:
        """
        Count one more.
        """
        self.count += 1
        self._file(place.name, 1)
        if place.moment is not None:
            self._span(place.moment, place.moment)
            self.times.add(place.moment.timestamp())

    def merge(self, other: Group) -> None:
        """
        Count what was counted elsewhere.
        """
        self.count += other.count
        for name, count in other.files.items():
            self._file(name, count)
        if other.first is not None and other.last is not None:
            self._span(other.first, other.last)
        self.times.merge(other.times)

    def _file(self, name: str, count: int) -> None:
        if name in self.files or len(self.files) < _FILES:
            self.files[name] = self.files.get(name, 0) + count

    def _span(self, first: datetime, last: datetime) -> None:
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


_Key = tuple[str | int | None, ...]


@dataclass(slots=True)
class Summary:
    """
    What was found in a number of sources.

    Attributes:
        groups: The distinct failures, in the order in which they were first seen.
        count: How many failures there were.
        timeless: How many were left out because they bear no time and one was asked for.
        files: How many sources were searched.
        size: How many bytes of them.
    """

    groups: dict[_Key, Group] = field(default_factory=dict)
    count: int = 0
    timeless: int = 0
    files: int = 0
    size: int = 0

    def add(self, finding: Finding, place: Place) -> Group:
        """
        Count a finding; return the failure that it is one more case of.
        """
        self.count += 1
        group = self._group(finding.diagnosis, place)
        group.add(place)
        return group

    def merge(self, other: Summary) -> None:
        """
        Count what was found elsewhere.
        """
        self.count += other.count
        self.timeless += other.timeless
        self.files += other.files
        self.size += other.size
        for group in other.groups.values():
            self._group(group.diagnosis, group.place).merge(group)

    def by_count(self) -> list[Group]:
        """
        List the distinct failures, the most frequent first.
        """
        return sorted(self.groups.values(), key=lambda group: -group.count)

    def codes(self) -> set[str]:
        """
        Tell which codes were found, also inside of groups of exceptions.
        """
        seen = [group.diagnosis for group in self.groups.values()]
        return {one.code for diagnosis in seen for one in (diagnosis, *diagnosis.others)}

    def span(self) -> tuple[datetime, datetime] | None:
        """
        Tell when the first and the last of them happened.
        """
        ends = [(group.first, group.last) for group in self.groups.values() if group.first and group.last]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

    def _group(self, diagnosis: Diagnosis, place: Place) -> Group:
        where = diagnosis.location
        target: _Key = (
            diagnosis.server_address or diagnosis.peer_address,
            diagnosis.peer_port if diagnosis.server_port is None else diagnosis.server_port,
        )
        if target == (None, None) and where is not None:
            # Nobody knows where it went, but where it was sent from.
            target = (where.file, where.function)
        key: _Key = (diagnosis.code, diagnosis.errno_name, *target)
        if key not in self.groups and len(self.groups) >= KINDS:
            key = key[:2]
        if key not in self.groups:
            self.groups[key] = Group(diagnosis, place)
        return self.groups[key]


def sparkline(counts: Sequence[int], *, most: int, encoding: str = "utf-8") -> str:
    """
    Draw how a number goes, one character a column; a space where nothing was.
    """
    bars = _BARS
    try:
        bars.encode(encoding)
    except (UnicodeError, LookupError):
        bars = _ASCII_BARS
    return "".join(bars[(count * len(bars) - 1) // most] if count else " " for count in counts)


def as_dict(summary: Summary) -> dict[str, Any]:
    """
    Spell a summary in JSON's types.
    """
    return {
        "count": summary.count,
        "files": summary.files,
        "bytes": summary.size,
        "failures": [dict(_parts(group)) for group in summary.by_count()],
    }


def _parts(group: Group) -> Iterator[tuple[str, Any]]:
    known = group.diagnosis
    yield from (("code", known.code), ("title", known.title), ("cause", known.cause), ("hint", known.hint))
    yield "retry", known.retry
    for name in ("errno", "errno_name", "server_address", "server_port", "peer_address", "peer_port", "service"):
        value = getattr(known, name)
        if value is not None:
            yield name, value
    yield "count", group.count
    if group.first is not None and group.last is not None:
        yield "first", group.first.isoformat()
        yield "last", group.last.isoformat()
        yield "times", _steps(group.times)
    yield "files", group.files
    yield "example", {"file": group.place.name, "line": group.place.line}


def _steps(times: Histogram) -> dict[str, Any]:
    """
    Spell when something happened, in few steps.
    """
    few = Histogram()
    few.merge(times)
    few.shorten(_FEW_STEPS)
    counts = [
        [datetime.fromtimestamp(index * few.step, UTC).isoformat(), few.counts[index]] for index in sorted(few.counts)
    ]
    return {"step": few.step, "counts": counts}
