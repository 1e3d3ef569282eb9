"""
The README shows what really happens: its code is executed, and what it prints is captured.

``python tests/test_readme.py`` writes the captured parts anew.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"

PORT = "9999"
"""The port that the README names; the real one may be another."""

SHORTENED = ("frames", "hints")
"""Lists in an event that the README says are left out."""

SAID = ("exc_type", "exc_value", "frames")
"""Parts of a stack that the README shows: the others say nothing about this failure."""

PLACE = {"container": "oci", "COLUMNS": "88", "NO_COLOR": "1"}
"""Where the README's program runs: in a container, on whatever machine the test does."""

ELSEWHERE = re.compile(r"CI|KUBERNETES_\w+|(?i:\w+_proxy)")
"""Variables that would change the hints."""


def blocks(language: str) -> list[str]:
    """
    Return the README's blocks of a language.
    """
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


@contextmanager
def refusing_port() -> Iterator[str]:
    """
    Hold a port on which nothing listens: the README's own, or the next one that is free and as long.
    """
    with socket.socket() as held:
        port = int(PORT)
        while True:
            try:
                held.bind(("127.0.0.1", port))
                break
            except OSError:
                port -= 1
        yield str(port)


def execute(folder: Path, *command: str, **files: str) -> subprocess.CompletedProcess[str]:
    """
    Run Python in *folder*, which holds *files*, with the README's port standing for one that refuses.
    """
    environment = {name: value for name, value in os.environ.items() if not ELSEWHERE.fullmatch(name)}
    with refusing_port() as port:
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text.replace(PORT, port))
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env={**environment, **PLACE},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    return subprocess.CompletedProcess(
        command,
        done.returncode,
        *(text.replace(port, PORT).replace(f"{folder}{os.sep}", "") for text in (done.stdout, done.stderr)),
    )


def event(folder: Path, program: str) -> str:
    """
    Run a program that logs one event, and return the event as the README shows it.
    """
    done = execute(folder, "main.py", main=program)
    assert (done.returncode, done.stderr) == (0, "")
    fields = json.loads(done.stdout)
    fields["exception"] = [{key: stack[key] for key in SAID} for stack in fields["exception"]]
    for part in (*fields["exception"], fields.get("connection_error", {})):
        part.update({key: ["…"] for key in SHORTENED if key in part})
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


def before(folder: Path) -> str:
    """
    Run the README's program without connlog.
    """
    program = "".join(line for line in program_of_readme().splitlines(keepends=True) if "connlog." not in line)
    return event(folder, program.replace("import connlog, ", "import "))


def after(folder: Path) -> str:
    """
    Run the README's program.
    """
    return event(folder, program_of_readme())


def program_of_readme() -> str:
    """
    Return the set-up and the program as one file.
    """
    return "\n".join(blocks("python"))


def run(folder: Path) -> str:
    """
    Run the three lines that know nothing of connlog.
    """
    done = execute(folder, "-m", "connlog", "run", "main.py", main=blocks("python main.py")[0])
    assert (done.returncode, done.stdout) == (1, "")
    # Python 3.13 underlines the call in another way.
    shown = re.sub(r"^ +[~^]+\n", "", done.stderr, flags=re.MULTILINE)
    return f"$ connlog run main.py\n{shown}"


def explain(folder: Path) -> str:
    """
    Ask for a number that another platform has printed.
    """
    done = execute(folder, "-m", "connlog", "explain", "61", "--platform", "macos")
    assert done.returncode == 0
    first = done.stdout.split("\nWhat ")[0].rstrip()
    return f"$ connlog explain 61 --platform macos | head -n {first.count(chr(10)) + 1}\n{first}\n"


CAPTURED: dict[str, Callable[[Path], str]] = {"before": before, "after": after, "run": run, "explain": explain}


def place_of(name: str) -> re.Pattern[str]:
    """
    Find a captured block: its first line, its text, its last line.
    """
    return re.compile(rf"(<!-- captured: {name} -->\n```\w+\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", CAPTURED)
def test_captured(name: str, tmp_path: Path) -> None:
    """
    What the README shows as output is what its code prints, ports apart.
    """
    found = place_of(name).search(README.read_text())
    assert found is not None
    assert found[2] == CAPTURED[name](tmp_path)


def test_every_shown_output_is_captured() -> None:
    """
    A block of output is captured, or one of the two commands that CI carries out.
    """
    shown = [*blocks("json"), *blocks("console")]
    commands = [
        "$ python -m pip install . && python -m connlog demo\n",
        '$ python -m pip install -e ".[test]" && python -m pytest\n',
    ]
    captured = [found[2] for name in CAPTURED for found in place_of(name).finditer(README.read_text())]
    assert sorted(shown) == sorted([*commands, *captured])


def test_the_set_up_has_the_six_processors_lines() -> None:
    """
    The set-up is the one that the project promises: an import, install(), and one call of configure().
    """
    assert blocks("python")[0].startswith("import connlog, structlog\nconnlog.install()\nstructlog.configure(")


def test_no_long_list_of_features() -> None:
    """
    A list of features is no longer than five.
    """
    lists = re.findall(r"(?:^- .*\n(?:  .*\n)*)+", README.read_text(), re.MULTILINE)
    assert max(text.count("\n- ") + 1 for text in lists) <= 5


def test_links_lead_somewhere() -> None:
    """
    Every file that the README links is there.
    """
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text())
    assert targets
    assert [target for target in targets if not (README.parent / target).exists()] == []


def write_anew(folder: Path) -> None:
    """
    Write the captured parts of the README.
    """
    for name, capture in CAPTURED.items():
        text = capture(folder)
        README.write_text(place_of(name).sub(lambda found, text=text: found[1] + text + found[3], README.read_text()))


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        write_anew(Path(place))
