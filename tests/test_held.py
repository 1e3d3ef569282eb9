"""
What the networking libraries' own frames were called with: it fills the gaps of an endpoint, and names no wrong one.
"""

from __future__ import annotations

import errno
import socket
import types
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

import connlog
from connlog import Diagnosis, _target
from connlog._chain import member
from connlog._model import Endpoint

DIAL = """
class Client:
    def __init__(self, **known):
        self.__dict__.update(known)

    def talk(self):
        raise failure

    @property
    def host(self):
        raise RuntimeError("nobody may run me")

class Transport:
    __slots__ = ("host", "port")

    def __init__(self, host, port):
        self.host, self.port = host, port

    def talk(self):
        raise failure

def find(servers):
    raise failure

def dial(host, port=None, proxy=None, *others, **kwargs):
    raise failure

def call(**kwargs):
    raise failure

def connect(dsn):
    raise failure
"""


def library(name: str, failure: Exception) -> dict[str, Any]:
    """
    Make a module of that name, whose functions fail.
    """
    module: dict[str, Any] = {"__name__": name, "failure": failure}
    exec(compile(DIAL, f"<{name}>", "exec"), module)  # noqa: S102 - as a library is imported
    return module


def found(
    use: Callable[[types.SimpleNamespace], object],
    name: str = "kafka.made",
    failure: Exception | None = None,
) -> Diagnosis:
    """
    Diagnose what a use of that module raises.
    """
    failure = failure or ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    with pytest.raises(type(failure)) as caught:
        use(types.SimpleNamespace(**library(name, failure)))
    diagnosis = connlog.diagnose(caught.value)
    assert diagnosis is not None
    return diagnosis


@pytest.mark.parametrize(
    ("use", "endpoint"),
    [
        (lambda kafka: kafka.dial("db", 5432), ("db", 5432)),
        (lambda kafka: kafka.dial("db"), ("db", None)),
        (lambda kafka: kafka.call(host="db", port="5432"), ("db", 5432)),
        (lambda kafka: kafka.call(host="db", unix_socket="/run/db.sock"), ("/run/db.sock", None)),
        (lambda kafka: kafka.Client(_host="db", _port=5432).talk(), ("db", 5432)),
        (lambda kafka: kafka.Client(kwargs={"host": "db", "port": 5432}).talk(), ("db", 5432)),
        (lambda kafka: kafka.Client(conninfo="postgresql://app:secret@db/app").talk(), ("db", 5432)),
        (lambda kafka: kafka.Transport("db", 5432).talk(), ("db", 5432)),
        (lambda kafka: kafka.find("nats://app:secret@db:4222"), ("db", 4222)),
        (lambda kafka: kafka.find(["nats://db"]), ("db", 4222)),
        (lambda kafka: kafka.find(["nats://one", "nats://two"]), (None, None)),
        (
            lambda kafka: kafka.Client(_current_server=types.SimpleNamespace(uri=urlsplit("nats://db"))).talk(),
            ("db", 4222),
        ),
        (lambda kafka: kafka.connect("password='x host=y port=1' host = db  port='5432'"), ("db", 5432)),
        (lambda kafka: kafka.connect("host=one,two port=5432"), (None, None)),
        (lambda kafka: kafka.connect("service=db"), (None, None)),
        (lambda kafka: kafka.Client(host="db", port=5432, proxy=None, proxies={}, tunnel="").talk(), ("db", 5432)),
        (lambda kafka: kafka.Client(server_host="db", server_port=5432).talk(), ("db", 5432)),
        (lambda kafka: kafka.Client(_unix_socket="/run/db.sock", _host="db").talk(), ("/run/db.sock", None)),
        (lambda kafka: kafka.dial("db", 5432, "http://proxy:3128"), (None, None)),
        (lambda kafka: kafka.call(host="db", http_proxy_host="proxy"), (None, None)),
        (lambda kafka: kafka.Client(host="db", port=5432, _tunnel_host="target").talk(), (None, None)),
        (lambda kafka: kafka.Client(host="db", port=5432, proxies={"http": "x"}).talk(), (None, None)),
        (lambda kafka: kafka.Client().talk(), (None, None)),
    ],
)
def test_what_a_frame_was_called_with(
    use: Callable[[types.SimpleNamespace], object], endpoint: tuple[str | None, int | None]
) -> None:
    """
    A library's arguments and its own objects name the endpoint, unless they know of a proxy: then they may mean either.
    """
    diagnosis = found(use)
    assert (diagnosis.server_address, diagnosis.server_port) == endpoint


@pytest.mark.parametrize("name", ["myapp.net", "socketserver"])
def test_whose_frames_say_nothing(name: str) -> None:
    """
    The program's own arguments are none of our business, and a server's name itself.
    """
    assert found(lambda module: module.dial("db", 5432), name).server_address is None


@pytest.mark.parametrize(
    ("dialled", "address"),
    [("('127.0.0.1', 5432)", "localhost"), ("('127.0.0.1', 3128)", "127.0.0.1")],
)
def test_the_name_of_an_address(dialled: str, address: str) -> None:
    """
    The address that was dialled belongs to the name that a frame holds, if the port is the same.
    """
    failure = ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {dialled}")
    diagnosis = found(lambda kafka: kafka.dial("localhost", 5432), failure=failure)
    assert (diagnosis.server_address, diagnosis.peer_address) == (address, "127.0.0.1")


@pytest.mark.parametrize(("port", "address"), [(9092, "broker.example"), (9093, "127.0.0.1")])
def test_a_library_that_resolves_by_itself(port: int, address: str) -> None:
    """
    A library that looks a name up and dials its address knows the name in the frame above, where the port is the same.
    """
    failure = type("KafkaConnectionError", (Exception,), {"__module__": "kafka.errors", "host": None})("no reason")
    failure.host, failure.port = "127.0.0.1", 9092
    diagnosis = found(lambda kafka: kafka.dial("broker.example", port), failure=failure)
    assert (diagnosis.server_address, diagnosis.server_port, diagnosis.peer_address) == (address, 9092, "127.0.0.1")


def test_a_name_after_its_address() -> None:
    """
    A name that is told later than the address that was dialled is the server's, if the port is the same.
    """
    dialled = Endpoint(address="127.0.0.1", port=3306)
    named = Endpoint(address="localhost", port=3306)
    assert _target._merge(dialled, named) == named._replace(peer_address="127.0.0.1", peer_port=3306)
    assert _target._merge(dialled, named._replace(port=3307)) == dialled


def test_the_peer_of_a_socket_that_a_library_holds() -> None:
    """
    Where a library keeps no address at all, the kernel knows the peer of its socket, as long as there is one.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as line:
            diagnosis = found(lambda kafka: kafka.Client(_sock=line).talk())
        assert (diagnosis.peer_address, diagnosis.peer_port) == server.getsockname()
        closed = found(lambda kafka: kafka.Client(_sock=line).talk())
    assert closed.peer_address is None


class Slotted(Exception):  # noqa: N818 - no name that says anything
    """
    An exception as a C extension makes it: it keeps its attributes in slots.
    """

    __slots__ = ("host", "port")
    __module__ = "kafka.errors"


def test_slots_are_read() -> None:
    """
    What C keeps in a slot is an exception's own as much as what Python keeps in a dictionary; an empty slot is none.
    """
    failure = Slotted("nothing in words")
    assert member(failure, "host") is None
    failure.host, failure.port = "db", 9092
    failure.__cause__ = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    diagnosis = connlog.diagnose(failure)
    assert diagnosis is not None
    assert (diagnosis.server_address, diagnosis.server_port) == ("db", 9092)


def test_a_broken_pipe_after_a_reset_is_the_reset() -> None:
    """
    A library that says goodbye to a connection that was reset gets EPIPE; what ended it is the RST.
    """
    reset = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    goodbye = BrokenPipeError(errno.EPIPE, "Broken pipe")
    goodbye.__cause__ = reset
    diagnosis = found(lambda kafka: kafka.dial("db", 5432), failure=goodbye)
    assert (diagnosis.code, diagnosis.errno_name) == ("connection-reset", "ECONNRESET")


@pytest.mark.parametrize(
    ("words", "code", "errno_name"),
    [
        ("Can't connect to server on 'db' (111)", "connection-refused", "ECONNREFUSED"),
        ("Can't connect to server on 'db' (115)", "connection-error", None),
        ("Can't create TCP/IP socket (24)", "too-many-open-files", "EMFILE"),
        ("Lost connection to server at 'reading', system error: 104", "connection-reset", "ECONNRESET"),
        ("Lost connection to server at 'reading', system error: 0", "connection-error", None),
    ],
)
def test_numbers_at_the_end_of_words(words: str, code: str, errno_name: str | None) -> None:
    """
    An errno stands in parentheses, or after «system error»; a number that means nothing here stays unread.
    """
    error = type("OperationalError", (type("Error", (Exception,), {"__module__": "MySQLdb"}),), {})
    diagnosis = connlog.diagnose(error(2013, words))
    assert diagnosis is not None
    assert (diagnosis.code, diagnosis.errno_name) == (code, errno_name)


def test_nothing_reached_a_peer_that_could_not_be_connected() -> None:
    """
    A failure without a reason is safe to repeat where it is known that it was one to connect.
    """
    error = type("Error", (Exception,), {"__module__": "MySQLdb"})
    diagnosis = connlog.diagnose(error(2002, "Can't connect to server on 'db' (115)"))
    assert diagnosis is not None
    assert (diagnosis.phase, diagnosis.retry) == ("connect", "safe")
