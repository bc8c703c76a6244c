"""A million objects against a server whose answers are canned: does memory stay flat?

nginx answers every request of S3's that a copy needs, and one in a hundred with a fault. Nothing is
stored, so that the server costs little and the program is what is measured.
"""

from __future__ import annotations

import collections
import csv
import json
import subprocess
import time
from pathlib import Path

from lib import copyout
from nginx.canned_s3 import CannedS3
from procs import ServerError, Workplace
from row import Missed, Row

FLAT_MIB = 4.0  # by so much the last quarter of the copying may be above the second


class Million(Row):
    """Time is not what is looked at here; memory is, and that every line has its result."""

    name = "million"
    test = "1,000,000 objects against the canned server with 1 % faults"
    goal = "flat memory, lines in = results out"
    most_seconds = 2400

    def server(self) -> CannedS3:
        """The canned server."""
        workplace = Workplace("soak-nginx")
        self.stack.callback(workplace.close)
        try:
            return CannedS3(workplace, faults=True, log=False)
        except ServerError as error:
            raise Missed(str(error)) from None

    def run(self) -> None:
        items, server = self.count(1_000_000, 10_000), self.server()
        rows = self.folder / "manifest.csv"
        with rows.open("w") as out:
            out.writelines(f'"{bucket}","{key}"\n' for bucket, key in server.rows(items))
        job = self.folder / "input.json"
        job.write_text(json.dumps({
            "destinationBucket": "canned-copies", "destinationFolderKey": "", "destinationKeys":
            "full", "destinationStartCopyRelativeKey": "ours/STARTED_COPY.txt",
            "destinationEndCopyRelativeKey": "ours/ENDED_COPY.csv",
            "destinationRequiredRegion": "", "sourceRequiredRegion": ""}))
        env = {**copyout.environment(str(self.folder)), "AWS_ENDPOINT_URL_S3": server.endpoint,
               "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKCANNED",
               "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
        work = self.folder / "work"
        told = self.folder / "told"
        began = time.monotonic()
        with told.open("wb") as out:
            process = subprocess.Popen(
                [str(copyout.BINARY), "run", str(job), "--manifest", str(rows), "--work",
                 str(work), "--json", "--quiet"], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, env=env, cwd=self.folder)
        self.stack.callback(process.kill)
        samples, peak = self.watch(process, work, items)
        self.figures = {"objects": items, "seconds": round(time.monotonic() - began, 1)}
        self.check(process.returncode == 0,
                   f"exit {process.returncode}: {told.read_text()[-2000:]}")
        self.results(work, items, told)
        self.memory(samples, peak, items)

    def watch(self, process, work: Path, items: int) -> tuple[list, float]:
        """Memory over time, with how many results there were: (results, MiB)."""
        samples, peak, size = [], 0.0, 0
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                break
            figures = {line.split(":")[0]: line.split()[1] for line in status.splitlines()
                       if line.startswith(("VmRSS", "VmHWM"))}
            if "VmRSS" in figures:
                size = sum(file.stat().st_size for file in work.glob("results/*.jsonl"))
                samples.append((size, int(figures["VmRSS"]) / 1024))
                peak = max(peak, int(figures["VmHWM"]) / 1024)
                self.progress(round(size / 260), items,
                              f"results (about), {samples[-1][1]:.1f} MiB")
            time.sleep(0.25)
        process.wait(60)
        return samples, peak

    def results(self, work: Path, items: int, told: Path) -> None:
        """One line of results for each line of the manifest, and one row of the report."""
        seen, statuses = bytearray(items), collections.Counter()
        more, attempts = 0, 0
        for file in sorted(work.glob("results/*.jsonl")):
            with file.open() as lines:
                for line in lines:
                    result = json.loads(line)
                    more += seen[result["line"] - 1]
                    seen[result["line"] - 1] = 1
                    attempts += result["attempts"] > 1
                    statuses[f"{result['status']} by {result.get('verified')}"] += 1
        self.figures.update({"results": sum(seen), "sent again": attempts,
                             "statuses": dict(statuses)})
        self.check(sum(seen) == items, f"{items - sum(seen)} lines have no result")
        self.check(more == 0, f"{more} lines have more than one result")
        good = statuses["COPIED by etag"]
        self.check(good == items, f"{good} of {items} copied and proven: {dict(statuses)}")
        with (work / "report.csv").open(newline="") as report:
            rows = sum(1 for _ in csv.reader(report)) - 1
        self.check(rows == items, f"the report has {rows} rows")
        try:
            summary = json.loads(told.read_text().strip().splitlines()[-1])
            self.figures["requests"] = sum(summary["requests"].values())
            self.check(summary["items"] == items, f"items: {summary['items']}")
        except (ValueError, IndexError, KeyError):
            self.miss(f"no summary: {told.read_text()[-500:]}")

    def memory(self, samples: list, peak: float, items: int) -> None:
        """Flat: the last quarter of the copying is not above the second."""
        if not samples:
            self.miss("it ended before its memory could be seen")
            return
        whole = samples[-1][0]
        quarters = [[mib for size, mib in samples if low * whole < size <= (low + 0.25) * whole]
                    for low in (0, 0.25, 0.5, 0.75)]
        medians = [round(sorted(quarter)[len(quarter) // 2], 1) if quarter else None
                   for quarter in quarters]
        self.figures.update({"MiB by quarter": medians, "peak MiB": round(peak, 1)})
        if medians[1] and medians[3]:
            self.check(medians[3] <= medians[1] + FLAT_MIB,
                       f"memory grows: {medians} MiB by quarter of the results")

    def measured(self):
        figures = self.figures
        return (f"{figures['objects']:,} lines in, {figures['results']:,} results out, "
                f"{figures['statuses'].get('COPIED by etag', 0):,} copied and proven, "
                f"{figures['sent again']:,} after sending again; "
                f"{figures['MiB by quarter']} MiB by quarter, peak {figures['peak MiB']} MiB; "
                f"{figures['seconds']:.0f} s")
