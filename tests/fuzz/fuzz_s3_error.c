/* The meaning of an answer of S3. The first line is the status, then headers up to an empty line;
 * the rest is the body. */
#include "fuzz.h"
#include "fuzz_http.h"
#include "s3/answer.h"

/* Whether trying again can help, and with which credentials, is asked of errors only. */
static void check_error(const struct err *e, int status)
{
    fuzz_check_err(e);
    FUZZ_CHECK(e->http_status == status);
    FUZZ_CHECK(e->retry_after_ms <= 3600000);
    FUZZ_CHECK(!s3_error_is_expired(e) || e->cls == ERR_CLASS_RETRY);
    FUZZ_CHECK(!s3_error_is_skewed(e) || e->cls == ERR_CLASS_RETRY);
    /* Asking again is right for whatever a busy or broken server says without more words. */
    if (!e->service_code[0] && status >= 500 && status != 501 && status != 505)
        FUZZ_CHECK(e->cls != ERR_CLASS_PERMANENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    struct s3_answer answer = {.status = (int)(fuzz_number(&in) % 1000)};
    char *region = malloc(S3_REGION_MAX);
    struct headers headers;
    struct err e;

    FUZZ_CHECK(region);
    memset(region, 'x', S3_REGION_MAX);
    fuzz_headers(&in, &headers);
    answer.headers = &headers;
    answer.body = in.at;
    answer.body_len = in.left;
    s3_classify(&answer, &e, region);
    FUZZ_CHECK(memchr(region, '\0', S3_REGION_MAX) && fuzz_is_clean(region));
    if (e.code == ERR_OK)
        FUZZ_CHECK(answer.status / 100 == 2 && !e.message[0] && !e.service_code[0]);
    else
        check_error(&e, answer.status);
    headers_free(&headers);
    free(region);
    return 0;
}
