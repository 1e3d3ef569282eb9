"""
What is masked in a text, so that thousands of failures of one shape are judged once, changes no diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import connlog
from connlog._diagnose import diagnose_links
from connlog._segment import Segment
from connlog._segments import segments
from connlog._shapes import shape_of
from connlog._source import open_source, physical_lines
from connlog._text import links_of_lines
from connlog.scan import judge

CORPUS = Path(__file__).parent / "corpus"
TEXTS = sorted(path for path in CORPUS.glob("*/*") if path.is_file() and path.parent.name in {"rendered", "written"})
POOLED = """\
Traceback (most recent call last):
  File "/srv/shop/stock.py", line {line}, in fetch
    return requests.get(url)
requests.exceptions.ConnectionError: HTTPConnectionPool(host='127.0.0.1', port={port}): Max retries exceeded with url: \
/stock/{line} (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f{line:010x}>: Failed to \
establish a new connection: [Errno 111] Connection refused'))
"""


def directly(body: tuple[str, ...], catalog: connlog.Catalog = connlog.CATALOG) -> connlog.Diagnosis | None:
    """
    Judge a text as it stands.
    """
    return diagnose_links(links_of_lines(body), catalog=catalog)


def cut(path: Path) -> Iterator[Segment]:
    """
    Cut a file of the corpus into segments with a text.
    """
    with open_source(path) as reader:
        for segment in segments(physical_lines(reader)):
            if segment.body:
                yield segment


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_masks_change_no_diagnosis(path: Path) -> None:
    """
    Each text of the corpus is judged to the letter as it would be without masks, with other ports and lines too.
    """
    for segment in cut(path):
        other = tuple(
            re.sub(r"(port[ =]'?|\.0\.0\.1:)\d{4,5}\b", r"\g<1>51413", re.sub(r"(\", line )(\d+)", r"\g<1>9\2", line))
            for line in segment.body
        )
        for body in (segment.body, other):
            found = judge(segment._replace(body=body, lead=None))
            assert (None if found is None else found.diagnosis) == directly(body)


def test_one_shape() -> None:
    """
    Line numbers, ports, paths and addresses make no other shape, and come back into the diagnosis.
    """
    bodies = [tuple(POOLED.format(line=line, port=40_000 + line).splitlines()) for line in (7, 41)]
    first, second = (shape_of(body, connlog.CATALOG) for body in bodies)
    assert first.text == second.text
    for line, body in zip((7, 41), bodies, strict=True):
        (found,) = connlog.scan(iter(body))
        said = found.diagnosis
        assert said.location is not None
        assert (said.location.line, said.server_port, said.peer_port) == (line, 40_000 + line, 40_000 + line)
        assert f"127.0.0.1:{40_000 + line}" in said.cause
        assert said == directly(body)


@pytest.mark.parametrize("port", ["5432", "8443", "61909", "70000", "10061"])
def test_ports_that_mean_something_stay(port: str) -> None:
    """
    A service's port, one that a hint asks for, one that stands for others, and a number that stands elsewhere too.
    """
    catalog = connlog.CATALOG.extended((connlog.Hint(text="Ask the gateway's team.", when=("port=8443",)),))
    body = (*POOLED.format(line=7, port=port).splitlines(), "asked 10061 times")
    assert port in shape_of(body, catalog).text
    assert directly(body, catalog) == judge(Segment(1, 1, 0, 1, None, None, "traceback", body), catalog).diagnosis  # type: ignore[union-attr]


def test_members_of_a_group() -> None:
    """
    Each member of a group gets its own line and its own port back.
    """
    rows = [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "/srv/shop/all.py", line 70, in main',
        "  |     group()",
        "  | ExceptionGroup: two (2 sub-exceptions)",
        "  +-+---------------- 1 ----------------",
    ]
    for number, port in ((1, 40_001), (2, 40_002)):
        rows += [
            "    | Traceback (most recent call last):",
            f'    |   File "/srv/shop/each.py", line {number}00, in one',
            "    |     dial()",
            f"    | ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', {port})",
            f"    +---------------- {number + 1} ----------------" if number == 1 else f"    +{'-' * 36}",
        ]
    (found,) = connlog.scan(iter(rows))
    assert found.diagnosis == directly(tuple(rows))
    assert [each.server_port for each in (found.diagnosis, *found.diagnosis.others)] == [40_001, 40_002]
    assert [each.location.line for each in (found.diagnosis, *found.diagnosis.others) if each.location] == [100, 200]


def test_of_frames_too_long_to_be_kept() -> None:
    """
    Frames whose paths are longer than what is kept for the next time are read all the same.
    """
    folder = "deep/" * 50
    frames = "".join(f'  File "/srv/{folder}shop_{at}.py", line {at}, in step\n    go()\n' for at in range(60))
    said = "ConnectionRefusedError: [Errno 111] Connection refused"
    (found,) = connlog.scan(f"Traceback (most recent call last):\n{frames}{said}\n")
    location = found.diagnosis.location
    assert location is not None
    assert (location.file, location.line) == (f"/srv/{folder}shop_59.py", 59)
