"""
One failure while its lines come in: from its first line to its last, in the words of the interpreter.

Imports the prefixes, the renderings and what writes it down. Bounded, whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from connlog._canonical import TITLE
from connlog._patterns import compiled
from connlog._prefixed import HALF_FRAME, LONGEST_STRAY, Prefixed
from connlog._prefixes import is_record, is_stamp
from connlog._renderings import BOX, FRAME, HEADER, JOINTS, TOKENIZERS, Token, raised

Verdict = Literal["taken", "foreign", "closed"]

_BORDERED = r" *[|+]"
_ENDED = r" {0,4}\+-{20,}\s*\Z"
_SINGLE = r"(?:\w+\.)*\w+: \[(?:Errno|WinError) ?-?\d+\] [^:\[]*\Z"
_WORD = r"[A-Za-z_]\w*\s*\Z"
_CUT_NUMBER = r"\[(?:Errno|WinError)\s*\Z"
_CUT_NAME = r"[a-z]\w*: \S"
_HEADS = rf"{HEADER}:?\s*[\u2502|\u2500-]*.?\s*\Z"
_QUOTES = r'["\']{3}\s*\Z'
_NUMBERED = r"\[(?:Errno|WinError)"
_TOLD = frozenset({"typed", "valued", "joint"})
_MESSAGE_LINES = 48
_MOST_BLANK = 3
_PIECES = 3
_NARROWEST = 60


class Stream(Prefixed):
    """
    One failure while its lines come in.

    Attributes:
        first: Number of its first line.
        last: Number of the last line that belongs to it.
        start: Offset of its first line.
        end: Offset behind its last line.
        stamp: Its timestamp.
        complete: An exception line has been seen.
    """

    def __init__(self, kind: str, head: str, width: int = 0) -> None:
        """
        Begin with a header, or with what stands in its place.

        Args:
            kind: How it is rendered.
            head: What stands before the header.
            width: Of the box, if there is one.
        """
        super().__init__(kind, head)
        self.stamp: str | None = None
        self.first = self.last = self.start = self.end = 0
        self.complete = False
        self._read: Callable[[str], Token] = TOKENIZERS[kind]
        self._single = self._weak = self._stamped = False
        self._blanks = self._message = 0
        self._width = width
        self._longest = self._length = self._before = 0
        self._half = self._type = ""
        self._wrap = self._pieces = 0

    @property
    def prefixed(self) -> bool:
        """
        Its lines have a prefix that is known.
        """
        return self._like is not None

    @property
    def told(self) -> bool:
        """
        Its exception has been told, and its lines have no prefix.
        """
        return self._state == "tail" and self._like is None

    def open_group(self) -> None:
        """
        Begin with a group's header.
        """
        self._body.add(f"  + Exception Group {TITLE}")

    def begin(self, said: str, *, first: bool) -> None:
        """
        Take note of what has been said of the exception before the header, or in its place.
        """
        self.said, self._said_first = said, first

    def begin_boxed(self) -> None:
        """
        Take note that each line ends with a border.
        """
        self._boxed = True

    def begin_joined(self, lines: Sequence[str], joint: str) -> None:
        """
        Begin with an exception whose traceback is lost, and what joins it to the next one.
        """
        self._state = "body"
        self._raise(Token("raised", lines[0], strong=True))
        for text in lines[1:]:
            self._body.add(text)
        self._take_tail(joint, 0)

    def take(self, text: str) -> Verdict:
        """
        Take a line without its prefix.
        """
        self._length, length = len(text), self._length
        self._before = length
        if self._state == "tail":
            verdict = self._take_tail(text, length)
        elif self._state == "joined":
            verdict = self._take_joined(text)
        elif self._bordered:
            verdict = self._take_bordered(text)
        else:
            verdict = self._take_body(text)
        if verdict == "taken":
            self._longest = max(self._longest, self._length)
        else:
            self._length = length
        return verdict

    def _take_body(self, text: str) -> Verdict:  # noqa: C901 -- one flat list, from the special to the plain
        if self._half or compiled(HALF_FRAME).match(text):
            text = self._whole(text)
            if self._half:
                return "taken"
        if "raceback (most" in text and compiled(_HEADS).search(text):
            return "closed"
        token = self._read(text)
        kind = token.kind
        if kind in {"raised", "other"} and not token.strong and not self._sourced and self._goes_on(text):
            return "taken"
        if kind == "raised" and self._said_first and self.said not in {"", token.text} and self._files:
            self._raise_said()
            self._join(direct=False)
            self._open_part(TITLE)
            self.said = token.text
        elif kind == "raised" and (token.strong or (self._files and not (self._flat and not self._sourced))):
            self._raise(token)
        elif kind == "frame":
            self._add_frame(token)
        elif kind == "source" or (self._flat and not self._sourced and kind in {"raised", "other"}):
            self._add_source(token.text or text.strip())
        elif kind in _TOLD:
            self._be_told(token)
        elif kind == "blank":
            self._blanks += 1
            return "taken" if self._blanks < LONGEST_STRAY else "closed"
        elif kind != "skip":
            return self._stray(text)
        self._foreign = 0
        return "taken"

    def _goes_on(self, text: str) -> bool:
        """
        Take the rest of a function's name that has been wrapped.
        """
        if not compiled(_WORD).match(text) or self._before < _NARROWEST or self._flat:
            return False
        self._wrap = self._before
        self._body.add(self._body.take_back() + text.strip())
        return True

    def _raise_said(self) -> None:
        self._raise(Token("raised", self.said, strong=True))
        self.said = ""

    def _be_told(self, token: Token) -> None:
        """
        Take what other renderers say of an exception that they don't write on one line.
        """
        if token.kind == "typed":
            self._type, self.format = token.text, "django"
        elif token.kind == "valued":
            self._raise(Token("raised", f"{self._type or 'Exception'}: {token.text}".rstrip(": "), strong=True))
        elif token.kind == "joint" and self._files:
            name = "OSError" if compiled(_NUMBERED).match(token.text) else "Exception"
            self._raise(Token("raised", f"{name}: {token.text}", strong=True))
            self._join(direct=token.strong)

    def _join(self, *, direct: bool) -> None:
        self._write_joint(direct=direct)
        self._state, self._blanks = "joined", 0

    def finish(self) -> None:
        """
        Take note that nothing more comes.
        """
        if self.said and self._files and self._state == "body":
            self._raise_said()

    def _whole(self, text: str) -> str:
        """
        Put a frame together that has been wrapped.
        """
        if compiled(FRAME).match(text) and not self._half:
            return text
        joined = self._half + text
        bare = f"{self._half.rstrip()} {text.strip()}"
        if self._half and (match := compiled(FRAME).match(joined) or compiled(FRAME).match(bare)):
            self._wrap = self._before if self._before >= _NARROWEST else 0
            self._half, self._pieces = "", 0
            return match.string
        self._pieces += 1
        if self._pieces > _PIECES or not text.strip():
            self._half, self._pieces = "", 0
            return text
        self._half = bare if len(self._half) < _NARROWEST and self._half else joined
        return text

    def _stray(self, text: str) -> Verdict:
        if compiled(HEADER).search(text):
            return "closed"
        self._stamped = self._stamped or is_stamp(text)
        self._foreign += 1
        return "foreign" if self._foreign < LONGEST_STRAY else "closed"

    def _raise(self, token: Token) -> None:
        text = self._write_exception(token)
        self._weak = not token.strong
        self._single = compiled(_SINGLE).match(text) is not None
        self._message = self._blanks = 0
        self.complete = True
        self._state = "tail"

    def _take_tail(self, text: str, length: int) -> Verdict:  # noqa: PLR0911 -- likewise
        stripped = text.strip()
        if not stripped:
            self._blanks += 1
            return "taken" if self._blanks <= _MOST_BLANK else "closed"
        joint = compiled(JOINTS).match(stripped)
        if joint is not None:
            self._join(direct=joint["how"] is not None)
            return "taken"
        if self._stamped and is_stamp(text):
            return "foreign"
        if compiled(_QUOTES).match(stripped) and not self._message:
            return "taken"
        if self._weak and not self._blanks and compiled(FRAME).match(text):
            return self._revoke(text)
        if self._blanks or self._is_over(text, stripped, length):
            return "closed"
        self._message += 1
        if self._is_wrapped(text, length):
            gap = " " if self._width else ""
            self._body.add(f"{self._body.take_back()}{gap}{stripped if gap else text.rstrip()}")
        else:
            self._body.add(text.rstrip())
        return "taken"

    def _revoke(self, text: str) -> Verdict:
        """
        Take back what seemed to be the exception, and was another's line.
        """
        self._body.take_back()
        self.complete = False
        self._state = "body"
        return self._take_body(text)

    def _is_over(self, text: str, stripped: str, length: int) -> bool:
        """
        Tell whether a line behind the exception no longer belongs to its message.
        """
        if self._message >= _MESSAGE_LINES or compiled(HEADER).search(stripped) or is_record(text):
            return True
        if text[0] in " \t" or self._is_wrapped(text, length):
            return False
        token = raised(stripped)
        return self._single or (token is not None and token.strong)

    def _is_wrapped(self, text: str, length: int) -> bool:
        """
        Tell whether a line goes on the one before, which had been as long as lines were allowed to be.
        """
        if self._wrap:
            return length == self._wrap
        if not self._message and self._is_cut(text):
            self._wrap = length
            return True
        if text[0] in " \t":
            return False
        if self._width:
            return length + 1 + len(text.split(maxsplit=1)[0]) > self._width
        return length >= _NARROWEST and length >= self._longest

    def _is_cut(self, text: str) -> bool:
        """
        Tell whether an exception line breaks off within the name or the number.
        """
        last = self._body.take_back()
        self._body.add(last)
        if compiled(_CUT_NUMBER).search(last):
            return True
        return ":" not in last and compiled(_CUT_NAME).match(text) is not None and last != self.said

    def _take_joined(self, text: str) -> Verdict:
        stripped = text.strip()
        if not stripped:
            self._blanks += 1
            return "taken" if self._blanks <= _MOST_BLANK else "closed"
        if compiled(HEADER).search(stripped):
            self._bordered = "Exception Group" in text
            self._switch(text)
            self._open_part(text.rstrip() if self._bordered else TITLE)
            return "taken"
        token = self._read(text)
        if token.kind == "frame" or (token.kind == "raised" and token.strong):
            self._open_part(TITLE)
            return self._take_body(text)
        return self._stray(text)

    def _switch(self, text: str) -> None:
        """
        Go on in a box, if the first exception had none because it had no traceback.
        """
        if compiled(BOX).match(text):
            self._read, self._width, self.format = TOKENIZERS["rich"], len(text.rstrip()), "rich"

    def _open_part(self, title: str) -> None:
        self._write_header(title)
        self._blanks = self._foreign = 0
        self._state = "body"

    def _take_bordered(self, text: str) -> Verdict:
        """
        Take a line of an exception group: its border tells where it ends.
        """
        if compiled(_BORDERED).match(text):
            self._body.add(text.rstrip())
            self.complete = True
            self.frames += 1
            if compiled(_ENDED).match(text):
                self._end_group()
            return "taken"
        if not self.complete or (text.strip() and not is_record(text) and self._foreign < _MOST_BLANK):
            return self._stray(text)
        self._end_group()
        return self._take_tail(text, 0)

    def _end_group(self) -> None:
        self._state = "tail"
        self._blanks = 0
        self._single, self._message = True, _MESSAGE_LINES
        self._bordered = False
