/* Whether the job's keys still work, when S3 has refused them for one object. A signature may be
 * refused for one object alone (metadata that a server canonicalises in its own way, a gateway that
 * keeps each bucket elsewhere), and keys may stop working for everything. One question that has
 * nothing to do with the object tells which: a GET of the start marker's first byte. Pure. */
#ifndef COPYOUT_COPY_KEYS_H
#define COPYOUT_COPY_KEYS_H

#include "model/result.h"

enum keys {
    KEYS_WORK,  /* as far as is known */
    KEYS_ASKED, /* they were refused for an object; the question is under way, and no new object is
                   begun before its answer */
    KEYS_END,   /* they do not work, and the job ends */
};

/* After an object ended with that result. KEYS_ASKED where it was KEYS_WORK: the question is to be
 * asked. KEYS_END: there are no credentials at all, which no question is needed for. */
enum keys keys_after_object(enum keys keys, const struct result *result);

/* After the answer to the question; err is ERR_OK or its error. Every answer but a refusal of the
 * keys shows that they work: that there is no marker, that we may not read it. One that did not
 * come tells nothing, and the next refused object asks again. */
enum keys keys_after_answer(const struct err *err);

#endif
