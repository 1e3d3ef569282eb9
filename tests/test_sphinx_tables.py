"""
The Sphinx extension's tables that are not made of the catalog: tested clients, event fields.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docutils import nodes

from connlog.fields import CONVENTIONS
from tests.roots import Build, Site, whole

REFUSED = {
    "code": "connection-refused",
    "errno_name": "ECONNREFUSED",
    "endpoint": True,
    "phase": "connect",
    "retry": "safe",
}
RESULTS = {
    "faults": {"refuse": "Nothing listens on the port.", "http-500": "Answers with status 500."},
    "clients": [
        {
            "name": "requests",
            "version": "2.34",
            "faults": {"refuse": {**REFUSED, "errno_name": None, "endpoint": None}},
        },
        {"name": "socket", "version": "3.11", "faults": {"refuse": REFUSED}},
        {"name": "ssl", "version": "", "faults": {"refuse": {**REFUSED, "endpoint": "127.0.0.1:9"}, "http-500": None}},
        {
            "name": "urllib",
            "version": "3.11",
            "faults": {"http-500": dict.fromkeys(REFUSED)},
        },
    ],
}


def build(folder: Path, results: str) -> Build:
    """
    Build a page with the table of a results file.
    """
    page = whole("Clients", ".. connlog:clients:: data/clients.json")
    return Site(folder, {"index.rst": page, "data/clients.json": results}).build()


def rows(built: Build) -> list[list[str]]:
    """
    Read the cells of the page's table, row by row.
    """
    body = next(built.env.get_doctree("index").findall(nodes.tbody))
    return [[cell.astext() for cell in row] for row in body]


def test_clients_with_the_same_outcome_share_a_row(tmp_path: Path) -> None:
    """
    The table has a row for each outcome of a fault, the commonest first, under the fault that is named once.
    """
    built = build(tmp_path, json.dumps(RESULTS))
    assert built.warnings == []
    assert rows(built) == [
        ["Nothing listens on the port.", "connection-refused ECONNREFUSED", "safe", "socket, ssl"],
        ["connection-refused endpoint not known", "safe", "requests"],
        ["Answers with status 500.", "nothing: no connection failure", "none", "urllib"],
    ]
    page = built.page("index.html")
    assert '<td rowspan="2"><p>Nothing listens on the port.</p></td>' in page
    assert "Tested: requests 2.34, socket 3.11, ssl, urllib 3.11." in page


def test_a_table_scrolls_in_a_frame_of_its_own(tmp_path: Path) -> None:
    """
    The frame has a name and can be reached by keyboard; the style sheet that makes it scroll is there.
    """
    built = build(tmp_path, json.dumps(RESULTS))
    assert '<div class="connlog-frame" role="region" tabindex="0" aria-label="clients and faults">' in built.page(
        "index.html"
    )
    assert 'href="_static/connlog.css' in built.page("index.html")
    assert "overflow-x: auto" in built.page("_static/connlog.css")


def test_changed_results_are_read_again(tmp_path: Path) -> None:
    """
    The page depends on the file of results.
    """
    build(tmp_path, json.dumps(RESULTS))
    again = build(tmp_path, json.dumps({**RESULTS, "clients": RESULTS["clients"][1:]}))
    assert "requests" not in again.page("index.html")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ("{\n]", "line 2: no JSON: Expecting property name enclosed in double quotes"),
        ("[]", "not what the tests write: TypeError"),
        ('{"faults": {}}', "not what the tests write: KeyError('clients')"),
        (json.dumps(RESULTS).replace("connection-refused", "refused"), "clients.json: unknown code refused"),
    ],
)
def test_wrong_results(tmp_path: Path, results: str, said: str) -> None:
    """
    A file that holds something else is an error that names the file and what is wrong with it.
    """
    (warning,) = [line for line in build(tmp_path, results).warnings if "ERROR" in line]
    assert re.search(r"index.rst:4: ERROR: connlog:clients: .*data/clients.json", warning)
    assert said in warning


def test_missing_results(tmp_path: Path) -> None:
    """
    A missing file is an error that names it and says who writes it.
    """
    built = Site(tmp_path, {"index.rst": whole("Clients", ".. connlog:clients:: none.json")}).build()
    assert "none.json: No such file or directory; the tests write this file" in built.warnings[0]


def test_every_field_of_every_convention_is_explained(tmp_path: Path) -> None:
    """
    The table of fields has each field of each convention once, in order, with a sentence about it.
    """
    built = Site(tmp_path, {"index.rst": whole("Fields", ".. connlog:fields::")}).build()
    assert built.warnings == []
    table = rows(built)
    for column, convention in enumerate(CONVENTIONS.values(), 1):
        named = {row[column] for row in table} - {"none"}
        assert named == {field for field, _ in convention.rows}
    assert all(row[0].endswith(".") for row in table)
