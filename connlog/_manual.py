"""
What is said about a catalog entry that no failure stands behind: for ``connlog explain`` and ``connlog catalog``.

Imports the catalog, what lies below it, and the words that the block has for a retry verdict.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from connlog._model import Entry, Hint, Wrapper
from connlog.catalog import CATALOG, PLATFORM, Catalog, numbers, situation, words, wrappers

__all__ = [
    "Reading",
    "as_dict",
    "as_json",
    "as_line",
    "as_row",
    "as_text",
    "nearest",
    "never",
    "read",
    "relevant",
    "spell",
]

_FEW = 2
"""As many errno names fit in one line."""


class Reading(NamedTuple):
    """
    One meaning of the word that somebody asked about.

    Attributes:
        entry: The entry that explains it.
        name: The errno name that it stands for, if it stands for one.
        platform: Where it does so; ``None``: everywhere.
    """

    entry: Entry
    name: str | None = None
    platform: str | None = None


def read(word: str, *, platform: str | None = None) -> tuple[Reading, ...]:
    """
    Find what a code, a number, name or text of an errno, or a qualified class means; the likeliest meaning first.

    Args:
        word: ``"connection-refused"``, ``"111"``, ``"ECONNREFUSED"``, ``"requests.exceptions.ConnectionError"``.
        platform: Read a number as this platform does, and as no other.

    Returns:
        Nothing where the word is unknown.
    """
    if word.lower() in CATALOG:
        return (Reading(CATALOG[word.lower()]),)
    if word.removeprefix("-").isdecimal():
        return tuple(_numbers(int(word), (platform,) if platform else (PLATFORM, *words.PLATFORMS)))
    name = numbers.STRERRORS.get(word.lower(), word.upper().removeprefix("WSA"))
    entry = CATALOG.by_errno(name)
    if entry is not None:
        return (Reading(entry, name),)
    entry = CATALOG.by_class(word.removeprefix("builtins."))
    if entry is not None:
        return (Reading(entry),)
    rows = tuple(_rows(word))
    codes = [code for row in rows for code in _codes(row)] if rows else _vague(word)
    return tuple(Reading(CATALOG[code]) for code in codes)


def _numbers(number: int, platforms: Iterable[str]) -> Iterator[Reading]:
    for platform in dict.fromkeys(platforms):
        for name, values in numbers.ERRNOS.items():
            entry = CATALOG.by_errno(name)
            if entry is not None and number in values.get(platform, ()):
                yield Reading(entry, name, platform)


def _rows(word: str) -> Iterator[Wrapper]:
    """
    Find the row of a library's class by its qualified name, or by the shorter one under which the library offers it.
    """
    top, _, last = word.partition(".")
    last = last.rpartition(".")[2]
    for row in wrappers.CLASSES:
        if row.type == word or (last and row.type.startswith(f"{top}.") and row.type.endswith(f".{last}")):
            yield row
            return


def _codes(row: Wrapper) -> tuple[str, ...]:
    codes = [row.code, *(code for _, code in row.words), "connection-error" if row.reads else None]
    return tuple(dict.fromkeys(code for code in codes if code is not None))


def _vague(word: str) -> Iterator[str]:
    """
    Say what can be said of a networking library's class that needs no row: the reason is inside, not in its name.
    """
    top, dot, rest = word.partition(".")
    if not dot or top not in wrappers.LIBRARIES:
        return
    if "Timeout" in rest or "TimedOut" in rest:
        yield "timeout"
    elif "Connect" in rest or "Network" in rest or "Transport" in rest:
        yield "connection-error"


def never(word: str) -> bool:
    """
    Tell whether a class is known to be no connection failure.
    """
    return any(not _codes(row) for row in _rows(word))


def nearest(word: str) -> tuple[str, ...]:
    """
    Name the codes, errno names and classes most like a word that is none, best first.
    """
    from difflib import get_close_matches  # noqa: PLC0415 -- only for a word that is unknown

    names = [name for entry in CATALOG for name in (entry.code, *entry.errnos, *entry.exceptions)]
    names += [row.type for row in wrappers.CLASSES if _codes(row)]
    known = {name.lower(): name for name in names}
    return tuple(known[match] for match in get_close_matches(word.lower(), known, n=3, cutoff=0.5))


def as_json(catalog: Catalog) -> str:
    """
    Spell a catalog as one JSON document: a list of its entries in their order, as ``catalog.schema.json`` describes it.
    """
    return spell([as_dict(entry, runbook=catalog.runbook) for entry in catalog])


def spell(value: object) -> str:
    """
    Spell JSON types as text.
    """
    return json.dumps(value, indent=2)


def as_dict(entry: Entry, *, runbook: Iterable[Hint] = ()) -> dict[str, Any]:
    """
    Spell an entry in JSON types, all of it; generic words stand where a failure would name its endpoint.

    ``hint`` is the first hint that holds everywhere; ``hints`` are all, with their conditions.

    Args:
        entry: The entry.
        runbook: A team's own hints; those for this code come first.
    """
    own = f"code={entry.code}"
    hints = [
        *({**_hint(hint, own), "link": hint.link, "runbook": True} for hint in runbook if own in hint.when),
        *(_hint(hint, own) for hint in entry.hints),
    ]
    return {
        **asdict(entry),
        "causes": [cause._asdict() for cause in entry.causes],
        "scenarios": [scenario._asdict() for scenario in entry.scenarios],
        "wire": [message._asdict() for message in entry.wire],
        "raises": entry.raises._asdict(),
        "fixed": entry.fixed._asdict(),
        "cause": _prose(entry.cause),
        "hint": next(hint["text"] for hint in hints if not hint["when"]),
        "hints": hints,
        "errnos": {name: numbers.ERRNOS[name] for name in entry.errnos},
    }


def relevant(hints: Iterable[Hint], code: str) -> tuple[Hint, ...]:
    """
    Choose a team's hints that may help with a code: those for it, and those that hold for any at some host or port.

    Returns:
        The hints, all of them for this code now.
    """
    condition = f"code={code}"
    chosen = (hint for hint in hints if condition in hint.when or not any(map(_is_code, hint.when)))
    return tuple(replace(hint, when=(condition, *(fact for fact in hint.when if fact != condition))) for hint in chosen)


def _is_code(fact: str) -> bool:
    return fact.startswith("code=")


def _hint(hint: Hint, own: str) -> dict[str, Any]:
    """
    Spell a hint; that it holds for this code goes without saying.
    """
    return {"text": _command(hint.text), "when": [fact for fact in hint.when if fact != own]}


def _prose(text: str) -> str:
    text = text.format_map(words.UNKNOWN)
    return text[0].upper() + text[1:]


def _command(text: str) -> str:
    return text.format_map(words.IN_COMMANDS)


def as_row(entry: Entry) -> str:
    """
    Spell an entry in one line.
    """
    names = " ".join((*entry.errnos[:_FEW], "...") if len(entry.errnos) > _FEW else entry.errnos)
    return f"{entry.code:<27}{entry.retry:<15}{entry.title:<44}{names}".rstrip()


def as_line(hint: Hint) -> str:
    """
    Spell a team's hint in one line: where it applies, what it says, where to read on.
    """
    link = f" ({hint.link})" if hint.link else ""
    return " ".join(f"{_condition(hint.when)}{_command(hint.text)}{link}".split())


def as_text(entry: Entry, *, width: int, heading: Callable[[str], str] = str, runbook: Iterable[Hint] = ()) -> str:
    """
    Spell an entry for a terminal.

    Args:
        entry: The entry.
        width: Columns; code is not wrapped.
        heading: Makes a heading stand out.
        runbook: A team's own hints; those that may help with this code come first, marked as theirs.
    """
    facts = {
        "errno": [f"{name} ({_everywhere(name)})" for name in entry.errnos],
        "class": entry.exceptions,
        "phase": (f"{entry.phase}: {words.PHASES[entry.phase]}",),
        "retry": (": ".join(words.RETRIES[entry.retry]),),
    }
    # Nothing is known about the reader's case, so what always applies comes first.
    general_first = sorted(entry.hints, key=lambda hint: bool(hint.when))
    code = f"code={entry.code}"
    team = [
        replace(hint, when=tuple(fact for fact in hint.when if fact != code)) for hint in relevant(runbook, entry.code)
    ]
    parts = [
        heading(entry.code) + f"  {entry.title}\n",
        _wrap(_prose(entry.cause), width) + "\n",
        *(_wrap(value, width, first=f"{key:<7}", rest=" " * 7) for key, values in facts.items() for value in values),
        *([heading("\nFrom your team's runbook; [only where this holds]")] if team else []),
        *(_wrap(as_line(hint), width, first="- ") for hint in team),
        heading("\nWhat to check; [only where this holds]"),
        *(_wrap(_condition(hint.when) + _command(hint.text), width, first="- ") for hint in general_first),
        heading("\nWhat happens"),
        *_steps(entry, width),
        "",
        "\n\n".join(_wrap(paragraph, width) for paragraph in entry.about.split("\n\n")),
        heading("\nWhat it turns out to be, most often first"),
        *(_wrap(cause.text, width, first="- ") for cause in entry.causes),
        heading("\nWhere it shows"),
        *(_wrap(f"{scenario.where}: {scenario.text}", width, first="- ") for scenario in entry.scenarios),
        heading("\nCode that raises it"),
        textwrap.indent(entry.raises.code.strip(), "    "),
        heading("\nCode that copes"),
        textwrap.indent(entry.fixed.code.strip(), "    "),
        "",
        _wrap(", ".join(entry.see_also), width, first="See also: "),
        _wrap(", ".join(entry.sources), width, first="Sources: "),
    ]
    return "\n".join(parts)


def _steps(entry: Entry, width: int) -> Iterator[str]:
    """
    Spell the steps of an entry, one a line: who, to whom, what.
    """
    sides = [" -> ".join(dict.fromkeys((step.sender, step.receiver))) for step in entry.wire]
    column = max(map(len, sides), default=0) + 5
    for side, step in zip(sides, entry.wire, strict=True):
        said = f"{step.text} ({words.LOST})" if step.lost else step.text
        yield _wrap(said, width, first=f"  {side}".ljust(column), rest=" " * column)


def _everywhere(name: str) -> str:
    values = numbers.ERRNOS[name]
    return ", ".join(f"{words.PLATFORMS[platform]} {'/'.join(map(str, values[platform]))}" for platform in values)


def _condition(when: Iterable[str]) -> str:
    facts = situation(when)
    return f"[{facts}] " if facts else ""


def _wrap(text: str, width: int, *, first: str = "", rest: str = "  ") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest if first else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
