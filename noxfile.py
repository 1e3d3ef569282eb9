"""
The matrix: which Python, structlog and Sphinx the checks run with. The checks themselves are the parts of ``.ci/run``.
"""

from __future__ import annotations

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
LIBRARIES = ("structlog", "sphinx")

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True


def oldest() -> list[str]:
    """
    Turn the lower bounds that pyproject.toml declares into pins, so that they are said once.
    """
    declared = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["sphinx"]]
    bounds = dict(requirement.split(">=") for requirement in declared)
    return [f"{name}=={bounds[name]}.*" for name in LIBRARIES]


def group(name: str) -> tuple[str, ...]:
    """
    Return what a dependency group of pyproject.toml asks for.
    """
    return nox.project.dependency_groups(PROJECT, name)


def check(session: nox.Session, part: str) -> None:
    """
    Run one part of ``.ci/run`` with the environment of the session.
    """
    session.run("bash", ".ci/run", part, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """
    Check style and format.
    """
    session.install(*group("lint"))
    check(session, "lint")


@nox.session
def typing(session: nox.Session) -> None:
    """
    Check the types of connlog and, with two checkers, of a program that uses it.
    """
    session.install("-e", ".[cli,dask,docs]", *group("typing"))
    check(session, "typing")


@nox.session
def docs(session: nox.Session) -> None:
    """
    Build the documentation with warnings as errors.
    """
    session.install("-e", ".[docs]")
    check(session, "docs")


@nox.session
def coverage(session: nox.Session) -> None:
    """
    Run the tests with the coverage gate.
    """
    session.install("-e", ".[test]")
    check(session, "coverage")


@nox.session(python=PYTHONS)
def clients(session: nox.Session) -> None:
    """
    Provoke every client.
    """
    fork = {"URLLIB3_NO_OVERRIDE": "1"}  # or urllib3-future, which niquests brings, takes the place of urllib3
    session.install("--no-binary", "urllib3-future", "-e", ".[clients]", env=fork)
    check(session, "clients")


@nox.session(python=PYTHONS)
@nox.parametrize("libraries", ["oldest", "newest"])
def tests(session: nox.Session, libraries: str) -> None:
    """
    Run the tests with the oldest or the newest structlog and Sphinx that are supported.
    """
    session.install("-e", ".[test]", *(oldest() if libraries == "oldest" else LIBRARIES))
    check(session, "tests")
