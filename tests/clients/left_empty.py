"""
Why a client has no result for a fault: the docs list these cells too.

Imports nothing of connlog. The first reason that fits a cell holds; what none fits is not tested, and is shown as that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ANY: frozenset[str] = frozenset()
"""No bound: whatever a reason says holds of all clients, or of all faults."""

NOT_TESTED = "Not tested."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """
    Why some cells are empty.

    Attributes:
        why: What a reader is told.
        clients: The clients that it holds for; their first words are enough.
        faults: The faults that it holds for; what they begin with is enough.
        others: The clients that it does not hold for.
    """

    why: str
    clients: frozenset[str] = ANY
    faults: frozenset[str] = ANY
    others: frozenset[str] = ANY

    def fits(self, client: str, fault: str) -> bool:
        """
        Tell whether this is why a cell is empty.
        """
        is_other = bool(self.others) and _holds(client, self.others, " ")
        return _holds(client, self.clients, " ") and _holds(fault, self.faults, "-") and not is_other


def _holds(name: str, bounds: frozenset[str], joint: str) -> bool:
    return not bounds or any(f"{name}{joint}".startswith(f"{bound}{joint}") for bound in bounds)


TASKS = frozenset(
    {
        "asyncio.TaskGroup",
        "celery eager",
        "celery result",
        "concurrent.futures",
        "multiprocessing",
        "stamina",
        "tenacity",
    }
)
WRAPPERS = frozenset({"botocore", "celery", "django", "google-api-core grpc", "kombu redis", "sqlalchemy"})
VARIANTS = frozenset(
    {
        "azure-core aio",
        "confluent-kafka error_cb",
        "curl_cffi async",
        "grpcio aio",
        "nats-py error_cb",
        "niquests async",
        "psycopg async",
        "pymemcache HashClient",
        "pymemcache PooledClient",
        "pymongo PyOpenSSL",
        "pymongo async",
        "pyzmq asyncio",
    }
)
WEB = frozenset(
    {
        "aiohttp",
        "anthropic",
        "azure-core",
        "boto3",
        "clickhouse-connect",
        "curl_cffi",
        "docker",
        "elasticsearch",
        "google-api-core rest",
        "http.client",
        "httpcore",
        "httpx",
        "influxdb-client",
        "kubernetes",
        "niquests",
        "openai",
        "opensearch-py",
        "pycurl",
        "requests",
        "tornado",
        "treq",
        "twisted",
        "urllib.request",
        "urllib3",
    }
)
STREAMS = frozenset({"anyio", "asyncio", "socket", "trio"})
SHELLS = frozenset({"asyncssh", "paramiko"})
GREETED = frozenset({"aiosmtplib", "ftplib", "imaplib", "nats-py", "poplib", "smtplib"})
LASTING = frozenset(
    {
        *SHELLS,
        *GREETED,
        "aiokafka",
        "aiomqtt",
        "amqp",
        "kafka-python",
        "confluent-kafka",
        "ldap3",
        "paho-mqtt",
        "pyzmq",
        "websocket-client",
        "websockets",
    }
)
BODY = frozenset({"close-in-body", "reset-in-body", "stall-in-body"})
BARE = frozenset({"foreign-address", "no-buffer-space", "not-connected", "port-taken", "tls-close-no-notify"})

REASONS: tuple[Reason, ...] = (
    Reason(why="It hands on what was raised inside it: some faults of each kind show how.", clients=TASKS),
    Reason(why="It stands on another client of this table: what it changes is provoked.", clients=WRAPPERS),
    Reason(
        why="Without descriptors its C core ends the process.",
        clients=frozenset({"grpcio"}),
        faults=frozenset({"descriptors-exhausted"}),
    ),
    Reason(
        why="It shares its way to the server with the client of the same name: what differs is provoked.",
        clients=VARIANTS,
    ),
    Reason(why="It secures what a socket has connected.", clients=frozenset({"ssl"})),
    Reason(why="It speaks no TLS.", clients=frozenset({*SHELLS, "pyzmq", "socket"}), faults=frozenset({"tls"})),
    Reason(why="It happens to bare sockets; clients neither listen nor hand out unconnected sockets.", faults=BARE),
    Reason(why="To who verifies it, it is one more unknown authority.", faults=frozenset({"tls-self-signed"})),
    Reason(
        why="It takes a host and a port, no path of a socket.",
        faults=frozenset({"refuse-unix", "no-socket-file"}),
        others=frozenset({"cassandra-driver", "curl_cffi", "tornado", "treq", "twisted"}),
    ),
    Reason(why="It takes no HTTP proxy.", faults=frozenset({"proxy"}), others=WEB),
    Reason(
        why="Bytes of any kind, and their end, are data to it.",
        clients=STREAMS,
        faults=frozenset({"garbage", "close-after-accept", "close-after-request"}),
    ),
    Reason(why="It waits for the server's greeting first.", clients=GREETED, faults=frozenset({"garbage-answer"})),
    Reason(
        why="It speaks first: it meets a RST, or nonsense, where it reads the answer.",
        faults=frozenset({"garbage", "reset-after-accept"}),
    ),
    Reason(
        why="It keeps one connection all the time: a RST on it is one after a request.",
        clients=frozenset({*LASTING, *STREAMS}),
        faults=frozenset({"reset-on-reuse"}),
    ),
    Reason(why="Its answers have no body: one that is cut is one that does not come.", faults=BODY, others=WEB),
    Reason(
        why="Its protocol has no such answer; HTTP's status 503 is no failed connection.",
        faults=frozenset({"server-full"}),
    ),
    Reason(why="Nobody waits for its pool, or the pool is tested apart.", faults=frozenset({"pool"})),
)
"""From the particular to the general."""

ORDER = tuple(reason.why for reason in REASONS)
WHATEVER = frozenset(reason.why for reason in REASONS if not reason.faults)
"""Reasons that do not depend on the fault."""


def left_empty(filled: Mapping[str, Iterable[str]], faults: Iterable[str]) -> list[dict[str, Any]]:
    """
    List the empty cells by their reasons, as the docs show them.

    Args:
        filled: For each client, the faults that it has a result for.
        faults: All that there are.

    Returns:
        Each reason with its cells: faults that the same clients lack share a place; no faults are all that are lacking.
    """
    known = list(faults)
    found: dict[str, dict[str, list[str]]] = {why: {} for why in (*ORDER, NOT_TESTED)}
    for client, full in filled.items():
        for fault in known:
            if fault not in full:
                found[reason_of(client, fault)].setdefault(fault, []).append(client)
    return [{"why": why, "cells": _shared(cells, known, why)} for why, cells in found.items() if cells]


def _shared(cells: Mapping[str, list[str]], known: Iterable[str], why: str) -> list[dict[str, list[str]]]:
    if why in WHATEVER:
        return [{"faults": [], "clients": sorted({name for names in cells.values() for name in names}, key=str.lower)}]
    shared: dict[tuple[str, ...], list[str]] = {}
    for fault in known:
        if fault in cells:
            shared.setdefault(tuple(cells[fault]), []).append(fault)
    return [{"faults": faults, "clients": list(clients)} for clients, faults in shared.items()]


def reason_of(client: str, fault: str) -> str:
    """
    Tell why a cell is empty.
    """
    return next((reason.why for reason in REASONS if reason.fits(client, fault)), NOT_TESTED)
