"""The clients of MongoDB in the middle of a command, and motor against every fault; test_data.py holds the rest."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import pymongo
import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, GARBAGE, NO_DESCRIPTORS, READ_TIMEOUT, RESET
from tests.clients.scripted_stores import mongo
from tests.clients.tables import LOCALHOST, LONG, POOL, SHORT, TLS, UNIX, UNVERIFIED, Outcome, rows
from tests.clients.test_data import MONGO, ask_mongo, mongo_options, without_pyopenssl
from tests.clients.web import LARGE, REUSED, SENDING
from tests.faults import Server, play

motor = lazy("motor.motor_asyncio")

TEXT = LARGE.decode()


def options(server: Server, patience: float, *, tls: bool = False, **more: Any) -> dict[str, Any]:
    """Make a client try once."""
    return {**mongo_options(patience, server if tls else None), "retryReads": False, **more}


def command(server: Server, patience: float, *, times: int = 1, value: str = "") -> None:
    """Send commands by pymongo."""
    client: pymongo.MongoClient[Any]
    with pymongo.MongoClient(server.host, server.port, **options(server, patience)) as client:
        for _ in range(times):
            client.admin.command("ping", value)


async def command_async(server: Server, patience: float) -> None:
    """Send a command by pymongo's async client."""
    client: pymongo.AsyncMongoClient[Any] = pymongo.AsyncMongoClient(
        server.host, server.port, **options(server, patience)
    )
    async with client:
        await client.admin.command("ping")


async def by_motor(
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    times: int = 1,
    value: str = "",
    **more: Any,
) -> None:
    """Send commands by motor."""
    place = quote(server.path, "") if server.path else f"{host or server.host}:{server.port}"
    client = motor.AsyncIOMotorClient(f"mongodb://{place}", **options(server, patience, **more))
    try:
        for _ in range(times):
            await client.admin.command("ping", value)
    finally:
        client.close()


async def secure_motor(server: Server, patience: float) -> None:
    """Send a command over TLS."""
    with without_pyopenssl():
        await by_motor(server, patience, tls=True)


async def two_at_once(server: Server, _patience: float) -> None:
    """Ask a pool of one for a second connection."""
    wait = int(SHORT * 1000)
    client = motor.AsyncIOMotorClient(
        server.host, server.port, maxPoolSize=1, waitQueueTimeoutMS=wait, retryReads=False
    )
    try:
        await asyncio.gather(*(client.admin.command("ping") for _ in range(2)))
    finally:
        client.close()


def by_pyopenssl(server: Server, patience: float) -> None:
    """Send a command over TLS, which pymongo speaks by PyOpenSSL where that is installed."""
    ask_mongo(server.host, server.port, **mongo_options(patience, server))


def answers_one(connection: socket.socket) -> None:
    """Say hello, and answer the first command."""
    mongo(connection)
    mongo(connection)


def answers_slowly(connection: socket.socket) -> None:
    """Say hello, and take one's time with everything else."""
    scripted.mongod({"ok": 1.0}, after=4 * SHORT)(Server(lambda *_: None), connection)


COMMAND: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": RESET,
    "close-after-request": CLOSED,
    "garbage-answer": GARBAGE,
}
"""What happens in the middle of a command."""


def in_command(client: str, ask: Callable[..., object]) -> list[Case]:
    """Write the rows of a client that was let in."""
    return [
        *rows(client, ask, COMMAND, note="in a command", greeting=mongo),
        *rows(client, partial(ask, times=2), REUSED, greeting=answers_one),
        *rows(client, partial(ask, value=TEXT), SENDING, greeting=mongo),
    ]


OPENED: Mapping[str, Outcome] = {**MONGO, "descriptors-exhausted": NO_DESCRIPTORS}
PYOPENSSL: Mapping[str, Outcome] = {
    **TLS,
    "tls-untrusted": UNVERIFIED,  # PyOpenSSL does not say what is wrong with a certificate
    "tls-expired": UNVERIFIED,
}

CASES: tuple[Case, ...] = (
    *in_command("pymongo", command),
    *in_command("motor", by_motor),
    *rows("motor", by_motor, OPENED),
    *rows("motor", partial(by_motor, host="localhost"), LOCALHOST),
    *rows("motor", by_motor, UNIX),
    *rows("motor", secure_motor, TLS),
    *rows("motor", two_at_once, {"pool": POOL}, greeting=answers_slowly),
    *rows("pymongo PyOpenSSL", by_pyopenssl, PYOPENSSL, needs=("pyopenssl", "service-identity")),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.parametrize("fault", COMMAND)
def test_pymongo_async_keeps_the_reason_or_says_that_it_is_lost(fault: str) -> None:
    """Whichever wins the race inside the client, connlog never names a reason that was not there."""
    with play(fault, greeting=mongo) as server:
        with pytest.raises(pymongo.errors.PyMongoError) as caught:
            asyncio.run(command_async(server, SHORT if fault == "accept-silent" else LONG))
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code in {COMMAND[fault][0], "connection-error"}
    assert found.server_port == server.port
