"""
The documentation shows what really happens: its code is executed, and what its commands print is captured.

``python -m tests.test_docs [PAGE...]`` writes the captured output anew. A page that begins from the files of another
one says so in a comment: ``% uses: how-to/structlog.md``.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connlog.fields import CONVENTIONS
from tests.test_readme import ELSEWHERE, PLACE, PORT, refusing_port

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts}
INSTALLS = "python -m pip install "
"""Commands that CI carries out elsewhere."""

SERVED = "8000"
"""The port on which the servers of the pages listen; the real one may be another."""

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
USES = re.compile(r"^% uses: (\S+)$", re.MULTILINE)
MARKERS = re.compile(r"(?:^|(?<=\\n))\s*[~^]+\s*?(?:\n|\\n|\Z)", re.MULTILINE)
"""The marks below a line of a traceback, in text and in JSON; each Python has its own."""

LISTENS = "until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do kill -0 $! || break; sleep 0.05; done"
"""What a person does without noticing: wait until the server in the background is up."""

NEXT = "\x1e"
"""Stands before each command in what a session prints."""


@contextmanager
def free_ports() -> Iterator[dict[str, str]]:
    """
    Find, for each port that the pages name, one that does the same here: one refuses, one is free for a server.
    """
    with refusing_port() as refusing:
        port = int(SERVED)
        while port in {int(PORT), int(refusing)} or is_taken(port):
            port += 1
        yield {PORT: refusing, SERVED: str(port)}


def is_taken(port: int) -> bool:
    """
    Tell whether somebody listens on a port already.
    """
    with socket.socket() as tried:
        return bool(tried.connect_ex(("127.0.0.1", port)) == 0)


class Page:
    """
    A page while its blocks are carried out from top to bottom.
    """

    def __init__(self, path: Path, folder: Path, ports: Mapping[str, str]) -> None:
        """
        Carry the blocks out in a folder, with other ports for the page's if those are taken.
        """
        self._folder = folder
        self._ports = ports
        self._python: list[str] = []
        source = path.read_text(encoding="utf-8")
        for other in USES.findall(source):
            FENCE.sub(self._file, PAGES[other].read_text(encoding="utf-8"))
        self.text = FENCE.sub(self._block, source)
        self._finish()

    def _block(self, found: re.Match[str]) -> str:
        info, body = found["info"].strip(), found["body"]
        if info == "python":
            self._python.append(body)
        elif info == "console" and INSTALLS not in body:
            return f"{found['fence']}{found['info']}\n{self._session(body)}{found['fence']}"
        return self._file(found)

    def _file(self, found: re.Match[str]) -> str:
        """
        Write the file that a block shows, if it shows one.
        """
        body = found["body"]
        caption = re.match(r":caption: (\S+)\n\n?", body)
        if caption and found["info"].startswith("{code-block}"):
            path = self._folder / caption[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            text = self._here(body[caption.end() :])
            path.write_text(text, encoding="utf-8")
            if path.suffix == ".py":
                compile(text, caption[1], "exec")
        return found[0]

    def _session(self, body: str) -> str:
        """
        Carry out the commands of a block in one shell, and return them with what each prints.
        """
        commands = [line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ ")]
        printed = self._execute(["bash", "-c", "\n".join(self._script(commands))])[1].split(NEXT)[1:]
        return "".join(f"{part.rstrip()}\n" for part in printed)

    def _script(self, commands: Sequence[str]) -> Iterator[str]:
        for command in commands:
            yield f"printf '%s' {shlex.quote(f'{NEXT}$ {command}')}$'\\n'"
            yield command
            if command.endswith("&") and SERVED in command:
                yield LISTENS.format(port=SERVED)
        yield "kill -KILL 0  # whatever is still running, this shell too"

    def _finish(self) -> None:
        """
        Run the page's own Python, all blocks in one program.
        """
        # In a file, because connlog reads the line that failed.
        program = self._folder / "page.py"
        program.write_text(self._here("\n".join(self._python)), encoding="utf-8")
        status, printed = self._execute([sys.executable, program.name])
        assert status == 0, printed

    def _execute(self, command: Sequence[str]) -> tuple[int, str]:
        """
        Carry out a command, and return its status and what it prints; nothing that it has started stays behind.
        """
        environment = {name: value for name, value in os.environ.items() if not ELSEWHERE.fullmatch(name)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        with subprocess.Popen(
            [self._here(part) for part in command],
            cwd=self._folder,
            # gunicorn puts a socket into the directory of the user.
            env={**environment, **PLACE, "PATH": path, "XDG_RUNTIME_DIR": str(self._folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as done:
            try:
                printed = done.communicate(timeout=60)[0]
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(done.pid, signal.SIGKILL)
        return done.returncode, MARKERS.sub("", self._shown(printed))

    def _here(self, text: str) -> str:
        for named, port in self._ports.items():
            text = text.replace(named, port)
        return text

    def _shown(self, text: str) -> str:
        for named, port in self._ports.items():
            text = text.replace(port, named)
        return text.replace(f"{self._folder}{os.sep}", "")


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
    with free_ports() as ports:
        assert Page(PAGES[name], tmp_path, ports).text == PAGES[name].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_output_is_captured(name: str) -> None:
    """
    Output stands below the command that printed it, never alone.
    """
    assert not {"text", "json", ""} & set(shown(PAGES[name]))


def test_other_names_on_records_are_said() -> None:
    """
    The page about fields has each field that is named otherwise on a record of logging, and no more.
    """
    rows = re.findall(r"^\| `(\w+)` \| `(\S+)` \| `(\S+)` \|", PAGES["reference/fields.md"].read_text(), re.MULTILINE)
    known = {(name, *pair) for name, convention in CONVENTIONS.items() for pair in convention.on_records}
    assert (len(rows), set(rows)) == (len(known), known)


def main(names: Sequence[str]) -> None:
    """
    Write the captured output of all pages anew, or of those that are named.
    """
    for name in names or PAGES:
        with TemporaryDirectory() as folder, free_ports() as ports:
            PAGES[name].write_text(Page(PAGES[name], Path(folder), ports).text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
