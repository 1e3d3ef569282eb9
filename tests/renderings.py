"""
One exception as the texts that people have of it: the interpreter's own, other renderers', and what logs make of them.
"""

from __future__ import annotations

import io
import json
import re
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
import structlog

import connlog
from connlog._model import Diagnosis

PARTS = ("code", "errno_name", "relation", "count")
"""What a text must say as the exception does."""

VAGUE = frozenset({"connection-error", "timeout"})


def by_traceback(exc: BaseException) -> str:
    """
    Render as the interpreter does.
    """
    return "".join(traceback.format_exception(exc))


def by_rich(exc: BaseException) -> str:
    """
    Render in boxes, as rich does in a pipe.
    """
    import rich.console  # noqa: PLC0415 -- not wherever clients are tested
    import rich.traceback  # noqa: PLC0415

    shown = rich.traceback.Traceback.from_exception(type(exc), exc, exc.__traceback__)
    console = rich.console.Console(file=io.StringIO(), width=100, color_system=None)
    console.print(shown)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]  # it is the StringIO above


def by_stackprinter(exc: BaseException) -> str:
    """
    Render with the values of variables in between.
    """
    import stackprinter  # noqa: PLC0415 -- likewise

    return str(stackprinter.format(exc))


def by_pytest(exc: BaseException) -> str:
    """
    Render as a failing test's report does.
    """
    ruler = "_" * 30
    return (
        f"{ruler} test_order {ruler}\n{pytest.ExceptionInfo.from_exception(exc).getrepr(style='short', chain=True)}\n"
    )


def by_ipython(exc: BaseException) -> str:
    """
    Render as a notebook does, in colour.
    """
    from IPython.core.ultratb import FormattedTB  # noqa: PLC0415 -- likewise

    return str(FormattedTB(mode="Context", theme_name="linux").text(type(exc), exc, exc.__traceback__))


def by_structlog(exc: BaseException) -> str:
    """
    Render as structlog's JSON lines do: the traceback is a string in there.
    """
    event = structlog.processors.format_exc_info(None, "error", {"event": "failed", "exc_info": exc})
    return str(structlog.processors.JSONRenderer()(None, "error", event))


def by_dict_tracebacks(exc: BaseException) -> str:
    """
    Render as structlog's structured tracebacks, without the locals, which may be of any size.
    """
    render = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    event = render(None, "error", {"event": "failed", "exc_info": exc})
    return str(structlog.processors.JSONRenderer(default=repr)(None, "error", event))


def prefixed(prefix: str) -> Callable[[BaseException], str]:
    """
    Make a rendering in which every line begins like that, the empty ones too.
    """
    return lambda exc: "".join(f"{prefix}{line}\n" for line in by_traceback(exc).splitlines())


def by_colours(exc: BaseException) -> str:
    """
    Render in the colours that Python 3.13 has on a terminal.
    """
    text = by_traceback(exc)
    bold, shade, end = "\x1b[1;35m", "\x1b[35m", "\x1b[0m"
    frame = rf"  File {shade}\1{end}, line {shade}\2{end}, in {shade}\3{end}"
    text = re.sub(r'  File (".*"), line (\d+), in (.*)', frame, text)
    return re.sub(r"(?m)^([\w.]+): (.*)$", rf"{bold}\1{end}: {shade}\2{end}", text)


RENDERINGS: dict[str, Callable[[BaseException], str]] = {
    "traceback": by_traceback,
    "format_exc_info": by_structlog,
    "dict_tracebacks": by_dict_tracebacks,
    "escaped": lambda exc: json.dumps({"level": "ERROR", "message": f"request failed\n{by_traceback(exc)}"}),
    "compose": prefixed("web-1  | "),
    "kubectl": prefixed("2026-11-24T08:15:30.123456789Z stderr F "),
    "journald": prefixed("Nov 24 08:15:30 host app[812]: "),
    "colours": by_colours,
}
"""Every rendering that is quick, by its name."""

SLOW: dict[str, Callable[[BaseException], str]] = {
    "rich": by_rich,
    "stackprinter": by_stackprinter,
    "pytest": by_pytest,
    "IPython": by_ipython,
}
"""Those that take a second together: asked once for each kind of chain, where they are installed."""

BARE = frozenset({"IPython", "dict_tracebacks", "stackprinter"})
"""Renderings that leave the modules of classes out."""

_SEEN: set[tuple[str, str]] = set()


def is_cyclic(exc: BaseException) -> bool:
    """
    Tell whether a chain bites its own tail: rich would follow it for ever.
    """
    seen: set[int] = set()
    step: BaseException | None = exc
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return step is not None


def rendered(exc: BaseException, kind: tuple[str, str]) -> dict[str, str]:
    """
    Render an exception in every way.
    """
    texts = {name: render(exc) for name, render in RENDERINGS.items()}
    if kind not in _SEEN and not is_cyclic(exc):
        _SEEN.add(kind)
        texts.update({name: render(exc) for name, render in SLOW.items() if find_spec(name) is not None})
    return texts


def is_shown(live: Diagnosis, text: str) -> bool:
    """
    Tell whether an interpreter's text shows the exception that decides: not one that is hidden, or quoted at most.
    """
    bare = live.error_type.rpartition(".")[2]
    return re.search(rf"(?m)^[ |]*(?:[\w.]*\.)?{re.escape(bare)}(?::|$)", text) is not None


def is_same(name: str, live: Diagnosis, said: list[Diagnosis]) -> bool:
    """
    Tell whether a rendering says what the exception said, as far as it holds what is needed to say it.

    Which failures are a proxy's, the arguments of frames tell. What a class means whose module is not shown may be
    unknown. Groups that were never raised are left out by all renderers but the interpreter.
    """
    if len(said) == 1 and all(getattr(said[0], part) == getattr(live, part) for part in PARTS):
        return True
    if live.code == "proxy-failure":
        return True
    if name in BARE and "." in live.error_type:
        return all(found.code in {live.code, *VAGUE} for found in said)
    if name in SLOW and (live.count > 1 or len(said) > 1):  # boxes within boxes; a cause that nobody raised
        return live.code in {found.code for found in said}
    return name in {*BARE, *SLOW} and "ExceptionGroup" in live.chain and not said


def told_otherwise(exc: BaseException) -> dict[str, Any]:
    """
    List the renderings of an exception of which the scanner says something else than of the exception itself.
    """
    live = connlog.diagnose(exc)
    return {} if live is None else _compared(live, rendered(exc, (live.surface_type, live.error_type)))


def told_by_the_interpreter(exc: BaseException) -> dict[str, Any]:
    """
    Do so for the interpreter's own rendering alone, which takes no time: every client's failure is asked for it.
    """
    live = connlog.diagnose(exc)
    return {} if live is None else _compared(live, {"traceback": by_traceback(exc)})


def _compared(live: Diagnosis, texts: dict[str, str]) -> dict[str, Any]:
    if not is_shown(live, texts["traceback"]):
        return {}
    bare = live.error_type.rpartition(".")[2]
    said = {name: [found.diagnosis for found in connlog.scan(text)] for name, text in texts.items() if bare in text}
    return {
        name: [[getattr(found, part) for part in PARTS] for found in heard]
        for name, heard in said.items()
        if not is_same(name, live, heard)
    }
