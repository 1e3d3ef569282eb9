"""
What a hint says once its parts are filled in: commands to be typed, on the platform at hand, and never a dangerous one.
"""

from __future__ import annotations

import re
import shlex
import string

import pytest

from connlog import _diagnose, _facts
from connlog._facts import Process, Situation, pertinence
from connlog._model import Endpoint, Entry, Hint
from connlog.catalog import CATALOG

COMMANDS = {
    "linux": "`ss -ltnp 'sport = :9999'`",
    "macos": "`lsof -nP -iTCP:9999 -sTCP:LISTEN`",
    "windows": "`netstat -ano | findstr :9999`",
}
LOOKUPS = {
    "linux": "`getent hosts db.example`",
    "macos": "`dscacheutil -q host -a name db.example`",
    "windows": "`Resolve-DnsName db.example`",
}


def fill(text: str, **parts: object) -> str | None:
    """Fill in the text of a hint."""
    endpoint = Endpoint(**parts)  # type: ignore[arg-type]
    return _diagnose._fill(Hint(text=text), _diagnose._values(endpoint, None))


def hints(code: str, endpoint: Endpoint, *, here: bool = True) -> str:
    """Say all that applies to a failure at an endpoint."""
    _diagnose._say.cache_clear()
    return "\n".join(_diagnose._say(CATALOG, Situation(code, CATALOG[code].phase, endpoint=endpoint, here=here))[1])


@pytest.mark.parametrize("platform", COMMANDS)
@pytest.mark.parametrize(
    ("code", "endpoint", "commands"),
    [
        ("connection-refused", Endpoint(address="127.0.0.1", port=9999), COMMANDS),
        ("address-in-use", Endpoint(address="127.0.0.1", port=9999), COMMANDS),
        ("dns-name-not-found", Endpoint(address="db.example", port=9999), LOOKUPS),
    ],
    ids=["connection-refused", "address-in-use", "dns-name-not-found"],
)
def test_commands_are_those_of_this_platform(
    code: str, endpoint: Endpoint, commands: dict[str, str], platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint must give the command of the platform that the program runs on, with port or name, and no other one."""
    monkeypatch.setattr(_facts, "PLATFORM", platform)
    monkeypatch.setattr(_facts, "load", lambda: Process(False, False, False, False, {}, ()))  # noqa: FBT003 -- nowhere
    said = hints(code, endpoint)
    assert [name for name, command in commands.items() if command in said] == [platform]
    elsewhere = hints(code, endpoint, here=False)
    assert [name for name, command in commands.items() if command.strip("`") in elsewhere] == list(commands)


@pytest.mark.parametrize(
    "code",
    ["tls-certificate-untrusted", "tls-certificate-expired", "tls-handshake-failed", "tls-connection-closed"],
)
def test_the_command_for_tls_names_the_endpoint(code: str) -> None:
    """What asks a server for its certificates must name that server, in a form that the command takes."""
    entry = CATALOG[code]
    asking = [hint for hint in entry.hints if "openssl s_client" in hint.text]
    for address, typed in (("api.example", "api.example:443"), ("::1", "[::1]:443")):
        values = _diagnose._values(Endpoint(address=address, port=443), None)
        for hint in asking:
            assert f"-connect {typed}" in (_diagnose._fill(hint, values) or "")
    assert asking


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"address": "db", "port": 5432}, "`nc db 5432` `to db:5432`"),
        ({"address": "db"}, "`nc db PORT` `to db:PORT`"),
        ({}, "`nc HOST PORT` `to HOST:PORT`"),
        ({"address": "fd00::1", "port": 1}, "`nc fd00::1 1` `to [fd00::1]:1`"),
        ({"address": "/run/app.sock", "transport": "unix"}, "`nc /run/app.sock PORT` `to /run/app.sock`"),
        ({"address": "xn--bcher-kva.example", "port": 1}, "`nc xn--bcher-kva.example 1` `to xn--bcher-kva.example:1`"),
    ],
)
def test_in_commands_a_word_stands_for_what_is_unknown(parts: dict[str, object], said: str) -> None:
    """A command must be shown whatever is known, with HOST and PORT for what is not."""
    assert fill("`nc {host} {port}` `to {endpoint}`", **parts) == said


def test_prose_is_left_out_where_a_part_is_unknown() -> None:
    """A sentence that names what nobody knows must not be said."""
    assert fill("Ask {host}, port {port}.", address="db") is None
    assert fill("Ask {host}.", address="db") == "Ask db."


@pytest.mark.parametrize(
    "host",
    [
        "db;reboot",
        "$(reboot)",
        "`reboot`",
        "db reboot",
        "db&reboot",
        "db|reboot",
        "db>x",
        "db'x",
        'db"x',
        "-oProxyCommand=reboot",
        "db\nreboot",
        "!!",
        "db\\x",
        "~root",
        "a*b",
    ],
)
def test_a_host_for_a_shell_is_a_name(host: str) -> None:
    """A command that people copy must hold no part that a shell, or the command, reads as more than a name."""
    assert fill("`getent hosts {host}` `nc {endpoint}`", address=host, port=1) == "`getent hosts HOST` `nc HOST:PORT`"


def test_a_platform_does_not_rank() -> None:
    """A hint must not rise because it says how a command is spelled here; other facts make it rise."""
    here, anywhere = Hint(text="x", when=("loopback", "platform=linux")), Hint(text="x", when=("loopback",))
    assert pertinence(here) == pertinence(anywhere) < pertinence(Hint(text="x", when=("!platform=macos",)))
    assert pertinence(Hint(text="x", when=("loopback", "ipv6"))) < pertinence(anywhere)


@pytest.mark.parametrize("entry", CATALOG, ids=CATALOG.codes)
def test_commands_are_marked(entry: Entry) -> None:
    """Backticks must come in pairs, hold no quote that is left open, and nothing that a person fills in by hand."""
    for hint in entry.hints:
        assert hint.text.count("`") % 2 == 0, hint.text
        for command in hint.text.split("`")[1::2]:
            names = {name for _, name, _, _ in string.Formatter().parse(command) if name}
            if names & {"host", "port", "endpoint"}:
                shlex.split(command)
            assert not re.search(r"\bHOST:PORT\b", command), hint.text
