"""
The edge of logging, with real loggers and handlers.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import logging.config
import logging.handlers
import queue
from collections.abc import Iterator
from typing import Any

import ecs_logging
import pytest
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

from connlog._guard import GUARD
from connlog.fields import CONVENTIONS
from connlog.processor import ConnectionErrorEnricher
from connlog.stdlib import ConnectionErrorFilter
from tests.edges import refused

STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JSONFormatter(logging.Formatter):
    """A formatter as many programs have it: every attribute that is not logging's own goes into the line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD}
        return json.dumps({"message": record.getMessage(), **extra})


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Make a logger of our own."""
    own = logging.getLogger("edge")
    own.propagate = False
    yield own
    own.handlers.clear()
    own.filters.clear()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    """Read what has been logged."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def attach(logger: logging.Logger, *filters: logging.Filter) -> io.StringIO:
    """Add a handler that writes JSON, with these filters."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JSONFormatter())
    for each in filters:
        handler.addFilter(each)
    logger.addHandler(handler)
    return out


@pytest.mark.parametrize("fields", ["nested", "otel", "ecs"])
def test_same_fields_as_the_processor(logger: logging.Logger, fields: str) -> None:
    """A record must carry exactly the fields that an event of structlog would."""
    exc, _ = refused()
    out = attach(logger, ConnectionErrorFilter(fields=fields, docs_url="https://docs.example"))
    logger.error("sync %s", "failed", exc_info=exc)
    enricher = ConnectionErrorEnricher(fields=fields, docs_url="https://docs.example")
    event = dict(enricher(None, "error", {"message": "sync failed", "exc_info": exc}))
    del event["exc_info"]
    for name, on_records in CONVENTIONS[fields].on_records:
        event[on_records] = event.pop(name)
    assert len(event) > 1
    assert lines(out) == [event]


def test_other_records_stay_as_they_are(logger: logging.Logger) -> None:
    """A record without a connection failure must pass untouched."""
    out = attach(logger, ConnectionErrorFilter())
    logger.error("nothing")
    logger.error("connection refused")
    logger.error("a bug", exc_info=ValueError("connection refused"))
    logger.error("no exception", exc_info=True)  # noqa: LOG014 -- people write it
    logger.error({"not": "a string"})
    assert [set(line) for line in lines(out)] == [{"message"}] * 5


def test_enriched_once_for_many_handlers(logger: logging.Logger) -> None:
    """However many handlers and filters a record passes, the fields must be made once."""
    exc, _ = refused()
    seen = []

    class Spy(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            seen.append(vars(record)["connection_error"])
            return True

    outs = [attach(logger, ConnectionErrorFilter(), Spy()) for _ in range(3)]
    logger.error("sync failed", exc_info=exc)
    assert seen[0] is seen[1] is seen[2]
    assert lines(outs[0]) == lines(outs[1]) == lines(outs[2])


def test_configured_by_a_dictionary(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """Django, Celery and uvicorn configure logging by a dictionary: its spelling must work."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"connlog": {"()": "connlog.stdlib.ConnectionErrorFilter", "fields": "otel"}},
            "formatters": {"line": {"format": "%(message)s %(connlog.code)s"}},
            "handlers": {
                "err": {"class": "logging.StreamHandler", "filters": ["connlog"], "formatter": "line"},
            },
            "loggers": {logger.name: {"handlers": ["err"]}},
        }
    )
    logger.propagate = False
    logger.error("sync failed", exc_info=refused()[0])
    assert capsys.readouterr().err.startswith("sync failed connection-refused\nTraceback")


def test_extra_of_the_caller_survives(logger: logging.Logger) -> None:
    """An attribute that the caller gave must keep its value."""
    exc, port = refused()
    out = attach(logger, ConnectionErrorFilter(fields="otel"))
    logger.error("sync failed", exc_info=exc, extra={"server.address": "db"})
    (line,) = lines(out)
    assert (line["server.address"], line["server.port"]) == ("db", port)


@pytest.mark.parametrize("where", ["before", "behind"])
def test_queue(logger: logging.Logger, where: str) -> None:
    """A failure must be explained before a QueueHandler and, from the text that it leaves, behind it."""
    exc, _ = refused()
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    sender = logging.handlers.QueueHandler(records)
    logger.addHandler(sender)
    listener = logging.getLogger("edge.listener")
    listener.propagate = False
    if where == "before":
        sender.addFilter(ConnectionErrorFilter())
        out = attach(listener)
    else:
        out = attach(listener, ConnectionErrorFilter())
    logger.error("sync failed", exc_info=exc)
    listener.handle(records.get())
    listener.handlers.clear()
    (line,) = lines(out)
    assert line["connection_error"]["code"] == "connection-refused"


def test_text_that_a_formatter_has_cached(logger: logging.Logger) -> None:
    """A record from another process that has only exc_text must be read, unless text=False."""
    exc, _ = refused()
    rendered = logging.Formatter().formatException((type(exc), exc, exc.__traceback__))
    outs = [attach(logger, ConnectionErrorFilter(text=text)) for text in (False, True)]
    logger.handle(logging.makeLogRecord({"msg": "sync failed", "exc_text": rendered, "levelno": logging.ERROR}))
    without, found = (lines(out)[0] for out in outs)
    assert set(without) == {"message"}
    assert found["connection_error"]["code"] == "connection-refused"


def test_words_of_an_exception(logger: logging.Logger) -> None:
    """log.error("%s", e) gives the exception itself: it must be asked; its words must do where it is gone."""
    exc, port = refused()
    out = attach(logger, ConnectionErrorFilter())
    logger.error("sync failed: %s", exc)
    logger.error("%(shop)s: %(why)s", {"shop": "shop", "why": exc})
    logger.error(exc)
    logger.warning("%s: %s", "sync", str(exc))
    logger.warning("%s: %s", object(), f"sync: {exc}")
    logger.warning("%(shop)s: %(why)s", {"shop": "shop", "why": str(exc)})
    found = [line["connection_error"] for line in lines(out)]
    assert [each["code"] for each in found] == ["connection-refused"] * 6
    assert [each.get("server_port") for each in found] == [port] * 3 + [None] * 3


def test_words_can_be_left_alone(logger: logging.Logger) -> None:
    """With text=False, and below a warning, no message must be read."""
    exc, _ = refused()
    logger.filters = [ConnectionErrorFilter(text=False)]
    out = attach(logger)
    logger.error("lost: %s", exc)
    logger.filters = [ConnectionErrorFilter()]
    logger.handle(logging.makeLogRecord({"msg": "lost: %s", "args": (exc,), "levelno": logging.INFO}))
    assert [set(line) for line in lines(out)] == [{"message"}] * 2


def test_traceback_in_the_stack(logger: logging.Logger) -> None:
    """A traceback that somebody has put where the call stack stands must be read."""
    out = attach(logger, ConnectionErrorFilter())
    stack = "Traceback (most recent call last):\nConnectionRefusedError: [Errno 111] Connection refused"
    logger.handle(logging.makeLogRecord({"msg": "x", "stack_info": stack, "levelno": logging.ERROR}))
    assert lines(out)[0]["connection_error"]["code"] == "connection-refused"


def test_arguments_that_do_not_fit() -> None:
    """What logging can't format must be left to logging, whatever its arguments do when they are written."""

    class Loud:
        def __str__(self) -> str:
            raise AssertionError

    taken = ConnectionErrorFilter()
    for arguments in (("Error",), ("Connected", 1, 2), (Loud(), "Error"), {"name": "Error"}):
        record = logging.makeLogRecord({"msg": "%s %s", "args": arguments, "levelno": logging.ERROR})
        before = dict(vars(record))
        assert taken.filter(record)
        assert vars(record) == before


def test_opentelemetry_handler(logger: logging.Logger) -> None:
    """OpenTelemetry's handler writes where the record was logged; where the failure was must be kept beside it."""
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    with pytest.deprecated_call():  # it has moved to a distribution of its own, and writes the same
        handler = LoggingHandler(logger_provider=provider)
    handler.addFilter(ConnectionErrorFilter(fields="otel"))
    logger.addHandler(handler)
    exc, port = refused()
    logger.error("sync failed", exc_info=exc)
    (exported,) = exporter.get_finished_logs()
    attributes = exported.log_record.attributes or {}
    assert (attributes["connlog.code"], attributes["server.port"]) == ("connection-refused", port)
    assert attributes["code.function.name"] == "test_opentelemetry_handler"
    assert attributes["connlog.location.function"] == "refused"


def test_ecs_formatter(logger: logging.Logger) -> None:
    """ecs-logging's formatter must keep the record, with its own error.type and ours."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(ecs_logging.StdlibFormatter())
    handler.addFilter(ConnectionErrorFilter(fields="ecs"))
    logger.addHandler(handler)
    exc, port = refused()
    logger.error("sync failed", exc_info=exc)
    (line,) = lines(out)
    assert (line["error"]["type"], line["error"]["code"]) == ("ConnectionRefusedError", "ECONNREFUSED")
    assert (line["event"]["code"], line["destination"]["port"]) == ("connection-refused", port)
    assert line["connlog"]["error"]["type"] == "ConnectionRefusedError"


def test_lost_asyncio_task() -> None:
    """A task that nobody awaited reaches logging, and so must be explained."""
    out = attach(logging.getLogger("asyncio"), ConnectionErrorFilter())

    async def main() -> None:
        async def connect() -> None:
            raise refused()[0]

        task = asyncio.create_task(connect())
        await asyncio.wait([task])
        del task
        gc.collect()

    try:
        asyncio.run(main())
    finally:
        logging.getLogger("asyncio").handlers.clear()
    (line,) = lines(out)
    assert line["message"].startswith("Task exception was never retrieved")
    assert line["connection_error"]["code"] == "connection-refused"


class Unsure:
    """An object that is neither true nor false."""

    def __bool__(self) -> bool:
        raise RuntimeError("unsure")


def test_own_errors_stay_inside() -> None:
    """What raises inside the filter must not lose the record; in tests it must be seen."""
    record = logging.makeLogRecord({"msg": "x", "exc_info": Unsure()})
    with pytest.raises(RuntimeError, match="unsure"):
        ConnectionErrorFilter().filter(record)
    GUARD.strict = False
    assert ConnectionErrorFilter().filter(record)
    assert set(vars(record)) == set(vars(logging.makeLogRecord({})))


@pytest.mark.parametrize("key", ["message", "args", "exc_info", "asctime"])
def test_key_of_a_record(key: str) -> None:
    """A key that a record has already must be refused, for logging would break."""
    with pytest.raises(ValueError, match=f"key='{key}': a log record has an attribute of this name already"):
        ConnectionErrorFilter(key=key)


def test_bad_options() -> None:
    """Other options must be checked as everywhere."""
    with pytest.raises(ValueError, match="fields='x'"):
        ConnectionErrorFilter(fields="x")
