"""
The name of a class, as a text gives it -> what is known of the class, and the number that its words begin with.

Imports the nouns, the chain's rules, the frames and the wrapper tables. Imports and evaluates nothing else: of a class
only what is loaded already is known beyond its name.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence

from connlog._chain import is_library, mro, original, qualified
from connlog._frames import module_of
from connlog._patterns import compiled
from connlog.catalog.wrappers import ALIASES, BASES, CLASSES, SURFACES

_NUMBER = (
    r"\[(?:Errno|WinError) ?(?P<number>-?\d+)\]|\((?P<first>-?\d+), u?['\"]|\(?Errno:? (?P<said>-?\d+)\b"
    r"|(?P<only>-?\d+)\Z"
)
_OF_SOCKETS = r"\[(?:Errno|WinError) |timed out\Z"
"""What a socket's own exceptions say; a library's class of that bare name has other words."""

_ROWS = tuple(sorted({row.type for row in CLASSES}))


def classes_of(name: str) -> tuple[str, tuple[str, ...]]:
    """
    Name a class, and it and its bases as the rows do, as far as is known without importing anything.

    Args:
        name: As a traceback gives it: without a module it is a builtin, or the script's own.
    """
    name = ALIASES.get(name, name)
    module, _, bare = name.rpartition(".")
    loaded = sys.modules.get(module) if module else builtins
    cls = vars(loaded).get(bare) if loaded is not None else None
    if isinstance(cls, type) and issubclass(cls, BaseException):
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


def full_name(name: str, files: Sequence[str], message: str) -> str:
    """
    Find the module of a bare name, as some renderers keep it: the frames tell whose ConnectionError it is.

    Args:
        name: Name of a class.
        files: Files of the frames, innermost first.
        message: Words of the exception.
    """
    if "." in name or name in SURFACES:
        return name
    is_builtin = hasattr(builtins, name)
    if is_builtin and compiled(_OF_SOCKETS).match(message):
        return name
    near = tuple(dict.fromkeys(original(module_of(file)).partition(".")[0] for file in files))
    near = near[:1] if is_builtin else near  # nobody but who raised it: TimeoutError is mostly the builtin
    rows = [full for full in (*BASES, *_ROWS, *SURFACES) if full.rpartition(".")[2] == name]
    found = next((full for top in near for full in rows if full.partition(".")[0] == top), None)
    if found is not None or is_builtin:
        return found or name
    exported = (top for top in near if top and name in vars(sys.modules.get(top, builtins)))
    module = next(exported, None) or next((top for top in near[:1] if is_library(top)), None)
    return f"{module}.{name}" if module is not None else name
