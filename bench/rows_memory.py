"""Peak memory of the run, the preparation and the report, and how long the last two take."""

from __future__ import annotations

from pathlib import Path

import measure
import plot
from job import Job
from nginx.computed_s3 import ComputedS3
from rows import Bench

MOST_MIB, FLAT_MIB, TLS_MIB = 24, 4, 40
PREPARED_A_SECOND = 1_000_000
REPORT_SECONDS = 3.0


def run(bench: Bench) -> None:
    """Runs of growing length; then the report of the longest, made again."""
    counts = [1_000, bench.count(100_000, 10_000), bench.count(1_000_000, 50_000)]
    peaks, work = [], None
    with ComputedS3({"objects": max(counts)}) as server:
        for count in counts:
            server.forget()
            job = Job(bench, server, count)
            work = job.new_work()
            peaks.append(job.run(work=work).peak_mib)
        shown = " / ".join(f"{peak:.1f}" for peak in peaks)
        sizes = " / ".join(f"{count:,}" for count in counts)
        bench.add(f"peak memory, {sizes} objects", max(peaks), f"{shown} MiB", most=MOST_MIB, goal=f"≤ {MOST_MIB} MiB")
        apart = max(peaks) - min(peaks)
        bench.add("peak memory, how far these are apart", apart, f"{apart:.1f} MiB", most=FLAT_MIB,
                  goal=f"≤ {FLAT_MIB} MiB")
        bench.plots["memory"] = plot.lines("Peak memory", "objects", "MiB",
                                           {"copyout run": list(zip(map(float, counts), peaks))}, log_x=True)
        report(bench, job, work, counts[-1])
        tls(bench, server)


def report(bench: Bench, job: Job, work: Path, count: int) -> None:
    """`copyout report` on a work store that is complete."""
    argv = [str(bench.binary), "report", "--job", str(work), "--quiet"]
    cost = measure.median([measure.run(argv, job.env, job.place) for _ in range(bench.rounds)])
    most = REPORT_SECONDS * count / 1_000_000 + 0.05  # and what any command takes to start
    bench.add(f"report of {count:,} results, time", cost.wall, f"{cost.wall:.2f} s", most=most,
              goal=f"≤ {REPORT_SECONDS:.0f} s a million")
    bench.add(f"report of {count:,} results, peak memory", cost.peak_mib, f"{cost.peak_mib:.1f} MiB", most=MOST_MIB,
              goal=f"≤ {MOST_MIB} MiB")


def tls(bench: Bench, server: ComputedS3) -> None:
    """256 connections by TLS, all of them open: each copy takes a while."""
    count = bench.count(30_000, 5_000)
    server.forget()
    server.set(write_ms=50)
    cost = Job(bench, server, count, tls=True).run("--max-in-flight", "256")
    most = server.counts()["most in flight"]
    server.set(write_ms=0)
    bench.add(f"peak memory, TLS, at most 256 connections ({most} requests at once)", cost.peak_mib,
              f"{cost.peak_mib:.1f} MiB", most=TLS_MIB, goal=f"≤ {TLS_MIB} MiB")


def prepare(bench: Bench) -> None:
    """A local list into a local work store. The destination refuses the marker, so that the job ends
    (with 3) when all of its plan is made."""
    counts = [1_000, bench.count(1_000_000, 100_000), *([] if bench.quick else [20_000_000])]
    costs = []
    with ComputedS3({"objects": max(counts)}) as server:
        for count in counts:
            job = Job(bench, server, count, bucket="denied")
            found = []
            for _ in range(bench.rounds if count < 10_000_000 else 1):
                found.append(measure.run(job.argv(job.new_work()), job.env, job.place, ends_with=(3,)))
            costs.append(measure.median(found))
            job.manifest.unlink()
    least = PREPARED_A_SECOND
    for count, cost in zip(counts[1:], costs[1:]):
        took = cost.wall - costs[0].wall
        bench.add(f"rows prepared a second, {count:,} rows", count / took, f"{count / took:,.0f}", least=least,
                  goal=f"≥ {least:,}")
    shown = " / ".join(f"{cost.peak_mib:.1f}" for cost in costs)
    bench.add(f"peak memory of preparing {' / '.join(f'{count:,}' for count in counts)} rows",
              max(cost.peak_mib for cost in costs), f"{shown} MiB", most=MOST_MIB, goal=f"≤ {MOST_MIB} MiB")
