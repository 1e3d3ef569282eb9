"""
A small program that fails: what it raises is rendered into texts of the corpus.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import socket
import sqlite3
import urllib.request
from pathlib import Path

import aiohttp
import httpx
import psycopg
import pymongo
import redis
import requests

logger = logging.getLogger("shop")


class OrderError(Exception):
    """
    What the shop tells its callers.
    """


def send_order(host: str, port: int) -> None:
    """
    Send an order by hand.
    """
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect((host, port))
        sock.sendall(b"GET /orders HTTP/1.1\r\n\r\n")
        sock.recv(1)


def send_order_wrapped(host: str, port: int) -> None:
    """
    Send an order, and tell the caller in the shop's own words.
    """
    try:
        send_order(host, port)
    except OSError as error:
        raise OrderError("order 4711 was not sent") from error


def send_order_carelessly(host: str, port: int) -> None:
    """
    Send an order, and fail at something else while coping.
    """
    answers: dict[str, str] = {}
    try:
        send_order(host, port)
    except OSError:
        logger.warning(answers["retry"])


def fetch_stock(host: str, port: int) -> object:
    """
    Ask with requests.
    """
    return requests.get(f"http://{host}:{port}/stock", timeout=0.2).json()


def fetch_stock_safely(host: str, port: int) -> object:
    """
    Ask with requests, by TLS.
    """
    return requests.get(f"https://{host}:{port}/stock", timeout=2).json()


def fetch_prices(host: str, port: int) -> bytes:
    """
    Ask with the standard library's client.
    """
    connection = http.client.HTTPConnection(host, port, timeout=1)
    connection.request("GET", "/prices")
    return connection.getresponse().read()


def fetch_rates(host: str, port: int) -> object:
    """
    Ask with httpx.
    """
    return httpx.get(f"http://{host}:{port}/rates", timeout=1).json()


def fetch_feed(host: str, port: int) -> bytes:
    """
    Ask with urllib.
    """
    with urllib.request.urlopen(f"http://{host}:{port}/feed", timeout=1) as answer:
        return answer.read()


def fetch_news(host: str, port: int) -> None:
    """
    Ask with aiohttp.
    """

    async def fetch() -> None:
        async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}/news") as answer:
            await answer.json()

    asyncio.run(fetch())


def watch(host: str, port: int) -> None:
    """
    Connect with asyncio.
    """
    asyncio.run(asyncio.wait_for(asyncio.open_connection(host, port), 2))


def watch_two(host: str, port: int) -> None:
    """
    Connect twice, in tasks of one group.
    """

    async def watch_both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(send_order, host, port))
            group.create_task(asyncio.to_thread(send_order_wrapped, host, port))

    asyncio.run(watch_both())


def count_users(host: str, port: int) -> None:
    """
    Log in to PostgreSQL.
    """
    psycopg.connect(host=host, port=port, dbname="shop", user="shop")


def warm_cache(host: str, port: int) -> None:
    """
    Ask Redis.
    """
    redis.Redis(host, port).ping()


def list_carts(host: str, port: int) -> object:
    """
    Ask MongoDB.
    """
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(host, port, serverSelectionTimeoutMS=100)
    return client.shop.carts.find_one()


def refund(host: str, port: int) -> None:
    """
    Be turned away by HTTP.
    """
    requests.post(f"http://{host}:{port}/refunds", timeout=1).raise_for_status()


def parse_answer(host: str, port: int) -> object:
    """
    Stumble over an answer whose words speak of a refusal.
    """
    try:
        return json.loads(f"connection refused by {host}:{port}")
    except ConnectionRefusedError as error:
        raise ConnectionError("[Errno 111] Connection refused") from error


def read_settings(host: str, port: int) -> str:
    """
    Miss a file.
    """
    return Path(f"/etc/shop/{host}-{port}-connection.ini").read_text(encoding="utf-8")


def handle_refusal(host: str, port: int) -> None:
    """
    Misspell the exception to catch.
    """
    try:
        raise LookupError(f"no such order on {host}:{port}")
    except ConnectionRefusedEror:  # type: ignore[name-defined] # noqa: F821 -- the very point
        logger.warning("connection refused")


def query(_host: str, _port: int) -> None:
    """
    Get the SQL wrong.
    """
    sqlite3.connect(":memory:").execute("SELECT reason FROM connection_errors WHERE errno = 111")


def find_timeouts(host: str, port: int) -> str:
    """
    Miss a key.
    """
    timeouts = {"connect": 3.05, "read": 27}
    return f"{host}:{port} {timeouts['ConnectTimeout: timed out']}"
