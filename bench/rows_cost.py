"""What an object costs the client: CPU, instructions, system calls, allocations; and the rate."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import instructions
import measure
from job import Job
from nginx.canned_s3 import CannedS3
from nginx.computed_s3 import ComputedS3
from peers import Peers
from procs import Workplace
from rows import Bench

PLAIN_US, TLS_US = 60, 90
SHARE_OF_WRK = 0.2
TIMES_S5CMD = 8
COUNTED = {"instructions": 200_000, "system calls": 6, "allocations": 60}


def _runs(job: Job, binary: Path, *options: str):
    """A first run of it, for measure.in_turns()."""
    def once() -> measure.Cost:
        job.server.forget()
        return job.run(*options, binary=binary)
    return once


def _programs(bench: Bench) -> dict[str, Path]:
    return {"copyout": bench.binary, **({"older": bench.against} if bench.against else {})}


def cpu(bench: Bench) -> None:
    """CPU an object by plain HTTP and TLS, in turns; the rate beside wrk's."""
    count = bench.count(30_000, 6_000)
    with ComputedS3({"objects": 1_000_000}) as server:
        jobs = {"plain HTTP": Job(bench, server, count), "TLS": Job(bench, server, count, tls=True)}
        turns = {}
        for kind, job in jobs.items():
            for name, binary in _programs(bench).items():
                turns[f"{name}, {kind}"] = _runs(job, binary)
        costs = {name: measure.median(found) for name, found in measure.in_turns(turns, bench.rounds).items()}
        plain, tls = costs["copyout, plain HTTP"], costs["copyout, TLS"]
        for figure, cost, most in (("plain HTTP", plain, PLAIN_US), ("TLS", tls, TLS_US)):
            bench.add(f"CPU an object, {figure}, {count:,} objects", cost.cpu_us(count),
                      f"{cost.cpu_us(count):.0f} µs", most=most, goal=f"≤ {most} µs")
        table(bench, costs, count)
        rate(bench, server, plain.rate(count), count)


def table(bench: Bench, costs: dict[str, measure.Cost], count: int) -> None:
    """All that was timed, as a table of its own."""
    lines = [f"{count:,} objects, computed server on this machine, medians of {bench.rounds} runs in turns:", "",
             "| program | wall s | objects/s | CPU µs/object | peak MiB |", "|---|---|---|---|---|"]
    for name, cost in costs.items():
        lines.append(f"| {name} | {cost.wall:.2f} | {cost.rate(count):,.0f} | {cost.cpu_us(count):.0f} | "
                     f"{cost.peak_mib:.1f} |")
    bench.tables.append("\n".join(lines))


def wrk(endpoint: str, path: str, seconds: int, script: Path) -> float:
    """Requests a second of `wrk -t1 -c64`, which sends the request of the script."""
    said = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", str(script), endpoint + path],
                          capture_output=True, text=True, timeout=120).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if not found:
        raise measure.BenchError(f"wrk said: {said[-500:]}")
    return float(found[1])


def rate(bench: Bench, server: ComputedS3, computed: float, count: int) -> None:
    """Objects a second, as a share of the copies that wrk sends to the same server."""
    if not shutil.which("wrk"):
        bench.add("rate, share of wrk's", None, "wrk is not installed", goal=f"≥ {SHARE_OF_WRK}")
        return
    script = bench.folder / "copy.lua"
    seconds = 3 if bench.quick else 10
    script.write_text('wrk.method = "PUT"\n'
                      f'wrk.headers["x-amz-copy-source"] = "{server.source}/{server.key(0)}"\n')
    most = wrk(server.endpoint, f"/{server.copies}/{server.key(0)}", seconds, script)
    bench.add("rate, computed server, as a share of wrk's", computed / most,
              f"{computed / most:.2f} ({computed:,.0f} objects/s; wrk: {most:,.0f} requests/s)", least=SHARE_OF_WRK,
              goal=f"≥ {SHARE_OF_WRK}")
    workplace = Workplace("bench-canned")
    try:
        canned = CannedS3(workplace, log=False)
        job = CannedJob(bench, canned, count)
        cost = measure.median([job.run() for _ in range(bench.rounds)])
        most = wrk(canned.endpoint, f"/{canned.copies}/k", seconds, script)
        bench.add("rate, canned server, whose listings are empty, as a share of wrk's", cost.rate(count) / most,
                  f"{cost.rate(count) / most:.3f} ({cost.rate(count):,.0f} objects/s; wrk: {most:,.0f} requests/s)")
    finally:
        workplace.close()


class CannedJob(Job):
    """The same on the canned server, which has no options and no counts."""

    def __init__(self, bench: Bench, server: CannedS3, count: int):
        server.environment = lambda tls: {"AWS_ENDPOINT_URL_S3": server.endpoint, "AWS_REGION": "us-east-1",
                                          "AWS_ACCESS_KEY_ID": "AKCANNED", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
        rows, server.rows = server.rows, lambda count, step: rows(count)
        super().__init__(bench, server, count)


def s5cmd(bench: Bench) -> None:
    """The rate beside s5cmd's, where it is on PATH."""
    goal = f"≥ {TIMES_S5CMD}"
    if not shutil.which("s5cmd"):
        bench.add("rate, times s5cmd's", None, "s5cmd is not installed", goal=goal)
        return
    count = bench.count(10_000, 2_000)
    with ComputedS3({"objects": count}) as server:
        job = Job(bench, server, count)
        peers = Peers(server, job.place)
        keys = [key for _, key in server.rows(count)]

        def other() -> measure.Cost:
            server.forget()
            return measure.run(peers.s5cmd(server.source, server.copies, keys), peers.env, job.place)

        costs = measure.in_turns({"copyout": _runs(job, bench.binary), "s5cmd": other}, bench.rounds)
        ours, theirs = (measure.median(costs[name]).rate(count) for name in ("copyout", "s5cmd"))
        bench.add("rate, times s5cmd's", ours / theirs, f"{ours / theirs:.1f} ({ours:,.0f} and {theirs:,.0f} "
                  "objects/s)", least=TIMES_S5CMD, goal=goal)


def counted(bench: Bench) -> None:
    """Instructions, system calls and allocations, counted by valgrind and strace. The server shares the
    program's processor, with the lower priority: see bench/instructions.py."""
    for needed in ("valgrind", "strace"):
        if not shutil.which(needed):
            bench.add("instructions; system calls; allocations", None, f"{needed} is not installed")
            return
    count = bench.count(3_000, 1_000)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        with ComputedS3({"objects": 1_000_000}) as server:
            lowered(server)
            found = {}
            for name, binary in _programs(bench).items():
                found[name] = instructions.Bench(bench.new_folder("counted"), server).measure(binary, count, name)
    finally:
        os.sched_setaffinity(0, allowed)
    for figure, most in COUNTED.items():
        value = found["copyout"][figure]
        shown = f"{value:,.0f}" if figure == "instructions" else f"{value:.1f}"
        bench.add(f"{figure} an object, {count:,} clustered keys", value, shown, most=most, goal=f"≤ {most:,}")
    lines = ["| program | " + " | ".join(instructions.FIGURES) + " |", "|---" * (len(instructions.FIGURES) + 1) + "|"]
    bench.tables.append("\n".join(lines + [instructions.row(name, costs) for name, costs in found.items()]))


def lowered(server: ComputedS3) -> None:
    """Lowers the server's priority, so that the program waits for its answers as it does with a real S3."""
    pid = int((server.folder / "nginx.pid").read_text())
    os.setpriority(os.PRIO_PROCESS, pid, 19)
    print(f"  nginx {pid} runs with the lowest priority", file=sys.stderr)
