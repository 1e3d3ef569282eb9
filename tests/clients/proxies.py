"""
A proxy that works, in front of a server of the tests: CONNECT (RFC 9110, section 9.3.6).

Imports nothing of connlog.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.faults import Server
from tests.faults.answers import read_http_request
from tests.faults.server import Handler


def tunnel(target: Server) -> Server:
    """
    Start a proxy that opens tunnels to a target, wherever it is asked to; it stops with the target.
    """

    def handle(_proxy: Server, connection: socket.socket) -> None:
        read_http_request(connection)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _pass_on(connection, target)

    return _started(target, handle)


def _started(target: Server, handle: Handler) -> Server:
    proxy = Server(handle)
    proxy.bind()
    proxy.listen()
    target.cleanup.callback(proxy.stop)
    return proxy


def _pass_on(connection: socket.socket, target: Server) -> None:
    """
    Pass bytes on both ways until both have ended.
    """
    with socket.create_connection((target.host, target.port), timeout=5) as other:
        back = threading.Thread(target=_pump, args=(other, connection), daemon=True)
        back.start()
        _pump(connection, other)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
