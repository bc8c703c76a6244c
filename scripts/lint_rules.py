#!/usr/bin/env python3
"""The rules on the shape of src that no compiler checks.

usage: scripts/lint_rules.py [SRC [ALLOW-LIST]]

- A function has at most 60 lines between its braces, and control statements are nested at most
  four deep.
- A file has at most 600 lines; a folder holds at most 30 files.
- Two layers have no files of the same name (copy.c and copy.h of one layer are one name).
- The inside of a layer (a header called *_int.h) is included by files of that layer only.

What breaks a rule today stands in scripts/lint_allow.txt, without its folder, so that a file may
move. That list may only shrink: an entry that is not needed any more is an error as well.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

FUNCTION_LINES = 60
NESTING = 4
FILE_LINES = 600
FOLDER_FILES = 30
INDENT = 4  # columns, as .clang-format has it

CONTROL = re.compile(r"( +)(?:\} )?(?:if|for|while|switch|do|LIST_FOR_EACH|\w+_foreach)\b")
NAME = re.compile(r"(\w+)\(")
INSIDE = re.compile(r"^\s*#\s*include\s*[\"<](\w+)/([\w/]*_int\.h)[\">]", re.MULTILINE)


class Allowed:
    """The allow-list, and which of its entries were needed."""

    def __init__(self, path: Path):
        self._path = path
        self._limits: dict[tuple[str, str], int] = {}
        self._used: set[tuple[str, str]] = set()
        for line in path.read_text().splitlines():
            words = line.split("#")[0].split()
            if words and words[0] != "circle":  # those are scripts/lint_circles.py's
                rule, name, limit = words
                self._limits[rule, name] = int(limit)

    def permits(self, rule: str, name: str, value: int) -> bool:
        """Whether an entry allows this much."""
        limit = self._limits.get((rule, name))
        if limit is None:
            return False
        self._used.add((rule, name))
        return value <= limit

    def unused(self) -> list[str]:
        """Complaints about entries that nothing needs any more."""
        return [f"{self._path}: \"{rule} {name}\" is not needed any more: remove the line"
                for rule, name in self._limits if (rule, name) not in self._used]


def functions(text: str):
    """(name, number of the line with the opening brace, lines of the body) of each function."""
    lines = text.split("\n")
    opened = None
    for number, line in enumerate(lines):
        if line == "{":
            opened = number
        elif line == "}" and opened is not None:
            head = opened - 1
            while head > 0 and lines[head][:1] in (" ", "\t", ""):
                head -= 1
            found = NAME.search(lines[head])
            yield found[1] if found else "?", opened + 1, lines[opened + 1:number]
            opened = None


def depth(body: list[str]) -> int:
    """How deep its control statements are nested: clang-format's indentation tells."""
    found = [len(match[1]) // INDENT for line in body if (match := CONTROL.match(line))]
    return max(found, default=0)


def check_functions(path: Path, allowed: Allowed):
    """Complaints about the functions of one file."""
    for name, number, body in functions(path.read_text()):
        where = f"{path}:{number}: {name}()"
        key = f"{path.name}:{name}"
        if len(body) > FUNCTION_LINES and not allowed.permits("function", key, len(body)):
            yield f"{where} has {len(body)} lines, more than {FUNCTION_LINES}"
        deep = depth(body)
        if deep > NESTING and not allowed.permits("nesting", key, deep):
            yield f"{where} nests {deep} deep, more than {NESTING}"


def check_files(files: list[Path], allowed: Allowed):
    """Complaints about files and folders as a whole."""
    folders, layers = defaultdict(int), defaultdict(set)
    for path in files:
        lines = path.read_text().count("\n")
        if lines > FILE_LINES and not allowed.permits("file", path.name, lines):
            yield f"{path} has {lines} lines, more than {FILE_LINES}"
        folders[path.parent] += 1
        layers[path.stem].add(path.parent.name)
    for folder, count in folders.items():
        if count > FOLDER_FILES and not allowed.permits("folder", folder.name, count):
            yield f"{folder} holds {count} files, more than {FOLDER_FILES}"
    for name, where in layers.items():
        if len(where) > 1 and not allowed.permits("name", name, len(where)):
            yield f"{' and '.join(sorted(where))} both have a file called {name}"


def check_includes(src: Path, path: Path):
    """Complaints about a file that looks into the inside of another layer."""
    layer = path.relative_to(src).parts[0]
    for match in INSIDE.finditer(path.read_text()):
        if match[1] != layer:
            yield f"{path} includes {match[1]}/{match[2]}, which is the inside of {match[1]}"


def main() -> int:
    """Print all complaints; 1 when there are any."""
    here = Path(__file__).resolve().parent
    src = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "src"
    allowed = Allowed(Path(sys.argv[2]) if len(sys.argv) > 2 else here / "lint_allow.txt")
    files = sorted(path for path in src.rglob("*") if path.suffix in (".c", ".h"))
    bad = [*check_files(files, allowed)]
    for path in files:
        bad += check_functions(path, allowed)
        bad += check_includes(src, path)
    bad += allowed.unused()
    for line in bad:
        print(f"lint: {line}")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
