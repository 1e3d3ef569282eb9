"""
Links and catalog -> one diagnosis, or none.

Imports everything below. Pure: the same links and the same catalog give the same diagnosis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from connlog import _text
from connlog._chain import is_library, members, read, walk
from connlog._evidence import CLASS, DECISIVE, ERRNO, Chain, Evidence, tls_details
from connlog._facts import Situation, applies, is_python_org, pertinence, service_of
from connlog._model import Diagnosis, Endpoint, Entry, Hint, Link, Phase, Retry
from connlog._patterns import compiled
from connlog._segment import Segment
from connlog._target import endpoint, path_to_surface
from connlog._words import tls_words
from connlog.catalog import CATALOG, Catalog
from connlog.catalog.words import IN_COMMANDS, UNKNOWN
from connlog.catalog.wrappers import SAID_PHASES, SERVERS, SURFACES

_TYPED = r"[\w\[:/.][\w\[\]:/.%+~-]*"
"""What may stand in a command: nothing that a shell, or the command itself, reads as something else than a name."""

_ASKED_ABOUT_TLS = frozenset({"connect", "tls"})
"""Stages whose hints depend on what OpenSSL says; a proxy, too, may speak no TLS."""

_ON_TLS_WAY = frozenset({"connect", "send", "receive"})
_ON_THE_WAY: frozenset[Phase] = frozenset({"resolve", "connect", "tls"})
_TOLD = 1 << 16
"""At most so many characters of another process's traceback are read."""

_SHARPENED: frozenset[Retry] = frozenset({"if-idempotent", "unknown"})


def diagnose(exc: BaseException, *, catalog: Catalog = CATALOG) -> Diagnosis | None:
    """
    Find the connection failure in an exception, through every wrapper.

    Args:
        exc: Any exception; its causes, contexts, groups, arguments and the attributes of known libraries are followed.
        catalog: What can be said; with a team's runbook: :meth:`Catalog.extended`.

    Returns:
        What failed, where, why, whether a retry is safe and what to do; ``None`` if no connection failed.

    Example:
        >>> import socket
        >>> try:
        ...     socket.create_connection(("127.0.0.1", 9), timeout=1)
        ... except OSError as error:
        ...     found = diagnose(error)
        >>> found.code, found.errno_name, found.server_address, found.server_port, found.retry
        ('connection-refused', 'ECONNREFUSED', '127.0.0.1', 9, 'safe')

    .. versionadded:: 0.1.0
    """
    return diagnose_links(_brought_home(walk(exc)), catalog=catalog)


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


def diagnose_lines(lines: Sequence[str], catalog: Catalog) -> Diagnosis | None:
    """
    Find the connection failure in the lines of a segment.
    """
    return diagnose_links(_text.links_of_lines(lines), catalog=catalog)


def diagnose_segment(
    segment: Segment, catalog: Catalog, judge: Callable[[tuple[str, ...], Catalog], Diagnosis | None] = diagnose_lines
) -> Diagnosis | None:
    """
    Find the connection failure in a segment of a text, else in what has led to it; *judge* reads the lines.
    """
    if segment.frames is not None:
        found = diagnose_frames(segment.frames, catalog=catalog)
    else:
        found = judge(segment.body, catalog)
    return diagnose_segment(segment.lead, catalog, judge) if found is None and segment.lead is not None else found


def is_retryable(exc: BaseException, *, idempotent: bool = False) -> bool:
    """
    Tell whether the attempt may be repeated: for ``stamina.retry(on=...)`` and ``tenacity.retry_if_exception(...)``.

    Args:
        exc: What the attempt raised.
        idempotent: Repeating the request does no harm (RFC 9110, section 9.2.2).

    Example:
        >>> is_retryable(ConnectionRefusedError()), is_retryable(ConnectionResetError()), is_retryable(ValueError())
        (True, False, False)
        >>> is_retryable(ConnectionResetError(), idempotent=True)
        True

    A group is as safe as its least safe member.

    .. versionadded:: 0.1.0
    """
    pending = [exc]
    while pending:
        failed = pending.pop()
        if issubclass(type(failed), BaseExceptionGroup):
            pending.extend(members(failed))
            continue
        found = diagnose(failed)
        if found is None or found.relation != "because":
            return False
        if found.retry != "safe" and not (idempotent and found.retry == "if-idempotent"):
            return False
    return True


def _brought_home(links: Sequence[Link]) -> Sequence[Link]:
    """
    Hang below an exception out of another process what that process has told of it, as text: its traceback, its chain.
    """
    found = list(links)
    for remote in links:
        if remote.parent is None or remote.type.rpartition(".")[2].strip("_") != "RemoteTraceback":
            continue
        text = read(remote.exc, "tb")
        told = _text.links_of_text(text[-_TOLD:].rstrip().removesuffix('"""')) if type(text) is str else ()
        if not told or (told[0].type, told[0].message) != (links[remote.parent].type, links[remote.parent].message):
            continue
        frames = {(link.type, link.message): link.frames for link in told}
        for position, link in enumerate(found):  # what it holds as arguments has come without a traceback
            if position == remote.parent or (link.traceback is None and not link.frames):
                found[position] = link._replace(frames=frames.get((link.type, link.message), ()))
        above = len(found) - 1
        for link in told[1:]:
            parent = above + link.parent if link.parent else remote.parent
            found.append(link._replace(parent=parent, because=link.because and remote.because))
    return found


def diagnose_links(links: Sequence[Link], *, catalog: Catalog = CATALOG) -> Diagnosis | None:
    """
    Judge a chain: the one road for exceptions and texts alike.
    """
    if not links or any(name in SURFACES for name in links[0].mro):
        return None
    chain = Chain(links, catalog)
    best: dict[int, Evidence] = {}
    for evidence in chain.evidence():
        branch = chain.member(evidence.position)
        if branch not in best or evidence < best[branch]:
            best[branch] = evidence
    if not best:
        return None
    ranked = sorted(best.values(), key=lambda evidence: (evidence.remote, chain.member(evidence.position)))
    first, *rest = [evidence for evidence in ranked if evidence.remote == ranked[0].remote]
    return _record(chain, first, others=tuple(_record(chain, evidence) for evidence in rest))


def _record(chain: Chain, evidence: Evidence, *, others: tuple[Diagnosis, ...] = ()) -> Diagnosis:
    """
    Write down what one piece of evidence says.
    """
    below = chain.below(evidence.position)
    upwards = path_to_surface(chain.links, evidence.position)
    asked = (*below[::-1], evidence.position) if evidence.grade == DECISIVE else (*upwards, *below)
    entry = _entry(chain, evidence, asked)
    target = endpoint(chain.links, asked, chain.where, code=entry.code, stage=entry.stage)
    phase = _phase(chain, entry, evidence, asked)
    told = _told(chain, evidence, entry, below)
    if evidence.grade == DECISIVE:  # the class that decides is a wrapper: the root is what it wraps
        upwards = path_to_surface(chain.links, told.position)
    root = chain.links[upwards[0]]
    situation = _situation(chain, root, entry, phase, told, target, asked)
    cause, hints = _say(chain.catalog, situation)
    return Diagnosis(
        code=entry.code,
        title=entry.title,
        cause=cause,
        hint=hints[0],
        hints=hints,
        errno=told.number,
        errno_name=told.name,
        error_type=root.type,
        surface_type=chain.links[0].type,
        chain=tuple([chain.links[position].type for position in upwards[::-1]]),
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
        location=next((own for position in upwards if (own := chain.where(position).own) is not None), None),
        count=1 + len(others),
        others=others,
    )


def _situation(  # noqa: PLR0913, PLR0917 -- the parts of one record
    chain: Chain, root: Link, entry: Entry, phase: Phase, told: Evidence, target: Endpoint, asked: Sequence[int]
) -> Situation:
    reason, verify = _tls(chain, root, asked) if entry.stage in _ASKED_ABOUT_TLS else (None, None)
    modules = {module for position in asked for module in chain.where(position).modules}
    return Situation(
        code=entry.code,
        phase=phase,
        errno_name=told.name,
        endpoint=target,
        service=service_of(target),
        libraries=_libraries(chain, asked, modules),
        verify=None if verify is None else str(verify),
        ssl_reason=reason,
        server_side=any(_is_server(module) for module in modules),
        dual_stack="Multiple exceptions" in root.message or "BaseExceptionGroup" in root.mro,
        here=root.exc is not None,
        number=told.number,
        python_org=root.exc is None and any(is_python_org(row[0]) for at in asked for row in chain.links[at].frames),
    )


def _tls(chain: Chain, root: Link, asked: Sequence[int]) -> tuple[str | None, int | None]:
    """
    Ask for OpenSSL's reason and the verification result; a library that leaves nothing but words has them among those.
    """
    details = (tls_details(chain.links[position]) for position in asked)
    return next((found for found in details if found != (None, None)), tls_words(root.message))


def _entry(chain: Chain, evidence: Evidence, asked: Sequence[int]) -> Entry:
    """
    Look up the entry, once the phase has said which time-out it is and whose connection it was.
    """
    code = evidence.code
    if evidence.name == "ETIMEDOUT" or (code == "timeout" and evidence.grade == CLASS):
        phase, said = chain.where(evidence.position).phase, _said_phase(chain, evidence)
        if said in {"resolve", "tls"} or phase in {None, "transfer"}:
            phase = said
        if phase == "connect":
            code = "connect-timeout"
        elif phase == "local":  # so says only a row for a library that waits for its own pool
            code = "pool-exhausted"
        elif phase in {None, "resolve"}:  # a standing connection ends with ETIMEDOUT too: it may not be safe to repeat
            code = "timeout"
        else:
            code = "read-timeout"
    entry = chain.catalog[code]
    wheres = [chain.where(position) for position in asked]
    proxies = [found.code for found in wheres] if entry.stage in {"connect", "resolve"} else []
    if entry.stage in {"transfer", "other"} and all(found.phase != "tls" for found in wheres):
        proxies = [found.opening for found in wheres]
    return next((chain.catalog[proxy] for proxy in proxies if proxy is not None), entry)


def _phase(chain: Chain, entry: Entry, evidence: Evidence, asked: Sequence[int]) -> Phase:
    """
    Take the phase from the traceback where it says more than the entry does.
    """
    if entry.stage in {"resolve", "limits"} or entry.phase == "local":
        return entry.phase
    phases: list[Phase] = [phase for position in asked if (phase := chain.where(position).phase) is not None]
    seen = next((phase for phase in phases if phase != "transfer"), phases[0] if phases else None)
    if entry.phase == "connect":
        return seen if seen in {"bind", "send"} and evidence.grade == ERRNO else "connect"
    said = _said_phase(chain, evidence)
    seen = said if seen in {None, "transfer"} else seen
    if entry.phase == "tls" or (entry.stage == "tls" and seen in {"connect", "tls"}):
        return "tls"  # before any request; otherwise one may have been sent, and a retry is not simply safe
    if seen in _ON_TLS_WAY and "tls" in {said, *phases}:
        return "tls"  # a handshake comes after connecting, and is made of sends and receives
    if seen == "receive" and entry.phase == "send":  # asyncio tells the reader what befell the writer
        seen = None
    return seen if seen not in {None, "local", "resolve", "transfer"} else entry.phase


def _said_phase(chain: Chain, evidence: Evidence) -> Phase | None:
    message = chain.links[evidence.position].message
    return next((phase for words, phase in SAID_PHASES if compiled(words).search(message)), None)


def _told(chain: Chain, evidence: Evidence, entry: Entry, below: Sequence[int]) -> Evidence:
    """
    Find the link that tells the errno: the evidence itself, else the first failure below it.
    """
    if evidence.name is not None:
        return evidence
    for position in below:
        proof = chain.proof(position)
        if proof is not None and proof.name is not None and (evidence.grade == DECISIVE or proof.code == entry.code):
            return proof
    return evidence


def _libraries(chain: Chain, asked: Sequence[int], modules: set[str]) -> frozenset[str]:
    names = {name for position in asked for name in chain.links[position].mro if is_library(name)}
    return frozenset([name.partition(".")[0] for name in names | modules])


def _is_server(module: str) -> bool:
    return module in SERVERS or module.partition(".")[0] in SERVERS


def _retry(entry: Entry, phase: Phase) -> Retry:
    """
    Sharpen the verdict: before the handshake is over, no request has reached the peer.
    """
    return "safe" if entry.retry in _SHARPENED and phase in _ON_THE_WAY else entry.retry


@lru_cache(maxsize=512)
def _say(catalog: Catalog, situation: Situation) -> tuple[str, tuple[str, ...]]:
    """
    Fill in the cause and the hints that apply: the team's own first, then those with most conditions.
    """
    entry = catalog[situation.code]
    values = _values(situation.endpoint, situation.service)
    named = {**UNKNOWN, **({"endpoint": "the address"} if entry.phase == "bind" else {}), **values}
    own = [hint for hint in catalog.runbook if applies(hint, situation)]
    ours = [hint for hint in entry.hints if applies(hint, situation)]
    ours.sort(key=pertinence)
    texts = [_fill(hint, values) for hint in (*own, *ours)]
    return entry.cause.format_map(named), tuple(dict.fromkeys(text for text in texts if text is not None))


def _values(endpoint: Endpoint, service: str | None) -> dict[str, str]:
    host, port = endpoint.address, endpoint.port
    values = {
        "host": host,
        "service": service,
        "peer": endpoint.peer_address,
        "port": None if port is None else str(port),
    }
    if host is not None:
        shown = f"[{host}]" if ":" in host and endpoint.transport != "unix" else host
        values["endpoint"] = shown if port is None else f"{shown}:{port}"
    return {name: value for name, value in values.items() if value is not None}


def _fill(hint: Hint, values: Mapping[str, str]) -> str | None:
    """
    Fill in a hint's text, ``None`` where it names a part that nobody knows.

    Between backticks stands what a person types: there HOST or PORT stands for a part that is unknown, or that a shell
    would read as something else than a name.
    """
    typed = {**IN_COMMANDS, **{name: value for name, value in values.items() if compiled(_TYPED).fullmatch(value)}}
    if "port" not in values and not typed["endpoint"].startswith(("/", "HOST")):
        typed["endpoint"] += ":PORT"
    try:
        parts = [part.format_map(typed if odd % 2 else values) for odd, part in enumerate(hint.text.split("`"))]
    except (KeyError, IndexError, ValueError):
        return None
    text = "`".join(parts)
    return f"{text} ({hint.link})" if hint.link else text
