#include "model/cost/cost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* S3's own figures: Amazon S3 User Guide, "Best practices design patterns: optimizing Amazon S3
 * performance" (3,500 writes a second and prefix; 85 to 90 MB/s for one request); the base of a
 * copy is what an empty one takes. */
static const double COPY_SECONDS = 0.1;
static const double COPY_BYTES_A_SECOND = 65.0 * 1024 * 1024;
static const double WRITES_A_SECOND = 3500;
static const double GIB = 1024.0 * 1024 * 1024;
enum {
    REQUESTS_AT_ONCE = 1024,
    KEYS_A_LISTING = 1000,
    KMS_A_COPY = 2,  /* Decrypt of the source, GenerateDataKey for the copy */
    OWN_OBJECTS = 2, /* marker and report */
    MICRO = 1000000, /* millionths of a dollar in one */
    MICRO_A_CENT = MICRO / 100,
};

/* The tasks of the stack: deploy/cdk/lib/task.ts, docs/aws.md. */
static const double TASK_VCPU = 0.25, TASK_GIB = 0.5, TASK_LEAST_SECONDS = 60;
static const double TASK_LOG_BYTES = 10 * 1024;
/* Container Insights: an event of the task and one of its container each minute (Amazon CloudWatch
 * User Guide, "Container Insights performance log events for Amazon ECS"), and metrics of the
 * cluster and of its one task definition: processor, memory, network, storage, tasks. */
static const double INSIGHTS_BYTES_A_SECOND = 2.0 * 1024 / 60;
static const double HOURS_A_MONTH = 730, DAYS_A_MONTH = 30;
enum {
    TASKS_BESIDES = 2,
    TRANSITIONS_BESIDES = 10,
    TRANSITIONS_A_SHARD = 2,
    TRANSITIONS_A_LOOK = 4,       /* Thaw, Thawed, WaitForRestores, CountLook */
    TRANSITIONS_BEFORE_LOOKS = 3, /* MayThaw, FindWaiting, AnyWaiting */
    INTERFACE_ITEMS = 2,          /* the interface is made, and it is removed */
    OWN_METRICS = 4,              /* docs/metrics.md */
    INSIGHTS_METRICS = 24,
};

static const struct {
    const char *name;
    enum cost_class class;
} ops[COST_OP_COUNT] = {
#define COST_OP_ROW(op, name, class) [op] = {name, class},
        COST_OP_TABLE(COST_OP_ROW)
#undef COST_OP_ROW
};

static const struct cost_prices prices_of_regions[] = {
#define PRICES(region, date, ...) {region, date, __VA_ARGS__},
#include "model/cost/prices.def"
#undef PRICES
};

enum cost_op cost_op_of(const char *name)
{
    int op;

    for (op = 0; op < COST_OP_COUNT; op++)
        if (strcmp(ops[op].name, name) == 0)
            break;
    return (enum cost_op)op;
}

/* --- counting --- */

void cost_add_requests(struct cost_counts *c, enum cost_op op, uint64_t count)
{
    if (op < COST_OP_COUNT)
        c->requests[op] += count;
}

void cost_add(struct cost_counts *c, const struct cost_counts *more)
{
    int op;

    for (op = 0; op < COST_OP_COUNT; op++)
        c->requests[op] += more->requests[op];
    c->copies += more->copies;
    c->bytes += more->bytes;
    c->stream_seconds += more->stream_seconds;
    if (more->longest_seconds > c->longest_seconds)
        c->longest_seconds = more->longest_seconds;
    for (op = 0; op < COST_STORAGE_COUNT; op++) {
        c->of[op].writes += more->of[op].writes;
        c->of[op].reads += more->of[op].reads;
        c->of[op].bytes += more->of[op].bytes;
    }
    for (op = 0; op < COST_RESTORE_COUNT; op++) {
        c->restores[op].requests += more->restores[op].requests;
        c->restores[op].bytes += more->restores[op].bytes;
    }
    c->restored_byte_days += more->restored_byte_days;
    for (op = 0; op < ARCHIVE_KIND_COUNT; op++)
        if (more->looks[op] > c->looks[op])
            c->looks[op] = more->looks[op];
}

enum cost_restore cost_restore_of(enum archive_kind kind, struct thaw_rule rule)
{
    switch (kind) {
    case ARCHIVE_KIND_GLACIER:
        if (rule.tier == THAW_STANDARD)
            return COST_RESTORE_STANDARD;
        return rule.tier == THAW_EXPEDITED ? COST_RESTORE_EXPEDITED : COST_RESTORE_COUNT;
    case ARCHIVE_KIND_DEEP:
        return rule.tier == THAW_BULK ? COST_RESTORE_DEEP_BULK : COST_RESTORE_DEEP_STANDARD;
    case ARCHIVE_KIND_TIERING:
        return rule.tier == THAW_EXPEDITED ? COST_RESTORE_EXPEDITED : COST_RESTORE_COUNT;
    default:
        return COST_RESTORE_COUNT;
    }
}

static void add_restore(struct cost_counts *c, const struct cost_object *o)
{
    enum cost_restore restore = cost_restore_of(o->archive, o->restore);

    if (o->archive == ARCHIVE_KIND_NONE)
        return;
    c->requests[COST_RESTORE_OBJECT]++;
    c->looks[o->archive] = o->looks;
    c->restored_byte_days += (double)o->size * o->restore.days;
    if (restore == COST_RESTORE_COUNT)
        return;
    c->restores[restore].requests++;
    c->restores[restore].bytes += o->size;
}

/* COST_STORAGE_COUNT: objects of that class cost what STANDARD ones do. */
static enum cost_storage cost_storage_of(enum storage_class class)
{
    return class == STORAGE_STANDARD_IA || class == STORAGE_ONEZONE_IA ? COST_STORAGE_IA
           : class == STORAGE_GLACIER_IR                               ? COST_STORAGE_IR
                                                                       : COST_STORAGE_COUNT;
}

/* Notes whose class an object has, with what was sent for it. */
static void add_storage(struct cost_counts *c, const struct cost_object *o, uint64_t writes,
        uint64_t reads, uint64_t bytes)
{
    enum cost_storage storage = cost_storage_of(o->storage);

    if (storage == COST_STORAGE_COUNT)
        return;
    c->of[storage].writes += writes;
    c->of[storage].reads += reads;
    c->of[storage].bytes += bytes;
}

uint64_t cost_requests_of(const struct cost_counts *c, enum cost_class class)
{
    uint64_t sum = 0;
    int op;

    for (op = 0; op < COST_OP_COUNT; op++)
        if (ops[op].class == class)
            sum += c->requests[op];
    return sum;
}

uint64_t cost_requests(const struct cost_counts *c)
{
    return cost_requests_of(c, COST_WRITE) + cost_requests_of(c, COST_READ) +
           cost_requests_of(c, COST_FREE);
}

/* Copies of so many bytes each. */
static void add_copies(struct cost_counts *c, enum cost_op op, uint64_t count, double bytes)
{
    double seconds = COPY_SECONDS + bytes / COPY_BYTES_A_SECOND;

    c->requests[op] += count;
    c->copies += count;
    c->stream_seconds += (double)count * seconds;
    if (count > 0 && seconds > c->longest_seconds)
        c->longest_seconds = seconds;
}

/* Create, the parts, Complete; or one CopyObject. */
static void add_writes(struct cost_counts *c, uint64_t size, unsigned parts)
{
    c->bytes += size;
    if (parts == 0) {
        add_copies(c, COST_COPY_OBJECT, 1, (double)size);
        return;
    }
    c->requests[COST_CREATE_MULTIPART_UPLOAD]++;
    add_copies(c, COST_UPLOAD_PART_COPY, parts, (double)size / parts);
    c->requests[COST_COMPLETE_MULTIPART_UPLOAD]++;
}

/* HEAD of parts to learn a uniform layout (copy/probe_plan.h: part 1, the last, one in the middle;
 * an object of two parts is known by its first), and HEAD of the copy. */
static unsigned heads_of_parts(unsigned parts)
{
    unsigned probes = parts <= 2 ? parts - 1 : 3;

    return probes + 1;
}

/* CopyObject, or Create, the parts and Complete. */
static uint64_t writes_of(unsigned parts)
{
    return parts == 0 ? 1 : (uint64_t)parts + 2;
}

/* The parts that the copy is made in; 0: it is made in one piece. */
static unsigned parts_of(const struct cost_object *o)
{
    return o->own > 0 ? o->own : o->parts;
}

void cost_add_object(struct cost_counts *c, const struct cost_object *o)
{
    unsigned parts = parts_of(o);
    unsigned heads = o->own > 0 ? 1 : o->parts == 0 ? 0 : heads_of_parts(o->parts);
    bool tags = parts > 0 && o->has_tags;
    bool annotations = parts > 0 && o->annotations == COST_ANNOTATIONS;

    if (parts > 0)
        heads += o->listed;
    add_restore(c, o);
    add_writes(c, o->size, parts);
    c->requests[COST_HEAD_OBJECT] += heads;
    c->requests[COST_GET_OBJECT_TAGGING] += tags;
    c->requests[COST_LIST_OBJECT_ANNOTATIONS] += annotations;
    add_storage(c, o, writes_of(parts), heads + tags, o->size);
}

void cost_add_result(
        struct cost_counts *c, const struct cost_object *o, bool copied, uint64_t requests)
{
    uint64_t writes = copied ? writes_of(parts_of(o)) : 0;
    uint64_t heads = requests > writes ? requests - writes : 0;

    if (copied)
        add_writes(c, o->size, parts_of(o));
    c->requests[COST_HEAD_OBJECT] += heads;
    add_storage(c, o, writes, heads, copied ? o->size : 0);
}

void cost_of_list(
        struct cost_counts *least, struct cost_counts *most, uint64_t items, unsigned buckets)
{
    uint64_t pages = (items + KEYS_A_LISTING - 1) / KEYS_A_LISTING;

    memset(least, 0, sizeof *least);
    add_copies(least, COST_COPY_OBJECT, items, 0);
    least->requests[COST_HEAD_BUCKET] = (uint64_t)buckets + 1;
    least->requests[COST_PUT_OBJECT] = OWN_OBJECTS;
    *most = *least;
    least->requests[COST_LIST_OBJECTS] = pages;    /* of the sources; the destination is new */
    most->requests[COST_LIST_OBJECTS] = 2 * pages; /* of both sides, in vain */
    most->requests[COST_HEAD_OBJECT] = 3 * items;  /* both sides, and the copy */
}

double cost_seconds(const struct cost_counts *c)
{
    double writes = (double)cost_requests_of(c, COST_WRITE) / WRITES_A_SECOND;
    double streams = c->stream_seconds / REQUESTS_AT_ONCE;
    double longest = c->longest_seconds;

    if (streams > longest)
        longest = streams;
    return writes > longest ? writes : longest;
}

/* --- money --- */

const struct cost_prices *cost_prices_of(const char *region)
{
    size_t i;

    for (i = 0; region && i < sizeof prices_of_regions / sizeof prices_of_regions[0]; i++)
        if (strcmp(prices_of_regions[i].region, region) == 0)
            return &prices_of_regions[i];
    return &prices_of_regions[0];
}

const char *cost_source(void)
{
    return PRICES_SOURCE;
}

double cost_usd(const struct cost_counts *c, const struct cost_prices *prices)
{
    double usd = (double)cost_requests_of(c, COST_WRITE) / 1000 * prices->write +
                 (double)cost_requests_of(c, COST_READ) / 1000 * prices->read;
    int i;

    for (i = 0; i < COST_STORAGE_COUNT; i++)
        usd += (double)c->of[i].writes / 1000 * (prices->of[i].write - prices->write) +
               (double)c->of[i].reads / 1000 * (prices->of[i].read - prices->read);
    return usd;
}

double cost_retrieval_usd(const struct cost_counts *c, const struct cost_prices *prices)
{
    double usd = 0;
    int i;

    for (i = 0; i < COST_STORAGE_COUNT; i++)
        usd += (double)c->of[i].bytes / GIB * prices->of[i].bytes;
    return usd;
}

double cost_restore_usd(const struct cost_counts *c, const struct cost_prices *prices)
{
    double usd = 0;
    int i;

    for (i = 0; i < COST_RESTORE_COUNT; i++)
        usd += (double)c->restores[i].requests / 1000 * prices->restores[i].requests +
               (double)c->restores[i].bytes / GIB * prices->restores[i].bytes;
    return usd;
}

double cost_restored_storage_usd(const struct cost_counts *c, const struct cost_prices *prices)
{
    return c->restored_byte_days / GIB / DAYS_A_MONTH * prices->storage;
}

double cost_kms_usd(const struct cost_counts *c, const struct cost_prices *prices)
{
    return (double)c->copies * KMS_A_COPY / 10000 * prices->kms;
}

double cost_transfer_usd(const struct cost_counts *c, const struct cost_prices *prices)
{
    return (double)c->bytes / GIB * prices->transfer;
}

unsigned cost_thaw_tasks(const struct cost_counts *c)
{
    unsigned sum = 0;
    int kind;

    for (kind = 0; kind < ARCHIVE_KIND_COUNT; kind++)
        sum += c->looks[kind];
    return sum;
}

/* The seconds of all tasks: those of the shards are as long as the copies take. */
static double task_seconds(const struct cost_counts *c, uint64_t shards, uint64_t workers)
{
    double least = (double)(shards + TASKS_BESIDES) * TASK_LEAST_SECONDS;
    double busy = cost_seconds(c) * (double)(workers < shards ? workers : shards);

    return (busy > least ? busy : least) + cost_thaw_tasks(c) * TASK_LEAST_SECONDS;
}

static double transitions_of(const struct cost_counts *c, uint64_t shards)
{
    unsigned looks = cost_thaw_tasks(c);

    return (double)(TRANSITIONS_BESIDES + TRANSITIONS_A_SHARD * shards) +
           (looks > 0 ? TRANSITIONS_BEFORE_LOOKS + TRANSITIONS_A_LOOK * (double)looks : 0);
}

struct cost_aws cost_on_aws(const struct cost_counts *c, const struct cost_prices *prices,
        uint64_t shards, uint64_t workers)
{
    double tasks = (double)(shards + TASKS_BESIDES + cost_thaw_tasks(c));
    double seconds = task_seconds(c, shards, workers);
    double hours = seconds / 3600;
    /* Metrics are charged by hours that have begun, on the clock. */
    double months = (1 + (double)(uint64_t)(cost_seconds(c) / 3600)) / HOURS_A_MONTH;

    return (struct cost_aws){
            .fargate = hours * (TASK_VCPU * prices->vcpu + TASK_GIB * prices->memory),
            .step_functions = transitions_of(c, shards) / 1000 * prices->transitions,
            .config = tasks * INTERFACE_ITEMS * prices->config,
            .logs = tasks * TASK_LOG_BYTES / GIB * prices->logs,
            .metrics = OWN_METRICS * months * prices->metric,
            .insights = INSIGHTS_METRICS * months * prices->metric +
                        seconds * INSIGHTS_BYTES_A_SECOND / GIB * prices->logs,
    };
}

void cost_show_usd(struct buf *out, double usd)
{
    if (usd < 0.005 && usd > 0)
        buf_adds(out, "less than $0.01");
    else
        buf_addf(out, "$%.2f", usd);
}

uint64_t cost_micro(double usd)
{
    static const double nothing = 1e-3;
    double micro = usd * MICRO;
    uint64_t whole;

    if (!(micro > 0))
        return 0;
    if (micro >= (double)COST_MICRO_MOST)
        return COST_MICRO_MOST;
    whole = (uint64_t)micro;
    return whole + (micro - (double)whole > nothing);
}

void cost_show_micro(struct buf *out, uint64_t micro)
{
    uint64_t cents = micro / MICRO_A_CENT, rest = micro % MICRO_A_CENT;
    int decimals = 4;

    buf_addf(out, "$%" PRIu64 ".%02" PRIu64, cents / 100, cents % 100);
    if (rest == 0)
        return;
    for (; rest % 10 == 0; rest /= 10)
        decimals--;
    buf_addf(out, "%0*" PRIu64, decimals, rest);
}

void cost_show_micro_up(struct buf *out, uint64_t micro)
{
    uint64_t step = MICRO_A_CENT;

    while (step > 1 && micro / step < 10)
        step /= 10;
    cost_show_micro(out, (micro + step - 1) / step * step);
}

static void show(
        char out[COST_SHOWN_SIZE], void (*how)(struct buf *out, uint64_t micro), uint64_t micro)
{
    struct buf text;

    buf_init(&text, COST_SHOWN_SIZE);
    how(&text, micro);
    snprintf(out, COST_SHOWN_SIZE, "%s", buf_str(&text));
    buf_free(&text);
}

bool cost_exceeds(struct cost_excess *out, const struct cost_counts *c,
        const struct cost_prices *prices, uint64_t most)
{
    out->micro = cost_micro(cost_usd(c, prices));
    if (out->micro <= most)
        return false;
    show(out->usd, cost_show_micro_up, out->micro);
    show(out->most, cost_show_micro, most);
    return true;
}

const char *cost_op_name(enum cost_op op)
{
    return ops[op].name;
}
