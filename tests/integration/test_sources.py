"""Sources that need more than one CopyObject, or none: large, archived, in parts that are unknown.

What no test server can hold or say is put into its answers on the way.
"""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import s3util, servers  # also puts tests/servers on the path
from lib.jobs import Job, Other
from lib.s3util import MIN_PART, Spec
from faultproxy import Answer, Rule, answer, call_before, change_answer, status

MIB, GIB = 1 << 20, 1 << 30
MD5 = "d41d8cd98f00b204e9800998ecf8427e"
XML = [("Content-Type", "application/xml")]


class Case(unittest.TestCase):
    """Jobs on moto."""

    def job(self, *specs: Spec) -> Job:
        """A job of these objects."""
        return Job(self, servers.moto(), specs)

    def source_head(self, job: Job, **more: str) -> Rule:
        """HEAD of a source says this as well (x_amz_restore: the header x-amz-restore)."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}

        def change(_request, found):
            kept = [pair for pair in found.headers if pair[0].lower() not in headers]
            found.headers = kept + list(headers.items())
            return found

        return Rule(change_answer(change), op="HeadObject", bucket=job.src)


class Large(Case):
    """Objects around the limit of CopyObject; their answers are made here."""

    def copy(self, size: int) -> Job:
        """The job that copied one object of so many bytes."""
        job, made = self.job(Spec("big", size=1)), []

        def respond(request):
            if request.op == "HeadObject" and request.bucket == job.src:
                return Answer(200, [("ETag", f'"{MD5}"')], length=size)
            if request.op == "HeadObject" and made:
                return Answer(200, [("ETag", made[0])], length=size)
            if request.op == "UploadPartCopy":
                return Answer(200, XML, b'<CopyPartResult><ETag>"%032x"</ETag></CopyPartResult>'
                              % request.part)
            if request.op in ("CopyObject", "CompleteMultipartUpload"):
                made.append(f'"{MD5}"' if request.op == "CopyObject" else f'"{7:032x}-9"')
                root = f"{request.op}Result"
                return Answer(200, XML, f"<{root}><ETag>{made[0]}</ETag></{root}>".encode())
            return None

        job.proxy.rules = [Rule(call_before(respond))]
        job.run().expect(0)
        return job

    def test_five_gib_is_one_copy(self):
        """5,368,709,120 bytes are what one CopyObject may be of."""
        job = self.copy(5 * GIB)
        self.assertEqual((job.proxy.counts()["CopyObject"], job.proxy.counts()["UploadPartCopy"]),
                         (1, 0))
        self.assertEqual((job.result("big")["status"], job.result("big")["verified"]),
                         ("COPIED", "etag"))

    def test_one_byte_more_is_copied_in_parts(self):
        """The parts follow one another without a gap, and each is within S3's limits."""
        job = self.copy(5 * GIB + 1)
        self.assertEqual(job.proxy.counts()["CopyObject"], 0)
        sent = job.proxy.requests("UploadPartCopy")
        ranges = sorted(tuple(int(number) for number in re.fullmatch(
            "bytes=([0-9]+)-([0-9]+)", request.headers["x-amz-copy-source-range"]).groups())
            for request in sent)
        self.assertEqual([request.part for request in sorted(sent, key=lambda one: one.part)],
                         list(range(1, len(ranges) + 1)))
        self.assertEqual((ranges[0][0], ranges[-1][1]), (0, 5 * GIB))
        for (_, last), (first, _) in zip(ranges, ranges[1:]):
            self.assertEqual(last + 1, first)
        for first, last in ranges[:-1]:
            self.assertTrue(5 * MIB <= last - first + 1 <= 5 * GIB, (first, last))
        line = job.result("big")
        self.assertEqual((line["status"], line["verified"], line["notes"]),
                         ("COPIED", "size", ["layout-not-mirrored"]))


class Classes(Case):
    """Storage classes."""

    def test_archived(self):
        """What is archived and not restored fails, and nothing is written."""
        for name, head, code in [
                ("GLACIER", {"x_amz_storage_class": "GLACIER"}, 1),
                ("DEEP_ARCHIVE", {"x_amz_storage_class": "DEEP_ARCHIVE"}, 1),
                ("archived tier", {"x_amz_storage_class": "INTELLIGENT_TIERING",
                                   "x_amz_archive_status": "ARCHIVE_ACCESS"}, 1),
                ("deep archived tier", {"x_amz_storage_class": "INTELLIGENT_TIERING",
                                        "x_amz_archive_status": "DEEP_ARCHIVE_ACCESS"}, 1),
                ("restore under way", {"x_amz_storage_class": "GLACIER",
                                       "x_amz_restore": 'ongoing-request="true"'}, 1),
                ("restored", {"x_amz_storage_class": "GLACIER", "x_amz_restore":
                              'ongoing-request="false", expiry-date="Fri, 21 Dec 2035 00:00:00 '
                              'GMT"'}, 0)]:
            with self.subTest(name):
                job = self.job(Spec("k", size=10))
                job.proxy.rules = [self.source_head(job, **head)]
                job.run().expect(code)
                line = job.result("k")
                if code:
                    self.assertEqual((line["status"], line["error"]["code"]),
                                     ("FAILED", "InvalidObjectState"))
                    self.assertEqual(job.written(), set())
                else:
                    self.assertEqual((line["status"], line["verified"], line["notes"]),
                                     ("COPIED", "etag", ["storage-class-changed"]))

    def test_class_and_redirect_come_along(self):
        """Neither is taken over by CopyObject or CreateMultipartUpload: both are sent."""
        job = self.job(Spec("one", size=10), Spec("parts", parts=[MIN_PART, 9]))
        job.proxy.rules = [self.source_head(job, x_amz_storage_class="STANDARD_IA",
                                            x_amz_website_redirect_location="/other")]
        job.run().expect(0)
        for op in ("CopyObject", "CreateMultipartUpload"):
            (request,) = job.proxy.requests(op)
            self.assertEqual((request.headers.get("x-amz-storage-class"),
                              request.headers.get("x-amz-website-redirect-location")),
                             ("STANDARD_IA", "/other"), op)


class Layouts(Case):
    """Sources in parts, and what may keep their layout from being mirrored."""

    PARTS = [MIN_PART, MIN_PART, 9]

    def test_part_numbers_are_refused(self):
        """A server that does not take partNumber says so in several ways: then the usual part sizes
        are tried, and the ETag proves the one that is right."""
        for code in (400, 405, 416, 501):
            with self.subTest(code):
                job = self.job(Spec("k", parts=self.PARTS))
                refused = Rule(answer(code), op="HeadObject",
                               when=lambda request: "partNumber" in request.query)
                job.proxy.rules = [refused]
                job.run().expect(0)
                self.assertGreater(refused.hits, 0)
                self.assertEqual((job.result("k")["status"], job.result("k")["verified"]),
                                 ("COPIED", "etag"))
                self.assertEqual(job.proxy.counts()["CreateMultipartUpload"], 1)
                job.assert_copied()

    def test_part_numbers_are_refused_for_another_reason(self):
        """403 and 404 are no matter of partNumber: the object fails with them."""
        for code, name in ((403, "AccessDenied"), (404, "NoSuchKey")):
            with self.subTest(code):
                job = self.job(Spec("k", parts=self.PARTS))
                job.proxy.rules = [Rule(status(code, name), op="HeadObject",
                                        when=lambda request: "partNumber" in request.query)]
                job.run().expect(1)
                self.assertEqual(job.result("k")["error"]["httpStatus"], code)
                self.assertEqual(job.written(), set())

    def test_source_changes_between_two_looks_at_its_parts(self):
        """Lengths of two objects are never mixed: it is looked at again before anything is made."""
        first, second = Spec("k", parts=[MIN_PART + 1, MIN_PART, MIN_PART, 9]), Other(
            "k", parts=[MIN_PART + 1, MIN_PART + 2, MIN_PART, 7])
        for part in (1, 2, 3):
            with self.subTest(part):
                job = self.job(first)
                change = Rule(call_before(lambda _request: job.put_source(second)),
                              op="HeadObject", part=part, times=1)
                job.proxy.rules = [change]
                job.run().expect(0)
                self.assertEqual(change.hits, 1)
                line = job.result("k")
                self.assertEqual((line["status"], line["verified"], line["etag"]),
                                 ("COPIED", "etag", job.etag_of_source("k")))
                job.assert_copied()
                counts = job.proxy.counts()
                self.assertEqual((counts["CreateMultipartUpload"], counts["UploadPartCopy"]),
                                 (1, 4))

    def test_parts_are_too_small_for_the_destination(self):
        """EntityTooSmall at Complete: one CopyObject does it, and the upload is removed."""
        job = self.job(Spec("k", parts=self.PARTS))
        job.proxy.rules = [Rule(status(400, "EntityTooSmall"), op="CompleteMultipartUpload")]
        job.run().expect(0)
        counts = job.proxy.counts()
        self.assertEqual((counts["CopyObject"], counts["CompleteMultipartUpload"],
                          counts["AbortMultipartUpload"]), (1, 1, 1))
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])
        line = job.result("k")
        self.assertEqual((line["status"], line["notes"]), ("COPIED", ["layout-not-mirrored"]))
        self.assertEqual(job.copy_of("k"), job.specs["k"].body())
        self.assertEqual(list(job.work.glob("uploads/*.json")), [])


if __name__ == "__main__":
    unittest.main()
