"""What is too large for the gate: a real object above 5 GiB, and a million objects of a wildcard.

This runs in `make full` only (FULL_ONLY in tests/CMakeLists.txt), with the release build, whose memory is the
program's own. How fast it is, is measured by bench/ and stands in docs/performance.md.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import MIB
from nginx.computed_s3 import ComputedS3, key
from rgw import Rgw

PART = 128 * MIB
PARTS = 41  # 40 of them are 5 GiB
MOST_MIB, FLAT_MIB = 24, 4  # docs/performance.md: peak memory, and how far peaks of 100,000 and a million are apart


class Above5GiB(unittest.TestCase):
    """On Ceph RGW, whose disk is a sparse file that the repeated bytes are compressed in."""

    @classmethod
    def setUpClass(cls):
        backend = Rgw({"store": "disk"})
        cls.addClassCleanup(backend.stop)
        cls.server = servers.Server("rgw", backend, servers.RGW)

    def setUp(self):
        self.job = Job(self, self.server)
        block = random.Random(1).randbytes(4096)
        self.body = block * (PART // len(block))

    def put_source(self, key: str, size: int, parts: int) -> str:
        """An object of `parts` parts, of which the first is sent and is copied into all others but the last; its
        ETag."""
        grants = {"GrantRead": "id=dest", "GrantFullControl": "id=source"}
        first = {"Bucket": self.job.src, "Key": "first part"}
        self.job.source.put_object(**first, Body=self.body)
        where = {"Bucket": self.job.src, "Key": key}
        upload = {**where, "UploadId": self.job.source.create_multipart_upload(
            **where, ContentType="x/y", Metadata={"kind": "large"}, **grants)["UploadId"]}
        etags = [self.job.source.upload_part_copy(**upload, PartNumber=number, CopySource=first)
                 ["CopyPartResult"]["ETag"] for number in range(1, parts)]
        last = self.job.source.upload_part(**upload, PartNumber=parts, Body=self.body[:size - PART * (parts - 1)])
        self.job.source.complete_multipart_upload(**upload, MultipartUpload={"Parts": [
            {"PartNumber": number, "ETag": etag} for number, etag in enumerate([*etags, last["ETag"]], 1)]})
        return self.job.source.head_object(**where)["ETag"].strip('"')

    def test_it_is_copied_in_its_own_parts(self):
        size = PART * (PARTS - 1) + 7
        self.assertGreater(size, 5 << 30)  # more than one CopyObject takes
        etag = self.put_source("large", size, PARTS)
        self.assertTrue(etag.endswith(f"-{PARTS}"))
        self.job.list(["large"])
        # All parts at once would each take longer than a copy that counts as alive, where the disk is slow.
        told = self.job.run("--max-in-flight", "4", timeout=1500).expect(0).json
        self.assertEqual((told["copied"], told["bytes"]), (1, size))
        result = self.job.result("large")
        self.assertEqual((result["status"], result["verified"], result["etag"]), ("COPIED", "etag", etag))
        s3util.assert_same_object(self.job.source, self.job.src, "large", self.job.dest, self.job.dst,
                                  FOLDER + "large")
        self.assertEqual(self.job.proxy.requests("CopyObject"), [])
        self.assertEqual({request.part for request in self.job.proxy.requests("UploadPartCopy")},
                         set(range(1, PARTS + 1)))
        # The ETag is made of the parts' MD5s. The bytes at both ends of a part and of the object are looked at as well.
        for first in (0, PART - 4096, 5 << 30):
            last = min(first + 8191, size - 1)
            self.assertEqual(*(client.get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{last}")["Body"].read()
                               for client, bucket, key in ((self.job.source, self.job.src, "large"),
                                                           (self.job.dest, self.job.dst, FOLDER + "large"))))
        self.assertEqual(self.job.run().expect(0).json["same"], 1)
        self.assertEqual(s3util.unfinished_uploads(self.job.dest, self.job.dst), [])


class AMillion(unittest.TestCase):
    """On the server that computes its answers."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-million-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def peak_mib(self, running: copyout.Running) -> tuple[float, copyout.Result]:
        """The most memory that a run had, and how it ended."""
        peak = 0.0
        status = Path(f"/proc/{running.process.pid}/status")
        while running.process.poll() is None:
            for line in status.read_text().splitlines():
                if line.startswith("VmHWM"):  # which the kernel keeps: no moment is missed but the last
                    peak = max(peak, int(line.split()[1]) / 1024)
            time.sleep(0.05)
        self.assertGreater(peak, 0)
        return peak, running.wait()

    def copied(self, count: int) -> float:
        """The memory that copying so many objects of a bucket takes. A long job comes to more requests at once than a
        short one, and each has its connection: here both may have as many."""
        with ComputedS3({"objects": count}) as fake:
            peak, result = self.peak_mib(copyout.Running(
                ["run", f"s3://{fake.source}/*", "--to", f"s3://{fake.copies}/y/", "--work",
                 self.folder / f"work {count}", "--max-in-flight", "64", "--json", "--quiet"],
                env=fake.environment()))
            told, operations = result.expect(0).json, fake.counts()["operations"]
        self.assertEqual((told["items"], told["copied"], told["failed"]), (count, count, 0))
        self.assertEqual(operations["CopyObject"], count)
        # Facts that the listing told are not asked again: a page for each thousand, and few requests besides.
        self.assertLess(sum(operations.values()) - count, 2 * count // 1000 + 600)
        return peak

    def test_memory_is_flat(self):
        less, more = self.copied(100_000), self.copied(1_000_000)
        self.assertLess(more, MOST_MIB)
        self.assertLess(abs(more - less), FLAT_MIB)

    def test_a_thousand_wildcards_of_a_list(self):
        """Each is listed, and their objects come in the order of the list."""
        with ComputedS3({"objects": 1_000_000}) as fake:
            folders = [key(number * 1000).split("/")[0] for number in range(999, -1, -1)]
            servers.boto_client(fake.endpoint, fake.region, *fake.users["source"]).put_object(
                Bucket="lists", Key="list.csv",
                Body=manifest.write([(fake.source, f"{folder}/*") for folder in folders]))
            work = self.folder / "work"
            given = {"sourceFilesCsvBucket": "lists", "sourceFilesCsvKey": "list.csv", "wildcards": True,
                     "destinationBucket": fake.copies, "destinationFolderKey": "z/", "destinationKeys": "full"}
            peak, result = self.peak_mib(copyout.Running(["prepare", json.dumps(given), "--job", work],
                                                         env=fake.environment()))
            self.assertIn("1000000 objects", result.expect(0).stdout)
        self.assertLess(peak, MOST_MIB)
        with (work / "items.jsonl").open() as items:
            for number, line in enumerate(items):
                there = (999 - number // 1000) * 1000 + number % 1000
                if number % 997 == 0:
                    self.assertEqual(json.loads(line)["sourceKey"], key(there))
        self.assertEqual(number, 999_999)


if __name__ == "__main__":
    unittest.main()
