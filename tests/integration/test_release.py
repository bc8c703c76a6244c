"""What a release is made of: the source archive, an installation and its removal, the container's script, the
changelog of the Debian packages. The packages themselves are built in test_package.py."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

from lib import copyout

REPOSITORY = copyout.REPOSITORY
BUILD = copyout.BINARY.parent
RELEASE = REPOSITORY / "scripts" / "release"
sys.path.insert(0, str(RELEASE))
import deb_changelog


def run(*args, code: int = 0, **options) -> subprocess.CompletedProcess:
    """A command that must end so."""
    done = subprocess.run([str(arg) for arg in args], text=True, capture_output=True, **options)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def about(what: str) -> str:
    """What scripts/release/about.sh says."""
    return run(RELEASE / "about.sh", what).stdout.strip()


class Scratch(unittest.TestCase):
    """A folder of its own for each test."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout release ")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)


@unittest.skipUnless((REPOSITORY / ".git").exists(), "an archive is made of a repository's commit")
class Archive(Scratch):
    """make dist."""

    def make(self, name: str, **env: str) -> Path:
        """The archive, in a folder of this name."""
        out = self.folder / name
        run(RELEASE / "dist.sh", out, env={**os.environ, **env})
        return out / f"copyout-{about('version')}.tar.gz"

    def test_same_bytes(self):
        """Twice, the second time with another umask's settings and another time zone: the same bytes, and the
        SHA-256 beside them is theirs."""
        config = self.folder / "gitconfig"
        config.write_text("[tar]\n\tumask = 0077\n[core]\n\tautocrlf = true\n[safe]\n\tdirectory = *\n")
        one = self.make("one")
        other = self.make("other", GIT_CONFIG_GLOBAL=str(config), TZ="Asia/Tokyo", LC_ALL="C")
        self.assertEqual(one.read_bytes(), other.read_bytes())
        run("sha256sum", "--check", "--strict", f"{one.name}.sha256", cwd=one.parent)
        digest = hashlib.sha256(one.read_bytes()).hexdigest()
        self.assertEqual(Path(f"{one}.sha256").read_text(), f"{digest}  {one.name}\n")

    def test_contents(self):
        """All files of the commit, below one folder, with the commit's time and nobody's name; no time in the head
        of gzip."""
        archive = self.make("one")
        self.assertEqual(archive.read_bytes()[4:8], bytes(4))
        top = archive.name.removesuffix(".tar.gz")
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
        files = sorted(member.name for member in members if not member.isdir())
        listed = run("git", "ls-tree", "-r", "-z", "--name-only", "HEAD", cwd=REPOSITORY).stdout.split("\0")
        self.assertEqual(files, sorted(f"{top}/{name}" for name in listed if name))
        for member in members:
            self.assertEqual((member.mtime, member.uid, member.gid), (int(about("date")), 0, 0), member.name)
            self.assertFalse(member.mode & 0o022, member.name)

    def test_without_git(self):
        """The unpacked archive knows its version and its time, and CMake makes a build of it."""
        archive = self.make("one")
        with tarfile.open(archive) as tar:
            tar.extractall(self.folder)
        tree = self.folder / archive.name.removesuffix(".tar.gz")
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "git").write_text("#!/bin/sh\necho git was called >&2\nexit 99\n")
        (programs / "git").chmod(0o755)
        env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        env.pop("SOURCE_DATE_EPOCH", None)
        told = [run(tree / "scripts/release/about.sh", what, env=env).stdout.strip()
                for what in ("version", "date", "commit")]
        self.assertEqual(told, [about("version"), about("date"), "unknown"])
        run("cmake", "-G", "Ninja", "-S", tree, "-B", self.folder / "out", "-DCOPYOUT_TESTS=OFF", env=env)
        commands = run("ninja", "-C", self.folder / "out", "-t", "commands", "copyout", env=env).stdout
        self.assertRegex(commands, r"-o copyout\s")
        self.assertIn("needs git", run(tree / "scripts/release/dist.sh", code=1, env=env).stderr)


def tree_of(root: Path) -> dict[str, str]:
    """Every name below a folder, and what is there."""
    found = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        else:
            found[name] = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@unittest.skipUnless((BUILD / "cmake_install.cmake").exists(), f"{BUILD} is no build folder")
class Installation(Scratch):
    """make install, and make uninstall."""

    def setUp(self):
        super().setUp()
        self.root = self.folder / "root"

    def call(self, what: str, prefix: str = "/usr/local", code: int = 0) -> str:
        """What the script says."""
        env = {**os.environ, "DESTDIR": str(self.root), "COPYOUT_BUILD": str(BUILD)}
        done = run(RELEASE / "install.sh", what, prefix, code=code, env=env)
        return done.stdout + done.stderr

    def listed(self) -> list[str]:
        """The files that the installation says it wrote."""
        text = (self.root / "usr/local/share/copyout/installed").read_text()
        return [line[2:] for line in text.splitlines() if line.startswith("f ")]

    def test_leaves_nothing(self):
        """Into a folder that is not there yet, and out of it again."""
        self.call("install")
        there = {name for name, what in tree_of(self.root / "usr/local").items() if what != "folder"}
        self.assertEqual(there, set(self.listed()))
        for name in ("bin/copyout", "share/man/man1/copyout.1", "include/copyout/copyout.h",
                     "share/bash-completion/completions/copyout", "share/zsh/site-functions/_copyout",
                     "share/fish/vendor_completions.d/copyout.fish", "share/doc/copyout/docs/install.md"):
            self.assertIn(name, there)
        self.call("uninstall")
        self.assertFalse(self.root.exists())

    def test_leaves_what_was_there(self):
        """Files and folders of others stay, those too that came after the installation."""
        for name in ("bin/other", "share/man/man1/other.1", "share/empty/.keep"):
            path = self.root / "usr/local" / name
            path.parent.mkdir(parents=True)
            path.write_text(name)
        before = tree_of(self.root)
        self.call("install")
        self.call("install")  # again: the folders that it made are still its own
        own = self.root / "usr/local/share/doc/copyout/own.txt"
        own.write_text("mine")
        self.call("uninstall")
        after = tree_of(self.root)
        self.assertEqual(after.pop("usr/local/share/doc/copyout/own.txt"), hashlib.sha256(b"mine").hexdigest())
        for folder in ("usr/local/share/doc/copyout", "usr/local/share/doc"):
            self.assertEqual(after.pop(folder), "folder")
        self.assertEqual(after, before)

    def test_over_an_older_one(self):
        """What the older one wrote and this one has not is gone."""
        self.call("install")
        old = self.root / "usr/local/share/doc/copyout/docs/of-an-older-version.md"
        old.write_text("old")
        with open(self.root / "usr/local/share/copyout/installed", "a") as file:
            file.write("f share/doc/copyout/docs/of-an-older-version.md\n")
        self.call("install")
        self.assertFalse(old.exists())
        self.assertNotIn("share/doc/copyout/docs/of-an-older-version.md", self.listed())
        self.assertTrue((self.root / "usr/local/bin/copyout").exists())

    def test_mistakes(self):
        """Nothing to remove; a prefix that is no absolute path; a list that names what is elsewhere."""
        self.assertIn("share/copyout/installed is not there", self.call("uninstall", code=1))
        self.assertIn("usage", self.call("install", "usr/local", code=2))
        self.assertFalse(self.root.exists())
        outside = self.root / "usr/precious"
        outside.parent.mkdir(parents=True)
        outside.write_text("precious")
        (self.root / "usr/local/share/copyout").mkdir(parents=True)
        (self.root / "usr/local/share/copyout/installed").write_text("f ../precious\n")
        self.assertIn("is not below", self.call("uninstall", code=1))
        self.assertTrue(outside.exists())


class Container(Scratch):
    """scripts/container.sh, with programs in the place of Docker and buildah that write down what they are asked."""

    def setUp(self):
        super().setUp()
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        for name in ("bash", "cut", "date", "dirname", "env", "git", "sed", "stat"):
            (self.programs / name).symlink_to(shutil.which(name))

    def put(self, name: str, exit_of_info: int = 0, code: int = 0) -> None:
        """A stand-in."""
        path = self.programs / name
        path.write_text(f"""#!/bin/bash
[ "$1" != info ] || exit {exit_of_info}
{{ printf '%s\\n' "$@"; echo "date=$SOURCE_DATE_EPOCH"; }} >'{self.folder}/{name}.asked'
exit {code}
""")
        path.chmod(0o755)

    def asked(self, name: str) -> list[str]:
        """The words that the stand-in got, and the time of what it builds."""
        return (self.folder / f"{name}.asked").read_text().splitlines()

    def call(self, *args: str, code: int = 0, **env: str) -> str:
        """What the script says."""
        done = run(REPOSITORY / "scripts" / "container.sh", *args, code=code,
                   env={"PATH": str(self.programs), "HOME": str(self.folder), **env})
        return done.stdout + done.stderr

    def build(self, tag: str, *more: str) -> list[str]:
        """The words that both tools get."""
        return ["-f", "deploy/container/Dockerfile", "--build-arg", f"VERSION={about('version')}",
                "--build-arg", f"REVISION={about('commit')}", "-t", tag, *more, ".", f"date={about('date')}"]

    def test_docker(self):
        """Where it answers, also beside buildah."""
        self.put("docker")
        self.put("buildah")
        self.assertIn("Built with docker: copyout:", self.call())
        self.assertEqual(self.asked("docker"), ["build", *self.build(f"copyout:{about('version')}")])
        self.call("registry.example/copyout:7", "--pull", "--no-cache")
        self.assertEqual(self.asked("docker"),
                         ["build", *self.build("registry.example/copyout:7", "--pull", "--no-cache")])
        self.assertFalse((self.folder / "buildah.asked").exists())

    def test_buildah(self):
        """Where Docker's program is there and its service is not, or none of it; and where it is asked for."""
        self.put("buildah")
        told = ["build", "--ignorefile", "deploy/container/Dockerfile.dockerignore", "--timestamp",
                about("date"), *self.build("here")]
        self.assertIn("Built with buildah: here", self.call("here"))
        self.assertEqual(self.asked("buildah"), told)
        self.put("docker", exit_of_info=1)
        self.call("here")
        self.put("docker")
        self.call("here", COPYOUT_CONTAINER_TOOL="buildah")
        self.assertFalse((self.folder / "docker.asked").exists())

    def test_failures(self):
        """Neither; a tool that is none of them; a build that fails."""
        self.assertIn("apt-get install buildah", self.call(code=1))
        self.assertIn("docker or buildah", self.call(code=2, COPYOUT_CONTAINER_TOOL="podman"))
        self.put("docker", code=7)
        self.assertNotIn("Built", self.call(code=7))


class Quietly(Scratch):
    """scripts/build_quietly.sh, and what `make demo` does, with a program in the place of cmake."""

    def setUp(self):
        super().setUp()
        (self.folder / "scripts").mkdir()
        shutil.copy(REPOSITORY / "scripts" / "build_quietly.sh", self.folder / "scripts")
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "cmake").write_text(f"""#!/bin/sh
echo "$@" >>'{self.folder}/asked'
seq 1 100
echo 'a warning of the compiler' >&2
[ "$1" != --build ] || exit "$FAKE_EXIT"
""")
        (programs / "cmake").chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def build(self, exit_code: int) -> subprocess.CompletedProcess:
        """Build the program."""
        return run(self.folder / "scripts/build_quietly.sh", "copyout", code=1 if exit_code else 0,
                   env={**os.environ, "PATH": self.path, "JOBS": "3", "FAKE_EXIT": str(exit_code)})

    def test_goes_well(self):
        """Two lines, and nothing of the compiler's; one target is built; the log has it all."""
        done = self.build(0)
        self.assertRegex(done.stdout, r"\ABuilding copyout .*build/build.log\)\nBuilt in \d+ s\n\Z")
        self.assertEqual(done.stderr, "")
        self.assertEqual((self.folder / "asked").read_text(),
                         "--preset release\n--build --preset release -j 3 --target copyout\n")
        self.assertEqual((self.folder / "build/build.log").read_text().count("a warning of the compiler"), 2)

    def test_fails(self):
        """The end of the log, on standard error."""
        done = self.build(2)
        lines = done.stderr.splitlines()
        self.assertEqual(lines[0], "The build failed. The end of build/build.log:")
        self.assertEqual((lines[-2:], len(lines)), (["100", "a warning of the compiler"], 41))
        self.assertNotIn("Built", done.stdout)

    def test_demo(self):
        """make demo builds the program, and no test."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        said = run("make", "-n", "demo", "JOBS=3", cwd=REPOSITORY, env=env).stdout
        self.assertEqual(said, "scripts/deps.sh demo\nJOBS=3 scripts/build_quietly.sh copyout\nscripts/demo.sh\n")


class DebianChangelog(unittest.TestCase):
    """CHANGELOG.md as Debian wants it."""

    NOW = datetime(2027, 3, 1, 8, 30, tzinfo=timezone.utc)

    def test_versions(self):
        """The newest first; what is not released has the version that is built, and its time."""
        text = ("# What has changed\n\nFor people.\n\n## Next version\n\n### New\n\n- **One** thing, with `code` and a\n"
                "  [link](docs/a.md) in it.\n- Another.\n\n## 0.1.0 - 2026-12-31\n\n- The first.\n")
        self.assertEqual(deb_changelog.changelog(text, "0.2.0", self.NOW, "A <a@b.c>"), (
            "copyout (0.2.0-0copyout1) unstable; urgency=medium\n\n"
            "  * One thing, with code and a link in it.\n  * Another.\n\n"
            " -- A <a@b.c>  Mon, 01 Mar 2027 08:30:00 +0000\n\n"
            "copyout (0.1.0-0copyout1) unstable; urgency=medium\n\n  * The first.\n\n"
            " -- A <a@b.c>  Thu, 31 Dec 2026 12:00:00 +0000\n"))

    def test_own(self):
        """Ours: every point of the document is a change, and no line is too long."""
        text = (REPOSITORY / "CHANGELOG.md").read_text()
        made = deb_changelog.changelog(text, about("version"), self.NOW, "A <a@b.c>")
        self.assertEqual(made.count("\n  * "), sum(line.startswith("- ") for line in text.splitlines()))
        self.assertLessEqual(max(map(len, made.splitlines())), 80)


class Versions(unittest.TestCase):
    """One version everywhere."""

    def test_no_folder(self):
        """Program and library name neither the folder of the source nor that of the build."""
        for path in (copyout.BINARY, BUILD / "libcopyout.so"):
            for folder in (REPOSITORY, BUILD):
                self.assertNotIn(f"{folder}/".encode(), path.read_bytes(), path)

    def test_one_version(self):
        """CMake's is the program's, in text and JSON, and the header's."""
        version = about("version")
        self.assertTrue(copyout.run(["--version"]).expect(0).stdout.startswith(f"copyout {version} ("))
        told = json.loads(copyout.run(["version", "--json"]).expect(0).stdout)
        self.assertEqual(told["version"], version)
        self.assertEqual({row["name"] for row in told["libraries"]},
                         {"libcurl", "libuv", "OpenSSL", "expat", "jansson", "libcsv", "inih", "zlib", "llhttp"})
        for row in told["libraries"]:
            self.assertRegex(row["version"], r"\A\d+(\.\d+)*\Z", row["name"])


if __name__ == "__main__":
    unittest.main()
