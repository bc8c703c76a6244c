"""The same 95 hard objects on every server there is: copied by copyout, looked at by boto3.

What has to come of them on each server stands in TABLE. Of each server one line tells how many were
proven; scripts/run_tests.sh prints these lines at the end.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import sys
import tempfile
import unittest
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Collection
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, hard_objects, s3util, servers
from lib.jobs import Job
from lib.s3util import MIN_PART, Spec
import swift  # lib.servers knows where it lies
from swift import folder_with_xattrs

ALL = 95
FURTHER = 16  # names that are not for every server
FOLDER = "the copies/"
PROVEN = ("COPIED etag", "COPIED checksum")
NO_SOURCE, NO_TARGET = "source-condition-unsupported", "destination-condition-unsupported"
TOLD = {NO_SOURCE: "on condition of the source's ETag",
        NO_TARGET: "on condition that nothing is at the destination"}


@dataclass
class Row:
    """What comes of the objects on one server: how many of each outcome(), by run."""

    first: dict[str, int] = field(default_factory=lambda: {"COPIED etag": ALL})
    second: dict[str, int] = field(default_factory=lambda: {"SAME etag": ALL})
    notes: dict[str, int] = field(default_factory=dict)  # of the first run
    further: dict[str, int] = field(default_factory=lambda: {"COPIED etag": FURTHER})
    refused: int = 0  # further names that the server does not take for keys at all
    # How the server is given tags: with an object, "after" it, or "" where it keeps none.
    tags: str = "with"
    options: tuple[str, ...] = ()  # of copyout
    told: tuple[str, ...] = ()  # what is said of the server, once: a part of each sentence
    versions: bool = True  # whether it keeps older versions
    lost: tuple[str, ...] = ()  # headers that it does not keep


TABLE = {
    "rgw": Row(),
    "moto": Row(),
    # Its ETags of parts hold in no condition: those nine objects are copied without it.
    "swift": Row(tags="", notes={NO_SOURCE: 9}, told=(TOLD[NO_SOURCE],)),
    # CopyObject leaves tags behind, and nothing in HEAD tells that there are any.
    "s3rver": Row(tags="after", options=("--tags", "require"), versions=False, refused=6,
                  further={"FAILED NoSuchKey": 10}),
    "cloudserver": Row(lost=("ContentLanguage",)),  # a fake
}


def outcome(result: dict) -> str:
    """A result in a few words: COPIED etag, FAILED NoSuchKey."""
    if result["status"] == "FAILED":
        return f"FAILED {result['error']['code']}"
    return f"{result['status']} {result['verified']}"


def assert_told(case, stderr: str, told: Collection[str]) -> None:
    """What is said of the server, each once, and no more of that kind."""
    lines = [line for line in stderr.split("\n") if "this server" in line]
    case.assertEqual(len(lines), len(told), stderr)
    for what in told:
        case.assertIn(what, stderr)


class Servers(unittest.TestCase):
    """One test for each server."""

    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def copy(self, server, to: str, row: Row) -> dict[tuple[str, str], dict]:
        """Run the program; the results by source bucket and key."""
        told = copyout.run(["run", "--manifest", self.folder / "manifest.csv", "--to", to,
                            "--destination-keys", "full", "--work", self.folder / "work",
                            "--json", *row.options], server)
        lines = [json.loads(line) for file in (self.folder / "work").glob("results/*.jsonl")
                 for line in file.read_text().split("\n") if line]
        self.assertEqual(len(lines), told.json["items"], told)
        self.assertEqual(told.returncode, int(told.json["failed"] > 0), told)
        self.said = told.stderr
        return {(line["sourceBucket"], line["sourceKey"]): line for line in lines}

    def check(self, kind: str) -> None:
        """Copy all, compare every object with what was made, and copy again."""
        row = TABLE[kind]
        server = servers.get(kind)
        made = hard_objects.make(server, row.tags, row.versions, row.lost)
        self.assertEqual((len(made.items), len(made.refused)),
                         (ALL + FURTHER - row.refused, row.refused))
        (self.folder / "manifest.csv").write_bytes(hard_objects.to_csv(made))
        client, bucket = server.client("dest"), server.bucket_name("copies")
        s3util.make_bucket(client, bucket)

        results = self.copy(server, f"s3://{bucket}/{FOLDER}", row)
        pairs = [(item, results[item.bucket, item.spec.key]) for item in made.items]
        copied = [(item, result) for item, result in pairs if result["status"] == "COPIED"]
        with ThreadPoolExecutor(s3util.THREADS) as pool:
            wrong = list(pool.map(lambda pair: hard_objects.wrong(
                pair[0], client, bucket, FOLDER + pair[0].spec.key,
                etag=pair[1]["verified"] == "etag"), copied))
        first, further = (Counter(outcome(result) for item, result in pairs
                                  if item.further == which) for which in (False, True))
        notes = Counter(note for _, result in pairs for note in result.get("notes", []))
        self.tell(kind, first, further, notes)
        assert_told(self, self.said, row.told)
        self.assertEqual([line for lines in wrong for line in lines], [])
        self.assertEqual(dict(first), row.first, [result for _, result in pairs])
        self.assertEqual((dict(further), dict(notes)), (row.further, row.notes))

        again = self.copy(server, f"s3://{bucket}/{FOLDER}", row)
        self.assertEqual(dict(Counter(outcome(again[item.bucket, item.spec.key])
                                      for item in made.items if not item.further)), row.second)

    @staticmethod
    def tell(kind: str, first: Counter, further: Counter, notes: Counter) -> None:
        """The line that the gate prints: what has been proven, and looked at, on this server."""
        proven = [sum(number for what, number in counts.items() if what in PROVEN)
                  for counts in (first, further)]
        more = [f"{number} {what}" for what, number in sorted((first + further).items())
                if what not in PROVEN]
        more += [f"{number} noted {note}" for note, number in sorted(notes.items())]
        print("; ".join([f"\nproven on {kind}: {proven[0]} of {ALL} objects, "
                         f"{proven[1]} of {FURTHER} further names", *more]), flush=True)

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


class Keep(unittest.TestCase):
    """`keep`, as far as each server lets it hold: what is there stays, the rest is copied."""

    def keep(self, kind: str, *notes: str) -> None:
        """`notes`: of what is copied in one piece."""
        job = Job(self, servers.get(kind), [
            Spec("other", size=10), Spec("same", size=11), Spec("new", size=12),
            Spec("parts", parts=[MIN_PART, 1])])
        job.put_copy("other", b"somebody else's")
        job.put_copy("same", job.specs["same"].body())
        run = copyout.run(job.arguments("--json", "--on-different", "keep"), job.server).expect(0)
        self.assertEqual(job.statuses(), {"other": "KEPT", "same": "SAME", "new": "COPIED",
                                          "parts": "COPIED"})
        self.assertEqual(job.copy_of("other"), b"somebody else's")
        job.assert_copied("same", "new", "parts")
        self.assertEqual(job.result("new").get("notes", []), list(notes))
        if notes:
            self.assertEqual(run.stderr.count(TOLD[NO_TARGET]), 1, run)

    def test_rgw(self):
        self.keep("rgw")

    def test_moto(self):
        self.keep("moto")

    @unittest.skipUnless(*folder_with_xattrs())
    def test_swift(self):
        self.keep("swift", NO_TARGET)

    def test_s3rver(self):
        self.keep("s3rver")

    def test_cloudserver(self):
        self.keep("cloudserver", NO_TARGET)


@unittest.skipUnless(*folder_with_xattrs())
class SwiftSegments(unittest.TestCase):
    """Large objects that were made with Swift's own API: S3 shows ETags of them that say nothing."""

    def native(self, job: Job, path: str, body: bytes, **headers: str) -> None:
        """PUT with Swift's own API."""
        if not hasattr(self, "token"):
            access, secret = job.server.credentials("source")
            with urllib.request.urlopen(urllib.request.Request(
                    job.server.endpoint + "/auth/v1.0",
                    headers={"X-Storage-User": access, "X-Storage-Pass": secret})) as answer:
                self.url, self.token = (answer.headers["X-Storage-Url"],
                                        answer.headers["X-Auth-Token"])
        request = urllib.request.Request(self.url + path, data=body, method="PUT",
                                         headers={"X-Auth-Token": self.token, **headers})
        urllib.request.urlopen(request).close()

    def segments(self) -> tuple[Job, bytes]:
        """A job of nothing yet, two segments in its source bucket, and their bytes."""
        job = Job(self, servers.swift())
        parts = [b"a" * MIN_PART, b"b" * 1000]
        for number, part in enumerate(parts):
            self.native(job, f"/{job.src}/segments/{number}", part)
        return job, b"".join(parts)

    def test_static(self):
        """ETag "...-N", with the letter: nothing compares with it."""
        job, body = self.segments()
        self.native(job, f"/{job.src}/static?multipart-manifest=put", json.dumps(
            [{"path": f"/{job.src}/segments/{number}"} for number in (0, 1)]).encode())
        job.list(["static"])
        job.run().expect(0)
        result = job.result("static")
        self.assertEqual((result["status"], result["verified"]), ("COPIED", "size"))
        self.assertIn(NO_SOURCE, result["notes"])
        self.assertEqual(job.copy_of("static"), body)

    def test_dynamic(self):
        """Its ETag looks like an MD5 sum and is none: the copy is right, and cannot be proven."""
        job, body = self.segments()
        self.native(job, f"/{job.src}/dynamic", b"",
                    **{"X-Object-Manifest": f"{job.src}/segments/"})
        job.list(["dynamic"])
        job.run().expect(1)
        self.assertEqual(job.result("dynamic")["error"]["code"], "VerifyError")
        self.assertEqual(job.copy_of("dynamic"), body)


class S3rverParts(unittest.TestCase):
    """s3rver forgets the parts of an object. Here two have the ETag that S3 would give them."""

    def test_copied_in_one_piece(self):
        """UploadPartCopy is 501, and the upload that was begun cannot be aborted: said, and done."""
        specs = [Spec(key, parts=[MIN_PART, 7]) for key in ("first", "second")]
        job = Job(self, servers.s3rver(), specs)
        for spec in specs:
            body = spec.body()
            md5s = [hashlib.md5(part).digest() for part in (body[:MIN_PART], body[MIN_PART:])]
            sums = job.server.backend.folder / "data" / job.src / f"{spec.key}._S3rver_object.md5"
            self.assertTrue(sums.exists())
            sums.write_text(hashlib.md5(b"".join(md5s)).hexdigest() + "-2")
        run = copyout.run(job.arguments("--json"), job.server).expect(0)
        self.assertEqual(run.stderr.count("this server cannot copy parts"), 1, run)
        for spec in specs:
            result = job.result(spec.key)
            # CopyObject keeps the ETag there.
            self.assertEqual((result["status"], result["verified"]), ("COPIED", "etag"))
            self.assertEqual(job.copy_of(spec.key), spec.body())


class NoXattrs(unittest.TestCase):
    """Where no file system keeps extended attributes, Swift cannot run, and its script says so."""

    def test_said(self):
        missing = OSError(errno.EOPNOTSUPP, "Operation not supported")
        told = io.StringIO()
        with mock.patch("os.setxattr", side_effect=missing), contextlib.redirect_stderr(told):
            self.assertEqual(swift.main(), 1)
            self.assertIsNone(swift.folder_with_xattrs()[0])
        self.assertIn("Swift needs a file system with user xattrs", told.getvalue())
        self.assertIn(f"{tempfile.gettempdir()}: Operation not supported", told.getvalue())


if __name__ == "__main__":
    unittest.main()
