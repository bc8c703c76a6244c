"""The helpers themselves: do they make what they say, and see the differences they look for?

A helper that overlooks something would let every test pass, so this is tested without the
program: copies are made with boto3.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lib import copyout, manifest, s3util, servers
from lib.s3util import MIN_PART, Spec


class OnEachServer:
    """The tests that run on RGW and on moto."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)
        cls.source, cls.dest = cls.server.client("source"), cls.server.client("dest")

    def buckets(self, specs):
        """A source bucket with `specs` and an empty destination."""
        src, dst = self.server.bucket_name("lib-src"), self.server.bucket_name("lib-dst")
        self.etags = s3util.make_sources(self.server, src, specs)
        s3util.make_bucket(self.dest, dst)
        return src, dst

    def test_hard_keys_survive(self):
        src, dst = self.buckets([Spec(key, size=10 + i) for i, key in enumerate(s3util.HARD_KEYS)])
        for key in s3util.HARD_KEYS:
            with self.subTest(key=key):
                self.dest.copy_object(Bucket=dst, Key=key, CopySource={"Bucket": src, "Key": key})
                s3util.assert_same_object(self.source, src, key, self.dest, dst, key, content=True)
        self.assertEqual(sorted(s3util.keys(self.dest, dst)), sorted(s3util.HARD_KEYS))
        s3util.delete_all(self.dest, dst)
        self.assertEqual(s3util.keys(self.dest, dst), [])

    def test_hard_keys_are_legal(self):
        self.assertEqual(len(set(s3util.HARD_KEYS)), len(s3util.HARD_KEYS))
        sizes = [len(key.encode()) for key in s3util.HARD_KEYS]
        self.assertEqual((min(sizes), max(sizes)), (1, 1024))
        self.assertLess(len(s3util.hard_keys(room=10)), len(s3util.HARD_KEYS))

    def test_parts_have_the_sizes_asked_for(self):
        layouts = [[MIN_PART, MIN_PART, 7], [MIN_PART + 1, MIN_PART, 3], [9]]
        src, _ = self.buckets([Spec(f"k{i}", parts=parts) for i, parts in enumerate(layouts)])
        for i, parts in enumerate(layouts):
            self.assertTrue(self.etags[f"k{i}"].endswith(f"-{len(parts)}"))
            if self.server.features.part_numbers:
                seen = [self.source.head_object(Bucket=src, Key=f"k{i}", PartNumber=number)
                        for number in range(1, len(parts) + 1)]
                self.assertEqual([answer["ContentLength"] for answer in seen], parts)
                self.assertEqual([answer["PartsCount"] for answer in seen],
                                 [len(parts)] * len(parts))
                self.assertEqual(seen[0]["ETag"].strip('"'), self.etags[f"k{i}"])

    def test_everything_of_an_object_is_seen(self):
        full = {"headers": s3util.ALL_HEADERS, "metadata": s3util.ALL_METADATA,
                "tags": s3util.ALL_TAGS}
        src, dst = self.buckets([Spec("one", size=5, **full),
                                 Spec("parts", parts=[MIN_PART, 5], **full)])
        for key in ("one", "parts"):
            seen = s3util.look(self.dest, src, key)
            self.assertEqual(seen.metadata, s3util.ALL_METADATA)
            self.assertEqual(seen.tags, s3util.ALL_TAGS)
            self.assertEqual(sorted(seen.headers.values()), sorted(s3util.ALL_HEADERS.values()))
        for change, word in [({"size": 6}, "size"), ({"size": 5, "key": "other"}, "etag"),
                             ({"headers": {**s3util.ALL_HEADERS, "CacheControl": "x"}}, "headers"),
                             ({"headers": {**s3util.ALL_HEADERS, "Expires": "Thu, 22 Oct 2037 "
                                           "07:28:00 GMT"}}, "headers"),
                             ({"metadata": {"sample": "S-0001"}}, "metadata"),
                             ({"tags": {"project": "copyout"}}, "tags")]:
            spec = Spec(**{"key": "one", "size": 5, **full, **change})
            with mock.patch.object(spec, "body", Spec(spec.key, spec.size).body):
                spec.key = "one"
                s3util.make_object(self.dest, dst, spec)
            found = s3util.differences(self.source, src, "one", self.dest, dst, "one")
            self.assertIn(word, [line.split(":")[0] for line in found])
            with self.assertRaisesRegex(AssertionError, word):
                s3util.assert_same_objects(self.source, src, self.dest, dst, {"one": "one"})
        s3util.make_object(self.dest, dst, Spec("one", size=5, **full))
        s3util.assert_same_object(self.source, src, "one", self.dest, dst, "one", content=True)
        with self.assertRaises(AssertionError):
            s3util.assert_same_object(self.source, src, "one", self.dest, dst, "missing")

    def test_unfinished_uploads_are_listed(self):
        _, dst = self.buckets([])
        upload = self.dest.create_multipart_upload(Bucket=dst, Key="k")["UploadId"]
        self.assertEqual(s3util.unfinished_uploads(self.dest, dst), [("k", upload)])
        self.dest.abort_multipart_upload(Bucket=dst, Key="k", UploadId=upload)
        self.assertEqual(s3util.unfinished_uploads(self.dest, dst), [])
        self.assertFalse(s3util.exists(self.dest, dst, "k"))

    def test_many_kinds(self):
        specs = s3util.many_kinds(200)
        src, _ = self.buckets(specs)
        listed = {item["Key"]: item["Size"] for item in s3util.listing(self.dest, src)}
        self.assertEqual(listed, {spec.key: spec.total() for spec in specs})

    def test_through_a_proxy(self):
        src, _ = self.buckets([Spec("a b", size=3)])
        with servers.FaultProxy(self.server.endpoint) as proxy:
            client = self.server.through(proxy).client("dest")
            self.assertEqual(client.head_object(Bucket=src, Key="a b")["ContentLength"], 3)
            self.assertEqual(proxy.counts(), {"HeadObject": 1})
            self.assertEqual(proxy.log[0].status, 200)


class OnRgw(OnEachServer, unittest.TestCase):
    """With rights."""

    kind = "rgw"

    def test_rights(self):
        src, dst = self.buckets([Spec("k", size=3, tags={"a": "b"}), Spec("p", parts=[9])])
        with self.assertRaisesRegex(Exception, "Forbidden"):
            self.server.client("nobody").head_object(Bucket=src, Key="k")
        with self.assertRaisesRegex(Exception, "AccessDenied"):
            self.source.put_object(Bucket=dst, Key="k")
        with self.assertRaisesRegex(Exception, "AccessDenied"):
            self.dest.put_object(Bucket=src, Key="k")
        upload = self.dest.create_multipart_upload(Bucket=dst, Key="p")["UploadId"]
        self.dest.upload_part_copy(Bucket=dst, Key="p", UploadId=upload, PartNumber=1,
                                   CopySource={"Bucket": src, "Key": "p"})

    def test_tags_withheld(self):
        src = self.server.bucket_name("lib-src")
        s3util.make_sources(self.server, src, [Spec("k", size=3, tags={"a": "b"})], tags=False)
        self.assertEqual(s3util.look(self.dest, src, "k", tags=False).size, 3)
        with self.assertRaisesRegex(Exception, "AccessDenied"):
            s3util.get_tags(self.dest, src, "k")

    def test_copy_conditions_through_the_proxy(self):
        src, dst = self.buckets([Spec("k", size=3)])
        rules = [servers.Rule(servers.enforce_copy_conditions(self.dest))]
        with servers.FaultProxy(self.server.endpoint, rules) as proxy:
            client = self.server.through(proxy).client("dest")
            copy = {"Bucket": dst, "Key": "k", "CopySource": {"Bucket": src, "Key": "k"}}
            client.copy_object(**copy, CopySourceIfMatch=self.etags["k"])
            with self.assertRaisesRegex(Exception, "PreconditionFailed"):
                client.copy_object(**copy, CopySourceIfMatch="0" * 32)


class OnMoto(OnEachServer, unittest.TestCase):
    """As AWS would have it."""

    kind = "moto"

    def test_copy_conditions(self):
        src, dst = self.buckets([Spec("k", size=3), Spec("p", parts=[9])])
        copy = {"Bucket": dst, "Key": "k", "CopySource": {"Bucket": src, "Key": "k"}}
        self.dest.copy_object(**copy, CopySourceIfMatch=self.etags["k"])
        with self.assertRaisesRegex(Exception, "PreconditionFailed"):
            self.dest.copy_object(**copy, CopySourceIfMatch="0" * 32)
        with self.assertRaisesRegex(Exception, "NoSuchUpload"):
            self.dest.upload_part_copy(**copy, UploadId="none", PartNumber=1)
        with self.assertRaisesRegex(Exception, "404|Not Found|NoSuchKey"):
            self.dest.copy_object(**{**copy, "CopySource": {"Bucket": src, "Key": "none"}})


class Program(unittest.TestCase):
    """Running the program: here a script that stands in for it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = Path(folder.name, "program")
        script.write_text("#!/bin/sh\nenv >&2; echo \"args: $*\"; cat; pwd\n"
                          "ls -A \"$HOME\" | wc -l\necho '{\"copied\": 3}'\nexit 7\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        patch = mock.patch.object(copyout, "BINARY", script)
        patch.start()
        self.addCleanup(patch.stop)

    def test_run(self):
        with mock.patch.dict(os.environ, {"AWS_PROFILE": "mine", "https_proxy": "http://x"}):
            result = copyout.run(["run", "-"], input="in put\n", env={"EXTRA": "1"})
        self.assertEqual(result.returncode, 7)
        self.assertEqual(result.stdout.splitlines()[:2], ["args: run -", "in put"])
        self.assertEqual(result.stdout.splitlines()[3], "0")
        self.assertEqual(result.json, {"copied": 3})
        self.assertIn("EXTRA=1", result.stderr)
        for name in ("AWS_PROFILE", "https_proxy"):
            self.assertNotIn(name, result.stderr)
        with self.assertRaisesRegex(AssertionError, "expected exit 0"):
            result.expect(0)
        self.assertFalse(Path(result.stdout.splitlines()[2]).exists())

    def test_time_out(self):
        copyout.BINARY.write_text("#!/bin/sh\nexec sleep 60\n")
        with self.assertRaisesRegex(AssertionError, "not over after 0 s"):
            copyout.run([], timeout=0.2)


class Manifests(unittest.TestCase):
    """The CSV writer."""

    def test_write(self):
        rows = [("b", 'a "b", c'), ("b", "new\nline")]
        self.assertEqual(manifest.write(rows), b'"b","a ""b"", c"\n"b","new\nline"\n')
        self.assertEqual(manifest.write(rows[:1] * 2, quote_all=False, newline="\r\n", bom=True,
                                        last_newline=False),
                         b'\xef\xbb\xbfb,"a ""b"", c"\r\nb,"a ""b"", c"')
        self.assertEqual(manifest.write(rows, compressed=True)[:2], b"\x1f\x8b")


if __name__ == "__main__":
    unittest.main()
