/* The options of objects: their values, what does not go together, and their row in docs/input.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/copy_options.h"
#include "model/input.h"
#include "model/options/object_options.h"
#include "overriding.h"

/* Each kind of value: what is taken, how it is kept, and a part of what is said of others. */
static void test_values(void **state)
{
    static const struct {
        enum object_option which;
        const char *given, *kept, *problem;
    } rows[] = {
            {OBJECT_STORAGE_CLASS, "GLACIER_IR", "GLACIER_IR", NULL},
            {OBJECT_STORAGE_CLASS, "glacier_ir", NULL, "none of the words"},
            {OBJECT_STORAGE_CLASS, "GLACIER_I", NULL, "none of the words"},
            {OBJECT_STORAGE_CLASS, "", NULL, "none of the words"},
            {OBJECT_SSE, "aws:kms:dsse", "aws:kms:dsse", NULL},
            {OBJECT_REQUESTER_PAYS, "true", "true", NULL},
            {OBJECT_REQUESTER_PAYS, "false", "false", NULL},
            {OBJECT_REQUESTER_PAYS, "yes", NULL, "none of the words"},
            {OBJECT_SOURCE_OWNER, "123456789012", "123456789012", NULL},
            {OBJECT_SOURCE_OWNER, "12345678901", NULL, "twelve digits"},
            {OBJECT_DESTINATION_OWNER, "12345678901x", NULL, "twelve digits"},
            {OBJECT_GRANT_READ, "id=a,uri=\"b c\"", "id=a,uri=\"b c\"", NULL},
            {OBJECT_GRANT_READ, "somebody", NULL, "names nobody"},
            {OBJECT_GRANT_READ, "id=\r\nx: y", NULL, "names nobody"},
            {OBJECT_SSE_KMS_KEY_ID, "arn:aws:kms:r:1:key/a", "arn:aws:kms:r:1:key/a", NULL},
            {OBJECT_SSE_KMS_KEY_ID, "a b", NULL, "no id or ARN"},
            {OBJECT_METADATA, "{}", "{}", NULL},
            {OBJECT_METADATA, "{ \"x-amz-meta-b\" : \"1\",\"Expires\":\"\"}",
                    "{\"Expires\":\"\",\"x-amz-meta-b\":\"1\"}", NULL},
            {OBJECT_METADATA, "[]", NULL, "no JSON object"},
            {OBJECT_METADATA, "{", NULL, "no JSON object"},
            {OBJECT_METADATA, "{\"x-amz-acl\":\"private\"}", NULL, "none of metadata"},
            {OBJECT_METADATA, "{\"x-amz-meta-\":\"\"}", NULL, "none of metadata"},
            {OBJECT_METADATA, "{\"x-amz-meta-a b\":\"\"}", NULL, "none of metadata"},
            {OBJECT_METADATA, "{\"x-amz-meta-a\":1}", NULL, "no text of one line"},
            {OBJECT_METADATA, "{\"x-amz-meta-a\":\"b\\nc: d\"}", NULL, "no text of one line"},
            {OBJECT_METADATA, "{\"x-amz-meta-a\":\" b\"}", NULL, "no text of one line"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *problem;
        char *text;
        bool known = object_option_read(
                rows[i].which, rows[i].given, strlen(rows[i].given), &text, &problem);

        assert_int_equal(known, rows[i].kept != NULL);
        if (known)
            assert_string_equal(text, rows[i].kept);
        else
            assert_non_null(strstr(problem, rows[i].problem));
        free(text);
    }
}

/* S3 takes 2,048 bytes of the user's own metadata, names and values, and no more. */
static void test_much_metadata(void **state)
{
    char json[2200], *text;
    const char *problem;
    int room;

    (void)state;
    for (room = 2047; room <= 2048; room++) {
        snprintf(json, sizeof json, "{\"x-amz-meta-a\":\"%0*d\"}", room, 0);
        assert_int_equal(object_option_read(OBJECT_METADATA, json, strlen(json), &text, &problem),
                room == 2047);
        free(text);
    }
    assert_non_null(strstr(problem, "2,048 bytes"));
}

static void test_together(void **state)
{
    static const struct {
        enum object_option a, b;
        const char *of_a, *of_b, *problem;
    } rows[] = {
            {OBJECT_SSE, OBJECT_SSE_KMS_KEY_ID, "aws:kms", "k", NULL},
            {OBJECT_SSE, OBJECT_SSE_KMS_KEY_ID, "aws:kms:dsse", "k", NULL},
            {OBJECT_SSE, OBJECT_SSE_KMS_KEY_ID, "AES256", "k", "sseKmsKeyId"},
            {OBJECT_SSE, OBJECT_SSE_BUCKET_KEY, "aws:kms", "true", NULL},
            {OBJECT_SSE, OBJECT_SSE_BUCKET_KEY, "AES256", "false", NULL},
            {OBJECT_SSE, OBJECT_SSE_BUCKET_KEY, "aws:kms:dsse", "true", "sseBucketKey"},
            {OBJECT_ACL, OBJECT_GRANT_READ, "private", "id=a", "acl"},
            {OBJECT_GRANT_FULL_CONTROL, OBJECT_GRANT_READ, "id=a", "id=b", NULL},
            {OBJECT_NO_SIGN, OBJECT_REQUESTER_PAYS, "true", "true", "sourceNoSignRequest"},
            {OBJECT_NO_SIGN, OBJECT_REQUESTER_PAYS, "true", "false", NULL},
            {OBJECT_METADATA, OBJECT_METADATA_MODE, "{}", "replace", NULL},
            {OBJECT_SSE, OBJECT_METADATA_MODE, "AES256", "replace", "metadataMode"},
            {OBJECT_SSE, OBJECT_METADATA_MODE, "AES256", "keep", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text[OBJECT_OPTION_COUNT] = {0};
        const char *problem;

        text[rows[i].a] = strdup(rows[i].of_a);
        text[rows[i].b] = strdup(rows[i].of_b);
        problem = object_options_problem(text);
        assert_int_equal(problem == NULL, rows[i].problem == NULL);
        if (problem)
            assert_memory_equal(problem, rows[i].problem, strlen(rows[i].problem));
        object_options_free(text);
        assert_null(text[rows[i].a]);
    }
}

/* Options that an upload is created with make another text; those of requests do not. */
static void test_sign(void **state)
{
    struct buf out;
    int i;

    (void)state;
    for (i = 0; i < OBJECT_OPTION_COUNT; i++) {
        bool of_requests = i == OBJECT_SOURCE_OWNER || i == OBJECT_DESTINATION_OWNER ||
                           i == OBJECT_REQUESTER_PAYS || i == OBJECT_NO_SIGN ||
                           i == OBJECT_ANNOTATIONS;
        char *text[OBJECT_OPTION_COUNT] = {0};

        text[i] = (char *)(uintptr_t) "v";
        buf_init(&out, BUF_MAX_SMALL);
        object_options_sign(&out, text);
        assert_int_equal(out.len == 0, of_requests);
        buf_free(&out);
    }
}

/* The options of the job and of a line, and what follows from them for requests. */
static void test_of_a_line(void **state)
{
    static const char json[] = "{\"acl\":\"private\",\"requesterPays\":true,"
                               "\"expectedSourceOwner\":\"111111111111\","
                               "\"metadata\":{\"x-amz-meta-a\":\"b\"}}";
    struct sse_c_keys keys = {.destination = {.key = "k", .md5 = "m"}};
    struct copy_overrides own = {0};
    struct copy_options o;
    struct input in;
    struct buf out;
    struct err e;
    char *back;

    (void)state;
    assert_int_equal(input_init(&in, &e), ERR_OK);
    assert_int_equal(input_parse(&in, json, strlen(json), &e), ERR_OK);
    in.keys = &keys;
    override_text(&own, "acl", "public-read");
    override_json(&own, "sourceNoSignRequest", json_true());
    override_json(&own, "requesterPays", json_false());
    o = copy_options_of(&in, &own);
    assert_string_equal(o.object[OBJECT_ACL], "public-read");
    assert_string_equal(o.source.owner, "111111111111");
    assert_null(o.destination.owner);
    assert_int_equal(o.source.access, ACCESS_UNSIGNED);
    assert_int_equal(o.destination.access, ACCESS_SIGNED);
    assert_null(o.source.key);
    assert_ptr_equal(o.destination.key, &keys.destination);
    assert_true(copy_options_add_metadata(&o));
    o = copy_options_of(&in, NULL);
    assert_string_equal(o.object[OBJECT_ACL], "private");
    assert_int_equal(o.source.access, ACCESS_PAYING);
    assert_int_equal(o.destination.access, ACCESS_PAYING);
    back = input_to_json(&in);
    assert_non_null(strstr(back, "\"requesterPays\":true"));
    assert_non_null(strstr(back, "\"metadata\":{\"x-amz-meta-a\":\"b\"}"));
    buf_init(&out, BUF_MAX_SMALL);
    copy_overrides_write(&out, &own);
    assert_non_null(strstr(buf_str(&out), "\"requesterPays\":false"));
    buf_free(&out);
    free(back);
    copy_overrides_free(&own);
    input_free(&in);
}

/* The docs have a row for each option, with its words. */
static void test_docs(void **state)
{
    FILE *file = fopen("../../../docs/input.md", "re");
    struct buf text;
    int i;

    (void)state;
    assert_non_null(file);
    buf_init(&text, BUF_MAX_CONFIG);
    assert_true(buf_add_file(&text, file));
    fclose(file);
    for (i = 0; i < OBJECT_OPTION_COUNT; i++) {
        const struct object_option_row *row = &object_option_rows[i];
        const char *at, *end, *word = row->kind == OBJECT_OPTION_WORD ? row->words : NULL;
        char begins[128], quoted[64];

        snprintf(begins, sizeof begins, "\n| `%s` | `--%s` | ", row->field, row->option);
        at = strstr(buf_str(&text), begins);
        assert_non_null(at);
        end = strchr(at + 1, '\n');
        while (word) {
            int n = (int)strcspn(word, "|");
            const char *found;

            snprintf(quoted, sizeof quoted, "`\"%.*s\"`", n, word);
            found = strstr(at, quoted);
            assert_true(found && found < end);
            word = word[n] ? word + n + 1 : NULL;
        }
    }
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_values),
            cmocka_unit_test(test_much_metadata),
            cmocka_unit_test(test_together),
            cmocka_unit_test(test_sign),
            cmocka_unit_test(test_of_a_line),
            cmocka_unit_test(test_docs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
