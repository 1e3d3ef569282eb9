"""
The roles that link to a code, to an errno and to an exception class.

What they link to is the domain's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.roles import XRefRole

from connlog.sphinxext import names
from connlog.sphinxext.domain import domain_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


class CodeRole(XRefRole):
    """
    Link to a code: by its title, with ``~`` by the code itself, or with a text of your own.

    .. versionadded:: 0.1.0
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """
        Show the code itself as literal text, everything else as prose.
        """
        bare = self.disabled or self.target.startswith("~")
        self.innernodeclass = nodes.literal if bare and not self.has_explicit_title else nodes.inline
        return super().run()

    def process_link(
        self,
        env: BuildEnvironment,
        refnode: nodes.Element,
        has_explicit_title: bool,  # noqa: FBT001 -- the signature is Sphinx's
        title: str,
        target: str,
    ) -> tuple[str, str]:
        """
        Replace the code by its title, unless the author chose the text.
        """
        code = target.removeprefix("~")
        domain = domain_of(env)
        if has_explicit_title:
            return title, code
        if target != code:
            refnode["refexplicit"] = True  # intersphinx keeps the text of such a link
            return code, code
        return (domain.catalog[code].title if code in domain.catalog else code), code


class NameRole(XRefRole):
    """
    Link to an errno or an exception class: by its name, with ``~`` by the last part of it, or with a text of your own.

    .. versionadded:: 0.1.0
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """
        Show a name as literal text, a text of the author's as prose.
        """
        self.innernodeclass = nodes.inline if self.has_explicit_title else nodes.literal
        return super().run()

    def process_link(
        self,
        env: BuildEnvironment,
        refnode: nodes.Element,
        has_explicit_title: bool,  # noqa: FBT001 -- the signature is Sphinx's
        title: str,
        target: str,
    ) -> tuple[str, str]:
        """
        Find the name that the catalog has; show the one that the author wrote.
        """
        name = target.removeprefix("~")
        domain = domain_of(env)
        known = names.canonical(domain.kind(self.reftype), name, domain.catalog) or name
        if has_explicit_title:
            return title, known
        refnode["refexplicit"] = True  # intersphinx keeps the text of such a link
        return (name if target == name else name.rpartition(".")[2]), known


ROLES: dict[str, type[XRefRole]] = {"code": CodeRole, "errno": NameRole, "exc": NameRole}
"""All roles of the domain."""


def setup(app: Sphinx) -> None:
    """
    Register the roles with the domain.
    """
    for name, role in ROLES.items():
        app.add_role_to_domain("connlog", name, role(warn_dangling=True))
