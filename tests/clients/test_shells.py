"""SSH clients against every fault that applies; a refused login is none."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    CONNECT_TIMEOUT,
    GARBAGE,
    HERE,
    NO_DESCRIPTORS,
    PROXY_STATUS,
    READ_TIMEOUT,
    REFUSED,
    RESET,
    SAFE,
    at,
)
from tests.clients.tables import LOCALHOST, LONG, PLAIN, SHORT, SILENT, Outcome, opening, rows
from tests.clients.web import but
from tests.faults import Server
from tests.faults.server import reset

asyncssh = lazy("asyncssh")
paramiko = lazy("paramiko")

BANNER = b"SSH-2.0-tests\r\n"
"""What both sides say first (RFC 4253, section 4.2)."""


def ask_for_keys(connection: socket.socket) -> None:
    """Exchange banners, and wait until the client has said which keys it can do."""
    connection.sendall(BANNER)
    with connection.makefile("rb") as line:
        line.readline()
        line.read(int.from_bytes(line.read(4)))


def quiet(client: Any) -> Any:
    """Keep what paramiko's thread logs out of the tests' output."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    return client


def shell(server: Server, patience: float, host: str | None = None, port: int | None = None, **options: Any) -> Any:
    """Log in by paramiko; the client stays open until the server stops."""
    client = quiet(server.cleanup.enter_context(paramiko.SSHClient()))
    client.set_missing_host_key_policy(paramiko.MissingHostKeyPolicy())
    settings = {"timeout": LONG, "banner_timeout": patience, "auth_timeout": patience, **options}
    client.connect(
        host or server.host, port or server.port, "user", "hush", allow_agent=False, look_for_keys=False, **settings
    )
    return client


def shell_hurried(server: Server, patience: float) -> None:
    """Log in by paramiko, with less patience for it all than for the banner."""
    shell(server, LONG, timeout=patience)


def transport(server: Server, _patience: float, host: str | None = None) -> None:
    """Open paramiko's transport, and exchange keys."""
    with quiet(paramiko.Transport((host or server.host, server.port))) as line:
        line.start_client()


async def shell_async(server: Server, patience: float, host: str | None = None) -> None:
    """Log in by asyncssh."""
    await opened(host or server.host, server.port, connect_timeout=patience)


async def opened(host: str, port: int, **options: Any) -> Any:
    """Log in by asyncssh; nobody's configuration or keys are read."""
    settings = {"config": None, "known_hosts": None, "client_keys": None, "agent_path": None, **options}
    return await asyncssh.connect(host, port, username="user", password="hush", **settings)  # noqa: S106


OPENING: Mapping[str, Outcome] = {
    **PLAIN,
    "garbage": READ_TIMEOUT,  # other lines may come before the banner (RFC 4253, section 4.2): it waits for that
    "garbage-answer": READ_TIMEOUT,
    "reset-after-accept": RESET,
}
KEYS: Mapping[str, Outcome] = {
    "accept-silent": READ_TIMEOUT,
    "reset-after-accept": RESET,
    "close-after-accept": CLOSED,
}
"""What happens while keys are exchanged."""

GARBLED: Mapping[str, Outcome] = {"garbage": GARBAGE}
"""What happens to a banner, or to a packet, of no protocol that the client speaks."""

GARBLED_OPENING: Mapping[str, Outcome] = {"garbage": (*GARBAGE[:3], "connect", AFTER_FIX)}
"""The same by paramiko, which says no more than that it was connecting."""

WAITS = SILENT | {"garbage", "garbage-answer"}
UNFINISHED: Outcome = ("connection-error", None, HERE, "connect", SAFE)
"""paramiko has lost its patience, and says that there is no session."""

CASES: tuple[Case, ...] = (
    *rows("paramiko", shell, but(OPENING, {"full-backlog": None}), WAITS),
    *rows("paramiko", partial(shell, host="localhost"), LOCALHOST),
    *rows("paramiko", shell_hurried, {"full-backlog": CONNECT_TIMEOUT}),
    *rows("paramiko", shell, {"descriptors-exhausted": NO_DESCRIPTORS}),
    *rows("paramiko", shell_hurried, {"accept-silent": UNFINISHED}, note="hurried"),
    *rows("paramiko", shell_hurried, {**KEYS, "accept-silent": UNFINISHED}, greeting=ask_for_keys, note="keys"),
    *rows("paramiko", transport, {"refuse": REFUSED, "close-after-accept": at("{host}", CLOSED)}, note="transport"),
    *rows("paramiko", shell, GARBLED_OPENING, greeting=b"SSH-1.5-old\r\n", note="old version"),
    *rows("paramiko", shell, GARBLED_OPENING, greeting=b"SSH-2.0\r\n", note="no version"),
    *rows("paramiko", shell, GARBLED_OPENING, greeting=b"hello\r\n" * 100, note="another service"),
    *rows("paramiko", shell, GARBLED, greeting=BANNER, note="packets"),
    *rows("asyncssh", shell_async, GARBLED, greeting=b"SSH-1.5-old\r\n", note="old version"),
    *rows("asyncssh", shell_async, GARBLED, greeting=BANNER, note="packets"),
    *rows("asyncssh", shell_async, OPENING, WAITS),
    *rows("asyncssh", partial(shell_async, host="localhost"), LOCALHOST),
    *rows("asyncssh", shell_async, KEYS, greeting=ask_for_keys, note="keys"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_shell(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


Act = Callable[[Any, socket.socket], object]
"""What an SSH server does to its transport, or to its socket, once a client is logged in."""


def letting_in(password: str, then: Act, before: Act | None = None) -> Callable[[Server, socket.socket], None]:
    """Be an SSH server that knows one password, and acts when it is asked for a channel, or before it lets one in."""

    def handle(_server: Server, connection: socket.socket) -> None:
        line = quiet(paramiko.Transport(connection))
        line.add_server_key(paramiko.ECDSAKey.generate())

        def ask(_self: object, kind: str, _channel: int, *_more: object) -> int:
            then(line, connection)
            is_jump = kind != "session"
            return int(
                paramiko.OPEN_FAILED_CONNECT_FAILED if is_jump else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
            )

        def log_in(_self: object, _user: str, given: str) -> int:
            (before or says_no)(line, connection)
            return int(paramiko.AUTH_SUCCESSFUL if given == password else paramiko.AUTH_FAILED)

        methods = {
            "check_auth_password": log_in,
            "check_channel_request": ask,
            "check_channel_direct_tcpip_request": lambda self, number, *_: ask(self, "direct-tcpip", number),
        }
        line.start_server(server=type("Users", (paramiko.ServerInterface,), methods)())
        line.join(LONG)

    return handle


def run(server: Server) -> None:
    """Run a command by paramiko."""
    shell(server, LONG).exec_command("true", timeout=SHORT)


def log_in_soon(server: Server) -> None:
    """Log in by paramiko, or give up soon."""
    shell(server, LONG, auth_timeout=SHORT)


def log_in_soon_async(server: Server) -> None:
    """Log in by asyncssh, or give up soon."""
    asyncio.run(opened(server.host, server.port, login_timeout=SHORT))


def jump(server: Server) -> None:
    """Reach another host through the server by paramiko."""
    shell(server, LONG).get_transport().open_channel("direct-tcpip", ("192.0.2.1", 22), ("127.0.0.1", 0), timeout=SHORT)


def run_late(server: Server) -> None:
    """Run a command by paramiko when the connection has long been lost."""
    client = shell(server, LONG)
    with suppress(Exception):
        client.exec_command("true")
    client.exec_command("true")


def by_command(server: Server) -> None:
    """Log in by paramiko through a command that ends at once."""
    command = paramiko.ProxyCommand("true")
    os.waitid(os.P_PID, command.process.pid, os.WEXITED | os.WNOWAIT)
    shell(server, LONG, sock=command)


def run_async(server: Server) -> None:
    """Run a command by asyncssh."""

    async def log_in_and_run() -> None:
        async with await opened(server.host, server.port) as client:
            await client.run("true")

    asyncio.run(log_in_and_run())


def run_async_late(server: Server) -> None:
    """Run a command by asyncssh when the connection has been lost."""

    async def log_in_and_run() -> None:
        async with await opened(server.host, server.port) as client:
            with suppress(Exception):
                await client.run("true")
            await client.run("true")

    asyncio.run(log_in_and_run())


def ends(line: Any, _connection: socket.socket) -> None:
    """End the session."""
    line.close()


def resets(_line: Any, connection: socket.socket) -> None:
    """Send a RST."""
    reset(connection)


def sleeps(_line: Any, _connection: socket.socket) -> None:
    """Answer later than the client waits."""
    time.sleep(2 * SHORT)


def says_no(_line: Any, _connection: socket.socket) -> None:
    """Leave it at the answer."""


DURING = "while it is checked"
"""The password that a server acts upon before it answers."""

NOT_CONNECTED: Outcome = ("not-connected", None, None, "transfer", "after-fix")
CLOSED_SOMEHOW: Outcome = ("connection-error", None, HERE, "transfer", "unknown")
IN_USE: Mapping[str, tuple[str, Callable[[Server], None], Act, Outcome | None]] = {
    "paramiko login": ("other", run, ends, None),
    "paramiko end": ("hush", run, ends, at(None, CLOSED)),
    "paramiko reset": ("hush", run, resets, at(None, RESET)),
    "paramiko silence": ("hush", run, sleeps, READ_TIMEOUT),
    "paramiko late": ("hush", run_late, ends, NOT_CONNECTED),
    "paramiko refused channel": ("hush", run, says_no, None),
    "paramiko jump": ("hush", jump, says_no, at(None, PROXY_STATUS)),
    "paramiko command": ("hush", by_command, ends, at(None, PROXY_STATUS)),
    "paramiko end of login": (DURING, run, ends, opening(CLOSED)),
    "paramiko silent login": (DURING, log_in_soon, sleeps, opening(READ_TIMEOUT)),
    "asyncssh end of login": (DURING, run_async, ends, CLOSED),
    "asyncssh silent login": (DURING, log_in_soon_async, sleeps, READ_TIMEOUT),
    "asyncssh login": ("other", run_async, ends, None),
    "asyncssh end": ("hush", run_async, ends, CLOSED_SOMEHOW),
    "asyncssh reset": ("hush", run_async, resets, CLOSED_SOMEHOW),
    "asyncssh late": ("hush", run_async_late, ends, CLOSED_SOMEHOW),
    "asyncssh refused channel": ("hush", run_async, says_no, None),
}
"""Password that the server knows, what the client does, what the server does then, and what is right to say."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs("paramiko", name.split()[0])) for name in IN_USE]
)
def test_a_session_in_use(name: str) -> None:
    """A session that ends is a failure of the connection; a refused login, or a refused channel, is an answer."""
    password, provoke, then, outcome = IN_USE[name]
    before = then if password == DURING else None
    with scripted.playing(letting_in(password, then, before)) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the client raises
            provoke(server)
        found = connlog.diagnose(caught.value)
    if outcome is None:
        assert found is None, repr(caught.value)
        return
    code, errno_name, endpoint, phase, retry = outcome
    assert found is not None, repr(caught.value)
    where = (server.host, server.port) if endpoint else (None, None)
    seen = (found.code, found.errno_name, (found.server_address, found.server_port), found.phase, found.retry)
    assert seen == (code, errno_name, where, phase, retry), repr(caught.value)


@pytest.mark.needs("asyncssh")
def test_what_lies_beyond_a_server_is_behind_a_proxy() -> None:
    """A host that the server can't reach is behind a proxy that failed; a command that takes too long is none."""

    def beyond(_self: object, host: str, *_: object) -> bool:
        reason = "Connection refused" if host == "refused" else "not you"
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, reason)

    async def reach() -> list[BaseException]:
        answers = {"begin_auth": lambda *_: False, "connection_requested": beyond}
        options = {
            "server_host_keys": [asyncssh.generate_private_key("ssh-ed25519")],
            "server_factory": type("Users", (asyncssh.SSHServer,), answers),
            "process_factory": lambda process: process.stdin.read(),
        }
        async with (
            asyncssh.listen("127.0.0.1", 0, **options) as listening,
            await opened("127.0.0.1", listening.get_port()) as client,
        ):
            asked = (
                client.open_connection("refused", 22),
                client.open_connection("forbidden", 22),
                client.run("sleep", timeout=SHORT),
            )
            return await asyncio.gather(*asked, return_exceptions=True)  # type: ignore[return-value]  # all of them fail

    refused, forbidden, late = asyncio.run(reach())
    found = connlog.diagnose(refused)
    assert found is not None, repr(refused)
    assert (found.code, found.server_address) == ("proxy-failure", None)
    assert connlog.diagnose(forbidden) is None
    assert isinstance(late, asyncssh.TimeoutError)
    assert connlog.diagnose(late) is None
