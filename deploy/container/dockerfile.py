"""Performs a Dockerfile's steps in plain folders.

It knows the instructions that our Dockerfile uses, as Docker's reference has them, and stops at
any other. Each RUN and each stage leaves a layer: a folder named by a hash of all that led to it,
which is used again as long as nothing of that changes.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jail import Jail

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROXIES = ("http_proxy", "https_proxy", "no_proxy")  # known to every RUN, and to no layer


class DockerfileError(Exception):
    """Something that cannot be performed, or that failed."""


@dataclass
class Image:
    """What a stage has come to: a folder, and how it is to be run."""

    layer: Path | None = None  # None: empty
    key: str = ""
    env: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    volumes: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    workdir: str = "/"
    user: str = "0:0"
    stop_signal: str = "SIGTERM"


def parse(text: str) -> list[tuple[str, str]]:
    """The instructions: name and argument, with continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    steps = []
    for line in re.sub(r"\\[ \t]*\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, argument = line.strip().partition(" ")
            steps.append((name.upper(), argument.strip()))
    return steps


def expand(text: str, values: dict[str, str]) -> str:
    """$NAME and ${NAME}; what is not set is empty."""
    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda m: values.get(m[1] or m[2], ""), text)


def pairs(text: str) -> dict[str, str]:
    """NAME=value NAME="a value" …"""
    found = re.findall(r'([\w.-]+)=(?:"([^"]*)"|(\S*))', text)
    return {name: quoted or plain for name, quoted, plain in found}


class Context:
    """The files that COPY can see: those of a folder that its .dockerignore leaves."""

    def __init__(self, folder: Path, ignore: Path):
        self._folder = folder
        lines = [line.strip() for line in ignore.read_text().splitlines()]
        self._patterns = [line for line in lines if line and not line.startswith("#")]

    def _ignored(self, path: PurePosixPath) -> bool:
        """The last pattern that fits the path, or a folder above it, decides."""
        ignored = False
        names = [path, *path.parents][:-1]
        for pattern in self._patterns:
            glob = pattern.lstrip("!").strip("/").split("/")
            if any(len(name.parts) == len(glob) and all(map(fnmatch.fnmatchcase, name.parts, glob))
                   for name in names):
                ignored = not pattern.startswith("!")
        return ignored

    def files(self, source: str) -> list[tuple[Path, PurePosixPath]]:
        """What COPY of `source` takes: each file, and where it goes in a destination folder."""
        top = self._folder / source
        paths = sorted(p for p in top.rglob("*") if p.is_file()) if top.is_dir() else [top]
        found = [(path, PurePosixPath(path.relative_to(top if top.is_dir() else top.parent)))
                 for path in paths if path.is_file()
                 and not self._ignored(PurePosixPath(path.relative_to(self._folder)))]
        if not found:
            raise DockerfileError(f"COPY {source}: not there, or ignored by the .dockerignore")
        return found


class Builder:
    """Performs one Dockerfile. `bases` makes the folder of a base image, named by its key."""

    def __init__(self, context: Context, cache: Path, bases: dict[str, Callable[[], Image]],
                 arguments: dict[str, str], files: dict[str, str], say: Callable[[str], None]):
        self._context, self._cache, self._bases = context, cache, bases
        self._given, self._files, self._say = arguments, files, say
        self._stages: dict[str, Image] = {}
        self._image = Image()
        self._arguments: dict[str, str] = {}
        self._pending: list[Callable[[Path], None]] = []
        self.used: set[Path] = set()

    def stage(self, name: str) -> Image:
        """A stage that was performed."""
        return self._stages[name]

    def build(self, steps: list[tuple[str, str]]) -> Image:
        """Perform the steps; the last stage."""
        for name, argument in steps:
            perform = getattr(self, f"_do_{name.lower()}", None)
            if not perform:
                raise DockerfileError(f"{name}: check.sh does not know this instruction")
            perform(argument)
        self._finish_layer()
        return self._image

    # --- layers

    def _advance(self, step: str, change: Callable[[Path], None] | None = None) -> None:
        """One more step on the way to the next layer."""
        self._image.key = hashlib.sha256(f"{self._image.key}\n{step}".encode()).hexdigest()[:32]
        if change:
            self._pending.append(change)

    def _finish_layer(self) -> None:
        """Perform what is pending, unless that was done before."""
        layer = self._cache / self._image.key
        if self._pending and not layer.exists():
            work = self._cache / f"work-{os.getpid()}"
            if self._image.layer:
                subprocess.run(["cp", "-a", str(self._image.layer), str(work)], check=True)
            else:
                work.mkdir()
            for change in self._pending:
                change(work)
            work.rename(layer)
        if self._pending:
            self._image.layer = layer
            self.used.add(layer)
        self._pending = []

    # --- instructions

    def _values(self) -> dict[str, str]:
        return {**self._arguments, **self._image.env}

    def _do_from(self, argument: str) -> None:
        self._finish_layer()
        base, _, name = argument.partition(" AS ")
        if base == "scratch":
            self._image = Image()
        elif base in self._bases:
            self._image = self._bases[base]()
            self.used.add(self._image.layer)
        else:
            raise DockerfileError(f"FROM {base}: check.sh does not know this image")
        self._arguments = {}
        self._stages[name or str(len(self._stages))] = self._image

    def _do_arg(self, argument: str) -> None:
        name, _, default = argument.partition("=")
        self._arguments[name] = self._given.get(name, default)

    def _do_env(self, argument: str) -> None:
        self._image.env.update(pairs(expand(argument, self._values())))

    def _do_label(self, argument: str) -> None:
        self._image.labels.update(pairs(expand(argument, self._values())))

    def _do_user(self, argument: str) -> None:
        self._image.user = expand(argument, self._values())

    def _do_stopsignal(self, argument: str) -> None:
        self._image.stop_signal = argument

    def _do_volume(self, argument: str) -> None:
        self._image.volumes += json.loads(argument)

    def _do_entrypoint(self, argument: str) -> None:
        self._image.entrypoint = json.loads(argument)

    def _do_workdir(self, argument: str) -> None:
        path = expand(argument, self._values())
        self._image.workdir = str(PurePosixPath(self._image.workdir, path))
        inside = self._image.workdir.lstrip("/")
        self._advance(f"WORKDIR {inside}",
                      lambda root: (root / inside).mkdir(parents=True, exist_ok=True))

    def _do_copy(self, argument: str) -> None:
        *sources, destination = expand(argument, self._values()).split()
        inside = str(PurePosixPath(self._image.workdir, destination)).lstrip("/")
        if sources[0].startswith("--from="):
            stage = self._stages.get(sources.pop(0).removeprefix("--from="))
            if not stage or len(sources) != 1:
                raise DockerfileError(f"COPY {argument}: check.sh cannot do this")
            source = stage.layer / sources[0].strip("/")
            self._advance(f"COPY {stage.key} {sources[0]} {inside}", lambda root: subprocess.run(
                ["cp", "-a", f"{source}/.", str(root / inside)], check=True) and None)
            return
        if sources[0].startswith("--") or not destination.endswith(("/", ".")):
            raise DockerfileError(f"COPY {argument}: check.sh cannot do this")
        found = [file for source in sources for file in self._context.files(source)]
        digests = [f"{path} {os.access(file, os.X_OK)} "
                   f"{hashlib.sha256(file.read_bytes()).hexdigest()}" for file, path in found]

        def copy(root: Path) -> None:
            for file, path in found:
                target = root / inside / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)

        self._advance(f"COPY {inside} {digests}", copy)

    def _do_run(self, argument: str) -> None:
        env = {"PATH": PATH, "HOME": "/root", **self._values()}
        proxies = {name: os.environ[name] for name in PROXIES if name in os.environ}
        jail = Jail("", ["/bin/sh", "-c", argument], {**proxies, **env}, self._image.workdir,
                    files=self._files)

        def run(root: Path) -> None:
            started = time.monotonic()
            jail.root = str(root)
            done = subprocess.run(jail.command(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace")
            if done.returncode:
                raise DockerfileError(f"RUN {argument}\n{done.stdout[-4000:]}\n"
                                      f"RUN ended with {done.returncode}")
            self._say(f"RUN {argument.split('&&')[0].strip()[:50]} …: "
                      f"{time.monotonic() - started:.0f} s")

        self._advance(f"RUN {sorted(env.items())} {argument}", run)
        self._finish_layer()
