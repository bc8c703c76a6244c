/* The elements of an array in a file, whatever is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/json_elements.h"

static struct err err;

static FILE *file_of(const char *text, size_t len)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    rewind(file);
    return file;
}

/* Reads all elements, joined by '|', and tells how it ended. */
static enum err_code read_all(const char *text, struct buf *joined)
{
    FILE *file = file_of(text, strlen(text));
    struct json_elements x;
    enum err_code code;
    const char *one;
    size_t len;

    buf_clear(joined);
    json_elements_begin(&x, file);
    while ((code = json_elements_next(&x, &one, &len, &err)) == ERR_OK && one) {
        assert_int_equal(len, strlen(one));
        buf_adds(joined, one);
        buf_addc(joined, '|');
    }
    if (code == ERR_OK) { /* there are no more, however often one asks */
        assert_int_equal(json_elements_next(&x, &one, &len, &err), ERR_OK);
        assert_null(one);
        assert_int_equal(len, 0);
    }
    json_elements_end(&x);
    fclose(file);
    return code;
}

static void test_elements(void **state)
{
    static const struct {
        const char *text, *elements;
    } rows[] = {
            {"[]", ""}, {" [ ] ", ""}, {"[1]", "1|"},
            {"[{\"a\":1},{\"b\":[1,2]}]", "{\"a\":1}|{\"b\":[1,2]}|"},
            {"\n[\n  {\"a\": 1} ,\r\n\t[2, 3]\n]\n", "{\"a\": 1}|[2, 3]|"},
            {"[\"],[\\\"}\",\"\\\\\",{}]", "\"],[\\\"}\"|\"\\\\\"|{}|"}, {"[1,,2]", "1|2|"},
            {"[1]what follows is not read", "1|"},
            {"[}1,2]", "}1|2|"}, /* its reader will see that it is none */
    };
    struct buf joined;
    size_t i;

    (void)state;
    buf_init(&joined, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_all(rows[i].text, &joined), ERR_OK);
        assert_string_equal(buf_str(&joined), rows[i].elements);
    }
    buf_free(&joined);
}

static void test_no_array(void **state)
{
    static const char *const texts[] = {"", " ", "{}", "[", "[1", "[1,", "[{\"a\":[1]}", "[\"]"};
    struct buf joined;
    size_t i;

    (void)state;
    buf_init(&joined, BUF_MAX_SMALL);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_all(texts[i], &joined), ERR_IO);
        assert_string_equal(err.message, "it is no whole JSON array");
    }
    buf_free(&joined);
}

/* One of exactly the most is read, one byte more is passed over, and what follows is read. */
static void test_too_long(void **state)
{
    char *text = malloc(2 * (size_t)JSON_ELEMENT_MOST + 16);
    struct json_elements x;
    const char *one;
    FILE *file;
    size_t len, n = 0;

    (void)state;
    assert_non_null(text);
    text[n++] = '[';
    memset(text + n, '1', JSON_ELEMENT_MOST);
    n += JSON_ELEMENT_MOST;
    text[n++] = ',';
    memset(text + n, '2', (size_t)JSON_ELEMENT_MOST + 1);
    n += (size_t)JSON_ELEMENT_MOST + 1;
    memcpy(text + n, ",3]", 3);
    n += 3;
    file = file_of(text, n);
    json_elements_begin(&x, file);
    assert_int_equal(json_elements_next(&x, &one, &len, &err), ERR_OK);
    assert_int_equal(len, JSON_ELEMENT_MOST);
    assert_int_equal(json_elements_next(&x, &one, &len, &err), ERR_OK);
    assert_string_equal(one, "3");
    assert_int_equal(x.too_long, 1);
    assert_int_equal(json_elements_next(&x, &one, &len, &err), ERR_OK);
    assert_null(one);
    json_elements_end(&x);
    fclose(file);
    free(text);
}

/* A file that cannot be read is told as such. */
static void test_unreadable(void **state)
{
    FILE *file = fopen("/", "rb"); /* a folder opens, and gives no byte */
    struct json_elements x;
    const char *one;
    size_t len;

    (void)state;
    assert_non_null(file);
    json_elements_begin(&x, file);
    assert_int_equal(json_elements_next(&x, &one, &len, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot read it: "));
    json_elements_end(&x);
    fclose(file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_elements),
            cmocka_unit_test(test_no_array),
            cmocka_unit_test(test_too_long),
            cmocka_unit_test(test_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
