"""WebSocket clients against every fault that applies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
import websockets
import websockets.sync.client

from tests.clients.cases import Case, check
from tests.clients.outcomes import CLOSED, READ_TIMEOUT
from tests.clients.tables import LOCALHOST, PLAIN, TLS, Outcome, context, rows
from tests.faults import Server

# The transport learns of ECONNRESET; the opening handshake says EOF.
OPENING: Mapping[str, Outcome] = {**PLAIN, "reset-after-request": CLOSED}


def url(server: Server, scheme: str = "ws", host: str | None = None) -> str:
    """Return the URL of a server."""
    return f"{scheme}://{host or server.host}:{server.port}/"


async def opened(server: Server, patience: float, host: str | None = None) -> None:
    """Open a WebSocket."""
    async with websockets.connect(url(server, host=host), open_timeout=patience, proxy=None) as line:
        await line.recv()


async def opened_secured(server: Server, patience: float) -> None:
    """Open a WebSocket over TLS."""
    async with websockets.connect(url(server, "wss"), open_timeout=patience, proxy=None, ssl=context(server)) as line:
        await line.recv()


def opened_sync(server: Server, patience: float, host: str | None = None) -> None:
    """Open a WebSocket, synchronously."""
    with websockets.sync.client.connect(url(server, host=host), open_timeout=patience, proxy=None) as line:
        line.recv()


def opened_sync_secured(server: Server, patience: float) -> None:
    """Open a WebSocket over TLS, synchronously."""
    with websockets.sync.client.connect(
        url(server, "wss"), open_timeout=patience, proxy=None, ssl=context(server)
    ) as line:
        line.recv()


RACE = "close-after-accept"
"""The synchronous client sends in one thread and hears of the end in another."""

CASES: tuple[Case, ...] = (
    *rows("websockets", opened, OPENING),
    *rows("websockets", partial(opened, host="localhost"), LOCALHOST),
    *rows("websockets", opened_secured, TLS),
    *rows("websockets", opened_secured, {"accept-silent": READ_TIMEOUT}, note="tls", tls=True),
    *rows("websockets sync", opened_sync, {fault: OPENING[fault] for fault in OPENING if fault != RACE}),
    *rows("websockets sync", opened_sync, {RACE: OPENING[RACE]}, races=True),
    *rows("websockets sync", partial(opened_sync, host="localhost"), LOCALHOST),
    *rows("websockets sync", opened_sync_secured, TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_websocket_client(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
