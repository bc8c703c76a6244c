/* The meaning of an answer to GetObjectTagging. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "model/object/tags_told.h"

struct row {
    enum err_code code;
    int status;
    const char *service_code;
    enum tags_told told;
};

static void test_answers(void **state)
{
    static const struct row rows[] = {
            {ERR_OK, 0, "", TAGS_TOLD},
            {ERR_NOT_FOUND, 404, "NoSuchTagSet", TAGS_TOLD_NO},
            {ERR_NOT_FOUND, 404, "NoSuchTagSetError", TAGS_TOLD_NO},
            {ERR_NOT_FOUND, 404, "NoSuchKey", TAGS_UNTOLD},
            {ERR_NOT_FOUND, 404, "NoSuchBucket", TAGS_UNTOLD},
            {ERR_NOT_FOUND, 404, "NoSuchVersion", TAGS_UNTOLD},
            {ERR_NOT_FOUND, 404, "", TAGS_UNTOLD},
            {ERR_ACCESS_DENIED, 403, "AccessDenied", TAGS_UNTOLD},
            {ERR_ACCESS_DENIED, 403, "NoSuchTagSet", TAGS_UNTOLD},
            {ERR_SERVICE, 501, "NotImplemented", TAGS_NOT_KEPT},
            {ERR_SERVICE, 501, "", TAGS_NOT_KEPT},
            {ERR_SERVICE, 400, "NotImplemented", TAGS_NOT_KEPT},
            {ERR_SERVICE, 405, "MethodNotAllowed", TAGS_NOT_KEPT},
            {ERR_SERVICE, 400, "InvalidRequest", TAGS_UNTOLD},
            {ERR_SERVICE, 500, "InternalError", TAGS_UNTOLD},
            {ERR_SERVICE, 503, "SlowDown", TAGS_UNTOLD},
            {ERR_CREDENTIALS, 403, "InvalidAccessKeyId", TAGS_UNTOLD},
            {ERR_PROTOCOL, 200, "", TAGS_UNTOLD},
            {ERR_NETWORK, 0, "", TAGS_UNTOLD},
            {ERR_TIMEOUT, 0, "", TAGS_UNTOLD},
            {ERR_CANCELLED, 0, "", TAGS_UNTOLD},
    };
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum tags_told told = rows[i].told;

        err_set(&e, rows[i].code, "made by the test");
        e.http_status = rows[i].status;
        snprintf(e.service_code, sizeof e.service_code, "%s", rows[i].service_code);
        if (tags_told(&e) != told)
            fail_msg("row %zu: %d %s is %d", i, e.http_status, e.service_code, tags_told(&e));
        assert_int_equal(tags_told_none(&e), told == TAGS_TOLD_NO || told == TAGS_NOT_KEPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
