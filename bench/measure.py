"""What a command takes: wall time, CPU, peak memory; and how commands are compared.

On a machine that does other things too, one run says little. Commands that are compared run in turns,
A B A B …, and the median of each is what counts.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

MOST_SECONDS = 3600  # for one command


class BenchError(Exception):
    """A measurement did not come about. The message says why."""


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak_mib: float
    output: str = ""  # what it wrote to standard output

    def cpu_us(self, objects: int) -> float:
        """Microseconds of CPU for each object."""
        return 1e6 * self.cpu / objects

    def rate(self, objects: int) -> float:
        """Objects a second."""
        return objects / self.wall


def run(argv: list[str], env: dict[str, str], cwd: Path, ends_with: tuple[int, ...] = (0,)) -> Cost:
    """Runs a command under time(1): Linux hands a process's peak memory on to what it executes, so the
    parent must be a small one."""
    figures = Path(cwd, "time")
    done = subprocess.run(["/usr/bin/time", "-o", str(figures), "-f", "%e %U %S %M", *argv], env=env, cwd=cwd,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", timeout=MOST_SECONDS)
    if done.returncode not in ends_with:
        raise BenchError(f"{' '.join(argv[:3])} … ended with {done.returncode}:\n"
                         f"{done.stdout[-1500:]}{done.stderr[-1500:]}")
    # After a command that failed, time(1) says so in a line of its own.
    wall, user, system, kib = map(float, figures.read_text().splitlines()[-1].split())
    return Cost(wall, user + system, kib / 1024, done.stdout)


def median(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "cpu", "peak_mib")))


def in_turns(runs: dict[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Each of them once, then each once more: `rounds` times."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, once in runs.items():
            costs[name].append(once())
    return costs


def machine() -> str:
    """What the figures were measured on."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0]
    return f"{len(os.sched_getaffinity(0))} cores ({model}), load average {load:.1f} at the start"
