"""libcopyout as another program meets it: installed, compiled against, linked, run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from lib import copyout, manifest, s3util, servers
from lib.s3util import MIN_PART, Spec
from lib.servers import Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

EXAMPLE = copyout.REPOSITORY / "examples" / "copy_list.c"
BUILD = copyout.BINARY.parent
SYMBOLS = copyout.REPOSITORY / "cmake" / "libcopyout.symbols"
# The archive needs these libraries besides.
STATIC_NEEDS = ["libcurl", "libuv", "libcrypto", "expat", "jansson", "inih", "zlib"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def call(*args, **options) -> str:
    """Standard output of a command that must go well."""
    done = subprocess.run([str(arg) for arg in args], text=True, capture_output=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(map(str, args))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    """`make install` below a DESTDIR of its own, once for all tests."""

    @classmethod
    def setUpClass(cls):
        if not (BUILD / "cmake_install.cmake").exists():
            raise unittest.SkipTest(f"{BUILD} is no build folder")
        scratch = tempfile.TemporaryDirectory(prefix="copyout-install-")
        cls.addClassCleanup(scratch.cleanup)
        cls.root = Path(scratch.name, "root")
        call("cmake", "--install", BUILD, "--prefix", "/opt/copyout",
             env={**os.environ, "DESTDIR": str(cls.root)})
        cls.prefix = cls.root / "opt" / "copyout"
        cls.lib = next(cls.prefix.glob("lib/**/libcopyout.so")).parent
        cls.programs = Path(scratch.name, "programs")
        cls.programs.mkdir()
        cls.shared = cls.programs / "shared"
        call("cc", "-std=c99", *WARNINGS, EXAMPLE, *cls.pkg_config("--cflags", "--libs"),
             f"-Wl,-rpath,{cls.lib}", "-o", cls.shared)
        cls.static = cls.programs / "static"
        call("cc", "-std=c17", *WARNINGS, EXAMPLE,
             *cls.pkg_config("--cflags", "--libs", name="copyout-static"), "-o", cls.static)

    @classmethod
    def pkg_config(cls, *options: str, name: str = "copyout") -> list[str]:
        env = {**os.environ, "PKG_CONFIG_PATH": str(cls.lib / "pkgconfig"),
               "PKG_CONFIG_SYSROOT_DIR": str(cls.root)}
        return call("pkg-config", *options, name, env=env).split()


class Files(Installed):
    """What is installed, and what a compiler and a linker make of it."""

    def test_what_is_there(self):
        """One header, an archive, a shared library with its links, and the pkg-config file."""
        self.assertEqual([path.name for path in (self.prefix / "include").rglob("*.h")],
                         ["copyout.h"])
        for name in ("libcopyout.a", "libcopyout.so", "libcopyout.so.0", "pkgconfig/copyout.pc"):
            self.assertTrue((self.lib / name).exists(), name)
        self.assertTrue((self.prefix / "bin" / "copyout").exists())
        version = subprocess.run([self.prefix / "bin" / "copyout", "--version"], text=True,
                                 capture_output=True).stdout.split()[1]
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.lib / "pkgconfig")}
        self.assertEqual(call("pkg-config", "--modversion", "copyout", env=env).strip(), version)
        self.assertIn("-I/opt/copyout/include",
                      call("pkg-config", "--cflags", "copyout", env=env).split())

    def test_program_and_its_papers(self):
        """The program, manual page, documents, and the completions of three shells, each where it is
        looked for."""
        share = self.prefix / "share"
        program = self.prefix / "bin" / "copyout"
        self.assertEqual((share / "man/man1/copyout.1").read_text(), call(program, "man"))
        self.assertEqual((share / "doc/copyout/docs/errors.md").read_text(),
                         call(program, "explain", "--markdown"))
        for name in ("README.md", "docs/input.md", "docs/results.md"):
            self.assertTrue((share / "doc/copyout" / name).is_file(), name)
        for shell, name in (("bash", "bash-completion/completions/copyout"),
                            ("zsh", "zsh/site-functions/_copyout"),
                            ("fish", "fish/vendor_completions.d/copyout.fish")):
            with self.subTest(shell):
                self.assertEqual((share / name).read_text(), call(program, "completion", shell))
                if shell != "fish" and shutil.which(shell):
                    call(shell, "-n", share / name)

    def test_header_alone(self):
        """It needs no other header of ours, and is C99, C17 and C++."""
        header = self.prefix / "include" / "copyout" / "copyout.h"
        self.assertEqual(set(re.findall(r"#include (.*)", header.read_text())),
                         {"<stddef.h>", "<stdint.h>"})
        for compiler, standard in (("cc", "c99"), ("cc", "c17"), ("g++", "c++11"),
                                   ("g++", "c++20")):
            with self.subTest(standard):
                if not shutil.which(compiler):
                    self.skipTest(f"no {compiler}")
                language = "c++" if compiler == "g++" else "c"
                call(compiler, "-x", language, f"-std={standard}", *WARNINGS, "-fsyntax-only",
                     *self.pkg_config("--cflags"), "-include", header, os.devnull)

    def test_example_in_cplusplus(self):
        """The example is C and C++ alike."""
        if not shutil.which("g++"):
            self.skipTest("no g++")
        call("g++", "-x", "c++", "-std=c++11", *WARNINGS, "-fsyntax-only",
             *self.pkg_config("--cflags"), EXAMPLE)

    def test_pkg_config(self):
        """The shared library is all that a program of it is linked with. --static names what the archive needs,
        and whether the archive is in a program, the program itself says."""
        self.assertEqual([word for word in self.pkg_config("--libs") if word.startswith("-l")], ["-lcopyout"])
        static = self.pkg_config("--static", "--libs")
        for word in ("-lcopyout", "-lcsv", "-pthread", *call("pkg-config", "--libs", *STATIC_NEEDS).split()):
            self.assertIn(word, static)
        for program, needs in ((self.shared, True), (self.static, False)):
            self.assertEqual("libcopyout.so.0" in call("readelf", "-d", program), needs, program)

    def test_soname(self):
        """libcopyout.so.0: a program that was linked once finds any later library of that name."""
        self.assertIn("Library soname: [libcopyout.so.0]", call("readelf", "-d", self.lib / "libcopyout.so"))
        self.assertEqual(os.readlink(self.lib / "libcopyout.so"), "libcopyout.so.0")

    def test_symbols_of_the_abi(self):
        """They are what cmake/libcopyout.symbols lists: none went without another soname."""
        rows = [line.split() for line in SYMBOLS.read_text().splitlines() if line and line[0] != "#"]
        listed = [row[0] for row in rows]
        self.assertEqual(listed, sorted(set(listed)))
        for row in rows:
            self.assertRegex(row[1], r"\A\d+\.\d+\.\d+\Z")
        lines = call("nm", "--defined-only", "-D", self.lib / "libcopyout.so").splitlines()
        self.assertEqual(sorted(line.split()[-1] for line in lines), listed)

    def test_symbols(self):
        """Both libraries define the functions of the header and nothing else that can be seen."""
        header = (self.prefix / "include" / "copyout" / "copyout.h").read_text()
        declared = set(re.findall(r"^COPYOUT_API [^;]*?(copyout_\w+)\(", header, re.M | re.S))
        self.assertGreater(len(declared), 10)
        for name, options in (("libcopyout.a", ["-g"]), ("libcopyout.so", ["-D"])):
            lines = call("nm", "--defined-only", *options, self.lib / name).splitlines()
            found = {line.split()[2] for line in lines if len(line.split()) == 3}
            self.assertEqual(found, declared, name)


class Running(Installed):
    """The example at work, on moto."""

    def setUp(self):
        self.server = servers.get("moto")
        self.s3 = self.server.client("dest")
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.src = self.server.bucket_name("lib-src")
        self.dst = s3util.make_bucket(self.s3, self.server.bucket_name("lib-dst"))
        (self.folder / "input.json").write_text(json.dumps(
            {"destinationBucket": self.dst, "destinationFolderKey": "to/",
             "destinationKeys": "full"}))

    def make(self, specs):
        self.etags = s3util.make_sources(self.server, self.src, specs)
        self.list(self.etags)

    def list(self, keys):
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, keys)))

    def start(self, program: Path, server=None, **options) -> subprocess.Popen:
        env = copyout.environment(str(self.folder), server or self.server)
        return subprocess.Popen([program, "input.json", "list", "work"], cwd=self.folder, env=env,
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                **options)

    def run_it(self, program: Path, server=None):
        process = self.start(program, server)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def test_copies(self):
        """Both programs copy; the second finds all there. boto3 looks at every object."""
        self.make([Spec("a", 10), Spec("b/c d", parts=[MIN_PART, 7]), Spec("none", 0)])
        for program, status in ((self.shared, "COPIED"), (self.static, "SAME")):
            code, out, err = self.run_it(program)
            self.assertEqual((code, err), (0, ""), out)
            lines = out.splitlines()
            self.assertEqual(sorted(lines[:-1]), sorted(f"{status} {key}" for key in self.etags))
            self.assertEqual(lines[-1], f"{3 if status == 'COPIED' else 0} of 3 copied")
        for key, etag in self.etags.items():
            head = self.s3.head_object(Bucket=self.dst, Key="to/" + key)
            self.assertEqual(head["ETag"].strip('"'), etag.strip('"'), key)
        self.assertEqual(json.loads((self.folder / "work" / "report.json").read_text())["same"], 3)

    def test_failures(self):
        """An object that is not there makes it incomplete; a bad list and a bad input are told."""
        self.make([Spec("a", 10)])
        self.list(["a", "missing"])
        code, out, err = self.run_it(self.shared)
        self.assertEqual(code, 1)
        self.assertIn("FAILED missing\n", out)
        self.assertIn("1 of 2 copied\n", out)
        self.assertTrue(err.startswith("CopyIncomplete: "), err)
        (self.folder / "list").write_text("no row\n")
        code, out, err = self.run_it(self.shared)
        self.assertEqual((code, out), (2, ""))
        self.assertTrue(err.startswith("ManifestError: "), err)
        (self.folder / "input.json").write_text('{"destinationBuckt": "x"}')
        code, out, err = self.run_it(self.shared)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("destinationBucket", err)

    def test_stop(self):
        """copyout_stop() from a signal handler: exit 5, with results and a report of what was done.

        With now = 0 (SIGINT) the copies under way end; with now = 1 (SIGTERM) nobody waits for them.
        """
        self.make([Spec(f"k{i:03}", 1) for i in range(300)])
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                shutil.rmtree(self.folder / "work", ignore_errors=True)
                gate = threading.Event()  # some copies pass, all others are held
                proxy = servers.FaultProxy(self.server.endpoint,
                                           [Rule(fp.hold(gate), op="CopyObject", skip=5)])
                self.addCleanup(proxy.stop)
                self.addCleanup(gate.set)
                process = self.start(self.shared, self.server.through(proxy))
                results = self.folder / "work" / "results"
                deadline = time.monotonic() + 120
                while not any(path.stat().st_size for path in results.glob("*.jsonl")):
                    self.assertIsNone(process.poll())
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)
                process.send_signal(number)
                if number == signal.SIGINT:
                    gate.set()
                out, err = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 5, out + err)
                self.assertTrue(err.startswith("Interrupted: stopped"), err)
                report = json.loads((self.folder / "work" / "report.json").read_text())
                self.assertEqual(report["items"], 300)
                self.assertGreater(report["missing"], 0)
                self.assertGreater(report["copied"] + report["same"], 0)
                self.assertEqual(report["failed"], 0)


if __name__ == "__main__":
    unittest.main()
