"""
One failure while its lines come in: from its first line to its last, in the words of the interpreter.

Imports the prefixes, the renderings and the classes. Bounded, whatever comes.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Literal

from connlog._classes import full_name
from connlog._patterns import compiled
from connlog._prefixes import is_record, like
from connlog._renderings import FRAME, HEADER, JOINTS, TOKENIZERS, Token, raised

Verdict = Literal["taken", "foreign", "closed"]

TITLE = "Traceback (most recent call last):"
_CANONICAL = r'\s*(?:[|] +)?File "'
_BORDERED = r" *[|+]"
_ENDED = r"( *)\+-{20,}\s*\Z"
_SINGLE = r"(?:\w+\.)?\w+: \[(?:Errno|WinError) ?-?\d+\] [^:\[]*\Z"
_QUOTES = r'["\']{3}\s*\Z'
_KEPT = 1 << 17
_FOREIGN = 64
_MESSAGE_LINES = 48
_MOST_BLANK = 3


class Kept:
    """
    The lines of a text whose middle is left out when it grows without end: the root stands first, the surface last.
    """

    __slots__ = ("_head", "_head_size", "_tail", "_tail_size")

    def __init__(self) -> None:
        self._head: list[str] = []
        self._tail: deque[str] = deque()
        self._head_size = self._tail_size = 0

    def add(self, text: str) -> None:
        """
        Keep a line.
        """
        if self._head_size < _KEPT:
            self._head.append(text)
            self._head_size += len(text) + 1
            return
        self._tail.append(text)
        self._tail_size += len(text) + 1
        while self._tail_size > _KEPT:
            self._tail_size -= len(self._tail.popleft()) + 1

    def cut(self, count: int) -> None:
        """
        Take the last lines back.
        """
        for _ in range(count):
            if self._tail:
                self._tail_size -= len(self._tail.pop()) + 1
            elif self._head:
                self._head_size -= len(self._head.pop()) + 1

    def lines(self) -> tuple[str, ...]:
        """
        Give what is kept.
        """
        return (*self._head, *self._tail)


class Stream:
    """
    One failure while its lines come in.

    Attributes:
        format: How it is rendered.
        first: Its first line's number.
        last: Number of the last line that belongs to it.
        start: Offset of its first line.
        end: Offset behind its last line.
        prefix: What stands before its lines.
        stamp: Its timestamp.
        complete: An exception line has been seen.
    """

    __slots__ = (
        "_blanks",
        "_body",
        "_bordered",
        "_files",
        "_flat",
        "_foreign",
        "_head",
        "_like",
        "_message",
        "_quoted",
        "_read",
        "_single",
        "_sourced",
        "_state",
        "_weak",
        "_width",
        "complete",
        "end",
        "first",
        "format",
        "last",
        "prefix",
        "stamp",
        "start",
    )

    def __init__(self, kind: str, head: str, width: int = 0) -> None:
        self.format = kind
        self.prefix = head
        self.stamp: str | None = None
        self.first = self.last = self.start = self.end = 0
        self.complete = False
        self._read = TOKENIZERS[kind]
        self._head = head
        self._like: re.Pattern[str] | None = None
        self._state = "head"
        self._body = Kept()
        self._files: list[str] = []
        self._bordered = kind == "group"
        self._flat = self._single = self._sourced = self._weak = self._quoted = False
        self._blanks = self._foreign = self._message = 0
        self._width = width
        self._open_part()

    def lines(self) -> tuple[str, ...]:
        """
        Give the canonical text.
        """
        return self._body.lines()

    def _open_part(self) -> None:
        if not self._bordered:
            self._body.add(TITLE)
        self._files.clear()
        self._sourced = True
        self._flat = False

    def own(self, text: str) -> str | None:
        """
        Take the prefix off a line; ``None`` where it is another stream's.
        """
        if self._state == "head":
            rest = self._learn(text)
            if rest is not None:
                return rest
            return "" if not text.strip() or text.rstrip() == self._head.rstrip() else None
        if self._like is None:
            return text
        match = self._like.match(text)
        if match is not None:
            return text[match.end() :]
        return "" if self._like.match(text.rstrip() + " ") or not text.strip() else None

    def _learn(self, text: str) -> str | None:
        """
        Learn from the first frame what stands before each line.
        """
        if self.format in {"rich", "ipython", "stackprinter"}:
            self._state = "body"
            if self._head and (match := like(self._head).match(text)):
                self._like = like(self._head)
                return text[match.end() :]
            return text
        at = text.find("|   File " if self._bordered else 'File "')
        if at < 0:
            return None if self._head or not raised(text.strip()) else text
        match = like(self._head).match(text) if self._head.strip() else None
        before = text[: max(at - 2, 0)]
        if match is not None and match.end() <= at:
            self._like = like(self._head)
        elif text[:at].strip():
            keep = before if not text[len(before) : at].strip() else text[:at]
            self._like = like(keep)
            self.prefix = self.prefix or keep
        self._state = "body"
        return text if self._like is None else text[self._like.match(text).end() :]  # type: ignore[union-attr]

    def take(self, text: str) -> Verdict:
        """
        Take a line without its prefix.
        """
        if self._bordered:
            return self._take_bordered(text)
        if self._state == "tail":
            return self._take_tail(text)
        if self._state == "joined":
            return self._take_joined(text)
        return self._take_body(text)

    def _take_body(self, text: str) -> Verdict:
        token = self._read(text)
        kind = token.kind
        if kind == "frame":
            self._add_frame(token)
        elif kind == "source":
            if not self._sourced:
                self._body.add(f"    {token.text}")
                self._sourced = True
        elif kind == "raised" and self._flat and not self._sourced and not token.strong:
            self._body.add(f"    {token.text}")
            self._sourced = True
        elif kind == "raised":
            if self._files or token.strong or self._state == "boxed":
                self._raise(token)
            else:
                return self._stray()
        elif kind == "end":
            self._state = "boxed"
        elif kind == "other":
            if self._flat and not self._sourced:
                self._body.add(f"    {text.strip()}")
                self._sourced = True
                return "taken"
            if HEADER[:9] in text and compiled(HEADER).search(text):
                return "closed"
            return self._stray()
        elif kind == "blank":
            self._blanks += 1
            return "taken" if self._blanks < _FOREIGN else "closed"
        self._foreign = 0
        return "taken"

    def _stray(self) -> Verdict:
        self._foreign += 1
        return "foreign" if self._foreign < _FOREIGN else "closed"

    def _add_frame(self, token: Token) -> None:
        self._flat = self.format == "traceback" and self._flat
        self._files.append(token.text)
        del self._files[:-64]
        self._body.add(f'  File "{token.text}", line {token.line}, in {token.function or "<module>"}')
        self._sourced = False
        if token.source:
            self._body.add(f"    {token.source}")
            self._sourced = True

    def _raise(self, token: Token) -> None:
        text = token.text
        name, colon, rest = text.partition(":")
        if self.format in {"rich", "ipython", "stackprinter"} and "." not in name:
            text = full_name(name, reversed(self._files)) + colon + rest
        self._body.add(text)
        self._weak = not token.strong
        self._single = compiled_single(text)
        self._message = self._blanks = 0
        self.complete = True
        self._state = "tail"

    def _take_tail(self, text: str) -> Verdict:
        stripped = text.strip()
        if not stripped:
            self._blanks += 1
            return "taken" if self._blanks <= _MOST_BLANK else "closed"
        if compiled(JOINTS).match(stripped):
            self._body.add("")
            self._body.add(stripped if stripped.endswith(":") else stripped + ":")
            self._body.add("")
            self._state, self._blanks = "joined", 0
            return "taken"
        if compiled(_QUOTES).match(stripped) and not self._message:
            return "taken"
        if self._weak and not self._blanks and compiled(_CANONICAL).match(text) and compiled(FRAME).match(text):
            self._body.cut(1)
            self.complete = False
            self._state = "body"
            return self._take_body(text)
        if self._blanks or compiled(HEADER).search(stripped) or is_record(text) or self._message >= _MESSAGE_LINES:
            return "closed"
        if self._single and text[0] not in " \t":
            return "closed"
        if text[0] not in " \t" and raised(stripped) is not None:
            return "closed"
        self._message += 1
        self._body.add(text.rstrip())
        return "taken"

    def _take_joined(self, text: str) -> Verdict:
        stripped = text.strip()
        if not stripped:
            self._blanks += 1
            return "taken" if self._blanks <= _MOST_BLANK else "closed"
        self._blanks = 0
        if compiled(HEADER).search(stripped):
            self._bordered = "Exception Group" in text
            self._open_part()
            if self._bordered:
                self._body.add(text)
            self._state = "body"
            return "taken"
        token = self._read(text)
        if token.kind == "frame" or (token.kind == "raised" and token.strong):
            self._open_part()
            self._state = "body"
            return self._take_body(text)
        return self._stray()

    def _take_bordered(self, text: str) -> Verdict:
        """
        Take a line of an exception group: its border tells where it ends.
        """
        if self._state == "tail":
            stripped = text.strip()
            if compiled(JOINTS).match(stripped):
                self._body.add(stripped)
                self._state = "joined"
                return "taken"
            self._blanks += not stripped
            return "taken" if not stripped and self._blanks <= _MOST_BLANK else "closed"
        if self._state == "joined":
            return self._take_joined(text)
        if compiled(_BORDERED).match(text):
            self._body.add(text.rstrip())
            self.complete = True
            if compiled(_ENDED).match(text) and len(text) - len(text.lstrip()) <= 4:
                self._state, self._blanks = "tail", 0
            return "taken"
        if self.complete:
            self._state, self._blanks = "tail", 0
            return self._take_bordered(text)
        return self._stray()


def compiled_single(text: str) -> bool:
    """
    Tell whether an exception line is the interpreter's own, which never goes on.
    """
    return compiled(_SINGLE).match(text) is not None
