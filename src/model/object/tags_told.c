#include "model/object/tags_told.h"

#include <string.h>

enum tags_told tags_told(const struct err *err)
{
    if (err->code == ERR_OK)
        return TAGS_TOLD;
    if (err->http_status == 404 && (strcmp(err->service_code, "NoSuchTagSet") == 0 ||
                                           strcmp(err->service_code, "NoSuchTagSetError") == 0))
        return TAGS_TOLD_NO;
    if (err->http_status == 501 || err->http_status == 405 ||
            strcmp(err->service_code, "NotImplemented") == 0)
        return TAGS_NOT_KEPT;
    return TAGS_UNTOLD;
}

bool tags_told_none(const struct err *err)
{
    enum tags_told told = tags_told(err);

    return told == TAGS_TOLD_NO || told == TAGS_NOT_KEPT;
}
