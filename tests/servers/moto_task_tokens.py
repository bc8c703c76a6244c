"""Task tokens as AWS has them: moto 5.2.1 accepts any answer to any token, as often as it comes.

    apply(callback)

Runs in moto's server (local_aws_launch.py). `callback(token, action, answer, details)` is told of
each SendTask…, and returns True for a heartbeat that is to be lost.
"""

import base64
import json
import secrets
import threading
import time

from moto.stepfunctions import responses as sfn_responses
from moto.stepfunctions.exceptions import AWSError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackOutcomeTimedOut,
    CallbackPoolManager,
    HeartbeatTimedOut,
)
from moto.stepfunctions.parser.asl.eval.states import ContextObject, TaskData
from moto_patch import replace

Response = sfn_responses.StepFunctionResponse
Callback = state_task_service_callback.StateTaskServiceCallback
TOKEN_LENGTH = 1024  # AWS says at most 2,048, and sends some 700 to 1,000
MOST_OUTPUT = 262144  # bytes

_lock = threading.Lock()  # between the worker that answers and the time-out that ends the wait
_endpoints = {}  # every token that was ever given out


class TokenError(AWSError):
    """A SendTask… that is refused, in AWS's words."""

    STATUS = 400

    def __init__(self, kind, message):
        self.TYPE = kind
        super().__init__(message)


def make_tokens_as_aws():
    """moto's tokens have 36 characters; AWS's make a good part of a task's overrides.

    And all attempts of a task get the same token, which is over after the first.
    """
    add, run = CallbackPoolManager.add, Callback._eval_execution

    def remember(self, callback_id):
        endpoint = _endpoints[callback_id] = add(self, callback_id)
        endpoint.over, endpoint.env = False, None
        return endpoint

    def update_task_token(self):
        token = "AAAAKgAAAAIAAAAAAAAAA" + base64.b64encode(
            secrets.token_bytes(TOKEN_LENGTH)).decode()
        self.context_object_data["Task"] = TaskData(Token=token[:TOKEN_LENGTH - 1] + "=")
        return self.context_object_data["Task"]["Token"]

    def with_its_own_token(self, env):
        if self.resource.condition == "waitForTaskToken":
            env.callback_pool_manager.add(env.states.context_object.update_task_token())
        run(self, env)

    replace(CallbackPoolManager, "add", remember)
    replace(ContextObject, "update_task_token", update_task_token)
    replace(Callback, "_eval_execution", with_its_own_token)


def wait_for_answers():
    """An answer that comes together with the time-out is accepted, and lost.

    So is one that comes between the start of the container and the wait for it, until the first
    heartbeat; a heartbeat then is InvalidToken.
    """

    def wait(self, env, timeout_seconds, callback_endpoint, heartbeat_endpoint):
        callback_endpoint.env = env
        beat = heartbeat_endpoint._next_heartbeat_event if heartbeat_endpoint else None
        seconds = heartbeat_endpoint._heartbeat_seconds if heartbeat_endpoint else timeout_seconds
        until = time.monotonic() + seconds
        try:
            while env.is_running():
                with _lock:
                    if callback_endpoint.get_outcome() is not None:
                        return callback_endpoint.get_outcome()
                    if beat and beat.is_set():
                        beat.clear()
                        until = time.monotonic() + seconds
                    left = until - time.monotonic()
                    if left <= 0:
                        callback_endpoint.over = True
                        if beat:
                            return HeartbeatTimedOut()
                        break
                (beat or callback_endpoint._notify_event).wait(left)
            return CallbackOutcomeTimedOut(callback_id=callback_endpoint.callback_id)
        finally:
            callback_endpoint.over = True

    replace(Callback, "_eval_wait_for_task_token", wait)


def endpoint_of(token):
    """What waits for this token's answer; TokenError if nothing does, or does any more."""
    endpoint = _endpoints.get(token)
    if endpoint is None:
        raise TokenError("InvalidToken", "Invalid Token: 'Invalid token'")
    stopped = endpoint.env is not None and not endpoint.env.is_running()
    if endpoint.over or stopped or endpoint.get_outcome() is not None:
        raise TokenError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    return endpoint


def success(response, token, endpoint):
    """SendTaskSuccess."""
    output = response._get_param("output")
    try:
        json.loads(output)
    except ValueError as error:
        raise TokenError("InvalidOutput", f"Invalid Output: '{error}'") from None
    if len(output.encode()) > MOST_OUTPUT:
        raise TokenError("InvalidOutput", f"Invalid Output: more than {MOST_OUTPUT} bytes")
    endpoint.notify(CallbackOutcomeSuccess(callback_id=token, output=output))
    return {"output": output}


def failure(response, token, endpoint):
    """SendTaskFailure. moto drops the cause."""
    details = {name: response._get_param(name) for name in ("error", "cause")}
    for name, most in (("error", 256), ("cause", 32768)):
        if len(details[name] or "") > most:
            raise TokenError("ValidationException", f"1 validation error detected: Value at "
                             f"'{name}' failed to satisfy constraint: Member must have length "
                             f"less than or equal to {most}")
    endpoint.notify(CallbackOutcomeFailure(callback_id=token, **details))
    return details


def answer_as_aws(callback):
    """A task that timed out, was answered, or belongs to a stopped execution is TaskTimedOut."""

    def answering(action, method):
        def respond(self):
            token = self._get_param("taskToken")
            try:
                with _lock:
                    details = method(self, token, endpoint_of(token))
            except TokenError as error:
                callback(token, action, error.TYPE, {})
                raise
            callback(token, action, "OK", details)
            return sfn_responses.EmptyResult()
        return respond

    def heartbeat(self):
        token = self._get_param("taskToken")
        try:
            endpoint = endpoint_of(token)
        except TokenError as error:
            callback(token, "SendTaskHeartbeat", error.TYPE, {})
            raise
        if not callback(token, "SendTaskHeartbeat", "OK", {}):
            endpoint.notify_heartbeat()
        return sfn_responses.EmptyResult()

    replace(Response, "send_task_success", answering("SendTaskSuccess", success))
    replace(Response, "send_task_failure", answering("SendTaskFailure", failure))
    replace(Response, "send_task_heartbeat", heartbeat)


def apply(callback):
    """All of it."""
    make_tokens_as_aws()
    wait_for_answers()
    answer_as_aws(callback)
