"""
The house: which module may import which, what the public sees, how large a room may grow.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connlog
from connlog.catalog import wrappers

ROOT = Path(connlog.__file__).parent
PROJECT = ROOT.parent
FLOORS: tuple[tuple[str, ...], ...] = (
    ("_model", "_patterns", "_times", "_unpack", "_version"),
    (
        "_redact",
        "_prefixes",
        "_records",
        "_renderings",
        "_source",
        "catalog.connect",
        "catalog.limits",
        "catalog.numbers",
        "catalog.other",
        "catalog.resolve",
        "catalog.tls",
        "catalog.transfer",
        "catalog.words",
        "catalog.wrappers",
    ),
    ("catalog",),
    ("_chain", "_shapes", "_words"),
    ("_calls",),
    ("_frames",),
    ("_classes", "_target"),
    ("_bare",),
    ("_canonical", "_segment", "_text"),
    ("_prefixed",),
    ("_streams",),
    ("_pytest",),
    ("_openings",),
    ("_segments",),
    ("_sieve",),
    ("_facts",),
    ("_evidence",),
    ("_diagnose",),
    ("_guard", "_runbook", "fields"),
    ("_enrich", "render"),
    ("hook", "processor", "scan", "stdlib"),
    ("",),
    ("_demo", "_inputs", "_manual", "_program", "_summary"),
    ("_reading", "_report", "_urls"),
    ("_page",),
    ("_annotate", "_wishes", "dask"),
    ("_scanning",),
    ("cli",),
    ("__main__",),
)
"""Every module outside of Sphinx's edge, lowest floor first; the package itself is the empty name."""

SPHINX_FLOORS: tuple[tuple[str, ...], ...] = (
    ("sphinxext.sources", "sphinxext.speech", "sphinxext.words"),
    (
        "sphinxext.config",
        "sphinxext.literals",
        "sphinxext.names",
        "sphinxext.nodes",
        "sphinxext.results",
        "sphinxext.sequence",
    ),
    ("sphinxext.passages",),
    ("sphinxext.captured", "sphinxext.clients", "sphinxext.wire"),
    ("sphinxext.hiding",),
    ("sphinxext.events", "sphinxext.media", "sphinxext.pages"),
    ("sphinxext.domain", "sphinxext.tables"),
    ("sphinxext.index", "sphinxext.roles"),
    ("sphinxext.directives", "sphinxext.export"),
    ("sphinxext.front",),
    ("sphinxext.generated",),
    ("sphinxext",),
)
"""Sphinx's edge, which stands beside the command line: it may import everything below both."""

LOGIC = 400
SCREEN = 60


def name_of(path: Path) -> str:
    """
    Name a module relative to the package.
    """
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}
HEIGHT = {name: height for height, names in enumerate(FLOORS) for name in names} | {
    name: height + FLOORS.index(("cli",)) for height, names in enumerate(SPHINX_FLOORS) for name in names
}


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """
    List the modules of connlog that a module imports, wherever in it.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "connlog":
                    yield alias.name.removeprefix("connlog").removeprefix("."), node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "connlog":
            base = (node.module or "").removeprefix("connlog").removeprefix(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}" if base else alias.name
                yield inner if inner in MODULES else base, node


def test_every_module_has_a_floor() -> None:
    """
    A new module says where it stands, and a removed one leaves no floor behind.
    """
    assert set(HEIGHT) == set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_imports_only_go_down(name: str) -> None:
    """
    A module imports from lower floors only: no cycle, no neighbour, no way up.
    """
    wrong = [found for found, _ in imports(MODULES[name]) if HEIGHT[found] >= HEIGHT[name]]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"sphinxext"}))
def test_no_import_hides_in_a_function(name: str) -> None:
    """
    Imports of connlog stand at the head of the module; Sphinx's setup() alone waits, since only Sphinx calls it.
    """
    body = ast.parse(MODULES[name].read_text(encoding="utf-8")).body
    top = {node.lineno for statement in body for node in (statement, *getattr(statement, "body", ()))}
    functions = {node.lineno for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert [found for found, node in imports(MODULES[name]) if node.lineno not in top - functions] == []


@pytest.mark.parametrize("heavy", ["structlog", "sphinx", "docutils", "asyncio", "rich"])
def test_importing_connlog_stays_light(heavy: str) -> None:
    """
    ``import connlog`` loads neither structlog nor Sphinx nor asyncio.
    """
    code = f"import sys, connlog; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_public_names_are_the_documented_ones() -> None:
    """
    ``__all__`` is sorted, is what the module has, and each name stands in the API reference.
    """
    assert sorted(connlog.__all__) == connlog.__all__
    assert all(hasattr(connlog, name) for name in connlog.__all__)
    reference = (PROJECT / "docs" / "reference" / "api.rst").read_text(encoding="utf-8")
    assert [name for name in connlog.__all__ if name not in reference] == []


def test_no_row_hides_another() -> None:
    """
    Each class, each frame and each fact about a library stands in one row only.
    """
    places = [(place.module, place.function, place.when, place.code) for place in wrappers.PLACES]
    classes = [row.type for row in wrappers.CLASSES]
    assert len(set(places)) == len(places)
    assert len(set(classes)) == len(classes)


def test_hints_name_known_libraries() -> None:
    """
    A hint for a library can apply: the library is one of those that the chain and the frames are searched for.
    """
    named = {
        fact.removeprefix("!").removeprefix("library=")
        for entry in connlog.CATALOG
        for hint in entry.hints
        for fact in hint.when
        if fact.removeprefix("!").startswith("library=")
    }
    assert named - wrappers.LIBRARIES - wrappers.MODULES == set()


@pytest.mark.parametrize("name", MODULES)
def test_no_room_grows_too_large(name: str) -> None:
    """
    No file holds more than 400 lines of logic, no function more than a screen.
    """
    source = MODULES[name].read_text(encoding="utf-8")
    if not name.startswith("catalog."):
        assert len(source.splitlines()) <= LOGIC
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < SCREEN, node.name


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_left_undone(name: str) -> None:
    """
    No note to oneself stands in the code.
    """
    words = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error"))
    assert not re.search(rf"\b(?:{words})\b", MODULES[name].read_text(encoding="utf-8"))
