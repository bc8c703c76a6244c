/* How far the copying is: one line that is written over for a person, a line of the log now and
 * then for all others. */
#ifndef COPYOUT_CMD_PROGRESS_H
#define COPYOUT_CMD_PROGRESS_H

#include "cli/io.h"
#include "job/engine.h"

struct progress {
    FILE *err;
    bool person; /* err is a terminal */
    bool shown;  /* a line is on the terminal */
};

/* Prepares p; io must outlive it. */
void progress_init(struct progress *p, const struct cmd_io *io);
/* Milliseconds after which the display is to be renewed. */
uint64_t progress_every_ms(const struct progress *p);

/* Shows how far it is. ctx of engine_config's on_progress: a struct progress. */
void progress_show(void *ctx, const struct engine_progress *now);
/* Takes the line away, when nothing more will be shown. */
void progress_end(struct progress *p);

/* The line without '\n', cut to size bytes. */
void progress_describe(const struct engine_progress *now, char *line, size_t size);

#endif
