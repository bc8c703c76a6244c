#!/usr/bin/env python3
"""Counts and names what the last run of ctest skipped.

usage: scripts/skipped.py BUILD/Testing/Temporary/LastTest.log

A skip is a test of unittest, cmocka or Node that says so, or a line "skipped: WHY" of a script of
ours. Exits with 1 if CI=true and there was one.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

CTEST = re.compile(r"^\d+/\d+ Test: (.*)")
UNITTEST_NAME = re.compile(r"^(\w+) \([\w.]+\)")
SKIPS = (
    re.compile(r"\.\.\. skipped (?P<why>['\"].*['\"])$"),  # unittest
    re.compile(r"^skipped: (?P<why>.*)"),  # a script of ours
    re.compile(r"^\[  SKIPPED \] (?P<why>\w+)"),  # cmocka
    re.compile(r"^(?:#|ℹ) skipped (?P<why>[1-9]\d*)$"),  # Node's runner: how many
)


def skipped(log: str) -> list[str]:
    """What was skipped, one line each, in the order of the log."""
    found, test, name = [], "?", ""
    for line in log.splitlines():
        if match := CTEST.match(line):
            test, name = match[1], ""
        if match := UNITTEST_NAME.match(line):
            name = f" {match[1]}"
        for pattern in SKIPS:
            if match := pattern.search(line):
                found.append(f"{test}{name}: {match['why']}")
    return found


def main() -> int:
    """Print them."""
    found = skipped(Path(sys.argv[1]).read_text(errors="replace"))
    print(f"{len(found)} parts of the tests were skipped" + (":" if found else ""))
    for line in found:
        print(f"  {line}")
    if found and os.environ.get("CI") == "true":
        print("CI=true: a skip is an error", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
