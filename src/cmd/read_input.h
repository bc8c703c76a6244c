/* The job's input from where a person gave it: a file, standard input, and options over both. */
#ifndef COPYOUT_CMD_READ_INPUT_H
#define COPYOUT_CMD_READ_INPUT_H

#include "cli/command.h"
#include "model/delivery/delivery_key.h"
#include "model/input.h"

/* The options that say something instead of the JSON; NULL or false: nothing. */
struct input_options {
    const char *manifest;
    const char *to;
    const char *destination_keys;
    const char *on_different;
    const char *on_duplicate;
    const char *on_unproven;
    const char *tags;
    const char *proof;
    const char *look;
    const char *max_cost;
    const char *report_name;
    struct option_list include, exclude;
    const char *modified_after;
    const char *modified_before;
    const char *only_storage_class;
    const char *folder_markers;
    uint64_t min_size, max_size;
    bool wildcards;
    const char *columns;
    bool url_encoded;
    bool header;
    bool only_failed;
    bool dry_run;
    const char *report_formulas;
    bool no_report, no_marker, report_page;
    const char *delivery_record;
    bool delivery_tags;
    bool any_region;
    /* Of object_options.h: the text of each; of a switch, whether it was given. */
    const char *object[OBJECT_OPTION_COUNT];
    bool object_on[OBJECT_OPTION_COUNT];
};

/* The entries of object_options.h, by their kinds. */
/* clang-format off */
#define OBJECT_ENTRY(type, member, id, kind, field, option, argument, help) \
    {option, '\0', OBJECT_ENTRY_TYPE_##kind, argument, \
        offsetof(type, member.OBJECT_ENTRY_MEMBER_##kind[OBJECT_##id]), help},
#define OBJECT_ENTRY_TYPE_WORD       OPTION_CHOICE
#define OBJECT_ENTRY_TYPE_TEXT       OPTION_STRING
#define OBJECT_ENTRY_TYPE_METADATA   OPTION_STRING
#define OBJECT_ENTRY_TYPE_SWITCH     OPTION_FLAG
#define OBJECT_ENTRY_MEMBER_WORD     object
#define OBJECT_ENTRY_MEMBER_TEXT     object
#define OBJECT_ENTRY_MEMBER_METADATA object
#define OBJECT_ENTRY_MEMBER_SWITCH   object_on
/* clang-format on */

/* Their entries in a command's table, for a struct type with such a member: what is copied and how,
 * and for those that copy how far they go. */
/* clang-format off */
#define LIST_NAME_OPTIONS(type, member) \
    {"manifest", 'm', OPTION_STRING, "MANIFEST", offsetof(type, member.manifest), \
        "the manifest: CSV rows bucket,key[,versionId], or s3://bucket/key one a line, plain or " \
        "gzip, in S3, on disk or from standard input (-); also copy instructions as JSON lines, a " \
        "report of copyout, or a manifest or completion report of S3 Batch Operations"}, \
    {"to", 't', OPTION_STRING, "S3-FOLDER", offsetof(type, member.to), \
        "the destination: s3://bucket or s3://bucket/folder/"}, \
    {"destination-keys", '\0', OPTION_CHOICE, "basename|full|relative", \
        offsetof(type, member.destination_keys), \
        "what a copy is called below the destination: its full key (the default), or what follows " \
        "the last '/' of it, so that folders are dropped (basename, the default of a JSON input), or " \
        "what follows the prefix it was found by (relative, the default of an S3-FOLDER)"}, \
    {"on-duplicate", '\0', OPTION_CHOICE, "fail|skip", offsetof(type, member.on_duplicate), \
        "when a row names the object of an earlier row: copy nothing (the default), or pass over " \
        "the row"}
#define LIST_COPY_OPTIONS(type, member) \
    {"on-different", '\0', OPTION_CHOICE, "overwrite|keep|fail", \
        offsetof(type, member.on_different), \
        "when something else is at the destination already; overwrite is the default"}, \
    {"on-unproven", '\0', OPTION_CHOICE, "copy|skip", offsetof(type, member.on_unproven), \
        "under overwrite, when an object of the same size is there that cannot be compared with " \
        "the source: copy it again (the default), or leave it"}, \
    {"tags", '\0', OPTION_CHOICE, "best-effort|require|none|set", offsetof(type, member.tags), \
        "object tags: copied if we may (the default), copied or the object fails, left, or those of " \
        "--tag-set in their place"}, \
    {"proof", '\0', OPTION_CHOICE, "etag|checksum|fast", offsetof(type, member.proof), \
        "what a copy is made of: the source's own parts, so that its ETag proves it (the default); as " \
        "few pieces as can be where a checksum proves it (checksum); pieces of 128 MiB at once (fast)"}, \
    OBJECT_OPTION_TABLE(OBJECT_ENTRY, type, member) \
    {"look", '\0', OPTION_CHOICE, "auto|head", offsetof(type, member.look), \
        "how objects are looked at: by listings where they lie close together (the default), or " \
        "each by a HEAD, which shows more (website redirects, Object Lock)"}
#define LIST_REGION_OPTION(type, member) \
    {"any-region", '\0', OPTION_FLAG, NULL, offsetof(type, member.any_region), \
        "the buckets may lie in any region (transfer between regions is charged); without it they " \
        "must lie where copyout runs, or where the input says"}
#define LIST_ROW_OPTIONS(type, member) \
    {"url-encoded", '\0', OPTION_FLAG, NULL, offsetof(type, member.url_encoded), \
        "the manifest's keys are URL-encoded, as in S3 Inventory"}, \
    {"header", '\0', OPTION_FLAG, NULL, offsetof(type, member.header), \
        "the manifest's first row is a header: pass over it, or take the columns by its names " \
        "where one of them is destinationKey"}, \
    {"columns", '\0', OPTION_STRING, "NAMES", offsetof(type, member.columns), \
        "what the manifest's columns are: bucket, key, versionId, destinationKey or ignore, with " \
        "commas between"}, \
    {"only-failed", '\0', OPTION_FLAG, NULL, offsetof(type, member.only_failed), \
        "the manifest is a report of copyout: copy what FAILED or was NOT REACHED there"}, \
    {"wildcards", '\0', OPTION_FLAG, NULL, offsetof(type, member.wildcards), \
        "a row of the manifest whose key ends with /* (or is *) stands for all objects below that " \
        "prefix; without it a * is a character of a key"}, \
    {"include", '\0', OPTION_LIST, "PATTERN", offsetof(type, member.include), \
        "copy only objects whose whole key is like it: * is any characters, / too, ? one, [a-z] one of " \
        "some, {a,b} one or the other; given again, like one of these patterns"}, \
    {"exclude", '\0', OPTION_LIST, "PATTERN", offsetof(type, member.exclude), \
        "leave out objects whose whole key is like it; given again, like one of these patterns"}, \
    {"min-size", '\0', OPTION_NUMBER, "BYTES", offsetof(type, member.min_size), \
        "leave out smaller objects; this and the next four need a list that tells it, as that of an " \
        "S3-FOLDER does"}, \
    {"max-size", '\0', OPTION_NUMBER, "BYTES", offsetof(type, member.max_size), \
        "leave out larger objects"}, \
    {"modified-after", '\0', OPTION_STRING, "TIME", offsetof(type, member.modified_after), \
        "leave out objects that were written then (2026-12-31T23:59:59Z) or before"}, \
    {"modified-before", '\0', OPTION_STRING, "TIME", offsetof(type, member.modified_before), \
        "leave out objects that were written then or later"}, \
    {"only-storage-class", '\0', OPTION_STRING, "CLASSES", \
        offsetof(type, member.only_storage_class), \
        "leave out objects of other storage classes than these, joined by commas"}, \
    {"folder-markers", '\0', OPTION_CHOICE, "skip|keep", offsetof(type, member.folder_markers), \
        "empty objects below a prefix whose keys end with /, as consoles make them for folders: pass " \
        "over them (the default), or copy them"}
#define LIST_OPTIONS(type, member) \
    LIST_NAME_OPTIONS(type, member), \
    LIST_COPY_OPTIONS(type, member), \
    LIST_REGION_OPTION(type, member), \
    LIST_ROW_OPTIONS(type, member)
#define OWN_FILE_OPTIONS(type, member) \
    {"report-name", '\0', OPTION_STRING, "KEY", offsetof(type, member.report_name), \
        "the report's key below the destination's folder; ENDED_COPY.csv by default, or the same " \
        "with a number where a file of somebody else has that name"}, \
    {"report-page", '\0', OPTION_FLAG, NULL, offsetof(type, member.report_page), \
        "write the report page, COPY_REPORT.html, into the destination beside the report; it is in the " \
        "work store all the same"}, \
    {"delivery-record", '\0', OPTION_CHOICE, "none|work|destination", \
        offsetof(type, member.delivery_record), \
        "write a delivery record, DELIVERY.jsonl: keys, sizes, ETags, checksums and versions of all that is " \
        "there, with a digest, for copyout verify; in the work store, or in the destination beside the " \
        "report too"}, \
    {"delivery-tags", '\0', OPTION_FLAG, NULL, offsetof(type, member.delivery_tags), \
        "the delivery record has digests of the objects' tags too; one request more for each object"}, \
    {"no-report", '\0', OPTION_FLAG, NULL, offsetof(type, member.no_report), \
        "write no report into the destination; it is in the work store all the same"}, \
    {"no-marker", '\0', OPTION_FLAG, NULL, offsetof(type, member.no_marker), \
        "write no start marker (STARTED_COPY.txt) into the destination; whether we may write is " \
        "asked by an upload that is begun and removed"}
#define INPUT_OPTIONS(type, member) \
    LIST_OPTIONS(type, member), \
    OWN_FILE_OPTIONS(type, member), \
    {"report-formulas", '\0', OPTION_CHOICE, "escaped|exact", \
        offsetof(type, member.report_formulas), \
        "fields of the report in the destination that a spreadsheet would run, such as =1+1: with an " \
        "apostrophe in front, and a column that says so (escaped, the default), or as they are (exact, " \
        "the default of a JSON input)"}, \
    {"max-cost", '\0', OPTION_STRING, "USD", offsetof(type, member.max_cost), \
        "copy nothing if S3's requests would cost more than so many US dollars, which is known when " \
        "all objects were looked at; no limit by default"}, \
    {"dry-run", 'n', OPTION_FLAG, NULL, offsetof(type, member.dry_run), \
        "check all, the right to write too, look at every object, say what the copy would take, and copy " \
        "nothing"}
/* clang-format on */

/* The help of --replace-job, for the tables of run and prepare. */
#define HELP_REPLACE_JOB                                                                 \
    "when the work store holds the results of another manifest or another destination: " \
    "remove them, and use it for this job; without it that is an error"

/* The help of --recheck, likewise. */
#define HELP_RECHECK                                                                           \
    "look at every object again, also when an interrupted job goes on; without it those that " \
    "are finished and proven are not asked about again"

/* The help of --sign-key, for the tables of run and report. */
#define HELP_SIGN_KEY                                                                             \
    "sign the delivery record with the private key that the file holds (Ed25519, PEM, without a " \
    "passphrase); it is read before anything is done, and written nowhere"

/* Reads --sign-key. The input then has a delivery record, in the work store if it says nothing
 * else. ERR_INPUT names the option. */
enum err_code read_sign_key(struct delivery_key **key, const char *path, struct input *in,
        struct err *e) ERR_MUST_CHECK;

/* Reads the JSON of a file, puts the options over it and checks the result (input_check). path:
 * NULL: there is no JSON, and destinationKeys is "full" unless an option says otherwise; "-":
 * io->in; one that begins with '{': the JSON itself; s3://bucket/prefix/, or with a '*' behind it:
 * what lies below that is the list, and destinationKeys is "relative". in is initialised; its words
 * may be set to INPUT_WORDS_FIELDS by a command that has no such options. ERR_USAGE: nothing says
 * what to copy; ERR_INPUT: it is wrong, or cannot be read. */
enum err_code read_input(struct input *in, const struct cmd_io *io, const char *path,
        const struct input_options *options, struct err *e) ERR_MUST_CHECK;

#endif
