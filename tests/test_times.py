"""
Times are read as logs write them and as people ask for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from connlog._times import asked, moment

HERE = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=HERE)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-24T10:00:00.123456789Z", "2026-11-24T10:00:00.123456+00:00"),
        ("2026-11-24 10:00:00,123", "2026-11-24T10:00:00.123000+01:00"),
        ("[2026-11-24 10:00:00 +0530]", "2026-11-24T10:00:00+05:30"),
        ("2026-11-24 10:00:00-08:00", "2026-11-24T10:00:00-08:00"),
        ("2026/11/24 10:00:00", "2026-11-24T10:00:00+01:00"),
        ("20261124T100000Z", "2026-11-24T10:00:00+00:00"),
        ("24/Nov/2026:10:00:00 +0000", "2026-11-24T10:00:00+00:00"),
        ("Tue, 24 Nov 2026 10:00:00 GMT", "2026-11-24T10:00:00+00:00"),
        ("Tue Nov 24 10:00:00 2026", "2026-11-24T10:00:00+01:00"),
        ("Nov 24 10:00:00", "2026-11-24T10:00:00+01:00"),
        ("Dec 24 10:00:00", "2025-12-24T10:00:00+01:00"),
        ("24 août 10:00:00", "2026-08-24T10:00:00+01:00"),
        ("févr. 24 10:00:00", "2026-02-24T10:00:00+01:00"),
        ("I1124 10:00:00.123456", "2026-11-24T10:00:00.123456+01:00"),
        ("10:00:00", "2026-11-24T10:00:00+01:00"),
        ("23:00:00", "2026-11-23T23:00:00+01:00"),
        ("1732442400", "2024-11-24T10:00:00+00:00"),
        ("1732442400.5", "2024-11-24T10:00:00.500000+00:00"),
        ("1732442400123", "2024-11-24T10:00:00.123000+00:00"),
    ],
)
def test_times_of_logs(text: str, read: str) -> None:
    """
    What a log leaves out comes from the reference, and no time lies in the future.
    """
    found = moment(text, NOW)
    assert found is not None
    assert found.isoformat() == read


@pytest.mark.parametrize("text", ["", "soon", "24", "foo 24 99:99:99", "2026-02-31T25:00", "12345678901234567890"])
def test_what_is_no_time(text: str) -> None:
    """
    What is no time is none.
    """
    assert moment(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("now", "2026-11-24T12:00:00+01:00"),
        ("Today", "2026-11-24T00:00:00+01:00"),
        ("yesterday", "2026-11-23T00:00:00+01:00"),
        ("90m", "2026-11-24T10:30:00+01:00"),
        ("2h", "2026-11-24T10:00:00+01:00"),
        ("1 w", "2026-11-17T12:00:00+01:00"),
        ("2026-11-20", "2026-11-20T00:00:00+01:00"),
        ("2026-11-20T10:00", "2026-11-20T10:00:00+01:00"),
        ("2026-11-20t10:00z", "2026-11-20T10:00:00+00:00"),
        ("10:30", "2026-11-24T10:30:00+01:00"),
    ],
)
def test_times_of_people(text: str, read: str) -> None:
    """
    A person asks for a time, a day, or a while ago.
    """
    found = asked(text, NOW)
    assert found is not None
    assert found.isoformat() == read


@pytest.mark.parametrize("text", ["soon", "2026-02-31", "", "2x"])
def test_what_nobody_can_ask_for(text: str) -> None:
    """
    What is no time for a person either is none.
    """
    assert asked(text, NOW) is None
