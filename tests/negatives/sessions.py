"""
The server answered: failed logins and SQL errors.
"""

from __future__ import annotations

import contextlib
import ftplib
import smtplib
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import asyncpg  # type: ignore[import-untyped]
import grpc  # type: ignore[import-untyped]
import pika  # type: ignore[import-untyped]
import psycopg
import redis
import redis.exceptions
import sqlalchemy
import sqlalchemy.exc
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.clients.servers import PASSWORD
from tests.negatives import Places, negative, running

WRONG = "wrong"
"""A password that nothing accepts."""


@negative(psycopg.OperationalError)
def psycopg_role(at: Places) -> object:
    """
    psycopg: an unknown role; the text begins like that of a refused connection.
    """
    return psycopg.connect(f"host={at.postgres.host} port={at.postgres.port} user=nobody dbname=app")


@negative(psycopg.OperationalError)
def psycopg_database(at: Places) -> object:
    """
    psycopg: an unknown database.
    """
    return psycopg.connect(f"host={at.postgres.host} port={at.postgres.port} user=app dbname=nothing")


@negative(psycopg.OperationalError)
def psycopg_password(at: Places) -> object:
    """
    psycopg: a wrong password.
    """
    return psycopg.connect(host=at.postgres.host, port=at.postgres.port, user="locked", dbname="app", password=WRONG)


@negative(psycopg.OperationalError)
def psycopg_no_password(at: Places) -> object:
    """
    psycopg: no password, so that libpq itself gives up.
    """
    return psycopg.connect(f"host={at.postgres.host} port={at.postgres.port} user=locked dbname=app")


@negative(psycopg.OperationalError)
def psycopg_unix_role(at: Places) -> object:
    """
    psycopg: an unknown role over the unix socket.
    """
    return psycopg.connect(f"host={at.postgres.path} port={at.postgres.port} user=nobody dbname=app")


@negative(sqlalchemy.exc.OperationalError)
def sqlalchemy_role(at: Places) -> object:
    """
    SQLAlchemy on psycopg: an unknown role.
    """
    return _engine(at, user="nobody").connect()


def _engine(at: Places, *, user: str = "app") -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        f"postgresql+psycopg://{user}@{at.postgres.host}:{at.postgres.port}/app", poolclass=sqlalchemy.NullPool
    )


def _asyncpg(at: Places, sql: str = "", **options: str) -> object:
    async def main() -> object:
        where = {"host": at.postgres.host, "port": at.postgres.port, "user": "app", "database": "app", "ssl": False}
        connection = await asyncpg.connect(**(where | options))
        try:
            return await connection.execute(sql)
        finally:
            await connection.close()

    return running(main)


@negative(asyncpg.InvalidAuthorizationSpecificationError)
def asyncpg_role(at: Places) -> object:
    """
    asyncpg: an unknown role.
    """
    return _asyncpg(at, user="nobody")


@negative(asyncpg.InvalidPasswordError)
def asyncpg_password(at: Places) -> object:
    """
    asyncpg: a wrong password.
    """
    return _asyncpg(at, user="locked", password=WRONG)


@negative(asyncpg.InvalidCatalogNameError)
def asyncpg_database(at: Places) -> object:
    """
    asyncpg: an unknown database.
    """
    return _asyncpg(at, database="nothing")


def _redis(at: Places, password: str | None = None) -> redis.Redis:
    return redis.Redis(at.redis.host, at.redis.port, password=password, retry=Retry(NoBackoff(), 0))


@negative(redis.exceptions.AuthenticationError)
def redis_password(at: Places) -> object:
    """
    redis: a wrong password; the class is a redis ConnectionError.
    """
    return _redis(at, password=WRONG).ping()


@negative(redis.exceptions.AuthenticationError)
def redis_no_password(at: Places) -> object:
    """
    redis: no password.
    """
    return _redis(at).ping()


@negative(redis.exceptions.ResponseError)
def redis_command(at: Places) -> object:
    """
    redis: an unknown command.
    """
    with _redis(at, password=PASSWORD) as client:
        return client.execute_command("NONSENSE")


@negative(smtplib.SMTPAuthenticationError)
def smtp_login(at: Places) -> object:
    """
    smtplib: a failed login; SMTPException is an OSError.
    """
    with smtplib.SMTP("127.0.0.1", at.talk_port, timeout=5) as client:
        return client.login("user", WRONG)


@negative(smtplib.SMTPRecipientsRefused)
def smtp_recipient(at: Places) -> object:
    """
    smtplib: the recipient is "refused".
    """
    with smtplib.SMTP("127.0.0.1", at.talk_port, timeout=5) as client:
        return client.sendmail("a@example.org", "b@example.org", "text")


@negative(smtplib.SMTPNotSupportedError)
def smtp_starttls(at: Places) -> object:
    """
    smtplib: STARTTLS is not offered.
    """
    with smtplib.SMTP("127.0.0.1", at.talk_port, timeout=5) as client:
        return client.starttls()


@negative(ftplib.error_perm)
def ftp_login(at: Places) -> object:
    """
    ftplib: a failed login.
    """
    with ftplib.FTP(timeout=5) as client:  # noqa: S321 - on loopback
        client.connect("127.0.0.1", at.talk_port)
        return client.login("user", WRONG)


@negative(psycopg.errors.SyntaxError)
def psycopg_syntax(at: Places) -> object:
    """
    psycopg: bad SQL.
    """
    with psycopg.connect(f"host={at.postgres.host} port={at.postgres.port} user=app dbname=app") as connection:
        return connection.execute("SELEC 1")


@negative(psycopg.errors.QueryCanceled)
def psycopg_statement_timeout(at: Places) -> object:
    """
    psycopg: the server's statement_timeout; the class is an OperationalError.
    """
    with psycopg.connect(f"host={at.postgres.host} port={at.postgres.port} user=app dbname=app") as connection:
        connection.execute("SET statement_timeout = 20")
        return connection.execute("SELECT pg_sleep(5)")


@negative(psycopg.errors.LockNotAvailable)
def psycopg_lock(at: Places) -> object:
    """
    psycopg: a lock that another session holds.
    """
    where = f"host={at.postgres.host} port={at.postgres.port} user=app dbname=app"
    with psycopg.connect(where) as holder, psycopg.connect(where) as waiter:
        holder.execute("SELECT pg_advisory_xact_lock(1)")
        waiter.execute("SET lock_timeout = 20")
        return waiter.execute("SELECT pg_advisory_xact_lock(1)")


@negative(asyncpg.UniqueViolationError)
def asyncpg_unique(at: Places) -> object:
    """
    asyncpg: a unique violation.
    """
    return _asyncpg(at, sql="CREATE TEMP TABLE one (n int UNIQUE); INSERT INTO one VALUES (1), (1)")


@negative(asyncpg.UndefinedTableError)
def asyncpg_table(at: Places) -> object:
    """
    asyncpg: no such table.
    """
    return _asyncpg(at, sql="SELECT * FROM nothing")


@negative(sqlalchemy.exc.ProgrammingError)
def sqlalchemy_syntax(at: Places) -> object:
    """
    SQLAlchemy on psycopg: bad SQL.
    """
    with _engine(at).connect() as connection:
        return connection.execute(sqlalchemy.text("SELEC 1"))


@negative(sqlalchemy.exc.OperationalError)
def sqlalchemy_no_table(_: Places) -> object:
    """
    SQLAlchemy on sqlite: no such table; the same class as a refused connection.
    """
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        return connection.execute(sqlalchemy.text("SELECT * FROM nothing"))


@negative(sqlalchemy.exc.OperationalError)
def sqlalchemy_no_file(at: Places) -> object:
    """
    SQLAlchemy on sqlite: the file can't be opened.
    """
    return sqlalchemy.create_engine(f"sqlite:///{at.folder}/none/app.db").connect()


@negative(sqlalchemy.exc.IntegrityError)
def sqlalchemy_unique(_: Places) -> object:
    """
    SQLAlchemy on sqlite: a unique violation.
    """
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE one (n INTEGER UNIQUE)"))
        connection.execute(sqlalchemy.text("INSERT INTO one VALUES (1)"))
        return connection.execute(sqlalchemy.text("INSERT INTO one VALUES (1)"))


@negative(sqlite3.OperationalError)
def sqlite_locked(at: Places) -> object:
    """
    sqlite3: the database is locked.
    """
    file = at.folder / "locked.db"
    with (
        contextlib.closing(sqlite3.connect(file, timeout=0)) as holder,
        contextlib.closing(sqlite3.connect(file, timeout=0)) as other,
    ):
        holder.execute("BEGIN EXCLUSIVE")
        return other.execute("BEGIN EXCLUSIVE")


@negative(grpc.RpcError)
def grpc_unimplemented(_: Places) -> object:
    """
    grpc: the server answers that it has no such method.
    """
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            return channel.unary_unary("/none/None")(b"", timeout=5)
    finally:
        server.stop(0)


@negative(TypeError)
def pika_parameters(_: Places) -> object:
    """
    pika: a port that is no number.
    """
    return pika.ConnectionParameters(port="x")
