/* AWS Signature Version 4 in header form (AWS General Reference, "Signing AWS API requests").
 * Pure: no clock, no I/O. */
#ifndef COPYOUT_AWS_SIGV4_H
#define COPYOUT_AWS_SIGV4_H

#include <stdint.h>

#include "aws/creds.h"
#include "base/clock.h"
#include "net/headers.h"

/* The signing key of one day, region and service is derived once and kept (four HMACs saved per
 * request), and so are libcrypto's contexts and the memory that a request's text is put together
 * in. Zeroed memory is an empty cache; sigv4_key_cache_clear() empties it again. */
struct sigv4_key_cache {
    char date[9];
    char region[64];
    char service[32];
    char access_key[CREDS_ACCESS_KEY_MAX];
    char secret[CREDS_SECRET_MAX]; /* of which the key is; wiped */
    char scope[128];               /* date/region/service/aws4_request */
    struct sigv4_crypto *crypto;   /* NULL: none yet. The key is in it. */
    struct buf text;               /* the canonical request, the string to sign */
    struct buf authorization;      /* the header's value */
    int64_t time_s;                /* of `time`: seconds since 1970 */
    char time[CLOCK_BASIC_SIZE];   /* the time stamp that was written last; "": none */
    bool valid;                    /* the key is that of the fields above */
};

/* Wipes and frees what is inside. */
void sigv4_key_cache_clear(struct sigv4_key_cache *cache);

struct sigv4_request {
    const char *method;
    const char *host;  /* as the Host header will say it, with the port if not default */
    const char *path;  /* encoded, as it goes on the wire; "/" at least */
    const char *query; /* encoded, without '?', in any order; "" for none */
    const void *body;  /* hashed; NULL: empty */
    size_t body_len;
    const char *payload_hash; /* instead of body: hex SHA-256, or "UNSIGNED-PAYLOAD"; NULL: body */
    const char *region;
    const char *service;     /* "s3", "sts", "states" */
    bool double_encode_path; /* every service but S3 encodes the path once more */
};

/* Adds x-amz-date, x-amz-security-token (when there is one), x-amz-content-sha256 (for s3) and
 * authorization to headers; every header already there is signed too, and host. To sign again (a
 * retry), start from the headers without these four.
 * Encoded means: as str_uri_encode() does it; nothing is decoded or normalised here, and a path
 * with dot segments is signed as it is, which is right for S3 only.
 * now: seconds since 1970. */
enum err_code sigv4_sign(const struct sigv4_request *request, const struct creds *creds,
        int64_t now, struct sigv4_key_cache *cache, struct headers *headers,
        struct err *e) ERR_MUST_CHECK;

/* For tests against published vectors: the canonical request of the same call, appended to out.
 * Headers must be complete (x-amz-date among them). */
enum err_code sigv4_canonical_request(const struct sigv4_request *request,
        const struct headers *headers, struct buf *out, struct err *e) ERR_MUST_CHECK;

/* Hex SHA-256 with a NUL: for payload_hash, when the same body is sent more than once. */
enum { SIGV4_HASH_SIZE = 65 };
enum err_code sigv4_hash(
        char out[SIGV4_HASH_SIZE], const void *body, size_t len, struct err *e) ERR_MUST_CHECK;

#endif
