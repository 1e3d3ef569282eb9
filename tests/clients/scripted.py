"""
Peers that speak just enough AMQP, MongoDB or PostgreSQL to refuse a login, answer with an error, or leave.

Imports nothing of connlog. The protocols' own libraries write the messages.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bson
from pika import frame, spec

from tests.faults import Server

Act = Callable[[socket.socket], None]
"""What a peer does once it was let in, or once it was asked."""

_HELLO = {"ok": 1.0, "isWritablePrimary": True, "ismaster": True, "minWireVersion": 0, "maxWireVersion": 21}
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013


@contextmanager
def playing(handle: Callable[[Server, socket.socket], None]) -> Iterator[Server]:
    """
    Run a peer of one's own until the block ends.
    """
    server = Server(handle)
    try:
        server.bind()
        server.listen()
        yield server
    finally:
        server.stop()


def leave(connection: socket.socket) -> None:
    """
    Send a FIN.
    """
    connection.shutdown(socket.SHUT_RDWR)


def broker(*, lets_in: bool = True, then: Act = leave) -> Callable[[Server, socket.socket], None]:
    """
    Be a broker that lets the client in and acts once it is asked for something, or acts instead of letting it in.
    """

    def handle(_server: Server, connection: socket.socket) -> None:
        connection.recv(8)
        start = spec.Connection.Start(server_properties={}, mechanisms="PLAIN", locales="en_US")
        data = _ask(connection, b"", start, spec.Connection.StartOk)
        if lets_in:
            tune = spec.Connection.Tune(channel_max=9, frame_max=131_072, heartbeat=0)
            data = _ask(connection, data, tune, spec.Connection.TuneOk)
            _ask(connection, data, None, spec.Connection.Open)
            say(spec.Connection.OpenOk())(connection)
            connection.recv(65536)
        then(connection)

    return handle


def say(method: Any) -> Act:
    """
    Return the act of sending one AMQP method.
    """
    return lambda connection: connection.sendall(frame.Method(0, method).marshal())


def _ask(connection: socket.socket, data: bytes, question: Any, answer: type) -> bytes:
    """
    Send a method and read up to its answer; return what follows.
    """
    if question is not None:
        say(question)(connection)
    while True:
        size, found = frame.decode_frame(data)
        data = data[size:]
        if found is None:
            more = connection.recv(65536)
            if not more:
                raise ConnectionAbortedError("the client has left")
            data += more
        elif isinstance(getattr(found, "method", None), answer):
            return data


def postgres_with_tls(certificate: str) -> Callable[[Server, socket.socket], None]:
    """
    Be a PostgreSQL server that agrees to TLS (its protocol, "SSL Session Encryption") and shows a certificate.
    """

    def handle(server: Server, connection: socket.socket) -> None:
        _exactly(connection, 8)
        connection.sendall(b"S")
        server.secure(connection, certificate).recv(1)

    return handle


def mongod(answer: dict[str, Any] | None, after: float = 0) -> Callable[[Server, socket.socket], None]:
    """
    Be a MongoDB server that says hello, and gives every other command one answer; ``None``: it leaves instead.
    """

    def handle(_server: Server, connection: socket.socket) -> None:
        while True:
            length, request, _, operation = struct.unpack("<iiii", _exactly(connection, 16))
            body = _exactly(connection, length - 16)
            is_hello = operation == _OP_QUERY or b"hello" in body
            time.sleep(0 if is_hello else after)
            if not is_hello and answer is None:
                leave(connection)
                return
            document = bson.encode(_HELLO if is_hello or answer is None else answer)
            reply, kind = (
                (struct.pack("<iqii", 8, 0, 0, 1), _OP_REPLY) if operation == _OP_QUERY else (b"\0" * 5, _OP_MSG)
            )
            connection.sendall(struct.pack("<iiii", 16 + len(reply + document), 1, request, kind) + reply + document)

    return handle


def _exactly(connection: socket.socket, size: int) -> bytes:
    """
    Read so many bytes.
    """
    data = connection.recv(size, socket.MSG_WAITALL)
    if len(data) < size:
        raise ConnectionAbortedError("the client has left")
    return data
