"""
The search of the documentation: people paste what their log says, and come to the page of its code.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Docs, OpenWindow
from tests.browser.window import DESKTOP, PHONE

SEARCHES = (
    ("connection-refused", "connection-refused"),
    ("ECONNREFUSED", "connection-refused"),
    ("111", "connection-refused"),
    ("10061", "connection-refused"),
    ("ConnectionRefusedError", "connection-refused"),
    ("requests.exceptions.ConnectTimeout", "connect-timeout"),
    ("CERTIFICATE_VERIFY_FAILED", "tls-certificate-untrusted"),
    ("Connection reset by peer", "connection-reset"),
)
"""What people paste, and the code whose page they need."""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(("words", "code"), SEARCHES)
def test_search_finds_the_page(windows: OpenWindow, docs: Docs, words: str, code: str, width: int) -> None:
    """
    A code, an errno's name or number, a class or a message has the page of its code among the first three results.
    """
    window = windows(width)
    page = window.open(f"{docs.address}search.html")
    if width == PHONE:
        page.locator("label[for=__navigation]:visible").first.click()
    page.locator("input[name=q]").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator("#search-results .search-summary")).to_contain_text("finished")
    page.locator(f"#search-results li:nth-child(-n+3) > a[href^='errors/{code}.html']").first.click()
    page.wait_for_url(re.compile(rf"/errors/{code}\.html(#{code})?$"))
    assert window.complaints == []


def test_words_are_marked_but_not_in_diagrams(windows: OpenWindow, docs: Docs) -> None:
    """
    Sphinx marks the words of a search on the page that it leads to; it fails at a picture's title, so it is kept away.
    """
    window = windows()
    window.open(f"{docs.address}search.html?q=server+SYN")
    page = window.open(f"{docs.address}errors/connection-refused.html")
    expect(page.locator("p .highlighted").first).to_be_visible()
    assert page.locator("svg .highlighted").count() == 0
    assert window.complaints == []


def test_no_result_is_said(windows: OpenWindow, docs: Docs) -> None:
    """
    What no page says is not found, and the reader is told so.
    """
    window = windows()
    page = window.open(f"{docs.address}search.html?q=zzzznowhere")
    expect(page.locator("#search-results")).to_contain_text("did not match any documents")
    assert window.complaints == []
