"""
The directives: a whole catalog, one entry, and the tables that are made of neither.

Each writes to the domain through :meth:`ConnlogDomain.describe` and :meth:`ConnlogDomain.note` alone, and names the
files it was made from, so that a page is read again when one of them changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from connlog import fields
from connlog._model import Entry
from connlog.catalog import numbers, wrappers
from connlog.catalog import words as spoken
from connlog.sphinxext import captured, clients, config, events, index, names, pages, passages, tables, words
from connlog.sphinxext.domain import ConnlogDomain, Target, domain_of
from connlog.sphinxext.nodes import Page, paragraph
from connlog.sphinxext.speech import say, tell

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Options = dict[str, Callable[[str], Any]]


def _words(argument: str) -> tuple[str, ...]:
    """
    Read words with blanks, line ends or commas between them.
    """
    found = tuple(directives.unchanged_required(argument).replace(",", " ").split())
    if not found:
        raise ValueError(tell(words.NOTHING_NAMED))
    return found


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
        Have this page read again when a file changes that its entries are made from.
        """
        self.depend_on_catalog(entries)
        self.depend_on(filter(None, [self.domain.runbook, captured.RESULTS, clients.RESULTS]))

    def depend_on_catalog(self, entries: Iterable[Entry]) -> None:
        """
        Have this page read again when a part of the catalog changes that these entries stand in.
        """
        modules = [f"connlog.catalog.{stage}" for stage in sorted({entry.stage for entry in entries})]
        self.depend_on(str(sys.modules[name].__file__) for name in (*modules, wrappers.__name__, numbers.__name__))

    def depend_on(self, files: Iterable[str | Path]) -> None:
        """
        Have this page read again when a file changes; generated pages are looked after where they are generated.
        """
        if self.env.docname not in self.domain.generated:
            for file in files:
                self.env.note_dependency(str(file))

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
        anchor = self.free(entry.code, f"connlog-{entry.code}")
        title = nodes.title("", "", passages.quote(entry.title, self.page()))
        made = nodes.section("", title, *body, ids=[anchor], classes=["connlog-entry"])
        self.state.document.ids[anchor] = made
        if "no-index" not in self.options:
            made.insert(1, index.described(entry, anchor, self.domain.catalog))
            self.domain.describe(entry, Target(self.env.docname, anchor, entry.title, self.lineno))
        return made

    def free(self, *wanted: str) -> str:
        """
        Find the first anchor that nothing on the page has; the last one is counted on if need be.
        """
        counted = (f"{wanted[-1]}-{number}" for number in count(2))
        return next(anchor for anchor in chain(wanted, counted) if anchor not in self.state.document.ids)

    def mark(self, kind: str, name: str, title: str) -> list[nodes.Node]:
        """
        Make a place in a table that links to a name go to where no page describes it, and tell the domain.
        """
        anchor = self.free(names.anchor(kind, name))
        made = nodes.target("", "", ids=[anchor], connlog_made=True)
        self.state.document.ids[anchor] = made
        if "no-index" in self.options:
            return [made]
        self.domain.note(kind, name, Target(self.env.docname, anchor, title, self.lineno, names.LISTED))
        return [index.listed(name, anchor), made] if kind == "errno" else [made]

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
        page = self.page()
        if self.options.get("style") == "table":
            made: list[nodes.Element] = [pages.overview(entries, page)]
        elif self.is_whole:
            made = [self.stage(stage, list(found)) for stage, found in groupby(entries, lambda entry: entry.stage)]
        else:
            made = self.sections(entries, page)
        own = pages.runbook(pages.own_hints(page.catalog), page) if self.is_whole else []
        return self.placed([*own, *made])

    @property
    def is_whole(self) -> bool:
        """
        Whether nothing is left out.
        """
        return not self.options.keys() & {"stage", "codes"}

    def chosen(self) -> list[Entry]:
        """
        Find the entries that the options ask for: in catalog order, or in the order in which they are named.
        """
        stages = self.options.get("stage", tuple(spoken.STAGES))
        known = self.known(dict.fromkeys(self.options.get("codes", self.domain.catalog.codes)))
        chosen = [entry for entry in known if entry.stage in stages]
        if known and not chosen:
            raise self.error(tell(words.NONE_CHOSEN).format(codes=", ".join(entry.code for entry in known)))
        return chosen

    def stage(self, stage: str, entries: list[Entry]) -> nodes.section:
        """
        Put the entries of a stage under its heading.
        """
        heading, sentence = (say(text) for text in spoken.STAGES[stage])
        page, anchor = self.page(), self.free(f"stage-{stage}")
        made = nodes.section("", nodes.title("", heading), paragraph(sentence, page), ids=[anchor])
        self.state.document.ids[anchor] = made
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
        self.depend_on([path])
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
        self.depend_on([str(fields.__file__)])
        return self.placed(list(events.described(self.page())))


class ErrnosDirective(Described):
    """
    ``connlog:errnos``: every errno name, the code that it means, and its number on each platform.

    .. versionadded:: 0.1.0
    """

    option_spec: ClassVar[Options] = {"no-index": directives.flag}

    def run(self) -> list[nodes.Node]:
        """
        Make the table.
        """
        self.depend_on_catalog(self.domain.catalog)
        return self.placed([tables.errnos(self.page(), self.mark)])


class WrappersDirective(Described):
    """
    ``connlog:wrappers``: every exception class that connlog knows, by library, and the code that it means.

    .. versionadded:: 0.1.0
    """

    option_spec: ClassVar[Options] = {"no-index": directives.flag}

    def run(self) -> list[nodes.Node]:
        """
        Make the list.
        """
        self.depend_on_catalog(self.domain.catalog)
        self.depend_on([clients.RESULTS])
        results = clients.read(clients.RESULTS, self.domain.catalog.codes)
        return self.placed([tables.wrappers(self.page(), self.mark, tables.tested(results.clients))])


class SettingsDirective(Described):
    """
    ``connlog:settings``: what ``conf.py`` may say about connlog.

    .. versionadded:: 0.1.0
    """

    def run(self) -> list[nodes.Node]:
        """
        Make the list.
        """
        self.depend_on([str(config.__file__), str(words.__file__)])
        return self.placed([tables.settings(self.page())])


DIRECTIVES: dict[str, type[SphinxDirective]] = {
    "catalog": CatalogDirective,
    "clients": ClientsDirective,
    "entry": EntryDirective,
    "errnos": ErrnosDirective,
    "fields": FieldsDirective,
    "settings": SettingsDirective,
    "wrappers": WrappersDirective,
}
"""All directives of the domain."""


def setup(app: Sphinx) -> None:
    """
    Register the directives with the domain.
    """
    for name, directive in DIRECTIVES.items():
        app.add_directive_to_domain("connlog", name, directive)
