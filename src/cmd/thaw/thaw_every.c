#include "cmd/thaw/thaw_every.h"

enum err_code thaw_every_read(const struct cmd_io *io, unsigned *every_s, struct err *e)
{
    uint64_t ms = 0;
    enum err_code code = ERR_OK;

    if (io_env(io, "COPYOUT_THAW_SECONDS"))
        code = io_env_seconds(io, "COPYOUT_THAW_SECONDS", 1, &ms, e);
    *every_s = (unsigned)(ms / 1000);
    return code;
}
