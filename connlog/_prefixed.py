"""
What stands before each line of one failure, learned from its first frame.

Imports the prefixes, the renderings and what writes a failure down.
"""

from __future__ import annotations

import re
from typing import Literal

from connlog._canonical import Writer
from connlog._patterns import compiled
from connlog._prefixes import like
from connlog._renderings import raised

State = Literal["head", "body", "tail", "joined"]

HALF_FRAME = r'\s*File(?: "|\s*\Z)'
"""How a frame begins, whether or not it ends on the same line."""

LONGEST_STRAY = 64
"""So many lines of others may stand between two lines of a failure."""

_BORDER_END = r"\s*[\u2502|]?\s*\Z"


class Prefixed(Writer):
    """
    A failure whose lines may have a prefix.

    Attributes:
        prefix: What stands before its lines.
    """

    def __init__(self, kind: str, head: str) -> None:
        """
        Begin with what stands before the header.
        """
        super().__init__(kind)
        self.prefix = head
        self._head = head
        self._like: re.Pattern[str] | None = None
        self._state: State = "head"
        self._bordered = kind == "group"
        self._boxed = self._flat = False
        self._foreign = 0

    def begins(self, text: str) -> bool:
        """
        Tell whether a line begins with the very prefix, not just one that differs in its numbers.
        """
        prefix = self.prefix.rstrip()
        return prefix != "" and text.startswith(prefix)

    def begin_body(self) -> None:
        """
        Take what stands before the header as what stands before each line: no frame will tell.
        """
        self._state = "body"
        self._like = like(self._head) if self._head.strip() else None

    def own(self, text: str) -> str | None:
        """
        Take the prefix off a line; ``None`` where it is another stream's.
        """
        rest = self._own(text)
        return rest if rest is None or not self._boxed else compiled(_BORDER_END).sub("", rest)

    def _own(self, text: str) -> str | None:
        if self._state == "head":
            rest = self._learn(text)
            return rest if rest is not None or text.strip() else ""
        if self._like is None:
            return text
        match = self._like.match(text)
        if match is not None:
            return text[match.end() :]
        return "" if not text.strip() or self._like.match(f"{text.rstrip()} ") else None

    def _learn(self, text: str) -> str | None:
        """
        Learn from the first frame what stands before each line; ``None`` where there is none yet.
        """
        behind = like(self._head).match(text) if self._head else None
        if self.format not in {"traceback", "group"}:
            self._state = "body"
            if not self._head.strip():
                return text
            self._like = like(self._head) if behind is not None else None
            return text[behind.end() :] if behind is not None else text
        at = text.find("|   File " if self._bordered else 'File "')
        if at < 0:
            return self._learn_without_frame(text, behind)
        self._state = "body"
        before = text[: max(at - 2, 0)]
        if behind is not None and behind.end() <= at:
            self._like = like(self._head)
        elif text[:at].strip():
            self._like = like(before if not text[len(before) : at].strip() else text[:at])
            self.prefix = self.prefix or before
        match = self._like.match(text) if self._like is not None else None
        rest = text if match is None else text[match.end() :]
        self._flat = not self._bordered and rest[:1] == "F"
        return rest

    def _learn_without_frame(self, text: str, behind: re.Match[str] | None) -> str | None:
        rest = text if behind is None else text[behind.end() :]
        token = raised(rest.strip())
        if token is not None and token.strong and rest[:1] not in " \t":  # an exception that was never raised
            self._state = "body"
            self._like = None if behind is None else like(self._head)
            return rest
        if compiled(HALF_FRAME).match(rest):
            self._state = "body"
            self._like = None if behind is None else like(self._head)
            return rest
        self._foreign += 1
        return rest if self._foreign > LONGEST_STRAY else None
