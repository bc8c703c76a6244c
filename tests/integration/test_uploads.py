"""Uploads that cannot be removed, records that cannot be read, answers that nobody believes.

None of it may leave parts that nobody knows of, take what is somebody else's, or end as a success
that was not seen. test_resume has the ordinary ways.
"""

from __future__ import annotations

import json
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, Job, Other
from lib.s3util import MIN_PART, Spec
from faultproxy import FaultProxy, Rule, answer, call_before, stall, stall_after, status

PARTS = [MIN_PART, MIN_PART, MIN_PART, 9]
KEY = "big one"
DENIED = status(403, "AccessDenied")


class Case(unittest.TestCase):
    """A job of one object in four parts, on moto."""

    def setUp(self):
        self.server = servers.moto()
        self.job = self.make(Spec(KEY, parts=PARTS))

    def make(self, *specs: Spec) -> Job:
        """A job of its own."""
        return Job(self, self.server, specs)

    def uploads(self) -> list[tuple[str, str]]:
        """Those that are not finished."""
        return s3util.unfinished_uploads(self.job.dest, self.job.dst)

    def records(self) -> list[Path]:
        """Those of the work folder."""
        return sorted(self.job.work.glob("uploads/*.json"))

    def cleanup(self, code: int = 0) -> copyout.Result:
        """`copyout cleanup`, through the proxy."""
        return copyout.run(["cleanup", "--work", self.job.work],
                           self.server.through(self.job.proxy)).expect(code)

    def killed_at(self, rule: Rule, ready=lambda: True) -> None:
        """A run is killed when the rule has struck."""
        self.job.proxy.reset([rule])
        running = copyout.Running(self.job.arguments(), self.server.through(self.job.proxy))
        wait_for(lambda: rule.hits and ready(), "the request at which it is killed")
        running.process.kill()
        running.wait()
        self.job.proxy.reset()

    def killed_at_part(self, part: int = 4) -> None:
        """All parts but this one are there."""
        self.killed_at(Rule(stall(), op="UploadPartCopy", part=part), lambda: sum(
            request.status == 200 for request in self.job.proxy.requests("UploadPartCopy")) == 3)

    def run_to_the_end(self) -> None:
        """Nothing stands in the way any more: done, and nothing left."""
        self.job.proxy.rules = []
        self.job.run().expect(0)
        self.job.assert_copied()
        self.assertEqual((self.uploads(), self.records()), ([], []))


class Abort(Case):
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


class Records(Case):
    """What the work store knows of an upload."""

    def shift(self, seconds: int) -> None:
        """As if the record had been written then."""
        (path,) = self.records()
        record = json.loads(path.read_text())
        for name in ("at", "until"):
            if name in record:
                record[name] += seconds
        path.write_text(json.dumps(record))

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
        self.shift(-3600)
        old = self.uploads()
        self.job.put_source(Other(KEY, parts=PARTS))
        self.killed_at(Rule(stall_after(), op="CreateMultipartUpload"),
                       lambda: self.uploads() not in ([], old))
        self.run_to_the_end()

    def test_clock_that_is_off(self):
        """The times on record are S3's: ours may be wrong by minutes, and nothing says so."""
        self.killed_at(Rule(stall_after(), op="CreateMultipartUpload"), self.uploads)
        (path,) = self.records()
        record = json.loads(path.read_text())
        (upload,) = self.job.dest.list_multipart_uploads(Bucket=self.job.dst)["Uploads"]
        made = upload["Initiated"].timestamp()
        self.assertTrue(record["at"] - 2 <= made <= record["until"] + 2, (record, made))
        self.run_to_the_end()

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


class Unreadable(Case):
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


class Mute(Case):
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


class Locked(Case):
    """A bucket with Object Lock and a default retention takes no object without its MD5."""

    def test_what_we_write_has_its_md5(self):
        """Marker, report, tags, and the files of a work store."""
        bucket = self.server.bucket_name("work")
        s3util.make_bucket(self.job.dest, bucket)
        refused = Rule(status(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is "
                              "required for Put Object requests with Object Lock parameters"),
                       op=("PutObject", "UploadPart", "PutObjectTagging"),
                       when=lambda request: "content-md5" not in request.headers)
        self.job.proxy.reset([refused])
        copyout.run(self.job.arguments("--work", f"s3://{bucket}/w/"),
                    self.server.through(self.job.proxy)).expect(0)
        self.assertEqual(refused.hits, 0)
        self.assertGreater(self.job.proxy.counts()["PutObject"], 4)
        self.assertIn(FOLDER + "ENDED_COPY.csv", s3util.keys(self.job.dest, self.job.dst))


if __name__ == "__main__":
    unittest.main()
