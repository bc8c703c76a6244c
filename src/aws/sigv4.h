/* AWS Signature Version 4 in header form (AWS General Reference, "Signing AWS API requests").
 * Pure: no clock, no I/O. */
#ifndef COPYOUT_AWS_SIGV4_H
#define COPYOUT_AWS_SIGV4_H

#include <stdint.h>

#include "aws/creds.h"
#include "net/headers.h"

/* The signing key of one day, region and service is derived once and kept: four HMACs saved per
 * request. Zeroed memory is an empty cache. */
struct sigv4_key_cache {
    char date[9];
    char region[64];
    char service[32];
    char access_key[CREDS_ACCESS_KEY_MAX];
    unsigned char secret_digest[32]; /* which secret the key is of, without holding it */
    unsigned char key[32];
    bool valid;
};

struct sigv4_request {
    const char *method;
    const char *host;         /* as the Host header will say it, with the port if not default */
    const char *path;         /* encoded, as it goes on the wire; "/" at least */
    const char *query;        /* encoded, without '?', in any order; "" for none */
    const void *body;         /* hashed; NULL: empty */
    size_t body_len;
    const char *payload_hash; /* instead of body: hex SHA-256, or "UNSIGNED-PAYLOAD"; NULL: body */
    const char *region;
    const char *service;      /* "s3", "sts", "states" */
    bool double_encode_path;  /* every service but S3 encodes the path once more */
};

/* Adds x-amz-date, x-amz-security-token (when there is one), x-amz-content-sha256 (for s3) and
 * authorization to headers; every header already there is signed too, and host.
 * now: seconds since 1970. */
enum err_code sigv4_sign(const struct sigv4_request *request, const struct creds *creds,
        int64_t now, struct sigv4_key_cache *cache, struct headers *headers,
        struct err *e) ERR_MUST_CHECK;

/* For tests against published vectors: the canonical request and the string to sign of the same
 * call, into buffers that the caller owns. Headers must be complete (x-amz-date among them). */
enum err_code sigv4_canonical_request(const struct sigv4_request *request,
        const struct headers *headers, struct buf *out, struct err *e) ERR_MUST_CHECK;

#endif
