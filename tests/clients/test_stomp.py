"""stomp.py, whose exceptions carry neither words nor causes: what failed stands in its log alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import SAFE
from tests.clients.tables import Outcome, rows
from tests.faults import Server

stomp = lazy("stomp")

LOST: Outcome = ("connection-error", None, None, "connect", SAFE)
STOMP: Mapping[str, Outcome] = dict.fromkeys(
    ("refuse", "refuse-localhost", "name-not-found", "full-backlog", "close-after-request", "reset-after-request"), LOST
)


def connect(server: Server, patience: float) -> None:
    """Log in to a broker."""
    line = stomp.Connection([(server.host, server.port)], timeout=patience, reconnect_attempts_max=1)
    server.cleanup.callback(line.transport.stop)
    line.connect(wait=True)


CASES: tuple[Case, ...] = (*rows("stomp.py", connect, STOMP, {"full-backlog"}),)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_client(case: Case, clients_seen: dict[str, Any] | None) -> None:
    """What connlog says is what is left of what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.needs("stomp.py")
def test_a_line_that_was_never_opened() -> None:
    """A message that is sent before connecting has reached nobody."""
    with pytest.raises(stomp.exception.NotConnectedException) as caught:
        stomp.Connection().send("/queue/orders", "order")
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code == "not-connected"
