"""A terminal of a test's own: the program in a window of tmux, of any size.

    terminal = Terminal(case, ["run", ...], server, columns=80)
    terminal.until(lambda screen: "7 of 20 parts" in screen)
    terminal.resize(40)
    terminal.keys("C-c")
    terminal.exit_code()

tmux has a server of its own for each terminal, with a socket in the test's folder.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

from . import copyout

DEADLINE_S = 90  # for what takes a moment, on a machine that has much else to do


class Terminal:
    """One window, in which the program runs; it ends with the test."""

    def __init__(self, case, args: list, server=None, *, columns: int = 80, rows: int = 24,
                 env: dict[str, str | None] | None = None, cwd: str | os.PathLike | None = None):
        if shutil.which("tmux") is None:
            raise FileNotFoundError("tmux is not on PATH: run scripts/deps.sh test")
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-", ignore_cleanup_errors=True)
        case.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        for name in ("home", "work", "tmp"):
            (self.folder / name).mkdir()
        whole = copyout.environment(
            str(self.folder / "home"), server, extra={
                "TMPDIR": str(self.folder / "tmp"), "TERM": "screen", "LC_ALL": "C.UTF-8", **(env or {})})
        program = shlex.join(["env", "-i", *(f"{name}={value}" for name, value in whole.items()),
                              *copyout.WRAPPER, str(copyout.BINARY), *map(str, args)])
        # The program is the child of a shell that goes on after it, so that what it has written last
        # is still to be seen; and that knows nothing of jobs, as tmux does, which has its own child
        # go on when it is stopped.
        start = shlex.quote(f"echo $$ > {self.folder}/pid; exec {program}")
        (self.folder / "script").write_text(
            f"trap : INT\ncd {shlex.quote(str(cwd or self.folder / 'work'))}\nsh -c {start}\n"
            f"echo $? > {self.folder}/code\nread forever\n")
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   f"exec bash {self.folder}/script")
        case.addCleanup(self._end)

    def _tmux(self, *args: str) -> str:
        done = subprocess.run(["tmux", "-u", "-S", str(self.folder / "socket"), *args], check=True,
                              capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm"})
        return done.stdout

    def _end(self) -> None:
        if (self.folder / "pid").exists() and not self._code():
            try:
                self.signal(signal.SIGKILL)
                self.exit_code()
            except ProcessLookupError:
                pass
        try:
            self._tmux("kill-server")
        except subprocess.CalledProcessError:
            pass

    def _code(self) -> str:
        code = self.folder / "code"
        return code.read_text() if code.exists() else ""

    def screen(self, *options: str) -> str:
        """What is on the screen, without spaces at the ends of lines. "-e": with colors as escape
        sequences, "-S", "-": with all that has gone off its upper edge."""
        text = self._tmux("capture-pane", "-p", *options)
        return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n")).rstrip("\n") + "\n"

    def until(self, is_there: Callable[[str], object], *options: str) -> str:
        """The screen, as soon as it is as it should be."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            screen = self.screen(*options)
            if is_there(screen):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"this is not what should be on the screen:\n{screen}")
            time.sleep(0.05)

    def keys(self, *names: str) -> None:
        """Press keys, as tmux calls them: "C-c"."""
        self._tmux("send-keys", *names)

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(int((self.folder / "pid").read_text()), number)

    def resize(self, columns: int, rows: int = 24) -> None:
        """Another size. The program is held meanwhile, so that it draws nothing between the moment
        at which tmux changes the window and the one at which the program can know."""
        self.signal(signal.SIGSTOP)
        tty = self._tmux("display-message", "-p", "#{pane_tty}").strip()
        self._tmux("set-option", "-g", "window-size", "manual")
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            with open(tty) as file:
                size = os.get_terminal_size(file.fileno())
            if tuple(size) == (columns, rows):
                self.signal(signal.SIGCONT)
                return
            time.sleep(0.01)
        raise AssertionError(f"the terminal stays at {size}")

    def exit_code(self) -> int:
        """With which the program ends, or has ended."""
        deadline = time.monotonic() + 2 * DEADLINE_S
        while time.monotonic() < deadline:
            if self._code().endswith("\n"):
                return int(self._code())
            time.sleep(0.02)
        raise AssertionError(f"it does not end:\n{self.screen()}")
