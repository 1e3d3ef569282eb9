"""
structlog's edge: a processor that explains the connection failure that an event carries.

Imports the enrichment and the guard. Doesn't import structlog: its types are needed by the type checker only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from connlog._enrich import TRACEBACK, Enrichment
from connlog._guard import GUARD

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ConnectionErrorEnricher"]


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
        text: Also read exceptions that have been rendered before.

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

    def __call__(self, logger: WrappedLogger, name: str, event_dict: EventDict) -> EventDict:  # noqa: ARG002 -- structlog's
        """
        Enrich an event.
        """
        # Nearly all events end here, so it costs two look-ups. ProcessorFormatter gives foreign records no logger;
        # behind a QueueHandler these are all text.
        plain = "exc_info" not in event_dict and "exception" not in event_dict
        if plain and (logger is not None or "_record" not in event_dict):
            return event_dict
        with GUARD:
            rendered = self._rendered(event_dict) if self._text else None
            self._enrichment.enrich(event_dict, event_dict.get("exc_info"), rendered)
        return event_dict

    @staticmethod
    def _rendered(event_dict: EventDict) -> object:
        rendered = event_dict.get("exception")
        if rendered is not None or "_record" not in event_dict:
            return rendered
        # A QueueHandler has folded the traceback of a foreign record into its message.
        message = event_dict.get("event")
        return message if isinstance(message, str) and TRACEBACK in message else None
