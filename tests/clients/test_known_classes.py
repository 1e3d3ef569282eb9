"""Every exception class of the clients that sounds like a connection is known."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator

import pytest

from connlog.catalog.wrappers import CLASSES

SOUNDS = re.compile(
    "(?i)abort|broken|cert|clos|conn|dns|down|endpoint|handshake|lost|network|pool|protocol|reach|reset|resolv"
    "|shutdown|socket|ssl|stream|time.?out|tls|transport|unavail"
)
"""Parts of names that sound like a connection."""

MODULES = (
    "aiohttp.client_exceptions",
    "aiohttp.http_exceptions",
    "asyncpg.exceptions",
    "botocore.exceptions",
    "grpc",
    "grpc.aio",
    "h11",
    "httpcore",
    "httpx",
    "pika.exceptions",
    "psycopg.errors",
    "pymongo.errors",
    "redis.asyncio.sentinel",
    "redis.exceptions",
    "redis.multidb.exception",
    "redis.sentinel",
    "requests.exceptions",
    "sqlalchemy.exc",
    "urllib3.exceptions",
    "websockets.exceptions",
)

LEFT_OUT: dict[str, str] = {
    "aiohttp.client_exceptions.UploadAbortedError": "the program's own upload",
    "aiohttp.client_exceptions.WSServerHandshakeError": "an answer",
    "asyncpg.exceptions.EventTriggerProtocolViolatedError": "SQL",
    "asyncpg.exceptions.FDWUnableToEstablishConnectionError": "SQL: a foreign table of the server's",
    "asyncpg.exceptions.SrfProtocolViolatedError": "SQL",
    "asyncpg.exceptions.TriggerProtocolViolatedError": "SQL",
    "botocore.exceptions.BaseEndpointResolverError": "configuration",
    "botocore.exceptions.EndpointProviderError": "configuration",
    "botocore.exceptions.EndpointResolutionError": "configuration",
    "botocore.exceptions.EndpointVariantError": "configuration",
    "botocore.exceptions.InvalidDNSNameError": "a bucket's name",
    "botocore.exceptions.InvalidEndpointConfigurationError": "configuration",
    "botocore.exceptions.InvalidEndpointDiscoveryConfigurationError": "configuration",
    "botocore.exceptions.InvalidIMDSEndpointError": "configuration",
    "botocore.exceptions.InvalidIMDSEndpointModeError": "configuration",
    "botocore.exceptions.InvalidS3UsEast1RegionalEndpointConfigError": "configuration",
    "botocore.exceptions.InvalidSTSRegionalEndpointsConfigError": "configuration",
    "botocore.exceptions.MD5UnavailableError": "this interpreter",
    "botocore.exceptions.UnknownEndpointError": "configuration",
    "botocore.exceptions.UnknownEndpointResolutionBuiltInName": "configuration",
    "botocore.exceptions.UnknownFIPSEndpointError": "configuration",
    "botocore.exceptions.UnseekableStreamError": "the program's own stream",
    "botocore.exceptions.UnsupportedServiceProtocolsError": "configuration",
    "grpc._cython.cygrpc.AbortError": "an application's own abort",
    "h11._util.LocalProtocolError": "the program's own mistake",
    "h11._util.ProtocolError": "a base that nobody raises",
    "httpcore.ConnectionNotAvailable": "the pool's own, caught by it",
    "httpcore.ProtocolError": "a base that nobody raises",
    "httpcore.UnsupportedProtocol": "a URL",
    "httpx.ProtocolError": "a base that nobody raises",
    "httpx.StreamClosed": "used after the program itself has closed it",
    "httpx.StreamConsumed": "the program's own mistake",
    "httpx.StreamError": "the program's own mistake",
    "httpx.TransportError": "a base that nobody raises",
    "httpx.UnsupportedProtocol": "a URL",
    "pika.exceptions.ChannelClosed": "a channel, not its connection",
    "pika.exceptions.ChannelClosedByBroker": "a channel, not its connection",
    "pika.exceptions.ChannelClosedByClient": "a channel, not its connection",
    "redis.exceptions.ClusterCrossSlotError": "an answer",
    "redis.exceptions.ClusterDownError": "an answer",
    "redis.exceptions.ExecAbortError": "an answer",
    "redis.exceptions.MasterDownError": "an answer",
    "requests.exceptions.StreamConsumedError": "the program's own mistake",
    "sqlalchemy.exc.ResourceClosedError": "used after the program itself has closed it",
    "urllib3.exceptions.ClosedPoolError": "used after the program itself has closed it",
    "urllib3.exceptions.PoolError": "a base that nobody raises",
    "urllib3.exceptions.TimeoutStateError": "the program's own mistake",
    "websockets.exceptions.ConnectionClosed": "a base that nobody raises",
    "websockets.exceptions.InvalidHandshake": "an answer",
    "websockets.exceptions.InvalidProtocol": "a URL",
    "websockets.exceptions.WebSocketException": "a base that nobody raises",
}
"""Classes that sound like a connection and are none, and what they are instead."""

ROWS = frozenset(row.type for row in CLASSES)


def named(cls: type) -> str:
    """Name a class as the rows do."""
    return f"{cls.__module__}.{cls.__qualname__}"


def sounding(module: str) -> Iterator[type]:
    """Yield the exceptions of a module whose names sound like a connection."""
    for cls in vars(importlib.import_module(module)).values():
        own = inspect.isclass(cls) and issubclass(cls, Exception) and not issubclass(cls, Warning)
        if own and cls.__module__.partition(".")[0] == module.partition(".")[0] and SOUNDS.search(cls.__qualname__):
            yield cls


@pytest.mark.parametrize("module", MODULES)
def test_each_class_is_mapped_or_left_out(module: str) -> None:
    """An exception that sounds like a connection has a row, or a base that has one, or a reason to have none."""
    unknown = {named(cls) for cls in sounding(module) if ROWS.isdisjoint(map(named, cls.__mro__))}
    assert unknown <= LEFT_OUT.keys()


def test_what_is_left_out_has_no_row() -> None:
    """A class is mapped or left out, never both."""
    assert ROWS.isdisjoint(LEFT_OUT)
