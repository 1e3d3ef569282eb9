"""
The catalog in other languages: what translators get of a page, and what a page makes of what they give back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

import pytest
from babel.messages import Catalog as Messages
from babel.messages.pofile import read_po, write_po
from docutils import nodes
from sphinx.addnodes import pending_xref

from connlog._model import Entry
from connlog.catalog import CATALOG
from connlog.catalog import words as spoken
from connlog.sphinxext import literals
from tests.roots import CONF, Build, Site, whole

REFUSED = CATALOG["connection-refused"]
RST = {"index.rst": whole("Page", ".. connlog:catalog::")}
MYST = {
    "conf.py": CONF.replace('["connlog', '["myst_parser", "connlog'),
    "index.md": "# Page\n\n```{connlog:catalog}\n```\n",
}
LANGUAGE = "de"


def cause(entry: Entry) -> str:
    """
    Say the cause as pages say it.
    """
    said = entry.cause.format_map(spoken.UNKNOWN)
    return said[:1].upper() + said[1:]


def said_of(entry: Entry) -> dict[str, str]:
    """
    Return what translators get of an entry, each with its literal: all its sentences, no code and no names.
    """
    wheres = {item.where[:1].upper() + item.where[1:]: item.where for item in entry.scenarios}
    causes = {cause(one): one.cause for one in (entry, *(CATALOG[code] for code in entry.see_also))}
    texts = (
        entry.title,
        *(hint.text for hint in entry.hints),
        *(item.text for item in (*entry.causes, *entry.scenarios)),
        *entry.about.split("\n\n"),
        *chain.from_iterable(step[:3] for step in entry.wire),
    )
    return {**causes, **wheres, **{text: text for text in texts}}


def template(folder: Path, files: Mapping[str, str]) -> Messages:
    """
    Build what translators get of a page.
    """
    build = Site(folder, files).build("gettext")
    assert build.warnings == []
    with (build.folder / "index.pot").open("rb") as file:
        return read_po(file)


def translated(folder: Path, files: Mapping[str, str], messages: Mapping[str, str], **config: object) -> Build:
    """
    Build a page with a translation, or the generated pages.
    """
    site = Site(folder, files)
    catalog = Messages(locale=LANGUAGE)
    for text, said in messages.items():
        catalog.add(text, said)
    path = site.source / "locales" / LANGUAGE / "LC_MESSAGES" / f"{config.get('connlog_pages', 'index')}.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalog)
    return site.build(**{"builder": "html", "language": LANGUAGE, **config})


def marks(build: Build) -> dict[str, list[str]]:
    """
    Return what a translation must leave as it is: code, the parts to fill in, the codes and addresses that links have.
    """
    tree = build.env.get_doctree("index")
    return {
        "literals": [node.astext() for node in tree.findall(nodes.literal)],
        "parts": [str(node.rawsource) for node in tree.findall(nodes.emphasis)],
        "codes": [node["reftarget"] for node in tree.findall(pending_xref)],
        "addresses": [node["refuri"] for node in tree.findall(nodes.reference)],
        "blocks": [node.astext() for node in tree.findall(nodes.literal_block)],
        "ids": [name for node in tree.findall(nodes.Element) for name in node["ids"]],
    }


def test_translators_get_the_sentences_and_nothing_else(tmp_path: Path) -> None:
    """
    Each text of an entry is one message; code, tracebacks, names, numbers and the extension's own words are none.
    """
    found = template(tmp_path, {"index.rst": whole("Page", f".. connlog:entry:: {REFUSED.code}")})
    assert {str(message.id) for message in found if message.id} == {"Page", *said_of(REFUSED)}


def test_no_message_is_empty_or_comes_twice(tmp_path: Path) -> None:
    """
    The file that translators get has each message once, also where two pages of one text domain say the same.
    """
    folder = "errors"
    files = {
        "index.rst": whole("Page", ".. toctree::", f"   {folder}/a", f"   {folder}/b"),
        f"{folder}/a.rst": whole("A", f".. connlog:entry:: {REFUSED.code}"),
        f"{folder}/b.rst": whole("B", f".. connlog:entry:: {REFUSED.code}", "   :no-index:"),
    }
    build = Site(tmp_path, files).build("gettext")
    with (build.folder / f"{folder}.pot").open("rb") as file:
        found = read_po(file)
    lines = re.findall(r"^msgid (.*(?:\n\".*)*)", build.page(f"{folder}.pot"), re.MULTILINE)
    assert build.warnings == []
    assert len(lines) == len(set(lines)) == len(said_of(REFUSED)) + 3
    assert [line for line in lines if line == '""'] == ['""']
    assert {len(message.locations) for message in found if message.id} == {1}


def test_each_message_names_the_place_of_its_literal(tmp_path: Path) -> None:
    """
    The place of a message is the line of the catalog where its text begins.
    """
    said = {text: literal for entry in CATALOG for text, literal in said_of(entry).items()}
    found = template(tmp_path, RST)
    for message in found:
        if message.id and message.id != "Page":
            ((file, line),) = message.locations
            assert Path(file).parent.name == "catalog", message.id
            source = Path(str(literals.MODULES[0].__file__)).with_name(Path(file).name).read_text(encoding="utf-8")
            beginning = said[str(message.id)][:8]
            assert beginning in source.splitlines()[line - 1].replace('\\"', '"'), message.id
            assert file.startswith("../")


def test_generated_pages_are_translated_like_others(tmp_path: Path) -> None:
    """
    The pages that connlog generates have the texts of the catalog as their messages, and are shown in translation.
    """
    files = {"index.rst": whole("Page", ".. toctree::", "   errors/index")}
    other = [f"errors/{code}.*" for code in CATALOG.codes if code != REFUSED.code]
    config = {"connlog_pages": "errors", "exclude_patterns": other}
    build = Site(tmp_path / "english", files).build("gettext", **config)
    with (build.folder / "errors.pot").open("rb") as file:
        found = {str(message.id): message.locations for message in read_po(file) if message.id}
    assert set(found) == set(said_of(REFUSED))
    assert {Path(file).parent.name for ((file, _),) in found.values()} == {"catalog"}
    said = translated(tmp_path / "german", files, {REFUSED.title: "Dort lauscht nichts"}, **config)
    assert (build.warnings, said.warnings) == ([], [])
    assert "<h1>Dort lauscht nichts<" in said.page(f"errors/{REFUSED.code}.html")
    assert "<h1>Verbindungsfehler<" in said.page("errors/index.html")
    assert "Dort lauscht nichts</span></a>" in said.page("errors/index.html")


@pytest.mark.parametrize("files", [RST, MYST], ids=["reStructuredText", "MyST"])
def test_a_translation_stands_on_the_page(tmp_path: Path, files: dict[str, str]) -> None:
    """
    Every text can be translated, without a warning; code, parts, links and ids stay what they were.
    """
    messages = {text: f"Auf Deutsch: {text}" for entry in CATALOG for text in said_of(entry)}
    page = translated(tmp_path / "german", files, messages, builder="dummy", translation_progress_classes=True)
    original = Site(tmp_path / "english", files).build("dummy")
    assert (page.warnings, original.warnings) == ([], [])
    assert marks(page) == marks(original)
    assert page.objects == original.objects
    tree = page.env.get_doctree("index")
    assert len(re.findall("Auf Deutsch: ", tree.astext())) > len(messages)
    assert [node.astext() for node in tree.findall(nodes.Element) if "untranslated" in node["classes"]] == ["Page"]


def test_a_translated_hint(tmp_path: Path) -> None:
    """
    A hint in German has its code, its part to fill in and its link; the rest of the page waits for its translation.
    """
    hint = next(one.text for one in REFUSED.hints if one.text.startswith("Replace {host} by the name of the service"))
    said = (
        "Statt {host} den Namen des Dienstes nehmen: in einem Container ist localhost der Container selbst, siehe "
        "address-not-available und RFC 6761. Ein Programm auf dem Docker-Host ist `host.docker.internal`."
    )
    files = {"index.rst": whole("Page", f".. connlog:entry:: {REFUSED.code}")}
    build = translated(tmp_path, files, {hint: said, REFUSED.title: "Dort lauscht nichts"})
    assert build.warnings == []
    page = build.page("index.html")
    assert "Statt <em>Host</em> den Namen des Dienstes nehmen" in page
    assert '<span class="pre">host.docker.internal</span></code>.' in page
    assert 'href="https://www.rfc-editor.org/rfc/rfc6761.html">RFC 6761</a>' in page
    assert "Dort lauscht nichts" in page
    assert REFUSED.causes[0].text.split("`")[0] in page


def test_a_hint_of_the_team(tmp_path: Path) -> None:
    """
    The team's own hints are messages too; their place is the page, since no literal of the catalog says them.
    """
    files = {
        "index.rst": whole("Page", f".. connlog:entry:: {REFUSED.code}"),
        "runbook.toml": f'[[hints]]\ncode = "{REFUSED.code}"\ntext = "Call the `{{service}}` team."\n',
    }
    build = Site(tmp_path, files).build("gettext", connlog_runbook="runbook.toml")
    with (build.folder / "index.pot").open("rb") as file:
        (found,) = [message for message in read_po(file) if message.id == "Call the `{service}` team."]
    assert [(Path(file).name, line) for file, line in found.locations] == [("index.rst", 4)]


def test_links_are_called_what_their_page_is_called(tmp_path: Path) -> None:
    """
    Titles in links, in the inventory and in tables are those of the translated page; anchors stay.
    """
    files = {
        "index.rst": whole(
            "Page",
            f":connlog:code:`{REFUSED.code}` :connlog:code:`mine <{REFUSED.code}>` :any:`{REFUSED.code}`",
            "",
            ".. connlog:catalog::",
            "   :style: table",
            "",
            f".. connlog:entry:: {REFUSED.code}",
        )
    }
    build = translated(tmp_path, files, {REFUSED.title: "Dort lauscht nichts"})
    page = build.page("index.html")
    assert build.warnings == []
    found = re.findall(rf'href="#{REFUSED.code}"[^>]*><(?:span|code)[^>]*>(?:<span[^>]*>)?([^<]+)', page)
    assert found[:4] == ["Dort lauscht nichts", "mine", REFUSED.code, "Dort lauscht nichts"]
    ((_, shown, *_),) = [found for found in build.domain.get_objects() if found[0] == REFUSED.code]
    assert shown == "Dort lauscht nichts"


def test_a_translation_that_fills_in_nothing(tmp_path: Path) -> None:
    """
    Braces that name no part are a warning that can be suppressed, and the original stays.
    """
    files = {"index.rst": whole("Page", f".. connlog:entry:: {REFUSED.code}")}
    build = translated(tmp_path, files, {REFUSED.hints[-1].text: "Nimm {wirt}."})
    (warning,) = build.warnings
    assert "index.rst:4: WARNING: connlog: the translation of" in warning
    assert "'wirt'" in warning
    assert "[connlog.translation]" in warning
    assert "Nimm" not in build.page("index.html")


def test_a_text_that_the_catalog_does_not_have() -> None:
    """
    What no literal says has no place.
    """
    assert literals.place("Nobody says this.") is None
