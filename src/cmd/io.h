/* Settings that the environment of a task gives. */
#ifndef COPYOUT_CMD_ENV_H
#define COPYOUT_CMD_ENV_H

#include <stdint.h>

#include "base/err.h"

/* The variable's value, or NULL when it is not set or empty. */
const char *env_get(const char *name);

/* A whole number of seconds from 1 to 86,400, in *ms as milliseconds; otherwise_s when it is not
 * set. ERR_USAGE names the variable. */
enum err_code env_seconds(
        const char *name, uint64_t otherwise_s, uint64_t *ms, struct err *e) ERR_MUST_CHECK;

#endif
