"""
Throws mutated logs at the scanner: ``python -m tests.fuzz.fuzz_scan tests/fuzz/corpus -atheris_runs=20000``.

Whatever comes in, the scanner raises nothing; findings stand where they say, in the bytes and lines that were given.
"""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext

try:
    import atheris
except ImportError:  # it has no wheel for every platform; the tests throw their own bytes then
    atheris = None

with (
    atheris.instrument_imports(include=["connlog"]) if atheris is not None and __name__ == "__main__" else nullcontext()
):
    import connlog
    from connlog.scan import as_json


def scan_bytes(data: bytes) -> int:
    """
    Scan bytes, check each finding, and return how many there are.
    """
    count = 0
    lines = data.count(b"\n") + 1
    for found in connlog.scan(io.BytesIO(data)):
        count += 1
        if not (0 <= found.start <= found.end <= len(data) and 1 <= found.first <= found.last <= lines):
            raise AssertionError(f"a finding stands outside of its source: {found}")
        if as_json(found)["code"] != found.diagnosis.code:
            raise AssertionError(f"a finding is spelled wrongly: {found}")
    return count


def fuzzed(data: bytes) -> None:
    """
    Scan bytes.
    """
    scan_bytes(data)


def main() -> None:
    """
    Fuzz until the wished number of runs is reached, or something fails.
    """
    atheris.Setup(sys.argv, fuzzed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
