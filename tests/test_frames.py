"""
What a traceback says: the failing call, its socket, its address; and what it can't say.
"""

from __future__ import annotations

import ast
import asyncio
import errno
import io
import linecache
import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import connlog
from connlog import _calls, _frames
from connlog._chain import walk
from connlog._frames import Where
from connlog._text import links_of_text
from tests.faults import play


def caught(function: Callable[[], Any]) -> BaseException:
    """
    Call and return what it raises.
    """
    try:
        function()
    except BaseException as error:
        return error
    pytest.fail("nothing was raised")


def where(function: Callable[[], Any]) -> Where:
    """
    Read the traceback of what a function raises.
    """
    return _frames.where(walk(caught(function))[0])


def module(folder: Path, source: str) -> dict[str, Any]:
    """
    Execute a module from a file, as an import does.
    """
    path = folder / "own.py"
    path.write_text(source)
    scope: dict[str, Any] = {"__name__": "own", "socket": socket}
    exec(compile(source, str(path), "exec"), scope)  # noqa: S102 -- the test's own source
    return scope


@pytest.mark.parametrize(
    "call",
    [
        "sock.connect((host, port))",
        "sock.connect(address)",
        "(sock).connect((host, port))",
        "sock.connect(\n        (host, port)\n    )",
        "sock.sendto(b'', address)",
    ],
)
def test_the_call_names_the_endpoint(tmp_path: Path, call: str) -> None:
    """
    However the call is written, its plain names are looked up in the frame.
    """
    kind = "SOCK_DGRAM" if "sendto" in call else "SOCK_STREAM"
    host = "127.0.0.1"
    with play("refuse") as server:
        port = 0 if "sendto" in call else server.port  # no datagram can go to port 0
        scope = module(
            tmp_path,
            "def main(host, port):\n    address = (host, port)\n"
            f"    sock = socket.socket(type=socket.{kind})\n    {call}\n",
        )
        found = where(lambda: scope["main"](host, port))
        assert (found.host, found.port) == (host, port)
        assert found.transport == ("udp" if "sendto" in call else "tcp")
        assert found.own is not None
        assert found.own.function == "main"


@pytest.mark.parametrize(
    "source",
    [
        "def main(port):\n    make = lambda: socket.socket()\n    make().connect((('127.0.0.1'), port + 0))\n",
        "def main(port):\n    socket.socket().connect(('127.0.0.1', int(port)))\n",
    ],
)
def test_nothing_is_evaluated(tmp_path: Path, source: str) -> None:
    """
    An address that would have to be worked out stays unknown; the failure is found all the same.
    """
    with play("refuse") as server:
        error = caught(lambda: module(tmp_path, source)["main"](server.port))
    found = connlog.diagnose(error)
    assert found is not None
    assert (found.code, found.server_port) == ("connection-refused", None)


def test_without_source_the_call_stays_unknown() -> None:
    """
    Code that comes from nowhere has no source to read: no error, no endpoint.
    """
    scope: dict[str, Any] = {"socket": socket}
    exec(compile("def main(a):\n    s = socket.socket()\n    s.connect(a)\n", "<nowhere>", "exec"), scope)  # noqa: S102
    with play("refuse") as server:
        found = connlog.diagnose(caught(lambda: scope["main"]((server.host, server.port))))
    assert found is not None
    assert found.server_address is None


def test_source_in_another_encoding_is_no_error(tmp_path: Path) -> None:
    """
    Columns that cut a character in two leave the call unknown.
    """
    scope = module(tmp_path, "def main(a):\n    s = socket.socket()\n    s.connect(a)\n")
    name = str(tmp_path / "own.py")
    with play("refuse") as server:
        error = caught(lambda: scope["main"]((server.host, server.port)))
    linecache.cache[name] = (1, None, ["\n", "\n", "ééééééééééé\udc80\n"], name)
    try:
        assert _frames.where(walk(error)[0]).host is None
    finally:
        linecache.checkcache(name)


def test_without_positions_the_call_stays_unknown(tmp_path: Path) -> None:
    """
    A traceback that does not know its instruction (-X no_debug_ranges, or made by hand) tells no call.
    """
    scope = module(tmp_path, "def main(a):\n    s = socket.socket()\n    s.connect(a)\n")
    with play("refuse") as server:
        error = caught(lambda: scope["main"]((server.host, server.port)))
    inner = error.__traceback__
    while inner is not None and inner.tb_next is not None:
        inner = inner.tb_next
    assert inner is not None
    error.__traceback__ = TracebackType(None, inner.tb_frame, -1, inner.tb_lineno)
    assert _frames.where(walk(error)[0]).host is None
    bare = scope["main"].__code__.replace(co_linetable=b"")
    assert _calls._segment(_calls.Step(_frames._site("", "", ""), 1, inner.tb_frame, 10_000)) == ""
    assert bare.co_positions() is not None


def test_many_call_sites_do_not_pile_up(tmp_path: Path) -> None:
    """
    The caches of functions and calls are emptied when they grow too large.
    """
    for cache in (_calls._CALLS, _frames._SITES):
        cache.clear()
    with play("refuse") as server:
        for _ in range(_calls._CACHED + 2):
            scope = module(tmp_path, "def main(a):\n    s = socket.socket()\n    s.connect(a)\n")
            _frames.where(walk(caught(lambda run=scope["main"]: run((server.host, server.port))))[0])  # type: ignore[misc]
    assert len(_calls._CALLS) <= _calls._CACHED + 1
    assert len(_frames._SITES) <= _frames._CACHED + 1


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        ("sock.connect((host, port))", True),
        ("return sock.recv(1)", True),
        ("await reader.read()", True),
        ("data = sock.recv(1)", True),
        ("if sock.recv(1):", False),
        ("for", False),
        ("sock", False),
        ("", False),
        ("f(" * 30_000, False),
        ("pass", False),
        ("#", False),
    ],
)
def test_parsing(source: str, *, parsed: bool) -> None:
    """
    A line of source yields its call, or nothing: never an error.
    """
    assert isinstance(_calls._parse(source), ast.Call) is parsed


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/usr/lib/python3.11/site-packages/requests/adapters.py", "requests.adapters"),
        ("/venv/lib/python3.13/site-packages/redis/__init__.py", "redis"),
        ("/usr/lib/python3.11/socket.py", "socket"),
        (r"C:\Python312\Lib\http\client.py", "http.client"),
        ("/usr/lib/python3/dist-packages/urllib3/connection.py", "urllib3.connection"),
        ("/app/main.py", ""),
        ("<stdin>", ""),
    ],
)
def test_modules_of_paths(file: str, name: str) -> None:
    """
    The path in a traceback text tells the module, on every platform; the user's own files have none.
    """
    assert _frames.module_of(file) == name
    assert _frames.is_foreign(file) is bool(name)


def test_text_needs_a_sockets_own_verb() -> None:
    """
    From text, a call counts as a socket's by its address or by a verb that nothing else has.
    """

    def told(source: str) -> Where:
        frame = f'  File "/app/m.py", line 1, in f\n    {source}\n'
        text = f"Traceback (most recent call last):\n{frame}TimeoutError: timed out\n"
        return _frames.where(links_of_text(text)[0])

    assert told("s.connect(('db', 5432))").host == "db"
    assert told("s.connect('/run/x.sock')").path == "/run/x.sock"
    assert told("s.recv(1)").network
    assert not told("q.get(timeout=1)").network
    assert not told("s.connect(address)").network


@pytest.mark.parametrize(
    ("call", "console"),
    [
        ("os.write(1, b'')", True),
        ("os.write(descriptor, b'')", False),
        ("os.write()", False),
        ("print('x')", True),
        ("print('x', file=sys.stderr)", True),
        ("print('x', file=other)", False),
        ("sys.stdout.buffer.raw.write(b'')", True),
        ("sys.stderr.flush()", True),
        ("other.write('x')", False),
        ("unknown.write('x')", False),
        ("write('x')", False),
    ],
)
def test_writes_to_the_own_output(call: str, *, console: bool) -> None:
    """
    Only what goes to this process's own stdout or stderr is a write to the console.
    """
    other, descriptor = io.StringIO(), 7
    frame = sys._getframe()
    assert (other, descriptor, os.name) is not None
    node = _calls._parse(call)
    assert node is not None
    receiver = _calls._look_up(node.func.value, frame) if isinstance(node.func, ast.Attribute) else None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    assert _calls._is_console(name, node, receiver, frame) is console


def test_a_lookup_names_host_and_port() -> None:
    """
    A failing look-up of the program's own names the host, and the port where it is given.
    """

    def told(name: str, source: str) -> dict[str, Any]:
        node = _calls._parse(source)
        assert node is not None
        return _calls._address(name, node, None)

    assert told("getaddrinfo", "f('db', 5432)") == {"host": "db", "port": 5432}
    assert told("gethostbyname", "f('db')") == {"host": "db", "port": None}
    assert told("recv", "f(1)") == {}


def test_tracebacks_of_any_depth() -> None:
    """
    A deep traceback is read from its inner end, bounded.
    """

    def sink(depth: int) -> None:
        if depth:
            sink(depth - 1)
        else:
            message = "deep"
            raise RuntimeError(message)

    error = caught(lambda: sink(min(500, sys.getrecursionlimit() // 2)))
    assert len(traceback.extract_tb(error.__traceback__)) > _frames._INNERMOST
    assert len(list(_frames.steps(walk(error)[0]))) == _frames._INNERMOST


@pytest.mark.parametrize(("package", "code"), [("tornado.simple_httpclient", "broken-pipe"), ("myapp.client", None)])
def test_a_call_of_a_library_without_frames(tmp_path: Path, package: str, code: str | None) -> None:
    """
    What a library hands over as a result leaves no frame of its own: its object at the failing call tells that the
    broken pipe was no file's.
    """

    def fetch() -> asyncio.Future[None]:
        answer = asyncio.get_running_loop().create_future()
        answer.set_exception(BrokenPipeError(errno.EPIPE, "Broken pipe"))
        return answer

    client = type("Client", (), {"__module__": package, "fetch": staticmethod(fetch)})()
    main = module(tmp_path, "async def main(client):\n    await client.fetch()\n")["main"]
    found = connlog.diagnose(caught(lambda: asyncio.run(main(client))))
    assert (found and found.code) == code
