/* The answers of STS, taken for credentials and for an error. The first line is the HTTP status. */
#include "aws/sts.h"
#include "fuzz.h"

static void check_creds(const struct creds *c)
{
    FUZZ_CHECK(c->access_key[0] && fuzz_is_clean(c->access_key));
    FUZZ_CHECK(c->secret[0] && fuzz_is_clean(c->secret));
    FUZZ_CHECK(c->token && c->token[0] && fuzz_is_clean(c->token));
    FUZZ_CHECK(c->expires_s > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    int status = (int)(fuzz_number(&in) % 1000);
    struct creds c = {0};
    struct err e;

    if (sts_parse_answer(&c, in.at, in.left, &e) == ERR_OK) {
        check_creds(&c);
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(!c.access_key[0] && !c.secret[0] && !c.token);
    }
    creds_clear(&c);

    err_clear(&e);
    sts_parse_error(status, in.at, in.left, &e);
    fuzz_check_err(&e);
    FUZZ_CHECK(e.code == ERR_CREDENTIALS && e.http_status == status);
    return 0;
}
