"""
The table of tested clients: what connlog said of each client's failure under each fault.

The results are a JSON file that the tests of the clients write::

    {"faults": {"refuse": "a closed port"},
     "clients": [{"name": "requests", "version": "2.34.2",
                  "faults": {"refuse": {"code": "connection-refused", "errno_name": "ECONNREFUSED",
                                        "endpoint": true, "phase": "connect", "retry": "safe"}}}],
     "empty": [{"why": "It takes no HTTP proxy.", "cells": [{"faults": ["proxy-refuses"], "clients": ["redis"]}]}],
     "untested": {"python-memcached": "raises nothing"}}

``empty`` (why a client has no result for a fault; no faults are all that it has no result for) and ``untested``
(clients that were not tested at all, and why) may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes

from connlog.sphinxext import results, words
from connlog.sphinxext.nodes import Page, badge, definitions, link, paragraph, table
from connlog.sphinxext.speech import say, tell

RESULTS = results.DATA / "clients.json"
"""The results of connlog's own tests."""

HEAD = (words.SERVER, words.SAYS, words.CLIENTS)
"""Headings of the table."""


class Outcome(NamedTuple):
    """
    What connlog said; clients for which it said the same share a row.
    """

    code: str | None
    errno_name: str | None
    phase: str | None
    retry: str | None
    endpoint: bool


class Results(NamedTuple):
    """
    The results of one run of the tests.

    Attributes:
        clients: Name and version of each client.
        faults: For each fault's description: each outcome with the clients that had it.
        empty: For each reason why a result is missing: the descriptions of the faults, and the clients.
        untested: Clients that were not tested, and why.
    """

    clients: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, dict[Outcome, list[str]]], ...]
    empty: tuple[tuple[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]], ...] = ()
    untested: tuple[tuple[str, str], ...] = ()


def read(path: Path, known: Iterable[str]) -> Results:
    """
    Read the results.

    Args:
        path: The JSON file.
        known: The codes that there are.

    Raises:
        ValueError: The file can't be read or has another shape; says which and where.
    """
    found = results.read(path, _results)
    codes = {said.code for _, outcomes in found.faults for said in outcomes}
    unknown = sorted(map(str, codes.difference(known, [None])))
    if unknown:
        raise ValueError(tell(words.UNKNOWN_CODES).format(file=path, codes=", ".join(unknown)))
    return found


def _results(data: Mapping[str, Any]) -> Results:
    return Results(
        clients=tuple((client["name"], client["version"]) for client in data["clients"]),
        faults=tuple((said, _outcomes(fault, data["clients"])) for fault, said in data["faults"].items()),
        empty=tuple(
            (reason["why"], tuple(_cells(cells, data["faults"]) for cells in reason["cells"]))
            for reason in data.get("empty", ())
        ),
        untested=tuple(data.get("untested", {}).items()),
    )


def _cells(cells: Mapping[str, list[str]], faults: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(faults[fault] for fault in cells["faults"]), tuple(cells["clients"])


def _outcomes(fault: str, clients: Iterable[dict[str, Any]]) -> dict[Outcome, list[str]]:
    """
    Gather the clients by what connlog said of them; the outcome that most share comes first.
    """
    found: dict[Outcome, list[str]] = {}
    for client in clients:
        result = client["faults"].get(fault)
        if result is not None:
            said = {name: result[name] for name in Outcome._fields}
            outcome = Outcome(**{**said, "endpoint": bool(said["endpoint"])})
            found.setdefault(outcome, []).append(client["name"])
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def described(found: Results, page: Page) -> Iterator[nodes.Element]:
    """
    Make the list of clients, the table with a row for each outcome, and the list of what has no result, and why.
    """
    versions = dict(found.clients)
    tested = _named(versions, lambda name: f"{name} {versions[name]}".strip())
    yield paragraph(say(words.TESTED).format(clients=tested), page)
    rows = (
        [
            [nodes.Text(say(fault))] if row == 0 else None,
            _said(outcome, page),
            [nodes.Text(_named(clients))],
        ]
        for fault, outcomes in found.faults
        for row, (outcome, clients) in enumerate(outcomes.items())
    )
    yield table(say(words.CLIENTS_TABLE), HEAD, rows, "connlog-clients")
    if found.empty:
        yield paragraph(say(words.EMPTY), page)
        yield definitions(([nodes.Text(say(why))], [*_missing(cells)]) for why, cells in found.empty)
    if found.untested:
        yield paragraph(say(words.UNTESTED), page)
        yield definitions(([nodes.Text(name)], [paragraph(say(why), page)]) for name, why in found.untested)


def _missing(cells: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> Iterator[nodes.paragraph]:
    """
    Say for which clients a result is missing, and for which faults if not for all.
    """
    for faults, clients in cells:
        said = " ".join(map(say, faults))
        yield nodes.paragraph(
            "", "", *([nodes.emphasis("", said), nodes.Text(" ")] if said else []), nodes.Text(_named(clients))
        )


def _named(names: Iterable[str], shown: Callable[[str], str] = str) -> str:
    """
    Name clients, variants behind the first of their library.
    """
    said = []
    for library, group in groupby(names, key=lambda name: name.partition(" ")[0]):
        first, *variants = group
        also = ", ".join(variant.removeprefix(f"{library} ") for variant in variants)
        said.append(say(words.VARIANTS).format(client=shown(first), variants=also) if also else shown(first))
    return ", ".join(said)


def _said(outcome: Outcome, page: Page) -> list[nodes.Node]:
    """
    Show the code, the errno and the verdict below it, and a note where the endpoint could not be known.
    """
    if outcome.code is None:
        return [nodes.Text(say(words.NOTHING))]
    said: list[nodes.Node] = [link(page.catalog[outcome.code], page.docname, slug=True)]
    if outcome.errno_name:
        said += [nodes.Text(" "), nodes.literal("", outcome.errno_name)]
    said += [nodes.Text(" "), badge(outcome.retry)] if outcome.retry else []
    if not outcome.endpoint:
        said += [nodes.Text(" "), nodes.inline("", say(words.NO_ENDPOINT))]
    return said
