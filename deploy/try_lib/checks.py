"""The checks: each starts an execution and says what must come of it."""

from __future__ import annotations

import re
import time

from botocore.exceptions import ClientError

from try_lib.execution import Execution
from try_lib.places import Bucket, allow, code, deny
from try_lib.samples import manifest
from try_lib.trial import INDENT, Failed, Trial, require

FEW = 20  # objects, where more would show nothing more
MARKERS = ("STARTED_COPY.txt", "ENDED_COPY.csv")
SECONDS_FOR_POLICY = 30


class Checks(Trial):
    """Each returns what there is to say when it went well."""

    _normal: Execution | None = None

    def check(self, name: str) -> bool:
        """Do one of CHECKS."""
        return self.perform(name, lambda: CHECKS[name](self))

    def tokens(self) -> str:
        """The tasks may answer: Prepare and Report, and those of the map's child executions.

        No document names a resource for that right, so a stack has to show that it is granted.
        """
        execution = self.start("tokens", [self.samples[0].key])
        in_time = execution.wait(self.timeout, lambda: bool(execution.silent()))
        if execution.status == "RUNNING" and not execution.refusal():
            raise Failed(self._unanswered(execution, in_time))
        self.finish(execution, "SUCCEEDED")
        counts = execution.map_runs()[0]["itemCounts"]
        require(counts["succeeded"] == 1, f"the map run's counts are {counts}")
        return "Prepare, a shard and Report each answered for its token"

    def _unanswered(self, execution: Execution, noticed: bool) -> str:
        whose = execution.silent() if noticed else None
        if not whose:
            whose = "a shard" if execution.map_runs() else "Prepare"
        return (f"no answer came from the task of {whose}. Did it start (its log says)? Does the "
                "task role have states:SendTaskSuccess, states:SendTaskFailure and "
                'states:SendTaskHeartbeat for the resource "*"?')

    def normal(self) -> str:
        """All is well."""
        total, folder = len(self.samples), f"{self.folder}normal/"
        execution = self._normal = self.start("normal", [one.key for one in self.samples])
        self.finish(execution, "SUCCEEDED")
        output = execution.output
        require(output.get("copied") == total and output.get("complete") is True,
                f"the output is {output}")
        runs = execution.map_runs()
        require(len(runs) == 1, f"{len(runs)} map runs, and not exactly one")
        counts = runs[0]["itemCounts"]
        require(counts["succeeded"] == counts["total"] > 0, f"the map run's counts are {counts}")
        self.require_copies(self.target, folder, self.samples)
        asked_for = {folder + one.key for one in self.samples} | {folder + one for one in MARKERS}
        extra = sorted(set(self.target.names(folder)) - asked_for)
        require(not extra, f"nobody asked for {', '.join(extra[:5])}")
        self._require_report(folder, "COPIED")
        return f"{total} objects copied in {counts['total']} shards, every one compared"

    def rerun(self) -> str:
        """Nothing is left to do."""
        if not self._normal:
            self.show.step("normal goes before")
            self.normal()
        require(self._normal.status == "SUCCEEDED", "normal has to go well before")
        total, folder = len(self.samples), f"{self.folder}normal/"
        before = self.target.names(folder)
        execution = self.start("rerun", [one.key for one in self.samples],
                               destinationFolderKey=folder)
        self.finish(execution, "SUCCEEDED")
        output = execution.output
        require(output.get("same") == total and output.get("copied") == 0,
                f"the output is {output}")
        self._require_report(folder, "SAME")
        after = self.target.names(folder)
        written = [key for key in after
                   if after[key] != before.get(key) and not key.endswith(MARKERS)]
        require(not written, f"{len(written)} were written again, as {written[:1]}")
        return f"{total} SAME, none written again"

    def missing(self) -> str:
        """One object is not there: all others are copied, and the end says so."""
        few, lost = self.samples[-FEW:], f"{self.source_prefix}not there"
        folder = f"{self.folder}missing/"
        execution = self.start("missing", [few[0].key, lost, *(one.key for one in few[1:])])
        cause = self.finish(execution, "FAILED", "CopyIncomplete")
        require(cause.startswith(f"1 of {len(few) + 1} objects")
                and f"s3://{self.target.name}/{folder}ENDED_COPY.csv" in cause,
                f"the cause is: {cause}")
        self.require_copies(self.target, folder, few)
        rows = self.report(folder)
        odd = [(row["status"], row["source"]) for row in rows if row["status"] != "COPIED"]
        require(len(rows) == len(few) + 1
                and odd == [("FAILED", f"s3://{self.source.name}/{lost}")],
                f"of the report's {len(rows)} rows these are not COPIED: {odd}")
        return f"1 of {len(rows)} FAILED and named, the others are there"

    def denied(self) -> str:
        """The recipient is not ready; then he is."""
        few, folder = self.samples[-FEW:], "release 1/"
        bucket = self.other_bucket(f"copyout-try-{self.setup.id}")
        how = self._forbid(bucket)
        execution = self.start("denied", [one.key for one in few], destinationBucket=bucket.name,
                               destinationFolderKey=folder)
        require(execution.wait(self.timeout, lambda: execution.pause() > 0),
                f"it neither ended nor waits after {self.timeout:.0f} s")
        require(execution.status == "RUNNING", f"it ended: {execution.found.get('error')}")
        cause, pause = execution.refusal() or "", execution.pause()
        require(bucket.name in cause, f"the cause does not name the bucket: {cause}")
        require(pause < self.timeout, f"this stack looks every {pause:.0f} s only: deploy it with "
                "fastTimes=true, or give a --timeout of more than that")
        self.show.step(f"refused, as it should be; next look in {pause:.0f} s. Now it may write")
        bucket.make()
        bucket.set_policy(allow(self.setup, bucket.name))
        if not execution.wait(self.timeout):
            raise Failed(f"it did not go on within {self.timeout:.0f} s: {execution.refusal()}\n"
                         f"{INDENT}{self.advice(bucket)}")
        require(execution.status == "SUCCEEDED",
                f"{execution.status} {execution.found.get('error')}")
        self.require_copies(bucket, folder, few)
        looks = len(execution.events("WaitStateEntered"))
        return f"{how}: it waited ({looks} x {pause:.0f} s), and went on when it was let in"

    def _forbid(self, bucket: Bucket) -> str:
        """On AWS a policy that denies writing; elsewhere, where none is minded, no bucket."""
        if not self.setup.ours.is_aws:
            return "no such bucket yet"
        bucket.make()
        bucket.set_policy(allow(self.setup, bucket.name), deny(self.setup, bucket.name))
        for _ in range(SECONDS_FOR_POLICY):
            try:
                bucket.s3.put_object(Bucket=bucket.name, Key="may I", Body=b"")
            except ClientError as error:
                require(code(error) == "AccessDenied", str(error))
                return "denied by the bucket's policy"
            time.sleep(1)
        raise Failed(f"the policy of {bucket.name} denies nothing")

    def wrong_region(self) -> str:
        """The destination has to be where it is not."""
        other = "eu-west-1" if self.setup.region != "eu-west-1" else "us-east-1"
        return self._at_once("wrong-region", "WrongRegionError", f"{self.target.name}.*{other}",
                             destinationRequiredRegion=other)

    def bad_input(self) -> str:
        """A field with a slip of the pen."""
        return self._at_once("bad-input", "InvalidInputError", "maxItemPerBatch.*maxItemsPerBatch",
                             maxItemPerBatch=5)

    def bad_manifest(self) -> str:
        """A row with one column."""
        return self._at_once("bad-manifest", "ManifestError", r"line 2\b", b"only one column\n")

    def _at_once(self, check: str, error: str, expected: str, more: bytes = b"", **fields) -> str:
        """Fails within one task, with a cause that says why, and writes nothing."""
        first, *others = manifest(
            self.source.name, [one.key for one in self.samples[:FEW]]).splitlines(keepends=True)
        execution = self.start(check, first + more + b"".join(others), **fields)
        cause = self.finish(execution, "FAILED", error)
        require(re.search(expected, cause) is not None, f"the cause is: {cause}")
        tasks = len(execution.events("TaskScheduled"))
        require(tasks == 1, f"it took {tasks} tasks, and should take one")
        left = list(self.target.names(f"{self.folder}{check}/"))
        require(not left, f"something was written: {', '.join(left[:5])}")
        return cause

    def _require_report(self, folder: str, status: str) -> None:
        """A row for each object, all of this status."""
        rows = self.report(folder)
        require(len(rows) == len(self.samples) and {row["status"] for row in rows} == {status},
                f"the report has {len(rows)} rows, not all {status}")


CHECKS = {"tokens": Checks.tokens, "normal": Checks.normal, "rerun": Checks.rerun,
          "missing": Checks.missing, "denied": Checks.denied, "wrong-region": Checks.wrong_region,
          "bad-input": Checks.bad_input, "bad-manifest": Checks.bad_manifest}
