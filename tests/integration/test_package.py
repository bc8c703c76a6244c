"""What a source archive becomes without git and without this folder: the same program wherever it is built, and Debian
packages that lintian has no complaint about, that are installed into a root of their own, run, and are removed again.

Each test builds all of the program, which takes minutes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from lib import copyout

REPOSITORY = copyout.REPOSITORY
JOBS = str(len(os.sched_getaffinity(0)))
BUILT = ("copyout", "libcopyout.a", "libcopyout.so", "completions/copyout")
PACKAGES = ("copyout", "libcopyout0", "libcopyout-dev")


def run(*args, **options) -> str:
    """Standard output of a command that must go well."""
    done = subprocess.run([str(arg) for arg in args], text=True, capture_output=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{args}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


@unittest.skipUnless((REPOSITORY / ".git").exists(), "an archive is made of a repository's commit")
class FromArchive(unittest.TestCase):
    """The unpacked archive, twice, in folders whose names have different lengths; no git on PATH."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-package-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        archive = Path(REPOSITORY, run(REPOSITORY / "scripts/release/dist.sh", cls.folder).strip())
        cls.trees = []
        for name in ("one", "another place"):
            with tarfile.open(archive) as tar:
                tar.extractall(cls.folder / name)
            cls.trees.append(cls.folder / name / archive.name.removesuffix(".tar.gz"))
        programs = cls.folder / "programs"
        programs.mkdir()
        (programs / "git").write_text("#!/bin/sh\necho git was called >&2\nexit 99\n")
        (programs / "git").chmod(0o755)
        # Each compiles for itself: no compiler cache.
        left_out = ("CMAKE_C_COMPILER_LAUNCHER", "SOURCE_DATE_EPOCH")
        cls.env = {name: value for name, value in os.environ.items() if name not in left_out}
        cls.env.update({"PATH": f"{programs}:{os.environ['PATH']}", "COPYOUT_NO_DEPS": "1", "JOBS": JOBS})


class Reproducible(FromArchive):
    """Builds of the same archive."""

    def test_same_bytes(self):
        """Program, libraries and completions, built inside of the source and outside of it."""
        digests = []
        for tree, build in zip(self.trees, (self.trees[0] / "build", self.folder / "of another name")):
            run("cmake", "-G", "Ninja", "-S", tree, "-B", build, "-DCMAKE_BUILD_TYPE=Release",
                "-DCOPYOUT_TESTS=OFF", env=self.env)
            run("cmake", "--build", build, "-j", JOBS, "--target", "installed", env=self.env)
            digests.append({name: hashlib.sha256((build / name).read_bytes()).hexdigest() for name in BUILT})
            self.assertNotIn(str(self.folder).encode(), (build / "copyout").read_bytes())
        self.assertEqual(*digests)


class Packages(FromArchive):
    """make deb."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for tool in ("lintian", "dpkg-buildpackage", "dh"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool} is not installed: scripts/deps.sh deb lintian")
        cls.said = run(cls.trees[1] / "scripts/release/deb.sh", env=cls.env)
        cls.debs = {path.name.partition("_")[0]: path for path in (cls.trees[1] / "build/deb").glob("*.deb")}

    def fields(self, package: str) -> dict[str, str]:
        """The control fields of a package."""
        text = run("dpkg-deb", "--field", self.debs[package])
        return dict(re.findall(r"^([\w-]+): (.*(?:\n .*)*)", text, re.MULTILINE))

    def test_lintian(self):
        """No error and no warning; deb.sh fails otherwise, and says so if lintian is missing."""
        self.assertNotRegex(self.said, r"(?m)^[EW]: |not installed")

    def test_fields(self):
        """Each depends on the packages of the libraries that it is linked with, and names llhttp's source."""
        self.assertLessEqual(set(PACKAGES), set(self.debs))
        for package in ("copyout", "libcopyout0"):
            depends = re.findall(r"[\w.+-]+(?= \(|,|$)", self.fields(package)["Depends"])
            for name in ("libc6", "libcurl4", "libuv1", "libssl3", "libexpat1", "libjansson4", "libcsv3",
                         "libinih1", "zlib1g"):
                self.assertIn(name, depends, package)
        for package in PACKAGES:
            self.assertRegex(self.fields(package)["Built-Using"], r"node-undici \(= .+\)")
        self.assertIn("libcopyout0 (= ", self.fields("libcopyout-dev")["Depends"])

    def test_installed_and_removed(self):
        """In a root of its own: the program says its version, the papers are in their places, and nothing of it is
        left when it is removed."""
        root = self.folder / "root"
        for name in ("info", "updates"):
            (root / "var/lib/dpkg" / name).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        before = sorted(root.rglob("*"))
        # Their dependencies are this machine's; no script of theirs runs in that root.
        dpkg = ["fakeroot", "dpkg", f"--root={root}", f"--log={self.folder}/dpkg.log", "--force-depends",
                "--force-not-root", "--force-script-chrootless"]
        run(*dpkg, "--install", *(self.debs[name] for name in PACKAGES))
        version = run(self.trees[1] / "scripts/release/about.sh", "version", env=self.env).strip()
        self.assertTrue(run(root / "usr/bin/copyout", "--version").startswith(f"copyout {version} ("))
        self.assertIn("copyout run", run("man", "--local-file", root / "usr/share/man/man1/copyout.1.gz"))
        for name in ("bash-completion/completions/copyout", "zsh/vendor-completions/_copyout",
                     "fish/vendor_completions.d/copyout.fish", "doc/copyout/README.md",
                     "doc/copyout/docs/input.md", "doc/copyout/copyright", "doc/copyout/changelog.gz",
                     "doc/libcopyout-dev/examples/copy_list.c"):
            self.assertTrue((root / "usr/share" / name).is_file(), name)
        self.assertIn("Fedor Indutny", (root / "usr/share/doc/copyout/copyright").read_text())
        self.compiles(root)
        run(*dpkg, "--purge", *PACKAGES)
        left = [path for path in sorted(root.rglob("*")) if path not in before
                and not path.is_relative_to(root / "var/lib/dpkg")]
        self.assertEqual(left, [])
        self.assertNotIn("Status: install", (root / "var/lib/dpkg/status").read_text())

    def compiles(self, root: Path) -> None:
        """The example, with the library of the packages."""
        lib = next(root.glob("usr/lib/*/libcopyout.so")).parent
        env = {**os.environ, "PKG_CONFIG_PATH": str(lib / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(root)}
        flags = run("pkg-config", "--cflags", "--libs", "copyout", env=env).split()
        example = root / "usr/share/doc/libcopyout-dev/examples/copy_list.c"
        run("cc", example, *flags, f"-L{lib}", f"-I{root}/usr/include", f"-Wl,-rpath,{lib}",
            "-o", self.folder / "copy_list")
        self.assertIn(str(lib), run("ldd", self.folder / "copy_list"))

    def test_no_root(self):
        """None is needed for it, and files are root's all the same."""
        for package in PACKAGES:
            listing = run("dpkg-deb", "--contents", self.debs[package])
            self.assertEqual({line.split()[1] for line in listing.splitlines()}, {"root/root"}, package)


if __name__ == "__main__":
    unittest.main()
