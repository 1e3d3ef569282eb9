"""
The fields of an event: how a diagnosis is spelled in each naming convention.

Imports the nouns, and what tells an address from a name. To add a convention, add one :class:`Convention` to
:data:`CONVENTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import fields as parts_of
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from connlog._model import Diagnosis
from connlog._target import ip_of

__all__ = ["CONVENTIONS", "MAX_BYTES", "PARTS", "Convention", "apply", "check_key", "spell", "table"]

MAX_BYTES = 16 * 1024
"""The fields of one event are never longer than this, written as ASCII-only JSON."""

_Item = TypeVar("_Item")

_CLIP = 1000
"""Length at which a string is cut; a fifth of it, and so on, where the whole is still too long."""

_MIN_CLIP = 8
"""With strings so short, everything fits."""

_MAX_ITEMS = 16
"""Lists keep so many members: the first and the last ones."""

_MAX_INTEGER = 2**63 - 1
"""The largest integer that every JSON writer takes (orjson refuses more)."""

_MAX_ASCII = MAX_BYTES * 2 // 3
"""JSON needs at most six characters (``\\u00e9``) where :func:`ascii` needs four (``\\xe9``)."""


class Convention(NamedTuple):
    """
    One way to spell a diagnosis.

    Attributes:
        rows: Field name and the part of the diagnosis that it holds: a key of :data:`PARTS`, or ``handled``.
        mark: The field that tells that an event has been enriched; ``None``: the one key under which all lie.
        on_records: Field names that must be others on a log record, where a formatter writes the name itself.
    """

    rows: tuple[tuple[str, str], ...]
    mark: str | None = None
    on_records: tuple[tuple[str, str], ...] = ()


NESTED = Convention(
    rows=(
        ("code", "code"),
        ("title", "title"),
        ("cause", "cause"),
        ("hint", "hint"),
        ("hints", "hints"),
        ("errno", "errno"),
        ("errno_name", "errno_name"),
        ("error_type", "error_type"),
        ("chain", "chain"),
        ("relation", "relation"),
        ("phase", "phase"),
        ("retry", "retry"),
        ("server_address", "server_address"),
        ("server_port", "server_port"),
        ("peer_address", "peer_address"),
        ("peer_port", "peer_port"),
        ("transport", "transport"),
        ("service", "service"),
        ("url", "url"),
        ("location", "location"),
        ("docs_url", "docs_url"),
        ("count", "count"),
        ("others", "others"),
        ("handled", "handled"),
    ),
)

OTEL = Convention(
    mark="connlog.code",
    # OpenTelemetry's handler writes into these where the record was logged, over what is there already.
    on_records=(
        ("code.file.path", "connlog.location.file"),
        ("code.line.number", "connlog.location.line"),
        ("code.function.name", "connlog.location.function"),
    ),
    rows=(
        ("error.type", "error_type"),
        ("server.address", "server_address"),
        ("server.port", "server_port"),
        ("network.peer.address", "peer_address"),
        ("network.peer.port", "peer_port"),
        ("network.transport", "transport"),
        ("url.full", "url"),
        ("code.file.path", "location.file"),
        ("code.line.number", "location.line"),
        ("code.function.name", "location.function"),
        ("connlog.code", "code"),
        ("connlog.title", "title"),
        ("connlog.cause", "cause"),
        ("connlog.hint", "hint"),
        ("connlog.hints", "hints"),
        ("connlog.errno.number", "errno"),
        ("connlog.errno.name", "errno_name"),
        ("connlog.chain", "chain"),
        ("connlog.relation", "relation"),
        ("connlog.phase", "phase"),
        ("connlog.retry", "retry"),
        ("connlog.service", "service"),
        ("connlog.docs_url", "docs_url"),
        ("connlog.count", "count"),
        ("connlog.others", "other_codes"),
        ("connlog.handled", "handled"),
    ),
)

ECS = Convention(
    mark="connlog.hint",
    # From exc_info, ecs-logging writes an error.type of its own; it loses the record if there is one already.
    on_records=(("error.type", "connlog.error.type"),),
    rows=(
        ("error.type", "error_type"),
        ("error.code", "errno_name"),
        ("event.code", "code"),
        ("event.reason", "cause"),
        ("event.reference", "docs_url"),
        ("destination.address", "target"),
        ("destination.ip", "target_ip"),
        ("destination.domain", "target_domain"),
        ("destination.port", "target_port"),
        ("network.transport", "transport"),
        ("url.full", "url"),
        ("connlog.title", "title"),
        ("connlog.hint", "hint"),
        ("connlog.hints", "hints"),
        ("connlog.errno.number", "errno"),
        ("connlog.chain", "chain"),
        ("connlog.relation", "relation"),
        ("connlog.phase", "phase"),
        ("connlog.retry", "retry"),
        ("connlog.service", "service"),
        ("connlog.location.file", "location.file"),
        ("connlog.location.line", "location.line"),
        ("connlog.location.function", "location.function"),
        ("connlog.count", "count"),
        ("connlog.others", "other_codes"),
        ("connlog.handled", "handled"),
    ),
)

CONVENTIONS: Mapping[str, Convention] = {"nested": NESTED, "otel": OTEL, "ecs": ECS}
"""The conventions by the name that ``fields=`` takes."""


def table(name: str) -> Convention:
    """
    Find a convention by name.

    Raises:
        ValueError: There is no such convention.
    """
    if isinstance(name, str) and name in CONVENTIONS:
        return CONVENTIONS[name]
    raise ValueError(f"fields={name!r}: there is no such convention; allowed are {_quoted(CONVENTIONS)}")


def check_key(key: str) -> str:
    """
    Return the key under which nested fields may lie.

    Raises:
        ValueError: The key is empty, or it has a meaning of its own in an event.
    """
    if not isinstance(key, str) or not key.strip():
        raise ValueError(f"key={key!r}: the key of the fields is a string with at least one character")
    if key in _TAKEN:
        raise ValueError(f"key={key!r}: this key has a meaning of its own in an event; taken are {_quoted(_TAKEN)}")
    return key


def spell(
    diagnosis: Diagnosis, convention: Convention, key: str, *, handled: bool | None = None, record: bool = False
) -> dict[str, Any]:
    """
    Spell a diagnosis in one convention, at most :data:`MAX_BYTES` long.

    Args:
        diagnosis: What was found.
        convention: How to spell it.
        key: Where nested fields lie.
        handled: ``False`` where nothing in the program caught the exception; ``None`` leaves the field out.
        record: The fields become attributes of a record of :mod:`logging`.
    """
    clip = _CLIP
    flat = _fields(diagnosis, convention, clip, handled=handled)
    while clip > _MIN_CLIP and len(ascii(flat)) > _MAX_ASCII:
        clip //= 5
        flat = _fields(diagnosis, convention, clip, handled=handled)
    if convention.mark is None:
        return {key: flat}
    other_names = dict(convention.on_records) if record else {}
    return {other_names.get(name, name): value for name, value in flat.items()}


def apply(fields: Mapping[str, Any], event: MutableMapping[str, Any]) -> None:
    """
    Add fields to an event; what the caller has set stays.
    """
    for name, value in fields.items():
        event.setdefault(name, value)


_TAKEN = ("error", "event", "exc_info", "exception", "level", "logger", "stack_info", "timestamp")
"""
Keys that structlog, or the renderers behind it, read for themselves.

A bare ``error`` makes ecs-logging raise out of the log call.
"""


def _quoted(names: Any) -> str:
    return ", ".join(repr(name) for name in names)


def _fields(diagnosis: Diagnosis, convention: Convention, clip: int, *, handled: bool | None) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, part in convention.rows:
        value = handled if part == "handled" else PARTS[part](diagnosis)
        plain = _plain(value, clip)
        if plain is not None:
            flat[name] = plain
    return flat


def _plain(value: object, clip: int) -> Any:
    """
    Turn a value into JSON's types, bounded; ``None`` where there is nothing to say.
    """
    if isinstance(value, str):
        return _text(value, clip)
    if isinstance(value, int):
        return value if -_MAX_INTEGER <= value <= _MAX_INTEGER else None
    if isinstance(value, tuple):
        return [_plain(item, clip) for item in _ends(value)]
    if not isinstance(value, dict):
        return None
    pairs = ((name, _plain(item, clip)) for name, item in value.items())
    return {name: item for name, item in pairs if item is not None}


def _text(value: str, clip: int) -> str:
    if len(value) > clip:
        value = value[: clip - 1] + "…"
    if value.isascii():
        return value
    # A lone surrogate is no text for JSON: orjson raises, and the event would be lost.
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _ends(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    if len(items) <= _MAX_ITEMS:
        return items
    half = _MAX_ITEMS // 2
    return (*items[:half], *items[-half:])


def _location(diagnosis: Diagnosis) -> dict[str, object] | None:
    where = diagnosis.location
    return None if where is None else {"file": where.file, "line": where.line, "function": where.function}


def _count(diagnosis: Diagnosis) -> int | None:
    return diagnosis.count if diagnosis.count > 1 else None


def _others(diagnosis: Diagnosis) -> tuple[dict[str, object], ...] | None:
    return (
        tuple(
            {
                "code": other.code,
                "errno_name": other.errno_name,
                "error_type": other.error_type,
                "server_address": other.server_address,
                "server_port": other.server_port,
                "retry": other.retry,
            }
            for other in _ends(diagnosis.others)
        )
        or None
    )


def _other_codes(diagnosis: Diagnosis) -> tuple[str, ...] | None:
    return tuple(other.code for other in _ends(diagnosis.others)) or None


def _target(diagnosis: Diagnosis) -> str | None:
    return diagnosis.server_address or diagnosis.peer_address


def _target_port(diagnosis: Diagnosis) -> int | None:
    return diagnosis.peer_port if diagnosis.server_port is None else diagnosis.server_port


def _target_ip(diagnosis: Diagnosis) -> str | None:
    return next((text for text in (diagnosis.server_address, diagnosis.peer_address) if ip_of(text)), None)


def _target_domain(diagnosis: Diagnosis) -> str | None:
    name = diagnosis.server_address
    return None if name is None or diagnosis.transport == "unix" or ip_of(name) else name


PARTS: Mapping[str, Callable[[Diagnosis], object]] = {
    **{part.name: attrgetter(part.name) for part in parts_of(Diagnosis)},
    "location": _location,
    "location.file": lambda diagnosis: diagnosis.location and diagnosis.location.file,
    "location.line": lambda diagnosis: diagnosis.location and diagnosis.location.line,
    "location.function": lambda diagnosis: diagnosis.location and diagnosis.location.function,
    "count": _count,
    "others": _others,
    "other_codes": _other_codes,
    "target": _target,
    "target_port": _target_port,
    "target_ip": _target_ip,
    "target_domain": _target_domain,
}
"""What the rows of a convention may name, and how it is read off a diagnosis."""
