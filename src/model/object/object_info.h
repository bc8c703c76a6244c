/* One object by a server's answer to HeadObject or GetObject, as values. */
#ifndef COPYOUT_MODEL_OBJECT_OBJECT_INFO_H
#define COPYOUT_MODEL_OBJECT_OBJECT_INFO_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/object/checksum.h"
#include "model/object/etag.h"

/* Whether an object's bytes can be read, as far as archiving goes. */
enum archive {
    ARCHIVE_NOT,       /* it is in no archive */
    ARCHIVE_STORED,    /* it is in one, and must be restored before it can be read */
    ARCHIVE_RESTORING, /* that was asked for, and takes some hours */
    ARCHIVE_RESTORED,  /* there is a copy that can be read for some days */
    ARCHIVE_UNSURE,    /* it is in one, by a listing that does not tell whether it was restored */
};

/* In which kind of archive an object is, as far as it takes a restore. */
enum archive_kind {
    ARCHIVE_KIND_NONE,
    ARCHIVE_KIND_GLACIER,      /* GLACIER: Glacier Flexible Retrieval */
    ARCHIVE_KIND_DEEP,         /* DEEP_ARCHIVE */
    ARCHIVE_KIND_TIERING,      /* the Archive Access tier of INTELLIGENT_TIERING */
    ARCHIVE_KIND_TIERING_DEEP, /* its Deep Archive Access tier */
    ARCHIVE_KIND_COUNT,
};

/* object_info.tags when the answer has no number of tags: S3 leaves it out where there are none,
 * and for those who may not read tags. */
#define TAGS_UNKNOWN UINT_MAX

struct object_info {
    uint64_t size; /* bytes: of the object, or of the part that was asked for */
    char etag[ETAG_SIZE];
    enum etag_kind etag_kind;
    struct checksums checksums;
    enum checksum_type checksum_type;
    unsigned parts_count; /* x-amz-mp-parts-count; 0: not said */
    unsigned tags;        /* x-amz-tagging-count, 0 to 50, or TAGS_UNKNOWN */
    enum archive archive;
    enum archive_kind archive_kind; /* whether it was restored or not */
    char storage_class[32];         /* "": STANDARD */
};

/* The checksum with which a copy in parts keeps one of the object's: of the same kind and type.
 * false: the object has none that a copy in parts can have, and *out is none. */
bool object_info_upload_checksum(const struct object_info *o, struct upload_checksum *out);

#endif
