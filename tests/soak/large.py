"""Very many objects of very many parts: do uploads complete one after another, in little memory?

The server is fast_s3.py, which stores nothing and waits as a real one would. To copy all of it
takes hours, so the run is stopped after a while: then the uploads that it has left open, and
`copyout cleanup` removes, are few as well.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

from fast_s3 import SOURCE, FastS3
from lib import copyout
from row import Row

PEAK_MIB = 96
FIRST_SECONDS = 60
PARTS_HELD = 131072  # SCHED_PARTS_MOST of src/copy/sched.h
HEAD_MS, WRITE_MS = 150, 100


class Large(Row):
    """2,500 objects of 10,000 parts each."""

    name = "large"
    test = "2,500 objects of 10,000 parts, HEAD takes 150 ms, other requests 100 ms; stopped"
    goal = (f"peak ≤ {PEAK_MIB} MiB, the first object completed within {FIRST_SECONDS} s, one after "
            "another, few uploads open")
    most_seconds = 900

    def run(self) -> None:
        objects, parts = self.count(2500, 125), self.count(10_000, 2000)
        rows = self.folder / "manifest.csv"
        rows.write_text("".join(f'"{SOURCE}","large-{n:05d}"\n' for n in range(objects)))
        fake = FastS3(parts=parts, head_ms=HEAD_MS, write_ms=WRITE_MS)
        self.stack.callback(fake.close)
        env = {**copyout.environment(str(self.folder)), **fake.environment()}
        work = self.folder / "work"
        self.say(f"{objects:,} objects of {parts:,} parts, HEAD {HEAD_MS} ms, writes {WRITE_MS} ms")
        code, peak = self.stopped_after(
            [str(copyout.BINARY), "run", "--manifest", str(rows), "--to", "s3://dst/", "--work",
             str(work), "--destination-keys", "full", "--quiet"], env, fake, 100 * self.scale)
        figures = fake.figures()
        left = figures["open"]
        cleaned = subprocess.run([str(copyout.BINARY), "cleanup", "--work", str(work)], env=env,
                                 cwd=self.folder, capture_output=True, text=True, check=False)
        self.figures = {"objects": objects, "parts": parts, "peak MiB": round(peak, 1),
                        "uploads open at most": figures["most open"],
                        "first completed after s": figures["first completed after"],
                        "completed": len(figures["completed"]),
                        "part copies": figures["part copies"], "left open": left}
        self.check(code in (0, 128 + signal.SIGINT), f"exit {code}: {self.told()}")
        self.check(cleaned.returncode == 0, f"cleanup ended with {cleaned.returncode}: "
                                            f"{cleaned.stderr[-1000:]}")
        self.check(fake.figures()["open"] == 0, "uploads are open after the cleanup")
        self.goals(figures, parts, peak)

    def goals(self, figures: dict, parts: int, peak: float) -> None:
        """What is to be reached."""
        first = figures["first completed after"]
        self.check(peak <= PEAK_MIB, f"a peak of {peak:.1f} MiB")
        self.check(first is not None and first <= FIRST_SECONDS, f"first completed after {first} s")
        self.check(figures["most open"] <= PARTS_HELD // parts,
                   f"{figures['most open']} uploads were open at once")
        places = [int(key.removeprefix("large-")) for key in figures["completed"]]
        self.check(all(abs(at - place) <= 2 for at, place in enumerate(places)),
                   f"completed out of order: {places[:50]}")
        self.check(figures["refused"] == 0, f"{figures['refused']} requests were refused")

    def stopped_after(self, argv: list[str], env: dict, fake: FastS3,
                      seconds: float) -> tuple[int, float]:
        """(exit code, peak MiB) of a command that gets SIGINT after so long, when two uploads at
        least are completed. It runs under time(1), since Linux hands a process's peak memory on to
        what it executes, and ours is not small; time(1) ignores SIGINT."""
        peak = self.folder / "peak"
        began = time.monotonic()
        with (self.folder / "told").open("wb") as out:
            process = subprocess.Popen(
                ["/usr/bin/time", "--output", str(peak), "--format", "%M", *argv], env=env,
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True)
        self.stack.callback(end_group, process)
        while process.poll() is None:
            figures = fake.figures()
            self.progress(figures["part copies"], self.count(2500, 125) * self.count(10_000, 2000),
                          f"part copies, {len(figures['completed'])} objects completed, "
                          f"{figures['open']} uploads open")
            gone = time.monotonic() - began
            if gone > seconds and (len(figures["completed"]) >= 2 or gone > 600):
                os.killpg(process.pid, signal.SIGINT)
                break
            time.sleep(0.5)
        process.wait(150)
        return process.returncode, int(peak.read_text().splitlines()[-1]) / 1024

    def told(self) -> str:
        """The end of what the program said."""
        return (self.folder / "told").read_text()[-2000:]

    def measured(self):
        figures = self.figures
        return (f"{figures['objects']:,} objects of {figures['parts']:,} parts: peak "
                f"{figures['peak MiB']} MiB, at most {figures['uploads open at most']} uploads open, "
                f"first object completed after {figures['first completed after s']:.0f} s, "
                f"{figures['completed']} when it was stopped after {figures['part copies']:,} part "
                f"copies; {figures['left open']} uploads left open on record, all removed by "
                "`copyout cleanup`")


def end_group(process: subprocess.Popen) -> None:
    """Whatever happened, nothing of it goes on."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
