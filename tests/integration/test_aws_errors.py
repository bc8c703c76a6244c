"""Executions that fail, each under the name of what is wrong, and those that wait for permission.

The tasks run with -vv: not even then may a secret be in what they write.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, s3util
from lib.aws import SANITIZED, SECRETS, Case, Stack, numbered, wait_for
from lib.s3util import Spec
from lib.servers import Rule

from faultproxy import status


def setUpModule():
    """The program, and -vv behind whatever it is told."""
    folder = tempfile.TemporaryDirectory(prefix="copyout-test-")
    unittest.addModuleCleanup(folder.cleanup)
    program = Path(folder.name, "copyout")
    program.write_text(f"#!/bin/sh\nexec '{copyout.BINARY}' \"$@\" -vv\n")
    program.chmod(0o755)
    Case.stack = Stack(heartbeat=60, program=str(program), memory_limits=not SANITIZED)
    unittest.addModuleCleanup(Case.stack.stop)


class Errors(Case):
    """Each is FAILED; `copyout status` says why, and exits as `copyout run` would have."""

    def fails(self, execution, error: str, exit_code: int, cause: str, more: str = "") -> str:
        """It has to end so; returns the cause. `more`: what stands below the line that says so."""
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], error, execution)
        self.assertRegex(found["cause"], cause)
        told = self.stack.copyout("status", execution.arn).expect(exit_code)
        self.assertIn("FAILED after", told.stdout)
        self.assertIn(error, told.stdout)
        self.assertRegex(told.stdout, cause)
        self.assertRegex(told.stdout.partition("\n")[2], rf"\A{more}\Z")
        self.assertNotRegex(told.stdout + told.stderr, SECRETS)
        return found["cause"]

    def alone(self, execution, command: str = "prepare") -> None:
        """There was one task, and nothing was copied."""
        self.assertEqual([task.command for task in execution.tasks()], [[command]])

    # --- some objects are not there

    def test_one_of_seven_is_missing(self):
        job = self.job(numbered(7), maxItemsPerBatch=2)
        missing = list(job.specs)[4]
        self.stack.s3.delete_object(Bucket=job.src, Key=missing)
        execution = job.start()
        cause = self.fails(execution, "CopyIncomplete", 1, r"\b1 of 7\b")
        for word in (f"s3://{job.dst}/ENDED_COPY.csv", "line 5", missing, "NoSuchKey"):
            self.assertIn(word, cause)
        there = [key for key in job.specs if key != missing]
        job.assert_copied(*there)
        self.assertEqual(set(s3util.keys(self.stack.s3, job.dst)),
                         {*there, "STARTED_COPY.txt", "ENDED_COPY.csv"})
        self.assertEqual([row["status"] for row in job.report()],
                         ["COPIED"] * 4 + ["FAILED"] + ["COPIED"] * 2)
        report = json.loads(execution.file("report.json"))
        self.assertEqual((report["items"], report["copied"], report["failed"], report["missing"]),
                         (7, 6, 1, 0))
        self.assertEqual([(failure["line"], failure["sourceKey"], failure["code"])
                          for failure in report["failures"]], [(5, missing, "NoSuchKey")])
        # Once it is there, the same again finishes it.
        s3util.make_object(self.stack.s3, job.src, Spec(missing, size=10))
        again = job.start().output()
        self.assertEqual((again["copied"], again["same"], again["complete"]), (1, 6, True))
        job.assert_copied()

    def test_all_are_missing(self):
        job = self.job(numbered(3), maxItemsPerBatch=1)
        s3util.delete_all(self.stack.s3, job.src)
        execution = job.start(includeCopyReport=False)
        cause = self.fails(execution, "CopyIncomplete", 1, r"\b3 of 3\b")
        self.assertIn(f"s3://{self.stack.work}/{execution.prefix}report.csv", cause)
        self.assertEqual(s3util.keys(self.stack.s3, job.dst), ["STARTED_COPY.txt"])

    def test_a_shard_that_cannot_record(self):
        """Its objects were copied, and are "not reached": nobody knows of them. Report says so."""
        job = self.job(numbered(6), maxItemsPerBatch=2)
        job.proxied(Rule(status(403, "AccessDenied"), op="PutObject", key="results/000001"))
        execution = job.start()
        cause = self.fails(execution, "CopyIncomplete", 1, r"\b2 of 6\b",
                           r"  shard 1 FAILED: CopyoutError: .*AccessDenied.*\n"
                           r"    log: \S+, stream copyout/copyout/[0-9a-f]{32}\n")
        self.assertIn("not reached", cause)
        self.assertEqual([row["status"] for row in job.report()],
                         ["COPIED"] * 2 + ["NOT REACHED"] * 2 + ["COPIED"] * 2)
        self.assertEqual({shard: len(tasks) for shard, tasks in execution.by_shard().items()},
                         {0: 1, 1: 4, 2: 1})
        self.assertEqual(execution.counts()["failed"], 1)

    # --- what was asked for is wrong: one task, and nothing of it waits

    def test_bad_input(self):
        job = self.job(numbered(1))
        for changes, cause in [({"maxItemPerBatch": 5}, "maxItemPerBatch: unknown field"),
                               ({"dryRun": "yes"}, "dryRun: must be true or false"),
                               ({"maxItemsPerBatch": 0}, "maxItemsPerBatch"),
                               ({"destinationBucket": None}, "destinationBucket")]:
            with self.subTest(changes=changes):
                execution = job.start(**changes)
                self.fails(execution, "InvalidInputError", 2, cause)
                self.alone(execution)
        self.assertEqual(s3util.keys(self.stack.s3, job.dst), [])

    def test_bad_manifest(self):
        job = self.job(numbered(2))
        rows = manifest.of_bucket(job.src, job.specs)
        for wrong, cause in [([(job.src,)], r"line 3: 1 column"),
                             ([("No_Bucket", "k"), (job.src, "")], r"line 3.*line 4: the key"),
                             ([(job.src, "another/some/00000")], r"line 1.*line 3|line 3.*line 1")]:
            with self.subTest(wrong=wrong):
                manifest.put(self.stack.s3, self.stack.work, job.manifest, [*rows, *wrong])
                execution = job.start(destinationKeys="basename")
                self.fails(execution, "ManifestError", 2, cause)
                self.alone(execution)
        execution = job.start(sourceFilesCsvKey="no/such.csv")
        self.fails(execution, "ManifestError", 2, r"no/such\.csv.*NoSuchKey")
        self.alone(execution)
        job.proxied(Rule(status(403, "AccessDenied"), key="^manifests/",
                         op=("HeadObject", "GetObject")))
        execution = job.start()  # our own bucket: nobody else will let us in
        self.fails(execution, "ManifestError", 2, "manifests/.*AccessDenied")
        self.alone(execution)
        self.assertEqual(s3util.keys(self.stack.s3, job.dst), [])

    def test_wrong_region(self):
        job = self.job(numbered(1))
        there = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        elsewhere = self.stack.bucket("elsewhere", **there)
        self.stack.s3.put_object(Bucket=elsewhere, Key="k", Body=b"1")
        manifest.put(self.stack.s3, self.stack.work, job.manifest, [(job.src, "some/00000")])
        for changes in ({"destinationBucket": elsewhere},
                        {"destinationRequiredRegion": "ap-southeast-2"},
                        {"sourceRequiredRegion": "ap-southeast-2"}):
            with self.subTest(changes=changes):
                execution = job.start(**changes)
                bucket = job.src if "sourceRequiredRegion" in changes else \
                    changes.get("destinationBucket", job.dst)
                self.fails(execution, "WrongRegionError", 3, bucket)
                self.alone(execution)
        manifest.put(self.stack.s3, self.stack.work, job.manifest, [(elsewhere, "k")])
        execution = job.start()
        self.fails(execution, "WrongRegionError", 3, "eu-west-1")
        self.alone(execution)
        self.assertEqual(s3util.keys(self.stack.s3, job.dst), [])

    def test_input_too_long_for_a_task(self):
        """RunTask takes 8,192 characters of overrides; what does not fit is refused, not cut."""
        job = self.job(numbered(1))
        execution = job.start(destinationFolderKey="x" * 8200 + "/")
        self.fails(execution, "ECS.InvalidParameterException", 4, r"Overrides.*8192")
        self.assertEqual(execution.tasks(), [])
        fits = job.start(destinationFolderKey="x" * 5000 + "/")  # it is the program that says no
        self.fails(fits, "InvalidInputError", 2, "destinationFolderKey")
        self.alone(fits)

    # --- not yet

    def test_no_permission_yet(self):
        """No bucket; then one that lets nobody write; then one that does."""
        job = self.job(numbered(3), maxItemsPerBatch=2)
        late = self.stack.bucket_name("late")
        execution = job.start(destinationBucket=late)

        def waits(reason: str) -> str:
            """It goes on waiting, and `copyout status` says for what."""
            said = wait_for(lambda: (told := self.stack.copyout("status", execution.arn).expect(0)
                                     .stdout) and "waiting" in told and reason in told and told,
                            f"waiting for {reason}", execution)
            self.assertIn("RUNNING", said)
            self.assertIn("AccessDeniedError", said)
            self.assertIn(late, said)
            self.assertEqual(execution.tasks("copy"), [])
            return said

        waits("does not exist")
        proxy = job.proxied(Rule(status(403, "AccessDenied", "Access Denied"), op="PutObject",
                                 bucket=late))
        self.stack.s3.create_bucket(Bucket=late)
        waits("may not write")
        json_told = self.stack.copyout("status", execution.arn, "--json").expect(0).json
        self.assertEqual((json_told["status"], json_told["error"]),
                         ("RUNNING", "AccessDeniedError"))
        self.assertEqual(execution.describe()["status"], "RUNNING")
        proxy.rules = []
        self.assertEqual(execution.output()["copied"], 3)
        self.assertGreaterEqual(len(execution.tasks("prepare")), 3)
        self.assertEqual(set(execution.errors()), {"AccessDeniedError"})
        s3util.assert_same_objects(self.stack.s3, job.src, self.stack.s3, late,
                                   {key: key for key in job.specs}, content=True)

    def test_source_without_permission(self):
        """That is no reason to wait: each object has its result."""
        job = self.job(numbered(4), maxItemsPerBatch=2)
        job.proxied(Rule(status(403, "AccessDenied", "Access Denied"), bucket=job.src,
                         op=("HeadObject", "GetObject")))
        execution = job.start()
        cause = self.fails(execution, "CopyIncomplete", 1, r"\b4 of 4\b")
        self.assertIn("AccessDenied", cause)


if __name__ == "__main__":
    unittest.main()
