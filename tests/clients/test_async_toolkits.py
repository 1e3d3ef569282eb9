"""The streams of anyio, on either of its backends, and of trio against every fault that applies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check, row
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, HERE, IF_IDEMPOTENT, NO_DESCRIPTORS, READ_TIMEOUT, RESET, TLS_RESET, at
from tests.clients.tables import LOCALHOST, LONG, PLAIN, TLS, UNIX, Outcome, context, rows
from tests.clients.web import LARGE, but
from tests.faults import Server, no_descriptors, play

anyio = lazy("anyio")
files = lazy("anyio.streams.file")
trio = lazy("trio")

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

Provoke = Callable[[Server, float], Coroutine[Any, Any, object]]


def on(backend: str, provoke: Provoke) -> Callable[[Server, float], object]:
    """Run a provocation by anyio on a backend."""
    return lambda server, patience: anyio.run(provoke, server, patience, backend=backend)


def by_trio(provoke: Provoke) -> Callable[[Server, float], object]:
    """Run a provocation by trio."""
    return lambda server, patience: trio.run(provoke, server, patience)


async def asked(server: Server, patience: float, host: str | None = None) -> None:
    """Send a request, and wait for the answer, by anyio."""
    with anyio.fail_after(patience):
        async with await anyio.connect_tcp(host or server.host, server.port) as stream:
            await stream.send(HEAD)
            await stream.receive()


async def asked_localhost(server: Server, patience: float) -> None:
    """Ask localhost by anyio."""
    await asked(server, patience, "localhost")


async def asked_exactly(server: Server, patience: float) -> None:
    """Read as much as was promised by anyio."""
    with anyio.fail_after(patience):
        async with await anyio.connect_tcp(server.host, server.port) as stream:
            await stream.send(HEAD)
            while True:
                await stream.receive()


async def asked_unix(server: Server, _patience: float) -> None:
    """Connect to a unix socket by anyio."""
    await anyio.connect_unix(server.path)


async def asked_secured(server: Server, patience: float) -> None:
    """Do a TLS handshake by anyio."""
    with anyio.fail_after(patience):
        await anyio.connect_tcp(server.host, server.port, ssl_context=context(server))


async def sent(server: Server, _patience: float) -> None:
    """Go on sending by anyio."""
    async with await anyio.connect_tcp(server.host, server.port) as stream:
        while True:
            await stream.send(LARGE)


async def listened(server: Server, _patience: float) -> None:
    """Listen on an address by anyio."""
    await anyio.create_tcp_listener(local_host=server.host, local_port=server.port)


async def in_group(server: Server, patience: float) -> None:
    """Ask in a task group of anyio's."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(asked, server, patience)
        tasks.start_soon(anyio.sleep, 0)


async def strolled(server: Server, patience: float, host: str | None = None) -> None:
    """Send a request, and wait for the answer, by trio."""
    with trio.fail_after(patience):
        async with await trio.open_tcp_stream(host or server.host, server.port) as stream:
            await stream.send_all(HEAD)
            await stream.receive_some()


def strolled_without_descriptors(server: Server) -> None:
    """Connect by trio, in a loop that has its own descriptors, without any that are left."""

    async def connect() -> None:
        with suppress(OSError), play("refuse") as other:
            await strolled(other, LONG)  # by now all is imported
        with no_descriptors():
            await strolled(server, LONG)

    trio.run(connect)


async def strolled_localhost(server: Server, patience: float) -> None:
    """Ask localhost by trio."""
    await strolled(server, patience, "localhost")


async def strolled_on(server: Server, patience: float) -> None:
    """Read until the end by trio."""
    with trio.fail_after(patience):
        async with await trio.open_tcp_stream(server.host, server.port) as stream:
            await stream.send_all(HEAD)
            async for _ in stream:
                pass


async def strolled_unix(server: Server, _patience: float) -> None:
    """Connect to a unix socket by trio."""
    await trio.open_unix_socket(server.path)


async def strolled_secured(server: Server, patience: float) -> None:
    """Do a TLS handshake by trio."""
    with trio.fail_after(patience):
        stream = await trio.open_ssl_over_tcp_stream(server.host, server.port, ssl_context=context(server))
        await stream.do_handshake()


async def strewn(server: Server, _patience: float) -> None:
    """Go on sending by trio."""
    async with await trio.open_tcp_stream(server.host, server.port) as stream:
        while True:
            await stream.send_all(LARGE)


async def trio_listened(server: Server, _patience: float) -> None:
    """Listen on an address by trio."""
    await trio.open_tcp_listeners(server.port, host=server.host)


async def in_nursery(server: Server, patience: float) -> None:
    """Ask in a nursery of trio's."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(strolled, server, patience)
        nursery.start_soon(trio.sleep, 0)


async def by_socket(server: Server, patience: float) -> None:
    """Connect by trio's own kind of socket."""
    with trio.fail_after(patience), trio.socket.socket() as sock:
        await sock.connect((server.host, server.port))
        await sock.send(HEAD)
        await sock.recv(1)


def nowhere(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return outcomes of trio's streams: one that is closed has forgotten its peer; while connecting all is known."""
    return {
        fault: outcome if outcome[3] in {"connect", "resolve"} else at(None, outcome)
        for fault, outcome in outcomes.items()
    }


STREAMS: Mapping[str, Outcome] = but(PLAIN, {"garbage-answer": None})
READING: Mapping[str, Outcome] = {"reset-in-body": RESET, "stall-in-body": READ_TIMEOUT, "close-in-body": CLOSED}
SENDING: Mapping[str, Outcome] = {"reads-nothing-then-close": ("broken-pipe", "EPIPE", HERE, "send", IF_IDEMPOTENT)}
TAKEN: Mapping[str, Outcome] = {"port-taken": ("address-in-use", "EADDRINUSE", HERE, "bind", "after-fix")}
GROUP: Mapping[str, Outcome] = {"refuse": PLAIN["refuse"], "reset-after-request": RESET}
BY_SOCKET: Mapping[str, Outcome] = {  # its one helper receives and sends
    "refuse": PLAIN["refuse"],
    "reset-after-request": ("connection-reset", "ECONNRESET", None, "transfer", IF_IDEMPOTENT),
}
ENDED = ("close-after-accept", "close-after-request")
"""trio gives the end of a stream back as empty bytes."""


def of_anyio(client: str, backend: str, kept: Callable[[Mapping[str, Outcome]], Mapping[str, Outcome]]) -> list[Case]:
    """Write the rows of anyio on a backend, which keeps some of the endpoints."""
    needs = ("trio",) if backend == "trio" else ()
    return [
        *rows(client, on(backend, asked), kept(STREAMS), needs=needs),
        *rows(client, on(backend, in_group), kept(GROUP), note="task group", needs=needs),
        *rows(client, on(backend, asked_localhost), LOCALHOST, needs=needs),
        *rows(client, on(backend, asked_exactly), kept(READING), needs=needs),
        *rows(client, on(backend, asked_unix), UNIX, needs=needs),
        *rows(client, on(backend, asked_secured), TLS, needs=needs),
        *rows(client, on(backend, sent), kept(SENDING), needs=needs),
        *rows(client, on(backend, listened), TAKEN, needs=needs),
    ]


CASES: tuple[Case, ...] = (
    *of_anyio("anyio", "asyncio", dict),
    *of_anyio("anyio trio", "trio", nowhere),
    *rows("anyio", asked, {"descriptors-exhausted": NO_DESCRIPTORS}),  # in a loop that has its own descriptors
    *rows("trio", by_trio(strolled), nowhere(but(STREAMS, dict.fromkeys(ENDED)))),
    *rows("trio", by_trio(in_nursery), nowhere(GROUP), note="nursery"),
    *rows("trio", by_trio(by_socket), BY_SOCKET, note="socket"),
    *rows("trio", by_trio(strolled_localhost), LOCALHOST),
    *rows("trio", by_trio(strolled_on), nowhere(but(READING, {"close-in-body": None}))),
    *rows("trio", by_trio(strolled_unix), UNIX),
    *rows("trio", by_trio(strolled_secured), {**TLS, "tls-reset-in-handshake": at(None, TLS_RESET)}),
    *rows("trio", by_trio(strewn), nowhere(SENDING)),
    *rows("trio", by_trio(trio_listened), TAKEN),
    row("trio", "descriptors-exhausted", strolled_without_descriptors, *NO_DESCRIPTORS),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_stream(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


async def to_the_end_of_memory() -> None:
    """Read on from a stream in memory that nobody writes to any more."""
    into, out_of = anyio.create_memory_object_stream(1)
    into.close()
    await out_of.receive()


async def into_nobodys_memory() -> None:
    """Write to a stream in memory that nobody reads any more."""
    into, out_of = anyio.create_memory_object_stream(1)
    out_of.close()
    await into.send(1)


async def to_the_end_of_a_child() -> None:
    """Read on from what a child has written, after its end."""
    async with await anyio.open_process([sys.executable, "-c", ""]) as child:
        await child.stdout.receive()


async def into_nobodys_ears() -> None:
    """Write to a child that reads nothing."""
    async with await anyio.open_process([sys.executable, "-c", ""]) as child:
        await child.wait()
        while True:
            await child.stdin.send(LARGE)


async def to_the_end_of_a_file() -> None:
    """Read on from a file, after its end."""
    async with await files.FileReadStream.from_path(os.devnull) as stream:
        await stream.receive()


async def waits_too_long() -> None:
    """Wait for nothing that has to do with a network."""
    with anyio.fail_after(0.01):
        await anyio.Event().wait()


@pytest.mark.needs("anyio", "trio")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize(
    "provoke",
    [
        to_the_end_of_memory,
        into_nobodys_memory,
        to_the_end_of_a_child,
        into_nobodys_ears,
        to_the_end_of_a_file,
        waits_too_long,
    ],
    ids=lambda provoke: provoke.__name__,
)
def test_streams_that_are_no_connections(provoke: Callable[[], Coroutine[Any, Any, None]], backend: str) -> None:
    """The end of a stream in memory, of a child's output or of a file is none of a connection; nor is waiting."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever is raised
        anyio.run(provoke, backend=backend)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("trio")
def test_time_runs_out_in_a_channel_of_trio() -> None:
    """Trio's TooSlowError may have nothing to do with a network."""

    async def wait() -> None:
        _, out_of = trio.open_memory_channel(0)
        with trio.fail_after(0.01):
            await out_of.receive()

    with pytest.raises(trio.TooSlowError) as caught:
        trio.run(wait)
    assert connlog.diagnose(caught.value) is None
