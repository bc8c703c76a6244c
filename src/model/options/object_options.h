/* The options say what the copies of a job, or one of them, shall have besides their bytes, and on
 * which terms buckets are used: options that S3 is told by headers. One table has all of them: the
 * fields of the input and of a line, the options of the command line and their help are made of it,
 * and docs/input.md is checked against it. copy/copy_headers.c turns them into headers. */
#ifndef COPYOUT_MODEL_OPTIONS_OBJECT_OPTIONS_H
#define COPYOUT_MODEL_OPTIONS_OBJECT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* X(a, b, id, kind, field, option, argument, help); a and b are handed on. Kinds:
 *   WORD      a string, one of `argument`
 *   TEXT      a string, by a rule of its own
 *   SWITCH    true or false; on the command line a flag
 *   METADATA  an object of strings; on the command line its JSON
 * The words are those of S3's own headers (Amazon S3 API Reference, CopyObject). */
/* clang-format off */
#define OBJECT_OPTION_TABLE(X, a, b) \
    X(a, b, STORAGE_CLASS, WORD, "storageClass", "storage-class", \
        "STANDARD|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER_IR|GLACIER|DEEP_ARCHIVE|" \
        "REDUCED_REDUNDANCY", \
        "the storage class of the copies; without it the source's, if objects of that class can be " \
        "read at once, else STANDARD") \
    X(a, b, SSE, WORD, "sse", "sse", "AES256|aws:kms|aws:kms:dsse", \
        "how the copies are encrypted; without it as the destination bucket does by itself") \
    X(a, b, SSE_KMS_KEY_ID, TEXT, "sseKmsKeyId", "sse-kms-key-id", "KEY", \
        "with aws:kms or aws:kms:dsse: the id or ARN of the KMS key; without it AWS's own key of S3") \
    X(a, b, SSE_BUCKET_KEY, SWITCH, "sseBucketKey", "sse-bucket-key", NULL, \
        "with aws:kms: use an S3 Bucket Key, which spares calls of KMS") \
    X(a, b, ACL, WORD, "acl", "acl", \
        "private|public-read|public-read-write|authenticated-read|aws-exec-read|bucket-owner-read|" \
        "bucket-owner-full-control", \
        "the canned ACL of the copies; without it none is sent, as buckets without ACLs want it") \
    X(a, b, GRANT_FULL_CONTROL, TEXT, "grantFullControl", "grant-full-control", "GRANTEES", \
        "who may do all with the copies and their ACL (id=...,uri=...), instead of a canned ACL") \
    X(a, b, GRANT_READ, TEXT, "grantRead", "grant-read", "GRANTEES", \
        "who may read the copies") \
    X(a, b, GRANT_READ_ACP, TEXT, "grantReadAcp", "grant-read-acp", "GRANTEES", \
        "who may read the ACL of the copies") \
    X(a, b, GRANT_WRITE_ACP, TEXT, "grantWriteAcp", "grant-write-acp", "GRANTEES", \
        "who may change the ACL of the copies") \
    X(a, b, SOURCE_OWNER, TEXT, "expectedSourceOwner", "expected-source-owner", "ACCOUNT", \
        "the account that must own the source buckets, or S3 refuses") \
    X(a, b, DESTINATION_OWNER, TEXT, "expectedDestinationOwner", "expected-destination-owner", \
        "ACCOUNT", "the account that must own the destination bucket, or S3 refuses") \
    X(a, b, REQUESTER_PAYS, SWITCH, "requesterPays", "requester-pays", NULL, \
        "we pay for requests and transfer where a bucket asks it (Requester Pays)") \
    X(a, b, METADATA_MODE, WORD, "metadataMode", "metadata-mode", "keep|add|replace", \
        "what becomes of the source's metadata: all is kept (the default), that of --metadata is " \
        "added to it or takes its place (the default with --metadata), or is all that there is") \
    X(a, b, METADATA, METADATA, "metadata", "metadata", "JSON", \
        "metadata for the copies, as {\"Content-Type\":\"text/plain\",\"x-amz-meta-project\":\"42\"}") \
    X(a, b, TAG_SET, TEXT, "tagSet", "tag-set", "TAGS", \
        "with tags set: the tags of the copies, as \"name=value&name=value\", both URL-encoded") \
    X(a, b, OBJECT_LOCK, WORD, "objectLock", "object-lock", "none|keep|require", \
        "retention and legal hold of the source: left (the default), with a note; given to the copy " \
        "if we may (keep); or given to it, or the object fails (require)") \
    X(a, b, ANNOTATIONS, WORD, "annotations", "annotations", "best-effort|require|none", \
        "annotations on Amazon S3: copied if we may (the default); copied, or the object fails " \
        "(require); or left") \
    X(a, b, CHECKSUM, WORD, "checksumAlgorithm", "checksum-algorithm", \
        "CRC64NVME|CRC32|CRC32C|SHA1|SHA256", \
        "the checksum that S3 shall work out of the copies and keep; without it the source's kind") \
    X(a, b, NO_SIGN, SWITCH, "sourceNoSignRequest", "source-no-sign-request", NULL, \
        "look at sources without credentials, as in a public bucket; the copies themselves are " \
        "always signed, since S3 makes none for an unsigned request")
/* clang-format on */

enum object_option {
#define OBJECT_OPTION_ENUM(a, b, id, kind, field, option, argument, help) OBJECT_##id,
    OBJECT_OPTION_TABLE(OBJECT_OPTION_ENUM, , )
#undef OBJECT_OPTION_ENUM
            OBJECT_OPTION_COUNT
};

enum object_option_kind {
    OBJECT_OPTION_WORD,
    OBJECT_OPTION_TEXT,
    OBJECT_OPTION_SWITCH,
    OBJECT_OPTION_METADATA,
};

struct object_option_row {
    enum object_option_kind kind;
    const char *field;  /* in the input and in a line */
    const char *option; /* on the command line, without "--" */
    const char *words;  /* of OBJECT_OPTION_WORD: "a|b|c" */
};

extern const struct object_option_row object_option_rows[OBJECT_OPTION_COUNT];

/* The texts of all options: of each its value, or NULL: not set. A switch is "true" or "false",
 * metadata is compact JSON. Frees them. */
void object_options_free(char *text[OBJECT_OPTION_COUNT]);

/* Reads the text form of an option, s[0..len), which may hold any bytes. *out: its value, for
 * free(). false: *problem says what is wrong with it, to be put behind the value ("is no account:
 * it has not twelve digits"), or is NULL: no memory. */
bool object_option_read(
        enum object_option which, const char *s, size_t len, char **out, const char **problem);

/* Says what does not go together, naming the fields; NULL: all does. */
const char *object_options_problem(char *const text[OBJECT_OPTION_COUNT]);

/* Appends what an upload is created with, as a text of its own for each set of options; nothing
 * where none of them is set: an upload that is gone on with must have been given the same. */
void object_options_sign(struct buf *out, char *const text[OBJECT_OPTION_COUNT]);

/* Calls each(ctx, name, value) for all metadata of a METADATA value; false: no memory. */
bool object_options_metadata(
        const char *text, void (*each)(void *ctx, const char *name, const char *value), void *ctx);

/* Whether the name is that of metadata that S3 keeps with an object and a user can give: the
 * user's own (x-amz-meta-...), or Content-Type and the like. */
bool object_options_is_metadata(const char *name);

#endif
