"""The laws of the catalog's data, and its examples executed against the faults that they are about."""

from __future__ import annotations

import ast
import collections
import re
import string
from pathlib import Path

import pytest

from connlog import _facts
from connlog._diagnose import _say
from connlog._facts import FACTS, VALUED, Process, Situation
from connlog._model import Endpoint, Entry
from connlog.catalog import CATALOG, numbers
from tests.faults import FAULTS, run_example

CODES = [
    "dns-name-not-found",
    "dns-temporary-failure",
    "dns-failure",
    "connection-refused",
    "connect-timeout",
    "host-unreachable",
    "network-unreachable",
    "address-not-available",
    "address-in-use",
    "connect-not-permitted",
    "socket-file-missing",
    "proxy-failure",
    "tls-certificate-untrusted",
    "tls-certificate-expired",
    "tls-hostname-mismatch",
    "tls-not-spoken",
    "tls-handshake-failed",
    "tls-connection-closed",
    "connection-reset",
    "connection-aborted",
    "broken-pipe",
    "read-timeout",
    "closed-by-peer",
    "incomplete-response",
    "protocol-mismatch",
    "not-connected",
    "too-many-open-files",
    "no-buffer-space",
    "pool-exhausted",
    "too-many-connections",
    "timeout",
    "connection-error",
    "stdout-closed",
]
"""Codes are for ever: a line may be added here, none may be changed or removed."""

STAGES = ("resolve", "connect", "tls", "transfer", "limits", "other")
DATA = Path(_facts.__file__).parent / "catalog"
ENTRIES = [pytest.param(entry, id=entry.code) for entry in CATALOG]
PLACEHOLDERS = {"endpoint", "host", "port", "peer", "service"}
SOURCE = re.compile(
    r"RFC [1-9]\d{0,4}"  # a standard
    r"|[A-Za-z_][\w.+-]*\([1-9][a-z]*\)"  # a manual page
    r"|[\w.-]+/[\w.-]+#\d+"  # a public thread
)
BOUND = 15.0
"""Seconds. It catches an example that hangs; each is meant to take one or two."""


def placeholders(text: str) -> set[str]:
    """
    List the names between braces in a text.
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def prose(entry: Entry) -> list[str]:
    """
    List the texts of an entry that stand as they are: nothing is filled in.
    """
    return [cause.text for cause in entry.causes] + [scenario.text for scenario in entry.scenarios]


def test_codes() -> None:
    """The codes are those that were published, in the order of their stages."""
    assert list(CATALOG.codes) == CODES
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in CODES)
    assert [entry.stage for entry in CATALOG] == sorted((entry.stage for entry in CATALOG), key=STAGES.index)


@pytest.mark.parametrize("field", ["errnos", "exceptions", "ssl_reasons", "verify_codes"])
def test_one_meaning(field: str) -> None:
    """A number, a class, a reason means one code and no other."""
    counted = collections.Counter(value for entry in CATALOG for value in getattr(entry, field))
    assert [value for value, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_errnos_have_numbers(entry: Entry) -> None:
    """Every errno of an entry has its number in the tables."""
    assert set(entry.errnos) <= set(numbers.ERRNOS)


@pytest.mark.parametrize("entry", ENTRIES)
def test_entry_is_complete(entry: Entry) -> None:
    """An entry says all that a good page about an error says, in whole sentences."""
    assert len(entry.hints) >= 2
    assert entry.causes
    assert entry.scenarios
    assert entry.about.count("\n\n") >= 1
    sentences = [entry.cause, *(hint.text for hint in entry.hints), *prose(entry)]
    assert [text for text in sentences if not text.endswith(".") or text != " ".join(text.split())] == []
    assert not entry.title.endswith(".")
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry.since)


@pytest.mark.parametrize("entry", ENTRIES)
def test_hints_end_with_one_for_everybody(entry: Entry) -> None:
    """The last hint has no condition and names no part that may be unknown, so that there always is a hint."""
    last = entry.hints[-1]
    assert last.when == ()
    assert placeholders(last.text) == set()
    conditions = [bool(hint.when) for hint in entry.hints]
    assert conditions == sorted(conditions, reverse=True), "hints without a condition come last"


@pytest.mark.parametrize("entry", ENTRIES)
def test_hints_depend_on_known_facts(entry: Entry) -> None:
    """A condition names a fact that exists, and a value that this fact can have."""
    possible = {
        "code": set(CODES),
        "errno": set(numbers.ERRNOS),
        "phase": {"resolve", "connect", "tls", "send", "receive", "transfer", "bind", "local"},
        "platform": {"linux", "macos", "windows", "unknown"},
        "scheme": set(numbers.SCHEMES),
        "service": {*numbers.PORTS.values(), *(service for service, _ in numbers.SCHEMES.values())},
    }
    for hint in entry.hints:
        assert len(set(hint.when)) == len(hint.when)
        for condition in hint.when:
            name, equals, value = condition.removeprefix("!").partition("=")
            assert name in (VALUED if equals else FACTS), condition
            assert value in possible.get(name, {value}), condition


@pytest.mark.parametrize("entry", ENTRIES)
def test_placeholders_are_known(entry: Entry) -> None:
    """Texts name only parts that a failure can fill in, and the cause only those that have a stand-in."""
    assert placeholders(entry.cause) <= {"endpoint", "host", "service"}
    for hint in entry.hints:
        assert placeholders(hint.text) <= PLACEHOLDERS
    for text in (entry.title, entry.about, *prose(entry)):
        assert not set("{}") & set(text), text


@pytest.mark.parametrize("entry", ENTRIES)
def test_references(entry: Entry) -> None:
    """Other codes exist; sources are standards, manual pages or public threads, each named once."""
    assert entry.see_also
    assert set(entry.see_also) <= set(CODES) - {entry.code}
    assert entry.sources
    for sources in (entry.sources, *(cause.sources for cause in entry.causes)):
        assert [source for source in sources if not SOURCE.fullmatch(source)] == []
        assert len(set(sources)) == len(sources)


@pytest.mark.parametrize("entry", ENTRIES)
def test_examples_are_programs(entry: Entry) -> None:
    """Examples compile, are short, and name a fault that can be played."""
    assert entry.raises.ends == "error"
    for example in (entry.raises, entry.fixed):
        assert example.fault in FAULTS
        assert len(example.code.splitlines()) <= 40
        assert max(len(line) for line in example.code.splitlines()) <= 120
        compile(example.code, entry.code, "exec", dont_inherit=True)
    assert entry.raises.fault == entry.fixed.fault


@pytest.mark.parametrize("file", sorted(DATA.glob("*.py")), ids=lambda file: file.stem)
def test_data_has_no_verbs(file: Path) -> None:
    """The catalog's files hold literals and calls of the nouns, nothing that acts; only the look-ups do."""
    if file.stem == "__init__":
        return
    allowed = (
        *(ast.Module, ast.Expr, ast.ImportFrom, ast.alias, ast.AnnAssign, ast.Constant, ast.Load, ast.Store),
        *(
            ast.Call,
            ast.keyword,
            ast.Name,
            ast.Attribute,
            ast.Tuple,
            ast.Starred,
            ast.Dict,
            ast.Set,
            ast.UnaryOp,
            ast.USub,
        ),
        *(ast.Subscript, ast.BinOp, ast.BitOr),  # annotations: dict[str, int], str | None
    )
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nouns = {"frozenset"}
    for node in ast.walk(tree):
        assert isinstance(node, allowed), f"line {getattr(node, 'lineno', 0)}: {type(node).__name__}"
        if isinstance(node, ast.ImportFrom):
            assert node.module in {"__future__", "connlog._model"}
            nouns.update(alias.name for alias in node.names)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            assert node.func.id in nouns
        if isinstance(node, ast.BinOp):
            assert isinstance(node.op, ast.BitOr)


@pytest.mark.parametrize("entry", ENTRIES)
def test_raises(entry: Entry) -> None:
    """The code that causes a failure really fails, and the failure is diagnosed as exactly this one."""
    outcome = run_example(entry.raises, heals=False)
    assert outcome.exception is not None, "nothing escaped"
    assert outcome.diagnosis is not None, outcome.traceback
    assert outcome.diagnosis["code"] == entry.code, outcome.traceback
    assert outcome.diagnosis["relation"] == "because"
    assert outcome.diagnosis["hint"]
    assert outcome.seconds < BOUND


@pytest.mark.parametrize("entry", ENTRIES)
def test_fixed(entry: Entry) -> None:
    """The code that copes succeeds once the fault is gone, or ends with an error that one line explains."""
    outcome = run_example(entry.fixed, heals=entry.fixed.ends == "result")
    assert outcome.seconds < BOUND
    if entry.fixed.ends == "result":
        assert outcome.exception is None, outcome.traceback
        return
    assert outcome.exception is not None, "nothing escaped"
    own = re.search(r"^class (\w+)\(", entry.fixed.code, re.MULTILINE)
    clear = {"SystemExit", "RuntimeError", f"__main__.{own[1]}" if own else "RuntimeError"}
    assert clear & set(outcome.bases), outcome.traceback
    assert len(outcome.message) > len("failed")
    assert len(outcome.message.splitlines()) == 1


LAPTOP = Process(container=False, kubernetes=False, wsl=False, ci=False, proxies={}, no_proxy=())
CONTAINER = Process(container=True, kubernetes=False, wsl=False, ci=False, proxies={}, no_proxy=())
POD = Process(container=True, kubernetes=True, wsl=False, ci=False, proxies={}, no_proxy=())
PROXIED = Process(container=False, kubernetes=False, wsl=False, ci=False, proxies={"http": "http://p:1"}, no_proxy=())


@pytest.mark.parametrize(
    ("code", "process", "parts", "words"),
    [
        ("connection-refused", LAPTOP, {"address": "localhost", "port": 9999}, "Start the server"),
        ("connection-refused", LAPTOP, {"address": "localhost", "port": 9999}, "127.0.0.1"),
        ("connection-refused", LAPTOP, {"address": "localhost", "port": 6379}, "is not applied"),
        ("connection-refused", LAPTOP, {"address": "::1", "port": 8000}, "IPv4 only"),
        ("connection-refused", CONTAINER, {"address": "127.0.0.1", "port": 8000}, "the container itself"),
        ("connection-refused", CONTAINER, {"address": "localhost", "port": 5432}, "when it is given none"),
        ("connection-refused", POD, {"address": "localhost", "port": 8000}, "Service's name"),
        ("connection-refused", PROXIED, {"address": "localhost", "port": 80, "url": "http://localhost/"}, "NO_PROXY"),
        ("connection-refused", LAPTOP, {"address": "/run/x.sock", "transport": "unix"}, "Start the daemon"),
        ("connection-refused", LAPTOP, {"address": "10.0.0.9", "port": 5432}, "listen_addresses"),
        ("connection-refused", CONTAINER, {"address": "db", "port": 5432}, "health check"),
        ("connection-refused", LAPTOP, {}, "has just been started"),
        ("connect-timeout", LAPTOP, {"address": "10.1.2.3", "port": 5432}, "security group"),
        ("connect-timeout", LAPTOP, {"address": "2606:4700::1", "port": 443}, "curl -4"),
        ("connect-timeout", POD, {"address": "10.1.2.3", "port": 5432}, "NetworkPolicy"),
        ("connect-timeout", LAPTOP, {"address": "127.0.0.1", "port": 80}, "backlog"),
        ("dns-name-not-found", POD, {"address": "https", "port": 443}, "Correct the URL"),
        ("dns-name-not-found", CONTAINER, {"address": "db", "port": 5432}, "docker compose ps"),
        ("dns-name-not-found", LAPTOP, {"address": "db", "port": 5432}, "without a dot"),
        ("dns-name-not-found", POD, {"address": "api.example.com", "port": 443}, "ndots"),
        ("dns-temporary-failure", CONTAINER, {"address": "api.example.com", "port": 443}, "/etc/resolv.conf"),
        ("dns-temporary-failure", CONTAINER, {"address": "db", "port": 5432}, "docker compose ps"),
        ("host-unreachable", LAPTOP, {"address": "192.168.1.9", "port": 80}, "firewall"),
        ("network-unreachable", LAPTOP, {"address": "2606:4700::1", "port": 443}, "Use IPv4"),
        ("network-unreachable", CONTAINER, {"address": "2606:4700::1", "port": 443}, "ipv6: true"),
    ],
)
def test_hint_names_what_people_found(
    code: str, process: Process, parts: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the first three hints is the cause that people found behind failures that look like this one."""
    # No machine is a laptop, a container and a pod at once: what the process knows of its place is set here.
    monkeypatch.setattr(_facts, "load", lambda: process)
    endpoint = Endpoint(**parts)  # type: ignore[arg-type]
    phase = CATALOG[code].phase
    situation = Situation(code=code, phase=phase, endpoint=endpoint, service=_facts.service_of(endpoint))
    _, hints = _say(CATALOG.extended(()), situation)  # a catalog of its own: answers are remembered
    assert words in " ".join(hints[:3])


@pytest.mark.parametrize(
    ("errno_name", "parts", "phase", "words"),
    [
        ("EACCES", {"address": "/var/run/docker.sock", "transport": "unix"}, "connect", "group"),
        ("EACCES", {"address": "127.0.0.1", "port": 80}, "bind", "1024"),
        ("EACCES", {"address": "10.0.0.9", "port": 5432}, "connect", "SELinux"),
        ("EADDRNOTAVAIL", {"address": "localhost", "port": 80}, "bind", "127.0.0.1"),
        ("EADDRNOTAVAIL", {"address": "10.0.0.9", "port": 80}, "bind", "ip address"),
        ("EADDRNOTAVAIL", {"address": "10.0.0.9", "port": 80}, "connect", "Reuse connections"),
        ("EADDRINUSE", {"address": "0.0.0.0", "port": 8000}, "bind", "process that holds it"),  # noqa: S104
        ("EADDRINUSE", {"address": "/run/x.sock", "transport": "unix"}, "bind", "Remove the socket file"),
        ("EHOSTDOWN", {"address": "192.168.1.9", "port": 80}, "connect", "switched on"),
        ("EAI_SERVICE", {"address": "10.0.0.9"}, "resolve", "as a number"),
        ("EAI_FAIL", {"address": "api.example.com"}, "resolve", "dig api.example.com"),
    ],
)
def test_hint_depends_on_errno_and_phase(
    errno_name: str, parts: dict[str, object], phase: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same code asks for another remedy when it is bound, sent or dialled, and by its number."""
    monkeypatch.setattr(_facts, "load", lambda: LAPTOP)
    entry = CATALOG.by_errno(errno_name)
    assert entry is not None
    situation = Situation(code=entry.code, phase=phase, errno_name=errno_name, endpoint=Endpoint(**parts))  # type: ignore[arg-type]
    _, hints = _say(CATALOG.extended(()), situation)  # a catalog of its own: answers are remembered
    assert words in " ".join(hints[:3])
