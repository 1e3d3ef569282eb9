"""
Where a source of the catalog can be read: one function from its short name to its address.

Imports nothing of connlog.
"""

from __future__ import annotations

import re

SHAPES: tuple[tuple[str, str], ...] = (
    (r"https?://\S+", "{0}"),
    (r"RFC (\d+), section ([\d.]*\d)(?:, .*)?", "https://www.rfc-editor.org/rfc/rfc{1}.html#section-{2}"),
    (r"RFC (\d+)(?:, .*)?", "https://www.rfc-editor.org/rfc/rfc{1}.html"),
    (r"(openssl-[\w-]+)\((\d)\)", "https://docs.openssl.org/master/man{2}/{1}/"),
    (r"([\w.-]+)\((\d)\w*\)(?:, .*)?", "https://man7.org/linux/man-pages/man{2}/{1}.{2}.html"),
    (r"([\w.-]+/[\w.-]+)#(\d+)", "https://github.com/{1}/issues/{2}"),
)
"""Shapes of a source, and the address that each means; ``{0}`` is the source itself, ``{1}`` and ``{2}`` its parts."""


def address(source: str) -> str | None:
    """
    Return where a source can be read, ``None`` for one that is just a name.

    Args:
        source: ``"RFC 9293"``, ``"RFC 9110, section 9.2.2"``, ``"connect(2)"``, ``"owner/repository#12"`` or a URL.
    """
    for shape, template in SHAPES:
        found = re.fullmatch(shape, source)
        if found:
            return template.format(found.group(0), *found.groups())
    return None
