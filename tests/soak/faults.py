"""Answers that are refusals, errors, halves or nothing at all, in their thousands."""

from __future__ import annotations

import hashlib
import time
from collections import Counter

from faultproxy import (Request, Rule, cut_body, error_200, reset_after, reset_before, stall,
                        status)
from row import Row
from world import Target, World, objects_in_parts, small_objects

COPIES = ("CopyObject", "UploadPartCopy", "CompleteMultipartUpload")


def share(seed: int, request: Request) -> float:
    """A number from 0 to 1 that belongs to this attempt at this very request: whatever order
    requests come in, the same ones are struck."""
    text = f"{seed} {request.op} {request.key} {request.part} {request.attempt}"
    digest = hashlib.sha256(text.encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


class Faulty(Row):
    """A job is run once through all of it, and must come to a good end."""

    def copy(self, target: Target, rules: list[Rule], timeout: float) -> dict:
        """Run it; count what was struck; compare what it says with what is there."""
        proxy = target.world.proxy(rules, conditions=False)
        items = len(target.world.specs)
        running, began = target.start(proxy), time.monotonic()
        while running.process.poll() is None:
            if time.monotonic() - began > timeout:
                running.process.kill()
                self.miss(f"not over after {timeout} s")
            time.sleep(0.2)
            done = sum(request.op == "CopyObject" and request.upstream_status == 200
                       for request in list(proxy.log))
            self.progress(done, items, f"copied, {len(proxy.log):,} requests")
        result = running.wait(10)
        counts = Counter(request.op for request in proxy.log)
        struck = Counter(request.fault.split(", ")[-1] for request in proxy.log
                         if request.fault and "changed" not in request.fault)
        self.check(result.returncode == 0, f"the job failed: {result}")
        for problem in target.problems() + target.lines_are_true():
            self.miss(f"{problem} ({target.world.kind})")
        told = result.json if result.stdout.strip() else {}
        proven = told.get("verified", {}).get("etag", 0)
        self.check(told.get("copied") == items and proven == items and not told.get("failed"),
                   f"{told.get('copied')} of {items} copied, {proven} proven")
        proxy.stop()
        return {"objects": items, "copied and proven": proven, "failed": told.get("failed"),
                "requests": counts.total(), "faults": dict(struck),
                "seconds": round(time.monotonic() - began, 1)}


class SlowDown(Faulty):
    """Every second request is refused."""

    name = "slowdown"
    test = "10,000 objects, 50 % SlowDown"
    goal = "10,000 copied and proven, 0 failed"

    def run(self) -> None:
        specs = small_objects(self.count(10_000, 200), self.dice)
        self.say(f"making {len(specs):,} sources")
        world = World(self, "rgw", specs)
        rule = Rule(status(503, "SlowDown", "Please reduce your request rate."),
                    when=lambda request: share(self.seed, request) < 0.5)
        self.figures = self.copy(world.target(), [rule], timeout=1200)

    def measured(self):
        figures = self.figures
        return (f"{figures['copied and proven']:,} copied and proven, {figures['failed']} failed; "
                f"{sum(figures['faults'].values()):,} of {figures['requests']:,} requests were "
                f"refused; {figures['seconds']} s")


class OfEachKind(Faulty):
    """Six kinds of faults, each for one request in twenty."""

    name = "faults"
    test = ("5 % each of 500, reset before answer, reset after answer, 200-with-error, cut body, "
            "stall")
    goal = "all copied and proven, none reported wrongly"

    def rules(self) -> list[Rule]:
        """Which fault a request has is its own; what cannot befall an operation in S3 is left
        out: an error after 200 where there is no long work, half a body where there is none.

        Stalls of copies are waited for a minute and more, of HEADs half a minute: a short
        version leaves the former out."""
        whole = self.scale >= 0.5
        stalls = stall()
        faults = [(status(500, "InternalError"), None), (reset_before(), None),
                  (reset_after(), None), (error_200(), COPIES),
                  (cut_body(), (*COPIES, "CreateMultipartUpload", "GetObjectTagging", "ListParts",
                                "ListMultipartUploads")),
                  (stalls, None if whole else ("HeadObject",))]

        def rule(number, action, op):
            low = number * 0.05
            return Rule(action, op=op,
                        when=lambda request: low <= share(self.seed, request) < low + 0.05)

        return [rule(number, action, op) for number, (action, op) in enumerate(faults)]

    def run(self) -> None:
        small = self.count(600, 40)
        specs = small_objects(small, self.dice) + objects_in_parts(self.scale >= 0.5)
        by_server = {}
        for kind, share_of in (("rgw", 1), ("moto", 0.5)):
            some = specs[round(small * (1 - share_of)):]
            self.say(f"making {len(some)} sources ({kind})")
            target = World(self, kind, some).target(in_s3=kind == "moto")
            by_server[kind] = self.copy(target, self.rules(), timeout=900)
        faults = Counter()
        for figures in by_server.values():
            faults.update(figures["faults"])
        self.figures = {name: sum(figures[name] or 0 for figures in by_server.values())
                        for name in ("objects", "copied and proven", "failed", "requests")}
        self.figures.update({"faults": dict(faults), "by server": by_server})

    def measured(self):
        figures = self.figures
        faults = ", ".join(f"{count} {name}" for name, count in sorted(figures["faults"].items()))
        return (f"{figures['copied and proven']} of {figures['objects']} copied and proven, "
                f"{figures['failed']} failed; {figures['requests']:,} requests, of them {faults}")
