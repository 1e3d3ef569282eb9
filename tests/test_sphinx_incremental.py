"""
The Sphinx extension over time and over processes: parallel, incremental, with pages removed and a catalog changed.
"""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.environment import BuildEnvironment

import connlog.catalog
from connlog.catalog import CATALOG
from connlog.sphinxext import captured, clients
from tests.roots import CONF, Site, whole

DOCS = Path(__file__).parents[1] / "docs"
CODES = CATALOG.codes[:8]
ONE, TWO, *_ = CODES


def book(**more: str) -> dict[str, str]:
    """
    Write a page for each of some codes, and an index with a table that links to them.
    """
    chapters = {
        f"p{number}.rst": whole(f"Page {number}", f".. connlog:entry:: {code}") for number, code in enumerate(CODES)
    }
    links = " ".join(f":connlog:code:`{code}`" for code in CODES)
    lines = (".. toctree::", "   :glob:", "", "   p*", "", links, "", ".. connlog:catalog::", "   :style: table")
    return {"index.rst": whole("Index", *lines), **chapters, **more}


def written(build_folder: Path) -> dict[str, bytes]:
    """
    Read all that a build wrote and that says something about connection failures.
    """
    return {path.name: path.read_bytes() for path in sorted(build_folder.glob("*.html"))} | {
        "objects.inv": (build_folder / "objects.inv").read_bytes()
    }


def test_two_processes_write_what_one_writes(tmp_path: Path) -> None:
    """
    A parallel build has the pages, the inventory and the store of a serial one.
    """
    serial = Site(tmp_path / "serial", book()).build()
    parallel = Site(tmp_path / "parallel", book()).build(processes=2)
    assert serial.warnings == parallel.warnings == []
    assert parallel.domain.objects == serial.domain.objects
    assert written(parallel.folder) == written(serial.folder)
    assert list(parallel.objects) == sorted(CODES)


def test_duplicates_are_the_same_in_two_processes(tmp_path: Path) -> None:
    """
    Which of two pages is linked, and which one is warned of, does not depend on the number of processes.
    """
    twice = {f"p{number}x.rst": whole("Again", f".. connlog:entry:: {ONE}") for number in range(3)}
    serial = Site(tmp_path / "serial", book(**twice)).build("dummy")
    parallel = Site(tmp_path / "parallel", book(**twice)).build("dummy", processes=2)
    places = [[re.sub(r"^.*/", "", line) for line in build.warnings] for build in (serial, parallel)]
    assert len(places[0]) == 3
    assert places[0] == places[1]
    assert serial.objects == parallel.objects
    assert serial.objects[ONE] == f"p0#{ONE}"


def test_a_touched_page_is_read_alone_and_duplicates_nothing(tmp_path: Path) -> None:
    """
    After one page changes, that page alone is read, and the store is what it was.
    """
    site = Site(tmp_path, book())
    before = site.build().objects
    site.write({"p3.rst": whole("Changed", f".. connlog:entry:: {CODES[3]}")})
    again = site.build()
    assert again.read == ["p3"]
    assert again.warnings == []
    assert again.objects == before


def test_a_removed_page_is_forgotten(tmp_path: Path) -> None:
    """
    When a page goes, its code goes too, and a link to it says so when its page is read again.
    """
    site = Site(tmp_path, book())
    site.build()
    (site.source / "p0.rst").unlink()
    again = site.build()
    assert ONE not in again.objects
    assert len(again.objects) == len(CODES) - 1
    assert any(f"no page describes '{ONE}'" in line for line in again.warnings)


def test_the_other_page_takes_over(tmp_path: Path) -> None:
    """
    When one of two pages that describe a code goes, links go to the other one, which was not read again.
    """
    site = Site(tmp_path, book(**{"p9.rst": whole("Again", f".. connlog:entry:: {ONE}")}))
    assert site.build("dummy").objects[ONE] == f"p0#{ONE}"
    (site.source / "p0.rst").unlink()
    again = site.build("dummy")
    assert "p9" not in again.read
    assert again.objects[ONE] == f"p9#{ONE}"


def test_pages_depend_on_the_files_that_they_are_made_from(tmp_path: Path) -> None:
    """
    A page depends on the catalog module of its codes, the wrappers and the numbers, and on nothing else of the catalog;
    and on what the tests have seen.
    """
    build = Site(tmp_path, book()).build("dummy")
    folder = Path(connlog.catalog.__file__).parent
    found = {(build.app.srcdir / name).resolve() for name in build.env.dependencies["p0"]}
    expected = {folder / f"{name}.py" for name in (CATALOG[ONE].stage, "wrappers", "numbers")}
    assert found == expected | {captured.RESULTS, clients.RESULTS}


@pytest.fixture
def changeable(tmp_path: Path) -> Path:
    """
    Return a copy of the package that a test may edit.
    """
    package = Path(connlog.catalog.__file__).parents[1]
    shutil.copytree(package, tmp_path / "lib" / "connlog", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "lib"


def sphinx_build(lib: Path, folder: Path) -> str:
    """
    Build a project with a package of one's own, and return what Sphinx says.
    """
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "-j", "2", str(folder / "source"), str(folder / "build")]
    environment = {**os.environ, "PYTHONPATH": str(lib), "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_changed_catalog_rebuilds_the_pages_made_from_it(tmp_path: Path, changeable: Path) -> None:
    """
    After the title of one entry changes, the pages of that stage are read again, and no other one.
    """
    others = [entry for entry in CATALOG if entry.stage != CATALOG[ONE].stage]
    files = {
        "one.rst": whole("One", f".. connlog:entry:: {ONE}"),
        "other.rst": whole("Other", f".. connlog:entry:: {others[0].code}"),
        "index.rst": whole("Index", ".. toctree::", "   one", "   other"),
    }
    Site(tmp_path, files)
    sphinx_build(changeable, tmp_path)
    module = changeable / "connlog" / "catalog" / f"{CATALOG[ONE].stage}.py"
    module.write_text(module.read_text().replace(f'title="{CATALOG[ONE].title}"', 'title="Quite another title"'))
    said = sphinx_build(changeable, tmp_path)
    assert "0 added, 1 changed, 0 removed" in said
    assert "Quite another title" in (tmp_path / "build" / "one.html").read_text()


class Docs:
    """
    Connlog's own documentation, in a copy of the project that a test may edit.
    """

    def __init__(self, lib: Path) -> None:
        """
        Copy the documentation beside a copy of the package, with one page more.
        """
        self._lib = lib
        self.source, self.output = lib / "docs", lib / "out"
        shutil.copytree(DOCS, self.source, ignore=shutil.ignore_patterns("_build"))
        shutil.copy(DOCS.parent / "README.md", lib)
        (self.source / "extra.md").write_text("# One page more\n")
        with (self.source / "index.md").open("a") as opened:
            opened.write("\n```{toctree}\n:hidden:\n\nextra\n```\n")
        self._times: dict[str, int] = {}

    def build(self) -> set[str]:
        """
        Build as CI does, and return which pages were written.
        """
        command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "-j", "4", str(self.source), str(self.output)]
        environment = {**os.environ, "PYTHONPATH": str(self._lib), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env=environment, cwd=self._lib, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        paths = ((name, self.output / f"{name}.html") for name in self.environment.all_docs)
        before, self._times = self._times, {name: path.stat().st_mtime_ns for name, path in paths}
        return {name for name, time in self._times.items() if before.get(name) != time}

    @property
    def environment(self) -> BuildEnvironment:
        """
        What Sphinx knows after a build.
        """
        environment: BuildEnvironment = pickle.loads((self.output / ".doctrees" / "environment.pickle").read_bytes())  # noqa: S301
        return environment

    def with_contents(self, pages: set[str]) -> set[str]:
        """
        Add the tables of contents that pages stand in: Sphinx writes those again too.
        """
        above, found = self.environment.files_to_rebuild, set(pages)
        while more := {parent for page in found for parent in above.get(page, ())} - found:
            found |= more
        return found


def test_the_documentation_over_time(changeable: Path) -> None:
    """
    Connlog's own site builds without a warning: anew, with a file touched, with one edited, and with a page removed;
    what is written is what depends on the change, and no generated page that says what it said.
    """
    docs = Docs(changeable)
    written = docs.build()
    assert {"index", "extra", "errors/index", *(f"errors/{code}" for code in CATALOG.codes)} <= written
    module = changeable / "connlog" / "catalog" / "connect.py"
    depended = docs.environment.dependencies.items()
    noted = {page for page, files in depended if "connect.py" in {Path(file).name for file in files}}
    assert docs.build() == set()

    os.utime(module)
    written = docs.build()
    assert noted <= written <= docs.with_contents(noted)
    assert not [page for page in written if page.startswith("errors/")]

    text = module.read_text()
    said = next(cause.text for cause in CATALOG["connection-refused"].causes if text.count(cause.text) == 1)
    module.write_text(text.replace(said, "Something else happens."))
    written = docs.build()
    changed = {"errors/connection-refused", *noted}
    assert changed <= written <= docs.with_contents(changed)
    assert {page for page in written if page.startswith("errors/")} == {"errors/connection-refused", "errors/index"}
    assert "Something else happens" in (docs.output / "errors" / "connection-refused.html").read_text()

    (docs.source / "extra.md").unlink()
    shutil.copy(DOCS / "index.md", docs.source)
    assert "index" in docs.build()
    assert "extra" not in docs.environment.all_docs


def test_another_project_links_by_the_inventory(tmp_path: Path) -> None:
    """
    A second project links to a code of the first one's site by intersphinx: by title, by code, and by its own text.
    """
    first = Site(tmp_path / "first", {"index.rst": whole("Errors", f".. connlog:entry:: {ONE}")}).build()
    roles = f":connlog:code:`{ONE}` :connlog:code:`~{ONE}` :connlog:code:`mine <{ONE}>` :external:connlog:code:`{ONE}`"
    conf = CONF.replace('"connlog.sphinxext"', '"connlog.sphinxext", "sphinx.ext.intersphinx"')
    conf += f'intersphinx_mapping = {{"first": ("https://host", {str(first.folder / "objects.inv")!r})}}\n'
    table = (".. connlog:catalog::", "   :style: table")
    second = Site(tmp_path / "second", {"conf.py": conf, "index.rst": whole("Mine", roles, "", *table)}).build()
    assert second.warnings == []
    found = re.findall(rf'href="https://host/index.html#{ONE}"[^>]*>(.*?)</a>', second.page("index.html"))
    shown = [re.sub(r"<[^>]+>", "", text) for text in found]
    title = CATALOG[ONE].title
    assert shown == [title, ONE, "mine", title, title]
