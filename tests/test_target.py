"""
Where a connection was to go: of the shapes in which libraries hold it, the right part, and never a wrong one.
"""

from __future__ import annotations

import ipaddress
import pickle
import types
from typing import Any

import pytest
import requests

from connlog import _target
from connlog._diagnose import diagnose, diagnose_text
from connlog._model import Endpoint
from tests.faults import play


@pytest.mark.parametrize(
    ("parts", "endpoint"),
    [
        ({"host": "db", "port": 5432}, Endpoint(address="db", port=5432)),
        ({"host": b"db", "port": "5432"}, Endpoint(address="db", port=5432)),
        ({"host": ipaddress.ip_address("::1"), "port": 1}, Endpoint(address="::1", port=1)),
        ({"host": "[::1]", "port": None}, Endpoint(address="::1")),
        ({"host": "db", "scheme": "https"}, Endpoint(address="db", port=443)),
        ({"host": "db", "port": 70_000}, Endpoint(address="db")),
        ({"host": "db", "port": True}, Endpoint(address="db")),
        ({"host": object(), "port": object()}, Endpoint()),
        ({"host": "/run/postgresql"}, Endpoint(address="/run/postgresql", transport="unix")),
        (
            {"host": "https://u:p@db:9200/x", "port": 9200},
            Endpoint(address="db", port=9200, url="https://REDACTED:REDACTED@db:9200/x"),
        ),
        ({"path": b"/run/x.sock"}, Endpoint(address="/run/x.sock", transport="unix")),
        ({"path": ""}, Endpoint()),
        ({"url": "http://db:80/x"}, Endpoint(address="db", port=80, url="http://db:80/x")),
        ({"url": "https://[::1]/"}, Endpoint(address="::1", port=443, url="https://[::1]/")),
        (
            {"url": "redis://u:p@db:x:y/0"},
            Endpoint(address="db:REDACTED", port=6379, url="redis://REDACTED:REDACTED@db:REDACTED/0"),
        ),
        ({"url": "db:50051"}, Endpoint(address="db", port=50051)),
        ({"url": "dns:///db:50051"}, Endpoint(address="db", port=50051)),
        ({"url": "unix:/run/x.sock"}, Endpoint(address="/run/x.sock", transport="unix")),
        ({"url": "no url at all"}, Endpoint()),
        ({"url": None}, Endpoint()),
    ],
)
def test_shapes(parts: dict[str, Any], endpoint: Endpoint) -> None:
    """
    Each shape in which a library may hold an endpoint is read, or left out where it is none.
    """
    assert _target.of(**parts) == endpoint


def test_a_lookup_without_descriptors_is_a_failed_lookup() -> None:
    """
    Out of descriptors, getaddrinfo(3) reports whatever errno it meets; its frame tells that it was the look-up.
    """
    found = diagnose_text(
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 3, in <module>\n'
        '    socket.create_connection(("localhost", 1))\n'
        '  File "/usr/lib/python3.11/socket.py", line 827, in create_connection\n'
        "    for res in getaddrinfo(host, port, 0, SOCK_STREAM):\n"
        '  File "/usr/lib/python3.11/socket.py", line 962, in getaddrinfo\n'
        "    for res in _socket.getaddrinfo(host, port, family, type, proto, flags):\n"
        "OSError: [Errno 16] Device or resource busy\n"
    )
    assert found is not None
    assert (found.code, found.errno, found.phase) == ("dns-failure", 16, "resolve")


BEHIND_A_PROXY = """\
Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/requests/adapters.py", line 713, in send
    raise ProxyError(e, request=request)
requests.exceptions.ProxyError: HTTPSConnectionPool(host='target', port=443): Max retries exceeded with url: / \
(Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 502 Bad Gateway')))
"""


def test_a_failed_proxy_is_never_called_by_the_name_of_its_target() -> None:
    """
    Where only the target is known, from words or from the request, nobody knows the endpoint that failed.
    """
    with play("proxy-answers-502") as server, pytest.raises(requests.exceptions.ProxyError) as caught:
        requests.get("https://target.invalid/", proxies={"https": f"http://{server.host}:{server.port}"}, timeout=5)
    lost = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - as from a process pool: only the request is left
    for found in (diagnose_text(BEHIND_A_PROXY), diagnose(lost)):
        assert found is not None
        assert (found.code, found.server_address, found.url) == ("proxy-failure", None, None)


def test_a_frame_that_knows_no_proxy_stands_for_none() -> None:
    """
    A row for connections through a proxy does not count in a text, nor where there is no proxy.
    """
    found = diagnose_text(
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 3, in <module>\n'
        "    connection.connect()\n"
        '  File "/usr/lib/python3.11/http/client.py", line 941, in connect\n'
        "    self.sock = self._create_connection(\n"
        "ConnectionRefusedError: [Errno 111] Connection refused\n"
    )
    assert found is not None
    assert found.code == "connection-refused"


class RpcError(Exception):
    """
    gRPC's exception as it tells the target that it was given, in words only what it dialled.
    """

    __module__ = "grpc"

    def __init__(self, target: str, details: str) -> None:
        super().__init__(f'details = "{details}"')
        self._state = types.SimpleNamespace(target=target)


@pytest.mark.parametrize(
    ("target", "details", "address", "port", "peer"),
    [
        (
            "db.example:443",
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:3128: Connection refused",
            "127.0.0.1",
            3128,
            "127.0.0.1",
        ),
        (
            "db.example:443",
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:443: Connection refused",
            "db.example",
            443,
            "127.0.0.1",
        ),
        (
            "192.0.2.1:443",
            "errors resolving proxy.example:3128: Domain name not found",
            "proxy.example",
            3128,
            None,
        ),
    ],
)
def test_a_target_that_was_not_dialled_is_left_out(
    target: str, details: str, address: str, port: int, peer: str | None
) -> None:
    """
    Where another port was dialled, or another name looked up, than the target's, the proxy failed: it is the endpoint.
    """
    found = diagnose(RpcError(target, details))
    assert found is not None
    assert (found.server_address, found.server_port, found.peer_address) == (address, port, peer)
