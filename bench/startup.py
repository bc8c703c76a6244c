#!/usr/bin/env python3
"""What the start costs: --version, and all that comes before the first request, beside an empty
program that is linked to the same libraries (docs/performance.md).

usage: bench/startup.py [--runs N] [COPYOUT]

It needs cc, readelf, strace and valgrind. Times are medians; that of the first request is when the
server has it. Processor time, instructions (callgrind's) and system calls of the first request are
those of the whole run, which the server refuses, and which sends two requests.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Server:
    """Refuses all that it is asked for; `first` is when the first request of a run came."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.first: float | None = None
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """One connection after another."""
        while True:
            connection, _ = self.socket.accept()
            if connection.recv(65536) and self.first is None:
                self.first = time.monotonic()
            connection.sendall(REFUSAL)
            connection.close()


def empty_program(copyout: Path, folder: Path) -> Path:
    """A main() that does nothing, linked to the libraries of copyout."""
    text = subprocess.run(["readelf", "-d", copyout], check=True, capture_output=True, text=True)
    names = re.findall(r"\(NEEDED\).*\[(.+)\]", text.stdout)
    source, program = folder / "empty.c", folder / "empty"
    source.write_text("int main(void)\n{\n    return 0;\n}\n")
    subprocess.run(["cc", "-O2", "-o", program, source, "-Wl,--no-as-needed",
                    *[f"-l:{name}" for name in names if not name.startswith("ld-")]], check=True)
    return program


class Start:
    """Commands, each run in a folder that is new."""

    def __init__(self, folder: Path, server: Server):
        self.folder, self.server = folder, server
        (folder / "list.csv").write_text("source,key\n")
        self.env = {"HOME": str(folder), "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "AKBENCH",
                    "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1",
                    "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.port}"}

    def run(self, command: list, *before: str) -> tuple[float, float, float]:
        """Run it: when it began, when it had ended, and the seconds of processor time it took."""
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        self.server.first = None
        began = time.monotonic()
        process = subprocess.Popen([*before, *map(str, command)], env=self.env, cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return began, time.monotonic(), usage.ru_utime + usage.ru_stime

    def milliseconds(self, command: list, runs: int, to_first: bool) -> tuple[float, float]:
        """The medians of the time to the end or to the first request, and of the processor time."""
        times, used = [], []
        for _ in range(runs):
            began, ended, processor = self.run(command)
            times.append((self.server.first if to_first else ended) - began)
            used.append(processor)
        return statistics.median(times) * 1000, statistics.median(used) * 1000

    def instructions(self, command: list) -> int:
        """All that run in user space."""
        file = self.folder / "callgrind"
        self.run(command, "valgrind", "--tool=callgrind", f"--callgrind-out-file={file}", "-q")
        return int(re.search(r"^(?:summary|totals): (\d+)", file.read_text(), re.M)[1])

    def system_calls(self, command: list) -> int:
        """Of all threads."""
        file = self.folder / "strace"
        self.run(command, "strace", "-f", "-qq", "-o", str(file))
        return sum("resumed>" not in line and "+++" not in line and "---" not in line
                   for line in file.read_text().splitlines())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("copyout", nargs="?", default="build/copyout", type=Path)
    parser.add_argument("--runs", type=int, default=51, help="of each, for the medians")
    options = parser.parse_args()
    copyout = options.copyout.resolve()
    with tempfile.TemporaryDirectory(prefix="copyout-bench-") as name:
        folder = Path(name)
        start = Start(folder, Server())
        run = [copyout, "run", "--manifest", "list.csv", "--to", "s3://target/", "--work", "work"]
        rows = [("empty program", [empty_program(copyout, folder)], False),
                ("--version", [copyout, "--version"], False), ("first request", run, True)]
        print("| | ms | CPU ms | instructions | system calls |\n|---|---|---|---|---|")
        for title, command, to_first in rows:
            wall, processor = start.milliseconds(command, options.runs, to_first)
            print(f"| {title} | {wall:.2f} | {processor:.2f} | {start.instructions(command):,} | "
                  f"{start.system_calls(command):,} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
