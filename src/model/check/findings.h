/* The meaning of the answers to `copyout check`: a table of findings, each a pure function of what
 * was seen, and their forms as text and JSON. docs/check.md. */
#ifndef COPYOUT_MODEL_CHECK_FINDINGS_H
#define COPYOUT_MODEL_CHECK_FINDINGS_H

#include <jansson.h>

#include "base/buf.h"
#include "model/check/check_seen.h"

enum check_level {
    CHECK_OK,
    CHECK_NOTE,    /* a job does otherwise */
    CHECK_MISSING, /* a job needs it, and it does not work */
    CHECK_UNKNOWN, /* it could not be asked */
};

/* The name of a level in JSON: "ok". */
const char *check_level_name(enum check_level level);

struct check_finding {
    const char *name;  /* "source-condition" */
    const char *asked; /* S3's name of the operation; "": none was needed */
    const char *value; /* "enforced"; may point into what was seen */
    enum check_level level;
    const char *meaning;   /* for a job: sentences without the last full stop */
    const struct err *err; /* what S3 said, of what was seen; NULL: it refused nothing */
};

/* The rows of the table. */
unsigned check_rows(void);
/* The finding of a row. false: the row is none of this bucket's roles. */
bool check_find(struct check_finding *out, const struct check_seen *seen, unsigned row);

/* Whether there is no such bucket: all that it was asked has that one answer. */
bool check_bucket_is_missing(const struct check_seen *s);

/* Things of ours that could not be removed. */
enum { CHECK_LEFT_MOST = 16 };

struct check_left {
    const char *bucket;
    char *key, *upload_id, *version; /* the latter two may be NULL. Owned */
};

/* A whole check. Zeroed memory is an empty one. */
struct check_report {
    struct check_seen *seen; /* owned */
    unsigned count;
    char *endpoint; /* NULL: AWS. Owned */
    bool writes;
    struct check_left left[CHECK_LEFT_MOST];
    unsigned left_count;
};

void check_report_free(struct check_report *r);
/* Remembers something that is left; strings are copied, bucket must outlive the report. Beyond
 * CHECK_LEFT_MOST nothing is remembered. */
void check_report_add_left(struct check_report *r, const char *bucket, const char *key,
        const char *upload_id, const char *version);
/* Whether all that a job needs works, as far as it could be asked. */
bool check_report_works(const struct check_report *r);

/* The report as lines for a person, appended to out. early: an error ended the check, so that what
 * was found says nothing of the whole; rows that were not asked are left out then, and if nothing
 * worked at all there is no table: the error says all. Of a bucket that is missing that one row is
 * shown. Rows that are unknown for one reason share a line. */
void check_report_text(struct buf *out, const struct check_report *r, bool early);
/* The report as docs/check.schema.json has it. err: what ended the check early; NULL: nothing did.
 * NULL: no memory. */
json_t *check_report_json(const struct check_report *r, const struct err *err);

#endif
