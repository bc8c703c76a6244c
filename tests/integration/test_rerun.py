"""A job can be run again at any time: what is there is left, what differs is dealt with as asked.

And whoever changes an object while it is copied, at the source or at the destination, never gets
a copy that is half of one and half of the other, nor loses what was not ours to replace.
"""

from __future__ import annotations

import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, Job, Other
from lib.s3util import ALL_HEADERS, ALL_METADATA, ALL_TAGS, MIN_PART, Spec
from faultproxy import Rule, call_after, call_before, enforce_copy_conditions, stall

THREE_PARTS = [MIN_PART, MIN_PART, 9]
SECONDS = 60  # how long a rule waits for a request that must come


def some_kinds() -> list[Spec]:
    """One of each kind that is told apart when a job is run again."""
    return [Spec("empty"), Spec("small", size=10), Spec("a b/+%41", size=11),
            Spec("full", size=12, headers=ALL_HEADERS, metadata=ALL_METADATA, tags=ALL_TAGS),
            Spec("parts", parts=[MIN_PART, 9], tags={"a": "b"}),
            Spec("uneven", parts=[MIN_PART + 1, MIN_PART, 9]),
            Spec("one part", parts=[1000])]


class OnEachServer:
    """The tests that run on RGW and on moto."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def job(self, *specs: Spec) -> Job:
        """A job for these objects."""
        return Job(self, self.server, specs)

    def enforced(self, job: Job) -> list[Rule]:
        """The rule that makes the proxy enforce the conditions of a copy, as S3 does."""
        return [Rule(enforce_copy_conditions(job.dest))]


class Again(OnEachServer):
    """Running a job a second time."""

    def test_second_run_copies_nothing_and_says_so(self):
        job = self.job(*some_kinds())
        self.assertEqual(job.run().expect(0).json["copied"], len(job.specs))
        before = {item["Key"]: item["LastModified"] for item in s3util.listing(job.dest, job.dst)}
        # The same work store, and one that knows nothing: what is there decides, not our notes.
        for work in (job.work, job.folder / "another work store"):
            job.work = work
            told = job.run().expect(0).json
            self.assertEqual(job.written(), set())
            for op in ("CopyObject", "UploadPartCopy", "CreateMultipartUpload"):
                self.assertNotIn(op, told["requests"])
            self.assertEqual((told["items"], told["copied"], told["same"], told["bytes"]),
                             (len(job.specs), 0, len(job.specs), 0))
            self.assertEqual(told["verified"],
                             {"etag": len(job.specs), "checksum": 0, "size": 0, "none": 0})
            self.assertEqual(set(job.statuses().values()), {"SAME"})
            self.assertEqual({row["status"] for row in job.report()}, {"SAME"})
            self.assertEqual(len(job.report()), len(job.specs))
        after = {item["Key"]: item["LastModified"] for item in s3util.listing(job.dest, job.dst)}
        for key in job.specs:
            self.assertEqual(before[FOLDER + key], after[FOLDER + key], key)
        said = copyout.run(job.arguments(), self.server).expect(0)
        lines = said.stdout.strip().splitlines()
        self.assertEqual([line.split(":")[0] for line in lines[1:]], ["Report", "Page", "Work store"], said)
        self.assertRegex(lines[0], r"\bnothing copied\b")
        self.assertRegex(lines[0], rf"\b{len(job.specs)} the same\b")

    def test_changed_source_is_copied_again_and_nothing_else(self):
        for changed in (Other("small", size=10), Other("parts", parts=[MIN_PART, 9]),
                        Spec("one part", size=3), Spec("small", parts=[7])):
            job = self.job(Spec("small", size=10), Spec("parts", parts=[MIN_PART, 9]),
                           Spec("one part", parts=[1000]), Spec("other", size=4))
            job.run().expect(0)
            job.put_source(changed)
            with self.subTest(changed=changed):
                told = job.run().expect(0).json
                self.assertEqual((told["copied"], told["same"]), (1, 3))
                self.assertEqual(job.written(), {changed.key})
                self.assertEqual(job.result(changed.key)["status"], "COPIED")
                self.assertEqual(job.copy_of(changed.key), changed.body())
                job.assert_copied()

    def test_damaged_and_missing_copies_are_repaired(self):
        """Other bytes of the same size: only the ETag shows them."""
        job = self.job(*some_kinds())
        job.run().expect(0)
        damaged = {"small", "full", "parts", "uneven", "one part"}
        for key in damaged:
            job.put_copy(key, Other(**vars(job.specs[key])).body())
        job.put_copy("empty", b"not empty")
        job.dest.delete_object(Bucket=job.dst, Key=FOLDER + "a b/+%41")
        told = job.run().expect(0).json
        self.assertEqual((told["copied"], told["same"]), (7, 0))
        self.assertEqual(told["verified"]["etag"], 7)
        job.assert_copied(content=True)
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])

    def test_only_the_missing_one_is_copied(self):
        job = self.job(*some_kinds())
        job.run().expect(0)
        job.dest.delete_object(Bucket=job.dst, Key=FOLDER + "parts")
        told = job.run().expect(0).json
        self.assertEqual((told["copied"], told["same"]), (1, len(job.specs) - 1))
        self.assertEqual(job.written(), {"parts"})
        job.assert_copied()

    def test_second_run_that_is_killed_early(self):
        """What the first run has found is not told as the second's."""
        job = self.job(*[Spec(f"k{number}", size=1) for number in range(4)])
        (job.folder / "input.json").write_text('{"maxItemsPerBatch": 1}')
        given = str(job.folder / "input.json")
        job.run(given).expect(0)
        hanging = Rule(stall(), op="HeadObject", bucket=job.src)
        job.proxy.reset([hanging])
        running = copyout.Running(job.arguments("--max-in-flight", "1", given),
                                  self.server.through(job.proxy))
        wait_for(lambda: hanging.hits, "its first request about an object")
        running.process.kill()
        running.wait()
        job.proxy.reset()
        told = copyout.run(["report", "--job", job.work, "--json"], self.server).expect(1).json
        self.assertEqual((told["copied"], told["same"], told["missing"]), (0, 0, 4))

    def test_source_that_is_gone_though_its_copy_is_there(self):
        """It cannot be proven any more, so it is not called there; the copy is not touched."""
        job = self.job(Spec("stays", size=5), Spec("goes", size=6))
        job.run().expect(0)
        job.source.delete_object(Bucket=job.src, Key="goes")
        told = job.run().expect(1).json
        self.assertEqual((told["same"], told["failed"]), (1, 1))
        self.assertEqual(job.result("goes")["error"]["code"], "NoSuchKey")
        self.assertEqual(job.copy_of("goes"), job.specs["goes"].body())


class Plan(OnEachServer):
    """The plan in the work store: kept while the manifest is the same."""

    def plan_of(self, job: Job):
        """What identifies the plan's files: a file written anew is another one."""
        status = (job.work / "items.jsonl").stat()
        return (status.st_ino, status.st_mtime_ns, *((job.work / name).read_bytes() for name in (
            "items.jsonl", "shards.json", "job.json")))

    def test_kept_while_a_local_manifest_is_the_same(self):
        job = self.job(Spec("a", size=1), Spec("b", size=2))
        job.run().expect(0)
        plan = self.plan_of(job)
        job.run().expect(0)
        self.assertEqual(self.plan_of(job), plan)

    def test_kept_while_a_manifest_in_s3_has_its_etag(self):
        """Also when it was written anew with the same bytes."""
        job = self.job(Spec("a", size=1), Spec("b", size=2))
        rows = manifest.of_bucket(job.src, job.specs)
        job.manifest = manifest.put(job.dest, job.dst, "list.csv", rows)
        job.run().expect(0)
        plan = self.plan_of(job)
        job.run().expect(0)
        self.assertEqual(self.plan_of(job), plan)
        manifest.put(job.dest, job.dst, "list.csv", rows)
        job.run().expect(0)
        self.assertEqual(self.plan_of(job), plan)
        manifest.put(job.dest, job.dst, "list.csv", rows[1:])
        self.assertIn("--replace-job", job.run().expect(2).stderr)
        self.assertEqual(self.plan_of(job), plan)
        self.assertEqual(job.run("--replace-job").expect(0).json["items"], 1)
        self.assertNotEqual(self.plan_of(job), plan)
        self.assertEqual(set(job.results()), {"b"})

    def test_made_anew_for_a_changed_manifest(self):
        """Nothing of the old plan remains, whether there are more lines now or fewer."""
        job = self.job(*[Spec(f"k{i}", size=i) for i in range(6)])
        for keys in (["k0", "k1", "k2"], ["k0", "k1", "k2", "k3", "k4"], ["k5"], ["k4", "k0"]):
            job.list(keys)
            told = job.run("--replace-job").expect(0).json
            self.assertEqual(told["items"], len(keys))
            self.assertEqual(told["copied"] + told["same"], len(keys))
            self.assertEqual(set(job.results()), set(keys))
            self.assertEqual([row["name"] for row in job.report()], keys)
        job.assert_copied()

    def test_made_anew_for_another_destination(self):
        """The plan holds the destination's keys: the same manifest alone does not keep it."""
        job = self.job(Spec("d/a", size=1))
        job.run().expect(0)
        job.run("--to", f"s3://{job.dst}/elsewhere/", "--replace-job").expect(0)
        self.assertTrue(s3util.exists(job.dest, job.dst, "elsewhere/d/a"))
        job.run("--destination-keys", "basename", "--replace-job").expect(0)
        self.assertTrue(s3util.exists(job.dest, job.dst, FOLDER + "a"))
        self.assertEqual(job.result("d/a")["destinationKey"], FOLDER + "a")


class Different(OnEachServer):
    """Something else lies at the destination: onDifferent."""

    OTHERS = b"not ours to replace"

    def other_kinds(self) -> Job:
        """Of one piece and of parts: one that is missing, one that differs, one that is there."""
        job = self.job(*[Spec(f"{state}/{kind}", **how) for state in ("new", "taken", "there")
                         for kind, how in (("one", {"size": 20}), ("parts", {"parts": [30]}))])
        job.list(["there/one", "there/parts"])
        job.run().expect(0)
        job.list(job.specs)
        job.work = job.folder / "of the whole list"
        for kind in ("one", "parts"):
            job.put_copy(f"taken/{kind}", self.OTHERS)
        return job

    def check(self, job: Job, status: str) -> None:
        """The two that differ have this status and were left."""
        self.assertEqual(job.statuses(), {
            "new/one": "COPIED", "new/parts": "COPIED", "taken/one": status,
            "taken/parts": status, "there/one": "SAME", "there/parts": "SAME"})
        self.assertEqual(job.written(), {"new/one", "new/parts"})
        for kind in ("one", "parts"):
            self.assertEqual(job.copy_of(f"taken/{kind}"), self.OTHERS)
            self.assertEqual(job.result(f"taken/{kind}")["verified"], "none")
        job.assert_copied("new/one", "new/parts", "there/one", "there/parts")

    def test_keep(self):
        job = self.other_kinds()
        told = job.run("--on-different", "keep").expect(0).json
        self.assertEqual((told["copied"], told["same"], told["kept"], told["failed"]),
                         (2, 2, 2, 0))
        self.check(job, "KEPT")

    def test_fail(self):
        job = self.other_kinds()
        told = job.run("--on-different", "fail").expect(1).json
        self.assertEqual((told["copied"], told["same"], told["kept"], told["failed"]),
                         (2, 2, 0, 2))
        self.check(job, "FAILED")
        for kind in ("one", "parts"):
            self.assertTrue(job.result(f"taken/{kind}")["error"]["code"])
            self.assertTrue(job.result(f"taken/{kind}")["error"]["message"])

    def test_overwrite(self):
        job = self.other_kinds()
        told = job.run("--on-different", "overwrite").expect(0).json
        self.assertEqual((told["copied"], told["same"]), (4, 2))
        job.assert_copied()

    def test_condition_is_sent_when_nothing_may_be_replaced(self):
        for mode, condition in (("keep", "*"), ("fail", "*"), ("overwrite", None)):
            job = self.job(Spec("one", size=3), Spec("parts", parts=[9]))
            job.run("--on-different", mode).expect(0)
            for op in ("CopyObject", "CompleteMultipartUpload"):
                with self.subTest(mode=mode, op=op):
                    sent = job.proxy.requests(op)
                    self.assertEqual([request.headers.get("if-none-match") for request in sent],
                                     [condition])

    def race(self, spec: Spec, mode: str, body: bytes) -> tuple[Job, copyout.Result]:
        """Somebody writes the destination's key after we looked and before we write."""
        job = self.job(spec, Spec("bystander", size=1))
        last = "CompleteMultipartUpload" if spec.parts else "CopyObject"
        job.proxy.rules = [Rule(call_before(lambda request: job.put_copy(spec.key, body)),
                                op=last, key=spec.key + "$", times=1), *self.enforced(job)]
        result = job.run("--on-different", mode)
        self.assertEqual(job.proxy.rules[0].hits, 1)
        self.assertEqual(job.result("bystander")["status"], "COPIED")
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])
        return job, result

    def test_race(self):
        """What appears in between is not replaced, and the result says what became of ours."""
        for spec in (Spec("raced", size=19), Spec("raced", parts=[19])):
            for mode, status, code in (("keep", "KEPT", 0), ("fail", "FAILED", 1)):
                with self.subTest(parts=spec.parts, mode=mode):
                    job, result = self.race(spec, mode, self.OTHERS)
                    result.expect(code)
                    self.assertEqual(job.copy_of("raced"), self.OTHERS)
                    self.assertEqual(job.result("raced")["status"], status)

    def test_race_with_somebody_who_copied_the_same(self):
        """Two workers on one item: the loser sees that it is done."""
        spec = Spec("raced", size=19)
        for mode in ("keep", "fail"):
            with self.subTest(mode=mode):
                job, result = self.race(spec, mode, spec.body())
                result.expect(0)
                self.assertIn(job.result("raced")["status"], ("SAME", "COPIED"))
                self.assertEqual(job.result("raced")["verified"], "etag")


class Midway(OnEachServer):
    """The source changes while it is copied."""

    def change_before_copy(self, job: Job, *changed: Spec, times: int = 1) -> Rule:
        """The source is replaced when the (first) CopyObject is on its way."""
        states = iter(changed)

        def change(_request):
            spec = next(states, None)
            if spec:
                job.put_source(spec)

        return Rule(call_before(change), op="CopyObject", times=times)

    def change_between_parts(self, job: Job, changed: Spec) -> list[Rule]:
        """The source is replaced after its first part was copied and before the second is."""
        first_is_done = threading.Event()

        def change(_request):
            if not first_is_done.wait(SECONDS):
                raise TimeoutError("part 1 was never copied")
            job.put_source(changed)

        return [Rule(call_after(lambda request: first_is_done.set()), op="UploadPartCopy", part=1,
                     times=1),
                Rule(call_before(change), op="UploadPartCopy", part=2, times=1)]

    def check_never_mixed(self, job: Job, result: copyout.Result, key: str, *states: bytes):
        """The copy is the source as it is now, and said so; or it failed, and is nothing."""
        told = job.result(key)
        copy = job.copy_of(key)
        if told["status"] == "COPIED":
            self.assertEqual(result.returncode, 0)
            self.assertEqual(told["verified"], "etag")
            self.assertEqual(told["etag"], job.etag_of_source(key))
            self.assertTrue(copy == states[-1], "the copy is not the source as it is now")
            job.assert_copied(key)
        else:
            self.assertEqual((told["status"], told["verified"]), ("FAILED", "none"))
            self.assertEqual(result.returncode, 1)
            self.assertTrue(copy is None or copy in states, "a mixed object was left")
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])

    def check_conditions(self, job: Job) -> None:
        """Every copy was asked for on condition of the ETag that was seen."""
        for request in [*job.proxy.requests("CopyObject"), *job.proxy.requests("UploadPartCopy")]:
            self.assertIn("x-amz-copy-source-if-match", request.headers)

    def test_one_piece(self):
        for changed in (Other("k", size=1000), Spec("k", size=7), Spec("k", parts=[1000]),
                        Spec("k", size=1000, metadata={"new": "yes"})):
            for tags in ({}, ALL_TAGS):
                job = self.job(Spec("k", size=1000, tags=tags), Spec("bystander", size=1))
                job.list(["k"])
                job.proxy.rules = [self.change_before_copy(job, changed), *self.enforced(job)]
                with self.subTest(changed=changed, tags=bool(tags)):
                    result = job.run().expect(0)
                    self.assertEqual(job.proxy.rules[0].hits, 1)
                    self.check_never_mixed(job, result, "k", changed.body())
                    self.assertEqual(job.result("k")["size"], changed.total())
                    self.check_conditions(job)

    def test_parts(self):
        for changed in (Other("k", parts=THREE_PARTS), Other("k", size=sum(THREE_PARTS)),
                        Other("k", parts=[MIN_PART, 9]), Spec("k", size=3)):
            job = self.job(Spec("k", parts=THREE_PARTS, metadata={"old": "yes"}))
            job.proxy.rules = [*self.change_between_parts(job, changed), *self.enforced(job)]
            with self.subTest(parts=changed.parts, size=changed.size):
                result = job.run().expect(0)
                self.assertEqual(job.proxy.rules[1].hits, 1)
                self.check_never_mixed(job, result, "k", changed.body())
                self.check_conditions(job)
                self.assertEqual(job.proxy.counts()["CompleteMultipartUpload"],
                                 1 if changed.parts else 0)

    def test_after_the_last_part(self):
        """All parts are of the object that was seen: that is what the copy is."""
        first = Spec("k", parts=THREE_PARTS)
        job = self.job(first)
        seen = job.etag_of_source("k")
        job.proxy.rules = [Rule(call_before(lambda _request: job.put_source(Spec("k", size=7))),
                                op="CompleteMultipartUpload", times=1), *self.enforced(job)]
        job.run().expect(0)
        line = job.result("k")
        self.assertEqual((line["status"], line["etag"]), ("COPIED", seen))
        self.assertEqual(job.copy_of("k"), first.body())

    def test_change_while_an_older_copy_is_there(self):
        """The copy of an earlier run is replaced by a whole one."""
        first, second, third = (Spec("k", parts=THREE_PARTS), Other("k", parts=THREE_PARTS),
                                Spec("k", parts=[MIN_PART, 1]))
        job = self.job(first)
        job.run().expect(0)
        job.put_source(second)
        job.proxy.rules = [*self.change_between_parts(job, third), *self.enforced(job)]
        result = job.run().expect(0)
        self.check_never_mixed(job, result, "k", first.body(), third.body())

    def test_source_that_never_rests_fails(self):
        """Its copy cannot be had; the job ends all the same."""
        job = self.job(Spec("k", size=1), Spec("bystander", size=1))
        sizes = iter(range(2, 10000))

        def change(_request):
            job.put_source(Spec("k", size=next(sizes)))

        job.proxy.rules = [Rule(call_before(change), op="CopyObject", key="k$"),
                           *self.enforced(job)]
        told = job.run().expect(1).json
        self.assertEqual((told["copied"], told["failed"]), (1, 1))
        self.assertEqual(job.result("k")["status"], "FAILED")
        self.assertEqual(job.result("k")["error"]["code"], "PreconditionFailed")
        self.assertLessEqual(len(job.proxy.requests("CopyObject", key=FOLDER + "k")), 20)
        self.assertIsNone(job.copy_of("k"))

    def test_source_that_is_deleted_midway(self):
        for spec, op, part in ((Spec("k", size=9), "CopyObject", None),
                               (Spec("k", parts=THREE_PARTS), "UploadPartCopy", 2)):
            job = self.job(spec, Spec("bystander", size=1))

            def delete(_request, job=job):
                job.source.delete_object(Bucket=job.src, Key="k")

            job.proxy.rules = [Rule(call_before(delete), op=op, key="k$", part=part, times=1)]
            with self.subTest(op=op):
                told = job.run().expect(1).json
                self.assertEqual((told["copied"], told["failed"]), (1, 1))
                # S3's own code, also where RGW says AccessDenied of a part whose source is missing.
                self.assertEqual(job.result("k")["error"]["code"], "NoSuchKey")
                self.assertIsNone(job.copy_of("k"))
                self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])


class AgainOnRgw(Again, unittest.TestCase):
    """Without part numbers."""

    kind = "rgw"


class AgainOnMoto(Again, unittest.TestCase):
    """As AWS would have it."""

    kind = "moto"


class PlanOnRgw(Plan, unittest.TestCase):
    """RGW's ETags."""

    kind = "rgw"


@copyout.full_only
class PlanOnMoto(Plan, unittest.TestCase):
    """moto's."""

    kind = "moto"


class DifferentOnRgw(Different, unittest.TestCase):
    """RGW ignores the condition of a copy; the proxy enforces it, as AWS does."""

    kind = "rgw"


class DifferentOnMoto(Different, unittest.TestCase):
    """moto enforces it itself."""

    kind = "moto"

    def enforced(self, job):
        return []


class MidwayOnRgw(Midway, unittest.TestCase):
    """With the conditions enforced by the proxy, as AWS does."""

    kind = "rgw"


class MidwayOnMoto(Midway, unittest.TestCase):
    """With the conditions enforced by the server."""

    kind = "moto"

    def enforced(self, job):
        return []


class MidwayUnenforced(OnEachServer, unittest.TestCase):
    """A server that ignores conditions: what was copied is looked at, and found out."""

    kind = "rgw"
    change_before_copy, change_between_parts = Midway.change_before_copy, Midway.change_between_parts
    check_never_mixed = Midway.check_never_mixed

    def test_one_piece(self):
        for changed in (Other("k", size=1000), Spec("k", size=7), Spec("k", parts=[1000])):
            job = self.job(Spec("k", size=1000))
            job.proxy.rules = [self.change_before_copy(job, changed)]
            with self.subTest(changed=changed):
                result = job.run().expect(0)
                self.assertEqual(job.proxy.rules[0].hits, 1)
                self.check_never_mixed(job, result, "k", changed.body())

    def test_parts(self):
        for changed in (Other("k", parts=THREE_PARTS), Other("k", size=sum(THREE_PARTS))):
            job = self.job(Spec("k", parts=THREE_PARTS))
            job.proxy.rules = self.change_between_parts(job, changed)
            with self.subTest(parts=changed.parts):
                result = job.run().expect(0)
                self.assertEqual(job.proxy.rules[1].hits, 1)
                self.check_never_mixed(job, result, "k", changed.body())
                # The mixture is seen by the ETag of its parts, and never completed: after it, the
                # whole object is copied at once.
                self.assertEqual(job.proxy.counts()["CompleteMultipartUpload"], 0)

    def test_parts_of_what_is_shorter_now(self):
        """The second part's range is not there any more: FAILED, and copied by the next run."""
        job, changed = self.job(Spec("k", parts=THREE_PARTS)), Other("k", parts=[MIN_PART, 9])
        job.proxy.rules = self.change_between_parts(job, changed)
        result = job.run().expect(1)
        self.assertEqual(job.result("k")["error"]["code"], "InvalidRange")
        self.check_never_mixed(job, result, "k", changed.body())
        self.assertIsNone(job.copy_of("k"))
        job.proxy.rules = []
        self.check_never_mixed(job, job.run().expect(0), "k", changed.body())


if __name__ == "__main__":
    unittest.main()
