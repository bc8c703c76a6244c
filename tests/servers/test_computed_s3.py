"""The computed S3 (nginx with Lua) answers as Amazon S3 does to what copyout and other tools ask.

    python3 -m unittest discover -s tests/servers -p 'test_*.py'
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import ssl
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent),
                str(Path(__file__).resolve().parent.parent / "integration")]
from botocore.exceptions import ClientError
from lib.servers import boto_client
from nginx.computed_s3 import MODULES, USER, ComputedS3
from nginx.daemon import has_modules

OBJECTS = 2500
PART = 5 << 20


def setUpModule() -> None:
    """Without nginx or its Lua module there is nothing to test; scripts/skipped.py names it."""
    if not has_modules(*MODULES):
        raise unittest.SkipTest("nginx with Lua is not installed (scripts/deps.sh test)")


class Asking(unittest.TestCase):
    """What all tests here need."""

    def server(self, **options: float) -> ComputedS3:
        """A server that ends with the test."""
        fake = ComputedS3({"objects": OBJECTS, "folder": 100, **options})
        self.addCleanup(fake.stop)
        self.s3 = boto_client(fake.endpoint, fake.region, *USER)
        return fake

    def code(self, function, **arguments) -> str:
        """The error's code or status of a call that must fail."""
        with self.assertRaises(ClientError) as caught:
            function(**arguments)
        return caught.exception.response["Error"]["Code"]

    def copy(self, key: str, target: str, **more):
        """CopyObject from the source bucket into "copies"."""
        return self.s3.copy_object(Bucket="copies", Key=target, CopySource={"Bucket": "source", "Key": key},
                                   **more)

    def pages(self, bucket: str, **asked) -> list[dict]:
        """All pages of a listing."""
        return list(self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **asked))

    def listed(self, bucket: str, **asked) -> list[str]:
        """All keys and common prefixes of a listing, in order."""
        found = []
        for page in self.pages(bucket, **asked):
            found += [item["Key"] for item in page.get("Contents", [])]
            found += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        return found


class Listings(Asking):
    """ListObjectsV2."""

    def test_all_keys_in_pages_of_a_thousand(self):
        fake = self.server()
        keys = [fake.key(number) for number in range(OBJECTS)]
        pages = self.pages("source")
        self.assertEqual([page["KeyCount"] for page in pages], [1000, 1000, 500])
        self.assertEqual(self.listed("source"), keys)
        self.assertEqual(keys, sorted(keys))
        self.assertEqual(fake.counts()["operations"], {"ListObjectsV2": 6})

    def test_a_listing_says_what_head_says(self):
        fake = self.server(size=100, sizes=7)
        row = self.s3.list_objects_v2(Bucket="source", StartAfter=fake.key(9), MaxKeys=1)["Contents"][0]
        head = self.s3.head_object(Bucket="source", Key=fake.key(10))
        self.assertEqual((row["Key"], row["Size"], row["ETag"], row["LastModified"]),
                         (fake.key(10), 103, head["ETag"], head["LastModified"]))
        self.assertEqual(head["ContentLength"], 103)

    def test_prefix_start_after_and_fewer_keys(self):
        fake = self.server()
        keys = [fake.key(number) for number in range(OBJECTS)]
        folder = [key for key in keys if key.startswith("sample-0000003/")]
        self.assertEqual(self.listed("source", Prefix="sample-0000003/"), folder)
        self.assertEqual(self.listed("source", Prefix="sample-0000003/", StartAfter=folder[7]), folder[8:])
        self.assertEqual(self.listed("source", Prefix="sample-0000003/", StartAfter="a"), folder)
        self.assertEqual(self.listed("source", Prefix="sample-0000003/", StartAfter="t"), [])
        self.assertEqual(self.listed("source", Prefix="nothing"), [])
        few = self.s3.list_objects_v2(Bucket="source", MaxKeys=3)
        self.assertEqual(([row["Key"] for row in few["Contents"]], few["IsTruncated"]), (keys[:3], True))

    def test_common_prefixes(self):
        fake = self.server()
        folders = sorted({fake.key(number).split("/")[0] + "/" for number in range(OBJECTS)})
        self.assertEqual(self.listed("source", Delimiter="/"), folders)
        self.assertEqual(self.listed("source", Delimiter="/", PaginationConfig={"PageSize": 4}), folders)
        self.assertEqual(len(self.listed("source", Delimiter="/", Prefix=folders[2])), 100)

    def test_copies_and_other_objects_in_one_order(self):
        fake = self.server()
        odd = ["a b+c/é&<x>", "release/zz", "release/sample-0000000/reads-000000001", "~"]
        targets = [f"release/{fake.key(number)}" for number in (0, 3, 99, 100, 2499)] + [fake.key(5)]
        for number, target in zip((0, 3, 99, 100, 2499, 5), targets):
            self.copy(fake.key(number), target)
        for key in odd:
            self.s3.put_object(Bucket="copies", Key=key, Body=b"x")
        everything = sorted(odd + targets, key=str.encode)
        self.assertEqual(self.listed("copies"), everything)
        self.assertEqual(self.listed("copies", PaginationConfig={"PageSize": 2}), everything)
        self.assertEqual(self.listed("copies", Prefix="release/s"), [
            key for key in everything if key.startswith("release/s")])
        self.s3.delete_object(Bucket="copies", Key=targets[1])
        self.assertNotIn(targets[1], self.listed("copies"))

    def test_keys_come_url_encoded_only_when_asked(self):
        fake = self.server()
        self.s3.put_object(Bucket="copies", Key="a b/é&", Body=b"")
        for query, shown in (("", b"a b/\xc3\xa9&amp;"), ("&encoding-type=url", b"a%20b/%C3%A9%26")):
            with urllib.request.urlopen(f"{fake.endpoint}/copies?list-type=2{query}") as answer:
                self.assertIn(b"<Key>" + shown + b"</Key>", answer.read())


class Objects(Asking):
    """What is there, and copies of it."""

    def test_a_copy_is_found_by_head_and_has_its_sources_etag(self):
        fake = self.server()
        target = f"release/{fake.key(7)}"
        self.assertEqual(self.code(self.s3.head_object, Bucket="copies", Key=target), "404")
        source = self.s3.head_object(Bucket="source", Key=fake.key(7))
        answer = self.copy(fake.key(7), target, CopySourceIfMatch=source["ETag"])
        self.assertEqual(answer["CopyObjectResult"]["ETag"], source["ETag"])
        there = self.s3.head_object(Bucket="copies", Key=target)
        self.assertEqual((there["ETag"], there["ContentLength"]), (source["ETag"], source["ContentLength"]))
        self.copy(fake.key(7), "other name")
        self.assertEqual(self.s3.head_object(Bucket="copies", Key="other name")["ETag"], source["ETag"])
        fake.forget()
        self.assertEqual(self.code(self.s3.head_object, Bucket="copies", Key=target), "404")

    def test_conditions_hold(self):
        fake = self.server()
        self.assertEqual(self.code(self.copy, key=fake.key(1), target="a", CopySourceIfMatch='"0"'),
                         "PreconditionFailed")
        self.assertEqual(self.code(self.copy, key="nothing", target="a"), "NoSuchKey")
        self.s3.put_object(Bucket="copies", Key="a", Body=b"there")
        self.s3.meta.events.register("before-sign.s3.PutObject", lambda request, **_: request.headers.add_header(
            "If-None-Match", "*"))
        self.assertEqual(self.code(self.s3.put_object, Bucket="copies", Key="a", Body=b"x"),
                         "PreconditionFailed")
        self.s3.put_object(Bucket="copies", Key="b", Body=b"x")

    def test_objects_of_our_own_are_kept(self):
        self.server()
        self.s3.put_object(Bucket="work", Key="jobs/a+b", Body=b"0123456789", Metadata={"made-by": "us"},
                           ContentType="text/plain")
        got = self.s3.get_object(Bucket="work", Key="jobs/a+b")
        self.assertEqual((got["Body"].read(), got["Metadata"], got["ContentType"], got["ETag"]),
                         (b"0123456789", {"made-by": "us"}, "text/plain",
                          f'"{hashlib.md5(b"0123456789").hexdigest()}"'))
        ranged = self.s3.get_object(Bucket="work", Key="jobs/a+b", Range="bytes=2-4")
        self.assertEqual((ranged["Body"].read(), ranged["ContentRange"]), (b"234", "bytes 2-4/10"))
        self.assertEqual(self.code(self.s3.get_object, Bucket="work", Key="b"), "NoSuchKey")

    def test_complete(self):
        fake = self.server()
        fake.complete("copies", "release/")
        self.assertEqual(len(self.listed("copies", Prefix="release/")), OBJECTS)


class Parts(Asking):
    """Multipart uploads."""

    def begin(self, key: str) -> dict:
        """An upload."""
        upload = self.s3.create_multipart_upload(Bucket="copies", Key=key)["UploadId"]
        return {"Bucket": "copies", "Key": key, "UploadId": upload}

    def part(self, upload: dict, source: str, number: int, first: int, size: int) -> dict:
        """UploadPartCopy, and what Complete is to say of it."""
        answer = self.s3.upload_part_copy(
            **upload, PartNumber=number, CopySource={"Bucket": "source", "Key": source},
            CopySourceRange=f"bytes={first}-{first + size - 1}")
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

    def test_the_sources_parts_make_the_sources_etag(self):
        fake = self.server(parts=4, part_size=PART)
        source = self.s3.head_object(Bucket="source", Key=fake.key(3), PartNumber=2)
        self.assertEqual((source["PartsCount"], source["ContentLength"], source["ETag"][-3:]), (4, PART, '-4"'))
        upload = self.begin("there/" + fake.key(3))
        parts = [self.part(upload, fake.key(3), n + 1, n * PART, PART) for n in range(4)]
        listed = self.s3.list_parts(**upload, MaxParts=3)
        self.assertEqual(([part["ETag"] for part in listed["Parts"]], listed["IsTruncated"]),
                         ([part["ETag"] for part in parts[:3]], True))
        self.assertEqual(self.code(self.s3.complete_multipart_upload, **upload, MultipartUpload={
            "Parts": [{**parts[0], "ETag": "0"}]}), "InvalidPart")
        self.assertEqual(fake.counts()["open"], 1)
        done = self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        self.assertEqual(done["ETag"], source["ETag"])
        self.assertEqual(self.s3.head_object(Bucket="copies", Key="there/" + fake.key(3))["ETag"], source["ETag"])
        self.assertEqual(fake.counts()["open"], 0)

    def test_other_parts_make_another_etag(self):
        fake = self.server(parts=4, part_size=PART)
        source = self.s3.head_object(Bucket="source", Key=fake.key(3))
        upload = self.begin(fake.key(3))
        parts = [self.part(upload, fake.key(3), n + 1, n * 2 * PART, 2 * PART) for n in range(2)]
        done = self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        self.assertEqual((done["ETag"] == source["ETag"], done["ETag"][-3:]), (False, '-2"'))
        whole = self.copy(fake.key(3), "whole/" + fake.key(3))["CopyObjectResult"]["ETag"]
        self.assertNotIn("-", whole)
        self.assertEqual(self.s3.head_object(Bucket="copies", Key="whole/" + fake.key(3))["ETag"], whole)

    def test_bytes_of_our_own_in_parts_and_an_abort(self):
        self.server()
        upload = self.begin("report")
        parts = [{"PartNumber": n, "ETag": self.s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"]}
                 for n, body in ((1, b"one "), (2, b"two"))]
        self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        self.assertEqual(self.s3.get_object(Bucket="copies", Key="report")["Body"].read(), b"one two")
        upload = self.begin("never")
        self.assertEqual([row["Key"] for row in self.s3.list_multipart_uploads(
            Bucket="copies", Prefix="n")["Uploads"]], ["never"])
        self.s3.abort_multipart_upload(**upload)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket="copies"))
        self.assertEqual(self.code(self.s3.abort_multipart_upload, **upload), "NoSuchUpload")


class Surroundings(Asking):
    """Limits, latencies, counts, addresses, TLS."""

    def test_more_writes_than_the_limit_are_refused_and_counted(self):
        fake = self.server(writes_per_second=0.001, burst=2)
        for number in range(2):
            self.copy(fake.key(number), fake.key(number))
        self.assertEqual(self.code(self.copy, key=fake.key(2), target=fake.key(2)), "SlowDown")
        self.assertEqual(self.s3.head_object(Bucket="copies", Key=fake.key(1))["ContentLength"], 4097)
        counts = fake.counts()
        self.assertEqual((counts["refused"], counts["operations"]), (1, {"CopyObject": 3, "HeadObject": 1}))
        fake.set(writes_per_second=0)
        self.copy(fake.key(2), fake.key(2))
        fake.reset()
        self.assertEqual((fake.counts()["refused"], fake.counts()["operations"]), (0, {}))

    def test_requests_that_wait_are_in_flight_together(self):
        fake = self.server(read_ms=1500)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self.s3.head_object(Bucket="source", Key=fake.key(n)), range(8)))
        self.assertGreater(fake.counts()["most in flight"], 1)
        self.assertEqual(fake.counts()["operations"], {"HeadObject": 8})

    def test_requests_are_counted_by_address(self):
        with ComputedS3({"objects": 10}, addresses=2) as fake:
            for address in ("127.0.0.1", "127.0.0.2", "127.0.0.2"):
                url = fake.endpoint.replace("127.0.0.1", address)
                urllib.request.urlopen(f"{url}/source?list-type=2").close()
            self.assertEqual(fake.counts()["addresses"], {"127.0.0.1": 1, "127.0.0.2": 2})

    def test_tls_with_its_own_authority(self):
        fake = self.server()
        url = f"{fake.tls_endpoint}/source/{fake.key(0)}"
        with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=fake.ca)) as answer:
            self.assertEqual(len(answer.read()), 4096)
        with self.assertRaises(OSError):
            urllib.request.urlopen(url)


if __name__ == "__main__":
    unittest.main()
