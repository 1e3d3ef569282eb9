"""
Links and catalog -> one diagnosis, or none.

Floor 5. Imports everything below. Pure: the same links and the same catalog give the same diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from connlog import _text
from connlog._chain import is_library, read, walk
from connlog._facts import Situation, applies, service_of
from connlog._frames import Where, where
from connlog._model import Diagnosis, Endpoint, Entry, Hint, Link, Phase, Retry, Wrapper
from connlog._target import endpoint, location, path_to_surface
from connlog.catalog import CATALOG, Catalog, errno_name
from connlog.catalog.numbers import STRERRORS
from connlog.catalog.wrappers import CLASSES, LIBRARIES, SERVERS, SURFACES, VAGUE, WORDS

_ROWS: dict[str, Wrapper] = {row.type: row for row in CLASSES}
_WORDS = tuple((re.compile(pattern), code) for pattern, code in WORDS)
_NUMBERED = re.compile(r"\[(?:Errno|WinError) (-?\d+)\]\s*([^\[\]:(]*)|\bErrno:? (-?\d+):\s*([^\[\]:(]*)")
_SPOKEN = re.compile("|".join(re.escape(words) for words in sorted(STRERRORS, key=len, reverse=True)))

_AMBIGUOUS = frozenset({"EACCES", "EAGAIN", "EMFILE", "ENFILE", "ENOENT", "ENOMEM", "EPERM", "EPIPE", "ETIMEDOUT"})
"""Errnos that files, pipes and locks have too: a frame must say that a socket had them."""

_AMBIGUOUS_CLASSES = frozenset({"BrokenPipeError", "EOFError", "TimeoutError"})
_ON_THE_WAY: frozenset[Phase] = frozenset({"resolve", "connect", "tls"})
_TIMEOUTS = frozenset({"connect-timeout", "read-timeout", "timeout"})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Evidence:
    """
    What one link proves; the smallest wins.

    Attributes:
        remote: Reached only through an implicit context of the program's own making.
        vague: The code says no more than that a connection failed.
        grade: 0 a decisive class, 1 an errno, 2 TLS, 3 a class of the standard library, 4 a library's class, 5 words.
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


def diagnose(exc: BaseException, *, catalog: Catalog = CATALOG) -> Diagnosis | None:
    """
    Find the connection failure in an exception, through every wrapper.

    Args:
        exc: Any exception; its causes, contexts, groups, arguments and the attributes of known libraries are followed.
        catalog: What can be said; with a team's runbook: :meth:`Catalog.extended`.

    Returns:
        What failed, where, why, whether a retry is safe and what to do; ``None`` if no connection failed.

    .. versionadded:: 0.1.0
    """
    return diagnose_links(walk(exc), catalog=catalog)


def diagnose_text(text: str, *, catalog: Catalog = CATALOG) -> Diagnosis | None:
    """
    Find the connection failure in the text of a traceback.
    """
    return diagnose_links(_text.links_of_text(text), catalog=catalog)


def diagnose_frames(stacks: Sequence[Mapping[str, Any]], *, catalog: Catalog = CATALOG) -> Diagnosis | None:
    """
    Find the connection failure in what ``structlog.processors.dict_tracebacks`` made of an exception.
    """
    return diagnose_links(_text.links_of_stacks(stacks), catalog=catalog)


def is_retryable(exc: BaseException, *, idempotent: bool = False) -> bool:
    """
    Tell whether the same attempt may be repeated: for ``stamina.retry(on=...)`` and ``tenacity.retry_if_exception(...)``.

    Args:
        exc: What the attempt raised.
        idempotent: Repeating the request does no harm (RFC 9110, section 9.2.2).

    .. versionadded:: 0.1.0
    """
    found = diagnose(exc)
    if found is None or found.relation != "because":
        return False
    return found.retry == "safe" or (idempotent and found.retry == "if-idempotent")


def diagnose_links(links: Sequence[Link], *, catalog: Catalog = CATALOG) -> Diagnosis | None:
    """
    Judge a chain: the one road for exceptions and texts alike.
    """
    if not links or any(name in SURFACES for name in links[0].mro):
        return None
    chain = _Chain(links, catalog)
    best: dict[int, Evidence] = {}
    for evidence in chain.evidence():
        branch = chain.member(evidence.position)
        if branch not in best or evidence < best[branch]:
            best[branch] = evidence
    if not best:
        return None
    ranked = sorted(best.values(), key=lambda evidence: (evidence.remote, chain.member(evidence.position)))
    first, *rest = [evidence for evidence in ranked if evidence.remote == ranked[0].remote]
    others = tuple(chain.record(evidence) for evidence in rest)
    return replace(chain.record(first), count=1 + len(others), others=others)


class _Chain:
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
            if link.parent in self.closed or self._is_closed(link):
                self.closed.add(position)

    @staticmethod
    def _is_closed(link: Link) -> bool:
        row = row_of(link)
        return row is not None and row.code is None and not row.words and not row.reads

    def where(self, position: int) -> Where:
        """
        Read a link's traceback, once; a time-out's own says little, so the cancelled task's below it is asked too.
        """
        found = self._wheres.get(position)
        if found is None:
            found = where(self.links[position])
            if found.phase is None and self.links[position].type == "TimeoutError":
                for child in self.children.get(position, ()):
                    below = self.where(child) if self.links[child].type in SURFACES else None
                    found = below if below is not None and below.phase is not None else found
            self._wheres[position] = found
        return found

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

    def evidence(self) -> Iterator[Evidence]:
        """
        Say what each link proves.
        """
        for position, link in enumerate(self.links):
            if position in self.closed:
                continue
            proof = self._proof(position, link)
            if proof is not None and proof[1] is not None:
                grade, code, name, number = proof
                yield Evidence(
                    remote=not link.because,
                    vague=code in VAGUE,
                    grade=grade,
                    position=position,
                    code=code,
                    name=name,
                    number=number,
                )

    def _proof(self, position: int, link: Link) -> tuple[int, str | None, str | None, int | None] | None:
        row = row_of(link)
        if row is not None and row.decisive:
            return 0, row.code, None, None
        if link.errno is not None:
            return self._errno_proof(position, link)
        tls = self._tls_proof(link)
        if tls is not None:
            return tls
        if row is not None:
            return self._row_proof(row, link)
        return self._class_proof(position, link)

    def _errno_proof(self, position: int, link: Link) -> tuple[int, str | None, str | None, int | None] | None:
        number = link.errno if link.errno is not None else 0
        resolver = "socket.gaierror" in link.mro or "socket.herror" in link.mro or number < 0
        name = errno_name(number, words=link.message.rpartition("] ")[2], resolver=resolver)
        if name is None:
            return None
        if name in _AMBIGUOUS and not self._is_network(position, name):
            if name == "EPIPE" and self.where(position).console:
                return 1, "stdout-closed", name, number
            return None
        entry = self.catalog.by_errno(name)
        return (1, entry.code, name, number) if entry is not None else None

    def _is_network(self, position: int, name: str) -> bool:
        """
        Tell whether an errno that files have too came from a socket.
        """
        found = self.where(position)
        if name in {"ENOENT", "EACCES", "EPERM"}:
            return found.network and found.phase in {"connect", "bind", "send"}
        if name in {"EPIPE", "ETIMEDOUT", "EAGAIN"}:
            return (found.network and found.phase is not None) or self._is_wrapped(position)
        return found.network or self._is_wrapped(position)

    def _is_wrapped(self, position: int) -> bool:
        parent = self.links[position].parent
        while parent is not None:
            link = self.links[parent]
            if row_of(link) is not None or is_library(link.type):
                return True
            parent = link.parent
        return False

    def _tls_proof(self, link: Link) -> tuple[int, str | None, str | None, int | None] | None:
        if "ssl.SSLError" not in link.mro:
            return None
        reason, verify = tls_details(link)
        entry = None
        if verify is not None:
            entry = self.catalog.by_verify_code(verify)
        if entry is None and reason is not None:
            entry = self.catalog.by_ssl_reason(reason)
        return (2, entry.code, None, None) if entry is not None else None

    def _row_proof(self, row: Wrapper, link: Link) -> tuple[int, str | None, str | None, int | None] | None:
        for pattern, code in row.words:
            if _compiled(pattern).search(link.message):
                return 5, code, None, None
        spoken = self._spoken(link.message) if row.reads else None
        if spoken is not None:
            return spoken
        return (4, row.code, None, None) if row.code is not None else None

    def _spoken(self, message: str) -> tuple[int, str | None, str | None, int | None] | None:
        """
        Read another program's words: ``[Errno 111]``, a text of strerror(3), a C client's sentence.
        """
        for pattern, code in _WORDS:
            if pattern.search(message):
                return 5, code, None, None
        number = name = None
        numbered = _NUMBERED.search(message)
        if numbered is not None:
            number = int(numbered[1] or numbered[3])
            name = errno_name(number, words=(numbered[2] or numbered[4] or ""), resolver=number < 0)
        if name is None:
            spoken = _SPOKEN.search(message.lower())
            name = STRERRORS[spoken[0]] if spoken is not None else None
        entry = self.catalog.by_errno(name) if name is not None else None
        return (5, entry.code, name, number) if entry is not None else None

    def _class_proof(self, position: int, link: Link) -> tuple[int, str | None, str | None, int | None] | None:
        for name in link.mro:
            entry = self.catalog.by_class(name)
            if entry is None:
                continue
            if name in _AMBIGUOUS_CLASSES:
                found = self.where(position)
                if not (found.network and found.phase is not None) and not self._is_wrapped(position):
                    return (3, "stdout-closed", None, None) if found.console else None
            return 3, entry.code, None, None
        if link.mro[0] == "OSError" and self.where(position).network:  # asyncio's «Multiple exceptions: …»
            return self._spoken(link.message)
        return None

    def record(self, evidence: Evidence) -> Diagnosis:
        """
        Write down what one piece of evidence says.
        """
        root = self.links[evidence.position]
        upwards = path_to_surface(self.links, evidence.position)
        below = tuple(self._below(evidence.position))
        asked = (*below, evidence.position) if evidence.grade == 0 else (*upwards, *below)
        wheres = [self.where(position) for position in asked]
        target = endpoint(self.links, asked, wheres)
        entry = self._entry(evidence, asked, wheres)
        phase = self._phase(entry, evidence, wheres)
        name, number = self._errno(evidence, entry, below)
        reason, verify = tls_details(root)
        situation = Situation(
            code=entry.code,
            phase=phase,
            errno_name=name,
            endpoint=target,
            service=service_of(target),
            libraries=self._libraries(asked, wheres),
            verify=None if verify is None else str(verify),
            ssl_reason=reason,
            server_side=any(_is_server(module) for position in upwards for module in self.where(position).modules),
            dual_stack="Multiple exceptions" in root.message or "BaseExceptionGroup" in root.mro,
            here=root.exc is not None,
        )
        cause, hints = _say(entry, situation, self.catalog.runbook)
        return Diagnosis(
            code=entry.code,
            title=entry.title,
            cause=cause,
            hint=hints[0],
            hints=hints,
            errno=number,
            errno_name=name,
            error_type=root.type,
            surface_type=self.links[0].type,
            chain=tuple(self.links[position].type for position in reversed(upwards)),
            relation="because" if root.because else "while-handling",
            phase=phase,
            retry=_retry(entry, phase),
            server_address=target.address,
            server_port=target.port,
            peer_address=target.peer_address,
            peer_port=target.peer_port,
            transport=target.transport,
            service=situation.service,
            url=target.url,
            location=location(self.links, upwards),
        )

    def _below(self, position: int) -> Iterator[int]:
        queue = list(self.children.get(position, ()))
        while queue:
            child = queue.pop(0)
            if self.links[child].because:
                yield child
                queue.extend(self.children.get(child, ()))

    def _entry(self, evidence: Evidence, asked: Sequence[int], wheres: Sequence[Where]) -> Entry:
        """
        Look up the entry, once the phase has said which time-out it is and whose connection it was.
        """
        code = evidence.code
        if code in {"timeout", "connect-timeout"} and evidence.grade in {1, 3}:
            phase = self.where(evidence.position).phase
            code = {"connect": "connect-timeout", None: code}.get(phase, "timeout" if phase == "resolve" else "read-timeout")
        entry = self.catalog[code]
        proxy = next((found.code for found in wheres if found.code is not None), None)
        return self.catalog[proxy] if proxy is not None and entry.stage in {"connect", "resolve"} else entry

    @staticmethod
    def _phase(entry: Entry, evidence: Evidence, wheres: Sequence[Where]) -> Phase:
        """
        Take the phase from the traceback where it says more than the entry does.
        """
        if entry.stage in {"resolve", "limits"} or entry.phase == "local":
            return entry.phase
        seen = next((found.phase for found in wheres if found.phase is not None), None)
        if entry.phase == "connect":
            return seen if seen in {"bind", "send"} and evidence.grade == 1 else "connect"
        if entry.phase == "tls":
            return "tls"
        return seen if seen is not None and seen not in {"local", "resolve"} else entry.phase

    def _errno(self, evidence: Evidence, entry: Entry, below: Sequence[int]) -> tuple[str | None, int | None]:
        """
        Take the errno of the evidence, else that of the first failure below it.
        """
        if evidence.name is not None:
            return evidence.name, evidence.number
        for position in below:
            proof = self._proof(position, self.links[position])
            if proof is not None and proof[2] is not None and (evidence.grade == 0 or proof[1] == entry.code):
                return proof[2], proof[3]
        return None, None

    def _libraries(self, asked: Sequence[int], wheres: Sequence[Where]) -> frozenset[str]:
        names = {name for position in asked for name in self.links[position].mro}
        names.update(module for found in wheres for module in found.modules)
        return frozenset(top for name in names if (top := name.partition(".")[0]) in LIBRARIES or is_library(name))


def row_of(link: Link) -> Wrapper | None:
    """
    Find what is known about a link's class, or about the nearest of its bases.
    """
    for name in link.mro:
        row = _ROWS.get(name)
        if row is not None:
            return row
    return None


def tls_details(link: Link) -> tuple[str | None, int | None]:
    """
    Read OpenSSL's reason and the verification result, from the exception or from its words.
    """
    if "ssl.SSLError" not in link.mro:
        return None, None
    reason, verify = read(link.exc, "reason"), read(link.exc, "verify_code")
    if type(reason) is not str:
        match = re.search(r"\[(?:SSL|X509|SYS)(?:: ([A-Z0-9_]+))?\]", link.message)
        reason = match[1] if match else None
    if type(verify) is not int:
        verify = next((code for words, code in _VERIFY if words in link.message), None)
    return reason, verify


_VERIFY: tuple[tuple[str, int], ...] = (
    ("certificate has expired", 10),
    ("certificate is not yet valid", 9),
    ("Hostname mismatch", 62),
    ("IP address mismatch", 64),
    ("unable to get local issuer certificate", 20),
    ("self-signed certificate in certificate chain", 19),
    ("self signed certificate in certificate chain", 19),
    ("self-signed certificate", 18),
    ("self signed certificate", 18),
)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_server(module: str) -> bool:
    return module in SERVERS or module.partition(".")[0] in SERVERS


def _retry(entry: Entry, phase: Phase) -> Retry:
    """
    Sharpen the verdict: before the handshake is over, no request has reached the peer.
    """
    return "safe" if entry.retry == "if-idempotent" and phase in _ON_THE_WAY else entry.retry


def _say(entry: Entry, situation: Situation, runbook: tuple[Hint, ...]) -> tuple[str, tuple[str, ...]]:
    """
    Fill in the cause and the hints that apply: the team's own first, then those with most conditions.
    """
    values = _values(situation.endpoint, situation.service)
    named = {**values, "endpoint": values.get("endpoint", "the server"), "host": values.get("host", "the server")}
    named.setdefault("service", "the service")
    own = [hint for hint in runbook if applies(hint, situation)]
    ours = [hint for hint in entry.hints if applies(hint, situation)]
    ours.sort(key=lambda hint: -len(hint.when))
    texts = [_fill(hint, values) for hint in (*own, *ours)]
    return entry.cause.format_map(named), tuple(dict.fromkeys(text for text in texts if text is not None))


def _values(endpoint: Endpoint, service: str | None) -> dict[str, str]:
    host, port = endpoint.address, endpoint.port
    values = {"host": host, "service": service, "peer": endpoint.peer_address, "port": None if port is None else str(port)}
    if host is not None:
        shown = f"[{host}]" if ":" in host and endpoint.transport != "unix" else host
        values["endpoint"] = shown if port is None else f"{shown}:{port}"
    return {name: value for name, value in values.items() if value is not None}


def _fill(hint: Hint, values: Mapping[str, str]) -> str | None:
    try:
        text = hint.text.format_map(values)
    except (KeyError, IndexError, ValueError):
        return None  # it names a part that nobody knows
    return f"{text} ({hint.link})" if hint.link else text
