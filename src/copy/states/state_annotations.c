/* ANNOTATIONS_LIST to ANNOTATIONS_CHECK: a copy in parts is there and proven, and lacks the
 * annotations of its source, since no upload can be given any (Amazon S3 User Guide, "Annotating
 * your objects": "Copy behavior and consistency"). They are listed, and each is read and put, one
 * after another, so that no more than one text of a copy is in memory. Putting one again does no
 * harm. What is put is put on the object that was proven (x-amz-object-if-match); in the end the
 * source must still be what was copied, else they were those of another object.
 *
 * Where annotations are required, an object that is there already is asked for its own first
 * (ANNOTATIONS_THERE). CopyObject takes them along by itself; ANNOTATIONS_ASK is for one that was
 * refused, which may be for want of a right to annotations that there are none of. */
#include <stdlib.h>
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { AGAIN_US = 50000 }; /* until a copy that waits for memory is asked again */

#define SOURCE_RIGHTS "s3:ListObjectAnnotations and s3:GetObjectAnnotation of the source"
#define TARGET_RIGHT  "s3:PutObjectAnnotation of the destination"

/* --- when they cannot be copied --- */

/* The copy stays without, or with those that were put, if they were the source's. A right that is
 * withheld is not asked for again. */
static void go_without(struct copy *c, const struct err *err)
{
    if (err->code == ERR_ACCESS_DENIED)
        server_buckets_add(&c->env->server->unlisted, c->result.item.bucket);
    c->try.notes |= NOTE_ANNOTATIONS_DROPPED;
    if (c->try.annotations.put > 0)
        copy_set_state(c, STATE_ANNOTATIONS_CHECK);
    else
        copy_has_result(c);
}

/* The message says what the request was for. */
static void fail(struct copy *c, const struct err *err, const char *what, const char *rights)
{
    struct err e = *err;

    if (e.code == ERR_ACCESS_DENIED && copy_requires_annotations(c))
        err_prefix(&e, "%s, and they are required: these credentials need %s", what, rights);
    else
        err_prefix(&e, "%s", what);
    copy_fail(c, &e);
}

static unsigned known(const struct copy *c)
{
    return copy_requires_annotations(c) ? 0 : KNOWN_ANNOTATIONS;
}

static void list_failed(struct copy *c, const struct err *err)
{
    switch (error_rule(ERROR_AT_ANNOTATIONS, err, known(c))) {
    case THEN_NO_ANNOTATIONS:
        server_buckets_add(&c->env->server->unannotated, c->result.item.bucket);
        copy_has_result(c);
        return;
    case THEN_WITHOUT_ANNOTATIONS:
        go_without(c, err);
        return;
    default:
        fail(c, err, "the source's annotations cannot be listed", SOURCE_RIGHTS);
        return;
    }
}

/* --- listings --- */

static enum copy_next list(struct copy *c, struct s3_where where)
{
    struct s3_request request = {.op = S3_LIST_OBJECT_ANNOTATIONS,
            .where = where,
            .u.annotations.after = c->try.annotations.after};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}

/* Whether another page is to be asked for. PAGE_ENDLESS: the server has said so more often than an
 * object has annotations. */
enum page { PAGE_LAST, PAGE_FOLLOWS, PAGE_ENDLESS, PAGE_NOMEM };

/* A page may be empty, and not the last one. */
static enum page take_next(struct copy_annotations *a, const struct s3_annotations *page)
{
    free(a->after);
    a->after = NULL;
    a->pages = page->next ? a->pages + 1 : 0;
    if (!page->next)
        return PAGE_LAST;
    if (a->pages >= S3_ANNOTATIONS_MOST) {
        a->pages = 0;
        return PAGE_ENDLESS;
    }
    a->after = strdup(page->next);
    return a->after ? PAGE_FOLLOWS : PAGE_NOMEM;
}

/* Adds the annotations of a page. false: there is no memory. */
static bool add_page(struct copy_annotations *a, const struct s3_annotations *page)
{
    struct s3_annotation *more = realloc(a->list, (a->count + page->count + 1) * sizeof *more);
    unsigned i;

    if (!more)
        return false;
    a->list = more;
    for (i = 0; i < page->count; i++) {
        a->list[a->count] = page->list[i];
        a->list[a->count].name = strdup(page->list[i].name);
        if (!a->list[a->count].name)
            return false;
        a->count++;
    }
    return true;
}

/* The source's are all known. */
static void listed(struct copy *c)
{
    if (c->try.annotations.count == 0)
        copy_has_result(c);
    else if (c->try.proof.made == MADE_BY_NOTHING && copy_requires_annotations(c))
        copy_set_state(c, STATE_ANNOTATIONS_THERE);
    else
        copy_set_state(c, copy_then(c));
}

enum copy_next copy_annotations_list_next(struct copy *c)
{
    return list(c, copy_source(c));
}

void copy_annotations_list_answer(struct copy *c, const struct copy_answer *a)
{
    struct copy_annotations *annotations = &c->try.annotations;
    struct err e;

    if (a->err->code != ERR_OK) {
        list_failed(c, a->err);
        return;
    }
    if (annotations->count + a->reply->u.annotations.count > S3_ANNOTATIONS_MOST) {
        err_set(&e, ERR_PROTOCOL, "there are more than %d of them", S3_ANNOTATIONS_MOST);
        e.cls = ERR_CLASS_PERMANENT; /* another listing would show as many */
        list_failed(c, &e);
        return;
    }
    if (!add_page(annotations, &a->reply->u.annotations)) {
        copy_fail_nomem(c);
        return;
    }
    switch (take_next(annotations, &a->reply->u.annotations)) {
    case PAGE_FOLLOWS:
        return;
    case PAGE_ENDLESS:
        err_set(&e, ERR_PROTOCOL, "the listing does not end");
        e.cls = ERR_CLASS_PERMANENT;
        list_failed(c, &e);
        return;
    case PAGE_NOMEM:
        copy_fail_nomem(c);
        return;
    case PAGE_LAST:
        listed(c);
        return;
    }
}

/* --- of a copy that was found there --- */

/* Takes off the list what the copy has. */
static void drop(struct copy_annotations *a, const struct s3_annotation *there)
{
    unsigned i;

    for (i = 0; i < a->count; i++) {
        struct s3_annotation *one = &a->list[i];

        if (strcmp(one->name, there->name) != 0 || one->size != there->size ||
                !etag_same(one->etag, there->etag))
            continue;
        free(one->name);
        *one = a->list[--a->count];
        return;
    }
}

enum copy_next copy_annotations_there_next(struct copy *c)
{
    return list(c, copy_destination(c));
}

void copy_annotations_there_answer(struct copy *c, const struct copy_answer *a)
{
    struct copy_annotations *annotations = &c->try.annotations;
    enum page page = PAGE_LAST;
    unsigned i;

    /* To put them is another right: without this one, all are put. */
    if (a->err->code != ERR_OK &&
            error_rule(ERROR_AT_ANNOTATIONS, a->err, KNOWN_ANNOTATIONS) == THEN_FAIL) {
        fail(c, a->err, "the copy's annotations cannot be listed", TARGET_RIGHT);
        return;
    }
    if (a->err->code == ERR_OK) {
        for (i = 0; i < a->reply->u.annotations.count; i++)
            drop(annotations, &a->reply->u.annotations.list[i]);
        page = take_next(annotations, &a->reply->u.annotations);
    }
    if (page == PAGE_FOLLOWS)
        return;
    if (page == PAGE_NOMEM)
        copy_fail_nomem(c);
    else if (annotations->count == 0)
        copy_has_result(c);
    else /* of a listing that does not end, too: all that it has not shown are put */
        copy_set_state(c, copy_then(c));
}

/* --- one after another --- */

/* The copy has no text in memory any more. */
static void let_go(struct copy *c)
{
    free(c->try.annotations.text);
    c->try.annotations.text = NULL;
    c->env->annotations--;
}

static void annotation_failed(struct copy *c, const struct err *err, unsigned matched,
        const char *what, const char *rights)
{
    struct err e = *err;

    switch (error_rule(ERROR_AT_ANNOTATION, err, known(c) | matched)) {
    case THEN_RESTART:
        err_prefix(&e, "the copy was written over before its annotations were there");
        copy_restart(c, &e);
        return;
    case THEN_WITHOUT_ANNOTATIONS:
        go_without(c, err);
        return;
    default:
        fail(c, err, what, rights);
        return;
    }
}

/* All are there. */
static void end(struct copy *c)
{
    c->try.notes &= ~(unsigned)NOTE_ANNOTATIONS_DROPPED; /* of an earlier try */
    if (c->try.annotations.put > 0)
        copy_set_state(c, STATE_ANNOTATIONS_CHECK);
    else
        copy_has_result(c);
}

void copy_annotation_get_answer(struct copy *c, const struct copy_answer *a)
{
    struct copy_annotations *annotations = &c->try.annotations;
    const struct s3_annotation_text *text;

    if (a->err->code != ERR_OK) {
        let_go(c);
        if (error_rule(ERROR_AT_ANNOTATION, a->err, known(c)) == THEN_GONE)
            annotations->next++;
        else
            annotation_failed(
                    c, a->err, 0, "an annotation of the source cannot be read", SOURCE_RIGHTS);
        return;
    }
    text = &a->reply->u.annotation;
    annotations->text = malloc(text->len + 1);
    if (!annotations->text) {
        let_go(c);
        copy_fail_nomem(c);
        return;
    }
    memcpy(annotations->text, text->text, text->len);
    annotations->len = text->len;
    copy_set_state(c, copy_then(c));
}

enum copy_next copy_annotation_get_next(struct copy *c)
{
    const struct copy_annotations *annotations = &c->try.annotations;
    const struct copy_port *port = &c->env->port;
    struct s3_request request = {.op = S3_GET_OBJECT_ANNOTATION, .where = copy_source(c)};
    struct err e;

    if (c->open > 0)
        return COPY_WAITS;
    if (annotations->next == annotations->count) {
        end(c);
        return COPY_MOVED;
    }
    if (c->env->stopping) {
        err_set(&e, ERR_INTERRUPTED, "stopped before its annotations were copied");
        copy_fail(c, &e);
        return COPY_MOVED;
    }
    if (c->env->annotations >= COPY_ANNOTATIONS_MOST)
        return copy_at(c, port->now_us(port->self) + AGAIN_US);
    c->env->annotations++;
    request.u.get_annotation.name = annotations->list[annotations->next].name;
    return copy_send(c, &request, 0);
}

/* The ETag that the object at the destination has, as far as S3 has said. */
static const char *copy_etag(const struct copy *c)
{
    const struct copy_try *t = &c->try;

    return t->proof.made == MADE_BY_NOTHING ? t->destination.etag : t->written.etag;
}

void copy_annotation_put_answer(struct copy *c, const struct copy_answer *a)
{
    let_go(c);
    if (a->err->code != ERR_OK) {
        annotation_failed(c, a->err, copy_etag(c)[0] ? KNOWN_MATCHED : 0,
                "an annotation cannot be put on the copy", TARGET_RIGHT);
        return;
    }
    c->try.annotations.next++;
    c->try.annotations.put++;
    /* It was there, and lacked one; but of a slice another worker has the copy. */
    if (copy_requires_annotations(c) || !copy_is_shared(c))
        c->try.proof.status = RESULT_COPIED;
    copy_set_state(c, copy_then(c));
}

enum copy_next copy_annotation_put_next(struct copy *c)
{
    const struct copy_annotations *annotations = &c->try.annotations;
    struct s3_request request = {.op = S3_PUT_OBJECT_ANNOTATION,
            .where = copy_destination(c),
            .u.put_annotation = {.name = annotations->list[annotations->next].name,
                    .if_match = copy_etag(c),
                    .body = annotations->text,
                    .len = annotations->len}};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}

/* --- whether they were the source's --- */

enum copy_next copy_annotations_check_next(struct copy *c)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = copy_source(c)};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &head, 0);
}

void copy_annotations_check_answer(struct copy *c, const struct copy_answer *a)
{
    bool answered = a->err->code == ERR_OK;

    if (answered && !etag_same(a->reply->u.object.etag, c->try.source.etag))
        copy_restart_changed(c, "copied");
    else if (answered || error_rule(ERROR_AT_ANNOTATION, a->err, KNOWN_ANNOTATIONS) != THEN_FAIL)
        copy_has_result(c); /* it may not be looked at any more, or is gone */
    else
        copy_fail(c, a->err);
}

/* --- of a CopyObject that was refused --- */

static void still_refused(struct copy *c)
{
    struct err e = c->result.err;

    err_clear(&c->result.err);
    err_prefix(&e,
            "annotations are required, and CopyObject, which takes them along, was refused: these "
            "credentials may lack " SOURCE_RIGHTS ", or " TARGET_RIGHT);
    copy_fail(c, &e);
}

void copy_annotations_ask_answer(struct copy *c, const struct copy_answer *a)
{
    bool answered = a->err->code == ERR_OK, none = false;
    enum error_then then =
            answered ? THEN_FAIL : error_rule(ERROR_AT_ANNOTATIONS, a->err, KNOWN_ANNOTATIONS);

    if (answered && a->reply->u.annotations.count == 0) {
        enum page page = take_next(&c->try.annotations, &a->reply->u.annotations);

        if (page == PAGE_FOLLOWS)
            return;
        none = page == PAGE_LAST;
    }
    if (none || then == THEN_NO_ANNOTATIONS) {
        err_clear(&c->result.err);
        c->try.annotations.none = ASKED_ANSWERED;
        c->omissions.out |= OMIT_ANNOTATIONS;
        copy_set_state(c, copy_then(c));
    } else if (answered || then != THEN_FAIL) {
        still_refused(c);
    } else {
        err_clear(&c->result.err);
        copy_fail(c, a->err);
    }
}
