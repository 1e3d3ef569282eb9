"""The committed table of clients x faults says what the client tests say."""

from __future__ import annotations

import pytest

from tests.clients.cases import WITHIN, all_cases, cells_of, read_table, rows_of_the_table
from tests.faults import FAULTS


def test_the_committed_table_is_what_the_tests_assert(pytestconfig: pytest.Config) -> None:
    """Every row of every client test is in the committed table, with what is inside, and nothing else."""
    if pytestconfig.getoption("--write-clients"):
        return
    wanted, cells = rows_of_the_table(all_cases()), cells_of(read_table())
    asserted = {
        client: {fault: {name: cell[name] for name in cell.keys() - set(WITHIN)} for fault, cell in faults.items()}
        for client, faults in cells.items()
    }
    assert asserted == wanted, "run pytest with --write-clients"
    assert all(cell["chain"] for faults in cells.values() for cell in faults.values())


def test_each_row_is_written_once() -> None:
    """No two rows have the same name, so that each can be asked for by name."""
    names = [str(case) for case in all_cases()]
    assert len(names) == len(set(names))
    assert all(case.fault in FAULTS for case in all_cases())
