"""What all tests share: what the tests see of real failures, which the pages show."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from connlog._guard import GUARD
from tests.clients.installed import closing_line, is_excused, missing

_SEEN: pytest.StashKey[dict[str, dict[str, Any]]] = pytest.StashKey()
_CAPTURED: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
_ABSENT: pytest.StashKey[set[str]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Add ``--few-clients``, ``--write-clients`` and ``--write-captured``.
    """
    parser.addoption(
        "--few-clients", action="store_true", help="test the clients that are installed, in CI too: the others may miss"
    )
    parser.addoption(
        "--write-clients", action="store_true", help="write sphinxext/data/clients.json from what the tests saw"
    )
    parser.addoption(
        "--write-captured", action="store_true", help="write sphinxext/data/captured.json from what the examples do"
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Start with nothing seen, and with Ctrl-C as people have it: what runs in the background is born deaf to it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "needs(*distributions): the test needs these clients to be installed")
    config.stash[_SEEN] = {}
    config.stash[_CAPTURED] = {}
    config.stash[_ABSENT] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Deselect the tests of clients that are not installed here.
    """
    without = {item: missing(clients_of(item)) for item in items}
    items[:] = [item for item in items if not without[item]]
    gone = [item for item, clients in without.items() if clients]
    config.stash[_ABSENT].update(*(without[item] for item in gone))
    config.hook.pytest_deselected(items=gone)


def clients_of(item: pytest.Item) -> set[str]:
    """
    List the clients that a test needs: those of its row, and of its marks ``needs``.
    """
    parameters = getattr(item, "callspec", None)
    case = parameters.params.get("case") if parameters is not None else None
    return {*getattr(case, "clients", ()), *(name for mark in item.iter_markers("needs") for name in mark.args)}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """
    Write what was seen, if that was asked for; in CI a test that was skipped is a failure, and so is a client missing.
    """
    if session.exitstatus == 0 and (skipped_in_ci(session.config) or missed_in_ci(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.config.getoption("--write-clients"):
        from tests.clients.cases import write_table  # noqa: PLC0415 - needs the clients, which few sessions do

        write_table(session.config.stash[_SEEN])
    if session.config.getoption("--write-captured"):
        from tests.test_captured import write_captured  # noqa: PLC0415 - likewise

        write_captured(session.config.stash[_CAPTURED])


def skipped_in_ci(config: pytest.Config) -> bool:
    """
    Tell whether this is CI and a test was skipped.
    """
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return os.environ.get("CI") == "true" and reporter is not None and "skipped" in reporter.stats


def missed_in_ci(config: pytest.Config) -> bool:
    """
    Tell whether this is CI and a client that can be installed is not.
    """
    in_ci = os.environ.get("CI") == "true" and not config.getoption("--few-clients")
    return in_ci and not all(map(is_excused, config.stash[_ABSENT]))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """
    Say why a run without a failed test has failed, and which clients were not tested.
    """
    if skipped_in_ci(config):
        terminalreporter.write_line("ERROR: tests were skipped, and in CI none may be", red=True)
    if missed_in_ci(config):
        terminalreporter.write_line("ERROR: clients are not installed, and in CI all must be", red=True)
    if config.stash[_ABSENT]:
        terminalreporter.write_line(closing_line(config.stash[_ABSENT]))


@pytest.fixture
def clients_seen(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]] | None:
    """
    Return the table that the client tests fill: client -> fault -> cell; ``None`` unless it is to be written.
    """
    return request.config.stash[_SEEN] if request.config.getoption("--write-clients") else None


@pytest.fixture
def captured_seen(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """
    Return what the session's captures fill: code -> what the page shows; ``None`` unless they are to be written.
    """
    return request.config.stash[_CAPTURED] if request.config.getoption("--write-captured") else None


@pytest.fixture(autouse=True)
def strict_guard() -> Iterator[None]:
    """
    Let connlog's own errors through: what users never see must fail a test.
    """
    GUARD.strict = True
    yield
    GUARD.strict = False
