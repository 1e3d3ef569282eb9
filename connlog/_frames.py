"""
A traceback -> what was being done: which phase, by which frames, at which call.

Imports the nouns, the chain and the wrapper tables. Reads the arguments of the functions listed in
:data:`connlog.catalog.wrappers.PLACES` and the failing call itself where it is a socket's. Never locals in general;
evaluates nothing: names are looked up, attributes only in the dictionaries of instances and modules.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import os
import socket
import sys
from collections.abc import Iterator
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from connlog._chain import is_library, own, read
from connlog._model import Link, Location, Phase, Place
from connlog._patterns import compiled
from connlog.catalog.wrappers import FUNCTIONS, PLACES

_PLACES: dict[tuple[str, str], Place] = {(place.module, place.function): place for place in PLACES}
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 -- compared with co_filename, a string
_STDLIB = os.path.dirname(os.__file__)  # noqa: PTH120 -- likewise
_MODULE = r".*(?:(?:site|dist)-packages|[Ll]ib(?:64)?/python[\d.]+t?|[\\/]Lib)[\\/](?P<path>.+?)\.py\Z"
_SITES: dict[int, tuple[CodeType, Site]] = {}
_CALLS: dict[tuple[int, int], tuple[CodeType, ast.Call | None]] = {}
_CACHED = 512
_INNERMOST = 64
_DEEPEST = 20_000
_ADDRESSED = frozenset({"connect", "connect_ex", "bind", "sendto", "sendmsg", "create_connection", "create_server"})
_ONLY_SOCKETS = frozenset({"recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recv", "sendall", "sendmsg", "sendto"})
_VERBS = _ONLY_SOCKETS - _ADDRESSED
_NAMED = frozenset({"getaddrinfo", "gethostbyname", "gethostbyname_ex"})
_MISSING = object()


class Site(NamedTuple):
    """
    What is known about a function that a frame stands in, wherever in it the frame stands.
    """

    module: str
    function: str
    file: str
    place: Place | None
    networking: bool
    phase: Phase | None
    foreign: bool


class Step(NamedTuple):
    """
    One frame of a traceback, live or read from text.
    """

    site: Site
    line: int
    frame: FrameType | None = None
    instruction: int = -1
    source: str = ""


class Where(NamedTuple):
    """
    What a traceback says.

    Attributes:
        phase: What was being done, as the innermost networking function or the failing call tells.
        network: The exception was raised below a networking library's frame, or by a socket's own call.
        pipe: A listed frame shows a child's pipe where a socket could have been.
        console: The failing call writes to this process's own stdout or stderr.
        places: Listed frames, innermost first, whose arguments tell the endpoint.
        code: Code that a listed frame stands for.
        modules: Networking modules that stand in the traceback, above the user's own frame.
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
    modules: tuple[str, ...] = ()
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
        for file, line, function, source in link.frames[: -_INNERMOST - 1 : -1]:
            yield Step(_site(module_of(file), function, file), line, source=source)
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
    site = _site(name if type(name) is str else "", code.co_name, code.co_filename)
    if len(_SITES) > _CACHED:
        _SITES.clear()
    _SITES[id(code)] = code, site  # the code is kept: a freed one's id may come back
    return site


def _site(module: str, function: str, file: str) -> Site:
    place = _PLACES.get((module, function))
    networking = place is not None or is_library(module)
    phase = place.phase if place is not None else None
    if phase is None and networking:
        phase = FUNCTIONS.get(function)
    return Site(module, function, file, place, networking, phase, is_foreign(file))


def module_of(file: str) -> str:
    """
    Guess a module's name from the path in a traceback text; ``""`` for the user's own.
    """
    match = compiled(_MODULE).match(file)
    if match is None:
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
        or module_of(file) != ""
    )


def where(link: Link) -> Where:
    """
    Read what a link's traceback says about the phase and the endpoint.
    """
    phase: Phase | None = None
    network = False
    code = own = None
    call: dict[str, Any] = {}
    places: list[tuple[Place, FrameType]] = []
    modules: list[str] = []
    for depth, step in enumerate(steps(link)):
        site = step.site
        if depth == 0:
            call = _failing_call(step)
            phase, network = call.pop("phase", None), bool(call.pop("network", False))
        if site.networking:
            place, frame = site.place, step.frame
            if place is not None and place.unless and frame is not None and dotted(frame, place.unless) is not None:
                return Where(pipe=True)
            network = True
            modules.append(site.module)
            if phase is None or (site.phase == "tls" and phase in {"send", "receive"}):
                phase = site.phase  # a handshake is made of sends and receives
            if place is not None:
                code = code or place.code
                if frame is not None:
                    places.append((place, frame))
        elif not site.foreign:
            own = Location(file=site.file, line=step.line, function=site.function)
            break  # beyond the user's own frame it is another story
    return Where(phase=phase, network=network, code=code, places=tuple(places), modules=tuple(modules), own=own, **call)


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


def _item(value: Any, index: int) -> Any:
    return value[index] if (type(value) is tuple or type(value) is list) and len(value) > index else None


def _failing_call(step: Step) -> dict[str, Any]:
    """
    Read the call at which the innermost frame stands: the parts of :class:`Where` that it tells.
    """
    node = _call(step)
    if node is None:
        return {}
    frame = step.frame
    name = node.func.attr if isinstance(node.func, ast.Attribute) else read(node.func, "id")
    receiver = _look_up(node.func.value, frame) if isinstance(node.func, ast.Attribute) else _MISSING
    if _is_console(name, node, receiver, frame):
        return {"console": True, "phase": "local"}
    phase = FUNCTIONS.get(name or "")
    if phase is None:
        return {}
    if frame is None:  # from text there is no receiver to ask: a socket's own verb, or one with an address, must do
        address = _address(name, node, None)
        return {"phase": phase, "network": True, **address} if address or name in _VERBS else {}
    sock = _socket(receiver, step)
    is_nameless = receiver is _MISSING and name in _ONLY_SOCKETS  # ``dial().recv(10)``: nobody else has such a method
    if sock is None and receiver is not socket and not is_nameless:
        return {}
    found: dict[str, Any] = {"phase": phase, "network": True, **_address(name, node, frame)}
    if sock is not None:
        found.update(_connected_to(sock, found))
    return found


def _call(step: Step) -> ast.Call | None:
    if step.frame is None:
        return _parse(step.source)
    code = step.frame.f_code
    known = _CALLS.get((id(code), step.instruction))
    if known is None:
        if len(_CALLS) > _CACHED:
            _CALLS.clear()
        known = _CALLS[id(code), step.instruction] = code, _parse(_segment(step))
    return known[1]


def _segment(step: Step) -> str:
    """
    Cut the source of the failing expression out of its file; ``""`` where there is none to be had.
    """
    frame = step.frame
    if frame is None or step.instruction < 0:
        return ""
    position = next(islice(frame.f_code.co_positions(), step.instruction // 2, None), None)
    if position is None or None in position:
        return ""
    first, last, start, end = position
    try:
        lines = linecache.getlines(step.site.file, frame.f_globals)[first - 1 : last]  # type: ignore[operator]
        cut = [line.encode() for line in lines]
        cut[-1] = cut[-1][:end]
        cut[0] = cut[0][start:]
        return b"".join(cut).decode()
    except Exception:  # noqa: BLE001 -- no source, no descriptors left, another encoding: the call stays unknown
        return ""


def _parse(source: str) -> ast.Call | None:
    source = source.strip().removeprefix("return ").removeprefix("await ").rstrip(":")
    if not source or len(source) > _DEEPEST:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    statement = tree.body[0] if tree.body else None
    value = read(statement, "value")
    value = value.value if isinstance(value, ast.Await) else value
    return value if isinstance(value, ast.Call) else None


def _look_up(node: ast.AST | None, frame: FrameType | None) -> Any:
    """
    Find the value of a literal, a plain name or a dotted one, without running any code.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple):
        return tuple(_look_up(item, frame) for item in node.elts)
    if frame is None:
        return _MISSING
    if isinstance(node, ast.Name):
        scopes = (frame.f_locals, frame.f_globals, vars(builtins))
        return next((scope[node.id] for scope in scopes if node.id in scope), _MISSING)
    if isinstance(node, ast.Attribute):
        return own(_look_up(node.value, frame)).get(node.attr, _MISSING)
    return _MISSING


def _is_console(name: str | None, node: ast.Call, receiver: object, frame: FrameType | None) -> bool:
    """
    Tell whether a call writes to this process's own stdout or stderr, not to a file or a child's pipe.
    """
    streams = [stream for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__) if stream is not None]
    if name == "print":
        file = next((keyword.value for keyword in node.keywords if keyword.arg == "file"), None)
        return file is None or any(_look_up(file, frame) is stream for stream in streams)
    if name == "write" and receiver is os:
        return bool(node.args) and _look_up(node.args[0], frame) in {1, 2}
    if name not in {"write", "flush", "writelines"} or not isinstance(node.func, ast.Attribute):
        return False
    holder = node.func.value
    while isinstance(holder, ast.Attribute) and holder.attr in {"buffer", "raw"}:  # the layers of a text stream
        holder = holder.value
    written = _look_up(holder, frame)
    return any(written is stream for stream in streams)


def _socket(receiver: object, step: Step) -> socket.socket | None:
    if issubclass(type(receiver), socket.socket):
        return receiver  # type: ignore[return-value]  # that is what was asked
    own = step.frame.f_locals.get("self") if step.frame and step.site.module == "ssl" else None
    return own if issubclass(type(own), socket.socket) else None


def _address(name: str | None, node: ast.Call, frame: FrameType | None) -> dict[str, Any]:
    """
    Read the address among a call's arguments: ``connect((host, port))``, ``sendto(data, (host, port))``.
    """
    arguments = [_look_up(argument, frame) for argument in node.args]
    if name in _NAMED and arguments:
        return {"host": arguments[0], "port": arguments[1] if len(arguments) > 1 else None}
    for argument in reversed(arguments) if name in _ADDRESSED else ():
        if type(argument) is tuple and len(argument) >= 2:  # noqa: PLR2004 -- (host, port), or IPv6's four
            return {"host": argument[0], "port": argument[1]}
        if type(argument) in {str, bytes} and name in {"connect", "connect_ex", "bind"}:
            return {"path": argument, "transport": "unix"}
    return {}


def _connected_to(sock: socket.socket, found: dict[str, Any]) -> dict[str, Any]:
    """
    Ask the kernel which peer a socket has, and of what kind it is: no name is looked up, nothing blocks.
    """
    try:
        family, kind = sock.family, sock.type
        if family == getattr(socket, "AF_UNIX", None):
            path = found.get("path") or socket.socket.getpeername(sock)
            return {"path": path or None, "transport": "unix"}
        transport = "udp" if kind == socket.SOCK_DGRAM else "tcp"
        if "host" in found:
            return {"transport": transport}
        peer = socket.socket.getpeername(sock)
        return {"peer": peer[0], "peer_port": peer[1], "transport": transport}
    except Exception:  # noqa: BLE001 -- closed, reset, never connected: then nobody knows
        return {}
