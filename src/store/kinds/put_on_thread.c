#include "store/kinds/put_on_thread.h"

#include <stdlib.h>

#include "net/work.h"
#include "store/dirs.h"

struct put {
    struct put_file file;
    store_cb cb;
    void *ctx;
};

static void put_on_thread(void *ctx)
{
    struct put_file *f = &((struct put *)ctx)->file;
    enum err_code code = f->err.code;

    if (code == ERR_OK)
        code = f->is_new ? dirs_put_new(f->from, f->to, f->data, f->len, &f->err)
                         : dirs_replace(f->from, f->to, f->data, f->len, &f->err);
    if (code == ERR_OK)
        err_clear(&f->err);
}

static void put_over(void *ctx, bool is_told)
{
    struct put *p = ctx;

    if (is_told)
        p->cb(p->ctx, &p->file.err);
    free(p->file.from);
    free(p->file.to);
    free(p);
}

enum err_code put_file_start(
        struct net *net, const struct put_file *file, store_cb cb, void *ctx, struct err *e)
{
    struct put *p = calloc(1, sizeof *p);

    if (!p) {
        free(file->from);
        free(file->to);
        return err_nomem(e);
    }
    *p = (struct put){*file, cb, ctx};
    if (net_work_start(net, put_on_thread, put_over, p, e) == ERR_OK)
        return ERR_OK;
    put_over(p, false);
    return e->code;
}
