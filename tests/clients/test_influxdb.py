"""InfluxDB's clients against every fault that applies; what they swallow, and what is only an answer."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.tables import LOCALHOST, LONG, Outcome, rows
from tests.clients.web import (
    HTTP,
    HTTPS,
    LARGE,
    PROXIED,
    REUSED,
    SENDING_UNNOTICED,
    TLS_REQUEST,
    TLS_REQUEST_SYNC,
    url,
)
from tests.faults import Server, play

influxdb, influxdb_async = lazy("influxdb_client"), lazy("influxdb_client.client.influxdb_client_async")
influxdb_write, influxdb_rest = lazy("influxdb_client.client.write_api"), lazy("influxdb_client.rest")


def options(server: Server, patience: float, scheme: str) -> dict[str, Any]:
    """Make a client wait so long."""
    trust = {"ssl_ca_cert": server.ca_file} if scheme == "https" else {}
    return {"token": "hush-hush", "org": "tests", "timeout": int(patience * 1000), **trust}


def ask(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "http",
    times: int = 1,
    body: bytes = b"",
    **more: Any,
) -> None:
    """Ask InfluxDB whether it is ready, or write something."""
    with influxdb.InfluxDBClient(url(server, scheme, host), **options(server, patience, scheme), **more) as client:
        for _ in range(times):
            if body:
                client.write_api(write_options=influxdb_write.SYNCHRONOUS).write("bucket", record=body)
            else:
                client.ready()


async def ask_async(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "http",
    times: int = 1,
    body: bytes = b"",
    **more: Any,
) -> None:
    """Query InfluxDB, or write something."""
    chosen = {**options(server, patience, scheme), **more}
    async with influxdb_async.InfluxDBClientAsync(url(server, scheme, host), **chosen) as client:
        for _ in range(times):
            await (
                client.write_api().write("bucket", record=body) if body else client.query_api().query_raw("buckets()")
            )


def query(server: Server, patience: float) -> None:
    """Query InfluxDB and read what it answers as it comes."""
    with influxdb.InfluxDBClient(url(server), **options(server, patience, "http")) as client:
        client.query_api().query("buckets()")


def through_proxy(ask: Callable[..., object]) -> Callable[[Server, float], object]:
    """Ask through a proxy."""
    return lambda s, p: ask(s, p, host="target.invalid", proxy=url(s))


def rows_of(client: str, ask: Callable[..., object], request: Mapping[str, Outcome]) -> list[Case]:
    """Write the rows of a client."""
    return [
        *rows(client, ask, HTTP),
        *rows(client, partial(ask, host="localhost"), LOCALHOST),
        *rows(client, partial(ask, times=2), REUSED),
        *rows(client, through_proxy(ask), PROXIED),
        *rows(client, partial(ask, scheme="https"), HTTPS),
        *rows(client, partial(ask, scheme="https"), request, note="tls", tls=True),
    ]


CASES: tuple[Case, ...] = (
    *rows_of("influxdb-client", ask, TLS_REQUEST_SYNC),
    *rows("influxdb-client", query, HTTP, note="in a query"),
    *rows("influxdb-client", partial(ask, body=LARGE), SENDING_UNNOTICED),
    *rows_of("influxdb-client async", ask_async, TLS_REQUEST),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


def run(result: object) -> object:
    """Run a provocation to its end, if it is async."""
    return asyncio.run(result) if isinstance(result, Coroutine) else result


@pytest.mark.needs("influxdb-client")
@pytest.mark.parametrize("status", ["401 Unauthorized", "429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize("ask", [ask, ask_async])
def test_a_status_is_no_connection_failure(ask: Callable[..., object], status: str) -> None:
    """InfluxDB that answers with a status did answer, whatever words it quotes."""
    body = b'{"code": "unavailable", "message": "shard 10.0.0.1:8088 [Errno 111] Connection refused"}'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def answer(_server: Server, connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(head + body)

    with scripted.playing(answer) as server, pytest.raises(influxdb_rest.ApiException) as caught:
        run(ask(server, LONG))
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("influxdb-client")
@pytest.mark.parametrize("fault", ["refuse", "reset-after-request", "close-after-request"])
def test_what_is_written_in_the_background(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """A batch is written by another thread, which raises nothing: its callback gets the failure, its log the words."""
    failures: list[Exception] = []
    with play(fault) as server:
        with influxdb.InfluxDBClient(url(server), **options(server, LONG, "http")) as client:
            batch = influxdb.WriteOptions(batch_size=1, max_retries=0)
            with client.write_api(batch, error_callback=lambda _where, _what, why: failures.append(why)) as writer:
                writer.write("bucket", record="measure value=1")
        found = [connlog.diagnose(failure) for failure in failures]
        assert [one and (one.code, one.server_port) for one in found] == [(HTTP[fault][0], server.port)]
    assert any(record.levelno == logging.ERROR and str(failures[0]) in record.getMessage() for record in caplog.records)


@pytest.mark.needs("influxdb-client")
def test_a_ping_raises_nothing() -> None:
    """InfluxDB's client swallows the failure of a ping: it is only false."""
    with play("refuse") as server, influxdb.InfluxDBClient(url(server), **options(server, LONG, "http")) as client:
        assert not client.ping()
