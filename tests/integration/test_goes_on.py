"""A job that was interrupted goes on: what is finished and proven is not asked about again, and the
report counts over the whole job. A job that was finished looks at all again.

Each test has a fake S3 of its own (tests/servers/quirk_s3.py), which has a log of all requests.
"""

from __future__ import annotations

import json
import signal
import threading
import unittest

from lib import copyout, manifest, results
from lib.aws import wait_for
from test_other_servers import Quirks

COUNT, HELD = 400, 40  # objects, and those at the end of the list that the first run waits for


class GoesOn(Quirks):
    """A run that is killed in the middle, and the same command again."""

    # By HEAD the log tells which objects were looked at.
    look = "head"

    def begin(self, in_s3: bool = False, **size) -> None:
        """A job of small objects."""
        self.serve()
        self.fake.bucket("work")
        self.in_s3 = in_s3
        self.keys = [f"k{number:03d}" for number in range(COUNT)]
        self.add(*self.keys, **(size or {"size": 10}))
        self.listed = self.folder / "list.csv"
        self.listed.write_bytes(manifest.write(manifest.of_bucket("src", self.keys)))
        self.work = "s3://work/job/" if in_s3 else self.folder / "work"

    def command(self, *options: str) -> list:
        """What is run each time."""
        return ["run", "--manifest", self.listed, "--to", "s3://dst/", "--json",
                "--destination-keys", "full", "--work", self.work, "--look", self.look, *options]

    def lines(self) -> dict[str, dict]:
        """The results that count."""
        return results.merge((f"results/{file.name}", file.read_bytes().decode().rpartition("\n")[0])
                             for file in self.folder.glob("work/results/*.jsonl"))

    def interrupted(self, number: int, *options: str, held: int = HELD) -> copyout.Result:
        """A run that is sent this signal when all but the last objects have their results."""
        leave = threading.Event()
        self.addCleanup(leave.set)

        def hold(request, proceed):
            if request.op == "CopyObject" and request.key in self.keys[-held:]:
                leave.wait(90)
            return proceed(request)

        self.fake.quirks.append(hold)
        running = copyout.Running(self.command(*options), self.server,
                                  env={"COPYOUT_STOP_SECONDS": "1"})
        wait_for(lambda: len(self.lines()) == COUNT - held, "the results of the others")
        running.signal(number)
        result = running.wait(60)
        leave.set()
        self.fake.quirks.remove(hold)

        return result

    def asked(self) -> set[str]:
        """The keys of objects that were asked about since the last question."""
        found = {request.key for request in self.fake.log if request.key in self.keys}
        self.fake.forget()
        return found

    def go_on(self, *options: str) -> dict:
        """The same command; what --json tells."""
        self.asked()
        return copyout.run(self.command(*options), self.server).expect(0).json

    def test_killed(self):
        """No request for what is done, and one report of both runs; then a run that looks."""
        self.begin()
        self.interrupted(signal.SIGKILL)
        told = self.go_on()
        requests = len(self.fake.log)
        self.assertLessEqual(self.asked(), set(self.keys[-HELD:]))
        self.assertLess(requests, 3 * HELD + 10)
        self.assertEqual(told["copied"] + told["same"], COUNT)
        self.assertEqual(told["earlierRuns"], {
            "copied": COUNT - HELD, "same": 0, "bytes": 10 * (COUNT - HELD)})
        self.assertEqual(told["verified"]["etag"], COUNT)
        self.assertEqual(set(self.lines()), set(self.keys))
        told = self.go_on()
        self.assertEqual(self.asked(), set(self.keys))
        self.assertEqual((told["copied"], told["same"]), (0, COUNT))
        self.assertEqual(told["earlierRuns"], {"copied": 0, "same": 0, "bytes": 0})

    def test_killed_with_listings(self):
        """By default one request for each object that is left, and few for the job; then a few in all."""
        self.look = "auto"
        self.begin()
        self.interrupted(signal.SIGKILL)
        told = self.go_on()
        self.assertLessEqual(len(self.fake.log), 1.02 * HELD + 10)
        self.assertLessEqual(self.asked(), set(self.keys[-HELD:]))
        self.assertEqual(told["copied"] + told["same"], COUNT)
        self.assertEqual(told["earlierRuns"]["copied"], COUNT - HELD)
        told = self.go_on()
        self.assertLessEqual(len(self.fake.log), 10)
        self.assertEqual((told["copied"], told["same"]), (0, COUNT))
        self.assertEqual(told["verified"]["etag"], COUNT)

    def test_killed_before_its_report(self):
        """All was done and nothing told: 0.01 requests an object, and those are not of objects."""
        self.begin()
        self.interrupted(signal.SIGKILL, held=1)
        self.fake.add("dst", self.keys[-1], size=10, seed=f"src/{self.keys[-1]}")
        told = self.go_on()
        self.assertLessEqual(len(self.fake.log), 5 + 0.01 * COUNT)
        self.assertEqual(self.asked(), {self.keys[-1]})
        self.assertEqual((told["copied"], told["same"]), (COUNT - 1, 1))

    def test_stopped(self):
        """SIGTERM: what was cut off is done by the next run, and the sum is said to a person."""
        self.begin()
        self.interrupted(signal.SIGTERM).expect(143)
        command = [word for word in self.command() if word != "--json"]
        self.asked()
        said = copyout.run(command, self.server).expect(0).stdout
        self.assertLessEqual(self.asked(), set(self.keys[-HELD:]))
        self.assertRegex(said, rf"^{COUNT} objects: .*{COUNT - HELD} copied before by this job")
        self.assertEqual({line["status"] for line in self.lines().values()} - {"SAME"}, {"COPIED"})

    def test_recheck(self):
        """--recheck looks at all."""
        self.begin()
        self.interrupted(signal.SIGKILL)
        told = self.go_on("--recheck")
        self.assertEqual(self.asked(), set(self.keys))
        self.assertGreaterEqual(told["same"], COUNT - HELD)
        self.assertEqual(told["earlierRuns"]["copied"], 0)

    def test_dry_run_between(self):
        """A dry run looks at all, and so does the run after it."""
        self.begin()
        self.interrupted(signal.SIGKILL)
        told = self.go_on("--dry-run")
        self.assertEqual(self.asked(), set(self.keys))
        self.assertEqual(told["copied"], 0)
        told = self.go_on()
        self.assertEqual(self.asked(), set(self.keys))
        self.assertEqual(told["copied"] + told["same"], COUNT)

    def test_other_choices(self):
        """What is done with objects that differ makes nothing stale."""
        self.begin()
        self.interrupted(signal.SIGKILL)
        told = self.go_on("--on-different", "fail")
        self.assertLessEqual(self.asked(), set(self.keys[-HELD:]))
        self.assertEqual(told["copied"] + told["same"], COUNT)

    def test_encrypting_destination(self):
        """The ETags prove nothing: what we wrote, by its own ETag, is done all the same."""
        self.begin()
        self.fake.kms.add("dst")
        self.interrupted(signal.SIGKILL)
        told = self.go_on()
        self.assertLessEqual(self.asked(), set(self.keys[-HELD:]))
        self.assertEqual(told["earlierRuns"]["copied"], COUNT - HELD)
        told = self.go_on()
        self.assertEqual(self.asked(), set(self.keys))
        self.assertEqual({line.get("verifiedBy") for line in self.lines().values()}, {"ledger"})
        self.assertEqual(told["same"], COUNT)

    def test_older_copyout(self):
        """Nothing says whether a job of an older version was finished: all is looked at."""
        self.begin()
        self.interrupted(signal.SIGKILL)
        (self.folder / "work/runs.json").unlink()
        told = self.go_on()
        self.assertEqual(self.asked(), set(self.keys))
        self.assertGreaterEqual(told["same"], COUNT - HELD)


class LaterJobs(Quirks):
    """Jobs in S3 that one list and destination have in common, as executions on AWS are."""

    def steps(self, name: str, keys: str = "abc", code: int = 0) -> dict:
        """All steps of a job; what the report says, and the results by key."""
        place = f"s3://work/jobs/{name}/"
        env = {"COPYOUT_LEDGERS": "s3://work/ledgers/"}
        self.fake.add("work", "list.csv", manifest.write(manifest.of_bucket("src", keys)))
        given = self.folder / "input.json"
        given.write_text(json.dumps({
            "sourceFilesCsvBucket": "work", "sourceFilesCsvKey": "list.csv",
            "destinationBucket": "dst", "destinationKeys": "full", "maxItemsPerBatch": 2}))
        copyout.run(["prepare", given, "--job", place], self.server, env=env).expect(0)
        self.fake.forget()
        for shard in range((len(keys) + 1) // 2):
            copyout.run(["copy", "--job", place, "--shard", str(shard)], self.server,
                        env=env).expect(code)
        return copyout.run(["report", "--job", place, "--json"], self.server, env=env).expect(
            code).json

    def begin(self) -> None:
        """A destination that encrypts with a key: its ETags prove nothing."""
        self.serve()
        self.fake.bucket("work")
        self.fake.kms.add("dst")
        self.add(*"abc", size=10)

    def copies(self) -> set[str]:
        """What was copied since the last question."""
        return {request.key for request in self.fake.requests("CopyObject")}

    def test_hint_is_confirmed(self):
        """The next job finds what the last one wrote, but for what somebody else wrote since."""
        self.begin()
        self.assertEqual(self.steps("one")["copied"], 3)
        self.fake.add("dst", "b", size=10, seed="another's")
        told = self.steps("two")
        self.assertEqual((told["copied"], told["same"]), (1, 2))
        self.assertEqual(self.copies(), {"b"})
        told = self.steps("three")
        self.assertEqual((told["copied"], told["same"]), (0, 3))
        self.assertEqual([key for key in self.fake.keys("work") if "/ledger/" in key
                          and key.startswith("jobs/")], [])
        folders = {key.split("/")[1] for key in self.fake.keys("work")
                   if key.startswith("ledgers/")}
        self.assertEqual(len(folders), 1)
        self.assertRegex(folders.pop(), "^[0-9a-f]{32}$")

    def test_another_list_has_another(self):
        """It knows nothing of the first one's copies."""
        self.begin()
        self.steps("one", "ab")
        self.assertEqual(self.steps("two", "ba")["copied"], 2)

    def test_no_need(self):
        """ETags that prove themselves leave nothing there."""
        self.begin()
        self.fake.kms.clear()
        self.steps("one")
        self.assertEqual([key for key in self.fake.keys("work") if key.startswith("ledgers/")], [])


if __name__ == "__main__":
    unittest.main()
