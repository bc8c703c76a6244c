#include "model/report.h"

#include <stdlib.h>
#include <string.h>

void report_free(struct report *r)
{
    unsigned i;

    for (i = 0; i < r->failures_kept; i++)
        result_free(&r->failures[i]);
    for (i = 0; i < r->shard_failures_kept; i++)
        free(r->shard_failures[i].error);
    for (i = 0; i < REPORT_HINT_COUNT; i++)
        free(r->hint_texts[i]);
    free(r->key);
    free(r->page);
    free(r->delivery);
    memset(r, 0, sizeof *r);
}
