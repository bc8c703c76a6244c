#!/usr/bin/env python3
"""Every allocation of the program fails in turn, through whole small runs.

    tests/alloc/sweep.py --stride 1                  # all of them
    tests/alloc/sweep.py --stride 101 --offset 7     # every 101st, beginning with the 7th
    tests/alloc/sweep.py --scenario run --only 1234 --trace

Whatever fails, the program must end by itself with an exit code of its own, leak nothing, say in
words that memory ran out, and never call done what is not: boto3 looks at everything it claims. The
program is copyout_failalloc of a sanitized build (COPYOUT_BINARY, or build-asan/copyout_failalloc).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
os.environ.setdefault("COPYOUT_BINARY", str(REPOSITORY / "build-asan" / "copyout_failalloc"))
sys.path.insert(0, str(HERE.parent / "integration"))
from lib import copyout, servers

from scenarios import SCENARIOS, Scenario, World

SECONDS = 120  # for one run; some wait before they ask again
# Sanitizers' own exit codes, apart from the program's.
SANITIZERS = {"ASAN_OPTIONS": "exitcode=99:detect_leaks=1", "LSAN_OPTIONS": "exitcode=97",
              "UBSAN_OPTIONS": "exitcode=98:print_stacktrace=1"}
BROKEN = re.compile(r"Sanitizer|runtime error:|Assertion|a bug")
SAID = re.compile(r"out of memory|OutOfMemory|cannot allocate memory", re.IGNORECASE)


def run(scenario: Scenario, env: dict[str, str], folder: Path) -> tuple[copyout.Result, object]:
    """One run of the scenario's program in a folder of its own."""
    place = scenario.place(folder)
    result = copyout.run(place.args, scenario.world.server, env={**SANITIZERS, **place.env, **env},
                         cwd=folder, timeout=SECONDS)
    return result, place


def judge(scenario: Scenario, number: int, env: dict[str, str]) -> tuple[list[str], str]:
    """What is wrong after this allocation failed, and how the run ended."""
    with tempfile.TemporaryDirectory(prefix="copyout-alloc-") as name:
        try:
            result, place = run(scenario, {**env, "COPYOUT_FAIL_ALLOC": str(number)}, Path(name))
        except AssertionError as error:  # it did not end
            return [str(error)], "hung"
        try:
            wrong = look(scenario, result, place)
            whole = scenario.is_whole(result, place)
        finally:
            scenario.remove(place)
        ended = "as without" if whole else f"exit {result.returncode}"
    if wrong:
        wrong.append(str(result))
    return wrong, ended


def look(scenario: Scenario, result: copyout.Result, place) -> list[str]:
    """All that may not be."""
    wrong = []
    if result.returncode not in (0, 1, 2, 3, 4):
        wrong.append(f"ended with {result.returncode}")
    if BROKEN.search(result.stderr):
        wrong.append("a sanitizer or an assert has something to say")
    wrong += scenario.false_claims(result, place)
    if not scenario.is_whole(result, place):
        if result.returncode == 0:
            wrong.append("exit 0, and it is not all there")
        if not SAID.search(result.stderr + scenario.said(place)):
            wrong.append("nobody says that memory ran out")
    return wrong


def count(scenario: Scenario, env: dict[str, str]) -> int:
    """How many allocations a run makes in which none fails; that run must be as it should."""
    with tempfile.TemporaryDirectory(prefix="copyout-alloc-") as name:
        path = Path(name, "count")
        result, place = run(scenario, {**env, "COPYOUT_FAIL_ALLOC_COUNT": str(path)}, Path(name))
        scenario.remember(result, place)
        wrong = scenario.false_claims(result, place)
        if wrong or BROKEN.search(result.stderr):
            raise AssertionError(f"{scenario.name}, where nothing fails: {wrong}\n{result}")
        scenario.remove(place)
        return int(path.read_text())


def sweep(scenario: Scenario, options, env: dict[str, str]) -> int:
    """All of one scenario; returns how many went wrong."""
    began = time.monotonic()
    most = count(scenario, env)
    numbers = options.only or range(1 + (options.offset - 1) % options.stride, most + 1,
                                    options.stride)
    bad, ends = 0, Counter()
    with ThreadPoolExecutor(options.jobs) as pool:
        judged = pool.map(lambda number: judge(scenario, number, env), numbers)
        for number, (wrong, ended) in zip(numbers, judged):
            ends[ended] += 1
            if wrong:
                bad += 1
                print(f"--- {scenario.name}, allocation {number}: " + "\n".join(wrong), flush=True)
    print(f"{scenario.name}: {len(numbers)} of {most} allocations failed in turn, {bad} wrong "
          f"({', '.join(f'{n} {end}' for end, n in sorted(ends.items()))}; "
          f"{time.monotonic() - began:.0f} s)", flush=True)
    return bad


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stride", type=int, default=1, help="take every so manieth (1)")
    parser.add_argument("--offset", type=int, default=1, help="begin with this one (1)")
    parser.add_argument("--jobs", type=int, default=2, help="so many runs at once (2)")
    parser.add_argument("--scenario", action="append", choices=[s.name for s in SCENARIOS],
                        help="only this one; may be given again")
    parser.add_argument("--only", type=int, action="append", metavar="N",
                        help="fail this allocation; may be given again")
    parser.add_argument("--all-after", action="store_true",
                        help="all that come after it fail, too")
    parser.add_argument("--jansson", action="store_true", help="jansson's allocations, too")
    parser.add_argument("--trace", action="store_true", help="say where it fails")
    return parser.parse_args()


def main() -> int:
    """The whole; the exit code says whether anything went wrong."""
    options = arguments()
    env = {}
    if options.all_after:
        env["COPYOUT_FAIL_ALLOC_FOR"] = "all"
    if options.jansson:
        env["COPYOUT_FAIL_ALLOC_JANSSON"] = "1"
    if options.trace:
        env["COPYOUT_FAIL_ALLOC_TRACE"] = "1"
    world = World(servers.moto())
    chosen = [kind(world) for kind in SCENARIOS
              if not options.scenario or kind.name in options.scenario]
    return 1 if sum(sweep(scenario, options, env) for scenario in chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
