"""
What the tests of the edges share: a real refusal, diagnoses made by hand, and programs that crash.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from connlog._model import Diagnosis, Location
from tests.faults import play

ROOT = Path(__file__).parents[1]

FULL = Diagnosis(
    code="connection-refused",
    title="Connection refused",
    cause="Nothing accepts connections on db.example:5432.",
    hint="Start the server.",
    hints=("Start the server.", "Check the port."),
    errno=111,
    errno_name="ECONNREFUSED",
    error_type="ConnectionRefusedError",
    surface_type="requests.exceptions.ConnectionError",
    chain=("requests.exceptions.ConnectionError", "ConnectionRefusedError"),
    relation="because",
    phase="connect",
    retry="safe",
    server_address="db.example",
    server_port=5432,
    peer_address="10.0.0.5",
    peer_port=5432,
    transport="tcp",
    service="PostgreSQL",
    url="postgresql://db.example:5432/shop",
    location=Location(file="/srv/shop/main.py", line=3, function="load"),
    docs_url="https://docs.example/connection-refused",
)

BARE = Diagnosis(
    code="timeout",
    title="Timeout",
    cause="A time-out ran out.",
    hint="Look.",
    hints=("Look.",),
    error_type="TimeoutError",
    surface_type="TimeoutError",
    chain=("TimeoutError",),
    relation="because",
    phase="local",
    retry="unknown",
)


def refused() -> tuple[ConnectionRefusedError, int]:
    """
    Return a refusal that has really happened, and the port.
    """
    with play("refuse") as server:
        try:
            socket.create_connection((server.host, server.port), timeout=2).close()
        except ConnectionRefusedError as exc:
            return exc, server.port
    raise AssertionError("somebody listens on a closed port")


def crash(
    tmp_path: Path, source: str, *flags: str, env: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """
    Run a program in an interpreter of its own; ``refuse()`` connects to a port where nothing listens.
    """
    script = tmp_path / "main.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{_REFUSE}{source}\n", encoding="utf-8")
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("COLUMNS", "NO_COLOR", "TERM", "COV"))
    }
    return subprocess.run(
        [sys.executable, *flags, script.name],
        check=False,
        cwd=tmp_path,
        env={**inherited, **(env or {})},
        text=True,
        timeout=60,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", **options},
    )


_REFUSE = """
import socket
def refuse():
    socket.create_connection(("127.0.0.1", 9)).close()
"""

BLOCK_HEAD = "connection-refused  ECONNREFUSED (errno 111)  127.0.0.1:9"
"""How the block for ``refuse()`` begins."""
