"""What a MySQL server answers, and what happens to its clients without it: dead connections and empty pools."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted_sql as peer
from tests.clients.installed import lazy
from tests.clients.outcomes import AFTER_FIX, CLOSED, HERE, PLAIN_TEXT, REFUSED, SAFE
from tests.clients.tables import FULL, LONG, POOL, SHORT, Outcome, context
from tests.clients.test_mysql import (
    QUERY,
    WITH_CA,
    Ask,
    asking,
    by_aiomysql,
    by_connector,
    by_connector_async,
    by_mysqlclient,
    by_pymysql,
    process,
)
from tests.faults import Server, play

aiomysql, mysqlclient, pymysql = lazy("aiomysql"), lazy("MySQLdb"), lazy("pymysql")
connector, pooling = lazy("mysql.connector"), lazy("mysql.connector.pooling")

CLIENTS: Mapping[str, Ask] = {
    "pymysql": by_pymysql,
    "aiomysql": by_aiomysql,
    "mysqlclient": by_mysqlclient,
    "mysql-connector-python pure": partial(by_connector, use_pure=True),
    "mysql-connector-python async": by_connector_async,
    "mysql-connector-python C": partial(by_connector, use_pure=False),
}

BLOCKED: Outcome = ("connection-error", None, HERE, "connect", SAFE)
BLOCKED_READING: Outcome = ("connection-error", None, HERE, "receive", "unknown")
"""The server has blocked this host; the frames may know that this was a login."""

NOT_CONNECTED: Outcome = ("not-connected", None, HERE, "transfer", AFTER_FIX)

ANSWERS: Mapping[tuple[int, str, str], Outcome | None] = {
    (1040, "Too many connections", "login"): FULL,
    (1203, "User app already has more than 'max_user_connections' active connections", "login"): FULL,
    (1226, "User 'app' has exceeded the 'max_user_connections' resource (current value: 1)", "login"): FULL,
    (1129, "Host '127.0.0.1' is blocked because of many connection errors", "greeting"): BLOCKED,
    (1053, "Server shutdown in progress", "statement"): CLOSED,
    (1927, "Connection was killed", "statement"): CLOSED,
    (4031, "The client was disconnected by the server because of inactivity.", "statement"): CLOSED,
    (1045, "Access denied for user 'app'@'localhost' (using password: NO)", "login"): None,
    (1049, "Unknown database 'nowhere'", "login"): None,
    (1130, "Host '127.0.0.1' is not allowed to connect to this MySQL server", "greeting"): None,
    (1062, "Duplicate entry '1' for key 'PRIMARY'", "statement"): None,
    (1064, "You have an error in your SQL syntax near 'Lost connection to server during query'", "statement"): None,
    (1205, "Lock wait timeout exceeded; try restarting transaction", "statement"): None,
    (1213, "Deadlock found when trying to get lock; try restarting transaction", "statement"): None,
    (1226, "User 'app' has exceeded the 'max_questions' resource (current value: 1)", "statement"): None,
    (1317, "Query execution was interrupted", "statement"): None,
    (3024, "Query execution was interrupted, maximum statement execution time exceeded", "statement"): None,
}
"""Number, words and what they answer: what they mean."""


def answered(name: str, code: int, words: str, to: str) -> tuple[Outcome | None, str]:
    """
    Provoke a server's answer, and return what connlog says of it; a process of the client's own is asked for it too.
    """
    with play("accept-silent", greeting=peer.mysql_says(code, words, to=to)) as server:
        return diagnosed(lambda: finish(asking(CLIENTS[name])(server, LONG)), server)


def finish(result: Any) -> None:
    """Run a provocation to its end, if it is async."""
    if asyncio.iscoroutine(result):
        asyncio.run(result)


def diagnosed(provoke: Callable[[], object], server: Server) -> tuple[Outcome | None, str]:
    """Say what connlog makes of what is raised, written as an outcome is, and what that was."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
        provoke()
    found = connlog.diagnose(caught.value)
    if found is None:
        return None, repr(caught.value)
    host = "{host}" if found.server_address == server.host else found.server_address
    port = ":{port}" if found.server_port == server.port else ""
    return (found.code, found.errno_name, host and host + port, found.phase, found.retry), repr(caught.value)


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in CLIENTS])
@pytest.mark.parametrize(("code", "words", "to"), ANSWERS)
def test_what_mysql_answers(name: str, code: int, words: str, to: str) -> None:
    """A server that is full or ends the connection says so; a failed login and any SQL error is no such failure."""
    outcome = ANSWERS[code, words, to]
    wanted = {outcome, BLOCKED_READING} if outcome == BLOCKED else {outcome}
    arguments = {"name": name, "code": code, "words": words, "to": to}
    here = not name.endswith(" C")
    found, shown = answered(**arguments) if here else process().call(f"{__name__}:answered", **arguments)
    assert (found and tuple(found)) in wanted, shown


def used_after_end(name: str) -> Callable[[Server], None]:
    """Use a connection whose server has left, after it was noticed."""

    def provoke(server: Server) -> None:
        with CLIENTS[name](server.host, server.port, LONG) as execute:
            with contextlib.suppress(Exception):
                execute(QUERY)
            execute(QUERY)

    return provoke


async def used_after_end_async(server: Server) -> None:
    """Use a connection whose server has left, after it was noticed."""
    async with by_aiomysql(server.host, server.port, LONG) as execute:
        with contextlib.suppress(Exception):
            await execute(QUERY)
        await execute(QUERY)


def pool_is_empty(server: Server) -> None:
    """Ask the connector's pool of one for a second connection."""
    options = {"host": server.host, "port": server.port, "user": "app", "ssl_disabled": True, "use_pure": True}
    pool = pooling.MySQLConnectionPool(pool_name="one", pool_size=1, **options)
    with pool.get_connection():
        pool.get_connection()


async def pool_is_empty_async(server: Server) -> None:
    """Ask aiomysql's pool of one for a second connection, for a short time."""
    options = {"host": server.host, "port": server.port, "user": "app"}
    async with aiomysql.create_pool(minsize=1, maxsize=1, **options) as pool, pool.acquire():
        await asyncio.wait_for(pool.acquire(), SHORT)


def reconnect(server: Server) -> None:
    """Let the connector open its connection anew, once nobody listens any longer."""
    options = {"host": server.host, "port": server.port, "user": "app", "ssl_disabled": True, "use_pure": True}
    connection = connector.connect(**options)
    connection.close()
    server.stop()
    connection.reconnect(attempts=1)


STATES: Mapping[str, tuple[str, Callable[[Server], object], Outcome]] = {
    "pymysql used after its end": ("pymysql", used_after_end("pymysql"), NOT_CONNECTED),
    "aiomysql used after its end": ("aiomysql", used_after_end_async, NOT_CONNECTED),
    "mysqlclient used after its end": ("mysqlclient", used_after_end("mysqlclient"), CLOSED),
    "connector used after its end": (
        "mysql-connector-python",
        used_after_end("mysql-connector-python pure"),
        CLOSED,  # it reads once more
    ),
    "connector reconnects": ("mysql-connector-python", reconnect, REFUSED),
    "connector pool": ("mysql-connector-python", pool_is_empty, POOL),
    "aiomysql pool": ("aiomysql", pool_is_empty_async, POOL),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs(client)) for name, (client, _, _) in STATES.items()]
)
def test_states_of_clients(name: str) -> None:
    """A connection that is known to be dead, and a pool that is empty, are diagnosed as that."""
    _, provoke, outcome = STATES[name]
    with play("close-after-request", greeting=peer.mysql_lets_in) as server:
        found, shown = diagnosed(lambda: finish(provoke(server)), server)
    assert found == outcome, shown


NO_TLS: Mapping[str, dict[str, Any]] = {
    "pymysql": {"ssl": context},
    "mysqlclient": {"ssl_mode": "VERIFY_IDENTITY", "ssl": lambda server: {"ca": server.ca_file}},
    "mysql-connector-python pure": WITH_CA,
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in NO_TLS])
def test_a_server_without_tls(name: str) -> None:
    """A client that wants TLS is told that the server does not speak it."""
    with play("accept-silent", greeting=peer.mysql_greeting()) as server:
        found, shown = diagnosed(lambda: finish(asking(CLIENTS[name], **NO_TLS[name])(server, SHORT)), server)
    assert found == PLAIN_TEXT, shown


@pytest.mark.needs("mysqlclient")
def test_localhost_is_the_unix_socket() -> None:
    """To a C client localhost is a unix socket, and that is what connlog names."""
    with pytest.raises(mysqlclient.OperationalError) as caught:
        mysqlclient.connect(host="localhost", port=3306, user="app")
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code in {"socket-file-missing", "connection-refused"}
    assert (found.transport, found.server_port, found.phase) == ("unix", None, "connect")
    assert str(found.server_address).startswith("/")
