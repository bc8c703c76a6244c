"""Copies whose ETags prove nothing: buckets that encrypt with KMS keys, servers whose ETags are no
MD5s, layouts that cannot be mirrored.

Each test has a fake S3 of its own (tests/servers/quirk_s3.py).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import signal
import threading
import unittest

from lib import copyout, manifest
from lib.aws import wait_for
from test_other_servers import MIB, Quirks

import quirks  # lies with the servers: lib.servers knows where

LEDGER = {"verified": "size", "verifiedBy": "ledger"}


def etags_in_capitals(request, proceed):
    """HEAD answers with ETags in capital letters, and conditions take them."""
    wanted = "x-amz-copy-source-if-match"
    if wanted in request.headers:
        request.headers[wanted] = request.headers[wanted].lower()
    answer = proceed(request)
    if request.op == "HeadObject":
        answer.headers = [(name, value.upper() if name.lower() == "etag" else value)
                          for name, value in answer.headers]
    return answer


class Unproven(Quirks):
    """Jobs, run more than once."""

    def begin(self, *given, kms: bool = True) -> None:
        """A fake whose destination encrypts."""
        self.serve(*given)
        if kms:
            self.fake.kms.add("dst")

    def asked(self) -> dict[str, int]:
        """How many requests of each operation came for objects of src, since the last question."""
        counts: dict[str, int] = {}
        for request in self.fake.log:
            if request.key in self.fake.keys("src"):
                counts[request.op] = counts.get(request.op, 0) + 1
        self.fake.forget()
        return counts

    def assert_all(self, status: str, **fields) -> None:
        """All have that result."""
        self.assertEqual(set(self.results), set(self.fake.keys("src")))
        for result in self.results.values():
            self.assertEqual(result["status"], status, result)
            for name, value in fields.items():
                self.assertEqual(result.get(name), value, result)

    def errors(self) -> set[str]:
        """The codes of all failures."""
        return {result["error"]["code"] for result in self.results.values() if "error" in result}


class Ledger(Unproven):
    """What earlier runs wrote."""

    def test_runs_prove_one_after_another(self):
        """The second run copies nothing, and neither does the third."""
        self.begin()
        self.add("a", "b", size=10)
        self.add("c")
        self.run_it()
        self.assert_all("COPIED", verified="size", verifiedBy=None)
        self.asked()
        for _ in range(2):
            self.run_it()
            self.assert_all("SAME", **LEDGER)
            self.assertEqual(self.asked(), {"HeadObject": 6})

    def test_other_options_know_it_too(self):
        """"fail" fails nothing that we wrote."""
        self.begin()
        self.add("a", size=10)
        self.run_it()
        for options in (["--on-different", "fail"], ["--on-different", "keep"],
                        ["--on-unproven", "skip"], ["--on-different", "overwrite"]):
            self.run_it(*options)
            self.assert_all("SAME", **LEDGER)
        told = json.loads((self.folder / "work/job.json").read_text())["input"]
        self.assertEqual(told["onDifferent"], "overwrite")

    def test_source_changed(self):
        """Then what we wrote is not its copy."""
        self.begin()
        self.add("a", size=10)
        self.run_it()
        self.fake.add("src", "a", size=10, seed="another")
        self.run_it()
        self.assert_all("COPIED", verified="size")

    def test_somebody_else_wrote_there(self):
        """Then it is not what we wrote."""
        self.begin()
        self.add("a", size=10)
        self.run_it()
        self.fake.add("dst", "a", size=10, seed="another")
        self.run_it("--on-different", "fail", code=1)
        self.assertEqual(self.errors(), {"Unproven"})
        self.run_it()
        self.assert_all("COPIED", verified="size")

    def test_failure_does_not_forget(self):
        """A run that could not look at the source leaves what the run before it knew."""
        self.begin()
        self.add("a", "b", size=10)
        self.run_it()
        self.fake.quirks.append(quirks.refuse(("HeadObject", "GetObject"), 403, "AccessDenied",
                                              key="^a$"))
        self.run_it(code=1)
        self.assertEqual(self.results["b"]["status"], "SAME")
        self.fake.quirks.clear()
        self.asked()
        self.run_it()
        self.assert_all("SAME", **LEDGER)
        self.assertNotIn("CopyObject", self.asked())
        self.assertFalse((self.folder / "work/ledger").exists())

    def killed(self, key: str, *options: str) -> None:
        """A run that is killed while the destination of this key is looked at."""
        arrived, leave = threading.Event(), threading.Event()
        self.addCleanup(leave.set)

        def hold(request, proceed):
            if request.op == "HeadObject" and request.bucket == "dst" and request.key == key:
                arrived.set()
                leave.wait(60)
            return proceed(request)

        self.fake.quirks.append(hold)
        listed = self.folder / "list.csv"
        listed.write_bytes(manifest.write(manifest.of_bucket("src", self.fake.keys("src"))))
        running = copyout.Running(
            ["run", "--manifest", listed, "--to", "s3://dst/", "--json", "--destination-keys",
             "full", "--work", self.folder / "work", *options], self.server)
        self.assertTrue(arrived.wait(60))
        wait_for(lambda: sum(len(file.read_bytes().splitlines())
                             for file in self.folder.glob("work/results/*.jsonl")) >= 11,
                 "the results of the other objects")
        running.signal(signal.SIGKILL)
        running.wait(60)
        leave.set()
        self.fake.quirks.remove(hold)

    def test_killed(self):
        """Two runs are killed, at different objects; the next one knows what the first wrote."""
        self.begin()
        self.add(*(f"k{number:02d}" for number in range(12)), size=10)
        self.run_it()
        self.asked()
        self.killed("k11")
        self.killed("k00", "--recheck")  # or it would not ask about what the run before settled
        self.run_it()
        self.assert_all("SAME", **LEDGER)
        self.assertNotIn("CopyObject", self.asked())

    def test_work_store_in_s3(self):
        """The same where the work store is a prefix."""
        self.begin()
        self.fake.bucket("work")
        self.add("a", "b", size=10)
        listed = self.folder / "list.csv"
        listed.write_bytes(manifest.write(manifest.of_bucket("src", ["a", "b"])))
        command = ["run", "--manifest", listed, "--to", "s3://dst/", "--json",
                   "--destination-keys", "full", "--work", "s3://work/job/"]
        copyout.run(command, self.server).expect(0)
        for _ in range(2):
            told = copyout.run(command, self.server).expect(0).json
            self.assertEqual(told["same"], 2)
        name, = [key for key in self.fake.keys("work") if key.startswith("job/results/000000-2.1.")]
        lines = self.fake.get("work", name).content.read().splitlines()
        self.assertEqual(json.loads(lines[0])["verifiedBy"], "ledger")
        self.assertFalse([key for key in self.fake.keys("work") if "/ledger/" in key])


class NotComparable(Unproven):
    """It is neither the same nor something else."""

    def put_unknown(self) -> None:
        """Copies that nobody knows who made."""
        self.begin()
        for key in "ab":
            self.fake.add("src", key, size=10)
            self.fake.add("dst", key, size=10, seed=f"src/{key}")

    def test_copy(self):
        """The default."""
        self.put_unknown()
        self.run_it()
        self.assert_all("COPIED", verified="size")

    def test_skip(self):
        """They are left."""
        self.put_unknown()
        self.run_it("--on-unproven", "skip")
        self.assert_all("KEPT", notes=["unproven"], verified="none")
        self.assertNotIn("CopyObject", self.asked())

    def test_skip_by_json(self):
        """The field of the input."""
        self.put_unknown()
        given = self.folder / "input.json"
        given.write_text(json.dumps({"onUnproven": "skip"}))
        self.run_it(given)
        self.assert_all("KEPT", notes=["unproven"])

    def test_keep(self):
        """They are left, with the note."""
        self.put_unknown()
        self.run_it("--on-different", "keep")
        self.assert_all("KEPT", notes=["unproven"])

    def test_fail(self):
        """Under "fail", onUnproven says nothing."""
        self.put_unknown()
        result = self.run_it("--on-different", "fail", "--on-unproven", "skip", code=1)
        self.assertEqual(self.errors(), {"Unproven"})
        self.assertNotIn("something else", result.stderr)
        self.assertIn("cannot be compared", result.stderr)

    def test_another_size_is_something_else(self):
        """Skipping is for what may be the copy."""
        self.begin()
        self.fake.add("src", "a", size=10)
        self.fake.add("dst", "a", size=11)
        self.run_it("--on-different", "fail", code=1)
        self.assertEqual(self.errors(), {"DestinationDiffers"})
        self.run_it("--on-unproven", "skip")
        self.assert_all("COPIED")


class LostAnswers(Unproven):
    """Our own write, whose answer did not come."""

    def test_copy_under_fail(self):
        """CopyObject is sent again, and refused, since the object is there: it is ours."""
        count = itertools.count()

        def lose(request, proceed):
            answer = proceed(request)
            if request.op == "CopyObject" and next(count) == 0:
                return quirks.error(500, "InternalError")
            return answer

        self.begin(lose)
        self.add("a", size=10)
        self.run_it("--on-different", "fail")
        self.assert_all("COPIED", verified="size")
        self.run_it("--on-different", "fail")
        self.assert_all("SAME", **LEDGER)


class NoNeedlessMirror(Unproven):
    """Parts that prove nothing."""

    def test_encrypted_source(self):
        """One CopyObject."""
        self.begin(kms=False)
        self.fake.add("src", "m", size=80 * MIB, part_size=8 * MIB, kms=True)
        self.run_it()
        self.assert_copies("size", ["layout-not-mirrored"])
        self.assertEqual(self.asked(), {"HeadObject": 5, "CopyObject": 1})

    def test_encrypting_destination(self):
        """The first object tells, and the next one needs no parts."""
        self.begin()
        self.add("a", "b", size=80 * MIB, part_size=8 * MIB)
        self.one_by_one()
        self.run_it()
        self.assert_copies("size", ["layout-not-mirrored"])
        self.assertEqual(self.fake.requests("CreateMultipartUpload", key="b"), [])
        self.assertEqual(len(self.fake.requests("CopyObject", key="b")), 1)

    def test_create_tells(self):
        """The marker's answer does not tell, that of the first Create does: no part is copied."""
        def silent(answer):
            answer.drop("x-amz-server-side-encryption")

        self.begin(quirks.change("PutObject", silent))
        self.add("a", size=80 * MIB, part_size=8 * MIB)
        self.run_it()
        self.assert_copies("size", ["layout-not-mirrored"])
        self.assertEqual(len(self.fake.requests("CreateMultipartUpload")), 1)
        self.assertEqual(self.fake.requests("UploadPartCopy"), [])
        self.assertEqual(self.fake.uploads, {})


class NoMd5(Unproven):
    """ETags that are no MD5s."""

    def test_capitals(self):
        """The same digits are the same ETag."""
        self.begin(etags_in_capitals, kms=False)
        self.add("one", size=10)
        self.add("parts")
        self.run_it()
        self.assert_copies()
        self.run_it()
        self.assert_all("SAME", verified="etag", verifiedBy="etag")

    def test_every_copy_has_another(self):
        """As of a server that encrypts by itself. The next run knows it by the ledger."""
        number = itertools.count()

        def other(answer):
            """Another ETag, in the answer and of the object."""
            etag = hashlib.md5(str(next(number)).encode()).hexdigest()
            answer.body = re.sub(rb"<ETag>.*</ETag>", f'<ETag>"{etag}"</ETag>'.encode(),
                                 answer.body)
            self.fake.get("dst", "a").etag = etag

        self.begin(quirks.change("CopyObject", other), kms=False)
        self.add("a", size=10)
        self.run_it()
        self.assert_copies("size", ["etag-not-md5"])
        self.asked()
        self.run_it()
        self.assert_all("SAME", **LEDGER)
        self.assertEqual(self.asked(), {"HeadObject": 2})

    def test_no_layout_makes_it(self):
        """A source ETag of parts that is no MD5 of MD5s: few requests, and a note."""
        self.begin(kms=False)
        self.fake.add("src", "one", size=10, parts=[10], etag="0123456789abcdef" * 2 + "-1")
        self.fake.add("src", "two", size=20 * MIB, parts=[10 * MIB, 10 * MIB],
                      etag="0123456789abcdef" * 2 + "-2")
        self.run_it()
        self.assert_copies("size", ["layout-not-mirrored"])
        self.assertEqual(len(self.fake.requests("UploadPartCopy")), 3)
        self.assertLess(len(self.fake.log), 45)

    def test_parts_of_one_length_only(self):
        """Cloudflare R2's rule."""
        def even(request, proceed):
            upload = self.fake.uploads.get(request.upload_id or "")
            sizes = [part.size for _, part in sorted(upload.parts.items())] if upload else []
            if request.op == "CompleteMultipartUpload" and len(set(sizes[:-1])) > 1:
                return quirks.error(400, "InvalidPart",
                                    "All non-trailing parts must have the same length.")
            return proceed(request)

        self.begin(even, kms=False)
        self.fake.add("src", "m", size=21 * MIB, parts=[8 * MIB, 7 * MIB, 6 * MIB])
        self.run_it()
        self.assert_copies("size", ["layout-not-mirrored"])


if __name__ == "__main__":
    unittest.main()
