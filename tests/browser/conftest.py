"""One browser for all tests of this folder, and the documentation of connlog as it is served."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.window import DESKTOP, Window, served

DOCS = Path(__file__).parents[2] / "docs"

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
"""Names under which Chromium is installed; none is ever downloaded."""

LOOPBACK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""Nothing is asked of any other machine: a page that tries has a failed request."""


OpenWindow = Callable[..., Window]


class Docs(NamedTuple):
    """
    The documentation of connlog, built and served.

    Attributes:
        folder: Where the pages are.
        address: Where they are served.
        build: How Sphinx ended, and what it said.
    """

    folder: Path
    address: str
    build: subprocess.CompletedProcess[str]


# Playwright runs an event loop in this thread as long as it lives: it must end before other folders' tests begin.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """
    Start the Chromium that is installed.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no {' or '.join(PROGRAMS)} on this machine; `apt-get install chromium` brings one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[LOOPBACK])
        yield started
        started.close()


@pytest.fixture(scope="package")
def windows(browser: Browser) -> OpenWindow:
    """
    Return a function that gives a window of a width and a colour scheme; each is opened once and used again.
    """

    @cache
    def window(width: int = DESKTOP, scheme: str = "light") -> Window:
        return Window(browser, width, scheme)

    return window


@pytest.fixture(scope="package")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docs]:
    """
    Build the documentation from a clean tree, warnings as errors, and serve it.
    """
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-j", "2", "-b", "html"]
    doctrees = tmp_path_factory.mktemp("doctrees")
    build = subprocess.run(
        [*command, "-d", str(doctrees), str(DOCS), str(folder)], capture_output=True, text=True, check=False
    )
    with served(folder) as address:
        yield Docs(folder, address, build)
