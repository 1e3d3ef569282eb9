"""
The shape of a failure's text: what two of them share that differ in nothing but line numbers, ports and identifiers.

Imports the nouns, the patterns and the catalog. What is masked decides nothing: line numbers come back into the
location, and ports, if neither a service nor a hint goes by them, into the endpoint and the sentences that name it; an
object's address and the path of a URL have no say in a diagnosis.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from connlog._model import Diagnosis, Location
from connlog._patterns import compiled
from connlog.catalog import Catalog
from connlog.catalog.numbers import PORTS, TLS_PORTS

_LINE = r'", line (\d{1,9})\b'
_ADDRESS = r" at 0x[0-9A-Fa-f]{4,16}>"
_PATH = r"exceeded with url: /[^\s\[]*(?= \(Caused by )"
_SAID = (
    r"port[ =]'?(\d{4,5})\b",
    r"\.\d{1,3}(?::|', )(\d{4,5})\b",
    r"://[\w.-]+:(\d{4,5})\b",
    r" to (?:host )?[\w.-]+:(\d{4,5})\b",
)
"""What a port stands behind; each pattern begins with one fixed character, for which a search is fast."""

_LAST_PORT = 65_535
_MOST = 1024
_MASKS = tuple(f'", line {place}' for place in range(_MOST))
_STANDINS = ("61909", "62909", "63909")
"""Ports that nobody uses: they stand for those of a text, in their order."""


class Shape(NamedTuple):
    """
    A text whose numbers are masked.

    Attributes:
        text: The text; each line number is its place in *lines*.
        lines: The line numbers.
        ports: What stands for a port -> the port.
    """

    text: str
    lines: Sequence[str]
    ports: Mapping[str, str]


def shape_of(body: Sequence[str], catalog: Catalog) -> Shape:
    """
    Mask what differs from one failure to the next and means nothing.
    """
    text = "\n".join(body)
    if " at 0x" in text:
        text = compiled(_ADDRESS).sub(" at 0x0000>", text)
    if "exceeded with url: " in text:
        text = compiled(_PATH).sub("exceeded with url: /", text)
    parts = compiled(_LINE).split(text, _MOST)
    lines = parts[1::2]
    parts[1::2] = _MASKS[: len(lines)]
    text = "".join(parts)
    words = "\n".join([line for line in body if line[:1] != " "])
    said = {match.start(1): match[1] for pattern in _SAID for match in compiled(pattern).finditer(words)}
    numbers, ports = [*said.values()], {}
    for standin, port in zip(_STANDINS, dict.fromkeys(numbers), strict=False):
        # a number that stands elsewhere too may be more than a port
        if standin not in text and text.count(port) == numbers.count(port) and _is_nobodys(port, catalog):
            text = text.replace(port, standin)
            ports[standin] = port
    return Shape(text, lines, ports)


def _is_nobodys(port: str, catalog: Catalog) -> bool:
    number = int(port)
    return number <= _LAST_PORT and number not in PORTS and number not in TLS_PORTS and port not in _asked(catalog)


@lru_cache(maxsize=8)
def _asked(catalog: Catalog) -> frozenset[str]:
    """
    List the ports that hints ask for.
    """
    hints = [*catalog.runbook, *(hint for entry in catalog for hint in entry.hints)]
    facts = [fact.lstrip("!").partition("=") for hint in hints for fact in hint.when]
    return frozenset(value for name, _, value in facts if name == "port")


def filled(diagnosis: Diagnosis, shape: Shape) -> Diagnosis:
    """
    Put the line numbers and the ports back.
    """
    location, lines = diagnosis.location, shape.lines
    if location is not None and location.line < len(lines):
        location = Location(file=location.file, line=int(lines[location.line]), function=location.function)
    others = tuple([filled(other, shape) for other in diagnosis.others])
    if not shape.ports:
        return dataclasses.replace(diagnosis, location=location, others=others)
    texts = [diagnosis.cause, diagnosis.url or "", *diagnosis.hints]
    for standin, port in shape.ports.items():
        texts = [text.replace(standin, port) for text in texts]
    cause, url, *hints = texts
    return dataclasses.replace(
        diagnosis,
        cause=cause,
        hint=hints[0],
        hints=tuple(hints),
        server_port=_port(diagnosis.server_port, shape.ports),
        peer_port=_port(diagnosis.peer_port, shape.ports),
        url=url or None,
        location=location,
        others=others,
    )


def _port(port: int | None, ports: Mapping[str, str]) -> int | None:
    found = ports.get(str(port))
    return port if found is None else int(found)
