"""
How a line of a traceback looks in each rendering, and what it says: a frame, its source, the exception.

Imports the nouns' patterns only. One function a rendering; each takes a line without its prefix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from connlog._patterns import compiled

Kind = Literal["frame", "source", "raised", "blank", "skip", "typed", "valued", "joint", "other"]

HEADER = r"[Tt]?raceback \(most recent call last\)"
"""What a traceback begins with; what was glued before it may have cost it a letter."""

JOINTS = (
    r"(?:The above exception(?: \((?P<cause>.*)\))? was the (?P<how>direct) cause of the following exception"
    r"|(?:During|While) handling (?:of )?the above exception(?: \((?P<context>.*)\))?, another exception occurred):?"
)
JOINT = {
    True: "The above exception was the direct cause of the following exception:",
    False: "During handling of the above exception, another exception occurred:",
}
"""What the interpreter prints between two exceptions: the first is the cause of the second, or not."""

FRAME = (
    r'\s*(?:File "(?P<file>[^"]*)"|Module "(?P<module>[\w.]+)"), line (?P<line>\d+)'
    r"(?:, in (?P<function>\S+)(?:\s{2,}(?P<source>\S.*)|\s.*)?)?\s*\Z"
)
RAISED = r"(?P<type>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?\Z"
_DJANGO = r"Exception (?P<what>Type|Value): ?\s*(?P<said>.*)"
_TYPE = (
    r"(?:[A-Za-z_]\w*\.)+_?[A-Za-z]\w*|_?[A-Z]\w*(?:Error|Exception|Warning|Timeout|Interrupt|Exit|Failure|Group|Abort"
    r"|Refused|Lost|Done|Closed|Disconnected|Unavailable|Iteration|Fault|Invalid|Missing|NotFound|Available|Again|Read"
    r"|Disconnect|Status|Line|Eror|Retry|Limit|Incomplete\w*|NoHost\w*|No\w+|Exceeded|Expired)"
    r"|error|timeout|gaierror|herror|sslerror|_\w+Error|abort"
)
_STRONG = rf"(?P<type>{_TYPE})(?:: ?(?P<message>.*))?\Z"
BOX = r"(?P<head>.*?)[\u256d+][\u2500-]{3,} Traceback \(most recent call last\)"
"""What rich writes above a box."""

_RICH_FRAME = r"(?P<file>\S.*?):(?P<line>\d+)(?: in (?P<function>\S+))?\s*\Z"
_RICH_SOURCE = r"[\u2771>]\s*\d+ (?P<source>.*)"
_BOXED = r"[\u2502|] ?(?P<inner>.*?)[ ]*[\u2502|]?\Z"
_BOX_END = r"[\u2570+][\u2500-][\u2500-]+[\u256f+]\s*\Z"
_IPYTHON_FRAME = (
    r"(?:File )?(?:\[\S+\]\()?(?P<file>(?:https?://\S+:\d+/|/|~|<|[A-Za-z]:\\|\.)[^:]*?(?:>|\w))\)?(?::(?P<line>\d+))?"
    r"(?:, line (?P<after>\d+))?,? in (?P<function>[\w.<>]+)(?:\(.*)?\Z"
    r"|(?P<cell>(?:Cell )?In ?\[[\d ]*\])(?:, (?:line |in <cell line: )(?P<row>\d+).*)?(?:, in (?P<name>[\w.<>]+).*)?\Z"
)
_ARROW = r"-+> ?(?P<line>\d+) (?P<source>.*)"
_NUMBERED = r"\s*(?:-+>\s*)?\d+(?:\s|\Z)|\s*\(\.\.\.\)|\s*\.\.\."
_LEVELS = frozenset(["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"])


class Token(NamedTuple):
    """
    What one line of a traceback says.

    Attributes:
        kind: What it is.
        text: A frame's file; a source line; the exception line.
        line: A frame's line number.
        function: A frame's function.
        source: A frame's source, where both stand on one line.
        strong: The exception line can hardly be anything else.
    """

    kind: Kind
    text: str = ""
    line: str = "0"
    function: str = ""
    source: str = ""
    strong: bool = False


BLANK, SKIP, OTHER = Token("blank"), Token("skip"), Token("other")


def raised(text: str) -> Token | None:
    """
    Read an exception line.
    """
    match = compiled(_STRONG).match(text)
    if match is not None:
        return Token("raised", text, strong=True)
    match = compiled(RAISED).match(text)
    if match is None or match["type"] in _LEVELS:
        return None
    return Token("raised", text)


def plain(text: str) -> Token:
    """
    Read a line of what the interpreter prints.
    """
    stripped = text.strip()
    if not stripped:
        return BLANK
    if stripped.startswith(("File", "Module")):
        match = compiled(FRAME).match(text)
        if match is not None:
            file = match["file"] or match["module"].replace(".", "/") + ".py"
            return Token("frame", file, match["line"], match["function"] or "", match["source"] or "")
    if text[0] in " \t":
        return SKIP if not stripped.strip("^~ ") else Token("source", stripped)
    return raised(stripped) or _told(stripped)


def _told(text: str) -> Token:
    """
    Read what Django says of an exception.
    """
    match = compiled(_DJANGO).match(text)
    if match is not None:
        kind: Kind = "typed" if match["what"] == "Type" else "valued"
        return Token(kind, match["said"] if kind == "valued" else match["said"].split(" ")[0])
    match = compiled(JOINTS).match(text)
    if match is None:
        return OTHER
    return Token("joint", match["cause"] or match["context"] or "", strong=match["how"] is not None)


def rich(text: str) -> Token:
    """
    Read a line of rich's box.
    """
    if not text.strip():
        return BLANK
    match = compiled(_BOXED).match(text.strip())
    if match is None:
        return SKIP if compiled(_BOX_END).match(text.strip()) else raised(text.strip()) or OTHER
    inner = match["inner"]
    if inner[:1] in {"\u256d", "\u2502", "\u2570", " ", ""}:
        return SKIP
    found = compiled(_RICH_SOURCE).match(inner)
    if found is not None:
        return Token("source", found["source"].replace("\u2502", " ").strip())
    found = compiled(_RICH_FRAME).match(inner)
    if found is not None:
        return Token("frame", found["file"], found["line"], found["function"] or "")
    return SKIP


def ipython(text: str) -> Token:
    """
    Read a line of IPython's traceback.
    """
    stripped = text.strip()
    if not stripped:
        return BLANK
    match = compiled(_ARROW).match(stripped)
    if match is not None:
        return Token("source", match["source"].strip(), match["line"])
    if text[0] in " \t" or compiled(_NUMBERED).match(text):
        return SKIP
    match = compiled(_IPYTHON_FRAME).match(stripped)
    if match is not None:
        file = match["file"] or f"<{match['cell']}>"
        function = match["function"] or match["name"] or "<module>"
        line = match["line"] or match["after"] or match["row"] or "0"
        return Token("frame", file, line, function.rpartition(".")[2])
    return raised(stripped) or OTHER


def stackprinter(text: str) -> Token:
    """
    Read a line of stackprinter's traceback.
    """
    token = plain(text)
    if token.kind in {"frame", "blank"}:
        return token
    match = compiled(_ARROW).match(text.strip())
    if match is not None:
        return Token("source", match["source"].strip(), match["line"])
    if compiled(_NUMBERED).match(text) or text.strip().startswith("....") or text[:5] == "     ":
        return SKIP
    return token


TOKENIZERS: dict[str, Callable[[str], Token]] = {
    "traceback": plain,
    "group": plain,
    "rich": rich,
    "ipython": ipython,
    "stackprinter": stackprinter,
    "pytest": plain,
}
"""What reads a line, by the format."""
