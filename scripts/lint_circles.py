#!/usr/bin/env python3
"""No circle of calls between the modules of src: what a module uses never leads back to it.

usage: scripts/lint_circles.py BUILD [ALLOW-LIST]

A module is one .c file. It uses another one if its object needs a symbol that the other's object
defines, as nm tells. The circles of today stand in scripts/lint_allow.txt ("circle a b c"); that
list may only shrink: an entry that is no circle any more is an error as well.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

LOCAL_OR_NEEDED = "Uuvw"  # and small letters: local symbols


def objects(build: Path) -> list[Path]:
    """The objects of the layers and of the program; not those whose sources are gone."""
    found = sorted(build.glob("CMakeFiles/*.dir/src/**/*.c.o"))
    database = build / "compile_commands.json"
    if not database.exists():
        return found
    made = {re.search(r" -o (\S+)", entry["command"])[1]
            for entry in json.loads(database.read_text())}
    return [path for path in found if str(path.relative_to(build)) in made]


def symbols(path: Path) -> tuple[set[str], set[str]]:
    """What an object defines for others, and what it needs of them."""
    defined, needed = set(), set()
    listed = subprocess.run(["nm", "-P", "-g", str(path)], check=True, capture_output=True,
                            text=True).stdout
    for line in listed.splitlines():
        name, kind = line.split()[:2]
        (needed if kind in LOCAL_OR_NEEDED else defined).add(name)
    return defined, needed


def uses(build: Path) -> dict[str, set[str]]:
    """{module: the modules it uses}; a module is layer/file without its ending."""
    defined_in, needs = {}, {}
    for path in objects(build):
        module = f"{path.parent.name}/{path.name.removesuffix('.c.o')}"
        defined, needed = symbols(path)
        needs[module] = needed
        for symbol in defined:
            defined_in[symbol] = module
    return {module: {defined_in[symbol] for symbol in needed if symbol in defined_in} - {module}
            for module, needed in needs.items()}


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules that reach each other (strongly connected), by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(set(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def names(circle: set[str]) -> frozenset[str]:
    """Its modules without their layers, as the allow-list has them."""
    return frozenset(module.split("/")[-1] for module in circle)


def main() -> int:
    """Print all complaints; 1 when there are any."""
    here = Path(__file__).resolve().parent
    listed = Path(sys.argv[2]) if len(sys.argv) > 2 else here / "lint_allow.txt"
    allowed = [frozenset(words[1:]) for line in listed.read_text().splitlines()
               if (words := line.split("#")[0].split())[:1] == ["circle"]]
    sys.setrecursionlimit(10000)
    graph = uses(Path(sys.argv[1]))
    found = circles(graph)
    bad = [f"a circle of calls: {' '.join(sorted(circle))}" for circle in found
           if not any(names(circle) <= one for one in allowed)]
    bad += [f"{listed}: \"circle {' '.join(sorted(one))}\" is not one any more: remove the line "
            "or what has left it" for one in allowed
            if not any(names(circle) == one for circle in found)]
    for line in bad:
        print(f"lint: {line}")
    if not graph:
        print(f"lint: no objects in {sys.argv[1]}")
    return 1 if bad or not graph else 0


if __name__ == "__main__":
    sys.exit(main())
