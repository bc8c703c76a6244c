/* Finds out that a sequence of texts goes round: the tokens by which a server says where the next
 * page of its listing begins. A faulty server would otherwise have us ask for ever. */
#ifndef COPYOUT_BASE_CYCLE_H
#define COPYOUT_BASE_CYCLE_H

#include <stdint.h>

#include "base/err.h"

/* One text at a time is kept, another one after 1, 2, 4, ... (R. P. Brent, An improved Monte Carlo
 * factorization algorithm, 1980): a circle of n texts is noticed within some 3 n of them. Zeroed:
 * the beginning of a sequence. */
struct cycle {
    char *kept;           /* owned */
    uint64_t since, most; /* texts that came since, and until another one is kept */
};

/* Takes the next text. ERR_PROTOCOL, for good: it came before, and so will all others, for ever.
 * ERR_NOMEM. */
enum err_code cycle_next(struct cycle *c, const char *text, struct err *e) ERR_MUST_CHECK;
/* The same of the token of the page that follows, which takes the place of *token (owned; NULL:
 * none). next: NULL, no page follows. After an error *token may be either. */
enum err_code cycle_take(
        struct cycle *c, char **token, const char *next, struct err *e) ERR_MUST_CHECK;
/* Frees its content, leaves it zeroed. */
void cycle_free(struct cycle *c);

#endif
