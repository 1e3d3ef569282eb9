"""
A time-out that names nothing: whose it was, and what was waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

import connlog
from connlog import Diagnosis
from tests.clients.tables import context
from tests.faults import play

WAIT = """
import asyncio

async def wait(answer):
    await asyncio.wait_for(answer, 0.01)

async def pass_on(answer):
    await answer

async def connect(answer):
    await answer

async def read(task):
    try:
        await task
    except asyncio.CancelledError as error:
        raise asyncio.CancelledError from error
"""


def library(name: str) -> dict[str, Any]:
    """
    Make a module of that name, which waits for others.
    """
    module: dict[str, Any] = {"__name__": name}
    exec(compile(WAIT, f"<{name}>", "exec"), module)  # noqa: S102 - as a library is imported
    return module


def found(waiting: Coroutine[Any, Any, object]) -> Diagnosis | None:
    """
    Diagnose a time-out.
    """
    with pytest.raises(TimeoutError) as caught:
        asyncio.run(waiting)
    return connlog.diagnose(caught.value)


async def soon(answer: Coroutine[Any, Any, object]) -> None:
    """
    Lose patience in the program itself.
    """
    await asyncio.wait_for(answer, 0.01)


@pytest.mark.parametrize(("package", "code"), [("aiormq.made", "timeout"), ("trio.made", None), ("myapp.made", None)])
def test_a_networking_library_waits_for_the_network(package: str, code: str | None) -> None:
    """
    What a networking library waits for in vain is its peer; one that runs any program's tasks may wait for anything.
    """
    module = library(package)
    for waiting in (module["wait"](asyncio.sleep(9)), soon(module["pass_on"](asyncio.sleep(9)))):
        diagnosis = found(waiting)
        assert (diagnosis and diagnosis.code) == code
        assert (diagnosis and diagnosis.retry) == (code and "if-idempotent")


async def cancelled_again(task: asyncio.Task[Any]) -> object:
    """
    Wait for a task, and wrap its cancellation, as libraries do that name a reason.
    """
    try:
        return await task
    except asyncio.CancelledError as error:
        raise asyncio.CancelledError("closing") from error


async def handshake(host: str, port: int, ssl: Any) -> object:
    """
    Lose patience with a TLS handshake in a task of its own.
    """
    task = asyncio.create_task(asyncio.open_connection(host, port, ssl=ssl))
    return await asyncio.wait_for(cancelled_again(task), 0.2)


def test_a_cancellation_that_was_wrapped() -> None:
    """
    Where a task stood when it was cancelled, its own cancellation says, not the one that was made of it.
    """
    with play("tls-silent") as server:
        diagnosis = found(handshake(server.host, server.port, context(server)))
    assert diagnosis is not None
    assert (diagnosis.code, diagnosis.phase, diagnosis.retry) == ("read-timeout", "tls", "safe")


async def closing(module: dict[str, Any]) -> None:
    """
    Lose patience with a library that reads, and is cancelled once more where it would connect.
    """
    await asyncio.wait_for(module["read"](asyncio.create_task(module["connect"](asyncio.sleep(9)))), 0.01)


def test_the_task_that_had_got_furthest() -> None:
    """
    Of several cancellations, the one that had got furthest tells what was waited for.
    """
    diagnosis = found(closing(library("aiormq.made")))
    assert diagnosis is not None
    assert (diagnosis.code, diagnosis.phase) == ("read-timeout", "receive")
