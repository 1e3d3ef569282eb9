"""
Secrets never reach any output, whichever exception, attribute, frame or message they come from.

Hypothesis makes the secrets, with the characters that cut URLs and connection strings apart; the places are those of
connlog's own tables, so that a new row is tested as soon as it is there.
"""

from __future__ import annotations

import json
import socket
import string
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType, SimpleNamespace
from typing import Any
from urllib.parse import quote

import aiohttp
import botocore.exceptions
import httpx
import psycopg
import pymongo.errors
import pytest
import redis.exceptions
import requests
import sqlalchemy.exc
import structlog
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connlog import ConnectionErrorEnricher, render
from connlog._diagnose import diagnose, diagnose_frames, diagnose_text
from connlog._model import Diagnosis, Hint, Place
from connlog.catalog import CATALOG
from connlog.catalog.wrappers import HELD, HELD_URLS, PLACES, TARGETS, URLS
from connlog.fields import CONVENTIONS, spell

MARK = "S3cr3t"
"""Stands in every secret; nothing else holds it."""

TEAM = CATALOG.extended(
    [Hint(text="Ask {host}, {port}, {peer}, {endpoint}: `nc {host} {port}` `to {endpoint}`.", when=("!ci",))]
)
"""A team's own hint names all that it can."""

NAMES = (
    *(
        "token",
        "access_token",
        "refresh_token",
        "id_token",
        "api_key",
        "apikey",
        "x-api-key",
        "key",
        "sig",
        "signature",
    ),
    *("X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "X-Goog-Signature", "AWSAccessKeyId", "Signature"),
    *("password", "passwd", "pwd", "pass", "passphrase", "sslpassword", "secret", "client_secret", "auth", "authToken"),
    *("authorization", "bearer", "code", "state", "session", "sessionid", "jwt", "credential", "private_key", "sas"),
)

# ------------------------------------------------------------------------------------------------- texts with a secret

letters = st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=8)
pieces = st.text(alphabet=string.ascii_letters + string.digits + ":/?#[]@!$&'()*+,;=%-._~ \"\\<>|^{}", max_size=6)
secrets = st.builds(lambda before, after: f"{before}{MARK}{after}", pieces, pieces)


def quoted(secret: str) -> str:
    """Write a value as libpq wants it."""
    return "'" + secret.replace("\\", r"\\").replace("'", r"\'") + "'"


_PARTED = str.maketrans("&;", "--")
"""What follows these in a query is another value."""

_NO_HOST = str.maketrans("", "", "@:")
"""Before the one there is no password, and two of the other are an address."""

SHAPES: dict[str, Callable[[str, str], str]] = {
    "password in a URL": lambda secret, _: f"postgresql://ann:{quote(secret, safe='')}@db.example:5432/shop",
    "password in a URL, not encoded": lambda secret, _: f"redis://ann:{secret}@db.example:6379/0",
    "password without a user": lambda secret, _: f"redis://:{secret}@db.example:6379/0",
    "password without a host": lambda secret, _: f"redis://:{secret.translate(_NO_HOST)}",
    "token as the user": lambda secret, _: f"https://{quote(secret, safe='')}@api.example/v1",
    "proxy": lambda secret, _: f"http://ann:{secret}@proxy.example:3128",
    "proxy without a scheme": lambda secret, _: f"ann:{secret.lstrip('/')}@proxy.example:3128",
    "several hosts": lambda secret, _: (
        f"mongodb://ann:{quote(secret, safe='')}@a.example:27017,b.example:27017/?tls=true"
    ),
    "query": lambda secret, name: f"https://api.example/v1?page=2&{name}={quote(secret, safe='')}&z=1",
    "query, not encoded": lambda secret, name: f"https://api.example/v1?{name}={secret.translate(_PARTED)}",
    "query after semicolons": lambda secret, name: f"https://api.example/v1?page=2;{name}={quote(secret, safe='')}",
    "fragment": lambda secret, name: f"https://api.example/v1#{name}={secret}",
    "JDBC": lambda secret, name: f"jdbc:postgresql://db.example/shop?user=ann&{name}={quote(secret, safe='')}",
    "keywords": lambda secret, _: f"host=db.example port=5432 user=ann password={quoted(secret)} dbname=shop",
    "keywords, the password first": lambda secret, _: f"password={quoted(secret)} host=db.example port=5432",
    "keywords, without quotes": lambda secret, _: f"password={''.join(secret.split())} host=db.example",
    "keywords for ODBC": lambda secret, _: f"Server=db.example,1433;Uid=ann;Pwd={{{secret}}};",
}

_IN_PROSE = str.maketrans("", "", " \"'<>")
"""What ends a URL in a sentence: behind it nobody can tell what the rest belongs to."""


def written(secrets: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write secrets into texts of every shape."""
    return st.builds(
        lambda shape, secret, name: SHAPES[shape](secret, name), st.sampled_from(sorted(SHAPES)), secrets, names
    )


names = st.sampled_from(NAMES)
texts = written(secrets)
words = written(secrets.map(lambda secret: secret.translate(_IN_PROSE)))

# --------------------------------------------------------------------------------------------------- where it may stand


def refused() -> OSError:
    """Make the plainest failure."""
    return ConnectionRefusedError(111, "Connection refused")


def holding(path: str, value: object) -> tuple[str, object]:
    """Build what a dotted path leads through: the name of the first thing, and the thing."""
    first, *rest = path.split(".")
    for name in reversed(rest):
        if name.isdigit():
            value = (*[None] * int(name), value)
        else:
            value = [value] if name == "*" else SimpleNamespace(**{name: value})
    return first, value


def merged(things: dict[str, object], path: str | None, value: object) -> None:
    """Add what a dotted path leads to, beside what is there already."""
    if path is None:
        return
    name, made = holding(path, value)
    known = things.get(name)
    if isinstance(known, SimpleNamespace) and isinstance(made, SimpleNamespace):
        for inner, thing in vars(made).items():
            vars(known).setdefault(inner, thing)
    elif isinstance(known, tuple) and isinstance(made, tuple):
        longer, shorter = sorted((known, made), key=len, reverse=True)
        things[name] = tuple(a if a is not None else b for a, b in zip(longer, (*shorter, *[None] * 9), strict=False))
    else:
        things.setdefault(name, made)


def raised(exc: BaseException, module: str, function: str, arguments: dict[str, object]) -> BaseException:
    """Raise an exception in a library's function with these arguments."""
    code: Any = compile(f"def run({', '.join(arguments)}):\n    raise exc\n", "x", "exec").co_consts[0]
    file = f"/usr/lib/python3.11/site-packages/{module.replace('.', '/')}.py"
    run = FunctionType(code.replace(co_filename=file, co_name=function), {"__name__": module, "exc": exc})
    try:
        run(*arguments.values())
    except BaseException as caught:
        return caught
    raise AssertionError


def in_a_place(place: Place, text: str) -> BaseException:
    """Fail in a listed function whose arguments hold a text wherever its row looks."""
    things: dict[str, object] = {}
    if place.when is not None and not place.when.startswith("!"):
        merged(things, place.when, "http://proxy.example")
    for path in (place.host, place.url, place.path):
        merged(things, path, text)
    merged(things, place.port, 5432)
    return raised(refused(), place.module, place.function, things)


def in_an_argument(path: str, text: str) -> BaseException:
    """Fail in any function of a library, with an argument of the kind that libraries have."""
    things: dict[str, object] = {}
    merged(things, path, text)
    return raised(refused(), "redis.connection", "connect_somehow", things)


def in_an_attribute(path: str, text: str) -> BaseException:
    """Fail with a library's exception that holds a text."""
    exc = requests.ConnectionError("no words")
    exc.__cause__ = refused()
    name, thing = holding(path, text)
    setattr(exc, name, thing)
    return exc


def own_call(function: str, text: str) -> BaseException:
    """Let the program's own socket call fail, with a text as the address."""
    try:
        if function == "connect":
            with socket.socket() as sock:
                sock.connect((text, 5432))
        elif function == "create_connection":
            socket.create_connection((text, 5432), timeout=0.1)
        elif function == "getaddrinfo":
            socket.getaddrinfo(text, 5432)
        else:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(text)
    except Exception as exc:
        return exc
    raise AssertionError


MESSAGES = (
    "Error 111 connecting to {0}:6379. Connection refused.",
    "Error 111 connecting to {0}. Connection refused.",
    "Timeout reading from {0}:6379",
    "HTTPConnectionPool(host='{0}', port=80): Max retries exceeded with url: {0} (Caused by None)",
    "Cannot connect to host {0}:80 ssl:default [Connect call failed ('{0}', 80)]",
    "Connection timeout to host {0}",
    'Could not connect to the endpoint URL: "{0}"',
    "SSL validation failed for {0} [SSL: CERTIFICATE_VERIFY_FAILED]",
    'connection to server at "{0}", port 5432 failed: Connection refused',
    'connection to server at "{0}" (10.0.0.1), port 5432 failed: Connection refused',
    "failed to resolve host '{0}': [Errno -2] Name or service not known",
    "{0}:27017: [Errno 111] Connection refused (configured timeouts: connectTimeoutMS: 20000.0ms)",
    "{0}: [Errno 111] Connection refused",
    "[Errno 111] Connect call failed ('{0}', 5432)",
    "error while attempting to bind on address ('{0}', 5432): address already in use",
    "Can't connect to MySQL server on '{0}' ([Errno 111] Connection refused)",
    "Unable to bootstrap from [('{0}', 9092)]",
    "Couldn't connect to {0}:7687 (resolved to ())",
    "Code: 210. Connection refused ({0}:9000)",
    "Failed to connect to {0} port 80 after 0 ms: Could not connect to server",
    "{0}",
)
KINDS: tuple[Callable[[str], BaseException], ...] = (
    OSError,
    redis.exceptions.ConnectionError,
    requests.ConnectionError,
    urllib3.exceptions.ProtocolError,
    httpx.ConnectError,
    psycopg.OperationalError,
    pymongo.errors.ServerSelectionTimeoutError,
    lambda said: sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.OperationalError(said)),
    lambda said: OSError(111, said),
    lambda said: requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, said, refused())),  # type: ignore[arg-type]
)


def carried(text: str) -> Iterator[BaseException]:
    """Make the exceptions of real libraries that carry a request, a key or an address with a text."""
    made: tuple[Callable[[], BaseException], ...] = (
        lambda: requests.ConnectionError(refused(), request=requests.Request("GET", text).prepare()),
        lambda: httpx.ConnectError("no", request=httpx.Request("GET", text)),
        lambda: botocore.exceptions.EndpointConnectionError(endpoint_url=text, error=refused()),
        lambda: aiohttp.ClientConnectorError(SimpleNamespace(host=text, port=80, ssl=True), refused()),  # type: ignore[arg-type]
        lambda: urllib3.exceptions.MaxRetryError(urllib3.HTTPConnectionPool(text, 80), text, refused()),
        lambda: urllib3.exceptions.NewConnectionError(SimpleNamespace(host=text, port=80), text),  # type: ignore[arg-type]
    )
    for make in made:
        try:
            yield make()
        except Exception:  # noqa: S112 -- the library itself refuses such a text
            continue


# ------------------------------------------------------------------------------------------------------- what comes out


def outputs(found: Diagnosis) -> Iterator[str]:
    """Spell a diagnosis in every way."""
    yield repr(found)
    yield render.block(found, width=60)
    yield render.block(found, width=120, colour=True, encoding="ascii")
    for convention in CONVENTIONS.values():
        for record in (False, True):
            yield json.dumps(spell(found, convention, "connection_error", handled=False, record=record))


def check(exc: BaseException) -> None:
    """Diagnose an exception, and the texts that are made of it: none may let a secret through."""
    shown = "".join(traceback.format_exception(exc))
    stacks = structlog.processors.dict_tracebacks(None, "error", {"exc_info": exc})["exception"]
    for found in (
        diagnose(exc, catalog=TEAM),
        diagnose_text(shown, catalog=TEAM),
        diagnose_frames(stacks, catalog=TEAM),  # type: ignore[arg-type]
    ):
        for said in outputs(found) if found is not None else ():
            assert MARK not in said
            assert quote(MARK) not in said
    event: dict[str, Any] = {"event": "no luck", "exc_info": exc}
    ConnectionErrorEnricher()(None, "error", event)
    assert MARK not in json.dumps({name: value for name, value in event.items() if name != "exc_info"})


often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(words, st.sampled_from(MESSAGES), st.sampled_from(KINDS))
def test_messages(text: str, message: str, kind: Callable[[str], BaseException]) -> None:
    """What a message says of an endpoint must be said without its secrets, whichever class says it."""
    exc = kind(message.replace("{0}", text))
    check(exc)
    check(raised(exc, "redis.connection", "connect", {}))


@often
@given(words)
def test_exceptions_that_carry_a_request(text: str) -> None:
    """The request, the pool or the key that a real exception carries must lose its secrets."""
    for exc in carried(text):
        check(exc)


@pytest.mark.parametrize("path", sorted({path for row in TARGETS for path in row[:1] if path} | set(URLS)))
@settings(often, max_examples=40)
@given(texts)
def test_attributes(path: str, text: str) -> None:
    """Each attribute in which libraries hold an address must lose its secrets."""
    check(in_an_attribute(path, text))


@often
@given(texts, st.sampled_from([place for place in PLACES if place.host or place.url or place.path]))
def test_listed_frames(text: str, place: Place) -> None:
    """Each argument that is read in a listed frame must lose its secrets."""
    check(in_a_place(place, text))


@often
@given(texts, st.sampled_from([path for path, _ in HELD] + list(HELD_URLS)))
def test_other_frames(text: str, path: str) -> None:
    """Each argument that is read in any library's frame must lose its secrets."""
    check(in_an_argument(path, text))


@often
@given(texts, st.sampled_from(["connect", "create_connection", "getaddrinfo", "unix"]))
def test_own_calls(text: str, function: str) -> None:
    """The address of the program's own failing call must lose its secrets."""
    check(own_call(function, text))


@often
@given(words, st.sampled_from(["cause", "context", "member", "argument", "note", "attribute"]))
def test_whatever_the_way(text: str, way: str) -> None:
    """Wherever in a chain the secret stands, it must stay there."""
    inner = redis.exceptions.ConnectionError(f"Error 111 connecting to {text}:6379. Connection refused.")
    outer: Any = RuntimeError(f"can't reach {text}")
    if way == "member":
        outer = ExceptionGroup(f"no luck with {text}", [inner, refused()])
    elif way == "argument":
        outer = requests.ConnectionError(inner, {"url": text})
    elif way == "note":
        outer = refused()
        outer.add_note(f"while asking {text}")
    elif way == "attribute":
        outer = requests.ConnectionError("no words")
        outer.reason = inner
    else:
        setattr(outer, f"__{way}__", inner)
    check(outer)
