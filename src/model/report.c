#include "model/report.h"

#include <string.h>

void report_free(struct report *r)
{
    unsigned i;

    for (i = 0; i < r->failures_kept; i++)
        result_free(&r->failures[i]);
    memset(r, 0, sizeof *r);
}
