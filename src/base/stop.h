/* Whether the work is to end early, how fast, and why. There is one such struct in a program; all
 * that can be stopped either asks it or is told by its listener. The level only rises. */
#ifndef COPYOUT_BASE_STOP_H
#define COPYOUT_BASE_STOP_H

#include <stdbool.h>

enum stop_level {
    STOP_RUNNING, /* nobody wants the work to end early */
    STOP_FINISH,  /* begin nothing new, let what is under way end */
    STOP_NOW,     /* wait for nothing */
};

enum stop_cause {
    STOP_CAUSE_NONE,
    STOP_CAUSE_SIGNAL,    /* SIGINT, SIGTERM or SIGHUP came */
    STOP_CAUSE_DEADLINE,  /* the time to stop in is nearly over */
    STOP_CAUSE_TASK_GONE, /* the task of Step Functions was given to another worker */
    STOP_CAUSE_CALLER,    /* the user of the library asked for it */
};

struct stop {
    enum stop_level level;
    enum stop_cause cause; /* the first one; a later one only raises the level */
    int signal;            /* the number of the first signal; 0: none came */
    void (*listener)(void *ctx);
    void *ctx;
};

/* Whether the work is to end early, at whatever level. */
static inline bool stop_asked(const struct stop *s)
{
    return s->level != STOP_RUNNING;
}

/* Raises the level to at least `level`. signal: its number for STOP_CAUSE_SIGNAL, else 0. The
 * listener is called after every raise, also when the level was that high already: what was begun
 * since the last time can then be ended, too. On the loop's thread only. */
void stop_raise(struct stop *s, enum stop_level level, enum stop_cause cause, int signal);

/* Sets the one listener; NULL: none. It is called at once when the work is to end already. */
void stop_listen(struct stop *s, void (*listener)(void *ctx), void *ctx);

#endif
