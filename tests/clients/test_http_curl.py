"""HTTP clients on libcurl, whose failures are a number of curl's own and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import HERE, NO_REASON, PROXY_STATUS, RESET, SAFE, TLS_CUT, WRONG_HOST, at
from tests.clients.tables import LONG, SLOW, UNIX, Outcome, rows
from tests.clients.web import (
    BEHIND_THE_PROXY,
    BEHIND_THE_TUNNEL,
    HTTP,
    HTTPS,
    LARGE,
    REUSED,
    SENDING_UNNOTICED,
    TLS_REQUEST,
    TUNNEL,
    but,
    url,
)
from tests.faults import Server, play

pycurl, curl_cffi = lazy("pycurl"), lazy("curl_cffi")
httpclient, curl_httpclient = lazy("tornado.httpclient"), lazy("tornado.curl_httpclient")


NO_ROUTE_KNOWN: Outcome = ("connection-error", None, HERE, "connect", SAFE)
"""That it could not connect is all that libcurl says: refused, no route, not permitted."""

CURL: Mapping[str, Outcome] = but(
    HTTP,
    {
        **dict.fromkeys(("refuse", "unreachable-network", "unreachable-host", "prohibited"), NO_ROUTE_KNOWN),
        **dict.fromkeys(("name-not-found", "temporary-dns"), NO_REASON),
        "full-backlog": SLOW,
        "descriptors-exhausted": None,  # «Out of memory», or nothing at all
    },
)
CURL_TLS: Mapping[str, Outcome] = but(
    HTTPS,
    {
        "tls-silent": SLOW,
        "tls-self-signed": WRONG_HOST,  # it looks for its name first, and that certificate has none
    },
)
CURL_TLS_REQUEST: Mapping[str, Outcome] = but(TLS_REQUEST, {"close-after-request": TLS_CUT})
CURL_LOCALHOST: Mapping[str, Outcome] = {"refuse-localhost": at("localhost:{port}", NO_ROUTE_KNOWN)}
CURL_UNIX: Mapping[str, Outcome] = dict.fromkeys(UNIX, at("{path}", NO_ROUTE_KNOWN))
PROXIES: Mapping[str, Outcome] = {
    "proxy-refuses": at("{host}", PROXY_STATUS),
    "proxy-name-not-found": at("{host}", PROXY_STATUS),
}
"""Of a proxy that it can't connect to, libcurl names the host; of one that answers, nothing."""


def by_words(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Leave out the endpoint where libcurl's sentence does not name it, and nothing else is kept."""
    named = {NO_ROUTE_KNOWN: HERE, CURL["name-not-found"]: "{host}"}
    return {fault: at(named.get(outcome), outcome) for fault, outcome in outcomes.items()}


def performed(server: Server, patience: float, address: str | None = None, *, times: int = 1, **options: Any) -> None:
    """Ask by pycurl; options go by the names of curl_easy_setopt(3), in small letters."""
    curl = pycurl.Curl()
    server.cleanup.callback(curl.close)
    settings = {"noproxy": "" if "proxy" in options else "*", "timeout_ms": int(patience * 1000), **options}
    curl.setopt(pycurl.URL, address or url(server))
    curl.setopt(pycurl.CAINFO, server.ca_file)
    curl.setopt(pycurl.WRITEFUNCTION, len)
    for name, value in settings.items():
        curl.setopt(getattr(pycurl, name.upper()), value)
    for _ in range(times):
        curl.perform()


PYCURL = [
    *rows("pycurl", performed, by_words(CURL)),
    *rows("pycurl", lambda s, p: performed(s, p, url(s, host="localhost")), CURL_LOCALHOST),
    *rows("pycurl", lambda s, p: performed(s, p, "http://localhost/", unix_socket_path=s.path), CURL_UNIX),
    *rows("pycurl", partial(performed, times=2), by_words(REUSED)),
    *rows("pycurl", partial(performed, postfields=LARGE), by_words(SENDING_UNNOTICED)),
    *rows("pycurl", lambda s, p: performed(s, p, BEHIND_THE_PROXY, proxy=url(s)), PROXIES),
    *rows("pycurl", lambda s, p: performed(s, p, BEHIND_THE_TUNNEL, proxy=url(s)), PROXIES, note="tunnel"),
    *rows("pycurl", lambda s, p: performed(s, p, BEHIND_THE_TUNNEL, proxy=url(s)), by_words(TUNNEL)),
    *rows("pycurl", lambda s, p: performed(s, p, url(s, "https")), by_words(CURL_TLS)),
    *rows("pycurl", lambda s, p: performed(s, p, url(s, "https")), by_words(CURL_TLS_REQUEST), note="tls", tls=True),
]


def impersonated(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, **options: Any
) -> None:
    """Ask by curl_cffi."""
    method = "POST" if "data" in options else "GET"
    with curl_cffi.Session(trust_env=False, verify=server.ca_file, timeout=patience) as session:
        for _ in range(times):
            session.request(method, address or url(server), **options)


async def aimpersonated(server: Server, patience: float, address: str | None = None, **options: Any) -> None:
    """Ask by curl_cffi, asynchronously."""
    async with curl_cffi.AsyncSession(trust_env=False, verify=server.ca_file, timeout=patience) as session:
        await session.get(address or url(server), **options)


def cffi(client: str, ask: Any) -> list[Case]:
    """Write the rows of one of curl_cffi's two clients."""
    return [
        *rows(client, ask, CURL),
        *rows(client, lambda s, p: ask(s, p, url(s, host="localhost")), CURL_LOCALHOST),
        *rows(client, lambda s, p: ask(s, p, BEHIND_THE_PROXY, proxy=url(s)), PROXIES),
        *rows(client, lambda s, p: ask(s, p, BEHIND_THE_TUNNEL, proxy=url(s)), PROXIES, note="tunnel"),
        *rows(client, lambda s, p: ask(s, p, BEHIND_THE_TUNNEL, proxy=url(s)), by_words(TUNNEL)),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), CURL_TLS),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), CURL_TLS_REQUEST, note="tls", tls=True),
    ]


CURL_CFFI = [
    *cffi("curl_cffi", impersonated),
    *rows("curl_cffi", partial(impersonated, times=2), REUSED),
    *rows("curl_cffi", partial(impersonated, data=LARGE), SENDING_UNNOTICED),
    *cffi("curl_cffi async", aimpersonated),
]


async def by_tornado(server: Server, patience: float, address: str | None = None, **options: Any) -> None:
    """Ask by tornado's client on libcurl."""
    client = curl_httpclient.CurlAsyncHTTPClient(force_instance=True)
    times = {"connect_timeout": patience, "request_timeout": patience, "ca_certs": server.ca_file}
    try:
        await client.fetch(httpclient.HTTPRequest(address or url(server), **times, **options))
    finally:
        client.close()


def tornado(provoke: Any, outcomes: Mapping[str, Outcome], note: str = "") -> list[Case]:
    """Write rows of tornado's client on libcurl."""
    return rows("tornado curl", provoke, outcomes, note=note, needs=("pycurl",))


def by_proxy(server: Server, patience: float, address: str) -> Any:
    """Ask through a proxy by tornado's client on libcurl."""
    return by_tornado(server, patience, address, proxy_host=server.host, proxy_port=server.port)


TORNADO = [
    *tornado(by_tornado, by_words(CURL)),
    *tornado(lambda s, p: by_tornado(s, p, url(s, host="localhost")), CURL_LOCALHOST),
    *tornado(partial(by_proxy, address=BEHIND_THE_PROXY), PROXIES),
    *tornado(partial(by_proxy, address=BEHIND_THE_TUNNEL), PROXIES, note="tunnel"),
    *tornado(partial(by_proxy, address=BEHIND_THE_TUNNEL), by_words(TUNNEL)),
    # The sentence does not say that this was in the handshake: the number would, and is not in it.
    *tornado(
        lambda s, p: by_tornado(s, p, url(s, "https")),
        {**by_words(CURL_TLS), "tls-reset-in-handshake": at(None, RESET)},
    ),
]

CASES: tuple[Case, ...] = (*PYCURL, *CURL_CFFI, *TORNADO)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_client_on_libcurl(case: Case, clients_seen: dict[str, Any]) -> None:
    """What libcurl's number and sentence still say of the failure is what connlog says."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("pycurl")
@pytest.mark.parametrize(
    ("address", "options", "number"),
    [(None, {"failonerror": 1}, 22), ("nope://127.0.0.1/", {}, 1), ("http://[::1/", {}, 3)],
    ids=["status", "scheme", "url"],
)
def test_what_else_libcurl_says(address: str | None, options: dict[str, Any], number: int) -> None:
    """An HTTP status or a wrong URL is no connection failure, whatever number it has."""
    with play("proxy-answers-502") as server, pytest.raises(pycurl.error) as caught:
        performed(server, LONG, address, **options)
    assert caught.value.args[0] == number
    assert connlog.diagnose(caught.value) is None


@pytest.mark.parametrize(
    ("words", "code", "endpoint"),
    [
        ("(7, 'Failed to connect to db.example port 9 after 2 ms: Connection refused')", "connection-refused", True),
        (
            '(7, "Failed to connect to db.example port 9 after 2 ms: Couldn\'t connect to server")',
            "connection-error",
            True,
        ),
        ("(56, 'Received HTTP code 407 from proxy after CONNECT')", "proxy-failure", False),
        ("(28, 'Resolving timed out after 2000 milliseconds')", "dns-temporary-failure", False),
        ("(28, 'Timeout was reached')", "timeout", False),
        ("(35, 'SSL connect error')", "tls-handshake-failed", False),
        ("(60, 'SSL peer certificate or SSH remote key was not OK')", "tls-certificate-untrusted", False),
        ("(55, 'Send failure: Broken pipe')", "broken-pipe", False),
        ("(56, 'Failure when receiving data from the peer')", "connection-error", False),
        ("(97, 'SOCKS5 connect failed: general failure')", "proxy-failure", False),
    ],
)
def test_what_other_versions_say(words: str, code: str, endpoint: bool) -> None:  # noqa: FBT001 - a column
    """The sentences of older and of sparing builds of libcurl mean the same."""
    found = connlog.diagnose(type("error", (Exception,), {"__module__": "pycurl"})(words))
    assert found is not None
    assert (found.code, found.server_address, found.server_port) == (
        code,
        *(("db.example", 9) if endpoint else (None, None)),
    )
