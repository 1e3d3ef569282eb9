"""
What happens on the wire: the steps of every code, and the diagram, list and lines that show them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connlog import _manual
from connlog._model import Entry, Message
from connlog.catalog import CATALOG
from connlog.sphinxext import pages, sequence
from connlog.sphinxext.nodes import Page
from connlog.sphinxext.sequence import Figure, Text
from connlog.sphinxext.wire import Wire
from tests.roots import Site, whole

ENTRIES = [pytest.param(entry, id=entry.code) for entry in CATALOG]
REFUSED = CATALOG["connection-refused"]
SVG = "{http://www.w3.org/2000/svg}"
HAIR = 0.001
"""Less than anybody sees."""

Own = Literal["client", "program"]
"""The side that connlog runs on."""

MakeSite = Callable[[Mapping[str, str]], Site]


@pytest.fixture
def site(tmp_path: Path) -> MakeSite:
    """
    Return a function that makes a project of the pages it is given.
    """
    return lambda files: Site(tmp_path, files)


def figure(steps: tuple[Message, ...]) -> Figure:
    """
    Place steps under the names that the catalog has for their participants.
    """
    return sequence.place(steps, {side: side for side in sequence.sides(steps)})


def sentence(step: Message) -> str:
    """
    Say a step as the text alternative does.
    """
    sides = " → ".join(dict.fromkeys((step.sender, step.receiver)))
    return f"{sides}: {step.text}{' (lost)' if step.lost else ''}"


def diagrams(html: str) -> list[ET.Element]:
    """
    Read the diagrams of a page as XML.
    """
    return [read(found) for found in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)]


def read(svg: str) -> ET.Element:
    """
    Read a diagram as XML; it is our own, and this is where it would show that it is none.
    """
    return ET.fromstring(svg)  # noqa: S314


@pytest.mark.parametrize("entry", ENTRIES)
def test_steps_are_few_and_short(entry: Entry) -> None:
    """
    Three to seven steps between two or three sides, in a few words each, without the markup that prose may have.
    """
    assert 3 <= len(entry.wire) <= 7
    assert 2 <= len(sequence.sides(entry.wire)) <= 3
    for step in entry.wire:
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", step.sender)
        assert len(step.text) <= 38
        assert step.text == " ".join(step.text.split())
        assert not re.search(r"[{}`*|<>]|\.$|_\b", step.text)


@pytest.mark.parametrize("entry", ENTRIES)
def test_steps_end_in_what_the_program_sees(entry: Entry) -> None:
    """
    The last step goes on at the client or the program itself; only what is sent can be lost.
    """
    last = entry.wire[-1]
    assert last.sender == last.receiver
    assert last.sender in get_args(Own)
    assert not [step for step in entry.wire if step.lost and step.sender == step.receiver]


@pytest.mark.parametrize("entry", ENTRIES)
def test_messages_go_to_a_neighbour(entry: Entry) -> None:
    """
    No message passes the lifeline of somebody whom it is not for.
    """
    order = sequence.sides(entry.wire)
    assert {abs(order.index(step.sender) - order.index(step.receiver)) for step in entry.wire} <= {0, 1}


@pytest.mark.parametrize("entry", ENTRIES)
def test_diagrams_are_tidy(entry: Entry) -> None:
    """
    Every text is whole, in two lines at most, and has a place of its own in the picture; no lifeline runs into it.
    """
    check(figure(entry.wire), entry.wire)
    placed = figure(entry.wire)
    assert max(len(text.lines) for text in (*placed.heads, *placed.notes, *placed.labels)) <= 2


words = st.text(st.sampled_from("abcWMil. 错误é\N{COMBINING ACUTE ACCENT}"), max_size=60)
sides = st.sampled_from(["client", "server", "proxy", "a very very long name"])


@settings(max_examples=100)
@given(st.lists(st.builds(Message, sides, sides, words, st.booleans()), min_size=1, max_size=8).map(tuple))
def test_any_diagram_is_tidy(steps: tuple[Message, ...]) -> None:
    """
    Whatever translators make of the words, nothing overlaps and nothing leaves the picture.
    """
    check(figure(steps), steps)


def check(placed: Figure, steps: tuple[Message, ...]) -> None:
    """
    Check that everything is there, and that nothing is in the way of anything else.
    """
    texts = [*placed.heads, *placed.notes, *placed.labels]
    said = [
        *sequence.sides(steps),
        *(step.text for step in sorted(steps, key=lambda step: step.sender != step.receiver)),
    ]
    assert ["".join("".join(text.lines).split()) for text in texts] == ["".join(text.split()) for text in said]
    assert len(placed.arrows) == len(placed.labels)
    for text in texts:
        assert 0 < text.left < text.right < sequence.WIDTH
        assert 0 <= text.top < text.bottom <= placed.height
        assert max(map(sequence.width, text.lines)) < text.right - text.left
    assert [pair for pair in combinations(texts, 2) if overlap(*pair)] == []
    for x, start, end in placed.lifelines:
        assert [
            text
            for text in texts
            if text.left + HAIR < x < text.right - HAIR and start < text.bottom and text.top < end
        ] == []
    for label, arrow in zip(placed.labels, placed.arrows, strict=True):
        assert label.bottom <= arrow.height
        assert min(arrow.start, arrow.end) - HAIR < label.left < label.right < max(arrow.start, arrow.end) + HAIR
    assert all(above.height < below.height for above, below in pairwise(placed.arrows))


def overlap(one: Text, other: Text) -> bool:
    """
    Tell whether two texts share a place.
    """
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def test_hostile_words_stay_words() -> None:
    """
    What looks like markup in a step, a title or a description is shown, not obeyed.
    """
    bad = "</svg><script>alert('1')&amp;\"]]>"
    steps = (Message(bad, "server", bad), Message(bad, bad, bad))
    svg = sequence.draw(figure(steps), bad, bad, "id")
    root = read(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert root.findtext(f"{SVG}title") == root.findtext(f"{SVG}desc") == bad
    assert "".join(node.text or "" for node in root.iter(f"{SVG}text")).count("script") >= 1


@pytest.mark.parametrize("builder", ["html", "dirhtml", "singlehtml"])
def test_html_shows_every_diagram(site: MakeSite, builder: str) -> None:
    """
    Each code has its diagram: well-formed, an arrow a message, ids of its own, and all its steps in words.
    """
    files = {
        "index.rst": whole("Errors", ".. connlog:catalog::", "", ".. toctree::", "   again"),
        "again.rst": whole("Again", f".. connlog:entry:: {REFUSED.code}", "   :no-index:"),
    }
    build = site(files).build(builder)
    assert build.warnings == []
    html = build.page("index.html")
    found = diagrams(html)
    entries = [*CATALOG, REFUSED] if builder == "singlehtml" else [*CATALOG]
    assert len(found) == len(entries)
    for entry, svg in zip(entries, found, strict=True):
        sent = [step for step in entry.wire if step.sender != step.receiver]
        arrows = [node.get("class") for node in svg.iter(f"{SVG}g") if "connlog-arrow" in node.get("class", "").split()]
        assert len(arrows) == len(sent)
        assert [" connlog-lost" in f" {name}" for name in arrows] == [step.lost for step in sent]
        numbered = (f"{number}. {sentence(step)}." for number, step in enumerate(entry.wire, 1))
        assert (svg.findtext(f"{SVG}desc") or "").splitlines() == list(numbered)
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby") == svg.find(f"{SVG}title").attrib["id"]  # type: ignore[union-attr]
        assert svg.get("aria-describedby") == svg.find(f"{SVG}desc").attrib["id"]  # type: ignore[union-attr]
    ids = [node.attrib["id"] for svg in found for node in svg.iter() if "id" in node.attrib]
    assert len(ids) == len(set(ids)) == 2 * len(entries)


@pytest.mark.parametrize(
    ("builder", "name", "line"),
    [
        ("text", "index.txt", "1. client → server: SYN (lost)\n\n2. client: waits 1 s"),
        ("man", "site.1", "client → server: SYN (lost)"),
        ("latex", "site.tex", r"client \(\rightarrow\) server: SYN (lost)"),
        ("texinfo", "site.texi", "client → server: SYN (lost)"),
        ("epub", "index.xhtml", "<p>client → server: SYN (lost)</p>"),
    ],
)
def test_other_builders_show_the_steps(site: MakeSite, builder: str, name: str, line: str) -> None:
    """
    Where there is no diagram the steps stand in a numbered list.
    """
    build = site({"index.rst": whole("Errors", ".. connlog:entry:: connect-timeout")}).build(
        builder, copyright="us", version="1"
    )
    page = re.sub(r"</?span[^>]*>", "", build.page(name))
    assert line in page
    assert "<svg" not in page


def test_the_diagram_says_what_the_translated_list_says(site: MakeSite, tmp_path: Path) -> None:
    """
    Translators are asked for each word once; what they answer stands in the list and in the diagram.
    """
    files = {"index.rst": whole("Errors", f".. connlog:entry:: {REFUSED.code}")}
    asked = site(files).build("gettext").page("index.pot")
    words = {side for step in REFUSED.wire for side in (step.sender, step.receiver, step.text)}
    assert {word: asked.count(f'msgid "{word}"\n') for word in words} == dict.fromkeys(words, 1)
    answers = {"client": "Kunde", "RST, ACK": "RST und <ACK>"}
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\n'
    said = "".join(f'msgid "{word}"\nmsgstr "{answer}"\n\n' for word, answer in answers.items())
    german = Site(tmp_path / "german", {**files, "locales/de/LC_MESSAGES/index.po": head + said})
    build = german.build(language="de", locale_dirs=["locales"])
    (svg,) = diagrams(build.page("index.html"))
    assert [node.text for node in svg.iter(f"{SVG}text")] == [
        *("Kunde", "server", "no socket listens on this port", "connect() fails: ECONNREFUSED"),
        *("SYN", "RST und <ACK>"),
    ]
    assert "Kunde → server: SYN" in (svg.findtext(f"{SVG}desc") or "")


def test_an_entry_without_steps_has_no_diagram() -> None:
    """
    A catalog of one's own may say nothing about the wire; then the page has the words alone, and the terminal, too.
    """
    silent = replace(REFUSED, wire=())
    page = Page(CATALOG, "index")
    assert not [node for made in pages.described(silent, page) for node in made.findall(Wire)]
    assert "-> server" not in _manual.as_text(silent, width=80)


@pytest.mark.parametrize("entry", ENTRIES)
def test_json_and_terminal_hold_the_steps(entry: Entry) -> None:
    """
    ``connlog catalog --format json`` has each step in full, ``connlog explain`` has a line for it in plain characters.
    """
    assert _manual.as_dict(entry)["wire"] == [step._asdict() for step in entry.wire]
    happens = _manual.as_text(entry, width=100).partition("\nWhat happens\n")[2].partition("\n\n")[0]
    sides = (" -> ".join(dict.fromkeys((step.sender, step.receiver))) for step in entry.wire)
    said = (f"{step.text} (lost)" if step.lost else step.text for step in entry.wire)
    assert [re.split(r"\s{3,}", line.strip()) for line in happens.splitlines()] == [
        *map(list, zip(sides, said, strict=True))
    ]
    assert happens.isascii()
