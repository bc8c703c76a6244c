/* The header lines of an answer, as libcurl hands them over: each with its line's end. The callback
 * is http.c's own, and static; so the file is taken in whole. */
#include "fuzz.h"
#include "net/http.c" /* NOLINT(bugprone-suspicious-include) */

static void check_fields(const struct headers *h)
{
    const char *name, *value;
    size_t at = 0, count = 0;

    while (headers_next(h, &at, &name, &value)) {
        const char *first = headers_get(h, name);

        count++;
        FUZZ_CHECK(!strchr(name, ':'));
        FUZZ_CHECK(value[0] != ' ' && value[0] != '\t');
        FUZZ_CHECK(!value[0] || !isspace((unsigned char)value[strlen(value) - 1]));
        FUZZ_CHECK(first && first <= value);
    }
    FUZZ_CHECK(count == h->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    struct http_exchange x;
    bool refused = false;

    memset(&x, 0, sizeof x);
    headers_init(&x.response.headers);
    while (at < end && !refused) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        char *line = malloc(len); /* exactly: there is no NUL behind it */

        FUZZ_CHECK(line);
        memcpy(line, at, len);
        refused = on_header(line, 1, len, &x) != len;
        free(line);
        at += len;
    }
    if (refused)
        fuzz_check_err(&x.err);
    else
        check_fields(&x.response.headers);
    FUZZ_CHECK(x.response.status >= 0 && x.response.status <= 999);
    headers_free(&x.response.headers);
    return 0;
}
