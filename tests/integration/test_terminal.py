"""What a person sees on a terminal: in tmux, at several widths, over a resize, without colors, on a
dumb terminal; and what a log and a program get instead.

The server answers what the test lets it answer and holds the rest back, so that the display stands
still at states that are known. Rates and times left are the only things that change then; they are
left out where screens are compared. The screens stand in docs/terminal/; with
COPYOUT_WRITE_SCREENS=1 they are written anew.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
from lib import copyout, servers
from lib.terminal import DEADLINE_S, Terminal

from quirk_s3 import Answer

import quirks  # lies with the servers: lib.servers knows where

MIB = 1 << 20
SCREENS = copyout.REPOSITORY / "docs" / "terminal"
SCHEMA = copyout.REPOSITORY / "docs" / "progress.schema.json"
BUCKET, DESTINATION = "genomes", "their-bucket"
LARGE = "cohort-2024/NA12878/NA12878.hiseq.wgs.bwa.sorted.dedup.recal.bam"
OTHER = "cohort-2024/NA12891.bam"
SMALL = [f"cohort-2024/notes/{n}.txt" for n in range(4)]
MISSING = "cohort-2024/notes/lost.txt"
AT_ONCE = 8


class Gates:
    """A quirk: parts of the large objects are copied up to a number. The first of these objects is
    not looked at before the small ones are done, and the other one not before parts of the first
    take all the slots that there are: it has to wait for one."""

    def __init__(self, small: int):
        self._changed = threading.Condition()
        self.report_held = False
        self._parts, self._small, self._copied, self._held = 0, small, 0, 0

    def allow(self, parts: int) -> None:
        """Let the parts up to that number be copied."""
        with self._changed:
            self._parts = parts
            self._changed.notify_all()

    def hold_report(self, held: bool) -> None:
        """Keep the report from being written, or let it be."""
        with self._changed:
            self.report_held = held
            self._changed.notify_all()

    def _may(self, request) -> bool:
        if request.op == "HeadObject" and request.bucket == BUCKET and request.key.endswith(".bam"):
            return self._copied >= self._small and (
                request.key == LARGE or self._parts >= 20 or self._held >= AT_ONCE - 1)
        if request.op == "PutObject" and request.key.endswith("ENDED_COPY.csv"):
            return not self.report_held
        return request.op != "UploadPartCopy" or request.part <= self._parts

    def __call__(self, request, proceed) -> Answer:
        with self._changed:
            held = request.op == "UploadPartCopy" and not self._may(request)
            self._held += held
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._may(request), timeout=600)
            self._held -= held
        answer = proceed(request)
        if request.op == "CopyObject" or (request.op == "GetObject" and request.key == MISSING):
            with self._changed:
                self._copied += 1
                self._changed.notify_all()
        return answer


class Case(unittest.TestCase):
    """A list of four small objects, one that is not there, and two large ones, of 20 and 12 parts."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def world(self, missing: bool = True):
        keys = [*SMALL, *([MISSING] if missing else []), LARGE, OTHER]
        self.gates = Gates(len(keys) - 2)
        self.addCleanup(self.gates.allow, 10_000)
        self.server = servers.quirk(self, self.gates)
        fake = self.server.backend
        for key in SMALL:
            fake.add(BUCKET, key, b"a note")
        fake.add(BUCKET, LARGE, size=100 * MIB, part_size=5 * MIB)
        fake.add(BUCKET, OTHER, size=60 * MIB, part_size=5 * MIB)
        fake.bucket(DESTINATION)
        self.list = self.folder / "list.csv"
        self.list.write_text("".join(f"{BUCKET},{key}\n" for key in keys))

    def arguments(self, *options: str) -> list:
        return ["run", "--manifest", self.list, "--to", f"s3://{DESTINATION}/release-1/",
                "--destination-keys", "full", "--max-in-flight", str(AT_ONCE), *options]

    def terminal(self, *options: str, **how) -> Terminal:
        return Terminal(self, self.arguments(*options), self.server, cwd=self.folder, **how)

    def run_on(self, *options: str, **how) -> copyout.Running:
        running = copyout.Running(self.arguments(*options), self.server, cwd=self.folder, **how)
        self.addCleanup(lambda: running.process.poll() is None and running.process.kill())
        return running

    def until(self, is_there):
        deadline = time.monotonic() + DEADLINE_S
        while not is_there():
            self.assertLess(time.monotonic(), deadline, "it does not come")
            time.sleep(0.02)


def without_pace(screen: str) -> str:
    """Without what depends on how fast the machine is: rates and times left; and with what these may
    take the space of in its shortest form."""
    screen = re.sub(r", [\d.]+( [KMG]?i?B)?( a second|/s)", "", screen)
    screen = re.sub(r", \d+ (d|h|min|s)( \d+ (h|min|s))? left", "", screen)
    screen = re.sub(r"^((?:objects|bytes) .*?) \(\d+%\)", r"\1", screen, flags=re.MULTILINE)
    return screen.replace(" MiB of 160.00 MiB", " of 160.00 MiB")


class Screens(Case):
    """The lines on a terminal."""

    def still(self, terminal: Terminal, parts: int, columns: int) -> str:
        """The screen, when so many parts are there and it stands still."""
        self.gates.allow(parts)
        return terminal.until(lambda screen: f"{parts} of 20 parts" in screen and
                              "of 160.00 MiB" in screen and "60.00 MiB: " in screen and
                              re.search(r"limit (8|\(8\))$", screen, re.MULTILINE) and
                              self.fits(screen, columns))

    @staticmethod
    def fits(screen: str, columns: int) -> bool:
        return all(len(line) < columns for line in screen.split("\n"))

    def compare(self, name: str, screen: str) -> None:
        path = SCREENS / f"{name}.txt"
        if os.environ.get("COPYOUT_WRITE_SCREENS") == "1":
            path.write_text(screen)
        self.assertEqual(without_pace(screen), without_pace(path.read_text()),
                         f"docs/terminal/{name}.txt is another; COPYOUT_WRITE_SCREENS=1 writes it")

    def check_width(self, columns: int) -> None:
        self.world()
        terminal = self.terminal(columns=columns)
        for parts in range(2, 8):  # at each of them the lines are written over
            screen = self.still(terminal, parts, columns)
        self.compare(f"{columns}-columns", screen)
        everything = terminal.screen("-S", "-")
        for label in ("objects ", "bytes ", "now ", "largest "):
            self.assertEqual(len(re.findall(f"^{label}", everything, re.MULTILINE)), 1, everything)
        self.gates.allow(10_000)
        self.assertEqual(terminal.exit_code(), 1)
        ended = terminal.screen("-S", "-")
        self.assertNotRegex(ended, r"(?m)^(objects|bytes|now|largest) ")

    def test_80_columns(self):
        """The lines stay where they are, none wraps, and nothing of them is left at the end."""
        self.check_width(80)

    def test_40_columns(self):
        """The same in half the width: fields are shortened or left out."""
        self.check_width(40)

    def test_200_columns(self):
        """The same with space for everything."""
        self.check_width(200)

    def test_resize(self):
        """Narrower, wider and lower while it goes on: no line is left over or cut off."""
        self.world()
        terminal = self.terminal(columns=80)
        before = self.still(terminal, 7, 80)
        above = before.split("objects ")[0]
        terminal.resize(40)
        narrow = self.still(terminal, 7, 40)
        self.compare("resized-to-40-columns", "objects " + narrow.split("objects ")[1])
        terminal.resize(200)
        terminal.until(lambda screen: "…" not in screen)  # the narrow lines fit into 200 columns as well
        wide = self.still(terminal, 7, 200)
        self.compare("resized-to-200-columns", "objects " + wide.split("objects ")[1])
        self.assertEqual(wide.split("objects ")[0], above)  # the log above is as it was
        # tmux moves rows into its history when lines are wrapped anew; nobody can write there.
        for screen in (narrow, wide):
            self.assertEqual(len(re.findall("^(?:objects|bytes|now|largest) ", screen, re.MULTILINE)),
                             4, screen)
        terminal.resize(200, 3)
        terminal.until(lambda screen: screen.startswith("objects") and "bytes" in screen and
                       "now" not in screen)

    def colors(self, **env: str) -> str:
        self.world()
        terminal = self.terminal(env=env)
        self.still(terminal, 2, 80)
        return terminal.screen("-e")

    def test_colors(self):
        """What has failed is red, unless NO_COLOR says that nothing may be."""
        self.assertIn("\x1b[31m1 FAILED", self.colors())

    def test_no_color(self):
        """NO_COLOR: no color, and all else as ever."""
        screen = self.colors(NO_COLOR="1")
        self.assertIn("1 FAILED", screen)
        self.assertNotIn("\x1b[", screen)

    def test_dumb(self):
        """TERM=dumb: dated lines one below the other, and no escape sequence."""
        self.world()
        terminal = self.terminal("--progress-interval", "200ms", columns=200,
                                 env={"TERM": "dumb"})
        self.gates.allow(3)
        line = r"(?m)^copyout: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ objects 5 of 7 .*bytes 15\.00 MiB of 160\.00.*limit \(8\)$"
        screen = terminal.until(lambda screen: len(re.findall(line, screen)) >= 3, "-e")
        self.assertNotIn("\x1b", screen)
        first = re.search(line, screen)[0]
        self.compare("dumb", re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-26T11:24:03Z",
                                    re.sub(r"(\d+ of 7|GiB|MiB) \(\d+%\)", r"\1", first)) + "\n")


class StepFunctions:
    """An answerer of copyout status: an execution whose shards are done as the test says."""

    def __init__(self, case):
        self.done, self.status = 0, "RUNNING"
        self.failed: str | None = None  # the cause for which a shard failed, once it is told
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = json.dumps(owner.answer(self.headers["X-Amz-Target"].split(".")[1],
                                               asked)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(thread.join)
        case.addCleanup(self.server.shutdown)

    def environment(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL_SFN": f"http://127.0.0.1:{self.server.server_port}",
                "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}

    def answer(self, operation: str, asked: dict) -> dict:
        if asked.get("executionArn") == "arn:child":
            return {"GetExecutionHistory": {"events": []}, "DescribeExecution": {
                "status": "FAILED", "error": "CopyoutError", "cause": self.failed,
                "input": '{"shard":{"shard":7}}'}}[operation]
        children = [{"executionArn": "arn:child", "status": "FAILED"}] if self.failed and \
            asked.get("statusFilter") == "FAILED" else []
        prepared = json.dumps({"job": "s3://work/j/", "items": 9950, "shards": 100, "itemsPerShard": 100})
        return {
            "DescribeExecution": {
                "status": self.status, "name": "release-1", "startDate": time.time() - 11530,
                "stopDate": time.time(), "output": json.dumps({"items": 9950, "copied": 9950})},
            "GetExecutionHistory": {"events": [
                {"type": "MapStateEntered", "stateEnteredEventDetails": {"name": "Copy"}},
                {"type": "TaskSucceeded", "taskSucceededEventDetails": {"output": prepared}}]},
            "ListMapRuns": {"mapRuns": [{"mapRunArn": "arn:run"}]},
            "DescribeMapRun": {"itemCounts": {"total": 100, "succeeded": self.done, "failed": 1,
                                              "running": 20, "timedOut": 0, "aborted": 0}},
            "ListExecutions": {"executions": children},
        }[operation]


class Following(Case):
    """copyout status --follow."""

    ARN = "arn:aws:states:us-east-1:111122223333:execution:copyout:release-1"

    def test_terminal(self):
        """Three lines that stay, also over a resize; and at the end one that says what came of it."""
        sfn = StepFunctions(self)
        sfn.done = 12
        terminal = Terminal(self, ["status", "--follow", "--every", "100ms", self.ARN],
                            env=sfn.environment())
        screen = terminal.until(lambda screen: "12 of 100 done, 20 under way, 1 FAILED" in screen)
        self.assertRegex(screen, r"\Ajob     RUNNING for 3 h 12 min: release-1\n"
                                 r"objects about 1300 of 9950 \(13%\)")
        terminal.resize(40)
        sfn.done = 13
        screen = terminal.until(lambda screen: "13 of 100" in screen and
                                Screens.fits(screen, 40))
        self.assertEqual(len(screen.splitlines()), 3, screen)
        sfn.status = "SUCCEEDED"
        self.assertEqual(terminal.exit_code(), 0)
        self.assertRegex(terminal.screen(), r"\Arelease-1: SUCCEEDED after 3 h 12 min")

    def test_troubles_stand_above(self):
        """What is wrong is told above the lines that stay, once for as long as it is the same."""
        sfn = StepFunctions(self)
        sfn.failed = "IOError: no place"
        terminal = Terminal(self, ["status", "--follow", "--every", "100ms", self.ARN],
                            env=sfn.environment())
        told = "  shard 7 FAILED: CopyoutError: IOError: no place"
        for done in (12, 13, 14):
            sfn.done = done
            screen = terminal.until(lambda screen, done=done: f"{done} of 100 done" in screen)
            self.assertEqual(screen.splitlines()[0], told)
            self.assertRegex(screen.splitlines()[1], "^job     RUNNING for ")
            self.assertEqual(len(screen.splitlines()), 4, screen)
        sfn.status = "SUCCEEDED"
        self.assertEqual(terminal.exit_code(), 0)

    def test_log(self):
        """Dated lines: when there is news, or at --progress-interval."""
        sfn = StepFunctions(self)
        run = copyout.Running(["status", "--follow", "--every", "50ms", "--progress-interval",
                               "100ms", self.ARN], env=sfn.environment())
        self.addCleanup(lambda: run.process.poll() is None and run.process.kill())
        line = re.compile(r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ release-1: RUNNING for .*: copying; "
                          r"0 of 100 shards done .*1 failed$")
        self.until(lambda: len(line.findall(run.stdout())) >= 3)
        sfn.status = "SUCCEEDED"
        result = run.wait().expect(0)
        self.assertNotIn("\x1b", result.stdout)
        self.assertRegex(result.stdout.splitlines()[-1], "^release-1: SUCCEEDED after ")


class NoTerminal(Case):
    """A log, and a program that reads."""

    def test_pipe(self):
        """One plain dated line for each interval."""
        self.world()
        run = self.run_on("--progress-interval", "200ms")
        self.gates.allow(3)
        line = re.compile(r"(?m)^copyout: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ objects 5 of 7 \(71%\), "
                          r"1 FAILED, .*; bytes .* of 160\.00 MiB .*; 8 requests in flight, "
                          r"0 throttled, limited by the concurrency limit \(8\)$")
        self.until(lambda: len(line.findall(run.stderr())) >= 3)
        self.gates.allow(10_000)
        result = run.wait().expect(1)
        self.assertNotIn("\x1b", result.stderr)
        self.assertNotIn("\r", result.stderr)

    def test_quiet(self):
        """--quiet: none."""
        self.world(missing=False)
        run = self.run_on("--quiet", "--progress-interval", "50ms")
        self.gates.allow(3)
        self.until(lambda: len(self.server.backend.requests("UploadPartCopy")) > 3)
        self.gates.allow(10_000)
        self.assertEqual(run.wait().expect(0).stderr, "")

    def lines(self, text: str) -> list[dict]:
        """JSON lines, each as the schema has it."""
        validator = jsonschema.Draft202012Validator(
            json.loads(SCHEMA.read_text()),
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            validator.validate(line)
        return lines

    def test_json(self):
        """--json-progress: each line is as docs/progress.schema.json has it, and all types come."""
        self.world()
        run = self.run_on("--json-progress", "--progress-interval", "100ms")
        self.gates.allow(7)
        self.until(lambda: '"partsDone":7},{' in run.stdout())
        self.gates.allow(10_000)
        result = run.wait().expect(1)
        lines = self.lines(result.stdout)
        by_type = {name: [line for line in lines if line["type"] == name]
                   for name in ("status", "object", "warning", "summary")}
        self.assertEqual(sum(map(len, by_type.values())), len(lines))
        self.assertEqual({line["sourceKey"]: line["status"] for line in by_type["object"]},
                         {MISSING: "FAILED", **dict.fromkeys([*SMALL, LARGE, OTHER], "COPIED")})
        self.assertEqual(lines[-1]["type"], "summary")
        self.assertEqual(len(by_type["summary"]), 1)
        summary = lines[-1]
        self.assertEqual((summary["exitCode"], summary["items"], summary["copied"],
                          summary["failed"]), (1, 7, 6, 1))
        # What it says while it goes on.
        held = next(line for line in by_type["status"] if len(line["largest"]) == 2 and
                    line["largest"][0]["partsDone"] == 7)
        self.assertEqual(held["largest"][0], {"sourceBucket": BUCKET, "sourceKey": LARGE,
                                              "size": 100 * MIB, "parts": 20, "partsDone": 7})
        self.assertEqual(held["requests"], {"inFlight": 8, "limit": 8, "throttled": 0})
        self.assertEqual(held["limitedBy"], "concurrency")
        objects, bytes_ = held["objects"], held["bytes"]
        self.assertEqual((objects["total"], objects["done"], objects["copied"], objects["failed"]),
                         (7, 5, 4, 1))
        self.assertEqual(bytes_["total"], 160 * MIB + 4 * len(b"a note"))
        self.assertTrue(bytes_["totalIsExact"])
        self.assertGreaterEqual(bytes_["done"], 35 * MIB)
        self.assertNotIn("objects 5 of 7", result.stderr)

    def test_json_of_a_mistake(self):
        """A run that ends before it begins: the summary has the error, and the exit code."""
        result = copyout.run(["run", "--manifest", "absent.csv", "--to", "s3://b/",
                              "--json-progress"], cwd=self.folder)
        lines = self.lines(result.stdout)
        self.assertEqual([line["type"] for line in lines], ["warning", "summary"])
        self.assertEqual(lines[0]["level"], "error")
        self.assertEqual(lines[1]["exitCode"], result.returncode)
        self.assertEqual(lines[1]["error"]["message"], lines[0]["message"])

    def test_json_of_a_step(self):
        """copyout copy, the step of its own, says the same."""
        self.world()
        self.gates.allow(10_000)
        given = {"sourceFilesCsvBucket": "lists", "sourceFilesCsvKey": "list.csv",
                 "destinationBucket": DESTINATION, "destinationKeys": "full"}
        self.server.backend.add("lists", "list.csv", self.list.read_bytes())
        copyout.run(["prepare", "--job", "work"], self.server, cwd=self.folder,
                    env={"COPYOUT_INPUT": json.dumps(given)}).expect(0)
        result = copyout.run(["copy", "--job", "work", "--json-progress"], self.server,
                             cwd=self.folder).expect(1)
        lines = self.lines(result.stdout)
        self.assertEqual(sum(line["type"] == "object" for line in lines), 7)
        self.assertEqual((lines[-1]["type"], lines[-1]["copied"], lines[-1]["exitCode"]),
                         ("summary", 6, 1))


class Verifying(unittest.TestCase):
    """copyout verify: three copies, of which one was removed, and the last one's HEAD is held back.
    The bucket may not be listed, so that each object takes a HEAD."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.holds, self.released = False, threading.Event()
        self.server = servers.quirk(self, self.hold)
        self.addCleanup(self.released.set)
        fake = self.server.backend
        for key in "abc":
            fake.add("src", key, b"an object")
        fake.bucket("dst")
        listed = self.folder / "list.csv"
        listed.write_text("src,a\nsrc,b\nsrc,c\n")
        copyout.run(["run", "--manifest", listed, "--to", "s3://dst/", "--work", self.folder / "work",
                     "--delivery-record", "work"], self.server, cwd=self.folder).expect(0)
        fake.delete("dst", "b")
        fake.quirks.append(quirks.refuse("ListObjectsV2", 403, "AccessDenied"))
        self.holds = True
        self.ways = (["--work", self.folder / "work"], [self.folder / "work" / "DELIVERY.jsonl"],
                     ["--manifest", listed, "--to", "s3://dst/"])

    def hold(self, request, proceed) -> Answer:
        if self.holds and (request.op, request.bucket, request.key) == ("HeadObject", "dst", "c"):
            self.released.wait(600)
        return proceed(request)

    def test_terminal(self):
        """Two lines that stay below what is found, and are gone at the end."""
        terminal = Terminal(self, ["verify", *self.ways[0]], self.server)
        screen = terminal.until(lambda screen: "objects 2 of 3" in screen)
        self.assertRegex(screen, r"\A.*warning: MISSING b: nothing is there\n"
                                 r"objects 2 of 3 \(67%\), 1 finding\b.*\nsent    1 listing, 3 HEADs\n\Z")
        self.released.set()
        self.assertEqual(terminal.exit_code(), 1)
        self.assertNotRegex(terminal.screen("-S", "-"), "(?m)^(objects|sent) ")

    def test_narrow_terminal(self):
        """The lines fit into twenty columns."""
        terminal = Terminal(self, ["verify", *self.ways[0]], self.server, columns=20)
        screen = terminal.until(lambda screen: re.search("(?m)^objects 2 of 3$", screen))
        self.assertRegex(screen, r"(?m)^objects 2 of 3\nsent    3 HEADs$")
        self.released.set()
        self.assertEqual(terminal.exit_code(), 1)

    def test_log(self):
        """Dated lines, of each way to say what is to be there; none with --quiet."""
        line = r"(?m)^copyout: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ objects 2 of 3 \(67%\), 1 finding\b.*; sent "
        for way in self.ways:
            with self.subTest(way):
                self.released.clear()
                running = copyout.Running(["verify", *way, "--progress-interval", "50ms"], self.server,
                                          cwd=self.folder)
                deadline = time.monotonic() + DEADLINE_S
                while len(re.findall(line, running.stderr())) < 2:
                    self.assertLess(time.monotonic(), deadline, running.stderr())
                    time.sleep(0.02)
                self.released.set()
                self.assertIn("1 missing", running.wait().expect(1).stdout)
                quiet = copyout.run(["verify", *way, "--progress-interval", "1ms", "--quiet"], self.server,
                                    cwd=self.folder).expect(1)
                self.assertEqual(quiet.stderr, "")


class Interrupts(Case):
    """Ctrl-C on a terminal, and going on."""

    BYTES = 160 * MIB + 4 * len(b"a note")

    def go_on(self, said: str = "") -> dict:
        """The command that was printed, or else the same one, goes on to the end. The totals are those
        of the job over both runs, and nothing was copied twice."""
        self.gates.allow(10_000)
        printed = re.search(r"To go on, run:\n +(.*)", said)
        arguments = shlex.split(printed[1])[1:] if printed else self.arguments()
        again = copyout.run([*arguments, *({"--json"} - set(arguments))], self.server,
                            cwd=self.folder).expect(0).json
        self.assertEqual((again["items"], again["failed"], again["missing"]), (6, 0, 0))
        self.assertEqual(again["copied"] + again["same"], 6)
        self.assertEqual(len(self.server.backend.requests("CopyObject")), 4)
        self.assertEqual(len(self.server.backend.requests("CompleteMultipartUpload")), 2)
        self.assertEqual(len(self.server.backend.keys(DESTINATION)), 6 + 2)
        return again

    def test_twice(self):
        """The first Ctrl-C is answered at once and says what the second does; the second ends it."""
        self.world(missing=False)
        terminal = self.terminal()
        self.gates.allow(7)
        terminal.until(lambda screen: "7 of 20 parts" in screen)
        terminal.keys("C-c")
        screen = terminal.until(lambda screen: "stopping: what is under way ends" in screen)
        told = screen.replace("\n", " ")
        for said in ("stopping: nothing new is begun", "for at most 72 s",
                     "Ctrl-C again ends it at once", "the last line will be the command that goes on"):
            self.assertIn(said, told)
        terminal.keys("C-c")
        self.assertEqual(terminal.exit_code(), 130)
        ended = terminal.screen("-S", "-").replace("\n", " ")
        self.assertIn("stopping at once: requests under way are given up", ended)
        self.assertIn("4 copied", ended)
        again = self.go_on()
        self.assertEqual((again["copied"], again["bytes"]), (6, self.BYTES))

    def interrupt_at(self, op: str, times: int) -> dict:
        """SIGINT when that operation has been asked for so often; returns the end of the next run."""
        self.world(missing=False)
        self.gates.allow(7)
        run = self.run_on("--json")
        self.until(lambda: len(self.server.backend.requests(op)) >= times)
        run.signal(signal.SIGINT)
        self.until(lambda: "stopping" in run.stderr())
        self.gates.allow(10_000)
        return self.go_on(run.wait().expect(130).stderr)

    def test_at_the_end(self):
        """When all is copied and the report is written: it is written, and the next run finds all done."""
        self.world(missing=False)
        self.gates.hold_report(True)
        self.gates.allow(10_000)
        run = self.run_on("--json")
        self.until(lambda: any(request.key.endswith("ENDED_COPY.csv")
                               for request in self.server.backend.requests("PutObject")))
        run.signal(signal.SIGINT)
        self.until(lambda: "its results and report are written first" in run.stderr())
        self.gates.hold_report(False)
        self.assertEqual(run.wait().expect(130).json["copied"], 6)
        self.assertEqual(self.go_on()["same"], 6)

    def test_at_each_step(self):
        """At the beginning, and in the middle."""
        for op, times in (("HeadBucket", 1), ("CopyObject", 2), ("CreateMultipartUpload", 1),
                          ("UploadPartCopy", 4)):
            with self.subTest(op=op):
                again = self.interrupt_at(op, times)
                self.assertEqual((again["copied"], again["bytes"]), (6, self.BYTES))


if __name__ == "__main__":
    unittest.main()
