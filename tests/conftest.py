"""What all tests share: the table of clients x faults that the client tests fill."""

from __future__ import annotations

from typing import Any

import pytest

_SEEN: pytest.StashKey[dict[str, dict[str, Any]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Add ``--write-clients``.
    """
    parser.addoption(
        "--write-clients", action="store_true", help="write docs/reference/clients.json from what the tests saw"
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Start with an empty table.
    """
    config.stash[_SEEN] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """
    Write the table, if that was asked for.
    """
    if session.config.getoption("--write-clients"):
        from tests.clients.cases import write_table  # noqa: PLC0415 - needs the clients, which few sessions do

        write_table(session.config.stash[_SEEN])


@pytest.fixture
def clients_seen(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """
    Return the table that the session's client tests fill: client -> fault -> what connlog said.
    """
    return request.config.stash[_SEEN]
