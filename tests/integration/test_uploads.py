"""Uploads that cannot be removed, records that cannot be read, answers that nobody believes.

None of it may leave parts that nobody knows of, take what is somebody else's, or end as a success
that was not seen. test_resume has the ordinary ways.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
import re
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, Other
from lib.s3util import MIN_PART, Spec
from lib.uploads import DENIED, KEY, PARTS, UploadCase
from faultproxy import (FaultProxy, Rule, answer, call_before, change_answer, stall, stall_after,
                        status)

class Abort(UploadCase):
    """An upload that should go, and does not."""

    def test_refused(self):
        """We may not abort: it stays on record, cleanup says that it cannot, and a run goes on."""
        self.job.proxy.rules = [Rule(status(400, "InvalidRequest"), op="UploadPartCopy", part=3),
                                Rule(DENIED, op="AbortMultipartUpload")]
        self.job.run().expect(1)
        self.assertEqual((len(self.uploads()), len(self.records())), (1, 1))
        self.assertIn("AccessDenied: injected", self.cleanup(1).stderr)
        self.assertEqual(len(self.records()), 1)
        self.run_to_the_end()

    def test_refused_before_another(self):
        """The source is another now, and its old upload cannot be removed: no second one is made,
        whose record would take the place of the first's."""
        self.killed_at_part()
        self.job.put_source(Other(KEY, parts=PARTS))
        self.job.proxy.rules = [Rule(DENIED, op="AbortMultipartUpload")]
        self.job.run().expect(1)
        self.assertIn("AccessDenied", self.job.result(KEY)["error"]["code"])
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 0)
        self.assertEqual((len(self.uploads()), len(self.records())), (1, 1))
        self.run_to_the_end()

    def test_cannot_be_looked_at(self):
        """Aborted, and ListParts is refused: all that can be done is done, for cleanup too."""
        self.killed_at_part()
        self.job.proxy.reset([Rule(DENIED, op="ListParts")])
        self.cleanup()
        self.assertEqual((self.uploads(), self.records()), ([], []))

    def test_does_not_hold(self):
        """Parts survive every abort: after five it is given up, and stays on record."""
        self.job.proxy.rules = [Rule(status(400, "InvalidRequest"), op="UploadPartCopy", part=3),
                                Rule(answer(204), op="AbortMultipartUpload")]
        result = self.job.run().expect(1)
        self.assertEqual(self.job.proxy.counts()["AbortMultipartUpload"], 5)
        self.assertEqual(self.job.result(KEY)["error"]["code"], "InvalidRequest")
        self.assertEqual((len(self.uploads()), len(self.records())), (1, 1))
        self.run_to_the_end()
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 0)

    def test_stopped_while_it_is_too_fast(self):
        """SIGTERM, and S3 says SlowDown: the parts that are there stay, for the next run."""
        self.killed_at_part()
        slow = Rule(status(503, "SlowDown"), op="UploadPartCopy")
        self.job.proxy.reset([slow])
        running = copyout.Running(self.job.arguments(), self.server.through(self.job.proxy))
        wait_for(lambda: slow.hits >= 2, "it is told to slow down")
        running.signal(signal.SIGTERM)
        running.wait().expect(143)
        self.assertEqual((len(self.uploads()), len(self.records())), (1, 1))
        self.assertEqual(self.job.proxy.counts()["AbortMultipartUpload"], 0)
        self.run_to_the_end()
        self.assertEqual(self.job.proxy.counts()["UploadPartCopy"], 1)


class Records(UploadCase):
    """What the work store knows of an upload."""

    def test_cannot_be_fetched(self):
        """A work store that refuses: the object fails, and neither record nor upload is lost."""
        bucket = self.server.bucket_name("work")
        s3util.make_bucket(self.job.dest, bucket)
        self.job.work = f"s3://{bucket}/w/"
        self.killed_at_part()
        before = self.uploads()
        self.job.proxy.reset([Rule(DENIED, op="GetObject", bucket=bucket, key="uploads/")])
        copyout.run(self.job.arguments(), self.server.through(self.job.proxy)).expect(1)
        self.assertEqual(self.uploads(), before)
        self.assertEqual(len(s3util.keys(self.job.dest, bucket, "w/uploads/")), 1)
        self.job.proxy.reset()
        copyout.run(self.job.arguments(), self.server.through(self.job.proxy)).expect(0)
        self.assertEqual(self.uploads(), [])
        self.job.assert_copied()

    def test_lost_create_after_an_old_record(self):
        """An hour ago there was an upload; it is removed, and a run is killed in the Create of the
        next: that one is found, too."""
        self.killed_at_part()
        self.shift_record(-3600)
        old = self.uploads()
        self.job.put_source(Other(KEY, parts=PARTS))
        self.killed_at(Rule(stall_after(), op="CreateMultipartUpload"),
                       lambda: self.uploads() not in ([], old))
        self.run_to_the_end()

    def clock(self, ahead: int) -> Rule:
        """The server's clock is so many seconds ahead of ours, in all that it says."""
        def later(text: str, form: str) -> str:
            when = datetime.datetime.strptime(text, form) + datetime.timedelta(seconds=ahead)
            return when.strftime(form)

        def change(request, said):
            said.headers = [(name, later(value, "%a, %d %b %Y %H:%M:%S GMT")
                             if name.lower() == "date" else value) for name, value in said.headers]
            if request.op == "ListMultipartUploads":
                said.body = re.sub(rb"(?<=<Initiated>)([^.<]+)", lambda found: later(
                    found[1].decode(), "%Y-%m-%dT%H:%M:%S").encode(), said.body)
            return said

        return Rule(change_answer(change))

    def cut_record(self, age_s: int = 0) -> None:
        """As a loss of power may leave it, so many seconds ago."""
        (path,) = self.records()
        path.write_bytes(b"")
        os.utime(path, (time.time() - age_s,) * 2)

    def test_cut_is_looked_for(self):
        """The upload of an empty record is found by its key and its time, by the next run or by
        cleanup, and nothing else is touched: not what was begun at another time, or elsewhere."""
        near = [f"{FOLDER}{KEY} too", f"{FOLDER}{KEY}"[:-1]]
        for by_run in (True, False):
            with self.subTest(by_run=by_run):
                self.job = self.make(Spec(KEY, parts=PARTS))
                self.killed_at_part()
                ours = self.uploads()
                others = [(key, self.job.dest.create_multipart_upload(
                    Bucket=self.job.dst, Key=key)["UploadId"]) for key in near]
                self.cut_record(7200)
                (path,) = self.records()
                result = self.again(by_run)
                self.assertIn("no record of an upload", result.stderr)
                self.assertEqual(sorted(self.uploads()), sorted(ours + others))
                self.assertEqual(self.records(), [])
                s3util.delete_all(self.job.dest, self.job.dst)
                path.touch()
                self.again(by_run)
                self.assertEqual(sorted(self.uploads()), sorted(others))
                self.assertEqual(self.records(), [])
                if by_run:
                    self.job.assert_copied()

    def again(self, by_run: bool) -> copyout.Result:
        """The same once more, or cleanup; with what they say."""
        if not by_run:
            return self.cleanup()
        return copyout.run(self.job.arguments(), self.server.through(self.job.proxy)).expect(0)

    def test_cut_in_s3(self):
        """The same with a work store in S3."""
        bucket = self.server.bucket_name("work")
        s3util.make_bucket(self.job.dest, bucket)
        self.job.work = f"s3://{bucket}/w/"
        for by_run in (False, True):
            with self.subTest(by_run=by_run):
                self.killed_at_part()
                (record,) = s3util.keys(self.job.dest, bucket, "w/uploads/")
                self.job.dest.put_object(Bucket=bucket, Key=record, Body=b"")
                result = self.again(by_run)
                self.assertIn("no record of an upload", result.stderr)
                self.assertEqual(self.uploads(), [])
                self.assertEqual(s3util.keys(self.job.dest, bucket, "w/uploads/"), [])

    def test_clock_that_is_off(self):
        """The times on record are S3's: ours may be wrong by an hour, and nothing says so. The
        upload of a Create whose answer was lost is found all the same."""
        for ahead in (3600, -3600):
            with self.subTest(ahead):
                self.job = self.make(Spec(KEY, parts=PARTS))
                self.killed_at(Rule(stall_after(), op="CreateMultipartUpload"), self.uploads,
                               others=[self.clock(ahead)])
                (path,) = self.records()
                record = json.loads(path.read_text())
                (upload,) = self.job.dest.list_multipart_uploads(Bucket=self.job.dst)["Uploads"]
                made = upload["Initiated"].timestamp() + ahead
                self.assertTrue(record["at"] - 2 <= made <= record["until"] + 2, (record, made))
                self.job.proxy.rules = [self.clock(ahead)]
                self.job.run().expect(0)
                self.job.assert_copied()
                self.assertEqual((self.uploads(), self.records()), ([], []))

    def test_cleanup_of_one_leaves_the_other_run(self):
        """Two runs, each with its own work store, of which the first is dead: its upload goes, and
        the other's does not, though it was begun a moment later."""
        self.killed_at_part()
        proxy = FaultProxy(self.server.endpoint)
        self.addCleanup(proxy.stop)
        hold = Rule(stall(), op="UploadPartCopy", part=4)
        proxy.rules = [hold]
        other = copyout.Running(self.job.arguments("--work", self.job.folder / "other"),
                                self.server.through(proxy))
        wait_for(lambda: hold.hits, "it has all of its other parts")
        first = json.loads(self.records()[0].read_text())["uploadId"]
        both = {upload for _, upload in self.uploads()}
        self.assertEqual(len(both), 2)
        self.cleanup()
        self.assertEqual({upload for _, upload in self.uploads()}, both - {first})
        other.process.kill()
        other.wait()
        copyout.run(["cleanup", "--work", self.job.folder / "other"], self.server).expect(0)
        self.run_to_the_end()


class Unreadable(UploadCase):
    """We may write to the destination, and not look at it."""

    def setUp(self):
        super().setUp()
        self.blind = Rule(DENIED, op="HeadObject", bucket=self.job.dst)

    def test_upload_is_gone_and_nothing_is_there(self):
        """Complete fails, and then its upload is gone: that is no success, and is begun anew."""
        def remove(request):
            if request.attempt == 2:
                for key, upload in self.uploads():
                    self.job.dest.abort_multipart_upload(Bucket=self.job.dst, Key=key,
                                                         UploadId=upload)

        self.job.proxy.rules = [
            self.blind, Rule(call_before(remove), op="CompleteMultipartUpload"),
            Rule(status(503, "SlowDown"), op="CompleteMultipartUpload", first=1)]
        self.job.run().expect(0)
        self.job.assert_copied()
        self.assertEqual(self.job.proxy.counts()["CreateMultipartUpload"], 2)
        self.assertEqual(self.job.result(KEY)["verified"], "etag")

    def test_answer_is_proof(self):
        """The answer's ETag is the source's."""
        self.job = self.make(Spec(KEY, parts=PARTS, tags={"a": "b"}), Spec("small", size=3))
        self.job.proxy.rules = [Rule(DENIED, op="HeadObject", bucket=self.job.dst)]
        self.job.run().expect(0)
        self.assertEqual({line["verified"] for line in self.job.results().values()}, {"etag"})

    def test_answer_says_that_it_is_another(self):
        """The source is another at the moment of the copy, on a server that ignores the condition:
        the answer's ETag says so, and is believed."""
        self.job = self.make(Spec("small", size=3))
        self.job.proxy.rules = [
            Rule(DENIED, op="HeadObject", bucket=self.job.dst),
            Rule(answer(200, b'<CopyObjectResult><ETag>"0123456789abcdef0123456789abcdef"</ETag>'
                             b"</CopyObjectResult>"), op="CopyObject", times=1)]
        self.job.run().expect(0)
        self.assertEqual(len(self.job.proxy.requests("CopyObject")), 2)
        self.assertEqual(self.job.result("small")["verified"], "etag")


class Mute(UploadCase):
    """HEAD has no body: 400 may be an expired token, a key that was not given, or what it says."""

    def once(self, bucket: str, skip: int) -> Rule:
        """One 400 without a word."""
        return Rule(answer(400), op="HeadObject", bucket=bucket, skip=skip, times=1)

    def test_while_parts_are_looked_for(self):
        """At the first look at a part, or at a later one."""
        for skip in (1, 2, 3):
            with self.subTest(skip):
                self.job = self.make(Spec(KEY, parts=[MIN_PART + 7, MIN_PART + 11, 9]))
                self.job.proxy.rules = [self.once(self.job.src, skip)]
                self.job.run().expect(0)
                self.assertEqual(self.job.proxy.rules[0].hits, 1)
                self.assertEqual(self.job.result(KEY)["verified"], "etag")
                self.assertEqual(self.job.proxy.counts()["AbortMultipartUpload"], 0)

    def test_while_the_copy_is_looked_at(self):
        """The copy is there; it is asked again."""
        self.job = self.make(Spec(KEY, parts=PARTS, tags={"a": "b"}))
        self.job.proxy.rules = [self.once(self.job.dst, 1)]
        self.job.run().expect(0)
        self.assertEqual(self.job.proxy.rules[0].hits, 1)
        self.assertEqual(self.job.proxy.counts()["CompleteMultipartUpload"], 1)
        self.job.assert_copied()

    def test_encrypted_with_a_customers_key(self):
        """What is at the destination cannot be looked at: it is something else, and dealt with as
        asked."""
        for how, code, outcome in (("overwrite", 0, "COPIED"), ("keep", 0, "KEPT"),
                                   ("fail", 1, "FAILED")):
            with self.subTest(how):
                self.job = self.make(Spec(KEY, size=10))
                self.job.put_copy(KEY, b"x")
                sealed = Rule(answer(400), op="HeadObject", bucket=self.job.dst,
                              when=lambda request: not self.job.proxy.requests("CopyObject"))
                self.job.proxy.rules = [sealed]
                self.job.run("--on-different", how).expect(code)
                self.assertEqual(self.job.result(KEY)["status"], outcome)
                if how == "fail":
                    self.assertEqual(self.job.result(KEY)["error"]["code"], "DestinationDiffers")
                    self.assertIn("customer", self.job.result(KEY)["error"]["message"])


class Locked(UploadCase):
    """A bucket with Object Lock and a default retention takes no object without its MD5."""

    def test_what_we_write_has_its_md5(self):
        """Marker, report, the files of a work store, and tags that are put after the copy, since
        the server has dropped those of Create. (test_large_store has the parts of large files.)"""
        self.job = self.make(Spec(KEY, parts=PARTS, tags={"a": "b"}))
        bucket = self.server.bucket_name("work")
        s3util.make_bucket(self.job.dest, bucket)
        refused = Rule(status(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is "
                              "required for Put Object requests with Object Lock parameters"),
                       op=("PutObject", "PutObjectTagging"),
                       when=lambda request: request.headers.get("content-md5") != base64.b64encode(
                           hashlib.md5(request.body).digest()).decode())
        self.job.proxy.reset([refused, self.tags_are_dropped()])
        copyout.run(self.job.arguments("--work", f"s3://{bucket}/w/"),
                    self.server.through(self.job.proxy)).expect(0)
        self.assertEqual(refused.hits, 0)
        counts = self.job.proxy.counts()
        self.assertGreater(counts["PutObject"], 4)
        self.assertEqual(counts["PutObjectTagging"], 1)
        self.assertIn(FOLDER + "ENDED_COPY.csv", s3util.keys(self.job.dest, self.job.dst))
        self.job.assert_copied()

    def tags_are_dropped(self, left: int = 0) -> Rule:
        """HEAD says that the copy has no tags, or so many."""
        def change(_request, said):
            said.headers = [pair for pair in said.headers
                            if pair[0].lower() != "x-amz-tagging-count"]
            said.headers.append(("x-amz-tagging-count", str(left)))
            return said

        return Rule(change_answer(change), op="HeadObject", bucket=self.job.dst)


class Tags(UploadCase):
    """The server drops the tags that Create was given, and refuses to take them later."""

    def setUp(self):
        super().setUp()
        self.job = self.make(Spec(KEY, parts=PARTS, tags={"a": "b"}))
        self.rules = [Locked.tags_are_dropped(self), Rule(DENIED, op="PutObjectTagging")]

    def test_best_effort(self):
        """The copy is there, and a note says what it lacks."""
        self.job.proxy.rules = self.rules
        self.job.run().expect(0)
        line = self.job.result(KEY)
        self.assertEqual((line["status"], line["verified"], line["notes"]),
                         ("COPIED", "etag", ["tags-dropped"]))
        self.assertEqual(self.records(), [])

    def test_one_of_two_is_dropped(self):
        """A copy with some of its tags is not one with its tags."""
        self.job = self.make(Spec(KEY, parts=PARTS, tags={"a": "b", "c": "d"}))
        self.job.proxy.rules = [Locked.tags_are_dropped(self, 1)]
        self.job.run().expect(0)
        self.assertEqual(self.job.proxy.counts()["PutObjectTagging"], 1)
        self.job.assert_copied()

    def test_require(self):
        """FAILED. What is left to do stays on record: the next run puts the tags, and copies
        nothing again."""
        self.job.proxy.rules = self.rules
        self.job.run("--tags", "require").expect(1)
        line = self.job.result(KEY)
        self.assertEqual((line["status"], line["verified"], line["error"]["code"]),
                         ("FAILED", "none", "AccessDenied"))
        self.assertEqual(len(self.records()), 1)
        self.job.proxy.rules = self.rules[:1]
        self.job.run("--tags", "require").expect(0)
        counts = self.job.proxy.counts()
        self.assertEqual((counts["PutObjectTagging"], counts["UploadPartCopy"]), (1, 0))
        self.job.assert_copied()
        self.assertEqual((self.uploads(), self.records()), ([], []))


if __name__ == "__main__":
    unittest.main()
