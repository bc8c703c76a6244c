"""A program in a root folder of its own, as a container has it: own mounts, own process ids.

As a module it makes the command line; `unshare` runs it as a program, which arranges the mounts
and becomes the one in the jail.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

DEVICES = ("null", "zero", "full", "random", "urandom")
NO_NEW_PRIVS = 38  # prctl(2)


@dataclass
class Jail:
    """How a program is to run. Paths of `files` and `tmpfs` must exist in the root."""

    root: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = "/"
    user: int = 0
    group: int = 0
    read_only: bool = False
    tmpfs: list[str] = field(default_factory=list)  # with mode 1777
    files: dict[str, str] = field(default_factory=dict)  # path inside: file outside

    def command(self) -> list[str]:
        """The command that runs it. The program is process 1, and ends when the command does."""
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", sys.executable, "-B",
                str(Path(__file__).resolve()), json.dumps(asdict(self))]


def why_not() -> str | None:
    """Why there can be no jails here; None when there can."""
    if os.geteuid() != 0:
        return "this is not root"
    for program in ("unshare", "mount"):
        if not shutil.which(program):
            return f"{program} is not installed"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c",
                                f"mount --bind {folder} {folder} && mount -t proc proc {folder}"],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return f"mounts are not allowed: {tried.stderr.strip()}" if tried.returncode else None


def mount(*arguments: str) -> None:
    """mount(8), or the end."""
    subprocess.run(["mount", *arguments], stdin=subprocess.DEVNULL, check=True)


def enter(jail: Jail) -> None:
    """Become the program. Whatever it mounts is gone with it."""
    root = Path(jail.root)
    mount("--bind", str(root), str(root))
    mount("-t", "proc", "proc", str(root / "proc"))
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(root / "dev"))
    for name in DEVICES:
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", str(root / "dev" / name))
    (root / "dev/fd").symlink_to("/proc/self/fd")
    for path, file in jail.files.items():
        mount("--bind", file, str(root) + path)
    for path in jail.tmpfs:
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(root) + path)
    if jail.read_only:
        mount("-o", "remount,bind,ro", str(root))
    os.chroot(root)
    os.chdir(jail.cwd)
    if jail.user:
        os.setgroups([])
        os.setgid(jail.group)
        os.setuid(jail.user)
        ctypes.CDLL(None).prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execve(jail.argv[0], jail.argv, jail.env)


if __name__ == "__main__":
    enter(Jail(**json.loads(sys.argv[1])))
