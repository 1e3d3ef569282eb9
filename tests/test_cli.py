"""
The command line: what a person types, what it prints and how it ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

import connlog
from connlog import _demo
from connlog.catalog import CATALOG, PLATFORM, numbers
from connlog.cli import main
from tests.faults import play

PROBE = """\
import json, sys
names = ("__name__", "__file__", "__package__", "__doc__", "__cached__")
known = {name: globals()[name] for name in names}
spec = __spec__ and [__spec__.name, __spec__.origin]
builtin = type(__builtins__).__name__
main = vars(sys.modules["__main__"]) is globals()
print(json.dumps([sys.argv, sys.path[0], known, spec, builtin, main, type(__loader__).__name__]))
"""

FAILING = """\
import socket
s = socket.socket()
s.connect(("localhost", {port}))  # nothing listening
"""


def python(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """
    Run this interpreter, with its output not coloured and 100 columns wide.
    """
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def command(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """
    Run connlog as a person does.
    """
    return python("-m", "connlog", *arguments, cwd=cwd, **environment)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """
    A directory with programs of every kind that the interpreter runs.
    """
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    for file in ("main.py", "module.py", "package/__main__.py", "package/inner.py"):
        (tmp_path / file).write_text(PROBE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "__main__.py").write_text(PROBE)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", PROBE)
    (tmp_path / "link.py").symlink_to(tmp_path / "folder" / "__main__.py")
    return tmp_path


# explain


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["connection-refused"], "connection-refused"),
        (["CONNECTION-REFUSED"], "connection-refused"),
        (["111", "--platform", "linux"], "connection-refused"),
        (["61", "--platform", "macos"], "connection-refused"),
        (["10061", "--platform", "windows"], "connection-refused"),
        (["-2", "--platform", "linux"], "dns-name-not-found"),
        (["ECONNREFUSED"], "connection-refused"),
        (["econnreset"], "connection-reset"),
        (["WSAECONNRESET"], "connection-reset"),
        (["EAI_AGAIN"], "dns-temporary-failure"),
        (["Connection refused"], "connection-refused"),
        (["ConnectionRefusedError"], "connection-refused"),
        (["builtins.ConnectionResetError"], "connection-reset"),
        (["requests.exceptions.ConnectionError"], "connection-error"),
        (["requests.ConnectionError"], "connection-error"),
        (["requests.exceptions.ConnectTimeout"], "connect-timeout"),
        (["httpx.ConnectError"], "connection-error"),
        (["trio.TooSlowTimeout"], "timeout"),
        (["redis.exceptions.ConnectionError"], "connection-error"),
        (["redis.MaxConnectionsError"], "pool-exhausted"),
    ],
)
def test_explain(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A code, a number, a name, a text and a class lead to the entry that explains them.
    """
    assert main(["explain", *words, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["code"] == code
    assert told["asked"] == words[0]
    assert told["readings"][0]["code"] == code


@pytest.mark.parametrize("code", CATALOG.codes)
def test_explain_text_is_complete(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The text holds all that the catalog says, fits its columns outside code, and leaves no placeholder open.
    """
    assert main(["explain", code]) == 0
    text = capsys.readouterr().out
    flat = " ".join(text.split())
    entry = CATALOG[code]
    said = [*entry.about.split("\n\n"), *(cause.text for cause in entry.causes), *(s.text for s in entry.scenarios)]
    assert [words for words in said if " ".join(words.split()) not in flat] == []
    assert len([line for line in text.splitlines() if line.startswith("- ")]) >= len(entry.hints)
    assert all(name in text for name in (*entry.errnos, *entry.exceptions, *entry.see_also))
    prose = text.split("\nCode that raises it")[0]
    assert not any(f"{{{name}}}" in prose for name in ("endpoint", "host", "port", "peer", "service"))


def test_explain_reads_a_number_for_this_platform(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A number without a platform is read as this one reads it.
    """
    number = numbers.ERRNOS["ECONNREFUSED"][PLATFORM][0]
    assert main(["explain", str(number)]) == 0
    assert capsys.readouterr().out.startswith(f"{number} is ECONNREFUSED on ")


def test_explain_reads_a_number_of_another_platform(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A number that means nothing here is read as the platform does that knows it, and the text says so.
    """
    other = "macos" if PLATFORM == "linux" else "linux"
    number = numbers.ERRNOS["ECONNREFUSED"][other][0]
    assert main(["explain", str(number)]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{number} is ECONNREFUSED on ")
    assert second.endswith("it is no connection failure.")


def test_explain_mentions_other_readings(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A number with several meanings is explained in one, and the others are named with their codes.
    """
    assert main(["explain", "2", "--platform", "macos"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "2 is ENOENT on macOS: socket-file-missing"
    assert second == "2 is EAI_AGAIN on macOS: dns-temporary-failure"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ECONREFUSED"], "nothing is known about 'ECONREFUSED'. Nearest: ECONNREFUSED"),
        (["conection-refused"], "Nearest: connection-refused"),
        (["999999"], "nothing is known about '999999'. Allowed: a code"),
        (["111", "--platform", "windows"], "nothing is known about '111' on Windows."),
        (["requests.exceptions.InvalidSchema"], "nothing is known about 'requests.exceptions.InvalidSchema'"),
        (["urllib.error.HTTPError"], "urllib.error.HTTPError is never a connection failure"),
        ([""], "nothing is known about ''."),
    ],
)
def test_explain_the_unknown(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An unknown word is an error that names the nearest ones and what is allowed.
    """
    assert main(["explain", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["explain"], "required: CODE|ERRNO|NAME|CLASS"),
        (["explain", "111", "--platform", "beos"], "linux"),
        (["catalog", "--format", "xml"], "json"),
        (["run"], "one of the arguments SCRIPT -m is required"),
    ],
)
def test_usage_errors(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A command line that can't be understood ends with status 2 and says what is missing or allowed.
    """
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The command line has the version of the library.
    """
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"connlog {connlog.__version__}\n"


def test_explain_loads_nothing_heavy() -> None:
    """
    The command waits for no library: neither structlog nor Sphinx nor asyncio is loaded.
    """
    code = """if True:
        import sys
        before = set(sys.modules)  # what measures the tests' coverage has been loaded already
        from connlog.cli import main
        main(["explain", "111"])
        print("\\n", *(set(sys.modules) - before))
    """
    done = python("-c", code)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "connlog.cli" in loaded
    assert not loaded & {
        "structlog",
        "sphinx",
        "docutils",
        "asyncio",
        "rich",
        "tomllib",
        "difflib",
        "unittest",
        "email",
    }


# catalog


def test_catalog_lists_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The list has one line for each code, in the order of the catalog.
    """
    assert main(["catalog"]) == 0
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert rows == list(CATALOG.codes)


def test_catalog_json_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The JSON form holds every part of every entry, with errnos by platform.
    """
    assert main(["catalog", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [entry["code"] for entry in told] == list(CATALOG.codes)
    for entry in told:
        assert set(entry) >= {*CATALOG[entry["code"]].__slots__, "hint"}
        assert all(entry[part] for part in ("title", "cause", "hint", "hints", "phase", "retry", "about", "since"))
    refused = next(entry for entry in told if entry["code"] == "connection-refused")
    assert refused["errnos"]["ECONNREFUSED"] == {"linux": [111], "macos": [61], "windows": [10061, 1225]}


def test_broken_pipe_is_quiet() -> None:
    """
    A reader that has seen enough (`connlog catalog | head`) is no error.
    """
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "connlog", "catalog"],
            stdout=write_end,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")


def test_closed_stdout_is_quiet() -> None:
    """
    Without a standard output there is nothing to do.
    """
    code = "import sys; sys.stdout = None; from connlog.cli import main; sys.exit(main(['catalog']))"
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_ascii_output() -> None:
    """
    A terminal that knows nothing but ASCII gets the text all the same.
    """
    done = command("explain", "connection-refused", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


def test_headings_stand_out_on_a_terminal() -> None:
    """
    On a terminal headings are bold, unless NO_COLOR says no.
    """
    assert "\x1b[1mconnection-refused\x1b[0m" in on_terminal(NO_COLOR="", TERM="xterm")
    assert "\x1b" not in on_terminal(NO_COLOR="1", TERM="xterm")


def on_terminal(**environment: str) -> str:
    """
    Run `connlog explain` on a terminal of its own and return what the terminal was sent.
    """
    outer, inner = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "connlog", "explain", "connection-refused"],
        stdout=inner,
        env={**os.environ, **environment},
    ) as process:
        os.close(inner)
        sent = b""
        while chunk := read_some(outer):
            sent += chunk
        os.close(outer)
    assert process.returncode == 0
    return sent.decode()


def read_some(terminal: int) -> bytes:
    """
    Read from a terminal; Linux reports one that nobody writes to any more as EIO, macOS as the end of the file.
    """
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


# run


def test_run_explains_an_uncaught_failure(tmp_path: Path) -> None:
    """
    The three lines print Python's traceback, then the block, and exit with 1.
    """
    with play("refuse") as server:
        (tmp_path / "main.py").write_text(FAILING.format(port=server.port))
        plain = python("main.py", cwd=tmp_path)
        done = command("run", "main.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(plain.stderr)
    block = done.stderr.removeprefix(plain.stderr)
    head, *_ = filter(None, block.splitlines())
    assert head.split() == [
        "connection-refused",
        *("ECONNREFUSED", "(errno", f"{numbers.ERRNOS['ECONNREFUSED'][PLATFORM][0]})"),
        f"localhost:{server.port}",
        *("main.py:3", "in", "<module>"),
    ]
    assert "connlog explain connection-refused" in block


@pytest.mark.parametrize(
    "program",
    [
        ["main.py"],
        ["./main.py"],
        ["link.py"],
        ["folder"],
        ["archive.zip"],
        ["-m", "module"],
        ["-m", "package"],
        ["-m", "package.inner"],
    ],
    ids=" ".join,
)
def test_run_is_what_python_does(program: list[str], here: Path) -> None:
    """
    A program can't tell from its surroundings that connlog runs it.
    """
    arguments = [*program, "--help", "-m", "x", "two words"]
    plain = python(*arguments, cwd=here)
    done = command("run", *arguments, cwd=here)
    assert json.loads(done.stdout) == json.loads(plain.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_run_with_other_spellings(here: Path) -> None:
    """
    `-mMODULE` and `--` are understood as python understands them.
    """
    assert json.loads(command("run", "-mmodule", "x", cwd=here).stdout)[0][1:] == ["x"]
    assert json.loads(command("run", "--", "main.py", "x", cwd=here).stdout)[0] == ["main.py", "x"]


def test_run_keeps_the_safe_path(here: Path) -> None:
    """
    Under `python -P` nothing is put in front of sys.path.
    """
    plain = python("-P", "main.py", cwd=here)
    done = python("-P", "-m", "connlog", "run", "main.py", cwd=here)
    assert json.loads(done.stdout) == json.loads(plain.stdout)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    raise ValueError('connection refused')\n\nf()\n",
        "import sys\nsys.exit(3)\n",
        "import sys\nsys.exit('a message')\n",
        "raise SystemExit\n",
        "raise KeyboardInterrupt\n",
        "def broken(:\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise RuntimeError('while handling')\n",
        "import sys\nsys.excepthook = lambda *args: print(args[0], args[2].tb_lineno, args[2].tb_next)\n1 / 0\n",
        "import atexit\natexit.register(print, 'at exit')\n1 / 0\n",
        "import threading\nthreading.Timer(0.05, lambda: print(__name__, flush=True)).start()\n1 / 0\n",
    ],
)
def test_run_ends_as_python_does(source: str, tmp_path: Path) -> None:
    """
    Output, traceback and exit status of a program that fails for other reasons are what they always are.
    """
    (tmp_path / "main.py").write_text(source)
    plain = python("main.py", cwd=tmp_path)
    done = command("run", "main.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_run_lets_a_program_start_processes(tmp_path: Path) -> None:
    """
    A child process of the program finds the program's functions in ``__main__``, and is not connlog.
    """
    (tmp_path / "main.py").write_text("""\
import multiprocessing, sys

def told(word):
    return word, sys.argv, "connlog" in sys.modules

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(told, ("word",)))
""")
    plain = python("main.py", "x", cwd=tmp_path)
    done = command("run", "main.py", "x", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, "")


def test_run_with_a_broken_hook(tmp_path: Path) -> None:
    """
    A hook of the program's own that fails hides neither its own failure nor the program's.
    """
    (tmp_path / "main.py").write_text(
        "import sys\ndef hook(*_):\n    raise OSError('hook')\nsys.excepthook = hook\n1 / 0\n"
    )
    plain = python("main.py", cwd=tmp_path)
    done = command("run", "main.py", cwd=tmp_path)
    assert done.returncode == plain.returncode
    assert "OSError: hook" in done.stderr
    original = "\nOriginal exception was:\n"
    assert done.stderr.partition(original)[2] == plain.stderr.partition(original)[2] != ""


def test_run_is_interrupted_as_python_is(tmp_path: Path) -> None:
    """
    Ctrl-C ends the process by the signal, so that a shell sees 130.
    """
    (tmp_path / "main.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True:\n    pass\n")
    done = command("run", "main.py", cwd=tmp_path)
    assert done.returncode == -signal.SIGINT
    assert "connlog" not in done.stderr


def test_run_explains_a_failing_package(tmp_path: Path) -> None:
    """
    What fails while a package is imported is the program's failure, and no frame of connlog or importlib is shown.
    """
    (tmp_path / "package").mkdir()
    with play("refuse") as server:
        (tmp_path / "package" / "__init__.py").write_text(FAILING.format(port=server.port))
        done = command("run", "-m", "package.inner", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[1].strip().startswith(f'File "{tmp_path}/package/__init__.py", line 3')
    assert "\nconnection-refused  ECONNREFUSED" in done.stderr


def test_run_shows_a_missing_dependency(tmp_path: Path) -> None:
    """
    A module that the program itself lacks is the program's error, not connlog's.
    """
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("import nothing_of_that_name\n")
    done = command("run", "-m", "package.inner", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'nothing_of_that_name'\n")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (["missing.py"], "connlog run: can't read the script {here}/missing.py: No such file or directory"),
        (["package/nothing"], "connlog run: can't read the script {here}/package/nothing: No such file or directory"),
        (["package/empty"], "connlog run: there is no __main__.py in the directory package/empty"),
        (["-m", "missing"], "connlog run: there is no module missing on sys.path, which starts with {here}"),
        (
            ["-m", "missing.inner"],
            "connlog run: there is no module missing.inner on sys.path, which starts with {here}",
        ),
        (["-m", "module.py"], "connlog run: there is no module module.py on sys.path, which starts with {here}"),
        (
            ["-m", "package.empty"],
            "connlog run: there is no module package.empty.__main__ on sys.path, which starts with",
        ),
        (["-m", ".inner"], "connlog run: '.inner' is no name of a module"),
        (["-m", "sys"], "connlog run: sys (built-in) holds no Python code that could be run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_run_of_nothing(program: list[str], said: str, here: Path) -> None:
    """
    A program that isn't there is an error that says what was looked for and where, with status 2.
    """
    (here / "package" / "empty").mkdir()
    done = command("run", *program, cwd=here)
    last = done.stderr.splitlines()[-1]
    assert (done.returncode, last[: len(said.format(here=here))]) == (2, said.format(here=here))


# demo


def test_demo_stacked() -> None:
    """
    In a narrow terminal the demo shows the real traceback, the block and the whole event, one below the other.
    """
    shown = _demo.show(80)
    traceback, block, event = (shown.index(part) for part in ("Traceback", "\nconnection-refused  ECONN", "{\n"))
    assert traceback < block < event
    fields = json.loads(shown[event : shown.rindex("}") + 1])
    assert fields["event"] == "order not stored"
    assert fields["connection_error"]["code"] == "connection-refused"
    assert fields["connection_error"]["server_address"] == "localhost"
    assert fields["connection_error"]["location"]["line"] == 3


def test_demo_side_by_side() -> None:
    """
    In a wide terminal the event stands beside the traceback and the block, and nothing is wider than the terminal.
    """
    plain = _demo.show(160)
    assert max(map(len, plain.splitlines())) <= 160
    assert any("Traceback" in line and '"event"' in line for line in plain.splitlines()) or "  | {" in plain
    coloured = _demo.show(160, colour=True)
    assert "\x1b[" in coloured
    assert [len(_demo._COLOUR.sub("", line)) for line in coloured.splitlines() if " | " in line] != []


def test_demo_leaves_nothing(tmp_path: Path) -> None:
    """
    The demo works as a command, with structlog alone, and leaves no file behind.
    """
    done = command("demo", TMPDIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "connlog explain connection-refused" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert Path(tempfile.gettempdir()).is_dir()
