"""
What one line tells by itself: a failure where the words are a failure's, nothing where somebody writes about one.
"""

from __future__ import annotations

import pytest

import connlog
from connlog._text import links_of_lines

POSTGRESQL = 'connection to server at "db" (10.0.0.5), port 5432 failed: Connection refused'
MYSQL = "(2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")"


def told(text: str) -> list[tuple[str, str | None, str | None]]:
    """
    List what is found in a text: codes, errnos and hosts.
    """
    found = [finding.diagnosis for finding in connlog.scan(text)]
    return [(diagnosis.code, diagnosis.errno_name, diagnosis.server_address) for diagnosis in found]


@pytest.mark.parametrize(
    ("text", "code", "errno_name"),
    [
        ("ConnectionResetError: 104", "connection-reset", "ECONNRESET"),
        ("ERROR order 7 not sent: OSError: 113", "host-unreachable", "EHOSTUNREACH"),
        ("failed: ConnectionRefusedError(111, 'Connection refused')", "connection-refused", "ECONNREFUSED"),
        ("gave up: gaierror(-2, 'Name or service not known')", "dns-name-not-found", "EAI_NONAME"),
        (
            "ConnectionRefusedError(111, 'all of them are busy') and OSError(104, 'Connection reset by peer')",
            "connection-reset",
            "ECONNRESET",
        ),
    ],
)
def test_a_line_of_a_failure(text: str, code: str, errno_name: str) -> None:
    """
    A line is the failure that its words or its number tell; a class with words of somebody's own is none.
    """
    assert [row[:2] for row in told(text)] == [(code, errno_name)]


@pytest.mark.parametrize(
    "text",
    [
        "urllib3.exceptions.MaxRetryError: when all of them are used up, the job stops",
        "httpx.ConnectError: is raised when nothing listens",
        "ConnectionRefusedError: raised when nothing listens",
        "got ConnectionRefusedError(111, 'all of them are busy')",
        "ConnectionResetError: 104 of them today",
        "the row says Point(111, 'Connection refused') and is no exception",
    ],
)
def test_a_line_about_failures(text: str) -> None:
    """
    A sentence that goes on as prose does, about a class, tells of no failure.
    """
    assert links_of_lines([text]) == ()
    assert told(text) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sqlalchemy.exc.OperationalError", f"(psycopg2.OperationalError) {POSTGRESQL}"),
        ("sqlalchemy.exc.OperationalError", f"(pymysql.err.OperationalError) {MYSQL}"),
        ("OperationalError", f"(psycopg2.OperationalError) {POSTGRESQL}"),
        ("django.db.utils.OperationalError", POSTGRESQL),
    ],
)
@pytest.mark.parametrize("head", ["", "Traceback (most recent call last):\n"])
def test_a_wrapper_whose_cause_is_lost_quotes_it(head: str, name: str, words: str) -> None:
    """
    What is left of a chain says what the driver said, as a line by itself and as the only traceback.
    """
    assert [(code, host) for code, _, host in told(f"{head}{name}: {words}\n")] == [("connection-refused", "db")]
