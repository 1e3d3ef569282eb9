"""
Nothing of it is a network: files, pipes, words.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import resource
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import requests

from tests.negatives import Places, negative, running


@negative(FileNotFoundError)
def open_missing(at: Places) -> object:
    """
    open(): no such file.
    """
    return (at.folder / "missing").open()


@negative(FileNotFoundError)
def list_missing(at: Places) -> object:
    """
    os.listdir(): no such folder.
    """
    return os.listdir(at.folder / "missing")  # noqa: PTH208 - the very call


@negative(FileNotFoundError)
def ca_file_missing(at: Places) -> object:
    """
    ssl: the CA file is missing; the exception has no file name.
    """
    return ssl.create_default_context(cafile=str(at.folder / "missing.pem"))


@negative(OSError)
def requests_ca_file_missing(_: Places) -> object:
    """
    requests: the CA bundle is missing.
    """
    return requests.get("https://127.0.0.1:9/", timeout=1, verify="/nowhere/ca.pem")


@negative(ssl.SSLError)
def ca_file_empty(at: Places) -> object:
    """
    ssl: the CA file holds no certificate.
    """
    file = at.folder / "empty.pem"
    file.write_text("")
    return ssl.create_default_context(cafile=str(file))


@negative(ssl.SSLError)
def certificate_file_broken(at: Places) -> None:
    """
    ssl: the program's own certificate file holds no certificate.
    """
    file = at.folder / "broken.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(file)


@negative(PermissionError)
def write_proc(_: Places) -> object:
    """
    PermissionError on a file: this one is read-only for root, too.
    """
    return Path("/proc/self/mem/none" if os.geteuid() else "/proc/sys/kernel/ngroups_max").write_text("1")


@negative(IsADirectoryError)
def open_folder(at: Places) -> object:
    """
    open(): a folder.
    """
    return at.folder.open()


@negative(OSError)
def disk_full(_: Places) -> object:
    """
    ENOSPC from a file.
    """
    with Path("/dev/full").open("wb", buffering=0) as file:
        return file.write(b"x")


@negative(FileNotFoundError)
def command_missing(_: Places) -> object:
    """
    subprocess: no such program.
    """
    return subprocess.run(["connlog-no-such-program"], check=False)


@negative(OSError)
def bad_descriptor(_: Places) -> object:
    """
    EBADF from os.read().
    """
    return os.read(10_000, 1)


@negative(UnicodeDecodeError)
def decode(_: Places) -> object:
    """
    A file that is not UTF-8.
    """
    return b"\xff".decode()


@negative(BrokenPipeError)
def child_stdin(_: Places) -> object:
    """
    EPIPE on the stdin of a child that has ended.
    """
    child = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    child.wait()
    assert child.stdin is not None
    try:
        child.stdin.write(b"x")
        return child.stdin.flush()
    finally:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()


@negative(ConnectionError)
def asyncio_child_stdin(_: Places) -> object:
    """
    asyncio: the child has closed its stdin; only the frames tell that the "lost connection" is a pipe.
    """

    async def main() -> object:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            "sh", "-c", "exec 0<&-; echo; exec sleep 9", stdin=pipe, stdout=pipe
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            await child.stdout.readline()
            for _ in range(100):
                child.stdin.write(b"x")
                await child.stdin.drain()
            return None
        finally:
            child.kill()
            await child.wait()

    return running(main)


@negative(BrokenPipeError)
def asyncio_child_stdin_closed(_: Places) -> object:
    """
    asyncio: the child ends without reading all of its stdin.
    """

    async def main() -> None:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec("head", "-c", "1", stdin=pipe, stdout=subprocess.DEVNULL)
        assert child.stdin is not None
        try:
            child.stdin.write(b"x" * 1_000_000)
            await child.stdin.wait_closed()
        finally:
            await child.wait()

    return running(main)


@negative(BrokenPipeError)
def own_pipe(_: Places) -> object:
    """
    EPIPE on a pipe of the program's own.
    """
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return os.write(writer, b"x")
    finally:
        os.close(writer)


@negative(EOFError)
def no_input(_: Places) -> object:
    """
    EOFError from pickle.
    """
    return pickle.loads(b"")  # noqa: S301 - a literal


@negative(subprocess.CalledProcessError)
def child_failed(_: Places) -> object:
    """
    subprocess: a child ends with a status; its words are its own.
    """
    command = [sys.executable, "-c", "raise SystemExit('[Errno 111] Connection refused')"]
    return subprocess.run(command, check=True, capture_output=True)


@negative(ValueError)
def words_in_value_error(_: Places) -> object:
    """
    Words alone prove nothing.
    """
    raise ValueError("connection refused")


@negative(RuntimeError)
def errno_in_runtime_error(_: Places) -> object:
    """
    Not even with an errno in them.
    """
    raise RuntimeError("[Errno 111] Connection refused")


@negative(NameError)
def name_error(_: Places) -> object:
    """
    A NameError about ConnectionError.
    """
    return eval("ConnectionErorr", {})  # noqa: S307 - a literal


@negative(AttributeError)
def attribute_error(_: Places) -> object:
    """
    An AttributeError about a module that knows connection errors.
    """
    return requests.exceptions.ConnectionRefused  # type: ignore[attr-defined]


@negative(json.JSONDecodeError)
def json_error(_: Places) -> object:
    """
    A JSON error.
    """
    return json.loads("Connection refused")


class ConnectionRefused(Exception):  # noqa: N818 - named to mislead
    """
    A class of the program's own, with a name that says more than it knows.
    """


@negative(ConnectionRefused)
def own_class(_: Places) -> object:
    """
    A class of the program's own with such a name.
    """
    raise ConnectionRefused("connection refused by the moderator")


@negative(ExceptionGroup)
def words_in_a_group(_: Places) -> object:
    """
    A group that says so, of members that only say so.
    """
    raise ExceptionGroup("connection refused", [ValueError("connection refused"), RuntimeError("[Errno 104]")])


@negative(OverflowError)
def port_too_large(_: Places) -> None:
    """
    A port that no system has.
    """
    with socket.socket() as client:
        client.connect(("127.0.0.1", 70_000))


@negative(KeyError)
def raised_from_none(_: Places) -> None:
    """
    The program hides a refused connection on purpose: `raise X from None` is respected.
    """
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        try:
            socket.create_connection(bound.getsockname(), timeout=5)
        except OSError:
            raise KeyError("no such customer") from None


@negative(OSError)
def too_many_files(_: Places) -> None:
    """
    EMFILE from open(): no network in it.
    """
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        lowest = stack.enter_context(Path(os.devnull).open()).fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 8, limits[1]))
        for _number in range(20):
            stack.enter_context(Path(os.devnull).open())


@negative(SystemExit)
def exits(_: Places) -> object:
    """
    The program ends itself.
    """
    sys.exit("connection refused")
