"""deploy/try: what it makes, compares and removes, on moto; and all of it on the local AWS.

    python3 -m unittest -v try_lib.test_try      # in deploy/
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent.parent
SERVERS = DEPLOY.parent / "tests" / "servers"
sys.path[:0] = [str(DEPLOY), str(SERVERS)]
from faultproxy import FaultProxy, Rule, answer, status
from local_aws import LocalAws
from local_aws_client import USER
from local_aws_template import template
from moto import Moto
from try_lib import samples as s
from try_lib.places import Account, Bucket

CREDENTIALS = {"AWS_ACCESS_KEY_ID": USER[0], "AWS_SECRET_ACCESS_KEY": USER[1]}


class Pieces(unittest.TestCase):
    """The parts that need no state machine."""

    @classmethod
    def setUpClass(cls):
        cls.moto = Moto()
        cls.addClassCleanup(cls.moto.stop)
        kept = dict(os.environ)
        cls.addClassCleanup(lambda: (os.environ.clear(), os.environ.update(kept)))
        os.environ.update(AWS_ENDPOINT_URL=cls.moto.endpoint, **CREDENTIALS)
        cls.account = Account(None, "us-east-1")

    def bucket(self, name: str) -> Bucket:
        """A new bucket."""
        bucket = Bucket(self.account, name, "us-east-1")
        bucket.make()
        self.addCleanup(bucket.remove)
        return bucket

    def test_differences_are_found(self):
        """Size, ETag, content type, metadata and absence, each."""
        bucket = self.bucket("differences")
        samples = s.make_samples("from/", 6, True)
        s.put_samples(bucket.s3, bucket.name, samples)
        self.assertEqual(len({one.etag for one in samples}), len(samples))
        self.assertTrue(samples[-1].etag.endswith('-3"'), samples[-1].etag)
        self.assertEqual([one.size for one in samples if one.key == "from/empty"], [0])
        self.assertEqual(s.differences(bucket.s3, bucket.name, "", samples), [])

        def put(one: s.Sample, **other):
            bucket.s3.put_object(**{
                "Bucket": bucket.name, "Key": one.key, "Body": one.body(),
                "ContentType": one.content_type, "Metadata": one.metadata, **other})

        put(samples[0], Body=samples[0].body()[1:])
        put(samples[1], Body=samples[1].body()[::-1])
        put(samples[2], ContentType="text/html")
        put(samples[4], Metadata={"sample": "another"})
        bucket.s3.delete_object(Bucket=bucket.name, Key=samples[5].key)
        put(samples[-1])  # the same bytes in one piece
        found = s.differences(bucket.s3, bucket.name, "", samples)
        self.assertEqual([text.split(": ")[1].split(" is ")[0] for text in found],
                         ["size", "ETag", "content type", "metadata", "404", "ETag"], found)

    def test_only_what_was_made_is_removed(self):
        """Neighbours, and buckets that were there before, stay; versions and uploads go."""
        bucket = self.bucket("removal")
        bucket.s3.put_bucket_versioning(Bucket=bucket.name,
                                        VersioningConfiguration={"Status": "Enabled"})
        for key in ("a/1", "a/1", "a/2", "ab", "b/1"):
            bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=b"x")
        bucket.s3.delete_object(Bucket=bucket.name, Key="a/2")
        for key in ("a/upload", "b/upload"):
            bucket.s3.create_multipart_upload(Bucket=bucket.name, Key=key)
        bucket.empty("a/")
        versions = bucket.s3.list_object_versions(Bucket=bucket.name)
        self.assertEqual([found["Key"] for found in versions["Versions"]], ["ab", "b/1"])
        self.assertNotIn("DeleteMarkers", versions)
        uploads = bucket.s3.list_multipart_uploads(Bucket=bucket.name)["Uploads"]
        self.assertEqual([upload["Key"] for upload in uploads], ["b/upload"])
        again = Bucket(self.account, bucket.name, "us-east-1")
        again.make()
        self.assertFalse(again.made)
        again.remove()
        with self.assertRaises(AssertionError):
            again.empty("")
        self.assertIn("ab", bucket.names(""))


class Whole(unittest.TestCase):
    """deploy/try as a person calls it, on a stack of its own."""

    def deploy(self, program: str | list[str] | None = None) -> LocalAws:
        """A local AWS with the stack in it."""
        options = {"longest_retry": 0.1, **({"program": program} if program else {})}
        aws = LocalAws(options)
        self.addCleanup(aws.stop)
        self.stack = aws.deploy(template(), "CopyOut")
        return aws

    def try_(self, aws: LocalAws, *args: str,
             stop_at: str | None = None) -> subprocess.CompletedProcess:
        """Run it, or stop it when it says something; afterwards nothing of it may be left."""
        before = self.everything(aws)
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("AWS_", "COPYOUT_"))}
        env.update(CREDENTIALS, AWS_ENDPOINT_URL=aws.endpoint, AWS_REGION="us-east-1")
        command = [sys.executable, "-B", str(DEPLOY / "try"), *args]
        with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as running:
            said = ""
            while stop_at and stop_at not in said:
                said += running.stdout.readline() or self.fail(f"it ended:\n{said}")
            if stop_at:
                running.terminate()
            said += running.communicate(timeout=300)[0]
        if "--keep" not in args:
            self.assertEqual(self.everything(aws), before, said)
        return subprocess.CompletedProcess(command, running.returncode, said)

    def everything(self, aws: LocalAws) -> dict[str, list[str]]:
        """Every key of every bucket."""
        s3 = aws.client("s3")
        names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        return {name: [found["Key"] for found in
                       s3.list_objects_v2(Bucket=name).get("Contents", [])] for name in names}

    def test_a_good_stack(self):
        """All checks, within the work folder; then some, between buckets; then what goes wrong."""
        aws = self.deploy()
        done = self.try_(aws, "--state-machine", self.stack["StateMachineArn"], "--work",
                         self.stack["WorkFolder"], "--objects", "40", "--large")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("all 8 checks went well", done.stdout)
        done = self.try_(aws, "--stack", "CopyOut", "--source-bucket", "ours",
                         "--destination-bucket", "theirs", "--objects", "5", "rerun",
                         "wrong-region")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("all 2 checks went well", done.stdout)

        done = self.try_(aws, "--stack", "CopyOut", "--objects", "5", "--verbose", "denied",
                         stop_at="refused, as it should be")
        self.assertEqual(done.returncode, 1, done.stdout)
        execution = re.search(r"started (\S+)", done.stdout)[1]
        self.assertEqual(aws.wait(execution, 0)["status"], "ABORTED")
        # A destination that lets nobody in, and one that does not answer.
        rule = Rule(status(403, "AccessDenied"), key="STARTED_COPY.txt$")
        refusing = FaultProxy(aws.endpoint, [rule])
        self.addCleanup(refusing.stop)
        for endpoint, seconds, expected in (
                (refusing.endpoint, "60",
                 "it may not write: .*AccessDenied(?s:.*)allowWriteToInstalledAccount=true"),
                ("http://127.0.0.1:9", "2", "not over after 2 s(?s:.*)ExecutionAborted")):
            aws.set_environment(AWS_ENDPOINT_URL_S3=endpoint)
            done = self.try_(aws, "--stack", "CopyOut", "--objects", "5", "--timeout", seconds,
                             "normal")
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertRegex(done.stdout, f"FAILED  normal .*{expected}")

    def test_a_stack_whose_tasks_may_not_answer(self):
        """Nothing else is tried then; it is told whose tasks they are."""
        aws = self.deploy()
        shards = [False]

        def is_refused(request) -> bool:
            """All callbacks, or only those of shards."""
            tasks = aws.tasks("copy") if shards[0] else aws.tasks()
            return any(task.environment["COPYOUT_TASK_TOKEN"].encode() in request.body
                       for task in tasks)

        refusing = FaultProxy(aws.endpoint, [Rule(answer(
            400, b'{"__type": "AccessDeniedException", "Message": "not authorized"}',
            {"Content-Type": "application/x-amz-json-1.0"}), when=is_refused)])
        self.addCleanup(refusing.stop)
        aws.set_environment(AWS_ENDPOINT_URL_SFN=refusing.endpoint)
        for shards[0], whose in ((False, "Prepare or Report"), (True, "a shard")):
            done = self.try_(aws, "--stack", "CopyOut", "--objects", "5", "--timeout", "12")
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertRegex(done.stdout, f"FAILED  tokens .*no answer came from the task of {whose}.*"
                             'states:SendTaskHeartbeat for the resource "\\*"')
            self.assertIn("FAILED: 1 of 1 checks", done.stdout)
        self.assertEqual(refusing.errors, [])

    def test_a_stack_that_copies_nothing(self):
        """A program that says that all is well is not believed."""
        aws = self.deploy([sys.executable, str(SERVERS / "fake_copyout.py")])
        done = self.try_(aws, "--stack", "CopyOut", "--objects", "5", "normal", "missing")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("FAILED: 2 of 2 checks", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ +\d+ ExecutionSucceeded")


if __name__ == "__main__":
    unittest.main()
