"""A real Redis that is killed, restarted, full, idle or loading, seen by the clients of Redis and of Valkey."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest

import connlog
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, REFUSED
from tests.clients.servers import CLIENTS, PASSWORD, STARTED_WITHIN, Server, run_redis
from tests.clients.tables import FULL, LONG, POOL, SHORT, Outcome
from tests.clients.test_real_servers import diagnosed, later, raised, redis_to, wanted

redis_async, redis_async_retry, redis_backoff = map(lazy, ("redis.asyncio", "redis.asyncio.retry", "redis.backoff"))
valkey, valkey_async = lazy("valkey"), lazy("valkey.asyncio")

Client = Callable[..., Any]
SYNC: Mapping[str, Client] = {"redis": redis_to, "valkey": lambda s, **o: valkey.Valkey(**place(s, **o))}
ASYNC: Mapping[str, Client] = {
    "redis": lambda s, **o: redis_async.Redis(
        retry=redis_async_retry.Retry(redis_backoff.NoBackoff(), 0), **place(s, **o)
    ),
    "valkey": lambda s, **o: valkey_async.Valkey(**place(s, **o)),
}
LIBRARIES = [pytest.param(name, marks=pytest.mark.needs(name)) for name in SYNC]


def place(server: Server, **more: Any) -> dict[str, Any]:
    """Name the real server to a client."""
    return {"host": server.host, "port": server.port, "password": PASSWORD, **more}


def kill(server: Server) -> None:
    """Kill the server as the kernel does when memory runs out."""
    with redis_to(server) as admin:
        os.kill(admin.info("server")["process_id"], signal.SIGKILL)
        until_gone(server)


def until_gone(server: Server) -> None:
    """Wait until nobody listens any more."""
    with contextlib.suppress(ConnectionRefusedError):
        while True:
            socket.create_connection((server.host, server.port), timeout=STARTED_WITHIN).close()
            time.sleep(0.01)


def stop(server: Server) -> None:
    """Stop the server as an administrator does."""
    with redis_to(server) as admin:
        admin.shutdown(nosave=True)


def in_wait(server: Server, client: Client, end: Callable[[Server], None]) -> None:
    """Lose the server in the middle of a command that waits."""
    with client(server) as waiting, later(end, server):
        waiting.blpop(["nothing"], timeout=LONG)


async def in_wait_async(server: Server, client: Client, end: Callable[[Server], None]) -> None:
    """Lose the server in the middle of a command that waits."""
    async with client(server) as waiting:
        with later(end, server):
            await waiting.blpop(["nothing"], timeout=LONG)


def afterwards(server: Server, client: Client, end: Callable[[Server], None]) -> None:
    """Use a pooled connection after the server is gone."""
    with client(server) as pooled:
        pooled.ping()
        end(server)
        pooled.ping()


async def afterwards_async(server: Server, client: Client, end: Callable[[Server], None]) -> None:
    """Use a pooled connection after the server is gone."""
    async with client(server) as pooled:
        await pooled.ping()
        end(server)
        await pooled.ping()


GONE: Mapping[str, tuple[Callable[..., object], Callable[[Server], None], Outcome]] = {
    "killed in a command": (in_wait, kill, CLOSED),
    "stopped in a command": (in_wait, stop, CLOSED),
    "killed before a command": (afterwards, kill, REFUSED),
    "async, killed in a command": (in_wait_async, kill, CLOSED),
    "async, stopped in a command": (in_wait_async, stop, CLOSED),
    "async, killed before a command": (afterwards_async, kill, CLOSED),  # the loop had no time to notice
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", GONE)
def test_a_server_that_is_gone(name: str, library: str) -> None:
    """A client in the middle of a command is told that the server has closed; the next one, that nobody listens."""
    provoke, end, outcome = GONE[name]
    clients = ASYNC if name.startswith("async") else SYNC
    with run_redis() as server:
        failure = raised(lambda: run(provoke(server, clients[library], end)))
        assert diagnosed(failure) == wanted(outcome, server), repr(failure)


def run(result: object) -> object:
    """Run a provocation to its end, if it is async."""
    return asyncio.run(result) if isinstance(result, Coroutine) else result


def wait_for_idle_time_out(server: Server) -> None:
    """Wait until the server has ended the connections that do nothing, of which this one is the youngest."""
    with socket.create_connection((server.host, server.port), timeout=STARTED_WITHIN) as idle:
        assert idle.recv(1) == b""
    time.sleep(SHORT)


async def ended_while_idle(server: Server) -> dict[str, Exception]:
    """Hold connections that do nothing until the server ends them, and use them again."""
    held = {name: client(server, single_connection_client=True) for name, client in SYNC.items()}
    held_async = {name: client(server, single_connection_client=True) for name, client in ASYNC.items()}
    pooled = [client(server) for client in SYNC.values()]
    for client in (*held.values(), *pooled):
        client.ping()
    for client in held_async.values():
        await client.ping()
    wait_for_idle_time_out(server)
    for client in pooled:
        assert client.ping()
    failures = {name: raised(client.ping) for name, client in held.items()}
    for name, client in held_async.items():
        try:
            await client.ping()
        except Exception as failure:
            failures[f"{name} async"] = failure
    return failures


@pytest.mark.needs("valkey")
def test_a_connection_that_was_idle_for_too_long() -> None:
    """
    Redis's «timeout» ends a connection that the program holds, and the next use is said to meet a closed connection; a
    pool looks first, and opens another one.
    """
    with run_redis() as server:
        with redis_to(server) as admin:
            admin.config_set("maxclients", 20)
            admin.config_set("timeout", 1)
        failures = asyncio.run(ended_while_idle(server))
        assert failures.keys() == {"redis", "valkey", "redis async", "valkey async"}
        for failure in failures.values():
            assert diagnosed(failure) == wanted(CLOSED, server), repr(failure)


def is_full(server: Server, client: Client) -> None:
    """Open connections until the server has none left."""
    with contextlib.ExitStack() as stack:
        for _ in range(CLIENTS + 1):
            stack.enter_context(client(server)).ping()


async def is_full_async(server: Server, client: Client) -> None:
    """Open connections until the server has none left."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CLIENTS + 1):
            await (await stack.enter_async_context(client(server))).ping()


def pool_of_one(server: Server, client: Client) -> None:
    """Ask a pool of one for a second connection."""
    with client(server, max_connections=1) as pooled, pooled.pipeline() as taken:
        taken.watch("key")  # keeps its connection
        pooled.ping()


async def pool_of_one_async(server: Server, client: Client) -> None:
    """Ask a pool of one for a second connection."""
    async with client(server, max_connections=1) as pooled, pooled.pipeline() as taken:
        await taken.watch("key")
        await pooled.ping()


BUSY: Mapping[str, tuple[Callable[..., object], Outcome]] = {
    "full": (is_full, FULL),
    "pool": (pool_of_one, POOL),
    "async, full": (is_full_async, FULL),
    "async, pool": (pool_of_one_async, POOL),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", BUSY)
def test_no_connection_left(name: str, library: str) -> None:
    """A server that takes no more clients is told from a pool of this side's own that is empty."""
    provoke, outcome = BUSY[name]
    clients = ASYNC if name.startswith("async") else SYNC
    with run_redis() as server:
        failure = raised(lambda: run(provoke(server, clients[library])))
        assert diagnosed(failure) == wanted(outcome, server), repr(failure)


def load(server: Server) -> threading.Thread:
    """Make the server load its data again, which takes a while: keys of 200 kB, each with a delay."""
    with redis_to(server) as admin:
        admin.config_set("rdbcompression", "no")
        admin.config_set("key-load-delay", 5_000)  # microseconds
        admin.mset({f"key {number}": "x" * 200_000 for number in range(100)})
    reloading = threading.Thread(target=lambda: redis_to(server).execute_command("DEBUG", "RELOAD"))
    reloading.start()
    return reloading


def answered_while_loading(server: Server, ask: Callable[[], object]) -> Exception:
    """Ask until the server says that it is loading."""
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        try:
            ask()
        except Exception as failure:
            return failure
    raise TimeoutError(f"{server} was never loading")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_loading_server_is_no_connection_failure(library: str) -> None:
    """A server that is loading its data has answered, though the class is a connection's."""
    with run_redis() as server:
        reloading = load(server)
        failure = answered_while_loading(server, SYNC[library](server).ping)
        reloading.join()
    assert type(failure).__name__ == "BusyLoadingError"
    assert connlog.diagnose(failure) is None, repr(failure)


def out_of_memory(server: Server, client: Client) -> None:
    """Store something in a server that has no memory left."""
    with redis_to(server) as admin:
        admin.config_set("maxmemory", 1)
    client(server).set("key", "value")


def replica_without_primary(server: Server, client: Client) -> None:
    """Ask a replica that has lost its primary and may not answer then."""
    with redis_to(server) as admin:
        admin.config_set("replica-serve-stale-data", "no")
        admin.replicaof("127.0.0.1", "1")
    client(server).get("key")


ANSWERS: Mapping[str, Callable[[Server, Client], object]] = {
    "no login": lambda s, c: c(s, password=None).ping(),
    "wrong password": lambda s, c: c(s, password="wrong").ping(),  # noqa: S106
    "out of memory": out_of_memory,
    "primary is down": replica_without_primary,
    "quotes": lambda s, c: c(s).eval("return redis.error_reply('Connection refused')", 0),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ANSWERS)
def test_what_the_server_answers_is_no_connection_failure(name: str, library: str) -> None:
    """A failed login and any error reply are answers, not connection failures."""
    with run_redis() as server:
        failure = raised(lambda: ANSWERS[name](server, SYNC[library]))
        assert connlog.diagnose(failure) is None, repr(failure)
