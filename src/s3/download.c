#include "s3/download.h"

#include <stdlib.h>

#include "s3/build.h"

struct s3_download *s3_download_new(const struct s3_get *get)
{
    struct s3_download *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->first = get->first;
    d->last = get->last;
    d->on_body = get->on_body;
    d->ctx = get->on_body_ctx;
    if (get->if_match)
        etag_copy(d->etag, get->if_match);
    return d;
}

void s3_download_begin_attempt(struct s3_download *d)
{
    d->continuing = false;
}

enum err_code s3_download_on_body(
        void *download, int status, const char *data, size_t len, struct err *e)
{
    struct s3_download *d = download;

    /* A server that ignores ranges begins at the first byte again. */
    if (d->handed_on > 0 && !d->continuing && (status != 206 || !d->etag[0]))
        return err_set(e, ERR_SERVICE,
                "the server gives no ranges of one ETag: cannot go on at byte %llu",
                (unsigned long long)d->handed_on);
    d->continuing = true;
    d->handed_on += len;
    return d->on_body(d->ctx, status, data, len, e);
}

bool s3_download_came_further(const struct s3_download *d)
{
    return d && d->handed_on > d->at_failure;
}

void s3_download_note_failure(struct s3_download *d)
{
    if (d)
        d->at_failure = d->handed_on;
}

void s3_download_resume(struct s3_download *d, const struct headers *headers, struct s3_message *m)
{
    const char *seen = headers_get(headers, "etag");

    if (d->handed_on == 0)
        return;
    if (seen && !d->etag[0])
        etag_copy(d->etag, seen);
    s3_build_range(m, d->first + d->handed_on, d->last, d->etag);
}
