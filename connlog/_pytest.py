"""
A failure as pytest shows it: each function up to the line that failed, then what was raised, then where.

Imports the renderings and the stream that it is one kind of.
"""

from __future__ import annotations

from connlog._canonical import TITLE
from connlog._patterns import compiled
from connlog._renderings import HEADER, JOINTS, Token, raised
from connlog._streams import Stream, Verdict

LOCATION = r"(?P<file>[^\s:\"'(\[][^:\"'(\[]*\.\w+|<[^>]+>):(?P<line>\d+): (?:in (?P<function>\S+)\s*\Z)"
_LOCATION = rf"(?:{LOCATION})|(?P<path>[^\s:][^:]*\.\w+|<[^>]+>):(?P<row>\d+): ?(?P<type>[\w.]*)\s*\Z"
RULER = r"(?:={5,}|_{5,}|-{5,}|!{5,})(?: .* | )?(?:={3,}|_{3,}|-{3,}|!{3,})?\s*\Z"
TEST = r"_{5,} .*(?:[Tt]est|ERROR at|collecting).* _{5,}\s*\Z"
RAISED = r"E(?:\s{2,}(?P<text>.*))?\Z"
_DEFINED = r"\s*(?:async )?def (?P<function>\w+)"
_MOST_LINES = 20_000


class Report(Stream):
    """
    One failed test while its lines come in.
    """

    def __init__(self, head: str) -> None:
        """
        Begin with a ruler, a location or an exception.
        """
        super().__init__("pytest", head)
        self._function = ""
        self._source = ""
        self._said: list[str] = []
        self._lines = 0
        self._done = False

    def take(self, text: str) -> Verdict:  # noqa: PLR0911 -- one flat list
        """
        Take a line without its prefix.
        """
        self._lines += 1
        if self._lines > _MOST_LINES or compiled(HEADER).search(text):
            return "closed"
        if compiled(RULER).match(text):
            self.finish()
            return "closed"
        said = compiled(RAISED).match(text)
        if said is not None:
            self._say((said["text"] or "").rstrip())
            return "taken"
        if compiled(JOINTS).match(text.strip()):
            self.finish()
            if self._state != "tail":
                return "taken"
            self._done = False
            return self._take_tail(text, 0)
        if self._state == "joined":
            if not text.strip():
                return "taken"
            self._open_part(TITLE)
        return self._take_line(text)

    def _take_line(self, text: str) -> Verdict:
        match = compiled(_LOCATION).match(text)
        if match is not None:
            file, line = match["file"] or match["path"], match["line"] or match["row"]
            function = match["function"] or self._function
            self._add_frame(Token("frame", file, line, function, self._source))
            self._source = ""
            if not match["function"]:
                self.finish()
        elif text[:1] == ">":
            self._source = text[1:].strip()
        elif text[:4] == "    " and self._files and not self._sourced and not self._said:
            self._add_source(text.strip())
        elif found := compiled(_DEFINED).match(text):
            self._function = found["function"]
        elif self._done and text.strip():
            return "closed"
        return "taken"

    def _say(self, text: str) -> None:
        if not self._said and raised(text) is None:
            return
        if len(self._said) < 64:  # noqa: PLR2004 -- lines of a message
            self._said.append(text)
        self.complete = True

    def finish(self) -> None:
        """
        Take note that what was raised has been said.
        """
        if not self._said:
            return
        self._raise(Token("raised", self._said[0], strong=True))
        for text in self._said[1:]:
            self._body.add(text)
        self._said.clear()
        self._source = ""
        self._done = True
