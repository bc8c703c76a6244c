#!/usr/bin/env python3
"""Which lines and branches of src/ the tests of a coverage build have run.

    make coverage                                     # after all tests
    scripts/coverage.py build-coverage                # after whatever ran
    scripts/coverage.py build-coverage --least 80 0   # exit code 1 below these percentages of lines and branches
    scripts/coverage.py build-coverage --missed src/net/retry.c

A line or branch that several objects have (a header's) counts once, and as run if it ran in one of them. Left out, and
counted by name, are branches that no test can take: that of an assertion which does not hold.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Rules on branches that are left out, by name: how their lines look.
LEFT_OUT = {"assertions": re.compile(r"\bassert\(")}


@dataclass
class Covered:
    """One source file: how often each line ran, and each branch of it (by line and place in the line)."""

    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[tuple[int, int], int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)  # branches, by rule

    def leave_out(self, text: list[str]) -> None:
        """Takes the branches away that a rule names."""
        for rule, looks in LEFT_OUT.items():
            gone = [at for at in self.branches if looks.search(text[at[0] - 1])]
            self.left_out[rule] = len(gone)
            for at in gone:
                del self.branches[at]


def read(folder: Path, src: Path) -> dict[Path, Covered]:
    """All source files of a coverage build, also those of which nothing ran."""
    notes = sorted(path.resolve() for path in folder.rglob("*.gcno") if "/src/" in str(path) or "co_" in str(path))
    if not notes:
        raise SystemExit(f"{folder} has no .gcno files: cmake --preset coverage")
    if not any(folder.rglob("*.gcda")):
        raise SystemExit(f"{folder} has no .gcda files: ctest --test-dir {folder} -L unit")
    with tempfile.TemporaryDirectory() as cwd:
        told = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", *map(str, notes)], cwd=cwd,
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    found: dict[Path, Covered] = defaultdict(Covered)
    for report in filter(None, told.splitlines()):
        data = json.loads(report)
        for file in data["files"]:
            path = Path(data["current_working_directory"], file["file"]).resolve()
            if path.is_relative_to(src):
                add(found[path], file["lines"])
    return {path: covered for path, covered in sorted(found.items()) if covered.lines}


def add(covered: Covered, lines: list[dict]) -> None:
    """What one object says of a file."""
    places: dict[int, int] = defaultdict(int)  # a line may be there several times, once for each function
    for line in lines:
        number = line["line_number"]
        covered.lines[number] = max(covered.lines.get(number, 0), line["count"])
        for branch in line["branches"]:
            at = number, places[number]
            places[number] += 1
            covered.branches[at] = max(covered.branches.get(at, 0), branch["count"])


def share(counts: list[int]) -> tuple[int, int]:
    """How many ran, of how many."""
    return sum(count > 0 for count in counts), len(counts)


def percent(ran: int, of: int) -> float:
    return 100 * ran / of if of else 100.0


def row(name: str, files: list[Covered]) -> str:
    """A line of the table."""
    lines = share([count for file in files for count in file.lines.values()])
    branches = share([count for file in files for count in file.branches.values()])
    return (f"{name:<40} {lines[1] - lines[0]:6,} of {lines[1]:6,} lines {percent(*lines):5.1f} %"
            f"   {branches[1] - branches[0]:6,} of {branches[1]:6,} branches {percent(*branches):5.1f} %")


def show_missed(path: Path, covered: Covered, text: list[str]) -> None:
    """The lines of a file that did not run (-), or of which a branch was not taken (the number of those)."""
    for number, line in enumerate(text, 1):
        missed = sum(count == 0 for at, count in covered.branches.items() if at[0] == number)
        if covered.lines.get(number) == 0:
            print(f"{path}:{number}: - {line}")
        elif missed:
            print(f"{path}:{number}: {missed} {line}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="the coverage build")
    parser.add_argument("--least", type=float, nargs=2, metavar=("LINES", "BRANCHES"), help="percentages")
    parser.add_argument("--files", action="store_true", help="a row for each file, not for each folder")
    parser.add_argument("--missed", nargs="+", metavar="FILE", default=[], help="show what of these files did not run")
    options = parser.parse_args()
    src = ROOT / "src"
    files = read(options.build, src)
    for path, covered in files.items():
        covered.leave_out(path.read_text().split("\n"))
    for name in options.missed:
        path = Path(name).resolve()
        show_missed(path.relative_to(ROOT), files[path], path.read_text().split("\n"))
    groups: dict[str, list[Covered]] = defaultdict(list)
    for path, covered in files.items():
        groups[str((path if options.files else path.parent).relative_to(ROOT))].append(covered)
    everything = list(files.values())
    if not options.missed:
        print("not run, of all:")
        print(*(row(name, groups[name]) for name in sorted(groups)), sep="\n")
        print(row("all", everything))
        for rule in LEFT_OUT:
            print(f"branches left out, {rule}: {sum(file.left_out[rule] for file in everything):,}")
    least = options.least or (0, 0)
    lines = percent(*share([count for file in everything for count in file.lines.values()]))
    branches = percent(*share([count for file in everything for count in file.branches.values()]))
    if lines < least[0] or branches < least[1]:
        print(f"too little: at least {least[0]:g} % of lines and {least[1]:g} % of branches are to run")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
