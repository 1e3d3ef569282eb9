"""
The repository keeps its own rules: one version, a reason for each exception, and everything that people look for.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest

import connlog

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT: dict[str, Any] = tomllib.loads(PYPROJECT)
SOURCES = sorted(path for folder in ("connlog", "docs", "tests") for path in (ROOT / folder).rglob("*.py"))


def test_the_version_is_said_once() -> None:
    """
    The package, its metadata and the newest release of the changelog agree, and no other file says the version.
    """
    released = re.findall(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == connlog.__version__ == metadata("connlog")["Version"]
    assert "version" in PROJECT["project"]["dynamic"]
    said = re.compile(rf"""version\w* *[=:] *["']{re.escape(connlog.__version__)}""")
    assert [path.name for path in SOURCES if said.search(path.read_text())] == ["_version.py"]


def test_the_changelog_keeps_its_form() -> None:
    """
    Releases stand newest first, below what is unreleased, with the kinds of change that Keep a Changelog names.
    """
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[(.*?)\]", text, re.MULTILINE)[0] == "Unreleased"
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def ignores() -> Iterator[str]:
    """
    Return the lines of pyproject.toml that ignore a rule of the linter.
    """
    lint = PYPROJECT.partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.pydocstyle]")[0]
    for line in lint.splitlines():
        if re.search(r'"[A-Z]{1,5}\d*"', line) and not line.startswith("select"):
            yield line


def test_every_ignored_rule_has_its_reason() -> None:
    """
    A rule of the linter that is switched off says why, in its own line.
    """
    lines = list(ignores())
    assert len(lines) > len(PROJECT["tool"]["ruff"]["lint"]["ignore"])
    assert [line for line in lines if not re.search(r"# .*\w", line)] == []


def test_every_inline_exception_names_its_rule() -> None:
    """
    No comment switches off all rules of a line, or all checks of a type.
    """
    blanket = re.compile(r"#\s*noqa(?!:)|#\s*type:\s*ignore(?!\[)|#\s*pragma: no cover")
    hits = [f"{path.name}:{n}" for path in SOURCES for n, line in lines_of(path) if blanket.search(line)]
    assert [hit for hit in hits if not hit.startswith("test_repository.py")] == []


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """
    Number the lines of a file.
    """
    return enumerate(path.read_text().splitlines(), 1)


def test_every_test_says_what_must_be_true() -> None:
    """
    Each test function has a docstring of one sentence.
    """
    wordless = []
    for name, node in functions():
        said = ast.get_docstring(node) or ""
        if not said or "\n\n" in said:
            wordless.append(f"{name}: {node.name}")
    assert wordless == []


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """
    Return every test function with the name of its file.
    """
    for path in SOURCES:
        if path.name.startswith("test_"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield path.name, node


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "noxfile.py", ".ci/run"])
def test_what_a_repository_has(name: str) -> None:
    """
    What people look for in a repository is there, and not empty.
    """
    assert (ROOT / name).read_text().strip()


def test_structlog_is_the_only_run_time_dependency() -> None:
    """
    Who installs connlog gets structlog and nothing else.
    """
    assert [re.split(r"[<>=~! ]", name)[0] for name in PROJECT["project"]["dependencies"]] == ["structlog"]


def test_ci_parts() -> None:
    """
    The script of CI is executable, sound shell, and says which parts it has when it is asked for another.
    """
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    done = subprocess.run(["bash", script, "nothing"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        ".ci/run: no part 'nothing'; there are lint, typing, docs, tests, coverage, clients and wheel\n"
    )


def test_the_matrix_covers_what_is_promised() -> None:
    """
    Nox runs the Pythons of the classifiers, and calls no check that CI doesn't have.
    """
    text = (ROOT / "noxfile.py").read_text()
    parts = set(re.findall(r"^([a-z]+)\(\) \{$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE))
    assert set(re.findall(r'check\(session, "(\w+)"\)', text)) == parts - {"wheel", "part", "within", "everything"}
    pythons = [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"] if ":: 3." in name]
    assert pythons == ["3.11", "3.12", "3.13"]
    assert PROJECT["project"]["requires-python"] == f">={pythons[0]}"
