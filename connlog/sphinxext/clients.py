"""
The table of tested clients: what connlog said of each client's failure under each fault.

The results are a JSON file that the tests of the clients write::

    {"faults": {"refuse": "a closed port"},
     "clients": [{"name": "requests", "version": "2.34.2",
                  "faults": {"refuse": {"code": "connection-refused", "errno_name": "ECONNREFUSED",
                                        "endpoint": true, "phase": "connect", "retry": "safe"}}}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes

from connlog.sphinxext import results, words
from connlog.sphinxext.nodes import Page, badge, link, paragraph, table
from connlog.sphinxext.speech import say, tell

RESULTS = results.DATA / "clients.json"
"""The results of connlog's own tests."""

HEAD = (words.SERVER, words.SAYS, words.RETRY, words.CLIENTS)
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
    """

    clients: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, dict[Outcome, list[str]]], ...]


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
    )


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
    Make the list of clients, and the table with a row for each outcome.
    """
    tested = ", ".join(f"{name} {version}".strip() for name, version in found.clients)
    yield paragraph(say(words.TESTED).format(clients=tested), page)
    rows = (
        [
            [nodes.Text(say(fault))] if row == 0 else None,
            _said(outcome, page),
            [badge(outcome.retry)] if outcome.retry else [nodes.Text(say(words.NONE))],
            [nodes.Text(", ".join(clients))],
        ]
        for fault, outcomes in found.faults
        for row, (outcome, clients) in enumerate(outcomes.items())
    )
    yield table(say(words.CLIENTS_TABLE), HEAD, rows, "connlog-clients")


def _said(outcome: Outcome, page: Page) -> list[nodes.Node]:
    """
    Show the code, the errno below it, and a note where the endpoint could not be known.
    """
    if outcome.code is None:
        return [nodes.Text(say(words.NOTHING))]
    said: list[nodes.Node] = [link(page.catalog[outcome.code], page.docname, slug=True)]
    if outcome.errno_name:
        said += [nodes.Text(" "), nodes.literal("", outcome.errno_name)]
    if not outcome.endpoint:
        said += [nodes.Text(" "), nodes.inline("", say(words.NO_ENDPOINT))]
    return said
