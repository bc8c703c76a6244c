"""Keys are bytes: what they are in the source they are in the destination.

Every key that has ever broken a tool goes all the way: through the manifest, URLs, signatures,
the copy's own header, XML and the report.
"""

from __future__ import annotations

import json
import re
import sys
import unittest
import urllib.request
from pathlib import Path
from urllib.parse import quote, quote_plus

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import manifest, s3util, servers
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from lib.jobs import FOLDER, Job
from lib.s3util import HARD_KEYS, MIN_PART, Spec

ROOM = len(FOLDER.encode())


def make_in_parts(job: Job, spec: Spec) -> None:
    """Upload an object in parts under any key.

    boto3 cannot read the answers about keys with control characters: Create's is read here
    without an XML parser; of Complete's, boto3 says 500, so whether it worked is looked up.
    """
    client, where = job.source, {"Bucket": job.src, "Key": spec.key}
    url = client.generate_presigned_url("create_multipart_upload", where)
    with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
        upload_id = re.search(b"<UploadId>([^<]+)</UploadId>", answer.read())[1].decode()
    upload, body, parts = {**where, "UploadId": upload_id}, spec.body(), []
    for number, size in enumerate(spec.parts, 1):
        piece, body = body[:size], body[size:]
        etag = client.upload_part(**upload, PartNumber=number, Body=piece)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    try:
        client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    except (ResponseParserError, ClientError):
        client.head_object(**where)
    if spec.tags:
        s3util.put_tags(client, job.src, spec.key, spec.tags)
    if job.server.features.rights:
        client.put_object_acl(**where, GrantRead="id=dest", GrantFullControl="id=source")


class Keys:
    """The tests that run on RGW and on moto."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def job(self, keys, **how) -> Job:
        """A job for objects of these keys, no two of them alike."""
        return Job(self, self.server, [Spec(key, size=10 + number, **how)
                                       for number, key in enumerate(keys)])

    def copies_parts_of(self, key: str) -> bool:
        """Whether the server finds the source of UploadPartCopy under this key.

        RGW 16 decodes the header twice. Where that leaves a lone percent sign, it crashes.
        """
        return self.kind != "rgw" or not ("%" in key or "?versionId=" in key)

    def check(self, job: Job, copies: dict[str, str]) -> None:
        """All are copied to where they belong ({source key: key in the bucket}), and no more."""
        there = set(s3util.keys(job.dest, job.dst))
        markers = {key for key in there if key.endswith(("STARTED_COPY.txt", "ENDED_COPY.csv"))}
        self.assertEqual(there - markers - {"list.csv"}, set(copies.values()))
        s3util.assert_same_objects(job.source, job.src, job.dest, job.dst, copies, content=True)
        results = job.results()
        self.assertEqual({key: result["destinationKey"] for key, result in results.items()},
                         copies)
        self.assertEqual({(result["status"], result["verified"]) for result in results.values()},
                         {("COPIED", "etag")})

    def test_full_keys_below_a_folder(self):
        keys = s3util.hard_keys(ROOM)
        job = self.job(keys)
        told = job.run().expect(0).json
        self.assertEqual(told["copied"], len(keys))
        self.check(job, {key: FOLDER + key for key in keys})
        rows = job.report()
        self.assertEqual(len(rows), len(keys))
        # A report may write a line break in its own way, but it tells all objects apart.
        self.assertEqual(len({row["source"] for row in rows}), len(keys))

    def test_full_keys_in_the_root_with_a_manifest_in_s3(self):
        """The longest ones leave no room for a folder."""
        job = self.job(HARD_KEYS)
        job.manifest = manifest.put(job.dest, job.dst, "list.csv",
                                    manifest.of_bucket(job.src, HARD_KEYS))
        job.run("--to", f"s3://{job.dst}").expect(0)
        self.check(job, {key: key for key in HARD_KEYS})
        again = job.run("--to", f"s3://{job.dst}").expect(0).json
        self.assertEqual((again["copied"], again["same"]), (0, len(HARD_KEYS)))
        self.assertEqual(job.written(), set())

    def test_manifest_written_in_other_ways(self):
        """Quotes only where they must be, CRLF, a BOM, gzip, no last line end."""
        keys = s3util.hard_keys(ROOM)
        job = self.job(keys)
        # csv quotes no lone CR unless it is told to write CRLF: all here have some reason for it.
        job.manifest.write_bytes(manifest.write(
            manifest.of_bucket(job.src, keys), quote_all=False, newline="\r\n", bom=True,
            last_newline=False, compressed=True))
        job.run().expect(0)
        self.check(job, {key: FOLDER + key for key in keys})

    def test_keys_that_are_url_encoded_in_the_manifest(self):
        """As S3 Inventory writes them (a plus for a space), and with a space as %20."""
        keys = s3util.hard_keys(ROOM)
        half = len(keys) // 2
        written = [quote_plus(key, safe="/") for key in keys[:half]]
        written += [quote(key, safe="") for key in keys[half:]]
        for where in ("option", "input"):
            job = self.job(keys)
            job.list(written)
            with self.subTest(where=where):
                if where == "option":
                    job.run("--url-encoded").expect(0)
                else:
                    job.work = job.folder / "other"
                    given = job.folder / "input.json"
                    given.write_text(json.dumps({"manifestKeyEncoding": "url"}))
                    job.run(str(given)).expect(0)
                self.check(job, {key: FOLDER + key for key in keys})

    def test_without_the_setting_nothing_is_decoded(self):
        """A key with %41 in it is not the key with an A, though both are there."""
        pairs = {"a%41b": "aAb", "a+b": "a b", "a%2Fb": "a/b", "%252F": "%2F"}
        job = self.job([*pairs, *pairs.values()])
        job.list(pairs)
        job.run().expect(0)
        self.check(job, {key: FOLDER + key for key in pairs})

    def test_basenames(self):
        """What follows the last slash, whatever it looks like: dots are no folders."""
        copies: dict[str, str] = {}
        for key in s3util.hard_keys(ROOM):
            name = key.rpartition("/")[2]
            if name and FOLDER + name not in copies.values():  # two of one name are an error
                copies[key] = FOLDER + name
        self.assertGreater(len(copies), 30)
        job = self.job(copies)
        job.run("--destination-keys", "basename").expect(0)
        self.check(job, copies)

    def test_hard_keys_of_objects_in_parts(self):
        """The key is also in XML that a multipart copy is told, and that XML cannot hold."""
        keys = [key for key in s3util.hard_keys(ROOM) if self.copies_parts_of(key)]
        job = self.job([])
        for number, key in enumerate(keys):
            make_in_parts(job, Spec(key, parts=[100 + number], tags={"number": str(number)}))
        job.list(keys)
        job.run().expect(0)
        self.check(job, {key: FOLDER + key for key in keys})
        self.assertEqual(len(job.proxy.requests("CompleteMultipartUpload")), len(keys))
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])

    def test_hard_keys_of_two_parts(self):
        """With ranges, for some of the worst."""
        keys = ["a/../b+ ?x#y&z", "control \x01\x1f\r\n", "//two", "\u20ac \U0001f9ec"]
        job = self.job([])
        for number, key in enumerate(keys):
            make_in_parts(job, Spec(key, parts=[MIN_PART, 9 + number]))
        job.list(keys)
        job.run().expect(0)
        self.check(job, {key: FOLDER + key for key in keys})

    def test_missing_hard_keys_are_named_as_they_are(self):
        """A failure is reported of exactly the key that the manifest has."""
        keys = s3util.hard_keys(ROOM)
        job = self.job(["there"])
        job.list([*keys, "there"])
        told = job.run().expect(1).json
        self.assertEqual((told["copied"], told["failed"]), (1, len(keys)))
        results = job.results()
        self.assertEqual(set(results), {*keys, "there"})
        self.assertEqual({results[key]["error"]["code"] for key in keys}, {"NoSuchKey"})
        self.assertEqual([item["sourceKey"] for item in told["failures"]], keys)
        self.assertEqual(s3util.keys(job.dest, job.dst, FOLDER + "there"), [FOLDER + "there"])

    def test_folder_with_hard_characters(self):
        for folder in ("a+b %41/", "x//y/", "./up/../", "\u00fc\u20ac?#&/"):
            job = self.job(["k 1", "k+2"])
            with self.subTest(folder=folder):
                job.run("--to", f"s3://{job.dst}/{folder}").expect(0)
                self.check(job, {key: folder + key for key in job.specs})


class KeysOnRgw(Keys, unittest.TestCase):
    """Every signature is checked: what is signed is what is sent."""

    kind = "rgw"


    def test_parts_of_another_object_are_not_taken_for_it(self):
        """This server copies parts of `aAb` when it is asked for `a%41b`: that must be seen."""
        job = self.job([])
        for key in ("a%41b", "aAb"):
            make_in_parts(job, Spec(key, parts=[MIN_PART, 9]))
        job.list(["a%41b"])
        result = job.run()
        if job.result("a%41b")["status"] == "COPIED":
            result.expect(0)
            self.check(job, {"a%41b": FOLDER + "a%41b"})
        else:
            result.expect(1)
            self.assertEqual(job.result("a%41b")["status"], "FAILED")
            self.assertIsNone(job.copy_of("a%41b"))
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])


class KeysOnMoto(Keys, unittest.TestCase):
    """Another reading of the same rules."""

    kind = "moto"


if __name__ == "__main__":
    unittest.main()
