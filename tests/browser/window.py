"""
A window on a built site: opens pages, remembers what they complained of, tells what is wrong with their look.
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

DESKTOP, PHONE = 1280, 390
"""Widths in CSS pixels."""

WINDOWS = [(width, scheme) for width in (DESKTOP, PHONE) for scheme in ("light", "dark")]
"""Desktop and phone, each light and dark."""

PATIENCE = 10_000
"""Milliseconds to wait for what should be there at once."""

SEVERE = ("serious", "critical")
"""Impacts of an issue that no page may have."""

COLOURS: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SHAPES: dict[str, Any] = {"rules": {"color-contrast": {"enabled": False}}}
RULES: dict[tuple[int, str], dict[str, Any]] = {
    (DESKTOP, "light"): {},
    (DESKTOP, "dark"): COLOURS,
    (PHONE, "light"): SHAPES,
    (PHONE, "dark"): {},
}
"""What axe is asked in which window: every rule on both sizes, those on colours in both schemes, and no more often."""

WIDER = """
() => {
  const width = document.documentElement.clientWidth;
  const framed = element => {
    for (let above = element.parentElement; above; above = above.parentElement)
      if (above !== document.body && getComputedStyle(above).overflowX !== "visible") return true;
    return false;
  };
  const main = document.querySelector("[role=main], main, .body") ?? document.body;
  const found = [...main.querySelectorAll("*")]
    .filter(element => element.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .filter(element => element.getBoundingClientRect().right > width + 1 && !framed(element))
    .map(element => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.slice(0, 60)}`);
  const whole = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
  return whole > width || found.length ? [`page of ${whole} px in a window of ${width} px`, ...found.slice(0, 5)] : [];
}
"""
"""Says which elements make the page wider than the window, unless they stand in a frame that scrolls by itself."""


class Handler(http.server.SimpleHTTPRequestHandler):
    """
    Serves a folder as a host of static pages does, with the site's own page for what is not there.
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the signature is http.server's
        """
        Keep quiet.
        """

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """
        Answer with the site's own page.
        """
        own = Path(self.directory) / f"{code}.html"
        if not own.is_file():
            super().send_error(code, message, explain)
            return
        body = own.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """
    Serve a folder on loopback; give the address that its pages stand below.
    """
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class Look(NamedTuple):
    """
    What is wrong with a page; all of it empty is a page that reads well.

    Attributes:
        complaints: Errors and warnings on the console, requests that failed.
        wider: What makes the page scroll sideways.
        issues: What axe calls serious or critical.
    """

    complaints: list[str]
    wider: list[str]
    issues: list[str]


FINE = Look([], [], [])
"""Nothing is wrong."""


class Window:
    """
    A browser's window of one width and colour scheme.
    """

    def __init__(self, browser: Browser, width: int = DESKTOP, scheme: str = "light") -> None:
        """
        Open the window.
        """
        size: Any = {"width": width, "height": 900}
        colours: Any = scheme
        context = browser.new_context(viewport=size, color_scheme=colours, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self._rules = RULES[width, scheme]
        self._address = ""
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("requestfailed", self._miss)

    def _listen(self, said: ConsoleMessage) -> None:
        """
        Note errors and warnings, but not that the page that was asked for is not there: that is what it is for.
        """
        if said.type in {"error", "warning"} and said.location["url"] != self._address:
            self._note(f"{said.text} ({said.location['url']})")

    def _miss(self, request: Request) -> None:
        """
        Note a request that failed, unless it was cut short because the window went on to the next page.
        """
        if request.failure != "net::ERR_ABORTED":
            self._note(f"{request.url}: {request.failure}")

    def _note(self, complaint: str) -> None:
        self.complaints.append(complaint)

    def open(self, address: str) -> Page:
        """
        Load a page, all that it asks for included, and forget what the one before complained of.
        """
        self.complaints.clear()
        self._address = address
        self.page.goto(address, wait_until="load")
        return self.page

    def look(self, within: str = "html", excluded: Iterable[str] = ()) -> Look:
        """
        Say what is wrong with the page that is open.

        Args:
            within: Selector of what axe looks at.
            excluded: Selectors of what it leaves out.
        """
        return Look([*self.complaints], self.wider(), severe(self.page, within, excluded, self._rules))

    def wider(self) -> list[str]:
        """
        Say what makes the page that is open scroll sideways.
        """
        found: list[str] = self.page.evaluate(WIDER)
        return found


def severe(page: Page, within: str, excluded: Iterable[str], rules: dict[str, Any]) -> list[str]:
    """
    Name axe's serious and critical issues with the elements that have them.
    """
    context = {"include": [[within]], "exclude": [[selector] for selector in excluded]}
    found = Axe().run(page, context, {"resultTypes": ["violations"], **rules})
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['html'][:200]}: {node['failureSummary']}"
        for violation in found.response["violations"]
        if violation["impact"] in SEVERE
        for node in violation["nodes"]
    ]
