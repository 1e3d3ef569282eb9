"""
Where a text of the catalog is written: the file and the line of its literal, for those who translate it.

Imports the data only. Reads its source when a text is first asked for, and then once.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from connlog.catalog import connect, limits, other, resolve, tls, transfer

MODULES: tuple[ModuleType, ...] = (resolve, connect, tls, transfer, limits, other)
"""Where the texts of the catalog are written."""


PARAGRAPH = "\n\n"
"""Parts the paragraphs of a text."""


class Place(NamedTuple):
    """
    Where a literal begins.

    Attributes:
        file: The module's file.
        line: From 1.
    """

    file: str
    line: int


def place(text: str) -> Place | None:
    """
    Find the literal of a text, or of a paragraph of one; ``None`` for what no module of the catalog says.
    """
    return _places().get(text)


@cache
def _places() -> dict[str, Place]:
    """
    Find every literal; what several places say counts for the first.
    """
    places: dict[str, Place] = {}
    for module in MODULES:
        file = str(module.__file__)
        source = Path(file).read_text(encoding="utf-8")
        for literal in _literals(ast.parse(source)):
            for text, line in _paragraphs(source, literal):
                places.setdefault(text, Place(file, line))
    return places


def _literals(module: ast.Module) -> Iterator[ast.Constant]:
    """
    List what the nouns are told, word for word.
    """
    for call in ast.walk(module):
        if isinstance(call, ast.Call):
            for node in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node


def _paragraphs(source: str, literal: ast.Constant) -> Iterator[tuple[str, int]]:
    """
    List the paragraphs of a literal that may consist of several pieces, each with the line of the piece it begins in.
    """
    first, *others = str(literal.value).split(PARAGRAPH)
    yield first, literal.lineno
    if others:
        starts = list(_pieces(ast.get_source_segment(source, literal) or "", literal.lineno))
        offset = len(first) + len(PARAGRAPH)
        for paragraph in others:
            yield paragraph, max(line for start, line in starts if start <= offset)
            offset += len(paragraph) + len(PARAGRAPH)


def _pieces(written: str, line: int) -> Iterator[tuple[int, int]]:
    """
    List where the pieces of a literal begin: in the text, and in the file.
    """
    start = 0
    for token in tokenize.generate_tokens(StringIO(f"({written})").readline):
        if token.type == tokenize.STRING:
            yield start, line + token.start[0] - 1
            start += len(ast.literal_eval(token.string))
