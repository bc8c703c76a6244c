"""What the compiler and the linker were asked for (cmake/flags.cmake) is in the program."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import unittest

from lib import copyout


def elf(*options: str) -> str:
    """What readelf says of the program."""
    return subprocess.run(["readelf", "-W", *options, str(copyout.BINARY)], check=True, text=True,
                          capture_output=True).stdout


IS_RELEASE = copyout.BINARY.exists() and "__asan_init" not in elf("--dyn-syms") and \
    "__gcov" not in elf("--syms")


@unittest.skipUnless(IS_RELEASE, "of a release build")
class Hardening(unittest.TestCase):
    """Of a release build; sanitizers and coverage ask for other things."""

    def test_position_independent(self):
        self.assertRegex(elf("-h"), r"Type:\s+DYN")
        self.assertRegex(elf("-d"), r"FLAGS_1.*PIE")

    def test_relocations_are_read_only(self):
        self.assertIn("GNU_RELRO", elf("-l"))
        self.assertRegex(elf("-d"), r"BIND_NOW|FLAGS_1.*NOW")

    def test_stack(self):
        """Not executable, guarded, and probed page by page."""
        (line,) = [line for line in elf("-l").splitlines() if "GNU_STACK" in line]
        self.assertRegex(line, r"RW\s")
        self.assertNotIn("RWE", line)
        self.assertIn("__stack_chk_fail", elf("--dyn-syms"))

    def test_no_page_is_writable_and_executable(self):
        self.assertNotRegex(elf("-l"), r"LOAD.*RWE")

    def test_fortified(self):
        checked = set(re.findall(r"__(\w+)_chk\b", elf("--dyn-syms")))
        self.assertTrue({"memcpy", "snprintf", "vsnprintf", "fprintf"} & checked, checked)

    def test_no_search_path(self):
        self.assertNotRegex(elf("-d"), r"RPATH|RUNPATH")

    def test_compiler_was_asked(self):
        """What leaves no mark of its own in the program is in its compile commands."""
        commands = copyout.BINARY.parent / "compile_commands.json"
        if not commands.exists():  # a program from elsewhere
            self.skipTest(f"{commands} is not there")
        for command in json.loads(commands.read_text()):
            if "/src/" in command["file"]:
                flags = shlex.split(command["command"])
                for flag in ("-D_FORTIFY_SOURCE=3", "-fstack-protector-strong",
                             "-fstack-clash-protection"):
                    self.assertIn(flag, flags, command["file"])


if __name__ == "__main__":
    unittest.main()
