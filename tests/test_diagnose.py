"""
The judgement over a chain: relation, groups, retry.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests

import connlog
from connlog import Diagnosis
from tests.faults import Server, play


def refused(server: Server) -> OSError:
    """
    Provoke a real refusal, or whatever the server does.
    """
    with socket.socket() as sock:
        sock.settimeout(1)
        try:
            sock.connect((server.host, server.port))
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            sock.recv(1)
        except OSError as error:
            return error
    pytest.fail("nothing was raised")


def found(exc: BaseException) -> Diagnosis:
    """
    Diagnose what must be a connection failure.
    """
    diagnosis = connlog.diagnose(exc)
    assert diagnosis is not None
    return diagnosis


def raised(function: Callable[[], Any]) -> BaseException:
    """
    Call and return what it raises.
    """
    with pytest.raises(BaseException) as caught:  # noqa: PT011 -- any of them
        function()
    return caught.value


def test_a_cause_is_because_a_context_is_not() -> None:
    """
    What the program raises *from* the failure is because of it; what it raises while handling it may be another story.
    """
    with play("refuse") as server:
        error = refused(server)

    def because() -> None:
        message = "no orders"
        raise RuntimeError(message) from error

    def stumbling() -> None:
        try:
            raise error
        except OSError:
            {}["orders"]

    def denied() -> None:
        message = "no orders"
        try:
            raise error
        except OSError:
            raise RuntimeError(message) from None

    assert (found(raised(because)).relation, found(raised(because)).chain) == (
        "because",
        ("RuntimeError", "ConnectionRefusedError"),
    )
    assert found(raised(stumbling)).relation == "while-handling"
    assert connlog.is_retryable(raised(because))
    assert not connlog.is_retryable(raised(stumbling))
    assert connlog.diagnose(raised(denied)) is None


def test_a_group_counts_its_failures() -> None:
    """
    The record describes the first member that failed to connect; the others are listed, and the rest is left alone.
    """
    with play("refuse") as one, play("reset-after-request") as two:
        first, second = refused(one), refused(two)
        group = ExceptionGroup("tasks", [ValueError("a bug"), first, ExceptionGroup("inner", [second])])
        diagnosis = found(group)
        assert (diagnosis.code, diagnosis.count) == ("connection-refused", 2)
        assert [other.code for other in diagnosis.others] == ["connection-reset"]
        assert diagnosis.chain == ("ExceptionGroup", "ConnectionRefusedError")


def test_a_group_below_a_wrapper_is_one_failure() -> None:
    """
    The tries of one connection, one for each address, are one failure.
    """
    with play("refuse") as server:
        error = OSError("all attempts to connect failed")
        error.__cause__ = ExceptionGroup("attempts", [refused(server), refused(server)])
    assert found(error).count == 1


def test_a_timeout_of_unknown_stage_stays_one() -> None:
    """
    A time-out that a library wraps without a traceback may have struck at any stage.
    """
    diagnosis = found(requests.exceptions.ConnectionError(TimeoutError("timed out")))
    assert (diagnosis.code, diagnosis.retry) == ("timeout", "if-idempotent")


def test_a_group_is_as_safe_as_its_least_safe_member() -> None:
    """
    A retry of the whole repeats every member: a bug, or a request that may have arrived, makes it unsafe.
    """
    with play("refuse") as one, play("reset-after-request") as two:
        first, second = refused(one), refused(two)
    assert connlog.is_retryable(ExceptionGroup("tasks", [first, first]))
    assert not connlog.is_retryable(ExceptionGroup("tasks", [first, second]))
    assert connlog.is_retryable(ExceptionGroup("tasks", [first, second]), idempotent=True)
    assert not connlog.is_retryable(ExceptionGroup("tasks", [first, ValueError("a bug")]), idempotent=True)


@pytest.mark.parametrize(
    ("fault", "verdict", "plainly", "repeated"),
    [
        ("refuse", "safe", True, True),
        ("full-backlog", "safe", True, True),
        ("reset-after-request", "if-idempotent", False, True),
        ("accept-silent", "if-idempotent", False, True),
    ],
)
def test_retry(fault: str, verdict: str, *, plainly: bool, repeated: bool) -> None:
    """
    What reached nobody may be repeated; what may have reached somebody only if that does no harm.
    """
    with play(fault) as server:
        error = refused(server)
    assert found(error).retry == verdict
    assert connlog.is_retryable(error) is plainly
    assert connlog.is_retryable(error, idempotent=True) is repeated


def test_no_failure_is_retryable_by_itself() -> None:
    """
    An exception that is no connection failure gives no leave to repeat anything.
    """
    assert not connlog.is_retryable(ValueError("x"), idempotent=True)


def test_etimedout_of_unknown_stage_is_not_called_safe() -> None:
    """
    The kernel ends a standing connection with ETIMEDOUT too: without a frame that says "connect", nothing is safe.
    """
    diagnosis = found(requests.exceptions.ConnectionError(OSError(errno.ETIMEDOUT, "Connection timed out")))
    assert (diagnosis.code, diagnosis.errno_name, diagnosis.retry) == ("timeout", "ETIMEDOUT", "if-idempotent")
