"""
One loopback server that fails on purpose, and heals when it is told to.

Real sockets, no fixed port; every thread is a daemon, every socket is closed at the end.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from connlog.catalog.numbers import PORTS
from tests.faults import answers, certs

SETTLED = 0.05
"""Seconds in which a connect() on loopback has surely returned."""

PATIENCE = 5.0
"""Seconds after which a server of the tests gives up on a client that neither speaks nor leaves."""

SILENCE = 20.0
"""Seconds for which a silent server keeps a connection, unless it is stopped before."""

PART_OF_A_BODY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nonly this much"
GARBAGE = b"\x07\x13garbage of no protocol at all\r\n\r\n"
FATAL_HANDSHAKE_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
"""A TLS record (RFC 8446, section 6): alert, fatal, handshake_failure."""

Handler = Callable[["Server", socket.socket], None]
Greeting = bytes | Callable[[socket.socket], None]
"""What a server says first, or the conversation that it holds first."""


class Server:
    """
    A listening socket (or one that does not listen) and what it does to those who come.

    Attributes:
        host: Address to connect to.
        port: Port to connect to; 0 for a unix socket.
        path: Path of the unix socket, ``None`` for TCP.
        ca_file: Certificate of the authority that clients may trust.
        accepted: How many connections were accepted.
    """

    def __init__(
        self, handler: Handler, *, greeting: Greeting = b"", tls: bool = False, healthy_tls: bool = False
    ) -> None:
        """
        Prepare a server; nothing is bound yet.

        Args:
            handler: What is done to each connection.
            greeting: What is said to each connection before anything else (SMTP and FTP servers speak first), or what
                is done with it (databases let a client in, or agree to TLS).
            tls: A good TLS handshake comes before the handler.
            healthy_tls: Once healed, the server speaks TLS.
        """
        self.handler = handler
        self.greeting = greeting
        self.tls = tls
        self.healthy_tls = healthy_tls or tls
        self.host = "127.0.0.1"
        self.port = 0
        self.path: str | None = None
        self.ca_file = certs.ca_file()
        self.accepted = 0
        self.healed = threading.Event()
        self.stopped = threading.Event()
        self.listener: socket.socket | None = None
        self.on_heal: Callable[[], None] = self.listen
        self.cleanup = contextlib.ExitStack()
        self._connections: set[socket.socket] = set()
        self._accepting: list[threading.Thread] = []
        self._serving: list[threading.Thread] = []
        self._lock = threading.Lock()

    def bind(self, address: str = "127.0.0.1") -> None:
        """
        Take a free port, without listening: whoever connects is refused.

        No service is known by that port, so that nothing is said about one.
        """
        while self.port in {0, *PORTS}:
            self.listener = self.cleanup.enter_context(socket.socket())
            self.listener.bind((address, 0))
            self.port = self.listener.getsockname()[1]

    def bind_unix(self, *, missing: bool = False) -> None:
        """
        Take a path; with ``missing`` only its name is known, and no file is there.
        """
        folder = self.cleanup.enter_context(tempfile.TemporaryDirectory(prefix="connlog-"))
        self.host, self.path = "", str(Path(folder) / "server.sock")
        self.listener = self.cleanup.enter_context(socket.socket(socket.AF_UNIX))
        if not missing:
            self.listener.bind(self.path)

    def listen(self) -> None:
        """
        Begin to listen and to accept.
        """
        if self.listener is None:
            return
        if self.path is not None and not self.listener.getsockname():
            self.listener.bind(self.path)
        self.listener.listen(128)
        self.accept()

    def accept(self) -> None:
        """
        Accept connections in a thread.
        """
        self._start(self._accepting, self._accept_loop)

    def heal(self) -> None:
        """
        Be well from now on; what is already connected stays as it is.
        """
        if not self.healed.is_set() and not self.stopped.is_set():
            self.healed.set()
            self.on_heal()

    def stop(self) -> None:
        """
        Close everything and wait for the threads.
        """
        self.stopped.set()
        for thread in self._accepting:
            thread.join(PATIENCE)
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._serving:
            thread.join(PATIENCE)
        self.cleanup.close()

    def _start(self, group: list[threading.Thread], target: Callable[..., None], *args: object) -> None:
        """
        Start a daemon thread.
        """
        thread = threading.Thread(target=target, args=args, daemon=True)
        group.append(thread)
        thread.start()

    def _accept_loop(self) -> None:
        """
        Accept until the server is stopped; a full descriptor table is waited out.
        """
        listener = self.listener
        if listener is None:
            return
        listener.settimeout(0.05)
        while not self.stopped.is_set():
            try:
                connection = listener.accept()[0]
            except TimeoutError:
                continue
            except OSError:
                self.stopped.wait(0.02)
                continue
            self.accepted += 1
            with self._lock:
                self._connections.add(connection)
            self._start(self._serving, self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        """
        Do to one connection what is due, and close it.
        """
        connection.settimeout(PATIENCE)
        if connection.family != getattr(socket, "AF_UNIX", None):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a RST overtakes what Nagle holds
        healthy = self.healed.is_set()
        try:
            if self.healthy_tls if healthy else self.tls:
                connection = self._replace(connection, "good")
            if callable(self.greeting):
                self.greeting(connection)
            elif self.greeting:
                connection.sendall(self.greeting)
            if healthy:
                answers.converse(connection)
            else:
                self.handler(self, connection)
        except OSError:
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _replace(self, connection: socket.socket, certificate: str) -> ssl.SSLSocket:
        """
        Do the server's part of a TLS handshake; the old socket object is spent.
        """
        context = certs.server_context(certificate)
        with self._lock:
            self._connections.discard(connection)
        secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._connections.add(secured)
        secured.do_handshake()
        return secured

    def secure(self, connection: socket.socket, certificate: str) -> ssl.SSLSocket:
        """
        Speak TLS with the certificate of the named kind; see :func:`tests.faults.certs.server_context`.
        """
        return self._replace(connection, certificate)


def reset(connection: socket.socket) -> None:
    """
    Close with a RST instead of a FIN (SO_LINGER with time 0, see socket(7)).
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wait_for_goodbye(connection: socket.socket) -> None:
    """
    Read until the client leaves, so that no RST of ours overtakes what was sent.
    """
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


def read_request(connection: socket.socket) -> None:
    """
    Read a whole HTTP request, or whatever arrives first in any other protocol.
    """
    data = connection.recv(65536)
    if data.split(b" ", 1)[0].isalpha() and b"HTTP/1." in data.split(b"\r\n", 1)[0]:
        answers.read_http_request(connection, data)


def stay_silent(server: Server, _connection: socket.socket) -> None:
    """
    Accept, never answer, never close.
    """
    server.stopped.wait(SILENCE)


def reset_after_accept(_server: Server, connection: socket.socket) -> None:
    """
    Send a RST once the client's connect() has had time to return: an earlier one would fail that call instead.
    """
    select.select([connection], [], [], SETTLED)
    reset(connection)


def reset_after_request(_server: Server, connection: socket.socket) -> None:
    """
    Send a RST once the request has arrived.
    """
    read_request(connection)
    reset(connection)


def reset_on_reuse(server: Server, connection: socket.socket) -> None:
    """
    Answer one HTTP request, the first of all; when the next comes, send a RST, as a server does that has just given up
    an idle connection. Where a conversation came first, the client was answered in that.
    """
    if server.accepted == 1 and not callable(server.greeting):
        request, _ = answers.read_http_request(connection)
        answers.answer_http(connection, request)
    reset_after_request(server, connection)


def answer_with_status(status: bytes) -> Handler:
    """
    Return a handler that answers each HTTP request with a status and nothing else, and closes.
    """

    def handle(_server: Server, connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        wait_for_goodbye(connection)

    return handle


def greet_socks(connection: socket.socket) -> None:
    """
    Hold a SOCKS proxy's part of the conversation (RFC 1928) up to the client's request.
    """
    connection.recv(257)
    connection.sendall(b"\x05\x00")
    kind = connection.recv(4, socket.MSG_WAITALL)[3]
    length = {1: 4, 3: 0}.get(kind, 16) or connection.recv(1)[0]  # IPv4, a name, IPv6
    connection.recv(length + 2, socket.MSG_WAITALL)


def refuse_by_socks(_server: Server, connection: socket.socket) -> None:
    """
    Answer as a SOCKS proxy that the target has refused the connection (RFC 1928, section 6: reply 5).
    """
    greet_socks(connection)
    connection.sendall(b"\x05\x05\x00\x01" + bytes(6))
    wait_for_goodbye(connection)


def reset_in_body(_server: Server, connection: socket.socket) -> None:
    """
    Answer with a head and a part of the body, then send a RST.
    """
    read_request(connection)
    connection.sendall(PART_OF_A_BODY)
    reset(connection)


def stall_in_body(server: Server, connection: socket.socket) -> None:
    """
    Answer with a head and a part of the body, then nothing more.
    """
    read_request(connection)
    connection.sendall(PART_OF_A_BODY)
    server.stopped.wait(SILENCE)


def close_after_accept(_server: Server, connection: socket.socket) -> None:
    """
    Send a FIN at once; read on, so that what the client sends does not turn it into a RST.
    """
    connection.shutdown(socket.SHUT_WR)
    wait_for_goodbye(connection)


def close_after_request(_server: Server, connection: socket.socket) -> None:
    """
    Read the request and send a FIN instead of an answer.
    """
    read_request(connection)
    connection.shutdown(socket.SHUT_WR)
    wait_for_goodbye(connection)


def close_in_body(_server: Server, connection: socket.socket) -> None:
    """
    Answer with a head and a part of the body, then send a FIN.
    """
    read_request(connection)
    connection.sendall(PART_OF_A_BODY)
    connection.shutdown(socket.SHUT_WR)
    wait_for_goodbye(connection)


def destroy_client_socket(_server: Server, connection: socket.socket) -> None:
    """
    End the client's socket from outside, as an administrator or an agent does (ss(8) with -K, SOCK_DESTROY).

    Linux has no other everyday way to ECONNABORTED: a RST gives ECONNRESET, a lost path ETIMEDOUT.
    It needs CAP_NET_ADMIN, hence a namespace, and a kernel with CONFIG_INET_DIAG_DESTROY.
    """
    read_request(connection)
    client, own = connection.getpeername(), connection.getsockname()
    subprocess.run(
        ["ss", "-K", "-t", "src", f"{client[0]}:{client[1]}", "dst", f"{own[0]}:{own[1]}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def leave_while_sending(_server: Server, connection: socket.socket) -> None:
    """
    Read a bit, send a FIN, then a RST: the client is in CLOSE_WAIT, so its next send fails with EPIPE (send(2)).
    """
    connection.recv(1)
    connection.shutdown(socket.SHUT_WR)
    reset(connection)


def say_garbage(_server: Server, connection: socket.socket) -> None:
    """
    Speak first, in no protocol.
    """
    connection.sendall(GARBAGE)
    wait_for_goodbye(connection)


def answer_garbage(_server: Server, connection: socket.socket) -> None:
    """
    Answer the request in no protocol.
    """
    read_request(connection)
    connection.sendall(GARBAGE)
    wait_for_goodbye(connection)


def answer_as_full(_server: Server, connection: socket.socket) -> None:
    """
    Say that there are too many connections.
    """
    answers.refuse_as_full(connection)
    wait_for_goodbye(connection)


def be_well(_server: Server, connection: socket.socket) -> None:
    """
    Serve well.
    """
    answers.converse(connection)


def tls_certificate(kind: str) -> Handler:
    """
    Return a handler that speaks TLS with the certificate of the named kind.
    """

    def handle(server: Server, connection: socket.socket) -> None:
        answers.converse(server.secure(connection, kind))

    return handle


def answer_tls_with_text(_server: Server, connection: socket.socket) -> None:
    """
    Answer the ClientHello in plain HTTP.
    """
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    wait_for_goodbye(connection)


def leave_tls_handshake(_server: Server, connection: socket.socket) -> None:
    """
    Read the ClientHello and send a FIN.
    """
    connection.recv(65536)
    connection.shutdown(socket.SHUT_WR)
    wait_for_goodbye(connection)


def refuse_tls_handshake(_server: Server, connection: socket.socket) -> None:
    """
    Read the ClientHello and answer with a fatal alert.
    """
    connection.recv(65536)
    connection.sendall(FATAL_HANDSHAKE_ALERT)
    wait_for_goodbye(connection)


def close_without_notify(server: Server, connection: socket.socket) -> None:
    """
    Finish the handshake, read the request, and close TCP without the close_notify of TLS.
    """
    secured = server.secure(connection, "good")
    read_request(secured)
    secured.close()


def fill_backlog(server: Server) -> None:
    """
    Listen with the smallest backlog and fill it, so that the kernel drops further SYNs.
    """
    if server.listener is None:
        return
    server.listener.listen(0)
    fillers = [server.cleanup.enter_context(socket.socket()) for _ in range(4)]
    for filler in fillers:
        filler.settimeout(0)
        filler.connect_ex((server.host, server.port))

    def drain() -> None:
        for filler in fillers:
            filler.close()
        server.listen()

    server.on_heal = drain


@contextlib.contextmanager
def few_descriptors(spare: int = 16) -> Iterator[Callable[[], None]]:
    """
    Lower the limit of open files (RLIMIT_NOFILE) until only a few descriptors are left.

    Yields:
        What gives the old limit back.
    """
    import resource  # noqa: PLC0415 - no such module on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [socket.socket() for _ in range(spare)]
    limit = max(one.fileno() for one in taken) + 1
    for one in taken:
        one.close()

    def restore() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield restore
    finally:
        restore()


@contextlib.contextmanager
def no_descriptors() -> Iterator[None]:
    """
    Take every descriptor that the limit still allows, for the length of the block.
    """
    taken: list[socket.socket] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(socket.socket())
        yield
    finally:
        for one in taken:
            one.close()
