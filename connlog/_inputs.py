"""
What a person names on the command line -> files to read, in order, and what is wrong with the names.

Imports the sources. A directory stands for the files in it and below it; a pattern for the files that fit.
"""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from connlog._source import Problem, Source, SourceError, open_pipe, open_source

__all__ = ["Input", "gather", "opened"]

STANDARD_INPUT = "standard input"


class Input(NamedTuple):
    """
    One thing to read.

    Attributes:
        name: As the person knows it.
        path: Where it is; ``None``: standard input.
        size: Bytes of the file; ``None`` where nobody knows how much will come.
        changed: When it was last written, in seconds since the epoch.
    """

    name: str
    path: str | None
    size: int | None = None
    changed: float | None = None

    @property
    def reference(self) -> datetime:
        """
        From what the year or the day is taken where a log leaves it out.
        """
        return (
            datetime.now().astimezone() if self.changed is None else datetime.fromtimestamp(self.changed).astimezone()
        )


def gather(words: Sequence[str]) -> tuple[list[Input], list[Problem]]:
    """
    Find what to read; each thing once.
    """
    problems: list[Problem] = []
    found: dict[str | None, Input] = {}
    for word in words:
        for path in _paths(word, problems):
            if path not in found and (entry := _input(path, problems, explicit=path == word)) is not None:
                found[path] = entry
    return list(found.values()), problems


def _paths(word: str, problems: list[Problem]) -> Iterator[str | None]:
    if word == "-":
        yield None
    elif _is_folder(word):
        yield from _walked(word, problems)
    elif glob.has_magic(word) and not os.path.lexists(word):
        fitting = sorted(glob.glob(word, recursive=True))  # noqa: PTH207 -- absolute patterns too
        if not fitting:
            problems.append(Problem(word, "no file fits this pattern", lost=True))
        for path in fitting:
            yield from _walked(path, problems) if _is_folder(path) else (path,)
    else:
        yield word


def _is_folder(path: str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 -- is no error where nobody may look


def _walked(folder: str, problems: list[Problem]) -> Iterator[str]:
    """
    List the files of a directory, and of those below it.
    """

    def note(error: OSError) -> None:
        problems.append(Problem(str(error.filename), f"can't be read: {error.strerror}", lost=True))

    for place, folders, names in os.walk(folder, onerror=note):
        folders.sort()
        yield from (str(Path(place, name)) for name in sorted(names))


def _input(path: str | None, problems: list[Problem], *, explicit: bool) -> Input | None:
    """
    Look at a file; pipes and devices that merely lie in a directory are passed over.
    """
    if path is None:
        return _standard_input()
    try:
        known = Path(path).stat()
    except (OSError, ValueError) as exc:
        problems.append(Problem(path, f"can't be read: {getattr(exc, 'strerror', None) or exc}", lost=True))
        return None
    if stat.S_ISREG(known.st_mode):
        return Input(path, path, known.st_size, known.st_mtime)
    return Input(path, path) if explicit else None


def _standard_input() -> Input:
    try:
        known = os.fstat(sys.stdin.fileno())
    except (AttributeError, OSError, ValueError):
        return Input(STANDARD_INPUT, None)
    if stat.S_ISREG(known.st_mode):
        return Input(STANDARD_INPUT, None, known.st_size, known.st_mtime)
    return Input(STANDARD_INPUT, None)


@contextmanager
def opened(entry: Input) -> Iterator[Source]:
    """
    Open what is to be read.

    Raises:
        SourceError: It can't be opened any more.
    """
    if entry.path is not None:
        with open_source(entry.path) as source:
            yield source
        return
    try:
        number = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        raise SourceError(f"{entry.name}: is closed") from None
    yield open_pipe(number, entry.name)
