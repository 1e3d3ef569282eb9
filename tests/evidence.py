"""
How the failures are made that people asked about: real ones on loopback, and those that their threads show.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import smtplib
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any, NoReturn

import aiohttp
import botocore.exceptions
import httpx
import pytest
import requests
import urllib3

from connlog import _diagnose, _facts
from connlog._diagnose import diagnose, diagnose_text
from tests.clients.cases import in_loop
from tests.faults import FAULTS, Server, play, shared_namespace
from tests.faults.namespace import is_inside
from tests.faults.server import Greeting, reset

PATIENCE = 0.2
"""Seconds of patience of a client whose server is silent."""

_BIG = b"x" * 50_000_000
"""More than the buffers between two sockets hold."""

_USUAL = {"container": False, "kubernetes": False, "wsl": False, "ci": False}
_PROXIES = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]

Failure = Callable[[Server], object]
"""Makes a failure, with the server of the tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """
    One root cause, and a failure that it was found behind.

    Attributes:
        cause: What people found.
        threads: Where.
        fails: Makes the failure; a text is what stood in a log elsewhere, and nothing is known about that machine.
        says: What the hint that names the cause says: a regular expression.
        first: What betrays the cause can be seen in the failure.
        fault: What the server of the tests does.
        process: What holds for this process, other than what is usual.
        platform: The system that it runs on.
        variables: Its environment; ``{host}`` and ``{port}`` are the server's.
        greeting: What the server says first, or the conversation that it holds first.
    """

    cause: str
    threads: tuple[str, ...]
    fails: Failure | str
    says: str
    first: bool = False
    fault: str = "healthy"
    process: Mapping[str, bool] = field(default_factory=dict)
    platform: str = "linux"
    variables: Mapping[str, str] = field(default_factory=dict)
    greeting: Greeting = b""


def hints_of(seen: Seen, module: str, position: int) -> list[str]:
    """
    Make a failure where and as it was seen, and return the hints.

    Args:
        seen: The row.
        module: Module that holds it in ``SEEN``: a process in a namespace finds it there.
        position: Its place in there.
    """
    if FAULTS[seen.fault].where == "namespace" and not is_inside():
        hints: list[str] = shared_namespace().call("tests.evidence:hints_by_place", module=module, position=position)
        return hints
    with play(seen.fault, greeting=seen.greeting) as server, pytest.MonkeyPatch.context() as patch:
        for name in _PROXIES:
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        for name, value in seen.variables.items():
            patch.setenv(name, value.format(host=server.host, port=server.port))
        _facts.load.cache_clear()
        told = {name: seen.process.get(name, False) for name in ("no-roots", "python.org")}
        process = _facts.load()._replace(**{**_USUAL, **{n: v for n, v in seen.process.items() if n not in told}})
        patch.setattr(_facts, "load", lambda: process)
        patch.setattr(_facts, "_roots", lambda: not told["no-roots"])
        patch.setattr(_facts.os, "__file__", f"{_facts._PYTHON_ORG if told['python.org'] else ''}{os.__file__}")
        patch.setattr(_facts, "PLATFORM", seen.platform)
        _diagnose._say.cache_clear()
        found = diagnose_text(seen.fails) if isinstance(seen.fails, str) else diagnose(_failure(seen.fails, server))
    _facts.load.cache_clear()
    _diagnose._say.cache_clear()
    return [] if found is None else [f"{found.code}: {hint}" for hint in found.hints]


def hints_by_place(module: str, position: int) -> list[str]:
    """
    Return the hints of a row here: the namespace's worker is asked for it.
    """
    import importlib  # noqa: PLC0415 -- the worker only

    return hints_of(importlib.import_module(module).SEEN[position], module, position)


def _failure(fails: Failure, server: Server) -> BaseException:
    try:
        result = fails(server)
    except BaseException as exc:
        return exc
    raise AssertionError(f"nothing was raised: {result!r}")


# ------------------------------------------------------------------------------------------------------ in words alone


def logged(line: str, *frames: str, python: str = "/usr/lib/python3.11") -> str:
    """
    Write a traceback as a log holds it.

    Args:
        line: Its last one.
        frames: Where it passed below the user's own code: ``module`` or ``module:function``.
        python: Where that Python has its libraries.
    """
    shown = ['  File "/srv/shop/main.py", line 7, in main\n    run()\n']
    for frame in frames:
        module, _, function = frame.partition(":")
        file = f"{python}/site-packages/{module.replace('.', '/')}.py"
        shown.append(f'  File "{file}", line 7, in {function or "run"}\n    {function or "run"}()\n')
    return f"Traceback (most recent call last):\n{''.join(shown)}{line}\n"


# ----------------------------------------------------------------------------------------- by exceptions that are made


def raising(exc: BaseException, cause: BaseException | None = None) -> Callable[[Server], NoReturn]:
    """
    Raise an exception, as its library does.
    """

    def fails(_server: Server) -> NoReturn:
        raise exc from cause

    return fails


def tried(number: int, address: str, port: int) -> Failure:
    """
    Raise what asyncio raises where an attempt to connect fails.
    """
    more = ", 0, 0" if ":" in address else ""
    exc = OSError(number, f"Connect call failed ('{address}', {port}{more})")
    return inside("asyncio.selector_events", "sock_connect", raising(exc))


def cut(url: str, reason: Exception) -> Callable[[Server], NoReturn]:
    """
    Raise what requests raises where a request to that URL is cut.
    """
    request = requests.Request("GET", url).prepare()
    inner = urllib3.exceptions.ProtocolError("Connection aborted.", reason)
    return raising(requests.ConnectionError(inner, request=request))


def unverified(code: int, words: str) -> Callable[[Server], NoReturn]:
    """
    Raise what a TLS handshake raises when the certificate fails verification so.
    """
    said = f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {words} (_ssl.c:1006)"
    exc = ssl.SSLCertVerificationError(1, said)
    exc.verify_code, exc.verify_message = code, words
    request = requests.Request("GET", "https://api.example.org/").prepare()
    return raising(requests.exceptions.SSLError(exc, request=request), exc)


def in_a_group(fails: Failure) -> Failure:
    """
    Let a failure come in a group, as from a task group.
    """
    return lambda server: raising(ExceptionGroup("unhandled errors in a TaskGroup", [_failure(fails, server)]))(server)


def ask_aws(url: str) -> Failure:
    """
    Fail as botocore does where an endpoint's name doesn't exist.
    """

    def fails(server: Server) -> NoReturn:
        try:
            dial(server)
        except OSError as exc:
            raise botocore.exceptions.EndpointConnectionError(endpoint_url=url, error=exc) from exc
        raise AssertionError("the name was found")

    return fails


def inside(module: str, function: str, fails: Failure) -> Failure:
    """
    Let a failure happen in a function of a library, as if that were installed here: only its frame counts.
    """
    copied: dict[str, Any] = {**getattr(fails, "__globals__", {}), "__name__": module}
    file = f"/usr/lib/python3.11/site-packages/{module.replace('.', '/')}.py"
    code = fails.__code__.replace(co_filename=file, co_name=function)  # type: ignore[attr-defined]
    return FunctionType(code, copied, function, None, fails.__closure__)  # type: ignore[attr-defined]


def chained(*texts: str) -> str:
    """
    Chain tracebacks as Python prints them, the root first.
    """
    return "\nDuring handling of the above exception, another exception occurred:\n\n".join(texts)


# -------------------------------------------------------------------------------------------------------- by real calls


def dial(server: Server) -> None:
    """
    Connect.
    """
    if server.path is None:
        socket.create_connection((server.host, server.port), timeout=2).close()
        return
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(server.path)


def dial_at(host: str, port: int | None = None) -> Failure:
    """
    Connect to another address, or another port.
    """
    return lambda server: socket.create_connection((host, port or server.port), timeout=2).close()


def get(scheme: str = "http", host: str | None = None, *, timeout: float = 2) -> Failure:
    """
    Ask with requests.
    """
    return lambda server: requests.get(f"{scheme}://{host or server.host}:{server.port}/", timeout=timeout)


def get_with_http_client(server: Server) -> None:
    """
    Ask with the standard library.
    """
    connection = http.client.HTTPConnection(server.host, server.port, timeout=2)
    connection.request("GET", "/")
    connection.getresponse()


def get_with_httpx(server: Server) -> None:
    """
    Ask with httpx.
    """
    httpx.get(f"http://{server.host}:{server.port}/", timeout=2)


def get_twice(server: Server) -> None:
    """
    Ask twice on one connection.
    """
    with requests.Session() as session:
        for _ in range(2):
            session.get(f"http://{server.host}:{server.port}/", timeout=2)


@in_loop
async def get_with_aiohttp(server: Server) -> None:
    """
    Ask with aiohttp.
    """
    async with aiohttp.ClientSession() as session, session.get(f"http://{server.host}:{server.port}/"):
        pass


def ask_the_driver(server: Server) -> None:
    """
    Send a browser's driver a command, as selenium does.
    """
    urllib3.PoolManager(retries=False).request("GET", f"http://localhost:{server.port}/session/4f0a/url")


def post(server: Server) -> None:
    """
    Upload what the server does not want to read.
    """
    requests.post(f"http://{server.host}:{server.port}/", data=_BIG, timeout=5)


def send(server: Server) -> None:
    """
    Send to a server that resets the connection.
    """
    with socket.create_connection((server.host, server.port), timeout=2) as connection:
        while True:
            connection.sendall(_BIG)


def shake_hands(server: Server) -> None:
    """
    Do a TLS handshake.
    """
    context = ssl.create_default_context(cafile=server.ca_file)
    with socket.create_connection((server.host, server.port), timeout=PATIENCE) as connection:
        context.wrap_socket(connection, server_hostname=server.host).close()


def offer_login(connection: socket.socket) -> None:
    """
    Be a mail server up to the login.
    """
    connection.sendall(b"220 mail.example ESMTP\r\n")
    connection.recv(1024)
    connection.sendall(b"250-mail.example\r\n250 AUTH PLAIN\r\n")


def log_in_to_mail(server: Server) -> None:
    """
    Log in to a mail server.
    """
    with smtplib.SMTP(server.host, server.port, timeout=2) as mail:
        mail.login("ann", "wrong")


def bind(server: Server) -> None:
    """
    Bind to an address.
    """
    with socket.socket() as listener:
        listener.bind((server.host, server.port))


def use_up_ports(_server: Server) -> None:
    """
    Connect more often than there are local ports, in a namespace that has two.
    """
    range_of_ports = Path("/proc/sys/net/ipv4/ip_local_port_range")
    usual = range_of_ports.read_text(encoding="ascii")
    with contextlib.ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as server:
        stack.callback(range_of_ports.write_text, usual, encoding="ascii")
        range_of_ports.write_text("50000 50001", encoding="ascii")
        for _ in range(3):
            connection = stack.enter_context(socket.socket())
            connection.connect(server.getsockname())


def get_target_with_httpx(_server: Server) -> None:
    """
    Ask with httpx, which finds its proxy by itself.
    """
    httpx.get("https://api.example.org/", timeout=2)


def serve_someone_who_leaves(_server: Server) -> None:
    """
    Write an answer to a client that has left, in a server's request handler.
    """
    caught: list[BaseException] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            for _ in range(100):
                self.wfile.write(_BIG)

    class Listener(socketserver.TCPServer):
        def handle_error(self, *_args: object) -> None:
            caught.append(sys.exception())  # type: ignore[arg-type]

    with Listener(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.handle_request)
        thread.start()
        client = socket.create_connection(listener.server_address[:2])
        client.sendall(b"\n")
        client.recv(1)
        reset(client)
        thread.join()
    raise caught[0]
