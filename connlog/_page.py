"""
A summary as one HTML page.
"""

from __future__ import annotations

from datetime import datetime

from connlog._summary import Summary

__all__ = ["page"]


def page(summary: Summary, made: datetime) -> str:
    """
    Draw the page.
    """
    return f"{summary.count} {made}"
