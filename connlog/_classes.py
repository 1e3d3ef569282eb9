"""
The name of a class, as a text gives it -> what is known of the class, and the number that its words begin with.

Imports the nouns, the chain's rules, the frames and the wrapper tables. Imports and evaluates nothing else: of a class
only what is loaded already is known beyond its name.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable
from itertools import chain

from connlog._chain import is_library, mro, original, qualified
from connlog._frames import module_of
from connlog._patterns import compiled
from connlog.catalog.wrappers import BASES, CLASSES, SURFACES

_NUMBER = (
    r"\[(?:Errno|WinError) ?(?P<number>-?\d{1,9})\]|\((?P<first>-?\d{1,9}), u?['\"]|\(?Errno:? (?P<said>-?\d{1,9})\b"
    r"|(?P<only>-?\d{1,9})\Z|[^\n]*\(Errno:? (?P<behind>\d{1,9})\)"
)
_WINDOWS = r"\[WinError ?(?P<number>\d{1,9})\]"

_OF_SOCKETS = r"\[(?:Errno|WinError)|\((?:-\d\d?|1\d\d|1\d{4}), '|timed out\Z"
"""What a socket's own exceptions say; a library's class of that bare name has other words."""

_OF_SQLALCHEMY = r"\(\w+(?:\.\w+)+\) "
"""It puts the driver's class before the driver's words, and has classes of the same names."""

_OLD = frozenset({"select.error", "socket.error", "socket.timeout"})
"""Names that are too plain to be known without their words."""

_ROWS = tuple(sorted({row.type for row in CLASSES}))


_NAMESAKES: dict[str, list[str]] = {}
for _full in (*SURFACES, *BASES, *_ROWS):
    if _full not in _OLD:
        _NAMESAKES.setdefault(_full.rpartition(".")[2], []).append(_full)


def classes_of(name: str) -> tuple[str, tuple[str, ...]]:
    """
    Name a class, and it and its bases as the rows do, as far as is known without importing anything.

    Args:
        name: As a traceback gives it: without a module it is a builtin, or the script's own.
    """
    module, _, bare = name.rpartition(".")
    loaded = sys.modules.get(module) if module else builtins
    cls = vars(loaded).get(bare) if loaded is not None else None
    if isinstance(cls, type) and issubclass(cls, BaseException) and (qualified(cls) == name or name not in BASES):
        return qualified(cls), mro(cls)
    known = (original(name), *BASES.get(original(name), ()))
    last = vars(builtins).get(known[-1])
    found = (*known[:-1], *mro(last)) if isinstance(last, type) and issubclass(last, BaseException) else known
    return name, found


def number_in(message: str, names: tuple[str, ...]) -> int | None:
    """
    Read the errno that the words of an exception begin with, if its class has one: OpenSSL's 1 is no EPERM.
    """
    if "OSError" not in names or "ssl.SSLError" in names:
        return None
    match = compiled(_NUMBER).match(message)
    return int(next(filter(None, match.groups()))) if match is not None else None


def winerror_in(message: str) -> int | None:
    """
    Read the number of Windows that the words of an exception begin with.
    """
    match = compiled(_WINDOWS).match(message)
    return int(match["number"]) if match is not None else None


def full_name(name: str, files: Iterable[str], message: str = "") -> str:
    """
    Find the module of a bare name, as some renderers keep it: the frames tell whose ConnectionError it is.

    Args:
        name: Name of a class.
        files: Files of the frames, innermost first.
        message: Words of the exception.
    """
    if "." in name:
        return name
    is_builtin, is_of_socket = hasattr(builtins, name), compiled(_OF_SOCKETS).match(message) is not None
    if is_of_socket and (is_builtin or f"socket.{name}" in BASES):
        return name if is_builtin else f"socket.{name}"
    if not is_builtin and compiled(_OF_SQLALCHEMY).match(message):
        return f"sqlalchemy.exc.{name}"
    near = tuple(dict.fromkeys(original(module_of(file)).partition(".")[0] for file in files))
    rows = _NAMESAKES.get(name, ())
    if is_builtin:  # nobody but who raised it: TimeoutError is mostly the builtin
        return next((full for full in rows if full.partition(".")[0] in near[:1]), name)
    found = next((full for top in near for full in rows if full.partition(".")[0] == top), None)
    exported = (f"{top}.{name}" for top in near if top and name in vars(sys.modules.get(top, builtins)))
    raised = (f"{top}.{name}" for top in near[:1] if is_library(top))
    is_clear = len({full.partition(".")[0] for full in rows}) == 1  # nobody else has a class of that name
    wished = (full for full in rows[:1] if full in SURFACES)
    return found or next(chain(wished, exported, rows if is_clear else (), raised), name)
