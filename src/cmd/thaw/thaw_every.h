/* How often sources that are being restored are looked at, by the environment. */
#ifndef COPYOUT_CMD_THAW_EVERY_H
#define COPYOUT_CMD_THAW_EVERY_H

#include "cli/io.h"

/* COPYOUT_THAW_SECONDS; 0: it is not set, and the times are those of the archive and the speed.
 * ERR_USAGE: it is no time. */
enum err_code thaw_every_read(
        const struct cmd_io *io, unsigned *every_s, struct err *e) ERR_MUST_CHECK;

#endif
