"""Clients that send mail or move files against every fault that applies; what is only an answer of the server."""

from __future__ import annotations

import ftplib
import smtplib
import socket
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, GARBAGE, HERE, IF_IDEMPOTENT, NO_DESCRIPTORS, READ_TIMEOUT, RESET, SAFE, at
from tests.clients.tables import LOCALHOST, LONG, PLAIN, TLS, UNIX, Outcome, context, finish, rows
from tests.faults import Server, play

aiosmtplib = lazy("aiosmtplib")

READY = b"220 ready\r\n"
FULL_HOUSE = b"421 4.7.0 Too many connections from your address\r\n"
LARGE = "x" * 8_000_000
"""A message that no socket's buffers hold."""


def talk(greeting: bytes, *answers: bytes) -> Callable[[socket.socket], None]:
    """Return the conversation of a server that greets, and answers each line with the next answer."""

    def converse(connection: socket.socket) -> None:
        connection.sendall(greeting)
        with connection.makefile("rb", buffering=0) as lines:
            for answer in answers:
                lines.readline()
                connection.sendall(answer)

    return converse


OFFERS_TLS = talk(READY, b"250-tests\r\n250 STARTTLS\r\n", READY)
AGREES_TO_TLS = talk(READY, b"234 go on\r\n")
TAKES_MAIL = talk(READY, b"250 tests\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
FORBIDS = talk(READY, b"250-tests\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 Authentication failed\r\n")

FIRST: Mapping[str, Outcome] = {
    "garbage": GARBAGE,
    "reset-after-accept": RESET,
    "descriptors-exhausted": NO_DESCRIPTORS,
}
GREETING: Mapping[str, Outcome] = {
    fault: outcome
    for fault, outcome in {**PLAIN, **FIRST}.items()
    if fault not in {"reset-after-request", "close-after-request", "garbage-answer"}
}
"""What happens to a client that waits for the server to speak first."""

COMMAND: Mapping[str, Outcome] = {"reset-after-request": RESET, "close-after-request": CLOSED}
"""What happens to its first command."""

SILENCE: Mapping[str, Outcome] = {"accept-silent": READ_TIMEOUT}


def mail(server: Server, patience: float) -> None:
    """Connect and wait for the greeting."""
    smtplib.SMTP(server.host, server.port, timeout=patience)


def mail_localhost(server: Server, patience: float) -> None:
    """Connect to localhost."""
    smtplib.SMTP("localhost", server.port, timeout=patience)


def mail_hello(server: Server, patience: float) -> None:
    """Say hello after the greeting."""
    smtp = smtplib.SMTP(server.host, server.port, local_hostname="tests", timeout=patience)
    server.cleanup.callback(smtp.close)
    smtp.ehlo_or_helo_if_needed()


def mail_secured(server: Server, patience: float) -> None:
    """Connect with TLS from the first byte."""
    smtplib.SMTP_SSL(server.host, server.port, timeout=patience, context=context(server))


def mail_start_tls(server: Server, patience: float) -> None:
    """Ask for TLS on an open connection."""
    with smtplib.SMTP(server.host, server.port, local_hostname="tests", timeout=patience) as smtp:
        smtp.starttls(context=context(server))


def mail_sent(server: Server, patience: float) -> None:
    """Send a large message."""
    with smtplib.SMTP(server.host, server.port, local_hostname="tests", timeout=patience) as smtp:
        smtp.sendmail("from@tests", "to@tests", LARGE)


def mail_login(server: Server, patience: float) -> None:
    """Log in."""
    smtp = smtplib.SMTP(server.host, server.port, local_hostname="tests", timeout=patience)
    server.cleanup.callback(smtp.close)
    smtp.login("user", "hush")


async def amail(server: Server, patience: float, **options: Any) -> Any:
    """Connect by aiosmtplib and wait for the greeting."""
    settings = {"hostname": server.host, "port": server.port, "use_tls": False, "start_tls": False, **options}
    smtp = aiosmtplib.SMTP(timeout=patience, local_hostname="tests", **settings)
    server.cleanup.callback(id, smtp)
    await smtp.connect()
    return smtp


async def amail_localhost(server: Server, patience: float) -> None:
    """Connect to localhost by aiosmtplib."""
    await amail(server, patience, hostname="localhost")


async def amail_unix(server: Server, patience: float) -> None:
    """Connect to a unix socket by aiosmtplib."""
    await amail(server, patience, hostname=None, port=None, socket_path=server.path)


async def amail_hello(server: Server, patience: float) -> None:
    """Say hello by aiosmtplib."""
    await (await amail(server, patience)).ehlo()


async def amail_secured(server: Server, patience: float) -> None:
    """Connect with TLS from the first byte by aiosmtplib."""
    await amail(server, patience, use_tls=True, tls_context=context(server))


async def amail_start_tls(server: Server, patience: float) -> None:
    """Ask for TLS on an open connection by aiosmtplib."""
    await amail(server, patience, start_tls=True, tls_context=context(server))


async def amail_sent(server: Server, patience: float) -> None:
    """Send a large message by aiosmtplib."""
    await (await amail(server, patience)).sendmail("from@tests", "to@tests", LARGE)


async def amail_login(server: Server, patience: float) -> None:
    """Log in by aiosmtplib."""
    await (await amail(server, patience)).login("user", "hush")


def files(server: Server, patience: float) -> None:
    """Connect and wait for the greeting."""
    ftp = ftplib.FTP(timeout=patience)  # noqa: S321 - that is the case
    server.cleanup.callback(ftp.close)
    ftp.connect(server.host, server.port)


def files_localhost(server: Server, patience: float) -> None:
    """Connect to localhost."""
    ftp = ftplib.FTP(timeout=patience)  # noqa: S321 - that is the case
    ftp.connect("localhost", server.port)


def files_login(server: Server, patience: float) -> None:
    """Log in after the greeting."""
    ftp = ftplib.FTP(timeout=patience)  # noqa: S321 - that is the case
    server.cleanup.callback(ftp.close)
    ftp.connect(server.host, server.port)
    ftp.login()


def files_secured(server: Server, patience: float) -> None:
    """Ask for TLS on an open connection."""
    ftp = ftplib.FTP_TLS(timeout=patience, context=context(server))  # noqa: S321 - that is the case
    server.cleanup.callback(ftp.close)
    ftp.connect(server.host, server.port)
    ftp.auth()


def host_only(outcomes: Mapping[str, Outcome]) -> Mapping[str, Outcome]:
    """Return outcomes of a client that keeps the host alone."""
    return {fault: at("{host}", outcome) for fault, outcome in outcomes.items()}


SENDING: Mapping[str, Outcome] = {"reads-nothing-then-close": ("broken-pipe", "EPIPE", HERE, "send", IF_IDEMPOTENT)}
FULL: Mapping[str, Outcome] = {"server-full": ("too-many-connections", None, HERE, "connect", SAFE)}

CASES: tuple[Case, ...] = (
    *rows("smtplib", mail, GREETING),
    *rows("smtplib", mail_localhost, LOCALHOST),
    *rows("smtplib", mail_hello, host_only(COMMAND), greeting=READY),
    *rows("smtplib", mail_hello, host_only(SILENCE), greeting=READY, note="hello"),
    *rows("smtplib", mail_secured, TLS),
    *rows("smtplib", mail_start_tls, host_only(TLS), greeting=OFFERS_TLS, note="starttls"),
    *rows("smtplib", mail_sent, host_only(SENDING), greeting=TAKES_MAIL),
    *rows("smtplib", mail, FULL, greeting=FULL_HOUSE),
    *rows("aiosmtplib", amail, GREETING),
    *rows("aiosmtplib", amail_localhost, LOCALHOST),
    *rows("aiosmtplib", amail_unix, UNIX),
    *rows("aiosmtplib", amail_hello, COMMAND, greeting=READY),
    *rows("aiosmtplib", amail_hello, SILENCE, greeting=READY, note="hello"),
    *rows("aiosmtplib", amail_secured, TLS),
    *rows("aiosmtplib", amail_start_tls, TLS, greeting=OFFERS_TLS, note="starttls"),
    *rows("aiosmtplib", amail_sent, {"reads-nothing-then-close": CLOSED}, greeting=TAKES_MAIL),
    *rows("aiosmtplib", amail, FULL, greeting=FULL_HOUSE),
    *rows("ftplib", files, GREETING),
    *rows("ftplib", files, FULL, greeting=FULL_HOUSE),
    *rows("ftplib", files_localhost, LOCALHOST),
    *rows("ftplib", files_secured, TLS, greeting=AGREES_TO_TLS),
    *rows("ftplib", files_login, COMMAND, greeting=READY),
    *rows("ftplib", files_login, SILENCE, greeting=READY, note="login"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_mail_and_files(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


@pytest.mark.parametrize(
    "login",
    [mail_login, pytest.param(amail_login, marks=pytest.mark.needs("aiosmtplib"))],
    ids=["smtplib", "aiosmtplib"],
)
def test_a_refused_login_is_no_connection_failure(login: Callable[[Server, float], Any]) -> None:
    """A server that knows no such user has answered."""
    with play("healthy", greeting=FORBIDS) as server, pytest.raises(Exception) as caught:  # noqa: PT011 - either's own
        finish(login(server, LONG))
    assert "5.7.8" in str(caught.value)
    assert connlog.diagnose(caught.value) is None


def retrieve(server: Server) -> None:
    """Ask for a file."""
    ftp = ftplib.FTP(timeout=LONG)  # noqa: S321 - that is the case
    server.cleanup.callback(ftp.close)
    ftp.connect(server.host, server.port)
    ftp.login()
    ftp.retrbinary("RETR file", print)


def test_the_port_for_the_data_of_a_file_is_named() -> None:
    """What refuses a file's data is another port than the one that FTP's commands go to."""
    with play("refuse") as data:
        passive = "227 here (127,0,0,1,{},{})\r\n".format(*divmod(data.port, 256)).encode()
        asked = talk(READY, b"331 and you?\r\n", b"230 welcome\r\n", b"200 ok\r\n", passive)
        with play("healthy", greeting=asked) as server, pytest.raises(ConnectionRefusedError) as caught:
            retrieve(server)
        found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.server_address, found.server_port) == ("connection-refused", data.host, data.port)
