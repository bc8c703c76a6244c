#include "net/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum lookup_state { LOOKUP_RUNNING, LOOKUP_DONE, LOOKUP_FAILED };

/* The last lookup of a name. */
struct looked {
    enum lookup_state state;
    uint64_t began_ms;
    char name[ADDRESS_NAME_MAX];
};

struct hosts {
    struct hosts_config config;
    struct addresses *table;
    struct resolver *resolver;
    unsigned count;
    struct looked looked[ADDRESSES_NAMES_MOST];
    uint64_t now_ms; /* as the engine last said */
};

bool hosts_is_name(const char *host)
{
    const char *last = strrchr(host, '.'), *at;
    size_t len = strlen(host);

    if (len == 0 || len >= ADDRESS_NAME_MAX || host[len - 1] == '.')
        return false;
    for (at = host; *at; at++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", *at))
            return false;
    }
    last = last ? last + 1 : host;
    if (strcasecmp(last, "localhost") == 0)
        return false;
    /* inet_aton(3) takes "127.1", "2130706433" and "0x7f000001" for addresses. */
    return strspn(last, "0123456789") != strlen(last) && strncasecmp(last, "0x", 2) != 0;
}

static struct looked *find(struct hosts *n, const char *name)
{
    unsigned i;

    for (i = 0; i < n->count; i++)
        if (strcasecmp(n->looked[i].name, name) == 0)
            return &n->looked[i];
    return NULL;
}

/* The place of a new name: a free one, or that of the name whose last lookup is the oldest. */
static struct looked *place(struct hosts *n)
{
    struct looked *oldest = &n->looked[0];
    unsigned i;

    if (n->count < ADDRESSES_NAMES_MOST)
        return &n->looked[n->count++];
    for (i = 1; i < n->count; i++)
        if (n->looked[i].began_ms < oldest->began_ms)
            oldest = &n->looked[i];
    return oldest;
}

static void on_looked_up(void *ctx, const char *name, const struct addresses_answer *answer)
{
    struct hosts *n = ctx;
    struct looked *looked = find(n, name);
    bool learnt = answer && addresses_learn(n->table, name, answer, n->now_ms);

    if (looked)
        looked->state = learnt ? LOOKUP_DONE : LOOKUP_FAILED;
    if (n->config.changed)
        n->config.changed(n->config.ctx);
}

static bool is_due(const struct looked *looked, uint64_t now_ms)
{
    uint64_t ago = now_ms - looked->began_ms;

    switch (looked->state) {
    case LOOKUP_RUNNING:
        return false;
    case LOOKUP_DONE:
        return ago >= HOSTS_AGAIN_MS;
    case LOOKUP_FAILED:
        return ago >= HOSTS_FAILED_MS;
    }
    return false;
}

/* Starts a lookup if one is due. NULL: none could ever be started. */
static const struct looked *look_up(struct hosts *n, const char *host, uint64_t now_ms)
{
    struct looked *looked = find(n, host);
    bool known = addresses_count(n->table, host) > 0;

    if (looked && !is_due(looked, now_ms))
        return looked;
    if (!looked) {
        looked = place(n);
        snprintf(looked->name, sizeof looked->name, "%s", host);
    }
    looked->began_ms = now_ms;
    looked->state = resolver_start(n->resolver, host, !known) ? LOOKUP_RUNNING : LOOKUP_FAILED;
    return looked;
}

enum hosts_dealt hosts_deal(struct hosts *n, const char *host, unsigned avoid, uint64_t now_ms,
        struct address **out, char choices[ADDRESS_CHOICES_MAX])
{
    const struct looked *looked;

    n->now_ms = now_ms;
    if (!hosts_is_name(host))
        return HOSTS_NONE;
    looked = look_up(n, host, now_ms);
    *out = addresses_deal(n->table, host, avoid, now_ms, choices);
    if (*out)
        return HOSTS_DEALT;
    return looked->state == LOOKUP_RUNNING && now_ms - looked->began_ms < HOSTS_WAIT_MOST_MS
                   ? HOSTS_WAIT
                   : HOSTS_NONE;
}

enum err_code hosts_new(struct hosts **out, const struct hosts_config *config, struct err *e)
{
    struct hosts *n = calloc(1, sizeof *n);
    enum err_code code;

    if (!n)
        return err_nomem(e);
    n->config = *config;
    n->table = addresses_new();
    code = n->table ? resolver_new(&n->resolver, config->loop, config->lookup, on_looked_up, n, e)
                    : err_nomem(e);
    if (code != ERR_OK) {
        hosts_free(n);
        return code;
    }
    *out = n;
    return ERR_OK;
}

void hosts_free(struct hosts *n)
{
    if (!n)
        return;
    resolver_free(n->resolver);
    addresses_free(n->table);
    free(n);
}
