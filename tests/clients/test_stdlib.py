"""Sockets and TLS by hand against every fault that applies."""

from __future__ import annotations

import linecache
import os
import select
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.clients import connecting
from tests.clients.cases import Case, check
from tests.clients.outcomes import (
    CONNECT_TIMEOUT,
    HERE,
    IF_IDEMPOTENT,
    LATER_NAME,
    NO_HOST,
    NO_NAME,
    NO_ROUTE,
    PLAIN_TEXT,
    PROHIBITED,
    READ_TIMEOUT,
    REFUSED,
    REFUSED_LOCALHOST,
    RESET,
    TLS_CUT,
    UNTRUSTED,
    at,
)
from tests.clients.tables import LOCALHOST, TLS, UNIX, Outcome, rows, ssl_keeps_errno
from tests.faults import Server

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def create(server: Server, patience: float) -> socket.socket:
    """Connect by socket.create_connection; the socket stays open while the failure is looked at."""
    return server.cleanup.enter_context(socket.create_connection((server.host, server.port), timeout=patience))


def create_localhost(server: Server, patience: float) -> None:
    """Connect to every address of localhost."""
    create_named(server, "localhost", patience)


def create_named(server: Server, host: str, patience: float) -> None:
    """Connect to a host by name."""
    socket.create_connection((host, server.port), timeout=patience)


def all_errors(server: Server, patience: float) -> None:
    """Connect to every address of localhost and get every failure, in a group."""
    socket.create_connection(("localhost", server.port), timeout=patience, all_errors=True)


def bare(server: Server, patience: float) -> socket.socket:
    """Make a socket that stays open while the failure is looked at."""
    sock = server.cleanup.enter_context(socket.socket())
    sock.settimeout(patience)
    return sock


def connect_names(server: Server, patience: float) -> None:
    """Connect to what two local names hold."""
    host, port = server.host, server.port
    s = bare(server, patience)
    s.connect((host, port))


def connect_tuple_name(server: Server, patience: float) -> None:
    """Connect to what one local name holds."""
    address = (server.host, server.port)
    s = bare(server, patience)
    s.connect(address)


def connect_literal_host(server: Server, patience: float) -> None:
    """Connect to a literal host and a named port."""
    port = server.port
    s = bare(server, patience)
    s.connect(("127.0.0.1", port))


def connect_localhost(server: Server, patience: float) -> None:
    """Connect to localhost in the words of the tutorial."""
    s = bare(server, patience)
    s.connect(("localhost", server.port))


def connect_across_lines(server: Server, patience: float) -> None:
    """Connect by a call that is spread over lines."""
    s = bare(server, patience)
    # fmt: off
    s.connect(
        (server.host,
         server.port),
    )
    # fmt: on


def connect_source(server: Server, _patience: float) -> None:
    """Run a script with nothing but literals in it."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "main.py"
        script.write_text(
            f'import socket\nwith socket.socket() as s:\n    s.connect(("127.0.0.1", {server.port}))\n',
            encoding="utf-8",
        )
        linecache.getlines(str(script))  # the script is gone by the time anybody asks
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), {})  # noqa: S102 - that is the case


def connect_without_source(server: Server, patience: float) -> None:
    """Run code whose source is nowhere."""
    exec(  # noqa: S102 - that is the case
        compile("s.connect((host, port))", "<string>", "exec"),
        {"s": bare(server, patience), "host": server.host, "port": server.port},
    )


class Peer:
    """A client class as people write it."""

    def __init__(self, server: Server, patience: float) -> None:
        """Remember where to connect to."""
        self.host = server.host
        self.port = server.port
        self.sock = bare(server, patience)

    def connect(self) -> None:
        """Connect to what the attributes hold."""
        self.sock.connect((self.host, self.port))


def connect_attributes(server: Server, patience: float) -> None:
    """Connect to what an object's attributes hold."""
    Peer(server, patience).connect()


def connect_in_helper(server: Server, patience: float) -> None:
    """Connect in another module of the program."""
    connecting.dial(bare(server, patience), server.host, server.port)


def connect_ex(server: Server, patience: float) -> None:
    """Raise what connect_ex returns."""
    error = bare(server, patience).connect_ex((server.host, server.port))
    raise OSError(error, os.strerror(error))


def read(server: Server, patience: float) -> bytes:
    """Wait for an answer without having asked."""
    s = create(server, patience)
    return s.recv(100)


def read_chained(server: Server, patience: float) -> bytes:
    """Read from a socket that has no name."""
    return create(server, patience).recv(100)


def ask(server: Server, patience: float) -> bytes:
    """Send a request and wait for the answer."""
    s = create(server, patience)
    s.sendall(HEAD)
    return s.recv(100)


def ask_for_all(server: Server, patience: float) -> None:
    """Send a request and read until the end."""
    s = create(server, patience)
    s.sendall(HEAD)
    while s.recv(100):
        pass


def send_on(server: Server, patience: float) -> None:
    """Go on sending after the peer has left."""
    s = create(server, patience)
    s.sendall(b"x")
    select.select([s], [], [], 5)
    while True:
        s.sendall(b"x" * 1000)


def unix(server: Server, _patience: float) -> None:
    """Connect to a unix socket."""
    s = server.cleanup.enter_context(socket.socket(socket.AF_UNIX))
    path = str(server.path)
    s.connect(path)


def bind(server: Server, patience: float) -> None:
    """Bind to an address."""
    s = bare(server, patience)
    s.bind((server.host, server.port))


def receive_unconnected(server: Server, patience: float) -> None:
    """Read from a socket that was never connected."""
    s = bare(server, patience)
    s.recv(1)


def resolve(server: Server, _patience: float) -> None:
    """Look up a name."""
    socket.getaddrinfo(server.host, server.port)


def too_many(server: Server, _patience: float) -> None:
    """Join more multicast groups than the kernel allows a socket."""
    s = server.cleanup.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    for group in range(1, 100):
        member = socket.inet_aton(f"239.1.1.{group}") + socket.inet_aton("127.0.0.1")
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)


CONNECTING = {
    "refuse": REFUSED,
    "full-backlog": CONNECT_TIMEOUT,
    "name-not-found": NO_NAME,
    "temporary-dns": LATER_NAME,
    "unreachable-network": NO_ROUTE,
    "unreachable-host": NO_HOST,
    "prohibited": PROHIBITED,
}
NOT_CONNECTED: Outcome = ("not-connected", "ENOTCONN", None, "receive", "after-fix")
BROKEN_PIPE: Outcome = ("broken-pipe", "EPIPE", None, "send", IF_IDEMPOTENT)
TAKEN: Outcome = ("address-in-use", "EADDRINUSE", HERE, "bind", "after-fix")
FOREIGN: Outcome = ("address-not-available", "EADDRNOTAVAIL", HERE, "bind", "after-fix")
NO_BUFFERS: Outcome = ("no-buffer-space", "ENOBUFS", None, "local", IF_IDEMPOTENT)

SOCKET = [
    *rows("socket", create, CONNECTING),
    *rows("socket", connect_names, CONNECTING, note="names"),
    *rows("socket", connect_tuple_name, CONNECTING, note="tuple name"),
    *rows("socket", connect_literal_host, {"refuse": REFUSED}, note="literal host"),
    *rows("socket", connect_localhost, {"refuse": REFUSED_LOCALHOST}, note="literal localhost"),
    *rows("socket", connect_across_lines, {"refuse": REFUSED}, note="across lines"),
    *rows("socket", connect_source, {"refuse": REFUSED}, note="script of literals"),
    *rows("socket", connect_without_source, {"refuse": at(None, REFUSED)}, note="no source"),
    *rows("socket", connect_attributes, CONNECTING, note="attributes"),
    *rows("socket", connect_in_helper, CONNECTING, note="helper module"),
    *rows("socket", connect_ex, {"refuse": at(None, REFUSED)}, note="connect_ex"),
    *rows("socket", create_localhost, LOCALHOST),
    *rows("socket", all_errors, LOCALHOST, note="all errors"),
    *rows("socket", unix, UNIX),
    *rows("socket", resolve, {"name-not-found": NO_NAME, "temporary-dns": LATER_NAME}, note="getaddrinfo"),
    # After a RST the kernel has forgotten the peer, and nobody else knows it.
    *rows("socket", read, {"accept-silent": READ_TIMEOUT, "reset-after-accept": at(None, RESET)}),
    *rows("socket", read_chained, {"accept-silent": at(None, READ_TIMEOUT)}, note="chained"),
    *rows("socket", ask, {"reset-after-request": at(None, RESET)}),
    *rows("socket", ask_for_all, {"stall-in-body": READ_TIMEOUT, "reset-in-body": at(None, RESET)}),
    *rows("socket", send_on, {"reads-nothing-then-close": BROKEN_PIPE}),
    *rows("socket", bind, {"port-taken": TAKEN, "foreign-address": FOREIGN}),
    *rows("socket", receive_unconnected, {"not-connected": NOT_CONNECTED}),
    *rows("socket", too_many, {"no-buffer-space": NO_BUFFERS}),
]


def secure(server: Server, patience: float, **options: Any) -> ssl.SSLSocket:
    """Do a TLS handshake by hand."""
    context = ssl.create_default_context(cafile=server.ca_file)
    sock = create(server, patience)
    secured = context.wrap_socket(sock, server_hostname=server.host, **options)
    return server.cleanup.enter_context(secured)


def secure_and_ask(server: Server, patience: float) -> bytes:
    """Ask over TLS and wait for the answer."""
    s = secure(server, patience, suppress_ragged_eofs=False)
    s.sendall(HEAD)
    return s.recv(100)


HOST_ONLY = "{host}"
"""A TLS handshake by hand knows the name, and the socket is closed by the time anybody asks."""

READ_RESET = RESET if ssl_keeps_errno() else TLS_CUT
HANDSHAKE = {**TLS, "tls-self-signed": UNTRUSTED, "garbage": PLAIN_TEXT}

SSL = [
    *rows("ssl", secure, {fault: at(HOST_ONLY, outcome) for fault, outcome in HANDSHAKE.items()}),
    *rows("ssl", secure_and_ask, {"accept-silent": READ_TIMEOUT}, tls=True),
    *rows("ssl", secure_and_ask, {"reset-after-request": at(None, READ_RESET)}, note="read", tls=True),
    *rows("ssl", secure_and_ask, {"tls-close-no-notify": at(None, TLS_CUT)}),
]

CASES: tuple[Case, ...] = (*SOCKET, *SSL)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_socket(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
