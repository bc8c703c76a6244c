#include "model/thaw.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const tier_names[] = {
        [THAW_BULK] = "Bulk", [THAW_STANDARD] = "Standard", [THAW_EXPEDITED] = "Expedited"};

/* The names of the fields of thawParams begin so. */
static const char *const kind_names[ARCHIVE_KIND_COUNT] = {
        [ARCHIVE_KIND_GLACIER] = "glacierFlexibleRetrieval",
        [ARCHIVE_KIND_DEEP] = "glacierDeepArchive",
        [ARCHIVE_KIND_TIERING] = "intelligentTieringArchive",
        [ARCHIVE_KIND_TIERING_DEEP] = "intelligentTieringDeepArchive",
};

static json_t *field(const json_t *json, int kind, const char *what)
{
    char name[64];

    snprintf(name, sizeof name, "%s%s", kind_names[kind], what);
    return json_object_get(json, name);
}

static void read_rule(struct thaw_rule *rule, const json_t *json, int kind)
{
    const json_t *days = field(json, kind, "ThawDays");
    const char *speed = json_string_value(field(json, kind, "ThawSpeed"));
    int tier;

    if (days)
        rule->days = (unsigned)json_integer_value(days);
    for (tier = THAW_BULK; speed && tier <= THAW_EXPEDITED; tier++)
        if (strcmp(speed, tier_names[tier]) == 0)
            rule->tier = (enum thaw_tier)tier;
}

enum err_code thaw_read(struct thaw *out, const char *json, struct err *e)
{
    json_t *params = json_loads(json, 0, NULL);
    int kind;

    if (!params)
        return err_nomem(e);
    for (kind = 0; kind < ARCHIVE_KIND_COUNT; kind++) {
        out->of[kind] = (struct thaw_rule){.days = 1, .tier = THAW_BULK};
        if (kind != ARCHIVE_KIND_NONE)
            read_rule(&out->of[kind], params, kind);
    }
    json_decref(params);
    return ERR_OK;
}

struct thaw_rule thaw_rule_of(const struct thaw *thaw, enum archive_kind kind)
{
    struct thaw_rule rule = thaw->of[kind];

    if (kind == ARCHIVE_KIND_TIERING || kind == ARCHIVE_KIND_TIERING_DEEP)
        rule.days = 0;
    return rule;
}

const char *thaw_tier_name(enum thaw_tier tier)
{
    return tier_names[tier];
}

static bool is_deep(enum archive_kind kind)
{
    return kind == ARCHIVE_KIND_DEEP || kind == ARCHIVE_KIND_TIERING_DEEP;
}

unsigned thaw_look_again_s(const struct thaw *thaw, enum archive_kind kind, unsigned looks)
{
    enum { FIRST_S = 60, DOUBLINGS = 8 };
    static const unsigned most_s[] = {
            [THAW_BULK] = 1800, [THAW_STANDARD] = 900, [THAW_EXPEDITED] = 60};
    unsigned most = most_s[thaw->of[kind].tier] * (is_deep(kind) ? 2 : 1);
    unsigned wait = (unsigned)FIRST_S << (looks < DOUBLINGS ? looks : DOUBLINGS);

    return wait < most ? wait : most;
}

unsigned thaw_task_again_s(const struct thaw *thaw, enum archive_kind kind, unsigned looks)
{
    enum { LOOKS_A_DOUBLING = 8, DOUBLINGS = 8, MOST_S = 8 * 3600 };
    static const unsigned first_s[][2] = {/* of the deep archives */
            [THAW_BULK] = {3600, 4 * 3600},
            [THAW_STANDARD] = {1800, 3600},
            [THAW_EXPEDITED] = {300, 300}};
    bool deep = is_deep(kind);
    unsigned doublings = looks / LOOKS_A_DOUBLING;
    unsigned wait = first_s[thaw->of[kind].tier][deep]
                    << (doublings < DOUBLINGS ? doublings : DOUBLINGS);

    return wait < MOST_S ? wait : MOST_S;
}

unsigned thaw_task_looks(const struct thaw *thaw, enum archive_kind kind)
{
    static const unsigned takes_s[][2] = {/* of the deep archives */
            [THAW_BULK] = {12 * 3600, 48 * 3600},
            [THAW_STANDARD] = {5 * 3600, 12 * 3600},
            [THAW_EXPEDITED] = {5 * 60, 5 * 60}};
    unsigned looks = 1, at_s = 0;

    if (kind == ARCHIVE_KIND_NONE)
        return 0;
    while (at_s < takes_s[thaw->of[kind].tier][is_deep(kind)])
        at_s += thaw_task_again_s(thaw, kind, looks++ - 1);
    return looks;
}
