/* The choice of a proxy by the environment's variables, and their addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/http1/proxy.h"

/* "name=value" of the row under test. */
static const char *const *variables;

static char *env(const char *name)
{
    size_t i, len = strlen(name);

    for (i = 0; i < 4 && variables[i]; i++)
        if (strncmp(variables[i], name, len) == 0 && variables[i][len] == '=')
            return (char *)(uintptr_t)(variables[i] + len + 1);
    return NULL;
}

#define P "http://proxy:3128"
static const struct {
    const char *variables[4];
    const char *url, *want; /* want NULL: none */
} choices[] = {
        {{NULL}, "http://h/", NULL},
        {{"http_proxy=" P}, "http://h/", P},
        {{"http_proxy=" P}, "https://h/", NULL},
        {{"http_proxy="}, "http://h/", NULL},
        {{"HTTP_PROXY=" P}, "http://h/", NULL},
        {{"https_proxy=" P}, "https://h/", P},
        {{"https_proxy=" P}, "http://h/", NULL},
        {{"HTTPS_PROXY=" P}, "https://h/", P},
        {{"HTTPS_PROXY=http://other", "https_proxy=" P}, "https://h/", P},
        {{"all_proxy=" P}, "http://h/", P},
        {{"ALL_PROXY=" P}, "https://h/", P},
        {{"ALL_PROXY=http://other", "all_proxy=" P}, "https://h/", P},
        {{"all_proxy=http://other", "http_proxy=" P}, "http://h/", P},
        {{"all_proxy=http://other", "https_proxy=", "HTTPS_PROXY=" P}, "https://h/", P},
        /* no_proxy */
        {{"http_proxy=" P, "no_proxy=*"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy="}, "http://h/", P},
        {{"http_proxy=" P, "NO_PROXY=h"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy=other", "NO_PROXY=h"}, "http://h/", P},
        {{"http_proxy=" P, "no_proxy=h"}, "http://H:8080/", NULL},
        {{"http_proxy=" P, "no_proxy=a.example,h"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy=a.example, \th"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy=a.example h"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy=,,"}, "http://h/", P},
        {{"http_proxy=" P, "no_proxy=*,a"}, "http://h/", P}, /* "*" stands alone */
        {{"http_proxy=" P, "no_proxy=Example.com"}, "http://s3.example.COM/", NULL},
        {{"http_proxy=" P, "no_proxy=.example.com"}, "http://s3.example.com/", NULL},
        {{"http_proxy=" P, "no_proxy=.example.com"}, "http://example.com/", NULL},
        {{"http_proxy=" P, "no_proxy=example.com."}, "http://a.example.com/", NULL},
        {{"http_proxy=" P, "no_proxy=example.com"}, "http://a.example.com./", NULL},
        {{"http_proxy=" P, "no_proxy=example.com"}, "http://notexample.com/", P},
        {{"http_proxy=" P, "no_proxy=s3.example.com"}, "http://example.com/", P},
        {{"http_proxy=" P, "no_proxy=."}, "http://h/", P},
        {{"http_proxy=" P, "no_proxy=h:8080"}, "http://h:8080/", NULL},
        {{"http_proxy=" P, "no_proxy=h:8080"}, "http://h:8081/", P},
        {{"http_proxy=" P, "no_proxy=h:80"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy=.example.com:81, h:80"}, "http://h/", NULL},
        {{"http_proxy=" P, "no_proxy=h:"}, "http://h/", P},
        {{"http_proxy=" P, "no_proxy=h:x"}, "http://h/", P},
        {{"http_proxy=" P, "no_proxy=127.0.0.1:9000"}, "http://127.0.0.1:9000/", NULL},
        {{"http_proxy=" P, "no_proxy=127.0.0.1:9000"}, "http://127.0.0.1:9001/", P},
        {{"http_proxy=" P, "no_proxy=[::1]:9000"}, "http://[::1]:9000/", NULL},
        {{"http_proxy=" P, "no_proxy=[::1]:9000"}, "http://[::1]:9001/", P},
        /* addresses */
        {{"http_proxy=" P, "no_proxy=127.0.0.1"}, "http://127.0.0.1:9000/", NULL},
        {{"http_proxy=" P, "no_proxy=0.0.1"}, "http://127.0.0.1/", P},
        {{"http_proxy=" P, "no_proxy=10.0.0.0/8"}, "http://10.200.3.4/", NULL},
        {{"http_proxy=" P, "no_proxy=10.0.0.0/8"}, "http://11.0.0.1/", P},
        {{"http_proxy=" P, "no_proxy=192.0.2.128/25"}, "http://192.0.2.129/", NULL},
        {{"http_proxy=" P, "no_proxy=192.0.2.128/25"}, "http://192.0.2.127/", P},
        {{"http_proxy=" P, "no_proxy=0.0.0.0/0"}, "http://192.0.2.127/", NULL},
        {{"http_proxy=" P, "no_proxy=10.0.0.0/33"}, "http://10.0.0.0/", P},
        {{"http_proxy=" P, "no_proxy=10.0.0.0/x"}, "http://10.0.0.0/", P},
        {{"http_proxy=" P, "no_proxy=::1"}, "http://[::1]:9000/", NULL},
        {{"http_proxy=" P, "no_proxy=[::1]"}, "http://[0:0::1]/", NULL},
        {{"http_proxy=" P, "no_proxy=fd00::/8"}, "http://[fd12::1]/", NULL},
        {{"http_proxy=" P, "no_proxy=fd00::/8"}, "http://[fe80::1]/", P},
        {{"http_proxy=" P, "no_proxy=10.0.0.0/8"}, "http://[::1]/", P},
};

static void test_choice(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        struct http_url url;
        const char *found;
        struct err e;

        variables = choices[i].variables;
        assert_int_equal(http_url_parse(choices[i].url, &url, &e), ERR_OK);
        found = proxy_choose(env, &url);
        if ((found == NULL) != (choices[i].want == NULL) ||
                (found && strcmp(found, choices[i].want) != 0))
            fail_msg("row %zu: %s", i, found ? found : "none");
        assert_null(proxy_choose(NULL, &url));
    }
}

static const struct {
    const char *address;
    bool https;
    enum proxy_kind kind;
    const char *connect, *authorization;
} addresses[] = {
        {NULL, false, PROXY_NONE, NULL, NULL},
        {"http://proxy:3128", false, PROXY_FORWARD, "http://proxy:3128", NULL},
        {"http://proxy:3128/", false, PROXY_FORWARD, "http://proxy:3128", NULL},
        {"proxy:3128", false, PROXY_FORWARD, "http://proxy:3128", NULL},
        {"proxy", false, PROXY_FORWARD, "http://proxy:1080", NULL},
        {"https://proxy", false, PROXY_FORWARD, "https://proxy:443", NULL},
        {"http://[::1]:3128", false, PROXY_FORWARD, "http://[::1]:3128", NULL},
        {"http://user:word@proxy:1", false, PROXY_FORWARD, "http://proxy:1", "Basic dXNlcjp3b3Jk"},
        {"user@proxy:1", false, PROXY_FORWARD, "http://proxy:1", "Basic dXNlcjo="},
        {"http://u%40x:p%3a%20@proxy:1", false, PROXY_FORWARD, "http://proxy:1",
                "Basic dUB4OnA6IA=="},
        {"http://proxy:3128", true, PROXY_TUNNEL, "http://proxy:3128", NULL},
        {"http://user:word@proxy:1", true, PROXY_TUNNEL, "http://user:word@proxy:1", NULL},
        {"socks5h://proxy:1", false, PROXY_TUNNEL, "socks5h://proxy:1", NULL},
};

static void test_addresses(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct proxy p;
        struct err e;

        assert_int_equal(proxy_open(&p, addresses[i].address, addresses[i].https, &e), ERR_OK);
        assert_int_equal(p.kind, addresses[i].kind);
        assert_int_equal(p.address == NULL, addresses[i].connect == NULL);
        if (p.address)
            assert_string_equal(p.address, addresses[i].connect);
        assert_int_equal(p.authorization == NULL, addresses[i].authorization == NULL);
        if (p.authorization)
            assert_string_equal(p.authorization, addresses[i].authorization);
        proxy_free(&p);
        assert_null(p.address);
    }
}

/* No part of an address is in a message: it may be a password. */
static void test_bad_addresses(void **state)
{
    static const char *const bad[] = {"http://user:hushhush@[bad:1", "http://user:hushhush@ host:1",
            "user:hushhush@host:99999", "http://user:hushhush@"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct proxy p;
        struct err e;

        assert_int_equal(proxy_open(&p, bad[i], i % 2, &e), ERR_NETWORK);
        assert_int_equal(e.cls, ERR_CLASS_PERMANENT);
        assert_non_null(strstr(e.message, "http_proxy"));
        assert_null(strstr(e.message, "hush"));
        proxy_free(&p);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_choice),
            cmocka_unit_test(test_addresses),
            cmocka_unit_test(test_bad_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
