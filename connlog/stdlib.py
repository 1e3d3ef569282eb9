"""
The edge of :mod:`logging`: a filter that explains the connection failure that a record carries.

Imports the enrichment and the guard.
"""

from __future__ import annotations

import logging
import os

from connlog._enrich import Enrichment, has_traceback, message_of
from connlog._guard import GUARD

__all__ = ["ConnectionErrorFilter"]

_TAKEN = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})
"""The attributes that a log record, or a formatter, has already."""


class ConnectionErrorFilter(logging.Filter):
    """
    Add what failed, where, why, whether a retry is safe and what to do to records that carry a connection failure.

    Add it to a handler (a logger's filters see only what is logged on that very logger). The fields become attributes
    of the record, as ``extra=`` makes them, so JSON formatters write them. It lets every record through.

    Args:
        fields: How the fields are named: ``nested`` (one attribute), ``otel`` (OpenTelemetry) or ``ecs`` (Elastic).
        key: The attribute under which ``nested`` fields lie.
        docs_url: Where the pages of the codes are, http or https; the code is appended.
        runbook: Path of a TOML file with a team's own hints; they rank above connlog's. What is wrong with it is a
            warning, once, and the program goes on without it.
        text: Also read exceptions that have been rendered before, as behind a ``QueueHandler``; where there is none,
            the message and the arguments of a record that is at least a warning.

    Raises:
        ValueError: An option has a value that is not allowed.

    Example:
        >>> import socket
        >>> import sys
        >>> handler = logging.StreamHandler(sys.stdout)
        >>> handler.addFilter(ConnectionErrorFilter(key="failure"))
        >>> handler.setFormatter(logging.Formatter("{message}: {failure[code]}, retry {failure[retry]}", style="{"))
        >>> try:
        ...     socket.create_connection(("127.0.0.1", 9), timeout=1)
        ... except OSError as error:
        ...     record = logging.LogRecord("app", logging.ERROR, "app.py", 1, "no luck", (), (OSError, error, None))
        ...     _ = handler.filter(record)
        ...     print(handler.format(record).splitlines()[0])
        no luck: connection-refused, retry safe

    .. versionadded:: 0.1.0
    """

    def __init__(
        self,
        *,
        fields: str = "nested",
        key: str = "connection_error",
        docs_url: str | None = None,
        runbook: str | os.PathLike[str] | None = None,
        text: bool = True,
    ) -> None:
        super().__init__()
        if key in _TAKEN:
            raise ValueError(f"key={key!r}: a log record has an attribute of this name already")
        self._enrichment = Enrichment(fields=fields, key=key, docs_url=docs_url, runbook=runbook)
        self._text = text

    def filter(self, record: logging.LogRecord) -> bool:
        """
        Enrich a record.

        Returns:
            Always ``True``.
        """
        with GUARD:
            rendered = _rendered(record) if self._text else None
            if record.exc_info or rendered is not None:
                self._enrichment.enrich(vars(record), record.exc_info, rendered, record=True)
        return True


def _rendered(record: logging.LogRecord) -> object:
    """
    Find what is left of an exception: rendered, folded into the message by a QueueHandler, or only its words.
    """
    if record.exc_info or record.exc_text:
        return record.exc_text
    if record.levelno < logging.WARNING:
        return record.msg if has_traceback(record.msg) else None
    return record.stack_info if has_traceback(record.stack_info) else message_of(record.msg, record.args)
