"""
What a networking library's own frames tell, whichever library it is: what it was doing, and whom it was to talk to.
"""

from __future__ import annotations

import socket
from collections import deque
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytest

import connlog
from connlog import Diagnosis
from tests.faults import play


class Address(NamedTuple):
    """A library's own kind of address."""

    host: str
    port: int


def library(folder: Path, source: str) -> dict[str, Any]:
    """
    Execute a module of a networking library.
    """
    path = folder / "pool.py"
    path.write_text(source)
    scope: dict[str, Any] = {"__name__": "peewee.pool", "socket": socket}
    exec(compile(source, str(path), "exec"), scope)  # noqa: S102 -- the test's own source
    return scope


def diagnosed(function: Any, *arguments: Any) -> Diagnosis | None:
    """
    Diagnose what a function raises.
    """
    try:
        function(*arguments)
    except Exception as error:
        return connlog.diagnose(error)
    pytest.fail("nothing was raised")


EMPTIED = """
class Client:
    def store(self, server, data):
        self.sock = socket.create_connection(server)
        self.sock.shutdown(socket.SHUT_WR)
        try:
            self.sock.sendall(data)
        finally:
            self.sock = None
"""


def test_a_socket_that_was_put_away_was_one(tmp_path: Path) -> None:
    """A library that empties its attribute before the exception gets out was still sending by a socket."""
    with play("healthy") as server:
        found = diagnosed(library(tmp_path, EMPTIED)["Client"]().store, (server.host, server.port), b"x")
    assert found is not None
    assert (found.code, found.errno_name, found.phase) == ("broken-pipe", "EPIPE", "send")


ANYONE = "def {name}(self, address):\n    raise {error}\n"


@pytest.mark.parametrize(
    ("name", "error", "code", "phase"),
    [
        ("read_packet", "TimeoutError('timed out')", "read-timeout", "receive"),
        ("_receive_hello", "EOFError", "closed-by-peer", "receive"),
        ("recv_exactly", "EOFError", "closed-by-peer", "receive"),
        ("_connect_socket", "OSError(None, 'Tried to connect. Last error: timed out')", "connect-timeout", "connect"),
        ("_connect_socket", "OSError(1, 'Last error: [SSL: WRONG_VERSION_NUMBER] wrong')", "tls-not-spoken", "tls"),
        ("_connect_socket", "PermissionError(13, 'Last error: Permission denied')", "connect-not-permitted", "connect"),
    ],
)
@pytest.mark.parametrize("compiled", [False, True], ids=["Python", "Cython"])
def test_a_function_says_by_its_name_what_it_does(  # noqa: PLR0913 -- the columns of the table
    name: str, error: str, code: str | None, phase: str | None, *, compiled: bool, tmp_path: Path
) -> None:
    """Reading and connecting are told by the names of a library's functions, which Cython gives in full."""
    function = library(tmp_path, ANYONE.format(name=name, error=error))[name]
    if compiled:
        full = function.__code__.replace(co_name=f"peewee.pool.Pool.{name}")
        function = FunctionType(full, function.__globals__)
    found = diagnosed(function, None, None)
    assert (found and (found.code, found.phase)) == (code and (code, phase))


@pytest.mark.parametrize(
    ("attributes", "address", "endpoint"),
    [
        ({"server": ("cache", 11211)}, None, ("cache", 11211)),
        ({"address": ["cache", 11211]}, None, ("cache", 11211)),
        ({"address": ("cache",)}, None, ("cache", None)),
        ({"hosts": deque([("cache", 11211)])}, None, ("cache", 11211)),
        ({"hosts": deque([("cache", 11211), ("other", 11211)])}, None, (None, None)),
        ({"hosts": "cache"}, None, (None, None)),
        ({}, Address("cache", 11211), ("cache", 11211)),
        ({}, "cache", (None, None)),
    ],
    ids=str,
)
def test_whom_a_library_was_to_talk_to(
    attributes: dict[str, Any], address: Any, endpoint: tuple[str | None, int | None], tmp_path: Path
) -> None:
    """What a library's function was called with, or its object holds, names the peer; of several nobody knows which."""
    scope = library(tmp_path, "class Pool: pass\n" + ANYONE.format(name="read_packet", error="EOFError"))
    pool = scope["Pool"]()
    vars(pool).update(attributes)
    found = diagnosed(scope["read_packet"], pool, address)
    assert found is not None
    assert (found.server_address, found.server_port) == endpoint


SEVERAL = """
class Pool:
    def __init__(self, *hosts):
        self.hosts = hosts
    def read(self):
        raise EOFError

class Client:
    def __init__(self, pool, host, port):
        self.pool, self.host, self.port = pool, host, port
    def ask(self):
        self.pool.read()
"""


def test_of_several_no_outer_frame_knows_which(tmp_path: Path) -> None:
    """Where a frame may mean any of several servers, the one that a frame further out names is not taken for it."""
    scope = library(tmp_path, SEVERAL)
    addresses = ("one", 1), ("two", 2)
    for count, endpoint in ((1, ("one", 1)), (2, (None, None))):
        found = diagnosed(scope["Client"](scope["Pool"](*addresses[:count]), "default", 3).ask)
        assert found is not None
        assert (found.server_address, found.server_port) == endpoint


@pytest.mark.parametrize("tunnel", [(), [], "", None, False])
def test_a_proxy_that_was_not_given_is_none(tunnel: object, tmp_path: Path) -> None:
    """An argument for a proxy that was left empty leaves the frame's host what it is."""
    scope = library(tmp_path, "def read(host, port, tunnel):\n    raise EOFError\n")
    found = diagnosed(scope["read"], "db", 1, tunnel)
    assert found is not None
    assert (found.server_address, found.server_port) == ("db", 1)


NURSERY = """
def open_stream(host, port):
    raise Cancelled("cancelled due to deadline")

def wait():
    raise Cancelled("cancelled due to deadline")

def connect(host, port):
    stood = []
    for ask in (lambda: open_stream(host, port), wait):
        try:
            ask()
        except Cancelled as error:
            stood.append(error)
    raise BaseExceptionGroup("from a nursery", stood)

def close():
    raise Cancelled("cancelled due to deadline")

def read(host, port):
    try:
        raise Cancelled("cancelled due to deadline")
    finally:
        close()
"""


@pytest.mark.parametrize(
    ("name", "code", "endpoint"), [("connect", "connect-timeout", ("db", 1)), ("read", "read-timeout", ("db", 1))]
)
def test_where_it_stood_when_time_ran_out(
    name: str, code: str, endpoint: tuple[str | None, int | None], tmp_path: Path
) -> None:
    """
    A time-out of trio's is one of what it stood at when it was cancelled first, in a nursery of its own too.
    """
    scope = library(tmp_path, NURSERY)
    scope["Cancelled"] = type("Cancelled", (BaseException,), {"__module__": "trio"})
    slow = type("TooSlowError", (Exception,), {"__module__": "trio"})

    def fail_after() -> None:
        try:
            scope[name]("db", 1)
        except BaseException as error:
            raise slow from error

    found = diagnosed(fail_after)
    assert found is not None
    assert (found.code, (found.server_address, found.server_port)) == (code, endpoint)


@pytest.mark.parametrize("name", ["TooSlowError", "EndOfStream"])
def test_what_says_no_more_than_that_something_ended(name: str) -> None:
    """Outside of a networking library, the end of a stream and of one's patience prove nothing."""
    module = "trio" if name == "TooSlowError" else "anyio"
    assert connlog.diagnose(type(name, (Exception,), {"__module__": module})()) is None


CHILD = """
def send_all(self, data):
    try:
        raise BrokenPipeError(32, "Broken pipe")
    except OSError as error:
        raise Broken("socket connection broken") from error
"""


def test_a_childs_pipe_is_no_connection(tmp_path: Path) -> None:
    """The pipe to a child breaks inside a networking library, and it is no connection that failed."""
    scope = library(tmp_path, CHILD)
    scope["Broken"] = type("BrokenResourceError", (Exception,), {"__module__": "trio"})
    assert diagnosed(scope["send_all"], object(), b"") is not None
    in_trio = library(tmp_path, CHILD)
    in_trio |= {"__name__": "trio._unix_pipes", "Broken": scope["Broken"]}
    assert diagnosed(in_trio["send_all"], object(), b"") is None


def test_a_number_beside_its_symbol_is_an_errno() -> None:
    """PyOpenSSL's «(104, 'ECONNRESET')» is read as what it says."""
    lost = type("ConnectionFailure", (Exception,), {"__module__": "pymongo.errors"})
    found = connlog.diagnose(lost("SSL handshake failed: db:27017: (104, 'ECONNRESET') (configured timeouts: x)"))
    assert found is not None
    assert (found.code, found.errno, found.errno_name) == ("connection-reset", 104, "ECONNRESET")
