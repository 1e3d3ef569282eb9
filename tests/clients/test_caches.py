"""The clients of Redis, Valkey and memcached against every fault that applies; what test_data.py holds is left out."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, CUT_SHORT, GARBAGE, NO_DESCRIPTORS, READ_TIMEOUT, RESET
from tests.clients.tables import FULL, LOCALHOST, LONG, PLAIN, POOL, SHORT, TLS, UNIX, Outcome, context, rows
from tests.clients.web import LARGE, REUSED, SENDING, TLS_REQUEST, TLS_REQUEST_SYNC
from tests.faults import Server, play

redis, redis_async, redis_backoff = map(lazy, ("redis", "redis.asyncio", "redis.backoff"))
redis_retry, redis_async_retry = map(lazy, ("redis.retry", "redis.asyncio.retry"))
valkey, valkey_async = map(lazy, ("valkey", "valkey.asyncio"))
pymemcache, memcached = lazy("pymemcache"), lazy("memcache")


def ask(client: Any, value: bytes, times: int) -> None:
    """Ask for a PONG, or store something."""
    with client:
        for _ in range(times):
            client.set("key", value) if value else client.ping()


async def ask_async(client: Any, value: bytes, times: int) -> None:
    """Ask for a PONG, or store something."""
    async with client:
        for _ in range(times):
            await (client.set("key", value) if value else client.ping())


MAKERS: Mapping[str, tuple[Callable[..., Any], Callable[[Any, bytes, int], object]]] = {
    "redis": (lambda **o: redis.Redis(retry=redis_retry.Retry(redis_backoff.NoBackoff(), 0), **o), ask),
    "redis async": (
        lambda **o: redis_async.Redis(retry=redis_async_retry.Retry(redis_backoff.NoBackoff(), 0), **o),
        ask_async,
    ),
    "valkey": (lambda **o: valkey.Valkey(retry=None, **o), ask),
    "valkey async": (lambda **o: valkey_async.Valkey(retry=None, **o), ask_async),
}
"""How a client is made that tries once, and how it is asked."""


def by(  # noqa: PLR0913 - what the rows vary
    client: str,
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    tls: bool = False,
    value: bytes = b"",
    times: int = 1,
    **more: Any,
) -> object:
    """Ask by one of the clients, which introduces itself by nothing that needs an answer."""
    place = {"unix_socket_path": server.path} if server.path else {"host": host or server.host, "port": server.port}
    trust = {"ssl": True, "ssl_ca_certs": server.ca_file, "ssl_check_hostname": True} if tls else {}
    waits = {"socket_timeout": patience, "socket_connect_timeout": patience}
    make, asked = MAKERS[client]
    return asked(make(lib_name=None, lib_version=None, protocol=2, **place, **trust, **waits, **more), value, times)


def by_pymemcache(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    kind: str = "Client",
    host: str | None = None,
    tls: bool = False,
    value: bytes = b"",
    times: int = 1,
) -> None:
    """Ask memcached by one of pymemcache's clients."""
    place = server.path or (host or server.host, server.port)
    trust = {"tls_context": context(server)} if tls else {}
    with contextlib.closing(
        getattr(pymemcache, kind)(place, connect_timeout=patience, timeout=patience, **trust)
    ) as it:
        for _ in range(times):
            it.set("key", value, noreply=False) if value else it.get("key")


def by_hash(server: Server, patience: float) -> None:
    """Ask several servers of memcached, of which there is one."""
    pymemcache.HashClient([(server.host, server.port)], connect_timeout=patience, timeout=patience).get("key")


def pool_of_one(server: Server, patience: float) -> None:
    """Ask a pool of one for a second connection."""
    client = pymemcache.PooledClient((server.host, server.port), max_pool_size=1, timeout=patience)
    with contextlib.closing(client), client.client_pool.get_and_release():
        client.get("key")


def answers(connection: socket.socket) -> None:
    """Answer the first request."""
    connection.sendall(b"+PONG\r\n" if connection.recv(65536).startswith(b"*") else b"END\r\n")


def answers_in_part(connection: socket.socket) -> None:
    """Begin to answer the first request."""
    is_redis = connection.recv(65536).startswith(b"*")
    connection.sendall(b"$1000\r\nonly this" if is_redis else b"VALUE key 0 1000\r\nonly this")


LINE: Mapping[str, Outcome] = {**PLAIN, "descriptors-exhausted": NO_DESCRIPTORS}
MEMCACHED: Mapping[str, Outcome] = {**LINE, "garbage": GARBAGE}
"""The others look before they ask: if something is there already, they say that the connection is not ready."""

CUT: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-accept": RESET,
    "close-after-accept": CLOSED,
}
"""What happens in the middle of an answer; only asyncio's streams say how much of it was there."""

MORE = {fault: outcome for fault, outcome in LINE.items() if fault not in PLAIN}


SYNC, ASYNC = (TLS_REQUEST_SYNC, CUT), (TLS_REQUEST, {**CUT, "close-after-accept": CUT_SHORT})
Outcomes = tuple[Mapping[str, Outcome], Mapping[str, Outcome]]


def rows_of(client: str, outcomes: Outcomes, line: Mapping[str, Outcome] = MORE) -> list[Case]:
    """Write the rows of a client of Redis or Valkey."""
    asked, (request, cut) = partial(by, client), outcomes
    return [
        *rows(client, asked, {**line, "server-full": FULL}),
        *rows(client, partial(asked, times=2), REUSED, greeting=answers),
        *rows(client, partial(asked, value=LARGE), SENDING),
        *rows(client, asked, cut, note="in an answer", greeting=answers_in_part),
        *rows(client, partial(asked, tls=True), request, note="tls", tls=True),
    ]


def rows_of_fork(client: str, outcomes: Outcomes) -> list[Case]:
    """Write the rows of a client of Valkey that test_data.py holds of Redis's."""
    asked = partial(by, client)
    return [
        *rows_of(client, outcomes, LINE),
        *rows(client, asked, UNIX),
        *rows(client, partial(asked, host="localhost"), LOCALHOST),
        *rows(client, partial(asked, tls=True), TLS),
    ]


CASES: tuple[Case, ...] = (
    *rows_of("redis", SYNC),
    *rows_of("redis async", ASYNC),
    *rows_of_fork("valkey", SYNC),
    *rows_of_fork("valkey async", ASYNC),
    *rows("pymemcache", by_pymemcache, {**MEMCACHED, **UNIX}),
    *rows("pymemcache", partial(by_pymemcache, host="localhost"), LOCALHOST),
    *rows("pymemcache", partial(by_pymemcache, times=2), REUSED, greeting=answers),
    *rows("pymemcache", partial(by_pymemcache, value=LARGE), SENDING),
    *rows("pymemcache", by_pymemcache, CUT, note="in an answer", greeting=answers_in_part),
    *rows("pymemcache", partial(by_pymemcache, tls=True), TLS),
    *rows("pymemcache", partial(by_pymemcache, tls=True), TLS_REQUEST_SYNC, note="tls", tls=True),
    *rows("pymemcache", pool_of_one, {"pool": POOL}),
    *rows("pymemcache PooledClient", partial(by_pymemcache, kind="PooledClient"), MEMCACHED),
    *rows("pymemcache HashClient", by_hash, MEMCACHED),
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # redis-py is about to rename ``lib_name``
@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("pymemcache")
@pytest.mark.parametrize(
    "answer",
    [
        "SERVER_ERROR out of memory storing object",
        "SERVER_ERROR Connection refused",
        "CLIENT_ERROR bad data chunk",
        "ERROR Too many open connections",  # whatever follows ERROR, the client calls it an unknown command
    ],
)
def test_what_memcached_answers_is_no_connection_failure(answer: str) -> None:
    """An error that memcached reports is an answer."""

    def say(_server: Server, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(f"{answer}\r\n".encode())

    with scripted.playing(say) as server, pytest.raises(pymemcache.MemcacheError) as caught:
        by_pymemcache(server, LONG, value=b"value")
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("pymemcache")
def test_servers_that_were_given_up() -> None:
    """Once its servers are marked dead, pymemcache has lost the reason and the endpoint."""
    with play("refuse") as server:
        client = pymemcache.HashClient([(server.host, server.port)], retry_attempts=0, timeout=SHORT)
        with pytest.raises(ConnectionRefusedError):
            client.get("key")
        with pytest.raises(pymemcache.MemcacheError) as caught:
            client.get("key")
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.server_address) == ("connection-error", None)


SWALLOWED: Mapping[str, str] = {
    "refuse": "connect: [Errno 111] Connection refused.",
    "no-socket-file": "connect: [Errno 2] No such file or directory.",
    "full-backlog": "connect: timed out.",
    "reset-after-request": "[Errno 104] Connection reset by peer.",
    "close-after-request": "connection closed in readline().",
}


@pytest.mark.needs("python-memcached")
@pytest.mark.parametrize("fault", SWALLOWED)
def test_python_memcached_raises_nothing(fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    """python-memcached marks a server dead and returns nothing; what happened is on stderr, if it was asked for."""
    with play(fault) as server:
        place = f"unix:{server.path}" if server.path else f"inet:{server.host}:{server.port}"
        client = memcached.Client([place], debug=1, socket_timeout=SHORT)
        assert not client.set("key", "value")
        assert client.get("key") is None
    assert f"MemCached: MemCache: {place}: {SWALLOWED[fault]}  Marking dead." in capsys.readouterr().err
