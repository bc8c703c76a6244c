"""The price of the proof, and options of a copy that go beyond its bytes: tags that are set, Object
Lock, and the condition on what is overwritten. Each with an object in one piece and one in parts.

The server is the fake S3 of tests/servers/quirk_s3.py, which answers as Amazon S3 does.
"""

from __future__ import annotations

import unittest

from test_checksums import MIB, Checksums, quirk_s3

GIB = 1 << 30
LOCK = [("x-amz-object-lock-mode", "GOVERNANCE"),
        ("x-amz-object-lock-retain-until-date", "2099-12-31T00:00:00.000Z"),
        ("x-amz-object-lock-legal-hold", "ON")]


class Price(Checksums):
    """--proof."""

    def counts(self) -> dict[str, int]:
        return {op: n for op, n in self.fake.counts().items()
                if op in ("CopyObject", "UploadPartCopy", "CreateMultipartUpload")}

    def test_checksum(self):
        """One CopyObject of an object in parts, proven by the checksum in its answer."""
        self.fake.add("src", "k", size=100 * MIB, part_size=8 * MIB, checksums=["crc64nvme"])
        told = self.run_it("--proof", "checksum").json
        self.assert_results("COPIED", "checksum", ["layout-by-checksum"])
        self.assertEqual(self.results["k"]["verifiedBy"], "crc64nvme")
        self.assertEqual(told["notes"], {"layout-by-checksum": 1})
        self.assertEqual(self.counts(), {"CopyObject": 1})
        self.assertEqual(self.asked("dst", "k"), [False])
        self.run_it("--proof", "checksum")
        self.assert_results("SAME", "checksum")

    def test_checksum_of_parts(self):
        """A COMPOSITE checksum is another one of other parts: they are mirrored."""
        self.fake.add("src", "k", size=100 * MIB, part_size=8 * MIB, checksums=["sha256"],
                      checksum_type="COMPOSITE")
        self.run_it("--proof", "checksum")
        self.assert_results("COPIED", "etag")

    def test_fast(self):
        self.fake.add("src", "k", size=GIB, part_size=512 * MIB, checksums=["crc64nvme"])
        told = self.run_it("--proof", "fast").json
        self.assert_results("COPIED", "checksum", ["layout-fast"])
        self.assertEqual(told["notes"], {"layout-fast": 1})
        self.assertEqual(self.fake.get("dst", "k").parts, [128 * MIB] * 8)

    def test_estimate(self):
        """The dry run prices each."""
        self.fake.add("src", "k", size=GIB, part_size=512 * MIB, checksums=["crc64nvme"])
        for proof, copies in (("etag", {"UploadPartCopy": 2}), ("checksum", {"CopyObject": 1}),
                              ("fast", {"UploadPartCopy": 8})):
            with self.subTest(proof):
                told = self.run_it("--proof", proof, "--dry-run").json
                self.assertEqual(self.fake.counts()["CopyObject"], 0)
                requests = told["estimate"]["most"]["requests"]
                self.assertEqual({op: n for op, n in requests.items()
                                  if op in ("CopyObject", "UploadPartCopy")}, copies)


class Given(Checksums):
    def setUp(self):
        super().setUp()
        self.keys = ("big", "small")

    def add(self, **given) -> None:
        self.fake.add("src", "big", size=20 * MIB, part_size=8 * MIB, **given)
        self.fake.add("src", "small", b"small", **given)

    def given(self, key: str) -> dict[str, str]:
        """The headers of the request that made the copy what it is."""
        op = "CreateMultipartUpload" if key == "big" else "CopyObject"
        return self.fake.requests(op, bucket="dst", key=key)[-1].headers

    def test_tags(self):
        self.add(tags={"old": "1"})
        self.run_it("--tags", "set", "--tag-set", "new=a+b&c=%C3%BC")
        self.assert_results("COPIED", "etag")
        for key in self.keys:
            self.assertEqual(self.given(key)["x-amz-tagging"], "new=a%20b&c=%C3%BC")
        self.assertEqual(self.fake.get("dst", "big").tags, {"new": "a b", "c": "ü"})
        self.assertEqual(self.fake.counts()["GetObjectTagging"], 0)

    def test_tags_need_a_set(self):
        self.add()
        for options in (["--tags", "set"], ["--tag-set", "a=1"],
                        ["--tags", "set", "--tag-set", "a"]):
            with self.subTest(options):
                self.run_it(*options, code=2)

    def test_lock(self):
        self.add(extra=LOCK)
        for mode in ("keep", "require"):
            with self.subTest(mode):
                for key in self.keys:
                    self.fake.delete("dst", key)
                self.run_it("--object-lock", mode)
                self.assert_results("COPIED", "etag")
                for key in self.keys:
                    for name, value in LOCK:
                        self.assertEqual(self.given(key)[name], value)

    def test_lock_is_left(self):
        self.add(extra=LOCK)
        self.run_it("--look", "head")
        self.assert_results("COPIED", "etag", ["object-lock-not-copied"])
        for key in self.keys:
            self.assertFalse([name for name in self.given(key) if "object-lock" in name])

    def test_annotations(self):
        """A copy that is refused with them is sent once more without."""
        name = "x-amz-object-annotation-directive"
        self.fake.quirks.append(lambda request, proceed: quirk_s3.error(403, "AccessDenied")
                                if request.op == "CopyObject" and name not in request.headers
                                else proceed(request))
        for key in ("a", "b"):
            self.fake.add("src", key, b"small", tags={"x": "y"}, extra=[("Server", "AmazonS3")])
        self.run_it("--look", "head")
        self.assert_results("COPIED", "etag", ["annotations-dropped"])
        sent = [request.headers.get(name) for request in self.fake.requests("CopyObject")]
        self.assertEqual(sent[0], None)
        self.assertEqual(sent.count("EXCLUDE"), 2)
        self.run_it("--look", "head", "--annotations", "none")
        self.assert_results("SAME", "etag")

    def test_match(self):
        """What is overwritten is what was seen."""
        self.add()
        etags = {key: self.fake.add("dst", key, b"other").etag for key in self.keys}
        self.run_it()
        self.assert_results("COPIED", "etag")
        for key, op in (("big", "CompleteMultipartUpload"), ("small", "CopyObject")):
            [request] = self.fake.requests(op, bucket="dst", key=key)
            self.assertEqual(request.headers["if-match"], f'"{etags[key]}"')


del Checksums

if __name__ == "__main__":
    unittest.main()
