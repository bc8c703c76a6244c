/* An object as a listing has shown it, in few bytes: many are kept until their copies begin. Pure.
 */
#ifndef COPYOUT_COPY_LOOK_SEEN_H
#define COPYOUT_COPY_LOOK_SEEN_H

#include "model/list/item_listed.h"
#include "model/object/object_info.h"
#include "s3/reply.h"

/* How much is known of one side of an item. */
enum seen_state {
    SEEN_NOT,    /* nothing: HeadObject is to tell */
    SEEN_ABSENT, /* no listing that would have shown the object did */
    SEEN_OBJECT, /* as it was listed */
};

struct seen_object {
    uint64_t size;                     /* bytes */
    unsigned char md5[ETAG_MD5_BYTES]; /* of the ETag */
    uint16_t parts;                    /* of the ETag; 0: it is no ETag of parts */
    uint8_t class;                     /* enum storage_class */
    uint8_t state;                     /* enum seen_state */
    uint8_t restored;                  /* enum s3_restored: of an archived object */
};

/* How old the knowledge of an item is. */
enum seen_age {
    SEEN_FRESH, /* young enough to say that the destination is the source */
    SEEN_OLD,   /* that it is not there, or that it is to be copied if it still is what it was, is
                   all that may be concluded */
};

/* Both sides of an item. Zeroed memory: nothing is known. */
struct seen {
    struct seen_object source, destination;
    enum seen_age age;
};

/* Keeps what a listing says of an object. One whose ETag is not written as Amazon S3 writes the MD5
 * of bytes or of parts, or whose storage class is not known, is SEEN_NOT afterwards. */
void seen_take(struct seen_object *seen, const struct s3_listed *listed);

/* The same of the facts that a list gave an item; of old ones the state of a restore is not
 * believed. */
void seen_take_listed(
        struct seen_object *seen, const struct item_listed *listed, enum seen_age age);
/* How old they are: fresh_s is for how many seconds they may be taken as the present. */
enum seen_age seen_age_of(const struct item_listed *listed, int64_t now_s, int64_t fresh_s);

/* The answer that HeadObject would give, as far as a listing does, of a SEEN_OBJECT. It cannot tell
 * how the object is encrypted, so that the kind of the ETag is what it looks like; nor its tags and
 * checksums; nor, of servers that do not say it, whether an archived object was restored, which is
 * then ARCHIVE_UNSURE. */
void seen_info(const struct seen_object *seen, struct object_info *info);

#endif
