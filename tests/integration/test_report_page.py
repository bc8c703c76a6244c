"""The report page in headless Chromium, and the report's CSV in a spreadsheet's eyes.

The results are made here, so that a page of 100,000 rows takes no copies. COPYOUT_SHOTS=FOLDER keeps screenshots.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from lib import copyout, manifest, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import Spec

HERE = Path(__file__).resolve().parent
MODULES = HERE.parents[1] / "build" / "browser"  # of scripts/deps.sh test
CHROMIUM = shutil.which("chromium")
MD5 = "d41d8cd98f00b204e9800998ecf8427e"
BEGAN = 1764171800  # the first result, seconds since 1970
HOSTILE = ("<script>alert(1)</script>", "</script><script>alert(2)</script>", "<!--<script>",
           "\"><img src=x onerror=alert(3)>", "'; alert(4); '", "a&amp;b/&lt;i&gt;",
           "lines\u2028and\u2029paragraphs", "right\u202eto left", "=1+1", "+1", "-1", "@sum", "\tx",
           "\uff1dwide", "a\"b,c", "back\\slash\\u003c", "nul\\u0000")
ERRORS = (("AccessDenied", "Access Denied"), ("NoSuchKey", "The specified key does not exist."),
          ("SlowDown", "Please reduce your request rate."))
HOSTILE_MESSAGE = "<b>refused</b> \u202e"
MANY = 100_000
LEFT_OUT = 250  # rows beyond


def status_of(number: int) -> str:
    """Of a made object: some of each status."""
    return "FAILED" if number % 97 == 5 else "SAME" if number % 11 == 3 else "COPIED"


def result_of(item: dict, number: int, count: int, message: str) -> dict:
    """A result that an item might have."""
    status = status_of(number)
    made = {**item, "size": 0 if status == "FAILED" else number * 7919 % 10007 * 10 ** (number % 7), "etag": MD5,
            "status": status, "verified": "none" if status == "FAILED" else "etag"}
    if status == "FAILED":
        code, said = ("=cmd()", message) if message else ERRORS[number % 3]
        made["error"] = {"code": code, "message": said, "httpStatus": 403, "requestId": "R1"}
    made.update({"attempts": 1, "requests": 2, "seconds": 1.25, "ended": BEGAN + number * 600 // count})
    if number % 13 == 2 and status == "COPIED":
        made["notes"] = ["tags-dropped"]
    return made


class MadeJob(Job):
    """A job whose results were made here, and copied by nobody."""

    def __init__(self, case, keys: list[str], message: str = "", **fields):
        super().__init__(case, servers.get("moto"))
        manifest.put(self.source, self.src, "list.csv", manifest.of_bucket(self.src, keys))
        given = self.folder / "input.json"
        given.write_text(json.dumps({
            "sourceFilesCsvBucket": self.src, "sourceFilesCsvKey": "list.csv", "destinationBucket": self.dst,
            "destinationFolderKey": FOLDER, "destinationKeys": "full", **fields}))
        self.step("prepare", given, "--job", self.work)
        items = [json.loads(line) for line in
                 (self.work / "items.jsonl").read_bytes().decode().split("\n")[:-1]]
        results = self.work / "results"
        results.mkdir(exist_ok=True)
        at = 0
        for shard in json.loads((self.work / "shards.json").read_text()):
            lines = [json.dumps(result_of(items[i], i, len(items), message), separators=(",", ":"))
                     for i in range(at, at + shard["items"])]
            (results / f"{shard['shard']:06}.jsonl").write_text("\n".join(lines) + "\n")
            at += shard["items"]
        self.told = self.step("report", "--job", self.work, "--json", code=1)

    def step(self, name: str, *arguments, code: int = 0) -> copyout.Result:
        """One step of the job."""
        return copyout.run([name, *arguments], self.server).expect(code)

    def there(self, name: str) -> str:
        """A file in the destination's folder."""
        return self.dest.get_object(Bucket=self.dst, Key=FOLDER + name)["Body"].read().decode()


# Chromium is a hundred megabytes to install: make full has it, and the gate has the writer's unit tests.
class InBrowser(unittest.TestCase if copyout.FULL else object):
    """The page as a person has it."""

    @classmethod
    def setUpClass(cls):
        if not CHROMIUM or not (MODULES / "node_modules").exists() or not shutil.which("node"):
            raise unittest.SkipTest("chromium, node or their modules are not there (scripts/deps.sh test)")

    def open(self, page: Path, **options) -> dict:
        """Open a page and use it; returns what was seen."""
        options = {"modules": str(MODULES), "chromium": CHROMIUM, "page": str(page), **options}
        home = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(home.cleanup)
        done = subprocess.run(["node", HERE / "browser" / "page.mjs", json.dumps(options)], text=True,
                              capture_output=True, timeout=300, check=False,
                              env={**os.environ, "HOME": home.name, "TMPDIR": home.name})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_hostile_names(self):
        """Names are text, in the table and everywhere else, and axe-core finds nothing."""
        keys = [*(f"cohort/batch {number % 4}/sample-{number:04}.bam" for number in range(400)),
                *(f"odd/{name}" for name in HOSTILE if name[0] != "\t"), *HOSTILE]
        job = MadeJob(self, keys, HOSTILE_MESSAGE, includeReportPage=True)
        page = job.work / "COPY_REPORT.html"
        self.assertEqual(job.there("COPY_REPORT.html"), page.read_text())
        seen = self.open(page, search="<SCRIPT>alert(1)", thorough=True)
        self.assertEqual(seen["errors"], [])
        self.assertEqual(seen["requests"], [page.as_uri()])
        self.assertEqual(seen["axe"], [])
        self.assertEqual(seen["wide"], 0, "the page is wider than the window")
        # The data is taken away once it is read; the script that did it is left.
        self.assertEqual(seen["elements"]["scripts"], 1)
        self.assertEqual(seen["elements"]["images"], 0)
        self.assertEqual(seen["elements"]["handlers"], 0)
        self.check_table(seen, len(keys))
        text = seen["elements"]["text"]
        self.assertIn("=cmd()", text)
        self.assertIn("<b>refused</b> ", text)
        for unseen in ("\u202e", "\u2028", "\u2029"):
            self.assertNotIn(unseen, page.read_text())
        self.assertIn("Not complete.", text)

    def check_table(self, seen: dict, count: int) -> None:
        """What was found, and in which order."""
        self.assertEqual(seen["opened"]["first"][1], "FAILED")
        self.assertEqual(seen["opened"]["rows"], 100)
        self.assertEqual(seen["opened"]["count"], f"Rows 1 to 100 of {count}.")
        self.assertEqual(seen["none"]["count"], "No row.")
        self.assertEqual(seen["found"]["count"], f"Rows 1 to 2 of 2 that match, of {count}.")
        self.assertTrue(seen["found"]["first"][4].endswith("<script>alert(1)</script>"), seen["found"])
        self.assertEqual(seen["ascending"]["sorted"], ["bytes ascending"])
        self.assertEqual(seen["descending"]["sorted"], ["bytes descending"])
        self.assertEqual(seen["next"]["count"], f"Rows 101 to 200 of {count}.")
        sizes = [int(seen[way]["first"][2].replace(",", "")) for way in ("ascending", "descending")]
        self.assertEqual(sizes[0], 0)
        self.assertGreater(sizes[1], 10 ** 6)
        self.assertEqual(seen["failed"]["first"][1], "FAILED")
        self.assertEqual(seen["printed"]["search"], "none")
        self.assertGreater(seen["printed"]["table"], 100)

    def test_many_rows(self):
        """The table has 100,000 rows, and the page says where the others are."""
        keys = [f"project/run {number % 40}/lane {number % 7}/object-{number:06}.fastq.gz"
                for number in range(MANY + LEFT_OUT)]
        job = MadeJob(self, keys)
        page = job.work / "COPY_REPORT.html"
        seen = self.open(page, search="object-099990")
        self.assertEqual(seen["errors"], [])
        self.assertEqual(seen["opened"]["count"], f"Rows 1 to 100 of {MANY:,}.")
        self.assertIn(f"The table has {MANY:,} of {MANY + LEFT_OUT:,} rows", seen["elements"]["text"])
        self.assertIn(job.told.json["report"], seen["elements"]["text"])
        self.assertEqual(seen["found"]["rows"], 1)
        self.assertIn("AccessDenied", seen["elements"]["text"])
        self.assertIn("S3 refused the request for want of a right.", seen["elements"]["text"])
        print({name: round(seen[name]) for name in seen if name.endswith("Ms")},
              "of", page.stat().st_size, "bytes")

    if os.environ.get("COPYOUT_SHOTS"):
        def test_pictures(self):
            """The pictures of docs/, three widths in both colour schemes."""
            keys = [f"cohort-{number % 3 + 1}/batch {number % 4}/sample-{number:04}.cram" for number in range(1200)]
            self.open(MadeJob(self, keys).work / "COPY_REPORT.html", shots=os.environ["COPYOUT_SHOTS"])


class InSpreadsheet(unittest.TestCase):
    """Fields that a spreadsheet would run."""

    def rows(self, text: str) -> list[dict]:
        """The rows of a CSV."""
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def test_escaped(self):
        """They are harmless in the destination, where a column says which were; ours are exact."""
        job = MadeJob(self, list(HOSTILE), HOSTILE_MESSAGE, reportFormulas="escaped")
        exact = self.rows((job.work / "report.csv").read_bytes().decode())
        there = self.rows(job.there("ENDED_COPY.csv"))
        self.assertEqual(list(there[0]), [*exact[0], "escaped"])
        self.assertEqual(len(exact), len(HOSTILE))
        for mine, theirs in zip(exact, there):
            undone = dict(theirs)
            for name in undone.pop("escaped").split():
                self.assertEqual(undone[name][0], "'")
                undone[name] = undone[name][1:]
            self.assertEqual(undone, mine)
            for field in theirs.values():
                self.assertFalse(field.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")), theirs)
        self.assertEqual(sum("name" in row["escaped"] for row in there), 6)

    def test_exact(self):
        """A JSON input's are as they are; a command line's only if --report-formulas says so."""
        job = MadeJob(self, list(HOSTILE))
        self.assertEqual(job.there("ENDED_COPY.csv").encode(), (job.work / "report.csv").read_bytes())
        given = Job(self, servers.get("moto"), [Spec("=1", 1)])
        (given.folder / "input.json").write_text("{}")
        given.run(str(given.folder / "input.json")).expect(0)
        self.assertEqual(self.rows((given.work / "report.csv").read_text())[0]["name"], "=1")
        self.assertEqual(given.dest.get_object(Bucket=given.dst, Key=FOLDER + "ENDED_COPY.csv")["Body"].read(),
                         (given.work / "report.csv").read_bytes())
        for options, names in (((), "'=1"), (("--report-formulas", "exact"), "=1")):
            given.run(*options).expect(0)
            told = given.dest.get_object(Bucket=given.dst, Key=FOLDER + "ENDED_COPY.csv")["Body"].read().decode()
            self.assertEqual(self.rows(told)[0]["name"], names)

    def test_page_is_for_us(self):
        """Without --report-page it is in the work store only; --json says where."""
        job = Job(self, servers.get("moto"), [Spec("a", 1)])
        told = job.run().expect(0).json
        self.assertEqual(told["page"], f"{job.work}/COPY_REPORT.html")
        self.assertEqual(set(s3util.keys(job.dest, job.dst)),
                         {FOLDER + name for name in ("a", "STARTED_COPY.txt", "ENDED_COPY.csv")})
        told = job.run("--report-page", "--no-report").expect(0).json
        self.assertEqual(told["page"], f"s3://{job.dst}/{FOLDER}COPY_REPORT.html")
        self.assertIn(b"Complete.", job.dest.get_object(
            Bucket=job.dst, Key=FOLDER + "COPY_REPORT.html")["Body"].read())

    def test_page_is_no_object(self):
        """An object that would lie where the page does is a mistake of the list."""
        job = Job(self, servers.get("moto"), [Spec("COPY_REPORT.html", 1)])
        told = job.run("--report-page").expect(2)
        self.assertIn("would be copied onto our own report page", told.stderr)
        job.run().expect(0)


if __name__ == "__main__":
    unittest.main()
