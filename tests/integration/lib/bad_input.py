"""Mistakes as tables of cases, and what is asked of every answer to one.

    class Mine(Fixture):
        def test_mine(self):
            self.run_table([in_args("no destination", FROM, "--to")])

A clear error is the documented exit code, a line that names the thing, and nothing else: no output
of a sanitizer, no signal, no control characters. What is wrong before anything is begun must not
lead to one request that writes. That is checked where it cannot be hidden: a proxy in front of the
server sees every request of the program.
"""

from __future__ import annotations

import json
import re
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path

from . import copyout, s3util, servers
from .s3util import Spec

SRC, DST, VERSIONED = "bad-input-src", "bad-input-dst", "bad-input-versioned"
MANIFEST_KEY = "lists/manifest.csv"
BASE = {"sourceFilesCsvBucket": SRC, "sourceFilesCsvKey": MANIFEST_KEY, "destinationBucket": DST}
ROW = f"{SRC},a/one.bin\n".encode()  # a good one
LONG = "k" * 1025
READING = ("GET", "HEAD")  # all else changes something
TO = ["--to", f"s3://{DST}/"]
FROM = ["--manifest", f"s3://{SRC}/{MANIFEST_KEY}"]


def with_(**fields) -> dict:
    """The least input that is right, and these fields."""
    return {**BASE, **fields}


def without(name: str) -> dict:
    """The least input that is right, without one field."""
    return {key: value for key, value in BASE.items() if key != name}


def rows(*lines: str) -> bytes:
    """A manifest of these lines; SRC stands for the source bucket."""
    return "".join(line.replace("SRC", SRC) + "\n" for line in lines).encode()


@dataclass
class Case:
    """One mistake.

    `said` are pieces of standard error that must be there, in any order, whatever the case of
    their letters; those with a re. prefix are regular expressions.
    """

    name: str
    said: list[str]
    input: dict | bytes | None = field(default_factory=lambda: dict(BASE))
    manifest: bytes | None = ROW
    args: list[str] = field(default_factory=list)
    stdin: bytes | None = None
    one_line: bool = True  # mistakes in the input are one line; a manifest's are one line each
    command: str = "run"
    env: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, str | bytes | None] = field(default_factory=dict)  # here; None: a folder
    exit: int = 2


def in_input(name: str, given: dict | bytes, *said: str) -> Case:
    """A wrong input. Its manifest is wrong too: the input is looked at first."""
    return Case(name, list(said), input=given, manifest=b"\n")


def in_manifest(name: str, data: bytes | None, *said: str, **fields) -> Case:
    """A wrong manifest."""
    return Case(name, list(said), input=with_(**fields), manifest=data, one_line=False)


def in_args(name: str, args: list[str], *said: str, command: str = "run", **more) -> Case:
    """A wrong command line."""
    return Case(name, list(said), input=None, args=args, command=command, **more)


class Fixture(unittest.TestCase):
    """Buckets, a proxy that sees all, and a scratch folder."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.moto()
        cls.s3 = cls.server.client()
        cls.proxy = servers.FaultProxy(cls.server.endpoint)
        cls.addClassCleanup(cls.proxy.stop)
        cls.through = cls.server.through(cls.proxy)
        if not s3util.exists(cls.s3, SRC, "a/one.bin"):  # the first class of this process
            s3util.make_sources(cls.server, SRC, [Spec("a/one.bin", 10)])
            s3util.make_bucket(cls.s3, DST)
            s3util.make_bucket(cls.s3, VERSIONED)

    stored: bytes | None = b"?"  # the manifest that is in S3 now

    def setUp(self):
        self.proxy.reset()
        self.new_folder()

    def new_folder(self):
        """Work in an empty one from now on."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def run_it(self, args, command: str = "run", **options):
        """Run the program against the server, through the proxy."""
        options.setdefault("cwd", self.folder)
        return copyout.run([command, *args], self.through, timeout=60, **options)

    def assert_says(self, result, said):
        """Every piece is there, and nothing that no error has."""
        text = result.stderr.lower()
        for piece in said:
            if piece.startswith("re."):
                self.assertRegex(result.stderr, re.compile(piece[3:], re.IGNORECASE), str(result))
            else:
                self.assertIn(piece.lower(), text, str(result))
        self.assertNotRegex(result.stderr, "Sanitizer|runtime error|Assertion|[^\n\\x20-\\uffff]",
                            str(result))

    def store_manifest(self, data: bytes | None):
        """Have this manifest, or none, in S3."""
        if data == self.stored:
            return
        if data is None:
            self.s3.delete_object(Bucket=SRC, Key=MANIFEST_KEY)
        else:
            self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY, Body=data)
        self.stored = data

    def write_files(self, case: Case):
        """A new folder, and what lies in it for the program."""
        self.new_folder()
        if case.input is not None:
            given = case.input if isinstance(case.input, bytes) else json.dumps(case.input).encode()
            (self.folder / "input.json").write_bytes(given)
        for name, content in case.files.items():
            path = self.folder / name
            if content is None:
                path.mkdir()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def check(self, case: Case):
        """Run it, and look at all that it says and does."""
        self.proxy.reset()
        self.store_manifest(case.manifest)
        self.write_files(case)
        args = ["input.json"] if case.input is not None else []
        result = self.run_it([*args, *case.args], command=case.command, input=case.stdin,
                             env=case.env).expect(case.exit)
        self.assert_says(result, case.said)
        self.assertEqual(result.stdout, "", str(result))
        if case.one_line:
            self.assertLessEqual(len(result.said.strip().splitlines()), 2, str(result))
        self.check_nothing_written()

    def check_nothing_written(self):
        """No request that changes anything was sent, wherever to."""
        self.assertEqual([(request.op, request.target) for request in self.proxy.log
                          if request.method not in READING], [])
        self.assertEqual(self.proxy.errors, [])

    def run_table(self, cases):
        """Each case by itself, and at the end a look at the destination."""
        self.assertEqual(len({case.name for case in cases}), len(cases), "a name is used twice")
        for case in cases:
            with self.subTest(case.name):
                self.check(case)
        self.assertEqual(s3util.keys(self.s3, DST), [])
        self.assertEqual(s3util.unfinished_uploads(self.s3, DST), [])
