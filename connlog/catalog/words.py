"""
What connlog calls things wherever it speaks: stages, phases, retry verdicts, platforms, the facts that hints depend on.

Data only: imports nothing of connlog.
"""

from __future__ import annotations

STAGES: dict[str, tuple[str, str]] = {
    "resolve": ("Finding the address", "The name has to become an address before anything is sent."),
    "connect": (
        "Connecting",
        "The address is known; the connection does not come about. Nothing has reached the peer.",
    ),
    "tls": ("Securing the connection", "The connection stands; the two sides don't agree on TLS."),
    "transfer": ("Sending and receiving", "The connection stood, and broke or fell silent while it was used."),
    "limits": ("Running out", "Somebody has no more room: this process, this machine or the server."),
    "other": ("Everything else", "What is left when the stage can't be told, or when it is no network failure at all."),
}
"""Heading of each stage and one sentence about it, in the order in which a connection goes through them."""

PHASES: dict[str, str] = {
    "resolve": "while resolving the name",
    "connect": "while connecting",
    "tls": "in the TLS handshake",
    "send": "while sending",
    "receive": "while receiving",
    "transfer": "while sending or receiving",
    "bind": "while binding a local address",
    "local": "in this process, before anything is sent",
}
"""What was being done when it failed, in a reader's words."""

RETRIES: dict[str, tuple[str, str]] = {
    "safe": ("safe", "nothing reached the peer"),
    "if-idempotent": ("if idempotent", "the request may have reached the peer"),
    "after-fix": ("after a fix", "the same attempt can't succeed before something changes"),
    "unknown": ("unknown", "too little is known about what reached the peer"),
}
"""Short and long words of each retry verdict."""

LOST: str = "lost"
"""What is said of a message that never arrives."""

PLATFORMS: dict[str, str] = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
"""The platforms that the tables of numbers know, and how people write them."""

UNKNOWN: dict[str, str] = {
    "endpoint": "the server",
    "host": "the server",
    "port": "the port",
    "peer": "the server",
    "service": "the service",
}
"""What stands in a sentence for a part that is not known."""

IN_COMMANDS: dict[str, str] = {
    "endpoint": "HOST:PORT",
    "host": "HOST",
    "port": "PORT",
    "peer": "PEER",
    "service": "SERVICE",
}
"""What stands for it in a command, which a person types."""

FACTS: dict[str, tuple[str, str]] = {
    "loopback": ("loopback address", "not a loopback address"),
    "private": ("private address", "not a private address"),
    "link-local": ("link-local address", "not a link-local address"),
    "public": ("public address", "not a public address"),
    "unix": ("Unix socket", "not a Unix socket"),
    "ipv4": ("IPv4 address", "not an IPv4 address"),
    "ipv6": ("IPv6 address", "not an IPv6 address"),
    "localhost": ("host given as localhost", "host not given as localhost"),
    "single-label": ("host name without a dot", "host name with a dot"),
    "dotted": ("host name with a dot", "host name without a dot"),
    "malformed-host": ("malformed host", ""),
    "proxy": ("a proxy applies to this host", "no proxy applies to this host"),
    "proxy-set": ("a proxy variable is set", "no proxy variable is set"),
    "tls": ("TLS in use", "TLS not in use"),
    "container": ("in a container", "outside a container"),
    "kubernetes": ("in Kubernetes", "outside Kubernetes"),
    "wsl": ("in WSL", "outside WSL"),
    "ci": ("in CI", "outside CI"),
    "server-side": ("this program is the server", "this program is the client"),
    "dual-stack": ("several addresses tried", "one address tried"),
    "no-roots": ("no root certificates where OpenSSL looks for them", "root certificates where OpenSSL looks for them"),
    "python.org": ("Python from python.org on a Mac, without its root certificates", "not Python from python.org"),
    "default-host": ("the library's default host and port", "not the library's default host and port"),
}
"""Reader's words for each plain fact and for its opposite; none where the opposite is what everybody expects."""

VALUED: dict[str, str] = {
    "platform": "on {}",
    "service": "{}",
    "scheme": "URL with {}://",
    "port": "port {}",
    "host": "host {}",
    "library": "with {}",
    "phase": "{}",
    "errno": "{}",
    "verify": "{}",
    "ssl-reason": "OpenSSL says {}",
    "code": "{}",
}
"""Reader's words for each fact that has a value; its opposite goes through :data:`NOT`."""

NOT: str = "not {}"
"""The opposite of a fact that has a value."""

VERIFICATIONS: dict[str, str] = {
    "9": "certificate not yet valid",
    "10": "certificate expired",
    "18": "self-signed certificate",
    "19": "chain that ends in an unknown root",
    "20": "issuer of the certificate unknown",
    "21": "server sends one certificate, its issuer unknown",
    "23": "certificate revoked",
    "62": "certificate for another name",
    "64": "certificate for another IP address",
    "66": "key of the certificate too short",
    "85": "certificate without an Authority Key Identifier",
    "89": "root without critical basic constraints",
}
"""What OpenSSL's certificate verification found, by its number (``X509_V_ERR_*``)."""

MACHINES: dict[str, str] = {"unknown": "a machine that is not known"}
"""Reader's words for a platform that is none of those in :data:`PLATFORMS`."""

VALUES: dict[str, dict[str, str]] = {
    "phase": PHASES,
    "platform": {**PLATFORMS, **MACHINES},
    "verify": VERIFICATIONS,
}
"""Reader's words for the values of such facts, where the value itself is no reader's word."""
