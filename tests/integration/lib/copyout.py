"""Running the program under test, and nothing of this machine with it.

    result = copyout.run(["run", "input.json", "--json"], server)
    result.returncode, result.stderr, result.json["copied"]

The program is the one that COPYOUT_BINARY names, or build/copyout. COPYOUT_WRAPPER may hold a
command to run it under, such as `valgrind --quiet --error-exitcode=99`.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("COPYOUT_BINARY") or REPOSITORY / "build" / "copyout").resolve()
WRAPPER = shlex.split(os.environ.get("COPYOUT_WRAPPER", ""))
# With COPYOUT_FULL=1 (make full) all of every test; without, what the gate has time for.
FULL = os.environ.get("COPYOUT_FULL") == "1"
# All that the program may see of our own environment. No proxies, no AWS_*.
PASSED_ON = ("PATH", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
             "LLVM_PROFILE_FILE", "GCOV_PREFIX", "GCOV_PREFIX_STRIP")


def full_only(tests: type) -> type | None:
    """Decorator of a class of tests whose likes run anyway: it is there in `make full` only."""
    return tests if FULL else None


@dataclass
class Result:
    """How a run ended."""

    args: list[str]
    returncode: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict:
        """The object that --json printed as the last line of standard output."""
        lines = self.stdout.strip().split("\n")  # not splitlines(): a key may have U+0085 in it
        try:
            return json.loads(lines[-1])
        except (IndexError, ValueError):
            raise AssertionError(f"no JSON at the end of standard output\n{self}") from None

    @property
    def said(self) -> str:
        """Standard error without the command that goes on."""
        return self.stderr.partition("To go on, run:\n")[0]

    def __str__(self) -> str:
        return (f"$ {shlex.join(self.args)}\nexit {self.returncode}\n"
                f"--- stdout\n{self.stdout[-4000:]}\n--- stderr\n{self.stderr[-4000:]}")

    def expect(self, returncode: int) -> Result:
        """Return this result; raise AssertionError with all of it if it ended otherwise."""
        if self.returncode != returncode:
            raise AssertionError(f"expected exit {returncode}\n{self}")
        return self


def environment(home: str, server=None, user: str = "dest",
                extra: dict[str, str | None] | None = None) -> dict[str, str]:
    """A clean environment: an empty home, and `user`'s credentials on `server` if given.

    `extra` adds variables; None as a value takes one away.
    """
    env: dict[str, str | None] = {name: os.environ[name] for name in PASSED_ON
                                  if name in os.environ}
    env.update({"HOME": home, "AWS_EC2_METADATA_DISABLED": "true"})
    if server is not None:
        access, secret = server.credentials(user)
        env.update({"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret,
                    "AWS_ENDPOINT_URL_S3": server.endpoint, "AWS_REGION": server.region})
    env.update(extra or {})
    return {name: value for name, value in env.items() if value is not None}


def new_keys_each_time(folder: Path) -> dict[str, str | None]:
    """An environment whose credentials come from a program: KEY1, KEY2 and so on, a new one each
    time that it is asked. `folder`/asked has a line for each time."""
    script = folder / "credentials"
    script.write_text(f"""#!/bin/sh
        echo asked >> {folder}/asked
        number=$(wc -l < {folder}/asked)
        echo '{{"Version": 1, "AccessKeyId": "KEY'$number'", "SecretAccessKey": "secret",' \\
             '"SessionToken": "token", "Expiration": "2100-01-01T00:00:00Z"}}'
        """)
    script.chmod(0o755)
    (folder / "config").write_text(f"[default]\ncredential_process = {script}\n")
    return {"AWS_CONFIG_FILE": str(folder / "config"), "AWS_ACCESS_KEY_ID": None,
            "AWS_SECRET_ACCESS_KEY": None}


class Running:
    """A run that has not ended yet: for tests that interrupt it.

    Its home, its temporary folder and, unless given, its working folder are new and empty, and go
    with it. open_files: how many it may have open at once (ulimit -n); None: as many as we may.
    """

    def __init__(self, args: list[str], server=None, *, user: str = "dest",
                 env: dict[str, str | None] | None = None, input: str | bytes | None = None,
                 cwd: str | os.PathLike | None = None, open_files: int | None = None):
        if not BINARY.exists():
            raise FileNotFoundError(f"{BINARY} is not built (make build), "
                                    "or COPYOUT_BINARY names something else")
        self._scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        home, work, tmp = (Path(self._scratch.name, name) for name in ("home", "work", "tmp"))
        for folder in (home, work, tmp):
            folder.mkdir()
        limit = ["prlimit", f"--nofile={open_files}:{open_files}"] if open_files else []
        self.args = [*limit, *WRAPPER, str(BINARY), *map(str, args)]
        # Into files: a pipe that nobody reads would stop the program.
        self._stdout = open(Path(self._scratch.name, "stdout"), "w+b")
        self._stderr = open(Path(self._scratch.name, "stderr"), "w+b")
        self._stdin = tempfile.TemporaryFile()
        if input is not None:
            self._stdin.write(input.encode() if isinstance(input, str) else input)
            self._stdin.seek(0)
        # A killed run leaves its temporary folder behind: it goes with the rest.
        temporary = os.environ.get("TMPDIR") or str(tmp)
        self.process = subprocess.Popen(
            self.args, stdin=self._stdin, stdout=self._stdout, stderr=self._stderr,
            cwd=cwd or work,
            env=environment(str(home), server, user, {"TMPDIR": temporary, **(env or {})}))

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def wait(self, timeout: float = 300) -> Result:
        """Wait for its end. A program that does not end within `timeout` seconds is a failure."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"not over after {timeout:.0f} s\n{self._result()}") from None
        finally:
            result = self._result()
            self._close()
        return result

    def stderr(self) -> str:
        """What it has written to standard error so far."""
        return Path(self._stderr.name).read_text(errors="replace")

    def stdout(self) -> str:
        """What it has written to standard output so far."""
        return Path(self._stdout.name).read_text(errors="replace")

    def _result(self) -> Result:
        texts = [Path(file.name).read_bytes().decode(errors="replace")
                 for file in (self._stdout, self._stderr)]
        code = self.process.returncode
        return Result(self.args, code if code is not None else -1, *texts)

    def _close(self) -> None:
        for file in (self._stdin, self._stdout, self._stderr):
            file.close()
        self._scratch.cleanup()


def run(args: list[str], server=None, *, timeout: float = 300, **options) -> Result:
    """Run the program to its end; options as for Running."""
    return Running(args, server, **options).wait(timeout)
