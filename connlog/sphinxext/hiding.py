"""
Where libraries hide a failure: what each tested client raises for it, and every class that means it.

The tests of the clients have seen the first, the catalog knows the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from docutils import nodes

from connlog._model import Entry
from connlog.catalog import wrappers
from connlog.sphinxext import names, results, words
from connlog.sphinxext.clients import RESULTS
from connlog.sphinxext.nodes import Cell, Page, paragraph, table
from connlog.sphinxext.speech import say


class Client(NamedTuple):
    """
    A tested client.

    Attributes:
        name: As people know it; what follows a space tells variants apart.
        version: Of its library; for the standard library that of Python.
    """

    name: str
    version: str

    @property
    def library(self) -> str:
        """
        What the variants have in common.
        """
        return self.name.partition(" ")[0]

    @property
    def standard(self) -> bool:
        """
        Whether it belongs to the standard library.
        """
        return names.library(f"{self.library}.") == names.PYTHON


class Inside(NamedTuple):
    """
    What was inside of an exception; clients with the same share a row.

    Attributes:
        chain: Qualified classes, from the one that is caught to the error itself.
        errno_name: What the error is, where that is left.
        errno_in: ``attribute``, or ``message`` where only words are left of it.
    """

    chain: tuple[str, ...]
    errno_name: str | None
    errno_in: str | None


def described(entry: Entry, page: Page) -> list[nodes.Node]:
    """
    Make the table of what clients raise, and the list of classes.

    Raises:
        ExtensionError: The file of results is damaged.
    """
    return [*_raised(entry, page), *_classes(entry, page)]


def _raised(entry: Entry, page: Page) -> Iterator[nodes.Node]:
    seen = results.own(RESULTS, lambda data: _seen(data, entry.code))
    if not seen:
        return
    numbered = any(inside.errno_name for inside in seen)
    yield paragraph(say(words.RAISED[numbered]), page)
    head = (words.LIBRARY, words.CHAIN, *([words.ERRNO] if numbered else []))
    rows: Iterable[Sequence[Cell]] = (
        [
            [nodes.Text(_names(clients))] if row == 0 else None,
            _nested(inside.chain),
            *([_errno(inside)] if numbered else []),
        ]
        for clients, found in groupby(seen.items(), key=lambda item: item[1])
        for row, (inside, _) in enumerate(found)
    )
    label = say(words.RAISED_TABLE).format(code=entry.code)
    yield table(label, head, rows, "connlog-raised")


def _seen(data: Mapping[str, Any], code: str) -> dict[Inside, list[Client]]:
    """
    Gather the clients by what was inside; first where the standard library is among them, then by name.
    """
    seen: dict[Inside, list[Client]] = {}
    for client in data["clients"]:
        found = Client(client["name"], client["version"])
        for cell in client["faults"].values():
            if cell["code"] == code:
                clients = seen.setdefault(Inside(tuple(cell["chain"]), cell["errno_name"], cell["errno_in"]), [])
                clients += [] if found in clients else [found]
    ordered = {inside: sorted(clients, key=_order) for inside, clients in seen.items()}
    return dict(sorted(ordered.items(), key=lambda item: (_order(item[1][0]), len(item[0].chain))))


def _order(client: Client) -> tuple[bool, str]:
    return not client.standard, client.name.lower()


def _names(clients: Sequence[Client]) -> str:
    """
    Name clients with their versions: those of the standard library with Python's, variants behind their library.
    """
    standard = [client.name for client in clients if client.standard]
    said = [f"{', '.join(standard)} (Python {clients[0].version})"] if standard else []
    others = [client for client in clients if not client.standard]
    for _, group in groupby(others, key=lambda client: client.library):
        first, *variants = group
        also = ", ".join(variant.name.removeprefix(f"{variant.library} ") for variant in variants)
        shown = f"{first.name} {first.version}"
        said.append(say(words.VARIANTS).format(client=shown, variants=also) if also else shown)
    return ", ".join(said)


def _nested(chain: Sequence[str]) -> list[nodes.Node]:
    """
    Show what is caught, then what is inside of it from the outside in; a module that stays is named once.
    """
    shown: list[nodes.Node] = [nodes.literal("", chain[0], classes=["connlog-caught"])]
    for outer, inner in pairwise(chain):
        module, _, name = inner.rpartition(".")
        again = module == outer.rpartition(".")[0]
        shown += [nodes.Text(" > "), nodes.literal("", name if again else inner)]
    return shown


def _errno(inside: Inside) -> list[nodes.Node]:
    if inside.errno_name is None:
        return [nodes.Text(say(words.LOST))]
    shown: list[nodes.Node] = [nodes.literal("", inside.errno_name)]
    return [*shown, nodes.Text(" " + say(words.IN_MESSAGE))] if inside.errno_in == "message" else shown


def _classes(entry: Entry, page: Page) -> Iterator[nodes.Node]:
    """
    List the classes of third parties that mean the code, by library; those that may mean others too say so.
    """
    rows: Sequence[Sequence[Cell]] = [
        [[nodes.literal("", name)], [nodes.Text(say(words.MEANS[when]))]] for name, when in _meant(entry.code, page)
    ]
    if rows:
        yield paragraph(say(words.CLASSES), page)
        label = say(words.WRAPPED_TABLE).format(code=entry.code)
        yield table(label, (words.CLASS, words.MEANS_IT), rows, "connlog-meant")


def _meant(code: str, page: Page) -> Iterator[tuple[str, str]]:
    """
    Find the third-party classes that mean a code, those that leave no doubt first: always, usually, sometimes.
    """
    known = names.meanings(page.catalog)
    found = {row.type: known[row.type] for row in sorted(wrappers.CLASSES, key=lambda row: row.type)}
    for certain in (True, False):
        for name, meaning in found.items():
            if meaning.code == code and meaning.certain == certain:
                yield name, "always" if certain else "usually"
    yield from ((name, "sometimes") for name, meaning in found.items() if code in meaning.worded)
