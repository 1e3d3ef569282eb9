"""The standard library's HTTP clients against every fault that applies."""

from __future__ import annotations

import http.client
import urllib.request
from functools import partial
from typing import Any

import pytest

from tests.clients.cases import Case, check
from tests.clients.outcomes import CUT_SHORT, RESET, at
from tests.clients.tables import LOCALHOST, context, rows
from tests.clients.web import (
    BEHIND_THE_PROXY,
    BEHIND_THE_TUNNEL,
    HTTP,
    HTTPS,
    LARGE,
    REUSED,
    SENDING,
    TLS_REQUEST_SYNC,
    behind_proxies,
    url,
)
from tests.faults import Server


def connected(server: Server, patience: float, host: str | None = None) -> bytes:
    """Ask by http.client."""
    connection = http.client.HTTPConnection(host or server.host, server.port, timeout=patience)
    server.cleanup.callback(connection.close)
    connection.request("GET", "/")
    answer = connection.getresponse()
    return answer.read()


def connected_secured(server: Server, patience: float) -> bytes:
    """Ask over TLS by http.client."""
    connection = http.client.HTTPSConnection(server.host, server.port, timeout=patience, context=context(server))
    connection.request("GET", "/")
    answer = connection.getresponse()
    return answer.read()


def connected_twice(server: Server, patience: float) -> bytes:
    """Ask twice on one connection by http.client."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=patience)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.request("GET", "/")
    return connection.getresponse().read()


def connected_large(server: Server, patience: float) -> None:
    """Send a large body by http.client."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=patience)
    connection.request("POST", "/", body=LARGE)


HTTP_CLIENT = [
    # An answer that http.client gives does not know where it comes from, and after a RST nor does its socket.
    *rows("http.client", connected, {**HTTP, "reset-in-body": at(None, RESET), "close-in-body": at(None, CUT_SHORT)}),
    *rows("http.client", partial(connected, host="localhost"), LOCALHOST),
    *rows("http.client", connected_twice, REUSED),
    *rows("http.client", connected_large, SENDING),
    *rows("http.client", connected_secured, HTTPS),
    *rows("http.client", connected_secured, TLS_REQUEST_SYNC, note="tls", tls=True),
]


def opened(
    server: Server, patience: float, scheme: str = "http", host: str | None = None, data: bytes | None = None
) -> bytes:
    """Ask by urllib.request."""
    trust = context(server) if scheme == "https" else None
    request = urllib.request.Request(url(server, scheme, host), data)  # noqa: S310 - that is the case
    with urllib.request.urlopen(request, timeout=patience, context=trust) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


def opened_by_proxy(server: Server, patience: float, address: str = BEHIND_THE_PROXY) -> None:
    """Ask through a proxy by urllib.request."""
    proxies = urllib.request.ProxyHandler({"http": url(server), "https": url(server)})
    with urllib.request.build_opener(proxies).open(address, timeout=patience):
        pass


URLLIB = [
    *rows("urllib.request", opened, HTTP),
    *rows("urllib.request", partial(opened, host="localhost"), LOCALHOST),
    *rows("urllib.request", partial(opened, data=LARGE), SENDING),
    *behind_proxies("urllib.request", opened_by_proxy, partial(opened_by_proxy, address=BEHIND_THE_TUNNEL)),
    *rows("urllib.request", partial(opened, scheme="https"), HTTPS),
    *rows("urllib.request", partial(opened, scheme="https"), TLS_REQUEST_SYNC, note="tls", tls=True),
]


CASES: tuple[Case, ...] = (*HTTP_CLIENT, *URLLIB)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_http_client_of_the_standard_library(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
