"""What every test server here needs: a process that outlives nothing.

A server is run by a *supervisor*, a small Python process of its own:

    test ──pipe──▶ supervisor ──▶ the server's daemons
                       └─ owns the temporary folder

The test holds one end of the pipe. When the test ends, however it ends (also by SIGKILL), the
supervisor reads end-of-file, kills the daemons and removes the folder. When the supervisor is
killed, the kernel kills the daemons (PR_SET_PDEATHSIG). So nothing is ever left running, and no
test needs to clean up after another.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class ServerError(Exception):
    """A server could not be started. The message says what to do about it."""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent` ends (for Popen's preexec_fn)."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def free_ports(count: int) -> list[int]:
    """`count` different loopback ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def poll_until(ready: Callable[[], bool], what: str, seconds: float, every: float = 0.05) -> None:
    """Call `ready` until it is true; raise ServerError when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise ServerError(f"{what} was not ready within {seconds:.0f} s")
        time.sleep(every)


# --- the supervisor's side ------------------------------------------------------------------


class Workplace:
    """A temporary folder and the daemons in it. Everything goes when it is closed."""

    def __init__(self, name: str):
        self._prefix = f"copyout-{name}-"
        self._sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=self._prefix))
        self._lock = open(self.folder / "lock", "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.daemons: dict[str, subprocess.Popen] = {}

    def _sweep(self) -> None:
        """Remove folders of supervisors that were killed: those whose lock nobody holds."""
        for folder in Path(tempfile.gettempdir()).glob(self._prefix + "*"):
            try:
                with open(folder / "lock") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            except OSError:
                pass  # in use, being made, or somebody else's

    def daemon(self, name: str, argv: list[str], env: dict[str, str] | None = None) -> None:
        """Start a program that runs until the workplace is closed; its output goes to NAME.out."""
        parent = os.getpid()
        with open(self.folder / f"{name}.out", "ab") as out:
            self.daemons[name] = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                cwd=self.folder, preexec_fn=lambda: die_with_parent(parent))

    def command(self, argv: list[str], seconds: float = 30) -> str:
        """Run a program to its end and return what it printed."""
        parent = os.getpid()
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
                cwd=self.folder, preexec_fn=lambda: die_with_parent(parent))
        except subprocess.TimeoutExpired:
            raise ServerError(f"{argv[0]} did not end within {seconds:.0f} s") from None
        if done.returncode != 0:
            raise ServerError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr.strip()}")
        return done.stdout

    def ended(self) -> str | None:
        """The name of a daemon that ended by itself, if one did."""
        for name, process in self.daemons.items():
            if process.poll() is not None:
                return name
        return None

    def tail(self, name: str, lines: int = 15) -> str:
        """The last lines that a daemon wrote, for an error message."""
        try:
            text = (self.folder / f"{name}.out").read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(line for line in text.splitlines()[-lines:] if line.strip())

    def check(self) -> None:
        """Raise if a daemon ended."""
        name = self.ended()
        if name:
            raise ServerError(f"{name} ended by itself; it last said:\n{self.tail(name)}")

    def close(self) -> None:
        """Kill everything and remove the folder: what is in it is worth nothing to anybody."""
        for process in self.daemons.values():
            process.kill()
        for process in self.daemons.values():
            process.wait()
        self.daemons.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def supervise(name: str, start: Callable[[Workplace, dict], dict],
              exports: Callable[[dict], list[str]]) -> int:
    """The main function of a server's script.

    `start(workplace, options)` starts the server and returns what its users need to know;
    `exports(facts)` turns that into lines for a person's shell.
    """
    parser = argparse.ArgumentParser(description=f"Run a throw-away {name} on a loopback port.")
    parser.add_argument("--up", action="store_true", required=True,
                        help="start it, print what to export, stay until SIGTERM, Ctrl-C or "
                             "end of input")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--options", type=json.loads, default={}, metavar="JSON",
                        help="settings of this server")
    args = parser.parse_args()

    def stop(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    workplace = None
    try:
        for attempt in (1, 2, 3):
            workplace = Workplace(name)
            try:
                facts = start(workplace, args.options)
                break
            except ServerError:
                # Most likely somebody took a port between our choosing and our binding it.
                if attempt == 3 or not workplace.ended():
                    raise
                workplace.close()
        lines = [json.dumps(facts)] if args.json else [*exports(facts), "# ready; Ctrl-C ends it"]
        print("\n".join(lines), flush=True)
        _stay(workplace)
        return 0
    except KeyboardInterrupt:
        return 0
    except ServerError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if workplace:
            workplace.close()


def _stay(workplace: Workplace) -> None:
    """Return at end of input; raise if a daemon ends first."""
    mode = os.fstat(0).st_mode
    # With /dev/null or a file as input there is no end to wait for: only signals stop us then.
    watched = [0] if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0) else []
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select(watched, [], [], 0.5)
        workplace.check()
        if ready:
            try:
                if not os.read(0, 4096):
                    return
            except OSError:  # a terminal that we are in the background of
                watched = []


# --- the test's side ------------------------------------------------------------------------


class Supervised:
    """A server that runs under a supervisor, from the view of the test that uses it."""

    script: Path  # the server's script: set by each kind of server

    def __init__(self, options: dict | None = None, seconds: float = 60):
        self._process = subprocess.Popen(
            [sys.executable, str(self.script), "--up", "--json",
             "--options", json.dumps(options or {})],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True)  # so that Ctrl-C reaches the test first
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.stdin.close()
            if not ready:
                self._process.terminate()
            message = self._process.stderr.read().strip()
            self._process.wait()
            raise ServerError(message or f"{self.script.name} was not up in {seconds:.0f} s")
        self.facts: dict = json.loads(line)
        self.endpoint: str = self.facts["endpoint"]
        self.folder = Path(self.facts["folder"])

    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Stop the server and remove all that it wrote. May be called twice."""
        if self._process.stdin.closed:
            return
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
