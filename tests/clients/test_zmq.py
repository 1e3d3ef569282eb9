"""pyzmq: connecting never fails, so that only waiting in vain and binding do; what is no failure of a connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import AFTER_FIX, HERE, IF_IDEMPOTENT, NO_DESCRIPTORS, SAFE, at
from tests.clients.tables import LONG, SHORT, Outcome, rows
from tests.faults import Server

zmq, zmq_asyncio = lazy("zmq"), lazy("zmq.asyncio")


def impatient(context: Any, kind: int) -> Any:
    """Make a socket that waits for a short time only, and leaves nothing behind."""
    socket = context.socket(kind)
    socket.linger = 0
    socket.rcvtimeo = socket.sndtimeo = int(SHORT * 1000)
    return closing(socket)


def ask(server: Server, _patience: float) -> None:
    """Send a request and wait for the answer."""
    with impatient(zmq.Context.instance(), zmq.REQ) as socket:
        socket.connect(f"tcp://{server.host}:{server.port}")
        socket.send(b"request")
        socket.recv()


async def ask_async(server: Server, _patience: float) -> None:
    """Send a request and wait for the answer."""
    with impatient(zmq_asyncio.Context(), zmq.REQ) as socket:
        socket.connect(f"tcp://{server.host}:{server.port}")
        await socket.send(b"request")
        await socket.recv()


def send_to_nobody(server: Server, _patience: float) -> None:
    """Send a message where one may be queued only once the connection is there."""
    with impatient(zmq.Context.instance(), zmq.PUSH) as socket:
        socket.immediate = True
        socket.connect(f"tcp://{server.host}:{server.port}")
        socket.send(b"message")


def bind(address: str) -> None:
    """Bind a socket."""
    with impatient(zmq.Context.instance(), zmq.REP) as socket:
        socket.bind(address)


def make_a_socket(_server: Server, _patience: float) -> None:
    """Make a socket."""
    with impatient(zmq.Context.instance(), zmq.REQ):
        pass


WAITED: Outcome = ("timeout", None, None, "receive", IF_IDEMPOTENT)
IN_VAIN = (
    "refuse",
    "full-backlog",
    "accept-silent",
    "reset-after-accept",
    "reset-after-request",
    "close-after-accept",
    "close-after-request",
    "garbage",
    "garbage-answer",
    "name-not-found",
    "temporary-dns",
    "unreachable-network",
    "unreachable-host",
    "prohibited",
)
"""Faults that zmq tries to get over behind the program's back, which only waits in vain."""

CASES: tuple[Case, ...] = (
    *rows("pyzmq", ask, dict.fromkeys(IN_VAIN, WAITED)),
    *rows("pyzmq", make_a_socket, {"descriptors-exhausted": at(None, NO_DESCRIPTORS)}),
    *rows("pyzmq", send_to_nobody, {"refuse": (*WAITED[:3], "send", IF_IDEMPOTENT)}, note="sends"),
    *rows(
        "pyzmq",
        lambda s, _: bind(f"tcp://{s.host}:{s.port}"),
        {"port-taken": ("address-in-use", "EADDRINUSE", HERE, "bind", AFTER_FIX)},
    ),
    *rows(
        "pyzmq",
        lambda s, _: bind(f"tcp://{s.host}:{s.port or 5555}"),
        {"foreign-address": ("address-not-available", "EADDRNOTAVAIL", "192.0.2.1:5555", "bind", AFTER_FIX)},
    ),
    *rows(
        "pyzmq",
        lambda s, _: bind(f"ipc://{s.path}/in/no/folder"),
        {"no-socket-file": ("socket-file-missing", "ENOENT", "{path}/in/no/folder", "bind", SAFE)},
    ),
    *rows("pyzmq asyncio", ask_async, {"refuse": (*WAITED[:3], "transfer", IF_IDEMPOTENT)}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what the program can know of it."""
    check(case, __name__, clients_seen)


def end_while_waiting() -> None:
    """Wait for a message until the program itself ends the context."""
    context = zmq.Context()
    with closing(context.socket(zmq.REP)) as socket:
        socket.bind("tcp://127.0.0.1:*")
        end = threading.Timer(SHORT, context.term)
        end.start()
        try:
            socket.recv()
        finally:
            socket.close()
            end.join(LONG)


def send_to_an_unknown_identity() -> None:
    """Have a ROUTER send to a peer that never came."""
    with impatient(zmq.Context.instance(), zmq.ROUTER) as socket:
        socket.router_mandatory = True
        socket.send_multipart([b"nobody", b"message"])


def send_twice() -> None:
    """Send a second request before the first one is answered."""
    with impatient(zmq.Context.instance(), zmq.REQ) as socket:
        socket.connect("tcp://127.0.0.1:1")
        socket.send(b"request")
        socket.send(b"request")


def use_a_closed_socket() -> None:
    """Use a socket that the program itself has closed."""
    with impatient(zmq.Context.instance(), zmq.REQ) as socket:
        socket.close()
        socket.send(b"request")


MISTAKES: Mapping[str, Callable[[], object]] = {
    "context ended": end_while_waiting,
    "unknown identity": send_to_an_unknown_identity,
    "out of turn": send_twice,
    "closed socket": use_a_closed_socket,
    "address without a port": lambda: bind("tcp://127.0.0.1"),
    "no such device": lambda: bind("tcp://nowhere:5555"),
    "no such protocol": lambda: bind("carrier-pigeon://127.0.0.1:5555"),
}


@pytest.mark.needs("pyzmq")
@pytest.mark.parametrize("name", MISTAKES)
def test_what_the_program_does_wrong_is_no_connection_failure(name: str) -> None:
    """An errno of C's says what zmq means by it, and that is no connection failure here."""
    with pytest.raises(zmq.ZMQError) as caught:
        MISTAKES[name]()
    assert connlog.diagnose(caught.value) is None, repr(caught.value)
