/* Listings, and what they tell of a batch. Its keys are in order, so that each piece of a thousand
 * of them is a range that one listing shows, if nothing else lies there. Where hardly any of what
 * lies there is wanted, the rest of the piece is left to HeadObject; not where extra objects are
 * looked for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "copy/look/listing_plan.h"
#include "copy/look/listing_range.h"
#include "job/verify/audit_int.h"
#include "model/names.h"
#include "s3/own_file.h"

enum { POOR_MOST = 2, OWN_MOST = 1000, OWN_NUMBERS = 100, OWN_NUMBER_LEN = 4 /* "-100" */ };

static const char *key_of(const struct audit *a, unsigned entry)
{
    return a->entries[entry].row.said.key;
}

/* Whether listings are of use for the batch. */
static bool is_wanted(const struct audit *a)
{
    unsigned i;

    if (a->config->extra)
        return true;
    for (i = 0; i < a->count; i++)
        if (a->entries[i].row.look == AUDIT_LOOK)
            return true;
    return false;
}

/* --- extra objects --- */

/* Whether a key is one that copyout gives its own files; false as well if a->err was set. */
static bool may_be_own(struct audit *a, const char *key)
{
    size_t len = strlen(key);
    unsigned i, number;

    for (i = 0; i < a->own_count; i++) {
        if (strncmp(key, a->own[i], names_stem_len(a->own[i])) != 0 ||
                len > strlen(a->own[i]) + OWN_NUMBER_LEN)
            continue; /* most keys: there may be millions of them */
        for (number = 1; number <= OWN_NUMBERS; number++) {
            buf_clear(&a->text);
            own_file_key(&a->text, a->own[i], number);
            if (buf_check(&a->text, "the name of a file", &a->err) != ERR_OK)
                return false;
            if (strcmp(buf_str(&a->text), key) == 0)
                return true;
        }
    }
    return false;
}

static void find_extra(struct audit *a, const char *key)
{
    bool own;

    if (a->err.code != ERR_OK)
        return;
    own = a->own_found->count < OWN_MOST && may_be_own(a, key);
    if (own)
        (void)(store_names_add(a->own_found, key, &a->err) == ERR_OK);
    else if (a->err.code == ERR_OK)
        audit_tell(a, AUDIT_EXTRA, key, "nobody named this object");
}

/* --- pages --- */

static void take_object(struct audit_entry *entry, const struct s3_listed *object)
{
    entry->state = AUDIT_LISTED;
    entry->size = object->size;
    memcpy(entry->etag, object->etag, sizeof entry->etag);
}

/* Settles the wanted keys that the page shows, or shows to be absent. Returns how many these are.
 */
static unsigned settle(struct audit *a, struct audit_chunk *c, const struct s3_keys *page)
{
    unsigned at, before = c->next;

    for (at = 0; at < page->count; at++) {
        const char *key = page->objects[at].key;

        while (c->next < c->end && strcmp(key_of(a, c->next), key) < 0)
            a->entries[c->next++].state = AUDIT_ABSENT;
        if (c->next < c->end && strcmp(key_of(a, c->next), key) == 0)
            take_object(&a->entries[c->next++], &page->objects[at]);
        else if (c->next == c->end && !c->to_the_end)
            break; /* behind the piece is the next one's */
        else if (a->config->extra)
            find_extra(a, key);
    }
    while (!page->next && c->next < c->end)
        a->entries[c->next++].state = AUDIT_ABSENT;
    return c->next - before;
}

/* Where the next page of the piece begins; or it is over. A page that another one follows is not
 * empty: it is sound. */
static void go_on(struct audit *a, struct audit_chunk *c, const struct s3_keys *page)
{
    bool rest = c->next < c->end || c->to_the_end;

    free(c->token);
    c->token = NULL;
    if (!rest || !page->next || c->poor >= POOR_MOST) {
        c->state = CHUNK_OVER;
        return;
    }
    buf_clear(&a->text);
    if (a->config->extra)
        buf_adds(&a->text, page->objects[page->count - 1].key);
    else
        listing_before(&a->text, key_of(a, c->next));
    free(c->start_after);
    c->start_after = buf_ok(&a->text) ? strdup(buf_str(&a->text)) : NULL;
    if (a->config->extra)
        c->token = strdup(page->next);
    if (!c->start_after || (a->config->extra && !c->token))
        (void)err_nomem(&a->err);
}

/* The listing cannot be relied on, or is refused: HeadObject tells of the rest, but not of extra
 * objects. */
static void give_up(struct audit *a, struct audit_chunk *c, const struct err *why)
{
    c->state = CHUNK_OVER;
    if (a->config->extra && a->err.code == ERR_OK) {
        a->err = *why;
        err_prefix(&a->err, "--extra needs the listing of s3://%s/%s", a->bucket, a->folder);
    } else if (!a->config->extra) {
        log_debug("bucket %s is not listed (%s): objects are asked for one by one", a->bucket,
                why->message);
    }
}

static bool on_page(void *ctx, unsigned i, const struct s3_reply *reply)
{
    struct audit *a = ctx;
    struct audit_chunk *c = &a->chunks[a->asked[i]];
    struct err unsound;

    if (reply->err.code != ERR_OK) {
        if (audit_is_fatal(a, a->bucket, &reply->err))
            return false;
        give_up(a, c, &reply->err);
        return true;
    }
    if (!listing_is_sound(&reply->u.keys, a->folder, c->start_after)) {
        err_set(&unsound, ERR_PROTOCOL, "the listing is not what was asked for");
        give_up(a, c, &unsound);
        return true;
    }
    if (settle(a, c, &reply->u.keys) < LISTING_PAYS && !a->config->extra)
        c->poor++;
    else
        c->poor = 0;
    go_on(a, c, &reply->u.keys);
    return a->err.code == ERR_OK;
}

static void make_listing(void *ctx, unsigned i, struct s3_request *request)
{
    const struct audit *a = ctx;
    const struct audit_chunk *c = &a->chunks[a->asked[i]];

    request->op = S3_LIST_OBJECTS;
    request->where.bucket = a->bucket;
    request->u.list.prefix = a->folder;
    request->u.list.after = c->token;
    request->u.list.start_after = c->token ? NULL : c->start_after;
}

/* --- pieces --- */

/* Cuts the batch into pieces. The first begins behind the batch before it. */
static enum err_code cut(struct audit *a, bool more, struct err *e)
{
    unsigned at = 0;

    a->chunk_count = 0;
    do {
        struct audit_chunk *c = &a->chunks[a->chunk_count];
        unsigned end = a->count - at > AUDIT_CHUNK ? at + AUDIT_CHUNK : a->count;
        const char *behind = at > 0 ? key_of(a, at - 1) : a->behind;

        memset(c, 0, sizeof *c);
        c->first = c->next = at;
        c->end = end;
        c->to_the_end = a->config->extra && !more && end == a->count;
        buf_clear(&a->text);
        if (!a->config->extra)
            listing_before(&a->text, key_of(a, at));
        else if (behind)
            buf_adds(&a->text, behind);
        c->start_after = strdup(buf_str(&a->text));
        if (!c->start_after)
            return err_nomem(e);
        a->chunk_count++;
        at = end;
    } while (at < a->count);
    return ERR_OK;
}

static void free_chunks(struct audit *a)
{
    while (a->chunk_count > 0) {
        struct audit_chunk *c = &a->chunks[--a->chunk_count];

        free(c->start_after);
        free(c->token);
    }
}

static unsigned gather(struct audit *a)
{
    unsigned i;

    a->asked_count = 0;
    for (i = 0; i < a->chunk_count; i++)
        if (a->chunks[i].state == CHUNK_LISTS)
            a->asked[a->asked_count++] = i;
    return a->asked_count;
}

enum err_code audit_list_batch(struct audit *a, bool more, struct err *e)
{
    enum err_code code;

    if (!is_wanted(a))
        return ERR_OK;
    code = cut(a, more, e);
    while (code == ERR_OK && gather(a) > 0) {
        const struct sync_many many = {a->asked_count, make_listing, on_page, a};

        code = audit_send(a, &many, e);
    }
    free_chunks(a);
    return code;
}
