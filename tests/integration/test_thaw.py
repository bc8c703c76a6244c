"""Archived sources are restored if the input asks for it, waited for, and copied (moto).

moto restores an object when it is told to, or some seconds after it was asked; nothing here counts
those seconds: the tests wait for what they look for.
"""

from __future__ import annotations

import json
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import ALL_METADATA, ALL_TAGS, MIN_PART, Spec, restores_take

ARCHIVED = ("glacier", "deep/x", "parts")
PLAIN = ("plain", "deep/plain")
AGAIN = {"COPYOUT_THAW_SECONDS": "1"}  # how often it looks; else as AWS's times for a restore are


class Thawing(unittest.TestCase):
    """A list of archived and other objects."""

    def setUp(self):
        self.server = servers.moto()
        self.job = job = Job(self, self.server, [
            Spec("plain", size=5), Spec("deep/plain", size=0),
            Spec("glacier", size=7, metadata=ALL_METADATA, tags=ALL_TAGS,
                 headers={"StorageClass": "GLACIER"}),
            Spec("deep/x", size=3, headers={"StorageClass": "DEEP_ARCHIVE"}),
            Spec("parts", parts=[MIN_PART, 9], headers={"StorageClass": "GLACIER"})])
        self.input = job.folder / "input.json"
        self.addCleanup(restores_take, self.server.endpoint, progression="immediate")
        self.write_input(glacierFlexibleRetrievalThawDays=3,
                         glacierFlexibleRetrievalThawSpeed="Standard")

    def write_input(self, **thaw) -> None:
        """The input, with these thawParams."""
        self.input.write_text(json.dumps({
            "destinationBucket": self.job.dst, "destinationFolderKey": FOLDER,
            "destinationKeys": "full", "maxItemsPerBatch": 2, "thawParams": thaw}))

    def arguments(self) -> list:
        """The command line."""
        return ["run", self.input, "--manifest", self.job.manifest, "--work", self.job.work, "--json"]

    def run_it(self) -> copyout.Result:
        """To its end."""
        return copyout.run(self.arguments(), self.server.through(self.job.proxy), env=AGAIN)

    def restored(self) -> Counter:
        """How often each object was asked to be restored, over all runs."""
        return Counter(request.key for request in self.job.proxy.log
                       if request.op == "RestoreObject")

    def test_restored_and_copied(self):
        restores_take(self.server.endpoint, progression="time", seconds=2)
        result = self.run_it().expect(0)
        self.assertEqual(result.json["copied"], 5)
        self.job.assert_copied()
        self.assertEqual(self.restored(), {key: 1 for key in ARCHIVED})
        self.assertIn("being restored", result.stderr)
        bodies = {request.key: request.body.decode() for request in self.job.proxy.log
                  if request.op == "RestoreObject"}
        self.assertIn("<Days>3</Days>", bodies["glacier"])
        self.assertIn("<Tier>Standard</Tier>", bodies["glacier"])
        self.assertIn("<Days>1</Days>", bodies["deep/x"])  # the defaults
        self.assertIn("<Tier>Bulk</Tier>", bodies["deep/x"])
        self.assertEqual(self.job.statuses(), {key: "COPIED" for key in ARCHIVED + PLAIN})
        # The rest was copied meanwhile.
        ends = {request.key: request.ended for request in self.job.proxy.log
                if request.op == "CopyObject"}
        self.assertLess(ends[FOLDER + "plain"], ends[FOLDER + "glacier"])
        again = self.run_it().expect(0)
        self.assertEqual(again.json["same"], 5)
        self.assertEqual(self.restored(), {key: 1 for key in ARCHIVED})

    def wait_for(self, what) -> None:
        """Until that holds."""
        deadline = time.monotonic() + 60
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def copied(self) -> set[str]:
        """The keys of what is there."""
        return {key.removeprefix(FOLDER) for key in s3util.keys(self.job.dest, self.job.dst)}

    def begin(self) -> copyout.Running:
        """A run that waits for restores that do not end."""
        restores_take(self.server.endpoint, progression="time", seconds=100000)
        return self.begin_again()

    def begin_again(self) -> copyout.Running:
        """The same while restores are as they were."""
        running = copyout.Running([*self.arguments(), "--json-progress"], self.server.through(self.job.proxy), env=AGAIN)
        self.wait_for(lambda: set(self.restored()) == set(ARCHIVED)
                      and set(PLAIN) <= self.copied() and '"limitedBy":"restores"' in running.stdout())
        return running

    def test_killed_while_it_waits(self):
        """Run again it waits on, and restores nothing twice."""
        running = self.begin()
        running.process.kill()
        running.wait(60)
        again = self.begin_again()
        self.assertFalse(set(ARCHIVED) & self.copied())
        restores_take(self.server.endpoint, progression="immediate")
        result = again.wait(60).expect(0)
        self.job.assert_copied()
        self.assertEqual(self.restored(), {key: 1 for key in ARCHIVED})
        self.assertEqual(result.json["items"], 5)

    def test_stopped_while_it_waits(self):
        """A signal ends the waiting at once; what waits was not reached."""
        running = self.begin()
        running.process.terminate()
        result = running.wait(60).expect(143)
        self.assertIn("To go on, run:", result.stderr)
        self.assertEqual(result.json["missing"], 3)
        self.assertEqual(result.json["failed"], 0)
        restores_take(self.server.endpoint, progression="immediate")
        self.run_it().expect(0)
        self.job.assert_copied()
        self.assertEqual(self.restored(), {key: 1 for key in ARCHIVED})

    def test_nothing_is_restored_unasked(self):
        """Without thawParams, or with none of their fields, archived objects fail; a dry run asks for
        nothing."""
        self.write_input()
        result = self.run_it().expect(1)
        self.assertEqual((result.json["failed"], result.json["copied"]), (3, 2))
        self.assertEqual(self.job.result("glacier")["error"]["code"], "InvalidObjectState")
        self.assertEqual(self.restored(), {})
        self.write_input(glacierDeepArchiveThawDays=1)
        result = copyout.run([*self.arguments(), "--dry-run"], self.server.through(self.job.proxy)).expect(0)
        self.assertEqual(result.json["notes"]["to-be-restored"], 3)
        self.assert_priced(result.json["estimate"])
        estimate = ["estimate", self.input, "--manifest", self.job.manifest, "--exact"]
        server = self.server.through(self.job.proxy)
        self.assert_priced(copyout.run([*estimate, "--json"], server).expect(0).json)
        on_aws = copyout.run([*estimate, "--on-aws", "--json"], server).expect(0).json
        self.assert_priced(on_aws)
        looks = on_aws["aws"]["thawTasksMost"]
        self.assertEqual(looks, 11 + 11)  # Bulk, of both archives
        tasks = on_aws["aws"]["shards"] + 2 + looks
        self.assertAlmostEqual(on_aws["aws"]["configUsd"], tasks * 2 * 0.003, 9)
        self.assertIn(f"at most {looks} tasks that look at what is being restored",
                      copyout.run([*estimate, "--on-aws"], server).expect(0).stdout)
        self.assertEqual(self.restored(), {})

    def assert_priced(self, estimate: dict) -> None:
        """Two objects of GLACIER in Bulk, which is free, and one of three bytes of DEEP_ARCHIVE."""
        self.assertEqual(estimate["most"]["requests"]["RestoreObject"], 3)
        self.assertAlmostEqual(estimate["restoreUsd"], 0.025 / 1000 + 3 / (1 << 30) * 0.0025, 12)
        size = 7 + 3 + MIN_PART + 9  # for a day
        self.assertAlmostEqual(estimate["restoredStorageUsd"], size / (1 << 30) / 30 * 0.023, 12)


if __name__ == "__main__":
    unittest.main()
