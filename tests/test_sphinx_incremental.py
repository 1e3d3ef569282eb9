"""
The Sphinx extension over time and over processes: parallel, incremental, with pages removed and a catalog changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import connlog.catalog
from connlog.catalog import CATALOG
from connlog.sphinxext import captured, clients
from tests.roots import CONF, Site, whole

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
