"""What goes wrong around S3: disks, the work store, names, certificates, pages instead of answers.

Each has a clear outcome: an exit code of the README's table, words that say what it was, nothing
called done that is not, and an end.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import Job
from lib.s3util import MIN_PART, Spec
from faultproxy import (Answer, Rule, call_before, change_answer, error_body, html_page, stall,
                        status)

SECONDS = 120  # for the longest of what is tried again before it is given up
DONE = ("COPIED", "SAME", "KEPT")


def setUpModule():
    """What takes longest begins first."""
    Unreachable.begin()


def small(count: int) -> list[Spec]:
    """Objects of a few bytes."""
    return [Spec(f"some/{number:03d}", size=10) for number in range(count)]


class Case(unittest.TestCase):
    """What the tests below share; it has none of its own."""

    def job(self, specs) -> Job:
        """A job on moto."""
        return Job(self, servers.moto(), specs)

    def check_claims(self, job: Job, folder: Path | None = None) -> list[str]:
        """Whatever results say is done is so; no line is torn. Returns the keys that are done."""
        work = folder or job.work
        lines = [json.loads(line) for file in work.glob("results/*.jsonl")
                 for line in file.read_text().split("\n") if line]
        done = [line["sourceKey"] for line in lines if line["status"] in DONE]
        job.assert_copied(*done) if done else None
        return done

    def check_ended(self, job: Job, result: copyout.Result, *codes: int) -> None:
        """It ended with one of these, and left no upload that is not on record."""
        self.assertIn(result.returncode, codes, result)
        if result.returncode:
            self.assertRegex(result.stderr, "(?m)^copyout: error: |^FAILED line |^To go on, run:$", result)
        records = "".join(path.read_text() for path in job.work.glob("uploads/*.json"))
        for _, upload in s3util.unfinished_uploads(job.dest, job.dst):
            self.assertIn(upload, records)


# Run in a shell: "$@" is the program and its arguments.
LIMITED = 'ulimit -f $BLOCKS; exec "$@"'
MOUNTED = ('mount -t tmpfs -o size=$SIZE,mode=0700 tmpfs "$PLACE" || exit 99; "$@"; code=$?; '
           'cp -a "$PLACE/." "$PLACE.saved"; exit $code')
READ_ONLY = 'mount -t tmpfs -o ro,mode=0700 tmpfs "$PLACE" || exit 99; exec "$@"'
OWN_MOUNTS = ["unshare", "--mount"]
MAY_MOUNT = subprocess.run(
    [*OWN_MOUNTS, "sh", "-c", "mount -t tmpfs tmpfs /mnt"], stdin=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL).returncode == 0 if os.access("/usr/bin/unshare", os.X_OK) else False


def within(script: str, *before: str):
    """Have the program run by a shell in which the script comes first."""
    return mock.patch.object(copyout, "WRAPPER",
                             [*before, "sh", "-c", script, "sh", *copyout.WRAPPER])


class Disk(Case):
    """The work folder's disk is full, at any moment, or read-only."""

    def limited(self, job: Job, blocks: int, *options: str) -> copyout.Result:
        """No file may become longer than so many blocks of 512 bytes."""
        with within(LIMITED):
            return job.run(*options, env={"BLOCKS": str(blocks)})

    def test_while_the_plan_is_made(self):
        job = self.job(small(60))
        result = self.limited(job, 8)
        self.check_ended(job, result, 4)
        self.assertRegex(result.stderr, "cannot write .*items.jsonl.*File too large")
        self.assertEqual(s3util.keys(job.dest, job.dst), [])
        self.assertFalse((job.work / "job.json").exists())  # it made nothing that could be gone on with

    def test_while_results_are_written(self):
        """All in one shard, whose results are longer than its items. What was copied and is not on
        record is found done by the next run."""
        job = self.job(small(60))
        (job.folder / "input.json").write_text('{"maxItemsPerBatch": 100}')
        result = self.limited(job, 20, str(job.folder / "input.json"))
        self.check_ended(job, result, 4)
        self.assertRegex(result.stderr, "cannot record a result.*File too large")
        done = self.check_claims(job)
        self.assertTrue(0 < len(done) < 60, done)
        told = job.run(str(job.folder / "input.json")).expect(0).json
        self.assertGreaterEqual(told["same"] + told["earlierRuns"]["copied"], len(done))
        job.assert_copied()

    @unittest.skipUnless(MAY_MOUNT, "only who may mount has a disk to fill")
    def test_however_much_room_there_is(self):
        """A disk that is full a little later each time, until there is enough."""
        job = self.job([*small(20), Spec("in parts", parts=[MIN_PART, 9])])
        whole = False
        for size in range(8, 400, 24):
            job.work.mkdir(mode=0o700)
            with within(MOUNTED, *OWN_MOUNTS):
                result = job.run(env={"PLACE": str(job.work), "SIZE": f"{size}k"})
            job.work.rmdir()
            Path(f"{job.work}.saved").rename(job.work)
            with self.subTest(kib=size):
                self.check_ended(job, result, 0, 1, 4)
                done = self.check_claims(job)
                whole = result.returncode == 0
                if whole:
                    self.assertEqual(len(done), len(job.specs))
                else:
                    self.assertIn("No space left on device", result.stderr)
            copyout.run(["cleanup", "-w", job.work], job.server)
            self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])
            s3util.delete_all(job.dest, job.dst)
            subprocess.run(["rm", "-r", str(job.work)], check=True)
            if whole:
                break
        self.assertTrue(whole, "there was never enough")

    @unittest.skipUnless(MAY_MOUNT, "whoever may not mount is told by test_rights of folders")
    def test_read_only(self):
        job = self.job(small(2))
        job.work.mkdir()
        with within(READ_ONLY, *OWN_MOUNTS):
            result = job.run(env={"PLACE": str(job.work)})
        self.check_ended(job, result, 4)
        self.assertRegex(result.stderr, "--work: .*Read-only file system")
        self.assertEqual(s3util.keys(job.dest, job.dst), [])


class WorkStore(Case):
    """A work store in S3 that refuses, or goes away."""

    def setUp(self):
        self.work = servers.moto().bucket_name("work")
        s3util.make_bucket(servers.moto().client(), self.work)

    def run_it(self, job: Job, *rules: Rule) -> copyout.Result:
        """Run the job with its work store in S3."""
        job.proxy.rules = list(rules)
        return job.run("--work", f"s3://{self.work}/w/")

    def test_refuses(self):
        """Said of the work store, and nothing was done yet."""
        for op in ("GetObject", "PutObject"):
            with self.subTest(op):
                job = self.job(small(3))
                refused = status(403, "AccessDenied")
                result = self.run_it(job, Rule(refused, bucket=self.work, op=op))
                self.check_ended(job, result, 4)
                self.assertRegex(result.stderr, rf"work store s3://{self.work}/w/.*AccessDenied")
                self.assertEqual(s3util.keys(job.dest, job.dst), [])

    def test_vanishes(self):
        """At each of its requests in turn: no exit 0 unless all results are there."""
        specs, whole = [*small(2), Spec("in parts", parts=[MIN_PART, 9])], False
        for number in range(60):
            job = self.job(specs)
            s3util.delete_all(servers.moto().client(), self.work)
            gone = status(404, "NoSuchBucket", "The specified bucket does not exist")
            result = self.run_it(job, Rule(gone, bucket=self.work, skip=number))
            with self.subTest(number):
                self.assertIn(result.returncode, (0, 1, 4), result)
                whole = job.proxy.rules[0].hits == 0
                if whole:
                    result.expect(0)
                elif result.returncode:
                    self.assertIn("NoSuchBucket", result.stderr)
                    self.assertIn(self.work, result.stderr)
                if result.returncode == 0:
                    store = servers.moto().client()
                    names = s3util.keys(store, self.work, "w/")
                    self.assertIn("w/report.json", names)
                    lines = [json.loads(line) for name in names if "/results/" in name for line in
                             store.get_object(Bucket=self.work, Key=name)["Body"].read().splitlines()]
                    self.assertEqual({line["sourceKey"] for line in lines}, {spec.key for spec in specs})
                    job.assert_copied()
            if whole:
                break
        self.assertTrue(whole, "it never came to its end")


class Listings(Case):
    """A listing of the work store that does not end."""

    def setUp(self):
        self.work = servers.moto().bucket_name("work")
        s3util.make_bucket(servers.moto().client(), self.work)
        self.pages = 0

    def endless(self, token) -> Rule:
        """Each page says that another one follows; `token(n)` is the n-th one's token."""
        def change(_request, answer: Answer) -> Answer:
            self.pages += 1
            text = answer.body.decode()
            end = text.rindex("</ListBucketResult>")
            more = f"<NextContinuationToken>{token(self.pages)}</NextContinuationToken>"
            return Answer(answer.status, answer.headers, (text[:end] + more + text[end:]).encode())
        return Rule(change_answer(change), op="ListObjectsV2")

    def cleanup(self, rule: Rule) -> copyout.Running:
        job = self.job(small(1))
        job.proxy.rules = [rule]
        running = copyout.Running(["cleanup", "-w", f"s3://{self.work}/w/"],
                                  job.server.through(job.proxy))
        self.addCleanup(lambda: running.process.poll() is None and running.process.kill())
        return running

    def test_goes_round(self):
        """Tokens that come again: an error, and not for ever."""
        for names in (["a"], ["a", "b", "c"]):
            with self.subTest(names):
                result = self.cleanup(self.endless(lambda n, of=names: of[n % len(of)])).wait(60)
                self.assertEqual(result.returncode, 4, result)
                self.assertIn("the server's listing does not end", result.stderr)
                self.assertIn(f"s3://{self.work}/w/", result.stderr)

    def test_stopped_between_pages(self):
        """Always new tokens: SIGTERM ends it."""
        running = self.cleanup(self.endless(str))
        wait_for(lambda: self.pages > 3, "some pages", running)
        running.signal(signal.SIGTERM)
        running.wait(60).expect(143)


class Web(ThreadingHTTPServer):
    """A server that refuses everything, with TLS if there is a certificate."""

    daemon_threads = True

    def __init__(self, case: Case, pem: Path | None = None):
        class Handler(BaseHTTPRequestHandler):
            """403, as S3 says it."""

            def refuse(self):
                body = error_body("AccessDenied", "it was understood")
                self.send_response(403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_PUT = do_POST = refuse

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.connections = 0  # those whose handshake fails are counted as well
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.server_close)
        case.addCleanup(self.shutdown)
        self.port = self.server_address[1]

    def get_request(self):
        """Count it, and take it on."""
        self.connections += 1
        return super().get_request()

    def handle_error(self, request, client_address):
        """A client that hangs up is what is tested."""


def certificate(folder: Path, name: str, host: str, days: int) -> Path:
    """A certificate of its own making, with its key, for `host`; valid for so many days."""
    path = folder / f"{name}.pem"
    when = ["-days", str(days)] if days > 0 else [
        "-not_before", "20200101000000Z", "-not_after", "20200102000000Z"]
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}",
         "-addext", f"subjectAltName={host}", "-keyout", path, "-out", f"{path}.crt", *when],
        capture_output=True, text=True)
    if made.returncode:  # OpenSSL before 3.4 has no -not_before for req: sign it ourselves
        expired_by_ca(folder / "ca", path, host)
    with open(path, "ab") as pem:
        pem.write(Path(f"{path}.crt").read_bytes())
    return path


def expired_by_ca(folder: Path, path: Path, host: str) -> None:
    """With `openssl ca`, which takes dates on every version."""
    folder.mkdir()
    (folder / "index").write_text("")
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/index\nnew_certs_dir={folder}\n"
        f"serial={folder}/serial\npolicy=p\ndefault_md=sha256\nx509_extensions=e\n"
        f"[p]\ncommonName=supplied\n[e]\nsubjectAltName={host}\nbasicConstraints=CA:TRUE\n")
    for command in (["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}",
                     "-keyout", path, "-out", f"{path}.csr"],
                    ["ca", "-batch", "-selfsign", "-config", folder / "ca.cnf",
                     "-keyfile", path, "-in", f"{path}.csr", "-out", f"{path}.crt", "-notext",
                     "-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)


class Network(Case):
    """Names, ports and certificates."""

    def setUp(self):
        self.one = self.job(small(1))

    def run_at(self, endpoint: str, **env) -> copyout.Result:
        """A run against another endpoint."""
        return copyout.run(self.one.arguments("--quiet"), self.one.server, timeout=SECONDS,
                           env={"AWS_ENDPOINT_URL_S3": endpoint, **env})

    def test_tls(self):
        """A certificate is trusted or it is not; that is known at once."""
        good = certificate(self.one.folder, "good", "IP:127.0.0.1", 2)
        for name, host, days, bundle, words in [
                ("good", "IP:127.0.0.1", 2, "good", "AccessDenied|it was understood"),
                ("unknown issuer", "IP:127.0.0.1", 2, None, "certificate"),
                ("wrong issuer", "IP:127.0.0.1", 2, "good", "certificate"),
                ("wrong host", "DNS:other.example", 2, "self", "certificate|subject"),
                ("expired", "IP:127.0.0.1", 0, "self", "certificate")]:
            with self.subTest(name):
                pem = good
                if name != "good":
                    pem = certificate(self.one.folder, name.replace(" ", "-"), host, days)
                trusted = {"good": f"{good}.crt", "self": f"{pem}.crt", None: None}[bundle]
                web = Web(self, pem)
                result = self.run_at(f"https://127.0.0.1:{web.port}", AWS_CA_BUNDLE=trusted)
                self.assertIn(result.returncode, (3,) if name == "good" else (4,), result)
                self.assertRegex(result.stderr, words)
                self.assertLess(web.connections, 5, "it was tried again and again")

    def test_bundle_is_read_once(self):
        """However many connections there are: it is gone after the first handshake."""
        pem = certificate(self.one.folder, "once", "IP:127.0.0.1", 2)
        bundle, web = Path(f"{pem}.crt"), Web(self, pem)
        take = web.get_request

        def take_and_remove():
            request = take()
            bundle.unlink(missing_ok=True)
            return request

        web.get_request = take_and_remove
        result = self.run_at(f"https://127.0.0.1:{web.port}", AWS_CA_BUNDLE=str(bundle))
        self.assertEqual(result.returncode, 3, result)
        self.assertRegex(result.stderr, "AccessDenied|it was understood")
        self.assertGreaterEqual(web.connections, 2)

    def test_no_such_bundle(self):
        result = self.run_at(f"https://127.0.0.1:{Web(self).port}", AWS_CA_BUNDLE="/no/such/file")
        self.assertIn(result.returncode, (2, 4), result)
        self.assertIn("/no/such/file", result.stderr)


class Unreachable(Case):
    """A name that is none, a port on which nobody listens, no TLS on an https port, TLS on an http
    port: tried for some time, and given up; but no TLS on an https port is said at once, since no other
    attempt would help. For they take their time, all begin with the module.
    """

    runs: dict[str, tuple[str, copyout.Running]] = {}  # endpoint: what it says in the end

    @classmethod
    def begin(cls) -> None:
        """Start them all; what has not ended with the module is killed."""
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        unittest.addModuleCleanup(scratch.cleanup)
        folder = Path(scratch.name)
        (folder / "list.csv").write_text("some-bucket,some-key\n")
        module = SimpleNamespace(addCleanup=unittest.addModuleCleanup)
        pem = certificate(folder, "some", "IP:127.0.0.1", 2)
        table = {"http://no-such-host.invalid": "resolve", "http://127.0.0.1:1": "connect",
                 f"https://127.0.0.1:{Web(module).port}": "does not speak TLS there",
                 f"http://127.0.0.1:{Web(module, pem).port}": "(?i)reply|reset|recv|empty|poll"}
        for number, (endpoint, words) in enumerate(table.items()):
            running = copyout.Running(
                ["run", "--manifest", folder / "list.csv", "--to", "s3://some-other/",
                 "--work", folder / f"w{number}"], servers.moto(),
                env={"AWS_ENDPOINT_URL_S3": endpoint})
            unittest.addModuleCleanup(running.process.kill)
            cls.runs[endpoint] = words, running

    def test_nobody_there(self):
        for endpoint, (words, running) in self.runs.items():
            with self.subTest(endpoint):
                result = running.wait(SECONDS)
                self.assertEqual(result.returncode, 4, result)
                self.assertRegex(result.said.splitlines()[-1], words)
                if "does not speak TLS" not in result.stderr:
                    self.assertIn("trying again", result.stderr)


class Pages(Case):
    """Something between us and S3, or S3 itself, answers with what is not an answer."""

    def specs(self) -> list[Spec]:
        """One of each kind."""
        return [Spec("one", size=10), Spec("in parts", parts=[MIN_PART, 9])]

    def test_instead_of_an_answer(self):
        """A web page for every request of one kind."""
        for op, code, exits in [("PutObject", 403, (3,)), ("HeadBucket", 403, (0,)),
                                ("CopyObject", 403, (1,)), ("CopyObject", 200, (1,)),
                                ("CreateMultipartUpload", 200, (1,)), ("UploadPartCopy", 403, (1,)),
                                ("HeadObject", 403, (1,))]:
            with self.subTest(op=op, code=code):
                job = self.job(self.specs())
                job.proxy.rules = [Rule(html_page(code), op=op)]
                result = job.run(timeout=SECONDS)
                self.check_ended(job, result, *exits)
                self.check_claims(job)
                if exits != (0,):
                    self.assertRegex(result.stderr, "web page|XML|HTTP 403")

    def test_after_it_was_done(self):
        """The server has done it, and the answer cannot be read, or is longer than any: the object
        is there and proven, or it is FAILED, and no upload is left."""
        answers = {"page": b"<html><body>200 OK</body></html>", "cut": b"<CopyObjectResult><ETa",
                   "nothing": b"", "long": b"<x>" + b" " * (5 << 20) + b"</x>"}
        for op in ("CopyObject", "CreateMultipartUpload", "UploadPartCopy",
                   "CompleteMultipartUpload"):
            for name, body in answers.items():
                with self.subTest(op=op, answer=name):
                    job = self.job(self.specs())
                    job.proxy.rules = [Rule(change_answer(lambda _request, real: Answer(
                        real.status, real.headers, body)), op=op, first=1)]
                    result = job.run(timeout=SECONDS)
                    self.check_ended(job, result, 0, 1)
                    done = self.check_claims(job)
                    self.assertEqual(len(done) == 2, result.returncode == 0, result)
                    self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])
                    job.proxy.rules = []
                    told = job.run().expect(0).json
                    self.assertEqual(told["copied"] + told["same"], 2)

    def test_wrong_clock(self):
        """S3 says that our clock is an hour slow: the others are signed with its time."""
        job = self.job(self.specs())
        ahead = 3600
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + ahead))

        def check(request):
            signed = time.mktime(time.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ"))
            if abs(signed - time.mktime(time.gmtime()) - ahead) < 900:
                return None
            return Answer(403, [("Content-Type", "application/xml"), ("Date", date)],
                          error_body("RequestTimeTooSkewed"))

        job.proxy.rules = [Rule(call_before(check), op=("PutObject", "CopyObject"))]
        result = copyout.run(job.arguments(), job.server.through(job.proxy)).expect(0)
        self.assertRegex(result.stderr, "clock is 3(600|599|601) s off")
        job.assert_copied()
        refused = [request for request in job.proxy.log if request.status == 403]
        self.assertEqual(len(refused), 1, "every request learned it for itself")


class Ends(Case):
    """Limits of time and of speed."""

    def test_stop_while_a_part_hangs(self):
        """SIGTERM, and a part that will not end: the deadline holds, what was done is on record,
        and the next run goes on with the upload."""
        job = self.job([*small(3), Spec("in parts", parts=[MIN_PART, MIN_PART, 9])])
        job.proxy.rules = [Rule(stall(), op="UploadPartCopy", part=2)]
        running = copyout.Running(job.arguments("--json"), job.server.through(job.proxy),
                                  env={"COPYOUT_STOP_SECONDS": "5"})
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not (
                any(request.part == 2 for request in job.proxy.requests("UploadPartCopy"))
                and len(job.statuses()) == 3):
            time.sleep(0.02)
        began = time.monotonic()
        running.signal(signal.SIGTERM)
        result = running.wait(150).expect(143)
        self.assertLess(time.monotonic() - began, 60, "5 s, not the 90 that it has by itself")
        self.assertEqual(len(self.check_claims(job)), 3)
        self.assertEqual(len(job.statuses()), 3)  # the fourth was not reached
        self.assertEqual(json.loads((job.work / "report.json").read_text())["copied"], 3)
        self.assertEqual(result.json["copied"], 3)
        self.check_ended(job, result, 143)
        job.proxy.rules = []
        job.run().expect(0)
        job.assert_copied()
        self.assertEqual(job.proxy.counts()["CreateMultipartUpload"], 0, "it began anew")

    def test_interrupt_while_prepare_hangs(self):
        """SIGINT before anything was copied: it ends without waiting for an answer."""
        job = self.job(small(1))
        hanging = Rule(stall(), op="HeadBucket")
        job.proxy.rules = [hanging]
        running = copyout.Running(job.arguments(), job.server.through(job.proxy))
        wait_for(lambda: hanging.hits, "a request hangs")
        running.signal(signal.SIGINT)
        running.wait(20).expect(130)  # a request that says nothing is given up after 30 s
        self.assertEqual(s3util.keys(job.dest, job.dst), [])

    def test_requests_per_second(self):
        """Never more than asked for, in any window of the whole run, nor far fewer."""
        most, burst = 20, 2
        job = self.job(small(50))
        job.run("--look", "head", "--max-requests-per-second", str(most)).expect(0)
        times = [request.started for request in job.proxy.log]
        self.assertGreater(len(times), 150)
        for first in range(len(times)):
            for last in range(first + burst + 1, len(times)):
                allowed = (times[last] - times[first]) * most + burst
                # The proxy sees them some time after they were let go: late ones come closer, on a
                # busy machine by a second or two. Without a limit all come within a second.
                self.assertLessEqual(last - first, allowed + most * 2, (first, last))


if __name__ == "__main__":
    unittest.main()
