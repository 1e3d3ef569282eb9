"""The clients of Neo4j against every fault that applies; what is only an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import AFTER_FIX, CLOSED, GARBAGE, NO_DESCRIPTORS, READ_TIMEOUT, RESET
from tests.clients.scripted_stores import bolt, bolt_failure, bolt_success
from tests.clients.tables import LOCALHOST, LONG, PLAIN, POOL, SHORT, TLS, Outcome, context, opening, rows
from tests.clients.web import LARGE, REUSED, SENDING
from tests.faults import Server

neo4j = lazy("neo4j")

TEXT = LARGE.decode()


def options(server: Server, patience: float, *, tls: bool) -> dict[str, Any]:
    """Make a driver wait so long and try once."""
    trust = {"ssl_context": context(server)} if tls else {}
    waits = {"connection_timeout": patience, "connection_acquisition_timeout": patience + SHORT}
    return {**waits, "max_transaction_retry_time": 0, **trust}


def query(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "bolt",
    tls: bool = False,
    times: int = 1,
    value: str = "",
) -> None:
    """Run queries."""
    address = f"{scheme}://{host or server.host}:{server.port}"
    with (
        neo4j.GraphDatabase.driver(address, **options(server, patience, tls=tls)) as driver,
        driver.session() as session,
    ):
        for _ in range(times):
            session.run("RETURN $value", value=value).consume()


async def query_async(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "bolt",
    tls: bool = False,
    times: int = 1,
    value: str = "",
) -> None:
    """Run queries."""
    address = f"{scheme}://{host or server.host}:{server.port}"
    async with (
        neo4j.AsyncGraphDatabase.driver(address, **options(server, patience, tls=tls)) as driver,
        driver.session() as session,
    ):
        for _ in range(times):
            await (await session.run("RETURN $value", value=value)).consume()


def two_at_once(server: Server, patience: float) -> None:
    """Ask a pool of one for a second connection."""
    address = f"bolt://{server.host}:{server.port}"
    more = {"max_connection_pool_size": 1, "connection_acquisition_timeout": SHORT}
    chosen = {**options(server, patience, tls=False), **more}
    with neo4j.GraphDatabase.driver(address, **chosen) as driver, driver.session() as first:
        first.begin_transaction()
        with driver.session() as second:
            second.run("RETURN 1")


def answers_one(connection: socket.socket) -> None:
    """Let a client in and answer its first query."""
    bolt(connection)
    connection.recv(65536)
    connection.sendall(2 * bolt_success())


def answers_all(connection: socket.socket) -> None:
    """Let a client in and answer everything."""
    bolt(connection)
    while connection.recv(65536):
        connection.sendall(bolt_success())


NO_BOLT: Outcome = (*GARBAGE[:3], "connect", AFTER_FIX)
NEO4J: Mapping[str, Outcome] = {
    **PLAIN,
    "close-after-accept": opening(CLOSED),  # before any query: the driver says that its own handshake was cut
    "close-after-request": opening(CLOSED),
    "garbage-answer": NO_BOLT,
    "garbage": NO_BOLT,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
QUERY: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": RESET,
    "close-after-request": CLOSED,
    "garbage-answer": READ_TIMEOUT,  # it takes the garbage for a length and waits for the rest
}
"""What happens in the middle of a query."""


def rows_of(client: str, ask: Callable[..., object]) -> list[Case]:
    """Write the rows of a driver."""
    return [
        *rows(client, ask, NEO4J),
        *rows(client, partial(ask, host="localhost"), LOCALHOST),
        *rows(client, partial(ask, tls=True), TLS),
        *rows(client, partial(ask, scheme="neo4j"), NEO4J, note="routing"),
        *rows(client, ask, QUERY, note="in a query", greeting=bolt),
        *rows(client, partial(ask, times=2), REUSED, greeting=answers_one),
        *rows(client, partial(ask, value=TEXT), SENDING, greeting=bolt),
    ]


CASES: tuple[Case, ...] = (
    *rows_of("neo4j", query),
    *rows("neo4j", two_at_once, {"pool": POOL}, greeting=answers_all),
    *rows_of("neo4j async", query_async),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


def run(result: object) -> object:
    """Run a provocation to its end, if it is async."""
    return asyncio.run(result) if isinstance(result, Coroutine) else result


@pytest.mark.needs("neo4j")
@pytest.mark.parametrize("ask", [query, query_async])
@pytest.mark.parametrize(
    "code",
    [
        "Neo.ClientError.Security.Unauthorized",
        "Neo.ClientError.Statement.SyntaxError",
        "Neo.TransientError.General.DatabaseUnavailable",
        "Neo.TransientError.Request.NoThreadsAvailable",
    ],
)
def test_what_the_server_answers_is_no_connection_failure(ask: Callable[..., object], code: str) -> None:
    """An error that Neo4j reports is an answer, be it a failed login or a database that is not there now."""

    def fail(_server: Server, connection: socket.socket) -> None:
        bolt(connection)
        connection.recv(65536)
        connection.sendall(bolt_failure(code, "graph at 10.0.0.1:7687 says: Connection refused"))

    with scripted.playing(fail) as server, pytest.raises(neo4j.exceptions.Neo4jError) as caught:
        run(ask(server, LONG))
    assert connlog.diagnose(caught.value) is None, repr(caught.value)
