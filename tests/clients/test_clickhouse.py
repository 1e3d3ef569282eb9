"""The clients of ClickHouse, over HTTP and by its own protocol, against every fault that applies."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients import scripted_stores as stores
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, GARBAGE, NO_DESCRIPTORS, READ_TIMEOUT, REFUSED, RESET
from tests.clients.tables import LOCALHOST, LONG, PLAIN, SILENT, SLOW, TLS, Outcome, opening, rows
from tests.clients.web import BODY, HTTP, HTTPS, LARGE, PROXIED, REUSED, SENDING, SENDING_UNNOTICED
from tests.faults import Server, play

clickhouse_connect, clickhouse_driver = lazy("clickhouse_connect"), lazy("clickhouse_driver")
clickhouse_dbapi = lazy("clickhouse_driver.dbapi")

TEXT = LARGE.decode()


def over_http(
    server: Server, patience: float, *, host: str | None = None, tls: bool = False, **more: Any
) -> dict[str, Any]:
    """Make clickhouse-connect wait so long, in whole seconds, and try once."""
    trust = {"secure": True, "ca_cert": server.ca_file} if tls else {}
    seconds = max(1, int(patience))
    waits = {"connect_timeout": seconds, "send_receive_timeout": seconds, "query_retries": 0}
    place = {"host": host or server.host, "port": server.port}
    return {**place, "autogenerate_session_id": False, **waits, **trust, **more}


def by_http(server: Server, patience: float, *, body: bytes = b"", read: bool = False, **more: Any) -> None:
    """Ask ClickHouse over HTTP, read rows as they come, or insert something."""
    with clickhouse_connect.get_client(**over_http(server, patience, **more)) as client:
        ask = client.query if read else client.command
        client.raw_insert("t", insert_block=body) if body else ask("SELECT 1")


async def by_http_async(server: Server, patience: float, *, body: bytes = b"", read: bool = False, **more: Any) -> None:
    """Ask ClickHouse over HTTP, read rows as they come, or insert something."""
    async with await clickhouse_connect.get_async_client(**over_http(server, patience, **more)) as client:
        ask = client.query if read else client.command
        await (client.raw_insert("t", insert_block=body) if body else ask("SELECT 1"))


def through_proxy(ask: Callable[..., object]) -> Callable[[Server, float], object]:
    """Ask through a proxy."""
    return lambda s, p: ask(s, p, host="target.invalid", http_proxy=f"http://{s.host}:{s.port}")


def by_driver(
    server: Server, patience: float, *, host: str | None = None, tls: bool = False, query: str = "SELECT 1"
) -> None:
    """Ask ClickHouse by its own protocol."""
    trust = {"secure": True, "ca_certs": server.ca_file} if tls else {}
    waits = {"connect_timeout": patience, "send_receive_timeout": patience}
    with clickhouse_driver.Client(host or server.host, port=server.port, **waits, **trust) as client:
        client.execute(query)


def by_dbapi(server: Server, patience: float) -> None:
    """Ask ClickHouse by the same, as Python's database API has it."""
    connection = clickhouse_dbapi.connect(host=server.host, port=server.port, connect_timeout=patience)
    connection.cursor().execute("SELECT 1")


BY_HTTP: tuple[tuple[str, Callable[..., object], Mapping[str, Outcome]], ...] = (
    ("clickhouse-connect", by_http, SENDING_UNNOTICED),
    ("clickhouse-connect async", by_http_async, {}),  # tested apart
)
LINE: Mapping[str, Outcome] = {**PLAIN, "descriptors-exhausted": NO_DESCRIPTORS, "garbage": GARBAGE}
DRIVER: Mapping[str, Outcome] = {
    **LINE,
    "full-backlog": SLOW,
    "accept-silent": SLOW,
    "reset-after-request": opening(RESET),  # its own class is raised only while a connection is opened
}
DRIVER_TLS: Mapping[str, Outcome] = {**TLS, "tls-reset-in-handshake": opening(RESET), "tls-silent": SLOW}
QUERY: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": RESET,
    "close-after-request": CLOSED,
    "garbage-answer": READ_TIMEOUT,  # it takes the garbage for a length and waits for the rest
}
"""What happens in the middle of a query."""

CASES: tuple[Case, ...] = (
    *(
        case
        for client, ask, sending in BY_HTTP
        for case in (
            *rows(client, ask, HTTP),
            *rows(client, partial(ask, host="localhost"), LOCALHOST),
            *rows(client, partial(ask, tls=True), HTTPS),
            *rows(client, ask, REUSED, greeting=stores.clickhouse_http),
            *rows(client, partial(ask, read=True), BODY, note="in a query", greeting=stores.clickhouse_http),
            *rows(client, partial(ask, body=LARGE), sending, greeting=stores.clickhouse_http),
            *rows(client, through_proxy(ask), PROXIED),
        )
    ),
    *rows("clickhouse-driver", by_driver, DRIVER),
    *rows("clickhouse-driver", by_dbapi, {"refuse": REFUSED, "full-backlog": SLOW}, note="dbapi"),
    *rows("clickhouse-driver", partial(by_driver, host="localhost"), LOCALHOST),
    *rows("clickhouse-driver", partial(by_driver, tls=True), DRIVER_TLS),
    *rows(
        "clickhouse-driver",
        by_driver,
        QUERY,
        SILENT | {"garbage-answer"},
        note="in a query",
        greeting=stores.clickhouse,
    ),
    *rows("clickhouse-driver", partial(by_driver, query=f"SELECT '{TEXT}'"), SENDING, greeting=stores.clickhouse),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("clickhouse-connect")
def test_a_large_body_that_is_not_wanted() -> None:
    """The server leaves while a body is sent by asyncio: the client met a broken pipe, or the end before it looked."""
    with play("reads-nothing-then-close", greeting=stores.clickhouse_http) as server:
        with pytest.raises(clickhouse_connect.driver.exceptions.OperationalError) as caught:
            asyncio.run(by_http_async(server, LONG, body=LARGE))
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code in {"broken-pipe", "closed-by-peer", "connection-reset"}
    assert (found.server_address, found.server_port) == (server.host, server.port)


def run(result: object) -> object:
    """Run a provocation to its end, if it is async."""
    return asyncio.run(result) if isinstance(result, Coroutine) else result


QUOTED = b"Code: 210. DB::NetException: Connection refused (10.0.0.1:9000). (NETWORK_ERROR)"
"""What ClickHouse answers when *it* could not reach another server."""


@pytest.mark.needs("clickhouse-connect")
@pytest.mark.parametrize("status", ["401 Unauthorized", "429 Too Many Requests", "500 Error", "503 Unavailable"])
@pytest.mark.parametrize("ask", [by_http, by_http_async])
def test_a_status_is_no_connection_failure(ask: Callable[..., object], status: str) -> None:
    """ClickHouse that answers with a status did answer, whatever words it quotes."""
    head = f"HTTP/1.1 {status}\r\nX-ClickHouse-Exception-Code: 210\r\nContent-Length: {len(QUOTED)}\r\n\r\n"

    def answer(_server: Server, connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(head.encode() + QUOTED)

    with scripted.playing(answer) as server, pytest.raises(Exception) as caught:  # noqa: PT011 - classes of its own
        run(ask(server, LONG))
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("clickhouse-driver")
def test_what_clickhouse_answers_is_no_connection_failure() -> None:
    """An exception that ClickHouse sends is an answer, even one about a connection of its own."""
    texts = b"".join(bytes([len(text)]) + text for text in (b"DB::NetException", QUOTED, b""))

    def answer(_server: Server, connection: socket.socket) -> None:
        stores.clickhouse(connection)
        connection.recv(65536)
        connection.sendall(b"\2" + struct.pack("<i", 210) + texts + b"\0")

    with scripted.playing(answer) as server, pytest.raises(clickhouse_driver.errors.ServerException) as caught:
        by_driver(server, LONG)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)
