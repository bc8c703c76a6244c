/* The results of a run: in a folder, and where the work store fails. */
#include "kinds.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "store/earlier.h"
#include "store/results.h"

static struct shard shards[] = {{.length = 20, .items = 2},
        {.offset = 20, .length = 10, .items = 1}, {.offset = 30, .length = 10, .items = 1}};
static struct plan plan = {.items = 4, .items_per_shard = 2, .shard_count = 3, .shards = shards};

static struct store *ledgers; /* NULL: none */
static bool retry;

static enum err_code begin_results(struct results **r, const struct plan *p, bool dry_run)
{
    const struct results_config config = {store, p, ledgers, dry_run, retry};

    return results_new(r, &config, &err);
}

static struct result result_of(uint64_t line)
{
    struct result r = {.status = RESULT_SAME, .verified = VERIFIED_ETAG};

    r.item.line = line;
    r.item.bucket = (char *)"b";
    r.item.key = (char *)"k";
    r.item.destination_key = (char *)"d";
    return r;
}

static void add(struct results *r, unsigned shard, uint64_t line)
{
    struct result result = result_of(line);

    assert_int_equal(results_begin(r, shard, &err), ERR_OK);
    assert_int_equal(results_add(r, shard, &result, &err), ERR_OK);
    assert_int_equal(results_flush(r, &err), ERR_OK);
}

/* The lines of a file of results; each must be a result. */
static unsigned lines_of(const char *name)
{
    struct buf text;
    unsigned count = 0;
    const char *at;
    bool found;

    buf_init(&text, BUF_MAX_CONFIG);
    assert_int_equal(store_load(store, name, &text, &found, &err), ERR_OK);
    for (at = buf_str(&text); found && *at; count++) {
        size_t len = strcspn(at, "\n");
        struct result r;

        assert_int_equal(at[len], '\n');
        assert_int_equal(result_read(&r, at, len, &err), ERR_OK);
        result_free(&r);
        at += len + 1;
    }
    buf_free(&text);
    return count;
}

/* The files of results of a shard, of all runs, and what lines they have in all. */
static unsigned files_of(unsigned shard, unsigned *lines)
{
    struct result_files files;
    const struct results_name *of;
    char name[RESULTS_NAME_SIZE];
    size_t count, i;

    assert_int_equal(result_files_find(&files, store, &plan, &err), ERR_OK);
    of = result_files_of(&files, shard, &count);
    *lines = 0;
    for (i = 0; i < count; i++) {
        result_file_name(name, &of[i]);
        *lines += lines_of(name);
        store_release(store, name);
    }
    result_files_free(&files);
    return (unsigned)count;
}

static void expect_lines(unsigned shard, unsigned files, unsigned lines)
{
    unsigned is;

    assert_int_equal(files_of(shard, &is), files);
    assert_int_equal(is, lines);
}

static void test_write(void **state)
{
    struct results *r;
    bool any;

    (void)state;
    save("results/000002.jsonl", "of an earlier run\n");
    save("results/000009.jsonl", "of another plan\n");
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    assert_int_equal(earlier_any(store, &any, &err), ERR_OK);
    assert_true(any);
    expect_file("results/000002.jsonl", NULL); /* it is not told as this run's */
    add(r, 0, 1);
    add(r, 1, 3);
    add(r, 0, 2);
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
    expect_lines(0, 1, 2);
    expect_lines(1, 1, 1);
    if (!the_s3)
        assert_int_equal(lines_of("results/000000.jsonl"), 2);
    assert_int_equal(earlier_any(store, &any, &err), ERR_OK);
    assert_true(any);
    assert_int_equal(earlier_remove_all(store, &err), ERR_OK);
    assert_int_equal(earlier_any(store, &any, &err), ERR_OK);
    assert_false(any);
}

/* A shard whose items wait has no file open; none of its results is lost when it has one again. */
static void test_aside(void **state)
{
    struct results *r;
    struct result late = result_of(2);
    unsigned lines;

    (void)state;
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    add(r, 0, 1);
    assert_int_equal(results_put_aside(r, 0, &err), ERR_OK);
    if (!the_s3)
        assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_take_up(r, 0);
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_int_equal(results_put_aside(r, 0, &err), ERR_OK); /* it is not restored yet */
    results_take_up(r, 0);
    assert_int_equal(results_add(r, 0, &late, &err), ERR_OK);
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
    (void)files_of(0, &lines);
    assert_int_equal(lines, 2);
}

static struct plan second_shard(void)
{
    return (struct plan){.items = 4,
            .items_per_shard = 2,
            .shard_count = 1,
            .shards = shards + 1,
            .is_part = true,
            .first_shard = 1};
}

/* One shard of a job leaves the files of the others alone. */
static void test_part(void **state)
{
    struct plan part = second_shard();
    struct results *r;

    (void)state;
    save("results/000000.jsonl", "another's\n");
    assert_int_equal(begin_results(&r, &part, false), ERR_OK);
    add(r, 0, 3);
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
    expect_lines(1, 1, 1);
    expect_file("results/000000.jsonl", "another's\n");
}

/* Of a shard that is not over, what was flushed is there, and what was not is there at the end. */
static void test_not_over(void **state)
{
    struct result result = result_of(2);
    struct results *r;

    (void)state;
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    add(r, 0, 1);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_free(r);
    results_free(NULL);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    shards[0].items++;
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    add(r, 0, 1);
    assert_int_equal(results_add(r, 0, &result, &err), ERR_OK);
    expect_lines(0, 2, 2); /* a file of its own */
    results_free(r);
    shards[0].items--;
    expect_lines(0, 2, 3);
}

static void test_no_shards(void **state)
{
    struct plan none = {.items_per_shard = 1};
    struct results *r;

    (void)state;
    assert_int_equal(begin_results(&r, &none, false), ERR_OK);
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
}

/* --- what earlier runs wrote --- */

/* The item of a line, and its result: written under the ETag `written`. */
static struct result copied(uint64_t line, const char *written)
{
    struct result r = result_of(line);

    r.item.key = (char *)(uintptr_t)(line == 1 ? "k1" : line == 2 ? "k2" : "k3");
    r.status = written ? RESULT_COPIED : RESULT_FAILED;
    r.verified = written ? VERIFIED_SIZE : VERIFIED_NONE;
    r.size = 10;
    strcpy(r.etag, "source");
    if (written)
        strcpy(r.written.etag, written);
    return r;
}

static void add_copied(struct results *r, uint64_t line, const char *written)
{
    struct result result = copied(line, written);
    unsigned shard = line <= 2 ? 0 : 1;

    assert_int_equal(results_begin(r, shard, &err), ERR_OK);
    assert_int_equal(results_add(r, shard, &result, &err), ERR_OK);
}

/* The ETag on record of the item of that line; NULL: there is none. */
static void expect_written(struct results *r, uint64_t line, const char *written)
{
    struct result result = copied(line, NULL);
    struct ledger_entry entry = {0};
    unsigned shard = line <= 2 ? 0 : 1;

    assert_int_equal(results_begin(r, shard, &err), ERR_OK);
    assert_int_equal(results_find(r, shard, &result.item, &entry), written != NULL);
    assert_string_equal(entry.written.etag, written ? written : "");
    if (written) {
        assert_string_equal(entry.etag, "source");
        assert_int_equal(entry.size, 10);
        assert_int_equal(entry.verified, VERIFIED_SIZE);
    }
    ledger_free(&entry);
}

static void run_begins(struct results **r)
{
    assert_int_equal(begin_results(r, &plan, false), ERR_OK);
}

/* The run is stopped, or its process killed where nothing is published. */
static void run_stops(struct results *r)
{
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
}

/* All is done: the next run is another. */
static void run_ends(struct results *r)
{
    run_stops(r);
    assert_int_equal(earlier_forsake(store, &plan, &err), ERR_OK);
}

/* Whether an earlier worker of this run has settled the item of that line. */
static bool is_carried(struct results *r, uint64_t line)
{
    struct result result = copied(line, NULL);
    bool carried;

    assert_int_equal(results_carry(r, line <= 2 ? 0 : 1, &result.item, &carried, &err), ERR_OK);
    return carried;
}

static void test_ledger(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    expect_written(r, 1, NULL);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    add_copied(r, 3, "w3");
    run_ends(r);
    run_begins(&r);
    expect_written(r, 2, "w2");
    expect_written(r, 1, "w1");
    expect_written(r, 3, "w3");
    add_copied(r, 2, "w2-again");
    expect_written(r, 1, "w1");
    add_copied(r, 1, "w1-again");
    run_ends(r);
    expect_file("ledger/000000.jsonl", NULL); /* this run knows as much */
    run_begins(&r);
    expect_written(r, 1, "w1-again");
    expect_written(r, 2, "w2-again");
    expect_written(r, 3, "w3"); /* of a run that did not come to it */
    results_free(r);
}

/* A plan with other shards finds what the shards of the one before knew. */
static void test_gathered(void **state)
{
    struct results *r;
    int again;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    add_copied(r, 3, "w3");
    run_ends(r);
    run_begins(&r);
    add_copied(r, 2, "w2-again");
    run_stops(r);
    for (again = 0; again < 2; again++) { /* the second time there are no results */
        assert_int_equal(earlier_gather(store, &err), ERR_OK);
        assert_int_equal(earlier_remove_all(store, &err), ERR_OK);
        run_begins(&r);
        expect_written(r, 1, "w1");
        expect_written(r, 2, "w2-again");
        expect_written(r, 3, "w3");
        results_free(r);
    }
    run_begins(&r);
    add_copied(r, 1, "w1-later");
    add_copied(r, 3, "w3-later");
    run_stops(r);
    assert_int_equal(earlier_gather(store, &err), ERR_OK);
    assert_int_equal(earlier_remove_all(store, &err), ERR_OK);
    run_begins(&r);
    expect_written(r, 1, "w1-later");
    expect_written(r, 2, "w2-again");
    expect_written(r, 3, "w3-later");
    results_free(r);
    assert_int_equal(store_remove(store, LEDGER_ALL_FILE, &err), ERR_OK);
    run_begins(&r);
    expect_written(r, 1, NULL);
    results_free(r);
}

/* Nothing is gathered where there is nothing, and a line that was cut off spoils none. */
static void test_gathered_torn(void **state)
{
    struct result result = copied(1, "w1");
    struct results *r;
    struct buf text;

    (void)state;
    assert_int_equal(earlier_gather(store, &err), ERR_OK);
    expect_file(LEDGER_ALL_FILE, NULL);
    buf_init(&text, BUF_MAX_RESULT);
    result_write(&text, &result);
    save("results/000001.jsonl", buf_str(&text));
    save("results/000000.jsonl", "{\"line\":2,\"writtenEtag\":\"cut o");
    buf_free(&text);
    assert_int_equal(earlier_gather(store, &err), ERR_OK);
    assert_int_equal(earlier_remove_all(store, &err), ERR_OK);
    run_begins(&r);
    expect_written(r, 1, "w1");
    results_free(r);
}

/* An item that failed does not take what was known with it. */
static void test_ledger_outlives_failure(void **state)
{
    struct results *r;
    int i;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    run_ends(r);
    for (i = 0; i < 2; i++) {
        run_begins(&r);
        expect_written(r, 1, "w1");
        add_copied(r, 1, NULL);
        add_copied(r, 2, i == 0 ? "w2-again" : NULL);
        run_ends(r);
        expect_lines(0, 1, 2);
    }
    run_begins(&r);
    expect_written(r, 1, "w1");
    expect_written(r, 2, "w2-again");
    results_free(r);
}

/* A run that goes on with one that was killed: what that one settled is carried over, what it did
 * not come to is looked up in the ledger. */
static void test_ledger_outlives_kill(void **state)
{
    struct results *r;
    int i;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    run_ends(r);
    for (i = 0; i < 3; i++) { /* killed before its first result, and after it */
        run_begins(&r);
        assert_false(is_carried(r, 1));
        assert_int_equal(is_carried(r, 2), i == 2);
        expect_written(r, 1, "w1");
        if (i == 1)
            add_copied(r, 2, "w2-again");
        run_stops(r);
    }
    run_begins(&r);
    expect_written(r, 1, "w1");
    add_copied(r, 1, "w1-again");
    assert_true(is_carried(r, 2));
    run_ends(r);
    expect_file("ledger/000000.jsonl", NULL); /* they say as much together */
    run_begins(&r);
    expect_written(r, 1, "w1-again");
    expect_written(r, 2, "w2-again");
    results_free(r);
}

/* --- going on --- */

static void expect_carried(struct results *r, unsigned copies, unsigned same, unsigned bytes)
{
    const struct results_carried *c = results_carried(r);

    assert_int_equal(c->by_status[RESULT_COPIED], copies);
    assert_int_equal(c->by_status[RESULT_SAME], same);
    assert_int_equal(c->bytes, bytes);
}

/* A run that was interrupted goes on, as often as it takes. Its results add up. */
static void test_goes_on(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    assert_false(is_carried(r, 1));
    add_copied(r, 2, "w2");
    run_stops(r);
    run_begins(&r);
    assert_false(is_carried(r, 1));
    add_copied(r, 1, "w1");
    assert_true(is_carried(r, 2));
    expect_carried(r, 1, 0, 10);
    run_stops(r);
    run_begins(&r);
    assert_true(is_carried(r, 1) && is_carried(r, 2));
    assert_false(is_carried(r, 3));
    expect_carried(r, 2, 0, 20);
    run_stops(r);
    expect_lines(0, 2, 2);
    assert_int_equal(earlier_forsake(store, &plan, &err), ERR_OK);
    run_begins(&r);
    assert_false(is_carried(r, 1) || is_carried(r, 2));
    expect_lines(0, 0, 0);
    expect_written(r, 1, "w1");
    expect_written(r, 2, "w2");
    results_free(r);
}

/* A failure is looked at again, and so is what was only compared by size. */
static void test_unsettled_is_not_carried(void **state)
{
    struct result by_size = copied(2, "w2");
    struct results *r;

    (void)state;
    by_size.written.etag[0] = '\0';
    run_begins(&r);
    add_copied(r, 1, NULL);
    assert_int_equal(results_add(r, 0, &by_size, &err), ERR_OK);
    run_stops(r);
    run_begins(&r);
    assert_false(is_carried(r, 1) || is_carried(r, 2));
    run_stops(r);
}

/* A retry goes on with a run that is over, and leaves out all but what failed. */
static void test_retry(void **state)
{
    struct result failed = result_of(1), by_size = copied(2, "w2");
    struct results *r;

    (void)state;
    failed.status = RESULT_FAILED;
    err_set(&failed.err, ERR_NETWORK, "why");
    by_size.written.etag[0] = '\0';
    run_begins(&r);
    assert_int_equal(results_add(r, 0, &failed, &err), ERR_OK);
    assert_int_equal(results_add(r, 0, &by_size, &err), ERR_OK);
    run_stops(r);
    assert_int_equal(earlier_forsake(store, &plan, &err), ERR_OK);
    retry = true;
    run_begins(&r);
    assert_false(is_carried(r, 1));
    assert_true(is_carried(r, 2));
    assert_int_equal(results_add(r, 0, &failed, &err), ERR_OK);
    run_stops(r);
    run_begins(&r);
    assert_false(is_carried(r, 1));
    add_copied(r, 1, "w1");
    run_stops(r);
    retry = false;
    run_begins(&r); /* the retry was not over: this goes on with it */
    assert_true(is_carried(r, 1));
    run_stops(r);
}

/* A dry run and one that copies do not go on with each other. */
static void test_dry_run(void **state)
{
    struct results *r;
    int i;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    run_stops(r);
    for (i = 0; i < 2; i++) {
        assert_int_equal(begin_results(&r, &plan, true), ERR_OK);
        assert_int_equal(is_carried(r, 1), i == 1); /* the second goes on with the first */
        if (i == 0) {
            expect_written(r, 1, "w1");
            add_copied(r, 1, "w1"); /* it was there already, say */
        }
        run_stops(r);
    }
    run_begins(&r);
    assert_false(is_carried(r, 1));
    run_stops(r);
}

/* Of a job that an older copyout left it is not known whether it was finished: all is looked at. */
static void test_results_of_older_copyout(void **state)
{
    struct result result = copied(1, "w1");
    struct results *r;
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_LINE);
    result_write(&text, &result);
    save("results/000000.jsonl", buf_str(&text));
    buf_free(&text);
    run_begins(&r);
    assert_false(is_carried(r, 1));
    expect_written(r, 1, "w1");
    run_stops(r);
}

/* Where the record of runs was lost, results are not taken for those of a run that goes on. */
static void test_runs_lost(void **state)
{
    struct results *r;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        run_begins(&r);
        add_copied(r, 1, "w1");
        run_ends(r);
    }
    assert_int_equal(store_remove(store, "runs.json", &err), ERR_OK);
    run_begins(&r);
    assert_false(is_carried(r, 1));
    expect_written(r, 1, "w1");
    run_stops(r);
    save("runs.json", "{\"finished\": -1}");
    assert_int_equal(begin_results(&r, &plan, false), ERR_IO);
    assert_non_null(strstr(err.message, "runs.json cannot be read"));
}

/* Two workers at one shard of S3: both write pieces of their own, and the next one knows both. */
static void test_two_workers(void **state)
{
    struct results *a, *b;
    struct result_files files;
    size_t count;

    (void)state;
    run_begins(&a);
    run_begins(&b);
    add_copied(a, 1, "w1");
    add_copied(b, 1, NULL);
    add_copied(b, 2, "w2");
    run_stops(b);
    run_stops(a);
    expect_lines(0, 2, 3);
    run_begins(&a);
    assert_true(is_carried(a, 1) && is_carried(a, 2));
    add_copied(a, 3, "w3");
    assert_int_equal(result_files_find(&files, store, &plan, &err), ERR_OK);
    assert_null(result_files_of(&files, 1, &count)); /* not published yet */
    assert_int_equal(results_add_files(a, &files, &err), ERR_OK);
    assert_non_null(result_files_newest(&files, 1, &count));
    assert_int_equal(count, 1);
    run_stops(a);
    result_files_free(&files);
}

static void publish_due(struct results *r, enum err_code code)
{
    struct told t = {0};

    assert_int_equal(results_publish_due(r, UINT64_MAX, 0, on_told, &t, &err), ERR_OK);
    net_run_until(net, &t.done);
    assert_int_equal(t.err.code, code);
}

/* Pieces are published while the shard goes on; what comes later goes into another. */
static void test_pieces(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    assert_false(results_is_due(r, UINT64_MAX, 0));
    add_copied(r, 1, "w1");
    assert_false(results_is_due(r, clock_mono_ms(), 1000000));
    assert_true(results_is_due(r, UINT64_MAX, 1000000));
    publish_due(r, ERR_OK);
    assert_false(results_is_due(r, UINT64_MAX, 0));
    expect_lines(0, 1, 1);
    add_copied(r, 2, "w2");
    assert_true(results_is_due(r, 0, 1000000)); /* the shard is over */
    publish_due(r, ERR_OK);
    expect_lines(0, 2, 2);
    run_stops(r);
    expect_lines(0, 2, 2);
}

/* A piece that could not be published is due again, and so at the end. */
static void test_pieces_fail(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    the_s3->fault = (struct s3_fault){"PUT", "/results/", 403, "AccessDenied"};
    publish_due(r, ERR_IO);
    add_copied(r, 2, "w2");
    publish_due(r, ERR_IO);
    assert_int_equal(results_publish(r, &err), ERR_IO);
    the_s3->fault.method = NULL;
    expect_lines(0, 0, 0);
    publish_due(r, ERR_OK);
    expect_lines(0, 1, 1);
    run_stops(r);
    expect_lines(0, 2, 2);
}

/* A later job of the same list finds what the last one wrote, in a work store of its own. */
static void test_left_for_later_jobs(void **state)
{
    struct store *first = store;
    struct results *r;
    int i;

    (void)state;
    assert_int_equal(
            store_open(&ledgers, "s3://work/ledgers/abc/", kind_folder, net, the_s3->client, &err),
            ERR_OK);
    run_begins(&r);
    expect_written(r, 1, NULL);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "source"); /* its ETag proves it */
    run_stops(r);
    for (i = 2; i <= 4; i++) {
        char place[32];

        snprintf(place, sizeof place, "s3://work/jobs/%d", i);
        assert_int_equal(store_open(&store, place, kind_folder, net, the_s3->client, &err), ERR_OK);
        run_begins(&r);
        expect_written(r, 2, i == 4 ? "w2" : NULL);
        expect_written(r, 1, "w1");
        add_copied(r, 1, i == 2 ? NULL : "w1"); /* a failure takes nothing with it */
        add_copied(r, 2, i == 3 ? "w2" : "source");
        run_stops(r);
        assert_null(s3_text("work/jobs/2/ledger/000000.jsonl"));
        store_close(store);
    }
    store = first;
    store_close(ledgers);
    ledgers = NULL;
}

/* A hint that cannot be had, or left, stops nothing. */
static void test_no_later_jobs(void **state)
{
    struct results *r;

    (void)state;
    assert_int_equal(
            store_open(&ledgers, "s3://work/ledgers/abc/", kind_folder, net, the_s3->client, &err),
            ERR_OK);
    the_s3->fault = (struct s3_fault){"GET", "ledgers", 403, "AccessDenied"};
    run_begins(&r);
    the_s3->fault = (struct s3_fault){"PUT", "/ledgers/", 403, "AccessDenied"};
    add_copied(r, 1, "w1");
    run_stops(r);
    expect_lines(0, 1, 1);
    store_close(ledgers);
    ledgers = NULL;
}

static void test_full_piece(void **state)
{
    static struct shard one = {.length = 10, .items = 2 * RESULTS_PIECE_LINES};
    struct plan big = {.items = 2 * RESULTS_PIECE_LINES, .shard_count = 1, .shards = &one};
    struct results *r;
    unsigned i;

    (void)state;
    assert_int_equal(begin_results(&r, &big, false), ERR_OK);
    for (i = 1; i <= RESULTS_PIECE_LINES; i++) {
        assert_false(results_is_due(r, 0, UINT64_MAX));
        add(r, 0, i);
    }
    assert_true(results_is_due(r, 0, UINT64_MAX));
    results_free(r);
}

/* A line that was cut off, and one that is none, say nothing. */
static void test_ledger_of_torn_lines(void **state)
{
    struct result result = copied(1, "w1");
    struct results *r;
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_LINE);
    buf_adds(&text, "not a result\n");
    result_write(&text, &result);
    buf_adds(&text, "{\"line\":2,\"writtenEtag\":\"cut o");
    save("results/000000.jsonl", buf_str(&text));
    buf_free(&text);
    run_begins(&r);
    expect_written(r, 1, "w1");
    expect_written(r, 2, NULL);
    results_free(r);
}

/* One shard of a job finds its own. */
static void test_ledger_of_part(void **state)
{
    struct plan part = second_shard();
    struct result result = copied(3, NULL);
    struct ledger_entry entry = {0};
    struct results *r;
    bool carried;

    (void)state;
    run_begins(&r);
    add_copied(r, 3, "w3");
    run_ends(r);
    assert_int_equal(begin_results(&r, &part, false), ERR_OK);
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_true(results_find(r, 0, &result.item, &entry));
    assert_string_equal(entry.written.etag, "w3");
    ledger_free(&entry);
    assert_int_equal(results_carry(r, 0, &result.item, &carried, &err), ERR_OK);
    assert_false(carried);
    result.item.version_id = (char *)(uintptr_t) "another";
    assert_false(results_find(r, 0, &result.item, &entry));
    results_free(r);
}

/* Objects whose ETags prove them leave nothing to be looked up. */
static void test_ledger_of_equal_etags(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "source");
    add_copied(r, 2, "source");
    run_ends(r);
    run_begins(&r);
    expect_written(r, 1, NULL);
    results_free(r);
}

/* A process that is killed, or a store that fails, at any step of the beginning of a run: the next
 * one knows all the same what the runs before had written. */
static void test_set_aside_cut_off(void **state)
{
    static const char *const ops[] = {"list", "read", "create", "settle", "move", "remove",
            "publish", "publish_start", "commit", "has_bytes"};
    unsigned failed = 0, skip;
    struct results *r;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ops / sizeof ops[0]; i++)
        for (skip = 0; skip < 4; skip++) {
            run_begins(&r);
            add_copied(r, 1, "w1");
            run_stops(r);
            run_begins(&r); /* a second file of the same run */
            add_copied(r, 2, "w2");
            run_ends(r);
            fake->fail = (struct fake_fault){.op = ops[i], .skip = skip};
            if (begin_results(&r, &plan, false) == ERR_OK)
                results_free(r);
            else
                failed++;
            fake->fail.op = NULL;
            run_begins(&r);
            assert_false(is_carried(r, 1) || is_carried(r, 2));
            expect_written(r, 1, "w1");
            expect_written(r, 2, "w2");
            results_free(r);
            assert_int_equal(earlier_remove_all(store, &err), ERR_OK);
        }
    assert_true(failed > 10);
}

/* --- a work store that fails --- */

static void test_store_fails(void **state)
{
    static const char *const listing[] = {"list", "move"};
    struct results *r;
    bool any;
    size_t i;

    (void)state;
    save("results/000000.jsonl", "x");
    for (i = 0; i < 2; i++) {
        fake->fail = (struct fake_fault){.op = listing[i]};
        assert_int_equal(begin_results(&r, &plan, false), ERR_IO);
    }
    fake->fail = (struct fake_fault){.op = "list"};
    assert_int_equal(earlier_remove_all(store, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "remove"};
    assert_int_equal(earlier_remove_all(store, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "list"};
    assert_int_equal(earlier_any(store, &any, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "has_bytes"};
    assert_int_equal(earlier_any(store, &any, &err), ERR_IO);
    assert_false(any);
    fake->fail = (struct fake_fault){.op = "append", .name = "results/000001.jsonl"};
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_int_equal(results_begin(r, 1, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "publish", .code = ERR_NETWORK};
    assert_int_equal(results_publish(r, &err), ERR_NETWORK);
    fake->fail = (struct fake_fault){.op = "publish_start", .code = ERR_NETWORK};
    assert_int_equal(results_publish(r, &err), ERR_NETWORK);
    results_free(r);
}

static void test_full_store(void **state)
{
    struct result result = result_of(1);
    struct results *r;

    (void)state;
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    fake->fail = (struct fake_fault){.op = "write", .name = "results/000000.jsonl"};
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_int_equal(results_add(r, 0, &result, &err), ERR_OK);
    assert_int_equal(results_flush(r, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: No space left on device"));
    results_free(r);
    /* The last of a shard is written at once. */
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    fake->fail = (struct fake_fault){.op = "write", .name = "results/000001.jsonl"};
    assert_int_equal(results_begin(r, 1, &err), ERR_OK);
    assert_int_equal(results_add(r, 1, &result, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: No space left on device"));
    /* The results that are there are published all the same, and that it is not all is said. */
    assert_int_equal(results_publish(r, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: No space left on device"));
    results_free(r);
}

/* Of a line that does not fit nothing stays: half a line would be read as a result, or as none. */
static void test_no_torn_line(void **state)
{
    struct result result = result_of(2);
    struct rlimit limit;
    struct results *r;
    enum err_code code;

    (void)state;
    assert_int_equal(begin_results(&r, &plan, false), ERR_OK);
    add(r, 0, 1);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 200; /* bytes: a line has more than half of it */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    code = results_add(r, 0, &result, &err);
    limit.rlim_cur = RLIM_INFINITY;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(code, ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: "));
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_free(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            ALL_KINDS(test_write),
            ALL_KINDS(test_aside),
            ALL_KINDS(test_part),
            FOLDER_TEST(test_not_over),
            ALL_KINDS(test_no_shards),
            ALL_KINDS(test_ledger),
            FOLDER_TEST(test_gathered),
            FOLDER_TEST(test_gathered_torn),
            ALL_KINDS(test_ledger_outlives_failure),
            ALL_KINDS(test_ledger_outlives_kill),
            ALL_KINDS(test_goes_on),
            ALL_KINDS(test_unsettled_is_not_carried),
            ALL_KINDS(test_retry),
            ALL_KINDS(test_dry_run),
            ALL_KINDS(test_results_of_older_copyout),
            ALL_KINDS(test_runs_lost),
            S3_TEST(test_two_workers),
            S3_TEST(test_pieces),
            S3_TEST(test_pieces_fail),
            S3_TEST(test_full_piece),
            S3_TEST(test_left_for_later_jobs),
            S3_TEST(test_no_later_jobs),
            ALL_KINDS(test_ledger_of_torn_lines),
            ALL_KINDS(test_ledger_of_part),
            ALL_KINDS(test_ledger_of_equal_etags),
            FAKE_TEST(test_set_aside_cut_off),
            FAKE_TEST(test_store_fails),
            FAKE_TEST(test_full_store),
            FOLDER_TEST(test_no_torn_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
