"""The same 95 hard objects on every server there is: copied by copyout, looked at by boto3.

What has to come of them on each server stands in TABLE. Of each server one line tells how many were
proven; scripts/run_tests.sh prints these lines at the end.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, hard_objects, s3util, servers
from swift import folder_with_xattrs  # lib.servers knows where it lies

ALL = 95
FURTHER = 16  # names that are not for every server
FOLDER = "the copies/"
PROVEN = ("COPIED etag", "COPIED checksum")


@dataclass
class Row:
    """What comes of the objects on one server: how many of each outcome(), of a first and a second run."""

    first: dict[str, int] = field(default_factory=lambda: {"COPIED etag": ALL})
    second: dict[str, int] = field(default_factory=lambda: {"SAME etag": ALL})
    notes: dict[str, int] = field(default_factory=dict)  # of the first run
    further: dict[str, int] = field(default_factory=lambda: {"COPIED etag": FURTHER})
    refused: int = 0  # further names that the server does not take for keys at all
    tags: bool = True  # whether the server keeps tags; without, the objects have none
    versions: bool = True  # whether it keeps older versions
    lost: tuple[str, ...] = ()  # headers that it does not keep


TABLE = {
    "rgw": Row(),
    "moto": Row(),
    "swift": Row(tags=False),
    "s3rver": Row(tags=False, versions=False, refused=6, further={"FAILED NoSuchKey": 10}),
    "cloudserver": Row(lost=("ContentLanguage",)),  # a fake
}


def outcome(result: dict) -> str:
    """A result in a few words: COPIED etag, FAILED NoSuchKey."""
    if result["status"] == "FAILED":
        return f"FAILED {result['error']['code']}"
    return f"{result['status']} {result['verified']}"


class Servers(unittest.TestCase):
    """One test for each server."""

    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def copy(self, server, to: str) -> dict[tuple[str, str], dict]:
        """Run the program; the results by source bucket and key."""
        told = copyout.run(["run", "--manifest", self.folder / "manifest.csv", "--to", to,
                            "--destination-keys", "full", "--work", self.folder / "work",
                            "--json", "--quiet"], server)
        lines = [json.loads(line) for file in (self.folder / "work").glob("results/*.jsonl")
                 for line in file.read_text().split("\n") if line]
        self.assertEqual(len(lines), told.json["items"], told)
        self.assertEqual(told.returncode, int(told.json["failed"] > 0), told)
        return {(line["sourceBucket"], line["sourceKey"]): line for line in lines}

    def check(self, kind: str) -> None:
        """Copy all, compare every object with what was made, and copy again."""
        row = TABLE[kind]
        server = servers.get(kind)
        made = hard_objects.make(server, row.tags, row.versions, row.lost)
        self.assertEqual((len(made.items), len(made.refused)), (ALL + FURTHER - row.refused, row.refused))
        (self.folder / "manifest.csv").write_bytes(hard_objects.to_csv(made))
        client, bucket = server.client("dest"), server.bucket_name("copies")
        s3util.make_bucket(client, bucket)

        results = self.copy(server, f"s3://{bucket}/{FOLDER}")
        pairs = [(item, results[item.bucket, item.spec.key]) for item in made.items]
        copied = [(item, result) for item, result in pairs if result["status"] == "COPIED"]
        with ThreadPoolExecutor(s3util.THREADS) as pool:
            wrong = list(pool.map(lambda pair: hard_objects.wrong(
                pair[0], client, bucket, FOLDER + pair[0].spec.key,
                etag=pair[1]["verified"] == "etag"), copied))
        self.assertEqual([line for lines in wrong for line in lines], [])
        first, further = (Counter(outcome(result) for item, result in pairs if item.further == which)
                          for which in (False, True))
        notes = Counter(note for _, result in pairs for note in result.get("notes", []))
        self.tell(kind, first, further, notes)
        self.assertEqual(dict(first), row.first, [result for _, result in pairs])
        self.assertEqual((dict(further), dict(notes)), (row.further, row.notes))

        again = self.copy(server, f"s3://{bucket}/{FOLDER}")
        self.assertEqual(dict(Counter(outcome(again[item.bucket, item.spec.key])
                                      for item in made.items if not item.further)), row.second)

    @staticmethod
    def tell(kind: str, first: Counter, further: Counter, notes: Counter) -> None:
        """The line that the gate prints: what has been proven, and looked at, on this server."""
        proven = [sum(number for what, number in counts.items() if what in PROVEN)
                  for counts in (first, further)]
        others = {what: number for what, number in (first + further).items() if what not in PROVEN}
        print(f"\nproven on {kind}: {proven[0]} of {ALL} objects, {proven[1]} of {FURTHER} further names"
              + "".join(f"; {number} {what}" for what, number in sorted(others.items()))
              + "".join(f"; {number} noted {note}" for note, number in sorted(notes.items())), flush=True)

    def test_rgw(self):
        self.check("rgw")

    def test_moto(self):
        self.check("moto")

    @unittest.skipUnless(*folder_with_xattrs())
    def test_swift(self):
        self.check("swift")

    def test_s3rver(self):
        self.check("s3rver")

    def test_cloudserver(self):
        self.check("cloudserver")


if __name__ == "__main__":
    unittest.main()
