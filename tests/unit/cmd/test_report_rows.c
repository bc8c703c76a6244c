/* Rows of a report's CSV, cut into fields and chosen by their status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cmd/jobs/report_rows.h"

static const char csv[] = "name,status,message\r\n"
                          "\"a\",COPIED,\"\"\r\n"
                          "\"b, \"\"c\"\"\",FAILED,\"no, \"\"never\"\"\"\r\n"
                          "\"two\nlines,COPIED\",FAILED,\"x\"\r\n"
                          "\"d\",NOT REACHED,\"run it again\"\r\n";

static void test_cut(void **state)
{
    static const struct {
        const char *row, *fields[4];
    } rows[] = {
            {"a,b\r\n", {"a", "b"}},
            {"", {""}},
            {",", {"", ""}},
            {"\"a,b\",\"\"\"c\"\"\",d", {"a,b", "\"c\"", "d"}},
            {"\"open", {"open"}},
            {"\"two\nlines\",x\n", {"two\nlines", "x"}},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *row = strdup(rows[i].row), *fields[REPORT_FIELDS_MOST];
        unsigned n = report_row_cut(row, fields), k;

        for (k = 0; k < 4 && rows[i].fields[k]; k++)
            assert_string_equal(fields[k], rows[i].fields[k]);
        assert_int_equal(n, k);
        free(row);
    }
}

static void test_choose(void **state)
{
    FILE *in = fmemopen((void *)(uintptr_t)csv, sizeof csv - 1, "r"), *out;
    json_t *all;
    char *text;
    size_t size;
    struct err e;

    (void)state;
    out = open_memstream(&text, &size);
    assert_int_equal(report_rows_copy(out, in, "FAILED", &e), ERR_OK);
    fclose(out);
    assert_string_equal(text, "name,status,message\r\n"
                              "\"b, \"\"c\"\"\",FAILED,\"no, \"\"never\"\"\"\r\n"
                              "\"two\nlines,COPIED\",FAILED,\"x\"\r\n");
    free(text);
    assert_int_equal(report_rows_json(&all, in, "FAILED", &e), ERR_OK);
    text = json_dumps(all, JSON_COMPACT);
    assert_string_equal(text,
            "[{\"name\":\"b, \\\"c\\\"\",\"status\":\"FAILED\",\"message\":\"no, \\\"never\\\"\"},"
            "{\"name\":\"two\\nlines,COPIED\",\"status\":\"FAILED\",\"message\":\"x\"}]");
    free(text);
    json_decref(all);
    assert_int_equal(report_rows_json(&all, in, "NOT-REACHED", &e), ERR_OK);
    assert_int_equal(json_array_size(all), 1);
    json_decref(all);
    fclose(in);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_cut),
            cmocka_unit_test(test_choose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
