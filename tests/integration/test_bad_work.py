"""Work folders that were damaged, by accident or on purpose, between two commands.

A plan that is no good is made again; results that are none are an error; a record of an upload that
cannot be read is not followed. Whatever it is, nothing is said to be copied that is not there, and
no object is deleted.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
import unittest
from pathlib import Path

from lib import copyout, manifest, s3util
from lib.bad_input import READING, Fixture
from lib.bad_work import (FIRST, GONE_ON, KEYS, SECOND, SPECS, Damage, Work, after, change,
                          change_json, copy_file, counts, cut, folder, gone, lines, link, ours,
                          pipe, record, stops, swap_shards, write)

DONE = ("COPIED", "SAME", "KEPT")

# As an older copyout prepared it, which made no digests of the items' lines.
UNDIGESTED = after(
    change_json("job.json", lambda job: {name: job[name] for name in job if name != "itemsBytes"}),
    change_json("shards.json", lambda shards: [
        {name: shard[name] for name in shard if name != "digest"} for shard in shards]))

RUNS = [
    # a job.json that copyout did not write: the folder may be somebody else's
    ours("job.json is cut", cut("job.json", 40), "not copyout's", "its job.json", "damaged", code=2,
         writes=False),
    ours("job.json is empty", write("job.json", b""), "not copyout's", "its job.json", "damaged",
         code=2, writes=False),
    ours("job.json is a list", write("job.json", "[]"), "not copyout's", "its job.json", "damaged",
         code=2, writes=False),
    ours("job.json is not there", gone("job.json"), "not copyout's", ".json", "and no job.json",
         code=2, writes=False),
    ours("job.json leads nowhere", link("job.json", "nowhere"), "job.json: it is not a file", code=4,
         writes=False),
    # a plan that is none is made again
    ours("job.json is forgotten", write("job.json", "{}")),
    ours("job.json of another version", change("job.json", '"format": 1', '"format": 3')),
    ours("job.json of another job", change("job.json", "-dst-", "-else-")),
    ours("job.json of another manifest", change("job.json", '"manifest": "', '"manifest": "x')),
    ours("job.json has not as many objects", change("job.json", '"items": 4', '"items": 5')),
    ours("job.json has no number of objects", change("job.json", '"items": 4', '"items": "4"')),
    ours("shards.json is cut", cut("shards.json", -20)),
    ours("shards.json is not there", gone("shards.json")),
    ours("shards.json has a shard too few", change_json("shards.json", lambda s: s[:1])),
    ours("shards.json with the shards' places exchanged", change_json("shards.json", swap_shards)),
    ours("shards.json with a shard twice", change_json("shards.json", lambda s: [s[0], s[0]])),
    ours("shards.json with a negative place", change("shards.json", '"offset":0', '"offset":-1')),
    # results are written anew
    ours("old results are rubbish", write(FIRST, b"\0\xff\n{}\n")),
    # records of uploads that are not followed
    ours("record is cut", after(record(), cut("uploads/RECORD", -30)), "no record of an upload",
         "from the beginning"),
    ours("record is empty", write("uploads/RECORD", b""), "no record of an upload"),
    ours("record of another version", record(format=2), "no record of an upload"),
    ours("record with an empty id", record(uploadId=""), "no record of an upload"),
    ours("record of the end of time", record(at=2**63 - 1), "no record of an upload"),
    ours("record from before all time", record(at=-2**63), "no record of an upload"),
    ours("record of no parts", record(parts=0), "no record of an upload"),
    ours("record of more parts than there are", record(parts=10_001), "no record of an upload"),
    ours("record of parts that are not the whole", record(partSize=9), "no record of an upload"),
    ours("record of lengths that are not the whole", record(partLengths=[2**62, 2**62]),
         "no record of an upload"),
    ours("record of an upload that is gone", record()),
    ours("record of another state of the source", record(etag="0" * 32 + "-2")),
    ours("record of another object's upload", record(key="b"), "another object"),
    ours("half a record", write("uploads/RECORD.part", b"{")),
    # what stands in the way
    ours("record is a folder", folder("uploads/RECORD"), "line 4", "RECORD", code=1),
    ours("record that leads nowhere", link("uploads/RECORD", "nowhere"), "line 4",
         "RECORD: it is not a file", code=1),
    ours("job.json is a folder", folder("job.json"), "job.json: it is not a file", code=4,
         writes=False),
    ours("job.json is a pipe", pipe("job.json"), "job.json: it is not a file", code=4,
         writes=False),
    ours("job.json is a device", link("job.json", "/dev/zero"), "job.json: it is not a file",
         code=4, writes=False),
    ours("job.json is too large", write("job.json", b" " * (5 << 20)), "job.json",
         "re.4,?194,?304", code=4, writes=False),
    ours("shards.json is a pipe", pipe("shards.json"), "shards.json: it is not a file", code=4,
         writes=False),
    ours("results are a file", write("results", b""), "results: Not a directory", code=4,
         writes=False),
    ours("uploads are a file", write("uploads", b""), "uploads: Not a directory", code=4,
         writes=False),
    ours("uploads lead nowhere", link("uploads", "nowhere"), "uploads: Not a directory", code=4,
         writes=False),
    ours("items are not there", gone("items.jsonl"), "no items.jsonl", "planned again"),
    ours("items were cut", cut("items.jsonl", -100), "items end before shard 1", "planned again"),
    ours("an item is another", change("items.jsonl", '"sourceKey":"b"', '"sourceKey":"c"'),
         "shard 0 is not the one that was planned", "planned again"),
    ours("an item too many", lines("items.jsonl", lambda found: [*found, found[0]]),
         "longer than was planned", "planned again"),
    ours("items are a folder", folder("items.jsonl"), "items.jsonl: it is not a file", code=4),
    # of a job that an older copyout prepared, without digests
    ours("items are cut", after(UNDIGESTED, cut("items.jsonl", -100)), "items.jsonl: ",
         "not an item", code=4),
    ours("items are too few",
         after(UNDIGESTED, lines("items.jsonl", lambda found: found[:3])), "items.jsonl: ",
         "the items end before the plan does", code=4),
    ours("an item is rubbish", after(UNDIGESTED, lines(
        "items.jsonl", lambda found: [*found[:2], b"\0\n", found[3]])),
         "items.jsonl: not an item", code=4),
    ours("an item without its key",
         after(UNDIGESTED, change("items.jsonl", '"sourceKey":"b"', '"sourceKey":""')),
         "items.jsonl: ", '"sourceKey"', code=4),
    ours("an item in no bucket",
         after(UNDIGESTED, change("items.jsonl", "bad-work-src-", "../bad/")),
         "is not the name of a bucket", code=1),
    ours("results' file is a folder", folder(FIRST), FIRST, "re.directory|not a file", code=4),
    ours("report's file is a folder", folder("report.csv"), "report.csv: Is a directory", code=4),
    ours("report.json is a folder", folder("report.json"), "report.json: Is a directory", code=4),
    ours("report's half-written file is a pipe", pipe("report.csv.part"), "report.csv.part",
         "re.no such device|not a file", code=4),
]

COPIES = [
    stops("copy", "copy: job.json is cut", cut("job.json", 40), 2, "job.json: there is no job"),
    stops("copy", "copy: job.json is forgotten", write("job.json", "{}"), 2,
          "job.json: there is no job"),
    stops("copy", "copy: job.json of another version",
          change("job.json", '"format": 1', '"format": 3'), 2, "job.json: made by another version"),
    stops("copy", "copy: job.json with a field too many", change_json(
        "job.json", lambda job: job["input"].update(speed=1)), 2, "job.json: ", "speed"),
    stops("copy", "copy: job.json without a destination", change_json(
        "job.json", lambda job: job["input"].pop("destinationBucket") and None), 2, "job.json: ",
        "destinationBucket"),
    stops("copy", "copy: job.json with a bucket that is none", change(
        "job.json", "bad-work-dst-", "a/"), 2, "job.json: ", "destinationBucket"),
    stops("copy", "copy: job.json is a pipe", pipe("job.json"), 4, "job.json: it is not a file"),
    stops("copy", "copy: shards.json is not there", gone("shards.json"), 4, "no shards.json"),
    stops("copy", "copy: shards.json is cut", cut("shards.json", -20), 4, "no shards.json"),
    stops("copy", "copy: shards.json with a shard too many",
          change_json("shards.json", lambda s: [*s, s[0]]), 4, "3 shards", "job.json says 2"),
    stops("copy", "copy: shards.json has a shard of nothing",
          change("shards.json", '"items":2', '"items":0'), 4, "shards.json: shard 0"),
    stops("copy", "copy: shards.json has more objects", change("shards.json", '"items":2',
          '"items":3'), 4, "shards.json"),
    stops("copy", "copy: shards.json with the shards' places exchanged",
          change_json("shards.json", swap_shards), 4, "shards.json: shard 0",
          args=["--shard", "0"]),
    stops("copy", "copy: no such shard", gone("none"), 2, "shard 2", "2 shards",
          args=["--shard", "2"]),
    stops("copy", "copy: shard is a word", gone("none"), 2, '"first"', args=["--shard", "first"]),
    stops("copy", "copy: shard is negative", gone("none"), 2, '"-1"', args=["--shard=-1"]),
    stops("copy", "copy: items are not there", gone("items.jsonl"), 4, "no items.jsonl"),
    stops("copy", "copy: items are a pipe", pipe("items.jsonl"), 4, "items.jsonl: it is not a file",
          args=["--shard", "1"]),
    stops("copy", "copy: items end before the shard", lines("items.jsonl", lambda found: found[:2]),
          4, "items.jsonl: the items end", args=["--shard", "1"]),
    stops("copy", "copy: items have moved", after(UNDIGESTED, lines(
        "items.jsonl", lambda found: [b" \n", *found])), 4,
          "items.jsonl: not an item", args=["--shard", "1"]),
    stops("copy", "copy: an item of the shard is another", change(
        "items.jsonl", KEYS[2], "another"), 4, "items.jsonl: shard 1 is not the one that was planned",
          args=["--shard", "1"]),
    stops("copy", "copy: items are too many", lines(
        "items.jsonl", lambda found: [*found, found[0]]), 4, "items.jsonl is longer than"),
    stops("copy", "copy: results lead to a device", link(FIRST, "/dev/null"), 4, FIRST,
          "not a file", args=["--shard", "0"]),
    *[stops("copy", f"COPYOUT_SHARD: {name}", gone("none"), 2, "shard", "must be", args=[text])
      for name, text in {
          "cut": '{"shard":0,"items":2,', "of no place": '{"shard":0,"items":2,"length":9}',
          "that is not there": '{"shard":7,"items":2,"offset":0,"length":9}',
          "of more than all": '{"shard":0,"items":5,"offset":0,"length":9}',
          "a word": "zero"}.items()],
    stops("copy", "COPYOUT_SHARD: behind the end", gone("none"), 4, "items.jsonl: the items end",
          args=['{"shard":1,"items":2,"offset":99999,"length":9}']),
    stops("copy", "COPYOUT_SHARD: within a line", gone("none"), 4, "items.jsonl: not an item",
          args=['{"shard":1,"items":2,"offset":5,"length":9}']),
]

REPORTS = [
    counts("a shard's results are not there", gone(SECOND), copied=2, missing=2),
    counts("a shard's results are empty", write(FIRST, b""), copied=2, missing=2),
    counts("the last result is cut", cut(FIRST, -9), copied=3, missing=1),
    counts("only a piece of a result", cut(FIRST, 30), copied=2, missing=2),
    counts("a result is not there", lines(SECOND, lambda found: found[:1]), copied=3, missing=1),
    *[stops("report", f"report: {name}", do, 4, *said) for name, do, *said in [
        ("a result is cut in the middle", lines(FIRST, lambda f: [f[0][:30] + b"\n", f[1]]), FIRST,
         "not a result line"),
        ("an empty line", lines(FIRST, lambda f: [b"\n", f[1]]), FIRST, "not a result line"),
        ("NUL bytes in the middle", lines(SECOND, lambda f: [b"\0" * 99 + b"\n", f[1]]), SECOND,
         "not a result line"),
        ("a status that is none", change(FIRST, '"COPIED"', '"DONE"'), FIRST, "not a result line"),
        ("a proof that is none", change(FIRST, '"verified":"etag"', '"verified":"yes"'), FIRST,
         "not a result line"),
        ("a negative size", change(FIRST, '"size":', '"size":-'), FIRST, "not a result line"),
        ("a result without its key", change(FIRST, '"sourceKey"', '"key"'), FIRST,
         "not a result line"),
        ("a line twice", lines(FIRST, lambda f: [f[0], f[0]]), FIRST, "two results"),
        ("more results than objects", lines(FIRST, lambda f: [*f, f[0]]), FIRST,
         "more results than items"),
        ("the results of another shard", copy_file(FIRST, SECOND), SECOND, "another shard's"),
        ("the results of the next shard", copy_file(SECOND, FIRST), SECOND, "another shard's"),
        ("the results under another shard's name", after(copy_file(SECOND, FIRST), gone(SECOND)),
         SECOND, "another shard's"),
        ("a result of a line that is none", after(
            change(FIRST, '"line":1', '"line":17'), lines(FIRST, lambda f: [
                line for line in f if b'"line":17' in line])), FIRST, "another shard's"),
        ("results are a folder", folder(FIRST), FIRST, "not a file"),
        ("results are a pipe", pipe(FIRST), FIRST, "not a file"),
        ("results are a device", link(FIRST, "/dev/zero"), FIRST, "not a file"),
        ("the shards are of fewer objects", change("job.json", '"items": 4', '"items": 9'),
         "shards.json has 4 objects", "job.json says 9"),
        ("the report is a folder", folder("report.csv"), "report.csv", "Is a directory"),
    ]],
]

CLEANUPS = [  # the record is none: its object's uploads are looked for, and it is removed
    stops("cleanup", f"cleanup: {name}", do, 0, "RECORD", "no record of an upload",
          "begun when it was written")
    for name, do in [
        ("record is cut", after(record(), cut("uploads/RECORD", -30))),
        ("record is empty", write("uploads/RECORD", b"")),
        ("record is not JSON", write("uploads/RECORD", b"\x7fELF")),
        ("record without a key", record(key=None)),
        ("record with an empty key", record(key="")),
        ("record with an empty id", record(uploadId="")),
        ("record whose id is a number", record(uploadId=7, size="x")),
        ("record of the end of time", record(at=2**63 - 1)),
    ]
] + [
    stops("cleanup", f"cleanup: {name}", do, 1, "RECORD", *said)
    for name, do, *said in [
        ("record that is none, without a plan",
         after(write("uploads/RECORD", b""), gone("items.jsonl")), "no record of an upload"),
        ("record that is none, of no object of the plan",
         after(write("uploads/RECORD", b""), *2 * [change("items.jsonl", KEYS[3], "else")]),
         "no record of an upload", "no object of the plan has it"),
        ("record in no bucket", record(bucket="x@127.0.0.1:9/"), "not the name of a bucket"),
        ("record in a bucket that is not there", record(bucket="bad-work-none"),
         "s3://bad-work-none/", "bucket does not exist"),
        ("record is a folder", folder("uploads/RECORD"), "it is not a file"),
        ("record is a pipe", pipe("uploads/RECORD"), "it is not a file"),
    ]
] + [
    stops("cleanup", "cleanup: uploads are a file", write("uploads", b""), 4,
          "uploads: Not a directory"),
    stops("cleanup", "cleanup: job.json is not there, nor any record", gone("job.json"), 2,
          "job.json", "no upload on record"),
]


class BadWork(Fixture):
    """Each case has a copy of a job that was prepared, or copied, and spoils it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.src, cls.dst = cls.server.bucket_name("bad-work-src"), cls.server.bucket_name(
            "bad-work-dst")
        s3util.make_sources(cls.server, cls.src, SPECS)
        s3util.make_bucket(cls.s3, cls.dst)
        cls.s3.put_object(Bucket=cls.src, Key="list",
                          Body=manifest.write(manifest.of_bucket(cls.src, KEYS)))
        digest = hashlib.sha256(f"{cls.dst}/{KEYS[3]}".encode()).hexdigest()[:32]
        cls.record = f"{digest}.json"
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.top = Path(scratch.name)
        (cls.top / "input.json").write_text(json.dumps({
            "sourceFilesCsvBucket": cls.src, "sourceFilesCsvKey": "list", "maxItemsPerBatch": 2,
            "destinationBucket": cls.dst}))
        for step, begun in (("prepare", "prepared"), ("copy", "copied")):
            if begun == "copied":
                shutil.copytree(cls.top / "prepared", cls.top / begun)
            copyout.run([step, "--job", begun, *(["input.json"] if step == "prepare" else [])],
                        cls.server, cwd=cls.top).expect(0)

    def setUp(self):
        super().setUp()
        s3util.delete_all(self.s3, self.dst)

    def spoiled(self, case: Damage) -> Path:
        """A folder of its own for this case."""
        self.new_folder()
        begun = "prepared" if case.command in ("run", "copy") else "copied"
        shutil.copytree(self.top / begun, self.folder / "work")
        shutil.copy(self.top / "input.json", self.folder)
        work = Work(type(self), self.folder / "work")
        case.do(work)
        for path in work.folder.glob("uploads/*"):  # written two hours ago
            os.utime(path, (time.time() - 7200,) * 2, follow_symlinks=False)
        return work.folder

    def there(self) -> set[str]:
        """The keys whose copies are what their sources are."""
        return {key for key in KEYS if s3util.exists(self.s3, self.dst, key) and not
                s3util.differences(self.s3, self.src, key, self.s3, self.dst, key)}

    def claimed(self, folder: Path) -> set[str]:
        """The keys that results, or the report, say are copied."""
        found = set()
        for path in folder.glob("results/*.jsonl"):
            if path.is_file():
                for line in path.read_text().splitlines():
                    result = json.loads(line)
                    if result["status"] in DONE:
                        found.add(result["sourceKey"])
        if s3util.exists(self.s3, self.dst, "ENDED_COPY.csv"):
            body = self.s3.get_object(Bucket=self.dst, Key="ENDED_COPY.csv")["Body"].read()
            found |= {row["source"].rsplit("/", 1)[-1] for row in
                      csv.DictReader(io.StringIO(body.decode())) if row["status"] in DONE}
        return found

    def start(self, case: Damage, *options: str):
        """The command, on the spoiled folder."""
        folder, env = self.spoiled(case), {}
        args = {"run": ["input.json", "--work", "work"], "cleanup": ["--work", "work"]}.get(
            case.command, ["--job", "work"])
        if case.name.startswith("COPYOUT_SHARD"):
            env["COPYOUT_SHARD"] = case.args[0]
        else:
            args += case.args
        self.proxy.reset()
        result = self.run_it([*args, *options], command=case.command, env=env).expect(case.exit)
        self.assert_says(result, [piece.replace("RECORD", self.record) for piece in case.said])
        self.assertEqual(self.proxy.requests("DeleteObject"), [])
        if not case.writes:
            self.check_nothing_written()
        return folder, result

    def test_run(self):
        """A plan is made again, a record that is none is not followed; else it stops, and says
        of nothing that it is there that is not."""
        for case in RUNS:
            with self.subTest(case.name):
                s3util.delete_all(self.s3, self.dst)
                folder, _ = self.start(case)
                there = self.there()
                self.assertLessEqual(self.claimed(folder), there)
                if case.exit == GONE_ON:
                    self.assertEqual(there, set(KEYS))
                self.assertEqual(s3util.unfinished_uploads(self.s3, self.dst), [])

    def test_copy(self):
        """It never makes a plan, so it stops."""
        for case in COPIES:
            with self.subTest(case.name):
                s3util.delete_all(self.s3, self.dst)
                folder, _ = self.start(case)
                self.assertLessEqual(self.claimed(folder), self.there())
                if case.exit == 2:
                    self.check_nothing_written()

    def test_report(self):
        """What is not there is counted and named; what cannot be is an error, and no report."""
        for case in REPORTS:
            with self.subTest(case.name):
                s3util.delete_all(self.s3, self.dst)
                _, result = self.start(case, "--json")
                if case.counts:
                    self.assertFalse(result.json["complete"])
                    self.assertEqual({name: result.json[name] for name in case.counts}, case.counts)
                    self.assertEqual(len(self.rows_there("NOT REACHED")), case.counts["missing"])
                    self.assertEqual(len(self.rows_there("COPIED")), case.counts["copied"])
                else:
                    self.assertEqual(s3util.keys(self.s3, self.dst), [])

    def rows_there(self, status: str) -> list[dict]:
        """The rows of the destination's report with this status."""
        body = self.s3.get_object(Bucket=self.dst, Key="ENDED_COPY.csv")["Body"].read().decode()
        return [row for row in csv.DictReader(io.StringIO(body)) if row["status"] == status]

    def test_cleanup(self):
        """Uploads of others under the key of a record stay, whatever is wrong with it, and so does an
        object. A record stays if its uploads could not be looked for."""
        self.s3.put_object(Bucket=self.dst, Key=KEYS[3], Body=b"there before")
        theirs = self.s3.create_multipart_upload(Bucket=self.dst, Key=KEYS[3])["UploadId"]
        for case in CLEANUPS:
            with self.subTest(case.name):
                folder, _ = self.start(case)
                self.assertEqual([request.op for request in self.proxy.log
                                  if request.method not in READING
                                  and request.bucket == self.dst], [])
                if case.exit < 2:
                    self.assertEqual((folder / "uploads" / self.record).exists(), case.exit == 1)
        self.assertEqual(s3util.unfinished_uploads(self.s3, self.dst), [(KEYS[3], theirs)])
        self.assertTrue(s3util.exists(self.s3, self.dst, KEYS[3]))
        self.s3.abort_multipart_upload(Bucket=self.dst, Key=KEYS[3], UploadId=theirs)

    def test_place(self):
        """A work folder where none can be."""
        shutil.copy(self.top / "input.json", self.folder)
        (self.folder / "file").touch()
        (self.folder / "link").symlink_to("nowhere")
        (self.folder / "round").symlink_to("round")
        for name, place, *said in PLACES:
            with self.subTest(name):
                self.proxy.reset()
                result = self.run_it(["input.json", "--work", place]).expect(4)
                self.assert_says(result, ["--work", *said])
                self.assertEqual(self.proxy.log, [])

    def test_two_at_once(self):
        """The folder is another's as long as that one lives."""
        shutil.copytree(self.top / "copied", self.folder / "work")
        shutil.copy(self.top / "input.json", self.folder)
        held = os.open(self.folder / "work", os.O_RDONLY)
        self.addCleanup(os.close, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        for command, args in (("run", ["input.json", "--work", "work"]),
                              ("copy", ["--job", "work"]), ("report", ["--job", "work"]),
                              ("cleanup", ["--work", "work"])):
            with self.subTest(command):
                self.proxy.reset()
                result = self.run_it(args, command=command).expect(4)
                self.assert_says(result, ["another copyout is working in work"])
                self.assertEqual(self.proxy.log, [])


PLACES = [
    ("a file", "file", "file: Not a directory"),
    ("below a file", "file/work", "file: Not a directory"),
    ("a link that leads nowhere", "link", "link: Not a directory"),
    ("a link to itself", "round", "round"),
    ("where nothing can be made", "/proc/none/work", "/proc/none"),
    ("a name that is too long", "n" * 300, "File name too long"),
]


if __name__ == "__main__":
    unittest.main()
