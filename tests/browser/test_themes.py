"""
A team's documentation in the themes that people use: what the extension adds is in sight, fits, and shuts nobody out.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.window import DESKTOP, FINE, PHONE, served
from tests.roots import Site
from tests.roots.team import PAGES

THEMES = {
    "alabaster": ("light",),
    "furo": ("light", "dark"),
    "pydata_sphinx_theme": ("light", "dark"),
    "sphinx_rtd_theme": ("light",),
}
"""Themes, and the colour schemes that they have."""

LOOKS = [(theme, width, scheme) for theme in THEMES for scheme in THEMES[theme] for width in (DESKTOP, PHONE)]

THEIRS: dict[str, tuple[str, ...]] = {
    "alabaster": (".highlight",),  # the colours of its style of code are pale, in every code block of every project
}
"""What in a theme only the theme can mend."""

SAID = "Got invalid theme mode: . Resetting to auto."
"""What pydata_sphinx_theme says at somebody's first visit."""

PARTS = {
    "errors/index.html": ".connlog-overview",
    "errors/connection-refused.html": ".connlog-entry",
    "tables.html": ".connlog-frame",
}
"""Pages, and what on them is connlog's own."""


@pytest.fixture(scope="package")
def themed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """
    Build the documentation in each theme, without a warning, and serve it: theme -> address.
    """
    folder = tmp_path_factory.mktemp("themes")
    for theme in THEMES:
        built = Site(folder / theme, PAGES).build(html_theme=theme)
        assert (theme, built.warnings) == (theme, [])
    with served(folder) as address:
        yield {theme: f"{address}{theme}/build/html/" for theme in THEMES}


@pytest.mark.parametrize(("theme", "width", "scheme"), LOOKS)
def test_pages_read_well_in_a_theme(
    windows: OpenWindow, themed: dict[str, str], theme: str, width: int, scheme: str
) -> None:
    """
    In each theme, on a desktop and on a phone, our parts are in sight, fit the window and pass axe; nothing complains.
    """
    window = windows(width, scheme)
    looks = {}
    for name, part in PARTS.items():
        page = window.open(themed[theme] + name)
        expect(page.locator(part).first).to_be_visible()
        look = window.look(part, THEIRS.get(theme, ()))
        looks[name] = look._replace(complaints=[said for said in look.complaints if not said.startswith(SAID)])
    assert looks == dict.fromkeys(PARTS, FINE)
