#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plan/cut.h"
#include "store/shard_digest.h"

static void test_items_per_shard(void **state)
{
    static const struct {
        uint64_t items, asked, chosen;
    } rows[] = {
            {0, 0, 10},
            {1, 0, 10},
            {9, 0, 10},
            {10, 0, 10},
            {999, 0, 10},
            {1000, 0, 10},
            {1099, 0, 10},
            {1100, 0, 11},
            {1000000, 0, 10000},
            {1000100, 0, 10000},
            {100000000, 0, 10000},
            {5, 1, 1},
            {5000, 1, 1},
            {5000, 9, 9},
            {5, 10, 10},
            {5, 10000, 10000},
            {5, 10001, 10000},
            {5, UINT64_MAX, 10000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(plan_items_per_shard(rows[i].items, rows[i].asked), rows[i].chosen);
}

/* A file of so many lines, each of another length, the i-th (from 0) being line_length(i) bytes
 * with its newline. */
static size_t line_length(uint64_t i)
{
    return 1 + (size_t)(i * 37 % 101);
}

static FILE *items_file(uint64_t lines)
{
    FILE *file = tmpfile();
    uint64_t i;

    assert_non_null(file);
    for (i = 0; i < lines; i++) {
        char line[101];

        memset(line, 'x', sizeof line);
        line[line_length(i) - 1] = '\n';
        assert_int_equal(fwrite(line, 1, line_length(i), file), line_length(i));
    }
    rewind(file);
    return file;
}

static void test_cut(void **state)
{
    static const struct {
        uint64_t items, per_shard;
        unsigned shards;
    } rows[] = {
            {0, 1, 0},
            {1, 1, 1},
            {1, 10, 1},
            {5, 1, 5},
            {10, 5, 2},
            {11, 5, 3},
            {14, 5, 3},
            {100, 7, 15},
            {20000, 1, 20000},
            {20000, 10000, 2}, /* more than one block of the file */
            {30001, 10000, 4},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan p = {.items = rows[i].items, .items_per_shard = rows[i].per_shard};
        FILE *file = items_file(rows[i].items);
        struct shard_digest *digest = shard_digest_new();
        unsigned char is[SHARD_DIGEST_SIZE], *bytes;
        uint64_t line = 0, offset = 0;
        struct err e;
        unsigned n;

        assert_int_equal(plan_cut(&p, NULL, file, NULL, &e), ERR_OK);
        assert_int_equal(p.shard_count, rows[i].shards);
        for (n = 0; n < p.shard_count; n++) {
            uint64_t expected = rows[i].items - line < rows[i].per_shard ? rows[i].items - line
                                                                         : rows[i].per_shard;
            uint64_t length = 0, k;

            for (k = 0; k < expected; k++)
                length += line_length(line++);
            assert_int_equal(p.shards[n].items, expected);
            assert_int_equal(p.shards[n].offset, offset);
            assert_int_equal(p.shards[n].length, length);
            /* The digest is that of just these bytes. */
            bytes = malloc((size_t)length);
            assert_int_equal(fseeko(file, (off_t)offset, SEEK_SET), 0);
            assert_int_equal(fread(bytes, 1, (size_t)length, file), length);
            assert_true(shard_digest_add(digest, bytes, (size_t)length));
            assert_true(shard_digest_end(digest, is));
            free(bytes);
            assert_true(p.shards[n].has_digest);
            assert_memory_equal(is, p.shards[n].digest, sizeof is);
            offset += length;
        }
        assert_int_equal(p.items_bytes, offset);
        shard_digest_free(digest);
        assert_int_equal(line, rows[i].items);
        fclose(file);
        plan_free(&p);
        assert_null(p.shards);
    }
}

/* The shards of that plan, as text: "2 1/3 2/3 3/3 1": the numbers of items, and slices. */
static void show_shards(char *out, size_t size, const struct plan *p)
{
    size_t at = 0;
    unsigned i;

    out[0] = '\0';
    for (i = 0; i < p->shard_count; i++) {
        const struct shard *s = &p->shards[i];

        at += (size_t)(s->slices > 0 ? snprintf(out + at, size - at, "%s%u/%u", i ? " " : "",
                                               s->slice, s->slices)
                                     : snprintf(out + at, size - at, "%s%llu", i ? " " : "",
                                               (unsigned long long)s->items));
    }
}

/* Large items become as many shards as they have slices; the items between them begin anew. */
static void test_cut_large(void **state)
{
    static const struct {
        uint64_t items, per_shard;
        struct large_item large[3];
        size_t count;
        const char *shards;
    } rows[] = {
            {5, 10, {{0, 2}}, 1, "1/2 2/2 4"},
            {5, 10, {{4, 3}}, 1, "4 1/3 2/3 3/3"},
            {5, 10, {{2, 2}}, 1, "2 1/2 2/2 2"},
            {5, 2, {{2, 2}}, 1, "2 1/2 2/2 2"},
            {7, 2, {{3, 2}}, 1, "2 1 1/2 2/2 2 1"},
            {1, 1, {{0, 4}}, 1, "1/4 2/4 3/4 4/4"},
            {3, 10, {{0, 2}, {1, 2}, {2, 2}}, 3, "1/2 2/2 1/2 2/2 1/2 2/2"},
            {4, 1, {{1, 2}, {3, 2}}, 2, "1 1/2 2/2 1 1/2 2/2"},
            {3, 10, {{0, 0}}, 0, "3"},
    };
    char shown[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan p = {.items = rows[i].items, .items_per_shard = rows[i].per_shard};
        struct large_items large = {
                (struct large_item *)(uintptr_t)rows[i].large, rows[i].count, 3};
        FILE *file = items_file(rows[i].items);
        uint64_t items = 0, end = 0;
        struct err e;
        unsigned n;

        assert_int_equal(plan_cut(&p, &large, file, NULL, &e), ERR_OK);
        show_shards(shown, sizeof shown, &p);
        assert_string_equal(shown, rows[i].shards);
        for (n = 0; n < p.shard_count; n++) {
            assert_int_equal(p.shards[n].offset, end);
            assert_int_equal(p.shards[n].items == 0, p.shards[n].slice > 1);
            assert_int_equal(p.shards[n].has_digest, p.shards[n].slice <= 1);
            items += p.shards[n].items;
            end += p.shards[n].length;
        }
        assert_int_equal(items, rows[i].items);
        assert_int_equal(p.items_bytes, end);
        fclose(file);
        plan_free(&p);
    }
}

/* Slices are left out rather than items when there would be too many shards. */
static void test_too_many_slices(void **state)
{
    struct large_item one = {0, 2};
    struct large_items large = {&one, 1, 1};
    struct plan p = {.items = PLAN_SHARDS_MOST, .items_per_shard = 1};
    FILE *file = items_file(PLAN_SHARDS_MOST);
    struct err e;

    (void)state;
    assert_int_equal(plan_cut(&p, &large, file, NULL, &e), ERR_OK);
    assert_int_equal(p.shard_count, PLAN_SHARDS_MOST);
    assert_false(plan_is_cut(&p));
    fclose(file);
    plan_free(&p);
}

/* A file that is not what the plan is of is found out. */
static void test_cut_wrong(void **state)
{
    static const struct {
        uint64_t items, lines;
    } rows[] = {{5, 4}, {5, 6}, {0, 1}, {5, 0}, {1, 1000}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan p = {.items = rows[i].items, .items_per_shard = 2};
        FILE *file = items_file(rows[i].lines);
        struct err e;

        assert_int_equal(plan_cut(&p, NULL, file, NULL, &e), ERR_IO);
        fclose(file);
        plan_free(&p);
    }
}

static void test_too_many_shards(void **state)
{
    struct plan p = {.items = PLAN_SHARDS_MOST + 1, .items_per_shard = 1};
    FILE *file = items_file(0);
    struct err e;

    (void)state;
    assert_int_equal(plan_cut(&p, NULL, file, NULL, &e), ERR_INPUT);
    fclose(file);
    plan_free(&p);
}

static void test_buckets(void **state)
{
    struct plan p = {0};
    char name[32];
    struct err e;
    int i;

    (void)state;
    assert_int_equal(plan_add_bucket(&p, "a", &e), ERR_OK);
    assert_int_equal(plan_add_bucket(&p, "b", &e), ERR_OK);
    assert_int_equal(plan_add_bucket(&p, "a", &e), ERR_OK);
    assert_int_equal(plan_add_bucket(&p, "b", &e), ERR_OK);
    assert_int_equal(p.source_bucket_count, 2);
    assert_string_equal(p.source_buckets[0], "a");
    assert_string_equal(p.source_buckets[1], "b");
    for (i = 0; i < 2 * PLAN_BUCKETS_MOST; i++) {
        snprintf(name, sizeof name, "bucket-%d", i);
        assert_int_equal(plan_add_bucket(&p, name, &e), ERR_OK);
    }
    assert_int_equal(p.source_bucket_count, PLAN_BUCKETS_MOST);
    plan_free(&p);
    assert_int_equal(p.source_bucket_count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_items_per_shard),
            cmocka_unit_test(test_cut),
            cmocka_unit_test(test_cut_large),
            cmocka_unit_test(test_too_many_slices),
            cmocka_unit_test(test_cut_wrong),
            cmocka_unit_test(test_too_many_shards),
            cmocka_unit_test(test_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
