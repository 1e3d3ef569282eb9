"""
One frame of a traceback -> the call at which it stands: a socket's own, its address, its peer.

Imports the nouns, the chain and the wrapper tables. Evaluates nothing: names are looked up, attributes only in the
dictionaries of instances and modules.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import os
import socket
import sys
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple, TypeGuard

from connlog._chain import original, own, read
from connlog._model import Phase, Place
from connlog._patterns import compiled
from connlog.catalog.wrappers import FUNCTIONS, LIBRARIES

_CALLS: dict[tuple[int, int], tuple[CodeType, ast.Call | None]] = {}
_ADDRESSED = frozenset({"connect", "connect_ex", "bind", "sendto", "sendmsg", "create_connection", "create_server"})
_ONLY_SOCKETS = frozenset({"recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recv", "sendall", "sendmsg", "sendto"})
_VERBS = _ONLY_SOCKETS - _ADDRESSED
_CALLED_SOCKET = r"(?i)sock(?:et)?\Z"
_NAMED = frozenset({"getaddrinfo", "gethostbyname", "gethostbyname_ex"})
_MISSING = object()
_CACHED = 512
_LONGEST = 20_000
_LINE = 1_000
"""At most so long is a source line out of a text, which is kept for the next time."""


class Site(NamedTuple):
    """
    What is known about a function that a frame stands in, wherever in it the frame stands.
    """

    module: str
    function: str
    file: str
    places: tuple[Place, ...]
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


def failing_call(step: Step) -> dict[str, Any]:
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
    if frame is not None and not step.site.foreign and _is_of_library(receiver):
        return {"network": True, "phase": "transfer"}  # its own frames are gone, or it is written in C
    return _of_socket(name, node, receiver, step) if name in FUNCTIONS else {}


def _of_socket(name: str, node: ast.Call, receiver: object, step: Step) -> dict[str, Any]:
    """
    Read a call by a name that sockets have, if it is one of theirs.
    """
    phase, frame = FUNCTIONS[name], step.frame
    if frame is None:  # from text there is no receiver to ask: a socket's own verb, an address, or its name must do
        address = _address(name, node, None)
        holder = read(node.func, "value")
        is_called_one = compiled(_CALLED_SOCKET).search(read(holder, "attr") or read(holder, "id") or "") is not None
        return {"phase": phase, "network": True, **address} if address or name in _VERBS or is_called_one else {}
    sock = _socket(receiver, step)
    # ``dial().recv(10)``, or ``self.sock.recv(10)`` where a library has emptied ``self.sock`` since: nobody else has
    # such a method.
    is_nameless = (receiver is _MISSING or receiver is None) and name in _ONLY_SOCKETS
    if sock is None and receiver is not socket and not is_nameless:
        return {}
    found: dict[str, Any] = {"phase": phase, "network": True, **_address(name, node, frame)}
    if sock is not None:
        found.update(connected_to(sock, found))
    return found


def _call(step: Step) -> ast.Call | None:
    if step.frame is None:
        return _parse_text(step.source) if len(step.source) <= _LINE else None
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


@lru_cache(maxsize=256)  # an outage shows the same source a thousand times
def _parse_text(source: str) -> ast.Call | None:
    """
    Parse a line that a text shows: it says not which of its calls failed, so ``sock.recv(1).decode()`` is receiving.
    """
    call = _parse(source.strip().removeprefix("while ").removeprefix("if "))
    while call is not None and isinstance(call.func, ast.Attribute) and call.func.attr not in FUNCTIONS:
        if not isinstance(call.func.value, ast.Call):
            break
        call = call.func.value
    return call


def _parse(source: str) -> ast.Call | None:
    source = source.strip().removeprefix("return ").removeprefix("await ").rstrip(":")
    if not source or len(source) > _LONGEST:
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


def _is_of_library(receiver: object) -> bool:
    """
    Tell whether a method is called of a third party's networking library, or of an object of its making.
    """
    module = read(receiver, "__name__") if type(receiver) is ModuleType else read(type(receiver), "__module__")
    return type(module) is str and original(module).partition(".")[0] in LIBRARIES


def _socket(receiver: object, step: Step) -> socket.socket | None:
    if is_socket(receiver):
        return receiver
    own = step.frame.f_locals.get("self") if step.frame and step.site.module == "ssl" else None
    return own if is_socket(own) else None


def is_socket(thing: object) -> TypeGuard[socket.socket]:
    """
    Tell whether something is a socket, without asking it.
    """
    return issubclass(type(thing), socket.socket)


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


def connected_to(sock: socket.socket, found: Mapping[str, Any]) -> dict[str, Any]:
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
