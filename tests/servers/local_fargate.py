#!/usr/bin/env python3
"""Local Fargate: ECS tasks as processes of this machine, and a hand on each of them.

    python3 local_fargate.py PORT SETTINGS

SETTINGS is a JSON object: `folder` (a folder for each task is made in it), `endpoint` (moto's),
`region`, `images` (image name: the command that stands for its entry point), `environment`,
`credentials_seconds`. local_aws.py starts it beside moto; it needs nothing but Python.

A task is its container's command: a process group of its own, in a folder of its own, with what
Fargate gives a container and nothing else. moto's Step Functions asks for tasks (/run-task) and
tells of each callback (/callbacks); tests do the rest, through LocalAws.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

WATCH_EVERY = 0.05  # seconds between looks at the processes: their end, memory and deadlines
MAX_OVERRIDES = 8192  # characters, of JSON: what RunTask takes
STOP_TIMEOUT = 30.0  # seconds from SIGTERM to SIGKILL where the task definition says nothing
SECRET = "AWS_CONTAINER_AUTHORIZATION_TOKEN"


class Refused(Exception):
    """RunTask is refused with one of ECS's errors."""

    def __init__(self, error: str, cause: str):
        super().__init__(cause)
        self.error = error
        self.cause = cause


class Task:
    """One container: what it was asked to be, its process, and what became of it."""

    def __init__(self, request: dict, definition: dict, override: dict, memory: int | None):
        container = definition["containerDefinitions"][0]
        self.id = uuid.uuid4().hex
        self.definition = definition["arn"]
        self.cluster = definition["cluster"]
        self.log = log_place(container, self.id)
        self.container = container["name"]
        self.command = override.get("command", container.get("command", []))
        self.memory = memory  # MiB
        self.stop_timeout = float(container.get("stopTimeout") or STOP_TIMEOUT)
        self.request = request
        self.role: str | None = None  # its task role's ARN
        strategy = request.get("capacityProviderStrategy") or [{}]
        self.capacity = strategy[0].get("capacityProvider") or request.get("launchType", "FARGATE")
        self.environment: dict[str, str] = {}
        for entry in [*container.get("environment", []), *override.get("environment", [])]:
            self.environment[entry["name"]] = entry["value"]
        self.secret = secrets.token_urlsafe(24)
        self.credentials_asked = 0
        self.callbacks: list[dict] = []
        self.drop_heartbeats = False
        self.process: subprocess.Popen | None = None
        self.folder = Path()
        self.started = time.time()
        self.ended: float | None = None
        self.exit_code: int | None = None
        self.reason: str | None = None
        self.stop_code: str | None = None
        self.forgotten = False  # by DescribeTasks
        self.most_memory = 0.0  # MiB
        self.kill_at: float | None = None

    def to_json(self) -> dict:
        """What a test may know of it."""
        return {
            "id": self.id, "container": self.container, "command": self.command,
            "capacity": self.capacity, "pid": self.process.pid if self.process else None,
            "environment": {k: v for k, v in self.environment.items() if k != SECRET},
            "started": self.started, "ended": self.ended, "exitCode": self.exit_code,
            "reason": self.reason, "mostMemory": self.most_memory, "memory": self.memory,
            "callbacks": self.callbacks, "heartbeats": sum(
                call["action"] == "SendTaskHeartbeat" and call["answer"] == "OK"
                for call in self.callbacks),
            "dropHeartbeats": self.drop_heartbeats, "credentialsAsked": self.credentials_asked,
            "output": str(self.folder / "output"), "definition": self.definition,
            "cluster": self.cluster, "stopCode": self.stop_code, "forgotten": self.forgotten,
            "log": self.log if self.process else None}

    def signal(self, number: int) -> None:
        """Signal everything that the task started, as far as it still runs."""
        if self.ended is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass


class Fargate:
    """All tasks, and what tests asked for."""

    def __init__(self, settings: dict, endpoint: str):
        self._settings = settings
        self._endpoint = endpoint  # our own
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._requests: list[dict] = []
        self._refusals: list[tuple[str, str]] = []
        self._roles: dict[str, dict] = {}  # of the access keys that were given out
        self._failures: list[str] = []  # the reasons for which the next tasks do not start
        self.environment: dict[str, str] = dict(settings.get("environment") or {})
        # The kernel ends a process when the *thread* that started it ends (PR_SET_PDEATHSIG), so
        # one thread, that stays as long as we do, starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1)
        threading.Thread(target=self._watch, daemon=True).start()

    # --- for Step Functions

    def run_task(self, asked: dict) -> dict:
        """RunTask: `asked` holds the request as ECS would see it and the task definition."""
        request, definition = asked["request"], asked["taskDefinition"]
        record = {"at": time.time(), "request": request, "error": None, "task": None}
        with self._lock:
            self._requests.append(record)
        try:
            with self._lock:
                if self._refusals:
                    raise Refused(*self._refusals.pop(0))
            task = self._make(request, definition)
            task.role = definition.get("taskRoleArn")
            with self._lock:
                failure = self._failures.pop(0) if self._failures else None
            if failure is None:
                self._start(task, definition)
            else:
                self._fail(task, failure)
        except Refused as refused:
            record["error"] = refused.error
            raise
        record["task"] = task.id
        return {"id": task.id, "started": task.started}

    def callback(self, call: dict) -> bool:
        """Note a callback; returns whether it is to be lost on its way to the state machine."""
        with self._lock:
            for task in self._tasks.values():
                if task.environment.get("COPYOUT_TASK_TOKEN") == call["token"]:
                    task.callbacks.append({"at": time.time(), **{
                        key: value for key, value in call.items() if key != "token"}})
                    return task.drop_heartbeats
        return False

    def _make(self, request: dict, definition: dict) -> Task:
        overrides = request.get("overrides", {})
        size = len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False))
        if size > MAX_OVERRIDES:
            raise Refused("InvalidParameterException",
                          f"Container Overrides length must be at most {MAX_OVERRIDES}")
        containers = definition["containerDefinitions"]
        names = [container["name"] for container in containers]
        by_name = {entry.get("name"): entry for entry in overrides.get("containerOverrides", [])}
        for name in by_name:
            if name not in names:
                raise Refused("InvalidParameterException", f"Override for container named {name} "
                              "is not a container in the TaskDefinition.")
        container = containers[0]
        override = by_name.get(container["name"], {})
        memory = override.get("memory") or overrides.get("memory") or \
            container.get("memory") or definition.get("memory")
        return Task(request, definition, override, int(memory) if memory else None)

    def _fail(self, task: Task, reason: str) -> None:
        """RunTask succeeds, and the container never comes: its image cannot be pulled, say."""
        task.ended, task.reason, task.stop_code = time.time(), reason, "TaskFailedToStart"
        with self._lock:
            self._tasks[task.id] = task

    def _start(self, task: Task, definition: dict) -> None:
        container = definition["containerDefinitions"][0]
        entry = self._settings["images"].get(container["image"])
        if entry is None:
            raise Refused("ClientException", f"local Fargate has no image {container['image']}; "
                          f"it has {', '.join(self._settings['images'])}")
        # The name of an image's own entry point does not matter here; the arguments do.
        argv = [*entry, *(container.get("entryPoint") or [])[1:], *task.command]
        task.folder = Path(self._settings["folder"], task.id)
        scratch = task.folder / "tmp"
        scratch.mkdir(parents=True)
        task.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(scratch), "TMPDIR": str(scratch), "HOSTNAME": f"ip-{task.id[:8]}",
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_REGION": self._settings["region"], "AWS_DEFAULT_REGION": self._settings["region"],
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self._endpoint}/credentials/{task.id}",
            SECRET: task.secret, "AWS_ENDPOINT_URL": self._settings["endpoint"],
            **self.environment, **task.environment}
        if task.environment["TMPDIR"] == "/tmp":  # of the container, not of this machine
            task.environment["TMPDIR"] = str(scratch)
        if not os.access(argv[0], os.X_OK):
            raise Refused("ServerException", f"{argv[0]} is no program")

        def popen():
            with open(task.folder / "output", "ab") as output:
                # setpriv rather than a preexec_fn: a fork of all of Python takes six times as long.
                return subprocess.Popen(
                    ["/usr/bin/setpriv", "--pdeathsig", "KILL", *argv], stdin=subprocess.DEVNULL,
                    stdout=output, stderr=output, cwd=scratch, env=task.environment,
                    start_new_session=True)

        # Under the lock: the new process may ask for its credentials, or send a heartbeat, before
        # this thread runs again. It would be told 403, as one that nobody knows.
        with self._lock:
            task.process = self._starter.submit(popen).result()
            task.started = time.time()
            self._tasks[task.id] = task

    # --- the watch

    def _watch(self) -> None:
        while True:
            time.sleep(WATCH_EVERY)
            with self._lock:
                running = [task for task in self._tasks.values() if task.ended is None]
            for task in running:
                self._look_at(task)

    def _look_at(self, task: Task) -> None:
        code = task.process.poll()
        if code is not None:
            task.signal(signal.SIGKILL)  # a container ends with its first process
            task.exit_code = code if code >= 0 else 128 - code
            task.stop_code = task.stop_code or "EssentialContainerExited"
            task.ended = time.time()
            return
        used = resident(task.process.pid)
        task.most_memory = max(task.most_memory, used)
        if task.memory and used > task.memory and self._settings.get("memory_limits", True):
            task.reason = "OutOfMemoryError: Container killed due to memory usage"
            task.signal(signal.SIGKILL)
        if task.kill_at is not None and time.monotonic() > task.kill_at:
            task.signal(signal.SIGKILL)

    # --- for tests

    def tasks(self) -> list[dict]:
        """Every task so far, in the order of their starts."""
        with self._lock:
            return [task.to_json() for task in self._tasks.values()]

    def requests(self) -> list[dict]:
        """Every RunTask so far, also those that were refused."""
        with self._lock:
            return list(self._requests)

    def task(self, id: str) -> Task:
        """The task with this id; KeyError if there is none."""
        with self._lock:
            return self._tasks[id]

    def stop(self, id: str, seconds: float | None) -> None:
        """StopTask, or Spot taking it back: SIGTERM now, SIGKILL after the stop time-out."""
        task = self.task(id)
        task.reason = task.reason or "stopped by the test"
        task.stop_code = task.stop_code or "SpotInterruption"
        task.kill_at = time.monotonic() + (task.stop_timeout if seconds is None else seconds)
        task.signal(signal.SIGTERM)
        task.signal(signal.SIGCONT)  # a frozen task has to be able to end

    def refuse(self, times: int, error: str, cause: str) -> None:
        """Refuse the next `times` RunTasks (0: no more of them)."""
        with self._lock:
            self._refusals = [(error, cause)] * times

    def fail(self, times: int, reason: str) -> None:
        """The next `times` tasks never start (0: no more of them)."""
        with self._lock:
            self._failures = [reason] * times

    def lines(self, id: str) -> list[str]:
        """What a task wrote so far, as the log has it: whole lines while it runs."""
        task = self.task(id)
        text = (task.folder / "output").read_text(errors="replace")
        return (text if task.ended else text[:text.rfind("\n") + 1]).splitlines()

    def reset(self) -> None:
        """Kill all tasks and forget everything."""
        with self._lock:
            tasks = [task for task in self._tasks.values() if task.process]
            self._tasks, self._requests, self._refusals, self._failures = {}, [], [], []
            self.environment = dict(self._settings.get("environment") or {})
        for task in tasks:
            task.signal(signal.SIGKILL)
            task.process.wait()

    def role_of(self, key: str) -> dict:
        """The role and the task that an access key was given to; {} for any other key."""
        with self._lock:
            return self._roles.get(key, {})

    def credentials(self, id: str, token: str) -> dict | None:
        """Temporary credentials, new ones at each request, for whoever knows the task's token."""
        task = self.task(id)
        if not secrets.compare_digest(token, task.secret):
            return None
        task.credentials_asked += 1
        lifetime = timedelta(seconds=self._settings.get("credentials_seconds") or 3600)
        key = "ASIA" + secrets.token_hex(8).upper()
        with self._lock:
            self._roles[key] = {"role": task.role, "task": id}
        return {"RoleArn": task.role or "arn:aws:iam::123456789012:role/local-fargate",
                "AccessKeyId": key,
                "SecretAccessKey": secrets.token_urlsafe(30), "Token": secrets.token_urlsafe(60),
                "Expiration": f"{datetime.now(timezone.utc) + lifetime:%Y-%m-%dT%H:%M:%SZ}"}


def log_place(container: dict, id: str) -> dict | None:
    """The group and the stream of a task's log (the awslogs driver); None: it has none."""
    log = container.get("logConfiguration") or {}
    options = log.get("options", {})
    if log.get("logDriver") != "awslogs" or "awslogs-stream-prefix" not in options:
        return None
    return {"group": options.get("awslogs-group"),
            "stream": f"{options['awslogs-stream-prefix']}/{container['name']}/{id}"}


def resident(pid: int) -> float:
    """The resident memory of a process, in MiB; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


class Handler(BaseHTTPRequestHandler):
    """The HTTP side: GET tells, POST does; bodies are JSON."""

    fargate: Fargate
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """/tasks, /tasks/ID/lines, /requests, /environment, /credentials/ID, /roles/KEY."""
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["tasks"]:
                self._answer(200, self.fargate.tasks())
            case ["requests"]:
                self._answer(200, self.fargate.requests())
            case ["environment"]:
                self._answer(200, self.fargate.environment)
            case ["credentials", id]:
                self._credentials(id)
            case ["roles", key]:
                self._answer(200, self.fargate.role_of(key))
            case ["tasks", id, "lines"]:
                self._answer(200, self.fargate.lines(id))
            case _:
                self._answer(404, {"error": "no such thing"})

    def do_POST(self) -> None:
        """/run-task and /callbacks for moto; the rest for tests."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        try:
            self._answer(200, self._do(urlsplit(self.path).path.strip("/").split("/"), body) or {})
        except Refused as refused:
            self._answer(400, {"error": refused.error, "cause": refused.cause})
        except KeyError as missing:
            self._answer(404, {"error": f"no such thing: {missing}"})

    def _do(self, path: list[str], body: dict) -> dict | None:
        fargate = self.fargate
        match path:
            case ["run-task"]:
                return fargate.run_task(body)
            case ["callbacks"]:
                return {"drop": fargate.callback(body)}
            case ["tasks", id, "stop"]:
                fargate.stop(id, body.get("seconds"))
            case ["tasks", id, "signal"]:
                fargate.task(id).signal(signal.Signals[body["signal"]])
            case ["tasks", id, "drop-heartbeats"]:
                fargate.task(id).drop_heartbeats = body["drop"]
            case ["tasks", id, "forget"]:
                fargate.task(id).forgotten = True
            case ["fail"]:
                fargate.fail(body["times"], body["reason"])
            case ["refuse"]:
                fargate.refuse(body["times"], body["error"], body["cause"])
            case ["environment"]:
                fargate.environment = {name: value for name, value in
                                       {**fargate.environment, **body}.items() if value is not None}
            case ["reset"]:
                fargate.reset()
            case _:
                raise KeyError("/".join(path))
        return None

    def _credentials(self, id: str) -> None:
        try:
            answer = self.fargate.credentials(id, self.headers.get("Authorization", ""))
        except KeyError:
            answer = None
        self._answer(200 if answer else 403, answer or {"code": "AccessDenied"})

    def _answer(self, status: int, body) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Threads, and room for a hundred tasks that ask for credentials at once."""

    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    """Serve until killed."""
    port, settings = int(sys.argv[1]), json.loads(sys.argv[2])
    Handler.fargate = Fargate(settings, f"http://127.0.0.1:{port}")
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
