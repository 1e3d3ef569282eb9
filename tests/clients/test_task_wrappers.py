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

import connlog
from tests.clients.asking import ask, ask_in_other_words, ask_plainly
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, NO_NAME, READ_TIMEOUT, REFUSED, RESET, UNTRUSTED, at
from tests.clients.tables import SHORT, Outcome, rows
from tests.clients.web import but, url
from tests.faults import Server, play

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
    started = futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    atexit.register(started.shutdown)
    return started


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


def plainly(wrap: Wrap, call: Callable[[str, int, float], None]) -> Callable[[Server, float], object]:
    """Wrap the standard library's own client, which keeps nothing in its exceptions."""
    return lambda server, patience: wrap(partial(call, server.host, server.port, patience))


LOST = {fault: at(None, outcome) for fault, outcome in HERE_ONLY.items()}
"""What is left of a failure in another process: the exception and its traceback as text, which holds no values."""

CASES: tuple[Case, ...] = (
    *wrapped("concurrent.futures", in_thread),
    *wrapped("concurrent.futures processes", in_process, HERE_ONLY),
    *wrapped("multiprocessing", in_pool, HERE_ONLY),
    *rows("concurrent.futures processes", plainly(in_process, ask_plainly), LOST, note="http.client"),
    *rows("concurrent.futures processes", plainly(in_process, ask_in_other_words), LOST, note="cause"),
    *rows("multiprocessing", plainly(in_pool, ask_plainly), LOST, note="http.client"),
    *rows("multiprocessing", plainly(in_pool, ask_in_other_words), LOST, note="cause"),
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


class RemoteTraceback(Exception):  # noqa: N818 - so are they called
    """What a process has told of its failure, in the way of the standard library's."""

    def __init__(self, tb: object) -> None:
        super().__init__(tb)
        self.tb = tb


@pytest.mark.parametrize(
    "tb",
    [
        '\n"""\nTraceback (most recent call last):\nConnectionRefusedError: [Errno 111] Connection refused\n"""',
        "no traceback at all",
        None,
    ],
)
def test_what_a_process_tells_of_another_exception_is_left_alone(tb: object) -> None:
    """Only a text about the very exception that has come home is taken for its traceback and its chain."""
    failure = ValueError("no host")
    failure.__cause__ = RemoteTraceback(tb)
    assert connlog.diagnose(failure) is None


def test_what_was_raised_here_keeps_its_own_frames() -> None:
    """The other process's frames are those of the exception that has come home, not of what was raised from it here."""
    failure = ConnectionRefusedError(111, "Connection refused")
    text = 'Traceback (most recent call last):\n  File "/srv/job.py", line 7, in fetch\n    ask()\n'
    failure.__cause__ = RemoteTraceback(f'\n"""\n{text}ConnectionRefusedError: [Errno 111] Connection refused\n"""')
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError("job failed") from failure
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.location and found.location.file) == ("connection-refused", "/srv/job.py")


def test_the_text_of_a_process_by_itself_proves_nothing() -> None:
    """A remote traceback that hangs below no exception is none that has come home."""
    assert connlog.diagnose(RemoteTraceback("Traceback (most recent call last):\nTimeoutError: timed out")) is None


GIVEN_UP: Mapping[str, Wrap] = {
    "concurrent.futures": in_thread,
    "tenacity": by_tenacity,
    "tenacity async": by_tenacity_async,
    "asyncio": in_group,
    "celery": by_celery,
}


def mistake() -> None:
    """Fail for a reason of the program's own."""
    raise ValueError("Connection refused by policy")


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name.split()[0])) for name in GIVEN_UP])
def test_what_wraps_a_mistake_is_no_connection_failure(name: str) -> None:
    """A wrapper around an exception that has nothing to do with a connection is none either."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the wrapper raises
        GIVEN_UP[name](mistake)
    assert connlog.diagnose(caught.value) is None


async def clean_up_after(task: asyncio.Task[None]) -> None:
    """Wait for a task, and make a mistake, whatever has become of it."""
    try:
        await asyncio.wait([task])
    finally:
        mistake()


def test_a_task_that_fails_beside_a_mistake_is_found() -> None:
    """Of a group's members the connection failure is described, and the mistake beside it is no other."""

    async def main(host: str, port: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(asyncio.to_thread(ask_plainly, host, port, SHORT))
            tasks.create_task(clean_up_after(asked))

    with play("refuse") as server, pytest.raises(ExceptionGroup) as caught:
        asyncio.run(main(server.host, server.port))
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.code, found.count, found.server_port) == ("connection-refused", 1, server.port)
    assert not connlog.is_retryable(caught.value)
