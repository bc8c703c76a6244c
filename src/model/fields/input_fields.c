#include "model/fields/input_fields.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "model/input.h"
#include "model/list/glob.h"
#include "model/names.h"
#include "model/object/storage_class.h"

enum { COUNT_OF_SHARDS_MOST = 10000, DAYS_MOST = 3650, REGION_MAX = 64 };

#define MONEY_MOST                                                                \
    (UINT64_C(1000000000) * 1000000) /* a thousand million dollars, in millionths \
                                      */

static const char *folder_problem(const char *s, size_t len)
{
    const char *problem = len > 0 ? names_key_problem(s, len) : NULL;

    if (problem)
        return problem;
    if (len > 0 && s[len - 1] != '/')
        return "does not end with \"/\"";
    return len >= S3_KEY_MAX ? "leaves no room for a key: 1,024 bytes are all it may have" : NULL;
}

/* Servers other than AWS's have regions of many names. */
static const char *region_problem(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        char c = s[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return "is no region: it has a character other than letters, digits, '-' and '_'";
    }
    return len > REGION_MAX ? "is no region: it is longer than 64 characters" : NULL;
}

static const char *prefix_problem(const char *s, size_t len)
{
    size_t name = len > 5 ? strcspn(s + 5, "/") : 0;

    if (memchr(s, '\0', len) || len < 6 || strncmp(s, "s3://", 5) != 0 || s[len - 1] != '/')
        return "is not of the form s3://bucket/ or s3://bucket/prefix/";
    if (names_bucket_problem(s + 5, name))
        return "names no bucket";
    return len - name - 6 > S3_KEY_MAX ? "has a prefix of more than 1,024 bytes" : NULL;
}

static const char *glob_problem(const char *s, size_t len)
{
    if (len == 0 || len > S3_KEY_MAX || memchr(s, '\0', len))
        return "is no pattern of 1 to 1,024 bytes";
    return glob_problem_of(s);
}

static const char *time_problem(const char *s, size_t len)
{
    int64_t time;

    return memchr(s, '\0', len) || !clock_parse_iso(s, &time)
                   ? "is no time of the form 2026-12-31T23:59:59Z"
                   : NULL;
}

/* Names of storage classes, joined by commas. */
static const char *classes_problem(const char *s, size_t len)
{
    char name[REGION_MAX];
    size_t n;

    if (memchr(s, '\0', len))
        return "has a NUL byte";
    for (;; s += n + 1) {
        n = strcspn(s, ",");
        if (n == 0 || n >= sizeof name)
            return "is no list of storage classes, as STANDARD,STANDARD_IA is";
        memcpy(name, s, n);
        name[n] = '\0';
        if (storage_class_of(name) == STORAGE_CLASS_COUNT)
            return "names a storage class that is none";
        if (!s[n])
            return NULL;
    }
}

static bool is_word(const char *s, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(s, word, len) == 0;
}

static const char *capacity_problem(const char *s, size_t len)
{
    return is_word(s, len, "spot-first") || is_word(s, len, "on-demand")
                   ? NULL
                   : "is neither \"spot-first\" nor \"on-demand\"";
}

static const char *architecture_problem(const char *s, size_t len)
{
    return is_word(s, len, "arm64") || is_word(s, len, "x86_64")
                   ? NULL
                   : "is neither \"arm64\" nor \"x86_64\"";
}

static const char *const destination_keys_values[] = {[DEST_KEYS_BASENAME] = "basename",
        [DEST_KEYS_FULL] = "full",
        [DEST_KEYS_RELATIVE] = "relative",
        NULL};
static const char *const folder_markers_values[] = {
        [FOLDER_MARKERS_SKIP] = "skip", [FOLDER_MARKERS_KEEP] = "keep", NULL};
static const char *const on_collision_values[] = {"fail", NULL};
static const char *const on_different_values[] = {[ON_DIFFERENT_OVERWRITE] = "overwrite",
        [ON_DIFFERENT_KEEP] = "keep",
        [ON_DIFFERENT_FAIL] = "fail",
        NULL};
static const char *const on_unproven_values[] = {
        [ON_UNPROVEN_COPY] = "copy", [ON_UNPROVEN_SKIP] = "skip", NULL};
static const char *const tags_values[] = {[TAGS_BEST_EFFORT] = "best-effort",
        [TAGS_REQUIRE] = "require",
        [TAGS_NONE] = "none",
        [TAGS_SET] = "set",
        NULL};
static const char *const proof_values[] = {
        [PROOF_ETAG] = "etag", [PROOF_CHECKSUM] = "checksum", [PROOF_FAST] = "fast", NULL};
static const char *const look_values[] = {[LOOK_AUTO] = "auto", [LOOK_HEAD] = "head", NULL};
static const char *const on_foreign_file_values[] = {
        [ON_FOREIGN_FILE_OVERWRITE] = "overwrite", [ON_FOREIGN_FILE_NUMBER] = "number", NULL};
static const char *const delivery_values[] = {[DELIVERY_NONE] = "none",
        [DELIVERY_WORK] = "work",
        [DELIVERY_DESTINATION] = "destination",
        NULL};
static const char *const formulas_values[] = {
        [REPORT_FORMULAS_EXACT] = "exact", [REPORT_FORMULAS_ESCAPED] = "escaped", NULL};
static const char *const encoding_values[] = {
        [KEY_ENCODING_NONE] = "none", [KEY_ENCODING_URL] = "url", NULL};
static const char *const on_duplicate_values[] = {
        [ON_DUPLICATE_FAIL] = "fail", [ON_DUPLICATE_SKIP] = "skip", NULL};
static const char *const speed_values[] = {"Bulk", "Standard", "Expedited", NULL};
static const char *const deep_speed_values[] = {"Bulk", "Standard", NULL};

#define AT(member) .offset = offsetof(struct input, member)
/* Of an option of the copy, which a line of a list may have for itself. */
#define AT_OPTION(member) .offset = offsetof(struct input, options.member), .per_line = true

#define OBJECT_FIELD(a, b, id, kind, field, option, argument, help) \
    {field, FIELD_OBJECT, AT_OPTION(object[OBJECT_##id]), .object = OBJECT_##id},

static const char no_sse_c[] =
        "keys of SSE-C never stand in an input, and are not taken on AWS; copyout run reads them from "
        "a file (--sse-c-key, --source-sse-c-key)";

static const struct field main_table[] = {
        {"sourceFilesCsvBucket", FIELD_STRING, AT(csv_bucket), .problem = names_bucket_problem},
        {"sourceFilesCsvKey", FIELD_STRING, AT(csv_key), .problem = names_key_problem},
        {"manifestKeyEncoding", FIELD_ENUM, AT(manifest_encoding), .values = encoding_values},
        {"manifestHeader", FIELD_BOOL, AT(manifest_header), .left_out_by_default = true},
        {"sourcePrefix", FIELD_STRING, AT(source_prefix), .problem = prefix_problem},
        {"wildcards", FIELD_BOOL, AT(wildcards), .left_out_by_default = true},
        {"folderMarkers", FIELD_ENUM, AT(folder_markers), .values = folder_markers_values,
                .left_out_by_default = true},
        {"include", FIELD_STRING, AT(include), .problem = glob_problem},
        {"exclude", FIELD_STRING, AT(exclude), .problem = glob_problem},
        {"minSize", FIELD_COUNT, AT(min_size), .most = INT64_MAX},
        {"maxSize", FIELD_COUNT, AT(max_size), .most = INT64_MAX},
        {"modifiedAfter", FIELD_STRING, AT(modified_after), .problem = time_problem},
        {"modifiedBefore", FIELD_STRING, AT(modified_before), .problem = time_problem},
        {"onlyStorageClass", FIELD_STRING, AT(only_storage_class), .problem = classes_problem},
        {"manifestColumns", FIELD_STRING, AT(manifest_columns)},
        {"onlyFailed", FIELD_BOOL, AT(only_failed), .left_out_by_default = true},
        {"copyInstructionsKey", FIELD_STRING, AT(instructions_key), .problem = names_key_problem},
        {"destinationBucket", FIELD_STRING, AT(destination_bucket),
                .problem = names_bucket_problem},
        {"destinationFolderKey", FIELD_STRING, AT(destination_folder), .problem = folder_problem},
        {"destinationKeys", FIELD_ENUM, AT(destination_keys), .values = destination_keys_values},
        {"onCollision", FIELD_ENUM, FIELD_NOWHERE, .values = on_collision_values},
        {"onDuplicate", FIELD_ENUM, AT(on_duplicate), .values = on_duplicate_values,
                .left_out_by_default = true},
        {"onDifferent", FIELD_ENUM, AT_OPTION(on_different), .values = on_different_values},
        {"onUnproven", FIELD_ENUM, AT_OPTION(on_unproven), .values = on_unproven_values},
        OBJECT_OPTION_TABLE(OBJECT_FIELD, , ){
                "sseCustomerKey", FIELD_UNSUPPORTED, FIELD_NOWHERE, .instead = no_sse_c},
        {"copySourceSseCustomerKey", FIELD_UNSUPPORTED, FIELD_NOWHERE, .instead = no_sse_c},
        {"tags", FIELD_ENUM, AT_OPTION(tags), .values = tags_values},
        {"proof", FIELD_ENUM, AT_OPTION(proof), .values = proof_values,
                .left_out_by_default = true},
        {"look", FIELD_ENUM, AT(look), .values = look_values},
        {"sourceRequiredRegion", FIELD_STRING, AT(source_region), .problem = region_problem},
        {"destinationRequiredRegion", FIELD_STRING, AT(destination_region),
                .problem = region_problem},
        {"maxItemsPerBatch", FIELD_COUNT, AT(items_per_shard), .most = ITEMS_PER_SHARD_MOST},
        {"copyConcurrency", FIELD_COUNT, AT(copy_concurrency), .most = COUNT_OF_SHARDS_MOST},
        {"splitAbove", FIELD_LIMIT, AT(split_above), .most = INT64_MAX},
        {"maxCost", FIELD_MONEY, AT(max_cost_micro), .most = MONEY_MOST},
        {"destinationStartCopyRelativeKey", FIELD_STRING, AT(start_key),
                .problem = names_key_problem},
        {"destinationEndCopyRelativeKey", FIELD_STRING, AT(end_key), .problem = names_key_problem},
        {"includeCopyReport", FIELD_BOOL, AT(include_report)},
        {"includeReportPage", FIELD_BOOL, AT(include_page), .left_out_by_default = true},
        {"reportFormulas", FIELD_ENUM, AT(report_formulas), .values = formulas_values,
                .left_out_by_default = true},
        {"deliveryRecord", FIELD_ENUM, AT(delivery_record), .values = delivery_values,
                .left_out_by_default = true},
        {"deliveryTags", FIELD_BOOL, AT(delivery_tags), .left_out_by_default = true},
        {"includeStartMarker", FIELD_BOOL, AT(include_marker)},
        {"onForeignFile", FIELD_ENUM, AT(on_foreign_file), .values = on_foreign_file_values},
        {"dryRun", FIELD_BOOL, AT(dry_run)},
        {"taskCapacity", FIELD_STRING, AT(task_capacity), .problem = capacity_problem},
        {"taskArchitecture", FIELD_STRING, AT(task_architecture), .problem = architecture_problem},
        {"taskCpu", FIELD_COUNT, AT(task_cpu), .most = TASK_CPU_MOST},
        {"taskMemory", FIELD_COUNT, AT(task_memory), .most = TASK_MEMORY_MOST},
        {"thawParams", FIELD_THAW, AT(thaw_params)},
};

#define THAW(kind, speeds)                                              \
    {kind "ThawDays", FIELD_COUNT, FIELD_NOWHERE, .most = DAYS_MOST},   \
    {                                                                   \
        kind "ThawSpeed", FIELD_ENUM, FIELD_NOWHERE, .values = (speeds) \
    }

static const struct field thaw_table[] = {
        THAW("glacierFlexibleRetrieval", speed_values),
        THAW("glacierDeepArchive", deep_speed_values),
        THAW("intelligentTieringArchive", speed_values),
        THAW("intelligentTieringDeepArchive", deep_speed_values),
};

const struct field_table input_fields = {"", main_table, sizeof main_table / sizeof main_table[0]};
const struct field_table input_thaw_fields = {
        "thawParams.", thaw_table, sizeof thaw_table / sizeof thaw_table[0]};

_Static_assert(sizeof main_table / sizeof main_table[0] <= FIELD_SET_MOST, "a bit for each field");

unsigned input_field_number(const struct field *field)
{
    return (unsigned)(field - main_table);
}

const struct field *field_find(const struct field_table *t, const char *name)
{
    size_t i;

    for (i = 0; i < t->count; i++)
        if (strcmp(t->fields[i].name, name) == 0)
            return &t->fields[i];
    return NULL;
}

const struct field *field_near(const struct field_table *t, const char *name)
{
    const struct field *best = NULL;
    unsigned least = UINT_MAX;
    size_t i;

    for (i = 0; i < t->count; i++) {
        unsigned distance = str_distance(t->fields[i].name, name);

        if (distance < least && str_is_near(distance, t->fields[i].name)) {
            least = distance;
            best = &t->fields[i];
        }
    }
    return best;
}

void faults_init(struct faults *f)
{
    memset(f, 0, sizeof *f);
}

void faults_add(struct faults *f, const char *fmt, ...)
{
    enum { KEPT_FREE = sizeof "; and 4294967295 more" };
    char fault[ERR_MESSAGE_MAX];
    const char *join = f->count > 0 ? "; " : "";
    size_t room = sizeof f->text - f->len - KEPT_FREE;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(fault, sizeof fault, fmt, ap);
    va_end(ap);
    f->count++;
    if (n < 0 || strlen(join) + strlen(fault) >= room || f->left_out > 0) {
        f->left_out++;
        return;
    }
    f->len += (size_t)snprintf(f->text + f->len, room, "%s%s", join, fault);
}

enum err_code faults_result(struct faults *f, struct err *e)
{
    if (f->count == 0)
        return ERR_OK;
    if (f->left_out > 0)
        return err_set(e, ERR_INPUT, "%s; and %u more", f->text, f->left_out);
    return err_set(e, ERR_INPUT, "%s", f->text);
}

void field_check_string(
        const struct field *field, const char *prefix, const char *s, size_t len, struct faults *f)
{
    const char *problem = field->problem ? field->problem(s, len) : NULL;
    struct buf show;

    if (!problem)
        return;
    if (len == 0) {
        faults_add(f, "%s%s: must not be empty", prefix, field->name);
        return;
    }
    buf_init(&show, BUF_MAX_SMALL);
    faults_add(f, "%s%s: \"%s\" %s", prefix, field->name, str_show(&show, s, len), problem);
    buf_free(&show);
}
