"""
An exception -> its links: everything that hangs together with it, each once, with the step that led there.

Imports the nouns and the wrapper tables. Never raises, whatever the exceptions do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from types import MemberDescriptorType, TracebackType
from typing import Any

from connlog._model import Link, Via
from connlog._patterns import compiled
from connlog.catalog.wrappers import BASES, CLASSES, FORKS, INNER, LIBRARIES, MODULES, NUMBERED

NODES = 1_000
"""At most so many links are made of one exception."""

WIDTH = 64
"""At most so many members of one group, or items of one argument, are followed."""

MESSAGE = 4_096
"""At most so many characters of a message are read."""

# Straight to the slots: a subclass may have overridden the names with something that raises or lies.
_cause = vars(BaseException)["__cause__"].__get__
_context = vars(BaseException)["__context__"].__get__
_suppressed = vars(BaseException)["__suppress_context__"].__get__
_traceback = vars(BaseException)["__traceback__"].__get__
_args = vars(BaseException)["args"].__get__
members = vars(BaseExceptionGroup)["exceptions"].__get__
_name = vars(type)["__qualname__"].__get__
_bases = vars(type)["__mro__"].__get__
_dictionary = vars(type)["__dict__"].__get__

_VENDORED = r".+?\.(?:_?vendor|_?vendored|packages)\.(?P<name>(?P<top>\w+)\..+)"
"""``pip._vendor.urllib3.exceptions``, ``requests.packages.urllib3.exceptions``."""

_WRAPPERS = frozenset(row.type for row in CLASSES if "." in row.type)
_LARGEST = 2**31  # no errno is larger, and a log's reader may not take a larger integer
_PLAIN = frozenset(map(id, (int, str, bytes, bool, float, type(None))))
_MROS: dict[int, tuple[type, tuple[str, ...]]] = {}  # by id: a hostile metaclass may refuse to be hashed
_Step = tuple[BaseException, Via, bool, "int | None"]
_SLOTS: dict[int, tuple[type, dict[str, MemberDescriptorType]]] = {}


def read(thing: object, name: str) -> Any:
    """
    Read an attribute, or get ``None``: foreign properties may raise anything at all.
    """
    try:
        return getattr(thing, name, None)
    except Exception:  # noqa: BLE001 -- httpx.ReadTimeout("x").request raises RuntimeError in spite of the default
        return None


def own(thing: object) -> dict[str, Any]:
    """
    Get an object's own attributes: no property runs, none can raise or warn.
    """
    try:
        attributes = object.__getattribute__(thing, "__dict__")
    except Exception:  # noqa: BLE001 -- no dictionary, or one that its class hides
        return {}
    return attributes if type(attributes) is dict else {}


def member(thing: object, name: str) -> Any:
    """
    Read an attribute of an object's own, or a slot of its class, which is how C keeps them: no property runs.
    """
    attributes = own(thing)
    if name in attributes:
        return attributes[name]
    slot = _slots(type(thing)).get(name)
    if slot is not None:
        with suppress(AttributeError):  # nothing was ever put there
            return slot.__get__(thing)
    return None


def _slots(cls: type) -> dict[str, MemberDescriptorType]:
    """
    Find the slots of a class and its bases, once.
    """
    known = _SLOTS.get(id(cls))
    if known is None:
        if len(_SLOTS) > NODES:  # classes made on the fly must not pile up
            _SLOTS.clear()
        found = [item for base in _bases(cls)[::-1] for item in _dictionary(base).items()]
        slots = {name: value for name, value in found if type(value) is MemberDescriptorType}
        known = _SLOTS[id(cls)] = cls, slots
    return known[1]


def qualified(cls: type) -> str:
    """
    Name a class as ``module.qualname``, builtins without their module.
    """
    module, name = read(cls, "__module__"), _name(cls)
    if type(module) is not str:
        return f"?.{name}"
    return name if module == "builtins" else f"{module}.{name}"


def mro(cls: type) -> tuple[str, ...]:
    """
    Name a class and its bases up to ``BaseException``, as the rows do: a fork's by the names of the original.

    Last comes what it means without being a subclass of it.
    """
    known = _MROS.get(id(cls))
    if known is None:
        if len(_MROS) > NODES:  # classes made on the fly must not pile up
            _MROS.clear()
        names = [original(qualified(base)) for base in _bases(cls)[:-1]]
        meant = [base for name in names for base in BASES.get(name, ()) if base not in names]
        known = _MROS[id(cls)] = cls, (*names, *meant)
    return known[1]


def original(name: str) -> str:
    """
    Name a fork's class or module, or one that another package brings along, as the original does: its rows hold.
    """
    vendored = compiled(_VENDORED).match(name)
    if vendored is not None and vendored["top"] in LIBRARIES:
        name = vendored["name"]
    top, dot, rest = name.partition(".")
    return f"{FORKS[top]}{dot}{rest}" if top in FORKS else name


@lru_cache(maxsize=4096)
def is_library(module: str) -> bool:
    """
    Tell whether a module belongs to a networking library, or to the networking part of the standard library.
    """
    top = original(module).partition(".")[0]
    return top in LIBRARIES or top in MODULES


def is_wrapper(classes: Iterable[str]) -> bool:
    """
    Tell whether a class, given with its bases, is a networking library's: what stands below it belongs to the failure.
    """
    return any(name in _WRAPPERS or is_library(name) for name in classes)


def walk(exc: BaseException) -> tuple[Link, ...]:
    """
    Make the links of an exception, nearest to the surface first.

    Followed are ``__cause__``, ``__context__``, the members of groups, exceptions among the arguments and in the
    attributes that libraries use (:data:`connlog.catalog.wrappers.INNER`). A suppressed context is followed only out of
    an exception that a networking library raised; never out of the program's own ``raise X from None``. The context of
    an exception that holds others waits until all of those are followed: it is mostly one of theirs.
    """
    links: list[Link] = []
    queue: deque[_Step] = deque([(exc, "self", True, None)])
    waiting: deque[_Step] = deque()
    seen = {id(exc): exc}  # keeps them alive: a freed object's id may come back
    while queue and len(links) < NODES:
        link = _link(*queue.popleft())
        position = len(links)
        links.append(link)
        holds_others = False
        for inner, via, because in _inner(link):
            found: _Step = (inner, via, link.because and because, position)
            if via == "context" and holds_others:
                waiting.append(found)
            elif id(inner) not in seen:
                seen[id(inner)] = inner
                queue.append(found)
            holds_others = True
        while waiting and not queue:
            found = waiting.popleft()
            if id(found[0]) not in seen:
                seen[id(found[0])] = found[0]
                queue.append(found)
    return tuple(links)


def _link(exc: BaseException, via: Via, because: bool, parent: int | None) -> Link:  # noqa: FBT001 -- the queue's own row
    names = mro(type(exc))
    number = winerror = None
    attribute = next((NUMBERED[name] for name in names if name in NUMBERED), None)
    if attribute is not None and "ssl.SSLError" not in names:  # ssl numbers are OpenSSL's: 1 is not EPERM
        number = _number(read(exc, attribute))
        winerror = _number(read(exc, "winerror"))
    return Link(
        type=qualified(type(exc)),
        mro=names,
        message=_message(exc),
        via=via,
        because=because,
        parent=parent,
        errno=number,
        winerror=winerror,
        exc=exc,
        traceback=_traceback(exc),
    )


def _number(value: object) -> int | None:
    if not issubclass(type(value), int) or type(value) is bool:  # isinstance would ask __class__, which may raise
        return None
    number = int.__index__(value)  # type: ignore[arg-type]  # that is what was asked
    return number if abs(number) <= _LARGEST else None


def _message(exc: BaseException) -> str:
    try:
        return str(exc)[:MESSAGE]
    except Exception:  # noqa: BLE001 -- a message that can't be had is an empty one
        return ""


def _inner(link: Link) -> Iterator[tuple[BaseException, Via, bool]]:
    exc = link.exc
    cause, context = _cause(exc), _context(exc)
    if cause is not None:
        yield cause, "cause", True
    if issubclass(type(exc), BaseExceptionGroup):  # isinstance would ask __class__, which may raise
        for member in members(exc)[:WIDTH]:
            yield member, "member", True
    for inner in _exceptions_in(_args(exc)):
        yield inner, "argument", True
    attributes = own(exc)
    for name in sorted(INNER.intersection(attributes)):
        for inner in _exceptions_in(attributes[name]):
            yield inner, "attribute", True
    if context is not None and (not _suppressed(exc) or _raised_by_library(link)):
        yield context, "context", is_wrapper(link.mro) or _raised_by_library(link)


def _exceptions_in(value: object, depth: int = 0) -> Iterator[BaseException]:
    """
    Find the exceptions in a value, also inside its tuples, lists and dicts one level down.
    """
    kind = type(value)
    if id(kind) in _PLAIN:
        return
    items: Any = ()
    if issubclass(kind, BaseException):
        yield value  # type: ignore[misc]  # that is what was asked
    elif kind is tuple or kind is list:
        items = value
    elif kind is dict:
        items = tuple(value.values())  # type: ignore[attr-defined]  # that is what was asked
    elif depth and qualified(kind).partition(".")[0] in LIBRARIES:
        attributes = own(value)  # a library's own box around an exception
        items = (attributes.get("exception"), attributes.get("value"))
    if depth <= 1:  # the value itself, and one level down
        for item in items[:WIDTH]:
            yield from _exceptions_in(item, depth + 1)


def _raised_by_library(link: Link) -> bool:
    last = _last(link.traceback)
    return last is not None and is_library(str(last.tb_frame.f_globals.get("__name__", "")))


def _last(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback
