"""
A summary -> one HTML page that needs nothing else: no network, no server, no other file.

Imports the summary and the catalog. What the page looks like stands in ``page.css``, how it moves in ``page.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from pathlib import Path
from typing import NamedTuple

from connlog._report import counted, describe, size
from connlog._summary import Group, Histogram, Summary
from connlog._version import __version__
from connlog.catalog import CATALOG
from connlog.catalog.words import RETRIES
from connlog.render import clean

__all__ = ["page"]

_COLOURS = 6
"""So many codes have a colour of their own; the others share one."""

_MOST = 200
"""So many failures are shown, the most frequent; nobody reads more."""

_COLUMNS = 120
_SPARK_COLUMNS = 48
_TICKS = 5

_DAY = 24 * 3600

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect x='1' y='8' width='4' height='7' fill='%23c2334d'/%3E%3Crect x='6' y='2' width='4' height='13' "
    "fill='%23c2334d'/%3E%3Crect x='11' y='11' width='4' height='4' fill='%23c2334d'/%3E%3C/svg%3E"
)


class _Series(NamedTuple):
    """
    How often one code was seen in each column of the plot.
    """

    name: str
    colour: int
    counts: list[int]


class _Axis(NamedTuple):
    """
    The columns of the plot.

    Attributes:
        step: Seconds of one.
        first: The number of the first step since the epoch.
        number: How many there are.
        zone: In which zone they are read.
    """

    step: int
    first: int
    number: int
    zone: tzinfo | None

    def start(self, column: int) -> datetime:
        """
        Tell when a column begins.
        """
        return datetime.fromtimestamp((self.first + column) * self.step, UTC).astimezone(self.zone)

    def counts(self, times: Histogram) -> list[int]:
        """
        Count events by column.
        """
        counts = [0] * self.number
        for index, count in times.counts.items():
            counts[min(index * times.step // self.step - self.first, self.number - 1)] += count
        return counts


def page(summary: Summary, made: datetime) -> str:
    """
    Draw the page.

    Args:
        summary: What was found.
        made: When.
    """
    groups = summary.by_count()[:_MOST]
    axis, series = _plotted(summary)
    colours = {one.name: one.colour for one in series}
    left = len(summary.groups) - len(groups)
    parts = [
        f"<h1>{_headline(summary)}</h1>",
        f'<p class="lead">{_lead(summary)}</p>',
        *(_plot(axis, series) if axis is not None else ()),
        *(_table(groups, axis, colours) if groups else ()),
        *([f"<p>And {counted(left, 'kind')} more.</p>"] if left else ()),
        *(["<h2>What to do</h2>"] if groups else ()),
        *(_card(number, group, colours) for number, group in enumerate(groups)),
        f"<footer>Written by connlog {__version__} on {made:%Y-%m-%d at %H:%M}. This page needs no network.</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<title>{_headline(summary)}</title>\n<link rel="icon" href="{_ICON}">\n'
        f"<style>\n{_beside('page.css')}</style>\n"
        "</head>\n<body>\n<main>\n" + "\n".join(parts) + f"\n</main>\n<script>\n{_beside('page.js')}</script>\n"
        "</body>\n</html>\n"
    )


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _safe(text: str) -> str:
    return escape(clean(text, "utf-8"))


def _prose(text: str) -> str:
    """
    Spell a sentence of the catalog, in which commands stand between backticks.
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _safe(text))


def _headline(summary: Summary) -> str:
    return counted(summary.count, "connection failure") if summary.count else "No connection failure found"


def _lead(summary: Summary) -> str:
    kinds = f"{counted(len(summary.groups), 'kind')} in " if summary.groups else "Searched: "
    span = summary.span()
    when = ""
    if span is not None:
        last = f"{span[1]:%H:%M:%S}" if span[0].date() == span[1].date() else f"{span[1]:%Y-%m-%d %H:%M:%S}"
        when = f", from {span[0]:%Y-%m-%d %H:%M:%S} to {last}"
    return f"{kinds}{counted(summary.files, 'file')} ({size(summary.size)}){when}"


def _plotted(summary: Summary) -> tuple[_Axis | None, list[_Series]]:
    """
    Choose the columns of the plot, and count each code in them; the most frequent first.
    """
    totals: dict[str, int] = {}
    times: dict[str, Histogram] = {}
    for group in summary.by_count():
        totals[group.diagnosis.code] = totals.get(group.diagnosis.code, 0) + group.count
        times.setdefault(group.diagnosis.code, Histogram()).merge(group.times)
    whole = Histogram()
    for one in times.values():
        whole.merge(one)
    whole.shorten(_COLUMNS)
    span, axis = summary.span(), None
    if span is not None:
        first = min(whole.counts)
        axis = _Axis(whole.step, first, max(whole.counts) - first + 1, span[0].tzinfo)
    codes = sorted(totals, key=lambda code: -totals[code])
    return axis, [
        _Series(code, min(rank, _COLOURS), [] if axis is None else axis.counts(times[code]))
        for rank, code in enumerate(codes)
    ]


def _plot(axis: _Axis, series: Sequence[_Series]) -> Iterator[str]:
    """
    Draw how often each code was seen over time, one upon the other.
    """
    most = _round(max(sum(one.counts[column] for one in series) for column in range(axis.number)))
    yield "<h2>When</h2>\n<figure>"
    yield '<ul class="legend">' + "".join(_legend(series)) + "</ul>"
    yield f'<div class="plot"><div class="scale" aria-hidden="true"><span>{most:,}</span><span>0</span></div>'
    yield (
        f'<svg viewBox="0 0 {axis.number} {most}" preserveAspectRatio="none" role="img" tabindex="0" '
        f'aria-label="Failures over time, {_length(axis.step)} a column; the table below has the numbers">'
    )
    for height in (0, most / 2, most):
        yield f'<line class="grid" x1="0" x2="{axis.number}" y1="{height:g}" y2="{height:g}"/>'
    yield from (_column(axis, series, column, most) for column in range(axis.number))
    ticks = (round(axis.number * tick / (_TICKS - 1)) for tick in range(_TICKS))
    shape = _tick_shape(axis)
    spans = "".join(f"<span>{axis.start(column):{shape}}</span>" for column in ticks)
    yield f'</svg><div class="ticks" aria-hidden="true">{spans}</div></div>'
    yield f'<p class="readout" aria-live="polite">Each column is {_length(axis.step)}.</p></figure>'


def _legend(series: Sequence[_Series]) -> Iterator[str]:
    for one in series[:_COLOURS]:
        yield f'<li><span class="dot f{one.colour}"></span><span class="code">{_safe(one.name)}</span></li>'
    others = len(series) - _COLOURS
    if others > 0:
        yield f'<li><span class="dot f{_COLOURS}"></span>{counted(others, "other code")}</li>'


def _column(axis: _Axis, series: Sequence[_Series], column: int, most: int) -> str:
    bars, said, floor = [], [], most
    for one in series:
        count = one.counts[column]
        if count:
            floor -= count
            bars.append(f'<rect class="f{one.colour}" x="{column + 0.07:g}" y="{floor}" width=".86" height="{count}"/>')
            said.append(f"{count:,} {one.name}")
    start = f"{axis.start(column):%Y-%m-%d %H:%M:%S}"
    says = _safe(f"{start}: {', '.join(said) or 'none'}")
    catch = f'<rect class="catch" x="{column}" y="0" width="1" height="{most}"/>'
    return f'<g class="bar" data-says="{says}">{catch}{"".join(bars)}</g>'


def _round(number: int) -> int:
    """
    Round up to a number that people like.
    """
    step = int(10 ** (len(str(number)) - 1))
    return next(top for top in (2 * step, 3 * step, 4 * step, 6 * step, 8 * step, 10 * step) if top >= number)


def _length(seconds: int) -> str:
    for unit, name in ((_DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            return counted(seconds // unit, name)
    return counted(seconds, "second")


def _tick_shape(axis: _Axis) -> str:
    if axis.step >= _DAY:
        return "%Y-%m-%d"
    if axis.step * axis.number > _DAY:
        return "%m-%d %H:%M"
    return "%H:%M" if axis.step >= 60 else "%H:%M:%S"  # noqa: PLR2004 -- seconds of a minute


def _table(groups: Sequence[Group], axis: _Axis | None, colours: dict[str, int]) -> Iterator[str]:
    yield '<h2>What and where</h2>\n<table>\n<thead><tr><th scope="col" class="number">Count</th>'
    yield '<th scope="col">Code</th>'
    yield '<th scope="col">Endpoint</th><th scope="col">First</th><th scope="col">Last</th>'
    yield '<th scope="col">Over time</th></tr></thead>\n<tbody>'
    for number, group in enumerate(groups):
        code = group.diagnosis.code
        yield (
            f'<tr><td class="number">{group.count:,}</td><td class="what"><span class="dot f{colours[code]}"></span>'
            f'<a class="code" href="#failure-{number}">{_safe(code)}</a></td>'
            f'<td class="where">{_safe(group.where or "unknown")}</td>'
            f'<td class="when first">{_time(group.first)}</td><td class="when last">{_time(group.last)}</td>'
            f'<td class="over">{"" if axis is None else _spark(axis, group, colours[code])}</td></tr>'
        )
    yield "</tbody>\n</table>"


def _time(moment: datetime | None) -> str:
    if moment is None:
        return "no time"
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S}</time>'


def _times(count: int) -> str:
    return "once" if count == 1 else counted(count, "time")


def _spark(axis: _Axis, group: Group, colour: int) -> str:
    """
    Draw how often one failure was seen, each on a scale of its own.
    """
    number = min(axis.number, _SPARK_COLUMNS)
    counts = [0] * number
    for column, count in enumerate(axis.counts(group.times)):
        counts[column * number // axis.number] += count
    most = max(counts)
    bars = "".join(
        f'<rect class="f{colour}" x="{column}.1" y="{most - count}" width=".8" height="{count}"/>'
        for column, count in enumerate(counts)
        if count
    )
    return (
        f'<svg class="spark" viewBox="0 0 {number} {most}" preserveAspectRatio="none" aria-hidden="true">'
        f'<line class="grid" x1="0" x2="{number}" y1="{most}" y2="{most}"/>{bars}</svg>'
    )


def _card(number: int, group: Group, colours: dict[str, int]) -> str:
    """
    Say of one failure what it is and what to do.
    """
    known = group.diagnosis
    entry = CATALOG[known.code]
    errno = f'<span class="soft">{_safe(known.errno_name)}</span>' if known.errno_name else ""
    where = f"<span>{_safe(group.where)}</span>" if group.where else ""
    short, long = RETRIES[known.retry]
    hints = "".join(f"<li>{_prose(hint)}</li>" for hint in known.hints)
    places = [f"<li>First: <code>{_safe(group.place.name)}</code>, line {group.place.line:,}</li>"]
    places += [f"<li><code>{_safe(name)}</code>: {_times(count)}</li>" for name, count in group.files.items()]
    about = "".join(f"<p>{_prose(part)}</p>" for part in entry.about.split("\n\n"))
    link = f'<p><a href="{_safe(known.docs_url)}">The page about {known.code}</a></p>' if known.docs_url else ""
    return (
        f'<article class="card" id="failure-{number}">\n<h3><span><span class="dot f{colours[known.code]}"></span>'
        f'<span class="code">{known.code}</span></span>{errno}{where}</h3>\n'
        f'<p class="seen">{_safe(describe(group))}</p>\n'
        f'<p>{_prose(known.cause)}</p>\n<ol>{hints}</ol>\n<p class="retry {known.retry}">Is a retry safe? '
        f"<b>{short}</b>: {long}.</p>\n{link}"
        f"<details><summary>What happens on the wire</summary><div>{about}</div></details>\n"
        f'<details><summary>Where it was seen</summary><ul class="files">{"".join(places)}</ul></details>\n</article>'
    )
