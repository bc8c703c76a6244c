"""nginx as a daemon of a workplace: one process, in a folder of its own, on free loopback ports.

    nginx = Nginx(workplace, servers=CONF, modules=("ndk_http_module", "ngx_http_lua_module"))
    nginx.endpoint      # http://127.0.0.1:PORT

The configuration is what stands inside `http {}`; `{port}` and `{folder}` in it, and the names that
are given as values, are filled in, so that nginx's own braces are written twice. It must answer
GET /ready with 200, which is how the start is seen.
"""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from pathlib import Path

from procs import ServerError, Workplace, free_ports, poll_until

MODULES = Path("/usr/lib/nginx/modules")  # where Debian puts them
SECONDS_TO_START = 20.0
HEAD = """\
{load}
master_process off;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log {level};
events {{ worker_connections 8192; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  default_type application/xml;
"""


def program() -> str:
    """Where nginx is. ServerError: it is not installed."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if not found:
        raise ServerError("nginx is not installed (package nginx-light): scripts/deps.sh bench")
    return found


def has_modules(*names: str) -> bool:
    """Whether nginx and these modules are installed."""
    there = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    return bool(there) and all((MODULES / f"{name}.so").exists() for name in names)


class Nginx:
    """A running nginx; it ends with its workplace."""

    def __init__(self, workplace: Workplace, servers: str, *, modules: tuple[str, ...] = (),
                 before: tuple[str, ...] = (), level: str = "crit", **values):
        """before: a command that starts it with another priority. values: what else is filled in."""
        missing = [name for name in modules if not (MODULES / f"{name}.so").exists()]
        if missing:
            raise ServerError(f"nginx has no {missing[0]} (package libnginx-mod-http-lua): "
                              "scripts/deps.sh bench")
        (self.port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._workplace = workplace
        folder = workplace.folder
        load = "\n".join(f"load_module {MODULES / name}.so;" for name in modules)
        text = (HEAD + servers + "}}\n").format(folder=folder, port=self.port, load=load, level=level,
                                               **values)
        (folder / "nginx.conf").write_text(text)
        workplace.daemon("nginx", [*before, program(), "-e", str(folder / "error.log"), "-p",
                                   str(folder), "-c", str(folder / "nginx.conf")])
        poll_until(self.answers, "nginx", SECONDS_TO_START)

    def answers(self, path: str = "/ready") -> bool:
        """Whether a GET of path is answered with 200. ServerError: nginx ended."""
        self._workplace.check()
        try:
            with urllib.request.urlopen(f"{self.endpoint}{path}", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False
