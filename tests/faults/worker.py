"""
Processes of the tests' own that run a function of the tests and hand its result back as JSON.

Three kinds: in a network namespace, with a closed stdout, or plainly apart from this process.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.faults import namespace

Kind = Literal["namespace", "closed-stdout", "apart"]

ROOT = Path(__file__).resolve().parents[2]
_START = "from tests.faults.worker import main; main()"
PATIENCE = 60.0
"""Seconds after which a worker that does not answer counts as hung."""


class Worker:
    """
    One process and the line to it.
    """

    def __init__(self, kind: Kind, environment: Mapping[str, str] = os.environ) -> None:
        """
        Start the process.
        """
        mine, yours = socket.socketpair()
        command = ["unshare", "--map-root-user", "--net", "--mount"] if kind == "namespace" else []
        reader, writer = os.pipe()
        os.close(reader)
        with yours:
            self._process = subprocess.Popen(
                [*command, sys.executable, "-c", _START, kind, str(yours.fileno())],
                cwd=ROOT,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=writer if kind == "closed-stdout" else subprocess.DEVNULL,
                pass_fds=[yours.fileno()],
            )
        os.close(writer)
        mine.settimeout(PATIENCE)
        self._socket = mine
        self._line = mine.makefile("rw", encoding="utf-8")

    def call(self, function: str, **arguments: Any) -> Any:
        """
        Call ``module:function`` in the worker with JSON arguments and return its JSON result.

        Raises:
            RuntimeError: The function failed there, or the worker has died.
        """
        self._line.write(json.dumps([function, arguments]) + "\n")
        self._line.flush()
        answer = self._line.readline()
        if not answer:
            raise RuntimeError(f"the worker died during {function} with status {self._process.wait()}")
        outcome = json.loads(answer)
        if "failed" in outcome:
            raise RuntimeError(f"{function} failed in the worker: {outcome['failed']}")
        return outcome["result"]

    def close(self) -> None:
        """
        End the process.
        """
        with contextlib.suppress(OSError):
            self._line.close()
        self._socket.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@cache
def shared_namespace() -> Worker:
    """
    Return the one worker in a network namespace that a test session needs.

    Only Linux has such namespaces: elsewhere the test is skipped, and on Linux it fails where it may not make one.
    """
    if sys.platform != "linux":
        import pytest  # noqa: PLC0415 -- the workers import this module too, and need no pytest

        pytest.skip("this platform has no network namespaces")
    worker = Worker("namespace")
    atexit.register(worker.close)
    return worker


@cache
def shared_process() -> Worker:
    """
    Return the one worker apart from this process that a test session needs.
    """
    worker = Worker("apart")
    atexit.register(worker.close)
    return worker


def serve(kind: Kind, descriptor: int) -> None:
    """
    Be the worker: answer calls until the line is closed.
    """
    if kind == "namespace":
        namespace.enter()
    with socket.socket(fileno=descriptor) as line, line.makefile("rw", encoding="utf-8") as calls:
        for call in calls:
            function, arguments = json.loads(call)
            calls.write(json.dumps(_answer(function, arguments), default=repr) + "\n")
            calls.flush()


def _answer(function: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """
    Call the named function; a failure is an answer as well.
    """
    module, _, name = function.partition(":")
    try:
        return {"result": getattr(importlib.import_module(module), name)(**arguments)}
    except BaseException as failure:  # a test that fails there must fail here
        return {"failed": repr(failure)}


def main() -> None:
    """
    Start serving; what stays in a closed stdout must not fail once more at the end.
    """
    serve(sys.argv[1], int(sys.argv[2]))  # type: ignore[arg-type]
    os._exit(0)
