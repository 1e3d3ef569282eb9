"""HTTP clients below and beside the well-known ones: httpcore, niquests, tornado."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, CUT_SHORT, NO_REASON, PROXY_STATUS, READ_TIMEOUT, REFUSED, RESET, at
from tests.clients.tables import LOCALHOST, POOL, SILENT, UNIX, Outcome, context, rows, ssl_keeps_errno
from tests.clients.web import (
    BEHIND_THE_PROXY,
    BEHIND_THE_TUNNEL,
    BROKEN_TUNNEL,
    HTTP,
    HTTPS,
    LARGE,
    REUSED,
    SENDING,
    SENDING_UNNOTICED,
    TLS_REQUEST,
    TLS_REQUEST_SYNC,
    behind_proxies,
    but,
    url,
)
from tests.faults import Server

httpcore, niquests = lazy("httpcore"), lazy("niquests")
simple, httpclient = lazy("tornado.simple_httpclient"), lazy("tornado.httpclient")


def patient(patience: float) -> dict[str, Any]:
    """Return httpcore's time-outs."""
    return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), patience)}


def requested(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, body: bytes = b"", **options: Any
) -> None:
    """Ask by httpcore."""
    with httpcore.ConnectionPool(ssl_context=context(server), **options) as pool:
        for _ in range(times):
            method = "POST" if body else "GET"
            pool.request(method, address or url(server), content=body, extensions=patient(patience))


async def arequested(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, body: bytes = b"", **options: Any
) -> None:
    """Ask by httpcore, asynchronously."""
    async with httpcore.AsyncConnectionPool(ssl_context=context(server), **options) as pool:
        for _ in range(times):
            method = "POST" if body else "GET"
            await pool.request(method, address or url(server), content=body, extensions=patient(patience))


def requested_out(server: Server, patience: float) -> None:
    """Take the only connection of a pool, and ask for another."""
    with httpcore.ConnectionPool(max_connections=1) as pool, pool.stream("GET", url(server)):
        pool.request("GET", url(server), extensions={"timeout": {"pool": 0.1, "read": patience}})


def of_httpcore(
    client: str, ask: Callable[..., Any], tls: Mapping[str, Outcome], sending: Mapping[str, Outcome]
) -> list[Case]:
    """Write the rows of one of httpcore's two sides."""
    return [
        *rows(client, ask, HTTP),
        *rows(client, lambda s, p: ask(s, p, url(s, host="localhost")), LOCALHOST),
        *rows(client, lambda s, p: ask(s, p, "http://localhost/", uds=s.path), UNIX),
        *rows(client, partial(ask, times=2), REUSED),
        *rows(client, partial(ask, body=LARGE), sending),
        *behind_proxies(
            client,
            lambda s, p: ask(s, p, BEHIND_THE_PROXY, proxy=httpcore.Proxy(url(s))),
            lambda s, p: ask(s, p, BEHIND_THE_TUNNEL, proxy=httpcore.Proxy(url(s))),
        ),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), HTTPS),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), tls, note="tls", tls=True),
    ]


HTTPCORE = [
    *of_httpcore("httpcore", requested, TLS_REQUEST_SYNC, SENDING_UNNOTICED),
    *rows("httpcore", requested_out, {"pool": at(None, POOL)}),
    *of_httpcore("httpcore async", arequested, TLS_REQUEST, SENDING),
]


def nicely(server: Server, patience: float, address: str | None = None, *, times: int = 1, **options: Any) -> None:
    """Ask by niquests."""
    method = "POST" if "data" in options else "GET"
    with niquests.Session() as session:
        session.trust_env = False
        for _ in range(times):
            session.request(method, address or url(server), timeout=patience, verify=server.ca_file, **options)


async def anicely(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, **options: Any
) -> None:
    """Ask by niquests, asynchronously."""
    method = "POST" if "data" in options else "GET"
    async with niquests.AsyncSession() as session:
        session.trust_env = False
        for _ in range(times):
            await session.request(method, address or url(server), timeout=patience, verify=server.ca_file, **options)


NICE: Mapping[str, Outcome] = {
    **HTTP,
    "reset-after-request": CLOSED,  # «Remote end closed connection», whether by a FIN or by a RST
    "reset-in-body": CUT_SHORT,
    "name-not-found": NO_REASON,
    "temporary-dns": NO_REASON,
}
NICE_TLS: Mapping[str, Outcome] = {**TLS_REQUEST, "reset-after-request": CLOSED}


def of_niquests(client: str, ask: Callable[..., Any], https: Mapping[str, Outcome]) -> list[Case]:
    """Write the rows of one of niquests' two sides."""
    return [
        *rows(client, ask, NICE),
        *rows(client, lambda s, p: ask(s, p, url(s, host="localhost")), LOCALHOST),
        *rows(client, partial(ask, times=2), {"reset-on-reuse": CLOSED}),
        *behind_proxies(
            client,
            lambda s, p: ask(s, p, BEHIND_THE_PROXY, proxies={"http": url(s)}),
            lambda s, p: ask(s, p, BEHIND_THE_TUNNEL, proxies={"https": url(s)}),
            {**BROKEN_TUNNEL, "reset-after-request": PROXY_STATUS},
        ),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), https),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), NICE_TLS, note="tls", tls=True),
    ]


NIQUESTS = [
    *of_niquests("niquests", nicely, HTTPS),
    *rows("niquests", partial(nicely, data=LARGE), SENDING_UNNOTICED),  # the async one sees either end first
    *of_niquests("niquests async", anicely, but(HTTPS, {"tls-silent": None})),  # its handshake has no time-out
]


async def simply(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, **options: Any
) -> None:
    """Ask by tornado's own client."""
    client = simple.SimpleAsyncHTTPClient(force_instance=True)
    settings = {"connect_timeout": patience, "request_timeout": patience, "ssl_options": context(server)}
    try:
        for _ in range(times):
            await client.fetch(httpclient.HTTPRequest(address or url(server), **settings, **options))
    finally:
        client.close()


CONNECTION_CLOSED: Outcome = ("connection-error", None, None, "receive", "unknown")
"""By the peer, or by tornado itself, which could not read the answer: it does not say."""

SIMPLE: Mapping[str, Outcome] = {
    **HTTP,
    **{fault: at(None, HTTP[fault]) for fault in ("refuse", "reset-after-request", "accept-silent", "stall-in-body")},
    **dict.fromkeys(("close-after-accept", "close-after-request"), at(None, CLOSED)),
    "close-in-body": CONNECTION_CLOSED,
    **dict.fromkeys(("garbage", "garbage-answer"), (*CONNECTION_CLOSED[:3], "transfer", "unknown")),
    "reset-in-body": at(None, READ_TIMEOUT),  # the reset goes to tornado's log, and the request waits on
}
SIMPLE_TLS_REQUEST: Mapping[str, Outcome] = {
    **TLS_REQUEST,
    "accept-silent": at(None, READ_TIMEOUT),
    "close-after-request": at(None, CLOSED),
    "reset-after-request": at(None, RESET if ssl_keeps_errno() else CLOSED),
}

TORNADO = [
    *rows("tornado", simply, SIMPLE, impatient={*SILENT, "reset-in-body"}),
    *rows("tornado", lambda s, p: simply(s, p, url(s, host="localhost")), {"refuse-localhost": at(None, REFUSED)}),
    *rows("tornado", lambda s, p: simply(s, p, url(s, "https")), HTTPS),
    *rows("tornado", lambda s, p: simply(s, p, url(s, "https")), SIMPLE_TLS_REQUEST, note="tls", tls=True),
]

CASES: tuple[Case, ...] = (*HTTPCORE, *NIQUESTS, *TORNADO)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_http_stack(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, as far as the client keeps it."""
    check(case, __name__, clients_seen)
