#include "s3/answer.h"

#include <stdio.h>
#include <string.h>

#include "s3/errors.h"

enum {
    REDIRECTS_MOST = 2,         /* of one call: to the bucket's region, and once more if it moved */
    RENEWALS_MOST = 3,          /* of one call: credentials fetched anew, clocks set */
    STOPPING_FAILURES_MOST = 3, /* attempts that may fail once we are being stopped */
};

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

struct s3_decision s3_decide_failure(const struct s3_situation *s, const struct err *e,
        struct retry_budget *budget, struct rng *rng, uint64_t now_us)
{
    struct s3_decision wait = {.next = S3_NEXT_WAIT};

    if (s->stopping && s->failures >= STOPPING_FAILURES_MOST)
        return done;
    return retry_decide(budget, rng, e, s->failures, now_us, &wait.wait_ms) ? wait : done;
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
    return s3_decide_failure(s, e, budget, rng, now_us);
}
