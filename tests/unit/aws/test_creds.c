/* The provider, with sources that need no network: keys and commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "provider.h"

/* A command that counts its runs in the file "runs", gives a new key each time (AK1, AK2, …) which
 * is good for `seconds`, and fails while there is a file "broken". */
static void use_counting_process(int seconds)
{
    char text[2000];

    snprintf(text, sizeof text,
            "cd %s\n"
            "echo x >> runs\n"
            "if [ -e broken ]; then exit 7; fi\n"
            "echo '{\"Version\": 1, \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\",'\n"
            "echo '\"AccessKeyId\":' \"\\\"AK$(grep -c x runs)\\\"\"\n"
            "echo ', \"Expiration\":' \"\\\"$(date -u -d +%dsec +%%Y-%%m-%%dT%%H:%%M:%%SZ)\\\"}\"\n",
            files_dir, seconds);
    files_write("tool", text);
    snprintf(text, sizeof text, "[default]\ncredential_process = . %s\n", files_path("tool"));
    files_write("config", text);
}

static void use_process(const char *command)
{
    char text[2000];

    snprintf(text, sizeof text, "[default]\ncredential_process = %s\n", command);
    files_write("config", text);
}

static unsigned runs(void)
{
    FILE *f = fopen(files_path("runs"), "r");
    unsigned n = 0;
    int c;

    while (f && (c = getc(f)) != EOF)
        n += c == 'x';
    if (f)
        fclose(f);
    return n;
}

static void use_keys(void)
{
    env_set("AWS_ACCESS_KEY_ID", "AKENV");
    env_set("AWS_SECRET_ACCESS_KEY", "hushhush");
}

/* Lets the loop go on until the provider has that key. */
static void run_until_key(const char *access_key)
{
    const struct creds *c = creds_peek(provider);

    while (!c || strcmp(c->access_key, access_key) != 0) {
        bool alive = uv_run(net_loop(net), UV_RUN_ONCE) != 0;

        c = creds_peek(provider);
        assert_true(alive || (c && strcmp(c->access_key, access_key) == 0));
    }
}

static void test_environment(void **state)
{
    struct outcome o;

    (void)state;
    use_keys();
    provider_begin(NULL);
    assert_null(creds_peek(provider));
    assert_string_equal(creds_source(provider), "none yet");
    o = get();
    assert_string_equal(o.access_key, "AKENV");
    assert_string_equal(o.secret, "hushhush");
    assert_string_equal(o.token, "");
    assert_int_equal(o.expires_s, 0);
    assert_non_null(creds_peek(provider));
    assert_string_equal(creds_source(provider), "environment");
    o = get(); /* at hand, but still not called at once */
    assert_string_equal(o.access_key, "AKENV");
}

static void test_nothing(void **state)
{
    (void)state;
    provider_begin(NULL);
    get_fails("no AWS credentials found; tried environment (");
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_null(creds_peek(provider));
    assert_string_equal(creds_source(provider), "none yet");
}

static void test_process(void **state)
{
    struct outcome o;

    (void)state;
    use_counting_process(3600);
    provider_begin(NULL);
    o = get();
    assert_string_equal(o.access_key, "AK1");
    assert_string_equal(o.token, "t");
    assert_true(o.expires_s > clock_wall_s() + 3500);
    assert_string_equal(creds_source(provider), "profile default (credential_process)");
    o = get();
    assert_string_equal(o.access_key, "AK1");
    assert_int_equal(runs(), 1);
}

static void process_fails(const char *command, const char *part)
{
    use_process(command);
    provider_begin(NULL);
    get_fails("profile default (credential_process): credential_process: ");
    assert_int_equal(err.code, ERR_CREDENTIALS);
    if (!strstr(err.message, part))
        print_message("%s\n", err.message);
    assert_non_null(strstr(err.message, part));
    provider_end();
}

static void test_process_failures(void **state)
{
    (void)state;
    process_fails("exit 3", "ended with exit status 3");
    process_fails("/nonexistent/tool 2>/dev/null", "exit status 127");
    process_fails("kill -9 $$", "ended by signal 9");
    process_fails("true", "not a JSON object");
    process_fails("echo hushhush", "not a JSON object");
    process_fails("echo '{\"Version\": 2}'", "not of Version 1");
    process_fails("yes hushhush 2>/dev/null", "puts out more than 65536 bytes");
}

static void test_process_cancelled(void **state)
{
    struct outcome o = {0};

    (void)state;
    use_process("exec sleep 100");
    provider_begin(NULL);
    assert_int_equal(creds_wait(provider, on_outcome, &o, &err), ERR_OK);
    uv_run(net_loop(net), UV_RUN_NOWAIT);
    uv_run(net_loop(net), UV_RUN_NOWAIT);
    provider_end();
    assert_false(o.done);
}

static void test_freed_before_anything(void **state)
{
    struct outcome o = {0};

    (void)state;
    use_keys();
    provider_begin(NULL);
    assert_int_equal(creds_wait(provider, on_outcome, &o, &err), ERR_OK);
    provider_end();
    assert_false(o.done);
    creds_provider_free(NULL);
}

static void test_many_wait(void **state)
{
    struct outcome o[100] = {{0}};

    (void)state;
    use_counting_process(3600);
    provider_begin(NULL);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(creds_wait(provider, on_outcome, &o[i], &err), ERR_OK);
    creds_wait_cancel(provider, &o[50]);
    net_run_until(net, &o[99].done);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(o[i].calls, i == 50 ? 0 : 1);
    assert_int_equal(runs(), 1);
}

static void test_refresh_in_background(void **state)
{
    const struct creds *c;

    (void)state;
    use_counting_process(3600);
    provider_begin(NULL);
    get();
    clock_shift_s = 3600 - 310;
    assert_non_null(creds_peek(provider));
    uv_run(net_loop(net), UV_RUN_NOWAIT);
    assert_int_equal(runs(), 1);
    clock_shift_s = 3600 - 290; /* less than five minutes are left */
    c = creds_peek(provider);
    assert_non_null(c);
    assert_string_equal(c->access_key, "AK1");
    run_until_key("AK2");
    assert_int_equal(runs(), 2);
}

static void test_short_lived(void **state)
{
    (void)state;
    use_counting_process(100); /* always less than five minutes: half of their life counts */
    provider_begin(NULL);
    get();
    assert_non_null(creds_peek(provider));
    get();
    assert_int_equal(runs(), 1);
    clock_shift_s = 55;
    assert_non_null(creds_peek(provider));
    run_until_key("AK2");
    clock_shift_s = 1000; /* and past their end there are none */
    assert_null(creds_peek(provider));
}

/* Shorter than what is kept in hand of others: used for half of the time, then there are new ones.
 */
static void test_seconds_only(void **state)
{
    (void)state;
    use_counting_process(19);
    provider_begin(NULL);
    assert_string_equal(get().access_key, "AK1");
    assert_non_null(creds_peek(provider));
    clock_shift_s = 12;
    assert_null(creds_peek(provider));
    assert_string_equal(get().access_key, "AK2");
    assert_non_null(creds_peek(provider));
}

static void test_already_expired(void **state)
{
    (void)state;
    use_counting_process(-60);
    provider_begin(NULL);
    get_fails("gave some that were good until 20");
    assert_null(creds_peek(provider));
}

/* A refresh that fails costs nothing as long as the old ones are good. */
static void test_refresh_fails(void **state)
{
    struct outcome o;

    (void)state;
    use_counting_process(3600);
    provider_begin(NULL);
    get();
    files_write("broken", "");
    clock_shift_s = 3600 - 200;
    assert_non_null(creds_peek(provider));
    while (runs() < 2)
        uv_run(net_loop(net), UV_RUN_ONCE);
    uv_run(net_loop(net), UV_RUN_DEFAULT);
    assert_string_equal(creds_peek(provider)->access_key, "AK1");
    o = get();
    assert_string_equal(o.access_key, "AK1");
    uv_run(net_loop(net), UV_RUN_DEFAULT);
    assert_int_equal(runs(), 2); /* not again at once */
    clock_shift_s += 60;
    unlink(files_path("broken"));
    assert_non_null(creds_peek(provider));
    run_until_key("AK3");
    files_write("broken", "");
    clock_shift_s += 4000;
    assert_null(creds_peek(provider));
    get_fails("exit status 7");
    unlink(files_path("broken"));
    use_counting_process(3600);
    clock_shift_s = 0;
    o = get();
    assert_int_equal(o.err.code, ERR_OK);
}

static void test_expired_renewable(void **state)
{
    struct outcome o;

    (void)state;
    use_counting_process(3600);
    provider_begin(NULL);
    get();
    creds_expired(provider, "AK0"); /* of an older one: no matter */
    assert_non_null(creds_peek(provider));
    creds_expired(provider, "AK1");
    assert_null(creds_peek(provider));
    o = get();
    assert_string_equal(o.access_key, "AK2");
    creds_expired(provider, "AK1"); /* a late answer to a request signed with the old ones */
    assert_non_null(creds_peek(provider));
    assert_int_equal(runs(), 2);
}

static void test_expired_for_good(void **state)
{
    (void)state;
    use_keys();
    provider_begin(NULL);
    get();
    creds_expired(provider, "AKENV");
    assert_null(creds_peek(provider));
    get_fails("their source (environment) has no others");
    assert_int_equal(err.cls, ERR_CLASS_PERMANENT);
    get_fails("their source (environment) has no others");
}

/* --- what a callback may do --- */

static struct outcome second;

static void on_wait_again(void *ctx, const struct creds *creds, const struct err *e)
{
    on_outcome(ctx, creds, e);
    assert_int_equal(creds_wait(provider, on_outcome, &second, &err), ERR_OK);
    assert_false(second.done);
}

static void test_wait_in_callback(void **state)
{
    struct outcome first = {0};

    (void)state;
    memset(&second, 0, sizeof second);
    use_keys();
    provider_begin(NULL);
    assert_int_equal(creds_wait(provider, on_wait_again, &first, &err), ERR_OK);
    net_run_until(net, &second.done);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 1);
}

static void test_wait_in_failed_callback(void **state)
{
    struct outcome first = {0};

    (void)state;
    memset(&second, 0, sizeof second);
    provider_begin(NULL);
    assert_int_equal(creds_wait(provider, on_wait_again, &first, &err), ERR_OK);
    net_run_until(net, &second.done);
    assert_int_equal(first.err.code, ERR_CREDENTIALS);
    assert_int_equal(second.err.code, ERR_CREDENTIALS);
}

static void on_free(void *ctx, const struct creds *creds, const struct err *e)
{
    on_outcome(ctx, creds, e);
    creds_provider_free(provider);
    provider = NULL;
}

static void free_in_callback(void)
{
    struct outcome o[3] = {{0}};

    provider_begin(NULL);
    assert_int_equal(creds_wait(provider, on_free, &o[0], &err), ERR_OK);
    assert_int_equal(creds_wait(provider, on_outcome, &o[1], &err), ERR_OK);
    net_run_until(net, &o[0].done);
    assert_int_equal(o[0].calls, 1);
    assert_int_equal(o[1].calls, 0);
    provider_end();
}

static void test_free_in_callback(void **state)
{
    (void)state;
    free_in_callback(); /* with an error */
    use_keys();
    free_in_callback();
    env_set("AWS_ACCESS_KEY_ID", "");
    env_set("AWS_SECRET_ACCESS_KEY", "");
    use_counting_process(3600);
    free_in_callback();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, provider_setup, provider_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_environment),
            TEST(test_nothing),
            TEST(test_process),
            TEST(test_process_failures),
            TEST(test_process_cancelled),
            TEST(test_freed_before_anything),
            TEST(test_many_wait),
            TEST(test_refresh_in_background),
            TEST(test_short_lived),
            TEST(test_seconds_only),
            TEST(test_already_expired),
            TEST(test_refresh_fails),
            TEST(test_expired_renewable),
            TEST(test_expired_for_good),
            TEST(test_wait_in_callback),
            TEST(test_wait_in_failed_callback),
            TEST(test_free_in_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
