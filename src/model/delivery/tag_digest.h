/* A set of tags as a digest: equal sets, and no others, have the same. Pure. */
#ifndef COPYOUT_MODEL_TAG_DIGEST_H
#define COPYOUT_MODEL_TAG_DIGEST_H

#include "base/err.h"

enum { TAG_DIGEST_SIZE = 2 * 32 + 1 }; /* hexadecimal digits of a SHA-256, and the NUL */

/* The SHA-256 of the tags, each "name=value" with both percent-encoded (RFC 3986, with upper-case
 * digits), sorted by their bytes and joined by '&'; of no tags that of nothing. tagging: the set in
 * any order, as the answer to GetObjectTagging has it (s3/reply.h); NULL: none. Errors: ERR_NOMEM.
 */
enum err_code tag_digest(
        char out[TAG_DIGEST_SIZE], const char *tagging, struct err *e) ERR_MUST_CHECK;

#endif
