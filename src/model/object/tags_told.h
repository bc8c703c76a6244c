/* The meaning of an answer to GetObjectTagging, for all that ask: copies, verify, the delivery
 * record and check. Pure. */
#ifndef COPYOUT_MODEL_OBJECT_TAGS_TOLD_H
#define COPYOUT_MODEL_OBJECT_TAGS_TOLD_H

#include <stdbool.h>

#include "base/err.h"

enum tags_told {
    TAGS_TOLD,     /* the answer has the object's tags, of which there may be none */
    TAGS_TOLD_NO,  /* the answer is an error that says that the object has none */
    TAGS_NOT_KEPT, /* the server keeps no tags of any object, and so none of this one */
    TAGS_UNTOLD,   /* the answer tells nothing of the object's tags */
};

/* err: what came of the request; ERR_OK is an answer that was read, with or without a body.
 *
 * Amazon S3 answers 200 with an empty TagSet for an object without tags. An error 404 NoSuchTagSet,
 * which is S3's for a bucket without tags, is the answer of Huawei OBS
 * (huaweicloud-sdk-java-obs#162) and of Versity Gateway before 2026 (versitygw#1686);
 * NoSuchTagSetError is the older name (Amazon S3 API Reference, GetBucketTagging). A 404 with
 * another code, or without one, may be about the object itself. */
enum tags_told tags_told(const struct err *err);

/* Whether the answer says that the object has no tags although it is an error. */
bool tags_told_none(const struct err *err);

#endif
