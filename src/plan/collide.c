#include "plan/collide.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "plan/collide_runs.h"
#include "plan/collide_sort.h"

struct collide {
    char *tmp_dir;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct collide_rec *recs; /* not yet in a run */
    size_t count, cap;
    struct collide_runs *runs; /* NULL until memory is full */
    struct collide_tick tick;
};

enum { MEMORY_DEFAULT = 4 << 20 };

enum err_code collide_new(struct collide **out, const char *tmp_dir, size_t memory, struct err *e)
{
    struct collide *c = calloc(1, sizeof *c);

    *out = NULL;
    if (!c)
        return err_nomem(e);
    c->cap = (memory > 0 ? memory : MEMORY_DEFAULT) / sizeof *c->recs;
    if (c->cap < 2)
        c->cap = 2;
    c->recs = malloc(c->cap * sizeof *c->recs);
    c->tmp_dir = strdup(tmp_dir);
    /* Fetched once: a look-up by name for every key would cost more than the digest. */
    c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    c->digest = EVP_MD_CTX_new();
    if (!c->recs || !c->tmp_dir || !c->sha256 || !c->digest) {
        collide_free(c);
        return err_nomem(e);
    }
    *out = c;
    return ERR_OK;
}

void collide_free(struct collide *c)
{
    if (!c)
        return;
    collide_runs_free(c->runs);
    EVP_MD_CTX_free(c->digest);
    EVP_MD_free(c->sha256);
    free(c->recs);
    free(c->tmp_dir);
    free(c);
}

/* Sorts what is in memory and makes it a run of the file. */
static enum err_code spill(struct collide *c, struct err *e)
{
    enum err_code rc;

    if (!c->runs) {
        rc = collide_runs_new(&c->runs, c->tmp_dir, e);
        if (rc != ERR_OK)
            return rc;
    }
    collide_sort(c->recs, c->count);
    rc = collide_runs_add(c->runs, c->recs, c->count, e);
    if (rc == ERR_OK)
        c->count = 0;
    return rc;
}

enum err_code collide_add(struct collide *c, const char *key, size_t len, uint64_t line,
        uint64_t offset, struct err *e)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct collide_rec *rec;

    if (c->count == c->cap) {
        enum err_code rc = spill(c, e);

        if (rc != ERR_OK)
            return rc;
    }
    if (!EVP_DigestInit_ex2(c->digest, c->sha256, NULL) || !EVP_DigestUpdate(c->digest, key, len) ||
            !EVP_DigestFinal_ex(c->digest, digest, NULL))
        return err_set(e, ERR_INTERNAL, "SHA-256 failed");
    rec = &c->recs[c->count++];
    memcpy(rec->digest, digest, sizeof rec->digest);
    rec->digest[0] = be64toh(rec->digest[0]);
    rec->digest[1] = be64toh(rec->digest[1]);
    rec->line = line;
    rec->offset = offset;
    return ERR_OK;
}

/* Sees all records in order and tells the callback of those that have an earlier one's digest. */
struct pairing {
    collide_cb cb;
    void *ctx;
    struct collide_rec first; /* of the records with the digest that was last seen */
    bool any;
};

static enum err_code pairing_take(void *ctx, const struct collide_rec *rec, struct err *e)
{
    struct pairing *p = ctx;
    struct collision collision;

    if (!p->any || memcmp(p->first.digest, rec->digest, sizeof rec->digest) != 0) {
        p->first = *rec;
        p->any = true;
        return ERR_OK;
    }
    collision.first_line = p->first.line;
    collision.first_offset = p->first.offset;
    collision.line = rec->line;
    collision.offset = rec->offset;
    return p->cb(p->ctx, &collision, e);
}

void collide_set_tick(struct collide *c, void (*tick)(void *ctx), void *ctx)
{
    c->tick = (struct collide_tick){tick, ctx};
}

enum err_code collide_finish(struct collide *c, collide_cb cb, void *ctx, struct err *e)
{
    struct pairing pairing = {.cb = cb, .ctx = ctx};
    enum err_code rc = ERR_OK;
    size_t i;

    if (!c->runs) {
        collide_sort(c->recs, c->count);
        for (i = 0; i < c->count && rc == ERR_OK; i++)
            rc = pairing_take(&pairing, &c->recs[i], e);
        return rc;
    }
    rc = spill(c, e);
    if (rc != ERR_OK)
        return rc;
    /* The readers of the merge take the place of the records. */
    free(c->recs);
    c->recs = NULL;
    c->cap = 0;
    collide_runs_set_tick(c->runs, c->tick);
    return collide_runs_merge(c->runs, pairing_take, &pairing, e);
}
