"""
What a failure looks like: the traceback of a code's example, and the event that connlog made of it.

Both were captured when the tests ran the example against the real fault; nothing is made up here::

    {"connection-refused": {"versions": {"Python": "3.11.7"},
                            "traceback": ["Traceback (most recent call last):", …],
                            "event": {"event": "job failed", "connection_error": {…}, …}}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from docutils import nodes

from connlog._model import Entry
from connlog.sphinxext import results, words
from connlog.sphinxext.nodes import Page, paragraph, sample
from connlog.sphinxext.speech import say

RESULTS = results.DATA / "captured.json"
"""What the tests captured."""

CAPTURED = "connlog-captured"
"""Class of what was captured: its lines are long, and wrap."""


_SINGLE = re.compile(r"\[\s+(\"[^\"]*\")\s+\]")
"""A list of one text, which needs no lines of its own."""


class Captured(NamedTuple):
    """
    What was captured of one code.

    Attributes:
        versions: Of what it depends on.
        traceback: As Python prints it.
        event: The event's content, indented.
    """

    versions: str
    traceback: str
    event: str


def described(entry: Entry, page: Page) -> list[nodes.Node]:
    """
    Show the traceback, then the event; nothing where a code has no capture, or where no examples are wanted.

    Raises:
        ExtensionError: The file of captures is damaged.
    """
    found = results.own(RESULTS, lambda data: _captured(data, entry.code)) if page.examples else None
    if found is None:
        return []
    return [
        paragraph(say(words.CAPTURED).format(versions=found.versions), page),
        sample(found.traceback, "pytb", CAPTURED),
        paragraph(say(words.EVENT), page),
        sample(found.event, "json", CAPTURED),
    ]


def _captured(data: Mapping[str, Any], code: str) -> Captured | None:
    item = data.get(code)
    if item is None:
        return None
    return Captured(
        versions=", ".join(f"{name} {version}" for name, version in item["versions"].items()),
        traceback="\n".join(item["traceback"]),
        event=_SINGLE.sub(r"[\1]", json.dumps(item["event"], indent=2, ensure_ascii=False)),
    )
