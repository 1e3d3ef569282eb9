"""
The names that links may use: codes, errno names and exception classes, and which entry each of them leads to.

Knows the catalog and the wrappers; knows nothing of pages.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import chain
from typing import NamedTuple

from connlog._model import Entry, Wrapper
from connlog.catalog import Catalog, numbers, wrappers

DESCRIBED, LISTED, USUAL, POSSIBLE = range(4)
"""
How good a place is for a link to a name, best first.

What is always meant is described there; a row of a table says all that a name may mean; what is meant unless a message
says otherwise; what is meant only if a message says so.
"""

PYTHON = "Python"
"""What stands for the standard library among the libraries."""

FEW = 3
"""As many names are offered for one that is wrong."""


class Name(NamedTuple):
    """
    A name that leads to an entry.

    Attributes:
        kind: ``"code"``, ``"errno"`` or ``"exception"``.
        name: The name itself.
        rank: How good a place the entry is for it, see :data:`DESCRIBED`.
    """

    kind: str
    name: str
    rank: int


class Meaning(NamedTuple):
    """
    What an exception class means.

    Attributes:
        code: What it means unless its message says otherwise; ``None``: nothing.
        worded: What its message may say; ``None``: no connection failure.
        reads: Its message may name any other failure.
    """

    code: str | None
    worded: tuple[str | None, ...] = ()
    reads: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """
        Every code that may be meant, the usual one first; none for a class that is no connection failure.
        """
        return tuple(dict.fromkeys(code for code in (self.code, *self.worded) if code is not None))

    @property
    def certain(self) -> bool:
        """
        Whether the message does not matter.
        """
        return not self.worded and not self.reads


def led_to(entry: Entry, catalog: Catalog) -> Iterator[Name]:
    """
    List the names that lead to an entry: its code, its errno names, the classes that mean it or may mean it.
    """
    yield Name("code", entry.code, DESCRIBED)
    for errno in entry.errnos:
        yield Name("errno", errno, DESCRIBED)
    for name, meaning in meanings(catalog).items():
        if name in entry.exceptions:
            yield Name("exception", name, DESCRIBED)
        elif meaning.code == entry.code:
            yield Name("exception", name, DESCRIBED if meaning.certain else USUAL)
        elif entry.code in meaning.worded:
            yield Name("exception", name, POSSIBLE)


def meanings(catalog: Catalog) -> dict[str, Meaning]:
    """
    Say of each class that is known what it means: those of the entries, then those of the wrappers.
    """
    own = {name: Meaning(entry.code) for entry in catalog for name in entry.exceptions}
    return own | {row.type: _meaning(row, own.get(row.type)) for row in wrappers.CLASSES}


def _meaning(row: Wrapper, own: Meaning | None) -> Meaning:
    code = own.code if own and row.code is None else row.code
    worded = tuple(dict.fromkeys(meant for _, meant in row.words if meant != code))
    return Meaning(code, worded, row.reads)


def library(name: str) -> str:
    """
    Name the library of a class by its package; the standard library is one.
    """
    top, dot, _ = name.partition(".")
    return PYTHON if not dot or top in sys.stdlib_module_names else top


def shelf(name: str) -> tuple[bool, str]:
    """
    Say where the library of a class stands among the others: the standard library first.
    """
    found = library(name)
    return found != PYTHON, found.lower()


def anchor(kind: str, name: str) -> str:
    """
    Make the anchor for the row of a table that is about a name.
    """
    return f"{'exc' if kind == 'exception' else kind}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)}"


def canonical(kind: str, word: str, catalog: Catalog) -> str | None:
    """
    Find the name that is meant by a word, ``None`` if there is none.

    Windows' names of errnos begin with ``WSA``; a class may be named as its library offers it (``requests.Timeout``).
    """
    if kind == "code":
        return word if word in catalog else None
    if kind == "errno":
        name = word.removeprefix("WSA")
        return name if name in numbers.ERRNOS else None
    name = word.removeprefix("builtins.")
    known = meanings(catalog)
    top, dot, rest = name.partition(".")
    if name in known or not dot:
        return name if name in known else None
    last = rest.rpartition(".")[2]
    return next((found for found in known if found.startswith(f"{top}.") and found.endswith(f".{last}")), None)


def nearest(kind: str, word: str, catalog: Catalog) -> tuple[str, ...]:
    """
    Name what may be meant by a word that is no name, best first.
    """
    if kind == "code":
        return _few(_meant(word, catalog)) or catalog.nearest(word)
    if kind == "errno":
        numbered = (name for name, found in numbers.ERRNOS.items() if word in map(str, chain(*found.values())))
        return _few(numbered) or _close(word, numbers.ERRNOS)
    known = meanings(catalog)
    return _few(name for name in known if name.endswith(f".{word}")) or _close(word, known)


def _meant(word: str, catalog: Catalog) -> tuple[str, ...]:
    """
    Name the codes that an errno or a class stands for.
    """
    entry = catalog.by_errno(word)
    if entry:
        return (entry.code,)
    found = canonical("exception", word, catalog)
    return meanings(catalog)[found].codes if found else ()


def _few(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(found)[:FEW]


def _close(word: str, known: Iterable[str]) -> tuple[str, ...]:
    spelled = {name.lower(): name for name in known}
    return tuple(spelled[match] for match in get_close_matches(word.lower(), spelled, n=FEW, cutoff=0.5))
