"""A directory's client (LDAP) against every fault that applies; what is only an answer of the directory."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import AFTER_FIX, CLOSED, HERE, NO_DESCRIPTORS, READ_TIMEOUT, RESET
from tests.clients.tables import LOCALHOST, LONG, PLAIN, TLS, UNIX, Outcome, rows
from tests.faults import Server, play

ldap3 = lazy("ldap3")


def bound(server: Server, patience: float, *, host: str | None = None, secured: bool = False, **options: Any) -> Any:
    """Bind to a directory."""
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=server.ca_file)
    name = f"ldapi://{quote(server.path, '')}" if server.path else host or server.host
    place = ldap3.Server(name, server.port or None, secured, get_info=ldap3.NONE, tls=tls, connect_timeout=patience)
    settings = {"receive_timeout": 1, "raise_exceptions": True, "auto_bind": True, **options}  # whole seconds
    return ldap3.Connection(place, "cn=user", "hush", **settings)


def bound_by_start_tls(server: Server, patience: float) -> None:
    """Ask for TLS on an open connection."""
    bound(server, patience, auto_bind=ldap3.AUTO_BIND_TLS_BEFORE_BIND)


def searched(server: Server, patience: float) -> None:
    """Search on a connection that is bound."""
    bound(server, patience).search("dc=example", "(cn=*)")


def answer(request: bytes, operation: int, result: int) -> bytes:
    """Write an LDAP answer (RFC 4511, section 4.1.9): the request's number, and the result of an operation."""
    number = request[2 : 4 + request[3]]
    body = number + bytes((operation, 7, 10, 1, result, 4, 0, 4, 0))
    return bytes((0x30, len(body))) + body


BIND, EXTENDED = 0x61, 0x78
OK, INVALID_CREDENTIALS, UNAVAILABLE = 0, 49, 52


def says(operation: int, result: int) -> Callable[[socket.socket], None]:
    """Return the conversation of answering one request."""
    return lambda connection: connection.sendall(answer(connection.recv(65536), operation, result))


NAMELESS: Outcome = ("dns-failure", None, HERE, "resolve", AFTER_FIX)
"""ldap3 says that the server's address is invalid, not what the resolver said."""

LDAP: Mapping[str, Outcome] = {
    **PLAIN,
    "garbage-answer": READ_TIMEOUT,  # it takes the garbage for a length and waits for the rest
    "name-not-found": NAMELESS,
    "temporary-dns": NAMELESS,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
IN_USE: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": RESET,
    "close-after-request": CLOSED,
}
BOUND, TLS_AGREED = says(BIND, OK), says(EXTENDED, OK)

CASES: tuple[Case, ...] = (
    *rows("ldap3", bound, LDAP),
    *rows("ldap3", partial(bound, host="localhost"), LOCALHOST),
    *rows("ldap3", bound, UNIX),
    *rows("ldap3", searched, IN_USE, greeting=BOUND, note="search"),
    *rows("ldap3", partial(bound, secured=True), TLS),
    *rows("ldap3", bound_by_start_tls, TLS, greeting=TLS_AGREED, note="start_tls"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_directory(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("ldap3")
@pytest.mark.parametrize("result", [INVALID_CREDENTIALS, UNAVAILABLE])
@pytest.mark.parametrize("strictly", [True, False])
def test_what_a_directory_answers_is_no_connection_failure(result: int, *, strictly: bool) -> None:
    """A refused login, and a directory that is not available now, are answers."""
    with (
        scripted.playing(lambda _, connection: says(BIND, result)(connection)) as server,
        pytest.raises(ldap3.core.exceptions.LDAPException) as caught,
    ):
        bound(server, LONG, raise_exceptions=strictly)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("ldap3")
def test_a_pool_of_servers_of_which_none_answers_names_none() -> None:
    """When ldap3 has tried each server in vain it does not say why, nor which."""
    patience = ldap3.get_config_parameter("POOLING_LOOP_TIMEOUT")
    with play("refuse") as server, play("refuse") as other, ExitStack() as stack:
        ldap3.set_config_parameter("POOLING_LOOP_TIMEOUT", 0)
        stack.callback(ldap3.set_config_parameter, "POOLING_LOOP_TIMEOUT", patience)
        places = [ldap3.Server(one.host, one.port, get_info=ldap3.NONE) for one in (server, other)]
        pool = ldap3.ServerPool(places, active=1, exhaust=True)
        with pytest.raises(ldap3.core.exceptions.LDAPServerPoolExhaustedError) as caught:
            ldap3.Connection(pool, auto_bind=True)
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.server_address) == ("connection-error", None)
