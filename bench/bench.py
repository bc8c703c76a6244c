"""What copyout costs, beside other tools on the same server in the same run.

Each tool copies the same objects from one bucket into an empty one, server side. What counts is the
client: wall time says how well it keeps the server busy, CPU and peak memory what it takes itself.
The server runs on the same machine, so wall times say something about each other and nothing about S3.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "servers")]

from lib import manifest, s3util, servers  # noqa: E402

BINARY = os.environ.get("COPYOUT_BINARY", str(ROOT / "build" / "copyout"))


@dataclass
class Cost:
    """What one command took."""

    wall: float
    cpu: float
    peak_mib: float


def measure(argv: list[str], env: dict[str, str], cwd: str, ends_with: int = 0) -> Cost:
    """Runs a command under time(1): Linux hands a process's peak memory on to what it executes, so the
    parent must be a small one."""
    figures = Path(cwd, "time")
    done = subprocess.run(["/usr/bin/time", "-o", str(figures), "-f", "%e %U %S %M", *argv], env=env,
                          cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != ends_with:
        raise SystemExit(f"{argv[0]} ended with {done.returncode}:\n{done.stdout.decode()[-2000:]}")
    # After a command that failed, time(1) says so in a line of its own.
    wall, user, system, kib = map(float, figures.read_text().splitlines()[-1].split())
    return Cost(wall, user + system, kib / 1024)


def version(argv: list[str]) -> str:
    """The first line that a tool prints of its version."""
    return subprocess.run(argv, capture_output=True, text=True).stdout.splitlines()[0]


class Peers:
    """The tools at hand, each as a function that gives the command to copy src into dst."""

    def __init__(self, server, folder: str):
        access, secret = server.credentials("dest")
        self.endpoint, self.folder = server.endpoint, folder
        self.env = {"PATH": os.environ["PATH"], "HOME": folder, "AWS_ACCESS_KEY_ID": access,
                    "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": server.region,
                    "AWS_DEFAULT_REGION": server.region, "AWS_ENDPOINT_URL_S3": server.endpoint,
                    "S3_ACCESS_KEY": access, "S3_SECRET_KEY": secret}
        Path(folder, "rclone.conf").write_text(
            f"[s3]\ntype = s3\nprovider = Ceph\nendpoint = {server.endpoint}\n"
            f"access_key_id = {access}\nsecret_access_key = {secret}\n")

    def copyout(self, src: str, dst: str, keys: list[str]) -> list[str]:
        """From a list, HEAD of both sides, every copy proven by its ETag."""
        rows = Path(self.folder, "manifest.csv")
        rows.write_bytes(manifest.write([(src, key) for key in keys]))
        return [BINARY, "run", "--manifest", str(rows), "--to", f"s3://{dst}", "--destination-keys",
                "full", "--quiet"]

    def rclone(self, src: str, dst: str, keys: list[str]) -> list[str]:
        """From a list, 64 at once."""
        files = Path(self.folder, "files.txt")
        files.write_text("".join(f"{key}\n" for key in keys))
        return ["rclone", "--config", f"{self.folder}/rclone.conf", "copy", "--files-from-raw",
                str(files), "--transfers", "64", "--checkers", "64", "--s3-no-check-bucket",
                f"s3:{src}", f"s3:{dst}"]

    def s4cmd(self, src: str, dst: str, keys: list[str]) -> list[str]:
        """The whole bucket (it takes no list), 64 at once."""
        return ["s4cmd", "--endpoint-url", self.endpoint, "-c", "64", "cp", "-r", f"s3://{src}/",
                f"s3://{dst}/"]

    def aws(self, src: str, dst: str, keys: list[str]) -> list[str]:
        """The whole bucket (it takes no list), as it comes: 10 at once."""
        return ["aws", "--endpoint-url", self.endpoint, "s3", "cp", "--recursive", "--quiet",
                f"s3://{src}", f"s3://{dst}"]


def compare(count: int, size: int) -> None:
    """All tools on `count` objects of `size` bytes."""
    server = servers.rgw()
    client = server.client("dest")
    src = s3util.make_bucket(server.client("source"), server.bucket_name("bench-src"))
    keys = [f"sample-{i % 10}/file-{i:06d}.bin" for i in range(count)]
    s3util.make_sources(server, src, [s3util.Spec(key, size=size) for key in keys])
    print(f"\n{count:,} objects of {size:,} bytes, Ceph RGW on this machine ({os.cpu_count()} cores)\n")
    print("| tool | wall s | CPU ms/object | peak MiB | wall, ratio | CPU, ratio |")
    print("|---|---|---|---|---|---|")
    base = None
    for name, tool in (("copyout", BINARY), ("rclone", "rclone"), ("s4cmd", "s4cmd"), ("aws", "aws")):
        if not shutil.which(tool):
            continue
        with tempfile.TemporaryDirectory(prefix="copyout-bench-") as folder:
            peers = Peers(server, folder)
            dst = s3util.make_bucket(client, server.bucket_name(f"bench-{name}"))
            cost = measure(getattr(peers, name)(src, dst, keys), peers.env, folder)
            there = sum(1 for _ in s3util.listing(client, dst))
            wanted = count + (2 if name == "copyout" else 0)  # marker and report
            note = "" if there == wanted else f" ({there - wanted:+,} objects)"
            base = base or cost
            print(f"| {name}{note} | {cost.wall:.2f} | {1000 * cost.cpu / count:.3f} | "
                  f"{cost.peak_mib:.1f} | {cost.wall / base.wall:.1f} | {cost.cpu / base.cpu:.1f} |",
                  flush=True)
            if name == "copyout":
                again = measure(peers.copyout(src, dst, keys), peers.env, folder)
                print(f"| copyout, second run | {again.wall:.2f} | {1000 * again.cpu / count:.3f} | "
                      f"{again.peak_mib:.1f} | {again.wall / base.wall:.1f} | "
                      f"{again.cpu / base.cpu:.1f} |", flush=True)
            s3util.delete_all(client, dst)


def manifest_memory(counts: list[int]) -> None:
    """Peak memory of taking in manifests of growing length.

    The destination does not exist, so that the job ends (with 3) when all of its plan is made.
    """
    server = servers.rgw()
    dst = server.bucket_name("bench-nowhere")
    print("\nManifest read, checked for collisions and cut into shards\n")
    print("| rows | wall s | CPU µs/row | peak MiB |")
    print("|---|---|---|---|")
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="copyout-bench-") as folder:
            rows = Path(folder, "manifest.csv")
            with rows.open("w") as out:
                for i in range(count):
                    out.write(f'"bench-sources","release-7/sample-{i % 997:04d}/reads-{i:09d}.cram"\r\n')
            cost = measure([BINARY, "run", "--manifest", str(rows), "--to", f"s3://{dst}"],
                           Peers(server, folder).env, folder, ends_with=3)
            print(f"| {count:,} | {cost.wall:.2f} | {1e6 * cost.cpu / count:.2f} | "
                  f"{cost.peak_mib:.1f} |", flush=True)


def main() -> None:
    """The measurements that docs/performance.md shows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=3000)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--rows", type=int, nargs="*", default=[1000, 100_000, 1_000_000])
    options = parser.parse_args()
    for argv in ([BINARY, "--version"], ["rclone", "version"], ["s4cmd", "--version"],
                 ["aws", "--version"]):
        if shutil.which(argv[0]):
            print(version(argv))
    if options.objects:
        compare(options.objects, options.size)
    manifest_memory(options.rows)


if __name__ == "__main__":
    main()
