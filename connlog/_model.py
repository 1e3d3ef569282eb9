"""
The nouns of connlog: what a failure is made of, and what we can say about it.

Imports nothing of connlog. Every noun is frozen and none of them acts. What users hold in their hands is a
keyword-only, slotted dataclass; the rows and steps in between are named tuples, which start up and are made faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType

Stage = Literal["resolve", "connect", "tls", "transfer", "limits", "other"]
"""The chapter of the catalog that a code belongs to."""

Phase = Literal["resolve", "connect", "tls", "send", "receive", "transfer", "bind", "local"]
"""What was being done when it failed. ``transfer``: sending or receiving, it can't be told which."""

Retry = Literal["safe", "if-idempotent", "after-fix", "unknown"]
"""
The retry verdict.

``safe``: nothing reached the peer. ``if-idempotent``: it may have (RFC 9110, section 9.2.2). ``after-fix``: the same
attempt can't succeed before somebody changes something. ``unknown``: not enough is known to say.
"""

Relation = Literal["because", "while-handling"]
"""How the logged exception hangs together with the connection failure."""

Via = Literal["self", "cause", "context", "member", "argument", "attribute"]
"""The step by which a link of the chain was reached from the link that holds it."""

Ending = Literal["result", "error"]
"""How a fixed example ends: with a ``result`` once the fault goes away, or with a clear, bounded ``error``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """
    One thing to check or to do, and the facts under which it is the right one.

    Attributes:
        text: Imperative, one or two sentences. May name ``{endpoint}``, ``{host}``, ``{port}``, ``{peer}`` or
            ``{service}``: such a hint applies only where that part is known. Between backticks stands what a person
            types; there HOST or PORT stands for what is unknown.
        when: Facts that must all hold: ``"loopback"``, ``"!container"`` (must not hold), ``"service=PostgreSQL"``.
            The names are the keys of :data:`connlog._facts.FACTS`.
        link: Where to read on; a team's runbook sets it.
    """

    text: str
    when: tuple[str, ...] = ()
    link: str | None = None


class Cause(NamedTuple):
    """
    A root cause that people found behind a code.

    Attributes:
        text: One or two sentences, present tense.
        sources: Where it was found: ``"owner/repository#number"``.
    """

    text: str
    sources: tuple[str, ...] = ()


class Scenario(NamedTuple):
    """
    How a code shows in one environment.

    Attributes:
        where: ``"container"``, ``"Kubernetes"``, ``"cloud load balancer"``, ``"laptop"``, ``"CI"``, …
        text: What happens there and what to look at.
    """

    where: str
    text: str


class Message(NamedTuple):
    """
    One step of what happens between the two sides of a connection, or between a program and its system.

    Attributes:
        sender: ``"client"``, ``"server"``, ``"resolver"``, ``"proxy"``, ``"router"``, ``"kernel"``, ``"pool"``, …
        receiver: Whom it is for; the sender itself: no message, something that goes on there.
        text: A few words: ``"SYN"``, ``"RST"``, ``"waits 5 s"``.
        lost: It never arrives.
    """

    sender: str
    receiver: str
    text: str
    lost: bool = False


class Example(NamedTuple):
    """
    A program that the tests execute against a real fault.

    Attributes:
        fault: The fault that the server of the tests plays: a key of ``tests.faults.FAULTS``.
        code: Python source. ``host``, ``port`` and ``ca_file`` are defined when it runs.
        ends: How it ends; ``raises`` examples always end in an ``error``.
    """

    fault: str
    code: str
    ends: Ending = "error"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """
    All that connlog knows and says about one code.

    Attributes:
        code: Permanent kebab-case slug, ``[a-z]+(-[a-z]+)*``.
        title: Short name of the cause.
        stage: The chapter it stands in.
        cause: One or two sentences, present tense. May name ``{endpoint}``, ``{host}``, ``{port}`` and ``{service}``.
        hints: Most specific first; the last ones have no condition.
        phase: What was being done, unless the failure itself tells it more precisely.
        retry: The verdict, unless the phase tells it more precisely.
        errnos: Symbolic names (``"ECONNREFUSED"``, ``"EAI_NONAME"``) that mean this code.
        exceptions: Qualified classes of the standard library that mean this code (builtins without module).
        ssl_reasons: OpenSSL reason strings (:attr:`ssl.SSLError.reason`) that mean this code.
        verify_codes: X.509 verification results (``X509_V_ERR_*``) that mean this code.
        about: What happens on the wire and in the operating system; paragraphs parted by an empty line.
        wire: The same as messages between two or three sides, in their order.
        causes: Ranked: the one that is most often the real one first.
        scenarios: How it shows in containers, Kubernetes, behind load balancers, on laptops, in CI.
        raises: Code that really raises it.
        fixed: Code that really copes with the same fault.
        see_also: Other codes that are mistaken for this one.
        since: First version of connlog that has it.
        sources: RFCs (``"RFC 9293"``), man pages (``"connect(2)"``), threads (``"owner/repository#number"``).
    """

    code: str
    title: str
    stage: Stage
    cause: str
    hints: tuple[Hint, ...]
    phase: Phase
    retry: Retry
    about: str
    causes: tuple[Cause, ...]
    scenarios: tuple[Scenario, ...]
    raises: Example
    fixed: Example
    see_also: tuple[str, ...]
    since: str
    sources: tuple[str, ...]
    errnos: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    ssl_reasons: tuple[str, ...] = ()
    verify_codes: tuple[int, ...] = ()
    wire: tuple[Message, ...] = ()


class Wrapper(NamedTuple):
    """
    What an exception class of a library means: one row of the knowledge about third parties.

    Attributes:
        type: Qualified class, as ``type(exc).__module__ + "." + type(exc).__qualname__``. Subclasses inherit the row of
            their nearest base.
        code: The code it means; ``None``, also without ``words`` and ``reads``: never a connection failure (a login, an
            HTTP status, SQL), and nothing below it is one.
        words: Regular expressions over the message, with the code that each means (``None``: no connection failure);
            the first that is found wins over ``code``. For libraries that leave nothing but text.
        reads: The message may hold another program's words (``[Errno 111]``, ``Connection refused``): look them up in
            the shared table :data:`connlog.catalog.wrappers.WORDS` after ``words``.
        decisive: This class outranks an errno below it (the *proxy* refused).
    """

    type: str
    code: str | None = None
    words: tuple[tuple[str, str | None], ...] = ()
    reads: bool = False
    decisive: bool = False


class Place(NamedTuple):
    """
    A function of a library or of the standard library whose frame in a traceback tells where we are.

    Attributes:
        module: Module name, exact.
        function: Function name, exact (``co_name``).
        phase: What it does, ``None`` where it does several things.
        host: Dotted path to the host from the frame's arguments (``"address.0"``, ``"self.host"``).
        port: Likewise for the port.
        url: Likewise for a URL or DSN.
        path: Likewise for the path of a unix socket.
        code: A failure to connect below this frame means this code (``proxy-failure``); if ``phase`` is ``connect``,
            then any failure but one of TLS.
        unless: Dotted path that, where it leads to anything, shows that this is no network (a child's pipe).
        when: A condition on the frame, without which the row does not count. ``self.target``: there is a target behind
            a proxy, a name or a URL. ``!self.proxy``: there is no such thing. ``self.ready=False``: it is just this.
    """

    module: str
    function: str
    phase: Phase | None = None
    host: str | None = None
    port: str | None = None
    url: str | None = None
    path: str | None = None
    code: str | None = None
    unless: str | None = None
    when: str | None = None


class Link(NamedTuple):
    """
    One exception of a chain, live or read from text.

    Attributes:
        type: Qualified class.
        mro: Qualified classes from the class itself to ``BaseException``; from text only what the class name tells.
        message: ``str(exc)``, bounded; the words of the exception line from text.
        via: The step by which it was reached.
        because: ``False`` once any step on the way was an implicit context of the program's own making.
        parent: Position of the link that holds it; ``None`` for the surface.
        errno: Number as raised, only where the class makes it a C errno or a resolver number.
        winerror: Windows error number, if any.
        exc: The exception itself; ``None`` from text.
        traceback: Its traceback; ``None`` from text.
        frames: From text: ``(file, line, function, source)``, outermost first.
    """

    type: str
    mro: tuple[str, ...]
    message: str
    via: Via = "self"
    because: bool = True
    parent: int | None = None
    errno: int | None = None
    winerror: int | None = None
    exc: BaseException | None = None
    traceback: TracebackType | None = None
    frames: tuple[tuple[str, int, str, str], ...] = ()


class Endpoint(NamedTuple):
    """
    Where the connection was to go.

    Attributes:
        address: Name or address as the program gave it; for a unix socket its path (OTel ``server.address``).
        port: Port (OTel ``server.port``).
        peer_address: Address that was dialled (OTel ``network.peer.address``).
        peer_port: Port that was dialled (OTel ``network.peer.port``).
        transport: ``tcp``, ``udp`` or ``unix`` (OTel ``network.transport``).
        url: Full URL, already redacted (OTel ``url.full``).
    """

    address: str | None = None
    port: int | None = None
    peer_address: str | None = None
    peer_port: int | None = None
    transport: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """
    A place in the user's own code.

    Attributes:
        file: Path as Python knows it (OTel ``code.file.path``).
        line: Line number, from 1 (OTel ``code.line.number``).
        function: Function name (OTel ``code.function.name``).
    """

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """
    What connlog found out about one connection failure.

    Attributes:
        code: Permanent slug of the catalog entry.
        title: Short name of the cause.
        cause: One or two sentences, with the endpoint filled in.
        hint: The most specific hint that applies.
        hints: All that apply, most specific first.
        errno: Number as raised.
        errno_name: Its symbolic name, read for the platform it came from.
        error_type: Qualified class of the root connection error.
        surface_type: Qualified class of the exception that was logged.
        chain: Qualified classes from surface to root.
        relation: ``because``, or ``while-handling`` when only an implicit context connects the two.
        phase: What was being done.
        retry: The retry verdict.
        server_address: Logical target (OTel ``server.address``).
        server_port: Its port (OTel ``server.port``).
        peer_address: Address dialled (OTel ``network.peer.address``).
        peer_port: Port dialled (OTel ``network.peer.port``).
        transport: ``tcp``, ``udp``, ``unix`` (OTel ``network.transport``).
        service: Well-known name for the port or scheme (``"PostgreSQL"``).
        url: Full URL, redacted (OTel ``url.full``).
        location: Innermost frame in the user's own code.
        docs_url: The code's page, only when the user configured where the pages are.
        count: In a group: how many members are connection failures.
        others: In a group: the diagnoses of the other members.
    """

    code: str
    title: str
    cause: str
    hint: str
    hints: tuple[str, ...]
    error_type: str
    surface_type: str
    chain: tuple[str, ...]
    relation: Relation
    phase: Phase
    retry: Retry
    errno: int | None = None
    errno_name: str | None = None
    server_address: str | None = None
    server_port: int | None = None
    peer_address: str | None = None
    peer_port: int | None = None
    transport: str | None = None
    service: str | None = None
    url: str | None = None
    location: Location | None = None
    docs_url: str | None = None
    count: int = 1
    others: tuple[Diagnosis, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One connection failure that a text shows.

    Attributes:
        diagnosis: What failed.
        first: Number of its first line, from 1.
        last: Number of its last line.
        start: Offset of its first byte.
        end: Offset behind its last byte.
        timestamp: When it was logged, as it is written.
        prefix: What a log system has put before its lines.
        format: How it is rendered: ``traceback``, ``group``, ``bare``, ``json``, ``rich``, …
    """

    diagnosis: Diagnosis
    first: int
    last: int
    start: int
    end: int
    timestamp: str | None = None
    prefix: str | None = None
    format: str = "traceback"
