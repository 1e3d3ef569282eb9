"""
The export and the pages say the same as the catalog, in a shape that the schema describes; events lead to the pages.
"""

from __future__ import annotations

import inspect
import json
import re
import socketserver
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple, get_args
from urllib.parse import urldefrag, urljoin
from urllib.request import urlopen

import jsonschema
import pytest
from bs4 import BeautifulSoup, Tag

import connlog
from connlog import _model
from connlog.catalog import CATALOG, Catalog
from tests.roots import CONF, Build, Site, whole
from tests.test_readme import refusing_port

REFUSED = "connection-refused"
FEW = Catalog(CATALOG[code] for code in (REFUSED, "connect-timeout"))
SCHEMA = json.loads((Path(connlog.__file__).parent / "catalog.schema.json").read_text(encoding="utf-8"))
FILES = {
    "conf.py": CONF + 'connlog_pages = "errors"\n',
    "index.rst": whole("Site", ".. toctree::", "", "   errors/index"),
}
RUNBOOK = f"""
[[hints]]
text = "Wait five minutes at {{endpoint}}."
code = "{REFUSED}"
host = "db.example"

[[hints]]
text = "Call us."
code = "{REFUSED}"
link = "https://wiki.example/db"

[[hints]]
text = "Say where you are."
port = 5432
"""


def printed() -> bytes:
    """
    Return what ``connlog catalog --format json`` prints.
    """
    command = [sys.executable, "-m", "connlog", "catalog", "--format", "json"]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("builder", ["html", "dirhtml", "singlehtml"])
def test_the_export_is_what_the_command_prints(builder: str, tmp_path: Path) -> None:
    """
    Every site has the whole catalog beside its pages, byte for byte what the command prints, written once.
    """
    site = Site(tmp_path, {"index.rst": whole("Site")})
    export = site.build(builder).folder / "connlog.json"
    assert export.read_bytes() == printed()
    before = export.stat().st_mtime_ns
    site.build(builder)
    assert export.stat().st_mtime_ns == before


@pytest.mark.parametrize(("builder", "wanted"), [("html", False), ("text", True), ("epub", True)])
def test_no_export(builder: str, wanted: bool, tmp_path: Path) -> None:  # noqa: FBT001 -- a setting of conf.py
    """
    A project may do without the export, and what is no site has none.
    """
    build = Site(tmp_path, {"index.rst": whole("Site")}).build(builder, connlog_export=wanted, copyright="us")
    assert not list(build.folder.rglob("connlog.json"))


@pytest.mark.usefixtures("few")
def test_the_team_s_hints_come_first(tmp_path: Path) -> None:
    """
    The team's own hints for a code come first, marked and with their links; the rest is what it is without them.
    """
    site = Site(tmp_path, {"index.rst": whole("Site"), "runbook.toml": RUNBOOK})
    without = json.loads(site.build("html").page("connlog.json"))
    exported = json.loads(site.build("html", connlog_runbook="runbook.toml").page("connlog.json"))
    own = [
        {"text": "Wait five minutes at HOST:PORT.", "when": ["host=db.example"], "link": None, "runbook": True},
        {"text": "Call us.", "when": [], "link": "https://wiki.example/db", "runbook": True},
    ]
    assert exported[0]["hints"] == [*own, *without[0]["hints"]]
    assert exported[0]["hint"] == "Call us."
    assert exported[1:] == without[1:]
    jsonschema.validate(exported, SCHEMA)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Give projects a catalog of two entries.
    """
    monkeypatch.setattr("connlog.sphinxext.domain.CATALOG", FEW)


def properties(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    List the properties of a schema, however deep.
    """
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for inner in schema.values():
            yield from properties(inner)


def test_the_schema_describes_the_catalog() -> None:
    """
    The schema is one, and what the command prints has its shape; every property is described.
    """
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(printed()), SCHEMA)
    found = list(properties(SCHEMA))
    assert [name for name, schema in found if not schema.get("description")] == []
    objects = [schema for schema in (SCHEMA["items"], *SCHEMA["$defs"].values()) if "properties" in schema]
    assert all(schema["additionalProperties"] is False for schema in objects)


def test_the_schema_says_what_the_nouns_say() -> None:
    """
    What is in the JSON as it is in the catalog is described in the same words, and has the same values.
    """
    otherwise = {"cause", "hint", "hints", "errnos", "wire", "when", "link", "runbook"}
    shapes = {_model.Entry: SCHEMA["items"]} | {
        getattr(_model, name.title()): SCHEMA["$defs"][name] for name in ("cause", "scenario", "message", "example")
    }
    for noun, schema in shapes.items():
        attributes = re.sub(r"\s+", " ", inspect.getdoc(noun) or "").replace("``", "`")
        attributes = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", attributes)
        for name, described in schema["properties"].items():
            if name not in otherwise:
                assert f" {name}: {described['description']}" in attributes
    of_entry, of_example = SCHEMA["items"]["properties"], SCHEMA["$defs"]["example"]["properties"]
    assert of_entry["stage"]["enum"] == list(get_args(_model.Stage))
    assert of_entry["phase"]["enum"] == list(get_args(_model.Phase))
    assert of_entry["retry"]["enum"] == list(get_args(_model.Retry))
    assert of_example["ends"]["enum"] == list(get_args(_model.Ending))


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "an unknown part": lambda entry: entry.update(more=1),
    "no cause": lambda entry: entry.pop("cause"),
    "an empty title": lambda entry: entry.update(title=""),
    "no code": lambda entry: entry.update(code="Connection refused"),
    "an unknown stage": lambda entry: entry.update(stage="other stage"),
    "an unknown verdict": lambda entry: entry.update(retry="always"),
    "no hint at all": lambda entry: entry.update(hints=[]),
    "a hint without words": lambda entry: entry["hints"][0].pop("text"),
    "a link that is nobody's": lambda entry: entry["hints"][0].update(link="https://wiki.example"),
    "a link that is none": lambda entry: entry["hints"][0].update(link="wiki", runbook=True),
    "a hint that is not the team's": lambda entry: entry["hints"][0].update(link=None, runbook=False),
    "a number as text": lambda entry: entry["errnos"]["ECONNREFUSED"].update(linux=["111"]),
    "an unknown platform": lambda entry: entry["errnos"]["ECONNREFUSED"].update(hurd=[1]),
    "an errno that is none": lambda entry: entry["errnos"].update(refused={"linux": [111]}),
    "a cause that is text": lambda entry: entry["causes"].append("It is down."),
    "an example without an end": lambda entry: entry["raises"].pop("ends"),
    "a message nobody sends": lambda entry: entry["wire"][0].pop("sender"),
    "a version that is none": lambda entry: entry.update(since="soon"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_schema_refuses(damage: str) -> None:
    """
    A document that is damaged in one place is refused.
    """
    document = json.loads(json.dumps([connlog._manual.as_dict(CATALOG[REFUSED])]))
    jsonschema.validate(document, SCHEMA)
    DAMAGES[damage](document[0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


class Said(NamedTuple):
    """
    What every form of an entry says about it.
    """

    code: str
    title: str
    errnos: list[str]
    classes: list[str]


class More(NamedTuple):
    """
    What every form says but the inventory.
    """

    cause: str
    raises: str
    fixed: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """
    Build the pages of all codes.
    """
    return Site(tmp_path_factory.mktemp("all"), FILES).build(html_baseurl="https://docs.example/x")


def of_runtime() -> list[tuple[Said, More]]:
    """
    Read the catalog that diagnoses are made from.
    """
    return [
        (
            Said(entry.code, entry.title, sorted(entry.errnos), sorted(entry.exceptions)),
            More(connlog._manual.as_dict(entry)["cause"], entry.raises.code.strip(), entry.fixed.code.strip()),
        )
        for entry in connlog.CATALOG
    ]


def of_json(build: Build) -> list[tuple[Said, More]]:
    """
    Read the export.
    """
    return [
        (
            Said(entry["code"], entry["title"], sorted(entry["errnos"]), sorted(entry["exceptions"])),
            More(entry["cause"], entry["raises"]["code"].strip(), entry["fixed"]["code"].strip()),
        )
        for entry in json.loads(build.page("connlog.json"))
    ]


def soup(text: str) -> BeautifulSoup:
    """
    Parse a page, without the signs that link to its headings.
    """
    parsed = BeautifulSoup(text, "html.parser")
    for sign in parsed.select("a.headerlink"):
        sign.decompose()
    return parsed


def of_pages(build: Build) -> Iterator[tuple[Said, More]]:
    """
    Follow the rows of the first page, and read the page that each of them links to.
    """
    for row in soup(build.page("errors/index.html")).select("tr[id]"):
        page = soup(build.page(f"errors/{row.a['href'].partition('#')[0]}"))
        code = page.select_one(".connlog-facts code").text
        assert row["id"] == code == page.select_one("section.connlog-entry")["id"]
        known = [found.text for fact in page.select(".connlog-facts dd")[3:] for found in fact.select("code")]
        errnos = sorted(name for name in known if re.fullmatch(r"E[A-Z0-9_]+", name))
        samples = [found.text.strip() for found in page.select(".highlight-python pre")]
        said = Said(code, page.h1.text, errnos, sorted(set(known) - set(errnos)))
        yield said, More(page.select_one(".connlog-cause").text, *samples[-2:])


ITEM = re.compile(r"(?P<name>\S+) connlog:(?P<kind>\w+) -?\d+ (?P<uri>\S+) (?P<title>.+)")


def of_inventory(build: Build) -> list[Said]:
    """
    Read the inventory, which other projects link by; of the classes those that an entry has itself, not the libraries'.
    """
    packed = (build.folder / "objects.inv").read_bytes().split(b"\n", 4)[4]
    items = [found for found in map(ITEM.fullmatch, zlib.decompress(packed).decode().splitlines()) if found]
    own = {name for entry in CATALOG for name in entry.exceptions}

    def at(kind: str, code: str) -> list[str]:
        places = {f"errors/{code}.html#{code}", f"errors/{code}.html#$"}
        return sorted(item["name"] for item in items if item["kind"] == kind and item["uri"] in places)

    titles = {item["name"]: item["title"] for item in items if item["kind"] == "code"}
    assert all(at("code", code) == [code] for code in titles)
    return [
        Said(code, titles[code], at("errno", code), sorted(own & set(at("exception", code))))
        for code in sorted(titles, key=CATALOG.codes.index)
    ]


def test_every_form_says_the_same(built: Build) -> None:
    """
    Every code, in the same order: what diagnoses are made from, the page, the inventory and the JSON say the same.
    """
    runtime, pages, exported = of_runtime(), list(of_pages(built)), of_json(built)
    inventory = [(said, more) for said, (_, more) in zip(of_inventory(built), runtime, strict=True)]
    assert runtime == pages == inventory == exported


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """
    Serve a folder on this machine; return its address and the folder.
    """

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the signature is the library's
            pass

    folder = tmp_path / "build" / "site"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


PROGRAM = """
import socket

import connlog
import structlog

structlog.configure(processors=[structlog.processors.JSONRenderer()])
{call}
socket.create_connection(("localhost", {port}), timeout=1)
"""


def logged(call: str) -> str:
    """
    Run a program that a refused connection ends, and return where the logged event leads.
    """
    with refusing_port() as port:
        program = PROGRAM.format(call=call, port=port)
        done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    event = json.loads(done.stdout)
    assert event["event"] == "uncaught_exception"
    return str(event["connection_error"]["docs_url"])


def follow(url: str) -> tuple[str, Tag]:
    """
    Open an address as a browser does, and return where that leads: the address, and the place on the page.
    """
    with urlopen(url, timeout=10) as answer:  # noqa: S310 -- the test's own server
        page, reached = soup(answer.read().decode()), urldefrag(answer.url).url
    anchor = urldefrag(url).fragment
    place = page.find(id=anchor) if anchor else page
    assert isinstance(place, Tag)
    return reached, place


@pytest.mark.parametrize("builder", ["dirhtml", "html", "singlehtml"])
@pytest.mark.usefixtures("few")
def test_an_event_leads_to_its_page(builder: str, served: tuple[str, Path], tmp_path: Path) -> None:
    """
    With the call that the first page shows, the link in a logged event leads to the code: its page, its row, its place.
    """
    base, folder = served
    site = Site(tmp_path, FILES)
    first = {"html": "errors/index.html", "dirhtml": "errors/index.html", "singlehtml": "index.html"}[builder]
    build = site.build(builder, html_baseurl=base)
    folder.symlink_to(build.folder)
    call = soup(build.page(first)).select_one(".connlog-docs-url pre").text.strip()
    url = logged(call)
    reached, place = follow(url)
    if builder == "html":
        assert url == f"{base}/errors/index.html#{REFUSED}"
        assert place.name == "tr"
        reached, place = follow(urljoin(reached, str(place.a["href"])))
    if builder == "dirhtml":
        assert url == f"{base}/errors/{REFUSED}"
    assert reached == f"{base}/" + {"dirhtml": f"errors/{REFUSED}/", "html": f"errors/{REFUSED}.html"}.get(builder, "")
    heading = place.find("h1" if builder != "singlehtml" else "h3")
    assert heading.text == CATALOG[REFUSED].title
    assert place.find(id=REFUSED) or place["id"] == REFUSED
