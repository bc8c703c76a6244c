"""What copyout costs and how fast it is: the rows of docs/performance.md.

    bench/run.sh                          # all, in the full form: a quarter of an hour, on a machine that does nothing else
    bench/run.sh --quick                  # all, with fewer objects: some minutes
    bench/run.sh requests cost            # some of the groups
    bench/run.sh --against OLDER          # an older program, measured in turns with this one
    bench/run.sh --write                  # put the result into docs/performance.md

The table goes to standard output, progress to standard error, and figures that a program can read to
build/bench. The exit code is 1 when a figure was missed, and 2 when a group could not be measured.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "servers")]

import measure  # noqa: E402
import peers  # noqa: E402
import render  # noqa: E402
import rows_cost  # noqa: E402
import rows_fleet  # noqa: E402
import rows_limits  # noqa: E402
import rows_memory  # noqa: E402
import rows_pace  # noqa: E402
import rows_prefixes  # noqa: E402
import rows_requests  # noqa: E402
import rows_rgw  # noqa: E402
from procs import ServerError  # noqa: E402
from rows import Bench, Group, timed  # noqa: E402

GROUPS = {
    "requests": [rows_requests.clustered, rows_requests.scattered],
    "cost": [rows_cost.cpu, rows_cost.s5cmd, rows_cost.counted],
    "memory": [rows_memory.run, rows_memory.prepare],
    "prefixes": [rows_prefixes.run],
    "pace": [rows_pace.quarter, rows_pace.simulated, rows_pace.latencies, rows_pace.parts],
    "fleet": [rows_fleet.run],
    "limits": [rows_limits.addresses, rows_limits.open_files, rows_limits.start],
    "rgw": [rows_rgw.compare],
}
DOCUMENT = ROOT / "docs" / "performance.md"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench/run.sh", description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"some of {', '.join(GROUPS)} (all)")
    parser.add_argument("--binary", type=Path, default=Path(os.environ.get("COPYOUT_BINARY", ROOT / "build" / "copyout")))
    parser.add_argument("--against", type=Path, help="an older program, measured in turns with it")
    parser.add_argument("--quick", action="store_true", help="fewer objects and rounds: some minutes")
    parser.add_argument("--rounds", type=int, help="how often what is timed is measured (3, or 1 with --quick)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench", help="the folder for results and plots")
    parser.add_argument("--write", action="store_true", help="put the result into docs/performance.md")
    options = parser.parse_args()
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        parser.error(f"there is no group {sorted(unknown)[0]}")
    return options


def about(options: argparse.Namespace) -> list[str]:
    """What was measured, on what, and when."""
    versions = [peers.version([str(options.binary), "--version"])]
    versions += [peers.version([name, peers.VERSIONS[name]]) for name in peers.installed()]
    form = "the quick form, whose figures are for a first look only" if options.quick else "the full form"
    return [f"{datetime.date.today()}, {measure.machine()}, {form}. {', '.join(versions)}."]


def measure_all(bench: Bench, names: list[str]) -> list[str]:
    """All groups, one after the other; what could not be measured does not keep the rest from it."""
    troubles = []
    for name in names:
        for function in GROUPS[name]:
            try:
                timed(Group(f"{name}: {function.__name__}", function), bench)
            except (measure.BenchError, ServerError) as error:
                troubles.append(f"{name}: {function.__name__}: {error}")
                bench.add(f"{name}: {function.__name__}", None, str(error).splitlines()[0])
    return troubles


def main() -> int:
    """All that is asked for; the exit code."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rounds = options.rounds or (1 if options.quick else 3)
    bench = Bench(options.binary.resolve(), options.quick, rounds, options.against and options.against.resolve())
    told = about(options)
    try:
        troubles = measure_all(bench, options.groups or list(GROUPS))
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    render.save_plots(bench, options.out)
    (options.out / "results.json").write_text(json.dumps(
        {"about": told, "rows": [row.as_dict() for row in bench.rows]}, indent=1))
    print(render.page(bench, told, str(options.out)))
    if options.write:
        render.save_plots(bench, DOCUMENT.parent / "performance")
        render.into_document(DOCUMENT, render.page(bench, told, "performance"))
    for trouble in troubles:
        print(f"not measured: {trouble}", file=sys.stderr)
    if troubles:
        return 2
    return int(any(row.verdict == "**missed**" for row in bench.rows))


if __name__ == "__main__":
    sys.exit(main())
