"""
Generated pages: there without a file in the source, read again only when they say something else, gone when they must.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connlog.catalog import CATALOG, Catalog
from tests.roots import CONF, Site, whole

REFUSED, TIMED_OUT, CLOSED = CODES = ("connection-refused", "connect-timeout", "stdout-closed")
FRONT = "errors/index"
PAGES = {FRONT, *(f"errors/{code}" for code in CODES)}
INDEX = whole("Site", ".. toctree::", "", "   errors/index")
BASE = "https://docs.example/x"


@pytest.fixture(autouse=True)
def stock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """
    Give projects a catalog of three entries, and return what changes or removes some of them.
    """

    def put(**changed: dict[str, Any] | None) -> None:
        entries = [(CATALOG[code], changed.get(code.replace("-", "_"), {})) for code in CODES]
        kept = [replace(entry, **change) for entry, change in entries if change is not None]
        monkeypatch.setattr("connlog.sphinxext.domain.CATALOG", Catalog(kept))

    put()
    return put


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """
    Return a project of one page, which names the first of the generated ones.
    """
    return Site(tmp_path, {"index.rst": INDEX, "conf.py": CONF + 'connlog_pages = "errors"\n'})


def test_each_code_has_a_page(site: Site) -> None:
    """
    There is a page for each code and a first one, links lead there, and nothing is added to the source.
    """
    before = sorted(site.source.rglob("*"))
    build = site.build()
    assert build.warnings == []
    assert set(build.read) == set(build.written) == {"index", *PAGES}
    assert build.objects == {code: f"errors/{code}#{code}" for code in sorted(CODES)}
    assert all(CATALOG[code].title in build.page(f"errors/{code}.html") for code in CODES)
    assert sorted(site.source.rglob("*")) == before


def test_the_first_page_leads_to_all(site: Site) -> None:
    """
    The first page has a row for each code in the order of the catalog, with the code as its anchor and a link.
    """
    page = site.build().page("errors/index.html")
    assert re.findall(r'<tr [^>]*id="([^"]+)"', page) == list(CODES)
    assert re.findall(r'<td>.*?href="(\S+?)\.html#\1"', page) == list(CODES)
    assert "docs_url" not in page


def test_nothing_changed(site: Site) -> None:
    """
    Where nothing changed, no page is read and none is written.
    """
    site.build()
    again = site.build()
    assert (again.read, again.written, again.warnings) == ([], [], [])


def test_a_changed_entry(site: Site, stock: Callable[..., None]) -> None:
    """
    When an entry changes, its page is read; the tables of contents that name it are written too, as Sphinx does.
    """
    site.build()
    stock(connection_refused={"about": "Something else happens."})
    again = site.build()
    assert again.read == [f"errors/{REFUSED}"]
    assert {f"errors/{REFUSED}", FRONT} <= set(again.written) <= {f"errors/{REFUSED}", FRONT, "index"}
    assert "Something else happens." in again.page(f"errors/{REFUSED}.html")


def test_a_changed_title(site: Site, stock: Callable[..., None]) -> None:
    """
    When a title changes, the pages that show it are read, and no other one.
    """
    site.build()
    assert REFUSED in CATALOG[TIMED_OUT].see_also
    stock(connection_refused={"title": "Another title"})
    assert site.build("dummy").read == sorted([FRONT, f"errors/{TIMED_OUT}", f"errors/{REFUSED}"])


def test_a_changed_runbook(site: Site) -> None:
    """
    When the team's own hints change, the pages that show them are read: of one code, or the first page.
    """
    hint = '[[hints]]\ntext = "{}"\n{}\n'
    site.write({"conf.py": f'{CONF}connlog_pages = "errors"\nconnlog_runbook = "r.toml"\n'})
    site.write({"r.toml": hint.format("Call us.", f'code = "{REFUSED}"')})
    first = site.build()
    assert "Call us." in first.page(f"errors/{REFUSED}.html")
    assert "Call us." not in first.page("errors/index.html")
    site.write({"r.toml": hint.format("Write to us.", f'code = "{REFUSED}"')})
    assert site.build().read == [f"errors/{REFUSED}"]
    site.write({"r.toml": hint.format("Write to us.", 'host = "db.example"')})
    last = site.build()
    assert last.read == [f"errors/{REFUSED}", FRONT]
    assert "Write to us." in last.page("errors/index.html")


@pytest.mark.parametrize(
    ("builder", "written"),
    [
        ("html", "errors/connection-refused.html"),
        ("dirhtml", "errors/connection-refused/index.html"),
        ("text", "errors/connection-refused.txt"),
    ],
)
def test_an_entry_goes(builder: str, written: str, site: Site, stock: Callable[..., None]) -> None:
    """
    When an entry goes, its page is forgotten and what was written of it is removed, in the output of every builder.
    """
    link = whole("Link", ":orphan:", "", f":connlog:code:`{REFUSED}`")
    site.write({"link.rst": link})
    assert (site.build(builder).folder / written).is_file()
    site.build("dummy")
    stock(connection_refused=None)
    site.build("dummy")
    site.write({"link.rst": link + "\n"})
    again = site.build(builder)
    assert REFUSED not in again.objects
    assert not (again.folder / written).exists()
    assert f"errors/{REFUSED}" not in again.env.all_docs
    assert [line for line in again.warnings if "connlog.unknown" in line]
    assert not (again.folder / "errors" / REFUSED).exists()
    assert (again.folder / written.replace(REFUSED, CLOSED)).is_file()


def test_an_entry_comes_back(site: Site, stock: Callable[..., None]) -> None:
    """
    An entry that was gone for a while has its page again.
    """
    site.build()
    stock(connection_refused=None)
    site.build()
    stock()
    again = site.build()
    assert again.objects[REFUSED] == f"errors/{REFUSED}#{REFUSED}"
    assert again.page(f"errors/{REFUSED}.html")


def test_the_setting_goes(site: Site) -> None:
    """
    Without the setting there are no pages any more, nor what was written of them.
    """
    assert (site.build().folder / "errors").is_dir()
    site.write({"conf.py": CONF, "index.rst": whole("Site")})
    again = site.build()
    assert (again.warnings, again.objects, again.env.found_docs) == ([], {}, {"index"})
    assert not (again.folder / "errors").exists()


def test_the_folder_changes(site: Site) -> None:
    """
    In another folder, which may be inside of one, the pages are as they were in the first.
    """
    site.build()
    site.write({"index.rst": INDEX.replace("errors/", "ops/errors/")})
    again = site.build(connlog_pages="ops/errors")
    assert again.warnings == []
    assert again.objects == {code: f"ops/errors/{code}#{code}" for code in sorted(CODES)}
    assert not (again.folder / "errors").exists()
    assert CATALOG[REFUSED].title in again.page(f"ops/errors/{REFUSED}.html")


def test_a_page_of_the_project_wins(site: Site) -> None:
    """
    A page that the project has itself stands in the place of the generated one, however old it is, until it goes.
    """
    own = site.source / "errors" / f"{REFUSED}.rst"
    site.build()
    site.write({f"errors/{REFUSED}.rst": whole("Our own words", f".. connlog:entry:: {REFUSED}")})
    os.utime(own, (0, 0))
    again = site.build()
    assert again.read == [f"errors/{REFUSED}"]
    assert "Our own words" in again.page(f"errors/{REFUSED}.html")
    assert again.warnings == []
    assert any("connect.py" in str(path) for path in again.env.dependencies[f"errors/{REFUSED}"])
    own.unlink()
    last = site.build()
    assert last.read == [f"errors/{REFUSED}"]
    assert "Our own words" not in last.page(f"errors/{REFUSED}.html")
    assert not [line for line in last.warnings if "toc" not in line]


def test_the_first_page_may_be_the_project_s_own(site: Site) -> None:
    """
    A first page of the project's own lists the pages as it likes, also by a pattern, and is read again when one goes.
    """
    site.write({"errors/index.rst": whole("Ours", ".. toctree::", "   :glob:", "", "   *")})
    first = site.build()
    assert first.warnings == []
    assert first.env.toctree_includes[FRONT] == sorted(PAGES - {FRONT})
    assert site.build(exclude_patterns=[f"errors/{CLOSED}.*"]).env.toctree_includes[FRONT] == [
        f"errors/{TIMED_OUT}",
        f"errors/{REFUSED}",
    ]


@pytest.mark.parametrize("gone", ["errors", "errors/*", "**"])
def test_excluded_pages(gone: str, site: Site) -> None:
    """
    Pages that the project excludes are not generated.
    """
    site.write({"index.rst": whole("Site")})
    build = site.build("dummy", exclude_patterns=[gone] if gone != "**" else ["**/*.connlog"])
    assert (build.warnings, build.env.found_docs) == ([], {"index"})


def test_one_excluded_page(site: Site) -> None:
    """
    The first page does not name a page that is excluded, and a link to it says that no page describes the code.
    """
    site.write({"index.rst": f"{INDEX}\n:connlog:code:`{CLOSED}`\n"})
    build = site.build(exclude_patterns=[f"errors/{CLOSED}*"])
    assert CLOSED not in build.page("errors/index.html")
    assert [re.findall(r"\[.*\]", line) for line in build.warnings] == [["[connlog.undescribed]"]]


@pytest.mark.parametrize(
    ("suffixes", "name", "text"),
    [
        ({".md": "markdown"}, "index.md", "# Site\n\n```{toctree}\nerrors/index\n```\n"),
        (".txt", "index.txt", INDEX),
        ([".txt", ".rest"], "index.rest", INDEX),
        ({".txt": "restructuredtext"}, "index.txt", INDEX),
    ],
)
def test_any_format(suffixes: object, name: str, text: str, tmp_path: Path) -> None:
    """
    The pages are there whatever formats the project's own pages are in, and however it names them.
    """
    conf = CONF.replace('.sphinxext"', '.sphinxext", "myst_parser"') + f"source_suffix = {suffixes!r}\n"
    site = Site(tmp_path, {"conf.py": conf, name: text})
    build = site.build("dummy", connlog_pages="errors")
    assert build.warnings == []
    assert build.env.found_docs == {"index", *PAGES}


def test_our_ending_in_the_source(site: Site) -> None:
    """
    No file of the project is taken for a page because of its ending, not even ours in a build folder below the source.
    """
    site.write({"index.connlog": "x", "other.connlog": "x"})
    site.output = site.source / "build"
    site.build("dummy")
    again = site.build("dummy")
    assert (again.warnings, again.read, again.env.found_docs) == ([], [], {"index", *PAGES})
    place = Path(again.app.doctreedir, "connlog", "errors", "index.connlog")
    assert again.env.path2doc(place) == again.env.path2doc("errors/index.connlog") == FRONT
    assert again.env.path2doc("other.connlog") is None
    assert str(again.env.doc2path(FRONT)) == str(place)


def test_four_processes_write_what_one_writes(tmp_path: Path) -> None:
    """
    A parallel build writes what a serial one does, to the byte.
    """
    files = {"index.rst": INDEX, "conf.py": CONF + 'connlog_pages = "errors"\n'}
    builds = [Site(tmp_path / str(number), files).build(processes=number) for number in (1, 4)]
    first, second = ({p.relative_to(b.folder): p.read_bytes() for p in b.folder.rglob("*.html")} for b in builds)
    assert first == second
    assert builds[0].domain.objects == builds[1].domain.objects
    assert [build.warnings for build in builds] == [[], []]


def test_the_doctrees_are_deleted(site: Site) -> None:
    """
    Without the doctrees everything is made anew, and is the same.
    """
    first = site.build()
    before = first.page(f"errors/{REFUSED}.html")
    shutil.rmtree(first.app.doctreedir)
    again = site.build()
    assert set(again.read) == {"index", *PAGES}
    assert again.page(f"errors/{REFUSED}.html") == before


def test_a_second_builder_writes_all_pages(site: Site) -> None:
    """
    A builder that comes later reads nothing, and writes every page.
    """
    site.build()
    second = site.build("dirhtml")
    assert (second.read, second.warnings) == ([], [])
    assert set(second.written) == {"index", *PAGES}


EDIT = {"source_repository": "https://github.com/a/b/", "source_branch": "main", "source_directory": "docs/"}
GITHUB = {"display_github": True, "github_user": "a", "github_repo": "b", "github_version": "main", "doc_path": "docs"}


@pytest.mark.parametrize(
    ("theme", "options", "shown"),
    [
        ("furo", EDIT, "github.com/a/b/edit"),
        ("pydata_sphinx_theme", {"use_edit_page_button": True}, "github.com/a/b/edit"),
        ("sphinx_rtd_theme", {}, "github.com/a/b/blob"),
        ("alabaster", {}, "_sources/"),
    ],
)
def test_no_link_to_a_source(theme: str, options: dict[str, object], shown: str, site: Site) -> None:
    """
    No theme offers the source of a generated page, or to edit it, though it does for the project's own pages.
    """
    context = {} if theme == "alabaster" else GITHUB
    site.write({"conf.py": f'{CONF.replace("basic", theme)}connlog_pages = "errors"\n'})
    # A list of its own: pydata's theme adds to the one that Sphinx has for every project of this process.
    build = site.build(html_theme_options=options, html_context=context, templates_path=[])
    assert shown in build.page("index.html")
    for name in PAGES:
        page = build.page(f"{name}.html")
        assert not re.findall(r"_sources/|\.connlog\b|github\.com/a/b", page)
    assert not list((build.folder / "_sources").rglob("*.connlog*"))


@pytest.mark.parametrize(
    ("builder", "settings", "expected"),
    [
        ("html", {"html_baseurl": BASE}, f"{BASE}/errors/index.html#"),
        ("html", {"html_baseurl": f"{BASE}/", "html_link_suffix": ""}, f"{BASE}/errors/"),
        ("dirhtml", {"html_baseurl": BASE}, f"{BASE}/errors/"),
        ("singlehtml", {"html_baseurl": BASE}, f"{BASE}/#"),
        ("dirhtml", {}, None),
        ("epub", {"html_baseurl": BASE, "copyright": "us"}, None),
        ("text", {"html_baseurl": BASE}, None),
    ],
)
def test_the_address_for_events(builder: str, settings: dict[str, object], expected: str | None, site: Site) -> None:
    """
    The first page says what leads events to the site as this builder writes it, if the project says where it will be.
    """
    site.build("dummy")
    build = site.build(builder, **settings)
    pages = [path for path in build.folder.rglob("*") if path.suffix in {".html", ".xhtml", ".txt"}]
    text = "".join(path.read_text(encoding="utf-8") for path in pages)
    said = re.findall(r'docs_url="(.*?)"', re.sub(r"<[^>]*>", "", text).replace("&quot;", '"'))
    assert said == ([expected] if expected else [])
    assert build.warnings == []


def test_all_pages_on_one(site: Site) -> None:
    """
    Where all pages are one, the anchor of a code is there once, at its description, and no anchor is there twice.
    """
    page = site.build("singlehtml").page("index.html")
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(set(anchors)) == sorted(anchors)
    assert set(CODES) <= set(anchors)
    assert re.findall(rf'<section [^>]*id="{REFUSED}"', page)


@pytest.mark.parametrize(("builder", "written"), [("latex", "site.tex"), ("epub", "errors/connect-timeout.xhtml")])
def test_the_pages_are_part_of_a_book(builder: str, written: str, site: Site) -> None:
    """
    The first page brings the others along where one document is made of all pages.
    """
    build = site.build(builder, copyright="us")
    assert build.warnings == []
    assert CATALOG[TIMED_OUT].title in build.page(written)
