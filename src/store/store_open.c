/* The one place that knows which kinds of work store there are. */
#include <errno.h>
#include <unistd.h>

#include "base/str.h"
#include "store/kinds/store_kind.h"

enum err_code store_open(struct store **out, const char *where, const char *tmp, struct net *net,
        struct s3_client *s3, struct err *e)
{
    *out = NULL;
    return str_starts(where, "s3://") ? store_s3_open(out, where, tmp, net, s3, e)
                                      : store_folder_open(out, where, net, e);
}

enum err_code store_open_to_look(struct store **out, const char *where, const char *tmp,
        struct net *net, struct s3_client *s3, bool *in_use, struct err *e)
{
    *out = NULL;
    *in_use = false;
    if (!str_starts(where, "s3://") && access(where, F_OK) != 0 && errno == ENOENT)
        return err_set(e, ERR_INPUT,
                "%s: there is no such folder; copyout jobs lists the jobs that there are", where);
    return str_starts(where, "s3://") ? store_s3_open(out, where, tmp, net, s3, e)
                                      : store_folder_open_to_look(out, where, net, in_use, e);
}
