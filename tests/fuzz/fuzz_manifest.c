/* The manifest. The first line holds letters: u (keys are URL-encoded), z (what follows is
 * compressed before it is fed), h (the first row is a header). It is fed whole and in pieces, which
 * must come to the same; and its good rows, written as RFC 4180 has it, must be the same rows
 * again. */
#include <zlib.h>

#include "fuzz.h"
#include "model/item.h"
#include "model/names.h"
#include "plan/manifest.h"

/* The rows and problems of a manifest, as text. */
struct outcome {
    struct buf rows; /* bucket NUL key NUL version NUL … */
    struct buf csv;  /* the good rows, quoted */
    struct buf lines;
    struct problems problems;
    uint64_t last_line;
    bool url;
};

static void add_quoted(struct buf *csv, const char *s)
{
    buf_addc(csv, '"');
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(csv, '"');
        buf_addc(csv, *s);
    }
    buf_addc(csv, '"');
}

static void add_csv(struct outcome *o, const struct manifest_row *row)
{
    struct buf key;

    buf_init(&key, BUF_MAX_SMALL);
    if (o->url)
        str_uri_encode(&key, row->key, strlen(row->key), true);
    else
        buf_adds(&key, row->key);
    add_quoted(&o->csv, row->bucket);
    buf_addc(&o->csv, ',');
    add_quoted(&o->csv, buf_str(&key));
    if (row->version_id) {
        buf_addc(&o->csv, ',');
        add_quoted(&o->csv, row->version_id);
    }
    buf_adds(&o->csv, "\r\n");
    buf_free(&key);
}

static enum err_code on_row(void *ctx, const struct manifest_row *row, struct err *e)
{
    struct outcome *o = ctx;

    (void)e;
    FUZZ_CHECK(!names_bucket_problem(row->bucket, strlen(row->bucket)));
    FUZZ_CHECK(!names_key_problem(row->key, strlen(row->key)));
    FUZZ_CHECK(!row->version_id || row->version_id[0]);
    FUZZ_CHECK(row->line > o->last_line);
    o->last_line = row->line;
    buf_add(&o->rows, row->bucket, strlen(row->bucket) + 1);
    buf_add(&o->rows, row->key, strlen(row->key) + 1);
    if (row->version_id)
        buf_adds(&o->rows, row->version_id);
    buf_addc(&o->rows, '\0');
    buf_addf(&o->lines, "%llu\n", (unsigned long long)row->line);
    add_csv(o, row);
    return ERR_OK;
}

/* piece: how many bytes at a time; 0: all at once. */
static void read_manifest(
        struct outcome *o, const char *text, size_t len, bool url, bool header, size_t piece)
{
    const struct manifest_options options = {
            .encoding = url ? KEY_ENCODING_URL : KEY_ENCODING_NONE, .header = header};
    struct manifest *m;
    struct err e;
    size_t at, n;
    unsigned i;

    memset(o, 0, sizeof *o);
    buf_init(&o->rows, (size_t)1 << 30);
    buf_init(&o->csv, (size_t)1 << 30);
    buf_init(&o->lines, (size_t)1 << 30);
    problems_init(&o->problems);
    o->url = url;
    FUZZ_CHECK(manifest_new(&m, options, &o->problems, on_row, o, &e) == ERR_OK);
    for (at = 0; at < len; at += n) {
        n = piece && piece < len - at ? piece : len - at;
        FUZZ_CHECK(manifest_feed(m, text + at, n, &e) == ERR_OK);
    }
    FUZZ_CHECK(manifest_finish(m, &e) == ERR_OK);
    FUZZ_CHECK(manifest_rows(m) > 0 || o->problems.total > 0 || manifest_index(m));
    FUZZ_CHECK(buf_ok(&o->rows) && buf_ok(&o->csv) && buf_ok(&o->lines));
    for (i = 0; i < o->problems.kept_count; i++)
        FUZZ_CHECK(fuzz_is_clean(o->problems.kept[i].text));
    manifest_free(m);
}

static void outcome_free(struct outcome *o)
{
    buf_free(&o->rows);
    buf_free(&o->csv);
    buf_free(&o->lines);
    problems_free(&o->problems);
}

static bool same_bytes(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    unsigned i;

    FUZZ_CHECK(same_bytes(&a->rows, &b->rows) && same_bytes(&a->lines, &b->lines));
    FUZZ_CHECK(a->problems.total == b->problems.total);
    for (i = 0; i < a->problems.kept_count; i++) {
        FUZZ_CHECK(a->problems.kept[i].line == b->problems.kept[i].line);
        FUZZ_CHECK(strcmp(a->problems.kept[i].text, b->problems.kept[i].text) == 0);
    }
}

/* A first row of ours goes before them: a first row "bucket,key" is taken for a header. */
static void check_round_trip(const struct outcome *o)
{
    static const char first[] = "first-bucket\0first-key\0";
    struct outcome again;
    struct buf csv;

    buf_init(&csv, (size_t)1 << 30);
    buf_adds(&csv, "first-bucket,first-key\n");
    buf_add(&csv, buf_str(&o->csv), o->csv.len);
    read_manifest(&again, buf_str(&csv), csv.len, o->url, false, 0);
    FUZZ_CHECK(again.problems.total == 0);
    FUZZ_CHECK(again.rows.len == sizeof first + o->rows.len);
    FUZZ_CHECK(memcmp(again.rows.data + sizeof first, buf_str(&o->rows), o->rows.len) == 0);
    outcome_free(&again);
    buf_free(&csv);
}

/* As gzip; free(). */
static char *compressed(const char *text, size_t len, size_t *out_len)
{
    z_stream z = {0};
    char *out;

    FUZZ_CHECK(deflateInit2(&z, (int)(len % 3), Z_DEFLATED, 16 + MAX_WBITS, 8, 0) == Z_OK);
    *out_len = deflateBound(&z, len);
    out = malloc(*out_len);
    FUZZ_CHECK(out);
    z.next_in = (Bytef *)(size_t)text;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)*out_len;
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    *out_len -= z.avail_out;
    deflateEnd(&z);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *options = fuzz_line(&in), *gzip = NULL;
    bool url = strchr(options, 'u') != NULL, header = strchr(options, 'h') != NULL;
    const char *text = in.at;
    size_t len = in.left;
    struct outcome whole, pieces;

    read_manifest(&whole, text, len, url, header, 0);
    if (strchr(options, 'z'))
        text = gzip = compressed(in.at, in.left, &len);
    read_manifest(&pieces, text, len, url, header, strlen(options) % 7 + 1);
    if (!gzip || in.left < 2 || memcmp(in.at, "\x1f\x8b", 2) != 0)
        check_same(&whole, &pieces);
    check_round_trip(&whole);
    outcome_free(&whole);
    outcome_free(&pieces);
    free(gzip);
    free(options);
    return 0;
}
