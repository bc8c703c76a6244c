#include "model/object/storage_class.h"

#include <string.h>

static const char *const names[STORAGE_CLASS_COUNT] = {
        [STORAGE_STANDARD] = "STANDARD",
        [STORAGE_STANDARD_IA] = "STANDARD_IA",
        [STORAGE_ONEZONE_IA] = "ONEZONE_IA",
        [STORAGE_INTELLIGENT_TIERING] = "INTELLIGENT_TIERING",
        [STORAGE_GLACIER_IR] = "GLACIER_IR",
        [STORAGE_REDUCED_REDUNDANCY] = "REDUCED_REDUNDANCY",
        [STORAGE_GLACIER] = "GLACIER",
        [STORAGE_DEEP_ARCHIVE] = "DEEP_ARCHIVE",
        [STORAGE_OUTPOSTS] = "OUTPOSTS",
        [STORAGE_SNOW] = "SNOW",
        [STORAGE_EXPRESS_ONEZONE] = "EXPRESS_ONEZONE",
};

enum storage_class storage_class_of(const char *name)
{
    int i = STORAGE_STANDARD;

    if (name[0])
        while (i < STORAGE_CLASS_COUNT && strcmp(names[i], name) != 0)
            i++;
    return (enum storage_class)i;
}

const char *storage_class_name(enum storage_class c)
{
    return names[c];
}
