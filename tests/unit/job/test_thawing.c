/* Archived sources in the engine: left to a later step, which looks at the marked shards alone; and
 * so many that a round of the plan ends early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "job/engine.h"
#include "job_session.h"

static struct stop stop;
static struct engine *engine;
static struct input input;
static struct problems problems;
static struct report report;
static struct engine_config config;

static int setup(void **state)
{
    (void)state;
    surroundings_begin();
    open_session(64);
    stop = (struct stop){0};
    memset(&report, 0, sizeof report);
    problems_init(&problems);
    config = (struct engine_config){
            .session = &session, .stop = &stop, .tmp = home, .thaw = ENGINE_THAW_LEAVES};
    return input_init(&input, &err) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    engine_close(engine);
    engine = NULL;
    assert_true(session_close(&session));
    report_free(&report);
    problems_free(&problems);
    input_free(&input);
    surroundings_end();
    return 0;
}

static void is_ok(enum err_code code)
{
    if (code != ERR_OK)
        fail_msg("%s: %s", err_name(code), err.message);
}

static void open_engine(const char *work)
{
    engine_close(engine);
    engine = NULL;
    config.work = work;
    is_ok(engine_open(&engine, &config, &err));
}

static void set_input(const char *more)
{
    char text[512];

    snprintf(text, sizeof text,
            "{\"destinationBucket\": \"dst\", \"destinationFolderKey\": \"out/\", %s,"
            "\"thawParams\": {\"glacierFlexibleRetrievalThawSpeed\": \"Standard\"}}",
            more);
    is_ok(input_parse(&input, text, strlen(text), &err));
    is_ok(input_set_manifest(&input, "list.csv", &err));
    is_ok(input_check(&input, &err));
}

/* --- left to a later step --- */

enum { ITEMS = 6 };

static void archive(unsigned number, bool is_archived)
{
    char name[32];
    struct fake_object *o;

    snprintf(name, sizeof name, "src/k%u", number);
    o = fake_find(name);
    assert_non_null(o);
    snprintf(o->meta, sizeof o->meta, "%s", is_archived ? "x-amz-storage-class: GLACIER\r\n" : "");
}

/* Three shards of two; of the first an object is archived, of the last both. */
static void prepare_job(const char *work)
{
    static const unsigned archived[] = {1, 4, 5};
    size_t i;

    make_rising_list(ITEMS, 1);
    for (i = 0; i < sizeof archived / sizeof archived[0]; i++) {
        char what[32];

        archive(archived[i], true);
        snprintf(what, sizeof what, "POST /src/k%u?restore", archived[i]);
        fake_rule(what, 202, NULL, -1);
    }
    set_input("\"maxItemsPerBatch\": 2, \"look\": \"head\"");
    open_engine(work);
    is_ok(engine_prepare(engine, &input, &problems, &err));
    assert_int_equal(engine_plan(engine)->shard_count, 3);
}

static struct engine_progress progress(void)
{
    struct engine_progress p;

    engine_progress(engine, &p);
    return p;
}

/* Another look of copyout thaw: so many of so many objects wait on. */
static void look(const char *work, uint64_t items, uint64_t restoring)
{
    struct engine_progress p;
    bool any;

    open_engine(work);
    is_ok(engine_load_waiting(engine, &any, &err));
    assert_true(any);
    is_ok(engine_copy(engine, &err));
    p = progress();
    assert_int_equal(p.items, items);
    assert_int_equal(p.restoring, restoring);
    assert_int_equal(engine_not_reached(&p), 0);
    assert_int_equal(engine_look_again_s(engine, 0), restoring > 0 ? 1800 : 0);
}

/* The files of results that are in S3. */
static unsigned results_in_s3(void)
{
    unsigned i, count = 0;

    for (i = 0; i < fake.object_count; i++)
        count += !fake.objects[i].gone && strncmp(fake.objects[i].name, "store/job/results/",
                                                  strlen("store/job/results/")) == 0;
    return count;
}

static void expect_all_copied(const char *work)
{
    unsigned i;

    open_engine(work);
    is_ok(engine_load(engine, NULL, &err));
    is_ok(engine_report(engine, &report, &err));
    assert_int_equal(report.by_status[RESULT_COPIED], ITEMS);
    assert_int_equal(report.missing, 0);
    for (i = 0; i < ITEMS; i++) {
        char name[32];

        snprintf(name, sizeof name, "dst/out/k%u", i);
        assert_non_null(fake_find(name));
    }
    assert_int_equal(fake.copies, ITEMS);
}

/* Shards as tasks of their own, in S3: who has objects that wait leaves a mark, and the looks ask
 * about nothing that has a result. */
static void test_left_in_s3(void **state)
{
    static const char work[] = "s3://store/job", *const shards[] = {"0", "1", "2"};
    static const uint64_t restoring[] = {1, 0, 2};
    bool any;
    size_t i;

    (void)state;
    prepare_job(work);
    for (i = 0; i < 3; i++) {
        open_engine(work);
        is_ok(engine_load(engine, shards[i], &err));
        is_ok(engine_copy(engine, &err));
        assert_int_equal(progress().restoring, restoring[i]);
    }
    assert_int_equal(fake.copies, 3);
    assert_non_null(fake_find("store/job/waiting/000000.json"));
    assert_null(fake_find("store/job/waiting/000001.json"));
    assert_non_null(fake_find("store/job/waiting/000002.json"));
    /* A look that has no result leaves no file, which each later look would fetch. */
    assert_int_equal(results_in_s3(), 3);
    look(work, 4, 3);
    look(work, 4, 3);
    assert_int_equal(results_in_s3(), 3);
    archive(4, false);
    look(work, 4, 2);
    assert_int_equal(results_in_s3(), 4);
    archive(1, false);
    look(work, 4, 1);
    assert_null(fake_find("store/job/waiting/000000.json"));
    archive(5, false);
    look(work, 2, 0);
    assert_null(fake_find_begin("store/job/waiting/"));
    open_engine(work);
    is_ok(engine_load_waiting(engine, &any, &err));
    assert_false(any);
    expect_all_copied(work);
}

/* The same in a folder, all shards at once. */
static void test_left_in_a_folder(void **state)
{
    const char *work = in_home("work");
    bool any;

    (void)state;
    prepare_job(work);
    is_ok(engine_copy(engine, &err));
    assert_int_equal(progress().restoring, 3);
    assert_true(home_has("work/waiting/000000.json") && home_has("work/waiting/000002.json"));
    archive(1, false);
    archive(5, false);
    look(work, 4, 1);
    assert_false(home_has("work/waiting/000000.json"));
    archive(4, false);
    look(work, 2, 0);
    assert_false(home_has("work/waiting"));
    open_engine(work);
    is_ok(engine_load_waiting(engine, &any, &err));
    assert_false(any);
    expect_all_copied(work);
}

/* A look that is stopped has not seen all that waits: the marks stay as they are. */
static void test_stopped(void **state)
{
    static const char work[] = "s3://store/job";

    (void)state;
    prepare_job(work);
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_CALLER, 0);
    is_ok(engine_copy(engine, &err));
    assert_true(engine_not_reached(&(struct engine_progress){.items = 3, .restoring = 2}) == 1);
    assert_null(fake_find_begin("store/job/waiting/"));
}

/* A look begins with all shards that wait; one whose marks are of no shard begins with none. */
static void test_foreign_marks(void **state)
{
    bool any;

    (void)state;
    prepare_job("s3://store/job");
    fake_text("store/job/waiting/000003.json", "{}");
    fake_text("store/job/waiting/of-somebody", "{}");
    open_engine("s3://store/job");
    is_ok(engine_load_waiting(engine, &any, &err));
    assert_false(any);
}

/* An engine that is not to restore lets archived sources fail, whatever the input says. */
static void test_restores_never(void **state)
{
    (void)state;
    prepare_job("s3://store/job");
    config.thaw = ENGINE_THAW_NEVER;
    open_engine("s3://store/job");
    is_ok(engine_load(engine, NULL, &err));
    is_ok(engine_copy(engine, &err));
    assert_int_equal(progress().by_status[RESULT_FAILED], 3);
    assert_int_equal(progress().restoring, 0);
    assert_int_equal(engine_look_again_s(engine, 0), 0);
}

/* --- a shard that is tried again --- */

static const char denied[] = "<Error><Code>AccessDenied</Code></Error>";

/* Both objects of the first shard are archived; their restores are refused so often. */
static void prepare_refused(const char *work, int first, int second)
{
    fake_rule("POST /src/k0?restore", 403, denied, first);
    fake_rule("POST /src/k1?restore", 403, denied, second);
    fake_rule("POST /src/k0?restore", 202, NULL, -1);
    prepare_job(work);
    archive(0, true);
}

/* An attempt of the first shard: so many of its two objects fail, and so many wait. */
static void attempt(const char *work, uint64_t failed, uint64_t restoring)
{
    struct engine_progress p;

    open_engine(work);
    is_ok(engine_load(engine, "0", &err));
    is_ok(engine_copy(engine, &err));
    p = progress();
    assert_int_equal(p.own_by_status[RESULT_FAILED], failed);
    assert_int_equal(p.restoring, restoring);
}

static void expect_nothing_waits(const char *work)
{
    bool any;

    open_engine(work);
    is_ok(engine_load_waiting(engine, &any, &err));
    assert_false(any);
}

static void expect_shard(const char *work, uint64_t copied, uint64_t failed)
{
    open_engine(work);
    is_ok(engine_load(engine, "0", &err));
    is_ok(engine_report(engine, &report, &err));
    assert_int_equal(report.by_status[RESULT_COPIED], copied);
    assert_int_equal(report.by_status[RESULT_FAILED], failed);
    report_free(&report);
    memset(&report, 0, sizeof report);
}

/* The first attempt marks the shard, and each later one says anew what waits: what failed in an
 * earlier attempt and waits since is copied, in a work store of either kind. */
static void check_failed_before(const char *work)
{
    prepare_refused(work, 1, 0);
    attempt(work, 1, 1);
    attempt(work, 0, 2);
    look(work, 2, 2);
    archive(0, false);
    look(work, 2, 1);
    archive(1, false);
    look(work, 2, 0);
    expect_nothing_waits(work);
    expect_shard(work, 2, 0);
}

static void test_failed_before_in_s3(void **state)
{
    (void)state;
    check_failed_before("s3://store/job");
}

static void test_failed_before_in_a_folder(void **state)
{
    (void)state;
    check_failed_before(in_home("work"));
}

/* An object that fails in the attempt that leaves the mark, and one that fails in a look, are not
 * tried again by the looks that follow, which come to an end. */
static void check_failed_for_good(const char *work)
{
    prepare_refused(work, 9, 0);
    attempt(work, 1, 1);
    look(work, 2, 1);
    look(work, 2, 1);
    assert_int_equal(fake.rules[0].times, 9 - 1);
    fake_rule("HEAD /src/k1", 403, NULL, -1);
    look(work, 2, 0);
    expect_nothing_waits(work);
    expect_shard(work, 0, 2);
    assert_int_equal(fake.rules[0].times, 9 - 1);
}

static void test_failed_for_good_in_s3(void **state)
{
    (void)state;
    check_failed_for_good("s3://store/job");
}

static void test_failed_for_good_in_a_folder(void **state)
{
    (void)state;
    check_failed_for_good(in_home("work"));
}

/* A worker of the shard that comes after a look has copied an object: it takes what the look has
 * proven as it is, and leaves the mark anew for what still waits. */
static void check_worker_after_look(const char *work)
{
    prepare_refused(work, 0, 0);
    attempt(work, 0, 2);
    archive(1, false);
    look(work, 2, 1);
    attempt(work, 0, 1);
    assert_int_equal(fake.copies, 1);
    archive(0, false);
    look(work, 2, 0);
    expect_nothing_waits(work);
    attempt(work, 0, 0);
    assert_int_equal(fake.copies, 2);
    expect_nothing_waits(work);
    expect_shard(work, 2, 0);
}

static void test_worker_after_look_in_s3(void **state)
{
    (void)state;
    check_worker_after_look("s3://store/job");
}

static void test_worker_after_look_in_a_folder(void **state)
{
    (void)state;
    check_worker_after_look(in_home("work"));
}

/* An older copyout's mark says nothing of who left it: a worker of the shard names itself in it,
 * and what failed before it and waits since is copied. */
static void test_mark_of_older_copyout(void **state)
{
    static const char work[] = "s3://store/job", mark[] = "store/job/waiting/000000.json";

    (void)state;
    prepare_refused(work, 1, 0);
    attempt(work, 1, 1);
    fake_text(mark, "{}\n");
    look(work, 2, 1);
    attempt(work, 0, 2);
    archive(0, false);
    archive(1, false);
    look(work, 2, 0);
    expect_nothing_waits(work);
    expect_shard(work, 2, 0);
}

static bool may_not_publish(void *ctx)
{
    (void)ctx;
    return false;
}

/* A worker that was given up knows nothing of what the one in its place has found: it leaves no
 * mark, and takes none away. */
static void test_given_up(void **state)
{
    static const char work[] = "s3://store/job";

    (void)state;
    prepare_job(work);
    config.may_publish = may_not_publish;
    attempt(work, 0, 1);
    assert_null(fake_find_begin("store/job/waiting/"));
    config.may_publish = NULL;
    attempt(work, 0, 1);
    assert_non_null(fake_find("store/job/waiting/000000.json"));
    archive(1, false);
    config.may_publish = may_not_publish;
    attempt(work, 0, 0);
    assert_non_null(fake_find("store/job/waiting/000000.json"));
}

/* --- more than are looked at ahead --- */

enum {
    MANY = 9000, /* the lookahead reads up to 8,192 items before their copies begin */
    A_PAGE = 1000,
    BEFORE_IT_HOLDS = 50,
    HELD_MS = 1100, /* longer than the engine waits until it looks again, which is a second */
};

/* An S3 that computes its answers. Its lock is the server's. */
static struct {
    bool restored[MANY], copied[MANY];
    unsigned restores, copies, refused;
    unsigned copies_before_last_restore;
    uint64_t first_ms; /* when the first restore was asked for */
} many;

static void answer_list(int fd, const char *target)
{
    static const char *const names[] = {"start-after=k", "continuation-token=k"};
    static char body[A_PAGE * 400];
    unsigned from = 0, i;
    size_t len = 0;

    for (i = 0; i < 2; i++)
        if (strstr(target, names[i]))
            from = (unsigned)atoi(strstr(target, names[i]) + strlen(names[i])) + (i == 0);
    if (strncmp(target, "src", 3) != 0)
        from = MANY;
    len += (size_t)snprintf(body, sizeof body,
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>%s</IsTruncated>",
            from + A_PAGE < MANY ? "true" : "false");
    if (from + A_PAGE < MANY)
        len += (size_t)snprintf(body + len, sizeof body - len,
                "<NextContinuationToken>k%05u</NextContinuationToken>", from + A_PAGE);
    for (i = from; i < from + A_PAGE && i < MANY; i++)
        len += (size_t)snprintf(body + len, sizeof body - len,
                "<Contents><Key>k%05u</Key><Size>10</Size><ETag>\"%032x\"</ETag>"
                "<LastModified>2026-11-26T06:50:00.000Z</LastModified>"
                "<StorageClass>GLACIER</StorageClass>%s</Contents>",
                i, i + 1,
                many.restored[i] ? "<RestoreStatus><IsRestoreInProgress>false"
                                   "</IsRestoreInProgress></RestoreStatus>"
                                 : "");
    snprintf(body + len, sizeof body - len, "</ListBucketResult>");
    fake_answer(fd, 200, "Server: AmazonS3\r\nContent-Type: application/xml\r\n", body);
}

/* Waits, without the lock, until so much time has passed since the first. */
static void hold_restore(struct server *s)
{
    while (clock_mono_ms() < many.first_ms + HELD_MS && !s->stopping) {
        const struct timespec pause = {.tv_nsec = 5000000};

        pthread_mutex_unlock(&s->lock);
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&s->lock);
    }
}

static void answer_restore(struct server *s, int fd, unsigned number)
{
    if (many.restores++ == 0)
        many.first_ms = clock_mono_ms();
    if (many.restores > BEFORE_IT_HOLDS)
        hold_restore(s);
    assert_false(many.restored[number]);
    many.restored[number] = true;
    many.copies_before_last_restore = many.copies;
    fake_answer(fd, 202, "", "");
}

static void answer_copy(int fd, unsigned number)
{
    char body[256];

    if (!many.restored[number] || many.copied[number]) {
        many.refused++;
        fake_error(fd, 403, "InvalidObjectState", true);
        return;
    }
    many.copied[number] = true;
    many.copies++;
    snprintf(body, sizeof body,
            "<CopyObjectResult><ETag>\"%032x\"</ETag><LastModified>2026-11-26T06:50:00.000Z"
            "</LastModified></CopyObjectResult>",
            number + 1);
    fake_answer(fd, 200, "Content-Type: application/xml\r\n", body);
}

/* HEAD of a source. */
static void answer_source(int fd, unsigned number)
{
    char head[512];

    snprintf(head, sizeof head,
            "HTTP/1.1 200 X\r\nx-amz-request-id: R1\r\nETag: \"%032x\"\r\n"
            "Last-Modified: Thu, 26 Nov 2026 06:50:00 GMT\r\nx-amz-storage-class: GLACIER\r\n"
            "%sContent-Length: 10\r\n\r\n",
            number + 1,
            many.restored[number] ? "x-amz-restore: ongoing-request=\"false\"\r\n" : "");
    server_text(fd, head);
}

static bool serve_many(struct server *s, int fd, const struct seen *seen)
{
    char method[16] = "", target[2048] = "";
    unsigned number = 0;
    bool is_item;

    (void)sscanf(seen->head, "%15s /%2047s", method, target);
    is_item = sscanf(target, "src/k%5u", &number) == 1 ||
              sscanf(target, "dst/out/k%5u", &number) == 1;
    pthread_mutex_lock(&s->lock);
    if (strstr(target, "?uploads") || strstr(target, "uploadId="))
        fake_upload(fd, method, target);
    else if (strcmp(method, "POST") == 0 && is_item)
        answer_restore(s, fd, number);
    else if (strcasestr(seen->head, "\r\nx-amz-copy-source:") && is_item)
        answer_copy(fd, number);
    else if (strcmp(method, "HEAD") == 0 && strncmp(target, "src/", 4) == 0)
        answer_source(fd, number);
    else if (strcmp(method, "GET") == 0 && strstr(target, "list-type"))
        answer_list(fd, target);
    else if (strcmp(method, "HEAD") == 0 && strchr(target, '/') &&
             target[strlen(target) - 1] != '/')
        fake_error(fd, 404, "NoSuchKey", false);
    else
        fake_answer(fd, 200, "", "");
    pthread_mutex_unlock(&s->lock);
    return true;
}

/* It is time to look at what waits before all of the plan was read: the round ends, those are
 * copied, and the rest of the plan follows. Nothing is restored or copied twice. */
static void test_round_ends_early(void **state)
{
    static char list[MANY * 16];
    size_t len = 0;
    unsigned i;

    (void)state;
    for (i = 0; i < MANY; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "src,k%05u\n", i);
    home_write("list.csv", list);
    set_input("\"includeCopyReport\": false, \"includeStartMarker\": false");
    memset(&many, 0, sizeof many);
    fake.server->answer = serve_many;
    config.thaw = ENGINE_THAW_WAITS;
    config.thaw_every_s = 1;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(report.by_status[RESULT_COPIED], MANY);
    assert_int_equal(report.missing, 0);
    assert_int_equal(many.restores, MANY);
    assert_int_equal(many.copies, MANY);
    assert_int_equal(many.refused, 0);
    assert_true(many.copies_before_last_restore > 0);
    assert_true(many.copies_before_last_restore < MANY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_left_in_s3),
            TEST(test_left_in_a_folder),
            TEST(test_stopped),
            TEST(test_foreign_marks),
            TEST(test_restores_never),
            TEST(test_failed_before_in_s3),
            TEST(test_failed_before_in_a_folder),
            TEST(test_failed_for_good_in_s3),
            TEST(test_failed_for_good_in_a_folder),
            TEST(test_worker_after_look_in_s3),
            TEST(test_worker_after_look_in_a_folder),
            TEST(test_mark_of_older_copyout),
            TEST(test_given_up),
            TEST(test_round_ends_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
