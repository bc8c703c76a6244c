/* What libcurl says of a connection that could not be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/curl_error.h"

static void test_table(void **state)
{
    static const struct {
        CURLcode rc;
        const char *said;
        enum err_code code;
        enum err_class cls;
        const char *message;
    } rows[] = {
            {CURLE_COULDNT_CONNECT, "refused", ERR_NETWORK, ERR_CLASS_RETRY, "refused"},
            {CURLE_COULDNT_CONNECT, "", ERR_NETWORK, ERR_CLASS_RETRY, "Couldn't connect to server"},
            {CURLE_OPERATION_TIMEDOUT, "slow", ERR_TIMEOUT, ERR_CLASS_RETRY, "slow"},
            {CURLE_PEER_FAILED_VERIFICATION, "no", ERR_NETWORK, ERR_CLASS_PERMANENT, "no"},
            {CURLE_SSL_CONNECT_ERROR, "reset by peer", ERR_NETWORK, ERR_CLASS_RETRY,
                    "reset by peer"},
            {CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number",
                    ERR_NETWORK, ERR_CLASS_PERMANENT,
                    "the server does not speak TLS there: is its address to begin with http:// in "
                    "place of https://? (SSL connect error)"},
            {CURLE_SSL_CONNECT_ERROR, "error:0A0000C6:SSL routines::packet length too long",
                    ERR_NETWORK, ERR_CLASS_PERMANENT,
                    "the server does not speak TLS there: is its address to begin with http:// in "
                    "place of https://? (SSL connect error)"},
            {CURLE_COULDNT_RESOLVE_PROXY, "http://user:word@proxy", ERR_NETWORK, ERR_CLASS_RETRY,
                    "Couldn't resolve proxy name: is the address in http_proxy or https_proxy "
                    "right?"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e;

        curl_error(&e, rows[i].rc, rows[i].said);
        assert_int_equal(e.code, rows[i].code);
        assert_int_equal(e.cls, rows[i].cls);
        assert_string_equal(e.message, rows[i].message);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
