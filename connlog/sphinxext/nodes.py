"""
Doctree pieces that every page needs: prose with code in it, tables that scroll inside their own frame, links to codes.

What stands on a page; knows nothing of domains and directives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms import SphinxTransform

from connlog._model import Entry
from connlog.catalog import Catalog
from connlog.catalog import words as spoken
from connlog.sphinxext import sources, words
from connlog.sphinxext.speech import say

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

STATIC = Path(__file__).parent / "static"
"""Folder of the style sheet."""

PART = "connlog-part"
"""Class of the headings of an entry's parts."""

_PIECES = re.compile(
    r"`(?P<literal>[^`]+)`"
    r"|(?<!\{)\{(?P<part>\w+)\}"
    r"|(?P<source>\bRFC \d+(?:, section [\d.]*\d)?|\b[a-z][\w.]*\(\d\))"
    r"|(?<![\w./-])[a-z]+(?:-[a-z]+)+(?![\w/-])"
)
"""Literal, part to fill in, source, and what may be a code."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Cell = Sequence[nodes.Node] | None
"""What stands in a cell of a table; ``None``: the cell above covers it."""


class Frame(nodes.General, nodes.Element):
    """
    A frame that its content may be wider than: it scrolls, the page doesn't. Keyboards can reach it.
    """


class Sample(nodes.General, nodes.Element):
    """
    Code that may be wider than its box. Keyboards can reach the box, which Sphinx's own can't be.
    """


class HeadingLevels(SphinxTransform):
    """
    Give the headings of parts the level below the section that they stand in.
    """

    default_priority = 500

    def apply(self, **kwargs: object) -> None:
        """
        Count the sections around each heading, once all of them are in place.
        """
        del kwargs
        for rubric in self.document.findall(nodes.rubric):
            if PART in rubric["classes"]:
                rubric["heading-level"] = min(_sections_around(rubric) + 1, 6)


def _sections_around(node: nodes.Node) -> int:
    depth = 0
    while node.parent is not None:
        node = node.parent
        depth += isinstance(node, nodes.section)
    return depth


def setup(app: Sphinx) -> None:
    """
    Register the frame and the sample with every builder, and the style sheet with those that write HTML.
    """
    through = (_pass, _pass)
    for kind, html in ((Frame, (_open_frame, _close_frame)), (Sample, (_open_sample, _close_sample))):
        app.add_node(kind, html=html, latex=through, text=through, man=through, texinfo=through)
    app.add_transform(HeadingLevels)
    app.add_css_file("connlog.css")
    app.connect("builder-inited", _add_static)


def _add_static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(STATIC))


def _open_frame(translator: HTML5Translator, node: Frame) -> None:
    label = translator.attval(node["label"])
    translator.body.append(f'<div class="connlog-frame" role="region" tabindex="0" aria-label="{label}">\n')


def _close_frame(translator: HTML5Translator, node: Frame) -> None:  # noqa: ARG001 -- the signature is docutils'
    translator.body.append("</div>\n")


def _open_sample(translator: HTML5Translator, node: Sample) -> None:  # noqa: ARG001 -- the signature is docutils'
    translator.context.append(translator.body)
    translator.body = []


def _close_sample(translator: HTML5Translator, node: Sample) -> None:  # noqa: ARG001 -- the signature is docutils'
    written = "".join(translator.body)
    translator.body = translator.context.pop()
    translator.body.append(written.replace("<pre>", '<pre tabindex="0">'))


def _pass(translator: nodes.NodeVisitor, node: nodes.Element) -> None:
    """
    Write nothing: only HTML needs frames and boxes.
    """


class Page(NamedTuple):
    """
    What pieces need to know about the page they are written for.

    Attributes:
        catalog: Where codes are looked up.
        docname: The page.
        examples: Whether code samples are wanted.
    """

    catalog: Catalog
    docname: str
    examples: bool = True


def prose(text: str, page: Page, *, say: Callable[[str], str] = str) -> list[nodes.Node]:
    """
    Turn the words of the catalog into nodes.

    What stands in backticks is literal, ``{host}`` is a part to fill in; RFCs, man pages and codes become links.

    Args:
        text: The words.
        page: Where they stand.
        say: Translates what stands for a part, where the words are translated.
    """
    result: list[nodes.Node] = []
    start = 0
    for piece in _PIECES.finditer(text):
        node = _piece(piece, page, say)
        if node is not None:
            result += [*_plain(text[start : piece.start()]), node]
            start = piece.end()
    return [*result, *_plain(text[start:])]


def _piece(piece: re.Match[str], page: Page, say: Callable[[str], str]) -> nodes.Node | None:
    """
    Turn one piece that may be more than plain words into its node; ``None``: it is no more.
    """
    said = piece[0]
    if piece["literal"] is not None:
        return nodes.literal(said, _filled(piece["literal"]))
    if piece["part"]:
        return nodes.emphasis(said, say(words.PLACEHOLDERS[piece["part"]]))
    if piece["source"]:
        return source(said)
    return link(page.catalog[said], page.docname, slug=True) if said in page.catalog else None


def _plain(text: str) -> list[nodes.Node]:
    return [nodes.Text(text.replace("{{", "{").replace("}}", "}"))] if text else []


def _filled(literal: str) -> str:
    """
    Put words in capitals for the parts that an event fills in.
    """
    return literal.format_map({part: word.upper() for part, word in words.PLACEHOLDERS.items()})


def paragraph(text: str, page: Page, *, classes: Sequence[str] = ()) -> nodes.paragraph:
    """
    Make a paragraph of the words of the catalog.
    """
    return nodes.paragraph(text, "", *prose(text, page), classes=list(classes))


def link(entry: Entry, docname: str, *, slug: bool = False) -> pending_xref:
    """
    Refer to a code, by its title or by the code itself; plain text where no page of the project describes it.
    """
    shown = nodes.literal("", entry.code) if slug else nodes.inline("", entry.title)
    shown["classes"] += ["xref", "connlog", "connlog-code"]
    return pending_xref(
        "",
        shown,
        refdomain="connlog",
        reftype="code",
        reftarget=entry.code,
        refdoc=docname,
        refexplicit=slug,
        connlog_made=True,
    )


def sample(code: str, language: str, *classes: str) -> Sample:
    """
    Show code in its box; control characters by name, since neither XML nor LaTeX takes them.
    """
    stripped = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), code.strip("\n"))
    return Sample("", nodes.literal_block(stripped, stripped, language=language, classes=list(classes)))


def source(name: str, *, shown: str | None = None) -> nodes.Node:
    """
    Show a source, as a link if it has an address.

    Args:
        name: How the catalog names it.
        shown: What to show where the whole name is too long.
    """
    uri = sources.address(name)
    if uri is None:
        return nodes.Text(name)
    made = nodes.reference(name, shown or name, refuri=uri, internal=False)
    if shown:
        made["reftitle"] = name
    return made


def badge(retry: str) -> nodes.inline:
    """
    Show a retry verdict in its short words.
    """
    return nodes.inline("", say(spoken.RETRIES[retry][0]), classes=["connlog-retry", f"connlog-{retry}"])


def colon() -> nodes.inline:
    """
    Put a colon after a badge; where the badge has a shape of its own, only a screen reader says it.
    """
    return nodes.inline("", ": ", classes=["connlog-colon"])


def commas(items: Iterable[nodes.Node]) -> list[nodes.Node]:
    """
    Put commas between nodes.
    """
    result: list[nodes.Node] = []
    for item in items:
        if result:
            result.append(nodes.Text(", "))
        result.append(item)
    return result


def bullets(items: Iterable[Sequence[nodes.Node]], *, ranked: bool = False) -> nodes.Element:
    """
    Make a list of one paragraph an item, numbered if the order is a ranking.
    """
    rows = (nodes.list_item("", nodes.paragraph("", "", *item)) for item in items)
    if ranked:
        return nodes.enumerated_list("", *rows, enumtype="arabic", prefix="", suffix=".")
    return nodes.bullet_list("", *rows)


def definitions(items: Iterable[tuple[Sequence[nodes.Node], Sequence[nodes.Node]]]) -> nodes.definition_list:
    """
    Make a list of terms with their explanation.
    """
    return nodes.definition_list(
        "",
        *(
            nodes.definition_list_item("", nodes.term("", "", *term), nodes.definition("", *body))
            for term, body in items
        ),
        classes=["connlog-terms"],
    )


def table(label: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], *classes: str) -> Frame:
    """
    Make a table in its own frame; a column that no row has anything for is left out.

    Args:
        label: What the table shows, for readers who don't see it.
        head: One heading a column, in the words that are still to be translated.
        rows: For each cell its inline nodes; ``None``: the cell above covers it.
        classes: Classes of the table.
    """
    lines = list(rows)
    told = [column for column in range(len(head)) if not lines or any(line[column] != [] for line in lines)]
    head, lines = [say(head[column]) for column in told], [[line[column] for column in told] for line in lines]
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec("", colwidth=_width(cells)) for cells in zip(head, *lines, strict=True)]
    group += nodes.thead("", nodes.row("", *(_cell([nodes.Text(word)], 0) for word in head)))
    group += nodes.tbody("", *(_row(lines, number) for number in range(len(lines))))
    made = nodes.table("", group, classes=["connlog-table", "colwidths-auto", *classes])
    return Frame("", made, label=label)


def _width(cells: Sequence[str | Cell]) -> int:
    """
    Say how many columns of plain text the longest cell takes, up to what still reads well.
    """
    return min(max(len(cell) if isinstance(cell, str) else sum(map(_columns, cell or ())) for cell in cells), 40)


def _columns(node: nodes.Node) -> int:
    """
    Count the columns of a cell's text; what is literal stands in quotes there.
    """
    return len(node.astext()) + 2 * len(list(node.findall(nodes.literal)))


def _row(lines: Sequence[Sequence[Cell]], number: int) -> nodes.row:
    made = nodes.row("")
    for column, cell in enumerate(lines[number]):
        if cell is not None:
            below = (line[column] for line in lines[number + 1 :])
            made += _cell(cell, len(list(takewhile(_is_covered, below))))
    return made


def _is_covered(cell: Cell) -> bool:
    return cell is None


def _cell(content: Sequence[nodes.Node], covers: int) -> nodes.entry:
    made = nodes.entry("", nodes.paragraph("", "", *content))
    if covers:
        made["morerows"] = covers
    return made
