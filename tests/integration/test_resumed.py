"""Which uploads and which of their parts a run goes on with, removes, or leaves alone.

test_resume kills a run at each of its requests; here the record, the upload or its parts are other
than the dead run left them, or the server tells less of them.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER
from lib.s3util import MIN_PART, Spec
from lib.uploads import DENIED, KEY, PARTS, UploadCase
from faultproxy import Answer, Rule, call_before, change_answer, cut_body, hold, stall

XML = [("Content-Type", "application/xml")]
KMS = ("x-amz-server-side-encryption", "aws:kms")


class Begun(UploadCase):
    """A run was killed in Create: the upload is told from others by the time at which it began."""

    OTHER_TIMES = (-1000, 60)  # beside the record's, which goes on for 900 s

    def test_cleanup_removes_ours(self):
        """Of two uploads the one of the record's key goes."""
        self.killed_in_create()
        theirs = self.job.dest.create_multipart_upload(
            Bucket=self.job.dst, Key=f"{FOLDER}{KEY}2")["UploadId"]
        self.cleanup()
        self.assertEqual(self.uploads(), [(f"{FOLDER}{KEY}2", theirs)])
        self.assertEqual(self.records(), [])

    def test_cleanup_leaves_what_was_begun_at_another_time(self):
        """The same key, and not our time: somebody else's."""
        for seconds in self.OTHER_TIMES:
            with self.subTest(seconds):
                self.job = self.make(Spec(KEY, parts=PARTS))
                theirs = self.killed_in_create()
                self.shift_record(seconds)
                self.cleanup()
                self.assertEqual(self.uploads(), [(FOLDER + KEY, theirs)])
                self.assertEqual(self.records(), [])

    def test_run_leaves_what_was_begun_at_another_time(self):
        """So does a run, which makes an upload of its own."""
        for seconds in self.OTHER_TIMES:
            with self.subTest(seconds):
                self.job = self.make(Spec(KEY, parts=PARTS))
                theirs = self.killed_in_create()
                self.shift_record(seconds)
                self.job.run().expect(0)
                self.job.assert_copied()
                self.assertEqual(self.uploads(), [(FOLDER + KEY, theirs)])

    def test_run_may_not_look(self):
        """We may not list uploads: the object is copied, and the record stays for a run that may."""
        upload = self.killed_in_create()
        self.job.proxy.rules = [Rule(DENIED, op="ListMultipartUploads")]
        self.job.run().expect(0)
        self.job.assert_copied()
        self.assertEqual(self.uploads(), [(FOLDER + KEY, upload)])
        self.assertEqual(len(self.records()), 1)
        self.run_to_the_end()

    def test_cleanup_may_not_look(self):
        """The record names an upload that is gone, and a time at which there may have been another:
        cleanup says so when it cannot look for it."""
        self.killed_in_create()
        self.job.proxy.rules = [Rule(DENIED, op="ListMultipartUploads")]
        self.job.run().expect(0)
        said = self.cleanup()
        self.assertIn("there may be one more unfinished upload", said.stderr)
        self.assertIn(f"s3://{self.job.dst}/{FOLDER}{KEY}", said.stderr)
        self.assertEqual(self.records(), [])

    def test_run_may_not_remove(self):
        """It is found, and its abort is refused."""
        upload = self.killed_in_create()
        self.job.proxy.rules = [Rule(DENIED, op="AbortMultipartUpload")]
        self.job.run().expect(0)
        self.job.assert_copied()
        self.assertEqual(self.uploads(), [(FOLDER + KEY, upload)])
        self.assertEqual(len(self.records()), 1)
        self.run_to_the_end()


class Doubt(UploadCase):
    """Create was sent twice, since the answer to the first broke off: two uploads were made, and the
    id of one is known."""

    def setUp(self):
        super().setUp()
        self.lost = Rule(cut_body(), op="CreateMultipartUpload", first=1)

    def test_other_is_removed(self):
        """At the end of the run that made it."""
        self.job.proxy.rules = [self.lost]
        self.job.run().expect(0)
        self.job.assert_copied()
        self.assertEqual((self.lost.hits, self.job.proxy.counts()["CreateMultipartUpload"]), (1, 2))
        self.assertEqual((self.uploads(), self.records()), ([], []))

    def test_other_is_removed_by_the_next_run(self):
        """Which goes on with the one that is known."""
        self.killed_at(Rule(stall(), op="UploadPartCopy", part=4), lambda: sum(
            request.status == 200 for request in self.job.proxy.requests("UploadPartCopy")) == 3,
            others=[self.lost])
        self.assertEqual(len(self.uploads()), 2)
        self.run_to_the_end()
        self.assertEqual(self.part_numbers(), [4])
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 0)

    def test_time_of_an_earlier_doubt_is_kept(self):
        """A run may not look for the upload of a dead run, and is killed as well: the record of its
        own upload has the time of the other, too."""
        self.killed_in_create()
        self.shift_record(-500)  # of the 900 s that a Create may take
        (path,) = self.records()
        before = json.loads(path.read_text())["at"]
        self.killed_at(Rule(stall(), op="UploadPartCopy", part=4), lambda: len(self.uploads()) == 2,
                       others=[Rule(DENIED, op="ListMultipartUploads")])
        after = json.loads(path.read_text())
        self.assertEqual((after["at"], "uploadId" in after), (before, True))
        self.assertGreater(after["until"], before + 500)
        self.run_to_the_end()


class SameSource(UploadCase):
    """Only an upload that was begun for this very source, and in this way, is gone on with."""

    def check_begun_anew(self, *options: str) -> None:
        """The old upload is removed, and all parts are copied into another."""
        self.job.run(*options).expect(0)
        counts = self.job.proxy.counts()
        self.assertEqual(counts["CreateMultipartUpload"], 1)
        self.assertGreaterEqual(counts["AbortMultipartUpload"], 1)
        self.assertEqual(self.part_numbers(), [1, 2, 3, 4])
        self.assertEqual((self.uploads(), self.records()), ([], []))

    def test_record_is_of_another_source(self):
        """One thing is another than the plan has it."""
        for name, value in (("versionId", "another"), ("sourceKey", "another"),
                            ("sourceBucket", "another"), ("etag", f"{7:032x}-4")):
            with self.subTest(name):
                self.job = self.make(Spec(KEY, parts=PARTS))
                self.killed_at_part()
                self.change_record(lambda record: record.update({name: value}))
                self.check_begun_anew()
                self.job.assert_copied()

    def test_record_is_of_this_source(self):
        """A record that was only written again is good."""
        self.killed_at_part()
        self.change_record(lambda record: None)
        self.job.run().expect(0)
        self.assertEqual((self.part_numbers(), self.job.proxy.counts()["CreateMultipartUpload"]),
                         ([4], 0))

    def test_tags_mode_is_another(self):
        """Create was given no tags, and now they are wanted; or the other way round."""
        for before, after in (("none", "require"), ("require", "none")):
            with self.subTest(before):
                self.job = self.make(Spec(KEY, parts=PARTS, tags={"a": "b"}))
                self.killed_at_part(4, "--tags", before)
                self.check_begun_anew("--tags", after)
                self.job.assert_copied(tags=after == "require")
                self.assertEqual(s3util.get_tags(self.job.dest, self.job.dst, FOLDER + KEY),
                                 {"a": "b"} if after == "require" else {})


class Parts(UploadCase):
    """Which parts of an upload are kept."""

    def listed(self) -> list[dict]:
        """The parts that the server has."""
        ((key, upload),) = self.uploads()
        return self.job.dest.list_parts(Bucket=self.job.dst, Key=key, UploadId=upload)["Parts"]

    def test_list_in_pages(self):
        """S3 lists 1,000 parts at a time. Here each page has one more, after the one before again:
        all pages are read, and no part is counted twice."""
        self.killed_at_part()
        parts = self.listed()

        def page(request):
            after = int(request.query.get("part-number-marker") or 0)
            more = str(after + 1 < len(parts)).lower()
            listed = "".join(
                f"<Part><PartNumber>{part['PartNumber']}</PartNumber><Size>{part['Size']}</Size>"
                f"<ETag>{part['ETag']}</ETag></Part>" for part in parts[max(after - 1, 0):after + 1])
            return Answer(200, XML, (
                f"<ListPartsResult><IsTruncated>{more}</IsTruncated><NextPartNumberMarker>{after + 1}"
                f"</NextPartNumberMarker>{listed}</ListPartsResult>").encode())

        pages = Rule(call_before(page), op="ListParts")
        self.job.proxy.rules = [pages]
        self.job.run().expect(0)
        self.assertEqual((pages.hits, self.part_numbers()), (3, [4]))
        self.job.assert_copied()

    def test_another_length(self):
        """A part that is longer than the layout has it is copied again."""
        self.killed_at_part()
        ((key, upload),) = self.uploads()
        self.job.dest.upload_part(Bucket=self.job.dst, Key=key, UploadId=upload, PartNumber=2,
                                  Body=b"y" * (MIN_PART + 1))
        self.job.run().expect(0)
        self.assertEqual(self.part_numbers(), [2, 4])
        self.job.assert_copied()

    def test_other_bytes_of_the_same_length(self):
        """The ETag that all parts make together shows them, before anything is completed."""
        self.killed_at_part()
        ((key, upload),) = self.uploads()
        self.job.dest.upload_part(Bucket=self.job.dst, Key=key, UploadId=upload, PartNumber=2,
                                  Body=b"y" * MIN_PART)
        self.job.run().expect(0)
        self.assertEqual(self.job.result(KEY)["verified"], "etag")
        self.assertEqual(self.job.proxy.counts()["CompleteMultipartUpload"], 1)
        self.job.assert_copied(content=True)

    def test_destination_encrypts_with_a_key(self):
        """All parts are there, with ETags that are no digests. That a key is the reason is said by
        answers to parts and not by their list: one part is copied again."""
        self.killed_at(Rule(stall(), op="CompleteMultipartUpload"))
        parts = self.listed()

        def opaque(request, said):
            said.body = re.sub(b"[0-9a-f]{32}", b"e" * 32, said.body)
            if request.op != "ListParts":
                said.headers.append(KMS)
            if request.op == "HeadObject":
                said.headers = [("ETag", f'"{"e" * 32}-4"') if name.lower() == "etag" else
                                (name, value) for name, value in said.headers]
            return said

        def complete(request):
            self.job.dest.complete_multipart_upload(
                Bucket=self.job.dst, Key=request.key, UploadId=request.upload_id, MultipartUpload={
                    "Parts": [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
                              for part in parts]})
            return Answer(200, [*XML, KMS], b"<CompleteMultipartUploadResult><ETag>&quot;" + b"e" *
                          32 + b"-4&quot;</ETag></CompleteMultipartUploadResult>")

        self.job.proxy.rules = [
            Rule(call_before(complete), op="CompleteMultipartUpload"),
            Rule(change_answer(opaque), op=("ListParts", "UploadPartCopy")),
            Rule(change_answer(opaque), op="HeadObject", bucket=self.job.dst,
                 when=lambda _request: self.job.proxy.requests("CompleteMultipartUpload"))]
        self.job.run().expect(0)
        self.assertEqual(len(self.part_numbers()), 1)
        counts = self.job.proxy.counts()
        self.assertEqual((counts["CompleteMultipartUpload"], counts["CreateMultipartUpload"],
                          counts["AbortMultipartUpload"]), (1, 0, 0))
        line = self.job.result(KEY)
        self.assertEqual((line["status"], line["verified"]), ("COPIED", "size"))
        self.assertEqual(self.job.copy_of(KEY), self.job.specs[KEY].body())

    def test_list_is_refused(self):
        """We may not see which parts are there: the upload is removed, and begun anew."""
        self.killed_at_part()
        self.job.proxy.rules = [Rule(DENIED, op="ListParts")]
        self.job.run().expect(0)
        self.assertEqual(self.part_numbers(), [1, 2, 3, 4])
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 1)
        self.job.assert_copied()
        self.assertEqual((self.uploads(), self.records()), ([], []))


class Meanwhile(UploadCase):
    """Something happens between two parts."""

    def test_upload_is_removed(self):
        """By somebody else: it is begun anew."""
        def remove(_request):
            for key, upload in self.uploads():
                self.job.dest.abort_multipart_upload(Bucket=self.job.dst, Key=key, UploadId=upload)

        gone = Rule(call_before(remove), op="UploadPartCopy", part=3, times=1)
        self.job.proxy.rules = [gone]
        self.job.run().expect(0)
        self.assertEqual(gone.hits, 1)
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 2)
        self.assertEqual((self.job.result(KEY)["status"], self.job.result(KEY)["verified"]),
                         ("COPIED", "etag"))
        self.job.assert_copied()
        self.assertEqual((self.uploads(), self.records()), ([], []))

    def test_stop(self):
        """SIGTERM while a part is under way and others are not sent yet: they are not sent, the
        upload stays, and the next run copies them alone."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        held = Rule(hold(gate), op="UploadPartCopy", part=2)
        self.job.proxy.reset([held])
        running = copyout.Running(self.job.arguments("--max-in-flight", "1"),
                                  self.server.through(self.job.proxy))
        wait_for(lambda: held.hits, "the second part is under way")
        running.signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in running.stderr(), "it has seen the signal")
        gate.set()
        running.wait().expect(143)
        self.assertEqual(self.part_numbers(), [1, 2])
        self.assertEqual(self.job.proxy.counts()["AbortMultipartUpload"], 0)
        self.assertEqual((len(self.uploads()), len(self.records())), (1, 1))
        self.assertNotIn(KEY, self.job.results())  # it was not reached
        self.run_to_the_end()
        self.assertEqual(self.part_numbers(), [3, 4])
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 0)


if __name__ == "__main__":
    unittest.main()
