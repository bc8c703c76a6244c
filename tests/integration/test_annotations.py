"""Annotations of objects on Amazon S3, with an object in one piece and one in parts.

The server is the fake S3 of tests/servers/quirk_s3.py with the quirk of quirk_annotations.py.
"""

from __future__ import annotations

import signal
import threading
import unittest

from lib import copyout, manifest

from test_checksums import MIB, Checksums

import quirk_annotations  # lib.servers knows where it lies
from faultproxy import Request

TEXTS = {"labels": b'{"cat": 0.9}', "ü.1_b-c": "größe".encode(), "error": b"<Error><Code>X</Code></Error>",
         "long": b"x" * (1 << 20), "one": b"1"}


class Annotations(Checksums):
    """A job from bucket src to bucket dst."""

    def setUp(self):
        super().setUp()
        self.annotations = quirk_annotations.Annotations(page=2)
        self.fake.quirks.append(self.annotations)
        self.fake.add("src", "big", size=20 * MIB, part_size=8 * MIB)
        self.fake.add("src", "small", b"small")

    def annotate(self, *keys: str) -> None:
        for key in keys:
            for name, text in TEXTS.items():
                self.annotations.put("src", key, name, text)

    def there(self, key: str) -> dict[str, bytes]:
        return self.annotations.of["dst", key]

    def asked(self, *ops: str) -> list[Request]:
        ops = ops or ("ListObjectAnnotations", "GetObjectAnnotation", "PutObjectAnnotation")
        return [request for op in ops for request in self.fake.requests(op)]

    def test_estimated(self):
        """The listing of each copy in parts is counted; how many annotations there are no look tells."""
        name, asked = "ListObjectAnnotations", []
        for mode in ("best-effort", "require", "none"):
            said = self.run_it("--look", "head", "--annotations", mode, "--dry-run").json["estimate"]
            asked.append(said["most"]["requests"].get(name, 0))
            self.assertEqual(self.asked(), [])
        self.assertEqual(asked, [1, 1, 0])
        self.run_it("--look", "head")
        self.assertEqual(len(self.asked(name)), 1)
        self.assertEqual(self.asked("GetObjectAnnotation"), [])

    def test_estimated_elsewhere(self):
        """A server that is not Amazon S3 is asked about no annotations."""
        self.fake.quirks.remove(self.annotations)
        said = self.run_it("--look", "head", "--dry-run").json["estimate"]
        self.assertEqual(said["most"]["requests"]["UploadPartCopy"], 3)
        self.assertNotIn("ListObjectAnnotations", said["most"]["requests"])

    def test_copied(self):
        """All are there, whatever their names and texts; a second run has nothing to do."""
        self.annotate("big", "small")
        self.run_it("--look", "head")
        self.assert_results("COPIED", "etag")
        self.assertEqual(self.there("big"), TEXTS)
        self.assertEqual(self.there("small"), TEXTS)
        self.assertEqual({request.key for request in self.asked()}, {"big"})
        puts = self.fake.requests("PutObjectAnnotation")
        self.assertEqual({request.headers["x-amz-object-if-match"] for request in puts},
                         {f'"{self.fake.get("dst", "big").etag}"'})
        self.assertTrue(all("content-md5" in request.headers for request in puts))
        self.run_it("--look", "head")
        self.assert_results("SAME", "etag")
        self.assertEqual(self.asked(), [])

    def test_most(self):
        """A thousand of them, in pages."""
        self.annotations.page = 300
        self.annotations.of["src", "big"] = {f"n{i}": str(i).encode() for i in range(1000)}
        self.run_it("--look", "head")
        self.assert_results("COPIED", "etag")
        self.assertEqual(self.there("big"), self.annotations.of["src", "big"])
        self.assertEqual(len(self.asked("ListObjectAnnotations")), 4)

    def test_price(self):
        """Without annotations: nothing more for an object in one piece, one listing for parts; and
        nothing at all on another server, or where none are wanted."""
        self.run_it("--look", "head")
        self.assert_results("COPIED", "etag")
        self.assertEqual([(request.op, request.key) for request in self.asked()],
                         [("ListObjectAnnotations", "big")])
        self.annotate("big", "small")
        for options, quirks in ((["--annotations", "none"], [self.annotations]), ([], [])):
            with self.subTest(options):
                for key in ("big", "small"):
                    self.fake.delete("dst", key)
                    self.annotations.of.pop(("dst", key), None)
                self.fake.quirks = quirks
                self.run_it("--look", "head", *options)
                self.assert_results("COPIED", "etag")
                self.assertEqual(self.asked(), [])
                self.assertEqual((self.there("big"), self.there("small")), ({}, {}))

    def test_withheld(self):
        """A right is withheld: both go without, with a note, and no more is asked about."""
        self.annotate("big", "small")
        for number in range(4):
            self.fake.add("src", f"more{number}", size=20 * MIB, part_size=8 * MIB)
        for right in ("GetObjectAnnotation", "PutObjectAnnotation"):
            with self.subTest(right):
                for key in self.fake.keys("src"):
                    self.fake.delete("dst", key)
                self.annotations.withheld = {right}
                self.run_it("--look", "head", "--max-in-flight", "1")
                notes = {key: line.get("notes") for key, line in self.results.items()}
                self.assertEqual((notes["big"], notes["small"]), (["annotations-dropped"],) * 2)
                self.assertEqual({line["status"] for line in self.results.values()}, {"COPIED"})
                self.assertEqual((self.there("big"), self.there("small")), ({}, {}))
                self.assertLessEqual(len(self.asked(right)), 1)

    def test_not_listed(self):
        """The right to list them is withheld: asked for once. CopyObject needs it not."""
        self.annotate("big", "small")
        self.fake.add("src", "other", size=20 * MIB, part_size=8 * MIB)
        self.annotations.withheld = {"ListObjectAnnotations"}
        self.run_it("--look", "head", "--max-in-flight", "1")
        self.assertEqual({key: line.get("notes") for key, line in self.results.items()},
                         {"big": ["annotations-dropped"], "other": ["annotations-dropped"],
                          "small": None})
        self.assertEqual(self.there("small"), TEXTS)
        self.assertEqual(len(self.asked()), 1)

    def test_unknown(self):
        """A server that has none is asked once, and nothing is said."""
        self.fake.add("src", "other", size=20 * MIB, part_size=8 * MIB)
        self.annotations.known = False
        self.run_it("--look", "head", "--max-in-flight", "1")
        self.assert_results("COPIED", "etag")
        self.assertEqual(len(self.asked()), 1)

    def test_required(self):
        """Each of the rights: what has annotations fails, and says which right it is; what has none
        is copied. With the rights the same command copies the rest."""
        self.annotate("big", "small")
        self.fake.add("src", "bare", b"bare")
        self.fake.add("src", "bare-big", size=20 * MIB, part_size=8 * MIB)
        for right in ("GetObjectAnnotation", "PutObjectAnnotation"):
            with self.subTest(right):
                for key in self.fake.keys("src"):
                    self.fake.delete("dst", key)
                self.annotations.withheld = {right}
                self.run_it("--look", "head", "--annotations", "require", code=1)
                self.assertEqual({key: line["status"] for key, line in self.results.items()},
                                 {"big": "FAILED", "small": "FAILED", "bare": "COPIED",
                                  "bare-big": "COPIED"})
                for key in ("big", "small"):
                    failed = self.results[key]["error"]
                    self.assertEqual(failed["code"], "AccessDenied")
                    self.assertIn(f"s3:{right}", failed["message"])
                self.assertIsNone(self.fake.get("dst", "small"))
                self.annotations.withheld = set()
                self.run_it("--look", "head", "--annotations", "require")
                self.assertEqual({line["status"] for line in self.results.values()},
                                 {"COPIED", "SAME"})
                self.assertEqual((self.there("big"), self.there("small")), (TEXTS, TEXTS))

    def test_required_and_there(self):
        """What is there already is given what it lacks, and only that."""
        self.run_it("--look", "head")
        self.annotate("big", "small")
        for key in ("big", "small"):
            self.annotations.put("dst", key, "one", b"1")
            self.annotations.put("dst", key, "labels", b"other")
            self.annotations.put("dst", key, "own", b"stays")
        self.run_it("--annotations", "require")
        self.assert_results("COPIED", "etag")
        for key in ("big", "small"):
            self.assertEqual(self.there(key), {**TEXTS, "own": b"stays"})
        names = [request.query["annotationName"]
                 for request in self.fake.requests("PutObjectAnnotation", key="big")]
        self.assertEqual(sorted(names), sorted(set(TEXTS) - {"one"}))
        self.run_it("--annotations", "require")
        self.assert_results("SAME", "etag")

    def test_killed(self):
        """A run that is killed in between has left its record, and the next one puts the rest."""
        self.annotate("big")
        listed = self.folder / "list.csv"
        listed.write_bytes(manifest.write(manifest.of_bucket("src", ["big"])))
        work = self.folder / "work"
        args = ["run", "--manifest", listed, "--to", "s3://dst/", "--work", work, "--look", "head"]
        started = threading.Event()
        running = []

        def kill(request, proceed):
            if request.op == "PutObjectAnnotation" and request.query["annotationName"] == "one":
                started.wait()
                running.pop().signal(signal.SIGKILL)
            return proceed(request)

        self.fake.quirks.insert(0, kill)
        running.append(process := copyout.Running(args, self.server))
        started.set()
        process.wait().expect(-signal.SIGKILL)
        self.fake.quirks.remove(kill)
        self.assertNotIn("ü.1_b-c", self.there("big"))
        self.assertTrue(list(work.glob("uploads/*")))
        self.fake.forget()
        copyout.run(args, self.server).expect(0)
        self.assertEqual(self.there("big"), TEXTS)
        self.assertEqual(self.fake.requests("UploadPartCopy"), [])
        self.assertEqual(list(work.glob("uploads/*")), [])


del Checksums

if __name__ == "__main__":
    unittest.main()
