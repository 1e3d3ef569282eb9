"""
Small documentation projects, and the fixture's helper that builds them with Sphinx's own test application.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from sphinx.testing.util import SphinxTestApp

from connlog.sphinxext.domain import domain_of

CONF = 'project = "site"\nversion = release = "1"\nextensions = ["connlog.sphinxext"]\nhtml_theme = "basic"\n'
"""The ``conf.py`` of a project that has none of its own."""


def whole(title: str, *lines: str) -> str:
    """
    Write a page: a title, then lines.
    """
    return "\n".join([title, "=" * len(title), "", *lines, ""])


class Site:
    """
    A project in a folder of its own that can be changed and built again.
    """

    def __init__(self, folder: Path, pages: Mapping[str, str]) -> None:
        """
        Write the pages below a folder.
        """
        self.source = folder / "source"
        self.output = folder / "build"
        self.write({"conf.py": CONF, **pages})

    def write(self, pages: Mapping[str, str]) -> None:
        """
        Write pages, also over those that are there.
        """
        for name, text in pages.items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def build(self, builder: str = "html", *, processes: int = 1, **config: object) -> Build:
        """
        Build what is out of date, as a new process would.
        """
        app = SphinxTestApp(
            builder,
            srcdir=self.source,
            builddir=self.output,
            confoverrides={"nitpicky": True, "show_warning_types": True, **config},
            parallel=processes,
            warning=StringIO(),
        )
        read: list[str] = []
        written: list[str] = []
        app.connect("env-before-read-docs", lambda _app, _env, docnames: read.extend(docnames))
        app.connect("doctree-resolved", lambda _app, _doctree, docname: written.append(docname))
        try:
            app.build()
            return Build(app, read, written)
        finally:
            app.cleanup()


class Build:
    """
    What is left of one build.
    """

    def __init__(self, app: SphinxTestApp, read: list[str], written: list[str]) -> None:
        """
        Keep what the application knows, and which pages it read and wrote; of those that other processes wrote, none.
        """
        self.app = app
        self.env = app.env
        self.domain = domain_of(app.env)
        self.folder = Path(app.outdir)
        self.read = read
        self.written = written
        self.warnings = re.sub(r"\x1b\[[\d;]*m", "", app.warning.getvalue()).splitlines()

    @property
    def objects(self) -> dict[str, str]:
        """
        The page and anchor of every code that the domain knows.
        """
        return self.places("code")

    def places(self, kind: str) -> dict[str, str]:
        """
        The page and anchor of everything of a kind that the domain knows.
        """
        found = (item for item in self.domain.get_objects() if item[2] == kind)
        return {name: f"{docname}#{anchor}" for name, _, _, docname, anchor, _ in found}

    def page(self, name: str) -> str:
        """
        Return the text of a written file.
        """
        return (self.folder / name).read_text(encoding="utf-8")
