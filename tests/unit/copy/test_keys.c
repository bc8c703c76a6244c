/* Whether the keys still work: the rule, as a table (copy/keys.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "copy/keys.h"

static void test_objects(void **state)
{
    static const struct {
        enum keys before;
        enum result_status status;
        enum err_code code;
        const char *service_code;
        enum keys after;
    } rows[] = {
            {KEYS_WORK, RESULT_COPIED, ERR_OK, "", KEYS_WORK},
            {KEYS_WORK, RESULT_FAILED, ERR_NOT_FOUND, "NoSuchKey", KEYS_WORK},
            {KEYS_WORK, RESULT_FAILED, ERR_ACCESS_DENIED, "AccessDenied", KEYS_WORK},
            {KEYS_WORK, RESULT_FAILED, ERR_SERVICE, "RequestTimeTooSkewed", KEYS_WORK},
            {KEYS_WORK, RESULT_FAILED, ERR_CREDENTIALS, "SignatureDoesNotMatch", KEYS_ASKED},
            {KEYS_WORK, RESULT_FAILED, ERR_CREDENTIALS, "InvalidAccessKeyId", KEYS_ASKED},
            {KEYS_WORK, RESULT_FAILED, ERR_CREDENTIALS, "ExpiredToken", KEYS_ASKED},
            /* There are none: no server said so. */
            {KEYS_WORK, RESULT_FAILED, ERR_CREDENTIALS, "", KEYS_END},
            {KEYS_ASKED, RESULT_FAILED, ERR_CREDENTIALS, "", KEYS_END},
            /* The question is under way: no other is asked, and a success was begun before it. */
            {KEYS_ASKED, RESULT_FAILED, ERR_CREDENTIALS, "SignatureDoesNotMatch", KEYS_ASKED},
            {KEYS_ASKED, RESULT_COPIED, ERR_OK, "", KEYS_ASKED},
            {KEYS_END, RESULT_FAILED, ERR_CREDENTIALS, "", KEYS_END},
            {KEYS_END, RESULT_FAILED, ERR_CREDENTIALS, "SignatureDoesNotMatch", KEYS_END},
            {KEYS_END, RESULT_COPIED, ERR_OK, "", KEYS_END},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct result r;

        memset(&r, 0, sizeof r);
        r.status = rows[i].status;
        if (rows[i].code != ERR_OK)
            err_set(&r.err, rows[i].code, "why");
        strcpy(r.err.service_code, rows[i].service_code);
        if (keys_after_object(rows[i].before, &r) != rows[i].after)
            fail_msg("row %zu", i);
    }
}

static void test_answers(void **state)
{
    static const struct {
        enum err_code code;
        enum keys after;
    } rows[] = {
            {ERR_OK, KEYS_WORK},
            {ERR_NOT_FOUND, KEYS_WORK},
            {ERR_ACCESS_DENIED, KEYS_WORK},
            {ERR_SERVICE, KEYS_WORK},
            {ERR_NETWORK, KEYS_WORK}, /* nothing is known: the next refused object asks again */
            {ERR_CANCELLED, KEYS_WORK},
            {ERR_CREDENTIALS, KEYS_END},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e;

        err_clear(&e);
        if (rows[i].code != ERR_OK)
            err_set(&e, rows[i].code, "why");
        if (keys_after_answer(&e) != rows[i].after)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_objects),
            cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
