#include "cmd/progress/limited_by.h"

enum { RECENT_US = 1000000 };

static const double BUSY = 0.9; /* the rest goes to the system, and to the timer's coarse steps */

enum limited_by limited_by(const struct limited_facts *f)
{
    const struct s3_pressure *p = &f->pressure;

    if (f->stopping)
        return LIMITED_BY_STOP;
    if (f->restoring && f->list_ended && p->in_flight == 0)
        return LIMITED_BY_RESTORES;
    if (p->slowed_us < RECENT_US)
        return LIMITED_BY_THROTTLING;
    if (f->processor >= BUSY)
        return LIMITED_BY_PROCESSOR;
    if (p->rate_used_up)
        return LIMITED_BY_RATE;
    if (f->list_ended && p->in_flight < p->limit)
        return LIMITED_BY_LAST;
    if (p->full_us < RECENT_US)
        return LIMITED_BY_CONCURRENCY;
    return f->list_waits ? LIMITED_BY_LIST : LIMITED_BY_NOTHING;
}

const char *limited_by_name(enum limited_by what)
{
    static const char *const names[] = {"nothing", "stop", "throttling", "processor", "rate",
            "concurrency", "list", "lastObjects", "restores"};

    _Static_assert(sizeof names / sizeof names[0] == LIMITED_BY_COUNT, "one name for each");
    return names[what];
}
