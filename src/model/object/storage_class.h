/* The storage classes of Amazon S3 (API Reference, Object: StorageClass), as numbers. */
#ifndef COPYOUT_MODEL_OBJECT_STORAGE_CLASS_H
#define COPYOUT_MODEL_OBJECT_STORAGE_CLASS_H

enum storage_class {
    STORAGE_STANDARD, /* HeadObject leaves its name out */
    STORAGE_STANDARD_IA,
    STORAGE_ONEZONE_IA,
    STORAGE_INTELLIGENT_TIERING,
    STORAGE_GLACIER_IR,
    STORAGE_REDUCED_REDUNDANCY,
    STORAGE_GLACIER,
    STORAGE_DEEP_ARCHIVE,
    STORAGE_OUTPOSTS,
    STORAGE_SNOW,
    STORAGE_EXPRESS_ONEZONE,
    STORAGE_CLASS_COUNT,
};

/* The class of that name; "" is STORAGE_STANDARD. STORAGE_CLASS_COUNT: it is none of them. */
enum storage_class storage_class_of(const char *name);
/* Its name; c is not STORAGE_CLASS_COUNT. */
const char *storage_class_name(enum storage_class c);

#endif
