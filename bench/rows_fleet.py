"""Workers that know nothing of each other on one prefix, which takes so many writes a second and no more."""

from __future__ import annotations

import subprocess
import time

import measure
from job import Job
from nginx.computed_s3 import ComputedS3
from rows import Bench

WORKERS, RATE, WRITE_MS = 8, 3_500, 50
SETTLES = 40  # seconds: from the start, until it is measured, as in the simulation
ADAPTS = 5  # seconds: after one has left
USED, REFUSED, APART = 0.9, 0.02, 0.1


def _counted(server: ComputedS3, seconds: float) -> tuple[dict, float]:
    """What the server counts within so many seconds, and how many they were."""
    server.reset()
    began = time.monotonic()
    time.sleep(seconds)
    return server.counts(), time.monotonic() - began


def _check_running(workers: list[subprocess.Popen]) -> None:
    if any(worker.poll() is not None for worker in workers):
        raise measure.BenchError("a worker of the fleet has ended too early")


def run(bench: Bench) -> None:
    """Eight programs, one after the other: how much of the prefix they use, how they share it."""
    seconds = bench.count(60, 15)
    most = RATE // WORKERS * 2 * (SETTLES + seconds + 2 * ADAPTS)
    with ComputedS3({"objects": most, "write_ms": WRITE_MS, "writes_per_second": RATE, "burst": RATE / 10}) as server:
        workers = []
        try:
            for number in range(WORKERS):
                job = Job(bench, server, most, folder=f"worker-{number}/")
                workers.append(subprocess.Popen(job.argv(job.new_work()), env=job.env, cwd=job.place,
                                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                stderr=subprocess.DEVNULL))
            time.sleep(SETTLES)
            counts, took = _counted(server, seconds)
            _check_running(workers)
            _told(bench, counts, took)
            workers[0].kill()
            workers[0].wait()
            time.sleep(ADAPTS)
            after, took = _counted(server, ADAPTS)
            _check_running(workers[1:])
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    used = sum(after["copied"].values()) / took / RATE
    bench.add(f"the same, {ADAPTS} s after one has left", used, f"{used:.0%} used", least=USED, goal=f"≥ {USED:.0%}")


def _told(bench: Bench, counts: dict, took: float) -> None:
    """The rows of all eight."""
    copied = list(counts["copied"].values())
    used = sum(copied) / took / RATE
    refused = counts["refused"] / counts["operations"]["CopyObject"]
    mean = sum(copied) / WORKERS
    apart = max(abs(max(copied) / mean - 1), abs(1 - min(copied) / mean)) if len(copied) == WORKERS else 1.0
    title = f"{WORKERS} programs on a prefix of {RATE:,} copies a second"
    bench.add(f"{title}, used", used, f"{used:.0%}", least=USED, goal=f"≥ {USED:.0%}")
    bench.add(f"{title}, refused", refused, f"{refused:.1%} of the requests", most=REFUSED, goal=f"≤ {REFUSED:.0%}")
    bench.add(f"{title}, shares", apart, f"at most {apart:.0%} from an eighth", most=APART, goal=f"within ± {APART:.0%}")
