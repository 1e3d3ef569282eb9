"""
Writes to this process's own output after its reader is gone; runs in a worker whose stdout nobody reads.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from typing import Any

import connlog

LINE = "x" * 70_000
"""More than a pipe holds."""


def _print() -> None:
    print("line", flush=True)  # noqa: T201 - the very call


def _fill_the_buffer() -> None:
    print(LINE)  # noqa: T201 - the very call


def _write_bytes() -> None:
    sys.stdout.buffer.write(LINE.encode())


def _write_to_the_descriptor() -> None:
    os.write(1, b"line")


def _write_to_stderr() -> None:
    os.dup2(1, 2)
    sys.stderr.write("line\n")
    sys.stderr.flush()


WAYS: dict[str, Callable[[], None]] = {
    "print": _print,
    "buffer": _fill_the_buffer,
    "bytes": _write_bytes,
    "descriptor": _write_to_the_descriptor,
    "stderr": _write_to_stderr,
}
"""The ways in which a program writes."""


def write(way: str) -> dict[str, Any]:
    """
    Write, and return the class that was raised, its diagnosis and the retry verdicts.
    """
    try:
        WAYS[way]()
    except OSError as exc:
        diagnosis = connlog.diagnose(exc)
        return {
            "type": type(exc).__name__,
            "diagnosis": dataclasses.asdict(diagnosis) if diagnosis else None,
            "retryable": connlog.is_retryable(exc) or connlog.is_retryable(exc, idempotent=True),
        }
    raise AssertionError("the output has a reader")
