"""
What libraries say that the tests don't install, as it was captured or as they document it, in classes of their names.

Only for libraries that leave nothing but words; where a chain or an errno is left, general rules are enough.
"""

from __future__ import annotations

import pytest

import connlog
from connlog.catalog.wrappers import BASES

LIBPQ = 'connection to server at "127.0.0.1", port 5433 failed: '
PSYCOPG = "psycopg2.OperationalError"
HERE = "127.0.0.1:5433"
NOWHERE = None

WORDS: tuple[tuple[str, str, str | None, str | None, str | None], ...] = (
    (
        PSYCOPG,
        LIBPQ + "Connection refused\n\tIs the server",
        "connection-refused",
        "ECONNREFUSED",
        HERE,
    ),
    (PSYCOPG, LIBPQ + "timeout expired\n", "timeout", None, HERE),
    (PSYCOPG, LIBPQ + "Connection timed out\n", "connect-timeout", "ETIMEDOUT", HERE),
    (PSYCOPG, LIBPQ + "No route to host\n", "host-unreachable", "EHOSTUNREACH", HERE),
    (PSYCOPG, LIBPQ + "server closed the connection unexpectedly\n", "closed-by-peer", None, HERE),
    (PSYCOPG, LIBPQ + 'FATAL:  password authentication failed for user "u"\n', None, None, None),
    (
        PSYCOPG,
        LIBPQ + "FATAL:  sorry, too many clients already\n",
        "too-many-connections",
        None,
        HERE,
    ),
    (
        PSYCOPG,
        LIBPQ + "FATAL:  the database system is starting up\n",
        "connection-error",
        None,
        HERE,
    ),
    (
        PSYCOPG,
        'could not translate host name "db" to address: Temporary failure in name resolution\n',
        "dns-temporary-failure",
        "EAI_AGAIN",
        "db",
    ),
    (
        PSYCOPG,
        'connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server',
        "socket-file-missing",
        "ENOENT",
        "/run/.s.PGSQL.5432",
    ),
    (
        PSYCOPG,
        'connection to server at "localhost" (::1), port 5433 failed: Connection refused\n',
        "connection-refused",
        "ECONNREFUSED",
        "localhost:5433",
    ),
    (PSYCOPG, "could not open file: No such file or directory\n", None, None, None),
    ("psycopg2.InterfaceError", "connection already closed", "not-connected", None, NOWHERE),
    ("psycopg2.DatabaseError", "SSL SYSCALL error: EOF detected\n", "tls-connection-closed", None, NOWHERE),
    ("psycopg2.ProgrammingError", 'relation "server closed" does not exist', None, None, None),
    ("psycopg_pool.PoolTimeout", "couldn't get a connection after 30.00 sec", "timeout", None, NOWHERE),
    ("psycopg_pool.TooManyRequests", "the pool 'p' has already 5 requests waiting", "pool-exhausted", None, NOWHERE),
    ("pymysql.err.OperationalError", "(1045, \"Access denied for user 'u'@'localhost'\")", None, None, None),
    ("pymysql.err.OperationalError", "(1040, 'Too many connections')", "too-many-connections", None, NOWHERE),
    (
        "pymysql.err.OperationalError",
        "(2013, 'Lost connection to MySQL server during query')",
        "closed-by-peer",
        None,
        NOWHERE,
    ),
    (
        "MySQLdb.OperationalError",
        "(2003, \"Can't connect to MySQL server on 'db:3306' (111)\")",
        "connection-refused",
        "ECONNREFUSED",
        "db:3306",
    ),
    (
        "MySQLdb.OperationalError",
        "(2002, \"Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)\")",
        "socket-file-missing",
        "ENOENT",
        "/run/mysqld/mysqld.sock",
    ),
    (
        "MySQLdb.OperationalError",
        "(2005, \"Unknown MySQL server host 'db' (-2)\")",
        "dns-name-not-found",
        "EAI_NONAME",
        "db",
    ),
    (
        "clickhouse_driver.errors.NetworkError",
        "Code: 210. Connection refused (127.0.0.1:5433)",
        "connection-refused",
        "ECONNREFUSED",
        HERE,
    ),
    ("clickhouse_driver.errors.SocketTimeoutError", "Code: 209. (127.0.0.1:5433)", "timeout", None, HERE),
    ("valkey.exceptions.ConnectionError", "Connection closed by server.", "closed-by-peer", None, NOWHERE),
    ("valkey.exceptions.AuthenticationError", "invalid username-password pair", None, None, None),
    (
        "cimpl.KafkaException",
        'KafkaError{code=_TRANSPORT,val=-195,str="Failed to get metadata: Local: Broker transport failure"}',
        "connection-error",
        None,
        NOWHERE,
    ),
    (
        "cimpl.KafkaException",
        'KafkaError{code=_TRANSPORT,val=-195,str="Connect to ipv4#127.0.0.1:5433 failed: Connection refused"}',
        "connection-refused",
        "ECONNREFUSED",
        HERE,
    ),
    (
        "cimpl.KafkaException",
        'KafkaError{code=TOPIC_AUTHORIZATION_FAILED,val=29,str="Broker: Topic authorization failed"}',
        None,
        None,
        None,
    ),
    (
        "cimpl.KafkaException",
        "KafkaError{code=_RESOLVE,val=-193,str=\"db.example:5433/0: Failed to resolve 'db.example:5433': no words\"}",
        "dns-failure",
        None,
        "db.example:5433",
    ),
    (
        "cimpl.KafkaException",
        'KafkaError{code=_AUTHENTICATION,val=-169,str="sasl_ssl://db:5433/bootstrap: SASL authentication error"}',
        None,
        None,
        None,
    ),
    (
        "kafka.errors.KafkaTimeoutError",
        "KafkaTimeoutError: Unable to bootstrap from [::1]:5433,other:5433",
        "timeout",
        None,
        "::1:5433",
    ),
    (
        "aiokafka.errors.KafkaConnectionError",
        "KafkaConnectionError: Connection at 127.0.0.1:5433 closed",
        "connection-error",
        None,
        HERE,
    ),
    (
        "paramiko.ssh_exception.SSHException",
        "Key-exchange timed out waiting for key negotiation",
        "read-timeout",
        None,
        NOWHERE,
    ),
    (
        "paramiko.ssh_exception.SSHException",
        "Error reading SSH protocol banner[Errno 104] Connection reset by peer",
        "connection-reset",
        "ECONNRESET",
        NOWHERE,
    ),
    (
        "paramiko.ssh_exception.SSHException",
        "Unable to connect to git.example: [Errno 111] Connection refused",
        "connection-refused",
        "ECONNREFUSED",
        NOWHERE,
    ),
    (
        "paramiko.ssh_exception.NoValidConnectionsError",
        "[Errno None] Unable to connect to port 22 on 127.0.0.1 or ::1",
        "connection-error",
        None,
        NOWHERE,
    ),
    ("asyncssh.misc.ConnectionLost", "Server not responding to keepalive", "read-timeout", None, NOWHERE),
    ("asyncssh.sftp.SFTPConnectionLost", "Connection closed", "closed-by-peer", None, NOWHERE),
    ("asyncssh.sftp.SFTPNoConnection", "Connection not open", "not-connected", None, NOWHERE),
    ("asyncssh.misc.PermissionDenied", "Permission denied for user user on host 127.0.0.1", None, None, None),
    ("ldap3.core.exceptions.LDAPResponseTimeoutError", "no response from server", "read-timeout", None, NOWHERE),
    ("trio.BrokenResourceError", "socket connection broken: [Errno 32] Broken pipe", "broken-pipe", "EPIPE", NOWHERE),
    (
        "websocket._exceptions.WebSocketAddressException",
        "[Errno -2] Name or service not known",
        "dns-name-not-found",
        "EAI_NONAME",
        NOWHERE,
    ),
    (
        "aiosmtplib.errors.SMTPConnectError",
        "Error connecting to 127.0.0.1 on port 5433: [Errno 111] Connect call failed ('127.0.0.1', 5433)",
        "connection-refused",
        "ECONNREFUSED",
        HERE,
    ),
    ("aiokafka.errors.RequestTimedOutError", "[Error 7] RequestTimedOutError", "timeout", None, NOWHERE),
    (
        "kafka.errors.RequestTimedOutError",
        "[Error 7] RequestTimedOutError: Request timed out after 30000 ms",
        "read-timeout",
        None,
        NOWHERE,
    ),
    ("kafka.errors.NotLeaderForPartitionError", "[Error 6] NotLeaderForPartitionError", None, None, None),
    ("amqp.exceptions.AMQPError", "Too many heartbeats missed", "read-timeout", None, NOWHERE),
    (
        "amqp.exceptions.AMQPError",
        "Received frame_end 0x20 while expecting 0xce",
        "protocol-mismatch",
        None,
        NOWHERE,
    ),
    ("amqp.exceptions.AMQPError", "connection already closed", "not-connected", None, NOWHERE),
    ("amqp.exceptions.AMQPError", "Couldn't find appropriate auth mechanism", None, None, None),
    (
        "kombu.exceptions.OperationalError",
        "[Errno 111] Connection refused",
        "connection-refused",
        "ECONNREFUSED",
        NOWHERE,
    ),
    ("kombu.exceptions.OperationalError", "Exchange.declare: (406) PRECONDITION_FAILED", None, None, None),
    ("aiomqtt.exceptions.MqttError", "[Errno 111] Connection refused", "connection-refused", "ECONNREFUSED", NOWHERE),
    ("aiomqtt.exceptions.MqttCodeError", "[code:139] Server shutting down", "closed-by-peer", None, NOWHERE),
    ("aiomqtt.exceptions.MqttCodeError", "[code:135] Not authorized", None, None, None),
    (
        "aiomqtt.exceptions.MqttConnectError",
        "[code:159] Connection rate exceeded",
        "too-many-connections",
        None,
        NOWHERE,
    ),
    ("nats.errors.Error", "nats: info message, json parse error", "protocol-mismatch", None, NOWHERE),
    ("nats.errors.Error", "nats: 'Permissions Violation for Publish to \"x\"'", None, None, None),
    (
        "kafka.errors.KafkaConnectionError",
        "KafkaConnectionError: Unable to bootstrap from [('127.0.0.1', 5433, <AddressFamily.AF_UNSPEC: 0>)]",
        "connection-error",
        None,
        HERE,
    ),
    ("google.auth.exceptions.TimeoutError", "The request took too long", "timeout", None, NOWHERE),
    ("nats.errors.NoServersError", "nats: no servers available for connection", "connection-error", None, NOWHERE),
    (
        "ldap3.core.exceptions.LDAPSocketOpenError",
        "socket connection error while opening: timed out",
        "connect-timeout",
        None,
        NOWHERE,
    ),
    (
        "ldap3.core.exceptions.LDAPSocketOpenError",
        "socket connection error while opening: [Errno 111] Connection refused",
        "connection-refused",
        "ECONNREFUSED",
        NOWHERE,
    ),
    ("pymemcache.exceptions.MemcacheUnexpectedCloseError", "", "closed-by-peer", None, NOWHERE),
    ("cassandra.UnresolvableContactPoints", "{}", "dns-failure", None, NOWHERE),
)
"""Class, words, code, errno name, endpoint; without a code: no connection failure."""


def named(name: str) -> type[Exception]:
    """Make a class of that name, and of its bases' names."""
    base = next(iter(BASES.get(name, ())), None)
    module, _, qualname = name.rpartition(".")
    return type(qualname, (named(base) if base else Exception,), {"__module__": module})


@pytest.mark.parametrize(("name", "words", "code", "errno_name", "endpoint"), WORDS)
def test_words(name: str, words: str, code: str | None, errno_name: str | None, endpoint: str | None) -> None:
    """A class that leaves only words is diagnosed by them, and no login or SQL error is."""
    found = connlog.diagnose(named(name)(words))
    if code is None:
        assert found is None
        return
    assert found is not None
    port = "" if found.server_port is None else f":{found.server_port}"
    where = None if found.server_address is None else f"{found.server_address}{port}"
    assert (found.code, found.errno_name, where) == (code, errno_name, endpoint)
