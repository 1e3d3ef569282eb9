"""
What the edges share: find the failure in what an event carries, and add its fields to the event.

Imports the diagnosis, the runbook, the fields and what lies below them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, NamedTuple

from connlog._diagnose import diagnose, diagnose_frames, diagnose_segment
from connlog._model import Diagnosis, Hint
from connlog._runbook import adopt
from connlog._segments import segments
from connlog._source import Line
from connlog.catalog import CATALOG
from connlog.fields import apply, check_key, spell, table

__all__ = ["UNCAUGHT", "Enrichment", "Uncaught", "has_traceback", "message_of", "tells"]

_ADDRESS = re.compile(r"https?://[^\s/]\S*")

_END = 2**16
"""Characters that are read at each end of a rendered exception."""

_TRACEBACK = "Traceback (most recent call last)"
"""What a text holds that has swallowed an exception (``logging.handlers.QueueHandler`` makes such texts)."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Classes whose objects are formatted without running code of the program."""


class Uncaught(NamedTuple):
    """
    The exception that the hook is just reporting.

    Attributes:
        exc: The exception.
        fields: What the hook has put into the event, for pipelines that don't enrich.
    """

    exc: BaseException
    fields: dict[str, Any]


UNCAUGHT: ContextVar[Uncaught | None] = ContextVar("connlog_uncaught", default=None)
"""
Set while the hook reports.

An enricher in the logger's pipeline then knows that nothing has caught the exception, and that its own fields, with
the options that the user gave it, take the place of the hook's.
"""


class Enrichment:
    """
    The options of an edge, checked, and what is done with them.

    Args:
        fields: ``nested``, ``otel`` or ``ecs``.
        key: The key under which nested fields lie.
        docs_url: Where the pages of the codes are, http or https; the code is appended.
        runbook: Path of a TOML file with a team's own hints. What is wrong with it is a warning, once, and the program
            goes on without it.

    Raises:
        ValueError: An option has a value that is not allowed.
    """

    __slots__ = ("_catalog", "_convention", "_state")

    def __init__(
        self,
        *,
        fields: str = "nested",
        key: str = "connection_error",
        docs_url: str | None = None,
        runbook: str | os.PathLike[str] | None = None,
    ) -> None:
        check_key(key)
        _check_docs_url(docs_url)
        self.__setstate__((fields, key, docs_url, () if runbook is None else adopt(runbook)))

    def __getstate__(self) -> tuple[str, str, str | None, tuple[Hint, ...]]:
        return self._state

    def __setstate__(self, state: tuple[str, str, str | None, tuple[Hint, ...]]) -> None:
        # The hints travel with a pickle, the catalog and the file don't: they may not be there where it lands.
        fields, _, _, hints = self._state = state
        self._convention = table(fields)
        self._catalog = CATALOG.extended(hints) if hints else CATALOG

    def diagnose(self, exc: BaseException) -> Diagnosis | None:
        """
        Diagnose an exception, with the page of its code where the user has said where the pages are.
        """
        return self._with_page(diagnose(exc, catalog=self._catalog))

    def read(self, rendered: object) -> Diagnosis | None:
        """
        Diagnose what is left of an exception: a traceback's text or its words, the list of ``dict_tracebacks``.
        """
        if isinstance(rendered, str):
            lines = (Line(number, 0, 0, text) for number, text in enumerate(_ends(rendered).splitlines(), 1))
            found = (diagnose_segment(segment, self._catalog) for segment in segments(lines))
            return self._with_page(next((diagnosis for diagnosis in found if diagnosis is not None), None))
        if isinstance(rendered, list) and all(isinstance(stack, dict) for stack in rendered):
            return self._with_page(diagnose_frames(rendered, catalog=self._catalog))
        if isinstance(rendered, BaseException):
            return self.diagnose(rendered)
        return None

    def spell(self, diagnosis: Diagnosis, *, handled: bool | None = None, record: bool = False) -> dict[str, Any]:
        """
        Spell a diagnosis in the user's convention, under the user's key.
        """
        return spell(diagnosis, self._convention, self._state[1], handled=handled, record=record)

    def enrich(
        self, event: MutableMapping[str, Any], exc_info: object, rendered: object, *, record: bool = False
    ) -> None:
        """
        Add the fields of the failure that an event carries, once; an event without one stays as it is.

        Args:
            event: The event dict, or the attributes of a log record.
            exc_info: What the caller gave for the exception, of whatever shape.
            rendered: What is left of the exception where it has been rendered already.
            record: The event is a log record.
        """
        exc = _exception(exc_info)
        uncaught = UNCAUGHT.get()
        if uncaught is not None and uncaught.exc is not exc:
            uncaught = None
        if uncaught is None and (self._convention.mark or self._state[1]) in event:
            return
        diagnosis = self.read(rendered) if exc is None else self.diagnose(exc)
        if diagnosis is None:
            return
        if uncaught is None:
            apply(self.spell(diagnosis, record=record), event)
            return
        for name, value in uncaught.fields.items():
            if event.get(name) is value:
                del event[name]
        apply(self.spell(diagnosis, handled=False, record=record), event)

    def _with_page(self, diagnosis: Diagnosis | None) -> Diagnosis | None:
        docs_url = self._state[2]
        if diagnosis is None or docs_url is None:
            return diagnosis
        # "https://host/codes#" and "…?code=" are left as they are, "https://host/codes" is a directory.
        base = f"{docs_url}/" if docs_url[-1].isalnum() else docs_url
        return replace(diagnosis, docs_url=f"{base}{diagnosis.code}")


def has_traceback(text: object) -> bool:
    """
    Tell whether a text has swallowed an exception with its traceback.
    """
    return isinstance(text, str) and _TRACEBACK in text


def tells(text: str) -> bool:
    """
    Tell whether a text may tell of a connection failure: quick, and right whenever it says no.
    """
    return "Err" in text or "onnect" in text or _TRACEBACK in text  # [Errno 111], [WinError 10061], Connection refused


def message_of(message: object, arguments: object = ()) -> object:
    """
    Find what may tell of a failure in the message of an event that carries no exception.

    Args:
        message: The message, with or without places for the arguments.
        arguments: What the caller gave to be put into the message.

    Returns:
        The exception that was given to be put there, else a text that may tell, else ``None``.
    """
    given = list(arguments.values() if type(arguments) is dict else arguments if type(arguments) is tuple else ())
    for part in (message, *given):
        if isinstance(part, BaseException):
            return part
    texts = [_ends(part) for part in (message, *given) if isinstance(part, str)]
    if given and isinstance(message, str) and all(type(part) in _PLAIN for part in given):
        with suppress(TypeError, ValueError, KeyError):  # logging itself says what is wrong with it
            texts = [_ends(message % arguments)]
    return next(filter(tells, texts), None)


def _ends(text: str) -> str:
    """
    Cut the middle out of a text without end: the root of a chain stands first, the surface last.
    """
    return text if len(text) <= 2 * _END else f"{text[:_END]}\n{text[-_END:]}"


def _exception(exc_info: object) -> BaseException | None:
    """
    Find the exception in what callers pass for ``exc_info``: the rules of logging and structlog.
    """
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return next((part for part in exc_info if isinstance(part, BaseException)), None)
    return sys.exception() if exc_info else None


def _check_docs_url(docs_url: str | None) -> None:
    if docs_url is not None and not (isinstance(docs_url, str) and _ADDRESS.fullmatch(docs_url)):
        raise ValueError(f"docs_url={docs_url!r}: the pages of the codes are at an address with https:// or http://")
