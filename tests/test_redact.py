"""
Secrets in URLs, DSNs and proxy addresses never survive.
"""

from __future__ import annotations

import string

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import connlog
from connlog import _redact
from connlog._model import Example
from tests.faults import play, run_example

WORD = st.text(alphabet=string.ascii_letters + string.digits, min_size=3, max_size=12)
SECRET = st.text(alphabet=string.ascii_letters + string.digits + "%!$*-_.~", min_size=1, max_size=40).map(
    lambda word: f"S3cr3t{word}"
)
NAMES = (
    "token",
    "access_token",
    "api_key",
    "apikey",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Goog-Signature",
    "sig",
    "Signature",
    "AWSAccessKeyId",
    "password",
    "pwd",
    "passphrase",
    "client_secret",
    "auth",
    "code",
    "state",
    "session_id",
    "jwt",
)


@given(
    scheme=WORD.map("s{}".format),
    user=WORD,
    password=SECRET,
    host=WORD,
    path=WORD,
    name=st.sampled_from(NAMES),
    value=SECRET,
)
def test_no_secret_survives(scheme: str, user: str, password: str, host: str, path: str, name: str, value: str) -> None:  # noqa: PLR0913, PLR0917 -- the parts of a URL
    """
    Neither the password nor the value of a secret query parameter is in what is left of a URL; the host is.
    """
    safe = _redact.redact(f"{scheme}://{user}:{password}@{host}:5432/{path}?{name}={value}&page=2#{value}")
    assert "S3cr3t" not in safe
    assert safe.startswith(f"{scheme}://REDACTED:REDACTED@{host}:5432/{path}?")
    assert "page=2" in safe


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?page=1", "https://example.org/a?page=1"),
        ("https://u@example.org/", "https://REDACTED@example.org/"),
        ("https://u:p@example.org", "https://REDACTED:REDACTED@example.org"),
        ("https://u:p/q@example.org/x", "https://REDACTED:REDACTED@example.org/x"),
        ("u:p@example.org:3128", "REDACTED:REDACTED@example.org:3128"),
        ("https://h/?deadbeefdeadbeef&x", "https://h/?deadbeefdeadbeef&x"),
        ("https://h/?mytoken", "https://h/?REDACTED"),
        ("https://h/?a b=1;token=2", "https://h/?REDACTED&token=REDACTED"),
        ("https://h/#access_token=abc", "https://h/"),
        ("redis://:secret", "redis://:REDACTED"),
        ("redis://ann:secret/0", "redis://ann:REDACTED/REDACTED"),
        ("redis://password=secret:x", "redis://:REDACTED"),
        ("redis://ann:secret#1@db:6379/0", "redis://REDACTED:REDACTED@db:6379/0"),
        ("redis://ann:sec?ret/1@db:6379/0", "redis://REDACTED:REDACTED@db:6379/0"),
        ("redis://ann:sec/ret@db:12x/0", "redis://REDACTED:REDACTED@db:REDACTED/0"),
        ("redis://ann:12#3@db:6379/0", ""),
        ("redis://a:1,b:2/0?x=@c", ""),
        ("redis://ann:a@b/c@db:6379", ""),
        ("redis://ann:a/b@c/d@db?x=@e", ""),
        ("password=x://secret", ""),
        ("jdbc:postgresql://db/shop", "jdbc:postgresql://db/shop"),
        ("https://h/@ann", "https://h/REDACTED"),
        ("https://h/?mail=a@b&copy=c@d", "https://h/REDACTED"),
        ("http://localhost:8000/?mail=a@b", "http://localhost:8000/REDACTED"),
        ("mongodb://a:1,b:2/?tls=true", "mongodb://a:1,b:2/?tls=true"),
        ("http://::1:9001/", "http://::1:9001/"),
        ("http://[fd00::1]:80/", "http://[fd00::1]:80/"),
        ("https://h/" + "x" * 5_000, "https://h/" + "x" * (_redact.LONGEST - 10)),
    ],
)
def test_each_part_of_a_url(url: str, safe: str) -> None:
    """
    Each part of a URL is kept, replaced or dropped as this table says.
    """
    assert _redact.redact(url) == safe


@pytest.mark.parametrize(
    ("host", "clean"),
    [
        ("db", "db"),
        ("pa:ss@db", "REDACTED@db"),
        ("h" * 300, "h" * 255),
        ("::1", "::1"),
        ("http:", "http:"),
        ("db:x", "db:REDACTED"),
        ("host=db password=secret", ""),
        ("ann:12/3@db", ""),
    ],
)
def test_hosts(host: str, clean: str) -> None:
    """
    A host that holds a password is cleaned, not reported whole.
    """
    assert _redact.clean_host(host) == clean


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("/run/redis.sock", "/run/redis.sock"),
        ("/home/ann@work/redis.sock", "/home/ann@work/redis.sock"),
        ("/run/redis.sock?password=secret", "/run/redis.sock"),
        ("ann:secret@/run/redis.sock", "/run/redis.sock"),
        ("ann:secret@/run/redis.sock?db=1", "/run/redis.sock"),
        ("\0abstract", "\0abstract"),
        ("redis.sock", "redis.sock"),
        ("ann:secret@db:6379", ""),
        ("password=secret", ""),
    ],
)
def test_paths(path: str, clean: str) -> None:
    """
    The path of a unix socket is kept; credentials before it, options behind it and other things are not.
    """
    assert _redact.clean_path(path) == clean


def test_nothing_of_a_failed_request_leaks() -> None:
    """
    A refused request with secrets in its URL leaves none of them in the diagnosis.
    """
    with play("refuse") as server:
        url = f"http://admin:S3cr3t@{server.host}:{server.port}/x?api_key=S3cr3t"
        with pytest.raises(requests.ConnectionError) as caught:
            requests.get(url, timeout=1)
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.url == f"http://REDACTED:REDACTED@{server.host}:{server.port}/x?api_key=REDACTED"
    assert "S3cr3t" not in repr(found)


def test_a_password_read_as_a_host_does_not_leak() -> None:
    """
    Urllib takes credentials for a part of the host; the host is named without them.
    """
    code = "import urllib.request\nurllib.request.urlopen('http://S3cr3t@nothing.invalid/')"
    outcome = run_example(Example(fault="name-not-found", code=code), heals=False)
    assert outcome.diagnosis is not None
    assert outcome.diagnosis["server_address"] == "REDACTED@nothing.invalid"
    assert "S3cr3t" not in str(outcome.diagnosis)
