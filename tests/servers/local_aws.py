#!/usr/bin/env python3
"""A throw-away AWS: moto with working Step Functions, and ECS tasks that are processes.

    with LocalAws() as aws:
        outputs = aws.deploy("deploy/cdk/local/CopyOut.template.json", "CopyOut")
        execution = aws.start(outputs["StateMachineArn"], {...})
        aws.kill(aws.wait_for_task("copy").id)
        aws.wait(execution)["status"]

or, in a shell, `python3 tests/servers/local_aws.py --up` (`make local-aws`): that deploys the CDK
app's template too, with some objects to copy, and stays until Ctrl-C.

Two daemons: moto (local_aws_launch.py: all that is AWS's API) and local Fargate (local_fargate.py:
the processes, and what tests do to them). README.md says what is different from AWS.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import moto
from local_aws_client import REGION, USER, Aws
from procs import Supervised, Workplace, free_ports, poll_until, supervise

REPOSITORY = HERE.parent.parent
IMAGE = "copyout:local"
TEMPLATE = REPOSITORY / "deploy" / "cdk" / "local" / "CopyOut.template.json"
# Variables of our own environment that a sanitized program, or one under coverage, needs.
PASSED_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE", "GCOV_PREFIX",
             "GCOV_PREFIX_STRIP")


class LocalAws(Supervised, Aws):
    """A running local AWS, and what can be done with it (local_aws_client.py).

    Options: `program` (the command that is the image copyout:local's entry point, a string or a
    list; default: $COPYOUT_PROGRAM, $COPYOUT_BINARY or build/copyout), `environment` (variables
    that every task gets), `credentials_seconds` (how long a task's credentials last: 3600),
    `memory_limits` (false turns them off; they are off for sanitized programs), `longest_retry`
    (seconds: longer waits of a Retry are cut to it), `rights` (true: S3 holds tasks to their task
    role, moto_rights.py), `moto` (environment variables for moto).
    """

    script = Path(__file__).resolve()
    region = REGION
    users = {"source": USER, "dest": USER}

    def __init__(self, options: dict | None = None, seconds: float = 90):
        Supervised.__init__(self, options, seconds)
        Aws.__init__(self, self.facts)


# --- the supervisor's side -------------------------------------------------------------------


def program_of(options: dict) -> list[str]:
    """The command that is the image's entry point."""
    program = options.get("program") or os.environ.get("COPYOUT_PROGRAM") or \
        os.environ.get("COPYOUT_BINARY") or str(REPOSITORY / "build" / "copyout")
    command = [program] if isinstance(program, str) else list(program)
    command[0] = str(Path(command[0]).resolve())
    return [*shlex.split(os.environ.get("COPYOUT_WRAPPER", "")), *command]


def is_sanitized(program: str) -> bool:
    """Whether it was built with AddressSanitizer, which takes several times the memory."""
    try:
        return b"__asan_init" in Path(program).read_bytes()
    except OSError:
        return False


def start(workplace: Workplace, options: dict) -> dict:
    """Start both daemons and return once they answer."""
    python, command = moto.python_with_moto(), program_of(options)
    port, callbacks, fargate_port = free_ports(3)
    endpoint, fargate = (f"http://127.0.0.1:{number}" for number in (port, fargate_port))
    scratch, tasks = workplace.folder / "tmp", workplace.folder / "tasks"
    scratch.mkdir()
    tasks.mkdir()
    settings = {
        "folder": str(tasks), "endpoint": endpoint, "region": REGION, "images": {IMAGE: command},
        "environment": {"AWS_ENDPOINT_URL_SFN": f"http://127.0.0.1:{callbacks}",
                        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
                        **options.get("environment", {})},
        "credentials_seconds": options.get("credentials_seconds"),
        "memory_limits": options.get("memory_limits", not is_sanitized(command[-1]))}
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    workplace.daemon("fargate", [sys.executable, str(HERE / "local_fargate.py"),
                                 str(fargate_port), json.dumps(settings)], env)
    # With this folder at the end of the path: at its beginning, moto.py here would be moto.
    launcher = (f"import sys; sys.path.append({str(HERE)!r}); "
                "import local_aws_launch; local_aws_launch.main()")
    workplace.daemon("moto", [python, "-c", launcher, str(port), str(callbacks), fargate], {
        **env, "TMPDIR": str(scratch), "MOTO_PORT": str(port),
        "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(64 << 20), "MOTO_DISABLE_GLOBAL_CORS": "true",
        "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
        "LOCAL_AWS_RIGHTS": "1" if options.get("rights") else "",
        "LOCAL_AWS_LONGEST_RETRY": str(options.get("longest_retry", "inf")),
        **options.get("moto", {})})

    def answers() -> bool:
        workplace.check()
        try:
            for address in (f"{fargate}/tasks", f"{endpoint}/moto-api/data.json"):
                urllib.request.urlopen(address, timeout=5).close()
            return True
        except (urllib.error.URLError, OSError):
            return False

    poll_until(answers, "local AWS", moto.SECONDS_TO_START)
    return {"endpoint": endpoint, "callbacks": f"http://127.0.0.1:{callbacks}",
            "fargate": fargate, "region": REGION, "folder": str(workplace.folder),
            "program": command}


def exports(facts: dict) -> list[str]:
    """For a person: deploy the stack if it is there, make objects, and say what to do now."""
    lines = [f"export AWS_ENDPOINT_URL={facts['endpoint']}",
             f"export AWS_REGION={facts['region']}",
             f"export AWS_ACCESS_KEY_ID={USER[0]}",
             f"export AWS_SECRET_ACCESS_KEY={USER[1]}"]
    if not TEMPLATE.exists():
        return [*lines, f"# nothing is deployed: no {TEMPLATE.relative_to(REPOSITORY)}"]
    aws = Aws(facts)
    outputs = aws.deploy(TEMPLATE, "CopyOut")
    manifest = Path(facts["folder"], "files.csv")
    make_example(aws.client("s3"), manifest)
    return [*lines, f"export COPYOUT_STATE_MACHINE={outputs['StateMachineArn']}",
            f"export COPYOUT_WORK={outputs['WorkFolder']}", "#",
            f"# {facts['program'][-1]} start --manifest {manifest} "
            "--to s3://example-theirs/release-1/",
            f"# {facts['program'][-1]} status --follow EXECUTION-ARN",
            f"# what the tasks wrote: {facts['folder']}/tasks/*/output", "#"]


def make_example(s3, manifest: Path) -> None:
    """Some objects in s3://example-ours/, a manifest of them, and a bucket to copy them to."""
    for bucket in ("example-ours", "example-theirs"):
        s3.create_bucket(Bucket=bucket)
    keys = [f"data/sample-{number:02}.txt" for number in range(20)]
    for key in keys:
        s3.put_object(Bucket="example-ours", Key=key, Body=f"{key}\n".encode() * 1000)
    manifest.write_text("".join(f'"example-ours","{key}"\n' for key in keys))


if __name__ == "__main__":
    sys.exit(supervise("local-aws", start, exports))
