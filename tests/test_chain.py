"""
The links of an exception: which are followed, which are not, and what they cost.
"""

from __future__ import annotations

import gc

from connlog import CATALOG, _chain
from connlog._chain import walk


def test_classes_made_on_the_fly_do_not_pile_up() -> None:
    """
    The names of classes are kept, but not of ever more classes.
    """
    for number in range(_chain.NODES + 10):
        walk(type(f"Made{number}", (Exception,), {})())
    assert len(_chain._MROS) <= _chain.NODES + 1
    gc.collect()


def test_the_catalog_is_a_container() -> None:
    """
    A code is in the catalog, or it is not.
    """
    assert "connection-refused" in CATALOG
    assert "no-such-code" not in CATALOG
    assert len(CATALOG) == len(CATALOG.codes)
