"""Run moto's server as all of AWS that copyout meets: S3, Step Functions, ECS, CloudFormation.

    import local_aws_launch; local_aws_launch.main()

The arguments are its port, a second one for callbacks, and local Fargate's URL.

It runs in the Python that has moto (moto.py finds that one), with this folder *last* on the path:
before the installed packages, our moto.py would be taken for moto.
"""

import json
import os
import sys
import threading
import urllib.request

import moto_cloudformation
import moto_ecs
import moto_executions
import moto_launch
import moto_map_runs
import moto_patch
import moto_rights
import moto_stepfunctions
import moto_task_logs
import moto_task_tokens
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

AT_ONCE = 6  # requests that are worked on at the same time, but for those of Step Functions


class Dispatcher(moto_launch.DomainDispatcherApplication):
    """Answers Step Functions first.

    Ten workers have hundreds of requests to S3 under way; where each has its thread, a heartbeat
    waits for its turn among them for seconds, and is missed.
    """

    _slots = threading.Semaphore(AT_ONCE)
    rights = None  # moto_rights.Rights, where tasks are held to their roles

    def __call__(self, environ, start_response):
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("AWSStepFunctions."):
            return super().__call__(environ, start_response)
        with self._slots:
            if self.rights:
                return self.rights.answer(environ, start_response, super().__call__)
            return super().__call__(environ, start_response)


def listen_for_callbacks(port):
    """A second port for tasks' callbacks, so that they need not queue behind S3's connections."""
    server = make_server("127.0.0.1", port, Dispatcher(create_backend_app), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    """Serve until killed."""
    port, callbacks, fargate = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

    def callback(token, action, answer, details):
        """Tell local Fargate of a callback; it says whether a heartbeat is to be lost."""
        body = json.dumps({"token": token, "action": action, "answer": answer, **details})
        with urllib.request.urlopen(f"{fargate}/callbacks", body.encode(), timeout=60) as reply:
            return json.load(reply)["drop"]

    moto_patch.check_version()
    # Ten workers send some 64 requests each at once; beyond the queue they would be reset.
    moto_patch.replace(BaseWSGIServer, "request_queue_size", 4096)
    moto_stepfunctions.apply(float(os.environ.get("LOCAL_AWS_LONGEST_RETRY", "inf")))
    moto_task_tokens.apply(callback)
    moto_map_runs.apply(f"http://127.0.0.1:{port}")
    moto_executions.apply()
    moto_ecs.apply(fargate)
    moto_task_logs.apply(fargate)
    moto_cloudformation.apply()
    if os.environ.get("LOCAL_AWS_RIGHTS"):
        Dispatcher.rights = moto_rights.Rights(fargate)
    moto_launch.DomainDispatcherApplication = Dispatcher
    listen_for_callbacks(callbacks)
    moto_launch.main()
