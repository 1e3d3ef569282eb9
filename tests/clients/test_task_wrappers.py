"""What wraps a failure: retries that gave up, executors, groups of tasks, results of a task queue."""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent import futures
from functools import cache, partial
from multiprocessing.pool import Pool
from typing import Any

import pytest

from tests.clients.asking import ask, ask_plainly
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, NO_NAME, READ_TIMEOUT, REFUSED, RESET, UNTRUSTED, at
from tests.clients.tables import Outcome, rows
from tests.clients.web import but, url
from tests.faults import Server

celery = lazy("celery")
stamina = lazy("stamina")
tenacity = lazy("tenacity")


Wrap = Callable[[Callable[[], None]], None]
"""What runs a call, and raises what the call raised, in its own way."""


def asked(server: Server, patience: float, scheme: str) -> Callable[[], None]:
    """Return the call that fails."""
    return partial(ask, url(server, scheme), patience, server.ca_file)


def in_thread(call: Callable[[], None]) -> None:
    """Ask in a thread of an executor."""
    with futures.ThreadPoolExecutor(1) as threads:
        threads.submit(call).result()


@cache
def processes() -> futures.ProcessPoolExecutor:
    """Return the one executor of processes that the tests need."""
    return futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


@cache
def pool() -> Pool:
    """Return the one pool of processes that the tests need."""
    started = multiprocessing.get_context("spawn").Pool(1)
    atexit.register(started.terminate)
    return started


def in_process(call: Callable[[], None]) -> None:
    """Ask in a process of an executor."""
    processes().submit(call).result()


def in_pool(call: Callable[[], None]) -> None:
    """Ask in a process of a pool."""
    pool().apply(call)


def by_tenacity(call: Callable[[], None]) -> None:
    """Ask twice, and give up."""
    tenacity.Retrying(stop=tenacity.stop_after_attempt(2))(call)


def by_tenacity_async(call: Callable[[], None]) -> None:
    """Ask twice in an event loop, and give up."""

    async def attempt() -> None:
        await asyncio.to_thread(call)

    asyncio.run(tenacity.AsyncRetrying(stop=tenacity.stop_after_attempt(2))(attempt))


def by_stamina(call: Callable[[], None]) -> None:
    """Ask twice, and raise the last failure."""
    stamina.retry(on=Exception, attempts=2, wait_initial=0, wait_max=0, wait_jitter=0)(call)()


def in_group(call: Callable[[], None]) -> None:
    """Ask in a task of a group."""

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.to_thread(call))

    asyncio.run(main())


def by_celery(call: Callable[[], None], **options: Any) -> None:
    """Ask in a task that is run at once, with these options of a task."""
    queue = celery.Celery("tests", set_as_current=False)
    queue.conf.update(task_always_eager=True)

    @queue.task(**options)  # type: ignore[untyped-decorator]  # celery has no types
    def job() -> None:
        call()

    job.delay().get()


def by_celery_again(call: Callable[[], None]) -> None:
    """Ask in a task that is tried again, and gives up."""
    by_celery(call, autoretry_for=(Exception,), max_retries=1, default_retry_delay=0)


PLAIN: Mapping[str, Outcome] = {
    "refuse": REFUSED,
    "name-not-found": NO_NAME,
    "accept-silent": READ_TIMEOUT,
    "reset-after-request": RESET,
    "close-after-request": CLOSED,
}
HERE_ONLY = but(PLAIN, {"name-not-found": None})
"""Processes of a pool don't come along into the namespace."""

SECURED: Mapping[str, Outcome] = {"tls-untrusted": UNTRUSTED}


def wrapped(
    client: str, wrap: Callable[[Callable[[], None]], None], plain: Mapping[str, Outcome] = PLAIN
) -> list[Case]:
    """Write the rows of one wrapper around requests."""
    return [
        *rows(client, lambda server, patience: wrap(asked(server, patience, "http")), plain, needs=("requests",)),
        *rows(client, lambda server, patience: wrap(asked(server, patience, "https")), SECURED, needs=("requests",)),
    ]


def plainly(wrap: Wrap) -> Callable[[Server, float], object]:
    """Wrap the standard library's own client, which keeps nothing in its exceptions."""
    return lambda server, patience: wrap(partial(ask_plainly, server.host, server.port, patience))


LOST = {fault: at(None, outcome) for fault, outcome in HERE_ONLY.items()}
"""What is left of a failure in another process: the exception and its traceback as text, which holds no values."""

CASES: tuple[Case, ...] = (
    *wrapped("concurrent.futures", in_thread),
    *wrapped("concurrent.futures processes", in_process, HERE_ONLY),
    *wrapped("multiprocessing", in_pool, HERE_ONLY),
    *rows("concurrent.futures processes", plainly(in_process), LOST, note="http.client"),
    *rows("multiprocessing", plainly(in_pool), LOST, note="http.client"),
    *wrapped("tenacity", by_tenacity),
    *wrapped("tenacity async", by_tenacity_async),
    *wrapped("stamina", by_stamina),
    *wrapped("asyncio.TaskGroup", in_group),
    *wrapped("celery eager", by_celery),
    *wrapped("celery eager retried", by_celery_again),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrapper(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
