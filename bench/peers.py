"""Other tools that copy objects from one bucket to another, as far as they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("rclone", "s5cmd", "s4cmd", "aws", "s3cmd")
VERSIONS = {"rclone": "version", "s5cmd": "version", "s4cmd": "--version", "aws": "--version",
            "s3cmd": "--version"}
ONE_AT_A_TIME = ("s3cmd",)  # too slow for a list of thousands


def installed() -> list[str]:
    """Those that are on PATH."""
    return [name for name in NAMES if shutil.which(name)]


def version(argv: list[str]) -> str:
    """The first line that a tool prints of its version."""
    return (subprocess.run(argv, capture_output=True, text=True).stdout.splitlines() or ["?"])[0]


class Peers:
    """Each tool as a function that gives the command to copy src into dst."""

    def __init__(self, server, folder: Path):
        """server: with endpoint, region and users. folder: for their configuration."""
        access, secret = server.users["dest"]
        self.endpoint, self.folder = server.endpoint, Path(folder)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ACCESS_KEY_ID": access,
                    "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": server.region,
                    "AWS_DEFAULT_REGION": server.region, "AWS_ENDPOINT_URL_S3": server.endpoint,
                    "S3_ENDPOINT_URL": server.endpoint, "S3_ACCESS_KEY": access, "S3_SECRET_KEY": secret}
        self.env.update({name: os.environ[name] for name in ("PYENV_ROOT", "PYENV_VERSION") if name in os.environ})
        (self.folder / "rclone.conf").write_text(
            f"[s3]\ntype = s3\nprovider = Ceph\nendpoint = {server.endpoint}\n"
            f"access_key_id = {access}\nsecret_access_key = {secret}\n")
        host = server.endpoint.split("://")[1]
        (self.folder / "s3cfg").write_text(
            f"[default]\naccess_key = {access}\nsecret_key = {secret}\nhost_base = {host}\n"
            f"host_bucket = {host}\nuse_https = False\n")

    def rclone(self, src: str, dst: str, keys: list[str]) -> list[str]:
        """From a list, 64 at once."""
        files = self.folder / "files.txt"
        files.write_text("".join(f"{key}\n" for key in keys))
        return ["rclone", "--config", f"{self.folder}/rclone.conf", "copy", "--files-from-raw", str(files),
                "--transfers", "64", "--checkers", "64", "--s3-no-check-bucket", f"s3:{src}", f"s3:{dst}"]

    def s5cmd(self, src: str, dst: str, keys: list[str]) -> list[str]:
        """From a list of commands, 256 at once, as it comes."""
        commands = self.folder / "commands.txt"
        commands.write_text("".join(f'cp "s3://{src}/{key}" "s3://{dst}/{key}"\n' for key in keys))
        return ["s5cmd", "--log", "error", "run", str(commands)]

    def s4cmd(self, src: str, dst: str, _keys: list[str]) -> list[str]:
        """The whole bucket (it takes no list), 64 at once."""
        return ["s4cmd", "--endpoint-url", self.endpoint, "-c", "64", "cp", "-r", f"s3://{src}/", f"s3://{dst}/"]

    def aws(self, src: str, dst: str, _keys: list[str]) -> list[str]:
        """The whole bucket (it takes no list), as it comes: 10 at once."""
        return ["aws", "--endpoint-url", self.endpoint, "s3", "cp", "--recursive", "--quiet", f"s3://{src}",
                f"s3://{dst}"]

    def s3cmd(self, src: str, dst: str, _keys: list[str]) -> list[str]:
        """The whole bucket (it takes no list), one at a time."""
        return ["s3cmd", "-c", f"{self.folder}/s3cfg", "cp", "--recursive", "--quiet", f"s3://{src}/",
                f"s3://{dst}/"]
