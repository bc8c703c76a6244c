#!/usr/bin/env python3
"""A throw-away OpenStack Swift with its S3 API: a production server that is neither Ceph nor AWS.

    with Swift() as swift:
        swift.endpoint, swift.users["source"]

or, in a shell, `python3 tests/servers/swift.py --up`.

One proxy, one account, one container and one object server, each a single process; s3api and
tempauth; no memcached (swift_cache.py), no replicators, no systemd, nothing outside a temporary
folder. The two users, `source` and `dest`, are of one account: Swift's buckets belong to accounts.

The object server keeps what it knows of an object in extended attributes (user.swift.metadata), so
that the folder has to lie on a file system that has them: see folder_with_xattrs().
"""

from __future__ import annotations

import getpass
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from procs import ServerError, Supervised, Workplace, free_ports, poll_until, supervise

HERE = Path(__file__).resolve().parent
REGION = "us-east-1"
USERS = {
    "source": ("test:source", "not-a-secret-of-the-source-user-00000000"),
    "dest": ("test:dest", "not-a-secret-of-the-dest-user-0000000000"),
}
PACKAGES = {f"swift-{name}-server": f"swift-{name}"  # program: Debian package
            for name in ("proxy", "account", "container", "object")}
SECONDS_TO_START = 60.0  # it takes about 2 s; a busy machine is another matter
XATTR_BYTES = 3500  # what the metadata of an object may take up here; ext4 has room for 3,900
ROOM = 1 << 30  # bytes that have to be free

COMMON = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
# No second process: this one is the worker.
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
log_level = WARNING
"""
STORAGE = COMMON + """
[pipeline:main]
pipeline = {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = COMMON + """
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy slo dlo
           versioned_writes symlink proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:gatekeeper]
use = egg:swift#gatekeeper

[filter:cache]
paste.filter_factory = swift_cache:filter_factory

[filter:listing_formats]
use = egg:swift#listing_formats

[filter:bulk]
use = egg:swift#bulk

[filter:s3api]
use = egg:swift#s3api
location = {region}
{s3api}

[filter:tempauth]
use = egg:swift#tempauth
{users}

[filter:copy]
use = egg:swift#copy

[filter:slo]
use = egg:swift#slo

[filter:dlo]
use = egg:swift#dlo

[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true

[filter:symlink]
use = egg:swift#symlink
"""
SWIFT_CONF = """\
[swift-hash]
swift_hash_path_suffix = copyout
swift_hash_path_prefix = test

[storage-policy:0]
name = only
default = yes
"""
# Three rings of one device each. swift-ring-builder would take three commands for each.
RINGS = """\
import array, sys
from swift.common.ring import RingData
folder, *ports = sys.argv[1:]
for kind, port in zip(("account", "container", "object"), ports):
    device = {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1",
              "weight": 1.0, "replication_ip": "127.0.0.1", "replication_port": int(port), "meta": ""}
    RingData([array.array("H", [0, 0])], [device], 31).save(folder + "/" + kind + ".ring.gz")
"""


class Swift(Supervised):
    """A running Swift."""

    script = Path(__file__).resolve()
    region = REGION
    users = USERS


def folder_with_xattrs() -> tuple[str | None, str]:
    """A folder whose file system keeps user xattrs and has room; or None, and what was found.

    Memory is tried first: Swift calls fsync for each object.
    """
    found = []
    for folder in dict.fromkeys(["/dev/shm", tempfile.gettempdir(), "/var/tmp"]):
        try:
            with tempfile.NamedTemporaryFile(dir=folder, prefix="copyout-xattr-") as file:
                os.setxattr(file.fileno(), "user.swift.metadata", b"x" * XATTR_BYTES)
            if shutil.disk_usage(folder).free < ROOM:
                found.append(f"{folder}: less than {ROOM >> 20} MiB are free")
                continue
            return folder, folder
        except OSError as error:
            found.append(f"{folder}: {error.strerror}")
    return None, ("Swift needs a file system with user xattrs (ext4, xfs, or tmpfs from Linux 6.6 "
                  f"on); TMPDIR can name a folder on one. {'; '.join(found)}")


def start(workplace: Workplace, options: dict) -> dict:
    """Start the four servers and return once they answer. `options`: settings of [filter:s3api]."""
    missing = sorted(package for program, package in PACKAGES.items() if not shutil.which(program))
    if missing:
        raise ServerError(f"not installed: {' '.join(missing)} (run scripts/deps.sh test)")
    folder = workplace.folder
    kinds = ("account", "container", "object", "proxy")
    ports = dict(zip(kinds, free_ports(len(kinds))))
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(SWIFT_CONF)
    shutil.copy(HERE / "swift_cache.py", folder)
    # The distribution's own Python: its packages are for no other.
    workplace.command(["/usr/bin/python3", "-c", RINGS, str(folder),
                       *(str(ports[kind]) for kind in kinds[:3])])
    users = "\n".join(f"user_{access.replace(':', '_')} = {secret} .admin"
                      for access, secret in USERS.values())
    s3api = "\n".join(f"{name} = {value}" for name, value in options.items())
    for kind in kinds:
        config = folder / f"{kind}-server.conf"
        config.write_text((PROXY if kind == "proxy" else STORAGE).format(
            kind=kind, port=ports[kind], folder=folder, user=getpass.getuser(), users=users,
            region=REGION, s3api=s3api))
        workplace.daemon(f"swift-{kind}", [shutil.which(f"swift-{kind}-server"), str(config), "-v"],
                         {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
                          "EVENTLET_NO_GREENDNS": "yes"})
    endpoint = f"http://127.0.0.1:{ports['proxy']}"

    def answers() -> bool:
        workplace.check()
        return all(_listens(port) for port in ports.values())

    poll_until(answers, "Swift", SECONDS_TO_START)
    return {"endpoint": endpoint, "region": REGION, "users": USERS, "folder": str(folder)}


def _listens(port: int) -> bool:
    """Whether a server answers there, whatever it says to a request that means nothing to it."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError):
        return False


def exports(facts: dict) -> list[str]:
    """Lines that a shell can `eval`: the destination's user is the one that copyout runs as."""
    access, secret = facts["users"]["dest"]
    return [f"export AWS_ENDPOINT_URL_S3={facts['endpoint']}",
            f"export AWS_REGION={facts['region']}",
            f"export AWS_ACCESS_KEY_ID={access}",
            f"export AWS_SECRET_ACCESS_KEY={secret}"]


def main() -> int:
    """Run it under a supervisor, whose folder lies where there are xattrs."""
    folder, why = folder_with_xattrs()
    if folder is None:
        print(f"swift: {why}", file=sys.stderr)
        return 1
    tempfile.tempdir = folder
    return supervise("swift", start, exports)


if __name__ == "__main__":
    sys.exit(main())
