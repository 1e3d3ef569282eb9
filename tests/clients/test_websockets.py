"""WebSocket clients against every fault that applies."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import websockets
import websockets.sync.client

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, GARBAGE, NO_DESCRIPTORS, PROXY_STATUS, READ_TIMEOUT, RESET, at
from tests.clients.tables import LOCALHOST, LONG, PLAIN, SHORT, TLS, UNIX, Outcome, context, finish, rows
from tests.clients.web import BROKEN_TUNNEL, LARGE, SENDING, behind_proxies
from tests.faults import Server, play

websocket = lazy("websocket")

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the key of an opening handshake is hashed with (RFC 6455, section 1.3)."""

# The transport learns of ECONNRESET; the opening handshake says EOF.
OPENING: Mapping[str, Outcome] = {
    **PLAIN,
    "reset-after-request": CLOSED,
    "descriptors-exhausted": NO_DESCRIPTORS,
}


def url(server: Server, scheme: str = "ws", host: str | None = None) -> str:
    """Return the URL of a server."""
    return f"{scheme}://{host or server.host}:{server.port}/"


async def opened(server: Server, patience: float, host: str | None = None) -> None:
    """Open a WebSocket."""
    async with websockets.connect(
        url(server, host=host), open_timeout=patience, proxy=None, close_timeout=SHORT
    ) as line:
        await line.recv()


async def opened_secured(server: Server, patience: float) -> None:
    """Open a WebSocket over TLS."""
    async with websockets.connect(
        url(server, "wss"), open_timeout=patience, proxy=None, close_timeout=SHORT, ssl=context(server)
    ) as line:
        await line.recv()


def opened_sync(server: Server, patience: float, host: str | None = None) -> None:
    """Open a WebSocket, synchronously."""
    with websockets.sync.client.connect(
        url(server, host=host), open_timeout=patience, proxy=None, close_timeout=SHORT
    ) as line:
        line.recv()


def opened_sync_secured(server: Server, patience: float) -> None:
    """Open a WebSocket over TLS, synchronously."""
    with websockets.sync.client.connect(
        url(server, "wss"), open_timeout=patience, proxy=None, close_timeout=SHORT, ssl=context(server)
    ) as line:
        line.recv()


async def opened_by_proxy(server: Server, patience: float, scheme: str = "ws") -> None:
    """Open a WebSocket through a proxy."""
    target = f"{scheme}://target.invalid/"
    async with websockets.connect(target, open_timeout=patience, proxy=f"http://{server.host}:{server.port}") as line:
        await line.recv()


async def opened_unix(server: Server, patience: float) -> None:
    """Open a WebSocket on a unix socket."""
    async with websockets.unix_connect(server.path, open_timeout=patience) as line:
        await line.recv()


async def opened_large(server: Server, patience: float) -> None:
    """Send a large message by a WebSocket."""
    async with websockets.connect(url(server), open_timeout=patience, proxy=None, close_timeout=SHORT) as line:
        while True:
            await line.send(LARGE)


def opened_sync_by_proxy(server: Server, patience: float, scheme: str = "ws") -> None:
    """Open a WebSocket through a proxy, synchronously."""
    target = f"{scheme}://target.invalid/"
    proxy = f"http://{server.host}:{server.port}"
    with websockets.sync.client.connect(target, open_timeout=patience, proxy=proxy) as line:
        line.recv()


def opened_sync_unix(server: Server, patience: float) -> None:
    """Open a WebSocket on a unix socket, synchronously."""
    with websockets.sync.client.unix_connect(str(server.path), open_timeout=patience) as line:
        line.recv()


def opened_sync_patient(server: Server, patience: float) -> None:
    """Wait for a message, not for ever."""
    with websockets.sync.client.connect(url(server), proxy=None, close_timeout=SHORT) as line:
        line.recv(timeout=patience)


def opened_sync_large(server: Server, patience: float) -> None:
    """Send a large message by a WebSocket, synchronously."""
    with websockets.sync.client.connect(url(server), open_timeout=patience, proxy=None, close_timeout=SHORT) as line:
        while True:
            line.send(LARGE)


def created(server: Server, patience: float, scheme: str = "ws", host: str | None = None, **options: Any) -> Any:
    """Open a WebSocket by websocket-client, and wait for a message."""
    settings = {"timeout": patience, "sslopt": {"ca_certs": server.ca_file}}
    line = websocket.create_connection(url(server, scheme, host), **{**settings, **options})
    server.cleanup.callback(line.shutdown)
    return line.recv()


def created_by_proxy(server: Server, patience: float, scheme: str = "ws") -> None:
    """Open a WebSocket through a proxy by websocket-client."""
    websocket.create_connection(
        f"{scheme}://target.invalid/",
        timeout=patience,
        http_proxy_host=server.host,
        http_proxy_port=server.port,
        proxy_type="http",
    )


def created_large(server: Server, patience: float) -> None:
    """Send a large message by websocket-client."""
    line = websocket.create_connection(url(server), timeout=patience)
    server.cleanup.callback(line.shutdown)
    while True:
        line.send(LARGE)


def upgrade(connection: socket.socket) -> None:
    """Agree to the opening handshake (RFC 6455, section 4.2.2)."""
    head = connection.recv(65536)
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)[1]
    accepted = base64.b64encode(hashlib.sha1(key + MAGIC).digest())  # noqa: S324 - that is the protocol
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n\r\n" % accepted
    )


def babble(connection: socket.socket) -> None:
    """Agree to the opening handshake, and go on in no protocol."""
    upgrade(connection)
    connection.sendall(b"\x07\x13garbage of no protocol at all")


def nowhere(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return outcomes of websocket-client, which forgets where an open line is connected to."""
    return {fault: at(None, outcome) for fault, outcome in outcomes.items()}


BROKEN_TUNNEL_ASYNC = {**BROKEN_TUNNEL, "reset-after-request": PROXY_STATUS}
"""The transport learns of ECONNRESET; what awaits the proxy's answer says EOF."""

IN_USE: Mapping[str, Outcome] = {
    "reset-after-accept": RESET,
    "close-after-accept": CLOSED,
}
"""What happens to a WebSocket that is open."""

NONSENSE: Mapping[str, Outcome] = {"close-after-accept": GARBAGE}

RACE = "close-after-accept"
"""The synchronous client sends in one thread and hears of the end in another."""

CASES: tuple[Case, ...] = (
    *rows("websockets", opened, OPENING),
    *rows("websockets", partial(opened, host="localhost"), LOCALHOST),
    *rows("websockets", opened_unix, UNIX),
    *rows("websockets", opened, IN_USE, greeting=upgrade, note="open"),
    *rows("websockets", opened, NONSENSE, greeting=babble, note="garbage"),
    *rows("websockets", opened_large, SENDING, greeting=upgrade),
    *behind_proxies("websockets", opened_by_proxy, partial(opened_by_proxy, scheme="wss"), BROKEN_TUNNEL_ASYNC),
    *rows("websockets", opened_secured, TLS),
    *rows("websockets", opened_secured, {"accept-silent": READ_TIMEOUT}, note="tls", tls=True),
    *rows("websockets sync", opened_sync, {fault: OPENING[fault] for fault in OPENING if fault != RACE}),
    *rows("websockets sync", opened_sync, {RACE: OPENING[RACE]}, races=True),
    *rows("websockets sync", partial(opened_sync, host="localhost"), LOCALHOST),
    *rows("websockets sync", opened_sync_unix, UNIX),
    *rows("websockets sync", opened_sync, IN_USE, greeting=upgrade, note="open"),
    *rows("websockets sync", opened_sync, NONSENSE, greeting=babble, note="garbage"),
    *rows("websockets sync", opened_sync_patient, {"accept-silent": READ_TIMEOUT}, greeting=upgrade, note="patient"),
    *rows("websockets sync", opened_sync_large, SENDING, greeting=upgrade),
    *behind_proxies("websockets sync", opened_sync_by_proxy, partial(opened_sync_by_proxy, scheme="wss")),
    *rows("websockets sync", opened_sync_secured, TLS),
    *rows("websocket-client", created, {**PLAIN, "descriptors-exhausted": NO_DESCRIPTORS}),
    *rows("websocket-client", partial(created, host="localhost"), LOCALHOST),
    *rows("websocket-client", created, nowhere(IN_USE), greeting=upgrade, note="open"),
    *rows("websocket-client", created, {"accept-silent": READ_TIMEOUT}, greeting=upgrade, note="open"),
    *rows("websocket-client", created, NONSENSE, greeting=babble, note="garbage"),
    *rows(
        "websocket-client",
        created_large,
        {fault: at(None, outcome) for fault, outcome in SENDING.items()},
        greeting=upgrade,
    ),
    *behind_proxies("websocket-client", created_by_proxy, partial(created_by_proxy, scheme="wss")),
    *rows("websocket-client", partial(created, scheme="wss"), TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_websocket_client(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("websocket-client")
def test_a_websocket_that_was_closed_before_is_not_connected() -> None:
    """websocket-client says so of a line that it has closed itself."""
    with play("close-after-accept", greeting=upgrade) as server:
        line = websocket.create_connection(url(server), timeout=LONG)
        line.shutdown()
        with pytest.raises(websocket.WebSocketConnectionClosedException) as caught:
            line.recv()
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code == "not-connected"


ANSWER = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CLIENTS: Mapping[str, Callable[[Server, float], object]] = {
    "websockets": opened,
    "websockets sync": opened_sync,
    "websocket-client": created,
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name.split()[0])) for name in CLIENTS])
def test_a_status_of_http_is_no_connection_failure(name: str) -> None:
    """A server that wants no WebSocket has answered."""
    with scripted.playing(lambda _, connection: connection.sendall(connection.recv(65536) and ANSWER)) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
            finish(CLIENTS[name](server, LONG))
        assert connlog.diagnose(caught.value) is None, repr(caught.value)
