"""
The table of event fields: how each convention names what a diagnosis holds.

Names come from :mod:`connlog.fields`, meanings from the docstrings of the nouns.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence

from docutils import nodes

from connlog._model import Diagnosis, Location
from connlog.fields import CONVENTIONS
from connlog.sphinxext import words
from connlog.sphinxext.nodes import Cell, Page, prose, table
from connlog.sphinxext.speech import say


def described(page: Page) -> Iterator[nodes.Element]:
    """
    Make the table: a row for each part of a diagnosis, a column for each convention.
    """
    spelled = {name: {part: field for field, part in convention.rows} for name, convention in CONVENTIONS.items()}
    rows: Iterable[Sequence[Cell]] = (
        [prose(say(meaning), page), *([_name(fields.get(part))] for fields in spelled.values())]
        for part, meaning in meanings().items()
    )
    yield table(say(words.FIELDS_TABLE), (words.MEANING, *spelled), rows, "connlog-fields")


def meanings() -> dict[str, str]:
    """
    Say what each part means that a convention has a field for, in the order of the conventions.
    """
    return {part: _meaning(part) for convention in CONVENTIONS.values() for _, part in convention.rows}


def _name(field: str | None) -> nodes.Node:
    return nodes.literal("", field) if field else nodes.Text(say(words.NONE))


def _meaning(part: str) -> str:
    """
    Find what a part means: in the words for what the conventions derive, else in the docstring of its noun.
    """
    noun, name = (Location, part.removeprefix("location.")) if "." in part else (Diagnosis, part)
    found = re.search(rf"^    {name}: (.*(?:\n     +\S.*)*)", inspect.getdoc(noun) or "", re.MULTILINE)
    said = words.PARTS.get(part) or (found[1] if found else name)
    return " ".join(said.replace("``", "`").split())
