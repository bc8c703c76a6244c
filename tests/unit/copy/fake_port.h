/* The fake S3 behind the tables of functions of copy/port.h: requests that wait for their turn, the
 * records of uploads, a loop that answers in the order that the test wants, a clock that jumps. */
#ifndef COPYOUT_TEST_FAKE_PORT_H
#define COPYOUT_TEST_FAKE_PORT_H

#include "fake_server.h"

/* --- requests --- */

static inline void fake_log(struct fake *f, const char *what, const char *where)
{
    buf_addf(&f->log, "%s%s %s", f->log.len ? ", " : "", what, where);
}

static inline void fake_keep_headers(struct fake *f, const struct headers *headers)
{
    const char *name, *value;
    size_t at = 0;

    buf_clear(&f->headers);
    while (headers && headers_next(headers, &at, &name, &value))
        buf_addf(&f->headers, "%s: %s\n", name, value);
}

static inline void fake_take_text(char *to, size_t size, const char *from)
{
    assert(!from || strlen(from) < size);
    snprintf(to, size, "%s", from ? from : "");
}

static inline void fake_take_lock(struct fake_request *q, const struct headers *headers)
{
    static const char *const names[] = {"x-amz-object-lock-mode",
            "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold"};
    size_t i, at = 0;

    for (i = 0; headers && i < 3; i++)
        if (headers_get(headers, names[i]))
            at += (size_t)snprintf(q->lock + at, sizeof q->lock - at, "%s: %s\n", names[i],
                    headers_get(headers, names[i]));
}

/* Amazon S3 knows no other algorithms and types than these, and refuses those that do not go
 * together. */
static inline void fake_take_checksum(struct fake_request *q, const struct headers *headers)
{
    const char *name = headers ? headers_get(headers, "x-amz-checksum-algorithm") : NULL;
    const char *type = headers ? headers_get(headers, "x-amz-checksum-type") : NULL;

    assert(!name == !type);
    if (!name)
        return;
    q->checksum.kind = checksum_of_name(name);
    q->checksum.type = checksum_type_of_name(type);
    assert(q->checksum.kind != CHECKSUM_COUNT);
    assert(strcmp(checksum_type_name(q->checksum.type), type) == 0);
    assert(checksum_can_be_of_upload(q->checksum.kind, q->checksum.type));
}

/* Copies all that r points to. */
static inline void fake_take(struct fake *f, struct fake_request *q, const struct s3_request *r)
{
    const struct s3_where *from = NULL;
    const char *etag = NULL, *match = NULL, *id = NULL, *tagging = NULL;
    unsigned n;

    q->r = *r;
    q->has_key = r->where.terms && r->where.terms->key;
    q->r.where.terms = NULL; /* its memory is the caller's */
    fake_take_text(q->bucket, sizeof q->bucket, r->where.bucket);
    fake_take_text(q->key, sizeof q->key, r->where.key);
    if (r->op == S3_LIST_OBJECTS) {
        fake_take_text(q->prefix, sizeof q->prefix, r->u.list.prefix);
        fake_take_text(q->start_after, sizeof q->start_after, r->u.list.start_after);
    }
    if (r->op == S3_COPY_OBJECT) {
        from = &r->u.copy.source;
        etag = r->u.copy.source_etag;
        match = r->u.copy.only_if_match;
        fake_keep_headers(f, r->u.copy.headers);
        fake_take_lock(q, r->u.copy.headers);
        q->excludes = r->u.copy.headers &&
                      headers_get(r->u.copy.headers, "x-amz-object-annotation-directive");
        if (r->u.copy.headers)
            tagging = headers_get(r->u.copy.headers, "x-amz-tagging-directive");
        if (r->u.copy.headers)
            fake_take_text(q->set, sizeof q->set, headers_get(r->u.copy.headers, "x-amz-tagging"));
    } else if (r->op == S3_UPLOAD_PART_COPY) {
        from = &r->u.part_copy.source;
        etag = r->u.part_copy.source_etag;
        id = r->u.part_copy.upload_id;
    } else if (r->op == S3_COMPLETE_MULTIPART_UPLOAD) {
        id = r->u.complete.upload_id;
        match = r->u.complete.only_if_match;
        q->etags = calloc(r->u.complete.count, ETAG_SIZE);
        assert(q->etags);
        q->sums = calloc(r->u.complete.count, CHECKSUM_SIZE);
        assert(q->sums);
        for (n = 0; n < r->u.complete.count; n++) {
            part_etags_get(r->u.complete.etags, n + 1, q->etags[n]);
            if (r->u.complete.sums)
                part_sums_get(r->u.complete.sums, n + 1, q->sums[n]);
        }
    } else if (r->op == S3_ABORT_MULTIPART_UPLOAD) {
        id = r->u.abort.upload_id;
    } else if (r->op == S3_LIST_PARTS) {
        id = r->u.parts.upload_id;
    } else if (r->op == S3_LIST_MULTIPART_UPLOADS) {
        id = r->u.uploads.after;
    } else if (r->op == S3_PUT_OBJECT_TAGGING) {
        tagging = r->u.tagging;
    } else if (r->op == S3_LIST_OBJECT_ANNOTATIONS) {
        fake_take_text(q->start_after, sizeof q->start_after, r->u.annotations.after);
    } else if (r->op == S3_GET_OBJECT_ANNOTATION) {
        fake_take_text(q->prefix, sizeof q->prefix, r->u.get_annotation.name);
    } else if (r->op == S3_PUT_OBJECT_ANNOTATION) {
        fake_take_text(q->prefix, sizeof q->prefix, r->u.put_annotation.name);
        match = r->u.put_annotation.if_match;
        assert(r->u.put_annotation.len < sizeof q->tagging);
        memcpy(q->tagging, r->u.put_annotation.body, r->u.put_annotation.len);
    } else if (r->op == S3_CREATE_MULTIPART_UPLOAD) {
        fake_keep_headers(f, r->u.create.headers);
        fake_take_lock(q, r->u.create.headers);
        tagging = r->u.create.headers ? headers_get(r->u.create.headers, "x-amz-tagging") : NULL;
        fake_take_checksum(q, r->u.create.headers);
    }
    fake_take_text(q->source_bucket, sizeof q->source_bucket, from ? from->bucket : NULL);
    fake_take_text(q->source_key, sizeof q->source_key, from ? from->key : NULL);
    fake_take_text(q->etag, sizeof q->etag, etag);
    fake_take_text(q->match, sizeof q->match, match);
    fake_take_text(q->upload_id, sizeof q->upload_id, id);
    if (r->op != S3_PUT_OBJECT_ANNOTATION)
        fake_take_text(q->tagging, sizeof q->tagging, tagging);
}

static inline struct fake_request *fake_new_request(struct fake *f, void *ctx)
{
    struct fake_request *q = calloc(1, sizeof *q);

    assert(q);
    q->ctx = ctx;
    q->owner = f->owner;
    buf_init(&q->text, BUF_MAX_CONFIG);
    list_init(&q->link);
    list_push(&f->requests, &q->link);
    f->in_flight++;
    return q;
}

static inline void fake_request_free(struct fake_request *q)
{
    list_remove(&q->link);
    buf_free(&q->text);
    free(q->etags);
    free(q->sums);
    free(q);
}

static inline enum err_code fake_start(
        void *self, const struct s3_request *r, s3_done_cb done, void *ctx, struct err *e)
{
    struct fake *f = self;
    struct fake_request *q;

    if (++f->started == f->refuse_start)
        return err_set(e, ERR_NOMEM, "injected: no memory to start it");
    q = fake_new_request(f, ctx);
    q->done = done;
    fake_take(f, q, r);
    f->counts[r->op]++;
    fake_log(f, s3_op_name(r->op), r->where.bucket);
    if (r->op == S3_HEAD_OBJECT && r->u.head.part > 0)
        buf_addf(&f->log, "#%u", r->u.head.part);
    if (r->op == S3_HEAD_OBJECT && r->u.head.checksums)
        buf_adds(&f->log, "+sums");
    if (r->op == S3_UPLOAD_PART_COPY)
        buf_addf(&f->log, "#%u", r->u.part_copy.part);
    return ERR_OK;
}

/* The rule that holds for a request whose turn it is; FAKE_DOES where there is none. Each rule
 * counts the requests that it is about, also those for which another holds. */
static inline struct fake_rule fake_find_rule(struct fake *f, const struct fake_request *q)
{
    struct fake_rule does = {.outcome = FAKE_DOES}, *found = NULL;
    unsigned i;

    for (i = 0; i < f->rule_count; i++) {
        struct fake_rule *r = &f->rules[i];

        if (r->op != q->r.op || (r->bucket && strcmp(r->bucket, q->bucket) != 0))
            continue;
        if ((++r->seen == r->nth || r->nth == 0) && !found)
            found = r;
    }
    if (found)
        return *found;
    return f->chance ? f->chance(f, q) : does;
}

static inline void fake_answer_request(struct fake *f, struct fake_request *q)
{
    struct fake_rule rule = {.outcome = FAKE_FAILS};
    struct fake_answer a;
    struct fake_upload *u;

    memset(&a, 0, sizeof a);
    headers_init(&a.headers);
    if (q->cancelled)
        err_set(&rule.err, ERR_CANCELLED, "cancelled");
    else
        rule = fake_find_rule(f, q);
    if (rule.before)
        rule.before(f);
    if (rule.outcome != FAKE_FAILS)
        fake_do(f, q, &a);
    if (rule.outcome == FAKE_DOES_TWICE)
        fake_do(f, q, &a);
    if (rule.outcome == FAKE_FAILS || rule.outcome == FAKE_LOSES)
        a.reply.err = rule.err;
    if (rule.header)
        headers_add(&a.headers, rule.header, rule.value);
    u = fake_find_upload(f, q->upload_id);
    if (u && q->r.op == S3_LIST_PARTS && a.reply.err.code == ERR_ACCESS_DENIED)
        u->denied = 1;
    a.reply.op = q->r.op;
    a.reply.headers = &a.headers;
    a.reply.attempts = rule.attempts ? rule.attempts : rule.outcome == FAKE_DOES_TWICE ? 2 : 1;
    /* The question whether the keys work is of no object, nor is a listing. */
    if (strcmp(q->key, FAKE_MARKER) != 0 && q->r.op != S3_LIST_OBJECTS)
        f->sent += a.reply.attempts;
    list_remove(&q->link);
    f->in_flight--;
    q->done(q->ctx, &a.reply);
    headers_free(&a.headers);
    fake_request_free(q);
}

/* --- records --- */

enum { FAKE_LOAD, FAKE_SAVE, FAKE_REMOVE, FAKE_PUBLISH };

/* NULL: there is no record of that key. */
static inline struct buf *fake_record(struct fake *f, const char *key)
{
    unsigned i;

    for (i = 0; i < f->record_count; i++)
        if (strcmp(f->records[i].key, key) == 0 && f->records[i].text.len > 0)
            return &f->records[i].text;
    return NULL;
}

static inline void fake_set_record(struct fake *f, const char *key, const char *text)
{
    unsigned i;

    for (i = 0; i < f->record_count && strcmp(f->records[i].key, key) != 0; i++)
        ;
    if (i == f->record_count) /* in the place of one that was removed */
        for (i = 0; i < f->record_count && f->records[i].text.len > 0; i++)
            ;
    if (i < f->record_count)
        snprintf(f->records[i].key, sizeof f->records[i].key, "%s", key);
    if (i == f->record_count) {
        assert(i < sizeof f->records / sizeof f->records[0]);
        assert(strlen(key) < sizeof f->records[i].key);
        memcpy(f->records[i].key, key, strlen(key) + 1);
        buf_init(&f->records[i].text, BUF_MAX_CONFIG);
        f->record_count++;
    }
    buf_clear(&f->records[i].text);
    buf_adds(&f->records[i].text, text);
}

static inline bool fake_has(void *self, const char *bucket, const char *key)
{
    assert(strcmp(bucket, DST) == 0);
    return fake_record(self, key) != NULL;
}

/* The key under which another record of that destination than the first is kept: "key#1". */
static inline void fake_record_key(char out[64], const char *key, unsigned which)
{
    int n = which > 0 ? snprintf(out, 64, "%s#%u", key, which) : snprintf(out, 64, "%s", key);

    assert(n < 64);
}

static inline struct fake_request *fake_ask_record(
        struct fake *f, unsigned op, const char *key, unsigned which, copy_record_cb cb, void *ctx)
{
    static const char *const names[] = {"load", "save", "remove", "publish"};
    struct fake_request *q = fake_new_request(f, ctx);

    q->is_record = 1;
    q->record_op = op;
    q->record_done = cb;
    fake_record_key(q->key, key, which);
    fake_log(f, names[op], "record");
    if (which > 0)
        buf_addf(&f->log, "#%u", which);
    return q;
}

static inline enum err_code fake_load(void *self, const char *bucket, const char *key,
        unsigned which, copy_record_cb cb, void *ctx, struct err *e)
{
    (void)bucket;
    (void)e;
    fake_ask_record(self, FAKE_LOAD, key, which, cb, ctx);
    return ERR_OK;
}

static inline enum err_code fake_save(
        void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e)
{
    struct fake_request *q = fake_ask_record(self, FAKE_SAVE, upload->key, upload->which, cb, ctx);

    (void)e;
    upload_write(&q->text, upload);
    return ERR_OK;
}

static inline enum err_code fake_publish(
        void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e)
{
    struct fake_request *q =
            fake_ask_record(self, FAKE_PUBLISH, upload->key, upload->which, cb, ctx);

    (void)e;
    upload_write(&q->text, upload);
    return ERR_OK;
}

static inline enum err_code fake_remove(void *self, const char *bucket, const char *key,
        unsigned which, copy_record_cb cb, void *ctx, struct err *e)
{
    (void)bucket;
    (void)e;
    fake_ask_record(self, FAKE_REMOVE, key, which, cb, ctx);
    return ERR_OK;
}

static inline void fake_answer_record(struct fake *f, struct fake_request *q)
{
    struct upload found, *given = NULL;
    struct buf *text = fake_record(f, q->key);
    struct err e;

    memset(&found, 0, sizeof found);
    err_clear(&e);
    f->records_done++;
    if (f->record_turn)
        f->record_turn(f, q);
    text = fake_record(f, q->key);
    if (f->fail_records & (1U << q->record_op)) {
        e = f->record_err;
    } else if (q->record_op == FAKE_SAVE) {
        fake_set_record(f, q->key, buf_str(&q->text));
    } else if (q->record_op == FAKE_PUBLISH) {
        if (text)
            err_set(&e, ERR_PRECONDITION, "it is there already");
        else
            fake_set_record(f, q->key, buf_str(&q->text));
    } else if (q->record_op == FAKE_REMOVE) {
        if (text)
            fake_set_record(f, q->key, "");
    } else if (text && upload_read(&found, buf_str(text), text->len, &e) == ERR_OK) {
        given = &found;
    }
    found.age_s = f->record_age_s;
    list_remove(&q->link);
    f->in_flight--;
    q->record_done(q->ctx, &e, e.code == ERR_INPUT ? &found : given);
    upload_free(&found);
    fake_request_free(q);
}

/* --- the loop --- */

static inline unsigned fake_in_flight(const struct fake *f)
{
    return f->in_flight;
}

/* One answer. false: there is none to come. */
static inline bool fake_turn(struct fake *f)
{
    unsigned n = fake_in_flight(f), i;
    struct list *link = f->newest_first ? f->requests.prev : f->requests.next;
    struct fake_request *q;

    if (n == 0)
        return false;
    for (i = f->rng ? (unsigned)rng_below(f->rng, n) : 0; i > 0; i--)
        link = link->next;
    q = LIST_ENTRY(link, struct fake_request, link);
    f->now_us += 1000;
    if (q->is_record)
        fake_answer_record(f, q);
    else
        fake_answer_request(f, q);
    if (f->free_cb)
        f->free_cb(f->free_ctx);
    return true;
}

static inline int64_t fake_port_now_s(void *self)
{
    return fake_now_s(self);
}

static inline uint64_t fake_port_now_us(void *self)
{
    return ((struct fake *)self)->now_us;
}

static inline unsigned fake_free_slots(void *self)
{
    struct fake *f = self;
    unsigned used = fake_in_flight(f);

    return used < f->slots ? f->slots - used : 0;
}

static inline void fake_on_free_slots(void *self, void (*free_cb)(void *ctx), void *ctx)
{
    struct fake *f = self;

    f->free_cb = free_cb;
    f->free_ctx = ctx;
}

static inline void fake_begin_stop(void *self)
{
    ((struct fake *)self)->stops++;
}

/* Each request is answered from the loop, whether it was done or not. */
static inline void fake_cancel_all(void *self)
{
    struct fake *f = self;
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->requests)
    {
        struct fake_request *q = LIST_ENTRY(link, struct fake_request, link);
        struct fake_answer a;

        if (q->is_record || q->cancelled)
            continue;
        memset(&a, 0, sizeof a);
        headers_init(&a.headers);
        if (f->rng && rng_below(f->rng, 2) == 0)
            fake_do(f, q, &a);
        headers_free(&a.headers);
        q->cancelled = 1;
    }
}

static inline enum err_code fake_timer_start(
        void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    struct fake *f = self;

    (void)e;
    assert(f->timer_us == 0);
    f->timer_us = f->now_us + after_us + 1;
    f->timer_cb = cb;
    f->timer_ctx = ctx;
    return ERR_OK;
}

static inline void fake_timer_stop(void *self)
{
    struct fake *f = self;

    assert(f->timer_us != 0);
    f->timer_us = 0;
}

static inline void fake_run_until(void *self, const bool *done)
{
    struct fake *f = self;

    while (!*done && (!f->each_turn || f->each_turn(f))) {
        if (*done || fake_turn(f))
            continue;
        if (f->timer_us == 0 && f->idle && f->idle(f))
            continue;
        if (f->timer_us == 0)
            return;
        if (f->now_us < f->timer_us)
            f->now_us = f->timer_us;
        f->timer_us = 0;
        f->timer_cb(f->timer_ctx);
    }
}

static inline bool fake_find_written(
        void *self, const struct item *item, struct ledger_entry *entry)
{
    struct fake *f = self;
    unsigned i;

    f->ledger_asked++;
    for (i = 0; i < f->ledger_count; i++) {
        if (strcmp(f->ledger[i].key, item->destination_key) == 0) {
            *entry = f->ledger[i].entry;
            return true;
        }
    }
    return false;
}

/* Puts on record that an earlier run wrote `there` as a copy of `from`. */
static inline struct ledger_entry *fake_write_ledger(
        struct fake *f, const struct fake_object *from, const struct fake_object *there)
{
    struct fake_written *w = &f->ledger[f->ledger_count++];

    assert(f->ledger_count <= sizeof f->ledger / sizeof f->ledger[0]);
    snprintf(w->key, sizeof w->key, "%s", there->key);
    w->entry.size = from->bytes.size;
    w->entry.verified = VERIFIED_SIZE;
    memcpy(w->entry.etag, from->etag, ETAG_SIZE);
    memcpy(w->entry.written.etag, there->etag, ETAG_SIZE);
    return &w->entry;
}

static inline void fake_init(struct fake *f)
{
    memset(f, 0, sizeof *f);
    list_init(&f->objects);
    list_init(&f->uploads);
    list_init(&f->requests);
    buf_init(&f->log, BUF_MAX_ANSWER);
    buf_init(&f->headers, BUF_MAX_SMALL);
    f->slots = 64;
    err_set(&f->record_err, ERR_IO, "injected: the work store fails");
    f->now_us = 1000;
    f->record_port =
            (struct copy_records){f, fake_has, fake_load, fake_save, fake_publish, fake_remove};
    f->ledger_port = (struct copy_ledger){f, fake_find_written};
}

static inline void fake_free(struct fake *f)
{
    unsigned i;

    while (!list_empty(&f->objects))
        fake_object_free(LIST_ENTRY(f->objects.next, struct fake_object, link));
    while (!list_empty(&f->uploads))
        fake_upload_free(LIST_ENTRY(f->uploads.next, struct fake_upload, link));
    while (!list_empty(&f->requests))
        fake_request_free(LIST_ENTRY(f->requests.next, struct fake_request, link));
    for (i = 0; i < f->record_count; i++)
        buf_free(&f->records[i].text);
    buf_free(&f->log);
    buf_free(&f->headers);
}

static inline struct copy_port fake_copy_port(struct fake *f)
{
    return (struct copy_port){f, fake_start, fake_port_now_s, fake_port_now_us, &f->record_port,
            &f->ledger_port, NULL};
}

static inline struct sched_port fake_sched_port(struct fake *f)
{
    return (struct sched_port){f, fake_free_slots, fake_on_free_slots, fake_begin_stop,
            fake_cancel_all, fake_run_until, fake_timer_start, fake_timer_stop};
}

#endif
