"""
Peers that speak just enough MySQL or PostgreSQL to agree to TLS, let a client in, answer with an error, or leave.

Imports nothing of connlog and no client: the messages are written by hand, as the protocols' manuals describe them.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Iterator

MARK = b"SELECT 42"
"""The statement that the fault is for; every other one is answered well."""

_BEGINNING = 64
"""Bytes of a statement in which the mark must stand."""

_CAPABILITIES, _WITH_TLS = 0x003FA20F, 0x0800
"""MySQL's ``CLIENT_*`` flags: protocol 4.1, transactions, plugins, several statements and results; and TLS."""

_STARTUP, _PROTOCOL = 8, 196608
_VERSION = b"8.0.40"


def exactly(connection: socket.socket, size: int, flags: int = 0) -> bytes:
    """
    Read so many bytes.
    """
    data = connection.recv(size, socket.MSG_WAITALL | flags)
    if len(data) < size:
        raise ConnectionAbortedError("the client has left")
    return data


def _questions(connection: socket.socket, header: int, rest_of: Callable[[bytes], int]) -> Iterator[bytes]:
    """
    Read messages until the mark comes, which stays unread: the fault reads it.
    """
    while True:
        head = exactly(connection, header, socket.MSG_PEEK)
        size = header + rest_of(head)
        beginning = exactly(connection, min(size, _BEGINNING), socket.MSG_PEEK)
        if MARK in beginning:
            return
        yield exactly(connection, size)


# MySQL


def mysql_packet(number: int, body: bytes) -> bytes:
    """
    Frame one message; its number counts from the last command, or from the greeting.
    """
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def mysql_greeting(flags: int = 0) -> bytes:
    """
    Say what a server says first.
    """
    capabilities = struct.pack("<I", _CAPABILITIES | flags)
    head = b"\x0a" + _VERSION + b"\0" + struct.pack("<I", 7) + b"saltsalt\0" + capabilities[:2] + b"\x2d\x02\0"
    salt = b"\x15" + b"\0" * 10 + b"saltsaltsalt\0"
    return mysql_packet(0, head + capabilities[2:] + salt + b"caching_sha2_password\0")


def mysql_error(code: int, words: str, number: int = 0) -> bytes:
    """
    Say that something can't be done; number 0 is that of a greeting, 2 of the answer to a login, 1 to a statement.
    """
    state = "#HY000" if number else ""  # before the login it is not yet known whether the client reads states
    return mysql_packet(number, b"\xff" + struct.pack("<H", code) + f"{state}{words}".encode())


def _rest_of_mysql(head: bytes) -> int:
    return int.from_bytes(head[:3], "little")


def _mysql_login(connection: socket.socket, flags: int = 0) -> None:
    connection.sendall(mysql_greeting(flags))
    exactly(connection, _rest_of_mysql(exactly(connection, 4)))


def mysql_starts_tls(connection: socket.socket) -> None:
    """
    Greet, and read the request for TLS: the handshake comes next.
    """
    _mysql_login(connection, _WITH_TLS)


def mysql_lets_in(connection: socket.socket) -> None:
    """
    Let any client in, and answer what it asks until it sends the marked statement.
    """
    _mysql_login(connection)
    connection.sendall(_mysql_ok(2))
    for question in _questions(connection, 4, _rest_of_mysql):
        connection.sendall(_mysql_answer(question[5:]))


def mysql_says(code: int, words: str, *, to: str) -> Callable[[socket.socket], None]:
    """
    Return a peer that gives an error as its answer to the ``greeting``, the ``login`` or the ``statement``.
    """

    def act(connection: socket.socket) -> None:
        if to == "login":
            _mysql_login(connection)
        if to == "statement":
            mysql_lets_in(connection)
            connection.recv(65536)
        connection.sendall(mysql_error(code, words, {"greeting": 0, "statement": 1, "login": 2}[to]))

    return act


def _mysql_ok(number: int) -> bytes:
    return mysql_packet(number, b"\0\0\0\x02\0\0\0")


def _mysql_answer(statement: bytes) -> bytes:
    """
    Answer a question about the server with one row: its version, and nothing for all else.
    """
    if not statement.lstrip().upper().startswith((b"SELECT", b"SHOW")):
        return _mysql_ok(1)
    while b"(" in (plain := re.sub(rb"\([^()]*\)", b"", statement)) and plain != statement:
        statement = plain
    columns = [_VERSION if b"VERSION" in column else b"0" for column in plain.split(b",")]
    end = b"\xfe\0\0\x02\0"
    name = _text(b"def") + _text(b"") * 3 + _text(b"one") + _text(b"")
    definition = name + b"\x0c" + struct.pack("<HIBHB", 45, 256, 253, 0, 0) + b"\0\0"
    bodies = [bytes([len(columns)]), *([definition] * len(columns)), end, b"".join(map(_text, columns)), end]
    return b"".join(mysql_packet(number, body) for number, body in enumerate(bodies, 1))


def _text(text: bytes) -> bytes:
    return bytes([len(text)]) + text


# PostgreSQL


def postgres_packet(kind: bytes, body: bytes) -> bytes:
    """
    Frame one message.
    """
    return kind + struct.pack("!I", len(body) + 4) + body


def postgres_error(state: str, words: str, severity: str = "FATAL") -> bytes:
    """
    Say that something can't be done.
    """
    fields = (f"S{severity}", f"V{severity}", f"C{state}", f"M{words}", "")
    return postgres_packet(b"E", "\0".join(fields).encode() + b"\0")


def postgres_starts_tls(connection: socket.socket) -> None:
    """
    Agree to TLS: the handshake comes next.
    """
    exactly(connection, _STARTUP)
    connection.sendall(b"S")


def _postgres_login(connection: socket.socket) -> None:
    size, code = struct.unpack("!II", exactly(connection, _STARTUP))
    while code != _PROTOCOL and size == _STARTUP:  # encryption, by TLS or by Kerberos
        connection.sendall(b"N")
        size, code = struct.unpack("!II", exactly(connection, _STARTUP))
    exactly(connection, size - _STARTUP)


def postgres_lets_in(connection: socket.socket) -> None:
    """
    Let any client in, and answer what it asks until it sends the marked statement.
    """
    _postgres_login(connection)
    connection.sendall(postgres_packet(b"R", struct.pack("!I", 0)) + _settings() + postgres_packet(b"K", b"\0" * 8))
    ready = postgres_packet(b"Z", b"I")
    connection.sendall(ready)
    for question in _questions(connection, 5, lambda head: int.from_bytes(head[1:], "big") - 4):
        if question[:1] == b"Q":
            connection.sendall(_postgres_answer(question[5:]) + ready)


def _postgres_answer(statement: bytes) -> bytes:
    """
    Answer a question about the server with one row and column, its version or that something is on; no table has a row.
    """
    if not statement.lstrip().upper().startswith((b"SELECT", b"SHOW")):
        return postgres_packet(b"C", b"BEGIN\0")
    value = b"PostgreSQL 17.0" if b"version" in statement else b"on"
    column = struct.pack("!h", 1) + b"one\0" + struct.pack("!IhIhih", 0, 0, 25, -1, -1, 0)
    row = b"" if b"FROM" in statement else postgres_packet(b"D", struct.pack("!hi", 1, len(value)) + value)
    return postgres_packet(b"T", column) + row + postgres_packet(b"C", b"SELECT 1\0")


def _settings() -> bytes:
    values = (("server_version", "17.0"), ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"))
    return b"".join(postgres_packet(b"S", f"{name}\0{value}\0".encode()) for name, value in values)


def postgres_says(state: str, words: str, severity: str = "FATAL") -> Callable[[socket.socket], None]:
    """
    Return a peer that gives an error as its answer to the login.
    """

    def act(connection: socket.socket) -> None:
        _postgres_login(connection)
        connection.sendall(postgres_error(state, words, severity))

    return act
