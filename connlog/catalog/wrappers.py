"""
What third parties do with a connection failure: their classes, their words, their frames, their attributes.

Floor 1, data only. A library is added by rows here and a row in the tests; rows are for meaning that no structure carries.
"""

from __future__ import annotations

from connlog._model import Phase, Place, Wrapper

INNER: frozenset[str] = frozenset(
    {
        "errors",
        "exc",
        "exc_value",
        "exception",
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

URLS: tuple[str, ...] = ("_request.url", "request.url", "kwargs.endpoint_url")
"""Dotted paths from a library's exception to the URL of the request that failed."""

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
    "send": "send",
    "sendall": "send",
    "sendmsg": "send",
    "sendto": "send",
    "sendfile": "send",
    "sock_sendall": "send",
    "drain": "send",
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
    Place(module="http.client", function="connect", host="self.host", port="self.port"),
    Place(module="asyncio.base_events", function="create_connection", host="host", port="port"),
    Place(module="asyncio.base_events", function="create_server", phase="bind", host="host", port="port"),
    Place(module="asyncio.unix_events", function="create_unix_connection", phase="connect", path="path"),
    Place(module="asyncio.streams", function="open_connection", host="host", port="port"),
    Place(module="asyncio.streams", function="open_unix_connection", path="path"),
    Place(module="urllib3.connection", function="_new_conn", phase="connect", host="self.host", port="self.port"),
    Place(module="urllib3.util.connection", function="create_connection", host="address.0", port="address.1"),
)
"""Frames that tell the endpoint or the phase; read innermost first."""

CLASSES: tuple[Wrapper, ...] = (
    Wrapper(type="urllib.error.HTTPError"),
    Wrapper(type="urllib.error.URLError", code="connection-error"),
)
"""What a class means: a code, never a connection failure (no code, no words, no reading), or what its words say."""

SURFACES: frozenset[str] = frozenset({"asyncio.exceptions.CancelledError", "GeneratorExit", "KeyboardInterrupt"})
"""Classes that are somebody's wish to stop, not a failure, whatever hangs below them."""

VAGUE: frozenset[str] = frozenset({"connection-error", "timeout"})
"""Codes that any other evidence of the same chain outranks."""

WORDS: tuple[tuple[str, str | None], ...] = (
    (r"certificate has expired", "tls-certificate-expired"),
    (r"(?i)hostname .* doesn't match|hostname mismatch|IP address mismatch", "tls-hostname-mismatch"),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed", "tls-certificate-untrusted"),
    (r"WRONG_VERSION_NUMBER|wrong version number", "tls-not-spoken"),
)
"""Shared words of C clients and pasted texts -> code, tried after ``[Errno N]`` and the words of strerror."""

ENDPOINTS: tuple[str, ...] = (
    r"Connect call failed \('(?P<peer>[^']+)', (?P<peer_port>\d+)",
    r"host='(?P<host>[^']+)', port='?(?P<port>\d+)",
)
"""
Shapes in which messages name an endpoint: groups ``host``, ``port``, ``peer``, ``peer_port``, ``path``, ``url``. The first
row that matches wins; a row must not match a truncated host.
"""
