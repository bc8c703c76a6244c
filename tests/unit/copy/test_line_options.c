/* Options that a line of the list has of its own: they reach the request that makes the copy, in
 * one piece and in parts, and go before those of the job. */
#include "../model/overriding.h"
#include "one_copy.h"

struct row {
    enum object_option option;
    const char *name, *job, *line; /* of an option; job: NULL: the job does not set it */
    const char *header;            /* of the copy's request */
    const char *other;             /* that must not be there; NULL: none */
};

static const struct row rows[] = {
        {OBJECT_STORAGE_CLASS, "storageClass", NULL, "STANDARD_IA",
                "x-amz-storage-class: STANDARD_IA\n", NULL},
        {OBJECT_STORAGE_CLASS, "storageClass", "GLACIER_IR", "ONEZONE_IA",
                "x-amz-storage-class: ONEZONE_IA\n", "GLACIER_IR"},
        {OBJECT_SSE, "sse", "AES256", "aws:kms", "x-amz-server-side-encryption: aws:kms\n",
                "AES256"},
        {OBJECT_ACL, "acl", "private", "bucket-owner-full-control",
                "x-amz-acl: bucket-owner-full-control\n", "private"},
        {OBJECT_GRANT_READ, "grantRead", NULL, "id=\"1\"", "x-amz-grant-read: id=\"1\"\n", NULL},
};

static void override(struct world *w, const char *name, const char *value)
{
    if (!w->overrides)
        w->overrides = calloc(1, sizeof *w->overrides);
    assert_non_null(w->overrides);
    override_text(w->overrides, name, value);
}

static void check(const struct row *row, bool big)
{
    struct world w;

    world_init(&w);
    (void)(big ? put_big(&w) : put_small(&w));
    if (row->job)
        w.input.options.object[row->option] = strdup(row->job);
    override(&w, row->name, row->line);
    world_run(&w);
    assert_int_equal(w.result->status, RESULT_COPIED);
    if (!strstr(buf_str(&w.fake.headers), row->header))
        fail_msg("%s: %s is not in: %s", row->name, row->header, buf_str(&w.fake.headers));
    if (row->other && strstr(buf_str(&w.fake.headers), row->other))
        fail_msg("%s: %s is in: %s", row->name, row->other, buf_str(&w.fake.headers));
    world_free(&w);
}

static void test_headers(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(&rows[i], false);
        check(&rows[i], true);
    }
}

/* Tags of a line: the job takes them along, and the line leaves them. */
static void test_tags(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    override(w, "tags", "none");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_headers),
            world_test(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
