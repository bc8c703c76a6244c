#include "model/object_info.h"

const char *checksum_name(enum checksum kind)
{
    static const char *const names[CHECKSUM_COUNT] = {
            "CRC64NVME", "CRC32C", "CRC32", "SHA1", "SHA256"};

    return names[kind];
}
