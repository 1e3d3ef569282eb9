"""
The extension's own words in other languages: the message catalogues say what the data says, and all of it.

``python -m tests.test_sphinx_gettext`` writes the template anew, brings the translations up to date and compiles them;
what is new in them is left empty for a translator.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from gettext import NullTranslations
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from sphinx.locale import translators

from connlog import _model, fields
from connlog._version import __version__
from connlog.catalog import CATALOG
from connlog.catalog import words as spoken
from connlog.sphinxext import clients, events, words
from connlog.sphinxext.speech import LOCALES, MESSAGES, say
from tests.roots import Site, whole

PACKAGE = Path(_model.__file__).parent
TEMPLATE = LOCALES / f"{MESSAGES}.pot"
LANGUAGES = tuple(path.name for path in sorted(LOCALES.iterdir()) if path.is_dir())
OWNERS = "The connlog maintainers"
NAMES = {
    "connlog.catalog.words": {"IN_COMMANDS", "PLATFORMS", "UNKNOWN", "VALUES"},
    "connlog.sphinxext.words": {"DISTRIBUTIONS"},
}
"""What no translator is asked for: names, parts of sentences and commands of the catalog, what is listed twice."""

EVERYTHING = whole(
    "Everything",
    ".. connlog:catalog::",
    "   :no-index:",
    "",
    ".. connlog:catalog::",
    "   :style: table",
    "",
    ".. toctree::",
    "   errors/index",
    "",
    *(f".. connlog:{name}::\n" for name in ("errnos", "wrappers", "clients", "fields", "settings")),
)
"""A page with all that the extension can say."""

PLACEHOLDER = re.compile(r"\{\w*\}|%[srd]|`[^`]+`")
Message = tuple[str, str, str]
"""Text, the file that says it, and what it is for."""


def po_file(language: str) -> Path:
    """
    Name the translation of a language.
    """
    return LOCALES / language / "LC_MESSAGES" / f"{MESSAGES}.po"


def written() -> Iterator[Message]:
    """
    List what the data says that a translator is asked for.
    """
    yield from said_by(words)
    yield from said_by(spoken)
    yield from ((text, relative(events), "What a field of an event means.") for text in events.meanings().values())
    results = json.loads(clients.RESULTS.read_text(encoding="utf-8"))
    file = clients.RESULTS.relative_to(PACKAGE.parent).as_posix()
    yield from ((text, file, "What a server was made to do.") for text in results["faults"].values())
    yield from ((one["why"], file, "Why a client has no result for a fault.") for one in results["empty"])
    yield from ((text, file, "Why a client is not tested.") for text in results["untested"].values())


def said_by(module: ModuleType) -> Iterator[Message]:
    """
    List the words of a module, each with the comment that stands below its name.
    """
    body = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body
    for statement, comment in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            name = ast.unparse(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)
            assert isinstance(comment, ast.Expr), f"{name} says nothing of what it is for"
            if name not in NAMES[module.__name__]:
                for text in texts(getattr(module, name)):
                    yield text, relative(module), " ".join(str(ast.literal_eval(comment.value)).split())


def texts(data: object) -> Iterator[str]:
    """
    Find the words in data.
    """
    if isinstance(data, str):
        if re.search(r"[^\W\d_]", PLACEHOLDER.sub("", data)):
            yield data
    else:
        for part in data.values() if isinstance(data, Mapping) else data:
            yield from texts(part)


def relative(module: ModuleType) -> str:
    """
    Name a module's file as a translator sees it.
    """
    return Path(str(module.__file__)).relative_to(PACKAGE.parent).as_posix()


def template() -> Catalog:
    """
    Make the template of all translations.
    """
    made = Catalog(
        project="connlog",
        version=__version__,
        msgid_bugs_address=OWNERS,
        header_comment="# What connlog's Sphinx extension says itself.",
        last_translator=OWNERS,
        language_team=OWNERS,
        fuzzy=False,
    )
    if TEMPLATE.exists():
        made.creation_date = read(TEMPLATE).creation_date
    for text, file, comment in written():
        made.add(text, locations=[(file, 0)], auto_comments=[comment])
    return made


def read(path: Path) -> Catalog:
    """
    Read a template or a translation.
    """
    with path.open("rb") as file:
        return read_po(file)


def messages(catalog: Catalog) -> dict[str, tuple[set[str], set[str]]]:
    """
    Return the messages of a catalogue with the files that say them and what they are for.
    """
    return {
        str(message.id): ({file for file, _ in message.locations}, set(message.auto_comments))
        for message in catalog
        if message.id
    }


def test_the_template_holds_the_words_of_the_data() -> None:
    """
    Every word of the extension is in the template, with its file and its comment, and nothing else.
    """
    assert messages(read(TEMPLATE)) == messages(template())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_complete(language: str) -> None:
    """
    Each message is translated, none is in doubt, and none is left over.
    """
    translation = read(po_file(language))
    assert {str(message.id) for message in translation if message.id} == set(messages(template()))
    assert [message.id for message in translation if message.id and not message.string] == []
    assert [message.id for message in translation if message.id and message.fuzzy] == []
    assert translation.obsolete == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_the_same_parts(language: str) -> None:
    """
    A translation has the placeholders and the code of the original, each as often, and begins and ends like it.
    """
    for message in read(po_file(language)):
        original, said = str(message.id), str(message.string)
        assert sorted(PLACEHOLDER.findall(original)) == sorted(PLACEHOLDER.findall(said)), original
        if original:
            assert (original[-1] in ".:;", original != original.strip()) == (said[-1] in ".:;", said != said.strip())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_translation_is_the_written_one(language: str) -> None:
    """
    What Sphinx loads is what translators see.
    """
    with po_file(language).with_suffix(".mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == {message.id: message.string for message in read(po_file(language)) if message.id}


class Listening(NullTranslations):
    """
    A translation that remembers what it was asked for.
    """

    def __init__(self, heard: set[str]) -> None:
        """
        Hear into a set.
        """
        super().__init__()
        self.heard = heard

    def gettext(self, message: str) -> str:
        """
        Return the message as it is.
        """
        self.heard.add(message)
        return message


def test_whatever_pages_say_is_in_the_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    No page asks for a translation that no translator was asked for.
    """
    heard: set[str] = set()
    monkeypatch.setattr("connlog.sphinxext.speech.get_translator", lambda *_: Listening(heard))
    assert Site(tmp_path, {"index.rst": EVERYTHING}).build(connlog_pages="errors").warnings == []
    names = {*spoken.PLATFORMS.values(), *fields.CONVENTIONS}
    assert {text for text in heard if list(texts(text))} - set(messages(template())) - names == set()


def test_a_page_in_german(tmp_path: Path) -> None:
    """
    With ``language = "de"`` the headings, facts and verdicts are German; the catalog's texts wait for a translation.
    """
    page = Site(tmp_path, {"index.rst": whole("Fehler", ".. connlog:entry:: connection-refused")})
    build = page.build("text", language="de")
    text = build.page("index.txt")
    assert build.warnings == []
    assert [
        word for word in ("Ursachen", "Abhilfe", "In jedem Fall", "Quellen", "Wiederholen") if word not in text
    ] == []
    assert CATALOG["connection-refused"].title in text
    assert build.objects["connection-refused"] == "index#connection-refused"


def test_a_language_of_the_project_itself(tmp_path: Path) -> None:
    """
    A project may bring the extension's words in a language that connlog does not speak, or in words of its own.
    """
    for language, said in (("fr", "Causes"), ("de", "Woran es liegt")):
        page = Site(tmp_path / language, {"index.rst": whole("Page", ".. connlog:entry:: connection-refused")})
        own = Catalog(locale=language)
        own.add(words.CAUSES, said)
        path = page.source / "locales" / language / "LC_MESSAGES" / f"{MESSAGES}.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, own)
        text = page.build("text", language=language).page("index.txt")
        assert said in text
        assert ("Quellen" if language == "de" else words.SOURCES) in text


def test_nothing_is_said_before_sphinx_knows_the_language() -> None:
    """
    Outside of a build, words come back as they are, and no words stay none.
    """
    assert (MESSAGES in {name for _, name in translators}, say(words.CAUSES), say("")) == (False, words.CAUSES, "")


def main() -> None:
    """
    Write the template, and every translation with what is new in it.
    """
    fresh = template()
    _write(TEMPLATE, lambda file: write_po(file, fresh, width=120, include_lineno=False))
    for language in LANGUAGES:
        path = po_file(language)
        translation = read(path)
        translation.update(fresh, no_fuzzy_matching=True)
        translation.obsolete.clear()
        _write(path, lambda file, said=translation: write_po(file, said, width=120, include_lineno=False))
        _write(path.with_suffix(".mo"), lambda file, said=translation: write_mo(file, said))


def _write(path: Path, write: Callable[..., None]) -> None:
    with path.open("wb") as file:
        write(file)


if __name__ == "__main__":
    main()
