"""
Lines of a log -> segments: each the text of exactly one failure, as the interpreter would have printed it.

Imports the lines, the prefixes, the renderings and the streams. Streaming; bounded memory, linear work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connlog import _records
from connlog._openings import is_report, is_shown, is_telling, told_by, under_header, without_header
from connlog._patterns import compiled
from connlog._prefixes import clean, is_record, like, peel, timestamp
from connlog._renderings import FRAME, JOINTS, raised
from connlog._segment import Segment, moved
from connlog._source import Line
from connlog._streams import Stream

__all__ = ["Cutter", "Segment", "segments"]

_HEADLESS = r'(?P<head>.*?)(?P<frame>\s*(?:File "[^"]*", line \d+(?:, in \S.*)?))\s*\Z'
_PINS = r'(?:\A|.{,100}[\s|])(?:Django Version:|Request Method:|"evalue":|Error Contents:|"output_type": "error")'
_SUMMARY = r"(?:.{,100}[\s|])?(?:FAILED|ERROR) \S+(?:::\S+)* - "
_TRACEBACK = "raceback (most recent call last)"
_TRY = "connection to server "
"""How libpq begins to tell of its next try, in the same message."""

_STREAMS = 8
_FOLLOWING = 8
_DEEPEST = 3
_OBJECT = 256
_PINNED = 64
_PARTS = 4096
_REVERSED = 4096


class Cutter:
    """
    Cuts segments out of the lines that it is fed; within strings in strings down to a certain depth.
    """

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._streams: list[Stream] = []
        self._leads: dict[int, Segment] = {}
        self._lead: Segment | None = None
        self._pinned = False
        self._record: tuple[int, str | None, str] = (-1, None, "")
        self._upside: list[Line] = []
        self._upside_down = self._upside_open = False
        self._before = ""
        self._indent = 0
        self._doubled = self._tested = False
        self._closed: tuple[int, tuple[str, ...], str] = (-1, (), "")

    @property
    def idle(self) -> bool:
        """
        Nothing is begun.
        """
        return not self._streams and self._lead is None and not self._upside_down

    @property
    def ends_at_header(self) -> bool:
        """
        All that is begun is one traceback whose exception has been told, and that any next header ends.
        """
        streams = self._streams
        return len(streams) == 1 and streams[0].told and not self._upside

    def recorded(self, number: int) -> tuple[str | None, str | None]:
        """
        Give timestamp and prefix of the record that the line before one has begun.
        """
        at, stamp, prefix = self._record
        return (stamp, prefix.strip() or None) if at == number - 1 else (None, None)

    def pending(self) -> int | None:
        """
        Tell where the oldest line stands that may still become part of a segment.
        """
        starts = [stream.start for stream in self._streams]
        starts += [lead.start for lead in (self._lead, *self._leads.values()) if lead is not None]
        return min((*starts, *(line.start for line in self._upside[:1])), default=None)

    def feed(self, line: Line) -> list[Segment]:
        """
        Take a line; return what is complete now.
        """
        text = clean(line.text)
        if '"' in text[:40] and (self._streams or _TRACEBACK in text) and (part := _records.element(text)) is not None:
            parts = part.splitlines()[:_PARTS]
            return [segment for each in parts for segment in self._feed(line, clean(each))]
        if text[:1] == "{" and ('"log"' in text or '"MESSAGE"' in text):
            record = _records.read(text)
            if record is not None and record.line is not None:
                text = record.line
        return self._feed(line, text)

    def _feed(self, line: Line, text: str) -> list[Segment]:
        before, self._before = self._before, text
        if text == before and text.strip() and self._is_doubled(line):
            self._before = ""
            return []
        if self._upside_down:
            return self._turn(line, text)
        done: list[Segment] = []
        if self._streams:
            if self._offer(line, text, done):
                return done
            if self._upside_down:
                return done
        return done + self._idle(line, text)

    def _is_doubled(self, line: Line) -> bool:
        """
        Tell whether a line stands there twice because two handlers write each line.
        """
        if self._streams:
            header = any(stream.first == line.number - 1 and stream.first == stream.last for stream in self._streams)
            self._doubled = self._doubled or header
            return self._doubled
        self._doubled = False
        return self._lead is not None and self._lead.last == line.number - 1

    def _offer(self, line: Line, text: str, done: list[Segment]) -> bool:
        """
        Offer a line to the streams; those with a prefix of their own know best.
        """
        streams = self._streams
        if len(streams) > 1:
            streams = sorted(streams, key=lambda each: (not each.begins(text), not each.prefixed))
        for stream in tuple(streams):
            rest = stream.own(text)
            if rest is None:
                continue
            verdict = stream.take(rest)
            if verdict == "taken":
                if rest.strip():
                    stream.last, stream.end = line.number, line.end
                    if self._upside and len(self._upside) < _REVERSED:
                        self._upside.append(line)
                return True
            if verdict == "closed":
                if self._upside and _TRACEBACK in text:
                    self._upside.append(line)
                    self._streams.remove(stream)
                    self._leads.pop(id(stream), None)
                    self._upside_down, self._upside_open = True, False
                    return False
                done += self._close(stream)
        return False

    def _turn(self, line: Line, text: str) -> list[Segment]:
        """
        Take a line of a log whose newest line is its first.
        """
        peeled = peel(text).text.strip()
        if not peeled or self._upside_open or compiled(JOINTS).match(peeled):
            self._upside_open = _TRACEBACK not in text and (self._upside_open or bool(peeled))
            self._upside.append(line)
            return [] if len(self._upside) < _REVERSED else self._turned()
        return self._turned() + self._idle(line, text)

    def _turned(self) -> list[Segment]:
        lines, self._upside = self._upside, []
        self._upside_down = False
        cutter = Cutter(self._depth + 1)
        found = [segment for line in lines[::-1] for segment in cutter.feed(line)]
        found += cutter.flush()
        return moved(found, lines[0], lines[-1])

    def flush(self) -> list[Segment]:
        """
        Give what is left at the end.
        """
        done = [segment for stream in tuple(self._streams) for segment in self._close(stream)]
        if self._upside_down:
            done += self._turned()
        return done + self._release()

    def quiet(self) -> list[Segment]:
        """
        Give what is complete, while nothing comes.
        """
        done = [segment for stream in tuple(self._streams) if stream.complete for segment in self._close(stream)]
        return done if self._streams else done + self._release()

    def _release(self) -> list[Segment]:
        lead, self._lead = self._lead, None
        self._pinned = False
        return [] if lead is None else [lead]

    def _close(self, stream: Stream) -> list[Segment]:
        self._streams.remove(stream)
        self._upside = []
        stream.finish()
        lead = self._leads.pop(id(stream), None)
        body = stream.lines()
        if not stream.complete:
            return [] if lead is None else [lead]
        self._tested |= stream.format == "pytest"
        last, same, prefix = self._closed
        is_other = "" not in {prefix, stream.prefix} and prefix != stream.prefix and stream.stamp is None
        if stream.first <= last and same == body and not is_other:
            return []
        self._closed = stream.last, body, stream.prefix
        first = stream if lead is None else lead
        return [
            Segment(
                first=first.first,
                last=stream.last,
                start=first.start,
                end=stream.end,
                timestamp=stream.stamp or (lead.timestamp if lead is not None else None),
                prefix=stream.prefix.strip() or (lead.prefix if lead is not None else None),
                format=stream.format,
                body=body,
                lead=lead,
            )
        ]

    def _open(self, line: Line, stream: Stream, *, header: bool = True) -> list[Segment]:
        """
        Begin a stream.
        """
        done = self._close(self._streams[0]) if len(self._streams) >= _STREAMS else []
        stream.first = stream.last = line.number
        stream.start, stream.end = line.start, line.end
        stream.stamp = timestamp(stream.prefix) if stream.prefix.strip() else None
        lead, self._lead = self._lead, None
        self._pinned = False
        if lead is not None:
            self._leads[id(stream)] = lead
            if not stream.said and (token := raised(lead.body[0])) is not None and token.strong:
                stream.begin(lead.body[0], first=stream.format == "traceback" and not header)
        number, stamp, prefix = self._record
        if stream.stamp is None and number == line.number - 1:
            stream.stamp = stamp
            stream.prefix = stream.prefix.strip() or prefix
        self._streams.append(stream)
        return done

    def _idle(self, line: Line, text: str) -> list[Segment]:
        """
        Take a line that belongs to no stream.
        """
        if _TRACEBACK in text:
            return self._begin(line, text)
        stripped = text.strip()
        if not stripped or (self._lead is not None and not peel(text).text.strip()):
            return []
        if self._lead is not None and self._goes_on(self._lead, line, text, stripped):
            return []
        found = self._begin_without_header(line, text)
        if found is not None:
            return found
        if self._lead is not None:
            self._pinned = (self._pinned or compiled(_PINS).match(text) is not None) and (
                line.number - self._lead.last < _PINNED
            )
        done = [] if self._pinned else self._release()
        if is_record(text):
            self._record = (line.number, timestamp(text), peel(text).prefix)
        return done + self._bare(line, text) if is_telling(text) and not is_shown(text) else done

    def _goes_on(self, lead: Segment, line: Line, text: str, stripped: str) -> bool:
        """
        Take a line that goes on what the line before has told by itself.
        """
        if compiled(JOINTS).match(stripped) and (token := raised(lead.body[0])) is not None and token.strong:
            stream = Stream("traceback", "")
            self._open(line, stream)
            stream.begin_joined(lead.body, stripped)
            return True
        if lead.last != line.number - 1 or len(lead.body) >= _FOLLOWING:
            return False
        peeled, prefix, indent = peel(text), lead.prefix or "", self._indent
        shared = like(peeled.prefix.strip()).match(prefix) if peeled.prefix.strip() else None
        if shared is not None:
            text, indent = peeled.text, 0
        is_another = shared is not None and shared.end() == len(prefix) and lead.body[0].startswith(_TRY)
        if len(text) - len(text.lstrip()) <= indent and (is_another or not text.startswith(_TRY)):
            return False
        if compiled(FRAME).match(text) or compiled(_PINS).match(text) or _TRACEBACK in text:
            return False
        self._lead = lead._replace(last=line.number, end=line.end, body=(*lead.body, text.strip()))
        return True

    def _begin_without_header(self, line: Line, text: str) -> list[Segment] | None:
        """
        Begin where the header is missing, or none is written.
        """
        if 'File "' in text and (match := compiled(_HEADLESS).match(text)):
            return self._begin_headless(line, text, match["head"])
        stream, start = without_header(text)
        if stream is None:
            return None
        self._tested |= stream.format == "pytest" and start is None
        done = self._open(line, stream)
        if start is not None:
            stream.own(text)
            stream.take(start)
        return done

    def _begin_headless(self, line: Line, text: str, head: str) -> list[Segment]:
        peeled, lead = peel(text), self._lead
        kind = "traceback"
        if peeled.text[:1] == "F" and lead is None:
            kind, head = "stackprinter", peeled.prefix
        elif head.strip():
            head = text[: max(text.find('File "') - 2, 0)]
        stream = Stream(kind, head)
        done = self._open(line, stream, header=False)
        rest = stream.own(text)
        stream.take(text if rest is None else rest)
        self._upside = []
        if lead is not None and len(self._streams) == 1:
            self._upside = [
                Line(lead.first, lead.start, lead.end, (lead.prefix or "") + " " * bool(lead.prefix) + lead.body[0]),
                *(Line(lead.last, lead.start, lead.end, f"    {part}") for part in lead.body[1:]),
                line,
            ]
        return done

    def _bare(self, line: Line, text: str) -> list[Segment]:
        """
        Take a line that may tell of a failure by itself.
        """
        if (found := self._json(line, text)) is not None:
            return found
        if "\\n" in text and (found := self._nested(line, _records.unescaped(text), "escaped", timestamp(text))):
            return found
        if self._pinned or (self._tested and compiled(_SUMMARY).match(text)):
            return []
        done = self._release()
        self._lead = told_by(line, text)
        self._tested |= is_report(text)
        self._indent = len(text) - len(text.lstrip())
        self._pinned = compiled(_PINS).match(text) is not None
        return done

    def _begin(self, line: Line, text: str) -> list[Segment]:
        """
        Begin the stream that a header opens.
        """
        if (found := self._json(line, text)) is not None:
            return self._release() + found
        if "\\n" in text and (found := self._nested(line, _records.unescaped(text), "escaped", timestamp(text))):
            return self._release() + found
        return self._open(line, under_header(text))

    def _nested(self, line: Line, text: str, kind: str, stamp: str | None) -> list[Segment]:
        """
        Cut what one line holds.
        """
        if self._depth >= _DEEPEST:
            return []
        cutter = Cutter(self._depth + 1)
        found: list[Segment] = []
        for number, part in enumerate(text.splitlines()[:_PARTS]):
            found += cutter.feed(Line(number, 0, 0, part))
        found += cutter.flush()
        return [each._replace(format=kind, timestamp=each.timestamp or stamp) for each in moved(found, line, line)]

    def _json(self, line: Line, text: str) -> list[Segment] | None:
        """
        Cut what stands in a JSON object; ``None`` where it is none.
        """
        at = text.find('{"', 0, _OBJECT)
        record = _records.read(text[at:].rstrip()) if at >= 0 and text.rstrip()[-1] == "}" else None
        if record is None:
            return None
        if record.stacks is not None:
            where = (line.number, line.number, line.start, line.end)
            return [Segment(*where, record.timestamp, None, "json", (), record.stacks)]
        told = [string for string in record.strings if _TRACEBACK in string]
        told += [string for string in record.values if _TRACEBACK not in string and is_telling(string)]
        nested = (self._nested(line, string, "json", record.timestamp) for string in told)
        return next(filter(None, nested), [])


def segments(lines: Iterable[Line]) -> Iterator[Segment]:
    """
    Cut the segments out of lines, in the order in which they end.

    A line with the number 0 says that nothing comes for a while: what is complete is given out.
    """
    cutter = Cutter()
    for line in lines:
        yield from cutter.feed(line) if line.number else cutter.quiet()
    yield from cutter.flush()
