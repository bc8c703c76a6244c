#include "model/copy_options.h"

void copy_overrides_init(struct copy_overrides *o)
{
    o->tags = COPY_OPTION_OF_JOB;
    o->on_different = COPY_OPTION_OF_JOB;
    o->on_unproven = COPY_OPTION_OF_JOB;
    o->proof = COPY_OPTION_OF_JOB;
}

struct copy_options copy_options_of(const struct input *in, const struct copy_overrides *overrides)
{
    struct copy_options options = {in->tags, in->on_different, in->on_unproven, in->proof};

    if (overrides && overrides->tags != COPY_OPTION_OF_JOB)
        options.tags = (enum tags_mode)overrides->tags;
    if (overrides && overrides->on_different != COPY_OPTION_OF_JOB)
        options.on_different = (enum on_different)overrides->on_different;
    if (overrides && overrides->on_unproven != COPY_OPTION_OF_JOB)
        options.on_unproven = (enum on_unproven)overrides->on_unproven;
    if (overrides && overrides->proof != COPY_OPTION_OF_JOB)
        options.proof = (enum proof_mode)overrides->proof;
    return options;
}

const char *copy_options_tags_name(enum tags_mode mode)
{
    static const char *const names[] = {
            [TAGS_BEST_EFFORT] = "best-effort", [TAGS_REQUIRE] = "require", [TAGS_NONE] = "none"};

    return names[mode];
}

void copy_options_of_upload(struct buf *out, const struct copy_options *o)
{
    static const char *const proofs[] = {
            [PROOF_ETAG] = "", [PROOF_CHECKSUM] = " proof=checksum", [PROOF_FAST] = " proof=fast"};

    buf_adds(out, copy_options_tags_name(o->tags));
    buf_adds(out, proofs[o->proof]);
}
