"""What proves a copy where the ETag cannot, and what is never taken for a proof."""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, servers  # also puts tests/servers on the path
from lib.jobs import Job
from lib.s3util import MIN_PART, Spec
from faultproxy import Rule, answer, change_answer, status

KMS = ("x-amz-server-side-encryption", "aws:kms")
OPAQUE = "f" * 32  # an ETag that is no digest of the bytes
SUM = "AAAAAAAAAAA="  # of CRC64NVME: eight bytes


class Case(unittest.TestCase):
    """Jobs on moto."""

    def job(self, *specs: Spec) -> Job:
        """A job of these objects."""
        return Job(self, servers.moto(), specs)


class Encrypted(Case):
    """The destination encrypts with a key of KMS: its ETags are no digests."""

    def copy(self, source_sum: str, copy_sum: str) -> tuple[Job, dict]:
        """The job, and what it told, of an object with these checksums ("": none)."""
        job = self.job(Spec("one", size=10))

        def copied(_request, said):
            said.headers.append(KMS)
            said.body = re.sub(b"[0-9a-f]{32}", OPAQUE.encode(), said.body)
            return said

        def head(request, said):
            if said.status != 200:
                return said
            if request.bucket == job.dst:
                said.headers = [pair for pair in said.headers if pair[0].lower() != "etag"]
                said.headers += [("ETag", f'"{OPAQUE}"'), KMS]
            value = copy_sum if request.bucket == job.dst else source_sum
            if value and "x-amz-checksum-mode" in request.headers:
                said.headers += [("x-amz-checksum-crc64nvme", value),
                                 ("x-amz-checksum-type", "FULL_OBJECT")]
            return said

        job.proxy.rules = [Rule(change_answer(copied), op="CopyObject"),
                           Rule(change_answer(head), op="HeadObject")]
        return job, job.run()

    def test_size_is_all_there_is(self):
        """It is called size, counted as that, and the next run knows by the first what it wrote."""
        job, result = self.copy("", "")
        for status in ("COPIED", "SAME"):
            told = result.expect(0).json
            line = job.result("one")
            self.assertEqual((line["status"], line["verified"]), (status, "size"))
            self.assertEqual(line.get("verifiedBy"), "ledger" if status == "SAME" else None)
            self.assertEqual(told["verified"], {"etag": 0, "checksum": 0, "size": 1, "none": 0})
            result = job.run()

    def test_checksum(self):
        """Both have one of a kind, and the same: that proves the copy, and the next run's SAME."""
        job, result = self.copy(SUM, SUM)
        told = result.expect(0).json
        line = job.result("one")
        self.assertEqual((line["status"], line["verified"]), ("COPIED", "checksum"))
        self.assertEqual(told["verified"], {"etag": 0, "checksum": 1, "size": 0, "none": 0})
        told = job.run().expect(0).json
        self.assertEqual((told["same"], job.result("one")["status"],
                          job.result("one")["verified"]), (1, "SAME", "checksum"))

    def test_another_checksum(self):
        """The copy's is another: it is not the object, whatever its size."""
        job, result = self.copy(SUM, "AAAAAAAAAAE=")
        result.expect(1)
        self.assertEqual((job.result("one")["status"], job.result("one")["verified"]),
                         ("FAILED", "none"))


class Lost(Case):
    """The answer to a write is lost, or says less than it should."""

    def test_older_object_that_cannot_be_compared(self):
        """An object of the same size lies at the destination, which turns out to be encrypted.
        Complete fails, and then its upload is gone, without having made anything: what is there is
        not our copy."""
        job = self.job(Spec("k", parts=[MIN_PART, 9]))
        job.put_copy("k", b"x" * (MIN_PART + 9))

        def head(_request, said):
            if said.status == 200:
                said.headers.append(KMS)
            return said

        gone = Rule(status(404, "NoSuchUpload"), op="CompleteMultipartUpload", attempts=[2])
        job.proxy.rules = [  # the first two looks are before the write: the second is for checksums
            Rule(change_answer(head), op="HeadObject", bucket=job.dst, attempts=range(3, 99)),
            Rule(status(503, "SlowDown"), op="CompleteMultipartUpload", first=1), gone]
        job.run().expect(0)
        self.assertEqual(gone.hits, 1)
        line = job.result("k")
        self.assertEqual((line["status"], line["verified"]), ("COPIED", "size"))
        self.assertEqual(job.proxy.counts()["CreateMultipartUpload"], 1)
        self.assertEqual(job.proxy.counts()["CopyObject"], 1)
        self.assertEqual(job.copy_of("k"), job.specs["k"].body())

    def test_success_without_an_etag(self):
        """200 with the element of a success, and nothing in it, is no success."""
        job = self.job(Spec("one", size=10), Spec("parts", parts=[MIN_PART, 9]))
        empty = [Rule(answer(200, b"<CopyObjectResult/>"), op="CopyObject", first=1),
                 Rule(answer(200, b"<CopyPartResult/>"), op="UploadPartCopy", part=1, first=1)]
        job.proxy.rules = empty
        job.run().expect(0)
        self.assertEqual([rule.hits for rule in empty], [1, 1])
        job.assert_copied()
        counts = job.proxy.counts()
        self.assertEqual((counts["CreateMultipartUpload"], counts["CompleteMultipartUpload"],
                          counts["CopyObject"], counts["UploadPartCopy"]), (1, 1, 2, 3))


class Unreadable(Case):
    """HEAD of the destination is refused."""

    def run_it(self, there: bytes | None, how: str) -> tuple[Job, copyout.Result]:
        """The job with `there` at the destination, and how it ended."""
        job = self.job(Spec("k", size=10))
        if there is not None:
            job.put_copy("k", there)
        job.proxy.rules = [Rule(status(403, "AccessDenied"), op="HeadObject", bucket=job.dst)]
        return job, job.run("--on-different", how)

    def test_nothing_is_there(self):
        """The answer to the copy proves it, and a note says that nobody could look."""
        for how in ("overwrite", "keep", "fail"):
            with self.subTest(how):
                job, result = self.run_it(None, how)
                result.expect(0)
                line = job.result("k")
                self.assertEqual((line["status"], line["verified"], line["notes"]),
                                 ("COPIED", "etag", ["destination-unreadable"]))
                job.assert_copied()

    def test_something_is_there(self):
        """It is replaced only if that was asked for."""
        for how, code, outcome in (("overwrite", 0, "COPIED"), ("keep", 0, "KEPT"),
                                   ("fail", 1, "FAILED")):
            with self.subTest(how):
                job, result = self.run_it(b"theirs", how)
                result.expect(code)
                line = job.result("k")
                self.assertEqual(line["status"], outcome)
                self.assertIn("destination-unreadable", line["notes"])
                if how == "overwrite":
                    job.assert_copied()
                else:
                    self.assertEqual(job.copy_of("k"), b"theirs")
                if how == "fail":
                    self.assertEqual(line["error"]["code"], "DestinationDiffers")


if __name__ == "__main__":
    unittest.main()
