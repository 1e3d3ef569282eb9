"""
Configuration of the documentation; ``sphinx-build -n -W -j 2 docs docs/_build/html`` needs no network.
"""

from __future__ import annotations

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

html_theme = "furo"
html_title = "connlog"
html_show_sphinx = False
pygments_dark_style = "github-dark"
