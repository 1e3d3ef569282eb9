"""
Patterns of the tables, compiled when they are first asked for: at start-up nobody waits for them.

Imports nothing of connlog.
"""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """
    Compile a pattern of a table, once. Only literals of connlog come here, so the cache is bounded by them.
    """
    return re.compile(pattern)
