"""
The tables over all entries: errno numbers by platform, exception classes by library, and the settings of ``conf.py``.

Each row is a place that links can go to; the caller says how a place is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from docutils import nodes

from connlog.catalog import Catalog, numbers
from connlog.catalog import words as spoken
from connlog.sphinxext import config, names, pages, words
from connlog.sphinxext.names import Meaning
from connlog.sphinxext.nodes import Cell, Page, bullets, commas, definitions, link, prose, table
from connlog.sphinxext.speech import say

Mark = Callable[[str, str, str], list[nodes.Node]]
"""Marks the place that is about a name: takes what kind of name it is, the name, and what it means in words."""


def errnos(page: Page, mark: Mark) -> nodes.Element:
    """
    Make the table of errnos: a row for each name, a column for each platform.
    """
    rows: Iterable[Sequence[Cell]] = [_errno(name, page, mark) for name in sorted(numbers.ERRNOS)]
    head = (words.NAME, words.FAILURE, *spoken.PLATFORMS.values())
    return table(say(words.ERRNOS_TABLE), head, rows, "connlog-errnos")


def _errno(name: str, page: Page, mark: Mark) -> Sequence[Cell]:
    entry = page.catalog.by_errno(name)
    return [
        [*mark("errno", name, entry.title if entry else ""), nodes.literal("", name)],
        [link(entry, page.docname) if entry else nodes.Text(say(words.NONE))],
        *([nodes.Text(pages.spelled(numbers.ERRNOS[name].get(platform, ())))] for platform in spoken.PLATFORMS),
    ]


def wrappers(page: Page, mark: Mark, versions: Mapping[str, str]) -> nodes.Element:
    """
    Make the list of exception classes by library, the standard library first; a list, since a phone is narrow.

    Args:
        page: Where it stands.
        mark: Marks the place of each class.
        versions: Which version of a library was tested.
    """
    known = names.meanings(page.catalog)
    ordered = sorted(known, key=lambda name: (*names.shelf(name), name.lower()))
    return definitions(
        (
            _library(library, versions),
            [bullets([*_class(name, known[name], page, mark)] for name in members)],
        )
        for library, members in groupby(ordered, key=names.library)
    )


def tested(clients: Iterable[tuple[str, str]]) -> dict[str, str]:
    """
    Say for each library which version of it was tested: clients are named after it, or after a module of Python's.
    """
    return {names.library(f"{name.split()[0]}."): version for name, version in clients}


def _library(library: str, versions: Mapping[str, str]) -> list[nodes.Node]:
    """
    Name a library as people install it, and the version that was tested.
    """
    named = words.DISTRIBUTIONS.get(library, library)
    said: list[nodes.Node] = [nodes.strong("", named)]
    if named in versions:
        tested = say(words.TESTED_WITH).format(version=versions[named])
        said += [nodes.Text(" "), nodes.inline("", tested, classes=["connlog-version"])]
    return said


def _class(name: str, meaning: Meaning, page: Page, mark: Mark) -> Iterator[nodes.Node]:
    """
    Say what a class means: always, unless its message says otherwise, or only as its message says.
    """
    yield from mark("exception", name, titles(meaning, page.catalog))
    yield nodes.literal("", name)
    yield nodes.Text(": ")
    if meaning.code is not None:
        yield link(page.catalog[meaning.code], page.docname, slug=True)
    elif meaning.certain:
        yield nodes.Text(say(words.NEVER))
    if not meaning.certain:
        yield nodes.Text("; " if meaning.code else "")
        yield nodes.Text(f"{say(words.AS_SAID)} ")
        yield from commas(_said(meaning, page))


def _said(meaning: Meaning, page: Page) -> Iterator[nodes.Node]:
    """
    List what a message may say: codes, then that it is no connection failure, then whatever else it may name.
    """
    for code in meaning.worded:
        if code is not None:
            yield link(page.catalog[code], page.docname, slug=True)
    if None in meaning.worded:
        yield nodes.Text(say(words.NEVER))
    if meaning.reads:
        yield nodes.Text(say(words.WHATEVER))


def titles(meaning: Meaning, catalog: Catalog) -> str:
    """
    Name the failures that a class may mean.
    """
    return ", ".join(catalog[code].title for code in meaning.codes) or say(words.NEVER)


def settings(page: Page) -> nodes.Element:
    """
    Make the list of settings: each with what it is for, what may be written, and what holds where nothing is.
    """
    return definitions(
        (
            [nodes.literal("", setting.name)],
            [
                nodes.paragraph("", "", *prose(setting.description, page)),
                nodes.paragraph("", "", *prose(_choice(setting), page)),
            ],
        )
        for setting in config.SETTINGS
    )


def _choice(setting: config.Setting) -> str:
    """
    Say what may be written for a setting, and what holds where nothing is.
    """
    return say(words.CHOICE).format(wanted=say(words.WANTED[setting.name]), default=setting.default)
