"""Lists as people get them wrong, and what is said of each, word for word.

A row of LISTS: its name, the bytes of the list, the sentence, and options that are given besides.
SRC in text and sentences stands for the source bucket.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field

SRC = "mistakes-src"
TABS = "tabs divide the columns, and there is 1 column for CSV"
EXPORT = "export it as CSV: a row bucket,key for each object"
COLUMNS = "columns; expected bucket,key or bucket,key,versionId"
MAKE_CSV = "make it CSV: a row bucket,key for each object"
BINARY = "the manifest is binary data, of a kind that copyout does not know; give a list that is " \
         "text: a row bucket,key for each object"
HEADER = "--header passes over it"
FIELDS = {  # what is said in place of options where the list is named by a JSON
    "--header passes": '"manifestHeader": true passes',
    "--on-duplicate skip takes": '"onDuplicate": "skip" takes',
    "--destination-keys full": '"destinationKeys": "full"',
    "a run of its own, to another folder (--to)": "a job of its own, to another "
                                                  "destinationFolderKey",
}


@dataclass
class Mistake:
    """A list that is wrong."""

    name: str
    data: bytes
    said: str  # without what the error begins and ends with
    args: list[str] = field(default_factory=list)
    by_field: str | None = None  # what is said where a JSON names the list, unless FIELDS tells

    def said_by_field(self) -> str:
        """The same sentence with names of fields."""
        said = self.by_field or self.said
        for option, name in FIELDS.items():
            said = said.replace(option, name)
        return said


def row(name: str, data: str | bytes, said: str, *args: str, by_field: str | None = None) -> Mistake:
    """A row of the table."""
    given = data.encode() if isinstance(data, str) else data
    return Mistake(name, given.replace(b"SRC", SRC.encode()), said.replace("SRC", SRC), list(args),
                   by_field and by_field.replace("SRC", SRC))


def unpack(program: str) -> str:
    """The remedy for what is compressed."""
    return f"; unpack it ({program}), or compress it with gzip instead"


def zipped(*names: str, stored: bytes = b"SRC,a\n") -> bytes:
    """A zip archive of files of these names."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, stored)
    return data.getvalue()


def tarred() -> bytes:
    """A tar archive of a list."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("files.csv"))
    return data.getvalue()


CSV = b"SRC,a\nSRC,b\n"
FORMATS = [
    row("gzip twice", gzip.compress(gzip.compress(CSV)),
        "the manifest is compressed with gzip twice; unpack it once"),
    row("zip", zipped("files.csv"),
        "the manifest is a zip archive; unpack it (unzip) and give the CSV file that is in it"),
    row("empty zip", zipped(),
        "the manifest is a zip archive; unpack it (unzip) and give the CSV file that is in it"),
    row("xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"),
        f"the manifest is an Excel workbook; {EXPORT}"),
    row("ods", zipped("mimetype", stored=b"application/vnd.oasis.opendocument.spreadsheet"),
        f"the manifest is a spreadsheet of LibreOffice; {EXPORT}"),
    row("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        f"the manifest is a file of an old Microsoft Office; {EXPORT}"),
    row("xz", lzma.compress(CSV), "the manifest is compressed with xz" + unpack("xz -d")),
    row("zstd", bytes.fromhex("28b52ffd040051000073") + CSV,
        "the manifest is compressed with zstd" + unpack("zstd -d")),
    row("bzip2", bz2.compress(CSV), "the manifest is compressed with bzip2" + unpack("bzip2 -d")),
    row("lz4", bytes.fromhex("04224d186440a7") + CSV,
        "the manifest is compressed with lz4" + unpack("lz4 -d")),
    row("lzip", b"LZIP\1\x0c" + bytes(30),
        "the manifest is compressed with lzip" + unpack("lzip -d")),
    row("compress", b"\x1f\x9d\x90" + CSV,
        "the manifest is compressed with compress" + unpack("gzip -d")),
    row("snappy", b"\xff\x06\0\0sNaPpY" + CSV,
        "the manifest is compressed with snappy" + unpack("snzip -d")),
    row("zlib", zlib.compress(CSV), "the manifest is compressed with zlib, without the header of "
        "gzip" + unpack("zlib-flate -uncompress")),
    row("7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(30),
        "the manifest is a 7z archive; unpack it (7z x) and give the CSV file that is in it"),
    row("rar", b"Rar!\x1a\7\1\0" + bytes(30),
        "the manifest is a rar archive; unpack it (unrar x) and give the CSV file that is in it"),
    row("tar", tarred(),
        "the manifest is a tar archive; unpack it (tar -xf) and give the CSV file that is in it"),
    row("tar, gzip", gzip.compress(tarred()),
        "the manifest is a tar archive; unpack it (tar -xf) and give the CSV file that is in it"),
    row("parquet", b"PAR1\x15\4\x15\x80\0\n\1\2PAR1", f"the manifest is a Parquet file; {EXPORT}"),
    row("ORC", b"ORC\n\x0b\n\4\0\0" + bytes(20), f"the manifest is an ORC file; {EXPORT}"),
    row("Avro", b"Obj\1\4\x14avro.codec\x08null", f"the manifest is an Avro file; {EXPORT}"),
    row("Arrow", b"ARROW1\0\0" + bytes(20), f"the manifest is an Arrow or Feather file; {EXPORT}"),
    row("SQLite", b"SQLite format 3\0\x10\0" + bytes(80),
        f"the manifest is a SQLite database; {EXPORT}"),
    row("HDF5", b"\x89HDF\r\n\x1a\n" + bytes(80), f"the manifest is an HDF5 file; {EXPORT}"),
    row("UTF-16", "\ufeffabc,key\n".encode("utf-16-le"), "the manifest is UTF-16; it must be "
        "UTF-8; convert it: iconv -f UTF-16 -t UTF-8"),
    row("UTF-16 without a mark", "abc,key\nabc,k2\n".encode("utf-16-be"), "the manifest is UTF-16; "
        "it must be UTF-8; convert it: iconv -f UTF-16 -t UTF-8"),
    row("UTF-32", "\ufeffabc,key\n".encode("utf-32-le"), "the manifest is UTF-32; it must be "
        "UTF-8; convert it: iconv -f UTF-32 -t UTF-8"),
    row("ELF", b"\x7fELF\2\1\1" + bytes(60), "the manifest is a program (ELF); give the CSV file"),
    row("PDF", b"%PDF-1.7\n1 0 obj\n", f"the manifest is a PDF document; {EXPORT}"),
    row("PNG", b"\x89PNG\r\n\x1a\n" + bytes(30), "the manifest is a PNG image; give the CSV file"),
    row("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF", "the manifest is a JPEG image; give the CSV file"),
    row("a job's input", json.dumps({"destinationBucket": "dst", "sourceFilesCsvKey": "x"}),
        "the manifest is the JSON input of a job; give it without an option: copyout run "
        "INPUT.json", by_field="the manifest is the JSON input of a job; sourceFilesCsvKey is to "
        "name a list: CSV rows bucket,key"),
    row("instructions", '[{"sourceBucket":"SRC","sourceKey":"a"}]\n', "the manifest is one JSON list "
        "of copy instructions; write one object a line: jq -c '.[]'"),
    row("manifest.json of S3 Inventory", json.dumps(
        {"sourceBucket": SRC, "fileFormat": "CSV", "fileSchema": "Bucket, Key", "files": []}),
        "the manifest is the manifest.json of S3 Inventory; give the lists that it names "
        '("files"), as CSV with the columns Bucket and Key, with --url-encoded',
        by_field="the manifest is the manifest.json of S3 Inventory; give the lists that it names "
        '("files"), as CSV with the columns Bucket and Key, with "manifestKeyEncoding": "url"'),
    row("JSON", '[{"bucket":"SRC","key":"a"},\n {"bucket":"SRC","key":"b"}]\n',
        f"the manifest is JSON; {MAKE_CSV}, as in jq -r '[.bucket, .key] | @csv'"),
    row("an error of S3", '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>\n',
        "the manifest is an error of S3, saved in place of the list; fetch the list again"),
    row("HTML", "<!DOCTYPE html>\n<html>\n<body>Sign in</body>\n</html>\n",
        f"the manifest is an HTML or XML document; {MAKE_CSV}"),
    row("random bytes", random.Random(1).randbytes(4096), BINARY),
    row("random bytes without NUL", random.Random(2).randbytes(4096).replace(b"\0", b"\x9f"), BINARY),
    row("a GIF image", b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff" + bytes(20), BINARY),
    row("a program for WebAssembly, gzip", gzip.compress(b"\0asm\1\0\0\0" + bytes(600)), BINARY),
    row("rows that NUL bytes end", "SRC,a\0SRC,b\0", "the manifest has NUL bytes, which no list of "
        "objects has; where they end the rows, put line ends in their place: tr '\\0' '\\n'; else "
        "remove them: tr -d '\\0'"),
    row("PEM", "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "the manifest is a key, a certificate or "
        "an encrypted message; give the CSV file"),
]

ROWS = [
    row("nothing", b"", "the manifest is empty: it has no rows"),
    row("a header and nothing more", "bucket,key\n", "the manifest is empty: it has no rows",
        "--header"),
    row("header", "bucket,key\nSRC,a\n",
        f'line 1: this looks like a header ("bucket" in the bucket\'s place); {HEADER}'),
    row("header of other words", b"\xef\xbb\xbf\"Bucket Name\",\"Object Key\"\r\nSRC,a\r\n",
        f'line 1: this looks like a header ("Bucket Name" in the bucket\'s place); {HEADER}'),
    row("two headers", "bucket,key\nBucket_Name,key\nSRC,a\n",
        f'line 2: this looks like a header ("Bucket_Name" in the bucket\'s place); {HEADER}',
        "--header"),
    row("row for Excel", "sep=,\nSRC,a\nSRC,b\n",
        f'line 1: this row is for Excel ("sep=") and names no object; {HEADER}'),
    row("keys only", "some/a.txt\nsome/b.txt\nc.txt\n", 'line 1: there is 1 column ("some/a.txt"), '
        "a key without its bucket, as in 2 more rows; write bucket,key in each row: sed "
        "'s|^|BUCKET,|'"),
    row("keys only, some with commas", "".join(f"k/{i}.txt\n" for i in range(39)) + "k/x,y.txt\n",
        'line 1: there is 1 column ("k/0.txt"), a key without its bucket, as in 38 more rows; '
        "write bucket,key in each row: sed 's|^|BUCKET,|'"),
    row("header and keys only", "key\nsome/a.txt\n", 'line 1: there is 1 column ("key"), a key '
        "without its bucket, as in 1 more row; write bucket,key in each row: sed 's|^|BUCKET,|'"),
    row("tabs", "SRC\ta\nSRC\tb\n",
        f"line 1: {TABS}, as in 1 more row; make it CSV with commas: tr '\\t' ,"),
    row("header and tabs", "bucket\tkey\nSRC\ta\n",
        f"line 1: {TABS}, as in 1 more row; make it CSV with commas: tr '\\t' ,"),
    row("semicolons", "SRC;a\nSRC;b\nSRC;c\n", "line 1: semicolons divide the columns, and there is "
        "1 column for CSV, as in 2 more rows; make it CSV with commas: tr ';' ,"),
    row("pipes", "SRC|a\nSRC|b\n", "line 1: '|' divides the columns, and there is 1 column for CSV, "
        "as in 1 more row; make it CSV with commas: tr '|' ,"),
    row("aws s3 ls", "2026-01-01 10:00:00         10 a\n2026-01-01 10:00:01         11 b\n",
        'line 1: there is 1 column ("2026-01-01 10:00:00         10 a"), as aws s3 ls prints it, as '
        "in 1 more row; write a row bucket,key for each object; copyout needs no sizes and dates"),
    row("columns exchanged", "some/a.txt,SRC\nsome/b.txt,SRC\n", "line 1: the columns are exchanged: "
        'the first ("some/a.txt") is a key, and the second a bucket, as in 1 more row; write '
        "bucket,key in each row"),
    row("columns exchanged, some keys like buckets", "some/a.txt,SRC\nreadme,SRC\n", "line 1: the "
        'columns are exchanged: the first ("some/a.txt") is a key, and the second a bucket; write '
        "bucket,key in each row"),
    row("address of the bucket", "s3://SRC,a\ns3://SRC,b\n", 'line 1: the bucket "s3://SRC" is an '
        "address, as in 1 more row; write its name alone (bucket,key), or whole addresses "
        "(s3://bucket/key) as the only column: sed 's|^s3://||'"),
    row("address with a slash", "s3://SRC/,a\ns3://SRC/,b\n", 'line 1: the bucket "s3://SRC/" is an '
        "address, as in 1 more row; write its name alone (bucket,key), or whole addresses "
        "(s3://bucket/key) as the only column: sed 's|^s3://||'"),
    row("address and more", "s3://SRC/a,b.txt\ns3://SRC/b,10\n", "line 1: there are 2 columns, and "
        'the first ("s3://SRC/a") is an address with a key in it, as in 1 more row; write '
        "s3://bucket/key as the only column, in quotes if it has a comma, or write "
        "bucket,key,versionId"),
    row("address without a key", "s3://SRC/a\ns3://SRC/\n", "line 2: the key is empty"),
    row("address of a bad bucket", "s3://SRC/a\ns3://B_x/a\n",
        'line 2: the bucket "B_x" has an upper-case letter'),
    row("Hadoop's addresses", "s3a://SRC/a\ns3a://SRC/b\n", 'line 1: the bucket "s3a://SRC/a" is an '
        "address that is not of the form s3://bucket/key, as in 1 more row; write s3:// in front, "
        "or bucket,key in each row"),
    row("web addresses", "https://SRC.s3.amazonaws.com/a\nhttps://SRC.s3.amazonaws.com/b\n",
        'line 1: the bucket "https://SRC.s3.amazonaws.com/a" is a web address, as in 1 more row; '
        "write bucket,key in each row"),
    row("ARNs", "arn:aws:s3:::SRC,a\narn:aws:s3:::SRC,b\n", 'line 1: the bucket "arn:aws:s3:::SRC" '
        "is an ARN, as in 1 more row; write the bucket's name alone: sed 's|^arn:aws:s3:::||'"),
    row("blanks behind the bucket", "SRC ,a\nSRC ,b\n",
        'line 1: there are blanks around the bucket "SRC ", as in 1 more row; remove them'),
    row("blanks before the bucket of one row", "SRC,a\n SRC,b\n",
        'line 2: there are blanks around the bucket " SRC"; remove them'),
    row("slash behind the bucket", "SRC/,a\nSRC/,b\n", 'line 1: the bucket "SRC/" ends with a slash, '
        "as in 1 more row; write its name alone"),
    row("single quotes", "'SRC','a'\n'SRC','b'\n", "line 1: the bucket \"'SRC'\" stands in single "
        "quotes, which are none in CSV, as in 1 more row; use double quotes, or none"),
    row("typographic quotes", "“SRC”,“a”\n“SRC”,“b”\n", 'line 1: the bucket "“SRC”" stands in '
        "typographic quotes, which are none in CSV, as in 1 more row; use plain double quotes, or "
        "none"),
    row("backslashes", '\\"SRC\\",a\n', 'line 1: a quote in the middle of a field: quote the whole '
        "field, and double the quotes in it"),
    row("blanks before quotes", 'SRC, "a"\nSRC, "b"\n', "line 1: a quote in the middle of a field, "
        "as in 1 more row; quote the whole field, without blanks around the quotes, and double the "
        "quotes in it"),
    row("S3 Inventory", "".join(f'"SRC","{k}","","10","2026-01-01T00:00:00.000Z","81f0"\n'
                                for k in "abc"),
        f"line 1: 6 {COLUMNS}, as in 2 more rows; keep only these, as in cut -d, -f1,2, and quote a "
        "key that has a comma"),
    row("one row of too many columns", "SRC,a, b, c and d\n", f"line 1: 4 {COLUMNS}"),
    row("old buckets", "My_Bucket,a\nMy_Bucket,b\n", 'line 1: the bucket "My_Bucket" has an '
        "upper-case letter, as in 1 more row; the first column must be a bucket: 3 to 63 characters "
        "of a-z, 0-9, '.' and '-'"),
    row("byte order mark in the middle", b"SRC,a\n\xef\xbb\xbfSRC,b\n", "line 2: the bucket "
        '"\\xef\\xbb\\xbfSRC" begins with a byte order mark, as where files that each begin with '
        "one were joined; remove it: sed 's/^\\xef\\xbb\\xbf//'"),
    row("byte order mark twice", b"\xef\xbb\xbf\xef\xbb\xbfSRC,a\n", "line 1: the bucket "
        '"\\xef\\xbb\\xbfSRC" begins with a byte order mark, as where files that each begin with '
        "one were joined; remove it: sed 's/^\\xef\\xbb\\xbf//'"),
    row("line ends of old Macs", "SRC,a\rSRC,b\r",
        "line 1: a carriage return outside quotes and not at the end of a line"),
    row("one bad row", "SRC,a\nSRC\n", "line 2: 1 column; expected bucket,key or "
        "bucket,key,versionId"),
    row("a row twice", "SRC,x/a\nSRC,b\nSRC,x/a\n", "line 3: the same object as line 1 (both would "
        'be copied to "x/a"); --on-duplicate skip takes it once'),
    row("a list twice", "SRC,a\nSRC,b\nSRC,c\n" * 2, "line 4: the same object as line 1 (both would "
        'be copied to "a"), as 2 more lines name an object of an earlier line; --on-duplicate skip '
        "takes it once"),
    row("basenames that collide", "SRC,x/a\nSRC,y/a\n", "line 2: s3://SRC/y/a collides with "
        's3://SRC/x/a of line 1: both would be copied to "a"; --destination-keys full keeps their '
        "folders", "--destination-keys", "basename"),
    row("keys of two buckets", "SRC,x/a\nother-bucket,x/a\n", "line 2: s3://other-bucket/x/a "
        'collides with s3://SRC/x/a of line 1: both would be copied to "x/a"; copy each bucket\'s '
        "objects by a run of its own, to another folder (--to)"),
    row("two versions", "SRC,x/a,v1\nSRC,x/a,v2\n", "line 2: s3://SRC/x/a is another version of "
        's3://SRC/x/a of line 1: both would be copied to "x/a"; leave one of the two lines out'),
    row("no basename", "SRC,x/\nSRC,b\n", 'line 1: key "x/" ends with \'/\', so it has no basename '
        "to copy to; use --destination-keys full", "--destination-keys", "basename"),
]
LISTS = [*FORMATS, *ROWS]
