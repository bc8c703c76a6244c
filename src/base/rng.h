/* Random numbers for jitter and names; seeded by the kernel, not for keys. */
#ifndef COPYOUT_BASE_RNG_H
#define COPYOUT_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

void rng_init(struct rng *r);                     /* from getrandom(2) */
void rng_seed(struct rng *r, uint64_t seed);      /* repeatable, for tests */
uint64_t rng_next(struct rng *r);                 /* any 64 bits */
uint64_t rng_below(struct rng *r, uint64_t most); /* 0 to most - 1; 0 when most is 0 */

#endif
