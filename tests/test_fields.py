"""
The fields of each convention, whole.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connlog import fields
from connlog._model import Diagnosis, Location
from tests.edges import BARE, FULL

GOLDEN: dict[str, dict[str, Any]] = {
    "nested": {
        "connection_error": {
            "code": "connection-refused",
            "title": "Connection refused",
            "cause": "Nothing accepts connections on db.example:5432.",
            "hint": "Start the server.",
            "hints": ["Start the server.", "Check the port."],
            "errno": 111,
            "errno_name": "ECONNREFUSED",
            "error_type": "ConnectionRefusedError",
            "chain": ["requests.exceptions.ConnectionError", "ConnectionRefusedError"],
            "relation": "because",
            "phase": "connect",
            "retry": "safe",
            "server_address": "db.example",
            "server_port": 5432,
            "peer_address": "10.0.0.5",
            "peer_port": 5432,
            "transport": "tcp",
            "service": "PostgreSQL",
            "url": "postgresql://db.example:5432/shop",
            "location": {"file": "/srv/shop/main.py", "line": 3, "function": "load"},
            "docs_url": "https://docs.example/connection-refused",
            "handled": False,
        }
    },
    "otel": {
        "error.type": "ConnectionRefusedError",
        "server.address": "db.example",
        "server.port": 5432,
        "network.peer.address": "10.0.0.5",
        "network.peer.port": 5432,
        "network.transport": "tcp",
        "url.full": "postgresql://db.example:5432/shop",
        "code.file.path": "/srv/shop/main.py",
        "code.line.number": 3,
        "code.function.name": "load",
        "connlog.code": "connection-refused",
        "connlog.title": "Connection refused",
        "connlog.cause": "Nothing accepts connections on db.example:5432.",
        "connlog.hint": "Start the server.",
        "connlog.hints": ["Start the server.", "Check the port."],
        "connlog.errno.number": 111,
        "connlog.errno.name": "ECONNREFUSED",
        "connlog.chain": ["requests.exceptions.ConnectionError", "ConnectionRefusedError"],
        "connlog.relation": "because",
        "connlog.phase": "connect",
        "connlog.retry": "safe",
        "connlog.service": "PostgreSQL",
        "connlog.docs_url": "https://docs.example/connection-refused",
        "connlog.handled": False,
    },
    "ecs": {
        "error.type": "ConnectionRefusedError",
        "error.code": "ECONNREFUSED",
        "event.code": "connection-refused",
        "event.reason": "Nothing accepts connections on db.example:5432.",
        "event.reference": "https://docs.example/connection-refused",
        "destination.address": "db.example",
        "destination.ip": "10.0.0.5",
        "destination.domain": "db.example",
        "destination.port": 5432,
        "network.transport": "tcp",
        "url.full": "postgresql://db.example:5432/shop",
        "connlog.title": "Connection refused",
        "connlog.hint": "Start the server.",
        "connlog.hints": ["Start the server.", "Check the port."],
        "connlog.errno.number": 111,
        "connlog.chain": ["requests.exceptions.ConnectionError", "ConnectionRefusedError"],
        "connlog.relation": "because",
        "connlog.phase": "connect",
        "connlog.retry": "safe",
        "connlog.service": "PostgreSQL",
        "connlog.location.file": "/srv/shop/main.py",
        "connlog.location.line": 3,
        "connlog.location.function": "load",
        "connlog.handled": False,
    },
}


def spelled(diagnosis: Diagnosis, name: str, *, handled: bool | None = None) -> dict[str, Any]:
    """Spell a diagnosis under the usual key."""
    return fields.spell(diagnosis, fields.table(name), "connection_error", handled=handled)


def test_every_convention_has_a_golden_row() -> None:
    """A new convention must come with the fields that it gives."""
    assert set(GOLDEN) == set(fields.CONVENTIONS)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    """A diagnosis that knows everything must give exactly these fields."""
    assert spelled(FULL, name, handled=False) == GOLDEN[name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "nested",
            {
                "connection_error": {
                    "code": "timeout",
                    "title": "Timeout",
                    "cause": "A time-out ran out.",
                    "hint": "Look.",
                    "hints": ["Look."],
                    "error_type": "TimeoutError",
                    "chain": ["TimeoutError"],
                    "relation": "because",
                    "phase": "local",
                    "retry": "unknown",
                }
            },
        ),
        (
            "otel",
            {
                "error.type": "TimeoutError",
                "connlog.code": "timeout",
                "connlog.title": "Timeout",
                "connlog.cause": "A time-out ran out.",
                "connlog.hint": "Look.",
                "connlog.hints": ["Look."],
                "connlog.chain": ["TimeoutError"],
                "connlog.relation": "because",
                "connlog.phase": "local",
                "connlog.retry": "unknown",
            },
        ),
        (
            "ecs",
            {
                "error.type": "TimeoutError",
                "event.code": "timeout",
                "event.reason": "A time-out ran out.",
                "connlog.title": "Timeout",
                "connlog.hint": "Look.",
                "connlog.hints": ["Look."],
                "connlog.chain": ["TimeoutError"],
                "connlog.relation": "because",
                "connlog.phase": "local",
                "connlog.retry": "unknown",
            },
        ),
    ],
)
def test_unknown_parts_are_left_out(name: str, expected: dict[str, Any]) -> None:
    """What is not known must not be in the event, not even as null."""
    assert spelled(BARE, name) == expected


@pytest.mark.parametrize("name", GOLDEN)
def test_parts_exist(name: str) -> None:
    """Every row of a table must name a part that a diagnosis has."""
    assert {part for _, part in fields.table(name).rows} <= {*fields.PARTS, "handled"}


@pytest.mark.parametrize("name", GOLDEN)
def test_forbidden_names(name: str) -> None:
    """A bare `error` breaks ecs-logging, and `error.message` is the renderer's."""
    assert not {"error", "error.message"} & set(spelled(FULL, name, handled=False))


@pytest.mark.parametrize("name", GOLDEN)
def test_marks_an_enriched_event(name: str) -> None:
    """The least that is known must still leave the mark of an enriched event."""
    assert (fields.table(name).mark or "connection_error") in spelled(BARE, name)


def test_group_lists_the_others() -> None:
    """In a group, the record must say how many failed and what the others are."""
    group = replace(FULL, count=2, others=(BARE,))
    nested = spelled(group, "nested")["connection_error"]
    assert nested["count"] == 2
    assert nested["others"] == [{"code": "timeout", "error_type": "TimeoutError", "retry": "unknown"}]
    assert spelled(group, "otel")["connlog.others"] == ["timeout"]
    assert spelled(group, "ecs")["connlog.count"] == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"server_address": "::1", "peer_address": None, "peer_port": None},
            {"destination.address": "::1", "destination.ip": "::1", "destination.port": 5432},
        ),
        (
            {"server_address": None, "server_port": None},
            {"destination.address": "10.0.0.5", "destination.ip": "10.0.0.5", "destination.port": 5432},
        ),
        (
            {
                "server_address": "/run/db.sock",
                "server_port": None,
                "peer_address": None,
                "peer_port": None,
                "transport": "unix",
            },
            {"destination.address": "/run/db.sock"},
        ),
    ],
)
def test_ecs_destination(change: dict[str, Any], expected: dict[str, Any]) -> None:
    """ECS wants the address as it was given, and a copy that says whether it is an IP or a name."""
    got = spelled(replace(FULL, **change), "ecs")
    assert {name: value for name, value in got.items() if name.startswith("destination.")} == expected


def test_apply_keeps_what_the_caller_has_set() -> None:
    """A key of the caller must survive, even one that says nothing."""
    event: dict[str, Any] = {"event": "x", "error.type": "mine", "url.full": None}
    fields.apply(spelled(FULL, "otel"), event)
    assert event["error.type"] == "mine"
    assert event["url.full"] is None
    assert event["connlog.code"] == "connection-refused"


@pytest.mark.parametrize("name", ["", "OTEL", "datadog", None, ["nested"]])
def test_unknown_convention(name: Any) -> None:
    """A convention that isn't there must be refused with the ones that are."""
    with pytest.raises(ValueError, match=r"fields=.*allowed are 'nested', 'otel', 'ecs'"):
        fields.table(name)


@pytest.mark.parametrize("key", ["", "  ", None, 3])
def test_empty_key(key: Any) -> None:
    """A key that is none must be refused."""
    with pytest.raises(ValueError, match=r"key=.*at least one character"):
        fields.check_key(key)


@pytest.mark.parametrize("key", ["error", "event", "exc_info", "exception"])
def test_taken_key(key: str) -> None:
    """A key that structlog or a renderer reads must be refused."""
    with pytest.raises(ValueError, match=r"a meaning of its own.*'exc_info'"):
        fields.check_key(key)


def size(event: dict[str, Any]) -> int:
    """Count the bytes of the longest JSON that anybody would write."""
    return len(json.dumps(event))


HOSTILE = st.text(st.characters(), max_size=30).map(lambda text: text * 400)


@pytest.mark.parametrize("name", GOLDEN)
@given(text=HOSTILE)
@settings(deadline=None)
def test_size_is_bounded(name: str, text: str) -> None:
    """However long and strange the parts, the fields must stay within 16 KB and be JSON in UTF-8."""
    hostile = replace(
        FULL,
        cause=text,
        hint=text,
        hints=(text,) * 50,
        chain=(text,) * 3000,
        error_type=text,
        server_address=text,
        url=text,
        location=Location(file=text, line=1, function=text),
        others=(replace(FULL, code=text, error_type=text, server_address=text),) * 5000,
        count=5001,
    )
    event = spelled(hostile, name)
    assert size(event) <= fields.MAX_BYTES
    json.dumps(event, ensure_ascii=False).encode("utf-8")


def test_long_strings_are_clipped_visibly() -> None:
    """A string that is cut must say so, and the rest of the event must stay whole."""
    nested = spelled(replace(FULL, url="u" * 2000), "nested")["connection_error"]
    assert nested["url"] == "u" * 999 + "…"
    assert nested["cause"] == FULL.cause


def test_long_lists_keep_both_ends() -> None:
    """Of a long chain, the surface and the root must stay."""
    chain = tuple(str(number) for number in range(100))
    nested = spelled(replace(FULL, chain=chain), "nested")["connection_error"]
    assert nested["chain"] == [*chain[:8], *chain[-8:]]


def test_lone_surrogates_are_escaped() -> None:
    """A name with a lone surrogate must not make orjson lose the event."""
    nested = spelled(replace(FULL, server_address="a\ud800é"), "nested")["connection_error"]
    assert nested["server_address"] == "a\\ud800é"


def test_integers_that_json_cannot_hold_are_left_out() -> None:
    """An errno of thirty digits is no errno, and orjson refuses it."""
    assert "errno" not in spelled(replace(FULL, errno=10**30), "nested")["connection_error"]
