"""
The guard: what connlog itself raises never reaches the program that it explains.

Imports nothing of connlog. Each edge enters the guard once and goes on with the program's own outcome.
"""

from __future__ import annotations

import os
from types import TracebackType

__all__ = ["GUARD", "Guard"]


class Guard:
    """
    A context manager that swallows connlog's own errors.

    Swallows :exc:`Exception` and its subclasses, so also :exc:`RecursionError` and :exc:`MemoryError`; a Ctrl-C, an
    exit or a cancellation that arrives meanwhile belongs to the program and passes.

    Attributes:
        strict: Let everything through. The tests set it; the environment variable ``CONNLOG_STRICT`` does it for a
            whole process, to find out what connlog stumbles over.
    """

    __slots__ = ("strict",)

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> bool:
        return kind is not None and issubclass(kind, Exception) and not self.strict


GUARD = Guard(strict=bool(os.environ.get("CONNLOG_STRICT")))
"""The one guard of this process."""
