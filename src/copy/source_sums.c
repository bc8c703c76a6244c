/* A look at the source for its checksums alone, which several states need. */
#include <string.h>

#include "copy/machine_int.h"

bool copy_goes_without_sums(struct copy *c, const struct err *err)
{
    switch (error_rule(ERROR_AT_SUMS, err, copy_known(c))) {
    case THEN_WITHOUT_SUMS:
        return true;
    case THEN_RESTART:
        copy_restart(c, err);
        return false;
    default:
        copy_fail(c, err);
        return false;
    }
}

enum copy_next copy_ask_source_sums(struct copy *c, unsigned tag)
{
    struct s3_request head = {
            .op = S3_HEAD_OBJECT, .where = copy_source(c), .u.head.checksums = true};

    c->try.sums.source = ASKED_SENT;
    return copy_send(c, &head, tag);
}

bool copy_take_source_sums(struct copy *c, const struct copy_answer *a)
{
    struct object_info *source = &c->try.source;
    const struct object_info *now;

    c->try.sums.source = ASKED_ANSWERED;
    if (a->err->code != ERR_OK)
        return copy_goes_without_sums(c, a->err);
    now = &a->reply->u.object;
    if (now->size != source->size || strcmp(now->etag, source->etag) != 0) {
        copy_restart_changed(c, "looked at");
        return false;
    }
    source->checksums = now->checksums;
    source->checksum_type = now->checksum_type;
    return true;
}
