#!/usr/bin/env python3
"""Repeats the table of docs/reliability.md, with measured figures.

    tests/soak/soak.py                       # all rows
    tests/soak/soak.py sigkill --seed 7      # one of them
    tests/soak/soak.py --scale 0.05 --jobs 2 # all, short

Each row runs in a process, with servers and a folder of its own (short rows share the servers: to
start those takes longer than to use them). The table goes to standard output and, with figures that
a program can read, to build/soak; progress goes to standard error. The exit code is 1 when a goal
was missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "servers")]

import changing
import expiring
import faults
import killing
import large
import million
import others
import sharing
import workers
from row import Outcome

REPOSITORY = HERE.parents[1]
SHARED_BELOW = 0.2  # at a larger scale the rows would be in each other's way
ROWS = {row.name: row for row in (
    faults.SlowDown, faults.OfEachKind, killing.Sigkill, killing.Sigterm, changing.Overwritten,
    workers.TwoWorkers, workers.TwoRuns, expiring.Expiring, million.Million, large.Large)}


def table(outcomes: list[Outcome]) -> str:
    """As docs/reliability.md has it."""
    lines = ["| test | to reach | measured | |", "|---|---|---|---|"]
    for outcome in outcomes:
        verdict = "reached" if not outcome.missed else f"**missed**: {outcome.missed[0]}"
        how = f"seed {outcome.seed}, {outcome.seconds:.0f} s"
        if outcome.scale != 1:
            how += f", scale {outcome.scale:g}"
        cells = (outcome.test, outcome.goal, f"{outcome.measured} ({how})", verdict)
        lines.append("| " + " | ".join(
            cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    lines += others.lines(REPOSITORY)
    return "\n".join(lines)


def end(*_) -> None:
    """SIGTERM: what was started is ended, and folders go."""
    raise SystemExit(128 + signal.SIGTERM)


def in_its_own_process(name: str, options, shared: str | None, running: list) -> Outcome:
    """A row that crashes, hangs or leaks takes no other with it."""
    row = ROWS[name](options.seed, options.scale)
    with tempfile.TemporaryDirectory(prefix="copyout-soak-") as folder:
        file = Path(folder, "outcome.json")
        argv = [sys.executable, __file__, name, "--seed", str(options.seed), "--scale",
                str(options.scale), "--outcome", str(file)]
        process = subprocess.Popen(argv + (["--servers", shared] if shared else []),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        running.append(process)
        try:
            process.wait(120 + row.most_seconds * max(options.scale, 0.2))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if file.exists():
            return Outcome(**json.loads(file.read_text()))
    return Outcome(name, row.test, row.goal, "nothing", [f"it ended with {process.returncode}"],
                   {}, options.seed, options.scale)


def write(folder: Path, outcomes: list[Outcome]) -> None:
    """results.md and results.json; rows that were measured another time stay."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.json"
    try:
        kept = {name: Outcome(**value) for name, value in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError):
        kept = {}
    kept.update({outcome.name: outcome for outcome in outcomes})
    rows = [kept[name] for name in ROWS if name in kept]
    file.write_text(json.dumps({row.name: row.as_dict() for row in rows}, indent=1) + "\n")
    (folder / "results.md").write_text(table(rows) + "\n")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="rows: " + ", ".join(ROWS))
    parser.add_argument("rows", nargs="*", metavar="ROW", help="which; all if none is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="0.05 is a short version")
    parser.add_argument("--jobs", type=int, default=1, help="so many rows at once")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "build" / "soak")
    parser.add_argument("--outcome", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--servers", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = [name for name in options.rows if name not in ROWS]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)} (there are: {', '.join(ROWS)})")
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    signal.signal(signal.SIGTERM, end)
    if options.outcome:
        sharing.use(options.servers, list(ROWS).index(options.rows[0]))
        outcome = ROWS[options.rows[0]](options.seed, options.scale).outcome()
        options.outcome.write_text(json.dumps(outcome.as_dict()))
        return 1 if outcome.missed else 0
    names, outcomes, lock = options.rows or list(ROWS), [], threading.Lock()
    running: list[subprocess.Popen] = []
    stack = contextlib.ExitStack()
    shared = sharing.start(stack) if options.scale < SHARED_BELOW and len(names) > 1 else None

    def one(name: str) -> Outcome:
        outcome = in_its_own_process(name, options, shared, running)
        with lock:  # as they come: who interrupts this keeps what was measured
            outcomes.append(outcome)
            write(options.output, outcomes)
        return outcome

    with stack, ThreadPoolExecutor(options.jobs) as pool:
        try:
            done = list(pool.map(one, names))
        except BaseException:  # interrupted: those that have not begun do not
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.terminate()
            raise
    print(table(done))
    for outcome in done:
        for text in outcome.missed:
            print(f"{outcome.name}: {text}", file=sys.stderr)
    return 1 if any(outcome.missed for outcome in done) else 0


if __name__ == "__main__":
    sys.exit(main())
