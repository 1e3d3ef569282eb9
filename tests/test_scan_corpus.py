"""
The scanner finds what the texts of the corpus tell of, and nothing else: ``pytest -s`` prints precision and recall.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import connlog

CORPUS = Path(__file__).parent / "corpus"
LABELS: dict[str, dict[str, Any]] = tomllib.loads((CORPUS / "labels.toml").read_text(encoding="utf-8"))
NEGATIVES = [name for name, label in LABELS.items() if not label["found"]]
SIZE, ADVERSARIAL = 150, 60

Label = Mapping[str, Any]


class Score(NamedTuple):
    """
    How the findings of one text compare to its labels.

    Attributes:
        right: Findings that a label asks for.
        wrong: Findings that no label asks for, or allows.
        missed: Labels without a finding.
    """

    right: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def found_in(name: str) -> Iterator[connlog.Finding]:
    """
    Scan one text, as a file.
    """
    return connlog.scan(CORPUS / name)


def is_meant(finding: connlog.Finding, label: Label) -> bool:
    """
    Tell whether a finding says what a label says, all of it and no more.
    """
    said = finding.diagnosis
    if (said.code, said.errno_name, said.count) != (label["code"], label.get("errno"), label.get("count", 1)):
        return False
    endpoint = (said.server_address, said.server_port)
    if not label.get("optional"):
        return endpoint == (label.get("host"), label.get("port"))
    return endpoint[0] in {None, label.get("host")} and endpoint[1] in {None, label.get("port")}


@cache
def score(name: str) -> Score:
    """
    Compare what is found in one text to its labels: in their order, unless they have none.
    """
    label = LABELS[name]
    asked: list[Label] = list(label["found"])
    missed, allowed = list(asked), list(label.get("may", ()))
    wrong = []
    for finding in found_in(name):
        meant = next((each for each in asked if is_meant(finding, each)), None)
        permitted = next((each for each in allowed if is_meant(finding, each)), None)
        if meant is not None:
            missed.remove(meant)
            asked = [each for each in asked if each is not meant] if is_unordered(label) else rest(asked, meant)
        elif permitted is not None:
            allowed.remove(permitted)
        else:
            wrong.append(shown(finding))
    return Score(len(label["found"]) - len(missed), tuple(wrong), tuple(map(str, missed)))


def is_unordered(label: Label) -> bool:
    """
    Tell whether the failures of a text overlap, so that neither is first.
    """
    return bool(label.get("unordered"))


def rest(labels: Sequence[Label], label: Label) -> list[Label]:
    """
    List the labels behind one.
    """
    return list(labels[labels.index(label) + 1 :])


def shown(finding: connlog.Finding) -> str:
    """
    Say in one line what a finding says.
    """
    said = finding.diagnosis
    return (
        f"{said.code} {said.errno_name} {said.server_address}:{said.server_port} x{said.count}"
        f" in lines {finding.first} to {finding.last}"
    )


@pytest.mark.parametrize("name", LABELS)
def test_each_text_has_what_its_labels_say(name: str) -> None:
    """
    Every failure that a text tells of is found, with code, errno and endpoint, and nothing that is none.
    """
    scored = score(name)
    assert (scored.wrong, scored.missed) == ((), ())


def test_precision_and_recall_are_complete(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Over the whole corpus, precision and recall are 100 %.
    """
    scores = [score(name) for name in LABELS]
    right = sum(each.right for each in scores)
    wrong = sum(len(each.wrong) for each in scores)
    missed = sum(len(each.missed) for each in scores)
    precision, recall = right / max(right + wrong, 1), right / (right + missed)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(LABELS)} texts, {len(NEGATIVES)} of them without a failure; {right + missed} failures\n"
            f"precision {precision:.1%} ({wrong} wrong), recall {recall:.1%} ({missed} missed)\n"
        )
    assert (precision, recall) == (1, 1)


@pytest.mark.parametrize("name", LABELS)
def test_places_are_places_in_the_text(name: str) -> None:
    """
    First and last line and the byte offsets of a finding lie within the text, and belong together.
    """
    text = (CORPUS / name).read_bytes()
    starts = line_starts(text)
    for finding in found_in(name):
        assert 1 <= finding.first <= finding.last <= len(starts) - 1
        assert starts[finding.first - 1] <= finding.start < starts[finding.first]
        assert starts[finding.last - 1] < finding.end <= starts[finding.last]


@pytest.mark.parametrize("name", LABELS)
def test_bytes_and_lines_say_the_same(name: str) -> None:
    """
    A file, of which most bytes are passed over, has the same findings as its lines, which are read one by one.
    """
    lines = (CORPUS / name).read_bytes().decode("utf-8", "replace").removesuffix("\n").split("\n")
    assert [*map(shown, connlog.scan(f"{line}\n" for line in lines))] == [*map(shown, found_in(name))]


def line_starts(text: bytes) -> Sequence[int]:
    """
    List the offsets at which the lines of a text begin, and its end.
    """
    starts = [0]
    for line in text.splitlines(keepends=True) if b"\r" not in text else text.split(b"\n"):
        starts.append(starts[-1] + len(line) + (b"\r" in text))
    return starts


def test_the_corpus_is_whole() -> None:
    """
    Each text has its labels, each label its text, and there are as many as were promised.
    """
    texts = {
        f"{path.parent.name}/{path.name}" for path in CORPUS.glob("*/*") if path.parent.name in {"rendered", "written"}
    }
    assert texts == set(LABELS)
    assert len(LABELS) >= SIZE
    assert len(NEGATIVES) >= ADVERSARIAL


def test_labels_name_what_there_is() -> None:
    """
    Labels name codes of the catalog.
    """
    codes = {entry.code for entry in connlog.CATALOG}
    assert {each["code"] for label in LABELS.values() for each in (*label["found"], *label.get("may", ()))} <= codes
