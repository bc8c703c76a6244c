/* Mistakes that concern a whole list: a file of another kind, columns in another order, a header.
 * Each is a row of one table, with the cause and the remedy as one sentence, so that a person reads
 * that in place of a line for each row. To add a mistake, add its row, and the test that knows it:
 * first bytes, or a function of a row. Pure. */
#ifndef COPYOUT_PLAN_MISTAKES_H
#define COPYOUT_PLAN_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/input.h"
#include "plan/manifest_csv.h"

enum mistake {
    MISTAKE_NONE,
    /* of the file, known by its first bytes */
    MISTAKE_TWICE_GZIP,
    MISTAKE_ZIP,
    MISTAKE_XLSX,
    MISTAKE_ODS,
    MISTAKE_XLS,
    MISTAKE_XZ,
    MISTAKE_ZSTD,
    MISTAKE_BZIP2,
    MISTAKE_LZ4,
    MISTAKE_LZIP,
    MISTAKE_COMPRESS,
    MISTAKE_SNAPPY,
    MISTAKE_ZLIB,
    MISTAKE_7Z,
    MISTAKE_RAR,
    MISTAKE_TAR,
    MISTAKE_PARQUET,
    MISTAKE_ORC,
    MISTAKE_AVRO,
    MISTAKE_ARROW,
    MISTAKE_SQLITE,
    MISTAKE_HDF5,
    MISTAKE_UTF16,
    MISTAKE_UTF32,
    MISTAKE_ELF,
    MISTAKE_PDF,
    MISTAKE_PNG,
    MISTAKE_JPEG,
    MISTAKE_INPUT,        /* a job's input as JSON */
    MISTAKE_INSTRUCTIONS, /* copy instructions as JSON; as JSON lines they are no mistake */
    MISTAKE_BATCH,      /* the manifest of a job of S3 Batch Operations; likewise, if it is whole */
    MISTAKE_COMPLETION, /* the manifest.json of a completion report; likewise */
    MISTAKE_INVENTORY,  /* the manifest.json of S3 Inventory */
    MISTAKE_JSON,
    MISTAKE_S3_ERROR, /* an error of S3, saved as the list */
    MISTAKE_MARKUP,   /* HTML or XML */
    MISTAKE_PEM,
    MISTAKE_BINARY, /* none of these, and no text either */
    MISTAKE_NULS,   /* text, but for several NUL bytes */
    /* of the rows */
    MISTAKE_HEADER, /* the first row alone */
    MISTAKE_SEP,    /* the first row of a list that was made for Excel */
    MISTAKE_BOM,
    MISTAKE_KEYS_ONLY,
    MISTAKE_TABS,
    MISTAKE_SEMICOLONS,
    MISTAKE_PIPES,
    MISTAKE_AWS_LS, /* what `aws s3 ls` prints */
    MISTAKE_SWAPPED,
    MISTAKE_S3_BUCKET,    /* s3://bucket,key */
    MISTAKE_URI_AND_MORE, /* s3://bucket/key,… */
    MISTAKE_SCHEME,       /* s3a://, S3:// and the like */
    MISTAKE_WEB,          /* https:// */
    MISTAKE_ARN,
    MISTAKE_BLANKS, /* around the bucket */
    MISTAKE_SLASH,  /* bucket/,key */
    MISTAKE_SINGLE_QUOTES,
    MISTAKE_CURLY_QUOTES,
    MISTAKE_BACKSLASH_QUOTES,
    MISTAKE_OPEN_QUOTES, /* quotes in the middle of a field */
    MISTAKE_COLUMNS,
    MISTAKE_BUCKET, /* no name of a bucket, for another reason */
    MISTAKE_COUNT
};

enum { LIST_COLUMNS_MOST = 3 }; /* bucket,key,versionId */

/* So many first bytes of a list, or all if it is shorter, tell what it is. */
enum { MISTAKE_HEAD_BYTES = 1024 };

/* Whether the first bytes, however few of these there are yet, hold a line of text as only a list
 * begins with, so that no more need be waited for. */
bool mistake_is_text(const char *head, size_t len);

/* Whether the first line, as far as it is there, is text with the commas of so many columns. */
bool mistake_may_be_row(const char *head, size_t len, unsigned columns);

/* The mistake that the first bytes of a list show; of one that was compressed with gzip, the first
 * that came out. MISTAKE_NONE: they may be text. */
enum mistake mistake_of_bytes(const char *head, size_t len);

/* Whether a row is a header: the first row, whose words name columns and no object. */
bool mistake_is_header(const struct csv_row *row);

/* The mistake that a row that is wrong shows. MISTAKE_NONE: one of its own. first: it is the first
 * row of the list. */
enum mistake mistake_of_row(const struct csv_row *row, bool first);

/* Whether a row by itself is told of in the mistake's words, too, and not by what is wrong with its
 * fields. */
bool mistake_has_own_words(enum mistake mistake);

/* The rows of a list, counted. */
struct mistake_counts {
    uint64_t good;                /* rows in which nothing is wrong */
    uint64_t swappable;           /* of these, those that would be good the other way round */
    uint64_t wrong;               /* all others but a header */
    uint64_t by[MISTAKE_COUNT];   /* of these */
    uint64_t line[MISTAKE_COUNT]; /* the first of each */
};

void mistakes_count(struct mistake_counts *c, enum mistake mistake, uint64_t line);

/* The mistake that explains the list: nine of ten wrong rows show it, and no row is good.
 * MISTAKE_NONE: there is no such. */
enum mistake mistake_of_list(const struct mistake_counts *c);

/* Appends the sentence. of: the words to name options or fields with. shown: the field that is
 * wrong, as it is shown to people, or of MISTAKE_BUCKET what is wrong with it; columns: the row's;
 * more: how many rows besides. */
void mistake_say(struct buf *out, enum mistake mistake, enum input_words words, const char *shown,
        unsigned columns, uint64_t more);

#endif
