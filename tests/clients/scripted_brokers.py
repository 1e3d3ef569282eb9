"""
Peers that speak just enough AMQP, Kafka or MQTT to let a client in; then the fault comes, or an answer that is none.

Imports nothing of connlog and no client: the messages are written by hand, as the protocols' documents describe them.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

from tests.clients.scripted_sql import exactly

Act = Callable[[socket.socket], None]
"""What a peer does with a connection."""


def after(greeting: Act, message: bytes) -> Act:
    """
    Return the act of saying something more after a conversation.
    """

    def act(connection: socket.socket) -> None:
        greeting(connection)
        connection.sendall(message)

    return act


# AMQP 0-9-1: methods are numbered by class and method.

_START, _TUNE, _OPEN, _OPEN_OK, _CLOSE, _ACK = (10, 10), (10, 30), (10, 40), (10, 41), (10, 50), (60, 80)
_ENDS_FRAME = b"\xce"
_ANSWERS: dict[tuple[int, int], bytes] = {
    (20, 10): b"\0\0\0\0",  # channel.open
    (20, 40): b"",  # channel.close
    (40, 10): b"",  # exchange.declare
    (50, 10): b"\1q" + b"\0" * 8,  # queue.declare
    (50, 20): b"",  # queue.bind
    (60, 10): b"",  # basic.qos
    (60, 20): b"\1c",  # basic.consume
    (85, 10): b"",  # confirm.select
}
"""What is said to each question: its number plus one, and this."""


def amqp_method(number: tuple[int, int], arguments: bytes = b"", channel: int = 0) -> bytes:
    """
    Frame one method.
    """
    payload = struct.pack(">HH", *number) + arguments
    return struct.pack(">BHI", 1, channel, len(payload)) + payload + _ENDS_FRAME


def amqp_close(code: int, text: str) -> bytes:
    """
    End the connection with a reason.
    """
    return amqp_method(_CLOSE, struct.pack(">HB", code, len(text)) + text.encode() + b"\0\0\0\0")


def _next_method(connection: socket.socket, *, consume: bool = True) -> tuple[int, tuple[int, int]]:
    """
    Read a frame's channel and method; without ``consume`` it stays unread.
    """
    head = exactly(connection, 11, socket.MSG_PEEK)
    _, channel, size = struct.unpack(">BHI", head[:7])
    if consume:
        exactly(connection, size + 8)
    return channel, struct.unpack(">HH", head[7:])


def _sized(part: bytes) -> bytes:
    """
    Write a table or a long text behind its length.
    """
    return struct.pack(">I", len(part)) + part


def amqp_asks_login(connection: socket.socket) -> None:
    """
    Ask who it is, and read the answer.
    """
    exactly(connection, 8)
    properties = b"\x0ccapabilities" + b"F" + _sized(b"\x12publisher_confirms" + b"t\1" + b"\x0abasic.nack" + b"t\1")
    parts = map(_sized, (properties, b"PLAIN AMQPLAIN", b"en_US"))
    connection.sendall(amqp_method(_START, b"\0\x09" + b"".join(parts)))
    _next_method(connection)


def amqp_accepts_login(connection: socket.socket) -> None:
    """
    Know any client, and read which virtual host it wants.
    """
    amqp_asks_login(connection)
    connection.sendall(amqp_method(_TUNE, struct.pack(">HIH", 9, 131_072, 0)))
    while _next_method(connection)[1] != _OPEN:
        pass


def amqp_lets_in(connection: socket.socket) -> None:
    """
    Let any client in; what it asks for next stays unread.
    """
    amqp_accepts_login(connection)
    connection.sendall(amqp_method(_OPEN_OK, b"\0"))
    exactly(connection, 1, socket.MSG_PEEK)


def amqp_takes_messages(connection: socket.socket) -> None:
    """
    Let any client in, and agree to everything until it publishes; the message stays unread.
    """
    amqp_lets_in(connection)
    while (question := _next_method(connection, consume=False))[1] in _ANSWERS:
        channel, number = _next_method(connection)
        connection.sendall(amqp_method((number[0], number[1] + 1), _ANSWERS[question[1]], channel))


def amqp_confirms(connection: socket.socket) -> None:
    """
    Let any client in, and confirm its first message, of three frames: what it is, how long, and its body.
    """
    amqp_takes_messages(connection)
    channel, _ = _next_method(connection)
    for _ in range(2):
        exactly(connection, struct.unpack(">BHI", exactly(connection, 7))[2] + 1)
    connection.sendall(amqp_method(_ACK, struct.pack(">QB", 1, 0), channel))


def amqp_wants_more(connection: socket.socket) -> None:
    """
    Confirm the first message, and wait for the next, which stays unread.
    """
    amqp_confirms(connection)
    exactly(connection, 1, socket.MSG_PEEK)


# Kafka: requests and answers are numbered by kind, version and correlation id; all numbers are big-endian.

_METADATA, _HANDSHAKE, _API_VERSIONS, _LOGIN = 3, 17, 18, 36
_UNSUPPORTED_VERSION, _LOGIN_FAILED = 35, 58
_SPOKEN = {
    0: (0, 7),
    1: (0, 4),
    2: (0, 1),
    _METADATA: (0, 4),
    10: (0, 0),
    16: (0, 0),
    _HANDSHAKE: (0, 1),
    _API_VERSIONS: (0, 0),
    _LOGIN: (0, 0),
}
"""Kinds of requests, with the oldest and the newest version of each that the broker speaks."""


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def _kafka_versions(version: int) -> bytes:
    """
    Say which requests the broker speaks: in the oldest format, which every client reads.
    """
    rows = [struct.pack(">hhh", kind, *versions) for kind, versions in _SPOKEN.items()]
    return struct.pack(">hi", _UNSUPPORTED_VERSION if version else 0, len(rows)) + b"".join(rows)


def _kafka_metadata(connection: socket.socket, version: int, topics: list[str]) -> bytes:
    """
    Say that this is the only broker, and leads the only partition of each topic.
    """
    host, port = connection.getsockname()
    broker = struct.pack(">i", 0) + _text(host) + struct.pack(">i", port) + (b"\xff\xff" if version else b"")
    answer = struct.pack(">i", 1) + broker
    answer += (_text("cluster") if version >= 2 else b"") + (struct.pack(">i", 0) if version else b"")
    answer += struct.pack(">i", len(topics))
    for topic in topics:
        answer += struct.pack(">h", 0) + _text(topic) + (b"\0" if version else b"")
        answer += struct.pack(">ihiiiiii", 1, 0, 0, 0, 1, 0, 1, 0)
    return struct.pack(">i", 0) + answer if version >= 3 else answer


def _kafka_login(version: int) -> bytes:
    """
    Refuse a login.
    """
    rest = struct.pack(">q", 0) if version else b""
    return struct.pack(">h", _LOGIN_FAILED) + _text("Authentication failed") + b"\0\0\0\0" + rest


def _kafka_answer(connection: socket.socket, kind: int, version: int, request: bytes) -> bytes:
    if kind == _API_VERSIONS:
        return _kafka_versions(version)
    if kind == _METADATA:
        return _kafka_metadata(connection, version, _kafka_topics(request))
    return _kafka_login(version) if kind == _LOGIN else struct.pack(">hi", 0, 1) + _text("PLAIN")


def _kafka_answers(connection: socket.socket, kinds: frozenset[int]) -> None:
    """
    Answer requests of these kinds; the first one of another kind stays unread.
    """
    while True:
        size, kind, version, number = struct.unpack(">ihhi", exactly(connection, 12, socket.MSG_PEEK))
        if kind not in kinds:
            return
        request = exactly(connection, size + 4)[12:]
        request = request[2 + max(0, struct.unpack(">h", request[:2])[0]) :]  # behind the client's name
        answer = _kafka_answer(connection, kind, version, request)
        connection.sendall(struct.pack(">ii", len(answer) + 4, number) + answer)


def kafka_lets_in(connection: socket.socket) -> None:
    """
    Tell any client what the broker is and knows; what it asks for next stays unread.
    """
    _kafka_answers(connection, frozenset({_API_VERSIONS, _METADATA}))


def kafka_refuses_login(connection: socket.socket) -> None:
    """
    Ask for a password, and refuse it.
    """
    _kafka_answers(connection, frozenset({_API_VERSIONS, _HANDSHAKE, _LOGIN}))


def _kafka_topics(request: bytes) -> list[str]:
    (count,), request = struct.unpack(">i", request[:4]), request[4:]
    topics = []
    for _ in range(max(0, count)):
        (size,) = struct.unpack(">h", request[:2])
        topics.append(request[2 : 2 + size].decode())
        request = request[2 + size :]
    return topics


# MQTT 3.1.1: one byte says what a packet is, the next how long its rest is.


def mqtt_answers(code: int) -> Act:
    """
    Return a peer that reads who it is and says yes (0) or no.
    """

    def act(connection: socket.socket) -> None:
        exactly(connection, exactly(connection, 2)[1])
        connection.sendall(bytes((0x20, 2, 0, code)))

    return act


def mqtt_lets_in(connection: socket.socket) -> None:
    """
    Let any client in; what it says next stays unread.
    """
    mqtt_answers(0)(connection)
    exactly(connection, 1, socket.MSG_PEEK)


def mqtt_has_subscribers(connection: socket.socket) -> None:
    """
    Let any client in, and let it subscribe.
    """
    mqtt_answers(0)(connection)
    number = exactly(connection, exactly(connection, 2)[1])[:2]
    connection.sendall(b"\x90\x03" + number + b"\0")


# NATS: lines of text; the server speaks first.


def nats_greeting(*, tls: bool = False) -> bytes:
    """
    Say what a server says first.
    """
    return b'INFO {"server_id": "s", "version": "2.10.0", "max_payload": 1048576, "tls_required": %s}\r\n' % (
        b"true" if tls else b"false"
    )


def nats_lets_in(connection: socket.socket) -> None:
    """
    Let any client in, and agree to what it subscribes to until it asks for something; that stays unread.
    """
    connection.sendall(nats_greeting())
    while not (line := _next_line(connection)).startswith(b"PUB "):
        exactly(connection, len(line))
        connection.sendall(b"PONG\r\n" if line == b"PING\r\n" else b"+OK\r\n")


def _next_line(connection: socket.socket) -> bytes:
    """
    Look at a line; it stays unread.
    """
    line = b""
    while not line.endswith(b"\n"):
        line = exactly(connection, len(line) + 1, socket.MSG_PEEK)
    return line
