"""Lists that stand for more than they name: prefixes, wildcards, S3 Inventory; and filters of any list."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote

from lib import copyout, manifest, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import Spec
from test_checksums import MIB, Checksums as OnFake

import nginx.computed_s3 as computed  # lies with the servers: lib.servers knows where
import quirk_options

TREE = [Spec("foo/a", size=10), Spec("foo/b/c", size=2000), Spec("foo/b/", size=0), Spec("foo/", size=0),
        Spec("foo/empty", size=0), Spec("foobar/x", size=5), Spec("foo", size=3), Spec("fop/y", size=4)]


class Prefixes:
    """On each server."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def setUp(self):
        self.job = Job(self, self.server, TREE)

    def run_prefix(self, *options: str, prefix: str = "foo/") -> copyout.Result:
        return copyout.run(["run", f"s3://{self.job.src}/{prefix}", "--to", f"s3://{self.job.dst}/{FOLDER}",
                            "--work", self.job.work, "--json", "--quiet", *options], self.server)

    def run_list(self, rows: list[tuple[str, ...]], *options: str) -> copyout.Result:
        self.job.manifest.write_bytes(manifest.write(rows))
        return copyout.run(self.job.arguments("--json", "--quiet", *options), self.server)

    def copies(self) -> set[str]:
        """What lies below the folder, but for copyout's own two files."""
        keys = {key.removeprefix(FOLDER) for key in s3util.keys(self.job.dest, self.job.dst, FOLDER)}
        return keys - {"STARTED_COPY.txt", "ENDED_COPY.csv"}

    def assert_copies(self, copies: dict[str, str]) -> None:
        """copies: {source key: copy's key below the folder}, and nothing else is there."""
        self.assertEqual(self.copies(), set(copies.values()))
        s3util.assert_same_objects(self.job.source, self.job.src, self.job.dest, self.job.dst,
                                   {key: FOLDER + copy for key, copy in copies.items()})

    def test_a_prefix_is_copied_and_its_neighbours_are_not(self):
        told = self.run_prefix().expect(0).json
        self.assertEqual((told["items"], told["copied"], told["folderMarkers"]), (3, 3, 2))
        self.assert_copies({"foo/a": "a", "foo/b/c": "b/c", "foo/empty": "empty"})
        self.assertEqual([(r["line"], r["destinationKey"]) for r in self.sorted_results()],
                         [(1, FOLDER + "a"), (2, FOLDER + "b/c"), (3, FOLDER + "empty")])
        told = self.run_prefix(prefix="foo/*").expect(0).json  # the same, as it is written elsewhere
        self.assertEqual((told["items"], told["same"]), (3, 3))

    def sorted_results(self) -> list[dict]:
        return sorted(self.job.results().values(), key=lambda result: result["line"])

    def test_markers_are_kept_if_asked_for(self):
        told = self.run_prefix("--folder-markers", "keep", "--destination-keys", "full").expect(0).json
        self.assertEqual((told["items"], told["folderMarkers"]), (5, 0))
        self.assert_copies({key: key for key in ("foo/", "foo/a", "foo/b/", "foo/b/c", "foo/empty")})

    def test_a_whole_bucket(self):
        told = self.run_prefix(prefix="").expect(0).json
        self.assertEqual((told["items"], told["folderMarkers"]), (6, 2))
        self.assert_copies({spec.key: spec.key for spec in TREE if not spec.key.endswith("/")})

    def test_an_expansion_without_objects_is_an_error(self):
        for prefix in ("none/", "foo/b/c/"):
            result = self.run_prefix(prefix=prefix).expect(2)
            self.assertIn("there are no objects below it", result.json["error"]["message"])
        self.assertEqual(self.copies(), set())
        result = self.run_list([(self.job.src, "foo/a"), (self.job.src, "none/*")], "--wildcards").expect(2)
        self.assertEqual(result.json["problems"][0]["line"], 2)

    def test_wildcards_in_a_csv(self):
        rows = [(self.job.src, "fop/y"), (self.job.src, "foo/*"), (self.job.src, "foobar/x")]
        told = self.run_list(rows, "--wildcards").expect(0).json
        self.assertEqual((told["items"], told["copied"], told["folderMarkers"]), (5, 5, 2))
        # Every item has a line of its own, as if the list were written out.
        self.assertEqual([(r["line"], r["sourceKey"]) for r in self.sorted_results()],
                         [(1, "fop/y"), (2, "foo/a"), (3, "foo/b/c"), (4, "foo/empty"), (5, "foobar/x")])

    def test_wildcards_of_copy_instructions(self):
        """JSON lines, in S3: a wildcard needs no setting, and copies are called by what follows it."""
        lines = [{"sourceBucket": self.job.src, "sourceKey": "fop/y"},
                 {"sourceBucket": self.job.src, "sourceKey": "foo/*"}]
        self.job.dest.put_object(Bucket=self.job.dst, Key="list.jsonl",
                                 Body="".join(json.dumps(line) + "\n" for line in lines).encode())
        given = {"sourceFilesCsvBucket": self.job.dst, "sourceFilesCsvKey": "list.jsonl",
                 "destinationBucket": self.job.dst, "destinationFolderKey": FOLDER}
        told = copyout.run(["run", json.dumps(given), "--work", self.job.work, "--json", "--quiet"],
                           self.server).expect(0).json
        self.assertEqual((told["items"], told["copied"], told["folderMarkers"]), (4, 4, 2))
        self.assert_copies({"fop/y": "y", "foo/a": "a", "foo/b/c": "b/c", "foo/empty": "empty"})

    def test_without_wildcards_a_star_is_a_character(self):
        self.job.put_source(Spec("foo/*", size=7))
        told = self.run_list([(self.job.src, "foo/*")]).expect(0).json
        self.assertEqual((told["items"], told["copied"]), (1, 1))
        self.assert_copies({"foo/*": "foo/*"})

    def test_a_star_elsewhere_is_an_error_with_wildcards(self):
        result = self.run_list([(self.job.src, "foo/*.bam")], "--wildcards").expect(2)
        self.assertIn("include and exclude take patterns", result.json["error"]["message"])

    def test_wildcards_of_a_list_in_s3(self):
        manifest.put(self.job.dest, self.job.dst, "list.csv", [(self.job.src, "foo/*")])
        given = {"sourceFilesCsvBucket": self.job.dst, "sourceFilesCsvKey": "list.csv", "wildcards": True,
                 "destinationBucket": self.job.dst, "destinationFolderKey": FOLDER,
                 "destinationKeys": "relative"}
        told = copyout.run(["run", json.dumps(given), "--work", self.job.work, "--json", "--quiet"],
                           self.server).expect(0).json
        self.assertEqual((told["items"], told["copied"]), (3, 3))
        self.assert_copies({"foo/a": "a", "foo/b/c": "b/c", "foo/empty": "empty"})

    def test_keys_that_break_other_tools(self):
        specs = [Spec("hard/" + key, size=20) for key in s3util.hard_keys(room=len(FOLDER) + 5)
                 if not key.endswith("/")]
        self.job.put_source(*specs)
        told = self.run_prefix(prefix="hard/").expect(0).json
        self.assertEqual(told["copied"], len(specs))
        self.assert_copies({spec.key: spec.key.removeprefix("hard/") for spec in specs})

    def test_filters(self):
        told = self.run_prefix("--include", "*/{b/c,a}", "--min-size", "100").expect(0).json
        self.assertEqual((told["items"], told["leftOutByFilters"]), (1, 2))
        self.assert_copies({"foo/b/c": "b/c"})
        self.assertIn("2 left out by filters",
                      copyout.run(["run", f"s3://{self.job.src}/foo/", "--to", f"s3://{self.job.dst}/{FOLDER}",
                                   "--work", self.job.work, "--include", "*/{b/c,a}", "--min-size", "100"],
                                  self.server).expect(0).stdout)

    def test_patterns_add_up(self):
        told = self.run_prefix("--include", "*/a", "--include", "*/b/*", "--include", "*/empty",
                               "--exclude", "*/nothing", "--exclude", "foo/e*").expect(0).json
        self.assertEqual((told["items"], told["leftOutByFilters"]), (2, 1))
        self.assert_copies({"foo/a": "a", "foo/b/c": "b/c"})
        result = self.run_prefix("--include", "*", "--include", "[", "--work", str(self.job.folder / "no"))
        self.assertIn("has a [ without a ]", result.expect(2).json["error"]["message"])

    def test_filters_by_date_and_class(self):
        day = datetime.timedelta(days=1)
        now = datetime.datetime.now(datetime.timezone.utc)
        tomorrow, yesterday = ((now + step).strftime("%Y-%m-%dT%H:%M:%SZ") for step in (day, -day))
        told = self.run_prefix("--modified-after", yesterday, "--modified-before", tomorrow,
                               "--only-storage-class", "STANDARD", "--max-size", "10").expect(0).json
        self.assertEqual((told["items"], told["leftOutByFilters"]), (2, 1))
        result = self.run_prefix("--modified-after", tomorrow, "--work", str(self.job.folder / "none"))
        self.assertIn("the filters leave out all of its 3 objects", result.expect(2).json["error"]["message"])

    def test_a_filter_that_a_list_cannot_answer_is_an_error(self):
        result = self.run_list([(self.job.src, "foo/a")], "--min-size", "5").expect(2)
        self.assertIn("this list does not tell that of its objects", result.json["error"]["message"])
        self.assertEqual(self.copies(), set())

    def test_names_filter_a_plain_list(self):
        rows = [(self.job.src, "foo/a"), (self.job.src, "fop/y")]
        told = self.run_list(rows, "--exclude", "fo?/y").expect(0).json
        self.assertEqual((told["items"], told["leftOutByFilters"]), (1, 1))
        # Another filter makes another job of the same list.
        result = self.run_list(rows).expect(2)
        self.assertIn("its list is not the same", result.json["error"]["message"])

    def test_a_prefix_that_has_changed_is_planned_anew(self):
        self.run_prefix().expect(0)
        self.job.put_source(Spec("foo/new", size=9))
        told = self.run_prefix().expect(0).json
        self.assertEqual((told["items"], told["copied"], told["same"]), (4, 1, 3))

    def test_what_the_listing_told_is_not_asked_again(self):
        self.run_prefix().expect(0)
        items = [json.loads(line) for line in (self.job.work / "items.jsonl").read_text().splitlines()]
        seen = {o["Key"]: o for o in s3util.listing(self.job.source, self.job.src, "foo/")}
        for item in items:
            listed, shown = item["listed"], seen[item["sourceKey"]]
            self.assertEqual((listed["size"], listed["etag"]), (shown["Size"], shown["ETag"].strip('"')))
        # Of an empty object no listing tells whether it is a website's redirect.
        self.assertEqual({key: result.get("seenBy") for key, result in self.job.results().items()},
                         {"foo/a": "listing", "foo/b/c": "listing", "foo/empty": None})

    def put_inventory(self, rows: list[list[str]], schema: str, **fields) -> str:
        """An inventory of two files in the source bucket; the URI of its manifest."""
        files = []
        for number, part in enumerate((rows[::2], rows[1::2])):
            data = gzip.compress("".join(",".join(f'"{cell}"' for cell in row) + "\n"
                                         for row in part).encode())
            key = f"inv/data/{number}.csv.gz"
            self.job.dest.put_object(Bucket=self.job.dst, Key=key, Body=data)
            files.append({"key": key, "size": len(data), "MD5checksum": hashlib.md5(data).hexdigest()})
        told = {"sourceBucket": self.job.src, "destinationBucket": f"arn:aws:s3:::{self.job.dst}",
                "version": "2016-11-30", "creationTimestamp": "1514944800000", "fileFormat": "CSV",
                "fileSchema": schema, "files": files, **fields}
        self.job.dest.put_object(Bucket=self.job.dst, Key="inv/manifest.json", Body=json.dumps(told).encode())
        return f"s3://{self.job.dst}/inv/manifest.json"

    def run_inventory(self, uri: str, *options: str) -> copyout.Result:
        return copyout.run(["run", "--manifest", uri, "--to", f"s3://{self.job.dst}/{FOLDER}", "--work",
                            self.job.work, "--json", "--quiet", *options], self.server)

    def inventory_rows(self) -> list[list[str]]:
        self.job.put_source(Spec("foo/a b+c", size=33))
        shown = s3util.listing(self.job.source, self.job.src, "foo/")
        rows = [[self.job.src, quote(o["Key"], safe="/"), "", "true", "false", str(o["Size"]),
                 "2017-12-30T00:00:00.000Z", o["ETag"].strip('"'), "STANDARD"] for o in shown]
        rows.append([self.job.src, "foo/deleted", "v1", "true", "true", "", "2017-12-30T00:00:00.000Z", "", ""])
        rows.append([self.job.src, "foo/a", "v0", "false", "false", "1", "2017-12-30T00:00:00.000Z", "", ""])
        return rows

    SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass"

    def test_an_inventory(self):
        uri = self.put_inventory(self.inventory_rows(), self.SCHEMA)
        told = self.run_inventory(uri, "--min-size", "1").expect(0).json
        self.assertEqual((told["items"], told["copied"], told["leftOutByFilters"]), (3, 3, 3))
        self.assert_copies({key: key for key in ("foo/a", "foo/a b+c", "foo/b/c")})

    def test_an_object_that_changed_since_the_inventory_is_copied_as_it_is(self):
        uri = self.put_inventory(self.inventory_rows(), self.SCHEMA)
        self.job.put_source(Spec("foo/a", size=4321))
        told = self.run_inventory(uri, "--include", "foo/a").expect(0).json
        self.assertEqual((told["copied"], told["bytes"]), (1, 4321))
        self.assert_copies({"foo/a": "foo/a"})
        told = self.run_inventory(uri, "--include", "foo/a").expect(0).json
        self.assertEqual(told["same"], 1)

    def test_an_inventory_on_disk(self):
        """A copy of the inventory: its files lie beside manifest.json, or in S3 still."""
        self.put_inventory(self.inventory_rows(), self.SCHEMA)
        folder = self.job.folder / "inv" / "2017-12-30T01-00Z"
        folder.mkdir(parents=True)
        manifest = folder / "manifest.json"
        bodies = {name: self.job.dest.get_object(Bucket=self.job.dst, Key=f"inv/{name}")["Body"].read()
                  for name in ("manifest.json", "data/0.csv.gz", "data/1.csv.gz")}
        manifest.write_bytes(bodies["manifest.json"])
        for number, place in enumerate((None, folder, folder / "data", folder.parent / "data")):
            with self.subTest(place=place):
                if place:
                    place.mkdir(exist_ok=True)
                    for name in ("0.csv.gz", "1.csv.gz"):
                        self.job.dest.delete_object(Bucket=self.job.dst, Key=f"inv/data/{name}")
                        (place / name).write_bytes(bodies[f"data/{name}"])
                told = self.run_inventory(str(manifest), "--min-size", "1", "--work",
                                          str(self.job.folder / f"work-{number}")).expect(0).json
                self.assertEqual((told["items"], told["copied"] + told["same"]), (3, 3))
                if place:
                    for name in ("0.csv.gz", "1.csv.gz"):
                        (place / name).unlink()
        result = self.run_inventory(str(manifest), "--work", str(self.job.folder / "gone")).expect(2)
        self.assertRegex(result.json["error"]["message"],
                         "inventory file s3://.*/inv/data/0.csv.gz: NoSuchKey, and no such file lies "
                         "beside manifest.json")
        (folder / "0.csv.gz").write_bytes(gzip.compress(b"x"))
        result = self.run_inventory(str(manifest), "--work", str(self.job.folder / "other")).expect(2)
        self.assertIn("its MD5 is not", result.json["error"]["message"])

    def test_inventories_that_are_none(self):
        uri = self.put_inventory(self.inventory_rows(), self.SCHEMA, fileFormat="Parquet")
        self.assertIn("have it made as CSV", self.run_inventory(uri).expect(2).json["error"]["message"])
        uri = self.put_inventory(self.inventory_rows(), self.SCHEMA)
        self.job.dest.put_object(Bucket=self.job.dst, Key="inv/data/1.csv.gz", Body=gzip.compress(b"x"))
        self.assertIn("its MD5 is not", self.run_inventory(uri).expect(2).json["error"]["message"])
        self.job.dest.delete_object(Bucket=self.job.dst, Key="inv/data/1.csv.gz")
        self.assertIn("inventory file", self.run_inventory(uri).expect(2).json["error"]["message"])
        self.assertEqual(self.copies(), set())


class OnMoto(Prefixes, unittest.TestCase):
    kind = "moto"


class OnRgw(Prefixes, unittest.TestCase):
    kind = "rgw"


class AddedMeanwhile(OnFake):
    """The same command again, when the prefix has another object."""

    def again(self, *options: str) -> dict:
        self.fake.forget()
        return copyout.run(["run", "s3://src/p/", "--to", "s3://dst/", "--work", self.folder / "work",
                            "--json", "--quiet", *options], self.server).expect(0).json

    def copied(self) -> list[str]:
        """The keys that something was written to."""
        return sorted({request.key for request in self.fake.requests(bucket="dst")
                       if request.op in ("CopyObject", "CreateMultipartUpload")})

    def add(self, *keys: str) -> None:
        for key in keys:
            self.fake.add("src", f"p/{key}", key.encode() * 10)

    def test_what_is_there_is_found(self):
        """By the ETags, or where those are no digests by what the runs before wrote."""
        for opaque in (False, True):
            with self.subTest(opaque=opaque):
                self.setUp()
                if opaque:
                    quirk_options.opaque_etags(self.fake, "dst")
                self.add("b", "d", "f")
                self.fake.add("src", "p/parts", size=20 * MIB, part_size=8 * MIB)
                told = self.again()
                self.assertEqual((told["items"], told["copied"]), (4, 4))
                for n, key in enumerate(("a", "c", "g"), 5):
                    self.add(key)
                    told = self.again()
                    self.assertEqual((told["items"], told["copied"], told["same"]), (n, 1, n - 1), key)
                    self.assertEqual(self.copied(), [key])
                told = self.again()
                self.assertEqual((told["copied"], told["same"]), (0, 7))
                self.fake.delete("src", "p/d")
                told = self.again()
                self.assertEqual((told["items"], told["copied"], told["same"]), (6, 0, 6))

    def test_what_is_not_what_was_written_is_copied(self):
        """The ledger proves the object that was written, and no other."""
        quirk_options.opaque_etags(self.fake, "dst")
        self.add("b", "d")
        self.again()
        self.fake.add("dst", "b", b"something else of a length...")
        self.fake.add("src", "p/d", b"e" * 10)
        self.add("a")
        self.assertEqual(self.again()["copied"], 3)
        self.assertEqual(self.copied(), ["a", "b", "d"])

    def test_another_destination(self):
        """What was written elsewhere is given up with its job."""
        quirk_options.opaque_etags(self.fake, "dst")
        self.add("b", "d")
        self.again()
        self.add("c")
        self.again()
        known = self.folder / "work" / "ledger" / "all.jsonl"
        self.assertTrue(known.exists())
        self.again("--to", "s3://dst/other/", "--replace-job")
        self.assertFalse(known.exists())


class ManyPages(unittest.TestCase):
    """More pages than one stream should list."""

    def test_streams_side_by_side_show_each_object_once_and_in_order(self):
        with computed.ComputedS3({"objects": 30_000, "list_ms": 20}) as fake:
            job = copyout.run(["prepare", json.dumps({
                "sourcePrefix": f"s3://{fake.source}/", "destinationBucket": fake.copies,
                "destinationFolderKey": "x/", "destinationKeys": "relative"}), "--job", self.folder()],
                env=fake.environment()).expect(0)
            self.assertIn("30000 objects", job.stdout)
            counted = fake.counts()
        items = (self.work / "items.jsonl").read_text().splitlines()
        keys = [json.loads(line)["sourceKey"] for line in items]
        self.assertEqual(keys, [computed.key(number) for number in range(30_000)])
        self.assertGreater(counted["most in flight"], 3)
        # A page for each thousand, and not many that show nothing.
        self.assertLess(counted["operations"]["ListObjectsV2"], 30 + 64 + 30 + 16)

    def folder(self) -> str:
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.work = Path(scratch.name) / "work"
        return str(self.work)


if __name__ == "__main__":
    unittest.main()
