"""
Renders real failures into the texts of ``rendered/``: ``python -m tests.corpus.render``.

Each failure of :mod:`tests.corpus.shop` is made against a server of the tests, in a network namespace, and rendered as
the tools do that people paste from. Paths, ports and addresses in memory get fixed names of the same length.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import logging
import os
import re
import secrets
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import django.conf
import rich.console
import rich.traceback
import stackprinter
import structlog
from django.views.debug import ExceptionReporter
from IPython.core.ultratb import FormattedTB, VerboseTB

from tests.corpus import shop
from tests.faults import play, shared_namespace

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

Failing = Callable[[str, int], object]
Renderer = Callable[[BaseException], str]

FAILURES: dict[str, tuple[str, Failing]] = {
    "refused": ("refuse", shop.send_order),
    "refused-wrapped": ("refuse", shop.send_order_wrapped),
    "refused-careless": ("refuse", shop.send_order_carelessly),
    "refused-requests": ("refuse", shop.fetch_stock),
    "refused-httpx": ("refuse", shop.fetch_rates),
    "refused-aiohttp": ("refuse", shop.fetch_news),
    "refused-asyncio": ("refuse", shop.watch),
    "refused-group": ("refuse", shop.watch_two),
    "refused-psycopg": ("refuse", shop.count_users),
    "refused-redis": ("refuse", shop.warm_cache),
    "refused-pymongo": ("refuse", shop.list_carts),
    "refused-urllib": ("refuse", shop.fetch_feed),
    "reset": ("reset-after-request", shop.fetch_prices),
    "closed-requests": ("close-after-request", shop.fetch_stock),
    "silent-requests": ("accept-silent", shop.fetch_stock),
    "silent": ("accept-silent", shop.fetch_prices),
    "self-signed": ("tls-self-signed", shop.fetch_stock_safely),
    "plain-text": ("tls-plain-text", shop.fetch_stock_safely),
    "not-found": ("name-not-found", shop.fetch_stock),
    "later": ("temporary-dns", shop.fetch_rates),
    "no-route": ("unreachable-network", shop.send_order),
    "no-host": ("unreachable-host", shop.fetch_stock),
    "status": ("proxy-answers-502", shop.refund),
    "prose": ("healthy", shop.parse_answer),
    "file": ("healthy", shop.read_settings),
    "name": ("healthy", shop.handle_refusal),
    "sql": ("healthy", shop.query),
    "key": ("healthy", shop.find_timeouts),
}
"""What fails, by the name that its texts have: what the server does, and the function that is called."""

_CALLS: dict[int, tuple[str, str, int]] = {}
"""What was called, by the exception that it raised."""

LARGEST = 24_000
"""Bytes: a longer text would be mostly the libraries' own source."""

PORT = "40404"
WHEN = dt.datetime(2026, 3, 9, 6, 41, 7, 120417, tzinfo=dt.UTC)


def plain(exc: BaseException) -> str:
    """
    Render as the interpreter does.
    """
    return "".join(traceback.format_exception(exc))


def logged(exc: BaseException) -> str:
    """
    Render as ``logging.basicConfig()`` and ``logging.exception()`` do.
    """
    record = logging.LogRecord("shop", logging.ERROR, "", 0, "order failed", (), (type(exc), exc, exc.__traceback__))
    return f"INFO:shop:started\n{logging.Formatter(logging.BASIC_FORMAT).format(record)}\nINFO:shop:stopped\n"


def boxed(exc: BaseException) -> str:
    """
    Render as rich does, in a terminal of 100 columns.
    """
    console = rich.console.Console(file=io.StringIO(), width=100)
    console.print(rich.traceback.Traceback.from_exception(type(exc), exc, exc.__traceback__))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def boxed_with_locals(exc: BaseException) -> str:
    """
    Render as rich does with colours and the values of variables.
    """
    console = rich.console.Console(file=io.StringIO(), width=80, force_terminal=True)
    console.print(rich.traceback.Traceback.from_exception(type(exc), exc, exc.__traceback__, show_locals=True))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def stacked(exc: BaseException) -> str:
    """
    Render as stackprinter does.
    """
    return f"{stackprinter.format(exc)}\n"


def shown_in_a_notebook(exc: BaseException) -> str:
    """
    Render as a notebook's cell shows it, with colours.
    """
    return f"{FormattedTB(mode='Context', theme_name='linux').text(type(exc), exc, exc.__traceback__)}\n"


def shown_by_ipython(exc: BaseException) -> str:
    """
    Render as IPython does in its verbose mode, without colours.
    """
    return f"{VerboseTB(theme_name='nocolor').text(type(exc), exc, exc.__traceback__)}\n"


def as_json(exc: BaseException) -> str:
    """
    Render as structlog's ``format_exc_info`` and ``JSONRenderer`` do.
    """
    event = {"event": "order_failed", "order": 4711, "exc_info": exc, "timestamp": WHEN.isoformat(), "level": "error"}
    event = structlog.processors.format_exc_info(None, "error", event)
    before, after = ({"event": word, "timestamp": WHEN.isoformat(), "level": "info"} for word in ("started", "stopped"))
    return "".join(f"{json.dumps(line)}\n" for line in (before, event, after))


def as_stacks(exc: BaseException) -> str:
    """
    Render as structlog's ``dict_tracebacks`` and ``JSONRenderer`` do.
    """
    event = {"event": "order_failed", "exc_info": exc, "timestamp": WHEN.isoformat(), "level": "error"}
    return f"{json.dumps(structlog.processors.dict_tracebacks(None, 'error', event))}\n"


def composed(exc: BaseException) -> str:
    """
    Render as ``docker compose logs`` shows it between another service's lines.
    """
    lines = [f"shop-1  | {line}" for line in plain(exc).splitlines()]
    lines[3:3] = ["db-1    | LOG:  checkpoint starting: time"]
    return "\n".join(["db-1    | LOG:  database system is ready", *lines, "shop-1  | bye", ""])


def podded(exc: BaseException) -> str:
    """
    Render as ``kubectl logs --timestamps --prefix`` does.
    """
    stamped = (f"2026-03-09T06:41:07.{number:09d}Z {line}" for number, line in enumerate(plain(exc).splitlines(), 1))
    return "".join(f"[pod/shop-7d4b9/shop] {line}\n" for line in stamped)


def journaled(exc: BaseException) -> str:
    """
    Render as ``journalctl`` does.
    """
    return "".join(f"Mar 09 06:41:07 node3 shop[812]: {line}\n" for line in plain(exc).splitlines())


def coloured(exc: BaseException) -> str:
    """
    Render as Python 3.13 does in a terminal.
    """
    text = re.sub(
        r'File (".*?"), line (\d+), in (.*)',
        "File \x1b[35m\\1\x1b[0m, line \x1b[35m\\2\x1b[0m, in \x1b[35m\\3\x1b[0m",
        plain(exc),
    )
    return re.sub(r"(?m)^([\w.]+)(: .*)$", "\x1b[1;35m\\1\x1b[0m\x1b[35m\\2\x1b[0m", text)


def mailed(exc: BaseException) -> str:
    """
    Render as Django's text report does, which it mails to the administrators.
    """
    if not django.conf.settings.configured:
        django.conf.settings.configure(SECRET_KEY=secrets.token_hex(), ROOT_URLCONF="tests.corpus.shop")
        django.setup()
    report = str(ExceptionReporter(None, type(exc), exc, exc.__traceback__).get_traceback_text())
    report = re.sub(r"(?m)^(?:Python Path|Server time|Python Executable): .*\n", "", report)
    return f"{report.partition('Request data not supplied')[0]}Request data not supplied\n"


def windowed(exc: BaseException) -> str:
    """
    Render with the line ends of Windows.
    """
    return plain(exc).replace("\n", "\r\n")


def in_a_test(exc: BaseException, *options: str) -> str:
    """
    Render as pytest does when a test fails so: it runs one, that fails again.
    """
    function, host, port = _CALLS[id(exc)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "shop.py").write_text((HERE / "shop.py").read_text(encoding="utf-8"), encoding="utf-8")
        test = f"from shop import {function}\n\n\ndef test_shop() -> None:\n    {function}({host!r}, {port})\n"
        (Path(folder) / "test_shop.py").write_text(test, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-header", *options, "test_shop.py"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "100"}
        )
        return done.stdout.replace(folder, "/srv/app")


def in_a_short_test(exc: BaseException) -> str:
    """
    Render as ``pytest --tb=short`` does.
    """
    return in_a_test(exc, "--tb=short")


def through(render: Renderer, prefix: str) -> Renderer:
    """
    Render the lines as something on their way prefixes them; ``{n}`` counts them.
    """

    def rendered(exc: BaseException) -> str:
        return "".join(f"{prefix.format(n=n)}{line}\n" for n, line in enumerate(render(exc).splitlines(), 1))

    return rendered


GITHUB = "2026-03-09T06:41:07.{n:07d}Z "
COMPOSE = "shop-1  | "
JOURNAL = "Mar 09 06:41:07 node3 shop[812]: "

RENDERERS: dict[str, Renderer] = {
    "plain.txt": plain,
    "logging.log": logged,
    "rich.txt": boxed,
    "rich-locals.txt": boxed_with_locals,
    "stackprinter.txt": stacked,
    "notebook.txt": shown_in_a_notebook,
    "ipython.txt": shown_by_ipython,
    "structlog.jsonl": as_json,
    "stacks.jsonl": as_stacks,
    "compose.log": composed,
    "kubectl.log": podded,
    "journald.log": journaled,
    "colour.txt": coloured,
    "django.txt": mailed,
    "windows.txt": windowed,
    "pytest.txt": in_a_test,
    "pytest-short.txt": in_a_short_test,
    "pytest-github.log": through(in_a_test, GITHUB),
    "pytest-short-compose.log": through(in_a_short_test, COMPOSE),
    "stacks-compose.log": through(as_stacks, COMPOSE),
    "stacks-stamped.log": through(as_stacks, GITHUB),
    "structlog-compose.log": through(as_json, COMPOSE),
    "structlog-journald.log": through(as_json, JOURNAL),
    "rich-journald.log": through(boxed, JOURNAL),
    "stackprinter-github.log": through(stacked, GITHUB),
    "ipython-compose.log": through(shown_by_ipython, COMPOSE),
    "django-journald.log": through(mailed, JOURNAL),
}
"""How a failure is rendered, by what its file's name ends in."""

_THROUGH = [name for name in RENDERERS if "-" in name and name not in {"rich-locals.txt", "pytest-short.txt"}]
_NAMES = [name for name in RENDERERS if name not in _THROUGH]
_MET_MOST = frozenset({"refused", "refused-requests"})
_MET_ANYWHERE = _MET_MOST | {"refused-group", "silent-requests", "reset", "status", "name"}
_SPREAD = 4
"""Each failure is rendered in so many ways, those that people meet most in all, and some through other programs."""


def pairs() -> Iterator[tuple[str, str]]:
    """
    Choose what is rendered how: each failure in some ways, each way for some failures.
    """
    for number, failure in enumerate(FAILURES):
        chosen = [_NAMES[(number * _SPREAD + step) % len(_NAMES)] for step in range(_SPREAD)]
        through_others = _THROUGH if failure in _MET_ANYWHERE else []
        for name in (*(_NAMES if failure in _MET_MOST else chosen), *through_others):
            yield failure, name


def render(failure: str, names: list[str], folder: str) -> int:
    """
    Make one failure and write its texts; return how many.
    """
    fault, fails = FAILURES[failure]
    written = 0
    with play(fault) as server:
        for name in names:
            text = _tidied(RENDERERS[name](_failure(fails, server.host, server.port)), server.port).encode()
            if len(text) <= LARGEST:
                (Path(folder) / f"{failure}.{name}").write_bytes(text)
                written += 1
    return written


def _failure(fails: Failing, host: str, port: int) -> BaseException:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            fails(host, port)
    except BaseException as exc:
        if exc.__traceback__ is not None:
            exc.__traceback__ = exc.__traceback__.tb_next  # this frame is none of the shop's
        _CALLS[id(exc)] = (fails.__name__, host, port)
        return exc
    raise AssertionError(f"{fails} did not fail")


def _tidied(text: str, port: int) -> str:
    """
    Put fixed names of the same length for what is this machine's alone.
    """
    text = text.replace(str(port), PORT.ljust(len(str(port)), "4"))
    for real, shown in (
        (str(ROOT), "/srv/app"),
        (sys.prefix, "/srv/venv"),
        (sys.base_prefix, "/usr/local/share/python/3.11"),
    ):
        text = text.replace(real, shown.ljust(len(real), "x") if len(real) >= len(shown) else shown)
    text = re.sub(r"\.\./(?:\.\./)*(?=srv/|usr/)", "/", text)
    text = re.sub(r"0x[0-9a-f]{9,}", lambda match: "0x7f" + "1c" * ((len(match[0]) - 4) // 2), text)
    return re.sub(r"in \d+\.\d\ds", "in 0.12s", text)


def main() -> None:
    """
    Render everything anew.
    """
    folder = HERE / "rendered"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    wanted: dict[str, list[str]] = {}
    for failure, name in pairs():
        wanted.setdefault(failure, []).append(name)
    worker = shared_namespace()
    for failure, names in wanted.items():
        worker.call("tests.corpus.render:render", failure=failure, names=names, folder=str(folder))


if __name__ == "__main__":
    main()
