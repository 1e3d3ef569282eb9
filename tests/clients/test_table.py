"""The committed table of clients x faults says what the client tests say."""

from __future__ import annotations

import pytest

from tests.clients.cases import all_cases, read_table, rows_of_the_table
from tests.faults import FAULTS


def test_the_committed_table_is_what_the_tests_assert(pytestconfig: pytest.Config) -> None:
    """Every row of every client test is in the committed table, as it is asserted, and nothing else."""
    about_to_be_written = pytestconfig.getoption("--write-clients")
    assert about_to_be_written or read_table() == rows_of_the_table(all_cases()), "run pytest with --write-clients"


def test_each_row_is_written_once() -> None:
    """No two rows have the same name, so that each can be asked for by name."""
    names = [str(case) for case in all_cases()]
    assert len(names) == len(set(names))
    assert all(case.fault in FAULTS for case in all_cases())
