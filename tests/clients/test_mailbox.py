"""Clients of mailboxes (IMAP, POP) against every fault that applies; what is only an answer of the server."""

from __future__ import annotations

import imaplib
import poplib
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.outcomes import CLOSED, GARBAGE, HERE, NO_DESCRIPTORS, READ_TIMEOUT, RESET, SAFE
from tests.clients.tables import LOCALHOST, LONG, PLAIN, TLS, Outcome, context, rows
from tests.clients.web import but
from tests.faults import Server, play
from tests.faults.server import Greeting

IMAP_READY, POP_READY = b"* OK ready\r\n", b"+OK ready\r\n"


def can(connection: socket.socket, *answers: bytes) -> None:
    """Greet as an IMAP server, say what it can do, and give these answers."""
    connection.sendall(IMAP_READY)
    with connection.makefile("rb", buffering=0) as lines:
        for answer in (b"OK done", *answers):
            tag = lines.readline().split()[0]
            connection.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n%s %s\r\n" % (tag, answer))


def agrees_to_tls(connection: socket.socket) -> None:
    """Be an IMAP server up to the handshake."""
    can(connection, b"OK go on")


def knows_nobody(connection: socket.socket) -> None:
    """Be an IMAP server that refuses the login."""
    can(connection, b"NO [AUTHENTICATIONFAILED] not you")


def mailbox(server: Server, patience: float, host: str | None = None) -> imaplib.IMAP4:
    """Connect by IMAP and wait for the greeting."""
    box = imaplib.IMAP4(host or server.host, server.port, timeout=patience)
    server.cleanup.callback(box.file.close)
    server.cleanup.callback(box.sock.close)
    return box


def mailbox_login(server: Server, patience: float) -> None:
    """Log in by IMAP."""
    mailbox(server, patience).login("user", "hush")


def mailbox_secured(server: Server, patience: float) -> None:
    """Connect by IMAP with TLS from the first byte."""
    imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context(server), timeout=patience)


def mailbox_start_tls(server: Server, patience: float) -> None:
    """Ask for TLS on an open connection by IMAP."""
    mailbox(server, patience).starttls(context(server))


def post_office(server: Server, patience: float, host: str | None = None) -> poplib.POP3:
    """Connect by POP and wait for the greeting."""
    box = poplib.POP3(host or server.host, server.port, timeout=patience)
    server.cleanup.callback(box.close)
    return box


def post_office_login(server: Server, patience: float) -> None:
    """Log in by POP."""
    post_office(server, patience).user("user")


def post_office_secured(server: Server, patience: float) -> None:
    """Connect by POP with TLS from the first byte."""
    poplib.POP3_SSL(server.host, server.port, context=context(server), timeout=patience)


GREETING: Mapping[str, Outcome] = {
    **but(PLAIN, {"reset-after-request": None, "close-after-request": None, "garbage-answer": None}),
    "garbage": GARBAGE,
    "reset-after-accept": RESET,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
COMMAND: Mapping[str, Outcome] = {
    "reset-after-request": RESET,
    "close-after-request": CLOSED,
    "garbage-answer": GARBAGE,
}
SILENCE: Mapping[str, Outcome] = {"accept-silent": READ_TIMEOUT}
FULL: Mapping[str, Outcome] = {"server-full": ("too-many-connections", None, HERE, "connect", SAFE)}

CASES: tuple[Case, ...] = (
    *rows("imaplib", mailbox, GREETING),
    *rows("imaplib", partial(mailbox, host="localhost"), LOCALHOST),
    *rows("imaplib", mailbox, FULL, greeting=b"* BYE Too many connections\r\n"),
    *rows("imaplib", mailbox_login, COMMAND, greeting=can),
    *rows("imaplib", mailbox_login, SILENCE, greeting=can, note="login"),
    *rows("imaplib", mailbox_start_tls, TLS, greeting=agrees_to_tls, note="starttls"),
    *rows("imaplib", mailbox_secured, TLS),
    *rows("poplib", post_office, GREETING),
    *rows("poplib", partial(post_office, host="localhost"), LOCALHOST),
    *rows("poplib", post_office, FULL, greeting=b"-ERR Too many connections\r\n"),
    *rows("poplib", post_office_login, COMMAND, greeting=POP_READY),
    *rows("poplib", post_office_login, SILENCE, greeting=POP_READY, note="login"),
    *rows("poplib", post_office_secured, TLS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mailbox(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


@pytest.mark.parametrize(
    ("login", "greeting"),
    [(mailbox_login, knows_nobody), (post_office_login, POP_READY + b"-ERR not you\r\n")],
    ids=["imaplib", "poplib"],
)
def test_a_refused_login_is_no_connection_failure(login: Callable[[Server, float], None], greeting: Greeting) -> None:
    """A server that knows no such user has answered."""
    with play("healthy", greeting=greeting) as server, pytest.raises(Exception, match="not you") as caught:
        login(server, LONG)
    assert connlog.diagnose(caught.value) is None


def test_tls_that_a_mailbox_does_not_offer_is_no_connection_failure() -> None:
    """A client that can't have TLS from this server has got an answer."""
    with play("healthy", greeting=can) as server:
        box = mailbox(server, LONG)
        box.capabilities = ()
        with pytest.raises(imaplib.IMAP4.abort, match="not supported") as caught:
            box.starttls()
    assert connlog.diagnose(caught.value) is None
