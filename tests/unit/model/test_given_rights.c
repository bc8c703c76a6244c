/* The rights that a job asks for, against the rights that its installation gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/options/given_rights.h"

static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* Each option with and without its right; part: what the sentence has in it, NULL: no sentence. */
static void test_options(void **state)
{
    static const struct {
        enum object_option which;
        const char *value, *given, *part;
    } rows[] = {
            {OBJECT_ACL, "private", "none", "adds acl"},
            {OBJECT_ACL, "private", "acl", NULL},
            {OBJECT_ACL, "private", "retention,acl", NULL},
            {OBJECT_ACL, "private", NULL, NULL},
            {OBJECT_GRANT_FULL_CONTROL, "id=a", "none", "acl and grants"},
            {OBJECT_GRANT_READ, "id=a", "none", "acl and grants"},
            {OBJECT_GRANT_READ_ACP, "id=a", "none", "acl and grants"},
            {OBJECT_GRANT_WRITE_ACP, "id=a", "annotations", "acl and grants"},
            {OBJECT_GRANT_WRITE_ACP, "id=a", "acl", NULL},
            {OBJECT_OBJECT_LOCK, "none", "none", NULL},
            {OBJECT_OBJECT_LOCK, "keep", "none", "neither retention nor legal holds"},
            {OBJECT_OBJECT_LOCK, "keep", "retention", NULL},
            {OBJECT_OBJECT_LOCK, "keep", "legalHold", NULL},
            {OBJECT_OBJECT_LOCK, "require", "legalHold", "adds retention to"},
            {OBJECT_OBJECT_LOCK, "require", "retention", "adds legalHold to"},
            {OBJECT_OBJECT_LOCK, "require", "retention,legalHold", NULL},
            {OBJECT_ANNOTATIONS, "best-effort", "none", NULL},
            {OBJECT_ANNOTATIONS, "none", "none", NULL},
            {OBJECT_ANNOTATIONS, "require", "acl", "adds annotations"},
            {OBJECT_ANNOTATIONS, "require", "annotations", NULL},
            {OBJECT_STORAGE_CLASS, "GLACIER_IR", "none", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct copy_options o = {.object = {[0] = NULL}};
        const char *problem;

        o.object[rows[i].which] = word(rows[i].value);
        problem = given_rights_problem(rows[i].given, &o);
        if (!rows[i].part) {
            assert_null(problem);
        } else {
            assert_non_null(problem);
            assert_non_null(strstr(problem, rows[i].part));
            assert_non_null(strstr(problem, "extraRights of the stack"));
        }
    }
}

static void test_restore(void **state)
{
    (void)state;
    assert_true(given_rights_restore(NULL));
    assert_true(given_rights_restore("restore"));
    assert_true(given_rights_restore("acl,restore"));
    assert_false(given_rights_restore("none"));
    assert_false(given_rights_restore("acl,retention"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_options),
            cmocka_unit_test(test_restore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
