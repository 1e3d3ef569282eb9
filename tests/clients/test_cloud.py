"""SDKs of clouds and orchestrators against every fault that applies; what is only an answer of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients import scripted
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.tables import LOCALHOST, LONG, UNIX, rows
from tests.clients.web import (
    BODY,
    BROKEN_TUNNEL,
    HTTP,
    HTTPS,
    LARGE,
    REUSED,
    SENDING,
    SENDING_UNNOTICED,
    TLS_REQUEST,
    TLS_REQUEST_SYNC,
    behind_proxies,
    but,
    url,
)
from tests.faults import Server

azure = lazy("azure.core.pipeline")
azure_core = lazy("azure.core")
azure_rest = lazy("azure.core.rest")
azure_transport = lazy("azure.core.pipeline.transport")
boto3 = lazy("boto3")
botocore_config = lazy("botocore.config")
docker = lazy("docker")
google_auth = lazy("google.auth.credentials")
google_operations = lazy("google.api_core.operations_v1")
kubernetes = lazy("kubernetes.client")


def aws(
    service: str, server: Server, patience: float, scheme: str = "http", host: str | None = None, **options: Any
) -> Any:
    """Make a client of AWS that tries once."""
    config = botocore_config.Config(
        connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 1}, **options
    )
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=url(server, scheme, host),
        aws_access_key_id="id",
        aws_secret_access_key="hush-hush",  # noqa: S106 - signs requests to nobody
        verify=server.ca_file,
        config=config,
    )


def bucket(server: Server, patience: float, **options: Any) -> None:
    """Ask S3 for its buckets."""
    aws("s3", server, patience, **options).list_buckets()


def bucket_twice(server: Server, patience: float) -> None:
    """Ask S3 twice on one connection."""
    client = aws("s3", server, patience)
    client.get_object(Bucket="bucket", Key="key")["Body"].read()
    client.list_buckets()


def downloaded(server: Server, patience: float) -> None:
    """Read an object of S3."""
    aws("s3", server, patience).get_object(Bucket="bucket", Key="key")["Body"].read()


def uploaded(server: Server, patience: float) -> None:
    """Send a large object to S3."""
    aws("s3", server, patience).put_object(Bucket="bucket", Key="key", Body=LARGE)


def queue(server: Server, patience: float, **options: Any) -> None:
    """Send a message to SQS."""
    client = aws("sqs", server, patience, **options)
    client.send_message(QueueUrl=f"{client.meta.endpoint_url}/1/queue", MessageBody="hello")


def bucket_by_proxy(server: Server, patience: float, scheme: str = "http") -> None:
    """Ask S3 through a proxy."""
    config = botocore_config.Config(
        connect_timeout=patience,
        read_timeout=patience,
        retries={"total_max_attempts": 1},
        proxies={"http": url(server), "https": url(server)},
    )
    boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"{scheme}://target.invalid",
        aws_access_key_id="id",
        aws_secret_access_key="hush-hush",  # noqa: S106 - signs requests to nobody
        config=config,
    ).list_buckets()


AWS = but(HTTP, {"close-in-body": None})
"""botocore passes over an answer cut short, and takes it for an HTTP status 500."""

AGAIN = {fault: HTTP[fault] for fault in ("refuse", "accept-silent", "reset-after-request", "close-after-request")}
"""Enough for another way to the same request."""

BOTO3 = [
    *rows("boto3", bucket, AWS),
    *rows("boto3", partial(bucket, host="localhost"), LOCALHOST),
    *rows("boto3", downloaded, BODY, note="object"),
    *rows("boto3", bucket_twice, REUSED),
    *rows("boto3", uploaded, SENDING_UNNOTICED),
    *behind_proxies("boto3", bucket_by_proxy, partial(bucket_by_proxy, scheme="https")),
    *rows("boto3", partial(bucket, scheme="https"), HTTPS),
    *rows("boto3", partial(bucket, scheme="https"), TLS_REQUEST_SYNC, note="tls", tls=True),
    *rows("boto3", queue, AWS, note="sqs"),
]


def piped(
    server: Server, patience: float, address: str | None = None, data: bytes | None = None, **options: Any
) -> None:
    """Ask by a pipeline of azure-core that tries once."""
    transport = azure_transport.RequestsTransport(
        connection_timeout=patience, read_timeout=patience, connection_verify=server.ca_file
    )
    request = azure_rest.HttpRequest("POST" if data else "GET", address or url(server), content=data)
    with azure.Pipeline(transport) as pipeline:
        pipeline.run(request, **options)


def piped_strictly(server: Server, patience: float) -> None:
    """Ask by a pipeline client of azure-core, and take a status for a failure."""
    with azure_core.PipelineClient(url(server), policies=[]) as client:
        client.send_request(azure_rest.HttpRequest("GET", "/"), read_timeout=patience).raise_for_status()


def piped_localhost(server: Server, patience: float) -> None:
    """Ask localhost by azure-core."""
    piped(server, patience, url(server, host="localhost"))


def piped_secured(server: Server, patience: float) -> None:
    """Ask over TLS by azure-core."""
    piped(server, patience, url(server, "https"))


def piped_by_proxy(server: Server, patience: float, address: str = "http://target.invalid/") -> None:
    """Ask through a proxy by azure-core."""
    piped(server, patience, address, proxies={"http": url(server), "https": url(server)})


def piped_twice(server: Server, patience: float) -> None:
    """Ask twice on one connection by azure-core."""
    transport = azure_transport.RequestsTransport(connection_timeout=patience, read_timeout=patience)
    with azure.Pipeline(transport) as pipeline:
        for _ in range(2):
            pipeline.run(azure_rest.HttpRequest("GET", url(server))).http_response.read()


def piped_stream(server: Server, patience: float) -> None:
    """Read an answer piece by piece by azure-core."""
    transport = azure_transport.RequestsTransport(connection_timeout=patience, read_timeout=patience)
    with azure.Pipeline(transport) as pipeline:
        answer = pipeline.run(azure_rest.HttpRequest("GET", url(server)), stream=True).http_response
        for _ in answer.iter_raw():
            pass


async def piped_async(
    server: Server, patience: float, address: str | None = None, data: bytes | None = None, **options: Any
) -> None:
    """Ask by an asynchronous pipeline of azure-core."""
    settings = {"connection_timeout": patience, "read_timeout": patience, "connection_verify": server.ca_file}
    request = azure_rest.HttpRequest("POST" if data else "GET", address or url(server), content=data)
    async with azure.AsyncPipeline(azure_transport.AioHttpTransport(**settings)) as pipeline:
        await pipeline.run(request, **options)


async def piped_async_localhost(server: Server, patience: float) -> None:
    """Ask localhost by azure-core, asynchronously."""
    await piped_async(server, patience, url(server, host="localhost"))


async def piped_async_secured(server: Server, patience: float) -> None:
    """Ask over TLS by azure-core, asynchronously."""
    await piped_async(server, patience, url(server, "https"))


async def piped_async_by_proxy(server: Server, patience: float, address: str = "http://target.invalid/") -> None:
    """Ask through a proxy by azure-core, asynchronously."""
    await piped_async(server, patience, address, proxies={"http": url(server), "https": url(server)})


AZURE = [
    *rows("azure-core", piped, HTTP),
    *rows("azure-core", piped_localhost, LOCALHOST),
    *rows("azure-core", piped_stream, BODY, note="stream"),
    *rows("azure-core", piped_twice, REUSED),
    *rows("azure-core", partial(piped, data=LARGE), SENDING_UNNOTICED),
    *behind_proxies("azure-core", piped_by_proxy, partial(piped_by_proxy, address="https://target.invalid/")),
    *rows("azure-core", piped_secured, HTTPS),
    *rows("azure-core", piped_secured, TLS_REQUEST_SYNC, note="tls", tls=True),
]


def operation(server: Server, patience: float, scheme: str = "http", host: str | None = None) -> None:
    """Ask for a long-running operation by google-api-core's REST transport."""
    transport = google_operations.OperationsRestTransport(
        host=url(server, scheme, host).rstrip("/"), credentials=google_auth.AnonymousCredentials()
    )
    transport._session.verify, transport._session.trust_env = server.ca_file, False
    client = google_operations.AbstractOperationsClient(transport=transport)
    client.get_operation("projects/1/operations/1", retry=None, timeout=patience)


AZURE_ASYNC = [
    *rows("azure-core aio", piped_async, but(HTTP, {"descriptors-exhausted": None})),  # it reads a file first
    *rows("azure-core aio", piped_async_localhost, LOCALHOST),
    *rows("azure-core aio", partial(piped_async, data=LARGE), SENDING),
    *behind_proxies(
        "azure-core aio",
        piped_async_by_proxy,
        partial(piped_async_by_proxy, address="https://target.invalid/"),
        but(BROKEN_TUNNEL, {"accept-silent": None}),  # its time-outs begin when the tunnel stands
    ),
    *rows("azure-core aio", piped_async_secured, HTTPS),
    *rows("azure-core aio", piped_async_secured, TLS_REQUEST, note="tls", tls=True),
]

GOOGLE = [
    *rows("google-api-core rest", operation, HTTP),
    *rows("google-api-core rest", partial(operation, host="localhost"), LOCALHOST),
    *rows("google-api-core rest", partial(operation, scheme="https"), HTTPS),
    *rows("google-api-core rest", partial(operation, scheme="https"), TLS_REQUEST_SYNC, note="tls", tls=True),
]


def cluster(server: Server, *, scheme: str = "http", host: str | None = None, retries: Any = False) -> Any:
    """Make a client of Kubernetes."""
    settings = kubernetes.Configuration(host=url(server, scheme, host).rstrip("/"))
    settings.ssl_ca_cert, settings.retries = server.ca_file, retries
    return kubernetes.CoreV1Api(kubernetes.ApiClient(settings))


def namespaces(server: Server, patience: float, **options: Any) -> None:
    """Ask Kubernetes for its namespaces."""
    cluster(server, **options).list_namespace(_request_timeout=patience)


def namespaces_by_proxy(server: Server, patience: float, scheme: str = "http") -> None:
    """Ask Kubernetes through a proxy."""
    settings = kubernetes.Configuration(host=f"{scheme}://target.invalid")
    settings.proxy, settings.retries = url(server), False
    kubernetes.CoreV1Api(kubernetes.ApiClient(settings)).list_namespace(_request_timeout=patience)


def namespaces_twice(server: Server, patience: float) -> None:
    """Ask Kubernetes twice on one connection."""
    client = cluster(server)
    for _ in range(2):
        client.list_namespace(_request_timeout=patience, _preload_content=False).read()


def logs(server: Server, patience: float) -> None:
    """Read a pod's log piece by piece."""
    answer = cluster(server).read_namespaced_pod_log(
        "pod", "default", _request_timeout=patience, _preload_content=False
    )
    for _ in answer.stream(10):
        pass


def secret(server: Server, patience: float) -> None:
    """Send a large object to Kubernetes."""
    cluster(server).create_namespaced_config_map(
        "default", kubernetes.V1ConfigMap(data={"large": LARGE.decode()}), _request_timeout=patience
    )


KUBERNETES = [
    *rows("kubernetes", namespaces, HTTP),
    *rows("kubernetes", partial(namespaces, retries=None), AGAIN, note="retried"),
    *rows("kubernetes", partial(namespaces, host="localhost"), LOCALHOST),
    *rows("kubernetes", logs, BODY, note="logs"),
    *rows("kubernetes", namespaces_twice, REUSED),
    *rows("kubernetes", secret, SENDING_UNNOTICED),
    *behind_proxies("kubernetes", namespaces_by_proxy, partial(namespaces_by_proxy, scheme="https")),
    *rows("kubernetes", partial(namespaces, scheme="https"), HTTPS),
    *rows("kubernetes", partial(namespaces, scheme="https"), TLS_REQUEST_SYNC, note="tls", tls=True),
]


def daemon(server: Server, patience: float, version: str | None = "1.50", **options: Any) -> Any:
    """Make a client of Docker."""
    base = f"unix://{server.path}" if server.path else f"tcp://{options.pop('host', server.host)}:{server.port}"
    client = docker.DockerClient(base, version=version, timeout=patience, **options)
    client.api.trust_env = False  # REQUESTS_CA_BUNDLE would outrank the authority of the tests
    return client


def containers(server: Server, patience: float, **options: Any) -> None:
    """Ask Docker for its containers."""
    client = daemon(server, patience, **options)
    server.cleanup.callback(client.close)
    client.containers.list()


def containers_secured(server: Server, patience: float) -> None:
    """Ask Docker over TLS."""
    containers(server, patience, tls=docker.tls.TLSConfig(ca_cert=server.ca_file, verify=True))


def containers_twice(server: Server, patience: float) -> None:
    """Ask Docker twice on one connection."""
    client = daemon(server, patience)
    server.cleanup.callback(client.close)
    client.ping()
    client.ping()


def image(server: Server, patience: float) -> None:
    """Send a large image to Docker."""
    daemon(server, patience).images.load(LARGE)


def pulled(server: Server, patience: float) -> None:
    """Read what Docker says while it pulls an image."""
    for _ in daemon(server, patience).api.pull("image", "latest", stream=True):
        pass


DOCKER = [
    *rows("docker", containers, HTTP),
    *rows("docker", partial(containers, version="auto"), AGAIN, note="version"),
    *rows("docker", partial(containers, host="localhost"), LOCALHOST),
    *rows("docker", containers, UNIX),
    *rows("docker", partial(containers, version="auto"), UNIX, note="version"),
    *rows("docker", pulled, but(BODY, {"stall-in-body": None}), note="pull"),  # it waits for ever, on purpose
    *rows("docker", containers_twice, REUSED),
    *rows("docker", image, SENDING_UNNOTICED),
    *rows("docker", containers_secured, HTTPS),
    *rows("docker", containers_secured, TLS_REQUEST_SYNC, note="tls", tls=True),
]

CASES: tuple[Case, ...] = (*BOTO3, *AZURE, *AZURE_ASYNC, *GOOGLE, *KUBERNETES, *DOCKER)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_cloud(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


SDKS: Mapping[str, Callable[[Server, float], object]] = {
    "boto3": bucket,
    "azure-core": piped_strictly,
    "google-api-core": operation,
    "kubernetes": namespaces,
    "docker": containers,
}


@pytest.mark.parametrize(
    "status", ["403 Forbidden", "404 Not Found", "409 Conflict", "500 Internal Server Error", "503 Slow"]
)
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in SDKS])
def test_a_status_of_http_is_no_connection_failure(name: str, status: str) -> None:
    """Whatever a service answers by HTTP, its SDK's exception is no connection failure."""
    answer = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with (
        scripted.playing(lambda _, connection: connection.sendall(connection.recv(65536) and answer)) as server,
        pytest.raises(Exception) as caught,  # noqa: PT011 - whatever the SDK raises
    ):
        SDKS[name](server, LONG)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)
