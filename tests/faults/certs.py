"""Certificates for the faults, made by trustme: good ones, and each of the bad ones that clients must refuse."""

from __future__ import annotations

import datetime as dt
import ssl
import tempfile
from functools import cache
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")
"""What a good certificate of the fault server is made out for."""


@cache
def _authority(name: str) -> trustme.CA:
    """
    Make one authority a process and name; ``trusted`` is the one that clients are told to trust.
    """
    return trustme.CA(organization_name=f"connlog tests: {name}")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """
    Make the folder for certificate files, removed when the process ends.
    """
    return tempfile.TemporaryDirectory(prefix="connlog-tests-")


@cache
def ca_file() -> str:
    """
    Write the certificate of the authority that clients may trust, and return its path.
    """
    path = Path(_folder().name) / "ca.pem"
    _authority("trusted").cert_pem.write_to_path(str(path))
    return str(path)


@cache
def server_context(kind: str) -> ssl.SSLContext:
    """
    Return a server's context whose certificate is of the named kind.

    Args:
        kind: ``good``, ``untrusted`` (issued by somebody else), ``self-signed``, ``expired`` or ``wrong-host``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if kind == "self-signed":
        own = _authority("itself")
        with own.cert_pem.tempfile() as certificate, own.private_key_pem.tempfile() as key:
            context.load_cert_chain(certificate, key)
        return context
    _leaf(kind).configure_cert(context)
    return context


def _leaf(kind: str) -> trustme.LeafCert:
    """
    Issue the server's certificate.
    """
    if kind == "untrusted":
        return _authority("somebody else").issue_cert(*NAMES)
    if kind == "expired":
        now = dt.datetime.now(dt.UTC)
        return _authority("trusted").issue_cert(
            *NAMES, not_before=now - dt.timedelta(days=30), not_after=now - dt.timedelta(days=1)
        )
    if kind == "wrong-host":
        return _authority("trusted").issue_cert("other.example")
    return _authority("trusted").issue_cert(*NAMES)
