#include "report/spent.h"

enum { MARKER_AND_REPORT = 2 };

static struct cost_object object_of(const struct result *result, const struct input *in)
{
    return (struct cost_object){
            .size = result->size,
            .parts = etag_parts(result->etag),
            .has_tags = in->options.tags != TAGS_NONE,
            .listed = result->seen == RESULT_SEEN_BY_LISTING,
            .storage = result->storage,
    };
}

void spent_count_pending(
        struct cost_counts *to_do, const struct result *result, const struct input *in)
{
    const struct cost_object object = object_of(result, in);

    cost_add_object(to_do, &object);
}

void spent_count(struct report *r, const struct result *result, const struct input *in)
{
    struct cost_object object = object_of(result, in);
    bool copied = result->status == RESULT_COPIED;

    if (copied && (result->notes & NOTE_LAYOUT_NOT_MIRRORED))
        object.parts = 0;
    cost_add_result(&r->sent, &object, copied, result->requests);
    if (result->status == RESULT_PENDING)
        spent_count_pending(&r->to_do, result, in);
}

void spent_add_client(
        struct cost_counts *c, const struct s3_client *s3, const struct cost_counts *before)
{
    int op;

    for (op = 0; op < S3_OP_COUNT; op++) {
        enum cost_op as = cost_op_of(s3_op_name((enum s3_op)op));
        uint64_t then = before && as < COST_OP_COUNT ? before->requests[as] : 0;

        cost_add_requests(c, as, s3_client_requests(s3, (enum s3_op)op) - then);
    }
}

void spent_forecast(struct cost_counts *looked, const struct cost_counts *to_do)
{
    looked->requests[COST_CREATE_MULTIPART_UPLOAD] = 0;
    looked->requests[COST_ABORT_MULTIPART_UPLOAD] = 0;
    looked->requests[COST_PUT_OBJECT] += MARKER_AND_REPORT;
    looked->requests[COST_GET_OBJECT] += MARKER_AND_REPORT; /* a look at each before it is put */
    cost_add(looked, to_do);
}

void spent_sum(struct report *r, const struct s3_client *s3, const struct input *in,
        const struct spent_facts *facts)
{
    struct cost_counts spent = r->sent;
    int op;

    if (facts->copied_here)
        for (op = 0; op < COST_OP_COUNT; op++)
            spent.requests[op] = 0;
    spent_add_client(&spent, s3, &facts->before);
    if (in->dry_run)
        spent_forecast(&spent, &r->to_do);
    r->estimate = (struct cost_estimate){
            .items = r->items,
            .looked = true,
            .may_leave_region = input_may_be_anywhere(in),
            .least = spent,
            .most = spent,
            .prices = cost_prices_of(facts->region),
            .region = facts->region,
    };
}
