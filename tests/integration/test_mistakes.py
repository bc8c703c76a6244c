"""Lists that are wrong as a whole: one sentence with the cause and the remedy, and nothing written.

lib/mistakes.py has the table. A proxy in front of the server sees every request of the program.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
import unittest
from pathlib import Path

from lib import copyout, s3util, servers
from lib.bad_input import READING
from lib.mistakes import LISTS, SRC
from lib.s3util import Spec
from lib.servers import Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

DST = "mistakes-dst"
TO = ["--to", f"s3://{DST}/"]
LIST_KEY = "lists/list.csv"


class Fixture(unittest.TestCase):
    """Buckets, a proxy that sees all, and a scratch folder."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.moto()
        cls.s3 = cls.server.client()
        cls.proxy = servers.FaultProxy(cls.server.endpoint)
        cls.addClassCleanup(cls.proxy.stop)
        cls.through = cls.server.through(cls.proxy)
        if not s3util.exists(cls.s3, SRC, "x/a"):  # the first class of this process
            s3util.make_sources(cls.server, SRC, [Spec("x/a", 10), Spec("y/b, c", 11),
                                                  Spec("d", 12)])
            s3util.make_bucket(cls.s3, DST)

    def setUp(self):
        self.proxy.reset()
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        s3util.delete_all(self.s3, DST)

    def run_it(self, *args: str, command: str = "run", **options) -> copyout.Result:
        """Run the program against the server, through the proxy."""
        return copyout.run([command, *args], self.through, timeout=60, cwd=self.folder, **options)

    def list(self, data: bytes | str) -> None:
        """Have this list in list.csv; SRC is the source bucket."""
        given = data.encode() if isinstance(data, str) else data
        (self.folder / "list.csv").write_bytes(given.replace(b"SRC", SRC.encode()))

    def copy(self, *args: str, to: str = f"s3://{DST}/", **options) -> copyout.Result:
        """Copy what list.csv lists."""
        return self.run_it("--manifest", "list.csv", "--to", to, *args, **options)

    def copies(self) -> set[str]:
        """The keys in the destination that are not copyout's own."""
        return set(s3util.keys(self.s3, DST)) - {"STARTED_COPY.txt", "ENDED_COPY.csv"}

    def assert_nothing_written(self) -> None:
        """No request that changes anything was sent, wherever to."""
        self.assertEqual([(request.op, request.target) for request in self.proxy.log
                          if request.method not in READING], [])
        self.assertEqual(self.proxy.errors, [])

    def assert_refused(self, result: copyout.Result, said: str, exit_code: int = 2) -> None:
        """This is all that was said, and nothing was done."""
        result.expect(exit_code)
        self.assertEqual(result.stderr, f"copyout: error: {said}\n")
        self.assertEqual(result.stdout, "")
        self.assert_nothing_written()


class WholeLists(Fixture):
    """Every mistake of the table."""

    def test_names(self):
        """No case hides another."""
        self.assertEqual(len({mistake.name for mistake in LISTS}), len(LISTS))
        self.assertGreaterEqual(len(LISTS), 60)

    def test_here(self):
        """A list on this machine, named by an option. S3 is not even asked."""
        for mistake in LISTS:
            with self.subTest(mistake.name):
                self.list(mistake.data)
                self.assert_refused(self.copy(*mistake.args),
                                    f"manifest list.csv: {mistake.said}; nothing was copied")
                self.assertEqual(self.proxy.log, [])
        self.assertEqual(s3util.keys(self.s3, DST), [])

    def test_in_s3(self):
        """A list in S3, named by a JSON: fields are named in place of options."""
        for mistake in LISTS:
            with self.subTest(mistake.name):
                self.proxy.reset()
                self.s3.put_object(Bucket=SRC, Key=LIST_KEY, Body=mistake.data)
                keys = "basename" if "basename" in mistake.args else "full"
                (self.folder / "input.json").write_text(json.dumps(
                    {"sourceFilesCsvBucket": SRC, "sourceFilesCsvKey": LIST_KEY,
                     "destinationBucket": DST, "destinationKeys": keys,
                     "manifestHeader": "--header" in mistake.args}))
                for command, more in (("run", []), ("prepare", ["--job", "job"])):
                    self.assert_refused(self.run_it("input.json", *more, command=command),
                                        f"manifest s3://{SRC}/{LIST_KEY}: "
                                        f"{mistake.said_by_field()}; nothing was copied")
        self.s3.delete_object(Bucket=SRC, Key=LIST_KEY)
        self.assertEqual(s3util.keys(self.s3, DST), [])

    def test_from_standard_input(self):
        """The same of standard input, which has no name."""
        self.assert_refused(
            self.run_it("-m", "-", *TO, input=b"a/b\nc/d\n"),
            'manifest (standard input): line 1: there is 1 column ("a/b"), a key without its '
            "bucket, as in 1 more row; write bucket,key in each row: sed 's|^|BUCKET,|'; nothing "
            "was copied")

    def test_json(self):
        """For a script the sentence is the error's message."""
        self.list("bucket,key\nSRC,d\n")
        result = self.copy("--json").expect(2)
        told = json.loads(result.stdout)
        self.assertEqual(told["error"]["name"], "ManifestError")
        self.assertEqual(result.stderr, f"copyout: error: {told['error']['message']}\n")
        self.assertIn("--header", told["error"]["message"])
        self.assert_nothing_written()

    def test_several_mistakes_in_order(self):
        """Collisions and bad rows are told in the order of their lines."""
        self.list("SRC,x/a\nSRC,y/a\nSRC\nSRC,z/a\nB_x,b\n")
        result = self.copy("--destination-keys", "basename").expect(2)
        lines = [int(number) for number in re.findall(r"^line (\d+):", result.stderr, re.M)]
        self.assertEqual(lines, [2, 3, 4, 5], str(result))
        self.assertTrue(result.stderr.endswith(
            "copyout: error: the manifest has 4 problems; nothing was copied\n"))
        self.assert_nothing_written()


class Arguments(Fixture):
    """What is given in the wrong place."""

    def test_list_in_place_of_the_input(self):
        """A CSV without --manifest; prepare has no such option, and does not name it."""
        self.list("SRC,d\n")
        not_json = "input list.csv: it is not valid JSON (line 1) and looks like a manifest; "
        self.assert_refused(self.run_it("list.csv", *TO),
                            not_json + "give it with --manifest list.csv")
        self.list(gzip.compress(b"SRC,d\n"))
        self.assert_refused(self.run_it("list.csv", *TO),
                            not_json + "give it with --manifest list.csv")
        self.list("s3://SRC/d\n" * 500_000)  # longer than an input may be
        self.assert_refused(self.run_it("list.csv", *TO),
                            not_json + "give it with --manifest list.csv")
        self.assert_refused(self.run_it("list.csv", "--job", "job", command="prepare"),
                            not_json + "put that into S3, and name it in a JSON by "
                            "sourceFilesCsvBucket and sourceFilesCsvKey")
        self.assertFalse((self.folder / "job").exists() and list((self.folder / "job").iterdir()))

    def test_address_in_place_of_the_input(self):
        """A list in S3 without --manifest."""
        here = f"input s3://{SRC}/list.csv: an input is a file here, or standard input (-)"
        self.assert_refused(self.run_it(f"s3://{SRC}/list.csv", *TO),
                            f"{here}; a manifest is given with --manifest s3://{SRC}/list.csv, and all objects "
                            f"below a prefix are s3://{SRC}/list.csv/, with a slash at the end")
        self.assert_refused(self.run_it(f"s3://{SRC}/list.csv", "--job", "job", command="prepare"),
                            here)

    def test_one_error_for_an_input_that_is_missing(self):
        """Not three, of which two follow from the first."""
        self.assert_refused(self.run_it("none.json"), "input none.json: No such file or directory")

    def test_missing_fields(self):
        """A command names what can be given to it."""
        (self.folder / "input.json").write_text("{}")
        self.assert_refused(self.run_it("input.json", "--job", "job", command="prepare"),
                            "there is no manifest; give sourceFilesCsvBucket and "
                            "sourceFilesCsvKey; destinationBucket: is missing")
        self.assert_refused(self.run_it(*TO), "there is no manifest; give it with --manifest "
                            "(s3://bucket/key, a path, or - for standard input)")
        self.assert_refused(self.run_it("-m", "list.csv"), "there is no destination; give it with "
                            "--to s3://bucket/folder/")


class Buckets(Fixture):
    """Source buckets that are not there."""

    def test_the_only_one(self):
        """Known before the marker is written."""
        self.list("mistakes-none,a\nmistakes-none,b\n")
        self.assert_refused(
            self.copy(), f"the source bucket mistakes-none does not exist at {self.proxy.endpoint}: is the first "
            "column of the manifest the bucket, and is this the server (--endpoint-url)? Nothing was copied")

    def test_all(self):
        """The same of several, of which two are named."""
        self.list("mistakes-none-1,a\nmistakes-none-2,b\nmistakes-none-3,c\n")
        self.assert_refused(
            self.copy(), f"none of the 3 source buckets exists at {self.proxy.endpoint} (mistakes-none-1, "
            "mistakes-none-2, …): is the first column of the manifest the bucket, and is this the server "
            "(--endpoint-url)? Nothing was copied")

    def test_some(self):
        """Their lines are FAILED, and each bucket is told of once."""
        self.list("SRC,d\nmistakes-none-1,a\nmistakes-none-1,b\nmistakes-none-2,c\n")
        result = self.copy("--json").expect(1)
        told = json.loads(result.stdout)
        self.assertEqual((told["copied"], told["failed"]), (1, 3))
        self.assertEqual({failure["code"] for failure in told["failures"]}, {"NoSuchBucket"})
        for bucket in ("mistakes-none-1", "mistakes-none-2"):
            self.assertEqual(result.stderr.count(f"source bucket {bucket} does not exist; the "
                                                 "objects that are listed in it will be FAILED"), 1)
            self.assertEqual(result.stderr.count(f"s3://{bucket}/"), 1, str(result))
        self.assertEqual(self.copies(), {"d"})

    def test_forbidden_is_no_evidence(self):
        """A bucket that may not be looked at may hold objects that may be copied."""
        self.proxy.rules = [Rule(fp.status(403, "AccessDenied"), op="HeadBucket", bucket=SRC)]
        self.addCleanup(setattr, self.proxy, "rules", [])
        self.list("SRC,d\n")
        self.copy().expect(0)
        self.assertEqual(self.copies(), {"d"})


class Accepted(Fixture):
    """What looks like a mistake and is none, or not any more."""

    def test_addresses(self):
        """s3://bucket/key, one a line, also beside rows of other kinds, and compressed."""
        self.list(gzip.compress(f's3://{SRC}/x/a\n"s3://{SRC}/y/b, c"\n{SRC},d\n'.encode()))
        self.copy().expect(0)
        self.assertEqual(self.copies(), {"x/a", "y/b, c", "d"})

    def test_addresses_url_encoded(self):
        """Their keys are decoded as others are."""
        self.list("s3://SRC/y%2Fb%2C+c\n")
        self.copy("--url-encoded").expect(0)
        self.assertEqual(self.copies(), {"y/b, c"})

    def test_header(self):
        """The first row is passed over, whatever it is."""
        for header in ("bucket,key\n", '\n"Bucket","Key","Size","ETag"\n', 'a "wrong" row\n'):
            with self.subTest(header):
                self.list(header + "SRC,d\n")
                told = json.loads(self.copy("--header", "--json").expect(0).stdout)
                self.assertEqual(told["items"], 1)
        self.assertEqual(self.copies(), {"d"})

    def test_duplicates(self):
        """Lines that name an object again are passed over, and counted; others collide still."""
        self.list("SRC,d\nSRC,x/a\n" + "SRC,d\n" * 3 + '"SRC","y/b, c"\nSRC,x/a\n')
        result = self.copy("--on-duplicate", "skip").expect(0)
        self.assertIn("3 objects: 3 copied", result.stdout)
        self.assertIn(", 4 rows named an object again", result.stdout)
        self.assertEqual(self.copies(), {"d", "x/a", "y/b, c"})
        told = json.loads(self.copy("--on-duplicate", "skip", "--json").expect(0).stdout)
        self.assertEqual((told["items"], told["same"], told["duplicateLines"]), (3, 3, 4))
        rows = self.s3.get_object(Bucket=DST, Key="ENDED_COPY.csv")["Body"].read().decode()
        self.assertEqual(len(rows.strip().splitlines()), 1 + 3, rows)

    def test_duplicates_beside_a_collision(self):
        """Skipping one does not hide the other."""
        self.list("SRC,x/a\nSRC,y/a\nSRC,x/a\n")
        self.assert_refused(
            self.copy("--on-duplicate", "skip", "--destination-keys", "basename"),
            f"manifest list.csv: line 2: s3://{SRC}/y/a collides with s3://{SRC}/x/a of line 1: "
            'both would be copied to "a"; --destination-keys full keeps their folders; nothing was '
            "copied")

    def test_hints(self):
        """Legal bytes are copied as they stand; when none is found, a hint says what to look at."""
        cases = [
            ("SRC,d,12\nSRC,x/a,10\n", "none of the 2 rows with a number in the third column was "
             "found; that column is the version id; if it is a size, leave it out: cut -d, -f1,2"),
            ("SRC,x/*\n", "the row with a '*' in the key was not found; a '*' is a character of "
             "the key, unless --wildcards (\"wildcards\" in a JSON) has rows that end with /* stand for "
             "all objects below"),
            ("SRC, d\nSRC,x/a \nSRC,d\n", "none of the 2 rows whose key begins or ends with a "
             "blank was found; a blank beside the comma or at the end of the row is a part of the "
             "key; if it is not meant, remove it"),
            ("SRC,/d\n", "the row whose key begins with '/' was not found; keys mostly begin "
             "without one; if it is not meant, remove it"),
            ("SRC,y/b%2C%20c\n", "the row whose key has a '%' and two hex digits was not found; "
             "keys are taken as they stand; if they are URL-encoded, say so with --url-encoded, or "
             '"manifestKeyEncoding": "url" in a JSON'),
        ]
        for data, said in cases:
            with self.subTest(data):
                self.list(data)
                result = self.copy().expect(1)
                hints = [line for line in result.stderr.splitlines() if line.startswith("hint: ")]
                self.assertEqual(hints, [f"hint: {said}"], str(result))

    def test_no_hint_where_one_is_found(self):
        """One object with a '*' shows that it is meant."""
        s3util.make_sources(self.server, SRC, [Spec("star*", 3)])
        self.addCleanup(self.s3.delete_object, Bucket=SRC, Key="star*")
        self.list("SRC,star*\nSRC,none*\n")
        self.assertNotIn("hint:", self.copy().expect(1).stderr)


class Folders(Fixture):
    """The default of --destination-keys, which was basename."""

    def test_command_line(self):
        """The tree is kept, and the summary says so."""
        self.list("SRC,x/a\nSRC,d\n")
        self.assertIn(". Folders kept.\n", self.copy().expect(0).stdout)
        self.assertEqual(self.copies(), {"x/a", "d"})

    def test_json(self):
        """A JSON means what it always did."""
        self.list("SRC,x/a\nSRC,d\n")
        (self.folder / "input.json").write_text(json.dumps({"destinationBucket": DST}))
        result = self.run_it("input.json", "--manifest", "list.csv").expect(0)
        self.assertIn(". Folders dropped.\n", result.stdout)
        self.assertEqual(self.copies(), {"a", "d"})

    def test_job_of_an_earlier_version(self):
        """A plan that says basename is gone on with: nothing is copied to other names."""
        for work in ([], ["--work", "work"]):
            with self.subTest(work):
                s3util.delete_all(self.s3, DST)
                self.list("SRC,x/a\nSRC,d\n")
                self.copy("--destination-keys", "basename", *work).expect(0)
                result = self.copy(*work).expect(0)
                self.assertIn("2 the same already", result.stdout)
                self.assertIn(". Folders dropped.\n", result.stdout)
                self.assertIn("this job began with --destination-keys basename, and goes on with "
                              "it\n", result.stderr)
                self.assertEqual(self.copies(), {"a", "d"})

    def test_the_same_from_standard_input(self):
        """Only when the list was read is it known to be the job's."""
        rows = f"{SRC},x/a\n{SRC},d\n".encode()
        arguments = ["--manifest", "-", *TO, "--work", "work"]
        self.run_it(*arguments, "--destination-keys", "basename", input=rows).expect(0)
        result = self.run_it(*arguments, input=rows).expect(0)
        self.assertIn("2 the same already", result.stdout)
        self.assertEqual(self.copies(), {"a", "d"})

    def test_asked_for(self):
        """An option counts more than a plan: that is another job."""
        self.list("SRC,x/a\n")
        self.copy("--destination-keys", "basename", "--work", "work").expect(0)
        self.copy("--destination-keys", "full", "--work", "work").expect(0)
        self.assertEqual(self.copies(), {"a", "x/a"})


if __name__ == "__main__":
    unittest.main()
