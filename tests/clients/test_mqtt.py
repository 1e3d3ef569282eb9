"""The clients of MQTT against every fault that applies; what is only an answer of the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted_brokers as peer
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    AFTER_FIX,
    HERE,
    IF_IDEMPOTENT,
    NO_DESCRIPTORS,
    READ_TIMEOUT,
)
from tests.clients.tables import LOCALHOST, LONG, PLAIN, SHORT, TLS, UNIX, Outcome, context, finish, rows
from tests.faults import Server, play

aiomqtt, paho, paho_publish = lazy("aiomqtt"), lazy("paho.mqtt.client"), lazy("paho.mqtt.publish")


def connect(server: Server, patience: float, *, host: str | None = None, tls: bool = False, **more: Any) -> None:
    """Connect by paho; what comes after that, it does not raise, but hands to callbacks as a code."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, **more)
    client.connect_timeout = patience
    if tls:
        client.tls_set_context(context(server))
    client.connect(host or server.path or server.host, server.port or 1883)


def client_of(server: Server, patience: float, *, host: str | None = None, tls: bool = False, **more: Any) -> Any:
    """Make a client of aiomqtt; how long connecting may take is paho's, and not to be had otherwise."""
    secured = {"tls_context": context(server)} if tls else {}
    options = {"timeout": min(patience, SHORT), **secured, **more}
    client = aiomqtt.Client(host or server.path or server.host, server.port or 1883, **options)
    client._client.connect_timeout = patience
    return client


async def publish(server: Server, patience: float, **more: Any) -> None:
    """Publish by aiomqtt, and wait for the receipt."""
    async with client_of(server, patience, **more) as client:
        await client.publish("topic", b"message", qos=1)


async def publish_late(server: Server, patience: float) -> None:
    """Publish by aiomqtt after the broker has left."""
    async with client_of(server, patience) as client:
        await client.subscribe("topic")
        await asyncio.sleep(SHORT)
        await client.publish("topic", b"message", qos=1)


async def subscribe(server: Server, patience: float, **more: Any) -> None:
    """Wait for messages by aiomqtt."""
    async with client_of(server, patience, **more) as client:
        await client.subscribe("topic")
        async for _ in client.messages:
            pass


WAITED: Outcome = ("timeout", None, HERE, "transfer", IF_IDEMPOTENT)
BROKEN: Outcome = ("connection-error", None, HERE, "transfer", "unknown")
NOT_CONNECTED: Outcome = ("not-connected", None, HERE, "transfer", AFTER_FIX)
EARLY = ("accept-silent", "close-after-accept", "close-after-request", "garbage-answer", "reset-after-request")
USED = ("accept-silent", "close-after-request", "garbage-answer", "reset-after-request")
CONNECTING: Mapping[str, Outcome] = {
    **{fault: outcome for fault, outcome in PLAIN.items() if fault not in EARLY},
    "descriptors-exhausted": NO_DESCRIPTORS,
}
IN_VAIN: Mapping[str, Outcome] = dict.fromkeys((*EARLY, "full-backlog", "garbage", "reset-after-accept"), WAITED)
"""
Until the broker has said yes, aiomqtt notices only that time passes; which time-out paho has raised, it doesn't say.
"""

CASES: tuple[Case, ...] = (
    *rows("paho-mqtt", connect, CONNECTING),
    *rows("paho-mqtt", partial(connect, host="localhost"), LOCALHOST),
    *rows("paho-mqtt", partial(connect, transport="unix"), UNIX),
    *rows("paho-mqtt", partial(connect, tls=True), TLS),
    *rows("aiomqtt", publish, {**CONNECTING, **IN_VAIN}),
    *rows("aiomqtt", partial(publish, host="localhost"), LOCALHOST),
    *rows("aiomqtt", partial(publish, transport="unix"), UNIX),
    *rows("aiomqtt", partial(publish, tls=True), TLS),
    *rows("aiomqtt", publish, dict.fromkeys(USED, WAITED), note="publishes", greeting=peer.mqtt_lets_in),
    *rows(
        "aiomqtt",
        publish_late,
        dict.fromkeys(("reset-after-accept", "close-after-accept"), NOT_CONNECTED),
        note="publishes late",
        greeting=peer.mqtt_has_subscribers,
    ),
    *rows(
        "aiomqtt",
        subscribe,
        dict.fromkeys(("reset-after-accept", "close-after-accept"), BROKEN),
        note="listens",
        greeting=peer.mqtt_has_subscribers,
    ),
    *rows(
        "aiomqtt",
        partial(subscribe, keepalive=1),
        {"accept-silent": READ_TIMEOUT},
        note="listens",
        greeting=peer.mqtt_has_subscribers,
    ),
    *rows("aiomqtt", publish, {"healthy": BROKEN}, note="server unavailable", greeting=peer.mqtt_answers(3)),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire, as far as the client has kept it."""
    check(case, __name__, clients_seen)


def publish_once(server: Server, _patience: float) -> None:
    """Publish by paho's helper, which raises what the broker answers."""
    paho_publish.single("topic", b"message", hostname=server.host, port=server.port)


CLIENTS: Mapping[str, Callable[[Server, float], object]] = {"paho-mqtt": publish_once, "aiomqtt": publish}


@pytest.mark.parametrize("code", [4, 5])
@pytest.mark.parametrize("client", [pytest.param(name, marks=pytest.mark.needs(name)) for name in CLIENTS])
def test_a_refused_login_is_no_connection_failure(client: str, code: int) -> None:
    """A wrong password (4) and a client without rights (5) are the broker's answers."""
    with play("close-after-accept", greeting=peer.mqtt_answers(code)) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
            finish(CLIENTS[client](server, LONG))
        assert connlog.diagnose(caught.value) is None, repr(caught.value)
