"""
A traceback -> what was being done: which phase, by which frames, at which call.

Imports the nouns, the chain, the calls and the wrapper tables. Reads the arguments of the functions listed in
:data:`connlog.catalog.wrappers.PLACES` and the failing call itself where it is a socket's. Never locals in general;
evaluates nothing: names are looked up, attributes only in the dictionaries of instances and modules.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from connlog._calls import Site, Step, failing_call
from connlog._chain import is_library, member, original, read
from connlog._model import Link, Location, Phase, Place
from connlog._patterns import compiled
from connlog.catalog.wrappers import FUNCTIONS, LIBRARIES, PLACES, READING, RUNTIMES

_PLACES: dict[tuple[str, str], list[Place]] = {}
for _place in PLACES:
    _PLACES.setdefault((_place.module, _place.function), []).append(_place)
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 -- compared with co_filename, a string
_STDLIB = os.path.dirname(os.__file__)  # noqa: PTH120 -- likewise
_OTHERS = LIBRARIES - RUNTIMES
_MODULE = r".*(?:(?:site|dist)-packages|[Ll]ib(?:64)?/python[\d.]+t?|[\\/]Lib)[\\/](?P<path>.+?)\.py\Z"
_BARE_PATH = (
    r"(?:.*[\\/](?:opt[\\/]python|var[\\/]task)[\\/])?(?P<path>(?P<top>\w+)(?:[\\/][\w\\/]+|\b(?=\.py))?)\.py[cx]?\Z"
)
"""A path where no folder says that a package is installed: a frozen program's, a cloud function's, Cython's."""

_SITES: dict[int, tuple[CodeType, Site]] = {}
_CACHED = 512
_SHORT = 256
_LONG = 8192
"""At most so long is a text that is kept for the next time, and so long are the frames of a traceback."""

_SEVERAL = (tuple, list, set, frozenset, deque)
ONE_OF_MANY = object()
"""What stands at the end of a path that may lead to any of several things."""

_INNERMOST = 64
_DEEPEST = 20_000
_STARRED = (0x04, 0x08)  # inspect.CO_VARARGS, inspect.CO_VARKEYWORDS: inspect itself is slow to import


class Where(NamedTuple):
    """
    What a traceback says.

    Attributes:
        phase: What was being done, as the innermost networking function or the failing call tells.
        network: The exception was raised below a networking library's frame, or by a socket's own call.
        pipe: A listed frame shows a child's pipe where a socket could have been.
        console: The failing call writes to this process's own stdout or stderr.
        places: Listed frames, innermost first, whose arguments tell the endpoint.
        code: Code that a listed frame stands for, if connecting failed below it.
        opening: Code that a listed frame stands for, whatever but TLS failed below it.
        modules: Networking modules that stand in the traceback, above the user's own frame.
        frames: Their frames, innermost first: what they were called with may tell the endpoint.
        host: Endpoint that the failing call names.
        port: Its port.
        path: Path of the unix socket that the failing call names.
        transport: ``tcp``, ``udp`` or ``unix``, as the failing call's socket is.
        peer: Address that the failing call's socket is connected to.
        peer_port: Its port.
        own: The innermost frame in the user's own code.
    """

    phase: Phase | None = None
    network: bool = False
    pipe: bool = False
    console: bool = False
    places: tuple[tuple[Place, FrameType], ...] = ()
    code: str | None = None
    opening: str | None = None
    modules: tuple[str, ...] = ()
    frames: tuple[FrameType, ...] = ()
    host: Any = None
    port: Any = None
    path: Any = None
    transport: str | None = None
    peer: Any = None
    peer_port: Any = None
    own: Location | None = None


def steps(link: Link) -> Iterator[Step]:
    """
    List a link's traceback, innermost first, bounded.
    """
    if link.frames:
        yield from _told_steps(link.frames[-_INNERMOST:])
        return
    rows: list[TracebackType] = []
    traceback = link.traceback
    while traceback is not None and len(rows) < _DEEPEST:
        rows.append(traceback)
        traceback = traceback.tb_next
    for row in rows[: -_INNERMOST - 1 : -1]:
        frame = row.tb_frame
        yield Step(_site_of(frame), row.tb_lineno, frame, row.tb_lasti)


def _site_of(frame: FrameType) -> Site:
    """
    Look up the site of a frame, worked out once for each function.
    """
    code = frame.f_code
    known = _SITES.get(id(code))
    if known is not None:
        return known[1]
    name = frame.f_globals.get("__name__")
    function = code.co_name.rpartition(".")[2]  # Cython names a function in full
    site = _site(name if type(name) is str else "", function, code.co_filename)
    if len(_SITES) > _CACHED:
        _SITES.clear()
    _SITES[id(code)] = code, site  # the code is kept: a freed one's id may come back
    return site


def _site(module: str, function: str, file: str) -> Site:
    return _known_site(module, function, file) if len(file) + len(function) <= _SHORT else _find(module, function, file)


@lru_cache(maxsize=_CACHED)
def _known_site(module: str, function: str, file: str) -> Site:
    return _find(module, function, file)


def _find(module: str, function: str, file: str) -> Site:
    module = original(module)
    places = tuple(_PLACES.get((module, function), ()))
    networking = bool(places) or is_library(module)
    phase = None
    if networking:
        phase = FUNCTIONS.get(function) or ("receive" if function.strip("_").split("_")[0] in READING else None)
    return Site(module, function, file, places, networking, phase, is_foreign(file))


def module_of(file: str) -> str:
    """
    Guess a module's name from the path in a traceback text; ``""`` for the user's own.
    """
    return _known_module(file) if len(file) <= _SHORT else _read_module(file)


@lru_cache(maxsize=_CACHED)
def _known_module(file: str) -> str:
    return _read_module(file)


def _read_module(file: str) -> str:
    match = compiled(_MODULE).match(file)
    if match is None:
        match = compiled(_BARE_PATH).match(file)
        if match is None or not is_library(match["top"]):
            return ""
    return match["path"].removesuffix("/__init__").replace("\\", "/").replace("/", ".")


def is_foreign(file: str) -> bool:
    """
    Tell whether a file is not the user's own: the standard library, an installed package, connlog, generated code.
    """
    return (
        file.startswith(("<frozen", _HERE + os.sep, _STDLIB + os.sep))
        or "site-packages" in file
        or "dist-packages" in file
        or file.endswith(".pyx")
        or module_of(file) != ""
    )


def where(link: Link) -> Where:
    """
    Read what a link's traceback says about the phase and the endpoint.
    """
    frames = link.frames[-_INNERMOST:]
    if frames and sum([len(file) + len(function) + len(source) for file, _, function, source in frames]) <= _LONG:
        return _known(frames)
    return _stood(steps(link))


@lru_cache(maxsize=_CACHED)
def _known(frames: tuple[tuple[str, int, str, str], ...]) -> Where:
    return _stood(_told_steps(frames))


def _told_steps(frames: tuple[tuple[str, int, str, str], ...]) -> Iterator[Step]:
    """
    List the frames that a text tells, innermost first.
    """
    for file, line, function, source in reversed(frames):
        scope, _, name = function.rpartition(".")  # Cython names a function in full
        module = module_of(file) or (scope if file.endswith(".pyx") else "")
        yield Step(_site(module, name, file), line, source=source)


def _stood(stack: Iterable[Step]) -> Where:
    """
    Read what the steps of a traceback say.
    """
    phase: Phase | None = None
    network = False
    code = opening = own = None
    call: dict[str, Any] = {}
    places: list[tuple[Place, FrameType]] = []
    modules: list[str] = []
    frames: list[FrameType] = []
    inner: Site | None = None
    for depth, step in enumerate(stack):
        site = step.site
        if depth == 0:
            call = failing_call(step)
            phase, network = call.pop("phase", None), bool(call.pop("network", False))
        if site.networking:
            frame = step.frame
            rows = [place for place in site.places if _counts(place, frame)]
            if frame is not None and any(place.unless and dotted(frame, place.unless) is not None for place in rows):
                return Where(pipe=True)
            network = True
            modules.append(site.module)
            here = next((place.phase for place in rows if place.phase is not None), site.phase)
            if phase is None or (here == "tls" and phase in {"send", "receive"}):
                phase = here  # a handshake is made of sends and receives
            code = code or next((place.code for place in rows if place.code is not None), None)
            opening = opening or next((place.code for place in rows if place.phase == "connect"), None)
            if frame is not None:
                frames.append(frame)
                places.extend([(place, frame) for place in rows])
        elif not site.foreign:
            own = Location(file=site.file, line=step.line, function=site.function)
            call = {**_called(step, inner), **call}
            break  # beyond the user's own frame it is another story
        inner = site
    if phase is None and not _OTHERS.isdisjoint([module.partition(".")[0] for module in modules]):
        phase = "transfer"  # whatever it was doing, a networking library was at work
    return Where(
        phase=phase,
        network=network,
        code=code,
        opening=opening,
        places=tuple(places),
        modules=tuple(modules),
        frames=tuple(frames),
        own=own,
        **call,
    )


def _called(step: Step, inner: Site | None) -> dict[str, Any]:
    """
    Read the address that a line of a text gives to a function of ``socket``, whose own frame shows no arguments.
    """
    if step.frame is not None or inner is None or inner.module != "socket" or f"{inner.function}(" not in step.source:
        return {}
    return {name: value for name, value in failing_call(step).items() if name in {"host", "port"}}


def _counts(place: Place, frame: FrameType | None) -> bool:
    """
    Tell whether a row counts in a frame: whether what it asks for is there, or not there, or just that.
    """
    if place.when is None:
        return True
    if frame is None:
        return False
    path, _, wanted = place.when.partition("=")
    found = dotted(frame, path.removeprefix("!"))
    if wanted:
        return type(found) is bool and str(found) == wanted
    if path.startswith("!"):
        return found is None
    return type(found) is str and not found.startswith("/")


def dotted(frame: FrameType, path: str) -> Any:
    """
    Follow a dotted path from a listed frame's argument: ``"address.0"``, ``"self.host"``.
    """
    first, *rest = path.split(".")
    value = frame.f_locals.get(first)
    for name in rest:
        if name.isdigit():
            value = _item(value, int(name))
        elif type(value) is dict:
            value = value.get(name)
        else:
            value = read(value, name)
        if value is None:
            return None
    return value


def given(frame: FrameType) -> dict[str, Any]:
    """
    Get the arguments that a function was called with, or what it has put in their place.
    """
    values = frame.f_locals
    return {name: values[name] for name in arguments(frame.f_code) if name in values}


def held(known: Mapping[str, Any], path: str) -> Any:
    """
    Follow a dotted path from an argument of any networking frame, through dictionaries and slots: no property runs.

    Returns:
        What is there; :data:`ONE_OF_MANY` where the path leads through one of several things.
    """
    first, _, rest = path.partition(".")
    value: Any = known.get(first)
    for name in rest.split(".") if rest and value is not None else ():
        if name == "*":
            if type(value) in _SEVERAL and len(value) > 1:
                return ONE_OF_MANY
            value = next(iter(value), None) if type(value) in _SEVERAL else None
        elif name.isdigit():
            value = _item(value, int(name))
        else:
            value = value.get(name) if type(value) is dict else member(value, name)
    return value


@lru_cache(maxsize=_CACHED)
def arguments(code: CodeType) -> tuple[str, ...]:
    """
    Name the arguments of a function, ``*args`` and ``**kwargs`` too.
    """
    starred = sum(bool(code.co_flags & flag) for flag in _STARRED)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + starred]


def _item(value: Any, index: int) -> Any:
    items: Any = value if type(value) is list else ()
    if issubclass(type(value), tuple):  # a library's own kind of address too: what it may have overridden is not asked
        items = tuple.__getitem__(value, slice(None))
    return items[index] if len(items) > index else None
