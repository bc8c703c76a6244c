"""`copyout check`: what it finds of each server, and that nothing of anybody else's is touched and
nothing of its own stays."""

from __future__ import annotations

import json
import signal
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import jsonschema
from lib import copyout, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, WRITES, Job
from lib.s3util import Spec
from lib.servers import Rule

import quirk_options
import quirks
from faultproxy import hold, reset_after, status
from swift import folder_with_xattrs

SCHEMA = json.loads((copyout.REPOSITORY / "docs" / "check.schema.json").read_text())
DOCUMENT = copyout.REPOSITORY / "docs" / "check.md"
OURS = FOLDER + "copyout-check-"
SOURCE = {"bucket", "addressing", "region", "listing", "restore-status", "reading", "tags", "part-numbers",
          "checksums", "encryption", "versions", "object-lock"}
PAIR = {"part-copy", "source-condition"}
DESTINATION = {"bucket", "addressing", "region", "writing", "uploads-removed", "tags-on-write",
               "checksums-on-write", "object-lock-on-write", "encryption-on-write"}
WRITING = {"object", "if-none-match-put", "if-none-match-copy", "if-none-match-complete", "if-match-copy", "etags",
           "versions-on-write", "removing"}
# The columns of the table at the end of docs/check.md, and what is found of each server.
COLUMNS = ("part-numbers", "source-condition", "if-none-match-put", "if-none-match-copy",
           "if-none-match-complete", "tags-on-write", "uploads-removed")
KNOWN = {
    "moto": ("answered", "enforced", "enforced", "enforced", "enforced", "accepted", "yes"),
    "rgw": ("ignored", "ignored", "enforced", "ignored", "ignored", "accepted", "yes"),
    "swift": ("refused", "refused", "refused", "refused", "enforced", "unsupported", "yes"),
    "s3rver": ("ignored", "?", "ignored", "ignored", "?", "?", "no"),
    "cloudserver": ("answered", "enforced", "ignored", "misjudged", "ignored", "accepted", "yes"),
}
DOCUMENTED = {"moto": "moto 5.2, corrected as Amazon S3", "rgw": "Ceph RGW 16.2", "swift": "Swift 2.30",
              "s3rver": "s3rver 3.7", "cloudserver": "CloudServer (a fake)"}


def specs() -> list[Spec]:
    """An object in one piece, and one of parts, by which more is found out."""
    return [Spec("data/one", size=9), Spec("data/parts", parts=[5 << 20, 7])]


def findings(told: dict, role: str | None = None) -> dict[str, str]:
    """{name: finding}, of the buckets of a role."""
    return {finding["name"]: finding["finding"] for bucket in told["buckets"]
            for finding in bucket["findings"] if role in (None, *bucket["roles"])}


def levels(told: dict, level: str) -> set[str]:
    """The names of the findings of a level."""
    return {finding["name"] for bucket in told["buckets"] for finding in bucket["findings"]
            if finding["level"] == level}


def state(client, bucket: str) -> list[tuple]:
    """All objects of a bucket, as a listing tells them."""
    return [(entry["Key"], entry["ETag"], entry["Size"], entry["LastModified"])
            for entry in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


class Case(unittest.TestCase):
    """What the tests below share."""

    def job(self, kind: str) -> Job:
        """A source with two objects, and a destination with one of its owner's."""
        job = Job(self, servers.get(kind), specs())
        job.put_copy("theirs", b"theirs")
        self.server = job.server
        return job

    def check(self, job: Job, *options: str, code: int = 0, uri: str | None = None, to: bool = True,
              **how) -> dict:
        """What --json tells, which is of the schema; everything is left as it was."""
        before = state(job.source, job.src), state(job.dest, job.dst)
        job.proxy.reset(job.proxy.rules)
        result = copyout.run(["check", uri or f"s3://{job.src}/data/",
                              *(["--to", f"s3://{job.dst}/{FOLDER}"] if to else []), "--json", *options],
                             self.server.through(job.proxy), **how).expect(code)
        told = result.json
        jsonschema.Draft202012Validator(SCHEMA).validate(told)
        self.assertEqual((state(job.source, job.src), state(job.dest, job.dst)), before)
        for request in job.proxy.log:
            if request.op in WRITES or request.op in ("PutObject", "AbortMultipartUpload"):
                self.assertEqual(request.bucket, job.dst if to else job.src, request)
                self.assertIn("copyout-check-", request.key)
        return told


class Servers(Case):
    """The known differences of the servers, as docs/check.md and docs/servers.md have them."""

    def look(self, kind: str) -> None:
        job = self.job(kind)
        removable = kind != "s3rver"
        for options in ([], ["--write"]):
            told = self.check(job, *options, code=0 if removable else 1)
            expected = dict(zip(COLUMNS, KNOWN[kind]))
            if not options:
                expected = {name: value for name, value in expected.items() if name not in WRITING}
            found = findings(told)
            self.assertEqual({name: found[name] for name in expected}, expected)
            self.assertEqual(set(findings(told, "source")), SOURCE | PAIR)
            self.assertEqual(set(findings(told, "destination")),
                             DESTINATION | (WRITING if options else set()))
            self.assertTrue(told["works"])
            self.assertEqual(levels(told, "missing"), set())
            self.assertEqual(told["write"], bool(options))
            self.assertEqual(told["buckets"][0]["object"],
                             "data/one" if kind == "s3rver" else "data/parts")
            completes = [request for request in job.proxy.log if request.op == "CompleteMultipartUpload"]
            self.assertEqual(len(completes), int(bool(options) and removable))
            if removable:
                self.assertEqual(told["left"], [])
                self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])
            else:
                for left in told["left"]:
                    self.assertTrue(left["uploadId"])
                    self.assertTrue(left["key"].startswith(OURS))
                    self.assertEqual(left["bucket"], job.dst)

    def test_moto(self):
        self.look("moto")

    def test_rgw(self):
        self.look("rgw")

    @unittest.skipUnless(*folder_with_xattrs())
    def test_swift(self):
        self.look("swift")

    def test_s3rver(self):
        self.look("s3rver")

    def test_cloudserver(self):
        self.look("cloudserver")

    def test_the_document(self):
        """The table of docs/check.md is the one above."""
        rows = [[cell.strip() for cell in line.strip("| ").split("|")]
                for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
        found = {row[0]: tuple(cell.partition(" (")[0] for cell in row[1:]) for row in rows
                 if row[0] in DOCUMENTED.values()}
        self.assertEqual(found, {DOCUMENTED[kind]: KNOWN[kind] for kind in KNOWN})


class Oddities(Case):
    """Servers with one oddity each."""

    def quirk(self, *oddities) -> Job:
        self.server = servers.quirk(self, *oddities)
        job = Job(self, self.server, specs())
        job.put_copy("theirs", b"theirs")
        return job

    def test_kms(self):
        """The destination encrypts with a key of KMS."""
        job = self.quirk()
        self.server.backend.kms.add(job.dst)
        told = self.check(job, "--write")
        found = findings(told, "destination")
        self.assertEqual((found["encryption-on-write"], found["etags"]), ("kms", "opaque"))
        self.assertLessEqual({"encryption-on-write", "etags"}, levels(told, "note"))

    def test_no_part_copy(self):
        told = self.check(self.quirk(quirks.not_implemented("UploadPartCopy")))
        self.assertEqual({name: findings(told)[name] for name in PAIR},
                         {"part-copy": "unsupported", "source-condition": "?"})
        refused, = (finding["error"] for finding in told["buckets"][0]["findings"]
                    if finding["name"] == "part-copy")
        self.assertEqual((refused["code"], refused["httpStatus"]), ("NotImplemented", 501))

    def test_no_tags(self):
        told = self.check(self.quirk(
            quirks.not_implemented("CreateMultipartUpload", header="x-amz-tagging"),
            quirks.refuse("GetObjectTagging", 403, "AccessDenied")))
        self.assertEqual((findings(told)["tags"], findings(told)["tags-on-write"]), ("no", "unsupported"))
        self.assertTrue(told["works"])

    def test_no_such_tag_set(self):
        """An object without tags, of which the server says so by an error."""
        told = self.check(self.quirk(quirks.refuse("GetObjectTagging", 404, "NoSuchTagSet")))
        self.assertEqual(findings(told)["tags"], "yes")
        self.assertNotIn("tags", levels(told, "note"))

    def test_no_object_lock(self):
        told = self.check(self.quirk(quirks.refuse(
            "CreateMultipartUpload", 400, "InvalidRequest", header="x-amz-object-lock-legal-hold")))
        self.assertEqual(findings(told)["object-lock-on-write"], "refused")

    def test_requester_pays(self):
        """Without the offer a bucket of this kind refuses all, with it nothing."""
        strict = quirk_options.Options()
        job = self.quirk(strict)
        strict.payers |= {job.src, job.dst}
        command = ["check", f"s3://{job.src}/data/", "--to", f"s3://{job.dst}/{FOLDER}", "--write", "--json"]
        told = copyout.run(command, self.server).expect(1).json
        self.assertLessEqual({"reading", "writing"}, levels(told, "missing"))
        told = copyout.run([*command, "--requester-pays"], self.server).expect(0).json
        self.assertTrue(told["works"])
        self.assertEqual(told["left"], [])
        self.assertEqual(findings(told)["part-copy"], "yes")

    def test_no_listing(self):
        """Without the right to list it takes the address of an object."""
        job = self.quirk(quirks.refuse("ListObjectsV2", 403, "AccessDenied"))
        told = copyout.run(["check", f"s3://{job.src}/data/", "--read-only", "--json"],
                           self.server).expect(1).json
        self.assertEqual(levels(told, "missing"), {"reading"})
        told = copyout.run(["check", f"s3://{job.src}/data/parts", "--read-only", "--json"],
                           self.server).expect(0).json
        self.assertEqual((findings(told)["reading"], findings(told)["listing"]), ("yes", "no"))
        self.assertEqual(set(findings(told)), SOURCE)

    def test_no_removing(self):
        """An object that cannot be removed is told, in both forms."""
        job = self.quirk(quirks.refuse("DeleteObject", 403, "AccessDenied"))
        command = ["check", f"s3://{job.src}/data/", "--to", f"s3://{job.dst}/{FOLDER}", "--write"]
        told = copyout.run([*command, "--json"], self.server).expect(1).json
        jsonschema.Draft202012Validator(SCHEMA).validate(told)
        left = {entry["key"] for entry in told["left"]}
        self.assertEqual(left, {key for key in s3util.keys(job.dest, job.dst) if key.startswith(OURS)})
        self.assertEqual(len(left), 2)
        self.assertTrue(told["works"])
        text = copyout.run(command, self.server).expect(1).stdout
        for key in set(s3util.keys(job.dest, job.dst)) - left - {FOLDER + "theirs"}:
            self.assertIn(f"LEFT: this check could not remove s3://{job.dst}/{key}\n", text)


class Buckets(Case):
    """One bucket, several, versions, rights."""

    def test_one_bucket(self):
        """Without --to it is both."""
        job = self.job("moto")
        told = self.check(job, "--write", to=False)
        self.assertEqual([bucket["roles"] for bucket in told["buckets"]], [["source", "destination"]])
        self.assertEqual(set(findings(told)), SOURCE | PAIR | DESTINATION | WRITING)
        text = copyout.run(["check", f"s3://{job.src}/data/"], self.server).expect(0).stdout
        self.assertIn(f"s3://{job.src}/data/ (source and destination)\n  looked at data/parts\n", text)
        self.assertIn("are asked with --write.\nAll that a job needs works.\n", text)

    def test_several_sources(self):
        job, other = self.job("moto"), self.job("moto")
        told = copyout.run(["check", f"s3://{job.src}/", f"s3://{other.src}/none/", "--to",
                            f"s3://{job.dst}", "--json"], self.server).expect(0).json
        self.assertEqual([bucket["bucket"] for bucket in told["buckets"]], [job.src, other.src, job.dst])
        self.assertEqual([bucket["object"] is None for bucket in told["buckets"]], [False, True, True])
        self.assertLessEqual({"reading", "part-copy"}, levels(told, "unknown"))
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])

    def test_versions(self):
        """In a bucket with versions no version of ours stays, and no delete marker."""
        job = self.job("moto")
        job.dest.put_bucket_versioning(Bucket=job.dst, VersioningConfiguration={"Status": "Enabled"})
        job.put_copy("theirs", b"theirs, too")
        before = job.dest.list_object_versions(Bucket=job.dst)
        told = self.check(job, "--write")
        self.assertEqual(findings(told)["versions-on-write"], "kept")
        after = job.dest.list_object_versions(Bucket=job.dst)
        self.assertEqual([entry["VersionId"] for entry in after["Versions"]],
                         [entry["VersionId"] for entry in before["Versions"]])
        self.assertNotIn("DeleteMarkers", after)

    def test_a_missing_bucket(self):
        job = self.job("moto")
        told = self.check(job, uri="s3://none-of-these/", code=1)
        self.assertEqual(levels(told, "missing"), {"bucket"})
        self.assertFalse(told["works"])

    def test_a_missing_bucket_is_one_row(self):
        job = self.job("moto")
        text = copyout.run(["check", "s3://none-of-these/"], self.server).expect(1).stdout
        self.assertRegex(text, r"^s3://none-of-these/ \(source and destination\)\n  MISSING +bucket +missing ")
        self.assertNotRegex(text, r"(?m)^  \?")
        told = self.check(job, uri="s3://none-of-these/", code=1)
        self.assertEqual(set(findings(told, "source")), SOURCE | PAIR)

    def test_parts_are_denied(self):
        """Ceph RGW 16 judges UploadPartCopy by the object's ACL alone; a job copies in one piece then."""
        job = Job(self, servers.get("rgw"), [])
        self.server = job.server
        job.source.put_object(Bucket=job.src, Key="data/one", Body=b"x" * 9)
        statement = {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/dest"]},
                     "Action": ["s3:ListBucket", "s3:GetObject", "s3:GetObjectTagging"],
                     "Resource": [f"arn:aws:s3:::{job.src}", f"arn:aws:s3:::{job.src}/*"]}
        job.source.put_bucket_policy(Bucket=job.src, Policy=json.dumps(
            {"Version": "2012-10-17", "Statement": [statement]}))
        for options, level in (([], "unknown"), (["--write"], "note")):
            told = self.check(job, *options)
            self.assertEqual(findings(told)["part-copy"], "no")
            self.assertIn("part-copy", levels(told, level))
            self.assertTrue(told["works"])
            self.assertEqual(told["left"], [])

    def test_no_right_to_write(self):
        """S3's own words are told."""
        job = self.job("rgw")
        told = self.check(job, "--write", code=1, user="nobody")
        self.assertIn("writing", levels(told, "missing"))
        refused, = (finding["error"] for finding in told["buckets"][1]["findings"]
                    if finding["name"] == "writing")
        self.assertEqual((refused["code"], refused["httpStatus"]), ("AccessDenied", 403))
        self.assertTrue(refused["requestId"])
        text = copyout.run(["check", f"s3://{job.src}/", "--to", f"s3://{job.dst}/{FOLDER}"], self.server,
                           user="nobody").expect(1).stdout
        self.assertRegex(text, r"MISSING +writing +no .*\n +S3 said: AccessDenied \(403\).*request ")
        self.assertIn("Not all that a job needs works.\n", text)

    def test_read_only(self):
        """No request that writes is sent."""
        job = self.job("moto")
        told = self.check(job, "--read-only", to=False)
        self.assertEqual(set(findings(told)), SOURCE)
        self.assertEqual({request.op for request in job.proxy.log},
                         {"HeadBucket", "ListObjectsV2", "HeadObject", "GetObjectTagging"})


class Ends(Case):
    """Exit codes, lost answers, signals."""

    def test_usage(self):
        for arguments, said in ((["check"], "which bucket?"),
                                (["check", "bucket"], "give buckets as s3://bucket/"),
                                (["check", "s3://"], "it names no bucket"),
                                (["check", "s3:///key"], "it names no bucket"),
                                (["check", "s3://b-b/", "--to", "s3://c-c/x"], "a folder ends with '/'"),
                                (["check", "s3://b-b/", "--read-only", "--write"], "--read-only goes with")):
            with self.subTest(arguments):
                self.assertIn(said, copyout.run(arguments, servers.get("moto")).expect(2).stderr)
                told = copyout.run([*arguments, "--json"], servers.get("moto")).expect(2).json
                jsonschema.Draft202012Validator(SCHEMA).validate(told)
                self.assertEqual((told["buckets"], told["error"]["code"]), ([], "UsageError"))

    def test_wrong_keys(self):
        job = self.job("rgw")
        told = self.check(job, code=4, env={"AWS_ACCESS_KEY_ID": "AKNOBODY"})
        self.assertEqual(told["error"]["code"], "InvalidAccessKeyId")
        self.assertFalse(told["works"])

    def test_a_mistake_of_all_rows_is_one_sentence(self):
        """No table: the error, what to do, the exit code; --json has all rows and the error."""
        nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
                  "AWS_EC2_METADATA_DISABLED": "true"}
        closed = ["--endpoint-url", "http://127.0.0.1:1"]
        no_host = ["--endpoint-url", "http://no-such-host.invalid"]
        for options, env, said in (
                ([], nobody, "Set AWS_PROFILE or --profile"),
                ([], {"AWS_ACCESS_KEY_ID": "AKNOBODY"}, "belong together"),
                ([], {"AWS_SECRET_ACCESS_KEY": "another"}, "belongs to AWS_ACCESS_KEY_ID"),
                (closed, {}, "is its server there?"), (no_host, {}, "is its server there?")):
            with self.subTest(said=said, options=options):
                for more in ([], ["--read-only"], ["--to", "s3://other-bucket/"]):
                    command = ["check", "s3://some-bucket/", *more, *options]
                    result = copyout.run(command, servers.get("rgw"), env=env).expect(4)
                    self.assertEqual(result.stdout, "")
                    self.assertIn(said, result.stderr)
                    self.assertEqual(result.stderr.count("\n"), 1)
                    told = copyout.run([*command, "--json"], servers.get("rgw"), env=env).expect(4).json
                    jsonschema.Draft202012Validator(SCHEMA).validate(told)
                    self.assertIn(said, told["error"]["message"])
                    self.assertEqual(len(told["buckets"]), 1 + ("--to" in command))
                    self.assertFalse(told["works"])

    def test_refused_for_all(self):
        """Codes that every request has: the session is over, the region is not told."""
        for status_, code, exit_code in ((400, "InvalidToken", 4), (400, "AuthorizationHeaderMalformed", 4),
                                         (301, "PermanentRedirect", 3)):
            with self.subTest(code):
                server = servers.quirk(self, quirks.refuse(("HeadBucket", "ListObjectsV2"), status_, code))
                result = copyout.run(["check", "s3://some-bucket/"], server).expect(exit_code)
                self.assertEqual(result.stdout, "")

    def test_two_buckets(self):
        """Two buckets without --to are told how one is the destination."""
        job = self.job("moto")
        text = copyout.run(["check", f"s3://{job.src}/", f"s3://{job.dst}/"], self.server).expect(0).stdout
        self.assertIn(f"copyout check s3://{job.src}/ --to s3://{job.dst}/\n", text)

    def test_no_server(self):
        result = copyout.run(["check", "s3://some-bucket/", "--endpoint-url", "http://127.0.0.1:1",
                              "--json"], servers.get("moto")).expect(4)
        jsonschema.Draft202012Validator(SCHEMA).validate(result.json)
        self.assertEqual(result.json["error"]["httpStatus"], 0)

    def test_lost_upload(self):
        """The answer to the first CreateMultipartUpload is lost: its upload is found by its name."""
        job = self.job("moto")
        job.proxy.reset([Rule(reset_after(), op="CreateMultipartUpload")])
        self.check(job, code=4)
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])

    def test_a_failing_server(self):
        """A 500 is asked again a few times, and not for minutes."""
        job = self.job("moto")
        job.proxy.reset([Rule(status(500, "InternalError"), op="GetObjectTagging")])
        told = self.check(job)
        self.assertEqual(findings(told)["tags"], "?")
        self.assertIn("tags", levels(told, "unknown"))
        self.assertEqual(len(job.proxy.requests("GetObjectTagging")), 3)

    def stopped(self, op: str, *options: str) -> None:
        job = self.job("moto")
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op=op, key="copyout-check-", first=1)])
        running = copyout.Running(["check", f"s3://{job.src}/data/", "--to", f"s3://{job.dst}/{FOLDER}",
                                   "--json", *options], self.server.through(job.proxy))
        wait_for(lambda: any(request.op == op for request in job.proxy.log), op, running)
        running.signal(signal.SIGTERM)
        wait_for(lambda: "what was begun is removed" in running.stderr(), "it knows", running)
        gate.set()
        told = running.wait().expect(143).json
        jsonschema.Draft202012Validator(SCHEMA).validate(told)
        self.assertEqual(told["left"], [])
        self.assertEqual(s3util.keys(job.dest, job.dst), [FOLDER + "theirs"])
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])

    def test_stopped_at_an_upload(self):
        self.stopped("UploadPartCopy")

    def test_stopped_at_an_object(self):
        self.stopped("CopyObject", "--write")


if __name__ == "__main__":
    unittest.main()
