#!/usr/bin/env python3
"""A throw-away Ceph RADOS Gateway: a production S3 server that checks every signature.

    with Rgw() as rgw:
        rgw.endpoint, rgw.users["source"]

or, in a shell, `python3 tests/servers/rgw.py --up`.

One monitor, one OSD that keeps its objects in memory (or, with "store": "disk", compressed in a
sparse file), one gateway; no manager, no systemd, no authentication between the daemons, nothing
outside a temporary folder. There are three users:
`source` and `dest`, who own the sources' and the destination's buckets, and `nobody`, who has
no rights on either.
"""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from procs import ServerError, Supervised, Workplace, free_ports, poll_until, supervise

REGION = "us-east-1"  # RGW takes any region in a signature; this is what the tests use
USERS = {
    "source": ("COPYOUTTESTSOURCE000", "not-a-secret-of-the-source-user-00000000"),
    "dest": ("COPYOUTTESTDEST00000", "not-a-secret-of-the-dest-user-0000000000"),
    "nobody": ("COPYOUTTESTNOBODY000", "not-a-secret-of-the-nobody-user-00000000"),
}
PROFILES = {"owner": "source", "recipient": "dest", "copier": "nobody"}  # of docs/tutorial.md
PACKAGES = {  # program: Debian package
    "ceph": "ceph-common", "ceph-mon": "ceph-mon", "ceph-osd": "ceph-osd",
    "monmaptool": "ceph-common", "radosgw": "radosgw", "radosgw-admin": "radosgw",
}
SECONDS_TO_START = 60.0  # it takes about 3 s; a busy machine is another matter
MEMORY = 4 << 30  # what the OSD may keep in memory

STORES = {
    "memory": f"""\
osd_objectstore = memstore
memstore_device_bytes = {MEMORY}""",
    # For objects that memory does not hold, and whose bytes repeat themselves.
    "disk": f"""\
osd_objectstore = bluestore
bluestore_block_size = {64 << 30}
bluestore_compression_mode = force
bluestore_compression_algorithm = snappy
osd_memory_target = {1 << 30}""",
}

CONFIG = """\
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = [v2:127.0.0.1:{mon_port}/0]
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_msgr1 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# Without cephx there is no key to encrypt with; a client that insists on it never connects.
ms_mon_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
keyring = /dev/null
# Everything lies in our folder. No admin sockets: their paths are limited to 108 bytes.
admin_socket =
run_dir = {folder}
pid_file = {folder}/$name.pid
log_file = {folder}/$name.log
crash_dir = {folder}/crash
setuser_match_path =
fatal_signal_handlers = false
# The monitor otherwise waits a second before each change: a dozen are needed to start.
paxos_propose_interval = 0.05
paxos_min_wait = 0.02
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 10000
debug_rgw = 0
debug_ms = 0
debug_osd = 0

[mon]
mon_data = {folder}/mon
mon_cluster_log_file = {folder}/cluster.log
mon_data_avail_warn = 0
mon_data_avail_crit = 0

[osd]
osd_data = {folder}/osd
{store}

[client]
rgw_data = {folder}/rgw
# It would close a kept connection after 65 s; a client that sends just then sees a lost answer.
rgw_frontends = beast endpoint=127.0.0.1:{rgw_port} request_timeout_ms=0
rgw_enable_apis = s3
rgw_dns_name =
rgw_dynamic_resharding = false
# Give the memory of deleted objects back while the tests still run.
rgw_gc_obj_min_wait = 30
rgw_gc_processor_period = 30
"""


class Rgw(Supervised):
    """A running gateway. `options` are settings for its [client] section (rgw_...), and "store": of STORES."""

    script = Path(__file__).resolve()
    region = REGION
    users = USERS


def start(workplace: Workplace, options: dict) -> dict:
    """Start all of it (the order matters) and return once S3 answers and the users are there."""
    missing = sorted({package for program, package in PACKAGES.items()
                      if not shutil.which(program)})
    if missing:
        raise ServerError(f"not installed: {' '.join(missing)} (run scripts/deps.sh test)")
    folder = workplace.folder
    mon_port, rgw_port = free_ports(2)
    fsid, osd_id = str(uuid.uuid4()), str(uuid.uuid4())
    config = folder / "ceph.conf"
    text = CONFIG.format(folder=folder, fsid=fsid, mon_port=mon_port, rgw_port=rgw_port,
                         store=STORES[options.get("store", "memory")])
    settings = {name: value for name, value in options.items() if name != "store"}
    config.write_text(text + "".join(f"{name} = {value}\n" for name, value in settings.items()))
    for name in ("mon", "osd", "rgw", "crash"):
        (folder / name).mkdir()

    def ceph(program: str, *args: str) -> list[str]:
        return [program, "-c", str(config), *args]

    monmap = str(folder / "monmap")
    workplace.command(["monmaptool", "--create", "--fsid", fsid,
                       "--addv", "a", f"[v2:127.0.0.1:{mon_port}/0]", monmap])
    workplace.command(ceph("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap))
    workplace.daemon("ceph-mon", ceph("ceph-mon", "-i", "a", "-f"))
    workplace.command(ceph("ceph", "--connect-timeout", "30", "osd", "new", osd_id), 60)
    workplace.command(ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd_id))
    workplace.daemon("ceph-osd", ceph("ceph-osd", "-i", "0", "-f"))
    workplace.check()
    # The first command also makes the zone and its pools, so it goes before the gateway.
    for number, (name, (access, secret)) in enumerate(USERS.items()):
        workplace.command(ceph("radosgw-admin", "user", "create", "--uid", name,
                               "--display-name", f"copyout test {name}", "--max-buckets", "0",
                               "--access-key", access, "--secret-key", secret), 60)
        if number == 0:
            workplace.daemon("radosgw", ceph("radosgw", "-n", "client.rgw", "-f"))
    endpoint = f"http://127.0.0.1:{rgw_port}"

    def answers() -> bool:
        workplace.check()
        try:
            return urllib.request.urlopen(endpoint + "/", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    poll_until(answers, "radosgw", SECONDS_TO_START)
    (folder / "credentials").write_text("".join(
        f"[{profile}]\naws_access_key_id = {USERS[user][0]}\naws_secret_access_key = {USERS[user][1]}\n"
        for profile, user in PROFILES.items()), encoding="ascii")
    return {"endpoint": endpoint, "region": REGION, "users": USERS, "folder": str(folder)}


def exports(facts: dict) -> list[str]:
    """Lines that a shell can `eval`: the destination's user is the one that copyout runs as."""
    lines = [f"export AWS_ENDPOINT_URL_S3={facts['endpoint']}",
             f"export AWS_REGION={facts['region']}"]
    for name, (access, secret) in facts["users"].items():
        hint = "" if name == "dest" else "# "
        lines += [f"# user {name}:",
                  f"{hint}export AWS_ACCESS_KEY_ID={access}",
                  f"{hint}export AWS_SECRET_ACCESS_KEY={secret}"]
    return [*lines, f"# profiles {', '.join(PROFILES)}, for docs/tutorial.md:",
            f"# export AWS_SHARED_CREDENTIALS_FILE={facts['folder']}/credentials"]


if __name__ == "__main__":
    sys.exit(supervise("rgw", start, exports))
