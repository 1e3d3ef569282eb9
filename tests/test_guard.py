"""
The guard keeps connlog's own errors from the program.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connlog._guard import Guard
from tests.edges import crash


@pytest.mark.parametrize("kind", [ValueError, RecursionError, MemoryError, ExceptionGroup])
def test_swallows_what_connlog_raises(kind: type[Exception]) -> None:
    """An error inside the guard must not come out of it."""
    with Guard(strict=False):
        raise kind("x", [ValueError()]) if kind is ExceptionGroup else kind


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_lets_the_programs_own_end_through(kind: type[BaseException]) -> None:
    """A Ctrl-C or an exit that arrives inside the guard must reach the program."""
    with pytest.raises(kind), Guard(strict=False):
        raise kind


def test_strict_lets_everything_through() -> None:
    """In tests, connlog's own errors must be seen."""
    with pytest.raises(ValueError, match="ours"), Guard(strict=True):
        raise ValueError("ours")


def test_returns_to_the_program_without_an_error() -> None:
    """A body that raises nothing must pass as if there were no guard."""
    with Guard(strict=True):
        done = True
    assert done


@pytest.mark.parametrize(("env", "strict"), [({}, "False"), ({"CONNLOG_STRICT": "1"}, "True")])
def test_environment_makes_it_strict(tmp_path: Path, env: dict[str, str], strict: str) -> None:
    """CONNLOG_STRICT must let a person see what connlog stumbles over; without it nothing is seen."""
    done = crash(tmp_path, "from connlog._guard import GUARD; print(GUARD.strict)", env=env)
    assert done.stdout == f"{strict}\n"
