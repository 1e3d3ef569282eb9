"""
The links of an exception: which are followed, which are not, and what they cost.
"""

from __future__ import annotations

import gc

import pytest

import connlog
from connlog import CATALOG, _chain
from connlog._chain import walk
from connlog._diagnose import diagnose_text
from connlog._evidence import named


def test_classes_made_on_the_fly_do_not_pile_up() -> None:
    """
    The names of classes are kept, but not of ever more classes.
    """
    for number in range(_chain.NODES + 10):
        walk(type(f"Made{number}", (Exception,), {})())
        _chain.member(type(f"Held{number}", (), {"__slots__": ("fp",)})(), "fp")
    assert len(_chain._MROS) <= _chain.NODES + 1
    assert len(_chain._SLOTS) <= _chain.NODES + 1
    gc.collect()


def test_a_cause_of_a_cause_is_no_context() -> None:
    """
    An exception that is a cause further down is reached by that way, not as the context of what wraps it all.
    """
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")  # noqa: TRY301 -- this is what is looked at
        except ConnectionRefusedError as error:
            reason = RuntimeError("proxy")
            reason.__cause__ = error
            raise ValueError("all tries failed") from reason
    except ValueError as error:
        links = walk(error)
    assert [(link.type, link.via, link.parent, link.because) for link in links] == [
        ("ValueError", "self", None, True),
        ("RuntimeError", "cause", 0, True),
        ("ConnectionRefusedError", "cause", 1, True),
    ]


def test_a_context_of_its_own_is_followed_last() -> None:
    """
    What an exception with a cause was raised in the middle of is followed after the cause, once.
    """
    error, cause, context = ValueError("x"), RuntimeError("cause"), ConnectionResetError(104, "reset")
    error.__cause__, error.__context__, cause.__context__ = cause, context, context
    error.__suppress_context__ = False
    assert [(link.type, link.parent) for link in walk(error)] == [
        ("ValueError", None),
        ("RuntimeError", 0),
        ("ConnectionResetError", 1),
    ]
    cause.__context__ = None
    assert [(link.type, link.parent) for link in walk(error)] == [
        ("ValueError", None),
        ("RuntimeError", 0),
        ("ConnectionResetError", 0),
    ]


def test_the_catalog_is_a_container() -> None:
    """
    A code is in the catalog, or it is not.
    """
    assert "connection-refused" in CATALOG
    assert "no-such-code" not in CATALOG
    assert len(CATALOG) == len(CATALOG.codes)


@pytest.mark.parametrize("package", ["httpx", "httpx2", "pip._vendor.httpx", "shop.vendored.httpx", "a.packages.httpx"])
def test_the_rows_of_a_library_hold_for_its_fork(package: str) -> None:
    """
    A package that is another one under a new name, or that a third one brings along, is read by its rows, and shown by
    its own name.
    """
    error = type("ReadTimeout", (Exception,), {"__module__": package})("too slow")
    text = f"Traceback (most recent call last):\n{package}.ReadTimeout: too slow\n"
    for found in (connlog.diagnose(error), diagnose_text(text)):
        assert found is not None
        assert (found.code, found.error_type) == ("read-timeout", f"{package}.ReadTimeout")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("opensearchpy.exceptions.ConnectionError", "connection-error"),
        ("elastic_transport.ConnectionTimeout", "timeout"),
        ("openai.APIConnectionError", "connection-error"),
        ("docker.errors.ConnectionLost", "connection-error"),
        ("cassandra.ReadTimeout", None),  # the server's own verdict
        ("websockets.exceptions.WebSocketException", None),
        ("asyncpg.exceptions.FDWUnableToEstablishConnectionError", None),
        ("myapp.errors.ConnectionError", None),
        ("myapp.vendor.errors.ConnectionError", None),
    ],
)
def test_what_the_name_of_an_unmapped_class_says(name: str, code: str | None) -> None:
    """
    A networking library's class that has no row is still a failure without a reason, if its name says so; the program's
    own is not.
    """
    assert named(name) == code
    module, _, bare = name.rpartition(".")
    found = connlog.diagnose(type(bare, (Exception,), {"__module__": module})("no words"))
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("name", "base", "number", "words", "code"),
    [
        ("aiormq.exceptions.ConnectionClosed", ConnectionError, 530, "connection limit", "too-many-connections"),
        ("aiormq.exceptions.ConnectionClosed", ConnectionError, 530, "vhost nowhere not found", None),
        ("aiormq.exceptions.AMQPConnectionError", ConnectionError, 501, "no words", "connection-error"),
        ("zmq.error.Again", OSError, 11, "Resource temporarily unavailable", "timeout"),
        ("zmq.error.ZMQError", OSError, 113, "Host unreachable", None),
        ("builtins.OSError", OSError, 95, "Operation not supported", None),
    ],
)
def test_a_number_that_is_no_errno_of_a_connection(
    name: str, base: type[OSError], number: int, words: str, code: str | None
) -> None:
    """
    Whatever a library puts where an errno stands, and C's numbers that mean nothing for a connection, leave the word to
    the class.
    """
    module, _, bare = name.rpartition(".")
    error = type(bare, (base,), {"__module__": module, "__str__": lambda self: self.strerror})(number, words)
    found = connlog.diagnose(error)
    assert (found and found.code) == code
    assert found is None or found.errno is None
