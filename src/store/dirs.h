/* Folders of this machine: made, and removed as a whole. */
#ifndef COPYOUT_STORE_DIRS_H
#define COPYOUT_STORE_DIRS_H

#include "base/err.h"

enum { DIRS_PATH_MAX = 4096 }; /* bytes with the NUL */

/* Makes a folder, and those it is in, for their owner only. One that is there is no error.
 * Errors: ERR_USAGE (path is ""), ERR_IO, ERR_NOMEM. */
enum err_code dirs_make(const char *path, struct err *e) ERR_MUST_CHECK;
/* Makes a folder of a new name in tmp (NULL or "": /tmp), and writes its path.
 * Errors: ERR_IO. */
enum err_code dirs_make_temp(
        char path[DIRS_PATH_MAX], const char *tmp, struct err *e) ERR_MUST_CHECK;
/* Removes a folder and all that is in it, as far as that is possible. Links are not followed. */
void dirs_remove_tree(const char *path);

#endif
