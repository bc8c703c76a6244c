"""The other commands as people get them wrong: prepare, copy, report, start, status, cleanup.

What is known beforehand is exit 2 and not one request that writes, neither to S3 nor to Step
Functions; what only a server knows is exit 4, in the server's words.
"""

from __future__ import annotations

import json
import unittest

from lib import copyout
from lib.bad_input import (BASE, DST, FROM, LONG, ROW, SRC, TO, Case, Fixture, in_args, rows, with_,
                           without)

ARN = "arn:aws:states:us-east-1:111122223333:"
MACHINE, EXECUTION = ARN + "stateMachine:copyout", ARN + "execution:copyout:release-1"
NO_PREFIX = "not there/"


def to(command: str, name: str, args: list[str], *said: str, **more) -> Case:
    """A mistake with a command other than run."""
    return in_args(name, args, *said, command=command, **more)


def prepare(name: str, given: dict | str, *said: str, data: bytes = ROW, **env) -> Case:
    """What Step Functions gives to the first step."""
    text = given if isinstance(given, str) else json.dumps(given)
    return to("prepare", name, ["--job", "job"], *said, manifest=data,
              env={"COPYOUT_INPUT": text, **env})


STEPS = [
    # what Step Functions gives
    prepare("COPYOUT_INPUT is empty", "", "COPYOUT_INPUT"),
    prepare("COPYOUT_INPUT is no JSON", "{'a': 1}", "the input is not valid JSON", "line 1"),
    prepare("COPYOUT_INPUT is a list", "[]", "JSON object"),
    prepare("COPYOUT_INPUT has an unknown field", with_(maxItemPerBatch=1),
            'did you mean "maxItemsPerBatch"'),
    prepare("COPYOUT_INPUT lacks a field", without("destinationBucket"), "destinationBucket"),
    prepare("COPYOUT_INPUT has a wrong and lacks another",
            {**without("destinationBucket"), "dryRun": 1}, "dryRun", "destinationBucket"),
    to("prepare", "COPYOUT_JOB at no bucket", [], "s3://B_x/jobs/",
       env={"COPYOUT_JOB": "s3://B_x/jobs/", "COPYOUT_INPUT": json.dumps(BASE)}),
    prepare("heartbeat that is no number", BASE, "COPYOUT_HEARTBEAT_SECONDS", '"often"',
            COPYOUT_TASK_TOKEN="t" * 40, COPYOUT_HEARTBEAT_SECONDS="often"),
    prepare("heartbeat that never comes", BASE, "COPYOUT_HEARTBEAT_SECONDS",
            COPYOUT_TASK_TOKEN="t" * 40, COPYOUT_HEARTBEAT_SECONDS="0"),
    prepare("Step Functions at no URL", BASE, "re.endpoint.*Step Functions",
            COPYOUT_TASK_TOKEN="t" * 40, AWS_ENDPOINT_URL_SFN="states"),
    prepare("Step Functions in no region", BASE, "re.region", COPYOUT_TASK_TOKEN="t" * 40,
            AWS_REGION=None),
    prepare("more batches than a map takes", with_(maxItemsPerBatch=1), "maxItemsPerBatch",
            "80001", "at least 2", data=rows(*[f"SRC,k{i}" for i in range(80_001)])),
    # for a person
    to("prepare", "prepare without a job", ["input.json"], "--job", "COPYOUT_JOB",
       files={"input.json": json.dumps(BASE)}),
    to("prepare", "prepare without an input", ["--job", "job"], "COPYOUT_INPUT"),
    to("prepare", "prepare of an input that is not there", ["--job", "job", "none.json"],
       "none.json"),
    to("prepare", "prepare of a folder", ["--job", "job", "here"], "here", "re.director|folder",
       files={"here": None}),
    to("prepare", "prepare with an empty job", ["--job=", "input.json"], "--job", "empty"),
    to("prepare", "prepare in no bucket", ["--job", "s3://", "x.json"], "s3://"),
    to("prepare", "prepare with a manifest", ["--job", "job", *FROM], "--manifest"),
    to("prepare", "prepare of two inputs", ["--job", "job", "a.json", "b.json"], "b.json"),
    to("copy", "copy without a job", [], "--job", "COPYOUT_JOB"),
    to("copy", "copy of what was not prepared", ["--job", "job"], "job/job.json", "prepared"),
    to("copy", "copy of an input", ["--job", "job", "input.json"], "input.json"),
    to("copy", "copy with no shard's number", ["--job", "job", "--shard"], "--shard"),
    to("copy", "copy with an empty shard", ["--job", "job", "--shard="], "--shard"),
    to("copy", "copy to somewhere", ["--job", "job", *TO], "--to"),
    to("report", "report without a job", [], "--job"),
    to("report", "report of what was not prepared", ["--job", "job"], "job/job.json", "prepared"),
    to("report", "report of a shard", ["--job", "job", "--shard", "1"], "--shard"),
    to("report", "report where nothing may be made", ["--job", "/proc/none/job"], "/proc/none",
       exit=4),
    to("report", "report of a prefix where nothing is", ["--job", f"s3://{SRC}/{NO_PREFIX}"],
       f"s3://{SRC}/{NO_PREFIX}job.json", "prepared"),
    to("report", "report in a bucket that is not there", ["--job", "s3://bad-input-none/j/"],
       "s3://bad-input-none/j/job.json", "NoSuchBucket", exit=4),
]

OTHERS = [
    # start
    to("start", "start of no machine", [*FROM, *TO], "--state-machine", "COPYOUT_STATE_MACHINE"),
    to("start", "start of a name", [*FROM, *TO, "--state-machine", "CopyOut"], "--state-machine"),
    to("start", "start of another service's", [*FROM, *TO, "--state-machine",
       "arn:aws:lambda:us-east-1:111122223333:function:copyout"], "--state-machine"),
    to("start", "start of half an ARN", [*FROM, *TO], "COPYOUT_STATE_MACHINE",
       env={"COPYOUT_STATE_MACHINE": "arn:aws:states"}),
    to("start", "start of an ARN without a region", [*FROM, *TO, "--state-machine",
       "arn:aws:states::111122223333:stateMachine:copyout"], "--state-machine"),
    to("start", "start in a region that is none", [*FROM, *TO, "--state-machine",
       ARN.replace("us-east-1", "us east 1") + "stateMachine:copyout"], '"us east 1"', "region"),
    to("start", "start of nothing", ["--state-machine", MACHINE], "what is to be copied"),
    to("start", "start of an input that is not there", ["--state-machine", MACHINE, "none.json"],
       "none.json"),
    to("start", "start of a wrong input", ["--state-machine", MACHINE, "input.json"], "dryRun",
       files={"input.json": json.dumps(with_(dryRun="no"))}),
    to("start", "start with a slash in the name", [*FROM, *TO, "--state-machine", MACHINE, "--name",
       "a/b"], "--name"),
    to("start", "start with a long name", [*FROM, *TO, "--state-machine", MACHINE, "--name",
       "n" * 81], "--name", "80"),
    to("start", "start with an empty name", [*FROM, *TO, "--state-machine", MACHINE, "--name="],
       "--name"),
    to("start", "start of a manifest here, and no work folder",
       ["-m", "files.csv", *TO, "--state-machine", MACHINE], "--work", "COPYOUT_WORK",
       files={"files.csv": ROW}),
    to("start", "start with a work folder here",
       ["-m", "files.csv", *TO, "--state-machine", MACHINE, "--work", "work"], "--work", "s3://",
       files={"files.csv": ROW}),
    to("start", "start with a work folder in no bucket",
       ["-m", "files.csv", *TO, "--state-machine", MACHINE, "--work", "s3://B_x/"], "B_x",
       files={"files.csv": ROW}),
    to("start", "start of a manifest that is not there",
       ["-m", "none.csv", *TO, "--state-machine", MACHINE, "--work", f"s3://{SRC}/"], "none.csv"),
    to("start", "start of a manifest that is a folder",
       ["-m", "here", *TO, "--state-machine", MACHINE, "--work", f"s3://{SRC}/"], "here",
       "re.director|folder", files={"here": None}),
    to("start", "start with a wait", [*FROM, *TO, "--state-machine", MACHINE, "--wait", "1h"],
       "--wait"),
    # status
    to("status", "status of nothing", [], "ARN"),
    to("status", "status of a name", ["release-1"], "ARN"),
    to("status", "status of a bucket", ["arn:aws:s3:::bucket"], "ARN"),
    to("status", "status of two", [EXECUTION, EXECUTION], "one argument too many"),
    to("status", "status in a region that is none", [EXECUTION.replace("us-east-1", "US_1")],
       '"US_1"', "region"),
    to("status", "status every word", ["--every", "often", EXECUTION], "--every", '"often"'),
    to("status", "status by a profile that is not there", ["--profile", "nobody", EXECUTION],
       "--profile", '"nobody"'),
    to("status", "status from no URL", ["--endpoint-url", "states", EXECUTION],
       'endpoint "states"'),
    to("status", "status with no credentials", [EXECUTION], "credentials", exit=4,
       env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}),
    # cleanup
    to("cleanup", "cleanup of nothing", [], "--work"),
    to("cleanup", "cleanup of what is given as an input", ["work"], "work", files={"work": None}),
    to("cleanup", "cleanup of a folder that is not there", ["--work", "typo"], "--work", "typo"),
    to("cleanup", "cleanup of a folder that is another's", ["--work", "here"], "here/job.json",
       "no upload on record", files={"here": None}),
    to("cleanup", "cleanup of a file", ["--work", "file"], "file", "Not a directory", exit=4,
       files={"file": "x"}),
    to("cleanup", "cleanup of a prefix where nothing is", ["--work", f"s3://{SRC}/{NO_PREFIX}"],
       f"s3://{SRC}/{NO_PREFIX}job.json", "no upload on record"),
    to("cleanup", "cleanup in a bucket that is not there", ["--work", "s3://bad-input-none/w/"],
       "s3://bad-input-none/w/", "NoSuchBucket", exit=4),
    to("cleanup", "cleanup in no bucket", ["--work", "s3://B_x/"], "s3://B_x/"),
    # the rest
    to("completion", "completions of no shell", [], "bash", "fish"),
    to("completion", "completions of another shell", ["tcsh"], "which shell", "bash"),
    to("--work", "an option in the command's place", ["w"], "--work", "no such command"),
    to("", "an empty command", [], "no such command"),
    to("Run", "a command in other letters", [*FROM, *TO], "Run", "copyout run"),
]

SERVED = [  # what Step Functions says itself
    ("start of a machine that is not there", ["start", *FROM, *TO, "--state-machine", MACHINE],
     "StateMachineDoesNotExist"),
    ("status of an execution that is not there", ["status", EXECUTION], "ExecutionDoesNotExist"),
]


class BadCommands(Fixture):
    """Steps, and what is about executions on AWS."""

    def test_steps(self):
        """prepare, copy and report."""
        self.run_table(STEPS)

    def test_others(self):
        """start, status, cleanup, and no command at all."""
        self.run_table(OTHERS)

    def test_unknown_to_the_server(self):
        """Step Functions' own words, and its code."""
        for name, args, code in SERVED:
            with self.subTest(name):
                result = copyout.run(args, self.server, env={
                    "AWS_ENDPOINT_URL_SFN": self.server.endpoint}).expect(4)
                self.assert_says(result, ["Step Functions", code])
                self.assertEqual(result.stdout, "", str(result))

    def test_nothing_is_made_by_cleanup(self):
        """Not even the folder that was misspelt."""
        self.run_it(["--work", "typo"], command="cleanup").expect(2)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
