/* The check that a destination is what a job, a delivery record or a list says of it: copyout
 * verify. It asks by listings, and by HeadObject where these cannot decide; it writes nothing to
 * any bucket.
 *
 * In memory are AUDIT_BATCH objects, some 700 bytes each; what is to be sorted waits in temporary
 * files. No function here may be called from within a callback. */
#ifndef COPYOUT_JOB_AUDIT_H
#define COPYOUT_JOB_AUDIT_H

#include "job/engine.h"
#include "model/delivery/delivery_lines.h"

/* The kinds of findings. */
enum audit_kind {
    AUDIT_MISSING,        /* nothing is there */
    AUDIT_DIFFERENT,      /* something else is there */
    AUDIT_NOT_COMPARABLE, /* something of the same size is there, and nothing decides */
    AUDIT_TAGS,           /* it is there, with other tags */
    AUDIT_EXTRA,          /* nobody named it */
    AUDIT_UNREADABLE,     /* it, or its source, could not be looked at */
    AUDIT_KINDS
};

/* "MISSING", "NOT-COMPARABLE", … */
const char *audit_name(enum audit_kind kind);

struct audit_finding {
    enum audit_kind kind;
    const char *key;     /* in the destination's bucket; of AUDIT_EXTRA any bytes */
    const char *message; /* a sentence without a final stop */
};

/* A row of a CSV of findings, and its header, whole lines: status,key,message,escaped. Fields that
 * a spreadsheet may take for formulas have an apostrophe in front, and `escaped` names them
 * (report/report_csv.h). */
#define AUDIT_CSV_HEADER "status,key,message,escaped\r\n"
void audit_csv_row(struct buf *out, const struct audit_finding *finding);

struct audit_counts {
    uint64_t objects; /* that were asked about */
    uint64_t same;    /* that are as the job, record or list says */
    uint64_t by_size; /* of same, those of which no more than the size is known */
    uint64_t kept;    /* of objects, those that the job had left as they were, and that are there */
    uint64_t bytes;   /* of the objects that are the same */
    uint64_t findings[AUDIT_KINDS];
    uint64_t failed, not_reached; /* objects of the job that were not delivered */
};

/* How far an audit is. */
struct audit_progress {
    uint64_t objects;   /* that there are */
    uint64_t looked_at; /* of these, those that were compared; their tags may still be asked for */
    uint64_t findings;  /* of all kinds */
    uint64_t listings, heads, taggings; /* requests that the session has sent: ListObjectsV2,
                                           HeadObject, GetObjectTagging */
};

/* Makes it of the counts so far. objects: how many there are. */
void audit_progress_of(struct audit_progress *out, const struct audit_counts *counts,
        uint64_t objects, const struct s3_client *s3);

/* Whether there is no finding. */
bool audit_is_clean(const struct audit_counts *counts);

/* All must outlive the audit. */
struct audit_config {
    const struct session *session;
    const struct stop *stop;
    const char *tmp; /* where temporary files are made; NULL: /tmp */
    bool extra;      /* objects that nobody named are findings */
    bool tags;       /* tags are compared */
    /* Takes a finding, in no order; an error of it ends the audit. It may be called from a callback
     * of the loop. */
    enum err_code (*on_finding)(void *ctx, const struct audit_finding *finding, struct err *e);
    /* Tells, from the loop, how far it is, every so many milliseconds. NULL or 0: never. */
    void (*on_progress)(void *ctx, const struct audit_progress *now);
    uint64_t progress_ms;
    void *ctx; /* of both */
};

/* Audits what the results of a job say, whose plan engine_load() has loaded. ERR_INPUT: it has
 * none, or copied nothing since it was a dry run; or, with tags, its copies were to have none. */
enum err_code audit_job(struct engine *g, const struct audit_config *config,
        struct audit_counts *counts, struct err *e) ERR_MUST_CHECK;

/* Audits what the sources of a list are. The engine was opened with list_only and a work store of
 * its own; input: checked; its dry_run is set, and its onDifferent is "fail". Errors: as
 * engine_prepare().
 */
enum err_code audit_list(struct engine *g, const struct audit_config *config,
        const struct input *input, struct problems *problems, struct audit_counts *counts,
        struct err *e) ERR_MUST_CHECK;

/* --- delivery records --- */

enum audit_seal {
    AUDIT_UNSIGNED,  /* the record has no signature */
    AUDIT_UNCHECKED, /* it has one, and no key was given to check it by */
    AUDIT_SIGNED,    /* by the key that was given */
    AUDIT_OTHER_KEY, /* by another key than was given */
    AUDIT_FORGED,    /* it names the key that was given, which did not sign it */
};

struct audit_record {
    FILE *file; /* from its beginning */
    struct delivery_head head;
    struct delivery_end end;
    enum audit_seal seal;
    uint64_t lines, with_tags; /* objects, and those with a digest of their tags */
    char problem[256];         /* why the record cannot be relied on, a sentence; "": it can */
};

/* Reads a record, a file here or s3://bucket/key, and checks it: its form, its digest, and with a
 * key its signature (NULL: none was given). What is wrong with a record is no error:
 * record->problem says it. ERR_INPUT: it is no delivery record of this version, or cannot be read.
 * Errors besides: of the request. audit_record_close() it also then. */
enum err_code audit_record_open(struct audit_record *record, const struct audit_config *config,
        const char *place, const struct delivery_key *key, struct err *e) ERR_MUST_CHECK;
void audit_record_close(struct audit_record *record); /* r may be zeroed */

/* Whether a text, or a file here, begins as a delivery record does. */
bool audit_begins_as_record(const char *text, size_t len);
bool audit_is_record(const char *path);

/* Audits what a record without a problem says. to: the destination's folder in the place of the
 * record's, s3://bucket/folder/; NULL: the record's. ERR_INPUT: it is of another form; or, with
 * tags, the record has none. */
enum err_code audit_record_run(struct audit_record *record, const struct audit_config *config,
        const char *to, struct audit_counts *counts, struct err *e) ERR_MUST_CHECK;

#endif
