"""The HTTP clients that most programs use, against every fault that applies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3

from tests.clients.cases import Case, check
from tests.clients.outcomes import CUT_SHORT
from tests.clients.tables import LOCALHOST, POOL, UNIX, Outcome, context, rows
from tests.clients.web import (
    BEHIND_THE_PROXY,
    BEHIND_THE_TUNNEL,
    BODY,
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


def got(server: Server, patience: float, address: str | None = None, **options: Any) -> None:
    """Ask by requests."""
    requests.get(address or url(server), timeout=patience, **options)


def got_localhost(server: Server, patience: float) -> None:
    """Ask localhost by requests."""
    got(server, patience, url(server, host="localhost"))


def got_secured(server: Server, patience: float) -> None:
    """Ask over TLS by requests."""
    got(server, patience, url(server, "https"), verify=server.ca_file)


def got_streamed(server: Server, patience: float) -> None:
    """Read the body of an answer piece by piece by requests."""
    with requests.get(url(server), timeout=patience, stream=True) as answer:
        for _ in answer.iter_content(10):
            pass


def got_by_proxy(server: Server, patience: float) -> None:
    """Ask through a proxy by requests."""
    got(server, patience, BEHIND_THE_PROXY, proxies={"http": url(server)})


def got_by_tunnel(server: Server, patience: float) -> None:
    """Ask over TLS through a proxy by requests."""
    got(server, patience, BEHIND_THE_TUNNEL, proxies={"https": url(server)})


def got_twice(server: Server, patience: float) -> None:
    """Ask twice on one connection by requests."""
    with requests.Session() as kept:
        kept.get(url(server), timeout=patience)
        kept.get(url(server), timeout=patience)


def posted(server: Server, patience: float) -> None:
    """Send a large body by requests."""
    requests.post(url(server), LARGE, timeout=patience)


def got_by_retries(server: Server, patience: float) -> None:
    """Ask by requests, and ask again by urllib3's Retry."""
    with requests.Session() as kept:
        kept.mount("http://", requests.adapters.HTTPAdapter(max_retries=urllib3.Retry(1, backoff_factor=0.01)))
        kept.get(url(server), timeout=patience)


REQUESTS = [
    *rows("requests", got, HTTP),
    *rows("requests", got_localhost, LOCALHOST),
    *rows("requests", got_streamed, BODY, note="streamed"),
    *rows("requests", got_by_retries, HTTP, note="retried"),
    *rows("requests", got_twice, REUSED),
    *rows("requests", posted, SENDING_UNNOTICED),
    *behind_proxies("requests", got_by_proxy, got_by_tunnel),
    *rows("requests", got_secured, HTTPS),
    *rows("requests", got_secured, {**TLS_REQUEST_SYNC, "close-in-body": CUT_SHORT}, note="tls", tls=True),
]


def pooled(server: Server, patience: float, address: str | None = None, *, times: int = 0, **options: Any) -> None:
    """Ask by urllib3, and ask again if need be."""
    retries = urllib3.Retry(times) if times else False
    with urllib3.PoolManager(timeout=patience, retries=retries, **options) as pool:
        pool.request("GET", address or url(server))


def pooled_localhost(server: Server, patience: float) -> None:
    """Ask localhost by urllib3."""
    pooled(server, patience, url(server, host="localhost"))


def pooled_secured(server: Server, patience: float, times: int = 0) -> None:
    """Ask over TLS by urllib3."""
    pooled(server, patience, url(server, "https"), times=times, ca_certs=server.ca_file)


def pooled_by_proxy(server: Server, patience: float, address: str = BEHIND_THE_PROXY) -> None:
    """Ask through a proxy by urllib3."""
    with urllib3.ProxyManager(url(server), timeout=patience, retries=False) as pool:
        pool.request("GET", address)


def pooled_out(server: Server, patience: float) -> None:
    """Take the only connection of a pool, and ask for another."""
    with urllib3.HTTPConnectionPool(server.host, server.port, maxsize=1, block=True, timeout=patience) as pool:
        pool.request("GET", "/", preload_content=False)
        pool.request("GET", "/", pool_timeout=0.1)


def pooled_twice(server: Server, patience: float) -> None:
    """Ask twice on one connection by urllib3."""
    with urllib3.HTTPConnectionPool(server.host, server.port, timeout=patience) as pool:
        pool.request("GET", "/")
        pool.request("GET", "/")


def pooled_large(server: Server, patience: float) -> None:
    """Send a large body by urllib3."""
    with urllib3.PoolManager(timeout=patience, retries=False) as pool:
        pool.request("POST", url(server), body=LARGE)


URLLIB3 = [
    *rows("urllib3", pooled, HTTP),
    *rows("urllib3", partial(pooled, times=1), HTTP, note="retried"),
    *rows("urllib3", pooled_localhost, LOCALHOST),
    *rows("urllib3", pooled_twice, REUSED),
    *rows("urllib3", pooled_large, SENDING_UNNOTICED),
    *behind_proxies("urllib3", pooled_by_proxy, partial(pooled_by_proxy, address=BEHIND_THE_TUNNEL)),
    *rows("urllib3", pooled_out, {"pool": POOL}),
    *rows("urllib3", pooled_secured, HTTPS),
    *rows("urllib3", partial(pooled_secured, times=1), HTTPS, note="retried"),
    *rows("urllib3", pooled_secured, TLS_REQUEST_SYNC, note="tls", tls=True),
]


def fetched(server: Server, patience: float, address: str | None = None, **options: Any) -> None:
    """Ask by httpx."""
    with httpx.Client(timeout=patience, trust_env=False, **{"verify": context(server), **options}) as client:
        client.get(address or url(server))


def fetched_localhost(server: Server, patience: float) -> None:
    """Ask localhost by httpx."""
    fetched(server, patience, url(server, host="localhost"))


def fetched_secured(server: Server, patience: float) -> None:
    """Ask over TLS by httpx."""
    fetched(server, patience, url(server, "https"))


def fetched_by_proxy(server: Server, patience: float, address: str = BEHIND_THE_PROXY) -> None:
    """Ask through a proxy by httpx."""
    fetched(server, patience, address, proxy=url(server))


def fetched_unix(server: Server, patience: float) -> None:
    """Ask through a unix socket by httpx."""
    fetched(server, patience, "http://localhost/", transport=httpx.HTTPTransport(uds=server.path))


def fetched_out(server: Server, patience: float) -> None:
    """Take the only connection of a pool, and ask for another."""
    limits, timeout = httpx.Limits(max_connections=1), httpx.Timeout(patience, pool=0.1)
    with httpx.Client(timeout=timeout, limits=limits, trust_env=False) as client, client.stream("GET", url(server)):
        client.get(url(server))


def fetched_twice(server: Server, patience: float) -> None:
    """Ask twice on one connection by httpx."""
    with httpx.Client(timeout=patience, trust_env=False) as client:
        client.get(url(server))
        client.get(url(server))


def posted_httpx(server: Server, patience: float) -> None:
    """Send a large body by httpx."""
    httpx.post(url(server), content=LARGE, timeout=patience, trust_env=False)


HTTPX = [
    *rows("httpx", fetched, HTTP),
    *rows("httpx", fetched_localhost, LOCALHOST),
    *rows("httpx", fetched_twice, REUSED),
    *rows("httpx", posted_httpx, SENDING_UNNOTICED),
    *rows("httpx", fetched_unix, UNIX),
    *behind_proxies("httpx", fetched_by_proxy, partial(fetched_by_proxy, address=BEHIND_THE_TUNNEL)),
    *rows("httpx", fetched_out, {"pool": POOL}),
    *rows("httpx", fetched_secured, HTTPS),
    *rows("httpx", fetched_secured, TLS_REQUEST_SYNC, note="tls", tls=True),
]


async def afetched(server: Server, patience: float, address: str | None = None, **options: Any) -> None:
    """Ask by httpx, asynchronously."""
    settings = {"verify": context(server), "timeout": patience, "trust_env": False, **options}
    async with httpx.AsyncClient(**settings) as client:
        await client.get(address or url(server))


async def afetched_localhost(server: Server, patience: float) -> None:
    """Ask localhost by httpx, asynchronously."""
    await afetched(server, patience, url(server, host="localhost"))


async def afetched_secured(server: Server, patience: float) -> None:
    """Ask over TLS by httpx, asynchronously."""
    await afetched(server, patience, url(server, "https"))


async def afetched_by_proxy(server: Server, patience: float, address: str = BEHIND_THE_PROXY) -> None:
    """Ask through a proxy by httpx, asynchronously."""
    await afetched(server, patience, address, proxy=url(server))


async def afetched_unix(server: Server, patience: float) -> None:
    """Ask through a unix socket by httpx, asynchronously."""
    await afetched(server, patience, "http://localhost/", transport=httpx.AsyncHTTPTransport(uds=server.path))


async def afetched_out(server: Server, patience: float) -> None:
    """Take the only connection of a pool, and ask for another."""
    limits, timeout = httpx.Limits(max_connections=1), httpx.Timeout(patience, pool=0.1)
    async with (
        httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False) as client,
        client.stream("GET", url(server)),
    ):
        await client.get(url(server))


async def afetched_twice(server: Server, patience: float) -> None:
    """Ask twice on one connection by httpx, asynchronously."""
    async with httpx.AsyncClient(timeout=patience, trust_env=False) as client:
        await client.get(url(server))
        await client.get(url(server))


async def aposted_httpx(server: Server, patience: float) -> None:
    """Send a large body by httpx, asynchronously."""
    async with httpx.AsyncClient(timeout=patience, trust_env=False) as client:
        await client.post(url(server), content=LARGE)


HTTPX_ASYNC = [
    *rows("httpx async", afetched, HTTP),
    *rows("httpx async", afetched_localhost, LOCALHOST),
    *rows("httpx async", afetched_twice, REUSED),
    *rows("httpx async", aposted_httpx, SENDING),
    *rows("httpx async", afetched_unix, UNIX),
    *behind_proxies("httpx async", afetched_by_proxy, partial(afetched_by_proxy, address=BEHIND_THE_TUNNEL)),
    *rows("httpx async", afetched_out, {"pool": POOL}),
    *rows("httpx async", afetched_secured, HTTPS),
    *rows("httpx async", afetched_secured, TLS_REQUEST, note="tls", tls=True),
]


async def session(server: Server, patience: float, address: str | None = None, **options: Any) -> None:
    """Ask by aiohttp."""
    timeout = aiohttp.ClientTimeout(sock_connect=patience, sock_read=patience)
    connector = options.pop("connector", None)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as client,
        client.get(address or url(server), **options) as answer,
    ):
        await answer.read()


async def session_total(server: Server, patience: float) -> None:
    """Ask by aiohttp with nothing but a total time-out."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience)) as client:
        await client.get(url(server))


async def session_localhost(server: Server, patience: float) -> None:
    """Ask localhost by aiohttp."""
    await session(server, patience, url(server, host="localhost"))


async def session_secured(server: Server, patience: float) -> None:
    """Ask over TLS by aiohttp."""
    await session(server, patience, url(server, "https"), ssl=context(server))


async def session_by_proxy(server: Server, patience: float, address: str = BEHIND_THE_PROXY) -> None:
    """Ask through a proxy by aiohttp."""
    await session(server, patience, address, proxy=url(server))


async def session_unix(server: Server, patience: float) -> None:
    """Ask through a unix socket by aiohttp."""
    await session(server, patience, "http://localhost/", connector=aiohttp.UnixConnector(path=str(server.path)))


async def session_out(server: Server, patience: float) -> None:
    """Take the only connection of a pool, and ask for another."""
    timeout = aiohttp.ClientTimeout(connect=0.1, sock_read=patience)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1), timeout=timeout) as client,
        client.post(url(server), data=b"x" * 1_000_000),  # an answer that is not read keeps its connection
    ):
        await client.get(url(server))


async def session_twice(server: Server, _patience: float) -> None:
    """Ask twice on one connection by aiohttp."""
    async with aiohttp.ClientSession() as client:
        for _ in range(2):
            async with client.get(url(server)) as answer:
                await answer.read()


async def session_large(server: Server, _patience: float) -> None:
    """Send a large body by aiohttp."""
    async with aiohttp.ClientSession() as client, client.post(url(server), data=LARGE):
        pass


TOTAL: Mapping[str, Outcome] = {fault: HTTP[fault] for fault in ("full-backlog", "accept-silent")}

AIOHTTP = [
    *rows("aiohttp", session, HTTP),
    *rows("aiohttp", session_total, TOTAL, note="total"),
    *rows("aiohttp", session_localhost, LOCALHOST),
    *rows("aiohttp", session_twice, REUSED),
    *rows("aiohttp", session_large, SENDING),
    *rows("aiohttp", session_unix, UNIX),
    *behind_proxies(
        "aiohttp",
        session_by_proxy,
        partial(session_by_proxy, address=BEHIND_THE_TUNNEL),
        but(BROKEN_TUNNEL, {"accept-silent": None}),  # no time-out ends its CONNECT
    ),
    *rows("aiohttp", session_out, {"pool": POOL}),
    *rows("aiohttp", session_secured, HTTPS),
    *rows("aiohttp", session_secured, TLS_REQUEST, note="tls", tls=True),
]

CASES: tuple[Case, ...] = (*REQUESTS, *URLLIB3, *HTTPX, *HTTPX_ASYNC, *AIOHTTP)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_http_client(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
