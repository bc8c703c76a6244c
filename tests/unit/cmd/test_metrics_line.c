/* Lines of metrics, against the specification's JSON schema (metrics.schema.json) and what its text
 * demands besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/progress/metrics_line.h"

/* --- as much of JSON Schema as that file uses --- */

static bool fits(const json_t *schema, const json_t *value);

static bool is_type(const char *type, const json_t *value)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"object", JSON_OBJECT}, {"array", JSON_ARRAY}, {"string", JSON_STRING},
            {"integer", JSON_INTEGER}};
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0)
            return json_typeof(value) == types[i].type;
    fail_msg("type %s", type);
    return false;
}

static bool has_required(const json_t *names, const json_t *value)
{
    const json_t *name;
    size_t i;

    json_array_foreach(
            names, i, name) if (!json_object_get(value, json_string_value(name))) return false;
    return true;
}

static bool properties_fit(json_t *properties, const json_t *value)
{
    const char *name;
    json_t *schema;

    json_object_foreach(properties, name, schema)
    {
        const json_t *member = json_object_get(value, name);

        if (member && !fits(schema, member))
            return false;
    }
    return true;
}

static bool items_fit(const json_t *schema, const json_t *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach(value, i, item) if (!fits(schema, item)) return false;
    return true;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t regex;
    bool yes;

    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    yes = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return yes;
}

/* A word of a schema; one that is not known here is no word that nobody looks at. */
static bool word_fits(const char *word, json_t *by, const json_t *value)
{
    size_t number = (size_t)json_integer_value(by);

    if (strcmp(word, "$comment") == 0)
        return true;
    if (strcmp(word, "type") == 0)
        return is_type(json_string_value(by), value);
    if (strcmp(word, "required") == 0)
        return has_required(by, value);
    if (strcmp(word, "properties") == 0)
        return properties_fit(by, value);
    if (strcmp(word, "items") == 0)
        return items_fit(by, value);
    if (strcmp(word, "minItems") == 0)
        return json_array_size(value) >= number;
    if (strcmp(word, "maxItems") == 0)
        return json_array_size(value) <= number;
    if (strcmp(word, "minLength") == 0)
        return json_string_length(value) >= number;
    if (strcmp(word, "maxLength") == 0)
        return json_string_length(value) <= number;
    if (strcmp(word, "pattern") == 0)
        return matches(json_string_value(by), json_string_value(value));
    fail_msg("%s: not a word that this test knows", word);
    return false;
}

static bool fits(const json_t *schema, const json_t *value)
{
    const char *word;
    json_t *by;

    json_object_foreach(
            (json_t *)(uintptr_t)schema, word, by) if (!word_fits(word, by, value)) return false;
    return true;
}

static bool text_fits(const char *text)
{
    json_t *schema = json_load_file("metrics.schema.json", 0, NULL), *value;
    bool yes;

    assert_non_null(schema);
    value = json_loads(text, 0, NULL);
    if (!value)
        fail_msg("no JSON: %s", text);
    yes = fits(schema, value);
    json_decref(schema);
    json_decref(value);
    return yes;
}

/* --- the lines --- */

static const char *line_of(struct buf *out, const char *stack, struct metrics_counts counts)
{
    buf_clear(out);
    metrics_line(out, stack, 1764170000123, &counts);
    return buf_str(out);
}

static void test_line(void **state)
{
    struct buf line;

    (void)state;
    buf_init(&line, BUF_MAX_SMALL);
    assert_string_equal(line_of(&line, "CopyOut", (struct metrics_counts){3, 1000, 1, 2}),
            "{\"_aws\":{\"Timestamp\":1764170000123,\"CloudWatchMetrics\":[{\"Namespace\":\"copyout\","
            "\"Dimensions\":[[\"Stack\"]],\"Metrics\":["
            "{\"Name\":\"Objects\",\"Unit\":\"Count\"},{\"Name\":\"Bytes\",\"Unit\":\"Bytes\"},"
            "{\"Name\":\"ObjectsFailed\",\"Unit\":\"Count\"},{\"Name\":\"Throttles\",\"Unit\":\"Count\"}"
            "]}]},\"Stack\":\"CopyOut\",\"Objects\":3,\"Bytes\":1000,\"ObjectsFailed\":1,\"Throttles\":2}");
    buf_free(&line);
}

/* The members that dimensions and metrics refer to are there, strings and numbers. */
static void check_targets(const char *text)
{
    json_t *line = json_loads(text, 0, NULL), *directive;
    const json_t *one;
    size_t i;

    directive =
            json_array_get(json_object_get(json_object_get(line, "_aws"), "CloudWatchMetrics"), 0);
    json_array_foreach(json_object_get(directive, "Metrics"), i, one) assert_true(json_is_integer(
            json_object_get(line, json_string_value(json_object_get(one, "Name")))));
    assert_int_equal(i, 4);
    json_array_foreach(json_array_get(json_object_get(directive, "Dimensions"), 0), i, one)
            assert_true(json_is_string(json_object_get(line, json_string_value(one))));
    assert_int_equal(i, 1);
    json_decref(line);
}

static void test_specification(void **state)
{
    static const struct {
        const char *stack;
        struct metrics_counts counts;
    } rows[] = {
            {"CopyOut", {0}},
            {"CopyOut", {1, 2, 3, 4}},
            {"a \"quoted\" stack\n", {.bytes = INT64_MAX}},
            {"stäck", {.objects = UINT32_MAX, .throttles = 1}},
    };
    struct buf line;
    size_t i;

    (void)state;
    buf_init(&line, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = line_of(&line, rows[i].stack, rows[i].counts);

        if (!text_fits(text))
            fail_msg("not as specified: %s", text);
        assert_null(strchr(text, '\n')); /* a log event is a line */
        check_targets(text);
    }
    buf_free(&line);
}

/* The schema is looked at. */
static void test_others_do_not_fit(void **state)
{
#define LINE(directive) "{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[" directive "]}}"
#define METRIC(rest)    "{\"Namespace\":\"n\",\"Dimensions\":[[]],\"Metrics\":[" rest "]}"
    static const struct {
        const char *text;
        bool fits;
    } rows[] = {
            {LINE(METRIC("{\"Name\":\"a\",\"Unit\":\"Count/Second\"}")), true},
            {LINE(METRIC("{\"Name\":\"a\",\"StorageResolution\":1}")), true},
            {LINE(""), true},
            {"{}", false},
            {"[]", false},
            {"{\"_aws\":{\"CloudWatchMetrics\":[]}}", false},
            {"{\"_aws\":{\"Timestamp\":\"1\",\"CloudWatchMetrics\":[]}}", false},
            {LINE("{\"Namespace\":\"n\",\"Dimensions\":[[]]}"), false},
            {LINE("{\"Namespace\":\"\",\"Dimensions\":[[]],\"Metrics\":[]}"), false},
            {LINE("{\"Namespace\":\"n\",\"Dimensions\":[],\"Metrics\":[]}"), false},
            {LINE("{\"Namespace\":\"n\",\"Dimensions\":[\"a\"],\"Metrics\":[]}"), false},
            {LINE(METRIC("{}")), false},
            {LINE(METRIC("{\"Name\":\"\"}")), false},
            {LINE(METRIC("{\"Name\":\"a\",\"Unit\":\"Counts\"}")), false},
            {LINE(METRIC("{\"Name\":\"a\",\"Unit\":\"Seconds/Second\"}")), false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_fits(rows[i].text) != rows[i].fits)
            fail_msg("fits, or not: %s", rows[i].text);
}

static void test_only_new_ones(void **state)
{
    static const struct {
        struct metrics_counts now, new;
    } rows[] = {
            {{0}, {0}},
            {{1, 20, 0, 3}, {1, 20, 0, 3}},
            {{1, 20, 0, 3}, {0}},
            {{5, 21, 4, 3}, {4, 1, 4, 0}},
            {{5, 21, 4, 9}, {0, 0, 0, 6}},
    };
    struct metrics_counts told = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct metrics_counts new = metrics_new(&told, &rows[i].now);

        assert_memory_equal(&new, &rows[i].new, sizeof new);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_line),
            cmocka_unit_test(test_specification),
            cmocka_unit_test(test_others_do_not_fit),
            cmocka_unit_test(test_only_new_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
