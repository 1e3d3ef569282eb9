"""
Whatever renders an exception, its text leads to the same diagnosis; tests/clients asks this of every client's failure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import connlog
from tests.faults import Server, play
from tests.renderings import RENDERINGS, SLOW, is_cyclic, rendered, told_otherwise
from tests.test_text import CASES


@pytest.mark.parametrize(("fault", "provoke"), CASES)
def test_every_rendering_says_what_the_exception_said(fault: str, provoke: Callable[[Server], Any]) -> None:
    """
    A failure is the same one in every renderer's text, behind every prefix, in every escape.
    """
    with play(fault) as server, pytest.raises(BaseException) as caught:  # noqa: PT011 -- whatever the client raises
        provoke(server)
    assert told_otherwise(caught.value) == {}


@pytest.mark.parametrize("name", [*RENDERINGS, *SLOW])
def test_no_rendering_of_another_failure_tells_of_a_connection(name: str) -> None:
    """
    An exception that only names connection failures leaves none in any text.
    """
    render = {**RENDERINGS, **SLOW}[name]
    with pytest.raises(ValueError, match="ConnectionRefusedError") as caught:
        raise ValueError("ConnectionRefusedError is not a host")
    assert list(connlog.scan(render(caught.value))) == []


def test_a_chain_that_bites_its_tail_is_known() -> None:
    """
    Rich would follow a cycle for ever, so it is not asked to.
    """
    first, second = OSError(1), OSError(2)
    assert not is_cyclic(first)
    first.__context__, second.__context__ = second, first
    assert is_cyclic(first)
    assert set(rendered(first, ("a", "cycle"))) == set(RENDERINGS)
