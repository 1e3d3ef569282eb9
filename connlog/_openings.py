"""
How a failure begins: what its first line tells of how it is rendered.

Imports the prefixes, the renderings and the streams that they open.
"""

from __future__ import annotations

from connlog._patterns import compiled
from connlog._prefixes import peel, timestamp
from connlog._pytest import LOCATION, RAISED, TEST, Report
from connlog._renderings import BOX, HEADER, raised
from connlog._segment import Segment
from connlog._source import Line
from connlog._streams import Stream

_IPYTHON = r"(?P<head>.*?)(?P<type>[A-Za-z_][\w.]*)\s{3,}\Z"
_JOBLIB = r"(?P<type>[A-Z]\w+)\s{5,}\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\s*\Z"
_UNRAISED = r"(?P<head>.*?)  \| (?:\w+\.)*\w*ExceptionGroup: .* \(\d+ sub-exceptions?\)\s*\Z"
_COLUMNS = 80
_NAME = 256
"""How far before a header the name of its exception may begin; a line may have no end."""

_REPORTED = r"\S+\.py:\d+: (?P<said>[\w.]+: .*)\Z"
_BARE = (
    r"\[(?:Errno|WinError|Error) ?-?\d|\b(?:Errno|Error|errno):? -?\d|[Cc]onnect|[Tt]imed out|\btimeout\b"
    r"|[Rr]esolv|resolution|not known|such host|translate host|nreachable|No route|[Bb]roken pipe|ertificate|\[SSL"
    r"|in use\b|Timeout: |Error: |Closed: |refused|[Tt]oo many|errors?: \w|gone away|\"exc_type\":"
)
"""What a line says that may tell of a failure by itself."""

_SHOWN = r" {4}|\t|>\s{2,}|E\s{2,}|[\w.]+ = |\S+\.py::"
"""Lines that show source, values or names of tests."""

_LONGEST, _AROUND = 4096, 512


def under_header(text: str) -> Stream:
    """
    Open a stream with a line that says ``Traceback (most recent call last)``.
    """
    box = compiled(BOX).match(text)
    if box is not None:
        return Stream("rich", box["head"], len(text.rstrip()) - len(box["head"]))
    header = compiled(HEADER).search(text)
    before, after = (text[: header.start()], text[header.end() :]) if header is not None else ("", "")
    if before.endswith("Exception Group "):
        group = Stream("group", before[: max(before.rfind("  + Exception Group "), 0)])
        group.open_group()
        return group
    match = compiled(_IPYTHON).match(before, max(len(before) - _NAME, 0))
    if match is not None:
        stream = Stream("ipython", before[: match.start("type")])
        stream.begin(match["type"], first=False)
    else:
        stream = Stream("traceback", before)
    if after.rstrip().endswith(("\u2502", "|")):
        stream.begin_boxed()
    return stream


def without_header(text: str) -> tuple[Stream | None, str | None]:
    """
    Open a stream with a line of pytest's or joblib's, or of a group that nobody raised: it has no traceback.

    Returns:
        The stream, if there is one; and the line without its prefix where it is the first to be taken.
    """
    if "    " in text and compiled(_JOBLIB).match(text):
        return Stream("ipython", ""), None
    if "sub-exception" in text and (unraised := compiled(_UNRAISED).match(text)) is not None:
        group = Stream("group", unraised["head"])
        group.open_group()
        group.begin_body()
        return group, text[unraised.end("head") :]
    if not ("____ " in text or ".py:" in text or "E  " in text[:_COLUMNS]):
        return None, None
    for head, start in (("", text), peel(text)):
        if compiled(TEST).match(start):
            return Report(head), None
        said = compiled(RAISED).match(start)
        if compiled(LOCATION).match(start) or (said is not None and raised(said["text"] or "") is not None):
            return Report(head), start
    return None, None


def is_telling(text: str) -> bool:
    """
    Tell whether a line may tell of a failure by itself.
    """
    return compiled(_BARE).search(text) is not None


def is_shown(text: str) -> bool:
    """
    Tell whether a line shows source, a value or the name of a test.
    """
    return compiled(_SHOWN).match(text) is not None


def is_report(text: str) -> bool:
    """
    Tell whether a line is pytest's shortest report of a failure.
    """
    return compiled(_REPORTED).match(text) is not None


def told_by(line: Line, text: str) -> Segment:
    """
    Cut what a line tells by itself; of one without end, what stands around the first word of it.
    """
    prefix, said = peel(text)
    reported = compiled(_REPORTED).match(text)
    said = said if reported is None else reported["said"]
    if len(said) > _LONGEST and (match := compiled(_BARE).search(said)) is not None:
        said = said[max(match.start() - _AROUND, 0) : match.start() + _LONGEST]
    stamp = timestamp(prefix) if prefix else None
    return Segment(line.number, line.number, line.start, line.end, stamp, prefix.strip() or None, "bare", (said,))
