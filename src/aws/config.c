#include "aws/config.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "aws/config_parse.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/str.h"

enum config_file { FILE_CREDENTIALS, FILE_CONFIG, FILE_COUNT };

/* Sections that we know; all others are other programs' business. */
enum section_kind { SECTION_PROFILE, SECTION_SERVICES, SECTION_OTHER };

struct value {
    struct list link;
    char *parent; /* nested values: "s3"; else "" */
    char *name;   /* lower case */
    struct buf text;
};

struct section {
    struct list link; /* in aws_config.sections, in the files' order */
    enum config_file file;
    enum section_kind kind;
    bool prefixed; /* [profile x], which goes before a plain [default] in the config file */
    char *name;
    struct list values;
};

struct aws_config {
    struct aws_config_source source;
    char *path[FILE_COUNT];
    struct list sections;
    const char *profile;
    struct section *current; /* while reading: where values go; NULL: nowhere */
    enum config_file file;   /* while reading */
};

/* --- building --- */

static void value_free(struct value *v)
{
    if (v->text.data)
        OPENSSL_cleanse(v->text.data, v->text.cap);
    buf_free(&v->text);
    free(v->parent);
    free(v->name);
    free(v);
}

static void section_free(struct section *s)
{
    struct list *link;

    while ((link = list_pop(&s->values)))
        value_free(LIST_ENTRY(link, struct value, link));
    free(s->name);
    free(s);
}

/* "profile x", 'profile "x y"' -> x, x y. NULL when it does not start with that word. */
static char *named(const char *section, const char *word)
{
    size_t n = strlen(word), len;
    const char *s = section + n;

    if (strncmp(section, word, n) != 0 || (*s != ' ' && *s != '\t'))
        return NULL;
    s += strspn(s, " \t");
    len = strlen(s);
    if (len >= 2 && (s[0] == '"' || s[0] == '\'') && s[len - 1] == s[0]) {
        s++;
        len -= 2;
    }
    return str_dup_n(s, len);
}

/* The kind of a section, and the name in it. In the credentials file all are profiles. */
static enum section_kind classify(
        enum config_file file, const char *section, char **name, bool *prefixed)
{
    *prefixed = false;
    if (file == FILE_CREDENTIALS || strcmp(section, "default") == 0) {
        *name = strdup(section);
        return SECTION_PROFILE;
    }
    *name = named(section, "profile");
    if (*name) {
        *prefixed = true;
        return SECTION_PROFILE;
    }
    *name = named(section, "services");
    if (*name)
        return SECTION_SERVICES;
    *name = strdup(section);
    return SECTION_OTHER;
}

static struct section *find_section(const struct aws_config *c, enum config_file file,
        enum section_kind kind, const char *name, bool prefixed)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &c->sections)
    {
        struct section *s = LIST_ENTRY(link, struct section, link);

        if (s->file == file && s->kind == kind && s->prefixed == prefixed &&
                strcmp(s->name, name) == 0)
            return s;
    }
    return NULL;
}

static enum err_code on_section(struct aws_config *c, const char *text, struct err *e)
{
    enum section_kind kind;
    bool prefixed;
    char *name;

    kind = classify(c->file, text, &name, &prefixed);
    if (!name)
        return err_nomem(e);
    c->current = find_section(c, c->file, kind, name, prefixed);
    if (c->current) { /* given twice: one section */
        free(name);
        return ERR_OK;
    }
    c->current = calloc(1, sizeof *c->current);
    if (!c->current) {
        free(name);
        return err_nomem(e);
    }
    c->current->file = c->file;
    c->current->kind = kind;
    c->current->prefixed = prefixed;
    c->current->name = name;
    list_init(&c->current->values);
    list_push(&c->sections, &c->current->link);
    return ERR_OK;
}

static struct value *find_value(const struct section *s, const char *parent, const char *name)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &s->values)
    {
        struct value *v = LIST_ENTRY(link, struct value, link);

        if (strcasecmp(v->name, name) == 0 && strcasecmp(v->parent, parent) == 0)
            return v;
    }
    return NULL;
}

static struct value *value_new(struct section *s, const char *parent, const char *name)
{
    struct value *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    buf_init(&v->text, BUF_MAX_CONFIG);
    v->parent = strdup(parent);
    v->name = strdup(name);
    if (!v->parent || !v->name) {
        value_free(v);
        return NULL;
    }
    list_push(&s->values, &v->link);
    return v;
}

/* A config_sink. */
static enum err_code on_event(void *ctx, const struct config_event *event, struct err *e)
{
    struct aws_config *c = ctx;
    const char *parent = event->parent ? event->parent : "";
    struct value *v;

    if (event->kind == CONFIG_SECTION)
        return on_section(c, event->section, e);
    v = find_value(c->current, parent, event->name);
    if (!v)
        v = value_new(c->current, parent, event->name);
    if (!v)
        return err_nomem(e);
    if (event->kind == CONFIG_MORE)
        buf_addc(&v->text, '\n');
    else
        buf_clear(&v->text); /* the last one holds */
    buf_adds(&v->text, event->value);
    return buf_check(&v->text, "the value", e);
}

/* --- files --- */

enum err_code aws_config_read_file(const char *path, struct buf *out, struct err *e)
{
    char chunk[4096];
    enum err_code code = ERR_OK;
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f) {
        int errnum = errno;

        /* No way to it (a home folder that is not ours) is as good as no file; one that is there
         * and closed to us is a mistake that someone wants to know of. */
        if (errnum == ENOENT || errnum == ENOTDIR || access(path, F_OK) != 0)
            return err_set(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errnum));
        return err_errno(e, errnum, "%s", path);
    }
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    if (ferror(f))
        code = err_errno(e, errno, "%s", path);
    else
        code = buf_check(out, path, e);
    fclose(f);
    OPENSSL_cleanse(chunk, sizeof chunk);
    return code;
}

static enum err_code read_config(struct aws_config *c, enum config_file file, struct err *e)
{
    struct buf text;
    enum err_code code;

    buf_init(&text, BUF_MAX_CONFIG);
    c->file = file;
    c->current = NULL;
    code = aws_config_read_file(c->path[file], &text, e);
    if (code == ERR_OK)
        code = config_parse(c->path[file], buf_str(&text), text.len, on_event, c, e);
    else if (code == ERR_NOT_FOUND)
        code = ERR_OK;
    c->current = NULL;
    if (text.data)
        OPENSSL_cleanse(text.data, text.cap);
    buf_free(&text);
    return code;
}

/* The path that the variable names, else ~/.aws/<name>. A ~ is the home folder, as in the SDKs. */
static char *file_path(const struct aws_config *c, const char *variable, const char *name)
{
    const char *home = aws_config_env(c, "HOME");
    const char *given = aws_config_env(c, variable);
    struct buf path;

    buf_init(&path, BUF_MAX_SMALL);
    if (!home)
        home = "";
    if (given && strncmp(given, "~/", 2) == 0)
        buf_addf(&path, "%s%s", home, given + 1);
    else if (given)
        buf_adds(&path, given);
    else
        buf_addf(&path, "%s/.aws/%s", home, name);
    return buf_take(&path);
}

static enum err_code choose_profile(struct aws_config *c, struct err *e)
{
    const char *by = "--profile";

    c->profile = c->source.profile;
    if (!c->profile) {
        by = "AWS_PROFILE";
        c->profile = aws_config_env(c, by);
    }
    if (!c->profile) {
        by = "AWS_DEFAULT_PROFILE"; /* the AWS CLI's older name for it */
        c->profile = aws_config_env(c, by);
    }
    if (!c->profile)
        c->profile = "default";
    if (strcmp(c->profile, "default") != 0 && !aws_config_has_profile(c, c->profile))
        return err_set(e, ERR_INPUT, "%s: there is no profile \"%s\" in %s or %s", by, c->profile,
                c->path[FILE_CONFIG], c->path[FILE_CREDENTIALS]);
    return ERR_OK;
}

enum err_code aws_config_load(
        struct aws_config **out, const struct aws_config_source *source, struct err *e)
{
    struct aws_config *c = calloc(1, sizeof *c);
    enum err_code code = ERR_OK;

    if (!c)
        return err_nomem(e);
    c->source = *source;
    list_init(&c->sections);
    c->path[FILE_CONFIG] = file_path(c, "AWS_CONFIG_FILE", "config");
    c->path[FILE_CREDENTIALS] = file_path(c, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    if (!c->path[FILE_CONFIG] || !c->path[FILE_CREDENTIALS])
        code = err_nomem(e);
    if (code == ERR_OK)
        code = read_config(c, FILE_CONFIG, e);
    if (code == ERR_OK)
        code = read_config(c, FILE_CREDENTIALS, e);
    if (code == ERR_OK)
        code = choose_profile(c, e);
    if (code != ERR_OK) {
        aws_config_free(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

void aws_config_free(struct aws_config *c)
{
    struct list *link;

    if (!c)
        return;
    while ((link = list_pop(&c->sections)))
        section_free(LIST_ENTRY(link, struct section, link));
    free(c->path[FILE_CONFIG]);
    free(c->path[FILE_CREDENTIALS]);
    free(c);
}

/* --- asking --- */

const char *aws_config_env(const struct aws_config *c, const char *name)
{
    const char *v = c->source.getenv ? c->source.getenv(name) : NULL;

    return v && v[0] ? v : NULL;
}

const char *aws_config_profile(const struct aws_config *c)
{
    return c->profile;
}

bool aws_config_profile_is_explicit(const struct aws_config *c)
{
    return c->source.profile != NULL;
}

const char *aws_config_path(const struct aws_config *c)
{
    return c->path[FILE_CONFIG];
}

const char *aws_config_credentials_path(const struct aws_config *c)
{
    return c->path[FILE_CREDENTIALS];
}

static const char *lookup(const struct aws_config *c, enum config_file file, enum section_kind kind,
        const char *section, const char *parent, const char *name)
{
    int prefixed;

    for (prefixed = 1; prefixed >= 0; prefixed--) {
        const struct section *s = find_section(c, file, kind, section, prefixed != 0);
        const struct value *v = s ? find_value(s, parent, name) : NULL;

        if (v && v->text.len > 0)
            return buf_str(&v->text);
    }
    return NULL;
}

static bool is_key(const char *name)
{
    return strcmp(name, "aws_access_key_id") == 0 || strcmp(name, "aws_secret_access_key") == 0 ||
           strcmp(name, "aws_session_token") == 0;
}

const char *aws_config_get(const struct aws_config *c, const char *profile, const char *name)
{
    const char *v = lookup(c, FILE_CREDENTIALS, SECTION_PROFILE, profile, "", name);

    if (v)
        return v;
    if (is_key(name) &&
            lookup(c, FILE_CREDENTIALS, SECTION_PROFILE, profile, "", "aws_access_key_id"))
        return NULL;
    return lookup(c, FILE_CONFIG, SECTION_PROFILE, profile, "", name);
}

bool aws_config_has_profile(const struct aws_config *c, const char *profile)
{
    return find_section(c, FILE_CREDENTIALS, SECTION_PROFILE, profile, false) ||
           find_section(c, FILE_CONFIG, SECTION_PROFILE, profile, true) ||
           find_section(c, FILE_CONFIG, SECTION_PROFILE, profile, false);
}

const char *aws_config_region(const struct aws_config *c)
{
    const char *region = c->source.region;

    if (!region)
        region = aws_config_env(c, "AWS_REGION");
    if (!region)
        region = aws_config_env(c, "AWS_DEFAULT_REGION");
    if (!region)
        region = aws_config_get(c, c->profile, "region");
    return region;
}

static bool ignores_endpoints(const struct aws_config *c)
{
    const char *v = aws_config_env(c, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");

    if (!v)
        v = aws_config_get(c, c->profile, "ignore_configured_endpoint_urls");
    return v && strcasecmp(v, "true") == 0;
}

/* The services that --endpoint-url stands for: those that the commands speak of. Credentials come
 * from where they always do. */
static bool is_of_flag(const char *service)
{
    static const char *const services[] = {"s3", "sfn", "ecs", "cloudwatch_logs"};
    size_t i;

    for (i = 0; i < sizeof services / sizeof services[0]; i++)
        if (strcmp(service, services[i]) == 0)
            return true;
    return false;
}

const char *aws_config_endpoint(const struct aws_config *c, const char *service)
{
    char variable[64];
    const char *services, *url;
    size_t i;

    if (c->source.endpoint_url && is_of_flag(service))
        return c->source.endpoint_url;
    if (ignores_endpoints(c))
        return NULL;
    snprintf(variable, sizeof variable, "AWS_ENDPOINT_URL_%s", service);
    for (i = 0; variable[i]; i++)
        variable[i] = (char)toupper((unsigned char)variable[i]);
    url = aws_config_env(c, variable);
    if (!url)
        url = aws_config_env(c, "AWS_ENDPOINT_URL");
    services = aws_config_get(c, c->profile, "services");
    if (!url && services)
        url = lookup(c, FILE_CONFIG, SECTION_SERVICES, services, service, "endpoint_url");
    if (!url)
        url = aws_config_get(c, c->profile, "endpoint_url");
    return url;
}
