"""
A team's own hints, and the errors of those who write them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connlog._diagnose import diagnose
from connlog._model import Hint
from connlog._runbook import load
from connlog.catalog import CATALOG
from tests.edges import refused

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
