"""
The words of a message -> what they mean: a code, or the errno that they name.

Imports the catalog and the wrapper tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from connlog._patterns import compiled
from connlog.catalog import errno_name
from connlog.catalog.numbers import LOCALISED, STRERRORS, WINERRORS
from connlog.catalog.wrappers import VERIFIED, WORDS

_NUMBERED = (
    r"\[(?:Errno|WinError) ?(?P<number>-?\d+)\]\s*(?P<words>[^\[\]:(]*)|\bErrno:? (?P<n>-?\d+):\s*(?P<w>[^\[\]:(]*)"
    r"|\bsystem error: (?P<system>\d+)|(?:'|\bsocket) \((?P<last>-?\d+)\)[\"')]*\Z|\((?P<first>\d+), 'E[A-Z0-9]+'\)"
    r"|\((?:\[?Errno:? )(?P<inside>\d+)\)"
    r"|\bError (?P<bare>-\d\d?|[1-9]\d{1,4}) connecting to \S+(?:\s(?P<why>[^.]*))?"
    r"|(?<!\w)(?:(?:OS|IO|Connection(?:Refused|Reset|Aborted)?|BrokenPipe|Timeout|Permission|FileNotFound)Error|error"
    r"|gaierror)\((?P<shown>-?\d+), u?['\"](?P<say>[^'\"]*)"
    r"|\breturned error (?P<returned>\d+)\b"
    r"|(?:by other side|No route to host): (?P<twisted>\d+): (?P<t>[^.]*)|\berrno:(?P<core>\d+)\b"
    r"|\((?P<mysql>\d+):? (?P<m>[A-Z][^)]*)\)"
)
_SPOKEN = "|".join(re.escape(words) for words in sorted((*STRERRORS, *LOCALISED), key=len, reverse=True))
_REASON = r"\[(?:SSL|X509|SYS)(?:: ([A-Z0-9_]+))?\]"


def first_said(rows: Sequence[tuple[str, str | None]], message: str) -> tuple[str, str | None] | None:
    """
    Find the first row whose words a message says.
    """
    return next((row for row in rows if compiled(row[0]).search(message)), None)


def tls_words(message: str) -> tuple[str | None, int | None]:
    """
    Read OpenSSL's reason and the verification result from a message.
    """
    match = compiled(_REASON).search(message)
    return match[1] if match else None, next((code for words, code in VERIFIED if words in message), None)


@lru_cache(maxsize=256)  # an outage says the same a thousand times
def meaning(message: str) -> tuple[str | None, str | None, int | None]:
    """
    Read another program's words: ``[Errno 111]``, a text of strerror(3), a C client's sentence.

    Returns:
        The code that the words mean, or the errno that they name: symbol and number.
    """
    row = first_said(WORDS, message)
    if row is not None:
        return row[1], None, None
    number = name = None
    numbered = compiled(_NUMBERED).search(message)
    if numbered is not None:
        parts = [part for part in numbered.groups() if part is not None]
        number, words = int(parts[0]), parts[1] if len(parts) > 1 else ""
        name = errno_name(number, words=words, resolver=number < 0)
        if numbered[0].startswith("[WinError"):
            name = WINERRORS.get(number, name)
    if name is None:
        name = errno_said(message)
    return None, name, number


def errno_said(message: str) -> str | None:
    """
    Find the words of strerror(3) in a message, in whatever language, and name the errno.
    """
    found = compiled(_SPOKEN).search(message.lower().replace("\u2019", "'"))
    return None if found is None else STRERRORS.get(found[0]) or LOCALISED[found[0]]


def told(words: str) -> str | None:
    """
    Find the words of strerror(3) that a text begins with, and return what comes after them.
    """
    found = compiled(rf"\s*(?:{_SPOKEN})").match(words.lower().replace("\u2019", "'"))
    return None if found is None else words[found.end() :]
