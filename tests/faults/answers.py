"""
What a server of the tests says when it is well: HTTP, Redis, PostgreSQL, or an echo, told by the first bytes it gets.
"""

from __future__ import annotations

import socket
import struct

_METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"PATCH ", b"OPTIONS ", b"CONNECT ")
_POSTGRES_STARTUP, _POSTGRES_TLS = 196608, 80877103


def converse(connection: socket.socket) -> None:
    """
    Serve one connection until its client closes it.
    """
    data = connection.recv(65536)
    if data.startswith(_METHODS):
        _http(connection, data)
    elif data[:1] == b"*":
        _redis(connection, data, b"+OK\r\n")
    elif _is_postgres(data):
        _postgres(connection, data)
    else:
        while data:
            connection.sendall(data)
            data = connection.recv(65536)


def refuse_as_full(connection: socket.socket) -> None:
    """
    Answer that the server has no room for another client, in the client's own protocol.
    """
    data = connection.recv(65536)
    if data[:1] == b"*":
        _redis(connection, data, b"-ERR max number of clients reached\r\n")
        return
    if _postgres_code(data) == _POSTGRES_TLS:
        connection.sendall(b"N")
        connection.recv(65536)
    fields = b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0"
    connection.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)


def read_http_request(connection: socket.socket, data: bytes = b"") -> tuple[bytes, bytes]:
    """
    Read one HTTP request with its body.

    Returns:
        The request and what came after it; the request is empty once the client is gone.
    """
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(rest) < length:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        rest += more
    return head + b"\r\n\r\n" + rest[:length], rest[length:]


def _http(connection: socket.socket, data: bytes) -> None:
    """
    Answer every request.
    """
    while True:
        request, data = read_http_request(connection, data)
        if not request:
            return
        answer_http(connection, request)


def answer_http(connection: socket.socket, request: bytes) -> None:
    """
    Answer a request with 200; a POST gets its own body back.
    """
    head, _, body = request.partition(b"\r\n\r\n")
    if head.startswith(b"CONNECT "):
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return
    answer = body or b'{"ok": true}'
    lines = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
    connection.sendall(lines if head.startswith(b"HEAD ") else lines + answer)


def _redis(connection: socket.socket, data: bytes, answer: bytes) -> None:
    """
    Give every Redis command the same answer; PING gets its PONG.
    """
    while data:
        for command in data.split(b"*")[1:]:
            pong = b"PING" in command and answer.startswith(b"+")
            connection.sendall(b"+PONG\r\n" if pong else answer)
        data = connection.recv(65536)


def _postgres_code(data: bytes) -> int:
    """
    Return the code of a PostgreSQL start-up packet, 0 where there is none.
    """
    return struct.unpack("!I", data[4:8])[0] if len(data) >= 8 else 0


def _is_postgres(data: bytes) -> bool:
    """
    Tell whether a PostgreSQL client opens the conversation.
    """
    return _postgres_code(data) in (_POSTGRES_STARTUP, _POSTGRES_TLS)


def _postgres(connection: socket.socket, data: bytes) -> None:
    """
    Let any PostgreSQL client in, and answer each simple query with one row that holds 1.
    """
    if _postgres_code(data) == _POSTGRES_TLS:
        connection.sendall(b"N")
        data = connection.recv(65536)
    ready = _packet(b"Z", b"I")
    parameters = (("server_version", "17.0"), ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"))
    settings = b"".join(_packet(b"S", f"{name}\0{value}\0".encode()) for name, value in parameters)
    connection.sendall(_packet(b"R", struct.pack("!I", 0)) + settings + _packet(b"K", b"\0" * 8) + ready)
    column = b"one\0" + struct.pack("!IhIhih", 0, 0, 23, 4, -1, 0)
    row = _packet(b"T", struct.pack("!h", 1) + column) + _packet(b"D", struct.pack("!hi", 1, 1) + b"1")
    while data := connection.recv(65536):
        if data.startswith(b"X"):
            return
        connection.sendall(row + _packet(b"C", b"SELECT 1\0") + ready)


def _packet(kind: bytes, body: bytes) -> bytes:
    """
    Frame one message of the PostgreSQL protocol.
    """
    return kind + struct.pack("!I", len(body) + 4) + body
