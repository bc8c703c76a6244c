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
        {"x-amz-missing-meta", "2", NULL, false},
        {"x-amz-object-lock-mode", "GOVERNANCE", NULL, false},
        {"x-amz-object-lock-legal-hold", "ON", NULL, false},
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
    m->attributes = (struct copy_attributes){
            .options = &m->options, .source = &m->source, .kept = &m->kept, .tagging = tagging};
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
            {"EXPRESS_ONEZONE", false, NOTE_CLASS_CHANGED},
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

/* A field that comes several times is given once, whatever the case of its name. */
static void test_joined(void **state)
{
    struct made m;

    (void)state;
    begin(&m, "", NULL);
    headers_add(&m.answer, "x-amz-meta-a", "one");
    headers_add(&m.answer, "cache-control", "no-cache");
    headers_add(&m.answer, "X-Amz-Meta-A", "two, three");
    headers_add(&m.answer, "Cache-Control", "max-age=0");
    headers_add(&m.answer, "x-amz-meta-a", "");
    make(&m, COPY_TAGS);
    assert_int_equal(m.create.count, 2);
    assert_string_equal(headers_get(&m.create, "x-amz-meta-a"), "one,two, three,");
    assert_string_equal(headers_get(&m.create, "cache-control"), "no-cache,max-age=0");
    end(&m);
}

/* The bytes of a value are the owner's: nothing is trimmed, decoded or understood. */
static void test_byte_for_byte(void **state)
{
    static const char *const values[] = {"", "caf\xe9", "caf\xc3\xa9 \xe6\x97\xa5", "a  b\t\tc",
            "\"a  b\"", "=?UTF-8?B?w6k=?=", "%41%2", "a=b&c;d,e", "\x80\xff"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct made m;

        begin(&m, "", NULL);
        headers_add(&m.answer, "x-amz-meta-a", values[i]);
        headers_add(&m.answer, "content-encoding", "aws-chunked,gzip");
        headers_add(&m.answer, "expires", "never");
        make(&m, COPY_TAGS);
        assert_string_equal(headers_get(&m.create, "x-amz-meta-a"), values[i]);
        assert_string_equal(headers_get(&m.create, "content-encoding"), "aws-chunked,gzip");
        assert_string_equal(headers_get(&m.create, "expires"), "never");
        end(&m);
    }
}

/* An attribute that a copy cannot be given is noted; metadata that no header can say comes along
 * with CopyObject all the same. */
static void test_notes(void **state)
{
    static const struct {
        const char *name, *value;
        unsigned by_copy, by_create;
    } rows[] = {
            {"x-amz-meta-a", "1", 0, 0},
            {"x-amz-missing-meta", "2", 0, NOTE_METADATA_MISSING},
            {"x-amz-missing-meta", "0", 0, 0},
            {"x-amz-object-lock-mode", "GOVERNANCE", NOTE_LOCK_NOT_COPIED, NOTE_LOCK_NOT_COPIED},
            {"x-amz-object-lock-mode", "COMPLIANCE", NOTE_LOCK_NOT_COPIED, NOTE_LOCK_NOT_COPIED},
            {"x-amz-object-lock-legal-hold", "ON", NOTE_LOCK_NOT_COPIED, NOTE_LOCK_NOT_COPIED},
            {"x-amz-object-lock-legal-hold", "OFF", 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct made m;

        begin(&m, "", NULL);
        headers_add(&m.answer, rows[i].name, rows[i].value);
        make(&m, COPY_TAGS);
        assert_int_equal(copy_headers_notes(&m.attributes), rows[i].by_copy);
        assert_int_equal(copy_headers_create_notes(&m.attributes), rows[i].by_create);
        end(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_each),
            cmocka_unit_test(test_all_at_once),
            cmocka_unit_test(test_storage_class),
            cmocka_unit_test(test_tags),
            cmocka_unit_test(test_kept_anew),
            cmocka_unit_test(test_joined),
            cmocka_unit_test(test_byte_for_byte),
            cmocka_unit_test(test_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
