"""What a process of a pool runs: it imports no more than it needs to ask."""

from __future__ import annotations


def ask(address: str, patience: float, ca_file: str) -> None:
    """
    Ask for a page by requests.
    """
    import requests  # noqa: PLC0415 - may be missing, and the others need not wait for it

    requests.get(address, timeout=patience, verify=ca_file)


def ask_plainly(host: str, port: int, patience: float) -> None:
    """
    Ask for a page by the standard library.
    """
    import http.client  # noqa: PLC0415 - likewise

    connection = http.client.HTTPConnection(host, port, timeout=patience)
    connection.request("GET", "/")
    connection.getresponse().read()


def ask_in_other_words(host: str, port: int, patience: float) -> None:
    """
    Ask by the standard library, and raise an exception of the program's own.
    """
    try:
        ask_plainly(host, port, patience)
    except OSError as error:
        raise RuntimeError("the job failed") from error
