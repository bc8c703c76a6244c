"""What one object costs the program, counted and not timed.

Each program given copies the same two lists, a short one and a long one, from a canned nginx on this
machine. The difference of the two, divided by the difference of their lengths, is the cost of one object.
The costs of the start, the plan and the report are in both runs and cancel out. This allows to compare an
old and a new build to a fraction of a percent, also on a machine that does other things.

Instructions are counted by callgrind (user space only, libraries included), allocations by memcheck ("total
heap usage"), system calls by strace, requests by nginx's access log. Each tool has runs of its own.

Whether an answer is there when the program first looks for it, or only after the event loop has waited, changes
the path through the HTTP engine and libuv by some percent, and is chance on two processors. The server and the
program therefore share one processor, and their priorities decide. By default the program has the higher
priority, and waits for each answer as it does with a real S3. With --at-once the server has the higher
priority, and each answer is there at once.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "servers")]

from nginx.canned_s3 import CannedS3  # noqa: E402
from procs import ServerError, Workplace  # noqa: E402

SHORT = 100  # items of the short list: enough that all connections are open
IN_FLIGHT = 64  # copyout starts with 64; the limit keeps the number from following the machine's speed
MOST_SECONDS = 1200  # for one run under a tool

# Commands that start the server with a priority below the program's, and above it (which only root may).
WAITED_FOR = ("nice", "-n", "19")
AT_ONCE = ("chrt", "--fifo", "10")
FIGURES = ("instructions", "requests", "system calls", "allocations")


class Tool:
    """A command to run the program under, and how its count is read."""

    def __init__(self, name: str, figure: str, argv: list[str], counted: str):
        self.name, self.figure, self.argv, self.counted = name, figure, argv, counted

    def count(self, out: Path) -> int:
        said = out.read_text(errors="replace") if out.exists() else ""
        found = re.search(self.counted, said, re.MULTILINE)
        if not found:
            raise SystemExit(f"{self.name} did not say how many {self.figure}: {out}")
        return int(found[1].replace(",", ""))


def tools(folder: Path) -> list[Tool]:
    """The three tools. What they say goes to folder/count, callgrind's profile to folder/profile."""
    log = f"--log-file={folder}/count"
    return [
        Tool("callgrind", "instructions",
             ["valgrind", "--tool=callgrind", log, f"--callgrind-out-file={folder}/profile"],
             r"Collected : (\d+)$"),
        # Undefined values are not looked for: only the allocator matters here.
        Tool("memcheck", "allocations",
             ["valgrind", "--tool=memcheck", "--undef-value-errors=no", "--leak-check=no", log],
             r"total heap usage: ([\d,]+) allocs"),
        Tool("strace", "system calls",
             ["strace", "-f", "-c", "-U", "calls,name", "-o", f"{folder}/count"], r"^ *(\d+) total$"),
    ]


def environment(home: Path, endpoint: str) -> dict[str, str]:
    """All that the program sees: the same for each run, and nothing of the machine's own accounts."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_S3": endpoint, "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKCANNED", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


class Bench:
    """Runs of programs against one canned server."""

    def __init__(self, folder: Path, server, keep: Path | None = None):
        """server: with endpoint, copies, rows(), requests() and forget(), as CannedS3 has them."""
        self.folder, self.server, self.keep = folder, server, keep
        self.runs = 0

    def manifest(self, items: int) -> Path:
        path = self.folder / f"{items}.csv"
        if not path.exists():
            with path.open("w") as out:
                out.writelines(f'"{bucket}","{key}"\n' for bucket, key in self.server.rows(items))
        return path

    def run(self, binary: Path, tool: Tool, items: int) -> dict[str, int]:
        """One run; its counts. The run must end with 0 and say that each item was copied."""
        self.runs += 1
        self.server.forget()
        work = self.folder / f"work-{self.runs:03d}"
        (self.folder / "count").unlink(missing_ok=True)
        done = subprocess.run(
            [*tool.argv, str(binary), "run", "--manifest", str(self.manifest(items)), "--to",
             f"s3://{self.server.copies}/release/", "--destination-keys", "full", "--work", str(work),
             "--max-in-flight", str(IN_FLIGHT), "--json", "--quiet"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(self.folder, self.server.endpoint), cwd=self.folder, timeout=MOST_SECONDS)
        try:
            copied = json.loads(done.stdout.strip().split("\n")[-1])["copied"]
        except (ValueError, KeyError, TypeError):
            copied = None
        if done.returncode != 0 or copied != items:
            raise SystemExit(f"{binary} under {tool.name}: exit {done.returncode}, {copied} of {items} copied\n"
                             f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        shutil.rmtree(work)
        return {tool.figure: tool.count(self.folder / "count"), "requests": self.server.requests()}

    def measure(self, binary: Path, items: int, name: str) -> dict[str, float]:
        """All counts of one program, per object; and what it costs once, as "start: ..."."""
        costs: dict[str, float] = {}
        for tool in tools(self.folder):
            short, long = (self.run(binary, tool, count) for count in (SHORT, items))
            for figure, count in long.items():
                cost = (count - short[figure]) / (items - SHORT)
                if costs.setdefault(figure, cost) != cost:
                    print(f"{name}: {cost:.3f} requests an object under {tool.name}, {costs[figure]:.3f} before",
                          file=sys.stderr)
                costs.setdefault(f"start: {figure}", short[figure] - SHORT * cost)
            if self.keep and tool.name == "callgrind":
                self.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.folder / "profile", self.keep / f"callgrind.out.{name}")
        return costs


def row(name: str, costs: dict[str, float], prefix: str = "") -> str:
    """A row of the table. Requests have decimals: 3.001 are a retry, and should be seen."""
    cells = (f"{costs[prefix + figure]:,.{0 if figure == 'instructions' or prefix else 3}f}"
             for figure in FIGURES)
    return f"| {name} | {' | '.join(cells)} |"


def spread(runs: list[dict[str, float]], figure: str) -> float:
    """How far the runs are apart, in percent of their mean."""
    values = [costs[figure] for costs in runs]
    return 100 * (max(values) - min(values)) / statistics.mean(values)


def main() -> None:
    """The table that docs/performance.md shows."""
    parser = argparse.ArgumentParser(prog="bench/instructions.sh", description=__doc__.splitlines()[0])
    parser.add_argument("binaries", metavar="COPYOUT", nargs="*", default=[str(ROOT / "build" / "copyout")],
                        help="the programs to measure (build/copyout)")
    parser.add_argument("--objects", type=int, default=3000, help="items of the long list (3000)")
    parser.add_argument("--repeat", type=int, default=1, help="measure all so many times and print how far apart")
    parser.add_argument("--at-once", action="store_true", help="each answer is there at once (needs root)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep callgrind's profiles here")
    options = parser.parse_args()
    if options.objects <= SHORT or options.repeat < 1:
        parser.error(f"--objects must be above {SHORT}, --repeat above 0")
    binaries = [Path(binary).resolve() for binary in options.binaries]
    for needed in (*map(str, binaries), "valgrind", "strace"):
        if not shutil.which(needed):
            raise SystemExit(f"{needed} is not there (make build, scripts/deps.sh instructions)")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # and all that is started from here
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    workplace = Workplace("instructions")
    try:
        server = CannedS3(workplace, before=AT_ONCE if options.at_once else WAITED_FOR)
        bench = Bench(workplace.folder, server, options.keep)
        answers = "are there at once" if options.at_once else "are waited for"
        print(f"Per object, {options.objects:,} against {SHORT} of them, answers {answers}:\n")
        print(f"| program | {' | '.join(FIGURES)} |\n|---{'|---' * len(FIGURES)}|")
        results: list[tuple[str, list[dict[str, float]]]] = []
        for number, (given, binary) in enumerate(zip(options.binaries, binaries)):
            runs = []
            for _ in range(options.repeat):
                runs.append(bench.measure(binary, options.objects, f"{number}-{binary.name}"))
                print(row(given, runs[-1]), flush=True)
            results.append((given, runs))
        print(f"\nOnce per job:\n\n| program | {' | '.join(FIGURES)} |\n|---{'|---' * len(FIGURES)}|")
        for given, runs in results:
            print(row(given, runs[0], "start: "))
        if options.repeat > 1:
            print(f"\nApart, of {options.repeat} measurements:\n")
            for given, runs in results:
                print(f"{given}: " + ", ".join(f"{figure} {spread(runs, figure):.2f} %" for figure in FIGURES))
        if len(results) > 1:
            first = results[0][1][0]["instructions"]
            print("\nInstructions against the first: " + ", ".join(
                f"{given} {100 * (runs[0]['instructions'] / first - 1):+.2f} %" for given, runs in results[1:]))
    finally:
        workplace.close()


if __name__ == "__main__":
    try:
        main()
    except ServerError as problem:
        raise SystemExit(str(problem))
