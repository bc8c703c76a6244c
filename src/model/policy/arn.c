#include "model/policy/arn.h"

#include <string.h>

#include "base/str.h"

const char *arn_field(const char *arn, unsigned field, size_t *len)
{
    for (; field > 0 && *arn; arn++)
        field -= *arn == ':';
    *len = strcspn(arn, ":");
    return arn;
}

bool arn_is_of(const char *arn, const char *service, const char *resource)
{
    size_t partition, len;
    const char *at;

    if (!str_starts(arn, "arn:"))
        return false;
    arn_field(arn, 1, &partition);
    at = arn_field(arn, 2, &len);
    return partition > 0 && len == strlen(service) && memcmp(at, service, len) == 0 &&
           str_starts(arn_field(arn, 5, &len), resource);
}

char *arn_next(const char **list, bool *nomem)
{
    size_t len = *list ? strcspn(*list, ",") : 0;
    char *key;

    if (len == 0)
        return NULL;
    key = str_dup_n(*list, len);
    *nomem = !key;
    *list += len + ((*list)[len] == ',');
    return key;
}
