"""
Rows whose traceback, as text, says less than the exception itself, and why: all the others must say the same.
"""

from __future__ import annotations

_RECEIVER = (
    "the text shows s.connect(x), and not that s is a socket: files, databases and signals have such methods too"
)
_UNRAISED = (
    "the group that nobody raised has no header: its two members, and what they caused, are told as two failures"
)
_QUOTED = (
    "the message quotes what came with an empty line in the middle: what stands behind it is told as another failure"
)

UNTOLD: dict[str, str] = {
    "anyio refuse-localhost": _UNRAISED,
    "anyio trio refuse-localhost": _UNRAISED,
    "neo4j prohibited": _RECEIVER,
    "neo4j accept-silent routing": _UNRAISED,
    "neo4j async accept-silent routing": _UNRAISED,
    "neo4j async close-after-accept routing": _UNRAISED,
    "neo4j async close-after-request routing": _UNRAISED,
    "neo4j async descriptors-exhausted routing": _UNRAISED,
    "neo4j async prohibited routing": _UNRAISED,
    "neo4j async refuse routing": _UNRAISED,
    "neo4j async reset-after-request routing": _UNRAISED,
    "neo4j async unreachable-host routing": _UNRAISED,
    "neo4j async unreachable-network routing": _UNRAISED,
    "neo4j close-after-accept routing": _UNRAISED,
    "neo4j close-after-request routing": _UNRAISED,
    "neo4j descriptors-exhausted routing": _UNRAISED,
    "neo4j prohibited routing": _UNRAISED,
    "neo4j refuse routing": _UNRAISED,
    "neo4j reset-after-request routing": _UNRAISED,
    "neo4j unreachable-host routing": _UNRAISED,
    "neo4j unreachable-network routing": _UNRAISED,
    "opensearch-py async garbage": _QUOTED,
    "opensearch-py async garbage-answer": _QUOTED,
    "socket full-backlog tuple name": _RECEIVER,
    "socket no-socket-file": _RECEIVER,
    "socket prohibited tuple name": _RECEIVER,
    "trio refuse-localhost": _UNRAISED,
}
"""The name of a row -> the reason."""
