/* The names of all files that copyout keeps in a work store: the one table of them. No other file
 * there is ever replaced, removed or counted. All of it is pure.
 *
 *   job.json              the input and the counts of the plan; the mark that the store is ours
 *   items.jsonl           the items of the plan, one a line
 *   shards.json           the shards of the plan, as the distributed map reads them
 *   runs.json             how many times the whole job was run to its end (store/runs.h)
 *   results/N.jsonl       results of shard N (six digits or more), one a line
 *   results/N-G.S.R-P.jsonl   the same in pieces, each of which is written once
 *   ledger/N.jsonl        the same of runs before that, until the present run's say as much
 *   ledger/all.jsonl      the same of the job before it was planned anew, since its prefixes have
 *                         other objects now
 *   uploads/HEX.json      the record of an unfinished multipart upload; HEX: 32 hexadecimal digits
 *   waiting/N.json        shard N has objects that wait until their sources are restored
 *   map/UUID/FAILED_N.json, ...   what became of the shards, as the distributed map of Step
 *                         Functions writes it (its ResultWriter); copyout never writes them
 *   report.json           the report: counts and verdict
 *   report.csv            the report: one row for each item
 *   COPY_REPORT.html      the report as a page
 *   list-HEX              a list that can be read once only, such as one from standard input; HEX:
 * 16 hexadecimal digits of the digest of its bytes
 *
 * Of a piece, P is its number, from 0, and G.S.R the worker that wrote it: the run that it is of, a
 * number that is larger for a later worker, and eight random hexadecimal digits. */
#ifndef COPYOUT_STORE_WORK_NAMES_H
#define COPYOUT_STORE_WORK_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define JOB_FILE         "job.json"
#define ITEMS_FILE       "items.jsonl"
#define SHARDS_FILE      "shards.json"
#define RUNS_FILE        "runs.json"
#define LEDGER_ALL_FILE  "ledger/all.jsonl"
#define REPORT_FILE      "report.json"
#define REPORT_CSV_FILE  "report.csv"
#define REPORT_PAGE_FILE "COPY_REPORT.html"

#define RESULTS_FOLDER "results/"
#define UPLOADS_FOLDER "uploads/"
#define LEDGER_FOLDER  "ledger/"
#define MAP_FOLDER     "map/"
#define WAITING_FOLDER "waiting/"

#define LIST_HEAD "list-"

enum {
    RESULTS_NAME_SIZE = sizeof RESULTS_FOLDER /* bytes with the NUL */
    "4294967295-4294967295.4294967295.89abcdef-4294967295.jsonl",
    LEDGER_NAME_SIZE = sizeof LEDGER_FOLDER "4294967295.jsonl",
    WAITING_NAME_SIZE = sizeof WAITING_FOLDER "4294967295.json",
    UPLOADS_HEX = 32, /* digits */
    UPLOADS_NAME_SIZE = sizeof UPLOADS_FOLDER ".json" + UPLOADS_HEX,
    LIST_HEX = 16,
    LIST_NAME_SIZE = sizeof LIST_HEAD + LIST_HEX,
};

/* The worker of a piece. Pieces of one run are ordered by seq, and those of one seq by random. */
struct results_worker {
    unsigned run;    /* how many times the job had been run to its end before */
    unsigned seq;    /* above those of all pieces that the worker found; from 1 */
    uint32_t random; /* keeps two workers that start at one time apart */
};

/* The parts of a name of results. */
struct results_name {
    unsigned shard;
    bool is_plain; /* results_name(): nothing follows */
    struct results_worker worker;
    unsigned piece;
};

/* Writes the name of the results of that shard, counted from 0, where one file has all of them. */
void results_name(char name[RESULTS_NAME_SIZE], unsigned shard);
/* Writes the name of a piece, counted from 0. */
void results_piece_name(char name[RESULTS_NAME_SIZE], unsigned shard,
        const struct results_worker *worker, unsigned piece);
/* Reads a name that one of these two makes. false: it is none; *out may be changed then. */
bool results_name_read(const char *name, struct results_name *out);
/* Whether a name ("results/000001.jsonl") is one that these make. */
bool results_is_name(const char *name);
/* The name of what is kept of earlier runs of the shard. */
void ledger_name(char name[LEDGER_NAME_SIZE], unsigned shard);
bool ledger_is_name(const char *name);
/* The shard of a name that ledger_is_name() accepts. */
unsigned ledger_shard_of(const char *name);

/* The name of the mark of a shard with objects that wait until they are restored. */
void waiting_name(char name[WAITING_NAME_SIZE], unsigned shard);
bool waiting_is_name(const char *name);
/* The shard of a name that waiting_is_name() accepts. */
unsigned waiting_shard_of(const char *name);

/* Writes the name of a record of an upload to that bucket and key: the first 32 digits of the
 * SHA-256 of "bucket/key". which: 0, or another of the records of that destination
 * (model/upload.h), which has a NUL and the number, in decimal digits, behind that text. Errors:
 * ERR_NOMEM, ERR_LIMIT (a key far beyond what S3 takes). */
enum err_code uploads_name(char name[UPLOADS_NAME_SIZE], const char *bucket, const char *key,
        unsigned which, struct err *e) ERR_MUST_CHECK;
/* Whether a name is one that uploads_name() makes. */
bool uploads_is_name(const char *name);

/* Writes the name of the list whose bytes have that digest: "sha256:" and hexadecimal digits. */
void list_name(char name[LIST_NAME_SIZE], const char *digest);
/* Whether a name is one that list_name() makes. */
bool list_is_name(const char *name);

/* Whether a name is one that the ResultWriter of the distributed map makes in MAP_FOLDER: in any
 * folder below it manifest.json, or SUCCEEDED_N.json, FAILED_N.json or PENDING_N.json (AWS Step
 * Functions Developer Guide, "ResultWriter (Map)"). */
bool map_is_name(const char *name);
/* The same of FAILED_N.json alone, the shards that failed, timed out or were aborted. */
bool map_is_failed(const char *name);

/* Whether a file of that name in a work store is copyout's: one of the table above. */
bool work_is_name(const char *name);

#endif
