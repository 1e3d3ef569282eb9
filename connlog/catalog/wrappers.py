"""
What third parties do with a connection failure: their classes, their words, their frames, their attributes.

Floor 1, data only. A library is added by rows here and a row in the tests; rows are for meaning that no structure
carries.
"""

from __future__ import annotations

from connlog._model import Phase, Place, Wrapper

INNER: frozenset[str] = frozenset(
    {
        "errors",
        "exc",
        "exc_value",
        "exception",
        "exceptions",
        "info",
        "inner",
        "inner_exception",
        "kwargs",
        "last_attempt",
        "orig",
        "original",
        "original_error",
        "original_exception",
        "osError",
        "os_error",
        "real_error",
        "reason",
        "reasons",
        "value",
    }
)
"""Attributes in which libraries keep the exception that they wrap."""

TARGETS: tuple[tuple[str | None, str | None, str | None], ...] = (
    ("_conn_key.host", "_conn_key.port", None),
    ("pool.host", "pool.port", "pool.scheme"),
    ("conn.host", "conn.port", None),
    ("host", "port", None),
    ("_host", "_port", None),
)
"""Dotted paths from a library's exception to host, port and scheme, in the order in which they are tried."""

URLS: tuple[str, ...] = ("_request.url", "request.url", "kwargs.endpoint_url", "_state.target")
"""Dotted paths from a library's exception to the URL of the request that failed, or to gRPC's target."""

FUNCTIONS: dict[str, Phase] = {
    "getaddrinfo": "resolve",
    "gethostbyname": "resolve",
    "gethostbyname_ex": "resolve",
    "getnameinfo": "resolve",
    "_resolve_host": "resolve",
    "_ensure_resolved": "resolve",
    "resolve": "resolve",
    "connect": "connect",
    "_connect": "connect",
    "connect_ex": "connect",
    "connect_tcp": "connect",
    "connect_unix_socket": "connect",
    "create_connection": "connect",
    "create_unix_connection": "connect",
    "open_connection": "connect",
    "open_unix_connection": "connect",
    "sock_connect": "connect",
    "start_connection": "connect",
    "_connect_sock": "connect",
    "_sock_connect": "connect",
    "_sock_connect_cb": "connect",
    "_new_conn": "connect",
    "do_handshake": "tls",
    "start_tls": "tls",
    "wrap_socket": "tls",
    "ssl_wrap_socket": "tls",
    "_do_handshake": "tls",
    "_create_connection_transport": "tls",
    "_on_handshake_complete": "tls",
    "send": "send",
    "sendall": "send",
    "sendmsg": "send",
    "sendto": "send",
    "sendfile": "send",
    "sock_sendall": "send",
    "drain": "send",
    "_read_ready__data_received": "receive",
    "_read_ready__get_buffer": "receive",
    "recv": "receive",
    "recv_into": "receive",
    "recvfrom": "receive",
    "recvfrom_into": "receive",
    "recvmsg": "receive",
    "readinto": "receive",
    "readexactly": "receive",
    "readline": "receive",
    "readuntil": "receive",
    "read": "receive",
    "sock_recv": "receive",
    "sock_recv_into": "receive",
    "getresponse": "receive",
    "_receive_event": "receive",
    "bind": "bind",
    "create_server": "bind",
    "create_unix_server": "bind",
    "start_server": "bind",
    "start_unix_server": "bind",
    "create_datagram_endpoint": "bind",
    "listen": "bind",
    "accept": "receive",
}
"""What a function of that name does, where it is a socket's own or stands in a networking module."""

MODULES: frozenset[str] = frozenset(
    {
        "_socket",
        "_ssl",
        "asyncio",
        "ftplib",
        "http",
        "imaplib",
        "nntplib",
        "poplib",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "telnetlib",
        "urllib",
        "xmlrpc",
    }
)
"""Top-level modules of the standard library that do networking."""

LIBRARIES: frozenset[str] = frozenset(
    {
        "aiohappyeyeballs",
        "aiohttp",
        "amqp",
        "anyio",
        "asyncpg",
        "botocore",
        "docker",
        "grpc",
        "h11",
        "h2",
        "httpcore",
        "httpx",
        "kafka",
        "kombu",
        "ldap3",
        "pika",
        "psycopg",
        "psycopg2",
        "pymongo",
        "pymysql",
        "redis",
        "requests",
        "sqlalchemy",
        "trio",
        "urllib3",
        "websockets",
    }
)
"""Top-level packages of third parties that do networking."""

SERVERS: frozenset[str] = frozenset(
    {"gunicorn", "hypercorn", "socketserver", "uvicorn", "waitress", "werkzeug", "wsgiref", "aiohttp.web_protocol"}
)
"""Modules below whose frames the peer is a client of this program's own server."""

PLACES: tuple[Place, ...] = (
    Place(module="socket", function="create_connection", phase="connect", host="address.0", port="address.1"),
    Place(module="socket", function="getaddrinfo", phase="resolve", host="host", port="port"),
    Place(module="ssl", function="wrap_socket", phase="tls", host="server_hostname"),
    Place(module="http.client", function="connect", host="self.host", port="self.port"),
    Place(module="http.client", function="getresponse", phase="receive", host="self.host", port="self.port"),
    Place(module="http.client", function="send", phase="send", host="self.host", port="self.port"),
    Place(module="http.client", function="read", phase="receive", url="self.url"),
    Place(module="http.client", function="readinto", phase="receive", url="self.url"),
    Place(module="urllib.request", function="do_open", url="req.full_url"),
    Place(module="smtplib", function="connect", host="host", port="port"),
    Place(module="smtplib", function="__init__", host="host", port="port"),
    Place(module="smtplib", function="getreply", phase="receive", host="self._host"),
    Place(module="smtplib", function="send", phase="send", host="self._host"),
    Place(module="ftplib", function="connect", host="self.host", port="self.port"),
    Place(module="ftplib", function="getline", phase="receive", host="self.host", port="self.port"),
    Place(module="ftplib", function="getresp", phase="receive", host="self.host", port="self.port"),
    Place(module="ftplib", function="putline", phase="send", host="self.host", port="self.port"),
    Place(module="asyncio.base_events", function="create_connection", host="host", port="port"),
    Place(module="asyncio.base_events", function="create_server", phase="bind", host="host", port="port"),
    Place(module="asyncio.unix_events", function="create_unix_connection", phase="connect", path="path"),
    Place(module="asyncio.streams", function="open_connection", host="host", port="port"),
    Place(module="asyncio.streams", function="open_unix_connection", path="path"),
    Place(
        module="asyncio.streams",
        function="_wait_for_data",
        phase="receive",
        host="self._transport._extra.peername.0",
        port="self._transport._extra.peername.1",
    ),
    Place(
        module="asyncio.streams",
        function="read",
        phase="receive",
        host="self._transport._extra.peername.0",
        port="self._transport._extra.peername.1",
    ),
    Place(
        module="asyncio.streams",
        function="readline",
        phase="receive",
        host="self._transport._extra.peername.0",
        port="self._transport._extra.peername.1",
    ),
    Place(
        module="asyncio.streams",
        function="readuntil",
        phase="receive",
        host="self._transport._extra.peername.0",
        port="self._transport._extra.peername.1",
    ),
    Place(
        module="asyncio.streams",
        function="readexactly",
        phase="receive",
        host="self._transport._extra.peername.0",
        port="self._transport._extra.peername.1",
    ),
    Place(
        module="asyncio.streams",
        function="drain",
        phase="send",
        host="self._transport._extra.peername.0",
        port="self._transport._extra.peername.1",
        unless="self._transport._fileno",
    ),
    Place(module="urllib3.connection", function="_new_conn", phase="connect", host="self.host", port="self.port"),
    Place(module="urllib3.util.connection", function="create_connection", host="address.0", port="address.1"),
    Place(module="urllib3.connection", function="connect", host="self.host", port="self.port"),
    Place(module="urllib3.connectionpool", function="urlopen", host="self.host", port="self.port"),
    Place(
        module="urllib3.response",
        function="_error_catcher",
        phase="receive",
        host="self._pool.host",
        port="self._pool.port",
    ),
    Place(module="requests.sessions", function="send", phase="transfer"),
    Place(module="requests.adapters", function="send", phase="transfer"),
    Place(module="httpx._client", function="send", phase="transfer"),
    Place(module="requests.models", function="generate", phase="receive", url="self.url"),
    Place(module="httpcore._backends.sync", function="connect_unix_socket", phase="connect", path="path"),
    Place(module="httpcore._backends.anyio", function="connect_unix_socket", phase="connect", path="path"),
    Place(
        module="httpcore._sync.http_proxy",
        function="handle_request",
        code="proxy-failure",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
    ),
    Place(
        module="httpcore._async.http_proxy",
        function="handle_async_request",
        code="proxy-failure",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
    ),
    Place(
        module="httpcore._sync.socks_proxy",
        function="handle_request",
        code="proxy-failure",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
    ),
    Place(
        module="httpcore._async.socks_proxy",
        function="handle_async_request",
        code="proxy-failure",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
    ),
    Place(module="aiohttp.client", function="_request", url="url"),
    Place(module="aiohttp.client_reqrep", function="read", phase="receive", url="self._url"),
    Place(module="aiohttp.client_reqrep", function="start", phase="receive", url="self._url"),
    Place(module="aiohttp.connector", function="_wait_for_available_connection", phase="local"),
    Place(module="websockets.asyncio.client", function="handshake", phase="receive"),
    Place(module="websockets.asyncio.client", function="__await_impl__", url="self.uri"),
    Place(module="websockets.asyncio.client", function="__aenter__", url="self.uri"),
    Place(module="websockets.sync.client", function="handshake", phase="receive"),
    Place(module="websockets.sync.client", function="connect", url="uri"),
    Place(module="psycopg.connection", function="connect", host="attempt.host", port="attempt.port"),
    Place(module="psycopg.connection_async", function="connect", host="attempt.host", port="attempt.port"),
    Place(module="psycopg._conninfo_attempts", function="conninfo_attempts", host="attempt.host", port="attempt.port"),
    Place(
        module="psycopg._conninfo_attempts_async",
        function="conninfo_attempts_async",
        host="attempt.host",
        port="attempt.port",
    ),
    Place(module="psycopg.connection", function="execute", host="self.info.host", port="self.info.port"),
    Place(module="psycopg.connection_async", function="execute", host="self.info.host", port="self.info.port"),
    Place(module="psycopg.cursor", function="execute", host="self._conn.info.host", port="self._conn.info.port"),
    Place(module="psycopg.cursor_async", function="execute", host="self._conn.info.host", port="self._conn.info.port"),
    Place(module="asyncpg.connect_utils", function="_connect_addr", host="addr.0", port="addr.1"),
    Place(module="asyncpg.connect_utils", function="__connect_addr", phase="receive", path="addr"),
    Place(module="asyncpg.connect_utils", function="_create_ssl_connection", phase="receive"),
    Place(module="asyncpg.connection", function="execute", host="self._addr.0", port="self._addr.1"),
    Place(module="asyncpg.connection", function="_do_execute", host="self._addr.0", port="self._addr.1"),
    Place(module="asyncpg.connection", function="_check_open", host="self._addr.0", port="self._addr.1"),
    Place(
        module="asyncpg.pool",
        function="_acquire_impl",
        phase="local",
        host="self._connect_kwargs.host",
        port="self._connect_kwargs.port",
    ),
    Place(module="asyncpg.pool", function="_acquire", url="self._connect_args.0"),
    Place(module="asyncpg.protocol.protocol", function="query", phase="receive"),
    Place(module="asyncpg.protocol.protocol", function="prepare", phase="receive"),
    Place(module="asyncpg.protocol.protocol", function="bind_execute", phase="receive"),
    Place(
        module="sqlalchemy.engine.base",
        function="_execute_context",
        host="self.engine.url.host",
        port="self.engine.url.port",
    ),
    Place(module="sqlalchemy.engine.base", function="raw_connection", host="self.url.host", port="self.url.port"),
    Place(module="redis.connection", function="connect_check_health", host="self.host", port="self.port"),
    Place(
        module="redis.connection",
        function="get_connection",
        host="self.connection_kwargs.host",
        port="self.connection_kwargs.port",
    ),
    Place(module="redis.connection", function="read_response", phase="receive", host="self.host", port="self.port"),
    Place(module="redis.connection", function="send_packed_command", phase="send", host="self.host", port="self.port"),
    Place(module="redis.connection", function="_connect", path="self.path"),
    Place(module="redis.asyncio.connection", function="connect_check_health", host="self.host", port="self.port"),
    Place(
        module="redis.asyncio.connection",
        function="get_connection",
        host="self.connection_kwargs.host",
        port="self.connection_kwargs.port",
    ),
    Place(
        module="redis.asyncio.connection", function="read_response", phase="receive", host="self.host", port="self.port"
    ),
    Place(
        module="redis.asyncio.connection",
        function="send_packed_command",
        phase="send",
        host="self.host",
        port="self.port",
    ),
    Place(module="redis.asyncio.connection", function="_connect", path="self.path"),
    Place(module="botocore.httpsession", function="send", phase="receive"),
    Place(module="grpc._channel", function="_end_unary_response_blocking", url="state.target"),
    Place(module="pymongo.synchronous.topology", function="_select_servers_loop", phase="connect"),
    Place(module="pymongo.asynchronous.topology", function="_select_servers_loop", phase="connect"),
    Place(
        module="pika.adapters.blocking_connection", function="__init__", host="parameters.host", port="parameters.port"
    ),
    Place(
        module="pika.adapters.blocking_connection",
        function="_flush_output",
        host="self._impl.params.host",
        port="self._impl.params.port",
    ),
)
"""Frames that tell the endpoint or the phase; read innermost first."""

CLASSES: tuple[Wrapper, ...] = (
    # The standard library's own words.
    Wrapper(
        type="ConnectionAbortedError",
        code="connection-aborted",
        words=((r"\ASSL (?:handshake|shutdown) is taking longer", "read-timeout"),),
    ),
    Wrapper(
        type="asyncio.exceptions.IncompleteReadError",
        code="incomplete-response",
        words=((r"\A0 bytes read", "closed-by-peer"),),
    ),
    Wrapper(
        type="smtplib.SMTPServerDisconnected",
        code="closed-by-peer",
        words=((r"run connect\(\) first|\AServer not connected", "not-connected"), (r": timed out", "read-timeout")),
        reads=True,
    ),
    Wrapper(type="smtplib.SMTPResponseException", words=((r"\A\(-1,", "protocol-mismatch"), (r"", None))),
    Wrapper(type="smtplib.SMTPRecipientsRefused"),
    Wrapper(type="smtplib.SMTPNotSupportedError"),
    Wrapper(type="ftplib.error_perm"),
    Wrapper(type="ftplib.error_proto", code="protocol-mismatch"),
    Wrapper(type="ftplib.error_temp"),
    Wrapper(type="imaplib.IMAP4.abort", words=((r"\Asocket error: EOF", "closed-by-peer"),), reads=True),
    Wrapper(type="poplib.error_proto", words=((r"-ERR EOF", "closed-by-peer"),)),
    Wrapper(type="urllib.error.HTTPError"),
    # HTTP clients. A proxy that answers with a status did answer: that is no connection failure.
    Wrapper(
        type="urllib3.exceptions.ProxyError",
        code="proxy-failure",
        words=((r"Tunnel connection failed: \d", None),),
        decisive=True,
    ),
    Wrapper(type="urllib3.exceptions.EmptyPoolError", code="pool-exhausted"),
    Wrapper(
        type="requests.exceptions.ProxyError",
        code="proxy-failure",
        words=((r"Tunnel connection failed: \d", None),),
        decisive=True,
    ),
    Wrapper(
        type="h11._util.RemoteProtocolError",
        code="protocol-mismatch",
        words=((r"\Apeer (?:unexpectedly )?closed connection", "incomplete-response"),),
    ),
    Wrapper(
        type="httpcore.RemoteProtocolError",
        code="protocol-mismatch",
        words=(
            (r"\AServer disconnected|ConnectionTerminated", "closed-by-peer"),
            (r"\Apeer (?:unexpectedly )?closed connection", "incomplete-response"),
        ),
    ),
    Wrapper(
        type="httpx.RemoteProtocolError",
        code="protocol-mismatch",
        words=(
            (r"\AServer disconnected|ConnectionTerminated", "closed-by-peer"),
            (r"\Apeer (?:unexpectedly )?closed connection", "incomplete-response"),
        ),
    ),
    Wrapper(type="httpcore.PoolTimeout", code="pool-exhausted"),
    Wrapper(type="httpx.PoolTimeout", code="pool-exhausted"),
    Wrapper(type="aiohttp.client_exceptions.ClientProxyConnectionError", code="proxy-failure", decisive=True),
    Wrapper(type="aiohttp.client_exceptions.ClientHttpProxyError"),
    Wrapper(
        type="aiohttp.client_exceptions.ClientPayloadError",
        code="incomplete-response",
        words=((r"Can not decode content-encoding", None),),
        reads=True,
    ),
    Wrapper(type="aiohttp.client_exceptions.ServerDisconnectedError", code="closed-by-peer"),
    Wrapper(type="aiohttp.http_exceptions.BadStatusLine", code="protocol-mismatch"),
    Wrapper(type="aiohttp.http_exceptions.InvalidHeader", code="protocol-mismatch"),
    Wrapper(type="aiohttp.http_exceptions.LineTooLong", code="protocol-mismatch"),
    Wrapper(
        type="websockets.exceptions.ConnectionClosedError",
        code="closed-by-peer",
        words=(
            (r"keepalive ping timeout", "read-timeout"),
            (r"\Areceived 10(?:03|07|08|09|10|11)\b", None),  # the application's own verdicts, RFC 6455 section 7.4.1
        ),
    ),
    Wrapper(type="websockets.exceptions.ConnectionClosedOK"),
    Wrapper(type="websockets.exceptions.InvalidMessage", code="protocol-mismatch"),
    # PostgreSQL: libpq leaves nothing but text, and logins fail in the same class under the same prefix.
    Wrapper(
        type="psycopg.OperationalError",
        words=(
            (r"too many clients already|too many connections for|no more connections allowed", "too-many-connections"),
            (r"remaining connection slots are reserved", "too-many-connections"),
            (r"the database system is (?:starting up|shutting down|not yet accepting)", "connection-error"),
            (r"server closed the connection unexpectedly|SSL connection has been closed", "closed-by-peer"),
            (r"\bterminating connection\b", "closed-by-peer"),
            (r"unsupported frontend protocol|expected authentication request from server", "protocol-mismatch"),
            (r"invalid response to SSL negotiation|lost synchronization with server", "protocol-mismatch"),
            (r"\b(?:FATAL|PANIC): ", None),
            (r"server does not support SSL, but SSL was required", "tls-not-spoken"),
            (r"server certificate for .* does not match host name", "tls-hostname-mismatch"),
            (r"SSL SYSCALL error: EOF detected|unexpected eof while reading", "tls-connection-closed"),
            (r"could not (?:receive|send) .*: Connection timed out", "read-timeout"),
            (r"\bthe connection is closed\b|\bconnection already closed\b", "not-connected"),
            (r"\btimeout expired\b", "timeout"),
            (
                r"SSL error: certificate verify failed",
                "tls-handshake-failed",
            ),  # libpq does not say what is wrong with it
            (r"without ALPN protocol negotiation", "protocol-mismatch"),
            (r"\Athe connection is lost|\Aconnection socket closed", "connection-error"),
            (r"\A(?!.*(?:connection to server|(?:resolve|translate) host|could not (?:connect|receive|send)))", None),
        ),
        reads=True,
    ),
    Wrapper(type="psycopg.errors.AdminShutdown", code="closed-by-peer"),
    Wrapper(type="psycopg.errors.CancellationTimeout", code="timeout"),
    Wrapper(type="psycopg.errors.CannotConnectNow", code="connection-error"),
    Wrapper(type="psycopg.errors.ConnectionTimeout", code="timeout"),
    Wrapper(type="psycopg.errors.CrashShutdown", code="closed-by-peer"),
    Wrapper(type="psycopg.errors.DatabaseDropped", code="closed-by-peer"),
    Wrapper(type="psycopg.errors.IdleInTransactionSessionTimeout", code="closed-by-peer"),
    Wrapper(type="psycopg.errors.IdleSessionTimeout", code="closed-by-peer"),
    Wrapper(type="psycopg.errors.TooManyConnections", code="too-many-connections"),
    Wrapper(type="psycopg.errors.TransactionTimeout", code="closed-by-peer"),
    # SQLSTATE class 08 comes from the server: a failure of one of *its* connections (dblink, foreign tables).
    Wrapper(type="psycopg.errors.ConnectionDoesNotExist"),
    Wrapper(type="psycopg.errors.ConnectionException"),
    Wrapper(type="psycopg.errors.ConnectionFailure"),
    Wrapper(type="psycopg.errors.SqlclientUnableToEstablishSqlconnection"),
    Wrapper(type="psycopg.errors.SqlserverRejectedEstablishmentOfSqlconnection"),
    Wrapper(type="asyncpg.exceptions.AdminShutdownError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions.CannotConnectNowError", code="connection-error"),
    Wrapper(type="asyncpg.exceptions.ConnectionDoesNotExistError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions.CrashShutdownError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions.DatabaseDroppedError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions.IdleInTransactionSessionTimeoutError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions.IdleSessionTimeoutError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions.PostgresConnectionError"),
    Wrapper(type="asyncpg.exceptions.TooManyConnectionsError", code="too-many-connections"),
    Wrapper(type="asyncpg.exceptions.TransactionTimeoutError", code="closed-by-peer"),
    Wrapper(type="asyncpg.exceptions._base.InterfaceError", words=((r"\Aconnection is closed", "not-connected"),)),
    Wrapper(type="asyncpg.exceptions._base.ProtocolError", code="protocol-mismatch"),
    Wrapper(type="sqlalchemy.exc.DisconnectionError", code="connection-error"),
    Wrapper(type="sqlalchemy.exc.TimeoutError", code="pool-exhausted"),
    # Redis: logins and a loading server are subclasses of its ConnectionError.
    Wrapper(
        type="redis.exceptions.ConnectionError",
        code="connection-error",
        words=(
            (r"\ANo connection available", "pool-exhausted"),
            (r"max number of clients reached", "too-many-connections"),
            (r"\AConnection closed by server", "closed-by-peer"),
        ),
        reads=True,
    ),
    Wrapper(type="redis.exceptions.AuthenticationError"),
    Wrapper(type="redis.exceptions.AuthorizationError"),
    Wrapper(type="redis.exceptions.BusyLoadingError"),
    Wrapper(type="redis.exceptions.ExternalAuthProviderError"),
    Wrapper(type="redis.exceptions.InvalidResponse", code="protocol-mismatch"),
    Wrapper(type="redis.exceptions.MaxConnectionsError", code="pool-exhausted"),
    Wrapper(type="redis.exceptions.RedisClusterException", words=((r"cannot be connected", "connection-error"),)),
    Wrapper(
        type="redis.exceptions.TimeoutError",
        code="timeout",
        words=((r"\ATimeout reading from|\ATimeout writing to", "read-timeout"),),
    ),
    Wrapper(type="redis.multidb.exception.NoValidDatabaseException", code="connection-error"),
    Wrapper(type="redis.multidb.exception.TemporaryUnavailableException", code="connection-error"),
    Wrapper(type="redis.sentinel.MasterNotFoundError", words=((r"ConnectionError|TimeoutError", "connection-error"),)),
    Wrapper(type="redis.sentinel.SlaveNotFoundError"),
    Wrapper(
        type="redis.asyncio.sentinel.MasterNotFoundError",
        words=((r"ConnectionError|TimeoutError", "connection-error"),),
    ),
    Wrapper(type="redis.asyncio.sentinel.SlaveNotFoundError"),
    # MongoDB: the driver's background threads keep the exception; the waiting call gets its text.
    Wrapper(
        type="pymongo.errors.ConnectionFailure",
        code="connection-error",
        words=(
            (r"\A(?:SSL handshake failed: )?[^\s,]+: connection closed", "closed-by-peer"),
            (r"\A(?:SSL handshake failed: )?[^\s,]+: (?i:connection is (?:already )?closed)", "connection-error"),
            (r"\ASSL handshake failed: \S+:\d+: +\(configured", "tls-handshake-failed"),
            (r"\AGot (?:response id|opcode) |\A(?:Message length|Unknown opcode) ", "protocol-mismatch"),
        ),
        reads=True,
    ),
    Wrapper(
        type="pymongo.errors.ServerSelectionTimeoutError",
        code="timeout",
        words=(
            (r"\A(?:SSL handshake failed: )?[^\s,]+: connection closed", "closed-by-peer"),
            (r"\A(?:SSL handshake failed: )?[^\s,]+: (?i:connection is (?:already )?closed)", "connection-error"),
            (r"\ASSL handshake failed: \S+:\d+: _ssl\.c:\d+: The handshake operation timed out", "read-timeout"),
            (r"\ASSL handshake failed: \S+:\d+: +\(configured", "tls-handshake-failed"),
            (r"\AGot (?:response id|opcode) |\A(?:Message length|Unknown opcode) ", "protocol-mismatch"),
        ),
        reads=True,
    ),
    Wrapper(type="pymongo.errors.NetworkTimeout", code="timeout"),
    Wrapper(type="pymongo.errors.NotPrimaryError"),
    Wrapper(type="pymongo.errors.OperationFailure"),
    Wrapper(type="pymongo.errors.ProtocolError", code="protocol-mismatch"),
    Wrapper(type="pymongo.errors.WaitQueueTimeoutError", code="pool-exhausted"),
    Wrapper(type="pymongo.errors._OperationCancelled"),
    Wrapper(type="dns.exception.Timeout", code="dns-temporary-failure"),
    Wrapper(type="dns.resolver.NXDOMAIN", code="dns-name-not-found"),
    Wrapper(type="dns.resolver.NoAnswer", code="dns-name-not-found"),
    Wrapper(type="dns.resolver.NoNameservers", code="dns-temporary-failure"),
    # AMQP: whatever happens in the handshake is called an incompatible protocol, with the reason as text.
    Wrapper(
        type="pika.exceptions.AMQPConnectionError",
        code="connection-error",
        words=((r"Transport indicated EOF", "closed-by-peer"),),
        reads=True,
    ),
    Wrapper(type="pika.exceptions.AMQPHeartbeatTimeout", code="read-timeout"),
    Wrapper(type="pika.exceptions.AuthenticationError"),
    Wrapper(type="pika.exceptions.ConnectionBlockedTimeout", code="timeout"),
    Wrapper(
        type="pika.exceptions.ConnectionClosed",
        words=((r"connection limit", "too-many-connections"), (r"\A\(320\)", "closed-by-peer")),
    ),
    Wrapper(type="pika.exceptions.ConnectionClosedByClient"),
    Wrapper(type="pika.exceptions.ConnectionOpenAborted"),
    Wrapper(type="pika.exceptions.ConnectionWrongStateError", code="not-connected"),
    Wrapper(
        type="pika.exceptions.IncompatibleProtocolError",
        code="protocol-mismatch",
        words=((r"Transport indicated EOF", "closed-by-peer"),),
        reads=True,
    ),
    Wrapper(type="pika.exceptions.InvalidFieldTypeException"),
    Wrapper(type="pika.exceptions.NoFreeChannels"),
    Wrapper(type="pika.exceptions.ProbableAccessDeniedError"),
    Wrapper(type="pika.exceptions.ProbableAuthenticationError"),
    Wrapper(type="pika.exceptions.ProtocolSyntaxError", code="protocol-mismatch"),
    Wrapper(type="pika.exceptions.UnsupportedAMQPFieldException"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectionWorkflowAborted"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectorAborted"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectorStackTimeout", code="read-timeout"),
    # gRPC: a status may be an application's own; only its core begins the details like this.
    Wrapper(
        type="grpc.RpcError",
        words=(
            (
                (
                    r"details = \"(?!failed to connect to all addresses|errors resolving|DNS resolution failed"
                    r"|recvmsg:|sendmsg:|Socket closed|Stream removed|Connection reset|Broken pipe"
                    r"|Endpoint (?:read|write) failed|Failed parsing HTTP/2|Trying to connect an http1"
                    r"|GOAWAY received|Cancelling all calls"
                    r"|ping timeout|keepalive watchdog|Deadline Exceeded\"|empty address list|Transport closed)"
                ),
                None,
            ),
            (r"details = \"Deadline Exceeded\"", "timeout"),
            (r"(?i)(?:ping|keepalive watchdog) timeout", "read-timeout"),
            (r"Domain name not found|returned answer with no data", "dns-name-not-found"),
            (
                r"contact(?:ing)? DNS servers|DNS server returned (?:general failure|.* refused)",
                "dns-temporary-failure",
            ),
            (r"Hostname Verification Check failed", "tls-hostname-mismatch"),
            (r"Failed parsing HTTP/2|Trying to connect an http1", "protocol-mismatch"),
            (r"Handshake read failed \((?:Socket closed|EOF)", "tls-connection-closed"),
            (r"Socket closed|Cancelling all calls|Stream removed|GOAWAY received", "closed-by-peer"),
        ),
        reads=True,
    ),
    Wrapper(type="grpc.FutureTimeoutError", code="timeout"),
    # AWS: the reason is in the chain; the class says little.
    Wrapper(type="botocore.exceptions.ClientError"),
    Wrapper(type="botocore.exceptions.ConnectTimeoutError", code="connect-timeout"),
    Wrapper(type="botocore.exceptions.ConnectionClosedError", code="closed-by-peer"),
    Wrapper(type="botocore.exceptions.ConnectionError", code="connection-error", reads=True),
    Wrapper(type="botocore.exceptions.IncompleteReadError", code="incomplete-response"),
    Wrapper(type="botocore.exceptions.ProxyConnectionError", code="proxy-failure", decisive=True),
    Wrapper(type="botocore.exceptions.ReadTimeoutError", code="read-timeout"),
    Wrapper(type="botocore.exceptions.ResponseStreamingError", code="incomplete-response"),
    Wrapper(type="botocore.exceptions.SSLError", code="tls-handshake-failed", reads=True),
)
"""What a class means: a code, never a connection failure (no code, no words, no reading), or what its words say."""

BASES: dict[str, tuple[str, ...]] = {
    "asyncio.exceptions.IncompleteReadError": ("EOFError",),
    "http.client.BadStatusLine": ("http.client.HTTPException",),
    "http.client.IncompleteRead": ("http.client.HTTPException",),
    "http.client.RemoteDisconnected": (
        "ConnectionResetError",
        "http.client.BadStatusLine",
        "http.client.HTTPException",
    ),
    "smtplib.SMTPServerDisconnected": ("smtplib.SMTPException", "OSError"),
    "socket.gaierror": ("OSError",),
    "socket.herror": ("OSError",),
    "ssl.SSLCertVerificationError": ("ssl.SSLError", "OSError", "ValueError"),
    "ssl.SSLEOFError": ("ssl.SSLError", "OSError"),
    "ssl.SSLError": ("OSError",),
    "ssl.SSLSyscallError": ("ssl.SSLError", "OSError"),
    "ssl.SSLZeroReturnError": ("ssl.SSLError", "OSError"),
}
"""Bases of the standard library's classes, for text: their modules need not be loaded where it is read."""

SURFACES: frozenset[str] = frozenset({"asyncio.exceptions.CancelledError", "GeneratorExit", "KeyboardInterrupt"})
"""Classes that are somebody's wish to stop, not a failure, whatever hangs below them."""

VAGUE: frozenset[str] = frozenset({"connection-error", "timeout"})
"""Codes that any other evidence of the same chain outranks."""

WORDS: tuple[tuple[str, str | None], ...] = (
    (r"certificate has expired", "tls-certificate-expired"),
    (r"(?i)hostname .* doesn't match|hostname mismatch|IP address mismatch", "tls-hostname-mismatch"),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed", "tls-certificate-untrusted"),
    (r"WRONG_VERSION_NUMBER|wrong version number", "tls-not-spoken"),
    (r"UNEXPECTED_EOF_WHILE_READING|unexpected eof while reading", "tls-connection-closed"),
    (r"(?i)\bTLS handshake failed|\[SSL: [A-Z0-9_]+\]|\bSSL error: |alert handshake failure", "tls-handshake-failed"),
    (r"\brejected SSL upgrade", "tls-not-spoken"),
    (r"connection closed during TLS handshake", "tls-connection-closed"),
    (r"\Aunexpected connection_lost\(\) call", "closed-by-peer"),
)
"""Shared words of C clients and pasted texts -> code, tried after ``[Errno N]`` and the words of strerror."""

ENDPOINTS: tuple[str, ...] = (
    r"Connect call failed \('(?P<peer>[^']+)', (?P<peer_port>\d+)",
    r"host='(?P<host>[^']+)', port='?(?P<port>\d+)",
    r"connection to server at \"(?P<host>[^\"]+)\" \((?P<peer>[^)]+)\), port (?P<port>\d+)",
    r"connection to server at \"(?P<peer>[\d.]+|[\da-fA-F:.]*:[\da-fA-F:.]*)\", port (?P<peer_port>\d+)",
    r"connection to server at \"(?P<host>[^\"]+)\", port (?P<port>\d+)",
    r"connection to server on socket \"(?P<path>[^\"]+)\"",
    r"(?:failed to resolve host|could not translate host name) ['\"](?P<host>[^'\"]+)['\"]",
    r"PostgreSQL server at \"(?P<host>[^\"]+):(?P<port>\d+)\" rejected SSL",
    r"Error (?:-?\d+ )?connecting to (?P<path>/\S+)\. ",
    r"Error (?:-?\d+ )?connecting to (?P<host>\S+):(?P<port>\d+)\.",
    r"(?:Error while reading from|Timeout reading from) (?P<host>\S+):(?P<port>\d+)",
    r"(?:\A|\A\(pymongo\S*\) |SSL handshake failed: )(?P<path>/\S+): .*\(configured timeouts: ",
    r"(?:\A|SSL handshake failed: )(?P<host>[^\s/]+):(?P<port>\d+): .*\(configured timeouts: ",
    r"<ServerDescription \('(?P<host>[^'/]+)', (?P<port>\d+)\)",
    r"'(?P<host>[^']+)'/\(<AddressFamily\.AF_INET6?: \d+>, .*?\('(?P<peer>[^']+)', (?P<peer_port>\d+)",
    r"errors resolving (?P<host>[^\s:]+):(?P<port>\d+): ",
    r"\bipv4:(?P<peer>[\d.]+):(?P<peer_port>\d+)",
    r"\bipv6:(?:\[|%5B)(?P<peer>[\da-fA-F:.]+)(?:\]|%5D):(?P<peer_port>\d+)",
    r": unix:(?P<path>/[^\s:]+): ",
)
"""
Shapes in which messages name an endpoint: groups ``host``, ``port``, ``peer``, ``peer_port``, ``path``, ``url``. The
first row that matches wins; a row must not match a truncated host.
"""
