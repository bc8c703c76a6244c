#include <stdlib.h>
#include <string.h>

#include "job/check/check_int.h"
#include "model/object/part_etags.h"
#include "s3/own_file.h"

static const char BODY[] = "copyout check\n";

enum { BODY_LEN = sizeof BODY - 1, VERSIONS_MOST = 8, WRITES_MOST = 4 };

static bool put(struct checker *c, struct check_seen *s, enum check_ask ask, bool only_if_absent)
{
    const struct s3_request r = {.op = S3_PUT_OBJECT,
            .where = {.bucket = s->bucket, .key = buf_str(&c->key)},
            .u.put = {.content_type = "text/plain",
                    .ours = CHECK_MARK,
                    .body = BODY,
                    .len = BODY_LEN,
                    .only_if_absent = only_if_absent}};

    return check_ask(c, &s->answers[ask], &r, NULL);
}

/* Answers of a server that takes no condition although nothing is there, as s3/own_file.c has them.
 */
static bool takes_no_condition(int status)
{
    return status == 501 || status == 400 || status == 412 || status == 304;
}

/* Makes our object. Without the condition only where HEAD has said that there is nothing. */
static bool make_object(struct checker *c, struct check_seen *s, const struct check_answer *before)
{
    if (put(c, s, ASK_PUT, true))
        return true;
    return before->err.http_status == 404 &&
           takes_no_condition(s->answers[ASK_PUT].err.http_status) &&
           put(c, s, ASK_PUT_BARE, false);
}

/* Copies our object to the second name, on condition that nothing is there, or that what is there
 * has that ETag (NULL: the former). */
static bool copy(struct checker *c, struct check_seen *s, enum check_ask ask, const char *if_match)
{
    const struct s3_request r = {.op = S3_COPY_OBJECT,
            .where = {.bucket = s->bucket, .key = buf_str(&c->copy_key)},
            .u.copy = {.source = {.bucket = s->bucket, .key = buf_str(&c->key)},
                    .only_if_absent = !if_match,
                    .only_if_match = if_match,
                    .size = BODY_LEN}};

    return check_ask(c, &s->answers[ask], &r, NULL);
}

/* The conditions of a copy, onto nothing and onto the copy. */
static void copies(struct checker *c, struct check_seen *s)
{
    const char *etag = s->answers[ASK_COPY].text;

    if (!copy(c, s, ASK_COPY, NULL))
        return;
    copy(c, s, ASK_COPY_AGAIN, NULL);
    if (etag[0] && copy(c, s, ASK_MATCH_RIGHT, etag))
        copy(c, s, ASK_MATCH_WRONG, CHECK_OTHER_ETAG);
}

/* Completes an upload onto our object, on condition that nothing is there. Whether it became an
 * object: an upload that did not is aborted by the caller. */
static bool complete(struct checker *c, struct check_seen *s, const char *upload_id)
{
    const struct s3_where where = {.bucket = s->bucket, .key = buf_str(&c->key)};
    const struct s3_request part = {.op = S3_UPLOAD_PART,
            .where = where,
            .u.part_put = {.upload_id = upload_id, .part = 1, .body = BODY, .len = BODY_LEN}};
    struct s3_request r = {.op = S3_COMPLETE_MULTIPART_UPLOAD,
            .where = where,
            .u.complete = {.upload_id = upload_id, .count = 1, .only_if_absent = true}};
    struct part_etags etags = {0};
    struct check_answer put_part = {0};
    bool done = false;

    if (check_ask(c, &put_part, &part, NULL) && part_etags_init(&etags, 1) &&
            part_etags_set(&etags, 1, put_part.text)) {
        r.u.complete.etags = &etags;
        done = check_ask(c, &s->answers[ASK_COMPLETE], &r, NULL);
    }
    part_etags_free(&etags);
    return done;
}

static void complete_upload(struct checker *c, struct check_seen *s)
{
    struct check_answer created, aborted;
    struct headers mark;
    char *id;

    headers_init(&mark);
    headers_add(&mark, OWN_FILE_HEADER, CHECK_MARK);
    id = check_begin_upload(c, &created, s->bucket, &mark);
    if (id && !complete(c, s, id))
        check_end_upload(c, &aborted, s->bucket, id);
    free(id);
    headers_free(&mark);
}

/* --- removing --- */

static bool head(struct checker *c, struct check_answer *a, const char *bucket, const char *key)
{
    const struct s3_request r = {.op = S3_HEAD_OBJECT, .where = {.bucket = bucket, .key = key}};

    return check_ask(c, a, &r, NULL);
}

/* Removes one version, or where there are none the object. What stays is remembered as left. */
static bool remove_version(
        struct checker *c, struct check_seen *s, const char *key, const char *version)
{
    const struct s3_request r = {.op = S3_DELETE_OBJECT,
            .where = {.bucket = s->bucket, .key = key, .version_id = version[0] ? version : NULL}};
    struct check_answer removed;

    if (!check_ask(c, &removed, &r, NULL))
        check_report_add_left(c->report, s->bucket, key, NULL, version);
    if (!s->answers[ASK_REMOVE].asked || removed.err.code != ERR_OK)
        s->answers[ASK_REMOVE] = removed;
    return removed.err.code == ERR_OK;
}

/* A name of ours, and the requests that may have written to it; CHECK_ASKS ends them. */
struct written {
    const char *key;
    enum check_ask asks[WRITES_MOST];
};

/* Removes an object of ours that may not be looked at: what each write made, by its version. Where
 * an answer was lost it is not known whether there is anything. */
static void remove_unseen(struct checker *c, struct check_seen *s, const struct written *w)
{
    bool removed = false;
    unsigned i;

    for (i = 0; i < WRITES_MOST && w->asks[i] != CHECK_ASKS; i++) {
        const struct check_answer *a = &s->answers[w->asks[i]];

        if (!a->asked)
            continue;
        if (a->err.code == ERR_OK && (a->version[0] || !removed))
            removed = remove_version(c, s, w->key, a->version);
        else if (check_may_have_worked(a))
            check_report_add_left(c->report, s->bucket, w->key, NULL, NULL);
    }
}

/* Removes all versions of an object of ours, the newest first: a server that ignores conditions has
 * made several of them. */
static void remove_object(struct checker *c, struct check_seen *s, const struct written *w)
{
    struct check_answer found;
    unsigned i;

    for (i = 0; i < VERSIONS_MOST; i++) {
        if (!head(c, &found, s->bucket, w->key)) {
            if (i == 0 && found.err.http_status != 404)
                remove_unseen(c, s, w);
            return;
        }
        if (!(found.shows & CHECK_SHOWS_MARK))
            break;
        if (!remove_version(c, s, w->key, found.version))
            return;
    }
    check_report_add_left(c->report, s->bucket, w->key, NULL, found.version);
}

static void remove_all(struct checker *c, struct check_seen *s)
{
    const struct written object = {
            buf_str(&c->key), {ASK_PUT, ASK_PUT_BARE, ASK_PUT_AGAIN, ASK_COMPLETE}};
    const struct written copy = {
            buf_str(&c->copy_key), {ASK_COPY, ASK_COPY_AGAIN, ASK_MATCH_RIGHT, ASK_MATCH_WRONG}};

    c->phase = CHECK_REMOVES_NOW;
    remove_object(c, s, &object);
    if (s->answers[ASK_COPY].asked)
        remove_object(c, s, &copy);
    c->phase = CHECK_ASKS_NOW;
}

/* --- the source's object as a whole --- */

enum { WHOLE_MOST = 64 * 1024 * 1024 }; /* bytes; a larger object is not copied for a check */

/* Only where it is of use: parts are denied, and a byte was read. */
static bool wants_whole(const struct check_seen *source)
{
    const struct check_answer *byte = &source->answers[ASK_BYTE];

    return byte->asked && byte->err.code == ERR_OK &&
           source->answers[ASK_OBJECT].object.size <= WHOLE_MOST;
}

static void copy_whole(
        struct checker *c, struct check_seen *source, struct check_seen *to, const char *key)
{
    struct s3_request r = {.op = S3_COPY_OBJECT,
            .where = {.bucket = to->bucket, .key = key},
            .u.copy = {.source = {.bucket = source->bucket, .key = source->object},
                    .size = source->answers[ASK_OBJECT].object.size}};
    const struct written written = {key, {ASK_WHOLE, CHECK_ASKS}};
    struct headers mark;

    headers_init(&mark);
    headers_add(&mark, "x-amz-metadata-directive", "REPLACE");
    headers_add(&mark, OWN_FILE_HEADER, CHECK_MARK);
    r.u.copy.headers = &mark;
    check_ask(c, &to->answers[ASK_WHOLE], &r, NULL);
    if (source != to)
        source->answers[ASK_WHOLE] = to->answers[ASK_WHOLE];
    c->phase = CHECK_REMOVES_NOW;
    if (to->answers[ASK_WHOLE].asked)
        remove_object(c, to, &written);
    c->phase = CHECK_ASKS_NOW;
    headers_free(&mark);
}

void check_whole(struct checker *c, struct check_seen *source, struct check_seen *destination)
{
    struct check_answer before = {0};
    struct buf key;

    if (!wants_whole(source))
        return;
    memset(&destination->answers[ASK_WHOLE], 0, sizeof destination->answers[ASK_WHOLE]);
    buf_init(&key, BUF_MAX_SMALL);
    buf_addf(&key, "%s-source", buf_str(&c->key));
    /* As with our object: a name that is taken, or that may not be looked at, is left alone. */
    if (buf_ok(&key) && !head(c, &before, destination->bucket, buf_str(&key)) &&
            before.err.http_status == 404)
        copy_whole(c, source, destination, buf_str(&key));
    buf_free(&key);
}

/* --- all of it --- */

void check_writes(struct checker *c, struct check_seen *s)
{
    struct check_answer before = {0};

    /* A name of 64 random bits that is taken all the same is not ours. */
    if (head(c, &before, s->bucket, buf_str(&c->key)) || c->fatal.code != ERR_OK)
        return;
    if (!etag_of_bytes(s->body_md5, BODY, BODY_LEN))
        s->body_md5[0] = '\0';
    if (make_object(c, s, &before)) {
        head(c, &s->answers[ASK_WRITTEN], s->bucket, buf_str(&c->key));
        if (!s->answers[ASK_PUT_BARE].asked)
            put(c, s, ASK_PUT_AGAIN, true);
        copies(c, s);
        if (s->answers[ASK_ABORT].asked && s->answers[ASK_ABORT].err.code == ERR_OK)
            complete_upload(c, s);
    }
    if (s->answers[ASK_PUT].asked)
        remove_all(c, s);
}
