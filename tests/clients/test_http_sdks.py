"""The clients of HTTP services: their own exception, above httpx's, above httpcore's, above the failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import connlog
from tests.clients.cases import Case, check
from tests.clients.installed import lazy
from tests.clients.tables import LOCALHOST, LONG, Outcome, context, rows
from tests.clients.web import (
    BEHIND_THE_PROXY,
    BEHIND_THE_TUNNEL,
    HTTP,
    HTTPS,
    REUSED,
    TLS_REQUEST,
    TLS_REQUEST_SYNC,
    behind_proxies,
    url,
)
from tests.faults import Server, play

openai, anthropic, httpx2 = lazy("openai"), lazy("anthropic"), lazy("httpx2")

QUESTION = [{"role": "user", "content": "Are you there?"}]
RETRIED: Mapping[str, Outcome] = {fault: HTTP[fault] for fault in ("refuse", "reset-after-request")}
"""What is left of the last try, once an SDK has tried again by itself."""

Ask = Callable[..., Any]


def by_openai(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, tries: int = 0, **options: Any
) -> None:
    """Ask a model by openai."""
    transport = httpx2.Client(verify=context(server), trust_env=False, **options)
    with openai.OpenAI(
        base_url=address or url(server), api_key="key", timeout=patience, max_retries=tries, http_client=transport
    ) as client:
        for _ in range(times):
            client.chat.completions.create(model="m", messages=QUESTION)


async def by_openai_async(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, tries: int = 0, **options: Any
) -> None:
    """Ask a model by openai, asynchronously."""
    transport = httpx2.AsyncClient(verify=context(server), trust_env=False, **options)
    async with openai.AsyncOpenAI(
        base_url=address or url(server), api_key="key", timeout=patience, max_retries=tries, http_client=transport
    ) as client:
        for _ in range(times):
            await client.chat.completions.create(model="m", messages=QUESTION)


def by_anthropic(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, tries: int = 0, **options: Any
) -> None:
    """Ask a model by anthropic."""
    transport = httpx2.Client(verify=context(server), trust_env=False, **options)
    with anthropic.Anthropic(
        base_url=address or url(server), api_key="key", timeout=patience, max_retries=tries, http_client=transport
    ) as client:
        for _ in range(times):
            client.messages.create(model="m", max_tokens=9, messages=QUESTION)


async def by_anthropic_async(
    server: Server, patience: float, address: str | None = None, *, times: int = 1, tries: int = 0, **options: Any
) -> None:
    """Ask a model by anthropic, asynchronously."""
    transport = httpx2.AsyncClient(verify=context(server), trust_env=False, **options)
    async with anthropic.AsyncAnthropic(
        base_url=address or url(server), api_key="key", timeout=patience, max_retries=tries, http_client=transport
    ) as client:
        for _ in range(times):
            await client.messages.create(model="m", max_tokens=9, messages=QUESTION)


def asking(client: str, ask: Ask, tls: Mapping[str, Outcome]) -> list[Case]:
    """Write the rows of one SDK, sync or async."""
    return [
        *rows(client, ask, HTTP),
        *rows(client, lambda s, p: ask(s, p, url(s, host="localhost")), LOCALHOST),
        *rows(client, partial(ask, tries=1), RETRIED, note="retried"),
        *rows(client, partial(ask, times=2), REUSED),
        *behind_proxies(
            client,
            lambda s, p: ask(s, p, BEHIND_THE_PROXY, proxy=url(s)),
            lambda s, p: ask(s, p, BEHIND_THE_TUNNEL, proxy=url(s)),
        ),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), HTTPS),
        *rows(client, lambda s, p: ask(s, p, url(s, "https")), tls, note="tls", tls=True),
    ]


CASES: tuple[Case, ...] = (
    *asking("openai", by_openai, TLS_REQUEST_SYNC),
    *asking("openai async", by_openai_async, TLS_REQUEST),
    *asking("anthropic", by_anthropic, TLS_REQUEST_SYNC),
    *asking("anthropic async", by_anthropic_async, TLS_REQUEST),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_sdk(case: Case, clients_seen: dict[str, Any]) -> None:
    """The SDK's own «Connection error.» does not hide what happened on the wire."""
    check(case, __name__, clients_seen)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(by_openai, marks=pytest.mark.needs("openai"), id="openai"),
        pytest.param(by_anthropic, marks=pytest.mark.needs("anthropic"), id="anthropic"),
    ],
)
@pytest.mark.parametrize("fault", ["proxy-answers-502", "proxy-asks-login"])
def test_a_status_is_no_connection_failure(ask: Ask, fault: str) -> None:
    """A service that answers 502 or 407 has answered."""
    with play(fault) as server, pytest.raises(Exception, match=r"(?i)502|407|bad gateway|error code") as caught:
        ask(server, LONG)
    assert connlog.diagnose(caught.value) is None
