"""
connlog explains connection failures inside the log event: what failed, where, why, whether a retry is safe, what to do.
"""

from __future__ import annotations

from connlog._diagnose import diagnose as diagnose
from connlog._diagnose import is_retryable as is_retryable
from connlog._model import Diagnosis as Diagnosis
from connlog._model import Entry as Entry
from connlog._model import Hint as Hint
from connlog._version import __version__ as __version__
from connlog.catalog import CATALOG as CATALOG
from connlog.catalog import Catalog as Catalog
