"""HTTP clients, third parties' and the standard library's, against every fault that applies."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import urllib.request
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
import websockets
import websockets.sync.client

from tests.clients.cases import Case, check, in_loop, row
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    CONNECT_TIMEOUT,
    CUT_SHORT,
    EXPIRED,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    LATER_NAME,
    NO_HOST,
    NO_NAME,
    NO_ROUTE,
    NO_SOCKET_FILE,
    PLAIN_TEXT,
    POOL,
    PROHIBITED,
    PROXY,
    READ_TIMEOUT,
    REFUSED,
    REFUSED_LOCALHOST,
    REFUSED_UNIX,
    RESET,
    SAFE,
    TLS_ALERT,
    TLS_EOF,
    TLS_RESET,
    TLS_SILENT,
    UNTRUSTED,
    WRONG_HOST,
    at,
)
from tests.faults import Server

SHORT = 0.2
"""Seconds of patience where a time-out is the point."""

BEHIND_THE_PROXY = "http://target.invalid/"
BEHIND_THE_TUNNEL = "https://target.invalid/"


def url(server: Server, scheme: str = "http", host: str | None = None) -> str:
    """Return the URL of a server."""
    return f"{scheme}://{host or server.host}:{server.port}/"


def trust(server: Server) -> ssl.SSLContext:
    """Return a client's context that trusts the tests' authority."""
    return ssl.create_default_context(cafile=server.ca_file)


def plain_client(server: Server) -> bytes:
    """Ask by http.client."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=SHORT)
    server.cleanup.callback(connection.close)
    connection.request("GET", "/")
    answer = connection.getresponse()
    return answer.read()


def plain_client_localhost(server: Server) -> None:
    """Ask localhost by http.client."""
    http.client.HTTPConnection("localhost", server.port, timeout=SHORT).request("GET", "/")


def plain_client_secured(server: Server) -> None:
    """Ask over TLS by http.client."""
    connection = http.client.HTTPSConnection(server.host, server.port, timeout=SHORT, context=trust(server))
    connection.request("GET", "/")
    connection.getresponse()


def opened(server: Server) -> bytes:
    """Ask by urllib.request."""
    with urllib.request.urlopen(url(server), timeout=SHORT) as answer:
        body: bytes = answer.read()
    return body


def opened_localhost(server: Server) -> None:
    """Ask localhost by urllib.request."""
    urllib.request.urlopen(url(server, host="localhost"), timeout=SHORT)


def opened_secured(server: Server) -> None:
    """Ask over TLS by urllib.request."""
    urllib.request.urlopen(url(server, "https"), timeout=SHORT, context=trust(server))


HTTP_CLIENT = (
    row("http.client", "refuse", plain_client, *REFUSED),
    row("http.client", "refuse-localhost", plain_client_localhost, *REFUSED_LOCALHOST),
    row("http.client", "full-backlog", plain_client, *CONNECT_TIMEOUT),
    row("http.client", "accept-silent", plain_client, *READ_TIMEOUT),
    row("http.client", "stall-in-body", plain_client, *READ_TIMEOUT),
    row("http.client", "reset-after-request", plain_client, *RESET),
    row("http.client", "reset-in-body", plain_client, *at(None, RESET)),
    row("http.client", "close-after-accept", plain_client, *CLOSED),
    row("http.client", "close-after-request", plain_client, *CLOSED),
    row("http.client", "close-in-body", plain_client, *at(None, CUT_SHORT)),
    row("http.client", "garbage", plain_client, *GARBAGE),
    row("http.client", "name-not-found", plain_client, *NO_NAME),
    row("http.client", "temporary-dns", plain_client, *LATER_NAME),
    row("http.client", "unreachable-network", plain_client, *NO_ROUTE),
    row("http.client", "unreachable-host", plain_client, *NO_HOST),
    row("http.client", "prohibited", plain_client, *PROHIBITED),
    row("http.client", "tls-untrusted", plain_client_secured, *UNTRUSTED),
    row("http.client", "tls-self-signed", plain_client_secured, *UNTRUSTED),
    row("http.client", "tls-expired", plain_client_secured, *EXPIRED),
    row("http.client", "tls-wrong-host", plain_client_secured, *WRONG_HOST),
    row("http.client", "tls-plain-text", plain_client_secured, *PLAIN_TEXT),
    row("http.client", "tls-alert", plain_client_secured, *TLS_ALERT),
    row("http.client", "tls-eof-in-handshake", plain_client_secured, *TLS_EOF),
    row("http.client", "tls-reset-in-handshake", plain_client_secured, *TLS_RESET),
    row("http.client", "tls-silent", plain_client_secured, *TLS_SILENT),
)

URLLIB = (
    row("urllib.request", "refuse", opened, *REFUSED),
    row("urllib.request", "refuse-localhost", opened_localhost, *REFUSED_LOCALHOST),
    row("urllib.request", "full-backlog", opened, *CONNECT_TIMEOUT),
    row("urllib.request", "accept-silent", opened, *READ_TIMEOUT),
    row("urllib.request", "stall-in-body", opened, *READ_TIMEOUT),
    row("urllib.request", "reset-after-request", opened, *RESET),
    row("urllib.request", "reset-in-body", opened, *RESET),
    row("urllib.request", "close-after-accept", opened, *CLOSED),
    row("urllib.request", "close-after-request", opened, *CLOSED),
    row("urllib.request", "close-in-body", opened, *CUT_SHORT),
    row("urllib.request", "garbage", opened, *GARBAGE),
    row("urllib.request", "name-not-found", opened, *NO_NAME),
    row("urllib.request", "temporary-dns", opened, *LATER_NAME),
    row("urllib.request", "unreachable-network", opened, *NO_ROUTE),
    row("urllib.request", "unreachable-host", opened, *NO_HOST),
    row("urllib.request", "prohibited", opened, *PROHIBITED),
    row("urllib.request", "tls-untrusted", opened_secured, *UNTRUSTED),
    row("urllib.request", "tls-self-signed", opened_secured, *UNTRUSTED),
    row("urllib.request", "tls-expired", opened_secured, *EXPIRED),
    row("urllib.request", "tls-wrong-host", opened_secured, *WRONG_HOST),
    row("urllib.request", "tls-plain-text", opened_secured, *PLAIN_TEXT),
    row("urllib.request", "tls-alert", opened_secured, *TLS_ALERT),
    row("urllib.request", "tls-eof-in-handshake", opened_secured, *TLS_EOF),
    row("urllib.request", "tls-reset-in-handshake", opened_secured, *TLS_RESET),
    row("urllib.request", "tls-silent", opened_secured, *TLS_SILENT),
)


def got(server: Server) -> None:
    """Ask by requests."""
    requests.get(url(server), timeout=SHORT)


def got_localhost(server: Server) -> None:
    """Ask localhost by requests."""
    requests.get(url(server, host="localhost"), timeout=SHORT)


def got_secured(server: Server) -> None:
    """Ask over TLS by requests."""
    requests.get(url(server, "https"), timeout=SHORT, verify=server.ca_file)


def got_streamed(server: Server) -> None:
    """Read the body of an answer piece by piece by requests."""
    with requests.get(url(server), timeout=SHORT, stream=True) as answer:
        for _ in answer.iter_content(10):
            pass


def got_by_proxy(server: Server) -> None:
    """Ask through a proxy by requests."""
    requests.get(BEHIND_THE_PROXY, timeout=SHORT, proxies={"http": url(server)})


def got_by_tunnel(server: Server) -> None:
    """Ask over TLS through a proxy by requests."""
    requests.get(BEHIND_THE_TUNNEL, timeout=SHORT, proxies={"https": url(server)})


REQUESTS = (
    row("requests", "refuse", got, *REFUSED),
    row("requests", "refuse-localhost", got_localhost, *REFUSED_LOCALHOST),
    row("requests", "full-backlog", got, *CONNECT_TIMEOUT),
    row("requests", "accept-silent", got, *READ_TIMEOUT),
    row("requests", "stall-in-body", got, *READ_TIMEOUT),
    row("requests", "stall-in-body", got_streamed, *READ_TIMEOUT, note="streamed"),
    row("requests", "reset-after-request", got, *RESET),
    row("requests", "reset-in-body", got, *RESET),
    row("requests", "reset-in-body", got_streamed, *RESET, note="streamed"),
    row("requests", "close-after-accept", got, *CLOSED),
    row("requests", "close-after-request", got, *CLOSED),
    row("requests", "close-in-body", got, *CUT_SHORT),
    row("requests", "close-in-body", got_streamed, *CUT_SHORT, note="streamed"),
    row("requests", "garbage", got, *GARBAGE),
    row("requests", "name-not-found", got, *NO_NAME),
    row("requests", "temporary-dns", got, *LATER_NAME),
    row("requests", "unreachable-network", got, *NO_ROUTE),
    row("requests", "unreachable-host", got, *NO_HOST),
    row("requests", "prohibited", got, *PROHIBITED),
    row("requests", "proxy-refuses", got_by_proxy, *PROXY),
    row("requests", "proxy-refuses", got_by_tunnel, *PROXY, note="tunnel"),
    row("requests", "tls-untrusted", got_secured, *UNTRUSTED),
    row("requests", "tls-self-signed", got_secured, *UNTRUSTED),
    row("requests", "tls-expired", got_secured, *EXPIRED),
    row("requests", "tls-wrong-host", got_secured, *WRONG_HOST),
    row("requests", "tls-plain-text", got_secured, *PLAIN_TEXT),
    row("requests", "tls-alert", got_secured, *TLS_ALERT),
    row("requests", "tls-eof-in-handshake", got_secured, *TLS_EOF),
    row("requests", "tls-reset-in-handshake", got_secured, *TLS_RESET),
    row("requests", "tls-silent", got_secured, *TLS_SILENT),
)


def pooled(server: Server, address: str | None = None, **options: Any) -> None:
    """Ask by urllib3, once."""
    with urllib3.PoolManager(timeout=SHORT, retries=False, **options) as pool:
        pool.request("GET", address or url(server))


def pooled_localhost(server: Server) -> None:
    """Ask localhost by urllib3."""
    pooled(server, url(server, host="localhost"))


def pooled_secured(server: Server) -> None:
    """Ask over TLS by urllib3."""
    pooled(server, url(server, "https"), ca_certs=server.ca_file)


def pooled_twice(server: Server) -> None:
    """Ask by urllib3, twice if need be."""
    with urllib3.PoolManager(timeout=SHORT, retries=urllib3.Retry(1)) as pool:
        pool.request("GET", url(server))


def pooled_secured_twice(server: Server) -> None:
    """Ask over TLS by urllib3, twice if need be."""
    with urllib3.PoolManager(timeout=SHORT, retries=urllib3.Retry(1), ca_certs=server.ca_file) as pool:
        pool.request("GET", url(server, "https"))


def pooled_by_proxy(server: Server) -> None:
    """Ask through a proxy by urllib3."""
    with urllib3.ProxyManager(url(server), timeout=SHORT, retries=False) as pool:
        pool.request("GET", BEHIND_THE_PROXY)


def pooled_by_tunnel(server: Server) -> None:
    """Ask over TLS through a proxy by urllib3."""
    with urllib3.ProxyManager(url(server), timeout=SHORT, retries=False) as pool:
        pool.request("GET", BEHIND_THE_TUNNEL)


def pooled_out(server: Server) -> None:
    """Take the only connection of a pool, and ask for another."""
    with urllib3.HTTPConnectionPool(server.host, server.port, maxsize=1, block=True, timeout=SHORT) as pool:
        pool.request("GET", "/", preload_content=False)
        pool.request("GET", "/", pool_timeout=SHORT)


URLLIB3 = (
    row("urllib3", "refuse", pooled, *REFUSED),
    row("urllib3", "refuse", pooled_twice, *REFUSED, note="retried"),
    row("urllib3", "refuse-localhost", pooled_localhost, *REFUSED_LOCALHOST),
    row("urllib3", "full-backlog", pooled, *CONNECT_TIMEOUT),
    row("urllib3", "full-backlog", pooled_twice, *CONNECT_TIMEOUT, note="retried"),
    row("urllib3", "accept-silent", pooled, *READ_TIMEOUT),
    row("urllib3", "accept-silent", pooled_twice, *READ_TIMEOUT, note="retried"),
    row("urllib3", "stall-in-body", pooled, *READ_TIMEOUT),
    row("urllib3", "reset-after-request", pooled, *RESET),
    row("urllib3", "reset-after-request", pooled_twice, *RESET, note="retried"),
    row("urllib3", "reset-in-body", pooled, *RESET),
    row("urllib3", "close-after-accept", pooled, *CLOSED),
    row("urllib3", "close-after-request", pooled, *CLOSED),
    row("urllib3", "close-after-request", pooled_twice, *CLOSED, note="retried"),
    row("urllib3", "close-in-body", pooled, *CUT_SHORT),
    row("urllib3", "garbage", pooled, *GARBAGE),
    row("urllib3", "name-not-found", pooled, *NO_NAME),
    row("urllib3", "temporary-dns", pooled, *LATER_NAME),
    row("urllib3", "unreachable-network", pooled, *NO_ROUTE),
    row("urllib3", "unreachable-host", pooled, *NO_HOST),
    row("urllib3", "prohibited", pooled, *PROHIBITED),
    row("urllib3", "proxy-refuses", pooled_by_proxy, *PROXY),
    row("urllib3", "proxy-refuses", pooled_by_tunnel, *PROXY, note="tunnel"),
    row("urllib3", "pool", pooled_out, *POOL),
    row("urllib3", "tls-untrusted", pooled_secured, *UNTRUSTED),
    row("urllib3", "tls-untrusted", pooled_secured_twice, *UNTRUSTED, note="retried"),
    row("urllib3", "tls-self-signed", pooled_secured, *UNTRUSTED),
    row("urllib3", "tls-expired", pooled_secured, *EXPIRED),
    row("urllib3", "tls-wrong-host", pooled_secured, *WRONG_HOST),
    row("urllib3", "tls-plain-text", pooled_secured, *PLAIN_TEXT),
    row("urllib3", "tls-alert", pooled_secured, *TLS_ALERT),
    row("urllib3", "tls-eof-in-handshake", pooled_secured, *TLS_EOF),
    row("urllib3", "tls-reset-in-handshake", pooled_secured, *TLS_RESET),
    row("urllib3", "tls-silent", pooled_secured, *TLS_SILENT),
)


def fetched(server: Server, address: str | None = None, **options: Any) -> None:
    """Ask by httpx."""
    with httpx.Client(timeout=SHORT, trust_env=False, **{"verify": trust(server), **options}) as client:
        client.get(address or url(server))


def fetched_localhost(server: Server) -> None:
    """Ask localhost by httpx."""
    fetched(server, url(server, host="localhost"))


def fetched_secured(server: Server) -> None:
    """Ask over TLS by httpx."""
    fetched(server, url(server, "https"))


def fetched_by_proxy(server: Server) -> None:
    """Ask through a proxy by httpx."""
    fetched(server, BEHIND_THE_PROXY, proxy=url(server))


def fetched_by_tunnel(server: Server) -> None:
    """Ask over TLS through a proxy by httpx."""
    fetched(server, BEHIND_THE_TUNNEL, proxy=url(server))


def fetched_unix(server: Server) -> None:
    """Ask through a unix socket by httpx."""
    fetched(server, "http://localhost/", transport=httpx.HTTPTransport(uds=server.path))


def fetched_out(server: Server) -> None:
    """Take the only connection of a pool, and ask for another."""
    limits = httpx.Limits(max_connections=1)
    with httpx.Client(timeout=SHORT, limits=limits, trust_env=False) as client, client.stream("GET", url(server)):
        client.get(url(server))


async def afetched(server: Server, address: str | None = None, **options: Any) -> None:
    """Ask by httpx, asynchronously."""
    async with httpx.AsyncClient(timeout=SHORT, trust_env=False, **{"verify": trust(server), **options}) as client:
        await client.get(address or url(server))


async def afetched_localhost(server: Server) -> None:
    """Ask localhost by httpx, asynchronously."""
    await afetched(server, url(server, host="localhost"))


async def afetched_secured(server: Server) -> None:
    """Ask over TLS by httpx, asynchronously."""
    await afetched(server, url(server, "https"))


async def afetched_by_proxy(server: Server) -> None:
    """Ask through a proxy by httpx, asynchronously."""
    await afetched(server, BEHIND_THE_PROXY, proxy=url(server))


async def afetched_by_tunnel(server: Server) -> None:
    """Ask over TLS through a proxy by httpx, asynchronously."""
    await afetched(server, BEHIND_THE_TUNNEL, proxy=url(server))


async def afetched_unix(server: Server) -> None:
    """Ask through a unix socket by httpx, asynchronously."""
    await afetched(server, "http://localhost/", transport=httpx.AsyncHTTPTransport(uds=server.path))


async def afetched_out(server: Server) -> None:
    """Take the only connection of a pool, and ask for another."""
    limits = httpx.Limits(max_connections=1)
    async with (
        httpx.AsyncClient(timeout=SHORT, limits=limits, trust_env=False) as client,
        client.stream("GET", url(server)),
    ):
        await client.get(url(server))


HTTPX = (
    row("httpx", "refuse", fetched, *REFUSED),
    row("httpx", "refuse-localhost", fetched_localhost, *REFUSED_LOCALHOST),
    row("httpx", "refuse-unix", fetched_unix, *REFUSED_UNIX),
    row("httpx", "no-socket-file", fetched_unix, *NO_SOCKET_FILE),
    row("httpx", "full-backlog", fetched, *CONNECT_TIMEOUT),
    row("httpx", "accept-silent", fetched, *READ_TIMEOUT),
    row("httpx", "stall-in-body", fetched, *READ_TIMEOUT),
    row("httpx", "reset-after-request", fetched, *RESET),
    row("httpx", "reset-in-body", fetched, *RESET),
    row("httpx", "close-after-accept", fetched, *CLOSED),
    row("httpx", "close-after-request", fetched, *CLOSED),
    row("httpx", "close-in-body", fetched, *CUT_SHORT),
    row("httpx", "garbage", fetched, *GARBAGE),
    row("httpx", "name-not-found", fetched, *NO_NAME),
    row("httpx", "temporary-dns", fetched, *LATER_NAME),
    row("httpx", "unreachable-network", fetched, *NO_ROUTE),
    row("httpx", "unreachable-host", fetched, *NO_HOST),
    row("httpx", "prohibited", fetched, *PROHIBITED),
    row("httpx", "proxy-refuses", fetched_by_proxy, *PROXY),
    row("httpx", "proxy-refuses", fetched_by_tunnel, *PROXY, note="tunnel"),
    row("httpx", "pool", fetched_out, *POOL),
    row("httpx", "tls-untrusted", fetched_secured, *UNTRUSTED),
    row("httpx", "tls-self-signed", fetched_secured, *UNTRUSTED),
    row("httpx", "tls-expired", fetched_secured, *EXPIRED),
    row("httpx", "tls-wrong-host", fetched_secured, *WRONG_HOST),
    row("httpx", "tls-plain-text", fetched_secured, *PLAIN_TEXT),
    row("httpx", "tls-alert", fetched_secured, *TLS_ALERT),
    row("httpx", "tls-eof-in-handshake", fetched_secured, *TLS_EOF),
    row("httpx", "tls-reset-in-handshake", fetched_secured, *TLS_RESET),
    row("httpx", "tls-silent", fetched_secured, *TLS_SILENT),
)

HTTPX_ASYNC = (
    row("httpx async", "refuse", in_loop(afetched), *REFUSED),
    row("httpx async", "refuse-localhost", in_loop(afetched_localhost), *REFUSED_LOCALHOST),
    row("httpx async", "refuse-unix", in_loop(afetched_unix), *REFUSED_UNIX),
    row("httpx async", "no-socket-file", in_loop(afetched_unix), *NO_SOCKET_FILE),
    row("httpx async", "full-backlog", in_loop(afetched), *CONNECT_TIMEOUT),
    row("httpx async", "accept-silent", in_loop(afetched), *READ_TIMEOUT),
    row("httpx async", "stall-in-body", in_loop(afetched), *READ_TIMEOUT),
    row("httpx async", "reset-after-request", in_loop(afetched), *RESET),
    row("httpx async", "reset-in-body", in_loop(afetched), *RESET),
    row("httpx async", "close-after-accept", in_loop(afetched), *CLOSED),
    row("httpx async", "close-after-request", in_loop(afetched), *CLOSED),
    row("httpx async", "close-in-body", in_loop(afetched), *CUT_SHORT),
    row("httpx async", "garbage", in_loop(afetched), *GARBAGE),
    row("httpx async", "name-not-found", in_loop(afetched), *NO_NAME),
    row("httpx async", "temporary-dns", in_loop(afetched), *LATER_NAME),
    row("httpx async", "unreachable-network", in_loop(afetched), *NO_ROUTE),
    row("httpx async", "unreachable-host", in_loop(afetched), *NO_HOST),
    row("httpx async", "prohibited", in_loop(afetched), *PROHIBITED),
    row("httpx async", "proxy-refuses", in_loop(afetched_by_proxy), *PROXY),
    row("httpx async", "proxy-refuses", in_loop(afetched_by_tunnel), *PROXY, note="tunnel"),
    row("httpx async", "pool", in_loop(afetched_out), *POOL),
    row("httpx async", "tls-untrusted", in_loop(afetched_secured), *UNTRUSTED),
    row("httpx async", "tls-self-signed", in_loop(afetched_secured), *UNTRUSTED),
    row("httpx async", "tls-expired", in_loop(afetched_secured), *EXPIRED),
    row("httpx async", "tls-wrong-host", in_loop(afetched_secured), *WRONG_HOST),
    row("httpx async", "tls-plain-text", in_loop(afetched_secured), *PLAIN_TEXT),
    row("httpx async", "tls-alert", in_loop(afetched_secured), *TLS_ALERT),
    row("httpx async", "tls-eof-in-handshake", in_loop(afetched_secured), *TLS_EOF),
    row("httpx async", "tls-reset-in-handshake", in_loop(afetched_secured), *TLS_RESET),
    row("httpx async", "tls-silent", in_loop(afetched_secured), *TLS_SILENT),
)


async def session(server: Server, address: str | None = None, **options: Any) -> None:
    """Ask by aiohttp."""
    timeout = aiohttp.ClientTimeout(sock_connect=SHORT, sock_read=SHORT)
    connector = options.pop("connector", None)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as client,
        client.get(address or url(server), **options) as answer,
    ):
        await answer.read()


async def session_localhost(server: Server) -> None:
    """Ask localhost by aiohttp."""
    await session(server, url(server, host="localhost"))


async def session_secured(server: Server) -> None:
    """Ask over TLS by aiohttp."""
    await session(server, url(server, "https"), ssl=trust(server))


async def session_by_proxy(server: Server) -> None:
    """Ask through a proxy by aiohttp."""
    await session(server, BEHIND_THE_PROXY, proxy=url(server))


async def session_by_tunnel(server: Server) -> None:
    """Ask over TLS through a proxy by aiohttp."""
    await session(server, BEHIND_THE_TUNNEL, proxy=url(server))


async def session_unix(server: Server) -> None:
    """Ask through a unix socket by aiohttp."""
    await session(server, "http://localhost/", connector=aiohttp.UnixConnector(path=str(server.path)))


async def session_out(server: Server) -> None:
    """Take the only connection of a pool, and ask for another."""
    connector = aiohttp.TCPConnector(limit=1)
    timeout = aiohttp.ClientTimeout(connect=SHORT)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as client,
        client.post(url(server), data=b"x" * 1_000_000),  # an answer that is not read keeps its connection
    ):
        await client.get(url(server))


async def session_total(server: Server) -> None:
    """Ask by aiohttp with nothing but a total time-out."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SHORT)) as client:
        await client.get(url(server))


AIOHTTP = (
    row("aiohttp", "refuse", in_loop(session), *REFUSED),
    row("aiohttp", "refuse-localhost", in_loop(session_localhost), *REFUSED_LOCALHOST),
    row("aiohttp", "refuse-unix", in_loop(session_unix), *REFUSED_UNIX),
    row("aiohttp", "no-socket-file", in_loop(session_unix), *NO_SOCKET_FILE),
    row("aiohttp", "full-backlog", in_loop(session), *CONNECT_TIMEOUT),
    row("aiohttp", "full-backlog", in_loop(session_total), *CONNECT_TIMEOUT, note="total"),
    row("aiohttp", "accept-silent", in_loop(session), *READ_TIMEOUT),
    row("aiohttp", "accept-silent", in_loop(session_total), *READ_TIMEOUT, note="total"),
    row("aiohttp", "stall-in-body", in_loop(session), *READ_TIMEOUT),
    row("aiohttp", "reset-after-request", in_loop(session), *RESET),
    row("aiohttp", "reset-in-body", in_loop(session), *RESET),
    row("aiohttp", "close-after-accept", in_loop(session), *CLOSED),
    row("aiohttp", "close-after-request", in_loop(session), *CLOSED),
    row("aiohttp", "close-in-body", in_loop(session), *CUT_SHORT),
    row("aiohttp", "garbage", in_loop(session), *GARBAGE),
    row("aiohttp", "name-not-found", in_loop(session), *NO_NAME),
    row("aiohttp", "temporary-dns", in_loop(session), *LATER_NAME),
    row("aiohttp", "unreachable-network", in_loop(session), *NO_ROUTE),
    row("aiohttp", "unreachable-host", in_loop(session), *NO_HOST),
    row("aiohttp", "prohibited", in_loop(session), *PROHIBITED),
    row("aiohttp", "proxy-refuses", in_loop(session_by_proxy), *PROXY),
    row("aiohttp", "proxy-refuses", in_loop(session_by_tunnel), *PROXY, note="tunnel"),
    row("aiohttp", "pool", in_loop(session_out), *POOL),
    row("aiohttp", "tls-untrusted", in_loop(session_secured), *UNTRUSTED),
    row("aiohttp", "tls-self-signed", in_loop(session_secured), *UNTRUSTED),
    row("aiohttp", "tls-expired", in_loop(session_secured), *EXPIRED),
    row("aiohttp", "tls-wrong-host", in_loop(session_secured), *WRONG_HOST),
    row("aiohttp", "tls-plain-text", in_loop(session_secured), *PLAIN_TEXT),
    row("aiohttp", "tls-alert", in_loop(session_secured), *TLS_ALERT),
    row("aiohttp", "tls-eof-in-handshake", in_loop(session_secured), *TLS_EOF),
    row("aiohttp", "tls-reset-in-handshake", in_loop(session_secured), *TLS_RESET),
    row("aiohttp", "tls-silent", in_loop(session_secured), *TLS_SILENT),
)


async def socket_opened(server: Server, address: str | None = None, **options: Any) -> None:
    """Open a WebSocket."""
    async with websockets.connect(address or url(server, "ws"), open_timeout=SHORT, proxy=None, **options) as opened_:
        await opened_.recv()


async def socket_opened_localhost(server: Server) -> None:
    """Open a WebSocket to localhost."""
    await socket_opened(server, url(server, "ws", "localhost"))


async def socket_opened_secured(server: Server) -> None:
    """Open a WebSocket over TLS."""
    await socket_opened(server, url(server, "wss"), ssl=trust(server))


def socket_opened_sync(server: Server, address: str | None = None, **options: Any) -> None:
    """Open a WebSocket, synchronously."""
    with websockets.sync.client.connect(
        address or url(server, "ws"), open_timeout=SHORT, proxy=None, **options
    ) as opened_:
        opened_.recv()


def socket_opened_sync_localhost(server: Server) -> None:
    """Open a WebSocket to localhost, synchronously."""
    socket_opened_sync(server, url(server, "ws", "localhost"))


def socket_opened_sync_secured(server: Server) -> None:
    """Open a WebSocket over TLS, synchronously."""
    socket_opened_sync(server, url(server, "wss"), ssl=trust(server))


WEBSOCKETS = (
    row("websockets", "refuse", in_loop(socket_opened), *REFUSED),
    row("websockets", "refuse-localhost", in_loop(socket_opened_localhost), *REFUSED_LOCALHOST),
    row("websockets", "full-backlog", in_loop(socket_opened), *CONNECT_TIMEOUT),
    row("websockets", "accept-silent", in_loop(socket_opened), *READ_TIMEOUT),
    # The transport is told ECONNRESET; the handshake says EOF.
    row("websockets", "reset-after-request", in_loop(socket_opened), *CLOSED),
    row("websockets", "close-after-accept", in_loop(socket_opened), *CLOSED),
    row("websockets", "close-after-request", in_loop(socket_opened), *CLOSED),
    row("websockets", "garbage", in_loop(socket_opened), *GARBAGE),
    row("websockets", "name-not-found", in_loop(socket_opened), *NO_NAME),
    row("websockets", "temporary-dns", in_loop(socket_opened), *LATER_NAME),
    row("websockets", "unreachable-network", in_loop(socket_opened), *NO_ROUTE),
    row("websockets", "unreachable-host", in_loop(socket_opened), *NO_HOST),
    row("websockets", "tls-untrusted", in_loop(socket_opened_secured), *UNTRUSTED),
    row("websockets", "tls-expired", in_loop(socket_opened_secured), *EXPIRED),
    row("websockets", "tls-wrong-host", in_loop(socket_opened_secured), *WRONG_HOST),
    row("websockets", "tls-plain-text", in_loop(socket_opened_secured), *PLAIN_TEXT),
    row("websockets", "tls-eof-in-handshake", in_loop(socket_opened_secured), *TLS_EOF),
    row("websockets", "tls-reset-in-handshake", in_loop(socket_opened_secured), *TLS_RESET),
    row("websockets", "tls-silent", in_loop(socket_opened_secured), *TLS_SILENT),
    row("websockets sync", "refuse", socket_opened_sync, *REFUSED),
    row("websockets sync", "refuse-localhost", socket_opened_sync_localhost, *REFUSED_LOCALHOST),
    row("websockets sync", "full-backlog", socket_opened_sync, *CONNECT_TIMEOUT),
    row("websockets sync", "accept-silent", socket_opened_sync, *READ_TIMEOUT),
    row("websockets sync", "reset-after-request", socket_opened_sync, *CLOSED),
    row("websockets sync", "close-after-request", socket_opened_sync, *CLOSED),
    row("websockets sync", "garbage-answer", socket_opened_sync, *GARBAGE),
    row("websockets sync", "name-not-found", socket_opened_sync, *NO_NAME),
    row("websockets sync", "tls-untrusted", socket_opened_sync_secured, *UNTRUSTED),
    row("websockets sync", "tls-plain-text", socket_opened_sync_secured, *PLAIN_TEXT),
    row("websockets sync", "tls-eof-in-handshake", socket_opened_sync_secured, *TLS_EOF),
    row("websockets sync", "tls-silent", socket_opened_sync_secured, *TLS_SILENT),
)

CASES: tuple[Case, ...] = HTTP_CLIENT + URLLIB + REQUESTS + URLLIB3 + HTTPX + HTTPX_ASYNC + AIOHTTP + WEBSOCKETS


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_http_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
