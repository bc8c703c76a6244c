"""Who may not, is told so at once, in one line, and nothing of theirs or ours is changed.

The order is ours first, then theirs: an input of ours that is wrong is never found out only after
waiting for somebody else's permission.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util, servers  # also puts tests/servers on the path
from lib.jobs import FOLDER, Job
from lib.s3util import ALL_METADATA, ALL_TAGS, Spec
from faultproxy import Rule, call_after

SECONDS = 60  # how long a test waits for what must happen


def specs() -> list[Spec]:
    """A few objects of both kinds."""
    return [Spec("a", size=3), Spec("b", size=4, metadata=ALL_METADATA), Spec("p", parts=[9])]


def lines(text: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line for line in text.splitlines() if line.strip()]


def let_write(job: Job, user: str, actions=("s3:PutObject", "s3:GetObject", "s3:ListBucket",
                                            "s3:AbortMultipartUpload")) -> None:
    """What a recipient does when asked: a policy that lets another user write."""
    statement = {"Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam:::user/{user}"]},
                 "Action": list(actions),
                 "Resource": [f"arn:aws:s3:::{job.dst}", f"arn:aws:s3:::{job.dst}/*"]}
    job.dest.put_bucket_policy(Bucket=job.dst, Policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [statement]}))


class Case(unittest.TestCase):
    """What the tests below share; it has none of its own."""

    def refused(self, job: Job, result: copyout.Result, *words: str) -> None:
        """It ended with 3 and one line that has these words, and the destination is untouched."""
        result.expect(3)
        said = lines(result.said)
        self.assertEqual(len(said), 1, result)
        for word in words:
            self.assertIn(word, said[0])
        self.untouched(job)

    def untouched(self, job: Job) -> None:
        """The destination is as empty as it was."""
        self.assertEqual(s3util.keys(job.dest, job.dst), [])
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])


class DestinationOnRgw(Case):
    """May we write? (RGW, which knows rights.) `source` owns the sources and may read them; the
    destination is `dest`'s."""

    def setUp(self):
        self.job = Job(self, servers.rgw(), specs())

    def run_as(self, user: str, *options: str, **how) -> copyout.Result:
        """Run the job as another user."""
        return self.job.run(*options, user=user, **how)

    def test_no_permission(self):
        for options in ((), ("--dry-run",)):
            with self.subTest(options=options):
                result = self.run_as("source", *options)
                self.refused(self.job, result, self.job.dst)
                self.assertRegex(result.stderr, "(?i)denied|permission|may not|not allowed")
                self.assertEqual(self.job.proxy.requests("CopyObject"), [])

    def test_our_own_mistakes_come_first(self):
        """A wrong manifest is exit 2, also without permission, and the recipient is not asked."""
        self.job.manifest.write_text("only one column\n")
        result = self.run_as("source", "--wait", "60s").expect(2)
        self.assertIn("line 1", result.stderr)
        self.assertEqual(self.job.proxy.requests(bucket=self.job.dst), [])

    def test_no_such_bucket(self):
        name = self.job.server.bucket_name("not-there")
        result = self.run_as("source", "--to", f"s3://{name}/f/")
        result.expect(3)
        self.assertEqual(len(lines(result.said)), 1)
        self.assertIn(name, result.stderr)

    def test_wait_ends(self):
        began = time.monotonic()
        result = self.run_as("source", "--wait", "5s")
        self.assertGreaterEqual(time.monotonic() - began, 4.5)
        result.expect(3)
        self.assertIn(self.job.dst, lines(result.said)[-1])
        self.untouched(self.job)
        self.assertGreater(len(self.job.proxy.requests(bucket=self.job.dst)), 1)

    def wait_for(self, refusal: int, then, *options: str) -> copyout.Result:
        """Run with --wait; `then` is called when the program has been refused at least once."""
        refused = threading.Event()

        def watch(request):
            if request.upstream_status == refusal:
                refused.set()

        self.job.proxy.rules = [Rule(call_after(watch))]
        self.job.proxy.reset(self.job.proxy.rules)
        running = copyout.Running(
            self.job.arguments("--json", "--quiet", "--wait", "60s", *options),
            self.job.server.through(self.job.proxy), user="source")
        try:
            self.assertTrue(refused.wait(SECONDS), "it was never refused")
            then()
        finally:
            result = running.wait(SECONDS + 30)
        return result

    def test_wait_until_permission_arrives(self):
        result = self.wait_for(403, lambda: let_write(self.job, "source"))
        self.assertEqual(result.expect(0).json["copied"], len(self.job.specs))
        copies = {FOLDER + key for key in self.job.specs}
        self.assertTrue(copies <= set(s3util.keys(self.job.dest, self.job.dst)))
        # The copies are the writer's: the recipient's own user may not read them here.
        for key in self.job.specs:
            self.assertEqual(s3util.look(self.job.source, self.job.dst, FOLDER + key).etag,
                             self.job.etag_of_source(key))

    def test_wait_until_the_bucket_is_created(self):
        name = self.job.server.bucket_name("made-later")
        result = self.wait_for(404, lambda: s3util.make_bucket(self.job.source, name),
                               "--to", f"s3://{name}/f/")
        self.assertEqual(result.expect(0).json["copied"], len(self.job.specs))
        self.assertTrue({"f/" + key for key in self.job.specs} <=
                        set(s3util.keys(self.job.source, name)))

    def test_bad_credentials(self):
        """Nothing can be said of any bucket; it is not an object's failure, and not a wait."""
        for env, code in (({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
                          ({"AWS_ACCESS_KEY_ID": "UNKNOWNUNKNOWN00000"}, "InvalidAccessKeyId")):
            with self.subTest(code):
                result = self.job.run(env=env).expect(4)
                self.assertEqual(len(lines(result.said)), 1, result)
                self.assertIn(code, result.stderr)
                self.untouched(self.job)

    def test_no_credentials(self):
        began = time.monotonic()
        result = self.job.run(env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
        result.expect(4)
        self.assertIn("credentials", result.stderr)
        self.assertEqual(len(lines(result.said)), 1, result)
        self.assertLess(time.monotonic() - began, 10, "it is known at once")
        self.untouched(self.job)

    def test_dry_run(self):
        """Everything is checked, also the right to write; and nothing is left."""
        told = self.job.run("--dry-run").expect(0).json
        self.untouched(self.job)
        counts = self.job.proxy.counts()
        self.assertEqual((counts["PutObject"], counts["CopyObject"], counts["UploadPartCopy"]),
                         (0, 0, 0))
        self.assertEqual(counts["CreateMultipartUpload"], counts["AbortMultipartUpload"])
        self.assertEqual(counts["CreateMultipartUpload"], 1)
        self.assertEqual((told["items"], told["copied"], told["failed"]),
                         (len(self.job.specs), 0, 0))
        given = self.job.folder / "input.json"
        given.write_text(json.dumps({"dryRun": True}))
        self.job.run(str(given)).expect(0)
        self.untouched(self.job)

    def test_dry_run_looks_at_every_object(self):
        """What it promises: an object that is not there is known before the real run."""
        self.job.list(["a", "not there", "b"])
        result = self.job.run("--dry-run")
        looked = {request.key for request in self.job.proxy.requests(bucket=self.job.src)
                  if request.op in ("HeadObject", "ListObjectsV2", "GetObject")}
        self.assertTrue({"a", "not there", "b"} <= looked or "" in looked, looked)
        self.assertNotEqual(result.returncode, 0)
        self.untouched(self.job)


class Sources(Case):
    """What is wrong with one source is one line's result; the others are copied."""

    def failed(self, job: Job, result: copyout.Result, key: str, code: str) -> None:
        """Exactly this one failed with S3's code, and the report says so too."""
        told = result.expect(1).json
        others = [name for name in job.specs if name != key]
        self.assertEqual((told["copied"], told["failed"]), (len(others), 1))
        line = job.result(key)
        self.assertEqual((line["status"], line["error"]["code"], line["verified"]),
                         ("FAILED", code, "none"))
        self.assertEqual(line["error"]["httpStatus"], {"NoSuchKey": 404, "AccessDenied": 403,
                                                       "NoSuchBucket": 404}[code])
        self.assertTrue(line["error"]["requestId"])
        rows = {row["source"]: row for row in job.report()}
        self.assertEqual(len(rows), len(others) + 1)
        row = rows[f"s3://{line['sourceBucket']}/{key}"]
        self.assertEqual(row["status"], "FAILED")
        self.assertIn(code, row["message"])
        job.assert_copied(*others)
        self.assertIsNone(job.copy_of(key))

    def test_missing_object(self):
        for kind in ("rgw", "moto"):
            with self.subTest(server=kind):
                job = Job(self, servers.get(kind), specs())
                job.list(["a", "missing", "b", "p"])
                self.failed(job, job.run(), "missing", "NoSuchKey")
                said = copyout.run(job.arguments(), job.server).expect(1)
                self.assertRegex(said.stderr, r"line 2\b.*missing.*NoSuchKey")
                self.assertRegex(said.stdout, r"\b1 failed\b")

    def test_object_that_may_not_be_read(self):
        job = Job(self, servers.rgw(), specs())
        policy = json.loads(job.source.get_bucket_policy(Bucket=job.src)["Policy"])
        policy["Statement"].append({
            "Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam:::user/dest"]},
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": [f"arn:aws:s3:::{job.src}/b"]})
        job.source.put_bucket_policy(Bucket=job.src, Policy=json.dumps(policy))
        self.failed(job, job.run(), "b", "AccessDenied")

    def test_bucket_that_may_not_be_read(self):
        """One bucket of several is closed: its objects fail, the others are copied."""
        job, closed = Job(self, servers.rgw(), specs()), servers.rgw().bucket_name("closed")
        s3util.make_bucket(job.source, closed)
        job.source.put_object(Bucket=closed, Key="secret", Body=b"x")
        with open(job.manifest, "a") as file:
            file.write(f"{closed},secret\n")
        self.failed(job, job.run(), "secret", "AccessDenied")

    def test_bucket_that_is_missing(self):
        job, gone = Job(self, servers.rgw(), specs()), servers.rgw().bucket_name("gone")
        with open(job.manifest, "a") as file:
            file.write(f"{gone},k\n")
        result = job.run().expect(1)
        self.assertEqual((result.json["copied"], result.json["failed"]), (3, 1))
        self.assertEqual(job.result("k")["error"]["code"], "NoSuchBucket")


class Tags(Case):
    """Tags that we may not read or write."""

    def tagged(self, **how) -> Job:
        """One object of each kind with tags, and one without."""
        return Job(self, servers.rgw(), [Spec("one", size=3, tags=ALL_TAGS),
                                         Spec("parts", parts=[9], tags=ALL_TAGS),
                                         Spec("untagged", size=4)], **how)

    def test_best_effort(self):
        """Copied without, if need be; and the result says so of those that had some."""
        job = self.tagged(tags=False)
        told = job.run().expect(0).json
        self.assertEqual((told["copied"], told["verified"]["etag"]), (3, 3))
        job.assert_copied(tags=False)
        for key in ("one", "parts"):
            # RGW lets CopyObject take the tags along though they may not be read.
            kept = s3util.get_tags(job.dest, job.dst, FOLDER + key)
            notes = job.result(key).get("notes", [])
            self.assertEqual("tags-dropped" in notes, not kept, (key, notes, kept))
            self.assertIn(kept, ({}, ALL_TAGS))
        self.assertNotIn("notes", job.result("untagged"))
        self.assertEqual(s3util.get_tags(job.dest, job.dst, FOLDER + "parts"), {})

    def test_require(self):
        job = self.tagged(tags=False)
        told = job.run("--tags", "require").expect(1).json
        self.assertGreaterEqual(told["failed"], 1)
        self.assertEqual(job.result("parts")["status"], "FAILED")
        self.assertEqual(job.result("parts")["error"]["code"], "AccessDenied")
        self.assertIsNone(job.copy_of("parts"))
        self.assertEqual(job.result("untagged")["status"], "COPIED")
        if job.result("one")["status"] == "COPIED":
            self.assertEqual(s3util.get_tags(job.dest, job.dst, FOLDER + "one"), ALL_TAGS)

    def test_require_with_rights(self):
        job = self.tagged()
        job.run("--tags", "require").expect(0)
        job.assert_copied()



class Regions(Case):
    """Buckets in another region than we run in: copying there costs money by the byte."""

    def job(self, source: str | None = None, destination: str | None = None) -> Job:
        """A job whose buckets lie in these regions, by default where we run."""
        server = servers.moto()
        job = Job(self, server, [Spec("a", size=3)])
        for attribute, region in (("src", source), ("dst", destination)):
            if region:
                name = server.bucket_name(f"{attribute}-elsewhere")
                job.dest.create_bucket(Bucket=name, CreateBucketConfiguration={
                    "LocationConstraint": region})
                setattr(job, attribute, name)
        job.put_source(*job.specs.values())
        job.list(job.specs)
        return job

    def with_input(self, job: Job, **fields) -> copyout.Result:
        """Run it with these fields of the input."""
        given = job.folder / "input.json"
        given.write_text(json.dumps(fields))
        return job.run(str(given))

    def test_destination_elsewhere(self):
        job = self.job(destination="eu-west-1")
        self.refused(job, job.run(), job.dst, "eu-west-1", "us-east-1")

    def test_source_elsewhere(self):
        job = self.job(source="ap-southeast-2")
        self.refused(job, job.run(), job.src, "ap-southeast-2", "us-east-1")

    def test_waiting_does_not_help(self):
        """A region does not change: it is said at once, whatever --wait says."""
        job = self.job(destination="eu-west-1")
        self.refused(job, job.run("--wait", "1h", timeout=SECONDS), job.dst, "eu-west-1")

    def test_any_region(self):
        job = self.job(destination="eu-west-1", source="ap-southeast-2")
        self.refused(job, self.with_input(job, destinationRequiredRegion=""), "ap-southeast-2")
        self.refused(job, self.with_input(job, sourceRequiredRegion=""), "eu-west-1")
        told = self.with_input(job, sourceRequiredRegion="", destinationRequiredRegion="")
        self.assertEqual(told.expect(0).json["copied"], 1)
        job.assert_copied()

    def test_required_region(self):
        """The region that is required is the bucket's, not ours."""
        job = self.job(destination="eu-west-1", source="eu-west-1")
        self.refused(job, self.with_input(job, destinationRequiredRegion="eu-west-2",
                                          sourceRequiredRegion="eu-west-1"),
                     "eu-west-1", "eu-west-2")
        self.refused(job, self.with_input(job, destinationRequiredRegion="eu-west-1",
                                          sourceRequiredRegion="eu-west-2"),
                     job.src, "eu-west-1", "eu-west-2")
        self.with_input(job, destinationRequiredRegion="eu-west-1",
                        sourceRequiredRegion="eu-west-1").expect(0)
        job.assert_copied()


if __name__ == "__main__":
    unittest.main()
