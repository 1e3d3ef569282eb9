"""The clients of Kafka against every fault that applies: most of what happened stands in their logs only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.clients import scripted_brokers as peer
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    CLOSED,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    LATER_NAME,
    NO_DESCRIPTORS,
    NO_NAME,
    PLAIN_TEXT,
    READ_TIMEOUT,
    REFUSED,
    RESET,
    SAFE,
    TLS_ALERT,
    TLS_EOF,
    TLS_RESET,
    at,
)
from tests.clients.tables import LOCALHOST, LONG, PLAIN, SHORT, SLOW, TLS, UNVERIFIED, Outcome, context, rows
from tests.faults import Server

kafka, aiokafka, confluent_kafka = lazy("kafka"), lazy("aiokafka"), lazy("confluent_kafka")
TOPIC = "topic"


def milliseconds(patience: float) -> int:
    """Count as Kafka's clients do."""
    return int(patience * 1000)


def trusting(tls: Server | None) -> dict[str, Any]:
    """Have a client speak TLS, and trust the authority of the tests."""
    return {"security_protocol": "SSL", "ssl_context": context(tls)} if tls else {}


def send(servers: str, patience: float, tls: Server | None = None) -> None:
    """Send a message by kafka-python, and wait for its receipt."""
    wait = milliseconds(patience)
    producer = kafka.KafkaProducer(
        bootstrap_servers=servers,
        bootstrap_timeout_ms=wait,
        delivery_timeout_ms=wait + 1,
        enable_idempotence=False,
        linger_ms=0,
        max_block_ms=wait,
        request_timeout_ms=wait,
        retries=0,
        **trusting(tls),
    )
    try:
        producer.send(TOPIC, b"message").get(timeout=LONG)
    finally:
        producer.close(timeout=0)


def send_to_silence(server: Server, _patience: float) -> None:
    """Send a message over TLS by kafka-python, which waits for the handshake for as long as the server stays."""
    leaves = threading.Timer(SHORT, server.stopped.set)
    leaves.start()
    send(here(server), SHORT, server)


def administer(servers: str, patience: float) -> None:
    """Ask for the consumer groups by kafka-python."""
    wait = milliseconds(patience)
    admin = kafka.KafkaAdminClient(bootstrap_servers=servers, bootstrap_timeout_ms=wait, request_timeout_ms=wait)
    try:
        admin.list_groups()
    finally:
        admin.close()


def consume(servers: str, patience: float) -> None:
    """Ask for the end of a partition by kafka-python."""
    wait = milliseconds(patience)
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=servers, bootstrap_timeout_ms=wait, fetch_max_wait_ms=1, request_timeout_ms=wait
    )
    try:
        consumer.end_offsets([kafka.TopicPartition(TOPIC, 0)])
    finally:
        consumer.close()


async def send_async(servers: str, patience: float, tls: Server | None = None) -> None:
    """Send a message by aiokafka, and wait for its receipt."""
    producer = aiokafka.AIOKafkaProducer(
        bootstrap_servers=servers, request_timeout_ms=milliseconds(patience), retry_backoff_ms=10, **trusting(tls)
    )
    try:
        await producer.start()
        await producer.send_and_wait(TOPIC, b"message")
    finally:
        await producer.stop()


def by_librdkafka(servers: str, patience: float, tls: Server | None, errors: list[Any]) -> Any:
    """Make a producer of confluent-kafka, which hands its errors to a callback."""
    wait = milliseconds(patience)
    options: dict[str, Any] = {
        "bootstrap.servers": servers,
        "error_cb": errors.append,
        "log_level": 0,
        "message.timeout.ms": wait,
        "retries": 0,
        "socket.connection.setup.timeout.ms": max(1000, wait),
        "socket.timeout.ms": max(100, wait),
    }
    verified = {"security.protocol": "ssl", "ssl.ca.location": tls.ca_file} if tls else {}
    return confluent_kafka.Producer(options | verified)


def list_topics(servers: str, patience: float, tls: Server | None = None) -> None:
    """Ask for the topics by confluent-kafka."""
    by_librdkafka(servers, patience, tls, []).list_topics(timeout=patience)


def deliver(servers: str, patience: float, tls: Server | None = None) -> None:
    """Send a message by confluent-kafka, and raise what its receipt says."""
    receipts: list[Any] = []
    producer = by_librdkafka(servers, patience, tls, [])
    producer.produce(TOPIC, b"message", on_delivery=lambda error, _: receipts.append(error))
    producer.flush(LONG)
    raise confluent_kafka.KafkaException(receipts[0])


def listen(servers: str, tls: Server | None = None) -> None:
    """Raise what confluent-kafka tells its callback first."""
    errors: list[Any] = []
    producer = by_librdkafka(servers, LONG, tls, errors)
    producer.produce(TOPIC, b"message")
    while not errors:
        producer.poll(SHORT)
    raise confluent_kafka.KafkaException(errors[0])


BOOTSTRAP: Outcome = ("connection-error", None, HERE, "connect", SAFE)
BROKEN: Outcome = ("connection-error", None, HERE, "transfer", "unknown")
LOST: Outcome = at(None, BROKEN)
WAITED: Outcome = ("timeout", None, None, "transfer", IF_IDEMPOTENT)
EVERY = ("garbage", "reset-after-accept", *PLAIN)
TLS_BUT_SILENT = tuple(fault for fault in TLS if fault != "tls-silent")
USED = ("accept-silent", "close-after-request", "garbage-answer", "reset-after-request")
TOLD: Mapping[str, Outcome] = {
    "refuse": REFUSED,
    "close-after-accept": LOST,
    "close-after-request": LOST,
    "reset-after-accept": LOST,
    "reset-after-request": LOST,
    "garbage": GARBAGE,
    "garbage-answer": GARBAGE,
    "name-not-found": NO_NAME,
    "temporary-dns": LATER_NAME,
    "unreachable-network": PLAIN["unreachable-network"],
    "unreachable-host": PLAIN["unreachable-host"],
    "prohibited": PLAIN["prohibited"],
}
"""What librdkafka tells its callback; of an end it says only that the broker is down."""

TOLD_TLS: Mapping[str, Outcome] = {
    "tls-untrusted": UNVERIFIED,
    "tls-expired": UNVERIFIED,
    "tls-wrong-host": UNVERIFIED,
    "tls-plain-text": PLAIN_TEXT,
    "tls-alert": TLS_ALERT,
    "tls-eof-in-handshake": TLS_EOF,
    "tls-reset-in-handshake": TLS_RESET,
}


def here(server: Server) -> str:
    """Name the server to a client."""
    return f"{server.host}:{server.port}"


def everywhere(client: str, ask: Callable[..., object], outcome: Outcome) -> Iterator[Case]:
    """Write the rows of a client that goes on trying, and says the same whatever happens until it gives up."""
    local = at(outcome[2] and "localhost:{port}", outcome)
    yield from rows(client, lambda s, _: ask(here(s), SHORT), dict.fromkeys(EVERY, outcome))
    yield from rows(client, lambda s, _: ask(here(s), SHORT, s), dict.fromkeys(TLS_BUT_SILENT, outcome))
    yield from rows(client, lambda s, _: ask(f"localhost:{s.port}", SHORT), {"refuse-localhost": local})


def in_use(client: str, ask: Callable[..., object], outcomes: Mapping[str, Outcome], note: str) -> Iterator[Case]:
    """Write the rows of a client that has found the cluster, and fails at what it wants of it."""
    yield from rows(client, lambda s, _: ask(here(s), 4 * SHORT), outcomes, note=note, greeting=peer.kafka_lets_in)


SENT: Mapping[str, Outcome] = {
    "accept-silent": at(None, READ_TIMEOUT),
    "close-after-request": at(None, CLOSED),
    "garbage-answer": at("{host}", GARBAGE),
    "reset-after-request": at("{host}", RESET),
}
CONSUMED: Mapping[str, Outcome] = {**dict.fromkeys(USED, WAITED), "garbage-answer": at("{host}", GARBAGE)}
SENT_ASYNC: Mapping[str, Outcome] = {
    **dict.fromkeys(USED, WAITED),
    "close-after-request": BROKEN,
    "reset-after-request": BROKEN,
}
DELIVERED: Mapping[str, Outcome] = {
    **dict.fromkeys(USED, LOST),
    "accept-silent": WAITED,
    "garbage-answer": at(None, GARBAGE),
}

CASES: tuple[Case, ...] = (
    *everywhere("kafka-python", send, SLOW),
    *rows("kafka-python", send_to_silence, {"tls-silent": SLOW}),
    *rows("kafka-python", lambda s, _: send(here(s), SHORT), {"descriptors-exhausted": at(None, NO_DESCRIPTORS)}),
    *in_use("kafka-python", send, SENT, "sends"),
    *in_use("kafka-python", administer, SENT, "administers"),
    *in_use("kafka-python", consume, CONSUMED, "consumes"),
    *everywhere("aiokafka", send_async, BOOTSTRAP),
    *rows("aiokafka", lambda s, _: send_async(here(s), SHORT, s), {"tls-silent": BOOTSTRAP}),
    *rows("aiokafka", lambda s, _: send_async(here(s), SHORT), {"descriptors-exhausted": BOOTSTRAP}),
    *in_use("aiokafka", send_async, SENT_ASYNC, "sends"),
    *everywhere("confluent-kafka", list_topics, LOST),
    *rows("confluent-kafka", lambda s, _: list_topics(here(s), SHORT, s), {"tls-silent": LOST}),
    *rows("confluent-kafka", lambda s, _: deliver(here(s), SHORT), {"refuse": WAITED}, note="delivers"),
    *in_use("confluent-kafka", deliver, DELIVERED, "delivers"),
    *rows("confluent-kafka error_cb", lambda s, _: listen(here(s)), TOLD),
    *rows("confluent-kafka error_cb", lambda s, _: listen(f"localhost:{s.port}"), LOCALHOST),
    *rows("confluent-kafka error_cb", lambda s, _: listen(here(s), s), TOLD_TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire, as far as the client has kept it."""
    check(case, __name__, clients_seen)
