#include "store/settled.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { KEY_SIZE = 16 }; /* bytes of the SHA-256 of what identifies an item: no two have one */

struct entry {
    unsigned char key[KEY_SIZE];
    size_t age; /* of the line among those of the shard */
    char etag[ETAG_SIZE];
    bool proven; /* result_is_settled() */
    struct settled_item item;
};

struct settled {
    struct entry *all;
    size_t count, cap;
    enum settled_which which;
    const struct results_worker *mark, *by; /* of the shard; of the file that is read */
    struct buf scratch;
};

/* --- entries --- */

static enum err_code make_key(
        struct settled *s, unsigned char key[KEY_SIZE], const struct item *item, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    enum err_code code;

    buf_clear(&s->scratch);
    buf_addz(&s->scratch, item->bucket);
    buf_addz(&s->scratch, item->key);
    buf_addz(&s->scratch, item->version_id ? item->version_id : "");
    buf_addz(&s->scratch, item->destination_key);
    code = buf_check(&s->scratch, "what identifies an item", e);
    if (code != ERR_OK)
        return code;
    SHA256((const unsigned char *)buf_str(&s->scratch), s->scratch.len, digest);
    memcpy(key, digest, KEY_SIZE);
    return ERR_OK;
}

static enum err_code add_entry(struct settled *s, const struct result *r, struct err *e)
{
    struct entry *entry, *all = array_grow(s->all, s->count, &s->cap, sizeof *all);

    if (!all)
        return err_nomem(e);
    s->all = all;
    entry = &all[s->count];
    entry->age = s->count;
    entry->item =
            (struct settled_item){r->size, r->status, ledger_replaces(r), ledger_is_needed(r)};
    entry->proven = result_is_settled(r);
    memcpy(entry->etag, r->etag, sizeof entry->etag);
    if (make_key(s, entry->key, &r->item, e) != ERR_OK)
        return e->code;
    s->count++;
    return ERR_OK;
}

bool settled_says(enum settled_which which, const struct result *result,
        const struct results_worker *by, const struct results_worker *mark)
{
    switch (which) {
    case SETTLED_NOT_FAILED:
        return true;
    case SETTLED_ALL:
        return result_is_settled(result) || mark_file_is_answered(by, mark);
    case SETTLED_PROVEN:
        break;
    }
    return result_is_settled(result);
}

static enum err_code on_line(void *ctx, const char *line, size_t len, struct err *e)
{
    const struct settled *s = ctx;
    enum err_code code = ERR_OK;
    struct err ignored;
    struct result r;

    if (result_read(&r, line, len, &ignored) != ERR_OK)
        return ignored.code == ERR_NOMEM ? err_nomem(e) : ERR_OK;
    if (settled_says(s->which, &r, s->by, s->mark))
        code = add_entry(ctx, &r, e);
    result_free(&r);
    return code;
}

/* --- one entry an item --- */

static int by_key(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key, KEY_SIZE);
}

static int by_key_and_age(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = by_key(x, y);

    return order ? order : (x->age > y->age) - (x->age < y->age);
}

/* What of a result counts for result_beats(). */
static struct result result_of(const struct entry *entry)
{
    struct result r = {.status = entry->item.status,
            .verified = entry->proven ? VERIFIED_ETAG : VERIFIED_NONE};

    memcpy(r.etag, entry->etag, sizeof r.etag);
    return r;
}

static bool beats(const struct entry *newer, const struct entry *older)
{
    struct result a = result_of(newer), b = result_of(older);

    return result_beats(&a, &b);
}

/* For a retry, what failed, or was only looked at, is left to be done. */
static void drop_failed(struct settled *s)
{
    size_t i, kept = 0;

    for (i = 0; i < s->count; i++)
        if (s->all[i].item.status != RESULT_FAILED && s->all[i].item.status != RESULT_PENDING)
            s->all[kept++] = s->all[i];
    s->count = kept;
}

static void keep_the_best(struct settled *s)
{
    size_t i, kept = 0;

    qsort(s->all, s->count, sizeof *s->all, by_key_and_age);
    for (i = 0; i < s->count; i++) {
        if (kept == 0 || by_key(&s->all[kept - 1], &s->all[i]) != 0)
            s->all[kept++] = s->all[i];
        else if (beats(&s->all[i], &s->all[kept - 1]))
            s->all[kept - 1] = s->all[i];
    }
    s->count = kept;
}

/* --- the whole --- */

enum err_code settled_load(struct settled **out, struct store *store,
        const struct results_name *files, size_t count, enum settled_which which,
        const struct results_worker *mark, struct err *e)
{
    struct settled *s = calloc(1, sizeof *s);
    char name[RESULTS_NAME_SIZE];
    enum err_code code = ERR_OK;
    size_t i;

    *out = NULL;
    if (!s)
        return err_nomem(e);
    s->which = which;
    s->mark = mark;
    buf_init(&s->scratch, BUF_MAX_RESULT);
    for (i = 0; code == ERR_OK && i < count; i++) {
        result_file_name(name, &files[i]);
        s->by = &files[i].worker;
        code = result_file_lines(store, name, on_line, s, e);
    }
    if (code != ERR_OK || s->count == 0) {
        settled_free(s);
        return code;
    }
    keep_the_best(s);
    if (s->which != SETTLED_ALL)
        drop_failed(s);
    *out = s;
    return ERR_OK;
}

void settled_free(struct settled *s)
{
    if (!s)
        return;
    buf_free(&s->scratch);
    free(s->all);
    free(s);
}

enum err_code settled_find(struct settled *s, const struct item *item, bool *found,
        struct settled_item *out, struct err *e)
{
    const struct entry *entry;
    struct entry wanted;
    enum err_code code;

    *found = false;
    if (!s)
        return ERR_OK;
    code = make_key(s, wanted.key, item, e);
    if (code != ERR_OK)
        return code;
    entry = bsearch(&wanted, s->all, s->count, sizeof wanted, by_key);
    *found = entry != NULL;
    if (entry)
        *out = entry->item;
    return ERR_OK;
}
