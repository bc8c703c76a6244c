#include "report/spent.h"

#include <string.h>

#include "model/object/layout.h"

enum { MARKER_AND_REPORT = 2 };

/* The parts of our own that the object is copied in; 0: none, or its source's. is_own: it is not
 * copied in its source's. */
static unsigned own_parts(const struct result *result, bool is_own)
{
    struct layout layout = {0};

    if (result->notes & NOTE_LAYOUT_FAST)
        layout_plan_fast(&layout, result->size);
    else if (is_own && result->size > LAYOUT_COPY_MOST)
        layout_plan(&layout, result->size);
    return layout.count;
}

/* The archive that an object of that class is in; which tier of INTELLIGENT_TIERING no result
 * tells, and the dearer is taken. */
static enum archive_kind archive_of(enum storage_class class)
{
    switch (class) {
    case STORAGE_DEEP_ARCHIVE:
        return ARCHIVE_KIND_DEEP;
    case STORAGE_INTELLIGENT_TIERING:
        return ARCHIVE_KIND_TIERING;
    default:
        return ARCHIVE_KIND_GLACIER;
    }
}

/* The tasks that look at it, at most: of INTELLIGENT_TIERING, whose archives may both be among the
 * objects, those of both. */
static unsigned looks_at(const struct thaw *thaw, enum archive_kind archive)
{
    unsigned looks = thaw_task_looks(thaw, archive);

    return archive == ARCHIVE_KIND_TIERING
                   ? looks + thaw_task_looks(thaw, ARCHIVE_KIND_TIERING_DEEP)
                   : looks;
}

/* How the object must be restored first, if so. */
static void add_restore(
        struct cost_object *object, const struct result *result, const struct input *in)
{
    struct thaw thaw;
    struct err e;

    if (!(result->notes & NOTE_TO_BE_RESTORED) || !in->thaw_params ||
            thaw_read(&thaw, in->thaw_params, &e) != ERR_OK)
        return;
    object->archive = archive_of(result->storage);
    object->restore = thaw_rule_of(&thaw, object->archive);
    object->looks = looks_at(&thaw, object->archive);
}

/* An object under SSE-C has no annotations (Amazon S3 User Guide, "Annotating your objects"). */
static bool has_annotations(const struct input *in)
{
    const char *mode = in->options.object[OBJECT_ANNOTATIONS];

    return !(mode && strcmp(mode, "none") == 0) && !in->options.source.key;
}

static struct cost_object object_of(const struct result *result, const struct input *in)
{
    unsigned chosen = NOTE_LAYOUT_FAST | NOTE_LAYOUT_BY_CHECKSUM;
    unsigned parts = result->notes & chosen ? 0 : etag_parts(result->etag);

    return (struct cost_object){
            .size = result->size,
            .parts = parts,
            .own = own_parts(result, parts == 0),
            .has_tags = in->options.tags == TAGS_BEST_EFFORT || in->options.tags == TAGS_REQUIRE,
            .annotations = has_annotations(in) ? COST_ANNOTATIONS : COST_NO_ANNOTATIONS,
            .listed = result->seen == RESULT_SEEN_BY_LISTING,
            .storage = result->storage,
    };
}

void spent_count_pending(
        struct cost_counts *to_do, const struct result *result, const struct input *in)
{
    struct cost_object object = object_of(result, in);

    add_restore(&object, result, in);
    cost_add_object(to_do, &object);
}

void spent_count(struct report *r, const struct result *result, const struct input *in)
{
    struct cost_object object = object_of(result, in);
    bool copied = result->status == RESULT_COPIED;

    if (copied && (result->notes & NOTE_LAYOUT_NOT_MIRRORED)) {
        object.parts = 0;
        object.own = own_parts(result, true);
    }
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

void spent_forecast(
        struct cost_counts *looked, const struct cost_counts *to_do, enum spent_server server)
{
    looked->requests[COST_CREATE_MULTIPART_UPLOAD] = 0;
    looked->requests[COST_ABORT_MULTIPART_UPLOAD] = 0;
    looked->requests[COST_PUT_OBJECT] += MARKER_AND_REPORT;
    looked->requests[COST_GET_OBJECT] += MARKER_AND_REPORT; /* a look at each before it is put */
    cost_add(looked, to_do);
    if (server != SPENT_AT_AMAZON)
        looked->requests[COST_LIST_OBJECT_ANNOTATIONS] -=
                to_do->requests[COST_LIST_OBJECT_ANNOTATIONS];
}

enum spent_server spent_server_of(const struct s3_client *s3)
{
    return s3_client_is_amazon(s3) ? SPENT_AT_AMAZON : SPENT_ELSEWHERE;
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
        spent_forecast(&spent, &r->to_do, spent_server_of(s3));
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
