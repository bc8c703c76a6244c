/* Which objects of a list are to be copied in slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "job/large_items.h"
#include "job_session.h"
#include "model/item.h"

static struct input input;
static struct large_items found;
static struct stop stop;

static int begin(void **state)
{
    (void)state;
    log_set_level(LOG_NONE);
    surroundings_begin();
    memset(&found, 0, sizeof found);
    memset(&stop, 0, sizeof stop);
    open_session(0);
    if (input_init(&input, &err) != ERR_OK)
        return -1;
    input.destination_bucket = strdup("dst");
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(found.all);
    input_free(&input);
    session_close(&session);
    surroundings_end();
    return 0;
}

/* The items of a list of so many, of 10, 20, 30 ... bytes. */
static FILE *items_of(unsigned count)
{
    FILE *file = tmpfile();
    struct buf line;
    unsigned i;

    buf_init(&line, BUF_MAX_LINE);
    for (i = 0; i < count; i++) {
        char key[16], name[32];
        struct item item = {
                .line = i + 1, .bucket = (char *)"src", .key = key, .destination_key = key};

        snprintf(key, sizeof key, "k%02u", i);
        snprintf(name, sizeof name, "src/%s", key);
        fake_source(name, i + 1, 10 * (i + 1));
        buf_clear(&line);
        item_write(&line, &item);
        fputs(buf_str(&line), file);
    }
    buf_free(&line);
    rewind(file);
    return file;
}

static enum err_code find(FILE *items, unsigned count, uint64_t above)
{
    input.split_above = above;
    return large_items_find(&session, &input, &stop, items, count, &found, &err);
}

/* Few items: by HEAD. */
static void test_few(void **state)
{
    FILE *items = items_of(5);

    (void)state;
    assert_int_equal(find(items, 5, 35), ERR_OK);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.all[0].index, 3);
    assert_int_equal(found.all[0].slices, 2);
    assert_int_equal(found.all[1].index, 4);
    assert_int_equal(found.all[1].slices, 2);
    assert_int_equal(s3_client_requests(session.s3, S3_HEAD_OBJECT), 5);
    assert_int_equal(s3_client_requests(session.s3, S3_LIST_OBJECTS), 0);
    fclose(items);
}

/* Many whose keys lie close together: by a listing. Those it shows come in the order of the list.
 */
static void test_many(void **state)
{
    FILE *items = items_of(60);
    unsigned i;

    (void)state;
    assert_int_equal(find(items, 60, 100), ERR_OK);
    assert_int_equal(found.count, 50);
    for (i = 0; i < 50; i++) {
        assert_int_equal(found.all[i].index, 10 + i);
        assert_int_equal(found.all[i].slices, ((10 + i + 1) * 10 + 99) / 100);
    }
    assert_true(s3_client_requests(session.s3, S3_LIST_OBJECTS) > 0);
    assert_int_equal(s3_client_requests(session.s3, S3_HEAD_OBJECT), 0);
    fclose(items);
}

/* A line of the log says how many there are, if there are any. */
static unsigned said;

static void on_log(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    (void)level;
    said += strstr(line, " are copied by several workers") != NULL;
}

static void test_said(void **state)
{
    FILE *items = items_of(5);

    (void)state;
    log_set_level(LOG_INFO);
    log_set_sink(on_log, NULL);
    said = 0;
    assert_int_equal(find(items, 5, 50), ERR_OK);
    assert_int_equal(found.count, 0);
    assert_int_equal(said, 0);
    rewind(items);
    assert_int_equal(find(items, 5, 40), ERR_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(said, 1);
    log_set_sink(NULL, NULL);
    fclose(items);
}

/* Objects that cannot be looked at are copied as a whole; that they are not there is said later. */
static void test_absent(void **state)
{
    FILE *items = items_of(3);

    (void)state;
    fake_find("src/k02")->gone = true;
    assert_int_equal(find(items, 3, 5), ERR_OK);
    assert_int_equal(found.count, 2);
    fclose(items);
}

static void test_stopped(void **state)
{
    FILE *items = items_of(3);

    (void)state;
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_SIGNAL, 0);
    assert_int_equal(find(items, 3, 5), ERR_INTERRUPTED);
    fclose(items);
}

/* The items end before the plan does. */
static void test_too_few_items(void **state)
{
    FILE *items = items_of(3);

    (void)state;
    assert_int_equal(find(items, 4, 5), ERR_IO);
    fclose(items);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
            TEST(test_few),
            TEST(test_many),
            TEST(test_said),
            TEST(test_absent),
            TEST(test_stopped),
            TEST(test_too_few_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
