/* An answer as bytes. The first line: "head", if it answers a HEAD. It is read at once, byte by
 * byte and in other cuts, which changes nothing; and read again from what was found in it. */
#include "base/rng.h"
#include "fuzz.h"
#include "net/http1/http1_read.h"

struct got {
    struct http1_read r;
    struct err e;
    size_t used;
    struct headers headers;
    struct buf body;
};

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct got *got = ctx;

    FUZZ_CHECK(len > 0 && status >= 200 && status == got->r.status);
    FUZZ_CHECK(got->r.at == HTTP1_IN_BODY);
    buf_add(&got->body, data, len);
    return buf_check(&got->body, "the answer", e);
}

/* cut: bytes of a piece; 0: by chance. */
static void read_in(struct got *got, bool is_head, const char *data, size_t len, size_t cut)
{
    struct rng rng;
    size_t at = 0;

    rng_seed(&rng, len);
    memset(got, 0, sizeof *got);
    headers_init(&got->headers);
    buf_init(&got->body, BUF_MAX_ANSWER);
    http1_read_begin(&got->r, is_head, &got->headers, on_body, got);
    while (at < len && got->r.at != HTTP1_WHOLE && got->e.code == ERR_OK) {
        size_t n = cut ? cut : 1 + (size_t)rng_below(&rng, 64), used;
        char *piece;

        n = n < len - at ? n : len - at;
        piece = fuzz_dup(data + at, n);
        (void)!http1_read_feed(&got->r, piece, n, &used, &got->e);
        free(piece);
        FUZZ_CHECK(used <= n);
        FUZZ_CHECK(got->e.code != ERR_OK || got->r.at == HTTP1_WHOLE || used == n);
        at += used;
    }
    if (got->r.at != HTTP1_WHOLE && got->e.code == ERR_OK)
        (void)!http1_read_end(&got->r, &got->e);
    got->used = at;
}

static void check(const struct got *got)
{
    const char *name, *value;
    size_t at = 0, count = 0;

    FUZZ_CHECK((got->e.code != ERR_OK) == (got->r.at == HTTP1_BROKEN));
    FUZZ_CHECK(got->r.status == 0 || (got->r.status >= 100 && got->r.status <= 999));
    if (got->e.code != ERR_OK) {
        fuzz_check_err(&got->e);
        FUZZ_CHECK(got->e.http_status == got->r.status);
    } else {
        FUZZ_CHECK(got->r.at == HTTP1_WHOLE && got->r.status >= 200);
    }
    while (headers_next(&got->headers, &at, &name, &value)) {
        size_t len = strlen(value);

        count++;
        FUZZ_CHECK(name[0] && !strpbrk(name, ": \t\r\n"));
        FUZZ_CHECK(!strpbrk(value, "\r\n"));
        FUZZ_CHECK(value[0] != ' ' && value[0] != '\t');
        FUZZ_CHECK(len == 0 || (value[len - 1] != ' ' && value[len - 1] != '\t'));
    }
    FUZZ_CHECK(count == got->headers.count || !buf_ok(&got->headers.text));
}

static void check_same(const struct got *a, const struct got *b)
{
    FUZZ_CHECK(a->e.code == b->e.code && a->e.cls == b->e.cls && a->r.at == b->r.at);
    FUZZ_CHECK(a->r.status == b->r.status && a->r.may_keep == b->r.may_keep);
    FUZZ_CHECK(a->e.code != ERR_OK || a->used == b->used);
    FUZZ_CHECK(a->headers.text.len == b->headers.text.len && a->headers.count == b->headers.count);
    FUZZ_CHECK(
            memcmp(buf_str(&a->headers.text), buf_str(&b->headers.text), a->headers.text.len) == 0);
    FUZZ_CHECK(a->body.len == b->body.len);
    FUZZ_CHECK(memcmp(buf_str(&a->body), buf_str(&b->body), a->body.len) == 0);
}

static void got_free(struct got *got)
{
    headers_free(&got->headers);
    buf_free(&got->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t cuts[] = {1, 7, 0};
    struct fuzz_input in = fuzz_begin(data, size);
    char *word = fuzz_line(&in);
    bool is_head = strcmp(word, "head") == 0;
    struct got whole, other;
    size_t i;

    free(word);
    read_in(&whole, is_head, in.at, in.left, SIZE_MAX);
    check(&whole);
    if (is_head)
        FUZZ_CHECK(whole.body.len == 0);
    for (i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        read_in(&other, is_head, in.at, in.left, cuts[i]);
        check(&other);
        check_same(&whole, &other);
        got_free(&other);
    }
    got_free(&whole);
    return 0;
}
