#include "s3/own_file.h"

#include <string.h>

#include "base/log.h"
#include "model/names.h"

enum { NUMBERS_MOST = 100 };

enum err_code own_file_look(
        const struct sync *s, const char *bucket, const char *key, enum own_file *is, struct err *e)
{
    const struct s3_where where = {.bucket = bucket, .key = key};
    bool ours = false;
    enum err_code code = sync_get_first_byte(s, &where, OWN_FILE_HEADER, &ours, e);

    *is = ours ? OWN_FILE_OURS : OWN_FILE_FOREIGN;
    if (code == ERR_OK || e->http_status == 416) /* 416: it is empty */
        return ERR_OK;
    if (code == ERR_NOT_FOUND && strcmp(e->service_code, "NoSuchBucket") != 0)
        *is = OWN_FILE_ABSENT;
    else if (e->http_status / 100 == 4 || e->http_status == 501) /* the write will tell of it */
        *is = OWN_FILE_UNKNOWN;
    else
        return code;
    return ERR_OK;
}

void own_file_key(struct buf *out, const char *wanted, unsigned number)
{
    size_t stem = names_stem_len(wanted);

    if (number <= 1)
        buf_adds(out, wanted);
    else
        buf_addf(out, "%.*s-%u%s", (int)stem, wanted, number, wanted + stem);
}

/* A way says what is done about a key. */
enum own_way {
    OWN_WRITE,
    OWN_WRITE_IF_ABSENT,
    OWN_NEXT, /* another key is tried */
};

static enum own_way way_of(enum own_file is, enum on_foreign_file foreign)
{
    if (foreign == ON_FOREIGN_FILE_OVERWRITE || is == OWN_FILE_OURS)
        return OWN_WRITE;
    return is == OWN_FILE_FOREIGN ? OWN_NEXT : OWN_WRITE_IF_ABSENT;
}

/* A file that is written. */
struct own_put {
    const struct sync *s;
    const struct own_file_target *t;
    own_file_write_cb write;
    void *ctx;
    enum own_file is; /* what lies under the key that was tried last */
    bool written;
};

/* Another file is just being written (Amazon S3 User Guide, "Conditional writes"). */
static bool is_conflict(const struct err *e)
{
    return strcmp(e->service_code, "ConditionalRequestConflict") == 0;
}

/* Something is there after all, or is just being written. 304 is what RFC 9110, 13.1.2, has for a
 * GET: servers that take all methods for one say it to a PUT. */
static bool is_taken(const struct err *e)
{
    return e->code == ERR_PRECONDITION || e->http_status == 304 || is_conflict(e);
}

/* again: the file was refused as taken before, although nothing is seen. A conflict is the answer
 * of a server that knows the condition. */
static enum err_code write_if_absent(struct own_put *p, const char *key, bool again, struct err *e)
{
    enum err_code code = p->write(p->ctx, key, true, e);
    bool no_condition = code != ERR_OK && (e->http_status == 501 || e->http_status == 400 ||
                                                  (again && is_taken(e) && !is_conflict(e)));

    if (no_condition && p->is == OWN_FILE_ABSENT)
        code = p->write(p->ctx, key, false, e);
    else if (code != ERR_OK && e->http_status == 501)
        err_prefix(e,
                "it may not be read, so that it is written only if nothing is there, which this server "
                "refuses");
    p->written = code == ERR_OK;
    return code;
}

/* Looks, and writes if it may. A file that turns up between the two is looked at once, if we may
 * look: else another try would end as this one did, and cost the whole file again. */
static enum err_code try_key(struct own_put *p, const char *key, struct err *e)
{
    enum err_code code;
    unsigned looks;

    for (looks = 0; looks < 2; looks++) {
        code = own_file_look(p->s, p->t->bucket, key, &p->is, e);
        if (code != ERR_OK)
            return code;
        switch (way_of(p->is, p->t->foreign)) {
        case OWN_NEXT:
            return ERR_OK;
        case OWN_WRITE:
            code = p->write(p->ctx, key, false, e);
            p->written = code == ERR_OK;
            return code;
        case OWN_WRITE_IF_ABSENT:
            code = write_if_absent(p, key, looks > 0, e);
            if (code == ERR_OK || !is_taken(e))
                return code;
            if (p->is == OWN_FILE_UNKNOWN)
                return ERR_OK;
            break;
        }
    }
    return ERR_OK;
}

/* was: what lies under the wanted key. */
static void tell_left(const struct own_put *p, enum own_file was, const char *key)
{
    const struct own_file_target *t = p->t;

    log_warn("s3://%s/%s %s and is left as it is; the %s is written to s3://%s/%s", t->bucket,
            t->wanted,
            was == OWN_FILE_FOREIGN ? "is not a file of copyout's"
                                    : "may not be read, may be somebody else's,",
            t->what, t->bucket, key);
}

static void tell_replaced(const struct own_put *p)
{
    log_warn("s3://%s/%s is not a file of copyout's, or an earlier version wrote it; the %s "
             "replaces it",
            p->t->bucket, p->t->wanted, p->t->what);
}

enum err_code own_file_put(const struct sync *s, const struct own_file_target *t,
        own_file_write_cb write, void *ctx, struct buf *key, struct err *e)
{
    struct own_put p = {.s = s, .t = t, .write = write, .ctx = ctx};
    enum own_file was = OWN_FILE_UNKNOWN;
    size_t start = key->len;
    unsigned number;

    for (number = 1; number <= NUMBERS_MOST; number++) {
        buf_cut(key, start);
        own_file_key(key, t->wanted, number);
        if (buf_check(key, "a key of copyout's own", e) != ERR_OK ||
                try_key(&p, buf_str(key) + start, e) != ERR_OK)
            return e->code;
        if (number == 1)
            was = p.is;
        if (!p.written)
            continue;
        if (number > 1)
            tell_left(&p, was, buf_str(key) + start);
        else if (was == OWN_FILE_FOREIGN)
            tell_replaced(&p);
        return ERR_OK;
    }
    return err_set(e, ERR_INPUT,
            "s3://%s/%s, and %d names like it with a number, are files that copyout did not write, or "
            "may not read; --report-name gives the report another name, and --no-report and --no-marker "
            "write none",
            t->bucket, t->wanted, NUMBERS_MOST - 1);
}
