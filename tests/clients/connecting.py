"""A helper module as programs have them: it connects for others."""

from __future__ import annotations

import socket


def dial(sock: socket.socket, where: str, number: int) -> None:
    """
    Connect somebody's socket.
    """
    sock.connect((where, number))
