"""The rows of the table that other targets measure: what they left is shown with ours.

Each leaves results.json in its build folder, a list of objects with `test`, `goal`, `measured` and
`missed` (a list, empty when the goal was reached).
"""

from __future__ import annotations

import json
from pathlib import Path

FILES = ("build-fuzz/results.json", "build/bad-input/results.json", "build-asan/results.json")


def lines(repository: Path) -> list[str]:
    """Lines of the table, for what is there."""
    found = []
    for name in FILES:
        try:
            rows = json.loads((repository / name).read_text())
        except (OSError, ValueError):
            continue
        for row in rows:
            verdict = f"**missed**: {row['missed'][0]}" if row["missed"] else "reached"
            found.append(f"| {row['test']} | {row['goal']} | {row['measured']} | {verdict} |")
    return found
