"""copyout beside other tools on Ceph's RADOS Gateway, in turns.

The gateway runs on the same machine, so wall times say something about each other and nothing about S3.
"""

from __future__ import annotations

import shutil

import measure
import plot
from job import MARKERS, Job
from lib import s3util, servers
from peers import ONE_AT_A_TIME, Peers, installed
from rows import Bench

SIZE = 4096
CPU_SHARE = 1 / 6  # of rclone's


class Gateway:
    """RGW as a Job sees its servers."""

    copies = ""

    def __init__(self, keys: list[str]):
        self.server = servers.rgw()
        self.users = self.server.backend.users
        self.endpoint, self.region, self.keys = self.server.endpoint, self.server.region, keys
        self.source = s3util.make_bucket(self.server.client("source"), self.server.bucket_name("bench-src"))
        s3util.make_sources(self.server, self.source, [s3util.Spec(key, size=SIZE) for key in keys])

    def environment(self, _tls: bool) -> dict[str, str]:
        """For copyout."""
        access, secret = self.users["dest"]
        return {"AWS_ENDPOINT_URL_S3": self.endpoint, "AWS_REGION": self.region, "AWS_ACCESS_KEY_ID": access,
                "AWS_SECRET_ACCESS_KEY": secret}

    def rows(self, count: int, _step: int):
        """(bucket, key) of all sources."""
        for key in self.keys[:count]:
            yield self.source, key


def compare(bench: Bench) -> None:
    """All tools, each into an empty bucket each time."""
    if not shutil.which("radosgw"):
        bench.add("RGW, 3,000 × 4 KiB, wall as a share of rclone's", None, "radosgw is not installed", goal="≤ 1")
        return
    count = bench.count(3_000, 500)
    gateway = Gateway([f"sample-{i % 10}/file-{i:06d}.bin" for i in range(count)])
    client, place = gateway.server.client("dest"), bench.new_folder("rgw")
    peers = Peers(gateway, place)

    def emptied(name: str, run):
        def once() -> measure.Cost:
            bucket = s3util.make_bucket(client, gateway.server.bucket_name(f"bench-{name}"))
            cost = run(bucket)
            there = sum(1 for _ in s3util.listing(client, bucket))
            wanted = count + (MARKERS if name == "copyout" else 0)
            if there != wanted:
                raise measure.BenchError(f"{name}: {there} objects are there and not {wanted}")
            s3util.delete_all(client, bucket)
            return cost
        return once

    turns = {"copyout": emptied("copyout", lambda bucket: Job(
        bench, gateway, count, bucket=bucket, folder="").run())}
    for name in installed():
        if name not in ONE_AT_A_TIME or not bench.quick:
            command = getattr(peers, name)
            once = emptied(name, lambda bucket, command=command: measure.run(
                command(gateway.source, bucket, gateway.keys), peers.env, place))
            if copies_at_all(bench, name, once):
                turns[name] = once
    costs = {name: measure.median(found) for name, found in measure.in_turns(turns, bench.rounds).items()}
    told(bench, costs, count)


def copies_at_all(bench: Bench, name: str, once) -> bool:
    """Whether a tool does it, which is tried once: s3cmd reads the ACL of each source, which only the owner may."""
    try:
        once()
    except measure.BenchError as error:
        bench.add(f"RGW, 3,000 × 4 KiB, {name}", None, str(error).splitlines()[-1][:120])
        return False
    return True


def told(bench: Bench, costs: dict[str, measure.Cost], count: int) -> None:
    """The rows, the table and the plot."""
    ours = costs["copyout"]
    for name in ("rclone", "s5cmd"):
        if name in costs:
            bench.add(f"RGW, {count:,} × 4 KiB, wall as a share of {name}'s", ours.wall / costs[name].wall,
                      f"{ours.wall / costs[name].wall:.2f} ({ours.wall:.2f} and {costs[name].wall:.2f} s)", most=1.0,
                      goal="≤ 1")
        else:
            bench.add(f"RGW, {count:,} × 4 KiB, wall as a share of {name}'s", None, f"{name} is not installed",
                      goal="≤ 1")
    if "rclone" in costs:
        share = ours.cpu / costs["rclone"].cpu
        bench.add(f"RGW, {count:,} × 4 KiB, CPU as a share of rclone's", share, f"{share:.2f}", most=CPU_SHARE,
                  goal="≤ 1/6")
    lines = [f"{count:,} objects of {SIZE:,} bytes, Ceph RGW on this machine, medians of {bench.rounds} runs in turns:",
             "", "| tool | wall s | CPU ms/object | peak MiB | wall, ratio | CPU, ratio |", "|---|---|---|---|---|---|"]
    for name, cost in costs.items():
        lines.append(f"| {name} | {cost.wall:.2f} | {1000 * cost.cpu / count:.3f} | {cost.peak_mib:.1f} | "
                     f"{cost.wall / ours.wall:.1f} | {cost.cpu / ours.cpu:.1f} |")
    bench.tables.append("\n".join(lines))
    bench.plots["tools"] = plot.bars(f"CPU an object, {count:,} × 4 KiB on RGW", "ms",
                                     {name: 1000 * cost.cpu / count for name, cost in costs.items()})
