"""
A failure and this process -> the facts that hints depend on.

Imports the nouns, the chain's tables and the catalog's numbers. Facts about the process are read once, by
:func:`load` or at the first failure; facts about a failure are computed only when a hint asks.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from connlog._model import Endpoint, Hint
from connlog._patterns import compiled
from connlog._target import ip_of
from connlog.catalog import PLATFORM
from connlog.catalog.numbers import ERRNOS, PORTS, PRIVATE, SCHEMES, TLS_PORTS, TLS_SCHEMES

_MALFORMED = r"(?i)[\s<>@{}\"'\\/|$]|\A(?:https?)?\Z|[^.]\.\w*(?<!^)https?\Z|\A\.|\.\.|:(?:\D|\Z)|\A\d+(?:\.\d+)+\Z"
_PYTHON_ORG = "/Library/Frameworks/Python.framework"
"""Where Python's own installer for the Mac puts it."""


class Process(NamedTuple):
    """
    What is known about the process that the failure happened in.
    """

    container: bool
    kubernetes: bool
    wsl: bool
    ci: bool
    proxies: Mapping[str, str]
    no_proxy: tuple[str, ...]


class Situation(NamedTuple):
    """
    What is known about one failure, as far as hints ask for it.

    Attributes:
        code: The code it was given.
        phase: What was being done.
        errno_name: Symbolic errno.
        endpoint: Where the connection was to go.
        service: Well-known service there.
        libraries: Top-level packages in the chain's classes and frames.
        verify: X.509 verification result, as text.
        ssl_reason: OpenSSL's reason.
        server_side: Raised below a server's request handler.
        dual_stack: Several addresses were tried.
        here: It happened in this process, not in a text from elsewhere.
        number: The errno as raised: in a text from elsewhere it may tell the platform.
        python_org: In a text from elsewhere: its files are those of Python's own installer for the Mac.
    """

    code: str
    phase: str
    errno_name: str | None = None
    endpoint: Endpoint = Endpoint()
    service: str | None = None
    libraries: frozenset[str] = frozenset()
    verify: str | None = None
    ssl_reason: str | None = None
    server_side: bool = False
    dual_stack: bool = False
    here: bool = True
    number: int | None = None
    python_org: bool = False


@lru_cache(maxsize=1)
def load() -> Process:
    """
    Read the facts about this process, once: a process out of descriptors can't read files any more.
    """
    environment = os.environ
    proxies = {
        scheme: value
        for scheme in ("http", "https", "all")
        if (value := environment.get(f"{scheme}_proxy") or environment.get(f"{scheme.upper()}_PROXY"))
    }
    no_proxy = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    kubernetes = "KUBERNETES_SERVICE_HOST" in environment
    release = _contents("/proc/sys/kernel/osrelease").lower()
    return Process(
        container=kubernetes
        or "container" in environment
        or any(os.path.exists(path) for path in ("/.dockerenv", "/run/.containerenv"))  # noqa: PTH110 -- pathlib is slow
        or any(word in _contents("/proc/1/cgroup") for word in ("docker", "kubepods", "containerd", "lxc")),
        kubernetes=kubernetes,
        wsl="microsoft" in release,
        ci=environment.get("CI", "").lower() not in {"", "0", "false"},
        proxies=proxies,
        no_proxy=tuple(part.strip().lstrip(".").lower() for part in no_proxy.split(",") if part.strip()),
    )


def _contents(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 -- pathlib takes long to import
            return file.read()
    except OSError:
        return ""


def service_of(endpoint: Endpoint) -> str | None:
    """
    Name the well-known service of an endpoint, by the URL's scheme if it names one, else by the port.
    """
    scheme = _scheme(endpoint).partition("+")[0]
    if scheme in SCHEMES and not scheme.startswith(("http", "ws")):
        return SCHEMES[scheme][0]
    if endpoint.port in PORTS:
        return PORTS[endpoint.port]
    return SCHEMES[scheme][0] if scheme in SCHEMES else None


def _scheme(endpoint: Endpoint) -> str:
    return (endpoint.url or "").partition("://")[0].lower()


def _address(situation: Situation) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    return ip_of(situation.endpoint.address) or ip_of(situation.endpoint.peer_address)


def _is_localhost(situation: Situation) -> bool:
    return (situation.endpoint.address or "").lower().rstrip(".") in {"localhost", "localhost.localdomain"}


def _is_loopback(situation: Situation) -> bool:
    address = _address(situation)
    return _is_localhost(situation) or (address is not None and (address.is_loopback or address.is_unspecified))


def _is_private(situation: Situation) -> bool:
    address = _address(situation)
    return address is not None and any(address in network for network in _private())


@lru_cache(maxsize=1)
def _private() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """
    Make the networks that routers know inside an organisation only; ``is_private`` would add those for documentation.
    """
    return tuple(map(ipaddress.ip_network, PRIVATE))


def _is_link_local(situation: Situation) -> bool:
    address = _address(situation)
    return address is not None and address.is_link_local


def _is_public(situation: Situation) -> bool:
    address = _address(situation)
    return address is not None and address.is_global


def _is_malformed(situation: Situation) -> bool:
    host = situation.endpoint.address
    if host is None or situation.endpoint.transport == "unix" or ip_of(host) is not None:
        return False
    return bool(compiled(_MALFORMED).search(host))


def _is_name(situation: Situation) -> bool:
    host = situation.endpoint.address
    return (
        bool(host) and situation.endpoint.transport != "unix" and ip_of(host) is None and not _is_localhost(situation)
    )


def _is_single_label(situation: Situation) -> bool:
    return _is_name(situation) and "." not in (situation.endpoint.address or "").rstrip(".")


def _is_dotted(situation: Situation) -> bool:
    return _is_name(situation) and "." in (situation.endpoint.address or "").rstrip(".")


def _is_proxied(situation: Situation) -> bool:
    """
    Tell whether a proxy variable applies to the host: the rules of most clients, curl's among them.
    """
    process = load()
    scheme = _scheme(situation.endpoint)
    if not situation.here or not process.proxies:
        return False
    if scheme in {"http", "https"} and scheme not in process.proxies and "all" not in process.proxies:
        return False
    host = (situation.endpoint.address or "").lower()
    return not any(part in {"*", host} or host.endswith("." + part) for part in process.no_proxy)


def _is_tls(situation: Situation) -> bool:
    scheme = _scheme(situation.endpoint)
    return situation.phase == "tls" or scheme in TLS_SCHEMES or situation.endpoint.port in TLS_PORTS


def _has_no_roots(situation: Situation) -> bool:
    return situation.here and not _roots()


def _is_python_org(situation: Situation) -> bool:
    """
    Tell whether this is Python from python.org on a Mac, before its root certificates have been installed.
    """
    return situation.python_org or (_PYTHON_ORG in os.__file__ and _has_no_roots(situation))


@lru_cache(maxsize=1)
def _roots() -> bool:
    """
    Tell whether OpenSSL finds root certificates where it looks for them; Windows keeps them elsewhere.
    """
    ssl = sys.modules.get("ssl")  # a failure of TLS has loaded it
    if ssl is None or PLATFORM == "windows":
        return True
    paths = ssl.get_default_verify_paths()
    try:
        return bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))  # noqa: PTH208 -- pathlib is slow
    except OSError:
        return True  # nobody knows


def is_python_org(file: str) -> bool:
    """
    Tell by a file's path whether it belongs to Python's own installer for the Mac.
    """
    return file.startswith(_PYTHON_ORG)


def _platform(situation: Situation) -> str:
    """
    Name the platform: this one; of a text from elsewhere, the only one with this number for this errno.
    """
    if situation.here:
        return PLATFORM
    if situation.python_org:
        return "macos"
    numbers = ERRNOS.get(situation.errno_name or "", {})
    where = [platform for platform, values in numbers.items() if situation.number in values]
    return where[0] if len(where) == 1 else "unknown"


def _hosts(situation: Situation) -> frozenset[str]:
    """
    List the names of the other side, as they are compared with a pattern: no letter case, no dot at the end.
    """
    names = (situation.endpoint.address, situation.endpoint.peer_address)
    return frozenset(name.lower().rstrip(".") for name in names if name is not None)


FACTS: dict[str, Callable[[Situation], bool]] = {
    "ci": lambda situation: situation.here and load().ci,
    "container": lambda situation: situation.here and load().container,
    "default-host": lambda situation: _is_loopback(situation) and situation.endpoint.port in PORTS,
    "dotted": _is_dotted,
    "dual-stack": lambda situation: situation.dual_stack,
    "ipv4": lambda situation: isinstance(_address(situation), ipaddress.IPv4Address),
    "ipv6": lambda situation: isinstance(_address(situation), ipaddress.IPv6Address),
    "kubernetes": lambda situation: situation.here and load().kubernetes,
    "link-local": _is_link_local,
    "localhost": _is_localhost,
    "loopback": _is_loopback,
    "malformed-host": _is_malformed,
    "no-roots": _has_no_roots,
    "private": _is_private,
    "proxy": _is_proxied,
    "proxy-set": lambda situation: situation.here and bool(load().proxies),
    "public": _is_public,
    "python.org": _is_python_org,
    "server-side": lambda situation: situation.server_side,
    "single-label": _is_single_label,
    "tls": _is_tls,
    "unix": lambda situation: situation.endpoint.transport == "unix",
    "wsl": lambda situation: situation.here and load().wsl,
}
"""Facts that hold or don't."""

VALUED: dict[str, Callable[[Situation], frozenset[str]]] = {
    "code": lambda situation: frozenset({situation.code}),
    "errno": lambda situation: frozenset({situation.errno_name or ""}),
    "host": _hosts,
    "library": lambda situation: situation.libraries,
    "phase": lambda situation: frozenset({situation.phase}),
    "platform": lambda situation: frozenset({_platform(situation)}),
    "port": lambda situation: frozenset({str(situation.endpoint.port)}),
    "scheme": lambda situation: frozenset({_scheme(situation.endpoint)}),
    "service": lambda situation: frozenset({situation.service or ""}),
    "ssl-reason": lambda situation: frozenset({situation.ssl_reason or ""}),
    "verify": lambda situation: frozenset({situation.verify or ""}),
}
"""Facts that have values: ``name=value`` holds when the value is among them; a host may be a pattern (*fnmatch*)."""


def applies(hint: Hint, situation: Situation) -> bool:
    """
    Tell whether all the facts that a hint asks for hold.
    """
    return all(_holds(fact, situation) for fact in hint.when)


def pertinence(hint: Hint) -> int:
    """
    Rank a hint that applies, the most specific first: by its conditions; a platform only says how a command is spelled.
    """
    return -sum("platform=" not in fact for fact in hint.when)


def _holds(fact: str, situation: Situation) -> bool:
    if fact.startswith("!"):
        return not _holds(fact[1:], situation)
    name, equals, value = fact.partition("=")
    if name == "host":
        return any(fnmatchcase(host, value.lower().rstrip(".")) for host in VALUED[name](situation))
    return value in VALUED[name](situation) if equals else FACTS[name](situation)
