"""Twisted's agent and treq, whose failures are Failures with twisted's own exceptions in them."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import CLOSED, CUT_SHORT, NO_REASON, REFUSED, at
from tests.clients.tables import LONG, SHORT, UNVERIFIED, Outcome, rows
from tests.clients.web import HTTP, HTTPS, LARGE, but, url
from tests.faults import Server, play
from tests.faults.worker import Worker

treq, web = lazy("treq"), lazy("twisted.web.client")
asyncioreactor, ssl = lazy("twisted.internet.asyncioreactor"), lazy("twisted.internet.ssl")
main, threads = lazy("twisted.internet.main"), lazy("twisted.internet.threads")


@cache
def running() -> Any:
    """Run the one reactor that a process can have, in a thread and a loop of its own; return it."""
    loop, started = asyncio.new_event_loop(), threading.Event()
    reactor = asyncioreactor.AsyncioSelectorReactor(loop)
    main.installReactor(reactor)

    def run() -> None:
        asyncio.set_event_loop(loop)
        reactor.callWhenRunning(started.set)
        reactor.run(installSignalHandlers=False)

    threading.Thread(target=run, daemon=True).start()
    started.wait()
    return reactor


@cache
def process() -> Worker:
    """Start a process with a reactor of its own: in this one, another library's import may have installed one."""
    worker = Worker("namespace")
    atexit.register(worker.close)
    return worker


def in_reactor(work: Callable[[Any], Any]) -> None:
    """Do a piece of work in the reactor's thread, and wait for its end here."""
    threads.blockingCallFromThread(running(), work, running())


def agent(server: Server, patience: float, reactor: Any) -> Any:
    """Make an agent that trusts the authority of the tests."""
    return web.Agent(reactor, trusting(server.ca_file), connectTimeout=patience)


@cache
def trusting(ca_file: str) -> Any:
    """Read the authority's certificate once: later there may be no descriptor left for it."""
    return web.BrowserLikePolicyForHTTPS(ssl.Certificate.loadPEM(Path(ca_file).read_text()))


def by_agent(server: Server, patience: float, address: str | None = None) -> None:
    """Ask by twisted's agent."""

    def work(reactor: Any) -> Any:
        asked = agent(server, patience, reactor).request(b"GET", (address or url(server)).encode())
        return asked.addCallback(web.readBody)

    in_reactor(work)


def by_treq(
    server: Server, patience: float, address: str | None = None, *, data: bytes | None = None, **options: Any
) -> None:
    """Ask by treq."""

    def work(reactor: Any) -> Any:
        settings = {"agent": agent(server, patience, reactor), "reactor": reactor, **options}
        asked = treq.request("POST" if data else "GET", address or url(server), data=data, **settings)
        return asked.addCallback(treq.content)

    in_reactor(work)


LOST: Outcome = ("connection-error", None, None, "transfer", "unknown")
"""«Lost in a non-clean fashion»: a RST, or TLS without its end; twisted does not say."""

TWISTED: Mapping[str, Outcome] = {
    **{fault: at(None, HTTP[fault]) for fault in HTTP},
    "reset-after-request": LOST,
    "reset-in-body": at(None, CUT_SHORT),
    **dict.fromkeys(("name-not-found", "temporary-dns"), at("{host}", NO_REASON)),
}
TWISTED_TLS: Mapping[str, Outcome] = {
    **{fault: at(None, HTTPS[fault]) for fault in HTTPS},
    **dict.fromkeys(("tls-untrusted", "tls-expired", "tls-self-signed"), at(None, UNVERIFIED)),
    **dict.fromkeys(("tls-eof-in-handshake", "tls-reset-in-handshake"), LOST),
}
CANCELLED = dict.fromkeys(("accept-silent", "stall-in-body", "tls-silent"))
"""Time-outs after connecting: the request is cancelled, and no word says by whom."""


def asking(client: str, ask: Any) -> list[Case]:
    """Write the rows of twisted or of treq."""
    needs = ("service-identity",)
    return [
        *rows(client, ask, but(TWISTED, CANCELLED), needs=needs),
        *rows(client, lambda s, p: ask(s, p, url(s, host="localhost")), {"refuse-localhost": at(None, REFUSED)}),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), but(TWISTED_TLS, CANCELLED), needs=needs),
        *rows(
            client,
            lambda s, p: ask(s, p, url(s, "https")),
            {"close-after-request": LOST, "reset-after-request": LOST},
            note="tls",
            tls=True,
            needs=needs,
        ),
    ]


CASES: tuple[Case, ...] = (
    *asking("twisted", by_agent),
    *asking("treq", by_treq),
    *rows("treq", partial(by_treq, data=LARGE), {"reads-nothing-then-close": at(None, CLOSED)}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_client_on_twisted(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, as far as twisted keeps it."""
    check(case, __name__, clients_seen, process())


def cancelled() -> tuple[str, str | None]:
    """Let treq cancel a request; name the exception, and what connlog says of it."""
    with play("accept-silent") as server:
        try:
            by_treq(server, LONG, timeout=SHORT)
        except web.ResponseNeverReceived as failure:
            found = connlog.diagnose(failure)
            return type(failure).__name__, found and found.code
    raise AssertionError("the request was answered")


@pytest.mark.needs("treq", "service-identity")
def test_a_cancelled_request_is_somebodys_wish() -> None:
    """A request that treq cancels after its time-out looks like one that the program has cancelled: it is let alone."""
    assert process().call(f"{__name__}:cancelled") == ["ResponseNeverReceived", None]
