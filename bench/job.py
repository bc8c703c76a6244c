"""A run of copyout against a server of the tests: its list, its environment, its command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import measure
from rows import Bench

FOLDER = "release/"  # where the copies go, below the bucket
MARKERS = 2  # objects of copyout's own in the destination: marker and report


class Job:
    """One list and one destination on one server; each run of it may have a work store of its own."""

    def __init__(self, bench: Bench, server, count: int, *, step: int = 1, bucket: str | None = None,
                 folder: str = FOLDER, tls: bool = False):
        """server: a ComputedS3 (or what has rows(), copies and environment()). step: every so many keys of
        the source bucket."""
        self.bench, self.server, self.count = bench, server, count
        self.place = bench.new_folder("job")
        self.target = f"s3://{bucket or server.copies}/{folder}"
        self.manifest = self.place / "manifest.csv"
        with self.manifest.open("w") as out:
            out.writelines(f'"{source}","{key}"\n' for source, key in server.rows(count, step))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.place), "LC_ALL": "C",
                    "AWS_EC2_METADATA_DISABLED": "true", **server.environment(tls)}

    def argv(self, work: Path, *options: str, binary: Path | None = None) -> list[str]:
        """The command line of `copyout run`."""
        return [str(binary or self.bench.binary), "run", "--manifest", str(self.manifest), "--to", self.target,
                "--destination-keys", "full", "--work", str(work), "--json", "--quiet", *options]

    def new_work(self) -> Path:
        """A work store that is not there yet."""
        return self.bench.new_folder("work") / "store"

    def run(self, *options: str, work: Path | None = None, binary: Path | None = None,
            before: tuple[str, ...] = (), status: str = "copied", expect: int | None = None) -> measure.Cost:
        """Runs it to its end, which must be good: all objects have that status. before: a command that
        starts it."""
        cost = measure.run([*before, *self.argv(work or self.new_work(), *options, binary=binary)], self.env,
                           self.place)
        told = json.loads(cost.output.strip().splitlines()[-1])
        wanted = self.count if expect is None else expect
        if told[status] != wanted:
            raise measure.BenchError(f"{told[status]} of {wanted} objects {status}: {told}")
        return cost

    def operations(self) -> dict[str, int]:
        """What the server was asked since the last call, by operation."""
        counts = self.server.counts()["operations"]
        self.server.reset()
        return counts


def results(work: Path) -> int:
    """How many lines of results a work store has."""
    return sum(path.read_bytes().count(b"\n") for path in work.glob("results/*.jsonl"))
