"""
The options of ``connlog scan``: what a person may ask for, and what it means.

Imports the filter, the times, the runbook and the catalog.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from connlog import _runbook
from connlog._model import Hint
from connlog._reading import Order
from connlog._summary import Sieve
from connlog._times import asked
from connlog._urls import is_url
from connlog.catalog import CATALOG

__all__ = ["UsageError", "Wish", "add_to", "has_dask", "has_rich", "understood"]

_ADDRESS = re.compile(r"https?://[^\s/]\S*")

_USAGE = "%(prog)s [-h] [OPTION ...] [FILE|DIR|GLOB|-] ..."

_CLOSING = """\
exit status: 0 nothing was found, 1 something was (with --fail-on: one of these codes), 2 something could not be read,
or the command line is wrong"""


class UsageError(Exception):
    """
    The command line is wrong; the message says what is allowed.
    """


class Wish(NamedTuple):
    """
    What a person asks for, understood.

    Attributes:
        order: Which failures.
        format: ``text``, ``table``, ``jsonl``, ``json`` or ``log``.
        fail_on: The codes that make the command fail; none: all.
        html: Where the page is to be written.
        jobs: How many processes may work.
        progress: Whether a person may be told how far the work is.
        scheduler: Address of the Dask scheduler whose workers are to read.
        far: Whether Dask is to read: because of the scheduler, or because a URL is asked for.
    """

    order: Order
    format: str
    fail_on: frozenset[str]
    html: str | None
    jobs: int
    progress: bool
    scheduler: str | None = None
    far: bool = False


def add_to(parser: argparse.ArgumentParser) -> None:
    """
    Add the options to a parser.
    """
    parser.usage, parser.epilog = _USAGE, _CLOSING
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE|DIR|GLOB|-",
        help="logs: plain, gzip, bzip2, xz or zstd; - is standard input, which is also read where nothing is named",
    )
    shown = parser.add_argument_group("what is shown").add_mutually_exclusive_group()
    shown.add_argument("--summary", action="store_true", help="a table: how often each failure was seen, and when")
    shown.add_argument(
        "--format",
        choices=("text", "jsonl", "json"),
        default="text",
        help="text: a block for each distinct failure (default); jsonl: one finding in a line; json: the summary",
    )
    shown.add_argument(
        "--annotate", action="store_true", help="the log itself: failures get their block, events in JSON their fields"
    )
    extra = parser.add_argument_group("beside it")
    extra.add_argument("--html", metavar="FILE", help="write the summary as a page that needs no network")
    extra.add_argument("--docs-url", metavar="URL", help="where the pages of the codes are; links lead there")
    extra.add_argument("--runbook", metavar="FILE", help="a team's own hints, which come first")
    which = parser.add_argument_group("which failures")
    which.add_argument("--since", metavar="TIME", help="2026-11-24T10:00, 2026-11-24, yesterday, 90m, 2h, 3d")
    which.add_argument("--until", metavar="TIME", help="likewise")
    which.add_argument("--code", metavar="CODE,...", action="append", default=[], help="with one of these codes")
    which.add_argument(
        "--host", metavar="HOST,...", action="append", default=[], help="at one of these hosts: db.internal, *:5432"
    )
    how = parser.add_argument_group("how")
    how.add_argument("--fail-on", metavar="CODE,...", action="append", default=[], help="exit 1 for these codes alone")
    how.add_argument("--jobs", metavar="N", type=int, help="processes for several files (default: one a core)")
    how.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="read with the workers of this Dask scheduler")
    how.add_argument("--no-progress", action="store_true", help="no progress bar")


def understood(options: argparse.Namespace) -> Wish:
    """
    Read the options.

    Raises:
        UsageError: Something else is allowed; the message says what.
    """
    now = datetime.now().astimezone()
    sieve = Sieve(
        since=_time("--since", options.since, now),
        until=_time("--until", options.until, now),
        codes=_codes("--code", options.code),
        hosts=tuple(host.lower() for host in _listed(options.host)),
    )
    if options.docs_url is not None and not _ADDRESS.fullmatch(options.docs_url):
        raise UsageError(f"--docs-url {options.docs_url}: the pages are at an address with https:// or http://")
    if options.summary and not has_rich():
        raise UsageError("--summary needs rich for its table: python -m pip install 'connlog[cli]'")
    far = options.scheduler is not None or any(map(is_url, options.files))
    if far and not has_dask():
        raise UsageError("URLs and --scheduler need Dask: python -m pip install 'connlog[dask]'")
    if far and options.annotate:
        raise UsageError("--annotate reads the logs of this machine, without --scheduler and URLs")
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: at least one process has to work")
    return Wish(
        order=Order(sieve, _hints(options.runbook), options.docs_url),
        format="log" if options.annotate else "table" if options.summary else options.format,
        fail_on=_codes("--fail-on", options.fail_on),
        html=options.html,
        jobs=options.jobs or 0,
        progress=not options.no_progress,
        scheduler=options.scheduler,
        far=far,
    )


def _listed(given: Sequence[str]) -> list[str]:
    return [word.strip() for words in given for word in words.split(",") if word.strip()]


def _codes(option: str, given: Sequence[str]) -> frozenset[str]:
    codes = [word.lower() for word in _listed(given)]
    for code in codes:
        if code not in CATALOG:
            nearest = ", ".join(CATALOG.nearest(code))
            guess = f" Nearest: {nearest}." if nearest else ""
            raise UsageError(f"{option} {code}: there is no such code.{guess} `connlog catalog` lists them.")
    return frozenset(codes)


def _time(option: str, given: str | None, now: datetime) -> datetime | None:
    if given is None:
        return None
    asked_for = asked(given, now)
    if asked_for is None:
        raise UsageError(
            f"{option} {given}: no time. Allowed: 2026-11-24T10:00, 2026-11-24, today, yesterday, 90m, 2h, 3d, 1w."
        )
    return asked_for


def has_rich() -> bool:
    """
    Tell whether what draws tables and progress bars is installed.
    """
    return importlib.util.find_spec("rich") is not None


def has_dask() -> bool:
    """
    Tell whether what reads on other machines is installed.
    """
    return all(importlib.util.find_spec(name) is not None for name in ("dask", "distributed"))


def _hints(file: str | None) -> tuple[Hint, ...]:
    try:
        return () if file is None else _runbook.load(file)
    except (OSError, ValueError) as exc:
        raise UsageError(_runbook.problem(file or "", exc)) from exc
