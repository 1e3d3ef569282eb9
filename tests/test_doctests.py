"""
The examples in the docstrings run, and show what they print.
"""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["connlog._diagnose", "connlog.hook", "connlog.processor", "connlog.stdlib"])
def test_docstrings_run(name: str) -> None:
    """
    A public module has examples, and each of them does what it says.
    """
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert found.failed == 0
