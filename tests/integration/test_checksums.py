"""Checksums: copies in parts keep them, they prove where ETags cannot, and asking for them is never
the reason why an object cannot be copied.

The server is the fake S3 of tests/servers/quirk_s3.py, which answers as Amazon S3 does.
"""

from __future__ import annotations

import json
import re
import tempfile
import unittest
from pathlib import Path

from lib import copyout, manifest, servers

import quirk_s3  # lies with the servers: lib.servers knows where
import quirks

MIB = 1 << 20
KINDS = [(name, kind) for name in quirk_s3.ALGORITHMS
         for kind in quirk_s3.TYPES_OF_UPLOADS.get(name, ("COMPOSITE",))]
MODE = "x-amz-checksum-mode"


def refuse_mode(status: int, bucket: str, times: int = 0):
    """HEAD that asks for checksums is refused: no right to kms:Decrypt, or KMS is asked too much."""
    count = [0]

    def quirk(request, proceed):
        if request.op != "HeadObject" or request.bucket != bucket or MODE not in request.headers:
            return proceed(request)
        count[0] += 1
        return proceed(request) if times and count[0] > times else quirk_s3.error(status, "")

    return quirk


class Checksums(unittest.TestCase):
    """A job from bucket src to bucket dst of a fake."""

    def setUp(self):
        self.server = servers.quirk(self)
        self.fake = self.server.backend
        self.fake.bucket("src", "dst")
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.runs = 0

    def tearDown(self):
        self.assertEqual(self.fake.errors, [])

    def add_all_kinds(self) -> None:
        """One object of parts for each kind and type of checksum that uploads may have."""
        for name, kind in KINDS:
            self.fake.add("src", f"{name}-{kind}", size=20 * MIB, part_size=8 * MIB,
                          checksums=[name], checksum_type=kind)

    def run_it(self, *options: str, code: int = 0) -> copyout.Result:
        """Copy all of src, each time with a new work store."""
        self.runs += 1
        work = self.folder / f"work{self.runs}"
        listed = self.folder / "list.csv"
        listed.write_bytes(manifest.write(manifest.of_bucket("src", self.fake.keys("src"))))
        self.fake.forget()
        result = copyout.run(["run", "--manifest", listed, "--to", "s3://dst/", "--json",
                              "--destination-keys", "full", "--work", work, *options],
                             self.server).expect(code)
        self.results = {line["sourceKey"]: line for file in work.glob("results/*")
                        for line in map(json.loads, file.read_text().splitlines())}
        return result

    def asked(self, bucket: str, key: str) -> list[bool]:
        """For each look at an object in order: whether it asked for checksums."""
        return [MODE in request.headers for request in
                self.fake.requests("HeadObject", bucket=bucket, key=key) if request.part is None]

    def assert_kept(self, key: str) -> None:
        """The copy has the checksum of its source."""
        source, there = self.fake.get("src", key), self.fake.get("dst", key)
        self.assertEqual(there.content, source.content)
        self.assertEqual((there.checksums, there.checksum_type),
                         (source.checksums, source.checksum_type), key)

    def assert_results(self, status: str, verified: str, notes: list[str] | None = None) -> None:
        """All came out so."""
        for key, result in self.results.items():
            self.assertEqual((result["status"], result["verified"], result.get("notes")),
                             (status, verified, notes), (key, result))
        self.assertEqual(sorted(self.results), self.fake.keys("src"))
        self.assertEqual(self.fake.uploads, {})


class Kept(Checksums):
    def test_of_every_kind(self):
        self.add_all_kinds()
        self.run_it()
        self.assert_results("COPIED", "etag")
        for key in self.results:
            self.assert_kept(key)
            self.assertEqual(self.asked("src", key), [False, True])
            self.assertEqual(self.asked("dst", key), [False])

    def test_etag_that_no_parts_make(self):
        """The checksum of the parts' checksums is the proof, after one mirror for nothing."""
        self.fake.add("src", "k", size=20 * MIB, part_size=8 * MIB, checksums=["sha256"],
                      checksum_type="COMPOSITE", etag="0123456789abcdef0123456789abcdef-3")
        self.run_it()
        self.assert_results("COPIED", "checksum")
        self.assertEqual(self.results["k"]["verifiedBy"], "sha256")
        self.assert_kept("k")
        self.assertLessEqual(len(self.fake.requests("UploadPartCopy")), 6)

    def test_of_every_kind_under_kms(self):
        """What the ETag cannot show the checksum shows, by its name; the next run knows it."""
        self.fake.kms.add("dst")
        for name, kind in KINDS:  # a source under KMS too, so that nothing but checksums can tell
            self.fake.add("src", f"{name}-{kind}", size=20 * MIB, part_size=8 * MIB,
                          checksums=[name], checksum_type=kind, kms=kind == "COMPOSITE")
            if kind == "COMPOSITE":
                self.fake.add("src", f"{name}-one", b"one piece", checksums=[name])
        self.run_it()
        for key, result in self.results.items():
            self.assertEqual((result["status"], result["verified"]), ("COPIED", "checksum"), result)
            # Once KMS is seen, parts are worth mirroring for a checksum of their checksums only.
            if not key.endswith("FULL_OBJECT"):
                self.assertNotIn("notes", result)
            self.assertEqual(result["verifiedBy"], key.split("-")[0])
            self.assertEqual(result["writtenChecksum"]["name"].lower(), key.split("-")[0])
            self.assert_kept(key)
        for mode in ("overwrite", "keep", "fail"):
            self.run_it("--on-different", mode)
            self.assert_results("SAME", "checksum")
            for key, result in self.results.items():
                self.assertEqual(result["verifiedBy"], key.split("-")[0])

    def test_ordinary_objects_are_not_asked(self):
        """HEAD, HEAD, COPY, and no word of checksums, which CopyObject takes over by itself."""
        for name in quirk_s3.ALGORITHMS:
            self.fake.add("src", name, name.encode(), checksums=[name])
        self.run_it()
        self.assert_results("COPIED", "etag")
        for key, result in self.results.items():
            self.assertEqual(result["requests"], 3)
            self.assertEqual(self.asked("src", key) + self.asked("dst", key), [False, False])
            self.assert_kept(key)

    def test_none(self):
        """A source without: its copy is made as ever."""
        self.fake.add("src", "big", size=20 * MIB, part_size=8 * MIB)
        self.run_it()
        self.assert_results("COPIED", "etag")
        create, = self.fake.requests("CreateMultipartUpload")
        complete, = self.fake.requests("CompleteMultipartUpload")
        self.assertNotIn("checksum", " ".join([*create.headers, *complete.headers]))
        self.assertNotIn(b"Checksum", complete.body)


class Refused(Checksums):
    def test_may_not_be_asked_for(self):
        """403 without kms:Decrypt, on both sides: copied, and looked at, all the same."""
        self.fake.kms.add("dst")
        self.add_all_kinds()
        self.fake.add("src", "small", b"some bytes", checksums=["sha256"])
        self.fake.quirks = [refuse_mode(403, "src"), refuse_mode(403, "dst")]
        self.run_it()
        for key, result in self.results.items():
            self.assertEqual((result["status"], result["verified"]), ("COPIED", "size"), key)
            self.assertEqual(self.fake.get("dst", key).content, self.fake.get("src", key).content)
        self.run_it("--on-different", "keep")
        self.assertEqual({result["status"] for result in self.results.values()}, {"KEPT"})
        self.run_it("--on-different", "fail", code=1)
        self.assertEqual({result["error"]["code"] for result in self.results.values()},
                         {"Unproven"})

    def test_destination_is_not_asked_for_ever(self):
        """Refused a few times one after another: the rest of the job does without."""
        self.fake.kms.add("dst")
        for number in range(300):
            self.fake.add("src", f"{number:03}", b"x", checksums=["crc32"])
        self.fake.quirks = [refuse_mode(403, "dst")]
        self.run_it()
        self.assert_results("COPIED", "size")
        refused = [request for request in self.fake.requests("HeadObject", bucket="dst")
                   if MODE in request.headers and request.status == 403]
        self.assertLess(len(refused), 300)

    def test_throttled(self):
        """KMS' ThrottlingException is a 400, and HEAD has no body to say so: the look is made
        again, a few times."""
        self.fake.kms.add("dst")
        self.fake.add("src", "s", b"some bytes", checksums=["crc64nvme"])
        self.fake.add("dst", "s", b"some bytes", checksums=["crc64nvme"])
        for policy in ("overwrite", "keep", "fail"):
            with self.subTest(policy):
                self.fake.quirks = [refuse_mode(400, "dst", times=2)]
                self.run_it("--on-different", policy)
                self.assert_results("SAME", "checksum")
                self.assertEqual(self.asked("dst", "s").count(True), 3)

    def test_throttled_for_good(self):
        """The look is made three times, and the object is one without checksums then."""
        self.fake.kms.add("dst")
        self.fake.add("src", "s", b"some bytes", checksums=["crc64nvme"])
        self.fake.add("dst", "s", b"some bytes", checksums=["crc64nvme"])
        self.fake.quirks = [refuse_mode(400, "dst")]
        self.run_it("--on-different", "keep")
        self.assert_results("KEPT", "none", ["unproven"])
        self.assertEqual(self.asked("dst", "s").count(True), 3)


class Uploads(Checksums):
    """Servers that do not take an upload's checksum: without, with a note, and said once."""

    def refused_by(self, *given) -> None:
        self.fake.quirks = list(given)
        self.add_all_kinds()
        result = self.run_it()
        self.assert_results("COPIED", "etag", ["checksum-dropped"])
        self.assertEqual(len(re.findall("refuses multipart uploads with the checksums",
                                        result.stderr)), 1, result.stderr)

    def test_create_is_not_implemented(self):
        self.refused_by(quirks.not_implemented("CreateMultipartUpload", "x-amz-checksum-algorithm"))

    def test_create_is_invalid(self):
        self.refused_by(quirks.refuse("CreateMultipartUpload", 400, "InvalidArgument",
                                      header="x-amz-checksum-type"))

    def test_complete_is_invalid(self):
        def quirk(request, proceed):
            if request.op == "CompleteMultipartUpload" and b"<Checksum" in request.body:
                return quirk_s3.error(400, "InvalidRequest")
            return proceed(request)

        self.refused_by(quirk)

    def test_passed_over(self):
        """A server that takes the headers and does nothing with them (Ceph RGW 16 and many)."""
        def quirk(request, proceed):
            if request.op == "CreateMultipartUpload":
                request.headers.pop("x-amz-checksum-algorithm", None)
                request.headers.pop("x-amz-checksum-type", None)
            return proceed(request)

        self.fake.quirks = [quirk]
        self.add_all_kinds()
        result = self.run_it()
        self.assert_results("COPIED", "etag", ["checksum-dropped"])
        self.assertNotIn("refuses", result.stderr)


if __name__ == "__main__":
    unittest.main()
