"""
The domain: errnos and exception classes beside codes, where links to them lead, the index, the inventory, the search.
"""

from __future__ import annotations

import functools
import json
import re
import threading
import zlib
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from docutils import nodes

from connlog.catalog import CATALOG, numbers, wrappers
from connlog.catalog import words as spoken
from connlog.sphinxext import names, words
from tests.roots import CONF, Build, Site, whole

ROOT = Path(__file__).parent / "roots" / "test-linker"
REFUSED = CATALOG["connection-refused"]
TABLES = {"numbers.rst": whole("Numbers", ".. connlog:errnos::"), "classes.rst": whole("C", ".. connlog:wrappers::")}
WHOLE = {"errors.rst": whole("Errors", ".. connlog:catalog::")}
TREE = (".. toctree::", "   :glob:", "", "   *", "")

SILENT = """
from sphinx.domains import Domain

class Silent(Domain):
    name = "aaa"
    label = "no answer"

    def merge_domaindata(self, docnames, otherdata):
        pass

def setup(app):
    app.add_domain(Silent)
"""
"""Adds a domain that does not know ``any``."""


def build(folder: Path, *lines: str, builder: str = "html", processes: int = 1, **files: str) -> Build:
    """
    Build a project of a first page with these lines, and other pages.
    """
    index = whole("Index", *(TREE if files else ()), *lines)
    return Site(folder, {"index.rst": index, **files}).build(builder, processes=processes)


def resolved(built: Build) -> nodes.document:
    """
    Return the first page as it is written.
    """
    doctree = built.env.get_doctree("index")
    built.env.apply_post_transforms(doctree, "index")
    return doctree


def links(built: Build) -> list[tuple[str, str, str]]:
    """
    List the links of the first page: what they say, how, and where they lead.
    """
    found = (node for node in resolved(built).findall(nodes.reference) if isinstance(node[0], nodes.Element))
    return [(node.astext(), node[0].tagname, node["refuri"]) for node in found]


def test_names_that_lead_to_an_entry() -> None:
    """
    A code, its errnos and its classes lead to its entry for certain; a class that may mean others too less so.
    """
    found = {(name.kind, name.name): name.rank for name in names.led_to(REFUSED, CATALOG)}
    assert found["code", "connection-refused"] == names.DESCRIBED
    assert found["errno", "ECONNREFUSED"] == names.DESCRIBED
    assert found["exception", "ConnectionRefusedError"] == names.DESCRIBED
    resolving = {name.name: name.rank for name in names.led_to(CATALOG["dns-failure"], CATALOG)}
    assert resolving["pycurl.error"] == names.POSSIBLE
    usual = {name.name: name.rank for name in names.led_to(CATALOG["connection-error"], CATALOG)}
    assert usual["requests.exceptions.ConnectionError"] == names.USUAL
    assert usual["kafka.errors.NoBrokersAvailable"] == names.DESCRIBED


def test_no_name_leads_to_two_entries_for_certain() -> None:
    """
    Each errno and each class stands for one code at most, unless it says that it depends.
    """
    certain = [
        (name.kind, name.name)
        for entry in CATALOG
        for name in names.led_to(entry, CATALOG)
        if name.rank in {names.DESCRIBED, names.USUAL}
    ]
    assert len(set(certain)) == len(certain)


def test_every_class_has_a_meaning() -> None:
    """
    All classes of the entries and of the wrappers are known, and mean what the diagnosis takes them for.
    """
    known = names.meanings(CATALOG)
    assert set(known) == {name for entry in CATALOG for name in entry.exceptions} | {
        row.type for row in wrappers.CLASSES
    }
    for row in wrappers.CLASSES:
        meaning = known[row.type]
        assert meaning.code in {row.code, *(e.code for e in [CATALOG.by_class(row.type)] if e)}
        assert {code for _, code in row.words} <= {*meaning.worded, meaning.code}
        assert (meaning == names.Meaning(None)) == (not row.code and not row.words and not row.reads)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("ConnectionError", "Python"),
        ("asyncio.exceptions.IncompleteReadError", "Python"),
        ("requests.exceptions.Timeout", "requests"),
        ("cimpl.KafkaException", "cimpl"),
    ],
)
def test_libraries(name: str, library: str) -> None:
    """
    A class belongs to its package, and all of the standard library to Python.
    """
    assert names.library(name) == library


@pytest.mark.parametrize(
    ("kind", "word", "name"),
    [
        ("code", "connection-refused", "connection-refused"),
        ("code", "Connection-Refused", None),
        ("errno", "ECONNREFUSED", "ECONNREFUSED"),
        ("errno", "WSAECONNREFUSED", "ECONNREFUSED"),
        ("errno", "EISCONN", "EISCONN"),
        ("errno", "111", None),
        ("exception", "builtins.ConnectionRefusedError", "ConnectionRefusedError"),
        ("exception", "requests.Timeout", "requests.exceptions.Timeout"),
        ("exception", "asyncio.IncompleteReadError", "asyncio.exceptions.IncompleteReadError"),
        ("exception", "Timeout", None),
        ("exception", "requests.", None),
        ("exception", "nothing.Timeout", None),
    ],
)
def test_canonical_names(kind: str, word: str, name: str | None) -> None:
    """
    Windows' names of errnos and the names under which libraries offer their classes are understood; nothing is guessed.
    """
    assert names.canonical(kind, word, CATALOG) == name


@pytest.mark.parametrize(
    ("kind", "word", "near"),
    [
        ("code", "conection-refused", "connection-refused"),
        ("code", "ECONNREFUSED", "connection-refused"),
        ("code", "ConnectionRefusedError", "connection-refused"),
        ("code", "requests.Timeout", "timeout"),
        ("errno", "econnrefused", "ECONNREFUSED"),
        ("errno", "111", "ECONNREFUSED"),
        ("errno", "10061", "ECONNREFUSED"),
        ("exception", "ConnectTimeout", "requests.exceptions.ConnectTimeout"),
        ("exception", "ConectionRefusedError", "ConnectionRefusedError"),
    ],
)
def test_nearest_names(kind: str, word: str, near: str) -> None:
    """
    For a word that is no name the likeliest one is offered first, at most three of them.
    """
    found = names.nearest(kind, word, CATALOG)
    assert found[0] == near
    assert len(found) <= names.FEW


def test_anchors_are_ids() -> None:
    """
    The anchors of rows are words of letters, digits and a few signs, one a name.
    """
    made = [names.anchor("exception", name) for name in (*names.meanings(CATALOG), "a b.<locals>.C")]
    made += [names.anchor("errno", name) for name in numbers.ERRNOS]
    assert all(re.fullmatch(r"[A-Za-z][\w.-]*", anchor) for anchor in made)
    assert len(set(made)) == len(made)
    assert names.anchor("errno", "EPERM") == "errno-EPERM"
    assert names.anchor("exception", "a b.<locals>.C") == "exc-a-b.-locals-.C"


def test_role_forms(tmp_path: Path) -> None:
    """
    The roles show the name as written, its last part with ``~``, or a text of one's own, and no link after ``!``.
    """
    lines = (
        ":connlog:errno:`ECONNREFUSED` :connlog:errno:`WSAECONNREFUSED` :connlog:errno:`~ECONNREFUSED`",
        ":connlog:errno:`refused <ECONNREFUSED>` :connlog:errno:`!ECONNREFUSED`",
        ":connlog:exc:`requests.ConnectTimeout` :connlog:exc:`~requests.exceptions.ConnectTimeout`",
        ":connlog:exc:`mine <requests.ConnectTimeout>` :connlog:exc:`!requests.ConnectTimeout`",
    )
    built = build(tmp_path, *lines, **WHOLE)
    assert built.warnings == []
    refused, timed_out = "errors.html#connection-refused", "errors.html#connect-timeout"
    assert links(built) == [
        ("ECONNREFUSED", "literal", refused),
        ("WSAECONNREFUSED", "literal", refused),
        ("ECONNREFUSED", "literal", refused),
        ("refused", "inline", refused),
        ("requests.ConnectTimeout", "literal", timed_out),
        ("ConnectTimeout", "literal", timed_out),
        ("mine", "inline", timed_out),
    ]
    bare = [node.astext() for node in resolved(built).findall(nodes.literal) if node.parent.tagname == "paragraph"]
    assert bare == ["ECONNREFUSED", "requests.ConnectTimeout"]


def test_links_prefer_the_page_of_the_entry(tmp_path: Path) -> None:
    """
    What always means a code leads to its entry, what depends on a message to its row; without entries, all do.
    """
    sure = ":connlog:errno:`ECONNREFUSED` :connlog:exc:`httpx.ReadTimeout` :connlog:exc:`psycopg.OperationalError`"
    line = f"{sure} :connlog:exc:`urllib.error.HTTPError` :connlog:errno:`EISCONN`"
    both = [place for _, _, place in links(build(tmp_path / "both", line, **WHOLE, **TABLES))]
    assert both == [
        "errors.html#connection-refused",
        "errors.html#read-timeout",
        "classes.html#exc-psycopg.OperationalError",
        "classes.html#exc-urllib.error.HTTPError",
        "numbers.html#errno-EISCONN",
    ]
    tables = [place for _, _, place in links(build(tmp_path / "tables", line, **TABLES))]
    assert tables == [
        "numbers.html#errno-ECONNREFUSED",
        "classes.html#exc-httpx.ReadTimeout",
        "classes.html#exc-psycopg.OperationalError",
        "classes.html#exc-urllib.error.HTTPError",
        "numbers.html#errno-EISCONN",
    ]
    entries = build(tmp_path / "entries", sure, **WHOLE)
    assert entries.warnings == []
    assert [place for _, _, place in links(entries)][:2] == both[:2]


def test_the_table_takes_over_when_the_entry_goes(tmp_path: Path) -> None:
    """
    When the page of an entry goes, links to its errno lead to the row of the table, which was not read again.
    """
    site = Site(tmp_path, {"index.rst": whole("I", *TREE, ":connlog:errno:`ECONNREFUSED`"), **WHOLE, **TABLES})
    site.build()
    (site.source / "errors.rst").unlink()
    again = site.build()
    assert "numbers" not in again.read
    assert again.warnings == []
    assert links(again) == [("ECONNREFUSED", "literal", "numbers.html#errno-ECONNREFUSED")]


def test_no_index_keeps_everything_away(tmp_path: Path) -> None:
    """
    With ``no-index`` neither links nor the search nor the general index know of a page, whatever it shows.
    """
    files = {name: text + "   :no-index:\n" for name, text in (TABLES | WHOLE).items()}
    built = build(tmp_path, **files)
    assert built.warnings == []
    assert list(built.domain.get_objects()) == []
    assert search_index(built)["indexentries"] == {}


def test_two_tables_on_a_page(tmp_path: Path) -> None:
    """
    The same table, catalog or entry twice on a page gives no anchor twice.
    """
    catalog = (".. connlog:catalog::", "   :no-index:", "")
    lines = (".. connlog:errnos::", "", ".. connlog:errnos::", "", *catalog, *catalog, *catalog)
    built = build(tmp_path, *lines)
    found = re.findall(r' id="([^"]+)"', built.page("index.html"))
    assert len(set(found)) == len(found)
    assert {"errno-EPERM", "errno-EPERM-2", "timeout", "connlog-timeout", "connlog-timeout-2", "stage-tls-3"} <= set(
        found
    )
    assert built.warnings == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (":connlog:errno:`111`", "unknown errno '111' (nearest: ECONNREFUSED) [connlog.unknown]"),
        (":connlog:errno:`zzz`", "unknown errno 'zzz' ('connlog catalog' lists them all) [connlog.unknown]"),
        (":connlog:exc:`ReadTimeoutError`", "unknown exception 'ReadTimeoutError' (nearest: urllib3.exceptions.Read"),
        (
            ":connlog:errno:`ECONNREFUSED`",
            "no page describes 'ECONNREFUSED'; set connlog_pages in conf.py, add '.. connlog:errnos::'",
        ),
        (
            ":connlog:exc:`TimeoutError`",
            "no page describes 'TimeoutError'; set connlog_pages in conf.py, add '.. connlog:wrappers::'",
        ),
        (":connlog:exc:`requests.Timeout`", "no page describes 'requests.exceptions.Timeout'; set"),
    ],
)
def test_links_that_lead_nowhere(tmp_path: Path, written: str, said: str) -> None:
    """
    An unknown name and one that no page describes are told apart, each with what to do about it.
    """
    (warning,) = build(tmp_path, written).warnings
    assert f"index.rst:4: WARNING: connlog: {said}" in warning


def test_one_duplicate_is_one_warning(tmp_path: Path) -> None:
    """
    A code that two pages describe is one warning: its errnos and its classes are not complained of again.
    """
    twice = {f"{name}.rst": whole(name, ".. connlog:entry:: connection-refused") for name in "ab"}
    built = build(tmp_path, **twice, **TABLES)
    (warning,) = built.warnings
    assert "b.rst:4: WARNING: connlog: code 'connection-refused' is described twice, here and in a, line 4" in warning
    assert built.places("errno")["ECONNREFUSED"] == "a#connection-refused"


def test_any_offers_codes_and_errnos(tmp_path: Path) -> None:
    """
    ``any`` finds codes and errnos.
    """
    built = build(tmp_path, ":any:`connection-refused` :any:`ECONNREFUSED`", **WHOLE)
    assert built.warnings == []
    assert [place for _, _, place in links(built)] == ["errors.html#connection-refused"] * 2


def test_any_leaves_others_their_names(tmp_path: Path) -> None:
    """
    What a page, a label or another domain means by a name is what ``any`` means; a class is never ours to offer.
    """
    lines = (
        ":any:`timeout` :any:`connection-reset` :any:`broken-pipe` :any:`ConnectionError` :any:`ECONNRESET`",
        "",
        ".. _connection-reset:",
        "",
        "Reset",
        "-----",
        "",
        ".. py:exception:: ConnectionError",
        "",
        ".. c:macro:: ECONNRESET",
        "",
        ".. option:: broken-pipe",
        "",
    )
    built = build(tmp_path, *lines, **WHOLE, **{"timeout.rst": whole("Time is up", "Text.")})
    assert built.warnings == []
    paragraph = next(node for node in resolved(built).findall(nodes.paragraph) if "Reset" in node.astext())
    places = [node.get("refuri") or node.get("refid") for node in paragraph.findall(nodes.reference)]
    assert places == [
        "timeout.html",
        "connection-reset",
        "cmdoption-arg-broken-pipe",
        "ConnectionError",
        "c.ECONNRESET",
    ]


def test_any_finds_no_class(tmp_path: Path) -> None:
    """
    ``any`` with a class that only connlog knows stays unresolved, so that intersphinx can find the library's own page.
    """
    (warning,) = build(tmp_path, ":any:`ConnectionRefusedError`", **WHOLE).warnings
    assert "'any' reference target not found: ConnectionRefusedError" in warning


def test_any_survives_a_domain_without_an_answer(tmp_path: Path) -> None:
    """
    A third domain that does not know ``any`` is not asked, as Sphinx does not.
    """
    conf = CONF + SILENT
    built = build(tmp_path, ":any:`ECONNREFUSED`", **WHOLE, **{"conf.py": conf})
    assert [place for _, _, place in links(built)] == ["errors.html#connection-refused"]


def index_of(built: Build, docnames: list[str] | None = None) -> dict[str, list[tuple[str, int, str]]]:
    """
    Read the index of failures: for each group the names, their level and their place.
    """
    (kind,) = built.domain.indices
    groups, _ = kind(built.domain).generate(docnames)
    return {group: [(row.name, row.subtype, f"{row.docname}#{row.anchor}") for row in rows] for group, rows in groups}


def test_index(tmp_path: Path) -> None:
    """
    The index has every code below its stage, then every errno, then every class below its library.
    """
    built = build(tmp_path, ":ref:`connlog-failures`", **WHOLE, **TABLES)
    assert built.warnings == []
    found = index_of(built)
    assert list(found) == [*(words.GROUPS[stage] for stage in spoken.STAGES), "errno", "Classes"]
    for stage in spoken.STAGES:
        expected = [(entry.code, 0, f"errors#{entry.code}") for entry in CATALOG if entry.stage == stage]
        assert found[words.GROUPS[stage]] == expected
    assert [name for name, _, _ in found["errno"]] == sorted(numbers.ERRNOS)
    heads = [name for name, level, _ in found["Classes"] if level == 1]
    assert heads == ["Python", *sorted(heads[1:], key=str.lower)]
    assert {name for name, level, _ in found["Classes"] if level == 2} == set(names.meanings(CATALOG))
    page = built.page("connlog-failures.html")
    assert f"({REFUSED.title}; Linux 111, macOS 61, Windows 10061/1225)" in page
    assert f"({REFUSED.title})" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert not [name for name in ids if re.search(r"\s", name)]
    assert len(set(ids)) == len(ids)
    assert 'href="connlog-failures.html"' in built.page("index.html")


def test_index_of_some_pages(tmp_path: Path) -> None:
    """
    An index of some pages has what these pages say, and leaves empty groups out.
    """
    built = build(tmp_path, **WHOLE, **TABLES)
    found = index_of(built, ["numbers"])
    assert list(found) == ["errno"]
    assert {place.partition("#")[0] for _, _, place in found["errno"]} == {"numbers"}


def test_no_index_page_without_failures(tmp_path: Path) -> None:
    """
    A project that describes nothing gets no empty index.
    """
    built = build(tmp_path)
    assert not (built.folder / "connlog-failures.html").exists()


def test_group_names_stay_one_word_in_any_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A heading that a translation makes several words of is one word in the index, since anchors have no blanks.
    """
    monkeypatch.setitem(words.GROUPS, "connect", "Beim  Verbinden")
    assert "Beim-Verbinden" in index_of(build(tmp_path, **WHOLE))


def test_index_is_the_same_in_two_processes(tmp_path: Path) -> None:
    """
    Reading in parallel loses nothing of the index, the inventory and the search.
    """
    pages = {
        f"p{number}.rst": whole(code, f".. connlog:entry:: {code}") for number, code in enumerate(CATALOG.codes[:8])
    }
    one = build(tmp_path / "one", **pages, **TABLES)
    two = build(tmp_path / "two", processes=2, **pages, **TABLES)
    assert one.warnings == two.warnings == []
    assert one.domain.objects == two.domain.objects
    for name in ("connlog-failures.html", "genindex.html", "searchindex.js"):
        assert one.page(name) == two.page(name)


def test_inventory(tmp_path: Path) -> None:
    """
    ``objects.inv`` has every code, every errno and every class, with page, anchor and the text of a link from afar.
    """
    built = build(tmp_path, **WHOLE, **TABLES)
    packed = (built.folder / "objects.inv").read_bytes().split(b"\n", 4)[4]
    rows = [line.split(" ", 4) for line in zlib.decompress(packed).decode().splitlines()]
    kinds: dict[str, dict[str, tuple[str, str]]] = {}
    for name, kind, _, uri, shown in rows:
        kinds.setdefault(kind, {})[name] = (uri.replace("$", name), shown)
    codes, errnos, classes = (kinds[f"connlog:{kind}"] for kind in ("code", "errno", "exception"))
    assert codes == {entry.code: (f"errors.html#{entry.code}", entry.title) for entry in CATALOG}
    assert set(errnos) == set(numbers.ERRNOS)
    assert set(classes) == set(names.meanings(CATALOG))
    assert errnos["ECONNREFUSED"] == ("errors.html#connection-refused", f"ECONNREFUSED: {REFUSED.title}")
    assert errnos["EISCONN"] == ("numbers.html#errno-EISCONN", "-")
    assert classes["httpx.PoolTimeout"] == ("errors.html#pool-exhausted", "-")


def search_index(built: Build) -> dict[str, Any]:
    """
    Read what Sphinx's own search knows.
    """
    found: dict[str, Any] = json.loads(built.page("searchindex.js").removeprefix("Search.setIndex(").removesuffix(")"))
    return found


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("connection-refused", "connection-refused"),
        ("econnrefused", "connection-refused"),
        ("111", "connection-refused"),
        ("61", "connection-refused"),
        ("10061", "connection-refused"),
        ("errno 111", "connection-refused"),
        ("-2", "dns-name-not-found"),
        ("connectionrefusederror", "connection-refused"),
        ("requests.exceptions.connecttimeout", "connect-timeout"),
    ],
)
def test_search_finds(whole_site: Build, word: str, code: str) -> None:
    """
    Sphinx's search finds a code, an errno name, a number on any platform, and a class, and leads to the code.
    """
    known = search_index(whole_site)
    places = [(known["docnames"][page], anchor) for page, anchor, _ in known["indexentries"][word]]
    assert ("errors", code) in places


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """
    Build a site with everything, once.
    """
    return build(tmp_path_factory.mktemp("whole"), **WHOLE, **TABLES)


def test_search_prefers_what_is_certain(whole_site: Build) -> None:
    """
    Errnos come before other objects, a class that only may mean the code behind them; codes are found by their titles.
    """
    entries = build(Path(whole_site.app.srcdir).parent.parent / "entries", **WHOLE)
    prio = {(kind, name): priority for name, _, kind, _, _, priority in entries.domain.get_objects()}
    assert prio["code", "connection-refused"] == -1
    assert prio["errno", "ECONNREFUSED"] == 0
    assert prio["exception", "ConnectionRefusedError"] == 1
    assert prio["exception", "psycopg.OperationalError"] == 2
    assert search_index(entries)["objnames"]["0"][2] in words.OBJECTS.values()


@pytest.fixture
def served(whole_site: Build) -> Iterator[str]:
    """
    Serve the site over HTTP on loopback.
    """
    handler = functools.partial(Quiet, directory=str(whole_site.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """
    Serves files and logs nothing.
    """

    def log_message(self, *_: object) -> None:
        """
        Stay silent.
        """


@pytest.mark.parametrize("way", ["file", "http"])
def test_another_project_links_by_the_inventory(
    tmp_path: Path, whole_site: Build, served: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A second project without such pages links to a code, an errno and a class of the first one's site, in every form.
    """
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    files = {path.name: path.read_text(encoding="utf-8") for path in ROOT.iterdir() if path.is_file()}
    base, inventory = (
        ("https://errors.example/", str(whole_site.folder / "objects.inv")) if way == "file" else (served, None)
    )
    built = Site(tmp_path, files).build(intersphinx_mapping={"errors": (base, inventory)})
    assert built.warnings == []
    found = re.findall(rf'<a[^>]*href="{base}errors\.html#([^"]+)"[^>]*>(.*?)</a>', built.page("index.html"))
    assert [(anchor, re.sub(r"<[^>]+>", "", text)) for anchor, text in found] == [
        ("connection-refused", REFUSED.title),
        ("connection-refused", "connection-refused"),
        ("connection-refused", "in our own words"),
        ("connection-refused", "ECONNREFUSED"),
        ("connection-refused", "WSAECONNREFUSED"),
        ("connection-refused", "refused"),
        ("connection-refused", "ConnectionRefusedError"),
        ("connect-timeout", "requests.ConnectTimeout"),
        ("connect-timeout", "ConnectTimeout"),
        ("timeout", CATALOG["timeout"].title),
        ("connect-timeout", "ETIMEDOUT"),
        ("timeout", "TimeoutError"),
        ("host-unreachable", "EHOSTUNREACH: " + CATALOG["host-unreachable"].title),
    ]
    row = re.escape(base) + r"classes\.html#exc-psycopg\.OperationalError"
    assert re.search(rf'href="{row}"', built.page("index.html"))
