#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../overriding.h"
#include "model/policy/policy.h"

#define COPIER "arn:aws:iam::123456789012:role/copier"
#define KEY    "arn:aws:kms:eu-west-1:123456789012:key/1"

static struct input input;

static int setup(void **state)
{
    struct err e;

    (void)state;
    if (input_init(&input, &e) != ERR_OK ||
            input_set_destination(&input, "s3://dst/out/", &e) != ERR_OK)
        return -1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    input_free(&input);
    return 0;
}

static struct policy *begin(struct policy_config config)
{
    struct policy *p;
    struct err e;

    config.input = &input;
    if (!config.principal)
        config.principal = COPIER;
    assert_int_equal(policy_new(&p, &config, &e), ERR_OK);
    return p;
}

static void add(struct policy *p, const char *bucket, const char *key, const char *version,
        struct copy_overrides *overrides)
{
    char at[64];
    struct item item = {.bucket = (char *)(uintptr_t)bucket,
            .key = (char *)(uintptr_t)key,
            .version_id = (char *)(uintptr_t)version,
            .destination_key = at,
            .overrides = overrides};
    struct err e;

    snprintf(at, sizeof at, "out/%s", key);
    assert_int_equal(policy_add(p, &item, &e), ERR_OK);
}

/* "Sid(action,action) Sid(action)" of a policy's statements. */
static void assert_rights(const json_t *policy, const char *expected)
{
    json_t *statement, *action;
    struct buf text;
    size_t i, k;

    buf_init(&text, BUF_MAX_SMALL);
    json_array_foreach(json_object_get(policy, "Statement"), i, statement)
    {
        assert_string_equal(json_string_value(json_object_get(statement, "Effect")), "Allow");
        buf_addf(
                &text, "%s%s(", i ? " " : "", json_string_value(json_object_get(statement, "Sid")));
        json_array_foreach(json_object_get(statement, "Action"), k, action)
        {
            buf_addf(&text, "%s%s", k ? "," : "", json_string_value(action));
        }
        buf_addc(&text, ')');
    }
    assert_string_equal(buf_str(&text), expected);
    buf_free(&text);
}

static json_t *bucket_policy(const json_t *json, size_t i)
{
    return json_object_get(json_array_get(json_object_get(json, "buckets"), i), "policy");
}

static void test_plain(void **state)
{
    struct policy *p = begin((struct policy_config){0});
    json_t *json, *statement;
    char *text;

    (void)state;
    add(p, "src", "a", NULL, NULL);
    json = policy_json(p);
    assert_rights(json_object_get(json, "copier"),
            "ReadObjects(s3:GetObject) ReadTags(s3:GetObjectTagging) "
            "WriteObjects(s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,"
            "s3:ListMultipartUploadParts) WriteTags(s3:PutObjectTagging)");
    assert_rights(
            bucket_policy(json, 0), "ReadObjects(s3:GetObject) ReadTags(s3:GetObjectTagging)");
    assert_rights(bucket_policy(json, 1),
            "WriteObjects(s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,"
            "s3:ListMultipartUploadParts) WriteTags(s3:PutObjectTagging)");
    assert_int_equal(json_array_size(json_object_get(json, "keys")), 0);
    assert_int_equal(json_array_size(json_object_get(json, "notes")), 0);
    statement = json_array_get(json_object_get(bucket_policy(json, 1), "Statement"), 0);
    text = json_dumps(json_object_get(statement, "Resource"), JSON_COMPACT);
    assert_string_equal(text,
            "[\"arn:aws:s3:::dst/out/ENDED_COPY.csv\",\"arn:aws:s3:::dst/out/STARTED_COPY.txt\","
            "\"arn:aws:s3:::dst/out/a\"]");
    free(text);
    text = json_dumps(json_object_get(statement, "Principal"), JSON_COMPACT);
    assert_string_equal(text, "{\"AWS\":\"" COPIER "\"}");
    free(text);
    json_decref(json);
    policy_free(p);
}

/* Each bucket's owner is asked for what its objects take, and no more; a line's options count. */
static void test_buckets(void **state)
{
    struct policy *p;
    struct copy_overrides sure = {0};
    json_t *json;

    (void)state;
    input.options.tags = TAGS_NONE;
    override_text(&sure, "tags", "require");
    p = begin((struct policy_config){.listing = true});
    add(p, "src", "a", NULL, NULL);
    add(p, "other", "b", "v1", &sure);
    add(p, "src", "c", NULL, NULL);
    json = policy_json(p);
    assert_rights(bucket_policy(json, 0), "ReadObjects(s3:GetObject) ListSources(s3:ListBucket)");
    assert_rights(bucket_policy(json, 1),
            "ReadObjects(s3:GetObjectVersion) ReadTags(s3:GetObjectVersionTagging) "
            "ListSources(s3:ListBucket)");
    assert_rights(bucket_policy(json, 2),
            "WriteObjects(s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,"
            "s3:ListMultipartUploadParts) WriteTags(s3:PutObjectTagging,s3:GetObjectTagging) "
            "ListDestination(s3:ListBucket,s3:ListBucketMultipartUploads)");
    json_decref(json);
    policy_free(p);
    copy_overrides_free(&sure);
}

/* Options of objects take rights of their own, of the job or of a line. */
static void test_options(void **state)
{
    struct copy_overrides locked = {0};
    struct policy *p;
    json_t *json;

    (void)state;
    input.options.tags = TAGS_SET;
    input.options.object[OBJECT_GRANT_READ] = strdup("id=1");
    input.source_prefix = strdup("s3://src/a/");
    override_text(&locked, "objectLock", "keep");
    p = begin((struct policy_config){0});
    add(p, "src", "a", NULL, &locked);
    json = policy_json(p);
    assert_rights(bucket_policy(json, 0),
            "ReadObjects(s3:GetObject) ReadLocks(s3:GetObjectRetention,s3:GetObjectLegalHold) "
            "ListSources(s3:ListBucket)");
    assert_rights(bucket_policy(json, 1),
            "WriteObjects(s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,"
            "s3:ListMultipartUploadParts) WriteTags(s3:PutObjectTagging,s3:GetObjectTagging) "
            "WriteAcls(s3:PutObjectAcl) WriteLocks(s3:PutObjectRetention,s3:PutObjectLegalHold)");
    json_decref(json);
    policy_free(p);
    copy_overrides_free(&locked);
}

static void assert_resources(const json_t *statement, const char *expected)
{
    char *text = json_dumps(json_object_get(statement, "Resource"), JSON_COMPACT);

    assert_string_equal(text, expected);
    free(text);
}

/* Files of copyout's own get a number where somebody else's have their names. */
static void test_numbered(void **state)
{
    struct policy *p;
    json_t *json;

    (void)state;
    input.on_foreign_file = ON_FOREIGN_FILE_NUMBER;
    input.include_page = true;
    input.delivery_record = DELIVERY_DESTINATION;
    free(input.end_key);
    input.end_key = strdup("$.d/END*");
    p = begin((struct policy_config){0});
    add(p, "src", "a", NULL, NULL);
    json = policy_json(p);
    assert_resources(json_array_get(json_object_get(bucket_policy(json, 1), "Statement"), 0),
            "[\"arn:aws:s3:::dst/out/${$}.d/COPY_REPORT.html\","
            "\"arn:aws:s3:::dst/out/${$}.d/DELIVERY.jsonl\","
            "\"arn:aws:s3:::dst/out/${$}.d/END${*}\","
            "\"arn:aws:s3:::dst/out/STARTED_COPY.txt\",\"arn:aws:s3:::dst/out/a\","
            "\"arn:aws:s3:::dst/out/STARTED_COPY-*.txt\",\"arn:aws:s3:::dst/out/${$}.d/END${*}-*\","
            "\"arn:aws:s3:::dst/out/${$}.d/COPY_REPORT-*.html\","
            "\"arn:aws:s3:::dst/out/${$}.d/DELIVERY-*.jsonl\"]");
    json_decref(json);
    policy_free(p);
}

/* The objects that a list is made of, beside the one that the input names. */
static void test_list_files(void **state)
{
    struct policy *p;
    json_t *json, *statement;
    struct err e;

    (void)state;
    input.csv_bucket = strdup("lists");
    input.csv_key = strdup("i/manifest.json");
    p = begin((struct policy_config){0});
    assert_int_equal(policy_add_list(p, "lists", "i/data/1", NULL, &e), ERR_OK);
    assert_int_equal(policy_add_list(p, "other", "r", "v1", &e), ERR_OK);
    add(p, "src", "a", NULL, NULL);
    json = policy_json(p);
    statement = json_array_get(json_object_get(json_object_get(json, "copier"), "Statement"), 0);
    assert_string_equal(json_string_value(json_object_get(statement, "Sid")), "ReadList");
    assert_resources(statement,
            "[\"arn:aws:s3:::lists/i/data/1\",\"arn:aws:s3:::lists/i/manifest.json\","
            "\"arn:aws:s3:::other/r\"]");
    assert_int_equal(json_array_size(json_object_get(statement, "Action")), 2);
    json_decref(json);
    policy_free(p);
}

/* Rights to annotations, where a job or a line asks for annotations by name. */
static void test_annotations(void **state)
{
    struct copy_overrides none = {0};
    struct policy *p;
    json_t *json;

    (void)state;
    input.options.tags = TAGS_NONE;
    input.options.object[OBJECT_ANNOTATIONS] = strdup("best-effort");
    override_text(&none, "annotations", "none");
    p = begin((struct policy_config){0});
    add(p, "src", "a", NULL, NULL);
    add(p, "other", "b", "v1", NULL);
    add(p, "third", "c", NULL, &none);
    json = policy_json(p);
    assert_rights(bucket_policy(json, 0),
            "ReadObjects(s3:GetObject) "
            "ReadAnnotations(s3:GetObjectAnnotation,s3:ListObjectAnnotations)");
    assert_rights(bucket_policy(json, 1),
            "ReadObjects(s3:GetObjectVersion) "
            "ReadAnnotations(s3:GetObjectVersionAnnotation,s3:ListObjectVersionAnnotations)");
    assert_rights(bucket_policy(json, 2), "ReadObjects(s3:GetObject)");
    assert_rights(bucket_policy(json, 3),
            "WriteObjects(s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,"
            "s3:ListMultipartUploadParts) WriteAnnotations(s3:PutObjectAnnotation)");
    json_decref(json);
    policy_free(p);
    copy_overrides_free(&none);
}

static void test_work_and_keys(void **state)
{
    struct policy *p;
    json_t *json, *statement, *condition;

    (void)state;
    input.thaw_asked = true;
    p = begin((struct policy_config){.work = "s3://work/job/",
            .source_keys = KEY "," KEY "2",
            .destination_key = "arn:aws-cn:kms:cn-north-1:1:key/9",
            .principal = "arn:aws-cn:iam::1:user/u"});
    input.options.tags = TAGS_NONE;
    add(p, "src", "a", NULL, NULL);
    json = policy_json(p);
    assert_rights(json_object_get(json, "copier"),
            "ReadObjects(s3:GetObject) RestoreObjects(s3:RestoreObject) "
            "WriteObjects(s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,s3:ListMultipartUploadParts) KeepWork(s3:PutObject,"
            "s3:GetObject,s3:DeleteObject,s3:AbortMultipartUpload,s3:ListMultipartUploadParts) "
            "ListWork(s3:ListBucket) UseSourceKeys(kms:Decrypt) "
            "UseDestinationKey(kms:GenerateDataKey,kms:Decrypt)");
    assert_int_equal(json_array_size(json_object_get(json, "keys")), 3);
    statement = json_array_get(
            json_object_get(
                    json_object_get(json_array_get(json_object_get(json, "keys"), 2), "policy"),
                    "Statement"),
            0);
    condition = json_object_get(statement, "Condition");
    assert_string_equal(
            json_string_value(json_array_get(
                    json_object_get(json_object_get(condition, "StringEquals"), "kms:ViaService"),
                    0)),
            "s3.cn-north-1.amazonaws.com.cn");
    assert_string_equal(json_string_value(json_object_get(statement, "Resource")), "*");
    json_decref(json);
    policy_free(p);
}

static void test_too_long(void **state)
{
    struct policy *p = begin((struct policy_config){0});
    char bucket[16];
    json_t *json;
    struct buf text;
    int i;

    (void)state;
    for (i = 0; i < 200; i++) {
        snprintf(bucket, sizeof bucket, "bucket-%d", i);
        add(p, bucket, "a", NULL, NULL);
    }
    json = policy_json(p);
    assert_int_equal(json_array_size(json_object_get(json, "notes")), 1);
    buf_init(&text, BUF_MAX_CONFIG);
    policy_text(&text, json);
    assert_non_null(strstr(buf_str(&text), "For the owner of the source bucket bucket-199 =="));
    assert_non_null(strstr(buf_str(&text), "Note: The policy of the copier has "));
    buf_free(&text);
    json_decref(json);
    policy_free(p);
}

static void test_bad(void **state)
{
    static const struct {
        struct policy_config config;
        const char *says;
    } rows[] = {
            {{0}, "--principal"},
            {{.principal = "copier"}, "--principal \"copier\""},
            {{.principal = "arn:aws:s3:::bucket"}, "--principal"},
            {{.principal = COPIER, .work = "folder"}, "--work"},
            {{.principal = COPIER, .source_keys = KEY ",alias/x"}, "--source-kms-keys \"alias/x\""},
            {{.principal = COPIER, .source_keys = ""}, "--source-kms-keys"},
            {{.principal = COPIER, .destination_key = "arn:aws:kms:r:1:alias/x"},
                    "--destination-kms-key"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_config config = rows[i].config;
        struct policy *p;
        struct err e;

        config.input = &input;
        assert_int_equal(policy_new(&p, &config, &e), ERR_USAGE);
        assert_non_null(strstr(e.message, rows[i].says));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_plain),
            TEST(test_buckets),
            TEST(test_options),
            TEST(test_numbered),
            TEST(test_list_files),
            TEST(test_annotations),
            TEST(test_work_and_keys),
            TEST(test_too_long),
            TEST(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
