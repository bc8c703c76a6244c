/* RELIST: Complete says that a part is not there, or is not the one that we have the ETag of.
 * ListParts tells which those are, and they alone are copied again. Where the list has all of them
 * as they should be, it was so for a moment only: Complete is sent again. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static void copy_again(struct copy_parts *p, unsigned first, unsigned last)
{
    unsigned number;

    for (number = first; number <= last; number++) {
        if (part_etags_has(&p->etags, number))
            p->done--;
        (void)part_etags_set(&p->etags, number, "");
    }
}

/* A checksum that one side does not tell is no reason to copy the part again. */
static bool is_its_checksum(const struct copy *c, const struct s3_part *part)
{
    const struct part_sums *sums = &c->try.parts.sums;
    char text[CHECKSUM_SIZE];

    if (sums->count == 0 || !part->checksum[0] || part->checksum_kind != sums->kind)
        return true;
    part_sums_get(sums, part->number, text);
    return !text[0] || strcmp(part->checksum, text) == 0;
}

static bool is_as_it_should_be(const struct copy *c, const struct s3_part *part)
{
    char etag[ETAG_SIZE];
    uint64_t first, last;

    layout_range(&c->try.layout, part->number, &first, &last);
    part_etags_get(&c->try.parts.etags, part->number, etag);
    return part->size == last - first + 1 && strcmp(part->etag, etag) == 0 &&
           is_its_checksum(c, part);
}

/* Parts are listed in ascending order: what lies between two of them is not there. */
static void take_part(struct copy *c, const struct s3_part *part)
{
    struct copy_parts *p = &c->try.parts;

    if (part->number <= p->listed || part->number > c->try.layout.count)
        return;
    copy_again(p, p->listed + 1, part->number - 1);
    if (!is_as_it_should_be(c, part))
        copy_again(p, part->number, part->number);
    p->listed = part->number;
}

static void all_listed(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    copy_again(p, p->listed + 1, c->try.layout.count);
    copy_widen_range(c);
    p->listed = 0; /* for another time */
    copy_set_state(c, p->done == c->try.layout.count ? STATE_COMPLETE : STATE_PARTS);
}

static void take_page(struct copy *c, const struct s3_parts *page)
{
    unsigned before = c->try.parts.listed, i;

    for (i = 0; i < page->count; i++)
        take_part(c, &page->parts[i]);
    if (page->next == 0 || c->try.parts.listed == before)
        all_listed(c);
}

void copy_relist_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code == ERR_OK) {
        take_page(c, &a->reply->u.parts);
        return;
    }
    if (error_rule(ERROR_AT_RELIST, a->err, copy_known(c)) != THEN_UNREADABLE) {
        copy_fail(c, a->err);
        return;
    }
    c->try.parts.listed = 0;
    copy_set_state(c, STATE_COMPLETE); /* which tells whether it was so for a moment only */
}

enum copy_next copy_relist_next(struct copy *c)
{
    struct s3_request request = {.op = S3_LIST_PARTS,
            .where = copy_destination(c),
            .u.parts = {c->try.upload_id, c->try.parts.listed}};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}
