#include "copy/copy_try.h"

#include <stdlib.h>
#include <string.h>

void copy_annotations_free(struct copy_annotations *a)
{
    unsigned i;

    for (i = 0; i < a->count; i++)
        free(a->list[i].name);
    free(a->list);
    free(a->after);
    free(a->text);
    memset(a, 0, sizeof *a);
}

void copy_try_init(struct copy_try *t)
{
    headers_init(&t->kept);
}

void copy_try_reset(struct copy_try *t)
{
    copy_try_free(t);
    memset(t, 0, sizeof *t);
    copy_try_init(t);
}

void copy_try_free(struct copy_try *t)
{
    headers_free(&t->kept);
    free(t->tagging);
    free(t->upload_id);
    written_free(&t->written);
    free(t->there_version);
    if (t->ledger)
        ledger_free(t->ledger);
    free(t->ledger);
    free(t->proof.unread);
    layout_free(&t->layout);
    probe_plan_free(&t->probes);
    part_etags_free(&t->parts.etags);
    part_sums_free(&t->parts.sums);
    copy_annotations_free(&t->annotations);
}
