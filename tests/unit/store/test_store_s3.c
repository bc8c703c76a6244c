/* The work store in S3: what is asked of S3, and what its errors become. */
#include "kinds.h"

#include <dirent.h>

/* Names in the folder in which the temporary folder is made. */
static unsigned count_temporary(void)
{
    DIR *dir = opendir(kind_folder);
    struct dirent *entry;
    unsigned count = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)))
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void fault(const char *method, const char *target, int status, const char *code)
{
    the_s3->fault = (struct s3_fault){method, target, status, code};
}

/* The error of the last call is the work store's, and names what it was about. */
static void check_err(const struct err *e, const char *beginning)
{
    assert_int_equal(e->code, ERR_IO);
    if (!str_starts(e->message, beginning))
        fail_msg("%s", e->message);
}

static void check_told_err(struct told t, const char *beginning)
{
    assert_false(t.found);
    check_err(&t.err, beginning);
}

/* --- opening --- */

static enum err_code open_s3(struct store **s, const char *where, const char *tmp)
{
    return store_open(s, where, tmp, net, the_s3->client, &err);
}

static void test_open_fails(void **state)
{
    static const char *const none[] = {"s3://", "s3:///x"};
    char tmp[5000];
    struct store *s = NULL;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(open_s3(&s, none[i], kind_folder), ERR_USAGE);
        assert_non_null(strstr(err.message, none[i]));
    }
    assert_int_equal(open_s3(&s, "s3://Bucket/x", kind_folder), ERR_USAGE);
    assert_non_null(strstr(err.message, "the bucket's name has"));
    assert_int_equal(open_s3(&s, "s3://bucket/x", "/nonexistent"), ERR_IO);
    assert_non_null(strstr(err.message, "cannot make a temporary folder in /nonexistent: "));
    memset(tmp, 'x', sizeof tmp);
    tmp[sizeof tmp - 1] = '\0';
    assert_int_equal(open_s3(&s, "s3://bucket/x", tmp), ERR_IO);
    assert_string_equal(err.message, "TMPDIR is too long");
    assert_null(s);
    assert_int_equal(count_temporary(), 1);
}

static void test_place(void **state)
{
    static const char *const rows[][2] = {{"s3://bucket", "s3://bucket/a"},
            {"s3://bucket/", "s3://bucket/a"}, {"s3://bucket/x", "s3://bucket/x/a"},
            {"s3://bucket/x/", "s3://bucket/x/a"}, {"s3://bucket/x//", "s3://bucket/x//a"}};
    struct store *s;
    struct buf shown;
    size_t i;

    (void)state;
    buf_init(&shown, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(open_s3(&s, rows[i][0], kind_folder), ERR_OK);
        buf_clear(&shown);
        store_show(s, "a", &shown);
        assert_string_equal(buf_str(&shown), rows[i][1]);
        store_close(s);
    }
    buf_free(&shown);
    assert_int_equal(open_s3(&s, "s3://bucket", NULL), ERR_OK);
    assert_true(str_starts(store_temp_dir(s), "/tmp/copyout-"));
    store_close(s);
    assert_int_equal(open_s3(&s, "s3://bucket", ""), ERR_OK);
    assert_true(str_starts(store_temp_dir(s), "/tmp/copyout-"));
    store_close(s);
}

static void test_temporary_folder(void **state)
{
    struct store *s;

    (void)state;
    assert_int_equal(open_s3(&s, "s3://bucket/x", kind_folder), ERR_OK);
    assert_int_equal(count_temporary(), 2);
    assert_int_equal(store_save(s, "a", "text", 4, &err), ERR_OK);
    store_remove_if_empty(s);
    assert_string_equal(s3_text("bucket/x/a"), "text");
    store_close(s);
    assert_int_equal(count_temporary(), 1);
}

/* --- what is asked --- */

/* Whether the last request has that header. */
static bool has_header(const char *line)
{
    const struct server *http = the_s3->http;

    return http->seen_count > 0 && strcasestr(http->seen[http->seen_count - 1].head, line);
}

static void test_save(void **state)
{
    static const char *const rows[][2] = {{"job.json", "application/json"},
            {"report.csv", "text/csv"}, {"COPY_REPORT.html", "text/html"},
            {"items.jsonl", "application/x-ndjson"}};
    char line[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        save(rows[i][0], "text");
        snprintf(line, sizeof line, "\r\ncontent-type: %s\r\n", rows[i][1]);
        assert_true(has_header(line));
    }
    assert_string_equal(s3_text("work/jobs/1/job.json"), "text");
    assert_int_equal(the_s3->http->seen_count, i);
    assert_int_equal(s3_count("PUT", "/work/jobs/1/"), i);
}

static void test_read_once(void **state)
{
    (void)state;
    save("a", "mine");
    s3_set(the_s3->objects, "work/jobs/1/b", "theirs", 6);
    expect_file("a", "mine"); /* what this process wrote is here */
    assert_int_equal(s3_count("GET", ""), 0);
    expect_file("b", "theirs");
    expect_file("b", "theirs");
    assert_int_equal(s3_count("GET", "/work/jobs/1/b"), 1);
    store_release(store, "b");
    s3_set(the_s3->objects, "work/jobs/1/b", "new", 3);
    expect_file("b", "new");
    assert_int_equal(s3_count("GET", "/work/jobs/1/b"), 2);
    expect_file("c", NULL);
    s3_set(the_s3->objects, "work/jobs/1/c", "", 0);
    expect_file("c", "");
}

static void test_range(void **state)
{
    FILE *file;

    (void)state;
    s3_set(the_s3->objects, "work/jobs/1/items.jsonl", "0123456789", 10);
    assert_int_equal(store_read_range(store, "items.jsonl", 3, 4, &file, &err), ERR_OK);
    assert_true(has_header("\r\nrange: bytes=3-6\r\n"));
    assert_int_equal(fgetc(file), '3');
    fclose(file);
    assert_int_equal(store_read_range(store, "items.jsonl", 0, 1, &file, &err), ERR_OK);
    assert_true(has_header("\r\nrange: bytes=0-0\r\n"));
    fclose(file);
    assert_int_equal(s3_count("GET", "items.jsonl"), 2);
    expect_file("items.jsonl", "0123456789"); /* and not a range of it */
    /* All of it is here now, and nothing is asked. */
    assert_int_equal(s3_count("GET", "items.jsonl"), 3);
    assert_int_equal(store_read_range(store, "items.jsonl", 7, 1, &file, &err), ERR_OK);
    assert_int_equal(fgetc(file), '7');
    fclose(file);
    assert_int_equal(s3_count("GET", "items.jsonl"), 3);
    store_release(store, "items.jsonl");
    assert_int_equal(store_read_range(store, "items.jsonl", 10, 1, &file, &err), ERR_IO);
    assert_null(file);
}

/* A file in folders that the temporary folder has not, and longer than is asked for. */
static void test_range_in_folders(void **state)
{
    FILE *file;

    (void)state;
    s3_set(the_s3->objects, "work/jobs/1/map/a/b/FAILED_0.json", "[]", 2);
    assert_int_equal(
            store_read_range(store, "map/a/b/FAILED_0.json", 0, UINT64_C(6) << 30, &file, &err),
            ERR_OK);
    assert_int_equal(fgetc(file), '[');
    assert_int_equal(fgetc(file), ']');
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
    assert_int_equal(store_read_range(store, "map/a/b/FAILED_1.json", 0, 1, &file, &err), ERR_OK);
    assert_null(file);
}

static void test_has_bytes(void **state)
{
    bool has;

    (void)state;
    s3_set(the_s3->objects, "work/jobs/1/a", "text", 4);
    assert_int_equal(store_has_bytes(store, "a", &has, &err), ERR_OK);
    assert_true(has);
    assert_int_equal(s3_count("HEAD", "/work/jobs/1/a"), 1);
    assert_int_equal(s3_count("GET", ""), 0);
}

/* Keys of other prefixes are not the store's; nor is the prefix itself, as consoles make it. */
static void test_list(void **state)
{
    struct store_names found;

    (void)state;
    s3_set(the_s3->objects, "work/jobs/1/", "", 0);
    s3_set(the_s3->objects, "work/jobs/1/a", "", 0);
    s3_set(the_s3->objects, "work/jobs/1/results/000000.jsonl", "", 0);
    s3_set(the_s3->objects, "work/jobs/10", "", 0);
    s3_set(the_s3->objects, "work/jobs/2/b", "", 0);
    assert_int_equal(store_names_load(&found, store, "", &err), ERR_OK);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.names[0], "a");
    assert_string_equal(found.names[1], "results/000000.jsonl");
    assert_int_equal(s3_count("GET", "list-type=2"), 2); /* pages */
    store_names_free(&found);
    assert_false(store_is_unfinished(store, "job.json.part", "job.json"));
}

static void test_append(void **state)
{
    struct told t = {0};
    int fd;

    (void)state;
    s3_set(the_s3->objects, "work/jobs/1/results/a", "old", 3);
    assert_int_equal(store_append(store, "results/a", &fd, &err), ERR_OK);
    assert_int_equal(write(fd, "new", 3), 3);
    close(fd);
    assert_string_equal(s3_text("work/jobs/1/results/a"), "old");
    assert_int_equal(publish("results/a").err.code, ERR_OK);
    assert_string_equal(s3_text("work/jobs/1/results/a"), "new");
    assert_int_equal(store_publish(store, "results/none", on_told, &t, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot read results/none"));
    net_turn(net);
    assert_int_equal(t.calls, 0);
}

/* A file of more than 5 MiB goes in parts. */
static void append_large(size_t size)
{
    char *block = calloc(1, size);
    int fd;

    memset(block, 'x', size);
    block[size - 1] = 'y';
    assert_int_equal(store_append(store, "results/a", &fd, &err), ERR_OK);
    assert_int_equal(write(fd, block, size), (ssize_t)size);
    close(fd);
    free(block);
}

static void test_publish_in_parts(void **state)
{
    enum { SIZE = (5 << 20) + 5 };
    struct s3_object *o;

    (void)state;
    append_large(SIZE);
    assert_int_equal(publish("results/a").err.code, ERR_OK);
    o = s3_find(the_s3->objects, "work/jobs/1/results/a");
    assert_non_null(o);
    assert_int_equal(o->len, SIZE);
    assert_int_equal(o->data[SIZE - 1], 'y');
    assert_int_equal(s3_count("PUT", "partNumber="), 2);
    assert_int_equal(s3_count("POST", ""), 2);
    assert_int_equal(the_s3->aborted, 0);
}

static void test_publish_in_parts_fails(void **state)
{
    (void)state;
    append_large((5 << 20) + 5);
    fault("PUT", "partNumber=2", 403, "AccessDenied");
    check_told_err(publish("results/a"), "work store s3://work/jobs/1/results/a (AccessDenied): ");
    assert_int_equal(the_s3->aborted, 1);
    assert_null(s3_text("work/jobs/1/results/a"));
}

/* When all calls are cancelled while a part is on its way, the upload is aborted all the same. */
static void test_publish_in_parts_cancelled(void **state)
{
    struct told t = {0};

    (void)state;
    append_large((5 << 20) + 5);
    assert_int_equal(store_publish(store, "results/a", on_told, &t, &err), ERR_OK);
    while (!t.done && s3_client_requests(the_s3->client, S3_UPLOAD_PART) == 0)
        net_turn(net);
    s3_client_cancel_all(the_s3->client);
    assert_int_equal(store_wait(store, &t.done, &err), ERR_OK);
    assert_int_equal(t.calls, 1);
    assert_int_equal(t.err.code, ERR_CANCELLED);
    assert_int_equal(the_s3->aborted, 1);
}

static void test_keep_region(void **state)
{
    (void)state;
    store_keep_region(store);
    assert_int_equal(s3_client_set_default_region(the_s3->client, "eu-west-1", &err), ERR_OK);
    assert_string_equal(s3_client_region(the_s3->client, "work"), "us-east-1");
    assert_string_equal(s3_client_region(the_s3->client, "other"), "eu-west-1");
}

/* --- errors --- */

/* A refusal is an error of the work store, not of the destination. */
static void test_refused(void **state)
{
    static const char beginning[] = "work store s3://work/jobs/1/a (AccessDenied): ";
    struct store_names found;
    FILE *file;
    bool has;

    (void)state;
    fault("GET", "", 403, "AccessDenied");
    assert_int_equal(store_read(store, "a", &file, &err), ERR_IO);
    assert_null(file);
    check_err(&err, beginning);
    assert_int_equal(store_read_range(store, "a", 0, 1, &file, &err), ERR_IO);
    check_err(&err, beginning);
    check_told_err(get("a"), beginning);
    assert_int_equal(store_names_load(&found, store, "uploads/", &err), ERR_IO);
    check_err(&err, "work store s3://work/jobs/1/uploads/ (AccessDenied): ");
    store_names_free(&found);
    fault("HEAD", "", 403, "");
    assert_int_equal(store_has_bytes(store, "a", &has, &err), ERR_IO);
    check_err(&err, "work store s3://work/jobs/1/a (");
    assert_false(has);
    fault("PUT", "", 403, "AccessDenied");
    assert_int_equal(store_save(store, "a", "x", 1, &err), ERR_IO);
    check_err(&err, beginning);
    check_told_err(put("a", "x"), beginning);
    fault("DELETE", "", 403, "AccessDenied");
    assert_int_equal(store_remove(store, "a", &err), ERR_IO);
    check_err(&err, beginning);
    check_told_err(drop("a"), beginning);
}

/* Without its bucket nothing is known of a file. */
static void test_no_bucket(void **state)
{
    FILE *file;

    (void)state;
    fault("GET", "", 404, "NoSuchBucket");
    assert_int_equal(store_read(store, "a", &file, &err), ERR_IO);
    check_err(&err, "work store s3://work/jobs/1/a (NoSuchBucket): ");
    check_told_err(get("a"), "work store s3://work/jobs/1/a (NoSuchBucket): ");
}

/* A copy that was begun is not taken for the file. */
static void test_read_after_a_failure(void **state)
{
    FILE *file;

    (void)state;
    fault("GET", "", 403, "AccessDenied");
    assert_int_equal(store_read(store, "a", &file, &err), ERR_IO);
    the_s3->fault.method = NULL;
    expect_file("a", NULL);
    s3_set(the_s3->objects, "work/jobs/1/a", "text", 4);
    expect_file("a", "text");
}

static void test_too_large(void **state)
{
    static char large[STORE_SMALL_MOST + 1];
    struct told t;

    (void)state;
    memset(large, 'x', sizeof large);
    s3_set(the_s3->objects, "work/jobs/1/a", large, sizeof large);
    t = get("a");
    assert_int_equal(t.err.code, ERR_LIMIT);
    assert_false(t.found);
}

/* Neither a request nor a callback. */
static void test_name_too_long(void **state)
{
    char name[1100];
    struct told t = {0};
    struct store_names found;
    bool has;

    (void)state;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(store_get(store, name, on_got, &t, &err), ERR_LIMIT);
    assert_int_equal(store_put(store, name, "x", 1, on_told, &t, &err), ERR_LIMIT);
    assert_int_equal(store_delete(store, name, on_told, &t, &err), ERR_LIMIT);
    assert_int_equal(store_has_bytes(store, name, &has, &err), ERR_LIMIT);
    assert_int_equal(store_names_load(&found, store, name, &err), ERR_LIMIT);
    store_names_free(&found);
    net_turn(net);
    assert_int_equal(t.calls, 0);
    assert_int_equal(the_s3->http->seen_count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            S3_TEST(test_open_fails),
            S3_TEST(test_place),
            S3_TEST(test_temporary_folder),
            S3_TEST(test_save),
            S3_TEST(test_read_once),
            S3_TEST(test_range),
            S3_TEST(test_range_in_folders),
            S3_TEST(test_has_bytes),
            S3_TEST(test_list),
            S3_TEST(test_append),
            S3_TEST(test_publish_in_parts),
            S3_TEST(test_publish_in_parts_fails),
            S3_TEST(test_publish_in_parts_cancelled),
            S3_TEST(test_keep_region),
            S3_TEST(test_refused),
            S3_TEST(test_no_bucket),
            S3_TEST(test_read_after_a_failure),
            S3_TEST(test_too_large),
            S3_TEST(test_name_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
