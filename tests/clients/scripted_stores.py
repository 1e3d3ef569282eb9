"""
Conversations of databases that let a client in and leave its first request to the fault: greetings for ``play``.

Imports nothing of connlog. Each speaks the oldest version of its protocol that its clients still speak.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Mapping

import bson

from tests.clients.scripted import _HELLO, _exactly
from tests.faults.answers import read_http_request
from tests.faults.server import SETTLED

MARK = b"SELECT 42"
"""The statement that Cassandra's greeting leaves to the fault."""

_SUPPORTED, _READY, _RESULT = 0x06, 0x02, 0x08
_STARTUP, _OPTIONS, _QUERY = 0x01, 0x05, 0x07
_TEXT, _UUID, _INET = 0x0D, 0x0C, 0x10


def bolt(connection: socket.socket) -> None:
    """
    Agree on Bolt 4.4 (its documentation, "Bolt Protocol handshake specification"), let anybody in, and tell the client
    to wait for a second at most.
    """
    _exactly(connection, 20)
    connection.sendall(b"\0\0\4\4")
    while size := int.from_bytes(_exactly(connection, 2)):  # HELLO, in chunks
        _exactly(connection, size)
    hints = _tiny("hints") + b"\xa1" + _long("connection.recv_timeout_seconds") + b"\1"
    connection.sendall(bolt_success(_tiny("server") + _tiny("Neo4j/4.4.0"), _tiny("connection_id") + _tiny("1"), hints))


def bolt_success(*items: bytes) -> bytes:
    """
    Encode that a request went well, in one chunk.
    """
    return _chunk(b"\xb1\x70" + bytes([0xA0 + len(items)]) + b"".join(items))


def bolt_failure(code: str, message: str) -> bytes:
    """
    Encode an error, in one chunk.
    """
    return _chunk(b"\xb1\x7f\xa2" + _tiny("code") + _long(code) + _tiny("message") + _long(message))


def _chunk(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data + b"\0\0"


def _tiny(text: str) -> bytes:
    return bytes([0x80 + len(text)]) + text.encode()


def _long(text: str) -> bytes:
    return b"\xd0" + bytes([len(text)]) + text.encode()


def mongo(connection: socket.socket) -> None:
    """
    Say hello to a MongoDB client, in the old way (OP_REPLY) or the new one (OP_MSG).
    """
    length, request, _, operation = struct.unpack("<iiii", _exactly(connection, 16))
    _exactly(connection, length - 16)
    reply, kind = (struct.pack("<iqii", 8, 0, 0, 1), 1) if operation == 2004 else (b"\0" * 5, 2013)
    data = reply + bson.encode(_HELLO)
    connection.sendall(struct.pack("<iiii", 16 + len(data), 1, request, kind) + data)


def clickhouse(connection: socket.socket) -> None:
    """
    Say hello to a ClickHouse client, as a server so old that the hello says no more than its name and version, and wait
    until the query is there, which comes in pieces.
    """
    connection.recv(65536)
    connection.sendall(b"\0\nClickHouse\1\1\1")
    time.sleep(SETTLED)


def clickhouse_http(connection: socket.socket) -> None:
    """
    Answer what a ClickHouse client asks over HTTP before anything else: the version, and its own settings.
    """
    while True:
        data = connection.recv(65536, socket.MSG_PEEK)
        if not any(words in data for words in (b"version()", b"system.settings")):
            return
        request, _ = read_http_request(connection)
        body = b"24.1.1.1\tUTC\n" if b"version()" in request else b""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def cassandra(connection: socket.socket) -> None:
    """
    Let a Cassandra client in (CQL binary protocol v4), tell it that the cluster is this node, and leave :data:`MARK`.
    """
    while MARK not in connection.recv(65536, socket.MSG_PEEK):
        _, _, stream, operation, size = struct.unpack("!BBhBi", _exactly(connection, 9))
        body = _exactly(connection, size)
        answer, data = _READY, b""
        if operation == _OPTIONS:
            answer, data = _SUPPORTED, _ABILITIES
        elif operation == _QUERY:
            answer, data = _RESULT, _rows(_LOCAL, 1 if b"system.local" in body else 0)
        connection.sendall(struct.pack("!BBhBi", 0x84, 0, stream, answer, len(data)) + data)


def cassandra_error(code: int, message: str, more: bytes = b"") -> Callable[[socket.socket], None]:
    """
    Return the act of answering one request with an error; what a node can do, it still tells.
    """

    def answer(connection: socket.socket) -> None:
        _, _, stream, operation, size = struct.unpack("!BBhBi", _exactly(connection, 9))
        _exactly(connection, size)
        kind, data = (_SUPPORTED, _ABILITIES) if operation == _OPTIONS else (0, struct.pack("!i", code))
        data += b"" if kind else _string(message) + more
        connection.sendall(struct.pack("!BBhBi", 0x84, 0, stream, kind, len(data)) + data)

    return answer


def _string(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


def _rows(values: Mapping[str, tuple[int, bytes]], count: int) -> bytes:
    """
    Encode a result of so many rows.
    """
    head = struct.pack("!iii", 2, 1, len(values)) + _string("system") + _string("local")
    columns = b"".join(_string(name) + struct.pack("!H", kind) for name, (kind, _) in values.items())
    cells = b"".join(struct.pack("!i", len(value)) + value for _, value in values.values())
    return head + columns + struct.pack("!i", count) + cells * count


_ABILITIES = b"\0\2" + _string("CQL_VERSION") + b"\0\1" + _string("3.4.4") + _string("COMPRESSION") + b"\0\0"
"""What a node can do."""

_LOCAL: Mapping[str, tuple[int, bytes]] = {
    "cluster_name": (_TEXT, b"tests"),
    "data_center": (_TEXT, b"here"),
    "rack": (_TEXT, b"one"),
    "release_version": (_TEXT, b"3.11.0"),
    "partitioner": (_TEXT, b"org.apache.cassandra.dht.Murmur3Partitioner"),
    "host_id": (_UUID, b"\1" * 16),
    "schema_version": (_UUID, b"\2" * 16),
    "rpc_address": (_INET, socket.inet_aton("127.0.0.1")),
}
"""What a node says of itself."""
