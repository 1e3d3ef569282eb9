"""Real servers that are full, end a connection or refuse a login; pools that are empty; and what is only an answer."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, LiteralString

import asyncpg
import psycopg
import pytest
import redis
import redis.asyncio
import sqlalchemy
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.ext.asyncio import create_async_engine

import connlog
from tests.clients.outcomes import AFTER_FIX, CLOSED, HERE, PLAIN_TEXT, READ_TIMEOUT
from tests.clients.servers import CLIENTS, CONNECTIONS, PASSWORD, STARTED_WITHIN, Server, postgres, redis_server
from tests.clients.tables import FULL, POOL, SHORT, Outcome

__all__ = ["postgres", "redis_server"]


@contextlib.contextmanager
def later(action: Callable[[Server], None], server: Server) -> Iterator[None]:
    """Do something to the server while the block is waiting for its answer."""
    timer = threading.Timer(SHORT, action, [server])
    timer.start()
    try:
        yield
    finally:
        timer.join()


def engine_url(driver: str, server: Server, user: str = "app") -> sqlalchemy.URL:
    """Name the server to SQLAlchemy."""
    return sqlalchemy.URL.create(f"postgresql+{driver}", user, "hush-hush", server.host, server.port, database="app")


def diagnosed(failure: BaseException) -> dict[str, Any] | None:
    """Diagnose a failure, reduced to what the tests of real servers assert."""
    found = connlog.diagnose(failure)
    if found is None:
        return None
    return {
        "code": found.code,
        "errno_name": found.errno_name,
        "endpoint": f"{found.server_address}:{found.server_port}",
        "phase": found.phase,
        "retry": found.retry,
    }


def wanted(outcome: Outcome, server: Server) -> dict[str, Any]:
    """Write an outcome as :func:`diagnosed` does."""
    code, errno_name, endpoint, phase, retry = outcome
    place = endpoint and endpoint.format(host=server.host, port=server.port)
    return {"code": code, "errno_name": errno_name, "endpoint": place, "phase": phase, "retry": retry}


NOT_CONNECTED: Outcome = ("not-connected", None, HERE, "transfer", AFTER_FIX)


def raised(provoke: Callable[[], object]) -> Exception:
    """Call what must fail, and return the failure with its traceback."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
        provoke()
    return caught.value


def until(settled: Callable[[], bool]) -> None:
    """Wait until a server has noticed that its clients have left, so that it is not full for the next test."""
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        with contextlib.suppress(redis.ConnectionError):
            if settled():
                return
        time.sleep(0.01)


def conninfo(server: Server, **more: str) -> str:
    """Name the real server to libpq."""
    parts = {"host": server.host, "port": str(server.port), "user": "app", "dbname": "app", **more}
    return psycopg.conninfo.make_conninfo("", **parts)


def terminate(server: Server) -> None:
    """End the connections of ``app`` as an administrator does."""
    with psycopg.connect(conninfo(server, user="postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")


def terminated_in_query(server: Server) -> None:
    """Lose the connection in the middle of a query."""
    with psycopg.connect(conninfo(server), autocommit=True) as connection, later(terminate, server):
        connection.execute("SELECT pg_sleep(5)")


def used_after_termination(server: Server) -> None:
    """Use a connection that the server has ended."""
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        terminate(server)
        with contextlib.suppress(psycopg.errors.AdminShutdown):
            connection.execute("SELECT 1")
        connection.execute("SELECT 1")


async def asyncpg_to(server: Server, **more: Any) -> asyncpg.Connection[Any]:
    """Connect to the real server by asyncpg."""
    options = {"user": "app", "database": "app", **more}
    return await asyncpg.connect(host=server.host, port=server.port, **options)


async def terminated_in_asyncpg(server: Server) -> None:
    """Lose the connection in the middle of a query."""
    connection = await asyncpg_to(server)
    with later(terminate, server):
        await connection.execute("SELECT pg_sleep(5)")


async def asyncpg_command_timeout(server: Server) -> None:
    """Wait for an answer for a short time only."""
    connection = await asyncpg_to(server, command_timeout=SHORT)
    await connection.execute("SELECT pg_sleep(5)")


async def used_after_close_in_asyncpg(server: Server) -> None:
    """Use a connection that is closed."""
    connection = await asyncpg_to(server)
    await connection.close()
    await connection.execute("SELECT 1")


async def asyncpg_pool_is_empty(server: Server) -> None:
    """Ask a pool of one for a second connection."""
    options = {"user": "app", "database": "app", "min_size": 1, "max_size": 1}
    async with (
        asyncpg.create_pool(host=server.host, port=server.port, **options) as pool,
        pool.acquire(),
    ):
        await pool.acquire(timeout=SHORT)


def role_is_full(connect_as_one: Callable[[Server], object]) -> Callable[[Server], None]:
    """Take the only connection that the role may have, and ask for another one."""

    def provoke(server: Server) -> None:
        with psycopg.connect(conninfo(server, user="one")):
            connect_as_one(server)

    return provoke


def server_is_full(server: Server) -> None:
    """Open connections until the server has none left."""
    try:
        with contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS):
                stack.enter_context(psycopg.connect(conninfo(server)))
    finally:
        with psycopg.connect(conninfo(server, user="postgres"), autocommit=True) as admin:
            until(lambda: admin.execute("SELECT FROM pg_stat_activity WHERE usename = 'app'").rowcount == 0)


def engine_of(server: Server, **more: Any) -> sqlalchemy.Engine:
    """Make an engine for the real server."""
    return sqlalchemy.create_engine(engine_url("psycopg", server), **more)


def queue_pool_is_empty(server: Server) -> None:
    """Ask a pool of one for a second connection."""
    engine = engine_of(server, pool_size=1, max_overflow=0, pool_timeout=SHORT)
    with engine.connect():
        engine.connect()


def terminated_in_engine(server: Server) -> None:
    """Lose the connection in the middle of a query."""
    with engine_of(server).connect() as connection, later(terminate, server):
        connection.execute(sqlalchemy.text("SELECT pg_sleep(5)"))


async def terminated_in_async_engine(server: Server) -> None:
    """Lose the connection in the middle of a query."""
    engine = create_async_engine(engine_url("asyncpg", server))
    async with engine.connect() as connection:
        with later(terminate, server):
            await connection.execute(sqlalchemy.text("SELECT pg_sleep(5)"))


POSTGRES: Mapping[str, tuple[Callable[[Server], object], Outcome]] = {
    "psycopg full": (server_is_full, FULL),
    "psycopg role full": (role_is_full(lambda s: psycopg.connect(conninfo(s, user="one"))), FULL),
    "psycopg without TLS": (lambda s: psycopg.connect(conninfo(s, sslmode="require")), PLAIN_TEXT),
    "psycopg terminated": (terminated_in_query, CLOSED),
    "psycopg used after": (used_after_termination, NOT_CONNECTED),
    "asyncpg role full": (role_is_full(lambda s: asyncio.run(asyncpg_to(s, user="one"))), FULL),
    "asyncpg without TLS": (lambda s: asyncio.run(asyncpg_to(s, ssl="require")), PLAIN_TEXT),
    "asyncpg terminated": (lambda s: asyncio.run(terminated_in_asyncpg(s)), CLOSED),
    "asyncpg command time-out": (lambda s: asyncio.run(asyncpg_command_timeout(s)), READ_TIMEOUT),
    "asyncpg used after": (lambda s: asyncio.run(used_after_close_in_asyncpg(s)), NOT_CONNECTED),
    "asyncpg pool": (lambda s: asyncio.run(asyncpg_pool_is_empty(s)), POOL),
    "sqlalchemy pool": (queue_pool_is_empty, POOL),
    "sqlalchemy terminated": (terminated_in_engine, CLOSED),
    "sqlalchemy asyncpg terminated": (lambda s: asyncio.run(terminated_in_async_engine(s)), CLOSED),
}


@pytest.mark.parametrize("name", POSTGRES)
def test_postgres(name: str, postgres: Server) -> None:
    """A real PostgreSQL that is full, ends a connection or speaks no TLS is diagnosed as that."""
    provoke, outcome = POSTGRES[name]
    failure = raised(lambda: provoke(postgres))
    assert diagnosed(failure) == wanted(outcome, postgres), repr(failure)


def run_psycopg(server: Server, statement: LiteralString) -> None:
    """Execute a statement by psycopg."""
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        connection.execute(statement)


async def run_asyncpg(server: Server, statement: str) -> None:
    """Execute a statement by asyncpg."""
    await (await asyncpg_to(server)).execute(statement)


def run_engine(server: Server, statement: str) -> None:
    """Execute a statement by SQLAlchemy."""
    with engine_of(server).connect() as connection:
        connection.execute(sqlalchemy.text(statement))


QUOTES = "DO $$ BEGIN RAISE EXCEPTION 'could not connect to server: Connection refused (111)'; END $$"
"""An error of the application's own that quotes the words of a connection failure."""

POSTGRES_ANSWERS: Mapping[str, Callable[[Server], object]] = {
    "psycopg no database": lambda s: psycopg.connect(conninfo(s, dbname="nowhere")),
    "psycopg no role": lambda s: psycopg.connect(conninfo(s, user="nobody")),
    "psycopg wrong password": lambda s: psycopg.connect(conninfo(s, user="locked", password="wrong")),  # noqa: S106
    "psycopg no password": lambda s: psycopg.connect(conninfo(s, user="locked")),
    "psycopg syntax": lambda s: run_psycopg(s, "SELEKT 1"),
    "psycopg statement time-out": lambda s: run_psycopg(s, "SET statement_timeout = 1; SELECT pg_sleep(1)"),
    "psycopg no file": lambda s: run_psycopg(s, "LOAD '/nowhere/at/all'"),
    "psycopg quotes": lambda s: run_psycopg(s, QUOTES),
    "asyncpg no database": lambda s: asyncio.run(asyncpg_to(s, database="nowhere")),
    "asyncpg no role": lambda s: asyncio.run(asyncpg_to(s, user="nobody")),
    "asyncpg wrong password": lambda s: asyncio.run(asyncpg_to(s, user="locked", password="wrong")),  # noqa: S106
    "asyncpg syntax": lambda s: asyncio.run(run_asyncpg(s, "SELEKT 1")),
    "asyncpg quotes": lambda s: asyncio.run(run_asyncpg(s, QUOTES)),
    "sqlalchemy wrong password": lambda s: sqlalchemy.create_engine(engine_url("psycopg", s, user="locked")).connect(),
    "sqlalchemy syntax": lambda s: run_engine(s, "SELEKT 1"),
    "sqlalchemy no table": lambda s: run_engine(s, "SELECT * FROM nowhere"),
    "sqlalchemy quotes": lambda s: run_engine(s, QUOTES),
    "sqlalchemy sqlite": lambda _: sqlalchemy.create_engine("sqlite:////nowhere/at/all.db").connect(),
}


@pytest.mark.parametrize("name", POSTGRES_ANSWERS)
def test_what_postgres_answers_is_no_connection_failure(name: str, postgres: Server) -> None:
    """A failed login, a missing database and any SQL error are answers, not connection failures."""
    failure = raised(lambda: POSTGRES_ANSWERS[name](postgres))
    assert connlog.diagnose(failure) is None, repr(failure)


def redis_to(server: Server, **more: Any) -> redis.Redis:
    """Make a client for the real server."""
    options = {"password": PASSWORD, "retry": Retry(NoBackoff(), 0), **more}
    return redis.Redis(host=server.host, port=server.port, **options)


def pool_of_one(server: Server, pool: type[redis.ConnectionPool], **more: Any) -> None:
    """Ask a pool of one for a second connection."""
    full = pool(host=server.host, port=server.port, password=PASSWORD, max_connections=1, **more)
    first = full.get_connection()
    try:
        redis.Redis(connection_pool=full).ping()
    finally:
        first.disconnect()


async def async_pool_of_one(server: Server) -> None:
    """Ask a pool of one for a second connection."""
    full = redis.asyncio.BlockingConnectionPool(
        host=server.host, port=server.port, password=PASSWORD, max_connections=1, timeout=SHORT
    )
    first = await full.get_connection()
    try:
        await redis.asyncio.Redis(connection_pool=full).ping()
    finally:
        await first.disconnect()


def redis_is_full(server: Server) -> None:
    """Open connections until the server has none left."""
    try:
        with contextlib.ExitStack() as stack:
            for _ in range(CLIENTS + 1):
                stack.enter_context(redis_to(server)).ping()
    finally:
        until(lambda: len(redis_to(server).client_list()) == 1)


def kill_clients(server: Server) -> None:
    """End the connections of all others."""
    with redis_to(server) as admin:
        admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def killed_in_wait(server: Server) -> None:
    """Lose the connection while waiting for an answer."""
    with redis_to(server) as client, later(kill_clients, server):
        client.blpop(["nothing"], timeout=5)


REDIS: Mapping[str, tuple[Callable[[Server], object], Outcome]] = {
    "full": (redis_is_full, FULL),
    "pool": (lambda s: pool_of_one(s, redis.ConnectionPool), POOL),
    "blocking pool": (lambda s: pool_of_one(s, redis.BlockingConnectionPool, timeout=SHORT), POOL),
    "async pool": (lambda s: asyncio.run(async_pool_of_one(s)), POOL),
    "killed": (killed_in_wait, CLOSED),
}


@pytest.mark.parametrize("name", REDIS)
def test_redis(name: str, redis_server: Server) -> None:
    """A real Redis that is full or ends a connection, and a pool that is empty, are diagnosed as that."""
    provoke, outcome = REDIS[name]
    failure = raised(lambda: provoke(redis_server))
    assert diagnosed(failure) == wanted(outcome, redis_server), repr(failure)


def wrong_type(server: Server) -> None:
    """Use a text as a list."""
    with redis_to(server) as client:
        client.set("text", "x")
        client.lpush("text", "y")


REDIS_ANSWERS: Mapping[str, Callable[[Server], object]] = {
    "no login": lambda s: redis_to(s, password=None).ping(),
    "wrong password": lambda s: redis_to(s, password="wrong").ping(),  # noqa: S106
    "wrong type": wrong_type,
    "no such command": lambda s: redis_to(s).execute_command("NOSUCH"),
    "script quotes": lambda s: redis_to(s).eval("return redis.error_reply('Connection refused')", 0),
}


@pytest.mark.parametrize("name", REDIS_ANSWERS)
def test_what_redis_answers_is_no_connection_failure(name: str, redis_server: Server) -> None:
    """A failed login and any error reply are answers, not connection failures."""
    failure = raised(lambda: REDIS_ANSWERS[name](redis_server))
    assert connlog.diagnose(failure) is None, repr(failure)
