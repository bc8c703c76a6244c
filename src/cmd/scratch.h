/* A temporary folder of a command's own, as the work store of what is not to stay. */
#ifndef COPYOUT_CMD_SCRATCH_H
#define COPYOUT_CMD_SCRATCH_H

#include "cli/io.h"

/* Makes a folder in TMPDIR, or in /tmp; *folder is NULL after an error. */
enum err_code scratch_make(char **folder, const struct cmd_io *io, struct err *e) ERR_MUST_CHECK;
/* Removes the folder with all that is in it, and frees its name. NULL is fine. */
void scratch_remove(char *folder);

#endif
