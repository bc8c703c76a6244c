"""Two at once that do not know of each other: on one shard, or with one destination."""

from __future__ import annotations

import json
import time
from collections import Counter

from faultproxy import Rule, latency
from lib import manifest
from row import Row
from world import FOLDER, Target, World, objects_in_parts, small_objects

LATER_MOST = 0.6  # seconds that the second may begin after the first


class Two(Row):
    """What both rows share: a job of all kinds, two processes, one good end."""

    times = 20

    def run(self) -> None:
        self.figures = {"runs": 0, "good": 0, "orphan uploads": 0, "exit codes": {},
                        "lines that failed": 0}
        specs = small_objects(self.count(60, 12), self.dice) + objects_in_parts(self.scale >= 0.5)
        self.say(f"making {len(specs)} sources on two servers")
        worlds = [World(self, kind, specs) for kind in ("moto", "rgw")]
        times = self.count(self.times, 2)
        for number in range(times):
            world = worlds[number % 2]
            target = world.target(in_s3=True)
            missed = len(self.missed)
            rules = [Rule(latency(0.01, 0.1, self.dice.randrange(1 << 30)),
                          op=("UploadPartCopy", "CreateMultipartUpload", "CompleteMultipartUpload",
                              "CopyObject", "ListParts"))]
            proxies = [world.proxy(rules), world.proxy(rules)]
            self.pair(target, proxies, self.dice.uniform(0, LATER_MOST) if number % 3 else 0.0)
            for problem in target.problems():
                self.figures["orphan uploads"] += "orphan" in problem
                self.miss(f"{world.kind}, run {number}: {problem}")
            self.figures["runs"] += 1
            self.figures["good"] += len(self.missed) == missed
            for proxy in proxies:
                proxy.stop()
            target.close()
            self.progress(number + 1, times, f"({world.kind})")

    def both(self, target: Target, proxies, commands: list[list[str]], later: float) -> list:
        """Run two commands at once; what each says."""
        first = target.start(proxies[0], args=commands[0])
        time.sleep(later)
        second = target.start(proxies[1], args=commands[1])
        results = [first.wait(300), second.wait(300)]
        codes = Counter(self.figures["exit codes"])
        codes.update("+".join(str(result.returncode) for result in results).split())
        self.figures["exit codes"] = dict(codes)
        return results

    def pair(self, target: Target, proxies, later: float) -> None:
        """One run of the row."""
        raise NotImplementedError

    def failed(self, result) -> int:
        """How many objects a command says have failed."""
        try:
            return result.json.get("failed", 0)
        except AssertionError:
            return 0

    def measured(self):
        figures = self.figures
        codes = ", ".join(f"{count} × {pair}" for pair, count in figures["exit codes"].items())
        return (f"{figures['good']} of {figures['runs']} with one good end state, "
                f"{figures['orphan uploads']} with orphan uploads; {figures['lines that failed']} "
                f"lines FAILED; exit codes {codes}")


class TwoWorkers(Two):
    """A task that was taken for dead and is not, and its successor."""

    name = "workers"
    test = "two workers, same shard, 20 runs"
    goal = "one good end state, no orphan uploads"

    def pair(self, target, proxies, later):
        world = target.world
        target.s3.put_object(Bucket=target.work_bucket, Key="list.csv",
                             Body=manifest.write(manifest.of_bucket(world.src, world.specs)))
        job = target.folder / "input.json"
        job.write_text(json.dumps({
            "sourceFilesCsvBucket": target.work_bucket, "sourceFilesCsvKey": "list.csv",
            "destinationBucket": target.dst, "destinationFolderKey": FOLDER,
            "destinationKeys": "full", "maxItemsPerBatch": 10_000}))
        target.run(None, args=["prepare", str(job), "--job", target.work]).expect(0)
        copy = ["copy", "--job", target.work, "--shard", "0", "--json", "--quiet"]
        for result in self.both(target, proxies, [copy, copy], later):
            self.check(result.returncode == 0, f"a worker failed: {result}")
        report = target.run(None, args=["report", "--job", target.work, "--json", "--quiet"])
        self.check(report.returncode == 0, f"the report is not of a good end: {report}")
        problems = target.lines_are_true()
        self.figures["lines that failed"] += sum("FAILED" in problem for problem in problems)
        for problem in problems:
            self.miss(f"{world.kind}: {problem}")


class TwoRuns(Two):
    """Two people, or two cron jobs: each with a work store of its own."""

    name = "two-runs"
    test = "two runs to one destination, a work store each, 20 runs"
    goal = "one good end state, no orphan uploads"

    def pair(self, target, proxies, later):
        works = [target.work, str(target.folder / "work of the other")]
        results = self.both(target, proxies, [target.arguments(work=work) for work in works],
                            later)
        for result in results:
            self.figures["lines that failed"] += self.failed(result)
            self.check(result.returncode == 0, f"a run failed: {result}")
