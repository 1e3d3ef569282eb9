"""
The facts that hints depend on.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from connlog import _facts
from connlog._facts import FACTS, VALUED, Situation, applies
from connlog._model import Endpoint, Hint
from connlog.catalog import words


def at(address: str | None, port: int | None = None, **parts: object) -> Situation:
    """
    Make a situation at an address.
    """
    url = parts.pop("url", None)
    transport = parts.pop("transport", None)
    endpoint = Endpoint(address=address, port=port, url=url, transport=transport)  # type: ignore[arg-type]
    return Situation(code="connection-refused", phase="connect", endpoint=endpoint, **parts)  # type: ignore[arg-type]


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """
    Let a test set the environment that the facts about the process are read from.
    """
    for name in ("CI", "KUBERNETES_SERVICE_HOST", "container", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for scheme in ("http", "https", "all"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme.upper()}_PROXY", raising=False)
    _facts.load.cache_clear()
    yield monkeypatch
    _facts.load.cache_clear()


@pytest.mark.parametrize(
    ("address", "facts"),
    [
        ("127.0.0.1", {"loopback", "ipv4"}),
        ("::1", {"loopback", "ipv6"}),
        ("localhost", {"loopback", "localhost"}),
        ("LOCALHOST.", {"loopback", "localhost"}),
        ("10.1.2.3", {"private", "ipv4"}),
        ("fd00::1", {"private", "ipv6"}),
        ("100.100.1.1", {"private", "ipv4"}),
        ("198.51.100.1", {"ipv4"}),
        ("169.254.169.254", {"link-local", "ipv4"}),
        ("fe80::1%eth0", {"link-local", "ipv6"}),
        ("93.184.215.14", {"public", "ipv4"}),
        ("db", {"single-label"}),
        ("db.internal", {"dotted"}),
        ("https://db", {"single-label", "malformed-host"}),
        ("archive.example.iohttps", {"dotted", "malformed-host"}),
        ("<host>", {"single-label", "malformed-host"}),
        ("REDACTED@db", {"single-label", "malformed-host"}),
        ("db..internal", {"dotted", "malformed-host"}),
        ("https", {"single-label", "malformed-host"}),
        ("", {"malformed-host"}),
        (None, set()),
    ],
)
def test_what_an_address_tells(address: str | None, facts: set[str], process: pytest.MonkeyPatch) -> None:
    """
    Of an address, exactly these facts hold.
    """
    del process
    about_the_process = {"ci", "container", "kubernetes", "wsl"}
    assert {name for name, holds in FACTS.items() if holds(at(address))} - about_the_process == facts


def test_a_unix_socket_is_no_host() -> None:
    """
    The path of a unix socket is neither a name nor a malformed host.
    """
    situation = at("/run/redis.sock", transport="unix")
    assert FACTS["unix"](situation)
    assert not FACTS["malformed-host"](situation)
    assert not FACTS["single-label"](situation)


@pytest.mark.parametrize(
    ("url", "port", "service", "tls"),
    [
        ("postgresql+psycopg://db/x", 6543, "PostgreSQL", False),
        ("https://api/", 8443, "HTTPS", True),
        ("https://api/", 5432, "PostgreSQL", True),
        (None, 443, "HTTPS", True),
        (None, 6379, "Redis", False),
        (None, 1, None, False),
        ("gopher://x/", 1, None, False),
    ],
)
def test_services(url: str | None, port: int, service: str | None, *, tls: bool) -> None:
    """
    The scheme names the service, unless it is HTTP's and the port knows better.
    """
    situation = at("x", port, url=url)
    assert _facts.service_of(situation.endpoint) == service
    assert FACTS["tls"](situation) is tls


@pytest.mark.parametrize(
    ("variables", "url", "applies_here"),
    [
        ({}, "http://api.example.org/", False),
        ({"HTTP_PROXY": "http://p:1"}, "http://api.example.org/", True),
        ({"http_proxy": "http://p:1"}, "https://api.example.org/", False),
        ({"ALL_PROXY": "http://p:1"}, "https://api.example.org/", True),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.org"}, "https://api.example.org/", False),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example.org"}, "https://api.example.org/", False),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://api.example.org/", False),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ample.org, db"}, "https://api.example.org/", True),
    ],
)
def test_proxies(variables: dict[str, str], url: str, process: pytest.MonkeyPatch, *, applies_here: bool) -> None:
    """
    A proxy variable applies by scheme, unless NO_PROXY takes the host out; never to a text from elsewhere.
    """
    for name, value in variables.items():
        process.setenv(name, value)
    assert FACTS["proxy"](at("api.example.org", url=url)) is applies_here
    assert FACTS["proxy-set"](at(None)) is bool(variables)
    assert not FACTS["proxy"](at("api.example.org", url=url, here=False))


@pytest.mark.parametrize(
    ("variable", "value", "fact"),
    [
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1", "kubernetes"),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1", "container"),
        ("container", "oci", "container"),
        ("CI", "true", "ci"),
    ],
)
def test_the_process(variable: str, value: str, fact: str, process: pytest.MonkeyPatch) -> None:
    """
    The environment tells where the process runs; of a text from elsewhere it tells nothing.
    """
    process.setenv(variable, value)
    assert FACTS[fact](at("x"))
    assert not FACTS[fact](at("x", here=False))


def test_ci_can_be_switched_off(process: pytest.MonkeyPatch) -> None:
    """
    CI=false says that this is none.
    """
    process.setenv("CI", "false")
    assert not FACTS["ci"](at("x"))


def test_values() -> None:
    """
    A fact with a value holds for that value only, and its opposite for every other.
    """
    situation = at("db", 5432, service="PostgreSQL", libraries=frozenset({"psycopg"}), verify="20")
    assert applies(Hint(text="", when=("service=PostgreSQL", "library=psycopg", "port=5432", "host=db")), situation)
    assert applies(Hint(text="", when=("verify=20", "!verify=10", "!loopback")), situation)
    assert not applies(Hint(text="", when=("service=Redis",)), situation)


@pytest.mark.parametrize(
    ("parts", "platform"),
    [
        ({}, "linux"),
        ({"here": False}, "unknown"),
        ({"here": False, "errno_name": "EHOSTUNREACH", "number": 65}, "macos"),
        ({"here": False, "errno_name": "ECONNREFUSED", "number": 10061}, "windows"),
        ({"here": False, "errno_name": "ECONNREFUSED", "number": 111}, "linux"),
        ({"here": False, "errno_name": "EPIPE", "number": 32}, "unknown"),
        ({"here": False, "errno_name": "EPIPE"}, "unknown"),
        ({"here": False, "python_org": True}, "macos"),
    ],
)
def test_the_platform(parts: dict[str, object], platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The platform is this one; of a text from elsewhere it is known where its errno has this number nowhere else.
    """
    monkeypatch.setattr(_facts, "PLATFORM", "linux")
    assert VALUED["platform"](at("x", **parts)) == {platform}


class Paths(NamedTuple):
    """
    What ssl says where it looks for root certificates.
    """

    cafile: str | None = None
    capath: str | None = None


@pytest.mark.parametrize(
    ("platform", "paths", "missing"),
    [
        ("linux", Paths(), True),
        ("linux", Paths(cafile="/etc/ssl/cert.pem"), False),
        ("linux", Paths(capath="empty"), True),
        ("linux", Paths(capath="full"), False),
        ("linux", Paths(capath="gone"), False),
        ("windows", Paths(), False),
        ("linux", None, False),
    ],
)
def test_missing_roots(
    platform: str, paths: Paths | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, missing: bool
) -> None:
    """
    Root certificates are missing where neither the file nor the folder of OpenSSL holds any; nobody knows elsewhere.
    """
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "root.pem").touch()
    told = paths and paths._replace(capath=paths.capath and str(tmp_path / paths.capath))
    monkeypatch.setattr(_facts, "PLATFORM", platform)
    monkeypatch.setitem(sys.modules, "ssl", told and SimpleNamespace(get_default_verify_paths=lambda: told))
    _facts._roots.cache_clear()
    assert FACTS["no-roots"](at("x")) is missing
    assert not FACTS["no-roots"](at("x", here=False))
    assert not FACTS["python.org"](at("x"))
    monkeypatch.setattr(
        _facts.os, "__file__", "/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12/os.py"
    )
    assert FACTS["python.org"](at("x")) is missing
    assert FACTS["python.org"](at("x", here=False, python_org=True))
    _facts._roots.cache_clear()


def test_every_fact_has_words() -> None:
    """
    Each fact is worded for readers, and nothing is worded that is no fact.
    """
    assert set(words.FACTS) == set(FACTS)
    assert set(words.VALUED) == set(VALUED)


def test_facts_are_read_without_files() -> None:
    """
    Where /proc can't be read, the facts that it tells do not hold, and nothing is raised.
    """
    code = (
        "import resource, connlog._facts as f\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "process = f.load()\n"
        "print(process.wsl, process.ci)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout == "False False\n"


def test_a_missing_file_is_empty() -> None:
    """
    A platform without /proc has nothing to read there.
    """
    assert not _facts._contents("/nonexistent")
