"""The distributed map as AWS runs it, where moto 5.2.1 does not.

    apply(endpoint)

Runs in moto's server (local_aws_launch.py); `endpoint` is its own, where the map's items are read.
"""

import json

import boto3
import moto_result_writer
from moto.stepfunctions.parser.api import MapRunStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType as Names,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import (
    resource_eval_s3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_output_transformer import (  # noqa: E501
    transformer_json,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (  # noqa: E501
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.distributed_item_processor_worker import (  # noqa: E501
    DistributedItemProcessorWorker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (  # noqa: E501
    MapRunRecord,
)
from moto.stepfunctions.parser.asl.eval import program_state
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.states import ItemData, MapData
from moto_executions import child_for, keep_history
from moto_patch import replace
from moto_result_writer import begin, end, is_too_large, map_failure


def read_items(endpoint):
    """The reader asks for its object at localhost:5000; any error of S3 is States.Runtime."""

    def client(resource_runtime_part, state_credentials):
        return boto3.client("s3", endpoint_url=endpoint, region_name=resource_runtime_part.region,
                            aws_access_key_id="ak", aws_secret_access_key="sk")

    def failing(method):
        def wrapped(*args, **kwargs):
            env = kwargs.get("env") or next(a for a in args if isinstance(a, Environment))
            try:
                return method(*args, **kwargs)
            except FailureEventException:
                raise
            except Exception as error:
                raise map_failure(env, Names.StatesItemReaderFailed, str(error)) from None
        return wrapped

    reader = resource_eval_s3.ResourceEvalS3
    replace(reader, "_get_s3_client", staticmethod(client))
    replace(reader, "_handle_get_object", staticmethod(failing(reader._handle_get_object)))
    json_reader = transformer_json.ResourceOutputTransformerJson
    replace(json_reader, "_eval_body", failing(json_reader._eval_body))


def run_maps_as_aws():
    """A map run's total is what was begun, not what there is; failed executions stay "running".

    Nothing enforces ToleratedFailurePercentage, a stopped map run is SUCCEEDED, each item is a
    recursion (the thousandth of a worker fails), and a stopped map goes on with the rest. What a
    failed execution says is forgotten, and no output is too large.
    """
    map_run, set_stop = DistributedIterationComponent._map_run, MapRunRecord.set_stop

    def counters(record):
        return record.item_counter, record.execution_counter

    def beyond_tolerance(record):
        failed, total = record.item_counter.failed.get(), record.item_counter.total.get()
        count, percentage = record.tolerated_failure_count, record.tolerated_failure_percentage
        if not count and not percentage:
            return failed > 0
        return bool(count and failed > count) or \
            bool(percentage and failed * 100 > percentage * total)

    def run(self, env, eval_input):
        record, items = eval_input.map_run_record, env.stack[-1]
        for counter in counters(record):
            counter.total.count(len(items))
            counter.pending.count(len(items))
        if items:
            map_run(self, env, eval_input)
        else:  # moto waits for ever
            env.stack.pop()
            env.stack.append([])
        if not env.is_running():
            record.set_stop(MapRunStatus.ABORTED)
        elif beyond_tolerance(record):
            raise map_failure(env, Names.StatesExceedToleratedFailureThreshold,
                              "The specified tolerated failure threshold was exceeded")
        elif not self.has_writer and is_too_large(env.stack[-1]):
            raise map_failure(env, Names.StatesStatesDataLimitExceeded,
                              f"The state/task '{eval_input.state_name}' returned a result with a "
                              "size exceeding the maximum number of bytes service limit.")

    def stop_once(self, status):
        if self.stop_date is None:
            set_stop(self, status)

    def one(self, env, job, child):
        """One child execution: how it ended, as the name of a counter."""
        env.states.context_object.context_object_data["Map"] = MapData(
            Item=ItemData(Index=job.job_index, Value=job.job_input))
        env.states.reset(job.job_input)
        env.stack.append(env.states.get_input())
        try:
            self._eval_input(env_frame=env)
            begin(child, env.states.get_input())
            job.job_program.eval(env)
        except FailureEventException as failed:
            end(child, "FAILED", **failed.get_execution_failed_event_details())
            return "failed"
        state = env.program_state()
        if isinstance(state, program_state.ProgramError):
            end(child, "FAILED", **(state.error or {}))
            return "failed"
        if isinstance(state, program_state.ProgramTimedOut):
            end(child, "TIMED_OUT")
            return "timed_out"
        if isinstance(state, program_state.ProgramStopped):
            end(child, "ABORTED")
            return "aborted"
        job.job_output = env.states.get_input()
        end(child, "SUCCEEDED", job.job_output)
        return "succeeded"

    def work(self):
        record = self._map_run_record
        while (job := self._job_pool.next_job()) is not None:
            for counter in counters(record):
                counter.pending.offset(-1)
                counter.running.count()
            outcome, child = "aborted", child_for(record, job.job_index)
            try:
                if child["Status"] == "SUCCEEDED":  # before the execution was redriven
                    outcome, job.job_output = "succeeded", json.loads(child["Output"])
                elif self._env.is_running() and not beyond_tolerance(record):
                    frame = self._env.open_inner_frame()
                    keep_history(frame, child)
                    try:
                        outcome = one(self, frame, job, child)
                    finally:
                        self._env.delete_frame(frame)
                if outcome != "succeeded":
                    job.job_output = child  # in the state's output as in the files
            except Exception as error:  # a fault of moto's: let the execution fail of it, loudly
                job.job_output = error
                outcome = "failed"
            for counter in counters(record):
                counter.running.offset(-1)
                getattr(counter, outcome).count()
                if outcome == "succeeded":
                    counter.results_written.count()
            self._job_pool.close_job(job)

    replace(DistributedIterationComponent, "_map_run", run)
    replace(MapRunRecord, "set_stop", stop_once)
    replace(DistributedItemProcessorWorker, "eval", work)


def apply(endpoint):
    """All of it."""
    moto_result_writer.apply(endpoint)
    read_items(endpoint)
    run_maps_as_aws()
