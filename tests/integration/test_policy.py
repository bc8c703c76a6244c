"""The policies that `copyout policy` prints are enough for the job, and none of their statements is
too much.

For each statement the tests print who judged it: Ceph RGW, which enforces bucket policies on the
job itself, or the evaluator of lib/policies.py, which is asked about each request that the job
sent to a server that lets everybody do everything.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sys
import unittest
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, policies, s3util, servers
from lib.jobs import FOLDER, Job
from lib.policies import Right
from lib.s3util import ALL_TAGS, MIN_PART, Spec
from test_checksums import MIB, Checksums as OnFake
from test_price import LOCK
import quirk_annotations  # lib.servers knows where it lies

COPIER = "arn:aws:iam::123456789012:role/copier"
SOURCE_KEY = "arn:aws:kms:us-east-1:123456789012:key/of-sources"
DESTINATION_KEY = "arn:aws:kms:us-east-1:210987654321:key/of-copies"


def judged(sid: str, whose: str, judge: str) -> None:
    """Say who found that a statement cannot be missing."""
    print(f"policy: {sid} ({whose}): judged by {judge}", flush=True)


class OnRgw(unittest.TestCase):
    """A copier with no rights of its own: the two bucket policies let it in, or nothing does."""

    # RGW 16 judges a tagging of a new object by the object's ACL, which makes the copier its owner.
    ENFORCED = {"ReadObjects", "ReadTags", "WriteObjects"}

    def setUp(self):
        self.job = Job(self, servers.rgw())
        specs = [Spec("tagged", size=3, tags=ALL_TAGS), Spec("plain *?$", size=4),
                 Spec("deep/x", size=0), Spec("parts", parts=[MIN_PART, 9], tags=ALL_TAGS)]
        s3util.make_objects(self.job.source, self.job.src, specs)  # no ACL lets anybody else read
        self.job.source.delete_bucket_policy(Bucket=self.job.src)
        self.job.specs = {spec.key: spec for spec in specs}
        self.job.list(self.job.specs)

    def policies(self) -> list[dict]:
        """Those of both buckets, as printed."""
        printed = copyout.run(
            ["policy", "--manifest", self.job.manifest, "--to", f"s3://{self.job.dst}/{FOLDER}",
             "--tags", "require", "--principal", "arn:aws:iam:::user/nobody", "--json"])
        buckets = printed.expect(0).json["buckets"]
        self.assertEqual([(bucket["bucket"], bucket["role"]) for bucket in buckets],
                         [(self.job.src, "source"), (self.job.dst, "destination")])
        return [bucket["policy"] for bucket in buckets]

    def attempt(self, source: dict, destination: dict) -> copyout.Result:
        """The job from its beginning under these policies."""
        for client, bucket, policy in ((self.job.source, self.job.src, source),
                                       (self.job.dest, self.job.dst, destination)):
            if policy["Statement"]:
                client.put_bucket_policy(Bucket=bucket, Policy=self.of_rgw(policy))
            else:
                client.delete_bucket_policy(Bucket=bucket)
        for key in s3util.keys(self.job.dest, self.job.dst):
            self.job.dest.delete_object(Bucket=self.job.dst, Key=key)
        shutil.rmtree(self.job.work, ignore_errors=True)
        return self.job.run("--tags", "require", user="nobody")

    @staticmethod
    def of_rgw(policy: dict) -> str:
        """RGW 16 knows no policy variables for '*', '?' and '$': as wildcards they match as well."""
        return json.dumps(policy).replace("${*}", "?").replace("${?}", "?").replace("${$}", "?")

    def test_each_statement(self):
        both = self.policies()
        self.attempt(*both).expect(0)
        for number, whose in enumerate(("source", "destination")):
            for sid in [statement["Sid"] for statement in both[number]["Statement"]]:
                less = list(both)
                less[number] = policies.without(both[number], sid)
                with self.subTest(sid=sid):
                    result = self.attempt(*less)
                    if sid in self.ENFORCED:
                        self.assertIn(result.returncode, (1, 3), result)
                        self.assertRegex(result.stdout, "AccessDenied")
                        judged(sid, whose, "RGW")
                    else:
                        self.assertEqual(sid, "WriteTags")
                        judged(sid, whose, "the evaluator alone, in Evaluated")


class Evaluated(unittest.TestCase):
    """All that a job may take, on moto: each request is allowed, and by no statement in vain."""

    def setUp(self):
        self.job = Job(self, servers.moto(), [
            Spec("tagged $", size=3, tags=ALL_TAGS), Spec("empty", size=0),
            Spec("parts/x", parts=[MIN_PART, 9], tags=ALL_TAGS),
            Spec("archived", size=2, headers={"StorageClass": "GLACIER"})])
        job = self.job
        self.own = job.server.bucket_name("own")
        s3util.make_bucket(job.dest, self.own)
        self.versioned = job.server.bucket_name("versioned")
        s3util.make_bucket(job.source, self.versioned)
        job.source.put_bucket_versioning(Bucket=self.versioned,
                                         VersioningConfiguration={"Status": "Enabled"})
        version = job.source.put_object(Bucket=self.versioned, Key="old", Body=b"1",
                                        Tagging="a=b")["VersionId"]
        job.source.put_object(Bucket=self.versioned, Key="old", Body=b"2")
        job.source.put_object(Bucket=self.versioned, Key="x/archived", Body=b"3",
                              StorageClass="GLACIER")
        rows = [f'{job.src},"{key}"' for key in job.specs] + [
            f"{self.versioned},old,{version}", f"{self.versioned},x/archived"]
        job.dest.put_object(Bucket=self.own, Key="list.csv", Body="\n".join(rows).encode())
        # All but thawParams is said by options.
        thaw = {"thawParams": {"glacierFlexibleRetrievalThawDays": 1}}
        self.arguments = [json.dumps(thaw), "--annotations", "best-effort", "--destination-keys", "full", "--manifest", f"s3://{self.own}/list.csv", "--to",
                          f"s3://{job.dst}/{FOLDER}", "--tags", "require",
                          "--work", f"s3://{self.own}/jobs/1/"]
        self.printed = copyout.run(
            ["policy", *self.arguments, "--principal", COPIER, "--source-kms-keys", SOURCE_KEY,
             "--destination-kms-key", DESTINATION_KEY, "--json"], job.server).expect(0).json

    def keys(self, right: Right) -> list[Right]:
        """What KMS is asked for by S3, were all objects encrypted by it (Amazon S3 User Guide,
        "Using server-side encryption with AWS KMS keys"): for the right to the object itself."""
        bucket = right.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        sides = {self.job.src: SOURCE_KEY, self.versioned: SOURCE_KEY, self.job.dst: DESTINATION_KEY}
        actions = {"s3:GetObject": ["kms:Decrypt"], "s3:GetObjectVersion": ["kms:Decrypt"],
                   "s3:PutObject": ["kms:GenerateDataKey", "kms:Decrypt"]}.get(right.action, [])
        context = {"kms:ViaService": "s3.us-east-1.amazonaws.com",
                   "kms:EncryptionContext:aws:s3:arn": right.resource}
        return [Right(action, sides[bucket], context) for action in actions if bucket in sides]

    def rights(self) -> list[Right]:
        """All that the job took, each once."""
        self.job.proxy.reset([])
        copyout.run(["run", *self.arguments, "--look", "head", "--json", "--quiet"],
                    self.job.server.through(self.job.proxy),
                    env={"COPYOUT_THAW_SECONDS": "1"}).expect(0)
        found = {}
        for request in self.job.proxy.log:
            for right in policies.rights_of(request, lambda arn: not arn.endswith(("/empty", "/archived")),
                                            annotations=True):
                for each in (right, *self.keys(right)):
                    found[each.action, each.resource, json.dumps(each.context)] = each
        return list(found.values())

    def of_owner(self, right: Right) -> dict | None:
        """The policy by which the owner of the resource lets the copier in; None: it is our own."""
        if right.action.startswith("kms:"):
            return next(key["policy"] for key in self.printed["keys"] if key["key"] == right.resource)
        bucket = right.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        return next((each["policy"] for each in self.printed["buckets"]
                     if each["bucket"] == bucket), None)

    def test_each_statement(self):
        rights = self.rights()
        copier = self.printed["copier"]
        for right in rights:
            self.assertTrue(policies.allows(copier, right), right)
            owner = self.of_owner(right)
            self.assertTrue(owner is None or policies.allows(owner, right), right)
        for sid in [statement["Sid"] for statement in copier["Statement"]]:
            less = policies.without(copier, sid)
            self.assertTrue(any(not policies.allows(less, right) for right in rights), sid)
            judged(sid, "copier", "the evaluator")
        for of in self.printed["buckets"] + self.printed["keys"]:
            name = of.get("bucket") or of["key"]
            theirs = [right for right in rights if self.of_owner(right) is of["policy"]]
            for sid in [statement["Sid"] for statement in of["policy"]["Statement"]]:
                less = policies.without(of["policy"], sid)
                self.assertTrue(any(not policies.allows(less, right) for right in theirs), sid)
                judged(sid, name, "the evaluator")

    def test_nothing_else(self):
        """What the job does not do is not allowed."""
        for action, resource in (
                ("s3:GetObject", f"arn:aws:s3:::{self.job.src}/other"),
                ("s3:GetObject", f"arn:aws:s3:::{self.job.src}/parts/xy"),
                ("s3:GetObjectVersion", f"arn:aws:s3:::{self.job.dst}/{FOLDER}empty"),
                ("s3:PutObject", f"arn:aws:s3:::{self.job.src}/empty"),
                ("s3:PutObject", f"arn:aws:s3:::{self.job.dst}/empty"),
                ("s3:DeleteObject", f"arn:aws:s3:::{self.job.dst}/{FOLDER}empty"),
                ("s3:ListBucket", f"arn:aws:s3:::{self.job.src}"),
                ("kms:Decrypt", SOURCE_KEY)):  # not through S3
            with self.subTest(action=action, resource=resource):
                self.assertFalse(policies.allows(self.printed["copier"], Right(action, resource)))


class Names(unittest.TestCase):
    """Rights that follow from what lies at the destination, and from what a list is made of."""

    def setUp(self):
        self.job = Job(self, servers.moto(), [Spec("a", size=3), Spec("b", size=0)])
        self.jobs = 0
        self.own = self.job.server.bucket_name("own")
        s3util.make_bucket(self.job.dest, self.own)

    def check(self, *arguments: str) -> tuple[list[Right], dict]:
        """All requests of such a job are allowed; the rights that it took, and the policies."""
        given = [*arguments, "--to", f"s3://{self.job.dst}/{FOLDER}"]
        printed = copyout.run(["policy", *given, "--principal", COPIER, "--json"],
                              self.job.server).expect(0).json
        self.job.proxy.reset([])
        self.jobs += 1
        copyout.run(["run", *given, "--look", "head", "--work", str(self.job.folder / f"work-{self.jobs}"),
                     "--json", "--quiet"], self.job.server.through(self.job.proxy)).expect(0)
        rights = [right for request in self.job.proxy.log
                  for right in policies.rights_of(request, lambda arn: False)]
        for right in rights:
            self.assertTrue(policies.allows(printed["copier"], right), right)
        destination = printed["buckets"][-1]["policy"]
        for right in rights:
            if right.resource.startswith(f"arn:aws:s3:::{self.job.dst}/"):
                self.assertTrue(policies.allows(destination, right), right)
        return rights, printed

    def test_numbered_files(self):
        """A user's own files have the names of ours."""
        for name in ("STARTED_COPY.txt", "ENDED_COPY.csv", "COPY_REPORT.html", "DELIVERY.jsonl"):
            self.job.dest.put_object(Bucket=self.job.dst, Key=FOLDER + name, Body=b"mine")
        self.job.list(["a", "b"])
        rights, printed = self.check(
            json.dumps({"includeReportPage": True, "onForeignFile": "number"}),
            "--manifest", self.job.manifest, "--delivery-record", "destination", "--delivery-tags")
        for name in ("STARTED_COPY-2.txt", "ENDED_COPY-2.csv", "COPY_REPORT-2.html", "DELIVERY-2.jsonl"):
            arn = f"arn:aws:s3:::{self.job.dst}/{FOLDER}{name}"
            self.assertIn(Right("s3:PutObject", arn), rights)
        for name in ("ENDED_COPY-2.txt", "ENDED_COPY2.csv", "OTHER-2.csv"):
            arn = f"arn:aws:s3:::{self.job.dst}/{FOLDER}{name}"
            self.assertFalse(policies.allows(printed["copier"], Right("s3:PutObject", arn)), name)

    def test_files_that_flags_ask_for(self):
        """The report page and the delivery record, asked for on the command line."""
        self.job.list(["a", "b"])
        rights, _printed = self.check("--manifest", self.job.manifest, "--report-page", "--no-report",
                                      "--delivery-record", "destination", "--delivery-tags", "--tags", "none")
        for name in ("COPY_REPORT.html", "DELIVERY.jsonl"):
            arn = f"arn:aws:s3:::{self.job.dst}/{FOLDER}{name}"
            self.assertIn(Right("s3:PutObject", arn), rights)
        arn = f"arn:aws:s3:::{self.job.dst}/{FOLDER}a"
        self.assertIn(Right("s3:GetObjectTagging", arn), rights)

    def inventory(self, disk: Path | None = None) -> str:
        """An inventory of the source in S3; with a folder, its manifest.json there instead."""
        rows = "".join(f'"{self.job.src}","{key}"\n' for key in ("a", "b"))
        body = gzip.compress(rows.encode(), mtime=0)
        self.job.dest.put_object(Bucket=self.own, Key="inv/data/1.csv.gz", Body=body)
        manifest = json.dumps({
            "sourceBucket": self.job.src, "destinationBucket": f"arn:aws:s3:::{self.own}",
            "version": "2016-11-30", "creationTimestamp": "1514944800000", "fileFormat": "CSV",
            "fileSchema": "Bucket, Key", "files": [
                {"key": "inv/data/1.csv.gz", "size": len(body),
                 "MD5checksum": hashlib.md5(body).hexdigest()}]})
        if disk:
            (disk / "manifest.json").write_text(manifest)
            return str(disk / "manifest.json")
        self.job.dest.put_object(Bucket=self.own, Key="inv/manifest.json", Body=manifest.encode())
        return f"s3://{self.own}/inv/manifest.json"

    def test_files_of_an_inventory(self):
        for disk in (None, self.job.folder):
            with self.subTest(disk=disk):
                rights, printed = self.check("--manifest", self.inventory(disk))
                own = f"arn:aws:s3:::{self.own}/inv/"
                names = {"data/1.csv.gz"} | ({"manifest.json"} if not disk else set())
                read, = (statement for statement in printed["copier"]["Statement"]
                         if statement["Sid"] == "ReadList")
                self.assertEqual(sorted(read["Resource"]), sorted(own + name for name in names))
                self.assertEqual({right.resource for right in rights if right.resource.startswith(own)},
                                 {own + name for name in names})

    def test_files_of_a_completion_report(self):
        """Of Batch Operations: its manifest.json names the files of results."""
        rows = f"{self.job.src},a,,failed,403,AccessDenied,denied\n"
        self.job.dest.put_object(Bucket=self.own, Key="report/results/1.csv", Body=rows.encode())
        self.job.dest.put_object(Bucket=self.own, Key="report/manifest.json", Body=json.dumps({
            "Format": "Report_CSV_20180820", "ReportCreationDate": "2026-01-01T00:00:00Z",
            "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, "
                            "ResultMessage",
            "Results": [{"TaskExecutionStatus": "failed", "Bucket": self.own,
                         "MD5Checksum": hashlib.md5(rows.encode()).hexdigest(),
                         "Key": "report/results/1.csv"}]}).encode())
        rights, printed = self.check("--manifest", f"s3://{self.own}/report/manifest.json")
        self.assertIn(Right("s3:GetObject", f"arn:aws:s3:::{self.own}/report/results/1.csv"), rights)


class OptionsOfObjects(OnFake):
    """On the fake S3: ACLs, Object Lock, annotations and listings."""

    def test_each_statement(self):
        annotations = quirk_annotations.Annotations()
        self.fake.quirks.append(annotations)
        for key in ("a/small", "a/other"):
            self.fake.add("src", key, b"x", extra=LOCK)
        self.fake.add("src", "a/big", size=20 * MIB, part_size=8 * MIB, extra=LOCK)
        annotations.put("src", "a/big", "labels", b"{}")
        options = ["--acl", "bucket-owner-full-control", "--object-lock", "require", "--annotations",
                   "require"]
        given = ["s3://src/a/", "--to", "s3://dst/", *options]
        printed = copyout.run(["policy", *given, "--with-listing", "--tags", "none", "--principal",
                               COPIER, "--json"], self.server).expect(0).json
        self.fake.forget()
        for job in ("first", "second"):  # which looks at what is there
            copyout.run(["run", *given, "--tags", "none", "--json", "--quiet", "--work",
                         self.folder / job], self.server).expect(0)
        rights = [right for request in self.fake.requests() for right in
                  policies.rights_of(request, lambda arn: False, annotations=True)]
        self.assertIn(Right("s3:ListObjectAnnotations", "arn:aws:s3:::dst/big"), rights)
        rights += [right for request in self.fake.requests(bucket="src")
                   for right in policies.locks_of(request)]
        # A Create whose answer is lost, which the next run looks for.
        rights.append(Right("s3:ListBucketMultipartUploads", "arn:aws:s3:::dst"))
        documents = [("copier", printed["copier"], rights)] + [
            (of["bucket"], of["policy"], [right for right in rights if right.resource.startswith(
                f"arn:aws:s3:::{of['bucket']}")]) for of in printed["buckets"]]
        judged_sids = set()
        for whose, policy, theirs in documents:
            for right in theirs:
                self.assertTrue(policies.allows(policy, right), (whose, right))
            for sid in [statement["Sid"] for statement in policy["Statement"]]:
                less = policies.without(policy, sid)
                self.assertTrue(any(not policies.allows(less, right) for right in theirs), sid)
                judged(sid, whose, "the evaluator")
                judged_sids.add(sid)
        self.assertLessEqual({"ReadAnnotations", "WriteAnnotations", "WriteAcls", "ReadLocks", "WriteLocks", "ListSources",
                              "ListDestination"}, judged_sids)


class Printed(unittest.TestCase):
    """The command itself; no server is asked."""

    def policy(self, *options: str) -> copyout.Result:
        """Of a list with a bad name or two."""
        return copyout.run(["policy", "--manifest", "-", "--to", "s3://dst/f/", *options],
                           input=self.rows)

    rows = "src,a*b\nsrc,a/b\n"

    def test_text(self):
        text = self.policy("--principal", COPIER).expect(0).stdout
        for words in ("== For the one who runs copyout ==", "owner of the source bucket src ==",
                      "owner of the destination bucket dst ==", f"{COPIER} is to read 2 objects",
                      '"arn:aws:s3:::src/a${*}b"', '"arn:aws:s3:::dst/f/STARTED_COPY.txt"'):
            self.assertIn(words, text)

    def test_many(self):
        self.rows = "".join(f"src,{quote(str(number % 7))}/{number}\n" for number in range(5000))
        copier = self.policy("--principal", COPIER, "--json").expect(0).json["copier"]
        self.assertEqual(copier["Statement"][0]["Resource"],
                         [f"arn:aws:s3:::src/{number}/*" for number in range(7)])

    def test_mistakes(self):
        self.assertIn("--principal", self.policy().expect(2).stderr)
        self.assertIn("role or a user", self.policy("--principal", "copier").expect(2).stderr)
        self.rows = "src\n"
        self.assertIn("line 1", self.policy("--principal", COPIER).expect(2).stderr)


if __name__ == "__main__":
    unittest.main()
