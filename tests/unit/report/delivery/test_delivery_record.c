/* The delivery record as a whole: sorted lines between a head and an end that has their digest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/delivery/delivery_lines.h"
#include "report/delivery/delivery_record.h"

static struct delivery_record *record;
static struct report report;
static struct input input;
static char bucket[] = "there", digest[] = "sha256:00";
static const struct plan plan = {.digest = digest};
static char *text;
static size_t text_len;
static struct err err;

static int begin(void **state)
{
    (void)state;
    memset(&report, 0, sizeof report);
    if (input_init(&input, &err) != ERR_OK)
        return -1;
    input.destination_bucket = strdup(bucket);
    return delivery_record_new(&record, "/tmp", &err) == ERR_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    delivery_record_free(record);
    delivery_record_free(NULL);
    input_free(&input);
    free(text);
    text = NULL;
    return 0;
}

static void add(const char *key, uint64_t size, enum result_status status)
{
    struct result r = {.size = size, .status = status, .verified = VERIFIED_ETAG};

    r.item.destination_key = (char *)(uintptr_t)key;
    strcpy(r.etag, "e1");
    assert_int_equal(delivery_record_add(record, &r, &err), ERR_OK);
}

static void write_record(void)
{
    const struct delivery_facts facts = {
            .input = &input, .plan = &plan, .report = &report, .made_s = 1795680000};
    FILE *file = open_memstream(&text, &text_len);

    assert_int_equal(delivery_record_write(record, &facts, file, &err), ERR_OK);
    fclose(file);
}

/* Objects that are there are listed in the order of the keys; the others are counted. */
static void test_record(void **state)
{
    struct delivery_digest sum = {0};
    char expected[DELIVERY_DIGEST_SIZE];
    struct delivery_head head;
    struct delivery_end last;
    char *line, *before;

    (void)state;
    add("b", 10, RESULT_COPIED);
    add("a/\n", 5, RESULT_SAME);
    add("c", 99, RESULT_KEPT);
    add("d", 99, RESULT_FAILED);
    add("a", 1, RESULT_COPIED);
    report.by_status[RESULT_FAILED] = 1;
    report.missing = 7;
    write_record();
    line = strchr(text, '\n');
    assert_int_equal(delivery_head_read(&head, text, (size_t)(line - text)), DELIVERY_LINE_GOOD);
    assert_int_equal(head.objects, 4);
    assert_int_equal(head.bytes, 16);
    assert_int_equal(head.kept, 1);
    assert_int_equal(head.failed, 1);
    assert_int_equal(head.missing, 7);
    assert_string_equal(head.destination, "s3://there/");
    assert_string_equal(head.created, "2026-11-26T08:00:00Z");
    assert_string_equal(head.list, digest);
    assert_string_equal(head.own[3], "DELIVERY.jsonl");
    delivery_head_free(&head);
    before = strstr(text, "{\"end\"");
    assert_non_null(before);
    *strchr(before, '\n') = '\0';
    assert_true(delivery_end_read(&last, before, strlen(before)));
    assert_int_equal(delivery_digest_begin(&sum, &err), ERR_OK);
    delivery_digest_add(&sum, text, (size_t)(before - text));
    assert_int_equal(delivery_digest_end(&sum, expected, &err), ERR_OK);
    delivery_digest_free(&sum);
    assert_string_equal(last.digest, expected);
    assert_string_equal(last.key, "");
    *before = '\0';
    assert_string_equal(line + 1,
            "{\"key\":\"a\",\"size\":1,\"etag\":\"e1\",\"proof\":\"etag\"}\n"
            "{\"key\":\"a/\\u000a\",\"size\":5,\"etag\":\"e1\",\"proof\":\"etag\"}\n"
            "{\"key\":\"b\",\"size\":10,\"etag\":\"e1\",\"proof\":\"etag\"}\n"
            "{\"key\":\"c\",\"kept\":true}\n");
}

static void test_nothing(void **state)
{
    (void)state;
    write_record();
    assert_non_null(strstr(text, "\"objects\":0,"));
    assert_non_null(strstr(text, "\n{\"end\":"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_record, begin, end),
            cmocka_unit_test_setup_teardown(test_nothing, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
