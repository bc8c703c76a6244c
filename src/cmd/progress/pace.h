/* How fast something goes: objects and bytes done in a second, over the last while; and how busy
 * the processor is. Pure: time is passed in. */
#ifndef COPYOUT_CMD_PROGRESS_PACE_H
#define COPYOUT_CMD_PROGRESS_PACE_H

#include <stdint.h>

enum { PACE_SAMPLES = 60 };

struct pace_sample {
    double at_s;        /* seconds since some fixed point */
    double done, bytes; /* so far */
    double cpu_s;       /* seconds of processors used so far */
};

struct pace {
    double apart_s;                           /* samples that are kept are so far apart */
    struct pace_sample samples[PACE_SAMPLES]; /* the latest is samples[count - 1] */
    unsigned count;
};

/* over_s: over how many seconds it is measured. */
void pace_init(struct pace *p, double over_s);
/* Adds a sample; its at_s is not before that of the one before. */
void pace_add(struct pace *p, const struct pace_sample *now);

/* In a second. Negative: it is not known before two samples are a second apart. */
double pace_done(const struct pace *p);
double pace_bytes(const struct pace *p);
/* The processors in use, of the last second or two: 1 is one of them all the time. Negative: as
 * above. */
double pace_cpu(const struct pace *p);

#endif
