#include "copy/keys.h"

enum keys keys_after_object(enum keys keys, const struct result *result)
{
    if (keys == KEYS_END || result->status != RESULT_FAILED || result->err.code != ERR_CREDENTIALS)
        return keys;
    return result->err.service_code[0] ? KEYS_ASKED : KEYS_END;
}

enum keys keys_after_answer(const struct err *err)
{
    return err->code == ERR_CREDENTIALS ? KEYS_END : KEYS_WORK;
}
