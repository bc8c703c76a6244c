"""An installation that names its sources and the accounts of its destinations.

S3 holds the tasks to what their synthesised task role allows (moto_rights.py), so that a job that
is right shows that the role is enough, and one that is not is refused by S3 where the program does
not refuse it before.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import manifest, s3util
from lib.aws import Case, Execution, Stack, wait_for
from lib.s3util import Spec

import boto3
from botocore.config import Config

MIB = 1 << 20
THEIRS, OTHERS = "111122223333", "444455556666"  # the first is one of destinationAccounts
SOURCES = "narrow-ours,narrow-data-*"
OBJECTS = [Spec("a/small", size=10, tags={"of": "a"}), Spec("a/other", size=1000),
           Spec("b/parts", parts=[5 * MIB, 5 * MIB, 7], tags={"of": "parts"})]


def client_of(account: str):
    """S3 as somebody of another account."""
    stack = Case.stack
    keys = stack.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/owner", RoleSessionName="owner")["Credentials"]
    return boto3.session.Session().client(
        "s3", region_name=stack.region, endpoint_url=stack.endpoint,
        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"], config=Config(s3={"addressing_style": "path"}))


def setUpModule():
    """The stack, and buckets of three accounts."""
    Case.stack = Stack(template="CopyOutNarrowed", rights=True, heartbeat=60)
    unittest.addModuleCleanup(Case.stack.stop)
    for bucket in ("narrow-ours", "narrow-data-1", "elsewhere"):
        Case.stack.s3.create_bucket(Bucket=bucket)
        s3util.make_objects(Case.stack.s3, bucket, OBJECTS)
    client_of(THEIRS).create_bucket(Bucket="theirs")
    client_of(OTHERS).create_bucket(Bucket="others")


class Narrowed(Case):
    """Jobs of such an installation."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, bucket: str, to: str, *args: str) -> Execution:
        """`copyout start` of all objects of a bucket."""
        path = self.folder / "files.csv"
        path.write_bytes(manifest.write(manifest.of_bucket(bucket, [one.key for one in OBJECTS])))
        result = self.stack.copyout("start", "--manifest", str(path), "--to", to, *args)
        return self.began(result.expect(0).stdout.split()[0])

    def began(self, arn: str) -> Execution:
        """An execution that this test ends with."""
        execution = Execution(self.stack, arn)
        self.executions.append(execution)
        return execution

    def refusal(self, execution: Execution) -> str:
        """The cause of the first AccessDeniedError of Prepare, which waits and asks again."""
        failed = wait_for(lambda: [event["taskFailedEventDetails"]
                                   for event in self.stack.history(execution.arn)
                                   if event["type"] == "TaskFailed"], "a refusal", execution)[0]
        self.assertEqual(failed["error"], "AccessDeniedError", execution)
        return failed["cause"]

    def test_what_it_is_for(self):
        to = {spec.key: f"release-1/{spec.key}" for spec in OBJECTS}
        for bucket, status in (("narrow-ours", "copied"), ("narrow-data-1", "copied"),
                               ("narrow-ours", "same")):
            with self.subTest(bucket=bucket, status=status):
                folder = f"s3://theirs/{bucket}/"
                execution = self.start(bucket, f"{folder}release-1/")
                output = execution.output()
                self.assertEqual((output["complete"], output[status]), (True, len(OBJECTS)), output)
                self.assertEqual(output["tagsDropped"], 0)
                s3util.assert_same_objects(
                    self.stack.s3, bucket, self.stack.s3, "theirs",
                    {source: f"{bucket}/{key}" for source, key in to.items()})
                for own in ("STARTED_COPY.txt", "ENDED_COPY.csv"):
                    self.assertTrue(s3util.exists(
                        self.stack.s3, "theirs", f"{bucket}/release-1/{own}"), own)
                for task in execution.tasks():
                    self.assertNotIn("AccessDenied", task.text)

    def test_another_source(self):
        execution = self.start("elsewhere", "s3://theirs/no/")
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "ManifestError", execution)
        self.assertIn(f'bucket "elsewhere" is none that this installation copies from ({SOURCES},',
                      found["cause"])
        self.assertIn("line 1", found["cause"])
        self.assertIn("sourceBuckets", found["cause"])
        self.assertEqual(len(execution.tasks()), 1)
        self.assertEqual(s3util.keys(self.stack.s3, "theirs", "no/"), [])
        status = self.stack.copyout("status", execution.arn)
        self.assertIn("elsewhere", status.stdout + status.stderr)

    def test_a_manifest_elsewhere(self):
        manifest.put(self.stack.s3, "elsewhere", "files.csv",
                     manifest.of_bucket("narrow-ours", ["a/small"]))
        execution = self.began(self.stack.start(self.stack.machine, {
            "sourceFilesCsvBucket": "elsewhere", "sourceFilesCsvKey": "files.csv",
            "destinationBucket": "theirs"}))
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "ManifestError", execution)
        self.assertIn("manifest s3://elsewhere/files.csv: AccessDenied", found["cause"])
        self.assertIn(f"this installation reads {SOURCES},", found["cause"])
        self.assertIn("adds the bucket of the manifest to sourceBuckets", found["cause"])

    def test_another_account(self):
        cause = self.refusal(self.start("narrow-ours", "s3://others/no/"))
        self.assertIn("may not write to s3://others/no/ (AccessDenied", cause)
        self.assertIn(f"this installation may write to buckets of {THEIRS} (destinationAccounts of "
                      "its stack) alone", cause)
        self.assertEqual(s3util.keys(self.stack.s3, "others"), [])

    def test_its_own_account(self):
        cause = self.refusal(self.start("narrow-ours", "s3://narrow-ours/no/"))
        self.assertIn("may not write to s3://narrow-ours/no/ (AccessDenied", cause)
        self.assertIn("s3:PutObject on resource: \"arn:aws:s3:::narrow-ours/no/STARTED_COPY.txt\" "
                      "with an explicit deny in an identity-based policy", cause)
        self.assertIn("destinationAccounts", cause)
        self.assertEqual(s3util.keys(self.stack.s3, "narrow-ours", "no/"), [])

    def test_a_right_that_is_given(self):
        """S3 asks s3:PutObjectAcl of a copy that is given an ACL, in one piece and in parts."""
        execution = self.start("narrow-ours", "s3://theirs/acl/", "--acl", "bucket-owner-full-control")
        output = execution.output()
        self.assertEqual((output["complete"], output["copied"]), (True, len(OBJECTS)), output)

    def test_a_right_that_is_not_given(self):
        execution = self.start("narrow-ours", "s3://theirs/no/", "--object-lock", "require")
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "InvalidInputError", execution)
        self.assertIn("objectLock: this installation may not copy retention", found["cause"])
        self.assertIn("adds retention to extraRights of the stack", found["cause"])
        self.assertEqual(len(execution.tasks()), 1)

    def test_a_line_that_asks_for_a_right(self):
        lines = [{"sourceBucket": "narrow-ours", "sourceKey": "a/small", "objectLock": "keep"},
                 {"sourceBucket": "narrow-ours", "sourceKey": "a/other", "objectLock": "require"}]
        path = self.folder / "files.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        result = self.stack.copyout("start", "--manifest", str(path), "--to", "s3://theirs/no/")
        execution = self.began(result.expect(0).stdout.split()[0])
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "ManifestError", execution)
        self.assertIn("line 2: objectLock: this installation may not copy retention", found["cause"])
        self.assertEqual(s3util.keys(self.stack.s3, "theirs", "no/"), [])

    def test_a_task_that_is_not_to_be_chosen(self):
        for args, words in ((["--capacity", "on-demand"], "jobCapacity"),
                            (["--architecture", "x86_64"], "jobArchitecture"),
                            (["--cpu", "512"], "jobMostCpu"),
                            (["--memory", "1024"], "jobMostMemoryMiB")):
            with self.subTest(args=args):
                execution = self.start("narrow-ours", "s3://theirs/no/", *args)
                found = execution.ends("FAILED")
                self.assertEqual(found["error"], "InvalidInputError", execution)
                self.assertIn(f"({words} of the stack)", found["cause"])
                self.assertEqual(len(execution.tasks()), 1)


if __name__ == "__main__":
    unittest.main()
