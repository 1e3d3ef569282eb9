"""
What log systems put before a line: timestamps, levels, services, quotes; and what terminals leave in it.

Imports the patterns. Takes off, and tells apart; knows nothing of failures.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from connlog._patterns import compiled

_ANSI = r"(?:\x1b|\\u001b|\\x1b|\\033|\u2190)(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))"
"""A terminal's colour, or what is left of one where it has been escaped or shown by an old Windows console."""

_STAMP = (
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[ ]?[+-]\d\d:?\d\d\b)?"
    r"|\d\d/\w{3}/\d{4}[: ]\d\d:\d\d:\d\d(?: [+-]\d{4})?"
    r"|\w{3,5}\.? [ \d]?\d \d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|\d\d[./]\d\d[./]\d{2,4}[ ,]+\d\d:\d\d:\d\d(?:[.,]\d+)?"
)
_CLOCK = rf"{_STAMP}|\d\d:\d\d:\d\d(?:[.,]\d+)?"
_LEVEL = (
    r"(?:TRACE|DEBUG|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL|ALERT|EMERG|SEVERE"
    r"|debug|info|notice|warn(?:ing)?|error|critical|fatal)"
)
_FAILED = (
    r"(?![\w.]*(?:[Ee]rror|[Tt]imeout|Exception|Refused|Lost|Done|Closed|Aborted|Again|Failure|Exceeded|Retry)\w*:)"
)
"""What a name must not be to be a logger's or a service's."""

_STEP = (
    rf"[ \t]*(?:\[?(?:{_CLOCK})\]?|\[?{_LEVEL}(?:\s*\])?(?=[\s:\]/|-]|\Z)"
    r"|std(?:out|err) [FP](?= )|<\d{1,3}>\d?|\[\s*\d+(?:\.\d+)?s?\]|#\d+(?: \d+\.\d+)?(?= )"
    r"|[\w.-]+\s+\||\w[\w.-]*@[\w.-]+\s+\||\w[\w.-]* [\w./-]+\[\d+\]:"
    r"|\[(?!Errno|WinError|Error|SSL)[\w./:#@ +-]{1,80}\]|remote:|tap -"
    r"|[>\u2502|](?= )|[-:|](?= )|\u2502"
    rf"|{_FAILED}(?:[\w-]+(?:\.[\w-]+)+:?(?= )|[\w./-]+\[[\w.]+\]:|[\w.-]+:(?!//)(?=\s)|(?<=[A-Z]:)[\w.]+:)"
    r")(?:[ \t]*:)?[ \t]?"
)
_STEPS = rf"(?>{_STEP}){{0,12}}+"
_RECORD = rf"\W{{0,3}}(?:{_STAMP})|\[?{_LEVEL}\]?[\s:|]|\{{\"|[\w.-]+\s+\| |<\d{{1,3}}>\d? ?\S"
_ENTITY = r"&(?:quot|lt|gt|amp|#39|#x27|#34);"
_ENTITIES = (
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
)
_PARTS = r"\d+|[ \t]+|[^\d \t]+"


class Peeled(NamedTuple):
    """
    A line without what stood before it.

    Attributes:
        prefix: What stood before it.
        text: The rest.
    """

    prefix: str
    text: str


def clean(text: str) -> str:
    """
    Take a terminal's colours and HTML's entities out of a line, and of what is over-printed all but the last.
    """
    if "\x1b" in text or "\\u001b" in text or "\\x1b" in text or "\\033" in text or "\u2190" in text:
        text = compiled(_ANSI).sub("", text)
    if "&" in text and compiled(_ENTITY).search(text):
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    if "\xa0" in text:  # AWS Lambda indents with it
        text = text.replace("\xa0", " ")
    if 'File ""' in text:  # a field of a CSV file
        text = text.replace('""', '"')
    if "\r" in text:
        text = text.rstrip("\r").rpartition("\r")[2]
    return text


def timestamp(text: str) -> str | None:
    """
    Find the timestamp of a line, as it is written.
    """
    match = compiled(_STAMP).search(text, 0, 200)
    if match is None:
        match = compiled(_CLOCK).search(text, 0, 40)
    return match[0] if match is not None else None


def is_record(text: str) -> bool:
    """
    Tell whether a line begins as the records of a log do.
    """
    return compiled(_RECORD).match(text) is not None


def is_stamp(text: str) -> bool:
    """
    Tell whether a line holds a timestamp and nothing else.
    """
    return compiled(rf"\W*(?:{_CLOCK})\W*Z?\Z").match(text.strip()) is not None


def peel(text: str) -> Peeled:
    """
    Take timestamps, levels, the names of services and loggers off a line.
    """
    match = compiled(_STEPS).match(text)
    at = match.end() if match is not None else 0
    return Peeled(text[:at], text[at:])


@lru_cache(maxsize=256)
def like(prefix: str) -> re.Pattern[str]:
    """
    Make the pattern of all prefixes that differ from one in numbers and widths only.
    """
    parts = []
    for part in compiled(_PARTS).findall(prefix):
        if part[0].isdigit():
            parts.append(r"\d+")
        elif part.isspace():
            parts.append(r"[ \t]+")
        else:
            parts.append(re.escape(part))
    if parts and parts[-1] == r"[ \t]+":
        parts[-1] = f"[ \\t]{{0,{len(prefix) - len(prefix.rstrip())}}}"
    return re.compile("".join(parts))
