/* CREATE: a multipart upload starts from nothing, so all that the source has besides its bytes is
 * given to it. */
#include <stdlib.h>
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* Whether an upload may have been made that the answer does not name: sent twice, it may have made
 * two; and with no answer, one that cannot be read, or one for which there was no memory, one. A
 * request that was never sent made none. */
static bool may_have_made(const struct copy_answer *a)
{
    const struct err *e = a->err;

    if (a->attempts != 1)
        return a->attempts > 1;
    return e->code != ERR_OK && (e->cls != ERR_CLASS_PERMANENT || e->http_status / 100 == 2 ||
                                        e->code == ERR_NOMEM || e->code == ERR_LIMIT);
}

static void doubt(struct copy *c)
{
    const struct copy_port *port = &c->env->port;

    copy_doubt_create(c, c->record.create_sent_s, port->now_s(port->self));
}

static void created(struct copy *c, const struct s3_created *created)
{
    copy_note_omissions(c);
    c->try.upload_id = strdup(created->upload_id);
    if (created->encrypted) /* PARTS decides whether parts are worth copying then */
        copy_learn_etag(c, ETAG_KIND_OPAQUE);
    if (c->try.upload_id) {
        c->record.publishes = 0;
        copy_set_state(c, copy_is_shared(c) ? STATE_PUBLISH : STATE_RECORD);
    } else {
        doubt(c);
        copy_fail_nomem(c);
    }
}

static void drop_tags(struct copy *c)
{
    free(c->try.tagging); /* we may not write tags: without them */
    c->try.tagging = NULL;
    c->try.tags_way = TAGS_WAY_LEFT;
    c->try.notes |= NOTE_TAGS_DROPPED;
}

static unsigned known_of_tags(const struct copy *c)
{
    if (!copy_attributes(c).tagging)
        return 0;
    return KNOWN_TAGS_GIVEN | (copy_spares_tags(c) ? KNOWN_TAGS_TO_SPARE : 0);
}

static unsigned known_of_sums(const struct copy *c)
{
    return c->try.upload_checksum.type != CHECKSUMS_UNTYPED ? KNOWN_SUMS_TO_SPARE : 0;
}

static void failed(struct copy *c, const struct err *err)
{
    unsigned known = known_of_tags(c) | known_of_sums(c) | (copy_known(c) & KNOWN_LOCKS);

    switch (error_rule(ERROR_AT_CREATE, err, known)) {
    case THEN_WITHOUT_LOCK:
        copy_omit_lock(c); /* and Create is sent once more */
        return;
    case THEN_WITHOUT_TAGS:
        c->omissions.out &= ~(unsigned)OMIT_LOCK;
        drop_tags(c); /* and Create is sent once more */
        return;
    case THEN_TAGS_AFTER:
        c->try.tags_way = TAGS_WAY_AFTER; /* the same */
        return;
    case THEN_WITHOUT_SUMS: /* the same */
        c->checksums = CHECKSUMS_REFUSED_AT_CREATE;
        return;
    default:
        break;
    }
    if (err->code == ERR_CANCELLED && c->record.kept != RECORD_NONE) {
        c->record.kept = RECORD_KEPT; /* it may have been made: the next run looks for it */
        c->env->left_open++;
    }
    copy_fail(c, err);
}

void copy_create_answer(struct copy *c, const struct copy_answer *a)
{
    if (may_have_made(a))
        doubt(c);
    if (a->err->code == ERR_OK)
        copy_see_sse(c, a->reply);
    if (a->err->code == ERR_OK)
        created(c, &a->reply->u.created);
    else
        failed(c, a->err);
}

enum copy_next copy_create_next(struct copy *c)
{
    const struct copy_port *port = &c->env->port;
    struct copy_attributes attributes;
    struct s3_request request = {.op = S3_CREATE_MULTIPART_UPLOAD, .where = copy_destination(c)};
    enum copy_next next;
    struct headers headers;
    struct err e;

    if (c->open > 0)
        return COPY_WAITS;
    if (c->env->stopping) {
        err_set(&e, ERR_INTERRUPTED, "stopped before its copy began");
        copy_fail(c, &e);
        return COPY_MOVED;
    }
    copy_omit_known(c);
    attributes = copy_attributes(c);
    c->record.create_sent_s = port->now_s(port->self);
    headers_init(&headers);
    copy_headers_create(&headers, &attributes);
    c->try.notes |= copy_headers_create_notes(&attributes);
    c->try.upload_checksum = attributes.checksum;
    request.u.create.headers = &headers;
    next = copy_send(c, &request, 0);
    headers_free(&headers);
    return next;
}
