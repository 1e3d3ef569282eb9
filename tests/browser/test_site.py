"""
The documentation of connlog on a desktop and on a phone, light and dark: it fits, it works, and it shuts nobody out.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from connlog import CATALOG
from tests.browser.conftest import Docs, OpenWindow
from tests.browser.window import DESKTOP, FINE, PHONE, WINDOWS

KINDS = (
    "index.html",
    "tutorial.html",
    "how-to/structlog.html",
    "explanation/retries.html",
    "errors/index.html",
    "errors/connection-refused.html",
    "reference/api.html",
    "reference/clients.html",
    "reference/fields.html",
    "connlog-failures.html",
    "genindex.html",
    "search.html",
    "no/such/page.html",
)
"""One page of each kind; the last one is not there, so the site answers with its page for that."""

CONTRAST = """
() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = colour => {
    const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = channels(colour).map(value => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return luminance(colour);
    }
    return 1;
  };
  return [...document.querySelectorAll("svg.connlog-wire text")].map(text => {
    const pair = [luminance(getComputedStyle(text).fill), behind(text)];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  });
}
"""
"""Says how much the words of a diagram stand out from what is behind them; axe doesn't look into pictures."""


class Links(HTMLParser):
    """
    The anchors of a page, and where its links go.
    """

    def __init__(self, page: Path) -> None:
        """
        Read a page.
        """
        super().__init__()
        self.anchors = {""}
        self.targets: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Note what a tag offers and where it leads.
        """
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in {"href", "src"} and value:
                self.targets.append(value)


def dangling(folder: Path, pages: dict[str, Links]) -> Iterator[tuple[str, str]]:
    """
    Find the links of a site that lead nowhere.
    """
    for name, page in pages.items():
        for target in page.targets:
            address, fragment = urldefrag(urljoin(f"http://site/{name}", target))
            if urlsplit(address).netloc == "site":
                path = unquote(urlsplit(address).path).removeprefix("/") or "index.html"
                found = unquote(fragment) in pages[path].anchors if path in pages else (folder / path).is_file()
                if not found:
                    yield name, target


def wait_for_sight(page: Page, anchor: str) -> None:
    """
    Wait until the place that a link goes to is what a reader sees there, not hidden below a header.
    """
    page.wait_for_function(
        """anchor => {
          const place = document.getElementById(anchor), box = place.getBoundingClientRect();
          const there = document.elementFromPoint(box.left + 8, Math.max(box.top, 0) + 8);
          return box.top >= 0 && box.top < innerHeight && (place.contains(there) || there.contains(place));
        }""",
        arg=anchor,
    )


def test_the_site_is_built_without_a_warning(docs: Docs) -> None:
    """
    Sphinx builds the documentation from a clean tree, nitpicky, and has nothing to say.
    """
    assert (docs.build.returncode, docs.build.stderr) == (0, "")


def test_every_link_inside_the_site_leads_somewhere(docs: Docs) -> None:
    """
    Each link to a page, a file or an anchor of the site finds it.
    """
    pages = {str(path.relative_to(docs.folder)): Links(path) for path in sorted(docs.folder.rglob("*.html"))}
    assert len(pages) > len(CATALOG)
    assert sorted(set(dangling(docs.folder, pages))) == []


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_reads_well(windows: OpenWindow, docs: Docs, kind: str, width: int, scheme: str) -> None:
    """
    A page has no error on the console and no failed request, fits the window, and axe finds nothing severe.
    """
    window = windows(width, scheme)
    window.open(docs.address + kind)
    assert window.look() == FINE


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_page_fits(windows: OpenWindow, docs: Docs, width: int) -> None:
    """
    No page of the site scrolls sideways or complains.
    """
    found = {}
    window = windows(width)
    for path in sorted(docs.folder.rglob("*.html")):
        window.open(docs.address + str(path.relative_to(docs.folder)))
        if window.complaints or window.wider():
            found[path.name] = [*window.complaints, *window.wider()]
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_diagram_can_be_read(windows: OpenWindow, docs: Docs, scheme: str) -> None:
    """
    The words of a diagram stand out from the page as much as those around it must.
    """
    window = windows(scheme=scheme)
    contrasts = window.open(f"{docs.address}errors/connection-refused.html").evaluate(CONTRAST)
    assert contrasts
    assert min(contrasts) >= 4.5


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("place", ["errors/index.html#tls-not-spoken", "errors/tls-not-spoken.html#tls-not-spoken"])
def test_a_link_to_an_anchor_shows_it(windows: OpenWindow, docs: Docs, place: str, width: int) -> None:
    """
    A link from another site brings the place that it names before the reader's eyes.
    """
    window = windows(width)
    page = window.open(docs.address + place)
    wait_for_sight(page, "tls-not-spoken")


def test_a_click_leads_from_the_table_to_the_page(windows: OpenWindow, docs: Docs) -> None:
    """
    The overview leads to the page of a code, at its anchor.
    """
    window = windows()
    page = window.open(f"{docs.address}errors/index.html")
    page.locator(".connlog-overview a", has_text="Nothing listens there").click()
    page.wait_for_url("**/errors/connection-refused.html#connection-refused")
    wait_for_sight(page, "connection-refused")


@pytest.mark.parametrize(
    ("kind", "what"),
    [("reference/fields.html", ".connlog-frame"), ("errors/connection-refused.html", ".connlog-entry pre")],
)
def test_what_scrolls_is_in_reach_of_a_keyboard(windows: OpenWindow, docs: Docs, kind: str, what: str) -> None:
    """
    Tab reaches a table's frame and a code sample, and the arrows scroll it.
    """
    window = windows(PHONE)
    page = window.open(docs.address + kind)
    page.evaluate(
        """what => {
          const wide = [...document.querySelectorAll(what)].find(box => box.scrollWidth > box.clientWidth);
          wide.id = "wide";
          const before = document.createElement("button");
          wide.before(before);
          before.focus();
        }""",
        what,
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "wide"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.getElementById('wide').scrollLeft > 0")
