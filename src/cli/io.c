#include "cli/io.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

const char *io_env(const struct cmd_io *io, const char *name)
{
    const char *value = io->getenv(name);

    return value && *value ? value : NULL;
}

enum err_code io_env_seconds(const struct cmd_io *io, const char *name, uint64_t otherwise_s,
        uint64_t *ms, struct err *e)
{
    const char *value = io_env(io, name);
    uint64_t seconds = otherwise_s;

    if (value && (!str_parse_u64(value, strlen(value), &seconds) || seconds < 1 || seconds > 86400))
        return err_set(e, ERR_USAGE,
                "%s must be a number of seconds from 1 to 86400, not \"%.40s\"", name, value);
    *ms = seconds * 1000;
    return ERR_OK;
}

void io_line(const struct cmd_io *io, const char *text)
{
    fputs(text, io->out);
    fputc('\n', io->out);
}

void io_json(const struct cmd_io *io, json_t *json, size_t flags)
{
    char *text = json ? json_dumps(json, flags) : NULL;

    if (text)
        io_line(io, text);
    free(text);
    json_decref(json);
}
