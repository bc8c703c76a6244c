"""What lies below a prefix: how fast it is listed, and in how much memory it is copied."""

from __future__ import annotations

import json
import re

import measure
from nginx.computed_s3 import ComputedS3
from rows import Bench
from rows_memory import FLAT_MIB, MOST_MIB

KEYS_A_SECOND = 50_000
LISTED = re.compile(r"listed s3://\S+: (\d+) objects by \d+ pages, and \d+ that showed none, in (\d+) ms")


def run(bench: Bench) -> None:
    """Two prefixes of which the second is longer are prepared and copied."""
    counts = [bench.count(100_000, 50_000), bench.count(1_000_000, 100_000)]
    prepared, copied, rates = [], [], []
    for count in counts:
        with ComputedS3({"objects": count}) as server:
            costs = [prepare(bench, server) for _ in range(bench.rounds)]
            prepared.append(max(cost.peak_mib for cost, _ in costs))
            rates.append(sorted(rate for _, rate in costs)[len(costs) // 2])
            copied.append(copy(bench, server, count).peak_mib)
    bench.add(f"keys listed a second, {counts[-1]:,} below a prefix", rates[-1], f"{rates[-1]:,.0f}",
              least=KEYS_A_SECOND, goal=f"≥ {KEYS_A_SECOND:,}")
    sizes = " / ".join(f"{count:,}" for count in counts)
    for name, peaks in (("prepared", prepared), ("copied", copied)):
        shown = " / ".join(f"{peak:.1f}" for peak in peaks)
        bench.add(f"peak memory, {sizes} objects of a prefix {name}", max(peaks), f"{shown} MiB", most=MOST_MIB,
                  goal=f"≤ {MOST_MIB} MiB")
    apart = max(max(peaks) - min(peaks) for peaks in (prepared, copied))
    bench.add("the same, how far these are apart", apart, f"{apart:.1f} MiB", most=FLAT_MIB, goal=f"≤ {FLAT_MIB} MiB")


def environment(bench: Bench, server: ComputedS3) -> tuple[dict, str]:
    """For a run, and its folder."""
    place = bench.new_folder("job")
    return {"PATH": "/usr/bin:/bin", "HOME": str(place), "LC_ALL": "C", **server.environment()}, place


def prepare(bench: Bench, server: ComputedS3) -> tuple[measure.Cost, float]:
    """A plan of all that the source bucket has; and how many keys a second were listed for it."""
    env, place = environment(bench, server)
    given = {"sourcePrefix": f"s3://{server.source}/", "destinationBucket": server.copies,
             "destinationFolderKey": "x/", "destinationKeys": "relative"}
    log = place / "log"
    shell = '"$@" 2>"$0"'
    cost = measure.run(["sh", "-c", shell, str(log), str(bench.binary), "prepare", json.dumps(given), "--job",
                        str(place / "work"), "-v"], env, place)
    said = LISTED.search(log.read_text())
    if not said:
        raise measure.BenchError(f"nothing was said of the listing: {log.read_text()}")
    objects, took_ms = map(int, said.groups())
    return cost, objects * 1000 / max(took_ms, 1)


def copy(bench: Bench, server: ComputedS3, count: int) -> measure.Cost:
    """All of the source bucket is copied."""
    env, place = environment(bench, server)
    cost = measure.run([str(bench.binary), "run", f"s3://{server.source}/", "--to", f"s3://{server.copies}/y/",
                        "--work", str(place / "work"), "--json", "--quiet"], env, place)
    told = json.loads(cost.output.strip().splitlines()[-1])
    if told["copied"] != count:
        raise measure.BenchError(f"{told['copied']} of {count} objects copied: {told}")
    return cost
