#include "model/copy_options.h"

#include <string.h>

void copy_overrides_init(struct copy_overrides *o)
{
    o->tags = COPY_OPTION_OF_JOB;
    o->on_different = COPY_OPTION_OF_JOB;
    o->on_unproven = COPY_OPTION_OF_JOB;
    memset(&o->object, 0, sizeof o->object);
}

void copy_overrides_free(struct copy_overrides *o)
{
    object_options_free(&o->object);
}

static void set_terms(struct copy_options *o, const struct sse_c_keys *keys)
{
    enum payer payer = object_option_is_on(o->job, o->own, OBJECT_REQUESTER_PAYS) ? PAYER_REQUESTER
                                                                                  : PAYER_OWNER;
    bool no_sign = object_option_is_on(o->job, o->own, OBJECT_NO_SIGN);

    o->source = (struct bucket_terms){.owner = copy_options_text(o, OBJECT_SOURCE_OWNER),
            .payer = payer,
            .signing = no_sign ? SIGNING_OF_WRITES : SIGNING_ALWAYS,
            .key = keys ? sse_c_key_of(&keys->source) : NULL};
    o->destination = (struct bucket_terms){.owner = copy_options_text(o, OBJECT_DESTINATION_OWNER),
            .payer = payer,
            .key = keys ? sse_c_key_of(&keys->destination) : NULL};
}

struct copy_options copy_options_of(const struct input *in, const struct copy_overrides *overrides)
{
    struct copy_options options = {.tags = in->tags,
            .on_different = in->on_different,
            .on_unproven = in->on_unproven,
            .job = &in->object,
            .own = overrides ? &overrides->object : NULL};

    if (overrides && overrides->tags != COPY_OPTION_OF_JOB)
        options.tags = (enum tags_mode)overrides->tags;
    if (overrides && overrides->on_different != COPY_OPTION_OF_JOB)
        options.on_different = (enum on_different)overrides->on_different;
    if (overrides && overrides->on_unproven != COPY_OPTION_OF_JOB)
        options.on_unproven = (enum on_unproven)overrides->on_unproven;
    set_terms(&options, in->keys);
    return options;
}

const char *copy_options_text(const struct copy_options *o, enum object_option which)
{
    return object_option(o->job, o->own, which);
}

bool copy_options_add_metadata(const struct copy_options *o)
{
    const char *mode = copy_options_text(o, OBJECT_METADATA_MODE);

    return copy_options_text(o, OBJECT_METADATA) && (!mode || strcmp(mode, "add") == 0);
}

const char *copy_options_tags_name(enum tags_mode mode)
{
    static const char *const names[] = {
            [TAGS_BEST_EFFORT] = "best-effort", [TAGS_REQUIRE] = "require", [TAGS_NONE] = "none"};

    return names[mode];
}
