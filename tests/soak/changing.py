"""The source is overwritten while it is copied in parts: at every request, of every server."""

from __future__ import annotations

import hashlib
import itertools

from faultproxy import Rule, call_after, call_before
from lib import s3util
from lib.s3util import MIN_PART, Spec
from row import Row
from world import FOLDER, World

OVERWRITTEN = {  # by what: the same layout, another one, one piece
    "alike": {"parts": None},
    "of other parts": {"parts": [MIN_PART + 5, 9]},
    "in one piece": {"size": 4321},
}


class Other(Spec):
    """Other bytes under the same key."""

    def body(self) -> bytes:
        return super().body().translate(bytes(range(255, -1, -1)))


class Overwritten(Row):
    """The copy that is made is the old object or the new one, and said to be that; or FAILED."""

    name = "overwritten"
    test = "source overwritten during a multipart copy, at each part"
    goal = "never a mixed object: copied anew or FAILED"

    def layouts(self) -> dict[str, list[int]]:
        """Uniform and uneven."""
        return {"uniform": [MIN_PART] * self.count(5, 2) + [99],
                "uneven": [MIN_PART, MIN_PART + 1, 12]}

    def cases(self):
        """Every part, before the server copies it and when it has; and the steps around them."""
        for (layout, parts), by in itertools.product(self.layouts().items(), OVERWRITTEN):
            for when in ("before", "after"):
                for number in range(1, len(parts) + 1):
                    yield layout, parts, by, when, "UploadPartCopy", number
                # Where parts do not make the object, CopyObject is what completes it.
                for op in ("CreateMultipartUpload", ("CompleteMultipartUpload", "CopyObject")):
                    yield layout, parts, by, when, op, None

    def run(self) -> None:
        servers = [("moto", True), ("rgw", True), ("rgw", False)]  # and whether conditions hold
        cases = list(self.cases())
        self.dice.shuffle(cases)
        cases = cases[:self.count(len(cases), 3)]
        self.figures = {"runs": 0, "copied anew": 0, "failed": 0, "the old one, whole": 0,
                        "mixed": 0, "by server": {}}
        done, total = 0, len(cases) * len(servers)
        for kind, conditions in servers:
            world = World(self, kind, [], compare=False)
            for case in cases:
                self.one(world, conditions, case)
                done += 1
                self.progress(done, total, f"({kind}{'' if conditions else ', no conditions'})")

    def one(self, world: World, conditions: bool, case: tuple) -> None:
        """One object, overwritten at one request."""
        layout, parts, by, when, op, number = case
        where = f"{world.kind}{'' if conditions else ' without conditions'}: {layout}, " \
                f"{by} {when} {op if number is None else f'part {number}'}"
        old = Spec("an object", parts=parts)
        new = Other("an object", **{"parts": parts} if by == "alike" else OVERWRITTEN[by])
        reader = "dest" if world.server.features.rights else None
        world.etags = s3util.make_objects(world.owner, world.src, [old], reader=reader)
        world.specs = {old.key: old}

        def overwrite(_request):
            s3util.make_objects(world.owner, world.src, [new], reader=reader)

        target = world.target()
        action = call_before(overwrite) if when == "before" else call_after(overwrite)
        proxy = world.proxy([Rule(action, op=op, part=number, key=FOLDER, times=1)], conditions)
        # One at a time for half of the cases, so that what was overwritten midway is midway.
        options = ["--max-in-flight", "1"] if self.dice.random() < 0.5 else []
        result = target.run(proxy, *options)
        self.check(proxy.errors == [], f"{where}: {proxy.errors}")
        struck = proxy.rules[-1].hits > 0
        proxy.stop()
        self.check(struck, f"{where}: the request never came: {result}")
        self.judge(target, old, new, result, where)
        for orphan in target.orphans():
            self.miss(f"{where}: an orphan upload: {orphan}")
        target.close()

    def judge(self, target, old: Spec, new: Spec, result, where: str) -> None:
        """What lies there now, and what is said of it."""
        lines = target.results()
        self.check(len(lines) == 1, f"{where}: {len(lines)} results: {result}")
        status = lines[0]["status"] if lines else "none"
        there = target.there()
        if old.key in there:
            digest = s3util.digest(target.s3, target.dst, FOLDER + old.key)
            which = {hashlib.sha256(spec.body()).hexdigest(): name
                     for name, spec in (("old", old), ("new", new))}.get(digest, "mixed")
        else:
            which = "nothing"
        by_server = self.figures["by server"].setdefault(target.world.kind, {})
        told = f"{status}, {which}"
        by_server[told] = by_server.get(told, 0) + 1
        self.figures["runs"] += 1
        if which == "mixed":
            self.figures["mixed"] += 1
            self.miss(f"{where}: a mixed object, said to be {status}")
        elif status == "COPIED" and which != "nothing":
            self.figures["copied anew" if which == "new" else "the old one, whole"] += 1
            self.check(lines[0]["etag"] == there[old.key],
                       f"{where}: the result's ETag is not the copy's")
        elif status == "FAILED":
            self.figures["failed"] += 1
        else:
            self.miss(f"{where}: {status}, and there is {which}: {result}")

    def measured(self):
        figures = self.figures
        return (f"{figures['runs']} runs: {figures['mixed']} mixed; {figures['copied anew']} "
                f"copied anew, {figures['failed']} FAILED, {figures['the old one, whole']} the old object, "
                f"whole (overwritten when all of its parts were copied)")
