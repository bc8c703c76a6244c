#!/usr/bin/env python3
"""Objects of hard kinds, copied by copyout and by the other tools that are installed, on Ceph's RADOS Gateway.

    scripts/python.sh bench/hard.py        # prints the table of docs/performance.md

Each tool copies the same bucket into an empty one, both of one user, so that no right is missing; copyout and rclone
from a list of the keys, as that is what the others cannot do. Its objects are those of tests/integration/lib/hard_objects.py,
without what would tell nothing of most tools: older versions, which they cannot be told to copy, and keys with control
characters, by one of which s3cmd copies nothing at all. Then boto3 compares each copy with its source: whether it is
there, its size, headers, metadata and tags, and, apart from these, its ETag.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "servers")]
from lib import copyout, hard_objects, manifest, s3util, servers
from peers import VERSIONS, Peers, installed, version

SECONDS_MOST = 600  # for one tool
NOT_IN_XML = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
RCLONES_OWN = "mtime"  # metadata in which rclone keeps the time of modification; not counted as a difference
SHOWN = 3  # objects that are wrong, by name


@dataclass
class Outcome:
    """What one tool made of the objects."""

    code: int
    missing: list[str]
    wrong: list[str]  # there, and with another size, header, metadata or tag
    other_etag: int


class Gateway:
    """RGW as the tools see it."""

    def __init__(self) -> None:
        self.server = servers.rgw()
        self.users = self.server.backend.users
        self.endpoint, self.region = self.server.endpoint, self.server.region


def make(gateway: Gateway) -> tuple[str, list[str]]:
    """The source bucket, and the keys in it."""
    specs = [spec for some in (*hard_objects.kinds().values(), hard_objects.further_names()) for spec in some
             if not NOT_IN_XML.search(spec.key)]
    client = gateway.server.client("dest")
    bucket = s3util.make_bucket(client, gateway.server.bucket_name("hard"))
    s3util.make_objects(client, bucket, specs)
    return bucket, [spec.key for spec in specs]


def compare(gateway: Gateway, source: str, copies: str, keys: list[str], code: int) -> Outcome:
    """Each copy with its source."""
    client = gateway.server.client("dest")
    there = set(s3util.keys(client, copies))
    found = Outcome(code, [key for key in keys if key not in there], [], 0)
    for key in keys:
        if key in there:
            was, now = s3util.look(client, source, key), s3util.look(client, copies, key)
            now.metadata.pop(RCLONES_OWN, None)
            found.other_etag += was.etag != now.etag
            if (was.size, was.headers, was.metadata, was.tags) != (now.size, now.headers, now.metadata, now.tags):
                found.wrong.append(key)
    return found


def copyout_command(folder: Path, source: str, copies: str, keys: list[str]) -> list[str]:
    """copyout, from a list."""
    (folder / "list.csv").write_bytes(manifest.write(manifest.of_bucket(source, keys)))
    return [str(copyout.BINARY), "run", "--manifest", str(folder / "list.csv"), "--to", f"s3://{copies}",
            "--no-report", "--no-marker", "--quiet", "--any-region", "--work", str(folder / "work")]


def commands(gateway: Gateway, folder: Path, source: str, keys: list[str]):
    """Each tool's name with a function that gives its command for a bucket."""
    peers = Peers(gateway, folder)
    yield "copyout", lambda copies: copyout_command(folder, source, copies, keys), peers.env
    for name in installed():
        command = getattr(peers, name)
        yield name, lambda copies, command=command: command(source, copies, keys), peers.env
        if name == "rclone":
            yield ("rclone, in parts above 5 MiB",
                   lambda copies, command=command: [*command(source, copies, keys), "--s3-copy-cutoff", "5Mi"],
                   peers.env)


def row(name: str, found: Outcome, count: int) -> str:
    """One line of the table."""
    bad = found.missing + found.wrong
    named = ", ".join(f"`{key.encode('unicode_escape').decode()[:40]}`" for key in bad[:SHOWN])
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return (f"| {name} | {count - len(bad)} | {len(found.missing)} | {len(found.wrong)} | {found.other_etag} "
            f"| {found.code} | {named.replace('|', chr(92) + '|')}{more} |")


def main() -> None:
    """Print the table."""
    gateway = Gateway()
    source, keys = make(gateway)
    told = [version([str(copyout.BINARY), "--version"])]
    told += [version([name, VERSIONS[name]]) for name in installed()]
    print(f"{len(keys)} objects; " + ", ".join(told) + ".\n")
    print("| tool | right | missing | otherwise wrong | another ETag | exit code | which are wrong |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="copyout-hard-") as folder:
        for name, command, env in commands(gateway, Path(folder), source, keys):
            copies = s3util.make_bucket(gateway.server.client("dest"), gateway.server.bucket_name("copies"))
            done = subprocess.run(command(copies), env=env, cwd=folder, capture_output=True,
                                  timeout=SECONDS_MOST, check=False)
            print(row(name, compare(gateway, source, copies, keys, done.returncode), len(keys)), flush=True)


if __name__ == "__main__":
    main()
