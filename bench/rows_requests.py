"""How many requests an object costs, counted at the server."""

from __future__ import annotations

import signal
import subprocess
import time

from job import Job, results
from measure import BenchError
from nginx.computed_s3 import ComputedS3
from rows import Bench

SCATTERED = 1000  # every so many keys of the source bucket


def _told(operations: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(operations.items(), key=lambda row: -row[1]))


def _each(bench: Bench, figure: str, operations: dict[str, int], count: int, most: float, taken: float = 0) -> float:
    each = (sum(operations.values()) - taken) / count
    bench.add(figure, each, f"{each:.4f} ({_told(operations)})", most=most, goal=f"≤ {most}")
    return each


def clustered(bench: Bench) -> None:
    """Keys that follow one another: a first run, a second, and one that goes on."""
    count = bench.count(20_000, 5_000)
    with ComputedS3({"objects": 1_000_000}) as server:
        job = Job(bench, server, count)
        work = job.new_work()
        job.run(work=work)
        first = _each(bench, f"requests an object, first run, {count:,} clustered keys", job.operations(), count, 1.02)
        job.run(work=work, status="same")
        _each(bench, "requests an object, second run", job.operations(), count, 0.01)
        server.forget()
        resumed(bench, job, first)


def resumed(bench: Bench, job: Job, first: float) -> None:
    """A job that is ended by SIGTERM when most of it is done, and run again. What the objects that were
    not done cost is what a first run costs them."""
    work = job.new_work()
    job.server.set(write_ms=5)
    process = subprocess.Popen(job.argv(work), env=job.env, cwd=job.place, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    enough, deadline = 0.9 * job.count, time.monotonic() + 600
    while job.server.counts()["operations"].get("CopyObject", 0) < enough and process.poll() is None:
        if time.monotonic() > deadline:
            process.kill()
            raise BenchError("the run that was to be ended did not get that far")
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    process.wait(120)
    job.server.set(write_ms=0)
    done = results(work)
    if done >= job.count:
        bench.add("requests a finished object, resumed job", None, "the run was over before it could be ended",
                  goal="≤ 0.01")
        return
    job.operations()
    # Older programs say "same" of what is done, newer ones count the whole job.
    again = subprocess.run(job.argv(work), env=job.env, cwd=job.place, capture_output=True, text=True)
    if again.returncode != 0:
        raise BenchError(f"the resumed run ended with {again.returncode}: {again.stderr[-1000:]}")
    _each(bench, f"requests a finished object, resumed job ({done:,} of {job.count:,} were done)",
          job.operations(), done, 0.01, taken=first * (job.count - done))


def scattered(bench: Bench) -> None:
    """Every 1,000th key of the bucket, into a folder that is ours alone: the second run."""
    count = bench.count(3_000, 1_000)
    with ComputedS3({"objects": count * SCATTERED}) as server:
        job = Job(bench, server, count, step=SCATTERED)
        job.run()
        first = sum(job.operations().values()) / count
        bench.add(f"requests an object, first run, {count:,} scattered keys", first, f"{first:.3f}")
        job.run(status="same")
        _each(bench, "requests an object, second run, scattered keys", job.operations(), count, 1.1)
