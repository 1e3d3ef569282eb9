"""Pools of database connections over a real PostgreSQL: empty, with a dead connection in them, before a dead server."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

import connlog
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, HERE, REFUSED, SAFE
from tests.clients.servers import Server, control_postgres, free_port, run_postgres
from tests.clients.tables import LONG, POOL, SHORT, Outcome

asyncpg, psycopg_pool, psycopg2_pool = lazy("asyncpg"), lazy("psycopg_pool"), lazy("psycopg2.pool")

NO_CONNECTION: Outcome = ("timeout", None, HERE, "connect", SAFE)
"""psycopg_pool says the same of a pool that is empty and of a server that refuses: nothing was sent in either case."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    """Lend a PostgreSQL server that may be restarted."""
    with run_postgres() as server:
        yield server


def restart(server: Server) -> None:
    """Restart the server: all its connections end."""
    control_postgres(Path(server.path), "-m", "fast", "restart")


def where(server: Server) -> dict[str, Any]:
    """Name the server to a driver."""
    return {"host": server.host, "port": server.port, "user": "app"}


def conninfo(server: Server) -> str:
    """Name the server to libpq."""
    return f"host={server.host} port={server.port} user=app dbname=app"


def url(server: Server, driver: str = "") -> str:
    """Name the server by a URL."""
    return f"postgresql{driver}://app:hush-hush@{server.host}:{server.port}/app"


def two_of(conninfo_of: Callable[[Server], str], **more: Any) -> Callable[[Server], None]:
    """Return the provocation that asks psycopg's pool of one for two connections."""

    def provoke(server: Server) -> None:
        limits = {"min_size": 1, "max_size": 1, "timeout": SHORT, "open": True, **more}
        with psycopg_pool.ConnectionPool(conninfo_of(server), **limits) as pool, pool.connection(timeout=LONG):
            pool.getconn()

    return provoke


def two_by_arguments(server: Server) -> None:
    """Ask psycopg's pool of one for two connections, the server named by arguments."""
    two_of(lambda _: "", kwargs={**where(server), "dbname": "app"})(server)


async def two_async(server: Server) -> None:
    """Ask psycopg's async pool of one for two connections."""
    limits = {"min_size": 1, "max_size": 1, "timeout": SHORT, "open": False}
    async with psycopg_pool.AsyncConnectionPool(conninfo(server), **limits) as pool, pool.connection(timeout=LONG):
        await pool.getconn()


def wait_for(pool: Any) -> None:
    """Wait for a connection in vain."""
    with contextlib.suppress(psycopg_pool.PoolTimeout):
        pool.getconn()


def one_too_many(server: Server) -> None:
    """Wait for psycopg's pool where nobody else may wait."""
    limits = {"min_size": 1, "max_size": 1, "timeout": SHORT, "max_waiting": 1, "open": True}
    with psycopg_pool.ConnectionPool(conninfo(server), **limits) as pool, pool.connection(timeout=LONG):
        waits = threading.Thread(target=wait_for, args=[pool])
        waits.start()
        try:
            while not pool.get_stats().get("requests_waiting"):
                pass
            pool.getconn()
        finally:
            waits.join()


def two_of_psycopg2(server: Server) -> None:
    """Ask psycopg2's pool of one for two connections."""
    pool = psycopg2_pool.ThreadedConnectionPool(1, 1, dbname="app", **where(server))
    try:
        pool.getconn()
        pool.getconn()
    finally:
        pool.closeall()


def dead_in_psycopg_pool(server: Server) -> None:
    """Take a connection out of psycopg's pool that has died in it."""
    with psycopg_pool.ConnectionPool(conninfo(server), min_size=1, max_size=1, timeout=LONG, open=True) as pool:
        with pool.connection() as connection:
            connection.execute("SELECT 1")
        restart(server)
        with pool.connection() as connection:
            connection.execute("SELECT 1")


def dead_in_engine(driver: str, **more: Any) -> Callable[[Server], None]:
    """Return the provocation that takes a connection out of SQLAlchemy's pool that has died in it."""

    def provoke(server: Server) -> None:
        engine = sqlalchemy.create_engine(url(server, driver), pool_size=1, max_overflow=0, **more)
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        restart(server)
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    return provoke


async def dead_in_async_engine(server: Server) -> None:
    """Take a connection out of SQLAlchemy's pool that has died in it."""
    engine = create_async_engine(url(server, "+asyncpg"), pool_size=1, max_overflow=0)
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")
    restart(server)
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")


async def dead_in_asyncpg(server: Server) -> None:
    """Take a connection out of asyncpg's pool that has died in it."""
    async with asyncpg.create_pool(min_size=1, max_size=1, database="app", **where(server)) as pool:
        async with pool.acquire() as connection:
            await connection.execute("SELECT 1")
        restart(server)
        async with pool.acquire() as connection:
            await connection.execute("SELECT 1")


PSYCOPG_POOL, PSYCOPG2, PG8000 = ("psycopg-pool",), ("psycopg2",), ("pg8000",)

POOLS: Mapping[str, tuple[tuple[str, ...], Callable[[Server], object], Outcome]] = {
    "psycopg_pool is empty": (PSYCOPG_POOL, two_of(conninfo), NO_CONNECTION),
    "psycopg_pool is empty, by URL": (PSYCOPG_POOL, two_of(url), NO_CONNECTION),
    "psycopg_pool is empty, by arguments": (PSYCOPG_POOL, two_by_arguments, NO_CONNECTION),
    "psycopg_pool async is empty": (PSYCOPG_POOL, two_async, NO_CONNECTION),
    "psycopg_pool may not be waited for": (PSYCOPG_POOL, one_too_many, POOL),
    "psycopg_pool holds a dead one": (PSYCOPG_POOL, dead_in_psycopg_pool, CLOSED),
    "psycopg2's pool is empty": (PSYCOPG2, two_of_psycopg2, POOL),
    "asyncpg's pool holds a dead one": ((), dead_in_asyncpg, CLOSED),
    "sqlalchemy psycopg holds a dead one": ((), dead_in_engine("+psycopg"), CLOSED),
    "sqlalchemy psycopg2 holds a dead one": (PSYCOPG2, dead_in_engine("+psycopg2"), CLOSED),
    "sqlalchemy pg8000 holds a dead one": (PG8000, dead_in_engine("+pg8000"), CLOSED),
    "sqlalchemy asyncpg holds a dead one": ((), dead_in_async_engine, CLOSED),
}


def finish(result: object) -> None:
    """Run a provocation to its end, if it is async."""
    if asyncio.iscoroutine(result):
        asyncio.run(result)


def diagnosed(provoke: Callable[[Server], object], server: Server) -> tuple[Outcome | None, str]:
    """Say what connlog makes of what is raised, written as an outcome is, and what that was."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
        finish(provoke(server))
    found = connlog.diagnose(caught.value)
    if found is None:
        return None, repr(caught.value)
    here = (found.server_address, found.server_port) == (server.host, server.port)
    return (found.code, found.errno_name, HERE if here else None, found.phase, found.retry), repr(caught.value)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs(*needs)) for name, (needs, _, _) in POOLS.items()]
)
def test_pools(name: str, cluster: Server) -> None:
    """A pool that has no connection, or a dead one, is diagnosed as that."""
    _, provoke, outcome = POOLS[name]
    found, shown = diagnosed(provoke, cluster)
    assert found == outcome, shown


@pytest.mark.needs("psycopg-pool")
def test_a_pool_before_a_dead_server() -> None:
    """Psycopg's pool does not tell why it has no connection; one that keeps none passes the reason on."""
    dead = Server(host="127.0.0.1", port=free_port())
    limits = {"timeout": SHORT, "open": True, "reconnect_timeout": SHORT}
    with psycopg_pool.ConnectionPool(conninfo(dead), **limits) as pool:
        assert diagnosed(lambda _: pool.getconn(), dead)[0] == NO_CONNECTION
    with psycopg_pool.NullConnectionPool(conninfo(dead), **limits) as pool:
        assert diagnosed(lambda _: pool.getconn(), dead)[0] == REFUSED


@pytest.mark.needs("psycopg-pool")
def test_a_pool_that_the_program_has_closed(cluster: Server) -> None:
    """A pool that the program itself has closed is no connection failure."""
    pool = psycopg_pool.ConnectionPool(conninfo(cluster), open=True)
    pool.close()
    found, shown = diagnosed(lambda _: pool.getconn(), cluster)
    assert found is None, shown


@pytest.mark.parametrize(
    "driver",
    ["+psycopg", *(pytest.param(f"+{name}", marks=pytest.mark.needs(name)) for name in ("psycopg2", "pg8000"))],
)
def test_a_pool_that_looks_first(driver: str, cluster: Server) -> None:
    """With pool_pre_ping a dead connection is replaced; where the server is gone, that is what is said."""
    dead_in_engine(driver, pool_pre_ping=True)(cluster)
    dead = Server(host=cluster.host, port=free_port())
    found, shown = diagnosed(lambda server: sqlalchemy.create_engine(url(server, driver)).connect(), dead)
    assert found == REFUSED, shown


def test_a_transaction_that_is_lost(cluster: Server) -> None:
    """What SQLAlchemy says of a transaction whose connection has failed before is no second failure."""

    def provoke(server: Server) -> None:
        with sqlalchemy.create_engine(url(server, "+psycopg")).connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            restart(server)
            with contextlib.suppress(sqlalchemy.exc.OperationalError):
                connection.exec_driver_sql("SELECT 1")
            connection.exec_driver_sql("SELECT 1")

    found, shown = diagnosed(provoke, cluster)
    assert found is None, shown
