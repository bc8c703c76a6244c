"""What a copy takes is said before it is run, agrees with what is then sent, and can be limited.

The server counts: nothing here believes the program's own counts.
"""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, servers  # noqa: F401 (servers puts tests/servers on the path)
from nginx.computed_s3 import MODULES, ComputedS3
from nginx.daemon import has_modules

OBJECTS = 250
AGREES = 0.01  # the estimate may be off by so much


def setUpModule() -> None:
    """Without nginx or its Lua module there is nothing to count at; scripts/skipped.py names it."""
    if not has_modules(*MODULES):
        raise unittest.SkipTest("nginx with Lua is not installed (scripts/deps.sh test)")


class Counted(unittest.TestCase):
    """What all tests here need."""

    def begin(self, **options: float) -> None:
        """A server of this test's own, and a list of all of its objects."""
        self.fake = ComputedS3({"objects": OBJECTS, **options})
        self.addCleanup(self.fake.stop)
        folder = tempfile.TemporaryDirectory(prefix="copyout-cost-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.list = self.folder / "list.csv"
        self.list.write_bytes(manifest.write(list(self.fake.rows(OBJECTS))))

    def copyout(self, *args: str, command: str = "run", tmp: Path | None = None) -> copyout.Result:
        """One command on the list."""
        return copyout.run([command, "--manifest", str(self.list), "--to", "s3://copies/release/",
                            "--destination-keys", "full", *args], cwd=self.folder,
                           env={**self.fake.environment(), **({"TMPDIR": str(tmp)} if tmp else {})})

    def operations(self) -> dict[str, int]:
        """What the server was asked since the last call."""
        counts = self.fake.counts()["operations"]
        self.fake.reset()
        return counts

    def assert_agrees(self, said: dict[str, int], sent: dict[str, int]) -> None:
        """In all, and for each operation."""
        self.assertLessEqual(abs(sum(said.values()) - sum(sent.values())), AGREES * sum(sent.values()),
                             f"{said} was said, {sent} was sent")
        for name in set(said) | set(sent):
            self.assertLessEqual(abs(said.get(name, 0) - sent.get(name, 0)), AGREES * sum(sent.values()),
                                 f"{name}: {said} was said, {sent} was sent")


class Estimates(Counted):
    """Before and after."""

    def check(self, **options: float) -> None:
        """A dry run's estimate, and that of `estimate --exact`, against the requests of the run."""
        self.begin(**options)
        dry = self.copyout("--dry-run", "--json", "--work", "dry").expect(0).json["estimate"]
        looked = self.copyout("--exact", "--json", command="estimate").expect(0).json
        self.assertEqual((dry["looked"], dry["items"], dry["least"]), (True, OBJECTS, dry["most"]))
        self.assertEqual(looked, dry)
        self.operations()
        ran = self.copyout("--json").expect(0).json
        sent = self.operations()
        self.assert_agrees(dry["most"]["requests"], sent)
        self.assertEqual(dry["bytes"], ran["bytes"])
        self.assertEqual(ran["spent"]["requests"], sum(sent.values()))
        self.assertLessEqual(abs(ran["spent"]["usd"] - dry["most"]["usd"]), AGREES * dry["most"]["usd"])
        again = self.copyout("--dry-run", "--json").expect(0).json["estimate"]
        self.assertNotIn("CopyObject", again["most"]["requests"])
        self.assertEqual(again["bytes"], 0)

    def test_objects_of_one_piece(self):
        self.check()

    def test_objects_of_one_part(self):
        self.check(parts=1)

    def test_objects_of_two_parts(self):
        self.check(parts=2)

    def test_objects_of_many_parts(self):
        self.check(parts=10)

    def test_a_list_gives_a_range(self):
        self.begin()
        range_ = self.copyout("--json", command="estimate").expect(0).json
        self.assertFalse(range_["looked"])
        self.assertNotIn("bytes", range_)
        self.assertNotIn("HeadObject", self.operations())
        self.copyout().expect(0)
        sent = sum(self.operations().values())
        self.assertLessEqual(sum(range_["least"]["requests"].values()), sent)
        self.assertLessEqual(sent, sum(range_["most"]["requests"].values()))

    def test_for_a_person(self):
        self.begin()
        said = self.copyout("--on-aws", command="estimate").expect(0).stdout
        for words in (f"{OBJECTS} objects, which were not looked at", f"  CopyObject {OBJECTS}\n", "Bytes: not known",
                      "Amazon's prices of us-east-1", "for Fargate"):
            self.assertIn(words, said)
        said = self.copyout("--dry-run").expect(0).stdout
        for words in ("The copy would take:", f"  CopyObject {OBJECTS}\n", "Bytes: 1"):
            self.assertIn(words, said)

    def test_nothing_is_left_behind(self):
        self.begin()
        with tempfile.TemporaryDirectory() as tmp:
            self.copyout("--exact", command="estimate", tmp=Path(tmp)).expect(0)
            self.copyout(command="estimate", tmp=Path(tmp)).expect(0)
            self.assertEqual(list(Path(tmp).iterdir()), [])
        self.assertEqual([path.name for path in self.folder.iterdir()], ["list.csv"])
        self.assertEqual(self.fake.counts()["open"], 0)

    def test_what_is_wrong_is_said(self):
        self.begin()
        self.list.write_text("source,a\nno key\n")
        wrong = self.copyout(command="estimate").expect(2)
        self.assertIn("line 2", wrong.stderr)
        self.assertEqual(wrong.stdout, "")
        self.assertIn("what is to be copied", copyout.run(["estimate"]).expect(2).stderr)


class StorageClasses(unittest.TestCase):
    """Requests for some classes cost more, and so does each byte that is read of them."""

    def test_estimate_and_run(self):
        server = servers.quirk(self)
        fake, size, each = server.backend, 1 << 20, 20
        fake.bucket("src", "dst")
        classes = {None: 0, "STANDARD_IA": 0.01, "GLACIER_IR": 0.03}  # a GiB; no archive among these
        rows = []
        for storage_class in classes:
            for number in range(each):
                rows.append(("src", f"{storage_class}/{number:02d}"))
                fake.add("src", rows[-1][1], size=size, storage_class=storage_class)
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder, "list.csv")
            listed.write_bytes(manifest.write(rows))
            args = ["--manifest", listed, "--to", "s3://dst/", "--json"]
            said = copyout.run(["estimate", "--exact", *args], server, cwd=folder).expect(0).json
            ran = copyout.run(["run", *args, "--work", "work"], server, cwd=folder).expect(0).json
            lines = [json.loads(line) for file in Path(folder).glob("work/results/*")
                     for line in file.read_text().splitlines()]
        retrieval = sum(classes.values()) * each * size / (1 << 30)
        copies = each * (0.005 + 0.01 + 0.02) / 1000
        self.assertAlmostEqual(said["retrievalUsd"], retrieval, 9)
        self.assertAlmostEqual(ran["spent"]["retrievalUsd"], retrieval, 9)
        for usd in (said["most"]["usd"], ran["spent"]["usd"]):
            self.assertAlmostEqual(usd, copies, delta=0.0001)  # a listing of each side, and the job's own
            self.assertGreater(usd, copies)
        self.assertEqual(Counter(line.get("storageClass") for line in lines), {name: each for name in classes})


class WorkedExample(Counted):
    """The example of docs/aws.md is what the program says."""

    def test_a_million_objects_on_aws(self):
        text = (copyout.REPOSITORY / "docs" / "aws.md").read_text().partition("\n## Cost\n")[2]
        block = [line.removeprefix("    ") for line in text.partition("\n## ")[0].splitlines()
                 if line.startswith("    ")]
        command, *documented = block
        self.assertRegex(command, r"^\$ copyout estimate ")
        args = shlex.split(command)[2:]
        self.begin()
        rows = (("source", f"data/{number:07d}") for number in range(1_000_000))
        (self.folder / args[args.index("--manifest") + 1]).write_bytes(manifest.write(rows))
        said = copyout.run(args, cwd=self.folder, env=self.fake.environment()).expect(0).stdout
        self.assertEqual(said.splitlines(), documented)
        aws = copyout.run([*args, "--json"], cwd=self.folder,
                          env=self.fake.environment()).expect(0).json["aws"]
        self.assertEqual((aws["shards"], round(aws["configUsd"], 3)), (100, 0.612))

    def test_a_hundred_objects_are_ten_tasks(self):
        """docs/cost.md: $0.006 of Config a task, and two tasks besides."""
        self.begin()
        self.list.write_bytes(manifest.write([*self.fake.rows(OBJECTS)][:100]))
        aws = self.copyout("--on-aws", "--json", command="estimate").expect(0).json["aws"]
        self.assertEqual((aws["shards"], round(aws["configUsd"], 6)), (10, 0.072))


class Limits(Counted):
    """--max-cost."""

    def test_too_dear(self):
        self.begin()
        refused = self.copyout("--max-cost", "0.001").expect(2)
        self.assertIn("nothing was copied", refused.stderr)
        sent = self.operations()
        self.assertNotIn("CopyObject", sent)
        self.assertNotIn("PutObject", sent)

    def test_dear_enough(self):
        self.begin()
        ran = self.copyout("--max-cost", "1", "--json").expect(0).json
        self.assertEqual(ran["copied"], OBJECTS)
        self.assertEqual(ran["spent"]["requests"], sum(self.operations().values()))

    def test_what_is_there_costs_nothing(self):
        """The objects are looked at: a job whose copies are all there is not refused."""
        self.begin()
        self.copyout("--work", "first").expect(0)
        again = self.copyout("--max-cost", "0.001", "--json").expect(0).json
        self.assertEqual(again["same"], OBJECTS)


if __name__ == "__main__":
    unittest.main()
