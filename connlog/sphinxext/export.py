"""
The export: the whole catalog for programs, ``connlog.json`` beside the HTML.

What it holds is what ``connlog catalog --format json`` prints, and the team's own hints.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from connlog import _manual
from connlog.sphinxext.domain import domain_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FILE = "connlog.json"
"""Name of the export."""


def _write(app: Sphinx, exception: Exception | None) -> None:
    """
    Write the export where it says something new: servers and browsers know a file by its time.
    """
    builder = app.builder
    wanted = builder.format == "html" and not getattr(builder, "embedded", False) and app.config.connlog_export
    if exception is not None or not wanted:
        return
    path, text = Path(app.outdir, FILE), _manual.as_json(domain_of(app.env).catalog) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> None:
    """
    Register the export.
    """
    app.connect("build-finished", _write)
