"""
Traceback text -> the same links as of a live exception.

Imports the nouns, the chain's rules, the frames and what knows classes and single lines. Linear in the text; imports
and evaluates nothing.
"""

from __future__ import annotations

import linecache
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connlog._bare import links_of_line, quoted
from connlog._chain import MESSAGE, NODES, WIDTH, is_library, is_wrapper
from connlog._classes import classes_of, full_name, number_in, winerror_in
from connlog._frames import module_of
from connlog._model import Link, Via
from connlog._patterns import compiled
from connlog.catalog.wrappers import QUOTING

LONGEST = 1 << 20
"""At most so many characters of one text are read: its end, where the surface stands."""

_BORDER = r"[ |+]*"
_HEADER = r"(?:Exception Group )?Traceback \(most recent call last\):\s*\Z"
_FRAME = r'File "(?P<file>[^"]*)", line (?P<line>\d+)(?:, in (?P<function>.*))?\Z'
_RAISED = r"(?P<type>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?\Z"
_MEMBER = r"(?:-\+)?-{3,} (?:\d+|\.{3}) -{3,}\Z"
_END = r"-{20,}\Z"
_PARTING = "ETD-"
"""How headers, joints, and borders between members begin: most lines are none of them."""

_OUTERMOST = 4
_JOINTS: dict[str, Via] = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}


@dataclass(slots=True, kw_only=True)
class _Block:
    """
    One exception of a text, while it is being read.
    """

    depth: int = 0
    level: int = 0
    joined: Via | None = None
    certain: bool = True
    type: str = ""
    message: str = ""
    frames: list[tuple[str, int, str, str]] = field(default_factory=list)
    inner: list[tuple[_Block, Via]] = field(default_factory=list)


def links_of_text(text: str) -> tuple[Link, ...]:
    """
    Make the links of the last traceback in a text, with everything that hangs together with it.
    """
    return _links(_tree(_blocks(text[-LONGEST:].splitlines())))


def links_of_lines(lines: Sequence[str]) -> tuple[Link, ...]:
    """
    Make the links of one failure's lines, without prefixes and borders: a traceback, or words without one.
    """
    found = _links(_tree(_blocks(lines)))
    if found:
        return found
    return links_of_line("\n".join(lines))


def links_of_stacks(stacks: object) -> tuple[Link, ...]:
    """
    Make the links of what ``structlog.processors.dict_tracebacks`` made of an exception: the surface comes first.
    """
    return _links(_chain_of_stacks(stacks))


def _blocks(lines: Iterable[str]) -> Iterator[_Block]:
    """
    Cut a text into its exceptions, in the order in which the interpreter prints them: causes before their effects.

    One that nobody has raised, a cause or a member, has no traceback, just its exception line.
    """
    block: _Block | None = None
    joined: Via | None = None
    opened, certain = True, False
    for raw in lines:
        border = compiled(_BORDER).match(raw).end()  # type: ignore[union-attr]  # it matches the empty string too
        line = raw[border:].rstrip()
        may_part = line[:1] in _PARTING
        is_header = may_part and compiled(_HEADER).match(line) is not None
        is_parted = may_part and (line in _JOINTS or compiled(_MEMBER).match(line) is not None)
        if is_header or is_parted or (may_part and compiled(_END).match(line)):
            if block is not None and block.type and (block.certain or is_parted):
                yield block
            block = _Block(depth=border, level=_level(raw, border), joined=joined) if is_header else None
            joined, opened, certain = _JOINTS.get(line), is_parted, True
        elif block is None:
            match = compiled(_RAISED).match(line) if opened else None
            if match is not None:
                block = _Block(depth=border, level=_level(raw, border), joined=joined, certain=certain)
                block.type, block.message = match["type"], match["message"] or ""
        elif not block.type:
            _take(block, line, border)
        elif line and len(block.message) < MESSAGE:
            block.message += "\n" + line
    if block is not None and block.type and block.certain:
        yield block


def _level(raw: str, border: int) -> int:
    """
    Tell how deep an exception stands: the outermost group's border is no step down.
    """
    return 0 if border == _OUTERMOST and raw[2] in "|+" else border


def _take(block: _Block, line: str, border: int) -> None:
    """
    Take one line of a traceback: a frame, its source, or the exception line, which is its last.
    """
    frame = compiled(_FRAME).match(line)
    if frame is not None:
        block.frames.append((frame["file"], int(frame["line"]), frame["function"] or "", ""))
    elif border > block.depth:
        if block.frames and not block.frames[-1][3] and line.strip("^~ "):
            block.frames[-1] = (*block.frames[-1][:3], line)
    elif match := compiled(_RAISED).match(line):
        block.type, block.message = match["type"], match["message"] or ""


def _tree(blocks: Iterator[_Block]) -> _Block | None:
    """
    Hang the exceptions of a text below the last one: causes and contexts by their joints, members by their indent.
    """
    surface: _Block | None = None
    last: dict[int, _Block] = {}
    for block in blocks:
        before = last.get(block.level)
        holder = last.get(max((level for level in last if level < block.level), default=-1))
        if block.joined is not None and before is not None:
            block.inner.append((before, block.joined))
            if holder is not None and holder.inner and holder.inner[-1][0] is before:
                holder.inner[-1] = (block, "member")
        elif holder is not None and len(holder.inner) < WIDTH:
            holder.inner.append((block, "member"))
        if holder is None:
            surface = block
        last = {level: other for level, other in last.items() if level < block.level}
        last[block.level] = block
    return surface


def _chain_of_stacks(stacks: object) -> _Block | None:
    """
    Read ``dict_tracebacks``: a list of stacks, each the cause or the context of the one before.
    """
    surface: _Block | None = None
    holder: _Block | None = None
    for stack in _mappings(stacks, NODES):
        frames = [
            (str(row.get("filename", "")), _line(row), str(row.get("name", "")), _source(row))
            for row in _mappings(stack.get("frames"), NODES)
        ]
        block = _Block(message=str(stack.get("exc_value", "")), frames=frames)
        block.type = str(stack.get("exc_type", ""))
        groups = stack.get("exceptions")
        for members in groups[:WIDTH] if isinstance(groups, list) else ():
            member = _chain_of_stacks(members)
            if member is not None:
                block.inner.append((member, "member"))
        if holder is None:
            surface = block
        else:
            holder.inner.append((block, "cause" if stack.get("is_cause") else "context"))
        holder = block
    return surface


def _mappings(value: object, most: int) -> list[Mapping[str, Any]]:
    return [item for item in value[:most] if isinstance(item, Mapping)] if isinstance(value, list) else []


def _line(row: Mapping[str, Any]) -> int:
    line = row.get("lineno")
    return line if isinstance(line, int) else 0


def _source(row: Mapping[str, Any]) -> str:
    """
    Get the source of a frame: ``dict_tracebacks`` leaves it out, but runs in the process that raised.
    """
    written = row.get("line")
    return (str(written) if written else linecache.getline(str(row.get("filename", "")), _line(row))).strip()


def _links(surface: _Block | None) -> tuple[Link, ...]:
    links: list[Link] = []
    queue: deque[tuple[_Block, Via, bool, int | None]] = deque([(surface, "self", True, None)] if surface else ())
    while queue and len(links) < NODES:
        block, via, because, parent = queue.popleft()
        files = [file for file, *_ in reversed(block.frames)]
        name, names = classes_of(full_name(block.type or "?", files, block.message))
        position = len(links)
        links.append(
            Link(
                type=name,
                mro=names,
                message=block.message[:MESSAGE],
                via=via,
                because=because,
                parent=parent,
                errno=number_in(block.message, names),
                winerror=winerror_in(block.message),
                frames=tuple(block.frames),
            )
        )
        words = quoted(block.message) if name in QUOTING and not block.inner else None
        if words is not None:
            links.append(words._replace(via="argument", because=because, parent=position))
        for inner, step in block.inner:
            meant = step != "context" or is_wrapper(names) or _by_library(block)
            queue.append((inner, step, because and meant, position))
    return tuple(links)


def _by_library(block: _Block) -> bool:
    return bool(block.frames) and is_library(module_of(block.frames[-1][0]))
