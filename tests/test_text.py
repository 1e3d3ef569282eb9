"""
Traceback text leads to the same diagnosis as the live exception.
"""

from __future__ import annotations

import asyncio
import dataclasses
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
from connlog._text import links_of_stacks, links_of_text
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


SHOWS_GROUPS = any(part.name == "is_group" for part in dataclasses.fields(structlog.tracebacks.Stack))
"""Older versions of structlog leave the members of a group out: then nothing is left to find."""


@pytest.mark.parametrize(("fault", "provoke"), [case for case in CASES if SHOWS_GROUPS or case[1] is not several])
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


GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/app/main.py", line 1, in <module>
  | ExceptionGroup: several (3 sub-exceptions)
  +-+---------------- 1 ----------------
    | ConnectionRefusedError: [Errno 111] Connection refused
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/app/main.py", line 7, in one
    | ConnectionResetError: [Errno 104] Connection reset by peer
    |
    | The above exception was the direct cause of the following exception:
    |
    | Traceback (most recent call last):
    |   File "/app/main.py", line 9, in two
    | RuntimeError: wrapped
    | in two lines
    +---------------- 3 ----------------
    | ValueError: 3
    +------------------------------------
"""


def test_groups_in_text() -> None:
    """
    Members are members with or without a traceback of their own, and a member's cause stays its cause.
    """
    surface, *inner = links_of_text(GROUP)
    assert surface.type == "ExceptionGroup"
    assert [(link.type, link.via) for link in inner] == [
        ("ConnectionRefusedError", "member"),
        ("RuntimeError", "member"),
        ("ValueError", "member"),
        ("ConnectionResetError", "cause"),
    ]
    assert inner[1].message == "wrapped\nin two lines"
    found = diagnose_text(GROUP)
    assert found is not None
    assert (found.code, found.count, found.others[0].code) == ("connection-refused", 2, "connection-reset")


def test_many_members_are_bounded() -> None:
    """
    A group of very many members is read up to a bound.
    """
    head, first = GROUP.splitlines(keepends=True)[:3], GROUP.splitlines(keepends=True)[3:5]
    assert len(links_of_text("".join([*head, *first * 5_000]))) < 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing of the kind",
        "Traceback (most recent call last):",
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    pass\n1st line of no exception\n',
        "The above exception was the direct cause of the following exception:\n",
    ],
)
def test_texts_without_an_exception(text: str) -> None:
    """
    A text that shows no exception has no links.
    """
    assert links_of_text(text) == ()
    assert diagnose_text(text) is None


@pytest.mark.parametrize("stacks", [None, {}, "x", [], [1], [{"frames": 3}], [{"exceptions": [[], 3]}]])
def test_stacks_of_any_shape(stacks: Any) -> None:
    """
    Whatever stands where dict_tracebacks puts its list, nothing is raised.
    """
    assert diagnose_frames(stacks) is None
    assert all(link.type in {"", "?"} for link in links_of_stacks(stacks))


def test_a_full_name_needs_no_search() -> None:
    """
    A name that says its module is taken as it is.
    """
    stack = {"exc_type": "socket.gaierror", "exc_value": "[Errno -2] Name or service not known", "frames": []}
    found = diagnose_frames([stack])
    assert found is not None
    assert found.code == "dns-name-not-found"


@pytest.mark.parametrize(
    ("name", "code"),
    [("aiokafka.nowhere.ConnectionError", "connection-error"), ("myapp.nowhere.ConnectionError", None)],
)
def test_a_class_is_not_the_builtin_of_its_bare_name(name: str, code: str | None) -> None:
    """
    A class whose module is not loaded here is the one that the text names, whatever builtin bears its last name.
    """
    found = diagnose_text(f"Traceback (most recent call last):\n{name}: no words\n")
    assert (found and found.code) == code
    assert (found and found.error_type) == (code and name)


DIALLED = """\
Traceback (most recent call last):
  File "/srv/app/main.py", line 38, in send_order
    {line}
  File "/usr/lib/python3.12/socket.py", line 837, in create_connection
    sock.connect(sa)
ConnectionRefusedError: [Errno 111] Connection refused
"""


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('sock = socket.create_connection(("db.internal", 5432), timeout=3)', ("db.internal", 5432)),
        ("sock = socket.create_connection(address)", (None, None)),
        ('store(dial, ("db.internal", 5432))', (None, None)),
    ],
)
def test_a_line_that_calls_socket_tells_the_address(line: str, address: tuple[str | None, int | None]) -> None:
    """
    What the program's own line gives to a function of socket is the endpoint, also where only the text is left.
    """
    found = diagnose_text(DIALLED.format(line=line))
    assert found is not None
    assert (found.server_address, found.server_port) == address
