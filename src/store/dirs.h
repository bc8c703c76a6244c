/* Folders of this machine: made, locked, and removed as a whole; and their files. */
#ifndef COPYOUT_STORE_DIRS_H
#define COPYOUT_STORE_DIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum { DIRS_PATH_MAX = 4096 }; /* bytes with the NUL */

/* Makes a folder, and those it is in, for their owner only. One that is there is no error.
 * Errors: ERR_USAGE (path is ""), ERR_IO, ERR_NOMEM. */
enum err_code dirs_make(const char *path, struct err *e) ERR_MUST_CHECK;
/* How many bytes of the path, from its beginning, name a folder that is there: its whole length, or
 * that of the longest folder that it is in. 0: not even the first is. */
size_t dirs_there(const char *path);
/* Makes a folder of a new name in tmp (NULL or "": /tmp), and writes its path.
 * Errors: ERR_IO. */
enum err_code dirs_make_temp(
        char path[DIRS_PATH_MAX], const char *tmp, struct err *e) ERR_MUST_CHECK;
/* Removes a folder and all that is in it, as far as that is possible. Links are not followed. */
void dirs_remove_tree(const char *path);

/* Calls each(ctx, name) for the names of all that is in a folder, with `before` put before each
 * name
 * ("results/"), of those that then begin with `begin`. A folder that is not there is empty. If path
 * ends with '/' it may be a symbolic link to a folder, else that is an error. An error of each ends
 * it and is returned. Errors: ERR_IO, ERR_NOMEM. */
enum err_code dirs_list(const char *path, const char *before, const char *begin,
        enum err_code (*each)(void *ctx, const char *name, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* Locks a folder against other processes, since two in one work store would write each other's
 * files. The lock ends when *lock, the open folder or -1, is closed, or with the process; also
 * after an error *lock is to be closed. Errors: ERR_IO (it is locked, or we may not write there).
 */
enum err_code dirs_lock(const char *path, int *lock, struct err *e) ERR_MUST_CHECK;
/* Whether another process has locked the folder, found out without keeping it from doing so.
 * Errors: ERR_IO (it is not there, or no folder). */
enum err_code dirs_is_locked(const char *path, bool *locked, struct err *e) ERR_MUST_CHECK;
/* Has the disk know the names in the folder of that file, whose path has a '/'. Some file systems
 * have no such thing. false: errno says why not. */
bool dirs_sync_names(const char *file);

/* Opens a regular file, and nothing else, with the flags of open(2). *fd is -1 when it is to be
 * read and is not there. A pipe in its place would have us wait for ever, a device read without
 * end, a symbolic link write a file that is not ours. Errors: ERR_IO. */
enum err_code dirs_open_file(const char *path, int flags, int *fd, struct err *e) ERR_MUST_CHECK;
/* The same as a stream. *out is NULL when the file is to be read and is not there. */
enum err_code dirs_open_stream(
        const char *path, int flags, const char *mode, FILE **out, struct err *e) ERR_MUST_CHECK;
/* Writes a file under the name `from`, has it on the disk, and gives it the name `to`. Errors:
 * ERR_IO; `from` is removed then. */
enum err_code dirs_replace(const char *from, const char *to, const void *data, size_t len,
        struct err *e) ERR_MUST_CHECK;
/* The same where there is no such file yet; ERR_PRECONDITION: there is one, and it stays. */
enum err_code dirs_put_new(const char *from, const char *to, const void *data, size_t len,
        struct err *e) ERR_MUST_CHECK;

#endif
