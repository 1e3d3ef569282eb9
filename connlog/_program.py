"""
Runs somebody's program in this process as the interpreter itself would run it.

Imports nothing of connlog. What a program can see of its surroundings (``sys.argv``,
``sys.path[0]``, its ``__main__``) and how an uncaught exception ends it are as after ``python SCRIPT`` or
``python -m MODULE``.
"""

from __future__ import annotations

import builtins
import importlib.util
import io
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple

__all__ = ["NotRunnableError", "run"]


class NotRunnableError(Exception):
    """
    There is no such program; the message says what was looked for and where.
    """


class Program(NamedTuple):
    """
    A program that is ready to run.

    Attributes:
        code: What to execute.
        name: What it sees as ``sys.argv[0]``.
        path: What it sees as ``sys.path[0]``.
        known: What its ``__main__`` knows about itself.
    """

    code: CodeType
    name: str
    path: str
    known: dict[str, Any]


def run(target: str, arguments: list[str], *, module: bool) -> None:
    """
    Run a program to its end; what it raises passes through, and its traceback starts in the program.

    Args:
        target: A script, a directory or archive with a ``__main__``, or the name of a module.
        arguments: What the program sees as ``sys.argv[1:]``.
        module: *target* names a module.

    Raises:
        NotRunnableError: There is no such program.
    """
    sys.argv[:] = ["-m" if module else target, *arguments]
    try:
        program = _load_module(target) if module else _load_script(target)
        sys.argv[0] = program.name
        _put_first(program.path)
        main = ModuleType("__main__")
        vars(main).update(program.known, __builtins__=builtins)
        sys.modules["__main__"] = main
        exec(program.code, vars(main))  # noqa: S102 -- to run the program is the purpose
    except NotRunnableError:
        raise
    except BaseException as exc:
        _report_without_us(exc)
        raise


def _load_script(script: str) -> Program:
    # Joined as the interpreter does it: "..", "." and links stay in __file__.
    file = os.path.join(os.getcwd(), script)  # noqa: PTH109, PTH118
    spec = PathFinder.find_spec("__main__", [file])
    if spec is not None:
        return _from_spec(spec, name=script, path=file)
    try:
        with io.open_code(file) as stream:
            source = stream.read()
    except IsADirectoryError:
        raise NotRunnableError(f"there is no __main__.py in the directory {script}") from None
    except OSError as exc:
        raise NotRunnableError(f"can't read the script {file}: {exc.strerror}") from None
    code = compile(source, file, "exec", dont_inherit=True)
    loader = SourceFileLoader("__main__", file)
    folder = os.path.dirname(os.path.realpath(file))  # noqa: PTH120 -- as above
    return Program(code, script, folder, {"__file__": file, "__cached__": None, "__loader__": loader})


def _load_module(name: str) -> Program:
    if "" in name.split("."):
        raise NotRunnableError(f"'{name}' is no name of a module")
    path = os.getcwd()  # noqa: PTH109 -- sys.path holds strings
    _put_first(path)
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as exc:
        if not f"{name}.".startswith(f"{exc.name}."):
            raise
        spec = None
    if spec is None:
        raise NotRunnableError(f"there is no module {name} on sys.path, which starts with {path}")
    program = _from_spec(spec, path=path)
    return program._replace(name=program.known["__file__"])


def _from_spec(spec: ModuleSpec, *, name: str = "", path: str) -> Program:
    code: CodeType | None = getattr(spec.loader, "get_code", lambda _: None)(spec.name)
    if code is None:
        raise NotRunnableError(f"{spec.name} ({spec.origin}) holds no Python code that could be run")
    known = {
        "__file__": spec.origin,
        "__cached__": spec.cached,
        "__loader__": spec.loader,
        "__package__": spec.parent,
        "__spec__": spec,
    }
    return Program(code, name, path, known)


def _put_first(path: str) -> None:
    """
    Put *path* where the interpreter has put the place from which connlog itself was started.
    """
    if not sys.flags.safe_path:
        sys.path[0] = path


def _report_without_us(error: BaseException) -> None:
    """
    Let the interpreter report *error* without the frames between it and the program.

    The interpreter does the reporting: exit status, Ctrl-C and a hook that fails are then what they always are. Only
    the traceback that the hook sees is cut, and as late as that: it grows on the error's way up.
    """
    hook = sys.excepthook
    own = error.__traceback__
    while own is not None and own.tb_frame.f_code.co_filename.startswith((__file__, "<frozen importlib")):
        own = own.tb_next

    def report(kind: type[BaseException], exc: BaseException, _: TracebackType | None) -> None:
        hook(kind, exc.with_traceback(own), own)

    sys.excepthook = report
