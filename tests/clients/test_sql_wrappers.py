"""
SQLAlchemy over each of its drivers, and Django's database layer: they change nothing of what their drivers tell.

Django is configured once a process, and takes psycopg2 only where there is no psycopg: it has processes of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib
import os
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

import connlog
from tests.clients import scripted_sql as peer
from tests.clients.cases import Case, check
from tests.clients.outcomes import CLOSED, HERE, READ_TIMEOUT, RESET, SAFE
from tests.clients.servers import Server as RealServer
from tests.clients.servers import postgres
from tests.clients.tables import FULL, LOCALHOST, LONG, PLAIN, POOL, SHORT, SLOW, Outcome, opening, rows
from tests.faults import Server, Worker
from tests.faults.worker import Kind

__all__ = ["postgres"]

QUERY = peer.MARK.decode()


def seconds(patience: float, *names: str, **more: object) -> dict[str, Any]:
    """Write time-outs for a client that counts whole seconds."""
    return {**dict.fromkeys(names, max(1, int(patience))), **more}


DRIVERS: Mapping[str, tuple[str, str, Callable[[float], dict[str, Any]]]] = {
    "psycopg2": ("postgresql", "psycopg2", lambda p: seconds(p, "connect_timeout", sslmode="disable")),
    "pg8000": ("postgresql", "pg8000", lambda p: {"timeout": p}),
    "pymysql": ("mysql", "pymysql", lambda p: {"connect_timeout": p, "read_timeout": p}),
    "aiomysql": ("mysql", "aiomysql", lambda p: {"connect_timeout": p}),
    "mysqlclient": ("mysql", "mysqldb", lambda p: seconds(p, "connect_timeout", "read_timeout")),
    "mysql-connector-python": (
        "mysql",
        "mysqlconnector",
        lambda p: seconds(p, "connection_timeout", "read_timeout", use_pure=True, ssl_disabled=True),
    ),
}
"""The drivers by their distribution: database, SQLAlchemy's name, time-outs. test_data.py has psycopg and asyncpg."""


def address(driver: str, host: str, port: int) -> sqlalchemy.URL:
    """Name the server to SQLAlchemy."""
    database, name, _ = DRIVERS[driver]
    return sqlalchemy.URL.create(f"{database}+{name}", "app", None, host, port, database="app")


def ask(driver: str, *statements: str, host: str = "") -> Callable[[Server, float], object]:
    """Return the provocation that sends statements by an engine, each by a connection out of its pool."""

    def provoke(server: Server, patience: float) -> object:
        where, options = address(driver, host or server.host, server.port), DRIVERS[driver][2](patience)
        if driver == "aiomysql":
            return send_async(where, options, patience)
        return send(where, options)

    def send(where: sqlalchemy.URL, options: dict[str, Any]) -> None:
        engine = sqlalchemy.create_engine(where, connect_args=options)
        for statement in statements or (QUERY,):
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)

    async def send_async(where: sqlalchemy.URL, options: dict[str, Any], patience: float) -> None:
        engine = create_async_engine(where, connect_args=options)
        try:
            async with asyncio.timeout(patience):
                for statement in statements or (QUERY,):
                    async with engine.connect() as connection:
                        await connection.exec_driver_sql(statement)
        finally:
            await engine.dispose()

    return provoke


def ask_for_two(driver: str) -> Callable[[Server, float], object]:
    """Return the provocation that asks a pool of one for a second connection."""

    def provoke(server: Server, patience: float) -> object:
        where, options = address(driver, server.host, server.port), DRIVERS[driver][2](patience)
        limits = {"pool_size": 1, "max_overflow": 0, "pool_timeout": SHORT}
        if driver == "aiomysql":
            return twice_async(create_async_engine(where, connect_args=options, **limits))
        return twice(sqlalchemy.create_engine(where, connect_args=options, **limits))

    def twice(engine: sqlalchemy.Engine) -> None:
        with engine.connect(), engine.connect():
            pass

    async def twice_async(engine: Any) -> None:
        try:
            async with engine.connect(), engine.connect():
                pass
        finally:
            await engine.dispose()

    return provoke


BACKENDS: Mapping[str, tuple[str, Callable[[float], dict[str, Any]]]] = {
    "psycopg": ("postgresql", lambda p: seconds(p, "connect_timeout")),
    "psycopg2": ("postgresql", lambda p: seconds(p, "connect_timeout")),
    "mysqlclient": ("mysql", lambda p: seconds(p, "connect_timeout", "read_timeout")),
}
"""Django's drivers by their distribution: database, time-outs."""


def ask_django(driver: str, *statements: str, host: str = "", user: str = "app") -> Callable[[Server, float], object]:
    """Return the provocation that sends statements by Django's database layer."""

    def provoke(server: Server, patience: float) -> None:
        database, options = BACKENDS[driver]
        where = {"HOST": host or server.host, "PORT": server.port, "USER": user, "NAME": "app"}
        engine = f"django.db.backends.{database}"
        connection = connections({**where, "ENGINE": engine, "OPTIONS": options(patience)})
        server.cleanup.callback(connection.close)
        with connection.cursor() as cursor:
            for statement in statements or (QUERY,):
                cursor.execute(statement)

    return provoke


def connections(settings: dict[str, Any]) -> Any:
    """Make a connection of Django's, as ``django.db.connection`` is."""
    configured = importlib.import_module("django.conf").settings
    if not configured.configured:
        configured.configure()
    return importlib.import_module("django.db.utils").ConnectionHandler({"default": settings})["default"]


@cache
def process(driver: str, kind: Kind = "namespace") -> Worker:
    """Start a process for Django with one of its drivers."""
    worker = Worker(kind, {**os.environ, "CONNLOG_TESTS_DJANGO": driver})
    atexit.register(worker.close)
    return worker


if os.environ.get("CONNLOG_TESTS_DJANGO") == "psycopg2":
    sys.modules["psycopg"] = None  # type: ignore[assignment]  # so it looks as if it were not installed

EARLY = ("refuse", "accept-silent", "close-after-accept", "name-not-found", "unreachable-network")
BY_LIBPQ: Mapping[str, Outcome] = {
    "accept-silent": SLOW,
    "close-after-accept": opening(CLOSED),
    "close-after-request": opening(CLOSED),
    "reset-on-reuse": CLOSED,
}
LOST_OPENING: Outcome = ("connection-error", None, HERE, "connect", SAFE)
BY_LIBMARIADB: Mapping[str, Outcome] = {
    "refuse": LOST_OPENING,
    "accept-silent": opening(READ_TIMEOUT),
    "close-after-accept": LOST_OPENING,
    "close-after-request": LOST_OPENING,
    "reset-on-reuse": ("connection-error", None, HERE, "transfer", "unknown"),
}
OWN: Mapping[str, Mapping[str, Outcome]] = {
    "psycopg": BY_LIBPQ,
    "psycopg2": BY_LIBPQ,
    "mysqlclient": BY_LIBMARIADB,
}
"""What a driver says otherwise than what happens: what test_mysql.py and test_postgresql.py have of it."""


def cases(client: str, driver: str, database: str, asked: Callable[..., Any], gone: Collection[str]) -> Iterator[Case]:
    """Write the rows of one wrapper over one driver."""
    by_mysql = database == "mysql"

    def but(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        own = OWN.get(driver, {})
        return {fault: own.get(fault, outcome) for fault, outcome in outcomes.items() if fault not in gone}

    first = but({fault: PLAIN[fault] for fault in EARLY})
    greeting = peer.mysql_greeting() if by_mysql else b""
    full = peer.mysql_error(1040, "Too many connections") if by_mysql else b""
    lets_in = peer.mysql_lets_in if by_mysql else peer.postgres_lets_in
    needs = {"needs": (driver,)}
    yield from rows(client, asked(driver), first, **needs)
    yield from rows(client, asked(driver, host="localhost"), but(LOCALHOST), **needs)
    yield from rows(client, asked(driver), but({"close-after-request": CLOSED}), greeting=greeting, **needs)
    yield from rows(client, asked(driver), {"server-full": FULL}, greeting=full, **needs)
    reused = asked(driver, "SET a.reused = 1", QUERY)
    yield from rows(client, reused, but({"reset-on-reuse": RESET}), greeting=lets_in, **needs)
    if asked is ask:
        yield from rows(client, ask_for_two(driver), but({"pool": POOL}), greeting=lets_in, **needs)


UNIX_SOCKET = {"refuse-localhost"}
"""To libmariadb localhost is a unix socket."""

NOT_SCRIPTED = {"reset-on-reuse", "pool"}
"""pg8000 asks more of a server than the scripted one answers; the real one does."""

SQLALCHEMY: tuple[Case, ...] = tuple(
    case
    for driver, (database, name, _) in DRIVERS.items()
    for case in cases(
        f"sqlalchemy {name}",
        driver,
        database,
        ask,
        {"mysqlclient": UNIX_SOCKET, "pg8000": NOT_SCRIPTED}.get(driver, ()),
    )
)
DJANGO: tuple[Case, ...] = tuple(
    case
    for driver, (database, _) in BACKENDS.items()
    for case in cases(f"django {driver}", driver, database, ask_django, {"mysqlclient": UNIX_SOCKET}.get(driver, ()))
)
CASES: tuple[Case, ...] = (*SQLALCHEMY, *DJANGO)


@pytest.mark.parametrize("case", SQLALCHEMY, ids=str)
def test_sqlalchemy(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what it says of the driver, with the engine's endpoint where that has none."""
    check(case, __name__, clients_seen)


@pytest.mark.parametrize("case", DJANGO, ids=str)
def test_django(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what it says of the driver."""
    check(case, __name__, clients_seen, process(case.needs[0]))


def asked_by_django(driver: str, host: str, port: int, user: str, statements: list[str]) -> tuple[Outcome | None, str]:
    """Send statements to a real server by Django, here in its process, and return what connlog says of the failure."""
    with ExitStack() as cleanup:
        server: Any = types.SimpleNamespace(host=host, port=port, cleanup=cleanup)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever Django raises
            ask_django(driver, *statements, user=user)(server, LONG)
        found = connlog.diagnose(caught.value)  # before it is closed, and forgets where it was connected to
    if found is None:
        return None, repr(caught.value)
    here = HERE if (found.server_address, found.server_port) == (host, port) else None
    return (found.code, found.errno_name, here, found.phase, found.retry), repr(caught.value)


BY_POSTGRES = ("psycopg", "psycopg2")

REAL: Mapping[str, tuple[str, tuple[str, ...], Outcome | None]] = {
    "terminated": ("app", ("SELECT pg_terminate_backend(pg_backend_pid())",), CLOSED),
    "login": ("locked", ("SELECT 1",), None),
    "no role": ("nobody", ("SELECT 1",), None),
    "syntax": ("app", ("SELEKT 1",), None),
    "no table": ("app", ("SELECT * FROM nowhere",), None),
    "unique": ("app", ("CREATE TEMP TABLE once (id int PRIMARY KEY)", "INSERT INTO once VALUES (1), (1)"), None),
    "statement time-out": ("app", ("SET statement_timeout = '10ms'", "SELECT pg_sleep(5)"), None),
}


@pytest.mark.parametrize("driver", [pytest.param(name, marks=pytest.mark.needs(name)) for name in BY_POSTGRES])
@pytest.mark.parametrize("name", REAL)
def test_django_with_a_real_server(driver: str, name: str, postgres: RealServer) -> None:
    """Through Django a connection that the server ends is diagnosed, and what the server answers is no such failure."""
    user, statements, outcome = REAL[name]
    arguments = {"driver": driver, "host": postgres.host, "port": postgres.port, "user": user, "statements": statements}
    found, shown = process(driver, "apart").call(f"{__name__}:asked_by_django", **arguments)
    assert (found and tuple(found)) == outcome, shown
