"""Search engines' clients against every fault that applies; what is only an answer of the engine."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import at
from tests.clients.tables import LOCALHOST, LONG, POOL, SHORT, Outcome, rows
from tests.clients.web import (
    HTTP,
    HTTPS,
    LARGE,
    PROXIED,
    REUSED,
    SENDING_UNNOTICED,
    TLS_REQUEST,
    TLS_REQUEST_SYNC,
    but,
    url,
)
from tests.faults import Server, play

elasticsearch, opensearchpy = lazy("elasticsearch"), lazy("opensearchpy")

DOCUMENT = {"text": LARGE.decode()}
RETRIED: Mapping[str, Outcome] = {
    fault: HTTP[fault] for fault in ("refuse", "reset-after-request", "close-after-request")
}
"""What is tried twice: the first try must not be taken for the second."""

OVER_ANOTHER: Mapping[str, Outcome] = {
    fault: HTTP[fault]
    for fault in (
        *("refuse", "full-backlog", "accept-silent", "name-not-found", "descriptors-exhausted"),
        *("reset-after-request", "close-after-request", "garbage-answer"),
        *("reset-in-body", "close-in-body", "stall-in-body"),
    )
}
"""What a client over another HTTP library than its own is asked for: each way in which that could hide a failure."""


def trusting(server: Server, scheme: str) -> dict[str, Any]:
    """Make a client try once, and trust the authority of the tests."""
    return {"max_retries": 0, **({"ca_certs": server.ca_file} if scheme == "https" else {})}


def by_elastic(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "http",
    times: int = 1,
    document: Mapping[str, str] | None = None,
    **more: Any,
) -> None:
    """Ask Elasticsearch, or tell it something."""
    options = {**trusting(server, scheme), "request_timeout": patience, **more}
    with elasticsearch.Elasticsearch(url(server, scheme, host), **options) as client:
        for _ in range(times):
            with suppress(elasticsearch.UnsupportedProductError):  # the server of the tests is another product
                client.index(index="i", document=document) if document else client.info()


async def by_elastic_async(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "http",
    times: int = 1,
    document: Mapping[str, str] | None = None,
    **more: Any,
) -> None:
    """Ask Elasticsearch, or tell it something."""
    options = {**trusting(server, scheme), "request_timeout": patience, **more}
    async with elasticsearch.AsyncElasticsearch(url(server, scheme, host), **options) as client:
        for _ in range(times):
            with suppress(elasticsearch.UnsupportedProductError):
                await (client.index(index="i", document=document) if document else client.info())


def by_opensearch(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "http",
    times: int = 1,
    document: Mapping[str, str] | None = None,
    **more: Any,
) -> None:
    """Ask OpenSearch, or tell it something."""
    options = {**trusting(server, scheme), "timeout": patience, **more}
    with opensearchpy.OpenSearch(url(server, scheme, host), **options) as client:
        for _ in range(times):
            client.index(index="i", body=document) if document else client.info()


async def by_opensearch_async(  # noqa: PLR0913 - what the rows vary
    server: Server,
    patience: float,
    *,
    host: str | None = None,
    scheme: str = "http",
    times: int = 1,
    document: Mapping[str, str] | None = None,
    **more: Any,
) -> None:
    """Ask OpenSearch, or tell it something."""
    options = {**trusting(server, scheme), "timeout": patience, **more}
    async with opensearchpy.AsyncOpenSearch(url(server, scheme, host), **options) as client:
        for _ in range(times):
            await (client.index(index="i", body=document) if document else client.info())


@contextmanager
def environment_trusts(server: Server) -> Iterator[None]:
    """Tell requests to trust the authority of the tests: Elasticsearch's client forgets to, whatever it is told."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
        yield


def by_elastic_over_requests(server: Server, patience: float, **more: Any) -> None:
    """Ask Elasticsearch through requests."""
    with environment_trusts(server):
        by_elastic(server, patience, node_class="requests", **more)


def by_opensearch_over_requests(server: Server, patience: float, **more: Any) -> None:
    """Ask OpenSearch through requests."""
    with environment_trusts(server):
        by_opensearch(server, patience, connection_class=opensearchpy.RequestsHttpConnection, **more)


def by_opensearch_through_proxy(server: Server, patience: float) -> None:
    """Ask OpenSearch through a proxy."""
    by_opensearch_over_requests(server, patience, host="target.invalid", proxies={"http": url(server)})


def hesitate(connection: socket.socket) -> None:
    """Keep a client waiting for its answer."""
    connection.recv(1, socket.MSG_PEEK)
    time.sleep(2 * SHORT)


async def two_of_elastic(server: Server, _patience: float) -> None:
    """Ask a pool of one for a second connection."""
    async with elasticsearch.AsyncElasticsearch(url(server), max_retries=0, connections_per_node=1) as client:
        first = asyncio.create_task(client.options(request_timeout=LONG).info())
        await asyncio.sleep(SHORT / 2)
        try:
            await client.options(request_timeout=SHORT).info()
        finally:
            await asyncio.gather(first, return_exceptions=True)


async def two_of_opensearch(server: Server, _patience: float) -> None:
    """Ask a pool of one for a second connection."""
    async with opensearchpy.AsyncOpenSearch(url(server), max_retries=0, maxsize=1) as client:
        first = asyncio.create_task(client.info(params={"request_timeout": LONG}))
        await asyncio.sleep(SHORT / 2)
        try:
            await client.info(params={"request_timeout": SHORT})
        finally:
            await asyncio.gather(first, return_exceptions=True)


NOTICED_OR_NOT: Mapping[str, Outcome] = {}
"""A large body by asyncio, which may meet the end of the connection reading or writing: tested apart."""

SYNC = (HTTPS, TLS_REQUEST_SYNC, SENDING_UNNOTICED)
ASYNC = (HTTPS, TLS_REQUEST, NOTICED_OR_NOT)
ASYNC_BY_NAME = (but(HTTPS, {"tls-wrong-host": None}), TLS_REQUEST, NOTICED_OR_NOT)
"""The same by Elasticsearch's async client, which compares names with certificates, and no addresses."""


def rows_of(client: str, ask: Callable[..., object], outcomes: tuple[Mapping[str, Outcome], ...]) -> list[Case]:
    """Write the rows of a client: what differs are the handshake, a request over TLS, and a large body."""
    handshake, request, sending = outcomes
    return [
        *rows(client, ask, HTTP),
        *rows(client, partial(ask, max_retries=1), RETRIED, note="retried"),
        *rows(client, partial(ask, host="localhost"), LOCALHOST),
        *rows(client, partial(ask, times=2), REUSED),
        *rows(client, partial(ask, document=DOCUMENT), sending),
        *rows(client, partial(ask, scheme="https"), handshake),
        *rows(client, partial(ask, scheme="https"), request, note="tls", tls=True),
    ]


def rows_over(library: str, client: str, ask: Callable[..., object], request: Mapping[str, Outcome]) -> list[Case]:
    """Write the rows of a client over another HTTP library than its own."""
    note, needs = f"over {library}", (library,)
    handshake = {fault: HTTPS[fault] for fault in ("tls-untrusted", "tls-expired", "tls-plain-text", "tls-silent")}
    return [
        *rows(client, ask, OVER_ANOTHER, note=note, needs=needs),
        *rows(client, partial(ask, times=2), REUSED, note=note, needs=needs),
        *rows(client, partial(ask, scheme="https"), handshake, note=note, needs=needs),
        *rows(client, partial(ask, scheme="https"), request, note=f"tls {note}", tls=True, needs=needs),
    ]


def by_elastic_httpx(server: Server, patience: float, **more: Any) -> object:
    """Ask Elasticsearch through httpx."""
    return by_elastic_async(server, patience, node_class="httpxasync", **more)


WRONG_NAME: Mapping[str, Outcome] = {"tls-wrong-host": at("localhost:{port}", HTTPS["tls-wrong-host"])}

CASES: tuple[Case, ...] = (
    *rows_of("elasticsearch", by_elastic, SYNC),
    *rows_over("requests", "elasticsearch", by_elastic_over_requests, TLS_REQUEST_SYNC),
    *rows_of("elasticsearch async", by_elastic_async, ASYNC_BY_NAME),
    *rows("elasticsearch async", partial(by_elastic_async, scheme="https", host="localhost"), WRONG_NAME),
    *rows("elasticsearch async", two_of_elastic, {"pool": POOL}, greeting=hesitate),
    *rows_over("httpx", "elasticsearch async", by_elastic_httpx, TLS_REQUEST),
    *rows_of("opensearch-py", by_opensearch, SYNC),
    *rows_over("requests", "opensearch-py", by_opensearch_over_requests, TLS_REQUEST_SYNC),
    *rows("opensearch-py", by_opensearch_through_proxy, PROXIED, needs=("requests",)),  # only so it knows of proxies
    *rows_of("opensearch-py async", by_opensearch_async, ASYNC),
    *rows("opensearch-py async", two_of_opensearch, {"pool": POOL}, greeting=hesitate),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


def run(result: object) -> object:
    """Run a provocation to its end, if it is async."""
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(by_elastic_async, marks=pytest.mark.needs("elasticsearch")),
        pytest.param(by_elastic_httpx, marks=pytest.mark.needs("elasticsearch", "httpx")),
        pytest.param(by_opensearch_async, marks=pytest.mark.needs("opensearch-py")),
    ],
)
def test_a_large_document_that_is_not_wanted(ask: Callable[..., object]) -> None:
    """The engine leaves while a document is sent: the client met a broken pipe, or the end before it looked."""
    with play("reads-nothing-then-close") as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each has its own
            run(ask(server, LONG, document=DOCUMENT))
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code in {"broken-pipe", "closed-by-peer", "connection-reset"}
    assert (found.server_address, found.server_port) == (server.host, server.port)


ENGINES: tuple[Any, ...] = tuple(
    pytest.param(ask, marks=pytest.mark.needs(*needs), id=ask.__name__)
    for ask, *needs in (
        (by_elastic, "elasticsearch"),
        (by_elastic_async, "elasticsearch"),
        (by_opensearch, "opensearch-py"),
        (by_opensearch_over_requests, "opensearch-py", "requests"),
        (by_opensearch_async, "opensearch-py"),
    )
)


@pytest.mark.parametrize("status", ["401 Unauthorized", "429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize("ask", ENGINES)
def test_a_status_is_no_connection_failure(ask: Callable[..., object], status: str) -> None:
    """An engine that answers with a status did answer, whatever words it quotes, and however often it was asked."""
    body = b'{"error": {"reason": "node 10.0.0.1:9300 [Errno 111] Connection refused", "root_cause": []}}'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def answer(_server: Server, connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(head + body)

    with scripted.playing(answer) as server, pytest.raises(Exception) as caught:  # noqa: PT011 - each has its own
        run(ask(server, LONG, max_retries=1))
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("elasticsearch")
def test_another_product_is_no_connection_failure() -> None:
    """A healthy server that is not Elasticsearch has answered."""
    with play("healthy") as server, elasticsearch.Elasticsearch(url(server)) as client:
        with pytest.raises(elasticsearch.UnsupportedProductError) as caught:
            client.info()
        assert connlog.diagnose(caught.value) is None


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(partial(by_elastic, sniff_on_start=True), marks=pytest.mark.needs("elasticsearch")),
        pytest.param(partial(by_opensearch, sniff_on_start=True), marks=pytest.mark.needs("opensearch-py")),
    ],
    ids=["elasticsearch", "opensearch-py"],
)
def test_nobody_to_sniff_at(ask: Callable[..., object]) -> None:
    """A client that looks for nodes when it starts, and finds none, has lost the reason; it is in its log."""
    with play("refuse") as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each has its own
            ask(server, LONG)
        found = connlog.diagnose(caught.value)
    assert found is not None, repr(caught.value)
    assert found.code == "connection-error", repr(caught.value)
