"""How the image's program is run: as in a container, or as well as it can be without one."""

from __future__ import annotations

import subprocess
from pathlib import Path

from dockerfile import Image
from jail import Jail

NAME_SERVER = "127.53.53.53"


class Jailed:
    """As Docker or ECS would: a read-only root, a /tmp, the network's files, and nothing else."""

    def __init__(self, image: Image, folder: Path):
        self._image, self._root = image, folder / "root"
        subprocess.run(["cp", "-a", str(image.layer), str(self._root)], check=True)
        for name in ("dev", "proc"):
            (self._root / name).mkdir(exist_ok=True)
        self._files = {}
        for name, text in (("hosts", "127.0.0.1 localhost by-hosts-file\n"),
                           ("resolv.conf", f"nameserver {NAME_SERVER}\n")):
            (self._root / "etc" / name).touch()
            (folder / name).write_text(text)
            self._files[f"/etc/{name}"] = str(folder / name)

    def command(self, args: list[str], env: dict[str, str], files: dict[str, str]) -> list[str]:
        """The command that runs the image's program. `files`: paths inside, files outside."""
        image = self._image
        user, _, group = image.user.partition(":")
        return Jail(str(self._root), [*image.entrypoint, *args], {**image.env, **env},
                    image.workdir, int(user), int(group), True, image.volumes,
                    {**self._files, **files}).command()


class Plain:
    """The image's program with the image's libraries, as whoever we are."""

    def __init__(self, image: Image, folder: Path):
        self._image, self._folder = image, folder
        self._loader = next(iter(sorted(image.layer.glob("lib*/ld-linux*"))))
        libraries = {str(path.parent) for path in image.layer.glob("lib/*/*.so*")}
        self._libraries = ":".join(sorted(libraries))

    def command(self, args: list[str], env: dict[str, str], files: dict[str, str]) -> list[str]:
        """As Jailed.command; what `files` names in `env` is found where it lies."""
        values = [f"{name}={files.get(value, value)}" for name, value in env.items()]
        return ["env", "-i", f"-C{self._folder}", f"TMPDIR={self._folder}", *values,
                str(self._loader), "--inhibit-cache", "--library-path", self._libraries,
                f"{self._image.layer}{self._image.entrypoint[0]}", *args]
