"""What people and scripts meet: help, output, files, signals, credentials and endpoints."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from lib import copyout, manifest, s3util, servers
from lib.s3util import MIN_PART, Spec
from lib.servers import Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

FIELDS = {"items": int, "copied": int, "same": int, "kept": int, "failed": int, "bytes": int,
          "verified": dict, "requests": dict, "seconds": (int, float), "report": str}


class Words(unittest.TestCase):
    """Help and its kin: no server, no credentials."""

    def test_help(self):
        """All ways to ask; on standard output, exit 0, and within a terminal's width."""
        texts = {}
        for args in (["--help"], ["-h"], ["run", "--help"], ["run", "-h"]):
            result = copyout.run(args).expect(0)
            self.assertEqual(result.stderr, "")
            texts[args[-1], len(args)] = result.stdout
            for line in result.stdout.splitlines():
                self.assertLessEqual(len(line), 100, line)
        self.assertEqual(texts["--help", 1], texts["-h", 1])
        self.assertEqual(texts["--help", 2], texts["-h", 2])
        self.assertIn("run", texts["--help", 1])

    def test_help_tells_everything(self):
        """Every option of the design and every exit code is in the help of run."""
        text = copyout.run(["run", "--help"]).expect(0).stdout
        for word in ["--manifest", "--to", "--wait", "--dry-run", "--json", "--work",
                     "--endpoint-url", "--region", "--profile", "--quiet", "--verbose",
                     "130", "143"]:
            self.assertIn(word, text)

    def test_version(self):
        """One line for scripts."""
        result = copyout.run(["--version"]).expect(0)
        self.assertRegex(result.stdout, r"\Acopyout [0-9]+\.[0-9]+.*\n\Z")

    def test_mistakes(self):
        """No command, a wrong one, help for a wrong one: exit 2, on standard error."""
        for args, said in [([], "Usage"), (["frobnicate"], "frobnicate"),
                           (["frobnicate", "--help"], "frobnicate"),
                           (["--frobnicate"], "frobnicate"), (["rum"], "run")]:
            with self.subTest(args):
                result = copyout.run(args).expect(2)
                self.assertEqual(result.stdout, "")
                self.assertIn(said.lower(), result.stderr.lower())

    def test_man_page(self):
        """It parses without a complaint, and tells every option that the help tells."""
        page = copyout.run(["man"]).expect(0).stdout
        self.assertTrue(page.startswith((".TH", ".\\\"", "'\\\"")), page[:80])
        self.assertIn(".SH", page)
        for word in re.findall(r"(?<![\w-])--[a-z][a-z-]+", copyout.run(["run", "--help"]).stdout):
            self.assertIn(word.replace("-", "\\-"), page)
        if shutil.which("man"):
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-"], input=page,
                                  text=True, capture_output=True,
                                  env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("COPYOUT(1)", done.stdout)

    def test_completion(self):
        """The shells take it; bash offers commands, options and their values."""
        script = copyout.run(["completion", "bash"]).expect(0).stdout
        ask = (script + "\n"
               "complete -p copyout >&2 || exit 9\n"
               "try() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_LINE=\"$*\";\n"
               "  COMP_POINT=${#COMP_LINE}; COMPREPLY=();\n"
               "  \"$handler\" copyout \"${@: -1}\" \"${@: -2:1}\"; echo \"${COMPREPLY[*]}\"; }\n"
               "handler=$(complete -p copyout | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
               "try copyout ru; try copyout run --ma; try copyout run --tags re\n")
        done = subprocess.run(["bash", "--norc", "-u", "-c", ask], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        command, option, value = done.stdout.splitlines()
        self.assertEqual(command.split(), ["run"])
        self.assertEqual(set(option.split()),
                         {"--manifest", "--max-cost", "--max-in-flight", "--max-requests-per-second", "--max-size"})
        self.assertEqual(value.split(), ["require"])
        for shell, check in (("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
            result = copyout.run(["completion", shell])
            if result.returncode == 0 and shutil.which(check[0]):
                subprocess.run(check, input=result.stdout, text=True, check=True)
        self.assertIn("bash", copyout.run(["completion", "tcsh-of-mine"]).expect(2).stderr)


class WithServer(unittest.TestCase):
    """Buckets of its own for every test."""

    kind = "moto"

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)
        cls.s3 = cls.server.client("dest")

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.src = self.server.bucket_name("face-src")
        self.dst = s3util.make_bucket(self.s3, self.server.bucket_name("face-dst"))

    def make(self, specs):
        """Sources, and a manifest of them in the scratch folder."""
        self.etags = s3util.make_sources(self.server, self.src, specs)
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, self.etags)))

    def args(self, *more: str) -> list[str]:
        return ["run", "-m", "list", "-t", f"s3://{self.dst}/", *more]

    def run_it(self, *more: str, server=None, **options):
        options.setdefault("cwd", self.folder)
        return copyout.run(self.args(*more), server or self.server, **options)

    def proxy(self, rules=()) -> fp.FaultProxy:
        proxy = servers.FaultProxy(self.server.endpoint, rules)
        self.addCleanup(proxy.stop)
        return proxy


class Output(WithServer):
    """What is printed, and what is not."""

    def test_json(self):
        """Exactly one JSON object on standard output, with all fields, when it went well or not."""
        self.make([Spec("a", 10), Spec("b", parts=[MIN_PART, 1]), Spec("c", 0)])
        for keys, code in ((["a", "b", "c"], 0), (["a", "b", "c"], 0), (["a", "none"], 1)):
            (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, keys)))
            result = self.run_it("--json").expect(code)
            told = json.loads(result.stdout)
            for name, kind in FIELDS.items():
                self.assertIsInstance(told[name], kind, name)
            self.assertEqual(set(told["verified"]), {"etag", "checksum", "size", "none"})
            self.assertEqual(told["items"], len(keys))
            self.assertEqual(told["items"],
                             sum(told[name] for name in ("copied", "same", "kept", "failed")))
            self.assertTrue(all(isinstance(n, int) for n in told["requests"].values()))
        self.assertEqual(self.run_it("--json").json["report"], f"s3://{self.dst}/ENDED_COPY.csv")

    def test_json_counts(self):
        """The numbers are those of what happened: copied once, then the same."""
        self.make([Spec("a", 10), Spec("b", parts=[MIN_PART, 1]), Spec("c", 0)])
        first, second = self.run_it("--json").json, self.run_it("--json").json
        self.assertEqual((first["copied"], first["bytes"], first["verified"]["etag"]),
                         (3, 10 + MIN_PART + 1, 3))
        self.assertEqual((second["copied"], second["same"], second["bytes"]), (0, 3, 0))
        for op in ("CopyObject", "UploadPartCopy", "CompleteMultipartUpload"):
            self.assertGreater(first["requests"][op], 0)
            self.assertEqual(second["requests"].get(op, 0), 0)

    def test_json_stays_clean(self):
        """Not even the most talkative run writes anything else to standard output."""
        self.make([Spec("a", 10)])
        result = self.run_it("--json", "-vv").expect(0)
        self.assertEqual(len(result.stdout.splitlines()), 1)
        json.loads(result.stdout)

    def test_quiet(self):
        """Nothing at all when it went well; what failed otherwise."""
        self.make([Spec("a", 10)])
        for option in ("--quiet", "-q"):
            result = self.run_it(option).expect(0)
            self.assertEqual((result.stdout, result.stderr), ("", ""))
        (self.folder / "list").write_bytes(manifest.write([(self.src, "none")]))
        result = self.run_it("-q").expect(1)
        self.assertIn("none", result.stderr)

    def test_summary(self):
        """A line of counts for people, and one for each place where there is more."""
        self.make([Spec("a", 10), Spec("b", 20)])
        counts, *places = self.run_it().expect(0).stdout.splitlines()
        for word in ("2 objects", "2 copied"):
            self.assertIn(word, counts)
        self.assertEqual([line.split(": ")[0] for line in places], ["Report", "Page", "Work store"])
        self.assertEqual(places[0], f"Report: s3://{self.dst}/ENDED_COPY.csv")

    def test_no_secrets(self):
        """Neither the secret nor the session token is in any output or file, whatever fails: not even
        if the server says what it was sent, as S3 does of a signature that does not match."""
        self.make([Spec("a", 10), Spec("b", parts=[MIN_PART, 1])])
        secret, token = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjEA" * 8
        env = {"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": secret,
               "AWS_SESSION_TOKEN": token}
        proxy = self.proxy()
        signatures = set()

        def echo(code):
            """Refuses with all that the request told of its sender."""
            def refuse(request):
                signature = re.search("Signature=([0-9a-f]{64})", request.headers["authorization"])
                signatures.add(signature[1])
                said = (f"not {request.headers['authorization']} with the token "
                        f"{request.headers['x-amz-security-token']}")
                return fp.Answer(403, [("Content-Type", "application/xml")], fp.error_body(
                    code, said, SignatureProvided=signature[1], CanonicalRequest=said))

            return fp.call_before(refuse)

        for rules in ([], [Rule(echo("SignatureDoesNotMatch"), op="CopyObject")],
                      [Rule(echo("InvalidRequest"), op=("CopyObject", "UploadPartCopy"))],
                      [Rule(echo("SignatureDoesNotMatch"))], [Rule(fp.reset_before(), first=1)]):
            s3util.delete_all(self.s3, self.dst)
            proxy.reset(rules)
            result = self.run_it("-vv", "-w", "work", server=self.server.through(proxy), env=env)
            self.assertIn(result.returncode, (0, 1, 4))
            texts = [result.stdout, result.stderr, *(path.read_text(errors="replace")
                     for path in self.folder.rglob("*") if path.is_file())]
            for text in texts:
                for word in (secret, token, token[:30], *signatures):
                    self.assertNotIn(word, text)
            sent = proxy.log[0].headers
            self.assertEqual(sent["x-amz-security-token"], token)
            shutil.rmtree(self.folder / "work")
        self.assertGreaterEqual(len(signatures), 4)

    def test_full_disk(self):
        """Standard output that cannot be written to is not a success."""
        self.make([Spec("a", 10)])
        with open("/dev/full", "w") as full, tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [*copyout.WRAPPER, str(copyout.BINARY), *self.args("--json")], cwd=self.folder,
                stdout=full, stderr=subprocess.PIPE, text=True,
                env=copyout.environment(home, self.server))
        self.assertNotEqual(done.returncode, 0, done.stderr)


class Work(WithServer):
    """The work store: a folder or a prefix."""

    def check_private(self, top: Path):
        for path in [top, *top.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            self.assertEqual(oct(mode), oct(0o700 if path.is_dir() else 0o600), path)

    def test_default_folder(self):
        """copyout-work/<bucket>-<digest>/ here, found again for the same list and destination, for its
        owner only."""
        self.make([Spec("a", 10)])
        self.run_it().expect(0)
        self.run_it().expect(0)
        runs = list((self.folder / "copyout-work").iterdir())
        self.assertEqual(len(runs), 1)
        self.run_it("--to", f"s3://{self.dst}/elsewhere/").expect(0)
        runs = list((self.folder / "copyout-work").iterdir())
        self.assertEqual(len(runs), 2)
        for run in runs:
            for name in ("job.json", "items.jsonl", "shards.json", "results", "report.json"):
                self.assertTrue((run / name).exists(), name)
        self.check_private(self.folder / "copyout-work")

    def test_folder(self):
        """A folder by name, made with its parents; readable for its owner whatever the umask."""
        self.make([Spec("a", 10), Spec("b", parts=[MIN_PART, 1])])
        old = os.umask(0)
        try:
            self.run_it("--work", "some/where").expect(0)
        finally:
            os.umask(old)
        self.check_private(self.folder / "some" / "where")
        self.assertFalse((self.folder / "copyout-work").exists())

    def test_prefix(self):
        """The same as objects under a prefix; a second run keeps the plan and copies nothing."""
        self.make([Spec(f"k{i}", i) for i in range(5)] + [Spec("p", parts=[MIN_PART, 1])])
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("face-work"))
        self.s3.put_object(Bucket=self.src, Key="list", Body=(self.folder / "list").read_bytes())
        args = ["run", "-m", f"s3://{self.src}/list", "-t", f"s3://{self.dst}/", "--json",
                "-w", f"s3://{bucket}/jobs/42/"]
        proxy = self.proxy()
        first = copyout.run(args, self.server.through(proxy), cwd=self.folder).expect(0).json
        self.assertEqual(first["copied"], 6)
        self.assertEqual(list(self.folder.iterdir()), [self.folder / "list"])

        def read(name):
            return self.s3.get_object(Bucket=bucket, Key=f"jobs/42/{name}")["Body"].read()

        keys = s3util.keys(self.s3, bucket)
        self.assertTrue(all(key.startswith("jobs/42/") for key in keys), keys)
        self.assertLessEqual({"jobs/42/job.json", "jobs/42/items.jsonl", "jobs/42/shards.json",
                              "jobs/42/report.json"}, set(keys))
        self.assertEqual(s3util.unfinished_uploads(self.s3, bucket), [])
        json.loads(read("job.json"))
        self.assertEqual(json.loads(read("report.json"))["copied"], 6)
        lines = [json.loads(line) for key in keys if key.startswith("jobs/42/results/")
                 for line in read(key.removeprefix("jobs/42/")).splitlines()]
        self.assertEqual(sorted(line["line"] for line in lines), list(range(1, 7)))
        plan = [read("items.jsonl"), read("shards.json")]
        proxy.reset()
        second = copyout.run(args, self.server.through(proxy), cwd=self.folder).expect(0).json
        self.assertEqual((second["items"], second["copied"] + second["same"]), (6, 6))
        self.assertEqual([read("items.jsonl"), read("shards.json")], plan)
        self.assertEqual(proxy.counts()["CopyObject"] + proxy.counts()["UploadPartCopy"], 0)
        self.assertEqual(proxy.requests("PutObject", key="jobs/42/items.jsonl"), [])

    def test_prefix_cannot_be_written(self):
        """A work store that fails: stop, say so, never a success that was not recorded."""
        self.make([Spec("a", 10)])
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("face-work"))
        denied = Rule(fp.status(403, "AccessDenied"), op="PutObject", bucket=bucket)
        result = self.run_it("-w", f"s3://{bucket}/w/", server=self.server.through(
            self.proxy([denied])))
        self.assertNotIn(result.returncode, (0, 1, 3), str(result))
        self.assertIn(bucket, result.stderr)
        self.assertEqual(s3util.keys(self.s3, self.dst), [])

    def test_results_cannot_be_written(self):
        """The same, when only the results fail: the copies may be there, exit 0 may not."""
        self.make([Spec("a", 10)])
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("face-work"))
        denied = Rule(fp.status(403, "AccessDenied"), op="PutObject", bucket=bucket,
                      key="/results/")
        result = self.run_it("-w", f"s3://{bucket}/w/", server=self.server.through(
            self.proxy([denied])))
        self.assertNotEqual(result.returncode, 0, str(result))
        self.assertIn("results", result.stderr)

    def test_work_is_a_file(self):
        """Something else is there: an error that names it, before anything is written."""
        self.make([Spec("a", 10)])
        (self.folder / "taken").write_text("")
        result = self.run_it("-w", "taken")
        self.assertNotIn(result.returncode, (0, 1, 3), str(result))
        self.assertIn("taken", result.stderr)
        self.assertEqual(s3util.keys(self.s3, self.dst), [])

    def test_no_report_in_the_destination(self):
        """includeCopyReport false: the report stays with us."""
        self.make([Spec("a", 10)])
        given = json.dumps({"destinationBucket": self.dst, "includeCopyReport": False})
        result = copyout.run(["run", "-", "-m", "list", "-w", "w", "--json"], self.server,
                             cwd=self.folder, input=given).expect(0)
        self.assertNotIn("ENDED_COPY.csv", s3util.keys(self.s3, self.dst))
        self.assertTrue((self.folder / "w" / "report.json").exists())
        self.assertTrue(s3util.exists(self.s3, self.dst, "a"))
        self.assertNotIn(self.dst, result.json["report"])


class Signals(WithServer):
    """Interrupted in the middle of a large copy."""

    COUNT = 100

    def start(self):
        """A copy that is under way: one object is done, and one copy of parts has begun."""
        self.make([Spec(f"small/{i:03d}", 10) for i in range(self.COUNT)]
                  + [Spec(f"parts/{i}", parts=[MIN_PART, MIN_PART, 1]) for i in range(3)])
        rows = sorted(self.etags, key=lambda key: not key.startswith("parts"))
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, rows)))
        self.begun, self.copied = threading.Event(), threading.Event()
        self.hold = threading.Event()
        self.addCleanup(self.hold.set)

        def part(_request):
            self.begun.set()

        def done(_request):
            self.copied.set()

        self.log = self.proxy([
            Rule(fp.call_before(part), op="UploadPartCopy", part=3),
            Rule(fp.call_after(done), op="CopyObject", skip=20),
            Rule(fp.latency(0.1), op="UploadPartCopy"),
            Rule(fp.hold(self.hold), op="CopyObject", skip=30)])
        run = copyout.Running(self.args("--json", "-w", "work", "--max-in-flight", "8"),
                              self.server.through(self.log), cwd=self.folder)
        self.addCleanup(lambda: run.process.poll() is None and run.process.kill())
        self.assertTrue(self.begun.wait(90) and self.copied.wait(90), run.stderr())
        return run

    def results(self) -> list[dict]:
        return [json.loads(line) for path in (self.folder / "work").glob("results/*.jsonl")
                for line in path.read_text().splitlines()]

    def on_record(self) -> set[tuple[str, str]]:
        """(key, upload id) of the uploads that the work store knows of."""
        records = [json.loads(path.read_text())
                   for path in (self.folder / "work").glob("uploads/*.json")]
        return {(record["key"], record.get("uploadId")) for record in records}

    def check_interrupted(self, number: int, code: int):
        run = self.start()
        run.signal(number)
        deadline = time.monotonic() + 90
        while "stop" not in run.stderr() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.hold.set()  # what is under way may end; nothing new may begin
        result = run.wait(150).expect(code)
        copied = [line for line in self.results() if line["status"] == "COPIED"]
        self.assertGreaterEqual(len(copied), 20)
        self.assertLess(len(copied), self.COUNT + 3, "it was over before the signal came")
        there = set(s3util.keys(self.s3, self.dst))
        for line in copied:
            self.assertIn(line["destinationKey"], there)
        recorded = {line["destinationKey"] for line in self.results()}
        self.assertLessEqual(there - {"STARTED_COPY.txt", "ENDED_COPY.csv"}, recorded,
                             "copied, but without a result")
        # How far the objects of several parts were depends on the machine: an upload that is open
        # yet is on record, and the next run goes on with it.
        self.assertLessEqual(set(s3util.unfinished_uploads(self.s3, self.dst)), self.on_record())
        report = json.loads((self.folder / "work" / "report.json").read_text())
        self.assertEqual(report["items"], self.COUNT + 3)
        self.assertEqual(report["copied"], len(copied))
        self.assertEqual(result.json["copied"], len(copied))
        again = self.run_it("--json", "-w", "work").expect(0).json
        self.assertEqual(again["items"], self.COUNT + 3)
        self.assertEqual(again["copied"] + again["same"], self.COUNT + 3)
        self.assertEqual(s3util.unfinished_uploads(self.s3, self.dst), [])
        self.assertEqual(self.on_record(), set())

    def test_interrupt(self):
        """SIGINT: nothing new, what was done and every open upload is recorded; the next run goes on."""
        self.check_interrupted(signal.SIGINT, 130)

    def test_terminate(self):
        """SIGTERM: the same, with its own exit code."""
        self.check_interrupted(signal.SIGTERM, 143)

    def test_hang_up(self):
        """SIGHUP, when the terminal is closed: the same."""
        self.check_interrupted(signal.SIGHUP, 129)

    def test_hang_up_under_nohup(self):
        """nohup has SIGHUP ignored: the program goes on without its terminal, to the end."""
        self.make([Spec(f"k{i}", 10) for i in range(3)])
        gate = threading.Event()
        self.addCleanup(gate.set)
        proxy = self.proxy([Rule(fp.hold(gate), op="CopyObject")])
        ignored = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *copyout.WRAPPER]
        with mock.patch.object(copyout, "WRAPPER", ignored):
            run = copyout.Running(self.args("--json"), self.server.through(proxy), cwd=self.folder)
        self.addCleanup(lambda: run.process.poll() is None and run.process.kill())
        deadline = time.monotonic() + 90
        while len(proxy.requests("CopyObject")) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        run.signal(signal.SIGHUP)
        gate.set()
        result = run.wait(150).expect(0)
        self.assertNotIn("stopping", result.stderr)
        self.assertEqual(result.json["copied"], 3)

    def test_interrupt_twice(self):
        """The second SIGINT ends it at once, though a request still hangs."""
        self.make([Spec(f"k{i}", 10) for i in range(3)])
        proxy = self.proxy([Rule(fp.stall(), op="CopyObject")])
        run = copyout.Running(self.args(), self.server.through(proxy), cwd=self.folder,
                              env={"COPYOUT_STOP_SECONDS": "3600"})
        self.addCleanup(lambda: run.process.poll() is None and run.process.kill())
        deadline = time.monotonic() + 90
        while len(proxy.requests("CopyObject")) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)  # polling, not hoping: the requests are in the log or the test fails
        run.signal(signal.SIGINT)
        while "stop" not in run.stderr() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIsNone(run.process.poll(), "the first one lets what is under way finish")
        run.signal(signal.SIGINT)
        result = run.wait(90)  # of the hour that it has after the first one
        self.assertIn(result.returncode, (130, -signal.SIGINT), str(result))

    def test_interrupt_while_waiting(self):
        """During --wait: ended at once, not at the end of the wait."""
        self.make([Spec("a", 10)])
        proxy = self.proxy([Rule(fp.status(403, "AccessDenied"), op="PutObject")])
        run = copyout.Running(self.args("--wait", "1h"), self.server.through(proxy),
                              cwd=self.folder)
        self.addCleanup(lambda: run.process.poll() is None and run.process.kill())
        deadline = time.monotonic() + 90
        while not (proxy.requests("PutObject") and proxy.requests("PutObject")[0].ended) \
                and time.monotonic() < deadline:
            time.sleep(0.01)
        run.signal(signal.SIGINT)
        run.wait(90).expect(130)  # of the hour
        self.assertEqual(s3util.keys(self.s3, self.dst), [])


class Credentials(WithServer):
    """Real signatures: RGW refuses whatever is not signed as it must be."""

    kind = "rgw"
    NONE = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}

    def setUp(self):
        super().setUp()
        self.make([Spec("a", 10), Spec("p", parts=[MIN_PART, 1])])
        access, secret = self.server.credentials("dest")
        self.keys = f"aws_access_key_id = {access}\naws_secret_access_key = {secret}\n"
        self.wrong = "aws_access_key_id = WRONG\naws_secret_access_key = wrong\n"

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def test_profiles(self):
        """Shared files, by AWS_PROFILE, by --profile (which wins), and the default one."""
        files = {"AWS_SHARED_CREDENTIALS_FILE": self.write(
                     "credentials", f"[default]\n{self.keys}[other]\n{self.wrong}"),
                 "AWS_CONFIG_FILE": self.write(
                     "config", f"[profile mine]\nregion = us-east-1\n{self.keys}")}
        for name, extra, args, code in [
                ("default", {}, [], 0), ("AWS_PROFILE", {"AWS_PROFILE": "mine"}, [], 0),
                ("--profile", {}, ["--profile", "mine"], 0),
                ("--profile wins", {"AWS_PROFILE": "other"}, ["--profile", "mine"], 0),
                ("wrong keys", {"AWS_PROFILE": "other"}, [], 3)]:
            with self.subTest(name):
                result = self.run_it(*args, env={**self.NONE, **files, **extra})
                if code:
                    self.assertNotIn(result.returncode, (0, 1, 2), str(result))
                else:
                    result.expect(0)

    def test_profile_that_is_not_there(self):
        """Named in the error."""
        result = self.run_it("--profile", "absent", env=self.NONE)
        self.assertNotIn(result.returncode, (0, 1, 3), str(result))
        self.assertIn("absent", result.stderr)

    def test_home(self):
        """The files' usual places below the home folder."""
        home = self.folder / "home"
        (home / ".aws").mkdir(parents=True)
        (home / ".aws" / "credentials").write_text(f"[default]\n{self.keys}")
        self.run_it(env={**self.NONE, "HOME": str(home)}).expect(0)

    def test_environment_before_files(self):
        """Keys in the environment win over the default profile."""
        files = {"AWS_SHARED_CREDENTIALS_FILE": self.write("credentials",
                                                           f"[default]\n{self.wrong}")}
        self.run_it(env=files).expect(0)


class Endpoints(WithServer):
    """Which server: --endpoint-url, then AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile."""

    NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody there

    def test_precedence(self):
        """As the SDKs have it."""
        self.make([Spec("a", 10)])
        here, nowhere = self.server.endpoint, self.NOWHERE
        config = self.folder / "config"
        config.write_text(f"[default]\nendpoint_url = {here}\n"
                          f"[profile none]\nendpoint_url = {nowhere}\n")
        for name, env, args in [
                ("service", {"AWS_ENDPOINT_URL_S3": here}, []),
                ("global", {"AWS_ENDPOINT_URL_S3": None, "AWS_ENDPOINT_URL": here}, []),
                ("service over global", {"AWS_ENDPOINT_URL_S3": here, "AWS_ENDPOINT_URL": nowhere},
                 []),
                ("option over all", {"AWS_ENDPOINT_URL_S3": nowhere, "AWS_ENDPOINT_URL": nowhere},
                 ["--endpoint-url", here]),
                ("profile", {"AWS_ENDPOINT_URL_S3": None, "AWS_CONFIG_FILE": str(config)}, []),
                ("environment over profile", {"AWS_ENDPOINT_URL_S3": None, "AWS_ENDPOINT_URL": here,
                                              "AWS_PROFILE": "none",
                                              "AWS_CONFIG_FILE": str(config)}, []),
                ("slash at its end", {"AWS_ENDPOINT_URL_S3": here + "/"}, [])]:
            with self.subTest(name):
                s3util.delete_all(self.s3, self.dst)
                self.assertEqual(self.run_it("--json", *args, env=env, timeout=60).expect(0)
                                 .json["copied"], 1)

    def test_region(self):
        """Signed for the region of --region, then AWS_REGION, then AWS_DEFAULT_REGION."""
        self.make([Spec("a", 10)])
        proxy = self.proxy()
        for name, env, args, region in [
                ("option", {}, ["--region", "eu-west-1"], "eu-west-1"),
                ("AWS_REGION", {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "x-y-1"}, [],
                 "eu-west-2"),
                ("AWS_DEFAULT_REGION", {"AWS_REGION": None, "AWS_DEFAULT_REGION": "eu-west-3"}, [],
                 "eu-west-3")]:
            with self.subTest(name):
                proxy.reset()
                self.run_it(*args, server=self.server.through(proxy), env=env)
                self.assertIn(f"/{region}/s3/aws4_request", proxy.log[0].headers["authorization"])


if __name__ == "__main__":
    unittest.main()
