/* run, prepare, copy, report and cleanup as a person and as Step Functions meet them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command_line.h"
#include "store/uploads.h"

#define RUN "run -m list.csv -t s3://dst/out/ -w work"

/* --- run --- */

static void test_run(void **state)
{
    (void)state;
    make_list(3);
    exits(0, RUN);
    says_out("3 objects: 3 copied (30 B in ");
    says_out(" s, requests for less than $0.01); each copy proven by ETag. ");
    says_out("; each copy proven by ETag. Folders kept.\nReport: s3://dst/out/ENDED_COPY.csv\n"
             "Page: work/COPY_REPORT.html\nWork store: work\n");
    assert_string_equal(err_text, "");
    exits(0, RUN);
    says_out("3 objects: nothing copied, 3 the same already; each copy proven by ETag. ");
    exits(0, RUN " -q");
    assert_string_equal(out_text, "");
    assert_string_equal(err_text, "");
}

static void test_run_json(void **state)
{
    json_t *json, *problem;

    (void)state;
    make_list(3);
    exits(0, RUN " --json");
    assert_string_equal(err_text, "");
    json = json_loads(out_text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json, "copied")), 3);
    assert_string_equal(
            json_string_value(json_object_get(json, "report")), "s3://dst/out/ENDED_COPY.csv");
    assert_string_equal(json_string_value(json_object_get(json, "workStore")), "work");
    json_decref(json);
    exits(2, "run -m none.csv -t s3://dst/ -w other --json");
    json = json_loads(out_text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json, "exitCode")), 2);
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "error"), "name")),
            "ManifestError");
    json_decref(json);
    says_err("copyout: error: manifest none.csv: ");
    home_write("list.csv", "src,a\nno row\n");
    exits(2, "run -m list.csv -t s3://dst/ -w other --json");
    json = json_loads(out_text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json, "problemsTotal")), 1);
    problem = json_array_get(json_object_get(json, "problems"), 0);
    assert_int_equal(json_integer_value(json_object_get(problem, "line")), 2);
    assert_non_null(strstr(json_string_value(json_object_get(problem, "message")), "1 column"));
    assert_string_equal(json_string_value(json_object_get(json, "workStore")), "other");
    json_decref(json);
}

static void test_run_verbose(void **state)
{
    (void)state;
    make_list(1);
    exits(0, RUN " -v");
    says_err("Z copyout: debug: 1 object in 1 shard\n");
    says_err("Z copyout: debug: COPIED line 1 s3://src/k0 -> out/k0, 10 B, etag, ");
    assert_null(strstr(err_text, "trace: "));
    exits(0, RUN " -vv");
    says_err("Z copyout: trace: ");
    says_err("/dst/out/ENDED_COPY.csv: 200, request R1, ");
    says_err(" ms (PutObject)\n");
    assert_null(strstr(err_text, "Signature"));
    exits(0, RUN); /* the level is of one command line */
    assert_string_equal(err_text, "");
}

/* The file has what -v says; the terminal does not then. */
static void test_run_log(void **state)
{
    const char *log;

    (void)state;
    make_list(1);
    home_write("list.csv", "src,none\nsrc,k0\n");
    exits(1, RUN " --log run.log");
    assert_null(strstr(err_text, "debug: "));
    log = home_read("run.log");
    assert_non_null(strstr(log, "Z debug: COPIED line 2 s3://src/k0 -> out/k0, 10 B, etag, "));
    assert_non_null(strstr(log, "Z debug: FAILED line 1 s3://src/none -> out/none: NoSuchKey: "));
    assert_null(strstr(log, "trace: "));
    exits(1, RUN " -q -vv --log run.log"); /* it is added to */
    assert_null(strstr(err_text, "trace: "));
    log = home_read("run.log");
    assert_non_null(strstr(log, "COPIED line 2 "));
    assert_non_null(strstr(log, "SAME line 2 "));
    assert_non_null(strstr(log, " ms (PutObject)\n"));
    exits(4, RUN " --log no/such/folder");
    says_err("copyout: error: --log no/such/folder: No such file or directory\n");
    exits(1, RUN " -v");
    says_err("debug: ");
}

static void test_run_failures(void **state)
{
    (void)state;
    make_list(1);
    home_write("list.csv", "src,none\nsrc,k0\n");
    exits(1, RUN);
    says_err("FAILED line 1 s3://src/none: NoSuchKey: ");
    says_out("2 objects: 1 copied (10 B in ");
    says_out(", 1 failed; each copy proven by ETag");
}

static void test_run_problems(void **state)
{
    (void)state;
    home_write("list.csv", "src,a\nno row\n");
    exits(2, RUN);
    assert_string_equal(err_text,
            "copyout: error: manifest list.csv: line 2: 1 column; expected bucket,key or "
            "bucket,key,versionId; nothing was copied\n");
    assert_string_equal(out_text, "");
    assert_int_equal(fake.object_count, 0);
}

static void test_run_dry(void **state)
{
    (void)state;
    make_list(2);
    exits(0, RUN " -n");
    says_out("2 objects: dry run, nothing was copied; 2 would be (20 B)");
    says_out("Report: work/report.csv\nPage: work/COPY_REPORT.html\nWork store: work\n");
    says_out("\n\nThe copy would take:\n2 objects\nRequests: ");
    says_out("\n  CopyObject 2\n");
    says_out("\nBytes: 20 (20 B)\n");
}

static void test_run_too_dear(void **state)
{
    char command[256];

    (void)state;
    make_list(2);
    exits(2, RUN " --max-cost 0.00001");
    says_err("copyout: error: S3's requests for this copy would cost $");
    says_err("; nothing was copied\n");
    assert_string_equal(out_text, "");
    assert_int_equal(fake.copies, 0);
    says_err(
            "To go on, run:\n  copyout run --manifest list.csv --to s3://dst/out/ --max-cost 0.000");
    snprintf(command, sizeof command, "%s", strstr(err_text, "run --manifest"));
    command[strcspn(command, "\n")] = '\0';
    exits(0, command);
    says_out("2 objects: 2 copied");
    exits(2, RUN " --max-cost five");
    says_err("--max-cost: \"five\" is no number of US dollars");
    exits(0, RUN " --max-cost 5");
    assert_int_equal(fake.copies, 2);
}

/* --- estimate --- */

static void test_estimate(void **state)
{
    json_t *json;

    (void)state;
    make_list(2);
    exits(0, "estimate -m list.csv -t s3://dst/out/");
    says_out("2 objects, which were not looked at\nRequests: ");
    says_out("\n  CopyObject 2\n");
    assert_string_equal(err_text, "");
    exits(0, "estimate -m list.csv -t s3://dst/out/ --exact --on-aws");
    says_out("2 objects\nRequests: ");
    says_out(" more at most for Fargate");
    exits(0, "estimate -m list.csv -t s3://dst/out/ --json");
    json = json_loads(out_text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json, "items")), 2);
    assert_true(json_is_false(json_object_get(json, "looked")));
    json_decref(json);
    assert_int_equal(fake.copies, 0);
    assert_null(fake_find("dst/out/STARTED_COPY.txt"));
}

/* --- policy --- */

#define COPIER "--principal arn:aws:iam::123456789012:role/copier"

/* Nothing is asked of S3, and nothing is left behind. */
static void test_policy(void **state)
{
    json_t *json;

    (void)state;
    make_list(1);
    home_write("list.csv", "src,k0\n");
    exits(0, "policy -m list.csv -t s3://dst/out/ " COPIER);
    says_out("== For the owner of the source bucket src ==");
    says_out("\"arn:aws:s3:::dst/out/k0\"");
    exits(0, "policy -m list.csv -t s3://dst/out/ --json --tags none " COPIER);
    json = json_loads(out_text, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "buckets")), 2);
    json_decref(json);
    assert_string_equal(err_text, "");
}

static void test_policy_mistakes(void **state)
{
    (void)state;
    home_write("list.csv", "src,k0\nno row\n");
    exits(2, "policy -m list.csv -t s3://dst/out/");
    says_err("Give --principal");
    exits(2, "policy -m list.csv -t s3://dst/out/ " COPIER);
    says_err("line 2: ");
    assert_string_equal(out_text, "");
}

static void test_estimate_mistakes(void **state)
{
    (void)state;
    home_write("list.csv", "src,a\nno row\n");
    exits(2, "estimate -m list.csv -t s3://dst/out/");
    says_err("line 2: ");
    assert_string_equal(out_text, "");
    exits(2, "estimate");
    says_err("what is to be copied?");
    home_write("list.csv", "src,none\nsrc,k0\n");
    exits(1, "estimate -m list.csv -t s3://dst/out/ --exact");
    says_err("FAILED line 1 s3://src/none: NoSuchKey: ");
    make_list(2);
    fake_rule("POST /dst/out/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    exits(0, "estimate -m list.csv -t s3://dst/out/");
    says_err("copyout: warning: these rights may not write to s3://dst/out/");
    exits(3, "estimate -m list.csv -t s3://dst/out/ --exact");
    exits(3, "estimate -m list.csv -t s3://dst/out/ --exact --json");
    says_out("{\"error\": {\"name\": \"AccessDeniedError\"");
}

static void test_run_input(void **state)
{
    static const char input[] = "{\"destinationBucket\":\"dst\",\"destinationKeys\":\"full\","
                                "\"thawParams\":{\"glacierFlexibleRetrievalThawDays\":1}}";

    (void)state;
    make_list(1);
    home_write("input.json", input);
    exits(0, "run input.json -m list.csv -w work --url-encoded --tags none --on-different keep");
    assert_string_equal(err_text, "");
    assert_non_null(fake_find("dst/k0"));
    in_text = input;
    exits(0, "run - -m list.csv -t s3://dst/in/ -w other --destination-keys basename");
    assert_non_null(fake_find("dst/in/k0"));
    exits(2, "run none.json");
    assert_string_equal(err_text, "copyout: error: input none.json: No such file or directory\n");
    exits(2, "run list.csv -t s3://dst/");
    assert_string_equal(err_text,
            "copyout: error: input list.csv: it is not valid JSON (line 1) and "
            "looks like a manifest; give it with --manifest list.csv\n");
    exits(2, "prepare list.csv --job job");
    assert_string_equal(err_text,
            "copyout: error: input list.csv: it is not valid JSON (line 1) and looks like a "
            "manifest; put that into S3, and name it in a JSON by sourceFilesCsvBucket and "
            "sourceFilesCsvKey\n");
    exits(2, "run s3://src/list.csv -t s3://dst/");
    assert_string_equal(err_text,
            "copyout: error: input s3://src/list.csv: an input is a file here, or standard input "
            "(-); a manifest is given with --manifest s3://src/list.csv, and all objects below a "
            "prefix are s3://src/list.csv/, with a slash at the end\n");
    in_text = "{\"destinationBuckt\":\"x\"}";
    exits(2, "run -");
    says_err("input (standard input): ");
    says_err("did you mean \"destinationBucket\"?");
    exits(2, "run - -m -");
    says_err("input and manifest cannot both be standard input");
    exits(2, "run");
    says_err("what is to be copied?");
}

/* The options about our own files in the destination. */
static void test_run_own_files(void **state)
{
    (void)state;
    make_list(1);
    exits(2, RUN " --report-name R.csv --no-report");
    says_err("--report-name and --no-report: only one of them\n");
    exits(2, RUN " --report-name STARTED_COPY.txt");
    says_err("must not be the same key\n");
    exits(0, RUN " --report-name logs/R.csv --no-marker");
    says_out("Report: s3://dst/out/logs/R.csv\n");
    assert_non_null(fake_find("dst/out/logs/R.csv"));
    assert_null(fake_find("dst/out/STARTED_COPY.txt"));
    assert_null(fake_find("dst/out/ENDED_COPY.csv"));
    exits(0, RUN " --no-report");
    says_out("Report: work/report.csv\n");
    assert_non_null(fake_find("dst/out/STARTED_COPY.txt"));
    assert_null(fake_find("dst/out/ENDED_COPY.csv"));
}

/* A command line leaves the files of others as they are, an input replaces them; both say it. */
static void test_run_foreign_files(void **state)
{
    (void)state;
    make_list(1);
    fake_text("dst/out/ENDED_COPY.csv", "theirs");
    exits(0, RUN);
    says_err(
            "copyout: warning: s3://dst/out/ENDED_COPY.csv is not a file of copyout's and is left as "
            "it is; the report is written to s3://dst/out/ENDED_COPY-2.csv\n");
    says_out("Report: s3://dst/out/ENDED_COPY-2.csv\n");
    assert_string_equal(fake_find("dst/out/ENDED_COPY.csv")->body, "theirs");
    home_write("in.json", "{\"destinationBucket\":\"dst\",\"destinationFolderKey\":\"out/\"}");
    exits(0, "run in.json -m list.csv -w work");
    says_err(
            "copyout: warning: s3://dst/out/ENDED_COPY.csv is not a file of copyout's, or an earlier "
            "version wrote it; the report replaces it\n");
    says_out("Report: s3://dst/out/ENDED_COPY.csv\n");
    exits(0, "run in.json -m list.csv -w work");
    assert_string_equal(err_text, "");
}

static void test_run_any_region(void **state)
{
    (void)state;
    make_list(1);
    fake.region = "eu-west-3";
    exits(3, RUN);
    says_err(
            "is in region eu-west-3, and must be in us-east-1 (set sourceRequiredRegion to \"\", or "
            "give --any-region, to allow any)\n");
    exits(0, RUN " --any-region");
    says_out("1 object");
}

static void test_run_surroundings(void **state)
{
    static const struct {
        const char *words, *variable, *value;
        int exit_code;
        const char *said;
    } rows[] = {
            {RUN, "COPYOUT_STOP_SECONDS", "soon", 2, "COPYOUT_STOP_SECONDS must be a number"},
            {RUN " --region no/region", "", "", 2, "\"no/region\" is not the name of a region"},
            {RUN " --endpoint-url ftp://x", "", "", 2, "ftp://x"},
            {RUN " --profile none", "", "", 2, "there is no profile \"none\""},
            {"run -m list.csv -t s3://dst/ -w s3://B", "", "", 2, "--work: "},
            {"run -m list.csv -t s3://dst/ -w list.csv", "", "", 4, "--work: "},
            {RUN, "AWS_USE_FIPS_ENDPOINT", "true", 0, ""}, /* an endpoint is named */
    };
    size_t i;

    (void)state;
    make_list(1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        env_set(rows[i].variable, rows[i].value);
        exits(rows[i].exit_code, rows[i].words);
        says_err(rows[i].said);
        env_set(rows[i].variable, "");
    }
}

static void test_run_not_allowed(void **state)
{
    (void)state;
    make_list(1);
    fake_rule("PUT /dst/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    exits(3, RUN);
    says_err("error: these rights may not write to s3://dst/out/ (AccessDenied, request R1)");
    says_err("; copyout policy prints the rights that have to be given\n");
    assert_null(strstr(err_text, "KMS"));
}

/* A key of KMS that refuses is told from the bucket by S3's words, and is no permission either. */
static void test_run_refused_by_kms(void **state)
{
    static const struct {
        int status;
        const char *code, *message;
        int exit_code;
        bool names_key;
    } rows[] = {
            {403, "AccessDenied",
                    "User: arn:aws:iam::1:role/r is not authorized to perform: kms:GenerateDataKey on "
                    "resource: arn:aws:kms:eu-west-1:2:key/3 because no resource-based policy allows "
                    "the kms:GenerateDataKey action",
                    3, true},
            {400, "KMS.DisabledException", "arn:aws:kms:eu-west-1:2:key/3 is disabled.", 3, true},
            {400, "KMS.KMSInvalidStateException", "key/3 is pending deletion.", 3, true},
            {400, "KMS.NotFoundException", "Key 'key/3' does not exist", 3, true},
            {403, "AccessDenied", "Access Denied", 3, false},
            {403, "AccessDenied",
                    "User: arn:aws:iam::1:role/r is not authorized to perform: s3:PutObject on "
                    "resource: arn:aws:s3:::dst/kms:x",
                    3, false},
            {400, "KMS.Other", "of another kind", 4, false},
    };
    size_t i;

    (void)state;
    make_list(1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[512];

        snprintf(body, sizeof body, "<Error><Code>%s</Code><Message>%s</Message></Error>",
                rows[i].code, rows[i].message);
        fake.rule_count = 0;
        fake_rule("PUT /dst/", rows[i].status, body, -1);
        exits(rows[i].exit_code, RUN);
        says_err(rows[i].message);
        says_err(rows[i].code);
        if ((strstr(err_text,
                     "the KMS key that the destination encrypts with refuses: its owner has "
                     "to enable it, and to allow kms:GenerateDataKey and kms:Decrypt") != NULL) !=
                rows[i].names_key)
            fail_msg("%s", err_text);
    }
}

/* A store that holds the results of another list. */
static void test_run_replace(void **state)
{
    (void)state;
    make_list(2);
    exits(0, RUN);
    home_write("list.csv", "src,k1\n");
    exits(2, RUN);
    says_err("holds the results of another job");
    exits(0, RUN " --replace-job");
}

/* --- signals --- */

static void signal_at(const char *what, int number)
{
    fake_rule(what, 0, NULL, 1);
    fake.rules[fake.rule_count - 1].signal = number;
}

static void test_signal_while_copying(void **state)
{
    (void)state;
    make_list(40);
    signal_at("*COPY", SIGINT);
    exits(130, RUN " --max-in-flight 2");
    says_err(
            "copyout: warning: stopping: nothing new is begun, and what is under way is finished, for at "
            "most 72 s; Ctrl-C again ends it at once. What is done stays on record: the last line "
            "will be the command that goes on\n");
    says_out("not reached");
    assert_non_null(fake_find("dst/out/ENDED_COPY.csv"));
}

static void test_signal_while_preparing(void **state)
{
    (void)state;
    make_list(3);
    signal_at("HEAD /dst", SIGTERM);
    exits(143, RUN);
    says_err("copyout: error: interrupted; nothing was copied\n");
    assert_int_equal(fake.copies, 0);
}

/* The second signal waits for nothing. Two different ones, since two of a kind may become one. */
static void test_two_signals(void **state)
{
    char rest[32];
    unsigned copied = 0;
    int exit_code;

    (void)state;
    make_list(40);
    signal_at("*COPY", SIGINT);
    signal_at("*COPY", SIGTERM);
    fake_rule("*COPY", 0, NULL, -1);
    fake.rules[2].hold = true;
    exit_code = type(RUN " --max-in-flight 4");
    fake_open_gate();
    assert_true(exit_code == 130 || exit_code == 143);
    /* The two that the signals come with are answered, in time or too late. */
    (void)sscanf(out_text, "40 objects: %u copied", &copied);
    assert_true(copied <= 2);
    snprintf(rest, sizeof rest, ", %u not reached", 40 - copied);
    says_out(rest);
    says_err("To go on, run:\n  copyout run --manifest list.csv --to s3://dst/out/ --work work "
             "--max-in-flight 4\n");
    assert_null(strstr(err_text, "the time to stop in is nearly over"));
}

/* When the time to stop in is nearly over nobody waits either. */
static void test_deadline(void **state)
{
    (void)state;
    make_list(40);
    env_set("COPYOUT_STOP_SECONDS", "1");
    signal_at("*COPY", SIGTERM);
    fake_rule("*COPY", 0, NULL, -1);
    fake.rules[1].hold = true;
    exits(143, RUN " --max-in-flight 4");
    fake_open_gate();
    says_err(
            "copyout: warning: the time to stop in is nearly over: ending what is still under way");
}

/* --- the three steps --- */

#define PREPARE "prepare input.json --job "

static void make_job(unsigned count)
{
    make_list(count);
    fake_text("lists/files.csv", home_read("list.csv"));
    home_write("input.json",
            "{\"sourceFilesCsvBucket\":\"lists\",\"sourceFilesCsvKey\":\"files.csv\","
            "\"destinationBucket\":\"dst\",\"maxItemsPerBatch\":2}");
}

static void test_steps(void **state)
{
    (void)state;
    make_job(5);
    exits(0, PREPARE "job");
    says_out("5 objects in 3 shards; job: job\n");
    exits(0, PREPARE "job --json");
    assert_string_equal(out_text, "{\"job\":\"job\",\"items\":5,\"shards\":3,\"itemsPerShard\":2,"
                                  "\"copyConcurrency\":100}\n");
    exits(0, "copy --job job -s 1");
    says_out("2 objects: 2 copied, 0 the same already, 0 kept, 0 failed\n");
    exits(1, "report --job job");
    says_out("5 objects: 2 copied");
    says_out(", 3 not reached; each copy proven by ETag. Folders dropped.\nReport: "
             "s3://dst/ENDED_COPY.csv");
    exits(0, "copy --job job --json");
    assert_string_equal(out_text, "{\"items\":5,\"copied\":5,\"same\":0,\"kept\":0,\"failed\":0,"
                                  "\"bytes\":50}\n");
    exits(0, "report --job job --json");
    says_out("{\"complete\":true,\"items\":5,\"copied\":5,\"same\":0,");
    says_out(",\"report\":\"s3://dst/ENDED_COPY.csv\",\"cause\":\"\"}\n");
}

#define THAW_INPUT(more)                                                                         \
    "{\"sourceFilesCsvBucket\":\"lists\",\"sourceFilesCsvKey\":\"files.csv\",\"look\":\"head\"," \
    "\"destinationBucket\":\"dst\"," more                                                        \
    "\"thawParams\":{\"glacierFlexibleRetrievalThawDays\":1}}"

/* Of five objects two are archived: copy asks for their restoring, thaw copies them. */
static void test_thaw(void **state)
{
    (void)state;
    make_job(5);
    home_write("input.json", THAW_INPUT("\"maxItemsPerBatch\":2,"));
    strcpy(fake_find("src/k1")->meta, "x-amz-storage-class: GLACIER\r\n");
    strcpy(fake_find("src/k4")->meta, "x-amz-storage-class: GLACIER\r\n");
    fake_rule("POST /src/", 202, NULL, -1);
    exits(0, PREPARE "job --json");
    says_out(",\"thaws\":true}");
    exits(1, "copy --job job");
    says_out("5 objects: 3 copied, 0 the same already, 0 kept, 0 failed, 2 being restored, which "
             "copyout thaw copies\n");
    exits(1, "report --job job");
    says_out("5 objects: 3 copied");
    env_set("COPYOUT_LOOKS", "8");
    exits(1, "thaw --job job --json");
    assert_string_equal(out_text,
            "{\"restoring\":2,\"waitSeconds\":7200,\"copied\":0,\"same\":0,\"kept\":0,"
            "\"failed\":0,\"bytes\":0}\n");
    fake_find("src/k4")->meta[0] = '\0';
    env_set("COPYOUT_THAW_SECONDS", "7");
    exits(1, "thaw --job job");
    says_out("1 copied, 0 the same already, 0 kept, 0 failed; 1 object is being restored from its "
             "archive: look again in 7 seconds\n");
    fake_find("src/k1")->meta[0] = '\0';
    exits(0, "thaw --job job");
    says_out("1 copied, 0 the same already, 0 kept, 0 failed\n");
    exits(0, "thaw --job job");
    says_out("no object waits until it is restored\n");
    exits(0, "thaw --job job --json");
    assert_string_equal(out_text, "{\"restoring\":0,\"waitSeconds\":0}\n");
    exits(0, "report --job job --json");
    says_out("{\"complete\":true,\"items\":5,\"copied\":5,\"same\":0,");
}

/* Where the installation has no right to it nothing is restored, and a job that asks is not
 * refused.
 */
static void test_thaw_not_given(void **state)
{
    (void)state;
    make_job(2);
    home_write("input.json", THAW_INPUT(""));
    strcpy(fake_find("src/k1")->meta, "x-amz-storage-class: GLACIER\r\n");
    env_set("COPYOUT_EXTRA_RIGHTS", "acl,retention");
    exits(0, PREPARE "job --json");
    says_err("thawParams: this installation may not restore");
    assert_null(strstr(out_text, "thaws"));
    exits(1, "copy --job job");
    says_out("2 objects: 1 copied, 0 the same already, 0 kept, 1 failed\n");
    exits(0, "thaw --job job");
    says_out("no object waits until it is restored\n");
    env_set("COPYOUT_EXTRA_RIGHTS", "acl,restore");
    exits(0, PREPARE "job2 --json");
    says_out(",\"thaws\":true}");
}

static void test_thaw_mistakes(void **state)
{
    (void)state;
    make_job(1);
    exits(0, PREPARE "job");
    env_set("COPYOUT_LOOKS", "often");
    exits(2, "thaw --job job");
    says_err("COPYOUT_LOOKS \"often\": must be a number");
    env_set("COPYOUT_LOOKS", "");
    env_set("COPYOUT_THAW_SECONDS", "seldom");
    exits(2, "thaw --job job");
    says_err("COPYOUT_THAW_SECONDS must be a number of seconds");
}

/* A look that is interrupted says so, and not that nothing waits. */
static void test_thaw_interrupted(void **state)
{
    unsigned i;

    (void)state;
    make_job(40);
    home_write("input.json", THAW_INPUT("\"maxItemsPerBatch\":100,"));
    for (i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof name, "src/k%u", i);
        strcpy(fake_find(name)->meta, "x-amz-storage-class: GLACIER\r\n");
    }
    fake_rule("POST /src/", 202, NULL, -1);
    exits(0, PREPARE "s3://store/job/");
    exits(1, "copy --job s3://store/job/");
    for (i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof name, "src/k%u", i);
        fake_find(name)->meta[0] = '\0';
    }
    env_set("COPYOUT_TASK_TOKEN", "token-hushhush");
    signal_at("*COPY", SIGTERM);
    exits(143, "thaw --job s3://store/job/ --max-in-flight 2");
    assert_non_null(strstr(fake_told("SendTaskFailure"), "SpotInterrupted"));
    assert_non_null(fake_find("store/job/waiting/000000.json"));
    exits(0, "thaw --job s3://store/job/");
    assert_non_null(strstr(fake_told("SendTaskSuccess"), "\\\"restoring\\\":0"));
    assert_null(fake_find("store/job/waiting/000000.json"));
}

static void test_steps_mistakes(void **state)
{
    static const struct {
        const char *words;
        int exit_code;
        const char *said;
    } rows[] = {
            {"prepare --job job", 2, "what is to be copied? Give INPUT.json, or set COPYOUT_INPUT"},
            {"prepare input.json", 2, "which job? Give --job, or set COPYOUT_JOB"},
            {"prepare none.json --job job", 2, "input none.json: "},
            {"copy --job job", 2, "there is no job; was it prepared?"},
            {"copy --job job -s x", 2, "shard \"x\": must be a number"},
            {"copy --job job -s {}", 2, "shard \"{}\": must be a number"},
            {"report --job job", 2, "there is no job"},
            {"report --job s3://", 2, "s3://"},
            {"copy --job job one", 2, "one: one argument too many"},
    };
    size_t i;

    (void)state;
    make_job(1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        exits(rows[i].exit_code, rows[i].words);
        says_err(rows[i].said);
        assert_string_equal(out_text, "");
    }
    exits(2, "copy --job job --json");
    says_out("{\"error\":{\"name\":\"InvalidInputError\",\"message\":\"");
    says_out("\"},\"exitCode\":2}\n");
}

/* A task: input, work store and shard from the environment, the answer to Step Functions. */
static void test_task(void **state)
{
    json_t *told, *output;

    (void)state;
    make_job(3);
    env_set("COPYOUT_TASK_TOKEN", "token-hushhush");
    env_set("COPYOUT_JOB", "s3://store/job/");
    env_set("COPYOUT_INPUT", home_read("input.json"));
    exits(0, "prepare");
    told = json_loads(fake_told("SendTaskSuccess"), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(told, "taskToken")), "token-hushhush");
    output = json_loads(json_string_value(json_object_get(told, "output")), 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(output, "shards")), 2);
    assert_string_equal(json_string_value(json_object_get(output, "workBucket")), "store");
    assert_string_equal(json_string_value(json_object_get(output, "shardsKey")), "job/shards.json");
    json_decref(output);
    json_decref(told);
    env_set("COPYOUT_SHARD", "0");
    exits(0, "copy");
    assert_non_null(strstr(fake_told("SendTaskSuccess"), "\\\"copied\\\":2"));
    assert_non_null(fake_find_begin("store/job/results/000000-0.1."));
    env_set("COPYOUT_SHARD", "");
    exits(1, "report"); /* of its shards one is missing */
    assert_non_null(strstr(fake_told("SendTaskSuccess"), "\\\"complete\\\":false"));
    assert_non_null(strstr(fake_told("SendTaskSuccess"), "1 of 3 objects was not copied"));
}

static void test_task_fails(void **state)
{
    (void)state;
    make_job(1);
    fake_text("lists/files.csv", "src,k0\nno row\n");
    env_set("COPYOUT_TASK_TOKEN", "token-hushhush");
    exits(2, PREPARE "s3://store/job/");
    assert_non_null(strstr(fake_told("SendTaskFailure"), "\"error\":\"ManifestError\""));
    assert_non_null(strstr(fake_told("SendTaskFailure"), ": line 2: "));
    env_set("COPYOUT_HEARTBEAT_SECONDS", "often");
    exits(2, PREPARE "s3://store/job/");
    says_err("COPYOUT_HEARTBEAT_SECONDS must be a number of seconds");
}

/* The result of a task that another worker has now is of no interest: exit 0, nothing published. */
static void test_task_gone(void **state)
{
    (void)state;
    make_job(2);
    exits(0, PREPARE "s3://store/job/");
    fake.task_gone = true;
    env_set("COPYOUT_TASK_TOKEN", "token-hushhush");
    exits(0, "copy --job s3://store/job/");
    says_err("this task was given to someone else");
    assert_null(fake_told("SendTaskSuccess"));
    assert_null(fake_find_begin("store/job/results/000000-0.1."));
}

static void test_task_interrupted(void **state)
{
    (void)state;
    make_job(40);
    exits(0, PREPARE "s3://store/job/");
    env_set("COPYOUT_TASK_TOKEN", "token-hushhush");
    signal_at("*COPY", SIGTERM);
    exits(143, "copy --job s3://store/job/ --max-in-flight 2");
    says_err(
            "copyout: warning: stopping: nothing new is begun, and what is under way is finished, for at "
            "most 72 s; another signal ends it at once. What is done stays on record: the same "
            "command goes on\n");
    says_err("copyout: error: stopped by a signal; what was done is recorded\n");
    assert_non_null(strstr(fake_told("SendTaskFailure"), "SpotInterrupted"));
    assert_non_null(fake_find_begin("store/job/results/000000-0.1."));
}

static void test_step_failures(void **state)
{
    (void)state;
    make_job(2);
    home_write("list.csv", "src,k0\nsrc,none\n");
    fake_text("lists/files.csv", home_read("list.csv"));
    exits(0, PREPARE "job");
    exits(1, "copy --job job");
    says_out("2 objects: 1 copied, 0 the same already, 0 kept, 1 failed\n");
    exits(1, "report --job job --json");
    says_out(
            "1 of 2 objects was not copied; the report names them: s3://dst/ENDED_COPY.csv; the first: "
            "line 2 s3://src/none: NoSuchKey: ");
    says_err("FAILED line 2 s3://src/none: NoSuchKey: ");
    says_err("To go on, run:\n  copyout copy --job job && copyout report --job job --json\n");
    exits(1, "copy --job job -s 0 -q --json");
    assert_string_equal(
            err_text, "To go on, run:\n  copyout copy --job job --json --quiet --shard 0\n");
}

/* --- cleanup --- */

static void test_cleanup(void **state)
{
    char name[UPLOADS_NAME_SIZE], path[128];
    struct err e;

    (void)state;
    make_list(1);
    exits(0, RUN);
    assert_int_equal(uploads_name(name, "dst", "a", 0, &e), ERR_OK);
    snprintf(path, sizeof path, "work/%s", name);
    home_write(path,
            "{\"format\":1,\"bucket\":\"dst\",\"key\":\"a\",\"uploadId\":\"U\",\"sourceBucket\":"
            "\"src\",\"sourceKey\":\"k\",\"etag\":\"e-2\",\"tags\":\"none\",\"at\":1795000000,"
            "\"size\":16777216,\"parts\":2,\"layoutFrom\":1,\"partSize\":8388608}\n");
    exits(0, "cleanup -w work");
    assert_string_equal(out_text, "1 upload on record, 1 removed, 0 could not be\n");
    assert_int_equal(fake.uploads_aborted, 1);
    home_write(path, "no record");
    exits(1, "cleanup -w work -q");
    assert_string_equal(out_text, "");
    says_err("copyout: error: uploads/");
    exits(2, "cleanup");
    says_err("what is to be cleaned up after?");
    exits(2, "cleanup -w none");
    says_err("--work none: No such file or directory");
    exits(2, "cleanup -w s3://store/none/");
    says_err("there is no job");
    exits(2, "cleanup -w s3://");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_run),
            TEST(test_run_json),
            TEST(test_run_verbose),
            TEST(test_run_log),
            TEST(test_run_failures),
            TEST(test_run_problems),
            TEST(test_run_dry),
            TEST(test_run_too_dear),
            TEST(test_estimate),
            TEST(test_estimate_mistakes),
            TEST(test_policy),
            TEST(test_policy_mistakes),
            TEST(test_run_input),
            TEST(test_run_own_files),
            TEST(test_run_foreign_files),
            TEST(test_run_any_region),
            TEST(test_run_surroundings),
            TEST(test_run_not_allowed),
            TEST(test_run_refused_by_kms),
            TEST(test_run_replace),
            TEST(test_signal_while_copying),
            TEST(test_signal_while_preparing),
            TEST(test_two_signals),
            TEST(test_deadline),
            TEST(test_steps),
            TEST(test_thaw),
            TEST(test_thaw_not_given),
            TEST(test_thaw_mistakes),
            TEST(test_thaw_interrupted),
            TEST(test_steps_mistakes),
            TEST(test_task),
            TEST(test_task_fails),
            TEST(test_task_gone),
            TEST(test_task_interrupted),
            TEST(test_step_failures),
            TEST(test_cleanup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
