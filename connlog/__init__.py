"""
connlog explains connection failures inside the log event: what failed, where, why, whether a retry is safe, what to do.
"""

from __future__ import annotations

from connlog._diagnose import diagnose, is_retryable
from connlog._model import Diagnosis, Entry, Finding, Hint
from connlog._version import __version__
from connlog.catalog import CATALOG, Catalog
from connlog.hook import Installation, install
from connlog.processor import ConnectionErrorEnricher
from connlog.scan import scan
from connlog.stdlib import ConnectionErrorFilter

__all__ = [
    "CATALOG",
    "Catalog",
    "ConnectionErrorEnricher",
    "ConnectionErrorFilter",
    "Diagnosis",
    "Entry",
    "Finding",
    "Hint",
    "Installation",
    "__version__",
    "diagnose",
    "install",
    "is_retryable",
    "scan",
]
