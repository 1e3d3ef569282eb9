"""
Every way in which a connection fails, played for real on loopback.

``with play("reset-after-accept") as server: server.host, server.port`` and connect; ``run_example`` executes an
example of the catalog against its fault. Faults that need a namespace, a closed stdout or few descriptors run in a
process of their own.
"""

from __future__ import annotations

from tests.faults.catalog import FAULTS, Fault, play
from tests.faults.examples import Outcome, run_example
from tests.faults.server import Server, no_descriptors
from tests.faults.worker import Worker, shared_namespace, shared_process

__all__ = [
    "FAULTS",
    "Fault",
    "Outcome",
    "Server",
    "Worker",
    "no_descriptors",
    "play",
    "run_example",
    "shared_namespace",
    "shared_process",
]
