"""
A sequence diagram: where its pieces stand, and the SVG that shows them.

Imports nothing of connlog but the nouns. Text takes the fonts of the page, so widths are estimates, on the wide side.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from connlog._model import Message

WIDTH = 340
"""Natural width in pixels: a phone's column, so that text shrinks next to nothing there."""

FONT = 12
"""Size of all text."""

PLAIN = "nohighlight"
"""Class of text in which Sphinx's search marks no words: it fails at a title, and hides what it marks elsewhere."""

_LINE = 15
"""Height of a line of text."""

_BASE = 11.2
"""Where in a line its letters stand."""

_EDGE = 48
"""How far the outer lifelines are from the edges."""

_GAP = 13
"""From one step to the next."""

_APART = 8
"""Least space between what must not touch."""

_PAD = 6
"""Space at each side of a text."""

_LOST_AT = 0.7
"""How far a lost message gets."""

_BOLD = 1.15
"""How much wider bold text is."""


class Text(NamedTuple):
    """
    Lines of text in the middle of a box.

    Attributes:
        left: Of the box.
        right: Likewise.
        top: Likewise.
        bottom: Likewise.
        lines: The lines.
    """

    left: float
    right: float
    top: float
    bottom: float
    lines: tuple[str, ...]


class Arrow(NamedTuple):
    """
    One message on its way.

    Attributes:
        start: Where it leaves.
        end: The lifeline that it is for.
        height: Its y.
        lost: It ends in a cross, before it is there.
    """

    start: float
    end: float
    height: float
    lost: bool


class Figure(NamedTuple):
    """
    Everything in its place.

    Attributes:
        height: Of the whole.
        heads: Names of the participants.
        notes: What goes on at one participant.
        labels: Texts of the messages.
        arrows: The messages.
        lifelines: Their visible pieces: x, from y, to y.
    """

    height: float
    heads: tuple[Text, ...]
    notes: tuple[Text, ...]
    labels: tuple[Text, ...]
    arrows: tuple[Arrow, ...]
    lifelines: tuple[tuple[float, float, float], ...]


def sides(steps: Iterable[Message]) -> tuple[str, ...]:
    """
    List the participants in the order in which they come in, left to right.
    """
    return tuple(dict.fromkeys(side for step in steps for side in (step.sender, step.receiver)))


def place(steps: Sequence[Message], names: Mapping[str, str]) -> Figure:
    """
    Put everything in its place, from top to bottom.

    Args:
        steps: The messages.
        names: What stands in the head of each participant.
    """
    columns = _columns(sides(steps))
    heads = _heads(columns, names)
    top = bottom = heads[0].bottom + _GAP
    notes, labels, arrows = [], [], []
    for step in steps:
        start, end = columns[step.sender], columns[step.receiver]
        if step.sender == step.receiver:
            notes.append(_note(step, columns, top))
            bottom = notes[-1].bottom
        else:
            labels.append(_label(step, start, end, top - _APART / 2))
            bottom = labels[-1].bottom + 3
            arrows.append(Arrow(start, end, bottom, step.lost))
        top = bottom + _GAP
    return Figure(
        bottom + 1,
        heads,
        tuple(notes),
        tuple(labels),
        tuple(arrows),
        tuple(_pieces(columns.values(), [*notes, *labels], heads[0].bottom, bottom)),
    )


def _columns(names: Sequence[str]) -> dict[str, float]:
    if len(names) == 1:
        return {names[0]: WIDTH / 2}
    step = (WIDTH - 2 * _EDGE) / (len(names) - 1)
    return {name: _EDGE + number * step for number, name in enumerate(names)}


def _heads(columns: Mapping[str, float], names: Mapping[str, str]) -> tuple[Text, ...]:
    """
    Put the names side by side, all in boxes of the same height.
    """
    room = (2 * _EDGE - _APART - 2 * _PAD) / _BOLD
    wrapped = {side: wrap(names[side], room) for side in columns}
    bottom = 1 + _tall(max(wrapped.values(), key=len)) + _PAD
    return tuple(
        Text(*_spread(x, _widest(wrapped[side]) * _BOLD, 1, WIDTH - 1), 1, bottom, wrapped[side])
        for side, x in columns.items()
    )


def _note(step: Message, columns: Mapping[str, float], top: float) -> Text:
    """
    Put a note over its lifeline, off the middle where it would reach the next one or leave the picture.
    """
    x = columns[step.sender]
    left = max((other + _APART for other in columns.values() if other < x), default=1)
    right = min((other - _APART for other in columns.values() if other > x), default=WIDTH - 1)
    lines = wrap(step.text, right - left - 2 * _PAD)
    return Text(*_spread(x, _widest(lines), left, right), top, top + _tall(lines) + _PAD, lines)


def _label(step: Message, start: float, end: float, top: float) -> Text:
    """
    Put the text of a message between its two lifelines, in the middle of what is seen of its arrow.
    """
    left, right = min(start, end), max(start, end)
    lines = wrap(step.text, right - left - 2 * _PAD)
    middle = start + (end - start) * (_LOST_AT if step.lost else 1) / 2
    return Text(*_spread(middle, _widest(lines), left, right), top, top + _tall(lines), lines)


def _spread(x: float, text: float, left: float, right: float) -> tuple[float, float]:
    """
    Spread a text around an x, as far as that stays between two others.
    """
    half = text / 2 + _PAD
    middle = min(max(x, left + half), right - half)
    return middle - half, middle + half


def _tall(lines: Sequence[str]) -> int:
    return len(lines) * _LINE


def _pieces(
    columns: Iterable[float], texts: Sequence[Text], top: float, bottom: float
) -> Iterator[tuple[float, float, float]]:
    """
    Cut each lifeline where a text stands on it.
    """
    ordered = sorted(texts, key=lambda text: text.top)
    for x in columns:
        cuts = [(text.top, text.bottom) for text in ordered if text.left < x < text.right]
        for (_, start), (end, _) in pairwise([(top, top), *cuts, (bottom, bottom)]):
            if end > start:
                yield x, start, end


def wrap(text: str, room: float) -> tuple[str, ...]:
    """
    Break a text into as few lines as fit, of much the same length; a word that doesn't fit is broken, too.
    """
    words = [piece for word in text.split() for piece in _broken(word, room)] or [""]
    best = _filled(words, room)
    for tighter in range(int(room), int(_widest(words)) - 1, -4):
        lines = _filled(words, max(tighter, _widest(words)))
        if len(lines) > len(best):
            break
        best = lines
    return best


def _broken(word: str, room: float) -> Iterator[str]:
    start = 0
    for end in range(1, len(word) + 1):
        if width(word[start:end]) > room and end - start > 1:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]


def _filled(words: Iterable[str], room: float) -> tuple[str, ...]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def _widest(lines: Iterable[str]) -> float:
    return max(map(width, lines))


def width(text: str) -> float:
    """
    Estimate the width of a text in a wide sans-serif font.
    """
    return FONT * sum(map(_em, text))


def _em(char: str) -> float:
    """
    Estimate the width of a character, in sizes of the font.
    """
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return 1
    if char in " .,:;'|!/-ijlft()[]rI":
        return 0.4
    if char in "mwMW@%…→":
        return 0.98
    if char.isupper() or char.isdigit():
        return 0.72
    return 0.62


def draw(figure: Figure, title: str, description: str, ident: str) -> str:
    """
    Write a figure as SVG that stands in a page: the page's own colour, fonts and escaping, no script.

    Args:
        figure: What to draw.
        title: What it is.
        description: What it shows, in words.
        ident: What its ids begin with.
    """
    parts = (
        _group("lifelines", map(_lifeline, figure.lifelines), ' stroke-opacity="0.5" stroke-dasharray="3 3"'),
        _group("boxes", _boxes(figure), ' fill="currentColor" stroke-opacity="0.55"'),
        _group("arrows", map(_arrow, figure.arrows)),
        _group("texts", _texts(figure), ' fill="currentColor" stroke="none" text-anchor="middle"'),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="connlog-wire" role="img" aria-labelledby="{ident}-title" '
        f'aria-describedby="{ident}-steps" viewBox="0 0 {WIDTH} {figure.height:g}" width="{WIDTH}" '
        f'height="{figure.height:g}" font-size="{FONT}" fill="none" stroke="currentColor" stroke-width="1.25">\n'
        f'<title id="{ident}-title" class="{PLAIN}">{escape(title)}</title>\n'
        f'<desc id="{ident}-steps" class="{PLAIN}">{escape(description)}</desc>\n' + "".join(parts) + "</svg>\n"
    )


def _group(name: str, shapes: Iterable[str], attributes: str = "") -> str:
    return "\n".join([f'<g class="connlog-{name}"{attributes}>', *shapes, "</g>\n"])


def _lifeline(piece: tuple[float, float, float]) -> str:
    x, start, end = piece
    return f'<path d="M{x:g} {start:g}V{end:g}"/>'


def _boxes(figure: Figure) -> Iterator[str]:
    """
    Draw heads and notes; the last note is the end of the story and stands out.
    """
    yield from (_rectangle(head, "head", 3, 0.06) for head in figure.heads)
    yield from (_rectangle(note, "note", 9, 0.06) for note in figure.notes[:-1])
    yield from (_rectangle(note, "end", 9, 0.14) for note in figure.notes[-1:])


def _rectangle(box: Text, kind: str, radius: int, opacity: float) -> str:
    return (
        f'<rect class="connlog-{kind}" x="{box.left:g}" y="{box.top:g}" width="{box.right - box.left:g}" '
        f'height="{box.bottom - box.top:g}" rx="{radius}" fill-opacity="{opacity}"/>'
    )


def _arrow(arrow: Arrow) -> str:
    """
    Draw a message: a line with a head; a lost one is dashed and has a cross where it ends.
    """
    start, end, y, lost = arrow
    way = 1 if end > start else -1
    if lost:
        x = start + (end - start) * _LOST_AT
        line = f'<path d="M{start:g} {y:g}H{x - way * 7:g}" stroke-dasharray="6 3"/>'
        cross = f'<path d="M{x - 4.5:g} {y - 4.5:g}l9 9m0 -9l-9 9" stroke-width="2"/>'
        return f'<g class="connlog-arrow connlog-lost">{line}{cross}</g>'
    tip = end - way
    line = f'<path d="M{start:g} {y:g}H{tip - way * 6:g}"/>'
    head = f'<path d="M{tip:g} {y:g}l{-way * 8:g} -4v8z" fill="currentColor" stroke="none"/>'
    return f'<g class="connlog-arrow">{line}{head}</g>'


def _texts(figure: Figure) -> Iterator[str]:
    """
    Write every line of text, the heads in bold.
    """
    for text in figure.heads:
        yield from _lines(text, ' font-weight="600"')
    for text in (*figure.notes, *figure.labels):
        yield from _lines(text)


def _lines(text: Text, attributes: str = "") -> Iterator[str]:
    x = (text.left + text.right) / 2
    first = (text.top + text.bottom - _tall(text.lines)) / 2 + _BASE
    for number, line in enumerate(text.lines):
        y = first + number * _LINE
        yield f'<text class="{PLAIN}" x="{x:g}" y="{y:g}"{attributes}>{escape(line)}</text>'
