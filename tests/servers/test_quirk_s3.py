"""The fake S3 answers as Amazon S3 does, and otherwise where a quirk says so.

    python3 -m unittest discover -s tests/servers -p 'test_*.py'
"""

from __future__ import annotations

import hashlib
import http.client
import re
import sys
import unittest
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
import quirks
from quirk_s3 import QuirkS3

MIB = 1 << 20


class Asking(unittest.TestCase):
    """What all tests here need."""

    def fake(self, *given, **options) -> QuirkS3:
        """A server that ends with the test, and found no mistake of its own by then."""
        fake = QuirkS3(*given, **options)
        self.addCleanup(lambda: self.assertEqual(fake.errors, []))
        self.addCleanup(fake.stop)
        return fake

    def ask(self, fake: QuirkS3, method: str, target: str, body: bytes = b"", **headers: str):
        """(status, headers with names in lower case, body)"""
        connection = http.client.HTTPConnection(urlsplit(fake.endpoint).netloc, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body or None, named)
        answer = connection.getresponse()
        told = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return told

    def copy_in_parts(self, fake: QuirkS3, source: str, target: str, parts: list[int],
                      **headers: str) -> str:
        """Copy by parts of these sizes; the ETag of what came of it."""
        _, _, body = self.ask(fake, "POST", f"{target}?uploads", **headers)
        upload = re.search(rb"<UploadId>(.*?)</", body)[1].decode()
        rows, first = "", 0
        for number, size in enumerate(parts, 1):
            status, _, body = self.ask(
                fake, "PUT", f"{target}?partNumber={number}&uploadId={upload}",
                x_amz_copy_source=source,
                x_amz_copy_source_range=f"bytes={first}-{first + size - 1}")
            self.assertEqual(status, 200, body)
            etag = re.search(rb"<ETag>(.*?)</", body)[1].decode()
            rows += f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
            first += size
        self.assertEqual(len(re.findall(
            b"<PartNumber>", self.ask(fake, "GET", f"{target}?uploadId={upload}")[2])), len(parts))
        body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
        status, _, body = self.ask(fake, "POST", f"{target}?uploadId={upload}", body)
        self.assertEqual(status, 200, body)
        return self.ask(fake, "HEAD", target)[1]["etag"].strip('"')


class Objects(Asking):
    """One object at a time."""

    def test_bytes_have_their_md5(self):
        """As PutObject stores them, and as add() declares them."""
        fake = self.fake()
        fake.bucket("b")
        right = hashlib.md5(b"hello").hexdigest()
        self.assertEqual(self.ask(fake, "PUT", "/b/put", b"hello")[1]["etag"], f'"{right}"')
        self.assertEqual(fake.add("b", "added", b"hello").etag, right)
        two = fake.add("b", "two", b"hello", parts=[3, 2])
        sums = hashlib.md5(b"hel").digest() + hashlib.md5(b"lo").digest()
        self.assertEqual(two.etag, hashlib.md5(sums).hexdigest() + "-2")
        self.assertEqual(self.ask(fake, "GET", "/b/two", Range="bytes=1-3")[::2], (206, b"ell"))

    def test_sizes_without_bytes_mirror(self):
        """A copy has its source's ETag exactly where it has its source's parts."""
        fake = self.fake()
        fake.bucket("dst")
        source = fake.add("src", "k", size=20 * MIB, part_size=8 * MIB)
        self.assertEqual(source.parts, [8 * MIB, 8 * MIB, 4 * MIB])
        self.assertEqual(self.copy_in_parts(fake, "src/k", "/dst/same", source.parts), source.etag)
        self.assertNotEqual(self.copy_in_parts(fake, "src/k", "/dst/other", [10 * MIB] * 2),
                            source.etag)
        self.ask(fake, "PUT", "/dst/one", x_amz_copy_source="/src/k")
        self.ask(fake, "PUT", "/dst/again", x_amz_copy_source="/dst/other")
        self.assertEqual(fake.get("dst", "one").etag, fake.get("dst", "again").etag)

    def test_hard_key_and_headers(self):
        """Keys and values keep their bytes; a header may come twice."""
        fake = self.fake()
        fake.bucket("dst")
        key = "a b/+%41?\u00e9\n"
        fake.add("src", key, b"x", headers={"x-amz-meta-a": "\u00fc"}, tags={"t & u": "v"},
                 extra=[("x-amz-meta-twice", "1"), ("x-amz-meta-twice", "2")])
        path = quote(key)
        status, _, body = self.ask(fake, "PUT", f"/dst/{path}", x_amz_copy_source=f"src/{path}")
        self.assertEqual(status, 200, body)
        self.assertEqual(fake.keys("dst"), [key])
        told = self.ask(fake, "HEAD", f"/dst/{path}")[1]
        self.assertEqual(told["x-amz-meta-a"], "\u00fc".encode().decode("latin-1"))
        self.assertEqual(told["x-amz-tagging-count"], "1")
        self.assertIn(b"<Key>t &amp; u</Key>", self.ask(fake, "GET", f"/dst/{path}?tagging")[2])
        connection = http.client.HTTPConnection(urlsplit(fake.endpoint).netloc)
        self.addCleanup(connection.close)
        connection.request("HEAD", f"/src/{path}")
        self.assertEqual(connection.getresponse().headers.get_all("x-amz-meta-twice"), ["1", "2"])

    def test_part_numbers(self):
        """HEAD of one part."""
        fake = self.fake()
        fake.add("b", "parts", size=20 * MIB, part_size=8 * MIB)
        fake.add("b", "whole", size=3)
        status, told, _ = self.ask(fake, "HEAD", "/b/parts?partNumber=3")
        self.assertEqual((status, told["content-length"], told["x-amz-mp-parts-count"]),
                         (206, str(4 * MIB), "3"))
        self.assertEqual(self.ask(fake, "HEAD", "/b/parts?partNumber=4")[0], 416)
        self.assertNotIn("x-amz-mp-parts-count", self.ask(fake, "HEAD", "/b/whole?partNumber=1")[1])

    def test_conditions(self):
        """412 where they do not hold, and only there."""
        fake = self.fake()
        etag = fake.add("src", "k", b"x").etag
        fake.add("dst", "there", b"y")
        copy = {"x_amz_copy_source": "/src/k"}
        for status, target, headers in (
                (200, "/dst/a", {"x_amz_copy_source_if_match": f'"{etag}"'}),
                (412, "/dst/b", {"x_amz_copy_source_if_match": '"0"'}),
                (412, "/dst/there", {"If_None_Match": "*"}),
                (200, "/dst/c", {"If_None_Match": "*"})):
            self.assertEqual(self.ask(fake, "PUT", target, **copy, **headers)[0], status, target)
        self.assertEqual(fake.keys("dst"), ["a", "c", "there"])

    def test_versions(self):
        """Each version by its id; a delete marker says what it is."""
        fake = self.fake()
        fake.versioned.add("b")
        old = fake.add("b", "k", b"old")
        fake.add("b", "k", b"new")
        gone = fake.add("b", "k", delete_marker=True)
        self.assertEqual(self.ask(fake, "GET", f"/b/k?versionId={old.version_id}")[2], b"old")
        self.assertEqual(self.ask(fake, "HEAD", "/b/k")[0], 404)
        status, told, _ = self.ask(fake, "HEAD", f"/b/k?versionId={gone.version_id}")
        self.assertEqual((status, told["x-amz-delete-marker"]), (405, "true"))

    def test_listing_in_pages(self):
        """Each key once."""
        fake = self.fake()
        for number in range(5):
            fake.add("b", f"p/{number}", b"")
        fake.add("b", "q", b"")
        found, after = [], ""
        while True:
            _, _, body = self.ask(fake, "GET", "/b?list-type=2&prefix=p/&max-keys=2" + after)
            found += re.findall(rb"<Key>(.*?)</Key>", body)
            token = re.search(rb"<NextContinuationToken>(.*?)</", body)
            if not token:
                break
            after = "&continuation-token=" + quote(token[1])
        self.assertEqual(found, [b"p/%d" % number for number in range(5)])


class Proofs(Asking):
    """KMS and checksums."""

    def test_kms_has_opaque_etags(self):
        """No two writes have one ETag, and each answer names the encryption."""
        fake = self.fake()
        fake.bucket("dst")
        fake.kms.add("dst")
        fake.add("src", "k", b"x")
        etags = set()
        for _ in range(2):
            _, told, _ = self.ask(fake, "PUT", "/dst/k", x_amz_copy_source="/src/k")
            self.assertEqual(told["x-amz-server-side-encryption"], "aws:kms")
            etags.add(fake.get("dst", "k").etag)
        self.assertEqual(len(etags), 2)

    def test_checksums_only_when_asked_for(self):
        """Copies keep their source's, and composite ones follow the parts."""
        fake = self.fake()
        fake.bucket("dst")
        fake.add("src", "k", size=12 * MIB, part_size=6 * MIB, checksums=["sha256"],
                 checksum_type="COMPOSITE")
        self.assertNotIn("x-amz-checksum-sha256", self.ask(fake, "HEAD", "/src/k")[1])
        told = self.ask(fake, "HEAD", "/src/k", x_amz_checksum_mode="ENABLED")[1]
        self.assertRegex(told["x-amz-checksum-sha256"], r"^[\w+/]{43}=-2$")
        self.assertEqual(told["x-amz-checksum-type"], "COMPOSITE")
        self.ask(fake, "PUT", "/dst/k", x_amz_copy_source="/src/k")
        self.assertNotIn("-", fake.get("dst", "k").checksums["sha256"])

    def test_composite_needs_part_checksums(self):
        """A Complete without them is refused."""
        fake = self.fake()
        fake.bucket("dst")
        fake.add("src", "k", size=MIB)
        with self.assertRaisesRegex(AssertionError, "InvalidRequest"):
            self.copy_in_parts(fake, "src/k", "/dst/k", [MIB], x_amz_checksum_algorithm="CRC32")


class Quirks(Asking):
    """What a test changes."""

    def test_order_and_log(self):
        """The first quirk is the outermost; what it does not let through is logged all the same."""
        fake = self.fake(quirks.refuse("HeadObject", 503, "SlowDown", times=1), quirks.no_length)
        fake.add("b", "k", b"xyz")
        self.assertEqual(self.ask(fake, "HEAD", "/b/k")[0], 503)
        status, told, _ = self.ask(fake, "HEAD", "/b/k")
        self.assertEqual(status, 200)
        self.assertNotIn("content-length", told)
        self.assertEqual([request.status for request in fake.requests("HeadObject", key="k")],
                         [503, 200])
        self.assertEqual(fake.counts()["HeadObject"], 2)

    def test_all_by_name(self):
        """Each can be used, and lets what it is not about pass."""
        self.assertGreater(len(quirks.BY_NAME), 10)
        for name, quirk in quirks.BY_NAME.items():
            with self.subTest(name):
                fake = self.fake(quirk)
                fake.bucket("dst")
                fake.add("src", "k", b"x")
                self.assertEqual(self.ask(fake, "PUT", "/dst/k", x_amz_copy_source="src/k")[0], 200)

    def test_mistake_of_a_quirk_is_told(self):
        """The test finds it in `errors`."""
        fake = QuirkS3(lambda request, proceed: 1 // 0)
        self.addCleanup(fake.stop)
        self.assertEqual(self.ask(fake, "GET", "/b/k")[0], 500)
        self.assertEqual(len(fake.errors), 1)


if __name__ == "__main__":
    unittest.main()
