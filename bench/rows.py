"""A row of the table: a figure, what was measured, what is to be reached, and whether it was."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Callable

MET, MISSED, NOT_MEASURED, TOLD = "met", "**missed**", "not measured", ""


@dataclass
class Row:
    """One line of the table."""

    figure: str
    measured: str
    goal: str = ""  # what is to be reached; "": the figure is only told
    verdict: str = TOLD
    value: float | None = None

    def as_dict(self) -> dict:
        """For the file of results."""
        return asdict(self)


@dataclass
class Bench:
    """What all rows share: the program, how much is measured, and what came of it."""

    binary: Path
    quick: bool
    rounds: int  # how often what is timed is measured
    against: Path | None = None  # an older program, measured in turns with this one
    rows: list[Row] = field(default_factory=list)
    plots: dict[str, str] = field(default_factory=dict)  # name → SVG
    tables: list[str] = field(default_factory=list)  # of Markdown: what the rows were taken from
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="copyout-bench-")))

    def count(self, full: int, quick: int) -> int:
        """So many objects."""
        return quick if self.quick else full

    def add(self, figure: str, value: float | None, shown: str, *, most: float | None = None,
            least: float | None = None, goal: str = "") -> None:
        """A row; it is met when value is within the bounds that are given. None: not measured, and
        shown says why."""
        verdict = TOLD
        if value is None:
            verdict = NOT_MEASURED
        elif most is not None or least is not None:
            good = (most is None or value <= most) and (least is None or value >= least)
            verdict = MET if good else MISSED
        self.rows.append(Row(figure, shown, goal, verdict, value))
        print(f"  {figure}: {shown}{' (' + goal + ')' if goal else ''} {verdict}", file=sys.stderr, flush=True)

    def new_folder(self, name: str) -> Path:
        """An empty folder, for a run or a work store."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))


@dataclass(frozen=True)
class Group:
    """Rows that are measured together."""

    name: str
    measure: Callable[[Bench], None]


def timed(group: Group, bench: Bench) -> None:
    """Measures one group, and says how long it took."""
    began = time.monotonic()
    print(f"{group.name} …", file=sys.stderr, flush=True)
    group.measure(bench)
    print(f"{group.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
