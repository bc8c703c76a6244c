"""Debian's base image, made by debootstrap."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from dockerfile import DockerfileError, Image

MIRROR = os.environ.get("COPYOUT_DEBIAN_MIRROR", "http://deb.debian.org")
NOT_IN_SLIM = ("doc", "groff", "info", "linda", "lintian", "locale", "man")
HOST_SETTINGS = r"Acquire::(https?::Proxy|Check-Valid-Until|Check-Date)\b.*"


def base(suite: str, cache: Path, say: Callable[[str], None]) -> Image:
    """The smallest Debian that has apt, set up as Docker's image is."""
    layer = cache / f"debian-{suite}"
    if not layer.exists():
        if not shutil.which("debootstrap"):
            raise DockerfileError("debootstrap is not installed: apt-get install debootstrap")
        started = time.monotonic()
        work = cache / f"work-{os.getpid()}"
        # In mounts of its own, so that no /proc stays behind in it.
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL",
             "debootstrap", "--variant=minbase", suite, str(work), f"{MIRROR}/debian"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise DockerfileError(f"debootstrap failed:\n{done.stdout[-2000:]}")
        _configure(work / "etc", suite)
        work.rename(layer)
        say(f"debootstrap {suite}: {time.monotonic() - started:.0f} s")
    return Image(layer=layer, key=layer.name)


def _configure(etc: Path, suite: str) -> None:
    (etc / "apt/sources.list").write_text(
        f"deb {MIRROR}/debian {suite} main\n"
        f"deb {MIRROR}/debian {suite}-updates main\n"
        f"deb {MIRROR}/debian-security {suite}-security main\n")
    # No fsync for what is thrown away anyway; no documentation; no packages kept.
    (etc / "dpkg/dpkg.cfg.d/docker").write_text("force-unsafe-io\n" + "".join(
        f"path-exclude /usr/share/{folder}/*\n" for folder in NOT_IN_SLIM
    ) + "path-include /usr/share/doc/*/copyright\n")
    (etc / "apt/apt.conf.d/docker").write_text('APT::Keep-Downloaded-Packages "false";\n')
    for package in (etc.parent / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    # How this machine reaches a mirror.
    settings = subprocess.run(["apt-config", "dump"], stdout=subprocess.PIPE, text=True, check=True)
    (etc / "apt/apt.conf.d/host").write_text("".join(
        line + "\n" for line in settings.stdout.splitlines() if re.match(HOST_SETTINGS, line)))
