"""What an object has besides its bytes: tags, metadata, and what a copy cannot be given."""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, servers  # noqa: F401 (puts tests/servers on the path)
import quirks
from quirk_s3 import Answer, QuirkS3

MIB = 1 << 20
PARTS = {"size": 20 * MIB, "part_size": 8 * MIB}  # of an object that is copied in parts
LONG = {f"project-cohort-and-consent-code-{i:02}": "v" * 200 for i in range(10)}
# The most that S3 takes: 34 KiB when they are encoded.
LARGEST = {f"{i}" + "键" * 127: "値" * 256 for i in range(10)}


class Case(unittest.TestCase):
    """Jobs on the fake S3."""

    def fake(self, *given) -> QuirkS3:
        """A server that ends with the test, and found no mistake of its own by then."""
        fake = QuirkS3(*given)
        self.addCleanup(lambda: self.assertEqual(fake.errors, []))
        self.addCleanup(fake.stop)
        fake.bucket("src", "dst")
        return fake

    def copy(self, fake: QuirkS3, *options: str, code: int = 0) -> tuple[dict, dict]:
        """Copy all of src: ({key: result}, what --json printed)."""
        fake.forget()
        with tempfile.TemporaryDirectory(prefix="copyout-test-") as folder:
            listed, work = Path(folder, "manifest.csv"), Path(folder, "work")
            listed.write_bytes(manifest.write(manifest.of_bucket("src", fake.keys("src"))))
            told = copyout.run(["run", "--manifest", listed, "--to", "s3://dst/",
                                "--destination-keys", "full", "--work", work, "--json", "--quiet",
                                *options], env=fake.environment()).expect(code)
            lines = [json.loads(line) for file in sorted(work.glob("results/*.jsonl"))
                     for line in file.read_text().splitlines()]
        self.assertEqual(fake.uploads, {})
        return {line["sourceKey"]: line for line in lines}, told.json


class Tags(Case):
    """Tags of an object in parts, which Create is given, or not."""

    def test_too_long_for_the_header(self):
        """More than 2,048 bytes are put when the copy is there."""
        for mode in ("best-effort", "require"):
            for tags in (LONG, LARGEST):
                with self.subTest(mode, tags=len(str(tags))):
                    fake = self.fake()
                    fake.add("src", "big", **PARTS, tags=tags)
                    fake.add("src", "small", b"small", tags=tags)
                    results, _ = self.copy(fake, "--tags", mode)
                    for key in ("big", "small"):
                        self.assertEqual(fake.get("dst", key).tags, tags)
                        self.assertEqual(results[key]["status"], "COPIED")
                        self.assertNotIn("notes", results[key])
                    [create] = fake.requests("CreateMultipartUpload")
                    self.assertNotIn("x-amz-tagging", create.headers)
                    self.assertEqual(fake.counts()["PutObjectTagging"], 1)

    def test_short(self):
        """They are given to Create, and nothing is put."""
        fake = self.fake()
        fake.add("src", "big", **PARTS, tags={"a b": "ü", "c": ""})
        self.copy(fake)
        self.assertEqual(fake.get("dst", "big").tags, {"a b": "ü", "c": ""})
        self.assertEqual(fake.counts()["PutObjectTagging"], 0)

    def test_no_such_header(self):
        """A server without x-amz-tagging at Create (Cloudflare R2) has them put."""
        for mode in ("best-effort", "require"):
            with self.subTest(mode):
                fake = self.fake(quirks.not_implemented("CreateMultipartUpload", "x-amz-tagging"))
                fake.add("src", "big", **PARTS, tags={"a": "b"})
                results, _ = self.copy(fake, "--tags", mode)
                self.assertEqual(fake.get("dst", "big").tags, {"a": "b"})
                self.assertNotIn("notes", results["big"])

    def test_not_supported(self):
        """Neither the header nor the operation: a note, or a failure."""
        quirk = (quirks.not_implemented("CreateMultipartUpload", "x-amz-tagging"),
                 quirks.not_implemented("PutObjectTagging"))
        fake = self.fake(*quirk)
        fake.add("src", "big", **PARTS, tags={"a": "b"})
        results, told = self.copy(fake)
        self.assertEqual(results["big"]["notes"], ["tags-unsupported"])
        self.assertEqual((told["notes"], told["tagsDropped"]), ({"tags-unsupported": 1}, 0))

        fake = self.fake(*quirk)
        fake.add("src", "big", **PARTS, tags={"a": "b"})
        results, _ = self.copy(fake, "--tags", "require", code=1)
        self.assertEqual(results["big"]["error"]["code"], "NotImplemented")

    def test_not_allowed(self):
        """403, of an object whose HEAD shows a number of tags, and of one whose HEAD shows none."""
        fake = self.fake(quirks.refuse("GetObjectTagging", 403, "AccessDenied"))
        fake.add("src", "tagged", **PARTS, tags={"a": "b"})
        fake.add("src", "unknown", **PARTS)
        results, told = self.copy(fake)
        self.assertEqual(results["tagged"]["notes"], ["tags-dropped"])
        self.assertEqual(results["unknown"]["notes"], ["tags-unknown"])
        self.assertEqual(told["notes"], {"tags-dropped": 1, "tags-unknown": 1})
        self.assertEqual(told["tagsDropped"], 1)
        results, _ = self.copy(fake, "--tags", "require", code=1)
        self.assertEqual({key: line["status"] for key, line in results.items()},
                         {"tagged": "FAILED", "unknown": "FAILED"})


class Required(Case):
    """`require`: both ends must show the tags."""

    def test_counted_by_both(self):
        """One HEAD of the copy more than without."""
        fake = self.fake()
        fake.add("src", "small", b"small", tags={"a": "b"})
        self.copy(fake, "--tags", "require")
        self.assertEqual(fake.counts()["GetObjectTagging"], 0)

    def test_lost_by_copy_object(self):
        """A CopyObject that drops them, with no number on HEAD: they are put."""
        def drops(request, proceed):
            said = proceed(request)
            if request.op == "CopyObject":
                fake.get("dst", request.key).tags = {}
            said.drop("x-amz-tagging-count")
            return said

        fake = self.fake(drops)
        fake.add("src", "small", b"small", tags={"a": "b"})
        results, _ = self.copy(fake, "--tags", "require")
        self.assertEqual(results["small"]["status"], "COPIED")
        self.assertEqual(fake.get("dst", "small").tags, {"a": "b"})

    def test_lost_for_good(self):
        """A server that says that it took them, and did not."""
        fake = self.fake(lambda request, proceed: Answer(200) if request.op == "PutObjectTagging"
                         else proceed(request))
        fake.add("src", "small", b"small", tags={"a": "b"})
        fake.add("dst", "small", b"small")
        results, _ = self.copy(fake, "--tags", "require", code=1)
        self.assertEqual(results["small"]["error"]["code"], "VerifyError")

    def test_of_what_is_there(self):
        """The same bytes without the tags are not the same object; the best effort says SAME."""
        fake = self.fake()
        fake.add("src", "small", b"small", tags={"a": "b"})
        fake.add("dst", "small", b"small")
        self.assertEqual(self.copy(fake)[0]["small"]["status"], "SAME")
        self.assertEqual(self.copy(fake, "--tags", "require")[0]["small"]["status"], "COPIED")
        self.assertEqual(fake.get("dst", "small").tags, {"a": "b"})
        self.assertEqual(self.copy(fake, "--tags", "require")[0]["small"]["status"], "SAME")
        self.assertEqual(fake.counts()["CopyObject"], 0)


class Metadata(Case):
    """What HEAD gives is what Create gets."""

    def test_byte_for_byte(self):
        """Bytes of any kind; a field that comes twice is sent once."""
        given = [("x-amz-meta-utf", "café 日本"), ("x-amz-meta-latin", "caf\udce9"),
                 ("x-amz-meta-spaces", "a  b   c"), ("x-amz-meta-quoted", '"a  b"  c'),
                 ("x-amz-meta-encoded", "=?UTF-8?B?Zm9v?="), ("x-amz-meta-empty", ""),
                 ("x-amz-meta-percent", "%41%2"), ("x-amz-meta-list", 'a,b;c="d, e"'),
                 ("Content-Encoding", "aws-chunked,gzip"), ("Expires", "never"),
                 ("Content-Disposition", "attachment; filename=\"café.bam\""),
                 ("x-amz-meta-twice", "one"), ("x-amz-meta-twice", "two"),
                 ("Cache-Control", "no-cache"), ("Cache-Control", "max-age=0")]
        fake = self.fake()
        fake.add("src", "big", **PARTS, extra=given)
        results, _ = self.copy(fake)
        self.assertEqual(results["big"]["status"], "COPIED")
        want: dict[str, list[str]] = {}
        for name, value in given:
            want.setdefault(name.lower(), []).append(value)
        [create] = fake.requests("CreateMultipartUpload")
        got = {name: value.encode("latin-1").decode(errors="surrogateescape")
               for name, value in create.headers.items()}
        self.assertEqual({name: got.get(name) for name in want},
                         {name: ",".join(values) for name, values in want.items()})

    def test_notes(self):
        """What a copy cannot be given is said, and counted by the report."""
        fake = self.fake()
        lock = [("x-amz-object-lock-mode", "COMPLIANCE"),
                ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z")]
        fake.add("src", "missing", **PARTS, extra=[("x-amz-missing-meta", "2")])
        fake.add("src", "missing-small", b"1", extra=[("x-amz-missing-meta", "2")])
        fake.add("src", "locked", b"2", extra=lock)
        fake.add("src", "locked-big", **PARTS, extra=lock)
        fake.add("src", "held", b"3", extra=[("x-amz-object-lock-legal-hold", "ON")])
        fake.add("src", "not-held", b"4", extra=[("x-amz-object-lock-legal-hold", "OFF")])
        fake.add("src", "express", b"5", storage_class="EXPRESS_ONEZONE")
        results, told = self.copy(fake)
        self.assertEqual({key: line.get("notes", []) for key, line in results.items()}, {
            "missing": ["metadata-missing"], "missing-small": [],
            "locked": ["object-lock-not-copied"], "locked-big": ["object-lock-not-copied"],
            "held": ["object-lock-not-copied"], "not-held": [],
            "express": ["storage-class-changed"]})
        self.assertEqual(told["notes"], {"metadata-missing": 1, "object-lock-not-copied": 3,
                                         "storage-class-changed": 1})
        for request in fake.requests("CreateMultipartUpload") + fake.requests("CopyObject"):
            self.assertFalse([name for name in request.headers if "object-lock" in name
                              or "missing" in name or name == "x-amz-storage-class"])


class Complete(Case):
    """What Complete may say of an upload whose parts are all there, as far as we know."""

    def test_invalid_part_for_a_moment(self):
        """The parts are listed, and Complete is sent again; no part is."""
        fake = self.fake(quirks.refuse("CompleteMultipartUpload", 400, "InvalidPart", times=1))
        fake.add("src", "big", **PARTS)
        results, _ = self.copy(fake)
        self.assertEqual((results["big"]["status"], results["big"]["verified"]),
                         ("COPIED", "etag"))
        self.assertEqual(fake.counts()["UploadPartCopy"], 3)
        self.assertEqual(fake.counts()["ListParts"], 1)

    def test_lost_part(self):
        """What the server lost is copied again, into the same upload."""
        def loses(request, proceed):
            if request.op == "CompleteMultipartUpload" and fake.counts()[request.op] == 1:
                del fake.uploads[request.upload_id].parts[2]
            return proceed(request)

        fake = self.fake(loses)
        fake.add("src", "big", **PARTS)
        results, _ = self.copy(fake)
        self.assertEqual(results["big"]["verified"], "etag")
        self.assertEqual([request.part for request in fake.requests("UploadPartCopy")][3:], [2])
        self.assertEqual(fake.counts()["CreateMultipartUpload"], 1)

    def test_parts_of_one_length_only(self):
        """A server that takes no others (Cloudflare R2): one CopyObject, and a note."""
        fake = self.fake(quirks.refuse("CompleteMultipartUpload", 400, "InvalidPart"))
        fake.add("src", "big", size=21 * MIB, parts=[8 * MIB, 7 * MIB, 6 * MIB])
        results, _ = self.copy(fake)
        self.assertEqual((results["big"]["status"], results["big"]["verified"],
                          results["big"]["notes"]), ("COPIED", "size", ["layout-not-mirrored"]))
        self.assertEqual(fake.counts()["CompleteMultipartUpload"], 3)

    def test_conflict(self):
        """409 ends the upload: it is aborted, and the object begins again."""
        fake = self.fake(quirks.refuse(("CompleteMultipartUpload", "CopyObject"), 409,
                                       "ConditionalRequestConflict", times=1))
        fake.add("src", "big", **PARTS)
        results, _ = self.copy(fake, "--on-different", "fail")
        self.assertEqual((results["big"]["status"], results["big"]["verified"]),
                         ("COPIED", "etag"))
        self.assertEqual(fake.counts()["CompleteMultipartUpload"], 2)
        self.assertEqual(fake.counts()["CreateMultipartUpload"], 2)
        self.assertEqual(fake.counts()["AbortMultipartUpload"], 1)

    def test_conflict_for_good(self):
        """Four times, and no upload is left behind."""
        fake = self.fake(quirks.refuse(("CompleteMultipartUpload", "CopyObject"), 409,
                                       "ConditionalRequestConflict"))
        fake.add("src", "big", **PARTS)
        fake.add("src", "small", b"small")
        results, _ = self.copy(fake, "--on-different", "fail", code=1)
        self.assertEqual({line["error"]["code"] for line in results.values()},
                         {"ConditionalRequestConflict"})
        self.assertEqual((fake.counts()["CompleteMultipartUpload"], fake.counts()["CopyObject"]),
                         (4, 4))


if __name__ == "__main__":
    unittest.main()
