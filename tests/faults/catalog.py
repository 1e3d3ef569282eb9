"""The faults by name, and the one function that plays them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.faults import namespace
from tests.faults import server as parts
from tests.faults.server import Greeting, Handler, Server

Where = Literal["here", "namespace", "subprocess"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    One way to fail.

    Attributes:
        name: What the examples and the client cases call it.
        does: What the other side does, for readers of the docs.
        handler: What is done to each accepted connection.
        prepare: How the server comes up; by default it binds and listens.
        where: ``namespace`` and ``subprocess``: the code that fails must run in a process of its own.
        tls: Once healed, the server speaks TLS.
    """

    name: str
    does: str
    handler: Handler = parts.be_well
    prepare: Callable[[Server], None] | None = None
    where: Where = "here"
    tls: bool = False


def _listens(server: Server) -> None:
    server.bind()
    server.listen()
    server.on_heal = _nothing


def _nothing() -> None:
    """
    Do nothing: the handler looks by itself whether the server is well.
    """


def _full_backlog(server: Server) -> None:
    server.bind()
    parts.fill_backlog(server)


def _missing_socket(server: Server) -> None:
    server.bind_unix(missing=True)


def _port_taken(server: Server) -> None:
    server.bind()
    listener = server.listener
    assert listener is not None
    listener.listen(1)
    server.on_heal = listener.close


def _foreign_address(server: Server) -> None:
    server.host, server.port = "192.0.2.1", 0
    server.on_heal = _nothing


def _few_descriptors(server: Server) -> None:
    _listens(server)
    server.on_heal = server.cleanup.enter_context(parts.few_descriptors())


def _name(name: str) -> Callable[[Server], None]:
    """
    Return a preparation: the server is well, but its name is not.
    """

    def prepare(server: Server) -> None:
        _listens(server)
        server.host = name
        server.on_heal = lambda: namespace.resolve(name, well=True)
        server.cleanup.callback(namespace.resolve, name, well=False)

    return prepare


def _address(address: str) -> Callable[[Server], None]:
    """
    Return a preparation: the server is well, but there is no way to its address.
    """

    def prepare(server: Server) -> None:
        server.bind("0.0.0.0")  # noqa: S104 - in a namespace of its own
        server.listen()
        server.host = address
        server.on_heal = lambda: namespace.own_address(address, present=True)
        server.cleanup.callback(namespace.own_address, address, present=False)

    return prepare


_ALL = (
    Fault(name="refuse", does="Nothing listens on the port.", prepare=Server.bind),
    Fault(name="refuse-unix", does="The socket file is there, nobody listens.", prepare=Server.bind_unix),
    Fault(name="no-socket-file", does="There is no socket file at the path.", prepare=_missing_socket),
    Fault(
        name="full-backlog",
        does="The listener's queue is full: the SYN is dropped.",
        prepare=_full_backlog,
    ),
    Fault(name="accept-silent", does="Accepts, never answers, never closes.", handler=parts.stay_silent),
    Fault(name="reset-after-accept", does="Sends a RST right after the accept.", handler=parts.reset_after_accept),
    Fault(name="reset-after-request", does="Reads the request, then sends a RST.", handler=parts.reset_after_request),
    Fault(
        name="reset-on-reuse",
        does="Answers, and at the next request on the same connection sends a RST.",
        handler=parts.reset_on_reuse,
    ),
    Fault(name="reset-in-body", does="Sends a part of the body, then a RST.", handler=parts.reset_in_body),
    Fault(name="stall-in-body", does="Sends a part of the body, then nothing.", handler=parts.stall_in_body),
    Fault(name="close-after-accept", does="Closes cleanly right after the accept.", handler=parts.close_after_accept),
    Fault(
        name="close-after-request", does="Reads the request, then closes cleanly.", handler=parts.close_after_request
    ),
    Fault(name="close-in-body", does="Sends a part of the body, then closes cleanly.", handler=parts.close_in_body),
    Fault(
        name="reads-nothing-then-close",
        does="Reads one byte and leaves while the client goes on sending.",
        handler=parts.leave_while_sending,
    ),
    Fault(
        name="socket-destroyed",
        does="Reads the request; then the client's own kernel ends the connection (ss -K).",
        handler=parts.destroy_client_socket,
        where="namespace",
    ),
    Fault(name="garbage", does="Speaks first, in bytes of no protocol.", handler=parts.say_garbage),
    Fault(name="garbage-answer", does="Answers in bytes of no protocol.", handler=parts.answer_garbage),
    Fault(
        name="tls-untrusted",
        does="Its certificate comes from an unknown authority.",
        handler=parts.tls_certificate("untrusted"),
        tls=True,
    ),
    Fault(
        name="tls-self-signed",
        does="Its certificate is signed by itself.",
        handler=parts.tls_certificate("self-signed"),
        tls=True,
    ),
    Fault(name="tls-expired", does="Its certificate has expired.", handler=parts.tls_certificate("expired"), tls=True),
    Fault(
        name="tls-wrong-host",
        does="Its certificate is made out for another name.",
        handler=parts.tls_certificate("wrong-host"),
        tls=True,
    ),
    Fault(name="tls-plain-text", does="Answers TLS in plain text.", handler=parts.answer_tls_with_text, tls=True),
    Fault(
        name="tls-eof-in-handshake",
        does="Closes in the middle of the handshake.",
        handler=parts.leave_tls_handshake,
        tls=True,
    ),
    Fault(
        name="tls-reset-in-handshake",
        does="Sends a RST in the middle of the handshake.",
        handler=parts.reset_after_request,
        tls=True,
    ),
    Fault(name="tls-silent", does="Never answers the ClientHello.", handler=parts.stay_silent, tls=True),
    Fault(
        name="tls-alert",
        does="Refuses the handshake with a fatal alert.",
        handler=parts.refuse_tls_handshake,
        tls=True,
    ),
    Fault(
        name="tls-close-no-notify",
        does="Closes TCP under TLS, without a close_notify.",
        handler=parts.close_without_notify,
        tls=True,
    ),
    Fault(
        name="name-not-found",
        does="The name server says that the name does not exist.",
        prepare=_name("nothing.invalid"),
        where="namespace",
    ),
    Fault(
        name="temporary-dns",
        does="The name server can't answer now.",
        prepare=_name("later.invalid"),
        where="namespace",
    ),
    Fault(
        name="name-without-address",
        does="The name exists and has no address.",
        prepare=_name("empty.invalid"),
        where="namespace",
    ),
    Fault(
        name="unreachable-network",
        does="There is no route to the network.",
        prepare=_address("198.51.100.1"),
        where="namespace",
    ),
    Fault(
        name="unreachable-host",
        does="The route says that the host is unreachable.",
        prepare=_address("192.0.2.1"),
        where="namespace",
    ),
    Fault(
        name="prohibited",
        does="The route says that the host is prohibited.",
        prepare=_address("203.0.113.1"),
        where="namespace",
    ),
    Fault(
        name="refuse-localhost",
        does="Nothing listens on the port, and localhost has two addresses.",
        prepare=Server.bind,
        where="namespace",
    ),
    Fault(name="server-full", does="Answers that it has too many connections.", handler=parts.answer_as_full),
    Fault(name="port-taken", does="Listens on the port that the code wants.", prepare=_port_taken),
    Fault(name="foreign-address", does="The address belongs to no interface.", prepare=_foreign_address),
    Fault(name="proxy-refuses", does="Nothing listens on the port of the proxy.", prepare=Server.bind),
    Fault(
        name="proxy-name-not-found",
        does="The name server says that the proxy's name does not exist.",
        prepare=_name("nothing.invalid"),
        where="namespace",
    ),
    Fault(
        name="proxy-answers-502",
        does="The proxy can't reach the target, and answers CONNECT with 502.",
        handler=parts.answer_with_status(b"502 Bad Gateway"),
    ),
    Fault(
        name="proxy-asks-login",
        does="The proxy answers CONNECT with 407: it wants to know who asks.",
        handler=parts.answer_with_status(b"407 Proxy Authentication Required"),
    ),
    Fault(
        name="socks-cannot-connect",
        does="The SOCKS proxy answers that it can't connect to the target.",
        handler=parts.refuse_by_socks,
    ),
    Fault(
        name="descriptors-exhausted",
        does="Only a few descriptors are left to the process.",
        prepare=_few_descriptors,
        where="subprocess",
    ),
    Fault(name="no-buffer-space", does="The kernel has a limit: 20 multicast groups a socket."),
    Fault(name="not-connected", does="Serves well; the code never connects."),
    Fault(name="closed-stdout", does="Nobody reads the stdout of the process.", where="subprocess"),
    Fault(name="pool", does="Serves well; the client's pool is too small."),
    Fault(name="healthy", does="Serves well."),
)

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
"""Every fault by name."""


@contextlib.contextmanager
def play(
    name: str, *, heal_after: float | None = None, greeting: Greeting = b"", tls: bool = False
) -> Iterator[Server]:
    """
    Play one fault until the block ends.

    Args:
        name: Which fault.
        heal_after: Seconds after which the server is well; ``None``: only when ``heal()`` is called.
        greeting: What the server says first, for protocols whose server speaks first; or the conversation held first.
        tls: A good TLS handshake comes before the fault.

    Raises:
        RuntimeError: The fault needs a namespace, and this process has none.
    """
    fault = FAULTS[name]
    if fault.where == "namespace" and not namespace.is_inside():
        raise RuntimeError(f"{name} must be played in a namespace: use run_example or shared_namespace()")
    server = Server(fault.handler, greeting=greeting, tls=tls, healthy_tls=fault.tls)
    timer = threading.Timer(heal_after, server.heal) if heal_after is not None else None
    try:
        (fault.prepare or _listens)(server)
        if timer:
            timer.daemon = True
            timer.start()
        yield server
    finally:
        if timer:
            timer.cancel()
        server.stop()
