/* The attributes that a copy is given besides its bytes: the same by CopyObject and by
 * CreateMultipartUpload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <strings.h>

#include "copy/copy_headers.h"
#include "model/result.h"

/* Each attribute: a header of the source's HeadObject, or what is known of it otherwise, the header
 * of Create, and whether CopyObject takes it along without one. */
static const struct attribute {
    const char *source, *value; /* of HeadObject's answer */
    const char *create;         /* NULL: it must not be sent */
    bool by_itself;
} attributes[] = {
        {"Content-Type", "text/x-c", "content-type", true},
        {"cache-control", "no-cache", "cache-control", true},
        {"content-disposition", "attachment", "content-disposition", true},
        {"content-encoding", "gzip", "content-encoding", true},
        {"content-language", "mi", "content-language", true},
        {"expires", "Thu, 01 Dec 2033 16:00:00 GMT", "expires", true},
        {"x-amz-meta-a", "1", "x-amz-meta-a", true},
        {"X-Amz-Meta-B", "two, three", "x-amz-meta-b", true},
        {"x-amz-website-redirect-location", "/elsewhere", "x-amz-website-redirect-location", false},
        {"etag", "\"e\"", NULL, false},
        {"content-length", "12", NULL, false},
        {"x-amz-server-side-encryption", "AES256", NULL, false},
        {"x-amz-version-id", "v", NULL, false},
        {"x-amz-storage-class", "GLACIER", NULL, false},
        {"x-amz-restore", "ongoing-request=\"false\"", NULL, false},
        {"last-modified", "today", NULL, false},
        {"x-amz-metatarsal", "no metadata", NULL, false},
};

struct made {
    struct headers answer, kept, copy, create;
    struct object_info source;
    struct copy_options options;
    struct copy_attributes attributes;
};

static void begin(struct made *m, const char *class, const char *tagging)
{
    memset(m, 0, sizeof *m);
    headers_init(&m->answer);
    headers_init(&m->kept);
    headers_init(&m->copy);
    headers_init(&m->create);
    strcpy(m->source.storage_class, class);
    m->attributes = (struct copy_attributes){&m->options, &m->source, &m->kept, tagging};
}

static void make(struct made *m, enum copy_tags tags)
{
    copy_headers_keep(&m->kept, &m->answer);
    copy_headers_copy(&m->copy, &m->attributes, tags, 0);
    copy_headers_create(&m->create, &m->attributes);
}

static void end(struct made *m)
{
    headers_free(&m->answer);
    headers_free(&m->kept);
    headers_free(&m->copy);
    headers_free(&m->create);
}

/* Each attribute for itself: Create is given it if and only if CopyObject makes the same object. */
static void test_each(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        const struct attribute *a = &attributes[i];
        struct made m;

        begin(&m, "", NULL);
        headers_add(&m.answer, a->source, a->value);
        make(&m, COPY_TAGS);
        assert_int_equal(m.create.count, a->create ? 1 : 0);
        assert_int_equal(m.copy.count, a->create && !a->by_itself ? 1 : 0);
        if (a->create)
            assert_string_equal(headers_get(&m.create, a->create), a->value);
        if (a->create && !a->by_itself)
            assert_string_equal(headers_get(&m.copy, a->create), a->value);
        end(&m);
    }
}

static void test_all_at_once(void **state)
{
    struct made m;
    size_t i, create = 0, copy = 0;

    (void)state;
    begin(&m, "STANDARD_IA", "a=b");
    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        headers_add(&m.answer, attributes[i].source, attributes[i].value);
        create += attributes[i].create != NULL;
        copy += attributes[i].create && !attributes[i].by_itself;
    }
    make(&m, COPY_TAGS);
    assert_int_equal(m.create.count, create + 2); /* the storage class, the tags */
    assert_int_equal(m.copy.count, copy + 1);     /* the storage class */
    assert_string_equal(headers_get(&m.create, "x-amz-tagging"), "a=b");
    assert_null(headers_get(&m.copy, "x-amz-tagging"));
    end(&m);
}

/* A class whose objects can be read is the copy's too; an archive's is not, which is noted. */
static void test_storage_class(void **state)
{
    static const struct {
        const char *class;
        bool kept;
        unsigned notes;
    } rows[] = {
            {"", false, 0},
            {"STANDARD", false, 0},
            {"STANDARD_IA", true, 0},
            {"ONEZONE_IA", true, 0},
            {"INTELLIGENT_TIERING", true, 0},
            {"GLACIER_IR", true, 0},
            {"REDUCED_REDUNDANCY", true, 0},
            {"GLACIER", false, NOTE_CLASS_CHANGED},
            {"DEEP_ARCHIVE", false, NOTE_CLASS_CHANGED},
            {"NEW_CLASS", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *copy, *create;
        struct made m;

        begin(&m, rows[i].class, NULL);
        make(&m, COPY_TAGS);
        copy = headers_get(&m.copy, "x-amz-storage-class");
        create = headers_get(&m.create, "x-amz-storage-class");
        assert_int_equal(copy != NULL, rows[i].kept);
        assert_int_equal(create != NULL, rows[i].kept);
        if (rows[i].kept) {
            assert_string_equal(copy, rows[i].class);
            assert_string_equal(create, rows[i].class);
        }
        assert_int_equal(copy_headers_notes(&m.attributes), rows[i].notes);
        end(&m);
    }
}

/* The tags come along with both, or with neither. */
static void test_tags(void **state)
{
    int mode;

    (void)state;
    for (mode = TAGS_BEST_EFFORT; mode <= TAGS_NONE; mode++) {
        struct made m;
        bool none = mode == TAGS_NONE;

        begin(&m, "", none ? NULL : "a=b"); /* with TAGS_NONE they are not asked for */
        m.options.tags = (enum tags_mode)mode;
        make(&m, COPY_TAGS);
        assert_int_equal(headers_get(&m.copy, "x-amz-tagging-directive") != NULL, none);
        assert_int_equal(headers_get(&m.create, "x-amz-tagging") != NULL, !none);
        end(&m);

        begin(&m, "", NULL);
        m.options.tags = (enum tags_mode)mode;
        make(&m, COPY_NO_TAGS);
        assert_string_equal(headers_get(&m.copy, "x-amz-tagging-directive"), "REPLACE");
        assert_null(headers_get(&m.create, "x-amz-tagging"));
        end(&m);
    }
}

/* A new answer takes the place of an old one; no answer has no headers. */
static void test_kept_anew(void **state)
{
    struct made m;

    (void)state;
    begin(&m, "", NULL);
    headers_add(&m.answer, "x-amz-meta-a", "1");
    copy_headers_keep(&m.kept, &m.answer);
    copy_headers_keep(&m.kept, &m.answer);
    assert_int_equal(m.kept.count, 1);
    copy_headers_keep(&m.kept, NULL);
    assert_int_equal(m.kept.count, 0);
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_each),
            cmocka_unit_test(test_all_at_once),
            cmocka_unit_test(test_storage_class),
            cmocka_unit_test(test_tags),
            cmocka_unit_test(test_kept_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
