/* The memory that the C library keeps when it was freed. */
#ifndef COPYOUT_BASE_HEAP_H
#define COPYOUT_BASE_HEAP_H

#include <stdlib.h> /* defines __GLIBC__ */

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Gives freed memory back to the system, where the C library can: glibc keeps what many small
 * blocks have left, so that the step that follows would add its memory to that of the step before.
 * It takes about a millisecond; to be called between the steps of a job. */
static inline void heap_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

#endif
