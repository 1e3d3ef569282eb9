"""
structlog's edge, in real chains of structlog.
"""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import pickle
import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import structlog

from connlog._guard import GUARD
from connlog.processor import ConnectionErrorEnricher
from tests.edges import crash, refused


@pytest.fixture(autouse=True)
def structlog_defaults() -> Iterator[None]:
    """Leave structlog as it was."""
    yield
    structlog.reset_defaults()


def enriched(exc: object, enricher: ConnectionErrorEnricher | None = None, **event: Any) -> dict[str, Any]:
    """Pass an event that carries an exception through the processor."""
    given = {"event": "sync failed", "exc_info": exc, **event}
    got = (enricher or ConnectionErrorEnricher())(None, "error", given)
    assert got is given
    return dict(got)


def expected(port: int, **more: Any) -> dict[str, Any]:
    """Write the nested fields of a refusal, the prose aside."""
    return {
        "code": "connection-refused",
        "errno": 111,
        "errno_name": "ECONNREFUSED",
        "error_type": "ConnectionRefusedError",
        "chain": ["ConnectionRefusedError"],
        "relation": "because",
        "phase": "connect",
        "retry": "safe",
        "server_address": "127.0.0.1",
        "server_port": port,
        "peer_address": "127.0.0.1",
        "peer_port": port,
        "transport": "tcp",
        **more,
    }


def without_prose(found: dict[str, Any]) -> dict[str, Any]:
    """Drop what the catalog's authors may reword, and the place in the tests."""
    assert found["hint"] == found["hints"][0]
    assert all(found[name] for name in ("title", "cause", "hint", "hints"))
    return {name: value for name, value in found.items() if name not in {"title", "cause", "hint", "hints", "location"}}


def test_exception_in_every_shape() -> None:
    """An exception, the tuple of three and True must give the same fields, and exc_info must stay."""
    exc, port = refused()
    triple = (type(exc), exc, exc.__traceback__)
    found = []
    for shape in (exc, triple):
        event = enriched(shape)
        assert event["exc_info"] is shape
        assert set(event) == {"event", "exc_info", "connection_error"}
        found.append(event["connection_error"])
    try:
        raise exc
    except ConnectionRefusedError:
        found.append(enriched(True)["connection_error"])  # noqa: FBT003 -- what structlog's users write
    assert [without_prose(each) for each in found] == [expected(port)] * 3
    assert found[0]["location"]["function"] == "refused"


class Unsure:
    """An object that is neither true nor false."""

    def __bool__(self) -> bool:
        raise RuntimeError("unsure")


@pytest.mark.parametrize("junk", [None, False, True, (None, None, None), (1, 2), (), 0, 1, "x", [], {}, object()])
def test_junk_is_no_exception(junk: object) -> None:
    """Whatever callers pass for exc_info, an event without an exception must stay as it is."""
    assert enriched(junk) == {"event": "sync failed", "exc_info": junk}


def test_own_errors_stay_inside() -> None:
    """What raises inside the processor must not reach the log call; in tests it must."""
    with pytest.raises(RuntimeError, match="unsure"):
        enriched(Unsure())
    GUARD.strict = False
    unsure = Unsure()
    assert enriched(unsure) == {"event": "sync failed", "exc_info": unsure}


class FalsyRefusedError(ConnectionRefusedError):
    """A refusal that takes itself for nothing."""

    def __bool__(self) -> bool:
        return False


def test_falsy_exception_is_an_exception() -> None:
    """An exception that is false must be diagnosed all the same."""
    assert enriched(FalsyRefusedError(111, "Connection refused"))["connection_error"]["code"] == "connection-refused"


@pytest.mark.parametrize("exc", [ValueError("connection refused"), FileNotFoundError(2, "x", "y"), KeyError("port")])
def test_other_exceptions_leave_the_event_alone(exc: Exception) -> None:
    """An event without a connection failure must stay as it is."""
    assert enriched(exc) == {"event": "sync failed", "exc_info": exc}


def test_events_without_an_exception_stay_as_they_are() -> None:
    """The common event must come back untouched."""
    event = {"event": "user signed in", "level": "info"}
    assert ConnectionErrorEnricher()(None, "info", event) is event
    assert event == {"event": "user signed in", "level": "info"}
    loud = {"event": "user locked out", "level": "warning"}
    assert ConnectionErrorEnricher()(object(), "warning", loud) is loud
    assert loud == {"event": "user locked out", "level": "warning"}


@pytest.mark.parametrize("fields", ["nested", "otel", "ecs"])
def test_idempotent(fields: str) -> None:
    """However often an event passes, it must be enriched once; what has been changed since must stay."""
    exc, _ = refused()
    enricher = ConnectionErrorEnricher(fields=fields)
    once = enriched(exc, enricher)
    assert enriched(exc, enricher, **once) == once
    mark = "connection_error" if fields == "nested" else "connlog.hint" if fields == "ecs" else "connlog.code"
    assert enriched(exc, enricher, **{mark: "mine"}) == {"event": "sync failed", "exc_info": exc, mark: "mine"}


def test_keys_of_the_caller_survive() -> None:
    """A key that the caller has set must keep its value."""
    exc, port = refused()
    event = enriched(exc, ConnectionErrorEnricher(fields="otel"), **{"server.address": "db", "error.type": None})
    assert event["server.address"] == "db"
    assert event["error.type"] is None
    assert event["server.port"] == port


def test_own_key() -> None:
    """The nested fields must lie under the key that the user gave."""
    exc, port = refused()
    event = enriched(exc, ConnectionErrorEnricher(key="network"))
    assert set(event) == {"event", "exc_info", "network"}
    assert without_prose(event["network"]) == expected(port)


@pytest.mark.parametrize(
    ("docs_url", "page"),
    [
        ("https://docs.example/codes", "https://docs.example/codes/connection-refused"),
        ("https://docs.example/codes/", "https://docs.example/codes/connection-refused"),
        ("https://docs.example/codes.html#", "https://docs.example/codes.html#connection-refused"),
        ("http://docs.example/?code=", "http://docs.example/?code=connection-refused"),
    ],
)
def test_docs_url(docs_url: str, page: str) -> None:
    """The page of the code must be named where the user has said where the pages are."""
    exc, port = refused()
    event = enriched(exc, ConnectionErrorEnricher(docs_url=docs_url))
    assert without_prose(event["connection_error"]) == expected(port, docs_url=page)


@pytest.mark.parametrize("docs_url", ["", "docs.example", "ftp://docs.example", "https://", "https://a b", 3])
def test_bad_docs_url(docs_url: Any) -> None:
    """An address that no browser opens must be refused."""
    with pytest.raises(ValueError, match=r"docs_url=.*https:// or http://"):
        ConnectionErrorEnricher(docs_url=docs_url)


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"key": ""}, "key=''"), ({"key": "error"}, "key='error'"), ({"fields": "x"}, "fields='x'.*'nested'")],
)
def test_bad_options(options: dict[str, str], problem: str) -> None:
    """An option with a value that isn't allowed must be refused at once, not at the first failure."""
    with pytest.raises(ValueError, match=problem):
        ConnectionErrorEnricher(**options)  # type: ignore[arg-type]


@pytest.fixture
def runbook(tmp_path: Path) -> Path:
    """Write a runbook."""
    file = tmp_path / "runbook.toml"
    file.write_text("[[hints]]\ntext = 'Ask Ann.'\ncode = 'connection-refused'\n", encoding="utf-8")
    return file


def test_runbook(runbook: Path) -> None:
    """The team's hint must come first, ours after it."""
    exc, _ = refused()
    hints = enriched(exc)["connection_error"]["hints"]
    found = enriched(exc, ConnectionErrorEnricher(runbook=runbook))["connection_error"]
    assert (found["hint"], found["hints"]) == ("Ask Ann.", ["Ask Ann.", *hints])


def test_pickles_with_its_options(runbook: Path) -> None:
    """A copy in another process must do the same, also where the runbook's file is not."""
    exc, _ = refused()
    enricher = ConnectionErrorEnricher(fields="otel", docs_url="https://docs.example", runbook=runbook, text=False)
    pickled = pickle.dumps(enricher)
    runbook.unlink()
    copied = pickle.loads(pickled)  # noqa: S301 -- our own
    assert enriched(exc, copied) == enriched(exc, enricher)
    assert copied._text is False


def chain(*processors: structlog.typing.Processor) -> tuple[structlog.typing.FilteringBoundLogger, io.StringIO]:
    """Make a logger that writes JSON, with these processors before."""
    out = io.StringIO()
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(out), processors=[*processors, structlog.processors.JSONRenderer()]
    )
    return logger, out


@pytest.mark.parametrize(
    "renderer", [structlog.processors.format_exc_info, structlog.processors.dict_tracebacks], ids=["text", "dicts"]
)
@pytest.mark.parametrize("first", [True, False])
def test_before_and_after_the_exception_renderer(renderer: structlog.typing.Processor, *, first: bool) -> None:
    """Wherever it stands in the chain, code, errno, endpoint, phase and verdict must be the same."""
    exc, port = refused()
    processors = [ConnectionErrorEnricher(), renderer]
    logger, out = chain(*(processors if first else processors[::-1]))
    logger.error("sync failed", exc_info=exc)
    event = json.loads(out.getvalue())
    assert set(event) == {"event", "exception", "connection_error"}
    found = event["connection_error"]
    assert found["code"] == "connection-refused"
    assert (found["errno"], found["errno_name"]) == (111, "ECONNREFUSED")
    assert (found["phase"], found["retry"]) == ("connect", "safe")
    if first:
        assert (found["server_address"], found["server_port"]) == ("127.0.0.1", port)


def test_text_without_end() -> None:
    """Of a rendered exception of many megabytes, the ends must be enough."""
    exc, _ = refused()
    event = {"event": "x", "exc_info": exc}
    text = structlog.processors.format_exc_info(None, "error", event)["exception"]
    frame = '  File "/srv/main.py", line 3, in again\n    again()\n'
    head, rest = text.split("\n", 1)
    endless = f"{head}\n{frame * 100_000}{rest}"
    found = ConnectionErrorEnricher()(None, "error", {"event": "x", "exception": endless})
    assert found["connection_error"]["code"] == "connection-refused"
    assert found["exception"] is endless


def test_text_can_be_left_alone() -> None:
    """With text=False, a rendered exception must not be read."""
    exc, _ = refused()
    logger, out = chain(structlog.processors.format_exc_info, ConnectionErrorEnricher(text=False))
    logger.error("sync failed", exc_info=exc)
    assert set(json.loads(out.getvalue())) == {"event", "exception"}


@pytest.mark.parametrize("given", ["nothing of interest", [], [1], 3, ValueError("x"), {"a": 1}])
def test_exception_key_of_the_caller(given: object) -> None:
    """A key `exception` that holds no connection failure must be left as it is."""
    event = {"event": "x", "exception": given}
    assert ConnectionErrorEnricher()(None, "error", dict(event)) == event


def test_exception_object_under_the_key_exception() -> None:
    """An exception that the caller passed as `exception=` must be diagnosed."""
    exc, port = refused()
    event = ConnectionErrorEnricher()(None, "error", {"event": "x", "exception": exc})
    assert without_prose(event["connection_error"]) == expected(port)


@pytest.fixture
def foreign() -> Iterator[Callable[..., tuple[logging.Logger, io.StringIO]]]:
    """Make loggers of logging that are rendered by structlog."""
    logger = logging.getLogger("foreign")
    logger.propagate = False

    def make(**options: Any) -> tuple[logging.Logger, io.StringIO]:
        out = io.StringIO()
        handler = logging.StreamHandler(out)
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(**options))
        logger.addHandler(handler)
        return logger, out

    yield make
    logger.handlers.clear()


def test_foreign_and_own_records(foreign: Callable[..., tuple[logging.Logger, io.StringIO]]) -> None:
    """Listed in both chains, the processor must enrich records of logging and of structlog alike, once."""
    exc, port = refused()
    enricher = ConnectionErrorEnricher()
    tail = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    logger, out = foreign(foreign_pre_chain=[enricher], processors=[enricher, *tail])
    own: Any = structlog.wrap_logger(
        logger,
        processors=[enricher, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logger.error("foreign", exc_info=exc)
    own.error("own", exc_info=exc)
    logger.error("nothing")
    first, second, third = map(json.loads, out.getvalue().splitlines())
    assert third == {"event": "nothing"}
    for event in (first, second):
        assert set(event) == {"event", "exception", "connection_error"}
        assert without_prose(event["connection_error"]) == expected(port)


def test_behind_a_queue(foreign: Callable[..., tuple[logging.Logger, io.StringIO]]) -> None:
    """A QueueHandler leaves only text: it must be read."""
    exc, _ = refused()
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    sender = logging.getLogger("sender")
    sender.propagate = False
    sender.addHandler(logging.handlers.QueueHandler(records))
    sender.error("sync failed", exc_info=exc)
    sender.error("nothing")
    logger, out = foreign(foreign_pre_chain=[ConnectionErrorEnricher()], processor=structlog.processors.JSONRenderer())
    logger.handle(records.get())
    logger.handle(records.get())
    sender.handlers.clear()
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["connection_error"]["code"] == "connection-refused"
    assert second == {"event": "nothing"}


SECRET = "hunter2-secret"  # noqa: S105 -- it must not be seen


@pytest.mark.parametrize("fields", ["nested", "otel", "ecs"])
def test_secrets_never_appear(fields: str) -> None:
    """A password in the URL, or a token in its query, must be in no field."""
    _, port = refused()
    with pytest.raises(OSError, match="Max retries") as caught:
        requests.get(f"http://ann:{SECRET}@127.0.0.1:{port}/x?token={SECRET}&api_key={SECRET}", timeout=2)
    event = enriched(caught.value, ConnectionErrorEnricher(fields=fields))
    del event["exc_info"]
    assert len(event) > 1
    assert SECRET not in json.dumps(event)


def test_import_loads_no_structlog(tmp_path: Path) -> None:
    """Importing the processor must not load structlog, sphinx or asyncio."""
    done = crash(
        tmp_path,
        "import connlog.processor\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'structlog', 'sphinx', 'asyncio'}))",
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_no_frame_is_kept() -> None:
    """The processor must not keep the exception alive."""
    exc, _ = refused()
    before = sys.getrefcount(exc)
    event = enriched(exc)
    del event
    assert sys.getrefcount(exc) == before


def test_words_of_an_exception_in_the_message() -> None:
    """After log.error("%s", e) only the words are left: they must say what they can."""
    exc, port = refused()
    logger, out = chain(ConnectionErrorEnricher())
    logger.error("sync with %s failed: %s", "the shop", exc)
    logger.warning("retrying: %s", f"[Errno 111] Connect call failed ('127.0.0.1', {port})")
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["event"] == "sync with the shop failed: [Errno 111] Connection refused"
    for event in (first, second):
        assert set(event) == {"event", "connection_error"}
        found = event["connection_error"]
        assert (found["code"], found["errno_name"]) == ("connection-refused", "ECONNREFUSED")
    assert (second["connection_error"]["server_address"], second["connection_error"]["server_port"]) == (
        "127.0.0.1",
        port,
    )


def loud(text: object, **event: Any) -> dict[str, Any]:
    """Pass an event without an exception through the processor, as structlog does."""
    return dict(ConnectionErrorEnricher()(object(), "error", {"event": text, **event}))


def test_exception_among_the_arguments() -> None:
    """Before PositionalArgumentsFormatter the exception is still there, or is the message: it must be asked."""
    exc, port = refused()
    for event in (loud("sync failed: %s", positional_args=("shop", exc)), loud(exc), loud("x", positional_args=(exc,))):
        assert without_prose(event["connection_error"]) == expected(port)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "not loaded", "stack": "Traceback (most recent call last):\n{words}"},
        {"event": "not loaded\nTraceback (most recent call last):\n{words}"},
        {"event": "not loaded: %s, %s", "positional_args": ("{words}", 3)},
        {"event": "%s of %s", "positional_args": (["orders"], "{words}")},
        {"event": "not loaded", "exception": "{words}"},
        {"event": '{"exception": [{"exc_type": "OSError", "exc_value": "[Errno 111] Connection refused"}]}'},
    ],
    ids=["stack", "message", "argument", "argument beside others", "exception", "JSON"],
)
def test_every_place_of_a_text(event: dict[str, Any]) -> None:
    """Wherever an exception has become text, the text must be read, and nothing in the event changed."""
    words = "ConnectionRefusedError: [Errno 111] Connection refused"

    def filled(value: Any) -> Any:
        """Put the words into their place."""
        if isinstance(value, tuple):
            return tuple(map(filled, value))
        return value.replace("{words}", words) if isinstance(value, str) else value

    given = {name: filled(value) for name, value in event.items()}
    found = dict(ConnectionErrorEnricher()(object(), "warning", dict(given)))
    assert found.pop("connection_error")["code"] == "connection-refused"
    assert found == given


@pytest.mark.parametrize(
    "event",
    [
        {"event": "Error: the order has no lines"},
        {"event": "connection pool of the caterer is full"},
        {"event": "[Errno 13] Permission denied: '/srv/orders'"},
        {"event": "%s of %s", "positional_args": ("Error",)},
        {"event": "%d", "positional_args": ("[Errno",)},
        {"event": "%(name)s", "positional_args": ({"name": "Connected"},)},
        {"event": "x", "positional_args": ["no tuple"], "stack": "Stack (most recent call last):\n  File"},
        {"event": b"[Errno 111] Connection refused"},
        {"event": None},
        {"event": ValueError("[Errno 111] Connection refused")},
        {"level": "error"},
    ],
    ids=str,
)
def test_other_messages_stay_alone(event: dict[str, Any]) -> None:
    """A loud event whose message tells of no connection failure, or can't be read, must stay as it is."""
    assert dict(ConnectionErrorEnricher()(object(), "error", dict(event))) == event


@pytest.mark.parametrize("name", ["info", "debug"])
def test_messages_below_a_warning_are_not_read(name: str) -> None:
    """What is no warning tells of no failure, unless it carries an exception: it must cost nothing."""
    quiet = {"event": "recovered from [Errno 111] Connection refused"}
    assert dict(ConnectionErrorEnricher()(object(), name, dict(quiet))) == quiet
    rendered = ConnectionErrorEnricher()(object(), name, {**quiet, "exception": quiet["event"]})
    assert rendered["connection_error"]["code"] == "connection-refused"


def test_exception_info_says_more_than_the_message() -> None:
    """Where there is an exception, its message alone must not be believed."""
    event = {"event": "[Errno 111] Connection refused", "exc_info": ValueError("x")}
    assert dict(ConnectionErrorEnricher()(object(), "error", dict(event))) == event


def test_text_that_a_foreign_record_has_cached(foreign: Callable[..., tuple[logging.Logger, io.StringIO]]) -> None:
    """A record from another process that has only exc_text must be read, at whatever level."""
    logger, out = foreign(foreign_pre_chain=[ConnectionErrorEnricher()], processor=structlog.processors.JSONRenderer())
    text = "ConnectionRefusedError: [Errno 111] Connection refused"
    logger.handle(logging.makeLogRecord({"msg": "x", "levelno": 20, "levelname": "INFO", "exc_text": text}))
    assert json.loads(out.getvalue().splitlines()[0])["connection_error"]["code"] == "connection-refused"


def test_words_of_a_foreign_record(foreign: Callable[..., tuple[logging.Logger, io.StringIO]]) -> None:
    """log.error("%s", e) of another library must be read too; what it says at level INFO must not."""
    logger, out = foreign(foreign_pre_chain=[ConnectionErrorEnricher()], processor=structlog.processors.JSONRenderer())
    logger.setLevel(logging.INFO)
    exc, _ = refused()
    logger.error("sync failed: %s", exc)
    logger.info("sync failed: %s", exc)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["connection_error"]["code"] == "connection-refused"
    assert second == {"event": "sync failed: [Errno 111] Connection refused"}
