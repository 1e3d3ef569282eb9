"""
The pages show what really happens: each ``raises`` example is run against its fault, and what comes of it captured.

``pytest tests/test_captured.py --write-captured`` writes what was captured anew.
"""

from __future__ import annotations

import json
import os
import platform
import re
import ssl
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import pytest

from connlog._model import Entry
from connlog.catalog import CATALOG
from tests.faults import FAULTS, Outcome, Worker
from tests.faults.examples import execute_in
from tests.test_readme import ELSEWHERE, PLACE, PORT

CAPTURED = Path(__file__).resolve().parents[1] / "connlog" / "sphinxext" / "data" / "captured.json"
ENTRIES = [pytest.param(entry, id=entry.code) for entry in CATALOG]
SHORTENED = "…"
"""Stands for what the page shows elsewhere: the traceback, and all hints."""

STEADY = ("code", "errno_name", "phase", "retry")
"""What an event says whatever the version of Python and of the libraries."""

SITE = re.compile(r"/site-packages/(\w+)")
LINE_OF_C = re.compile(r"_ssl\.c:\d+")
"""A place in Python's own source: each version has another."""

MARKS = re.compile(r"^ +[~^]+\n", re.MULTILINE)
"""The marks below a line of code; each version of Python has its own, and they mean nothing once a line wraps."""

Run = Callable[[Entry], Outcome]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """
    Run examples in processes that are alike on every machine: in a container, without a proxy, not in CI.
    """
    environment = {name: value for name, value in os.environ.items() if not ELSEWHERE.fullmatch(name)} | PLACE
    with ExitStack() as stack:

        def start(kind: Any) -> Worker:
            worker = Worker(kind, environment)
            stack.callback(worker.close)
            return worker

        shared = cache(start)

        def execute(entry: Entry) -> Outcome:
            fault = entry.raises.fault
            where = FAULTS[fault].where
            if where == "subprocess":
                worker = start("closed-stdout" if fault == "closed-stdout" else "apart")
            else:
                worker = shared("namespace" if where == "namespace" else "apart")
            return execute_in(worker, fault=fault, code=entry.raises.code, heals=False)

        yield execute


def shown(outcome: Outcome) -> dict[str, Any]:
    """
    Reduce what was captured to what a page shows.
    """
    event = json.loads(steady(outcome.event, outcome.given))
    traceback = MARKS.sub("", event["exception"])
    event["exception"] = SHORTENED
    event["connection_error"]["hints"] = [SHORTENED]
    return {"versions": versions(traceback), "traceback": traceback.splitlines(), "event": event}


def steady(line: str, given: dict[str, Any]) -> str:
    """
    Replace the port and the paths of this run by ones that stay.
    """
    paths = sysconfig.get_paths()
    python = f"python{sysconfig.get_python_version()}"
    replaced = {
        f"{given['folder']}/": "",
        given["path"]: "/run/app/server.sock",
        given["ca_file"]: "ca.pem",
        paths["purelib"]: f".venv/lib/{python}/site-packages",
        paths["platlib"]: f".venv/lib/{python}/site-packages",
        paths["stdlib"]: f"/usr/lib/{python}",
    }
    for path, instead in replaced.items():
        line = line.replace(path, instead) if path else line
    return re.sub(rf"(?<!\d){given['port']}(?!\d)", PORT, line) if given["port"] else line


def versions(traceback: str) -> dict[str, str]:
    """
    Name what the traceback depends on: Python, OpenSSL where TLS is in it, the libraries.
    """
    found = {"Python": platform.python_version()}
    if "/ssl.py" in traceback:
        found["OpenSSL"] = ssl.OPENSSL_VERSION.split()[1]
    for package in sorted(set(SITE.findall(traceback))):
        (distribution,) = set(packages_distributions()[package])
        found[distribution] = version(distribution)
    return found


def captured() -> dict[str, Any]:
    """
    Read what was captured.
    """
    recorded: dict[str, Any] = json.loads(CAPTURED.read_text(encoding="utf-8"))
    return recorded


def write_captured(seen: dict[str, Any]) -> None:
    """
    Write what the session has captured; codes that it didn't run stay, those that the catalog hasn't go.
    """
    before = captured() if CAPTURED.exists() else {}
    found = {code: item for code in CATALOG.codes if (item := seen.get(code) or before.get(code))}
    CAPTURED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_the_page_shows_is_what_happens(entry: Entry, run: Run, captured_seen: dict[str, Any] | None) -> None:
    """
    The traceback and the event are those of the page; with other versions it fails as the page says, in all that stays.
    """
    found = shown(run(entry))
    if captured_seen is not None:
        captured_seen[entry.code] = found
        return
    recorded = captured()[entry.code]
    if found["versions"] == recorded["versions"]:
        assert found == recorded, "run pytest with --write-captured"
    of_found, of_recorded = (item["event"]["connection_error"] for item in (found, recorded))
    assert [of_found.get(name) for name in STEADY] == [of_recorded.get(name) for name in STEADY]
    if {**found["versions"], "Python": ""} == {**recorded["versions"], "Python": ""}:
        last, recorded_last = (LINE_OF_C.sub("", item["traceback"][-1]) for item in (found, recorded))
        assert last == recorded_last


def test_every_code_is_captured() -> None:
    """
    Each code has its traceback and its event, in the order of the catalog, and nothing of this machine is in them.
    """
    assert list(captured()) == list(CATALOG.codes)
    text = CAPTURED.read_text(encoding="utf-8")
    assert re.findall(r"/tmp/|/home/|/root/|/work/|connlog-", text) == []  # noqa: S108 - what must not be there
    for code, item in captured().items():
        assert item["event"]["connection_error"]["code"] == code
        assert item["traceback"][0] == "Traceback (most recent call last):"
        assert any('File "main.py"' in line for line in item["traceback"])
