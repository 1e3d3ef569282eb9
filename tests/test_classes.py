"""
Whose class a bare name is: the frames, the words and what is loaded tell.
"""

from __future__ import annotations

import pytest

from connlog._classes import classes_of, full_name, number_in, winerror_in

PYMYSQL = "/app/lib/python3.12/site-packages/pymysql/connections.py"
REDIS = "/app/lib/python3.12/site-packages/redis/connection.py"


@pytest.mark.parametrize(
    ("name", "files", "message", "full"),
    [
        ("redis.exceptions.ConnectionError", (PYMYSQL,), "", "redis.exceptions.ConnectionError"),
        ("ConnectionError", (REDIS,), "Error 111 connecting to db:6379.", "redis.exceptions.ConnectionError"),
        ("ConnectionError", (), "Error 111 connecting to db:6379.", "ConnectionError"),
        ("TimeoutError", (REDIS,), "timed out", "TimeoutError"),
        ("gaierror", (REDIS,), "[Errno -2] Name or service not known", "socket.gaierror"),
        ("OperationalError", (PYMYSQL,), '(2003, "Can\'t connect")', "pymysql.err.OperationalError"),
        (
            "OperationalError",
            (PYMYSQL,),
            "(pymysql.err.OperationalError) (2003, '')",
            "sqlalchemy.exc.OperationalError",
        ),
        ("ServerSelectionTimeoutError", (), "db:27017: refused", "pymongo.errors.ServerSelectionTimeoutError"),
        ("OrderError", ("/srv/shop/orders.py",), "no luck", "OrderError"),
    ],
)
def test_whose_class_it_is(name: str, files: tuple[str, ...], message: str, full: str) -> None:
    """
    The innermost frame's library has raised its own class; SQLAlchemy says the driver's class first.
    """
    assert full_name(name, files, message) == full


def test_bases() -> None:
    """
    A builtin has its bases; of a program's own class nothing is known but its name.
    """
    assert classes_of("ConnectionRefusedError")[1][:3] == ("ConnectionRefusedError", "ConnectionError", "OSError")
    assert classes_of("shop.errors.OrderError") == ("shop.errors.OrderError", ("shop.errors.OrderError",))


@pytest.mark.parametrize(
    ("name", "message", "number"),
    [
        ("ConnectionRefusedError", "[Errno 111] Connection refused", 111),
        ("ConnectionRefusedError", "[WinError 10061] No connection could be made", 10061),
        ("OSError", "(101, 'Network is unreachable')", 101),
        ("OSError", "113", 113),
        ("OSError", "no number", None),
        ("ssl.SSLError", "[Errno 1] _ssl.c:504: error", None),
        ("ValueError", "[Errno 111] Connection refused", None),
    ],
)
def test_the_number_that_words_begin_with(name: str, message: str, number: int | None) -> None:
    """
    Only an OSError's words begin with an errno; OpenSSL's numbers are its own.
    """
    assert number_in(message, classes_of(name)[1]) == number
    assert winerror_in(message) == (number if "WinError" in message else None)
