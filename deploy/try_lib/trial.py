"""What all checks share: places and samples, executions and their ends, tidying up."""

from __future__ import annotations

import csv
import io
import time
from argparse import Namespace
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from try_lib import samples as s
from try_lib.execution import Execution
from try_lib.places import Account, Bucket, Setup, allow, code
from try_lib.show import Show

SHARDS = 8  # tasks at once: a new account's quota for Fargate has room for them
INDENT = " " * 8


class Failed(Exception):
    """Something is not as it should be."""


def require(condition: bool, text: str) -> None:
    """Or fail."""
    if not condition:
        raise Failed(text)


class Trial:
    """One run of deploy/try."""

    def __init__(self, setup: Setup, show: Show, args: Namespace):
        self.setup, self.show, self.timeout = setup, show, args.timeout
        self._sfn = setup.ours.client("stepfunctions")
        self._work = Bucket(setup.ours, setup.work_bucket, setup.region)
        self.source, self.source_prefix = self._place(setup.source_bucket, "source/", setup.ours)
        self.target, self.folder = self._place(setup.destination_bucket, "copies/", setup.theirs)
        self.samples = s.make_samples(self.source_prefix, args.objects, args.large)
        self._others: list[Bucket] = []
        self._executions: list[Execution] = []

    def _place(self, bucket: str | None, name: str, account: Account) -> tuple[Bucket, str]:
        if not bucket:
            return self._work, f"{self.setup.folder}{name}"
        return Bucket(account, bucket, self.setup.region), f"copyout-try-{self.setup.id}/{name}"

    # --- before and after

    def begin(self) -> None:
        """Make buckets and samples."""
        setup, target = self.setup, self.target
        self.show.line(f"{len(self.samples)} objects, s3://{self.source.name}/{self.source_prefix} "
                       f"to s3://{target.name}/{self.folder}, by {setup.machine}")
        self.source.make()
        if target is not self._work:
            target.make()
            if target.made:
                target.set_policy(allow(setup, target.name))
            if setup.ours.is_aws and target.is_of(setup.account):
                self.show.line(f"note: {target.name} belongs to the stack's own account; a stack "
                               "without allowWriteToInstalledAccount=true may not write there")
        self.show.step("making samples")
        s.put_samples(self.source.s3, self.source.name, self.samples)

    def end(self, keep: bool) -> bool:
        """Stop what runs, and remove what was made; whether that could be done."""
        setup = self.setup
        folders = [(self._work, setup.folder),
                   (self._work, f"{setup.work_prefix}jobs/try-{setup.id}-"),
                   *((bucket, prefix) for bucket, prefix in (
                       (self.source, self.source_prefix), (self.target, self.folder))
                     if bucket is not self._work)]
        for execution in self._executions:
            execution.stop()
        if keep:
            places = [*folders, *((bucket, "") for bucket in self._others)]
            self.show.line("kept: " + " ".join(f"s3://{b.name}/{prefix}" for b, prefix in places))
            return True
        self.show.step("removing what was made")
        done = [self._tidy(bucket, lambda bucket=bucket, prefix=prefix: bucket.empty(prefix))
                for bucket, prefix in folders]
        done += [self._tidy(bucket, bucket.remove)
                 for bucket in (*self._others, self.source, self.target)]
        return all(done)

    def _tidy(self, bucket: Bucket, what: Callable[[], None]) -> bool:
        try:
            what()
            return True
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and code(error) == "NoSuchBucket":
                return True
            self.show.line(f"deploy/try: s3://{bucket.name}: not removed: {error}")
            return False

    def other_bucket(self, name: str) -> Bucket:
        """A bucket with the destination's credentials, not made yet, and removed at the end."""
        self._others.append(Bucket(self.setup.theirs, name, self.setup.region))
        return self._others[-1]

    # --- one check

    def perform(self, name: str, check: Callable[[], str]) -> bool:
        """Do it, and tell how it went."""
        started, count = time.monotonic(), len(self._executions)
        try:
            text = check()
            ok = True
        except (Failed, ClientError, BotoCoreError) as error:
            ok, text = False, str(error)
        self.show.result(ok, name, time.monotonic() - started, text)
        if not ok:
            for execution in self._executions[count:][-1:]:
                execution.stop()
                for line in execution.explain():
                    self.show.line(f"{INDENT}{line}")
        return ok

    def start(self, check: str, manifest: list[str] | bytes, **fields) -> Execution:
        """An execution of one check. `manifest`: keys of the source bucket, or the text itself."""
        if not isinstance(manifest, bytes):
            manifest = s.manifest(self.source.name, manifest)
        name = f"try-{self.setup.id}-{check}-{len(self._executions)}"
        key = f"{self.setup.folder}{name}.csv"
        self._work.s3.put_object(Bucket=self._work.name, Key=key, Body=manifest)
        self._executions.append(Execution(self._sfn, self.setup.machine, name, {
            "sourceFilesCsvBucket": self._work.name, "sourceFilesCsvKey": key,
            "destinationBucket": self.target.name, "destinationKeys": "full",
            "destinationFolderKey": f"{self.folder}{check}/",
            "maxItemsPerBatch": -(-len(self.samples) // SHARDS), **fields}, self.show.step))
        return self._executions[-1]

    def finish(self, execution: Execution, status: str, error: str | None = None) -> str:
        """Watch it to its end, which must be this, and not to wait for permission; the cause."""
        refused: list[str] = []

        def is_refused() -> bool:
            refused.extend(filter(None, [execution.refusal()]))
            return bool(refused)

        in_time = execution.wait(self.timeout, is_refused)
        if refused and execution.status == "RUNNING":
            raise Failed(f"it may not write: {refused[0]}\n{INDENT}{self.advice(self.target)}")
        require(in_time, f"not over after {self.timeout:.0f} s (--timeout)")
        found = execution.found
        require(execution.status == status and found.get("error") == error,
                f"{execution.status} {found.get('error', '')}, not {status} {error or ''}".strip())
        return found.get("cause", "")

    def advice(self, bucket: Bucket) -> str:
        """What to do when the stack may not write there."""
        if bucket.is_of(self.setup.account):
            return (f"{bucket.name} belongs to the stack's own account. Deploy the stack with "
                    "allowWriteToInstalledAccount=true, or name a bucket of another account "
                    "(--destination-bucket, --destination-profile).")
        return (f"Does the policy of {bucket.name} let the stack's task role in "
                f"({self.setup.task_role or 'output TaskRoleArn'})?")

    # --- what came of it

    def report(self, folder: str) -> list[dict[str, str]]:
        """The rows of the report in the destination."""
        answer = self.target.s3.get_object(Bucket=self.target.name, Key=f"{folder}ENDED_COPY.csv")
        text = io.StringIO(answer["Body"].read().decode(), newline="")
        return list(csv.DictReader(text))

    def require_copies(self, bucket: Bucket, folder: str, samples: list[s.Sample]) -> None:
        """Every one of them is there, and is the same."""
        self.show.step("comparing")
        wrong = s.differences(bucket.s3, bucket.name, folder, samples)
        require(not wrong,
                f"{len(wrong)} of {len(samples)} copies are wrong: {'; '.join(wrong[:5])}")
