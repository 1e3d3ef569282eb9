"""
The table of tested clients: what connlog said of each client's failure under each fault.

The results are a JSON file that the tests of the clients write::

    {"faults": {"refuse": "a closed port"},
     "clients": [{"name": "requests", "version": "2.34.2",
                  "faults": {"refuse": {"code": "connection-refused", "errno_name": "ECONNREFUSED",
                                        "endpoint": true, "phase": "connect", "retry": "safe"}}}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes

from connlog.sphinxext import words
from connlog.sphinxext.nodes import Page, badge, link, paragraph, table
from connlog.sphinxext.speech import say

RESULTS = Path(__file__).parent / "data" / "clients.json"
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
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        clients = tuple((client["name"], client["version"]) for client in data["clients"])
        faults = tuple((described, _outcomes(fault, data["clients"])) for fault, described in data["faults"].items())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; the tests of the clients write this file") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: no JSON: {error.msg}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not the results of the tests of the clients: {error!r}") from error
    unknown = sorted({str(said.code) for _, outcomes in faults for said in outcomes if said.code not in (None, *known)})
    if unknown:
        raise ValueError(f"{path}: unknown code {', '.join(unknown)}")
    return Results(clients, faults)


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


def described(results: Results, page: Page) -> Iterator[nodes.Element]:
    """
    Make the list of clients, and the table with a row for each outcome.
    """
    tested = ", ".join(f"{name} {version}".strip() for name, version in results.clients)
    yield paragraph(say(words.TESTED).format(clients=tested), page)
    rows = (
        [
            [nodes.Text(say(fault))] if row == 0 else None,
            _said(outcome, page),
            [badge(outcome.retry)] if outcome.retry else [nodes.Text(say(words.NONE))],
            [nodes.Text(", ".join(clients))],
        ]
        for fault, outcomes in results.faults
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
