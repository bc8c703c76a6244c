/* copyout verify: whether a destination is what a job, a delivery record or a list says of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/console.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "cmd/outcome.h"
#include "cmd/progress/progress.h"
#include "cmd/progress/verify_lines.h"
#include "cmd/read_input.h"
#include "cmd/scratch.h"
#include "job/jobs.h"
#include "job/verify/audit.h"
#include "model/names.h"

enum { FINDINGS_SHOWN = 100 };

struct verify_options {
    struct input_options input;
    const char *work;
    const char *public_key;
    const char *report;
    bool extra, tags;
    struct connect_options connect;
    struct output_options output;
    uint64_t interval_ms;
};

#define OPTION(member) offsetof(struct verify_options, member)

static const struct option options[] = {
        {"work", 'w', OPTION_STRING, "PLACE", OPTION(work),
                "the work store of the job whose results are to hold: a folder or s3://bucket/prefix/"},
        LIST_NAME_OPTIONS(struct verify_options, input),
        {"public-key", '\0', OPTION_STRING, "FILE", OPTION(public_key),
                "the delivery record must be signed by this key (Ed25519, PEM)"},
        {"extra", '\0', OPTION_FLAG, NULL, OPTION(extra),
                "objects below the destination's folder that nobody named are findings; copyout's own files "
                "are not"},
        {"tags", '\0', OPTION_FLAG, NULL, OPTION(tags),
                "compare the objects' tags too, with those that the record has (one request more for each "
                "object) or with the sources' (two more)"},
        {"report", '\0', OPTION_STRING, "FILE", OPTION(report),
                "write all findings to a file, as CSV; the terminal shows the first hundred"},
        LIST_ROW_OPTIONS(struct verify_options, input),
        CONNECT_OPTIONS(struct verify_options, connect),
        REGION_OPTION(struct verify_options, connect),
        LIMIT_OPTIONS(struct verify_options, connect),
        SSE_C_OPTIONS(struct verify_options, connect),
        JSON_OPTION(struct verify_options, output),
        LOG_OPTIONS(struct verify_options, output),
        {"progress-interval", '\0', OPTION_DURATION, "TIME", OPTION(interval_ms),
                "where standard error is no terminal, say so often how far it is; 10s is the default"},
};

/* One verification, from the command line to the exit code. */
struct verifying {
    const struct verify_options *options;
    const struct cmd_io *io;
    struct connect connect;
    struct progress progress;
    struct verify_facts facts; /* of the progress */
    struct audit_config config;
    struct audit_counts counts;
    struct input input;
    struct problems problems;
    struct engine *engine;
    char *work;                      /* a temporary folder; NULL: not made */
    struct delivery_key *public_key; /* NULL: none */
    struct audit_record record;
    FILE *report;     /* NULL: none */
    json_t *findings; /* the first */
    uint64_t found;
    struct buf text; /* scratch */
};

static void on_signal(void *ctx, unsigned count, int number)
{
    const struct verifying *v = ctx;

    signals_say(SIGNALS_AT_LOOKING, count, number, v->connect.work_ms, "");
}

static void on_progress(void *ctx, const struct audit_progress *now)
{
    struct verifying *v = ctx;
    const struct progress_view view = {&v->facts, verify_lines, verify_text};
    const struct pace_sample sample = {
            .at_s = (double)clock_mono_ms() / 1000, .done = (double)now->looked_at};

    pace_add(&v->progress.pace, &sample);
    v->facts.now = *now;
    v->facts.objects_per_s = pace_done(&v->progress.pace);
    progress_show_view(&v->progress, &view);
}

/* --- findings --- */

static enum err_code show_finding(struct verifying *v, const struct audit_finding *f, struct err *e)
{
    json_t *json;

    buf_clear(&v->text);
    str_show(&v->text, f->key, strlen(f->key));
    if (!v->options->output.quiet)
        log_warn("%s %s: %s", audit_name(f->kind), buf_str(&v->text), f->message);
    /* A key of another server may be no UTF-8, which JSON cannot hold. */
    json = json_pack("{s:s, s:s, s:s}", "status", audit_name(f->kind), "key",
            str_utf8_valid(f->key, strlen(f->key)) ? f->key : buf_str(&v->text), "message",
            f->message);
    return json && json_array_append_new(v->findings, json) == 0 ? ERR_OK : err_nomem(e);
}

static enum err_code on_finding(void *ctx, const struct audit_finding *f, struct err *e)
{
    struct verifying *v = ctx;
    enum err_code code = v->found++ < FINDINGS_SHOWN ? show_finding(v, f, e) : ERR_OK;

    if (code != ERR_OK || !v->report)
        return code;
    buf_clear(&v->text);
    audit_csv_row(&v->text, f);
    code = buf_check(&v->text, "a row of the findings", e);
    if (code == ERR_OK && fwrite(buf_str(&v->text), 1, v->text.len, v->report) != v->text.len)
        code = err_errno(e, errno, "--report %s", v->options->report);
    return code;
}

static enum err_code open_report(struct verifying *v, struct err *e)
{
    if (!v->options->report)
        return ERR_OK;
    v->report = fopen(v->options->report, "wbe");
    if (!v->report || fputs(AUDIT_CSV_HEADER, v->report) == EOF)
        return err_errno(e, errno, "--report %s", v->options->report);
    return ERR_OK;
}

static enum err_code close_report(struct verifying *v, struct err *e)
{
    FILE *file = v->report;
    bool failed;

    v->report = NULL;
    if (!file)
        return ERR_OK;
    failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        return err_errno(e, errno, "--report %s", v->options->report);
    return ERR_OK;
}

/* --- the record --- */

/* The facts of a record that can be relied on, before the destination is looked at. */
static void tell_record(const struct audit_record *r)
{
    log_info("the record is whole, its digest is right: %llu object%s of %s, made %s",
            (unsigned long long)r->lines, str_plural(r->lines), r->head.destination,
            r->head.created);
    if (r->seal == AUDIT_UNSIGNED)
        log_warn("the record is not signed: it shows what is there, and not who says so");
    else if (r->seal == AUDIT_UNCHECKED)
        log_warn(
                "the record is signed by the key %s, which was not checked: give it with --public-key",
                r->end.key);
    else
        log_info("the record is signed by the key that was given");
}

/* --- what is verified --- */

static enum err_code open_engine(struct verifying *v, const char *work, bool list, struct err *e)
{
    const struct engine_config config = {
            .session = &v->connect.session,
            .stop = &v->connect.stop,
            .work = work,
            .tmp = io_env(v->io, "TMPDIR"),
            .list_only = list,
    };

    return engine_open(&v->engine, &config, e);
}

static bool is_folder(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

static enum err_code verify_job(struct verifying *v, struct err *e)
{
    const char *work = v->options->work;
    enum err_code code = ERR_OK;

    if (!names_is_s3_uri(work) && access(work, F_OK) != 0) /* it would be made */
        return err_set(e, ERR_INPUT, "--work %s: %s", work, strerror(errno));
    if (!names_is_s3_uri(work) && !is_folder(work))
        return err_set(e, ERR_INPUT, "--work %s: this is a file, and a work store is a folder%s",
                work, audit_is_record(work) ? "; give a delivery record without --work" : "");
    code = open_engine(v, work, false, e);
    if (code == ERR_OK)
        code = engine_load(v->engine, NULL, e);
    return code == ERR_OK ? audit_job(v->engine, &v->config, &v->counts, e) : code;
}

static enum err_code verify_record(struct verifying *v, const char *place, struct err *e)
{
    enum err_code code = audit_record_open(&v->record, &v->config, place, v->public_key, e);

    if (code != ERR_OK)
        return code;
    if (v->record.problem[0]) {
        log_error("%s", v->record.problem);
        return ERR_OK;
    }
    tell_record(&v->record);
    return audit_record_run(&v->record, &v->config, v->options->input.to, &v->counts, e);
}

static enum err_code verify_list(struct verifying *v, const char *path, struct err *e)
{
    enum err_code code = read_input(&v->input, v->io, path, &v->options->input, e);

    if (code == ERR_OK)
        code = input_place_instructions(&v->input, NULL, e);
    if (code == ERR_OK)
        code = input_set_any_region(&v->input, e); /* nothing is transferred */
    if (code == ERR_OK)
        code = scratch_make(&v->work, v->io, e);
    if (code != ERR_OK)
        return code;
    v->input.keys = &v->connect.session.keys;
    v->input.dry_run = true;
    v->input.options.on_different = ON_DIFFERENT_FAIL;
    code = open_engine(v, v->work, true, e);
    if (code == ERR_OK)
        code = audit_list(v->engine, &v->config, &v->input, &v->problems, &v->counts, e);
    return code;
}

/* Whether the operand is a delivery record: in S3 all that is no folder, which would be a list. */
static bool is_record(const char *operand)
{
    if (!operand || operand[0] == '{' || strcmp(operand, "-") == 0)
        return false;
    if (names_is_s3_uri(operand))
        return !str_ends(operand, "/") && !str_ends(operand, "/*") &&
               strchr(operand + strlen("s3://"), '/');
    return audit_is_record(operand);
}

/* Names the mistake of a place that is not of the kind that is expected there; NULL: there is none.
 * record: whether the operand is a record. */
static const char *wrong_place(const struct verify_options *o, const char *operand, bool record)
{
    if (operand && is_folder(operand))
        return "the argument is a folder: give the work store of a job with --work, and a delivery "
               "record by its file (DELIVERY.jsonl)";
    if (operand && !record && jobs_is_file(operand))
        return "the argument is a file of a work store: give its folder with --work";
    if (operand && !record && names_is_s3_uri(operand) && !o->input.to)
        return "the argument is a folder in S3: give a delivery record by its key, such as "
               "s3://bucket/folder/DELIVERY.jsonl, the work store of a job with --work, or with --to "
               "the folder that the objects were copied to";
    if (o->input.manifest && audit_is_record(o->input.manifest))
        return "--manifest names a delivery record: give it without an option, copyout verify "
               "DELIVERY.jsonl";
    if (o->report && names_is_s3_uri(o->report))
        return "--report is a file on this machine, and not in S3";
    return NULL;
}

/* Names the mistake that the options make together; NULL: they make none. */
static const char *mistake(const struct verify_options *o, const char *operand)
{
    bool record = is_record(operand);

    if (o->work && (operand || o->input.manifest || o->input.to))
        return "--work names a job: give no record, input, --manifest or --to besides";
    if (!o->work && !operand && !o->input.manifest)
        return "what is to be verified? Give a job (--work), a delivery record, or an input or "
               "--manifest and --to";
    if (record && o->input.manifest)
        return "a delivery record and --manifest: only one of them";
    if (o->public_key && !record)
        return "--public-key is for a delivery record";
    return wrong_place(o, operand, record);
}

static enum err_code work(struct verifying *v, const char *operand, struct err *e)
{
    const struct verify_options *o = v->options;
    const char *wrong = mistake(o, operand);
    enum err_code code = wrong ? err_set(e, ERR_USAGE, "%s", wrong) : input_init(&v->input, e);

    if (code == ERR_OK && o->public_key) {
        code = delivery_key_read_public(&v->public_key, o->public_key, e);
        if (code != ERR_OK)
            err_prefix(e, "--public-key");
    }
    if (code == ERR_OK)
        code = open_report(v, e);
    if (code == ERR_OK)
        code = connect_open(&v->connect, v->io, &o->connect, on_signal, v, e);
    if (code != ERR_OK)
        return code;
    v->config.session = &v->connect.session;
    v->config.stop = &v->connect.stop;
    code = progress_watch(&v->progress, v->connect.session.net, e);
    if (code != ERR_OK)
        return code;
    if (o->work)
        code = verify_job(v, e);
    else
        code = is_record(operand) ? verify_record(v, operand, e) : verify_list(v, operand, e);
    return code == ERR_OK ? close_report(v, e) : code;
}

/* --- the answer --- */

/* Whether the job is known to have delivered all. A record that cannot be relied on tells nothing.
 */
static bool is_complete(const struct verifying *v)
{
    return !v->record.problem[0] && v->counts.failed == 0 && v->counts.not_reached == 0;
}

static const char *seal_name(enum audit_seal seal)
{
    static const char *const names[] = {[AUDIT_UNSIGNED] = "none",
            [AUDIT_UNCHECKED] = "not-checked",
            [AUDIT_SIGNED] = "good",
            [AUDIT_OTHER_KEY] = "other-key",
            [AUDIT_FORGED] = "bad"};

    return names[seal];
}

static json_t *record_json(const struct audit_record *r)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s}", "created", r->head.created, "tool",
            r->head.tool, "destination", r->head.destination, "sha256", r->end.digest, "signature",
            seal_name(r->seal));

    if (json && r->end.key[0])
        json_object_set_new(json, "key", json_string(r->end.key));
    if (json && r->problem[0])
        json_object_set_new(json, "problem", json_string(r->problem));
    return json;
}

static json_t *requests_json(const struct s3_client *s3)
{
    json_t *json = json_object();
    int op;

    for (op = 0; op < S3_OP_COUNT; op++) {
        uint64_t n = s3_client_requests(s3, (enum s3_op)op);

        if (n > 0)
            json_object_set_new(json, s3_op_name((enum s3_op)op), json_integer((json_int_t)n));
    }
    return json;
}

/* Returns the exit code: another where there was no memory to say it. */
static int print_json(const struct verifying *v, int exit_code)
{
    const struct audit_counts *c = &v->counts;
    const uint64_t *n = c->findings;
    json_t *json = json_pack(
            "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:o, s:O, s:i}",
            "objects", (json_int_t)c->objects, "same", (json_int_t)c->same, "bySize",
            (json_int_t)c->by_size, "kept", (json_int_t)c->kept, "bytes", (json_int_t)c->bytes,
            "missing", (json_int_t)n[AUDIT_MISSING], "different", (json_int_t)n[AUDIT_DIFFERENT],
            "notComparable", (json_int_t)n[AUDIT_NOT_COMPARABLE], "otherTags",
            (json_int_t)n[AUDIT_TAGS], "extra", (json_int_t)n[AUDIT_EXTRA], "unreadable",
            (json_int_t)n[AUDIT_UNREADABLE], "complete", is_complete(v), "failed",
            (json_int_t)c->failed, "notReached", (json_int_t)c->not_reached, "requests",
            requests_json(v->connect.session.s3), "findings", v->findings, "exitCode", exit_code);

    if (json && v->record.head.tool)
        json_object_set_new(json, "record", record_json(&v->record));
    if (!json) {
        log_error("out of memory");
        return err_exit_code(ERR_NOMEM);
    }
    io_json(v->io, json, 0);
    return exit_code;
}

static void add_count(struct buf *out, uint64_t count, const char *what)
{
    if (count > 0)
        buf_addf(out, ", %llu %s", (unsigned long long)count, what);
}

/* Names for the summary what the objects are compared with. */
static const char *said_by(const struct verifying *v)
{
    if (v->options->work)
        return "as the job says";
    return v->record.head.tool ? "as the record says" : "as their sources are";
}

/* "100000 objects: 99997 as the record says, 1 missing, 1 different, 1 extra" */
static void print_counts(struct verifying *v)
{
    static const char *const words[AUDIT_KINDS] = {"missing", "different", "not comparable",
            "with other tags", "extra", "could not be looked at"};
    const struct audit_counts *c = &v->counts;
    int i;

    buf_clear(&v->text);
    buf_addf(&v->text, "%llu object%s: %llu %s", (unsigned long long)c->objects,
            str_plural(c->objects), (unsigned long long)c->same, said_by(v));
    add_count(&v->text, c->by_size, "of these by the size alone");
    add_count(&v->text, c->kept, "kept by the job as they were");
    for (i = 0; i < AUDIT_KINDS; i++)
        add_count(&v->text, c->findings[i], words[i]);
    io_line(v->io, buf_str(&v->text));
    if (!is_complete(v))
        log_warn(
                "the job was not complete: %llu object%s failed and %llu not reached are not part of "
                "what was delivered",
                (unsigned long long)c->failed, str_plural(c->failed),
                (unsigned long long)c->not_reached);
}

/* A list is read as for a copy: that nothing was copied is no news of verify. */
static void cut_not_copied(char *message)
{
    static const char end[] = "; nothing was copied";

    if (str_ends(message, end))
        message[strlen(message) - (sizeof end - 1)] = '\0';
}

static int tell(struct verifying *v, struct err *e)
{
    int exit_code = connect_stop_code(&v->connect);
    const struct output_options *o = &v->options->output;

    if (exit_code == 0 && e)
        exit_code = err_exit_code(e->code);
    if (e) {
        outcome_print_problems(v->io, &v->problems);
        cut_not_copied(e->message);
        log_error("%s", e->message);
        if (o->json)
            outcome_print_error(v->io, e, &v->problems, NULL, exit_code, 0);
        return exit_code;
    }
    if (exit_code == 0 && (v->record.problem[0] || !audit_is_clean(&v->counts)))
        exit_code = err_exit_code(ERR_INCOMPLETE);
    if (o->json)
        exit_code = print_json(v, exit_code);
    else if (!o->quiet && !v->record.problem[0])
        print_counts(v);
    return exit_code;
}

static void end(struct verifying *v)
{
    engine_close(v->engine);
    audit_record_close(&v->record);
    delivery_key_free(v->public_key);
    problems_free(&v->problems);
    if (v->report)
        fclose(v->report);
    json_decref(v->findings);
    input_free(&v->input);
    buf_free(&v->text);
}

static int run(const struct command_line *line, const void *opts)
{
    const struct verify_options *o = opts;
    struct verifying v = {.options = o, .io = line->io, .findings = json_array()};
    enum err_code code;
    struct err e;
    int exit_code;

    console_set_level(&o->output);
    err_clear(&e);
    problems_init(&v.problems);
    buf_init(&v.text, BUF_MAX_RESULT);
    v.config = (struct audit_config){.tmp = io_env(line->io, "TMPDIR"),
            .extra = o->extra,
            .tags = o->tags,
            .on_finding = on_finding,
            .on_progress = on_progress,
            .ctx = &v};
    progress_init(&v.progress, line->io, &(struct progress_options){.interval_ms = o->interval_ms},
            o->output.quiet);
    v.config.progress_ms = progress_every_ms(&v.progress);
    code = v.findings ? work(&v, line->operand_count > 0 ? line->operands[0] : NULL, &e)
                      : err_nomem(&e);
    progress_end(&v.progress);
    exit_code = tell(&v, code == ERR_OK ? NULL : &e);
    end(&v);
    if (!connect_close(&v.connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    scratch_remove(v.work);
    return exit_code;
}

const struct command cmd_verify = {
        .name = "verify",
        .summary = "check that a destination is what a job, a delivery record or a list says",
        .operands = "[DELIVERY.jsonl | INPUT.json | - | S3-FOLDER]",
        .operands_most = 1,
        .description =
                "Compares what is at the destination with the results of a job (--work), with a delivery "
                "record (copyout run --delivery-record makes one), or with the sources of a list as they "
                "are now. It copies nothing and writes nothing to any bucket. A million objects take "
                "about a thousand requests.\n"
                "The exit code is 0 if each object is as the job, the record or the list says, and 1 if one is missing, different, cannot "
                "be compared or looked at, has other tags (--tags), or is extra (--extra), or if the record was "
                "changed or is not signed as --public-key says.",
        .examples =
                "copyout verify --work copyout-work/their-bucket-0123456789abcdef --extra\twhat a job "
                "made, and nothing else\n"
                "copyout verify s3://our-bucket/release-1/DELIVERY.jsonl --public-key sender.pem\tas the "
                "recipient\n"
                "copyout verify --manifest files.csv --to s3://their-bucket/release-1/\twhat the "
                "sources of a list are now\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct verify_options),
        .run = run,
};
