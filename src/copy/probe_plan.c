#include "copy/probe_plan.h"

#include <stdlib.h>
#include <string.h>

bool layout_source_mirrors(enum layout_source from)
{
    return from != LAYOUT_OF_OUR_OWN && from != LAYOUT_GIVEN_UP;
}

static bool make_lengths(struct probe_plan *p, uint64_t size, unsigned parts)
{
    p->size = size;
    p->parts = parts;
    p->next = 0;
    if (!p->lengths)
        p->lengths = calloc(parts, sizeof *p->lengths);
    return p->lengths != NULL;
}

bool probe_plan_begin(struct probe_plan *p, uint64_t size, unsigned parts)
{
    p->phase = PROBE_FIRST;
    return make_lengths(p, size, parts);
}

static unsigned middle(const struct probe_plan *p)
{
    return (p->parts + 1) / 2;
}

static uint64_t uniform_last(const struct probe_plan *p, uint64_t part)
{
    return p->size - part * (p->parts - 1);
}

bool probe_plan_all(struct probe_plan *p, uint64_t size, unsigned parts)
{
    p->phase = PROBE_ALL;
    if (!make_lengths(p, size, parts))
        return false;
    if (p->sampled > 0) {
        p->lengths[0] = p->lengths[middle(p) - 1] = p->sampled;
        p->lengths[parts - 1] = uniform_last(p, p->sampled);
    }
    return true;
}

void probe_plan_forget(struct probe_plan *p)
{
    free(p->lengths);
    p->lengths = NULL;
}

void probe_plan_free(struct probe_plan *p)
{
    free(p->lengths);
    memset(p, 0, sizeof *p);
}

static unsigned probes_of_phase(const struct probe_plan *p)
{
    switch (p->phase) {
    case PROBE_NOT_BEGUN:
        break;
    case PROBE_FIRST:
        return 1;
    case PROBE_SAMPLES:
        return 2;
    case PROBE_ALL:
        return p->parts;
    }
    return 0;
}

unsigned probe_plan_next(struct probe_plan *p)
{
    unsigned i;

    /* The samples' answers serve the full scan too. */
    while (p->phase == PROBE_ALL && p->next < p->parts && p->lengths[p->next] > 0)
        p->next++;
    if (p->next >= probes_of_phase(p))
        return 0;
    i = p->next++;
    if (p->phase == PROBE_SAMPLES)
        return i == 0 ? p->parts : middle(p);
    return i + 1;
}

void probe_plan_again(struct probe_plan *p)
{
    p->next = 0;
}

static enum probe_says take_first(struct probe_plan *p, const struct object_info *o)
{
    /* A server that knows no parts answers with the whole object, and no count of them. */
    if (o->parts_count != p->parts || o->size > p->size)
        return PROBES_UNTOLD;
    p->lengths[0] = o->size;
    p->next = 0;
    if (p->parts == 2) {
        p->lengths[1] = p->size - o->size;
        return PROBES_LENGTHS;
    }
    p->phase = layout_fits(p->size, p->parts, o->size) ? PROBE_SAMPLES : PROBE_ALL;
    return PROBES_GO_ON;
}

enum probe_says probe_plan_take(struct probe_plan *p, unsigned part, const struct object_info *o)
{
    if (p->phase == PROBE_FIRST)
        return take_first(p, o);
    p->lengths[part - 1] = o->size;
    return PROBES_GO_ON;
}

enum probe_says probe_plan_over(struct probe_plan *p)
{
    uint64_t part;

    if (p->phase == PROBE_ALL)
        return PROBES_LENGTHS;
    part = p->lengths[0];
    if (p->lengths[middle(p) - 1] == part && p->lengths[p->parts - 1] == uniform_last(p, part)) {
        p->sampled = part;
        return PROBES_UNIFORM;
    }
    p->phase = PROBE_ALL;
    p->next = 0;
    return PROBES_GO_ON;
}

void layout_guesses_begin(struct layout_guesses *g, uint64_t size, unsigned parts)
{
    g->count = layout_guess(size, parts, g->sizes);
    g->next = 0;
    g->parts = parts;
}

void layout_guesses_skip(struct layout_guesses *g, uint64_t part)
{
    while (g->next < g->count && g->sizes[g->next++] != part)
        ;
}

uint64_t layout_guesses_next(struct layout_guesses *g)
{
    if (g->next >= g->count || g->next >= LAYOUT_TRIES_MOST)
        return 0;
    if (g->next > 0 && (g->next + 1) * g->parts > LAYOUT_TRIED_PARTS_MOST)
        return 0;
    return g->sizes[g->next++];
}
