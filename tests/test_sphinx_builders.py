"""
Every builder of Sphinx says what the pages say, in its own form and without a warning.

That the PDF reads well was looked at; compiling it takes a gigabyte of TeX, so the tests hold what made it compile.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from connlog.catalog import CATALOG
from tests.browser.window import served
from tests.roots import Build, Site, whole
from tests.roots.team import PAGES

CODE = "connection-refused"
ENTRY = CATALOG[CODE]
TITLE = ENTRY.title
FIXED = ENTRY.fixed.code.strip().splitlines()[-1].strip()
"""The last line of the code that copes."""

ESSENTIALS = (
    TITLE,
    CODE,
    "Nothing accepts connections on the server",
    "ConnectionRefusedError: [Errno 111] Connection refused",
    "orders-db",
    FIXED,
    "RST, ACK",
    "10061",
    "See also",
)
"""What a page of a code says in every form."""

SVG = "{http://www.w3.org/2000/svg}"
ASCII = re.compile(r"[\t\n\x20-\x7e]")
HYPHEN = r"\sphinxhyphen{}"
KNOWN_TO_PDFLATEX = set("\N{NO-BREAK SPACE}«»…←→↑↓─│└├╲")
"""Characters beyond ASCII that pdflatex prints as Sphinx sets it up: its fonts' own, and those sphinx.sty declares."""


MakeBuild = Callable[[str], Build]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> MakeBuild:
    """
    Return a function that makes a form of a team's documentation, each once and without a warning.

    All builders use what the first one has read, but for gettext, which Sphinx keeps apart.
    """
    folder = tmp_path_factory.mktemp("team")

    @cache
    def made(builder: str) -> Build:
        built = Site(folder / "gettext" if builder == "gettext" else folder, PAGES).build(builder)
        assert built.warnings == []
        return built

    return made


def flat(text: str) -> str:
    """
    Undo what only lays a text out: tags, line ends, hyphens at their end.
    """
    bare = re.sub(r"<[^>]+>", "", text)
    for name, char in (("&quot;", '"'), ("&#39;", "'"), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&")):
        bare = bare.replace(name, char)
    return re.sub(r"\s+", " ", bare)


@pytest.mark.parametrize(
    ("builder", "page"),
    [
        ("html", f"errors/{CODE}.html"),
        ("dirhtml", f"errors/{CODE}/index.html"),
        ("singlehtml", "index.html"),
        ("text", f"errors/{CODE}.txt"),
        ("xml", f"errors/{CODE}.xml"),
        ("pseudoxml", f"errors/{CODE}.pseudoxml"),
    ],
)
def test_a_page_says_what_it_must(build: MakeBuild, builder: str, page: str) -> None:
    """
    The page of a code has its parts in every form that is plain to read.
    """
    text = flat(build(builder).page(page))
    assert [wanted for wanted in ESSENTIALS if wanted not in text] == []


@pytest.mark.parametrize("builder", ["html", "dirhtml", "singlehtml"])
def test_html_comes_with_its_style_and_its_data(build: MakeBuild, builder: str) -> None:
    """
    Each form of HTML has the style sheet, the inventory and the catalog as JSON beside its pages.
    """
    built = build(builder)
    assert ".connlog-frame" in built.page("_static/connlog.css")
    assert 'href="_static/connlog.css' in built.page("index.html")
    assert [entry["code"] for entry in json.loads(built.page("connlog.json"))] == list(CATALOG.codes)
    assert (built.folder / "objects.inv").is_file()


def test_singlehtml_keeps_every_anchor_once(build: MakeBuild) -> None:
    """
    In one page for all, each code has its place, and no id stands twice.
    """
    ids = re.findall(r'\bid="([^"]+)"', build("singlehtml").page("index.html"))
    assert set(CATALOG.codes) <= set(ids)
    assert sorted(name for name in set(ids) if ids.count(name) > 1) == []


def test_epub_is_a_valid_archive_of_well_formed_pages(build: MakeBuild) -> None:
    """
    The EPUB opens, names its type first, and every page in it is XHTML that a strict parser takes.
    """
    built = build("epub")
    with zipfile.ZipFile(built.folder / "Orders.epub") as book:
        assert book.testzip() is None
        assert (book.namelist()[0], book.read("mimetype")) == ("mimetype", b"application/epub+zip")
        pages = [name for name in book.namelist() if name.endswith((".xhtml", ".opf"))]
        parsed = {name: ET.fromstring(book.read(name)) for name in pages}  # noqa: S314 -- built a second ago
        assert "_static/connlog.css" in book.namelist()
    page = parsed[f"errors/{CODE}.xhtml"]
    text = flat("".join(page.itertext()))
    assert [wanted for wanted in ESSENTIALS if wanted not in text] == []
    assert {f"errors/{code}.xhtml" for code in CATALOG.codes} <= set(parsed)
    assert page.find(f".//{SVG}svg") is None  # an e-book has to declare each page with a picture inside


def test_latex_holds_what_pdflatex_can_print(build: MakeBuild) -> None:
    """
    The LaTeX has the entries and their links, no character that pdflatex does not know, and wide tables that fit.
    """
    tex = build("latex").page("orders.tex")
    assert set(ASCII.sub("", tex)) <= KNOWN_TO_PDFLATEX
    place = rf"\detokenize{{errors/{CODE}:{CODE}}}"
    assert rf"\section{{{TITLE}}}" in tex
    assert rf"\label{{{place}}}" in tex
    assert rf"\hyperref[{place}]" in tex
    assert rf"\sphinxcode{{\sphinxupquote{{{CODE.replace('-', HYPHEN)}}}}}" in tex
    assert "Wake the person on call" in tex
    # A wide table has columns with a share of the line; one of a few numbers does not need that.
    assert r"\X{" in tex
    assert r"\begin{tabulary}{\linewidth}[t]{TTTT}" in tex


def test_text_fits_a_terminal(build: MakeBuild) -> None:
    """
    Nothing but code, which people copy, is wider than 79 columns; a wide table is a list.
    """
    folder = build("text").folder
    examples = [example for entry in CATALOG for example in (entry.raises, entry.fixed)]
    code = {line.strip() for example in examples for line in example.code.splitlines()}
    lines = [line for path in folder.rglob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if len(line) > 79 and line.strip() not in code] == []
    tables = (folder / "tables.txt").read_text(encoding="utf-8")
    assert '"ECONNREFUSED"\n   Failure: *Nothing listens there*; Linux: 111; macOS: 61; Windows:\n' in tables
    assert "+--" not in tables
    page = (folder / f"errors/{CODE}.txt").read_text(encoding="utf-8")
    assert re.search(r'\| "ECONNREFUSED" +\| 111 +\| 61 +\|', page)


def test_a_row_that_a_cell_covers_stands_in_the_list(build: MakeBuild) -> None:
    """
    In the list that a table becomes, what a cell covers follows it, each row with its headings.
    """
    text = build("text").page("tables.txt")
    clients = text[text.index("Tested clients") :]
    bodies = list(map(flat, re.findall(r"^\S.*\n((?:   .*\n|\n(?=   ))+)", clients, re.MULTILINE)))
    assert max(body.count("connlog says: ") for body in bodies) > 1
    assert all(body.count("connlog says: ") == body.count("Clients: ") for body in bodies)


@pytest.mark.parametrize(
    ("builder", "name", "heading", "row"),
    [
        ("man", "orders.7", ".SS Nothing listens there", r"errno: \\fBECONNREFUSED\\fP; Retry: safe"),
        ("texinfo", "orders.texi", "@section Nothing listens there", r"errno: @code\{ECONNREFUSED\}; Retry: safe"),
    ],
)
def test_manuals_have_the_entries(build: MakeBuild, builder: str, name: str, heading: str, row: str) -> None:
    """
    The manual page and the Info manual have the parts of an entry, and of a wide table its list.
    """
    page = build(builder).page(name)
    assert heading in page
    assert re.search(row, page)
    assert all(said in page for said in ("What causes it", "How to fix it", "Wake the person", "See also"))
    assert set(re.findall(r"^[l|]+\.$", page, re.MULTILINE)) <= {"l|l.", "l|l|l|l."}


def test_info_finds_the_rows_of_tables(build: MakeBuild) -> None:
    """
    Where a table became a list, the places that links go to are still there.
    """
    page = build("texinfo").page("orders.texi")
    anchors = set(re.findall(r"@anchor\{([^}]*)\}", page))
    targets = {re.split(r"[,}]", found)[0] for found in re.findall(r"@ref\{([^}]*\})", page)}
    assert targets - anchors == set()
    assert any(anchor.endswith("errno-ECONNREFUSED") for anchor in anchors)


def test_gettext_offers_every_sentence(build: MakeBuild) -> None:
    """
    The message catalogue has the sentences of an entry, and not its code.
    """
    messages = re.sub(r'"\n"', "", build("gettext").page("errors.pot"))
    assert f'msgid "{TITLE}"' in messages
    assert "Wake the person on call" in messages
    assert FIXED not in messages


def test_links_are_checked(build: MakeBuild, tmp_path: Path) -> None:
    """
    Linkcheck finds the pages of codes in this project and on a server; of other machines it asks nothing.
    """
    with served(build("html").folder) as address:
        far = f"{address}errors/{CODE}.html#{CODE}"
        page = whole("Links", f":connlog:code:`{CODE}` `near <{far}>`__", "", f".. connlog:entry:: {CODE}")
        linked = Site(tmp_path, {"index.rst": page})
        built = linked.build("linkcheck", linkcheck_ignore=[r"https?://(?!127\.0\.0\.1[:/])"])
        assert built.warnings == []
        checked = [json.loads(line) for line in built.page("output.json").splitlines()]
        assert {(link["uri"], link["status"]) for link in checked if link["status"] != "ignored"} == {(far, "working")}
        assert any(link["uri"].startswith("https://www.rfc-editor.org/") for link in checked)
