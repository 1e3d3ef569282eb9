"""
Secrets out of URLs and hosts, before anything else touches them.

Imports nothing of connlog. Source: OTel ``url.full`` (no credentials, no signatures), RFC 3986.
"""

from __future__ import annotations

import re

from connlog._patterns import compiled

REDACTED = "REDACTED"
"""What stands in the place of a secret."""

LONGEST = 2_048
"""At most so many characters of a URL are kept, counted after the secrets are out."""

_PUBLIC = r"[A-Za-z0-9_.\-\[\]]{1,64}\Z"
_TELLING = (
    r"(?i)pass|pwd|secret|token|auth|sig|key|credential|session|cookie|code|jwt|otp|pin\b|private|bearer|login|nonce"
    r"|state"
)


def redact(url: str) -> str:
    """
    Take the credentials and the secret query values out of a URL, a DSN or a proxy address, then bound its length.

    A query value stays only where its name is plain and does not sound like a secret; a fragment never stays.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    rest, _, _ = rest.partition("#")
    rest, question, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    if "@" in path and "@" not in authority:  # an unescaped slash in the password has cut the authority short
        authority, slash, path = f"{authority}/{path.rpartition('@')[0]}@{path.rpartition('@')[2]}", "", ""
    userinfo, at, host = authority.rpartition("@")
    if at:
        authority = f"{REDACTED}:{REDACTED}@{host}" if ":" in userinfo else f"{REDACTED}@{host}"
    if question:
        question += "&".join(_pair(pair) for pair in re.split("[&;]", query))
    return f"{scheme}{separator}{authority}{slash}{path}{question}"[:LONGEST]


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
    userinfo, _, name = host.rpartition("@")
    return f"{REDACTED}@{name}"[:255] if userinfo else name[:255]
