"""
What OpenSSL says without a mnemonic, and what it says of this side's own files.
"""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path

import pytest
import trustme

import connlog
from connlog._diagnose import diagnose_text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("[SSL] record layer failure (_ssl.c:1000)", "tls-not-spoken"),
        ("[SSL] tlsv1 alert no application protocol (_ssl.c:1000)", "tls-handshake-failed"),
        ("[SSL: BAD_RECORD_TYPE] bad record type (_ssl.c:1000)", "tls-handshake-failed"),
    ],
)
def test_reasons_that_no_mnemonic_names(words: str, code: str) -> None:
    """
    OpenSSL 3.2 and later leave some failures of a handshake without a mnemonic: their words tell. No stack here speaks
    that OpenSSL, so the text stands in for it.
    """
    found = diagnose_text(f"Traceback (most recent call last):\nssl.SSLError: {words}\n")
    assert found is not None
    assert found.code == code


def test_own_files_are_no_connection(tmp_path: Path) -> None:
    """
    A key that does not fit its certificate, or is none, fails before any connection.
    """
    authority = trustme.CA()
    one, two = authority.issue_cert("one.example.org"), authority.issue_cert("two.example.org")
    files = {name: tmp_path / name for name in ("cert", "key", "none")}
    one.cert_chain_pems[0].write_to_path(files["cert"])
    two.private_key_pem.write_to_path(files["key"])
    files["none"].write_text("no certificate at all")
    context = ssl.create_default_context()
    for cert, key in (("cert", "key"), ("none", "key"), ("cert", "none")):
        with pytest.raises(ssl.SSLError) as caught:
            context.load_cert_chain(files[cert], files[key])
        assert connlog.diagnose(caught.value) is None, caught.value
    with pytest.raises(ssl.SSLError) as caught:
        context.set_ciphers("NO-SUCH-CIPHER")
    assert connlog.diagnose(caught.value) is None


def test_an_empty_status_line_is_a_closed_connection() -> None:
    """
    Where a status line was due and nothing came, the peer closed; anything else is another protocol.
    """
    for line, code in (("", "closed-by-peer"), ("SSH-2.0-x", "protocol-mismatch")):
        found = connlog.diagnose(http.client.BadStatusLine(line))
        assert found is not None
        assert found.code == code
