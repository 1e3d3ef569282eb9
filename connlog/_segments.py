"""
Lines of a log -> segments: each the text of exactly one failure, as the interpreter would have printed it.

Imports the lines, the prefixes, the renderings and the streams. Streaming; bounded memory, linear work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connlog._patterns import compiled
from connlog._prefixes import clean, is_record, peel, timestamp
from connlog._renderings import FRAME, HEADER, raised
from connlog._source import Line
from connlog._streams import Stream

_BARE = (
    r"\[(?:Errno|WinError|Error) ?-?\d|\b(?:Errno|Error|errno):? -?\d|[Cc]onnect|[Tt]imed out|\btimeout\b"
    r"|[Rr]esolv|resolution|not known|such host|translate host|nreachable|No route|[Bb]roken pipe|ertificate|\[SSL"
    r"|in use\b|Timeout: |Error: |Closed: |refused|Too many|too many|errors?: \w"
)
_GROUP = r"(?:\A|.*?)(?P<head>  \+ Exception Group Traceback \(most recent call last\):)"
_TITLE = rf"(?P<before>.*?)(?P<title>{HEADER}:?)(?P<after>.*)\Z"
_BOX = r".*[\u2500-]{3,} Traceback \(most recent call last\)"
_IPYTHON = r"(?P<type>[A-Za-z_][\w.]*)\s{3,}\Z"
_STREAMS = 8
_FOLLOWING = 8
_DEEPEST = 3
_WIDEST = 64
_STAMPS = ("timestamp", "@timestamp", "time", "ts", "asctime", "date", "__REALTIME_TIMESTAMP")
_LINES = ("log", "MESSAGE", "message", "msg", "event", "text", "textPayload")
_STACKS = ("exception", "exc_info", "exc", "error", "traceback")


class Segment(NamedTuple):
    """
    The text of one failure.

    Attributes:
        first: Its first line.
        last: Its last line.
        start: Offset of its first byte.
        end: Offset behind its last.
        timestamp: When it was logged, as written.
        prefix: What stands before its lines.
        format: How it was rendered.
        body: What the interpreter would have printed; or one line or sentence without a traceback.
        frames: The list that ``dict_tracebacks`` makes, if that is what it was.
        lead: What to ask where the body tells of no failure.
    """

    first: int
    last: int
    start: int
    end: int
    timestamp: str | None
    prefix: str | None
    format: str
    body: tuple[str, ...]
    frames: Sequence[Mapping[str, Any]] | None = None
    lead: Segment | None = None


class Cutter:
    """
    Cuts segments out of the lines that it is fed.
    """

    __slots__ = ("_depth", "_lead", "_leads", "_record", "_streams")

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._streams: list[Stream] = []
        self._leads: dict[int, Segment] = {}
        self._lead: Segment | None = None
        self._record: tuple[int, str | None, str] = (-1, None, "")

    def pending(self) -> int | None:
        """
        Tell where the oldest line stands that may still become part of a segment.
        """
        starts = [stream.start for stream in self._streams]
        starts += [lead.start for lead in (self._lead, *self._leads.values()) if lead is not None]
        return min(starts, default=None)

    def feed(self, line: Line) -> list[Segment]:
        """
        Take a line; return what is complete now.
        """
        text = clean(line.text)
        done: list[Segment] = []
        for stream in self._streams[::-1]:
            rest = stream.own(text)
            if rest is None:
                continue
            verdict = stream.take(rest)
            if verdict == "taken":
                if rest.strip():
                    stream.last, stream.end = line.number, line.end
                return done
            if verdict == "closed":
                done += self._close(stream)
        return done + self._idle(line, text)

    def flush(self) -> list[Segment]:
        """
        Give what is left at the end.
        """
        done = [segment for stream in tuple(self._streams) for segment in self._close(stream)]
        return done + self._release()

    def quiet(self) -> list[Segment]:
        """
        Give what is complete, while nothing comes.
        """
        done = [segment for stream in tuple(self._streams) if stream.complete for segment in self._close(stream)]
        return done if self._streams else done + self._release()

    def _release(self) -> list[Segment]:
        lead, self._lead = self._lead, None
        return [] if lead is None else [lead]

    def _close(self, stream: Stream) -> list[Segment]:
        self._streams.remove(stream)
        lead = self._leads.pop(id(stream), None)
        body = stream.lines()
        if not stream.complete:
            if lead is None:
                return []
            text = peel(lead.body[0]).text
            if len(body) < 2 or raised(text) is None:
                return [lead]
            body, lead = (*body, text), lead
        found = Segment(
            first=stream.first if lead is None else lead.first,
            last=stream.last,
            start=stream.start if lead is None else lead.start,
            end=stream.end,
            timestamp=stream.stamp,
            prefix=stream.prefix.strip() or None,
            format=stream.format,
            body=body,
        )
        return [found]

    def _open(self, line: Line, kind: str, head: str, width: int = 0) -> list[Segment]:
        """
        Begin a stream.
        """
        done = self._close(self._streams[0]) if len(self._streams) >= _STREAMS else []
        stream = Stream(kind, head, width)
        stream.first = stream.last = line.number
        stream.start, stream.end = line.start, line.end
        stream.stamp = timestamp(head) if head.strip() else None
        lead, self._lead = self._lead, None
        if lead is not None:
            self._leads[id(stream)] = lead
        number, stamp, prefix = self._record
        if stream.stamp is None and number == line.number - 1:
            stream.stamp = stamp
            stream.prefix = stream.prefix or prefix
        self._streams.append(stream)
        return done

    def _idle(self, line: Line, text: str) -> list[Segment]:
        """
        Take a line that belongs to no stream.
        """
        if "Traceback (most recent call last)" in text:
            return self._begin(line, text)
        if self._lead is not None and self._lead.last == line.number - 1 and text[:1] in {"\t", " "} and text.strip():
            if len(self._lead.body) < _FOLLOWING and not compiled(FRAME).match(text):
                self._lead = self._lead._replace(last=line.number, end=line.end, body=(*self._lead.body, text.strip()))
                return []
        if 'File "' in text and compiled(FRAME).match(text):
            kind = "stackprinter" if text[0] == "F" else "traceback"
            done = self._open(line, kind, "")
            self._streams[-1].own(text)
            self._streams[-1].take(text)
            return done
        done = self._release()
        if is_record(text):
            self._record = (line.number, timestamp(text), peel(text).prefix)
        if compiled(_BARE).search(text):
            if text.lstrip()[:1] == "{" and (found := self._json(line, text)) is not None:
                return done + found
            if "\\n" in text and (found := self._escaped(line, text)):
                return done + found
            peeled = peel(text)
            self._lead = Segment(
                line.number,
                line.number,
                line.start,
                line.end,
                timestamp(peeled.prefix) if peeled.prefix else None,
                peeled.prefix.strip() or None,
                "bare",
                (peeled.text,),
            )
        return done

    def _begin(self, line: Line, text: str) -> list[Segment]:
        """
        Begin the stream that a header opens.
        """
        if text.lstrip()[:1] == "{" and (found := self._json(line, text)) is not None:
            return self._release() + found
        if "\\n" in text and (found := self._escaped(line, text)):
            return self._release() + found
        at = text.find("Traceback (most recent call last)")
        before = text[:at]
        if compiled(_BOX).match(text):
            return self._open(line, "rich", "", len(text.rstrip()))
        group = before.rfind("  + Exception Group ")
        if group >= 0 or before.endswith("Exception Group "):
            done = self._open(line, "group", before[: max(group, 0)])
            self._streams[-1].take("  + Exception Group Traceback (most recent call last):")
            return done
        match = compiled(_IPYTHON).match(before)
        if match is not None:
            return self._open(line, "ipython", "")
        return self._open(line, "traceback", before)

    def _escaped(self, line: Line, text: str) -> list[Segment]:
        """
        Cut what stands in a line with its newlines escaped.
        """
        if self._depth >= _DEEPEST:
            return []
        plain = (
            text.replace("\\r", "").replace("\\n", "\n").replace('\\"', '"').replace("\\'", "'").replace("\\t", "\t")
        )
        return self._nested(line, plain, "escaped", timestamp(text))

    def _nested(self, line: Line, text: str, kind: str, stamp: str | None) -> list[Segment]:
        cutter = Cutter(self._depth + 1)
        found = []
        for number, part in enumerate(text.splitlines()):
            found += cutter.feed(Line(number, 0, 0, part))
        return [
            segment._replace(
                first=line.number,
                last=line.number,
                start=line.start,
                end=line.end,
                format=kind,
                timestamp=segment.timestamp or stamp,
            )
            for segment in (*found, *cutter.flush())
        ]

    def _json(self, line: Line, text: str) -> list[Segment] | None:
        """
        Cut what stands in a JSON object; ``None`` where it is none.
        """
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict):
            return None
        stamp = next((str(record[key]) for key in _STAMPS if isinstance(record.get(key), str | int | float)), None)
        for key in _STACKS:
            stacks = record.get(key)
            if isinstance(stacks, list) and stacks and isinstance(stacks[0], dict) and "exc_type" in stacks[0]:
                where = (line.number, line.number, line.start, line.end)
                return [Segment(*where, stamp, None, "json", (), stacks)]
        strings = list(_strings(record))
        for string in strings:
            if "\n" in string and (found := self._nested(line, string, "json", stamp)):
                return found
        for string in strings:
            if compiled(_BARE).search(string) and (found := self._nested(line, string, "json", stamp)):
                return found
        return []


def _strings(record: dict[str, Any]) -> Iterator[str]:
    """
    List the strings in a JSON object, nearest first.
    """
    queue: list[Any] = [record]
    for value in queue:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and len(queue) < _WIDEST:
            queue.extend(value.values())
        elif isinstance(value, list) and len(queue) < _WIDEST:
            queue.extend(value[:_WIDEST])


def segments(lines: Iterable[Line]) -> Iterator[Segment]:
    """
    Cut the segments out of lines, in the order in which they end.

    A line with the number 0 says that nothing comes for a while: what is complete is given out.
    """
    cutter = Cutter()
    for line in lines:
        yield from cutter.feed(line) if line.number else cutter.quiet()
    yield from cutter.flush()
