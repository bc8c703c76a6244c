#include "copy/omit.h"

#include "model/result.h"

static const struct {
    unsigned bit;
    enum server_trait trait;
    unsigned note;
} headers[] = {
        {OMIT_TAG_DIRECTIVE, TRAIT_NO_TAG_DIRECTIVE, NOTE_NO_TAG_DIRECTIVE},
        {OMIT_TARGET_MATCH, TRAIT_NO_TARGET_MATCH, NOTE_NO_TARGET_MATCH},
        {OMIT_LOCK, TRAIT_NO_OBJECT_LOCK, NOTE_LOCK_NOT_COPIED},
        {OMIT_SOURCE_CONDITION, TRAIT_NO_SOURCE_CONDITION, NOTE_NO_SOURCE_CONDITION},
        {OMIT_TARGET_CONDITION, TRAIT_NO_TARGET_CONDITION, NOTE_NO_TARGET_CONDITION},
};

enum { HEADERS = sizeof headers / sizeof headers[0] };

unsigned omit_known(const struct server_facts *f)
{
    unsigned known = 0, i;

    for (i = 0; i < HEADERS; i++)
        if (server_facts_has(f, headers[i].trait))
            known |= headers[i].bit;
    return known;
}

unsigned omit_next(unsigned may, unsigned out)
{
    unsigned next = ((out & may) - may) & may; /* the subsets of a set, as numbers that rise */

    return next ? (out & ~may) | next : out;
}

void omit_learn(struct server_facts *f, unsigned out)
{
    unsigned i;

    for (i = 0; i < HEADERS; i++)
        if (out & headers[i].bit)
            server_facts_learn(f, headers[i].trait);
}

unsigned omit_notes(unsigned out)
{
    unsigned notes = 0, i;

    for (i = 0; i < HEADERS; i++)
        if (out & headers[i].bit)
            notes |= headers[i].note;
    return notes;
}
