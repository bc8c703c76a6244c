/* copyout cleanup: removes the unfinished uploads that a dead run left. */
#include "job/clean_uploads.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/env.h"
#include "cmd/session.h"
#include "model/names.h"

struct cleanup_options {
    const char *work;
    const char *endpoint_url;
    const char *region;
    const char *profile;
    bool quiet;
    unsigned verbose;
};

#define OPTION(member) offsetof(struct cleanup_options, member)

static const struct option options[] = {
        {"work", 'w', OPTION_STRING, "PLACE", OPTION(work),
                "the work store of the run: a folder or s3://bucket/prefix/"},
        {"endpoint-url", '\0', OPTION_STRING, "URL", OPTION(endpoint_url),
                "an S3 server other than AWS"},
        {"region", '\0', OPTION_STRING, "REGION", OPTION(region), "where we run"},
        {"profile", '\0', OPTION_STRING, "NAME", OPTION(profile),
                "the profile of the AWS configuration to use"},
        {"quiet", 'q', OPTION_FLAG, NULL, OPTION(quiet), "print errors only"},
        {"verbose", 'v', OPTION_COUNT, NULL, OPTION(verbose), "say more"},
};

static enum err_code clean(
        const struct session *s, const char *work, struct cleanup_counts *counts, struct err *e)
{
    const struct sync sync = {s->net, s->s3};
    struct store *store;
    enum err_code code;

    if (!names_is_s3_uri(work) && access(work, F_OK) != 0) /* it would be made */
        return err_set(e, ERR_INPUT, "--work %s: %s", work, strerror(errno));
    code = store_open(&store, work, env_get("TMPDIR"), s->net, s->s3, e);
    if (code != ERR_OK)
        return code;
    code = cleanup(store, &sync, &s->stop, counts, e);
    store_close(store);
    return code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct cleanup_options *o = opts;
    struct session_config config = {
            .profile = o->profile, .region = o->region, .endpoint_url = o->endpoint_url};
    struct cleanup_counts counts = {0};
    struct session session = {0};
    int exit_code = 0;
    enum err_code code;
    struct err e;

    (void)line;
    log_set_level(o->quiet ? LOG_ERROR : o->verbose ? LOG_DEBUG : LOG_INFO);
    if (!o->work) {
        log_error("what is to be cleaned up after? Give the run's work store with --work");
        return err_exit_code(ERR_USAGE);
    }
    code = session_open(&session, &config, &e);
    if (code == ERR_OK)
        code = clean(&session, o->work, &counts, &e);
    if (code == ERR_OK && !o->quiet)
        printf("%llu uploads on record, %llu removed, %llu could not be\n",
                (unsigned long long)counts.records, (unsigned long long)counts.removed,
                (unsigned long long)counts.failed);
    if (code != ERR_OK)
        log_error("%s", e.message);
    if (code != ERR_OK || counts.failed > 0)
        exit_code = code != ERR_OK ? err_exit_code(code) : err_exit_code(ERR_INCOMPLETE);
    if (session.stop)
        exit_code = session_stop_code(&session);
    if (session.net)
        session_close(&session);
    return exit_code;
}

const struct command cmd_cleanup = {
        .name = "cleanup",
        .summary = "remove the unfinished uploads that a dead run left",
        .operands = "",
        .description =
                "A run that was stopped or killed leaves its unfinished multipart uploads open, on record in "
                "its work store, so that the next run with that work store can go on with them. When there "
                "will be no next run this removes them, since S3 bills their parts for ever. Uploads that "
                "copyout did not make are never touched.",
        .examples =
                "copyout cleanup --work copyout-work/20261124T065000Z-1a2b3c4d\tafter a run here\n"
                "copyout cleanup --work s3://work/jobs/release-1/\tafter an execution on AWS\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct cleanup_options),
        .run = run,
};
