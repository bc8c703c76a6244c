/* Which rights a job takes: a table, and what of it an object asks for. Pure. */
#ifndef COPYOUT_MODEL_POLICY_RIGHTS_H
#define COPYOUT_MODEL_POLICY_RIGHTS_H

#include "model/input.h"
#include "model/item.h"

/* The traits of a job on which its rights depend; a set of bits. */
enum need {
    NEED_ALWAYS = 1,
    NEED_LIST = 2,    /* the list is an object of S3 */
    NEED_CURRENT = 4, /* objects without a version */
    NEED_VERSION = 8, /* versions of objects */
    NEED_TAGS = 16,   /* tags are copied */
    NEED_TAGS_OF_CURRENT = 32,
    NEED_TAGS_OF_VERSION = 64,
    NEED_TAGS_SURE = 128, /* they are required, and so looked at in the copy */
    NEED_LISTING = 256,
    NEED_WORK = 512, /* the work store is in S3 */
    NEED_SOURCE_KEYS = 1024,
    NEED_DESTINATION_KEY = 2048,
    NEED_RESTORE = 4096,       /* archived objects are restored */
    NEED_PREFIX = 8192,        /* the list stands for what is below prefixes */
    NEED_ACL = 16384,          /* copies are given an ACL */
    NEED_LOCK = 32768,         /* retention and legal hold are copied */
    NEED_LIST_VERSION = 65536, /* so is a version of an object that the list is made of */
    NEED_ANNOTATIONS = 131072,
    NEED_ANNOTATIONS_OF_CURRENT = 262144,
    NEED_ANNOTATIONS_OF_VERSION = 524288,
    NEED_ANNOTATIONS_SURE = 1048576, /* as NEED_TAGS_SURE */
    NEED_TAGS_TOLD = 2097152,        /* the delivery record has digests of the copies' tags */
};

/* On what a right is. */
enum on {
    ON_LIST,
    ON_SOURCES,
    ON_SOURCE_BUCKETS,
    ON_DESTINATION,
    ON_DESTINATION_BUCKET,
    ON_WORK,
    ON_WORK_BUCKET,
    ON_SOURCE_KEYS,
    ON_DESTINATION_KEY,
};

struct right {
    const char *sid;
    enum on on;
    const char *action;
    unsigned need; /* any of these bits */
};

/* Rights of one sid follow one another and are one statement. */
extern const struct right policy_rights[];
extern const size_t policy_rights_count;

/* The bits of enum need that an object of that job has, beside those of the job itself. */
unsigned policy_rights_of(const struct input *in, const struct item *item);

#endif
