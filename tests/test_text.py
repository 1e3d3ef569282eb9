"""
Traceback text leads to the same diagnosis as the live exception.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import traceback
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
import redis
import requests
import structlog
import urllib3

import connlog
from connlog._diagnose import diagnose_frames, diagnose_text
from tests.faults import Server, play


def bare(server: Server) -> None:
    """
    Connect by hand.
    """
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect((server.host, server.port))
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        sock.recv(1)


def verified(server: Server) -> None:
    """
    Connect by TLS, trusting nobody in particular.
    """
    context = ssl.create_default_context()
    with (
        socket.create_connection((server.host, server.port), timeout=1) as sock,
        context.wrap_socket(sock, server_hostname="localhost"),
    ):
        pass


def request(server: Server) -> None:
    """
    Ask by the standard library's client.
    """
    connection = http.client.HTTPConnection(server.host, server.port, timeout=1)
    connection.request("GET", "/")
    connection.getresponse()


def renamed(server: Server) -> None:
    """
    Wrap the failure, as programs do.
    """
    try:
        bare(server)
    except OSError as error:
        message = "no luck"
        raise RuntimeError(message) from error


def stumbling(server: Server) -> None:
    """
    Fail at something else while handling the failure.
    """
    try:
        bare(server)
    except OSError:
        {}["missing"]


async def _several(server: Server) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(bare, server))
        group.create_task(asyncio.to_thread(renamed, server))


def several(server: Server) -> None:
    """
    Fail in several tasks at once.
    """
    asyncio.run(_several(server))


CASES: list[tuple[str, Callable[[Server], Any]]] = [
    ("refuse", bare),
    ("refuse", renamed),
    ("refuse", stumbling),
    ("refuse", several),
    ("refuse", request),
    ("refuse", lambda server: urllib.request.urlopen(f"http://{server.host}:{server.port}/", timeout=1)),
    ("refuse", lambda server: requests.get(f"http://{server.host}:{server.port}/", timeout=1)),
    (
        "refuse",
        lambda server: urllib3.PoolManager(retries=False).request("GET", f"http://{server.host}:{server.port}/"),
    ),
    ("refuse", lambda server: httpx.get(f"http://{server.host}:{server.port}/")),
    ("refuse", lambda server: redis.Redis(server.host, server.port).ping()),
    ("refuse", lambda server: psycopg.connect(host=server.host, port=server.port)),
    ("refuse", lambda server: asyncio.run(asyncio.open_connection(server.host, server.port))),
    ("reset-after-request", bare),
    ("close-after-request", request),
    ("close-after-request", lambda server: requests.get(f"http://{server.host}:{server.port}/", timeout=1)),
    ("accept-silent", request),
    ("accept-silent", bare),
    ("tls-self-signed", verified),
    ("tls-plain-text", verified),
]


@pytest.mark.parametrize(("fault", "provoke"), CASES)
def test_text_says_what_the_exception_said(fault: str, provoke: Callable[[Server], Any]) -> None:
    """
    The interpreter's own rendering leads to the same code, errno, phase, retry verdict and relation.
    """
    with play(fault) as server, pytest.raises(BaseException) as caught:  # noqa: PT011 -- whatever the client raises
        provoke(server)
    live = connlog.diagnose(caught.value)
    text = diagnose_text("".join(traceback.format_exception(caught.value)))
    assert live is not None
    assert text is not None
    for part in ("code", "errno_name", "errno", "retry", "relation", "phase", "count"):
        assert getattr(text, part) == getattr(live, part), part
    assert text.server_address in {None, live.server_address, live.peer_address}
    assert text.server_port in {None, live.server_port, live.peer_port}


@pytest.mark.parametrize(("fault", "provoke"), CASES)
def test_structlog_dicts_say_what_the_exception_said(fault: str, provoke: Callable[[Server], Any]) -> None:
    """
    What ``dict_tracebacks`` leaves of an exception still leads to the same code and errno.
    """
    with play(fault) as server, pytest.raises(BaseException) as caught:  # noqa: PT011 -- whatever the client raises
        provoke(server)
    live = connlog.diagnose(caught.value)
    event = structlog.processors.dict_tracebacks(None, "error", {"exc_info": caught.value})
    text = diagnose_frames(event["exception"])
    assert live is not None
    assert text is not None
    assert (text.code, text.errno_name, text.relation, text.count) == (
        live.code,
        live.errno_name,
        live.relation,
        live.count,
    )
