"""
Whatever an exception looks like, diagnosing it ends, never raises, changes nothing and says the same thing twice.

Graphs of exceptions are made by hypothesis: real classes and hostile ones, linked through causes, contexts, groups,
arguments and attributes in any way, cycles included.
"""

from __future__ import annotations

import gc
import json
import socket
import ssl
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import httpx
import pytest
import redis.exceptions
import requests
import urllib3.exceptions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import connlog
from connlog._chain import NODES, walk
from connlog.fields import CONVENTIONS, MAX_BYTES, spell
from tests.hostile import HOSTILE, FalsyError, Mean, MeanNumber, MeanText

REAL: tuple[type[BaseException], ...] = (
    ConnectionError,
    ConnectionRefusedError,
    ConnectionResetError,
    BrokenPipeError,
    TimeoutError,
    OSError,
    EOFError,
    ValueError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
    UnicodeDecodeError,
    socket.gaierror,
    ssl.SSLError,
    ssl.SSLCertVerificationError,
    requests.ConnectionError,
    requests.Timeout,
    requests.HTTPError,
    urllib3.exceptions.MaxRetryError,
    urllib3.exceptions.ProtocolError,
    httpx.ConnectError,
    httpx.ReadTimeout,
    redis.exceptions.ConnectionError,
    redis.exceptions.AuthenticationError,
)
ATTRIBUTES = (
    "errno",
    "reason",
    "errors",
    "exceptions",
    "host",
    "port",
    "request",
    "pool",
    "_conn_key",
    "os_error",
    "orig",
)

Spec = Any
"""What hypothesis draws: plain data, since it looks at what it has drawn, and hostile values don't bear that."""

VALUES: tuple[Callable[[], object], ...] = (
    Mean,
    lambda: MeanText("Connection refused"),
    lambda: MeanNumber(111),
    object,
    lambda: "http://user:secret@[::1",
    lambda: "Connection refused " * 1_000,
    lambda: float("nan"),
    lambda: 10**5_000,
)

numbers = st.integers(0, 63)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([1, 2, 11, 24, 32, 104, 105, 110, 111, 113, -2, -3, 10054, 10061]),
    st.floats(),
    st.text(st.characters(), max_size=20),  # lone surrogates, too
    st.sampled_from(["Connection refused", "[Errno 111] ", "timed out", "\ud800", "\0\x1b[31m"]),
    st.binary(max_size=5),
)
leaves = st.one_of(plain, st.tuples(st.sampled_from(["node", "value"]), numbers))
specs = st.one_of(leaves, st.lists(leaves, max_size=3), st.dictionaries(st.text(max_size=3), leaves, max_size=2))
nodes = st.fixed_dictionaries(
    {
        "kind": numbers,
        "args": st.lists(specs, max_size=3),
        "cause": st.none() | numbers,
        "context": st.none() | numbers,
        "suppressed": st.booleans(),
        "raised": st.booleans(),
        "attributes": st.dictionaries(st.sampled_from(ATTRIBUTES), specs, max_size=3),
    }
)
graphs = st.lists(nodes, min_size=1, max_size=7)


def build(graph: list[dict[str, Spec]]) -> BaseException:
    """
    Make the exceptions of a graph and link them; the last one is the surface.
    """
    made: list[BaseException] = []
    for node in graph:
        made.append(_make(node, made))
    for exc, node in zip(made, graph, strict=True):
        if node["raised"]:
            _raise_and_catch(exc)
        for link in ("cause", "context"):
            _set(exc, f"__{link}__", None if node[link] is None else made[node[link] % len(made)])
        _set(exc, "__suppress_context__", node["suppressed"])
        _set(exc, "args", tuple(_value(spec, made) for spec in node["args"]))
        for name, spec in node["attributes"].items():
            _set(exc, name, _value(spec, made))
    return made[-1]


def _value(spec: Spec, made: list[BaseException]) -> object:
    """
    Make a value of what was drawn for it.
    """
    if isinstance(spec, tuple):
        return made[spec[1] % len(made)] if spec[0] == "node" else VALUES[spec[1] % len(VALUES)]()
    if isinstance(spec, list):
        return [_value(item, made) for item in spec]
    if isinstance(spec, dict):
        return {name: _value(item, made) for name, item in spec.items()}
    return spec


def _make(node: dict[str, Spec], made: list[BaseException]) -> BaseException:
    """
    Make an exception; where its class does not like the arguments, past its class.
    """
    kinds = (*REAL, *HOSTILE, BaseExceptionGroup)
    kind: type[BaseException] = kinds[node["kind"] % len(kinds)]
    if kind is BaseExceptionGroup:
        return BaseExceptionGroup("group", [*made, ConnectionRefusedError(111, "Connection refused")])
    try:
        return kind(*(_value(spec, []) for spec in node["args"] if not isinstance(spec, tuple | list | dict)))
    except Exception:
        return kind.__new__(kind)


def _set(exc: BaseException, name: str, value: object) -> None:
    """
    Set an attribute of an exception past its class, where that is possible.
    """
    try:
        BaseException.__setattr__(exc, name, value)
    except Exception:
        return


def _raise_and_catch(exc: BaseException) -> None:
    """
    Give an exception a traceback.
    """
    cause = BaseException.__dict__["__cause__"].__get__(exc)
    context = BaseException.__dict__["__context__"].__get__(exc)
    try:
        raise exc  # noqa: TRY301 - gets its traceback so
    except BaseException:
        _set(exc, "__cause__", cause)
        _set(exc, "__context__", context)


def judged(exc: BaseException) -> connlog.Diagnosis | None:
    """
    Diagnose, and check what holds of every diagnosis.
    """
    found = connlog.diagnose(exc)
    assert type(connlog.is_retryable(exc)) is bool
    if found is None:
        return None
    assert type(found) is connlog.Diagnosis
    assert found.code in connlog.CATALOG
    assert found.count == 1 + len(found.others)
    for name, convention in CONVENTIONS.items():
        text = json.dumps(spell(found, convention, "connection_error"), allow_nan=False)
        assert len(text) <= MAX_BYTES, name
    return found


SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(graph=graphs)
def test_any_graph_is_judged(graph: list[dict[str, Spec]]) -> None:
    """
    Any graph of exceptions gives a diagnosis or none, the same one twice, spelled in JSON within the bound.
    """
    exc = build(graph)
    first = judged(exc)
    assert judged(exc) == first


@SETTINGS
@given(graph=graphs)
def test_nothing_is_changed(graph: list[dict[str, Spec]]) -> None:
    """
    Diagnosing leaves every exception of the chain as it was.
    """
    exc = build(graph)
    before = [_state(link.exc) for link in walk(exc)]
    connlog.diagnose(exc)
    assert [_state(link.exc) for link in walk(exc)] == before


def _state(exc: object) -> tuple[int, ...]:
    """
    Identify what an exception holds.
    """
    slots = ("__cause__", "__context__", "__suppress_context__", "__traceback__", "args")
    return tuple(id(BaseException.__dict__[name].__get__(exc)) for name in slots)


@pytest.mark.parametrize("via", ["__cause__", "__context__", "args", "reason", "member"])
@pytest.mark.parametrize("kind", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_links_hide_nothing(kind: type[BaseException], via: str) -> None:
    """
    A refused connection beside a hostile exception is still found.
    """
    refused, mean = ConnectionRefusedError(111, "Connection refused"), kind.__new__(kind)
    surface: BaseException = requests.ConnectionError("wrapped")
    if via == "member":
        surface = BaseExceptionGroup("group", [mean, refused])
    elif via == "args":
        surface.args = (mean, [refused])
    elif via == "reason":
        surface.args = (mean,)
        _set(surface, "reason", refused)
    else:
        _set(mean, via, refused)
        surface.__cause__ = mean
    found = judged(surface)
    assert found is not None
    if via in {"args", "reason"}:
        assert found.code == "connection-refused"
        assert found.error_type == "ConnectionRefusedError"


@pytest.mark.parametrize(
    "number", [0, 1, 7, 111, 10061, -2, 2**31, 2**63, 2**70, -(2**70), pytest.param(10**5000, id="huge")]
)
@pytest.mark.parametrize("kind", [OSError, socket.gaierror, ssl.SSLError, requests.ConnectionError])
def test_any_number_is_an_errno(kind: type[OSError], number: int) -> None:
    """
    Numbers that no system has do no harm.
    """
    judged(kind(number, "Connection refused"))


def chain(depth: int) -> BaseException:
    """
    Link exceptions by causes, a refused connection at the very end.
    """
    exc: BaseException = ConnectionRefusedError(111, "Connection refused")
    for number in range(depth):
        outer = RuntimeError(number)
        outer.__cause__ = exc
        exc = outer
    return exc


def nested_groups(depth: int) -> BaseException:
    """
    Put groups into groups, a refused connection at the very bottom.
    """
    exc: BaseException = ConnectionRefusedError(111, "Connection refused")
    for _ in range(depth):
        exc = BaseExceptionGroup("group", [exc])
    return exc


def wide_group(width: int) -> BaseException:
    """
    Put many refused connections into one group.
    """
    return ExceptionGroup("group", [ConnectionRefusedError(111, "Connection refused") for _ in range(width)])


def wide_arguments(width: int) -> BaseException:
    """
    Put many exceptions into the arguments of one.
    """
    return requests.ConnectionError([ValueError(number) for number in range(width)])


def long_message(length: int) -> BaseException:
    """
    Say a lot.
    """
    return requests.ConnectionError("Connection refused " * length)


def every_attribute(width: int) -> BaseException:
    """
    Hang many exceptions on each attribute that may hold one, each of which does so again.
    """
    exc = requests.ConnectionError("outer")
    inner = [requests.ConnectionError(number) for number in range(width)]
    for name in ATTRIBUTES:
        _set(exc, name, inner)
        for one in inner:
            _set(one, name, inner)
    return exc


def work(exc: BaseException) -> int:
    """
    Count the calls that a diagnosis makes.
    """
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        connlog.diagnose(exc)
    finally:
        sys.setprofile(before)
    return calls


SHAPES = (chain, nested_groups, wide_group, wide_arguments, long_message, every_attribute)


@pytest.mark.parametrize("shape", SHAPES)
def test_work_is_bounded(shape: Callable[[int], BaseException]) -> None:
    """
    Beyond the caps more exceptions make no more work; a 3,000-deep chain and a 5,000-wide group are nothing special.
    """
    large, larger = shape(5_000), shape(10_000)
    judged(large)
    assert len(walk(larger)) <= NODES
    assert work(larger) <= work(large) * 1.01 + 10


@pytest.mark.parametrize("shape", [chain, nested_groups])
def test_no_recursion(shape: Callable[[int], BaseException]) -> None:
    """
    A deep chain is diagnosed with next to no stack left, so it was walked without recursion.
    """
    exc = shape(3_000)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth() + 60)
    try:
        connlog.diagnose(exc)
    finally:
        sys.setrecursionlimit(limit)


def _depth() -> int:
    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
    return depth


def test_cycles_end() -> None:
    """
    Cycles of one and two, through causes, contexts, arguments and groups, end.
    """
    alone = ConnectionResetError(104, "Connection reset by peer")
    alone.__cause__ = alone.__context__ = alone
    one, two = ValueError("one"), ConnectionResetError(104, "Connection reset by peer")
    one.__cause__, two.__cause__ = two, one
    group = ExceptionGroup("group", [two])
    two.__context__ = group
    one.args = (one, [two, group])
    for exc in (alone, one, two, group):
        found = judged(exc)
        assert found is not None
        assert found.code == "connection-reset"


def test_a_falsy_cause_counts() -> None:
    """
    A cause that is false in the sense of bool() is a cause.
    """
    surface = requests.ConnectionError("wrapped")
    surface.__cause__ = FalsyError(111, "Connection refused")
    found = judged(surface)
    assert found is not None
    assert found.code == "connection-refused"


def test_nothing_is_kept() -> None:
    """
    Diagnosing keeps no exception alive.
    """

    class MortalError(ConnectionRefusedError):
        pass

    def diagnose() -> weakref.ref[MortalError]:
        exc = MortalError(111, "Connection refused")
        try:
            raise exc
        except MortalError:
            assert judged(exc) is not None
        return weakref.ref(exc)

    reference = diagnose()
    gc.collect()
    assert reference() is None
