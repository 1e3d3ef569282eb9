"""
The same scan on many machines: whatever fsspec can open -> a bag of findings, by Dask.

Imports the inputs, the readings and what lies below them; dask, distributed and fsspec (``connlog[dask]``) are loaded
by the functions that need them. A large plain file is cut into ranges of bytes. Each is read with what stands around
it, so that a traceback stays whole, and a finding belongs to the range in which it begins.
"""

from __future__ import annotations

import codecs
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from connlog._inputs import Input
from connlog._model import Finding, Hint
from connlog._reading import Order, Part, counted, spelled
from connlog._source import Problem, Source, physical_lines
from connlog._summary import Summary
from connlog._times import moment
from connlog._unpack import HEAD, packing_of
from connlog._urls import gather, said
from connlog.catalog import CATALOG
from connlog.render import endpoint
from connlog.scan import scan_lines

if TYPE_CHECKING:
    from dask.bag import Bag

__all__ = ["BLOCK", "OVERLAP", "Row", "SchedulerError", "read_all", "scan", "summary"]

BLOCK = 64 << 20
"""Bytes of a plain file that one task looks after, unless something else is asked for."""

OVERLAP = 1 << 20
"""Bytes before and behind a range that are read with it."""

_PATIENCE = 30
"""Seconds to wait for a scheduler that does not answer."""

_LOGGER = logging.getLogger("connlog.dask")


class SchedulerError(Exception):
    """
    No scheduler can be reached; the message says why.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    How often a failure was seen in one minute.

    Attributes:
        minute: The minute, in UTC; ``None`` where the log bears no time.
        code: What failed.
        endpoint: Where, if the log tells.
        count: How often.
    """

    minute: datetime | None
    code: str
    endpoint: str | None
    count: int


class _Piece(NamedTuple):
    """
    What one task reads: a file, or the findings that begin in a range of its bytes.
    """

    entry: Input
    options: Mapping[str, Any]
    start: int = 0
    end: int | None = None


class _Read(NamedTuple):
    """
    What a task has found; in a range, the lines are numbered from its beginning.
    """

    findings: list[Finding]
    newlines: int
    problems: list[Problem]


class _Range:
    """
    A reader of the lines in a range of a file and around it, which counts those that the range begins with.
    """

    def __init__(self, raw: Any, start: int, end: int) -> None:
        begin = max(0, start - OVERLAP)
        raw.seek(begin)
        before = raw.read(start - begin)
        cut = before.find(b"\n") + 1 if begin else 0  # the first line is not whole
        self.origin = begin + cut
        self.before = before.count(b"\n", cut)
        self.newlines = 0
        self._raw = raw
        self._rest: bytes = before[cut:]
        self._position, self._end = start, end

    def read(self, size: int) -> bytes:
        """
        Return some bytes, at most *size*; none at the end.
        """
        if self._rest:
            data, self._rest = self._rest[:size], self._rest[size:]
            return data
        data = bytes(self._raw.read(min(size, self._end + OVERLAP - self._position)))
        self.newlines += data.count(b"\n", 0, max(0, self._end - self._position))
        self._position += len(data)
        return data


def scan(
    urls: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    blocksize: int = BLOCK,
    storage_options: Mapping[str, Any] | None = None,
) -> Bag:
    """
    Find the connection failures in logs, with the scheduler that Dask is set to.

    Args:
        urls: Files, directories and patterns, or URLs of whatever fsspec can open (``s3://logs/*.gz``).
        blocksize: A larger file is cut into ranges of so many bytes, unless it is compressed.
        storage_options: What fsspec needs to open them.

    Returns:
        A bag of :class:`connlog.Finding`, in the order of the files. What can't be read is left out, and logged.

    Raises:
        FileNotFoundError: Nothing is there to read.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "app.log").write_text("lost: [Errno 111] Connection refused")
        >>> found = scan(folder / "*.log").compute(scheduler="synchronous")
        >>> [finding.diagnosis.code for finding in found]
        ['connection-refused']

    .. versionadded:: 0.2.0
    """
    from dask.bag import from_delayed  # noqa: PLC0415 -- optional third party

    words = [urls] if isinstance(urls, str | os.PathLike) else urls
    inputs, problems = gather([os.fspath(word) for word in words], storage_options)
    _log(problems)
    if not inputs:
        raise FileNotFoundError("; ".join(f"{problem.name}: {problem.text}" for problem in problems) or "no file")
    pieces = _cut(inputs, blocksize, storage_options)
    bag: Bag = from_delayed([task for _, task in _tasks(pieces, (), _findings)])
    return bag


def summary(bag: Bag) -> list[Row]:
    """
    Count the findings of a bag by minute, code and endpoint.

    Returns:
        A table, the earliest first; ``pandas.DataFrame`` takes it as it is.

    .. versionadded:: 0.2.0
    """
    now = datetime.now().astimezone()
    counts = bag.map(_cell, now).frequencies().compute()
    rows = [Row(minute=minute, code=code, endpoint=where, count=count) for (minute, code, where), count in counts]
    return sorted(rows, key=lambda row: (row.minute is None, row.minute or now, row.code, row.endpoint or ""))


def _cell(finding: Finding, reference: datetime) -> tuple[datetime | None, str, str | None]:
    when = moment(finding.timestamp, reference) if finding.timestamp else None
    minute = None if when is None else when.astimezone(UTC).replace(second=0, microsecond=0)
    return minute, finding.diagnosis.code, endpoint(finding.diagnosis)


def _cut(inputs: Sequence[Input], blocksize: int, options: Mapping[str, Any] | None) -> list[list[_Piece]]:
    """
    Cut the large plain files into ranges.
    """
    files = []
    for entry in inputs:
        size = entry.size or 0
        whole = _Piece(entry, options or {})
        if size <= blocksize or _is_packed(whole):
            files.append([whole])
        else:
            starts = range(0, size, blocksize)
            files.append([whole._replace(start=start, end=min(start + blocksize, size)) for start in starts])
    return files


def _is_packed(piece: _Piece) -> bool:
    """
    Tell whether a file can be read from its beginning alone; if it can't be opened, whoever reads it will say so.
    """
    try:
        with _opened(piece) as raw:
            head = raw.read(HEAD)
    except Exception:  # noqa: BLE001 -- each store has errors of its own
        return True
    return packing_of(head) is not None or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _opened(piece: _Piece) -> Any:
    import fsspec  # noqa: PLC0415 -- optional third party

    return fsspec.open(piece.entry.path, "rb", **piece.options)


def _tasks(
    files: Sequence[Sequence[_Piece]], hints: tuple[Hint, ...], finish: Callable[[_Piece, _Read, int], Any]
) -> Iterator[tuple[_Piece, Any]]:
    """
    Make the tasks: each range is read by itself; how many lines stand before it, those before it tell.
    """
    from dask.delayed import delayed  # noqa: PLC0415 -- optional third party

    for pieces in files:
        base: Any = 0
        for piece in pieces:
            read = delayed(_read, pure=False)(piece, hints)
            yield piece, delayed(finish, pure=False)(piece, read, base)
            base = delayed(_plus, pure=False)(base, read)


def _plus(base: int, read: _Read) -> int:
    return base + read.newlines


def _read(piece: _Piece, hints: tuple[Hint, ...]) -> _Read:
    catalog = CATALOG.extended(hints) if hints else CATALOG
    name = piece.entry.name
    try:
        with _opened(piece) as raw:
            if piece.end is None:
                source = Source(raw, name)
                return _Read(list(scan_lines(physical_lines(source), catalog=catalog)), 0, source.problems)
            part = _Range(raw, piece.start, piece.end)
            found = [
                _moved(finding, part)
                for finding in scan_lines(physical_lines(part), catalog=catalog)
                if piece.start <= finding.start + part.origin < piece.end
            ]
            return _Read(found, part.newlines, [])
    except Exception as exc:  # noqa: BLE001 -- each store has errors of its own; the other files are still wanted
        return _Read([], 0, [Problem(name, f"can't be read: {said(exc)}", lost=True)])


def _moved(finding: Finding, part: _Range) -> Finding:
    """
    Tell offsets from the beginning of the file, and lines from that of the range.
    """
    return replace(
        finding,
        first=finding.first - part.before,
        last=finding.last - part.before,
        start=finding.start + part.origin,
        end=finding.end + part.origin,
    )


def _numbered(read: _Read, base: int) -> list[Finding]:
    if not base:
        return read.findings
    return [replace(found, first=found.first + base, last=found.last + base) for found in read.findings]


def _findings(_: _Piece, read: _Read, base: int) -> list[Finding]:
    _log(read.problems)
    return _numbered(read, base)


def _log(problems: Sequence[Problem]) -> None:
    for problem in problems:
        _LOGGER.warning("%s: %s", problem.name, problem.text)


@dataclass(frozen=True, slots=True)
class _Counting:
    """
    Counts what a task has found; travels to where it was found.
    """

    order: Order
    spells: bool

    def __call__(self, piece: _Piece, read: _Read, base: int) -> tuple[Part, list[str]]:
        size = (piece.entry.size or 0) if piece.end is None else piece.end - piece.start
        total = Summary(files=int(not piece.start), size=size)
        every = list(counted(_numbered(read, base), piece.entry, self.order, total))
        return Part(total, read.problems), [spelled(found) for found in every] if self.spells else []


def read_all(  # noqa: PLR0913 -- what a person can ask for
    inputs: Sequence[Input],
    order: Order,
    *,
    scheduler: str | None,
    jobs: int = 0,
    blocksize: int = BLOCK,
    watch: Callable[[int], None],
    lines: TextIO | None = None,
) -> Iterator[Part]:
    """
    Read all inputs on a scheduler's workers, and return what was found in them in their order.

    Args:
        inputs: What to read.
        order: What is wanted.
        scheduler: Its address; ``None``: processes of this machine.
        jobs: How many of these may work on it; 0: as many as there are cores.
        blocksize: A larger plain file is cut into ranges of so many bytes.
        watch: Is told how many bytes of the files have been read.
        lines: Where to write each finding in a line.

    Raises:
        SchedulerError: It can't be reached.
    """
    tasks = _tasks(_cut(inputs, blocksize, None), order.hints, _Counting(order, lines is not None))
    made = [task for _, task in tasks]
    if not made:
        return
    done = 0
    for part, spelt in _computed(made, jobs) if scheduler is None else _on(scheduler, made):
        done += part.summary.size
        watch(done)
        for line in spelt:
            print(line, file=lines)
        yield part


def _computed(tasks: Sequence[Any], jobs: int) -> Iterator[Any]:
    from dask.base import compute  # noqa: PLC0415 -- optional third party

    yield from compute(*tasks, scheduler="processes", num_workers=jobs or None)


def _on(scheduler: str, tasks: Sequence[Any]) -> Iterator[Any]:
    from distributed import Client  # noqa: PLC0415 -- optional third party

    try:
        client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as exc:
        raise SchedulerError(f"no scheduler answers at {scheduler}: {exc}") from exc
    with client:
        for future in client.compute(tasks):
            yield future.result()
