"""
The settings of the Sphinx extension, and the team's own runbook on the pages.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docutils import nodes
from sphinx.errors import ConfigError

from connlog.catalog import CATALOG
from connlog.sphinxext import config, pages
from tests.roots import CONF, Build, Site, whole

RUNBOOK = """\
[[hints]]
text = "Orders move on Sundays: call `#db` about {endpoint}, see connect-timeout."
host = "db.example"
port = 5432
link = "https://wiki.example/orders"

[[hints]]
text = "Ask the proxy team."
code = "connection-refused"
service = "PostgreSQL"

[[hints]]
text = "Look at the board first."
code = "connection-refused"
link = "https://wiki.example/board"

[[hints]]
text = "The standby answers there."
code = "connection-refused"
service = "PostgreSQL"
"""

GENERATED = """
def setup(app):
    def say_generated(app, env, docnames):
        env.get_domain("connlog").generated = frozenset({"index"})
    app.connect("env-before-read-docs", say_generated, priority=900)
"""
"""Calls the only page of a project generated."""


def site(folder: Path, runbook: str = RUNBOOK, *lines: str, **files: str) -> Site:
    """
    Make a project with a runbook, and a page of one code unless it is given other lines.
    """
    page = whole("Errors", *(lines or [".. connlog:entry:: connection-refused"]))
    conf = CONF + 'connlog_runbook = "runbook.toml"\n'
    return Site(folder, {"conf.py": conf, "runbook.toml": runbook, "index.rst": page, **files})


def blocks(build: Build) -> list[nodes.admonition]:
    """
    Find the blocks of own hints on the first page.
    """
    return list(build.env.get_doctree("index").findall(nodes.admonition))


def test_every_setting_is_registered_as_the_table_says(tmp_path: Path) -> None:
    """
    Each setting has its default, its types, its effect on pages and a description, and all begin with the same word.
    """
    app = Site(tmp_path, {"index.rst": whole("Site")}).build("dummy").app
    known = {name for name in app.config.values if name.startswith("connlog")}
    assert known == {setting.name for setting in config.SETTINGS}
    for setting in config.SETTINGS:
        assert setting.name.startswith("connlog_")
        assert app.config[setting.name] == setting.default
        assert setting.description
        option = app.config.values[setting.name]
        assert (option.default, option.rebuild, option.valid_types, option.description) == (
            setting.default,
            setting.rebuild,
            frozenset(setting.types),
            setting.description,
        )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("connlog_pages", 5, 'connlog_pages = 5: this is of type int; write a folder such as "errors", or None'),
        ("connlog_pages", ["errors"], "connlog_pages = ['errors']: this is of type list; write a folder"),
        ("connlog_runbook", True, 'connlog_runbook = True: this is of type bool; write a path such as "runbook.toml"'),
        ("connlog_export", "yes", "connlog_export = 'yes': this is of type str; write True or False"),
        ("connlog_export", None, "connlog_export = None: this is of type NoneType; write True or False"),
        *(
            ("connlog_pages", folder, f"connlog_pages = {folder!r}: this is no folder below the source; write it with")
            for folder in ("", "/errors", "errors/", "../errors", "a/../b", ".", "a\\b", "C:/errors", "a//b", ".hidden")
        ),
        ("connlog_runbook", "none.toml", "connlog_runbook = 'none.toml': there is no file "),
        ("connlog_runbook", "", "connlog_runbook = '': there is no file "),
        ("connlog_runbook", ".", "connlog_runbook = '.': there is no file "),
    ],
)
def test_wrong_settings(tmp_path: Path, name: str, value: object, said: str) -> None:
    """
    A wrong value ends the build at once: the error names ``conf.py``, the setting, the value and what to write.
    """
    files = {"conf.py": f"{CONF}{name} = {value!r}\n", "index.rst": whole("Site")}
    with pytest.raises(ConfigError) as caught:
        Site(tmp_path, files).build("dummy")
    assert str(caught.value).startswith(f"conf.py: {said}")


@pytest.mark.parametrize("folder", ["errors", "reference/errors", "a-b_c.d/e f"])
def test_folders_that_pages_may_stand_in(tmp_path: Path, folder: str) -> None:
    """
    A folder may stand in another one, and may have dots and blanks inside of its name.
    """
    build = Site(tmp_path, {"index.rst": whole("Site")}).build("dummy", connlog_pages=folder)
    assert build.app.config.connlog_pages == folder


@pytest.mark.parametrize(
    ("runbook", "said"),
    [
        ('[[hints]]\ntext = "Call."\nhots = "db"\n', ":3: unknown key 'hots'; allowed are text, code, host, port"),
        ('[[hints]]\ntext = "Call."\ncode = "conection-refused"\n', ":3: `code` 'conection-refused' is unknown; did"),
        ('[[hints]]\ntext = "Call."\n', ":1: this hint says not where it applies; give code, host, port, service"),
        ("[[hints]\n", ": this is no TOML: "),
    ],
)
def test_mistakes_in_the_runbook(tmp_path: Path, runbook: str, said: str) -> None:
    """
    A mistake in the runbook ends the build: the error names the setting, the file, the line and the key.
    """
    with pytest.raises(ConfigError) as caught:
        site(tmp_path, runbook).build("dummy")
    file = tmp_path / "source" / "runbook.toml"
    assert str(caught.value).startswith(f"conf.py: connlog_runbook = 'runbook.toml': {file}{said}")


def test_a_runbook_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A runbook that goes between the look and the reading is an error that says what the system said.
    """
    made = site(tmp_path)
    monkeypatch.setattr(config, "_check", lambda _app, _settings: (made.source / "runbook.toml").unlink())
    with pytest.raises(ConfigError, match=r"runbook\.toml can't be read: No such file or directory"):
        made.build("dummy")


def test_own_hints_stand_first_and_are_marked(tmp_path: Path) -> None:
    """
    On the page of a code the team's hints for it stand first under "How to fix it", grouped by situation, with links.
    """
    build = site(tmp_path).build()
    assert build.warnings == []
    (block,) = blocks(build)
    before = block.parent[block.parent.index(block) - 1]
    after = block.parent[block.parent.index(block) + 1]
    assert (before.astext(), after.astext()) == ("How to fix it", "From connlog:")
    assert block[0].astext() == "From this project's own runbook"
    said = {
        item[0].astext(): [paragraph.astext() for paragraph in item[1]]
        for item in block.findall(nodes.definition_list_item)
    }
    assert said == {
        "In any case": ["Look at the board first. https://wiki.example/board"],
        "PostgreSQL": ["Ask the proxy team.", "The standby answers there."],
    }
    assert list(said) == ["In any case", "PostgreSQL"]
    assert [link["refuri"] for link in block.findall(nodes.reference)] == ["https://wiki.example/board"]
    assert '<div class="connlog-runbook admonition">' in build.page("index.html")


def test_hints_for_any_code_stand_above_a_whole_catalog(tmp_path: Path) -> None:
    """
    Hints without a code stand once, above all codes, with their conditions in words and codes in them as links.
    """
    build = site(tmp_path, RUNBOOK, ".. connlog:catalog::").build()
    assert build.warnings == []
    first, second = blocks(build)
    assert first.parent.index(first) == 1
    assert first.astext().endswith(
        "Host db.example, port 5432\n\n"
        "Orders move on Sundays: call #db about host:port, see connect-timeout. https://wiki.example/orders"
    )
    assert second.parent["ids"] == ["connection-refused"]
    assert 'href="#connect-timeout"' in build.page("index.html")


@pytest.mark.parametrize("option", [":codes: connection-refused", ":stage: connect"])
def test_hints_for_any_code_do_not_stand_above_a_choice(tmp_path: Path, option: str) -> None:
    """
    A part of the catalog shows the hints for its codes only.
    """
    build = site(tmp_path, RUNBOOK, ".. connlog:catalog::", f"   {option}").build("dummy")
    assert len(blocks(build)) == 1


def test_a_summary_has_own_hints_too(tmp_path: Path) -> None:
    """
    Even in short, the team's hints come before the catalog's.
    """
    lines = (".. connlog:catalog::", "   :codes: connection-refused", "   :style: summary")
    build = site(tmp_path, RUNBOOK, *lines).build("dummy")
    assert len(blocks(build)) == 1


def test_without_a_runbook_nothing_is_marked(tmp_path: Path) -> None:
    """
    Without own hints no page speaks of a runbook.
    """
    build = Site(tmp_path, {"index.rst": whole("Errors", ".. connlog:catalog::")}).build("text")
    assert "own runbook" not in build.page("index.txt")
    assert "From connlog:" not in build.page("index.txt")


def test_own_hints_do_not_leak_into_the_next_project(tmp_path: Path) -> None:
    """
    The hints belong to the project: the shared catalog stays as it is, and so does another project's.
    """
    build = site(tmp_path / "one").build("dummy")
    assert len(pages.own_hints(build.domain.catalog)) == 1
    other = Site(tmp_path / "two", {"index.rst": whole("Site")}).build("dummy")
    assert other.domain.catalog.runbook == CATALOG.runbook == ()


def test_processes_that_read_in_parallel_know_the_runbook(tmp_path: Path) -> None:
    """
    Two processes show the same hints as one.
    """
    more = {f"p{number}.rst": whole(f"P{number}", f".. connlog:entry:: {CATALOG.codes[number]}") for number in range(3)}
    more |= {"p3.rst": whole("P3", ".. connlog:entry:: connection-refused", "   :no-index:")}
    lines = (".. connlog:entry:: connection-refused", "", ".. toctree::", "   :glob:", "", "   p*")
    build = site(tmp_path, RUNBOOK, *lines, **more).build(processes=2)
    assert build.warnings == []
    assert "Look at the board first." in build.page("index.html")
    assert "Look at the board first." in build.page("p3.html")


def test_a_changed_runbook_is_read_again(tmp_path: Path) -> None:
    """
    After the runbook changes, the pages that describe codes are read again, and no other one.
    """
    made = site(tmp_path, RUNBOOK, **{"other.rst": ":orphan:\n\n" + whole("Other", "Nothing about failures.")})
    made.build()
    made.write({"runbook.toml": re.sub("Look at the board", "Look at the new board", RUNBOOK)})
    again = made.build()
    assert again.read == ["index"]
    assert "Look at the new board first." in again.page("index.html")


def test_a_generated_page_is_looked_after_elsewhere(tmp_path: Path) -> None:
    """
    A page that the domain calls generated depends on no file: whoever generates it knows when it changes.
    """
    made = site(tmp_path)
    made.write({"conf.py": (made.source / "conf.py").read_text(encoding="utf-8") + GENERATED})
    assert made.build("dummy").env.dependencies["index"] == set()
