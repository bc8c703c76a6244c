"""What an attacker, or an accident, may not get out of the program or into it.

docs/reliability.md has the threat model; each class here is one row of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tempfile
import threading
import time
import unittest
from pathlib import Path
from xml.sax.saxutils import escape

from lib import copyout, manifest, s3util, servers
from lib.listener import Listener
from lib.s3util import MIN_PART, Spec
from lib.servers import Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

KEY_ID = "ASIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEA" * 8
WEB_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjb3B5b3V0In0.c2lnbmF0dXJl"
TASK_TOKEN = "AAAAKgAAAAIAAAAAAAAAAtasktokenofthisverytest0123456789"
CONTAINER_TOKEN = "Bearer containertoken-0123456789abcdef"
HEADS = [SECRET, SECRET[:16], TOKEN[:16], WEB_TOKEN[:16], TASK_TOKEN[:24], CONTAINER_TOKEN[7:23],
         "Signature="]
NONE = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}


def credentials_json() -> bytes:
    """What a container's endpoint, IMDS or a credential_process gives."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    return json.dumps({"Version": 1, "Code": "Success", "AccessKeyId": KEY_ID,
                       "SecretAccessKey": SECRET, "Token": TOKEN, "SessionToken": TOKEN,
                       "Expiration": until}).encode()


class Case(unittest.TestCase):
    """A server, a proxy, buckets and a folder of its own."""

    kind = "moto"

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)
        cls.s3 = cls.server.client("dest")
        cls.proxy = servers.FaultProxy(cls.server.endpoint)
        cls.addClassCleanup(cls.proxy.stop)
        cls.through = cls.server.through(cls.proxy)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.proxy.reset()
        self.src = self.server.bucket_name("safe-src")
        self.dst = s3util.make_bucket(self.s3, self.server.bucket_name("safe-dst"))
        s3util.make_sources(self.server, self.src, self.specs())
        self.list([spec.key for spec in self.specs()])

    def specs(self) -> list[Spec]:
        """The sources."""
        return [Spec("a", size=10)]

    def list(self, keys) -> None:
        """Write the manifest."""
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, keys)))

    def args(self, *more: str) -> list[str]:
        """The command line."""
        return ["run", "-m", "list", "-t", f"s3://{self.dst}/", "--destination-keys", "full",
                "-w", "work", *more]

    def run_it(self, *more: str, rules=(), **how) -> copyout.Result:
        """Run it, as talkative as it can be, through the proxy."""
        self.proxy.reset(rules)
        how.setdefault("cwd", self.folder)
        how["env"] = {"AWS_ENDPOINT_URL_STS": None, **(how.get("env") or {})}
        return copyout.run(self.args("-vv", "--json", *more), self.through, **how)

    def keeps_secrets(self, result: copyout.Result, *but: Path) -> None:
        """None is in what it printed, left in its folder, or wrote into the destination."""
        texts = {"stdout": result.stdout, "stderr": result.stderr, "command": str(result.args)}
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in but:
                texts[str(path)] = path.read_text(errors="replace")
        for key in s3util.keys(self.s3, self.dst):
            if key.endswith((".csv", ".txt")):
                texts[key] = self.s3.get_object(Bucket=self.dst, Key=key)["Body"].read().decode()
        for name, text in texts.items():
            for head in HEADS:
                self.assertNotIn(head, text, name)


class Secrets(Case):
    """Whatever fails, and whoever repeats them: never in what is printed or kept."""

    def specs(self):
        return [Spec("a", size=10), Spec("in parts", parts=[MIN_PART, 1])]

    def echo(self, request: fp.Request) -> str:
        """What servers repeat of a request: all of it."""
        return "; ".join(f"{name}: {value}" for name, value in request.headers.items())

    def test_repeated_by_the_server(self):
        """In an error's message, in its other elements, in a header, in a web page; for each
        request there is."""
        def s3_error(request):
            text = escape(self.echo(request))
            body = (f"<Error><Code>SignatureDoesNotMatch</Code><Message>No: {text}</Message>"
                    f"<StringToSign>{text}</StringToSign><CanonicalRequest>{text}"
                    f"</CanonicalRequest><Token-0>{TOKEN}</Token-0></Error>")
            return fp.Answer(403, [("Content-Type", "application/xml")], body.encode())

        def in_the_code(request):
            body = f"<Error><Code>{TOKEN[:40]}</Code><RequestId>{TOKEN[:40]}</RequestId></Error>"
            return fp.Answer(400, [("Content-Type", "application/xml")], body.encode())

        def page(request):
            body = f"<html><body>{escape(self.echo(request))}</body></html>"
            return fp.Answer(403, [("Content-Type", "text/html")], body.encode())

        def header(request):
            return fp.Answer(403, [("x-amz-request-id", TOKEN[:100]), ("Server", TOKEN)], b"")

        for answer in (s3_error, in_the_code, page, header):
            for op in ("HeadObject", "CopyObject", "CreateMultipartUpload", "PutObject",
                       "HeadBucket", "UploadPartCopy"):
                with self.subTest(answer=answer.__name__, op=op):
                    s3util.delete_all(self.s3, self.dst)
                    shutil.rmtree(self.folder / "work", ignore_errors=True)
                    result = self.run_it(env=KEYS, rules=[Rule(fp.call_before(answer), op=op)])
                    self.assertIn(result.returncode, (1, 3, 4) if op != "HeadBucket" else
                                  (0, 1, 3, 4), result)
                    self.assertTrue(any(request.status == 403 or request.status == 400
                                        for request in self.proxy.requests(op)), op)
                    self.keeps_secrets(result)

    def test_sources(self):
        """A process, a container, instance metadata, a web identity: each works and keeps quiet."""
        (self.folder / "creds.json").write_bytes(credentials_json())
        (self.folder / "web").write_text(WEB_TOKEN)
        sts = (f"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
               f"<AccessKeyId>{KEY_ID}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
               f"<SessionToken>{TOKEN}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
               f"</Credentials></AssumeRoleWithWebIdentityResult>"
               f"</AssumeRoleWithWebIdentityResponse>").encode()

        def answer(handler):
            if handler.command == "POST":
                return 200, {}, sts
            if handler.command == "PUT":
                return 200, {}, b"imds-token"
            if handler.path.endswith("/security-credentials/"):
                return 200, {}, b"role"
            return 200, {}, credentials_json()

        source = Listener(self, answer)
        (self.folder / "config").write_text(
            f"[default]\ncredential_process = cat {self.folder}/creds.json\n")
        for name, env in {
            "environment": KEYS,
            "process": {"AWS_CONFIG_FILE": str(self.folder / "config")},
            "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": source.url + "/x",
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN},
            "metadata": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": source.url,
                         "AWS_EC2_METADATA_DISABLED": "false"},
            "web identity": {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.folder / "web"),
                             "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
                             "AWS_ENDPOINT_URL_STS": source.url},
        }.items():
            with self.subTest(name):
                s3util.delete_all(self.s3, self.dst)
                result = self.run_it(env={**NONE, **env}).expect(0)
                self.assertEqual(self.proxy.log[-1].headers["x-amz-security-token"], TOKEN)
                self.keeps_secrets(result, *(self.folder / name for name in ("creds.json", "web")))

    def test_sources_that_fail(self):
        """What they say instead of credentials is not repeated, but for what is no secret."""
        (self.folder / "web").write_text(WEB_TOKEN)
        (self.folder / "half").write_text(credentials_json().decode()[:-40])
        (self.folder / "config").write_text(
            f"[default]\ncredential_process = cat {self.folder}/half\n")
        error = (f"<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>The token "
                 f"{WEB_TOKEN} is wrong</Message></Error></ErrorResponse>").encode()

        def answer(handler):
            if handler.command == "POST":
                return 400, {"Content-Type": "text/xml"}, error
            return 400, {}, f"no: {handler.headers['Authorization']} {TOKEN} {SECRET}".encode()

        source = Listener(self, answer)
        for name, env in {
            "process": {"AWS_CONFIG_FILE": str(self.folder / "config")},
            "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": source.url + "/x",
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN},
            "web identity": {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.folder / "web"),
                             "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
                             "AWS_ENDPOINT_URL_STS": source.url},
        }.items():
            with self.subTest(name):
                result = self.run_it(env={**NONE, **env})
                self.assertIn(result.returncode, (3, 4), result)
                self.keeps_secrets(result, *(self.folder / name for name in ("half", "web")))

    def test_task_token(self):
        """Step Functions says of a token that it is wrong: it is not repeated."""
        states = Listener(self, lambda handler: (
            400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps({
                "__type": "ValidationException",
                "message": f"Invalid Token: '{TASK_TOKEN}' for {TOKEN}"}).encode()))
        env = {**KEYS, "COPYOUT_TASK_TOKEN": TASK_TOKEN, "AWS_ENDPOINT_URL_SFN": states.url,
               "COPYOUT_INPUT": "{}", "COPYOUT_JOB": "job", "AWS_STATE_MACHINE": "x",
               "COPYOUT_HEARTBEAT_SECONDS": "1"}
        result = copyout.run(["prepare", "-vv", "--json"], self.through, env=env, cwd=self.folder)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(TASK_TOKEN.encode(), b"".join(body for *_, body in states.requests))
        self.keeps_secrets(result)

    def test_proxy_password(self):
        """That of http_proxy: given in its address, and in no error about it."""
        for url in ("http://user:hushhush-0123@127.0.0.1:1", "user:hushhush-0123@127.0.0.1:1"):
            with self.subTest(url):
                result = self.stopped(url)
                self.assertNotIn("hushhush", result.stdout + result.stderr)
        for url in ("http://user:hushhush-0123@[bad:1", "x-y://user:hushhush-0123@127.0.0.1:1",
                    "http://user:hushhush-0123@ host:1", "user:hushhush-0123@host:99999"):
            with self.subTest(url):
                result = copyout.run(self.args("-vv"), self.through, cwd=self.folder,
                                     env={"http_proxy": url}).expect(4)
                self.assertNotIn("hushhush", result.stdout + result.stderr)
                self.assertIn("http_proxy", result.stderr)

    def stopped(self, proxy: str) -> copyout.Result:
        """A run that is stopped when it has said that it cannot get on."""
        running = copyout.Running(self.args("-vv"), self.through, cwd=self.folder,
                                  env={"http_proxy": proxy})
        wait_until(lambda: "again in" in running.stderr(), running)
        running.process.terminate()
        return running.wait(60)


def wait_until(condition, about: copyout.Running, seconds: float = 60) -> None:
    """Wait for it; a failure shows what the program has said."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline or about.process.poll() is not None:
            raise AssertionError(f"it did not come to it\n{about.stderr()}")
        time.sleep(0.02)


class Machine(Case):
    """What others on the same machine can see."""

    def specs(self):
        return [Spec("a", size=10), Spec("in parts", parts=[MIN_PART, 1])]

    def watched(self, *more: str) -> dict[str, int]:
        """Run it with a mask that forbids nothing; the modes of all files it has made, seen while
        a part is being copied and at the end, by path."""
        gate, modes = threading.Event(), {}
        tmp = self.folder / "tmp"
        tmp.mkdir()
        self.proxy.reset([Rule(fp.hold(gate), op="UploadPartCopy")])
        before = set(self.folder.rglob("*"))
        old = os.umask(0)
        try:
            running = copyout.Running(self.args("-vv", "--json", *more), self.through,
                                      cwd=self.folder, env={**KEYS, "TMPDIR": str(tmp)})
        finally:
            os.umask(old)

        def look():
            for path in set(self.folder.rglob("*")) - before:
                modes[str(path)] = path.lstat().st_mode

        wait_until(lambda: self.proxy.requests("UploadPartCopy"), running)
        look()
        line = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
        for head in HEADS:
            self.assertNotIn(head.encode(), line)
        gate.set()
        running.wait(120).expect(0)
        look()
        self.assertEqual(list(tmp.iterdir()), [], "something temporary was left")
        return modes

    def check(self, modes: dict[str, int]) -> None:
        """Nobody else may read any of it."""
        self.assertTrue(any(stat.S_ISREG(mode) for mode in modes.values()), modes)
        for path, mode in modes.items():
            wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
            self.assertEqual(stat.S_IMODE(mode), wanted, path)

    def test_work_folder(self):
        """Files 0600, folders 0700, also those that are gone at the end."""
        modes = self.watched("--work", "deep/er/work")
        self.check(modes)
        self.assertTrue(any("/uploads/" in path for path in modes), sorted(modes))
        self.assertTrue(any("/results/" in path for path in modes), sorted(modes))

    def test_default_work_folder(self):
        """The same where we choose the place."""
        self.check(self.watched("--work", "copyout-work/x"))

    def test_work_store_in_s3(self):
        """Its temporary folder."""
        self.check(self.watched("--work", f"s3://{self.dst}/work/"))


class Redirects(Case):
    """Nobody is followed to another host: what is sent is signed, and may hold a token."""

    def test_none_is_followed(self):
        other = Listener(self, lambda handler: (200, {"ETag": '"0"'}, b""))
        for status in (301, 302, 303, 307, 308):
            for op in ("HeadBucket", "HeadObject", "PutObject", "CopyObject"):
                with self.subTest(status=status, op=op):
                    action = fp.answer(status, b"", {"Location": other.url + "/elsewhere"})
                    result = self.run_it(env=KEYS, rules=[Rule(action, op=op)])
                    self.assertEqual(other.requests, [])
                    self.keeps_secrets(result)

    def test_region_is_no_host(self):
        """A bucket said to be in a region that is none: no request goes to where it leads."""
        other = Listener(self)
        for region in (f"x.127.0.0.1:{other.port}/", f"@127.0.0.1:{other.port}/#", "eu west", "\t"):
            with self.subTest(region):
                self.run_it(env=KEYS, rules=[Rule(fp.wrong_region(region), op=("HeadBucket",
                                                                               "CopyObject"))])
                self.assertEqual(other.requests, [])

    def test_sources_of_credentials(self):
        """Nor are these, with their own secrets."""
        other = Listener(self)
        source = Listener(self, lambda handler: (302, {"Location": other.url + "/x"}, b""))
        (self.folder / "web").write_text(WEB_TOKEN)
        for env in ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": source.url + "/x",
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN},
                    {"AWS_EC2_METADATA_SERVICE_ENDPOINT": source.url,
                     "AWS_EC2_METADATA_DISABLED": "false"},
                    {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.folder / "web"),
                     "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
                     "AWS_ENDPOINT_URL_STS": source.url}):
            with self.subTest(list(env)[0]):
                source.requests.clear()
                result = self.run_it(env={**NONE, **env})
                self.assertIn(result.returncode, (3, 4), result)
                self.assertTrue(source.requests)
                self.assertEqual(other.requests, [])


class Containers(Case):
    """The address of a container's credentials: as narrow as in the SDKs."""

    def refused(self, env: dict[str, str], word: str) -> None:
        """Said in a line, before anything is sent to S3."""
        result = self.run_it(env={**NONE, **env})
        self.assertIn(result.returncode, (3, 4), result)
        self.assertIn(word, result.stderr)
        self.assertEqual(self.proxy.log, [])
        self.assertNotIn("resolve", result.stderr)

    def test_full_uri(self):
        """http only to this machine and to the link-local addresses of ECS and EKS."""
        for url in ("http://example.invalid/x", "http://169.254.170.3/x",
                    "http://169.254.169.254/x", "http://10.0.0.1/",
                    "http://127.0.0.1.example.invalid/", "http://[fd00:ec2::24]/",
                    "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://2130706433/",
                    "http://localhost.example.invalid/", "http://127.0.0.1@example.invalid/",
                    "http://127.0.0.1%2eexample.invalid/", "http://127.0.0.1\\.example.invalid/",
                    "ftp://127.0.0.1/", "file:///etc/passwd", "//127.0.0.1/", "127.0.0.1",
                    "http://", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nHost: x"):
            with self.subTest(url):
                self.refused({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url},
                             "AWS_CONTAINER_CREDENTIALS_FULL_URI")

    def test_relative_uri(self):
        """A path, whatever it looks like: it never names another host."""
        for path in ("x", "@127.0.0.1/", ".example.invalid/", ":80@example.invalid/", "http://a/",
                     "/a b", "/a\nb", "/a#b"):
            with self.subTest(path):
                self.refused({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": path},
                             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")

    def test_token(self):
        """Line breaks would end the header that it goes into."""
        source = Listener(self, lambda handler: (200, {}, credentials_json()))
        path = self.folder / "token"
        for token in ("a\nX-Evil: 1", "a\rb", "a\r\nb"):
            path.write_text(token)
            for env in ({"AWS_CONTAINER_AUTHORIZATION_TOKEN": token},
                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(path)}):
                with self.subTest(env=env):
                    self.refused({"AWS_CONTAINER_CREDENTIALS_FULL_URI": source.url + "/x", **env},
                                 "authorization token")
        self.assertEqual(source.requests, [])

    def test_allowed(self):
        """This machine by each of its names; https anywhere (here: nobody listens)."""
        source = Listener(self, lambda handler: (200, {}, credentials_json()))
        for host in ("127.0.0.1", "localhost"):
            with self.subTest(host):
                url = f"http://{host}:{source.port}/x?y=1"
                self.run_it(env={**NONE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url}).expect(0)
        url = "https://127.0.0.1:1/x"
        running = copyout.Running(self.args("-vv"), self.through, cwd=self.folder, env={
            **NONE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url})
        wait_until(lambda: re.search("(?i)connect", running.stderr()), running)
        running.process.terminate()
        self.assertNotIn("is http to a host", running.wait(60).stderr)


class Terminal(Case):
    """Nothing that others have named or said moves the cursor of who reads it."""

    EVIL = "\x1b[31mred\x1b]0;title\x07\x08\x7f\r\x9b2J\u0085\u009b31m" \
           "\u202efdp.\u2066exe\u200b\ufeff\u061c"

    def specs(self):
        return [Spec("a", size=10)]

    def clean(self, text: str) -> None:
        """No control character but the end of a line, and none that cannot be seen."""
        self.assertEqual(re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), [])
        self.assertEqual(re.findall("[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u061c]", text),
                         [])

    def test_keys(self):
        """Of a manifest: of objects that are not there, that collide, that are no keys."""
        short = ("--destination-keys", "basename")
        for keys, args in (([f"missing {self.EVIL}"], ()),
                           ([f"x/{self.EVIL}", f"y/{self.EVIL}"], short),
                           ([f"{self.EVIL}/"], short)):
            with self.subTest(keys=keys):
                self.list(keys)
                result = self.run_it(*args)
                self.assertIn(result.returncode, (1, 2), result)
                self.assertIn("red", result.stderr)
                self.clean(result.stderr)

    def test_servers(self):
        """Messages, codes and ids of an error."""
        text = self.EVIL.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        references = "".join(f"&#{ord(c)};" for c in text)
        for op in ("PutObject", "CopyObject", "HeadBucket"):
            body = (f"<Error><Code>Bad{references}</Code><Message>red {references}</Message>"
                    f"<RequestId>{references}</RequestId></Error>").encode()
            with self.subTest(op):
                result = self.run_it("-q", rules=[Rule(fp.answer(
                    400, body, {"x-amz-request-id": "\x1b[31m"}), op=op)])
                self.clean(result.stderr)
                if op != "HeadBucket":
                    self.assertIn("red", result.stderr)

    def test_our_own_arguments(self):
        """What was typed is shown without its control characters, too."""
        for args in (["run", "-m", self.EVIL, "-t", "s3://bucket/"],
                     ["run", "-m", "list", "-t", f"s3://{self.EVIL}/"],
                     ["run", "-m", "list", "-t", "s3://bucket/", "--work", f"s3://{self.EVIL}/x"],
                     ["run", "--endpoint-url", f"http://{self.EVIL}/", "-m", "list",
                      "-t", "s3://bucket/"]):
            with self.subTest(args=args):
                result = copyout.run(args, self.server, cwd=self.folder)
                self.assertNotEqual(result.returncode, 0)
                self.clean(result.stderr)


if __name__ == "__main__":
    unittest.main()
