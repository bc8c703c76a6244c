"""The image: made in root folders, or as far as a plain folder goes; and its size."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import debian
from dockerfile import Builder, Context, DockerfileError, Image, parse

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VERSION, REVISION = "1.2.3-check", "0123456"  # that the labels must have
ARGUMENTS = {"VERSION": VERSION, "REVISION": REVISION}
Say = Callable[[str], None]


def build(cache: Path, say: Say) -> tuple[Image, Image]:
    """All steps of the Dockerfile: its last stage, and the stage `build`."""
    for left in cache.glob("work-*"):  # of one that was killed: we have the lock
        shutil.rmtree(left)
    builder = Builder(_context(), cache,
                      {"debian:12-slim": lambda: debian.base("bookworm", cache, say)},
                      ARGUMENTS, {"/etc/resolv.conf": "/etc/resolv.conf"}, say)
    image = builder.build(parse((HERE / "Dockerfile").read_text()))
    for layer in cache.iterdir():
        if layer.is_dir() and layer not in builder.used:
            shutil.rmtree(layer)
    return image, builder.stage("build")


def build_plain(folder: Path, say: Say) -> Image:
    """The last stage alone; the stage before is what was built here, and this machine's files."""
    program = os.environ.get("COPYOUT_BINARY", str(ROOT / "build" / "copyout"))
    if not os.access(program, os.X_OK):
        raise DockerfileError(f"{program} is not there: run make build")
    staged = folder / "build"
    (staged / "image/usr/bin").mkdir(parents=True)
    shutil.copy2(program, staged / "image/usr/bin/copyout")
    subprocess.run([str(HERE / "closure.sh"), program, str(staged / "image")], check=True)
    steps = parse((HERE / "Dockerfile").read_text())
    last = [at for at, (name, _) in enumerate(steps) if name == "FROM"][-1]
    builder = Builder(_context(), folder,
                      {"built-here": lambda: Image(layer=staged, key="built-here")},
                      ARGUMENTS, {}, say)
    return builder.build([("FROM", "built-here AS build"), *steps[last:]])


def _context() -> Context:
    return Context(ROOT, HERE / "Dockerfile.dockerignore")


def tell_size(root: Path, say: Say) -> None:
    """Bytes, files, the biggest ones, and what a registry would store."""
    files = sorted(((path.stat().st_size, str(path.relative_to(root))) for path in root.rglob("*")
                    if path.is_file() and not path.is_symlink()), reverse=True)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6) as stream, \
            tarfile.open(fileobj=stream, mode="w|") as archive:
        archive.add(root, ".")
    say(f"size: {sum(size for size, _ in files):,} bytes in {len(files)} files, "
        f"{packed.tell():,} bytes compressed; the biggest:")
    for size, path in files[:5]:
        say(f"  {size:>10,}  /{path}")
