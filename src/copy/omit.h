/* Headers of a write that some servers cannot deal with, and that it can be made without. Which of
 * them a server cannot deal with is found by leaving them out, one set after another. Pure. */
#ifndef COPYOUT_COPY_OMIT_H
#define COPYOUT_COPY_OMIT_H

#include "model/object/etag.h"
#include "model/server_facts.h"

/* A set of bits. The more it costs to do without a header, the greater its bit. */
enum omit {
    OMIT_TAG_DIRECTIVE = 1,    /* x-amz-tagging-directive */
    OMIT_TARGET_MATCH = 2,     /* If-Match */
    OMIT_SOURCE_CONDITION = 4, /* x-amz-copy-source-if-match */
    OMIT_TARGET_CONDITION = 8, /* If-None-Match */
    OMIT_CONDITIONS = OMIT_TARGET_MATCH | OMIT_SOURCE_CONDITION | OMIT_TARGET_CONDITION,
    OMIT_ALL = OMIT_TAG_DIRECTIVE | OMIT_CONDITIONS, /* that a server may not know */
    OMIT_ANNOTATIONS = 32, /* the annotations: with x-amz-object-annotation-directive: EXCLUDE */
    OMIT_LOCK = 16, /* x-amz-object-lock-...: the bucket has no Object Lock, or we may not set it */
};

/* Of one object, in all its tries. */
struct omissions {
    unsigned out; /* enum omit: what was left out, to see whether the write then works */
    /* The source's ETag when a condition of a write did not hold; "": all have held. If the source
     * has it still, and nothing is at the destination, the server has judged wrongly. */
    char refused_etag[ETAG_SIZE];
};

/* The headers that this server is known not to deal with. */
unsigned omit_known(const struct server_facts *f);

/* The set to be left out next: `out`, of which the bits in `may` are another set. Sets come in such
 * an order that all subsets of one come before it, so that when a write works, each header that was
 * left out had to be. `out` itself when none is left. */
unsigned omit_next(unsigned may, unsigned out);

/* The write worked without `out`: learns that the server cannot deal with these. */
void omit_learn(struct server_facts *f, unsigned out);

/* The notes (enum result_note) of a copy that was made without `out`. */
unsigned omit_notes(unsigned out);

#endif
