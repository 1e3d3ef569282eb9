"""
The language of the pages: what the extension itself says, in the language of the project.

Imports nothing of connlog.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.locale import get_translation

LOCALES = Path(__file__).parent / "locales"
"""Folder of the message catalogues, one folder a language."""

MESSAGES = "connlog"
"""Name of the message catalogue."""

say = get_translation(MESSAGES)
"""Translate what the extension says itself; the words stand in :mod:`connlog.sphinxext.words`."""
