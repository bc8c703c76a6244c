#include "cmd/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

enum err_code scratch_make(char **folder, const struct cmd_io *io, struct err *e)
{
    const char *tmp = io_env(io, "TMPDIR");
    struct buf path;

    buf_init(&path, BUF_MAX_SMALL);
    buf_addf(&path, "%s/copyout-scratch-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    *folder = strdup(buf_str(&path));
    buf_free(&path);
    if (!*folder)
        return err_nomem(e);
    if (mkdtemp(*folder))
        return ERR_OK;
    err_errno(e, errno, "cannot make a temporary folder");
    free(*folder);
    *folder = NULL;
    return e->code;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* The folder is this process's own: mkdtemp() made it. */
void scratch_remove(char *folder)
{
    enum { OPEN_FOLDERS = 8 };

    if (folder && nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0)
        log_warn("%s: cannot be removed: %s", folder, strerror(errno));
    free(folder);
}
