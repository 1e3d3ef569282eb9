"""
The clients of MySQL and MariaDB against every fault that applies.

What the C clients lose: libmariadb says EINPROGRESS of a connection that fails while it waits, and both of them say
«Lost connection during query» of an end, a RST and a time-out alike.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.clients import scripted_sql as peer
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    CLOSED,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    NO_DESCRIPTORS,
    READ_TIMEOUT,
    RESET,
    SAFE,
    TLS_SILENT,
)
from tests.clients.tables import (
    FULL,
    LOCALHOST,
    PLAIN,
    SILENT,
    TLS,
    UNIX,
    UNVERIFIED,
    Outcome,
    context,
    opening,
    rows,
)
from tests.faults import Server, Worker

aiomysql, mysqlclient, pymysql = lazy("aiomysql"), lazy("MySQLdb"), lazy("pymysql")
connector, connector_aio = lazy("mysql.connector"), lazy("mysql.connector.aio")

QUERY, LARGE = peer.MARK.decode(), f"{peer.MARK.decode()} /* {'x' * 8_000_000} */"
"""The statement that the fault is for, and one that no socket's buffers hold."""

Ask = Callable[..., Any]


@contextlib.contextmanager
def by_pymysql(host: str, port: int, patience: float, **more: Any) -> Iterator[Callable[[str], None]]:
    """Connect by PyMySQL."""
    timeouts = {"connect_timeout": patience, "read_timeout": patience, "write_timeout": patience}
    connection = pymysql.connect(host=host, port=port, user="app", **timeouts, **more)
    yield connection.cursor().execute
    connection.close()


@contextlib.asynccontextmanager
async def by_aiomysql(host: str, port: int, patience: float, **more: Any) -> AsyncIterator[Ask]:
    """Connect by aiomysql, which itself waits for ever for an answer."""
    async with asyncio.timeout(patience):
        connection = await aiomysql.connect(host=host, port=port, user="app", **more)
        async with connection, connection.cursor() as cursor:
            yield cursor.execute


@contextlib.contextmanager
def by_mysqlclient(host: str, port: int, patience: float, **more: Any) -> Iterator[Callable[[str], None]]:
    """Connect by mysqlclient, which counts whole seconds."""
    names = ("connect_timeout", "read_timeout", "write_timeout")
    seconds = dict.fromkeys(names, max(1, int(patience)))
    connection = mysqlclient.connect(host=host, port=port, user="app", **seconds, **more)
    yield connection.cursor().execute
    connection.close()


def connector_options(patience: float, **more: Any) -> dict[str, Any]:
    """Make MySQL's own connector wait so long: it counts whole seconds."""
    names = ("connection_timeout", "read_timeout", "write_timeout")
    return {"user": "app", "ssl_disabled": True, **dict.fromkeys(names, max(1, int(patience))), **more}


@contextlib.contextmanager
def by_connector(
    host: str, port: int, patience: float, *, use_pure: bool, **more: Any
) -> Iterator[Callable[[str], None]]:
    """Connect by MySQL's own connector."""
    options = connector_options(patience, use_pure=use_pure, **more)
    connection = connector.connect(host=host, port=port, **options)
    yield connection.cursor().execute
    connection.close()


@contextlib.asynccontextmanager
async def by_connector_async(
    host: str, port: int, patience: float, ca_file: str = "", **more: Any
) -> AsyncIterator[Ask]:
    """
    Connect by MySQL's own connector, the async one.

    It waits for ever for a greeting, and takes an authority only together with a certificate of the client's own.
    """
    with patch.dict(os.environ, SSL_CERT_FILE=ca_file):
        async with asyncio.timeout(patience):
            connection = await connector_aio.connect(host=host, port=port, **connector_options(patience, **more))
            yield (await connection.cursor()).execute
            await connection.close()


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
LOST: Outcome = ("connection-error", None, HERE, "transfer", "unknown")
"""«Lost connection during query»: how, nobody knows any more."""

LOST_OPENING: Outcome = ("connection-error", None, HERE, "connect", SAFE)
"""The same before anything was asked."""

TIMED_OUT: Outcome = ("connect-timeout", "ETIMEDOUT", HERE, "connect", SAFE)

FIRST: Mapping[str, Outcome] = {
    **{fault: outcome for fault, outcome in PLAIN.items() if "request" not in fault and "answer" not in fault},
    "reset-after-accept": RESET,
    "garbage": GARBAGE,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
"""What happens before the server has said anything."""

LOGIN: Mapping[str, Outcome] = {"reset-after-request": RESET, "close-after-request": CLOSED, "garbage-answer": GARBAGE}
"""What happens after the client has said who it is."""

IN_A_QUERY: Mapping[str, Outcome] = {"close-after-request": CLOSED, "accept-silent": READ_TIMEOUT}
REUSED: Mapping[str, Outcome] = {"reset-on-reuse": RESET}
SENDING: Mapping[str, Outcome] = {"reads-nothing-then-close": BROKEN}

OPENING: Mapping[str, Outcome] = {
    "accept-silent": opening(READ_TIMEOUT),
    "close-after-accept": LOST_OPENING,
    "reset-after-accept": opening(RESET),
    "garbage": LOST_OPENING,
    "full-backlog": TIMED_OUT,
    "reset-after-request": opening(RESET),
    "close-after-request": LOST_OPENING,
    "garbage-answer": LOST_OPENING,
}
"""What the C clients say of it."""

WAITING: Mapping[str, Outcome] = {"garbage": READ_TIMEOUT, "garbage-answer": READ_TIMEOUT}
"""The garbage is taken for a length, and the rest of it waited for."""


def cases(  # noqa: PLR0913 - what tells one client from the others
    name: str,
    client: Ask,
    verified: Mapping[str, Any],
    wanted: Mapping[str, Outcome],
    *,
    gone: Collection[str] = (),
    hangs: Collection[str] = (),
) -> Iterator[Case]:
    """
    Write the rows of one client.

    Args:
        name: The client's name.
        client: Connects.
        verified: What makes it speak TLS.
        wanted: Where it says something else than what happens.
        gone: What can't be provoked with it.
        hangs: Where it must be told to give up.
    """

    def but(outcomes: Mapping[str, Outcome], note: str = "") -> dict[str, Outcome]:
        own = {fault: wanted.get(f"{fault} {note}".strip(), outcome) for fault, outcome in outcomes.items()}
        return {fault: outcome for fault, outcome in own.items() if fault not in gone}

    waits = SILENT | {*hangs}
    query = {"greeting": peer.mysql_lets_in}
    yield from rows(name, asking(client), but(FIRST), waits)
    yield from rows(name, asking(client, host="localhost"), but(LOCALHOST))
    yield from rows(name, asking(client, unix_socket=lambda server: server.path), but(UNIX))
    yield from rows(name, asking(client), but(LOGIN), waits, greeting=peer.mysql_greeting())
    yield from rows(
        name, asking(client), {"server-full": FULL}, greeting=peer.mysql_error(1040, "Too many connections")
    )
    yield from rows(name, asking(client), but(IN_A_QUERY, "query"), note="in a query", **query)
    yield from rows(name, asking(client, "SET @reused = 1", QUERY), but(REUSED), **query)
    yield from rows(name, asking(client, LARGE), but(SENDING), **query)
    yield from rows(name, asking(client, **verified), but(TLS), waits, greeting=peer.mysql_starts_tls)


TRUSTING = {"ssl_disabled": False, "ssl_verify_cert": True, "ssl_verify_identity": True}
WITH_CA = {**TRUSTING, "ssl_ca": lambda server: server.ca_file}
C_LOST: Mapping[str, Outcome] = {
    **OPENING,
    "reset-on-reuse": LOST,
    "reads-nothing-then-close": LOST,
    "close-after-request query": LOST,
    "accept-silent query": LOST,
}
LIBMARIADB: Mapping[str, Outcome] = {
    **C_LOST,
    "refuse": LOST_OPENING,
    "reads-nothing-then-close": CLOSED,  # «Server has gone away»: its connection ended before
    "tls-reset-in-handshake": opening(RESET),
    "tls-silent": opening(TLS_SILENT),
}
IN_PYTHON: tuple[Case, ...] = (
    *cases("pymysql", by_pymysql, {"ssl": context}, {}),
    *cases("aiomysql", by_aiomysql, {"ssl": context}, {}, gone={"reads-nothing-then-close"}),  # a race of FIN and RST
    *cases(
        "mysqlclient",
        by_mysqlclient,
        {"ssl_mode": "VERIFY_IDENTITY", "ssl": lambda server: {"ca": server.ca_file}},
        LIBMARIADB,
        gone={"refuse-localhost"},  # that is the unix socket
        hangs={"temporary-dns"},
    ),
    *cases(
        "mysql-connector-python pure",
        partial(by_connector, use_pure=True),
        WITH_CA,
        WAITING,
        hangs=WAITING,
    ),
    *cases(
        "mysql-connector-python async",
        by_connector_async,
        {**TRUSTING, "ca_file": lambda server: server.ca_file},
        WAITING,
        gone={"tls-wrong-host"},  # it does not look
        hangs={*WAITING, "tls-reset-in-handshake"},
    ),
)
IN_C: tuple[Case, ...] = tuple(
    cases(
        "mysql-connector-python C",
        partial(by_connector, use_pure=False),
        WITH_CA,
        {
            **C_LOST,
            **dict.fromkeys(("tls-untrusted", "tls-expired", "tls-wrong-host"), UNVERIFIED),
            "tls-reset-in-handshake": LOST_OPENING,
        },
        gone={"tls-silent"},  # no time-out holds while it waits for TLS
    )
)
CASES: tuple[Case, ...] = (*IN_PYTHON, *IN_C)


@pytest.mark.parametrize("case", IN_PYTHON, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


@cache
def process() -> Worker:
    """Start a process in which the extension's own OpenSSL is there before Python's, which may be too old for it."""
    (package,) = find_spec("mysql").submodule_search_locations
    worker = Worker("namespace", {**os.environ, "LD_LIBRARY_PATH": str(Path(package) / "vendor")})
    atexit.register(worker.close)
    return worker


@pytest.mark.parametrize("case", IN_C, ids=str)
def test_client_in_c(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire, or that the C client has lost it."""
    check(case, __name__, clients_seen, process())
