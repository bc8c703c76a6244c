#include "cmd/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

const char *env_get(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

enum err_code env_seconds(const char *name, uint64_t otherwise_s, uint64_t *ms, struct err *e)
{
    const char *value = env_get(name);
    uint64_t seconds = otherwise_s;

    if (value && (!str_parse_u64(value, strlen(value), &seconds) || seconds < 1 || seconds > 86400))
        return err_set(e, ERR_USAGE,
                "%s must be a number of seconds from 1 to 86400, not \"%.40s\"", name, value);
    *ms = seconds * 1000;
    return ERR_OK;
}
