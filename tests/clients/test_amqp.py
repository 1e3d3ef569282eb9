"""The clients of AMQP brokers, and what stands on them, against every fault that applies; a broker's mere answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from connlog._diagnose import diagnose_links
from connlog._model import Link
from tests.clients import scripted_brokers as peer
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    NO_DESCRIPTORS,
    READ_TIMEOUT,
    REFUSED,
    RESET,
    at,
)
from tests.clients.tables import (
    FULL,
    LOCALHOST,
    LONG,
    PLAIN,
    POOL,
    SHORT,
    SILENT,
    TLS,
    UNIX,
    Outcome,
    context,
    finish,
    rows,
)
from tests.faults import Server, play

aio_pika, celery, kombu, pika = map(lazy, ("aio_pika", "celery", "kombu", "pika"))
CELERY_SAYS = lazy("celery.worker.consumer.consumer")

LARGE = b"x" * 8_000_000
"""A message that no socket's buffers hold."""

CAREFUL = {"max_retries": 0, "socket_settings": {socket.TCP_MAXSEG: 1400}}
"""Options of a client that tries once; left alone, it sets the segments' size as it finds it, and fails on loopback."""

SETTLED = 2 * SHORT
"""Seconds after which an idle client has surely been left."""


def by_pika(server: Server, patience: float, *, body: bytes = b"m", times: int = 1, pause: float = 0) -> None:
    """Publish by pika."""
    options = {"socket_timeout": patience, "stack_timeout": 2 * patience, "heartbeat": 0}
    with pika.BlockingConnection(pika.ConnectionParameters(server.host, server.port, **options)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for number in range(times):
            time.sleep(pause * number)
            channel.basic_publish("", "queue", body)


async def by_aio_pika(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    body: bytes = b"m",
    times: int = 1,
    tls: bool = False,
) -> None:
    """Publish by aio-pika."""
    verified = {"ssl": True, "ssl_context": context(server)} if tls else {}
    options = {"host": host or server.host, "port": server.port, "timeout": patience, **verified}
    async with await aio_pika.connect(**options) as connection:
        channel = await connection.channel()
        for _ in range(times):
            await channel.default_exchange.publish(aio_pika.Message(body), "queue", timeout=patience)


def by_kombu(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    body: bytes = b"m",
    times: int = 1,
    pause: float = 0,
    tls: bool = False,
) -> None:
    """Publish by kombu."""
    host = host or server.host
    verified = {"ssl": {"ca_certs": server.ca_file, "server_hostname": host}} if tls else {}
    timeouts = {"read_timeout": patience, "write_timeout": patience}
    with kombu.Connection(
        f"amqp://guest:hush-hush@{host}:{server.port}//",
        connect_timeout=patience,
        transport_options={"confirm_publish": True, **timeouts, **CAREFUL},
        **verified,
    ) as connection:
        producer = connection.Producer()
        for number in range(times):
            time.sleep(pause * number)
            producer.publish(body, routing_key="queue", retry=False)


def by_kombu_and_redis(url: str, patience: float, **more: Any) -> None:
    """Publish by kombu through Redis."""
    options = {"max_retries": 0, "socket_timeout": patience, "socket_connect_timeout": patience}
    with kombu.Connection(url, transport_options=options, **more) as connection:
        connection.Producer().publish(b"m", routing_key="queue", retry=False)


def two_at_once(server: Server, _patience: float) -> None:
    """Ask a pool of one for a second connection."""
    pool = kombu.Connection(f"amqp://{server.host}:{server.port}//").Pool(1)
    pool.acquire()
    pool.acquire()


def application(broker: str, patience: float, **more: Any) -> Any:
    """Make an application of Celery."""
    app = celery.Celery("application", broker=broker, **more)
    app.conf.broker_connection_timeout = patience
    app.conf.result_backend_transport_options = {
        "retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0}
    }
    return app


def by_celery(server: Server, patience: float, host: str | None = None) -> None:
    """Send a task."""
    app = application(f"amqp://guest:hush-hush@{host or server.host}:{server.port}//", patience)
    app.conf.broker_transport_options = {"read_timeout": patience, **CAREFUL}
    app.send_task("task", retry=False)


def result_by_celery(server: Server, patience: float) -> None:
    """Wait for the result of a task, which Redis is to hold."""
    backend = f"redis://:hush-hush@{server.host}:{server.port}/0"
    application("memory://", patience, backend=backend).AsyncResult("id").get(timeout=patience)


def unsure(outcome: Outcome) -> Outcome:
    """Return an outcome of a client that does not say whether it was sending or receiving."""
    return (*outcome[:3], "transfer", IF_IDEMPOTENT)


WAITED: Outcome = ("timeout", None, HERE, "transfer", IF_IDEMPOTENT)
CUT_PIPE: Outcome = ("broken-pipe", "EPIPE", HERE, "send", IF_IDEMPOTENT)
WAITS = SILENT | {"garbage", "garbage-answer"}
"""Faults that end when the client loses its patience: it takes garbage for a length, and waits for the rest."""

EARLY: Mapping[str, Outcome] = {
    **PLAIN,
    "reset-after-accept": RESET,
    "garbage": READ_TIMEOUT,
    "garbage-answer": READ_TIMEOUT,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
LEFT: Mapping[str, Outcome] = {"reset-after-request": RESET, "close-after-request": CLOSED}
IDLE: Mapping[str, Outcome] = {"reset-after-accept": RESET, "close-after-accept": CLOSED}
SENDING: Mapping[str, Outcome] = {"reads-nothing-then-close": CUT_PIPE}
OVER_REDIS: Mapping[str, Outcome] = {
    fault: PLAIN[fault] for fault in ("refuse", "close-after-request", "reset-after-request", "name-not-found")
}

LIMIT = "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (1) is reached"
SHUTDOWN = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
FULL_BROKER = peer.after(peer.amqp_accepts_login, peer.amqp_close(530, LIMIT))
OTHER_VERSION = b"AMQP\0\1\0\0"
MISMATCH: Mapping[str, Outcome] = {"close-after-accept": (*GARBAGE[:3], "connect", AFTER_FIX)}
STOPPING_BROKER = peer.after(peer.amqp_lets_in, peer.amqp_close(320, SHUTDOWN))


def published(client: str, publish: Callable[..., object], **more: Any) -> Iterator[Case]:
    """Write the rows of a client that was let in, and publishes."""
    takes, wants_more = peer.amqp_takes_messages, peer.amqp_wants_more
    yield from rows(client, publish, more.get("left", LEFT), note="publishes", greeting=takes)
    yield from rows(client, partial(publish, body=LARGE), more.get("sending", SENDING), greeting=takes)
    yield from rows(
        client, partial(publish, times=2), {"reset-on-reuse": more.get("reuse", RESET)}, greeting=wants_more
    )
    yield from rows(client, publish, {"healthy": CLOSED}, note="stops", greeting=STOPPING_BROKER)


CASES: tuple[Case, ...] = (
    *rows(
        "pika",
        by_pika,
        {"reset-after-accept": unsure(RESET), "garbage": READ_TIMEOUT, "descriptors-exhausted": NO_DESCRIPTORS},
        WAITS,
    ),
    *published("pika", by_pika, left={**LEFT, "reset-after-request": unsure(RESET)}, reuse=unsure(RESET)),
    *rows("pika", by_pika, {"server-full": FULL}, greeting=FULL_BROKER),
    *rows(
        "pika",
        partial(by_pika, times=2, pause=SETTLED),
        {**IDLE, "reset-after-accept": unsure(RESET)},
        note="idle",
        greeting=peer.amqp_confirms,
    ),
    *rows("aio-pika", by_aio_pika, EARLY, WAITS),
    *rows("aio-pika", partial(by_aio_pika, host="localhost"), LOCALHOST),
    *rows("aio-pika", partial(by_aio_pika, tls=True), TLS),
    *rows("aio-pika", by_aio_pika, LEFT, note="opens a channel", greeting=peer.amqp_lets_in),
    *published("aio-pika", by_aio_pika, sending={"reads-nothing-then-close": CLOSED}),  # its reader notices first
    *rows("aio-pika", by_aio_pika, {"accept-silent": WAITED}, note="publishes", greeting=peer.amqp_takes_messages),
    *rows("aio-pika", by_aio_pika, MISMATCH, note="another version", greeting=OTHER_VERSION),
    *rows("kombu", by_kombu, EARLY, WAITS),
    *rows("kombu", partial(by_kombu, host="localhost"), {"refuse-localhost": REFUSED}),  # it dials 127.0.0.1 for it
    *rows("kombu", partial(by_kombu, tls=True), TLS),
    *rows("kombu", by_kombu, {"server-full": FULL}, greeting=FULL_BROKER),
    *rows("kombu", two_at_once, {"pool": at(None, POOL)}),
    *published("kombu", by_kombu),
    *rows("kombu", by_kombu, {"accept-silent": READ_TIMEOUT}, note="publishes", greeting=peer.amqp_takes_messages),
    *rows(
        "kombu",
        partial(by_kombu, times=2, pause=SETTLED),
        {**IDLE, "reset-after-accept": (*RESET[:3], "send", IF_IDEMPOTENT)},
        note="idle",
        greeting=peer.amqp_confirms,
    ),
    *rows("kombu redis", lambda s, p: by_kombu_and_redis(f"redis://{s.host}:{s.port}/0", p), OVER_REDIS),
    *rows("kombu redis", lambda s, p: by_kombu_and_redis(f"redis+socket://{s.path}", p), UNIX),
    *rows("celery", by_celery, EARLY, WAITS),
    *rows("celery", partial(by_celery, host="localhost"), {"refuse-localhost": REFUSED}),
    *rows("celery result", result_by_celery, OVER_REDIS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


REFUSED_LOGIN = "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN."
ENDS: Mapping[str, peer.Act] = {
    "login refused": peer.after(peer.amqp_asks_login, peer.amqp_close(403, REFUSED_LOGIN)),
    "no vhost": peer.after(peer.amqp_accepts_login, peer.amqp_close(530, "NOT_ALLOWED - vhost nowhere not found")),
    "bad command": peer.after(peer.amqp_lets_in, peer.amqp_close(503, "COMMAND_INVALID - unknown exchange type")),
}
CLIENTS: Mapping[str, Callable[[Server, float], object]] = {
    "pika": by_pika,
    "aio-pika": by_aio_pika,
    "kombu": by_kombu,
    "celery": by_celery,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("client", [pytest.param(name, marks=pytest.mark.needs(name)) for name in CLIENTS])
def test_what_the_broker_answers_is_no_connection_failure(client: str, end: str) -> None:
    """A refused login, a virtual host that isn't there and a command that the broker doesn't know are its answers."""
    with play("close-after-accept", greeting=ENDS[end]) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
            finish(CLIENTS[client](server, LONG))
        assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("celery")
def test_the_line_that_a_worker_of_celery_logs_is_understood() -> None:
    """Where a worker says only in its log that it can't reach the broker, its words tell what failed and where."""
    with play("refuse") as server:
        connection = application(f"amqp://guest:hush-hush@{server.host}:{server.port}//", SHORT).connection_for_read()
        with pytest.raises(OSError, match="refused") as caught:
            connection.connect()
    line = CELERY_SAYS.CONNECTION_ERROR % (connection.as_uri(), caught.value, "Trying again in 2.00 seconds...")
    words = Link(type="kombu.exceptions.OperationalError", mro=("kombu.exceptions.OperationalError",), message=line)
    found = diagnose_links((words,))
    assert found is not None, line
    assert (found.code, found.errno_name) == ("connection-refused", "ECONNREFUSED")
    assert (found.server_address, found.server_port) == (server.host, server.port)
    assert found.url == f"amqp://REDACTED:REDACTED@{server.host}:{server.port}//"
