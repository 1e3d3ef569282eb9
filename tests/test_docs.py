"""
The documentation shows what really happens: its code is executed, and what its commands print is captured.

``python -m tests.test_docs`` writes the captured output anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.test_readme import ELSEWHERE, PLACE, PORT, refusing_port

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts}
INSTALLS = "python -m pip install "
"""Commands that CI carries out elsewhere."""

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
MARKERS = re.compile(r"(?:^|(?<=\\n))\s*[~^]+\s*?(?:\n|\\n|\Z)", re.MULTILINE)
"""The marks below a line of a traceback, in text and in JSON; each Python has its own."""


class Page:
    """
    A page while its blocks are carried out from top to bottom.
    """

    def __init__(self, path: Path, folder: Path, port: str) -> None:
        """
        Carry the blocks out in a folder, with another port for the page's if that one is taken.
        """
        self._folder = folder
        self._port = port
        self._python: list[str] = []
        self.text = FENCE.sub(self._block, path.read_text(encoding="utf-8"))
        self._finish()

    def _block(self, found: re.Match[str]) -> str:
        info, body = found["info"].strip(), found["body"]
        caption = re.match(r":caption: (\S+)\n\n?", body)
        if info.startswith("{code-block}") and caption:
            self._write(caption[1], body[caption.end() :])
        elif info == "python":
            self._python.append(body)
        elif info == "console" and INSTALLS not in body:
            return f"{found['fence']}{found['info']}\n{self._run(body)}{found['fence']}"
        return found[0]

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(PORT, self._port), encoding="utf-8")
        if path.suffix == ".py":
            compile(text, name, "exec")

    def _run(self, body: str) -> str:
        """
        Carry out the command of a block, and return it with what it prints.
        """
        command = body.splitlines()[0].removeprefix("$ ")
        printed = self._execute(["bash", "-c", command]).stdout
        return f"$ {command}\n{printed.rstrip()}\n"

    def _finish(self) -> None:
        """
        Run the page's own Python, all blocks in one program.
        """
        done = self._execute([sys.executable, "-c", "\n".join(self._python).replace(PORT, self._port)])
        assert done.returncode == 0, done.stdout

    def _execute(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not ELSEWHERE.fullmatch(name)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={**environment, **PLACE, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        done.stdout = MARKERS.sub("", done.stdout.replace(self._port, PORT).replace(f"{self._folder}{os.sep}", ""))
        return done


def shown(page: Path) -> Iterator[str]:
    """
    Return the info strings of a page's blocks.
    """
    return (found["info"].strip() for found in FENCE.finditer(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_happens(name: str, tmp_path: Path) -> None:
    """
    The Python of a page runs, and each of its commands prints what the page says.
    """
    with refusing_port() as port:
        assert Page(PAGES[name], tmp_path, port).text == PAGES[name].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_output_is_captured(name: str) -> None:
    """
    Output stands below the command that printed it, never alone.
    """
    assert not {"text", "json", ""} & set(shown(PAGES[name]))


def main() -> None:
    """
    Write the captured output of all pages anew.
    """
    for path in PAGES.values():
        with TemporaryDirectory() as folder, refusing_port() as port:
            path.write_text(Page(path, Path(folder), port).text, encoding="utf-8")


if __name__ == "__main__":
    main()
