#!/usr/bin/env python3
"""A throw-away moto: stands in for AWS S3 (part numbers, checksums, archives, regions).

    with Moto() as moto:
        moto.endpoint
        moto.reset()          # forget everything

or, in a shell, `python3 tests/servers/moto.py --up`. It checks no signature and knows no
rights: that is what RGW is for.

(The module is called `moto` like the package that it runs, but does not import it: the server
is another process, maybe of another Python.)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from procs import ServerError, Supervised, Workplace, free_ports, poll_until, supervise

HERE = Path(__file__).resolve().parent
VENV = HERE.parent.parent / "build" / "venv"
REGION = "us-east-1"
USER = ("COPYOUTTESTMOTO00000", "not-a-secret-anybody-may-do-all-00000000")
SECONDS_TO_START = 60.0


class Moto(Supervised):
    """A running moto. `options` are environment variables for it (S3_UPLOAD_PART_MIN_SIZE)."""

    script = Path(__file__).resolve()
    region = REGION
    users = {"source": USER, "dest": USER}

    def reset(self) -> None:
        """Forget all buckets and everything else."""
        self._post("reset", b"")

    def configure(self, settings: dict) -> None:
        """Change moto's own settings, such as {"stepfunctions": {...}}."""
        self._post("config", json.dumps(settings).encode())

    def _post(self, name: str, body: bytes) -> None:
        request = urllib.request.Request(f"{self.endpoint}/moto-api/{name}", data=body,
                                         method="POST")
        urllib.request.urlopen(request, timeout=30).close()


def python_with_moto() -> str:
    """The Python that can run moto's server: on PATH, behind PATH's moto_server, or the venv's."""
    candidates = [sys.executable, shutil.which("python3"), str(VENV / "bin" / "python3")]
    program = shutil.which("moto_server")
    if program:
        with open(program, "rb") as script:
            first = script.readline(200).decode(errors="replace").strip()
        if first.startswith("#!") and "python" in first:
            candidates.insert(0, first[2:].split()[0])
    test = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ('moto', 'flask'))))"
    for python in dict.fromkeys(filter(None, candidates)):
        if os.access(python, os.X_OK) and subprocess.run(
                [python, "-c", test], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd="/").returncode == 0:
            return python
    raise ServerError("moto is not installed, neither on PATH nor in build/venv "
                      "(run scripts/deps.sh test)")


def start(workplace: Workplace, options: dict) -> dict:
    """Start the server and return once it answers."""
    python = python_with_moto()
    (port,) = free_ports(1)
    scratch = workplace.folder / "tmp"
    scratch.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env.update({"TMPDIR": str(scratch),  # bodies of objects go to temporary files
                "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(64 << 20),  # ... from this size on
                "MOTO_DISABLE_GLOBAL_CORS": "true",
                "PYTHONUNBUFFERED": "1", **options})
    # The launcher is piped in: run as a file it would find moto.py in its own folder first.
    launcher = (HERE / "moto_launch.py").read_text()
    workplace.daemon("moto", [python, "-c", launcher, str(port)], env)
    endpoint = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        workplace.check()
        try:
            return urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    poll_until(answers, "moto", SECONDS_TO_START)
    return {"endpoint": endpoint, "region": REGION, "folder": str(workplace.folder)}


def exports(facts: dict) -> list[str]:
    """Lines that a shell can `eval`."""
    return [f"export AWS_ENDPOINT_URL={facts['endpoint']}",
            f"export AWS_REGION={facts['region']}",
            f"export AWS_ACCESS_KEY_ID={USER[0]}",
            f"export AWS_SECRET_ACCESS_KEY={USER[1]}"]


if __name__ == "__main__":
    sys.exit(supervise("moto", start, exports))
