"""
An entry of the catalog as a reader sees it: its parts in their order, and the tables over many entries.

Whatever a page says comes from the catalog, the wrappers and the numbers; headings and the words for
facts come from :mod:`connlog.sphinxext.words`. A new part is one function and one row of :data:`PARTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from docutils import nodes

from connlog._model import Entry, Hint
from connlog.catalog import Catalog, numbers, situation
from connlog.catalog import words as spoken
from connlog.sphinxext import captured, hiding, passages, wire, words
from connlog.sphinxext.nodes import (
    PART,
    Cell,
    Page,
    badge,
    bullets,
    colon,
    commas,
    definitions,
    link,
    paragraph,
    prose,
    sample,
    source,
    table,
)
from connlog.sphinxext.speech import say

_CODE = "code="

Part = Callable[[Entry, Page], list[nodes.Node]]
"""One part of an entry: its nodes without a heading, or none if there is nothing to say."""


def described(entry: Entry, page: Page) -> Iterator[nodes.Node]:
    """
    Make the whole of an entry: the cause, the facts, and every part under its heading.
    """
    yield cause(entry, page)
    yield facts(entry)
    for heading, part in PARTS:
        body = part(entry, page)
        if body:
            yield rubric(heading)
            yield from body


def summarised(entry: Entry, page: Page) -> Iterator[nodes.Node]:
    """
    Make the short form of an entry: the cause, the facts, and what to check first whatever the situation.
    """
    yield cause(entry, page)
    yield facts(entry)
    yield from _own_first(entry, page)
    yield bullets([passages.quote(hint.text, page)] for hint in entry.hints if not hint.when)


def rubric(heading: str) -> nodes.rubric:
    """
    Make the heading of a part: no entry in the table of contents, yet a heading to a screen reader.
    """
    return nodes.rubric("", say(heading), classes=[PART])


def cause(entry: Entry, page: Page) -> nodes.paragraph:
    """
    Say the cause in its one or two sentences, for any server.
    """
    return nodes.paragraph("", "", _cause(entry, page), classes=["connlog-cause"])


def _cause(entry: Entry, page: Page) -> passages.Passage:
    said = entry.cause.format_map(spoken.UNKNOWN)
    return passages.quote(said[:1].upper() + said[1:], page, literal=entry.cause)


def facts(entry: Entry) -> nodes.field_list:
    """
    List what an event says about the code, in a few words each.
    """
    known = [nodes.literal("", name) for name in (*entry.errnos, *entry.exceptions)]
    rows: tuple[tuple[str, Sequence[nodes.Node]], ...] = (
        (words.CODE, [nodes.literal("", entry.code)]),
        (words.FAILS, [nodes.Text(say(spoken.PHASES[entry.phase]))]),
        (words.RETRY, [badge(entry.retry), colon(), nodes.Text(say(spoken.RETRIES[entry.retry][1]))]),
        (words.KNOWN_BY, commas(known)),
    )
    fields = (
        nodes.field("", nodes.field_name("", say(name)), nodes.field_body("", nodes.paragraph("", "", *body)))
        for name, body in rows
        if body
    )
    return nodes.field_list("", *fields, classes=["connlog-facts"])


def _causes(entry: Entry, page: Page) -> list[nodes.Node]:
    if not entry.causes:
        return []
    return [bullets(([passages.quote(item.text, page), *_seen_in(item.sources)] for item in entry.causes), ranked=True)]


def _seen_in(threads: Sequence[str]) -> list[nodes.Node]:
    """
    Name the threads in which a cause was found by repository and number, in small print.
    """
    if not threads:
        return []
    return [
        nodes.Text(" "),
        nodes.inline(
            "",
            "",
            *commas(source(name, shown=name.rpartition("/")[2]) for name in threads),
            classes=["connlog-threads"],
        ),
    ]


def _hints(entry: Entry, page: Page) -> list[nodes.Node]:
    """
    Group the hints by situation: first what holds in any, since a reader knows which one is theirs, a page does not.
    """
    ordered = sorted(entry.hints, key=lambda hint: bool(hint.when))
    return [
        *_own_first(entry, page),
        definitions(
            (prose(heading(when), page), [passages.paragraph(hint.text, page) for hint in hints])
            for when, hints in groupby(ordered, key=lambda hint: hint.when)
        ),
    ]


def _own_first(entry: Entry, page: Page) -> list[nodes.Element]:
    """
    Show the team's own hints for a code, and say that what comes below is not theirs.
    """
    own = runbook(own_hints(page.catalog, entry.code), page)
    return [*own, paragraph(say(words.CATALOGUED), page)] if own else []


def own_hints(catalog: Catalog, code: str | None = None) -> list[Hint]:
    """
    Find the team's own hints for a code; without a code, those that may help with any.
    """
    if code is None:
        return [hint for hint in catalog.runbook if not any(fact.startswith(_CODE) for fact in hint.when)]
    return [hint for hint in catalog.runbook if f"{_CODE}{code}" in hint.when]


def runbook(hints: Iterable[Hint], page: Page) -> list[nodes.Element]:
    """
    Show the team's own hints in a block of their own, marked as theirs, each with its link; nothing if there are none.
    """
    grouped: dict[tuple[str, ...], list[Hint]] = {}
    for hint in hints:
        grouped.setdefault(tuple(fact for fact in hint.when if not fact.startswith(_CODE)), []).append(hint)
    if not grouped:
        return []
    body = definitions(
        (prose(heading(when), page), [_own(hint, page) for hint in grouped[when]]) for when in sorted(grouped, key=bool)
    )
    return [nodes.admonition("", nodes.title("", say(words.RUNBOOK)), body, classes=["connlog-runbook"])]


def _own(hint: Hint, page: Page) -> nodes.paragraph:
    made = passages.paragraph(hint.text, page)
    if hint.link:
        made += [nodes.Text(" "), nodes.reference("", hint.link, refuri=hint.link, internal=False)]
    return made


def heading(when: Sequence[str]) -> str:
    """
    Word the facts under which a hint applies, as a heading.
    """
    said = situation(when, say) or say(words.ALWAYS)
    return said[:1].upper() + said[1:]


def _examples(entry: Entry, page: Page) -> list[nodes.Node]:
    if not page.examples:
        return []
    return [
        paragraph(say(words.RAISES), page),
        sample(entry.raises.code, "python"),
        paragraph(say(words.COPES[entry.fixed.ends]), page),
        sample(entry.fixed.code, "python"),
    ]


def _wire(entry: Entry, page: Page) -> list[nodes.Node]:
    steps = [wire.listed(entry.wire, page)] if entry.wire else []
    return [*steps, *(passages.paragraph(text, page) for text in entry.about.split("\n\n"))]


def _scenarios(entry: Entry, page: Page) -> list[nodes.Node]:
    if not entry.scenarios:
        return []
    return [
        definitions(
            (
                [passages.quote(item.where[:1].upper() + item.where[1:], page, literal=item.where)],
                [passages.paragraph(item.text, page)],
            )
            for item in entry.scenarios
        )
    ]


def _errnos(entry: Entry, page: Page) -> list[nodes.Node]:
    del page
    if not entry.errnos:
        return []
    rows: Iterable[Sequence[Cell]] = (
        [
            [nodes.literal("", name)],
            *([nodes.Text(spelled(numbers.ERRNOS[name].get(platform, ())))] for platform in spoken.PLATFORMS),
        ]
        for name in entry.errnos
    )
    label = say(words.NUMBERS_TABLE).format(code=entry.code)
    return [table(label, (words.NAME, *spoken.PLATFORMS.values()), rows, "connlog-errnos")]


def spelled(values: Iterable[int]) -> str:
    """
    Spell the numbers of an errno.
    """
    return ", ".join(map(str, values)) or say(words.NONE)


def _see_also(entry: Entry, page: Page) -> list[nodes.Node]:
    similar = [page.catalog[code] for code in entry.see_also if code in page.catalog]
    if not similar:
        return []
    return [bullets([link(other, page.docname), nodes.Text(": "), _cause(other, page)] for other in similar)]


def _sources(entry: Entry, page: Page) -> list[nodes.Node]:
    del page
    return [bullets([source(text)] for text in entry.sources)]


PARTS: tuple[tuple[str, Part], ...] = (
    (words.LOOKS, captured.described),
    (words.CAUSES, _causes),
    (words.HINTS, _hints),
    (words.EXAMPLES, _examples),
    (words.WIRE, _wire),
    (words.SCENARIOS, _scenarios),
    (words.NUMBERS, _errnos),
    (words.WRAPPED, hiding.described),
    (words.SEE_ALSO, _see_also),
    (words.SOURCES, _sources),
)
"""The parts of an entry in their order, each with its heading."""


def overview(entries: Iterable[Entry], page: Page) -> nodes.Element:
    """
    Make the table of many entries, a row each.
    """
    rows: Iterable[Sequence[Cell]] = (
        [
            [link(entry, page.docname), nodes.Text(" "), nodes.literal("", entry.code)],
            commas(nodes.literal("", name) for name in entry.errnos),
            [badge(entry.retry)],
        ]
        for entry in entries
    )
    return table(say(words.FAILURES_TABLE), (words.FAILURE, words.ERRNO, words.RETRY), rows, "connlog-overview")
