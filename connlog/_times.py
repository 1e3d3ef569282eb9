"""
Times as logs write them -> moments that can be compared.

Imports nothing of connlog. What a log leaves out (the year, the date, the zone) is filled in from a reference: the last
change of the file, or now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["asked", "moment"]

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
_ZONE = r"\s*(?P<zone>Z\b|UTC|GMT|[+-]\d\d:?\d\d(?!\d))?"
_MONTH = r"(?P<month>[^\W\d]{3,4})[^\W\d]*\.?"

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        # 2026-11-24T10:00:00.123Z, 2026-11-24 10:00:00,123, 2026/11/24 10:00:00, 20261124T100000
        rf"(?P<year>\d{{4}})([-/.])(?P<number>\d\d)\2(?P<day>\d\d)[T ,_]+{_CLOCK}{_ZONE}",
        r"(?P<year>\d{4})(?P<number>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)" + _ZONE,
        # 24/Nov/2026:10:00:00 +0000, Tue, 24 Nov 2026 10:00:00 GMT
        rf"(?P<day>\d{{1,2}})[ /-]{_MONTH}[ /-](?P<year>\d{{4}})[: ]{_CLOCK}{_ZONE}",
        # Tue Nov 24 10:00:00 2026
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s+(?P<year>\d{{4}})\b",
        # Nov 24 10:00:00; 24 nov. 10:00:00
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}",
        rf"(?P<day>\d{{1,2}})\s+{_MONTH}\s+{_CLOCK}",
        # I1124 10:00:00.123456, as Kubernetes' own programs write
        rf"\b[IWEFD]?(?P<number>[01]\d)(?P<day>[0-3]\d)\s+{_CLOCK}",
        # 10:00:00
        rf"(?<![\d:]){_CLOCK}{_ZONE}",
    )
)
"""The most telling first."""

_EPOCH = re.compile(r"(?P<seconds>1\d{9})(?:\.(?P<fraction>\d+)|(?P<milliseconds>\d{3}))?\Z")
_DAY = re.compile(r"(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)\Z")
_AGO = re.compile(r"(?P<number>\d+)\s*(?P<unit>s|sec|m|min|h|d|w)\Z")

_UNITS = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}

_MONTHS = (
    ("jan", "janv", "ene", "gen"),
    ("feb", "fév", "févr", "fev", "febr"),
    ("mar", "mär", "märz", "mars"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mag"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "août", "aoû", "ago"),
    ("sep", "sept", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "déc", "dez", "dic"),
)
"""As English, French, German, Spanish, Italian and Portuguese machines abbreviate them."""

_NUMBERS: Mapping[str, int] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}

_SLACK = timedelta(days=1)
"""A clock may be ahead of another by so much; a time that is later belongs to the year, or the day, before."""


def moment(text: str, reference: datetime) -> datetime | None:
    """
    Read the time that a log line bears.

    Args:
        text: The time as written.
        reference: An aware time from which the log leaves out parts; its zone is that of times without one.

    Returns:
        An aware time in the zone that the log has written; ``None`` where this is no time.
    """
    epoch = _EPOCH.match(text.strip())
    if epoch is not None:
        fraction = float(f"0.{epoch['fraction'] or epoch['milliseconds'] or 0}")
        return datetime.fromtimestamp(int(epoch["seconds"]) + fraction, UTC)
    for shape in _SHAPES:
        found = shape.search(text)
        if found is not None:
            try:
                return _made(found.groupdict(), reference)
            except (ValueError, OverflowError, KeyError):
                continue
    return None


def _made(parts: Mapping[str, str | None], reference: datetime) -> datetime:
    """
    Put a time together.

    Raises:
        KeyError: There is no such month.
        ValueError: There is no such time.
    """
    name = parts.get("month")
    number = _month(name) if name else int(parts.get("number") or 0)
    zone = _zone(parts.get("zone")) or reference.tzinfo
    here = reference.astimezone(zone)
    microsecond = int((parts.get("fraction") or "")[:6].ljust(6, "0"))
    made = datetime(
        int(parts.get("year") or here.year),
        number or here.month,
        int(parts.get("day") or here.day),
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        int(parts.get("second") or 0),
        microsecond,
        zone,
    )
    if not number:
        return made if made <= reference + timedelta(minutes=1) else made - timedelta(days=1)
    if parts.get("year") or made <= reference + _SLACK:
        return made
    return made.replace(year=made.year - 1)


def _month(name: str) -> int:
    name = name.lower()
    return _NUMBERS.get(name) or _NUMBERS[name[:3]]


def _zone(written: str | None) -> timezone | None:
    if written is None:
        return None
    if not written.startswith(("+", "-")):
        return UTC
    digits = written[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written.startswith("-") else offset)


def asked(text: str, now: datetime) -> datetime | None:
    """
    Read the time that a person asks for: as a log writes it, a day, ``today``, ``yesterday``, ``90m``, ``2h``, ``3d``.

    Args:
        text: What was typed.
        now: An aware time.
    """
    text = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"now": now, "today": midnight, "yesterday": midnight - timedelta(days=1)}
    ago = _AGO.match(text)
    if text in days:
        return days[text]
    if ago is not None:
        return now - int(ago["number"]) * _UNITS[ago["unit"]]
    day = _DAY.match(text)
    if day is None:
        return moment(text.upper(), now)
    try:
        return midnight.replace(year=int(day["year"]), month=int(day["number"]), day=int(day["day"]))
    except ValueError:
        return None
