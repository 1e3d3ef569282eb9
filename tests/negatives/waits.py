"""
Something did not come in time, or nobody waits for it any more; no network failed.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Coroutine

from tests.negatives import Places, negative, running

WAIT = 0.01
"""Seconds that a wait which must time out lasts."""


def _waiting(wait: Callable[[], Coroutine[None, None, object]]) -> object:
    async def main() -> object:
        return await asyncio.wait_for(wait(), WAIT)

    return running(main)


@negative(TimeoutError)
def asyncio_queue(_: Places) -> object:
    """
    asyncio: nothing comes out of a queue.
    """
    return _waiting(lambda: asyncio.Queue().get())


@negative(TimeoutError)
def asyncio_event(_: Places) -> object:
    """
    asyncio: an event is not set.
    """
    return _waiting(lambda: asyncio.Event().wait())


@negative(TimeoutError)
def asyncio_sleep(_: Places) -> object:
    """
    asyncio: a coroutine takes too long.
    """
    return _waiting(lambda: asyncio.sleep(5))


@negative(TimeoutError)
def asyncio_lock(_: Places) -> object:
    """
    asyncio: a lock is not released, with asyncio.timeout().
    """

    async def main() -> object:
        lock = asyncio.Lock()
        async with lock, asyncio.timeout(WAIT):
            return await lock.acquire()

    return running(main)


@negative(TimeoutError)
def future_timeout(_: Places) -> object:
    """
    concurrent.futures: a result does not come.
    """
    return concurrent.futures.Future[None]().result(timeout=WAIT)


@negative(concurrent.futures.CancelledError)
def future_cancelled(_: Places) -> object:
    """
    concurrent.futures: the future was cancelled.
    """
    future = concurrent.futures.Future[None]()
    future.cancel()
    return future.result()


@negative(TimeoutError)
def own_timeout(_: Places) -> object:
    """
    A time-out of the program's own, over work that touches no network.
    """
    raise TimeoutError("the report took longer than 30 s")


@negative(queue.Empty)
def queue_empty(_: Places) -> object:
    """
    queue: nothing comes out of it.
    """
    return queue.Queue[int]().get(timeout=WAIT)


@negative(queue.Full)
def queue_full(_: Places) -> None:
    """
    queue: nothing goes into it.
    """
    full = queue.Queue[int](1)
    full.put(1)
    full.put(2, timeout=WAIT)


@negative(subprocess.TimeoutExpired)
def child_timeout(_: Places) -> object:
    """
    subprocess: a child takes too long.
    """
    return subprocess.run(["sleep", "5"], timeout=WAIT, check=False)


@negative(asyncio.CancelledError)
def task_cancelled(_: Places) -> object:
    """
    asyncio: a task is cancelled while it waits.
    """

    async def main() -> object:
        task = asyncio.create_task(asyncio.sleep(5, "done"))
        await asyncio.sleep(0)
        task.cancel()
        return await task

    return running(main)


@negative(asyncio.CancelledError)
def task_cancelled_while_reading(at: Places) -> object:
    """
    asyncio: a task is cancelled while it reads from a socket.
    """

    async def main() -> object:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.web_port)
        task = asyncio.create_task(reader.read())
        await asyncio.sleep(0)
        task.cancel()
        try:
            return await task
        finally:
            writer.close()

    return running(main)


@negative(KeyboardInterrupt)
def interrupted(at: Places) -> object:
    """
    Ctrl-C while a program waits for an answer.
    """
    with socket.create_connection(("127.0.0.1", at.web_port), timeout=5) as connection:
        threading.Timer(0.05, signal.pthread_kill, [threading.get_ident(), signal.SIGINT]).start()
        return connection.recv(1)
