"""The results of a map's child executions, as a state's output and as files in S3.

    apply(endpoint)

Runs in moto's server (local_aws_launch.py). moto 5.2.1 forgets what failed children say, writes a
manifest without files, and measures no output. The shapes are those of the AWS Step Functions
Developer Guide, "ResultWriter (Map)"; the size is that of "Quotas": 262,144 bytes of UTF-8.
"""

import datetime
import json
import uuid

import boto3
from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType as Names,
)
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_map import state_map
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer import (
    result_writer_decl,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval import (  # noqa: E501
    resource_eval_s3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto_patch import replace

MOST_OUTPUT = 262144  # bytes of a state's output
REDRIVABLE = {"SUCCEEDED": "NOT_REDRIVABLE", "PENDING": "NOT_REDRIVABLE"}  # the others are


def map_failure(env, name, cause):
    """The exception that fails a map state."""
    return FailureEventException(FailureEvent(
        env=env, error_name=StatesErrorName(typ=name), event_type=HistoryEventType.MapRunFailed,
        event_details=EventDetails(mapRunFailedEventDetails=MapRunFailedEventDetails(
            error=name.to_name(), cause=cause))))


def text_of(value):
    """JSON as Step Functions writes it: no blanks, and characters as they are."""
    return json.dumps(json.loads(to_json_str(value)), separators=(",", ":"), ensure_ascii=False)


def is_too_large(value):
    """Whether it is more than a state may hand on."""
    text = value if isinstance(value, str) else text_of(value)
    return len(text.encode()) > MOST_OUTPUT


def measure_states():
    """moto fails an output of exactly 262,144 bytes, and counts an umlaut as six."""
    for module in (state, state_task_lambda, state_task_service):
        replace(module, "is_within_size_quota", lambda value: not is_too_large(value))


def now():
    """The time as ResultWriter writes it."""
    return f"{datetime.datetime.now(tz=datetime.timezone.utc):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def child_of(record):
    """A child execution of a map run that is to begin, as the files of a ResultWriter tell of it.

    `record.children` has all of a map run, in the order of their begin.
    """
    machine, name = record.map_state_machine_arn, str(uuid.uuid4())
    child = {"ExecutionArn": machine.replace(":stateMachine:", ":execution:") + f":{name}",
             "InputDetails": {"Included": True}, "Name": name, "RedriveCount": 0,
             "StateMachineArn": machine, "Status": "PENDING"}
    children_of(record).append(child)
    return child


def children_of(record):
    """The list of a map run's children."""
    return record.__dict__.setdefault("children", [])


def begin(child, given):
    """It runs, with this input."""
    child.update(Input=text_of(given), StartDate=now(), Status="RUNNING")


def end(child, status, output=None, error=None, cause=None):
    """It is over; what is None is left out."""
    told = {"Output": None if output is None else text_of(output), "Error": error, "Cause": cause}
    child.update({name: value for name, value in told.items() if value is not None},
                 Status=status, StopDate=now(),
                 RedriveStatus=REDRIVABLE.get(status, "REDRIVABLE"))
    if output is not None:
        child["OutputDetails"] = {"Included": True}


def write_results(endpoint):
    """The files of a ResultWriter: all that failed, were aborted or timed out are FAILED."""

    def write(s3, bucket, folder, children):
        files = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        for child in children:
            kind = child["Status"] if child["Status"] in files else "FAILED"
            files[kind].append(child)
        told = {}
        for kind, members in files.items():
            key, body = f"{folder}{kind}_0.json", text_of(members).encode()
            if members:
                s3.put_object(Bucket=bucket, Key=key, Body=body)
            told[kind] = [{"Key": key, "Size": len(body)}] if members else []
        return told

    def put_object(env: Environment, resource_runtime_part, state_credentials):
        parameters = env.stack.pop()
        env.stack.pop()  # the state's input
        record = env.map_run_record_pool_manager.get_all().pop()
        bucket, prefix = parameters["Bucket"], parameters.get("Prefix", "")
        folder = f"{prefix}/{record.map_run_arn.split(':')[-1]}/".lstrip("/")
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name=resource_runtime_part.region,
                          aws_access_key_id="ak", aws_secret_access_key="sk")
        try:
            told = write(s3, bucket, folder, children_of(record))
            key = f"{folder}manifest.json"
            s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({
                "DestinationBucket": bucket, "MapRunArn": record.map_run_arn,
                "ResultFiles": told}).encode())
        except Exception as error:
            raise map_failure(env, Names.StatesResultWriterFailed, str(error)) from None
        env.stack.append({"MapRunArn": record.map_run_arn,
                          "ResultWriterDetails": {"Bucket": bucket, "Key": key}})

    def of_the_input(self, env):
        """moto looks for the paths of its Parameters among the results, not in the state's input."""
        env.stack[-1] = env.states.get_input()  # the results themselves go to S3
        evaluate(self, env)

    evaluate = result_writer_decl.ResultWriter._eval_body
    replace(result_writer_decl.ResultWriter, "_eval_body", of_the_input)
    replace(resource_eval_s3.ResourceEvalS3, "_handle_put_object", staticmethod(put_object))


def note_writers():
    """A map without a ResultWriter, whose results must fit into an output, is known as one."""
    init = state_map.StateMap.from_state_props

    def from_state_props(self, state_props):
        init(self, state_props)
        self.iteration_component.has_writer = self.result_writer is not None

    replace(state_map.StateMap, "from_state_props", from_state_props)


def apply(endpoint):
    """All of it."""
    measure_states()
    write_results(endpoint)
    note_writers()
