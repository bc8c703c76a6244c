/* The lines of some of a plan's shards: which ranges of items.jsonl are fetched, and where the
 * lines are then. */
#include "kinds.h"
#include "store/plan_lines.h"
#include "store/shard_digest.h"

#define MIB (UINT64_C(1) << 20)

enum { SHARDS = 7 };

/* The shards have so many bytes each; between the second and the fourth of the small ones there is
 * little. */
static const uint64_t lengths[SHARDS] = {10, MIB + 1, 10, MIB, 10, 2 * MIB, 10};
static const bool small_ones[SHARDS] = {true, false, true, false, true, false, true};

/* Of each shard all bytes are its letter, but for the newline. */
static char *make_items(struct shard shards[SHARDS], uint64_t *length)
{
    struct shard_digest *digest = shard_digest_new();
    char *text = malloc(5 * MIB), *at = text;
    unsigned i;

    for (i = 0; i < SHARDS; i++) {
        shards[i] = (struct shard){.offset = (uint64_t)(at - text),
                .length = lengths[i],
                .items = 1,
                .has_digest = true};
        memset(at, 'a' + (int)i, lengths[i] - 1);
        at[lengths[i] - 1] = '\n';
        assert_true(shard_digest_add(digest, at, lengths[i]));
        assert_true(shard_digest_end(digest, shards[i].digest));
        at += lengths[i];
    }
    shard_digest_free(digest);
    *length = (uint64_t)(at - text);
    return text;
}

/* As another process has left it. */
static void save_items(const char *text, uint64_t length)
{
    assert_int_equal(store_save(store, ITEMS_FILE, text, length, &err), ERR_OK);
    if (!store_is_exclusive(store))
        store_release(store, ITEMS_FILE);
}

static void expect_ranges(const struct plan *p, uint64_t gap, const struct lines_range *expected)
{
    struct lines_range range;
    unsigned shard = 0;

    for (; expected->length > 0; expected++) {
        assert_true(plan_next_range(p, gap, &shard, &range));
        assert_int_equal(range.offset, expected->offset);
        assert_int_equal(range.length, expected->length);
    }
    assert_false(plan_next_range(p, gap, &shard, &range));
}

static void test_ranges(void **state)
{
    static const struct {
        uint64_t items[5], gap;
        struct lines_range expected[5];
    } rows[] = {
            {{0, 0, 0, 0, 0}, 100, {{0, 0}}},
            {{1, 1, 1, 1, 1}, 0, {{0, 50}}},
            {{1, 0, 0, 0, 1}, 29, {{0, 10}, {40, 10}}},
            {{1, 0, 0, 0, 1}, 30, {{0, 50}}},
            {{0, 1, 0, 1, 1}, 9, {{10, 10}, {30, 20}}},
            {{0, 1, 0, 1, 0}, 10, {{10, 30}}},
            {{0, 0, 0, 0, 1}, UINT64_MAX, {{40, 10}}},
    };
    struct shard shards[5];
    const struct plan plan = {.shard_count = 5, .shards = shards, .has_gaps = true};
    size_t i;
    unsigned k;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (k = 0; k < 5; k++)
            shards[k] = (struct shard){.offset = 10 * k, .length = 10, .items = rows[i].items[k]};
        expect_ranges(&plan, rows[i].gap, rows[i].expected);
    }
}

static void expect_lines(const struct plan *p, FILE *items, off_t origin)
{
    char line[16];
    unsigned i;

    for (i = 0; i < SHARDS; i++) {
        if (p->shards[i].items == 0)
            continue;
        assert_int_equal(plan_go_to_shard(p, i, items, origin, &err), ERR_OK);
        assert_int_equal(fread(line, 1, 10, items), 10);
        assert_int_equal(line[0], 'a' + (int)i);
        assert_int_equal(line[9], '\n');
    }
}

/* How often S3 was asked for items.jsonl, and for how many bytes of it. */
static unsigned fetched(uint64_t *bytes)
{
    unsigned i, count = 0;

    *bytes = 0;
    for (i = 0; i < the_s3->http->seen_count; i++) {
        const char *head = the_s3->http->seen[i].head;
        const char *range = strcasestr(head, "\r\nrange: bytes=");
        unsigned long long first, last;

        if (!str_starts(head, "GET /work/jobs/1/items.jsonl"))
            continue;
        count++;
        assert_non_null(range);
        assert_int_equal(sscanf(range + 15, "%llu-%llu", &first, &last), 2);
        *bytes += last - first + 1;
    }
    return count;
}

/* With marks on the first and the last shard and two between, three requests are made, for no more
 * than lies between near ones. */
static void test_gaps(void **state)
{
    struct shard shards[SHARDS];
    struct plan plan = {.items = SHARDS, .shard_count = SHARDS, .shards = shards};
    uint64_t length, bytes;
    char *text = make_items(shards, &length);
    FILE *items;
    off_t origin;

    (void)state;
    plan.items_bytes = length;
    save_items(text, length);
    plan_keep_shards(&plan, small_ones);
    assert_int_equal(plan_open_lines(&plan, store, &items, &origin, &err), ERR_OK);
    assert_int_equal(plan_check_items(&plan, items, NULL, &err), ERR_OK);
    expect_lines(&plan, items, origin);
    fclose(items);
    if (the_s3) {
        assert_int_equal(fetched(&bytes), 3);
        assert_int_equal(bytes, 10 + (10 + MIB + 10) + 10);
    }
    /* A file that is not the one that was planned is found out, also where a range ends early. */
    text[length - 5] = 'X';
    save_items(text, length);
    assert_int_equal(plan_open_lines(&plan, store, &items, &origin, &err), ERR_OK);
    assert_int_equal(plan_check_items(&plan, items, NULL, &err), ERR_VERIFY);
    fclose(items);
    save_items(text, length - 5);
    assert_int_equal(plan_open_lines(&plan, store, &items, &origin, &err), ERR_OK);
    assert_int_equal(plan_check_items(&plan, items, NULL, &err), ERR_VERIFY);
    fclose(items);
    assert_int_equal(store_remove(store, ITEMS_FILE, &err), ERR_OK);
    assert_int_not_equal(plan_open_lines(&plan, store, &items, &origin, &err), ERR_OK);
    free(text);
}

/* Of a job without digests a changed file is found out by its lines. A line that has lost its end
 * does not go on over what was not fetched, however much that is. */
static void test_no_digests(void **state)
{
    struct shard shards[SHARDS];
    struct plan plan = {.items = SHARDS, .shard_count = SHARDS, .shards = shards};
    uint64_t length;
    char *text = make_items(shards, &length), *line = NULL;
    size_t cap = 0;
    FILE *items;
    off_t origin;
    unsigned i;

    (void)state;
    for (i = 0; i < SHARDS; i++)
        shards[i].has_digest = false;
    plan.items_bytes = length;
    text[9] = 'X';
    save_items(text, length);
    plan_keep_shards(&plan, small_ones);
    assert_int_equal(plan_open_lines(&plan, store, &items, &origin, &err), ERR_OK);
    assert_int_equal(plan_check_items(&plan, items, NULL, &err), ERR_OK);
    assert_int_equal(plan_go_to_shard(&plan, 0, items, origin, &err), ERR_OK);
    assert_int_equal(getline(&line, &cap, items), 11);
    assert_string_equal(line, "aaaaaaaaaX\n");
    fclose(items);
    free(line);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_ranges),
            FOLDER_TEST(test_gaps),
            S3_TEST(test_gaps),
            S3_TEST(test_no_digests),
    };

    log_set_level(LOG_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
