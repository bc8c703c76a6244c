#!/usr/bin/env python3
"""Figures of how the source is built, as docs/architecture.md has them.

They are the states and flags of a copy, the lengths of functions, files per folder, comments; and, of a
coverage build in which only the unit tests ran, the lines that none of them reaches:

    make figures                                  # all of it
    scripts/figures.py                            # without coverage, in a second
    scripts/figures.py --coverage build-coverage  # of a coverage build in which `ctest -L unit` ran alone
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import coverage  # beside this file

ROOT = Path(__file__).resolve().parent.parent
# Comments, literals, and the start of all that is neither.
TOKEN = re.compile(r'/\*.*?\*/|//(?:\\\n|[^\n])*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.DOTALL)
# Beginnings that name no subject. Comments behind a member begin with a small letter.
RIDDLE = re.compile(r"(Who|What|Those)\b", re.IGNORECASE)
TABLE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\((\w+)\)((?:\\\n|[^\n])*)", re.MULTILINE)
TYPE = re.compile(r"\b(struct|union|enum)\s+(\w+)\s*\{")


# --- text -----------------------------------------------------------------------------------


def comments(text: str) -> list[str]:
    """The comments, without their marks. Lines of // that follow one another are one comment."""
    found: list[str] = []
    last_end, last_was_line = -1, False
    for token in TOKEN.finditer(text):
        if token[0][0] != "/":
            continue
        is_line = token[0].startswith("//")
        words = token[0][2:] if is_line else token[0][2:-2]
        if is_line and last_was_line and text[last_end:token.start()].strip(" \t") == "\n":
            found[-1] += " " + words.strip()
        else:
            found.append(words.strip(" \t\n*./"))
        last_end, last_was_line = token.end(), is_line
    return found


def without_comments(text: str) -> str:
    """The text without comments and what is in literals."""
    return TOKEN.sub(lambda token: " " if token[0][0] == "/" else '""', text)


def bare(text: str) -> str:
    """The same without preprocessor lines."""
    text = without_comments(text)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", text, flags=re.MULTILINE)


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] in "({[":
            depth += 1
        elif text[at] in ")}]":
            depth -= 1
            if depth == 0:
                return at
    raise ValueError("a bracket is not closed")


def split(text: str, by: str) -> list[str]:
    """The parts of a text between separators that stand outside all brackets; empty ones left out."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "({[") - (char in ")}]")
        if char == by and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


# --- types ----------------------------------------------------------------------------------


@dataclass
class Types:
    """All structs and enums of the tree: name to bodies, with the files they are in."""

    bodies: dict[tuple[str, str], list[tuple[Path, str]]] = field(default_factory=dict)
    typedefs: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)  # macros that take a macro: names of their rows

    def read(self, path: Path, text: str) -> None:
        for found in TABLE.finditer(without_comments(text)):
            self.tables[found[1]] = re.findall(rf"\b{found[2]}\s*\(\s*(\w+)", found[3])
        text = bare(text)
        for found in TYPE.finditer(text):
            end = closing(text, found.end() - 1)
            self.bodies.setdefault((found[1], found[2]), []).append((path, text[found.end():end]))
        for found in re.finditer(r"\btypedef\s+([^;{}()]+?)\s+(\w+)\s*;", text):
            self.typedefs[found[2]] = found[1]

    def find(self, kind: str, name: str, near: Path | None = None) -> tuple[Path, str] | None:
        """A type by its name. Files may have types of one name: the file's own comes first, then a header's."""
        found = self.bodies.get((kind, name), [])
        return next((body for body in found if body[0] == near), None) or next(
            (body for body in found if body[0].suffix == ".h"), None) or (found[0] if found else None)

    def values(self, name: str, near: Path | None = None) -> list[str] | None:
        """The names of an enum's values, without the one that only counts them, or the names of the rows of the
        table that makes them. None when there is no such enum, or when its macro is not understood."""
        found = self.find("enum", name, near)
        if not found:
            return None
        names: list[str] = []
        for macro, value in re.findall(r"(\w+)\s*\(\s*\w+\s*\)|(\w+)[^,]*", found[1]):
            if macro and not self.tables.get(macro):
                return None
            names += self.tables[macro] if macro else [value]
        return [value for value in names if not value.endswith("_COUNT")]


@dataclass
class Member:
    """One member, by the path to it."""

    path: str
    kind: str  # struct, enum, bool, bit, pointer, other
    type: str


class Reach:
    """The members of a struct and of all that it holds by value."""

    def __init__(self, types: Types, name: str):
        self.types, self.members, self.direct = types, [], 0
        found = types.find("struct", name)
        self.there = found is not None
        if found:
            self.file = found[0]
            self.walk(found[1], found[0], "", frozenset({name}))
            self.direct = sum("." not in member.path for member in self.members)

    def walk(self, body: str, file: Path, prefix: str, above: frozenset[str]) -> None:
        for declaration in split(body, ";"):
            declaration = re.sub(r"__attribute__\s*\(\(.*?\)\)|_Alignas\s*\([^)]*\)", " ", declaration).strip()
            if declaration.startswith("_Static_assert"):
                continue
            opened = re.match(r"(?:const\s+|volatile\s+)*(struct|union|enum)\b\s*(\w*)\s*\{", declaration)
            if opened:
                end = closing(declaration, opened.end() - 1)
                self.declared(declaration[end + 1:].strip(), opened[1], opened[2], file, prefix, above,
                              declaration[opened.end():end])
            else:
                self.plain(declaration, file, prefix, above)

    def plain(self, declaration: str, file: Path, prefix: str, above: frozenset[str]) -> None:
        """A declaration of a type that has a name."""
        declaration = re.sub(r"\b(const|volatile|restrict)\b", " ", declaration).strip()
        tagged = re.match(r"(struct|union|enum)\s+(\w+)\s*(.*)", declaration, re.DOTALL)
        if tagged:
            self.declared(tagged[3], tagged[1], tagged[2], file, prefix, above)
            return
        words = re.match(r"((?:unsigned|signed|long|short|int|char)\b\s*)+|\w+\s*", declaration)
        name = words[0].strip()
        meant = re.match(r"(struct|union|enum)\s+(\w+)$", self.types.typedefs.get(name, ""))
        self.declared(declaration[words.end():], meant[1] if meant else "", meant[2] if meant else name, file,
                      prefix, above)

    def declared(self, names: str, kind: str, type_name: str, file: Path, prefix: str, above: frozenset[str],
                 body: str | None = None) -> None:
        """The declarators behind a type. An anonymous struct's members are the outer one's."""
        if not names and body is not None:
            if kind != "enum":
                self.walk(body, file, prefix, above)
            return
        for name in split(names, ","):
            path = prefix + re.search(r"\w+", name)[0]
            # Pointers, arrays of pointers, functions and pointers to arrays: what they lead to is elsewhere.
            if "*" in name:
                self.members.append(Member(path, "pointer", type_name))
            elif kind in ("struct", "union"):
                self.members.append(Member(path, "struct", type_name))
                inner = (file, body) if body is not None else self.types.find(kind, type_name, file)
                if inner and type_name not in above:
                    self.walk(inner[1], inner[0], f"{path}.", above | ({type_name} if type_name else set()))
            elif kind == "enum":
                values = split(body, ",") if body is not None else self.types.values(type_name, file)
                many = len(values) if values else "unknown"
                self.members.append(Member(path, "enum", f"{type_name}, {many} values"))
            elif re.search(r":\s*1$", name):
                self.members.append(Member(path, "bit", type_name))
            else:
                kind_of_it = "bool" if type_name in ("bool", "_Bool") else "other"
                self.members.append(Member(path, kind_of_it, type_name))

    def of(self, kind: str) -> list[Member]:
        return [member for member in self.members if member.kind == kind]

    def two_valued(self) -> list[Member]:
        return [member for member in self.of("enum") if member.type.endswith(", 2 values")]


# --- functions ------------------------------------------------------------------------------


@dataclass
class Function:
    name: str
    file: Path
    line: int
    lines: int


def by_ctags(files: list[Path]) -> list[Function] | None:
    """From the line of a function's name to its closing bracket; None without Universal Ctags."""
    ctags = shutil.which("ctags-universal") or shutil.which("ctags")
    if not ctags or "Universal Ctags" not in subprocess.run([ctags, "--version"], capture_output=True,
                                                            text=True).stdout:
        return None
    listed = subprocess.run([ctags, "--options=NONE", "-x", "--languages=C", "--langmap=C:.c", "--kinds-C=f",
                             "--_xformat=%N\t%n\t%{end}\t%F", *map(str, files)], capture_output=True, text=True,
                            check=True)
    rows = (line.split("\t") for line in listed.stdout.splitlines())
    return [Function(name, Path(file), int(line), int(end) - int(line) + 1) for name, line, end, file in rows
            if end.strip().isdigit()]


def by_brackets(files: list[Path]) -> list[Function]:
    """The same, of a formatted source: a body's brackets are alone in the first column. From the line after the
    last one that is empty, a directive's, or ends something else."""
    found = []
    for file in files:
        head = opened = None
        name = ""
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if opened is None and line.startswith("{") and head is not None:
                opened = number
            elif opened is not None and line.startswith("}"):
                found.append(Function(name, file, head, number - head + 1))
                head = opened = None
            elif opened is None and re.match(r"[A-Za-z_].*\(", line) and not line.rstrip().endswith((";", "{")):
                head, name = number, re.search(r"(\w+)\s*\(", line)[1]
            elif opened is None and (not line.strip() or line.endswith(";")):
                head = None
    return found


def functions_of(files: list[Path], only_brackets: bool) -> tuple[list[Function], str]:
    """All functions, and how they were found. Ctags loses what follows a typedef of a function's pointer; the
    brackets find it."""
    seen = by_brackets(files)
    tagged = None if only_brackets else by_ctags(files)
    if tagged is None:
        return seen, "brackets in the first column"
    known = {(function.file, function.name) for function in tagged}
    lost = [function for function in seen if (function.file, function.name) not in known]
    return tagged + lost, f"Universal Ctags; {len(lost)} that it lost, by brackets" if lost else "Universal Ctags"


# --- coverage -------------------------------------------------------------------------------


def lines_run(folder: Path, src: Path) -> dict[Path, tuple[int, int]]:
    """Of each source file: lines with code, and those that never ran. Files of which nothing ran count too."""
    return {path: (len(covered.lines), sum(count == 0 for count in covered.lines.values()))
            for path, covered in coverage.read(folder, src).items()}


# --- the table ------------------------------------------------------------------------------


def table(rows: list[tuple[str, str]], head: tuple[str, str] = ("figure", "value")) -> None:
    width = max(len(name) for name, _ in [head, *rows])
    for name, value in [head, ("-" * width, "-" * 5), *rows]:
        print(f"{name:<{width}}  {value}")
    print()


def copy_rows(types: Types, struct: str, states: str, list_them: bool) -> list[tuple[str, str]]:
    reach = Reach(types, struct)
    values = types.values(states)
    rows = [(f"values of enum {states}", str(len(values)) if values else "unknown")]
    if not reach.there:
        return [(f"struct {struct}", "there is none"), *rows]
    bools, bits, enums, twos = (reach.of("bool"), reach.of("bit"), reach.of("enum"), reach.two_valued())
    rows = [(f"struct {struct}: members of its own", str(reach.direct)),
            ("  members with those of structs in it", str(len(reach.members))),
            ("  bools", f"{len(bools)} ({sum('.' not in m.path for m in bools)} of its own)"),
            ("  one-bit fields", f"{len(bits)}"),
            ("  members of two-valued enums", f"{len(twos)}"),
            ("  bools, one-bit fields, two-valued enums", f"{len(bools) + len(bits) + len(twos)}"),
            ("  members of enums", f"{len(enums)} ({sum('.' not in m.path for m in enums)} of its own)"),
            (f"  of these, of enum {states}", str(sum(m.type.startswith(f"{states},") for m in enums))), *rows]
    if list_them:
        table([(member.path, f"{member.kind} {member.type}".replace("bool bool", "bool"))
               for member in (*bools, *bits, *enums)], (f"in struct {struct}", "what it is"))
    return rows


def exceeded(types: Types, struct: str, members: int, flags: int) -> list[str]:
    """Complaints when a struct has more members, or more flags in all of it, than it may have."""
    reach = Reach(types, struct)
    if not reach.there:
        return [f"there is no struct {struct}"]
    found = [*reach.of("bool"), *reach.of("bit"), *reach.two_valued()]
    bad = []
    if reach.direct > members:
        bad.append(f"struct {struct} has {reach.direct} members, more than {members}")
    if len(found) > flags:
        names = ", ".join(member.path for member in found)
        bad.append(f"struct {struct} has {len(found)} flags, more than {flags}: {names}")
    return bad


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, nargs="?", default=ROOT / "src", help="the tree (src)")
    parser.add_argument("--coverage", type=Path, metavar="FOLDER", help="a coverage build; only its unit tests ran")
    parser.add_argument("--struct", default="copy", help="the struct that is looked into (copy)")
    parser.add_argument("--states", default="copy_state", help="the enum of its states (copy_state)")
    parser.add_argument("--list", action="store_true", help="name the bools, one-bit fields and enums too")
    parser.add_argument("--brackets", action="store_true", help="functions without Universal Ctags")
    parser.add_argument("--limits", type=int, nargs=2, metavar=("MEMBERS", "FLAGS"),
                        help="only see that the struct has no more members, and no more bools, one-bit fields and "
                        "members of two-valued enums in all of it; exit 1 if it has")
    options = parser.parse_args()
    src = options.source.resolve()
    files = sorted(path for path in src.rglob("*.[ch]"))
    if not files:
        raise SystemExit(f"{src} has no C files")
    texts = {path: path.read_text() for path in files}
    types = Types()
    for path, text in texts.items():
        types.read(path, text)
    if options.limits:
        bad = exceeded(types, options.struct, *options.limits)
        for complaint in bad:
            print(f"lint: {complaint}")
        raise SystemExit(1 if bad else 0)
    rows = copy_rows(types, options.struct, options.states, options.list)

    code = [path for path in files if path.suffix == ".c"]
    functions, method = functions_of(code, options.brackets)
    longest = max(functions, key=lambda function: function.lines)
    rows += [(f"functions ({method})", f"{len(functions):,}"),
             ("  median length, lines", f"{statistics.median(f.lines for f in functions):g}"),
             ("  longest", f"{longest.lines} lines: {longest.name}, {longest.file.relative_to(src)}"),
             ("  above 60 lines", str(sum(f.lines > 60 for f in functions)))]
    said = [comment for text in texts.values() for comment in comments(text)]
    riddles = sum(bool(RIDDLE.match(comment)) for comment in said)
    rows += [("comments", f"{len(said):,}"),
             ("  that begin with Who, What, Those", f"{riddles} ({100 * riddles / len(said):.1f} %)")]
    lengths = {path: text.count("\n") for path, text in texts.items()}
    most = max(lengths, key=lambda path: lengths[path])
    rows += [("files", f"{len(files)}, {sum(lengths.values()):,} lines"),
             ("  longest", f"{lengths[most]} lines: {most.relative_to(src)}")]
    lines = lines_run(options.coverage, src) if options.coverage else {}
    if lines:
        missed, all_of_it = sum(b for _, b in lines.values()), sum(a for a, _ in lines.values())
        rows += [("lines of code not run by unit tests", f"{missed:,} of {all_of_it:,} "
                  f"({100 * missed / all_of_it:.1f} %)")]
    table(rows)

    def folder(path: Path) -> str:
        return str(path.parent.relative_to(src))

    counts = Counter(map(folder, files))
    per_folder = []
    for name in sorted(counts):
        value = f"{counts[name]:3} files  {sum(n for path, n in lengths.items() if folder(path) == name):6,} lines"
        within = [pair for path, pair in lines.items() if folder(path) == name]
        if within:
            missed, all_of_it = sum(b for _, b in within), sum(a for a, _ in within)
            value += (f"  {missed:5,} of {all_of_it:5,} lines of code not run by unit tests "
                      f"({100 * missed / all_of_it:.0f} %)")
        per_folder.append((name, value))
    table(per_folder, ("folder", "what is in it"))


if __name__ == "__main__":
    main()
