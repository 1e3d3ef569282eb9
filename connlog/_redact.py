"""
Secrets out of URLs and hosts, before anything else touches them.

Imports nothing of connlog but its patterns. Source: OTel ``url.full`` (no credentials, no signatures), RFC 3986.
"""

from __future__ import annotations

import re

from connlog._patterns import compiled

REDACTED = "REDACTED"
"""What stands in the place of a secret."""

LONGEST = 2_048
"""At most so many characters of a URL are kept, counted after the secrets are out."""

_HOST = r"(?:\[[\w:.%]*\]|[^:=,\[\]]+)(?::\d+)?|[\da-fA-F.]*:[\da-fA-F.]*:[\da-fA-F:.]*(?:%\w+)?|"
"""A host with or without its port, an IPv6 address with or without its brackets, or nothing."""

_HOSTS = r"[^:=,\[\]]+:\d+(?:,[^:=,\[\]]+:\d+)+|[^:=,\[\]]+(?:,[^:=,\[\]]+)+"
"""Several hosts, all with their ports or all without."""

_SOCKET = r"(?P<path>[/\0][^?]*|[\w./+-]*\Z)|[^\s=/@]*@(?P<after>/[^?@]*)(?:\?[^@]*)?\Z"
"""The path of a unix socket, or one after a user (``unix://ann:password@/run/redis.sock``)."""

_SCHEME = r"(?:jdbc:)?[A-Za-z][\w+.-]*"

_NAME = r"[\w.-]*\Z"
_PUBLIC = r"[A-Za-z0-9_.\-\[\]]{1,64}\Z"
_TELLING = (
    r"(?i)pass|pwd|secret|token|auth|sig|key|credential|session|cookie|code|jwt|otp|pin\b|private|bearer|login|nonce"
    r"|state|sas\b"
)


def redact(url: str) -> str:
    """
    Take the credentials and the secret query values out of a URL, a DSN or a proxy address, then bound its length.

    A query value stays only where its name is plain and does not sound like a secret; a fragment never stays.

    Returns:
        Nothing where nobody can tell the credentials from the rest.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    known = parted(rest)
    if known is None or (scheme and not compiled(_SCHEME).fullmatch(scheme)):
        return ""
    userinfo, authority, tail = known
    if userinfo:
        authority = f"{REDACTED}:{REDACTED}@{authority}" if ":" in userinfo else f"{REDACTED}@{authority}"
    path, question, query = tail.partition("?")
    if question:
        question += "&".join(_pair(pair) for pair in re.split("[&;]", query))
    return f"{scheme}{separator}{authority}{path}{question}"[:LONGEST]


def parted(rest: str) -> tuple[str, str, str] | None:
    """
    Part what follows a scheme into credentials, host and port, and the path with its query.

    A password that is not encoded as it should be cuts its URL apart in a wrong place: what could be a piece of one
    stands in the first element, or nowhere.

    Returns:
        ``None`` where there is more than one way to read it.
    """
    head = re.split(r"[/?#]", rest, maxsplit=1)[0]
    tail, _, fragment = rest[len(head) :].partition("#")
    userinfo, at, host = head.rpartition("@")
    if "@" not in tail + fragment:
        if _is_host(host):
            return userinfo, host, tail
        return userinfo, _without_port(host), tail if at else _instead(tail)
    is_host = _is_host(head)
    if at or (rest.count("@") > 1 and not is_host):
        return None
    if not is_host:  # a slash in the password has cut the credentials short
        userinfo, _, rest = rest.partition("@")
        host = re.split(r"[/?#]", rest, maxsplit=1)[0]
        return userinfo, host if _is_host(host) else _without_port(host), rest[len(host) :].partition("#")[0]
    if "," in head or (":" in head and "@" in tail.partition("?")[0] + fragment):
        return None  # a port, or the first digits of a password
    return "", head, _instead(tail)


def _without_port(host: str) -> str:
    """
    Keep a host's name where no number follows the colon: that may be a password.
    """
    name, _, rest = host.partition(":")
    return f"{name if compiled(_NAME).match(name) else ''}:{REDACTED if rest else ''}"


def _instead(tail: str) -> str:
    return f"/{REDACTED}" if tail else ""


def _is_host(head: str) -> bool:
    return bool(compiled(_HOST).fullmatch(head) or compiled(_HOSTS).fullmatch(head))


def _pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    if not equals:
        return pair if compiled(_PUBLIC).match(pair) and not compiled(_TELLING).search(pair) else REDACTED
    if compiled(_PUBLIC).match(name) and not compiled(_TELLING).search(name):
        return pair
    return f"{name}={REDACTED}" if compiled(_PUBLIC).match(name) else REDACTED


def clean_host(host: str) -> str:
    """
    Take what may be a password out of something that was given as a host, and bound its length (RFC 1035: 255 octets).
    """
    if compiled(_NAME).match(host):
        return host[:255]
    if "=" in host:  # keywords of a connection string
        return ""
    known = parted(host)
    if known is None:
        return ""
    userinfo, authority, _ = known
    return f"{REDACTED}@{authority}"[:255] if userinfo else authority[:255]


def clean_path(path: str) -> str:
    """
    Take the credentials and the options out of what was given as the path of a unix socket.
    """
    match = compiled(_SOCKET).match(path)
    return (match["path"] or match["after"] or "") if match else ""
