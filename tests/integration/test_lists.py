"""Lists of all kinds: the same objects in each give the same items, and what a line says is done.

The faults of other services that read such lists (keys that are refused or tidied, reports beyond the
first that are passed over, fields without effect) each have a test here.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import unittest
from urllib.parse import quote_plus

from lib import copyout, manifest, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import MIN_PART, Spec

HARD = ["a", "b/a..b.txt", "b/../c", "d//e", "d/./f", "plus + and % 20", "é/\U0001f428", "q\"uote, comma",
        "*", "p/*"]


def lines(items) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def encoded(key: str) -> str:
    """A key as AWS's own lists have it."""
    return quote_plus(key, safe="/")


class Case(unittest.TestCase):
    """Jobs on moto."""

    def job(self, *specs: Spec) -> Job:
        """A job of these objects."""
        return Job(self, servers.moto(), specs)

    def put(self, job: Job, key: str, body: bytes) -> str:
        """A file in the source bucket, and its address."""
        job.source.put_object(Bucket=job.src, Key=key, Body=body)
        return f"s3://{job.src}/{key}"

    def items(self, job: Job) -> list[dict]:
        """The items of the plan, without the lines that they stand on."""
        found = [json.loads(line) for line in (job.work / "items.jsonl").read_bytes().splitlines()]
        for item in found:
            del item["line"]
        return found


class Forms(Case):
    """One list in many forms."""

    def test_same_items(self):
        """Byte for byte the same items, but for the number of the line."""
        keys = [key for key in HARD if "*" not in key]
        job = self.job()
        src, rows = job.src, manifest.of_bucket(job.src, keys)
        url = [(src, encoded(key)) for key in keys]
        self.put(job, "lists/url.csv", manifest.write(url))
        spec = {"Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
                "Location": {"ObjectArn": f"arn:aws:s3:::{src}/lists/url.csv", "ETag": "x"}}
        failed = manifest.write([(*row, "", "failed", "SlowDown", "503", "x") for row in url])
        self.put(job, "lists/failed.csv", failed)
        completion = {"Format": "Report_CSV_20180820", "Results": [
            {"TaskExecutionStatus": "failed", "Bucket": src, "MD5Checksum": "x",
             "Key": "lists/failed.csv"}], "ReportSchema": "Bucket, Key"}
        report = manifest.write([
            ["name", "status", "bytes", "seconds", "MB/s", "message", "source", "destination",
             "sourceVersion", "destinationVersion"],
            *([key, "FAILED", "1", "0.1", "", "x", f"s3://{src}/{key}",
               f"s3://{job.dst}/{FOLDER}{key}", "", ""] for key in keys)])
        forms = {
            "quoted": (manifest.write(rows), []),
            "CRLF, mark, gzip": (manifest.write(rows, quote_all=False, newline="\r\n", bom=True,
                                                compressed=True), []),
            "addresses": (manifest.write([[f"s3://{src}/{key}"] for key in keys]), []),
            "URL-encoded": (manifest.write(url), ["--url-encoded"]),
            "columns": (manifest.write([[key, "x", src, key] for key in keys]),
                        ["--columns", "key,ignore,bucket,destinationKey"]),
            "header": (manifest.write([["Key", "Destination Key", "Bucket"],
                                       *([key, key, src] for key in keys)]), ["--header"]),
            "instructions": (lines({"sourceBucket": src, "sourceKey": key} for key in keys), []),
            "a report": (report, ["--only-failed"]),
            "a batch's manifest": (json.dumps(spec).encode(), []),
            "a completion report": (failed, []),
            "its manifest": (json.dumps(completion).encode(), []),
        }
        found = {}
        for name, (body, options) in forms.items():
            job.manifest.write_bytes(body)
            job.run("--dry-run", "--replace-job", *options).expect(1)  # none of them is there
            text = (job.work / "items.jsonl").read_bytes()
            found[name] = b"".join(line.partition(b",")[2] for line in text.splitlines(True))
        self.assertEqual(len(found["quoted"].splitlines()), len(keys))
        for name, text in found.items():
            self.assertEqual(text, found["quoted"], name)


class Instructions(Case):
    """JSON lines as steps-s3-copy has them."""

    def copy(self, job: Job, *items: dict, options=()) -> copyout.Result:
        """Run a job of these lines; the source bucket is the job's."""
        job.manifest.write_bytes(lines({"sourceBucket": job.src, **item} for item in items))
        return copyout.run(["run", "--manifest", job.manifest, "--to", f"s3://{job.dst}/{FOLDER}",
                            "--work", job.work, "--json", "--quiet", *options],
                           job.server.through(job.proxy))

    def test_destination_keys(self):
        """A root is taken away, a folder is put in between, a whole key is the name."""
        job = self.job(Spec("a/b/c"), Spec("a/b/d"), Spec("a/b/e"), Spec("a/b/f"))
        self.copy(job, {"sourceKey": "a/b/c", "sourceRootFolderKey": "a/"},
                  {"sourceKey": "a/b/d", "destinationRelativeFolderKey": "x/y/"},
                  {"sourceKey": "a/b/e", "destinationKey": "renamed//to/this"},
                  {"sourceKey": "a/b/f"}).expect(0)
        self.assertEqual({item["sourceKey"]: item["destinationKey"] for item in self.items(job)},
                         {"a/b/c": FOLDER + "b/c", "a/b/d": FOLDER + "x/y/d",
                          "a/b/e": FOLDER + "renamed//to/this", "a/b/f": FOLDER + "a/b/f"})
        self.assertEqual({key for key in s3util.keys(job.dest, job.dst)
                          if not key.endswith(("STARTED_COPY.txt", "ENDED_COPY.csv"))},
                         {item["destinationKey"] for item in self.items(job)})

    def test_keys_are_bytes(self):
        """Keys with "..", "//", "/./", and with what must be encoded in a copy's source: nothing is
        refused, tidied or taken for another object."""
        keys = [key for key in HARD if "*" not in key]
        job = self.job(*(Spec(key) for key in keys))
        self.copy(job, *({"sourceKey": key} for key in keys)).expect(0)
        job.assert_copied()
        sources = {request.headers["x-amz-copy-source"] for request in job.proxy.requests("CopyObject")}
        self.assertEqual(len(sources), len(keys))
        for source in sources:
            self.assertRegex(source, r"^/?[A-Za-z0-9/%._~-]+$")

    def test_options_of_a_line(self):
        """A line's own options hold for its object, and the job's for the others."""
        job = self.job(Spec("one", tags={"a": "1"}), Spec("two", tags={"a": "1"}),
                       Spec("three"), Spec("four"))
        for key in ("three", "four"):
            job.put_copy(key, b"something else")
        self.copy(job, {"sourceKey": "one", "tags": "none"}, {"sourceKey": "two"},
                  {"sourceKey": "three", "onDifferent": "keep"}, {"sourceKey": "four"}).expect(0)
        self.assertEqual(job.statuses(),
                         {"one": "COPIED", "two": "COPIED", "three": "KEPT", "four": "COPIED"})
        self.assertEqual(s3util.get_tags(job.dest, job.dst, FOLDER + "one"), {})
        self.assertEqual(s3util.get_tags(job.dest, job.dst, FOLDER + "two"), {"a": "1"})
        self.assertEqual(job.copy_of("three"), b"something else")
        self.assertEqual([item.get("options") for item in self.items(job)],
                         [{"tags": "none"}, None, {"onDifferent": "keep"}, None])

    def test_same_object_with_other_options(self):
        """Two lines of one object that ask for different things are no duplicates."""
        job = self.job(Spec("one"))
        result = self.copy(job, {"sourceKey": "one"}, {"sourceKey": "one", "tags": "none"},
                           options=["--on-duplicate", "skip"]).expect(2)
        self.assertIn("has other options than", result.stderr)

    def test_no_field_is_without_effect(self):
        """What a line asks for and cannot have is an error, before anything is copied."""
        job = self.job(Spec("one"))
        for more, said in (({"sourceNoSignRequest": "yes"}, "sourceNoSignRequest"),
                           ({"sums": "{}"}, "sums"), ({"nonsense": 1}, "nonsense: unknown field")):
            with self.subTest(more):
                result = self.copy(job, {"sourceKey": "one", **more}).expect(2)
                self.assertIn(said, result.stderr)
                self.assertEqual(job.written(), set())

    def test_in_the_work_bucket(self):
        """copyInstructionsKey names a list in the bucket of the work store; maxItemsPerBatch and
        sourceRequiredRegion count."""
        keys = [f"k{number}" for number in range(5)]
        job = self.job(*(Spec(key) for key in keys))
        work = job.server.bucket_name("work")
        s3util.make_bucket(job.dest, work)
        job.dest.put_object(Bucket=work, Key="in/list.jsonl", Body=lines(
            {"sourceBucket": job.src, "sourceKey": key} for key in keys))
        text = {"copyInstructionsKey": "in/list.jsonl", "destinationBucket": job.dst,
                "destinationFolderKey": FOLDER, "maxItemsPerBatch": 2, "copyConcurrency": 3}
        through = job.server.through(job.proxy)
        store = f"s3://{work}/jobs/1/"
        prepared = copyout.run(["prepare", json.dumps(text), "--job", store, "--json"],
                               through).expect(0).json
        self.assertEqual((prepared["items"], prepared["shards"], prepared["copyConcurrency"]),
                         (5, 3, 3))
        copyout.run(["copy", "--job", store], through).expect(0)
        copyout.run(["report", "--job", store], through).expect(0)
        job.assert_copied()
        text["sourceRequiredRegion"] = "eu-central-2"
        refused = copyout.run(["prepare", json.dumps(text), "--job", f"s3://{work}/jobs/2/"],
                              through).expect(3)
        self.assertIn("eu-central-2", refused.stderr)
        here = copyout.run(["run", json.dumps(text), "--work", job.work], through).expect(2)
        self.assertIn("copyInstructionsKey: names a list in the work bucket", here.stderr)


class Reports(Case):
    """What another job left is a list."""

    def test_only_failed(self):
        """What failed is copied to the key that it was to have, with its version, and nothing else
        is asked about. Quotes, commas and line ends of keys are those of CSV."""
        names = ["good", "q\"uote, and\r\nline", "later"]
        job = self.job(Spec("good"))
        job.manifest.write_bytes(lines(
            {"sourceBucket": job.src, "sourceKey": key, "destinationKey": "to/" + key}
            for key in names))
        job.run().expect(1)
        (job.folder / "report.csv").write_bytes((job.work / "report.csv").read_bytes())
        job.put_source(*(Spec(key) for key in names[1:]))
        job.manifest = job.folder / "report.csv"
        job.work = job.folder / "again"
        job.run("--only-failed").expect(0)
        self.assertEqual(job.statuses(), {key: "COPIED" for key in names[1:]})
        self.assertEqual({item["sourceKey"]: item["destinationKey"] for item in self.items(job)},
                         {key: FOLDER + "to/" + key for key in names[1:]})
        job.work = job.folder / "all"
        job.run().expect(0)
        self.assertEqual(job.statuses(), {key: "SAME" for key in names})

    def test_every_file_of_a_completion_report(self):
        """All lists of tasks that failed are read, not only the first; those that succeeded are not
        copied."""
        job = self.job(Spec("a b"), Spec("c+d"), Spec("e"), Spec("done"))
        for number, (key, status) in enumerate(
                [("a b", "failed"), ("c+d", "failed"), ("done", "succeeded"), ("e", "failed")]):
            self.put(job, f"job/{number}.csv", manifest.write(
                [(job.src, encoded(key), "", status, "x", "500", "y")]))
        body = json.dumps({"Format": "Report_CSV_20180820", "Results": [
            {"TaskExecutionStatus": "succeeded" if number == 2 else "failed", "Bucket": job.src,
             "MD5Checksum": "x", "Key": f"job/{number}.csv"} for number in range(4)]})
        job.manifest.write_text(body)
        job.run().expect(0)
        self.assertEqual(job.statuses(), {key: "COPIED" for key in ("a b", "c+d", "e")})
        self.assertEqual([json.loads(line)["line"] for line in
                          (job.work / "items.jsonl").read_bytes().splitlines()], [1, 2, 3])
        job.run("--recheck").expect(0)
        self.assertEqual(job.statuses(), {key: "SAME" for key in ("a b", "c+d", "e")})

    def test_a_file_that_is_not_there(self):
        """The error names the file."""
        job = self.job(Spec("a"))
        job.manifest.write_text(json.dumps({"Format": "Report_CSV_20180820", "Results": [
            {"TaskExecutionStatus": "failed", "Bucket": job.src, "Key": "job/none.csv"}]}))
        result = job.run().expect(2)
        self.assertIn(f"manifest s3://{job.src}/job/none.csv: NoSuchKey: it is not there",
                      result.stderr)
        self.assertEqual(job.written(), set())


class Versions(Case):
    """An object's version is that of its line, in every request; the copy's is in its result."""

    def test_pinned(self):
        """One object that is copied at once and one in parts; newer versions lie above both."""
        job = self.job()
        for client, bucket in ((job.source, job.src), (job.dest, job.dst)):
            client.put_bucket_versioning(Bucket=bucket,
                                         VersioningConfiguration={"Status": "Enabled"})
        specs = [Spec("one", size=10, tags={"a": "1"}),
                 Spec("parts", parts=[MIN_PART, 9], tags={"a": "1"})]
        job.put_source(*specs)
        old = {spec.key: job.source.head_object(Bucket=job.src, Key=spec.key) for spec in specs}
        for spec in specs:
            job.source.put_object(Bucket=job.src, Key=spec.key, Body=b"newer")
        job.manifest.write_bytes(lines(
            {"sourceBucket": job.src, "sourceKey": key, "versionId": head["VersionId"]}
            for key, head in old.items()))
        job.run().expect(0)
        for key, head in old.items():
            line = job.result(key)
            copy = job.dest.head_object(Bucket=job.dst, Key=FOLDER + key)
            self.assertEqual((line["status"], line["verified"], line["versionId"]),
                             ("COPIED", "etag", head["VersionId"]))
            self.assertEqual((copy["ETag"], copy["VersionId"]),
                             (head["ETag"], line["writtenVersionId"]))
            self.assertEqual(s3util.get_tags(job.dest, job.dst, FOLDER + key), {"a": "1"})
        asked = [request for request in job.proxy.log
                 if request.bucket == job.src and request.key in old]
        self.assertTrue(asked)
        for request in asked:
            self.assertEqual(request.query.get("versionId"), old[request.key]["VersionId"],
                             request.target)
        copies = [request for request in job.proxy.log
                  if request.op in ("CopyObject", "UploadPartCopy")]
        self.assertEqual({request.op for request in copies}, {"CopyObject", "UploadPartCopy"})
        for request in copies:
            key = request.key.removeprefix(FOLDER)
            self.assertTrue(request.headers["x-amz-copy-source"].endswith(
                f"?versionId={old[key]['VersionId']}"), request.headers["x-amz-copy-source"])
        rows = {row["name"]: row for row in job.report()}
        for key, head in old.items():
            self.assertEqual((rows[key]["sourceVersion"], rows[key]["destinationVersion"]),
                             (head["VersionId"], job.result(key)["writtenVersionId"]))

    def test_again_from_the_report(self):
        """A report's row keeps the version that was asked for."""
        job = self.job()
        job.source.put_bucket_versioning(Bucket=job.src,
                                         VersioningConfiguration={"Status": "Enabled"})
        job.put_source(Spec("one", size=10))
        old = job.source.head_object(Bucket=job.src, Key="one")
        job.source.put_object(Bucket=job.src, Key="one", Body=b"newer")
        job.manifest.write_bytes(manifest.write([(job.src, "one", old["VersionId"])]))
        job.run().expect(0)
        rows = list(csv.DictReader(io.StringIO((job.work / "report.csv").read_text(), newline="")))
        self.assertEqual(rows[0]["sourceVersion"], old["VersionId"])
        job.manifest.write_bytes(gzip.compress((job.work / "report.csv").read_bytes()))
        job.work = job.folder / "again"
        job.run().expect(0)
        self.assertEqual((job.result("one")["status"], job.result("one")["versionId"]),
                         ("SAME", old["VersionId"]))


if __name__ == "__main__":
    unittest.main()
