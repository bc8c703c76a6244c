"""Every rule of the lint finds what is planted, and every skip is counted.

    python3 -m unittest -v test_lint      # in scripts/
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Planted(unittest.TestCase):
    """Small trees, each with one violation, and the same without it."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.allow = self.folder / "allow.txt"
        self.allow.write_text("")

    def run_(self, *command, **env: str) -> str:
        """What a script says, and "0" or "1" in front: how it ended."""
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                              env={**os.environ, "CI": "", **env})
        self.assertIn(done.returncode, (0, 1), done)
        return f"{done.returncode} {done.stdout}"

    def write(self, name: str, text: str) -> Path:
        """One file of the tree."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def rules(self) -> str:
        """lint_rules.py on the tree."""
        return self.run_(sys.executable, HERE / "lint_rules.py", self.folder / "src", self.allow)

    def function(self, lines: int) -> str:
        """A function with so many lines between its braces."""
        return "int f(int a,\n        int b)\n{\n" + "    a++;\n" * lines + "}\n"

    def nested(self, depth: int) -> str:
        """A function with control statements so deep, the innermost without braces."""
        opened = "".join("    " * at + "if (a) {\n" for at in range(1, depth))
        closed = "".join("    " * at + "}\n" for at in range(depth - 1, 0, -1))
        inner = "    " * depth + "while (a)\n" + "    " * (depth + 1) + "a--;\n"
        return f"int g(int a)\n{{\n{opened}{inner}{closed}}}\n"

    def check(self, good: str, bad: str, complaint: str, entry: str,
              name: str = "src/x/a.c") -> None:
        """Good passes; bad does not, unless the list has it; and then only as long as it is bad."""
        self.write(name, good)
        self.assertEqual(self.rules(), "0 ")
        self.write(name, bad)
        self.assertRegex(self.rules(), rf"^1 lint: .*{complaint}")
        self.allow.write_text(entry + "\n")
        self.assertEqual(self.rules(), "0 ")
        word, number = entry.rsplit(" ", 1)
        self.allow.write_text(f"{word} {int(number) - 1}\n")
        self.assertRegex(self.rules(), rf"^1 lint: .*{complaint}")
        self.allow.write_text(entry + "\n")
        self.write(name, good)
        self.assertRegex(self.rules(), "^1 .*is not needed any more")

    def test_function_length(self):
        self.check(self.function(60), self.function(61), r"a\.c:3: f\(\) has 61 lines",
                   "function a.c:f 61")

    def test_nesting(self):
        self.check(self.nested(4), self.nested(5), r"g\(\) nests 5 deep", "nesting a.c:g 5")

    def test_file_length(self):
        self.check("\n" * 600, "\n" * 601, "has 601 lines", "file a.h 601", "src/x/a.h")

    def test_files_per_folder(self):
        for number in range(30):
            self.write(f"src/x/f{number}.h", "")
        self.assertEqual(self.rules(), "0 ")
        self.write("src/x/f30.c", "")
        self.assertRegex(self.rules(), "^1 .*x holds 31 files")
        self.allow.write_text("folder x 31\n")
        self.assertEqual(self.rules(), "0 ")

    def test_names_of_two_layers(self):
        self.write("src/x/a.c", "")
        self.write("src/x/a.h", "")
        self.assertEqual(self.rules(), "0 ")
        self.write("src/y/a.c", "")
        self.assertRegex(self.rules(), "^1 .*x and y both have a file called a")
        self.allow.write_text("name a 2\n")
        self.assertEqual(self.rules(), "0 ")

    def test_flags(self):
        """Those of a struct and of the structs in it: bools, one-bit fields, two-valued enums."""
        inner = "struct inner { int a : 1; enum two two; };\nenum two { ONE, TWO };\n"
        outer = "struct copy { bool b; struct inner in; struct shared *shared; };\n"
        self.write("src/x/a.h", "struct shared { bool c, d; };\n" + inner + outer)
        src = self.folder / "src"
        limits = (sys.executable, HERE / "figures.py", src, "--limits")
        self.assertEqual(self.run_(*limits, 3, 3), "0 ")
        self.assertEqual(self.run_(*limits, 3, 2),
                         "1 lint: struct copy has 3 flags, more than 2: b, in.a, in.two\n")
        self.assertEqual(self.run_(*limits, 2, 3), "1 lint: struct copy has 3 members, more than 2\n")

    def test_inside_of_another_layer(self):
        self.write("src/x/a_int.h", "")
        self.write("src/x/sub/a.c", '#include "x/a_int.h"\n#include "x/a.h"\n')
        self.write("src/y/b.c", '#include "x/a.h"\n')
        self.assertEqual(self.rules(), "0 ")
        for include in ('#include "x/a_int.h"', "  # include <x/a_int.h>"):
            self.write("src/y/b.c", include + "\n")
            self.assertRegex(self.rules(), r"^1 lint: .*b\.c includes x/a_int\.h")

    def test_links(self):
        """A link to a file or a heading that is not there."""
        docs = (sys.executable, HERE / "lint_docs.py", self.folder)
        self.write("docs/b.md", "# The `B`: it is, too\n\n```\n# no heading\n```\n## Same\n## Same\n")
        self.write("node_modules/c/README.md", "[a](nowhere.md)")
        for good in ("b.md", "../docs/b.md#the-b-it-is-too", "b.md#same-1", "#self", "https://x.y/z"):
            self.write("docs/a.md", f"# Self\n[a]({good})\n")
            self.assertEqual(self.run_(*docs), "0 ")
        for bad in ("c.md", "b.md#no-heading", "b.md#same-2", "#other"):
            self.write("docs/a.md", f"# Self\n[a]({bad})\n")
            self.assertRegex(self.run_(*docs), "^1 lint: docs/a.md: .*(nowhere|no such heading)")

    def test_links_of_all_forms(self):
        """Pictures, links around pictures, with a title, of reference and of HTML; a link in code is none."""
        docs = (sys.executable, HERE / "lint_docs.py", self.folder)
        self.write("docs/b (1).md", "# A `x_y` of [it](#by-hand) & more! #\n<a id=\"by-hand\"></a>\n")
        self.write("docs/p.png", "")
        target = "b%20(1).md#a-x_y-of-it--more"
        forms = ("[a]({0})", "![a]({0})", "[![a](p.png)]({0})", '[a]({0} "a title")', "[a `b` c\nd]({0})", "[a]: {0}",
                 '<a href="{0}">a</a>', '<img alt="x" src="{0}">')
        for form in forms:
            for name in (target, "b%20(1).md#by-hand"):
                self.write("docs/a.md", f"text\n\n{form.format(name)}\n")
                self.assertEqual(self.run_(*docs), "0 ", form)
            self.write("docs/a.md", f"text\n\n{form.format('gone.md')}\n")
            self.assertRegex(self.run_(*docs), "^1 lint: docs/a.md: gone.md leads nowhere", form)
        for code in ("`[a](gone.md)`", "``[a](gone.md)`x``", "```\n[a](gone.md)\n```", "text\n\n    [a](gone.md)\n"):
            self.write("docs/a.md", code + "\n")
            self.assertEqual(self.run_(*docs), "0 ", code)

    def test_policy(self):
        """A policy of the documents: what nobody asks for, what is left out, what is no JSON."""
        docs = (sys.executable, HERE / "lint_docs.py", self.folder)
        self.write("src/s3/op.h", 'X(S3_GET, "GetObject", "GET")')
        self.write("src/cmd/a.c", 'json_api_run(sfn, "StopExecution", x);\n'
                   'json_api_start(out, sfn, "SendTaskSuccess", x);\n')

        def says(*actions: str) -> str:
            policy = json.dumps({"Statement": [{"Action": list(actions)}]})
            self.write("docs/aws-operation.md", "# A\n\n    aws ecs run-task --cluster x\n\n"
                       f"```json\n{policy}\n```\n")
            return self.run_(*docs)

        good = ("states:StopExecution", "s3:GetObject", "ecs:RunTask", "iam:PassRole")
        self.assertEqual(says(*good), "0 ")
        self.assertRegex(says(*good[1:]), "^1 .*asks for StopExecution, which the policy does not")
        for action in ("states:SendTaskSuccess", "states:RedriveExecution", "s3:PutObject", "ec2:RunTask"):
            self.assertRegex(says(*good, action), f"^1 .*nothing asks for {action}")
        self.assertRegex(says(good[0], "iam:PassRole"), "^1 .*nothing asks for iam:PassRole")
        self.write("docs/other.md", "```json\n{]\n```\n")
        self.assertRegex(self.run_(*docs), "^1 lint: docs/other.md: a JSON block is none")

    def test_names(self):
        """A name of an error that the catalogue lacks, or has twice."""
        names = (sys.executable, HERE / "lint_names.py", self.folder / "src")
        row = 'ROW(%s, "%s", "It is so.", "Nothing.")\n'
        catalogue = row % ("END", "AnError") + row % ("SERVICE", "NoSuchKey")
        self.write("src/base/err.h", '    X(ERR_OK, "OK", 0, A)\n    X(ERR_A, "AnError", 4, A)\n')
        self.write("src/model/catalogue/catalogue.def", catalogue)
        self.write("src/copy/a.c", 'strcmp(e->service_code, "NoSuchKey") == 0\n')
        self.assertEqual(self.run_(*names), "0 ")
        self.write("src/copy/states/b.c", 'memcpy(e->service_code, "NoSuchThing", 12);\n')
        self.assertEqual(self.run_(*names),
                         "1 copy/states/b.c: NoSuchThing is not in model/catalogue/catalogue.def\n")
        self.write("src/model/catalogue/catalogue.def", catalogue + row % ("OBJECT", "NoSuchThing"))
        self.assertEqual(self.run_(*names), "0 ")
        self.write("src/model/catalogue/catalogue.def", catalogue + row % ("OBJECT", "NoSuchThing") * 2)
        self.assertEqual(self.run_(*names),
                         "1 model/catalogue/catalogue.def: NoSuchThing is there twice as OBJECT\n")
        self.write("src/model/catalogue/catalogue.def", row % ("SERVICE", "NoSuchKey"))
        (self.folder / "src/copy/states/b.c").unlink()
        self.assertEqual(self.run_(*names), "1 base/err.h: AnError is not in model/catalogue/catalogue.def\n")

    def test_circles(self):
        """a calls b, b calls c, and c calls a."""
        def objects(**sources: str) -> str:
            for name, text in sources.items():
                source = self.write(f"{name}.c", text)
                target = self.folder / f"CMakeFiles/co_x.dir/src/x/{name}.c.o"
                target.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cc", "-c", source, "-o", target], check=True)
            return self.run_(sys.executable, HERE / "lint_circles.py", self.folder, self.allow)

        self.assertEqual(objects(a="void b(void); void a(void) { b(); }",
                                 b="void c(void); void b(void) { c(); }",
                                 c="void c(void) {}"), "0 ")
        c = "void a(void); void c(void) { a(); }"
        self.assertEqual(objects(c=c), "1 lint: a circle of calls: x/a x/b x/c\n")
        self.allow.write_text("circle a b c\n")
        self.assertEqual(objects(c=c), "0 ")
        self.allow.write_text("circle a b c d\n")
        self.assertRegex(objects(c=c), "^1 .*is not one any more")
        self.allow.write_text("circle a b\n")
        self.assertRegex(objects(c=c), "^1 lint: a circle of calls")

    def analysed(self, script: str, text: str, **env: str) -> str:
        """What an analyser says of one file."""
        source = self.write("src/a.c", text)
        self.write("compile_commands.json", json.dumps([
            {"directory": str(self.folder), "command": f"cc -std=c17 -o a.o -c {source}",
             "file": str(source)}], indent=1))
        files = [source] if script == "tidy.sh" else []
        return self.run_(HERE / script, self.folder, *files, **env)

    @unittest.skipUnless(shutil.which("clang-tidy"), "clang-tidy is not on PATH")
    def test_tidy(self):
        """A null pointer is written to, which the analyser alone finds; a product is widened too late,
        which is always found. A mark of a clean file does not cover a changed one, nor another look."""
        null = "int main(void)\n{\n    int *p = 0;\n    *p = 1;\n    return 0;\n}\n"
        wide = "long f(int n);\nlong f(int n)\n{\n    long m = n * n;\n    return m;\n}\n"
        self.assertEqual(self.analysed("tidy.sh", "int main(void)\n{\n    return 0;\n}\n"), "0 ")
        self.assertRegex(self.analysed("tidy.sh", wide), "(?s)^1 .*widening.*clang-tidy finds something")
        self.assertEqual(self.analysed("tidy.sh", null), "0 ")
        self.assertRegex(self.analysed("tidy.sh", null, COPYOUT_TIDY="full"),
                         "(?s)^1 .*NullDereference.*clang-tidy finds something")

    @unittest.skipUnless(shutil.which("cppcheck"), "cppcheck is not on PATH")
    def test_cppcheck(self):
        """One element more than there are."""
        self.assertEqual(self.analysed("cppcheck.sh", "int main(void)\n{\n    return 0;\n}\n"),
                         "0 ")
        self.assertRegex(self.analysed(
            "cppcheck.sh", "int main(void)\n{\n    int a[2];\n    a[2] = 1;\n    return a[2];\n}\n"),
            "^1 ")


class Skips(unittest.TestCase):
    """scripts/skipped.py on logs of ctest."""

    LOGS = {
        "1/2 Test: one\ntest_a (m.C.test_a)\nSome words. ... skipped 'no server'\n":
            "  one test_a: 'no server'",
        "1/2 Test: one\ntest_a (m.C.test_a) ... ok\n2/2 Test: two\nskipped: no tool\n":
            "  two: no tool",
        "1/2 Test: one\n[  SKIPPED ] test_b\n": "  one: test_b",
        "1/2 Test: cdk\nℹ skipped 2\n": "  cdk: 2",
    }
    CLEAN = "1/2 Test: one\ntest_a (m.C.test_a) ... ok\nℹ skipped 0\n"

    def said(self, log: str, ci: str) -> tuple[int, str]:
        """How the script ended and what it said."""
        with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
            file.write(log)
            file.flush()
            done = subprocess.run([sys.executable, HERE / "skipped.py", file.name], text=True,
                                  capture_output=True, env={**os.environ, "CI": ci})
        return done.returncode, done.stdout

    def test_each_is_named(self):
        for log, line in self.LOGS.items():
            with self.subTest(line):
                text = f"1 parts of the tests were skipped:\n{line}\n"
                self.assertEqual(self.said(log, ""), (0, text))
                self.assertEqual(self.said(log, "true"), (1, text))

    def test_none(self):
        text = "0 parts of the tests were skipped\n"
        self.assertEqual(self.said(self.CLEAN, "true"), (0, text))


if __name__ == "__main__":
    unittest.main()
