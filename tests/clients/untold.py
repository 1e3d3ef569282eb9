"""
Rows whose traceback, as text, says less than the exception itself, and why: all the others must say the same.
"""

from __future__ import annotations

_RECEIVER = (
    "the text shows s.connect(x), and not that s is a socket: files, databases and signals have such methods too"
)
_QUOTED = (
    "the message quotes what came with an empty line in the middle: what stands behind it is told as another failure"
)

UNTOLD: dict[str, str] = {
    "neo4j prohibited": _RECEIVER,
    "neo4j prohibited routing": _RECEIVER,
    "opensearch-py async garbage": _QUOTED,
    "opensearch-py async garbage-answer": _QUOTED,
    "socket full-backlog tuple name": _RECEIVER,
    "socket no-socket-file": _RECEIVER,
    "socket prohibited tuple name": _RECEIVER,
}
"""The name of a row -> the reason."""
