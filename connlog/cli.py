"""
The command line: ``connlog demo``, ``run``, ``explain``, ``scan``, ``catalog`` and ``runbook``.

May import anything but Sphinx's edge. ``explain`` is asked in the middle of an incident and answers at once:
structlog is loaded by the demo alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from itertools import groupby

from connlog import _demo, _manual, _program, _runbook, _scanning
from connlog._manual import Reading
from connlog._model import Hint
from connlog._version import __version__
from connlog.catalog import CATALOG, PLATFORM, words
from connlog.hook import install
from connlog.render import colourful, columns

__all__ = ["main"]

_MAX_WIDTH = 100
"""Columns; longer lines are hard to read."""

_USAGE_ERROR = 2
"""Exit status of a command that can't be carried out as it stands, as argparse has it."""


class UnknownError(Exception):
    """
    Nothing is known about what was asked; the message says what is allowed.
    """


class RunbookError(Exception):
    """
    A runbook is none; the message says where and what is allowed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Carry out a command line and return its exit status.

    Args:
        arguments: The command and what follows it; ``sys.argv[1:]`` unless given.
    """
    own, program = _split(sys.argv[1:] if arguments is None else list(arguments))
    options = _parser().parse_args(own)
    try:
        if options.command == "run":
            return _run(options, program)
        if options.command == "scan":
            return _scanning.carry_out(options)
        _print(options.answer(options))
    except (UnknownError, RunbookError, _program.NotRunnableError, _scanning.UsageError) as exc:
        print(f"connlog {options.command}: {exc}", file=sys.stderr)
        return _USAGE_ERROR
    return 0


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """
    Part connlog's own arguments from those of the program that it runs.
    """
    if arguments[:1] != ["run"]:
        return arguments, []
    end = 3 if arguments[1:2] in (["-m"], ["--"]) else 2
    return arguments[:end], arguments[end:]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connlog",
        description="Explains connection failures: what failed, where, why, whether a retry is safe, what to do.",
        epilog="`connlog COMMAND --help` says more about a command.",
    )
    parser.add_argument("--version", action="version", version=f"connlog {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="fail for real, on this machine alone, and show what connlog makes of it")
    demo.set_defaults(answer=lambda _: _demo.show(columns(sys.stdout), colour=colourful(sys.stdout)))

    run = commands.add_parser(
        "run",
        help="run a program unchanged; an uncaught connection failure is explained",
        usage="connlog run [-h] (SCRIPT | -m MODULE) [ARGUMENT ...]",
    )
    target = run.add_mutually_exclusive_group(required=True)
    target.add_argument("script", nargs="?", metavar="SCRIPT", help="the program, as python takes it")
    target.add_argument("-m", dest="module", metavar="MODULE", help="run a module, as python -m does")

    explain = commands.add_parser("explain", help="explain a code, an errno or an exception class")
    explain.add_argument(
        "word",
        metavar="CODE|ERRNO|NAME|CLASS",
        help="connection-refused, 111, ECONNREFUSED, requests.exceptions.ConnectionError",
    )
    explain.add_argument(
        "--platform", choices=words.PLATFORMS, help="read a number as this platform does (default: this one)"
    )
    explain.add_argument("--runbook", metavar="FILE", help="a team's own hints, which come first")
    explain.set_defaults(answer=_explain)

    _scanning.add_to(commands.add_parser("scan", help="find the failures in logs, streams and pasted tracebacks"))

    catalog = commands.add_parser("catalog", help="list every code")
    catalog.set_defaults(answer=_catalog)

    runbook = commands.add_parser("runbook", help="check the team's own hints")
    actions = runbook.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read a runbook, and print its hints or what is wrong with it")
    check.add_argument("file", metavar="FILE", help="a TOML file of [[hints]]")
    check.set_defaults(answer=_check)

    for command in (explain, catalog):
        command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    return parser


def _print(text: str) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal without the character is no reason to fail.
        sys.stdout.reconfigure(errors="replace")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # The reader has seen enough (`connlog catalog | head`). The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(options: argparse.Namespace, arguments: list[str]) -> int:
    install()
    _program.run(options.module or options.script, arguments, module=options.module is not None)
    return 0


def _explain(options: argparse.Namespace) -> str:
    readings = _manual.read(options.word, platform=options.platform)
    if not readings:
        raise UnknownError(_unknown(options.word, options.platform))
    entry = readings[0].entry
    runbook = _team(options.runbook)
    if options.format == "json":
        asked = [{"code": r.entry.code, "errno_name": r.name, "platform": r.platform} for r in readings]
        known = _manual.as_dict(entry, runbook=_manual.relevant(runbook, entry.code))
        return _manual.spell({"asked": options.word, "readings": asked, **known})
    bold = "\x1b[1m{}\x1b[0m".format if colourful(sys.stdout) else str
    width = min(columns(sys.stdout), _MAX_WIDTH)
    return "\n".join([*_notes(options, readings), _manual.as_text(entry, width=width, heading=bold, runbook=runbook)])


def _team(file: str | None) -> tuple[Hint, ...]:
    """
    Read the team's hints; where that fails the explanation is still wanted, now.
    """
    try:
        return () if file is None else _hints(file)
    except RunbookError as exc:
        print(f"connlog explain: {exc}; this runbook is left out", file=sys.stderr)
        return ()


def _hints(file: str) -> tuple[Hint, ...]:
    try:
        return _runbook.load(file)
    except (OSError, ValueError) as exc:
        raise RunbookError(_runbook.problem(file, exc)) from exc


def _check(options: argparse.Namespace) -> str:
    return "\n".join(map(_manual.as_line, _hints(options.file)))


def _notes(options: argparse.Namespace, readings: Sequence[Reading]) -> list[str]:
    """
    Say which meaning of several is explained, and which others there are.
    """
    if readings[0].platform is None:
        others = ", ".join(reading.entry.code for reading in readings[1:])
        return [f"{options.word} may also mean: {others}\n"] if others else []
    notes = []
    by_name = sorted(readings, key=lambda reading: [r.name for r in readings].index(reading.name))
    for name, group in groupby(by_name, key=lambda reading: reading.name):
        same = list(group)
        notes.append(f"{options.word} is {name} on {_and(same)}: {same[0].entry.code}")
    if readings[0].platform != (options.platform or PLATFORM):
        notes.append(f"On {words.PLATFORMS[PLATFORM]} it is no connection failure.")
    return [*notes, ""]


def _and(readings: Sequence[Reading]) -> str:
    return " and ".join(words.PLATFORMS[reading.platform] for reading in readings if reading.platform)


def _unknown(word: str, platform: str | None) -> str:
    where = f" on {words.PLATFORMS[platform]}" if platform else ""
    if _manual.never(word):
        return f"{word} is never a connection failure: connlog leaves it alone"
    nearest = _manual.nearest(word)
    guess = f" Nearest: {', '.join(nearest)}." if nearest else ""
    return (
        f"nothing is known about {word!r}{where}.{guess} "
        "Allowed: a code (`connlog catalog` lists them), a number or name of an errno, a qualified exception class."
    )


def _catalog(options: argparse.Namespace) -> str:
    if options.format == "json":
        return _manual.as_json(CATALOG)
    parts = []
    for stage, entries in groupby(CATALOG, key=lambda entry: entry.stage):
        parts.append("\n".join([stage, *(f"  {_manual.as_row(entry)}" for entry in entries)]))
    return "\n\n".join(parts)
