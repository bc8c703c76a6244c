#include "s3/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "s3/parse/xml.h"

enum {
    REDIRECTS_MOST = 2,         /* of one call: to the bucket's region, and once more if it moved */
    RENEWALS_MOST = 3,          /* of one call: credentials fetched anew, clocks set */
    STOPPING_FAILURES_MOST = 3, /* attempts that may fail once we are being stopped */
    /* Without any answer from the start, a server that cannot be connected to is not waited for. */
    UNANSWERED_MOST_MS = 4500,
    CHECKSUMS_FAILURES_MOST = 3, /* of a look for checksums that KMS may have refused */
};

/* --- what an answer says --- */

/* Amazon S3 API Reference, "Error responses: List of error codes". A code that is not here is
 * classified by its status alone. */
static const struct {
    const char *service_code;
    enum err_code code;
    enum err_class cls;
} known[] = {
        {"SlowDown", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"ServiceUnavailable", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"Throttling", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"ThrottlingException", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"RequestLimitExceeded", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"TooManyRequests", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"BandwidthLimitExceeded", ERR_SERVICE, ERR_CLASS_THROTTLE},
        {"InternalError", ERR_SERVICE, ERR_CLASS_RETRY},
        {"RequestTimeout", ERR_SERVICE, ERR_CLASS_RETRY},
        {"OperationAborted", ERR_SERVICE, ERR_CLASS_RETRY},
        /* Not to be sent again as it is: a multipart upload is over with it (Amazon S3 API
         * Reference, CompleteMultipartUpload, If-None-Match). */
        {"ConditionalRequestConflict", ERR_SERVICE, ERR_CLASS_PERMANENT},
        {"ExpiredToken", ERR_CREDENTIALS, ERR_CLASS_RETRY},
        {"ExpiredTokenException", ERR_CREDENTIALS, ERR_CLASS_RETRY},
        {"TokenRefreshRequired", ERR_CREDENTIALS, ERR_CLASS_RETRY},
        {"RequestExpired", ERR_CREDENTIALS, ERR_CLASS_RETRY},
        {"RequestTimeTooSkewed", ERR_SERVICE, ERR_CLASS_RETRY},
        {"AccessDenied", ERR_ACCESS_DENIED, ERR_CLASS_PERMANENT},
        {"AllAccessDisabled", ERR_ACCESS_DENIED, ERR_CLASS_PERMANENT},
        {"InvalidAccessKeyId", ERR_CREDENTIALS, ERR_CLASS_PERMANENT},
        {"SignatureDoesNotMatch", ERR_CREDENTIALS, ERR_CLASS_PERMANENT},
        {"InvalidPart", ERR_SERVICE, ERR_CLASS_PERMANENT},
        {"InvalidObjectState", ERR_SERVICE, ERR_CLASS_PERMANENT},
        {"NoSuchKey", ERR_NOT_FOUND, ERR_CLASS_PERMANENT},
        {"NoSuchBucket", ERR_NOT_FOUND, ERR_CLASS_PERMANENT},
        {"NoSuchVersion", ERR_NOT_FOUND, ERR_CLASS_PERMANENT},
        {"NoSuchUpload", ERR_NOT_FOUND, ERR_CLASS_PERMANENT},
        {"PreconditionFailed", ERR_PRECONDITION, ERR_CLASS_PERMANENT},
        {"PermanentRedirect", ERR_WRONG_REGION, ERR_CLASS_PERMANENT},
        {"TemporaryRedirect", ERR_WRONG_REGION, ERR_CLASS_PERMANENT},
        {"AuthorizationHeaderMalformed", ERR_WRONG_REGION, ERR_CLASS_PERMANENT},
        {"IllegalLocationConstraintException", ERR_WRONG_REGION, ERR_CLASS_PERMANENT},
};

struct error_body {
    char code[ERR_SERVICE_CODE_MAX];
    char message[ERR_MESSAGE_MAX];
    char request_id[ERR_REQUEST_ID_MAX];
    char host_id[ERR_HOST_ID_MAX];
    char region[S3_REGION_MAX];
    bool is_error;
};

static void on_element(void *ctx, const char *path, const char *text, size_t len)
{
    struct error_body *b = ctx;

    if (strcmp(path, "Error") == 0 || str_starts(path, "Error/"))
        b->is_error = true;
    if (strcmp(path, "Error/Code") == 0)
        err_copy_text(b->code, sizeof b->code, text, len);
    else if (strcmp(path, "Error/Message") == 0)
        err_copy_text(b->message, sizeof b->message, text, len);
    else if (strcmp(path, "Error/RequestId") == 0)
        err_copy_text(b->request_id, sizeof b->request_id, text, len);
    else if (strcmp(path, "Error/HostId") == 0)
        err_copy_text(b->host_id, sizeof b->host_id, text, len);
    else if (strcmp(path, "Error/Region") == 0)
        err_copy_text(b->region, sizeof b->region, text, len);
}

static void by_status(int status, enum err_code *code, enum err_class *cls)
{
    *cls = ERR_CLASS_PERMANENT;
    *code = ERR_SERVICE;
    if (status == 403 || status == 401)
        *code = ERR_ACCESS_DENIED;
    else if (status == 404)
        *code = ERR_NOT_FOUND;
    else if (status == 412)
        *code = ERR_PRECONDITION;
    else if (status == 301 || status == 307)
        *code = ERR_WRONG_REGION;
    else if (status == 429 || status == 503)
        *cls = ERR_CLASS_THROTTLE;
    else if (status == 408 || (status >= 500 && status != 501 && status != 505))
        *cls = ERR_CLASS_RETRY;
}

static void by_service_code(const char *service_code, enum err_code *code, enum err_class *cls)
{
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].service_code, service_code) == 0) {
            *code = known[i].code;
            *cls = known[i].cls;
            return;
        }
    }
}

/* A message for a code, since some servers give a code and no message. */
static const char *meaning(const char *service_code)
{
    static const struct {
        const char *service_code, *text;
    } texts[] = {
            {"AccessDenied", "access denied"},
            {"InvalidAccessKeyId", "the access key is not known there"},
            {"SignatureDoesNotMatch",
                    "the signature does not match: the secret access key is wrong, or the server "
                    "reads a header of the request in another way"},
            {"NoSuchKey", "there is no such object"},
            {"NoSuchBucket", "there is no such bucket"},
            {"NoSuchUpload", "there is no such upload"},
            {"NoSuchVersion", "there is no such version"},
            {"PreconditionFailed", "a condition of the request does not hold"},
            {"SlowDown", "the server asks us to slow down"},
            {"InternalError", "the server failed"},
    };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].service_code, service_code) == 0)
            return texts[i].text;
    return service_code;
}

/* In milliseconds, 0 for none, at most an hour. RFC 9110 10.2.3: the value is in seconds, or a
 * date. */
static long retry_after_ms(const struct headers *headers, int64_t now_s)
{
    const char *value = headers_get(headers, "retry-after");
    uint64_t seconds;
    int64_t when;

    if (!value)
        return 0;
    if (str_parse_u64(value, strlen(value), &seconds))
        return seconds < 3600 ? (long)seconds * 1000 : 3600000;
    if (clock_parse_http(value, &when) && when > now_s)
        return when - now_s < 3600 ? (long)(when - now_s) * 1000 : 3600000;
    return 0;
}

/* Takes the ids by which S3 finds a request, as far as e does not name them yet. */
static void set_ids(const struct headers *headers, struct err *e)
{
    const char *id = headers_get(headers, "x-amz-request-id");
    const char *host = headers_get(headers, "x-amz-id-2");

    if (id && !e->request_id[0])
        err_copy_text(e->request_id, sizeof e->request_id, id, strlen(id));
    if (host && !e->host_id[0])
        err_copy_text(e->host_id, sizeof e->host_id, host, strlen(host));
}

static void fill(const struct s3_answer *answer, const struct error_body *body, struct err *e)
{
    const char *type = headers_get(answer->headers, "content-type");
    enum err_code code;
    enum err_class cls;

    by_status(answer->status, &code, &cls);
    /* An error inside a 200 whose code is not known says that S3 failed half-way: try again. */
    if (answer->status / 100 == 2)
        cls = ERR_CLASS_RETRY;
    by_service_code(body->code, &code, &cls);
    if (body->message[0])
        err_set(e, code, "%s", body->message);
    else if (answer->body_len > 0 && type && strstr(type, "html"))
        err_set(e, code, "HTTP %d with a web page for an answer: is this address an S3 server?",
                answer->status);
    else if (body->code[0])
        err_set(e, code, "%s", meaning(body->code));
    else
        err_set(e, code, "HTTP %d", answer->status);
    e->cls = cls;
    e->http_status = answer->status;
    e->retry_after_ms = retry_after_ms(answer->headers, answer->now_s);
    memcpy(e->service_code, body->code, sizeof e->service_code);
    memcpy(e->request_id, body->request_id, sizeof e->request_id);
    memcpy(e->host_id, body->host_id, sizeof e->host_id);
    set_ids(answer->headers, e);
}

/* A redirect that is not S3's, which name the region or have a code: most servers that answer so
 * want https, or are no S3 server. Of the address its scheme and host are told. */
static void tell_redirect(const struct headers *headers, struct err *e)
{
    const char *to = headers_get(headers, "location");
    const char *host = to ? strstr(to, "://") : NULL;
    char text[128];

    if (!host || strstr(to, ".amazonaws.com"))
        return;
    host += 3;
    if (memchr(host, '@', strcspn(host, "/?#"))) /* a name and a password, perhaps */
        return;
    err_copy_text(text, sizeof text, to, (size_t)(host - to) + strcspn(host, "/?#"));
    e->code = ERR_SERVICE;
    snprintf(e->message, sizeof e->message,
            "HTTP %d: the server sends every request on to %s, and copyout does not follow: is that "
            "the address to use (--endpoint-url)?",
            e->http_status, text);
}

/* Whether the answer is a success: a 2xx without <Error>. Of its body this looks at the name of the
 * root alone; the rest is the business of its parser. */
static bool is_success(const struct s3_answer *answer)
{
    return answer->status / 100 == 2 &&
           (answer->body_len == 0 || !s3_xml_may_be(answer->body, answer->body_len, "Error"));
}

void s3_classify(const struct s3_answer *answer, struct err *e, char *region)
{
    const char *said = headers_get(answer->headers, "x-amz-bucket-region");
    struct error_body body;

    err_clear(e);
    region[0] = '\0';
    if (said)
        err_copy_text(region, S3_REGION_MAX, said, strlen(said));
    if (is_success(answer))
        return;
    memset(&body, 0, sizeof body);
    /* A body that is not XML leaves what was read before the fault; the status then decides. */
    if (answer->body_len > 0)
        (void)s3_xml_walk(answer->body, answer->body_len, on_element, &body, NULL);
    if (!said)
        memcpy(region, body.region, sizeof body.region);
    if (answer->status / 100 == 2 && !body.is_error)
        return;
    fill(answer, &body, e);
    if (answer->status / 100 == 3 && !body.code[0] && !region[0])
        tell_redirect(answer->headers, e);
    /* AuthorizationHeaderMalformed names a region when that is what is wrong with the header. */
    if (e->code == ERR_WRONG_REGION &&
            strcmp(e->service_code, "AuthorizationHeaderMalformed") == 0 && !region[0])
        e->code = ERR_SERVICE;
}

void s3_classify_unread(enum s3_op op, bool whole, const struct headers *headers, struct err *e)
{
    const char *encoding = headers_get(headers, "content-encoding");
    int status = e->http_status;

    if (status == 0)
        return;
    if (e->code == ERR_LIMIT)
        err_prefix(e, "%s, HTTP %d", s3_op_name(op), status);
    if (e->code == ERR_PROTOCOL && encoding && strcmp(encoding, "identity") != 0) {
        char text[32];

        err_copy_text(text, sizeof text, encoding, strlen(encoding));
        err_prefix(e, "the answer has the Content-Encoding %s, which was not asked for", text);
    }
    set_ids(headers, e);
    if (status / 100 == 2 && s3_op_resend(op) == S3_RESEND_DOUBT &&
            (whole || op != S3_CREATE_MULTIPART_UPLOAD))
        e->cls = ERR_CLASS_PERMANENT;
    else if (status / 100 > 2 && e->code == ERR_LIMIT)
        by_status(status, &e->code, &e->cls);
}

bool s3_error_is_expired(const struct err *e)
{
    return e->code == ERR_CREDENTIALS && e->cls == ERR_CLASS_RETRY && e->service_code[0];
}

bool s3_error_is_skewed(const struct err *e)
{
    return strcmp(e->service_code, "RequestTimeTooSkewed") == 0;
}

/* --- what it means for the call --- */

static const struct s3_decision done = {.next = S3_NEXT_DONE};

/* Whether the answer says that the bucket is not in the region that the request was signed for. */
static bool is_about_region(const struct s3_situation *s, const struct err *e)
{
    if (e->code == ERR_WRONG_REGION)
        return true;
    /* The answer to a HEAD has no body to say so; its 301 or 400 says it in a header. */
    return s->op != S3_HEAD_BUCKET && (e->http_status == 400 || e->http_status == 301) &&
           !e->service_code[0] && s->region_said[0];
}

static struct s3_decision decide_region(const struct s3_situation *s, struct err *e)
{
    struct s3_decision redirect = {.next = S3_NEXT_REDIRECT};
    char text[2 * ERR_MESSAGE_MAX];

    if (!s->region_said[0])
        return done;
    if (strcmp(s->region_said, s->region_used) == 0) {
        snprintf(text, sizeof text, "bucket %s, region %s: %s", s->bucket, s->region_said,
                e->message);
        err_copy_text(e->message, sizeof e->message, text, strlen(text));
        return done;
    }
    if (s->follow_region && s->op != S3_HEAD_BUCKET && s->redirects < REDIRECTS_MOST)
        return redirect;
    e->code = ERR_WRONG_REGION;
    e->cls = ERR_CLASS_PERMANENT;
    snprintf(e->message, sizeof e->message, "bucket %s is in region %s, not in %s", s->bucket,
            s->region_said, s->region_used);
    return done;
}

/* Whether the address is wrong, or its server not up, for all that is known: a refused port, an
 * unknown name. A server that does not answer in time is another matter. */
static bool is_nobody_there(const struct s3_situation *s, const struct err *e, uint64_t wait_ms)
{
    return s->unanswered_us > 0 && e->code == ERR_NETWORK && e->http_status == 0 &&
           s->unanswered_us / 1000 + wait_ms > UNANSWERED_MOST_MS;
}

struct s3_decision s3_decide_failure(const struct s3_situation *s, const struct err *e,
        struct retry_budget *budget, struct rng *rng, uint64_t now_us)
{
    struct s3_decision wait = {.next = S3_NEXT_WAIT};

    if (s->stopping && s->failures >= STOPPING_FAILURES_MOST)
        return done;
    if (!retry_decide(budget, rng, e, s->failures, now_us, &wait.wait_ms) ||
            is_nobody_there(s, e, wait.wait_ms))
        return done;
    return wait;
}

/* Of an object that KMS encrypts, S3 tells checksums only while KMS answers. Its
 * ThrottlingException is a 400, and the answer to a HEAD has no body to name it. Other errors look
 * the same, so that it is tried a few times alone, and its caller then asks without checksums. */
static bool may_be_kms(const struct s3_situation *s, const struct err *e)
{
    return s->checksums && e->http_status == 400 && !e->service_code[0] &&
           s->failures < CHECKSUMS_FAILURES_MOST;
}

static struct s3_decision decide_kms(const struct s3_situation *s, const struct err *e,
        struct retry_budget *budget, struct rng *rng, uint64_t now_us)
{
    struct err again = *e;

    again.cls = ERR_CLASS_RETRY;
    return s3_decide_failure(s, &again, budget, rng, now_us);
}

struct s3_decision s3_decide(const struct s3_situation *s, struct err *e,
        struct retry_budget *budget, struct rng *rng, uint64_t now_us)
{
    struct s3_decision renew = {.next = S3_NEXT_RENEW}, set_clock = {.next = S3_NEXT_SET_CLOCK};

    if (e->code == ERR_OK)
        return done;
    if (is_about_region(s, e))
        return decide_region(s, e);
    if (s->renewals < RENEWALS_MOST && s3_error_is_expired(e))
        return renew;
    if (s->renewals < RENEWALS_MOST && s3_error_is_skewed(e) && s->has_date)
        return set_clock;
    if (may_be_kms(s, e))
        return decide_kms(s, e, budget, rng, now_us);
    return s3_decide_failure(s, e, budget, rng, now_us);
}
