#include "base/stop.h"

#include <stddef.h>

void stop_raise(struct stop *s, enum stop_level level, enum stop_cause cause, int signal)
{
    if (s->cause == STOP_CAUSE_NONE)
        s->cause = cause;
    if (s->signal == 0)
        s->signal = signal;
    if (level > s->level)
        s->level = level;
    if (s->listener)
        s->listener(s->ctx);
}

void stop_listen(struct stop *s, void (*listener)(void *ctx), void *ctx)
{
    s->listener = listener;
    s->ctx = ctx;
    if (listener && stop_asked(s))
        listener(ctx);
}
