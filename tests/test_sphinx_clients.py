"""
What the tests of connlog have seen, on the pages: what a failure looks like, and where libraries hide it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from docutils import nodes
from sphinx.errors import ExtensionError

from connlog.catalog import CATALOG
from connlog.sphinxext import captured, hiding, words
from connlog.sphinxext.nodes import Page
from tests.roots import Site, whole

PAGE = Page(catalog=CATALOG, docname="index")
REFUSED = {"code": "connection-refused", "errno_name": "ECONNREFUSED", "errno_in": "attribute"}
ROOT = "ConnectionRefusedError"
WRAPPED = ("requests.exceptions.ConnectionError", "urllib3.exceptions.MaxRetryError", "urllib3.exceptions.X", ROOT)


def cell(*chain: str, **more: str | None) -> dict[str, Any]:
    """
    Write what a test has seen of one client under one fault.
    """
    return {**REFUSED, "chain": list(chain), **more}


def client(name: str, version: str, *cells: dict[str, Any]) -> dict[str, Any]:
    """
    Write what the tests have seen of one client.
    """
    return {"name": name, "version": version, "faults": {str(number): seen for number, seen in enumerate(cells)}}


def described(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, *clients: dict[str, Any]) -> list[nodes.Node]:
    """
    Make the part of a code that says where libraries hide it, from other results.
    """
    file = folder / "clients.json"
    file.write_text(json.dumps({"clients": clients}), encoding="utf-8")
    monkeypatch.setattr(hiding, "RESULTS", file)
    return hiding.described(CATALOG[code], PAGE)


def rows(made: list[nodes.Node]) -> list[list[str]]:
    """
    Read the cells of the first table, row by row, its head among them.
    """
    table = next(node for part in made for node in part.findall(nodes.table))
    return [[entry.astext() for entry in row] for row in table.findall(nodes.row)]


def test_each_page_shows_what_was_captured(tmp_path: Path) -> None:
    """
    The first part of every entry is its traceback and its event, word for word but for control characters, which are
    named, and says what was replaced.
    """
    build = Site(tmp_path, {"index.rst": whole("Errors", ".. connlog:catalog::")}).build("dummy")
    assert build.warnings == []
    sections = {node["ids"][0]: node for node in build.env.get_doctree("index").findall(nodes.section)}
    recorded = json.loads(captured.RESULTS.read_text(encoding="utf-8"))
    for code in CATALOG.codes:
        part = next(sections[code].findall(nodes.rubric))
        assert part.astext() == words.LOOKS
        traceback, event, *_ = sections[code].findall(nodes.literal_block)
        named = [
            re.sub(r"[\x00-\x08\x0b-\x1f]", lambda found: f"\\x{ord(found[0]):02x}", line)
            for line in recorded[code]["traceback"]
        ]
        assert traceback.astext().splitlines() == named
        assert json.loads(event.astext()) == recorded[code]["event"]
        assert (traceback["language"], event["language"]) == ("pytb", "json")
        assert f"Python {recorded[code]['versions']['Python']}" in sections[code].astext()
        assert "port and paths are replaced" in sections[code].astext()


def test_captured_lines_wrap(tmp_path: Path) -> None:
    """
    On a phone the long lines of a traceback and of an event wrap, and a keyboard reaches the box of a long one.
    """
    page = whole("Errors", ".. connlog:entry:: connection-refused")
    build = Site(tmp_path, {"index.rst": page}).build()
    found = re.findall(
        r'<div class="connlog-captured (highlight-\w+) notranslate">.*?<pre( tabindex="0")?>',
        build.page("index.html"),
        re.DOTALL,
    )
    assert found == [("highlight-pytb", ' tabindex="0"'), ("highlight-json", ' tabindex="0"')]
    assert re.search(r"\.connlog-captured pre \{ white-space: pre-wrap", build.page("_static/connlog.css"))


def test_a_code_without_a_capture_has_no_such_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where nothing was captured, and where no examples are wanted, nothing is shown.
    """
    entry = CATALOG["connection-refused"]
    assert captured.described(entry, PAGE._replace(examples=False)) == []
    monkeypatch.setattr(captured, "RESULTS", tmp_path / "captured.json")
    captured.RESULTS.write_text("{}", encoding="utf-8")
    assert captured.described(entry, PAGE) == []


def test_all_that_clients_raise_is_on_the_page_of_its_code() -> None:
    """
    Whatever a tested client raised for a code stands there: the client, its version, each class, the errno.
    """
    results = json.loads(hiding.RESULTS.read_text(encoding="utf-8"))
    shown = {entry.code: "\n".join(node.astext() for node in hiding.described(entry, PAGE)) for entry in CATALOG}
    for seen in results["clients"]:
        for found in seen["faults"].values():
            text = shown[found["code"]]
            assert seen["name"].partition(" ")[0] in text
            assert seen["version"] in text
            assert (found["errno_name"] or "") in text
            assert all(name.rpartition(".")[2] in text for name in found["chain"])


def test_clients_with_the_same_inside_share_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The standard library comes first, variants stand behind their client, and a module that stays is named once.
    """
    made = described(
        tmp_path,
        monkeypatch,
        "connection-refused",
        client("requests", "2.34.2", cell(*WRAPPED), cell(*WRAPPED)),
        client("redis", "8.1.0", cell(ROOT)),
        client("redis async", "8.1.0", cell(ROOT), cell("OSError", errno_in="message")),
        client("redis sync", "8.1.0", cell(ROOT)),
        client("http.client", "3.11.7", cell(ROOT)),
        client("socket", "3.11.7", cell(ROOT), cell("OSError", code="host-unreachable")),
        client("gone", "1", cell("gone.Error", errno_name=None, errno_in=None)),
    )
    assert rows(made) == [
        ["Library", "What you catch > what is inside it", "errno"],
        ["http.client, socket (Python 3.11.7), redis 8.1.0 (also async, sync)", ROOT, "ECONNREFUSED"],
        ["gone 1", "gone.Error", "lost"],
        ["redis async 8.1.0", "OSError", "ECONNREFUSED only in its message"],
        [
            "requests 2.34.2",
            f"requests.exceptions.ConnectionError > urllib3.exceptions.MaxRetryError > X > {ROOT}",
            "ECONNREFUSED",
        ],
    ]
    assert made[0].astext() == words.RAISED[True]
    caught = [node.astext() for node in made[1].findall(nodes.literal) if "connlog-caught" in node["classes"]]
    assert caught == [ROOT, "gone.Error", "OSError", WRAPPED[0]]


def test_several_insides_of_one_client_share_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A client that raises several exceptions is named once; without an errno anywhere there is no column for it.
    """
    lost: dict[str, str | None] = {"code": "pool-exhausted", "errno_name": None, "errno_in": None}
    one = client("aiohttp", "3.14", cell("aiohttp.B", "TimeoutError", **lost), cell("aiohttp.A", **lost))
    made = described(tmp_path, monkeypatch, "pool-exhausted", one)
    assert rows(made) == [
        ["Library", "What you catch > what is inside it"],
        ["aiohttp 3.14", "aiohttp.A"],
        ["aiohttp.B > TimeoutError"],
    ]
    assert made[0].astext() == words.RAISED[False]


def test_classes_that_mean_a_code_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Classes of the catalog are listed below what was tested, also alone; a code that nobody hides has no such part.
    """
    made = described(tmp_path, monkeypatch, "pool-exhausted")
    assert made[0].astext() == words.CLASSES
    assert ["httpx.PoolTimeout", "always"] in rows(made)
    assert ["redis.exceptions.ConnectionError", "when its message says so"] in rows(made)
    assert described(tmp_path, monkeypatch, "stdout-closed") == []


@pytest.mark.parametrize("part", [captured, hiding])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{\n]", r"damaged\.json, line 2: no JSON: Expecting property name"),
        (b'{"clients": [{"name": 1}]}', r"damaged\.json: not what the tests write: "),
        (b"\xff", r"damaged\.json: not what the tests write: UnicodeDecodeError"),
        (None, r"damaged\.json: No such file or directory; the tests write this file"),
    ],
)
def test_damaged_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: Any, content: bytes | None, said: str
) -> None:
    """
    A damaged file of results ends the build with an error that names the file, the place and what is wrong.
    """
    file = tmp_path / "damaged.json"
    if content is not None:
        file.write_bytes(content.replace(b"clients", b"connection-refused") if part is captured else content)
    monkeypatch.setattr(part, "RESULTS", file)
    site = Site(tmp_path, {"index.rst": whole("Errors", ".. connlog:entry:: connection-refused")})
    with pytest.raises(ExtensionError, match=said):
        site.build("dummy")


def test_the_table_needs_no_file(tmp_path: Path) -> None:
    """
    Without a file, the table of tested clients shows connlog's own results, each client with its version.
    """
    build = Site(tmp_path, {"index.rst": whole("Clients", ".. connlog:clients::")}).build("dummy")
    assert build.warnings == []
    text = build.env.get_doctree("index").astext()
    recorded = json.loads(hiding.RESULTS.read_text(encoding="utf-8"))
    assert all(f"{seen['name'].split()[0]}" in text and seen["version"] in text for seen in recorded["clients"])
    assert "httpx 0.28.1 (also async)" in text
