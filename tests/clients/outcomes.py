"""
What is right to say about each thing that happens on the wire: code, errno, endpoint, phase, retry.

The rows name an outcome where the client keeps everything, and spell out what differs where it does not.
"""

from __future__ import annotations

HERE = "{host}:{port}"
"""The endpoint, fully known."""

SAFE, IF_IDEMPOTENT, AFTER_FIX = "safe", "if-idempotent", "after-fix"

REFUSED = ("connection-refused", "ECONNREFUSED", HERE, "connect", SAFE)
REFUSED_LOCALHOST = ("connection-refused", "ECONNREFUSED", "localhost:{port}", "connect", SAFE)
NO_NAME = ("dns-name-not-found", "EAI_NONAME", HERE, "resolve", AFTER_FIX)
LATER_NAME = ("dns-temporary-failure", "EAI_AGAIN", HERE, "resolve", SAFE)
NO_REASON = ("dns-failure", None, HERE, "resolve", AFTER_FIX)
"""The name was looked up in vain; the client does not keep what the answer was."""
NO_ROUTE = ("network-unreachable", "ENETUNREACH", HERE, "connect", SAFE)
NO_HOST = ("host-unreachable", "EHOSTUNREACH", HERE, "connect", SAFE)
PROHIBITED = ("connect-not-permitted", "EACCES", HERE, "connect", AFTER_FIX)
CONNECT_TIMEOUT = ("connect-timeout", None, HERE, "connect", SAFE)
READ_TIMEOUT = ("read-timeout", None, HERE, "receive", IF_IDEMPOTENT)
RESET = ("connection-reset", "ECONNRESET", HERE, "receive", IF_IDEMPOTENT)
CLOSED = ("closed-by-peer", None, HERE, "receive", IF_IDEMPOTENT)
CUT_SHORT = ("incomplete-response", None, HERE, "receive", IF_IDEMPOTENT)
GARBAGE = ("protocol-mismatch", None, HERE, "receive", AFTER_FIX)
NO_SOCKET_FILE = ("socket-file-missing", "ENOENT", "{path}", "connect", SAFE)
REFUSED_UNIX = ("connection-refused", "ECONNREFUSED", "{path}", "connect", SAFE)
UNTRUSTED = ("tls-certificate-untrusted", None, HERE, "tls", AFTER_FIX)
EXPIRED = ("tls-certificate-expired", None, HERE, "tls", AFTER_FIX)
WRONG_HOST = ("tls-hostname-mismatch", None, HERE, "tls", AFTER_FIX)
PLAIN_TEXT = ("tls-not-spoken", None, HERE, "tls", AFTER_FIX)
TLS_ALERT = ("tls-handshake-failed", None, HERE, "tls", AFTER_FIX)
TLS_EOF = ("tls-connection-closed", None, HERE, "tls", SAFE)
TLS_RESET = ("connection-reset", "ECONNRESET", HERE, "tls", SAFE)
TLS_SILENT = ("read-timeout", None, HERE, "tls", SAFE)
TLS_CUT = ("tls-connection-closed", None, HERE, "receive", IF_IDEMPOTENT)
PROXY = ("proxy-failure", "ECONNREFUSED", HERE, "connect", SAFE)
PROXY_NO_NAME = ("proxy-failure", "EAI_NONAME", HERE, "connect", SAFE)
PROXY_STATUS = ("proxy-failure", None, HERE, "connect", SAFE)
NO_DESCRIPTORS = ("too-many-open-files", "EMFILE", HERE, "local", SAFE)
POOL = ("pool-exhausted", None, HERE, "local", SAFE)

Outcome = tuple[str, str | None, str | None, str, str]


def at(
    endpoint: str | None, outcome: tuple[str, str | None, str | None, str, str]
) -> tuple[str, str | None, str | None, str, str]:
    """
    Return an outcome with another endpoint; ``None`` where the client keeps none.
    """
    code, errno_name, _, phase, retry = outcome
    return code, errno_name, endpoint, phase, retry
