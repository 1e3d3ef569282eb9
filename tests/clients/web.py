"""What happens to HTTP clients, fault by fault: what is right to say where the client keeps everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.clients.cases import Case
from tests.clients.outcomes import (
    CLOSED,
    CUT_SHORT,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    NO_DESCRIPTORS,
    PROXY,
    PROXY_NO_NAME,
    PROXY_STATUS,
    READ_TIMEOUT,
    RESET,
    SAFE,
    UNTRUSTED,
)
from tests.clients.tables import PLAIN, TLS, Outcome, rows, ssl_keeps_errno
from tests.faults import Server

BEHIND_THE_PROXY, BEHIND_THE_TUNNEL = "http://target.invalid/", "https://target.invalid/"
"""Targets that only a proxy can reach."""

LARGE = b"x" * 8_000_000
"""A body that no socket's buffers hold."""

HTTP: Mapping[str, Outcome] = {
    **PLAIN,
    "stall-in-body": READ_TIMEOUT,
    "reset-in-body": RESET,
    "close-in-body": CUT_SHORT,
    "garbage": GARBAGE,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
"""What happens to a request."""

BODY: Mapping[str, Outcome] = {"stall-in-body": READ_TIMEOUT, "reset-in-body": RESET, "close-in-body": CUT_SHORT}
"""What happens to an answer that is read piece by piece."""

REUSED: Mapping[str, Outcome] = {"reset-on-reuse": RESET}
"""What happens to the second request on a connection."""

PROXIED: Mapping[str, Outcome] = {"proxy-refuses": PROXY, "proxy-name-not-found": PROXY_NO_NAME}
"""What happens to a request through a proxy."""

TUNNEL: Mapping[str, Outcome] = {"proxy-answers-502": PROXY_STATUS, "proxy-asks-login": PROXY_STATUS}
"""What happens to CONNECT: whatever but 200 the proxy answers, nobody has reached the target."""

BROKEN_TUNNEL: Mapping[str, Outcome] = {
    "accept-silent": PROXY_STATUS,
    "reset-after-request": ("proxy-failure", "ECONNRESET", HERE, "connect", SAFE),
    "close-after-request": PROXY_STATUS,
}
"""What happens to CONNECT, if the proxy does not answer it: no byte has gone to the target."""

SENDING: Mapping[str, Outcome] = {"reads-nothing-then-close": ("broken-pipe", "EPIPE", HERE, "send", IF_IDEMPOTENT)}
"""What happens to a large body that the server does not want."""

SENDING_UNNOTICED: Mapping[str, Outcome] = {"reads-nothing-then-close": CLOSED}
"""The same by urllib3, which passes over the broken pipe: the server may have answered before it left."""

HTTPS: Mapping[str, Outcome] = {**TLS, "tls-self-signed": UNTRUSTED}
"""What happens to the handshake before a request."""

TLS_REQUEST: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "close-after-request": CLOSED,
    "reset-after-request": RESET,
}
"""What happens to a request over TLS, after a good handshake."""

TLS_REQUEST_SYNC: Mapping[str, Outcome] = {**TLS_REQUEST, "reset-after-request": RESET if ssl_keeps_errno() else CLOSED}
"""The same by ssl.SSLSocket, which passes over a ragged EOF."""


def url(server: Server, scheme: str = "http", host: str | None = None) -> str:
    """Return the URL of a server."""
    return f"{scheme}://{host or server.host}:{server.port}/"


def behind_proxies(
    client: str,
    plain: Callable[[Server, float], object],
    tunnel: Callable[[Server, float], object],
    broken: Mapping[str, Outcome] = BROKEN_TUNNEL,
) -> list[Case]:
    """Write the rows of a client behind a proxy that passes requests on, and behind one that opens tunnels."""
    return [
        *rows(client, plain, PROXIED),
        *rows(client, tunnel, TUNNEL),
        *rows(client, tunnel, {**PROXIED, **broken}, note="tunnel"),
    ]


def but(outcomes: Mapping[str, Outcome], changed: Mapping[str, Outcome | None]) -> dict[str, Outcome]:
    """Return outcomes with some that differ; ``None`` leaves one out."""
    merged = {**outcomes, **changed}
    return {fault: outcome for fault, outcome in merged.items() if outcome is not None}
