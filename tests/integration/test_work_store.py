"""Whose work store it is: nothing is made, replaced or removed where copyout has no job of its own,
results of one job are not taken for another's, and a program that is killed finds its store again.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, results, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, Job
from lib.s3util import Spec
from lib.servers import Rule

from faultproxy import hold

RECORD = f"uploads/{'0123456789abcdef' * 2}.json"
STRIDE = 1 if copyout.FULL else 3  # of the writes at which a step is killed
OURS = {"job.json", "items.jsonl", "shards.json"}  # of a job that is prepared


class Store:
    """The tests, for a folder and for a prefix in S3."""

    in_s3: bool

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get("rgw")

    def job(self, *keys: str) -> Job:
        """A job of some small objects, its work store not there yet."""
        job = Job(self, self.server, [Spec(key, size=len(key)) for key in keys or "abc"], tags=False)
        job.bucket = self.server.bucket_name("work")
        s3util.make_bucket(job.dest, job.bucket)
        self.place(job, "work")
        return job

    def place(self, job: Job, name: str) -> None:
        """Have what follows work in this work store."""
        job.name = name
        job.work = f"s3://{job.bucket}/{name}/" if self.in_s3 else job.folder / name

    # --- what is in it

    def content(self, job: Job) -> dict[str, bytes | None]:
        """All that is there: names of folders, and of what is no file, with None."""
        if self.in_s3:
            return {key.removeprefix(f"{job.name}/"): job.dest.get_object(
                Bucket=job.bucket, Key=key)["Body"].read()
                for key in s3util.keys(job.dest, job.bucket, f"{job.name}/")}
        return {str(path.relative_to(job.work)):
                path.read_bytes() if path.is_file() and not path.is_symlink() else None
                for path in job.work.rglob("*")}

    def put(self, job: Job, **files: bytes | str) -> None:
        """Put files into it; "/" is written as "__", and a dot as "_dot_"."""
        self.put_all(job, {name.replace("__", "/").replace("_dot_", "."): data
                           for name, data in files.items()})

    def put_all(self, job: Job, files: dict[str, bytes | str]) -> None:
        """The same, by name."""
        for name, data in files.items():
            data = data.encode() if isinstance(data, str) else data
            if self.in_s3:
                job.dest.put_object(Bucket=job.bucket, Key=f"{job.name}/{name}", Body=data)
            else:
                path = job.work / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)

    def told(self, job: Job) -> dict:
        """What job.json says."""
        return json.loads(self.content(job)["job.json"])

    def statuses(self, job: Job) -> dict[str, str]:
        """{source key: status} of all results."""
        lines = results.merge((name, data.decode()) for name, data in self.content(job).items()
                              if data is not None and results.is_name(name))
        return {key: line["status"] for key, line in lines.items()}

    # --- commands

    def input(self, job: Job, **fields) -> Path:
        """An input for prepare; its manifest is put into S3."""
        where = job.manifest
        if not str(where).startswith("s3://"):
            job.dest.put_object(Bucket=job.bucket, Key="list.csv", Body=where.read_bytes())
            where = f"s3://{job.bucket}/list.csv"
        bucket, key = str(where).removeprefix("s3://").split("/", 1)
        path = job.folder / "input.json"
        path.write_text(json.dumps({
            "sourceFilesCsvBucket": bucket, "sourceFilesCsvKey": key, "destinationBucket": job.dst,
            "destinationFolderKey": FOLDER, "destinationKeys": "full", **fields}))
        return path

    def do(self, job: Job, command: str, *options, **how) -> copyout.Result:
        """A command on the work store, through the proxy, whose log begins anew."""
        job.proxy.reset(job.proxy.rules)
        args = {"run": lambda: job.arguments("--json", "--quiet"),
                "prepare": lambda: ["prepare", self.input(job), "--json", "--job", job.work],
                "copy": lambda: ["copy", "--json", "--job", job.work],
                "report": lambda: ["report", "--json", "--job", job.work],
                "cleanup": lambda: ["cleanup", "--work", job.work]}[command]()
        return copyout.run([*args, *options], self.server.through(job.proxy), **how)

    def check_untouched(self, job: Job, before: dict) -> None:
        """Neither the work store nor the destination has changed, nor was it tried."""
        self.assertEqual(self.content(job), before)
        self.assertEqual([(request.op, request.key) for request in job.proxy.log
                          if request.method not in ("GET", "HEAD")], [])
        self.assertEqual(s3util.keys(job.dest, job.dst), [])

    # --- what is not ours

    def test_files_of_others(self):
        """The most common case: a folder that was there before, with "results" in it."""
        job = self.job()
        for name, files in {
                "results": {"results/variants.vcf": "x"},
                "a results file": {"results/000000.jsonl": "theirs\n"},
                "names like ours": {"report.csv": "theirs", "items.jsonl": "theirs"},
                "a record": {RECORD: json.dumps({
                    "format": 1, "bucket": job.dst, "key": "x", "uploadId": "y", "at": 1})},
                "hidden": {".git": "theirs"},
                "another's job.json": {"job.json": '{"name": "nightly", "input": {}}'},
                "a job.json that is a list": {"job.json": "[]", "results/000000.jsonl": "theirs\n"},
                "a job.json that is cut": {"job.json": '{"format": 1, "input": {'},
                "a piece of job.json, and more": {"job.json.part": "{", "x": "theirs"},
                "many": {f"file {number}": "theirs" for number in range(8)}}.items():
            self.place(job, name)
            self.put_all(job, files)
            before = self.content(job)
            commands = [("run",), ("run", "--dry-run"), ("prepare",), ("copy",), ("report",),
                        ("cleanup",)]
            if name == "results":
                commands += [("run", "--replace-job"), ("prepare", "--replace-job")]
            for command, *options in commands:
                with self.subTest(name, command=command, options=options):
                    result = self.do(job, command, *options).expect(2)
                    self.check_untouched(job, before)
                    if command in ("run", "prepare"):
                        self.assertIn("not copyout's", result.stderr)
                        self.assertIn("new or empty", result.stderr)
                        said = [file for file in before if f'"{file}"' in result.stderr]
                        self.assertTrue(said or "job.json" in before, result)
                        self.assertLessEqual(len(said), 3)

    def test_others_beside_ours(self):
        """In a work store of ours only names that we make are removed or replaced."""
        job = self.job()
        theirs = {name: b"theirs" for name in (
            "results/variants.vcf", "results/1.jsonl", "results/0000001.json",
            "results/000000.jsonl.gz", "results/x000000.jsonl", "results/00000000000.jsonl",
            "results/deep/000000.jsonl", "uploads/notes.txt", "uploads/x.json",
            "uploads/" + "A" * 32 + ".json", "report.html", "job.json.old")}
        self.do(job, "run").expect(0)
        self.put_all(job, theirs)
        job.list(["a"])
        self.do(job, "run", "--replace-job").expect(0)
        self.do(job, "run", "--dry-run").expect(0)
        self.do(job, "prepare").expect(0)
        self.do(job, "copy").expect(0)
        self.do(job, "report").expect(0)
        self.assertIn("0 uploads on record", self.do(job, "cleanup").expect(0).stdout)
        self.assertEqual(self.statuses(job), {"a": "SAME"})
        content = self.content(job)
        self.assertEqual({name: content[name] for name in theirs}, theirs)

    # --- what is

    def test_new(self):
        """Not there, empty, with the mark alone, with a mark and what was left behind it."""
        job = self.job()
        for name, files in {
                "not there": {}, "the mark alone": {"job.json": "{}"},
                "a mark and a plan that holds no longer": {
                    "job.json": "{}\n", "items.jsonl": "x\n", "items.jsonl.part": "", "shards.json":
                    "[]", "results/000007.jsonl": '{"line":1}\n'}}.items():
            with self.subTest(name):
                self.place(job, name)
                self.put_all(job, files)
                self.do(job, "prepare").expect(0)
                self.do(job, "copy").expect(0)
                self.assertEqual(self.do(job, "report").expect(0).json["items"], 3)
                self.assertEqual(set(self.statuses(job)), {"a", "b", "c"})

    def test_mistake_leaves_nothing(self):
        """A mistake in the list leaves no store, and the next command makes one."""
        job = self.job()
        job.manifest.write_text("no bucket\n")
        self.do(job, "run").expect(2)
        self.assertEqual(self.content(job), {})
        self.assertFalse(not self.in_s3 and job.work.exists())
        job.list("ab")
        self.do(job, "run").expect(0)

    def test_job_of_an_older_copyout(self):
        """It kept no digest: the same ETag is the same list, and other rows are another."""
        job = self.job()
        self.do(job, "prepare").expect(0)
        self.do(job, "copy").expect(0)
        told = self.told(job)
        self.assertRegex(told.pop("manifestDigest"), "^sha256:[0-9a-f]{64}$")
        self.put(job, job_dot_json=json.dumps(told))
        before = self.content(job)
        self.do(job, "prepare").expect(0)
        self.assertEqual(self.content(job), before)
        job.list("ab")
        self.assertIn("its list is not the same", self.do(job, "prepare").expect(2).stderr)
        self.assertEqual(self.content(job), before)
        self.assertEqual(self.do(job, "prepare", "--replace-job").expect(0).json["items"], 2)

    # --- another job

    def test_another_list(self):
        job = self.job()
        self.do(job, "run").expect(0)
        before = self.content(job)
        job.list("ab")
        for command, *options in (("run",), ("run", "--dry-run"), ("prepare",)):
            with self.subTest(command, options=options):
                result = self.do(job, command, *options).expect(2)
                self.assertIn("holds the results of another job", result.stderr)
                self.assertIn("--replace-job", result.stderr)
                self.assertEqual(self.content(job), before)
                self.assertEqual(job.written(), set())
        self.assertEqual(self.do(job, "run", "--replace-job").expect(0).json["items"], 2)
        self.assertEqual(self.statuses(job), {"a": "SAME", "b": "SAME"})
        job.assert_copied()

    def test_another_destination(self):
        job = self.job()
        self.do(job, "run").expect(0)
        before = self.content(job)
        for to in (f"s3://{job.dst}/elsewhere/", f"s3://{job.bucket}/{FOLDER}"):
            with self.subTest(to):
                result = self.do(job, "run", "--to", to).expect(2)
                self.assertIn("its destination is not the same", result.stderr)
                self.assertIn("--replace-job", result.stderr)
                self.assertEqual(self.content(job), before)
        self.do(job, "run", "--to", f"s3://{job.dst}/elsewhere/", "--replace-job").expect(0)
        self.assertTrue(s3util.exists(job.dest, job.dst, "elsewhere/a"))

    def test_without_results(self):
        """A job that has none yet is planned anew: its list may be corrected while it waits."""
        job = self.job()
        self.do(job, "prepare").expect(0)
        job.list("ab")
        self.assertEqual(self.do(job, "prepare").expect(0).json["items"], 2)
        self.put(job, results__000000_dot_jsonl="")  # begun, and nothing finished
        job.list("c")
        self.assertEqual(self.do(job, "prepare").expect(0).json["items"], 1)
        self.do(job, "run", "--to", f"s3://{job.dst}/elsewhere/").expect(0)
        self.assertEqual(s3util.keys(job.dest, job.dst, "elsewhere/c"), ["elsewhere/c"])

    def test_items_are_others(self):
        """Its items were changed behind its back, and there are results of them: an error, until
        one says that these may go. test_bad_work has what is done without results."""
        job = self.job()
        self.do(job, "run").expect(0)
        text = self.content(job)["items.jsonl"]
        self.put_all(job, {"items.jsonl": text.replace(b'"line":1', b'"line":9', 1)})
        before = self.content(job)
        self.assertNotEqual(before["items.jsonl"], text)
        result = self.do(job, "run").expect(4)
        self.assertIn("shard 0 is not the one that was planned, and there are results",
                      result.stderr)
        self.assertEqual(self.content(job), before)
        self.do(job, "run", "--replace-job").expect(0)
        self.assertEqual(self.content(job)["items.jsonl"], text)

    def test_other_options(self):
        """On the same list and destination they are no error; the plan is made again."""
        job = self.job("x/a", "x/b")
        self.do(job, "run").expect(0)
        self.do(job, "run", "--dry-run").expect(0)
        self.do(job, "run", "--destination-keys", "basename", "--tags", "none").expect(0)
        self.assertTrue(s3util.exists(job.dest, job.dst, FOLDER + "b"))
        self.assertEqual(set(self.statuses(job).values()), {"COPIED"})

    # --- the same list

    def test_same_content(self):
        """Elsewhere, written anew, from standard input or in S3: the plan is kept."""
        job = self.job()
        self.do(job, "run").expect(0)
        plan = self.told(job)
        text = job.manifest.read_bytes()
        os.utime(job.manifest, (1, 1))
        self.do(job, "run").expect(0)
        self.assertEqual(self.told(job), plan)
        job.manifest = job.folder / "moved.csv"
        job.manifest.write_bytes(text)
        self.do(job, "run").expect(0)
        self.assertEqual(self.told(job), plan)
        self.do(job, "run", "--manifest", "-", input=text).expect(0)
        self.assertEqual(self.told(job), plan)
        job.dest.put_object(Bucket=job.bucket, Key="elsewhere.csv", Body=text)
        self.do(job, "run", "--manifest", f"s3://{job.bucket}/elsewhere.csv").expect(0)
        self.assertEqual(self.told(job), plan)
        self.assertEqual(set(self.statuses(job).values()), {"SAME"})

    def test_other_content(self):
        """As long, and as old, in the same file; and another standard input."""
        job = self.job()
        job.list("ab")
        self.do(job, "run").expect(0)
        before, times = self.content(job), job.manifest.stat()
        text = manifest.write(manifest.of_bucket(job.src, "ac"))
        with open(job.manifest, "r+b") as file:
            file.write(text)
        os.utime(job.manifest, ns=(times.st_atime_ns, times.st_mtime_ns))
        now = job.manifest.stat()
        self.assertEqual((now.st_size, now.st_ino, now.st_mtime_ns),
                         (times.st_size, times.st_ino, times.st_mtime_ns))
        self.do(job, "run").expect(2)
        self.do(job, "run", "--manifest", "-", input=text).expect(2)
        self.assertEqual(self.content(job), before)
        self.do(job, "run", "--replace-job", "--manifest", "-", input=text).expect(0)
        self.assertEqual(set(self.statuses(job)), {"a", "c"})
        plan = self.told(job)
        self.do(job, "run", "--manifest", "-", input=text).expect(0)
        self.assertEqual(self.told(job), plan)

    # --- kills

    def kinds_of_prepare(self):
        """(name, how the work store is made, options, keys of the list) of what may be killed."""
        def copied(job):
            self.do(job, "prepare").expect(0)
            self.do(job, "copy").expect(0)
            self.do(job, "report").expect(0)
        return [("new", lambda job: None, [], {}, "abc"),
                ("other options", copied, [], {"tags": "none"}, "abc"),
                ("another job", copied, ["--replace-job"], {}, "ab")]

    def check_prepared(self, job: Job, keys: str, command: list) -> None:
        """The same command ends well, and the job can be copied."""
        result = copyout.run(command, self.server).expect(0)
        self.assertEqual(result.json["items"], len(keys))
        self.assertLessEqual(OURS, set(self.content(job)))
        self.assertEqual(self.statuses(job), {})


class InFolder(Store, unittest.TestCase):
    """A folder here."""

    in_s3 = False

    def test_empty_and_linked(self):
        """An empty folder; a symbolic link to one; below a folder that is not there."""
        job = self.job()
        (job.folder / "empty").mkdir()
        (job.folder / "real").mkdir()
        (job.folder / "link").symlink_to("real")
        for name in ("empty", "link", "link", "not/there"):
            with self.subTest(name):
                self.place(job, name)
                self.do(job, "run").expect(0)
        self.assertTrue((job.folder / "link").is_symlink())
        self.assertLess(OURS, set(os.listdir(job.folder / "real")))
        self.place(job, "link")
        job.list("a")
        self.do(job, "run").expect(2)
        self.do(job, "run", "--replace-job").expect(0)

    def test_half_a_mark(self):
        """A run that was killed while it wrote its mark left a piece of it, and no more."""
        job = self.job()
        for number, (piece, code) in enumerate((("", 0), ("{", 0), ("{}", 0), ("{}\n", 0),
                                                ('{"a"', 2), ("\0", 2))):
            with self.subTest(piece):
                self.place(job, f"killed {number}")
                self.put_all(job, {"job.json.part": piece})
                self.do(job, "prepare").expect(code)

    def test_default_place(self):
        """A work store of our own naming is not left behind when nothing came of it."""
        job = self.job()
        job.manifest.write_text("no bucket\n")
        args = [arg for arg in job.arguments() if arg not in ("--work", job.work)]
        copyout.run(args, self.server, cwd=job.folder).expect(2)
        self.assertFalse((job.folder / "copyout-work").exists())
        job.list("a")
        copyout.run(args, self.server, cwd=job.folder).expect(0)
        self.assertEqual(len(os.listdir(job.folder / "copyout-work")), 1)

    def test_default_place_is_found_again(self):
        """The same command goes on after SIGKILL; another list or destination has another store."""
        job = self.job()
        args = [arg for arg in job.arguments("--json", "--quiet") if arg not in ("--work", job.work)]
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key="c$")])
        running = copyout.Running(args, self.server.through(job.proxy), cwd=job.folder)

        def lines():
            return [line for file in job.folder.glob("copyout-work/*/results/*")
                    for line in file.read_text().splitlines()]

        wait_for(lambda: len(lines()) == 2, "two results")
        running.signal(signal.SIGKILL)
        running.wait().expect(-signal.SIGKILL)
        gate.set()
        job.proxy.reset()
        told = copyout.run(args, self.server.through(job.proxy), cwd=job.folder).expect(0).json
        self.assertEqual(told["earlierRuns"]["copied"], 2)
        self.assertEqual({request.key.removeprefix(FOLDER) for request in job.proxy.log
                          if request.op in ("HeadObject", "CopyObject")} - {"c"}, set())
        self.assertEqual(len(os.listdir(job.folder / "copyout-work")), 1)
        job.list("ab")
        copyout.run(args, self.server, cwd=job.folder).expect(0)
        self.assertEqual(len(os.listdir(job.folder / "copyout-work")), 2)
        copyout.run([*args, "--to", f"s3://{job.dst}/elsewhere/"], self.server,
                    cwd=job.folder).expect(0)
        self.assertEqual(len(os.listdir(job.folder / "copyout-work")), 3)
        text = job.manifest.read_bytes()
        for _ in range(2):  # it is read before the store is named
            copyout.run([*args, "--manifest", "-"], self.server, cwd=job.folder,
                        input=text).expect(0)
        self.assertEqual(len(os.listdir(job.folder / "copyout-work")), 3)

    def test_no_file(self):
        """A link, a pipe or a folder where a file of ours belongs is an error; nothing is followed."""
        job = self.job()
        self.do(job, "run").expect(0)
        whole = job.work
        theirs = job.folder / "theirs"
        for name in ("job.json", "job.json.part", "items.jsonl", "items.jsonl.part", "shards.json",
                     "shards.json.part", "report.csv", "report.csv.part", "COPY_REPORT.html",
                     "COPY_REPORT.html.part", "report.json",
                     "report.json.part", "results", "results/000000.jsonl", "uploads"):
            for kind in ("link", "pipe", "folder"):
                if kind == "folder" and name in ("results", "uploads"):
                    continue
                with self.subTest(name, kind=kind):
                    self.place(job, f"{kind} {name.replace('/', ' ')}")
                    shutil.copytree(whole, job.work)
                    path, is_folder = job.work / name, (job.work / name).is_dir()
                    if is_folder:
                        shutil.rmtree(path)
                    else:
                        path.unlink(missing_ok=True)
                    theirs.mkdir()
                    (theirs / "000000.jsonl").write_text("theirs")
                    if kind == "link":
                        path.symlink_to(theirs if is_folder else theirs / "000000.jsonl")
                    elif kind == "pipe":
                        os.mkfifo(path)
                    else:
                        path.mkdir()
                    # Other options: the plan is made again, so that every file is replaced.
                    result = self.do(job, "run", "--tags", "none").expect(4)
                    self.assertIn(name, result.stderr)
                    self.assertEqual((theirs / "000000.jsonl").read_text(), "theirs")
                    self.assertTrue(path.is_symlink() if kind == "link" else path.is_fifo()
                                    if kind == "pipe" else path.is_dir())
                    shutil.rmtree(theirs)

    def test_old_job_with_a_local_list(self):
        """A job of an older copyout knows its list by the file's size and times, and else by the rows
        that it has taken in."""
        job = self.job()
        self.do(job, "run").expect(0)
        told = self.told(job)
        del told["manifestDigest"]
        self.put(job, job_dot_json=json.dumps(told))
        before = self.content(job)["items.jsonl"], self.told(job)
        self.do(job, "run").expect(0)
        self.assertEqual((self.content(job)["items.jsonl"], self.told(job)), before)
        os.utime(job.manifest, (1, 1))
        self.assertEqual(self.do(job, "run").expect(0).json["same"], 3)
        self.assertEqual((self.content(job)["items.jsonl"], self.told(job)), before)
        for keys in ("ab", "abcd", "acb"):
            with self.subTest(keys):
                job.list(keys)
                self.assertIn("its list is not the same", self.do(job, "run").expect(2).stderr)

    def test_old_job_of_standard_input(self):
        """Nothing but its items tells of the list that a job of an older copyout was made of."""
        job = self.job()
        rows = job.manifest.read_bytes()
        arguments = [*job.arguments("--json", "--quiet"), "--manifest", "-"]
        copyout.run(arguments, self.server, input=rows).expect(0)
        told = self.told(job)
        del told["manifestDigest"]
        told["manifest"] = ""
        self.put(job, job_dot_json=json.dumps(told))
        another = copyout.run(arguments, self.server, input=rows.splitlines(True)[0]).expect(2)
        self.assertIn("its list is not the same", another.stderr)
        self.assertEqual(copyout.run(arguments, self.server, input=rows).expect(0).json["same"], 3)
        self.assertIn("manifestDigest", self.told(job))

    def test_killed_at_every_write(self):
        """SIGKILL before each call that changes the folder; then the same command."""
        job = self.job()
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        library = Path(scratch.name, "kill_at.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library,
                        Path(__file__).parent / "lib" / "kill_at.c", "-ldl"], check=True)
        for kind, make, options, fields, keys in self.kinds_of_prepare():
            job.list("abc")
            self.place(job, f"before {kind}")
            make(job)
            made = Path(job.work)
            job.list(keys)
            given = self.input(job, **fields)
            number, killed = 0, True
            while killed:
                number += STRIDE
                self.place(job, f"{kind} {number}")
                if made.exists():
                    shutil.copytree(made, job.work)
                command = ["prepare", given, "--json", "--job", job.work, *options]
                result = copyout.run(command, self.server, env={
                    "LD_PRELOAD": str(library), "COPYOUT_KILL_BELOW": str(job.work),
                    "COPYOUT_KILL_AT": str(number),
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
                killed = result.returncode == -signal.SIGKILL
                if not killed:
                    result.expect(0)
                self.check_prepared(job, keys, command)
            self.assertGreater(number, 15, kind)
        self.do(job, "copy").expect(0)


class InS3(Store, unittest.TestCase):
    """A prefix in S3."""

    in_s3 = True

    def test_killed_at_every_write(self):
        """SIGKILL while each request that changes the work store is on its way, not done; then the
        same command."""
        job = self.job()
        for kind, make, options, fields, keys in self.kinds_of_prepare():
            job.list("abc")
            number, reached = 0, True
            while reached:
                self.place(job, f"{kind} {number}")
                job.list("abc")
                job.proxy.reset([])
                make(job)
                job.list(keys)
                reached = self.kill_at(job, number, self.input(job, **fields), options, keys)
                number += STRIDE
            self.assertGreater(number, 4, kind)

    def kill_at(self, job: Job, number: int, given: Path, options: list, keys: str) -> bool:
        """Kill it at its writing request of this number, from 0; False: it has not as many."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        rule = Rule(hold(gate), bucket=job.bucket, skip=number, when=lambda request:
                    request.method not in ("GET", "HEAD"))
        job.proxy.reset([rule])
        command = ["prepare", given, "--json", "--job", job.work, *options]
        running = copyout.Running(command, self.server.through(job.proxy))
        wait_for(lambda: rule.hits > 0 or running.process.poll() is not None, "a write, or the end")
        reached = rule.hits > 0
        if reached:
            running.signal(signal.SIGKILL)
        running.wait().expect(-signal.SIGKILL if reached else 0)
        gate.set()
        job.proxy.reset([])
        self.check_prepared(job, keys, command)
        return reached


if __name__ == "__main__":
    unittest.main()
