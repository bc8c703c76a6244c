/* The ETags of parts: kept as they were given, in few bytes, and what they make together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/object/part_etags.h"

#define EMPTY       "d41d8cd98f00b204e9800998ecf8427e"
#define EMPTY_UPPER "D41D8CD98F00B204E9800998ECF8427E"
#define AAAAA       "594f803b380a41396ed63dca39503542"

#define LONG_TEXT "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0x"

_Static_assert(sizeof LONG_TEXT == ETAG_SIZE, "it is as long as an ETag may be");

static const char *const texts[] = {EMPTY, EMPTY_UPPER, AAAAA, "opaque", EMPTY "-1",
        "D41d8cd98f00b204e9800998ecf8427e", LONG_TEXT, "x", "59adb24ef3cdbe0297f05b395827453f-2",
        "d41d8cd98f00b204e9800998ecf8427", EMPTY "0"};

enum { TEXTS = sizeof texts / sizeof texts[0] };

/* Every text comes back exactly, in any order of setting, and in place of any other. */
static void test_exact(void **state)
{
    struct part_etags p = {0};
    char out[ETAG_SIZE];
    unsigned i, shift;

    (void)state;
    assert_true(part_etags_init(&p, TEXTS));
    for (i = 1; i <= TEXTS; i++) {
        assert_false(part_etags_has(&p, i));
        part_etags_get(&p, i, out);
        assert_string_equal(out, "");
    }
    for (shift = 0; shift < 5; shift++) {
        for (i = TEXTS; i > 0; i--)
            assert_true(part_etags_set(&p, i, texts[(i + shift) % TEXTS]));
        for (i = 1; i <= TEXTS; i++) {
            assert_true(part_etags_has(&p, i));
            part_etags_get(&p, i, out);
            assert_string_equal(out, texts[(i + shift) % TEXTS]);
        }
    }
    part_etags_free(&p);
    part_etags_free(&p);
}

static void test_taken_back(void **state)
{
    struct part_etags p = {0};
    char out[ETAG_SIZE];
    unsigned i;

    (void)state;
    assert_true(part_etags_init(&p, 3));
    for (i = 1; i <= 3; i++)
        assert_true(part_etags_set(&p, i, texts[i]));
    assert_true(part_etags_set(&p, 2, ""));
    assert_false(part_etags_has(&p, 2));
    part_etags_get(&p, 2, out);
    assert_string_equal(out, "");
    part_etags_get(&p, 3, out);
    assert_string_equal(out, texts[3]);
    assert_false(part_etags_object(&p, 3, out));
    assert_true(part_etags_object(&p, 1, out));
    part_etags_free(&p);
}

/* The largest list fits, also when no ETag of it is an MD5 and each was given twice; with MD5s it
 * takes no more than 17 bytes for each part. */
static void test_largest(void **state)
{
    struct part_etags p = {0};
    char out[ETAG_SIZE];
    unsigned i;

    (void)state;
    assert_true(part_etags_init(&p, 10000));
    for (i = 1; i <= 10000; i++)
        assert_true(part_etags_set(&p, i, EMPTY));
    assert_int_equal(p.texts.cap, 0);
    assert_int_equal(sizeof *p.md5s + sizeof *p.forms, 17);
    for (i = 1; i <= 20000; i++)
        assert_true(part_etags_set(&p, (i - 1) % 10000 + 1, LONG_TEXT));
    part_etags_get(&p, 10000, out);
    assert_string_equal(out, LONG_TEXT);
    assert_false(part_etags_set(&p, 7, LONG_TEXT)); /* no list grows without end */
    assert_false(part_etags_has(&p, 7));
    part_etags_free(&p);
}

/* Reference values: md5(concatenated binary md5s), as Python's hashlib gives them. */
static void test_object(void **state)
{
    static const struct {
        unsigned count;
        const char *parts[2];
        const char *etag;
    } rows[] = {
            {1, {EMPTY}, "59adb24ef3cdbe0297f05b395827453f-1"},
            {1, {EMPTY_UPPER}, "59adb24ef3cdbe0297f05b395827453f-1"},
            {2, {EMPTY, AAAAA}, "4d2dc014bb28a658d515a72dcad2dda9-2"},
            {2, {AAAAA, EMPTY}, "3712ee70ce3b4bb9085ece3504608fed-2"},
            {1, {""}, NULL},
            {2, {EMPTY, ""}, NULL},
            {2, {EMPTY, EMPTY "-1"}, NULL},
            {1, {"opaque"}, NULL},
    };
    struct part_etags p = {0};
    char out[ETAG_SIZE];
    size_t i;
    unsigned n;

    (void)state;
    assert_true(part_etags_init(&p, 10000));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool good;

        for (n = 0; n < rows[i].count; n++)
            assert_true(part_etags_set(&p, n + 1, rows[i].parts[n]));
        good = part_etags_object(&p, rows[i].count, out);
        assert_int_equal(good, rows[i].etag != NULL);
        if (good)
            assert_string_equal(out, rows[i].etag);
    }
    for (n = 1; n <= 10000; n++)
        assert_true(part_etags_set(&p, n, EMPTY));
    assert_true(part_etags_object(&p, 10000, out));
    assert_string_equal(out, "ce634567dc4f0d6db43eeeacd77a2f9a-10000");
    assert_int_equal(etag_parts(out), 10000);
    part_etags_free(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_exact),
            cmocka_unit_test(test_taken_back),
            cmocka_unit_test(test_largest),
            cmocka_unit_test(test_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
