"""
The interpreter's hooks: in this process called as the interpreter calls them, and in programs that really crash.
"""

from __future__ import annotations

import functools
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from connlog._guard import GUARD
from connlog.hook import install
from connlog.processor import ConnectionErrorEnricher
from connlog.stdlib import ConnectionErrorFilter
from tests.edges import BLOCK_HEAD, crash, refused

INSTALL = "import connlog.hook; connlog.hook.install()\n"

CODE = re.compile(r"^connection-refused  ", re.MULTILINE)


class Recorder:
    """A hook that was there before: it remembers what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *args: Any) -> None:
        """Remember a call."""
        self.calls.append(args)


@pytest.fixture
def previous() -> Iterator[Recorder]:
    """Put a recorder under the hooks, and everything back afterwards."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    recorder = Recorder()
    sys.excepthook = threading.excepthook = sys.unraisablehook = recorder
    yield recorder
    install().uninstall()
    sys.excepthook, threading.excepthook, sys.unraisablehook = before
    structlog.reset_defaults()


class Screen:
    """What a person has seen on standard error."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._seen = ""

    def getvalue(self) -> str:
        """Return all that has been written."""
        self._seen += self._capsys.readouterr().err
        return self._seen


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Screen:
    """Watch standard error."""
    return Screen(capsys)


def call(exc: BaseException) -> None:
    """Call the hook as the interpreter does at the end of a program."""
    sys.excepthook(type(exc), exc, exc.__traceback__)


def events(out: io.StringIO) -> list[dict[str, Any]]:
    """Read what has been logged."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def structlogger(out: io.StringIO, *processors: structlog.typing.Processor) -> Any:
    """Make a logger of structlog that writes JSON, without the traceback."""

    def forget(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        assert isinstance(event.pop("exc_info"), BaseException)
        return event

    chain = [structlog.processors.add_log_level, *processors, forget, structlog.processors.JSONRenderer()]
    return structlog.wrap_logger(structlog.PrintLogger(out), processors=chain)


# ------------------------------------------------------------------------------------------- in this process


def test_block_under_the_traceback(previous: Recorder, stderr: Screen) -> None:
    """Without a logger, the previous hook must run first, once, and the block must follow on standard error."""
    exc, port = refused()
    install()
    call(exc)
    assert previous.calls == [(ConnectionRefusedError, exc, exc.__traceback__)]
    assert stderr.getvalue().startswith(f"connection-refused  ECONNREFUSED (errno 111)  127.0.0.1:{port}")


@pytest.mark.parametrize(
    "exc", [ValueError("connection refused"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), FileNotFoundError(2)]
)
def test_everything_else_goes_straight_through(previous: Recorder, stderr: Screen, exc: BaseException) -> None:
    """What is no connection failure must reach the previous hook, and nothing else must happen."""
    exc.__context__ = refused()[0] if not isinstance(exc, Exception) else None
    install(call_previous=False)
    call(exc)
    assert previous.calls == [(type(exc), exc, None)]
    assert stderr.getvalue() == ""


def test_hook_called_with_no_exception(previous: Recorder) -> None:
    """Some call the hook with nothing: it must reach the previous hook."""
    install()
    sys.excepthook(None, None, None)  # type: ignore[arg-type]
    assert previous.calls == [(None, None, None)]


def test_hook_called_in_an_odd_way(previous: Recorder) -> None:
    """Arguments that no hook takes must still reach the previous hook when we stumble over them."""
    install()
    GUARD.strict = False
    sys.excepthook()  # type: ignore[call-arg]
    assert previous.calls == [()]


def test_structlog_event(previous: Recorder, stderr: Screen) -> None:
    """A logger of structlog must get one event with the fields and `handled: false`, and no block must follow."""
    exc, port = refused()
    out = io.StringIO()
    install(logger=structlogger(out), docs_url="https://docs.example")
    call(exc)
    (event,) = events(out)
    found = event.pop("connection_error")
    assert event == {"event": "uncaught_exception", "level": "critical"}
    assert (found["code"], found["server_port"], found["handled"]) == ("connection-refused", port, False)
    assert found["docs_url"] == "https://docs.example/connection-refused"
    assert len(previous.calls) == 1
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("fields", ["nested", "otel", "ecs"])
@pytest.mark.parametrize("ours", ["nested", "otel", "ecs"])
def test_enricher_in_the_pipeline_wins(previous: Recorder, fields: str, ours: str) -> None:
    """With an enricher in the chain the event must be enriched once, as the enricher's options say."""
    exc, _ = refused()
    out = io.StringIO()
    enricher = ConnectionErrorEnricher(fields=fields, docs_url="https://enricher.example")
    install(logger=structlogger(out, enricher, enricher), fields=ours, docs_url="https://hook.example")
    call(exc)
    alone = dict(enricher(None, "critical", {"event": "uncaught_exception", "level": "critical", "exc_info": exc}))
    del alone["exc_info"]
    if fields == "nested":
        alone["connection_error"]["handled"] = False
    else:
        alone["connlog.handled"] = False
    assert events(out) == [alone]
    assert len(previous.calls) == 1


def test_a_handled_failure_says_nothing(previous: Recorder) -> None:
    """Logged first and raised then, the two events must differ: only the crash is unhandled."""
    exc, _ = refused()
    out = io.StringIO()
    logger = structlogger(out, ConnectionErrorEnricher())
    install(logger=logger)
    logger.error("sync failed", exc_info=exc)
    call(exc)
    first, second = events(out)
    assert "handled" not in first["connection_error"]
    assert second["connection_error"]["handled"] is False
    assert len(previous.calls) == 1


def test_another_failure_meanwhile(previous: Recorder) -> None:
    """What the previous hook logs about another failure must not be called unhandled."""
    out = io.StringIO()
    logger = structlogger(out, ConnectionErrorEnricher())
    other, _ = refused()

    def reporting(*args: Any) -> None:
        previous(*args)
        logger.error("could not tell the tracker", exc_info=other)

    sys.excepthook = reporting
    install(logger=logger)
    call(refused()[0])
    first, second = events(out)
    assert first["connection_error"]["handled"] is False
    assert "handled" not in second["connection_error"]
    assert len(previous.calls) == 1


def test_configured_structlog(previous: Recorder, stderr: Screen) -> None:
    """Configured after the installation, structlog must get the event; not configured, the block must be written."""
    exc, _ = refused()
    install()
    call(exc)
    assert CODE.search(stderr.getvalue())
    out = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(out),
    )
    call(exc)
    (event,) = events(out)
    assert set(event) == {"event", "exception", "connection_error"}
    assert len(CODE.findall(stderr.getvalue())) == 1
    assert len(previous.calls) == 2


class AsyncLogger:
    """A logger whose methods must be awaited."""

    async def critical(self, event: str, **fields: Any) -> None:
        """Log, once awaited."""


def test_asynchronous_logger(previous: Recorder, stderr: Screen) -> None:
    """A logger that must be awaited can't log any more: the block must be written."""
    install(logger=AsyncLogger())
    call(refused()[0])
    assert CODE.search(stderr.getvalue())
    assert len(previous.calls) == 1


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Make a logger of logging."""
    own = logging.getLogger("hook")
    own.propagate = False
    yield own
    own.handlers.clear()
    own.setLevel(logging.NOTSET)


class Keep(logging.Handler):
    """A handler that keeps the records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)


@pytest.mark.parametrize("wrap", [lambda each: each, lambda each: logging.LoggerAdapter(each, {"team": "shop"})])
@pytest.mark.parametrize("with_filter", [True, False])
def test_logging(
    previous: Recorder,
    stderr: Screen,
    logger: logging.Logger,
    wrap: Callable[[logging.Logger], Any],
    *,
    with_filter: bool,
) -> None:
    """A logger of logging, or an adapter, must get one record, enriched once."""
    exc, port = refused()
    keep = Keep()
    if with_filter:
        keep.addFilter(ConnectionErrorFilter(fields="otel"))
    logger.addHandler(keep)
    wrapped = wrap(logger)
    install(logger=wrapped)
    call(exc)
    (record,) = keep.records
    seen = vars(record)
    assert (record.levelname, record.getMessage()) == ("CRITICAL", "uncaught_exception")
    assert record.exc_info is not None
    assert record.exc_info[1] is exc
    if with_filter:
        assert "connection_error" not in seen
        assert (seen["server.port"], seen["connlog.handled"]) == (port, False)
    else:
        assert (seen["connection_error"]["server_port"], seen["connection_error"]["handled"]) == (port, False)
    assert ("team" in seen) == (wrapped is not logger)
    assert len(previous.calls) == 1
    assert stderr.getvalue() == ""


def test_record_in_ecs(previous: Recorder, logger: logging.Logger) -> None:
    """On a record, ECS's error.type must be left to the formatter."""
    keep = Keep()
    logger.addHandler(keep)
    install(logger=logger, fields="ecs")
    call(refused()[0])
    (record,) = keep.records
    assert "error.type" not in vars(record)
    assert vars(record)["connlog.error.type"] == "ConnectionRefusedError"
    assert len(previous.calls) == 1


def test_adapter_without_extra(previous: Recorder, logger: logging.Logger) -> None:
    """An adapter that adds nothing must log as well."""
    keep = Keep()
    logger.addHandler(keep)
    install(logger=logging.LoggerAdapter(logger))
    call(refused()[0])
    assert len(keep.records) == len(previous.calls) == 1


def test_logger_that_is_switched_off(previous: Recorder, stderr: Screen, logger: logging.Logger) -> None:
    """A logger that drops the event must not make the failure vanish."""
    logger.setLevel(logging.CRITICAL + 1)
    install(logger=logger, call_previous=False)
    call(refused()[0])
    assert CODE.search(stderr.getvalue())
    assert previous.calls == []


def broken(_: Any, __: str, ___: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Fail, as a processor may."""
    raise RuntimeError("broken processor")


@pytest.mark.parametrize("call_previous", [True, False])
def test_logger_that_raises(previous: Recorder, stderr: Screen, *, call_previous: bool) -> None:
    """A logger that fails must lose neither the traceback nor the explanation."""
    exc, _ = refused()
    install(logger=structlogger(io.StringIO(), broken), call_previous=call_previous)
    GUARD.strict = False
    call(exc)
    assert len(previous.calls) == int(call_previous)
    assert CODE.search(stderr.getvalue())


def test_previous_can_be_silenced(previous: Recorder, stderr: Screen) -> None:
    """With call_previous=False, a failure that has been reported must not be printed again."""
    out = io.StringIO()
    install(logger=structlogger(out), call_previous=False)
    call(refused()[0])
    assert len(events(out)) == 1
    assert previous.calls == []
    assert stderr.getvalue() == ""


def test_silenced_previous_runs_when_nothing_could_be_told(previous: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """With call_previous=False and nowhere to report, the previous hook must run after all."""
    monkeypatch.setattr(sys, "stderr", None)
    install(call_previous=False)
    call(refused()[0])
    assert len(previous.calls) == 1


def test_standard_error_of_their_own(previous: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard error that is no stream must not stop the previous hook."""

    class Odd:
        encoding = "utf-8"

        def write(self, _: str) -> None:
            raise RuntimeError("odd")

    monkeypatch.setattr(sys, "stderr", Odd())
    install(call_previous=False)
    GUARD.strict = False
    call(refused()[0])
    assert len(previous.calls) == 1


def test_previous_that_raises(previous: Recorder, stderr: Screen) -> None:
    """What the previous hook raises must reach the interpreter, and the block must be there."""

    def angry(*args: Any) -> None:
        previous(*args)
        raise RuntimeError("angry")

    sys.excepthook = angry
    install()
    with pytest.raises(RuntimeError, match="angry"):
        call(refused()[0])
    assert len(previous.calls) == 1
    assert CODE.search(stderr.getvalue())


def test_partial_hook(previous: Recorder, stderr: Screen) -> None:
    """A previous hook that is no function must be called as it wants."""
    sys.excepthook = functools.partial(previous, "first")
    exc, _ = refused()
    install()
    call(exc)
    assert previous.calls == [("first", ConnectionRefusedError, exc, exc.__traceback__)]
    assert CODE.search(stderr.getvalue())


def wrapping(inner: Callable[..., Any], seen: list[str], name: str) -> Callable[..., None]:
    """Make a hook as error trackers do: it records and calls what was there."""

    def hook(*args: Any) -> None:
        seen.append(name)
        inner(*args)

    return hook


def test_trackers_before_and_after(previous: Recorder, stderr: Screen) -> None:
    """Hooks below and above ours must each be called once, and the block be written once."""
    seen: list[str] = []
    sys.excepthook = wrapping(sys.excepthook, seen, "below")
    install()
    sys.excepthook = wrapping(sys.excepthook, seen, "above")
    call(refused()[0])
    assert seen == ["above", "below"]
    assert len(previous.calls) == 1
    assert len(CODE.findall(stderr.getvalue())) == 1


def test_install_twice(previous: Recorder, stderr: Screen) -> None:
    """Installing twice must give one installation and one report."""
    first = install()
    assert install(fields="otel") is first
    call(refused()[0])
    assert len(previous.calls) == 1
    assert len(CODE.findall(stderr.getvalue())) == 1


def test_uninstall(previous: Recorder) -> None:
    """Uninstalling must put back exactly the hooks that were there; doing it again must do nothing."""
    installation = install()
    assert {sys.excepthook, threading.excepthook, sys.unraisablehook}.isdisjoint({previous})
    installation.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == (previous,) * 3
    installation.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == (previous,) * 3
    assert install() is not installation


def test_uninstall_out_of_order(previous: Recorder, stderr: Screen) -> None:
    """Below a foreign hook ours must stay and only pass on; installed again, it must report once."""
    seen: list[str] = []
    installation = install()
    above = wrapping(sys.excepthook, seen, "above")
    sys.excepthook = above
    installation.uninstall()
    assert sys.excepthook is above
    call(refused()[0])
    assert (seen, len(previous.calls), stderr.getvalue()) == (["above"], 1, "")
    again = install()
    installation.uninstall()
    call(refused()[0])
    assert (seen, len(previous.calls), len(CODE.findall(stderr.getvalue()))) == (["above"] * 2, 2, 1)
    again.uninstall()
    assert sys.excepthook is above


def test_context_manager(previous: Recorder) -> None:
    """At the end of the block the hooks must be the old ones."""
    with install(threads=False, unraisable=False) as installation:
        assert install() is installation
        assert sys.excepthook is not previous
        assert threading.excepthook is previous
        assert sys.unraisablehook is previous
    assert sys.excepthook is previous


def test_hook_looks_like_a_function(previous: Recorder) -> None:
    """Others look at the name of a hook, and for our mark."""
    install()
    assert sys.excepthook.__name__ == "connlog_hook"
    assert hasattr(sys.excepthook, "__connlog__")
    assert previous.calls == []


def test_thread(previous: Recorder) -> None:
    """A failure in a thread must be an error, for the program goes on."""
    out = io.StringIO()
    exc, _ = refused()
    install(logger=structlogger(out))

    def work() -> None:
        raise exc

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (event,) = events(out)
    assert (event["level"], event["connection_error"]["handled"]) == ("error", False)
    assert [args[0].exc_value for args in previous.calls] == [exc]


def test_thread_hook_that_calls_the_main_one(previous: Recorder, stderr: Screen) -> None:
    """A thread's hook that passes on to the main one must not double the report."""

    def pass_on(args: threading.ExceptHookArgs) -> None:
        sys.excepthook(*args[:3])  # type: ignore[arg-type]

    threading.excepthook = pass_on
    install()

    def work() -> None:
        raise refused()[0]

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(previous.calls) == 1
    assert len(CODE.findall(stderr.getvalue())) == 1


def test_unraisable(previous: Recorder) -> None:
    """A failure in __del__ must be reported too."""
    out = io.StringIO()
    exc, _ = refused()
    install(logger=structlogger(out))

    class Leaving:
        def __del__(self) -> None:
            raise exc

    Leaving()
    (event,) = events(out)
    assert (event["level"], event["connection_error"]["code"]) == ("error", "connection-refused")
    assert len(previous.calls) == 1


@pytest.mark.parametrize("always_run", [True, False])
def test_interactive(previous: Recorder, stderr: Screen, monkeypatch: pytest.MonkeyPatch, *, always_run: bool) -> None:
    """In an interactive interpreter only always_run must report."""
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    install(always_run=always_run)
    call(refused()[0])
    assert len(previous.calls) == 1
    assert bool(CODE.search(stderr.getvalue())) == always_run


@pytest.mark.parametrize(
    ("options", "error", "problem"),
    [
        ({"logger": "shop"}, TypeError, r"logger='shop': install\(\) takes a logger of structlog or logging"),
        ({"docs_url": "file:///codes"}, ValueError, "docs_url='file:///codes'"),
        ({"fields": "datadog"}, ValueError, "fields='datadog'.*allowed are 'nested', 'otel', 'ecs'"),
    ],
)
def test_bad_options(previous: Recorder, options: dict[str, Any], error: type[Exception], problem: str) -> None:
    """An option with a value that isn't allowed must be refused, and nothing be installed."""
    with pytest.raises(error, match=problem):
        install(**options)
    assert sys.excepthook is previous


# --------------------------------------------------------------------------------------- programs that crash


def test_crash(tmp_path: Path) -> None:
    """A program that dies must show the traceback as ever, then the block, and exit with 1."""
    plain = crash(tmp_path, "\nrefuse()")
    done = crash(tmp_path, INSTALL + "refuse()")
    assert (done.returncode, done.stdout) == (1, "")
    assert plain.stderr.splitlines()[-1] == "ConnectionRefusedError: [Errno 111] Connection refused"
    assert done.stderr.startswith(plain.stderr)
    block = done.stderr.removeprefix(plain.stderr).splitlines()
    assert block[0].startswith(BLOCK_HEAD)
    assert block[0].endswith(" main.py:5 in refuse")
    assert [line[:9] for line in block if line[2] != " "] == [
        "connectio",
        "  cause  ",
        "  hint   ",
        "  retry  ",
        "  more   ",
    ]


def test_other_crashes_look_the_same(tmp_path: Path) -> None:
    """A program that dies of something else must show what it shows without connlog."""
    plain = crash(tmp_path, "\nopen('missing')")
    done = crash(tmp_path, INSTALL + "open('missing')")
    assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)


@pytest.mark.parametrize(
    ("source", "status"),
    [("sys.exit(3)", 3), ("pass", 0), ("try:\n  refuse()\nexcept OSError:\n  sys.exit(4)", 4)],
)
def test_exit_status(tmp_path: Path, source: str, status: int) -> None:
    """The program's own exit status must stay, and nothing be printed."""
    done = crash(tmp_path, INSTALL + source)
    assert (done.returncode, done.stderr) == (status, "")


def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C must end the program as ever, also while it handles a failure."""
    source = "import os, signal\ntry:\n  refuse()\nexcept OSError:\n  os.kill(os.getpid(), signal.SIGINT)"
    done = crash(tmp_path, INSTALL + source)
    assert done.returncode == -signal.SIGINT
    assert not CODE.search(done.stderr)
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.parametrize("flags", [("-O",), ("-OO",), ("-I",), ("-S",), ("-E",), ("-I", "-S", "-OO"), ("-X", "utf8=0")])
def test_flags(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """The interpreter's flags must make no difference."""
    done = crash(tmp_path, INSTALL + "refuse()", *flags)
    assert done.returncode == 1
    assert len(CODE.findall(done.stderr)) == 1


def test_json_in_production(tmp_path: Path) -> None:
    """The program of the manual must write one JSON event with the failure, and the traceback to standard error."""
    done = crash(
        tmp_path,
        "import connlog.hook, connlog.processor, structlog\n"
        "connlog.hook.install()\n"
        "structlog.configure(processors=[\n"
        "    structlog.processors.add_log_level,\n"
        "    connlog.processor.ConnectionErrorEnricher(),\n"
        "    structlog.processors.dict_tracebacks,\n"
        "    structlog.processors.JSONRenderer(),\n"
        "])\n"
        "refuse()",
    )
    event = json.loads(done.stdout)
    assert set(event) == {"event", "level", "exception", "connection_error"}
    assert (event["event"], event["level"]) == ("uncaught_exception", "critical")
    assert event["connection_error"]["server_port"] == 9
    assert event["connection_error"]["handled"] is False
    assert (done.returncode, len(CODE.findall(done.stderr))) == (1, 0)
    assert done.stderr.endswith("ConnectionRefusedError: [Errno 111] Connection refused\n")


def test_own_hook_raising(tmp_path: Path) -> None:
    """When connlog itself is broken, the program must look as without it."""
    plain = crash(tmp_path, "\n\nrefuse()")
    done = crash(tmp_path, INSTALL + "import connlog._enrich; connlog._enrich.diagnose = lambda *a, **k: 1/0\nrefuse()")
    assert (done.returncode, done.stderr) == (plain.returncode, plain.stderr)
    loud = crash(
        tmp_path,
        INSTALL + "import connlog._enrich; connlog._enrich.diagnose = lambda *a, **k: 1/0\nrefuse()",
        env={"CONNLOG_STRICT": "1"},
    )
    assert "ZeroDivisionError" in loud.stderr
    assert "ConnectionRefusedError" in loud.stderr


def test_standard_error_is_ascii(tmp_path: Path) -> None:
    """On an ASCII terminal the block must be written in ASCII."""
    done = crash(tmp_path, INSTALL + "refuse()", env={"PYTHONIOENCODING": "ascii:strict"}, encoding="ascii")
    assert CODE.search(done.stderr)


def test_standard_error_is_none(tmp_path: Path) -> None:
    """Without standard error, the exit status must be that of the crash."""
    assert crash(tmp_path, INSTALL + "sys.stderr = None\nrefuse()").returncode == 1


def test_standard_error_is_closed(tmp_path: Path) -> None:
    """With standard error closed, in Python or before it began, the exit status must be that of the crash."""
    assert crash(tmp_path, INSTALL + "sys.stderr.close()\nrefuse()").returncode == 1
    done = crash(tmp_path, INSTALL + "refuse()", preexec_fn=functools.partial(os.close, 2))
    assert done.returncode == 1


def test_standard_error_is_full(tmp_path: Path) -> None:
    """With standard error full, the exit status must be that of the crash."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        assert crash(tmp_path, INSTALL + "refuse()", stderr=full).returncode == 1


def test_reader_is_gone(tmp_path: Path) -> None:
    """With the reader of standard error gone, the exit status must be that of the crash."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert crash(tmp_path, INSTALL + "refuse()", stderr=writer).returncode == 1
    finally:
        os.close(writer)


def test_no_descriptors_left(tmp_path: Path) -> None:
    """With no descriptors left, nothing can be opened or imported, and the failure must be explained all the same."""
    done = crash(
        tmp_path,
        INSTALL + "import os, resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "s = socket.socket()\n"
        "try:\n"
        "  while True: os.dup(0)\n"
        "except OSError: pass\n"
        "s.connect(('127.0.0.1', 9))",
    )
    assert done.returncode == 1
    assert CODE.search(done.stderr)
    exhausted = crash(
        tmp_path,
        INSTALL + "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "kept = []\nwhile True: kept.append(socket.socket())",
    )
    assert exhausted.returncode == 1
    assert re.search(r"^too-many-open-files  EMFILE \(errno 24\)", exhausted.stderr, re.MULTILINE)


def test_after_fork(tmp_path: Path) -> None:
    """A child of fork must explain its own failure, and the parent nothing."""
    done = crash(
        tmp_path, INSTALL + "import os\npid = os.fork()\nif pid == 0: refuse()\nsys.exit(os.waitpid(pid, 0)[1] >> 8)"
    )
    assert (done.returncode, len(CODE.findall(done.stderr))) == (1, 1)


def test_at_exit(tmp_path: Path) -> None:
    """A failure in an exit handler must be explained."""
    done = crash(tmp_path, INSTALL + "import atexit\natexit.register(refuse)")
    assert (done.returncode, len(CODE.findall(done.stderr))) == (0, 1)


def test_at_shutdown(tmp_path: Path) -> None:
    """A failure in __del__ while the interpreter shuts down must do no harm."""
    source = "class Leaving:\n  def __del__(self): raise ConnectionRefusedError(111, 'Connection refused')\n"
    done = crash(tmp_path, INSTALL + source + "kept = Leaving()")
    assert done.returncode == 0
    assert "Exception ignored in" in done.stderr
    assert "connlog" not in done.stderr.replace("connlog explain", "")


def test_interactive_interpreter(tmp_path: Path) -> None:
    """In a real interactive interpreter nothing must change; a script under -i is explained."""
    done = crash(tmp_path, INSTALL + "refuse()", "-i", input="refuse()\n")
    assert len(CODE.findall(done.stderr)) == 1
    always = crash(tmp_path, INSTALL.replace("()\n", "(always_run=True)\n") + "refuse()", "-i", input="refuse()\n")
    assert len(CODE.findall(always.stderr)) == 2


def test_import_of_the_hook_is_light(tmp_path: Path) -> None:
    """Installing must load neither structlog, sphinx nor asyncio, nor read TOML."""
    done = crash(
        tmp_path,
        INSTALL + "print(sorted(set(sys.modules) & {'structlog', 'sphinx', 'asyncio', 'tomllib'}))",
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_nothing_is_imported_after_the_crash(tmp_path: Path) -> None:
    """From the crash to the end of the block, no module must be loaded."""
    done = crash(
        tmp_path,
        INSTALL + "import linecache, traceback\n"
        "before = sys.excepthook\n"
        "def watch(*args):\n"
        "  loaded = set(sys.modules)\n"
        "  before(*args)\n"
        "  print(sorted(set(sys.modules) - loaded))\n"
        "sys.excepthook = watch\n"
        "refuse()",
    )
    assert done.stdout == "[]\n"
    assert CODE.search(done.stderr)


def test_pipe_to_a_reader_that_leaves(tmp_path: Path) -> None:
    """`program | head` must not be called a network failure."""
    script = crash(tmp_path, "pass")
    assert script.returncode == 0
    (tmp_path / "main.py").write_text(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        + INSTALL
        + "for n in range(100000): print('x' * 100)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} main.py | head -1"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "BrokenPipeError" in done.stderr
    assert not re.search(r"^broken-pipe ", done.stderr, re.MULTILINE)
