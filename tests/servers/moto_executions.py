"""Executions as AWS tells of them: lists, the children of a map run, and redrives.

    apply()

Runs in moto's server (local_aws_launch.py). moto 5.2.1 lists executions of state machines only, a
child of a map run has no history that could be asked for, and nothing can be redriven. The children
are those of moto_result_writer.py; a redriven execution goes on as the Step Functions Developer
Guide has it ("Restarting state machine executions with redrive", "Redriving Map Runs"): from the
step that did not succeed, under its own ARN, with the children of its map run that did not succeed.
"""

import copy
import datetime
import json
import threading
import time

from moto.core.exceptions import AWSError
from moto.stepfunctions import responses as sfn_responses
from moto.stepfunctions.exceptions import ResourceNotFound, ValidationException
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (  # noqa: E501
    MapRunRecord,
)
from moto.stepfunctions.parser.asl.eval.event.event_manager import (
    EventHistoryContext,
    EventManager,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto_patch import replace
from moto_result_writer import child_of, children_of

Backend = parser_models.StepFunctionsParserBackend
Response = sfn_responses.StepFunctionResponse
MOST_A_PAGE = 1000
REDRIVABLE = ("FAILED", "ABORTED", "TIMED_OUT")

_histories = {}  # ARN of a child execution: its EventManager
_redriving = {}  # ARN of an execution that is redriven: the record of its map run


class NotRedrivable(AWSError):
    """RedriveExecution is refused."""

    TYPE, STATUS = "ExecutionNotRedrivable", 400


# --- children, for moto_map_runs.py ---------------------------------------------------------


def child_for(record, index):
    """The child execution for an item: a new one, or the one of before a redrive."""
    child = record.__dict__.get("before", {}).get(index)
    if child is None:
        child = child_of(record)
    else:
        children_of(record).append(child)
        if child["Status"] != "SUCCEEDED":
            child["RedriveCount"] += 1
            for name in ("Error", "Cause", "StopDate", "RedriveStatus"):
                child.pop(name, None)
    record.__dict__.setdefault("by_index", {})[index] = child
    return child


def keep_history(frame, child):
    """Have a child's events kept for it alone."""
    frame.event_manager = _histories.setdefault(child["ExecutionArn"], EventManager())
    frame.event_history_context = EventHistoryContext.of_program_start()


# --- what is told ---------------------------------------------------------------------------


def records_of(backend):
    """The records of all map runs."""
    return [record for execution in backend._get_executions() if execution.exec_worker.env
            for record in execution.exec_worker.env.map_run_record_pool_manager.get_all()]


def time_of(text):
    """A time of a child's as a datetime."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def summary(record, child):
    """A child in a list."""
    told = {"executionArn": child["ExecutionArn"], "name": child["Name"],
            "stateMachineArn": child["StateMachineArn"], "mapRunArn": record.map_run_arn,
            "status": child["Status"], "startDate": time_of(child["StartDate"]),
            "redriveCount": child["RedriveCount"]}
    if "StopDate" in child:
        told["stopDate"] = time_of(child["StopDate"])
    return told


def find_child(backend, arn):
    """Of a child that has begun: its map run's record and itself; None: there is none."""
    return next(((record, child) for record in records_of(backend)
                 for child in list(children_of(record))
                 if child["ExecutionArn"] == arn and "StartDate" in child), None)


def tell_of_children():
    """DescribeExecution, GetExecutionHistory and ListExecutions know of no children."""
    describe, history = Response.describe_execution, Backend.get_execution_history
    list_all = Response.list_executions

    def describe_execution(self):
        arn = self._get_param("executionArn")
        found = find_child(self.stepfunction_backend, arn)
        if found is None:
            return describe(self)
        child = found[1]
        told = {**summary(*found), "input": child["Input"]}
        told.update({name.lower(): child[name] for name in ("Output", "Error", "Cause")
                     if name in child})
        return sfn_responses.ActionResult(told)

    def get_execution_history(self, execution_arn):
        if execution_arn in _histories:
            return {"events": _histories[execution_arn].get_event_history()}
        return history(self, execution_arn)

    def list_executions(self):
        arn = self._get_param("mapRunArn")
        if bool(arn) == bool(self._get_param("stateMachineArn")):
            raise ValidationException(
                "One and only one of stateMachineArn and mapRunArn has to be given")
        if not arn:
            return list_all(self)
        record = next((record for record in records_of(self.stepfunction_backend)
                       if record.map_run_arn == arn), None)
        if record is None:
            raise ResourceNotFound(arn)
        wanted = self._get_param("statusFilter")
        found = [summary(record, child) for child in list(children_of(record))
                 if "StartDate" in child and wanted in (None, child["Status"])]
        found.sort(key=lambda told: told["startDate"], reverse=True)
        first = int(self._get_param("nextToken") or 0)
        last = first + min(int(self._get_param("maxResults") or 100), MOST_A_PAGE)
        answer = {"executions": found[first:last]}
        if last < len(found):
            answer["nextToken"] = str(last)
        return sfn_responses.ActionResult(answer)

    replace(Response, "describe_execution", describe_execution)
    replace(Backend, "get_execution_history", get_execution_history)
    replace(Response, "list_executions", list_executions)


# --- redrive --------------------------------------------------------------------------------


def last_step(events):
    """The name and the input of the step that was entered last, and did not succeed."""
    for event in reversed(events):
        if event["type"].endswith("StateEntered"):
            details = event["stateEnteredEventDetails"]
            return details["name"], json.loads(details["input"])
    return None, None


def go_on(execution):
    """Run an execution again from the step that did not succeed."""
    worker = execution.exec_worker
    before = worker.env
    name, given = last_step(before.event_manager.get_event_history())
    records = before.map_run_record_pool_manager.get_all()
    if records:
        _redriving[execution.exec_arn] = records[-1]
    program = copy.copy(AmazonStateLanguageParser.parse(execution.state_machine.definition)[0])
    program.start_at = copy.copy(program.start_at)
    program.start_at.start_at_name = name
    env = worker._get_evaluation_environment()
    env.event_manager, env.event_history_context = \
        before.event_manager, before.event_history_context
    env.map_run_record_pool_manager = before.map_run_record_pool_manager
    env.states.reset(given)
    env.event_manager.add_event(context=env.event_history_context,
                                event_type=HistoryEventType.ExecutionRedriven)

    def run():
        program.eval(env)
        worker._execution_communication.terminated()

    execution.over = False
    execution.error = execution.cause = execution.stop_date = execution.output = None
    execution.exec_status, worker.env = ExecutionStatus.RUNNING, env
    threading.Thread(target=run, daemon=True).start()


def redrive_executions():
    """There is no RedriveExecution."""
    terminated, init = BaseExecutionWorkerCommunication.terminated, MapRunRecord.__init__

    def over(self):
        terminated(self)
        self.execution.over = True

    def goes_on(self, *args, **kwargs):
        init(self, *args, **kwargs)
        before = _redriving.pop(self.execution_arn, None)
        if before is not None:
            self.map_run_arn = before.map_run_arn
            self.before = before.__dict__.get("by_index", {})

    def redrive_execution(self):
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        if execution.status not in REDRIVABLE:
            raise NotRedrivable("Execution is not redrivable: its status is "
                                f"{execution.status}")
        while not getattr(execution, "over", False):
            time.sleep(0.01)
        go_on(execution)
        return sfn_responses.ActionResult(
            {"redriveDate": datetime.datetime.now(tz=datetime.timezone.utc)})

    replace(BaseExecutionWorkerCommunication, "terminated", over)
    replace(MapRunRecord, "__init__", goes_on)
    Response.redrive_execution = redrive_execution


def apply():
    """All of it. A moto that is built differently fails here."""
    tell_of_children()
    redrive_executions()
