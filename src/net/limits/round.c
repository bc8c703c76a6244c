#include "net/limits/round.h"

#include <string.h>

void round_begin(struct round *r)
{
    uint32_t next = r->first + r->started;

    memset(r, 0, sizeof *r);
    r->first = next ? next : 1;
}

uint32_t round_start(struct round *r, uint64_t now_us)
{
    uint32_t ticket = r->first + r->started;

    if (r->started == ROUND_SIZE || ticket < r->first)
        return 0;
    r->started_us[r->started++] = now_us;
    return ticket;
}

static void add_sorted(struct round *r, uint64_t took_us)
{
    unsigned i = r->answered++;

    for (; i > 0 && r->took_us[i - 1] > took_us; i--)
        r->took_us[i] = r->took_us[i - 1];
    r->took_us[i] = took_us;
}

void round_end(struct round *r, uint32_t ticket, bool answered, uint64_t now_us)
{
    uint32_t i = ticket - r->first;

    if (ticket < r->first || i >= r->started || r->started_us[i] == 0)
        return;
    if (answered)
        add_sorted(r, now_us - r->started_us[i]);
    else
        r->lost++;
    r->started_us[i] = 0;
}

bool round_known(const struct round *r, uint64_t now_us, struct latency *out)
{
    unsigned count = ROUND_SIZE - r->lost, i;

    if (r->started < ROUND_SIZE || round_is_lost(r) || r->answered < count / 2)
        return false;
    out->quarter = r->took_us[count / 4 - 1];
    out->half = r->took_us[count / 2 - 1];
    for (i = 0; i < ROUND_SIZE; i++)
        if (r->started_us[i] != 0 && now_us - r->started_us[i] < out->half)
            return false;
    return true;
}

bool round_is_lost(const struct round *r)
{
    return r->lost > ROUND_SIZE / 2;
}
