"""Mail and FTP of the standard library against every fault that applies."""

from __future__ import annotations

import ftplib
import smtplib
from collections.abc import Mapping
from typing import Any

import pytest

from tests.clients.cases import Case, check
from tests.clients.outcomes import CLOSED, GARBAGE, READ_TIMEOUT, RESET, at
from tests.clients.tables import LOCALHOST, PLAIN, TLS, Outcome, context, rows
from tests.faults import Server

READY = b"220 ready\r\n"

GREETING: Mapping[str, Outcome] = {
    fault: outcome
    for fault, outcome in {**PLAIN, "garbage": GARBAGE, "reset-after-accept": RESET}.items()
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


def host_only(outcomes: Mapping[str, Outcome]) -> Mapping[str, Outcome]:
    """Return outcomes of a client that keeps the host alone."""
    return {fault: at("{host}", outcome) for fault, outcome in outcomes.items()}


CASES: tuple[Case, ...] = (
    *rows("smtplib", mail, GREETING),
    *rows("smtplib", mail_localhost, LOCALHOST),
    *rows("smtplib", mail_hello, host_only(COMMAND), greeting=READY),
    *rows("smtplib", mail_hello, host_only(SILENCE), greeting=READY, note="hello"),
    *rows("smtplib", mail_secured, TLS),
    *rows("ftplib", files, GREETING),
    *rows("ftplib", files_localhost, LOCALHOST),
    *rows("ftplib", files_login, COMMAND, greeting=READY),
    *rows("ftplib", files_login, SILENCE, greeting=READY, note="login"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_mail_and_files(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
