/* A plan that one step wrote and another opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "folder.h"
#include "store/plan_files.h"
#include "store/plan_lines.h"
#include "store/shard_digest.h"

#define INPUT                                                                                  \
    "{\"sourceFilesCsvBucket\":\"src\",\"sourceFilesCsvKey\":\"m.csv\",\"destinationBucket\":" \
    "\"dst\",\"destinationFolderKey\":\"out/\",\"onDifferent\":\"keep\"}"

static struct input input, opened;
static struct plan plan;

static int setup(void **state)
{
    if (folder_begin(state) != 0 || input_init(&input, &err) != ERR_OK ||
            input_init(&opened, &err) != ERR_OK ||
            input_parse(&input, INPUT, strlen(INPUT), &err) != ERR_OK)
        return -1;
    memset(&plan, 0, sizeof plan);
    return 0;
}

static int teardown(void **state)
{
    plan_free(&plan);
    input_free(&input);
    input_free(&opened);
    return folder_end(state);
}

/* A plan of 25 items in shards of 10, in the work store. */
static void save(void)
{
    /* Lines 0 to 9 have 11 bytes with their newline, those from 10 on 12. */
    static const struct shard shards[] = {{.length = 110, .items = 10},
            {.offset = 110, .length = 120, .items = 10}, {.offset = 230, .length = 60, .items = 5}};
    struct plan p = {.items = 25,
            .items_per_shard = 10,
            .shard_count = 3,
            .shards = malloc(sizeof shards),
            .manifest = strdup("s3://src/m.csv#1")};

    assert_non_null(p.shards);
    memcpy(p.shards, shards, sizeof shards);
    assert_int_equal(plan_add_bucket(&p, "b-1", &err), ERR_OK);
    assert_int_equal(plan_add_bucket(&p, "b-2", &err), ERR_OK);
    assert_int_equal(plan_save(&p, store, &input, &err), ERR_OK);
    plan_free(&p);
}

static void check_job(void)
{
    assert_int_equal(plan.items, 25);
    assert_int_equal(plan.items_per_shard, 10);
    assert_int_equal(plan.source_bucket_count, 2);
    assert_string_equal(plan.source_buckets[0], "b-1");
    assert_string_equal(plan.source_buckets[1], "b-2");
    assert_true(plan.created_s <= clock_wall_s());
    assert_true(plan.created_s > clock_wall_s() - 600);
    assert_string_equal(opened.csv_bucket, "src");
    assert_string_equal(opened.csv_key, "m.csv");
    assert_string_equal(opened.destination_bucket, "dst");
    assert_string_equal(opened.destination_folder, "out/");
    assert_int_equal(opened.options.on_different, ON_DIFFERENT_KEEP);
}

/* Lines 0 to 9 have 11 bytes with their newline, those from 10 on 12. */
static const struct shard shards[] = {{.length = 110, .items = 10},
        {.offset = 110, .length = 120, .items = 10}, {.offset = 230, .length = 60, .items = 5}};

static void check_shard(const struct shard *is, const struct shard *expected)
{
    assert_int_equal(is->offset, expected->offset);
    assert_int_equal(is->length, expected->length);
    assert_int_equal(is->items, expected->items);
}

static void open_all(void)
{
    unsigned i;

    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
    check_job();
    assert_int_equal(plan.shard_count, 3);
    assert_int_equal(plan.first_shard, 0);
    assert_false(plan.is_part);
    for (i = 0; i < 3; i++)
        check_shard(&plan.shards[i], &shards[i]);
}

static void close_all(void)
{
    plan_free(&plan);
    input_free(&opened);
    assert_int_equal(input_init(&opened, &err), ERR_OK);
}

/* --- an object in slices --- */

/* Five items; the third of them in three slices. */
static void save_cut(void)
{
    static const struct shard cut[] = {{.length = 20, .items = 2},
            {.offset = 20, .length = 11, .items = 1, .slice = 1, .slices = 3},
            {.offset = 31, .slice = 2, .slices = 3}, {.offset = 31, .slice = 3, .slices = 3},
            {.offset = 31, .length = 22, .items = 2}};
    struct plan p = {.items = 5,
            .items_per_shard = 10,
            .items_bytes = 53,
            .shard_count = 5,
            .shards = malloc(sizeof cut),
            .manifest = strdup("s3://src/m.csv#1")};

    assert_non_null(p.shards);
    memcpy(p.shards, cut, sizeof cut);
    assert_int_equal(plan_save(&p, store, &input, &err), ERR_OK);
    plan_free(&p);
}

/* An older program would copy the object as often as it has slices: it must not take the plan. */
static void test_cut_is_another_format(void **state)
{
    struct buf text;
    bool found;

    (void)state;
    save_cut();
    buf_init(&text, BUF_MAX_SMALL);
    assert_int_equal(store_load(store, JOB_FILE, &text, &found, &err), ERR_OK);
    assert_non_null(strstr(buf_str(&text), "\"format\": 2"));
    buf_free(&text);
}

static void check_slice(unsigned number)
{
    assert_true(plan.is_part);
    assert_int_equal(plan.shard_count, 1);
    assert_int_equal(plan.first_shard, 1); /* there are the results of all slices */
    check_shard(&plan.shards[0], &(struct shard){.offset = 20, .length = 11, .items = 1});
    assert_int_equal(plan.shards[0].slice, number);
    assert_int_equal(plan.shards[0].slices, 3);
}

static void test_cut(void **state)
{
    unsigned i;

    (void)state;
    save_cut();
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
    assert_true(plan_is_cut(&plan));
    assert_int_equal(plan.shard_count, 5);
    check_shard(&plan.shards[1], &(struct shard){.offset = 20, .length = 11, .items = 1});
    check_shard(&plan.shards[2], &(struct shard){.offset = 31});
    check_shard(&plan.shards[4], &(struct shard){.offset = 31, .length = 22, .items = 2});
    close_all();
    for (i = 1; i <= 3; i++) { /* by its number */
        assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
        assert_int_equal(plan_keep_shard(&plan, i, &err), ERR_OK);
        check_slice(i);
        close_all();
    }
    assert_int_equal(plan_open_shard(&plan, store, &opened,
                             "{\"shard\":3,\"items\":1,\"offset\":20,\"length\":11,"
                             "\"slice\":3,\"slices\":3}",
                             &err),
            ERR_OK);
    check_slice(3);
    close_all();
    assert_int_equal(plan_open_shard(&plan, store, &opened,
                             "{\"shard\":1,\"items\":1,\"offset\":20,\"length\":11,"
                             "\"slice\":3,\"slices\":3}",
                             &err),
            ERR_INPUT);
    close_all();
}

static void test_slices_of(void **state)
{
    (void)state;
    assert_int_equal(plan_slices(100, 0), 0);
    assert_int_equal(plan_slices(100, 100), 0);
    assert_int_equal(plan_slices(101, 100), 2);
    assert_int_equal(plan_slices(1000, 100), 10);
    assert_int_equal(plan_slices(1001, 100), 11);
    assert_int_equal(plan_slices(UINT64_MAX, 1), PLAN_SLICES_MOST);
}

/* --- the lines --- */

/* Writes items.jsonl, and opens the plan whose first `planned` bytes of it are two shards. */
static FILE *lines_of(const char *text, const char *planned, bool digests)
{
    struct shard_digest *digest = shard_digest_new();
    size_t half = strlen(planned) / 2, rest = strlen(planned) - half;
    FILE *items = tmpfile();

    plan_free(&plan);
    plan = (struct plan){.items = 2, .items_bytes = strlen(planned), .shard_count = 2};
    plan.shards = calloc(2, sizeof *plan.shards);
    plan.shards[0] = (struct shard){.length = half, .items = 1, .has_digest = digests};
    plan.shards[1] =
            (struct shard){.offset = half, .length = rest, .items = 1, .has_digest = digests};
    assert_true(shard_digest_add(digest, planned, half));
    assert_true(shard_digest_end(digest, plan.shards[0].digest));
    assert_true(shard_digest_add(digest, planned + half, rest));
    assert_true(shard_digest_end(digest, plan.shards[1].digest));
    shard_digest_free(digest);
    assert_int_equal(fwrite(text, 1, strlen(text), items), strlen(text));
    rewind(items);
    return items;
}

static void test_check_items(void **state)
{
    static const struct {
        const char *text;
        bool digests;
        enum err_code code;
        const char *said;
    } rows[] = {
            {"one\ntwo\n", true, ERR_OK, NULL},
            {"oNe\ntwo\n", true, ERR_VERIFY, "shard 0 is not the one that was planned"},
            {"one\ntwO\n", true, ERR_VERIFY, "shard 1 is not the one that was planned"},
            {"one\ntw", true, ERR_VERIFY, "the items end before shard 1 does"},
            {"", true, ERR_VERIFY, "the items end before shard 0 does"},
            {"one\ntwo\n\n", true, ERR_VERIFY, "longer than was planned"},
            {"oNe\n", false, ERR_OK, NULL}, /* an older copyout knew no better */
    };
    FILE *items;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        items = lines_of(rows[i].text, "one\ntwo\n", rows[i].digests);
        assert_int_equal(plan_check_items(&plan, items, NULL, &err), rows[i].code);
        if (rows[i].said)
            assert_non_null(strstr(err.message, rows[i].said));
        else
            assert_int_equal(ftello(items), 0);
        fclose(items);
    }
    /* One shard: what is before and behind it is not looked at. */
    items = lines_of("ONE\ntwo\nthree\n", "one\ntwo\n", true);
    assert_int_equal(plan_keep_shard(&plan, 1, &err), ERR_OK);
    assert_int_equal(fseeko(items, 4, SEEK_SET), 0);
    assert_int_equal(plan_check_items(&plan, items, NULL, &err), ERR_OK);
    assert_int_equal(ftello(items), 4);
    fclose(items);
}

/* Of a plan with gaps the lines of the shards that are left are looked at, where they are. */
static void test_check_items_with_gaps(void **state)
{
    static const struct {
        bool kept[2];
        const char *text;
        enum err_code code;
        off_t begin;
    } rows[] = {
            {{true, false}, "one\ntwO\n", ERR_OK, 0},
            {{false, true}, "oNe\ntwo\n", ERR_OK, 4},
            {{false, true}, "one\ntwO\n", ERR_VERIFY, 4},
            {{true, true}, "one\ntwo\nthree\n", ERR_OK, 0},
            {{false, false}, "oNe\ntwO\n", ERR_OK, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FILE *items = lines_of(rows[i].text, "one\ntwo\n", true);

        plan_keep_shards(&plan, rows[i].kept);
        assert_true(plan.has_gaps);
        assert_int_equal(plan.shards[0].items, rows[i].kept[0]);
        assert_int_equal(plan.shards[1].items, rows[i].kept[1]);
        assert_int_equal(plan_first_line(&plan), rows[i].begin);
        assert_int_equal(plan_lines_end(&plan), rows[i].kept[1] ? 8 : rows[i].kept[0] ? 4 : 0);
        assert_int_equal(fseeko(items, rows[i].begin, SEEK_SET), 0);
        assert_int_equal(plan_check_items(&plan, items, NULL, &err), rows[i].code);
        fclose(items);
    }
}

/* Digests come back as they were written; what is none makes a shard none. */
static void test_digests(void **state)
{
    static const char *const bad[] = {"7", "\"\"", "\"xx00000000000000000000000000000000\"",
            "\"0123456789abcdef0123456789abcdeg\"", "null"};
    unsigned char digest[SHARD_DIGEST_SIZE];
    char text[128];
    size_t i;

    (void)state;
    memset(digest, 0xA5, sizeof digest);
    plan = (struct plan){.items = 1, .items_bytes = 9, .items_per_shard = 1, .shard_count = 1};
    plan.shards = calloc(1, sizeof *plan.shards);
    plan.manifest = strdup("");
    plan.shards[0] = (struct shard){.length = 9, .items = 1, .has_digest = true};
    memcpy(plan.shards[0].digest, digest, sizeof digest);
    assert_int_equal(plan_save(&plan, store, &input, &err), ERR_OK);
    close_all();
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
    assert_int_equal(plan.items_bytes, 9);
    assert_true(plan.shards[0].has_digest);
    assert_memory_equal(plan.shards[0].digest, digest, sizeof digest);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        close_all();
        snprintf(text, sizeof text,
                "{\"shard\":0,\"items\":1,\"offset\":0,\"length\":9,\"digest\":%s}", bad[i]);
        assert_int_equal(plan_open_shard(&plan, store, &opened, text, &err), ERR_INPUT);
    }
}

/* --- the whole --- */

static void test_round_trip(void **state)
{
    (void)state;
    save();
    open_all();
    close_all();
    open_all(); /* as often as one likes */
}

static void test_no_items(void **state)
{
    struct plan p = {.items_per_shard = 1, .manifest = strdup("")};

    (void)state;
    assert_int_equal(plan_save(&p, store, &input, &err), ERR_OK);
    plan_free(&p);
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
    assert_int_equal(plan.items, 0);
    assert_int_equal(plan.shard_count, 0);
    assert_int_equal(plan_keep_shard(&plan, 0, &err), ERR_INPUT);
    assert_null(strstr(err.message, "4294967295"));
    close_all();
    assert_int_equal(plan_open_shard(&plan, store, &opened,
                             "{\"shard\":0,\"items\":1,\"offset\":0,\"length\":1}", &err),
            ERR_INPUT);
}

/* --- what was found of the destination's server --- */

static void test_server(void **state)
{
    struct server_facts found = {0};

    (void)state;
    save();
    open_all();
    assert_int_equal(plan.server.traits, 0); /* as of a job of an older copyout */
    server_facts_add(&found, TRAIT_ETAG_NOT_MD5);
    server_facts_add(&found, TRAIT_NO_PART_COPY);
    assert_int_equal(plan_save_server(&plan, store, &found, &err), ERR_OK);
    close_all();
    open_all(); /* all else is as it was */
    assert_int_equal(plan.server.traits, found.traits);
    close_all();
    assert_int_equal(plan_open_shard(&plan, store, &opened,
                             "{\"shard\":0,\"items\":10,\"offset\":0,\"length\":110}", &err),
            ERR_OK);
    assert_int_equal(plan.server.traits, found.traits);
    found.traits = 0;
    assert_int_equal(plan_save_server(&plan, store, &found, &err), ERR_OK);
    close_all();
    open_all();
    assert_int_equal(plan.server.traits, 0);
}

static void test_server_by_another(void **state)
{
    (void)state;
    folder_write("job.json", "{\"format\":1,\"input\":" INPUT ",\"items\":0,\"shards\":0,"
                             "\"destinationTraits\":[7,\"of-a-newer-copyout\",\"no-part-copy\"]}");
    folder_write("shards.json", "[]");
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
    assert_int_equal(plan.server.traits, 1U << TRAIT_NO_PART_COPY);
    folder_write("job.json", "[]");
    assert_int_equal(plan_save_server(&plan, store, &plan.server, &err), ERR_IO);
}

#define SLICE(shard, slice, slices)                                               \
    "{\"shard\":" shard ",\"items\":1,\"offset\":0,\"length\":1,\"slice\":" slice \
    ",\"slices\":" slices "}"

#define HEAD "{\"format\":1,\"input\":" INPUT ",\"items\":1,\"itemsPerShard\":1,"

static void test_open_fails(void **state)
{
    static const struct {
        const char *job, *shards; /* NULL: no such file */
        enum err_code code;
        const char *message; /* a part of it */
    } rows[] = {
            {NULL, "[]", ERR_INPUT, "/job.json: there is no job"},
            {"", "[]", ERR_INPUT, "/job.json: there is no job"},
            {"{", "[]", ERR_INPUT, "/job.json: there is no job"},
            {"{}", "[]", ERR_INPUT, "/job.json: there is no job"}, /* forgotten */
            {"[]", "[]", ERR_INPUT, "/job.json: there is no job"},
            {"{\"format\":1,\"input\":\"x\"}", "[]", ERR_INPUT, "/job.json: there is no job"},
            {"{\"format\":3,\"input\":{}}", "[]", ERR_INPUT, "another version"},
            {"{\"format\":\"1\",\"input\":{}}", "[]", ERR_INPUT, "another version"},
            {"{\"input\":{}}", "[]", ERR_INPUT, "another version"},
            {"{\"format\":1,\"input\":{\"tags\":\"some\"}}", "[]", ERR_INPUT, "/job.json: "},
            {HEAD "\"shards\":0}", NULL, ERR_IO, "shards.json"},
            {HEAD "\"shards\":0}", "", ERR_IO, "shards.json"},
            {HEAD "\"shards\":0}", "{}", ERR_IO, "shards.json"},
            {HEAD "\"shards\":0}", "[{", ERR_IO, "shards.json"},
            {HEAD "\"shards\":2}", "[{\"shard\":0,\"items\":1,\"offset\":0,\"length\":1}]", ERR_IO,
                    "shards.json"},
            {HEAD "\"shards\":1}", "[7]", ERR_IO, "shards.json"},
            {HEAD "\"shards\":1}", "[{\"shard\":0,\"items\":1,\"offset\":0}]", ERR_IO,
                    "shards.json"},
            {HEAD "\"shards\":1}", "[{\"shard\":0,\"items\":1,\"offset\":-9,\"length\":1}]", ERR_IO,
                    "shards.json"},
            {HEAD "\"shards\":1}", "[{\"shard\":0,\"items\":1,\"offset\":0,\"length\":1}]", ERR_OK,
                    NULL},
            {HEAD "\"shards\":1,\"created\":\"then\",\"sourceBuckets\":[7]}",
                    "[{\"shard\":0,\"items\":1,\"offset\":0,\"length\":1}]", ERR_OK, NULL},
            /* Of more or fewer objects than the job, or not one after the other. */
            {HEAD "\"shards\":0}", "[]", ERR_IO, "shards.json has 0 objects"},
            {HEAD "\"shards\":1}", "[{\"shard\":0,\"items\":2,\"offset\":0,\"length\":1}]", ERR_IO,
                    "shard 0 does not follow"},
            {HEAD "\"shards\":1}", "[{\"shard\":0,\"items\":1,\"offset\":1,\"length\":1}]", ERR_IO,
                    "shard 0 does not follow"},
            /* Slices of an object that are no slices, or not one after the other. */
            {HEAD "\"shards\":2}", "[" SLICE("0", "1", "2") "," SLICE("1", "2", "2") "]", ERR_OK,
                    NULL},
            {HEAD "\"shards\":1}", "[" SLICE("0", "1", "2") "]", ERR_IO, "ends within the slices"},
            {HEAD "\"shards\":2}", "[" SLICE("0", "1", "2") "," SLICE("1", "1", "2") "]", ERR_IO,
                    "shard 1 does not follow"},
            {HEAD "\"shards\":2}", "[" SLICE("0", "1", "2") "," SLICE("1", "2", "3") "]", ERR_IO,
                    "shard 1 does not follow"},
            {HEAD "\"shards\":1}", "[" SLICE("0", "2", "2") "]", ERR_IO, "shard 0 does not follow"},
            {HEAD "\"shards\":1}", "[" SLICE("0", "3", "2") "]", ERR_IO, "shard 0 is none"},
            {HEAD "\"shards\":1}", "[" SLICE("0", "0", "2") "]", ERR_IO, "shard 0 is none"},
            {HEAD "\"shards\":1}", "[" SLICE("0", "1", "1") "]", ERR_IO, "shard 0 is none"},
            {HEAD "\"shards\":1}", "[" SLICE("0", "1", "101") "]", ERR_IO, "shard 0 is none"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum err_code code;

        if (rows[i].job)
            folder_write("job.json", rows[i].job);
        if (rows[i].shards)
            folder_write("shards.json", rows[i].shards);
        code = plan_open(&plan, store, &opened, &err);
        if (code != rows[i].code || (code != ERR_OK && !strstr(err.message, rows[i].message)))
            fail_msg("row %zu: %s", i, code == ERR_OK ? "no error" : err.message);
        close_all();
        if (rows[i].job)
            folder_unlink("job.json");
        if (rows[i].shards)
            folder_unlink("shards.json");
    }
}

static void test_forgotten(void **state)
{
    (void)state;
    assert_int_equal(plan_forget(store, &err), ERR_OK); /* nothing there */
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_INPUT);
    close_all();
    save();
    assert_int_equal(plan_forget(store, &err), ERR_OK);
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_INPUT);
    close_all();
    save();
    open_all();
}

/* plan_load() is for who can make it again: of what does not fit nothing is left. */
static void test_load(void **state)
{
    static const char *const bad[] = {"[]", "{}", "[7,7,7]", ""};
    bool found;
    size_t i;

    (void)state;
    save();
    assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#2", &found, &err), ERR_OK);
    assert_false(found);
    assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#1", &found, &err), ERR_OK);
    assert_true(found);
    assert_int_equal(plan.shard_count, 3);
    check_shard(&plan.shards[2], &shards[2]);
    assert_string_equal(plan.manifest, "s3://src/m.csv#1");
    plan_free(&plan);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        folder_write("shards.json", bad[i]);
        assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#1", &found, &err), ERR_OK);
        assert_false(found);
        assert_int_equal(plan.shard_count, 0);
        assert_int_equal(plan.source_bucket_count, 0);
        assert_null(plan.manifest);
    }
}

/* Takes a field of the input, which stands in a line of its own, out of job.json. */
static void forget_field(const char *name)
{
    char text[8192], *at, *line, *next;
    FILE *file;
    size_t len;

    assert_int_equal(store_read(store, "job.json", &file, &err), ERR_OK);
    len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    fclose(file);
    at = strstr(text, name);
    assert_non_null(at);
    for (line = at; line[-1] != '\n'; line--)
        ;
    next = strchr(at, '\n') + 1;
    memmove(line, next, strlen(next) + 1);
    folder_write("job.json", text);
}

/* A job of a version without a field goes on as one that has its default. */
static void test_job_without_new_fields(void **state)
{
    bool kept;

    (void)state;
    save();
    forget_field("\"includeStartMarker\"");
    forget_field("\"onForeignFile\"");
    input.on_foreign_file = ON_FOREIGN_FILE_NUMBER;
    assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#1", &kept, &err), ERR_OK);
    assert_true(kept);
    plan_free(&plan);
    input.include_marker = false;
    assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#1", &kept, &err), ERR_OK);
    assert_false(kept);
}

/* Options that make no other plan leave it as it is; the steps that follow go by the new ones. */
static void test_load_with_other_options(void **state)
{
    bool found;

    (void)state;
    save();
    input.options.on_different = ON_DIFFERENT_FAIL;
    input.options.on_unproven = ON_UNPROVEN_SKIP;
    input.dry_run = true;
    assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#1", &found, &err), ERR_OK);
    assert_true(found);
    plan_free(&plan);
    assert_int_equal(plan_open(&plan, store, &opened, &err), ERR_OK);
    assert_int_equal(opened.options.on_different, ON_DIFFERENT_FAIL);
    assert_int_equal(opened.options.on_unproven, ON_UNPROVEN_SKIP);
    assert_true(opened.dry_run);
    close_all();
    input.destination_keys =
            input.destination_keys == DEST_KEYS_FULL ? DEST_KEYS_BASENAME : DEST_KEYS_FULL;
    assert_int_equal(plan_load(&plan, store, &input, "s3://src/m.csv#1", &found, &err), ERR_OK);
    assert_false(found);
}

/* --- one shard --- */

static void test_keep_shard(void **state)
{
    static const uint64_t none[] = {3, 4, UINT32_MAX, (uint64_t)UINT32_MAX + 1, UINT64_MAX};
    unsigned i;

    (void)state;
    save();
    for (i = 0; i < 3; i++) {
        open_all();
        assert_int_equal(plan_keep_shard(&plan, i, &err), ERR_OK);
        assert_int_equal(plan.shard_count, 1);
        assert_int_equal(plan.first_shard, i);
        assert_true(plan.is_part);
        check_shard(&plan.shards[0], &shards[i]);
        check_job();
        close_all();
    }
    open_all();
    for (i = 0; i < sizeof none / sizeof none[0]; i++) {
        char number[32];

        snprintf(number, sizeof number, "shard %llu: ", (unsigned long long)none[i]);
        assert_int_equal(plan_keep_shard(&plan, none[i], &err), ERR_INPUT);
        assert_memory_equal(err.message, number, strlen(number));
    }
    assert_int_equal(plan.shard_count, 3); /* and is as it was */
    assert_false(plan.is_part);
}

static void test_open_shard(void **state)
{
    static const struct {
        const char *text;
        unsigned shard;
    } rows[] = {
            {"{\"shard\":0,\"items\":10,\"offset\":0,\"length\":110}", 0},
            {" { \"length\" : 120 , \"shard\":1,\"offset\":110,\"items\":10}\n", 1},
            {"{\"shard\":2,\"items\":5,\"offset\":230,\"length\":60,\"more\":[]}", 2},
    };
    unsigned i;

    (void)state;
    save();
    folder_unlink("shards.json"); /* it need not be read */
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(plan_open_shard(&plan, store, &opened, rows[i].text, &err), ERR_OK);
        check_job();
        assert_int_equal(plan.shard_count, 1);
        assert_true(plan.is_part);
        assert_int_equal(plan.first_shard, rows[i].shard);
        check_shard(&plan.shards[0], &shards[rows[i].shard]);
        close_all();
    }
}

static void test_open_shard_fails(void **state)
{
    static const char *const rows[] = {
            "",
            "{",
            "{}",
            "[]",
            "0",
            "null",
            "[{\"shard\":0,\"items\":10,\"offset\":0,\"length\":110}]",
            "{\"shard\":0,\"items\":10,\"offset\":0,\"length\":110}x",
            "{\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"items\":10,\"length\":110}",
            "{\"shard\":0,\"items\":10,\"offset\":0}",
            "{\"shard\":\"0\",\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":0.0,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":null,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":true,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":-1,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":3,\"items\":10,\"offset\":0,\"length\":110}", /* there are three */
            "{\"shard\":4294967295,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":4294967296,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":18446744073709551616,\"items\":10,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"items\":0,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"items\":-1,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"items\":26,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"items\":10.5,\"offset\":0,\"length\":110}",
            "{\"shard\":0,\"items\":10,\"offset\":-1,\"length\":110}",
            "{\"shard\":0,\"items\":10,\"offset\":\"0\",\"length\":110}",
            "{\"shard\":0,\"items\":10,\"offset\":0,\"length\":0}",
            "{\"shard\":0,\"items\":10,\"offset\":0,\"length\":-110}",
            "{\"shard\":0,\"items\":10,\"offset\":9223372036854775807,\"length\":1}",
            ("{\"shard\":0,\"items\":10,\"offset\":9223372036854775807,\"length\":"
             "9223372036854775807}"),
            "\xFF",
    };
    size_t i;

    (void)state;
    save();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (plan_open_shard(&plan, store, &opened, rows[i], &err) != ERR_INPUT)
            fail_msg("%s", rows[i]);
        assert_memory_equal(err.message, "shard \"", 7);
        close_all();
    }
}

static void test_open_shard_without_a_job(void **state)
{
    static const char text[] = "{\"shard\":0,\"items\":1,\"offset\":0,\"length\":1}";

    (void)state;
    assert_int_equal(plan_open_shard(&plan, store, &opened, text, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "there is no job"));
    close_all();
    folder_write("job.json", "{\"format\":9,\"input\":{}}");
    assert_int_equal(plan_open_shard(&plan, store, &opened, text, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "another version"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_check_items),
            TEST(test_check_items_with_gaps),
            TEST(test_digests),
            TEST(test_round_trip),
            TEST(test_no_items),
            TEST(test_server),
            TEST(test_server_by_another),
            TEST(test_open_fails),
            TEST(test_cut),
            TEST(test_cut_is_another_format),
            TEST(test_slices_of),
            TEST(test_forgotten),
            TEST(test_load),
            TEST(test_load_with_other_options),
            TEST(test_job_without_new_fields),
            TEST(test_keep_shard),
            TEST(test_open_shard),
            TEST(test_open_shard_fails),
            TEST(test_open_shard_without_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
