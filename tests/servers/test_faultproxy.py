"""The fault proxy does what its rules say, and nothing to what they do not name.

    python3 -m unittest discover -s tests/servers -p 'test_*.py'
"""

from __future__ import annotations

import http.client
import http.server
import json
import socket
import sys
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
import faultproxy as fp
from faultproxy import FaultProxy, Rule


def wait_for(condition, seconds: float = 90) -> None:
    """Wait until it is true; TimeoutError when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.02)


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked, as JSON."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen: list[str] = []

    def _answer(self) -> None:
        type(self).seen.append(f"{self.command} {self.path}")
        length = int(self.headers.get("Content-Length") or 0)
        body = json.dumps({"method": self.command, "path": self.path, "host": self.headers["Host"],
                           "body": self.rfile.read(length).decode()}).encode()
        self.send_response(200)
        self.send_header("ETag", '"abc"')
        if "chunked" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (body[:5], body[5:], b""):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            return
        self.send_header("Content-Length", str(len(body)))
        if "closing" in self.path:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer

    def log_message(self, *_):
        """Say nothing."""


class FaultProxyTest(unittest.TestCase):
    """Each fault, seen from the client's side of the connection."""

    def setUp(self):
        Upstream.seen = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.proxy = FaultProxy(f"http://127.0.0.1:{self.server.server_port}")
        self.addCleanup(self.proxy.stop)
        self.client = http.client.HTTPConnection(urlsplit(self.proxy.endpoint).netloc, timeout=60)
        self.addCleanup(self.client.close)

    def tearDown(self):
        self.assertEqual(self.proxy.errors, [])

    def ask(self, method="GET", target="/bucket/key", body=None, **headers):
        """One request on the client's one connection: (status, headers, body)."""
        self.client.request(method, target, body, headers)
        response = self.client.getresponse()
        return response.status, response.headers, response.read()

    def copy(self, key="key", **headers):
        """A CopyObject."""
        return self.ask("PUT", f"/bucket/{key}", **{"x-amz-copy-source": "/src/key", **headers})

    def test_passes_everything_untouched(self):
        path = "/bucket//a/../%2e/./b%2Fc%20+%41;?list-type=2&prefix=%00"
        status, headers, body = self.ask("GET", path)
        self.assertEqual((status, headers["ETag"]), (200, '"abc"'))
        answer = json.loads(body)
        self.assertEqual(answer["path"], path)
        self.assertEqual(answer["host"], urlsplit(self.proxy.endpoint).netloc)
        large = "x" * 300000
        self.assertEqual(json.loads(self.ask("PUT", "/b/k", large)[2])["body"], large)
        self.assertEqual(self.ask("HEAD")[2], b"")
        self.assertEqual(json.loads(self.ask("GET", "/bucket/chunked")[2])["method"], "GET")
        self.assertEqual(json.loads(self.ask("GET", "/bucket/closing")[2])["method"], "GET")
        self.assertEqual(json.loads(self.ask()[2])["method"], "GET")
        self.assertEqual(self.proxy.connections, 1)

    def test_a_body_after_an_answer_to_head(self):
        """Which is none of HTTP, and is not taken for the beginning of the next answer."""
        self.assertEqual(self.ask("HEAD", "/bucket/chunked")[2], b"")
        self.assertEqual(json.loads(self.ask()[2])["method"], "GET")

    def test_answers_expect_100_continue(self):
        with socket.create_connection(("127.0.0.1", self.client.port), 10) as sock:
            sock.sendall(b"PUT /b/k HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                         b"Content-Length: 3\r\n\r\n")
            self.assertIn(b" 100 ", sock.recv(100))
            sock.sendall(b"abc")
            self.assertIn(b" 200 ", sock.recv(1000))

    def test_names_operations(self):
        copy = {"x-amz-copy-source": "/a/b"}
        cases = [
            ("ListBuckets", "GET", "/", {}), ("HeadBucket", "HEAD", "/b", {}),
            ("HeadBucket", "HEAD", "/b/", {}), ("ListObjectsV2", "GET", "/b?list-type=2", {}),
            ("ListObjects", "GET", "/b", {}), ("ListMultipartUploads", "GET", "/b?uploads", {}),
            ("GetBucketLocation", "GET", "/b?location", {}), ("CreateBucket", "PUT", "/b", {}),
            ("HeadObject", "HEAD", "/b/k?partNumber=1", {}), ("GetObject", "GET", "/b/k", {}),
            ("GetObjectTagging", "GET", "/b/k?tagging", {}),
            ("PutObjectTagging", "PUT", "/b/k?tagging", {}),
            ("GetObjectAttributes", "GET", "/b/k?attributes", {}),
            ("ListObjectAnnotations", "GET", "/b/k?annotation=", {}),
            ("GetObjectAnnotation", "GET", "/b/k?annotation=&annotationName=a", {}),
            ("PutObjectAnnotation", "PUT", "/b/k?annotation=&annotationName=a", {}),
            ("PutObject", "PUT", "/b/k", {}), ("CopyObject", "PUT", "/b/k", copy),
            ("CreateMultipartUpload", "POST", "/b/k?uploads", {}),
            ("UploadPart", "PUT", "/b/k?partNumber=2&uploadId=u", {}),
            ("UploadPartCopy", "PUT", "/b/k?partNumber=2&uploadId=u", copy),
            ("CompleteMultipartUpload", "POST", "/b/k?uploadId=u", {}),
            ("AbortMultipartUpload", "DELETE", "/b/k?uploadId=u", {}),
            ("ListParts", "GET", "/b/k?uploadId=u", {}), ("DeleteObject", "DELETE", "/b/k", {}),
            ("DeleteObjects", "POST", "/b?delete", {}), ("HeadObject", "HEAD", "/b//", {}),
        ]
        for _, method, target, headers in cases:
            self.ask(method, target, **headers)
        self.assertEqual([request.op for request in self.proxy.log], [case[0] for case in cases])

    def test_records_requests(self):
        self.ask("PUT", "/b/a%20%2B%25//x?partNumber=3&uploadId=u1", b"body", **{"X-Amz-Q": "v"})
        self.ask("PUT", "/b/a%20%2B%25//x?partNumber=3&uploadId=u1", b"body")
        first, second = self.proxy.requests("UploadPart", bucket="b", key="a +%//x")
        self.assertEqual((first.part, first.upload_id, first.attempt, first.status, first.body),
                         (3, "u1", 1, 200, b"body"))
        self.assertEqual(first.headers["x-amz-q"], "v")
        self.assertEqual(second.attempt, 2)
        self.assertEqual(self.proxy.counts(), {"UploadPart": 2})
        self.proxy.reset()
        self.assertEqual(self.proxy.log, [])

    def test_rule_matching(self):
        def struck(rule, *asks):
            self.proxy.reset([rule])
            return [self.ask(*ask)[0] for ask in asks]

        error = fp.status(503, "SlowDown")
        a, b = ("GET", "/b/one"), ("GET", "/c/two")
        part = ("PUT", "/b/k?partNumber=2&uploadId=u")
        self.assertEqual(struck(Rule(error, op="GetObject"), a, part), [503, 200])
        self.assertEqual(struck(Rule(error, op=["UploadPart", "X"]), a, part), [200, 503])
        self.assertEqual(struck(Rule(error, bucket="c"), a, b), [200, 503])
        self.assertEqual(struck(Rule(error, key="^o"), a, b), [503, 200])
        self.assertEqual(struck(Rule(error, part=2), a, part), [200, 503])
        self.assertEqual(struck(Rule(error, first=2), a, a, a, b), [503, 503, 200, 503])
        self.assertEqual(struck(Rule(error, attempts=[2]), a, a, a), [200, 503, 200])
        self.assertEqual(struck(Rule(error, times=1), a, b), [503, 200])
        self.assertEqual(struck(Rule(error, skip=1), a, b), [200, 503])
        self.assertEqual(struck(Rule(error, when=lambda r: r.key == "two"), a, b), [200, 503])
        some = struck(Rule(error, probability=0.3, seed=7), *[a] * 200)
        self.assertTrue(30 < some.count(503) < 90, some.count(503))
        self.assertEqual(some, struck(Rule(error, probability=0.3, seed=7), *[a] * 200))

    def test_status(self):
        self.proxy.rules = [Rule(fp.status(503, "SlowDown", "a < b", {"Retry-After": "3"}))]
        status, headers, body = self.copy()
        self.assertEqual((status, headers["Retry-After"]), (503, "3"))
        self.assertIn(b"<Code>SlowDown</Code><Message>a &lt; b</Message>", body)
        status, headers, body = self.ask("HEAD")
        self.assertEqual((status, body), (503, b""))
        self.assertEqual(Upstream.seen, [])
        self.assertEqual(self.proxy.log[0].status, 503)
        self.assertEqual(self.proxy.log[0].fault, "503 SlowDown")
        self.proxy.rules = [Rule(fp.wrong_region("eu-west-1"))]
        status, headers, body = self.ask()
        self.assertEqual((status, headers["x-amz-bucket-region"]), (301, "eu-west-1"))
        self.assertIn(b"<Region>eu-west-1</Region>", body)

    def test_odd_answers(self):
        for action, status, piece in [(fp.error_200(), 200, b"<Code>InternalError"),
                                      (fp.empty_200(), 200, b""),
                                      (fp.malformed_xml(), 200, b"<ETag>&quot;"),
                                      (fp.html_page(), 503, b"<html>")]:
            self.proxy.rules = [Rule(action)]
            got, _, body = self.copy()
            self.assertEqual(got, status)
            self.assertIn(piece, body)
        self.assertEqual(body[:6], b"<html>")
        self.assertEqual(Upstream.seen, [])

    def test_reset(self):
        for action, asked in [(fp.reset_before(), 0), (fp.reset_after(), 1)]:
            self.proxy.rules, Upstream.seen = [Rule(action, times=1)], []
            with self.assertRaises(ConnectionError):
                self.copy()
            self.client.close()
            wait_for(lambda: len(Upstream.seen) >= asked)
            self.assertEqual(len(Upstream.seen), asked)
            self.assertEqual(self.copy()[0], 200)
            self.client.close()
        self.assertEqual([r.status for r in self.proxy.log], [None, 200, None, 200])

    def test_close_after(self):
        self.copy()
        self.proxy.rules, Upstream.seen = [Rule(fp.close_after(), times=1)], []
        with self.assertRaises(http.client.RemoteDisconnected):
            self.copy()
        self.assertEqual(len(Upstream.seen), 1)
        self.client.close()
        self.assertEqual(self.copy()[0], 200)
        self.assertEqual([r.kept for r in self.proxy.log], [False, True, False])

    def test_cut_body(self):
        for target in ("/bucket/key", "/bucket/chunked"):
            self.proxy.rules = [Rule(fp.cut_body(0.5), times=1)]
            with self.assertRaises(http.client.IncompleteRead) as caught:
                self.ask("GET", target)
            self.assertGreater(len(caught.exception.partial), 10)
            self.assertGreater(caught.exception.expected, 10)
            self.client.close()

    def test_stall(self):
        self.client.timeout = 0.3
        for action, asked in [(fp.stall(), 0), (fp.stall_after(), 1), (fp.stall_body(), 1)]:
            self.proxy.rules, Upstream.seen = [Rule(action, times=1)], []
            with self.assertRaises(TimeoutError):
                self.copy()
            self.client.close()
            wait_for(lambda: len(Upstream.seen) >= asked)
            self.assertEqual(len(Upstream.seen), asked)
        self.client.timeout = 60
        self.assertEqual(self.copy()[0], 200)

    def test_spaces(self):
        self.proxy.rules = [Rule(fp.spaces(0.3))]
        begun = time.monotonic()
        status, _, body = self.copy()
        self.assertGreater(time.monotonic() - begun, 0.25)
        self.assertEqual((status, json.loads(body)["method"], body[:2]), (200, "PUT", b"  "))
        self.proxy.rules = [Rule(fp.spaces(0.2, error="InternalError"))]
        status, _, body = self.copy()
        self.assertEqual(status, 200)
        self.assertRegex(body, rb'^<\?xml[^>]*\?>  \n<Error><Code>InternalError')
        self.proxy.rules = [Rule(fp.spaces(0.2, error="InternalError", before_declaration=True))]
        self.assertRegex(self.copy()[2], rb"^  <\?xml")

    def test_latency(self):
        self.proxy.rules = [Rule(fp.latency(0.2)), Rule(fp.status(500, "InternalError"))]
        begun = time.monotonic()
        self.assertEqual(self.copy()[0], 500)  # waiting does not end the rules
        self.assertGreater(time.monotonic() - begun, 0.19)

    def test_hold(self):
        gate = threading.Event()
        self.proxy.rules = [Rule(fp.hold(gate))]
        self.client.timeout = 0.3
        with self.assertRaises(TimeoutError):
            self.copy()
        self.client.close()
        self.client.timeout = 60
        threading.Timer(0.2, gate.set).start()
        self.assertEqual(self.copy()[0], 200)
        self.assertEqual(len(Upstream.seen), 1)  # who has left is not waited for

    def test_throttle(self):
        self.proxy.rules = [Rule(fp.throttle(0.01, burst=5))]
        self.assertEqual([self.copy()[0] for _ in range(8)].count(503), 3)
        self.proxy.rules = [Rule(fp.throttle(1, burst=1))]
        wait_for(lambda: self.copy()[0] == 503)
        wait_for(lambda: self.copy()[0] == 200)

    def test_calls(self):
        order = []
        self.proxy.rules = [
            Rule(fp.call_before(lambda request: order.append(len(Upstream.seen)))),
            Rule(fp.call_after(lambda request: order.append(len(Upstream.seen))))]
        self.assertEqual(json.loads(self.copy()[2])["method"], "PUT")
        self.assertEqual(order, [0, 1])
        self.proxy.rules = [Rule(fp.call_before(lambda request: fp.Answer(409, [], b"no")))]
        self.assertEqual(self.copy()[::2], (409, b"no"))

        def louder(request, answer):
            answer.body = answer.body.upper()
            return answer

        self.proxy.rules = [Rule(fp.change_answer(louder))]
        self.assertIn(b'"METHOD"', self.copy()[2])
        self.assertGreater(int(self.ask("HEAD")[1]["Content-Length"]), 10)

    def test_a_failing_function_is_seen(self):
        self.proxy.rules = [Rule(fp.call_before(lambda request: 1 / 0))]
        self.assertEqual(self.copy()[0], 500)
        self.assertIn("ZeroDivisionError", self.proxy.errors[0])
        self.proxy.errors.clear()

    def test_copy_conditions(self):
        class Client:
            """Knows two objects."""

            def head_object(self, Bucket, Key):
                return {"ETag": {("src", "key"): '"e1"', ("bucket", "there"): '"e2"'}[Bucket, Key]}

        self.proxy.rules = [Rule(fp.enforce_copy_conditions(Client()))]
        condition = "x-amz-copy-source-if-match"
        self.assertEqual(self.copy(**{condition: '"e1"'})[0], 200)
        self.assertEqual(self.copy(**{condition: "e1"})[0], 200)
        self.assertEqual(self.copy(**{condition: '"e0"'})[0], 412)
        self.assertEqual(self.copy("new", **{"If-None-Match": "*"})[0], 200)
        self.assertEqual(self.copy("there", **{"If-None-Match": "*"})[0], 412)
        self.assertEqual(self.copy(**{condition: '"e0"', "x-amz-copy-source": "/src/none"})[0], 200)

    def test_speed(self):
        """Fast enough not to be what a test measures: well above 1,500 requests a second."""
        def ask_many():
            client = http.client.HTTPConnection("127.0.0.1", self.client.port, timeout=30)
            for _ in range(100):
                client.request("PUT", "/b/k", headers={"x-amz-copy-source": "/a/b"})
                client.getresponse().read()
            client.close()

        self.proxy.rules = [Rule(fp.empty_200(), op="CopyObject")]  # without the slow upstream
        threads = [threading.Thread(target=ask_many) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.proxy.counts(), {"CopyObject": 800})
        self.assertEqual(self.proxy.connections, 8)


if __name__ == "__main__":
    unittest.main()
