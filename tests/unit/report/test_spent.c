/* Money of a report: every operation of the client is charged for, and a dry run's forecast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "report/spent.h"

static void test_all_operations_are_known(void **state)
{
    int op;

    (void)state;
    for (op = 0; op < S3_OP_COUNT; op++)
        if (cost_op_of(s3_op_name((enum s3_op)op)) == COST_OP_COUNT)
            fail_msg("cost.h has no row for %s", s3_op_name((enum s3_op)op));
}

static void count_one(struct report *r, enum result_status status, const char *etag, unsigned notes)
{
    const struct input in = {.options = {.tags = TAGS_BEST_EFFORT}};
    struct result result = {.size = 100, .status = status, .requests = 20, .notes = notes};

    etag_copy(result.etag, etag);
    spent_count(r, &result, &in);
}

static void test_results(void **state)
{
    static struct report r;

    (void)state;
    count_one(&r, RESULT_COPIED, "0123456789abcdef0123456789abcdef", 0);
    count_one(&r, RESULT_COPIED, "0123456789abcdef0123456789abcdef-3", 0);
    count_one(&r, RESULT_COPIED, "0123456789abcdef0123456789abcdef-3", NOTE_LAYOUT_NOT_MIRRORED);
    count_one(&r, RESULT_SAME, "0123456789abcdef0123456789abcdef", 0);
    count_one(&r, RESULT_PENDING, "0123456789abcdef0123456789abcdef-3", 0);
    count_one(&r, RESULT_FAILED, "", 0);
    assert_int_equal(r.sent.requests[COST_COPY_OBJECT], 2);
    assert_int_equal(r.sent.requests[COST_UPLOAD_PART_COPY], 3);
    assert_int_equal(cost_requests(&r.sent), 6 * 20);
    assert_int_equal(r.sent.bytes, 300);
    assert_int_equal(r.to_do.requests[COST_UPLOAD_PART_COPY], 3);
    assert_int_equal(r.to_do.requests[COST_COPY_OBJECT], 0);
    assert_int_equal(r.to_do.bytes, 100);
}

/* The trial of writing is left out, marker and report come in. */
static void test_forecast(void **state)
{
    struct cost_counts looked = {0}, to_do = {0};

    (void)state;
    cost_add_requests(&looked, COST_HEAD_OBJECT, 10);
    cost_add_requests(&looked, COST_CREATE_MULTIPART_UPLOAD, 1);
    cost_add_requests(&looked, COST_ABORT_MULTIPART_UPLOAD, 1);
    cost_add_object(&to_do, &(struct cost_object){.size = 5, .has_tags = true});
    cost_add_object(&to_do, &(struct cost_object){.size = 10, .parts = 2});
    spent_forecast(&looked, &to_do, SPENT_ELSEWHERE);
    assert_int_equal(looked.requests[COST_HEAD_OBJECT], 12);
    assert_int_equal(looked.requests[COST_CREATE_MULTIPART_UPLOAD], 1);
    assert_int_equal(looked.requests[COST_ABORT_MULTIPART_UPLOAD], 0);
    assert_int_equal(looked.requests[COST_PUT_OBJECT], 2);
    assert_int_equal(looked.requests[COST_COPY_OBJECT], 1);
    assert_int_equal(looked.bytes, 15);
}

/* A copy in parts lists its source's annotations, on Amazon S3, unless they are left. */
static void test_annotations(void **state)
{
    static const struct {
        const char *mode, *etag;
        enum spent_server server;
        uint64_t lists;
    } rows[] = {
            {NULL, "0123456789abcdef0123456789abcdef-3", SPENT_AT_AMAZON, 1},
            {"best-effort", "0123456789abcdef0123456789abcdef-3", SPENT_AT_AMAZON, 1},
            {"require", "0123456789abcdef0123456789abcdef-1", SPENT_AT_AMAZON, 1},
            {"none", "0123456789abcdef0123456789abcdef-3", SPENT_AT_AMAZON, 0},
            {NULL, "0123456789abcdef0123456789abcdef-3", SPENT_ELSEWHERE, 0},
            {NULL, "0123456789abcdef0123456789abcdef", SPENT_AT_AMAZON, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct result result = {.status = RESULT_PENDING, .size = 100};
        struct cost_counts looked = {0}, to_do = {0};
        struct input in = {0};

        in.options.object[OBJECT_ANNOTATIONS] = (char *)rows[i].mode;
        strcpy(result.etag, rows[i].etag);
        spent_count_pending(&to_do, &result, &in);
        spent_forecast(&looked, &to_do, rows[i].server);
        assert_int_equal(looked.requests[COST_LIST_OBJECT_ANNOTATIONS], rows[i].lists);
        assert_int_equal(looked.requests[COST_GET_OBJECT_ANNOTATION], 0);
        assert_int_equal(looked.requests[COST_PUT_OBJECT_ANNOTATION], 0);
    }
}

/* The looks of copyout thaw are those of its archive and speed. */
static void test_looks(void **state)
{
    struct input in = {
            .thaw_params = (char *)"{\"glacierFlexibleRetrievalThawSpeed\":\"Standard\"}"};
    struct result result = {
            .status = RESULT_PENDING, .storage = STORAGE_GLACIER, .notes = NOTE_TO_BE_RESTORED};
    struct cost_counts to_do = {0};

    (void)state;
    spent_count_pending(&to_do, &result, &in);
    spent_count_pending(&to_do, &result, &in);
    assert_int_equal(cost_thaw_tasks(&to_do), 10);
    result.notes = 0;
    memset(&to_do, 0, sizeof to_do);
    spent_count_pending(&to_do, &result, &in);
    assert_int_equal(cost_thaw_tasks(&to_do), 0);
}

/* Which archive of INTELLIGENT_TIERING an object is in no result tells: there are no more looks
 * than those of both. */
static void test_looks_of_tiering(void **state)
{
    struct input in = {.thaw_params =
                               (char *)"{\"intelligentTieringArchiveThawSpeed\":\"Expedited\","
                                       "\"intelligentTieringDeepArchiveThawSpeed\":\"Bulk\"}"};
    struct result result = {.status = RESULT_PENDING,
            .storage = STORAGE_INTELLIGENT_TIERING,
            .notes = NOTE_TO_BE_RESTORED};
    struct cost_counts to_do = {0};

    (void)state;
    spent_count_pending(&to_do, &result, &in);
    assert_int_equal(cost_thaw_tasks(&to_do), 2 + 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_all_operations_are_known),
            cmocka_unit_test(test_results),
            cmocka_unit_test(test_forecast),
            cmocka_unit_test(test_annotations),
            cmocka_unit_test(test_looks),
            cmocka_unit_test(test_looks_of_tiering),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
