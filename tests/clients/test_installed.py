"""What happens to the tests of a client that is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.clients import installed
from tests.clients.cases import all_cases

ROOT = Path(__file__).resolve().parents[2]

EXAMPLE = """
import pytest

def test_that_needs_nothing():
    pass

@pytest.mark.needs("no-such-client", "pytest")
def test_that_needs_what_is_not_there():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("environment", "options", "status"),
    [({}, [], 0), ({"CI": "true"}, [], 1), ({"CI": "true"}, ["--few-clients"], 0)],
    ids=["at home", "in CI", "in CI with few"],
)
def test_a_missing_client(environment: dict[str, str], options: list[str], status: int, tmp_path: Path) -> None:
    """Tests of a client that is not installed are deselected and named in one closing line; in CI the run fails."""
    (tmp_path / "test_example.py").write_text(EXAMPLE)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), *options]
    surroundings = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [*command, str(tmp_path)],
        env={**surroundings, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    *_, said, counts = done.stdout.splitlines()
    assert done.returncode == status, done.stdout
    assert said == "not installed, so not tested: no-such-client (pip install -e '.[clients]')"
    assert "1 passed" in counts
    assert "1 deselected" in counts
    assert "skipped" not in counts


def test_the_closing_line_tells_what_can_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be had for this Python is named apart from what only has to be installed."""
    monkeypatch.setattr(installed, "is_excused", lambda name: name == "old-client")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert installed.closing_line({"b", "A", "old-client"}) == (
        "not installed, so not tested: A, b (pip install -e '.[clients]'); "
        f"not to be had for Python {python}, so not tested: old-client"
    )


def test_who_stands_on_urllib3() -> None:
    """A fork that takes urllib3's place is noticed below requests too, and not below httpx."""
    assert installed._stands_on("requests", "urllib3", set())
    assert not installed._stands_on("httpx", "urllib3", set())
    assert not installed._stands_on("no-such-client", "urllib3", set())


def test_a_lazy_module_is_imported_when_it_is_used() -> None:
    """A test file can name a library that is not there, and finds what is."""
    missing, here = installed.lazy("no_such_client"), installed.lazy("xml.dom.minidom")
    assert here.parseString("<a/>").documentElement.tagName == "a"
    with pytest.raises(ModuleNotFoundError, match="no_such_client"):
        missing.connect()
    with pytest.raises(AttributeError):
        here.nothing_of_this_name()


def test_every_client_is_in_the_extra() -> None:
    """Whoever installs the extra has all clients of the rows; what is bound to some Pythons has its reason."""
    extra = installed.required()
    wanted = {installed.distribution(name) for case in all_cases() for name in case.clients} - {None}
    assert wanted - extra.keys() == set()
    bound = {name for name, requirement in extra.items() if requirement.marker is not None}
    assert bound == set(map(canonicalize_name, installed.NOT_EVERYWHERE))
    assert all(requirement.specifier for requirement in extra.values())
