"""
What differs between media: on paper wide tables get columns that fit, in a terminal they become lists and long lines of
what was captured are broken, in a browser links show a whole row.

Imports the pieces of pages; knows nothing of domains and directives.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from connlog.sphinxext.captured import CAPTURED
from connlog.sphinxext.nodes import Frame, definitions

if TYPE_CHECKING:
    from sphinx.application import Sphinx

TABLE = 56
"""Columns of text that a table may take; a wider one reads better as a list, and links make it wider still."""

LINE = 70
"""Columns of a line of a sample that fit, indented."""

BORDER = 3
"""Columns that a cell takes beside its text."""

_WRAP = partial(textwrap.wrap, width=LINE, break_long_words=False, break_on_hyphens=False)

Row = Sequence[nodes.entry | None]
"""The cells of a row; ``None``: a cell above covers it."""


class RowAnchors(SphinxPostTransform):
    """
    Make the whole row, or the whole item of a list, the place that a link goes to.

    Sphinx's search shows the text of that place below a result, and fails where there is none.
    """

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """
        Move the anchors.
        """
        del kwargs
        for target in [node for node in self.document.findall(nodes.target) if node.get("connlog_made")]:
            around = target.parent
            around.remove(target)
            while not isinstance(around, nodes.row | nodes.list_item):
                around = around.parent
            around["ids"] += target["ids"]


class PaperTables(SphinxPostTransform):
    """
    Give the columns of a wide table their share of the line, so that long names break inside their column.
    """

    default_priority = 400
    formats = ("latex",)

    def run(self, **kwargs: object) -> None:
        """
        Mark the wide tables.
        """
        del kwargs
        for _, table in _framed(self.document):
            if not _fits(table):
                classes = [name for name in table["classes"] if name != "colwidths-auto"]
                table["classes"] = [*classes, "colwidths-given"]


class TerminalLines(SphinxPostTransform):
    """
    Break the long lines of what was captured; those of code stay whole, since they are copied.
    """

    default_priority = 400
    formats = ("text", "man", "texinfo")

    def run(self, **kwargs: object) -> None:
        """
        Break them, each below its own indent.
        """
        del kwargs
        for block in self.document.findall(nodes.literal_block):
            if CAPTURED in block["classes"]:
                broken = "\n".join(_broken(block.astext()))
                block.rawsource, block[:] = broken, [nodes.Text(broken)]


def _broken(text: str) -> Iterator[str]:
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        yield from _WRAP(line, subsequent_indent=f"{indent}  ") or [""]


class TerminalTables(SphinxPostTransform):
    """
    Turn a table into a list, row by row, where the lines are too short for it or cells can't span rows.
    """

    default_priority = 400
    formats = ("text", "man", "texinfo")

    def run(self, **kwargs: object) -> None:
        """
        Replace the tables, cells and all.
        """
        del kwargs
        for frame, table in _framed(self.document):
            if not _fits(table) or any("morerows" in cell for cell in table.findall(nodes.entry)):
                frame.replace_self(_listed(table))


def _framed(document: nodes.document) -> list[tuple[Frame, nodes.table]]:
    return [(frame, inner) for frame in document.findall(Frame) for inner in frame if isinstance(inner, nodes.table)]


def _fits(table: nodes.table) -> bool:
    width = sum(int(column["colwidth"]) + BORDER for column in table.findall(nodes.colspec))
    return width < TABLE


def _listed(table: nodes.table) -> nodes.definition_list:
    """
    List the rows: the first cell is the term, and each row that it covers says its cells after their headings.
    """
    head, *rows = _rows(table)
    titles = [cell.astext() for cell in head if cell is not None]
    items: list[tuple[list[nodes.Node], list[nodes.Node]]] = []
    for first, *others in rows:
        if first is not None:
            items.append(([*_anchors(first), *_inside(first)], []))
        items[-1][1].append(nodes.paragraph("", "", *_said(titles[1:], others)))
    return definitions(items)


def _said(titles: Sequence[str], cells: Row) -> Iterator[nodes.Node]:
    """
    Say what stands in the cells, each after its heading; an empty one is left out.
    """
    told = [(title, _inside(cell)) for title, cell in zip(titles, cells, strict=True) if cell and cell.astext()]
    for number, (title, inside) in enumerate(told):
        yield nodes.Text(f"{'; ' if number else ''}{title}: ")
        yield from inside


def _inside(cell: nodes.entry) -> list[nodes.Node]:
    return [child.deepcopy() for part in cell.children for child in part.children]


def _anchors(cell: nodes.entry) -> Iterator[nodes.Node]:
    """
    Keep the places that links go to, on a row and on its first cell.
    """
    for around in (cell.parent, cell):
        yield from (nodes.target("", "", ids=[name]) for name in around["ids"])


def _rows(table: nodes.table) -> Iterator[Row]:
    """
    Read the rows, the head first, with ``None`` where a cell above reaches down.
    """
    columns = len(list(table.findall(nodes.colspec)))
    covered = [0] * columns
    for row in table.findall(nodes.row):
        left = iter(row.findall(nodes.entry))
        cells = [None if covered[column] else next(left) for column in range(columns)]
        covered = [
            covered[column] - 1 if cell is None else int(cell.get("morerows", 0)) for column, cell in enumerate(cells)
        ]
        yield cells


def setup(app: Sphinx) -> None:
    """
    Register the changes.
    """
    app.add_post_transform(RowAnchors)
    app.add_post_transform(PaperTables)
    app.add_post_transform(TerminalLines)
    app.add_post_transform(TerminalTables)
