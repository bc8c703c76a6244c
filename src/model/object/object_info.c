#include "model/object/object_info.h"

bool object_info_upload_checksum(const struct object_info *o, struct upload_checksum *out)
{
    int i;

    out->type = CHECKSUMS_UNTYPED;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        const char *text = checksums_get(&o->checksums, (enum checksum)i);
        enum checksum_type type = checksum_type_of(text, o->checksum_type);

        if (!text[0] || !checksum_can_be_of_upload((enum checksum)i, type))
            continue;
        *out = (struct upload_checksum){type, (enum checksum)i};
        return true;
    }
    return false;
}
