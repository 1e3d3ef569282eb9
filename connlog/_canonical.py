"""
What the interpreter would have printed: the text that a failure becomes, however it was rendered.

Imports the renderings and the classes. Bounded: the middle of what grows without end is left out.
"""

from __future__ import annotations

from collections import deque

from connlog._classes import full_name
from connlog._patterns import compiled
from connlog._renderings import JOINT, Token

TITLE = "Traceback (most recent call last):"
_FAILURE = r"Failure: (?=[\w.]+: )"
_SHORT = frozenset({"django", "ipython", "rich", "stackprinter"})
"""Renderings that leave out the module of a class."""

_KEPT = 1 << 17
_FILES = 64


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
        while self._tail_size > _KEPT and len(self._tail) > 1:
            self._tail_size -= len(self._tail.popleft()) + 1

    def take_back(self) -> str:
        """
        Take the last line back.
        """
        if self._tail:
            text = self._tail.pop()
            self._tail_size -= len(text) + 1
        else:
            text = self._head.pop()
            self._head_size -= len(text) + 1
        return text

    def lines(self) -> tuple[str, ...]:
        """
        Give what is kept.
        """
        return (*self._head, *self._tail)


class Writer:
    """
    Writes one failure down as the interpreter would have printed it.

    Attributes:
        format: How it is rendered.
        frames: How many frames have been seen.
        said: What had been said of the exception before the first frame.
    """

    def __init__(self, kind: str) -> None:
        """
        Begin, unless a group does, whose header is written as it stands.
        """
        self.format = kind
        self.frames = 0
        self.said = ""
        self._body = Kept()
        self._files: deque[str] = deque(maxlen=_FILES)
        self._turned: deque[list[str]] = deque(maxlen=_FILES)
        self._said_first = False
        self._sourced = True
        if kind != "group":
            self._body.add(TITLE)

    def lines(self) -> tuple[str, ...]:
        """
        Give the canonical text.
        """
        return self._body.lines()

    def _write_header(self, title: str) -> None:
        self._body.add(title)
        self._files.clear()
        self._sourced = True

    def _add_frame(self, token: Token) -> None:
        self._files.append(token.text)
        self.frames += 1
        self._put(f'  File "{token.text}", line {token.line}, in {token.function or "<module>"}')
        self._sourced = bool(token.source)
        if token.source:
            self._put(f"    {token.source}")

    def _add_source(self, text: str) -> None:
        if not self._sourced:
            self._put(f"    {text}")
            self._sourced = True

    def _put(self, text: str) -> None:
        if not self._said_first:
            self._body.add(text)
        elif text[2] != " ":
            self._turned.append([text])
        else:
            self._turned[-1].append(text)

    def _write_exception(self, token: Token) -> str:
        while self._turned:  # what says the exception first mostly says the innermost frame first too
            for text in self._turned.pop():
                self._body.add(text)
        text = compiled(_FAILURE).sub("", token.text)
        name, colon, rest = text.partition(":")
        if (self.format in _SHORT or token.text == self.said) and "." not in name:
            text = full_name(name, tuple(self._files)[::-1], rest.strip()) + colon + rest
        self._body.add(text)
        return text

    def _write_joint(self, *, direct: bool) -> None:
        for text in ("", JOINT[direct], ""):
            self._body.add(text)
