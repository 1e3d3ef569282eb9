"""
What is no connection failure gets no diagnosis: asserted as strictly as the failures.

The provocations are in :mod:`tests.negatives`; each really happens, on loopback or on this machine.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

import connlog
from tests.faults import Worker
from tests.negatives import CASES, Places, Provocation, local, output, provoked, sessions, waits, web
from tests.negatives.places import places, postgres, redis_server

__all__ = ["local", "places", "postgres", "redis_server", "sessions", "waits", "web"]


@pytest.mark.parametrize(("expected", "provoke"), CASES, ids=[provoke.__name__ for _, provoke in CASES])
def test_is_no_connection_failure(expected: type[BaseException], provoke: Provocation, places: Places) -> None:
    """
    What is no connection failure gets no diagnosis, and is no reason to retry.
    """
    exc = provoked(provoke, places)
    assert isinstance(exc, expected)
    assert connlog.diagnose(exc) is None
    assert not connlog.is_retryable(exc, idempotent=True)


def test_what_was_being_handled_is_no_reason_to_retry() -> None:
    """
    A failure that the program had already dealt with is told as such, and is no reason to retry.
    """
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        try:
            socket.create_connection(bound.getsockname(), timeout=5)
        except OSError:
            with pytest.raises(KeyError) as caught:
                raise KeyError("no such customer")  # noqa: B904 - the very point
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.relation) == ("connection-refused", "while-handling")
    assert not connlog.is_retryable(caught.value, idempotent=True)


@pytest.fixture
def without_reader() -> Iterator[Worker]:
    """
    Lend a process whose stdout nobody reads.
    """
    worker = Worker("closed-stdout")
    yield worker
    worker.close()


@pytest.mark.parametrize("way", output.WAYS)
def test_own_output_is_no_network(way: str, without_reader: Worker) -> None:
    """
    EPIPE on the program's own output is stdout-closed, a local failure that no retry cures.
    """
    outcome = without_reader.call("tests.negatives.output:write", way=way)
    assert outcome["type"] == "BrokenPipeError"
    assert outcome["diagnosis"]["code"] == "stdout-closed"
    assert outcome["diagnosis"]["phase"] == "local"
    assert outcome["diagnosis"]["retry"] == "after-fix"
    assert outcome["diagnosis"]["server_address"] is None
    assert not outcome["retryable"]
