"""
Names and routes of the tests' own: what is done inside a network namespace, so that no packet leaves the machine.

``nothing.invalid`` does not exist, ``later.invalid`` can't be told now, ``empty.invalid`` exists but has no address.
198.51.100.0/24 has no route, 192.0.2.0/24 is unreachable, 203.0.113.0/24 is prohibited.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

INSIDE = "CONNLOG_TESTS_NAMESPACE"
"""Environment variable that says: this process has a namespace of its own."""

NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
_RCODES = {"later.invalid": SERVFAIL, "empty.invalid": NOERROR}
_resolvable: set[str] = set()
"""Names that answer 127.0.0.1, because their fault has healed."""


def enter() -> None:
    """
    Furnish the namespace that this process was started in: loopback, routes, hosts and resolver files.
    """
    os.environ[INSIDE] = "1"
    for command in (
        "ip link set lo up",
        "ip route add unreachable 192.0.2.0/24",
        "ip route add prohibit 203.0.113.0/24",
    ):
        subprocess.run(command.split(), check=True)
    folder = Path(tempfile.mkdtemp(prefix="connlog-etc-"))
    for name, text in (
        ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
        ("nsswitch.conf", "hosts: files dns\n"),
    ):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        target = Path("/etc") / name
        if target.exists():
            subprocess.run(["mount", "--bind", str(path), str(target)], check=True)
    threading.Thread(target=_serve_names, args=(_name_socket(),), daemon=True).start()


def is_inside() -> bool:
    """
    Tell whether this process has a namespace of its own.
    """
    return INSIDE in os.environ


def resolve(name: str, *, well: bool) -> None:
    """
    Let a name resolve to 127.0.0.1 from now on, or no longer.
    """
    if well:
        _resolvable.add(name)
    else:
        _resolvable.discard(name)


def own_address(address: str, *, present: bool) -> None:
    """
    Give this machine an address from now on, or take it away.
    """
    verb = "add" if present else "del"
    subprocess.run(["ip", "address", verb, f"{address}/32", "dev", "lo"], check=False, stderr=subprocess.DEVNULL)


def _name_socket() -> socket.socket:
    """
    Open the port of the name server.
    """
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    return server


def _serve_names(server: socket.socket) -> None:
    """
    Answer DNS questions (RFC 1035, section 4) as the tests want them.
    """
    while True:
        question, client = server.recvfrom(4096)
        labels, position = [], 12
        while length := question[position]:
            labels.append(question[position + 1 : position + 1 + length].decode("ascii", "replace"))
            position += 1 + length
        end = position + 5
        kind = struct.unpack("!H", question[position + 1 : position + 3])[0]
        name = ".".join(labels).lower()
        known = name in _resolvable
        rcode = NOERROR if known else _RCODES.get(name, NXDOMAIN)
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + b"\x7f\0\0\1" if known and kind == 1 else b""
        head = question[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, 1 if answer else 0, 0, 0)
        server.sendto(head + question[12:end] + answer, client)
