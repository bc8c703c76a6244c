"""What moto 5.2.1's Step Functions does otherwise than AWS, corrected.

    apply(longest_retry)

Runs in moto's server (local_aws_launch.py), with moto_task_tokens.py and moto_map_runs.py. Each
correction says what moto does without it; README.md lists them. A moto that is built differently
fails here, at once.
"""

import copy
import datetime
import functools
import re
import time
import uuid

from moto.stepfunctions import models as sfn_models
from moto.stepfunctions import responses as sfn_responses
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser import utils as parser_utils
from moto.stepfunctions.parser.api import (
    ExecutionStatus,
    HistoryEventType,
    TaskTimedOutEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType as Names,
)
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.eval import program_state
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import Execution
from moto_patch import replace

Backend = parser_models.StepFunctionsParserBackend
Response = sfn_responses.StepFunctionResponse
Callback = state_task_service_callback.StateTaskServiceCallback
NEVER = "\0"  # what no error name begins with


def always_execute():
    """moto keeps state machines in two backends; CloudFormation makes them in the idle one."""
    backends = parser_models.stepfunctions_parser_backends
    replace(sfn_models, "stepfunctions_backends", backends)
    replace(sfn_responses, "stepfunctions_backends", backends)
    replace(sfn_responses, "get_backend", lambda account, region: backends[account][region])


def accept_whole_percentages():
    """moto's grammar wants ToleratedFailurePercentage as 100.0; JSON knows no such difference."""
    create, update = Backend.create_state_machine, Backend.update_state_machine

    def normal(definition):
        return re.sub(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?=\s*[,}])', r"\1.0", definition)

    def create_state_machine(self, name, definition, *args, **kwargs):
        return create(self, name, normal(definition), *args, **kwargs)

    def update_state_machine(self, arn, definition=None, *args, **kwargs):
        return update(self, arn, normal(definition) if definition else None, *args, **kwargs)

    replace(Backend, "create_state_machine", create_state_machine)
    replace(Backend, "update_state_machine", update_state_machine)


def parse_once():
    """Every execution parses its definition anew, and every use of a path builds a parser for it.

    That was 95 % of the time of a map: 0.33 s of CPU for each item.
    """
    for module, name in ((json_path, "parse"), (result_path, "parse")):
        replace(module, name, functools.lru_cache(maxsize=1024)(getattr(module, name)))
    parser = parser_models.AmazonStateLanguageParser
    parser.parse = staticmethod(functools.lru_cache(maxsize=64)(parser.parse))


def start_executions_any_number_of_times():
    """A second execution fails on deep-copying the first; one without a name is called None.

    Execution.exec_worker.env is missing until the execution's thread runs: asking for its map
    runs then is an HTML page with status 500.
    """
    start = Backend.start_execution

    def start_execution(self, state_machine_arn, name=None, execution_input=None, *args, **kwargs):
        if name:
            self._validate_name(name)
        execution = start(self, state_machine_arn, name or str(uuid.uuid4()), execution_input,
                          *args, **kwargs)
        while execution.exec_worker.env is None:
            time.sleep(0.001)
        parser_utils.TMP_THREADS.clear()  # all threads that ever ran, with all that they knew
        return execution

    def clone(self, memo):  # what an execution is to keep of its state machine: all but the others
        other = copy.copy(self)
        other.executions = []
        return other

    replace(Backend, "start_execution", start_execution)
    sfn_models.StateMachine.__deepcopy__ = clone


def stop_executions_at_once():
    """StopExecution drops error and cause, and takes effect at the next heartbeat or time-out.

    A Catch that then runs turns ABORTED into FAILED. AWS stops at once, answers callbacks of its
    tasks with TaskTimedOut, and leaves the tasks themselves alone (runTask.waitForTaskToken).
    """
    set_error = Environment.set_error

    def set_error_unless_stopped(self, error):
        if not isinstance(self._program_state, program_state.ProgramStopped):
            set_error(self, error)

    def stop(self, stop_date, error, cause):
        worker = self.exec_worker
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        while worker.env is None:  # its thread has only just begun
            time.sleep(0.01)
        self.error, self.cause = error, cause
        self.exec_status, self.stop_date = ExecutionStatus.ABORTED, stop_date
        worker.stop(stop_date=stop_date, error=error, cause=cause)
        for endpoint in list(worker.env.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()

    def stop_execution(self):
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        now = datetime.datetime.now(tz=datetime.timezone.utc)
        execution.stop(now, self._get_param("error"), self._get_param("cause"))
        return sfn_responses.ActionResult({"stopDate": execution.stop_date or now})

    replace(Environment, "set_error", set_error_unless_stopped)
    replace(Execution, "stop", stop)
    replace(Response, "stop_execution", stop_execution)


def page_histories():
    """GetExecutionHistory ignores maxResults, nextToken and reverseOrder."""

    def get_execution_history(self):
        arn = self._get_param("executionArn")
        events = self.stepfunction_backend.get_execution_history(arn)["events"]
        if self._get_param("reverseOrder"):
            events = events[::-1]
        first = int(self._get_param("nextToken") or 0)
        last = first + int(self._get_param("maxResults") or 100)
        answer = {"events": events[first:last]}
        if last < len(events):
            answer["nextToken"] = str(last)
        return sfn_responses.ActionResult(answer)

    replace(Response, "get_execution_history", get_execution_history)


def wait_before_retries(longest):
    """A retry's wait goes on after the execution was stopped.

    No wait is longer than `longest` seconds: tests have no time for AWS's.
    """

    def retry(self, env):  # RetrierDecl's own, but for the sleep
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(retrier_decl.RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == retrier_decl.MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(retrier_decl.RetrierOutcome.Failed)
            return
        for part in (self.interval_seconds, self.backoff_rate, self.max_delay_seconds,
                     self.jitter_strategy):
            part.eval(env=env)
        until = time.monotonic() + min(env.stack.pop(), longest)
        while env.is_running() and (left := until - time.monotonic()) > 0:
            time.sleep(min(0.05, left))
        env.stack.append(retrier_decl.RetrierOutcome.Executed)

    replace(retrier_decl.RetrierDecl, "_eval_body", retry)


def time_out_as_aws():
    """A missed heartbeat is called States.Timeout; a task with a heartbeat may take 60 s in all."""
    from_error = Callback._from_error
    init = TimeoutSeconds.__init__

    def name_heartbeats(self, env, ex):
        if not isinstance(ex, HeartbeatTimeoutError):
            return from_error(self, env, ex)
        return FailureEvent(
            env=env, error_name=StatesErrorName(typ=Names.StatesHeartbeatTimeout),
            event_type=HistoryEventType.TaskTimedOut,
            event_details=EventDetails(taskTimedOutEventDetails=TaskTimedOutEventDetails(
                resourceType=self._get_sfn_resource_type(), resource=self._get_sfn_resource(),
                error=Names.StatesHeartbeatTimeout.to_name())))

    def long_default(self, timeout_seconds, is_default=None):
        if is_default:
            timeout_seconds = TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS
        init(self, timeout_seconds, is_default)

    replace(Callback, "_from_error", name_heartbeats)
    replace(TimeoutSeconds, "__init__", long_default)


def match_errors_as_aws():
    """States.ALL catches States.Runtime too; a missed heartbeat is not a States.Timeout as well.

    And a Fail state whose ErrorPath finds a name that begins with States. is States.Runtime.
    """
    uncatchable = {Names.StatesRuntime.to_name(), Names.StatesStatesDataLimitExceeded.to_name()}
    heartbeat, timeout = Names.StatesHeartbeatTimeout.to_name(), Names.StatesTimeout.to_name()

    def matches(self, env):
        error = env.stack.pop()
        name = error.error_name if error else None
        wanted = {wanted.error_name for wanted in self.error_names}
        if name in uncatchable:
            found = name in wanted
        else:
            found = name in wanted or Names.StatesALL.to_name() in wanted or \
                (name == heartbeat and timeout in wanted) or \
                (Names.StatesTaskFailed.to_name() in wanted and name not in (timeout, heartbeat))
        env.stack.append(found)

    replace(ErrorEqualsDecl, "_eval_body", matches)
    replace(custom_error_name, "ILLEGAL_CUSTOM_ERROR_PREFIX", NEVER)


def apply(longest_retry):
    """All of it."""
    always_execute()
    accept_whole_percentages()
    parse_once()
    start_executions_any_number_of_times()
    stop_executions_at_once()
    wait_before_retries(longest_retry)
    page_histories()
    time_out_as_aws()
    match_errors_as_aws()
