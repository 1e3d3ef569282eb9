"""
Generated pages: with ``connlog_pages = "errors"`` a page for each code and a first one, without files in the source.

The source of such a page is a file beside the doctrees. It is one directive and a digest of all that the page says, and
is written only when that changes: so its time tells Sphinx, as that of any source does, whether to read the page again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from docutils.utils import column_width
from sphinx.builders.gettext import I18nBuilder
from sphinx.parsers import RSTParser
from sphinx.project import Project
from sphinx.util.matching import Matcher

from connlog._model import Entry
from connlog._version import __version__
from connlog.sphinxext import front, names, pages, words
from connlog.sphinxext.domain import domain_of
from connlog.sphinxext.nodes import Page
from connlog.sphinxext.speech import say

if TYPE_CHECKING:
    from docutils.statemachine import StringList
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

SUFFIX = ".connlog"
"""Ending of the sources, which no file of the project's own has."""

FORMAT = "connlog"
"""What Sphinx calls the format of the sources."""

FOLDER = "connlog"
"""Folder of the sources, in that of the doctrees."""

NO_SOURCE: Mapping[str, object] = {"sourcename": "", "page_source_suffix": "", "display_vcs_links": False}
"""What themes ask before they link to the source of a page, or to where it can be edited."""


class Pages(Project):
    """
    The pages of a project, those that are generated among them.

    Attributes:
        generated: Those that connlog writes, as the project has no page of that name.
    """

    def __init__(self, project: Project, folder: Path, planned: Iterable[str]) -> None:
        """
        Take a project over.

        Args:
            project: The project that Sphinx knows.
            folder: Where the sources of generated pages are.
            planned: Their names.
        """
        super().__init__(project.srcdir, project.source_suffix)
        self.restore(project)
        self._folder = folder
        self._planned = frozenset(planned)
        # Builders ask for what is out of date before anything is looked for.
        known = self._planned & self.docnames
        self.generated = frozenset(name for name in known if not Path(project.doc2path(name, absolute=True)).is_file())

    def discover(self, exclude_paths: Iterable[str] = (), include_paths: Iterable[str] = ("**",)) -> set[str]:
        """
        Find the project's own pages, and add the generated ones for which there is none.
        """
        self.generated = frozenset()  # so that no file in the source is taken for one of ours
        self.generated = self._planned - super().discover(exclude_paths, include_paths)
        self.docnames |= self.generated
        return self.docnames

    def doc2path(self, docname: str, absolute: bool) -> Any:  # noqa: FBT001 -- the signature is Sphinx's
        """
        Return the source of a page; relative, it is where a file of the project would be.
        """
        known = super().doc2path(docname, absolute)
        if docname not in self.generated:
            return known
        source = f"{docname}{SUFFIX}"
        return type(known)(str(self._folder / source) if absolute else source)

    def path2doc(self, filename: Any) -> str | None:
        """
        Return the page that a file is the source of; a file of the project that has our ending is none.
        """
        path = Path(filename)
        if path.suffix != SUFFIX:
            return super().path2doc(filename)
        if path.is_relative_to(self._folder):
            path = path.relative_to(self._folder)
        docname = path.with_suffix("").as_posix()
        return docname if docname in self.generated else None


class Parser(RSTParser):
    """
    Reads the sources of generated pages, whatever formats the project's own pages have.
    """

    supported = (FORMAT,)

    def parse(self, inputstring: str | StringList, document: nodes.document) -> None:
        """
        Read a source; what its title says is the extension's own word, and translated already.
        """
        super().parse(inputstring, document)
        for title in document.findall(nodes.title):
            title["translatable"] = False


def _plan(app: Sphinx) -> None:
    """
    Write the sources, and have Sphinx find them among the project's own pages.
    """
    folder, place = app.config.connlog_pages, Path(app.doctreedir, FOLDER)
    sources = dict(_sources(app, folder)) if folder else {}
    for docname, text in sources.items():
        path = place / f"{docname}{SUFFIX}"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    app.project = app.env.project = Pages(app.project, place, sources)


def _sources(app: Sphinx, folder: str) -> Iterator[tuple[str, str]]:
    """
    Say the name of each page and its source, but for those that the project excludes.
    """
    catalog = domain_of(app.env).catalog
    excluded = Matcher(app.config.exclude_patterns)
    docnames = {name: f"{folder}/{name}" for name in (front.NAME, *catalog.codes)}
    wanted = {name: docname for name, docname in docnames.items() if not _excluded(docname, excluded)}
    entries = [entry for entry in catalog if entry.code in wanted]
    for entry in entries:
        docname = wanted[entry.code]
        body = pages.described(entry, Page(catalog=catalog, docname=docname))
        head = repr((entry, *names.led_to(entry, catalog)))
        yield docname, _source(f".. connlog:entry:: {entry.code}", head, body)
    if front.NAME in wanted:
        docname = wanted[front.NAME]
        yield docname, _source(_first(entries), "", front.described(entries, Page(catalog=catalog, docname=docname)))


def _excluded(docname: str, excluded: Matcher) -> bool:
    """
    Tell whether the project excludes a page, as it would a file of its own: the file or a folder above it.
    """
    path = Path(f"{docname}{SUFFIX}")
    return any(excluded(above.as_posix()) for above in (path, *path.parents[:-1]))


def _first(entries: Iterable[Entry]) -> str:
    """
    Write the first page: its title, its text, and the other pages in their order.
    """
    title, codes = say(words.FAILURES), [entry.code for entry in entries]
    lines = [title, "=" * column_width(title), "", f".. connlog:front:: {' '.join(codes)}", ""]
    return "\n".join([*lines, ".. toctree::", "   :hidden:", "", *(f"   {code}" for code in codes)])


def _source(text: str, head: str, body: Iterable[nodes.Node]) -> str:
    """
    Put below the text of a page a digest of all that the page says.
    """
    said = "\0".join((__version__, head, *(node.pformat() for node in body)))
    return f"{text}\n\n.. {sha256(said.encode()).hexdigest()}\n"


def _settle(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> Iterable[str]:
    """
    Tell the domain which pages are generated, and remove what was written of those that are no more.

    For translators every page is one of the project's own: the lines that they are told change with the whole file.

    Returns:
        Pages whose source is another one now, the project's own or ours, whatever the times of the files are.
    """
    del added, changed, removed
    domain, generated = domain_of(env), cast("Pages", env.project).generated
    before: frozenset[str] = domain.data.get("generated", frozenset())
    domain.data["generated"] = generated
    domain.generated = frozenset() if isinstance(app.builder, I18nBuilder) else generated
    place = Path(app.doctreedir, FOLDER)
    for source in place.rglob(f"*{SUFFIX}"):
        docname = source.relative_to(place).with_suffix("").as_posix()
        if docname not in env.found_docs:
            _remove(app.builder, docname)
    return before ^ generated


def _remove(builder: Builder, docname: str) -> None:
    """
    Remove what a builder wrote of a page, and the folders that this leaves empty.
    """
    if hasattr(builder, "get_outfilename"):
        written = Path(builder.get_outfilename(docname))
    else:
        written = Path(builder.outdir, docname + getattr(builder, "out_suffix", SUFFIX))
    written.unlink(missing_ok=True)
    for folder in written.relative_to(builder.outdir).parents[:-1]:
        above = Path(builder.outdir, folder)
        if above.is_dir() and not any(above.iterdir()):
            above.rmdir()


def _hide_source(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """
    Have themes show no link to the source of a generated page, which nobody can edit.
    """
    del templatename, doctree
    if pagename in domain_of(app.env).generated:
        context.update(NO_SOURCE)


def setup(app: Sphinx) -> None:
    """
    Register the format of the sources, and what happens in the course of a build.
    """
    app.add_source_suffix(SUFFIX, FORMAT)
    app.add_source_parser(Parser)
    app.connect("builder-inited", _plan, priority=600)  # after the domain has read the runbook
    app.connect("env-get-outdated", _settle)
    app.connect("html-page-context", _hide_source, priority=400)  # before themes ask
