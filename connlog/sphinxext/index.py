"""
The index "Connection failures", and the entries of the general index by which Sphinx's own search finds a number.

Reads what the domain knows; writes nothing to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, cast

from sphinx import addnodes
from sphinx.domains import Index, IndexEntry
from sphinx.locale import get_translation

from connlog._model import Entry
from connlog.catalog import Catalog, numbers
from connlog.catalog import words as spoken
from connlog.sphinxext import names, words
from connlog.sphinxext.domain import ConnlogDomain, Target
from connlog.sphinxext.speech import MESSAGES, say

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_lazily = get_translation(MESSAGES)


class Failures(Index):
    """
    All that pages say about connection failures: by stage, by errno, by exception class.

    .. versionadded:: 0.1.0
    """

    name = "failures"
    localname = _lazily(words.FAILURES)
    shortname = _lazily(words.FAILURES_SHORT)

    def generate(self, docnames: Iterable[str] | None = None) -> tuple[list[tuple[str, list[IndexEntry]]], bool]:
        """
        List the groups that are not empty, each with its entries.
        """
        domain = cast("ConnlogDomain", self.domain)
        among = None if docnames is None else frozenset(docnames)
        kinds: dict[str, dict[str, Target]] = {kind: {} for kind in domain.object_types}
        for kind, name, target in domain.found(among):
            kinds[kind][name] = target
        groups = {
            **{stage: list(_codes(domain.catalog, stage, kinds["code"])) for stage in spoken.STAGES},
            "errno": [_row(name, target, target.title, platforms(name)) for name, target in kinds["errno"].items()],
            "exception": list(_classes(kinds["exception"])),
        }
        return [(_heading(group), rows) for group, rows in groups.items() if rows], False


def _heading(group: str) -> str:
    """
    Name a group by one word, also where a translation has several: the page makes an anchor of it.
    """
    return "-".join(say(words.GROUPS[group]).split())


def _codes(catalog: Catalog, stage: str, found: dict[str, Target]) -> Iterator[IndexEntry]:
    for entry in catalog:
        if entry.stage == stage and entry.code in found:
            yield _row(entry.code, found[entry.code], found[entry.code].title)


def _classes(found: dict[str, Target]) -> Iterator[IndexEntry]:
    """
    List classes below their libraries, the standard library first.
    """
    ordered = sorted(found, key=lambda name: (*names.shelf(name), name.lower()))
    for library, members in groupby(ordered, key=names.library):
        yield IndexEntry(library, 1, "", "", "", "", "")
        for name in members:
            yield _row(name, found[name], found[name].title, subtype=2)


def _row(name: str, target: Target, *said: str, subtype: int = 0) -> IndexEntry:
    """
    Make an entry that says all in one cell, which a phone can break and paper shows too.
    """
    return IndexEntry(name, subtype, target.docname, target.anchor, "; ".join(filter(None, said)), "", "")


def platforms(errno: str) -> str:
    """
    Say which numbers an errno has, platform by platform.
    """
    found = numbers.ERRNOS[errno]
    return ", ".join(f"{spoken.PLATFORMS[name]} {'/'.join(map(str, found[name]))}" for name in found)


def described(entry: Entry, anchor: str, catalog: Catalog) -> addnodes.index:
    """
    Enter an entry in the general index: its code, its errno names and their numbers, its classes.
    """
    rows: list[tuple[str, str]] = []
    for kind, name, rank in names.led_to(entry, catalog):
        rows.append((name, "main" if rank == names.DESCRIBED else ""))
        if kind == "errno":
            rows += ((number, "") for number in _numbers(name))
    return _index(rows, anchor)


def listed(errno: str, anchor: str) -> addnodes.index:
    """
    Enter a row of the table of errnos in the general index.
    """
    return _index([(errno, ""), *((number, "") for number in _numbers(errno))], anchor, inline=True)


def _index(rows: Iterable[tuple[str, str]], anchor: str, *, inline: bool = False) -> addnodes.index:
    return addnodes.index(entries=[("single", text, anchor, main, None) for text, main in rows], inline=inline)


def _numbers(errno: str) -> Iterator[str]:
    """
    Word each number of an errno as an entry with a subentry, bare and with "errno" before it: people search for both.
    """
    found: dict[int, list[str]] = {}
    for platform, values in numbers.ERRNOS[errno].items():
        for value in values:
            found.setdefault(value, []).append(spoken.PLATFORMS[platform])
    for value, where in found.items():
        said = say(words.NUMBER_OF).format(errno=errno, platforms=", ".join(where))
        yield f"{value}; {said}"
        yield f"errno {value}; {said}"


def setup(app: Sphinx) -> None:
    """
    Add the index to the domain.
    """
    app.add_index_to_domain("connlog", Failures)
