/* How far an audit is, told while the loop runs. */
#include "job/verify/audit_int.h"

void audit_progress_of(struct audit_progress *out, const struct audit_counts *counts,
        uint64_t objects, const struct s3_client *s3)
{
    uint64_t looked_at = counts->same + counts->kept;
    int i;

    *out = (struct audit_progress){.objects = objects,
            .listings = s3_client_requests(s3, S3_LIST_OBJECTS),
            .heads = s3_client_requests(s3, S3_HEAD_OBJECT),
            .taggings = s3_client_requests(s3, S3_GET_OBJECT_TAGGING)};
    for (i = 0; i < AUDIT_KINDS; i++) {
        out->findings += counts->findings[i];
        if (i != AUDIT_EXTRA)
            looked_at += counts->findings[i];
    }
    /* A file that may be copyout's own and cannot be looked at is a finding, and none of them. */
    out->looked_at = looked_at < objects ? looked_at : objects;
}

static void on_tick(void *ctx)
{
    const struct audit_teller *t = ctx;
    struct audit_progress now;

    audit_progress_of(&now, t->counts, t->objects, t->config->session->s3);
    t->config->on_progress(t->config->ctx, &now);
}

enum err_code audit_teller_start(struct audit_teller *t, const struct audit_config *config,
        const struct audit_counts *counts, uint64_t objects, struct err *e)
{
    *t = (struct audit_teller){.config = config, .counts = counts, .objects = objects};
    if (!config->on_progress || config->progress_ms == 0)
        return ERR_OK;
    return ticker_start(&t->ticker, config->session->net, config->progress_ms, on_tick, t, e);
}

void audit_teller_stop(struct audit_teller *t)
{
    ticker_stop(t->ticker);
    t->ticker = NULL;
}
