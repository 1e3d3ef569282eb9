"""
The page that ``connlog scan --html`` writes, as people see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from connlog.cli import main
from tests.browser.conftest import OpenWindow
from tests.browser.window import FINE, WINDOWS, served

KINDS = (
    "redis: Error 111 connecting to cache.internal:6379. Connection refused.",
    "shop: [Errno 111] Connection refused",
    "OSError: [Errno 113] Connect call failed ('10.0.3.7', 8080)",
    "ConnectionResetError: [Errno 104] Connection reset by peer",
    "socket.gaierror: [Errno -2] Name or service not known",
    "redis: Error 110 connecting to a-name-that-is-too-long-for-any-telephone.svc.cluster.local:6379. timed out.",
)


@pytest.fixture(scope="package")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """
    Write the page of a log, of one without times and of one without failures, and serve them.
    """
    folder: Path = tmp_path_factory.mktemp("pages")
    lines = [f"2026-11-24T1{number % 5}:0{number % 7}:00Z {KINDS[number * number % 6]}" for number in range(90)]
    logs = {"times": "\n".join(lines), "none": "\n".join(KINDS), "fine": "nothing"}
    for name, text in logs.items():
        (folder / f"{name}.log").write_text(text)
        main(["scan", str(folder / f"{name}.log"), "--format", "json", "--html", str(folder / f"{name}.html")])
    with served(folder) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_page_reads_well(windows: OpenWindow, pages: str, width: int, scheme: str) -> None:
    """
    On a desktop and a phone, light and dark, the page fits the window and passes axe; nothing complains.
    """
    window = windows(width, scheme)
    looks = {}
    for name in ("times", "none", "fine"):
        expect(window.open(f"{pages}{name}.html").locator("h1")).to_be_visible()
        looks[name] = window.look()
    assert looks == dict.fromkeys(looks, FINE)


def test_columns_are_read(windows: OpenWindow, pages: str) -> None:
    """
    Mouse and keyboard read what a column of the plot stands for.
    """
    page = windows().open(f"{pages}times.html")
    readout = page.locator(".readout")
    quiet = readout.inner_text()
    plot = page.locator(".plot svg")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] - 2)
    first = readout.inner_text()
    assert first.startswith("2026-11-24 10:0")
    page.mouse.move(0, 0)
    expect(readout).to_have_text(quiet)
    plot.focus()
    plot.press("ArrowRight")
    expect(readout).to_have_text(first)
    plot.press("ArrowRight")
    plot.press("ArrowLeft")
    expect(readout).to_have_text(first)
