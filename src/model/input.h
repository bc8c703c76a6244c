/* The job's input: the JSON that a person, or Step Functions, hands over. docs/input.md lists the
 * fields. Reading and checking only; nothing is looked up. */
#ifndef COPYOUT_MODEL_INPUT_H
#define COPYOUT_MODEL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/copy_options.h"
#include "model/fields/field_set.h"

/* RELATIVE: what follows the prefix that an object was found by; of others the basename. */
enum dest_keys { DEST_KEYS_BASENAME, DEST_KEYS_FULL, DEST_KEYS_RELATIVE };
enum folder_markers { FOLDER_MARKERS_SKIP, FOLDER_MARKERS_KEEP };
enum key_encoding { KEY_ENCODING_NONE, KEY_ENCODING_URL };
enum look_mode { LOOK_AUTO, LOOK_HEAD };
enum on_duplicate { ON_DUPLICATE_FAIL, ON_DUPLICATE_SKIP };

/* The names that messages about the input use: those that the person who gave it can write. */
enum input_words {
    INPUT_WORDS_EITHER,  /* a JSON, beside which options can be given */
    INPUT_WORDS_FIELDS,  /* a JSON, and nothing beside it */
    INPUT_WORDS_OPTIONS, /* options alone */
};

/* Where destination_keys comes from. */
enum keys_chosen {
    KEYS_CHOSEN,  /* it was given, or is the default of a JSON, which stays what it was */
    KEYS_ASSUMED, /* the command line's default: the plan of an earlier run counts more */
};
/* reportFormulas: what becomes of fields of the report's CSV in the destination that a spreadsheet
 * would take for formulas. EXACT in JSON; a command line without JSON means ESCAPED. */
enum report_formulas { REPORT_FORMULAS_EXACT, REPORT_FORMULAS_ESCAPED };
enum on_foreign_file { ON_FOREIGN_FILE_OVERWRITE, ON_FOREIGN_FILE_NUMBER };

/* deliveryRecord: where the delivery record is written. */
enum delivery_place { DELIVERY_NONE, DELIVERY_WORK, DELIVERY_DESTINATION };

enum { ITEMS_PER_SHARD_MOST = 10000 };
/* Fargate's largest task: Amazon ECS Developer Guide, "Task CPU and memory". */
enum { TASK_CPU_MOST = 16384, TASK_MEMORY_MOST = 122880 };

#define INPUT_PAGE_NAME     "COPY_REPORT.html" /* of the report page, wherever it lies */
#define INPUT_DELIVERY_NAME "DELIVERY.jsonl"   /* of the delivery record, likewise */

#define SPLIT_ABOVE_DEFAULT (UINT64_C(500) * 1000 * 1000 * 1000) /* bytes */

struct input {
    char *csv_bucket;    /* sourceFilesCsvBucket; NULL when csv_path is used */
    char *csv_key;       /* sourceFilesCsvKey */
    char *csv_path;      /* a manifest on disk ("-": standard input); only by flag */
    char *source_prefix; /* sourcePrefix: s3://bucket/prefix/, whose objects are the list; NULL: a
                            manifest is */
    char *destination_bucket;
    char *destination_folder; /* destinationFolderKey: "" or ends with '/' */
    char *start_key;          /* destinationStartCopyRelativeKey: STARTED_COPY.txt */
    char *end_key;            /* destinationEndCopyRelativeKey: ENDED_COPY.csv */
    char *source_region;      /* sourceRequiredRegion: NULL: where we run; "": any */
    char *destination_region; /* destinationRequiredRegion: the same */
    uint64_t items_per_shard; /* maxItemsPerBatch; 0: chosen from the number of items */
    uint64_t copy_concurrency;
    uint64_t split_above;    /* splitAbove: bytes; 0: left out; UINT64_MAX: no object is split */
    uint64_t max_cost_micro; /* maxCost in millionths of a dollar; 0: no limit */
    enum dest_keys destination_keys;
    struct copy_options options; /* of each object whose line says nothing else */
    enum look_mode look; /* how sources and destinations are looked at before they are copied */
    enum key_encoding manifest_encoding; /* manifestKeyEncoding: "none" or "url" */
    bool wildcards; /* wildcards: a key "*", or one that ends with that behind a '/', stands for
                       many */
    enum folder_markers folder_markers; /* empty objects of a prefix whose keys end with '/' */
    /* Filters of any list; NULL and 0: none (plan/expand/filter.h). */
    char *include, *exclude;                /* globs */
    uint64_t min_size, max_size;            /* bytes */
    char *modified_after, *modified_before; /* ISO 8601 */
    char *only_storage_class;               /* names, joined by commas */
    bool manifest_header;   /* manifestHeader: the first row is passed over, or names the columns */
    char *manifest_columns; /* manifestColumns: "bucket,key,destinationKey"; NULL: the usual ones */
    bool only_failed;       /* onlyFailed: of a report, the rows alone whose object is not there */
    char *instructions_key; /* copyInstructionsKey: a list in the work bucket; NULL: it is named
                               otherwise, or input_place_instructions() has placed it */
    enum on_duplicate on_duplicate; /* lines that name the object of an earlier line */
    enum keys_chosen keys_chosen;   /* of destination_keys; not in the JSON */
    enum input_words words;         /* likewise */
    /* onForeignFile: what becomes of a file under the marker's or the report's key that copyout did
     * not write. OVERWRITE in JSON; a command line without JSON means NUMBER */
    enum on_foreign_file on_foreign_file;
    enum report_formulas report_formulas;
    bool include_report;                 /* includeCopyReport: default true */
    bool include_page;                   /* includeReportPage: default false */
    bool include_marker;                 /* includeStartMarker: default true */
    enum delivery_place delivery_record; /* deliveryRecord */
    bool delivery_tags; /* deliveryTags: the record has digests of the objects' tags */
    bool dry_run;
    /* The job's keys of SSE-C: by flag only, and never in the JSON. NULL: none. Not owned */
    const struct sse_c_keys *keys;
    /* The kind of task that shards get on AWS, as far as the installation lets a job choose; they
     * mean nothing elsewhere. NULL and 0: what the installation has. */
    char *task_capacity;     /* taskCapacity: "spot-first" or "on-demand" */
    char *task_architecture; /* taskArchitecture: "arm64" or "x86_64" */
    uint64_t task_cpu;       /* taskCpu: CPU units, 1,024 of which are one processor */
    uint64_t task_memory;    /* taskMemory: MiB */
    bool thaw_asked;         /* thawParams was there and not empty */
    char *thaw_params;       /* thawParams as compact JSON, checked; NULL unless thaw_asked */
    struct field_set wrong;  /* fields that the JSON gives and that are wrong */
    bool no_json;            /* the text was no JSON at all */
    unsigned former; /* fields that the JSON gave by a former name: a bit for each of those */
};

/* Defaults everywhere; nothing else. */
enum err_code input_init(struct input *in, struct err *e) ERR_MUST_CHECK;
void input_free(struct input *in);

/* Reads json[0..len) over the defaults. Every problem of the text itself is one ERR_INPUT that
 * names the field (and the near miss); if there are several, its message lists them, joined by ";
 * ", as far as it has room. It does not say that a field is missing: a flag may still give it. */
enum err_code input_parse(
        struct input *in, const char *json, size_t len, struct err *e) ERR_MUST_CHECK;

/* Warns of each field that the JSON gave by a former name, with the new one. The values themselves
 * are where those of the new name would be. */
void input_log_former(const struct input *in);

/* --manifest s3://bucket/key or a path; --to s3://bucket/folder/ . ERR_INPUT names the flag, and in
 * is then as it was. */
enum err_code input_set_manifest(struct input *in, const char *value, struct err *e) ERR_MUST_CHECK;
enum err_code input_set_destination(
        struct input *in, const char *value, struct err *e) ERR_MUST_CHECK;

/* An operand s3://bucket/prefix/, the same with a '*' behind it, or s3://bucket: sourcePrefix.
 * ERR_INPUT when it is of another form. */
enum err_code input_set_prefix(struct input *in, const char *value, struct err *e) ERR_MUST_CHECK;

/* The bucket of source_prefix into *bucket (free()); returns the prefix, which is a part of it.
 * NULL: no memory. */
const char *input_prefix(const struct input *in, char **bucket);

/* Puts the list that copyInstructionsKey names, if it does, where other lists are named: into the
 * bucket of the work store. work: the work store's place, s3://bucket/prefix/; another, or NULL, is
 * ERR_INPUT. */
enum err_code input_place_instructions(
        struct input *in, const char *work, struct err *e) ERR_MUST_CHECK;

/* --report-name: the report's key below the folder; the same errors. */
enum err_code input_set_report_name(
        struct input *in, const char *value, struct err *e) ERR_MUST_CHECK;

/* A string field by its name, as the JSON would, for options that admit its words only. ERR_NOMEM.
 */
enum err_code input_set_text(
        struct input *in, const char *field, const char *value, struct err *e) ERR_MUST_CHECK;

/* An option of object_options.h, as the command line has it; ERR_INPUT names the flag. */
enum err_code input_set_object(struct input *in, enum object_option which, const char *value,
        struct err *e) ERR_MUST_CHECK;

/* The same of any text, which is checked as the JSON's is: ERR_INPUT names the flag. */
enum err_code input_set_checked(struct input *in, const char *flag, const char *field,
        const char *value, struct err *e) ERR_MUST_CHECK;

/* --any-region: sourceRequiredRegion and destinationRequiredRegion become "". ERR_NOMEM. */
enum err_code input_set_any_region(struct input *in, struct err *e) ERR_MUST_CHECK;

/* --max-cost: dollars, digits with at most six decimals; the same errors. */
enum err_code input_set_max_cost(struct input *in, const char *value, struct err *e) ERR_MUST_CHECK;

/* All that must be there is there, and fits together: names of buckets, lengths of keys, marker and
 * report not the same key, … */
enum err_code input_check(const struct input *in, struct err *e) ERR_MUST_CHECK;

/* After input_parse() failed: adds to e what is missing besides, unless it was there and wrong. */
void input_tell_missing(const struct input *in, struct err *e);

/* Of the two ways to say something the one that the input's words ask for: an option, or a field of
 * the JSON. */
const char *input_say(const struct input *in, const char *option, const char *field);
/* Objects of more bytes are copied in slices by several workers; 0: none is. */
uint64_t input_split_above(const struct input *in);

/* Whether source or destination buckets may lie in other regions than ours. */
bool input_may_be_anywhere(const struct input *in);

/* The keys of our own objects in the destination, appended to out. */
void input_marker_key(struct buf *out, const struct input *in);
void input_report_key(struct buf *out, const struct input *in);
/* Of the report page, which lies beside the report. */
void input_page_key(struct buf *out, const struct input *in);
/* Of the delivery record, likewise. */
void input_delivery_key(struct buf *out, const struct input *in);

/* Sets a field that is one of a few words, as the JSON would; false: the field does not know it. */
bool input_set_word(struct input *in, const char *field, const char *word);

/* The input as JSON again, for job.json; free(). What is not set is left out, and so is csv_path,
 * which means something on this machine only; fields of later versions are left out where they have
 * their default, so that earlier versions read what does without them. NULL: out of memory. */
char *input_to_json(const struct input *in);

#endif
