"""
The Sphinx extension: what a page says, where links go, and what a wrong word in a page is told.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from docutils import nodes

import connlog
from connlog._model import Entry, Hint
from connlog.catalog import CATALOG, Catalog, numbers
from connlog.catalog import words as spoken
from connlog.sphinxext import pages, sources
from tests.roots import Site, whole

FIRST, SECOND, *_ = CATALOG
MakeSite = Callable[[Mapping[str, str]], Site]


@pytest.fixture
def site(tmp_path: Path) -> MakeSite:
    """
    Return a function that makes a project of the pages it is given.
    """
    return lambda files: Site(tmp_path, files)


def test_setup_is_cheap_and_declares_itself() -> None:
    """
    The package imports no Sphinx before ``setup`` is called, and says version, environment version and parallel safety.
    """
    code = (
        "import sys, connlog.sphinxext as ext\n"
        "assert 'sphinx' not in sys.modules and 'docutils' not in sys.modules\n"
        "from sphinx.testing.util import SphinxTestApp\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_metadata(site: MakeSite) -> None:
    """
    Sphinx is told the version, the version of the stored data, and that both phases may run in parallel.
    """
    extension = site({"index.rst": whole("Site")}).build("dummy").app.extensions["connlog.sphinxext"]
    assert extension.version == connlog.__version__
    assert extension.metadata["env_version"] == 2
    assert extension.parallel_read_safe is True
    assert extension.parallel_write_safe is True


def test_catalog_page_holds_the_catalog_in_order(site: MakeSite) -> None:
    """
    A whole catalog has every code once, in catalog order, under its own code as the anchor, and no warning.
    """
    build = site({"index.rst": whole("Errors", ".. connlog:catalog::")}).build()
    assert build.warnings == []
    found = re.findall(r'<section class="connlog-entry" id="([^"]+)">', build.page("index.html"))
    assert tuple(found) == CATALOG.codes
    assert build.objects == {code: f"index#{code}" for code in CATALOG.codes}


def test_an_entry_says_everything(site: MakeSite) -> None:
    """
    The page of an entry holds its texts, its code samples, its errno numbers, its neighbours and its sources.
    """
    build = site({"index.rst": whole("Errors", ".. connlog:catalog::")}).build("dummy")
    sections = {node["ids"][0]: node for node in build.env.get_doctree("index").findall(nodes.section)}
    for entry in CATALOG:
        section = sections[entry.code]
        text = section.astext()
        blocks = [node.astext() for node in section.findall(nodes.literal_block)]
        assert blocks[-2:] == [entry.raises.code.strip("\n"), entry.fixed.code.strip("\n")]
        assert entry.title in text
        assert all(name in text for name in (*entry.errnos, *entry.exceptions, *entry.sources))
        assert all(str(number) in text for name in entry.errnos for number in numbers.ERRNOS[name].get("linux", ()))
        assert all(CATALOG[code].title in text for code in entry.see_also)
        said = "".join(node.astext() for node in section.findall(nodes.paragraph))
        assert not re.search(r"\{(endpoint|host|port|peer|service)\}", said)


def test_parts_stand_in_their_order(site: MakeSite) -> None:
    """
    The parts of an entry follow the order that readers need, each a heading one level below the entry's.
    """
    lines = ("Chapter", "-------", "", ".. rubric:: Mine", "", f".. connlog:entry:: {FIRST.code}")
    build = site({"index.rst": whole("Errors", *lines)}).build()
    mine, *found = [node.astext() for node in build.env.get_doctree("index").findall(nodes.rubric)]
    assert mine == "Mine"
    order = [heading for heading, _ in pages.PARTS]
    assert found == [heading for heading in order if heading in found]
    assert {"What causes it", "How to fix it", "Sources"} <= set(found)
    assert "<h3>" in build.page("index.html")
    assert '<h4 class="connlog-part rubric">What causes it</h4>' in build.page("index.html")


def test_no_examples_and_no_index(site: MakeSite) -> None:
    """
    ``no-examples`` leaves the code samples out, ``no-index`` keeps links away.
    """
    lines = (f".. connlog:entry:: {FIRST.code}", "   :no-examples:", "   :no-index:")
    build = site({"index.rst": whole("Errors", *lines)}).build("dummy")
    assert not list(build.env.get_doctree("index").findall(nodes.literal_block))
    assert build.objects == {}


@pytest.mark.parametrize(
    "option", [":stage: connect", ":stage: connect,\n      limits", ":codes: timeout, connection-refused"]
)
def test_catalog_options_choose(site: MakeSite, option: str) -> None:
    """
    ``stage`` chooses chapters, ``codes`` chooses codes and their order.
    """
    build = site({"index.rst": whole("Errors", ".. connlog:catalog::", f"   {option}")}).build("dummy")
    found = [node["ids"][0] for node in build.env.get_doctree("index").findall(nodes.section)][1:]
    asked = option.partition(": ")[2]
    chosen = [entry.code for entry in CATALOG if entry.stage in asked] if "stage" in option else asked.split(", ")
    assert found == chosen


def test_summary_style(site: MakeSite) -> None:
    """
    ``summary`` says cause, facts and the hints for any situation; it is a place for links to go.
    """
    lines = (".. connlog:catalog::", "   :style: summary", f"   :codes: {FIRST.code}")
    build = site({"index.rst": whole("Errors", *lines)}).build("dummy")
    assert build.objects == {FIRST.code: f"index#{FIRST.code}"}
    general = [hint for hint in FIRST.hints if not hint.when]
    assert len(list(build.env.get_doctree("index").findall(nodes.list_item))) == len(general)


def test_table_style_links_and_describes_nothing(site: MakeSite) -> None:
    """
    ``table`` has one row a code; it links to the page that describes the code and never stands for it.
    """
    files = {
        "index.rst": whole("Table", ".. connlog:catalog::", "   :style: table", "", ".. toctree::", "   errors"),
        "errors.rst": whole("Errors", f".. connlog:entry:: {FIRST.code}"),
    }
    build = site(files).build()
    assert build.warnings == []
    page = build.page("index.html")
    assert [code for code in re.findall(r'<span class="pre">([a-z-]+)</span></code>', page) if code in CATALOG] == list(
        CATALOG.codes
    )
    assert f'href="errors.html#{FIRST.code}"' in page
    assert SECOND.title in page
    assert f"#{SECOND.code}" not in page


def test_role_forms(site: MakeSite) -> None:
    """
    The role shows title, code (``~``) or a text of one's own, and no link after ``!``; ``any`` finds codes too.
    """
    code = FIRST.code
    lines = (
        f":connlog:code:`{code}` :connlog:code:`~{code}` :connlog:code:`mine <{code}>` :connlog:code:`~tilde <{code}>`",
        f":any:`{code}` :connlog:code:`!{code}`",
        "",
        f".. connlog:entry:: {code}",
    )
    build = site({"index.rst": whole("Errors", *lines)}).build("dummy")
    assert build.warnings == []
    doctree = build.env.get_doctree("index")
    build.env.apply_post_transforms(doctree, "index")
    paragraph = next(doctree.findall(nodes.paragraph))
    links = [(node.astext(), node["refid"], node[0].tagname) for node in paragraph.findall(nodes.reference)]
    assert links == [
        (FIRST.title, code, "inline"),
        (code, code, "literal"),
        ("mine", code, "inline"),
        ("~tilde", code, "inline"),
        (code, code, "literal"),
    ]
    assert paragraph.astext().endswith(code)


def test_unknown_code_in_a_role(site: MakeSite) -> None:
    """
    A role with no code says the word, the place and the nearest codes; an errno or a class leads to its code.
    """
    lines = (":connlog:code:`conection-refused`", "", ":connlog:code:`ECONNREFUSED`", "", ":connlog:code:`zzz`")
    build = site({"index.rst": whole("Site", *lines)}).build()
    first, second, third = build.warnings
    assert "index.rst:4: WARNING: connlog: unknown code 'conection-refused' (nearest: connection-refused" in first
    assert "index.rst:6: WARNING: connlog: unknown code 'ECONNREFUSED' (nearest: connection-refused)" in second
    assert "unknown code 'zzz' ('connlog catalog' lists them all) [connlog.unknown]" in third


def test_known_code_that_no_page_describes(site: MakeSite) -> None:
    """
    A link to a code without a page says so, and what to add; other domains' dangling links keep Sphinx's words.
    """
    build = site({"index.rst": whole("Site", f":connlog:code:`{FIRST.code}` :ref:`nowhere`")}).build()
    assert (
        f"no page describes '{FIRST.code}'; set connlog_pages in conf.py, add '.. connlog:catalog::'"
        in build.warnings[0]
    )
    assert "[connlog.undescribed]" in build.warnings[0]
    assert "undefined label: 'nowhere'" in build.warnings[1]


def test_unknown_code_in_a_directive(site: MakeSite) -> None:
    """
    An unknown code in a directive is a warning at its line, and the known ones are described all the same.
    """
    lines = (".. connlog:entry:: refused", "", ".. connlog:catalog::", f"   :codes: {FIRST.code} conection-reset")
    build = site({"index.rst": whole("Site", *lines)}).build("dummy")
    assert "index.rst:4: WARNING: connlog: unknown code 'refused' (nearest: connection-refused" in build.warnings[0]
    assert "index.rst:6: WARNING: connlog: unknown code 'conection-reset'" in build.warnings[1]
    assert build.objects == {FIRST.code: f"index#{FIRST.code}"}


def test_warnings_can_be_suppressed(site: MakeSite) -> None:
    """
    Each kind of warning has a type of its own for ``suppress_warnings``.
    """
    lines = (":connlog:code:`nonsense`", "", ".. connlog:entry:: nonsense")
    build = site({"index.rst": whole("Site", *lines)}).build("dummy", suppress_warnings=["connlog.unknown"])
    assert build.warnings == []


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (":style: fancy", '"fancy" unknown; choose from "full", "table", or "summary"'),
        (":stage: conect", '"conect" unknown; choose from "resolve", "connect"'),
        (":codes:", "argument required but none supplied"),
    ],
)
def test_wrong_options(site: MakeSite, option: str, said: str) -> None:
    """
    A wrong option value is an error that names the value and what is allowed.
    """
    build = site({"index.rst": whole("Site", ".. connlog:catalog::", f"   {option}")}).build("dummy")
    assert any("index.rst:4: ERROR" in warning for warning in build.warnings)
    assert said in "\n".join(build.warnings)


def test_options_that_leave_nothing(site: MakeSite) -> None:
    """
    A stage and codes that have nothing in common are an error that says which option to drop.
    """
    lines = (".. connlog:catalog::", "   :stage: tls", "   :codes: timeout, broken-pipe")
    (warning,) = site({"index.rst": whole("Site", *lines)}).build("dummy").warnings
    assert "index.rst:4: ERROR: connlog:catalog: no code is left" in warning
    assert "none of timeout, broken-pipe is of that stage; drop :stage: or :codes:" in warning


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((".. connlog:entry::",), "1 argument(s) required, 0 supplied"),
        ((".. connlog:entry:: timeout broken-pipe",), "maximum 1 argument(s) allowed, 2 supplied"),
        ((".. connlog:entry:: timeout", "   :noindex:"), 'unknown option: "noindex"'),
        ((".. connlog:errnos:: linux",), "no content permitted"),
        ((".. connlog:wrappers::", "   :stage: tls"), 'unknown option: "stage"'),
        ((".. connlog:catalog::", "   :codes: ,"), "nothing is named"),
    ],
)
def test_wrong_arguments(site: MakeSite, lines: tuple[str, ...], said: str) -> None:
    """
    A wrong argument or an unknown option is an error at the line of the directive.
    """
    warnings = site({"index.rst": whole("Site", *lines)}).build("dummy").warnings
    assert "index.rst:4: ERROR" in warnings[0]
    assert said in "\n".join(warnings)


def test_duplicate_code(site: MakeSite) -> None:
    """
    A code that two places describe is a warning at the second that names the first; links go to the first.
    """
    entry = f".. connlog:entry:: {FIRST.code}"
    files = {
        "a.rst": whole("A", entry, "", entry),
        "b.rst": whole("B", entry),
        "index.rst": whole("I", ".. toctree::", "   a", "   b"),
    }
    build = site(files).build("dummy")
    assert len(build.warnings) == 2
    assert (
        f"a.rst:6: WARNING: connlog: code '{FIRST.code}' is described twice, here and in a, line 4" in build.warnings[0]
    )
    assert (
        f"b.rst:4: WARNING: connlog: code '{FIRST.code}' is described twice, here and in a, line 4" in build.warnings[1]
    )
    assert all("[connlog.duplicate]" in warning for warning in build.warnings)
    assert build.objects == {FIRST.code: f"a#{FIRST.code}"}


def test_anchor_that_is_taken(site: MakeSite) -> None:
    """
    Under a heading whose own anchor is the code, the entry takes another one, and links go to the entry.
    """
    title = FIRST.code.replace("-", " ").capitalize()
    build = site({"index.rst": whole(title, f".. connlog:entry:: {FIRST.code}")}).build()
    assert build.warnings == []
    assert build.objects == {FIRST.code: f"index#connlog-{FIRST.code}"}
    assert build.page("index.html").count(f'id="{FIRST.code}"') == 1


def test_the_link_of_an_event_leads_to_the_code(site: MakeSite) -> None:
    """
    ``docs_url`` and the code, joined as they are, are the page and the anchor of the code.
    """
    folder = (
        site(
            {
                "errors.rst": whole("Errors", ".. connlog:catalog::"),
                "index.rst": whole("I", ".. toctree::", "   errors"),
            }
        )
        .build()
        .folder
    )
    enricher = connlog.ConnectionErrorEnricher(docs_url="https://host/docs/errors.html#")
    with socket.socket() as closed, socket.socket() as client:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError) as caught:
            client.connect(closed.getsockname())
    event = enricher(None, "error", {"event": "lost", "exc_info": caught.value})
    page, _, anchor = event["connection_error"]["docs_url"].removeprefix("https://host/docs/").partition("#")
    assert f'<section class="connlog-entry" id="{anchor}">' in (folder / page).read_text(encoding="utf-8")
    assert anchor == "connection-refused"


@pytest.mark.parametrize(
    "builder", ["text", "man", "texinfo", "latex", "xml", "gettext", "singlehtml", "dirhtml", "epub"]
)
def test_builders(site: MakeSite, builder: str) -> None:
    """
    Every builder takes the table and an entry without a warning.
    """
    lines = (
        ".. connlog:catalog::",
        "   :style: table",
        f"   :codes: {FIRST.code}",
        "",
        f".. connlog:entry:: {FIRST.code}",
    )
    build = site({"index.rst": whole("Errors", *lines)}).build(builder, epub_copyright="nobody", version="1")
    assert build.warnings == []


def test_every_fact_of_the_catalog_has_words() -> None:
    """
    Each condition of each hint is worded for readers, and no two facts share their words.
    """
    said = {hint.when: pages.heading(hint.when) for entry in CATALOG for hint in entry.hints}
    assert all(said.values())
    verified = {fact.partition("=")[2] for when in said for fact in when if fact.startswith("verify=")}
    assert verified <= spoken.VERIFICATIONS.keys()
    assert len({text for positive, _ in spoken.FACTS.values() for text in [positive]}) == len(spoken.FACTS)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ((), "In any case"),
        (("loopback", "!container"), "Loopback address, outside a container"),
        (("service=PostgreSQL",), "PostgreSQL"),
        (("!platform=linux",), "Not on Linux"),
        (("phase=send", "library=redis"), "While sending, with redis"),
        (("single-label", "!malformed-host"), "Host name without a dot"),
        (("port=443", "verify=20"), "Port 443, issuer of the certificate unknown"),
    ],
)
def test_situations(when: tuple[str, ...], said: str) -> None:
    """
    Facts become words; what everybody expects is left out.
    """
    assert pages.heading(when) == said


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("RFC 9293", "https://www.rfc-editor.org/rfc/rfc9293.html"),
        ("RFC 9110, section 9.2.2", "https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2"),
        ("connect(2)", "https://man7.org/linux/man-pages/man2/connect.2.html"),
        ("resolv.conf(5)", "https://man7.org/linux/man-pages/man5/resolv.conf.5.html"),
        ("openssl-verify(1)", "https://docs.openssl.org/master/man1/openssl-verify/"),
        ("psf/requests#6576", "https://github.com/psf/requests/issues/6576"),
        ("https://docs.python.org/3/library/ssl.html", "https://docs.python.org/3/library/ssl.html"),
        ("The Windows Sockets documentation", None),
    ],
)
def test_sources(source: str, uri: str | None) -> None:
    """
    Each shape of a source has its address, a mere name has none.
    """
    assert sources.address(source) == uri


def test_every_source_of_a_cause_is_a_thread_with_an_address() -> None:
    """
    Causes cite threads, and all of them can be opened.
    """
    assert all(sources.address(thread) for entry in CATALOG for item in entry.causes for thread in item.sources)


def test_a_sparse_entry(site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An entry that says little has no empty parts, and its words are shown as they are.
    """
    said = "Write `{{json}}` to `{host}:{port}`, {{not}} to {endpoint}; see no-such-code and A Book."
    sparse = Entry(
        **{
            name: getattr(FIRST, name)
            for name in ("code", "title", "stage", "phase", "retry", "about", "raises", "fixed", "since")
        },
        cause="{endpoint} is silent.",
        hints=(Hint(text=said),),
        causes=(),
        scenarios=(),
        see_also=("no-such-code",),
        sources=("A Book",),
    )
    monkeypatch.setattr("connlog.sphinxext.domain.CATALOG", Catalog([sparse]))
    build = site({"index.rst": whole("Errors", ".. connlog:catalog::")}).build("text")
    text = " ".join(build.page("index.txt").split()).replace("- ", "-")
    assert build.warnings == []
    assert "The server is silent." in text
    assert '"{json}" to "HOST:PORT", {not} to *host:port*; see no-such-code and A Book.' in text
    assert not re.search("What causes it|Where it is met|See also|number on each", text)


def test_stages_follow_a_connection(site: MakeSite) -> None:
    """
    A whole catalog has a heading for each stage, in the order in which a connection goes through them.
    """
    build = site({"index.rst": whole("Errors", ".. connlog:catalog::")}).build("dummy")
    ids = [node["ids"][0] for node in build.env.get_doctree("index").findall(nodes.section)]
    stages = [name.removeprefix("stage-") for name in ids if name.startswith("stage-")]
    assert all(list(spoken.STAGES).index(one) < list(spoken.STAGES).index(two) for one, two in pairwise(stages))
    assert set(stages) == {entry.stage for entry in CATALOG}
