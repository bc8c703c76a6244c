/* Requests, time and money before the run: tables of counts in and figures out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/cost/estimate.h"

#define MIB UINT64_C(1048576)
#define GIB (1024 * MIB)

/* Equal but for the last digits of a double. */
static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-12;
}

static void near_to(const char *what, double got, double expected)
{
    if (!is_near(got, expected))
        fail_msg("%s: %.12g, not %.12g", what, got, expected);
}

static void test_names(void **state)
{
    int op;

    (void)state;
    for (op = 0; op < COST_OP_COUNT; op++)
        assert_int_equal(cost_op_of(cost_op_name((enum cost_op)op)), op);
    assert_int_equal(cost_op_of("NoSuchOperation"), COST_OP_COUNT);
}

/* The requests that are still to be sent for an object that was looked at. */
static void test_objects(void **state)
{
    static const struct {
        uint64_t size;
        unsigned parts;
        bool tags, listed;
        uint64_t heads, tagging, singles, creates, part_copies, completes;
        double stream, longest;
    } rows[] = {
            {0, 0, true, false, 0, 0, 1, 0, 0, 0, 0.1, 0.1},
            {65 * MIB, 0, true, false, 0, 0, 1, 0, 0, 0, 1.1, 1.1},
            {65 * MIB, 1, true, false, 1, 1, 0, 1, 1, 1, 1.1, 1.1},
            {130 * MIB, 2, true, false, 2, 1, 0, 1, 2, 1, 2.2, 1.1},
            {130 * MIB, 2, false, false, 2, 0, 0, 1, 2, 1, 2.2, 1.1},
            {195 * MIB, 3, false, false, 4, 0, 0, 1, 3, 1, 3.3, 1.1},
            {650 * MIB, 10000, true, false, 4, 1, 0, 1, 10000, 1, 1010, 0.101},
            {130 * MIB, 0, true, true, 0, 0, 1, 0, 0, 0, 2.1, 2.1},
            {130 * MIB, 2, false, true, 3, 0, 0, 1, 2, 1, 2.2, 1.1},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cost_counts c = {0};

        cost_add_object(&c, &(struct cost_object){
                                    .size = rows[i].size,
                                    .parts = rows[i].parts,
                                    .has_tags = rows[i].tags,
                                    .listed = rows[i].listed,
                            });
        assert_int_equal(c.requests[COST_HEAD_OBJECT], rows[i].heads);
        assert_int_equal(c.requests[COST_GET_OBJECT_TAGGING], rows[i].tagging);
        assert_int_equal(c.requests[COST_COPY_OBJECT], rows[i].singles);
        assert_int_equal(c.requests[COST_CREATE_MULTIPART_UPLOAD], rows[i].creates);
        assert_int_equal(c.requests[COST_UPLOAD_PART_COPY], rows[i].part_copies);
        assert_int_equal(c.requests[COST_COMPLETE_MULTIPART_UPLOAD], rows[i].completes);
        assert_int_equal(cost_requests(&c), rows[i].heads + rows[i].tagging + rows[i].singles +
                                                    rows[i].creates + rows[i].part_copies +
                                                    rows[i].completes);
        assert_int_equal(c.copies, rows[i].singles + rows[i].part_copies);
        assert_int_equal(c.bytes, rows[i].size);
        near_to("stream", c.stream_seconds, rows[i].stream);
        near_to("longest", c.longest_seconds, rows[i].longest);
    }
}

static void test_results(void **state)
{
    const struct cost_object whole = {.size = 100}, in_parts = {.size = 100, .parts = 4};
    struct cost_counts c = {0};

    (void)state;
    cost_add_result(&c, &whole, true, 3);     /* two HEADs and a copy */
    cost_add_result(&c, &whole, false, 2);    /* the same already */
    cost_add_result(&c, &in_parts, true, 11); /* Create, four parts, Complete, five HEADs */
    cost_add_result(&c, &whole, true, 0);     /* of an older program, which did not count */
    assert_int_equal(c.requests[COST_HEAD_OBJECT], 2 + 2 + 5);
    assert_int_equal(c.requests[COST_COPY_OBJECT], 2);
    assert_int_equal(c.requests[COST_UPLOAD_PART_COPY], 4);
    assert_int_equal(cost_requests_of(&c, COST_WRITE), 2 + 6);
    assert_int_equal(c.bytes, 300);
}

static void test_lists(void **state)
{
    struct cost_counts least, most;

    (void)state;
    cost_of_list(&least, &most, 1001, 2);
    assert_int_equal(least.requests[COST_COPY_OBJECT], 1001);
    assert_int_equal(least.requests[COST_LIST_OBJECTS], 2);
    assert_int_equal(least.requests[COST_HEAD_OBJECT], 0);
    assert_int_equal(least.requests[COST_HEAD_BUCKET], 3);
    assert_int_equal(least.requests[COST_PUT_OBJECT], 2);
    assert_int_equal(most.requests[COST_COPY_OBJECT], 1001);
    assert_int_equal(most.requests[COST_LIST_OBJECTS], 4);
    assert_int_equal(most.requests[COST_HEAD_OBJECT], 3003);
    cost_of_list(&least, &most, 0, 0);
    assert_int_equal(cost_requests(&least), 3);
}

static void test_sums(void **state)
{
    struct cost_counts a = {0}, b = {0};

    (void)state;
    cost_add_object(&a, &(struct cost_object){.size = 65 * MIB, .has_tags = true});
    cost_add_object(&b, &(struct cost_object){.size = 130 * MIB, .has_tags = true});
    cost_add_requests(&b, COST_LIST_OBJECTS, 7);
    cost_add_requests(&b, COST_OP_COUNT, 7); /* none of ours: not counted */
    cost_add(&a, &b);
    assert_int_equal(cost_requests(&a), 9);
    assert_int_equal(a.copies, 2);
    assert_int_equal(a.bytes, 195 * MIB);
    near_to("stream", a.stream_seconds, 3.2);
    near_to("longest", a.longest_seconds, 2.1);
}

/* Whichever is longest: writes below a prefix, streams at once, the longest copy. */
static void test_seconds(void **state)
{
    struct cost_counts many = {0}, streams = {0}, one = {0};
    unsigned i;

    (void)state;
    for (i = 0; i < 35000; i++)
        cost_add_object(&many, &(struct cost_object){.size = 0, .has_tags = true});
    near_to("small objects", cost_seconds(&many), 10);
    for (i = 0; i < 1024; i++)
        cost_add_object(&streams, &(struct cost_object){.size = 650 * MIB, .has_tags = true});
    for (i = 0; i < 1024; i++)
        cost_add_object(&streams, &(struct cost_object){.size = 650 * MIB, .has_tags = true});
    near_to("streams", cost_seconds(&streams), 20.2);
    cost_add_object(&one, &(struct cost_object){.size = 6500 * MIB, .has_tags = true});
    near_to("one object", cost_seconds(&one), 100.1);
}

/* Amazon's figures of us-east-1: $0.005 for 1,000 writes, $0.0004 for 1,000 reads. */
static void test_money(void **state)
{
    const struct cost_prices *prices = cost_prices_of("us-east-1");
    struct cost_counts c = {0};
    struct cost_aws aws;

    (void)state;
    cost_add_requests(&c, COST_COPY_OBJECT, 1000000);
    cost_add_requests(&c, COST_HEAD_OBJECT, 2000000);
    cost_add_requests(&c, COST_ABORT_MULTIPART_UPLOAD, 1000000);
    near_to("a million objects", cost_usd(&c, prices), 5.8);
    c.copies = 1000000;
    near_to("KMS", cost_kms_usd(&c, prices), 6);
    c.bytes = 100 * GIB;
    near_to("transfer", cost_transfer_usd(&c, prices), 2);
    aws = cost_on_aws(&c, prices, 100, 100);
    /* The writes take 286 s, which 100 tasks of a quarter of a processor are busy with. */
    near_to("Fargate", aws.fargate,
            cost_seconds(&c) * 100 / 3600 * (0.25 * 0.04048 + 0.5 * 0.004445));
    near_to("Step Functions", aws.step_functions, 210 * 0.025 / 1000);
    near_to("Config", aws.config, 102 * 2 * 0.003);
    near_to("logs", aws.logs, 102 * 10 * 0.5 / 1024 / 1024);
    near_to("metrics", aws.metrics, 4 * 0.3 / 730);
    near_to("Container Insights", aws.insights,
            24 * 0.3 / 730 + cost_seconds(&c) * 100 / 60 * 2 * 0.5 / 1024 / 1024);
    aws = cost_on_aws(&c, prices, 10, 100);
    near_to("Fargate, ten shards", aws.fargate,
            cost_seconds(&c) * 10 / 3600 * (0.25 * 0.04048 + 0.5 * 0.004445));
    c.longest_seconds = 3600; /* an hour, and the next has begun */
    aws = cost_on_aws(&c, prices, 10, 100);
    near_to("metrics of two hours", aws.metrics, 2 * 4 * 0.3 / 730);
    memset(&c, 0, sizeof c);
    aws = cost_on_aws(&c, prices, 100, 100);
    near_to("a minute each", aws.fargate, 102 * 60.0 / 3600 * (0.25 * 0.04048 + 0.5 * 0.004445));
}

/* Amazon's figures of us-east-1, for objects of 1 GiB in 16 parts: Create, the parts, Complete;
 * five HEADs, and the tags. */
static void test_storage_classes(void **state)
{
    static const struct {
        enum storage_class class;
        double write, read, retrieval;
    } rows[] = {
            {STORAGE_STANDARD, 0.005, 0.0004, 0},
            {STORAGE_STANDARD_IA, 0.01, 0.001, 0.01},
            {STORAGE_ONEZONE_IA, 0.01, 0.001, 0.01},
            {STORAGE_INTELLIGENT_TIERING, 0.005, 0.0004, 0},
            {STORAGE_GLACIER_IR, 0.02, 0.01, 0.03},
            {STORAGE_GLACIER, 0.005, 0.0004, 0}, /* it was restored: a copy that lies in STANDARD */
            {STORAGE_CLASS_COUNT, 0.005, 0.0004, 0},
    };
    const struct cost_prices *prices = cost_prices_of(NULL);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cost_object o = {.size = GIB,
                .parts = 16,
                .has_tags = true,
                .listed = true,
                .storage = rows[i].class};
        struct cost_counts c = {0}, sum = {0};

        cost_add_object(&c, &o);
        near_to("requests", cost_usd(&c, prices), 0.018 * rows[i].write + 0.006 * rows[i].read);
        near_to("retrieval", cost_retrieval_usd(&c, prices), rows[i].retrieval);
        cost_add_result(&c, &o, true, 18 + 6);
        cost_add_result(&c, &o, false, 0);
        cost_add(&sum, &c);
        near_to("both", cost_usd(&sum, prices), 2 * (0.018 * rows[i].write + 0.006 * rows[i].read));
        near_to("both", cost_retrieval_usd(&sum, prices), 2 * rows[i].retrieval);
    }
}

/* Amazon's figures of us-east-1, for an object of 2 GiB that is restored for five days, where the
 * archive knows of days. */
static void test_restores(void **state)
{
    static const struct {
        enum archive_kind kind;
        enum thaw_tier tier;
        double request, gib, days;
    } rows[] = {
            {ARCHIVE_KIND_NONE, THAW_BULK, 0, 0, 0},
            {ARCHIVE_KIND_GLACIER, THAW_BULK, 0, 0, 5},
            {ARCHIVE_KIND_GLACIER, THAW_STANDARD, 0.05, 0.01, 5},
            {ARCHIVE_KIND_GLACIER, THAW_EXPEDITED, 10, 0.03, 5},
            {ARCHIVE_KIND_DEEP, THAW_BULK, 0.025, 0.0025, 5},
            {ARCHIVE_KIND_DEEP, THAW_STANDARD, 0.1, 0.02, 5},
            {ARCHIVE_KIND_TIERING, THAW_BULK, 0, 0, 0},
            {ARCHIVE_KIND_TIERING, THAW_STANDARD, 0, 0, 0},
            {ARCHIVE_KIND_TIERING, THAW_EXPEDITED, 10, 0.03, 0},
            {ARCHIVE_KIND_TIERING_DEEP, THAW_STANDARD, 0, 0, 0},
    };
    const struct cost_prices *prices = cost_prices_of(NULL);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cost_object o = {.size = 2 * GIB,
                .archive = rows[i].kind,
                .restore = {.days = (unsigned)rows[i].days, .tier = rows[i].tier}};
        bool restores = rows[i].kind != ARCHIVE_KIND_NONE;
        struct cost_counts c = {0}, sum = {0};
        json_t *json;

        cost_add_object(&c, &o);
        cost_add(&sum, &c);
        assert_int_equal(sum.requests[COST_RESTORE_OBJECT], restores);
        assert_int_equal(sum.requests[COST_COPY_OBJECT], 1);
        near_to("restore", cost_restore_usd(&sum, prices),
                rows[i].request / 1000 + 2 * rows[i].gib);
        near_to("storage", cost_restored_storage_usd(&sum, prices), 2 * rows[i].days / 30 * 0.023);
        json = cost_estimate_json(&(struct cost_estimate){
                .items = 1, .looked = true, .least = sum, .most = sum, .prices = prices});
        assert_int_equal(json_object_get(json, "restoreUsd") != NULL, restores);
        assert_int_equal(json_object_get(json, "restoredStorageUsd") != NULL, restores);
        json_decref(json);
    }
}

static void test_prices_of_regions(void **state)
{
    (void)state;
    assert_string_equal(cost_prices_of("us-east-1")->region, "us-east-1");
    assert_ptr_equal(cost_prices_of("mars-north-1"), cost_prices_of("us-east-1"));
    assert_ptr_equal(cost_prices_of(NULL), cost_prices_of("us-east-1"));
    assert_int_equal(strlen(cost_prices_of(NULL)->date), strlen("2026-11-26"));
}

static void test_shown(void **state)
{
    static const struct {
        double usd;
        const char *text;
    } rows[] = {{0, "$0.00"}, {0.0049, "less than $0.01"}, {0.005, "$0.01"}, {5.8, "$5.80"},
            {12345.678, "$12345.68"}};
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&out);
        cost_show_usd(&out, rows[i].usd);
        assert_string_equal(buf_str(&out), rows[i].text);
    }
    buf_free(&out);
}

/* --- estimates --- */

static struct cost_estimate of_list(void)
{
    struct cost_estimate e = {
            .items = 1000000, .prices = cost_prices_of(NULL), .region = "us-east-1"};

    cost_of_list(&e.least, &e.most, e.items, 1);
    return e;
}

static struct cost_estimate of_looking(void)
{
    struct cost_estimate e = {.items = 2, .looked = true, .prices = cost_prices_of(NULL)};

    cost_add_object(&e.least, &(struct cost_object){.size = GIB, .parts = 16, .has_tags = true});
    cost_add_object(&e.least, &(struct cost_object){.size = 20, .has_tags = true});
    e.most = e.least;
    return e;
}

static void says(const struct cost_estimate *e, const char *expected, bool there)
{
    struct buf out;

    buf_init(&out, BUF_MAX_SMALL);
    cost_estimate_text(&out, e);
    if ((strstr(buf_str(&out), expected) != NULL) != there)
        fail_msg("%s \"%s\" in\n%s", there ? "no" : "a", expected, buf_str(&out));
    buf_free(&out);
}

static void test_text_of_a_list(void **state)
{
    struct cost_estimate e = of_list();

    (void)state;
    says(&e, "1000000 objects, which were not looked at\n", true);
    says(&e, "Requests: 1001004 to 4002004, if nothing is at the destination yet\n", true);
    says(&e, "  HeadObject 0 to 3000000\n", true);
    says(&e, "  CopyObject 1000000\n", true);
    says(&e, "UploadPartCopy", false);
    says(&e, "Bytes: not known\nTime: at least 286.0 s", true);
    says(&e, "Price: $5.01 to $6.21 for S3's requests, at Amazon's prices of us-east-1", true);
    says(&e, "are not known here", false);
    says(&e, "two regions", false);
    says(&e, "Fargate", false);
    says(&e, "with --exact it is", true);
}

static void test_text_of_looking(void **state)
{
    struct cost_estimate e = of_looking();

    (void)state;
    e.region = "ap-southeast-2";
    e.may_leave_region = true;
    e.shards = 10;
    e.workers = 5;
    says(&e, "2 objects\nRequests: 24\n", true);
    says(&e, "  UploadPartCopy 16\n", true);
    says(&e, "Bytes: 1073741844 (1.00 GiB)\nTime: 1.1 s", true);
    says(&e, "those of ap-southeast-2 are not known here", true);
    says(&e, "$0.02 more, where source and destination lie in two regions", true);
    says(&e, "for Fargate", true);
    says(&e, "where AWS Config records network interfaces", true);
    says(&e, "--look", false);
}

/* Tasks that look at what is being restored: of all archives, whatever the number of objects. */
static void test_looks(void **state)
{
    const struct cost_object deep = {.size = 1, .archive = ARCHIVE_KIND_DEEP, .looks = 12},
                             soon = {.size = 1, .archive = ARCHIVE_KIND_GLACIER, .looks = 2};
    struct cost_estimate e = of_looking();
    struct cost_aws before, after;
    json_t *json;

    (void)state;
    e.shards = 10;
    e.workers = 5;
    before = cost_on_aws(&e.most, e.prices, 10, 5);
    says(&e, "being restored", false);
    cost_add_object(&e.most, &deep);
    cost_add_object(&e.most, &deep);
    cost_add_object(&e.most, &soon);
    cost_add(&e.least, &e.most);
    assert_int_equal(cost_thaw_tasks(&e.least), 14);
    after = cost_on_aws(&e.most, e.prices, 10, 5);
    near_to("Fargate", after.fargate - before.fargate,
            14 * 60.0 / 3600 * (0.25 * 0.04048 + 0.5 * 0.004445));
    near_to("Step Functions", after.step_functions - before.step_functions,
            (3 + 14 * 4) * 0.025 / 1000);
    near_to("Config", after.config - before.config, 14 * 2 * 0.003);
    near_to("logs", after.logs - before.logs, 14 * 10 * 0.5 / 1024 / 1024);
    says(&e, "  with at most 14 tasks that look at what is being restored\n", true);
    json = cost_estimate_json(&e);
    assert_int_equal(
            json_integer_value(json_object_get(json_object_get(json, "aws"), "thawTasksMost")), 14);
    json_decref(json);
}

static void test_text_of_annotations(void **state)
{
    struct cost_estimate e = of_looking();

    (void)state;
    says(&e, "nnotation", false);
    cost_add_object(&e.most, &(struct cost_object){.size = 9, .annotations = COST_ANNOTATIONS});
    says(&e, "nnotation", false);
    cost_add_object(
            &e.most, &(struct cost_object){.size = 9, .parts = 2, .annotations = COST_ANNOTATIONS});
    says(&e, "  ListObjectAnnotations 0 to 1\n", true);
    says(&e, "each takes a GET and a PUT more.\n", true);
}

static void test_text_of_restores(void **state)
{
    struct cost_estimate e = of_looking();

    (void)state;
    says(&e, "restor", false);
    cost_add_object(&e.most, &(struct cost_object){.size = 100 * GIB,
                                     .archive = ARCHIVE_KIND_DEEP,
                                     .restore = {.days = 30, .tier = THAW_STANDARD}});
    says(&e, "  $2.00 more for restoring archived objects\n", true);
    says(&e, "  $2.30 more for what is restored, as long as it lies in STANDARD\n", true);
}

static void test_json(void **state)
{
    struct cost_estimate e = of_looking();
    json_t *json = cost_estimate_json(&e);
    double usd;
    json_int_t items, parts, bytes;
    int looked;

    (void)state;
    assert_int_equal(json_unpack(json, "{s:I, s:b, s:I, s:{s:{s:I}, s:F}}", "items", &items,
                             "looked", &looked, "bytes", &bytes, "most", "requests",
                             "UploadPartCopy", &parts, "usd", &usd),
            0);
    assert_int_equal(items, 2);
    assert_true(looked);
    assert_int_equal(bytes, GIB + 20);
    assert_int_equal(parts, 16);
    near_to("usd", usd, cost_usd(&e.most, e.prices));
    assert_null(json_object_get(json, "aws"));
    assert_null(json_object_get(json, "transferUsdMost"));
    json_decref(json);
    e = of_list();
    e.shards = 3;
    json = cost_estimate_json(&e);
    assert_null(json_object_get(json, "bytes"));
    assert_int_equal(json_object_size(json_object_get(json, "aws")), 7);
    near_to("Container Insights",
            json_real_value(json_object_get(json_object_get(json, "aws"), "containerInsightsUsd")),
            cost_on_aws(&e.most, e.prices, 3, e.workers).insights);
    json_decref(json);
    json = cost_spent_json(&e.most, e.prices);
    assert_int_equal(json_integer_value(json_object_get(json, "requests")), 4002004);
    json_decref(json);
}

/* An amount above a limit is shown to be above it, and no amount has an exponent. */
static void test_shown_beside_a_limit(void **state)
{
    static const struct {
        double usd;
        uint64_t micro;
        const char *exact, *up;
    } rows[] = {{0.0000526, 53, "$0.000053", "$0.000053"}, {0.000001, 1, "$0.000001", "$0.000001"},
            {5e-9, 1, "$0.000001", "$0.000001"}, {0, 0, "$0.00", "$0.00"},
            {0.00002, 20, "$0.00002", "$0.00002"}, {0.0123456, 12346, "$0.012346", "$0.013"},
            {0.099999, 99999, "$0.099999", "$0.10"}, {0.5, 500000, "$0.50", "$0.50"},
            {5, 5000000, "$5.00", "$5.00"}, {5.000001, 5000001, "$5.000001", "$5.01"},
            {0.1 + 0.2, 300000, "$0.30", "$0.30"}, {1234.5, 1234500000, "$1234.50", "$1234.50"},
            {1e11, COST_MICRO_MOST / 10, "$100000000000.00", "$100000000000.00"},
            {1e30, COST_MICRO_MOST, "$1000000000000.00", "$1000000000000.00"},
            {HUGE_VAL, COST_MICRO_MOST, "$1000000000000.00", "$1000000000000.00"},
            {-1, 0, "$0.00", "$0.00"}, {-HUGE_VAL, 0, "$0.00", "$0.00"}};
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(cost_micro(rows[i].usd), rows[i].micro);
        buf_clear(&out);
        cost_show_micro(&out, rows[i].micro);
        assert_string_equal(buf_str(&out), rows[i].exact);
        buf_clear(&out);
        cost_show_micro_up(&out, rows[i].micro);
        assert_string_equal(buf_str(&out), rows[i].up);
    }
    buf_free(&out);
}

/* The looks of each kind of archive, and nothing of what stands beside them. */
static void test_thaw_tasks(void **state)
{
    struct cost_counts c;
    int kind;

    (void)state;
    memset(&c, 1, sizeof c);
    for (kind = 0; kind < ARCHIVE_KIND_COUNT; kind++)
        c.looks[kind] = 10 + (unsigned)kind;
    assert_int_equal(cost_thaw_tasks(&c),
            10 * ARCHIVE_KIND_COUNT + ARCHIVE_KIND_COUNT * (ARCHIVE_KIND_COUNT - 1) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_objects),
            cmocka_unit_test(test_results),
            cmocka_unit_test(test_lists),
            cmocka_unit_test(test_sums),
            cmocka_unit_test(test_seconds),
            cmocka_unit_test(test_money),
            cmocka_unit_test(test_storage_classes),
            cmocka_unit_test(test_restores),
            cmocka_unit_test(test_prices_of_regions),
            cmocka_unit_test(test_shown),
            cmocka_unit_test(test_shown_beside_a_limit),
            cmocka_unit_test(test_text_of_a_list),
            cmocka_unit_test(test_text_of_looking),
            cmocka_unit_test(test_text_of_restores),
            cmocka_unit_test(test_looks),
            cmocka_unit_test(test_text_of_annotations),
            cmocka_unit_test(test_json),
            cmocka_unit_test(test_thaw_tasks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
