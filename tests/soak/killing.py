"""SIGKILL and SIGTERM, at random instants of a job of all kinds of objects.

A round is one job: it is run, struck, run again with the same work store, struck again, until a run
comes to its end before its instant; then everything is looked at, and the next round begins. The
rounds take turns: moto and RGW, a folder and S3 as the work store.

An instant is the n-th request of the run (of any kind, or of those of multipart uploads): before
the server has it, when the server has done it and the program does not know yet, or some
milliseconds later. So instants fall everywhere, also where time alone would rarely put them, and a
seed gives the same ones again, as far as two runs are alike.
"""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass, field

from faultproxy import FaultProxy, Request, Rule, call_after, call_before, stall, stall_after
from row import Row
from world import FOLDER, Target, World, objects_in_parts, small_objects

OF_UPLOADS = ("CreateMultipartUpload", "UploadPartCopy", "CompleteMultipartUpload",
              "AbortMultipartUpload", "ListParts", "ListMultipartUploads")
PLACES = [("moto", False), ("rgw", True), ("moto", True), ("rgw", False)]
HANGING = [{"op": "UploadPartCopy"}, {"op": "CopyObject"}, {"op": "CreateMultipartUpload"},
           {"op": "CompleteMultipartUpload"}, {"op": ("PutObjectTagging", "ListParts")},
           {"op": "PutObject", "key": "/uploads/"}, {"op": "PutObject", "key": "ENDED_COPY"}]
DELAY_MOST = 0.03  # seconds after a request


class Instant:
    """Where a run is struck, and what was known when it was."""

    def __init__(self, dice, requests: int, number: int):
        self.of_uploads = dice.random() < 0.5
        self.nth = dice.randrange(1, 35 if self.of_uploads else requests)
        self.how = dice.choice(("before", "after", "later"))
        self.delay = dice.uniform(0, DELAY_MOST)
        self.number = number  # of the signal
        self.struck: float | None = None
        self.story = ""  # more than its own, if there is more
        self._process = None
        self._started = threading.Event()

    def __str__(self) -> str:
        kind = "request of an upload" if self.of_uploads else "request"
        return f"{self.how} {kind} {self.nth}" + (
            f" by {1000 * self.delay:.1f} ms" if self.how == "later" else "")

    def rule(self) -> Rule:
        """Strikes when its request comes."""
        action = call_after(self._come) if self.how == "after" else call_before(self._come)
        return Rule(action, op=OF_UPLOADS if self.of_uploads else None, skip=self.nth - 1, times=1)

    def watch(self, process) -> None:
        """The process to strike: there is one now."""
        self._process = process
        self._started.set()

    def _come(self, _request):
        self._started.wait(10)
        if self.how == "later":
            threading.Timer(self.delay, self._strike).start()
        else:
            self._strike()

    def _strike(self):
        self.struck = time.monotonic()
        try:
            self._process.send_signal(self.number)
        except (ProcessLookupError, OSError):
            self.struck = None


def part_of(request: Request) -> tuple:
    """Which bytes of which object a part's request copies."""
    return request.key, request.part, request.headers.get("x-amz-copy-source-range")


@dataclass
class Round:
    """What the runs of one job have sent."""

    guessed: set[str]  # keys whose layout the server does not tell, and no guess can find
    done: set = field(default_factory=set)  # parts that the server has made
    in_flight: list = field(default_factory=list)  # parts under way when a run was struck
    again: list = field(default_factory=list)  # parts that had been made, and were copied again
    of_guesses: int = 0  # parts that were copied to find out that a guess is wrong
    proxies: list[tuple[FaultProxy, float | None]] = field(default_factory=list)

    def add(self, proxy: FaultProxy, struck: float | None) -> None:
        """A run is over; what it sent is counted when the last one is too."""
        self.proxies.append((proxy, struck))

    def settle(self) -> None:
        """Count all requests: those of a killed run may have gone on without it."""
        for proxy, struck in self.proxies:
            deadline = time.monotonic() + 10
            while proxy.in_flight and time.monotonic() < deadline:
                time.sleep(0.01)
            made = set()
            for request in proxy.requests("UploadPartCopy"):
                if request.key in self.guessed:
                    self.of_guesses += 1
                    continue
                part = part_of(request)
                if part in self.done:
                    self.again.append(part)
                if struck and (request.ended is None or request.ended > struck):
                    self.in_flight.append(part)
                if request.upstream_status == 200:
                    made.add(part)
            self.done |= made
            proxy.stop()


class Struck(Row):
    """What both signals have in common."""

    times = 50
    signal_number: int

    def worlds(self) -> dict[str, World]:
        """Sources on both servers."""
        dice, small = self.dice, self.count(120, 20)
        specs = small_objects(small, dice) + objects_in_parts(self.scale >= 0.5)
        dice.shuffle(specs)
        self.say(f"making {len(specs)} sources on two servers")
        return {kind: World(self, kind, specs) for kind in ("moto", "rgw")}

    def run(self) -> None:
        self.figures = {"signals": 0, "runs": 0, "rounds": 0, "lost or wrong": 0,
                        "orphan uploads": 0}
        worlds = self.worlds()
        times, number = self.count(self.times, 4), 0
        while self.figures["signals"] < times:
            kind, in_s3 = PLACES[number % len(PLACES)]
            number += 1
            target = worlds[kind].target(in_s3)
            try:
                self.round(target, times)
            finally:
                target.close()
            self.figures["rounds"] += 1

    def round(self, target: Target, times: int) -> None:
        """One job, from its first run to its last."""
        world = target.world
        where = f"{world.kind}, {'S3' if target.in_s3 else 'folder'}"
        round_ = Round(set() if world.server.features.part_numbers else
                       {FOLDER + key for key in world.specs if "uneven" in key})
        requests = 2 * len(world.specs) + 100
        told: list[str] = []
        while True:
            instant = Instant(self.dice, requests, self.signal_number)
            ended = self.strike(target, instant, round_)
            self.figures["runs"] += 1
            if instant.struck is None or not ended:
                break
            self.figures["signals"] += 1
            told.append(instant.story or str(instant))
            self.after(target, instant, f"{where}; {'; '.join(told)}")
            self.progress(self.figures["signals"], times, f"({where})")
            if self.figures["signals"] >= times:
                break
        story = f"{where}; struck {'; '.join(told) or 'never'}"
        if self.dice.random() < 0.25:
            self.clean(target, story)
        elif instant.struck is not None or not ended:
            proxy = target.world.proxy()
            result = target.run(proxy)
            round_.add(proxy, None)
            self.check(result.returncode == 0, f"the last run failed ({story}): {result}")
        self.look(target, story)
        round_.settle()
        self.parts(round_, story)

    def clean(self, target: Target, story: str) -> None:
        """Nobody goes on: copyout cleanup leaves nothing; then the job is done from there."""
        proxy = target.world.proxy()
        result = target.run(proxy, args=["cleanup", "--work", target.work])
        self.check(result.returncode == 0, f"cleanup failed ({story}): {result}")
        orphans = target.orphans()
        self.figures["orphan uploads"] += len(orphans)
        self.check(not orphans, f"{len(orphans)} uploads are left after cleanup ({story}): "
                                f"{orphans[:3]}")
        self.check(not target.records(), f"records are left after cleanup ({story})")
        result = target.run(proxy)
        self.check(result.returncode == 0, f"the run after cleanup failed ({story}): {result}")
        self.figures["cleanups"] = self.figures.get("cleanups", 0) + 1
        proxy.stop()

    def look(self, target: Target, story: str) -> None:
        """The end state of a round."""
        orphans = target.orphans()
        self.figures["orphan uploads"] += len(orphans)
        for problem in target.problems() + target.lines_are_true():
            if "orphan" not in problem:
                self.figures["lost or wrong"] += 1
            self.miss(f"{problem} ({story})")

    # what differs

    def strike(self, target: Target, instant: Instant, round_: Round) -> bool:
        """One run that is struck; False when it had ended before."""
        raise NotImplementedError

    def after(self, target: Target, instant: Instant, story: str) -> None:
        """What must hold whenever a run was struck: nothing at the destination is wrong."""
        wrong = target.wrong()
        self.figures["lost or wrong"] += len(wrong)
        self.check(not wrong, f"wrong at the destination: {wrong[:3]} ({story})")

    def parts(self, round_: Round, story: str) -> None:
        """What the requests of a round say of its parts."""


class Sigkill(Struck):
    """Nothing that a program can do when it is killed: all of it must have been done before."""

    name = "sigkill"
    test = "SIGKILL at 50 random instants of a mixed job, run again each time"
    goal = ("0 lost, 0 wrong, 0 orphan uploads at the end; parts copied again ≤ those in flight "
            "at each kill")
    signal_number = signal.SIGKILL

    def run(self) -> None:
        super().run()
        self.figures.setdefault("cleanups", 0)

    def strike(self, target, instant, round_):
        proxy = target.world.proxy([instant.rule()])
        running = target.start(proxy)
        instant.watch(running.process)
        result = running.wait(300)
        round_.add(proxy, instant.struck)
        killed = result.returncode == -signal.SIGKILL
        self.check(killed or result.returncode == 0, f"{instant}: {result}")
        return killed

    def parts(self, round_, story):
        for name, found in (("parts copied", len(round_.done)), ("of guesses", round_.of_guesses),
                            ("in flight", len(round_.in_flight)),
                            ("copied again", len(round_.again))):
            self.figures[name] = self.figures.get(name, 0) + found
        self.check(len(round_.again) <= len(round_.in_flight),
                   f"{len(round_.again)} parts copied again, {len(round_.in_flight)} were in "
                   f"flight ({story})")
        idle = [part for part in round_.again if part not in round_.in_flight]
        self.figures["of them not in flight"] = (
            self.figures.get("of them not in flight", 0) + len(idle))
        for part in idle:
            self.say(f"copied again though done: {part} ({story})")

    def measured(self):
        figures = self.figures
        return (f"{figures['signals']} kills in {figures['rounds']} jobs: "
                f"{figures['lost or wrong']} lost or wrong, {figures['orphan uploads']} orphan "
                f"uploads; {figures['copied again']} parts copied again, {figures['in flight']} "
                f"were in flight at kills ({figures['parts copied']} parts in all)")


class Sigterm(Struck):
    """The program has its time to stop in; in a third of the runs something hangs meanwhile."""

    name = "sigterm"
    test = "SIGTERM at 50 random instants"
    goal = ("exit inside the deadline, results complete, same end state: 0 lost, 0 wrong, 0 "
            "orphan uploads")
    signal_number = signal.SIGTERM
    stop_seconds = 15

    def run(self) -> None:
        self.took: list[float] = []
        super().run()
        self.figures["slowest stop, s"] = round(max(self.took, default=0), 2)
        self.figures["deadline, s"] = self.stop_seconds

    def strike(self, target, instant, round_):
        rules = [instant.rule()]
        hangs = self.dice.random() < 1 / 3
        hanging = Rule(self.dice.choice((stall, stall_after))(), times=2,
                       **self.dice.choice(HANGING), skip=self.dice.randrange(3))
        if hangs:
            rules.append(hanging)
        proxy = target.world.proxy(rules)
        running = target.start(proxy, env={"COPYOUT_STOP_SECONDS": str(self.stop_seconds)})
        instant.watch(running.process)
        # A request that hangs would be waited for: a minute. Its instant may never come, so it is not.
        while running.process.poll() is None:
            if hangs and instant.struck is None and self._only_hanging(proxy):
                instant._strike()
            time.sleep(0.005)
        ended = time.monotonic()
        result = running.wait(10)
        round_.add(proxy, None)
        if instant.struck is None:
            self.check(result.returncode == 0, f"{instant}: {result}")
            return False
        seconds = ended - instant.struck
        self.took.append(seconds)
        story = str(instant)
        if hangs:
            story += f", hanging: {hanging.do.name} {hanging.op} {hanging.key or ''}".rstrip()
        instant.story = story
        self.check(seconds <= self.stop_seconds,
                   f"{seconds:.2f} s to stop, {self.stop_seconds} s were given ({story})")
        self.check(result.returncode in (143, 0), f"stopped ({story}): {result}")
        self.complete(target, proxy, result, story, hanging.key if hangs else None)
        return result.returncode != 0

    @staticmethod
    def _only_hanging(proxy: FaultProxy) -> bool:
        log = proxy.log
        return bool(log) and time.monotonic() - log[-1].started > 1 and proxy.in_flight > 0

    def complete(self, target: Target, proxy: FaultProxy, result, story: str,
                 hung: str | None) -> None:
        """Every object that the run began with has its result, or the report says that it was not
        reached; the report has all of them (the one in the work store, where the destination's is
        what hung)."""
        begun = {request.key for request in proxy.requests("HeadObject")
                 if request.bucket == target.world.src}
        if not begun:
            return  # it was still looking at the manifest: nothing was begun, and it says so
        lines = {line["sourceKey"]: line for line in target.results()}
        left = sorted(begun - set(lines))
        for problem in target.lines_are_true(complete=False):
            self.miss(f"{problem} ({story})")
        report = target.report(in_work=hung == "ENDED_COPY")
        said = {row["source"]: row["status"] for row in report or []}
        lost = [key for key in left if said.get(f"s3://{target.world.src}/{key}") != "NOT REACHED"]
        self.check(not lost, f"{len(lost)} objects were begun, and nothing is told of them: {lost[:3]} "
                             f"({story})")
        self.check(report is not None and len(report) == len(target.world.specs),
                   f"the report has {'no' if report is None else len(report)} rows, not "
                   f"{len(target.world.specs)} ({story}): {result}")
        if report:
            reached = sum(row["status"] != "NOT REACHED" for row in report)
            # In S3, results of shards that this run did not come to may be an earlier one's.
            good = len(begun) <= reached <= len(lines) if target.in_s3 else reached == len(lines)
            self.check(good, f"the report knows of {reached} results, there are {len(lines)} "
                             f"({story})")

    def measured(self):
        figures = self.figures
        return (f"{figures['signals']} signals in {figures['rounds']} jobs: slowest stop "
                f"{figures['slowest stop, s']} s of {figures['deadline, s']} s, "
                f"{figures['lost or wrong']} lost or wrong, {figures['orphan uploads']} orphan "
                f"uploads")
