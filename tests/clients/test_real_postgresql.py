"""A real PostgreSQL that ends connections, crashes, restarts and stops under each of its clients; and its answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest

import connlog
from tests.clients.installed import lazy
from tests.clients.outcomes import AFTER_FIX, CLOSED, HERE, IF_IDEMPOTENT, PLAIN_TEXT, SAFE, at
from tests.clients.servers import STARTED_WITHIN, Server, control_postgres, run_postgres
from tests.clients.tables import FULL, SHORT, Outcome

asyncpg, pg8000, psycopg2 = lazy("asyncpg"), lazy("pg8000.dbapi"), lazy("psycopg2")

SOON = 0.05
"""Seconds after which the server ends an idle session, and a statement that takes longer."""

NOT_CONNECTED: Outcome = ("not-connected", None, HERE, "transfer", AFTER_FIX)
NOT_NOW: Outcome = ("connection-error", None, HERE, "connect", SAFE)
"""The server starts, stops or recovers: it can't be connected to now."""

Run = Callable[[str], object]


class Open:
    """One connection of one client, sync or async, to the real server; autocommit."""

    known: ClassVar[list[Open]] = []
    """All that were opened: they stay as they are until the failure was diagnosed."""

    def __init__(self, client: str, server: Server, user: str = "app", **more: Any) -> None:
        """Connect."""
        self.known.append(self)
        self._loop = asyncio.new_event_loop()
        where = {"host": server.host, "port": server.port, "user": user, **more}
        self._connection: Any = None
        self._connection = self._wait(CONNECT[client](where))
        if client.startswith(("psycopg2", "pg8000")):
            self._connection.autocommit = True

    def execute(self, statement: str) -> None:
        """Execute a statement."""
        known = self._connection
        self._wait((known if hasattr(known, "execute") else known.cursor()).execute(statement))

    @classmethod
    def close_all(cls) -> None:
        """Close what is left of them."""
        for one in cls.known:
            with contextlib.suppress(Exception):
                one._wait(one._connection.close())
            one._loop.close()
        cls.known.clear()

    def _wait(self, result: Any) -> Any:
        """Wait for a result, if it is to come."""
        return self._loop.run_until_complete(result) if asyncio.iscoroutine(result) else result


def by_psycopg(where: dict[str, Any]) -> psycopg.Connection[Any]:
    """Connect by psycopg."""
    return psycopg.connect(dbname="app", autocommit=True, **where)


def by_psycopg_async(where: dict[str, Any]) -> object:
    """Connect by psycopg's async connection."""
    return psycopg.AsyncConnection.connect(dbname="app", autocommit=True, **where)


CONNECT: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "psycopg": by_psycopg,
    "psycopg async": by_psycopg_async,
    "psycopg2": lambda where: psycopg2.connect(dbname="app", **where),
    "pg8000": lambda where: pg8000.connect(database="app", **where),
    "asyncpg": lambda where: asyncpg.connect(database="app", **where),
}
CLIENTS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in CONNECT]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    """Lend a PostgreSQL server that may be killed."""
    with run_postgres() as server:
        yield server


def as_admin(server: Server, statement: str) -> list[Any]:
    """Ask the server something as its administrator."""
    where = {"host": server.host, "port": server.port, "user": "postgres"}
    with psycopg.connect(dbname="app", autocommit=True, **where) as admin:
        return admin.execute(statement.encode()).fetchall()


def terminate(server: Server) -> None:
    """End the connections of ``app``, and wait until they are gone."""
    theirs = "FROM pg_stat_activity WHERE usename = 'app'"
    as_admin(server, f"SELECT pg_terminate_backend(pid, 5000) {theirs}")


def crash(server: Server) -> None:
    """Kill one of the server's processes: it ends all the others, and recovers."""
    with contextlib.suppress(psycopg.OperationalError):
        ((process,),) = as_admin(server, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
        os.kill(process, signal.SIGKILL)


def restart(server: Server) -> None:
    """Restart the server."""
    control_postgres(Path(server.path), "-m", "fast", "restart")


@contextlib.contextmanager
def later(action: Callable[[Server], None], server: Server) -> Iterator[None]:
    """Do something to the server while the block waits for its answer."""
    timer = threading.Timer(SHORT, action, [server])
    timer.start()
    try:
        yield
    finally:
        timer.join()


def in_a_query(action: Callable[[Server], None]) -> Callable[[str, Server], None]:
    """Return the provocation in which that happens in the middle of a query."""

    def provoke(client: str, server: Server) -> None:
        connection = Open(client, server)
        with later(action, server):
            connection.execute("SELECT pg_sleep(5)")

    return provoke


def while_idle(action: Callable[[Server], None]) -> Callable[[str, Server], None]:
    """Return the provocation in which that happens while the connection is idle."""

    def provoke(client: str, server: Server) -> None:
        connection = Open(client, server)
        action(server)
        connection.execute("SELECT 1")

    return provoke


def idle_for(*statements: str) -> Callable[[str, Server], None]:
    """Return the provocation in which the server loses its patience with an idle connection."""

    def provoke(client: str, server: Server) -> None:
        connection = Open(client, server)
        for statement in statements:
            connection.execute(statement)
        time.sleep(SOON * 3)
        connection.execute("SELECT 1")

    return provoke


def in_a_long_transaction(client: str, server: Server) -> None:
    """Take longer for a transaction than the server allows."""
    connection = Open(client, server)
    connection.execute(f"SET transaction_timeout = '{SOON}s'")
    connection.execute("BEGIN")
    connection.execute("SELECT pg_sleep(5)")


def used_after(client: str, server: Server) -> None:
    """Use a connection once more that has failed."""
    connection = Open(client, server)
    terminate(server)
    with contextlib.suppress(Exception):
        connection.execute("SELECT 1")
    connection.execute("SELECT 1")


def role_is_full(client: str, server: Server) -> None:
    """Take the only connection that the role may have, and ask for another one."""
    Open(client, server, user="one")
    Open(client, server, user="one")


def without_tls(client: str, server: Server) -> None:
    """Ask for TLS where there is none."""
    wanted = {"asyncpg": {"ssl": "require"}, "pg8000": {"ssl_context": True}}
    Open(client, server, **wanted.get(client, {"sslmode": "require"}))


SITUATIONS: Mapping[str, tuple[Callable[[str, Server], None], Outcome]] = {
    "terminated in a query": (in_a_query(terminate), CLOSED),
    "terminated while idle": (while_idle(terminate), CLOSED),
    "used after its end": (used_after, NOT_CONNECTED),
    "idle session": (idle_for(f"SET idle_session_timeout = '{SOON}s'"), CLOSED),
    "idle in a transaction": (idle_for(f"SET idle_in_transaction_session_timeout = '{SOON}s'", "BEGIN"), CLOSED),
    "long transaction": (in_a_long_transaction, CLOSED),
    "role is full": (role_is_full, FULL),
    "without TLS": (without_tls, PLAIN_TEXT),
    "restarted while idle": (while_idle(restart), CLOSED),
    "crashed in a query": (in_a_query(crash), CLOSED),
}

OTHERWISE: Mapping[tuple[str, str], Outcome] = {
    # After a RST the kernel has forgotten the peer, and pg8000 keeps no address.
    **{("pg8000", name): at(None, CLOSED) for name in SITUATIONS if "idle" in name},
    ("pg8000", "used after its end"): ("broken-pipe", "EPIPE", None, "send", "if-idempotent"),
    ("psycopg2", "used after its end"): at(None, NOT_CONNECTED),
}
"""What some of them say otherwise."""


def diagnosed(provoke: Callable[[], object], server: Server) -> tuple[Outcome | None, str]:
    """Say what connlog makes of what is raised, written as an outcome is, and what that was."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
        provoke()
    found = connlog.diagnose(caught.value)
    Open.close_all()
    if found is None:
        return None, repr(caught.value)
    here = (found.server_address, found.server_port) == (server.host, server.port)
    where = HERE if here else found.server_address
    return (found.code, found.errno_name, where, found.phase, found.retry), repr(caught.value)


def settle(server: Server) -> None:
    """Wait until the server takes connections again."""
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            as_admin(server, "SELECT 1")
            return
        time.sleep(0.02)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_situations(client: str, situation: str, cluster: Server) -> None:
    """Whatever ends a connection, or keeps it from being opened, is diagnosed as that."""
    provoke, outcome = SITUATIONS[situation]
    settle(cluster)
    found, shown = diagnosed(lambda: provoke(client, cluster), cluster)
    assert found == OTHERWISE.get((client, situation), outcome), shown


@contextlib.contextmanager
def shutting_down(server: Server) -> Iterator[None]:
    """Tell the server to stop once its clients have left, while one of them stays; start it again."""
    settle(server)
    stays = by_psycopg({"host": server.host, "port": server.port, "user": "app"})
    control_postgres(Path(server.path), "-W", "-m", "smart", "stop")
    try:
        yield
    finally:
        stays.close()
        restart(server)


@pytest.mark.needs("asyncpg", "pg8000", "psycopg2")
def test_a_server_that_shuts_down(cluster: Server) -> None:
    """57P03, the server can't be connected to now, is a failure to connect without a reason of the network's."""
    with shutting_down(cluster):
        for client in CONNECT:
            found, shown = diagnosed(lambda client=client: Open(client, cluster), cluster)
            assert found in {NOT_NOW, (*NOT_NOW[:3], "receive", "unknown")}, shown


RECOVERING = {"connection-error", "closed-by-peer", "connection-reset", "connection-refused"}


def test_a_server_that_recovers(cluster: Server) -> None:
    """Until a server has recovered from a crash, each attempt is a connection failure that is safe to repeat."""
    settle(cluster)
    crash(cluster)
    failures: list[psycopg.OperationalError] = []
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        try:
            Open("psycopg", cluster)
        except psycopg.OperationalError as error:
            failures.append(error)
            continue
        break
    Open.close_all()
    assert all(connlog.is_retryable(error) for error in failures)
    assert {found.code for error in failures if (found := connlog.diagnose(error))} <= RECOVERING


TABLE = "CREATE TABLE once (id int PRIMARY KEY)"


def test_a_patience_of_the_programs_own(taken: Server) -> None:
    """A time-out of asyncio's around a query of psycopg's, which strips its tracebacks, is a time-out of some stage."""

    async def provoke() -> None:
        where = {"host": taken.host, "port": taken.port, "user": "app", "dbname": "app"}
        async with await psycopg.AsyncConnection.connect(**where) as connection, asyncio.timeout(SHORT):
            await connection.execute("SELECT pg_sleep(5)")

    found, shown = diagnosed(lambda: asyncio.run(provoke()), taken)
    assert found is not None, shown
    assert (found[0], found[4]) == ("timeout", IF_IDEMPOTENT), shown


ANSWERS: Mapping[str, tuple[str, ...]] = {
    "statement time-out": (f"SET statement_timeout = '{SOON}s'", "SELECT pg_sleep(5)"),
    "lock time-out": (f"SET lock_timeout = '{SOON}s'", "SELECT * FROM taken"),
    "syntax": ("SELEKT 1",),
    "unique": ("INSERT INTO once VALUES (1), (1)",),
    "no table": ("SELECT * FROM nowhere",),
    "quotes": ("DO $$ BEGIN RAISE EXCEPTION 'server closed the connection unexpectedly'; END $$",),
    "division": ("SELECT 1 / 0",),
}


@pytest.fixture(scope="module")
def taken(cluster: Server) -> Iterator[Server]:
    """Lend the server while one of its tables is locked."""
    settle(cluster)
    with by_psycopg({"host": cluster.host, "port": cluster.port, "user": "app"}) as other:
        for statement in (TABLE, "CREATE TABLE taken ()", "BEGIN", "LOCK TABLE taken"):
            other.execute(statement)
        yield cluster


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", ANSWERS)
def test_sql_errors(client: str, name: str, taken: Server) -> None:
    """A time-out of the server's own, a lock, a constraint and bad SQL are answers, not connection failures."""

    def provoke() -> None:
        connection = Open(client, taken)
        for statement in ANSWERS[name]:
            connection.execute(statement)

    found, shown = diagnosed(provoke, taken)
    assert found is None, shown


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("who", [{"user": "nobody"}, {"user": "locked", "password": "wrong"}, {"user": "locked"}])
def test_logins(client: str, who: dict[str, str], taken: Server) -> None:
    """A login that fails is an answer, not a connection failure."""
    found, shown = diagnosed(lambda: Open(client, taken, **who), taken)
    assert found is None, shown
