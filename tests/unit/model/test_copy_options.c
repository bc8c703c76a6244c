#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/copy_options.h"
#include "model/input.h"
#include "overriding.h"

/* Without overrides, and with overrides that say nothing, the options are the job's. */
static void test_of_the_job(void **state)
{
    struct input in = {.options = {.tags = TAGS_REQUIRE, .on_different = ON_DIFFERENT_KEEP}};
    struct copy_overrides nothing = {0};
    struct copy_options a, b;

    (void)state;
    a = copy_options_of(&in, NULL);
    b = copy_options_of(&in, &nothing);
    assert_int_equal(a.tags, TAGS_REQUIRE);
    assert_int_equal(a.on_different, ON_DIFFERENT_KEEP);
    assert_int_equal(b.tags, TAGS_REQUIRE);
    assert_int_equal(b.on_different, ON_DIFFERENT_KEEP);
}

static struct copy_options with(const struct input *in, const char *name, const char *value)
{
    struct copy_overrides overrides = {0};
    struct copy_options options;

    override_text(&overrides, name, value);
    options = copy_options_of(in, &overrides);
    copy_overrides_free(&overrides);
    return options;
}

/* Each option is overruled by itself, with every value. */
static void test_overruled(void **state)
{
    static const char *const tags[] = {"best-effort", "require", "none"};
    static const char *const different[] = {"overwrite", "keep", "fail"};
    static const char *const unproven[] = {"copy", "skip"};
    struct input in = {.options = {.tags = TAGS_REQUIRE, .on_different = ON_DIFFERENT_KEEP}};
    struct copy_options options;
    int i;

    (void)state;
    for (i = TAGS_BEST_EFFORT; i <= TAGS_NONE; i++) {
        options = with(&in, "tags", tags[i]);
        assert_int_equal(options.tags, i);
        assert_int_equal(options.on_different, ON_DIFFERENT_KEEP);
    }
    for (i = ON_DIFFERENT_OVERWRITE; i <= ON_DIFFERENT_FAIL; i++) {
        options = with(&in, "onDifferent", different[i]);
        assert_int_equal(options.tags, TAGS_REQUIRE);
        assert_int_equal(options.on_different, i);
    }
    for (i = ON_UNPROVEN_COPY; i <= ON_UNPROVEN_SKIP; i++)
        assert_int_equal(with(&in, "onUnproven", unproven[i]).on_unproven, i);
    assert_int_equal(with(&in, "tags", "none").on_unproven, ON_UNPROVEN_COPY);
}

/* Every field that a line may have lies in the options, and the input's own do not. */
static void test_table(void **state)
{
    const size_t from = offsetof(struct input, options), end = from + sizeof(struct copy_options);
    unsigned per_line = 0;
    size_t i;

    (void)state;
    for (i = 0; i < input_fields.count; i++) {
        const struct field *field = &input_fields.fields[i];

        assert_int_equal(field->per_line, field->offset >= from && field->offset < end);
        per_line += field->per_line;
    }
    assert_true(per_line >= 3);
}

static enum copy_overrides_taken take(
        struct copy_overrides *o, const char *name, const char *json, struct faults *faults)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    enum copy_overrides_taken taken;

    assert_non_null(value);
    faults_init(faults);
    taken = copy_overrides_take(o, name, value, faults);
    json_decref(value);
    return taken;
}

/* A wrong value is told of by the option's name, and gives none; what is no option of a line is not
 * taken. */
static void test_wrong(void **state)
{
    static const struct {
        const char *name, *json, *fault;
        enum copy_overrides_taken taken;
    } rows[] = {
            {"tags", "\"all\"",
                    "tags: must be \"best-effort\", \"require\" or \"none\", not \"all\"",
                    COPY_OVERRIDES_TAKEN},
            {"onUnproven", "true", "onUnproven: must be \"copy\" or \"skip\", not true",
                    COPY_OVERRIDES_TAKEN},
            {"destinationBucket", "\"b\"", "", COPY_OVERRIDES_UNKNOWN},
            {"tag", "\"none\"", "", COPY_OVERRIDES_UNKNOWN},
    };
    struct copy_overrides overrides = {0};
    struct faults faults;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(take(&overrides, rows[i].name, rows[i].json, &faults), rows[i].taken);
        assert_string_equal(faults.text, rows[i].fault);
        assert_true(field_set_is_empty(&overrides.given));
    }
    assert_string_equal(copy_overrides_near("tag"), "tags");
    assert_string_equal(copy_overrides_near("onDiffrent"), "onDifferent");
    assert_null(copy_overrides_near("destinationBuckett"));
    copy_overrides_free(&overrides);
}

/* Options that say the same are the same text, in whatever order they came. */
static void test_text(void **state)
{
    struct copy_overrides a = {0}, b = {0};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    override_text(&a, "tags", "none");
    assert_false(copy_overrides_same(&a, NULL));
    assert_false(copy_overrides_same(NULL, &a));
    assert_false(copy_overrides_same(&a, &b));
    override_text(&a, "onDifferent", "overwrite");
    override_text(&b, "onDifferent", "overwrite");
    override_text(&b, "tags", "require");
    assert_false(copy_overrides_same(&a, &b));
    override_text(&b, "tags", "none");
    assert_true(copy_overrides_same(&a, &b));
    copy_overrides_write(&out, &b);
    assert_string_equal(buf_str(&out), "{\"onDifferent\":\"overwrite\",\"tags\":\"none\"}");
    copy_overrides_free(&a);
    copy_overrides_free(&b);
    assert_true(copy_overrides_same(&a, NULL));
    assert_true(copy_overrides_same(NULL, NULL));
    buf_free(&out);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(copy_options_tags_name(TAGS_BEST_EFFORT), "best-effort");
    assert_string_equal(copy_options_tags_name(TAGS_REQUIRE), "require");
    assert_string_equal(copy_options_tags_name(TAGS_NONE), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_of_the_job),
            cmocka_unit_test(test_overruled),
            cmocka_unit_test(test_table),
            cmocka_unit_test(test_wrong),
            cmocka_unit_test(test_text),
            cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
