"""gRPC and what stands on it against every fault that applies; what is only an answer of the application."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from concurrent import futures
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.outcomes import (
    AFTER_FIX,
    CLOSED,
    GARBAGE,
    HERE,
    IF_IDEMPOTENT,
    NO_NAME,
    NO_SOCKET_FILE,
    PROXY_STATUS,
    REFUSED,
    REFUSED_UNIX,
    RESET,
    at,
)
from tests.clients.tables import LOCALHOST, LONG, PLAIN, SHORT, TLS, Outcome, opening, rows
from tests.faults import Server

google_exceptions = lazy("google.api_core.exceptions")
google_operations = lazy("google.api_core.operations_v1")
google_retry = lazy("google.api_core.retry")
grpc = lazy("grpc")
aio = lazy("grpc.aio")
grpc_helpers = lazy("google.api_core.grpc_helpers")

SETTINGS = b"\0\0\0\4\0\0\0\0\0"
"""What an HTTP/2 server says first (RFC 9113, section 6.5): a client sends no request before."""

PREFACE, FRAME = 24, 9
"""So many bytes has what a client says first, and the head of a frame."""


def take_the_call(connection: socket.socket) -> None:
    """Speak HTTP/2 until a call has arrived as a whole: its last frame ends the stream (RFC 9113, section 6.1)."""
    connection.sendall(SETTINGS)
    connection.recv(PREFACE, socket.MSG_WAITALL)
    ends = False
    while not ends:
        head = connection.recv(FRAME, socket.MSG_WAITALL)
        connection.recv(int.from_bytes(head[:3]), socket.MSG_WAITALL)
        ends = head[3:5] == b"\0\1"


def trusting(server: Server) -> Any:
    """Trust the authority of the tests."""
    return grpc.ssl_channel_credentials(Path(server.ca_file).read_bytes())


def call(target: str, patience: float, tls: Server | None = None, **options: Any) -> None:
    """Call a method by gRPC."""
    channel = grpc.secure_channel(target, trusting(tls)) if tls else grpc.insecure_channel(target, **options)
    with channel:
        channel.unary_unary("/service/Method")(b"", timeout=patience)


def call_by_proxy(server: Server, patience: float) -> None:
    """Call a method through a proxy by gRPC."""
    options = [("grpc.http_proxy", f"http://{server.host}:{server.port}")]
    call("192.0.2.1:443", patience, options=options)


def stream(server: Server, patience: float) -> None:
    """Read a stream of answers by gRPC."""
    with grpc.insecure_channel(f"{server.host}:{server.port}") as channel:
        for _ in channel.unary_stream("/service/Method")(b"", timeout=patience):
            pass


async def call_async(target: str, patience: float, tls: Server | None = None) -> None:
    """Call a method by gRPC's asyncio client."""
    channel = aio.secure_channel(target, trusting(tls)) if tls else aio.insecure_channel(target)
    async with channel:
        await channel.unary_unary("/service/Method")(b"", timeout=patience)


def operation(server: Server, patience: float, host: str | None = None, retry: Any = None) -> None:
    """Ask for a long-running operation by google-api-core's gRPC transport."""
    with grpc.insecure_channel(f"{host or server.host}:{server.port}") as channel:
        google_operations.OperationsClient(channel).get_operation("operations/1", retry=retry, timeout=patience)


def operation_retried(server: Server, patience: float) -> None:
    """Ask for an operation again and again, until google-api-core gives up."""
    retry = google_retry.Retry(google_retry.if_transient_error, initial=0.01, maximum=0.01, timeout=4 * SHORT)
    operation(server, patience, retry=retry)


def unsure(outcome: Outcome) -> Outcome:
    """Return an outcome as gRPC shows it: its core does not say whether it was sending or receiving."""
    return (*outcome[:3], "transfer", IF_IDEMPOTENT)


def nowhere(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return outcomes as gRPC's asyncio client shows them: a passed deadline has no endpoint."""
    return {fault: at(None, outcome) if outcome == DEADLINE else outcome for fault, outcome in outcomes.items()}


def all_nowhere(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return outcomes of a call that was sent, as gRPC's asyncio client shows them: without any endpoint."""
    return {fault: at(None, outcome) for fault, outcome in outcomes.items()}


DEADLINE: Outcome = ("timeout", None, HERE, "transfer", IF_IDEMPOTENT)
GRPC: Mapping[str, Outcome] = {
    **PLAIN,
    "full-backlog": DEADLINE,
    "accept-silent": DEADLINE,
    "reset-after-request": opening(RESET),
    "close-after-accept": opening(CLOSED),
    "close-after-request": opening(CLOSED),
    "garbage-answer": (*GARBAGE[:3], "connect", AFTER_FIX),
    "name-not-found": ("dns-name-not-found", None, *NO_NAME[2:]),
    "temporary-dns": ("dns-temporary-failure", None, HERE, "resolve", "safe"),
}
GRPC_TLS: Mapping[str, Outcome] = {
    **TLS,
    # It looks first whether HTTP/2 was agreed on (ALPN); it was not.
    "tls-wrong-host": (*GARBAGE[:3], "connect", AFTER_FIX),
    "tls-reset-in-handshake": opening(RESET),
    "tls-silent": DEADLINE,
}
GRPC_UNIX: Mapping[str, Outcome] = {"no-socket-file": NO_SOCKET_FILE, "refuse-unix": REFUSED_UNIX}
SENT: Mapping[str, Outcome] = {
    "accept-silent": DEADLINE,
    "reset-after-accept": unsure(RESET),
    "close-after-accept": CLOSED,
}
"""What happens once HTTP/2 is spoken, and the call is sent."""

BEHIND_A_PROXY: Mapping[str, Outcome] = {
    "proxy-refuses": REFUSED,  # nothing but its port tells that it was the proxy
    "proxy-name-not-found": GRPC["name-not-found"],
    "proxy-answers-502": PROXY_STATUS,
    "proxy-asks-login": PROXY_STATUS,
}
RETRIED = {fault: GRPC[fault] for fault in ("refuse", "accept-silent", "close-after-request", "name-not-found")}
LOST_NAME = {"refuse-localhost": at("127.0.0.1:{port}", REFUSED)}
"""grpc.aio keeps no target: what is left is the address that was tried last."""

CASES: tuple[Case, ...] = (
    *rows("grpcio", lambda s, p: call(f"{s.host}:{s.port}", p), GRPC),
    *rows("grpcio", lambda s, p: call(f"localhost:{s.port}", p), LOCALHOST),
    *rows("grpcio", lambda s, p: call(f"{s.host}:{s.port}", p), SENT, greeting=take_the_call, note="sent"),
    *rows("grpcio", stream, SENT, greeting=take_the_call, note="stream"),
    *rows("grpcio", call_by_proxy, BEHIND_A_PROXY),
    *rows("grpcio", lambda s, p: call(f"{s.host}:{s.port}", p, s), GRPC_TLS),
    *rows("grpcio", lambda s, p: call(f"unix:{s.path}", p), GRPC_UNIX),
    *rows("grpcio aio", lambda s, p: call_async(f"{s.host}:{s.port}", p), nowhere(GRPC)),
    *rows("grpcio aio", lambda s, p: call_async(f"localhost:{s.port}", p), LOST_NAME),
    *rows(
        "grpcio aio",
        lambda s, p: call_async(f"{s.host}:{s.port}", p),
        all_nowhere(SENT),
        greeting=take_the_call,
        note="sent",
    ),
    *rows("grpcio aio", lambda s, p: call_async(f"{s.host}:{s.port}", p, s), nowhere(GRPC_TLS)),
    *rows("grpcio aio", lambda s, p: call_async(f"unix:{s.path}", p), GRPC_UNIX),
    *rows("google-api-core grpc", operation, GRPC),
    *rows("google-api-core grpc", partial(operation, host="localhost"), LOCALHOST),
    *rows("google-api-core grpc", operation, SENT, greeting=take_the_call, note="sent"),
    *rows("google-api-core grpc", operation_retried, RETRIED, note="retried"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_rpc_client(case: Case, clients_seen: dict[str, Any]) -> None:
    """What happened on the wire is what connlog says, with errno, endpoint, phase and retry verdict."""
    check(case, __name__, clients_seen)


def aborting() -> Any:
    """Make the handler of an application that aborts each call with the status that the method is named after."""

    def abort(request: Any, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        if name == "raise":
            raise ConnectionRefusedError(111, "Connection refused")
        request.abort(grpc.StatusCode[name], "the database at 127.0.0.1:5432 says: Connection refused")

    def service(details: Any) -> Any:
        if details.method.endswith("/nothing"):
            return None
        return grpc.unary_unary_rpc_method_handler(lambda _, request: abort(request, details))

    handler = type("Service", (grpc.GenericRpcHandler,), {"service": lambda _, details: service(details)})
    return handler()


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    """Lend the target of a gRPC application."""
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[aborting()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.mark.needs("grpcio")
@pytest.mark.parametrize(
    "method",
    ["UNAVAILABLE", "DEADLINE_EXCEEDED", "NOT_FOUND", "UNAUTHENTICATED", "FAILED_PRECONDITION", "raise", "nothing"],
)
def test_what_an_application_aborts_with_is_no_connection_failure(method: str, application: str) -> None:
    """A gRPC status of the application's own is an answer, even UNAVAILABLE with the words of a failed connection."""
    with grpc.insecure_channel(application) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"/service/{method}")(b"", timeout=LONG)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("google-api-core", "grpcio")
@pytest.mark.parametrize("method", ["UNAVAILABLE", "NOT_FOUND", "PERMISSION_DENIED", "nothing"])
def test_what_a_service_of_google_answers_is_no_connection_failure(method: str, application: str) -> None:
    """Neither is it when google-api-core has translated it, and given up to retry."""
    with grpc.insecure_channel(application) as channel:
        ask = grpc_helpers.wrap_errors(channel.unary_unary(f"/service/{method}"))
        again = google_retry.Retry(google_retry.if_transient_error, initial=0.01, maximum=0.01, timeout=SHORT)
        with pytest.raises(google_exceptions.GoogleAPIError) as caught:
            again(ask)(b"", timeout=LONG)
    assert connlog.diagnose(caught.value) is None, repr(caught.value)


@pytest.mark.needs("grpcio")
def test_a_certificate_for_another_name_is_named_so_by_grpc() -> None:
    """What gRPC says of a certificate that is made out for another name is understood."""
    authority = trustme.CA()
    trust = grpc.ssl_channel_credentials(authority.cert_pem.bytes())
    certificate = authority.issue_cert("other.example")
    key, chain = certificate.private_key_pem.bytes(), certificate.cert_chain_pems[0].bytes()
    server = grpc.server(futures.ThreadPoolExecutor(1))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
    server.start()
    with grpc.secure_channel(f"127.0.0.1:{port}", trust) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/service/Method")(b"", timeout=LONG)
        found = connlog.diagnose(caught.value)
    server.stop(None).wait()
    assert found is not None
    seen = (found.code, found.phase, found.retry, found.server_address, found.server_port)
    assert seen == ("tls-hostname-mismatch", "tls", "after-fix", "127.0.0.1", port)


@pytest.mark.needs("grpcio")
def test_a_channel_that_gets_never_ready_timed_out() -> None:
    """grpc.channel_ready_future says only that time has passed, so does connlog."""
    with grpc.insecure_channel("127.0.0.1:1") as channel, pytest.raises(grpc.FutureTimeoutError) as caught:
        grpc.channel_ready_future(channel).result(timeout=SHORT)
    found = connlog.diagnose(caught.value)
    assert found is not None
    assert found.code == "timeout"
