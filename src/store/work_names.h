/* The names of all files that copyout keeps in a work store: the one table of them. No other file
 * there is ever replaced, removed or counted. All of it is pure.
 *
 *   job.json              the input and the counts of the plan; the mark that the store is ours
 *   items.jsonl           the items of the plan, one a line
 *   shards.json           the shards of the plan, as the distributed map reads them
 *   results/N.jsonl       the results of shard N (six digits or more), one a line
 *   ledger/N.jsonl        the same of earlier runs, until the present run's say as much
 *   uploads/HEX.json      the record of an unfinished multipart upload; HEX: 32 hexadecimal digits
 *   report.json           the report: counts and verdict
 *   report.csv            the report: one row for each item */
#ifndef COPYOUT_STORE_WORK_NAMES_H
#define COPYOUT_STORE_WORK_NAMES_H

#include <stdbool.h>

#include "base/err.h"

#define JOB_FILE        "job.json"
#define ITEMS_FILE      "items.jsonl"
#define SHARDS_FILE     "shards.json"
#define REPORT_FILE     "report.json"
#define REPORT_CSV_FILE "report.csv"

#define RESULTS_FOLDER "results/"
#define UPLOADS_FOLDER "uploads/"
#define LEDGER_FOLDER  "ledger/"

enum {
    RESULTS_NAME_SIZE = sizeof RESULTS_FOLDER "4294967295.jsonl", /* bytes with the NUL */
    LEDGER_NAME_SIZE = sizeof LEDGER_FOLDER "4294967295.jsonl",
    UPLOADS_HEX = 32, /* digits */
    UPLOADS_NAME_SIZE = sizeof UPLOADS_FOLDER ".json" + UPLOADS_HEX,
};

/* Writes the name of the results of that shard, counted from 0. */
void results_name(char name[RESULTS_NAME_SIZE], unsigned shard);
/* Whether a name ("results/000001.jsonl") is one that results_name() makes. */
bool results_is_name(const char *name);
/* The same of what is kept of the results of earlier runs. */
void ledger_name(char name[LEDGER_NAME_SIZE], unsigned shard);
bool ledger_is_name(const char *name);
/* The shard of a name that one of these functions accepts. */
unsigned results_shard_of(const char *name);

/* Writes the name of the record of the upload to that bucket and key: the first 32 digits of the
 * SHA-256 of "bucket/key".
 * Errors: ERR_NOMEM, ERR_LIMIT (a key far beyond what S3 takes). */
enum err_code uploads_name(char name[UPLOADS_NAME_SIZE], const char *bucket, const char *key,
        struct err *e) ERR_MUST_CHECK;
/* Whether a name is one that uploads_name() makes. */
bool uploads_is_name(const char *name);

#endif
