"""Input and manifests that look bad, and are right: each must end with every object copied."""

from __future__ import annotations

import gzip
import json
import unittest

from lib import manifest, s3util
from lib.bad_input import READING, Fixture
from lib.s3util import Spec

BASENAME = ["--destination-keys", "basename"]


class GoodForms(Fixture):
    """Odd, but right: each must end with every object copied."""

    KEYS = ["d/plain.txt", "d/with space.txt", "d/comma, and more.txt", 'd/quote".txt',
            "d/new\nline.txt", "d/café.txt", "d/plus+%41.txt"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.server.bucket_name("forms-src")
        s3util.make_sources(cls.server, cls.source, [Spec(key, 20) for key in cls.KEYS])
        cls.rows = manifest.of_bucket(cls.source, cls.KEYS)

    def setUp(self):
        super().setUp()
        self.dest = s3util.make_bucket(self.s3, self.server.bucket_name("forms-dst"))

    def check_copied(self, result, keys=None):
        """Every key is there under its basename, and is what its source is."""
        result.expect(0)
        keys = self.KEYS if keys is None else keys
        self.assertEqual((result.json["items"], result.json["copied"]), (len(keys), len(keys)))
        for key in keys:
            s3util.assert_same_object(self.s3, self.source, key, self.s3, self.dest,
                                      key.rsplit("/", 1)[-1], content=True)
        ours = {"STARTED_COPY.txt", "ENDED_COPY.csv"}
        self.assertEqual(set(s3util.keys(self.s3, self.dest)),
                         ours | {key.rsplit("/", 1)[-1] for key in keys})

    def copy(self, data: bytes, *args: str):
        """Run with a manifest in S3."""
        self.s3.put_object(Bucket=self.source, Key="list", Body=data)
        return self.run_it(["-m", f"s3://{self.source}/list", "-t", f"s3://{self.dest}", "--json",
                            *BASENAME, *args])

    def test_forms_of_csv(self):
        """What writers of CSV do, and all of it at once."""
        plain = manifest.write(self.rows)
        several = b"".join(gzip.compress(line) for line in
                           (manifest.write([row]) for row in self.rows))
        for name, data in {
            "as Elsa Data writes it": plain,
            "quotes only where needed": manifest.write(self.rows, quote_all=False),
            "CRLF": manifest.write(self.rows, newline="\r\n"),
            "BOM": manifest.write(self.rows, bom=True),
            "BOM and no quotes": manifest.write(self.rows, bom=True, quote_all=False),
            "no last newline": manifest.write(self.rows, last_newline=False),
            "no last newline after quotes": manifest.write(self.rows, quote_all=False,
                                                           last_newline=False),
            "gzip": manifest.write(self.rows, compressed=True),
            "several gzip files": several,
            "gzip with an empty one behind it": gzip.compress(plain) + gzip.compress(b""),
            "blank lines": b"\n\r\n" + plain.replace(b"\n\"", b"\n\n\n\"") + b"\n\n",
            "empty third column": b"".join(
                manifest.write([row + ("",)]) for row in self.rows),
            "all at once": manifest.write(self.rows, newline="\r\n", bom=True, compressed=True,
                                          quote_all=False, last_newline=False),
        }.items():
            with self.subTest(name):
                s3util.delete_all(self.s3, self.dest)
                self.check_copied(self.copy(data))

    def test_one_row(self):
        """The shortest manifest."""
        self.check_copied(self.copy(manifest.write(self.rows[:1])), self.KEYS[:1])

    def test_url_encoded(self):
        """As S3 Inventory writes keys: percent, and plus for a space."""
        encoded = [(self.source, key.replace("%", "%25").replace("+", "%2B").replace(" ", "+")
                    .replace("\n", "%0A").replace("é", "%c3%A9")) for key in self.KEYS]
        self.check_copied(self.copy(manifest.write(encoded), "--url-encoded"))

    def test_manifest_from_standard_input_and_disk(self):
        """The same rows, not from S3: the program then writes nothing into the source bucket."""
        for how in ("stdin", "gzip on stdin", "file", "gzip file"):
            with self.subTest(how):
                s3util.delete_all(self.s3, self.dest)
                data = manifest.write(self.rows, compressed="gzip" in how)
                where, given = "-", data
                if "file" in how:
                    (self.folder / "list").write_bytes(data)
                    where, given = "list", None
                self.proxy.reset()
                self.check_copied(self.run_it(["-m", where, "-t", f"s3://{self.dest}/", "--json",
                                               *BASENAME], input=given))
                self.assertEqual({request.bucket for request in self.proxy.log
                                  if request.method not in READING}, {self.dest})

    def input(self, **fields) -> bytes:
        """An input for these buckets; a BOM is allowed."""
        self.s3.put_object(Bucket=self.source, Key="list", Body=manifest.write(self.rows))
        given = {"sourceFilesCsvBucket": self.source, "sourceFilesCsvKey": "list",
                 "destinationBucket": self.dest, **fields}
        return json.dumps(given).encode()

    def test_input_from_standard_input(self):
        """- is the input, with and without a BOM."""
        self.check_copied(self.run_it(["-", "--json"], input=self.input()))
        s3util.delete_all(self.s3, self.dest)
        self.check_copied(self.run_it(["-", "--json"], input=b"\xef\xbb\xbf" + self.input()))

    def test_input_with_every_field(self):
        """No field of the table is refused, nor any of its values; all at their defaults."""
        for fields in [
            {"maxItemsPerBatch": 1, "copyConcurrency": 1, "destinationKeys": "basename",
             "onCollision": "fail", "onDifferent": "overwrite", "tags": "best-effort",
             "sourceRequiredRegion": "", "destinationRequiredRegion": "",
             "destinationFolderKey": "",
             "destinationStartCopyRelativeKey": "STARTED_COPY.txt", "dryRun": False,
             "destinationEndCopyRelativeKey": "ENDED_COPY.csv", "includeCopyReport": True,
             "manifestKeyEncoding": "none", "thawParams": {}},
            {"maxItemsPerBatch": 10000, "copyConcurrency": 10000, "onDifferent": "keep",
             "tags": "require", "destinationRequiredRegion": self.server.region,
             "thawParams": {"glacierFlexibleRetrievalThawDays": 1,
                            "glacierFlexibleRetrievalThawSpeed": "Expedited",
                            "glacierDeepArchiveThawDays": 3650,
                            "glacierDeepArchiveThawSpeed": "Bulk",
                            "intelligentTieringArchiveThawDays": 1,
                            "intelligentTieringArchiveThawSpeed": "Standard",
                            "intelligentTieringDeepArchiveThawDays": 1,
                            "intelligentTieringDeepArchiveThawSpeed": "Standard"}},
            {"onDifferent": "fail", "tags": "none", "sourceRequiredRegion": self.server.region},
        ]:
            with self.subTest(fields):
                s3util.delete_all(self.s3, self.dest)
                self.check_copied(self.run_it(["-", "--json"], input=self.input(**fields)))

    def test_options_win(self):
        """Options take the place of the input's fields."""
        other = self.server.bucket_name("forms-other")
        given = self.input(destinationBucket=other, destinationKeys="full", dryRun=False)
        self.check_copied(self.run_it(["-", "--to", f"s3://{self.dest}", "--json",
                                       "--destination-keys", "basename"], input=given))

    def test_destination_keys(self):
        """Below a folder, under the whole key."""
        given = self.input(destinationFolderKey="to/", destinationKeys="full")
        result = self.run_it(["-", "--json"], input=given).expect(0)
        self.assertEqual(result.json["copied"], len(self.KEYS))
        self.assertEqual(set(s3util.keys(self.s3, self.dest)),
                         {f"to/{key}" for key in self.KEYS} | {"to/STARTED_COPY.txt",
                                                               "to/ENDED_COPY.csv"})

    def test_versions(self):
        """A third column names the version that is copied; without one it is the current."""
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("forms-versions"))
        self.s3.put_bucket_versioning(Bucket=bucket,
                                      VersioningConfiguration={"Status": "Enabled"})
        parts = [s3util.MIN_PART, 9]
        old, new = {}, {}
        for key in ("one", "current", "gone"):
            old[key] = self.s3.put_object(Bucket=bucket, Key=key, Body=b"old " + key.encode(),
                                          Metadata={"age": "old"}, Tagging="age=old")
            new[key] = self.s3.put_object(Bucket=bucket, Key=key, Body=b"new " + key.encode())
        self.s3.delete_object(Bucket=bucket, Key="gone")
        s3util.make_object(self.s3, bucket, Spec("parts", parts=parts, metadata={"age": "old"}))
        old["parts"] = self.s3.head_object(Bucket=bucket, Key="parts")
        self.s3.put_object(Bucket=bucket, Key="parts", Body=b"new")
        table = [(bucket, "one", old["one"]["VersionId"]), (bucket, "current", ""),
                 (bucket, "gone", old["gone"]["VersionId"]),
                 (bucket, "parts", old["parts"]["VersionId"])]
        result = self.copy(manifest.write(table)).expect(0)
        self.assertEqual(result.json["copied"], 4)
        self.assertEqual(result.json["verified"]["etag"], 4)
        for key, wanted in [("one", old), ("current", new), ("gone", old), ("parts", old)]:
            seen = s3util.look(self.s3, self.dest, key)
            self.assertEqual(f'"{seen.etag}"', wanted[key]["ETag"], key)
            self.assertEqual(seen.metadata, {} if wanted is new else {"age": "old"}, key)
            if key != "parts":
                self.assertEqual(seen.tags, {} if wanted is new else {"age": "old"}, key)
        self.proxy.reset()
        again = self.copy(manifest.write(table)).expect(0)
        self.assertEqual(again.json["same"], 4)
        self.assertEqual(self.proxy.requests("CopyObject"), [])

    def test_missing_version_is_one_failure(self):
        """A version that is not there fails that line; the rest is copied."""
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("forms-versions"))
        self.s3.put_bucket_versioning(Bucket=bucket,
                                      VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket=bucket, Key="x", Body=b"x")
        self.s3.put_object(Bucket=bucket, Key="y", Body=b"y")
        result = self.copy(manifest.write([(bucket, "x", "0" * 32), (bucket, "y", "")])).expect(1)
        self.assertEqual((result.json["copied"], result.json["failed"]), (1, 1))
        self.assertFalse(s3util.exists(self.s3, self.dest, "x"))


if __name__ == "__main__":
    unittest.main()
