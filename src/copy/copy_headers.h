/* The attributes that a copy shall have besides its bytes, as headers of the operation that makes
 * it: one function for CopyObject and one for CreateMultipartUpload, both made from the same table
 * of attributes, so that an object copied in one piece and one copied in parts cannot differ. Pure.
 */
#ifndef COPYOUT_COPY_COPY_HEADERS_H
#define COPYOUT_COPY_COPY_HEADERS_H

#include "model/copy_options.h"
#include "model/object/object_info.h"
#include "net/headers.h"

/* The source's attributes, as far as they are known. */
struct copy_attributes {
    const struct copy_options *options;
    const struct object_info *source;
    const struct headers *kept;      /* taken by copy_headers_keep() of the answer to HeadObject */
    const char *tagging;             /* its tags, "a=b&c=d", encoded; NULL: none, or not known */
    struct upload_checksum checksum; /* that an upload in parts is to keep */
    int64_t now_s;                   /* seconds since 1970, by S3's clock */
    unsigned omitted;                /* bits of enum omit (omit.h) */
};

/* Whether the source's tags come along with CopyObject. */
enum copy_tags {
    COPY_TAGS,
    COPY_NO_TAGS, /* the copy has none, and CopyObject needs no right to read or write them */
};

/* The header by which Amazon S3 is known among servers; copy_headers_keep() keeps it. */
#define COPY_SERVER_HEADER "server"

/* Takes of the headers of an answer to HeadObject or GetObject what the copy needs of them, byte
 * for byte. A field that the answer has several times becomes one, its values joined by commas, as
 * S3 itself joins them: several are more than S3 and its signatures put up with in a request. */
void copy_headers_keep(struct headers *kept, const struct headers *answer);

/* Add the headers of CopyObject, and of CreateMultipartUpload. omitted: bits of enum omit (omit.h).
 * What does not fit sticks in out->text.failed. */
void copy_headers_copy(struct headers *out, const struct copy_attributes *source,
        enum copy_tags tags, unsigned omitted);
void copy_headers_create(struct headers *out, const struct copy_attributes *source);

/* Adds the headers of a file of copyout's own at the destination: encryption and ACL as the input
 * wants them. */
void copy_headers_file(struct headers *out, const struct copy_options *options);

/* Whether the copy is given what Object Lock holds of the source: the options say so, and there is
 * something. A retention that is over is nothing. */
bool copy_headers_lock(const struct copy_attributes *source);

/* The notes (enum result_note) that a CopyObject with these headers deserves, and a
 * CreateMultipartUpload. */
unsigned copy_headers_notes(const struct copy_attributes *source);
unsigned copy_headers_create_notes(const struct copy_attributes *source);

#endif
