"""Servers that cannot do what a copy asks for: it goes on with what is safe, and says so.

Each test has a fake S3 of its own (tests/servers/quirk_s3.py), with one oddity or a few.
"""

from __future__ import annotations

import json
import tempfile
import time
import unittest
from pathlib import Path

from lib import copyout, manifest, servers

import quirks  # lies with the servers: lib.servers knows where

MIB, GIB = 1 << 20, 1 << 30


class Quirks(unittest.TestCase):
    """A job from bucket src to bucket dst of a fake."""

    def serve(self, *given) -> None:
        """Start the fake with these quirks."""
        self.server = servers.quirk(self, *given)
        self.fake = self.server.backend
        self.fake.bucket("src", "dst")
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def add(self, *keys: str, **what) -> None:
        """Declare sources of 20 MiB, of parts of 8 MiB, or of other shapes."""
        shape = what or {"size": 20 * MIB, "part_size": 8 * MIB}
        for key in keys:
            self.fake.add("src", key, **shape)

    def one_by_one(self) -> None:
        """Answer nothing about an object before the result of the one before it is on record."""
        def quirk(request, proceed):
            keys = self.fake.keys("src")
            before = keys.index(request.key) if request.key in keys else 0
            deadline = time.monotonic() + 90
            while self.recorded() < before and time.monotonic() < deadline:
                time.sleep(0.01)
            return proceed(request)

        self.fake.quirks.append(quirk)

    def recorded(self) -> int:
        """Return the number of results in the work store."""
        return sum(file.read_bytes().count(b"\n") for file in self.folder.glob("work/results/*"))

    def run_it(self, *options: str, code: int = 0) -> copyout.Result:
        """Copy all of src."""
        listed = self.folder / "list.csv"
        listed.write_bytes(manifest.write(manifest.of_bucket("src", self.fake.keys("src"))))
        result = copyout.run(["run", "--manifest", listed, "--to", "s3://dst/", "--json",
                              "--destination-keys", "full", "--work", self.folder / "work",
                              *options], self.server).expect(code)
        self.results = {line["sourceKey"]: line for file in self.folder.glob("work/results/*")
                        for line in map(json.loads, file.read_text().splitlines())}
        return result

    def assert_copies(self, verified: str = "etag", notes: list[str] | None = None) -> None:
        """All are there, proven so, with these notes."""
        for key in self.fake.keys("src"):
            result = self.results[key]
            self.assertEqual((result["status"], result["verified"]), ("COPIED", verified), result)
            self.assertEqual(result.get("notes"), notes, result)
            self.assertEqual(self.fake.get("dst", key).content, self.fake.get("src", key).content)
        self.assertEqual(self.fake.uploads, {})

    def assert_said_once(self, result: copyout.Result, text: str) -> None:
        """A warning of that text, one for the job."""
        self.assertEqual(result.stderr.count(text), 1, result)


class Conditions(Quirks):
    """412 and 501 to conditions."""

    def test_copy_source_has_no_leading_slash(self):
        """As Cloudflare R2 wants it."""
        self.serve(quirks.no_leading_slash)
        self.add("one", size=10)
        self.add("parts")
        self.run_it()
        self.assert_copies()

    def test_source_condition_never_holds_for_parts(self):
        """Swift: the second object of parts meets no 412."""
        self.serve(quirks.source_etag_of_parts_never_matches)
        self.add("a", "b")
        self.one_by_one()
        result = self.run_it()
        self.assert_copies(notes=["source-condition-unsupported"])
        self.assert_said_once(result, "on condition of the source's ETag")
        refused = [request.key for request in self.fake.log if request.status == 412]
        self.assertEqual(set(refused), {"a"})
        self.assertEqual(len(self.fake.requests("CreateMultipartUpload", key="b")), 1)

    def test_source_condition_not_implemented(self):
        """501 needs no second look."""
        self.serve(quirks.source_condition_not_implemented)
        self.add("one", size=10)
        self.add("parts")
        result = self.run_it()
        self.assert_copies(notes=["source-condition-unsupported"])
        self.assert_said_once(result, "on condition of the source's ETag")

    def test_source_changes_without_the_condition(self):
        """The look at the source afterwards finds it, where the ETags prove nothing."""
        self.serve(quirks.source_condition_not_implemented)
        self.fake.kms.add("dst")
        self.add("one", size=10)
        changed = []

        def change(request, proceed):
            if request.op == "CopyObject" and len(self.fake.requests("CopyObject")) == 2:
                changed.append(self.fake.add("src", "one", size=10, seed="another"))
            return proceed(request)

        self.fake.quirks.append(change)
        self.run_it()
        self.assertEqual(len(changed), 1)
        self.assert_copies("size", ["source-condition-unsupported"])
        self.assertEqual(len(self.fake.requests("CopyObject")), 3)

    def test_if_none_match_not_implemented(self):
        """The destination is looked at right before, and the result says so."""
        self.serve(quirks.if_none_match_not_implemented)
        self.add("one", size=10)
        self.add("parts")
        result = self.run_it("--on-different", "keep")
        self.assert_copies(notes=["destination-condition-unsupported"])
        self.assert_said_once(result, "right before")
        for op, key in (("CopyObject", "one"), ("CompleteMultipartUpload", "parts")):
            ops = [request.op for request in self.fake.log
                   if (request.bucket, request.key) == ("dst", key)]
            self.assertEqual(ops[len(ops) - ops[::-1].index(op) - 2], "HeadObject", ops)

    def test_if_none_match_judged_by_the_source(self):
        """412 though nothing is there."""
        self.serve(quirks.if_none_match_asks_the_source)
        self.add("a", "b", size=10)
        self.one_by_one()
        result = self.run_it("--on-different", "fail")
        self.assert_copies(notes=["destination-condition-unsupported"])
        self.assert_said_once(result, "right before")
        self.assertEqual({request.key for request in self.fake.log if request.status == 412},
                         {"a"})

    def test_what_came_meanwhile_is_kept(self):
        """The last look sees it."""
        self.serve(quirks.if_none_match_not_implemented)
        self.add("parts")

        def somebody_writes(request, proceed):
            if request.op == "CompleteMultipartUpload" and not self.fake.get("dst", "parts"):
                self.fake.add("dst", "parts", b"somebody else's")
            return proceed(request)

        self.fake.quirks.insert(0, somebody_writes)
        self.run_it("--on-different", "keep")
        self.assertEqual(self.results["parts"]["status"], "KEPT")
        self.assertEqual(self.fake.get("dst", "parts").content.read(), b"somebody else's")
        self.assertEqual(self.fake.uploads, {})

    def test_tagging_directive_not_implemented(self):
        """With `--tags none` it goes without; no tag may have come along unseen."""
        self.serve(quirks.tagging_directive_not_implemented)
        self.add("a", "b", size=10)
        result = self.run_it("--tags", "none")
        self.assert_copies(notes=["tagging-directive-unsupported"])
        self.assert_said_once(result, "x-amz-tagging-directive")

    def test_another_answer_to_tagging(self):
        """A server that passes over ?tagging and answers with the object: one request for each copy."""
        for body in (b"<Report><TagSet/></Report>", b"<!DOCTYPE html><html><br></html>", b"no XML"):
            for tags, code, asked in (("best-effort", 0, 1), ("require", 1, 1), ("none", 0, 0)):
                with self.subTest(body=body, tags=tags):
                    def whole(answer, body=body):
                        answer.body = body

                    def untold(answer):
                        answer.drop("x-amz-tagging-count")

                    self.serve(quirks.change("GetObjectTagging", whole), quirks.change("HeadObject", untold))
                    self.add("a")
                    self.run_it("--tags", tags, code=code)
                    self.assertEqual(self.fake.counts()["GetObjectTagging"], asked)
                    if code == 0:
                        self.assert_copies(notes=["tags-unknown"] if asked else None)


class Sizes(Quirks):
    """HEAD without Content-Length."""

    def test_one_byte_tells_it(self):
        """Also that there is none; no object is taken for an empty one."""
        self.serve(quirks.no_length)
        self.add("one", size=10, headers={"x-amz-meta-a": "b"})
        self.add("empty", size=0, headers={"x-amz-meta-a": "b"})
        self.add("parts")
        result = self.run_it()
        self.assert_copies()
        self.assert_said_once(result, "without Content-Length")
        self.assertEqual({key: result["size"] for key, result in self.results.items()},
                         {"one": 10, "empty": 0, "parts": 20 * MIB})
        for key in ("one", "empty"):
            self.assertEqual(self.fake.get("dst", key).headers, {"x-amz-meta-a": "b"})

    def test_nothing_tells_it(self):
        """FAILED in words."""
        def no_range(answer):
            answer.drop("Content-Range")

        self.serve(quirks.no_length, quirks.change("GetObject", no_range))
        self.add("one", size=10)
        self.run_it(code=1)
        self.assertIn("tells the object's size", self.results["one"]["error"]["message"])
        self.assertIsNone(self.fake.get("dst", "one"))


class Marker(Quirks):
    """What the answer to the start marker tells."""

    def traits(self) -> list[str] | None:
        """What job.json says of the destination's server."""
        return json.loads((self.folder / "work/job.json").read_text()).get("destinationTraits")

    def test_ordinary_server(self):
        """Nothing is said, and nothing is written."""
        self.serve()
        self.add("one", size=10)
        result = self.run_it()
        self.assert_copies()
        self.assertIsNone(self.traits())
        self.assertNotIn("MD5", result.stderr)

    def test_encrypted_destination(self):
        """The marker's answer names the key; when it no longer does, the job forgets it."""
        self.serve()
        self.fake.kms.add("dst")
        self.add("one", size=10)
        result = self.run_it()
        self.assertEqual(self.traits(), ["kms-encrypted"])
        self.assert_said_once(result, "the destination encrypts with KMS keys")
        before = json.loads((self.folder / "work/job.json").read_text())
        self.fake.kms.clear()
        self.run_it()
        self.assertEqual(self.traits(), [])
        after = json.loads((self.folder / "work/job.json").read_text())
        self.assertEqual({**before, "destinationTraits": []}, after)

    def test_other_etags(self):
        """A server that makes its ETags in another way."""
        self.serve()
        self.fake.etag_bytes = lambda content: content.md5()[::-1]
        self.add("one", size=10)
        result = self.run_it()
        self.assertEqual(self.traits(), ["etag-not-md5"])
        self.assert_said_once(result, "ETags are not MD5 sums")

    def test_no_etag(self):
        """That tells nothing, and is no error."""
        def no_etag(answer):
            answer.drop("ETag")

        self.serve(quirks.change("PutObject", no_etag))
        self.add("one", size=10)
        self.run_it()
        self.assert_copies()
        self.assertIsNone(self.traits())

    def test_copy_tasks_are_told(self):
        """`copy` is a process of its own, and reads in job.json what was found."""
        self.serve(quirks.part_copy_not_implemented)
        self.add("a")
        work, given = self.folder / "work", self.folder / "input.json"
        self.fake.add("lists", "list.csv", manifest.write(manifest.of_bucket("src", ["a"])))
        given.write_text(json.dumps({"sourceFilesCsvBucket": "lists",
                                     "sourceFilesCsvKey": "list.csv", "destinationBucket": "dst"}))
        copyout.run(["prepare", given, "--job", work], self.server).expect(0)
        job = json.loads((work / "job.json").read_text())
        (work / "job.json").write_text(json.dumps({**job, "destinationTraits": ["no-part-copy"]}))
        copyout.run(["copy", "--job", work, "--shard", "0"], self.server).expect(0)
        self.assertEqual(self.fake.requests("CreateMultipartUpload"), [])
        self.assertEqual(self.fake.get("dst", "a").size, 20 * MIB)


class Parts(Quirks):
    """UploadPartCopy."""

    def test_not_implemented(self):
        """One CopyObject; the next object begins no upload."""
        self.serve(quirks.part_copy_not_implemented)
        self.add("a", "b")
        self.one_by_one()
        result = self.run_it()
        self.assert_copies("size", ["layout-not-mirrored"])
        self.assert_said_once(result, "cannot copy parts")
        self.assertEqual(len(self.fake.requests("CreateMultipartUpload")), 1)

    def test_too_large_for_one_copy(self):
        """FAILED, in words."""
        self.serve(quirks.part_copy_not_implemented)
        self.add("huge", size=6 * GIB, part_size=GIB)
        self.add("one", size=10)
        self.run_it(code=1)
        self.assertEqual(self.results["one"]["status"], "COPIED")
        self.assertEqual(self.results["huge"]["error"]["code"], "NotImplemented")
        self.assertIn("CopyObject takes 5 GiB at most", self.results["huge"]["error"]["message"])
        self.assertEqual(self.fake.uploads, {})

    def test_uploads_cannot_be_removed_either(self):
        """s3rver: the copy is there all the same, and the upload is told of."""
        self.serve(quirks.part_copy_not_implemented,
                   quirks.refuse("AbortMultipartUpload", 405, "MethodNotAllowed"))
        self.add("a")
        result = self.run_it()
        self.assertEqual(self.results["a"]["status"], "COPIED")
        self.assertIn("could not be removed", result.stderr)


if __name__ == "__main__":
    unittest.main()
