"""The streams of asyncio against every fault that applies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.clients.cases import Case, check
from tests.clients.outcomes import (
    CLOSED,
    CONNECT_TIMEOUT,
    CUT_SHORT,
    HERE,
    IF_IDEMPOTENT,
    LATER_NAME,
    NO_HOST,
    NO_NAME,
    NO_ROUTE,
    PROHIBITED,
    READ_TIMEOUT,
    REFUSED,
    RESET,
    UNTRUSTED,
)
from tests.clients.tables import LOCALHOST, TLS, UNIX, Outcome, context, rows
from tests.faults import Server

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def streams(server: Server, _patience: float, **options: Any) -> asyncio.StreamReader:
    """Open a connection and send a request."""
    reader, writer = await asyncio.open_connection(server.host, server.port, **options)
    server.cleanup.callback(id, writer)  # a writer that nobody holds closes its connection
    writer.write(HEAD)
    return reader


async def stream_line(server: Server, patience: float) -> bytes:
    """Read to the end of the answer's first line."""
    return await (await streams(server, patience)).readuntil(b"\n")


async def stream_exactly(server: Server, patience: float) -> bytes:
    """Read exactly as many bytes as were promised."""
    return await (await streams(server, patience)).readexactly(1000)


async def stream_all(server: Server, patience: float) -> bytes:
    """Read to the end."""
    return await (await streams(server, patience)).read()


async def stream_wait_for(server: Server, patience: float) -> bytes:
    """Read under asyncio.wait_for."""
    reader = await streams(server, patience)
    return await asyncio.wait_for(reader.read(), patience)


async def stream_timeout(server: Server, patience: float) -> bytes:
    """Read under asyncio.timeout."""
    reader = await streams(server, patience)
    async with asyncio.timeout(patience):
        return await reader.readline()


async def open_wait_for(server: Server, patience: float) -> None:
    """Connect under asyncio.wait_for."""
    await asyncio.wait_for(asyncio.open_connection(server.host, server.port), patience)


async def open_timeout(server: Server, patience: float) -> None:
    """Connect under asyncio.timeout."""
    async with asyncio.timeout(patience):
        await asyncio.open_connection(server.host, server.port)


async def open_localhost(server: Server, _patience: float) -> None:
    """Connect to every address of localhost."""
    await asyncio.open_connection("localhost", server.port)


async def open_unix(server: Server, _patience: float) -> None:
    """Connect to a unix socket."""
    await asyncio.open_unix_connection(server.path)


async def open_secured(server: Server, patience: float) -> asyncio.StreamReader:
    """Open a connection with TLS."""
    return await streams(server, patience, ssl=context(server), ssl_handshake_timeout=patience)


async def start_server(server: Server, _patience: float) -> None:
    """Listen on an address."""
    await asyncio.start_server(lambda _reader, writer: writer.close(), server.host, server.port)


async def drain_on(server: Server, _patience: float) -> None:
    """Go on writing after the peer has left."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"x")
    await reader.read(1)
    while True:
        writer.write(b"x" * 1000)
        await writer.drain()


async def streams_in_group(server: Server, patience: float) -> None:
    """Connect in a task of a group."""
    async with asyncio.TaskGroup() as group:
        group.create_task(streams(server, patience))


CONNECTING = {
    "refuse": REFUSED,
    "name-not-found": NO_NAME,
    "temporary-dns": LATER_NAME,
    "unreachable-network": NO_ROUTE,
    "unreachable-host": NO_HOST,
    "prohibited": PROHIBITED,
}
READING = {"accept-silent": READ_TIMEOUT, "stall-in-body": READ_TIMEOUT}
LOST: Outcome = ("connection-reset", None, HERE, "send", IF_IDEMPOTENT)
TAKEN: Outcome = ("address-in-use", "EADDRINUSE", HERE, "bind", "after-fix")

CASES: tuple[Case, ...] = (
    *rows("asyncio", streams, CONNECTING),
    *rows("asyncio", streams_in_group, CONNECTING, note="task group"),
    *rows("asyncio", open_localhost, LOCALHOST),
    *rows("asyncio", open_unix, UNIX),
    *rows("asyncio", open_wait_for, {"full-backlog": CONNECT_TIMEOUT}),
    *rows("asyncio", open_timeout, {"full-backlog": CONNECT_TIMEOUT}, note="timeout"),
    *rows("asyncio", stream_wait_for, READING),
    *rows("asyncio", stream_timeout, {"accept-silent": READ_TIMEOUT}, note="timeout"),
    *rows("asyncio", stream_line, {"reset-after-request": RESET, "close-after-request": CLOSED}),
    *rows("asyncio", stream_all, {"reset-in-body": RESET}),
    *rows("asyncio", stream_exactly, {"close-after-accept": CLOSED, "close-in-body": CUT_SHORT}),
    # The transport fails with EPIPE, and drain() says no more than «Connection lost».
    *rows("asyncio", drain_on, {"reads-nothing-then-close": LOST}),
    *rows("asyncio", start_server, {"port-taken": TAKEN}),
    *rows("asyncio", open_secured, {**TLS, "tls-self-signed": UNTRUSTED}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_stream(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
