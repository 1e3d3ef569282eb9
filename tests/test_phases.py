"""
What the frames of a traceback's text say of the moment in which a connection failed.
"""

from __future__ import annotations

import json

import pytest

import connlog

HEADER = "Traceback (most recent call last):\n"
SSL, STREAMS = "/usr/lib/python3.12/ssl.py", "/usr/lib/python3.12/asyncio/streams.py"
SHAKES = f'  File "{SSL}", line 1342, in do_handshake\n    self._sslobj.do_handshake()\n'
WRITES = f'  File "{SSL}", line 1190, in write\n    return self._sslobj.write(data)\n'
READS = f'  File "{STREAMS}", line 730, in read\n    await self._wait_for_data("read")\n'
WAITS = (
    '  File "/app/lib/site-packages/aiohttp/connector.py", line 640, in _wait_for_available_connection\n    await fut\n'
)
PROGRAM = '  File "/srv/shop/orders.py", line 41, in send\n    deliver(order)\n'
RESET, PIPE = (
    "ConnectionResetError: [Errno 104] Connection reset by peer\n",
    "BrokenPipeError: [Errno 32] Broken pipe\n",
)


@pytest.mark.parametrize(
    ("frames", "line", "code", "phase"),
    [
        (SHAKES, RESET, "connection-reset", "tls"),
        (SHAKES, "ConnectionResetError\n", "tls-connection-closed", "tls"),
        (SHAKES + WRITES, PIPE, "broken-pipe", "tls"),
        (READS, PIPE, "broken-pipe", "send"),
        (READS, "TimeoutError: _ssl.c:989: The handshake operation timed out\n", "read-timeout", "tls"),
        (WAITS, "TimeoutError\n", "pool-exhausted", "local"),
    ],
    ids=[
        "reset in a handshake",
        "end in a handshake",
        "writing in a handshake",
        "what befell the writer, told to the reader",
        "words that say more than the frames",
        "waiting for a pool",
    ],
)
def test_the_moment(frames: str, line: str, code: str, phase: str | None) -> None:
    """
    The frames tell a handshake from a request, and a full pool from a slow peer.
    """
    (found,) = connlog.scan(f"{HEADER}{PROGRAM}{frames}{line}")
    assert (found.diagnosis.code, found.diagnosis.phase) == (code, phase)


@pytest.mark.parametrize(
    ("source", "line", "code", "phase"),
    [
        ('reply = sock.recv(1).decode("ascii")', "TimeoutError: timed out", "read-timeout", "receive"),
        ("while peer.recv(100):", "TimeoutError: timed out", "read-timeout", "receive"),
        ("if not_yet and sock.connect(address):", "TimeoutError: timed out", None, None),
        (
            "self._usock.connect(path)",
            "FileNotFoundError: [Errno 2] No such file or directory",
            "socket-file-missing",
            "connect",
        ),
        ("database.connect(path)", "FileNotFoundError: [Errno 2] No such file or directory", None, None),
        ("yield_().read().decode()", "TimeoutError: timed out", None, None),
    ],
)
def test_what_a_line_of_source_calls(source: str, line: str, code: str | None, phase: str | None) -> None:
    """
    A socket is known by verbs that only sockets have, or by what it is called; what may be a file is none.
    """
    text = f'{HEADER}  File "/srv/shop/orders.py", line 41, in send\n    {source}\n{line}\n'
    found = [(one.diagnosis.code, one.diagnosis.phase) for one in connlog.scan(text)]
    assert found == ([] if code is None else [(code, phase)])


def test_a_structured_traceback_without_words() -> None:
    """
    What structlog has made of an exception is read by its classes and frames where nothing else tells of a failure.
    """
    frames = [{"filename": STREAMS, "lineno": 730, "name": "read"}]
    stacks = [{"exc_type": "TimeoutError", "exc_value": "", "is_cause": False, "frames": frames}]
    (found,) = connlog.scan(json.dumps({"event": "late", "exception": stacks}) + "\n")
    assert (found.diagnosis.code, found.format) == ("read-timeout", "json")


def test_frames_of_any_length() -> None:
    """
    Where files have very long names, their frames say what those of short names say.
    """
    deep = f'  File "/app/site-packages/{"very_" * 2_000}long/orders.py", line 41, in send\n    deliver(order)\n'
    (found,) = connlog.scan(f"{HEADER}{deep}{SHAKES}{RESET}")
    assert (found.diagnosis.code, found.diagnosis.phase) == ("connection-reset", "tls")
