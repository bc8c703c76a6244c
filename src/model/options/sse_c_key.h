/* A key of SSE-C: the customer keeps it, and S3 is given it with each request that needs it (Amazon
 * S3 User Guide, "Using server-side encryption with customer-provided keys"). It is a secret: it
 * comes from a file, stands in memory and in the headers of requests, and is written nowhere. */
#ifndef COPYOUT_MODEL_OPTIONS_SSE_C_KEY_H
#define COPYOUT_MODEL_OPTIONS_SSE_C_KEY_H

#include "base/err.h"

enum {
    SSE_C_KEY_BYTES = 32,     /* AES-256 */
    SSE_C_KEY_TEXT_SIZE = 45, /* its base64, with the NUL */
    SSE_C_MD5_TEXT_SIZE = 25,
};

struct sse_c_key {
    char key[SSE_C_KEY_TEXT_SIZE]; /* base64; "": there is none */
    char md5[SSE_C_MD5_TEXT_SIZE]; /* base64 of the MD5 of its bytes */
};

/* The keys of a job. */
struct sse_c_keys {
    struct sse_c_key source, destination;
};

/* Reads the key of a file: 32 bytes, or their base64 with or without a newline behind it. ERR_INPUT
 * names the file, and never what is in it. key is empty after an error. */
enum err_code sse_c_key_read(struct sse_c_key *key, const char *path, struct err *e) ERR_MUST_CHECK;

/* Overwrites the keys. */
void sse_c_keys_clear(struct sse_c_keys *keys);

/* The key, or NULL for an empty one. */
const struct sse_c_key *sse_c_key_of(const struct sse_c_key *key);

#endif
