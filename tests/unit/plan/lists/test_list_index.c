/* JSON that names the files of a list. */
#include "read_list.h"

#define BATCH(fields, arn)                                                             \
    "{\"Spec\":{\"Format\":\"S3BatchOperations_CSV_20180820\",\"Fields\":" fields "}," \
    "\"Location\":{\"ObjectArn\":\"" arn "\",\"ETag\":\"x\"}}"
#define RESULT(status, key)                                                                 \
    "{\"TaskExecutionStatus\":\"" status "\",\"Bucket\":\"reports\",\"MD5Checksum\":\"x\"," \
    "\"Key\":\"" key "\"}"
#define REPORT(results)                                                                               \
    "{\"Format\":\"Report_CSV_20180820\",\"ReportCreationDate\":\"2026-01-01\",\"Results\":[" results \
    "],\"ReportSchema\":\"Bucket, Key, VersionId, TaskStatus, ErrorCode, "                            \
    "HTTPStatusCode, ResultMessage\"}\n"
#define NAMES "0! the manifest is a JSON that names a list, and "

static void check(const char *data, const char *expected)
{
    list_check((struct manifest_options){0}, data, expected);
}

static void test_batch(void **state)
{
    (void)state;
    check(BATCH("[\"Bucket\",\"Key\"]", "arn:aws:s3:::lists/a/b.csv"), "@ s3://lists/a/b.csv \n");
    check("{\"Job\":{\"Manifest\":" BATCH("[\"Bucket\",\"Key\"]", "arn:aws-cn:s3:::lists/b") "}}\n",
            "@ s3://lists/b \n");
    check("{\"Spec\":{\"Format\":\"S3BatchOperations_CSV_20180820\",\"Fields\":[\"Key\","
          "\"Bucket\"]},\"Location\":{\"ObjectArn\":\"arn:aws:s3:::lists/b\","
          "\"ObjectVersionId\":\"v\"}}",
            "@ s3://lists/b v\n");
    check(BATCH("[\"Key\"]", "arn:aws:s3:::l/b"), NAMES "its Fields do not name Bucket and Key\n");
    check(BATCH("[\"Bucket\",\"Key\",\"Size\"]", "arn:aws:s3:::lists/b"),
            NAMES "its Fields are not Bucket, Key, VersionId and Ignore\n");
    check(BATCH("[\"Bucket\",\"Key\"]", "lists/b"),
            NAMES "it has no Location with the ObjectArn of a list\n");
    check(BATCH("[\"Bucket\",\"Key\"]", "arn:aws:s3:::Lists/b"),
            NAMES "it names a list whose bucket or key cannot be one\n");
    check("{\"Spec\":\"S3BatchOperations_CSV_20180820\",\"a\":\"", NAMES "it is not valid JSON\n");
    check("{\"Spec\":{\"Format\":\"S3InventoryReport_CSV_20161130\"},\"Location\":{}}",
            NAMES "it is of an S3 Inventory; give the manifest.json that it names\n");
}

/* All reports of tasks that failed, and none of the others. */
static void test_completion(void **state)
{
    (void)state;
    check(REPORT(RESULT("succeeded", "r/0.csv") "," RESULT("failed", "r/1.csv") "," RESULT(
                  "failed", "r/2.csv")),
            "@ s3://reports/r/1.csv \n@ s3://reports/r/2.csv \n");
    check(REPORT(RESULT("succeeded", "r/0.csv")),
            NAMES "no task failed: there is nothing to copy\n");
    check(REPORT("{}"), NAMES "one of its Results has no TaskExecutionStatus, Bucket or Key\n");
}

/* A file of an index is read with its columns and its encoding, and its lines are counted on. */
static void test_file(void **state)
{
    struct list_columns columns = {.count = 3, .kind = {LIST_IGNORE, LIST_KEY, LIST_BUCKET}};
    const struct manifest_options options = {
            .encoding = KEY_ENCODING_URL, .of_index = &columns, .lines_before = 10};
    const struct manifest_options report = {.of_index = &(struct list_columns){0}};

    (void)state;
    list_check(options, "x,a%2Bb,src\ny,c,\n", "11 src|a+b|\n12! the bucket is empty\n");
    list_check(report, "src,a%2Bb,,failed,x,403,y\n", "1 src|a+b|\n");
    list_check(report, BATCH("[\"Bucket\",\"Key\"]", "arn:aws:s3:::lists/a"),
            "0! the manifest is that of a job of S3 Batch Operations, in a form that names no "
            "list; give the CSV that it names, with --url-encoded\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_batch),
            cmocka_unit_test(test_completion),
            cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
