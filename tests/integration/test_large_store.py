"""Files of a work store, and a report, that are too large for one PutObject of ours (5 MiB)."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, s3util, servers  # also puts tests/servers on the path
from lib.jobs import FOLDER, Job
from faultproxy import Rule, change_answer, reset_before, status

ROWS, MOST = 5_000, 5 << 20
KEYS = [f"{'long name/' * 90}{number:06d}" for number in range(ROWS)]  # about 900 bytes each


class LargeStore(unittest.TestCase):
    """A plan of many long names, in S3, of which nothing is copied."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.moto()

    def setUp(self):
        self.job = Job(self, self.server)
        self.work = self.server.bucket_name("work")
        s3util.make_bucket(self.job.dest, self.work)
        source = s3util.make_bucket(self.job.dest, self.server.bucket_name("empty"))
        manifest.put(self.job.dest, self.work, "list.csv", manifest.of_bucket(source, KEYS))
        (self.job.folder / "input.json").write_text(json.dumps({
            "sourceFilesCsvBucket": self.work, "sourceFilesCsvKey": "list.csv",
            "destinationBucket": self.job.dst, "destinationFolderKey": FOLDER,
            "destinationKeys": "full", "maxItemsPerBatch": 5000, "sourceRequiredRegion": ""}))
        self.sums: list[tuple[str, str]] = []  # of parts: what we said, and what came of it

    def remember(self) -> Rule:
        """Keeps the MD5 that was sent with each part, and that the server computed."""
        def note(request, said):
            etag = dict(said.headers).get("ETag", "").strip('"')
            sent = base64.b64decode(request.headers.get("content-md5", ""))
            self.sums.append((binascii.hexlify(sent).decode(), etag))
            return said

        return Rule(change_answer(note), op="UploadPart")

    def step(self, *args, code: int = 0) -> copyout.Result:
        """One step of the job in S3."""
        return copyout.run([*args, "--job", f"s3://{self.work}/job/"],
                           self.server.through(self.job.proxy)).expect(code)

    def body(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        return self.job.dest.get_object(Bucket=bucket, Key=key)["Body"].read()

    def check_no_uploads(self) -> None:
        """Neither bucket has one that is not finished."""
        for bucket in (self.work, self.job.dst):
            self.assertEqual(s3util.unfinished_uploads(self.job.dest, bucket), [])

    def test_plan_and_report(self):
        """Both come whole, in parts that each have their MD5; a part that fails is sent again."""
        self.job.proxy.rules = [
            Rule(status(503, "SlowDown"), op="UploadPart", part=1, first=1),
            Rule(reset_before(), op="UploadPart", part=2, first=1), self.remember()]
        told = self.step("prepare", self.job.folder / "input.json", "--json").json
        self.assertEqual(told["items"], ROWS)
        items = self.body(self.work, "job/items.jsonl")
        self.assertGreater(len(items), MOST)
        self.assertEqual([json.loads(line)["sourceKey"] for line in items.splitlines()], KEYS)
        told = self.step("report", "--json", code=1).json
        self.assertEqual((told["missing"], told["copied"]), (ROWS, 0))
        report = self.body(self.work, "job/report.csv")
        self.assertGreater(len(report), MOST)
        rows = list(csv.DictReader(io.StringIO(report.decode(), newline="")))
        self.assertEqual([row["destination"] for row in rows],
                         [f"s3://{self.job.dst}/{FOLDER}{key}" for key in KEYS])
        self.assertEqual(self.body(self.job.dst, FOLDER + "ENDED_COPY.csv"), report)
        head = self.job.dest.head_object(Bucket=self.job.dst, Key=FOLDER + "ENDED_COPY.csv")
        self.assertTrue(head["ContentType"].startswith("text/csv"), head["ContentType"])
        self.assertGreaterEqual(len(self.sums), 6)
        for sent, made in self.sums:
            self.assertEqual(sent, made)
        self.check_no_uploads()

    def test_part_is_refused(self):
        """The step ends with S3's words, without a plan, and what it uploaded is removed."""
        self.job.proxy.rules = [Rule(status(403, "AccessDenied"), op="UploadPart", part=2)]
        result = self.step("prepare", self.job.folder / "input.json", code=4)
        self.assertIn("AccessDenied", result.stderr)
        self.assertNotIn("job/items.jsonl", s3util.keys(self.job.dest, self.work))
        self.check_no_uploads()


if __name__ == "__main__":
    unittest.main()
