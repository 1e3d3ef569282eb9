"""
One line or sentence without a traceback -> the link of the exception whose words it is.

Imports the nouns, the chain's rules, the classes and the wrapper tables.
"""

from __future__ import annotations

from connlog._chain import MESSAGE, mro
from connlog._classes import classes_of, number_in
from connlog._model import Link
from connlog._patterns import compiled
from connlog.catalog.numbers import STRERRORS
from connlog.catalog.wrappers import SENTENCES

_TYPED = r"(?:\A|(?<=[\s:(]))(?P<type>[A-Za-z_]\w*(?:\.\w+)*): (?P<message>\S.*)"
_NUMBERED = r"\[(?:Errno|WinError) ?(?P<number>-?\d+)\](?P<words>.*)"
_QUOTED = r"(?<![=\w])['\"`]\Z"
"""What stands before words that a source line, or prose, holds in quotes."""

_TRAILING = " .,;)]}>'\"\n"
_OS_ERRORS = mro(OSError)
_RESOLVER = ("socket.gaierror", *_OS_ERRORS)


def link_of_line(text: str) -> Link | None:
    """
    Make the link of the failure that a line tells by itself.
    """
    text = text[:MESSAGE].strip()
    for match in compiled(_TYPED).finditer(text):
        link = _typed(match["type"], match["message"])
        if link is not None:
            return link
    for pattern, name in SENTENCES:
        said = compiled(pattern).search(text)
        if said is not None:
            full, names = classes_of(name)
            return Link(type=full, mro=names, message=text[said.start() :])
    return _numbered(text)


def _typed(name: str, message: str) -> Link | None:
    """
    Make the link of an exception line, if its class is one that can fail to connect.
    """
    full, names = classes_of(name)
    if len(names) == 1:
        return None
    number = number_in(message, names)
    if "." not in full and number is None and _words(message) is None:
        return None
    return Link(type=full, mro=names, message=message, errno=number)


def _numbered(text: str) -> Link | None:
    """
    Make the link of what is left when a program logs no more than the words of an OSError.
    """
    match = compiled(_NUMBERED).search(text)
    if match is None or compiled(_QUOTED).search(text[: match.start()]):
        return None
    number = int(match["number"])
    names = _RESOLVER if number < 0 else _OS_ERRORS
    return Link(type=names[0], mro=names, message=text[match.start() :], errno=number)


def _words(message: str) -> str | None:
    return STRERRORS.get(message.strip(_TRAILING).lower())
