"""
How a failure begins: what its first line tells of how it is rendered.

Imports the prefixes, the renderings and the streams that they open.
"""

from __future__ import annotations

from connlog._patterns import compiled
from connlog._prefixes import peel
from connlog._pytest import LOCATION, RAISED, TEST, Report
from connlog._renderings import BOX, HEADER, raised
from connlog._streams import Stream

_IPYTHON = r"(?P<head>.*?)(?P<type>[A-Za-z_][\w.]*)\s{3,}\Z"
_JOBLIB = r"(?P<type>[A-Z]\w+)\s{5,}\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\s*\Z"
_SHOWN = 80


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
    match = compiled(_IPYTHON).match(before)
    if match is not None:
        stream = Stream("ipython", match["head"])
        stream.begin(match["type"], first=False)
    else:
        stream = Stream("traceback", before)
    if after.rstrip().endswith(("\u2502", "|")):
        stream.begin_boxed()
    return stream


def without_header(text: str) -> tuple[Stream | None, str | None]:
    """
    Open a stream with a line of pytest's or joblib's.

    Returns:
        The stream, if there is one; and the line without its prefix where it is the first to be taken.
    """
    if "    " in text and compiled(_JOBLIB).match(text):
        return Stream("ipython", ""), None
    if not ("____ " in text or ".py:" in text or "E  " in text[:_SHOWN]):
        return None, None
    for head, start in (("", text), peel(text)):
        if compiled(TEST).match(start):
            return Report(head), None
        said = compiled(RAISED).match(start)
        if compiled(LOCATION).match(start) or (said is not None and raised(said["text"] or "") is not None):
            return Report(head), start
    return None, None
