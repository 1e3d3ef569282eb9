"""HTTP clients behind proxies that work, whose target fails; and behind SOCKS proxies."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3

from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, PROXY, PROXY_NO_NAME, PROXY_STATUS, READ_TIMEOUT, TLS_CUT, at
from tests.clients.proxies import tunnel
from tests.clients.tables import SLOW, Outcome, context, rows
from tests.clients.web import HTTPS, url
from tests.faults import Server

curl_cffi, httpcore, niquests, pycurl = lazy("curl_cffi"), lazy("httpcore"), lazy("niquests"), lazy("pycurl")
urllib3_socks = lazy("urllib3.contrib.socks")


def by_http_client(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by http.client."""
    line = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=patience, context=context(server))
    line.set_tunnel(server.host, server.port)
    line.request("GET", "/")
    line.getresponse().read()


def by_urllib(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by urllib.request."""
    handlers = (
        urllib.request.ProxyHandler({"https": url(proxy)}),
        urllib.request.HTTPSHandler(context=context(server)),
    )
    with urllib.request.build_opener(*handlers).open(url(server, "https"), timeout=patience) as answer:
        answer.read()


def by_requests(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by requests."""
    requests.get(url(server, "https"), proxies={"https": url(proxy)}, verify=server.ca_file, timeout=patience)


def by_urllib3(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by urllib3."""
    with urllib3.ProxyManager(url(proxy), timeout=patience, retries=False, ca_certs=server.ca_file) as pool:
        pool.request("GET", url(server, "https"))


def by_httpx(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by httpx."""
    httpx.get(url(server, "https"), proxy=url(proxy), verify=context(server), timeout=patience, trust_env=False)


async def by_httpx_async(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by httpx, asynchronously."""
    async with httpx.AsyncClient(proxy=url(proxy), verify=context(server), timeout=patience, trust_env=False) as client:
        await client.get(url(server, "https"))


async def by_aiohttp(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by aiohttp."""
    timeout = aiohttp.ClientTimeout(sock_connect=patience, sock_read=patience)
    async with (
        aiohttp.ClientSession(timeout=timeout) as client,
        client.get(url(server, "https"), proxy=url(proxy), ssl=context(server)) as answer,
    ):
        await answer.read()


def by_httpcore(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by httpcore."""
    patient = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), patience)}
    with httpcore.ConnectionPool(proxy=httpcore.Proxy(url(proxy)), ssl_context=context(server)) as pool:
        pool.request("GET", url(server, "https"), extensions=patient)


def by_niquests(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by niquests."""
    niquests.get(url(server, "https"), proxies={"https": url(proxy)}, verify=server.ca_file, timeout=patience)


def by_curl_cffi(server: Server, proxy: Server, patience: float) -> None:
    """Ask through a tunnel by curl_cffi."""
    curl_cffi.get(url(server, "https"), proxy=url(proxy), verify=server.ca_file, timeout=patience)


BEHIND: Mapping[str, Outcome] = {
    fault: HTTPS[fault]
    for fault in (
        "tls-untrusted",
        "tls-expired",
        "tls-wrong-host",
        "tls-plain-text",
        "tls-eof-in-handshake",
        "tls-silent",
    )
}
BEHIND_LATER: Mapping[str, Outcome] = {"accept-silent": READ_TIMEOUT, "close-after-request": CLOSED}


def behind(
    client: str,
    ask: Callable[[Server, Server, float], Any],
    handshake: Mapping[str, Outcome] = BEHIND,
    later: Mapping[str, Outcome] = BEHIND_LATER,
) -> list[Case]:
    """Write the rows of a client whose target fails behind a proxy that works: the target is named, not the proxy."""
    return [
        *rows(client, lambda s, p: ask(s, tunnel(s), p), handshake, note="behind a tunnel"),
        *rows(client, lambda s, p: ask(s, tunnel(s), p), later, note="tls behind a tunnel", tls=True),
    ]


TARGETS = [
    *behind("http.client", by_http_client),
    *behind("urllib.request", by_urllib),
    *behind("requests", by_requests),
    *behind("urllib3", by_urllib3),
    *behind("httpx", by_httpx),
    *behind("httpx async", by_httpx_async),
    *behind("aiohttp", by_aiohttp),
    *behind("httpcore", by_httpcore),
    *behind("niquests", by_niquests),
    *behind(
        "curl_cffi",
        by_curl_cffi,
        {**BEHIND, "tls-silent": SLOW},
        {**BEHIND_LATER, "close-after-request": TLS_CUT},
    ),
]

FAR = "http://target.invalid/"
SOCKS: Mapping[str, Outcome] = {
    "proxy-refuses": PROXY,
    "proxy-name-not-found": PROXY_NO_NAME,
    "socks-cannot-connect": PROXY_STATUS,
}
"""What happens to a SOCKS proxy."""


CURL_SOCKS: Mapping[str, Outcome] = {
    "proxy-refuses": at("{host}", PROXY_STATUS),
    "proxy-name-not-found": at("{host}", PROXY_STATUS),
    "socks-cannot-connect": at(None, PROXY_STATUS),
}
"""The same by libcurl, which names a proxy's host, and of one that answers nothing."""


def socks_url(proxy: Server, scheme: str = "socks5h") -> str:
    """Return the URL of a SOCKS proxy that looks names up by itself."""
    return url(proxy, scheme)


def requests_by_socks(server: Server, patience: float) -> None:
    """Ask through a SOCKS proxy by requests."""
    requests.get(FAR, proxies={"http": socks_url(server)}, timeout=patience)


def urllib3_by_socks(server: Server, patience: float) -> None:
    """Ask through a SOCKS proxy by urllib3."""
    with urllib3_socks.SOCKSProxyManager(socks_url(server), timeout=patience, retries=False) as pool:
        pool.request("GET", FAR)


def httpx_by_socks(server: Server, patience: float) -> None:
    """Ask through a SOCKS proxy by httpx."""
    httpx.get(FAR, proxy=socks_url(server, "socks5"), timeout=patience, trust_env=False)


async def httpx_async_by_socks(server: Server, patience: float) -> None:
    """Ask through a SOCKS proxy by httpx, asynchronously."""
    async with httpx.AsyncClient(proxy=socks_url(server, "socks5"), timeout=patience, trust_env=False) as client:
        await client.get(FAR)


def pycurl_by_socks(server: Server, patience: float) -> None:
    """Ask through a SOCKS proxy by pycurl."""
    curl = pycurl.Curl()
    server.cleanup.callback(curl.close)
    for name, value in {"URL": FAR, "PROXY": socks_url(server), "TIMEOUT_MS": int(patience * 1000)}.items():
        curl.setopt(getattr(pycurl, name), value)
    curl.perform()


def cffi_by_socks(server: Server, patience: float) -> None:
    """Ask through a SOCKS proxy by curl_cffi."""
    curl_cffi.get(FAR, proxy=socks_url(server), timeout=patience)


PYSOCKS = {"note": "socks", "needs": ("pysocks",)}
SOCKSIO = {"note": "socks", "needs": ("socksio",)}

PROXIES = [
    *rows("requests", requests_by_socks, SOCKS, **PYSOCKS),
    *rows("urllib3", urllib3_by_socks, SOCKS, **PYSOCKS),
    *rows("httpx", httpx_by_socks, SOCKS, **SOCKSIO),
    *rows("httpx async", httpx_async_by_socks, SOCKS, **SOCKSIO),
    *rows("pycurl", pycurl_by_socks, CURL_SOCKS, note="socks"),
    *rows("curl_cffi", cffi_by_socks, CURL_SOCKS, note="socks"),
]

CASES: tuple[Case, ...] = (*TARGETS, *PROXIES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_behind_a_proxy(case: Case, clients_seen: dict[str, Any]) -> None:
    """Whoever failed, proxy or target, is the one that connlog names."""
    check(case, __name__, clients_seen)
