/* The EXPLAIN states: the answer to a HEAD has no body, so S3 cannot say what is wrong; 400 may
 * also mean that the credentials have expired. One GET of a byte of the source learns S3's own
 * words, or makes the client fetch new credentials. When it works, the state from which we came is
 * asked again. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* A GET of a version that is a delete marker is 405, and of a key whose newest version is one 404,
 * with a header that says so (Amazon S3 API Reference, GetObject). Not every server gives the
 * header. */
static bool is_delete_marker(const struct copy *c, const struct copy_answer *a)
{
    const char *said = a->reply && a->reply->headers
                               ? headers_get(a->reply->headers, "x-amz-delete-marker")
                               : NULL;
    int status = a->err->http_status;

    if (status == 405 && c->result.item.version_id &&
            strcmp(a->err->service_code, "MethodNotAllowed") == 0)
        return true;
    return (status == 404 || status == 405) && said && strcmp(said, "true") == 0;
}

static void name_delete_marker(struct copy *c)
{
    static const char version[] = "it is a delete marker, which has nothing to copy";
    static const char newest[] = "the object was deleted: its newest version is a delete marker";
    struct err *e = &c->result.err;

    if (c->result.item.version_id)
        memcpy(e->message, version, sizeof version);
    else
        memcpy(e->message, newest, sizeof newest);
}

/* With the SSE-C key of all sources, which this one is not encrypted with, or without it, which it
 * is: 400 InvalidRequest, of a GET both ways. HEAD's 400 may have been that, or meant credentials
 * that are renewed by now: the GET is asked once more the other way. false: it was, or there is no
 * such key. */
static bool takes_other_key(struct copy *c, const struct err *err)
{
    const struct sse_c_keys *keys = c->env->input->keys;
    const struct sse_c_key *key = keys ? sse_c_key_of(&keys->source) : NULL;

    if (!key || c->state != STATE_EXPLAIN_LOOKUP || c->try.other_key != ASKED_NOT ||
            err->http_status != 400 || strcmp(err->service_code, "InvalidRequest") != 0)
        return false;
    c->try.other_key = ASKED_SENT;
    c->options.source.key = c->options.source.key ? NULL : key;
    return true;
}

void copy_explain_answer(struct copy *c, const struct copy_answer *a)
{
    struct err head = c->result.err;

    if (a->err->code != ERR_OK && takes_other_key(c, a->err))
        return;
    /* 416: an empty object has no first byte, and can be read. */
    if (a->err->code != ERR_OK && a->err->http_status != 416) {
        if (a->err->service_code[0])
            c->result.err = *a->err;
        if (is_delete_marker(c, a))
            name_delete_marker(c);
        copy_fail(c, &c->result.err);
    } else if (c->try.explained) {
        copy_restart(c, &head); /* it can be read, and HEAD says no for the second time */
    } else {
        /* The credentials were renewed on the way, or the object came up. */
        c->try.explained = true;
        err_clear(&c->result.err);
        copy_set_state(c, copy_then(c));
    }
}

enum copy_next copy_explain_next(struct copy *c)
{
    struct s3_request get = {
            .op = S3_GET_OBJECT, .where = copy_source(c), .u.get = {.first = 0, .last = 0}};

    /* The answers of the state that we come from, and then our own. */
    return c->in_flight > 0 ? COPY_WAITS : copy_send(c, &get, 0);
}
