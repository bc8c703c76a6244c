"""Input and manifests as people get them wrong, and the odd forms that are right.

A mistake of ours must be known at once: exit 2, one line that names the field, the option or the
line of the manifest, and not one request that writes. The last is checked where it cannot be
hidden: a proxy in front of the server sees every request of the program.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path

from lib import copyout, manifest, s3util, servers
from lib.s3util import Spec

SRC, DST, VERSIONED = "bad-input-src", "bad-input-dst", "bad-input-versioned"
MANIFEST_KEY = "lists/manifest.csv"
BASE = {"sourceFilesCsvBucket": SRC, "sourceFilesCsvKey": MANIFEST_KEY, "destinationBucket": DST}
ROW = f"{SRC},a/one.bin\n".encode()  # a good one
LONG = "k" * 1025
READING = ("GET", "HEAD")  # all else changes something


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


def in_input(name: str, given: dict | bytes, *said: str) -> Case:
    """A wrong input. Its manifest is wrong too: the input is looked at first."""
    return Case(name, list(said), input=given, manifest=b"\n")


def in_manifest(name: str, data: bytes | None, *said: str, **fields) -> Case:
    """A wrong manifest."""
    return Case(name, list(said), input=with_(**fields), manifest=data, one_line=False)


def in_args(name: str, args: list[str], *said: str, stdin: bytes | None = None) -> Case:
    """A wrong command line."""
    return Case(name, list(said), input=None, args=args, stdin=stdin)


TO = ["--to", f"s3://{DST}/"]
FROM = ["--manifest", f"s3://{SRC}/{MANIFEST_KEY}"]

INPUTS = [
    # fields that are not there, or not so
    in_input("unknown field", with_(speed=9), "speed", "unknown field"),
    in_input("near miss", with_(maxItemPerBatch=9), 'maxItemPerBatch: unknown field; did you mean '
             '"maxItemsPerBatch"?'),
    in_input("near miss in case", {**without("destinationBucket"), "destinationbucket": DST},
             'did you mean "destinationBucket"'),
    in_input("near miss of two letters", with_(destinatonFolderKye="a/"),
             'did you mean "destinationFolderKey"'),
    in_input("unknown field without a near miss", with_(zzzzzzzzzzzz=1), "zzzzzzzzzzzz"),
    in_input("empty field name", with_(**{"": 1}), "unknown field"),
    in_input("field name with a line break", with_(**{"a\nb": 1}), "unknown field"),
    in_input("unknown field in thawParams", with_(thawParams={"glacierThawDays": 1}),
             "glacierThawDays", "thawParams"),
    in_input("destination missing", without("destinationBucket"), "destinationBucket"),
    in_input("manifest bucket missing", without("sourceFilesCsvBucket"), "sourceFilesCsvBucket"),
    in_input("manifest key missing", without("sourceFilesCsvKey"), "sourceFilesCsvKey"),
    in_input("nothing in it", {}, "sourceFilesCsvBucket", "destinationBucket"),
    in_input("instructions", {"copyInstructionsKey": "x.jsonl", "destinationBucket": DST},
             "copyInstructionsKey", "not supported"),
    # wrong types
    in_input("bucket is a number", with_(destinationBucket=7), "destinationBucket", "7"),
    in_input("bucket is null", with_(destinationBucket=None), "destinationBucket", "null"),
    in_input("key is an array", with_(sourceFilesCsvKey=["a"]), "sourceFilesCsvKey"),
    in_input("folder is an object", with_(destinationFolderKey={}), "destinationFolderKey"),
    in_input("count is a string", with_(maxItemsPerBatch="100"), "maxItemsPerBatch"),
    in_input("count is true", with_(maxItemsPerBatch=True), "maxItemsPerBatch"),
    in_input("count is a fraction", with_(maxItemsPerBatch=1.5), "maxItemsPerBatch"),
    in_input("bool is a number", with_(dryRun=1), "dryRun: must be true or false, not 1"),
    in_input("bool is a word", with_(includeCopyReport="true"), "includeCopyReport"),
    in_input("thawParams is an array", with_(thawParams=[]), "thawParams"),
    in_input("region is a number", with_(sourceRequiredRegion=1), "sourceRequiredRegion"),
    in_input("optional field is null", with_(destinationRequiredRegion=None),
             "destinationRequiredRegion", "null"),
    # wrong values
    in_input("count is 0", with_(maxItemsPerBatch=0), "maxItemsPerBatch", "re.10,?000"),
    in_input("count is negative", with_(maxItemsPerBatch=-1), "maxItemsPerBatch"),
    in_input("count is too high", with_(maxItemsPerBatch=10001), "maxItemsPerBatch",
             "re.10,?000"),
    in_input("count is no 64-bit number", json.dumps(with_(maxItemsPerBatch=10**30)).encode(),
             "re.maxItemsPerBatch|line 1"),
    in_input("concurrency is 0", with_(copyConcurrency=0), "copyConcurrency"),
    in_input("concurrency is too high", with_(copyConcurrency=10001), "copyConcurrency"),
    in_input("folder without a slash", with_(destinationFolderKey="a/b"),
             "destinationFolderKey", '"/"'),
    in_input("folder with a NUL", with_(destinationFolderKey="a\0b/"),
             "re.destinationFolderKey|NUL"),
    in_input("folder is too long", with_(destinationFolderKey=LONG + "/"),
             "destinationFolderKey", "1,024"),
    in_input("destinationKeys", with_(destinationKeys="flat"), "destinationKeys", '"basename"',
             '"full"'),
    in_input("onCollision", with_(onCollision="overwrite"), "onCollision", '"fail"'),
    in_input("onDifferent", with_(onDifferent="skip"), "onDifferent", '"keep"'),
    in_input("onDifferent in capitals", with_(onDifferent="Keep"), "onDifferent", '"keep"'),
    in_input("tags", with_(tags="always"), "tags", '"best-effort"', '"require"', '"none"'),
    in_input("manifestKeyEncoding", with_(manifestKeyEncoding="percent"), "manifestKeyEncoding",
             '"url"'),
    in_input("marker and report are one", with_(destinationEndCopyRelativeKey="STARTED_COPY.txt"),
             "destinationEndCopyRelativeKey"),
    in_input("marker has no name", with_(destinationStartCopyRelativeKey=""),
             "destinationStartCopyRelativeKey"),
    in_input("report's name is too long", with_(destinationEndCopyRelativeKey=LONG),
             "destinationEndCopyRelativeKey", "1,024"),
    in_input("marker is too long with its folder", with_(
        destinationFolderKey="f" * 1000 + "/", destinationStartCopyRelativeKey="s" * 30), "1,024"),
    in_input("manifest key is empty", with_(sourceFilesCsvKey=""), "sourceFilesCsvKey"),
    in_input("thaw days", with_(thawParams={"glacierFlexibleRetrievalThawDays": 0}),
             "glacierFlexibleRetrievalThawDays"),
    in_input("thaw days are too many", with_(thawParams={"glacierDeepArchiveThawDays": 3651}),
             "glacierDeepArchiveThawDays"),
    in_input("thaw speed that deep archives have not", with_(
        thawParams={"glacierDeepArchiveThawSpeed": "Expedited"}), "glacierDeepArchiveThawSpeed",
        "Bulk"),
    in_input("something unknown and something missing",
             {**without("destinationBucket"), "maxItemPerBatch": 1}, "maxItemPerBatch",
             "destinationBucket"),
    in_input("two mistakes in one line", with_(maxItemPerBatch=1, dryRun=1),
             'maxItemPerBatch: unknown field; did you mean "maxItemsPerBatch"?; '
             'dryRun: must be true or false, not 1'),
    # names of buckets
    *[in_input(f"destination {name!r}", with_(destinationBucket=name), "destinationBucket")
      for name in ["", "ab", "a" * 64, "Upper", "under_score", "a..b", "192.168.5.4", "-a-b",
                   "a-b-", ".abc", "xn--abc", "sthree-abc", "abc--x-s3", "abc--table-s3",
                   "abc.mrap", "with space", "a/b", f"s3://{DST}", "arn:aws:s3:::abc", "a\0b", "büro"]],
    in_input("manifest's bucket", with_(sourceFilesCsvBucket="My_Bucket"), "sourceFilesCsvBucket"),
    # text that is no input
    in_input("empty", b"", "input", "empty"),
    in_input("blank", b" \n\n\t", "input", "empty"),
    in_input("not JSON", b"bucket,key\n", "not valid JSON", "line 1"),
    in_input("cut", b'{\n "destinationBucket": "abc",\n "tags"', "not valid JSON", "line 3"),
    in_input("comma at the end", b'{\n "dryRun": true,\n}', "not valid JSON", "line 3"),
    in_input("comment", b'{\n // why\n "dryRun": true}', "not valid JSON", "line 2"),
    in_input("single quotes", b"{'dryRun': true}", "not valid JSON", "line 1"),
    in_input("something behind it", json.dumps(BASE).encode() + b"\n}", "not valid JSON", "line 2"),
    in_input("two inputs", json.dumps(BASE).encode() * 2, "not valid JSON", "line 1"),
    in_input("array", b"[]", "object"),
    in_input("string", b'"abc"', "re.object|JSON"),
    in_input("duplicate", b'{"destinationBucket": "aaa", "destinationBucket": "bbb"}',
             "destinationBucket"),
    in_input("duplicate in thawParams", json.dumps(BASE).encode()[:-1] + b', "thawParams": '
             b'{"glacierDeepArchiveThawDays": 1, "glacierDeepArchiveThawDays": 2}}',
             "line 1", "duplicate"),
    in_input("not UTF-8", b'{\n"destinationBucket": "\xff\xfe"}', "line 2", "re.UTF-8|0xff"),
    in_input("UTF-16", "\ufeff{}".encode("utf-16-le"), "re.UTF-|JSON"),
    in_input("NUL", b'{"destinationBucket"\0: "abc"}', "re.NUL|JSON"),
    in_input("nested without end", b"[" * 100_000, "JSON"),
    in_input("NaN", b'{"maxItemsPerBatch": NaN}', "not valid JSON"),
    in_input("too large", b" " * (4 << 20) + json.dumps(BASE).encode(),
             "re.4 MiB|4,?194,?304"),
]

MANIFESTS = [
    in_manifest("no object", None, MANIFEST_KEY, SRC),
    in_manifest("no bucket", ROW, "bad-input-none", sourceFilesCsvBucket="bad-input-none"),
    # empty
    in_manifest("empty", b"", "the manifest is empty: it has no rows"),
    in_manifest("blank lines only", b"\n\r\n\n", "the manifest is empty"),
    in_manifest("BOM only", b"\xef\xbb\xbf", "the manifest is empty"),
    in_manifest("gzip of nothing", gzip.compress(b""), "the manifest is empty"),
    # columns
    in_manifest("one column", rows("SRC,a", "SRC"), "line 2", "1 column; expected bucket,key or "
                "bucket,key,versionId"),
    in_manifest("four columns", rows("SRC,a", "SRC,b,,x"), "line 2", "4 columns"),
    in_manifest("a comma that wants quotes", rows("SRC,a, b, c and d"), "line 1", "columns"),
    in_manifest("other separator", rows("SRC;a", "SRC\tb"), "line 1", "line 2", "1 column"),
    in_manifest("s3 addresses", rows("s3://SRC/a"), "line 1", "1 column"),
    in_manifest("header", rows("bucket,key", "SRC,a"), "line 1", "header"),
    in_manifest("header in quotes", rows('"Bucket","Key"', "SRC,a"), "line 1", "header"),
    in_manifest("header with a third column", rows("bucket,key,versionId", "SRC,a"), "line 1",
                "header"),
    # buckets
    in_manifest("bucket is empty", rows("SRC,a", ",b"), "line 2", "the bucket is empty"),
    in_manifest("bucket in capitals", rows("B_x,a"), "line 1",
                'the bucket "B_x" has an upper-case letter'),
    in_manifest("bucket too short", rows("SRC,a", "ab,c"), "line 2", '"ab"'),
    in_manifest("bucket is an address", rows("10.0.0.1,c"), "line 1", '"10.0.0.1"'),
    in_manifest("space before the bucket", rows(" SRC,c"), "line 1", "bucket"),
    # keys
    in_manifest("key is empty", rows("SRC,a", "SRC,"), "line 2", "the key is empty"),
    in_manifest("key is empty in quotes", rows("SRC,a", 'SRC,""'), "line 2", "the key is empty"),
    in_manifest("key is too long", rows("SRC,a", f"SRC,{LONG}"), "line 2",
                "longer than 1,024 bytes"),
    in_manifest("key is too long in UTF-8 only", rows(f"SRC,{'é' * 513}"), "line 1",
                "longer than 1,024 bytes"),
    in_manifest("destination key is too long", rows("SRC,a", f"SRC,{'k' * 1020}"), "line 2",
                "1,024", destinationFolderKey="folder/"),
    in_manifest("destination key is too long, full", rows(f"SRC,{'d' * 800}/{'k' * 200}"), "line 1",
                "1,024", destinationFolderKey="f" * 100 + "/", destinationKeys="full"),
    in_manifest("NUL in a key", ROW + b"%s,a\0b\n" % SRC.encode(), "line 2", "NUL"),
    in_manifest("NUL in a bucket", ROW + b"abc\0d,a\n", "line 2"),
    in_manifest("not UTF-8", ROW + b"%s,caf\xe9\n" % SRC.encode(), "line 2", "UTF-8"),
    in_manifest("surrogate in UTF-8", ROW + b"%s,a\xed\xa0\x80\n" % SRC.encode(), "line 2",
                "UTF-8"),
    in_manifest("overlong UTF-8", ROW + b"%s,a\xc0\xaf\n" % SRC.encode(), "line 2", "UTF-8"),
    in_manifest("no name of its own", rows("SRC,a", "SRC,b/c/"), "line 2", "/"),
    in_manifest("only slashes", rows("SRC,//"), "line 1"),
    # URL-encoded keys
    in_manifest("percent alone", rows("SRC,a%"), "line 1", 'the key "a%" has a % that is not '
                "followed by two hex digits", manifestKeyEncoding="url"),
    in_manifest("percent and no hex", rows("SRC,a", "SRC,a%4g"), "line 2", "two hex digits",
                manifestKeyEncoding="url"),
    in_manifest("NUL, encoded", rows("SRC,a%00b"), "line 1", "NUL", manifestKeyEncoding="url"),
    in_manifest("not UTF-8, encoded", rows("SRC,a%FF"), "line 1", "UTF-8",
                manifestKeyEncoding="url"),
    in_manifest("too long after decoding", rows(f"SRC,{'%41' * 1025}"), "line 1", "1,024",
                manifestKeyEncoding="url"),
    in_manifest("no name after decoding", rows("SRC,a%2F"), "line 1", manifestKeyEncoding="url"),
    # version ids
    in_manifest("version id with a space", rows("SRC,a", "SRC,b,a b"), "line 2",
                'the version id "a b" has a character that no version id has'),
    in_manifest("version id is too long", rows("SRC,a," + "v" * 1025), "line 1", "version id"),
    # quotes and line ends
    in_manifest("quote in the middle", rows("SRC,a", 'SRC,a"b'), "line 2",
                "a quote in the middle of a field"),
    in_manifest("text behind a quote", rows("SRC,a", 'SRC,"a"b'), "line 2", "quote"),
    in_manifest("space before a quote", rows('SRC, "a"'), "line 1", "quote"),
    in_manifest("quote not closed", rows("SRC,a", 'SRC,"b', "SRC,c"), "line 2",
                "a closing quote is missing"),
    in_manifest("stray carriage return", ROW + b"%s,a\rb\n" % SRC.encode(), "line 2",
                "a carriage return outside quotes"),
    in_manifest("old Mac line ends", rows("SRC,a", "SRC,b").replace(b"\n", b"\r"), "line 1",
                "a carriage return outside quotes"),
    in_manifest("row is too long", ROW + f"{SRC},".encode() + b"k" * 70_000 + b"\n", "line 2",
                "longer than 65,536 bytes"),
    in_manifest("line is where the row begins", rows("SRC,a", 'SRC,"b', 'c"', "SRC"), "line 4"),
    in_manifest("lines with CRLF", rows("SRC,a", "", "SRC").replace(b"\n", b"\r\n"), "line 3"),
    in_manifest("deep in the list", rows(*[f"SRC,k{i}" for i in range(5000)], "SRC", "SRC,last"),
                "line 5001"),
    in_manifest("last line without end", rows("SRC,a", "SRC")[:-1], "line 2", "1 column"),
    in_manifest("all that is wrong", rows("SRC,a", "SRC", "B_x,b", "SRC,", "SRC,c", 'SRC,x"y'),
                "line 2", "line 3", "line 4", "line 6"),
    # encodings and gzip
    in_manifest("UTF-16 LE", "\ufeffabc,key\n".encode("utf-16-le"),
                "the manifest is UTF-16; it must be UTF-8"),
    in_manifest("UTF-16 BE", "\ufeffabc,key\n".encode("utf-16-be"), "the manifest is UTF-16"),
    in_manifest("gzip cut short", gzip.compress(rows(*[f"SRC,k{i:x}" for i in range(999)]))[:-20],
                "gzip", "re.past line [0-9]+"),
    in_manifest("gzip without its sum", gzip.compress(ROW)[:-8], "gzip", "re.line [12]"),
    in_manifest("gzip with a wrong sum", gzip.compress(ROW)[:-8] + b"\1\2\3\4\x1c\0\0\0", "gzip"),
    in_manifest("gzip's first bytes only", b"\x1f\x8b", "gzip"),
    in_manifest("no gzip behind its first bytes", b"\x1f\x8b\x08" + b"\0" * 9 + b"\xff" * 50,
                "gzip"),
    in_manifest("something behind gzip", gzip.compress(ROW) + b"more", "gzip"),
    in_manifest("bad row within gzip", gzip.compress(rows("SRC,a", "SRC")), "line 2", "1 column"),
    # two of a name
    in_manifest("collision", rows("SRC,a/x", "SRC,y", "SRC,b/x"), "line 1", "line 3", '"x"'),
    in_manifest("same row twice", rows("SRC,x", "SRC,x"), "line 1", "line 2"),
    in_manifest("two versions of one object", rows("SRC,x,v1", "SRC,x,v2"), "line 1", "line 2"),
    in_manifest("collision after decoding", rows("SRC,a%62", "SRC,ab"), "line 1", "line 2",
                manifestKeyEncoding="url"),
    in_manifest("collision of full keys", rows("SRC,a/x", f"{VERSIONED},a/x"), "line 1", "line 2",
                destinationKeys="full"),
    in_manifest("three of a name", rows("SRC,a/x", "SRC,b/x", "SRC,c/x"), "line 1", "line 2",
                "line 3"),
    in_manifest("collision far apart",
                rows("SRC,a/x", *[f"SRC,{i}" for i in range(3000)], "SRC,b/x"),
                "line 1", "line 3002"),
    in_manifest("collision and bad row", rows("SRC,a/x", "SRC,b/x", "SRC"), "line 3"),
    in_manifest("marker", rows("SRC,a", "SRC,b/STARTED_COPY.txt"), "line 2", "STARTED_COPY.txt"),
    in_manifest("report", rows("SRC,a", "SRC,ENDED_COPY.csv"), "line 2", "ENDED_COPY.csv"),
    in_manifest("marker of another name", rows("SRC,a/begin"), "line 1", "begin",
                destinationStartCopyRelativeKey="begin", destinationFolderKey="f/"),
    in_manifest("report below a folder, full", rows("SRC,r/end.csv"), "line 1", "end.csv",
                destinationEndCopyRelativeKey="r/end.csv", destinationKeys="full"),
]

ARGS = [
    in_args("nothing to do", [], "re.destination|manifest|input"),
    in_args("no destination", FROM, "--to"),
    in_args("no manifest", TO, "--manifest"),
    in_args("no such input", ["none.json"], "none.json"),
    in_args("input is a folder", ["."], "re.director|folder"),
    in_args("two inputs", ["a.json", "b.json"], "b.json"),
    in_args("both from standard input", ["-", "--manifest", "-"], "standard input",
            stdin=json.dumps({"destinationBucket": DST}).encode()),
    in_args("standard input is empty", ["-"], "empty", stdin=b""),
    in_args("manifest on standard input is empty", ["--manifest", "-", *TO],
            "the manifest is empty", stdin=b""),
    in_args("bad row on standard input", ["--manifest", "-", *TO], "line 2", "1 column",
            stdin=ROW + b"x\n"),
    in_args("no such option", [*FROM, *TO, "--zzzzzz"], "--zzzzzz"),
    in_args("near miss of an option", [*FROM, *TO, "--dryrun"], "--dryrun", "--dry-run"),
    in_args("another near miss", [*FROM, *TO, "--max-inflight=3"], "--max-in-flight"),
    in_args("no such letter", [*FROM, *TO, "-Z"], "-Z"),
    in_args("option without its value", [*TO, "--manifest"], "--manifest"),
    in_args("value for an option that has none", [*FROM, *TO, "--quiet=yes"], "--quiet"),
    in_args("--tags", [*FROM, *TO, "--tags", "all"], "--tags", "best-effort"),
    in_args("--tags near miss", [*FROM, *TO, "--tags", "required"], "--tags", "require"),
    in_args("--destination-keys", [*FROM, *TO, "--destination-keys=flat"], "--destination-keys",
            "basename"),
    in_args("--on-different", [*FROM, *TO, "--on-different", ""], "--on-different", "overwrite"),
    *[in_args(f"--wait {value!r}", [*FROM, *TO, f"--wait={value}"], "--wait")
      for value in ["soon", "", "-5s", "5 parsecs", "1h1", "99999999999999999999d"]],
    *[in_args(f"--max-in-flight {value!r}", [*FROM, *TO, f"--max-in-flight={value}"],
              "--max-in-flight") for value in ["0", "-1", "many", "", "1.5", "9" * 30]],
    *[in_args(f"--to {value!r}", [*FROM, f"--to={value}"], "--to")
      for value in ["", DST, "s3://", "s3:///folder/", f"s3:/{DST}", f"https://{DST}/", "s3://B_x/",
                    f"s3://{DST}/folder", "s3://ab/x/", "s3://abc/" + LONG + "/"]],
    *[in_args(f"--manifest {value!r}", [*TO, f"--manifest={value}"], "--manifest")
      for value in ["", "s3://", f"s3://{SRC}", f"s3://{SRC}/", "s3:///key", "s3://B_x/key"]],
    in_args("local manifest is not there", [*TO, "-m", "none/files.csv"], "none/files.csv"),
    in_args("local manifest is a folder", [*TO, "-m", "."], "re.director|folder"),
    in_args("manifest's object is not there", [*TO, "-m", f"s3://{SRC}/none.csv"], "none.csv"),
    in_args("--endpoint-url is no URL", [*FROM, *TO, "--endpoint-url", "localhost"],
            "re.--endpoint-url|endpoint"),
    in_args("--endpoint-url of another scheme", [*FROM, *TO, "--endpoint-url=ftp://127.0.0.1/"],
            "re.--endpoint-url|endpoint"),
    in_args("--work is no bucket", [*FROM, *TO, "--work", "s3://B_x/"], "--work"),
    in_args("--work is empty", [*FROM, *TO, "--work="], "--work"),
]


class Fixture(unittest.TestCase):
    """Buckets, a proxy that sees all, and a scratch folder."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.moto()
        cls.s3 = cls.server.client()
        cls.proxy = servers.FaultProxy(cls.server.endpoint)
        cls.addClassCleanup(cls.proxy.stop)
        cls.through = cls.server.through(cls.proxy)
        if not s3util.exists(cls.s3, SRC, "a/one.bin"):  # the first class of this file
            s3util.make_sources(cls.server, SRC, [Spec("a/one.bin", 10)])
            s3util.make_bucket(cls.s3, DST)
            s3util.make_bucket(cls.s3, VERSIONED)

    def setUp(self):
        self.proxy.reset()
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def run_it(self, args, **options):
        """Run `copyout run` against the server, through the proxy."""
        options.setdefault("cwd", self.folder)
        return copyout.run(["run", *args], self.through, timeout=60, **options)


class BadInput(Fixture):
    """Everything that must be found before anything is written."""

    stored: bytes | None = b"?"  # the manifest that is in S3 now

    def check(self, case: Case):
        self.proxy.reset()
        if case.manifest != self.stored:
            if case.manifest is None:
                self.s3.delete_object(Bucket=SRC, Key=MANIFEST_KEY)
            else:
                self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY, Body=case.manifest)
            self.stored = case.manifest
        args = list(case.args)
        if case.input is not None:
            given = case.input if isinstance(case.input, bytes) else json.dumps(case.input).encode()
            (self.folder / "input.json").write_bytes(given)
            args.insert(0, "input.json")
        result = self.run_it(args, input=case.stdin).expect(2)
        text = result.stderr.lower()
        for piece in case.said:
            if piece.startswith("re."):
                self.assertRegex(result.stderr, re.compile(piece[3:], re.IGNORECASE), str(result))
            else:
                self.assertIn(piece.lower(), text, str(result))
        self.assertNotRegex(result.stderr, "Sanitizer|runtime error|Assertion|[^\n\\x20-\\uffff]",
                            str(result))
        self.assertEqual(result.stdout, "", str(result))
        if case.one_line:
            self.assertLessEqual(len(result.stderr.strip().splitlines()), 2, str(result))
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

    def test_input(self):
        """Fields and JSON; the manifest is not even asked for."""
        for case in INPUTS:
            with self.subTest(case.name):
                self.check(case)
                self.assertEqual(self.proxy.log, [])

    def test_manifest(self):
        """The rows, their form and the keys they lead to."""
        self.run_table(MANIFESTS)

    def test_arguments(self):
        """The command line."""
        self.run_table(ARGS)

    def test_suggestion_for_a_command(self):
        """A mistyped command is an error of the same kind."""
        result = copyout.run(["rnu"]).expect(2)
        self.assertIn("rnu", result.stderr)
        self.assertRegex(result.stderr, r"\brun\b")
        self.assertEqual(result.stdout, "")

    def listed_lines(self, result) -> list[int]:
        """The lines of the manifest that the errors are about, one for each line of stderr."""
        found = [re.search(r"\bline ([0-9,]+)", text) for text in result.stderr.splitlines()]
        return [int(match[1].replace(",", "")) for match in found if match]

    def test_first_hundred_bad_rows(self):
        """Of many bad rows the first 100 are listed, in order, and the total is told."""
        self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY,
                           Body=rows("SRC,good", *["SRC"] * 1234))
        (self.folder / "input.json").write_text(json.dumps(BASE))
        result = self.run_it(["input.json"]).expect(2)
        self.assertEqual(self.listed_lines(result)[:100], list(range(2, 102)), str(result))
        self.assertRegex(result.stderr, "1,?234")
        self.assertNotIn("line 102:", result.stderr)
        self.check_nothing_written()

    def test_first_hundred_collisions(self):
        """The same for collisions: 100 are listed, each with both lines; the total is told."""
        count = 150
        self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY,
                           Body=rows(*[f"SRC,a/{i}" for i in range(count)],
                                     *[f"SRC,b/{i}" for i in range(count)]))
        (self.folder / "input.json").write_text(json.dumps(BASE))
        result = self.run_it(["input.json"]).expect(2)
        pairs = [tuple(sorted(map(int, re.findall(r"\bline ([0-9]+)", text))))
                 for text in result.stderr.splitlines()]
        pairs = [pair for pair in pairs if len(pair) == 2]
        self.assertEqual(len(pairs), 100, str(result))
        self.assertEqual({high - low for low, high in pairs}, {count}, str(result))
        self.assertEqual(len(set(pairs)), 100)
        self.assertRegex(result.stderr, rf"\b{count}\b")
        self.check_nothing_written()

    def test_error_repeats_hostile_text_safely(self):
        """Control characters in what was given do not reach a terminal as such."""
        hostile = "a\x1b[31mred\x07"
        for given, args in [(with_(destinationBucket=hostile), []), (with_(**{hostile: 1}), []),
                            (with_(sourceFilesCsvKey="none" + hostile), [])]:
            (self.folder / "input.json").write_text(json.dumps(given))
            result = self.run_it(["input.json", *args]).expect(2)
            self.assertNotRegex(result.stderr, r"[\x00-\x09\x0b-\x1f\x7f]", repr(result.stderr))
        self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY, Body=rows(f"{hostile},a", f"SRC,\x1b[m/"))
        (self.folder / "input.json").write_text(json.dumps(BASE))
        result = self.run_it(["input.json"]).expect(2)
        self.assertNotRegex(result.stderr, r"[\x00-\x09\x0b-\x1f\x7f]", repr(result.stderr))


class GoodForms(Fixture):
    """Odd, but right: each must end with every object copied."""

    KEYS = ["d/plain.txt", "d/with space.txt", "d/comma, and more.txt", 'd/quote".txt',
            "d/new\nline.txt", "d/café.txt", "d/plus+%41.txt"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.server.bucket_name("forms-src")
        s3util.make_sources(cls.server, cls.source, [Spec(key, 20) for key in cls.KEYS])
        cls.rows = manifest.of_bucket(cls.source, cls.KEYS)

    def setUp(self):
        super().setUp()
        self.dest = s3util.make_bucket(self.s3, self.server.bucket_name("forms-dst"))

    def check_copied(self, result, keys=None):
        """Every key is there under its basename, and is what its source is."""
        result.expect(0)
        keys = self.KEYS if keys is None else keys
        self.assertEqual((result.json["items"], result.json["copied"]), (len(keys), len(keys)))
        for key in keys:
            s3util.assert_same_object(self.s3, self.source, key, self.s3, self.dest,
                                      key.rsplit("/", 1)[-1], content=True)
        ours = {"STARTED_COPY.txt", "ENDED_COPY.csv"}
        self.assertEqual(set(s3util.keys(self.s3, self.dest)),
                         ours | {key.rsplit("/", 1)[-1] for key in keys})

    def copy(self, data: bytes, *args: str):
        """Run with a manifest in S3."""
        self.s3.put_object(Bucket=self.source, Key="list", Body=data)
        return self.run_it(["-m", f"s3://{self.source}/list", "-t", f"s3://{self.dest}", "--json",
                            *args])

    def test_forms_of_csv(self):
        """What writers of CSV do, and all of it at once."""
        plain = manifest.write(self.rows)
        several = b"".join(gzip.compress(line) for line in
                           (manifest.write([row]) for row in self.rows))
        for name, data in {
            "as Elsa Data writes it": plain,
            "quotes only where needed": manifest.write(self.rows, quote_all=False),
            "CRLF": manifest.write(self.rows, newline="\r\n"),
            "BOM": manifest.write(self.rows, bom=True),
            "BOM and no quotes": manifest.write(self.rows, bom=True, quote_all=False),
            "no last newline": manifest.write(self.rows, last_newline=False),
            "no last newline after quotes": manifest.write(self.rows, quote_all=False,
                                                           last_newline=False),
            "gzip": manifest.write(self.rows, compressed=True),
            "several gzip files": several,
            "gzip with an empty one behind it": gzip.compress(plain) + gzip.compress(b""),
            "blank lines": b"\n\r\n" + plain.replace(b"\n\"", b"\n\n\n\"") + b"\n\n",
            "empty third column": b"".join(
                manifest.write([row + ("",)]) for row in self.rows),
            "all at once": manifest.write(self.rows, newline="\r\n", bom=True, compressed=True,
                                          quote_all=False, last_newline=False),
        }.items():
            with self.subTest(name):
                s3util.delete_all(self.s3, self.dest)
                self.check_copied(self.copy(data))

    def test_one_row(self):
        """The shortest manifest."""
        self.check_copied(self.copy(manifest.write(self.rows[:1])), self.KEYS[:1])

    def test_url_encoded(self):
        """As S3 Inventory writes keys: percent, and plus for a space."""
        encoded = [(self.source, key.replace("%", "%25").replace("+", "%2B").replace(" ", "+")
                    .replace("\n", "%0A").replace("é", "%c3%A9")) for key in self.KEYS]
        self.check_copied(self.copy(manifest.write(encoded), "--url-encoded"))

    def test_manifest_from_standard_input_and_disk(self):
        """The same rows, not from S3: the program then writes nothing into the source bucket."""
        for how in ("stdin", "gzip on stdin", "file", "gzip file"):
            with self.subTest(how):
                s3util.delete_all(self.s3, self.dest)
                data = manifest.write(self.rows, compressed="gzip" in how)
                where, given = "-", data
                if "file" in how:
                    (self.folder / "list").write_bytes(data)
                    where, given = "list", None
                self.proxy.reset()
                self.check_copied(self.run_it(["-m", where, "-t", f"s3://{self.dest}/", "--json"],
                                              input=given))
                self.assertEqual({request.bucket for request in self.proxy.log
                                  if request.method not in READING}, {self.dest})

    def input(self, **fields) -> bytes:
        """An input for these buckets; a BOM is allowed."""
        self.s3.put_object(Bucket=self.source, Key="list", Body=manifest.write(self.rows))
        given = {"sourceFilesCsvBucket": self.source, "sourceFilesCsvKey": "list",
                 "destinationBucket": self.dest, **fields}
        return json.dumps(given).encode()

    def test_input_from_standard_input(self):
        """- is the input, with and without a BOM."""
        self.check_copied(self.run_it(["-", "--json"], input=self.input()))
        s3util.delete_all(self.s3, self.dest)
        self.check_copied(self.run_it(["-", "--json"], input=b"\xef\xbb\xbf" + self.input()))

    def test_input_with_every_field(self):
        """No field of the table is refused, nor any of its values; all at their defaults."""
        for fields in [
            {"maxItemsPerBatch": 1, "copyConcurrency": 1, "destinationKeys": "basename",
             "onCollision": "fail", "onDifferent": "overwrite", "tags": "best-effort",
             "sourceRequiredRegion": "", "destinationRequiredRegion": "",
             "destinationFolderKey": "",
             "destinationStartCopyRelativeKey": "STARTED_COPY.txt", "dryRun": False,
             "destinationEndCopyRelativeKey": "ENDED_COPY.csv", "includeCopyReport": True,
             "manifestKeyEncoding": "none", "thawParams": {}},
            {"maxItemsPerBatch": 10000, "copyConcurrency": 10000, "onDifferent": "keep",
             "tags": "require", "destinationRequiredRegion": self.server.region,
             "thawParams": {"glacierFlexibleRetrievalThawDays": 1,
                            "glacierFlexibleRetrievalThawSpeed": "Expedited",
                            "glacierDeepArchiveThawDays": 3650,
                            "glacierDeepArchiveThawSpeed": "Bulk",
                            "intelligentTieringArchiveThawDays": 1,
                            "intelligentTieringArchiveThawSpeed": "Standard",
                            "intelligentTieringDeepArchiveThawDays": 1,
                            "intelligentTieringDeepArchiveThawSpeed": "Standard"}},
            {"onDifferent": "fail", "tags": "none", "sourceRequiredRegion": self.server.region},
        ]:
            with self.subTest(fields):
                s3util.delete_all(self.s3, self.dest)
                self.check_copied(self.run_it(["-", "--json"], input=self.input(**fields)))

    def test_options_win(self):
        """Options take the place of the input's fields."""
        other = self.server.bucket_name("forms-other")
        given = self.input(destinationBucket=other, destinationKeys="full", dryRun=False)
        self.check_copied(self.run_it(["-", "--to", f"s3://{self.dest}", "--json",
                                       "--destination-keys", "basename"], input=given))

    def test_destination_keys(self):
        """Below a folder, under the whole key."""
        given = self.input(destinationFolderKey="to/", destinationKeys="full")
        result = self.run_it(["-", "--json"], input=given).expect(0)
        self.assertEqual(result.json["copied"], len(self.KEYS))
        self.assertEqual(set(s3util.keys(self.s3, self.dest)),
                         {f"to/{key}" for key in self.KEYS} | {"to/STARTED_COPY.txt",
                                                               "to/ENDED_COPY.csv"})

    def test_versions(self):
        """A third column names the version that is copied; without one it is the current."""
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("forms-versions"))
        self.s3.put_bucket_versioning(Bucket=bucket,
                                      VersioningConfiguration={"Status": "Enabled"})
        parts = [s3util.MIN_PART, 9]
        old, new = {}, {}
        for key in ("one", "current", "gone"):
            old[key] = self.s3.put_object(Bucket=bucket, Key=key, Body=b"old " + key.encode(),
                                          Metadata={"age": "old"}, Tagging="age=old")
            new[key] = self.s3.put_object(Bucket=bucket, Key=key, Body=b"new " + key.encode())
        self.s3.delete_object(Bucket=bucket, Key="gone")
        s3util.make_object(self.s3, bucket, Spec("parts", parts=parts, metadata={"age": "old"}))
        old["parts"] = self.s3.head_object(Bucket=bucket, Key="parts")
        self.s3.put_object(Bucket=bucket, Key="parts", Body=b"new")
        table = [(bucket, "one", old["one"]["VersionId"]), (bucket, "current", ""),
                 (bucket, "gone", old["gone"]["VersionId"]),
                 (bucket, "parts", old["parts"]["VersionId"])]
        result = self.copy(manifest.write(table)).expect(0)
        self.assertEqual(result.json["copied"], 4)
        self.assertEqual(result.json["verified"]["etag"], 4)
        for key, wanted in [("one", old), ("current", new), ("gone", old), ("parts", old)]:
            seen = s3util.look(self.s3, self.dest, key)
            self.assertEqual(f'"{seen.etag}"', wanted[key]["ETag"], key)
            self.assertEqual(seen.metadata, {} if wanted is new else {"age": "old"}, key)
            if key != "parts":
                self.assertEqual(seen.tags, {} if wanted is new else {"age": "old"}, key)
        self.proxy.reset()
        again = self.copy(manifest.write(table)).expect(0)
        self.assertEqual(again.json["same"], 4)
        self.assertEqual(self.proxy.requests("CopyObject"), [])

    def test_missing_version_is_one_failure(self):
        """A version that is not there fails that line; the rest is copied."""
        bucket = s3util.make_bucket(self.s3, self.server.bucket_name("forms-versions"))
        self.s3.put_bucket_versioning(Bucket=bucket,
                                      VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket=bucket, Key="x", Body=b"x")
        self.s3.put_object(Bucket=bucket, Key="y", Body=b"y")
        result = self.copy(manifest.write([(bucket, "x", "0" * 32), (bucket, "y", "")])).expect(1)
        self.assertEqual((result.json["copied"], result.json["failed"]), (1, 1))
        self.assertFalse(s3util.exists(self.s3, self.dest, "x"))


if __name__ == "__main__":
    unittest.main()
