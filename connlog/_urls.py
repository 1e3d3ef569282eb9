"""
URLs, and paths that other processes can read -> files to read, in order, and what is wrong with the names.

Imports the inputs. fsspec (``connlog[dask]``) is loaded where there is a URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connlog import _inputs
from connlog._inputs import Input
from connlog._source import Problem

__all__ = ["gather", "is_url", "said"]


def is_url(word: str) -> bool:
    """
    Tell a URL from a path.
    """
    return "://" in word


def gather(words: Sequence[str], options: Mapping[str, Any] | None = None) -> tuple[list[Input], list[Problem]]:
    """
    Find what to read; paths are made absolute, for the processes that read them stand elsewhere.
    """
    problems: list[Problem] = []
    found: dict[str, Input] = {}
    for word in words:
        inputs, wrong = _at_url(word, options or {}) if is_url(word) else _inputs.gather([word])
        problems += wrong
        for entry in inputs:
            if entry.path is None or entry.size is None:
                problems.append(Problem(entry.name, "is no file that another process can read", lost=True))
                continue
            path = entry.path if is_url(entry.path) else str(Path(entry.path).absolute())
            found.setdefault(path, entry._replace(path=path))
    return list(found.values()), problems


def _at_url(word: str, options: Mapping[str, Any]) -> tuple[list[Input], list[Problem]]:
    import fsspec  # noqa: PLC0415 -- optional third party

    try:
        files, path = fsspec.core.url_to_fs(word, **options)
        known = files.glob(path, detail=True) if "*" in path else files.find(path, detail=True)
    except Exception as exc:  # noqa: BLE001 -- each store has errors of its own
        return [], [Problem(word, f"can't be read: {said(exc)}", lost=True)]
    found = [
        Input(name, name, row.get("size") or 0, _changed(row))
        for row in known.values()
        if row["type"] == "file" and (name := files.unstrip_protocol(row["name"]))
    ]
    return found, [] if found else [Problem(word, "no file fits this pattern", lost=True)]


def _changed(row: Mapping[str, Any]) -> float | None:
    """
    Find when a file was written, as its store calls it.
    """
    changed = next((row[name] for name in ("mtime", "LastModified", "created") if name in row), None)
    return changed.timestamp() if isinstance(changed, datetime) else changed


def said(exc: Exception) -> str:
    """
    Say what was wrong with a file, in the words of its system or of its store.
    """
    return getattr(exc, "strerror", None) or f"{type(exc).__name__}: {exc}"
