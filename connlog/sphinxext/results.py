"""
What the tests of connlog have seen and written, read for the pages.

Imports the words for what may be wrong with such a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sphinx.errors import ExtensionError

from connlog.sphinxext import words
from connlog.sphinxext.speech import tell

Shape = TypeVar("Shape")

DATA = Path(__file__).parent / "data"
"""Folder of the files."""


def own(path: Path, shape: Callable[[Any], Shape]) -> Shape:
    """
    Read a file of connlog's own results.

    Raises:
        ExtensionError: The file is damaged, see :func:`read`.
    """
    try:
        return read(path, shape)
    except ValueError as error:
        raise ExtensionError(str(error)) from error


def read(path: Path, shape: Callable[[Any], Shape]) -> Shape:
    """
    Read a file of results.

    Args:
        path: The JSON file.
        shape: Makes of the data what the caller wants; any error that data of another shape gives is explained.

    Raises:
        ValueError: The file can't be read or holds something else; says which file, where, and what is wrong.
    """
    try:
        return shape(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(tell(words.NO_RESULTS).format(file=path, why=error.strerror)) from error
    except json.JSONDecodeError as error:
        raise ValueError(tell(words.NO_JSON).format(file=path, line=error.lineno, why=error.msg)) from error
    except (LookupError, TypeError, AttributeError, UnicodeError) as error:
        raise ValueError(tell(words.OTHER_RESULTS).format(file=path, why=repr(error))) from error
