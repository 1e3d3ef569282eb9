"""Databases and caches against every fault that applies."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import psycopg
import pymongo
import pytest
import redis
import redis.asyncio
import sqlalchemy
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.ext.asyncio import create_async_engine

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    GARBAGE,
    NO_SOCKET_FILE,
    PLAIN_TEXT,
    READ_TIMEOUT,
    REFUSED_UNIX,
    RESET,
    TLS_ALERT,
    TLS_EOF,
)
from tests.clients.tables import (
    FULL,
    LOCALHOST,
    LONG,
    PLAIN,
    SILENT,
    SLOW,
    TLS,
    UNIX,
    UNVERIFIED,
    Outcome,
    context,
    opening,
    rows,
)
from tests.faults import Server, play


def redis_options(patience: float, server: Server | None = None) -> dict[str, Any]:
    """Make redis-py wait so long and try once; with a server, over TLS."""
    options = {"socket_timeout": patience, "socket_connect_timeout": patience}
    return {**options, **({"ssl": True, "ssl_ca_certs": str(server.ca_file)} if server else {})}


def ping(host: str, port: int, **options: Any) -> None:
    """Ask Redis for a PONG, once."""
    with redis.Redis(host=host, port=port, retry=Retry(NoBackoff(), 0), **options) as client:
        client.ping()


async def ping_async(host: str, port: int, **options: Any) -> None:
    """Ask Redis for a PONG, once."""
    async with redis.asyncio.Redis(host=host, port=port, retry=AsyncRetry(NoBackoff(), 0), **options) as client:
        await client.ping()


def ping_unix(server: Server, _patience: float) -> None:
    """Ask Redis for a PONG through a unix socket."""
    with redis.Redis(unix_socket_path=server.path, retry=Retry(NoBackoff(), 0)) as client:
        client.ping()


async def ping_unix_async(server: Server, _patience: float) -> None:
    """Ask Redis for a PONG through a unix socket."""
    async with redis.asyncio.Redis(unix_socket_path=server.path, retry=AsyncRetry(NoBackoff(), 0)) as client:
        await client.ping()


def dsn(server: Server, host: str = "", more: str = "sslmode=disable") -> str:
    """Name the server to libpq; psycopg waits for two seconds at least."""
    return f"host={host or server.host} port={server.port} user=app dbname=app connect_timeout=2 {more}"


def dsn_tls(server: Server) -> str:
    """Name the server to libpq, with TLS from the first byte."""
    return dsn(server, more=f"sslmode=verify-full sslrootcert={server.ca_file} sslnegotiation=direct")


def connect(conninfo: str) -> None:
    """Connect to PostgreSQL by psycopg."""
    psycopg.connect(conninfo).close()


async def connect_async(conninfo: str) -> None:
    """Connect to PostgreSQL by psycopg's async connection."""
    await (await psycopg.AsyncConnection.connect(conninfo)).close()


async def connect_asyncpg(host: str, port: int, patience: float, **more: Any) -> None:
    """Connect to PostgreSQL by asyncpg."""
    options = {"user": "app", "database": "app", "timeout": patience, "ssl": False, **more}
    await (await asyncpg.connect(host=host, port=port, **options)).close()


def engine_url(driver: str, host: str, port: int) -> sqlalchemy.URL:
    """Name the server to SQLAlchemy."""
    return sqlalchemy.URL.create(f"postgresql+{driver}", "app", "hush-hush", host, port, database="app")


def connect_engine(host: str, port: int) -> None:
    """Connect by SQLAlchemy over psycopg."""
    arguments = {"connect_timeout": 2, "sslmode": "disable"}
    with sqlalchemy.create_engine(engine_url("psycopg", host, port), connect_args=arguments).connect():
        pass


async def connect_async_engine(host: str, port: int, patience: float) -> None:
    """Connect by SQLAlchemy over asyncpg."""
    arguments = {"timeout": patience, "ssl": False}
    engine = create_async_engine(engine_url("asyncpg", host, port), connect_args=arguments)
    try:
        async with engine.connect():
            pass
    finally:
        await engine.dispose()


def mongo_options(patience: float, server: Server | None = None) -> dict[str, Any]:
    """Make pymongo try once, for it tries again after half a second; with a server, over TLS."""
    milliseconds = int(patience * 1000)
    options = {"serverSelectionTimeoutMS": 490, "connectTimeoutMS": milliseconds, "socketTimeoutMS": milliseconds}
    return {**options, **({"tls": True, "tlsCAFile": str(server.ca_file)} if server else {})}


@contextlib.contextmanager
def without_pyopenssl() -> Iterator[None]:
    """Make pymongo speak TLS by the standard library, as it does where PyOpenSSL is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pymongo.ssl_support.HAVE_PYSSL", False, raising=False)
        yield


def secure_mongo(server: Server, patience: float) -> None:
    """Send a command over TLS."""
    with without_pyopenssl():
        ask_mongo(server.host, server.port, **mongo_options(patience, server))


def ask_mongo(host: str, port: int | None, **options: Any) -> None:
    """Send a command by pymongo."""
    client: pymongo.MongoClient[Any]
    with pymongo.MongoClient(host, port, **options) as client:
        client.admin.command("ping")


async def ask_mongo_async(host: str, port: int, **options: Any) -> None:
    """Send a command by pymongo's async client."""
    client: pymongo.AsyncMongoClient[Any] = pymongo.AsyncMongoClient(host, port, **options)
    async with client:
        await client.admin.command("ping")


LIBPQ: Mapping[str, Outcome] = {
    **PLAIN,
    "full-backlog": SLOW,
    "accept-silent": SLOW,
    "reset-after-request": opening(CLOSED),  # libpq says the same for a FIN and a RST
    "close-after-accept": opening(CLOSED),
    "close-after-request": opening(CLOSED),
    "garbage-answer": (*GARBAGE[:3], "connect", AFTER_FIX),
    "server-full": FULL,
}
LIBPQ_TLS: Mapping[str, Outcome] = {
    "tls-untrusted": UNVERIFIED,
    "tls-expired": UNVERIFIED,
    "tls-plain-text": PLAIN_TEXT,
    "tls-alert": TLS_ALERT,
    "tls-eof-in-handshake": TLS_EOF,
    "tls-reset-in-handshake": opening(RESET),  # OpenSSL has seen it
    "tls-silent": SLOW,
}
ASYNCPG: Mapping[str, Outcome] = {
    **PLAIN,
    "garbage-answer": READ_TIMEOUT,  # it takes the garbage for a length and waits for the rest
    "server-full": FULL,
}
ASYNCPG_WAITS = SILENT | {"garbage-answer"}
MONGO: Mapping[str, Outcome] = {
    **PLAIN,
    "full-backlog": SLOW,
    "accept-silent": SLOW,
    "reset-after-request": opening(RESET),
    "close-after-accept": opening(CLOSED),
    "close-after-request": opening(CLOSED),
    "garbage-answer": (*GARBAGE[:3], "connect", AFTER_FIX),
}
MONGO_ASYNC_TLS: Mapping[str, Outcome] = {
    **TLS,
    "tls-eof-in-handshake": UNVERIFIED,  # asyncio's error has no words, and the words are all that is kept
    "tls-silent": SLOW,
}

MONGO_RACES: Mapping[str, str] = {
    "reset-after-request": "connection-reset",
    "close-after-accept": "closed-by-peer",
    "close-after-request": "closed-by-peer",
    "garbage-answer": "protocol-mismatch",
}
"""Faults at which pymongo's async client may notice that its own transport is closed before it looks why."""


def without(outcomes: Mapping[str, Outcome], *faults: str) -> dict[str, Outcome]:
    """Leave out faults that would take long and say the same again."""
    return {fault: outcome for fault, outcome in outcomes.items() if fault not in faults}


MONGO_ASYNC = without(MONGO, *MONGO_RACES)

CASES: tuple[Case, ...] = (
    *rows("redis", lambda s, p: ping(s.host, s.port, **redis_options(p)), PLAIN),
    *rows("redis", lambda s, p: ping("localhost", s.port, **redis_options(p)), LOCALHOST),
    *rows("redis", lambda s, p: ping(s.host, s.port, **redis_options(p, s)), TLS),
    *rows("redis", ping_unix, UNIX),
    *rows("redis async", lambda s, p: ping_async(s.host, s.port, **redis_options(p)), PLAIN),
    *rows("redis async", lambda s, p: ping_async("localhost", s.port, **redis_options(p)), LOCALHOST),
    *rows("redis async", lambda s, p: ping_async(s.host, s.port, **redis_options(p, s)), TLS),
    *rows("redis async", ping_unix_async, UNIX),
    *rows("psycopg", lambda s, _: connect(dsn(s)), LIBPQ),
    *rows("psycopg", lambda s, _: connect(dsn(s, "localhost")), LOCALHOST),
    *rows("psycopg", lambda s, _: connect(dsn_tls(s)), LIBPQ_TLS),
    *rows("psycopg async", lambda s, _: connect_async(dsn(s)), without(LIBPQ, "accept-silent")),
    *rows("psycopg async", lambda s, _: connect_async(dsn(s, "localhost")), LOCALHOST),
    *rows("asyncpg", lambda s, p: connect_asyncpg(s.host, s.port, p), ASYNCPG, ASYNCPG_WAITS),
    *rows("asyncpg", lambda s, p: connect_asyncpg("localhost", s.port, p), LOCALHOST),
    *rows("asyncpg", lambda s, p: connect_asyncpg(s.host, s.port, p, ssl=context(s), direct_tls=True), TLS),
    *rows("sqlalchemy psycopg", lambda s, _: connect_engine(s.host, s.port), without(LIBPQ, "full-backlog")),
    *rows("sqlalchemy psycopg", lambda s, _: connect_engine("localhost", s.port), LOCALHOST),
    *rows("sqlalchemy asyncpg", lambda s, p: connect_async_engine(s.host, s.port, p), ASYNCPG, ASYNCPG_WAITS),
    *rows("sqlalchemy asyncpg", lambda s, p: connect_async_engine("localhost", s.port, p), LOCALHOST),
    *rows("pymongo", lambda s, p: ask_mongo(s.host, s.port, **mongo_options(p)), MONGO),
    *rows("pymongo", lambda s, p: ask_mongo("localhost", s.port, **mongo_options(p)), LOCALHOST),
    *rows("pymongo", secure_mongo, TLS),
    *rows("pymongo", lambda s, p: ask_mongo(f"mongodb://{quote(s.path or '', '')}", None, **mongo_options(p)), UNIX),
    *rows("pymongo async", lambda s, p: ask_mongo_async(s.host, s.port, **mongo_options(p)), MONGO_ASYNC),
    *rows("pymongo async", lambda s, p: ask_mongo_async("localhost", s.port, **mongo_options(p)), LOCALHOST),
    *rows("pymongo async", lambda s, p: ask_mongo_async(s.host, s.port, **mongo_options(p, s)), MONGO_ASYNC_TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.parametrize("fault", MONGO_RACES)
def test_pymongo_async_keeps_the_reason_or_says_that_it_is_lost(fault: str) -> None:
    """Whichever wins the race inside the client, connlog never names a reason that was not there."""
    with play(fault) as server:
        with pytest.raises(pymongo.errors.ServerSelectionTimeoutError) as caught:
            asyncio.run(ask_mongo_async(server.host, server.port, **mongo_options(LONG)))
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code in {MONGO_RACES[fault], "connection-error"}
    assert (found.server_address, found.server_port) == (server.host, server.port)


CERTIFICATES: tuple[tuple[str, str, Callable[[Server], object], str], ...] = (
    ("psycopg", "wrong-host", lambda s: connect(dsn_verified(s)), "tls-hostname-mismatch"),
    ("psycopg", "untrusted", lambda s: connect(dsn_verified(s)), "tls-handshake-failed"),  # it says no more
    ("asyncpg", "wrong-host", lambda s: asyncio.run(verify_asyncpg(s)), "tls-hostname-mismatch"),
    ("asyncpg", "untrusted", lambda s: asyncio.run(verify_asyncpg(s)), "tls-certificate-untrusted"),
    ("asyncpg", "expired", lambda s: asyncio.run(verify_asyncpg(s)), "tls-certificate-expired"),
)


def dsn_verified(server: Server) -> str:
    """Name the server to libpq, with TLS once the server agrees."""
    return dsn(server, more=f"sslmode=verify-full sslrootcert={server.ca_file}")


async def verify_asyncpg(server: Server) -> None:
    """Connect by asyncpg, with TLS once the server agrees."""
    await connect_asyncpg(server.host, server.port, LONG, ssl=context(server))


@pytest.mark.parametrize(("client", "kind", "provoke", "code"), CERTIFICATES)
def test_certificates_of_postgres(client: str, kind: str, provoke: Callable[[Server], object], code: str) -> None:
    """The handshake that follows PostgreSQL's own agreement on TLS is diagnosed like any other."""
    with scripted.playing(scripted.postgres_with_tls(kind)) as server:
        with pytest.raises((psycopg.Error, ssl.SSLError)) as caught:
            provoke(server)
        found = connlog.diagnose(caught.value)
    assert found is not None, client
    seen = (found.code, found.phase, found.retry, found.server_address, found.server_port)
    assert seen == (code, "tls", "after-fix", server.host, server.port)


SOCKETS: Mapping[str, Callable[[Path], object]] = {
    "psycopg": lambda folder: connect(f"host={folder} user=app"),
    "asyncpg": lambda folder: asyncio.run(connect_asyncpg(str(folder), 5432, LONG)),
    "sqlalchemy": lambda folder: sqlalchemy.create_engine(f"postgresql+psycopg://app@/app?host={folder}").connect(),
}


@pytest.mark.parametrize("client", SOCKETS)
@pytest.mark.parametrize(("code", "errno_name"), [NO_SOCKET_FILE[:2], REFUSED_UNIX[:2]])
def test_unix_sockets_of_postgres(client: str, code: str, errno_name: str, tmp_path: Path) -> None:
    """A missing socket file and one that nobody listens on are told apart, and named by the file, not by its folder."""
    path = str(tmp_path / ".s.PGSQL.5432")
    if errno_name == "ECONNREFUSED":  # the file is there, the server is gone
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.bind(path)
    with pytest.raises((psycopg.Error, sqlalchemy.exc.DBAPIError, OSError)) as caught:
        SOCKETS[client](tmp_path)
    found = connlog.diagnose(caught.value)
    assert found is not None
    seen = (found.code, found.errno_name, found.server_address, found.transport, found.phase, found.retry)
    assert seen == (code, errno_name, path, "unix", "connect", "safe")
