"""The standard library's sockets, TLS, asyncio streams, mail and FTP against every fault that applies."""

from __future__ import annotations

import asyncio
import ftplib
import linecache
import os
import select
import smtplib
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.clients import connecting
from tests.clients.cases import Case, check, in_loop, row
from tests.clients.outcomes import (
    CLOSED,
    CONNECT_TIMEOUT,
    CUT_SHORT,
    EXPIRED,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    LATER_NAME,
    NO_HOST,
    NO_NAME,
    NO_ROUTE,
    NO_SOCKET_FILE,
    PLAIN_TEXT,
    PROHIBITED,
    READ_TIMEOUT,
    REFUSED,
    REFUSED_LOCALHOST,
    REFUSED_UNIX,
    RESET,
    TLS_ALERT,
    TLS_CUT,
    TLS_EOF,
    TLS_RESET,
    TLS_SILENT,
    UNTRUSTED,
    WRONG_HOST,
    at,
)
from tests.faults import Server

SHORT = 0.2
"""Seconds of patience where a time-out is the point."""

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def create(server: Server) -> socket.socket:
    """Connect by socket.create_connection; the socket stays open while the failure is looked at."""
    return server.cleanup.enter_context(socket.create_connection((server.host, server.port), timeout=SHORT))


def create_localhost(server: Server) -> None:
    """Connect to every address of localhost."""
    create_named(server, "localhost")


def create_named(server: Server, host: str) -> None:
    """Connect to a host by name."""
    socket.create_connection((host, server.port), timeout=SHORT)


def all_errors(server: Server) -> None:
    """Connect to every address of localhost and get every failure, in a group."""
    socket.create_connection(("localhost", server.port), timeout=SHORT, all_errors=True)


def bare(server: Server) -> socket.socket:
    """Make a socket that stays open while the failure is looked at."""
    sock = server.cleanup.enter_context(socket.socket())
    sock.settimeout(SHORT)
    return sock


def connect_names(server: Server) -> None:
    """Connect to what two local names hold."""
    host, port = server.host, server.port
    s = bare(server)
    s.connect((host, port))


def connect_tuple_name(server: Server) -> None:
    """Connect to what one local name holds."""
    address = (server.host, server.port)
    s = bare(server)
    s.connect(address)


def connect_literal_host(server: Server) -> None:
    """Connect to a literal host and a named port."""
    port = server.port
    s = bare(server)
    s.connect(("127.0.0.1", port))


def connect_localhost(server: Server) -> None:
    """Connect to localhost in the words of the tutorial."""
    s = bare(server)
    s.connect(("localhost", server.port))


def connect_across_lines(server: Server) -> None:
    """Connect by a call that is spread over lines."""
    s = bare(server)
    # fmt: off
    s.connect(
        (server.host,
         server.port),
    )
    # fmt: on


def connect_source(server: Server) -> None:
    """Run a script with nothing but literals in it."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "main.py"
        script.write_text(
            f'import socket\nwith socket.socket() as s:\n    s.connect(("127.0.0.1", {server.port}))\n',
            encoding="utf-8",
        )
        linecache.getlines(str(script))  # the script is gone by the time anybody asks
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), {})  # noqa: S102 - that is the case


def connect_without_source(server: Server) -> None:
    """Run code whose source is nowhere."""
    exec(  # noqa: S102 - that is the case
        compile("s.connect((host, port))", "<string>", "exec"),
        {"s": bare(server), "host": server.host, "port": server.port},
    )


class Peer:
    """A client class as people write it."""

    def __init__(self, server: Server) -> None:
        """Remember where to connect to."""
        self.host = server.host
        self.port = server.port
        self.sock = bare(server)

    def connect(self) -> None:
        """Connect to what the attributes hold."""
        self.sock.connect((self.host, self.port))


def connect_attributes(server: Server) -> None:
    """Connect to what an object's attributes hold."""
    Peer(server).connect()


def connect_in_helper(server: Server) -> None:
    """Connect in another module of the program."""
    connecting.dial(bare(server), server.host, server.port)


def connect_ex(server: Server) -> None:
    """Raise what connect_ex returns."""
    error = bare(server).connect_ex((server.host, server.port))
    raise OSError(error, os.strerror(error))


def read(server: Server) -> bytes:
    """Wait for an answer without having asked."""
    s = create(server)
    return s.recv(100)


def read_chained(server: Server) -> bytes:
    """Read from a socket that has no name."""
    return create(server).recv(100)


def ask(server: Server) -> bytes:
    """Send a request and wait for the answer."""
    s = create(server)
    s.sendall(HEAD)
    return s.recv(100)


def ask_for_all(server: Server) -> None:
    """Send a request and read until the end."""
    s = create(server)
    s.sendall(HEAD)
    while s.recv(100):
        pass


def send_on(server: Server) -> None:
    """Go on sending after the peer has left."""
    s = create(server)
    s.sendall(b"x")
    select.select([s], [], [], 5)
    while True:
        s.sendall(b"x" * 1000)


def unix(server: Server) -> None:
    """Connect to a unix socket."""
    s = server.cleanup.enter_context(socket.socket(socket.AF_UNIX))
    path = str(server.path)
    s.connect(path)


def bind(server: Server) -> None:
    """Bind to an address."""
    s = bare(server)
    s.bind((server.host, server.port))


def receive_unconnected(server: Server) -> None:
    """Read from a socket that was never connected."""
    s = bare(server)
    s.recv(1)


def resolve(server: Server) -> None:
    """Look up a name."""
    socket.getaddrinfo(server.host, server.port)


def too_many(server: Server) -> None:
    """Join more multicast groups than the kernel allows a socket."""
    s = server.cleanup.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    for group in range(1, 100):
        member = socket.inet_aton(f"239.1.1.{group}") + socket.inet_aton("127.0.0.1")
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)


SOCKET = (
    row("socket", "refuse", create, *REFUSED),
    row("socket", "refuse", connect_names, *REFUSED, note="names"),
    row("socket", "refuse", connect_tuple_name, *REFUSED, note="tuple name"),
    row("socket", "refuse", connect_literal_host, *REFUSED, note="literal host"),
    row("socket", "refuse", connect_localhost, *REFUSED_LOCALHOST, note="literal localhost"),
    row("socket", "refuse", connect_across_lines, *REFUSED, note="across lines"),
    row("socket", "refuse", connect_source, *REFUSED, note="script of literals"),
    row("socket", "refuse", connect_without_source, *at(None, REFUSED), note="no source"),
    row("socket", "refuse", connect_attributes, *REFUSED, note="attributes"),
    row("socket", "refuse", connect_in_helper, *REFUSED, note="helper module"),
    row("socket", "refuse", connect_ex, *at(None, REFUSED), note="connect_ex"),
    row("socket", "refuse-localhost", create_localhost, *REFUSED_LOCALHOST),
    row("socket", "refuse-localhost", all_errors, *REFUSED_LOCALHOST, note="all errors"),
    row("socket", "refuse-unix", unix, *REFUSED_UNIX),
    row("socket", "no-socket-file", unix, *NO_SOCKET_FILE),
    row("socket", "full-backlog", create, *CONNECT_TIMEOUT),
    row("socket", "full-backlog", connect_names, *CONNECT_TIMEOUT, note="names"),
    row("socket", "accept-silent", read, *READ_TIMEOUT),
    row("socket", "accept-silent", read_chained, *at(None, READ_TIMEOUT), note="chained"),
    row("socket", "reset-after-accept", read, *at(None, RESET)),
    row("socket", "reset-after-request", ask, *at(None, RESET)),
    row("socket", "reset-in-body", ask_for_all, *at(None, RESET)),
    row("socket", "reads-nothing-then-close", send_on, "broken-pipe", "EPIPE", None, "send", IF_IDEMPOTENT),
    row("socket", "name-not-found", create, *NO_NAME),
    row("socket", "name-not-found", resolve, *NO_NAME, note="getaddrinfo"),
    row("socket", "name-not-found", connect_names, *NO_NAME, note="names"),
    row("socket", "temporary-dns", create, *LATER_NAME),
    row("socket", "unreachable-network", create, *NO_ROUTE),
    row("socket", "unreachable-host", create, *NO_HOST),
    row("socket", "prohibited", create, *PROHIBITED),
    row("socket", "port-taken", bind, "address-in-use", "EADDRINUSE", HERE, "bind", "after-fix"),
    row("socket", "foreign-address", bind, "address-not-available", "EADDRNOTAVAIL", HERE, "bind", "after-fix"),
    row("socket", "not-connected", receive_unconnected, "not-connected", "ENOTCONN", None, "receive", "after-fix"),
    row("socket", "no-buffer-space", too_many, "no-buffer-space", "ENOBUFS", None, "local", IF_IDEMPOTENT),
)


def secure(server: Server, **options: Any) -> ssl.SSLSocket:
    """Do a TLS handshake by hand."""
    context = ssl.create_default_context(cafile=server.ca_file)
    sock = create(server)
    secured = context.wrap_socket(sock, server_hostname=server.host, **options)
    return server.cleanup.enter_context(secured)


def secure_and_ask(server: Server) -> bytes:
    """Ask over TLS and wait for the answer."""
    s = secure(server, suppress_ragged_eofs=False)
    s.sendall(HEAD)
    return s.recv(100)


HOST_ONLY = "{host}"
"""A TLS handshake by hand knows the name, and the socket is closed by the time anybody asks."""

TLS = (
    row("ssl", "tls-untrusted", secure, *at(HOST_ONLY, UNTRUSTED)),
    row("ssl", "tls-self-signed", secure, *at(HOST_ONLY, UNTRUSTED)),
    row("ssl", "tls-expired", secure, *at(HOST_ONLY, EXPIRED)),
    row("ssl", "tls-wrong-host", secure, *at(HOST_ONLY, WRONG_HOST)),
    row("ssl", "tls-plain-text", secure, *at(HOST_ONLY, PLAIN_TEXT)),
    row("ssl", "garbage", secure, *at(HOST_ONLY, PLAIN_TEXT)),
    row("ssl", "tls-alert", secure, *at(HOST_ONLY, TLS_ALERT)),
    row("ssl", "tls-eof-in-handshake", secure, *at(HOST_ONLY, TLS_EOF)),
    row("ssl", "tls-reset-in-handshake", secure, *at(HOST_ONLY, TLS_RESET)),
    row("ssl", "tls-silent", secure, *at(HOST_ONLY, TLS_SILENT)),
    row("ssl", "accept-silent", secure_and_ask, *READ_TIMEOUT, tls=True),
    # OpenSSL's read fails with ECONNRESET, and CPython's ssl makes an EOF of it.
    row("ssl", "reset-after-request", secure_and_ask, *at(None, TLS_CUT), tls=True),
    row("ssl", "tls-close-no-notify", secure_and_ask, *at(None, TLS_CUT)),
)


async def streams(server: Server, **options: Any) -> asyncio.StreamReader:
    """Open a connection and send a request."""
    reader, writer = await asyncio.open_connection(server.host, server.port, **options)
    server.cleanup.callback(id, writer)  # a writer that nobody holds closes its connection
    writer.write(HEAD)
    return reader


async def stream_line(server: Server) -> bytes:
    """Read to the end of the answer's first line."""
    return await (await streams(server)).readuntil(b"\n")


async def stream_exactly(server: Server) -> bytes:
    """Read exactly as many bytes as were promised."""
    return await (await streams(server)).readexactly(1000)


async def stream_all(server: Server) -> bytes:
    """Read to the end."""
    return await (await streams(server)).read()


async def stream_wait_for(server: Server) -> bytes:
    """Read under asyncio.wait_for."""
    reader = await streams(server)
    return await asyncio.wait_for(reader.read(), SHORT)


async def stream_timeout(server: Server) -> bytes:
    """Read under asyncio.timeout."""
    reader = await streams(server)
    async with asyncio.timeout(SHORT):
        return await reader.readline()


async def open_wait_for(server: Server) -> None:
    """Connect under asyncio.wait_for."""
    await asyncio.wait_for(asyncio.open_connection(server.host, server.port), SHORT)


async def open_timeout(server: Server) -> None:
    """Connect under asyncio.timeout."""
    async with asyncio.timeout(SHORT):
        await asyncio.open_connection(server.host, server.port)


async def open_localhost(server: Server) -> None:
    """Connect to every address of localhost."""
    await asyncio.open_connection("localhost", server.port)


async def open_unix(server: Server) -> None:
    """Connect to a unix socket."""
    await asyncio.open_unix_connection(server.path)


async def open_secured(server: Server) -> asyncio.StreamReader:
    """Open a connection with TLS."""
    context = ssl.create_default_context(cafile=server.ca_file)
    return await streams(server, ssl=context, ssl_handshake_timeout=SHORT)


async def start_server(server: Server) -> None:
    """Listen on an address."""
    await asyncio.start_server(lambda _reader, writer: writer.close(), server.host, server.port)


async def drain_on(server: Server) -> None:
    """Go on writing after the peer has left."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"x")
    await reader.read(1)
    while True:
        writer.write(b"x" * 1000)
        await writer.drain()


async def streams_in_group(server: Server) -> None:
    """Connect in a task of a group."""
    async with asyncio.TaskGroup() as group:
        group.create_task(streams(server))


LOST = ("connection-reset", None, HERE, "send", IF_IDEMPOTENT)

STREAMS = (
    row("asyncio", "refuse", in_loop(streams), *REFUSED),
    row("asyncio", "refuse", in_loop(streams_in_group), *REFUSED, note="task group"),
    row("asyncio", "refuse-localhost", in_loop(open_localhost), *REFUSED_LOCALHOST),
    row("asyncio", "refuse-unix", in_loop(open_unix), *REFUSED_UNIX),
    row("asyncio", "no-socket-file", in_loop(open_unix), *NO_SOCKET_FILE),
    row("asyncio", "full-backlog", in_loop(open_wait_for), *CONNECT_TIMEOUT),
    row("asyncio", "full-backlog", in_loop(open_timeout), *CONNECT_TIMEOUT, note="timeout"),
    row("asyncio", "accept-silent", in_loop(stream_wait_for), *READ_TIMEOUT),
    row("asyncio", "accept-silent", in_loop(stream_timeout), *READ_TIMEOUT, note="timeout"),
    row("asyncio", "stall-in-body", in_loop(stream_wait_for), *READ_TIMEOUT),
    row("asyncio", "reset-after-request", in_loop(stream_line), *RESET),
    row("asyncio", "reset-in-body", in_loop(stream_all), *RESET),
    row("asyncio", "close-after-request", in_loop(stream_line), *CLOSED),
    row("asyncio", "close-after-accept", in_loop(stream_exactly), *CLOSED),
    row("asyncio", "close-in-body", in_loop(stream_exactly), *CUT_SHORT),
    # The transport fails with EPIPE, and drain() says no more than «Connection lost».
    row(
        "asyncio", "reads-nothing-then-close", in_loop(drain_on), "connection-reset", None, HERE, "send", IF_IDEMPOTENT
    ),
    row("asyncio", "name-not-found", in_loop(streams), *NO_NAME),
    row("asyncio", "temporary-dns", in_loop(streams), *LATER_NAME),
    row("asyncio", "unreachable-network", in_loop(streams), *NO_ROUTE),
    row("asyncio", "unreachable-host", in_loop(streams), *NO_HOST),
    row("asyncio", "prohibited", in_loop(streams), *PROHIBITED),
    row("asyncio", "port-taken", in_loop(start_server), "address-in-use", "EADDRINUSE", HERE, "bind", "after-fix"),
    row("asyncio", "tls-untrusted", in_loop(open_secured), *UNTRUSTED),
    row("asyncio", "tls-self-signed", in_loop(open_secured), *UNTRUSTED),
    row("asyncio", "tls-expired", in_loop(open_secured), *EXPIRED),
    row("asyncio", "tls-wrong-host", in_loop(open_secured), *WRONG_HOST),
    row("asyncio", "tls-plain-text", in_loop(open_secured), *PLAIN_TEXT),
    row("asyncio", "tls-alert", in_loop(open_secured), *TLS_ALERT),
    row("asyncio", "tls-eof-in-handshake", in_loop(open_secured), *TLS_EOF),
    row("asyncio", "tls-reset-in-handshake", in_loop(open_secured), *TLS_RESET),
    row("asyncio", "tls-silent", in_loop(open_secured), *TLS_SILENT),
)


def mail(server: Server) -> None:
    """Connect and wait for the greeting."""
    smtplib.SMTP(server.host, server.port, timeout=SHORT)


def mail_localhost(server: Server) -> None:
    """Connect to localhost."""
    smtplib.SMTP("localhost", server.port, timeout=SHORT)


def mail_hello(server: Server) -> None:
    """Say hello after the greeting."""
    smtp = smtplib.SMTP(server.host, server.port, local_hostname="tests", timeout=SHORT)
    server.cleanup.callback(smtp.close)
    smtp.ehlo_or_helo_if_needed()


def mail_secured(server: Server) -> None:
    """Connect with TLS from the first byte."""
    context = ssl.create_default_context(cafile=server.ca_file)
    smtplib.SMTP_SSL(server.host, server.port, timeout=SHORT, context=context)


def files(server: Server) -> None:
    """Connect and wait for the greeting."""
    ftp = ftplib.FTP(timeout=SHORT)  # noqa: S321 - that is the case
    server.cleanup.callback(ftp.close)
    ftp.connect(server.host, server.port)


def files_localhost(server: Server) -> None:
    """Connect to localhost."""
    ftp = ftplib.FTP(timeout=SHORT)  # noqa: S321 - that is the case
    ftp.connect("localhost", server.port)


def files_login(server: Server) -> None:
    """Log in after the greeting."""
    ftp = ftplib.FTP(timeout=SHORT)  # noqa: S321 - that is the case
    server.cleanup.callback(ftp.close)
    ftp.connect(server.host, server.port)
    ftp.login()


READY = b"220 ready\r\n"

MAIL = (
    row("smtplib", "refuse", mail, *REFUSED),
    row("smtplib", "refuse-localhost", mail_localhost, *REFUSED_LOCALHOST),
    row("smtplib", "full-backlog", mail, *CONNECT_TIMEOUT),
    row("smtplib", "accept-silent", mail, *READ_TIMEOUT),
    row("smtplib", "accept-silent", mail_hello, *at(HOST_ONLY, READ_TIMEOUT), note="hello", greeting=READY),
    row("smtplib", "reset-after-accept", mail, *RESET),
    row("smtplib", "reset-after-request", mail_hello, *at(HOST_ONLY, RESET), greeting=READY),
    row("smtplib", "close-after-accept", mail, *CLOSED),
    row("smtplib", "close-after-request", mail_hello, *at(HOST_ONLY, CLOSED), greeting=READY),
    row("smtplib", "garbage", mail, *GARBAGE),
    row("smtplib", "name-not-found", mail, *NO_NAME),
    row("smtplib", "temporary-dns", mail, *LATER_NAME),
    row("smtplib", "unreachable-network", mail, *NO_ROUTE),
    row("smtplib", "unreachable-host", mail, *NO_HOST),
    row("smtplib", "tls-untrusted", mail_secured, *UNTRUSTED),
    row("smtplib", "tls-expired", mail_secured, *EXPIRED),
    row("smtplib", "tls-wrong-host", mail_secured, *WRONG_HOST),
    row("smtplib", "tls-plain-text", mail_secured, *PLAIN_TEXT),
    row("smtplib", "tls-eof-in-handshake", mail_secured, *TLS_EOF),
    row("smtplib", "tls-reset-in-handshake", mail_secured, *TLS_RESET),
    row("smtplib", "tls-silent", mail_secured, *TLS_SILENT),
)

FILES = (
    row("ftplib", "refuse", files, *REFUSED),
    row("ftplib", "refuse-localhost", files_localhost, *REFUSED_LOCALHOST),
    row("ftplib", "full-backlog", files, *CONNECT_TIMEOUT),
    row("ftplib", "accept-silent", files, *READ_TIMEOUT),
    row("ftplib", "accept-silent", files_login, *READ_TIMEOUT, note="login", greeting=READY),
    row("ftplib", "reset-after-accept", files, *RESET),
    row("ftplib", "reset-after-request", files_login, *RESET, greeting=READY),
    row("ftplib", "close-after-accept", files, *CLOSED),
    row("ftplib", "close-after-request", files_login, *CLOSED, greeting=READY),
    row("ftplib", "garbage", files, *GARBAGE),
    row("ftplib", "name-not-found", files, *NO_NAME),
    row("ftplib", "temporary-dns", files, *LATER_NAME),
    row("ftplib", "unreachable-network", files, *NO_ROUTE),
    row("ftplib", "unreachable-host", files, *NO_HOST),
)

CASES: tuple[Case, ...] = SOCKET + TLS + STREAMS + MAIL + FILES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_client_of_the_standard_library(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)
