"""
The domain ``connlog``: which page describes which code, errno and exception class, and where a link to one leads.

The store is written by :meth:`ConnlogDomain.note` alone; every page that describes a name is kept, so
that a duplicate is seen and the other page still counts when one goes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.domains import Domain, ObjType
from sphinx.locale import get_translation
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from connlog._model import Entry
from connlog.catalog import CATALOG, Catalog
from connlog.sphinxext import config, names, words
from connlog.sphinxext.speech import MESSAGES, say, tell

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
        title: What the failure is called that the name stands for.
        line: Line of the directive, for warnings.
        rank: How good a place it is for a link, see :data:`connlog.sphinxext.names.DESCRIBED`.
    """

    docname: str
    anchor: str
    title: str
    line: int
    rank: int = names.DESCRIBED


class ConnlogDomain(Domain):
    """
    Connection failures and the pages that describe them.

    .. versionadded:: 0.1.0
    """

    name = "connlog"
    label = get_translation(MESSAGES)(words.FAILURES)
    object_types: ClassVar[dict[str, ObjType]] = {
        # Where the anchor is the name, Sphinx's search links to the shown text: titles and the index find codes.
        "code": ObjType("code", "code", searchprio=-1),
        "errno": ObjType("errno", "errno", searchprio=0),
        "exception": ObjType("exception", "exc"),
    }
    initial_data: ClassVar[dict[str, Any]] = {"objects": {}}
    data_version = 2

    generated: frozenset[str] = frozenset()
    """Pages that connlog itself writes; what they are made from is looked after where they are made."""

    catalog: Catalog = CATALOG
    """The catalog that the pages are built from, with the team's own hints."""

    runbook: Path | None = None
    """The file that these hints are read from."""

    @property
    def objects(self) -> dict[tuple[str, str], dict[str, Target]]:
        """
        For each object type and name: the pages that describe it, by docname.
        """
        objects: dict[tuple[str, str], dict[str, Target]] = self.data["objects"]
        return objects

    def kind(self, role: str) -> str:
        """
        Name the object type that a role links to.
        """
        return (self.objtypes_for_role(role) or [role])[0]

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:  # noqa: A002, ARG002, FBT001, FBT002 -- the signature is Sphinx's
        """
        Name an object type in search results.
        """
        return say(words.OBJECTS[type.lname])

    def describe(self, entry: Entry, target: Target) -> None:
        """
        Remember that a page describes an entry, and with it every name that leads to it.
        """
        for kind, name, rank in names.led_to(entry, self.catalog):
            self.note(kind, name, target._replace(rank=rank))

    def note(self, kind: str, name: str, target: Target) -> None:
        """
        Remember that a page says something about a name; warn if that same page already describes that code.
        """
        pages = self.objects.setdefault((kind, name), {})
        known = pages.get(target.docname)
        if known is not None and kind == "code":
            self._warn_duplicate(name, target, known)
        if known is None or target.rank < known.rank:
            pages[target.docname] = target

    def find(self, kind: str, name: str, among: Container[str] | None = None) -> Target | None:
        """
        Find the place that links to a name go to: the best one, then the first by docname, whoever was read first.

        Args:
            kind: The object type.
            name: The name.
            among: Only these pages.
        """
        pages = self.objects.get((kind, name), {}).values()
        wanted = (target for target in pages if among is None or target.docname in among)
        return min(wanted, key=_goodness, default=None)

    def found(self, among: Container[str] | None = None) -> Iterator[tuple[str, str, Target]]:
        """
        List all names with their places, sorted.
        """
        for kind, name in sorted(self.objects):
            target = self.find(kind, name, among)
            if target is not None:
                yield kind, name, target

    def warn_unknown(self, word: str, location: Any, kind: str = "code") -> None:
        """
        Say that a name is none, and which ones are near.
        """
        near = names.nearest(kind, word, self.catalog)
        advice = tell(words.NEAREST).format(names=", ".join(near)) if near else tell(words.NO_NEAREST)
        logger.warning(tell(words.UNKNOWN), kind, word, advice, location=location, type="connlog", subtype="unknown")

    def warn_undescribed(self, word: str, location: Any, kind: str) -> None:
        """
        Say that nothing in the project stands for a name, and what to add.
        """
        logger.warning(tell(words.UNDESCRIBED[kind]), word, location=location, type="connlog", subtype="undescribed")

    def clear_doc(self, docname: str) -> None:
        """
        Forget what a page describes.
        """
        for key, pages in list(self.objects.items()):
            pages.pop(docname, None)
            if not pages:
                del self.objects[key]

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """
        Call the failures what their page calls them by now, in its own language.
        """
        del env
        titles = {
            anchor: title.astext()
            for title in document.findall(nodes.title)
            if isinstance(title.parent, nodes.section)
            for anchor in title.parent["ids"]
        }
        for pages in self.objects.values():
            target = pages.get(docname)
            if target is not None and target.anchor in titles:
                pages[docname] = target._replace(title=titles[target.anchor])

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """
        Take over what another process found on its pages.
        """
        for key, pages in otherdata["objects"].items():
            for docname in pages.keys() & docnames:
                self.objects.setdefault(key, {})[docname] = pages[docname]

    def check_consistency(self) -> None:
        """
        Warn of every code that two pages describe; its errnos and classes go with it.
        """
        for (kind, name), pages in sorted(self.objects.items()):
            first, *rest = (pages[docname] for docname in sorted(pages))
            if kind == "code":
                for target in rest:
                    self._warn_duplicate(name, target, first)

    @staticmethod
    def _warn_duplicate(code: str, target: Target, first: Target) -> None:
        logger.warning(
            tell(words.DUPLICATE),
            code,
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
        node: pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """
        Link to the place that stands for a name.
        """
        found = self.find(self.kind(typ), target)
        if found is None:
            return None
        shown = contnode
        if node.get("reftype") == "code" and not node["refexplicit"]:
            shown = contnode.copy()
            shown += nodes.Text(found.title)  # in the language of the page that it leads to, as ref does it
        return make_refnode(builder, fromdocname, found.docname, found.anchor, shown, found.title)

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
        Offer what ``any`` may mean: a code or an errno that is nothing else in the project.

        An exception class is somebody else's: ``any`` means the page that its own docs have for it.
        """
        offered = [
            (f"connlog:{role}", reference)
            for role in ("code", "errno")
            if (reference := self.resolve_xref(env, fromdocname, builder, role, target, node, contnode)) is not None
        ]
        if offered and self._is_taken(env, fromdocname, builder, target, node, contnode):
            return []
        return offered

    def _is_taken(self, env: BuildEnvironment, fromdocname: str, builder: Builder, target: str, *shown: Any) -> bool:
        """
        Tell whether a page or another domain has something of that name; one that can't say has nothing.
        """
        standard = env.get_domain("std")
        if standard.resolve_xref(env, fromdocname, builder, "doc", target, *shown) is not None:
            return True
        for domain in env.domains.values():
            if domain is not self:
                with suppress(RuntimeError):  # so says a domain that has no answer to "any"
                    if domain.resolve_any_xref(env, fromdocname, builder, target, *shown):
                        return True
        return False

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        """
        List everything described, for the search and the inventory.
        """
        for kind, name, target in self.found():
            shown = target.title if kind == "code" else name
            if kind == "errno" and target.title:
                shown = f"{name}: {target.title}"
            prio = self.object_types[kind].attrs["searchprio"]
            unsure = target.rank > names.LISTED
            yield name, shown, kind, target.docname, target.anchor, prio + unsure


def _goodness(target: Target) -> tuple[int, str]:
    return target.rank, target.docname


def domain_of(env: BuildEnvironment) -> ConnlogDomain:
    """
    Return the domain of a project.
    """
    return cast("ConnlogDomain", env.get_domain("connlog"))


def _extend(app: Sphinx) -> None:
    """
    Add the team's own hints; the processes that read pages in parallel are copies of this one and have them too.
    """
    domain = domain_of(app.env)
    domain.runbook = config.runbook_file(app)
    domain.catalog = CATALOG.extended(config.runbook(app))


def _keep_text(app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element) -> nodes.Element | None:
    """
    Leave plain text where a page that we made refers to a code that no page describes.
    """
    del app, env
    return contnode if node.get("connlog_made") else None


def _warn_missing(app: Sphinx, domain: Domain | None, node: pending_xref) -> bool | None:
    """
    Say whether the name is unknown, or known but described nowhere.
    """
    del app
    if not isinstance(domain, ConnlogDomain):
        return None
    kind, name = domain.kind(node["reftype"]), node["reftarget"]
    warn = domain.warn_undescribed if names.canonical(kind, name, domain.catalog) else domain.warn_unknown
    warn(name, node, kind)
    return True


def setup(app: Sphinx) -> None:
    """
    Register the domain, the team's own hints, and two answers to a link that leads nowhere.
    """
    app.add_domain(ConnlogDomain)
    app.connect("builder-inited", _extend)
    app.connect("missing-reference", _keep_text, priority=900)  # after intersphinx had its turn
    app.connect("warn-missing-reference", _warn_missing)
