#include "base/rng.h"

#include <sys/random.h>

#include "base/clock.h"

void rng_init(struct rng *r)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = clock_mono_us() ^ (uint64_t)clock_wall_s() << 32;
    rng_seed(r, seed);
}

void rng_seed(struct rng *r, uint64_t seed)
{
    r->state = seed;
}

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
uint64_t rng_next(struct rng *r)
{
    uint64_t z = (r->state += 0x9E3779B97F4A7C15u);

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint64_t rng_below(struct rng *r, uint64_t most)
{
    return most ? rng_next(r) % most : 0;
}
