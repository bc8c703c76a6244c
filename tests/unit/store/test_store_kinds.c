/* The contract of store.h, for every kind of work store. */
#include "kinds.h"

/* --- whole files --- */

static void test_whole_or_absent(void **state)
{
    FILE *file;

    (void)state;
    assert_int_equal(store_create(store, "a", &file, &err), ERR_OK);
    fputs("one", file);
    fflush(file);
    expect_file("a", NULL);
    assert_int_equal(store_commit(store, "a", file, &err), ERR_OK);
    expect_file("a", "one");
    assert_int_equal(store_create(store, "a", &file, &err), ERR_OK);
    fputs("two", file);
    store_discard(store, "a", file);
    expect_file("a", "one");
    save("a", "");
    expect_file("a", "");
    save("results/000001.jsonl", "three");
    expect_file("results/000001.jsonl", "three");
}

/* A file that is settled is here; in S3 it is published later. */
static void test_settle(void **state)
{
    FILE *file;

    (void)state;
    assert_int_equal(store_create(store, "a", &file, &err), ERR_OK);
    fputs("one", file);
    assert_int_equal(store_settle(store, "a", file, &err), ERR_OK);
    expect_file("a", "one");
}

static void test_move(void **state)
{
    bool moved;

    (void)state;
    save("a", "one");
    assert_int_equal(store_move(store, "a", "b", &moved, &err), ERR_OK);
    assert_int_equal(moved, the_s3 == NULL);
    expect_file("a", the_s3 ? "one" : NULL);
    expect_file("b", the_s3 ? NULL : "one");
    save("a", "two");
    assert_int_equal(store_move(store, "a", "b", &moved, &err), ERR_OK);
    assert_false(moved); /* one is there already, or nothing can be moved */
    expect_file("a", "two");
    assert_int_equal(store_move(store, "c", "d", &moved, &err), ERR_OK);
    assert_int_equal(moved, the_s3 == NULL);
    expect_file("d", NULL);
}

static void test_remove(void **state)
{
    (void)state;
    save("a", "text");
    assert_int_equal(store_check_file(store, "a", &err), ERR_OK);
    assert_int_equal(store_remove(store, "a", &err), ERR_OK);
    expect_file("a", NULL);
    assert_int_equal(store_remove(store, "a", &err), ERR_OK);
    assert_int_equal(store_check_file(store, "a", &err), ERR_OK);
}

static void test_has_bytes(void **state)
{
    bool has = true;

    (void)state;
    assert_int_equal(store_has_bytes(store, "a", &has, &err), ERR_OK);
    assert_false(has);
    save("a", "");
    assert_int_equal(store_has_bytes(store, "a", &has, &err), ERR_OK);
    assert_false(has);
    save("a", "x");
    assert_int_equal(store_has_bytes(store, "a", &has, &err), ERR_OK);
    assert_true(has);
}

static void test_load_limit(void **state)
{
    struct buf small;
    bool found;

    (void)state;
    save("a", "12345");
    buf_init(&small, 4);
    assert_int_equal(store_load(store, "a", &small, &found, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "a"));
    buf_free(&small);
    buf_init(&small, 5);
    assert_int_equal(store_load(store, "a", &small, &found, &err), ERR_OK);
    assert_true(found);
    buf_free(&small);
}

static void test_release(void **state)
{
    (void)state;
    save("a", "text");
    store_release(store, "a");
    store_release(store, "none");
    expect_file("a", "text");
}

/* --- ranges --- */

static void test_read_range(void **state)
{
    static const struct {
        uint64_t offset, length;
        const char *bytes;
    } rows[] = {
            {0, 10, "0123456789"}, {0, 1, "0"}, {3, 4, "3456"}, {9, 1, "9"},
            {9, 100, "9"}, /* it is shorter than was thought */
    };
    size_t i;

    (void)state;
    save("items.jsonl", "0123456789");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[16];
        FILE *file;
        size_t n;

        assert_int_equal(
                store_read_range(store, "items.jsonl", rows[i].offset, rows[i].length, &file, &err),
                ERR_OK);
        assert_non_null(file);
        n = fread(bytes, 1, rows[i].length < sizeof bytes ? rows[i].length : sizeof bytes, file);
        assert_int_equal(n, strlen(rows[i].bytes));
        assert_memory_equal(bytes, rows[i].bytes, n);
        fclose(file);
    }
    expect_file("items.jsonl", "0123456789"); /* it stays */
}

static void test_read_none(void **state)
{
    FILE *file = (FILE *)(uintptr_t)1;

    (void)state;
    assert_int_equal(store_read(store, "none", &file, &err), ERR_OK);
    assert_null(file);
    file = (FILE *)(uintptr_t)1;
    assert_int_equal(store_read_range(store, "none", 0, 1, &file, &err), ERR_OK);
    assert_null(file);
}

/* --- names --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_list(void **state)
{
    static const char *const names[] = {"results/000000.jsonl", "results/000001.jsonl",
            "results/000002.jsonl", "results/000003.jsonl", "results/000004.jsonl"};
    struct store_names found;
    size_t i;

    (void)state;
    assert_int_equal(store_names_load(&found, store, "results/", &err), ERR_OK);
    assert_int_equal(found.count, 0);
    for (i = 0; i < 5; i++)
        save(names[i], "x");
    save("a", "x");
    assert_int_equal(store_names_load(&found, store, "results/", &err), ERR_OK);
    assert_int_equal(found.count, 5);
    qsort(found.names, found.count, sizeof found.names[0], by_text);
    for (i = 0; i < 5; i++)
        assert_string_equal(found.names[i], names[i]);
    store_names_free(&found);
    assert_int_equal(found.count, 0);
    assert_int_equal(store_names_load(&found, store, "", &err), ERR_OK);
    assert_true(found.count > 0);
    store_names_free(&found);
}

static enum err_code stop_at_first(void *ctx, const char *name, struct err *e)
{
    (void)name;
    ++*(unsigned *)ctx;
    return err_set(e, ERR_LIMIT, "enough");
}

static void test_list_ends(void **state)
{
    unsigned calls = 0;

    (void)state;
    save("results/000000.jsonl", "x");
    save("results/000001.jsonl", "x");
    assert_int_equal(store_list(store, "results/", stop_at_first, &calls, &err), ERR_LIMIT);
    assert_int_equal(calls, 1);
    assert_string_equal(err.message, "enough");
}

static void test_remove_all(void **state)
{
    (void)state;
    save("results/000000.jsonl", "x");
    save("results/000001.jsonl", "x");
    save("results/variants.vcf", "theirs");
    assert_int_equal(store_remove_all(store, "results/", results_is_name, &err), ERR_OK);
    expect_file("results/000000.jsonl", NULL);
    expect_file("results/000001.jsonl", NULL);
    expect_file("results/variants.vcf", "theirs");
}

static void test_names_grow(void **state)
{
    struct store_names names = {0};
    char name[16];
    unsigned i;

    (void)state;
    for (i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "%u", i);
        assert_int_equal(store_names_add(&names, name, &err), ERR_OK);
    }
    assert_int_equal(names.count, 200);
    assert_string_equal(names.names[199], "199");
    store_names_free(&names);
}

/* --- appending --- */

static void test_append(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(store_append(store, "results/000001.jsonl", &fd, &err), ERR_OK);
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_int_equal(write(fd, "def", 3), 3);
    close(fd);
    assert_int_equal(publish("results/000001.jsonl").err.code, ERR_OK);
    expect_file("results/000001.jsonl", "abcdef");
    assert_int_equal(store_append(store, "results/000001.jsonl", &fd, &err), ERR_OK);
    close(fd);
    assert_int_equal(publish("results/000001.jsonl").err.code, ERR_OK);
    expect_file("results/000001.jsonl", "");
}

/* --- from the loop --- */

static void test_small_files(void **state)
{
    struct told t;

    (void)state;
    t = get("uploads/a");
    assert_int_equal(t.err.code, ERR_OK);
    assert_false(t.found);
    assert_int_equal(put("uploads/a", "one").err.code, ERR_OK);
    t = get("uploads/a");
    assert_true(t.found);
    assert_string_equal(t.text, "one");
    assert_int_equal(put("uploads/a", "").err.code, ERR_OK);
    t = get("uploads/a");
    assert_true(t.found);
    assert_string_equal(t.text, "");
    expect_file("uploads/a", "");
    assert_int_equal(put("uploads/a", "two").err.code, ERR_OK);
    expect_file("uploads/a", "two"); /* and not what store_load() kept of it */
    assert_int_equal(drop("uploads/a").err.code, ERR_OK);
    assert_false(get("uploads/a").found);
    expect_file("uploads/a", NULL);
    assert_int_equal(drop("uploads/a").err.code, ERR_OK);
}

/* A callback may begin the next operation. */
struct chain {
    unsigned step;
    bool done;
    char text[16];
};

static void on_chain(void *ctx, const struct err *e);

static void on_chain_got(void *ctx, const struct err *e, const struct buf *content, int64_t age_s)
{
    struct chain *c = ctx;

    (void)age_s;
    snprintf(c->text, sizeof c->text, "%s", buf_str(content));
    on_chain(ctx, e);
}

static void on_chain(void *ctx, const struct err *e)
{
    struct chain *c = ctx;
    struct err mine;

    assert_int_equal(e->code, ERR_OK);
    switch (++c->step) {
    case 1:
        assert_int_equal(store_get(store, "uploads/a", on_chain_got, c, &mine), ERR_OK);
        break;
    case 2:
        assert_int_equal(store_delete(store, "uploads/a", on_chain, c, &mine), ERR_OK);
        break;
    default:
        c->done = true;
    }
}

static void test_chain(void **state)
{
    struct chain c = {0};

    (void)state;
    assert_int_equal(store_put(store, "uploads/a", "text", 4, on_chain, &c, &err), ERR_OK);
    net_run_until(net, &c.done);
    assert_int_equal(c.step, 3);
    assert_string_equal(c.text, "text");
    expect_file("uploads/a", NULL);
}

/* Of two that write a file that is not there yet, the first succeeds, and the file stays its. */
static void test_put_new(void **state)
{
    struct told t = {0};

    (void)state;
    wait_told(&t, store_put_new(store, "uploads/new", "first", 5, on_told, &t, &err));
    assert_int_equal(t.err.code, ERR_OK);
    expect_file("uploads/new", "first");
    t = (struct told){0};
    wait_told(&t, store_put_new(store, "uploads/new", "second", 6, on_told, &t, &err));
    assert_int_equal(t.err.code, ERR_PRECONDITION);
    expect_file("uploads/new", "first");
}

/* A wait for what nobody will ever do ends. */
static void test_wait_for_nothing(void **state)
{
    bool done = false;

    (void)state;
    assert_int_equal(store_wait(store, &done, &err), ERR_INTERNAL);
}

/* --- the rest --- */

static void test_temp_dir(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(store_temp_dir(store), &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    store_keep_region(store);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            ALL_KINDS(test_whole_or_absent),
            ALL_KINDS(test_settle),
            ALL_KINDS(test_move),
            ALL_KINDS(test_remove),
            ALL_KINDS(test_has_bytes),
            ALL_KINDS(test_load_limit),
            ALL_KINDS(test_release),
            ALL_KINDS(test_read_range),
            ALL_KINDS(test_read_none),
            ALL_KINDS(test_list),
            ALL_KINDS(test_list_ends),
            ALL_KINDS(test_remove_all),
            FOLDER_TEST(test_names_grow),
            ALL_KINDS(test_append),
            ALL_KINDS(test_small_files),
            ALL_KINDS(test_chain),
            ALL_KINDS(test_put_new),
            ALL_KINDS(test_wait_for_nothing),
            ALL_KINDS(test_temp_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
