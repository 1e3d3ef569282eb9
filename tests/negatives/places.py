"""
The healthy servers that the negatives talk to.
"""

from __future__ import annotations

import contextlib
import http
import http.server
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.clients.servers import Server, postgres, redis_server
from tests.negatives import Places

__all__ = ["places", "postgres", "redis_server"]


class _Pages(http.server.BaseHTTPRequestHandler):
    """
    ``/404`` answers 404 and so on, ``/loop`` redirects to itself, everything else is a page of HTML.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """
        Answer with the status that the path names.
        """
        status = int(self.path[1:4]) if self.path[1:4].isdigit() else 200
        body = b"<html>no JSON</html>"
        if self.path == "/loop":
            status = 302
        self.send_response(status)
        if status == http.HTTPStatus.FOUND:
            self.send_header("Location", "/loop")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - named so by the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the base class
        """
        Keep the output of the tests clean.
        """


class _Talker(socketserver.StreamRequestHandler):
    """
    Enough of SMTP and FTP to turn every login away.
    """

    def handle(self) -> None:
        """
        Greet, and answer each command.
        """
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            verb = line.split()[0].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n")
            elif verb == b"USER":
                self.wfile.write(b"331 password please\r\n")
            elif verb == b"PASS":
                self.wfile.write(b"530 login incorrect\r\n")
            elif verb == b"AUTH":
                self.wfile.write(b"535 5.7.8 authentication failed\r\n")
            elif verb == b"MAIL":
                self.wfile.write(b"250 ok\r\n")
            elif verb == b"RCPT":
                self.wfile.write(b"550 5.1.1 no such mailbox\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class _Threaded(socketserver.ThreadingTCPServer):
    """
    A server whose threads do not outlive the tests.
    """

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """
        Keep the output of the tests clean: a client may leave early.
        """


@contextlib.contextmanager
def _running(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """
    Serve on a free loopback port.
    """
    with _Threaded(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def places(postgres: Server, redis_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """
    Lend the healthy servers.
    """
    with _running(_Pages) as web, _running(_Talker) as talk:
        yield Places(
            url=f"http://127.0.0.1:{web}",
            web_port=web,
            talk_port=talk,
            postgres=postgres,
            redis=redis_server,
            folder=tmp_path_factory.mktemp("files"),
        )
