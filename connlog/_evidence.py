"""
One chain under judgement: what each link proves.

Imports everything below. Evidence, strongest first: a decisive class, an errno of a socket, TLS's own verdict,
a class of the standard library, a library's class, words.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from connlog._chain import is_library, is_wrapper, read
from connlog._frames import Where, where
from connlog._model import Link, Phase, Wrapper
from connlog._patterns import compiled
from connlog.catalog import Catalog, errno_name
from connlog.catalog.numbers import STRERRORS
from connlog.catalog.wrappers import CLASSES, NAMED, SURFACES, VAGUE, VERIFIED, WORDS

_ROWS: dict[str, Wrapper] = {row.type: row for row in CLASSES}
_NUMBERED = (
    r"\[(?:Errno|WinError) (?P<number>-?\d+)\]\s*(?P<words>[^\[\]:(]*)|\bErrno:? (?P<n>-?\d+):\s*(?P<w>[^\[\]:(]*)"
    r"|\bsystem error: (?P<system>\d+)|(?:'|\bsocket) \((?P<last>-?\d+)\)[\"')]*\Z|\((?P<first>\d+), 'E[A-Z0-9]+'\)"
)
_SPOKEN = "|".join(re.escape(words) for words in sorted(STRERRORS, key=len, reverse=True))

_AMBIGUOUS = frozenset({"EACCES", "EMFILE", "ENFILE", "ENOENT", "ENOMEM", "EPERM", "EPIPE", "ETIMEDOUT"})
"""Errnos that files, pipes and locks have too: a frame must say that a socket had them."""

_PLAIN = frozenset({"ConnectionError", "ConnectionResetError", "OSError"})
"""Classes that say less than the words of the library that raises them: asyncio's «Multiple exceptions: …»."""

_ENDED = frozenset({errno.ECONNABORTED, errno.ECONNRESET, errno.ETIMEDOUT})
"""How a connection ended, if what is sent next finds nobody (EPIPE)."""

_AMBIGUOUS_CLASSES = frozenset({"BrokenPipeError", "EOFError", "TimeoutError"})
_RAISED_AGAIN = 4
_TIMED_OUT = frozenset({"TimeoutError", "trio.TooSlowError"})
_RAISED = frozenset({*_TIMED_OUT, *SURFACES})
_FAR: dict[Phase, int] = {
    "transfer": 0,  # whatever it was
    "resolve": 1,
    "bind": 1,
    "connect": 2,
    "send": 3,
    "receive": 3,
    "local": 3,
    "tls": 4,  # made of sends and receives
}
_QUOTED = r"\[SSL\b[^\]]*\]"
"""OpenSSL's words in an OSError that a library has made anew, of OpenSSL's number: 1 is no EPERM then."""

_REASON = r"\[(?:SSL|X509|SYS)(?:: ([A-Z0-9_]+))?\]"

DECISIVE, ERRNO, TLS, CLASS, ROW, SAID = range(6)
"""
The grades of evidence, strongest first: a class that outranks what it wraps, an errno, TLS's own verdict, a class of
the standard library, a library's class, words.
"""


class Evidence(NamedTuple):
    """
    What one link proves; the smallest wins.

    Attributes:
        remote: Reached only through an implicit context of the program's own making.
        vague: The code says no more than that a connection failed.
        grade: What kind of evidence it is: :data:`DECISIVE` to :data:`SAID`.
        position: Its place in the chain, nearest to the surface first.
        code: The code that it stands for.
        name: Symbolic errno.
        number: Errno as raised.
    """

    remote: bool
    vague: bool
    grade: int
    position: int
    code: str
    name: str | None = None
    number: int | None = None


class Chain:
    """
    One chain under judgement: its links, what their tracebacks say, and what each link proves.
    """

    __slots__ = ("_wheres", "catalog", "children", "closed", "links")

    def __init__(self, links: Sequence[Link], catalog: Catalog) -> None:
        self.links = links
        self.catalog = catalog
        self._wheres: dict[int, Where] = {}
        self.children: dict[int, list[int]] = {}
        self.closed: set[int] = set()
        for position, link in enumerate(links):
            if link.parent is not None:
                self.children.setdefault(link.parent, []).append(position)
            if link.parent in self.closed or _is_closed(link):
                self.closed.add(position)

    def where(self, position: int) -> Where:
        """
        Read a link's traceback, once; a time-out's own says little, so the cancelled task's below it is asked too.
        """
        found = self._wheres.get(position)
        if found is None:
            found = where(self.links[position])
            cancelled = self._cancelled(position)
            if cancelled is not None and (cancelled.phase != "transfer" or found.phase is None):
                found = found._replace(phase=cancelled.phase, network=cancelled.network)
            self._wheres[position] = found
        return found

    def _cancelled(self, position: int) -> Where | None:
        """
        Ask the cancelled tasks below a time-out where they stood, and take the one that had got furthest: a library may
        have raised the time-out, or the cancellation, once more on its way out.
        """
        found = None
        below: int | None = position if self.links[position].type in _TIMED_OUT else None
        for _ in range(_RAISED_AGAIN):
            children = self._ungrouped(below) if below is not None else []
            for stood in [self.where(child) for child in children if self.links[child].type in SURFACES]:
                if stood.phase is not None and (found is None or _FAR[stood.phase] > _FAR[found.phase or "transfer"]):
                    found = stood
            below = next((child for child in children if self.links[child].type in _RAISED), None)
        return found

    def _ungrouped(self, position: int) -> list[int]:
        """
        List the links right below one; in place of a group its members, as a nursery leaves them.
        """
        children = self.children.get(position, ())
        groups = {
            child: self.children.get(child, ()) for child in children if "BaseExceptionGroup" in self.links[child].mro
        }
        return [each for child in children for each in groups.get(child, (child,))]

    def member(self, position: int) -> int:
        """
        Find the member of the outermost group that a link hangs from; -1 outside of groups at the surface.
        """
        found, link = -1, self.links[position]
        while link.parent is not None:
            if link.via == "member":
                found = position
            elif found != -1:
                found = -1  # a group below a wrapper is one failure: the tries of one connection
            position, link = link.parent, self.links[link.parent]
        return found

    def below(self, position: int) -> tuple[int, ...]:
        """
        List the links that hang below one, nearest first, without those that only stood by.
        """
        found = list(self.children.get(position, ()))
        for child in found:
            found.extend(self.children.get(child, ()))
        return tuple(child for child in found if self.links[child].because)

    def evidence(self) -> Iterator[Evidence]:
        """
        Say what each link proves.
        """
        for position in range(len(self.links)):
            proof = self.proof(position)
            if proof is not None:
                yield proof

    def proof(self, position: int) -> Evidence | None:
        """
        Say what one link proves.
        """
        if position in self.closed:
            return None
        link = self.links[position]
        row = row_of(link)
        if row is not None and row.decisive and row.code is not None:
            return None if self._is_refuted(position) else self._weigh(position, DECISIVE, row.code)
        is_quoted = link.errno is not None and compiled(_QUOTED).search(link.message) is not None
        if link.errno is not None and not is_quoted:
            known, proven = self._errno_proof(position, link.errno)
            if known:
                return proven
        reason, verify = tls_details(link)
        entry = self.catalog.by_verify_code(verify) if verify is not None else None
        if entry is None and reason is not None:
            entry = self.catalog.by_ssl_reason(reason)
        if entry is not None:
            return self._weigh(position, TLS, entry.code)
        if is_quoted or "ssl.SSLError" in link.mro:  # OpenSSL without a mnemonic
            spoken = self._spoken(position)
            if spoken is not None:
                return spoken
        said = self._row_proof(position, row) if row is not None else None
        return said if said is not None else self._class_proof(position)

    def _is_refuted(self, position: int) -> bool:
        """
        Tell whether a class blames a proxy for what happened after it: urllib3's does, once the connection is closed.
        """
        wheres = [self.where(child) for child in self.below(position) if self.proof(child) is not None]
        return any(found.phase in {"send", "receive"} and found.code is None for found in wheres)

    def _weigh(
        self, position: int, grade: int, code: str, name: str | None = None, number: int | None = None
    ) -> Evidence:
        return Evidence(
            remote=not self.links[position].because,
            vague=code in VAGUE and not (code == "timeout" and grade == CLASS and self._is_placed(position)),
            grade=grade,
            position=position,
            code=code,
            name=name,
            number=number,
        )

    def _is_placed(self, position: int) -> bool:
        """
        Tell whether the traceback says which of the time-outs it was.
        """
        return self.where(position).phase not in {None, "resolve", "transfer"}

    def _errno_proof(self, position: int, number: int) -> tuple[bool, Evidence | None]:
        """
        Tell whether an errno has a meaning here (AMQP's reply codes and zmq's EAGAIN have none), and what it proves.
        """
        link = self.links[position]
        resolver = "socket.gaierror" in link.mro or "socket.herror" in link.mro or number < 0
        name = errno_name(number, words=link.message.rpartition("] ")[2], resolver=resolver)
        entry = self.catalog.by_errno(name) if name is not None else None
        if name in _AMBIGUOUS and not self._is_network(position, name):
            is_console = name == "EPIPE" and self.where(position).console
            return True, self._weigh(position, ERRNO, "stdout-closed", name, number) if is_console else None
        if name == "EPIPE" and any(self.links[below].errno in _ENDED for below in self.below(position)):
            return True, None  # the goodbye that a library sends to a connection that has ended already
        if entry is not None:
            return True, self._weigh(position, ERRNO, entry.code, name, number)
        if self.where(position).phase == "resolve":  # out of descriptors, getaddrinfo(3) gives any errno it finds
            return True, self._weigh(position, ERRNO, "dns-failure", name, number)
        return False, None

    def _is_network(self, position: int, name: str) -> bool:
        """
        Tell whether an errno that files have too came from a socket.
        """
        found = self.where(position)
        if found.pipe:
            return False
        if is_wrapper(self.links[position].mro):  # a networking library's own class, made of a socket's error
            return True
        if name in {"ENOENT", "EACCES", "EPERM"}:
            return found.network and found.phase in {"connect", "bind", "send"}
        if name in {"EPIPE", "ETIMEDOUT"}:
            return (found.network and found.phase is not None) or self._is_wrapped(position)
        return found.network or self._is_wrapped(position)

    def _is_wrapped(self, position: int) -> bool:
        parent = self.links[position].parent
        while parent is not None:
            link = self.links[parent]
            if is_wrapper(link.mro):
                return True
            parent = link.parent
        return False

    def _row_proof(self, position: int, row: Wrapper) -> Evidence | None:
        said = _said(row.words, self.links[position].message)
        if said is not None and said[1] is not None:
            return self._weigh(position, SAID, said[1])
        spoken = self._spoken(position) if row.reads else None
        if spoken is not None:
            return spoken
        return self._weigh(position, ROW, row.code) if row.code is not None else None

    def _spoken(self, position: int) -> Evidence | None:
        code, name, number = _words_of(self.links[position].message)
        entry = self.catalog.by_errno(name) if code is None and name is not None else None
        code = entry.code if entry is not None else code
        return self._weigh(position, SAID, code, name, number) if code is not None else None

    def _made_anew(self, position: int) -> Evidence | None:
        """
        Read the words of an OSError that a library has made of another one.
        """
        spoken = self._spoken(position)
        if spoken is None and self.links[position].message.endswith("timed out"):
            return self._weigh(position, CLASS, "timeout")
        return spoken

    def _class_proof(self, position: int) -> Evidence | None:
        link, found = self.links[position], self.where(position)
        if found.pipe:
            return None
        from_network = link.type in _PLAIN and (found.network or self._is_wrapped(position))
        spoken = self._made_anew(position) if from_network else None
        if spoken is not None:
            return spoken
        name, entry = next(((name, entry) for name in link.mro if (entry := self.catalog.by_class(name))), ("", None))
        if name in _AMBIGUOUS_CLASSES and not (found.network and found.phase) and not self._is_wrapped(position):
            return self._weigh(position, CLASS, "stdout-closed") if found.console else None
        if name == "ConnectionResetError" and found.phase == "tls":  # asyncio's word for EOF: a RST has an errno
            return self._weigh(position, CLASS, "tls-connection-closed")
        if entry is not None:
            return self._weigh(position, CLASS, entry.code)
        code = named(link.mro[0]) if row_of(link) is None else None
        return self._weigh(position, SAID, code) if code is not None else None


def _is_closed(link: Link) -> bool:
    """
    Tell whether a link's class, or its words, say that no connection failed, nor any below it.
    """
    row = row_of(link)
    if row is None:
        return False
    if not row.words:
        return row.code is None and not row.reads
    said = _said(row.words, link.message)
    return said is not None and said[1] is None


def _said(rows: Sequence[tuple[str, str | None]], message: str) -> tuple[str, str | None] | None:
    """
    Find the first row whose words a message says.
    """
    return next((row for row in rows if compiled(row[0]).search(message)), None)


def row_of(link: Link) -> Wrapper | None:
    """
    Find what is known about a link's class, or about the nearest of its bases.
    """
    for name in link.mro:
        row = _ROWS.get(name)
        if row is not None:
            return row
    return None


@lru_cache(maxsize=256)
def named(name: str) -> str | None:
    """
    Read the bare name of a networking library's class that nobody has mapped: it still says a little.
    """
    module, _, bare = name.rpartition(".")
    if not is_library(module):
        return None
    return next((code for pattern, code in NAMED if compiled(pattern).search(bare)), None)


def tls_details(link: Link) -> tuple[str | None, int | None]:
    """
    Read OpenSSL's reason and the verification result, from the exception or from its words.
    """
    if "ssl.SSLError" not in link.mro:
        return None, None
    reason, verify = read(link.exc, "reason"), read(link.exc, "verify_code")
    said_reason, said_verify = tls_words(link.message)
    return (
        reason if type(reason) is str else said_reason,
        verify if type(verify) is int else said_verify,
    )


def tls_words(message: str) -> tuple[str | None, int | None]:
    """
    Read OpenSSL's reason and the verification result from a message.
    """
    match = compiled(_REASON).search(message)
    return match[1] if match else None, next((code for words, code in VERIFIED if words in message), None)


@lru_cache(maxsize=256)  # an outage says the same a thousand times
def _words_of(message: str) -> tuple[str | None, str | None, int | None]:
    """
    Read another program's words: ``[Errno 111]``, a text of strerror(3), a C client's sentence.

    Returns:
        The code that the words mean, or the errno that they name: symbol and number.
    """
    said = _said(WORDS, message)
    if said is not None:
        return said[1], None, None
    number = name = None
    numbered = compiled(_NUMBERED).search(message)
    if numbered is not None:
        number = int(next(filter(None, numbered.group("number", "n", "system", "last", "first"))))
        name = errno_name(number, words=numbered["words"] or numbered["w"] or "", resolver=number < 0)
    if name is None:
        spoken = compiled(_SPOKEN).search(message.lower())
        name = STRERRORS[spoken[0]] if spoken is not None else None
    return None, name, number
