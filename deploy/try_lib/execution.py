"""One execution of the state machine: started, watched, explained."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from botocore.exceptions import ClientError

LAST_EVENTS = 15
LAST_EVENT_SECONDS = 30
END_EVENTS = {"ExecutionAborted", "ExecutionFailed", "ExecutionSucceeded", "ExecutionTimedOut"}


class Execution:
    """An execution by its ARN; `found` is what DescribeExecution said last."""

    def __init__(self, sfn, machine: str, name: str, input: dict, step: Callable[[str], None]):
        self._sfn, self._step = sfn, step
        self.arn = sfn.start_execution(stateMachineArn=machine, name=name,
                                       input=json.dumps(input))["executionArn"]
        self.found: dict = {"status": "RUNNING"}
        step(f"started {self.arn}")

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, ABORTED or TIMED_OUT."""
        return self.found["status"]

    @property
    def output(self) -> dict:
        """What it ended with."""
        return json.loads(self.found.get("output") or "{}")

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Watch it to its end, or until something is so; False when the time was up before."""
        started = time.monotonic()
        while True:
            self.found = self._sfn.describe_execution(executionArn=self.arn)
            if self.status != "RUNNING" or until():
                return True
            waited = time.monotonic() - started
            if waited > seconds:
                return False
            self._step(self._progress())
            time.sleep(min(5, max(0.3, waited / 20)))

    def _progress(self) -> str:
        counts = [run["itemCounts"] for run in self.map_runs()]
        if not counts:
            return "preparing"
        done = counts[0]["succeeded"] + counts[0]["failed"]
        return f"{done} of {counts[0]['total']} shards done, {counts[0]['running']} running"

    def map_runs(self) -> list[dict]:
        """DescribeMapRun of each map run."""
        try:
            runs = self._sfn.list_map_runs(executionArn=self.arn)["mapRuns"]
        except ClientError:
            return []
        return [self._sfn.describe_map_run(mapRunArn=run["mapRunArn"]) for run in runs]

    def events(self, *kinds: str, most: int = 1000) -> list[dict]:
        """The last events, newest first; only those of some types."""
        events = self._sfn.get_execution_history(executionArn=self.arn, reverseOrder=True,
                                                 maxResults=most)["events"]
        return [event for event in events if not kinds or event["type"] in kinds]

    def silent(self) -> str | None:
        """Whose task was given up because nothing came from it: Prepare or Report, or a shard."""
        if self.events("TaskTimedOut"):
            return "Prepare or Report"
        return "a shard" if any(
            event["type"] == "TaskTimedOut" for child in self._children() for event in
            self._sfn.get_execution_history(executionArn=child, maxResults=100)["events"]) else None

    def _children(self) -> list[str]:
        """The child executions of its map runs, the first of each; none for who may not list."""
        try:
            return [child["executionArn"] for run in self.map_runs() for child in
                    self._sfn.list_executions(mapRunArn=run["mapRunArn"],
                                              maxResults=10)["executions"]]
        except ClientError:
            return []

    def refusal(self) -> str | None:
        """Why Prepare may not write, if that is why it waits."""
        for event in self.events("TaskFailed", most=50):
            details = event["taskFailedEventDetails"]
            if details.get("error") == "AccessDeniedError":
                return details.get("cause", "")
        return None

    def pause(self) -> float:
        """The seconds that the last Wait state takes."""
        for event in self.events("WaitStateEntered", most=50):
            entered = json.loads(event["stateEnteredEventDetails"]["input"])
            return float(entered["waitSeconds"]["first"])
        return 0

    def stop(self) -> None:
        """Stop it, if it still runs."""
        try:
            found = self._sfn.describe_execution(executionArn=self.arn)
            if found["status"] == "RUNNING":
                self._sfn.stop_execution(executionArn=self.arn, error="Stopped",
                                         cause="by deploy/try")
                self._wait_for_last_event()
        except ClientError as error:
            self._step(f"not stopped: {error}")

    def _wait_for_last_event(self) -> None:
        """StopExecution answers before the event of the end is in the history."""
        deadline = time.monotonic() + LAST_EVENT_SECONDS
        while time.monotonic() < deadline:
            if any(event["type"] in END_EVENTS for event in self.events(most=LAST_EVENTS)):
                return
            time.sleep(0.1)

    def explain(self) -> list[str]:
        """Error, cause and the last events, for whoever has to find out."""
        lines = [f"execution: {self.arn}", f"status: {self.status}"]
        lines += [f"{name}: {self.found[name]}" for name in ("error", "cause", "output")
                  if self.found.get(name)]
        for event in reversed(self.events(most=LAST_EVENTS)):
            details = next((value for key, value in event.items() if key.endswith("Details")), {})
            told = " ".join(f"{name}={str(details[name])[:300]}"
                            for name in ("name", "error", "cause") if details.get(name))
            lines.append(f"{event['id']:>5} {event['type']} {told}")
        return lines
