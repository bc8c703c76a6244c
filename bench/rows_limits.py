"""Limits of the host and of the network: addresses, open files, the start."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import measure
from job import Job
from nginx.computed_s3 import ComputedS3
from rows import Bench

ADDRESSES = 8
SHARE = 0.25
HOST = "s3.computed.test"
VERSION_MS, FIRST_MS = 2.0, 5.0


def addresses(bench: Bench) -> None:
    """A host name of eight addresses, in /etc/hosts of a mount namespace of its own."""
    figure, goal = f"requests over {ADDRESSES} addresses", f"each within ± {SHARE:.0%} of its share"
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*namespace, "true"], capture_output=True).returncode != 0:
        bench.add(figure, None, "this machine has no user namespaces (unshare)", goal=goal)
        return
    count = bench.count(20_000, 5_000)
    with ComputedS3({"objects": count, "write_ms": 20}, addresses=ADDRESSES) as server:
        job = Job(bench, server, count)
        hosts = job.place / "hosts"
        hosts.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.{n + 1} {HOST}\n" for n in range(ADDRESSES)))
        job.env["AWS_ENDPOINT_URL_S3"] = re.sub(r"//[^:]+", f"//{HOST}", server.endpoint)
        job.run(before=(*namespace, "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh"))
        found = server.counts()["addresses"]
    found = {f"127.0.0.{n + 1}": found.get(f"127.0.0.{n + 1}", 0) for n in range(ADDRESSES)}
    fair = sum(found.values()) / ADDRESSES
    off = max(abs(number - fair) for number in found.values()) / fair
    used = sum(number > 0.01 * fair for number in found.values())
    bench.add(figure, off, f"{used} used, at most {off:.0%} from its share", most=SHARE, goal=goal)


def open_files(bench: Bench) -> None:
    """`ulimit -n 64`, on a server that would take a thousand requests at once."""
    with ComputedS3({"objects": 3_000, "write_ms": 50}) as server:
        job = Job(bench, server, 3_000)
        try:
            cost = job.run(before=("sh", "-c", 'ulimit -n 64; exec "$@"', "sh"))
            most = server.counts()["most in flight"]
            bench.add("`ulimit -n 64`", 1, f"works: {cost.wall:.1f} s, {most} at once", least=1, goal="works")
        except measure.BenchError as error:
            bench.add("`ulimit -n 64`", 0, str(error).strip().splitlines()[-1], least=1, goal="works")


def _milliseconds(argv: list[str], times: int) -> float:
    """The median of so many runs."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
        found.append(1000 * (time.perf_counter() - began))
    return statistics.median(found)


def _empty_program(bench: Bench) -> Path | None:
    """A program that does nothing and is linked to the libraries that copyout names."""
    if not shutil.which("cc") or not shutil.which("readelf"):
        return None
    said = subprocess.run(["readelf", "-d", str(bench.binary)], capture_output=True, text=True).stdout
    libraries = re.findall(r"NEEDED.*\[(.+?)\]", said)
    source, program = bench.folder / "empty.c", bench.folder / "empty"
    source.write_text("int main(void) { return 0; }\n")
    made = subprocess.run(["cc", "-o", str(program), str(source), "-Wl,--no-as-needed",
                           *(f"-l:{name}" for name in libraries if name != "ld-linux-x86-64.so.2")],
                          capture_output=True)
    return program if made.returncode == 0 else None


def start(bench: Bench) -> None:
    """--version, and the time from the start to the first request, beyond those of an empty program."""
    empty = _empty_program(bench)
    if not empty:
        bench.add("start", None, "an empty program cannot be made: cc or readelf is missing")
        return
    times = bench.count(200, 40)
    base = _milliseconds([str(empty)], times)
    version = _milliseconds([str(bench.binary), "--version"], times) - base
    bench.add("start: --version beyond an empty program", version, f"{version:.2f} ms (that takes {base:.2f} ms)",
              most=VERSION_MS, goal=f"≤ {VERSION_MS:.0f} ms")
    found = []
    with ComputedS3({"objects": 10}) as server:
        job = Job(bench, server, 1)
        for _ in range(bench.count(40, 10)):
            work = job.new_work()
            server.reset()
            began = time.time()
            subprocess.run(job.argv(work), env=job.env, cwd=job.place, stdout=subprocess.DEVNULL, check=True)
            found.append(1000 * (server.counts()["first"] - began))
    first = statistics.median(found) - base
    bench.add("start: first request beyond an empty program", first, f"{first:.1f} ms (±1: nginx's clock)",
              most=FIRST_MS, goal=f"≤ {FIRST_MS:.0f} ms")
