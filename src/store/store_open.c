/* The one place that knows which kinds of work store there are. */
#include "base/str.h"
#include "store/store_kind.h"

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
    return str_starts(where, "s3://") ? store_s3_open(out, where, tmp, net, s3, e)
                                      : store_folder_open_to_look(out, where, net, in_use, e);
}
