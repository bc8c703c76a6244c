#!/usr/bin/env python3
"""Walks the path of a newcomer (path.sh) on a Debian 12 made by debootstrap with git and make and nothing else.

    tests/newcomer/newcomer.py [--log FILE] [--keep]

As root, where mounts are allowed; elsewhere it says "skipped", and why, and exits with 77. The Debian comes from the
mirrors that this machine's apt has. What is said goes to standard output, and to FILE, in which the mirrors' names are left
out. The commit that is checked out is what is cloned.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "deploy" / "container"))
from debian import HOST_SETTINGS
from jail import Jail, why_not

SUITE = "bookworm"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Lines that are not kept: in which apt tells how it goes and where it gets a package from, and that the root has no
# /dev/pts.
LEFT_OUT = re.compile(r"^(Get:|Hit:|Ign:|Err:|Fetched |Reading [ps]|Building dep|\(Reading |E: Can not write log )")


class NewcomerError(Exception):
    """The root cannot be made."""


def mirrors() -> list[tuple[str, str]]:
    """URI and suite of each repository of Debian 12 that this machine's apt has."""
    text = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)", "Created-By: Packages"],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split("|") for line in text.splitlines()]
    found = {(uri, suite): None for origin, uri, suite in rows if origin == "Debian" and suite.startswith(SUITE)}
    if not any(suite == SUITE for _, suite in found):
        raise NewcomerError(f"apt of this machine has no repository of Debian {SUITE}: run apt-get update")
    return list(found)


def make_root(root: Path) -> None:
    """A minimal Debian with git and make."""
    sources = mirrors()
    uri = next(uri for uri, suite in sources if suite == SUITE)
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "debootstrap",
         "--variant=minbase", "--include=git,make", SUITE, str(root), uri],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise NewcomerError(f"debootstrap failed:\n{done.stdout[-2000:]}")
    (root / "etc/apt/sources.list").write_text("".join(f"deb {uri} {suite} main\n" for uri, suite in sources))
    # How this machine reaches a mirror.
    settings = subprocess.run(["apt-config", "dump"], stdout=subprocess.PIPE, text=True, check=True).stdout
    (root / "etc/apt/apt.conf.d/host").write_text(
        "".join(line + "\n" for line in settings.splitlines() if re.match(HOST_SETTINGS, line)))
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/resolv.conf").touch()
    (root / "srv/copyout.git").mkdir()
    shutil.copy(Path(__file__).with_name("path.sh"), root / "srv/path.sh")


def walk(root: Path, bare: Path, log) -> int:
    """Run path.sh in the root; its exit code."""
    jail = Jail(str(root), ["/bin/bash", "/srv/path.sh"],
                {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
                files={"/etc/resolv.conf": "/etc/resolv.conf", "/srv/copyout.git": str(bare)})
    process = subprocess.Popen(jail.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    for line in process.stdout:
        print(line, end="", flush=True)
        if log and not LEFT_OUT.match(line):
            log.write(re.sub(r"https?://(?!127\.0\.0\.1)\S+", "URL", line.rpartition("\r")[2]))
    if log:
        log.close()
    return process.wait()


def main() -> int:
    """0 when the newcomer arrives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=argparse.FileType("w"), help="keep what is said there")
    parser.add_argument("--keep", action="store_true", help="leave the root folder, and say where it is")
    args = parser.parse_args()
    reason = why_not() or (None if shutil.which("debootstrap") else "debootstrap is not installed")
    if reason:
        print(f"skipped: {reason}", file=sys.stderr)
        return 77
    folder = Path(tempfile.mkdtemp(prefix="copyout-newcomer-"))
    try:
        began = time.monotonic()
        subprocess.run(["git", "clone", "-q", "--bare", str(REPOSITORY), str(folder / "copyout.git")], check=True)
        make_root(folder / "root")
        print(f"newcomer.py: the Debian was made in {time.monotonic() - began:.0f} s, which do not count", flush=True)
        code = walk(folder / "root", folder / "copyout.git", args.log)
    except NewcomerError as error:
        print(f"newcomer.py: {error}", file=sys.stderr)
        code = 1
    finally:
        if args.keep:
            print(f"newcomer.py: {folder}")
        else:
            shutil.rmtree(folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
