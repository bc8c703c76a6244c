#include "model/object/object_info.h"

bool object_info_has_checksum(const struct object_info *o)
{
    int i;

    for (i = 0; i < CHECKSUM_COUNT; i++)
        if (o->checksums[i][0])
            return true;
    return false;
}

bool object_info_upload_checksum(const struct object_info *o, struct upload_checksum *out)
{
    int i;

    out->type = CHECKSUMS_UNTYPED;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        enum checksum_type type = checksum_type_of(o->checksums[i], o->checksum_type);

        if (!o->checksums[i][0] || !checksum_can_be_of_upload((enum checksum)i, type))
            continue;
        *out = (struct upload_checksum){type, (enum checksum)i};
        return true;
    }
    return false;
}
