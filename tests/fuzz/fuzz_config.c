/* The shared config files of AWS, and the way to credentials that they describe. The first line is
 * the profile that is asked for; then the config file, "----", and the credentials file. */
#include <ctype.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aws/config.h"
#include "aws/config_parse.h"
#include "aws/creds_int.h"
#include "fuzz.h"

/* --- the parser by itself --- */

struct seen {
    size_t events;
    bool section, property;
    enum err_code code;
    char message[ERR_MESSAGE_MAX];
};

static bool is_line(const char *s)
{
    return s && !strchr(s, '\n');
}

static enum err_code on_event(void *ctx, const struct config_event *event, struct err *e)
{
    struct seen *seen = ctx;

    (void)e;
    seen->events++;
    FUZZ_CHECK(is_line(event->section));
    FUZZ_CHECK((event->parent != NULL) == (event->kind == CONFIG_NESTED));
    if (event->kind == CONFIG_SECTION) {
        FUZZ_CHECK(!event->name && !event->value);
        seen->section = true;
        seen->property = false;
        return ERR_OK;
    }
    FUZZ_CHECK(is_line(event->name) && is_line(event->value) && event->name[0]);
    FUZZ_CHECK(seen->section && event->section[0]);
    FUZZ_CHECK(event->kind == CONFIG_PROPERTY || seen->property);
    seen->property = true;
    return ERR_OK;
}

static void parse(struct seen *seen, const char *text, size_t len)
{
    struct err e;

    memset(seen, 0, sizeof *seen);
    err_clear(&e);
    seen->code = config_parse("file", text, len, on_event, seen, &e);
    if (seen->code != ERR_OK) {
        fuzz_check_err(&e);
        FUZZ_CHECK(str_starts(e.message, "file:"));
    }
    memcpy(seen->message, e.message, sizeof seen->message);
}

/* A file may hold secrets, so its text must not get into a message: with other letters in it, the
 * message is the same. */
static void check_parser(const char *text, size_t len)
{
    char *other = malloc(len ? len : 1);
    struct seen seen, without;
    size_t i;

    FUZZ_CHECK(other);
    for (i = 0; i < len; i++)
        other[i] = (char)(isalpha((unsigned char)text[i]) ? 'q' : text[i]);
    parse(&seen, text, len);
    parse(&without, other, len);
    FUZZ_CHECK(seen.code == without.code && seen.events == without.events);
    FUZZ_CHECK(strcmp(seen.message, without.message) == 0);
    free(other);
}

/* --- the two files --- */

static char path[2][sizeof "/proc/self/fd/2147483647"];

static char *env(const char *name)
{
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return path[0];
    if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return path[1];
    return NULL;
}

/* A file in memory, made once and written anew. */
static void put_file(int which, const char *text, size_t len)
{
    static int fd[2] = {-1, -1};

    if (fd[which] < 0) {
        fd[which] = memfd_create("config", MFD_CLOEXEC);
        FUZZ_CHECK(fd[which] >= 0);
        snprintf(path[which], sizeof path[which], "/proc/self/fd/%d", fd[which]);
    }
    FUZZ_CHECK(ftruncate(fd[which], 0) == 0);
    FUZZ_CHECK(pwrite(fd[which], text, len, 0) == (ssize_t)len);
}

static void check_plan(const struct aws_config *config)
{
    struct creds_plan plan;
    struct err e;
    size_t i;

    memset(&plan, 0, sizeof plan);
    creds_plan_clear(&plan);
    if (creds_chain_plan(&plan, config, &e) == ERR_OK) {
        FUZZ_CHECK(plan.base != CREDS_BASE_NONE && plan.source[0]);
        FUZZ_CHECK(plan.role_count <= CREDS_ROLES_MAX);
        for (i = 0; i < plan.role_count; i++)
            FUZZ_CHECK(plan.roles[i].role_arn && plan.roles[i].duration_s <= 43200);
        FUZZ_CHECK((plan.base == CREDS_BASE_KEYS) == (plan.keys.access_key[0] != '\0'));
        FUZZ_CHECK((plan.base == CREDS_BASE_PROCESS) == (plan.command != NULL));
        FUZZ_CHECK((plan.base == CREDS_BASE_WEB_IDENTITY) == (plan.web.token_file != NULL));
    } else {
        fuzz_check_err(&e);
    }
    creds_plan_clear(&plan);
    buf_free(&plan.tried);
}

static void check_files(const char *profile)
{
    struct aws_config_source source = {.getenv = env, .profile = profile[0] ? profile : NULL};
    struct aws_config *config;
    struct err e;

    if (aws_config_load(&config, &source, &e) != ERR_OK) {
        fuzz_check_err(&e);
        return;
    }
    FUZZ_CHECK(!profile[0] || aws_config_has_profile(config, profile) ||
               strcmp(profile, "default") == 0);
    (void)aws_config_region(config);
    (void)aws_config_endpoint(config, "s3");
    (void)aws_config_endpoint(config, "sts");
    check_plan(config);
    aws_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *profile = fuzz_line(&in);
    int i;

    for (i = 0; i < 2; i++) {
        size_t len;
        char *text = fuzz_section(&in, &len);

        check_parser(text, len);
        put_file(i, text, len);
        free(text);
    }
    check_files(profile);
    free(profile);
    return 0;
}
