"""
The domain ``connlog``: which page describes which code, and the role that links to it.

The store is written by :meth:`ConnlogDomain.note` alone; every page that describes a name is kept, so
that a duplicate is seen and the other page still counts when one goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.domains import Domain, ObjType
from sphinx.roles import XRefRole
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from connlog.catalog import CATALOG, Catalog
from connlog.sphinxext import config

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)


class Target(NamedTuple):
    """
    Where a page describes a name.

    Attributes:
        docname: The page.
        anchor: The place on it.
        title: What a link to it says.
        line: Line of the directive, for warnings.
    """

    docname: str
    anchor: str
    title: str
    line: int


class CodeRole(XRefRole):
    """
    Link to a code: by its title, with ``~`` by the code itself, or with a text of your own.

    .. versionadded:: 0.1.0
    """

    def create_xref_node(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """
        Show the code itself as literal text, everything else as prose.
        """
        bare = self.target.startswith("~") and not self.has_explicit_title
        self.innernodeclass = nodes.literal if bare else nodes.inline
        return super().create_xref_node()

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


class ConnlogDomain(Domain):
    """
    Connection failures and the pages that describe them.

    .. versionadded:: 0.1.0
    """

    name = "connlog"
    label = "Connection failures"
    object_types: ClassVar[dict[str, ObjType]] = {"code": ObjType("code", "code")}
    roles: ClassVar[dict[str, Any]] = {"code": CodeRole(warn_dangling=True)}
    initial_data: ClassVar[dict[str, Any]] = {"objects": {}}
    data_version = 1

    generated: frozenset[str] = frozenset()
    """Pages that connlog itself writes; what they are made from is looked after where they are made."""

    catalog: Catalog = CATALOG
    """The catalog that the pages are built from, with the team's own hints."""

    @property
    def objects(self) -> dict[tuple[str, str], dict[str, Target]]:
        """
        For each object type and name: the pages that describe it, by docname.
        """
        objects: dict[tuple[str, str], dict[str, Target]] = self.data["objects"]
        return objects

    def note(self, kind: str, name: str, target: Target) -> None:
        """
        Remember that a page describes a name; warn if that same page already does.
        """
        pages = self.objects.setdefault((kind, name), {})
        if target.docname in pages:
            self._warn_duplicate(kind, name, target, pages[target.docname])
            return
        pages[target.docname] = target

    def find(self, kind: str, name: str) -> Target | None:
        """
        Find the page that links to a name go to: the first by docname, so that the number of processes can't matter.
        """
        pages = self.objects.get((kind, name))
        return pages[min(pages)] if pages else None

    def warn_unknown(self, word: str, location: Any) -> None:
        """
        Say that a code is none, and which ones are near.
        """
        entry = self.catalog.by_errno(word) or self.catalog.by_class(word)
        near = (entry.code,) if entry else self.catalog.nearest(word)
        advice = f"nearest: {', '.join(near)}" if near else "'connlog catalog' lists them all"
        logger.warning(
            "connlog: unknown code %r (%s)", word, advice, location=location, type="connlog", subtype="unknown"
        )

    def clear_doc(self, docname: str) -> None:
        """
        Forget what a page describes.
        """
        for key, pages in list(self.objects.items()):
            pages.pop(docname, None)
            if not pages:
                del self.objects[key]

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """
        Take over what another process found on its pages.
        """
        for key, pages in otherdata["objects"].items():
            for docname in pages.keys() & docnames:
                self.objects.setdefault(key, {})[docname] = pages[docname]

    def check_consistency(self) -> None:
        """
        Warn of every name that two pages describe.
        """
        for (kind, name), pages in sorted(self.objects.items()):
            first, *rest = (pages[docname] for docname in sorted(pages))
            for target in rest:
                self._warn_duplicate(kind, name, target, first)

    def _warn_duplicate(self, kind: str, name: str, target: Target, first: Target) -> None:
        logger.warning(
            "connlog: %s %r is described twice, here and in %s, line %d; links go there. Add :no-index: to one of them",
            kind,
            name,
            first.docname,
            first.line,
            location=(target.docname, target.line),
            type="connlog",
            subtype="duplicate",
        )

    def resolve_xref(  # noqa: PLR0913, PLR0917 -- the signature is Sphinx's
        self,
        env: BuildEnvironment,  # noqa: ARG002
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,  # noqa: ARG002
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """
        Link to the page that describes a name.
        """
        for kind in self.objtypes_for_role(typ) or ():
            found = self.find(kind, target)
            if found:
                return make_refnode(builder, fromdocname, found.docname, found.anchor, contnode, found.title)
        return None

    def resolve_any_xref(  # noqa: PLR0913, PLR0917 -- the signature is Sphinx's
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """
        Offer what ``any`` may mean.
        """
        roles = (self.role_for_objtype(kind) or kind for kind in self.object_types)
        found = ((role, self.resolve_xref(env, fromdocname, builder, role, target, node, contnode)) for role in roles)
        return [(f"connlog:{role}", reference) for role, reference in found if reference is not None]

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        """
        List everything described, for the search and the inventory.
        """
        for kind, name in sorted(self.objects):
            target = self.objects[kind, name][min(self.objects[kind, name])]
            yield name, target.title, kind, target.docname, target.anchor, self.object_types[kind].attrs["searchprio"]


def domain_of(env: BuildEnvironment) -> ConnlogDomain:
    """
    Return the domain of a project.
    """
    return cast("ConnlogDomain", env.get_domain("connlog"))


def _extend(app: Sphinx) -> None:
    """
    Add the team's own hints; the processes that read pages in parallel are copies of this one and have them too.
    """
    domain_of(app.env).catalog = CATALOG.extended(config.runbook(app))


def _keep_text(app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element) -> nodes.Element | None:
    """
    Leave plain text where a page that we made refers to a code that no page describes.
    """
    del app, env
    return contnode if node.get("connlog_made") else None


def _warn_missing(app: Sphinx, domain: Domain | None, node: pending_xref) -> bool | None:
    """
    Say whether the code is unknown, or known but described nowhere.
    """
    del app
    if not isinstance(domain, ConnlogDomain):
        return None
    code = node["reftarget"]
    if code not in domain.catalog:
        domain.warn_unknown(code, node)
        return True
    logger.warning(
        "connlog: no page describes %r; add '.. connlog:catalog::' to one, or link to another project by intersphinx",
        code,
        location=node,
        type="connlog",
        subtype="undescribed",
    )
    return True


def setup(app: Sphinx) -> None:
    """
    Register the domain and its two answers to a link that leads nowhere.
    """
    app.add_domain(ConnlogDomain)
    app.connect("builder-inited", _extend)
    app.connect("missing-reference", _keep_text, priority=900)  # after intersphinx had its turn
    app.connect("warn-missing-reference", _warn_missing)
