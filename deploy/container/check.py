"""Performs the Dockerfile's steps without Docker, and tries the image that comes of them.

As root, where mounts are allowed: every step in a root folder of its own, on a Debian made by
debootstrap (from http://deb.debian.org, or COPYOUT_DEBIAN_MIRROR); then the program as the image's
user, with a read-only root and a writable /tmp. What the steps leave is kept below build/container
and used again. Elsewhere: only the last stage, in a plain folder, from the program in build/ (or
COPYOUT_BINARY) and this machine's libraries.
"""

from __future__ import annotations

import argparse
import fcntl
import functools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import boto3
from botocore.config import Config

import image
import servers
from dockerfile import DockerfileError, Image
from jail import Jail, why_not
from runners import NAME_SERVER, Jailed, Plain

sys.path.insert(0, str(image.ROOT / "tests" / "servers"))  # its moto.py before the package
from moto import Moto
from procs import ServerError

HOST = "s3.copyout.test"  # .test: RFC 6761
OBJECTS = 12


class CheckFailed(Exception):
    """The image is not what it should be."""


def say(text: str) -> None:
    """One line, at once."""
    print(f"check.sh: {text}", flush=True)


class Checks:
    """What is tried, one after the other; `failed` counts."""

    def __init__(self, made: Image, runner: Jailed | Plain, folder: Path, moto: Moto, port: int):
        self.failed = 0
        self._image, self._runner, self._folder, self._moto = made, runner, folder, moto
        self._tls = f"https://{HOST if isinstance(runner, Jailed) else 'localhost'}:{port}"
        key, secret = moto.users["dest"]
        self._env = {"AWS_REGION": moto.region, "AWS_ACCESS_KEY_ID": key,
                     "AWS_SECRET_ACCESS_KEY": secret}
        self._s3 = boto3.client("s3", endpoint_url=moto.endpoint, region_name=moto.region,
                                aws_access_key_id=key, aws_secret_access_key=secret,
                                config=Config(s3={"addressing_style": "path"}))

    def check(self, name: str, what: Callable[[], str | None]) -> None:
        """One line for one check."""
        started = time.monotonic()
        try:
            told = what()
        except (CheckFailed, subprocess.SubprocessError) as error:
            self.failed += 1
            say(f"FAILED  {name}: {error}")
        else:
            say(f"ok      {name}{': ' + told if told else ''} ({time.monotonic() - started:.1f} s)")

    # --- the image

    def settings(self) -> str:
        """What Docker would put into the image's configuration."""
        made = self._image
        found = (made.user, made.volumes, made.workdir, made.entrypoint,
                 made.labels.get("org.opencontainers.image.version"),
                 made.labels.get("org.opencontainers.image.revision"))
        if found != ("65532:65532", ["/tmp"], "/tmp", ["/usr/bin/copyout"], image.VERSION,
                     image.REVISION):
            raise CheckFailed(str(found))
        return f"user {made.user}, version {image.VERSION}"

    def contents(self) -> str:
        """No shell, nothing set-uid, nothing that others may write but /tmp; what came whence."""
        root = self._image.layer
        paths = [path for path in root.rglob("*") if not path.is_symlink()]
        programs = [str(path.relative_to(root)) for path in paths if ".so" not in path.name
                    and path.is_file() and path.stat().st_mode & 0o111]
        if programs != ["usr/bin/copyout"]:
            raise CheckFailed(f"programs: {', '.join(programs)}")
        if (root / "tmp").stat().st_mode & 0o7777 != 0o1777:
            raise CheckFailed("/tmp is not open to all")
        bad = [str(path) for path in paths if path != root / "tmp" and path.stat().st_mode & 0o6002]
        if bad:
            raise CheckFailed(f"set-uid, or writable by all: {', '.join(bad)}")
        recorded = list((root / "var/lib/dpkg/status.d").iterdir())
        if not all("\nVersion: " in path.read_text() for path in recorded) or \
                not (root / "etc/os-release").read_text().startswith("PRETTY_NAME"):
            raise CheckFailed("scanners cannot see what it is made of")
        return f"one program, {len(recorded)} packages recorded"

    def hardening(self) -> str:
        """The flags of cmake/flags.cmake are in the program; debug information is not."""
        program = str(self._image.layer / "usr/bin/copyout")
        said = subprocess.run(["readelf", "-W", "-h", "-l", "-d", "-S", program],
                              capture_output=True, text=True, check=True).stdout
        for text in (r"Type: +DYN", r"GNU_RELRO", r"\(FLAGS_1\).*NOW.*PIE", r"GNU_STACK .* RW "):
            if not re.search(text, said):
                raise CheckFailed(f"readelf does not show {text}")
        if re.search(r"\.(debug_info|symtab)", said):
            raise CheckFailed("it is not stripped")
        return "PIE, RELRO, no executable stack, stripped"

    # --- the program

    def run(self, args: list[str], code: int | None, text: str, env: dict[str, str] | None = None,
            files: dict[str, str] | None = None) -> str:
        """Run it; the line with `text`. Must end with this code, or (None) with any but 0."""
        command = self._runner.command(args, {**self._env, **(env or {})}, files or {})
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        lines = [line for line in done.stdout.splitlines() if re.search(text, line)]
        if not lines or (done.returncode != code if code is not None else done.returncode == 0):
            raise CheckFailed(f"not what is expected ({code}, {text}): exit code "
                              f"{done.returncode}\n{done.stdout}")
        return lines[0].strip()

    def make_buckets(self) -> None:
        """A source with objects, their manifest, and an empty destination."""
        for bucket in ("source", "destination"):
            self._s3.create_bucket(Bucket=bucket)
        keys = [f"folder/object {number}" for number in range(OBJECTS)]
        for key in keys:
            self._s3.put_object(Bucket="source", Key=key, Body=key.encode() * 100)
        manifest = "".join(f'source,"{key}"\n' for key in keys)
        self._s3.put_object(Bucket="source", Key="files.csv", Body=manifest.encode())

    def copies(self, folder: str, endpoint: str, env: dict[str, str] | None = None,
               files: dict[str, str] | None = None, more: tuple[str, ...] = ()) -> str:
        """A job, and a look at what came of it."""
        line = self.run(["run", "--manifest", "s3://source/files.csv",
                         "--to", f"s3://destination/{folder}", "--endpoint-url", endpoint, *more],
                        0, f"^{OBJECTS} objects", env, files)
        for number in range(OBJECTS if "--dry-run" not in more else 0):
            name = f"object {number}"
            etags = {self._s3.head_object(Bucket=bucket, Key=key)["ETag"] for bucket, key in
                     (("source", f"folder/{name}"), ("destination", f"{folder}folder/{name}"))}
            if len(etags) != 1:
                raise CheckFailed(f"{name} is not the same")
        return line.partition(". Report")[0]

    def refuses(self) -> str:
        """A server whose CA nobody knows: for that reason, not for want of certificates."""
        return self.run(["run", "--manifest", "s3://source/files.csv", "--to", "s3://destination/",
                         "--endpoint-url", self._tls], None,
                        "(?i)issuer certificate|self.signed certificate")

    def stops(self) -> str:
        """SIGTERM ends it, as process 1, which the kernel spares signals it does not handle."""
        command = self._runner.command(
            ["run", "--manifest", "s3://source/files.csv", "--to", "s3://not-there-yet/",
             "--wait", "1h", "--endpoint-url", self._moto.endpoint], self._env, {})
        outer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        try:
            said = outer.stdout.readline()  # that it waits
            started = time.monotonic()
            os.kill(child_of(outer.pid) or outer.pid, signal.Signals[self._image.stop_signal])
            said += outer.communicate(timeout=90)[0]
        finally:
            outer.kill()
            outer.wait()
        if outer.returncode != 143:
            raise CheckFailed(f"exit code {outer.returncode}:\n{said}")
        return f"143 after {time.monotonic() - started:.1f} s"

    # --- all of them

    def all(self) -> None:
        """Every check that can be done here."""
        jailed = isinstance(self._runner, Jailed)
        ca, port = str(self._folder / "ca.pem"), self._moto.endpoint.rpartition(":")[2]
        inside = "/etc/nsswitch.conf"  # a file that is there, for the CA to be mounted over
        self.check("the image's settings", self.settings)
        self.check("what is in it", self.contents)
        if jailed:
            self.check("hardening", self.hardening)
        self.check("copyout --version", lambda: self.run(["--version"], 0, "^copyout "))
        self.check("copyout run --help", lambda: self.run(["run", "--help"], 0, "^Usage"))
        self.make_buckets()
        for name in ("localhost", *(["by-hosts-file"] if jailed else [])):
            self.check(f"the name {name}", functools.partial(
                self.copies, "names/", f"http://{name}:{port}", more=("--dry-run",)))
        self.check("TLS to an unknown server is refused", self.refuses)
        self.check("TLS with AWS_CA_BUNDLE", lambda: self.copies(
            "bundle/", self._tls, {"AWS_CA_BUNDLE": inside}, {inside: ca}))
        if jailed:
            self.check("TLS with the image's own bundle", lambda: self.copies(
                "system/", self._tls, None, {"/etc/ssl/certs/ca-certificates.crt": ca}))
        self.check("SIGTERM", self.stops)


def child_of(pid: int) -> int | None:
    """The only child of a process: unshare's."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"\nPPid:\t{pid}\n" in status.read_text():
                return int(status.parent.name)
        except OSError:
            pass
    return None


def openssl(root: Path | None, folder: Path, arguments: list[str]) -> None:
    """Run openssl in `folder`: that of a root folder, or this machine's."""
    command = ["openssl", *arguments]
    if root:
        command = Jail(str(root), ["/usr/bin/openssl", *arguments], cwd="/mnt",
                       files={"/mnt": str(folder)}).command()
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=True)


def try_image(made: Image, runner: Jailed | Plain, folder: Path) -> int:
    """All checks against servers of their own; the number of those that failed."""
    with Moto() as moto, servers.tls_front(int(moto.endpoint.rpartition(":")[2]),
                                           folder / "server.pem") as port:
        checks = Checks(made, runner, folder, moto, port)
        if isinstance(runner, Plain):
            checks.all()
            return checks.failed
        with servers.name_server(NAME_SERVER, {HOST: "127.0.0.1"}) as asked:
            checks.all()
        if HOST not in asked:
            raise CheckFailed(f"{HOST} was never asked for by DNS, only: {asked}")
        say(f"ok      the name {HOST}, by DNS")
        return checks.failed


def build_and_try(reason: str | None, cache: Path, folder: Path) -> int:
    """The number of checks that failed. `reason`: why there are no root folders."""
    if reason:
        say(f"{reason}: no root folders. Only the last stage, in a plain folder, from the program "
            "that was built here; not tried: the other steps, the user, the read-only root, DNS.")
        made, build = image.build_plain(folder, say), None
    else:
        made, build = image.build(cache, say)
    servers.make_certificates(functools.partial(openssl, build and build.layer, folder), folder,
                              "localhost" if reason else HOST)
    failed = try_image(made, (Plain if reason else Jailed)(made, folder), folder)
    image.tell_size(made.layer, say)
    return failed


def main() -> int:
    """0 when all is well."""
    parser = argparse.ArgumentParser(prog="deploy/container/check.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plain", action="store_true",
                        help="in a plain folder, also where more is possible")
    args = parser.parse_args()
    started = time.monotonic()
    cache = image.ROOT / "build" / "container"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock, \
            tempfile.TemporaryDirectory(prefix="copyout-container-") as name:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = Path(name)
        folder.chmod(0o755)  # the image's user has to get in
        try:
            failed = build_and_try("--plain" if args.plain else why_not(), cache, folder)
        except (DockerfileError, CheckFailed, ServerError, subprocess.CalledProcessError) as error:
            say(f"FAILED  {error}")
            return 1
    say(f"{'FAILED' if failed else 'all is well'} after {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
