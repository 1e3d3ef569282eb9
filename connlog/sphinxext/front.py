"""
The first of the generated pages: what there is, stage by stage, and the address that leads events to the pages.

What it says is made when it is read; the address depends on the builder and is filled in when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote

from docutils import nodes
from sphinx.builders.singlehtml import SingleFileHTMLBuilder

from connlog._model import Entry
from connlog.catalog import words as spoken
from connlog.sphinxext import pages, words
from connlog.sphinxext.directives import Described, Options
from connlog.sphinxext.domain import domain_of
from connlog.sphinxext.nodes import Page, paragraph
from connlog.sphinxext.speech import say

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder

NAME = "index"
"""Name of the page in its folder."""

DOCS_URL = "connlog-docs-url"
"""Class of what names the address."""

CALL = 'connlog.install(docs_url="{}")'
"""How connlog is told the address."""


def described(entries: Iterable[Entry], page: Page) -> Iterator[nodes.Element]:
    """
    Make all that stands below the title of the page.
    """
    yield paragraph(say(words.FRONT), page)
    yield nodes.container("", paragraph(say(words.DOCS_URL), page), classes=[DOCS_URL])
    yield from pages.runbook(pages.own_hints(page.catalog), page)
    for stage, found in groupby(entries, lambda entry: entry.stage):
        heading, sentence = (say(said) for said in spoken.STAGES[stage])
        rows = list(found)
        table = pages.overview(rows, page)
        for row, entry in zip(next(table.findall(nodes.tbody)).findall(nodes.row), rows, strict=True):
            row["ids"] = [entry.code]
        yield nodes.section("", nodes.title("", heading), paragraph(sentence, page), table, ids=[f"stage-{stage}"])


class FrontDirective(Described):
    """
    ``connlog:front CODES``: what stands below the title of the first page, for the codes that have a page.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Options] = {}

    def run(self) -> list[nodes.Node]:
        """
        Make the text and the tables; each row can be linked to by its code where nothing else has that name.
        """
        entries = self.known(self.arguments[0].split())
        made = self.placed(list(described(entries, self.page())))
        ids = self.state.document.ids
        for node in (found for top in made for found in top.findall(nodes.row) if found["ids"]):
            node["ids"] = [code for code in node["ids"] if ids.setdefault(code, node) is node]
        return made


def _call(url: str) -> nodes.literal_block:
    call = CALL.format(url)
    return nodes.literal_block(call, call, language="python")


def docs_url(builder: Builder, folder: str) -> str | None:
    """
    Return what ``install(docs_url=...)`` needs so that events lead to this site.

    A code is appended to it as it is: it leads to the page of the code where addresses have no suffix, else to the
    code's row on the first page, or to its place on the only page.

    Args:
        builder: What writes the site.
        folder: Where the pages are.

    Returns:
        ``None``: this is no site, or the project does not say where it will be.
    """
    if builder.format != "html" or getattr(builder, "embedded", False) or not builder.config.html_baseurl:
        return None
    base = builder.config.html_baseurl.rstrip("/")
    page = builder.get_target_uri(f"{folder}/code").rstrip("/")
    if unquote(page) == f"{folder}/code":
        return f"{base}/{page.removesuffix('code')}"
    first, _, _ = builder.get_target_uri(f"{folder}/{NAME}").partition("#")
    return f"{base}/{first}#"


def _finish(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """
    Name the address where there is one; a page that holds all pages has the anchors of the codes already.
    """
    del docname
    for place in [node for node in doctree.findall(nodes.container) if DOCS_URL in node["classes"]]:
        url = docs_url(app.builder, app.config.connlog_pages)
        if url is None:
            place.parent.remove(place)
        else:
            place.append(_call(url))
    if isinstance(app.builder, SingleFileHTMLBuilder):
        catalog = domain_of(app.env).catalog
        for row in doctree.findall(nodes.row):
            row["ids"] = [anchor for anchor in row["ids"] if anchor not in catalog]


def setup(app: Sphinx) -> None:
    """
    Register what the first page is made with.
    """
    app.add_directive_to_domain("connlog", "front", FrontDirective)
    app.connect("doctree-resolved", _finish)
