"""The documents as a test reads them: their blocks, and the commands in these.

    for block in docs.blocks(path):
        block.info, block.text          # "sh", "console recording", "" of an indented block
        for words in docs.commands(block): ...

A block is fenced, or indented by four spaces. Its info is what stands behind the opening fence: the first word is the
language, and the others say what a test does with it (tests/integration/test_docs.py).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

REPOSITORY = Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^( *)```(.*)$")
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
SHELL = ("", "sh", "console")  # languages whose blocks may have commands
ENDS_A_COMMAND = set("|&;<>()")
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z_0-9]*=")


@dataclass
class Block:
    """Some lines of a document that are shown as they are."""

    path: Path
    line: int  # of its first line of text, from 1
    info: str
    text: str

    @property
    def language(self) -> str:
        """The first word behind the fence; empty for an indented block."""
        return self.info.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.path.relative_to(REPOSITORY)}:{self.line}"


def documents() -> list[Path]:
    """What people read of this repository."""
    found = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md",
             *(REPOSITORY / "docs").rglob("*.md")]
    found += [path for path in (REPOSITORY / "deploy").rglob("*.md") if "node_modules" not in path.parts]
    return sorted(found)


def blocks(path: Path) -> Iterator[Block]:
    """All blocks of a document, in their order."""
    lines = path.read_text().split("\n")
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == "```")
            yield Block(path, at + 2, fence[2].strip(),
                        "\n".join(line.removeprefix(fence[1]) for line in lines[at + 1:end]))
            at = end + 1
        elif lines[at].startswith("    ") and (at == 0 or not lines[at - 1].strip()):
            end = at
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            yield Block(path, at + 1, "", "\n".join(line[4:] for line in lines[at:end]).rstrip())
            at = end
        else:
            at += 1


def inline(path: Path) -> Iterator[str]:
    """The code in the running text of a document: what stands between two backticks."""
    inside = set()
    for block in blocks(path):
        inside.update(range(block.line - 1, block.line + block.text.count("\n") + 1))
    text = "\n".join("" if number in inside else line
                     for number, line in enumerate(path.read_text().split("\n"), 1))
    for code in INLINE.findall(text):
        yield " ".join(code.split())


def command_lines(block: Block) -> Iterator[str]:
    """The lines of a shell in a block, joined where one goes on: of a recording those after "$ "."""
    if block.language not in SHELL:
        return
    lines = block.text.replace("\\\n", " ").split("\n")
    recorded = any(line.startswith("$ ") for line in lines)
    for line in lines:
        if not recorded:
            yield line
        elif line.startswith("$ "):
            yield line[2:]


def commands(block: Block) -> Iterator[list[str]]:
    """Each command of a block as its words, without assignments in front; pipes and lists are taken apart."""
    for line in command_lines(block):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, ""
        words: list[str] = []
        try:
            tokens = list(lexer)
        except ValueError:
            continue  # no command: a line of an example with a quote that stands alone
        for token in tokens:
            if token.startswith("#"):
                break
            if set(token) <= ENDS_A_COMMAND:
                if words:
                    yield words
                words = []
            elif words or not ASSIGNMENT.match(token):
                words.append(token)
        if words:
            yield words
