/* Signing. Lines: method, host, path, query, then headers "name: value" up to an empty line; the
 * rest is the body. */
#include "aws/sigv4.h"
#include "fuzz.h"

enum { HEADERS_MOST = 20 };

struct request {
    char *method, *host, *path, *query;
    char *names[HEADERS_MOST], *values[HEADERS_MOST];
    unsigned count;
    struct sigv4_request r;
};

static void read_headers(struct request *q, struct fuzz_input *in)
{
    while (q->count < HEADERS_MOST) {
        char *line = fuzz_line(in), *colon = strchr(line, ':');

        if (!colon || colon == line) {
            free(line);
            return;
        }
        q->names[q->count] = fuzz_dup(line, (size_t)(colon - line));
        q->values[q->count++] = fuzz_dup(colon + 1, strlen(colon + 1));
        free(line);
    }
}

static void request_read(struct request *q, struct fuzz_input *in)
{
    memset(q, 0, sizeof *q);
    q->method = fuzz_line(in);
    q->host = fuzz_line(in);
    q->path = fuzz_line(in);
    q->query = fuzz_line(in);
    read_headers(q, in);
    q->r = (struct sigv4_request){.method = q->method,
            .host = q->host,
            .path = q->path,
            .query = q->query,
            .body = in->at,
            .body_len = in->left,
            .region = "eu-west-1",
            .service = in->left % 2 ? "sts" : "s3",
            .double_encode_path = in->left % 2};
}

static void request_free(struct request *q)
{
    unsigned i;

    for (i = 0; i < q->count; i++) {
        free(q->names[i]);
        free(q->values[i]);
    }
    free(q->method);
    free(q->host);
    free(q->path);
    free(q->query);
}

/* With the headers in the order given, or the other way round. */
static void add_headers(const struct request *q, struct headers *h, bool backwards)
{
    unsigned i;

    for (i = 0; i < q->count; i++) {
        unsigned n = backwards ? q->count - 1 - i : i;

        headers_add(h, q->names[n], q->values[n]);
    }
}

/* The query with the part behind the last '&' in front; free(). */
static char *rotated(const char *query)
{
    const char *last = strrchr(query, '&');
    char *out = NULL;

    if (!last)
        return fuzz_dup(query, strlen(query));
    FUZZ_CHECK(asprintf(&out, "%s&%.*s", last + 1, (int)(last - query), query) >= 0);
    return out;
}

static bool has_twins(const struct request *q)
{
    unsigned i, j;

    for (i = 0; i < q->count; i++)
        for (j = 0; j < i; j++)
            if (strcasecmp(q->names[i], q->names[j]) == 0 || strcasecmp(q->names[i], "host") == 0)
                return true;
    return q->count > 0 && strcasecmp(q->names[0], "host") == 0;
}

/* Neither the order of the parameters nor that of the headers is signed (headers of one name keep
 * theirs). */
static void check_canonical(const struct request *q)
{
    struct sigv4_request other = q->r;
    char *query = rotated(q->query);
    struct headers h, backwards;
    struct buf a, b;
    struct err e;

    headers_init(&h);
    headers_init(&backwards);
    buf_init(&a, 4 * BUF_MAX_SMALL);
    buf_init(&b, 4 * BUF_MAX_SMALL);
    add_headers(q, &h, false);
    add_headers(q, &backwards, !has_twins(q));
    other.query = query;
    FUZZ_CHECK(sigv4_canonical_request(&q->r, &h, &a, &e) == ERR_OK);
    FUZZ_CHECK(sigv4_canonical_request(&other, &backwards, &b, &e) == ERR_OK);
    FUZZ_CHECK(strcmp(buf_str(&a), buf_str(&b)) == 0);
    headers_free(&h);
    headers_free(&backwards);
    buf_free(&a);
    buf_free(&b);
    free(query);
}

static void sign(const struct request *q, const struct creds *creds, int64_t now,
        struct sigv4_key_cache *cache, struct headers *h)
{
    struct err e;

    headers_init(h);
    add_headers(q, h, false);
    FUZZ_CHECK(sigv4_sign(&q->r, creds, now, cache, h, &e) == ERR_OK);
}

/* Other requests, keys and days that a cache holds make no difference. */
static void check_cache(const struct request *q)
{
    static struct sigv4_key_cache warm;
    static char token[] = "a-session-token";
    const struct creds creds[] = {{.access_key = "AKIAIOSFODNN7EXAMPLE", .secret = "one"},
            {.access_key = "AKIAIOSFODNN7EXAMPLE", .secret = "two", .token = token}};
    size_t i;

    for (i = 0; i < 2; i++) {
        int64_t now = 1798761600 + (int64_t)(q->r.body_len % 3) * 86400;
        struct sigv4_key_cache cold;
        struct headers a, b;

        memset(&cold, 0, sizeof cold);
        sign(q, &creds[i], now, &warm, &a);
        sign(q, &creds[i], now, &cold, &b);
        FUZZ_CHECK(a.text.len == b.text.len && memcmp(a.text.data, b.text.data, a.text.len) == 0);
        sigv4_key_cache_clear(&cold);
        headers_free(&a);
        headers_free(&b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    struct request q;

    request_read(&q, &in);
    if (q.path[0]) {
        check_canonical(&q);
        check_cache(&q);
    }
    request_free(&q);
    return 0;
}
