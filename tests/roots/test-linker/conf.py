"""
A project with no page about connection failures: it links to those of another one, by that one's inventory.
"""

from __future__ import annotations

project = "linker"
version = release = "1"
extensions = ["connlog.sphinxext", "sphinx.ext.intersphinx"]
html_theme = "basic"
intersphinx_mapping = {"errors": ("https://errors.example/", None)}
