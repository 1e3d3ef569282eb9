"""Cassandra's driver against every fault that applies; what is only an answer."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients import scripted_stores as stores
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    AFTER_FIX,
    GARBAGE,
    HERE,
    NO_DESCRIPTORS,
    READ_TIMEOUT,
    REFUSED,
    RESET,
    TLS_RESET,
    at,
)
from tests.clients.tables import LONG, PLAIN, SILENT, SLOW, TLS, Outcome, context, opening, rows
from tests.clients.web import LARGE
from tests.faults import Server, play

cassandra_cluster, cassandra_policies = lazy("cassandra.cluster"), lazy("cassandra.policies")

pytestmark = pytest.mark.filterwarnings("ignore:Legacy execution parameters:DeprecationWarning")


def in_order() -> Any:
    """Make a policy that tries a cluster's addresses in one order: Cassandra's driver begins with any of them."""

    def plan(policy: Any, *_: Any, **__: Any) -> Any:
        return iter(sorted(policy._live_hosts, key=str))

    return type("InOrder", (cassandra_policies.RoundRobinPolicy,), {"make_query_plan": plan})()


def by_cassandra(
    server: Server, patience: float, *, host: str | None = None, tls: bool = False, query: str = "SELECT 42"
) -> None:
    """Ask Cassandra."""
    name = host or server.host
    trust = {"ssl_context": context(server), "ssl_options": {"server_hostname": name}} if tls else {}
    quiet = {"schema_metadata_enabled": False, "token_metadata_enabled": False, "protocol_version": 4}
    waits = {"connect_timeout": patience, "control_connection_timeout": patience}
    options = {**quiet, **waits, **trust, "load_balancing_policy": in_order()}
    cluster = cassandra_cluster.Cluster([name], port=server.port, **options)
    try:
        cluster.connect().execute(query, timeout=patience)
    finally:
        cluster.shutdown()


LINE: Mapping[str, Outcome] = {**PLAIN, "descriptors-exhausted": NO_DESCRIPTORS, "garbage": GARBAGE}
CASSANDRA: Mapping[str, Outcome] = {
    **LINE,
    "accept-silent": SLOW,
    "close-after-accept": SLOW,  # it waits on, and says in the end that time has passed
    "close-after-request": SLOW,
    "name-not-found": ("dns-failure", None, None, "resolve", AFTER_FIX),  # its log has the rest
    "temporary-dns": ("dns-failure", None, None, "resolve", AFTER_FIX),
}
CASSANDRA_WAITS = SILENT | {"close-after-accept", "close-after-request"}
CASSANDRA_TLS: Mapping[str, Outcome] = {
    **TLS,
    "tls-reset-in-handshake": opening(TLS_RESET),  # TCP's handshake and that of TLS are one call
}
CASSANDRA_QUERY: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": (*RESET[:3], "transfer", RESET[4]),
    "close-after-request": ("connection-error", None, HERE, "transfer", "unknown"),  # «was closed», by whom it says not
    "garbage-answer": GARBAGE,
}
NO_NAMES: Mapping[str, Outcome] = {"refuse-localhost": at("127.0.0.1:{port}", REFUSED)}
"""Cassandra's driver keeps the addresses of a contact point, not its name."""

CASES: tuple[Case, ...] = (
    *rows("cassandra-driver", by_cassandra, CASSANDRA, CASSANDRA_WAITS),
    *rows("cassandra-driver", partial(by_cassandra, host="localhost"), NO_NAMES),
    *rows("cassandra-driver", partial(by_cassandra, tls=True), CASSANDRA_TLS),
    *rows("cassandra-driver", by_cassandra, CASSANDRA_QUERY, note="in a query", greeting=stores.cassandra),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What connlog says of each fault is what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("cassandra-driver")
def test_cassandra_keeps_the_reason_or_says_that_it_is_lost() -> None:
    """A node leaves while a large query is sent: whichever of its threads notices first, no reason is made up."""
    with play("reads-nothing-then-close", greeting=stores.cassandra) as server:
        with pytest.raises(cassandra_cluster.NoHostAvailable) as caught:
            by_cassandra(server, LONG, query=f"SELECT 42 /* {LARGE.decode()} */")
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code in {"broken-pipe", "connection-reset", "connection-error"}
    assert (found.server_address, found.server_port) == (server.host, server.port)


@pytest.mark.needs("cassandra-driver")
@pytest.mark.parametrize(
    ("error", "greeting"),
    [
        (stores.cassandra_error(0x0100, "Bad credentials"), None),
        (stores.cassandra_error(0x1001, "Overloaded"), None),
        (stores.cassandra_error(0x2000, "Syntax error: Connection refused"), stores.cassandra),
        (stores.cassandra_error(0x1000, "Unavailable", struct.pack("!hii", 1, 3, 1)), stores.cassandra),
        (stores.cassandra_error(0x1200, "Timed out", struct.pack("!hiib", 1, 3, 1, 0)), stores.cassandra),
    ],
    ids=["login", "overloaded", "syntax", "unavailable", "read time-out"],
)
def test_what_cassandra_answers_is_no_connection_failure(
    error: Callable[[socket.socket], None], greeting: Callable[[socket.socket], None] | None
) -> None:
    """An error that Cassandra reports is an answer: a login, a full node, replicas that did not answer in time."""

    def answer(_server: Server, connection: socket.socket) -> None:
        if greeting is not None:
            greeting(connection)
        while True:
            error(connection)

    with scripted.playing(answer) as server, pytest.raises(Exception) as caught:  # noqa: PT011 - classes of its own
        by_cassandra(server, LONG)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)
