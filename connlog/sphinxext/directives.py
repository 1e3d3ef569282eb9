"""
The directives: a whole catalog, one entry, and the table of tested clients.

Each writes to the domain through :meth:`ConnlogDomain.note` alone, and names the files it was made
from, so that a page is read again when one of them changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from connlog import fields
from connlog._model import Entry
from connlog.catalog import numbers, wrappers
from connlog.catalog import words as spoken
from connlog.sphinxext import clients, events, pages, passages
from connlog.sphinxext.domain import ConnlogDomain, Target, domain_of
from connlog.sphinxext.nodes import Page, paragraph
from connlog.sphinxext.speech import say

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Options = dict[str, Callable[[str], Any]]


def _words(argument: str) -> tuple[str, ...]:
    """
    Read words with blanks, line ends or commas between them.
    """
    return tuple(directives.unchanged_required(argument).replace(",", " ").split())


def _style(argument: str) -> str:
    return str(directives.choice(argument, ("full", "table", "summary")))


def _stages(argument: str) -> tuple[str, ...]:
    return tuple(directives.choice(word, tuple(spoken.STAGES)) for word in _words(argument))


class Described(SphinxDirective):
    """
    What directives have in common that put entries on a page.
    """

    @property
    def domain(self) -> ConnlogDomain:
        """
        The domain that remembers what stands where.
        """
        return domain_of(self.env)

    def page(self) -> Page:
        """
        Say what the pieces of an entry need to know about this page.
        """
        return Page(
            catalog=self.domain.catalog,
            docname=self.env.docname,
            examples="no-examples" not in self.options,
        )

    def depend(self, entries: Iterable[Entry]) -> None:
        """
        Have this page read again when a file changes that it is made from.
        """
        modules = [f"connlog.catalog.{stage}" for stage in sorted({entry.stage for entry in entries})]
        for name in (*modules, wrappers.__name__, numbers.__name__):
            self.env.note_dependency(str(sys.modules[name].__file__))

    def known(self, codes: Iterable[str]) -> list[Entry]:
        """
        Look codes up; each unknown one is a warning and left out.
        """
        found = []
        for code in codes:
            if code in self.domain.catalog:
                found.append(self.domain.catalog[code])
            else:
                self.domain.warn_unknown(code, self.get_location())
        return found

    def section(self, entry: Entry, body: Iterable[nodes.Node]) -> nodes.section:
        """
        Put an entry under its title and its code as the anchor, and tell the domain.
        """
        document = self.state.document
        anchor = entry.code if entry.code not in document.ids else f"connlog-{entry.code}"
        made = nodes.section(
            "",
            nodes.title("", "", passages.quote(entry.title, self.page())),
            *body,
            ids=[anchor],
            classes=["connlog-entry"],
        )
        document.ids.setdefault(anchor, made)
        if "no-index" not in self.options:
            self.domain.note("code", entry.code, Target(self.env.docname, anchor, entry.title, self.lineno))
        return made

    def placed(self, made: Sequence[nodes.Element]) -> list[nodes.Node]:
        """
        Tell translators and warnings where the nodes come from; keep quotes and dashes, which may be part of a command.
        """
        passages.place(made, *self.get_source_info())
        return list(made)


class EntryDirective(Described):
    """
    ``connlog:entry CODE``: one code in full, under a heading of its own.

    .. versionadded:: 0.1.0
    """

    required_arguments = 1
    option_spec: ClassVar[Options] = {"no-examples": directives.flag, "no-index": directives.flag}

    def run(self) -> list[nodes.Node]:
        """
        Make the section.
        """
        entries = self.known(self.arguments)
        self.depend(entries)
        return self.placed([self.section(entry, pages.described(entry, self.page())) for entry in entries])


class CatalogDirective(Described):
    """
    ``connlog:catalog``: all codes, those of some stages, or those that are named; in full, in short or as a table.

    .. versionadded:: 0.1.0
    """

    option_spec: ClassVar[Options] = {
        "stage": _stages,
        "codes": _words,
        "style": _style,
        "no-examples": directives.flag,
        "no-index": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """
        Make the sections or the table.
        """
        entries = self.chosen()
        self.depend(entries)
        if self.options.get("style") == "table":
            return self.placed([pages.overview(entries, self.page())])
        if self.options.keys() & {"stage", "codes"}:
            return self.placed(self.sections(entries, self.page()))
        return self.placed(
            [self.stage(stage, list(found)) for stage, found in groupby(entries, lambda entry: entry.stage)]
        )

    def chosen(self) -> list[Entry]:
        """
        Find the entries that the options ask for: in catalog order, or in the order in which they are named.
        """
        stages = self.options.get("stage", tuple(spoken.STAGES))
        codes = self.options.get("codes", self.domain.catalog.codes)
        return [entry for entry in self.known(codes) if entry.stage in stages]

    def stage(self, stage: str, entries: list[Entry]) -> nodes.section:
        """
        Put the entries of a stage under its heading.
        """
        heading, sentence = spoken.STAGES[stage]
        page = self.page()
        made = nodes.section("", nodes.title("", say(heading)), paragraph(say(sentence), page), ids=[f"stage-{stage}"])
        made += self.sections(entries, page)
        return made

    def sections(self, entries: list[Entry], page: Page) -> list[nodes.Element]:
        """
        Put each entry under its own heading, in full or in short.
        """
        shape = pages.summarised if self.options.get("style") == "summary" else pages.described
        return [self.section(entry, shape(entry, page)) for entry in entries]


class ClientsDirective(Described):
    """
    ``connlog:clients``: what connlog said of each client under each fault, from the results of the tests.

    Results of your own tests, in a file of the same shape, are shown with ``connlog:clients FILE``.

    .. versionadded:: 0.1.0
    """

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """
        Make the list of clients and the table.
        """
        path = self.env.relfn2path(self.arguments[0])[1] if self.arguments else str(clients.RESULTS)
        self.env.note_dependency(path)
        try:
            results = clients.read(Path(path), self.domain.catalog.codes)
        except ValueError as error:
            raise self.error(f"connlog:clients: {error}") from error
        return self.placed(list(clients.described(results, self.page())))


class FieldsDirective(Described):
    """
    ``connlog:fields``: what an event holds, in each naming convention.

    .. versionadded:: 0.1.0
    """

    def run(self) -> list[nodes.Node]:
        """
        Make the table.
        """
        self.env.note_dependency(str(fields.__file__))
        return self.placed(list(events.described(self.page())))


DIRECTIVES: dict[str, type[SphinxDirective]] = {
    "catalog": CatalogDirective,
    "clients": ClientsDirective,
    "entry": EntryDirective,
    "fields": FieldsDirective,
}
"""All directives of the domain."""


def setup(app: Sphinx) -> None:
    """
    Register the directives with the domain.
    """
    for name, directive in DIRECTIVES.items():
        app.add_directive_to_domain("connlog", name, directive)
