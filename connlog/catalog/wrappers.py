"""
What third parties do with a connection failure: their classes, their words, their frames, their attributes.

Data only. A library is added by rows here and a row in the tests; rows are for meaning that no structure
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

NUMBERED: dict[str, str] = {
    "OSError": "errno",
    "twisted.internet.error.ConnectError": "osError",
    "zmq.error.ZMQError": "errno",
}
"""Classes with an errno of the C library, and the attribute that holds it."""

TARGETS: tuple[tuple[str | None, str | None, str | None], ...] = (
    ("_conn_key.host", "_conn_key.port", None),
    ("pool.host", "pool.port", "pool.scheme"),
    ("conn.host", "conn.port", None),
    ("host", "port", None),
    ("_host", "_port", None),
    ("cursor.connection.info.host", "cursor.connection.info.port", None),
)
"""Dotted paths from a library's exception to host, port and scheme, in the order in which they are tried."""

URLS: tuple[str, ...] = ("_request.url", "request.url", "kwargs.endpoint_url", "_state.target")
"""Dotted paths from a library's exception to the URL of the request that failed, or to gRPC's target."""

HELD: tuple[tuple[str, str | None], ...] = (
    ("unix_sock", None),
    ("unix_socket", None),
    ("kwargs.unix_socket", None),
    ("self.unix_socket", None),
    ("self._unix_socket", None),
    ("host", "port"),
    ("hostname", "port"),
    ("kwargs.host", "kwargs.port"),
    ("self.host", "self.port"),
    ("self._host", "self._port"),
    ("self.hostname", "self.port"),
    ("self._hostname", "self._port"),
    ("self._client._hostname", "self._client._port"),
    ("self.kwargs.host", "self.kwargs.port"),
    ("self._kwargs.host", "self._kwargs.port"),
    ("self._cnx_config.host", "self._cnx_config.port"),
    ("self.server_host", "self.server_port"),
    ("self.server.0", "self.server.1"),
    ("self.protocol.uri.host", "self.protocol.uri.port"),
    ("self._transport._extra.peername.0", "self._transport._extra.peername.1"),
    ("self.server.host", "self.server.port"),
    ("self.connection.server.host", "self.connection.server.port"),
    ("address.0", "address.1"),
    ("self.address.0", "self.address.1"),
    ("self.hosts.*.0", "self.hosts.*.1"),
    ("self.server_pool.servers.*.host", "self.server_pool.servers.*.port"),
)
"""
Dotted paths from an argument of any networking library's function to a unix socket, or to host and port; ``*``: the
only one of several, for which of them it was nobody says.
"""

SOCKETS: tuple[str, ...] = ("self.socket._sock", "self.transport_stream.socket._sock")
"""Dotted paths from an argument of any networking library's function to a socket that it has wrapped."""

HELD_URLS: tuple[str, ...] = (
    "dsn",
    "conninfo",
    "self.dsn",
    "self.conninfo",
    "servers",
    "servers.*",
    "self.url",
    "self.connection.url",
    "self._current_server.uri",
    "self._conn._current_server.uri",
)
"""Likewise to a URL, or to what libpq takes for one."""

FUNCTIONS: dict[str, Phase] = {
    "getaddrinfo": "resolve",
    "gethostbyname": "resolve",
    "gethostbyname_ex": "resolve",
    "getnameinfo": "resolve",
    "_resolve_host": "resolve",
    "_ensure_resolved": "resolve",
    "resolve": "resolve",
    "connect": "connect",
    "finish_connect": "connect",
    "Connect": "connect",
    "_connect": "connect",
    "_connect_socket": "connect",
    "connect_ex": "connect",
    "getconn": "connect",
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
    "_write": "send",
    "write_frame": "send",
    "send": "send",
    "sendall": "send",
    "sendmsg": "send",
    "sendto": "send",
    "sendfile": "send",
    "sock_sendall": "send",
    "drain": "send",
    "_read": "receive",
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

READING: frozenset[str] = frozenset({"read", "receive", "recv"})
"""First words of other functions' names in a networking module that say that they wait for the peer."""

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
        "MySQLdb",
        "OpenSSL",
        "aio_pika",
        "aiobotocore",
        "aiohappyeyeballs",
        "aiohttp",
        "aiokafka",
        "aiomqtt",
        "aiomysql",
        "aiormq",
        "aiosmtplib",
        "amqp",
        "anthropic",
        "anyio",
        "asyncpg",
        "asyncssh",
        "azure",
        "boto3",
        "botocore",
        "cassandra",
        "clickhouse_connect",
        "clickhouse_driver",
        "confluent_kafka",
        "curl_cffi",
        "docker",
        "elastic_transport",
        "elasticsearch",
        "google",
        "grpc",
        "h11",
        "h2",
        "hiredis",
        "httpcore",
        "httplib2",
        "httpx",
        "influxdb_client",
        "kafka",
        "kombu",
        "kubernetes",
        "ldap3",
        "motor",
        "mysql",
        "nats",
        "neo4j",
        "niquests",
        "openai",
        "opensearchpy",
        "oracledb",
        "paho",
        "paramiko",
        "peewee",
        "pg8000",
        "pika",
        "psycopg",
        "psycopg2",
        "psycopg_pool",
        "pycurl",
        "pymemcache",
        "pymongo",
        "pymssql",
        "pymysql",
        "redis",
        "requests",
        "selenium",
        "service_identity",
        "socks",
        "sqlalchemy",
        "stomp",
        "tornado",
        "treq",
        "trio",
        "twisted",
        "urllib3",
        "valkey",
        "websocket",
        "websockets",
        "zmq",
    }
)
"""Top-level packages of third parties that do networking."""

RUNTIMES: frozenset[str] = frozenset({"anyio", "tornado", "trio", "twisted"})
"""Those of them that run any program's own coroutines: a time-out out of one may have nothing to do with a network."""

FORKS: dict[str, str] = {
    "httpcore2": "httpcore",
    "httpx2": "httpx",
    "niquests": "requests",
    "urllib3_future": "urllib3",
    "valkey": "redis",
}
"""Packages that are another one under a new name, class for class and module for module: its rows hold for them."""

SERVERS: frozenset[str] = frozenset(
    {"gunicorn", "hypercorn", "socketserver", "uvicorn", "waitress", "werkzeug", "wsgiref", "aiohttp.web_protocol"}
)
"""Modules below whose frames the peer is a client of this program's own server."""

PLACES: tuple[Place, ...] = (
    Place(module="socket", function="create_connection", phase="connect", host="address.0", port="address.1"),
    Place(module="socket", function="getaddrinfo", phase="resolve", host="host", port="port"),
    Place(module="ssl", function="wrap_socket", phase="tls", host="server_hostname"),
    # A connection whose target is not its own host asks a proxy: by CONNECT, or with the whole URL in the request.
    Place(
        module="http.client",
        function="connect",
        code="proxy-failure",
        host="self.host",
        port="self.port",
        when="self._tunnel_host",
    ),
    Place(
        module="http.client",
        function="connect",
        host="self._tunnel_host",
        port="self._tunnel_port",
        when="self._tunnel_host",
    ),
    Place(module="http.client", function="connect", host="self.host", port="self.port"),
    Place(
        module="http.client",
        function="_send_request",
        code="proxy-failure",
        host="self.host",
        port="self.port",
        when="url",
    ),
    Place(
        module="http.client",
        function="getresponse",
        host="self._tunnel_host",
        port="self._tunnel_port",
        when="self._tunnel_host",
    ),
    Place(
        module="http.client",
        function="_tunnel",
        code="proxy-failure",
        phase="connect",
        host="self.host",
        port="self.port",
    ),
    Place(
        module="http.client",
        function="getresponse",
        phase="receive",
        host="self.host",
        port="self.port",
        when="!self.proxy",
    ),
    Place(module="http.client", function="send", phase="send", host="self.host", port="self.port", when="!self.proxy"),
    Place(module="http.client", function="read", phase="receive", url="self.url"),
    Place(module="http.client", function="readinto", phase="receive", url="self.url"),
    Place(module="urllib.request", function="do_open", url="req.full_url"),
    Place(module="smtplib", function="connect", host="host", port="port"),
    Place(module="smtplib", function="__init__", host="host", port="port"),
    Place(module="smtplib", function="getreply", phase="receive", host="self._host"),
    Place(module="smtplib", function="send", phase="send", host="self._host"),
    Place(module="imaplib", function="_connect", phase="receive"),
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
    Place(
        module="anyio._core._sockets", function="connect_tcp", phase="connect", host="remote_host", port="remote_port"
    ),
    Place(module="anyio._core._sockets", function="connect_unix", phase="connect", path="path"),
    Place(module="anyio.streams.tls", function="wrap", phase="tls"),
    # The end of a stream in memory, or of a child's output, is none of a connection.
    Place(module="anyio.streams.memory", function="receive", unless="self"),
    Place(module="anyio.streams.file", function="receive", unless="self"),
    Place(module="anyio._backends._asyncio", function="receive", unless="self._stream"),
    Place(module="anyio._backends._trio", function="receive", unless="self._stream"),
    Place(
        module="trio._highlevel_open_tcp_stream", function="open_tcp_stream", phase="connect", host="host", port="port"
    ),
    Place(module="trio._channel", function="receive", unless="self"),
    Place(module="trio._unix_pipes", function="receive_some", unless="self"),
    Place(module="trio._unix_pipes", function="send_all", unless="self"),
    Place(module="trio._highlevel_open_unix_stream", function="open_unix_socket", phase="connect", path="filename"),
    Place(module="urllib3.connection", function="_new_conn", phase="connect", host="self.host", port="self.port"),
    Place(module="urllib3.util.connection", function="create_connection", host="address.0", port="address.1"),
    Place(
        module="urllib3.connectionpool",
        function="_prepare_proxy",
        code="proxy-failure",
        phase="connect",
        host="self.proxy.host",
        port="self.proxy.port",
    ),
    Place(
        module="urllib3._async.connectionpool",
        function="_prepare_proxy",
        code="proxy-failure",
        phase="connect",
        host="self.proxy.host",
        port="self.proxy.port",
    ),
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
    Place(module="requests.async_session", function="send", phase="transfer"),
    Place(module="requests.models", function="content", phase="receive", url="self.url"),
    Place(module="httpx._client", function="send", phase="transfer"),
    Place(module="requests.models", function="generate", phase="receive", url="self.url"),
    Place(module="curl_cffi.requests.session", function="request", url="url"),
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
    Place(
        module="httpcore._sync.http_proxy",
        function="handle_request",
        code="proxy-failure",
        phase="connect",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
        when="self._connected=False",
    ),
    Place(
        module="httpcore._sync.socks_proxy",
        function="handle_request",
        code="proxy-failure",
        phase="connect",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
        when="!self._connection",
    ),
    Place(
        module="httpcore._async.http_proxy",
        function="handle_async_request",
        code="proxy-failure",
        phase="connect",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
        when="self._connected=False",
    ),
    Place(
        module="httpcore._async.socks_proxy",
        function="handle_async_request",
        code="proxy-failure",
        phase="connect",
        host="self._proxy_origin.host",
        port="self._proxy_origin.port",
        when="!self._connection",
    ),
    Place(
        module="httpcore._sync.connection",
        function="handle_request",
        host="self._origin.host",
        port="self._origin.port",
    ),
    Place(
        module="httpcore._sync.http_proxy",
        function="handle_request",
        host="self._remote_origin.host",
        port="self._remote_origin.port",
    ),
    Place(
        module="httpcore._sync.socks_proxy",
        function="handle_request",
        host="self._remote_origin.host",
        port="self._remote_origin.port",
    ),
    Place(
        module="httpcore._async.connection",
        function="handle_async_request",
        host="self._origin.host",
        port="self._origin.port",
    ),
    Place(
        module="httpcore._async.http_proxy",
        function="handle_async_request",
        host="self._remote_origin.host",
        port="self._remote_origin.port",
    ),
    Place(
        module="httpcore._async.socks_proxy",
        function="handle_async_request",
        host="self._remote_origin.host",
        port="self._remote_origin.port",
    ),
    Place(
        module="httpcore._sync.connection_pool",
        function="__iter__",
        phase="receive",
        host="self._pool_request.request.url.host",
        port="self._pool_request.request.url.port",
    ),
    Place(
        module="httpcore._async.connection_pool",
        function="__aiter__",
        phase="receive",
        host="self._pool_request.request.url.host",
        port="self._pool_request.request.url.port",
    ),
    Place(module="aiohttp.client", function="_request", url="url"),
    Place(
        module="aiohttp.connector",
        function="_create_proxy_connection",
        code="proxy-failure",
        phase="connect",
        url="req.proxy",
    ),
    Place(module="aiohttp.client_reqrep", function="read", phase="receive", url="self._url"),
    Place(module="aiohttp.client_reqrep", function="start", phase="receive", url="self._url"),
    Place(
        module="socks",
        function="create_connection",
        code="proxy-failure",
        host="proxy_addr",
        port="proxy_port",
        when="proxy_addr",
    ),
    Place(
        module="socks",
        function="connect",
        code="proxy-failure",
        host="self.proxy.1",
        port="self.proxy.2",
        when="self.proxy.1",
    ),
    Place(module="aiohttp.connector", function="_wait_for_available_connection", phase="local"),
    Place(module="websockets.asyncio.client", function="handshake", phase="receive"),
    Place(module="websockets.asyncio.client", function="__await_impl__", url="self.uri"),
    Place(module="websockets.asyncio.client", function="__aenter__", url="self.uri"),
    Place(module="websockets.sync.client", function="handshake", phase="receive"),
    Place(module="websockets.sync.client", function="connect", url="uri"),
    Place(module="websockets.sync.client", function="unix_connect", path="path"),
    Place(
        module="websockets.asyncio.client",
        function="connect_http_proxy",
        phase="connect",
        code="proxy-failure",
        host="proxy.host",
        port="proxy.port",
    ),
    Place(
        module="websockets.sync.client",
        function="connect_http_proxy",
        phase="connect",
        code="proxy-failure",
        host="proxy.host",
        port="proxy.port",
    ),
    Place(
        module="websocket._http",
        function="connect",
        code="proxy-failure",
        host="proxy.proxy_host",
        port="proxy.proxy_port",
        when="proxy.proxy_host",
    ),
    Place(module="websocket._http", function="connect", url="url"),
    Place(module="websocket._http", function="_tunnel", phase="connect", code="proxy-failure"),
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
    Place(module="redis.connection", function="connect", host="self.host", port="self.port"),
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
    Place(module="pymysql.connections", function="connect", host="self.host", port="self.port"),
    Place(module="pymysql.connections", function="_read_bytes", phase="receive", host="self.host", port="self.port"),
    Place(module="pymysql.connections", function="_write_bytes", phase="send", host="self.host", port="self.port"),
    Place(module="amqp.transport", function="connect", host="self.host", port="self.port"),
    Place(module="amqp.transport", function="read_frame", phase="receive", host="self.host", port="self.port"),
    Place(module="amqp.transport", function="write", phase="send", host="self.host", port="self.port"),
    Place(module="mysql.connector.connection", function="_do_handshake", phase="connect"),
    Place(module="mysql.connector.aio.connection", function="_do_handshake", phase="connect"),
    Place(
        module="aiomysql.pool",
        function="_acquire",
        phase="local",
        host="self._conn_kwargs.host",
        port="self._conn_kwargs.port",
    ),
    Place(module="valkey.connection", function="connect", host="self.host", port="self.port"),
    Place(module="valkey.connection", function="read_response", phase="receive", host="self.host", port="self.port"),
    Place(module="redis.asyncio.connection", function="connect", host="self.host", port="self.port"),
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
    Place(module="pymemcache.client.base", function="_connect", host="self.server.0", port="self.server.1"),
    Place(module="paramiko.client", function="connect", host="hostname", port="port"),
    Place(module="paramiko.transport", function="__init__", host="hostname", port="port"),
    Place(module="paramiko.proxy", function="send", unless="self.process"),
    Place(module="asyncssh.connection", function="_connect", phase="receive"),
    Place(module="ldap3.core.connection", function="bind", phase="receive"),
    Place(module="botocore.httpsession", function="send", phase="receive"),
    Place(module="grpc._channel", function="_end_unary_response_blocking", url="state.target"),
    Place(module="pymongo.synchronous.pool", function="_get_conn", host="self.address.0", port="self.address.1"),
    Place(module="pymongo.asynchronous.pool", function="_get_conn", host="self.address.0", port="self.address.1"),
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

_HTTP_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"RemoteDisconnected\(|Remote end closed connection", "closed-by-peer"),
    (r"IncompleteRead\(|InvalidChunkLength\(", "incomplete-response"),
    (r"BadStatusLine\((?:\"''\"|''|\"\"|'\\'\\'')?,?\)", "closed-by-peer"),  # no answer at all
    (r"BadStatusLine\(|\billegal status line: ", "protocol-mismatch"),
)
"""What urllib3 quotes of http.client's exceptions, and requests of urllib3's."""

_CURL_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"CONNECT tunnel failed|from proxy after CONNECT|Could not resolve proxy|\bover proxy \S+ ", "proxy-failure"),
    (r"\bSOCKS[45]?\b.*(?:fail|refus|reject|unable|not |can't)|\((?:5|97)[,)]", "proxy-failure"),
    (r"Could not resolve host|Could not resolve: ", "dns-failure"),
    (r"Resolving timed out", "dns-temporary-failure"),
    (r"Connection timed out after|Timeout was reached", "timeout"),  # TCP's handshake or TLS's
    (r"Operation timed out|Operation too slow", "read-timeout"),
    (r"no alternative certificate subject name|unable to obtain common name", "tls-hostname-mismatch"),
    (r"SSL peer certificate or SSH remote key was not OK", "tls-certificate-untrusted"),
    (r"SSL connect error|(?i:SSL routines:.*\balert )|_ALERT_", "tls-handshake-failed"),
    (r"\bConnection closed abruptly", "tls-connection-closed"),  # BoringSSL's word for an end without close_notify
    (r"Empty reply from server|Server returned nothing", "closed-by-peer"),
    (r"HTTP/0\.9|Weird server reply", "protocol-mismatch"),
    (r"\bbytes (?:missing|remaining)|Transferred a partial file", "incomplete-response"),
    (r"(?:Could not|Couldn't) connect to server|Failure when receiving|Failed sending", "connection-error"),
)
"""
What libcurl says, after a number of its own (libcurl-errors(3)). That a connection was refused, or that there is no
route, it does not say.
"""

_LIBPQ_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"too many clients already|too many connections for|no more connections allowed", "too-many-connections"),
    (r"remaining connection slots are reserved", "too-many-connections"),
    (
        r"the database system is (?:starting up|shutting down|in recovery mode|not (?:yet )?accepting)",
        "connection-error",
    ),
    (r"server closed the connection unexpectedly(?![\s\S]*SYSCALL error: )", "closed-by-peer"),
    (r"SSL connection has been closed unexpectedly(?![\s\S]*SYSCALL error: )", "closed-by-peer"),
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
    (r"SSL error: certificate verify failed", "tls-handshake-failed"),
    (r"without ALPN protocol negotiation", "protocol-mismatch"),
    (r"\A(?:\Z|the connection is lost|connection socket closed|connection is bad: no error)", "connection-error"),
    (r"\A(?!.*(?:connection to server|(?:resolve|translate) host|could not (?:connect|receive|send)))", None),
)
"""What libpq says; a login that fails begins with the same words. What is wrong with a certificate it does not say."""

_REDIS_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"\ANo connection available|\AToo many connections\Z", "pool-exhausted"),  # a server says it in other words
    (r"max number of clients reached", "too-many-connections"),
    (r"\AConnection closed by server", "closed-by-peer"),
)
"""What redis-py says, and valkey-py after it."""

_MYSQL_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"\A\(?(?:1040|1203)\b|\A\(?1226\b.*'max_(?:user_)?connections", "too-many-connections"),
    (r"\A\(?1129\b", "connection-error"),  # the server has blocked this host: too many connections of its failed
    (r"\A\(?(?:1053|1927|3169|4031)\b", "closed-by-peer"),
    (r"\A\(?(?:1043|2007|2012|2027)\b|\bPacket sequence number wrong", "protocol-mismatch"),
    (r"\A(?:MySQL Connection not available|\(0, '(?:Not connected)?'\)|\(2006, ''\)|2048: )", "not-connected"),
    (r"\A(?!\(?(?:200[2-6]|2013|2026|2055)\b|Can not reconnect)", None),  # the server's own numbers begin with 1 or 3
    (r"Unknown .*server host .*\((?:8|11001)\)", "dns-name-not-found"),
    (r"Unknown .*server host .*\((?:2|11002)\)", "dns-temporary-failure"),
    (r"Unknown .*server host .*\((?!-[235]\))", "dns-failure"),
    (r"Lost connection to .*(?:\btimed out\)|system error: (?:110|60|10060)\b)", "read-timeout"),
    (r"(?:SSL|TLS) .*\((?:110|60|10060)\)", "read-timeout"),
    (r"Lost connection to .* during query['\")]*\Z|has gone away['\")]*\Z", "closed-by-peer"),
    (r"\bSSL is required", "tls-not-spoken"),
    (r"Validation of SSL server certificate failed", "tls-hostname-mismatch"),
    (r"SSL connection error: error:00000000:", "connection-error"),
)
"""
What MySQL's clients say, in C and in Python, after a number: 1000 to 1999 and 3000 on are the server's, 2000 to 2999
the client's (the manual's "Error Message Reference").
"""

_MYSQL_LOST: tuple[tuple[str, str | None], ...] = (
    (r"\A(?:\(2013, |2013 \(HY000\): ).* during query", "connection-error"),
)
"""The C clients' words for an end, a RST and a time-out alike."""

_AMQP_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"Too many heartbeats missed", "read-timeout"),
    (r"connection limit", "too-many-connections"),
    (r"CONNECTION_FORCED", "closed-by-peer"),
)
"""What RabbitMQ says when it ends a connection, and what clients make of its silence."""

_SMTP_WORDS: tuple[tuple[str, str | None], ...] = (
    (r"\A\(-1,", "protocol-mismatch"),
    (r"\A\(421,.*\b(?i:too many)\b", "too-many-connections"),
    (r"", None),
)
"""What smtplib and aiosmtplib say of an answer: its number, -1 where there was none."""

CLASSES: tuple[Wrapper, ...] = (
    Wrapper(type="http.client.BadStatusLine", words=((r"\A(?:''|\"\")?\Z", "closed-by-peer"),)),
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
    Wrapper(type="smtplib.SMTPResponseException", words=_SMTP_WORDS),
    Wrapper(type="smtplib.SMTPRecipientsRefused"),
    Wrapper(type="smtplib.SMTPNotSupportedError"),
    Wrapper(type="ftplib.error_perm"),
    Wrapper(type="ftplib.error_proto", code="protocol-mismatch"),
    Wrapper(type="ftplib.error_temp", words=((r"\A421 .*\b(?i:too many)\b", "too-many-connections"), (r"", None))),
    Wrapper(
        type="imaplib.IMAP4.abort",
        code="closed-by-peer",
        words=(
            (r"\ATLS ", None),
            (r"\bsocket error: EOF", "closed-by-peer"),
            (r"\bunexpected (?:tagged )?response: ", "protocol-mismatch"),
            (r"\bsocket error: unterminated line: ", "incomplete-response"),
        ),
        reads=True,
    ),
    Wrapper(type="imaplib.IMAP4.error", words=((r"\* BYE .*\b(?i:too many)\b", "too-many-connections"), (r"", None))),
    Wrapper(
        type="poplib.error_proto",
        code="protocol-mismatch",
        words=(
            (r"-ERR EOF", "closed-by-peer"),
            (r"-ERR .*\b(?i:too many)\b", "too-many-connections"),
            (r"-ERR\b", None),
        ),
    ),
    Wrapper(type="urllib.error.HTTPError"),
    Wrapper(
        type="urllib.error.URLError", words=((r"\A<urlopen error timed out", "connect-timeout"),), reads=True
    ),  # it stands for whatever failed before the answer
    Wrapper(type="urllib3.exceptions.ProxyError", code="proxy-failure", decisive=True),
    Wrapper(type="urllib3.exceptions.ConnectTimeoutError", code="connect-timeout"),
    Wrapper(type="urllib3.exceptions.EmptyPoolError", code="pool-exhausted"),
    Wrapper(type="urllib3.exceptions.FullPoolError", code="pool-exhausted"),
    Wrapper(
        type="urllib3.exceptions.MaxRetryError",
        words=((r"too many (?:\d+ error responses|redirects)", None), *_HTTP_WORDS),
        reads=True,
    ),
    Wrapper(type="urllib3.exceptions.NewConnectionError", code="connection-error", reads=True),
    Wrapper(type="urllib3.exceptions.ProtocolError", code="connection-error", words=_HTTP_WORDS, reads=True),
    Wrapper(type="urllib3.exceptions.ReadTimeoutError", code="read-timeout"),
    Wrapper(type="urllib3.exceptions.SSLError", code="tls-handshake-failed", reads=True),
    Wrapper(type="urllib3.exceptions.TimeoutError", code="timeout"),
    Wrapper(type="requests.exceptions.ChunkedEncodingError", code="incomplete-response", reads=True),
    Wrapper(type="requests.exceptions.ConnectTimeout", code="connect-timeout"),
    Wrapper(type="requests.exceptions.ConnectionError", code="connection-error", words=_HTTP_WORDS, reads=True),
    Wrapper(type="requests.exceptions.HTTPError"),
    Wrapper(type="requests.exceptions.ReadTimeout", code="read-timeout"),
    Wrapper(type="requests.exceptions.SSLError", code="tls-handshake-failed", reads=True),
    Wrapper(type="requests.exceptions.Timeout", code="timeout"),
    Wrapper(type="requests.exceptions.ProxyError", code="proxy-failure", decisive=True),
    Wrapper(type="socks.ProxyError", code="proxy-failure", decisive=True),
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
    Wrapper(
        type="httpcore.ConnectTimeout",
        code="connect-timeout",
        words=((r"\bThe handshake operation timed out", "read-timeout"),),
    ),
    Wrapper(type="httpcore.NetworkError", code="connection-error", reads=True),
    Wrapper(type="httpcore.PoolTimeout", code="pool-exhausted"),
    Wrapper(type="httpcore.ProxyError", code="proxy-failure", decisive=True),
    Wrapper(type="httpcore.ReadTimeout", code="read-timeout"),
    Wrapper(type="httpcore.TimeoutException", code="timeout"),
    Wrapper(type="httpcore.LocalProtocolError"),
    Wrapper(
        type="httpx.ConnectTimeout",
        code="connect-timeout",
        words=((r"\bThe handshake operation timed out", "read-timeout"),),
    ),
    Wrapper(type="httpx.HTTPStatusError"),
    Wrapper(type="httpx.NetworkError", code="connection-error", reads=True),
    Wrapper(type="httpx.PoolTimeout", code="pool-exhausted"),
    Wrapper(type="httpx.ProxyError", code="proxy-failure", decisive=True),
    Wrapper(type="httpx.ReadTimeout", code="read-timeout"),
    Wrapper(type="httpx.TimeoutException", code="timeout"),
    Wrapper(type="httpx.LocalProtocolError"),
    Wrapper(type="anthropic.APIStatusError"),
    Wrapper(type="anthropic.APITimeoutError", code="timeout"),
    Wrapper(type="openai.APIStatusError"),
    Wrapper(type="openai.APITimeoutError", code="timeout"),
    Wrapper(type="openai.WebSocketConnectionClosedError", code="connection-error"),
    Wrapper(type="pycurl.error", words=_CURL_WORDS, reads=True),
    Wrapper(type="curl_cffi.curl.CurlError", words=_CURL_WORDS, reads=True),
    Wrapper(type="OpenSSL.SSL.Error", words=((r"certificate verify failed", "tls-handshake-failed"),), reads=True),
    Wrapper(type="service_identity.exceptions.VerificationError", code="tls-hostname-mismatch"),
    Wrapper(type="service_identity.exceptions.CertificateError", code="tls-hostname-mismatch"),
    Wrapper(type="twisted.internet.error.ConnectError", code="connection-error", reads=True),
    Wrapper(type="twisted.internet.error.ConnectionDone", code="closed-by-peer"),
    Wrapper(type="twisted.internet.error.ConnectionLost", code="connection-error"),  # a RST, or TLS without its end
    Wrapper(type="twisted.internet.error.DNSLookupError", code="dns-failure"),
    Wrapper(type="twisted.internet.error.TimeoutError", code="connect-timeout"),
    Wrapper(type="twisted.web._newclient.ParseError", code="protocol-mismatch"),
    Wrapper(type="twisted.web.http._DataLoss", code="incomplete-response", decisive=True),
    Wrapper(type="tornado.curl_httpclient.CurlError", words=_CURL_WORDS, reads=True),
    Wrapper(type="tornado.iostream.StreamClosedError", code="connection-error"),
    Wrapper(
        type="tornado.simple_httpclient.HTTPStreamClosedError",
        code="connection-error",  # «Connection closed»: by the peer, or by the client that could not read the answer
        words=((r"\AStream closed", "closed-by-peer"),),
    ),
    Wrapper(
        type="tornado.simple_httpclient.HTTPTimeoutError",
        code="read-timeout",
        words=(
            (r"while connecting", "connect-timeout"),
            (r"while resolving", "dns-temporary-failure"),
            (r"in request queue", "pool-exhausted"),
        ),
    ),
    Wrapper(type="tornado.websocket.WebSocketClosedError", code="not-connected"),
    Wrapper(
        type="aiohttp.client_exceptions.ClientConnectionError",
        code="connection-error",
        words=((r"\AConnector is closed", None),),
    ),
    Wrapper(type="aiohttp.client_exceptions.ClientConnectionResetError", code="closed-by-peer"),
    Wrapper(
        type="aiohttp.client_exceptions.ClientConnectorCertificateError", code="tls-certificate-untrusted", reads=True
    ),
    Wrapper(type="aiohttp.client_exceptions.ClientConnectorDNSError", code="dns-failure", reads=True),
    Wrapper(type="aiohttp.client_exceptions.ClientConnectorSSLError", code="tls-handshake-failed", reads=True),
    Wrapper(type="aiohttp.client_exceptions.ClientOSError", code="connection-error", reads=True),
    Wrapper(type="aiohttp.client_exceptions.ClientProxyConnectionError", code="proxy-failure", decisive=True),
    Wrapper(type="aiohttp.client_exceptions.ClientHttpProxyError", code="proxy-failure"),
    Wrapper(
        type="aiohttp.client_exceptions.ClientPayloadError",
        code="incomplete-response",
        words=((r"Can not decode content-encoding", None),),
        reads=True,
    ),
    Wrapper(type="aiohttp.client_exceptions.ConnectionTimeoutError", code="connect-timeout"),
    Wrapper(type="aiohttp.client_exceptions.ServerDisconnectedError", code="closed-by-peer"),
    Wrapper(type="aiohttp.client_exceptions.ServerFingerprintMismatch", code="tls-certificate-untrusted"),
    Wrapper(type="aiohttp.client_exceptions.ServerTimeoutError", code="timeout"),
    Wrapper(type="aiohttp.client_exceptions.SocketTimeoutError", code="read-timeout"),
    Wrapper(type="aiohttp.http_exceptions.BadStatusLine", code="protocol-mismatch"),
    Wrapper(type="aiohttp.http_exceptions.InvalidHeader", code="protocol-mismatch"),
    Wrapper(type="aiohttp.http_exceptions.LineTooLong", code="protocol-mismatch"),
    Wrapper(
        type="websockets.exceptions.ConnectionClosedError",
        code="closed-by-peer",
        words=(
            (r"keepalive ping timeout", "read-timeout"),
            (r"\Areceived 10(?:03|07|08|09|10|11)\b", None),  # the application's own verdicts, RFC 6455 section 7.4.1
            (r"\A(?:sent|received) 1002\b", "protocol-mismatch"),
        ),
    ),
    Wrapper(type="websockets.exceptions.ConnectionClosedOK"),
    Wrapper(type="websockets.exceptions.InvalidMessage", code="protocol-mismatch"),
    Wrapper(type="websockets.exceptions.InvalidStatus"),
    Wrapper(type="websockets.exceptions.ProtocolError", code="protocol-mismatch"),
    Wrapper(type="websockets.exceptions.ProxyError", code="proxy-failure", decisive=True),
    Wrapper(type="websocket._exceptions.WebSocketAddressException", code="dns-failure", reads=True),
    Wrapper(
        type="websocket._exceptions.WebSocketConnectionClosedException",
        code="closed-by-peer",
        words=((r"\Asocket is already closed|\AConnection is closed", "not-connected"),),
    ),
    Wrapper(
        type="websocket._exceptions.WebSocketException",
        words=((r"\AInvalid (?:status line|header)", "protocol-mismatch"),),
    ),
    Wrapper(type="websocket._exceptions.WebSocketProtocolException", code="protocol-mismatch"),
    Wrapper(type="websocket._exceptions.WebSocketProxyException", code="proxy-failure", decisive=True),
    Wrapper(type="websocket._exceptions.WebSocketTimeoutException", code="read-timeout"),
    Wrapper(type="trio.BrokenResourceError", reads=True),
    # PostgreSQL: libpq leaves nothing but text, and logins fail in the same class under the same prefix.
    Wrapper(type="psycopg.OperationalError", words=_LIBPQ_WORDS, reads=True),
    Wrapper(type="psycopg2.OperationalError", words=_LIBPQ_WORDS, reads=True),
    Wrapper(type="connect", reads=True),  # a program's own words that end with those of strerror(3)
    Wrapper(type="libpq", words=_LIBPQ_WORDS, reads=True),
    Wrapper(
        type="psycopg2.DatabaseError",
        words=(
            (r"\Aserver closed the connection unexpectedly", "closed-by-peer"),
            (r"\ASSL SYSCALL error: EOF detected", "tls-connection-closed"),
        ),
    ),
    Wrapper(type="psycopg2.InterfaceError", words=((r"\Aconnection already closed", "not-connected"),)),
    Wrapper(type="psycopg2.errors.RaiseException"),  # an application's own words
    Wrapper(type="psycopg2.pool.PoolError", words=((r"\Aconnection pool exhausted", "pool-exhausted"),)),
    Wrapper(type="psycopg_pool.PoolClosed"),
    Wrapper(type="psycopg_pool.PoolTimeout", code="timeout"),
    Wrapper(type="psycopg_pool.TooManyRequests", code="pool-exhausted"),
    Wrapper(
        type="pg8000.exceptions.InterfaceError",
        words=(
            (r"\Anetwork error", "closed-by-peer"),  # what else it may be is its cause
            (r"\Aconnection is closed", "not-connected"),
            (r"\AServer refuses SSL", "tls-not-spoken"),
        ),
    ),
    Wrapper(
        type="pg8000.exceptions.DatabaseError",
        words=(
            (r"'C': '53300'", "too-many-connections"),
            (r"'C': '(?:57P0[1245]|25P0[34])'", "closed-by-peer"),
            (r"'C': '57P03'", "connection-error"),
        ),
    ),
    Wrapper(type="pymysql.err.Error", code="connection-error", words=_MYSQL_WORDS, reads=True),
    Wrapper(type="MySQLdb.Error", code="connection-error", words=(*_MYSQL_LOST, *_MYSQL_WORDS), reads=True),
    Wrapper(
        type="mysql.connector.errors.Error", code="connection-error", words=(*_MYSQL_LOST, *_MYSQL_WORDS), reads=True
    ),
    Wrapper(type="mysql.connector.errors.ReadTimeoutError", code="read-timeout"),
    Wrapper(type="mysql.connector.errors.WriteTimeoutError", code="timeout"),
    Wrapper(type="mysql.connector.errors.ConnectionTimeoutError", code="timeout"),
    Wrapper(type="mysql.connector.errors.PoolError", words=((r"pool exhausted", "pool-exhausted"),)),
    Wrapper(type="clickhouse_driver.errors.NetworkError", code="connection-error", reads=True),
    Wrapper(type="clickhouse_driver.errors.SocketTimeoutError", code="timeout"),
    Wrapper(type="clickhouse_driver.errors.UnexpectedPacketFromServerError", code="protocol-mismatch"),
    Wrapper(type="clickhouse_driver.errors.UnknownPacketFromServerError", code="protocol-mismatch"),
    Wrapper(type="cassandra.OperationTimedOut", code="timeout", words=((r"Client request timeout", "read-timeout"),)),
    Wrapper(type="cassandra.UnresolvableContactPoints", code="dns-failure"),
    Wrapper(
        type="cassandra.cluster.NoHostAvailable",
        code="connection-error",
        words=(
            (r"AuthenticationFailed\(|Error from server: ", None),
            (r"\bThe (?:handshake|read) operation timed out", "read-timeout"),
            (r"Tried connecting to .* Last error: timed out", "connect-timeout"),
            (r"(?i)\btimed out(?!.*Connection timed out)", "timeout"),
            (r"\bProtocolError\(", "protocol-mismatch"),
        ),
        reads=True,
    ),
    Wrapper(
        type="cassandra.connection.ConnectionException",
        code="connection-error",
        words=((r"protocol version \d|Unsupported protocol version", "protocol-mismatch"),),
        reads=True,
    ),
    Wrapper(type="cassandra.connection.ProtocolError", code="protocol-mismatch"),
    Wrapper(type="cassandra.pool.NoConnectionsAvailable", code="pool-exhausted"),
    Wrapper(
        type="neo4j.exceptions.ServiceUnavailable",
        code="connection-error",
        words=((r"closed with incomplete handshake response", "closed-by-peer"),),
        reads=True,
    ),
    Wrapper(type="neo4j.exceptions.SessionExpired", code="connection-error", reads=True),
    Wrapper(type="neo4j.exceptions.UnsupportedServerProduct", code="protocol-mismatch"),
    Wrapper(type="neo4j.exceptions.ConnectionAcquisitionTimeoutError", code="pool-exhausted"),
    # InfluxDB's client calls what failed below HTTP a status of 0.
    Wrapper(type="influxdb_client.rest.ApiException", words=((r"\A\((?!0\))", None),), reads=True),
    # Search engines.
    Wrapper(type="elastic_transport.ApiError"),
    Wrapper(type="elastic_transport.SniffingError", code="connection-error"),
    Wrapper(type="elastic_transport.TlsError", reads=True),
    Wrapper(type="opensearchpy.exceptions.ConnectionError", code="connection-error", words=_HTTP_WORDS, reads=True),
    Wrapper(type="opensearchpy.exceptions.ConnectionTimeout", code="timeout"),
    Wrapper(type="opensearchpy.exceptions.SSLError", code="tls-handshake-failed", reads=True),
    Wrapper(
        type="opensearchpy.exceptions.TransportError",
        words=((r"Unable to sniff hosts", "connection-error"), (r"", None)),
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
    Wrapper(type="redis.exceptions.ConnectionError", code="connection-error", words=_REDIS_WORDS, reads=True),
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
    Wrapper(type="valkey.exceptions.AuthenticationError"),
    Wrapper(type="valkey.exceptions.AuthorizationError"),
    Wrapper(type="valkey.exceptions.BusyLoadingError"),
    Wrapper(type="valkey.exceptions.ConnectionError", code="connection-error", words=_REDIS_WORDS, reads=True),
    Wrapper(type="valkey.exceptions.InvalidResponse", code="protocol-mismatch"),
    Wrapper(type="valkey.exceptions.MaxConnectionsError", code="pool-exhausted"),
    Wrapper(type="valkey.exceptions.TimeoutError", code="timeout"),
    Wrapper(type="pymemcache.exceptions.MemcacheError", words=((r"All servers seem to be down", "connection-error"),)),
    Wrapper(type="pymemcache.exceptions.MemcacheUnexpectedCloseError", code="closed-by-peer"),
    Wrapper(type="pymemcache.exceptions.MemcacheUnknownError", code="protocol-mismatch"),
    Wrapper(type="RuntimeError", words=((r"\AToo many objects, \d+ >= \d+\Z", "pool-exhausted"),)),  # pymemcache's pool
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
            (r"\ASSL handshake failed: \S+:\d+: timed out", "read-timeout"),
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
    Wrapper(type="pika.exceptions.ConnectionClosed", words=_AMQP_WORDS),
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
    Wrapper(type="pika.exceptions.ProbableAccessDeniedError", words=(*_AMQP_WORDS, (r"", None))),
    Wrapper(type="pika.exceptions.ProbableAuthenticationError"),
    Wrapper(type="pika.exceptions.ProtocolSyntaxError", code="protocol-mismatch"),
    Wrapper(type="pika.exceptions.UnsupportedAMQPFieldException"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectionWorkflowAborted"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectorAborted"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectorSocketConnectError", code="connect-timeout"),
    Wrapper(type="pika.adapters.utils.connection_workflow.AMQPConnectorStackTimeout", code="read-timeout"),
    Wrapper(type="aiormq.exceptions.AuthenticationError"),
    Wrapper(type="aiormq.exceptions.ConnectionClosed", words=(*_AMQP_WORDS, (r"", None))),
    Wrapper(type="aiormq.exceptions.ProbableAuthenticationError"),
    Wrapper(
        type="aiormq.exceptions.ProtocolSyntaxError",
        code="protocol-mismatch",
        words=((r"got <Connection\.Close\b", None),),  # the broker's answer, whatever it says
    ),
    Wrapper(
        type="amqp.exceptions.AMQPError",
        words=(
            *_AMQP_WORDS,
            (r"(?i)connection already closed", "not-connected"),
            (r"frame_end 0x|Received frame .* while expecting", "protocol-mismatch"),
            (r"basic_publish: timed out", "timeout"),
            (r"", None),
        ),
    ),
    Wrapper(type="kombu.exceptions.LimitExceeded", code="pool-exhausted"),
    Wrapper(type="kombu.exceptions.OperationalError", reads=True),
    # STOMP: the reason is in its log alone.
    Wrapper(type="stomp.exception.ConnectFailedException", code="connection-error"),
    Wrapper(type="stomp.exception.ConnectionClosedException", code="closed-by-peer"),
    Wrapper(type="stomp.exception.NotConnectedException", code="not-connected"),
    # Kafka, NATS, LDAP: the reason is in a log of theirs, or in words.
    Wrapper(
        type="cimpl.KafkaException",
        code="connection-error",
        words=(
            # Without an underscore it is the broker's answer; with one, librdkafka's own word.
            (r"\A(?!KafkaError\{code=_(?:ALL_BROKERS_DOWN|BAD_MSG|(?:MSG_)?TIMED_OUT|RESOLVE|SSL|TRANSPORT)\b)", None),
            (r"code=_BAD_MSG\b", "protocol-mismatch"),
            (r"code=_(?:MSG_)?TIMED_OUT\b", "timeout"),
            (r"code=_RESOLVE\b(?!.*(?:not known|name resolution))", "dns-failure"),
            (r"code=_SSL\b(?!.*(?:wrong version|closed by peer))", "tls-handshake-failed"),
        ),
        reads=True,
    ),
    Wrapper(
        type="librdkafka",
        code="connection-error",
        words=((r": Disconnected(?: \(|\Z)", "closed-by-peer"),),
        reads=True,
    ),
    Wrapper(
        type="kafka.errors.KafkaConnectionError",
        code="connection-error",
        words=((r": socket disconnected\Z", "closed-by-peer"),),
        reads=True,
    ),
    Wrapper(type="kafka.errors.KafkaProtocolError", code="protocol-mismatch"),
    Wrapper(type="kafka.errors.KafkaTimeoutError", code="timeout"),
    Wrapper(type="kafka.errors.NoBrokersAvailable", code="connection-error"),
    Wrapper(
        type="kafka.errors.RequestTimedOutError",
        code="timeout",
        words=((r": Request timed out after \d+ ms", "read-timeout"),),
    ),
    Wrapper(type="aiokafka.errors.KafkaConnectionError", code="connection-error", reads=True),
    Wrapper(type="aiokafka.errors.KafkaProtocolError", code="protocol-mismatch"),
    Wrapper(type="aiokafka.errors.KafkaTimeoutError", code="timeout"),
    Wrapper(type="aiokafka.errors.RequestTimedOutError", code="timeout"),
    Wrapper(type="nats.errors.ConnectionClosedError", code="not-connected"),
    Wrapper(type="nats.errors.ConnectionReconnectingError", code="not-connected"),
    Wrapper(
        type="nats.errors.Error",
        words=(
            (r"\Anats: '?(?i:maximum connections exceeded)", "too-many-connections"),
            (r"\Anats: info message, json parse error", "protocol-mismatch"),
            (r"\Anats: empty response from server", "connection-error"),  # nothing, or anything but what was expected
        ),
    ),
    Wrapper(type="nats.errors.NoServersError", code="connection-error"),
    Wrapper(type="nats.errors.ProtocolError", code="protocol-mismatch"),
    Wrapper(type="nats.errors.StaleConnectionError", code="read-timeout"),
    Wrapper(type="nats.errors.TimeoutError", code="timeout"),
    Wrapper(type="nats.errors.UnexpectedEOF", code="closed-by-peer"),
    # MQTT, ZeroMQ: codes of their own; connecting, and what breaks meanwhile, goes on behind the program's back.
    Wrapper(
        type="aiomqtt.exceptions.MqttError",
        code="connection-error",
        words=((r"\A(?:Operation )?timed out\Z", "timeout"),),
        reads=True,
    ),
    Wrapper(
        type="aiomqtt.exceptions.MqttCodeError",
        words=(
            (r"\A\[code:4\]", "not-connected"),
            (r"\A\[code:(?:16|141)\]", "read-timeout"),
            (r"\A\[code:(?:7|128)\]", "connection-error"),
            (r"\A\[code:139\]", "closed-by-peer"),
            (r"", None),
        ),
    ),
    Wrapper(
        type="aiomqtt.exceptions.MqttConnectError",
        words=(
            (r"\A\[code:13[67]\]", "connection-error"),
            (r"\A\[code:1(?:51|59)\]", "too-many-connections"),
            (r"", None),
        ),
    ),
    Wrapper(type="zmq.error.Again", code="timeout"),
    Wrapper(
        type="zmq.error.ZMQError",
        words=((r"\AHost unreachable\Z", None),),  # a ROUTER knows no peer of that identity
        reads=True,
    ),
    Wrapper(
        type="ldap3.core.exceptions.LDAPSocketOpenError",
        code="connection-error",
        words=(
            (r"opening: timed out", "connect-timeout"),
            (r"invalid server address", "dns-failure"),
            (r"wrapping error: certificate .* doesn't match any name in ", "tls-hostname-mismatch"),
        ),
        reads=True,
    ),
    Wrapper(type="ldap3.core.exceptions.LDAPResponseTimeoutError", code="read-timeout"),
    Wrapper(type="ldap3.core.exceptions.LDAPServerPoolExhaustedError", code="connection-error"),
    Wrapper(
        type="ldap3.core.exceptions.LDAPStartTLSError",
        words=((r"certificate .* doesn't match any name in ", "tls-hostname-mismatch"),),
        reads=True,
    ),
    Wrapper(type="ldap3.core.exceptions.LDAPSocketReceiveError", code="connection-error", reads=True),
    Wrapper(type="ldap3.core.exceptions.LDAPSocketSendError", code="connection-error", reads=True),
    Wrapper(type="ldap3.core.exceptions.LDAPSessionTerminatedByServerError", code="closed-by-peer"),
    # Mail by asyncio: what happens while the greeting is awaited is called a failure to connect.
    Wrapper(type="aiosmtplib.errors.SMTPConnectError", code="connection-error", reads=True),
    Wrapper(type="aiosmtplib.errors.SMTPResponseException", words=_SMTP_WORDS),
    Wrapper(
        type="aiosmtplib.errors.SMTPServerDisconnected",
        code="closed-by-peer",
        words=((r"\AServer not connected", "not-connected"),),
        reads=True,
    ),
    Wrapper(type="aiosmtplib.errors.SMTPTimeoutError", code="timeout"),
    # SSH: what befalls the banner and the keys is a failure of the connection, what befalls a login is an answer.
    Wrapper(
        type="paramiko.ssh_exception.SSHException",
        words=(
            (r"\AError reading SSH protocol banner\Z|\ANo existing session", "connection-error"),
            (r"\ASSH session not active", "not-connected"),
            (r"\AKey-exchange timed out|\ATimeout opening channel", "read-timeout"),
            (
                r"\AIndecipherable protocol version|\AIncompatible version|\AInvalid SSH banner|\AInvalid packet ",
                "protocol-mismatch",
            ),
        ),
        reads=True,
    ),
    Wrapper(
        type="paramiko.ssh_exception.AuthenticationException",
        words=((r"transport shut down or saw EOF", "closed-by-peer"), (r"\AAuthentication timeout", "read-timeout")),
    ),
    Wrapper(type="paramiko.ssh_exception.BadHostKeyException"),
    Wrapper(
        type="paramiko.ssh_exception.ChannelException",
        words=(
            (r"\AChannelException\(2,", "proxy-failure"),
            (r"", None),
        ),  # the server could not reach what lies beyond
    ),
    Wrapper(type="paramiko.ssh_exception.NoValidConnectionsError", code="connection-error"),
    Wrapper(type="paramiko.ssh_exception.ProxyCommandFailure", code="proxy-failure"),
    Wrapper(
        type="asyncssh.misc.ChannelOpenError",
        words=(
            (r"\ASSH connection closed", "connection-error"),  # just now, or long ago
            (r"(?i)\A(?:connect failed|connection (?:refused|timed out)|no route to host)\Z", "proxy-failure"),
            (r"", None),
        ),
    ),
    Wrapper(
        type="asyncssh.misc.ConnectionLost",
        code="closed-by-peer",
        words=((r"timeout expired|not responding to keepalive", "read-timeout"),),
    ),
    Wrapper(type="asyncssh.misc.ProtocolError", code="protocol-mismatch"),
    Wrapper(type="asyncssh.misc.ProtocolNotSupported", code="protocol-mismatch"),
    Wrapper(type="asyncssh.process.TimeoutError"),  # a command took too long
    Wrapper(type="asyncssh.sftp.SFTPConnectionLost", code="closed-by-peer"),
    Wrapper(type="asyncssh.sftp.SFTPNoConnection", code="not-connected"),
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
            (r"Hostname Verification Check failed|is not in peer certificate", "tls-hostname-mismatch"),
            (r"missing selected ALPN property", "protocol-mismatch"),
            (r"Failed parsing HTTP/2|Trying to connect an http1", "protocol-mismatch"),
            (r"Handshake read failed \((?:Socket closed|EOF)", "tls-connection-closed"),
            (r"HTTP proxy returned response code", "proxy-failure"),
            (
                r"Socket closed|Cancelling all calls|Stream removed(?! \((?:recv|send)msg:)|GOAWAY received",
                "closed-by-peer",
            ),
        ),
        reads=True,
    ),
    Wrapper(type="grpc.FutureTimeoutError", code="timeout"),
    Wrapper(type="gRPC", code="connection-error", reads=True),  # its core's own log
    # AWS: the reason is in the chain; the class says little.
    Wrapper(type="google.auth.exceptions.TimeoutError", code="timeout"),
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

NAMED: tuple[tuple[str, str], ...] = (
    (r"\A(?:[A-Z]{2,}|[A-Z][a-z]+)?(?:Connect|Connection|Network|Socket)Timed?[Oo]ut(?:Error|Exception)?\Z", "timeout"),
    (
        (
            r"\A(?!Web)(?:[A-Z]{2,}|[A-Z][a-z]+)?(?:Connect|Connection|Network|Socket)"
            r"(?:Error|Exception|Fail(?:ed|ure)|Lost|Broken|Dropped|Refused|Reset|Aborted)(?:Error|Exception)?\Z"
        ),
        "connection-error",
    ),
)
"""What a networking library's class without a row says by its bare name: no more than the two vague codes."""

BASES: dict[str, tuple[str, ...]] = {
    "anyio.EndOfStream": ("EOFError",),
    "trio.TooSlowError": ("TimeoutError",),
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
    "select.error": ("OSError",),
    "socket.error": ("OSError",),
    "socket.timeout": ("TimeoutError", "OSError"),
    "ssl.CertificateError": ("ssl.SSLCertVerificationError", "ssl.SSLError", "OSError", "ValueError"),
    "ssl.SSLCertVerificationError": ("ssl.SSLError", "OSError", "ValueError"),
    "ssl.SSLEOFError": ("ssl.SSLError", "OSError"),
    "ssl.SSLError": ("OSError",),
    "ssl.SSLSyscallError": ("ssl.SSLError", "OSError"),
    "ssl.SSLZeroReturnError": ("ssl.SSLError", "OSError"),
    "MySQLdb.InterfaceError": ("MySQLdb.Error", "Exception"),
    "MySQLdb.OperationalError": ("MySQLdb.Error", "Exception"),
    "aiormq.exceptions.AMQPConnectionError": ("ConnectionError",),
    "aiormq.exceptions.ConnectionNotAllowed": ("aiormq.exceptions.ConnectionClosed", "ConnectionError"),
    "elasticsearch.exceptions.ConnectionError": ("opensearchpy.exceptions.ConnectionError", "Exception"),
    "elasticsearch.exceptions.ConnectionTimeout": ("opensearchpy.exceptions.ConnectionTimeout", "Exception"),
    "aiohttp.client_exceptions.ClientConnectorError": ("aiohttp.client_exceptions.ClientOSError", "OSError"),
    "amqp.exceptions.ConnectionError": ("amqp.exceptions.AMQPError", "Exception"),
    "amqp.exceptions.ConnectionForced": ("amqp.exceptions.AMQPError", "Exception"),
    "amqp.exceptions.NotAllowed": ("amqp.exceptions.AMQPError", "Exception"),
    "amqp.exceptions.RecoverableConnectionError": ("amqp.exceptions.AMQPError", "Exception"),
    "amqp.exceptions.UnexpectedFrame": ("amqp.exceptions.AMQPError", "Exception"),
    "botocore.exceptions.EndpointConnectionError": ("botocore.exceptions.ConnectionError", "Exception"),
    "grpc._channel._InactiveRpcError": ("grpc.RpcError", "Exception"),
    "grpc._channel._MultiThreadedRendezvous": ("grpc.RpcError", "Exception"),
    "grpc.aio._call.AioRpcError": ("grpc.RpcError", "Exception"),
    "httpcore.ConnectError": ("httpcore.NetworkError", "Exception"),
    "httpcore.ReadError": ("httpcore.NetworkError", "Exception"),
    "httpcore.WriteError": ("httpcore.NetworkError", "Exception"),
    "httpx.ConnectError": ("httpx.NetworkError", "Exception"),
    "httpx.ReadError": ("httpx.NetworkError", "Exception"),
    "httpx.WriteError": ("httpx.NetworkError", "Exception"),
    "mysql.connector.errors.DatabaseError": ("mysql.connector.errors.Error", "Exception"),
    "mysql.connector.errors.InterfaceError": ("mysql.connector.errors.Error", "Exception"),
    "mysql.connector.errors.OperationalError": ("mysql.connector.errors.Error", "Exception"),
    "kafka.errors.InvalidReceiveError": ("kafka.errors.KafkaProtocolError", "Exception"),
    "kombu.exceptions.ConnectionLimitExceeded": ("kombu.exceptions.LimitExceeded", "Exception"),
    "pika.exceptions.ConnectionClosedByBroker": ("pika.exceptions.ConnectionClosed", "Exception"),
    "pika.exceptions.StreamLostError": ("pika.exceptions.AMQPConnectionError", "Exception"),
    "pymongo.errors.AutoReconnect": ("pymongo.errors.ConnectionFailure", "Exception"),
    "pymysql.err.InterfaceError": ("pymysql.err.Error", "Exception"),
    "pymysql.err.InternalError": ("pymysql.err.Error", "Exception"),
    "pymysql.err.OperationalError": ("pymysql.err.Error", "Exception"),
    "urllib.error.URLError": ("OSError",),
    "urllib2.URLError": ("urllib.error.URLError", "OSError"),
    "twisted.internet.error.ConnectionRefusedError": ("twisted.internet.error.ConnectError", "Exception"),
    "urllib3.exceptions.NameResolutionError": ("urllib3.exceptions.NewConnectionError", "Exception"),
}
"""
Bases of classes without a row of their own, for text: their modules need not be loaded where it is read, and some are
names that only older Pythons had. The first two are no bases by the language, but by what they mean.
"""

SURFACES: frozenset[str] = frozenset(
    {"asyncio.exceptions.CancelledError", "trio.Cancelled", "GeneratorExit", "KeyboardInterrupt"}
)
"""Classes that are somebody's wish to stop, not a failure, whatever hangs below them."""

VAGUE: frozenset[str] = frozenset({"connection-error", "timeout"})
"""Codes that any other evidence of the same chain outranks."""

WORDS: tuple[tuple[str, str | None], ...] = (
    (r"\[SSL\] record layer failure", "tls-not-spoken"),  # OpenSSL 3.2 has no mnemonic for it
    (r"\bThe (?:handshake|read|write) operation timed out", "read-timeout"),  # ssl's own words, not macOS's ETIMEDOUT
    (r"\[SSL\] .*\balert\b", "tls-handshake-failed"),
    # A certificate or key of this side's own that OpenSSL can't load: a file's failure, whoever asked for it.
    (r"\[(?:SSL|X509|PEM|ASN1)\] |KEY_VALUES_MISMATCH|NO_START_LINE|BAD_DECRYPT|BAD_END_LINE", None),
    (r"NO_CERTIFICATE_OR_CRL_FOUND", None),
    (r"(?:EE|CA)_(?:KEY_TOO_SMALL|MD_TOO_WEAK)|NO_CIPHER_MATCH|LIBRARY_HAS_NO_CIPHERS|NOT_ENOUGH_DATA", None),
    (r"certificate has expired", "tls-certificate-expired"),
    (r"(?i)hostname .* doesn't match|hostname mismatch|IP address mismatch", "tls-hostname-mismatch"),
    (r"VerificationError\(errors=\[\w+Mismatch", "tls-hostname-mismatch"),  # service_identity, for PyOpenSSL
    (r"\('SSL routines', '\w*', 'certificate verify failed'\)", "tls-handshake-failed"),  # PyOpenSSL keeps no reason
    (
        r"SSL routines:[^:]*:certificate verify failed",
        "tls-handshake-failed",
    ),  # nor does what a C client reports of its queue of errors
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed", "tls-certificate-untrusted"),
    (r"unable to get (?:local )?issuer certificate|self[- ]signed certificate", "tls-certificate-untrusted"),
    (r"WRONG_VERSION_NUMBER|wrong version number", "tls-not-spoken"),
    (r"\bSSL connection closed by peer", "tls-connection-closed"),
    (r"UNEXPECTED_EOF_WHILE_READING|unexpected eof while reading|'Unexpected EOF'\)", "tls-connection-closed"),
    (r"(?i)\bTLS handshake failed|\[SSL: [A-Z0-9_]+\]|alert handshake failure", "tls-handshake-failed"),
    (r"\bSSL (?:connection )?error: (?!.*\(\d+\)['\")]*\Z)", "tls-handshake-failed"),
    (r"\brejected SSL upgrade", "tls-not-spoken"),
    (r"connection closed during TLS handshake", "tls-connection-closed"),
    (r"\ATunnel connection failed: \d{3}\b", "proxy-failure"),
    (r"\ARemote end closed connection", "closed-by-peer"),
    (r"\A(?:No data|connection closed)\Z|\Aunexpected connection_lost\(\) call", "closed-by-peer"),
    (r"\bServer unexpectedly closed connection", "closed-by-peer"),
)
"""Shared words of C clients and pasted texts -> code (``None``: no connection failure); the first one found wins."""

SENTENCES: tuple[tuple[str, str], ...] = (
    (r"\('Connection aborted\.', ", "urllib3.exceptions.ProtocolError"),
    (r"\bConnect timeout on endpoint URL: ", "botocore.exceptions.ConnectTimeoutError"),
    (r"\bRead timeout on endpoint URL: ", "botocore.exceptions.ReadTimeoutError"),
    (
        r"\bConnection was closed before we received a valid response from endpoint URL: ",
        "botocore.exceptions.ConnectionClosedError",
    ),
    (r"\bCould not connect to the endpoint URL: \"", "botocore.exceptions.EndpointConnectionError"),
    (r"(?:\w{0,9}HTTPS?ConnectionPool\(host=.*)?\(connect timeout=", "urllib3.exceptions.ConnectTimeoutError"),
    (
        r"(?:\w{0,9}HTTPS?ConnectionPool\(host=.*)?\bRead timed out\. \(read timeout=",
        "urllib3.exceptions.ReadTimeoutError",
    ),
    (
        r"(?:HTTPS?ConnectionPool\(host=.*)?Max retries exceeded with url: .*\(Caused by ",
        "urllib3.exceptions.MaxRetryError",
    ),
    (r"\bafter connection broken by '", "urllib3.exceptions.MaxRetryError"),
    (r"\bCertificate did not match expected hostname: ", "ssl.CertificateError"),
    (r"\bCannot connect to host \S+:\d+ ssl:", "aiohttp.client_exceptions.ClientConnectorError"),
    (r"\bConnection timeout to host \w+://", "aiohttp.client_exceptions.ConnectionTimeoutError"),
    (r"<urlopen error ", "urllib.error.URLError"),
    (r"\[SSL: [A-Z0-9_]+\] \w.*\(_ssl\.c:\d+\)", "ssl.SSLError"),
    (r"\bconnection to server (?:at|on socket) \".*failed: ", "libpq"),
    (r"\bcould not translate host name \"[^\"]+\" to address: ", "libpq"),
    (r"\bcould not connect to server: ", "libpq"),
    (r"\b(?:server closed the connection|SSL connection has been closed) unexpectedly", "libpq"),
    (r"\(20\d\d, ['\"](?:Can't connect|Lost connection|MySQL server has gone)", "pymysql.err.OperationalError"),
    (r"\b20\d\d(?: \(HY000\))?: (?:Can't connect|Lost connection) ", "mysql.connector.errors.Error"),
    (r"\bError (?:-?\d+ )?connecting to (?:/\S|\S+:\d)", "redis.exceptions.ConnectionError"),
    (
        r"(?<![^\s'\"(])\S{1,255}(?::\d+|\.sock): .*\(configured timeouts: ",
        "pymongo.errors.ServerSelectionTimeoutError",
    ),
    (r"\bCannot connect to (?:amqp|redis|rediss|sqs|pyamqp)s?://\S+: ", "kombu.exceptions.OperationalError"),
    (r"\bUnable to bootstrap from ", "kafka.errors.KafkaConnectionError"),
    (r"<BrokerConnection .*>: Connect attempt (?:to .* )?returned error \d", "kafka.errors.KafkaConnectionError"),
    (r"\[thrd:[^\]]*\]: \S+/(?:bootstrap|\d+): (?:Connect to |Failed to resolve |Disconnected)", "librdkafka"),
    (r"\bfailed to connect to all addresses; last error: ", "gRPC"),
    (r"\bsubchannel .*\bconnect failed \(", "gRPC"),
    (r"\bDNS resolution failed for \S+: |\berrors resolving \S+:\d+: ", "gRPC"),
    (r"\brefused by other side: \d+: ", "twisted.internet.error.ConnectError"),
    (r"\bUser timeout caused connection failure\b", "twisted.internet.error.TimeoutError"),
    (r"\bDNS lookup failed: ", "twisted.internet.error.DNSLookupError"),
    (r"\bConnection to the other side was lost in a non-clean fashion", "twisted.internet.error.ConnectionLost"),
    (r"\bcurl: \(\d+\) ", "pycurl.error"),
)
"""
Sentences by which a failure is known without a traceback, and the class whose words they are; a name without a dot is
another program's.
"""

QUOTING: frozenset[str] = frozenset(
    {
        "django.db.utils.InterfaceError",
        "django.db.utils.OperationalError",
        "docker.errors.DockerException",
        "sqlalchemy.exc.DBAPIError",
        "sqlalchemy.exc.InterfaceError",
        "sqlalchemy.exc.OperationalError",
    }
)
"""Classes that stand for an exception below them; where a text has lost that one, its words are still in theirs."""

VERIFIED: tuple[tuple[str, int], ...] = (
    ("Certificate did not match expected hostname", 62),
    ("certificate has expired", 10),
    ("certificate is not yet valid", 9),
    ("Hostname mismatch", 62),
    ("IP address mismatch", 64),
    ("unable to get local issuer certificate", 20),
    ("unable to verify the first certificate", 21),
    ("self-signed certificate in certificate chain", 19),
    ("self signed certificate in certificate chain", 19),
    ("self-signed certificate", 18),
    ("self signed certificate", 18),
)
"""OpenSSL's words for a verification result, where the number is gone (``X509_V_ERR_*``)."""

SAID_PHASES: tuple[tuple[str, Phase], ...] = (
    (r"\ATimeout during AMQP handshake|\bReceive failed: ", "receive"),
    (r"\bSSL handshake failed|in state SSL_HANDSHAKE\b|\bThe handshake operation timed out", "tls"),
    (r"\bssl wrapping error: |\bwrap socket error: ", "tls"),
    (r"\bUnable to bootstrap from ", "connect"),
    (r"\ATimeout while resolving ", "resolve"),
    (r"\A\(35, |\bcurl: \(35\)|\bTLS connect error: |\ATimeout during TLS handshake", "tls"),
    (r"\A\(56, |\bcurl: \(56\)|\bRecv failure: |\bSSL_read: ", "receive"),
    (r"\A\(55, |\bcurl: \(55\)|\bSend failure: |\bSSL_write: ", "send"),
    (r"(?i)handshake|failed to connect|tried connecting|can't connect|connection failed", "connect"),
    (r"\A<urlopen error (?:\[(?:Errno|WinError) |timed out)|\bFailed to establish a new connection: ", "connect"),
    (r"\(after \d+ms in state CONNECT\b", "connect"),
    (r"(?i)\ATCP connection timed out|connection to server at|connection timed out after", "connect"),
)
"""Words by which a C client says what it was doing, where no frame tells; the first one found wins."""

ENDPOINTS: tuple[str, ...] = (
    r"Connect call failed \('(?P<peer>[^']+)', (?P<peer_port>\d+)",
    r"attempting to bind on address \('(?P<host>[^']+)', (?P<port>[1-9]\d*)",
    r"host=u?'(?P<host>[^']+)', port='?(?P<port>\d+)",
    r"Failed to connect to localhost:\d+ over unix://(?P<path>/\S+) after ",
    r"\bover proxy (?P<host>\S+) after ",
    r"Failed to connect to (?P<host>\[[^\]\s]+\]|[^\s:]+)(?::| port )(?P<port>\d+) after \d+ ms: ",
    r"Could not resolve (?:host|proxy): (?P<host>[^\s;']+?)(?=\.? See |[;'\s]|\Z)",
    r"\bhostname lookup: (?P<host>\S+?)\.?\Z",
    r"Cannot connect to host (?P<host>[^\s:]+|\[[^\]\s]+\]):(?P<port>\d+) ssl:",
    r"Connection timeout to host (?P<url>\w+://\S+)",
    r"connection to server at \"(?P<host>[^\"]+)\" \((?P<peer>[^)]+)\), port (?P<port>\d+)",
    r"connection to server at \"(?P<peer>[\d.]+|[\da-fA-F:.]*:[\da-fA-F:.]*)\", port (?P<peer_port>\d+)",
    r"connection to server at \"(?P<host>[^\"]+)\", port (?P<port>\d+)",
    r"connection to server on socket \"(?P<path>[^\"]+)\"",
    r"(?:failed to resolve host|could not translate host name) ['\"](?P<host>[^'\"]+)['\"]",
    r"PostgreSQL server at \"(?P<host>[^\"]+):(?P<port>\d+)\" rejected SSL",
    r"Error (?:-?\d+ )?connecting to (?P<path>/\S+)\. ",
    r"Error (?:-?\d+ )?connecting to (?P<host>\S+):(?P<port>\d+)(?=\.|\s|\Z)",
    r"\bUnable to connect to port (?P<port>\d+) on (?P<host>[^\s,]+)(?=\n|\Z)",
    r"on host \"(?P<host>[^\"]+)\" \((?P<peer>[^)]+)\) and accepting\s+TCP/IP connections on port (?P<port>\d+)",
    r"on host \"(?P<host>[^\"]+)\" and accepting\s+TCP/IP connections on port (?P<port>\d+)",
    r"running locally and accepting\s+connections on Unix domain socket \"(?P<path>[^\"]+)\"",
    r"\[thrd:[^\]]*\]: (?:\w+://)?(?P<host>\[[^\]\s]+\]|[^\s:/]+):(?P<port>\d+)/(?:bootstrap|\d+): ",
    r"did not match expected hostname: (?P<host>[^\s']+?)\. Certificate",
    r"(?:Connect|Read) timeout on endpoint URL: \"(?P<url>[^\"\s]+)\"",
    r"(?:Error while reading from|Timeout reading from) (?P<host>\S+):(?P<port>\d+)",
    r"(?:\A|\A\(pymongo\S*\) |SSL handshake failed: )(?P<path>/\S+): .*\(configured timeouts: ",
    r"(?:\A|SSL handshake failed: )(?P<host>[^\s/]+):(?P<port>\d+): .*\(configured timeouts: ",
    r"<ServerDescription \('(?P<host>[^'/]+)', (?P<port>\d+)\)",
    r"'(?P<host>[^']+)'/\(<AddressFamily\.AF_INET6?: \d+>, .*?\('(?P<peer>[^']+)', (?P<peer_port>\d+)",
    r"errors resolving (?P<host>[^\s:]+):(?P<port>\d+): ",
    r"\bipv4:(?P<peer>[\d.]+):(?P<peer_port>\d+)",
    r"\bipv6:(?:\[|%5B)(?P<peer>[\da-fA-F:.]+)(?:\]|%5D):(?P<peer_port>\d+)",
    r": unix:(?P<path>/[^\s:]+): ",
    r"(?:endpoint URL: \"|SSL validation failed for )(?P<url>https?://[^\s\"]+)",
    r"\bipv4#(?P<peer>[\d.]+):(?P<peer_port>\d+)",
    r"Can't connect to (?:MySQL )?server on '(?P<host>[^':\s]+)(?::(?P<port>\d+))?'",
    r"Lost connection to MySQL server at '(?P<host>[^'/\s]+):(?P<port>\d+)'",
    r"Can't connect to local .* through socket '(?P<path>/[^']+)'",
    r"Unknown (?:MySQL )?server host '(?P<host>[^'\s]+?)(?::(?P<port>\d+))?'",
    r"Code: 2(?:09|10)\. (?:.*\s)?\((?P<host>(?!_ssl\.c)[^\s():]+):(?P<port>\d+)\)",
    r"Couldn't connect to (?P<host>[^\s:]+):(?P<port>\d+) \(resolved",
    r"\b(?:IPv[46])?Address\(\('(?P<host>[^']+)', (?P<port>\d+)",
    r"Unable to connect to any servers', \{'(?P<host>[^']+):(?P<port>\d+)': ",
    r"against any hosts', \{<Host: (?P<host>[^\s:]+):(?P<port>\d+)",
    r"\blast_host=(?P<host>[^\s:,]+):(?P<port>\d+)",
    r"Unable to bootstrap from \[\('(?P<host>[^']+)', (?P<port>\d+)",
    r"Unable to bootstrap from (?P<host>\[[^\]\s]+\]|[^\s:,\[]+):(?P<port>\d+)(?:,|\Z)",
    r"<BrokerConnection .*?\bhost=(?P<host>\[[^\]\s]+\]|[^\s:]+):(?P<port>\d+) ",
    r"KafkaConnectionError: Connection at (?P<host>[^\s:]+):(?P<port>\d+) closed",
    r"\{code=_\w+,.*?str=\"(?:\w+://)?(?P<host>\[[^\]\s]+\]|[^\s:/]+):(?P<port>\d+)/(?:bootstrap|\d+): ",
    r"\(addr='ipc://(?P<path>/[^']+)'\)",
    r"\(addr='(?P<url>\w+://[^']+)'\)",
    r"Cannot connect to (?P<url>\w+://\S+): ",
)
"""
Shapes in which messages name an endpoint: groups ``host``, ``port``, ``peer``, ``peer_port``, ``path``, ``url``. The
first row that matches wins; a row must not match a truncated host.
"""
