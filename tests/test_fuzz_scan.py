"""
A bounded number of mutated logs, the same ones each time: nothing raises, findings stand where they say.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import fuzz_scan

SEEDS = sorted((Path(__file__).parent / "fuzz" / "corpus").iterdir())
TEXTS = sorted((Path(__file__).parent / "corpus" / "written").iterdir())
PIECES = (
    b"Traceback (most recent call last):\n",
    b'  File "x.py", line 1, in f\n',
    b"    sock.connect((host, port))\n",
    b"ConnectionRefusedError: [Errno 111] Connection refused\n",
    b"\nDuring handling of the above exception, another exception occurred:\n\n",
    b"  + Exception Group Traceback (most recent call last):\n",
    b"  +-+---------------- 1 ----------------\n",
    b"    +------------------------------------\n",
    b"E   TimeoutError: timed out\n",
    b"____________ test_x ____________\n",
    b'{"log": "Traceback (most recent call last):\\n"}\n',
    b'"exc_type": "OSError", ',
    b"\xe2\x94\x82 ",
    b"\x1b[31m",
    b"2026-03-09T06:41:07Z ERROR ",
    b"web-1  | ",
    b"\r",
    b"\n",
    b"\xff\x00",
)


def mutated(random_: random.Random, texts: list[bytes]) -> bytes:
    """
    Cut, repeat and mix pieces of logs.
    """
    data = bytearray(random_.choice(texts)[:4_000])
    for _ in range(random_.randrange(1, 12)):
        at = random_.randrange(len(data) + 1)
        if random_.random() < 0.5:
            data[at:at] = random_.choice(PIECES) * random_.choice((1, 1, 2, 9))
        else:
            del data[at : at + random_.randrange(200)]
    return bytes(data)


@pytest.mark.parametrize("seed", range(20))
def test_mutated_logs_are_survived(seed: int) -> None:
    """
    Mixed and broken logs raise nothing, and are found where they stand.
    """
    random_ = random.Random(seed)  # noqa: S311 -- the same each time is the point
    texts = [path.read_bytes() for path in (*SEEDS, *TEXTS) if path.is_file()]
    for _ in range(40):
        fuzz_scan.scan_bytes(mutated(random_, texts))


def test_the_seeds_themselves() -> None:
    """
    What once failed stays in the corpus, and no longer fails.
    """
    assert all(fuzz_scan.scan_bytes(path.read_bytes()) >= 0 for path in SEEDS)


@pytest.mark.skipif(fuzz_scan.atheris is None, reason="atheris is not installed")
def test_the_fuzzer_runs(tmp_path: Path) -> None:
    """
    The fuzzer itself starts from the corpus and survives a bounded number of runs.
    """
    corpus = Path(__file__).parent / "fuzz" / "corpus"
    command = [sys.executable, "-m", "tests.fuzz.fuzz_scan", str(tmp_path), str(corpus), "-atheris_runs=300", "-seed=1"]
    done = subprocess.run(command, check=False, capture_output=True, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
