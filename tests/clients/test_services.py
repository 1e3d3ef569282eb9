"""AWS and AMQP clients against every fault that applies; what is only an answer of the service."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from concurrent import futures
from typing import Any

import amqp
import botocore.session
import pika
import pymongo
import pytest
from botocore.config import Config
from pika import spec

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.outcomes import (
    CLOSED,
    CUT_SHORT,
    HERE,
    IF_IDEMPOTENT,
    READ_TIMEOUT,
    RESET,
)
from tests.clients.tables import LOCALHOST, LONG, PLAIN, POOL, SHORT, SILENT, TLS, Outcome, context, rows
from tests.faults import Server


def s3(scheme: str, host: str, server: Server, patience: float) -> Any:
    """Make an S3 client that tries once."""
    config = Config(connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 1})
    return botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"{scheme}://{host}:{server.port}",
        aws_access_key_id="id",
        aws_secret_access_key="hush-hush",  # noqa: S106 - signs requests to nobody
        verify=str(server.ca_file),
        config=config,
    )


def list_buckets(scheme: str, host: str, server: Server, patience: float) -> None:
    """Ask S3 for its buckets, once."""
    s3(scheme, host, server, patience).list_buckets()


def read_object(server: Server, patience: float) -> None:
    """Read an object as a stream."""
    s3("http", server.host, server, patience).get_object(Bucket="bucket", Key="key")["Body"].read()


def open_amqp(host: str, port: int, patience: float = LONG, tls: Server | None = None) -> pika.BlockingConnection:
    """Open an AMQP connection."""
    options = pika.SSLOptions(context(tls), host) if tls else None
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host, port, socket_timeout=patience, stack_timeout=2 * patience, ssl_options=options, heartbeat=0
        )
    )


def unsure(outcome: Outcome) -> Outcome:
    """Return an outcome as pika shows it: it does not say whether it was sending or receiving."""
    return (*outcome[:3], "transfer", IF_IDEMPOTENT)


BODY: Mapping[str, Outcome] = {"reset-in-body": RESET, "close-in-body": CUT_SHORT, "stall-in-body": READ_TIMEOUT}


def open_py_amqp(host: str, port: int, patience: float = LONG, tls: Server | None = None) -> None:
    """Open an AMQP connection as kombu, and so Celery, does."""
    verified = {"ca_certs": tls.ca_file, "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": host} if tls else False
    amqp.Connection(f"{host}:{port}", connect_timeout=patience, read_timeout=patience, ssl=verified).connect()


AMQP: Mapping[str, Outcome] = {
    **PLAIN,
    "reset-after-request": unsure(RESET),
    "garbage-answer": READ_TIMEOUT,  # it takes the garbage for a length and waits for the rest
}
PY_AMQP: Mapping[str, Outcome] = {**AMQP, "reset-after-request": RESET}
AMQP_WAITS = SILENT | {"garbage-answer"}
AMQP_TLS: Mapping[str, Outcome] = {**TLS, "tls-silent": READ_TIMEOUT}
CASES: tuple[Case, ...] = (
    *rows("botocore", lambda s, p: list_buckets("http", s.host, s, p), PLAIN),
    *rows("botocore", read_object, BODY, SILENT | {"stall-in-body"}),
    *rows("botocore", lambda s, p: list_buckets("http", "localhost", s, p), LOCALHOST),
    *rows("botocore", lambda s, p: list_buckets("https", s.host, s, p), TLS),
    *rows("pika", lambda s, p: open_amqp(s.host, s.port, p), AMQP, AMQP_WAITS),
    *rows("pika", lambda s, p: open_amqp("localhost", s.port, p), LOCALHOST),
    *rows("pika", lambda s, p: open_amqp(s.host, s.port, p, s), AMQP_TLS),
    *rows("amqp", lambda s, p: open_py_amqp(s.host, s.port, p), PY_AMQP, AMQP_WAITS),
    *rows("amqp", lambda s, p: open_py_amqp("localhost", s.port, p), LOCALHOST),
    *rows("amqp", lambda s, p: open_py_amqp(s.host, s.port, p, s), TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


def used(host: str, port: int) -> None:
    """Use an AMQP connection that is open."""
    open_amqp(host, port).channel()


def ask_mongo(host: str, port: int) -> None:
    """Send a command by pymongo, once."""
    client: pymongo.MongoClient[Any]
    with pymongo.MongoClient(host, port, serverSelectionTimeoutMS=5000, retryReads=False) as client:
        client.admin.command("ping")


def ask_two_at_once(host: str, port: int) -> None:
    """Ask a pool of one for a second connection."""
    client: pymongo.MongoClient[Any]
    options: dict[str, Any] = {"maxPoolSize": 1, "waitQueueTimeoutMS": int(SHORT * 1000), "retryReads": False}
    with pymongo.MongoClient(host, port, **options) as client, futures.ThreadPoolExecutor(2) as threads:
        for asked in [threads.submit(client.admin.command, "ping") for _ in range(2)]:
            asked.result()


def closes(code: int, text: str) -> scripted.Act:
    """Close an AMQP connection with a reason."""
    return scripted.say(spec.Connection.Close(code, text, 0, 0))


LOGIN_REFUSED = closes(403, "ACCESS_REFUSED - Login was refused")
SHUTDOWN = closes(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'")
LIMIT = closes(530, "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (1) is reached")
NO_VHOST = closes(530, "NOT_ALLOWED - vhost nowhere not found")
UNAUTHORIZED = {"ok": 0.0, "code": 13, "codeName": "Unauthorized", "errmsg": "command requires authentication"}
NOT_PRIMARY = {"ok": 0.0, "code": 10107, "codeName": "NotWritablePrimary", "errmsg": "not primary"}

Provoke = Callable[[str, int], object]
ENDED: Mapping[str, tuple[Any, Provoke, Outcome]] = {
    "pika broker stops": (scripted.broker(then=SHUTDOWN), used, CLOSED),
    "pika broker leaves": (scripted.broker(), used, CLOSED),
    "pika limit": (scripted.broker(then=LIMIT), used, ("too-many-connections", None, HERE, "connect", "safe")),
    "pymongo server leaves": (scripted.mongod(None), ask_mongo, CLOSED),
    "pymongo pool": (scripted.mongod({"ok": 1.0}, after=4 * SHORT), ask_two_at_once, POOL),
}


@pytest.mark.parametrize("name", ENDED)
def test_open_connections_end(name: str) -> None:
    """A connection that was open and in use is said to be ended by the peer."""
    peer, provoke, (code, errno_name, _, phase, retry) = ENDED[name]
    with scripted.playing(peer) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
            provoke(server.host, server.port)
        found = connlog.diagnose(caught.value)
    assert found is not None, repr(caught.value)
    seen = (found.code, found.errno_name, found.server_address, found.server_port, found.phase, found.retry)
    assert seen == (code, errno_name, server.host, server.port, phase, retry), repr(caught.value)


ANSWERS: Mapping[str, tuple[Any, Provoke]] = {
    "pika login closed": (scripted.broker(lets_in=False), used),
    "pika login refused": (scripted.broker(lets_in=False, then=LOGIN_REFUSED), used),
    "pika no vhost": (scripted.broker(then=NO_VHOST), used),
    "pymongo unauthorized": (scripted.mongod(UNAUTHORIZED), ask_mongo),
    "pymongo not primary": (scripted.mongod(NOT_PRIMARY), ask_mongo),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_the_peer_answers_is_no_connection_failure(name: str) -> None:
    """A refused login and an error that the server answers are no connection failures."""
    peer, provoke = ANSWERS[name]
    with scripted.playing(peer) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
            provoke(server.host, server.port)
        assert connlog.diagnose(caught.value) is None, repr(caught.value)


def test_http_status_of_aws_is_no_connection_failure() -> None:
    """An HTTP error of the service is an answer."""
    answer = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n"
    with (
        scripted.playing(lambda _, connection: connection.sendall(connection.recv(65536) and answer)) as server,
        pytest.raises(botocore.exceptions.ClientError) as caught,
    ):
        list_buckets("http", server.host, server, LONG)
    assert connlog.diagnose(caught.value) is None
