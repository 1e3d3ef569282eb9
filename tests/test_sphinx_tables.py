"""
The Sphinx extension's tables that are not made of the catalog: tested clients, event fields.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docutils import nodes

from connlog.catalog import CATALOG, numbers
from connlog.catalog import words as spoken
from connlog.fields import CONVENTIONS
from connlog.sphinxext import clients, config, names
from connlog.sphinxext.words import NEVER, WHATEVER
from tests.roots import Build, Site, whole

REFUSED = {
    "code": "connection-refused",
    "errno_name": "ECONNREFUSED",
    "endpoint": True,
    "phase": "connect",
    "retry": "safe",
}
VERSIONS = {row["name"]: row["version"] for row in json.loads(clients.RESULTS.read_text(encoding="utf-8"))["clients"]}
RESULTS = {
    "faults": {"refuse": "Nothing listens on the port.", "http-500": "Answers with status 500."},
    "clients": [
        {
            "name": "requests",
            "version": "2.34",
            "faults": {"refuse": {**REFUSED, "errno_name": None, "endpoint": None}},
        },
        {"name": "socket", "version": "3.11", "faults": {"refuse": REFUSED}},
        {"name": "socket wrapped", "version": "3.11", "faults": {"refuse": REFUSED}},
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
        ["Nothing listens on the port.", "connection-refused ECONNREFUSED safe", "socket (also wrapped), ssl"],
        ["connection-refused safe endpoint not known", "requests"],
        ["Answers with status 500.", "nothing: no connection failure", "urllib"],
    ]
    page = built.page("index.html")
    assert '<td rowspan="2"><p>Nothing listens on the port.</p></td>' in page
    assert "Tested: requests 2.34, socket 3.11 (also wrapped), ssl, urllib 3.11." in page


def test_what_has_no_result_has_a_reason(tmp_path: Path) -> None:
    """
    Below the table stands why a client has no result, for which faults if not for all; and who was not tested at all.
    """
    cells = [{"faults": ["http-500"], "clients": ["socket", "ssl"]}, {"faults": [], "clients": ["requests"]}]
    more = {"empty": [{"why": "It speaks no HTTP.", "cells": cells}], "untested": {"memcache": "`get` raises nothing"}}
    built = build(tmp_path, json.dumps({**RESULTS, **more}))
    assert built.warnings == []
    items = built.env.get_doctree("index").findall(nodes.definition_list_item)
    found = {item[0].astext(): [line.astext() for line in item[1]] for item in items}
    assert found == {
        "It speaks no HTTP.": ["Answers with status 500. socket, ssl", "requests"],
        "memcache": ["get raises nothing"],
    }


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


def test_every_errno_on_every_platform(tmp_path: Path) -> None:
    """
    The table of errnos has each name once, what it means, and its numbers; each row is a place to link to.
    """
    built = Site(tmp_path, {"index.rst": whole("Numbers", ".. connlog:errnos::")}).build()
    assert built.warnings == []
    found = {row[0]: row[1:] for row in rows(built)}
    assert list(found) == sorted(numbers.ERRNOS)
    for name, (title, *columns) in found.items():
        entry = CATALOG.by_errno(name)
        assert title == (entry.title if entry else "none")
        for platform, said in zip(spoken.PLATFORMS, columns, strict=True):
            assert said == (", ".join(map(str, numbers.ERRNOS[name].get(platform, ()))) or "none")
    assert built.places("errno") == {name: f"index#errno-{name}" for name in numbers.ERRNOS}
    page = built.page("index.html")
    assert all(page.count(f'id="errno-{name}"') == 1 for name in numbers.ERRNOS)


def test_every_class_of_every_library(tmp_path: Path) -> None:
    """
    The list of classes has each class below its library, and says what it means, and which version was tested.
    """
    built = Site(tmp_path, {"index.rst": whole("Classes", ".. connlog:wrappers::")}).build()
    assert built.warnings == []
    items = built.env.get_doctree("index").findall(nodes.definition_list_item)
    found = {item[0].astext(): [line.astext() for line in item[1].findall(nodes.paragraph)] for item in items}
    shown = {line.partition(": ")[0]: line.partition(": ")[2] for lines in found.values() for line in lines}
    assert shown.keys() == names.meanings(CATALOG).keys()
    assert sum(map(len, found.values())) == len(shown)
    assert next(iter(found)) == f"Python tested with {VERSIONS['socket']}"
    assert {f"requests tested with {VERSIONS['requests']}", f"grpcio tested with {VERSIONS['grpcio']}"} <= found.keys()
    assert f"confluent-kafka tested with {VERSIONS['confluent-kafka']}" in found
    assert shown["ConnectionRefusedError"] == "connection-refused"
    assert shown["urllib.error.HTTPError"] == "no connection failure"
    assert shown["requests.exceptions.ConnectTimeout"] == "connect-timeout"
    assert shown["aiohttp.client_exceptions.ClientConnectionError"] == (
        "connection-error; when its message says so: no connection failure"
    )
    assert shown["psycopg2.InterfaceError"] == "when its message says so: not-connected"
    assert shown["valkey.exceptions.ConnectionError"] == (
        "connection-error; when its message says so: pool-exhausted, too-many-connections, closed-by-peer,"
        " any failure that it names"
    )
    assert all(
        any(code in CATALOG for code in re.findall(r"[a-z-]+", said)) or said == NEVER or said.endswith(WHATEVER)
        for said in shown.values()
    )
    assert built.places("exception") == {name: f"index#exc-{name}" for name in shown}
    page = built.page("index.html")
    assert all(page.count(f'id="exc-{name}"') == 1 for name in shown)


def test_a_list_for_phones_is_no_table(tmp_path: Path) -> None:
    """
    Class names are long: they stand in a list, which a narrow screen can break.
    """
    built = Site(tmp_path, {"index.rst": whole("Classes", ".. connlog:wrappers::")}).build("dummy")
    assert not list(built.env.get_doctree("index").findall(nodes.table))


def test_every_setting_is_shown(tmp_path: Path) -> None:
    """
    The list of settings has each with what it is for, what to write, and its default.
    """
    built = Site(tmp_path, {"index.rst": whole("Settings", ".. connlog:settings::")}).build("text")
    text = " ".join(built.page("index.txt").split())
    assert built.warnings == []
    for setting in config.SETTINGS:
        assert f'"{setting.name}"' in text
        assert f'the default is "{setting.default}".' in text
    assert 'Write a folder such as "errors", or None; the default is "None".' in text


def test_tables_are_read_again_when_their_data_change(tmp_path: Path) -> None:
    """
    Pages of tables depend on the files that their rows come from.
    """
    lines = {name: whole(name, f".. connlog:{name}::") for name in ("errnos", "wrappers", "settings", "fields")}
    index = whole("Index", ".. toctree::", *(f"   {name}" for name in lines))
    files = {"index.rst": index, **{f"{name}.rst": text for name, text in lines.items()}}
    built = Site(tmp_path, files).build("dummy")
    read = {page: {Path(name).name for name in built.env.dependencies[page]} for page in lines}
    stages = {f"{stage}.py" for stage in spoken.STAGES}
    assert read["errnos"] == {*stages, "wrappers.py", "numbers.py"}
    assert read["wrappers"] == {*stages, "wrappers.py", "numbers.py", "clients.json"}
    assert read["settings"] == {"config.py", "words.py"}
    assert read["fields"] == {"fields.py"}


@pytest.mark.parametrize(("stage", "told"), [("connect", True), ("tls", False)])
def test_a_table_has_no_empty_column(tmp_path: Path, stage: str, *, told: bool) -> None:
    """
    The overview of failures that have no errno has no column for one.
    """
    lines = (".. connlog:catalog::", f"   :stage: {stage}", "   :style: table")
    build = Site(tmp_path, {"index.rst": whole("Errors", *lines)}).build("dummy")
    (head,) = build.env.get_doctree("index").findall(nodes.thead)
    assert ("errno" in [cell.astext() for cell in head.findall(nodes.entry)]) is told
