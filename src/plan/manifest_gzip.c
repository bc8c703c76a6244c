#define ZLIB_CONST /* next_in points to const */

#include "plan/manifest_gzip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    OUT_BYTES = 64 * 1024,
    IN_MOST = 1 << 30,          /* zlib counts in unsigned int */
    GZIP_ONLY = 16 + MAX_WBITS, /* as inflateInit2 takes it: a gzip header, not a zlib one */
    GZIP_FIRST = 0x1f,          /* the first byte of every member */
};

struct gunzip {
    z_stream z;
    gunzip_cb cb;
    void *ctx;
    bool between; /* a member is complete, the next has not begun */
    char out[OUT_BYTES];
};

enum err_code gunzip_new(struct gunzip **out, gunzip_cb cb, void *ctx, struct err *e)
{
    struct gunzip *g = calloc(1, sizeof *g);

    *out = NULL;
    if (!g)
        return err_nomem(e);
    if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
        free(g);
        return err_nomem(e);
    }
    g->cb = cb;
    g->ctx = ctx;
    *out = g;
    return ERR_OK;
}

void gunzip_free(struct gunzip *g)
{
    if (!g)
        return;
    inflateEnd(&g->z);
    free(g);
}

/* Decodes once into the output buffer and hands that on. *done: all input is used up. */
static enum err_code step(struct gunzip *g, bool *done, const char **problem, struct err *e)
{
    int z;
    size_t got;

    if (g->between) {
        if (*g->z.next_in != GZIP_FIRST) {
            *problem = "there are other bytes after the end of the gzip data";
            return ERR_OK;
        }
        inflateReset(&g->z);
        g->between = false;
    }
    g->z.next_out = (Bytef *)g->out;
    g->z.avail_out = OUT_BYTES;
    z = inflate(&g->z, Z_NO_FLUSH);
    got = OUT_BYTES - g->z.avail_out;
    if (z == Z_MEM_ERROR)
        return err_nomem(e);
    g->between = z == Z_STREAM_END;
    /* Z_BUF_ERROR says that nothing was left to do, which is no error here. */
    if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR)
        *problem = g->z.msg ? g->z.msg : "it needs a preset dictionary";
    /* A full buffer may mean that the decoder holds more output without any more input. */
    *done = g->z.avail_in == 0 && (g->between || g->z.avail_out > 0);
    return got > 0 ? g->cb(g->ctx, g->out, got, e) : ERR_OK;
}

enum err_code gunzip_feed(
        struct gunzip *g, const char *data, size_t len, const char **problem, struct err *e)
{
    *problem = NULL;
    while (len > 0) {
        size_t n = len < IN_MOST ? len : IN_MOST;
        bool done = false;

        g->z.next_in = (const Bytef *)data;
        g->z.avail_in = (uInt)n;
        while (!done) {
            enum err_code rc = step(g, &done, problem, e);

            if (rc != ERR_OK || *problem)
                return rc;
        }
        data += n;
        len -= n;
    }
    return ERR_OK;
}

const char *gunzip_end_problem(const struct gunzip *g)
{
    return g->between ? NULL : "it ends too early";
}
