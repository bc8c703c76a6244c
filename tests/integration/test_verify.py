"""copyout verify, and delivery records: what is found, what it costs, and what a changed record is told by."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from lib import copyout, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import ALL_TAGS, Spec

from test_other_servers import Quirks

import nginx.computed_s3 as computed  # lies with the servers: lib.servers knows where
import quirks  # likewise

MANY = 100_000
MOST_REQUESTS = 110  # for them
RECORD = "DELIVERY.jsonl"
OWN = ("STARTED_COPY.txt", "ENDED_COPY.csv", RECORD)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "delivery-record.md"
SPECS = [Spec(f"a/{number:03}", size=100 + number, tags=ALL_TAGS if number % 2 else {}) for number in range(12)]


def verify(server, *arguments, **how) -> copyout.Result:
    """copyout verify."""
    return copyout.run(["verify", *arguments], server, **how)


def findings(told: dict) -> set[tuple[str, str]]:
    """(status, key) of each finding of --json."""
    return {(finding["status"], finding["key"]) for finding in told["findings"]}


class ManyObjects(unittest.TestCase):
    """A hundred thousand objects: what is found among them, by how many requests."""

    @classmethod
    def setUpClass(cls):
        cls.fake = computed.ComputedS3({"objects": MANY})
        cls.addClassCleanup(cls.fake.stop)
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        cls.fake.complete(cls.fake.copies, "x/")
        told = copyout.run(["run", f"s3://{cls.fake.source}/", "--to", f"s3://{cls.fake.copies}/x/", "--work",
                            cls.folder / "work", "--delivery-record", "work", "--json", "--quiet"],
                           env=cls.fake.environment()).expect(0).json
        assert told["same"] == MANY
        cls.client = servers.boto_client(cls.fake.endpoint, computed.REGION, *computed.USER)

    def ways(self) -> dict[str, list]:
        """The ways to say what is to be there."""
        return {"job": ["--work", self.folder / "work"], "record": [self.folder / "work" / RECORD]}

    def counted(self, way: list, *options: str, code: int) -> dict:
        """What --json tells; the server's count is the program's."""
        self.fake.reset()
        told = verify(None, *way, *options, "--json", "--quiet", env=self.fake.environment()).expect(code).json
        sent = self.fake.requests()
        self.assertEqual(sum(told["requests"].values()), sent)
        self.assertLessEqual(sent, MOST_REQUESTS)
        self.assertEqual(told["objects"], MANY)
        return told

    def test_1_all_is_there(self):
        for name, way in self.ways().items():
            with self.subTest(name):
                told = self.counted(way, "--extra", code=0)
                self.assertEqual((told["same"], told["findings"], told["complete"]), (MANY, [], True))
                self.counted(way, code=0)

    def test_1_few_among_many(self):
        """Twenty of the hundred thousand: listings do not pay, and objects are asked for one by one."""
        listed = self.folder / "few.csv"
        listed.write_text("".join(f"{bucket},{key}\n" for bucket, key in self.fake.rows(20, 5000)))
        copyout.run(["run", "--manifest", listed, "--to", f"s3://{self.fake.copies}/x/", "--work",
                     self.folder / "few"], env=self.fake.environment()).expect(0)
        told = verify(None, "--work", self.folder / "few", "--json", "--quiet",
                      env=self.fake.environment()).expect(0).json
        self.assertEqual((told["same"], told["requests"]), (20, {"ListObjectsV2": 2, "HeadObject": 18}))

    def test_2_a_changed_byte_a_missing_and_an_extra_key(self):
        changed, missing, extra = (f"x/{self.fake.key(number)}" for number in (12_345, 67_890, 99_999))
        extra += ".more"
        bucket = self.fake.copies
        size = self.client.head_object(Bucket=bucket, Key=changed)["ContentLength"]
        for key in (changed, missing):
            self.client.delete_object(Bucket=bucket, Key=key)
        self.client.put_object(Bucket=bucket, Key=changed, Body=b"\1" + bytes(size - 1))
        self.client.put_object(Bucket=bucket, Key=extra, Body=b"more")
        for name, way in self.ways().items():
            with self.subTest(name):
                told = self.counted(way, "--extra", code=1)
                self.assertEqual(findings(told), {("DIFFERENT", changed), ("MISSING", missing), ("EXTRA", extra)})
                self.assertEqual(told["same"], MANY - 2)
                told = self.counted(way, code=1)
                self.assertEqual(findings(told), {("DIFFERENT", changed), ("MISSING", missing)})


class Oddities(Quirks):
    """What listings do not decide."""

    def verify(self, code: int, *options: str) -> dict:
        """Verify the job, and its record, which say the same."""
        told = [verify(self.server, *way, *options, "--json", "--quiet").expect(code).json
                for way in (["--work", self.folder / "work"], [self.folder / "work" / RECORD])]
        self.assertEqual(findings(told[0]), findings(told[1]))
        return told[0]

    def copy(self, *keys: str, **what) -> None:
        """Copy them, with a record."""
        self.add(*keys, **what)
        self.run_it("--delivery-record", "work")

    def test_what_was_written_again_under_kms_keys(self):
        self.serve()
        self.fake.kms.add("dst")
        self.copy("a", "b", "c", size=1000)
        told = self.verify(0)
        self.assertEqual((told["same"], told["bySize"]), (3, 0))  # their ETags are on record
        self.fake.add("dst", "b", size=1000, seed="src/b")  # the same bytes, or not: nobody knows
        self.fake.add("dst", "c", size=1001)
        self.assertEqual(findings(self.verify(1)), {("NOT-COMPARABLE", "b"), ("DIFFERENT", "c")})

    def test_a_checksum_decides(self):
        self.serve()
        self.fake.kms.add("dst")
        self.copy("a", "b", size=1000, checksums=["crc64nvme"])
        self.fake.add("dst", "a", size=1000, seed="src/a", checksums=["crc64nvme"])
        self.fake.add("dst", "b", size=1000, checksums=["crc64nvme"])
        self.assertEqual(findings(self.verify(1)), {("DIFFERENT", "b")})

    def test_what_was_found_there_by_a_checksum(self):
        """Its ETag, which is not the source's, is on record too."""
        self.serve()
        self.fake.kms.add("dst")
        self.copy("a", "b", size=1000, checksums=["crc64nvme"])
        (self.folder / "work").rename(self.folder / "before")
        self.run_it("--delivery-record", "work")
        for key in ("a", "b"):
            self.assertEqual((self.results[key]["status"], self.results[key]["verifiedBy"],
                              self.results[key]["foundEtag"]), ("SAME", "crc64nvme", self.fake.get("dst", key).etag))
        self.assertEqual(self.verify(0)["bySize"], 0)
        self.fake.add("dst", "b", size=1000)
        self.assertEqual(findings(self.verify(1)), {("NOT-COMPARABLE", "b")})

    def test_a_bucket_that_may_not_be_listed(self):
        self.serve()
        self.copy("a", "b", size=1000)
        self.fake.quirks.append(quirks.refuse("ListObjectsV2", 403, "AccessDenied"))
        self.fake.delete("dst", "b")
        told = self.verify(1)
        self.assertEqual((findings(told), told["requests"]["HeadObject"]), ({("MISSING", "b")}, 2))
        result = verify(self.server, self.folder / "work" / RECORD, "--extra", "--json").expect(3)
        self.assertIn("--extra needs the listing", result.json["error"]["message"])

    def test_what_was_kept_is_there(self):
        self.serve()
        self.add("a", "b", size=1000)
        self.fake.add("dst", "a", size=5)
        self.run_it("--delivery-record", "work", "--on-different", "keep")
        told = self.verify(0, "--extra")
        self.assertEqual((told["same"], told["kept"]), (1, 1))
        self.fake.delete("dst", "a")
        self.assertEqual(findings(self.verify(1)), {("MISSING", "a")})

    def test_names_that_are_no_utf8(self):
        """Of a server that allows such: --extra shows them."""
        self.serve()
        self.copy("a", size=1000)
        name = b"z\xff\xfe".decode(errors="surrogateescape")
        self.fake.add("dst", name, size=1)
        result = verify(self.server, self.folder / "work" / RECORD, "--extra", "--json", "--report",
                        self.folder / "found.csv").expect(1)
        self.assertEqual(findings(result.json), {("EXTRA", "z\\xff\\xfe")})
        self.assertIn(b'EXTRA,"z\xff\xfe",', (self.folder / "found.csv").read_bytes())


class Deliveries:
    """On each server."""

    kind: str

    def setUp(self):
        self.server = servers.get(self.kind)
        self.job = Job(self, self.server, SPECS)
        self.keys = self.job.folder / "private.pem", self.job.folder / "public.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.keys[0]], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.keys[0], "-pubout", "-out", self.keys[1]], check=True)

    def list_form(self) -> list:
        """The list as verify takes it."""
        return ["--manifest", self.job.manifest, "--to", f"s3://{self.job.dst}/{FOLDER}",
                "--destination-keys", "full"]

    def expect(self, way: list, code: int, *options, found: set = frozenset()) -> dict:
        """Verify; found: (status, key below the folder)."""
        told = verify(self.server, *way, *options, "--json", "--quiet").expect(code).json
        self.assertEqual(findings(told), {(status, FOLDER + key) for status, key in found}, way)
        return told

    def test_each_way_finds_what_is_wrong(self):
        told = self.job.run("--delivery-record", "destination", "--delivery-tags", "--sign-key",
                            str(self.keys[0])).expect(0).json
        there = told["deliveryRecord"]
        self.assertEqual(there, f"s3://{self.job.dst}/{FOLDER}{RECORD}")
        ways = [["--work", self.job.work], [self.job.work / RECORD, "--public-key", self.keys[1]], [there],
                self.list_form()]
        for way in ways:
            told = self.expect(way, 0, "--extra", "--tags")
            self.assertEqual((told["objects"], told["same"]), (len(SPECS), len(SPECS)))
        self.assertNotIn("PutObject", told["requests"])
        self.job.dest.delete_object(Bucket=self.job.dst, Key=FOLDER + "a/001")
        self.job.put_copy("a/002", bytes(102))
        self.job.put_copy("a/003", b"longer" * 50)
        self.job.put_copy("b", b"nobody named it")
        self.job.dest.put_object_tagging(Bucket=self.job.dst, Key=FOLDER + "a/005",
                                         Tagging={"TagSet": [{"Key": "changed", "Value": "x"}]})
        wrong = {("MISSING", "a/001"), ("DIFFERENT", "a/002"), ("DIFFERENT", "a/003")}
        for way in ways:
            self.expect(way, 1, found=wrong)
            self.expect(way, 1, "--extra", "--tags", found={*wrong, ("EXTRA", "b"), ("TAGS", "a/005")})
        with open(self.job.folder / "found.csv", "w+", encoding="utf-8", newline="") as file:
            verify(self.server, *ways[0], "--extra", "--report", file.name, "--quiet").expect(1)
            rows = {(row["status"], row["key"]) for row in csv.DictReader(file)}
        self.assertEqual(rows, {(status, FOLDER + key) for status, key in {*wrong, ("EXTRA", "b")}})

    def test_tags_of_a_record_cost_one_request_an_object(self):
        self.job.run("--delivery-tags").expect(0)
        told = self.expect([self.job.work / RECORD], 0, "--tags")
        self.assertEqual(told["requests"]["GetObjectTagging"], len(SPECS))

    def test_hard_keys(self):
        """Newlines, quotes and all that is no plain letter go through the record, and are found again."""
        specs = [Spec(key, size=10) for key in s3util.hard_keys(room=len(FOLDER))]
        self.job.put_source(*specs)
        self.job.list(spec.key for spec in specs)
        self.job.run("--delivery-record", "work").expect(0)
        text = (self.job.work / RECORD).read_bytes()
        self.assertEqual(text.count(b"\n"), len(specs) + 2)
        lines = [json.loads(line) for line in text.decode().split("\n")[1:-2]]
        self.assertEqual([line["key"].encode() for line in lines],
                         sorted((FOLDER + spec.key).encode() for spec in specs))
        for way in (["--work", self.job.work], [self.job.work / RECORD]):
            told = self.expect(way, 0, "--extra")
            self.assertEqual(told["same"], len(specs))
        self.job.dest.delete_object(Bucket=self.job.dst, Key=FOLDER + "new\nline")
        said = verify(self.server, self.job.work / RECORD, "--report", self.job.folder / "f.csv").expect(1)
        self.assertIn("new\\x0aline", said.stderr)
        rows = list(csv.reader(io.StringIO((self.job.folder / "f.csv").read_bytes().decode(), newline="")))
        self.assertEqual(rows[1][:2], ["MISSING", FOLDER + "new\nline"])

    def test_another_place(self):
        """The delivery was moved as a whole: --to says where it is."""
        self.job.run("--delivery-record", "work").expect(0)
        for key in s3util.keys(self.job.dest, self.job.dst, FOLDER):
            self.job.dest.copy_object(Bucket=self.job.dst, Key="other/" + key.removeprefix(FOLDER),
                                      CopySource={"Bucket": self.job.dst, "Key": key})
            self.job.dest.delete_object(Bucket=self.job.dst, Key=key)
        self.assertEqual(self.expect([self.job.work / RECORD], 1,
                                     found={("MISSING", spec.key) for spec in SPECS})["missing"], len(SPECS))
        told = self.expect([self.job.work / RECORD], 0, "--to", f"s3://{self.job.dst}/other/", "--extra")
        self.assertEqual(told["same"], len(SPECS))

    def test_a_job_that_was_not_complete(self):
        """What failed is not delivered: it is told of, and the rest holds."""
        self.job.list([*self.job.specs, "is not there"])
        self.job.run("--delivery-record", "work").expect(1)
        for way in (["--work", self.job.work], [self.job.work / RECORD]):
            told = self.expect(way, 0)
            self.assertEqual((told["complete"], told["failed"], told["objects"]), (False, 1, len(SPECS)))
            self.assertIn("not complete: 1 object failed", verify(self.server, *way).expect(0).stderr)
        told = verify(self.server, *self.list_form(), "--json", "--quiet").expect(1).json
        self.assertEqual(findings(told), {("UNREADABLE", FOLDER + "is not there")})


class WithoutTags(unittest.TestCase):
    """Servers that answer an error to GetObjectTagging of an object without tags."""

    def test_tags(self):
        for status, code in ((404, "NoSuchTagSet"), (404, "NoSuchTagSetError"), (501, "NotImplemented")):
            with self.subTest(code):
                server = servers.quirk(self, quirks.refuse("GetObjectTagging", status, code))
                job = Job(self, server, [Spec("a", size=7), Spec("b", size=9)])
                job.run("--delivery-tags").expect(0)
                for way in ([job.work / RECORD], ["--manifest", job.manifest, "--to", f"s3://{job.dst}/{FOLDER}"]):
                    told = verify(server, *way, "--tags", "--json", "--quiet").expect(0).json
                    self.assertEqual((told["same"], told["findings"]), (2, []))


class OnMoto(Deliveries, unittest.TestCase):
    kind = "moto"


class OnRgw(Deliveries, unittest.TestCase):
    kind = "rgw"


class Records(Deliveries, unittest.TestCase):
    """The record itself: what is made of one that was changed, and who may have made it."""

    kind = "moto"
    # The tests of the base class have run.
    test_each_way_finds_what_is_wrong = test_hard_keys = test_another_place = None
    test_a_job_that_was_not_complete = test_tags_of_a_record_cost_one_request_an_object = None

    def signed(self) -> bytes:
        """A signed record, which it is told where lies."""
        self.job.run("--sign-key", str(self.keys[0])).expect(0)
        self.record = self.job.work / RECORD
        return self.record.read_bytes()

    def refused(self, text: bytes, *options) -> str:
        """What is said of a record that cannot be relied on: the destination is not looked at."""
        self.record.write_bytes(text)
        result = verify(self.server, self.record, *options, "--json").expect(1)
        self.assertEqual((result.json["requests"], result.json["complete"]), ({}, False))
        self.assertEqual(result.stderr, f"copyout: error: {result.json['record']['problem']}\n")
        return result.json["record"]["problem"]

    def test_a_record_that_was_changed(self):
        text = self.signed()
        lines = text.split(b"\n")
        for changed, said in (
                (text.replace(b'"size":103', b'"size":104'), "its digest is not that of its lines"),
                (text.replace(b'"key":"the copies/a/003"', b'"key":"the copies/z"'), "line 6 is not in the order"),
                (b"\n".join([*lines[:3], *lines[4:]]), "more or fewer lines|digest is not"),
                (text.replace(b'"size":103,', b'"size": 103,'), "line 5 is no line of a record"),
                (text.replace(b'"failed":0', b'"failed":7'), "digest is not"),
                (text[:-1], "cut off"), (text[:-20], "cut off"), (b"\n".join(lines[:6]) + b"\n", "cut off"),
                (lines[0], "cut off"), (text + b"\n", "changed|cut off")):
            self.assertNotEqual(changed, text)
            self.assertRegex(self.refused(changed), said)

    def test_signatures(self):
        text = self.signed()
        told = verify(self.server, self.record, "--public-key", self.keys[1], "--json").expect(0).json
        self.assertEqual(told["record"]["signature"], "good")
        told = verify(self.server, self.record, "--json").expect(0)
        self.assertEqual(told.json["record"]["signature"], "not-checked")
        self.assertIn(told.json["record"]["key"], told.stderr)
        private, other = self.job.folder / "another.pem", self.job.folder / "other.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", other], check=True)
        self.assertIn("another key", self.refused(text, "--public-key", other))
        # Changed, and given a digest that fits; or the signature of something else.
        body, _, last = text.removesuffix(b"\n").rpartition(b"\n")
        body = body.replace(b'"size":103', b'"size":104') + b"\n"
        end = json.loads(last)
        forged = last.replace(end["sha256"].encode(), hashlib.sha256(body).hexdigest().encode()) + b"\n"
        self.assertIn("signature is wrong", self.refused(body + forged, "--public-key", self.keys[1]))
        wrong = base64.b64encode(bytes(64))
        self.assertIn("signature is wrong", self.refused(
            text.replace(end["signature"]["value"].encode(), wrong), "--public-key", self.keys[1]))
        unsigned = re.sub(rb',"signature":\{.*?\}', b"", text)
        self.assertIn("is not signed", self.refused(unsigned, "--public-key", self.keys[1]))
        self.record.write_bytes(unsigned)
        result = verify(self.server, self.record).expect(0)
        self.assertIn("the record is not signed", result.stderr)

    def test_the_record_is_told_of_first(self):
        """Its digest and its signature, then the findings, then the counts."""
        self.signed()
        self.job.dest.delete_object(Bucket=self.job.dst, Key=FOLDER + "a/001")
        result = verify(self.server, self.record, "--public-key", self.keys[1]).expect(1)
        self.assertRegex(result.stderr, "\\A"
                         f"copyout: the record is whole, its digest is right: 12 objects of s3://{self.job.dst}/{FOLDER}, "
                         r"made 20\S+Z\n"
                         "copyout: the record is signed by the key that was given\n"
                         f"copyout: warning: MISSING {FOLDER}a/001: nothing is there\n\\Z")
        self.assertEqual(result.stdout, "12 objects: 11 as the record says, 1 missing\n")
        quiet = verify(self.server, self.record, "--public-key", self.keys[1], "--quiet").expect(1)
        self.assertEqual((quiet.stdout, quiet.stderr), ("", ""))

    def test_openssl_checks_the_signature(self):
        text = self.signed()
        end = json.loads(text.split(b"\n")[-2])
        body = text[:text.rindex(b"\n", 0, -1) + 1]
        digest = hashlib.sha256(body).hexdigest()
        (self.job.folder / "signature").write_bytes(base64.b64decode(end["signature"]["value"]))
        (self.job.folder / "signed").write_bytes(f"copyout delivery record 1\nsha256:{digest}\n".encode())
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", self.keys[1], "-rawin", "-in", "signed",
                        "-sigfile", "signature"], cwd=self.job.folder, check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", self.keys[1], "-outform", "DER"],
                             check=True, capture_output=True).stdout
        self.assertEqual(end["signature"]["key"], hashlib.sha256(der).hexdigest())

    def test_the_program_of_the_documentation(self):
        text = self.signed()
        program = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
        access, secret = self.server.credentials()
        prelude = ("import boto3, functools\nboto3.client = functools.partial(boto3.client, "
                   f"endpoint_url={self.server.endpoint!r}, region_name={self.server.region!r}, "
                   f"aws_access_key_id={access!r}, aws_secret_access_key={secret!r})\n")

        def check(code: int, *arguments) -> str:
            done = subprocess.run([copyout.REPOSITORY / "scripts" / "python.sh", "-c", prelude + program,
                                   *map(str, arguments)], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            return done.stdout + done.stderr

        self.assertIn("12 objects are as the record says", check(0, self.record, self.keys[1]))
        self.record.write_bytes(text.replace(b'"size":103', b'"size":104'))
        self.assertIn("the record was changed", check(1, self.record))
        self.record.write_bytes(text)
        self.job.put_copy("a/002", bytes(102))
        self.assertIn(FOLDER + "a/002", check(1, self.record, self.keys[1]))

    def test_a_key_that_is_none_is_found_before_anything_is_written(self):
        bad = self.job.folder / "bad.pem"
        locked = self.job.folder / "locked.pem"
        rsa = self.job.folder / "rsa.pem"
        bad.write_text("no key")
        subprocess.run(["openssl", "pkey", "-in", self.keys[0], "-aes256", "-passout", "pass:secret", "-out", locked],
                       check=True)
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", rsa], check=True, capture_output=True)
        for path, said in ((bad, "no private key in PEM"), (locked, "passphrase"), (rsa, "no Ed25519 key"),
                           (self.job.folder / "absent", "No such file"), (self.keys[1], "no private key")):
            result = self.job.run("--sign-key", str(path)).expect(2)
            self.assertRegex(result.json["error"]["message"], f"^--sign-key: .*{said}")
            self.assertNotIn("-----", result.stderr)
        self.assertEqual(s3util.keys(self.job.dest, self.job.dst), [])
        self.signed()
        result = verify(self.server, self.record, "--public-key", self.keys[0]).expect(2)
        self.assertIn("no public key", result.stderr)
        private = self.keys[0].read_text().split("\n")[1]
        for file in self.job.work.rglob("*"):
            if file.is_file():
                self.assertNotIn(private, file.read_text())

    def test_a_work_store_in_s3(self):
        work = f"s3://{self.job.dst}/work/"
        copyout.run(["run", *self.list_form(), "--work", work, "--delivery-record", "work"], self.server).expect(0)
        for way in (["--work", work], [work + RECORD]):
            self.assertEqual(self.expect(way, 0, "--extra")["same"], len(SPECS))

    def test_the_current_version_counts(self):
        self.job.dest.put_bucket_versioning(Bucket=self.job.dst, VersioningConfiguration={"Status": "Enabled"})
        self.job.run("--delivery-record", "work").expect(0)
        lines = [json.loads(line) for line in (self.job.work / RECORD).read_text().split("\n")[1:-2]]
        for line in lines:
            self.job.dest.head_object(Bucket=self.job.dst, Key=line["key"], VersionId=line["versionId"])
        self.job.dest.delete_object(Bucket=self.job.dst, Key=FOLDER + "a/004")  # a delete marker
        self.job.put_copy("a/005", bytes(105))
        self.expect([self.job.work / RECORD], 1, found={("MISSING", "a/004"), ("DIFFERENT", "a/005")})

    def test_a_file_of_somebody_else_is_left(self):
        self.job.put_copy(RECORD, b"theirs")
        told = self.job.run("--delivery-record", "destination").expect(0).json
        self.assertTrue(told["deliveryRecord"].endswith("/DELIVERY-2.jsonl"), told)
        self.assertEqual(self.job.copy_of(RECORD), b"theirs")
        told = self.expect(["--work", self.job.work], 1, "--extra", found={("EXTRA", RECORD)})
        told = self.job.run("--delivery-record", "destination").expect(0).json  # its own is written again
        self.assertTrue(told["deliveryRecord"].endswith("/DELIVERY-2.jsonl"), told)

    def test_a_report_that_is_made_again_signs(self):
        self.job.run("--delivery-record", "destination").expect(0)
        copyout.run(["report", "--job", self.job.work, "--sign-key", self.keys[0]], self.server).expect(0)
        there = f"s3://{self.job.dst}/{FOLDER}{RECORD}"
        self.assertEqual(verify(self.server, there, "--public-key", self.keys[1], "--json").expect(0)
                         .json["record"]["signature"], "good")

    def test_places_of_another_kind(self):
        """The sentence says what was given, and how what was meant is given."""
        self.signed()
        file = self.job.folder / "a file"
        file.write_text("")
        no_bucket = "s3://no-such-bucket-of-ours/f/"
        for arguments, said, code in (
                ((self.job.work,), "the argument is a folder: give the work store of a job with --work", 2),
                (("--work", file), f"--work {file}: this is a file, and a work store is a folder\n", 2),
                (("--work", self.record), "is a folder; give a delivery record without --work\n", 2),
                ((f"s3://{self.job.dst}/{FOLDER}",), "is a folder in S3: give a delivery record by its key", 2),
                (("--manifest", self.record, "--to", f"s3://{self.job.dst}/"), "--manifest names a delivery record", 2),
                ((self.record, "--report", f"s3://{self.job.dst}/f.csv"), "--report is a file on this machine", 2),
                ((self.job.work / "job.json",), "the argument is a file of a work store: give its folder with --work", 2),
                ((self.job.work / "report.json",), "a file of a work store: give its folder with --work", 2),
                ((self.record, "--to", no_bucket),
                 "error: bucket no-such-bucket-of-ours: The specified bucket does not exist", 4)):
            with self.subTest(arguments):
                self.assertIn(said, verify(self.server, *arguments).expect(code).stderr)

    def test_record_on_standard_input(self):
        self.signed()
        told = verify(self.server, "-", input=self.record.read_bytes()).expect(2).stderr
        self.assertEqual(told, "copyout: error: input (standard input): this is a delivery record; copyout verify takes "
                               "it as a file or from S3: copyout verify DELIVERY.jsonl\n")

    def test_record_that_is_not_there(self):
        self.signed()
        self.record.unlink()
        self.assertIn("No such file", verify(self.server, self.job.work / RECORD).expect(2).stderr)

    def test_errors_of_a_list(self):
        """That nothing was copied is no news where nothing is."""
        self.signed()
        self.job.manifest.write_text("x,y\n")
        to = ("--to", f"s3://{self.job.dst}/{FOLDER}")
        for name in (self.job.manifest, self.job.folder / "absent"):
            told = verify(self.server, "--manifest", name, *to, "--json").expect(2)
            self.assertNotIn("copied", told.stderr + told.stdout)

    def test_what_is_no_job_and_no_record(self):
        for arguments, said in (
                ((), "what is to be verified"), (("--work", self.job.folder / "absent"), "No such file"),
                (("--work", self.job.work, "x.jsonl"), "--work names a job"),
                ((f"s3://{self.job.dst}/absent.jsonl",), "NoSuchKey|not exist"),
                ((*self.list_form(), "--public-key", self.keys[1]), "is for a delivery record")):
            result = verify(self.server, *arguments)
            self.assertIn(result.returncode, (2, 4), result)
            self.assertRegex(result.stderr, said)
        self.job.run("--dry-run").expect(0)
        self.assertIn("dry run", verify(self.server, "--work", self.job.work).expect(2).stderr)
        self.signed()
        self.assertIn("no digests of tags", verify(self.server, self.record, "--tags").expect(2).stderr)
        later = self.record.read_bytes().replace(b'"version":1', b'"version":2')
        self.record.write_bytes(later)
        self.assertIn("of a later version", verify(self.server, self.record).expect(2).stderr)


if __name__ == "__main__":
    unittest.main()
