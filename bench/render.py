"""The rows as Markdown, and the part of docs/performance.md that is made of them.

Between the two marker lines of the document stands what a full run printed; the plots lie beside it.
"""

from __future__ import annotations

import re
from pathlib import Path

from rows import Bench

BEGIN, END = "<!-- bench: begin, made by make bench -->", "<!-- bench: end -->"


def table(bench: Bench) -> str:
    """The table of all rows."""
    lines = ["| figure | measured | to reach | |", "|---|---|---|---|"]
    lines += [f"| {row.figure} | {row.measured} | {row.goal} | {row.verdict} |" for row in bench.rows]
    return "\n".join(lines)


def page(bench: Bench, about: list[str], plots: str) -> str:
    """All of it: what was measured on what, the rows, their tables, the plots below folder `plots`."""
    pictures = [f"![{name}]({plots}/{name}.svg)" for name in sorted(bench.plots)]
    return "\n\n".join(["\n".join(about), table(bench), *bench.tables, *pictures])


def into_document(document: Path, text: str) -> None:
    """Puts the text between the document's two marker lines, which must be there."""
    old = document.read_text()
    pattern = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(old):
        raise ValueError(f"{document} has no line {BEGIN}")
    document.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", old))


def save_plots(bench: Bench, folder: Path) -> None:
    """Each plot as a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in bench.plots.items():
        (folder / f"{name}.svg").write_text(svg)
