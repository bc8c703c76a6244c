"""What S3 does to its clients, one thing at a time, through a proxy that makes it happen.

Each of these has broken a well-known tool. Most cases are lines of a table: an object with a name
of its own, and what happens to it. All objects of a table are copied by one run, so that what is
waited for is waited for once, and what happens to one may not touch another.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import threading
import time
import unittest
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from lib import copyout, manifest, s3util, servers
from lib.s3util import MIN_PART, Spec
from lib.servers import Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

PARTS = [MIN_PART, MIN_PART, 7]
FEW_PARTS = [MIN_PART, 7]  # for tables: making the sources takes longer than copying them
TAGS = {"project": "copyout", "owner": "a b"}
WRITES = {"PutObject", "CopyObject", "CreateMultipartUpload", "UploadPartCopy",
          "CompleteMultipartUpload", "PutObjectTagging", "DeleteObject"}


@dataclass
class Ended:
    """A run that is over, and all that it left."""

    result: copyout.Result
    lines: dict[str, dict]  # the result lines by source key
    log: list[fp.Request]
    report: list[dict]  # the rows of the CSV in the destination
    summary: dict  # report.json

    def about(self, key: str, op: str | None = None) -> list[fp.Request]:
        """The requests about one object: its source and its copy have the same key here.

        Uploads under a key are asked for of the bucket: who had to send Create twice looks for them.
        """
        return [request for request in self.log
                if key in (request.key, request.op == "ListMultipartUploads"
                           and request.query.get("prefix"))
                and (op is None or request.op == op)]


class Faults(unittest.TestCase):
    """Buckets of its own for every test, the proxy, and one way to run and check."""

    kind = "moto"

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)
        cls.s3, cls.owner = cls.server.client("dest"), cls.server.client("source")
        cls.proxy = servers.FaultProxy(cls.server.endpoint)
        cls.addClassCleanup(cls.proxy.stop)
        cls.through = cls.server.through(cls.proxy)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.src = self.server.bucket_name("faults-src")
        self.dst = s3util.make_bucket(self.s3, self.server.bucket_name("faults-dst"))

    def make(self, specs, **how):
        """The sources of this test."""
        self.etags = s3util.make_sources(self.server, self.src, specs, **how)

    def copy(self, rules=(), *args: str, exit: int | None = 0, keys=None, data: bytes | None = None,
             env: dict | None = None) -> Ended:
        """Copy all sources (or `keys`) while the rules strike; check what must hold always."""
        keys = list(self.etags if keys is None else keys)
        if data is None:
            data = manifest.write(manifest.of_bucket(self.src, keys))
        (self.folder / "list").write_bytes(data)
        self.proxy.reset(rules)
        work = tempfile.mkdtemp(dir=self.folder)
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json", "-w", work,
                              "--destination-keys", "full", *args], self.through,
                             cwd=self.folder, env=env, timeout=150)
        self.proxy.rules = []
        self.assertEqual(self.proxy.errors, [], str(result))
        if exit is not None:
            result.expect(exit)
        return self.check_accounts(result, Path(work), keys, list(self.proxy.log))

    def check_accounts(self, result, work: Path, keys, log) -> Ended:
        """Lines in = results out, in the work store, in the report and in the totals."""
        self.assertIn(result.returncode, (0, 1), str(result))
        found = [json.loads(line) for path in sorted(work.glob("results/*.jsonl"))
                 for line in path.read_text().splitlines()]
        self.assertEqual(sorted(line["line"] for line in found), list(range(1, len(keys) + 1)))
        lines = {line["sourceKey"]: line for line in found}
        self.assertEqual(set(lines), set(keys))
        summary = json.loads((work / "report.json").read_text())
        counts = Counter(line["status"] for line in found)
        for told in (summary, result.json):
            self.assertEqual([told[name] for name in ("items", "copied", "same", "kept", "failed")],
                             [len(keys)] + [counts[name] for name in
                                            ("COPIED", "SAME", "KEPT", "FAILED")])
            self.assertEqual(sum(told["verified"].values()),
                             sum(counts[name] for name in ("COPIED", "SAME")))
        self.assertEqual(result.returncode, 1 if counts["FAILED"] else 0)
        answer = self.s3.get_object(Bucket=self.dst, Key="ENDED_COPY.csv")
        rows = list(csv.DictReader(io.StringIO(answer["Body"].read().decode(), newline="")))
        self.assertEqual(sorted((row["source"], row["status"]) for row in rows),
                         sorted((f"s3://{self.src}/{line['sourceKey']}", line["status"])
                                for line in found))
        ended = Ended(result, lines, log, rows, summary)
        for key, line in lines.items():
            self.check_line(ended, key, line)
        for op in {request.op for request in log} | set(result.json["requests"]):
            self.check_requests(ended, result.json["requests"].get(op, 0),
                                [request for request in log if request.op == op])
        self.assertEqual(s3util.unfinished_uploads(self.s3, self.dst), [])
        return ended

    def check_requests(self, ended: Ended, told: int, came: list[fp.Request]):
        """As many requests came as the program says it sent.

        More may be told only where the proxy hung up in the middle of a connection: what the
        program sends on it just then does not come.
        """
        unread = sum(bool(re.search("reset|cut|stall", request.fault)) for request in ended.log)
        self.assertLessEqual(told, len(came) + unread, Counter(request.op for request in came))
        self.assertGreaterEqual(told, len(came), Counter(request.op for request in came))

    def check_line(self, ended: Ended, key: str, line: dict):
        """One result line makes sense in itself and beside the proxy's log."""
        with self.subTest(key):
            self.check_requests(ended, line["requests"], ended.about(key))
            self.assertGreaterEqual(line["attempts"], 1, line)
            self.assertLessEqual(line["attempts"], line["requests"], line)
            self.assertGreaterEqual(line["seconds"], 0, line)
            if line["status"] == "FAILED":
                self.assertTrue(line["error"]["code"], line)
                self.assertTrue(line["error"]["message"], line)
                self.assertEqual(line["verified"], "none", line)
                if ended.summary["failed"] <= 10:  # of many the first few are named
                    self.assertIn(f"{key}: {line['error']['code']}", ended.result.stderr)
            else:
                self.assertNotIn("error", line)

    def check_copied(self, ended: Ended, keys, tags: bool = True):
        """These were copied, proven by ETag, and are what their sources are."""
        for key in keys:
            with self.subTest(key):
                line = ended.lines[key]
                self.assertEqual((line["status"], line["verified"]), ("COPIED", "etag"), line)
                s3util.assert_same_object(self.owner, self.src, key, self.s3, self.dst, key,
                                          tags=tags and self.server.features.tags_on_create)
                self.assertEqual(line["etag"].strip('"'),
                                 s3util.look(self.s3, self.dst, key, tags=False).etag)

    def check_failed(self, ended: Ended, key: str, code: str | None):
        """It failed with this code, and left nothing."""
        line = ended.lines[key]
        self.assertEqual(line["status"], "FAILED", line)
        if code:
            self.assertEqual(line["error"]["code"], code, line)
        self.assertFalse(s3util.exists(self.s3, self.dst, key), "something was left")
        created = ended.about(key, "CreateMultipartUpload")
        if created and created[-1].upstream_status == 200:
            self.assertTrue(ended.about(key, "AbortMultipartUpload"))
            last = ended.about(key)[-1]
            self.assertTrue(last.op == "ListParts" or last.op == "AbortMultipartUpload"
                            and last.upstream_status == 404,
                            f"{last.op}: after the abort nobody looked whether it is empty")


@dataclass
class Case:
    """An object, and what happens to the requests about it."""

    name: str
    op: str
    do: fp.Action
    part: int | None = None
    how: dict = field(default_factory=lambda: {"first": 1})
    parts: bool | None = None  # whether the source has parts; None: as its operation needs

    def spec(self) -> Spec:
        small = self.op in ("CopyObject", "HeadObject")
        parts = self.parts if self.parts is not None else not small
        layout = PARTS if self.part else FEW_PARTS
        return Spec(self.name, **({"parts": layout} if parts else {"size": 1000}), tags=TAGS,
                    metadata={"a": "b"})

    def rule(self) -> Rule:
        key = f"^{re.escape(self.name)}$"
        return Rule(self.do, op=self.op, part=self.part, key=key, **self.how)


def once(op: str, part: int | None = None, **how) -> list[Case]:
    """Everything that may happen to one operation and is gone when it is tried again."""
    how = how or {"first": 1}
    acts = {
        "200 with InternalError": fp.error_200("InternalError"),
        "200 with SlowDown": fp.error_200("SlowDown", "Please reduce your request rate."),
        "200 and nothing": fp.empty_200(),
        "malformed": fp.malformed_xml(),
        "cut": fp.cut_body(),
        "cut before the body": fp.cut_body(keep=0),
        "reset before": fp.reset_before(),
        "answer lost": fp.reset_after(),
        "500": fp.status(500, "InternalError"),
        "500 without a body": fp.answer(500, b""),
        "503": fp.status(503, "SlowDown"),
        "503 ServiceUnavailable": fp.status(503, "ServiceUnavailable"),
        "503 page": fp.html_page(503),
        "502 page": fp.html_page(502),
        "504 page": fp.html_page(504),
        "429": fp.status(429, "TooManyRequests"),
        "400 RequestTimeout": fp.status(400, "RequestTimeout"),
        "403 RequestTimeTooSkewed": fp.status(403, "RequestTimeTooSkewed"),
    }
    return [Case(f"{op}: {name}", op, act, part, dict(how)) for name, act in acts.items()]


class Transient(Faults):
    """What goes away when it is tried again: every object is copied and proven."""

    def table(self, cases, *extra_rules, args=()):
        """Run the cases of a table and look at each."""
        self.make([case.spec() for case in cases])
        ended = self.copy([*extra_rules, *(case.rule() for case in cases)], *args)
        self.check_copied(ended, [case.name for case in cases])
        for case in cases:
            with self.subTest(case.name):
                sent = Counter(request.bucket for request in ended.about(case.name, case.op)
                               if case.part in (None, request.part))
                self.assertLessEqual(max(sent.values()), 4, "more often than there was a reason to")
        return ended

    def test_copy_object(self):
        """A CopyObject fails once, in every way there is."""
        self.table(once("CopyObject"))

    def test_upload_part_copy(self):
        """One part fails once: only that part is asked for again."""
        cases = once("UploadPartCopy", part=2)
        ended = self.table(cases)
        for case in cases:
            with self.subTest(case.name):
                parts = Counter(request.part for request in
                                ended.about(case.name, "UploadPartCopy"))
                self.assertEqual((parts[1], parts[3]), (1, 1))
                self.assertEqual(len(ended.about(case.name, "CreateMultipartUpload")), 1)

    def test_complete(self):
        """Complete fails once; whether it worked or not, in the end the object is there."""
        cases = once("CompleteMultipartUpload")
        ended = self.table(cases)
        for case in cases:
            with self.subTest(case.name):
                self.assertEqual(len(ended.about(case.name, "CreateMultipartUpload")), 1,
                                 "the whole object was copied twice")

    def test_create(self):
        """Create fails once.

        Not here: a lost answer, which leaves an upload that nobody knows, and an answer of 200 that
        cannot be read, after which another try would leave one (see Permanent).
        """
        left_out = (": cut", "cut before the body", "lost", "nothing", "malformed")
        self.table([case for case in once("CreateMultipartUpload")
                    if not case.name.endswith(left_out)])

    def test_looking(self):
        """HEAD of source and destination (no bodies there), and of the parts."""
        self.table([
            Case("head: 503", "HeadObject", fp.status(503, "SlowDown")),
            Case("head: 500", "HeadObject", fp.status(500, "InternalError")),
            Case("head: reset", "HeadObject", fp.reset_before()),
            Case("head: lost", "HeadObject", fp.reset_after()),
            Case("head: page", "HeadObject", fp.html_page(503)),
            Case("head: parts, 503", "HeadObject", fp.status(503, "SlowDown"), part=1, parts=True),
            Case("head: parts, reset", "HeadObject", fp.reset_before(), part=1, parts=True),
            Case("head: destination's", "HeadObject", fp.status(503, "SlowDown"),
                 how={"first": 2}),
        ])

    def test_tags(self):
        """Reading the tags of a source of parts fails once: they are not lost by that."""
        ended = self.table([
            Case("tags: 503", "GetObjectTagging", fp.status(503, "SlowDown")),
            Case("tags: reset", "GetObjectTagging", fp.reset_before()),
            Case("tags: malformed", "GetObjectTagging", fp.malformed_xml()),
            Case("tags: cut", "GetObjectTagging", fp.cut_body()),
            Case("tags: 500", "GetObjectTagging", fp.status(500, "InternalError")),
        ])
        self.assertFalse(any(line.get("notes") for line in ended.lines.values()))

    def test_around_the_copies(self):
        """Region, marker and report: their requests fail twice, too, and are made again."""
        self.make([Spec("one", 10)])
        # Where the answer alone is lost, the second finds the file of the first, and a third is written over it.
        for act, puts in ((fp.status(503, "SlowDown"), 2), (fp.reset_before(), 2), (fp.reset_after(), 3),
                          (fp.html_page(502), 2)):
            with self.subTest(act.name):
                s3util.delete_all(self.s3, self.dst)
                ended = self.copy([Rule(act, op=("HeadBucket", "PutObject"), first=1)])
                self.check_copied(ended, ["one"])
                self.assertEqual(len(self.proxy.requests("PutObject", key="STARTED_COPY.txt")), puts)
                self.assertEqual(len(self.proxy.requests("PutObject", key="ENDED_COPY.csv")), puts)
                self.assertFalse(s3util.exists(self.s3, self.dst, "STARTED_COPY-2.txt"))

    def test_slow_down_again_and_again(self):
        """A prefix that stays slow for five tries: waited for longer each time, not given up."""
        specs = [Spec("hot/x", 10), *(Spec(f"cool/{i}", 10) for i in range(30))]
        self.make(specs)
        ended = self.copy([Rule(fp.status(503, "SlowDown"), op="CopyObject", key="^hot/", first=5)])
        self.check_copied(ended, self.etags)
        self.assertEqual(len(ended.about("hot/x", "CopyObject")), 6)
        self.assertEqual(ended.lines["hot/x"]["attempts"], 6)

    def test_expired_token(self):
        """ExpiredToken once: new credentials are asked for, and the request is made again."""
        (self.folder / "asked").write_text("")
        env = copyout.new_keys_each_time(self.folder)
        self.make([Spec(f"k/{i}", 10) for i in range(20)] + [Spec("parts", parts=PARTS)])
        expired = fp.status(400, "ExpiredToken", "The provided token has expired.")
        ended = self.copy([Rule(expired, op="CopyObject", key="k/7", first=1),
                           Rule(expired, op="UploadPartCopy", part=2, first=1)], env=env)
        self.check_copied(ended, self.etags)
        asked = len((self.folder / "asked").read_text().split())
        self.assertIn(asked, (2, 3), "one asks again when the service says so, and not for each")

    def test_expired_token_of_the_environment(self):
        """There are no others: the job ends, says why, and accounts for every line."""
        self.make([Spec(f"k/{i}", 10) for i in range(20)])
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, self.etags)))
        self.proxy.reset([Rule(fp.status(400, "ExpiredToken", "The provided token has expired."),
                               op="CopyObject")])
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json",
                              "-w", "work"], self.through, cwd=self.folder)
        result.expect(4)
        self.assertIn("expired", result.stderr)
        self.assertEqual((result.json["items"], result.json["failed"]), (20, 20))
        found = [json.loads(line) for path in (self.folder / "work").glob("results/*.jsonl")
                 for line in path.read_text().splitlines()]
        self.assertEqual(sorted(line["line"] for line in found), list(range(1, 21)))
        self.assertEqual({line["status"] for line in found}, {"FAILED"})

    def test_retry_after(self):
        """The other side says when: no earlier. Also on parts and with the back-off running."""
        cases = [Case("wait two seconds", "CopyObject",
                      fp.status(503, "SlowDown", headers={"Retry-After": "2"})),
                 Case("wait for a part", "UploadPartCopy",
                      fp.status(503, "SlowDown", headers={"Retry-After": "2"}), part=1),
                 Case("wait for a page", "CopyObject", fp.answer(
                     503, b"<html>busy</html>", {"Retry-After": "2", "Content-Type": "text/html"}))]
        ended = self.table(cases)
        for case in cases:
            with self.subTest(case.name):
                first, second = [request for request in ended.about(case.name, case.op)
                                 if case.part in (None, request.part)]
                self.assertGreaterEqual(second.started - first.started, 2.0)
                self.assertLess(second.started - first.started, 90.0)

    def test_no_such_upload_after_it_worked(self):
        """The first Complete's answer is lost and the upload is gone: HEAD tells the truth."""
        cases = [Case("lost, then NoSuchUpload", "CompleteMultipartUpload", fp.reset_after()),
                 Case("cut, then NoSuchUpload", "CompleteMultipartUpload", fp.cut_body()),
                 Case("cut, then RGW's 500", "CompleteMultipartUpload", fp.cut_body())]
        gone = [Rule(fp.status(500, "InternalError", "This multipart completion is already in "
                               "progress"), op="CompleteMultipartUpload", key="RGW", attempts=[2]),
                Rule(fp.status(404, "NoSuchUpload", "The specified upload does not exist."),
                     op="CompleteMultipartUpload", key="Such", attempts=range(2, 99))]
        self.make([case.spec() for case in cases])
        ended = self.copy([*gone, *(case.rule() for case in cases)])
        self.check_copied(ended, [case.name for case in cases])

    def test_lost_answer_and_keep(self):
        """With If-None-Match the second try meets the first one's object: that is ours."""
        self.make([Spec("one", 10), Spec("parts", parts=PARTS)])
        for rule in ("keep", "fail"):
            with self.subTest(rule):
                s3util.delete_all(self.s3, self.dst)
                ended = self.copy([Rule(fp.reset_after(), first=1,
                                        op=("CopyObject", "CompleteMultipartUpload"))],
                                  "--on-different", rule)
                for key, line in ended.lines.items():
                    self.assertEqual((key, line["status"], line["verified"]),
                                     (key, "COPIED", "etag"))


class Permanent(Faults):
    """What does not go away: that object is FAILED with S3's own words, the others are copied."""

    def test_every_attempt(self):
        """One run: an object for each way to fail for ever, and others without a fault.

        Two of these others take some time, and are here since this run takes as long anyway: one
        has its HEAD stalled, which is given up after 30 s without progress and made again; of
        the other the CopyObject says nothing for longer than that, and is not sent again.
        """
        access_denied = fp.status(403, "AccessDenied", "Access Denied")
        cases = [  # case, the code in the result; None: any that is not empty
            (Case("copy: 200 with InternalError", "CopyObject", fp.error_200()), "InternalError"),
            (Case("copy: 200 with AccessDenied", "CopyObject", fp.error_200("AccessDenied")),
             "AccessDenied"),
            (Case("copy: 403 page", "CopyObject", fp.html_page(403)), None),
            (Case("copy: 501", "CopyObject", fp.status(501, "NotImplemented")), "NotImplemented"),
            (Case("copy: 400", "CopyObject", fp.status(400, "InvalidRequest")), "InvalidRequest"),
            (Case("copy: AccessDenied", "CopyObject", access_denied), "AccessDenied"),
            (Case("copy: unheard of", "CopyObject", fp.status(418, "NewInS3")), "NewInS3"),
            (Case("copy: nothing", "CopyObject", fp.empty_200()), None),
            (Case("copy: reset", "CopyObject", fp.reset_before()), None),
            (Case("part: 200 with InternalError", "UploadPartCopy", fp.error_200(), part=2),
             "InternalError"),
            (Case("part: AccessDenied", "UploadPartCopy", access_denied, part=3), "AccessDenied"),
            (Case("part: 501", "UploadPartCopy", fp.status(501, "NotImplemented"), part=1),
             "NotImplemented"),
            (Case("part: 403 page", "UploadPartCopy", fp.html_page(403), part=1), None),
            (Case("complete: 200 with InternalError", "CompleteMultipartUpload", fp.error_200()),
             "InternalError"),
            (Case("complete: nothing", "CompleteMultipartUpload", fp.empty_200()), None),
            (Case("create: AccessDenied", "CreateMultipartUpload", access_denied), "AccessDenied"),
            (Case("create: nothing", "CreateMultipartUpload", fp.empty_200()), None),
            (Case("head: 403", "HeadObject", fp.status(403, "AccessDenied"), parts=False), None),
        ]
        # The server does not take the source's parts: the object is copied in one piece.
        no_parts = Case("complete: InvalidPart", "CompleteMultipartUpload",
                        fp.status(400, "InvalidPart"))
        for case in [*(case for case, _ in cases), no_parts]:
            case.how = {}
        healthy = [Spec(f"healthy {i}", i) for i in range(100)]
        healthy += [Spec("stalled", 10), Spec("silent", 10)]
        self.make([case.spec() for case, _ in cases] + [no_parts.spec()] + healthy)
        ended = self.copy([*(case.rule() for case, _ in cases), no_parts.rule(),
                           Rule(fp.stall(), op="HeadObject", key="^stalled$", times=1),
                           Rule(fp.latency(33), op="CopyObject", key="^silent$")],
                          "--look", "head", exit=1)
        self.check_copied(ended, [spec.key for spec in healthy])
        self.assertEqual(len(ended.about("silent", "CopyObject")), 1)
        for case, code in cases:
            with self.subTest(case.name):
                self.check_failed(ended, case.name, code)
        self.assertEqual(ended.summary["failed"], len(cases))
        line = ended.lines[no_parts.name]
        self.assertEqual((line["status"], line["verified"], line["notes"]),
                         ("COPIED", "size", ["layout-not-mirrored"]), line)
        self.assertEqual(s3util.digest(self.s3, self.dst, no_parts.name),
                         s3util.digest(self.s3, self.src, no_parts.name))
        for name in ("copy: 400", "copy: unheard of"):
            self.assertEqual(len(ended.about(name, "CopyObject")), 1, "not worth another try")
        self.assertEqual(len(ended.about("copy: 501", "CopyObject")), 2,
                         "with the condition on the source, and without")
        self.assertEqual(len(ended.about("create: nothing", "CreateMultipartUpload")), 1,
                         "an upload was made, and another try would make one more")
        for name in ("copy: 200 with InternalError", "copy: reset"):
            with self.subTest(name):
                self.assertGreater(len(ended.about(name, "CopyObject")), 2, "given up too soon")
        page = ended.lines["copy: 403 page"]["error"]
        self.assertEqual(page["httpStatus"], 403)
        self.assertNotIn("<html", page["message"])
        self.assertEqual(ended.lines["copy: 400"]["error"],
                         {"code": "InvalidRequest", "message": "injected by the test",
                          "httpStatus": 400, "requestId": "FAULTPROXY",
                          "hostId": "faultproxy"})
        failed = {row["source"]: row for row in ended.report if row["status"] == "FAILED"}
        self.assertIn("InvalidRequest", failed[f"s3://{self.src}/copy: 400"]["message"])

    def test_again_after_failure(self):
        """The next run copies what failed, and only that."""
        self.make([Spec("a", 10), Spec("b", 10), Spec("c", parts=PARTS)])
        rules = [Rule(fp.status(400, "InvalidRequest"), op=("CopyObject", "UploadPartCopy"),
                      key="[bc]")]
        self.copy(rules, exit=1)
        ended = self.copy()
        self.assertEqual({key: line["status"] for key, line in ended.lines.items()},
                         {"a": "SAME", "b": "COPIED", "c": "COPIED"})

    def test_abort_that_does_not_hold(self):
        """Parts that were under way survive an abort: ask ListParts, and abort again."""
        self.make([Spec("parts", parts=PARTS)])
        ended = self.copy([Rule(fp.status(400, "InvalidRequest"), op="UploadPartCopy", part=2),
                           Rule(fp.answer(204), op="AbortMultipartUpload", first=1)], exit=1)
        self.check_failed(ended, "parts", "InvalidRequest")
        self.assertGreaterEqual(len(ended.about("parts", "AbortMultipartUpload")), 2)

    def test_abort_fails_once(self):
        """Aborting is retried like anything else."""
        self.make([Spec("parts", parts=PARTS)])
        for act in (fp.status(503, "SlowDown"), fp.reset_before(), fp.reset_after()):
            with self.subTest(act.name):
                ended = self.copy([Rule(fp.status(400, "InvalidRequest"), op="UploadPartCopy",
                                        part=2),
                                   Rule(act, op="AbortMultipartUpload", first=1)], exit=1)
                self.check_failed(ended, "parts", "InvalidRequest")

    def test_uploads_of_others_are_left(self):
        """An upload under the same key that we did not begin is not ours to abort."""
        self.make([Spec("parts", parts=PARTS)])
        theirs = self.s3.create_multipart_upload(Bucket=self.dst, Key="parts")["UploadId"]
        self.proxy.reset([Rule(fp.status(400, "InvalidRequest"), op="UploadPartCopy", part=2)])
        (self.folder / "list").write_bytes(manifest.write([(self.src, "parts")]))
        copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/"], self.through,
                    cwd=self.folder).expect(1)
        self.assertEqual(s3util.unfinished_uploads(self.s3, self.dst), [("parts", theirs)])

    def test_missing_source(self):
        """One line of five names nothing: S3's code, and the rest is copied."""
        self.make([Spec(f"k{i}", 10) for i in range(4)])
        ended = self.copy(keys=[*self.etags, "missing"], exit=1)
        self.check_failed(ended, "missing", "NoSuchKey")
        self.assertEqual(ended.lines["missing"]["error"]["httpStatus"], 404)
        self.check_copied(ended, self.etags)

    def test_start_marker_is_refused(self):
        """We may not write: exit 3, a clear line, and no copy is tried."""
        self.make([Spec("a", 10)])
        (self.folder / "list").write_bytes(manifest.write([(self.src, "a")]))
        self.proxy.reset([Rule(fp.status(403, "AccessDenied", "Access Denied"), op="PutObject")])
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/"], self.through,
                             cwd=self.folder).expect(3)
        self.assertIn("AccessDenied", result.stderr)
        self.assertIn(self.dst, result.stderr)
        self.assertEqual(self.proxy.requests("CopyObject"), [])
        self.assertEqual(len(self.proxy.requests("PutObject")), 1)

    def test_report_cannot_be_written(self):
        """The copies are there, their report is not: not a success."""
        self.make([Spec("a", 10)])
        (self.folder / "list").write_bytes(manifest.write([(self.src, "a")]))
        self.proxy.reset([Rule(fp.status(403, "AccessDenied"), op="PutObject", key="ENDED")])
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "-w", "work"],
                             self.through, cwd=self.folder)
        self.assertNotEqual(result.returncode, 0, str(result))
        self.assertIn("ENDED_COPY.csv", result.stderr)
        self.assertTrue((self.folder / "work" / "report.json").exists())


class LostAnswers(Faults):
    """The server does it, and closes a kept connection instead of answering.

    libcurl takes that for an idle connection that had ended, and would send the request again by
    itself: the program has to know of every send. check_accounts() compares the counts exactly, as
    the proxy reads all that comes, and sees that no upload is left open.
    """

    def lose(self, *ops: str, kept: bool = False) -> Ended:
        """Copy with the first answer to each of these lost; kept: only on a kept connection."""
        self.make([Spec(f"one/{i}", 10) for i in range(4)]
                  + [Spec(f"parts/{i}", parts=FEW_PARTS) for i in range(4)])
        self.rule = Rule(fp.close_after(), op=ops, first=1,
                         when=lambda request: request.kept or not kept)
        ended = self.copy([self.rule], "-v")
        self.check_copied(ended, self.etags)
        self.assertGreaterEqual(self.rule.hits, 4)
        for key, line in ended.lines.items():
            with self.subTest(key):
                lost = sum(bool(request.fault) for request in ended.about(key))
                self.assertEqual(line["attempts"], 1 + lost)
        return ended

    def test_create(self):
        """The uploads that nobody has the id of are found and removed."""
        ended = self.lose("CreateMultipartUpload")
        for i in range(4):
            with self.subTest(i):
                key = f"parts/{i}"
                self.assertEqual(len(ended.about(key, "CreateMultipartUpload")), 2)
                self.assertEqual(len(ended.about(key, "ListMultipartUploads")), 1)
                self.assertEqual(len(ended.about(key, "AbortMultipartUpload")), 1)

    def test_writes(self):
        """None of them is sent again but after the program's own decision, which it logs."""
        ended = self.lose("CopyObject", "CreateMultipartUpload", "UploadPartCopy",
                          "CompleteMultipartUpload")
        self.assertEqual(ended.result.stderr.count("again in"), self.rule.hits)

    def test_looking(self):
        """What may be done twice is sent again at once, without a wait, and counted."""
        ended = self.lose("HeadObject", "GetObjectTagging", "PutObject", kept=True)
        self.assertNotIn("again in", ended.result.stderr)


class LostAnswersOnRgw(LostAnswers):
    """The same on a server that keeps its connections, with ids and times of its own."""

    kind = "rgw"


class Tags(Faults):
    """Rights on tags are often withheld: best effort, required, or none."""

    SPECS = [Spec("tagged", 10, tags=TAGS, metadata={"a": "b"}, headers=s3util.ALL_HEADERS),
             Spec("tagged parts", parts=PARTS, tags=TAGS, metadata={"a": "b"},
                  headers=s3util.ALL_HEADERS),
             Spec("plain", 10), Spec("plain parts", parts=PARTS)]

    def denials(self) -> list[Rule]:
        """What S3 says where s3:GetObjectTagging is withheld."""
        denied = fp.status(403, "AccessDenied", "Access Denied")

        def copies_tags(request):
            return (request.headers.get("x-amz-tagging-directive", "COPY").upper() == "COPY"
                    and request.key.startswith("tagged"))

        return [Rule(denied, op="GetObjectTagging"),
                Rule(denied, op="CopyObject", when=copies_tags)]

    def test_withheld_best_effort(self):
        """Copied without the tags, with all else, and the result says so."""
        self.make(self.SPECS)
        ended = self.copy(self.denials())
        self.check_copied(ended, self.etags, tags=False)
        for key, line in ended.lines.items():
            with self.subTest(key):
                # Of a multipart object without a count nobody can say that it had none.
                notes = {"tagged": ["tags-dropped"], "tagged parts": ["tags-dropped"],
                         "plain": [], "plain parts": ["tags-unknown"]}[key]
                self.assertEqual(line.get("notes", []), notes, line)
                self.assertEqual(s3util.get_tags(self.s3, self.dst, key), {})

    def test_withheld_require(self):
        """It fails, and leaves nothing. (Who may not ask for tags is not told that there are none.)
        """
        self.make(self.SPECS[:3])
        ended = self.copy(self.denials(), "--tags", "require", exit=1)
        for key in ("tagged", "tagged parts"):
            with self.subTest(key):
                self.check_failed(ended, key, "AccessDenied")
        self.check_copied(ended, ["plain"])

    def test_withheld_and_uncounted(self):
        """As AWS has it: who may not read the tags is not told in HEAD how many there are."""
        def forget(_request, answer):
            answer.headers = [pair for pair in answer.headers
                              if pair[0].lower() != "x-amz-tagging-count"]
            return answer

        self.make(self.SPECS[:2])
        uncounted = Rule(fp.change_answer(forget), op="HeadObject")
        ended = self.copy([uncounted, *self.denials()])
        self.check_copied(ended, self.etags, tags=False)
        for key, line in ended.lines.items():
            with self.subTest(key):
                note = "tags-unknown" if key.endswith("parts") else "tags-dropped"
                self.assertEqual(line.get("notes", []), [note], line)
        s3util.delete_all(self.s3, self.dst)
        ended = self.copy([uncounted, *self.denials()], "--tags", "require", exit=1)
        for key in self.etags:
            with self.subTest(key):
                self.check_failed(ended, key, "AccessDenied")

    def test_withheld_none(self):
        """Never asked for, so never refused."""
        self.make(self.SPECS)
        ended = self.copy(self.denials(), "--tags", "none")
        self.check_copied(ended, self.etags, tags=False)
        self.assertFalse(any("notes" in line for line in ended.lines.values()), ended.lines)
        self.assertEqual(self.proxy.requests("GetObjectTagging"), [])
        for key in self.etags:
            self.assertEqual(s3util.get_tags(self.s3, self.dst, key), {})

    def test_putting_tags_is_refused(self):
        """s3:PutObjectTagging is withheld in the destination: the same, on Create."""
        self.make(self.SPECS)
        denied = fp.status(403, "AccessDenied", "Access Denied")
        rules = [Rule(denied, op="PutObjectTagging"), self.denials()[1],
                 Rule(denied, op="CreateMultipartUpload",
                      when=lambda request: "x-amz-tagging" in request.headers)]
        ended = self.copy(rules)
        self.check_copied(ended, self.etags, tags=False)
        self.assertEqual({key for key, line in ended.lines.items()
                          if "tags-dropped" in line.get("notes", [])}, {"tagged", "tagged parts"})
        s3util.delete_all(self.s3, self.dst)
        ended = self.copy(rules, "--tags", "require", exit=1)
        for key in ("tagged", "tagged parts"):
            with self.subTest(key):
                self.check_failed(ended, key, "AccessDenied")

    def test_denied_for_another_reason(self):
        """AccessDenied that does not go away without tags is AccessDenied, not a matter of tags."""
        self.make(self.SPECS)
        ended = self.copy([Rule(fp.status(403, "AccessDenied"), op="CopyObject")], exit=1)
        for key in ("tagged", "plain"):
            self.check_failed(ended, key, "AccessDenied")
        self.assertLessEqual(len(ended.about("plain", "CopyObject")), 2)
        self.check_copied(ended, ["tagged parts", "plain parts"])

    def test_nothing_is_asked_without_tags(self):
        """Without x-amz-tagging-count there may be tags that we may not read: the multipart copy,
        which takes nothing over by itself, asks once; CopyObject needs no question."""
        self.make([Spec("plain parts", parts=PARTS), Spec("plain", 10)])
        ended = self.copy()
        self.assertEqual([(request.op, request.key) for request in ended.log
                          if "Tagging" in request.op], [("GetObjectTagging", "plain parts")])


class Regions(Faults):
    """Buckets elsewhere."""

    def run_it(self, rules, input: dict | None = None):
        (self.folder / "list").write_bytes(manifest.write([(self.src, "a")]))
        self.proxy.reset(rules)
        given = {"destinationBucket": self.dst, **(input or {})}
        return copyout.run(["run", "-", "-m", "list", "--json"], self.through, cwd=self.folder,
                           input=json.dumps(given))

    def test_wrong_region(self):
        """Exit 3; which bucket, which region; nothing written, nothing retried."""
        self.make([Spec("a", 10)])
        malformed = fp.status(400, "AuthorizationHeaderMalformed", "The authorization header is "
                              "malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
                              headers={"x-amz-bucket-region": "eu-west-1"}, Region="eu-west-1")
        there = fp.answer(200, headers={"x-amz-bucket-region": "eu-west-1"})
        for act in (fp.wrong_region("eu-west-1"), malformed, there):
            for bucket in (self.src, self.dst):
                with self.subTest(act=act.name, bucket=bucket):
                    result = self.run_it([Rule(act, bucket=bucket, op="HeadBucket")]).expect(3)
                    (said,) = result.stderr.splitlines()
                    for word in (bucket, "eu-west-1", "us-east-1"):
                        self.assertIn(word, said)
                    self.assertEqual(WRITES & set(self.proxy.counts()), set())
                    self.assertEqual(s3util.keys(self.s3, self.dst), [])
                    self.assertEqual(s3util.unfinished_uploads(self.s3, self.dst), [])
                    self.assertEqual(len(self.proxy.requests("HeadBucket", bucket=bucket)), 1)

    def test_sources_are_looked_up_side_by_side(self):
        """Forty source buckets and one: no answer comes before all were asked for."""
        self.make([Spec("a", 10)])
        gate = threading.Event()
        self.addCleanup(gate.set)
        buckets = [servers.moto().bucket_name("none") for _ in range(40)]
        rows = [*((bucket, bucket) for bucket in buckets), (self.src, "a")]
        (self.folder / "list").write_bytes(manifest.write(rows))
        self.proxy.reset([Rule(fp.hold(gate), op="HeadBucket")])
        run = copyout.Running(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json"],
                              self.through, cwd=self.folder)
        self.addCleanup(lambda: run.process.poll() is None and run.process.kill())
        deadline = time.monotonic() + 90
        while len(self.proxy.requests("HeadBucket")) < 41 and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(len(self.proxy.requests("HeadBucket")), 41, run.stderr())
        gate.set()
        self.assertEqual(run.wait(90).expect(1).json["failed"], 40)
        self.assertEqual({request.bucket for request in self.proxy.requests("HeadBucket")},
                         {*buckets, self.src, self.dst})

    def elsewhere(self, request: fp.Request) -> fp.Answer | None:
        """S3, whose buckets are in eu-west-1: 301 for what is signed for another region."""
        scope = re.search(r"Credential=[^/]+/[0-9]+/([^/]+)/", request.headers["authorization"])
        if scope[1] == "eu-west-1":
            return None
        return fp.Answer(301, [("x-amz-bucket-region", "eu-west-1")], b"" if request.method == "HEAD"
                         else fp.error_body("PermanentRedirect", Region="eu-west-1"))

    def test_required_region_that_is_not_ours(self):
        """Whoever names a region copies there from here: all at once, or step by step."""
        self.make([Spec("a", 10), Spec("b", parts=PARTS)])
        rule = Rule(fp.call_before(self.elsewhere))
        given = {"sourceFilesCsvBucket": self.src, "sourceFilesCsvKey": "list",
                 "destinationBucket": self.dst, "sourceRequiredRegion": "eu-west-1",
                 "destinationRequiredRegion": "eu-west-1"}
        manifest.put(self.s3, self.src, "list", [(self.src, "a"), (self.src, "b")])
        (self.folder / "input").write_text(json.dumps(given))
        there = fp.answer(200, headers={"x-amz-bucket-region": "eu-west-1"})
        self.proxy.reset([Rule(there, op="HeadBucket"), rule])
        args = ["input", "--json"]
        told = copyout.run(["run", *args], self.through, cwd=self.folder).expect(0).json
        self.assertEqual(told["copied"], 2)
        s3util.delete_all(self.s3, self.dst)
        for step in (["prepare", *args], ["copy"], ["report", "--json"]):
            self.proxy.reset([Rule(there, op="HeadBucket"), rule])
            told = copyout.run([*step, "--job", "job"], self.through, cwd=self.folder).expect(0)
        self.assertEqual(told.json["copied"], 2)

    def test_no_region_is_ours(self):
        """Nobody says where we run: then no region is required, and each bucket's is found out."""
        self.make([Spec("a", 10)])
        (self.folder / "list").write_bytes(manifest.write([(self.src, "a")]))
        self.proxy.reset([Rule(fp.call_before(self.elsewhere))])
        copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/"], self.through,
                    cwd=self.folder, env={"AWS_REGION": None}).expect(0)

    def test_moved_in_the_middle(self):
        """301 on a copy: that object fails, its message says where the bucket is; no retry."""
        self.make([Spec("a", 10), Spec("b", parts=PARTS)])
        ended = self.copy([Rule(fp.wrong_region("eu-west-1"), op=("CopyObject", "UploadPartCopy"))],
                          exit=1)
        for key in ("a", "b"):
            self.check_failed(ended, key, None)
            self.assertIn("eu-west-1", ended.lines[key]["error"]["message"])
        self.assertEqual(len(ended.about("a", "CopyObject")), 1)


    def test_sent_from_region_to_region(self):
        """Each region names the other: after two redirects the object fails."""
        self.make([Spec("a", 10), Spec("b", 10)])
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, "ab")))
        (self.folder / "input").write_text(json.dumps(
            {"sourceRequiredRegion": "", "destinationRequiredRegion": ""}))

        def elsewhere(request: fp.Request) -> fp.Answer:
            there = "us-east-1" if "/eu-west-1/" in request.headers["authorization"] else "eu-west-1"
            return fp.Answer(301, [("x-amz-bucket-region", there)],
                             fp.error_body("PermanentRedirect", Region=there))

        self.proxy.reset([Rule(fp.call_before(elsewhere), op="CopyObject", key="^a$")])
        result = copyout.run(["run", "input", "-m", "list", "-t", f"s3://{self.dst}/", "--json"],
                             self.through, cwd=self.folder, timeout=60).expect(1)
        self.assertEqual((result.json["copied"], result.json["failed"]), (1, 1))
        self.assertIn("FAILED line 1", result.stderr)
        self.assertEqual(len(self.proxy.requests("CopyObject", key="a")), 3)


class Manifests(Faults):
    """The manifest's own GET."""

    def setUp(self):
        super().setUp()
        self.make([Spec(f"d/{i:03d}", 1) for i in range(60)])
        # Long enough to come in many pieces: blank lines count for nothing.
        gaps = [b"\n" * (7 * i % 40_000) for i in range(1, 61)]
        rows = [manifest.write([(self.src, key)]) for key in self.etags]
        self.data = b"".join(row + gap for row, gap in zip(rows, gaps))
        self.data = self.data.replace(b"\n", b"\r\n")

    def run_it(self, rules, data: bytes):
        """Copy by a manifest in S3."""
        self.owner.put_object(Bucket=self.src, Key="list", Body=data)
        self.proxy.reset(rules)
        return copyout.run(["run", "-m", f"s3://{self.src}/list", "-t", f"s3://{self.dst}/",
                            "--json", "-w", "work"], self.through, cwd=self.folder)

    def gets(self) -> list[fp.Request]:
        return self.proxy.requests("GetObject", key="list")

    def check(self, result, times: int):
        """All lines, each once; resumed where it was cut, and only if it is the same object."""
        result.expect(0)
        self.assertEqual((result.json["items"], result.json["copied"]), (60, 60))
        items = [json.loads(line)["sourceKey"] for line in
                 (self.folder / "work" / "items.jsonl").read_text().splitlines()]
        self.assertEqual(items, list(self.etags))
        gets = self.gets()
        self.assertEqual(len(gets), times, [get.headers.get("range") for get in gets])
        last = 0
        for get in gets[1:]:
            self.assertIn("if-match", get.headers)
            start = re.fullmatch("bytes=([0-9]+)-[0-9]*", get.headers.get("range", ""))
            self.assertIsNotNone(start, get.headers)
            self.assertGreater(int(start[1]), last)
            last = int(start[1])

    def test_cut_again_and_again(self):
        """Cut three times at whatever byte: every line is there once."""
        cut = Rule(fp.cut_body(0.37), op="GetObject", key="list", first=3)
        self.check(self.run_it([cut], self.data), 4)

    def test_cut_gzip(self):
        """The same with gzip: it is decompressed as one stream."""
        data = manifest.write(manifest.of_bucket(self.src, self.etags), compressed=True)
        cut = Rule(fp.cut_body(0.5), op="GetObject", key="list", first=2)
        self.check(self.run_it([cut], data), 3)

    def test_not_at_once(self):
        """503, a reset and a page first: then it begins at the beginning."""
        for act in (fp.status(503, "SlowDown"), fp.reset_before(), fp.html_page(502)):
            with self.subTest(act.name):
                s3util.delete_all(self.s3, self.dst)
                result = self.run_it([Rule(act, op="GetObject", key="list", first=2)], self.data)
                result.expect(0)
                self.assertEqual(result.json["copied"], 60)

    def test_changed_in_the_middle(self):
        """Cut, and now it is another object: an error, and nothing of a mixture is copied."""
        result = self.run_it([Rule(fp.cut_body(0.5), op="GetObject", key="list", first=1),
                              Rule(fp.status(412, "PreconditionFailed"), op="GetObject", key="list",
                                   attempts=range(2, 99))], self.data)
        self.assertIn(result.returncode, (2, 4), str(result))
        self.assertRegex(result.stderr, "list.*chang|chang.*list|PreconditionFailed")
        self.assertEqual(WRITES & set(self.proxy.counts()), set())

    def test_server_without_ranges(self):
        """Cut in the middle, and then the whole comes again: an error, and no line is there twice."""
        self.owner.put_object(Bucket=self.src, Key="list", Body=self.data)
        etag = self.owner.head_object(Bucket=self.src, Key="list")["ETag"]

        def whole(request):
            return fp.Answer(200, [("ETag", etag)], self.data) if request.attempt > 1 else None

        again = Rule(fp.call_before(whole), op="GetObject", key="list")
        result = self.run_it([Rule(fp.cut_body(0.5), op="GetObject", key="list", first=1), again],
                             self.data).expect(4)
        self.assertGreater(again.hits, 1)
        self.assertIn("ranges", result.stderr)
        self.assertEqual(WRITES & set(self.proxy.counts()), set())

    def test_changed_before_it_is_read(self):
        """It is another between the HEAD that says which it is, and the GET."""
        def change(_request):
            self.owner.put_object(Bucket=self.src, Key="list", Body=self.data[:len(self.data) // 2])

        result = self.run_it([Rule(fp.call_before(change), op="GetObject", key="list", times=1)],
                             self.data).expect(2)
        self.assertIn("changed while it was read", result.stderr)
        self.assertEqual(WRITES & set(self.proxy.counts()), set())

    def test_vanishes_in_the_middle(self):
        """The rest of it never comes: an error, not a short manifest."""
        result = self.run_it([Rule(fp.cut_body(0.5), op="GetObject", key="list", first=1),
                              Rule(fp.status(404, "NoSuchKey"), op="GetObject", key="list")],
                             self.data)
        self.assertNotIn(result.returncode, (0, 1), str(result))
        self.assertEqual(WRITES & set(self.proxy.counts()), set())


class OnRgw(Faults):
    """Many faults at once, on a server that checks every signature and keeps its connections."""

    kind = "rgw"

    def test_slow_down_for_half(self):
        """SlowDown for half of all writes, with many objects: all of them are copied."""
        count = 200 if copyout.FULL else 30
        self.make([Spec(f"k/{i:03d}", i) for i in range(count - 1)] + [Spec("k/parts", parts=PARTS)])
        slow = Rule(fp.status(503, "SlowDown", "Please reduce your request rate."), probability=0.5,
                    seed=7, when=lambda request: request.method in ("PUT", "POST"))
        ended = self.copy([slow])
        self.assertGreater(slow.hits, count * 3 // 4)
        self.check_copied(ended, self.etags)

    def test_everything_breaks_now_and_then(self):
        """500s, resets, lost answers, cuts: each for some requests of all kinds."""
        self.make([Spec(f"k/{i:03d}", i) for i in range(100)]
                  + [Spec(f"p/{i}", parts=PARTS) for i in range(4)])
        some = [Rule(act, probability=0.05, seed=seed,
                     when=lambda request: request.op != "CreateMultipartUpload")
                for seed, act in enumerate([fp.status(500, "InternalError"), fp.reset_before(),
                                            fp.reset_after(), fp.cut_body(), fp.html_page(503)])]
        ended = self.copy(some)
        self.check_copied(ended, self.etags)

    def test_copy_conditions(self):
        """RGW does not enforce if-match; with the proxy's help it does: 412 and looked at again."""
        self.make([Spec("one", 10), Spec("parts", parts=PARTS)])
        grants = {"GrantRead": "id=dest", "GrantFullControl": "id=source"}

        def change(request):
            s3util.make_object(self.owner, self.src, Spec(
                request.key, 77, [MIN_PART, 1] if request.part else None), grants)

        ended = self.copy([Rule(fp.call_before(change), op="CopyObject", times=1),
                           Rule(fp.call_before(change), op="UploadPartCopy", part=2, times=1),
                           Rule(fp.enforce_copy_conditions(self.s3))])
        self.check_copied(ended, self.etags)
        self.assertNotEqual(ended.lines["one"]["etag"], self.etags["one"])
        self.assertNotEqual(ended.lines["parts"]["etag"], self.etags["parts"])

    def test_complete_lost(self):
        """A Complete that worked and was not heard of, as RGW tells it the second time."""
        self.make([Spec("parts", parts=PARTS)])
        for act in (fp.reset_after(), fp.cut_body()):
            with self.subTest(act.name):
                s3util.delete_all(self.s3, self.dst)
                ended = self.copy([Rule(act, op="CompleteMultipartUpload", first=1)])
                self.check_copied(ended, ["parts"])

    def test_tags_withheld(self):
        """A real policy that refuses GetObjectTagging."""
        self.make([Spec("parts", parts=PARTS, tags=TAGS), Spec("one", 10)], tags=False)
        ended = self.copy()
        self.check_copied(ended, self.etags)
        failed = self.copy([], "--tags", "none")
        self.assertEqual({line["status"] for line in failed.lines.values()}, {"SAME"})

    def test_no_right_to_read(self):
        """AccessDenied for one source bucket: those lines fail, the others are copied."""
        self.make([Spec("mine", 10), Spec("parts", parts=PARTS)])
        hidden = s3util.make_bucket(self.owner, self.server.bucket_name("faults-hidden"))
        s3util.make_object(self.owner, hidden, Spec("hidden", 10))
        (self.folder / "list").write_bytes(manifest.write([(self.src, "mine"), (hidden, "hidden")]))
        self.proxy.reset()
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json"],
                             self.through, cwd=self.folder).expect(1)
        self.assertEqual((result.json["copied"], result.json["failed"]), (1, 1))
        self.assertIn("AccessDenied", result.stderr)
        self.assertTrue(s3util.exists(self.s3, self.dst, "mine"))


if __name__ == "__main__":
    unittest.main()
