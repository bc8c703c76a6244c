#!/usr/bin/env python3
"""Changes one place of the source after another, and asks the unit tests of its layer to notice each.

    make mutations                                     # all of them, and docs/mutations.md (an hour or two)
    tests/mutations/mutations.py --list                # only says which they are
    tests/mutations/mutations.py --only src/net ...    # only those of files whose names begin so
    tests/mutations/mutations.py --only 1f3c9a02       # one, by its name
    tests/mutations/mutations.py --printed LOG ...     # goes on: those that were found by then are not judged again

The operators are fixed (OPERATORS, below). Of each folder of src/ a share of the possible mutants is taken, those
whose digests come first (SEED), so that a change of other code leaves nearly all of the choice as it was. A mutant that
does not compile gives its place to the next one.

A mutant is found if a unit test of its layer fails, or takes ten times as long as without it; then those unit tests are
asked that drive whole jobs (WHOLE_JOBS). The build is one without optimizations and without sanitizers, for the sake of
time, so that lost memory is not noticed. A survivor is explained in survivors.txt; one that is not, and an explanation
that is of no use any more, make the exit code 1. --write makes docs/mutations.md anew.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
DOCUMENT = ROOT / "docs" / "mutations.md"
EXPLAINED = HERE / "survivors.txt"
COPIED = ["CMakeLists.txt", "CMakePresets.json", "bench", "cmake", "docs", "examples", "include", "man", "src", "tests"]

SEED = "copyout 1"
IN_ALL = 155
LEAST = 3  # of each folder
AT_ONCE = 6  # tests that run side by side: most of them wait for themselves half of the time
SECONDS = 60  # a test takes no longer than this, or than ten times what it takes without a fault
MODEL_RUNS = "1000"
WHOLE_JOBS = ["unit_job_engine", "unit_cmd_commands", "unit_cmd_kinds_of_lists", "unit_cmd_jobs_commands",
              "unit_cmd_verify_command"]

# Comments and literals, and calls whose text nobody tests: their places hold blanks, so that nothing is found in them.
HIDDEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
SILENT = re.compile(r"\b(?:assert|_Static_assert|log_\w+|err_fmt|err_set\w*)\s*\(")

SWAPPED = {"==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
# A comparison, but not a shift, an arrow or an include.
COMPARISON = re.compile(r"(?<= )(==|!=|<=|>=|<|>)(?= )")
RETURNED = {"true": "false", "false": "true", "ERR_OK": "ERR_INTERNAL"}


@dataclass
class Mutant:
    """One change of one line."""

    file: str  # from the root of the tree
    function: str
    line: int
    operator: str
    before: str
    after: str
    name: str = ""
    rank: str = ""
    result: str = ""  # "found", "survived", "does not compile"
    by: str = ""  # the test that found it

    @property
    def folder(self) -> str:
        return str(Path(self.file).parent)

    @property
    def layer(self) -> str:
        return self.file.split("/")[1]


# --- the operators: each gives (start, end, text) for the places of one line -----------------


def swapped(line: str) -> Iterator[tuple[int, int, str]]:
    for found in COMPARISON.finditer(line):
        yield *found.span(), SWAPPED[found[0]]


def boundary(line: str) -> Iterator[tuple[int, int, str]]:
    for found in COMPARISON.finditer(line):
        if found[0] in BOUNDARY:
            yield *found.span(), BOUNDARY[found[0]]


def logic(line: str) -> Iterator[tuple[int, int, str]]:
    for found in re.finditer(r"&&|\|\|", line):
        yield *found.span(), "||" if found[0] == "&&" else "&&"


def negated(line: str) -> Iterator[tuple[int, int, str]]:
    """A condition that stands on one line whole."""
    found = re.match(r"\s*(?:\} else )?(?:if|while) (\(.*\))(?: \{)?$", line)
    if found and found[1].count("(") == found[1].count(")"):
        yield *found.span(1), f"(!{found[1]})"


def constant(line: str) -> Iterator[tuple[int, int, str]]:
    """A number, but for one that only empties a struct, and the index in the size of an array's element."""
    for found in re.finditer(r"(?<![\w.{])(\d+)(?![\w.])", line):
        if not re.search(r"sizeof [\w>.-]+\[$", line[:found.start()]):
            yield *found.span(), str(int(found[0]) + 1)


def removed(line: str) -> Iterator[tuple[int, int, str]]:
    """A statement that stands on one line whole: a call, an assignment, a count."""
    call = r"(?:\(void\))?\w+\(.*\)"
    place = r"\*?[a-z_]\w*(?:(?:->|\.)\w+|\[[^\]]*\])*"
    found = re.fullmatch(rf"\s+({call}|{place} [-+*/|&^]?= .*|{place}(?:\+\+|--));", line)
    if found:
        yield found.start(1), found.end(1), ""


def returned(line: str) -> Iterator[tuple[int, int, str]]:
    found = re.fullmatch(r"\s+return (.+);", line)
    if not found or found[1] == "NULL":
        return
    number = re.fullmatch(r"-?\d+", found[1])
    yield *found.span(1), str(int(found[1]) + 1) if number else RETURNED.get(found[1], f"!({found[1]})")


OPERATORS = {
    "comparison swapped": swapped,
    "boundary moved by one": boundary,
    "&& and || swapped": logic,
    "condition negated": negated,
    "constant one larger": constant,
    "statement removed": removed,
    "another value returned": returned,
}


# --- the choice -----------------------------------------------------------------------------


def blanked(text: str) -> str:
    """The text with blanks for comments, literals, preprocessor lines and calls whose text nobody tests."""

    def blank(found: re.Match[str]) -> str:
        # Quotes stay, so that a call whose argument is a text remains a call with an argument.
        ends = found[0][0] if found[0][0] in "\"'" else " "
        return ends + re.sub(r"[^\n]", " ", found[0][1:-1]) + ends

    text = HIDDEN.sub(blank, text)
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.MULTILINE)
    for found in reversed(list(SILENT.finditer(text))):
        end, depth = found.end(), 1
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        text = text[:found.start()] + re.sub(r"[^\n]", " ", text[found.start():end]) + text[end:]
    return text


def possible(path: Path) -> list[Mutant]:
    """All mutants of a file. A name stays the same when other lines of the file change."""
    text = path.read_text()
    file = str(path.relative_to(ROOT))
    lines, found, times = text.split("\n"), [], Counter()
    function = ""
    for number, line in enumerate(blanked(text).split("\n")):
        if re.match(r"[a-z_].*\w\(", line):
            function = re.search(r"(\w+)\(", line)[1]
        elif line == "}" or line.startswith("};"):
            function = ""
        for operator, places in OPERATORS.items():
            for start, end, new in places(line):
                # The text that an operator took over from the line has lost its literals: they come from the text itself.
                old = lines[number][start:end]
                new = new.replace(line[start:end], old)
                after = lines[number][:start] + new + lines[number][end:]
                key = f"{file}\0{function}\0{operator}\0{lines[number].strip()}\0{start - len(line)}"
                times[key] += 1
                digest = hashlib.sha256(f"{SEED}\0{key}\0{times[key]}".encode()).hexdigest()
                found.append(Mutant(file, function, number, operator, lines[number], after, digest[:8], digest))
    return found


def choice() -> dict[str, list[list[Mutant]]]:
    """For each folder its mutants in the order in which they are taken: a list for each place that is to be filled,
    of a mutant and of those that follow if it does not compile."""
    folders: dict[str, list[Mutant]] = defaultdict(list)
    for path in sorted((ROOT / "src").rglob("*.c")):
        if path.name != "main.c":  # no unit test links it
            for mutant in possible(path):
                folders[mutant.folder].append(mutant)
    total = sum(map(len, folders.values()))
    rest = IN_ALL - LEAST * len(folders)  # what is given out by the number of places
    places = {}
    for folder, mutants in folders.items():
        share = LEAST + round(rest * len(mutants) / total)
        ranked = by_operator(sorted(mutants, key=lambda mutant: mutant.rank))
        places[folder] = [ranked[at::share] for at in range(min(share, len(ranked)))]
    return places


def by_operator(ranked: list[Mutant]) -> list[Mutant]:
    """The same with the operators in turn, those that are rare in the source as often as the others."""
    queues = {operator: [m for m in ranked if m.operator == operator] for operator in OPERATORS}
    order = sorted(OPERATORS, key=lambda operator: queues[operator][0].rank if queues[operator] else "~")
    turns = max(map(len, queues.values()), default=0)
    return [queues[operator][turn] for turn in range(turns) for operator in order if turn < len(queues[operator])]


# --- the tree -------------------------------------------------------------------------------


@dataclass
class Tree:
    """A copy of the source with a build of its own."""

    root: Path
    tests: dict[str, list[str]] = field(default_factory=dict)  # of each layer
    takes: dict[str, float] = field(default_factory=dict)  # seconds of each test without a fault

    @property
    def build(self) -> Path:
        return self.root / "build"

    def fill(self) -> None:
        """The source as it is now, in the folder; files that are the same keep their times."""
        listed = subprocess.run(["git", "ls-files", "-z", *COPIED], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
        names = set(filter(None, listed.decode().split("\0")))
        for name in sorted(names):
            source, copy = ROOT / name, self.root / name
            if source.is_file() and not (copy.exists() and copy.read_bytes() == source.read_bytes()):
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(source.read_bytes())
                copy.chmod(source.stat().st_mode)
        for folder in COPIED:
            for copy in (self.root / folder).rglob("*"):
                if copy.is_file() and str(copy.relative_to(self.root)) not in names:
                    copy.unlink()
        fast = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld"] if shutil.which("ld.lld") else []
        subprocess.run(["cmake", "-S", self.root, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                        "-DCMAKE_C_FLAGS=-O0", *fast], check=True, stdout=subprocess.DEVNULL)
        listed = subprocess.run(["ctest", "--test-dir", self.build, "-N", "-L", "unit"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        for test in re.findall(r": (unit_\w+)", listed):
            self.tests.setdefault(test.split("_")[1], []).append(test)

    def ninja(self, *targets: str) -> bool:
        """Builds; false: something does not compile."""
        return subprocess.run(["ninja", "-C", self.build, *targets], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).returncode == 0

    def run(self, tests: list[str], most: Callable[[str], float]) -> str:
        """Runs unit tests side by side; the first that fails, or that takes longer than so many seconds. "": all pass."""
        began, running = time.monotonic(), {}
        for test in tests:
            running[test] = subprocess.Popen(
                [self.build / "tests" / test], cwd=self.root / "tests" / "unit" / test.split("_")[1],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=os.environ | {"COPYOUT_MODEL_RUNS": MODEL_RUNS})
        failed = ""
        while running and not failed:
            time.sleep(0.02)
            for test, process in list(running.items()):
                took = time.monotonic() - began
                if process.poll() is not None:
                    self.takes.setdefault(test, took)
                    del running[test]
                if process.returncode or (process.returncode is None and took > most(test)):
                    failed = failed or test
        for process in running.values():
            process.kill()
            process.wait()
        return failed

    def without_fault(self, layers: set[str]) -> None:
        """Builds all tests of these layers, and sees that they pass."""
        tests = sorted({test for layer in layers for test in self.tests.get(layer, [])} | set(WHOLE_JOBS))
        if not self.ninja("-j2", *tests):
            raise SystemExit("the unit tests do not compile without any fault")
        for at in range(0, len(tests), AT_ONCE):
            if failed := self.run(tests[at:at + AT_ONCE], lambda _: 300):
                raise SystemExit(f"{failed} fails without any fault")

    def in_order(self, mutant: Mutant) -> list[str]:
        """The tests that are asked: those of its layer with words of the file's name, whole jobs, the layer's others; of
        each the fast ones first. Whole jobs run most of the program, so that they find most of what can be found."""
        words = set(Path(mutant.file).stem.split("_")) | {Path(mutant.file).parent.name}

        def order(test: str) -> tuple[bool, int, float]:
            layer, *own = test.split("_")[1:]
            shared = len(words & set(own)) if layer == mutant.layer else 0
            return "_".join(own) != Path(mutant.file).stem, -shared - (test in WHOLE_JOBS) / 2, self.takes[test]

        return sorted({*self.tests.get(mutant.layer, []), *WHOLE_JOBS}, key=order)

    def judge(self, mutant: Mutant) -> None:
        """Plants the fault, asks the tests, and takes it away again."""
        path = self.root / mutant.file
        whole = path.read_text()
        lines = whole.split("\n")
        assert lines[mutant.line] == mutant.before
        lines[mutant.line] = mutant.after
        path.write_text("\n".join(lines))
        try:
            if not self.ninja(f"co_{mutant.layer}"):
                mutant.result = "does not compile"
                return
            tests = self.in_order(mutant)
            for at in range(0, len(tests), AT_ONCE):
                if not self.ninja(*tests[at:at + AT_ONCE]):
                    mutant.result = "does not compile"
                    return
                if failed := self.run(tests[at:at + AT_ONCE], lambda test: max(SECONDS, 10 * self.takes[test])):
                    mutant.result, mutant.by = "found", failed
                    return
            mutant.result = "survived"
        finally:
            path.write_text(whole)


# --- the document ---------------------------------------------------------------------------


def explanations() -> dict[str, tuple[str, str]]:
    """Of survivors.txt, for each name: the kind, and the text."""
    found = {}
    for line in EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []:
        if line.strip() and not line.startswith("#"):
            name, kind, text = line.split(None, 2)
            if kind not in KINDS:
                raise SystemExit(f"{EXPLAINED.name}: {name}: no kind is called {kind}")
            found[name] = (kind, text)
    return found


KINDS = {
    "equivalent": "No test can see them: the program does the same, or what differs is not promised",
    "integration": "Other tests see them: integration tests, or unit tests of another layer",
    "missing": "A test is missing",
}


def row_of(name: str, mutants: list[Mutant]) -> str:
    found = sum(mutant.result == "found" for mutant in mutants)
    name = name.replace("|", "\\|")
    return f"| {name} | {len(mutants)} | {found} | {len(mutants) - found} |"


def cell(line: str) -> str:
    """A line of C for a table of Markdown."""
    return "`" + line.strip().replace("|", "\\|") + "`" if line.strip(" ;") else "nothing"


def document(judged: list[Mutant], explained: dict[str, tuple[str, str]]) -> str:
    """docs/mutations.md."""
    layers: dict[str, list[Mutant]] = defaultdict(list)
    operators: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in judged:
        layers[mutant.layer].append(mutant)
        operators[mutant.operator].append(mutant)
    survivors = [mutant for mutant in judged if mutant.result == "survived"]
    found = len(judged) - len(survivors)
    out = [
        "# Mutation runs", "",
        "`make mutations` changes one place of the source after another and asks the unit tests of its layer to notice, and",
        "then those that drive whole jobs.",
        "It writes this page ([mutations.py](../tests/mutations/mutations.py) says how the places are chosen);",
        "what is said of a survivor stands in [survivors.txt](../tests/mutations/survivors.txt).", "",
        f"The last run had {len(judged)} mutants in {len({m.folder for m in judged})} folders: unit tests "
        f"found {found} ({100 * found / len(judged):.0f} %), and {len(survivors)} survived.",
        "Mutants in calls that only write to the log, and in assertions, are not among them.",
        "The faults that people planted in the machine of a copy are"
        " [another run](../tests/mutations/copy_faults.sh).", "",
        "| layer | mutants | found | survived |", "|---|---|---|---|",
        *(row_of(layer, layers[layer]) for layer in sorted(layers)), "",
        "| operator | mutants | found | survived |", "|---|---|---|---|",
        *(row_of(operator, operators[operator]) for operator in OPERATORS if operators[operator]), "",
        "## Survivors", ""]
    for kind, title in {**KINDS, "": "Not explained yet"}.items():
        rows = [m for m in survivors if explained.get(m.name, ("", ""))[0] == kind]
        if not rows:
            continue
        out += [f"### {title}", "", "| name | where | before | after | why nobody noticed |", "|---|---|---|---|---|"]
        for m in sorted(rows, key=lambda m: (m.file, m.line)):
            where = f"`{m.file}`" + (f", `{m.function}()`" if m.function else "")
            out.append(f"| {m.name} | {where} | {cell(m.before)} | {cell(m.after)} | "
                       f"{explained.get(m.name, ('', ''))[1]} |")
        out.append("")
    return "\n".join(out).rstrip("\n") + "\n"


def complaints(judged: list[Mutant], explained: dict[str, tuple[str, str]], whole: bool) -> list[str]:
    """What is wrong: a survivor without an explanation, an explanation without a survivor."""
    survivors = {mutant.name for mutant in judged if mutant.result == "survived"}
    said = [f"{name} survived, and {EXPLAINED.name} does not say why" for name in sorted(survivors - explained.keys())]
    if whole:
        said += [f"{EXPLAINED.name}: {name} is not needed any more: remove the line"
                 for name in sorted(explained.keys() - survivors)]
    return said


def take_printed(logs: list[Path], places: list[list[Mutant]]) -> None:
    """What runs have found that were ended early, or were of parts, from what tell() has printed."""
    results = {}
    for log in logs:
        for found in re.finditer(r"^([0-9a-f]{8}) \S+: .*: (found|does not compile)(?: by (\w+))?$",
                                 log.read_text(), re.MULTILINE):
            results[found[1]] = found.groups()[1:]
    for mutant in (mutant for place in places for mutant in place):
        mutant.result, mutant.by = results.get(mutant.name, ("", ""))


def tell(mutant: Mutant) -> None:
    by = f" by {mutant.by}" if mutant.by else ""
    print(f"{mutant.name} {mutant.file}:{mutant.line + 1}: {mutant.operator}: {mutant.result}{by}", flush=True)
    if mutant.result == "survived":
        print(f"    - {mutant.before.strip()}\n    + {mutant.after.strip()}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="START", help="files whose names begin so, or names of mutants")
    parser.add_argument("--printed", nargs="+", type=Path, metavar="LOG", default=[], help="what earlier runs printed")
    parser.add_argument("--list", action="store_true", help="say which mutants are chosen, and do nothing")
    parser.add_argument("--tree", type=Path, default=ROOT / "build-mutations", help="where the scratch tree is kept")
    parser.add_argument("--write", action="store_true", help="write docs/mutations.md")
    options = parser.parse_args()
    places = [place for folder in choice().values() for place in folder]
    if options.only:
        places = [place for place in places if place[0].file.startswith(tuple(options.only))
                  or place[0].name in options.only]
    if options.list:
        for place in places:
            mutant = place[0]
            print(f"{mutant.name} {mutant.file}:{mutant.line + 1}: {mutant.operator}\n    - {mutant.before.strip()}\n"
                  f"    + {mutant.after.strip()}")
        print(f"{len(places)} mutants in {len({place[0].folder for place in places})} folders")
        return 0
    take_printed(options.printed, places)
    os.nice(19)
    tree = Tree(options.tree.resolve())
    if unknown := {place[0].layer for place in places if all(m.result in ("", "does not compile") for m in place)}:
        tree.fill()
        tree.without_fault(unknown)
    judged = []
    for place in places:
        for mutant in place:
            if not mutant.result:
                tree.judge(mutant)
            tell(mutant)
            if mutant.result != "does not compile":
                judged.append(mutant)
                break
    explained = explanations()
    if options.write and not options.only:
        DOCUMENT.write_text(document(judged, explained))
    bad = complaints(judged, explained, not options.only)
    for line in bad:
        print(line)
    found = sum(mutant.result == "found" for mutant in judged)
    print(f"{len(judged)} mutants: {found} found, {len(judged) - found} survived")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
