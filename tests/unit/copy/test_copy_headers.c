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

/* Options of objects: CopyObject and Create are given the same, but for metadata and types of
 * checksums, which only one of them has. */
static void test_options(void **state)
{
    static const struct {
        enum object_option which;
        const char *text, *name, *value;
    } rows[] = {
            {OBJECT_STORAGE_CLASS, "GLACIER", "x-amz-storage-class", "GLACIER"},
            {OBJECT_SSE, "aws:kms", "x-amz-server-side-encryption", "aws:kms"},
            {OBJECT_SSE_KMS_KEY_ID, "k", "x-amz-server-side-encryption-aws-kms-key-id", "k"},
            {OBJECT_SSE_BUCKET_KEY, "true", "x-amz-server-side-encryption-bucket-key-enabled",
                    "true"},
            {OBJECT_ACL, "private", "x-amz-acl", "private"},
            {OBJECT_GRANT_FULL_CONTROL, "id=a", "x-amz-grant-full-control", "id=a"},
            {OBJECT_GRANT_READ, "id=a", "x-amz-grant-read", "id=a"},
            {OBJECT_GRANT_READ_ACP, "id=a", "x-amz-grant-read-acp", "id=a"},
            {OBJECT_GRANT_WRITE_ACP, "id=a", "x-amz-grant-write-acp", "id=a"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool of_files = rows[i].which != OBJECT_STORAGE_CLASS;
        struct headers files;
        struct made m;

        begin(&m, "", NULL);
        m.options.object[rows[i].which] = (char *)(uintptr_t)rows[i].text;
        make(&m, COPY_TAGS);
        assert_string_equal(headers_get(&m.copy, rows[i].name), rows[i].value);
        assert_string_equal(headers_get(&m.create, rows[i].name), rows[i].value);
        assert_int_equal(m.copy.count, 1);
        assert_int_equal(m.create.count, 1);
        headers_init(&files);
        copy_headers_file(&files, &m.options);
        assert_int_equal(files.count, of_files);
        headers_free(&files);
        end(&m);
    }
}

/* The class that is asked for takes the place of the source's, and is no change to note. */
static void test_class_asked_for(void **state)
{
    struct made m;

    (void)state;
    begin(&m, "GLACIER", NULL);
    m.options.object[OBJECT_STORAGE_CLASS] = (char *)(uintptr_t) "STANDARD_IA";
    make(&m, COPY_TAGS);
    assert_string_equal(headers_get(&m.copy, "x-amz-storage-class"), "STANDARD_IA");
    assert_int_equal(copy_headers_notes(&m.attributes), 0);
    end(&m);
}

/* The metadata of both ways of copying is the same, whatever becomes of the source's. */
static void test_metadata(void **state)
{
    static const struct {
        const char *mode;
        const char *type, *kept, *own; /* Content-Type, x-amz-meta-a, x-amz-meta-n */
        bool sent;                     /* with CopyObject */
    } rows[] = {
            {NULL, "new", "1", "2", true},
            {"add", "new", "1", "2", true},
            {"replace", "new", NULL, "2", true},
            {"keep", "old", "1", NULL, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *directive;
        struct made m;

        begin(&m, "", NULL);
        headers_add(&m.answer, "content-type", "old");
        headers_add(&m.answer, "x-amz-meta-a", "1");
        headers_add(&m.answer, "x-amz-missing-meta", "1");
        m.options.object[OBJECT_METADATA] =
                (char *)(uintptr_t) "{\"Content-Type\":\"new\",\"x-amz-meta-n\":\"2\"}";
        m.options.object[OBJECT_METADATA_MODE] = (char *)(uintptr_t)rows[i].mode;
        make(&m, COPY_TAGS);
        directive = headers_get(&m.copy, "x-amz-metadata-directive");
        assert_int_equal(directive != NULL, rows[i].sent);
        assert_null(headers_get(&m.create, "x-amz-metadata-directive"));
        assert_string_equal(headers_get(&m.create, "content-type"), rows[i].type);
        assert_int_equal(headers_get(&m.create, "x-amz-meta-a") != NULL, rows[i].kept != NULL);
        assert_int_equal(headers_get(&m.create, "x-amz-meta-n") != NULL, rows[i].own != NULL);
        assert_int_equal(m.copy.count, rows[i].sent ? m.create.count + 1 : 0);
        if (rows[i].sent)
            assert_string_equal(headers_get(&m.copy, "content-type"), rows[i].type);
        /* A value that HTTP cannot hold is lost where the source's metadata is sent. */
        assert_int_equal(copy_headers_notes(&m.attributes),
                rows[i].sent && rows[i].kept ? NOTE_METADATA_MISSING : 0);
        assert_int_equal(
                copy_headers_create_notes(&m.attributes), rows[i].kept ? NOTE_METADATA_MISSING : 0);
        end(&m);
    }
}

/* CopyObject is told the kind alone. */
static void test_checksum_asked_for(void **state)
{
    struct made m;

    (void)state;
    begin(&m, "", NULL);
    m.options.object[OBJECT_CHECKSUM] = (char *)(uintptr_t) "SHA256";
    make(&m, COPY_TAGS);
    assert_string_equal(headers_get(&m.copy, "x-amz-checksum-algorithm"), "SHA256");
    assert_int_equal(m.copy.count, 1);
    /* An upload that was refused with it goes without, and says so. */
    assert_int_equal(m.create.count, 0);
    assert_int_equal(copy_headers_create_notes(&m.attributes), NOTE_CHECKSUM_DROPPED);
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_options),
            cmocka_unit_test(test_class_asked_for),
            cmocka_unit_test(test_metadata),
            cmocka_unit_test(test_checksum_asked_for),
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
