"""Killed in the middle of an object of parts: the next run goes on with its upload, or removes it.

Each test kills a run at one known request, and looks at what the next one asks for.
"""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, Job, Other
from lib.s3util import ALL_METADATA, MIN_PART, Spec
from faultproxy import Rule, call_after, call_before, stall, stall_after

PARTS = [MIN_PART, MIN_PART, MIN_PART, 9]
KEY = "big one"


class Resume:
    """The tests, for each server and each kind of work store: the gate has one of each."""

    kind: str
    in_s3 = False

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def setUp(self):
        self.job = Job(self, self.server, [
            Spec("small", size=10), Spec(KEY, parts=PARTS, metadata=ALL_METADATA)])
        if self.in_s3:
            bucket = self.server.bucket_name("work")
            s3util.make_bucket(self.job.dest, bucket)
            self.job.work = f"s3://{bucket}/w/"

    def killed(self, rule: Rule, ready=lambda: True) -> None:
        """A run is killed when this rule has struck, and `ready` is true as well."""
        self.job.proxy.reset([rule])
        running = copyout.Running(self.job.arguments(), self.server.through(self.job.proxy))
        wait_for(lambda: rule.hits and ready(), "the request at which it is killed")
        running.process.kill()
        self.assertEqual(running.wait().returncode, -9)
        self.job.proxy.reset()

    def parts_done(self, count: int):
        """Whether so many parts have been copied, and told to the program."""
        return lambda: sum(request.status == 200 and request.ended is not None for request in
                           self.job.proxy.requests("UploadPartCopy")) == count

    def killed_at_part(self, part: int) -> None:
        """All parts but this one are there."""
        self.killed(Rule(stall(), op="UploadPartCopy", part=part), self.parts_done(3))

    def asked(self) -> dict[str, int]:
        """What the last run has asked for of the object in parts."""
        ops = [request.op for request in self.job.proxy.log
               if request.bucket == self.job.dst and request.key == FOLDER + KEY]
        return {op: ops.count(op) for op in set(ops) - {"HeadObject"}}

    def uploads(self) -> int:
        """How many are not finished."""
        return len(s3util.unfinished_uploads(self.job.dest, self.job.dst))

    def finish(self, status: str = "COPIED") -> dict[str, int]:
        """The next run does the rest; what it asked for."""
        told = self.job.run().expect(0).json
        self.assertEqual(told["copied"] + told["same"], 2)
        there = told["same"] + told["earlierRuns"]["copied"]  # not copied by this run
        self.assertEqual(there == 2, status == "SAME", told)
        self.job.assert_copied()
        self.assertEqual(self.uploads(), 0)
        asked = self.asked()
        self.assertEqual(self.job.run().expect(0).json["same"], 2)
        return asked

    def test_goes_on(self):
        """Of four parts one is missing: that one is copied, and no upload is made."""
        self.killed_at_part(2)
        self.assertEqual(self.uploads(), 1)
        self.assertEqual(self.finish(), {"ListParts": 1, "UploadPartCopy": 1,
                                         "CompleteMultipartUpload": 1})

    def test_only_to_be_completed(self):
        """All parts are there."""
        self.killed(Rule(stall(), op="CompleteMultipartUpload"))
        self.assertEqual(self.finish(), {"ListParts": 1, "CompleteMultipartUpload": 1})

    def test_completed_and_not_known(self):
        """Complete worked, and its answer never came: nothing is left to do but to make sure that the
        upload on record is gone."""
        self.killed(Rule(stall_after(), op="CompleteMultipartUpload"))
        wait_for(lambda: not self.uploads(), "the server completes it")
        self.assertEqual(self.finish("SAME"), {"AbortMultipartUpload": 1})

    def test_completed_while_it_is_looked_for(self):
        """Another worker, or a request that came late, completes it between our look at the
        destination and that at its parts: nothing is copied again."""
        self.killed(Rule(stall(), op="CompleteMultipartUpload"))
        (key, upload), = s3util.unfinished_uploads(self.job.dest, self.job.dst)

        def complete(_request):
            which = {"Bucket": self.job.dst, "Key": key, "UploadId": upload}
            parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
                     for part in self.job.dest.list_parts(**which)["Parts"]]
            self.job.dest.complete_multipart_upload(**which, MultipartUpload={"Parts": parts})

        self.job.proxy.rules = [Rule(call_before(complete), op="ListParts", times=1)]
        self.assertEqual(self.finish("SAME"), {"ListParts": 1})

    def test_created_and_not_known(self):
        """The answer to Create never came: that upload is looked for and removed, another made."""
        self.killed(Rule(stall_after(), op="CreateMultipartUpload"))
        wait_for(self.uploads, "the server makes it")
        asked = self.finish()
        self.assertEqual((asked["CreateMultipartUpload"], asked["UploadPartCopy"]), (1, 4))
        self.assertEqual(asked["AbortMultipartUpload"], 1)

    def test_removed_by_somebody(self):
        """Anew, and with all of its parts."""
        self.killed_at_part(3)
        for key, upload in s3util.unfinished_uploads(self.job.dest, self.job.dst):
            self.job.dest.abort_multipart_upload(Bucket=self.job.dst, Key=key, UploadId=upload)
        asked = self.finish()
        self.assertEqual((asked["CreateMultipartUpload"], asked["UploadPartCopy"]), (1, 4))

    def test_source_has_changed(self):
        """Parts of what it was are of no use: removed, and begun anew."""
        self.killed_at_part(1)
        self.job.put_source(Other(KEY, parts=PARTS, metadata=ALL_METADATA))
        asked = self.finish()
        self.assertEqual((asked["CreateMultipartUpload"], asked["UploadPartCopy"]), (1, 4))
        self.assertGreaterEqual(asked["AbortMultipartUpload"], 1)

    def test_killed_again_and_again(self):
        """Each run copies one part: no part is copied twice."""
        for _ in range(3):
            self.killed(Rule(stall(), op="UploadPartCopy", skip=1), self.parts_done(1))
        self.assertEqual(self.finish()["UploadPartCopy"], 1)

    def test_cleanup(self):
        """Nobody goes on: our upload is removed, that of somebody else and all objects are not."""
        self.killed_at_part(4)
        other = self.job.dest.create_multipart_upload(Bucket=self.job.dst, Key="not ours")
        result = copyout.run(["cleanup", "--work", self.job.work], self.server).expect(0)
        self.assertEqual([upload for _, upload in s3util.unfinished_uploads(
            self.job.dest, self.job.dst)], [other["UploadId"]], result)
        self.job.assert_copied("small")
        self.job.dest.abort_multipart_upload(Bucket=self.job.dst, Key="not ours",
                                             UploadId=other["UploadId"])
        self.assertEqual(self.finish()["UploadPartCopy"], 4)

    def test_two_workers(self):
        """One has copied its parts; the other, with a work store of its own or the same, does the
        whole job meanwhile: the first ends well, and says so."""
        def whole(_request):
            copyout.run(self.job.arguments("--quiet", "--work", self.job.folder / "its own"),
                        self.server).expect(0)

        self.job.proxy.reset([Rule(call_after(whole), op="UploadPartCopy", times=1)])
        result = copyout.run(self.job.arguments("--json", "--quiet"),
                             self.server.through(self.job.proxy)).expect(0)
        self.assertEqual(result.json["failed"], 0)
        self.job.proxy.reset()
        self.assertEqual(self.finish("SAME"), {})


class OnRgw(Resume, unittest.TestCase):
    """A folder, and RGW."""

    kind = "rgw"


@copyout.full_only
class OnRgwInS3(Resume, unittest.TestCase):
    """The work store in RGW as well."""

    kind, in_s3 = "rgw", True


@copyout.full_only
class OnMoto(Resume, unittest.TestCase):
    """A folder, and moto."""

    kind = "moto"


class OnMotoInS3(Resume, unittest.TestCase):
    """The work store in moto as well."""

    kind, in_s3 = "moto", True


if __name__ == "__main__":
    unittest.main()
