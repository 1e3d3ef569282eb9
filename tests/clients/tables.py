"""What happens to a client on the wire, fault by fault: the expectations that the client tests have in common."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from tests.clients.cases import Case, row
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    CONNECT_TIMEOUT,
    EXPIRED,
    GARBAGE,
    HERE,
    LATER_NAME,
    NO_HOST,
    NO_NAME,
    NO_ROUTE,
    NO_SOCKET_FILE,
    PLAIN_TEXT,
    PROHIBITED,
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
)
from tests.faults import Server, no_descriptors, play

Outcome = tuple[str, str | None, str | None, str, str]
"""Code, errno name, endpoint, phase, retry."""

SHORT, LONG = 0.2, 5.0
"""Seconds of patience where a time-out is the point, and where it would hide the fault."""

SILENT = frozenset({"full-backlog", "accept-silent", "stall-in-body", "tls-silent"})
"""Faults that end when the client loses its patience."""

FULL: Outcome = ("too-many-connections", None, HERE, "connect", SAFE)
UNVERIFIED: Outcome = ("tls-handshake-failed", None, HERE, "tls", AFTER_FIX)
"""The handshake failed; what was wrong with it, or with the certificate, is lost."""


def opening(outcome: Outcome) -> Outcome:
    """Return an outcome as libpq and pymongo show it: they open a connection out of sight, no statement was sent."""
    return (*outcome[:3], "connect", SAFE)


SLOW: Outcome = ("timeout", None, HERE, "connect", SAFE)
"""The connection was not open in time; whether it was the TCP handshake, nobody says any more."""

PLAIN: Mapping[str, Outcome] = {
    "refuse": REFUSED,
    "full-backlog": CONNECT_TIMEOUT,
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": RESET,
    "close-after-accept": CLOSED,
    "close-after-request": CLOSED,
    "garbage-answer": GARBAGE,
    "name-not-found": NO_NAME,
    "temporary-dns": LATER_NAME,
    "unreachable-network": NO_ROUTE,
    "unreachable-host": NO_HOST,
    "prohibited": PROHIBITED,
}
"""What happens without TLS, where the client keeps everything."""

TLS: Mapping[str, Outcome] = {
    "tls-untrusted": UNTRUSTED,
    "tls-expired": EXPIRED,
    "tls-wrong-host": WRONG_HOST,
    "tls-plain-text": PLAIN_TEXT,
    "tls-alert": TLS_ALERT,
    "tls-eof-in-handshake": TLS_EOF,
    "tls-reset-in-handshake": TLS_RESET,
    "tls-silent": TLS_SILENT,
}
"""What happens to the handshake, where the client keeps everything."""

LOCALHOST: Mapping[str, Outcome] = {"refuse-localhost": REFUSED_LOCALHOST}
POOL: Outcome = ("pool-exhausted", None, HERE, "local", SAFE)
UNIX: Mapping[str, Outcome] = {"no-socket-file": NO_SOCKET_FILE, "refuse-unix": REFUSED_UNIX}


def rows(
    client: str,
    provoke: Callable[[Server, float], object],
    outcomes: Mapping[str, Outcome],
    impatient: Collection[str] = SILENT,
    **more: Any,
) -> list[Case]:
    """
    Write a row for each outcome.

    Args:
        client: Name as people know it.
        provoke: Called with the server and the seconds that the client may wait; may be async.
        outcomes: What is right to say about each fault.
        impatient: Faults at which the client is to give up soon.
        more: Columns that are the same in every row: ``note``, ``tls``, ``greeting``.
    """

    def waiting(fault: str) -> Callable[[Server], object]:
        patience = LONG if fault not in impatient else SHORT * 3 if more.get("tls") else SHORT
        if fault == "descriptors-exhausted":
            return lambda server: _without_descriptors(provoke, server)
        return lambda server: finish(provoke(server, patience))

    return [row(client, fault, waiting(fault), *outcome, **more) for fault, outcome in outcomes.items()]


def finish(result: object) -> object:
    """
    Run a provocation to its end, if it is async.
    """
    return asyncio.run(result) if isinstance(result, Coroutine) else result


def _without_descriptors(provoke: Callable[[Server, float], object], server: Server) -> object:
    """
    Run a provocation without descriptors, in a loop that has its own; all that it imports was imported before.
    """

    async def run() -> object:
        with no_descriptors():
            result = provoke(server, LONG)
            return await result if isinstance(result, Coroutine) else result

    with play("refuse") as other, suppress(Exception):
        finish(provoke(other, LONG))
    return asyncio.run(run())


def context(server: Server) -> ssl.SSLContext:
    """Trust the authority of the tests."""
    return _trusting(server.ca_file)


@cache
def _trusting(ca_file: str) -> ssl.SSLContext:
    """Read the authority's certificate once: later there may be no descriptor left for it."""
    return ssl.create_default_context(cafile=ca_file)


@cache
def ssl_keeps_errno() -> bool:
    """
    Try whether this ssl module says ECONNRESET for a RST; before python/cpython#115627 it says EOF.
    """
    with (
        play("reset-after-request", tls=True) as server,
        socket.create_connection((server.host, server.port), timeout=LONG) as plain,
        context(server).wrap_socket(plain, server_hostname=server.host) as line,
    ):
        try:
            line.sendall(b"GET / HTTP/1.1\r\n\r\n")
            line.recv(1)
        except ConnectionResetError:
            return True
    return False
