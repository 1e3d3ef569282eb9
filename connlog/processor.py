"""
structlog's edge: a processor that explains the connection failure that an event carries.

Imports the enrichment and the guard. Doesn't import structlog: its types are needed by the type checker only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from connlog._enrich import Enrichment, has_traceback, message_of, tells
from connlog._guard import GUARD

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ConnectionErrorEnricher"]

_PLACES = frozenset({"exc_info", "exception", "positional_args", "stack"})
"""Keys under which an exception, or what is left of one, may lie beside the message."""

_QUIET = frozenset({"debug", "info"})
"""Levels whose messages tell of no failure: they are not read."""


class ConnectionErrorEnricher:
    """
    Add what failed, where, why, whether a retry is safe and what to do to events that carry a connection failure.

    Put it anywhere in the chain; before ``format_exc_info`` or ``dict_tracebacks`` it knows most, after them it reads
    what they have left. For records of :mod:`logging`, put it into ``foreign_pre_chain`` of structlog's
    ``ProcessorFormatter`` too. It never removes ``exc_info``, never overwrites a key, and enriches an event once.

    Args:
        fields: How the fields are named: ``nested`` (one key), ``otel`` (OpenTelemetry) or ``ecs`` (Elastic).
        key: The key under which ``nested`` fields lie.
        docs_url: Where the pages of the codes are, http or https; the code is appended.
        runbook: Path of a TOML file with a team's own hints; they rank above connlog's. What is wrong with it is a
            warning, once, and the program goes on without it.
        text: Also read exceptions that have been rendered before; where there is none, the message of an event that is
            at least a warning.

    Raises:
        ValueError: An option has a value that is not allowed.

    Example:
        >>> import socket
        >>> import structlog
        >>> structlog.configure(
        ...     processors=[
        ...         ConnectionErrorEnricher(),
        ...         structlog.processors.format_exc_info,
        ...         structlog.processors.KeyValueRenderer(key_order=["event"], drop_missing=True),
        ...     ],
        ...     logger_factory=structlog.PrintLoggerFactory(),
        ... )
        >>> try:
        ...     socket.create_connection(("127.0.0.1", 9), timeout=1)
        ... except OSError:
        ...     structlog.get_logger().exception("no luck")  # doctest: +ELLIPSIS
        event='no luck' connection_error={'code': 'connection-refused', ...
        >>> structlog.reset_defaults()

    .. versionadded:: 0.1.0
    """

    __slots__ = ("_enrichment", "_text")

    def __init__(
        self,
        *,
        fields: str = "nested",
        key: str = "connection_error",
        docs_url: str | None = None,
        runbook: str | os.PathLike[str] | None = None,
        text: bool = True,
    ) -> None:
        self._enrichment = Enrichment(fields=fields, key=key, docs_url=docs_url, runbook=runbook)
        self._text = text

    def __call__(self, logger: WrappedLogger, name: str, event_dict: EventDict) -> EventDict:
        """
        Enrich an event.
        """
        # Nearly all events end here, at no more than two look-ups; what is done with the others has a frame of its own.
        # ProcessorFormatter gives foreign records no logger; these may have more.
        if "exc_info" not in event_dict and "exception" not in event_dict and name == "info" and logger is not None:
            return event_dict
        return self._read(logger, name, event_dict)

    def _read(self, logger: WrappedLogger, name: str, event_dict: EventDict) -> EventDict:
        """
        Enrich an event that is not the most common one.
        """
        if logger is not None and _is_dull(event_dict):
            return event_dict
        with GUARD:
            rendered = self._rendered(name, event_dict) if self._text else None
            self._enrichment.enrich(event_dict, event_dict.get("exc_info"), rendered)
        return event_dict

    @staticmethod
    def _rendered(level: str, event_dict: EventDict) -> object:
        """
        Find what is left of an exception: rendered, folded into the message by a QueueHandler, or only its words.
        """
        rendered = event_dict.get("exception")
        if rendered is not None:
            return rendered
        message = event_dict.get("event")
        record = event_dict.get("_record")
        if record is not None and record.exc_text:
            return record.exc_text
        if level in _QUIET:
            return message if record is not None and has_traceback(message) else None
        stack = event_dict.get("stack")
        return stack if has_traceback(stack) else message_of(message, event_dict.get("positional_args", ()))


def _is_dull(event_dict: EventDict) -> bool:
    """
    Tell at little cost that an event, however loud, has nothing to read.
    """
    message = event_dict.get("event")
    return type(message) is str and not tells(message) and _PLACES.isdisjoint(event_dict)
