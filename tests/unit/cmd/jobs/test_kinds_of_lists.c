/* Lists that stand for more than they name, filters, and what is found before anything is copied:
 * the command line, on a small S3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "../command_line.h"

#define TO " -t s3://dst/out/ -w work"

/* src/p/: two objects and two folder markers; beside it a neighbour. */
static void make_tree(void)
{
    fake_source("src/p/", 1, 0);
    fake_source("src/p/a", 2, 10);
    fake_source("src/p/b/", 3, 0);
    fake_source("src/p/b/c", 4, 2000);
    fake_source("src/px", 5, 7);
}

/* The last command line copied these below dst/out/, and no other object of the tree. */
static void copied(const char *const *names, unsigned count)
{
    static const char *const all[] = {
            "", "a", "b/", "b/c", "p/", "p/a", "p/b/", "p/b/c", "px", "c"};
    size_t i;
    unsigned k;

    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        char name[64];
        bool wanted = false;

        snprintf(name, sizeof name, "dst/out/%s", all[i]);
        for (k = 0; k < count; k++)
            wanted = wanted || strcmp(names[k], all[i]) == 0;
        if ((fake_find(name) != NULL) != wanted)
            fail_msg("%s is%s there\n%s%s", name, wanted ? " not" : "", out_text, err_text);
    }
}

#define COPIED(...)                            \
    copied((const char *const[]){__VA_ARGS__}, \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_prefix(void **state)
{
    (void)state;
    make_tree();
    exits(0, "run s3://src/p/" TO);
    says_out("2 objects: 2 copied (1.96 KiB in ");
    COPIED("a", "b/c");
    exits(0, "run s3://src/p/*" TO); /* the same, as it is written elsewhere */
    says_out("nothing copied, 2 the same already");
    fake_source("src/p/new", 9, 5);
    exits(0, "run s3://src/p/" TO);
    says_out("3 objects: 1 copied");
    assert_non_null(fake_find("dst/out/new"));
}

static void test_prefix_of_nothing(void **state)
{
    (void)state;
    make_tree();
    exits(2, "run s3://src/none/" TO);
    says_err("s3://src/none/: there are no objects below it; nothing was copied");
    exits(2, "run s3://src/p/b/*" TO " --exclude *");
    says_err("the filters leave out all of its 1 object");
    fake_find("src/p/b/c")->gone = true;
    exits(2, "run s3://src/p/b/" TO);
    says_err("there are no objects below it, but for folder markers");
}

static void test_whole_bucket(void **state)
{
    (void)state;
    make_tree();
    exits(0, "run s3://src" TO);
    COPIED("p/a", "p/b/c", "px");
}

static void test_markers(void **state)
{
    (void)state;
    make_tree();
    exits(0, "run s3://src/p/ --folder-markers keep --destination-keys full" TO);
    COPIED("p/", "p/a", "p/b/", "p/b/c");
}

static void test_markers_without_folders(void **state)
{
    (void)state;
    make_tree();
    exits(2, "run s3://src/p/ --folder-markers keep --destination-keys basename" TO);
    says_err("the manifest has 2 problems");
    says_err("ends with '/', so it has no basename to copy to; use --destination-keys full");
}

static void test_prefix_listing_fails(void **state)
{
    static const struct {
        int status;
        const char *body;
    } rows[] = {
            {404, "<Error><Code>NoSuchBucket</Code></Error>"},
            {403, "<Error><Code>AccessDenied</Code></Error>"},
    };
    size_t i;

    (void)state;
    make_tree();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake.rule_count = 0;
        fake_rule("GET /src", rows[i].status, rows[i].body, -1);
        exits(2, "run s3://src/p/" TO);
        says_err("s3://src/p/");
        copied(NULL, 0);
    }
}

static void test_wildcards(void **state)
{
    (void)state;
    make_tree();
    home_write("list.csv", "src,px\nsrc,p/*\n");
    exits(0, "run -m list.csv --wildcards" TO);
    says_out("3 objects: 3 copied");
    COPIED("px", "p/a", "p/b/c");
    exits(1, "run -m list.csv -t s3://dst/other/ -w other"); /* a star is a character there */
    says_err("FAILED line 2 s3://src/p/*: NoSuchKey");
}

static void test_wildcard_problems(void **state)
{
    static const struct {
        const char *list, *said;
    } rows[] = {
            {"src,p/*.bam\n", "has a * that does not stand at its end behind a '/'"},
            {"src,p/*,v1\n", "stands for many objects, and has the id of one version"},
            {"src,none/*\n", "line 1: s3://src/none/: there are no objects below it"},
    };
    size_t i;

    (void)state;
    make_tree();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        home_write("list.csv", rows[i].list);
        exits(2, "run -m list.csv --wildcards" TO);
        says_err(rows[i].said);
    }
}

/* A server that has such a key: the job says so before anything is written. */
static void test_listed_key_is_no_utf8(void **state)
{
    (void)state;
    make_tree();
    fake_source("src/p/caf%E9", 6, 1); /* as the listing writes it */
    exits(2, "run s3://src/p/" TO);
    says_err("key \"p/caf\\xe9\" is not UTF-8");
    copied(NULL, 0);
}

/* Copies of copy instructions are called by what follows the prefix. */
static void test_wildcards_of_instructions(void **state)
{
    (void)state;
    make_tree();
    fake_text("dst/list.jsonl", "{\"sourceBucket\":\"src\",\"sourceKey\":\"px\"}\n"
                                "{\"sourceBucket\":\"src\",\"sourceKey\":\"p/b/*\"}\n");
    home_write("input.json",
            "{\"sourceFilesCsvBucket\":\"dst\",\"sourceFilesCsvKey\":\"list.jsonl\","
            "\"destinationBucket\":\"dst\",\"destinationFolderKey\":\"out/\"}");
    exits(0, "run input.json -w work");
    COPIED("px", "c");
}

static void test_filters(void **state)
{
    static const struct {
        const char *options;
        int items, left_out;
    } rows[] = {
            {"--include *a", 1, 2},
            {"--exclude *{a,c}", 1, 2},
            {"--min-size 11", 1, 2},
            {"--max-size 10", 2, 1},
            {"--modified-after 2026-11-26T06:50:00Z", 0, 3},
            {"--modified-after 2026-11-26T06:49:59Z", 3, 0},
            {"--modified-before 2026-11-26T06:50:00Z", 0, 3},
            {"--only-storage-class STANDARD,GLACIER", 3, 0},
            {"--only-storage-class GLACIER", 0, 3},
    };
    size_t i;

    (void)state;
    make_tree();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256];
        json_t *json;

        snprintf(line, sizeof line, "run s3://src -t s3://dst/out/ -w work%zu -n --json %s", i,
                rows[i].options);
        exits(rows[i].items > 0 ? 0 : 2, line);
        json = json_loads(out_text, 0, NULL);
        if (rows[i].items > 0) {
            assert_int_equal(json_integer_value(json_object_get(json, "items")), rows[i].items);
            assert_int_equal(json_integer_value(json_object_get(json, "leftOutByFilters")),
                    rows[i].left_out);
        }
        json_decref(json);
    }
}

static void test_filter_problems(void **state)
{
    static const struct {
        const char *options, *said;
    } rows[] = {
            {"-m list.csv --min-size 5", "this list does not tell that of its objects"},
            {"s3://src/p/ --min-size 5 --max-size 4", "minSize: is larger than maxSize"},
            {"s3://src/p/ --modified-after yesterday", "modified-after"},
            {"s3://src/p/ --only-storage-class COLD", "COLD"},
            {"s3://src/p/ --include [", "include"},
            {"s3://src/p/ -m list.csv", "only one of them says what to copy"},
            {"s3://S_/p/", "S_"},
    };
    size_t i;

    (void)state;
    make_tree();
    home_write("list.csv", "src,px\n");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256];

        snprintf(line, sizeof line, "run %s" TO, rows[i].options);
        exits(2, line);
        says_err(rows[i].said);
        copied(NULL, 0);
    }
}

/* --- S3 Inventory --- */

#define SCHEMA \
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass"
#define ROW(key, version, latest, deleted, size)                                 \
    "\"src\",\"" key "\",\"" version "\",\"" latest "\",\"" deleted "\",\"" size \
    "\",\"2026-01-01T00:00:00.000Z\",\"0\",\"STANDARD\"\n"

/* One gzip file of that inventory; its MD5 goes into `md5`. */
static void put_part(const char *name, const char *rows, char md5[ETAG_SIZE])
{
    unsigned char packed[4096];
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)rows;
    z.avail_in = (unsigned)strlen(rows);
    z.next_out = packed;
    z.avail_out = sizeof packed;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    fake_put(name, "00000000000000000000000000000abd", z.total_out, (const char *)packed);
    assert_true(etag_of_bytes(md5, (const char *)packed, z.total_out));
    deflateEnd(&z);
}

/* The manifest of an inventory of one file; format and schema as told. */
static void put_manifest(const char *format, const char *schema, const char *files)
{
    char text[2048];

    snprintf(text, sizeof text,
            "{\"sourceBucket\":\"src\",\"destinationBucket\":\"arn:aws:s3:::inv\","
            "\"creationTimestamp\":\"1514944800000\",\"fileFormat\":\"%s\",\"fileSchema\":\"%s\","
            "\"files\":[%s]}",
            format, schema, files);
    fake_text("inv/manifest.json", text);
}

static void put_inventory(const char *rows)
{
    char md5[ETAG_SIZE], file[256];

    put_part("inv/data/1.csv.gz", rows, md5);
    snprintf(file, sizeof file, "{\"key\":\"data/1.csv.gz\",\"MD5checksum\":\"%s\"}", md5);
    put_manifest("CSV", SCHEMA, file);
}

#define INVENTORY "run -m s3://inv/manifest.json" TO

/* Deleted objects and older versions are passed over; keys are URL-encoded. */
static void test_inventory(void **state)
{
    (void)state;
    make_tree();
    fake_source("src/p/b%20c", 8, 3);
    put_inventory(ROW("p/a", "", "true", "false", "10") ROW("p/gone", "v1", "true", "true", "") ROW(
            "p/a", "v0", "false", "false", "1") ROW("p/b/c", "", "true", "false", "2000")
                    ROW("p/b+c", "", "true", "false", "3"));
    exits(0, INVENTORY);
    says_out("3 objects: 3 copied");
    COPIED("p/a", "p/b/c");
    exits(0, INVENTORY " --exclude *+* --min-size 11 --replace-job");
    says_out("1 object: nothing copied, 1 the same already");
}

static void test_inventory_rows(void **state)
{
    static const struct {
        const char *rows, *said;
    } rows[] = {
            {"\"src\",\"p/a\"\n", "line 1: it has another number of columns than fileSchema tells"},
            {"\"S_\",\"p/a\",\"\",\"true\",\"false\",\"1\",\"\",\"\",\"\"\n", "its bucket is none"},
            {ROW("p/%zz", "", "true", "false", "1"), "its key has a % that is not followed by two"},
            {ROW("", "", "true", "false", "1"), "its key is none"},
            {"\"src\",\"p", "inventory file data/1.csv.gz, line 1"},
    };
    size_t i;

    (void)state;
    make_tree();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_inventory(rows[i].rows);
        exits(2, INVENTORY);
        says_err(rows[i].said);
        copied(NULL, 0);
    }
}

static void test_inventories_that_are_none(void **state)
{
    static const struct {
        const char *format, *schema, *files, *said;
    } rows[] = {
            {"Parquet", SCHEMA, "", "have it made as CSV"},
            {"CSV", "Key, Size", "", "its fileSchema has no Bucket or no Key"},
            {"CSV", SCHEMA, "{}", "a file of the inventory has no key"},
            {"CSV", SCHEMA, "{\"key\":\"none\"}", "inventory file s3://inv/none"},
            {"CSV", SCHEMA,
                    "{\"key\":\"data/1.csv.gz\",\"MD5checksum\":"
                    "\"00000000000000000000000000000000\"}",
                    "its MD5 is not what manifest.json says"},
            {"CSV", SCHEMA, "{\"key\":\"plain\"}", "the gzip data cannot be read"},
    };
    char md5[ETAG_SIZE];
    size_t i;

    (void)state;
    make_tree();
    put_part("inv/data/1.csv.gz", ROW("p/a", "", "true", "false", "10"), md5);
    fake_text("inv/plain", "src,p/a\n");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_manifest(rows[i].format, rows[i].schema, rows[i].files);
        exits(2, INVENTORY);
        says_err(rows[i].said);
        copied(NULL, 0);
    }
    fake_text("inv/manifest.json", "{\"fileSchema\":1}");
    exits(2, INVENTORY);
    says_err("it is not the manifest.json of an S3 Inventory");
    fake_text("inv/manifest.json", "{\"fileSchema\":");
    exits(2, INVENTORY);
    says_err("it is not JSON");
}

/* --- buckets --- */

static void test_missing_sources(void **state)
{
    char list[1024] = "src,px\n";
    unsigned i;

    (void)state;
    make_tree();
    home_write("list.csv", "none,px\n");
    fake_rule("HEAD /none", 404, NULL, -1);
    exits(2, "run -m list.csv" TO);
    says_err("the source bucket none does not exist at http://127.0.0.1:");
    home_write("list.csv", "none,px\nnone-2,py\nnone-3,pz\n");
    exits(2, "run -m list.csv" TO);
    says_err("none of the 3 source buckets exists at ");
    says_err("(none, none-2, …)");
    for (i = 0; i < 12; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "none-%02u,px%u\n", i, i);
    home_write("list.csv", list);
    exits(1, "run -m list.csv" TO);
    says_err("source bucket none-00 does not exist; the objects that are listed in it will be");
    says_err("and 2 more source buckets do not exist");
    COPIED("px");
}

static void test_missing_destination(void **state)
{
    (void)state;
    make_list(1);
    fake_rule("HEAD /dst", 404, NULL, -1);
    fake.region = NULL;
    exits(3, "run -m list.csv" TO);
    says_err("destination bucket dst does not exist at http://127.0.0.1:");
    fake.rule_count = 0;
    fake_rule("HEAD /dst", 301, NULL, -1);
    exits(3, "run -m list.csv" TO);
    says_err("destination bucket dst: HTTP 301");
}

/* The ETag of the start marker tells how the server makes ETags. */
static void test_marker_tells_of_etags(void **state)
{
    (void)state;
    make_list(1);
    home_write("input.json",
            "{\"destinationBucket\":\"dst\",\"destinationRequiredRegion\":\"us-east-1\","
            "\"sourceRequiredRegion\":\"us-east-1\"}");
    exits(0, "run input.json -m list.csv -w work");
    says_out("1 object: 1 copied");
    fake.region = "eu-west-1";
    exits(3, "run input.json -m list.csv -w work");
    says_err("is in region eu-west-1, and must be in us-east-1");
}

/* An object may have the name of the report page where none is written. */
static void test_name_of_the_page(void **state)
{
    (void)state;
    make_list(1);
    exits(0, "run -m list.csv --report-page" TO);
    says_out("1 object: 1 copied");
    assert_non_null(fake_find("dst/out/COPY_REPORT.html"));
    fake_source("src/COPY_REPORT.html", 9, 3);
    home_write("list.csv", "src,COPY_REPORT.html\n");
    exits(2, "run -m list.csv --report-page --replace-job" TO);
    says_err("would be copied onto our own report page");
    exits(0, "run -m list.csv -t s3://dst/new/ -w new");
    assert_non_null(fake_find("dst/new/COPY_REPORT.html"));
}

static void test_duplicates(void **state)
{
    (void)state;
    make_list(1);
    home_write("list.csv", "src,k0\nsrc,k0\n");
    exits(2, "run -m list.csv" TO);
    exits(0, "run -m list.csv --on-duplicate skip --json" TO);
    says_out("\"duplicateLines\": 1");
}

/* A refusal without a word of S3's is told as one all the same. */
static void test_refused_without_words(void **state)
{
    (void)state;
    make_list(1);
    fake_rule("PUT /dst/", 403, NULL, -1);
    exits(3, "run -m list.csv" TO);
    says_err("may not write to s3://dst/out/ (");
}

/* The work store that nobody names belongs to the list and the destination. */
static void test_work_store_has_a_name(void **state)
{
    char first[128];
    const char *at;

    (void)state;
    make_list(1);
    exits(0, "run -m list.csv -t s3://dst/out/");
    at = strstr(out_text, "\nWork store: copyout-work/dst-");
    assert_non_null(at);
    snprintf(first, sizeof first, "%.*s", (int)(1 + strcspn(at + 1, "\n")), at);
    assert_int_equal(strspn(strrchr(first, '-') + 1, "0123456789abcdef"), 16);
    exits(0, "run -m list.csv -t s3://dst/out/");
    says_out(first);
    exits(0, "run -m list.csv -t s3://dst/other/");
    assert_null(strstr(out_text, first));
}

static void test_waits_for_permission(void **state)
{
    (void)state;
    make_list(1);
    fake_rule("PUT /dst/", 403, "<Error><Code>AccessDenied</Code></Error>", 1);
    exits(0, "run -m list.csv --wait 1h" TO);
    says_err("waiting for permission");
    says_out("1 object: 1 copied");
}

static void test_costs_too_much(void **state)
{
    (void)state;
    make_list(3);
    exits(2, "run -m list.csv --max-cost 0.000001" TO);
    says_err("S3's requests for this copy would cost $0.0000");
    says_err("more than the $0.000001 that maxCost (--max-cost) allows; nothing was copied");
    exits(0, "run -m list.csv --max-cost 1" TO);
}

/* --- a job that is there --- */

/* A plan whose items were changed by somebody is made again, unless there are results of it. */
static void test_items_were_changed(void **state)
{
    (void)state;
    make_list(2);
    exits(0, "run -m list.csv" TO);
    home_write("work/items.jsonl", "{\"line\":1}\n");
    exits(4, "run -m list.csv" TO);
    says_err("and there are results of it; --replace-job removes them and plans again");
    exits(0, "run -m list.csv --replace-job" TO);
    says_out("2 objects: nothing copied, 2 the same already");
}

static void test_another_list(void **state)
{
    (void)state;
    make_list(2);
    exits(0, "run -m list.csv" TO);
    home_write("other.csv", "src,k1\n");
    exits(2, "run -m other.csv" TO);
    says_err("its list is not the same");
    exits(2, "run -m list.csv -t s3://dst/elsewhere/ -w work");
    says_err("its destination is not the same");
    exits(0, "run -m other.csv --replace-job" TO);
    says_out("1 object: nothing copied, 1 the same already");
}

/* The standard input of the process is a pipe with that text. */
static void pipe_in(const char *text)
{
    int ends[2];

    if (pipe(ends) != 0 || write(ends[1], text, strlen(text)) != (ssize_t)strlen(text) ||
            dup2(ends[0], 0) != 0 || close(ends[0]) != 0 || close(ends[1]) != 0)
        abort();
}

/* A list that can be read once only is kept for the command that goes on. */
static void test_list_from_a_pipe(void **state)
{
    (void)state;
    make_list(2);
    pipe_in("src,k0\nsrc,none\n");
    exits(1, "run -m -" TO);
    says_err("FAILED line 2 s3://src/none: NoSuchKey");
    pipe_in("src,k0\n");
    exits(2, "run -m -" TO);
    says_err("its list is not the same");
    pipe_in("src,k0\nno row\n");
    exits(2, "run -m - -t s3://dst/out/ -w new");
    says_err("manifest (standard input): line 2: ");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_prefix),
            TEST(test_prefix_of_nothing),
            TEST(test_whole_bucket),
            TEST(test_markers),
            TEST(test_markers_without_folders),
            TEST(test_prefix_listing_fails),
            TEST(test_wildcards),
            TEST(test_wildcard_problems),
            TEST(test_listed_key_is_no_utf8),
            TEST(test_wildcards_of_instructions),
            TEST(test_filters),
            TEST(test_filter_problems),
            TEST(test_inventory),
            TEST(test_inventory_rows),
            TEST(test_inventories_that_are_none),
            TEST(test_missing_sources),
            TEST(test_missing_destination),
            TEST(test_marker_tells_of_etags),
            TEST(test_name_of_the_page),
            TEST(test_duplicates),
            TEST(test_refused_without_words),
            TEST(test_work_store_has_a_name),
            TEST(test_waits_for_permission),
            TEST(test_costs_too_much),
            TEST(test_items_were_changed),
            TEST(test_another_list),
            TEST(test_list_from_a_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
