"""Executes the examples of the catalog, each against the fault that it names."""

from __future__ import annotations

import dataclasses
import io
import json
import linecache
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

import connlog
from connlog._model import Example
from tests.faults import namespace
from tests.faults.catalog import FAULTS, play
from tests.faults.worker import Worker, shared_namespace

HEAL_AFTER = 0.3
"""Seconds after which the fault is gone, where a fixed example waits for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    How an example ended.

    Attributes:
        exception: Qualified class of what escaped, ``None`` if nothing did.
        message: Its ``str()``.
        traceback: As Python prints it.
        bases: Qualified classes of its MRO.
        diagnosis: The diagnosis as a dict of JSON types, ``None`` where connlog sees no connection failure.
        event: The line that structlog writes of it, explained by connlog; empty if nothing escaped.
        given: What the code was given: ``host``, ``port``, ``ca_file``, ``path``, and the ``folder`` of its file.
        result: ``repr`` of the variable ``result``, ``None`` where the code defines none.
        seconds: How long it took.
    """

    exception: str | None = None
    message: str = ""
    traceback: str = ""
    bases: tuple[str, ...] = ()
    diagnosis: dict[str, Any] | None = None
    event: str = ""
    given: dict[str, Any] = dataclasses.field(default_factory=dict)
    result: str | None = None
    seconds: float = 0.0


def run_example(example: Example, *, heals: bool) -> Outcome:
    """
    Execute an example against its fault.

    Args:
        example: A ``raises`` or ``fixed`` of an entry.
        heals: The fault goes away after a moment.
    """
    arguments: dict[str, Any] = {"fault": example.fault, "code": example.code, "heals": heals}
    where = FAULTS[example.fault].where
    if where == "here" or (where == "namespace" and namespace.is_inside()):
        return execute(**arguments)
    if where == "namespace":
        return execute_in(shared_namespace(), **arguments)
    worker = Worker("closed-stdout" if example.fault == "closed-stdout" else "apart")
    try:
        return execute_in(worker, **arguments)
    finally:
        worker.close()


def execute_in(worker: Worker, fault: str, code: str, *, heals: bool) -> Outcome:
    """
    Execute in another process.
    """
    return _outcome(worker.call("tests.faults.examples:execute_to_json", fault=fault, code=code, heals=heals))


def execute_to_json(fault: str, code: str, *, heals: bool) -> dict[str, Any]:
    """
    Execute here, and return the outcome as JSON types.
    """
    return dataclasses.asdict(execute(fault, code, heals=heals))


def execute(fault: str, code: str, *, heals: bool) -> Outcome:
    """
    Execute code here against a fault; ``host``, ``port``, ``ca_file`` and ``path`` are defined in it.
    """
    with (
        tempfile.TemporaryDirectory(prefix="connlog-example-") as folder,
        play(fault, heal_after=HEAL_AFTER if heals else None) as server,
    ):
        file = Path(folder) / "main.py"
        file.write_text(code, encoding="utf-8")
        linecache.getlines(str(file))  # there may be no descriptor left to read it later
        given = {"host": server.host, "port": server.port, "ca_file": server.ca_file, "path": server.path}
        names = {"__name__": "__main__", "__file__": str(file), **given}
        started = time.monotonic()
        escaped: BaseException | None = None
        try:
            exec(compile(code, str(file), "exec", dont_inherit=True), names)  # noqa: S102 - the catalog is ours
        except KeyboardInterrupt:
            raise
        except BaseException as exception:
            escaped = exception.with_traceback(_below(exception.__traceback__))
        ended = {"given": {**given, "folder": folder}, "seconds": time.monotonic() - started}
        return dataclasses.replace(_describe(escaped, names.get("result")), **ended)


def _below(traceback: TracebackType | None) -> TracebackType | None:
    """
    Leave out the frame that executes the code, as if the code were the program.
    """
    return traceback and traceback.tb_next


def _describe(escaped: BaseException | None, result: object) -> Outcome:
    """
    Sum up how the code ended.
    """
    shown = None if result is None else repr(result)
    if escaped is None:
        return Outcome(result=shown)
    return Outcome(
        exception=_qualified(type(escaped)),
        message=str(escaped),
        traceback="".join(traceback.format_exception(escaped)),
        bases=tuple(_qualified(base) for base in type(escaped).__mro__),
        diagnosis=_diagnosis(escaped),
        event=_event(escaped),
        result=shown,
    )


def _diagnosis(escaped: BaseException) -> dict[str, Any] | None:
    """
    Ask connlog; the answer goes through JSON so that it is the same from every process.
    """
    found = connlog.diagnose(escaped)
    return None if found is None else json.loads(json.dumps(dataclasses.asdict(found), default=repr))


def _event(escaped: BaseException) -> str:
    """
    Log it as programs do that have connlog in structlog's chain.
    """
    written = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(written),
        processors=[
            structlog.processors.add_log_level,
            connlog.ConnectionErrorEnricher(),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(0),
    )
    logger.error("job failed", exc_info=escaped)
    return written.getvalue()


def _outcome(fields: dict[str, Any]) -> Outcome:
    """
    Restore an outcome from JSON.
    """
    return Outcome(**{**fields, "bases": tuple(fields["bases"])})


def _qualified(kind: type) -> str:
    """
    Spell a class as the diagnosis does: builtins without their module.
    """
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
