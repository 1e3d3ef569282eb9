"""
Passages: texts of the catalog on a page, each one message to those who translate the page.

A passage keeps the catalog's own markup in its message, so that one translation serves pages in reStructuredText and in
Markdown. Whatever else stands on a page that we make has no message: it is code, a name, or the extension's own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.addnodes import translatable
from sphinx.builders.gettext import I18nBuilder
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from connlog.sphinxext import literals, words
from connlog.sphinxext.nodes import Page, prose
from connlog.sphinxext.speech import say, tell

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

TRANSLATED = 30
"""When Sphinx has applied the translations of a page, and counted them."""


class Passage(nodes.inline, translatable):
    """
    A text of the catalog, until the translation of the page has had its turn.
    """

    page: Page
    literal: str

    def preserve_original_messages(self) -> None:
        """
        Do nothing: the message stays what it is.
        """

    def extract_original_messages(self) -> Sequence[str]:
        """
        Return the one message.
        """
        return [self.rawsource]

    def apply_translated_message(self, original_message: str, translated_message: str) -> None:
        """
        Say the same in the language of the page.
        """
        try:
            said = prose(translated_message, self.page, say=say)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            _warn(self, original_message, error)
            return
        self.clear()
        self += said
        self["translated"] = True


def _warn(node: Passage, message: str, error: Exception) -> None:
    """
    Say that a translation fills in a part that there is none of.
    """
    logger.warning(
        tell(words.UNFILLED),
        message,
        error,
        location=node,
        type="connlog",
        subtype="translation",
    )


def quote(text: str, page: Page, *, literal: str | None = None) -> Passage:
    """
    Put words of the catalog on a page.

    Args:
        text: The words of the catalog.
        page: Where they stand.
        literal: How the catalog spells them, where that is something else.
    """
    made = Passage(text, "", *prose(text, page))
    made.page, made.literal = page, literal or text
    return made


def paragraph(text: str, page: Page, *, literal: str | None = None, classes: Sequence[str] = ()) -> nodes.paragraph:
    """
    Make a paragraph of one passage.
    """
    return nodes.paragraph("", "", quote(text, page, literal=literal), classes=list(classes))


def place(made: Iterable[nodes.Element], source: str, line: int) -> None:
    """
    Tell warnings where nodes come from, and keep all but the passages from being translated.

    Quotes and dashes stay as they are: they may be part of a command.
    """
    for top in made:
        top["support_smartquotes"] = False
        for node in top.findall(nodes.Element):
            node.source, node.line = source, line
            if isinstance(node, nodes.TextElement) and not isinstance(node, nodes.Inline):
                node["translatable"] = False


class Locate(SphinxTransform):
    """
    Tell translators where each passage is written.
    """

    default_priority = TRANSLATED

    def apply(self, **kwargs: object) -> None:
        """
        Put the place of the literal in the place of the page's.
        """
        del kwargs
        for found in self.document.findall(Passage):
            written = literals.place(found.literal)
            if written is not None:
                found.source, found.line = written
            del found.page


class Settle(SphinxTransform):
    """
    Leave the words of the passages alone on the page.
    """

    default_priority = TRANSLATED

    def apply(self, **kwargs: object) -> None:
        """
        Put its content in the place of each passage; what holds it counts as translated where all of it is.
        """
        del kwargs
        for found in list(self.document.findall(Passage)):
            if "translated" in found:
                found.parent["translated"] = found.parent.get("translated", True) and found["translated"]
            found.replace_self(found.children)


def setup(app: Sphinx) -> None:
    """
    Keep the passages for those who translate them, and for nobody else.
    """
    app.add_node(Passage)  # tables of contents copy headings
    app.connect("builder-inited", _add_transform)


def _add_transform(app: Sphinx) -> None:
    app.add_transform(Locate if isinstance(app.builder, I18nBuilder) else Settle)
