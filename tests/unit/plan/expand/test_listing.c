/* The listing of a prefix (plan/expand/listing.h), page by page, on a client without a network. */
#include "../../s3/kicked.h"

#include <unistd.h>

#include "plan/expand/listing.h"

#define LISTED(key) "<Contents><Key>" key "</Key><Size>1</Size></Contents>"
#define LIST(content)                                                                              \
    {                                                                                              \
        .status = 200,                                                                             \
        .body = "<ListBucketResult><EncodingType>url</EncodingType>" content "</ListBucketResult>" \
    }
#define MORE(token)                   \
    "<IsTruncated>true</IsTruncated>" \
    "<NextContinuationToken>" token "</NextContinuationToken>"
#define NONE LIST("")

static struct store *store;
static struct stop stop;
static char shown[512];
static unsigned first; /* of the requests of the last listing */

static enum err_code on_object(void *ctx, const struct s3_listed *o, struct err *err)
{
    (void)err;
    strncat(shown, o->key, sizeof shown - strlen(shown) - 2);
    strncat(shown, " ", sizeof shown - strlen(shown) - 1);
    return ctx ? err_set(err, ERR_LIMIT, "enough") : ERR_OK;
}

static enum err_code list_it(const struct answer *script, size_t count, void *refuse)
{
    struct plan_env env = {.sync = s, .store = store, .stop = &stop};
    enum err_code code;

    shown[0] = '\0';
    f->script = script;
    f->script_count = count;
    f->script_at = 0;
    first = f->sent_count;
    code = listing_read(&env, "b", "p/", on_object, refuse, &e);
    assert_int_equal(f->script_at, count);
    return code;
}

#define LISTS(...)                                \
    list_it((const struct answer[]){__VA_ARGS__}, \
            sizeof((const struct answer[]){__VA_ARGS__}) / sizeof(struct answer), NULL)

static void test_pages(void **state)
{
    (void)state;
    assert_int_equal(LISTS(NONE), ERR_OK);
    assert_string_equal(shown, "");
    assert_int_equal(
            LISTS(LIST(LISTED("p/a") LISTED("p/b%2Bc") MORE("t")), LIST(LISTED("p/d"))), ERR_OK);
    assert_string_equal(shown, "p/a p/b+c p/d ");
    assert_non_null(strstr(f->sent[first + 1].url, "continuation-token=t"));
}

/* The first two pages come one after another; then there are streams beside. The last of the
 * answers is the one to the stream that was first. */
static void test_streams(void **state)
{
    (void)state;
    assert_int_equal(LISTS(LIST(LISTED("p/1") MORE("t")), LIST(LISTED("p/2") MORE("u")),
                             LIST(LISTED("p/y") LISTED("p/z")), NONE, NONE, NONE, NONE, NONE, NONE,
                             NONE, NONE, LIST(LISTED("p/2%20"))),
            ERR_OK);
    assert_string_equal(shown, "p/1 p/2 p/2  p/y p/z ");
    assert_non_null(strstr(f->sent[first + 2].url, "start-after=p%2F"));
}

/* A page of the first stream may go on into the range of the next, whose keys are then its own. */
static void test_ranges(void **state)
{
    (void)state;
    assert_int_equal(LISTS(LIST(LISTED("p/1") MORE("t")), LIST(LISTED("p/2") MORE("u")),
                             LIST(LISTED("p/y")), NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
                             LIST(LISTED("p/2%20") LISTED("p/y") MORE("v"))),
            ERR_OK);
    assert_string_equal(shown, "p/1 p/2 p/2  p/y ");
}

static void test_faults(void **state)
{
    (void)state;
    assert_int_equal(
            LISTS(LIST(LISTED("p/a") "<Contents><Size>1</Size></Contents>")), ERR_PROTOCOL);
    assert_int_equal(LISTS(LIST(LISTED("q/a"))), ERR_PROTOCOL);
    assert_int_equal(LISTS({.status = 200,
                             .body = "<ListBucketResult>" LISTED("p/a%20b") "</ListBucketResult>"}),
            ERR_PROTOCOL);
    assert_int_equal(LISTS({.status = 403, .body = "<Error><Code>AccessDenied</Code></Error>"}),
            ERR_ACCESS_DENIED);
    assert_non_null(strstr(e.message, "s3://b/p/"));
    /* The same page again and again. */
    assert_int_equal(
            LISTS(LIST(LISTED("p/b") MORE("t")), LIST(LISTED("p/a") MORE("t"))), ERR_PROTOCOL);
}

/* A server that does not sort is listed by one stream. */
static void test_unsorted(void **state)
{
    (void)state;
    assert_int_equal(LISTS(LIST(LISTED("p/b") LISTED("p/a") MORE("t")),
                             LIST(LISTED("p/d") MORE("u")), LIST(LISTED("p/c"))),
            ERR_OK);
    assert_string_equal(shown, "p/b p/a p/d p/c ");
    assert_int_equal(f->sent_count - first, 3);
}

static void test_refused_question(void **state)
{
    (void)state;
    assert_int_equal(LISTS({.status = 501, .body = "<Error><Code>NotImplemented</Code></Error>"},
                             LIST(LISTED("p/a"))),
            ERR_OK);
    assert_string_equal(sent_header(&f->sent[first + 1], S3_OPTIONAL_ATTRIBUTES), "");
    assert_string_equal(shown, "p/a ");
}

static void test_ends_early(void **state)
{
    static const struct answer one[] = {LIST(LISTED("p/a") LISTED("p/b"))};

    (void)state;
    assert_int_equal(list_it(one, 1, shown), ERR_LIMIT);
    assert_string_equal(shown, "p/a ");
    stop.level = STOP_FINISH;
    assert_int_equal(list_it(NULL, 0, NULL), ERR_INTERRUPTED);
    stop.level = STOP_RUNNING;
}

static int open_all(void **state)
{
    int rc = set_up(state);

    assert_int_equal(store_open(&store, "listing-test-store", "/tmp", net, f->s3, &e), ERR_OK);
    return rc;
}

static int close_all(void **state)
{
    store_remove_if_empty(store);
    store_close(store);
    return tear_down(state);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_pages, open_all, close_all),
            cmocka_unit_test_setup_teardown(test_streams, open_all, close_all),
            cmocka_unit_test_setup_teardown(test_ranges, open_all, close_all),
            cmocka_unit_test_setup_teardown(test_faults, open_all, close_all),
            cmocka_unit_test_setup_teardown(test_unsorted, open_all, close_all),
            cmocka_unit_test_setup_teardown(test_refused_question, open_all, close_all),
            cmocka_unit_test_setup_teardown(test_ends_early, open_all, close_all),
    };
    char folder[] = "/tmp/copyout-listing-XXXXXX";
    int failed;

    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) == 0 ? failed : 1;
}
