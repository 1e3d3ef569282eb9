"""
Sphinx's edge: a reference of connection failures in any project's docs, built from the catalog.

``extensions = ["connlog.sphinxext"]`` in ``conf.py`` is all that names it; the import of this module is cheap,
:func:`setup` loads the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connlog._version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

ENV_VERSION = 2
"""Raised whenever the shape of what the domain stores in Sphinx's environment changes."""


def setup(app: Sphinx) -> ExtensionMetadata:
    """
    Register the domain, its nodes and its style sheet; Sphinx calls this.

    .. versionadded:: 0.1.0
    """
    # Only Sphinx needs these, and only here.
    from connlog.sphinxext import (  # noqa: PLC0415
        config,
        directives,
        domain,
        export,
        front,
        generated,
        index,
        media,
        nodes,
        passages,
        roles,
        speech,
        wire,
    )

    speech.setup(app)
    config.setup(app)
    nodes.setup(app)
    passages.setup(app)
    media.setup(app)
    wire.setup(app)
    domain.setup(app)
    roles.setup(app)
    index.setup(app)
    directives.setup(app)
    front.setup(app)
    generated.setup(app)
    export.setup(app)
    return {
        "version": __version__,
        "env_version": ENV_VERSION,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
