"""
Configuration of the documentation; ``sphinx-build -n -W -j 2 docs docs/_build/html`` needs no network.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

from connlog import __version__

project = "connlog"
author = "The connlog maintainers"
project_copyright = "The connlog maintainers"
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "myst_parser",
    "sphinx_copybutton",
    "sphinxext.opengraph",
    "notfound.extension",
    "connlog.sphinxext",
]
exclude_patterns = ["_build"]
nitpicky = True
# Without a network there is no inventory of Python's or structlog's names; connlog's own public ones are checked.
nitpick_ignore_regex = [("py:.*", r"(?!connlog\.\w+$).*")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
autodoc_member_order = "bysource"
napoleon_use_ivar = True
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

connlog_pages = "errors"

# The host knows where the site is; a build that nobody publishes is nowhere.
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
ogp_site_url = html_baseurl
ogp_social_cards = {"enable": False}  # drawing them takes matplotlib
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"

html_theme = "furo"
html_title = "connlog"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
pygments_dark_style = "github-dark"


def reachable(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """
    Mend what Sphinx writes and a screen reader or a keyboard stumbles over.

    Captions of the table of contents are headings without a level, wide code and wide tables can't be scrolled by
    keyboard, and the parameters of a long signature are a list of definitions without terms.
    """
    del app, page, template, doctree
    for part in ("furo_navigation_tree", "body"):
        text = context.get(part, "").replace(' role="heading">', ' role="heading" aria-level="2">')
        text = text.replace("<pre>", '<pre tabindex="0">')
        text = re.sub(r'<div(?= class="table-wrapper (?!connlog))', '<div tabindex="0"', text)
        context[part] = re.sub(r'<dt class="sig .*?</dt>', _without_lists, text, flags=re.DOTALL)


def _without_lists(signature: re.Match[str]) -> str:
    return re.sub(r"<(dl|dd)>", r'<\1 role="none">', signature[0])


def setup(app: Any) -> None:
    """
    Mend the pages once the theme has made them.
    """
    app.connect("html-page-context", reachable, priority=900)
