"""
How a client is provoked: one row says what fails and what connlog must say about it.

A row is a :class:`Case`. A test file of this folder holds ``CASES`` and one parametrised test that calls
:func:`check`; what the tests saw makes the table of clients x faults, ``connlog/sphinxext/data/clients.json``,
which ``pytest --write-clients`` rewrites.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import platform
import re
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import connlog
from connlog._chain import walk
from tests.clients.installed import UNTESTED, version_of
from tests.clients.left_empty import left_empty
from tests.clients.untold import UNTOLD
from tests.faults import FAULTS, Server, Worker, play, shared_namespace, shared_process
from tests.faults.namespace import is_inside
from tests.faults.server import Greeting
from tests.renderings import told_by_the_interpreter

TABLE = Path(__file__).resolve().parents[2] / "connlog" / "sphinxext" / "data" / "clients.json"
"""The committed table of clients x faults."""

WITHIN = ("chain", "errno_in")
"""What a cell says of the failure's inside; it differs with the versions of the client and of what is below it."""

PYTHON = "Python"
"""What the standard library comes from."""

RACING = frozenset({"close-after-accept", "reset-after-accept", "reads-nothing-then-close"})
"""Faults at which the server's end races the client's request: what is inside differs from try to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One client against one fault.

    Attributes:
        client: Name as people know it, that of the distribution; what follows a space tells variants apart
            (``httpx async``).
        fault: Key of :data:`tests.faults.FAULTS`.
        provoke: Called with the server; must raise.
        code: The code that is right for what happens on the wire.
        errno_name: The symbolic errno that must be found, ``None`` where the client loses it or there was none.
        endpoint: ``host:port`` or the path of a unix socket; ``{host}``, ``{port}``, ``{path}`` and its
            ``{folder}`` are the server's.
            ``None``: nobody can know it.
        phase: What was being done.
        retry: The verdict.
        note: Tells several rows of one client and fault apart; such a row does not appear in the table.
        greeting: What the server says first, or the conversation that it holds first.
        tls: A good TLS handshake comes before the fault.
        races: Which of two failures the client meets first is chance: what is inside differs from try to try.
        needs: Further distributions that must be installed, besides the client's own: ``("psycopg",)``.
    """

    client: str
    fault: str
    provoke: Callable[[Server], object]
    code: str
    errno_name: str | None
    endpoint: str | None
    phase: str
    retry: str
    note: str = ""
    greeting: Greeting = b""
    tls: bool = False
    races: bool = False
    needs: tuple[str, ...] = ()

    @property
    def clients(self) -> tuple[str, ...]:
        """
        List what must be installed.
        """
        return (self.client, *self.needs)

    def __str__(self) -> str:
        """
        Name the row, for pytest and for the worker in the namespace.
        """
        return " ".join(filter(None, (self.client, self.fault, self.note)))


def row(  # noqa: PLR0913, PLR0917 - the columns of the table
    client: str,
    fault: str,
    provoke: Callable[[Server], object],
    code: str,
    errno_name: str | None,
    endpoint: str | None,
    phase: str,
    retry: str,
    **more: Any,
) -> Case:
    """
    Write one row without naming the columns, so that rows can be read as a table.
    """
    return Case(
        client=client,
        fault=fault,
        provoke=provoke,
        code=code,
        errno_name=errno_name,
        endpoint=endpoint,
        phase=phase,
        retry=retry,
        **more,
    )


def in_loop(provoke: Callable[[Server], Coroutine[Any, Any, object]]) -> Callable[[Server], object]:
    """
    Make a provocation of an async one.
    """
    return lambda server: asyncio.run(provoke(server))


def check(case: Case, module: str, seen: dict[str, Any] | None, worker: Worker | None = None) -> None:
    """
    Provoke a case, compare the diagnosis with its row and with that of the traceback's text, and the chain with the
    table, or note it for the table.

    Args:
        case: The row.
        module: Module that holds the row in ``CASES``: a process in a namespace finds it there.
        seen: Where to note what was seen: the fixture ``clients_seen``.
        worker: A process of the client's own, in which it is to be provoked.
    """
    found, wanted, shown = _answer(case, module, worker)
    if "code" not in found and case.fault in RACING:  # gone before the client had set its options: EINVAL, by chance
        found, wanted, shown = _answer(case, module, worker)
    within = {name: found.pop(name, None) for name in WITHIN}
    assert found == wanted, f"{shown}\n{found}\nbut must be\n{wanted}"
    if seen is not None and not case.note:
        seen.setdefault(case.client, {})[case.fault] = {**cell(case), **within}
    elif seen is None and not case.races and case.fault not in RACING:
        recorded = recorded_within(case)
        assert recorded in (None, within), f"the table says {recorded}: run pytest with --write-clients\n{shown}"


def _answer(case: Case, module: str, worker: Worker | None) -> tuple[dict[str, Any], dict[str, Any], str]:
    """
    Provoke a row here, or in the process that it needs.
    """
    where = FAULTS[case.fault].where
    if worker is None and (where == "here" or (where == "namespace" and is_inside())):
        return _provoke(case)
    worker = worker or (shared_namespace() if where == "namespace" else shared_process())
    found, wanted, shown = worker.call("tests.clients.cases:provoke_by_name", module=module, name=str(case))
    return found, wanted, shown


def recorded_within(case: Case) -> dict[str, Any] | None:
    """
    Return what the table says is inside of a row's failure, ``None`` where other versions than these have made it.
    """
    table = read_table()
    recorded = cells_of(table).get(case.client, {}).get(case.fault)
    if case.note or recorded is None:
        return None
    versions = {**table["versions"], **{client["name"]: client["version"] for client in table["clients"]}}
    if any(versions[name] != _version(name) for name in (case.client, *makers(recorded["chain"]))):
        return None
    return {name: recorded[name] for name in WITHIN}


def makers(chain: Iterable[str]) -> set[str]:
    """
    Name what the classes of a chain come from: Python, or distributions.
    """
    tops = {name.partition(".")[0] for name in chain if "." in name} - sys.stdlib_module_names
    return {PYTHON, *(_distributions()[top][0] for top in tops if top in _distributions())}


@cache
def _distributions() -> Mapping[str, Sequence[str]]:
    return packages_distributions()


def provoke_by_name(module: str, name: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """
    Provoke a row here: the namespace's worker is asked for it.
    """
    cases: Iterable[Case] = importlib.import_module(module).CASES
    return _provoke(next(case for case in cases if str(case) == name))


def _provoke(case: Case) -> tuple[dict[str, Any], dict[str, Any], str]:
    """
    Return what connlog says, what it must say, and what was raised.
    """
    with play(case.fault, greeting=case.greeting, tls=case.tls) as server:
        wanted: dict[str, Any] = {
            "code": case.code,
            "errno_name": case.errno_name,
            "endpoint": case.endpoint
            and case.endpoint.format(
                host=server.host, port=server.port, path=server.path, folder=Path(server.path or "").parent
            ),
            "phase": case.phase,
            "retry": case.retry,
        }
        try:
            result = case.provoke(server)
        except Exception as failure:
            found = _say(failure)
            otherwise = found["otherwise"] = told_by_the_interpreter(failure)
            wanted["otherwise"] = (otherwise or UNTOLD[str(case)]) if str(case) in UNTOLD else {}
            return found, wanted, "".join(traceback.format_exception(failure))
        return {}, wanted, f"nothing was raised: {result!r}"


def _say(failure: Exception) -> dict[str, Any]:
    """
    Diagnose a failure, reduced to what the rows assert.

    Whatever the client: connlog imports nothing to know it.
    """
    loaded = set(sys.modules)
    diagnosis = connlog.diagnose(failure)
    assert sys.modules.keys() <= loaded, sorted(sys.modules.keys() - loaded)
    if diagnosis is None:
        return {}
    host = diagnosis.server_address or diagnosis.peer_address
    port = diagnosis.server_port if diagnosis.server_address else diagnosis.peer_port
    return {
        "code": diagnosis.code,
        "errno_name": diagnosis.errno_name,
        "endpoint": host if port is None else f"{host}:{port}",
        "phase": diagnosis.phase,
        "retry": diagnosis.retry,
        "chain": list(diagnosis.chain),
        "errno_in": diagnosis.errno_name and _place(failure, diagnosis.errno),
    }


def _place(failure: Exception, number: int | None) -> str:
    """
    Tell whether an errno is still an attribute somewhere, or only in a message.
    """
    return "message" if number is None or all(link.errno != number for link in walk(failure)) else "attribute"


@cache
def _version(name: str) -> str | None:
    return platform.python_version() if name == PYTHON else version_of(name)


def cell(case: Case) -> dict[str, Any]:
    """
    Return what the table says of a row, apart from the failure's inside.
    """
    return {
        "code": case.code,
        "errno_name": case.errno_name,
        "endpoint": case.endpoint is not None,
        "phase": case.phase,
        "retry": case.retry,
    }


def all_cases() -> Iterator[Case]:
    """
    Yield the rows of every test file in this folder.
    """
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        yield from getattr(importlib.import_module(f"tests.clients.{file.stem}"), "CASES", ())


def rows_of_the_table(cases: Iterable[Case]) -> dict[str, dict[str, Any]]:
    """
    Return what the table must hold: client -> fault -> cell, apart from the insides.
    """
    rows: dict[str, dict[str, Any]] = {}
    for case in cases:
        if not case.note:
            rows.setdefault(case.client, {})[case.fault] = cell(case)
    return rows


@cache
def read_table() -> dict[str, Any]:
    """
    Read the committed table.
    """
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def cells_of(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """
    Return what a table says: client -> fault -> cell.
    """
    return {client["name"]: client["faults"] for client in table["clients"]}


def write_table(seen: dict[str, dict[str, Any]]) -> None:
    """
    Write what the tests saw over the committed table; rows that no test holds any longer go.

    A client that is not installed here keeps what was seen of it, and the version that it was seen with.
    """
    before = read_table()
    wanted, kept = rows_of_the_table(all_cases()), cells_of(before)
    known = {client["name"]: client["version"] for client in before["clients"]}
    rows = {
        name: {fault: seen.get(name, {}).get(fault) or kept.get(name, {}).get(fault) for fault in faults}
        for name, faults in wanted.items()
    }
    clients = [
        {
            "name": name,
            "version": version_of(name) or known[name],
            "faults": {fault: rows[name][fault] for fault in FAULTS if rows[name].get(fault)},
        }
        for name in sorted(rows, key=str.lower)
        if any(rows[name].values())
    ]
    used = {fault for client in clients for fault in client["faults"]}
    made = set().union(*(makers(found["chain"]) for client in clients for found in client["faults"].values()))
    table = {
        "versions": {name: _version(name) or before["versions"][name] for name in sorted(made, key=str.lower)},
        "clients": clients,
        "faults": {name: fault.does for name, fault in FAULTS.items() if name in used},
        "empty": left_empty(cells_of({"clients": clients}), (fault for fault in FAULTS if fault in used)),
        "untested": dict(sorted(UNTESTED.items())),
    }
    text = json.dumps(table, indent=1)
    text = re.sub(r"\{\s+\"code\"[^}]+\}", lambda cell: " ".join(cell[0].split()), text)  # a line for each cell
    TABLE.write_text(text + "\n", encoding="utf-8")
