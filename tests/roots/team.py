"""
A team's own documentation, with everything in it that the extension can put on a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.roots import whole

CONF = """\
project = "Orders"
author = "The orders team"
copyright = "2026, the orders team"
version = release = "1"
extensions = ["connlog.sphinxext"]
connlog_pages = "errors"
connlog_runbook = "runbook.toml"
html_theme = "basic"
html_favicon = "mark.svg"
latex_documents = [("index", "orders.tex", "Orders", "The orders team", "manual")]
man_pages = [("index", "orders", "Connection failures", "The orders team", 7)]
texinfo_documents = [("index", "orders", "Orders", "The orders team", "orders", "Connection failures", "Miscellaneous")]
"""
"""Its ``conf.py``."""

RUNBOOK = """\
[[hints]]
code = "connection-refused"
host = "orders-db"
text = "Wake the person on call for `orders-db`: it is restarted by hand."
link = "https://wiki.example.org/orders-db"
"""
"""What the team knows itself."""

PAGES: Mapping[str, str] = {
    "conf.py": CONF,
    "runbook.toml": RUNBOOK,
    "mark.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
    "index.rst": whole(
        "Orders",
        "Look at :connlog:code:`connection-refused`, :connlog:errno:`ETIMEDOUT`,",
        ":connlog:exc:`ssl.SSLCertVerificationError` and :connlog:code:`this one <tls-not-spoken>`.",
        "",
        ".. toctree::",
        "",
        "   errors/index",
        "   tables",
    ),
    "tables.rst": whole(
        "Tables",
        *(
            line
            for heading, directive in (
                ("Errno numbers", "errnos"),
                ("Exception classes", "wrappers"),
                ("Event fields", "fields"),
                ("Tested clients", "clients"),
                ("Settings", "settings"),
            )
            for line in (heading, "-" * len(heading), "", f".. connlog:{directive}::", "")
        ),
    ),
}
"""Its files."""
