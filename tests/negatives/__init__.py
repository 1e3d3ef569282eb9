"""
What is no connection failure: provocations, each with the class that it really raises.

The servers are real and on loopback; :mod:`tests.test_negatives` runs the cases.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from tests.clients.servers import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """
    Where the healthy servers are.

    Attributes:
        url: The HTTP server.
        web_port: Its port.
        talk_port: The port of the SMTP and FTP server.
        postgres: A real PostgreSQL.
        redis: A real Redis with a password.
        folder: An empty folder.
    """

    url: str
    web_port: int
    talk_port: int
    postgres: Server
    redis: Server
    folder: Path


Provocation = Callable[[Places], object]
CASES: list[tuple[type[BaseException], Provocation]] = []
"""Every case: the class that it raises, and how."""


def negative(expected: type[BaseException]) -> Callable[[Provocation], Provocation]:
    """
    Add a case: the function really raises the expected class.
    """

    def add(provoke: Provocation) -> Provocation:
        CASES.append((expected, provoke))
        return provoke

    return add


def running(main: Callable[[], Coroutine[None, None, object]]) -> object:
    """
    Run a coroutine function in a loop of its own.
    """
    return asyncio.run(main())


def provoked(provoke: Provocation, at: Places) -> BaseException:
    """
    Return what a provocation raises.

    Raises:
        AssertionError: It raised nothing.
    """
    try:
        provoke(at)
    except BaseException as exc:
        return exc
    raise AssertionError(f"{provoke.__name__} raised nothing")
