"""Executes the examples of the catalog, each against the fault that it names."""

from __future__ import annotations

import dataclasses
import json
import linecache
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        result: ``repr`` of the variable ``result``, ``None`` where the code defines none.
        seconds: How long it took.
    """

    exception: str | None = None
    message: str = ""
    traceback: str = ""
    bases: tuple[str, ...] = ()
    diagnosis: dict[str, Any] | None = None
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
        return _outcome(shared_namespace().call("tests.faults.examples:execute_to_json", **arguments))
    worker = Worker("closed-stdout" if example.fault == "closed-stdout" else "apart")
    try:
        return _outcome(worker.call("tests.faults.examples:execute_to_json", **arguments))
    finally:
        worker.close()


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
        file = Path(folder) / "example.py"
        file.write_text(code, encoding="utf-8")
        linecache.getlines(str(file))  # there may be no descriptor left to read it later
        names = {
            "__name__": "__main__",
            "__file__": str(file),
            "host": server.host,
            "port": server.port,
            "ca_file": server.ca_file,
            "path": server.path,
        }
        started = time.monotonic()
        escaped: BaseException | None = None
        try:
            exec(compile(code, str(file), "exec", dont_inherit=True), names)  # noqa: S102 - the catalog is ours
        except KeyboardInterrupt:
            raise
        except BaseException as exception:
            escaped = exception
        seconds = time.monotonic() - started
        return _describe(escaped, names.get("result"), seconds)


def _describe(escaped: BaseException | None, result: object, seconds: float) -> Outcome:
    """
    Sum up how the code ended.
    """
    shown = None if result is None else repr(result)
    if escaped is None:
        return Outcome(result=shown, seconds=seconds)
    return Outcome(
        exception=_qualified(type(escaped)),
        message=str(escaped),
        traceback="".join(traceback.format_exception(escaped)),
        bases=tuple(_qualified(base) for base in type(escaped).__mro__),
        diagnosis=_diagnosis(escaped),
        result=shown,
        seconds=seconds,
    )


def _diagnosis(escaped: BaseException) -> dict[str, Any] | None:
    """
    Ask connlog; the answer goes through JSON so that it is the same from every process.
    """
    found = connlog.diagnose(escaped)
    return None if found is None else json.loads(json.dumps(dataclasses.asdict(found), default=repr))


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
