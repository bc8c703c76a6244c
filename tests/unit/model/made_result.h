/* Results with all of their fields, for the tests of what is made of them. */
#ifndef COPYOUT_TEST_MADE_RESULT_H
#define COPYOUT_TEST_MADE_RESULT_H

#include <string.h>

#include "base/str.h"
#include "model/result.h"

#define MD5 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static inline char *dup(const char *s)
{
    return s ? str_dup_n(s, strlen(s)) : NULL;
}

static inline struct result result(
        const char *key, const char *version, const char *destination, enum result_status status)
{
    struct result r;

    memset(&r, 0, sizeof r);
    r.item.line = 7;
    r.item.bucket = dup("source");
    r.item.key = dup(key);
    r.item.version_id = dup(version);
    r.item.destination_key = dup(destination);
    r.size = 2500000;
    strcpy(r.etag, MD5);
    r.status = status;
    r.verified = status == RESULT_COPIED ? VERIFIED_ETAG : VERIFIED_NONE;
    r.attempts = 1;
    r.requests = 3;
    r.seconds = 0.5;
    return r;
}

static inline void fail_with(struct result *r, const char *service_code, const char *message)
{
    err_set(&r->err, ERR_SERVICE, "%s", message);
    strcpy(r->err.service_code, service_code);
    strcpy(r->err.request_id, "R1");
    strcpy(r->err.host_id, "H1");
    r->err.http_status = 503;
}

#endif
