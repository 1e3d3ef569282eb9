"""The clients of PostgreSQL against every fault that applies, beyond what test_data.py holds of psycopg and asyncpg."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import connlog
from tests.clients import scripted_sql as peer
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    CLOSED,
    HERE,
    IF_IDEMPOTENT,
    NO_DESCRIPTORS,
    READ_TIMEOUT,
    RESET,
    SAFE,
    WRONG_HOST,
    at,
)
from tests.clients.tables import FULL, LOCALHOST, LONG, PLAIN, TLS, UNIX, Outcome, context, opening, rows
from tests.clients.test_data import LIBPQ, LIBPQ_TLS, without
from tests.faults import Server, play

asyncpg, pg8000, psycopg, psycopg2 = lazy("asyncpg"), lazy("pg8000.dbapi"), lazy("psycopg"), lazy("psycopg2")

QUERY, LARGE = peer.MARK.decode(), f"{peer.MARK.decode()} /* {'x' * 8_000_000} */"
"""The statement that the fault is for, and one that no socket's buffers hold."""

Ask = Callable[..., Any]


def libpq(host: str, port: int, unix: str | None = None, ca_file: str = "") -> dict[str, Any]:
    """Name the server to libpq; it waits for two seconds at least."""
    secured = {"sslmode": "verify-full", "sslrootcert": ca_file} if ca_file else {"sslmode": "disable"}
    where = {"host": unix, "port": 5432} if unix else {"host": host, "port": port}
    return {"user": "app", "dbname": "app", "connect_timeout": 2, **where, **secured}


def folder(server: Server) -> str:
    """Name the folder of a unix socket, in which libpq looks for a file of its own naming."""
    path = Path(server.path or "")
    path.with_name(".s.PGSQL.5432").symlink_to(path)
    return str(path.parent)


@contextlib.contextmanager
def by_psycopg(host: str, port: int, _patience: float, **more: Any) -> Iterator[Ask]:
    """Connect by psycopg."""
    with psycopg.connect(**libpq(host, port, **more)) as connection:
        yield connection.execute


@contextlib.asynccontextmanager
async def by_psycopg_async(host: str, port: int, patience: float, **more: Any) -> AsyncIterator[Ask]:
    """Connect by psycopg's async connection; it waits for ever for an answer."""
    async with await psycopg.AsyncConnection.connect(**libpq(host, port, **more)) as connection:
        async with asyncio.timeout(patience):
            yield connection.execute


@contextlib.contextmanager
def by_psycopg2(host: str, port: int, _patience: float, **more: Any) -> Iterator[Ask]:
    """Connect by psycopg2."""
    connection = psycopg2.connect(**libpq(host, port, **more))
    yield connection.cursor().execute
    connection.close()


@contextlib.contextmanager
def by_pg8000(host: str, port: int, patience: float, **more: Any) -> Iterator[Ask]:
    """Connect by pg8000."""
    connection = pg8000.connect("app", host=host, port=port, timeout=patience, **{"ssl_context": False, **more})
    yield connection.cursor().execute
    connection.close()


@contextlib.asynccontextmanager
async def by_asyncpg(host: str, port: int, patience: float, unix: str = "", **more: Any) -> AsyncIterator[Ask]:
    """Connect by asyncpg."""
    options = {"user": "app", "database": "app", "timeout": patience, "command_timeout": patience, "ssl": False}
    if unix:
        host, port = unix, 5432
    connection = await asyncpg.connect(**{"host": host, "port": port, **options, **more})
    yield connection.execute
    await connection.close(timeout=patience)


def asking(client: Ask, *statements: str, host: str = "", **fixed: Any) -> Ask:
    """Return the provocation that sends statements by a client."""

    def ask(server: Server, patience: float) -> object:
        options = {name: value(server) if callable(value) else value for name, value in fixed.items()}
        connecting = client(host or server.host, server.port, patience, **options)
        return send(connecting) if hasattr(connecting, "__enter__") else send_async(connecting)

    def send(connecting: contextlib.AbstractContextManager[Ask]) -> None:
        with connecting as execute:
            for statement in statements or (QUERY,):
                execute(statement)

    async def send_async(connecting: contextlib.AbstractAsyncContextManager[Ask]) -> None:
        async with connecting as execute:
            for statement in statements or (QUERY,):
                await execute(statement)

    return ask


BROKEN: Outcome = ("broken-pipe", "EPIPE", HERE, "send", IF_IDEMPOTENT)
LOST_OPENING: Outcome = ("connection-error", None, HERE, "connect", SAFE)
"""libpq failed before it had a socket, and says nothing of it."""

IN_A_QUERY: Mapping[str, Outcome] = {"close-after-request": CLOSED, "accept-silent": READ_TIMEOUT}
REUSED: Mapping[str, Outcome] = {"reset-on-reuse": RESET}
SENDING: Mapping[str, Outcome] = {"reads-nothing-then-close": BROKEN}
FIRST: Mapping[str, Outcome] = {"reset-after-accept": RESET, "descriptors-exhausted": NO_DESCRIPTORS}

IN_A_FOLDER = {fault: at("{folder}/.s.PGSQL.5432", outcome) for fault, outcome in UNIX.items()}
BY_LIBPQ: Mapping[str, Outcome] = {
    **IN_A_FOLDER,
    "reset-after-accept": opening(CLOSED),  # libpq says the same for a FIN and a RST
    "descriptors-exhausted": LOST_OPENING,
    "reset-on-reuse": CLOSED,
    "reads-nothing-then-close": CLOSED,
}
ASYNCPG: Mapping[str, Outcome] = IN_A_FOLDER
PG8000: Mapping[str, Outcome] = {
    "reset-on-reuse": at(None, RESET),  # it keeps no address, and the kernel has forgotten the peer
    "reads-nothing-then-close": at(None, BROKEN),
}
LIBPQ_NEGOTIATED: Mapping[str, Outcome] = {**LIBPQ_TLS, "tls-wrong-host": WRONG_HOST}
QUICK = without(LIBPQ_NEGOTIATED, "tls-silent")


def cases(  # noqa: PLR0913, PLR0917 - what tells one client from the others
    name: str,
    client: Ask,
    verified: Mapping[str, Any],
    unix: Mapping[str, Any],
    wanted: Mapping[str, Outcome],
    tls: Mapping[str, Outcome] = TLS,
    note: str = "negotiated",
    *,
    gone: Collection[str] = (),
) -> Iterator[Case]:
    """
    Write the rows of one client.

    Args:
        name: The client's name.
        client: Connects.
        verified: What makes it speak TLS.
        unix: What makes it use a unix socket.
        wanted: Where it says something else than what happens.
        tls: What it says of TLS.
        note: Tells them from the rows with TLS from the first byte.
        gone: What can't be provoked with it.
    """

    def but(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        return {fault: wanted.get(fault, outcome) for fault, outcome in outcomes.items() if fault not in gone}

    query = {"greeting": peer.postgres_lets_in}
    yield from rows(name, asking(client), but(FIRST))
    yield from rows(name, asking(client, **unix), but(UNIX))
    yield from rows(name, asking(client), but(IN_A_QUERY), note="in a query", **query)
    yield from rows(name, asking(client, "SET a.reused = 1", QUERY), but(REUSED), **query)
    yield from rows(name, asking(client, LARGE), but(SENDING), **query)
    yield from rows(name, asking(client, **verified), tls, note=note, greeting=peer.postgres_starts_tls)


CA = {"ca_file": lambda server: server.ca_file}
FOLDER = {"unix": folder}
NO_TIME_OUT = {"accept-silent"}
"""An answer is waited for without end."""

CASES: tuple[Case, ...] = (
    *cases("psycopg", by_psycopg, CA, FOLDER, BY_LIBPQ, QUICK, gone=NO_TIME_OUT),
    *cases("psycopg async", by_psycopg_async, CA, FOLDER, BY_LIBPQ, QUICK, gone=NO_TIME_OUT),
    *cases(
        "psycopg2",
        by_psycopg2,
        CA,
        FOLDER,
        BY_LIBPQ,
        LIBPQ_NEGOTIATED,
        "",
        gone=NO_TIME_OUT | {"reads-nothing-then-close"},
    ),
    *rows("psycopg2", asking(by_psycopg2), LIBPQ),
    *rows("psycopg2", asking(by_psycopg2, host="localhost"), LOCALHOST),
    *cases("pg8000", by_pg8000, {"ssl_context": context}, {"unix_sock": lambda server: server.path}, PG8000, note=""),
    *rows("pg8000", asking(by_pg8000), without(PLAIN, "garbage-answer") | {"server-full": FULL}),  # a bare KeyError
    *rows("pg8000", asking(by_pg8000, host="localhost"), LOCALHOST),
    *cases("asyncpg", by_asyncpg, {"ssl": context}, FOLDER, ASYNCPG),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire, as far as the client keeps it."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("psycopg2")
def test_psycopg2_while_sending() -> None:
    """psycopg2 tells the cursor, and so the server, where the answer could not be read, not where nothing was sent."""
    with play("reads-nothing-then-close", greeting=peer.postgres_lets_in) as server:
        with pytest.raises(psycopg2.OperationalError) as caught:
            asking(by_psycopg2, LARGE)(server, LONG)
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.retry) == (CLOSED[0], CLOSED[4])
    assert found.server_port in {None, server.port}
