"""
The interpreter's edge: explain connection failures that nothing in the program has caught.

Imports the enrichment, the block, the guard and the facts. All of it is loaded with this module, because a
process without descriptors can't import any more.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Self

from connlog import _facts
from connlog._enrich import UNCAUGHT, Enrichment, Uncaught
from connlog._guard import GUARD
from connlog._model import Diagnosis
from connlog.render import write

__all__ = ["Installation", "install"]

_EVENT = "uncaught_exception"

_LEFT_ALONE = (SystemExit, KeyboardInterrupt, GeneratorExit)
"""A program's own end, whatever it was doing."""

_LOCK = threading.Lock()
"""Held while hooks change, never while one runs."""

_Case = tuple[Diagnosis, Uncaught]

_installation: Installation | None = None


def install(  # noqa: PLR0913 -- the public options, each by its name
    *,
    logger: Any = None,
    call_previous: bool = True,
    threads: bool = True,
    unraisable: bool = True,
    always_run: bool = False,
    runbook: str | os.PathLike[str] | None = None,
    docs_url: str | None = None,
    fields: str = "nested",
) -> Installation:
    """
    Explain the connection failures that nothing catches, in the main thread, in threads and in ``__del__``.

    The failure goes to the logger, with ``exc_info`` and ``handled`` false; without a logger to structlog if it is
    configured by then; else a block for people follows the traceback on standard error. Other exceptions, exit status
    and Ctrl-C stay as they are. Installing twice gives the first installation, with its options.

    Args:
        logger: A logger of structlog or :mod:`logging`.
        call_previous: Run the hook that was there before too; it prints the traceback. ``False`` silences it for
            failures that have been reported, and only for these.
        threads: Also hook :data:`threading.excepthook`.
        unraisable: Also hook :data:`sys.unraisablehook`.
        always_run: Also report in an interactive interpreter.
        runbook: Path of a TOML file with a team's own hints; they rank above connlog's. What is wrong with it is a
            warning, once, and the program goes on without it.
        docs_url: Where the pages of the codes are, http or https; the code is appended.
        fields: How the event's fields are named: ``nested``, ``otel`` or ``ecs``.

    Raises:
        TypeError: ``logger`` is no logger.
        ValueError: An option has a value that is not allowed.

    Example:
        >>> with install(docs_url="https://docs.example.org/errors/"):
        ...     pass  # whatever is uncaught in here is explained

    .. versionadded:: 0.1.0
    """
    global _installation  # noqa: PLW0603 -- the interpreter has one set of hooks
    if logger is not None and not any(hasattr(type(logger), name) for name in ("critical", "bind")):
        raise TypeError(f"logger={logger!r}: install() takes a logger of structlog or logging, not its name")
    enrichment = Enrichment(fields=fields, docs_url=docs_url, runbook=runbook)
    with GUARD:
        _facts.load()
    with _LOCK:
        if _installation is None:
            reporter = _Reporter(enrichment, logger, call_previous=call_previous, always_run=always_run)
            _installation = Installation(_placed(reporter, threads=threads, unraisable=unraisable))
        return _installation


class Installation:
    """
    What :func:`install` has put in place; also a context manager that takes it away at its end.

    .. versionadded:: 0.1.0
    """

    __slots__ = ("_hooks",)

    def __init__(self, hooks: tuple[_Hook, ...]) -> None:
        self._hooks = hooks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.uninstall()

    def uninstall(self) -> None:
        """
        Put the earlier hooks back where ours are still in place; elsewhere ours only pass on from now on.

        Calling it again does nothing.
        """
        global _installation  # noqa: PLW0603 -- the interpreter has one set of hooks
        with _LOCK:
            for hook in self._hooks:
                hook.remove()
            if _installation is self:
                _installation = None


class _Reporter:
    """
    What the three hooks have in common: whether a failure is reported, and how.
    """

    __slots__ = ("_always_run", "_call_previous", "_enrichment", "_logger")

    def __init__(self, enrichment: Enrichment, logger: Any, *, call_previous: bool, always_run: bool) -> None:
        self._enrichment = enrichment
        self._logger = logger
        self._call_previous = call_previous
        self._always_run = always_run

    def examine(self, exc: object) -> _Case | None:
        """
        Diagnose an exception that is ours to report.
        """
        if not isinstance(exc, BaseException) or issubclass(type(exc), _LEFT_ALONE):
            return None
        if hasattr(sys, "ps1") and not self._always_run:
            return None
        reporting = UNCAUGHT.get()
        if reporting is not None and reporting.exc is exc:
            # A thread's hook that calls the main one: this failure is being reported already.
            return None
        diagnosis = self._enrichment.diagnose(exc)
        if diagnosis is None:
            return None
        record = isinstance(self._logger, (logging.Logger, logging.LoggerAdapter))
        return diagnosis, Uncaught(exc=exc, fields=self._enrichment.spell(diagnosis, handled=False, record=record))

    def report(self, case: _Case, level: str, previous: Callable[[], object]) -> None:
        """
        Tell the logger, else the person; let the previous hook have its turn.
        """
        diagnosis, uncaught = case
        token = UNCAUGHT.set(uncaught)
        try:
            told = False
            with GUARD:
                told = _log(self._logger, level, uncaught)
            if not self._call_previous:
                told = told or _show(diagnosis)
                if not told:
                    previous()
                return
            try:
                previous()
            finally:
                # Under the traceback, where people look.
                if not told:
                    _show(diagnosis)
        finally:
            UNCAUGHT.reset(token)


class _Hook:
    """
    One hook of the interpreter: ours, and the one that was there before.
    """

    __slots__ = ("_active", "_function", "_level", "_name", "_owner", "_previous", "_reporter")

    def __init__(self, reporter: _Reporter, owner: Any, name: str, level: str) -> None:
        # A function, because others look for __name__ on a hook.
        def connlog_hook(*args: Any) -> None:
            self._dispatch(args)

        connlog_hook.__connlog__ = self  # type: ignore[attr-defined]
        self._active = True
        self._function = connlog_hook
        self._level = level
        self._name = name
        self._owner = owner
        self._reporter = reporter
        self._previous: Callable[..., object] = getattr(owner, name)
        setattr(owner, name, connlog_hook)

    def remove(self) -> None:
        """
        Step aside: put the earlier hook back, or pass on if somebody has hooked in above us.
        """
        self._active = False
        if getattr(self._owner, self._name, None) is self._function:
            setattr(self._owner, self._name, self._previous)

    def _dispatch(self, args: tuple[Any, ...]) -> None:
        """
        Report a connection failure; call the previous hook, exactly once, whatever goes wrong here.
        """
        case = None
        if self._active:
            with GUARD:
                # sys.excepthook takes three arguments, the others one that holds them.
                exc = args[0].exc_value if len(args) == 1 else args[1]
                case = self._reporter.examine(exc)
        if case is None:
            self._previous(*args)
        else:
            self._reporter.report(case, self._level, lambda: self._previous(*args))


def _placed(reporter: _Reporter, *, threads: bool, unraisable: bool) -> tuple[_Hook, ...]:
    # Severity as in OpenTelemetry's conventions for exceptions: fatal is what ends the process.
    hooks = [_Hook(reporter, sys, "excepthook", "critical")]
    if threads:
        hooks.append(_Hook(reporter, threading, "excepthook", "error"))
    if unraisable:
        hooks.append(_Hook(reporter, sys, "unraisablehook", "error"))
    return tuple(hooks)


def _log(logger: Any, level: str, uncaught: Uncaught) -> bool:
    """
    Log an uncaught exception.

    Returns:
        Whether a logger has taken it.
    """
    if logger is None:
        structlog = sys.modules.get("structlog")
        if structlog is None or not structlog.is_configured():
            return False
        logger = structlog.get_logger("connlog")
    extra: dict[str, Any] = uncaught.fields
    while isinstance(logger, logging.LoggerAdapter):
        # Before Python 3.13 an adapter drops the extra of the call.
        extra = {**(logger.extra or {}), **extra}
        logger = logger.logger
    if isinstance(logger, logging.Logger):
        getattr(logger, level)(_EVENT, exc_info=uncaught.exc, extra=extra)
        return logger.isEnabledFor(logging.CRITICAL if level == "critical" else logging.ERROR)
    answer = getattr(logger, level)(_EVENT, exc_info=uncaught.exc, **uncaught.fields)
    if hasattr(answer, "__await__"):
        # An asynchronous logger has logged nothing yet, and nobody is left to await it.
        answer.close()
        return False
    return True


def _show(diagnosis: Diagnosis) -> bool:
    with GUARD:
        return write(diagnosis, sys.stderr)
    return False
