"""
Exceptions and values that raise or lie whatever is done to them, for the tests that nothing may upset.
"""

from __future__ import annotations

from typing import Any

import httpx
import requests

BOOM = "an attribute that raises"


class Mean:
    """
    A value that raises whatever is done to it.
    """

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(BOOM)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(BOOM)

    def __hash__(self) -> int:
        raise RuntimeError(BOOM)

    def __str__(self) -> str:
        raise RuntimeError(BOOM)

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        raise RuntimeError(BOOM)

    def __bool__(self) -> bool:
        raise RuntimeError(BOOM)

    def __len__(self) -> int:
        raise RuntimeError(BOOM)

    def __iter__(self) -> Any:
        raise RuntimeError(BOOM)

    def __index__(self) -> int:
        raise RuntimeError(BOOM)


class MeanText(str):
    """
    A text that raises when it is read.
    """

    __slots__ = ()

    def __getitem__(self, key: object) -> str:
        raise RuntimeError(BOOM)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(BOOM)

    def __hash__(self) -> int:
        raise RuntimeError(BOOM)

    def lower(self) -> str:
        """
        Raise.
        """
        raise RuntimeError(BOOM)


class MeanNumber(int):
    """
    A number that raises when it is compared or counted with.
    """

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(BOOM)

    def __lt__(self, other: object) -> bool:
        raise RuntimeError(BOOM)

    def __int__(self) -> int:
        raise RuntimeError(BOOM)

    def __hash__(self) -> int:
        raise RuntimeError(BOOM)


def _raise(_: object) -> Any:
    raise RuntimeError(BOOM)


def _raising(base: type[BaseException], *names: str) -> type[BaseException]:
    """
    Make a class whose named attributes raise.
    """
    return type(f"Raising{base.__name__}", (base,), {name: property(_raise) for name in names})


class SilentError(OSError):
    """
    ``str()`` and ``repr()`` raise.
    """

    def __str__(self) -> str:
        raise RuntimeError(BOOM)

    __repr__ = __str__


class WordlessError(ConnectionError):
    """
    ``str()`` gives a text that raises when it is read.
    """

    def __str__(self) -> str:
        return MeanText("refused")


class NumberlessError(OSError):
    """
    ``str()`` gives no text at all.
    """

    def __str__(self) -> str:
        return 42  # type: ignore[return-value]  # noqa: PLE0307 - the very point


class FalsyError(ConnectionRefusedError):
    """
    An exception that is false and empty.
    """

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0


class UnequalError(ConnectionResetError):
    """
    Can't be compared or hashed.
    """

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(BOOM)

    __hash__ = None  # type: ignore[assignment]


class MeanType(type):
    """
    A class that can't be compared, hashed or named.
    """

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError(BOOM)

    __hash__ = None  # type: ignore[assignment]

    @property
    def __module__(cls) -> str:  # type: ignore[override]
        raise RuntimeError(BOOM)


class MeanTypeError(ConnectionRefusedError, metaclass=MeanType):
    """
    An exception of such a class.
    """


class NamelessError(OSError):
    """
    Its module is no text.
    """


NamelessError.__module__ = Mean()  # type: ignore[assignment]


class LiarError(Exception):
    """
    Says that it is something else, with numbers that are none.
    """

    errno = True
    winerror = "10061"

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return ConnectionRefusedError


class ComputedError(OSError):
    """
    Has attributes for everything, and each is mean.
    """

    def __getattr__(self, name: str) -> object:
        raise KeyError(name)


NAMES = ("errno", "winerror", "strerror", "args", "reason", "request", "host", "port", "__class__", "__dict__")
LINKS = ("__cause__", "__context__", "__suppress_context__", "__traceback__", "__notes__", "exceptions")
HOSTILE: tuple[type[BaseException], ...] = (
    _raising(OSError, *NAMES),
    _raising(ConnectionRefusedError, *NAMES, *LINKS),
    _raising(requests.ConnectionError, *NAMES),
    _raising(httpx.ConnectError, *NAMES),
    SilentError,
    WordlessError,
    NumberlessError,
    FalsyError,
    UnequalError,
    MeanTypeError,
    NamelessError,
    LiarError,
    ComputedError,
)
