"""
A team's own hints, and the errors of those who write them.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import connlog
from connlog import _manual, _runbook
from connlog._diagnose import diagnose
from connlog._facts import Situation, applies
from connlog._model import Endpoint, Hint
from connlog._runbook import load
from connlog.catalog import CATALOG
from connlog.cli import main
from tests.edges import BLOCK_HEAD, crash, refused

GOOD = """
# What the team knows.
[[hints]]
text = "Ask the database team: {endpoint} fails over on Mondays."
host = "127.0.0.1"
port = 5432
code = "connection-refused"
service = "PostgreSQL"
link = "https://wiki.example/db"

[[hints]]
text = '''
Look here.
[[hints]]
'''
code = "connect-timeout"
"""


def load_text(tmp_path: Path, text: str) -> tuple[Hint, ...]:
    """Load a runbook from text."""
    file = tmp_path / "runbook.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_tables_become_hints(tmp_path: Path) -> None:
    """Each table must become a hint with its conditions, in a fixed order, and its link."""
    assert load_text(tmp_path, GOOD) == (
        Hint(
            text="Ask the database team: {endpoint} fails over on Mondays.",
            when=("code=connection-refused", "host=127.0.0.1", "port=5432", "service=PostgreSQL"),
            link="https://wiki.example/db",
        ),
        Hint(text="Look here.\n[[hints]]\n", when=("code=connect-timeout",)),
    )


@pytest.mark.parametrize(
    ("pattern", "address", "peer", "holds"),
    [
        ("db.internal", "db.internal", None, True),
        ("db.internal", "DB.Internal.", None, True),
        ("DB.INTERNAL.", "db.internal", None, True),
        ("*.internal", "db.internal", None, True),
        ("*.internal", "internal", None, False),
        ("*.internal", "db.internal.example", None, False),
        ("db-[12].*", "db-2.internal", None, True),
        ("db-?.*", "db-12.internal", None, False),
        ("10.0.*", "db.internal", "10.0.3.4", True),
        ("10.0.*", "db.internal", "10.1.3.4", False),
        ("[fd00::*]", "fd00::7", "fd00::7", True),
        ("[::1]", "::1", "::1", True),
        ("::1", "localhost", "::1", True),
        ("/run/*.sock", "/run/redis.sock", None, True),
        ("*", None, None, False),
    ],
)
def test_a_host_may_be_a_pattern(
    tmp_path: Path, pattern: str, address: str | None, peer: str | None, *, holds: bool
) -> None:
    """A host must be a pattern, whatever the letter case, for the name and for the address that was dialled."""
    (hint,) = load_text(tmp_path, f"[[hints]]\ntext = 'x'\nhost = '{pattern}'\n")
    where = Endpoint(address=address, peer_address=peer)
    assert applies(hint, Situation("connection-refused", "connect", endpoint=where)) is holds


def test_inline_tables_are_tables_too(tmp_path: Path) -> None:
    """TOML's other spelling must give the same hints."""
    assert load_text(tmp_path, 'hints = [{text = "Look.", port = 1}]') == (Hint(text="Look.", when=("port=1",)),)


def test_own_hints_rank_above_ours(tmp_path: Path) -> None:
    """For a failure that it fits, the team's hint must come first, with the endpoint filled in and the link."""
    exc, port = refused()
    text = f'[[hints]]\ntext = "Ask Ann about {{endpoint}}."\nport = {port}\nlink = "https://wiki.example/db"\n'
    diagnosis = diagnose(exc, catalog=CATALOG.extended(load_text(tmp_path, text)))
    assert diagnosis is not None
    assert diagnosis.hint == f"Ask Ann about 127.0.0.1:{port}. (https://wiki.example/db)"


ALLOWED = "allowed are text, code, host, port, service, link"
GLUED = "`host` is a name, an address, or a glob like \"*.internal\", and `port` stands apart; not '{}'"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "there is no [[hints]] table; a runbook holds at least one"),
        ("hints = []", 1, "there is no [[hints]] table; a runbook holds at least one"),
        ("hints = 3", 1, "there is no [[hints]] table; a runbook holds at least one"),
        ("\nhints = [1]", 2, "`hints` holds something else than tables; write [[hints]]"),
        ("\n\n[hint]\ntext = 'x'", 3, "unknown key 'hint'; allowed is [[hints]]"),
        ("# x\nname = 'x'", 2, "unknown key 'name'; allowed is [[hints]]"),
        ("[[hints]]\ntext = 'x'\nport = 1\n\n[[hints]]\n\nprot = 5432", 7, f"unknown key 'prot'; {ALLOWED}"),
        ("[[hints]]\ntext = 'x'\nport = 1\n[[hints]]\n\"prot\" = 5432", 5, f"unknown key 'prot'; {ALLOWED}"),
        ("hints = [\n  {text = 'x', port = 1},\n  {prot = 5432},\n]", 3, f"unknown key 'prot'; {ALLOWED}"),
        ('[[hints]]\ntext = "x"\n"p\\u0072ot" = 5432', 1, f"unknown key 'prot'; {ALLOWED}"),
        (
            "[[hints]]\ntext = '''\n[[hints]]\n'''\nport = 1\n[[hints]]\ntext = 'x'\nport = 0",
            8,
            "`port` is a number from 1 to 65535, not 0",
        ),
        ("[[hints]]\nport = true", 2, "`port` is a number from 1 to 65535, not True"),
        ("[[hints]]\nport = '1'", 2, "`port` is a number from 1 to 65535, not '1'"),
        ("[[hints]]\nhost = 1", 2, "`host` is a string with at least one character, not 1"),
        ("[[hints]]\ntext = ' '", 2, "`text` is a string with at least one character, not ' '"),
        ("\n[[hints]]\nport = 1", 2, "this hint has no `text`"),
        ("\n[[hints]]\ntext = 'x'", 2, "this hint says not where it applies; give code, host, port, service"),
        (
            "[[hints]]\ntext = 'see {url}'",
            2,
            "`text` names {url}; allowed are {endpoint}, {host}, {port}, {peer}, {service}",
        ),
        ("[[hints]]\ntext = 'see {host.__class__}'", 2, "`text` names {host.__class__}; allowed are {endpoint}"),
        ("[[hints]]\ntext = 'see {'", 2, "`text` has a stray brace"),
        ("[[hints]]\ntext = 'see {port:>99999999}'", 2, "`text` names {port:>99999999}; allowed are {endpoint}"),
        ("[[hints]]\ntext = 'see {host!r}'", 2, "`text` names {host!r}; allowed are {endpoint}"),
        ("[[hints]]\nhost = 'https://db.internal'", 2, GLUED.format("https://db.internal")),
        ("[[hints]]\nhost = 'db.internal:5432'", 2, GLUED.format("db.internal:5432")),
        ("[[hints]]\nhost = '[::1]:5432'", 2, GLUED.format("[::1]:5432")),
        ("[[hints]]\nhost = 'ann@db.internal'", 2, GLUED.format("ann@db.internal")),
        ("[[hints]]\nlink = 'ftp://x'", 2, "`link` starts with https:// or http://, unlike 'ftp://x'"),
        ("[[hints]]\nservice = 'Postgres'", 2, "`service` 'Postgres' is unknown; allowed are "),
        ("[[hints]]\ncode = 'conection-refused'", 2, "`code` 'conection-refused' is unknown; did you mean connection-"),
        ("[[hints]]\ncode = '§'", 2, "`code` '§' is unknown; did you mean dns-name-not-found, "),
    ],
)
def test_errors_say_where_and_what_is_allowed(tmp_path: Path, text: str, line: int, problem: str) -> None:
    """A mistake must be answered with the file, the line and what is allowed."""
    with pytest.raises(ValueError, match="runbook") as caught:
        load_text(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'runbook.toml'}:{line}: {problem}")


def test_no_toml(tmp_path: Path) -> None:
    """A file that is no TOML must be named, with the parser's line."""
    with pytest.raises(ValueError, match=r"runbook\.toml: this is no TOML: .*line 2"):
        load_text(tmp_path, "x = 1\ny = =\n")


def test_endless_nesting(tmp_path: Path) -> None:
    """A file that the parser gives up on must be named like any other."""
    with pytest.raises(ValueError, match=r"runbook\.toml: this is no TOML"):
        load_text(tmp_path, "x = " + "[" * 100_000)


def test_no_utf8(tmp_path: Path) -> None:
    """A file in another encoding must be named."""
    file = tmp_path / "runbook.toml"
    file.write_bytes(b'[[hints]]\ntext = "\xe9"')
    with pytest.raises(ValueError, match=r"runbook\.toml: this is no TOML"):
        load(file)


def test_missing_file(tmp_path: Path) -> None:
    """A file that isn't there must be the error that it is everywhere."""
    with pytest.raises(FileNotFoundError, match=r"missing\.toml"):
        load(tmp_path / "missing.toml")


# ------------------------------------------------------------------------------------ in a program: left out, and said

BAD = "[[hints]]\ntext = 'Ask Ann.'\nprot = 5432\n"
SAID = "connlog: {}:3: unknown key 'prot'; " + ALLOWED + "; this runbook is left out"
MISSING = "connlog: {}: the runbook can't be read: No such file or directory; this runbook is left out"


@pytest.fixture(autouse=True)
def unsaid() -> Iterator[None]:
    """Let every mistake be a new one."""
    _runbook._report.cache_clear()
    yield
    _runbook._report.cache_clear()


def install(file: Path) -> None:
    """Install the hooks with a runbook, for a moment."""
    with connlog.install(runbook=file):
        pass


def enrich(file: Path) -> None:
    """Enrich an event with a runbook."""
    exc, _ = refused()
    event = connlog.ConnectionErrorEnricher(runbook=file)(None, "error", {"event": "x", "exc_info": exc})
    assert event["connection_error"]["code"] == "connection-refused"


def filter_record(file: Path) -> None:
    """Enrich a record of logging with a runbook."""
    exc, _ = refused()
    record = logging.makeLogRecord({"exc_info": (type(exc), exc, None)})
    assert connlog.ConnectionErrorFilter(runbook=file).filter(record)
    assert vars(record)["connection_error"]["code"] == "connection-refused"


EDGES = (install, enrich, filter_record)


@pytest.mark.parametrize("edge", EDGES)
def test_a_bad_runbook_is_left_out(tmp_path: Path, edge: Callable[[Path], None]) -> None:
    """An edge must warn about a bad runbook, at the line that names the file, and do its work without it."""
    file = tmp_path / "runbook.toml"
    file.write_text(BAD, encoding="utf-8")
    with pytest.warns(UserWarning, match="this runbook is left out") as caught:
        edge(file)
    assert [str(warning.message) for warning in caught] == [SAID.format(file)]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("edge", EDGES)
def test_a_missing_runbook_is_left_out(tmp_path: Path, edge: Callable[[Path], None]) -> None:
    """A runbook that isn't there must stop no program."""
    with pytest.warns(UserWarning, match="this runbook is left out") as caught:
        edge(tmp_path / "missing.toml")
    assert [str(warning.message) for warning in caught] == [MISSING.format(tmp_path / "missing.toml")]


def test_a_mistake_is_said_once(tmp_path: Path) -> None:
    """However many edges read the same file, its mistake must be reported once; another one is another report."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for edge in (*EDGES, *EDGES):
            edge(tmp_path / "missing.toml")
        assert len(caught) == 1
        install(tmp_path / "other.toml")
    assert len(caught) == 2


def test_warnings_may_be_errors(tmp_path: Path) -> None:
    """Who asks Python to make warnings errors, as tests do, must get this one as an error, each time."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(UserWarning, match=r"missing\.toml"):
                install(tmp_path / "missing.toml")


def test_a_program_goes_on_without_its_runbook(tmp_path: Path) -> None:
    """A program with a bad runbook must start, say so in one line, and have its failure explained as ever."""
    (tmp_path / "runbook.toml").write_text(BAD, encoding="utf-8")
    source = "import connlog\nconnlog.install(runbook='runbook.toml')\nprint('started')\nrefuse()"
    done = crash(tmp_path, source)
    assert (done.returncode, done.stdout) == (1, "started\n")
    assert done.stderr.count(SAID.format("runbook.toml")) == 1
    assert re.match(r".*main\.py:\d+: UserWarning: connlog: runbook\.toml:3: ", done.stderr)
    assert BLOCK_HEAD in done.stderr


@pytest.mark.parametrize("closing", ["sys.stderr.close()", "sys.stderr = None"])
def test_nobody_to_tell(tmp_path: Path, closing: str) -> None:
    """Without a standard error that could take the report, a program must start all the same."""
    done = crash(tmp_path, f"import connlog\n{closing}\nconnlog.install(runbook='missing.toml')\nprint('started')")
    assert (done.returncode, done.stdout) == (0, "started\n")


# ------------------------------------------------------------------------------------------------ on the command line


@pytest.fixture
def runbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the runbook that is good, into the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("runbook.toml").write_text(GOOD, encoding="utf-8")
    return "runbook.toml"


def test_check_prints_one_line_for_each_hint(runbook: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A good runbook must be printed: where each hint applies, what it says, where to read on."""
    assert main(["runbook", "check", runbook]) == 0
    lines = (
        "[connection-refused, host 127.0.0.1, port 5432, PostgreSQL] "
        "Ask the database team: HOST:PORT fails over on Mondays. (https://wiki.example/db)\n"
        "[connect-timeout] Look here. [[hints]]\n"
    )
    assert capsys.readouterr() == (lines, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BAD, f"runbook.toml:3: unknown key 'prot'; {ALLOWED}"),
        ("[[hints]\n", "runbook.toml: this is no TOML: "),
        (None, "runbook.toml: the runbook can't be read: No such file or directory"),
    ],
)
def test_check_says_what_is_wrong(
    runbook: str, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    """A bad runbook must be exit status 2, with the file, the line, the key and what is allowed on standard error."""
    Path(runbook).unlink() if text is None else Path(runbook).write_text(text, encoding="utf-8")
    assert main(["runbook", "check", runbook]) == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert told.startswith(f"connlog runbook: {said}")
    assert told.count("\n") == 1


def test_check_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an action, the usage must be said."""
    with pytest.raises(SystemExit) as ended:
        main(["runbook"])
    assert ended.value.code == 2
    assert "usage: connlog runbook [-h] ACTION" in capsys.readouterr().err


def test_explain_shows_own_hints_first(runbook: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The team's hints for a code, and those that name no code, must stand first and be marked as the team's."""
    more = "[[hints]]\ntext = 'Call us.'\nhost = '*.internal'\n"
    Path(runbook).write_text(GOOD + more, encoding="utf-8")
    main(["explain", "connection-refused"])
    without = capsys.readouterr().out
    assert main(["explain", "connection-refused", "--runbook", runbook]) == 0
    block = (
        "\nFrom your team's runbook; [only where this holds]\n"
        "- [host 127.0.0.1, port 5432, PostgreSQL] Ask the database team: HOST:PORT fails over on Mondays.\n"
        "  (https://wiki.example/db)\n"
        "- [host *.internal] Call us.\n"
    )
    assert capsys.readouterr() == (without.replace("\nWhat to check;", f"{block}\nWhat to check;"), "")


def test_explain_as_json_marks_own_hints(runbook: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In JSON the team's hints must come first too, each marked."""
    assert main(["explain", "connect-timeout", "--format", "json", "--runbook", runbook]) == 0
    hints = json.loads(capsys.readouterr().out)["hints"]
    assert hints[0] == {"text": "Look here.\n[[hints]]\n", "when": [], "link": None, "runbook": True}
    assert hints[1:] == _manual.as_dict(CATALOG["connect-timeout"])["hints"]


def test_explain_without_its_runbook(runbook: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An explanation is wanted now: what is wrong with the runbook must be said beside it, not in its place."""
    main(["explain", "connection-refused"])
    without = capsys.readouterr().out
    Path(runbook).write_text(BAD, encoding="utf-8")
    assert main(["explain", "connection-refused", "--runbook", runbook]) == 0
    said = f"connlog explain: {runbook}:3: unknown key 'prot'; {ALLOWED}; this runbook is left out\n"
    assert capsys.readouterr() == (without, said)
