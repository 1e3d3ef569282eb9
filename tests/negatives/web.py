"""
The server answered over HTTP, or the request was wrong before anything was sent.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.error
import urllib.request

import aiohttp
import botocore.config  # type: ignore[import-untyped]
import botocore.exceptions  # type: ignore[import-untyped]
import botocore.session  # type: ignore[import-untyped]
import httpx
import requests
import requests.adapters
import urllib3
import urllib3.exceptions
import urllib3.util
import websockets.exceptions
import websockets.sync.client

from tests.negatives import Places, negative, running


@negative(requests.HTTPError)
def requests_status(at: Places) -> None:
    """
    requests: raise_for_status() on 503.
    """
    requests.get(f"{at.url}/503", timeout=5).raise_for_status()


@negative(RuntimeError)
def wrapped_status(at: Places) -> None:
    """
    A program's own exception, caused by an HTTP status.
    """
    try:
        requests.get(f"{at.url}/504", timeout=5).raise_for_status()
    except requests.HTTPError as error:
        raise RuntimeError("connection to the shop failed") from error


@negative(requests.JSONDecodeError)
def requests_json(at: Places) -> object:
    """
    requests: .json() on HTML; the class is an OSError.
    """
    return requests.get(at.url, timeout=5).json()


@negative(requests.exceptions.InvalidURL)
def requests_invalid_url(_: Places) -> object:
    """
    requests: a URL without a host; the class is an OSError.
    """
    return requests.get("http://", timeout=5)


@negative(requests.exceptions.MissingSchema)
def requests_missing_schema(_: Places) -> object:
    """
    requests: a URL without a scheme.
    """
    return requests.get("127.0.0.1/x", timeout=5)


@negative(requests.exceptions.InvalidSchema)
def requests_invalid_schema(_: Places) -> object:
    """
    requests: "No connection adapters were found", which is about schemes.
    """
    return requests.get("gopher://127.0.0.1/", timeout=5)


@negative(requests.TooManyRedirects)
def requests_redirects(at: Places) -> object:
    """
    requests: a redirect to itself.
    """
    with requests.Session() as session:
        session.max_redirects = 2
        return session.get(f"{at.url}/loop", timeout=5)


@negative(requests.exceptions.RetryError)
def requests_retry_status(at: Places) -> object:
    """
    requests: too many 503 answers, which urllib3 wraps in MaxRetryError.
    """
    retries = urllib3.util.Retry(total=1, status_forcelist=[503], backoff_factor=0)
    with requests.Session() as session:
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
        return session.get(f"{at.url}/503", timeout=5)


@negative(urllib3.exceptions.MaxRetryError)
def urllib3_retry_status(at: Places) -> object:
    """
    urllib3: too many 503 answers.
    """
    retries = urllib3.util.Retry(total=1, status_forcelist=[503], backoff_factor=0)
    with urllib3.PoolManager() as pool:
        return pool.request("GET", f"{at.url}/503", retries=retries)


@negative(urllib3.exceptions.LocationValueError)
def urllib3_no_host(_: Places) -> object:
    """
    urllib3: no host in the URL.
    """
    with urllib3.PoolManager() as pool:
        return pool.request("GET", "http://")


@negative(urllib.error.HTTPError)
def urllib_status(at: Places) -> object:
    """
    urllib: 404; HTTPError is a URLError is an OSError.
    """
    return urllib.request.urlopen(f"{at.url}/404", timeout=5)  # noqa: S310 - on loopback


@negative(urllib.error.URLError)
def urllib_unknown_type(_: Places) -> object:
    """
    urllib: an unknown URL type.
    """
    return urllib.request.urlopen("gopher://127.0.0.1/")  # noqa: S310 - the very point


@negative(urllib.error.URLError)
def urllib_missing_file(at: Places) -> object:
    """
    urllib: a file: URL of a missing file.
    """
    return urllib.request.urlopen((at.folder / "missing").as_uri())  # noqa: S310 - the very point


@negative(http.client.InvalidURL)
def http_client_port(_: Places) -> object:
    """
    http.client: a port that is no number.
    """
    return http.client.HTTPConnection("127.0.0.1:http")


@negative(http.client.CannotSendRequest)
def http_client_order(at: Places) -> object:
    """
    http.client: a second request before the first answer was read.
    """
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", at.web_port, timeout=5)) as connection:
        connection.request("GET", "/")
        connection.request("GET", "/")
        return connection.getresponse()


@negative(httpx.HTTPStatusError)
def httpx_status(at: Places) -> object:
    """
    httpx: raise_for_status() on 500.
    """
    return httpx.get(f"{at.url}/500").raise_for_status()


@negative(httpx.UnsupportedProtocol)
def httpx_protocol(_: Places) -> object:
    """
    httpx: a scheme that it does not speak; the class is a TransportError.
    """
    return httpx.get("gopher://127.0.0.1/")


@negative(httpx.InvalidURL)
def httpx_invalid_url(_: Places) -> object:
    """
    httpx: a port that is no number.
    """
    return httpx.get("http://127.0.0.1:http/")


@negative(httpx.TooManyRedirects)
def httpx_redirects(at: Places) -> object:
    """
    httpx: a redirect to itself.
    """
    with httpx.Client(max_redirects=2) as client:
        return client.get(f"{at.url}/loop", follow_redirects=True)


@negative(json.JSONDecodeError)
def httpx_json(at: Places) -> object:
    """
    httpx: .json() on HTML.
    """
    return httpx.get(at.url).json()


@negative(aiohttp.ClientResponseError)
def aiohttp_status(at: Places) -> object:
    """
    aiohttp: raise_for_status on 502.
    """

    async def main() -> object:
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(f"{at.url}/502") as response:
            return await response.text()

    return running(main)


@negative(aiohttp.ContentTypeError)
def aiohttp_json(at: Places) -> object:
    """
    aiohttp: .json() on HTML.
    """

    async def main() -> object:
        async with aiohttp.ClientSession() as session, session.get(at.url) as response:
            return await response.json()

    return running(main)


@negative(aiohttp.InvalidURL)
def aiohttp_invalid_url(_: Places) -> object:
    """
    aiohttp: a URL without a host.
    """

    async def main() -> object:
        async with aiohttp.ClientSession() as session, session.get("http:///x") as response:
            return response.status

    return running(main)


def _bucket(at: Places, status: str) -> object:
    client = botocore.session.get_session().create_client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=f"{at.url}/{status}",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 - no secret
        config=botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    return client.list_objects(Bucket="bucket")


@negative(botocore.exceptions.ClientError)
def botocore_status(at: Places) -> object:
    """
    botocore: 403 from the service.
    """
    return _bucket(at, "403")


@negative(botocore.exceptions.NoRegionError)
def botocore_region(_: Places) -> object:
    """
    botocore: no region is configured.
    """
    return botocore.session.Session(session_vars={"region": (None, None, None, None)}).create_client("ec2")


@negative(websockets.exceptions.InvalidStatus)
def websockets_status(at: Places) -> object:
    """
    websockets: the server answers the upgrade with 403.
    """
    return websockets.sync.client.connect(f"ws://127.0.0.1:{at.web_port}/403", open_timeout=5, proxy=None)


@negative(websockets.exceptions.InvalidURI)
def websockets_uri(_: Places) -> object:
    """
    websockets: no WebSocket URL.
    """
    return websockets.sync.client.connect("http://127.0.0.1/")
