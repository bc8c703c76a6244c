"""Hundreds of objects of every kind are copied, and every copy is what its source is.

The counts that the program reports are held against what a server was really asked, and its
report against what was really there: a copier that counts on its own has nobody to contradict it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import tempfile
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, s3util, servers  # also puts tests/servers on the path
from faultproxy import FaultProxy, Rule, latency
from lib.s3util import ALL_HEADERS, ALL_METADATA, ALL_TAGS, KIB, MIB, MIN_PART, Seen, Spec

FOLDER = "deliveries/first one/"
OBJECTS = 2000 if copyout.FULL else 300
EVERYTHING = {"headers": ALL_HEADERS, "metadata": ALL_METADATA, "tags": ALL_TAGS}
STATUSES = {"COPIED", "SAME", "KEPT", "FAILED"}
REQUIRED_FIELDS = {"line", "sourceBucket", "sourceKey", "destinationKey", "size", "etag", "status",
                   "verified", "attempts", "requests", "seconds", "ended"}
OPTIONAL_FIELDS = {"verifiedBy", "writtenEtag", "writtenVersionId", "writtenChecksum", "versionId",
                   "error", "notes", "seenBy"}


def special_kinds() -> list[Spec]:
    """The kinds that a copier treats one by one: layouts of parts, sizes at an edge, headers."""
    plain = [
        Spec("special/0 bytes", size=0),
        Spec("special/0 bytes with everything", size=0, **EVERYTHING),
        Spec("special/1 byte", size=1),
        Spec("special/5 MiB less one", size=MIN_PART - 1),
        Spec("special/5 MiB", size=MIN_PART),
        Spec("special/5 MiB and one", size=MIN_PART + 1, **EVERYTHING),
        Spec("special/tags alone", size=3, tags=ALL_TAGS),
        Spec("special/ten tags", size=4, tags={f"k{i}": "v" * i for i in range(10)}),
        Spec("special/everything", size=5, **EVERYTHING),
        Spec("special/much metadata", size=6, metadata={"b": "x" * 1500, "c": "1"}),
    ]
    plain += [Spec(f"special/only {name}", size=7, headers={name: value})
              for name, value in ALL_HEADERS.items()]
    layouts = {
        "one small part": [1000],
        "one part of 5 MiB": [MIN_PART],
        "exact 5 MiB parts": [MIN_PART] * 3,
        "5 MiB parts and a byte": [MIN_PART, MIN_PART, 1],
        "8 MiB parts and a rest": [8 * MIB, 100],
        "odd, but uniform": [5 * MIB + 12345, 5 * MIB + 12345, 77],
        "first larger by one": [MIN_PART + 1, MIN_PART, 3],
        "last larger": [5 * MIB, 7 * MIB],
        "middle larger": [5 * MIB, 6 * MIB, 5 * MIB, 1],
        "outside the probes": [5 * MIB, 6 * MIB, 5 * MIB, 5 * MIB, 7],
        "two deviations that cancel": [6 * MIB, 5 * MIB, 6 * MIB, 7 * MIB, 6 * MIB],
    }
    parts = [Spec(f"special/parts, {name}", parts=sizes) for name, sizes in layouts.items()]
    parts += [Spec("special/parts with everything", parts=[MIN_PART, 17], **EVERYTHING),
              Spec("special/one part with everything", parts=[100], **EVERYTHING),
              Spec("special/uneven parts with everything", parts=[MIN_PART + 7, MIN_PART, 5],
                   **EVERYTHING)]
    return plain + parts


def all_kinds() -> list[Spec]:
    """All of them. Of parts are only as many as it takes: their bytes are what costs time."""
    special = special_kinds()
    many = s3util.many_kinds(OBJECTS - len(special), prefix="many/")
    for spec in many[300:]:
        spec.parts = None
    return special + many


def is_uniform(parts: list[int]) -> bool:
    """Whether all parts but the last are equal, and the last is not larger."""
    return len(set(parts[:-1])) <= 1 and (len(parts) == 1 or parts[-1] <= parts[0])


def read_results(work: Path) -> list[dict]:
    """All result lines of a work store, in the manifest's order."""
    lines = [json.loads(line) for file in sorted(work.glob("results/*.jsonl"))
             for line in file.read_text().splitlines()]
    return sorted(lines, key=lambda result: result["line"])


def read_report(client, bucket: str, key: str) -> list[dict]:
    """The rows of a CSV report in a bucket."""
    text = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Copies:
    """One run over all of them, looked at from all sides."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)
        cls.source, cls.dest = cls.server.client("source"), cls.server.client("dest")
        cls.src, cls.dst = cls.server.bucket_name("copy-src"), cls.server.bucket_name("copy-dst")
        cls.specs = all_kinds()
        cls.etags = s3util.make_sources(cls.server, cls.src, cls.specs)
        s3util.make_bucket(cls.dest, cls.dst)
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        cls.addClassCleanup(scratch.cleanup)
        cls.work = Path(scratch.name, "work")
        address = manifest.put(cls.dest, cls.dst, "manifest.csv",
                               manifest.of_bucket(cls.src, [spec.key for spec in cls.specs]))
        cls.run_ = copyout.run(["run", "--manifest", address, "--to", f"s3://{cls.dst}/{FOLDER}",
                                "--destination-keys", "full", "--work", cls.work, "--json",
                                "--quiet"], cls.server)

    def keys_of(self, condition) -> dict[str, str]:
        """{source key: destination key} of the objects that are meant."""
        return {spec.key: FOLDER + spec.key for spec in self.specs if condition(spec)}

    def test_all_are_copied(self):
        self.run_.expect(0)
        self.assertEqual(self.run_.stderr, "")
        told = self.run_.json
        self.assertEqual({name: told[name] for name in ("items", "copied", "same", "kept",
                                                        "failed", "bytes")},
                         {"items": OBJECTS, "copied": OBJECTS, "same": 0, "kept": 0, "failed": 0,
                          "bytes": sum(spec.total() for spec in self.specs)})

    def test_every_copy_is_proven_by_its_etag(self):
        self.assertEqual(self.run_.json["verified"],
                         {"etag": OBJECTS, "checksum": 0, "size": 0, "none": 0})

    def test_every_copy_is_what_was_made(self):
        """Each against what its source was made of, tags and all."""
        with ThreadPoolExecutor(s3util.THREADS) as pool:
            wrong = list(filter(None, pool.map(self.wrong_with, self.specs)))
        self.assertEqual(wrong[:5], [], f"{len(wrong)} copies are wrong")

    def wrong_with(self, spec: Spec) -> str | None:
        """What is wrong with the copy of an object, if anything."""
        key = FOLDER + spec.key
        head = self.dest.head_object(Bucket=self.dst, Key=key)
        raw = head["ResponseMetadata"]["HTTPHeaders"]
        # A server says in HEAD when there are tags; only then they have to be asked for.
        tagged = spec.tags or raw.get("x-amz-tagging-count", "0") != "0"
        seen = Seen(size=head["ContentLength"], etag=head["ETag"].strip('"'),
                    headers={name: raw[name] for name in s3util.COPIED_HEADERS if name in raw},
                    metadata=head["Metadata"],
                    tags=s3util.get_tags(self.dest, self.dst, key) if tagged else {})
        headers = {re.sub("(?<=.)([A-Z])", r"-\1", name).lower(): value
                   for name, value in spec.headers.items()}
        headers.setdefault("content-type", "binary/octet-stream")
        made = Seen(size=spec.total(), etag=self.etags[spec.key], headers=headers,
                    metadata=spec.metadata, tags=spec.tags)
        return None if seen == made else f"{spec.key}: {made} became {seen}"

    def test_special_kinds_are_what_their_sources_are(self):
        """Against the source as the server has it, and byte for byte where that may differ."""
        keys = self.keys_of(lambda spec: spec.key.startswith("special/") and
                            (spec.parts is None or is_uniform(spec.parts)))
        s3util.assert_same_objects(self.source, self.src, self.dest, self.dst, keys)
        keys = self.keys_of(lambda spec: spec.parts and not is_uniform(spec.parts))
        self.assertGreater(len(keys), 5)
        s3util.assert_same_objects(self.source, self.src, self.dest, self.dst, keys, content=True)

    def test_nothing_else_is_written(self):
        expected = {FOLDER + spec.key for spec in self.specs}
        expected |= {FOLDER + "STARTED_COPY.txt", FOLDER + "ENDED_COPY.csv", "manifest.csv"}
        self.assertEqual(set(s3util.keys(self.dest, self.dst)), expected)

    def test_no_upload_is_left_unfinished(self):
        self.assertEqual(s3util.unfinished_uploads(self.dest, self.dst), [])

    def test_start_marker(self):
        marker = self.dest.get_object(Bucket=self.dst, Key=FOLDER + "STARTED_COPY.txt")
        self.assertGreater(len(marker["Body"].read()), 0)

    def test_report_in_the_destination(self):
        """One row per object. The name alone would not tell two objects apart."""
        self.assertEqual(self.run_.json["report"], f"s3://{self.dst}/{FOLDER}ENDED_COPY.csv")
        rows = read_report(self.dest, self.dst, FOLDER + "ENDED_COPY.csv")
        self.assertEqual(list(rows[0]), ["name", "status", "bytes", "seconds", "MB/s", "message",
                                         "source", "destination", "sourceVersion",
                                         "destinationVersion", "escaped"])
        self.assertEqual(len(rows), OBJECTS)
        found = {(row["source"], row["destination"], row["name"], row["status"],
                  int(row["bytes"])) for row in rows}
        expected = {(f"s3://{self.src}/{spec.key}", f"s3://{self.dst}/{FOLDER}{spec.key}",
                     spec.key.rpartition("/")[2], "COPIED", spec.total()) for spec in self.specs}
        self.assertEqual(found, expected)
        for row in rows:
            self.assertGreaterEqual(float(row["seconds"]), 0)

    def test_one_result_per_manifest_line(self):
        results = read_results(self.work)
        self.assertEqual([result["line"] for result in results], list(range(1, OBJECTS + 1)))
        for spec, result in zip(self.specs, results):
            fields = set(result)
            self.assertEqual(REQUIRED_FIELDS - fields, set(), result)
            self.assertEqual(fields - REQUIRED_FIELDS - OPTIONAL_FIELDS, set(), result)
            self.assertEqual((result["sourceBucket"], result["sourceKey"]), (self.src, spec.key))
            self.assertEqual(result["destinationKey"], FOLDER + spec.key)
            self.assertEqual((result["size"], result["etag"]),
                             (spec.total(), self.etags[spec.key]))
            self.assertEqual((result["status"], result["verified"]), ("COPIED", "etag"), result)
            self.assertGreaterEqual(result["attempts"], 1)
            self.assertGreaterEqual(result["requests"], 1)
            self.assertGreaterEqual(result["seconds"], 0)
            self.assertFalse(result.get("notes"), result)
            self.assertFalse(result.get("error"), result)

    def test_plan_in_the_work_store(self):
        """The shards are the items, cut; each has its results."""
        for name in ("job.json", "items.jsonl", "shards.json", "report.json"):
            self.assertTrue((self.work / name).is_file(), name)
        items = [json.loads(line) for line in
                 (self.work / "items.jsonl").read_text().splitlines()]
        self.assertEqual([item["sourceKey"] for item in items], [spec.key for spec in self.specs])
        shards = json.loads((self.work / "shards.json").read_text())
        self.assertEqual(sum(shard["items"] for shard in shards), OBJECTS)
        self.assertEqual(len(list(self.work.glob("results/*.jsonl"))), len(shards))
        self.assertEqual(max(shard["items"] for shard in shards), max(10, OBJECTS // 100))
        told = json.loads((self.work / "report.json").read_text())
        for name in ("items", "copied", "same", "kept", "failed", "bytes", "verified"):
            self.assertEqual(told[name], self.run_.json[name], name)


class CopiesOnRgw(Copies, unittest.TestCase):
    """With rights; the layout of parts is inferred."""

    kind = "rgw"


class CopiesOnMoto(Copies, unittest.TestCase):
    """As AWS would have it; the layout of parts is asked for."""

    kind = "moto"

    def test_part_boundaries_are_the_source_s(self):
        """Not only the ETag that depends on them."""
        for spec in special_kinds():
            if spec.parts:
                with self.subTest(key=spec.key):
                    sizes = [self.dest.head_object(Bucket=self.dst, Key=FOLDER + spec.key,
                                                   PartNumber=number)["ContentLength"]
                             for number in range(1, len(spec.parts) + 1)]
                    self.assertEqual(sizes, spec.parts)


class Counts:
    """A smaller run, whose every request is recorded on the way."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def setUp(self):
        self.src = self.server.bucket_name("count-src")
        self.dst = self.server.bucket_name("count-dst")
        s3util.make_bucket(self.server.client("dest"), self.dst)
        proxy = FaultProxy(self.server.endpoint)
        self.addCleanup(proxy.stop)
        self.proxy = proxy
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.work = Path(scratch.name, "work")

    def copy(self, specs: list[Spec], *options: str) -> copyout.Result:
        """Copy these objects, through the recording proxy."""
        s3util.make_sources(self.server, self.src, specs)
        rows = manifest.of_bucket(self.src, [spec.key for spec in specs])
        return copyout.run(["run", "--manifest", "-", "--to", f"s3://{self.dst}/",
                            "--destination-keys", "full", "--work", self.work, "--json", *options],
                           self.server.through(self.proxy), input=manifest.write(rows))

    def test_requests_are_counted_as_they_were_sent(self):
        specs = s3util.many_kinds(60) + [Spec("p/1", parts=[MIN_PART, MIN_PART, 5], tags=ALL_TAGS),
                                         Spec("p/2", parts=[100])]
        told = self.copy(specs).expect(0).json
        self.assertEqual(told["copied"], len(specs))
        self.assertEqual(told["requests"], dict(self.proxy.counts()))
        self.assertEqual(self.proxy.errors, [])
        results = read_results(self.work)
        self.assertEqual([result["sourceKey"] for result in results],
                         [spec.key for spec in specs])
        # The requests for an object are counted in its own line; the rest was for the whole job.
        per_key = Counter(request.key for request in self.proxy.log)
        for result in results:
            self.assertEqual(result["requests"], per_key[result["sourceKey"]], result)

    def test_copies_are_asked_for_once(self):
        """An object of one piece is one CopyObject; one of parts is a part-copy for each part."""
        specs = [Spec(f"one/{i}", size=i) for i in range(20)]
        specs += [Spec(f"parts/{n}", parts=[MIN_PART] * (n - 1) + [9]) for n in (1, 2, 3)]
        self.copy(specs).expect(0)
        self.assertEqual(Counter(request.key for request in self.proxy.requests("CopyObject")),
                         Counter(f"one/{i}" for i in range(20)))
        self.assertEqual(Counter((request.key, request.part)
                                 for request in self.proxy.requests("UploadPartCopy")),
                         Counter((f"parts/{n}", part) for n in (1, 2, 3)
                                 for part in range(1, n + 1)))
        completed = [request.key for request in self.proxy.requests("CompleteMultipartUpload")]
        self.assertEqual(sorted(completed), ["parts/1", "parts/2", "parts/3"])
        # No tag count in a HEAD may also mean that we may not know: of objects copied in parts, once.
        asked = Counter(request.key for request in self.proxy.requests("GetObjectTagging"))
        in_parts = {request.key for request in self.proxy.requests("CreateMultipartUpload")}
        self.assertLessEqual(set(asked), in_parts)
        self.assertLessEqual(set(asked.values()), {1})

    def test_every_copy_is_conditional_and_carries_no_header_of_another_operation(self):
        """The source's ETag is a condition of each copy and part; only Create has the metadata."""
        specs = [Spec("one", size=3, **EVERYTHING), Spec("parts", parts=[MIN_PART, 9],
                                                         **EVERYTHING)]
        self.copy(specs).expect(0)
        etags = {spec.key: s3util.look(self.server.client("source"), self.src, spec.key).etag
                 for spec in specs}
        copies = self.proxy.requests("CopyObject") + self.proxy.requests("UploadPartCopy")
        self.assertEqual(len(copies), 3)
        for request in copies:
            self.assertEqual(request.headers["x-amz-copy-source-if-match"].strip('"'),
                             etags[request.key])
        for request in self.proxy.requests("UploadPartCopy"):
            sent = {name for name in request.headers if name.startswith("x-amz-")}
            self.assertEqual(sent - {"x-amz-copy-source", "x-amz-copy-source-if-match",
                                     "x-amz-copy-source-range", "x-amz-date",
                                     "x-amz-content-sha256"}, set())
        for request in self.proxy.log:
            self.assertEqual([name for name in request.headers
                              if "acl" in name or "grant" in name], [])

    def test_more_requests_than_one_at_once_but_never_above_the_limit(self):
        self.proxy.rules = [Rule(latency(0.05), op="CopyObject")]
        self.copy([Spec(f"k{i}", size=1) for i in range(60)], "--max-in-flight", "7").expect(0)
        self.assertGreater(self.proxy.most_in_flight, 3)
        self.assertLessEqual(self.proxy.most_in_flight, 7)

    def test_no_byte_of_an_object_passes_through(self):
        """The copies are server side: no object is downloaded and none is uploaded."""
        self.copy([Spec("a", size=20 * KIB), Spec("b", parts=[MIN_PART, 1])]).expect(0)
        # Before the marker and the report are put, the keys are looked at.
        self.assertEqual(sorted(request.key for request in self.proxy.requests("GetObject")),
                         ["ENDED_COPY.csv", "STARTED_COPY.txt"])
        self.assertEqual(self.proxy.requests("UploadPart"), [])
        self.assertEqual(sorted(request.key for request in self.proxy.requests("PutObject")),
                         ["ENDED_COPY.csv", "STARTED_COPY.txt"])

    def test_several_source_buckets_and_a_repeated_name(self):
        """With full keys, two objects of one basename are two copies."""
        other = self.server.bucket_name("count-other")
        s3util.make_sources(self.server, self.src, [Spec("x/same name", size=4)])
        s3util.make_sources(self.server, other, [Spec("y/same name", size=5)])
        rows = [(self.src, "x/same name"), (other, "y/same name")]
        result = copyout.run(["run", "--manifest", "-", "--to", f"s3://{self.dst}",
                              "--destination-keys", "full", "--json"], self.server,
                             input=manifest.write(rows))
        self.assertEqual(result.expect(0).json["copied"], 2)
        source, dest = self.server.client("source"), self.server.client("dest")
        s3util.assert_same_object(source, self.src, "x/same name", dest, self.dst, "x/same name")
        s3util.assert_same_object(source, other, "y/same name", dest, self.dst, "y/same name")
        rows = read_report(dest, self.dst, "ENDED_COPY.csv")
        self.assertEqual([(row["name"], row["bytes"]) for row in rows],
                         [("same name", "4"), ("same name", "5")])

    def test_report_may_be_left_out_and_named(self):
        """includeCopyReport false: the destination holds the copies and the marker alone."""
        s3util.make_sources(self.server, self.src, [Spec("k", size=4)])
        dest = self.server.client("dest")
        address = {"sourceFilesCsvBucket": self.dst, "sourceFilesCsvKey": "in/m.csv",
                   "destinationBucket": self.dst, "destinationFolderKey": "out/",
                   "maxItemsPerBatch": 5, "destinationStartCopyRelativeKey": "_begun",
                   "destinationEndCopyRelativeKey": "_done.csv"}
        manifest.put(dest, self.dst, "in/m.csv", [(self.src, "k")])
        for include, expected in [(False, {"out/k", "out/_begun"}),
                                  (True, {"out/k", "out/_begun", "out/_done.csv"})]:
            result = copyout.run(["run", "-", "--json"], self.server,
                                 input=json.dumps({**address, "includeCopyReport": include}))
            result.expect(0)
            with self.subTest(include=include):
                self.assertEqual(set(s3util.keys(dest, self.dst, "out/")), expected)
                if include:
                    self.assertEqual([row["name"] for row in read_report(
                        dest, self.dst, "out/_done.csv")], ["k"])
                s3util.delete_all(dest, self.dst, "out/")


class CountsOnRgw(Counts, unittest.TestCase):
    """Without part numbers."""

    kind = "rgw"


class CountsOnMoto(Counts, unittest.TestCase):
    """With part numbers."""

    kind = "moto"


if __name__ == "__main__":
    unittest.main()
