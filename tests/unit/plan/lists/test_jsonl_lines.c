/* Copy instructions as JSON lines. */
#include "read_list.h"

#define LINE(more) "{\"sourceBucket\":\"src\",\"sourceKey\":\"a/b/k\"" more "}\n"
#define KEY(key)   "{\"sourceBucket\":\"src\",\"sourceKey\":\"" key "\"}\n"

static void check(const char *data, const char *expected)
{
    list_check((struct manifest_options){0}, data, expected);
}

static void test_good(void **state)
{
    (void)state;
    check(LINE(""), "1 src|a/b/k|\n");
    check("{\"sourceBucket\":\"src\",\"sourceKey\":\"k\"}", "1 src|k|\n");
    check("\xef\xbb\xbf" LINE(""), "1 src|a/b/k|\n");
    check(LINE("") "\r\n  \n" LINE(""), "1 src|a/b/k|\n4 src|a/b/k|\n");
    check("  { \"sourceKey\" : \"k\", \"sourceBucket\":\"src\" }  \r\n", "1 src|k|\n");
    check(LINE(",\"versionId\":\"v1\""), "1 src|a/b/k|v1\n");
    check(LINE(",\"destinationKey\":\"x/y\""), "1 src|a/b/k| >x/y\n");
    check(LINE(",\"sums\":\"{\\\"version\\\":\\\"1\\\",\\\"size\\\":1}\""),
            "1 src|a/b/k| sums={\"version\":\"1\",\"size\":1}\n");
    check(LINE(",\"sourceRootFolderKey\":\"a/\""), "1 src|a/b/k| root=a/\n");
    check(LINE(",\"destinationRelativeFolderKey\":\"r/s/\""), "1 src|a/b/k| in=r/s/\n");
    check(LINE(",\"sourceNoSignRequest\":false"), "1 src|a/b/k|{\"sourceNoSignRequest\":false}\n");
    check(LINE(",\"metadata\":{\"Content-Type\":\"a/b\"},\"storageClass\":\"GLACIER_IR\""),
            "1 src|a/b/k|{\"storageClass\":\"GLACIER_IR\",\"metadata\":{\"Content-Type\":\"a/b\"}}\n");
    check(LINE(",\"tags\":\"none\",\"onDifferent\":\"fail\""),
            "1 src|a/b/k|{\"onDifferent\":\"fail\",\"tags\":\"none\"}\n");
}

/* A wildcard is one where a '/' stands before it, or nothing; elsewhere '*' is a byte of a key. */
static void test_wildcards(void **state)
{
    (void)state;
    check(KEY("p/*") KEY("*") KEY("p*") KEY("p/*/k"),
            "1 src|p/*| *\n2 src|*| *\n3 src|p*|\n4 src|p/*/k|\n");
    check(LINE("") "{\"sourceBucket\":\"src\",\"sourceKey\":\"p/*\","
                   "\"destinationRelativeFolderKey\":\"r/\"}\n",
            "1 src|a/b/k|\n2 src|p/*| in=r/ *\n");
    check("{\"sourceBucket\":\"src\",\"sourceKey\":\"p/*\",\"sourceRootFolderKey\":\"p/\"}\n"
          "{\"sourceBucket\":\"src\",\"sourceKey\":\"p/*\",\"versionId\":\"v\"}\n",
            "1! sourceRootFolderKey: does not go with a sourceKey that ends with \"/*\"\n"
            "2! versionId: does not go with a sourceKey that ends with \"/*\"\n");
}

/* Keys that steps-s3-copy refuses or changes are keys: two dots in a name, or as the name of a
 * folder, empty names, "/./". */
static void test_any_key(void **state)
{
    (void)state;
    check(KEY("a..b.txt") KEY("a/../b") KEY("a//b") KEY("a/./b") KEY("/k"),
            "1 src|a..b.txt|\n2 src|a/../b|\n3 src|a//b|\n4 src|a/./b|\n5 src|/k|\n");
    check(KEY("a+b%20c \\u00e9#?"), "1 src|a+b%20c é#?|\n");
    check(LINE(",\"destinationRelativeFolderKey\":\"a..b//c/\""), "1 src|a/b/k| in=a..b//c/\n");
}

static void test_bad(void **state)
{
    static const char *const rows[][2] = {
            {"{\"sourceKey\":\"k\"}\n", "1! sourceBucket: is missing\n"},
            {"{\"sourceBucket\":\"src\"}\n", "1! sourceKey: is missing\n"},
            {"{\"sourceBucket\":\"Src\",\"sourceKey\":\"k\"}\n",
                    "1! sourceBucket: \"Src\" has an upper-case letter\n"},
            {"{\"sourceBucket\":7,\"sourceKey\":\"\"}\n",
                    "1! sourceBucket: must be a string; sourceKey: must not be empty\n"},
            {"{\"sourceBucket\":\"src\",\"sourceKey\":\"a\\u0000b\"}\n",
                    "1! sourceKey: \"a\\x00b\" has a NUL byte\n"},
            {LINE(",\"sourceKeys\":1"),
                    "1! sourceKeys: unknown field; did you mean \"sourceKey\"?\n"},
            {LINE(",\"tag\":1"), "1! tag: unknown field; did you mean \"tags\"?\n"},
            {LINE(",\"look\":\"head\""), "1! look: unknown field\n"},
            {LINE(",\"tags\":\"all\""),
                    "1! tags: must be \"best-effort\", \"require\", \"none\" or "
                    "\"set\", not \"all\"\n"},
            {LINE(",\"versionId\":\"a b\""),
                    "1! versionId: \"a b\" has a character that no version id has\n"},
            {LINE(",\"sourceRootFolderKey\":\"a\""),
                    "1! sourceRootFolderKey: does not end with \"/\"\n"},
            {LINE(",\"sourceRootFolderKey\":\"b/\""),
                    "1! sourceRootFolderKey: sourceKey does not begin with it\n"},
            {LINE(",\"destinationRelativeFolderKey\":\"r\""),
                    "1! destinationRelativeFolderKey: does not end with \"/\"\n"},
            {LINE(",\"destinationRelativeFolderKey\":\"/r/\""),
                    "1! destinationRelativeFolderKey: begins with \"/\"\n"},
            {LINE(",\"destinationRelativeFolderKey\":\"../r/\""),
                    "1! destinationRelativeFolderKey: has \"..\" as the name of a folder\n"},
            {LINE(",\"destinationRelativeFolderKey\":\"r/../\""),
                    "1! destinationRelativeFolderKey: has \"..\" as the name of a folder\n"},
            {LINE(",\"sourceRootFolderKey\":\"a/\",\"destinationRelativeFolderKey\":\"r/\""),
                    "1! only one of sourceRootFolderKey, destinationRelativeFolderKey and "
                    "destinationKey may be given\n"},
            {LINE(",\"sums\":\"{}\""),
                    "1! sums: \"{}\" asserts nothing: it has neither a size nor a sum\n"},
            {LINE(",\"sums\":\"{v:1}\""), "1! sums: \"{v:1}\" is not the text of a JSON object\n"},
            {LINE(",\"sums\":{\"size\":1}"), "1! sums: must be a string\n"},
            {"{\"sourceBucket\":\"src\",\"sourceKey\":\"p/*\",\"sums\":\"{\\\"size\\\":1}\"}\n",
                    "1! sums: does not go with a sourceKey that ends with \"/*\"\n"},
            {LINE(",\"sourceNoSignRequest\":1"),
                    "1! sourceNoSignRequest: must be true or false, not 1\n"},
            {LINE(",\"sseCustomerKey\":\"secret\""), "1! sseCustomerKey: unknown field\n"},
            {LINE("") "x\n" LINE("") "[1]\n",
                    "1 src|a/b/k|\n3 src|a/b/k|\n2! it is not valid JSON: column 1: invalid token "
                    "near 'x'\n4! it is not a JSON object\n"},
            {LINE(",\"sourceKey\":\"l\""), "1! it is not valid JSON: column 53: duplicate object "
                                           "key near '\"sourceKey\"'\n"},
            {"{\n\"sourceBucket\":\"src\",\n\"sourceKey\":\"k\"}\n",
                    "0! the manifest is one JSON list of copy instructions; write one object a "
                    "line: jq -c '.[]'\n"},
            {"[" LINE("") "]", "0! the manifest is one JSON list of copy instructions; write one "
                               "object a line: jq -c '.[]'\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i][0], rows[i][1]);
}

/* A line that is too long is one problem, and those behind it are read. */
static void test_long(void **state)
{
    enum { LONG = 70000 };
    char *data = malloc(3 * LONG);
    struct buf log;
    size_t len, chunk;

    (void)state;
    assert_non_null(data);
    strcpy(data, "{\"sourceBucket\":\"src\",\"sourceKey\":\"");
    len = strlen(data);
    memset(data + len, 'k', LONG);
    strcpy(data + len + LONG, "\"}\n" LINE(""));
    for (chunk = 4096; chunk <= 2 * LONG; chunk += 2 * LONG - 4096) {
        list_read(&log, (struct manifest_options){0}, data, strlen(data), chunk);
        assert_string_equal(
                buf_str(&log), "2 src|a/b/k|\n1! the line is longer than 65,536 bytes\n");
        buf_free(&log);
    }
    free(data);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_wildcards),
            cmocka_unit_test(test_any_key),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
