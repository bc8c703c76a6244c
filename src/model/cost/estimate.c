#include "model/cost/estimate.h"

#include <string.h>

#include "base/str.h"

static unsigned long long ull(uint64_t n)
{
    return (unsigned long long)n;
}

/* --- text --- */

static void add_range(struct buf *out, uint64_t least, uint64_t most)
{
    if (least == most)
        buf_addf(out, "%llu", ull(least));
    else
        buf_addf(out, "%llu to %llu", ull(least), ull(most));
}

static void add_requests(struct buf *out, const struct cost_estimate *e)
{
    int op;

    buf_adds(out, "Requests: ");
    add_range(out, cost_requests(&e->least), cost_requests(&e->most));
    buf_adds(out, e->looked ? "\n" : ", if nothing is at the destination yet\n");
    for (op = 0; op < COST_OP_COUNT; op++) {
        if (e->most.requests[op] == 0)
            continue;
        buf_addf(out, "  %s ", cost_op_name((enum cost_op)op));
        add_range(out, e->least.requests[op], e->most.requests[op]);
        buf_adds(out, "\n");
    }
}

static void add_usd_range(struct buf *out, double least, double most)
{
    cost_show_usd(out, least);
    if (most - least >= 0.005) {
        buf_adds(out, " to ");
        cost_show_usd(out, most);
    }
}

static void add_more_usd(struct buf *out, double usd, const char *for_what)
{
    if (usd <= 0)
        return;
    buf_adds(out, "  ");
    cost_show_usd(out, usd);
    buf_addf(out, " %s\n", for_what);
}

static void add_aws(struct buf *out, const struct cost_estimate *e)
{
    struct cost_aws aws = cost_on_aws(&e->most, e->prices, e->shards, e->workers);
    unsigned looks = cost_thaw_tasks(&e->most);

    add_more_usd(out, aws.fargate, "more at most for Fargate, on demand; Spot takes less");
    add_more_usd(out, aws.step_functions, "more for Step Functions");
    add_more_usd(out, aws.config, "more where AWS Config records network interfaces");
    add_more_usd(out, aws.logs + aws.metrics, "more for logs and metrics");
    add_more_usd(out, aws.insights, "more where Container Insights is on");
    if (looks > 0)
        buf_addf(out, "  with at most %u task%s that look%s at what is being restored\n", looks,
                str_plural(looks), looks == 1 ? "s" : "");
}

static void add_price(struct buf *out, const struct cost_estimate *e)
{
    buf_adds(out, "Price: ");
    add_usd_range(out, cost_usd(&e->least, e->prices), cost_usd(&e->most, e->prices));
    buf_addf(out, " for S3's requests, at Amazon's prices of %s (%s)", e->prices->region,
            e->prices->date);
    if (e->region && strcmp(e->region, e->prices->region) != 0)
        buf_addf(out, "; those of %s are not known here", e->region);
    buf_adds(out, "\n");
    add_more_usd(out, cost_retrieval_usd(&e->most, e->prices),
            "more for reading from STANDARD_IA, ONEZONE_IA and GLACIER_IR");
    add_more_usd(out, cost_restore_usd(&e->most, e->prices), "more for restoring archived objects");
    add_more_usd(out, cost_restored_storage_usd(&e->most, e->prices),
            "more for what is restored, as long as it lies in STANDARD");
    add_more_usd(out, cost_kms_usd(&e->most, e->prices),
            "more at most, where buckets are encrypted with KMS keys and have no bucket keys");
    if (e->may_leave_region)
        add_more_usd(out, cost_transfer_usd(&e->most, e->prices),
                "more, where source and destination lie in two regions");
    if (e->shards > 0)
        add_aws(out, e);
}

void cost_estimate_text(struct buf *out, const struct cost_estimate *e)
{
    char bytes[32];

    buf_addf(out, "%llu object%s%s\n", ull(e->items), str_plural(e->items),
            e->looked ? "" : ", which were not looked at");
    add_requests(out, e);
    if (e->looked)
        buf_addf(out, "Bytes: %llu (%s)\nTime: %.1f s", ull(e->most.bytes),
                str_bytes(bytes, sizeof bytes, e->most.bytes), cost_seconds(&e->most));
    else
        buf_addf(out, "Bytes: not known\nTime: at least %.1f s", cost_seconds(&e->least));
    buf_adds(out, ", at S3's usual rates\n");
    add_price(out, e);
    if (e->most.requests[COST_LIST_OBJECT_ANNOTATIONS] > 0)
        buf_adds(out,
                "Annotations: they are listed for each object that is copied in parts. How many "
                "there are is not known before, and each takes a GET and a PUT more.\n");
    if (!e->looked)
        buf_adds(out, "An object that was made in parts takes a request for each part, and is not "
                      "counted so: with --exact it is.\n");
}

/* --- JSON --- */

/* value may be NULL: no memory. */
static bool put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

static json_t *counts_json(const struct cost_counts *c)
{
    json_t *object = json_object();
    int op;

    for (op = 0; object && op < COST_OP_COUNT; op++) {
        if (c->requests[op] == 0 || put(object, cost_op_name((enum cost_op)op),
                                            json_integer((json_int_t)c->requests[op])))
            continue;
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *prices_json(const struct cost_prices *prices)
{
    return json_pack("{s:s, s:s, s:s}", "region", prices->region, "date", prices->date, "source",
            cost_source());
}

/* {"requests": ..., "seconds": ..., "usd": ...} of one end of the range. */
static json_t *end_json(const struct cost_counts *c, const struct cost_prices *prices)
{
    return json_pack("{s:o, s:f, s:f, s:f}", "requests", counts_json(c), "seconds", cost_seconds(c),
            "usd", cost_usd(c, prices), "kmsUsdMost", cost_kms_usd(c, prices));
}

static json_t *aws_json(const struct cost_estimate *e)
{
    struct cost_aws aws = cost_on_aws(&e->most, e->prices, e->shards, e->workers);

    json_t *json = json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "shards", (json_int_t)e->shards,
            "fargateUsd", aws.fargate, "stepFunctionsUsd", aws.step_functions, "configUsd",
            aws.config, "logsUsd", aws.logs, "metricsUsd", aws.metrics, "containerInsightsUsd",
            aws.insights);
    unsigned looks = cost_thaw_tasks(&e->most);

    if (!json || looks == 0 || put(json, "thawTasksMost", json_integer(looks)))
        return json;
    json_decref(json);
    return NULL;
}

json_t *cost_estimate_json(const struct cost_estimate *e)
{
    json_t *json = json_pack("{s:I, s:b, s:o, s:o, s:o}", "items", (json_int_t)e->items, "looked",
            e->looked, "least", end_json(&e->least, e->prices), "most",
            end_json(&e->most, e->prices), "prices", prices_json(e->prices));
    bool good = json != NULL;

    if (good && e->looked)
        good = put(json, "bytes", json_integer((json_int_t)e->most.bytes));
    if (good && e->looked)
        good = put(json, "retrievalUsd", json_real(cost_retrieval_usd(&e->most, e->prices)));
    if (good && e->most.requests[COST_RESTORE_OBJECT] > 0)
        good = put(json, "restoreUsd", json_real(cost_restore_usd(&e->most, e->prices))) &&
               put(json, "restoredStorageUsd",
                       json_real(cost_restored_storage_usd(&e->most, e->prices)));
    if (good && e->looked && e->may_leave_region)
        good = put(json, "transferUsdMost", json_real(cost_transfer_usd(&e->most, e->prices)));
    if (good && e->shards > 0)
        good = put(json, "aws", aws_json(e));
    if (good)
        return json;
    json_decref(json);
    return NULL;
}

json_t *cost_spent_json(const struct cost_counts *c, const struct cost_prices *prices)
{
    return json_pack("{s:I, s:f, s:f, s:f, s:o}", "requests", (json_int_t)cost_requests(c), "usd",
            cost_usd(c, prices), "retrievalUsd", cost_retrieval_usd(c, prices), "kmsUsdMost",
            cost_kms_usd(c, prices), "prices", prices_json(prices));
}
