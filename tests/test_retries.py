"""
Retries end to end: what passes is outlived, what does not pass is not repeated, and nothing is done twice unasked.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import redis
import redis.backoff
import redis.retry
import requests
import stamina
import tenacity
import urllib3

import connlog
from connlog._model import Phase, Retry
from connlog.catalog import CATALOG
from tests.faults import Server, play

Call = Callable[[Server], object]
Retrying = Callable[..., object]

ATTEMPTS = 4
PATIENCE = 0.2
"""Seconds of patience of a client whose server is silent."""

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "retries.md"


def with_stamina(call: Callable[[], object], *, idempotent: bool) -> object:
    """Retry with stamina."""
    on = partial(connlog.is_retryable, idempotent=idempotent)
    return stamina.retry(on=on, attempts=ATTEMPTS, wait_initial=0.001, wait_max=0.002, wait_jitter=0.001)(call)()


def with_async_stamina(call: Callable[[], object], *, idempotent: bool) -> object:
    """Retry with stamina in an event loop."""
    on = partial(connlog.is_retryable, idempotent=idempotent)

    async def attempt() -> object:
        return await asyncio.to_thread(call)

    again = stamina.retry(on=on, attempts=ATTEMPTS, wait_initial=0.001, wait_max=0.002, wait_jitter=0.001)
    return asyncio.run(again(attempt)())


def with_tenacity(call: Callable[[], object], *, idempotent: bool) -> object:
    """Retry with tenacity."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(partial(connlog.is_retryable, idempotent=idempotent)),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    return retrying(call)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Let stamina report its retries to nobody."""
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


WAYS = [with_stamina, with_tenacity]


class Attempts:
    """
    A call that counts how often it was tried; before the one with the number ``heals`` the server gets well.
    """

    def __init__(self, server: Server, call: Call, heals: int = 3) -> None:
        self.made = 0
        self._server = server
        self._call = call
        self._heals = heals

    def __call__(self) -> object:
        """Try once more."""
        self.made += 1
        if self.made == self._heals:
            self._server.heal()
        return self._call(self._server)


# --------------------------------------------------------------------------------------------------------------- calls


def dial(server: Server) -> bytes:
    """Connect, and have a word sent back."""
    with socket.create_connection((server.host, server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"word")
        return connection.recv(10)


def dial_unix(server: Server) -> bytes:
    """Connect to a socket file, and have a word sent back."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(server.path or "")
        connection.sendall(b"word")
        return connection.recv(10)


def get(server: Server) -> int:
    """Ask with requests."""
    return requests.get(f"http://{server.host}:{server.port}/", timeout=PATIENCE).status_code


def get_securely(server: Server) -> int:
    """Ask with requests over TLS."""
    url = f"https://{server.host}:{server.port}/"
    return requests.get(url, timeout=PATIENCE * 5, verify=str(server.ca_file)).status_code


def get_securely_with_httpx(server: Server) -> int:
    """Ask with httpx over TLS."""
    context = ssl.create_default_context(cafile=server.ca_file)
    return httpx.get(f"https://{server.host}:{server.port}/", timeout=PATIENCE * 5, verify=context).status_code


def post(server: Server) -> bytes:
    """Order with requests."""
    return requests.post(f"http://{server.host}:{server.port}/orders", data=b"one", timeout=PATIENCE * 5).content


def post_with_httpx(server: Server) -> bytes:
    """Order with httpx."""
    return httpx.post(f"http://{server.host}:{server.port}/orders", content=b"one", timeout=PATIENCE * 5).content


def post_with_urllib3(server: Server) -> bytes:
    """Order with urllib3, whose own retries are off."""
    url = f"http://{server.host}:{server.port}/orders"
    return urllib3.PoolManager(retries=False).request("POST", url, body=b"one", timeout=PATIENCE * 5).data


def post_with_http_client(server: Server) -> bytes:
    """Order with the standard library."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE * 5)
    connection.request("POST", "/orders", b"one")
    return connection.getresponse().read()


def ask_redis(server: Server) -> Any:
    """Ask Redis, whose own retries are off."""
    once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    client = redis.Redis(host=server.host, port=server.port, protocol=2, retry=once, socket_timeout=PATIENCE)
    return client.execute_command("SET", "order", "one")


# ---------------------------------------------------------------------------------------------------------- what passes


@pytest.mark.parametrize(
    ("fault", "call"),
    [
        ("refuse", dial),
        ("refuse", get),
        ("refuse", post),
        ("refuse", post_with_httpx),
        ("refuse", ask_redis),
        ("refuse-unix", dial_unix),
        ("no-socket-file", dial_unix),
        ("tls-eof-in-handshake", get_securely),
        ("tls-reset-in-handshake", get_securely_with_httpx),
    ],
)
@pytest.mark.parametrize("retrying", [*WAYS, with_async_stamina])
def test_a_flaky_server_is_outlived(retrying: Retrying, fault: str, call: Call) -> None:
    """Where nothing has reached the server, the call must be tried again until it succeeds, whatever it asks for."""
    with play(fault) as server:
        attempts = Attempts(server, call)
        assert retrying(attempts, idempotent=False)
        assert attempts.made == 3


@pytest.mark.parametrize("retrying", [*WAYS, with_async_stamina])
def test_retries_end(retrying: Retrying) -> None:
    """A server that stays away must be given up with its own error, after the attempts that were asked for."""
    with play("refuse") as server:
        attempts = Attempts(server, get, heals=0)
        with pytest.raises(requests.ConnectionError):
            retrying(attempts, idempotent=False)
        assert attempts.made == ATTEMPTS


# --------------------------------------------------------------------------------------------------- what does not pass


@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize("call", [get_securely, get_securely_with_httpx])
@pytest.mark.parametrize("fault", ["tls-untrusted", "tls-self-signed", "tls-expired", "tls-wrong-host"])
@pytest.mark.parametrize("retrying", WAYS)
def test_a_certificate_is_not_asked_for_twice(retrying: Retrying, fault: str, call: Call, *, idempotent: bool) -> None:
    """A certificate that is wrong once is wrong again: there must be one attempt, however harmless more would be."""
    with play(fault) as server:
        attempts = Attempts(server, call, heals=2)
        with pytest.raises((requests.exceptions.SSLError, httpx.ConnectError)):
            retrying(attempts, idempotent=idempotent)
        assert (attempts.made, server.accepted) == (1, 1)


@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize("retrying", WAYS)
def test_a_bug_is_not_retried(retrying: Retrying, *, idempotent: bool) -> None:
    """What is no connection failure must be raised at once."""

    def call(_server: Server) -> object:
        raise ValueError("no connection at all")

    with play("healthy") as server:
        attempts = Attempts(server, call)
        with pytest.raises(ValueError, match="no connection at all"):
            retrying(attempts, idempotent=idempotent)
        assert attempts.made == 1


# ------------------------------------------------------------------------------------- what may have been done already

CUTS = ["close-in-body", "reset-in-body", "close-after-request", "reset-after-request"]
POSTS = [post, post_with_httpx, post_with_urllib3, post_with_http_client]


@pytest.mark.parametrize("call", POSTS)
@pytest.mark.parametrize("fault", CUTS)
@pytest.mark.parametrize("retrying", WAYS)
def test_an_order_is_not_sent_twice(retrying: Retrying, fault: str, call: Call) -> None:
    """A POST whose answer is cut, or never begins, must not be repeated: the server may have carried it out."""
    with play(fault) as server:
        attempts = Attempts(server, call, heals=2)
        with pytest.raises(Exception) as caught:  # noqa: PT011 -- each client has its own
            retrying(attempts, idempotent=False)
        assert (attempts.made, server.accepted) == (1, 1)
        found = connlog.diagnose(caught.value)
        assert found is not None
        assert found.retry == "if-idempotent"


@pytest.mark.parametrize("call", POSTS)
@pytest.mark.parametrize("fault", CUTS)
@pytest.mark.parametrize("retrying", WAYS)
def test_an_idempotent_order_is_sent_again(retrying: Retrying, fault: str, call: Call) -> None:
    """Where the caller says that a second time does no harm, the same POST must be repeated, and succeed."""
    with play(fault) as server:
        attempts = Attempts(server, call, heals=2)
        assert retrying(attempts, idempotent=True) == b"one"
        assert (attempts.made, server.accepted) == (2, 2)


@pytest.mark.parametrize(("fault", "call"), [("accept-silent", ask_redis), ("close-after-request", ask_redis)])
@pytest.mark.parametrize("retrying", WAYS)
def test_a_command_is_not_sent_twice(retrying: Retrying, fault: str, call: Call) -> None:
    """What holds for HTTP must hold for a database: a command without an answer is repeated only if it may be."""
    for idempotent, made in ((False, 1), (True, 2)):
        with play(fault) as server:
            attempts = Attempts(server, call, heals=2)
            try:
                retrying(attempts, idempotent=idempotent)
            except redis.RedisError:
                assert not idempotent
            assert attempts.made == made


# ------------------------------------------------------------------------------------------------------ what is written


def tables() -> list[list[list[str]]]:
    """Read the tables of the page: their rows as cells."""
    found = re.findall(r"(?:^\|.*\|\n)+", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()] for table in found]


def test_the_page_has_each_code_at_its_place() -> None:
    """The page must show the phase and the verdict of every code as the catalog has them."""
    head, _, *rows = tables()[1]
    assert [name.strip("`") for name in head] == ["phase", *get_args(Retry)]
    shown = {
        (phase.strip("`"), verdict.strip("`"), code)
        for phase, *cells in rows
        for verdict, cell in zip(head[1:], cells, strict=True)
        for code in re.findall(r"\{connlog:code\}`([a-z-]+)`", cell)
    }
    assert shown == {(entry.phase, entry.retry, entry.code) for entry in CATALOG}
    assert sorted(row[0].strip("`") for row in rows) == sorted(get_args(Phase))


def test_the_page_says_what_each_verdict_means() -> None:
    """The page must say of each verdict whether it allows a retry, as the function has it."""
    _, _, *rows = tables()[2]
    entries = {entry.retry: entry for entry in CATALOG}
    told = {verdict.strip("`"): (plainly == "yes", repeated == "yes") for verdict, plainly, repeated in rows}
    assert told == {
        "safe": (True, True),
        "if-idempotent": (False, True),
        "after-fix": (False, False),
        "unknown": (False, False),
    }
    assert set(told) == set(entries)


@pytest.mark.parametrize(
    ("fault", "call", "phase", "verdict"),
    [
        ("refuse", dial, "connect", "safe"),
        ("full-backlog", dial, "connect", "safe"),
        ("tls-reset-in-handshake", get_securely, "tls", "safe"),
        ("tls-eof-in-handshake", get_securely, "tls", "safe"),
        ("tls-silent", get_securely, "tls", "safe"),
        ("tls-untrusted", get_securely, "tls", "after-fix"),
        ("tls-plain-text", get_securely, "tls", "after-fix"),
        ("reset-after-request", get, "receive", "if-idempotent"),
        ("accept-silent", get, "receive", "if-idempotent"),
        ("close-in-body", get, "receive", "if-idempotent"),
        ("garbage-answer", get, "receive", "after-fix"),
        ("server-full", ask_redis, "connect", "safe"),
    ],
)
def test_the_phase_decides(fault: str, call: Call, phase: str, verdict: str) -> None:
    """The verdict must follow from the phase, as the first table of the page says: the same reset, safe and unsafe."""
    with play(fault) as server, pytest.raises(Exception) as caught:  # noqa: PT011 -- each client has its own
        call(server)
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert (found.phase, found.retry) == (phase, verdict)
    (row,) = [row for row in tables()[0][2:] if f"`{phase}`" in row[0]]
    assert f"`{verdict}`" in row[3] or verdict == "after-fix"
