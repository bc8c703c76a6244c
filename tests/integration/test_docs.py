"""What the documents say is run, or compared with the program.

Each command line of copyout in a block is parsed by the program, each option that running text gives a command is one
of it, each target of make is there, and JSON examples are read by the parsers. What the README and the tutorial tell a
person to type is typed here, on a server: blocks whose info (behind the opening fence) says

    sh run          lines of a shell that are run, in the order of the document, and must all succeed
    sh settings     the same on a machine of a reader; the test has settings of its own instead
    console recording   a session: what follows "$ " is run, and its output must be that of the document but for
                        numbers, ids and times

COPYOUT_WRITE_SCREENS=1 writes the recordings anew.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, docs, s3util, servers
from lib.docs import REPOSITORY
from lib.s3util import MIN_PART, Spec

WRITE = os.environ.get("COPYOUT_WRITE_SCREENS") == "1"
COLUMNS = 100  # of the README's recording, which breaks longer lines between words
PROFILES = {"owner": "source", "recipient": "dest", "copier": "nobody"}  # users of RGW
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def parsed(words: list[str]) -> copyout.Result:
    """What the program says of a command line. --help at its end: it is parsed whole, and not run."""
    return copyout.run([*words, "--help"])


class Commands(unittest.TestCase):
    """All commands in all documents. No server."""

    def test_blocks(self):
        """The program takes each command line: the command, its options, their words and numbers."""
        count = 0
        for path in docs.documents():
            for block in docs.blocks(path):
                for words in docs.commands(block):
                    if words[0] not in ("copyout", "build/copyout") or len(words) == 1:
                        continue
                    count += 1
                    with self.subTest(block=str(block), words=words):
                        # A document shows a choice, or what may be left out, in brackets.
                        plain = [word.strip("[]") for word in words[1:]]
                        parsed(plain).expect(0)
        self.assertGreater(count, 80)

    def test_running_text(self):
        """`copyout CMD --option` between backticks: the command is there, and has the option."""
        commands = set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", copyout.run(["--help"]).stdout, re.MULTILINE))
        self.assertIn("jobs show", commands)
        helps: dict[str, set[str]] = {}
        for path in docs.documents():
            for code in docs.inline(path):
                words = code.split()
                if words[0] != "copyout" or len(words) == 1 or not re.match(r"[a-z]+$", words[1]):
                    continue
                two = " ".join(words[1:3])
                name = two if two in commands else words[1]
                with self.subTest(path=path.name, code=code):
                    self.assertIn(name, commands | {"help"})
                    if name not in helps:
                        helps[name] = set(OPTION.findall(parsed(name.split()).expect(0).stdout))
                    self.assertLessEqual(set(OPTION.findall(code)), helps[name] | {"--help"})

    def test_options_in_text(self):
        """An option between backticks is one of copyout, but for those of other tools."""
        known = set(OPTION.findall((REPOSITORY / "docs" / "reference.md").read_text())) | {"--help", "--version"}
        others = {"performance.md": {"--s3-copy-cutoff", "--at-once", "--keep"}}
        for path in docs.documents():
            if path.name == "coming-from.md":
                continue
            for code in docs.inline(path):
                if code.startswith("--"):
                    with self.subTest(path=path.name, code=code):
                        self.assertLessEqual(set(OPTION.findall(code)), known | others.get(path.name, set()))

    def test_other_tools(self):
        """docs/coming-from.md: what stands in the column of copyout is there, and each option of another tool is either
        copyout's as well or answered with advice."""
        own = set(OPTION.findall(parsed(["run"]).stdout))
        text = (REPOSITORY / "docs" / "coming-from.md").read_text()
        rows = re.findall(r"^\| (.*?) \| (.*) \|$", text, re.MULTILINE)
        self.assertGreater(len(rows), 100)
        for theirs, ours in rows:
            with self.subTest(row=theirs):
                self.assertLessEqual(set(OPTION.findall(ours)), own)
                for option in set(OPTION.findall(theirs)) - own:
                    told = copyout.run(["run", option]).expect(2).stderr
                    self.assertRegex(told, f"{option}: there is no such option; (?!did you mean)")

    def test_make(self):
        """`make NAME`: the Makefile has that target."""
        targets = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
        for path in docs.documents():
            calls = [words for block in docs.blocks(path) for words in docs.commands(block)]
            calls += [code.split() for code in docs.inline(path)]
            for words in calls:
                if words[0] == "make":
                    with self.subTest(path=path.name, words=words):
                        named = [word for word in words[1:] if re.fullmatch("[a-z][a-z-]*", word)]
                        self.assertLessEqual(set(named[:1]), targets)

    def test_newcomer(self):
        """What the README tells a newcomer to type besides the list is typed by tests/newcomer/path.sh, too."""
        readme = (REPOSITORY / "README.md").read_text()
        path = (REPOSITORY / "tests" / "newcomer" / "path.sh").read_text()
        for command in ("make demo", "make deb", "install ./build/deb/copyout_*.deb"):
            self.assertIn(command, readme)
            self.assertIn(command, path.replace("-q -y ", ""))

    def test_scripts(self):
        """A script, an example or a folder of this repository that a command names is there."""
        beginnings = ("scripts/", "bench/", "tests/", "deploy/", "examples/", "src/", "docs/")
        for path in docs.documents():
            for block in docs.blocks(path):
                if block.language == "" and block.text[:1] in " │┌":
                    continue  # a picture
                for words in docs.commands(block):
                    for word in words[:2]:
                        if word.startswith(beginnings) and words[0] in (word, "python3", "cd", "cc"):
                            with self.subTest(block=str(block), word=word):
                                self.assertTrue((REPOSITORY / word).exists(), word)

    def test_npm(self):
        """`npm run NAME`: deploy/cdk has that script."""
        scripts = json.loads((REPOSITORY / "deploy/cdk/package.json").read_text())["scripts"]
        for path in docs.documents():
            for block in docs.blocks(path):
                for words in docs.commands(block):
                    if words[:2] == ["npm", "run"]:
                        with self.subTest(block=str(block), words=words):
                            self.assertIn(next(word for word in words[2:] if word[0] != "-"), scripts)


class Examples(unittest.TestCase):
    """JSON in the documents is what the parsers read. No server."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        (self.folder / "files.csv").write_text("my-source,a/b.bam\n")

    def policy(self, *arguments) -> copyout.Result:
        """`copyout policy` reads the input and the list as `copyout run` does, and asks no server."""
        return copyout.run(["policy", *arguments, "--principal", "arn:aws:iam::111122223333:role/copier"],
                           cwd=self.folder)

    def test_inputs(self):
        """Each JSON object that names a destinationBucket is an input."""
        count = 0
        for path in docs.documents():
            for block in docs.blocks(path):
                try:
                    value = json.loads(block.text)
                except ValueError:
                    continue
                if isinstance(value, dict) and "destinationBucket" in value:
                    count += 1
                    with self.subTest(block=str(block)):
                        self.policy(block.text.strip(), "--manifest", "files.csv").expect(0)
        self.assertGreaterEqual(count, 2)

    def test_copy_instructions(self):
        """Each block of JSON lines with sourceKey is a list."""
        count = 0
        for path in docs.documents():
            for block in docs.blocks(path):
                if re.match(r'\{"sourceBucket"', block.text):
                    count += 1
                    with self.subTest(block=str(block)):
                        (self.folder / "list.jsonl").write_text(block.text + "\n")
                        self.policy("--manifest", "list.jsonl", "--to", "s3://their-bucket/").expect(0)
        self.assertGreaterEqual(count, 1)

    def test_json_is_json(self):
        """A block that says that it is JSON."""
        for path in docs.documents():
            for block in docs.blocks(path):
                if block.language == "json":
                    with self.subTest(block=str(block)):
                        json.loads(block.text)


class Session(unittest.TestCase):
    """A folder, a server with three users, and a shell that has `copyout` and `aws` on its PATH."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.home = Path(scratch.name)
        self.server = servers.rgw()
        tools = self.home / "bin"
        tools.mkdir()
        (tools / "copyout").symlink_to(copyout.BINARY)
        script = Path(docs.__file__).with_name("aws_cli.py")
        (tools / "aws").write_text(f"#!/bin/sh\nexec {shlex.join([sys.executable, str(script)])} \"$@\"\n")
        (tools / "aws").chmod(0o755)
        self.folder = self.home / "work"
        self.folder.mkdir()
        config = "".join(
            f"[profile {name}]\naws_access_key_id = {access}\naws_secret_access_key = {secret}\n"
            for name, user in PROFILES.items() for access, secret in [self.server.credentials(user)])
        (self.home / "config").write_text(config)
        self.env = copyout.environment(str(self.home), None, extra={
            "PATH": f"{tools}:{os.environ['PATH']}", "AWS_CONFIG_FILE": str(self.home / "config"),
            "AWS_ENDPOINT_URL_S3": self.server.endpoint, "AWS_REGION": self.server.region})

    def shell(self, script: str, **env: str) -> subprocess.CompletedProcess:
        """Run lines of bash; their output, both streams as a terminal shows them."""
        return subprocess.run(["bash", "-c", script], cwd=self.folder, env={**self.env, **env}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)

    def buckets(self, *names: str) -> None:
        """Take away buckets that a document names, now and at the end: all tests share the server."""
        for name in names:
            self.addCleanup(self.empty, name)
            self.empty(name)

    def empty(self, name: str) -> None:
        """One bucket with all that is in it, whoever owns it."""
        for user in PROFILES.values():
            client = self.server.client(user)
            if name in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                s3util.delete_all(client, name)
                client.delete_bucket(Bucket=name)

    def run_blocks(self, path: Path, settings: str) -> None:
        """Type all "sh run" blocks of a document into one shell, which stops at the first that fails."""
        found = [block for block in docs.blocks(path) if block.info == "sh run"]
        self.assertTrue(found, path)
        script = "set -euo pipefail\n" + textwrap.dedent(settings)
        for block in found:
            script += f"echo '=== {block}'\n{block.text}\n"
        done = self.shell(script)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])
        self.told = done.stdout


class Recording(Session):
    """The session that the README shows."""

    def masked(self, text: str) -> str:
        """What stays the same from one run to another, of lines that a terminal may have broken."""
        text = re.sub(r"request ?tx[^,) ]+(?:, ?host ?[^,) ]+-default-default)?", "REQUEST", text.replace("\n", " "))
        text = re.sub(r"-[0-9a-f]{16}(?=[/;])", "-ID", text)
        text = re.sub(r"[0-9]+(?:\.[0-9]+)? ?s, requests for", "TIME, requests for", text)
        return re.sub(r"\s", "", text)

    def played(self, text: str) -> str:
        """The same commands with what they print now, in lines of COLUMNS at most."""
        lines = []
        for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
            lines.append(f"$ {command}")
            for line in self.shell(command, AWS_PROFILE="recipient").stdout.splitlines():
                lines += textwrap.wrap(line, COLUMNS, break_long_words=False, break_on_hyphens=False) or [""]
        return "\n".join(lines)

    def prepare(self) -> None:
        """The data owner's bucket of which the README tells, and a list with one object that is not there."""
        self.buckets("research-data", "collaborator")
        s3util.make_bucket(self.server.client("dest"), "collaborator")
        specs = [Spec(f"run-7/sample {number:03d}.vcf", size=4_000) for number in range(240)]
        specs += [Spec(f"run-7/{name}.bam", parts=[8 * MIN_PART // 5] * count, tags={"run": "7"})
                  for name, count in (("a", 8), ("b", 3))]
        s3util.make_sources(self.server, "research-data", specs)
        keys = [spec.key for spec in specs] + ["run-7/c.bam"]
        (self.folder / "files.csv").write_text("".join(f'research-data,"{key}"\n' for key in keys))
        (self.folder / "c.bam").write_bytes(b"late")

    def test_readme(self):
        """The recording is what the same commands print."""
        path = REPOSITORY / "README.md"
        block = next(block for block in docs.blocks(path) if block.info == "console recording")
        self.prepare()
        now = self.played(block.text)
        if WRITE:
            path.write_text(path.read_text().replace(block.text, now))
            return
        self.assertEqual([self.masked(part) for part in now.split("\n$ ")],
                         [self.masked(part) for part in block.text.split("\n$ ")])


class Demo(unittest.TestCase):
    """`make demo`, without the building."""

    def test_demo(self):
        """It ends well, says so, and shows what the README promises."""
        done = subprocess.run([REPOSITORY / "scripts" / "demo.sh"], text=True, capture_output=True, timeout=600,
                              env={**os.environ, "COPYOUT_BINARY": str(copyout.BINARY)}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-2000:])
        self.assertRegex(done.stdout, r"\d+ objects: \d+ copied .*; each copy proven by ETag")
        self.assertIn("All of it is there and right; the second run sent no copy at all.", done.stdout)


class Typed(Session):
    """What the README and the tutorial tell a person to type."""

    def test_readme(self):
        """A list in three ways, from a bucket of one's own to another."""
        self.buckets("our-data", "their-bucket")
        client = self.server.client("dest")
        for bucket in ("our-data", "their-bucket"):
            s3util.make_bucket(client, bucket)
        s3util.make_objects(client, "our-data", [
            Spec("run-7/a.bam", parts=[MIN_PART, 9]), Spec("run-7/b.vcf", size=7), Spec("run-7/x.tmp", size=1)])
        self.run_blocks(REPOSITORY / "README.md", "export AWS_PROFILE=recipient\n")
        there = s3util.keys(client, "their-bucket")
        for key in ("release-1/run-7/a.bam", "release-1/run-7/b.vcf", "run-7/b.vcf",
                    "renamed/patient-1.bam"):
            self.assertIn(key, there)
        self.assertNotIn("run-7/x.tmp", there)

    def test_tutorial(self):
        """From two empty accounts to a verified copy, by three users whose rights the server enforces."""
        self.buckets("our-data", "their-bucket")
        self.run_blocks(REPOSITORY / "docs" / "tutorial.md", """\
            OWNER=owner RECIPIENT=recipient COPIER=copier
            SOURCE=our-data DESTINATION=their-bucket
            COPIER_ARN=arn:aws:iam:::user/nobody
            """)
        client = self.server.client("dest")
        self.assertRegex(s3util.look(client, "their-bucket", "release-1/run-7/sample.bam").etag, "-3$")
        there = s3util.keys(client, "their-bucket")
        self.assertEqual(there, ["release-1/ENDED_COPY.csv", "release-1/STARTED_COPY.txt",
                                 "release-1/run-7/notes.txt", "release-1/run-7/sample.bam"])
        self.assertRegex(self.told, "DIFFERENT release-1/run-7/notes.txt: ")
        self.assertIn("the record is signed by the key that was given", self.told)


if __name__ == "__main__":
    unittest.main()
