"""
Which clients are installed here: what isn't can't be provoked, and is named at the end instead.

Imports nothing of connlog. The extra ``clients`` of pyproject.toml is the one list of what there is; a requirement
with a marker of another Python has its reason in :data:`NOT_EVERYWHERE`.
"""

from __future__ import annotations

import importlib
import platform
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
EXTRAS = ("clients", "test")

NOT_EVERYWHERE: dict[str, str] = {"atheris": "it has wheels for Linux alone, and none for Python 3.14"}
"""Distributions that can't be installed on every Python that connlog supports, and why."""

UNTESTED: dict[str, str] = {
    "python-memcached": "raises nothing: get() is None and set() is 0; what happened is on stderr, with debug=1",
}
"""Clients that can't be provoked at all, and why: the docs name them as untested."""

KNOWN_AS: dict[str, str] = {"psycopg2": "psycopg2-binary"}
"""Clients that people know by another name than that of the distribution that the tests install."""


class _Lazy:
    """
    A library that is imported when something is first asked of it.
    """

    def __init__(self, name: str) -> None:
        """
        Remember the name.
        """
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """
        Import the library, and get what was asked for.
        """
        return getattr(importlib.import_module(self._name), attribute)


def lazy(name: str) -> Any:
    """
    Stand in for a module of the extra ``clients``, so that a test file imports without it.

    Example:
        >>> parser = lazy("xml.dom.minidom")  # at the head of the file, named in full
        >>> parser.parseString("<a/>").documentElement.tagName  # in a provocation: now it is imported
        'a'
    """
    return _Lazy(name)


@cache
def required(chosen: tuple[str, ...] = EXTRAS) -> dict[str, Requirement]:
    """
    Read what the extras of the tests ask for: canonical name -> requirement.
    """
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    requirements = [Requirement(text) for extra in chosen for text in extras[extra]]
    return {canonicalize_name(one.name): one for one in requirements if one.name != "connlog"}


def distribution(client: str) -> str | None:
    """
    Name the distribution of a client, which is the first word of its name; ``None`` for the standard library.
    """
    name = client.partition(" ")[0]
    return None if name.partition(".")[0] in sys.stdlib_module_names else canonicalize_name(KNOWN_AS.get(name, name))


@cache
def version_of(client: str) -> str | None:
    """
    Tell which version of a client's distribution is installed; ``None`` if it is not.
    """
    name = distribution(client)
    if name is None:
        return platform.python_version()
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def missing(clients: Iterable[str]) -> set[str]:
    """
    Tell which of these clients are not installed, or not as they are by themselves.
    """
    names = {client: distribution(client) for client in clients}
    return {name for client, name in names.items() if name and (version_of(client) is None or is_on_a_fork(name))}


@cache
def is_on_a_fork(name: str) -> bool:
    """
    Tell whether urllib3-future, which niquests brings, has put itself in the place of urllib3 below a distribution.
    """
    return find_spec("urllib3.backend") is not None and _stands_on(name, "urllib3", set())


def _stands_on(name: str, base: str, seen: set[str]) -> bool:
    """
    Tell whether a distribution is another one, or needs it.
    """
    if name == base or name in seen:
        return name == base
    seen.add(name)
    try:
        needed = [one for one in map(Requirement, requires(name) or ()) if not one.marker or one.marker.evaluate()]
    except PackageNotFoundError:
        return False
    return any(_stands_on(canonicalize_name(one.name), base, seen) for one in needed)


def is_excused(name: str) -> bool:
    """
    Tell whether a distribution need not be there: it can't be installed on this Python.
    """
    requirement = required().get(canonicalize_name(name))
    return requirement is not None and requirement.marker is not None and not requirement.marker.evaluate()


def closing_line(absent: Iterable[str]) -> str:
    """
    Say in one line what was not tested, and how it would be.
    """
    names = sorted(absent, key=str.lower)
    forked = [name for name in names if version_of(name) is not None]
    excused = [name for name in names if is_excused(name)]
    to_install = [name for name in names if name not in {*forked, *excused}]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    parts = (
        ("not installed, so not tested: {} (pip install -e '.[clients]')", to_install),
        (f"not to be had for Python {python}, so not tested: {{}}", excused),
        ("on urllib3-future in place of urllib3, so not tested: {} (see CONTRIBUTING.md)", forked),
    )
    return "; ".join(text.format(", ".join(names)) for text, names in parts if names)
