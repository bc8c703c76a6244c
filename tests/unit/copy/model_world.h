/* The world of the model test: random objects, what earlier runs have left, and what goes wrong
 * with requests. */
#ifndef COPYOUT_TEST_MODEL_WORLD_H
#define COPYOUT_TEST_MODEL_WORLD_H

#include "copy/sched.h"
#include "fake_port.h"

#define MODEL_LOCK                         \
    "x-amz-object-lock-mode: COMPLIANCE\n" \
    "x-amz-object-lock-retain-until-date: 2099-01-01T00:00:00.000Z\n"
#define MODEL_TAG_SET "s=1&t=" /* under "tags": "set" */

enum { ITEMS_MOST = 3, CONTENTS_MOST = 64 };

/* An object as it was at some time: the bytes that an ETag stands for. */
struct known {
    char key[64], etag[ETAG_SIZE];
    struct fake_bytes bytes;
};

struct item_model {
    char key[8];
    unsigned results;
    enum { THERE_NOTHING, THERE_SAME, THERE_OTHER } there;
    struct fake_bytes other; /* what was there at the beginning, of THERE_OTHER */
    unsigned recorded;       /* 1: an earlier run left a record */
    unsigned notes;          /* of all results of it */
    struct seen seen;        /* by listings, before the run */
    enum result_status last; /* of its results */
    unsigned aside;          /* how often it was put aside */
};

struct model {
    struct fake fake;
    struct rng rng;
    struct input input;
    struct server_facts server_facts;
    struct sched *sched;
    uint64_t seed;
    struct item_model items[ITEMS_MOST];
    unsigned count, taken, not_yet, turns, changes_left, changes, stop_at, stop_now_at;
    unsigned trouble;  /* of a thousand requests so many go wrong */
    unsigned bodiless; /* of a hundred HEADs so many answer 400, which has no body */
    unsigned denied;   /* of a hundred writes so many are refused for their tags */
    unsigned unread;   /* of a hundred writes, and of 400 parts, so many have an answer that cannot
                          be read */
    unsigned requests; /* by the results */
    unsigned listed;   /* 1: listings tell of the items, as far as their `seen` says */
    struct thaw thaw;  /* how archived sources are restored */
    struct copy_looks looks;
    unsigned foreign;   /* uploads of somebody else */
    unsigned versions;  /* of all objects when the job began: newer ones are the job's */
    unsigned looked_at; /* uploads made and records written when the uploads were looked at last */
    struct known known[CONTENTS_MOST];
    unsigned known_count;
    struct buf trace;
    const char *broken; /* the invariant that does not hold */
};

static inline unsigned chance(struct model *m, unsigned n)
{
    return (unsigned)rng_below(&m->rng, n);
}

static inline void broken(struct model *m, const char *what)
{
    if (!m->broken)
        m->broken = what;
}

/* --- what is there --- */

static inline void remember(struct model *m, const struct fake_object *o)
{
    struct known *k = &m->known[m->known_count++];

    assert(m->known_count < CONTENTS_MOST);
    memset(k, 0, sizeof *k);
    snprintf(k->key, sizeof k->key, "%s", o->key);
    memcpy(k->etag, o->etag, sizeof k->etag);
    fake_bytes_cut(&k->bytes, &o->bytes, 0, o->bytes.size);
}

static inline void put_source(struct model *m, const char *key)
{
    static const uint64_t odd[] = {6 * MIB, 5 * MIB, 7 * MIB, 1};
    static const uint64_t uneven[] = {5 * MIB, 9 * MIB};
    static const uint64_t two_hundred_bytes[] = {200};
    static const uint64_t small[] = {100, 200, 300};
    /* Three parts look as if all were of 8 MiB. */
    static const uint64_t sly[] = {8 * MIB, 7 * MIB, 8 * MIB, 9 * MIB, 3};
    struct fake *f = &m->fake;
    struct fake_object *o;

    switch (chance(m, 10)) {
    case 9:
        o = fake_put(f, SRC, key, 0, 5, sly);
        break;
    case 0:
        o = fake_put(f, SRC, key, 0, 0, NULL);
        break;
    case 1:
    case 2:
        o = fake_put(f, SRC, key, 1000 + chance(m, 9), 0, NULL);
        break;
    case 3:
        o = fake_put_uniform(f, SRC, key, 5 * 8 * MIB + 5, 8 * MIB);
        break;
    case 4:
        o = fake_put(f, SRC, key, 0, 4, odd);
        break;
    case 5:
        o = fake_put(f, SRC, key, 0, 2, uneven);
        break;
    case 6:
        o = fake_put(f, SRC, key, 0, 1, two_hundred_bytes);
        break;
    case 7:
        o = chance(m, 2) ? fake_put(f, SRC, key, 0, 3, small)
                         : fake_put_uniform(f, SRC, key, 3 * 17 * MIB, 17 * MIB);
        break;
    default:
        o = chance(m, 3) ? fake_put(f, SRC, key, ((uint64_t)5 << 30) + 5, 0, NULL)
                         : fake_put_uniform(f, SRC, key, ((uint64_t)5 << 30) + 7, 160 * MIB);
        break;
    }
    if (chance(m, 3) == 0)
        snprintf(o->tagging, sizeof o->tagging, "a=b&c=%0*d",
                chance(m, 3) ? 1 : FAKE_TAG_HEADER_MOST, 7);
    if (!f->ways.no_if_match && chance(m, 8) == 0)
        o->kind = ETAG_KIND_OPAQUE; /* encrypted with a key of KMS */
    if (chance(m, 20) == 0)
        o->archive = (enum archive)(ARCHIVE_STORED + chance(m, 3));
    if (chance(m, 3) == 0)
        snprintf(o->lock, sizeof o->lock, MODEL_LOCK);
    if (chance(m, 2))
        fake_annotate(o, "a", "one");
    if (chance(m, 3) == 0)
        fake_annotate(o, "b", "two");
    if (chance(m, 3) == 0)
        fake_annotate(o, "c", "three");
    remember(m, o);
}

/* An earlier run wrote that object, or one that was there before; from that source, or from one
 * that was there before. */
static inline void put_ledger(
        struct model *m, const struct fake_object *from, const struct fake_object *o, bool same)
{
    struct ledger_entry *entry;

    if (chance(m, 2))
        return;
    entry = fake_write_ledger(&m->fake, from, o);
    if (!same || chance(m, 4) == 0)
        entry->etag[chance(m, 2)] = 'x';
    if (chance(m, 4) == 0)
        entry->written.etag[0] = 'y';
}

static inline void put_destination(struct model *m, struct item_model *item)
{
    struct fake_object *from = fake_find(&m->fake, SRC, item->key), *o;

    item->there = THERE_NOTHING;
    switch (chance(m, 6)) {
    case 0:
        item->there = THERE_SAME;
        o = fake_new_object(&m->fake, DST, item->key);
        fake_bytes_cut(&o->bytes, &from->bytes, 0, from->bytes.size);
        fake_seal(&m->fake, o, NULL);
        if (!m->fake.ways.encrypts && !m->fake.ways.strange)
            memcpy(o->etag, from->etag, sizeof o->etag);
        o->kind = etag_kind_of(o->etag, m->fake.ways.encrypts);
        if (chance(m, 2))
            memcpy(o->tagging, from->tagging, sizeof o->tagging);
        if (chance(m, 2))
            fake_take_annotations(o, from);
        break;
    case 1:
        item->there = THERE_OTHER;
        o = fake_put(&m->fake, DST, item->key,
                from->bytes.size > 0 && chance(m, 2) ? from->bytes.size : 77, 0, NULL);
        o->needs_key = chance(m, 4) == 0;
        fake_bytes_cut(&item->other, &o->bytes, 0, o->bytes.size);
        break;
    default:
        return;
    }
    put_ledger(m, from, o, item->there == THERE_SAME);
}

/* Somebody else's upload, of long ago. */
static inline void put_foreign(struct model *m, const char *key)
{
    struct fake_upload *u;

    if (chance(m, 4) != 0)
        return;
    u = fake_new_upload(&m->fake, DST, key);
    u->initiated_s -= 100000;
    u->foreign = 1;
    m->foreign++;
}

/* The same layout, other bytes. */
static inline void change_bytes(struct model *m, const char *key)
{
    struct fake_object *o = fake_find(&m->fake, SRC, key);
    uint64_t *lengths = calloc(o->parts + 1, sizeof *lengths);
    uint64_t size = o->bytes.size;
    unsigned parts = o->parts;

    assert(lengths);
    memcpy(lengths, o->lengths, parts * sizeof *lengths);
    remember(m, fake_put(&m->fake, SRC, key, size, parts, lengths));
    free(lengths);
}

/* The remains of a run that was killed: an upload on record, of the source as it is or was. */
static inline void put_record(struct model *m, const char *key)
{
    struct fake_object *o = fake_find(&m->fake, SRC, key);
    struct fake_upload *made = NULL;
    struct upload u;
    struct buf text;
    char id[32], *cut;
    size_t whole;

    if (chance(m, 3) != 0)
        return;
    if (chance(m, 8) == 0) /* a lifecycle rule was at it since */
        o->archive = ARCHIVE_STORED;
    memset(&u, 0, sizeof u);
    u.bucket = (char *)(uintptr_t)DST;
    u.key = u.source_key = (char *)(uintptr_t)key;
    u.source_bucket = (char *)(uintptr_t)SRC;
    u.tags = (char *)(uintptr_t)(chance(m, 4) ? copy_options_tags_name(m->input.options.tags)
                                              : "none");
    memcpy(u.etag, o->etag, sizeof u.etag);
    if (chance(m, 5) == 0)
        memcpy(u.etag, "something-else", sizeof "something-else");
    u.layout_from = (int)chance(m, 4);
    if (o->parts > 0)
        layout_set_uniform(
                &u.layout, o->bytes.size, o->parts, o->parts > 1 ? o->lengths[0] : o->bytes.size);
    else
        layout_plan(&u.layout, o->bytes.size);
    if (!layout_fits(u.layout.size, u.layout.count, u.layout.part))
        layout_plan(&u.layout, o->bytes.size);
    u.at_s = fake_now_s(&m->fake);
    if (chance(m, 4)) {
        made = fake_new_upload(&m->fake, DST, key);
        snprintf(id, sizeof id, "%s", made->id);
        u.id = id;
    }
    if (!u.id || chance(m, 4) == 0) {
        u.until_s = u.at_s + UPLOAD_CREATE_MOST_S;
        if (chance(m, 2))
            fake_new_upload(&m->fake, DST, key); /* of a Create whose answer was lost */
    }
    buf_init(&text, BUF_MAX_CONFIG);
    upload_write(&text, &u);
    whole = chance(m, 8) ? text.len : 1 + chance(m, (unsigned)text.len - 1); /* a power cut */
    cut = strndup(buf_str(&text), whole);
    assert(cut);
    fake_set_record(&m->fake, key, cut);
    free(cut);
    buf_free(&text);
    while (made && made->count < u.layout.count && chance(m, 8)) {
        struct fake_part *part = fake_part_of(made, made->count + 1);

        fake_bytes_cut(&part->bytes, &o->bytes, (made->count - 1) * u.layout.part, u.layout.part);
        fake_md5(part->etag, &part->bytes, m->fake.ways.encrypts ? "a key" : "");
    }
    layout_free(&u.layout);
}

static inline void set_ways(struct model *m)
{
    struct fake_ways *w = &m->fake.ways;

    w->no_parts = chance(m, 2);
    w->drops_tags = chance(m, 3) == 0;
    w->keeps_etag = chance(m, 3) == 0;
    w->empty_etag = chance(m, 4) == 0;
    w->encrypts = chance(m, 5) == 0;
    w->quiet_create = m->seed % 4 != 0;
    w->checksums = chance(m, 4);
    w->refuses_sums = chance(m, 5) ? 0 : 1 + chance(m, 3);
    w->upload_sums = chance(m, 4) ? FAKE_SUMS_KEPT : (enum fake_upload_sums)(1 + chance(m, 3));
    if (chance(m, 4) == 0)
        server_facts_add(&m->server_facts, TRAIT_ETAG_NOT_MD5);
    w->no_tag_count = chance(m, 3) == 0;
    w->no_zero_count = chance(m, 2);
    w->no_tag_header = chance(m, 6) == 0;
    w->no_tagging = chance(m, 12) == 0;
    w->deaf_to_tags = chance(m, 12) == 0;
    w->no_if_match = !w->encrypts && chance(m, 5) == 0;
    w->strange = chance(m, 8) == 0;
    w->strange_parts = chance(m, 12) == 0;
    w->even_parts = chance(m, 8) == 0;
    m->input.options.on_unproven = (enum on_unproven)chance(m, 2);
    w->wrong_match = chance(m, 10) == 0;
    w->no_condition = chance(m, 16) == 0;
    w->no_none_match = chance(m, 3) == 0;
    w->wrong_none_match = chance(m, 10) == 0;
    w->amazon = chance(m, 3);
    w->annotations = chance(m, 3) ? FAKE_ANNOTATES : chance(m, FAKE_ANNOTATIONS_COUNT);
    if (chance(m, 2)) {
        m->input.options.object[OBJECT_ANNOTATIONS] = strdup(chance(m, 4)   ? "require"
                                                             : chance(m, 2) ? "none"
                                                                            : "best-effort");
        assert(m->input.options.object[OBJECT_ANNOTATIONS]);
    }
    w->no_lock = chance(m, 3);
    if (chance(m, 3) == 0) {
        m->input.options.object[OBJECT_OBJECT_LOCK] = strdup(chance(m, 2) ? "keep" : "require");
        assert(m->input.options.object[OBJECT_OBJECT_LOCK]);
    }
    w->no_match = chance(m, 6) == 0;
    w->wrong_match_there = chance(m, 10) == 0;
    w->no_directive = chance(m, 8) == 0;
    w->no_part_copy = chance(m, 16) == 0;
    w->no_abort = chance(m, 20) == 0;
    m->input.options.tags = (enum tags_mode)chance(m, 4);
    if (m->input.options.tags == TAGS_SET) {
        m->input.options.object[OBJECT_TAG_SET] = strdup(MODEL_TAG_SET);
        assert(m->input.options.object[OBJECT_TAG_SET]);
    }
    m->input.options.proof = (enum proof_mode)(chance(m, 2) ? chance(m, 3) : PROOF_ETAG);
    m->input.options.on_different = (enum on_different)chance(m, 3);
    m->input.dry_run = chance(m, 20) == 0;
    m->fake.slots = 1 + chance(m, 40);
    w->uploads_page = m->fake.slots % 3; /* all in one page, or pages of one or two */
}

/* The view of listings at this moment: of each side of an item something, or nothing. */
static inline void list_items(struct model *m)
{
    unsigned i;

    m->listed = chance(m, 2);
    for (i = 0; m->listed && i < m->count; i++) {
        const struct fake_object *from = fake_find(&m->fake, SRC, m->items[i].key);
        const struct fake_object *there = fake_find(&m->fake, DST, m->items[i].key);
        struct seen *seen = &m->items[i].seen;
        struct s3_listed listed;

        memset(seen, 0, sizeof *seen);
        seen->age = chance(m, 4) ? SEEN_FRESH : SEEN_OLD;
        if (from && chance(m, 4)) {
            listed = fake_listed(from);
            if (chance(m, 2))
                listed.restored = fake_restored(from);
            seen_take(&seen->source, &listed);
        }
        if (chance(m, 4) == 0)
            continue;
        seen->destination.state = SEEN_ABSENT;
        if (there) {
            listed = fake_listed(there);
            seen_take(&seen->destination, &listed);
        }
    }
}

static inline bool find_seen(void *self, const struct item *item, struct seen *seen)
{
    struct model *m = self;

    *seen = m->items[item->index].seen;
    return m->listed;
}

/* --- trouble --- */

/* Whether HeadObject may say 404 of what is there: of an object that has just been written. Not of
 * one that has been there all the time, nor where an object is to be kept: there the server's word
 * is all there is, if it cannot make a write conditional or its ETags tell nothing. */
static inline bool may_be_unseen(struct model *m, const struct fake_request *q)
{
    struct fake_object *o = fake_find(&m->fake, q->bucket, q->key);

    if (strcmp(q->bucket, SRC) == 0)
        return true;
    return m->input.options.on_different == ON_DIFFERENT_OVERWRITE &&
           (!o || o->version > m->versions);
}

static inline struct err random_error(struct model *m, const struct fake_request *q)
{
    bool head = q->r.op == S3_HEAD_OBJECT;
    struct err e;

    switch (chance(m, 10)) {
    case 0:
        return fake_error(503, head ? NULL : "SlowDown");
    case 1:
        return fake_error(500, head ? NULL : "InternalError");
    case 2:
    case 3:
        return fake_error(403, head ? NULL : "AccessDenied");
    case 4:
        return fake_error(412, head ? NULL : "PreconditionFailed");
    case 5:
        return fake_error(400, head ? NULL : "InvalidRequest");
    case 6:
        return fake_error(head ? 501 : 403, head ? NULL : "SignatureDoesNotMatch");
    case 7:
        err_set(&e, ERR_CREDENTIALS, "injected: no credentials");
        e.cls = ERR_CLASS_RETRY;
        return e;
    case 8:
        /* A server does not say so of an upload that is there. */
        if (q->r.op == S3_COPY_OBJECT || (head && may_be_unseen(m, q)))
            return fake_error(404, head ? NULL : "NoSuchKey");
        return fake_network();
    default:
        return fake_network();
    }
}

/* The server loses a part of each upload that has one, or takes it for another. */
static inline void lose_a_part(struct fake *f)
{
    struct model *m = f->chance_ctx;
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);
        struct fake_part *part = u->count ? fake_part_of(u, 1 + chance(m, u->count)) : NULL;

        if (!part || !part->etag[0])
            continue;
        if (chance(m, 2)) {
            fake_bytes_free(&part->bytes);
            part->etag[0] = '\0';
        } else {
            memset(part->etag, 'e', 32);
        }
    }
}

/* Another worker on the same object: it removes an upload of ours. */
static inline void other_worker(struct fake *f)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (u->foreign || u->count == 0)
            continue;
        fake_upload_free(u);
        return;
    }
}

static inline bool asks_source_sums(const struct fake_request *q)
{
    return q->r.op == S3_HEAD_OBJECT && q->r.u.head.checksums && strcmp(q->bucket, SRC) == 0;
}

static inline struct fake_rule trouble(struct fake *f, const struct fake_request *q)
{
    struct model *m = f->chance_ctx;
    struct fake_rule rule = {.outcome = FAKE_DOES};

    if (asks_source_sums(q) && m->changes_left > 0 && chance(m, 3) == 0 &&
            fake_find(f, SRC, q->key)) {
        m->changes_left--;
        m->changes++;
        change_bytes(m, q->key);
    }
    if ((q->r.op == S3_COPY_OBJECT || q->r.op == S3_UPLOAD_PART_COPY) && m->changes_left > 0 &&
            chance(m, 12) == 0 && fake_find(f, SRC, q->source_key)) {
        m->changes_left--;
        m->changes++;
        change_bytes(m, q->source_key);
    }
    if (q->r.op == S3_HEAD_OBJECT && chance(m, 100) < m->bodiless) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(400, NULL);
        return rule;
    }
    if (q->r.op == S3_GET_OBJECT && chance(m, 100) < m->bodiless) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(403, "AccessDenied");
        return rule;
    }
    if ((q->r.op == S3_COPY_OBJECT || q->r.op == S3_GET_OBJECT_TAGGING) && !q->tagging[0] &&
            chance(m, 100) < m->denied) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(403, "AccessDenied");
        return rule;
    }
    if (q->r.op == S3_COMPLETE_MULTIPART_UPLOAD && chance(m, 1000) < 2 * m->trouble) {
        rule.before = chance(m, 2) ? lose_a_part : NULL;
        rule.outcome = rule.before ? FAKE_DOES : FAKE_FAILS;
        rule.err = chance(m, 2) ? fake_error(400, "InvalidPart")
                                : fake_error(409, "ConditionalRequestConflict");
        return rule;
    }
    if (s3_op_resend(q->r.op) == S3_RESEND_DOUBT &&
            chance(m, q->r.op == S3_UPLOAD_PART_COPY ? 400 : 100) < m->unread) {
        rule.outcome = chance(m, 3) ? FAKE_LOSES : FAKE_FAILS;
        rule.err = fake_malformed(q->r.op);
        m->bodiless = chance(m, 3) ? m->bodiless : 40; /* and looking is hard, too */
        return rule;
    }
    if (q->r.op == S3_PUT_OBJECT_ANNOTATION && chance(m, 1000) < m->trouble) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(412, "PreconditionFailed");
        return rule;
    }
    if (chance(m, 1000) >= m->trouble)
        return rule;
    rule.attempts = 1 + chance(m, 3);
    switch (chance(m, 9)) {
    case 0:
        rule.outcome = FAKE_DOES_TWICE;
        rule.attempts = 2;
        break;
    case 2: /* the first attempts failed on the way */
        rule.outcome = FAKE_DOES;
        if ((q->r.op == S3_COMPLETE_MULTIPART_UPLOAD || q->r.op == S3_LIST_PARTS) && chance(m, 2))
            rule.before = other_worker;
        break;
    case 1:
        rule.outcome = FAKE_LOSES;
        rule.err = chance(m, 2) ? fake_network() : fake_malformed(q->r.op);
        break;
    default:
        rule.outcome = FAKE_FAILS;
        rule.err = random_error(m, q);
        break;
    }
    return rule;
}

#endif
