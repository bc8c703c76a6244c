"""Input, manifest and command line as people get them wrong.

A mistake of ours must be known at once: exit 2, one line that names the field, the option or the
line of the manifest, and not one request that writes (lib/bad_input.py).
"""

from __future__ import annotations

import bz2
import gzip
import json
import re
import unittest
import zlib

from lib import copyout, s3util
from lib.bad_input import (BASE, DST, FROM, LONG, MANIFEST_KEY, ROW, SRC, TO, VERSIONED, Fixture,
                           in_args, in_input, in_manifest, rows, with_, without)

INPUTS = [
    # fields that are not there, or not so
    in_input("unknown field", with_(speed=9), "speed", "unknown field"),
    in_input("near miss", with_(maxItemPerBatch=9), 'maxItemPerBatch: unknown field; did you mean '
             '"maxItemsPerBatch"?'),
    in_input("near miss in case", {**without("destinationBucket"), "destinationbucket": DST},
             'did you mean "destinationBucket"'),
    in_input("near miss of two letters", with_(destinatonFolderKye="a/"),
             'did you mean "destinationFolderKey"'),
    in_input("unknown field without a near miss", with_(zzzzzzzzzzzz=1), "zzzzzzzzzzzz"),
    in_input("empty field name", with_(**{"": 1}), "unknown field"),
    in_input("field name with a line break", with_(**{"a\nb": 1}), "unknown field"),
    in_input("unknown field in thawParams", with_(thawParams={"glacierThawDays": 1}),
             "glacierThawDays", "thawParams"),
    in_input("former name without the last slash", with_(destinationPrefixKey="a"),
             'destinationPrefixKey: "a" does not end with "/"'),
    in_input("former name beside the new one", with_(requiredRegion="us-east-1",
             destinationRequiredRegion="us-east-1"), "requiredRegion: it is the former name of",
             "destinationRequiredRegion is given too"),
    in_input("former region that is empty", with_(requiredRegion=""), "requiredRegion: must not be empty"),
    in_input("destination missing", without("destinationBucket"), "destinationBucket"),
    in_input("manifest bucket missing", without("sourceFilesCsvBucket"), "sourceFilesCsvBucket"),
    in_input("manifest key missing", without("sourceFilesCsvKey"), "sourceFilesCsvKey"),
    in_input("nothing in it", {}, "sourceFilesCsvBucket", "destinationBucket"),
    in_input("instructions", {"copyInstructionsKey": "x.jsonl", "destinationBucket": DST},
             "copyInstructionsKey", "the work store is not in S3"),
    # wrong types
    in_input("bucket is a number", with_(destinationBucket=7), "destinationBucket", "7"),
    in_input("bucket is null", with_(destinationBucket=None), "destinationBucket", "null"),
    in_input("key is an array", with_(sourceFilesCsvKey=["a"]), "sourceFilesCsvKey"),
    in_input("folder is an object", with_(destinationFolderKey={}), "destinationFolderKey"),
    in_input("count is a string", with_(maxItemsPerBatch="100"), "maxItemsPerBatch"),
    in_input("count is true", with_(maxItemsPerBatch=True), "maxItemsPerBatch"),
    in_input("count is a fraction", with_(maxItemsPerBatch=1.5), "maxItemsPerBatch"),
    in_input("bool is a number", with_(dryRun=1), "dryRun: must be true or false, not 1"),
    in_input("bool is a word", with_(includeCopyReport="true"), "includeCopyReport"),
    in_input("thawParams is an array", with_(thawParams=[]), "thawParams"),
    in_input("region is a number", with_(sourceRequiredRegion=1), "sourceRequiredRegion"),
    in_input("optional field is null", with_(destinationRequiredRegion=None),
             "destinationRequiredRegion", "null"),
    # wrong values
    in_input("count is 0", with_(maxItemsPerBatch=0), "maxItemsPerBatch", "re.10,?000"),
    in_input("count is negative", with_(maxItemsPerBatch=-1), "maxItemsPerBatch"),
    in_input("count is too high", with_(maxItemsPerBatch=10001), "maxItemsPerBatch",
             "re.10,?000"),
    in_input("count is no 64-bit number", json.dumps(with_(maxItemsPerBatch=10**30)).encode(),
             "re.maxItemsPerBatch|line 1"),
    in_input("concurrency is 0", with_(copyConcurrency=0), "copyConcurrency"),
    in_input("concurrency is too high", with_(copyConcurrency=10001), "copyConcurrency"),
    in_input("folder without a slash", with_(destinationFolderKey="a/b"),
             "destinationFolderKey", '"/"'),
    in_input("folder with a NUL", with_(destinationFolderKey="a\0b/"),
             "re.destinationFolderKey|NUL"),
    in_input("folder is too long", with_(destinationFolderKey=LONG + "/"),
             "destinationFolderKey", "1,024"),
    in_input("destinationKeys", with_(destinationKeys="flat"), "destinationKeys", '"basename"',
             '"full"'),
    in_input("onCollision", with_(onCollision="overwrite"), "onCollision", '"fail"'),
    in_input("onDifferent", with_(onDifferent="skip"), "onDifferent", '"keep"'),
    in_input("onDifferent in capitals", with_(onDifferent="Keep"), "onDifferent", '"keep"'),
    in_input("onUnproven", with_(onUnproven="keep"), "onUnproven", '"copy"', '"skip"'),
    in_input("look", with_(look="list"), "look", '"auto"', '"head"'),
    in_input("tags", with_(tags="always"), "tags", '"best-effort"', '"require"', '"none"'),
    in_input("manifestKeyEncoding", with_(manifestKeyEncoding="percent"), "manifestKeyEncoding",
             '"url"'),
    in_input("marker and report are one", with_(destinationEndCopyRelativeKey="STARTED_COPY.txt"),
             "destinationEndCopyRelativeKey"),
    in_input("marker has no name", with_(destinationStartCopyRelativeKey=""),
             "destinationStartCopyRelativeKey"),
    in_input("report's name is too long", with_(destinationEndCopyRelativeKey=LONG),
             "destinationEndCopyRelativeKey", "1,024"),
    in_input("marker is too long with its folder", with_(
        destinationFolderKey="f" * 1000 + "/", destinationStartCopyRelativeKey="s" * 30), "1,024"),
    in_input("manifest key is empty", with_(sourceFilesCsvKey=""), "sourceFilesCsvKey"),
    in_input("thaw days", with_(thawParams={"glacierFlexibleRetrievalThawDays": 0}),
             "glacierFlexibleRetrievalThawDays"),
    in_input("thaw days are too many", with_(thawParams={"glacierDeepArchiveThawDays": 3651}),
             "glacierDeepArchiveThawDays"),
    in_input("thaw speed that deep archives have not", with_(
        thawParams={"glacierDeepArchiveThawSpeed": "Expedited"}), "glacierDeepArchiveThawSpeed",
        "Bulk"),
    in_input("something unknown and something missing",
             {**without("destinationBucket"), "maxItemPerBatch": 1}, "maxItemPerBatch",
             "destinationBucket"),
    in_input("two mistakes in one line", with_(maxItemPerBatch=1, dryRun=1),
             'maxItemPerBatch: unknown field; did you mean "maxItemsPerBatch"?; '
             'dryRun: must be true or false, not 1'),
    in_input("region has a space", with_(sourceRequiredRegion="eu west 1"), "sourceRequiredRegion"),
    in_input("other bucket's region has a host", with_(destinationRequiredRegion="a.example/"),
             "destinationRequiredRegion"),
    in_input("thaw speed that is none", with_(
        thawParams={"intelligentTieringArchiveThawSpeed": "Fast"}),
        "intelligentTieringArchiveThawSpeed", "Expedited"),
    in_input("thaw field beside thawParams", with_(glacierDeepArchiveThawDays=1),
             "glacierDeepArchiveThawDays", "unknown field"),
    in_input("half a surrogate", b'{"destinationFolderKey": "\\ud800/"}', "not valid JSON",
             "line 1"),
    in_input("line break in a string", b'{"destinationFolderKey": "a\nb/"}', "not valid JSON",
             "line 1"),
    in_input("octal number", b'{"maxItemsPerBatch": 010}', "not valid JSON", "line 1"),
    # names of buckets
    *[in_input(f"destination {name!r}", with_(destinationBucket=name), "destinationBucket")
      for name in ["", "ab", "a" * 64, "Upper", "under_score", "a..b", "192.168.5.4", "-a-b",
                   "a-b-", ".abc", "xn--abc", "sthree-abc", "abc--x-s3", "abc--table-s3",
                   "abc.mrap", "with space", "a/b", f"s3://{DST}", "arn:aws:s3:::abc", "a\0b",
                   "büro"]],
    in_input("manifest's bucket", with_(sourceFilesCsvBucket="My_Bucket"), "sourceFilesCsvBucket"),
    # text that is no input
    in_input("empty", b"", "input", "empty"),
    in_input("blank", b" \n\n\t", "input", "empty"),
    in_input("not JSON", b"bucket,key\n", "not valid JSON", "line 1"),
    in_input("cut", b'{\n "destinationBucket": "abc",\n "tags"', "not valid JSON", "line 3"),
    in_input("comma at the end", b'{\n "dryRun": true,\n}', "not valid JSON", "line 3"),
    in_input("comment", b'{\n // why\n "dryRun": true}', "not valid JSON", "line 2"),
    in_input("single quotes", b"{'dryRun': true}", "not valid JSON", "line 1"),
    in_input("something behind it", json.dumps(BASE).encode() + b"\n}", "not valid JSON", "line 2"),
    in_input("two inputs", json.dumps(BASE).encode() * 2, "not valid JSON", "line 1"),
    in_input("array", b"[]", "object"),
    in_input("string", b'"abc"', "re.object|JSON"),
    in_input("duplicate", b'{"destinationBucket": "aaa", "destinationBucket": "bbb"}',
             "destinationBucket"),
    in_input("duplicate in thawParams", json.dumps(BASE).encode()[:-1] + b', "thawParams": '
             b'{"glacierDeepArchiveThawDays": 1, "glacierDeepArchiveThawDays": 2}}',
             "line 1", "duplicate"),
    in_input("not UTF-8", b'{\n"destinationBucket": "\xff\xfe"}', "line 2", "re.UTF-8|0xff"),
    in_input("UTF-16", "\ufeff{}".encode("utf-16-le"), "re.UTF-|JSON"),
    in_input("NUL", b'{"destinationBucket"\0: "abc"}', "re.NUL|JSON"),
    in_input("nested without end", b"[" * 100_000, "JSON"),
    in_input("NaN", b'{"maxItemsPerBatch": NaN}', "not valid JSON"),
    in_input("too large", b" " * (4 << 20) + json.dumps(BASE).encode(),
             "re.4 MiB|4,?194,?304"),
]

MANIFESTS = [
    in_manifest("no object", None, MANIFEST_KEY, SRC),
    in_manifest("no bucket", ROW, "bad-input-none", sourceFilesCsvBucket="bad-input-none"),
    # empty
    in_manifest("empty", b"", "the manifest is empty: it has no rows"),
    in_manifest("blank lines only", b"\n\r\n\n", "the manifest is empty"),
    in_manifest("BOM only", b"\xef\xbb\xbf", "the manifest is empty"),
    in_manifest("gzip of nothing", gzip.compress(b""), "the manifest is empty"),
    # columns
    in_manifest("one column", rows("SRC,a", "SRC"), "line 2", "1 column; expected bucket,key or "
                "bucket,key,versionId"),
    in_manifest("four columns", rows("SRC,a", "SRC,b,,x"), "line 2", "4 columns"),
    in_manifest("a comma that wants quotes", rows("SRC,a, b, c and d"), "line 1", "columns"),
    in_manifest("other separator", rows("SRC;a", "SRC\tb"), "line 1", "line 2", "1 column"),
    in_manifest("header", rows("bucket,key", "SRC,a"), "line 1", "header"),
    in_manifest("header in quotes", rows('"Bucket","Key"', "SRC,a"), "line 1", "header"),
    in_manifest("header with a third column", rows("bucket,key,versionId", "SRC,a"), "line 1",
                "header"),
    # buckets
    in_manifest("bucket is empty", rows("SRC,a", ",b"), "line 2", "the bucket is empty"),
    in_manifest("bucket in capitals", rows("B_x,a"), "line 1",
                'the bucket "B_x" has an upper-case letter'),
    in_manifest("bucket too short", rows("SRC,a", "ab,c"), "line 2", '"ab"'),
    in_manifest("bucket is an address", rows("10.0.0.1,c"), "line 1", '"10.0.0.1"'),
    in_manifest("space before the bucket", rows(" SRC,c"), "line 1", "bucket"),
    # keys
    in_manifest("key is empty", rows("SRC,a", "SRC,"), "line 2", "the key is empty"),
    in_manifest("key is empty in quotes", rows("SRC,a", 'SRC,""'), "line 2", "the key is empty"),
    in_manifest("key is too long", rows("SRC,a", f"SRC,{LONG}"), "line 2",
                "longer than 1,024 bytes"),
    in_manifest("key is too long in UTF-8 only", rows(f"SRC,{'é' * 513}"), "line 1",
                "longer than 1,024 bytes"),
    in_manifest("destination key is too long", rows("SRC,a", f"SRC,{'k' * 1020}"), "line 2",
                "1,024", destinationFolderKey="folder/"),
    in_manifest("destination key is too long, full", rows(f"SRC,{'d' * 800}/{'k' * 200}"), "line 1",
                "1,024", destinationFolderKey="f" * 100 + "/", destinationKeys="full"),
    in_manifest("NUL in a key", ROW + b"%s,a\0b\n" % SRC.encode(), "line 2", "NUL"),
    in_manifest("NUL in a bucket", ROW + b"abc\0d,a\n", "line 2"),
    in_manifest("not UTF-8", ROW + b"%s,caf\xe9\n" % SRC.encode(), "line 2", "UTF-8"),
    in_manifest("surrogate in UTF-8", ROW + b"%s,a\xed\xa0\x80\n" % SRC.encode(), "line 2",
                "UTF-8"),
    in_manifest("overlong UTF-8", ROW + b"%s,a\xc0\xaf\n" % SRC.encode(), "line 2", "UTF-8"),
    in_manifest("no name of its own", rows("SRC,a", "SRC,b/c/"), "line 2", "/"),
    in_manifest("only slashes", rows("SRC,//"), "line 1"),
    # URL-encoded keys
    in_manifest("percent alone", rows("SRC,a%"), "line 1", 'the key "a%" has a % that is not '
                "followed by two hex digits", manifestKeyEncoding="url"),
    in_manifest("percent and no hex", rows("SRC,a", "SRC,a%4g"), "line 2", "two hex digits",
                manifestKeyEncoding="url"),
    in_manifest("NUL, encoded", rows("SRC,a%00b"), "line 1", "NUL", manifestKeyEncoding="url"),
    in_manifest("not UTF-8, encoded", rows("SRC,a%FF"), "line 1", "UTF-8",
                manifestKeyEncoding="url"),
    in_manifest("too long after decoding", rows(f"SRC,{'%41' * 1025}"), "line 1", "1,024",
                manifestKeyEncoding="url"),
    in_manifest("no name after decoding", rows("SRC,a%2F"), "line 1", manifestKeyEncoding="url"),
    # version ids
    in_manifest("version id with a space", rows("SRC,a", "SRC,b,a b"), "line 2",
                'the version id "a b" has a character that no version id has'),
    in_manifest("version id is too long", rows("SRC,a," + "v" * 1025), "line 1", "version id"),
    # quotes and line ends
    in_manifest("quote in the middle", rows("SRC,a", 'SRC,a"b'), "line 2",
                "a quote in the middle of a field"),
    in_manifest("text behind a quote", rows("SRC,a", 'SRC,"a"b'), "line 2", "quote"),
    in_manifest("space before a quote", rows('SRC, "a"'), "line 1", "quote"),
    in_manifest("quote not closed", rows("SRC,a", 'SRC,"b', "SRC,c"), "line 2",
                "a closing quote is missing"),
    in_manifest("stray carriage return", ROW + b"%s,a\rb\n" % SRC.encode(), "line 2",
                "a carriage return outside quotes"),
    in_manifest("old Mac line ends", rows("SRC,a", "SRC,b").replace(b"\n", b"\r"), "line 1",
                "a carriage return outside quotes"),
    in_manifest("row is too long", ROW + f"{SRC},".encode() + b"k" * 70_000 + b"\n", "line 2",
                "longer than 65,536 bytes"),
    in_manifest("line is where the row begins", rows("SRC,a", 'SRC,"b', 'c"', "SRC"), "line 4"),
    in_manifest("lines with CRLF", rows("SRC,a", "", "SRC").replace(b"\n", b"\r\n"), "line 3"),
    in_manifest("deep in the list", rows(*[f"SRC,k{i}" for i in range(5000)], "SRC", "SRC,last"),
                "line 5001"),
    in_manifest("last line without end", rows("SRC,a", "SRC")[:-1], "line 2", "1 column"),
    in_manifest("all that is wrong", rows("SRC,a", "SRC", "B_x,b", "SRC,", "SRC,c", 'SRC,x"y'),
                "line 2", "line 3", "line 4", "line 6"),
    # encodings and gzip
    in_manifest("UTF-16 LE", "\ufeffabc,key\n".encode("utf-16-le"),
                "the manifest is UTF-16; it must be UTF-8"),
    in_manifest("UTF-16 BE", "\ufeffabc,key\n".encode("utf-16-be"), "the manifest is UTF-16"),
    in_manifest("gzip cut short", gzip.compress(rows(*[f"SRC,k{i:x}" for i in range(999)]))[:-20],
                "gzip", "re.past line [0-9]+"),
    in_manifest("gzip without its sum", gzip.compress(ROW)[:-8], "gzip", "re.line [12]"),
    in_manifest("gzip with a wrong sum", gzip.compress(ROW)[:-8] + b"\1\2\3\4\x1c\0\0\0", "gzip"),
    in_manifest("gzip's first bytes only", b"\x1f\x8b", "gzip"),
    in_manifest("no gzip behind its first bytes", b"\x1f\x8b\x08" + b"\0" * 9 + b"\xff" * 50,
                "gzip"),
    in_manifest("something behind gzip", gzip.compress(ROW) + b"more", "gzip"),
    in_manifest("gzip with a wrong length", gzip.compress(ROW)[:-4] + b"\1\0\0\0", "gzip"),
    in_manifest("gzip with half a name", b"\x1f\x8b\x08\x08" + b"\0" * 6 + b"files", "gzip"),
    in_manifest("gzip of a gzip", gzip.compress(gzip.compress(ROW)), "gzip twice"),
    in_manifest("second gzip file is cut", gzip.compress(ROW) + gzip.compress(ROW)[:-9], "gzip",
                "re.past line [123]"),
    in_manifest("second gzip file is damaged", gzip.compress(ROW) + gzip.compress(ROW)[:12]
                + b"\xff" * 20, "gzip"),
    in_manifest("text, then gzip", ROW + gzip.compress(ROW), "line 2"),
    in_manifest("zlib, not gzip", zlib.compress(ROW), "with zlib"),
    in_manifest("bzip2", bz2.compress(ROW), "with bzip2"),
    in_manifest("zip", b"PK\x03\x04\x14\0\0\0\x08\0" + b"\0" * 20 + b"files.csv", "zip archive"),
    in_manifest("bad row within gzip", gzip.compress(rows("SRC,a", "SRC")), "line 2", "1 column"),
    # other files
    in_manifest("an error page", b"<html>\n<body>403 Forbidden</body>\n</html>\n",
                "HTML or XML"),
    in_manifest("JSON lines", json.dumps({"bucket": SRC, "key": "a", "size": 1}).encode() + b"\n",
                "the manifest is JSON"),
    in_manifest("what aws s3 ls prints", b"2026-01-01 10:00:00         10 one.bin\n", "line 1",
                "1 column"),
    in_manifest("columns of S3 Inventory", rows("SRC,a,v1,true,false,10,2026-01-01"), "line 1",
                "7 columns"),
    in_manifest("its manifest.json", json.dumps({"sourceBucket": SRC, "files": []}, indent=1)
                .encode(), "the manifest is JSON"),
    in_manifest("header of other words", rows("source_bucket,object_key", "SRC,a"), "line 1",
                '"source_bucket"'),
    in_manifest("header after a BOM", b"\xef\xbb\xbf" + rows("Bucket,Key", "SRC,a"), "line 1",
                "header"),
    in_manifest("comment", rows("# what we have", "SRC,a"), "line 1", "1 column"),
    in_manifest("BOM twice", b"\xef\xbb\xbf" * 2 + ROW, "line 1", "bucket"),
    in_manifest("BOM in the middle", ROW + b"\xef\xbb\xbf" + ROW, "line 2", "bucket"),
    in_manifest("UTF-16 without a BOM", "abc,key\n".encode("utf-16-le"), "is UTF-16"),
    in_manifest("UTF-32", "\ufeffabc,key\n".encode("utf-32-le"), "the manifest is UTF-32"),
    in_manifest("end-of-file mark of DOS", ROW + b"\x1a", "line 2", "1 column"),
    in_manifest("blanks for a row", rows("SRC,a", "   "), "line 2", "1 column"),
    in_manifest("columns exchanged", rows("a/one.bin,SRC"), "line 1", '"a/one.bin"'),
    in_manifest("ARN of a bucket", rows("arn:aws:s3:::SRC,a"), "line 1", "bucket"),
    in_manifest("address of a bucket", rows("s3://SRC,a"), "line 1", "bucket"),
    in_manifest("bucket, percent-encoded", rows("bad%2Dinput,a"), "line 1", "bucket",
                manifestKeyEncoding="url"),
    in_manifest("bucket with a line break", rows('"SRC', 'x",a'), "line 1", "bucket"),
    in_manifest("bucket too long", rows(f"{'b' * 64},a"), "line 1", "bucket"),
    in_manifest("quotes of another kind", rows("'SRC','a'"), "line 1", "bucket"),
    in_manifest("quotes of typesetting", rows("“SRC”,“a”"), "line 1", "bucket"),
    in_manifest("backslash before a quote", rows('SRC,"a\\"b"'), "line 1", "quote"),
    in_manifest("quote opened twice", rows('SRC,""a"'), "line 1", "quote"),
    in_manifest("one quote and nothing more", rows("SRC,a", '"'), "line 2", "closing quote"),
    in_manifest("row is too long in quotes", ROW + f'{SRC},"'.encode() + b"k\n" * 40_000 + b'"\n',
                "line 2", "longer than 65,536 bytes"),
    in_manifest("more columns than a row can have", b"," * 5000 + b"\n", "line 1", "5001 columns"),
    in_manifest("percent at the very end", rows("SRC,a%4"), "line 1", "two hex digits",
                manifestKeyEncoding="url"),
    in_manifest("surrogate, encoded", rows("SRC,a%ED%A0%80"), "line 1", "UTF-8",
                manifestKeyEncoding="url"),
    in_manifest("key that was encoded twice", rows("SRC,a%2525%"), "line 1", "two hex digits",
                manifestKeyEncoding="url"),
    in_manifest("NUL in a version id", ROW + b"%s,b,v\0w\n" % SRC.encode(), "line 2"),
    in_manifest("version id with a line break", rows('SRC,b,"v', 'w"'), "line 1", "version id"),
    # two of a name
    in_manifest("collision", rows("SRC,a/x", "SRC,y", "SRC,b/x"), "line 1", "line 3", '"x"'),
    in_manifest("same row twice", rows("SRC,x", "SRC,x"), "line 1", "line 2"),
    in_manifest("two versions of one object", rows("SRC,x,v1", "SRC,x,v2"), "line 1", "line 2"),
    in_manifest("collision after decoding", rows("SRC,a%62", "SRC,ab"), "line 1", "line 2",
                manifestKeyEncoding="url"),
    in_manifest("collision of full keys", rows("SRC,a/x", f"{VERSIONED},a/x"), "line 1", "line 2",
                destinationKeys="full"),
    in_manifest("three of a name", rows("SRC,a/x", "SRC,b/x", "SRC,c/x"), "line 1", "line 2",
                "line 3"),
    in_manifest("collision far apart",
                rows("SRC,a/x", *[f"SRC,{i}" for i in range(3000)], "SRC,b/x"),
                "line 1", "line 3002"),
    in_manifest("collision and bad row", rows("SRC,a/x", "SRC,b/x", "SRC"), "line 3"),
    in_manifest("marker", rows("SRC,a", "SRC,b/STARTED_COPY.txt"), "line 2", "STARTED_COPY.txt"),
    in_manifest("report", rows("SRC,a", "SRC,ENDED_COPY.csv"), "line 2", "ENDED_COPY.csv"),
    in_manifest("marker of another name", rows("SRC,a/begin"), "line 1", "begin",
                destinationStartCopyRelativeKey="begin", destinationFolderKey="f/"),
    in_manifest("report below a folder, full", rows("SRC,r/end.csv"), "line 1", "end.csv",
                destinationEndCopyRelativeKey="r/end.csv", destinationKeys="full"),
]

ARGS = [
    in_args("nothing to do", [], "re.destination|manifest|input"),
    in_args("no destination", FROM, "--to"),
    in_args("no manifest", TO, "--manifest"),
    in_args("no such input", ["none.json"], "none.json"),
    in_args("input is a folder", ["."], "re.director|folder"),
    in_args("two inputs", ["a.json", "b.json"], "b.json"),
    in_args("both from standard input", ["-", "--manifest", "-"], "standard input",
            stdin=json.dumps({"destinationBucket": DST}).encode()),
    in_args("standard input is empty", ["-"], "empty", stdin=b""),
    in_args("manifest on standard input is empty", ["--manifest", "-", *TO],
            "the manifest is empty", stdin=b""),
    in_args("bad row on standard input", ["--manifest", "-", *TO], "line 2", "1 column",
            stdin=ROW + b"x\n"),
    in_args("no such option", [*FROM, *TO, "--zzzzzz"], "--zzzzzz"),
    in_args("near miss of an option", [*FROM, *TO, "--dryrun"], "--dryrun", "--dry-run"),
    in_args("another near miss", [*FROM, *TO, "--max-inflight=3"], "--max-in-flight"),
    in_args("no such letter", [*FROM, *TO, "-Z"], "-Z"),
    in_args("option without its value", [*TO, "--manifest"], "--manifest"),
    in_args("value for an option that has none", [*FROM, *TO, "--quiet=yes"], "--quiet"),
    in_args("--tags", [*FROM, *TO, "--tags", "all"], "--tags", "best-effort"),
    in_args("--tags near miss", [*FROM, *TO, "--tags", "required"], "--tags", "require"),
    in_args("--destination-keys", [*FROM, *TO, "--destination-keys=flat"], "--destination-keys",
            "basename"),
    in_args("--on-different", [*FROM, *TO, "--on-different", ""], "--on-different", "overwrite"),
    in_args("--on-unproven", [*FROM, *TO, "--on-unproven", "keep"], "--on-unproven", "copy"),
    in_args("--look", [*FROM, *TO, "--look", "list"], "--look", "auto"),
    *[in_args(f"--wait {value!r}", [*FROM, *TO, f"--wait={value}"], "--wait")
      for value in ["soon", "", "-5s", "5 parsecs", "1h1", "99999999999999999999d"]],
    *[in_args(f"--max-in-flight {value!r}", [*FROM, *TO, f"--max-in-flight={value}"],
              "--max-in-flight") for value in ["0", "-1", "many", "", "1.5", "9" * 30]],
    *[in_args(f"--to {value!r}", [*FROM, f"--to={value}"], "--to")
      for value in ["", DST, "s3://", "s3:///folder/", f"s3:/{DST}", f"https://{DST}/", "s3://B_x/",
                    f"s3://{DST}/folder", "s3://ab/x/", "s3://abc/" + LONG + "/"]],
    *[in_args(f"--manifest {value!r}", [*TO, f"--manifest={value}"], "--manifest")
      for value in ["", "s3://", f"s3://{SRC}", f"s3://{SRC}/", "s3:///key", "s3://B_x/key"]],
    in_args("local manifest is not there", [*TO, "-m", "none/files.csv"], "none/files.csv"),
    in_args("local manifest is a folder", [*TO, "-m", "."], "re.director|folder"),
    in_args("manifest's object is not there", [*TO, "-m", f"s3://{SRC}/none.csv"], "none.csv"),
    in_args("--endpoint-url is no URL", [*FROM, *TO, "--endpoint-url", "localhost"],
            "re.--endpoint-url|endpoint"),
    in_args("--endpoint-url of another scheme", [*FROM, *TO, "--endpoint-url=ftp://127.0.0.1/"],
            "re.--endpoint-url|endpoint"),
    in_args("--max-requests-per-second of none", [*FROM, *TO, "--max-requests-per-second", "0"],
            "--max-requests-per-second"),
    in_args("--region is empty", [*FROM, *TO, "--region="], "--region", "empty"),
    in_args("--profile is empty", [*FROM, *TO, "--profile", ""], "--profile", "empty"),
    in_args("letter without its value", [*TO, "-m"], "-m", "value"),
    in_args("letter that is good, then one that is not", [*FROM, *TO, "-qZ"], "-Z"),
    in_args("only dashes", [*FROM, *TO, "---"], "---"),
    in_args("options behind the end of options", ["--", *FROM], "one argument too many"),
    in_args("option of another command", [*FROM, *TO, "--shard", "1"], "--shard"),
    in_args("--manifest of another scheme", [*TO, "-m", "https://bad.example/files.csv"],
            "--manifest", "s3://bucket/key"),
    in_args("--manifest of a scheme in capitals", [*TO, "-m", f"S3://{SRC}/{MANIFEST_KEY}"],
            "--manifest", "s3://bucket/key"),
    in_args("--to of Hadoop's scheme", [*FROM, "--to", f"s3a://{DST}/"], "--to", "s3://bucket/"),
    in_args("--work in a bucket that is not there",
            [*FROM, *TO, "--work", "s3://bad-input-none/w/"], "s3://bad-input-none/w/",
            "NoSuchBucket", exit=4),
    in_args("--work is no bucket", [*FROM, *TO, "--work", "s3://B_x/"], "--work"),
    in_args("--work is empty", [*FROM, *TO, "--work="], "--work"),
]


class BadInput(Fixture):
    """Everything that must be found before anything is written."""

    def test_input(self):
        """Fields and JSON; the manifest is not even asked for."""
        for case in INPUTS:
            with self.subTest(case.name):
                self.check(case)
                self.assertEqual(self.proxy.log, [])

    def test_manifest(self):
        """The rows, their form and the keys they lead to."""
        self.run_table(MANIFESTS)

    def test_arguments(self):
        """The command line."""
        self.run_table(ARGS)

    def test_suggestion_for_a_command(self):
        """A mistyped command is an error of the same kind."""
        result = copyout.run(["rnu"]).expect(2)
        self.assertIn("rnu", result.stderr)
        self.assertRegex(result.stderr, r"\brun\b")
        self.assertEqual(result.stdout, "")

    def listed_lines(self, result) -> list[int]:
        """The lines of the manifest that the errors are about, one for each line of stderr."""
        found = [re.search(r"\bline ([0-9,]+)", text) for text in result.stderr.splitlines()]
        return [int(match[1].replace(",", "")) for match in found if match]

    def test_first_hundred_bad_rows(self):
        """Of many bad rows the first 100 are listed, in order, and the total is told."""
        self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY,
                           Body=rows("SRC,good", *["SRC"] * 1234))
        (self.folder / "input.json").write_text(json.dumps(BASE))
        result = self.run_it(["input.json"]).expect(2)
        self.assertEqual(self.listed_lines(result)[:100], list(range(2, 102)), str(result))
        self.assertRegex(result.stderr, "1,?234")
        self.assertNotIn("line 102:", result.stderr)
        self.check_nothing_written()

    def test_first_hundred_collisions(self):
        """The same for collisions: 100 are listed, each with both lines; the total is told."""
        count = 150
        self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY,
                           Body=rows(*[f"SRC,a/{i}" for i in range(count)],
                                     *[f"SRC,b/{i}" for i in range(count)]))
        (self.folder / "input.json").write_text(json.dumps(BASE))
        result = self.run_it(["input.json"]).expect(2)
        pairs = [tuple(sorted(map(int, re.findall(r"\bline ([0-9]+)", text))))
                 for text in result.stderr.splitlines()]
        pairs = [pair for pair in pairs if len(pair) == 2]
        self.assertEqual(len(pairs), 100, str(result))
        self.assertEqual({high - low for low, high in pairs}, {count}, str(result))
        self.assertEqual(len(set(pairs)), 100)
        self.assertRegex(result.stderr, rf"\b{count}\b")
        self.check_nothing_written()

    def test_error_repeats_hostile_text_safely(self):
        """Control characters in what was given do not reach a terminal as such."""
        hostile = "a\x1b[31mred\x07"
        for given, args in [(with_(destinationBucket=hostile), []), (with_(**{hostile: 1}), []),
                            (with_(sourceFilesCsvKey="none" + hostile), [])]:
            (self.folder / "input.json").write_text(json.dumps(given))
            result = self.run_it(["input.json", *args]).expect(2)
            self.assertNotRegex(result.stderr, r"[\x00-\x09\x0b-\x1f\x7f]", repr(result.stderr))
        self.s3.put_object(Bucket=SRC, Key=MANIFEST_KEY, Body=rows(f"{hostile},a", f"SRC,\x1b[m/"))
        (self.folder / "input.json").write_text(json.dumps(BASE))
        result = self.run_it(["input.json"]).expect(2)
        self.assertNotRegex(result.stderr, r"[\x00-\x09\x0b-\x1f\x7f]", repr(result.stderr))


if __name__ == "__main__":
    unittest.main()
