/* The catalogue of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "model/catalogue/catalogue.h"

/* Each error that can end the program is there, with its exit code. */
static void test_has_all_errors(void **state)
{
    enum err_code code;

    (void)state;
    for (code = ERR_INCOMPLETE; code <= ERR_INTERNAL; code++) {
        const struct catalogue_row *row = catalogue_find(err_name(code), NULL);

        if (!row || row->kind != CATALOGUE_END)
            fail_msg("%s is not in the catalogue", err_name(code));
        assert_int_equal(catalogue_exit_code(row), err_exit_code(code));
    }
}

/* Two sentences each, which stand in a row of a table in Markdown. */
static void test_rows(void **state)
{
    const struct catalogue_row *rows;
    size_t count, i;

    (void)state;
    rows = catalogue_rows(&count);
    assert_true(count > 80);
    for (i = 0; i < count; i++) {
        const char *const texts[] = {rows[i].meaning, rows[i].remedy};
        size_t j;

        for (j = 0; j < 2; j++) {
            size_t len = strlen(texts[j]);

            if (len < 8 || texts[j][len - 1] != '.' || strpbrk(texts[j], "|\n\t"))
                fail_msg("%s: \"%s\"", rows[i].name, texts[j]);
        }
        if (i > 0)
            assert_true(rows[i].kind >= rows[i - 1].kind);
        assert_true((catalogue_exit_code(&rows[i]) >= 0) == (rows[i].kind == CATALOGUE_END));
        assert_true(strlen(catalogue_kind_name(rows[i].kind)) > 0);
    }
}

static void test_find(void **state)
{
    const struct catalogue_row *row;

    (void)state;
    assert_string_equal(catalogue_find("nosuchkey", NULL)->name, "NoSuchKey");
    row = catalogue_find("AccessDenied", NULL); /* S3 does not tell that a bucket asks for these */
    assert_non_null(strstr(row->remedy, "--requester-pays"));
    assert_non_null(strstr(row->remedy, "--acl bucket-owner-full-control"));
    assert_non_null(strstr(row->remedy, "--sse"));
    assert_null(catalogue_find("NoSuchKey", catalogue_find("NoSuchKey", NULL)));
    assert_null(catalogue_find("", NULL));
    row = catalogue_find("InternalError", NULL);
    assert_int_equal(row->kind, CATALOGUE_END);
    row = catalogue_find("InternalError", row);
    assert_int_equal(row->kind, CATALOGUE_SERVICE);
    assert_null(catalogue_find("InternalError", row));
}

static void test_near(void **state)
{
    static const struct {
        const char *typed, *near;
    } rows[] = {
            {"NoSuchKy", "NoSuchKey"},
            {"NosuchBukcet", "NoSuchBucket"},
            {"tags-droped", "tags-dropped"},
            {"COPYED", "COPIED"},
            {"Frobnicated", NULL},
            {"", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *near = catalogue_near(rows[i].typed);

        assert_int_equal(near != NULL, rows[i].near != NULL);
        if (near)
            assert_string_equal(near, rows[i].near);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_has_all_errors),
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_find),
            cmocka_unit_test(test_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
