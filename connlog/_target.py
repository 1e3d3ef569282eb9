"""
Links -> where the connection was to go.

Imports the nouns, the chain, the frames, the redaction and the wrapper tables. Never a wrong endpoint: a
missing one is better.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import FrameType
from typing import Any

from connlog._calls import connected_to, is_socket
from connlog._chain import is_wrapper, member, original, own, read
from connlog._frames import ONE_OF_MANY, Where, dotted, given, held
from connlog._model import Endpoint, Link, Place, Stage
from connlog._patterns import compiled
from connlog._redact import clean_host, clean_path, redact
from connlog.catalog.numbers import SCHEMES
from connlog.catalog.wrappers import ENDPOINTS, HELD, HELD_URLS, SERVERS, SOCKETS, TARGETS, URLS

_TARGET = r"unix:(?://)?(?P<path>.+)|(?:(?:dns|ipv4|ipv6|passthrough):(?:///?[^/]*/)?)?(?P<host>\[[^\]]+\]|[^/:@]+):(?P<port>\d+)"
"""What gRPC connects to (its naming document): ``host:port``, ``dns:///host:port``, ``unix:path``."""

_CONNINFO = r"(?<!\S)(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|[^'\s]\S*)(?!\S)"
"""What libpq connects to, in words: ``host=db port=5432`` (its manual, "Connection Strings")."""

_TELLING = r"[:/'\"]|port"
"""What a message must hold to name an endpoint at all: the words of strerror(3) alone don't."""

_BETWEEN = r"(?<!no_)prox(?:y|ies)|tunnel"
"""What the name of an argument or attribute holds that stands for a proxy."""

_LAST_PORT = 65_535
_NOWHERE = Endpoint()
_DIALLING = frozenset({"resolve", "connect"})
_EMPTIABLE = (str, dict, tuple, list)
_SPEAKING = frozenset({"httpx", "ipaddress", "pathlib", "sqlalchemy", "yarl"})
"""Packages whose URL, address and path objects may be asked for their text."""


def path_to_surface(links: Sequence[Link], position: int) -> tuple[int, ...]:
    """
    List the positions from one link up to the surface.
    """
    found = [position]
    parent = links[position].parent
    while parent is not None:
        found.append(parent)
        parent = links[parent].parent
    return tuple(found)


def endpoint(
    links: Sequence[Link],
    positions: Sequence[int],
    where: Callable[[int], Where],
    *,
    code: str | None = None,
    stage: Stage | None = None,
) -> Endpoint:
    """
    Find where the connection was to go.

    Asked in this order, each from the root to the surface: the library's exception and the request it carries, the
    arguments of listed frames, the failing call itself, the message; for what is still missing, what the networking
    libraries' frames were called with.

    Args:
        links: The chain.
        positions: Links that may tell, the root first.
        where: What the traceback of a position says.
        code: What happened: a frame that stands for this code knows best where.
        stage: The chapter of that code: a name that was not found is in the message, and a target at another port than
            the one that was dialled stands behind a proxy that failed.
    """
    found = _NOWHERE
    for candidate in _candidates(links, positions, where, code, stage):
        found = _merge(found, candidate)
        if found.address is not None and found.port is not None and found.peer_address is not None:
            break
    is_enough = found.port is not None and ip_of(found.address) is None
    if not is_enough and found.transport != "unix" and code != "proxy-failure":
        found = _complete(found, _from_arguments(frame for position in positions for frame in where(position).frames))
    if stage == "connect" and found.port is not None and found.peer_port not in {None, found.port}:
        found = found._replace(address=None, port=None, url=None)
    if stage == "resolve":  # nothing was dialled yet
        found = found._replace(peer_address=None, peer_port=None)
    address = found.address or found.peer_address
    port = found.port if found.address is not None else found.peer_port
    peer = found.peer_address or (address if ip_of(address) else None)
    return Endpoint(
        address=address,
        port=port,
        peer_address=peer,
        peer_port=found.peer_port or (port if peer else None),
        transport=found.transport or ("tcp" if address and port else None),
        url=found.url,
    )


def _candidates(
    links: Sequence[Link],
    positions: Sequence[int],
    where: Callable[[int], Where],
    code: str | None,
    stage: Stage | None,
) -> Iterator[Endpoint]:
    for position in positions if stage == "resolve" else ():
        yield from _from_message(links[position].message)
    own = [row for position in positions for row in where(position).places if code is not None and row[0].code == code]
    yield from _from_places(own)
    call = where(positions[0])
    if call.phase == "bind" and call.host is not None:  # the own address failed, not the one to connect to
        yield of(host=call.host, port=call.port, transport=call.transport)
    behind = code == "proxy-failure"
    about = {code} if own and behind else {None, code}  # a frame that stands for another code names another place
    for position in positions:
        link = links[position]
        if link.exc is not None and is_wrapper(link.mro):
            yield from _from_attributes(link.exc, behind=behind)
    for position in positions:
        rows = [row for row in where(position).places if row[0].code in about]
        yield from _from_places([row for row in rows if not behind or row[0].code or row[0].phase in _DIALLING])
    for position in positions:
        call = where(position)
        if call.transport is not None or call.host is not None:
            yield of(host=call.host, port=call.port, path=call.path, transport=call.transport)
            yield of(peer=call.peer, peer_port=call.peer_port)
    for position in positions:
        if not (behind and "ProxyError(" in links[position].message):  # it quotes the failure, and names the target
            yield from _from_message(links[position].message)


def _from_places(places: Iterable[tuple[Place, FrameType]]) -> Iterator[Endpoint]:
    for place, frame in places:
        yield of(
            host=place.host and dotted(frame, place.host),
            port=place.port and dotted(frame, place.port),
            url=place.url and dotted(frame, place.url),
            path=place.path and dotted(frame, place.path),
        )


def _from_arguments(frames: Iterable[FrameType]) -> Endpoint:
    """
    Ask the networking libraries' own frames, innermost first, whom they were to talk to; one that knows of a proxy may
    mean either, and a server's frame means itself. Where one of several was meant, no frame further out knows which.
    """
    for frame in frames:
        module = str(frame.f_globals.get("__name__"))
        known = given(frame)
        if not known or module in SERVERS or module.partition(".")[0] in SERVERS:
            continue
        told = _held(known)
        if told is not None and not _knows_of_a_proxy(known):
            return told
    return _NOWHERE


def _held(known: Mapping[str, Any]) -> Endpoint | None:
    """
    Find whom one frame was to talk to; nowhere, if that was one of several, and ``None`` if the frame has no idea.
    """
    is_one_of_many = False
    for host, port in HELD:
        value = held(known, host)
        is_one_of_many = is_one_of_many or value is ONE_OF_MANY
        if value is not None and (told := of(host=value, port=port and held(known, port))).address is not None:
            return told
    for name in HELD_URLS:
        value = held(known, name)
        is_one_of_many = is_one_of_many or value is ONE_OF_MANY
        if value is not None and (told := of(url=value)).address is not None:
            return told
    if is_one_of_many:
        return _NOWHERE
    holds = (*own(known.get("self")).values(), *(held(known, path) for path in SOCKETS))
    sock = next((value for value in holds if is_socket(value)), None)
    told = of(**connected_to(sock, {})) if sock is not None else _NOWHERE
    return told if told != _NOWHERE else None


def _knows_of_a_proxy(known: Mapping[str, Any]) -> bool:
    names = dict(known)
    for value in known.values():
        names.update(value if type(value) is dict else own(value))
    return any(
        type(name) is str and compiled(_BETWEEN).search(name) is not None and _is_given(value)
        for name, value in names.items()
    )


def _is_given(value: Any) -> bool:
    if type(value) in _EMPTIABLE:
        return bool(value)
    return value is not None and value is not False


def _complete(found: Endpoint, held: Endpoint) -> Endpoint:
    """
    Fill the gaps of an endpoint from what a frame holds, unless the two are different places.
    """
    if found.address is None and found.peer_port in {None, held.port}:
        return _merge(held, found)
    is_same = found.address == held.address or (ip_of(found.address) is not None and found.port == held.port)
    return _merge(found, held) if is_same else found


def _from_attributes(exc: BaseException, *, behind: bool) -> Iterator[Endpoint]:
    """
    Read the library's exception and the request it carries; ``behind`` a proxy that failed, the request names the
    target, and so does its pool.
    """
    for host, port, scheme in TARGETS:
        name = _follow(exc, host) if not (behind and scheme) else None
        if name is not None:
            yield of(host=name, port=_follow(exc, port), scheme=_follow(exc, scheme))
    for url in URLS if not behind else ():
        value = _follow(exc, url)
        if value is not None:
            yield of(url=value)


def _follow(thing: Any, path: str | None) -> Any:
    for depth, name in enumerate(path.split(".")) if path else ():
        if type(thing) is dict or depth == 0:  # an exception's properties may raise, or warn
            thing = thing.get(name) if type(thing) is dict else member(thing, name)
        else:
            thing = read(thing, name)
        if thing is None:
            return None
    return thing if path else None


@lru_cache(maxsize=256)  # an outage says the same a thousand times
def _from_message(message: str) -> tuple[Endpoint, ...]:
    if not compiled(_TELLING).search(message):
        return ()
    matches = (compiled(pattern).search(message) for pattern in ENDPOINTS)
    return tuple(of(**match.groupdict()) for match in matches if match is not None)


def of(  # noqa: PLR0913 -- the parts of one endpoint
    *,
    host: Any = None,
    port: Any = None,
    url: Any = None,
    path: Any = None,
    peer: Any = None,
    peer_port: Any = None,
    scheme: Any = None,
    transport: str | None = None,
) -> Endpoint:
    """
    Make an endpoint of whatever a library holds in such attributes; what doesn't look right is left out.
    """
    if path is not None:
        name = clean_path(_text(path))
        return Endpoint(address=name or None, transport="unix" if name else None)
    if url is not None:
        return _of_url(_text(url))
    name = _text(host)
    if "://" in name:  # under that name, some clients keep a URL
        return _of_url(name)
    if name.startswith("/"):
        return Endpoint(address=clean_path(f"/{name.lstrip('/')}"), transport="unix")
    number = _port(port)
    if number is None and name and scheme is not None:
        number = SCHEMES.get(_text(scheme), ("", None))[1]
    return Endpoint(
        address=clean_host(name.strip("[]")) or None,
        port=number,
        peer_address=clean_host(_text(peer)) or None,
        peer_port=_port(peer_port),
        transport=transport,
    )


def _of_url(url: str) -> Endpoint:
    target = compiled(_TARGET).fullmatch(url)
    if target is not None:
        return of(host=target["host"], port=target["port"], path=target["path"])
    scheme, separator, rest = url.partition("://")
    if not separator:
        words = {name: value.strip("'") for name, value in compiled(_CONNINFO).findall(url)}
        return of(host=words.get("host"), port=words.get("port")) if "," not in words.get("host", "") else _NOWHERE
    safe = redact(url)
    if not safe:
        return _NOWHERE
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]  # what a client parses as credentials
    match = re.fullmatch(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d*))?", authority)
    host, port = (match["host"].strip("[]"), match["port"]) if match else (authority, None)
    number = _port(port) or SCHEMES.get(scheme.lower(), ("", None))[1]
    return Endpoint(address=clean_host(host) or None, port=number, url=safe)


def _merge(found: Endpoint, other: Endpoint) -> Endpoint:
    """
    Fill the gaps of one endpoint from another, unless the two are different places.
    """
    if other == _NOWHERE:
        return found
    if other.transport == "unix" and found.transport != "unix":  # the URL's host is a mere name then
        return found._replace(address=other.address, port=None, transport="unix")
    same = found.address is None or other.address is None or found.address == other.address
    if other.transport == "unix" and not same and (other.address or "").startswith(f"{found.address}/"):
        return found._replace(address=other.address)  # the socket in the directory that libpq was given
    if same:
        return Endpoint(
            address=found.address or other.address,
            port=found.port if found.port is not None else other.port,
            peer_address=found.peer_address or other.peer_address,
            peer_port=found.peer_port or other.peer_port,
            transport=found.transport or other.transport,
            url=found.url or other.url,
        )
    if found.peer_address is None and ip_of(other.address):  # the name's address, as it was dialled
        return found._replace(peer_address=other.address, peer_port=other.port)
    is_name = found.port is not None and found.port == other.port and ip_of(found.address) and not ip_of(other.address)
    return other._replace(peer_address=found.address, peer_port=found.port) if is_name else found  # it came later


def _text(value: Any) -> str:
    if type(value) is bytes:
        value = value.decode("utf-8", "replace")
    if issubclass(type(value), str):
        return str.__str__(value)
    if original(type(value).__module__).partition(".")[0] in _SPEAKING:
        return str(value)
    if type(value).__module__ == "urllib.parse":  # its str() is that of a tuple
        return str(value.geturl())
    return ""


def _port(value: Any) -> int | None:
    if type(value) is str and value.isascii() and value.isdigit():
        value = int(value[:6])
    return value if type(value) is int and 0 <= value <= _LAST_PORT else None


@lru_cache(maxsize=512)
def ip_of(host: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """
    Read a host as an IP address; ``None`` where it is a name.
    """
    try:
        return ipaddress.ip_address(host or "")
    except ValueError:
        return None
