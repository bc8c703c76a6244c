"""The row of the table that `make fuzz` measures: what it left is shown with ours.

That is results.json in its build folder, a list of objects with `test`, `goal`, `measured` and
`missed` (a list, empty when the goal was reached).
"""

from __future__ import annotations

import json
from pathlib import Path

FILES = ("build-fuzz/results.json",)


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
