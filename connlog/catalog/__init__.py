"""
The catalog: everything that connlog can say, looked up by code, errno name or class.

The other modules of this package are data; this one finds things in it. Imports the nouns only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

from connlog._model import Entry, Hint
from connlog.catalog import connect, limits, numbers, other, resolve, tls, transfer, words

__all__ = ["CATALOG", "PLATFORM", "Catalog", "errno_name", "situation"]

PLATFORM = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
"""This platform, as the tables of numbers name it."""

_NAMES: dict[tuple[str, bool, int], str] = {
    (platform, name.startswith("EAI_"), number): name
    for name, platforms in numbers.ERRNOS.items()
    for platform, values in platforms.items()
    for number in values
}


class Catalog:
    """
    All entries, and the hints that a team adds to them.

    .. versionadded:: 0.1.0
    """

    __slots__ = ("_by_class", "_by_code", "_by_errno", "_by_reason", "_by_verify", "runbook")

    def __init__(self, entries: Iterable[Entry], *, runbook: Iterable[Hint] = ()) -> None:
        self._by_code = {entry.code: entry for entry in entries}
        self._by_errno = {name: entry for entry in self for name in entry.errnos}
        self._by_class = {name: entry for entry in self for name in entry.exceptions}
        self._by_reason = {reason: entry for entry in self for reason in entry.ssl_reasons}
        self._by_verify = {number: entry for entry in self for number in entry.verify_codes}
        self.runbook = tuple(runbook)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Entry:
        return self._by_code[code]

    @property
    def codes(self) -> tuple[str, ...]:
        """
        Every code, in the order of the catalog.
        """
        return tuple(self._by_code)

    def by_errno(self, name: str) -> Entry | None:
        """
        Find the entry that an errno name means (``"ECONNREFUSED"``, ``"EAI_NONAME"``).
        """
        return self._by_errno.get(name)

    def by_class(self, name: str) -> Entry | None:
        """
        Find the entry that a qualified class of the standard library means.
        """
        return self._by_class.get(name)

    def by_ssl_reason(self, reason: str) -> Entry | None:
        """
        Find the entry that an OpenSSL reason string means (:attr:`ssl.SSLError.reason`).
        """
        return self._by_reason.get(reason)

    def by_verify_code(self, number: int) -> Entry | None:
        """
        Find the entry that an X.509 verification result means (:attr:`ssl.SSLCertVerificationError.verify_code`).
        """
        return self._by_verify.get(number)

    def nearest(self, word: str) -> tuple[str, ...]:
        """
        Name the codes most like a word that is none, best first.
        """
        from difflib import get_close_matches  # noqa: PLC0415 -- only for error messages, never on the crash path

        return tuple(get_close_matches(word.lower(), self.codes, n=3, cutoff=0.4))

    def extended(self, hints: Iterable[Hint]) -> Catalog:
        """
        Return a catalog with a team's own hints, which rank above the catalog's.
        """
        return Catalog(self, runbook=(*self.runbook, *hints))


def errno_name(number: int, *, words: str = "", resolver: bool = False, platform: str | None = None) -> str | None:
    """
    Name an errno, for the platform that its words betray, else for ``platform``, else for this one.

    Args:
        number: The errno as raised: 111, 61 and 10061 may all be ECONNREFUSED.
        words: The text that came with it; ``"Connection refused"`` outranks the number.
        resolver: The number is one of getaddrinfo(3), not of errno(3).
        platform: ``linux``, ``macos`` or ``windows``.
    """
    spoken = numbers.STRERRORS.get(words.lower().strip(" ."))
    if spoken and any(number in values for values in numbers.ERRNOS[spoken].values()):
        return spoken
    for candidate in (platform or PLATFORM, "linux", "macos", "windows"):
        name = _NAMES.get((candidate, resolver, number))
        if name is not None:
            return name
    return None


def situation(when: Iterable[str], say: Callable[[str], str] = str) -> str:
    """
    Word the facts under which a hint applies, for readers; ``""`` where it always does.

    Args:
        when: The facts.
        say: Translates a few words.
    """
    return ", ".join(said for said in (_fact(fact, say) for fact in when) if said)


def _fact(fact: str, say: Callable[[str], str]) -> str:
    negated = fact.startswith("!")
    name, has_value, value = fact.removeprefix("!").partition("=")
    if not has_value:
        said = words.FACTS[name][negated]
        return say(said) if said else ""
    known = words.VALUES.get(name, {})
    worded = say(words.VALUED[name]).format(say(known[value]) if value in known else value)
    return say(words.NOT).format(worded) if negated else worded


CATALOG = Catalog(
    (*resolve.ENTRIES, *connect.ENTRIES, *tls.ENTRIES, *transfer.ENTRIES, *limits.ENTRIES, *other.ENTRIES)
)
"""The catalog that connlog ships with."""
