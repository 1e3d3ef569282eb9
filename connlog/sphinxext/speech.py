"""
The language of the pages: what the extension itself says, in the language of the project.

Imports nothing of connlog.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.locale import get_translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LOCALES = Path(__file__).parent / "locales"
"""Folder of the message catalogues, one folder a language."""

MESSAGES = "connlog"
"""Name of the message catalogue."""


def say(words: str) -> str:
    """
    Translate what the extension says itself; the words stand in :mod:`connlog.sphinxext.words`.

    Whatever is called before Sphinx knows the language, and what no catalogue holds, comes back as it is.
    """
    return get_translator(MESSAGES).gettext(words) if words else ""


def tell(words: str) -> str:
    """
    Translate what the extension tells those who build, in the language of their terminal, as Sphinx does.
    """
    return get_translator(MESSAGES, "console").gettext(words)


def setup(app: Sphinx) -> None:
    """
    Register the message catalogues: the project's own first, so that a team may speak a language that connlog doesn't.
    """
    for folder in app.config.locale_dirs:
        app.add_message_catalog(MESSAGES, str(app.srcdir / folder))
    app.add_message_catalog(MESSAGES, str(LOCALES))
