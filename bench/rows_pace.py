"""Whether the engine is busy: on slow servers, on a slice of a processor, with objects of many parts."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time

import measure
import plot
from job import Job
from nginx.computed_s3 import ComputedS3
from rows import Bench

CAP = 1024  # requests at once (src/net/limits/limiter.h)
SLICE = 0.1  # seconds: how a scheduler hands a processor out to a container
QUARTER_SECONDS = 25
PARTS_FACTOR = 1.15
STEADY = 0.9
LATENCIES_MS = (20, 50, 200)


def _held(process: subprocess.Popen, share: float) -> None:
    """Lets a process run for that share of each slice of time, until it ends."""
    while process.poll() is None:
        time.sleep(share * SLICE)
        for number, pause in ((signal.SIGSTOP, (1 - share) * SLICE), (signal.SIGCONT, 0)):
            try:
                process.send_signal(number)
            except ProcessLookupError:
                return
            time.sleep(pause)


def quarter(bench: Bench) -> None:
    """3,000 copies of 3 s, by a program that may run for 25 ms of each 100."""
    with ComputedS3({"objects": 3_000, "write_ms": 3_000}) as server:
        job = Job(bench, server, 3_000)
        began = time.monotonic()
        process = subprocess.Popen(job.argv(job.new_work()), env=job.env, cwd=job.place, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _held(process, 0.25)
        took = time.monotonic() - began
        if process.returncode != 0:
            raise measure.BenchError(f"on a quarter of a processor it ended with {process.returncode}")
        most = server.counts()["most in flight"]
    bench.add("3,000 copies of 3 s on a quarter of a processor", took, f"{took:.1f} s ({most} at once at most)",
              most=QUARTER_SECONDS, goal=f"≤ {QUARTER_SECONDS} s")


def parts(bench: Bench) -> None:
    """Objects of many parts, 200 ms a request: as long as the requests take at the limit, and little more."""
    objects, number = bench.count(200, 50), 200
    ms = 200
    with ComputedS3({"objects": objects, "parts": number, "read_ms": ms, "list_ms": ms, "write_ms": ms}) as server:
        job = Job(bench, server, objects)
        cost = job.run()
        requests = sum(job.operations().values())
    ideal = requests * ms / 1000 / CAP
    bench.add(f"{objects} objects of {number} parts, {ms} ms a request", cost.wall / ideal,
              f"{cost.wall / ideal:.2f} × ({requests:,} requests × {ms} ms / {CAP}): {cost.wall:.1f} s",
              most=PARTS_FACTOR, goal=f"≤ {PARTS_FACTOR} ×")


class Watch:
    """Samples how many requests the server has in its hands, and has answered."""

    def __init__(self, server: ComputedS3, every: float = 0.25):
        self.samples: list[tuple[float, int, int]] = []  # seconds, copies so far, in flight
        self._server, self._every = server, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._began = time.monotonic()
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            counts = self._server.counts()
            self.samples.append((time.monotonic() - self._began, counts["operations"].get("CopyObject", 0),
                                 counts["in flight"]))

    def stop(self) -> list[tuple[float, int, int]]:
        """No more samples; those there are."""
        self._over.set()
        self._thread.join()
        return self.samples


def _steady(samples: list[tuple[float, int, int]], most: float) -> tuple[float | None, float]:
    """Seconds until the rate was within nine tenths of what is possible (None: never), and the share of
    it from then on, or of the second half where it never was."""
    rates = [(t1, (n1 - n0) / (t1 - t0)) for (t0, n0, _), (t1, n1, _) in zip(samples, samples[1:]) if n1 > n0]
    reached = next((at for at, rate in rates if rate >= STEADY * most), None)
    after = [rate for at, rate in rates if (at > reached if reached else at > samples[-1][0] / 2)][:-1]
    return reached, sum(after) / len(after) / most if after else 0.0


def latencies(bench: Bench) -> None:
    """Rates at three latencies, and how the concurrency got there."""
    lines = {}
    for ms in LATENCIES_MS:
        possible = CAP / (ms / 1000)
        count = int(min(possible * bench.count(12, 5), bench.count(60_000, 20_000)))
        with ComputedS3({"objects": count, "write_ms": ms, "read_ms": ms, "list_ms": ms}) as server:
            job = Job(bench, server, count)
            watch = Watch(server)
            cost = job.run()
            samples = watch.stop()
        # The power of one processor is another limit, and the lower one where answers come fast.
        carried = count / cost.cpu
        most = min(possible, carried)
        reached, share = _steady(samples, most)
        said = f"after {reached:.1f} s" if reached else "never"
        bench.add(f"rate at {ms} ms, share of the most ({'the limit' if most == possible else 'one processor'})",
                  share, f"{share:.2f}; within a tenth of it {said} ({most:,.0f}/s)", least=STEADY, goal=f"≥ {STEADY}")
        lines[f"{ms} ms"] = [(at, float(flying)) for at, _, flying in samples]
    bench.plots["concurrency"] = plot.lines("Requests at once, by latency", "seconds", "requests", lines)


def simulated(bench: Bench) -> None:
    """What the unit test that simulates mixed latencies prints with -v, in percent of the ideal."""
    figure, goal = "5 s copies, lognormal spread 0.8, 300 s (simulated, 20 seeds)", "median ≥ 80 %, worst tenth ≥ 60 %"
    test = bench.binary.parent / "tests" / "unit_net_limiter_growth"
    if not test.exists():
        bench.add(figure, None, "the simulation is not built beside the program", goal=goal)
        return
    said = subprocess.run([str(test), "-v"], capture_output=True, text=True, timeout=600, cwd=bench.folder)
    found = re.search(r"spread 0\.8, 300 s: median (\d+) % of ideal, worst tenth (\d+) %", said.stdout)
    if not found:
        raise measure.BenchError(f"{test.name} -v did not print its figures")
    median, worst = map(float, found.groups())
    bench.add(figure, min(median / 80, worst / 60), f"median {median:.0f} %, worst tenth {worst:.0f} %", least=1.0,
              goal=goal)
