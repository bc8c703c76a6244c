#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/input.h"

/* The least input that is complete, without its last brace. */
#define WHOLE                                                                                  \
    "{\"sourceFilesCsvBucket\":\"src\",\"sourceFilesCsvKey\":\"m.csv\",\"destinationBucket\":" \
    "\"dst\""
#define MUST_BE_COUNT ": must be a whole number from 1 to 10000, not "
#define NOT_JSON      "the input is not valid JSON: "

/* Parses and checks; the error's message or "" in message. */
static enum err_code run(const char *json, size_t len, struct input *in, char *message)
{
    struct err e;
    enum err_code rc;

    err_clear(&e);
    assert_int_equal(input_init(in, &e), ERR_OK);
    rc = input_parse(in, json, len, &e);
    if (rc == ERR_OK)
        rc = input_check(in, &e);
    assert_int_equal(rc, e.code);
    memcpy(message, e.message, sizeof e.message);
    return rc;
}

struct bad {
    const char *json;
    const char *message;
};

static void check_bad(const struct bad *rows, size_t count)
{
    char message[ERR_MESSAGE_MAX];
    struct input in;
    size_t i;

    for (i = 0; i < count; i++) {
        enum err_code rc = run(rows[i].json, strlen(rows[i].json), &in, message);

        if (rc != ERR_INPUT || strcmp(message, rows[i].message) != 0)
            fail_msg("%s\n  gives     %s\n  and not   %s", rows[i].json, message, rows[i].message);
        input_free(&in);
    }
}

static void test_bad_json(void **state)
{
    static const struct bad rows[] = {
            {"", "the input is empty; it must be a JSON object"},
            {" \r\n\t ", "the input is empty; it must be a JSON object"},
            {"\xef\xbb\xbf", "the input is empty; it must be a JSON object"},
            {"\xff\xfe{", "the input is UTF-16; it must be UTF-8"},
            {"\xfe\xff{", "the input is UTF-16; it must be UTF-8"},
            {"[]", "the input must be a JSON object, not []"},
            {"42", "the input must be a JSON object, not 42"},
            {"null", "the input must be a JSON object, not null"},
            {"\"text\"", "the input must be a JSON object, not \"text\""},
            {"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]",
                    "the input must be a JSON object, not a list"},
            {"{", NOT_JSON "line 1, column 1: string or '}' expected near end of file"},
            {"{\n  \"tags\": none\n}", NOT_JSON "line 2, column 14: invalid token near 'none'"},
            {"{\"dryRun\":true,}", NOT_JSON "line 1, column 16: string or '}' expected near '}'"},
            {"{'dryRun':true}", NOT_JSON "line 1, column 2: string or '}' expected near '''"},
            {"{\"dryRun\":true} {}", NOT_JSON "line 1, column 17: end of file expected near '{'"},
            {"{\"tags\":\"none\",\"tags\":\"none\"}",
                    NOT_JSON "line 1, column 21: duplicate object key near '\"tags\"'"},
            {"{\"maxItemsPerBatch\":99999999999999999999}",
                    NOT_JSON "line 1, column 40: too big integer near '99999999999999999999'"},
            {"{\"a\\u0000b\":1}", NOT_JSON "line 1, column 11: NUL byte in object key not "
                                           "supported near '\"a\\u0000b\"'"},
            {"{\"tags\":\"\xc3\"}",
                    NOT_JSON "line 1, column 9: unable to decode byte 0xc3 near '\"'"},
    };

    (void)state;
    check_bad(rows, sizeof rows / sizeof rows[0]);
}

static void test_bad_fields(void **state)
{
    static const struct bad rows[] = {
            {"{\"onDiffreent\":\"keep\"}",
                    "onDiffreent: unknown field; did you mean \"onDifferent\"?"},
            {"{\"tgas\":\"none\"}", "tgas: unknown field; did you mean \"tags\"?"},
            {"{\"destination\":\"s3://b\"}", "destination: unknown field"},
            {"{\"maxItemPerBatch\":8}",
                    "maxItemPerBatch: unknown field; did you mean \"maxItemsPerBatch\"?"},
            {"{\"DESTINATIONBUCKET\":\"dst\"}",
                    "DESTINATIONBUCKET: unknown field; did you mean \"destinationBucket\"?"},
            {"{\"destinationFolder\":\"a/\"}",
                    "destinationFolder: unknown field; did you mean \"destinationFolderKey\"?"},
            {"{\"tag\":\"none\"}", "tag: unknown field; did you mean \"tags\"?"},
            {"{\"abc\":1}", "abc: unknown field"},
            {"{\"\":1}", "\"\": unknown field"},
            {"{\"a\\nb\":1}", "a\\x0ab: unknown field"},
            {"{\"csvPath\":\"/etc/passwd\"}", "csvPath: unknown field"},
            {"{\"maxItemsPerBatch\":\"8\"}", "maxItemsPerBatch" MUST_BE_COUNT "\"8\""},
            {"{\"maxItemsPerBatch\":0}", "maxItemsPerBatch" MUST_BE_COUNT "0"},
            {"{\"maxItemsPerBatch\":-1}", "maxItemsPerBatch" MUST_BE_COUNT "-1"},
            {"{\"maxItemsPerBatch\":10001}", "maxItemsPerBatch" MUST_BE_COUNT "10001"},
            {"{\"maxItemsPerBatch\":8.0}", "maxItemsPerBatch" MUST_BE_COUNT "8.0"},
            {"{\"maxItemsPerBatch\":null}", "maxItemsPerBatch" MUST_BE_COUNT "null"},
            {"{\"maxItemsPerBatch\":true}", "maxItemsPerBatch" MUST_BE_COUNT "true"},
            {"{\"copyConcurrency\":0}", "copyConcurrency" MUST_BE_COUNT "0"},
            {"{\"copyConcurrency\":10001}", "copyConcurrency" MUST_BE_COUNT "10001"},
            {"{\"copyConcurrency\":[1]}", "copyConcurrency" MUST_BE_COUNT "[1]"},
            {"{\"taskCapacity\":\"spot\"}",
                    "taskCapacity: \"spot\" is neither \"spot-first\" nor \"on-demand\""},
            {"{\"taskCapacity\":1}", "taskCapacity: must be a string, not 1"},
            {"{\"taskArchitecture\":\"x86\"}",
                    "taskArchitecture: \"x86\" is neither \"arm64\" nor \"x86_64\""},
            {"{\"taskCpu\":16385}", "taskCpu: must be a whole number from 1 to 16384, not 16385"},
            {"{\"taskMemory\":\"1 GB\"}",
                    "taskMemory: must be a whole number from 1 to 122880, not \"1 GB\""},
            {"{\"taskCPU\":1}", "taskCPU: unknown field; did you mean \"taskCpu\"?"},
            {"{\"sourceFilesCsvBucket\":7}", "sourceFilesCsvBucket: must be a string, not 7"},
            {"{\"sourceFilesCsvBucket\":\"\"}", "sourceFilesCsvBucket: must not be empty"},
            {"{\"sourceFilesCsvBucket\":\"My-Bucket\"}",
                    "sourceFilesCsvBucket: \"My-Bucket\" has an upper-case letter"},
            {"{\"sourceFilesCsvBucket\":\"s3://src\"}",
                    "sourceFilesCsvBucket: \"s3://src\" has a character other than a-z, 0-9, "
                    "'.' and '-'"},
            {"{\"sourceFilesCsvKey\":\"\"}", "sourceFilesCsvKey: must not be empty"},
            {"{\"sourceFilesCsvKey\":null}", "sourceFilesCsvKey: must be a string, not null"},
            {"{\"sourceFilesCsvKey\":\"a\\u0000b\"}",
                    "sourceFilesCsvKey: \"a\\x00b\" has a NUL byte"},
            {"{\"destinationBucket\":\"d\"}",
                    "destinationBucket: \"d\" is shorter than 3 characters"},
            {"{\"destinationBucket\":\"192.168.0.1\"}",
                    "destinationBucket: \"192.168.0.1\" looks like an IP address"},
            {"{\"destinationBucket\":{\"name\":\"dst\"}}",
                    "destinationBucket: must be a string, not {\"name\":\"dst\"}"},
            {"{\"destinationFolderKey\":\"a/b\"}",
                    "destinationFolderKey: \"a/b\" does not end with \"/\""},
            {"{\"destinationFolderKey\":false}",
                    "destinationFolderKey: must be a string, not false"},
            {"{\"destinationKeys\":\"tree\"}",
                    "destinationKeys: must be \"basename\", \"full\" or \"relative\", not \"tree\""},
            {"{\"destinationKeys\":1}",
                    "destinationKeys: must be \"basename\", \"full\" or \"relative\", not 1"},
            {"{\"destinationKeys\":\"full\\u0000\"}",
                    "destinationKeys: must be \"basename\", \"full\" or \"relative\", not \"full\\u0000\""},
            {"{\"onCollision\":\"skip\"}", "onCollision: must be \"fail\", not \"skip\""},
            {"{\"onDifferent\":\"Overwrite\"}", "onDifferent: must be \"overwrite\", \"keep\" or "
                                                "\"fail\", not \"Overwrite\""},
            {"{\"tags\":\"\"}",
                    "tags: must be \"best-effort\", \"require\", \"none\" or \"set\", not \"\""},
            {"{\"tags\":true}",
                    "tags: must be \"best-effort\", \"require\", \"none\" or \"set\", not true"},
            {"{\"manifestKeyEncoding\":\"URL\"}",
                    "manifestKeyEncoding: must be \"none\" or \"url\", not \"URL\""},
            {"{\"sourceRequiredRegion\":\"eu west 1\"}",
                    "sourceRequiredRegion: \"eu west 1\" is no region: it has a character other "
                    "than letters, digits, '-' and '_'"},
            {"{\"destinationRequiredRegion\":1}",
                    "destinationRequiredRegion: must be a string, not 1"},
            {"{\"destinationRequiredRegion\":\"eu\\u0000\"}",
                    "destinationRequiredRegion: \"eu\\x00\" is no region: it has a character "
                    "other than letters, digits, '-' and '_'"},
            {"{\"destinationStartCopyRelativeKey\":\"\"}",
                    "destinationStartCopyRelativeKey: must not be empty"},
            {"{\"destinationEndCopyRelativeKey\":[]}",
                    "destinationEndCopyRelativeKey: must be a string, not []"},
            {"{\"includeCopyReport\":\"true\"}",
                    "includeCopyReport: must be true or false, not \"true\""},
            {"{\"dryRun\":1}", "dryRun: must be true or false, not 1"},
            {"{\"dryRun\":null}", "dryRun: must be true or false, not null"},
            {"{\"splitAbove\":-1}",
                    "splitAbove: must be a whole number from 0 to 9223372036854775807, not -1"},
            {"{\"splitAbove\":\"1\"}",
                    "splitAbove: must be a whole number from 0 to 9223372036854775807, not \"1\""},
            {"{\"maxCost\":0}", "maxCost: must be a number of US dollars above 0, not 0"},
            {"{\"maxCost\":-1.5}", "maxCost: must be a number of US dollars above 0, not -1.5"},
            {"{\"maxCost\":\"5\"}", "maxCost: must be a number of US dollars above 0, not \"5\""},
            {"{\"maxCost\":1000000000.25}",
                    "maxCost: must be a number of US dollars above 0, not 1000000000.25"},
            {"{\"maxCost\":2000000000}",
                    "maxCost: must be a number of US dollars above 0, not 2000000000"},
            {"{\"copyInstructionsKey\":\"\"}", "copyInstructionsKey: must not be empty"},
            {"{\"copyInstructionsKey\":\"i.jsonl\",\"sourceFilesCsvKey\":\"k\","
             "\"destinationBucket\":\"dst\"}",
                    "copyInstructionsKey and sourceFilesCsvBucket or sourceFilesCsvKey: only one "
                    "list may be given"},
            {"{\"thawParams\":true}", "thawParams: must be an object, not true"},
            {"{\"thawParams\":{\"glacierThawDays\":1}}", "thawParams.glacierThawDays: unknown "
                                                         "field"},
            {"{\"thawParams\":{\"glacierDeepArchiveThawDay\":1}}",
                    "thawParams.glacierDeepArchiveThawDay: unknown field; did you mean "
                    "\"glacierDeepArchiveThawDays\"?"},
            {"{\"thawParams\":{\"glacierDeepArchiveThawDays\":0}}",
                    "thawParams.glacierDeepArchiveThawDays: must be a whole number from 1 to "
                    "3650, not 0"},
            {"{\"thawParams\":{\"glacierDeepArchiveThawSpeed\":\"Expedited\"}}",
                    "thawParams.glacierDeepArchiveThawSpeed: must be \"Bulk\" or \"Standard\", "
                    "not \"Expedited\""},
            {"{\"thawParams\":{\"intelligentTieringArchiveThawSpeed\":\"bulk\"}}",
                    "thawParams.intelligentTieringArchiveThawSpeed: must be \"Bulk\", "
                    "\"Standard\" or \"Expedited\", not \"bulk\""},
            {"{\"maxItemsPerBatch\":0,\"tags\":1,\"bar\":2}",
                    "maxItemsPerBatch" MUST_BE_COUNT "0; tags: must be \"best-effort\", "
                    "\"require\", \"none\" or \"set\", not 1; bar: unknown field"},
    };

    (void)state;
    check_bad(rows, sizeof rows / sizeof rows[0]);
}

static void test_bad_wholes(void **state)
{
    static const struct bad rows[] = {
            {"{}", "there is no manifest; give sourceFilesCsvBucket and sourceFilesCsvKey, or "
                   "--manifest; destinationBucket: is missing; give it, or --to "
                   "s3://bucket/folder/"},
            {"{\"sourceFilesCsvBucket\":\"src\",\"destinationBucket\":\"dst\"}",
                    "sourceFilesCsvKey: is missing (sourceFilesCsvBucket is there)"},
            {"{\"sourceFilesCsvKey\":\"m.csv\",\"destinationBucket\":\"dst\"}",
                    "sourceFilesCsvBucket: is missing (sourceFilesCsvKey is there)"},
            {"{\"sourceFilesCsvBucket\":\"src\",\"sourceFilesCsvKey\":\"m.csv\"}",
                    "destinationBucket: is missing; give it, or --to s3://bucket/folder/"},
            {WHOLE ",\"destinationStartCopyRelativeKey\":\"ENDED_COPY.csv\"}",
                    "destinationStartCopyRelativeKey and destinationEndCopyRelativeKey: must not "
                    "be the same key"},
            {WHOLE ",\"destinationEndCopyRelativeKey\":\"x\","
                   "\"destinationStartCopyRelativeKey\":\"x\"}",
                    "destinationStartCopyRelativeKey and destinationEndCopyRelativeKey: must not "
                    "be the same key"},
            {WHOLE ",\"includeReportPage\":true,\"destinationEndCopyRelativeKey\":\"a/COPY_REPORT.html\"}",
                    "destinationEndCopyRelativeKey: must not be the key of the report page, "
                    "COPY_REPORT.html"},
            {WHOLE ",\"includeReportPage\":true,\"destinationStartCopyRelativeKey\":\"COPY_REPORT.html\"}",
                    "destinationStartCopyRelativeKey: must not be the key of the report page, "
                    "COPY_REPORT.html"},
            {WHOLE ",\"reportFormulas\":\"quoted\"}",
                    "reportFormulas: must be \"exact\" or \"escaped\", not \"quoted\""},
    };

    (void)state;
    check_bad(rows, sizeof rows / sizeof rows[0]);
}

static void test_nul_byte(void **state)
{
    static const char json[] = "{\"tags\":\"no\0ne\"}";
    char message[ERR_MESSAGE_MAX];
    struct input in;

    (void)state;
    assert_int_equal(run(json, sizeof json - 1, &in, message), ERR_INPUT);
    assert_string_equal(message, "the input has a NUL byte; it must be JSON text");
    input_free(&in);
}

/* A folder of `len` bytes, ending with '/', in an otherwise whole input. */
static enum err_code run_folder(size_t len, char *message)
{
    static char json[4096], folder[2048];
    struct input in;
    enum err_code rc;

    memset(folder, 'f', len);
    folder[len - 1] = '/';
    folder[len] = '\0';
    snprintf(json, sizeof json, WHOLE ",\"destinationFolderKey\":\"%s\"}", folder);
    rc = run(json, strlen(json), &in, message);
    input_free(&in);
    return rc;
}

static void test_long_folders(void **state)
{
    char message[ERR_MESSAGE_MAX];

    (void)state;
    assert_int_equal(run_folder(1024 - strlen("STARTED_COPY.txt"), message), ERR_OK);
    assert_int_equal(run_folder(1025 - strlen("STARTED_COPY.txt"), message), ERR_INPUT);
    assert_string_equal(message, "destinationStartCopyRelativeKey: is longer than 1,024 bytes "
                                 "together with destinationFolderKey");
    assert_int_equal(run_folder(1023, message), ERR_INPUT);
    assert_non_null(strstr(message, "; destinationEndCopyRelativeKey: is longer than 1,024 "));
    assert_int_equal(run_folder(1024, message), ERR_INPUT);
    assert_non_null(strstr(message, "…\" leaves no room for a key"));
    assert_int_equal(run_folder(1025, message), ERR_INPUT);
    assert_non_null(strstr(message, "…\" is longer than 1,024 bytes"));
}

/* More faults than a message holds: it ends with a count, and stays one line of valid length. */
static void test_many_faults(void **state)
{
    char json[8192] = "{", message[ERR_MESSAGE_MAX];
    struct input in;
    size_t i, len = 1;

    (void)state;
    for (i = 0; i < 200; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, "%s\"no-such-field-%zu\":%zu",
                i == 0 ? "" : ",", i, i);
    snprintf(json + len, sizeof json - len, "}");
    assert_int_equal(run(json, strlen(json), &in, message), ERR_INPUT);
    assert_ptr_equal(strstr(message, "no-such-field-0: unknown field; no-such-field-1: "), message);
    assert_non_null(strstr(message, "; and "));
    assert_string_equal(message + strlen(message) - strlen(" more"), " more");
    input_free(&in);
}

/* A field that is there and wrong is not told as missing besides. */
static void test_wrong_is_not_missing(void **state)
{
    static const char *const rows[][2] = {
            {"{\"destinationBucket\":7,\"sourceFilesCsvBucket\":\"bucket\",\"sourceFilesCsvKey\":\"k\"}",
                    "destinationBucket: must be a string, not 7"},
            {"{\"destinationBucket\":\"bucket\",\"sourceFilesCsvBucket\":7,\"sourceFilesCsvKey\":\"k\"}",
                    "sourceFilesCsvBucket: must be a string, not 7"},
            {"{\"destinationBucket\":\"bucket\",\"sourceFilesCsvBucket\":\"bucket\",\"sourceFilesCsvKey\":7}",
                    "sourceFilesCsvKey: must be a string, not 7"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char message[ERR_MESSAGE_MAX];
        struct input in;

        assert_int_equal(run(rows[i][0], strlen(rows[i][0]), &in, message), ERR_INPUT);
        assert_string_equal(message, rows[i][1]);
        input_free(&in);
    }
}

/* A field that is missing is told with a field that is wrong, and none is told twice. */
static void test_missing_besides(void **state)
{
    static const char *const rows[][2] = {
            {"{\"destinationBucket\":7,\"sourceFilesCsvBucket\":\"bucket\",\"sourceFilesCsvKey\":\"k\"}",
                    "destinationBucket: must be a string, not 7"},
            {"{\"destinationBucket\":\"bucket\",\"sourceFilesCsvBucket\":\"bucket\",\"sourceFilesCsvKey\":7}",
                    "sourceFilesCsvKey: must be a string, not 7"},
            {"{\"destinationBucket\":\"bucket\",\"sourceFilesCsvKey\":7}",
                    "sourceFilesCsvKey: must be a string, not 7; sourceFilesCsvBucket: is missing "
                    "(sourceFilesCsvKey is there)"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct input in;
        struct err e;

        err_clear(&e);
        assert_int_equal(input_init(&in, &e), ERR_OK);
        assert_int_equal(input_parse(&in, rows[i][0], strlen(rows[i][0]), &e), ERR_INPUT);
        input_tell_missing(&in, &e);
        assert_string_equal(e.message, rows[i][1]);
        input_free(&in);
    }
}

/* The value that was given stands in the message. */
static void test_shown(void **state)
{
    static const char json[] =
            "{\"destinationBucket\":\"bucket\",\"sourceFilesCsvBucket\":\"bucket\","
            "\"sourceFilesCsvKey\":\"k\",\"expectedSourceOwner\":\"12\"}";
    char message[ERR_MESSAGE_MAX];
    struct input in;

    (void)state;
    assert_int_equal(run(json, sizeof json - 1, &in, message), ERR_INPUT);
    assert_string_equal(
            message, "expectedSourceOwner: \"12\" is no AWS account: it must have twelve digits");
    input_free(&in);
}

static void test_defaults(void **state)
{
    static const char json[] = "\xef\xbb\xbf" WHOLE "}";
    char message[ERR_MESSAGE_MAX];
    struct input in;

    (void)state;
    assert_int_equal(run(json, strlen(json), &in, message), ERR_OK);
    assert_string_equal(in.csv_bucket, "src");
    assert_string_equal(in.csv_key, "m.csv");
    assert_null(in.csv_path);
    assert_string_equal(in.destination_bucket, "dst");
    assert_string_equal(in.destination_folder, "");
    assert_string_equal(in.start_key, "STARTED_COPY.txt");
    assert_string_equal(in.end_key, "ENDED_COPY.csv");
    assert_null(in.source_region);
    assert_null(in.destination_region);
    assert_int_equal(in.items_per_shard, 0);
    assert_int_equal(in.copy_concurrency, 100);
    assert_int_equal(in.destination_keys, DEST_KEYS_BASENAME);
    assert_int_equal(in.options.on_different, ON_DIFFERENT_OVERWRITE);
    assert_int_equal(in.options.tags, TAGS_BEST_EFFORT);
    assert_int_equal(in.manifest_encoding, KEY_ENCODING_NONE);
    assert_true(in.include_report);
    assert_true(in.include_marker);
    assert_false(in.include_page);
    assert_int_equal(in.report_formulas, REPORT_FORMULAS_EXACT);
    assert_int_equal(in.on_foreign_file, ON_FOREIGN_FILE_OVERWRITE);
    assert_false(in.dry_run);
    assert_false(in.thaw_asked);
    input_free(&in);
}

static const char every_field[] =
        "{\"sourceFilesCsvBucket\":\"src\",\"sourceFilesCsvKey\":\"a/\\u00e9 \\\"m\\\".csv\","
        "\"manifestKeyEncoding\":\"url\",\"manifestHeader\":true,\"onDuplicate\":\"skip\","
        "\"destinationBucket\":\"dst\",\"destinationFolderKey\":\"out/1/\",\"destinationKeys\":\"full\","
        "\"onDifferent\":\"keep\",\"tags\":\"require\",\"sourceRequiredRegion\":\"\","
        "\"destinationRequiredRegion\":\"ap-southeast-2\",\"maxItemsPerBatch\":10000,"
        "\"copyConcurrency\":1,\"maxCost\":12.345678,\"destinationStartCopyRelativeKey\":\"S\","
        "\"destinationEndCopyRelativeKey\":\"E\",\"includeCopyReport\":false,"
        "\"includeReportPage\":true,\"reportFormulas\":\"escaped\","
        "\"includeStartMarker\":false,\"onForeignFile\":\"number\",\"dryRun\":true,"
        "\"taskCapacity\":\"on-demand\",\"taskArchitecture\":\"x86_64\",\"taskCpu\":1024,"
        "\"taskMemory\":4096,"
        "\"thawParams\":{\"glacierFlexibleRetrievalThawDays\":3650,"
        "\"glacierFlexibleRetrievalThawSpeed\":\"Expedited\",\"glacierDeepArchiveThawDays\":1,"
        "\"glacierDeepArchiveThawSpeed\":\"Standard\",\"intelligentTieringArchiveThawDays\":2,"
        "\"intelligentTieringArchiveThawSpeed\":\"Bulk\","
        "\"intelligentTieringDeepArchiveThawDays\":5,"
        "\"intelligentTieringDeepArchiveThawSpeed\":\"Bulk\"}}";

/* Left out it is not written either, so that the jobs of older programs are the same jobs. */
static void test_split_above(void **state)
{
    static const struct {
        const char *json;
        uint64_t above;
        const char *written;
    } rows[] = {{"{\"splitAbove\":0}", 0, "\"splitAbove\":0"},
            {"{\"splitAbove\":1}", 1, "\"splitAbove\":1"}, {"{}", SPLIT_ABOVE_DEFAULT, NULL}};
    struct input in;
    struct err e;
    char *json;
    size_t i;

    (void)state;
    assert_int_equal(SPLIT_ABOVE_DEFAULT, UINT64_C(500000000000));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(input_init(&in, &e), ERR_OK);
        assert_int_equal(input_parse(&in, rows[i].json, strlen(rows[i].json), &e), ERR_OK);
        assert_int_equal(input_split_above(&in), rows[i].above);
        json = input_to_json(&in);
        assert_int_equal(strstr(json, "splitAbove") != NULL, rows[i].written != NULL);
        assert_true(!rows[i].written || strstr(json, rows[i].written));
        free(json);
        input_free(&in);
    }
}

static void test_every_field(void **state)
{
    char message[ERR_MESSAGE_MAX];
    struct input in, again;
    char *json, *json_again;

    (void)state;
    assert_int_equal(run(every_field, strlen(every_field), &in, message), ERR_OK);
    assert_string_equal(in.csv_key, "a/é \"m\".csv");
    assert_string_equal(in.destination_folder, "out/1/");
    assert_string_equal(in.source_region, "");
    assert_string_equal(in.destination_region, "ap-southeast-2");
    assert_int_equal(in.items_per_shard, 10000);
    assert_int_equal(in.copy_concurrency, 1);
    assert_int_equal(in.max_cost_micro, 12345678);
    assert_int_equal(in.destination_keys, DEST_KEYS_FULL);
    assert_int_equal(in.options.on_different, ON_DIFFERENT_KEEP);
    assert_int_equal(in.options.tags, TAGS_REQUIRE);
    assert_int_equal(in.manifest_encoding, KEY_ENCODING_URL);
    assert_false(in.include_report);
    assert_false(in.include_marker);
    assert_true(in.include_page);
    assert_int_equal(in.report_formulas, REPORT_FORMULAS_ESCAPED);
    assert_int_equal(in.on_foreign_file, ON_FOREIGN_FILE_NUMBER);
    assert_true(in.dry_run);
    assert_string_equal(in.task_capacity, "on-demand");
    assert_string_equal(in.task_architecture, "x86_64");
    assert_int_equal(in.task_cpu, 1024);
    assert_int_equal(in.task_memory, 4096);
    assert_true(in.thaw_asked);

    json = input_to_json(&in);
    assert_non_null(json);
    assert_int_equal(run(json, strlen(json), &again, message), ERR_OK);
    json_again = input_to_json(&again);
    assert_string_equal(json, json_again);
    assert_string_equal(in.thaw_params, again.thaw_params);
    assert_non_null(strstr(json, "\"onDifferent\":\"keep\""));
    assert_non_null(strstr(json, "\"sourceRequiredRegion\":\"\""));
    assert_non_null(strstr(json, "\"thawParams\":{\"glacierFlexibleRetrievalThawDays\":3650,"));
    free(json);
    free(json_again);
    input_free(&in);
    input_free(&again);
}

static void test_other_good(void **state)
{
    static const char *const rows[] = {
            WHOLE ",\"thawParams\":{}}",
            WHOLE ",\"onCollision\":\"fail\"}",
            WHOLE ",\"destinationFolderKey\":\"\"}",
            WHOLE ",\"destinationFolderKey\":\"/\"}",
            WHOLE ",\"destinationFolderKey\":\"a b+c%/é/\"}",
            WHOLE ",\"maxItemsPerBatch\":1}",
            WHOLE ",\"tags\":\"none\",\"onDifferent\":\"fail\"}",
            " \n\t" WHOLE "}\r\n",
    };
    char message[ERR_MESSAGE_MAX];
    struct input in;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (run(rows[i], strlen(rows[i]), &in, message) != ERR_OK)
            fail_msg("%s: %s", rows[i], message);
        assert_false(in.thaw_asked);
        assert_null(in.thaw_params);
        input_free(&in);
    }
}

/* --- fields by the names that they had in services before this one --- */

static void test_former_names_wrong(void **state)
{
    static const struct bad rows[] = {
            {WHOLE ",\"destinationPrefixKey\":\"a/b\"}",
                    "destinationPrefixKey: \"a/b\" does not end with \"/\""},
            {WHOLE ",\"destinationPrefixKey\":7}", "destinationPrefixKey: must be a string, not 7"},
            {WHOLE ",\"destinationPrefixKey\":null}",
                    "destinationPrefixKey: must be a string, not null"},
            {WHOLE ",\"requiredRegion\":\"\"}", "requiredRegion: must not be empty"},
            {WHOLE ",\"requiredRegion\":\"eu west\"}",
                    "requiredRegion: \"eu west\" is no region: it has a character other than "
                    "letters, digits, '-' and '_'"},
            {WHOLE ",\"destinationPrefixKey\":\"a/\",\"destinationFolderKey\":\"a/\"}",
                    "destinationPrefixKey: it is the former name of destinationFolderKey, and "
                    "destinationFolderKey is given too; give only one"},
            {WHOLE ",\"destinationFolderKey\":\"a/\",\"destinationPrefixKey\":\"\"}",
                    "destinationPrefixKey: it is the former name of destinationFolderKey, and "
                    "destinationFolderKey is given too; give only one"},
            {WHOLE ",\"requiredRegion\":\"r\",\"sourceRequiredRegion\":\"r\"}",
                    "requiredRegion: it is the former name of sourceRequiredRegion and "
                    "destinationRequiredRegion, and sourceRequiredRegion is given too; give only one"},
            {WHOLE ",\"destinationRequiredRegion\":\"\",\"requiredRegion\":\"r\"}",
                    "requiredRegion: it is the former name of sourceRequiredRegion and "
                    "destinationRequiredRegion, and destinationRequiredRegion is given too; give only "
                    "one"},
            {WHOLE ",\"thawParams\":{\"requiredRegion\":\"r\"}}",
                    "thawParams.requiredRegion: unknown field"},
    };

    (void)state;
    check_bad(rows, sizeof rows / sizeof rows[0]);
}

static const char *or_none(const char *s)
{
    return s ? s : "(none)";
}

/* The warnings since the last look, one a line. */
static char warned[1024];

static void on_log(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    assert_int_equal(level, LOG_WARN);
    snprintf(warned + strlen(warned), sizeof warned - strlen(warned), "%s\n", line);
}

static void test_former_names(void **state)
{
    static const struct {
        const char *json, *folder, *source, *destination, *warned;
    } rows[] = {
            {WHOLE "}", "", NULL, NULL, ""},
            {WHOLE ",\"destinationFolderKey\":\"a/\"}", "a/", NULL, NULL, ""},
            {WHOLE ",\"destinationPrefixKey\":\"\"}", "", NULL, NULL,
                    "destinationPrefixKey: the field is now called destinationFolderKey; the old "
                    "name is taken for it\n"},
            {WHOLE ",\"destinationPrefixKey\":\"a/b/\",\"sourceRequiredRegion\":\"\"}", "a/b/", "",
                    NULL,
                    "destinationPrefixKey: the field is now called destinationFolderKey; the old "
                    "name is taken for it\n"},
            {WHOLE ",\"requiredRegion\":\"eu-west-2\",\"destinationPrefixKey\":\"c/\"}", "c/",
                    "eu-west-2", "eu-west-2",
                    "destinationPrefixKey: the field is now called destinationFolderKey; the old "
                    "name is taken for it\n"
                    "requiredRegion: the field is now called sourceRequiredRegion and "
                    "destinationRequiredRegion; the old name is taken for it\n"},
    };
    char message[ERR_MESSAGE_MAX];
    size_t i;

    (void)state;
    log_set_sink(on_log, NULL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct input in;
        char *json;

        if (run(rows[i].json, strlen(rows[i].json), &in, message) != ERR_OK)
            fail_msg("%s: %s", rows[i].json, message);
        assert_string_equal(in.destination_folder, rows[i].folder);
        assert_string_equal(or_none(in.source_region), or_none(rows[i].source));
        assert_string_equal(or_none(in.destination_region), or_none(rows[i].destination));
        warned[0] = '\0';
        input_log_former(&in);
        assert_string_equal(warned, rows[i].warned);
        /* The stored input has the new names. */
        json = input_to_json(&in);
        assert_non_null(json);
        assert_null(strstr(json, "destinationPrefixKey"));
        assert_null(strstr(json, "\"requiredRegion\""));
        free(json);
        input_free(&in);
    }
    log_set_sink(NULL, NULL);
}

static void test_set_manifest(void **state)
{
    static const struct {
        const char *value;
        const char *bucket, *key, *path; /* or NULL */
        const char *message;             /* or NULL: it is good */
    } rows[] = {
            {"s3://src/a/m.csv", "src", "a/m.csv", NULL, NULL},
            {"s3://src//m", "src", "/m", NULL, NULL},
            {"m.csv", NULL, NULL, "m.csv", NULL},
            {"/tmp/s3/m.csv", NULL, NULL, "/tmp/s3/m.csv", NULL},
            {"-", NULL, NULL, "-", NULL},
            {"", "old", "old.csv", NULL, "--manifest: is empty; give s3://bucket/key, a path or -"},
            {"s3://", "old", "old.csv", NULL, "--manifest: the bucket of \"s3://\" is empty"},
            {"s3:///k", "old", "old.csv", NULL, "--manifest: the bucket of \"s3:///k\" is empty"},
            {"s3://src", "old", "old.csv", NULL, "--manifest: the key of \"s3://src\" is empty"},
            {"s3://src/", "old", "old.csv", NULL, "--manifest: the key of \"s3://src/\" is empty"},
            {"s3://src/a/", "old", "old.csv", NULL,
                    "--manifest: the key of \"s3://src/a/\" is that of a folder; a manifest is "
                    "one object"},
            {"s3://S/k", "old", "old.csv", NULL,
                    "--manifest: the bucket of \"s3://S/k\" has an upper-case letter"},
            {"s3://src/\xff", "old", "old.csv", NULL,
                    "--manifest: the key of \"s3://src/\\xff\" is not UTF-8"},
            {"S3://src/k", "old", "old.csv", NULL,
                    "--manifest: \"S3://src/k\" is neither s3://bucket/key nor a path"},
            {"https://src/k", "old", "old.csv", NULL,
                    "--manifest: \"https://src/k\" is neither s3://bucket/key nor a path"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct input in;
        struct err e;
        enum err_code rc;

        err_clear(&e);
        assert_int_equal(input_init(&in, &e), ERR_OK);
        assert_int_equal(input_set_manifest(&in, "s3://old/old.csv", &e), ERR_OK);
        rc = input_set_manifest(&in, rows[i].value, &e);
        assert_string_equal(e.message, rows[i].message ? rows[i].message : "");
        assert_int_equal(rc, rows[i].message ? ERR_INPUT : ERR_OK);
        assert_string_equal(in.csv_bucket ? in.csv_bucket : "-none-",
                rows[i].bucket ? rows[i].bucket : "-none-");
        assert_string_equal(
                in.csv_key ? in.csv_key : "-none-", rows[i].key ? rows[i].key : "-none-");
        assert_string_equal(
                in.csv_path ? in.csv_path : "-none-", rows[i].path ? rows[i].path : "-none-");
        input_free(&in);
    }
}

static void test_set_destination(void **state)
{
    static const struct {
        const char *value;
        const char *bucket, *folder;
        const char *message;
    } rows[] = {
            {"s3://dst", "dst", "", NULL},
            {"s3://dst/", "dst", "", NULL},
            {"s3://dst/a/b/", "dst", "a/b/", NULL},
            {"s3://dst/a", "old", "o/",
                    "--to: \"s3://dst/a\" has no \"/\" at its end, as a folder does; add it"},
            {"s3://", "old", "o/", "--to: the bucket of \"s3://\" is empty"},
            {"s3://d_t/", "old", "o/",
                    "--to: the bucket of \"s3://d_t/\" has a character other than a-z, 0-9, '.' "
                    "and '-'"},
            {"dst/a/", "old", "o/",
                    "--to: \"dst/a/\" is not of the form s3://bucket/ or s3://bucket/folder/"},
            {"", "old", "o/", "--to: \"\" is not of the form s3://bucket/ or s3://bucket/folder/"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct input in;
        struct err e;
        enum err_code rc;

        err_clear(&e);
        assert_int_equal(input_init(&in, &e), ERR_OK);
        assert_int_equal(input_set_destination(&in, "s3://old/o/", &e), ERR_OK);
        rc = input_set_destination(&in, rows[i].value, &e);
        assert_string_equal(e.message, rows[i].message ? rows[i].message : "");
        assert_int_equal(rc, rows[i].message ? ERR_INPUT : ERR_OK);
        assert_string_equal(in.destination_bucket, rows[i].bucket);
        assert_string_equal(in.destination_folder, rows[i].folder);
        input_free(&in);
    }
}

/* The limit is the same when the input is read again, as the steps of a job do. */
static void expect_cost_kept(const struct input *in)
{
    char *json = input_to_json(in);
    struct input again;
    struct err e;

    assert_non_null(json);
    assert_int_equal(input_init(&again, &e), ERR_OK);
    assert_int_equal(input_parse(&again, json, strlen(json), &e), ERR_OK);
    assert_int_equal(again.max_cost_micro, in->max_cost_micro);
    input_free(&again);
    free(json);
}

static void test_set_max_cost(void **state)
{
    static const char form[] = "is no number of US dollars, as 12.50 is";
    static const struct {
        const char *value;
        uint64_t micro; /* 0: refused */
        const char *why;
    } rows[] = {
            {"5", 5000000, NULL},
            {"0.000001", 1, NULL},
            {"12.5", 12500000, NULL},
            {"1000000000", UINT64_C(1000000000000000), NULL},
            {"1000000000.000001", 0, form},
            {"1000000001", 0, form},
            {"", 0, form},
            {".5", 0, form},
            {"5.", 0, form},
            {"1.1234567", 0, form},
            {"-1", 0, form},
            {"1e3", 0, form},
            {"1.5.5", 0, form},
            {"$5", 0, form},
            {"0", 0, "is not above 0"},
            {"0.00", 0, "is not above 0"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[128] = "";
        struct input in;
        struct err e;

        err_clear(&e);
        if (rows[i].why)
            snprintf(
                    expected, sizeof expected, "--max-cost: \"%s\" %s", rows[i].value, rows[i].why);
        assert_int_equal(input_init(&in, &e), ERR_OK);
        assert_int_equal(
                input_set_max_cost(&in, rows[i].value, &e), rows[i].why ? ERR_INPUT : ERR_OK);
        assert_string_equal(e.message, expected);
        assert_int_equal(in.max_cost_micro, rows[i].micro);
        if (!rows[i].why)
            expect_cost_kept(&in);
        input_free(&in);
    }
}

static void test_report_name(void **state)
{
    struct input in;
    struct err e;

    (void)state;
    assert_int_equal(input_init(&in, &e), ERR_OK);
    assert_int_equal(input_set_report_name(&in, "reports/r 1.csv", &e), ERR_OK);
    assert_string_equal(in.end_key, "reports/r 1.csv");
    assert_int_equal(input_set_report_name(&in, "a\xff", &e), ERR_INPUT);
    assert_string_equal(e.message, "--report-name: \"a\\xff\" is not UTF-8");
    assert_string_equal(in.end_key, "reports/r 1.csv");
    input_free(&in);
}

static void test_any_region(void **state)
{
    struct input in;
    struct err e;

    (void)state;
    assert_int_equal(input_init(&in, &e), ERR_OK);
    assert_false(input_may_be_anywhere(&in));
    in.source_region = strdup("eu-west-1");
    assert_int_equal(input_set_any_region(&in, &e), ERR_OK);
    assert_string_equal(in.source_region, "");
    assert_string_equal(in.destination_region, "");
    assert_true(input_may_be_anywhere(&in));
    input_free(&in);
}

/* The flags alone make a whole input; a path is not written to JSON. */
static void test_flags_only(void **state)
{
    struct input in;
    struct err e;
    char *json;

    (void)state;
    assert_int_equal(input_init(&in, &e), ERR_OK);
    assert_int_equal(input_set_manifest(&in, "m.csv", &e), ERR_OK);
    assert_int_equal(input_set_destination(&in, "s3://dst/a/", &e), ERR_OK);
    assert_int_equal(input_check(&in, &e), ERR_OK);
    json = input_to_json(&in);
    assert_non_null(json);
    assert_null(strstr(json, "m.csv"));
    assert_null(strstr(json, "maxItemsPerBatch"));
    free(json);
    in.copy_concurrency = 0;
    assert_int_equal(input_check(&in, &e), ERR_INPUT);
    assert_string_equal(e.message, "copyConcurrency: must be a whole number from 1 to 10000");
    input_free(&in);
}

/* An earlier version reads the JSON of an input that needs nothing new, and compares it. */
static void test_left_out_by_default(void **state)
{
    struct input in;
    struct err e;
    char *json;

    (void)state;
    assert_int_equal(input_init(&in, &e), ERR_OK);
    json = input_to_json(&in);
    assert_non_null(json);
    assert_null(strstr(json, "manifestHeader"));
    assert_null(strstr(json, "onDuplicate"));
    assert_null(strstr(json, "task"));
    assert_non_null(strstr(json, "\"destinationKeys\":\"basename\""));
    free(json);
    in.manifest_header = true;
    in.on_duplicate = ON_DUPLICATE_SKIP;
    json = input_to_json(&in);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"manifestHeader\":true"));
    assert_non_null(strstr(json, "\"onDuplicate\":\"skip\""));
    free(json);
    input_free(&in);
}

/* Messages name what the person who gave the input can write. */
static void test_words(void **state)
{
    static const struct {
        enum input_words words;
        const char *missing, *said;
    } rows[] = {
            {INPUT_WORDS_FIELDS,
                    "there is no manifest; give sourceFilesCsvBucket and sourceFilesCsvKey; "
                    "destinationBucket: is missing",
                    "field"},
            {INPUT_WORDS_EITHER,
                    "there is no manifest; give sourceFilesCsvBucket and sourceFilesCsvKey, or "
                    "--manifest; destinationBucket: is missing; give it, or --to "
                    "s3://bucket/folder/",
                    "field"},
            {INPUT_WORDS_OPTIONS,
                    "there is no manifest; give it with --manifest (s3://bucket/key, a path, or - "
                    "for standard input); there is no destination; give it with --to "
                    "s3://bucket/folder/",
                    "--option"},
    };
    struct input in;
    struct err e;
    size_t i;

    (void)state;
    assert_int_equal(input_init(&in, &e), ERR_OK);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        in.words = rows[i].words;
        assert_int_equal(input_check(&in, &e), ERR_INPUT);
        assert_string_equal(e.message, rows[i].missing);
        assert_string_equal(input_say(&in, "--option", "field"), rows[i].said);
    }
    input_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_left_out_by_default),
            cmocka_unit_test(test_words),
            cmocka_unit_test(test_bad_json),
            cmocka_unit_test(test_bad_fields),
            cmocka_unit_test(test_bad_wholes),
            cmocka_unit_test(test_nul_byte),
            cmocka_unit_test(test_long_folders),
            cmocka_unit_test(test_many_faults),
            cmocka_unit_test(test_wrong_is_not_missing),
            cmocka_unit_test(test_missing_besides),
            cmocka_unit_test(test_shown),
            cmocka_unit_test(test_defaults),
            cmocka_unit_test(test_every_field),
            cmocka_unit_test(test_split_above),
            cmocka_unit_test(test_other_good),
            cmocka_unit_test(test_former_names_wrong),
            cmocka_unit_test(test_former_names),
            cmocka_unit_test(test_set_manifest),
            cmocka_unit_test(test_set_destination),
            cmocka_unit_test(test_set_max_cost),
            cmocka_unit_test(test_report_name),
            cmocka_unit_test(test_any_region),
            cmocka_unit_test(test_flags_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
