"""
One line or sentence without a traceback -> the links of the exceptions whose words it is.

Imports the nouns, the chain's rules, the classes, the words and the wrapper tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from connlog._chain import MESSAGE, is_wrapper, mro
from connlog._classes import classes_of, full_name, number_in, winerror_in
from connlog._model import Link
from connlog._patterns import compiled
from connlog._words import errno_said, told
from connlog.catalog.wrappers import MODULES, SENTENCES

_TYPED = r"(?:\A|(?<=[\s:(>|]))(?P<type>[A-Za-z_]\w*(?:\.\w+)*): (?=\S)"
_SHOWN = (
    r"(?:\A|(?<=[\s:=<\[{]))(?P<type>[A-Za-z_]\w*(?:\.\w+)*)?"
    r"\((?P<number>-?\d{1,9}), (?P<quote>['\"])(?P<words>[^\n]*?)(?P=quote)\)"
)
_NUMBERED = r"\[(?:Errno|WinError) ?(?P<number>-?\d{1,9})\]|\(Errno:? (?P<inside>\d{1,9})\)"
_WORDED = (
    r"(?i)(?:\bconnect(?:ing|ion)?\b|\bdial \w+ |:\d{2,5}\b|\bport \d+|\blookup |\bresolv(?:e|ing) ).*"
    r"(?:: |\()(?:\d+: )?(?P<words>[^:()]+?)[.)]*\Z"
)
_SOURCE = (
    r"(?:async )?(?:def |class |with |for \w.* in )|"
    r"(?:el)?if |assert |except\b|raise |return |import |from \w+ import |while "
    r"|try:|# |[@>]\S|>>> |\"\"\"|'''|[\w.\[\]]+ (?:=|==|!=) (?:['\"({\[]|[\w.]+\()"
)
"""How a line begins that is a program's own: it names failures, and tells of none."""

_QUOTED = r"(?<![\w=])(?<!: )['\"`\u201c\u00ab][^'\"`\u201d\u00bb]*\Z|\b(?:side_effect|return_value)=\Z"
"""What stands before words that somebody quotes; after an equals sign or a colon they are a value."""

_ENDED = r"\s*(?:\Z|[.,;:!)>}'\"]|\]\s*\Z|\]['\",.)}]|\()"
"""What stands behind the words of a failure; where a sentence goes on, it is prose."""

_MADE_UP = (
    r"(?i)\s*(?:connect call failed|error connecting to |error while attempting to bind|multiple exceptions:"
    r"|connection lost|timed out|the (?:read|write|handshake) operation timed out|<urlopen error |unable to connect"
    r"|cannot write to closing transport|e[a-z]{3,}(?!\w))"
)
"""What Python and its libraries put in place of the words of strerror(3)."""

_PROSE = r"(?:is|are|was|were|now|when|if|raised|means|because|on|in|from|and|or)\b"
_UNKNOWN = r"\s*(?:\Z|[^\Wa-z\d_])"
_OFTEN_FILES = frozenset({"EACCES", "EMFILE", "ENFILE", "ENOENT", "ENOMEM", "EPERM", "EPIPE"})
_LISTED = ("[", "{", "<", ",")
_NAMES = 16
_RESOLVED = range(11_001, 11_005)
_OS_ERRORS = mro(OSError)
_RESOLVER = ("socket.gaierror", *_OS_ERRORS)


def links_of_line(text: str) -> tuple[Link, ...]:
    """
    Make the links of the failure that a line tells by itself: the exception that it names, and whose words it quotes.
    """
    text = text[:MESSAGE].strip()
    if compiled(_SOURCE).match(text):
        return ()
    links = enumerate(_named(text))
    return tuple(link._replace(via="argument", parent=0) if place else link for place, link in links)


def quoted(text: str) -> Link | None:
    """
    Make the link of the exception whose sentence stands in a text.
    """
    for pattern, name in SENTENCES:
        said = compiled(pattern).search(text)
        if said is not None:
            full, names = classes_of(name)
            return Link(type=full, mro=names, message=text[said.start() :])
    return None


def _named(text: str) -> Iterator[Link]:
    typed = next(filter(None, (_typed(text, *where) for where in islice(_types(text), _NAMES))), None)
    if typed is not None:
        yield typed
    sentence = quoted(text)
    if sentence is not None:
        yield sentence
        return
    if typed is None:
        yield from filter(None, (_shown(text) or _numbered(text) or _worded(text),))


def _types(text: str) -> Iterator[tuple[str, int, int]]:
    """
    List the names in a text that may be those of classes, and where they stand.
    """
    for match in compiled(_TYPED).finditer(text):
        yield match["type"], match.start(), match.end()


def _typed(text: str, name: str, start: int, end: int) -> Link | None:
    """
    Make the link of an exception line, if its class is one that can fail to connect.
    """
    full, names = classes_of(full_name(name, ()) if name[0].isupper() else name)
    message = text[end:]
    if compiled(_QUOTED).search(text[:start]) or ("." not in full and "OSError" not in names):
        return None
    number = number_in(message, names)
    if (not is_wrapper(names) or full.partition(".")[0] in MODULES) and not _is_told(message):
        return None
    if compiled(_PROSE).match(message):
        return None
    return Link(type=full, mro=names, message=message, errno=number, winerror=winerror_in(message))


def _is_told(message: str) -> bool:
    """
    Tell whether words are those of a failure: known ones, and nothing that goes on as prose does.
    """
    number = compiled(_NUMBERED).match(message)
    if number is None and message.strip(" .").lstrip("-").isdigit():
        return True
    words = message if number is None else message[number.end() :]
    rest = told(words)
    if rest is not None:
        return compiled(_ENDED).match(rest) is not None
    if compiled(_MADE_UP).match(words):
        return True
    return number is not None and compiled(_UNKNOWN).match(words) is not None


def _shown(text: str) -> Link | None:
    """
    Make the link of what ``repr`` shows of an OSError, or of its arguments alone.
    """
    for match in compiled(_SHOWN).finditer(text):
        name = match["type"]
        if name is None and text[: match.start()].rstrip().endswith(_LISTED):
            continue
        full, names = classes_of("OSError" if name is None else full_name(name, (), f"({match['number']}, '"))
        if "OSError" not in names or "ssl.SSLError" in names or compiled(_QUOTED).search(text[: match.start()]):
            continue
        if told(match["words"]) is not None or compiled(_MADE_UP).match(match["words"]):
            return _of_number(int(match["number"]), match["words"], full, names)
    return None


def _numbered(text: str) -> Link | None:
    """
    Make the link of what is left when a program logs no more than the words of an OSError.
    """
    match = compiled(_NUMBERED).search(text)
    if match is None or compiled(_QUOTED).search(text[: match.start()]):
        return None
    if match["inside"] is None and not _is_told(text[match.start() :]):
        return None
    message = text if match["inside"] is not None else text[match.start() :]
    number = number_in(message, _OS_ERRORS)
    return None if number is None else _of_number(number, message, "OSError", _OS_ERRORS)


def _worded(text: str) -> Link | None:
    """
    Make the link of another program's line that ends with the words of strerror(3).
    """
    match = compiled(_WORDED).search(text)
    name = None if match is None or told(match["words"]) != "" else errno_said(match["words"])
    if name is None or name in _OFTEN_FILES or compiled(_QUOTED).search(text):
        return None
    return Link(type="connect", mro=("connect",), message=text)


def _of_number(number: int, message: str, full: str, names: tuple[str, ...]) -> Link:
    """
    Make the link of a number: a resolver's own are negative, Windows' stand beside Winsock's.
    """
    name = errno_said(message)
    is_resolver = number < 0 or number in _RESOLVED or (name is not None and name.startswith("EAI_"))
    if is_resolver:
        full, names = "socket.gaierror", _RESOLVER
    return Link(type=full, mro=names, message=message, errno=number, winerror=winerror_in(message))
